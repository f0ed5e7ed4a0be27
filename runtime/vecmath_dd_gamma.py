"""The logarithm of the gamma function and its derivatives, of pairs of floats; see `vecmath_dd`.

Stirling's series at arguments of 33 and more, to which smaller ones are moved by ``Γ(x + 1) = x Γ(x)``; below
one half by reflection.  Close to zeros of log Γ and ψ the absolute error stays that of 100 bits.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from fractions import Fraction

from .vecmath import digamma, trigamma
from .vecmath_dd import (
    _INF,
    _pairs,
    _series,
    dd_abs,
    dd_add,
    dd_div,
    dd_log,
    dd_mul,
    dd_neg,
    dd_sub,
)
from .vecmath_dd_trig import dd_cos, dd_sin
from .vecmath_instructions import compiled


def _bernoulli(count: int) -> list[Fraction]:
    """``B_0, B_1, …`` with ``B_1 = -1/2``."""
    b: list[Fraction] = []
    for n in range(count):
        b.append(Fraction(n == 0) - sum((math.comb(n, k) * b[k] / (n - k + 1) for k in range(n)), Fraction(0)))
    return b


_B = _bernoulli(41)
#: Coefficients in 1/x² of the three series, the highest power first.
_LGAMMA = _pairs(_B[2 * k] / (2 * k * (2 * k - 1)) for k in range(20, 0, -1))
_DIGAMMA = _pairs(_B[2 * k] / (2 * k) for k in range(20, 0, -1))
_TRIGAMMA = _pairs(_B[2 * k] for k in range(20, 0, -1))
_HALF_LOG_2PI = (float.fromhex("0x1.d67f1c864beb5p-1"), float.fromhex("-0x1.65b5a1b7ff5dfp-55"))
_PI = (math.pi, float.fromhex("0x1.1a62633145c07p-53"))
_ENOUGH = 33.0
#: Arguments beyond which the reduction of ``πx`` is left to working precision.
_REFLECTED = -1e4


@compiled
def dd_lgamma(x):
    if not _REFLECTED < x[0] < 1e300 or x[0] == 0.0:
        return math.lgamma(x[0]), 0.0
    if abs(x[0]) < 1e-290:
        return dd_neg(dd_log(dd_abs(x)))  # what is left out, γx, is below all digits; 1/x may leave the floats
    if x[0] < 0.5:
        sine = dd_sin(dd_mul(_PI, x))
        if sine[0] == 0.0:
            return _INF, 0.0
        rest = dd_lgamma_right(dd_sub((1.0, 0.0), x))
        return dd_sub(dd_log(dd_abs(dd_div(_PI, sine))), rest)
    return dd_lgamma_right(x)


@compiled
def dd_lgamma_right(x):
    """``log Γ`` at 1/2 and above."""
    moved = (1.0, 0.0)
    while x[0] < _ENOUGH:
        moved = dd_mul(moved, x)
        x = dd_add(x, (1.0, 0.0))
    inverse = dd_div((1.0, 0.0), x)
    tail = dd_mul(_series(dd_mul(inverse, inverse), _LGAMMA), inverse)
    y = dd_sub(dd_mul(dd_sub(x, (0.5, 0.0)), dd_log(x)), x)
    y = dd_add(dd_add(y, _HALF_LOG_2PI), tail)
    return dd_sub(y, dd_log(moved))


@compiled
def dd_digamma(x):
    if not _REFLECTED < x[0] < 1e300 or x[0] == 0.0:
        return digamma(x[0]), 0.0
    if x[0] < 0.5:
        angle = dd_mul(_PI, x)
        sine = dd_sin(angle)
        if sine[0] == 0.0:
            return math.nan, 0.0
        return dd_sub(dd_digamma_right(dd_sub((1.0, 0.0), x)), dd_div(dd_mul(_PI, dd_cos(angle)), sine))
    return dd_digamma_right(x)


@compiled
def dd_digamma_right(x):
    """``ψ`` at 1/2 and above."""
    moved = (0.0, 0.0)
    while x[0] < _ENOUGH:
        moved = dd_add(moved, dd_div((1.0, 0.0), x))
        x = dd_add(x, (1.0, 0.0))
    inverse = dd_div((1.0, 0.0), x)
    square = dd_mul(inverse, inverse)
    tail = dd_add((0.5 * inverse[0], 0.5 * inverse[1]), dd_mul(_series(square, _DIGAMMA), square))
    return dd_sub(dd_sub(dd_log(x), tail), moved)


@compiled
def dd_trigamma(x):
    if not _REFLECTED < x[0] < 1e150 or x[0] == 0.0:
        return trigamma(x[0]), 0.0
    if x[0] < 0.5:
        sine = dd_sin(dd_mul(_PI, x))
        if sine[0] == 0.0:
            return _INF, 0.0
        ratio = dd_div(_PI, sine)
        return dd_add(dd_mul(ratio, ratio), dd_neg(dd_trigamma_right(dd_sub((1.0, 0.0), x))))
    return dd_trigamma_right(x)


@compiled
def dd_trigamma_right(x):
    """``ψ'`` at 1/2 and above."""
    moved = (0.0, 0.0)
    while x[0] < _ENOUGH:
        moved = dd_add(moved, dd_div((1.0, 0.0), dd_mul(x, x)))
        x = dd_add(x, (1.0, 0.0))
    inverse = dd_div((1.0, 0.0), x)
    square = dd_mul(inverse, inverse)
    tail = dd_mul(dd_add((0.5, 0.0), dd_mul(_series(square, _TRIGAMMA), inverse)), square)
    return dd_add(dd_add(inverse, tail), moved)
