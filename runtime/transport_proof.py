"""Whether a plan of optimal transport is optimal: an exact proof, by weak duality, in rational numbers.

For every feasible plan J and all potentials with u_i + v_j ≤ c_ij,

    Σ a_i u_i + Σ b_j v_j  ≤  inf_J Σ J_ij c_ij  ≤  Σ J_ij c_ij.

A plan of floats is moved to the exact marginals, potentials of floats to where they are feasible, and both sums are
formed without rounding.  Whoever found the plan is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

#: How far the two bounds may be apart, in eps of the condition: the last digits of each of a few hundred products.
NARROW = 64.0
#: The bar of a certificate: ulps of the value, or multiples of eps and of the condition.
ULPS, KAPPA_ULPS = 4.0, 8.0

EPS = 2.0**-52


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Exact bounds of the least cost, and its condition, in which errors of it are counted.

    ``condition`` is Σ J |c| + Σ a |u| + Σ b |v|: how far the value moves where costs and masses move by one eps.
    """

    lower: Fraction
    upper: Fraction
    condition: Fraction

    @property
    def is_narrow(self) -> bool:
        """Whether the bounds prove the plan optimal, but for the rounding of its masses."""
        return self.upper - self.lower <= Fraction(NARROW * EPS) * self.condition

    def error(self, value: float) -> tuple[float, float]:
        """The largest error that a value may have: in ulps of it, and in eps of the condition."""
        if not np.isfinite(value):
            return np.inf, np.inf
        x = Fraction(value)
        off = max(abs(x - self.lower), abs(x - self.upper))
        if not off:
            return 0.0, 0.0
        ulp = Fraction(float(np.spacing(abs(float((self.lower + self.upper) / 2)))))
        return _float(off / ulp), _float(off / self.condition / Fraction(EPS)) if self.condition else np.inf

    def verdict(self, value: float) -> str:
        """``verified``, ``miscompiled`` (outside of the bounds), or ``undecided`` where the bounds are wide."""
        if not self.is_narrow:
            return "undecided"
        ulps, kappa_ulps = self.error(value)
        return "verified" if ulps <= ULPS or kappa_ulps <= KAPPA_ULPS + NARROW else "miscompiled"


def _float(x: Fraction) -> float:
    return float(x) if x < 2**1000 else np.inf


def enclosure(
    costs: Any, a: Iterable[float] | None, b: Iterable[float] | None, flow: Any, u: Any
) -> Enclosure:
    """Bounds of the least cost of carrying masses ``a`` to ``b``, from a plan and potentials of the first points.

    Costs may be fractions, which are taken as they are.

    Shapes:  costs, flow: (n, m); a: (n,), b: (m,), or None for equal masses; u: (n,)
    """
    c = [[x if isinstance(x, Fraction) else Fraction(float(x)) for x in row] for row in np.asarray(costs)]
    n, m = len(c), len(c[0])
    rows, columns = _exact(a, n), _exact(b, m)
    plan = feasible(_along_trees(np.asarray(flow, np.float64), rows, columns), rows, columns)
    left = [Fraction(float(x)) for x in np.asarray(u)]
    right = [min(c[i][j] - left[i] for i in range(n)) for j in range(m)]
    lower = sum((x * w for x, w in zip(left, rows, strict=True)), Fraction(0))
    lower += sum((x * w for x, w in zip(right, columns, strict=True)), Fraction(0))
    pairs = [(plan[i][j], c[i][j]) for i in range(n) for j in range(m)]
    upper = sum((w * x for w, x in pairs), Fraction(0))
    size = sum((w * abs(x) for w, x in pairs), Fraction(0))
    size += sum((w * abs(x) for x, w in zip(left + right, rows + columns, strict=True)), Fraction(0))
    return Enclosure(lower, upper, size)


def _exact(weights: Iterable[float] | None, count: int) -> list[Fraction]:
    """Masses that sum to 1 exactly."""
    if weights is None:
        return [Fraction(1, count)] * count
    w = [Fraction(float(x)) for x in weights]
    total = sum(w, Fraction(0))
    return [x / total for x in w]


def _along_trees(flow: Any, rows: list[Fraction], columns: list[Fraction]) -> list[list[Fraction]]:
    """The plan with the pairs of one of floats, exactly: a point of one pair sends all that it has there.

    The pairs of a vertex of the polytope of plans are a forest, so that leaves decide all masses one by one; what
    is on a circle keeps its mass.
    """
    n, m = flow.shape
    out = [[Fraction(0)] * m for _ in range(n)]
    pairs = {(int(i), int(j)) for i, j in np.argwhere(flow)}
    left: dict[tuple[str, int], Fraction] = {**{("a", i): x for i, x in enumerate(rows)},
                                             **{("b", j): x for j, x in enumerate(columns)}}
    at: dict[tuple[str, int], set[tuple[int, int]]] = {x: set() for x in left}
    for i, j in pairs:
        at["a", i].add((i, j))
        at["b", j].add((i, j))
    leaves = [x for x, found in at.items() if len(found) == 1]
    while leaves:
        leaf = leaves.pop()
        if len(at[leaf]) != 1:
            continue
        i, j = at[leaf].pop()
        other = ("b", j) if leaf[0] == "a" else ("a", i)
        mass = max(Fraction(0), min(left[leaf], left[other]))
        out[i][j] = mass
        left[leaf] -= mass
        left[other] -= mass
        at[other].discard((i, j))
        if len(at[other]) == 1:
            leaves.append(other)
    for i, j in set().union(*at.values()):
        out[i][j] = Fraction(float(flow[i, j]))
    return out


def feasible(
    flow: list[list[Fraction]], rows: list[Fraction], columns: list[Fraction]
) -> list[list[Fraction]]:
    """A plan with exactly these marginals, as near as a plan of floats is to them.

    Rows and columns that carry too much are made smaller, what is then missing is spread over the others.
    """
    out = []
    for row, mass in zip(flow, rows, strict=True):
        total = sum(row, Fraction(0))
        out.append([x * mass / total for x in row] if total > mass else row)
    for j, mass in enumerate(columns):
        total = sum((row[j] for row in out), Fraction(0))
        if total > mass:
            for row in out:
                row[j] = row[j] * mass / total
    lacks = [mass - sum(row, Fraction(0)) for row, mass in zip(out, rows, strict=True)]
    wants = [mass - sum((row[j] for row in out), Fraction(0)) for j, mass in enumerate(columns)]
    missing = sum(lacks, Fraction(0))
    if missing:
        out = [[x + lack * want / missing for x, want in zip(row, wants, strict=True)]
               for row, lack in zip(out, lacks, strict=True)]
    return out
