"""Exponentials, logarithms and what follows from them at once.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .vecmath_instructions import (
    HAS_FMA,
    _bits,
    _copysign,
    _elementary,
    _fma,
    _from_bits,
    _iadd,
    _iand,
    _interpreted,
    _ior,
    _isub,
    _lshr,
    _polynomial,
    _shl,
    inlined,
    select,
    two_sum,
)

# Constants, float64.

_INF, _NAN = math.inf, math.nan
_MIN = 2.2250738585072014e-308  # the smallest normal number
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, in the low bits of the sum
_ONE_BITS = 0x3FF0000000000000
_SQRTH_OFFSET = 0x3FF0000000000000 - 0x3FE6A09E667F3BCD  # carries into the exponent where 1+f >= sqrt 2
_INT_TO_FLOAT = 0x4330000000000000  # bits of 2^52: or-ing in n < 2^52 gives the float 2^52 + n
_EXPONENT = -(1 << 52)  # mask that clears the significand
_K_BIAS = 2047 << 52  # keeps an exponent difference positive
_NEAREST = _K_BIAS + (1 << 51)  # added, rounds a difference of bit patterns to a whole exponent
_LOG2_E = float.fromhex("0x1.71547652b82fep+0")
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LN2_TAIL = float.fromhex("0x1.abc9e3b39803fp-56")
_LN2_SHORT = float.fromhex("0x1.62e42fee00000p-1")  # 21 trailing zeros: a multiple k, |k| < 2^21, is exact
_LN2_SHORT_TAIL = float.fromhex("0x1.a39ef35793c76p-33")


def _coefficients(text: str, dtype: Callable[[float], Any] = float) -> tuple[Any, ...]:
    return tuple(dtype(float.fromhex(c)) for c in text.split())


# (e^r - 1 - r)/r^2 and (e^r - 1 - r - r^2/2)/r^3 on |r| <= ln2/2; (2 atanh s - 2s)/s^3 in s^2, where
# |s| <= 0.1716 for the logarithm and |s| <= 0.2 for the logarithm of a ratio.
_EXP = _coefficients("""
    0x1.0000000000000p-1 0x1.555555555555cp-3 0x1.555555555555ep-5 0x1.111111110ebb3p-7
    0x1.6c16c16c13558p-10 0x1.a01a01b3bb2acp-13 0x1.a01a01b460ab0p-16 0x1.71ddef93b61e6p-19
    0x1.27e4bf1e4216fp-22 0x1.af6cccfe83c0ep-26 0x1.1f9e05a4a2264p-29""")
_EXPM1 = _coefficients("""
    0x1.5555555555559p-3 0x1.5555555555559p-5 0x1.111111110f6e1p-7 0x1.6c16c16c14a69p-10
    0x1.a01a01afd3f93p-13 0x1.a01a01af6d129p-16 0x1.71ddf87a44958p-19 0x1.27e4c7af1d633p-22
    0x1.af5e81866018ap-26 0x1.1f92e23bbb013p-29""")
_LOG = _coefficients("""
    0x1.5555555555555p-1 0x1.9999999999dfcp-2 0x1.249249242b5c2p-2 0x1.c71c7258f17b2p-3
    0x1.745cde3532b3cp-3 0x1.3b20ac2b2dbc7p-3 0x1.0f5cb1f5fb325p-3 0x1.0f6427ae316dcp-3""")
_LOG_RATIO = _coefficients("""
    0x1.555555555554fp-1 0x1.999999999c186p-2 0x1.24924921e3450p-2 0x1.c71c7490c381fp-3
    0x1.745c4a9b6fcf5p-3 0x1.3b35c93f5b894p-3 0x1.0dcb0491ec231p-3 0x1.1b8579ad6e149p-3""")

# Constants, float32.

_single = np.float32
_ZERO32, _HALF32, _ONE32, _TWO32 = _single(0), _single(0.5), _single(1), _single(2)
_INF32, _NAN32 = _single(_INF), _single(_NAN)
_MIN32, _LIFT32 = _single(2.0**-126), _single(2.0**24)
_HIGH32, _LOW32 = _single(100), _single(-110)
_ROUND32 = _single(12582912)  # 1.5 * 2^23
_ONE_BITS32 = np.int32(0x3F800000)
_SQRTH_OFFSET32 = np.int32(0x3F800000 - 0x3F3504F3)
_INT_TO_FLOAT32 = np.int32(0x4B000000)
_BIAS32, _LIFTED_BIAS32 = _single(2**23 + 127), _single(2**23 + 127 + 24)
_23, _127 = np.int32(23), np.int32(127)
_LOG2_E32 = _single(1.4426950408889634)
_LN2_32 = _single(float.fromhex("0x1.62e430p-1"))
_LN2_TAIL32 = _single(-1.904654e-09)
_LN2_SHORT32 = _single(0.693359375)
_LN2_SHORT_TAIL32 = _single(-2.12194440e-4)
_EXP32 = _coefficients("0x1.0p-1 0x1.55548ep-3 0x1.55545ep-5 0x1.123b54p-7 0x1.6db3f8p-10", _single)
_LOG32 = _coefficients("0x1.55557ap-1 0x1.995eb2p-2 0x1.31e408p-2", _single)


# exp, expm1 and what follows from them.


@inlined
def _reduce(x):
    """(n, r, r_tail) with x = n ln2 + r + r_tail, n an integer-valued float and |r| <= ln2/2."""
    n = _fma(x, _LOG2_E, _ROUND) - _ROUND
    top = _fma(n, -_LN2, x)
    tail = n * _LN2_TAIL
    r = top - tail
    return n, r, (top - r) - tail


@inlined
def _power_of_two(n):
    """2^n for an integer-valued float n from -1022 to 1023."""
    return _from_bits(_iadd(_shl(_bits(n + _ROUND), 52), _ONE_BITS))


@inlined
def _scale(y, n):
    """y · 2^n with one rounding, where 2^n itself may overflow or underflow."""
    half = _fma(n, 0.5, _ROUND) - _ROUND
    return y * _power_of_two(half) * _power_of_two(n - half)


def _exp64(x):
    x = select(x > 720.0, 720.0, x)
    x = select(x < -760.0, -760.0, x)
    n, r, tail = _reduce(x)
    high = 1.0 + r
    low = ((1.0 - high) + r) + _fma(_polynomial(r, _EXP), r * r, tail)
    return _scale(high + low, n)


def _exp32(x):
    x = select(x > _HIGH32, _HIGH32, x)
    x = select(x < _LOW32, _LOW32, x)
    n = _fma(x, _LOG2_E32, _ROUND32) - _ROUND32
    r = _fma(n, -_LN2_TAIL32, _fma(n, -_LN2_32, x))
    high = _ONE32 + r
    low = (_ONE32 - high) + r
    y = high + _fma(_polynomial(r, _EXP32), r * r, low)
    half = _fma(n, _HALF32, _ROUND32) - _ROUND32
    first = _from_bits(_iadd(_shl(_bits(half + _ROUND32), _23), _ONE_BITS32))
    second = _from_bits(_iadd(_shl(_bits((n - half) + _ROUND32), _23), _ONE_BITS32))
    return y * first * second


@inlined
def _expm1_reduced(x):
    """(n, t, t_tail) with e^x = 2^n (1 + t + t_tail), the sum good to about 70 bits of t."""
    n, r, tail = _reduce(x)
    half = 0.5 * r
    square = half * r
    square_tail = _fma(half, r, -square)
    t = r + square
    cubic = _fma(r * r * r, _polynomial(r, _EXPM1), _fma(r, tail, tail))
    return n, t, ((r - t) + square) + (square_tail + cubic)


def _scaled_exp64(x, y):
    infinite = x * select(y > 0.0, _INF, 0.0)
    bounded = select(y > 1500.0, 1500.0, y)
    bounded = select(bounded < -1500.0, -1500.0, bounded)
    n, r, tail = _reduce(bounded)
    high = 1.0 + r
    low = ((1.0 - high) + r) + _fma(_polynomial(r, _EXP), r * r, tail)
    # 2^n in three steps: each is a float, and x joins behind the first, which cannot leave the range.
    third = _fma(n, 1.0 / 3.0, _ROUND) - _ROUND
    scaled = (high + low) * _power_of_two(third) * x * _power_of_two(third) * _power_of_two(n - third - third)
    return select(abs(y) == _INF, infinite, scaled)


def _expm1_64(x):
    clipped = select(x > 720.0, 720.0, x)
    clipped = select(clipped < -40.0, -40.0, clipped)
    n, t, tail = _expm1_reduced(clipped)
    one = 1.0 + t
    large = _scale(one + (((1.0 - one) + t) + tail), n)
    scale = _power_of_two(select(n > 60.0, 60.0, n))
    base = scale - 1.0
    base_tail = (scale - base) - 1.0
    high, low = two_sum(base, t * scale)
    y = select(n > 60.0, large, high + (low + (base_tail + tail * scale)))
    return select(abs(x) < 1.1102230246251565e-16, x, y)


def _tanh64(x):
    # With e = expm1(2|x|) kept as high + low, tanh|x| = e/(e + 2); one Newton step corrects the quotient.
    clipped = abs(x)
    clipped = select(clipped > 20.0, 20.0, clipped)
    n, t, tail = _expm1_reduced(2.0 * clipped)
    scale = _power_of_two(n)
    base = scale - 1.0
    base_tail = (scale - base) - 1.0
    high, low = two_sum(base, t * scale)
    high, low = two_sum(high, low + (base_tail + tail * scale))
    bottom, bottom_tail = two_sum(high, 2.0)
    reciprocal = 1.0 / bottom
    y = high * reciprocal
    y = y + (_fma(-y, bottom, high) + _fma(-y, bottom_tail + low, low)) * reciprocal
    return _copysign(select(abs(x) < 1e-8, abs(x), y), x)


def _sigmoid64(x):
    z = exp(-abs(x))
    return select(x >= 0.0, 1.0, z) / (1.0 + z)


def _softplus64(x):
    # log1p on [0, 1] needs none of its special cases, and its exponent is 0 or 1.
    z = exp(-abs(x))
    large = z > 0.4142135623730951
    f = z - 1.0
    tail = select(large, 0.5 * (z - (1.0 + f)), 0.0)
    y = _log_reduced(select(large, 0.5 * f, z), tail, select(large, 1.0, 0.0))
    return select(x > 0.0, x, 0.0) + y


# log, log1p and the relative entropy.


@inlined
def _split(x):
    """(m, e) with x = m · 2^(e - 1023) and m in [√½, √2), for x positive and normal; e an integer."""
    bits = _bits(x)
    e = _lshr(_iadd(bits, _SQRTH_OFFSET), 52)
    return _from_bits(_isub(bits, _isub(_shl(e, 52), _ONE_BITS))), e


@inlined
def _to_float(e, bias):
    """The float e - bias for an integer 0 <= e < 2^52."""
    return _from_bits(_ior(e, _INT_TO_FLOAT)) - (4503599627370496.0 + bias)


@inlined
def _log_halves(f, tail, k):
    """(high, low), their sum k ln2 + log(1 + f + tail), for 1 + f in [√½, √2) and |tail| <= 2^-53."""
    # log(1+f) = f - f²/2 + s (f²/2 + s² Q(s²)) with s = f/(2+f), the square carried in two parts.
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f
    square = half * f
    square_tail = _fma(half, f, -square)
    b = f - square
    b_tail = ((f - b) - square) - square_tail
    a = k * _LN2_SHORT
    b_tail = b_tail + _fma(k, _LN2_SHORT_TAIL, _fma(-f, tail, tail))
    b_tail = b_tail + s * _fma(z, _polynomial(z, _LOG), square)
    high = a + b
    return high, ((a - high) + b) + b_tail


@inlined
def _log_reduced(f, tail, k):
    """k ln2 + log(1 + f + tail), rounded."""
    high, low = _log_halves(f, tail, k)
    return high + low


def _log64(x):
    subnormal = x < _MIN
    m, e = _split(select(subnormal, x * 18014398509481984.0, x))
    k = _to_float(e, select(subnormal, 1077.0, 1023.0))
    y = _log_reduced(m - 1.0, 0.0, k)
    y = select(x == 0.0, -_INF, y)
    y = select(x < 0.0, _NAN, y)
    return select(x < _INF, y, x)


def _log32(x):
    subnormal = x < _MIN32
    bits = _bits(select(subnormal, x * _LIFT32, x))
    e = _lshr(_iadd(bits, _SQRTH_OFFSET32), _23)
    f = _from_bits(_isub(bits, _isub(_shl(e, _23), _ONE_BITS32))) - _ONE32
    k = _from_bits(_ior(e, _INT_TO_FLOAT32)) - select(subnormal, _LIFTED_BIAS32, _BIAS32)
    s = f / (_TWO32 + f)
    z = s * s
    square = _HALF32 * f * f
    b = f - square
    b_tail = (f - b) - square
    a = k * _LN2_SHORT32
    high = a + b
    rest = _fma(k, _LN2_SHORT_TAIL32, s * _fma(z, _polynomial(z, _LOG32), square))
    y = high + (((a - high) + b) + (b_tail + rest))
    y = select(x == _ZERO32, -_INF32, y)
    y = select(x < _ZERO32, _NAN32, y)
    return select(x < _INF32, y, x)


def _log1p64(x):
    u, lost = two_sum(1.0, x)
    m, e = _split(u)
    exact = e == 1023
    # Nothing is lost of a large u, so it does not matter that 2^(2047 - 1023 - e) is 0 for the largest.
    scale = _from_bits(_shl(_isub(2047, e), 52))
    tail = select(exact, 0.0, 0.5 * lost * scale)
    y = _log_reduced(select(exact, x, m - 1.0), tail, _to_float(e, 1023.0))
    y = select(abs(x) < 5.551115123125783e-17, x, y)
    y = select(x == -1.0, -_INF, y)
    y = select(x < -1.0, _NAN, y)
    return select(x < _INF, y, x)


@inlined
def _log_ratio(p, q):
    """log(p/q) for p, q > 0 and finite, p/q never formed."""
    # With k = round(log2 p/q), read off the bit patterns to within 0.09, P/Q = 2^-k p/q lies in [2/3, 3/2],
    # so P - Q is exact (Sterbenz) and log(P/Q) = 2 atanh(s), s = (P - Q)/(P + Q), |s| <= 1/5.
    p_subnormal, q_subnormal = p < _MIN, q < _MIN
    p_bits = _bits(select(p_subnormal, p * 18014398509481984.0, p))
    q_bits = _bits(select(q_subnormal, q * 18014398509481984.0, q))
    nearest = _iadd(_isub(p_bits, q_bits), _NEAREST)
    shift = _isub(_ONE_BITS, _iand(p_bits, _EXPONENT))
    big = _from_bits(_iadd(p_bits, shift))
    small = _from_bits(_iadd(q_bits, _iadd(shift, _isub(_iand(nearest, _EXPONENT), _K_BIAS))))
    lifted = select(p_subnormal, 54.0, 0.0) - select(q_subnormal, 54.0, 0.0)
    k = _to_float(_lshr(nearest, 52), 2047.0 + lifted)
    difference = big - small
    total = 2.0 * small + difference
    total_tail = difference - (total - 2.0 * small)
    reciprocal = 1.0 / total
    s = difference * reciprocal
    s_tail = (_fma(-s, total, difference) - s * total_tail) * reciprocal
    z = s * s
    a = k * _LN2_SHORT
    b = 2.0 * s
    high = a + b
    low = ((a - high) + b) + _fma(k, _LN2_SHORT_TAIL, _fma(s * z, _polynomial(z, _LOG_RATIO), 2.0 * s_tail))
    return high + low


if not HAS_FMA:  # the published functions below then resolve to libm

    def _exp64(x):
        return math.exp(x)

    def _scaled_exp64(x, y):
        if math.isinf(y):
            return x * math.exp(y)
        third = math.exp(min(max(y, -1500.0), 1500.0) / 3.0)
        return third * x * third * third

    def _log64(x):
        return np.log(x)

    def _log1p64(x):
        return np.log1p(x)

    def _expm1_64(x):
        return math.expm1(x)

    def _tanh64(x):
        return math.tanh(x)

    _exp32, _log32 = _exp64, _log64


# The published elementary functions that vectorise.


@_elementary(_exp64, _exp32)
def exp(x: float) -> float:
    """e^x.

    Error:   ≤ 0.7 ulp float64, ≤ 0.85 ulp float32, gradual underflow included
    """
    return _interpreted(exp, x)


@_elementary(_log64, _log32)
def log(x: float) -> float:
    """The natural logarithm: -inf at ±0, NaN below.

    Error:   ≤ 0.65 ulp float64, ≤ 0.73 ulp float32
    """
    return _interpreted(log, x)


@_elementary(_log1p64)
def log1p(x: float) -> float:
    """log(1 + x), accurate near 0.

    Error:   ≤ 0.8 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log1p, x)


@_elementary(_expm1_64)
def expm1(x: float) -> float:
    """e^x - 1, accurate near 0.

    Error:   ≤ 0.75 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(expm1, x)


@_elementary(_tanh64)
def tanh(x: float) -> float:
    """The hyperbolic tangent.

    Error:   ≤ 0.6 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(tanh, x)


@_elementary(_sigmoid64)
def sigmoid(x: float) -> float:
    """1/(1 + e^-x), with gradual underflow for very negative x.

    Error:   ≤ 2.1 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(sigmoid, x)


@_elementary(_softplus64)
def softplus(x: float) -> float:
    """log(1 + e^x), which tends to e^x on the left and to x on the right.

    Error:   ≤ 1.5 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(softplus, x)


@_elementary(_scaled_exp64)
def scaled_exp(x: float, y: float) -> float:
    """x·e^y, which leaves the floats only where the product does."""
    return _interpreted(scaled_exp, x, y)
