"""Sums of polynomials over indices: linear, in any order of the indices, as products where they share none."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

from . import polynomials as ps
from .atom_powers import HALF, Powers
from .polynomials import Atom, Monomial, Poly, TooLarge

#: Indices of one sum whose order is made canonical.
INDICES = 4
#: Coefficients of ``Σ_{k=1}^{n} k^m`` in powers of n, by m.
POWER_SUMS = {
    Fraction(1): (Fraction(0), HALF, HALF),
    Fraction(2): (Fraction(0), Fraction(1, 6), HALF, Fraction(1, 3)),
    Fraction(3): (Fraction(0), Fraction(0), Fraction(1, 4), HALF, Fraction(1, 4)),
    Fraction(4): (Fraction(0), Fraction(-1, 30), Fraction(0), Fraction(1, 3), HALF, Fraction(1, 5)),
}


class Sums(Powers):
    """Sums as atoms: ``("sum", ranges, body, level)``, with their indices at a level above all inside."""

    def count(self, limits: tuple[Any, Any]) -> Poly:
        """How many indices a range has; refused where it might be run backwards."""
        lo, hi = map(ps.poly, limits)
        last = next(iter(ps.atoms(hi)), None)
        if ps.number(lo) == 1 and last is not None and hi == ps.atom(last):
            domain = self.domains[last[1]].domain if last[0] == "p" else None
            whole = domain is not None and domain.kind == "integer" and domain.lo is not None and domain.lo >= 0
            if last[0] == "n" or whole:
                return hi
        raise TooLarge

    def summed(self, m: Monomial, bound: Atom, limits: tuple[Any, Any]) -> Poly:
        """The sum of a monomial over an index: what does not depend on it is taken out."""
        outside = {a: e for a, e in m if not ps.mentions(a, (bound,))}
        within = {a: e for a, e in m if a not in outside}
        taken: Poly = {ps.ordered(outside): Fraction(1)}
        if not within:
            return self.product(taken, self.count(limits))
        ranges: list[tuple[Atom, Any, Any]] = [(bound, *limits)]
        factors: dict[Atom, Fraction] = {}
        for a, e in within.items():
            if a[0] == "sum" and e in (1, 2) and len(ranges) + int(e) * len(a[1]) <= INDICES:
                for _ in range(int(e)):
                    more, body = self._opened(a)
                    ranges += more
                    for b, k in body:
                        factors[b] = factors.get(b, Fraction(0)) + k
            else:
                factors[a] = factors.get(a, Fraction(0)) + e
        return self.product(taken, self._components(ranges, factors))

    def _opened(self, a: Atom) -> tuple[list[tuple[Atom, Any, Any]], Monomial]:
        """The ranges and the body of a sum, over indices of their own."""
        level = a[3]
        names = {("b", level, k): self.fresh() for k in range(len(a[1]))}
        ranges = [(names["b", level, k], *ps.renamed(limits, names)) for k, limits in enumerate(a[1])]
        return ranges, ps.renamed(a[2], names)

    def _components(self, ranges: list[tuple[Atom, Any, Any]], factors: Mapping[Atom, Fraction]) -> Poly:
        """A sum over several indices as a product of sums that share none."""
        groups: list[tuple[set[Atom], dict[Atom, Fraction]]] = [({r[0]}, {}) for r in ranges]
        for i, lo, hi in ranges:  # a range that depends on an index belongs to it
            touching = [r[0] for r in ranges if ps.mentions((lo, hi), (r[0],))]
            groups = joined(groups, {i, *touching}, None, Fraction(0))
        for a, e in factors.items():
            touching = [r[0] for r in ranges if ps.mentions(a, (r[0],))]
            groups = joined(groups, set(touching), a, e)
        out = ps.constant(1)
        for indices, parts in groups:
            here = [r for r in ranges if r[0] in indices]
            if not parts:
                for _, lo, hi in here:
                    out = self.product(out, self.count((lo, hi)))
                continue
            out = self.product(out, self._canonical(here, ps.ordered(parts)))
        return out

    def _canonical(self, ranges: list[tuple[Atom, Any, Any]], body: Monomial) -> Poly:
        """A sum with its indices in the order that spells it first; probabilities sum to one."""
        if len(ranges) > INDICES:
            raise TooLarge
        best: tuple[str, Atom] | None = None
        level = max(deepest(body), *(deepest(r[1:]) for r in ranges))
        for order in permutations(ranges):
            names = {r[0]: ("b", level, k) for k, r in enumerate(order)}
            limits = tuple(ps.renamed((lo, hi), names) for _, lo, hi in order)
            made: Atom = ("sum", limits, ps.renamed(body, names), level)
            if best is None or repr(made) < best[0]:
                best = repr(made), made
        assert best is not None
        if (closed := self._power_sum(best[1])) is not None:
            return closed
        return ps.constant(1) if self._is_total(best[1]) else ps.atom(best[1])

    def _power_sum(self, a: Atom) -> Poly | None:
        """``Σ_{k=1}^{n} k^m`` in closed form."""
        if len(a[1]) != 1 or len(a[2]) != 1 or a[2][0][0] != ("b", a[3], 0) or a[2][0][1] not in POWER_SUMS:
            return None
        n = self.count(a[1][0])
        out: Poly = {}
        for k, c in enumerate(POWER_SUMS[a[2][0][1]]):
            out = ps.add(out, ps.scale(ps.power(n, k), c))
        return out

    def _is_total(self, a: Atom) -> bool:
        """Whether a sum is that of all probabilities of a distribution."""
        if len(a[1]) != 1 or len(a[2]) != 1 or a[2][0][1] != 1:
            return False
        x, (lo, hi) = a[2][0][0], a[1][0]
        p = self.domains.get(x[1]) if x[0] == "e" else None
        if p is None or p.domain.kind != "simplex" or len(p.axes) != 1 or p.axes[0].lo != 1:
            return False
        whole = ps.key(ps.atom(("n", p.axes[0].name))) if not p.axes[0].name.isdigit() else ps.key(
            ps.constant(int(p.axes[0].name)))
        return bool(x[2] == (ps.key(ps.atom(("b", a[3], 0))),) and lo == ps.key(ps.constant(1)) and hi == whole)

    @staticmethod
    def closed(head: str, form: Poly, bound: Atom, limits: tuple[Any, Any]) -> Atom:
        """An atom whose index has no name of its own; how deep it stands tells it from those inside."""
        level = max(deepest(form), deepest(limits))
        return (head, limits, ps.renamed(ps.key(form), {bound: ("b", level, 0)}), level)


def joined(
    groups: list[tuple[set[Atom], dict[Atom, Fraction]]], touching: set[Atom], a: Atom | None, e: Fraction
) -> list[tuple[set[Atom], dict[Atom, Fraction]]]:
    """Groups of indices in which those that a factor touches are one."""
    apart = [g for g in groups if not g[0] & touching]
    merged: tuple[set[Atom], dict[Atom, Fraction]] = (set(), {})
    for g in groups:
        if g[0] & touching:
            merged[0].update(g[0])
            merged[1].update(g[1])
    if a is not None:
        merged[1][a] = e
    return [*apart, merged]


def deepest(x: Any) -> int:
    """One more than the highest level of the bound indices inside."""
    if isinstance(x, tuple) and len(x) == 3 and x[0] == "b":
        return int(max(0, x[1] + 1))
    items = x.items() if isinstance(x, dict) else x if isinstance(x, tuple) else ()
    return max((deepest(y) for y in items), default=0)
