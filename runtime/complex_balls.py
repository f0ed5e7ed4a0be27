"""Complex balls as an algebra for bodies of equations: what integration by enclosures evaluates with.

While ``analytic`` is set, an operation whose result is no analytic function on the ball that it is given
(a root or a logarithm that meets its cut, an absolute value, a comparison) raises `Undecided`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .algebra import Key, Thunk, Undecided, Undefined

Ball = Any

#: Functions that python-flint spells otherwise.
_NAMES = {"loggamma": "lgamma"}
#: Functions with cuts, which are told whether they must be analytic.
_CUT = frozenset(("log",))
#: Functions of real numbers only.
_REAL = {"Abs": "real_abs", "sign": "real_sgn", "floor": "real_floor"}
#: Inverse functions: their cuts are not looked after, so they stand on the real line alone.
_INVERSE = frozenset("asin acos atan asinh acosh atanh loggamma".split())


class ComplexBalls:
    """The algebra of complex balls; ``ball`` is python-flint's type, handed in by `enclosed`."""

    def __init__(self, ball: Any) -> None:
        self.ball = ball
        self.analytic = False

    def rational(self, p: int, q: int) -> Ball:
        return self.ball(p) / q

    def constant(self, name: str) -> Ball:
        return {"pi": self.ball.pi, "e": lambda: self.ball(1).exp(), "euler": self._euler}[name]()

    def _euler(self) -> Ball:
        return -self.ball(1).digamma()

    def leaf(self, value: float | int, key: Key | None) -> Ball:
        if isinstance(value, self.ball):
            return value
        if value != value or value in (float("inf"), float("-inf")):
            raise Undefined("no finite number")
        return self.ball(value)

    def kept(self, x: Ball) -> Ball:
        if not x.is_finite():
            raise Undecided("a complex ball without bounds")
        return x

    def add(self, a: Ball, b: Ball) -> Ball:
        return self.kept(a + b)

    def sum(self, terms: Sequence[Ball]) -> Ball:
        total = self.ball(0)
        for t in terms:
            total += t
        return self.kept(total)

    def mul(self, a: Ball, b: Ball) -> Ball:
        return self.kept(a * b)

    def power(self, a: Ball, n: int) -> Ball:
        return self.kept(1 / a if n == -1 else a**n)

    def root(self, a: Ball, p: int, q: int, nonnegative: bool) -> Ball:
        return self.kept(a.sqrt(analytic=self.analytic) ** p if q == 2 else self._pow(a, self.ball(p) / q))

    def pow(self, a: Ball, b: Ball) -> Ball:
        return self._pow(a, b)

    def _pow(self, a: Ball, b: Ball) -> Ball:
        if a.is_zero() and b.real > 0:
            return self.ball(0)
        return self.kept(a.pow(b, analytic=self.analytic))

    def call(self, name: str, x: Ball) -> Ball:
        if name in _CUT:
            return self.kept(getattr(x, name)(analytic=self.analytic))
        if name in _REAL:
            return self.kept(getattr(x, _REAL[name])(analytic=self.analytic))
        if name == "ceiling":
            return -self.call("floor", -x)
        if name in _INVERSE and (self.analytic or not x.imag.is_zero()):
            raise Undecided(f"whether {name} is analytic")
        return self.kept(getattr(x, _NAMES.get(name, name))())

    def maximum(self, a: Ball, b: Ball) -> Ball:
        return self.kept(a.real_max(b, analytic=self.analytic))

    def minimum(self, a: Ball, b: Ball) -> Ball:
        return self.kept(a.real_min(b, analytic=self.analytic))

    def absorb(self, coefficient: Ball, logarithms: Thunk) -> Ball:
        return self.ball(0)

    def infinite(self, *through: Ball) -> Ball:
        raise Undecided("an infinity among complex numbers")

    def lead(self, a: Ball) -> Any:
        if a.imag.is_zero() and not self.analytic:
            return a.real
        if a.imag.is_zero() and a.is_exact():
            return a.real
        return _Unordered(a)

    def inverse(self, rows: list[list[Ball]]) -> list[list[Ball]]:
        raise Undecided("a matrix of complex numbers")

    def determinant(self, rows: list[list[Ball]]) -> Ball:
        raise Undecided("a matrix of complex numbers")


class _Unordered:
    """A complex ball as comparisons look at it: it has no order, and may be zero."""

    def __init__(self, ball: Ball) -> None:
        self.ball = ball

    def is_zero(self) -> bool:
        if self.ball.contains(0):
            raise Undecided("whether a coefficient is zero")
        return False

    def contains(self, x: int) -> bool:
        return bool(self.ball.contains(x))

    def _refuse(self, other: object) -> bool:
        raise Undecided("an order of complex numbers")

    __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse
    __hash__ = None  # type: ignore[assignment]
