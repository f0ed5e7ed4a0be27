"""Optimal transport on the line, by sorting.

Where the cost is a convex function of x - y, an optimal plan never crosses: the mass of the smallest points goes
to the smallest ones (Villani 2003, theorem 2.18).  |x - y|^p is convex for p ≥ 1, and for no other p.
"""

# numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from .call import DomainError, ShapeError
from .empirical import Array, Empirical
from .vecmath_instructions import compiled

Places = np.ndarray[Any, np.dtype[np.int64]]

#: Levels of mass closer than this, relative to the level, are one: weights are rounded to half an ulp each.
SAME_LEVEL = 2.0**-51


@dataclass(frozen=True, slots=True)
class Line:
    """An optimal plan on the line for the cost |x - y|^p.

    The cost is ``scale**p * total``, of which ``scale`` is the largest distance that mass is carried (1 where none
    is) and ``total`` ≤ 1: neither overflows.  ``source``, ``target`` and ``mass`` are the pairs of the plan.
    """

    p: float
    scale: float
    total: float
    source: Places
    target: Places
    mass: Array

    @property
    def cost(self) -> float:
        """inf ∫ |x - y|^p dJ."""
        with np.errstate(over="ignore", under="ignore"):
            return float(np.float64(self.scale) ** self.p * self.total)

    @property
    def root(self) -> float:
        """The p-th root of the cost, which is in range where the distances are."""
        return float(self.scale * self.total ** (1.0 / self.p))


