"""Balls with rational numbers kept exact: what tells 0/0 from a quotient of tiny numbers.

No precision shows that ``Σ (x_i - mean)²`` is zero where all x_i are equal: a ball around
zero may hold a small number.  Inputs are floats, so sums, products, quotients and integer
powers of them are rationals; here they stay so, until a root or an exponential is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any

from .algebra import Key, Number, Thunk, Undefined
from .balls import Balls

#: Bits of numerators and denominators beyond which numbers are balls again.
LONGEST = 1 << 16

#: Functions with a rational value at 0.
AT_ZERO = dict.fromkeys("sin tan sinh tanh asin atan asinh atanh erf".split(), 0) | {"exp": 1, "cos": 1, "cosh": 1}


class Exactly:
    """The algebra of extended balls in which a number may also be a rational.

    ``fraction`` and ``matrix`` are the types of python-flint, handed in by `reference`.
    """

    def __init__(self, balls: Balls, fraction: Any, matrix: Any) -> None:
        self.balls, self.fraction, self.matrix = balls, fraction, matrix

    def is_exact(self, *xs: Number) -> bool:
        return all(isinstance(x, self.fraction) for x in xs)

    def ball(self, x: Number) -> Any:
        """A number as a ball; 0 exactly."""
        return self.balls.ball(x) if isinstance(x, self.fraction) else x

    def kept(self, x: Number) -> Number:
        """A rational, or the ball around it where it has grown too long."""
        return x if max(x.p.bit_length(), x.q.bit_length()) <= LONGEST else self.balls.ball(x)

    def rational(self, p: int, q: int) -> Number:
        return self.fraction(p, q)

    def constant(self, name: str) -> Number:
        return self.balls.constant(name)

    def leaf(self, value: float | int, key: Key | None) -> Number:
        if value != value or value in (float("inf"), float("-inf")):
            return self.balls.leaf(value, key)
        return self.fraction(*value.as_integer_ratio())

    def add(self, a: Number, b: Number) -> Number:
        return self.kept(a + b) if self.is_exact(a, b) else self.balls.add(self.ball(a), self.ball(b))

    def sum(self, terms: Sequence[Number]) -> Number:
        if self.is_exact(*terms):
            return self.kept(sum(terms, self.fraction(0)))
        return self.balls.sum([self.ball(t) for t in terms])

    def mul(self, a: Number, b: Number) -> Number:
        return self.kept(a * b) if self.is_exact(a, b) else self.balls.mul(self.ball(a), self.ball(b))

    def power(self, a: Number, n: int) -> Number:
        if not self.is_exact(a) or abs(n) * max(a.p.bit_length(), a.q.bit_length()) > LONGEST:
            return self.balls.power(self.ball(a), n)
        if n < 0 and a == 0:
            raise Undefined("division by zero")
        return self.kept(a**n)

    def root(self, a: Number, p: int, q: int, nonnegative: bool) -> Number:
        if self.is_exact(a) and q == 2 and a >= 0:
            above, below = (self.fraction(isqrt(int(x))) for x in (a.p, a.q))
            if above * above == a.p and below * below == a.q:
                return self.power(above / below, p)
        return self.balls.root(self.ball(a), p, q, nonnegative)

    def pow(self, a: Number, b: Number) -> Number:
        if self.is_exact(a, b) and b.q == 1 and abs(b) < LONGEST:
            return self.fraction(1) if b == 0 else self.power(a, int(b.p))
        return self.balls.pow(self.ball(a), self.ball(b))

    def call(self, name: str, x: Number) -> Number:
        if self.is_exact(x):
            if x == 0 and name in AT_ZERO:
                return self.fraction(AT_ZERO[name])
            if x == 1 and name == "log":
                return self.fraction(0)
            if name == "Abs":
                return abs(x)
            if name == "sign":
                return self.fraction((x > 0) - (x < 0))
            if name in ("floor", "ceiling"):
                return self.fraction(x.floor() if name == "floor" else x.ceil())
        return self.balls.call(name, self.ball(x))

    def maximum(self, a: Number, b: Number) -> Number:
        return max(a, b) if self.is_exact(a, b) else self.balls.maximum(self.ball(a), self.ball(b))

    def minimum(self, a: Number, b: Number) -> Number:
        return min(a, b) if self.is_exact(a, b) else self.balls.minimum(self.ball(a), self.ball(b))

    def absorb(self, coefficient: Number, logarithms: Thunk) -> Number:
        return self.fraction(0)

    def infinite(self, *through: Number) -> Number:
        return self.balls.infinite()

    def lead(self, a: Number) -> Any:
        return Lead(a, self.ball(a)) if self.is_exact(a) else a

    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]:
        if self.is_exact(*(x for r in rows for x in r)):
            try:
                return [list(r) for r in self.matrix(rows).inv().tolist()]
            except ZeroDivisionError:
                raise Undefined("the inverse of a singular matrix") from None
        return self.balls.inverse([[self.ball(x) for x in r] for r in rows])

    def determinant(self, rows: list[list[Number]]) -> Number:
        if self.is_exact(*(x for r in rows for x in r)):
            return self.kept(self.matrix(rows).det())
        return self.balls.determinant([[self.ball(x) for x in r] for r in rows])


class Lead:
    """A rational as comparisons look at it: like a ball of radius 0, among rationals and balls."""

    __slots__ = ("ball", "exact")

    def __init__(self, exact: Any, ball: Any) -> None:
        self.exact, self.ball = exact, ball

    def _pair(self, other: Any) -> tuple[Any, Any]:
        if isinstance(other, Lead):
            return self.exact, other.exact
        return (self.exact, other) if isinstance(other, int) else (self.ball, other)

    def __lt__(self, other: Any) -> bool:
        a, b = self._pair(other)
        return bool(a < b)

    def __gt__(self, other: Any) -> bool:
        a, b = self._pair(other)
        return bool(a > b)

    def __le__(self, other: Any) -> bool:
        a, b = self._pair(other)
        return bool(a <= b)

    def __ge__(self, other: Any) -> bool:
        a, b = self._pair(other)
        return bool(a >= b)

    def __eq__(self, other: object) -> bool:
        a, b = self._pair(other)
        return bool(a == b)

    def __ne__(self, other: object) -> bool:
        a, b = self._pair(other)
        return bool(a != b)

    __hash__ = None  # type: ignore[assignment]

    def is_zero(self) -> bool:
        return bool(self.exact == 0)

    def is_finite(self) -> bool:
        return True

    def is_exact(self) -> bool:
        return True

    def __abs__(self) -> Any:
        return abs(self.exact)

    def contains(self, x: int) -> bool:
        return bool(self.exact == x)

    def contains_integer(self) -> bool:
        return bool(self.exact.q == 1)

    def unique_fmpz(self) -> Any:
        return self.exact.p if self.exact.q == 1 else None


__all__ = ["Exactly", "Lead"]
