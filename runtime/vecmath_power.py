"""Powers with any exponent, by a logarithm in twice the working precision, and cube roots.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

import numpy as np

from .vecmath import floor
from .vecmath_explog import (
    _INF,
    _INT_TO_FLOAT,
    _LN2_SHORT,
    _LN2_SHORT_TAIL,
    _MIN,
    _NAN,
    _coefficients,
    _split,
    _to_float,
    exp,
    log,
    log1p,
)
from .vecmath_instructions import (
    HAS_FMA,
    _bits,
    _copysign,
    _elementary,
    _fma,
    _from_bits,
    _interpreted,
    _isub,
    _lshr,
    _polynomial,
    _shl,
    inlined,
    select,
    two_sum,
)
from .vecmath_stable import _unit, exp_sum

# (2 atanh s - 2s - 2s³/3)/s⁵ in s², |s| <= 0.1716; 2/3 as a float and the rest of it.
_POWER = _coefficients("""
    0x1.999999999999ap-2 0x1.2492492492523p-2 0x1.c71c71c6ea1afp-3 0x1.745d177b039a8p-3
    0x1.3b1395a77ca50p-3 0x1.1118d0647926bp-3 0x1.df7b1acc4c645p-4 0x1.e03f209efea07p-4""")
# Two thirds of the bias of exponents, and so much less that the seed errs least.
_CBRT_SEED = float(0x2A9F7893782DA1CE >> 20)
_TWO_THIRDS = float.fromhex("0x1.5555555555555p-1")
_TWO_THIRDS_TAIL = float.fromhex("0x1.5555555555555p-55")


@inlined
def _log_twice(f, tail, k):
    """(y, y_tail), their sum k ln2 + log(1 + f + tail) good to 65 bits, for 1 + f in [√½, √2)."""
    # log(1+f) = 2s + s³ (2/3 + s² P(s²)) with s = f/(2+f); only s² P is rounded to one float.
    d = 2.0 + f
    d_tail = (f - (d - 2.0)) + tail
    reciprocal = 1.0 / d
    s = f * reciprocal
    s_tail = (_fma(-s, d, f) + (tail - s * d_tail)) * reciprocal
    z = s * s
    z_tail = _fma(s, s, -z) + 2.0 * s * s_tail
    q = z * _polynomial(z, _POWER)
    c = _TWO_THIRDS + q
    c_tail = ((_TWO_THIRDS - c) + q) + _TWO_THIRDS_TAIL
    w = z * c
    w_tail = _fma(z, c, -w) + _fma(z, c_tail, z_tail * c)
    p = s * w
    p_tail = _fma(s, w, -p) + _fma(s, w_tail, s_tail * w)
    b = 2.0 * s + p
    b_tail = ((2.0 * s - b) + p) + (2.0 * s_tail + p_tail)
    a = k * _LN2_SHORT
    high = a + b
    low = ((a - high) + b) + _fma(k, _LN2_SHORT_TAIL, b_tail)
    y = high + low
    return y, (high - y) + low


@inlined
def _exp_of_multiple(y, high, low):
    """e^(y (high + low))."""
    product = y * high
    return exp_sum(product, _fma(y, high, -product) + y * low)


@inlined
def _signed(base, y, value):
    """The power of a base of any sign, given that of its magnitude."""
    whole = floor(y) == y
    odd = whole & (floor(0.5 * y) != 0.5 * y)
    value = select((base < 0.0) & (base > -_INF) & (floor(y) != y), _NAN, value)
    value = select(odd, _copysign(value, base), value)
    return select((base == -1.0) & (abs(y) == _INF), 1.0, value)


def _power64(x, y):
    magnitude = abs(x)
    subnormal = magnitude < _MIN
    m, e = _split(select(subnormal, magnitude * 18014398509481984.0, magnitude))
    high, low = _log_twice(m - 1.0, 0.0, _to_float(e, select(subnormal, 1077.0, 1023.0)))
    high = select(magnitude == 0.0, -_INF, select(magnitude < _INF, high, magnitude))
    value = _signed(x, y, _exp_of_multiple(y, high, low))
    return select((y == 0.0) | (x == 1.0), 1.0, value)


def _power32(x, y):
    x, y = np.float64(x), np.float64(y)
    value = _signed(x, y, exp(y * log(abs(x))))
    return np.float32(select((y == 0.0) | (x == 1.0), 1.0, value))


def _pow1p64(x, y):
    u, lost = two_sum(1.0, x)
    magnitude = abs(u)
    m, e = _split(magnitude)
    near = (e == 1023) & (u > 0.0)
    f = select(near, x, m - 1.0)
    tail = select(near, 0.0, select(u < 0.0, -lost, lost) * _unit(e))
    high, low = _log_twice(f, tail, _to_float(e, 1023.0))
    # Halves of subnormal numbers are not exact.
    tiny = abs(x) < 1e-30
    high = select(tiny, x, select(magnitude < _INF, high, magnitude))
    high = select(u == 0.0, -_INF, high)
    value = _signed(select(x == -2.0, -1.0, u), y, _exp_of_multiple(y, high, select(tiny, 0.0, low)))
    return select((y == 0.0) | (x == 0.0), 1.0, value)


def _pow1p32(x, y):
    x, y = np.float64(x), np.float64(y)
    near = select(x > -1.0, log1p(x), log(abs(1.0 + x)))
    value = _signed(1.0 + x, y, exp(y * near))
    return np.float32(select((y == 0.0) | (x == 0.0), 1.0, value))


def _cbrt64(x):
    a = abs(x)
    # The cube of a root must stay inside the range with all its digits.
    small, large = a < 1e-200, a > 1e200
    scaled = a * select(small, 2.0**90, select(large, 2.0**-90, 1.0))
    # A third of the bit pattern is that of the root to 4 percent; Halley's step cubes the error.
    seed = _fma(_to_float(_lshr(_bits(scaled), 20), 0.0), 1.0 / 3.0, _CBRT_SEED) + 4503599627370496.0
    y = _from_bits(_shl(_isub(_bits(seed), _INT_TO_FLOAT), 20))
    for _ in range(2):
        cube = y * y * y
        y = y * ((cube + 2.0 * scaled) / (2.0 * cube + scaled))
    square = y * y
    cube = square * y
    cube_tail = _fma(square, y, -cube) + _fma(y, y, -square) * y
    y = y + ((scaled - cube) - cube_tail) / (3.0 * square)
    y = y * select(small, 2.0**-30, select(large, 2.0**30, 1.0))
    return _copysign(select((a == 0.0) | (a == _INF), a, y), x)


if not HAS_FMA:  # libm's own is faster than one on emulated instructions

    def _power64(x, y):
        return math.pow(x, y)

    def _cbrt64(x):
        return np.cbrt(x)


@_elementary(_power64, _power32)
def power(x: float, y: float) -> float:
    """x to the power y: 1 where y = 0 or x = 1, NaN where x < 0 is finite and y is no integer.

    Zeros, infinities and signs are those of C's pow.

    Error:   ≤ 0.8 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(power, x, y)


@_elementary(_pow1p64, _pow1p32)
def pow1p(a: float, y: float) -> float:
    """(1 + a) to the power y, the sum never rounded; special values are those of `power`.

    Error:   ≤ 1.1 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(pow1p, a, y)


@_elementary(_cbrt64)
def cbrt(x: float) -> float:
    """The real cube root.

    Error:   ≤ 0.51 ulp
    """
    return _interpreted(cbrt, x)
