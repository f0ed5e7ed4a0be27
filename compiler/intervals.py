"""Intervals of the extended reals, and what every primitive makes of them.

    Bounds = (lo, hi, lo_open, hi_open, maybe_nan)

Every value that a subexpression takes lies between ``lo`` and ``hi`` (open ends are not taken)
or, where ``maybe_nan``, is NaN.  Arithmetic on ends is exact (rationals), and functions use only
monotonicity, so that no rounding weakens what is proved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import inf

End = Fraction | float  # an exact rational, or a float infinity


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval; an open end is approached and not taken."""

    lo: End = -inf
    hi: End = inf
    lo_open: bool = False
    hi_open: bool = False
    maybe_nan: bool = True

    def joined(self, other: Bounds) -> Bounds:
        """The least interval that holds both."""
        lo = min(self.lo, other.lo)
        hi = max(self.hi, other.hi)
        lo_open = all(b.lo_open for b in (self, other) if b.lo == lo)
        hi_open = all(b.hi_open for b in (self, other) if b.hi == hi)
        return Bounds(lo, hi, lo_open, hi_open, self.maybe_nan or other.maybe_nan)


ANY = Bounds()
REAL = Bounds(-inf, inf, True, True, False)
ZERO, ONE = Fraction(0), Fraction(1)


# -- one function per primitive ------------------------------------------------------


def _neg(a: Bounds) -> Bounds:
    return Bounds(-a.hi, -a.lo, a.hi_open, a.lo_open, a.maybe_nan)


def _add(a: Bounds, b: Bounds) -> Bounds:
    nan = a.maybe_nan or b.maybe_nan
    if {_end_taken(a, 1), _end_taken(b, 1)} & {True} and {_end_taken(a, -1), _end_taken(b, -1)} & {True}:
        nan = True
    lo: End = -inf if -inf in (a.lo, b.lo) else a.lo + b.lo
    hi: End = inf if inf in (a.hi, b.hi) else a.hi + b.hi
    # A finite sum of floats rounds, and may overflow: only a finite end stays open.
    lo_open = lo != -inf and (a.lo_open or b.lo_open)
    hi_open = hi != inf and (a.hi_open or b.hi_open)
    return Bounds(lo, hi, lo_open, hi_open, nan)


def _end_taken(a: Bounds, side: int) -> bool:
    return (a.hi == inf and not a.hi_open) if side > 0 else (a.lo == -inf and not a.lo_open)


def _times(x: End, y: End) -> End:
    return ZERO if x == 0 or y == 0 else x * y


def _mul(a: Bounds, b: Bounds) -> Bounds:
    ends = [
        (_times(x, y), _product_open(x, xo, y, yo))
        for x, xo in ((a.lo, a.lo_open), (a.hi, a.hi_open))
        for y, yo in ((b.lo, b.lo_open), (b.hi, b.hi_open))
    ]
    lo = min(v for v, _ in ends)
    hi = max(v for v, _ in ends)
    lo_open = all(o for v, o in ends if v == lo) and lo != -inf
    hi_open = all(o for v, o in ends if v == hi) and hi != inf
    # An interval that crosses zero takes zero inside.
    nan = a.maybe_nan or b.maybe_nan or (_takes_infinity(a) and _takes_zero(b))
    return Bounds(lo, hi, lo_open, hi_open, nan or (_takes_infinity(b) and _takes_zero(a)))


def _product_open(x: End, x_open: bool, y: End, y_open: bool) -> bool:
    """Is the product of two ends only approached?  A closed zero makes a zero that is taken."""
    if (x == 0 and not x_open) or (y == 0 and not y_open):
        return False
    return x_open or y_open


def _takes_zero(a: Bounds) -> bool:
    return a.lo <= 0 <= a.hi and not (a.lo == 0 and a.lo_open) and not (a.hi == 0 and a.hi_open)


def _takes_infinity(a: Bounds) -> bool:
    return _end_taken(a, 1) or _end_taken(a, -1)


def _reciprocal(b: Bounds) -> Bounds:
    def over(x: End) -> End:
        return ZERO if abs(x) == inf else 1 / Fraction(x)

    if b.lo > 0 or (b.lo == 0 and b.lo_open):
        lo, hi = over(b.hi), inf if b.lo == 0 else over(b.lo)
        return Bounds(lo, hi, (b.hi_open and lo != 0) or (lo == 0 and b.hi_open), b.lo_open, b.maybe_nan)
    if b.lo == 0:  # zero is taken; a negative zero gives -inf
        return Bounds(-inf, inf, maybe_nan=b.maybe_nan)
    if b.hi < 0 or (b.hi == 0 and b.hi_open):
        return _neg(_reciprocal(_neg(b)))
    return ANY


