"""What working precision may make of a formula: balls that grow as rounding errors do.

Every operation rounds as the format does and leaves a ball around whatever a float
evaluation of that operation may give.  Beyond rounding itself:

- a sum of n terms may run in any order: its radius grows by ``n·u·Σ|terms|``;
- an inverse X of M errs by ``n·u·|X||M||X|``, also in elements that are zero (Higham 2002, §14.1);
- a result below the smallest normal number may lose a subnormal ulp;
- a result beyond the largest number gives no verdict (`Undecided`).

The final radius is multiplied by `SAFETY`, for mathematical libraries that err by
several ulps and for rewritten formulas, and widened by four ulps.  No float
evaluation that merely rounds differently leaves the result, so what is outside is
another formula: a miscompilation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .algebra import Number, Thunk, Undecided

#: Factor on the final radius; libm functions err by up to 4 ulps instead of ½.
SAFETY = 8


class RunningErrors:
    """An algebra over the balls of another, at the precision of a float format."""

    def __init__(self, exact: Any, bits: int, emin: int, emax: int, ball: Any) -> None:
        self.exact, self.ball = exact, ball
        self.largest = ball(2) ** (emax + 1) * (1 - ball(2) ** (-bits))
        self.smallest_normal = ball(2) ** emin
        self.subnormal = ball(2) ** (emin - bits + 1)
        self.unit = ball(2) ** -bits
        self.rational, self.constant, self.lead = exact.rational, exact.constant, exact.lead
        self.leaf, self.maximum, self.minimum = exact.leaf, exact.maximum, exact.minimum

    def rounded(self, x: Number) -> Number:
        """A result of one operation, with the errors that its size brings."""
        if not x.is_finite() or x.is_zero():
            return x
        if x.abs_upper() > self.largest:
            raise Undecided("a float would overflow here")
        if x.abs_lower() < self.smallest_normal:
            return self.spread(x, self.subnormal)
        return x

    def spread(self, x: Number, radius: Number) -> Number:
        return x + self.ball(0, radius.abs_upper())

    def add(self, a: Number, b: Number) -> Number:
        return self.sum((a, b))

    def sum(self, terms: Sequence[Number]) -> Number:
        total = self.rounded(self.exact.sum(terms))
        if len(terms) < 2 or not total.is_finite():
            return total
        size = self.exact.sum([abs(t) for t in terms])
        if size.abs_upper() > self.largest:
            raise Undecided("a partial sum may overflow here")
        return self.spread(total, size * self.unit * (len(terms) - 1))

    def mul(self, a: Number, b: Number) -> Number:
        return self.rounded(self.exact.mul(a, b))

    def power(self, a: Number, n: int) -> Number:
        return self.rounded(self.exact.power(a, n))

    def root(self, a: Number, p: int, q: int, nonnegative: bool) -> Number:
        return self.rounded(self.exact.root(a, p, q, nonnegative))

    def pow(self, a: Number, b: Number) -> Number:
        return self.rounded(self.exact.pow(a, b))

    def call(self, name: str, x: Number) -> Number:
        return self.rounded(self.exact.call(name, x))

    def absorb(self, coefficient: Number, logarithms: Thunk) -> Number:
        return self.exact.absorb(coefficient, logarithms)

    def infinite(self, *through: Number) -> Number:
        return self.exact.infinite()

    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]:
        found = self.exact.inverse(rows)
        sizes, inverse_sizes = ([[abs(x) for x in row] for row in m] for m in (rows, found))
        errors = _product(inverse_sizes, _product(sizes, inverse_sizes))
        slack = self.unit * len(rows)
        return [
            [self.rounded(self.spread(x, e * slack)) for x, e in zip(*pair, strict=True)]
            for pair in zip(found, errors, strict=True)
        ]

    def determinant(self, rows: list[list[Number]]) -> Number:
        return self.rounded(self.exact.determinant(rows))

    def widen(self, x: Number) -> Number:
        """The final enclosure of one output element."""
        if not x.is_finite():
            return x
        wide = self.ball(x.mid(), x.rad() * SAFETY)
        return self.spread(wide, abs(x) * self.unit * 8 + self.subnormal * 4)


def _product(a: list[list[Number]], b: list[list[Number]]) -> list[list[Number]]:
    return [[sum(x * row[j] for x, row in zip(line, b, strict=True)) for j in range(len(b))] for line in a]
