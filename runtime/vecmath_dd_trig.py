"""Trigonometric and hyperbolic functions of pairs of floats; see `vecmath_dd`."""

# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from fractions import Fraction

from .vecmath_dd import _pairs, _series, dd_add, dd_div, dd_exp, dd_expm1, dd_mul, dd_neg, dd_sub
from .vecmath_instructions import compiled, rint, two_prod

#: ±1/n! for the odd n and the even ones, down from 29 and 28.
_SINE = _pairs(Fraction((-1) ** (n // 2), math.factorial(n)) for n in range(29, 0, -2))
_COSINE = _pairs(Fraction((-1) ** (n // 2), math.factorial(n)) for n in range(28, -1, -2))
_HALF_PI = (
    float.fromhex("0x1.921fb54442d18p+0"),
    float.fromhex("0x1.1a62633145c07p-54"),
    float.fromhex("-0x1.f1976b7ed8fbcp-110"),
)
#: Larger angles are reduced no further than working precision does it.
_ANGLE_MOST = 1e6


@compiled
def dd_sinh(x):
    if abs(x[0]) > 700.0:
        return math.sinh(x[0]), 0.0
    t = dd_expm1(x)
    y = dd_add(t, dd_div(t, dd_add((1.0, 0.0), t)))
    return 0.5 * y[0], 0.5 * y[1]


@compiled
def dd_cosh(x):
    if abs(x[0]) > 700.0:
        return math.cosh(x[0]), 0.0
    e = dd_exp(x)
    y = dd_add(e, dd_div((1.0, 0.0), e))
    return 0.5 * y[0], 0.5 * y[1]


@compiled
def _sine_and_cosine(x):
    """Both for \\|x\\| ≤ `_ANGLE_MOST`."""
    q = rint(x[0] / _HALF_PI[0])
    r = dd_sub(x, two_prod(q, _HALF_PI[0]))
    r = dd_sub(r, two_prod(q, _HALF_PI[1]))
    r = dd_sub(r, (q * _HALF_PI[2], 0.0))
    z = dd_mul(r, r)
    s, c = dd_mul(_series(z, _SINE), r), _series(z, _COSINE)
    turn = int(q) & 3
    if turn == 1:
        return c, dd_neg(s)
    if turn == 2:
        return dd_neg(s), dd_neg(c)
    if turn == 3:
        return dd_neg(c), s
    return s, c


@compiled
def dd_sin(x):
    if abs(x[0]) <= _ANGLE_MOST:
        return _sine_and_cosine(x)[0]
    # The low part of a large angle may be many turns.
    return math.sin(x[0]) * math.cos(x[1]) + math.cos(x[0]) * math.sin(x[1]), 0.0


@compiled
def dd_cos(x):
    if abs(x[0]) <= _ANGLE_MOST:
        return _sine_and_cosine(x)[1]
    return math.cos(x[0]) * math.cos(x[1]) - math.sin(x[0]) * math.sin(x[1]), 0.0


@compiled
def dd_tan(x):
    return dd_div(dd_sin(x), dd_cos(x))


@compiled
def dd_atan(x):
    y = math.atan(x[0])
    if not 0.0 < abs(x[0]) < 1e150:
        return y, 0.0
    s, c = _sine_and_cosine((y, 0.0))
    step = dd_div(dd_sub(dd_mul(x, c), s), dd_add(c, dd_mul(x, s)))
    return dd_add((y, 0.0), step)