def _div(a: Bounds, b: Bounds) -> Bounds:
    if b.lo == 0 and not b.lo_open and a.lo >= 0:
        # x/0 is +inf or NaN where both are at least zero (a sum of squares is +0).
        return Bounds(ZERO, inf, False, False, True)
    return _mul(a, _reciprocal(b))


def square(a: Bounds) -> Bounds:
    top: End = max(-a.lo, a.hi)
    if a.lo >= 0:
        return Bounds(_times(a.lo, a.lo), _times(a.hi, a.hi), a.lo_open, False, a.maybe_nan)
    if a.hi <= 0:
        return square(_neg(a))
    return Bounds(ZERO, _times(top, top), maybe_nan=a.maybe_nan)


def odd_power(a: Bounds) -> Bounds:
    if a.lo >= 0:
        return Bounds(ZERO, ONE if a.hi <= 1 else inf, a.lo > 0 or a.lo_open, False, a.maybe_nan)
    return _neg(odd_power(_neg(a))) if a.hi <= 0 else ANY


def _pow(a: Bounds, b: Bounds) -> Bounds:
    if a.lo < 0:
        return ANY
    hi: End = ONE if a.hi <= 1 and b.lo >= 0 else inf
    return Bounds(ZERO, hi, False, False, a.maybe_nan or b.maybe_nan)


def _exp(a: Bounds) -> Bounds:
    lo: End = ONE if a.lo >= 0 else ZERO
    hi: End = ONE if a.hi <= 0 else inf
    lo_open = a.lo_open if a.lo >= 0 else a.lo != -inf or a.lo_open
    hi_open = a.hi_open and a.hi <= 0
    return Bounds(lo, hi, lo_open if a.lo in (0, -inf) else True, hi_open, a.maybe_nan)


def _expm1(a: Bounds) -> Bounds:
    b = _exp(a)
    hi = b.hi if b.hi == inf else b.hi - 1
    return Bounds(b.lo - 1, hi, b.lo_open, b.hi_open, b.maybe_nan)


def _log(a: Bounds) -> Bounds:
    lo: End = ZERO if a.lo >= 1 else -inf
    hi: End = ZERO if a.hi <= 1 else inf
    return Bounds(lo, hi, a.lo_open and a.lo == 1, a.hi_open and a.hi == 1, a.maybe_nan or a.lo < 0)


def _log1p(a: Bounds) -> Bounds:
    return _log(_add(a, Bounds(ONE, ONE, maybe_nan=False)))


def _sqrt(a: Bounds) -> Bounds:
    hi: End = ONE if a.hi <= 1 else inf
    lo: End = ONE if a.lo >= 1 else ZERO
    lo_open = (a.lo_open and a.lo in (0, 1)) or 0 < a.lo < 1 or a.lo > 1
    return Bounds(lo, hi, lo_open, False, a.maybe_nan or a.lo < 0)


def _abs(a: Bounds) -> Bounds:
    if a.lo >= 0:
        return a
    if a.hi <= 0:
        return _neg(a)
    return Bounds(ZERO, max(-a.lo, a.hi), False, False, a.maybe_nan)


def _max(a: Bounds, b: Bounds) -> Bounds:
    lo = max(a.lo, b.lo)
    hi = max(a.hi, b.hi)
    lo_open = any(x.lo_open for x in (a, b) if x.lo == lo)
    hi_open = all(x.hi_open for x in (a, b) if x.hi == hi)
    return Bounds(lo, hi, lo_open, hi_open, a.maybe_nan or b.maybe_nan)


def _min(a: Bounds, b: Bounds) -> Bounds:
    return _neg(_max(_neg(a), _neg(b)))


def _absorb(c: Bounds, v: Bounds) -> Bounds:
    b = _mul(c, v)
    zero = Bounds(ZERO, ZERO, maybe_nan=False)
    return b.joined(zero) if _takes_zero(c) else b


def _odd_like(top: End, open_ends: bool = False) -> Callable[[Bounds], Bounds]:
    """An increasing odd function between -top and top."""

    def rule(a: Bounds) -> Bounds:
        lo: End = ZERO if a.lo >= 0 else -top
        hi: End = ZERO if a.hi <= 0 else top
        lo_open = a.lo_open and a.lo == 0
        hi_open = a.hi_open and a.hi == 0
        return Bounds(lo, hi, lo_open or a.lo > 0, hi_open or a.hi < 0, a.maybe_nan)

    return rule