def on_line(P: Empirical, Q: Empirical, p: float) -> Line:
    """The optimal plan between distributions on the line for the cost |x - y|^p.

    Time:    O(n log n + m log m); no array of all pairs
    Error:   ≤ 4 ulp of the cost for the plan found (compensated sum; tests/runtime/test_transport.py)
    Raises:  ``DomainError`` where p < 1, ``ShapeError`` where points are vectors of several numbers
    """
    if not p >= 1 or p == np.inf:
        raise DomainError(f"the cost |x - y|^{p:g} is not convex: sorting gives the optimum for 1 <= p < inf only")
    x, y = _numbers(P), _numbers(Q)
    i, j = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    if P.weights is None and Q.weights is None:
        each = gcd(len(x), len(y))
        source, target, units = _pairs_of_equal(len(x), len(y), len(y) // each, len(x) // each)
        mass = units / (len(x) * len(y) // each)
    else:
        source, target, mass, length = _pairs(P.masses[i], Q.masses[j], SAME_LEVEL)
        source, target, mass = source[:length], target[:length], mass[:length]
    source, target = i[source], j[target]
    scale, total = _carried(x, y, source, target, mass, float(p))
    return Line(float(p), scale, total, source, target, mass)


def _numbers(P: Empirical) -> Array:
    if P.points.ndim == 2 and P.points.shape[1] != 1:
        raise ShapeError(f"points of a line are single numbers, shape {P.points.shape} was given")
    return P.points.reshape(-1)


@compiled
def _pairs_of_equal(n: int, m: int, a: int, b: int) -> tuple[Places, Places, Places]:
    """Pairs of the monotone plan where each of n points holds a units and each of m points b; n a = m b."""
    source, target = np.empty(n + m, np.int64), np.empty(n + m, np.int64)
    units = np.empty(n + m, np.int64)
    i = j = k = 0
    left, right = a, b
    while i < n and j < m:
        moved = min(left, right)
        source[k], target[k], units[k] = i, j, moved
        k += 1
        left -= moved
        right -= moved
        if left == 0:
            i += 1
            left = a
        if right == 0:
            j += 1
            right = b
    return source[:k], target[:k], units[:k]


@compiled
def _pairs(a: Array, b: Array, same: float) -> tuple[Places, Places, Array, int]:
    """Pairs of the monotone plan for any masses, and how many there are.

    Levels of mass are kept as unevaluated sums of two floats, so that small masses after large ones keep their
    digits.
    """
    n, m = len(a), len(b)
    source, target = np.empty(n + m, np.int64), np.empty(n + m, np.int64)
    mass = np.empty(n + m)
    i = j = k = 0
    above, above_low, right, right_low = a[0], 0.0, b[0], 0.0
    level, level_low = 0.0, 0.0
    while True:
        apart = (above - right) + (above_low - right_low)
        one = abs(apart) <= same * above
        end, end_low = (above, above_low) if apart <= 0.0 else (right, right_low)
        moved = (end - level) + (end_low - level_low)
        if moved > 0.0:
            source[k], target[k], mass[k] = i, j, moved
            k += 1
        level, level_low = end, end_low
        if one or apart < 0.0:
            i += 1
            if i < n:
                total = above + a[i]
                part = total - above
                above_low += (above - (total - part)) + (a[i] - part)
                above = total
        if one or apart > 0.0:
            j += 1
            if j < m:
                total = right + b[j]
                part = total - right
                right_low += (right - (total - part)) + (b[j] - part)
                right = total
        if i >= n or j >= m:
            return source, target, mass, k


@compiled
def _carried(x: Array, y: Array, source: Places, target: Places, mass: Array, p: float) -> tuple[float, float]:
    """The largest distance, and Σ mass (distance / largest)^p; (1, 0) where nothing is carried."""
    largest = 0.0
    for k in range(len(mass)):
        largest = max(largest, abs(x[source[k]] - y[target[k]]))
    if largest == 0.0:
        return 1.0, 0.0
    total = low = 0.0
    for k in range(len(mass)):
        ratio = abs(x[source[k]] - y[target[k]]) / largest
        term = mass[k] * (ratio if p == 1.0 else ratio * ratio if p == 2.0 else ratio**p)
        new = total + term
        part = new - total
        low += (total - (new - part)) + (term - part)
        total = new
    return largest, total + low


def point_gradients(line: Line, P: Empirical, Q: Empirical, of_root: bool = False) -> tuple[Array, Array]:
    """Derivatives of the cost, or of its p-th root, by the points: p |x - y|^(p-1) sign(x - y), times the mass.

    The envelope theorem: the plan counts as constant.  Where p = 1 and points coincide, 0, the middle of what
    the derivative may be; of a root where no mass moves, 0 as well.
    """
    d = (_numbers(P)[line.source] - _numbers(Q)[line.target]) / line.scale
    each = line.mass * np.abs(d) ** (line.p - 1.0) * np.sign(d)
    if of_root:
        factor = line.total ** (1.0 / line.p - 1.0) if line.total else 0.0
    else:
        factor = float(line.p * np.float64(line.scale) ** (line.p - 1.0))
    dx, dy = np.zeros(P.size), np.zeros(Q.size)
    np.add.at(dx, line.source, factor * each)
    np.add.at(dy, line.target, -factor * each)
    return dx.reshape(P.points.shape), dy.reshape(Q.points.shape)


def potentials(line: Line, P: Empirical, Q: Empirical) -> tuple[Array, Array]:
    """Dual potentials ``u``, ``v`` in units of ``scale**p``: u_i + v_j ≤ cost of (i, j), equal where mass is carried.

    Along the sorted pairs each step changes one point; the staircase that they make is a spanning tree.
    """
    x, y = _numbers(P), _numbers(Q)
    u, v = np.full(len(x), np.nan), np.full(len(y), np.nan)
    orders = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    _climb(x / line.scale, y / line.scale, *orders, line.source, line.target, line.p, u, v)
    return u, v


@compiled
def _climb(x: Array, y: Array, by_x: Places, by_y: Places, source: Places, target: Places, p: float,
           u: Array, v: Array) -> None:
    i = j = 0
    u[by_x[0]] = 0.0
    v[by_y[0]] = abs(x[by_x[0]] - y[by_y[0]]) ** p
    for k in range(len(source) + 1):
        last = k == len(source)
        while by_x[i] != source[k] if not last else i + 1 < len(x):
            i += 1
            u[by_x[i]] = abs(x[by_x[i]] - y[by_y[j]]) ** p - v[by_y[j]]
        while by_y[j] != target[k] if not last else j + 1 < len(y):
            j += 1
            v[by_y[j]] = abs(x[by_x[i]] - y[by_y[j]]) ** p - u[by_x[i]]
