"""Extended real balls: finite balls, and exactly +inf and -inf.

``log 0 = -inf``; sums of infinities of one sign are infinite; ``inf - inf``, ``0·inf``
and ``x/0`` are undefined.  No operation returns NaN or a ball of infinite radius: it
raises `Undefined` where no value exists and `Undecided` where the ball is too wide to
tell.  An ``exp`` that overflows a float is an ordinary large ball here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .algebra import Hopeless, Key, Thunk, Undecided, Undefined, is_less

Ball = Any

#: SymPy names that balls spell otherwise.
_names = {"loggamma": "lgamma", "Abs": "__abs__", "sign": "sgn", "ceiling": "ceil"}

#: Limits at -inf and +inf; None is undefined.
_limits: dict[str, tuple[str | None, str | None]] = {
    "exp": ("0", "inf"),
    "log": (None, "inf"),
    "sinh": ("-inf", "inf"),
    "cosh": ("inf", "inf"),
    "tanh": ("-1", "1"),
    "atan": ("-pi/2", "pi/2"),
    "asinh": ("-inf", "inf"),
    "acosh": (None, "inf"),
    "erf": ("-1", "1"),
    "erfc": ("2", "0"),
    "gamma": (None, "inf"),
    "loggamma": (None, "inf"),
    "digamma": (None, "inf"),
    "trigamma": (None, "0"),
    "tetragamma": (None, "0"),
    "Abs": ("inf", "inf"),
    "sign": ("-1", "1"),
    "floor": ("-inf", "inf"),
    "ceiling": ("-inf", "inf"),
}

#: Derivatives of digamma.
_GAMMAS = ("trigamma", "tetragamma")

#: Closed real domains, and the values at ends where a ball method has none.
_ends: dict[str, tuple[int, int | None, str | None, str | None]] = {
    "log": (0, None, "-inf", None),
    "asin": (-1, 1, None, None),
    "acos": (-1, 1, None, None),
    "acosh": (1, None, None, None),
    "atanh": (-1, 1, "-inf", "inf"),
    "loggamma": (0, None, "inf", None),
}


def is_infinite(x: Ball) -> bool:
    """Exactly +inf or -inf; other balls that are not finite never leave an operation."""
    return not x.is_finite() and x.is_exact() and not x.is_nan()


class Balls:
    """The algebra of extended balls at the working precision.

    ``ball`` and ``matrix`` are the types of python-flint, handed in by `reference`.
    """

    def __init__(self, ball: Any, matrix: Any) -> None:
        self.ball, self.matrix = ball, matrix
        self.inf = ball("inf")

    def rational(self, p: int, q: int) -> Ball:
        return self.ball(p) if q == 1 else self.ball(p) / q

    def constant(self, name: str) -> Ball:
        return {"pi": self.ball.pi, "e": self.ball.const_e, "euler": self.ball.const_euler}[name]()

    def leaf(self, value: float | int, key: Key | None) -> Ball:
        if value != value:
            raise Undefined("NaN among the inputs")
        return self.ball(value)

    def add(self, a: Ball, b: Ball) -> Ball:
        r = a + b
        if r.is_finite():
            return r
        if is_infinite(a):
            if is_infinite(b) and (a > 0) != (b > 0):
                raise Undefined("inf - inf")
            return a
        return b if is_infinite(b) else self._bounded(r)

    def sum(self, terms: Sequence[Ball]) -> Ball:
        r = self.ball(0)
        for t in terms:
            r += t
        if r.is_finite():
            return r
        r = self.ball(0)
        for t in terms:
            r = self.add(r, t)
        return r

    def mul(self, a: Ball, b: Ball) -> Ball:
        r = a * b
        if r.is_finite():
            return r
        if is_infinite(a) or is_infinite(b):
            if a.is_zero() or b.is_zero():
                raise Undefined("0·inf")
            if any(x.contains(0) and not is_infinite(x) for x in (a, b)):
                raise Undecided("the sign of an infinite product")
            return self.inf if (a > 0) == (b > 0) else -self.inf
        return self._bounded(r)

    def power(self, a: Ball, n: int) -> Ball:
        if n == 0:
            return self.ball(1)
        if n < 0 and a.is_zero():
            raise Undefined("division by zero")
        if is_infinite(a):
            return self.ball(0) if n < 0 else self.inf if a > 0 or n % 2 == 0 else -self.inf
        r = 1 / a if n == -1 else a**n
        if n > 0 and not r.is_finite():
            r = _multiplied(a, n)  # flint's power of a ball about zero may be NaN
        if r.is_finite():
            return r
        if n < 0 and a.contains(0):
            raise Undecided("division by what may be zero")
        raise Hopeless("a power beyond every exponent")

    def root(self, a: Ball, p: int, q: int, nonnegative: bool) -> Ball:
        """``a^(p/q)``; a negative number has no real root, whatever q is, as in SymPy."""
        if a > 0:
            if is_infinite(a):
                return self.inf if p > 0 else self.ball(0)
            if q == 2:
                return a.sqrt() ** p if p > 0 else a.rsqrt() ** -p
            return a ** (self.ball(p) / q)
        if a < 0:
            raise Undefined("a root of a negative number")
        if a.is_zero():
            if p < 0:
                raise Undefined("division by zero")
            return self.ball(0)
        if p < 0 or not nonnegative:
            raise Undecided("the sign under a root")
        half = (a.abs_upper() ** (self.ball(p) / q)).upper() / 2
        return self.ball(half.upper(), half.upper())

    def pow(self, a: Ball, b: Ball) -> Ball:
        if b.is_zero():
            return self.ball(1)
        if b.is_exact() and b.is_integer() and abs(b) < 2**31:
            return self.power(a, int(b.unique_fmpz()))
        if a == 1:
            return a
        if a.is_zero():
            if b > 0:
                return self.ball(0)
            raise Undefined("division by zero") if b < 0 else Undecided("the sign of an exponent")
        if a < 0:
            if b.contains_integer():
                raise Undecided("whether an exponent is an integer")
            raise Undefined("a real power of a negative number")
        if not a > 0:
            raise Undecided("the sign of a base")
        return self.call("exp", self.mul(b, self.call("log", a)))

    def call(self, name: str, x: Ball) -> Ball:
        if x.is_finite():
            r = self._polygamma(name, x) if name in _GAMMAS else getattr(x, _names.get(name, name))()
            return r if r.is_finite() else self._outside(name, x)
        below, above = _limits.get(name, (None, None))
        limit = above if x > 0 else below
        if limit is None:
            raise Undefined(f"{name} of an infinite value")
        return self._named(limit)

    def _polygamma(self, name: str, x: Ball) -> Ball:
        """``ψ′ = ζ(2, x)`` and ``ψ″ = -2 ζ(3, x)``, for numbers that may be negative by reflection.

        ``ψ′(x) = (π / sin πx)² - ψ′(1 - x)``, ``ψ″(x) = ψ″(1 - x) - 2 (π / sin πx)³ cos πx``
        """
        two, three = self.ball(2), self.ball(3)
        if x > 0:
            return two.zeta(x) if name == "trigamma" else -2 * three.zeta(x)
        pi = self.ball.pi()
        turned = pi / (pi * x).sin()
        if name == "trigamma":
            return turned**2 - two.zeta(1 - x)
        return -2 * three.zeta(1 - x) - 2 * turned**3 * (pi * x).cos()

    def _named(self, text: str) -> Ball:
        half_pi = {"pi/2": 1, "-pi/2": -1}
        return self.ball.pi() * half_pi[text] / 2 if text in half_pi else self.ball(text)

    def _outside(self, name: str, x: Ball) -> Ball:
        """Why a function of a finite ball has no finite value, or its infinite one."""
        if name in _ends:
            lo, hi, at_lo, at_hi = _ends[name]
            if x < lo or (hi is not None and x > hi):
                raise Undefined(f"{name} outside its domain")
            for end, value in ((lo, at_lo), (hi, at_hi)):
                if end is not None and x == end and value is not None:
                    return self._named(value)
        if name in ("gamma", "digamma", *_GAMMAS) and x.is_exact() and x.is_integer() and x <= 0:
            raise Undefined(f"{name} at a pole")
        if abs(x) > 2**40:
            raise Hopeless(f"{name} beyond every exponent")
        raise Undecided(f"{name} near the end of its domain")

    def maximum(self, a: Ball, b: Ball) -> Ball:
        if a.is_finite() and b.is_finite():
            return a.max(b)
        return b if is_less(a, b) else a

    def minimum(self, a: Ball, b: Ball) -> Ball:
        if a.is_finite() and b.is_finite():
            return a.min(b)
        return a if is_less(a, b) else b

    def absorb(self, coefficient: Ball, logarithms: Thunk) -> Ball:
        return self.ball(0)

    def infinite(self, *through: Ball) -> Ball:
        """+inf, reached from some numbers."""
        return self.inf

    def lead(self, a: Ball) -> Ball:
        return a

    def inverse(self, rows: list[list[Ball]]) -> list[list[Ball]]:
        try:
            found: list[list[Ball]] = self.matrix(rows).inv().tolist()
        except ZeroDivisionError:
            raise Undecided("whether a matrix is singular") from None
        if not all(x.is_finite() for r in found for x in r):
            raise Undecided("whether a matrix is singular")
        return found

    def determinant(self, rows: list[list[Ball]]) -> Ball:
        return self._bounded(self.matrix(rows).det())

    def _bounded(self, r: Ball) -> Ball:
        if r.is_finite() or is_infinite(r):
            return r
        raise Undecided("an unbounded ball")


def _multiplied(a: Ball, n: int) -> Ball:
    """``a^n`` by squaring, n ≥ 1."""
    r = None
    while n:
        if n & 1:
            r = a if r is None else r * a
        n >>= 1
        a = a * a
    return r