def _within(lo: End, hi: End, lo_open: bool = False) -> Callable[[Bounds], Bounds]:
    """A function with values between two ends; infinite arguments of sin and cos give NaN."""
    return lambda a: Bounds(lo, hi, lo_open, False, a.maybe_nan or _takes_infinity(a))


def _square_like(a: Bounds) -> Bounds:
    """A square that may overflow or underflow."""
    return Bounds(ZERO, inf, False, False, a.maybe_nan)


RULES: dict[str, Callable[..., Bounds]] = {
    "neg": _neg,
    "add": _add,
    "sub": lambda a, b: _add(a, _neg(b)),
    "mul": _mul,
    "div": _div,
    "square": square,
    "pow": _pow,
    "pow1p": lambda a, y: _pow(_add(a, Bounds(ONE, ONE, maybe_nan=False)), y),
    "exp": _exp,
    "expm1": _expm1,
    "scaled_exp": lambda a, x: _mul(a, _exp(x)),
    "exp_sum": lambda a, tail: Bounds(ZERO, inf, False, False, a.maybe_nan or tail.maybe_nan),
    "exp_diff": lambda a, b: _exp(_add(a, _neg(b))),
    "expm1x": lambda a: Bounds(ZERO, inf, False, False, a.maybe_nan),
    "log1mexp": lambda a: Bounds(-inf, ZERO, False, False, a.maybe_nan or a.hi > 0),
    "logaddexp": lambda a, b: Bounds(max(a.lo, b.lo), inf, False, False, a.maybe_nan or b.maybe_nan),
    "log1p_gap": lambda a: Bounds(ZERO, inf, False, False, a.maybe_nan or a.lo < -1),
    "log_gap": lambda a: Bounds(ZERO, inf, False, False, a.maybe_nan or a.lo < 0),
    "js_entr": lambda a, b: Bounds(ZERO, inf, False, False, a.maybe_nan or b.maybe_nan or a.lo < 0 or b.lo < 0),
    "log1pmx": lambda a: Bounds(ZERO, inf, False, False, a.maybe_nan or a.lo < -1),
    "js_psi": lambda a: Bounds(ZERO, ONE, False, False, a.maybe_nan or a.lo < -1 or a.hi > 1),
    "log": _log,
    "log1p": _log1p,
    "log2": _log,
    "log10": _log,
    "sqrt": _sqrt,
    "abs": _abs,
    "max": _max,
    "min": _min,
    "absorb": _absorb,
    "detach": lambda a: a,
    "sigmoid": _within(ZERO, ONE),
    "sigmoid_diff": lambda a, b: Bounds(ZERO, ONE, False, False, a.maybe_nan or b.maybe_nan),
    "softplus_diff": lambda a, b: Bounds(ZERO, inf, False, False, a.maybe_nan or b.maybe_nan),
    "softplus": lambda a: Bounds(ZERO, inf, False, False, a.maybe_nan),
    "tanh": _odd_like(ONE),
    "erf": _odd_like(ONE),
    "erfc": _within(ZERO, Fraction(2)),
    "erfcx": lambda a: Bounds(ZERO, ONE if a.lo >= 0 else inf, False, False, a.maybe_nan),
    "norm_cdf": lambda a: Bounds(ZERO, ONE, False, False, a.maybe_nan),
    "log_norm_cdf": lambda a: Bounds(-inf, ZERO, False, False, a.maybe_nan),
    "sin": _within(-ONE, ONE),
    "cos": _within(-ONE, ONE),
    "asin": _odd_like(Fraction(8, 5)),
    "atan": _odd_like(Fraction(8, 5)),
    "asinh": _odd_like(inf),
    "sinh": _odd_like(inf),
    "cbrt": _odd_like(inf),
    "cosh": lambda a: Bounds(ONE, inf, False, False, a.maybe_nan),
    "acosh": lambda a: Bounds(ZERO, inf, False, False, True),
    "sign": _odd_like(ONE),
    "log_ratio": lambda a, b: _log(_div(a, b)),
    "products_difference": lambda a, b, c, d: _add(_mul(a, b), _neg(_mul(c, d))),
    "sum_error": lambda a, b: Bounds(-inf, inf, False, False, False),
    "square_up": _square_like,
    "square_down": _square_like,
    "hypot": lambda a, b: Bounds(ZERO, inf, False, False, a.maybe_nan or b.maybe_nan),
}
