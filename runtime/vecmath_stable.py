"""Combinations of exponentials and logarithms whose plain formulas cancel or leave the floats.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

from .vecmath import middle_entr
from .vecmath_explog import (
    _EXP,
    _EXP32,
    _EXPM1,
    _HALF32,
    _HIGH32,
    _INF,
    _LN2,
    _LN2_32,
    _LN2_TAIL32,
    _LOG,
    _LOG2_E32,
    _LOG_RATIO,
    _LOW32,
    _MIN,
    _NAN,
    _ONE32,
    _ONE_BITS32,
    _ROUND32,
    _ZERO32,
    _23,
    _coefficients,
    _expm1_reduced,
    _log_halves,
    _power_of_two,
    _reduce,
    _scale,
    _split,
    _to_float,
    log,
    sigmoid,
    softplus,
)
from .vecmath_instructions import (
    _bits,
    _elementary,
    _fma,
    _from_bits,
    _iadd,
    _interpreted,
    _isub,
    _polynomial,
    _shl,
    inlined,
    select,
    two_sum,
)

# (((1+t) log(1+t) + (1-t) log(1-t))/2 - t²/2)/t⁴ in t², |t| <= 1/2.
_PSI = _coefficients("""
    0x1.55555555554b5p-4 0x1.1111111127c2fp-5 0x1.24924913508eep-6 0x1.6c16c7e227822p-7
    0x1.f07ab82ba7254p-8 0x1.682f118e5e88dp-8 0x1.0ff4a01d997e0p-8 0x1.bdb51ac20ceebp-9
    0x1.fab813358d3f0p-10 0x1.2c8a3cccb1b2dp-8 -0x1.b5d3a280263f8p-9 0x1.d5c24c7a05297p-8""")


# Exponentials.


@inlined
def exp_parts(x, tail):
    """(n, y, y_tail) with e^(x + tail) = 2^n (y + y_tail), good to 56 bits, for -760 <= x <= 720.

    The tail is at most a rounding error of x.
    """
    n, r, r_tail = _reduce(x)
    r, lost = two_sum(r, tail)
    high = 1.0 + r
    low = ((1.0 - high) + r) + _fma(_polynomial(r, _EXP), r * r, r_tail + lost)
    y = high + low
    return n, y, (high - y) + low


@inlined
def clipped(x):
    """x, or the nearest argument whose exponential is 0 or infinite like that of x."""
    x = select(x > 720.0, 720.0, x)
    return select(x < -760.0, -760.0, x)


def _exp_sum64(x, y):
    # The rounding error of an infinite or overflowing sum is NaN or says nothing.
    n, value, _ = exp_parts(clipped(x), select(abs(x) < 1000.0, y, 0.0))
    return _scale(value, n)


def _exp_sum32(x, y):
    tail = select(abs(x) < _HIGH32 + _HIGH32, y, _ZERO32)
    x = select(x > _HIGH32, _HIGH32, x)
    x = select(x < _LOW32, _LOW32, x)
    n = _fma(x, _LOG2_E32, _ROUND32) - _ROUND32
    r = _fma(n, -_LN2_32, x) + _fma(n, -_LN2_TAIL32, tail)
    high = _ONE32 + r
    low = (_ONE32 - high) + r
    y = high + _fma(_polynomial(r, _EXP32), r * r, low)
    half = _fma(n, _HALF32, _ROUND32) - _ROUND32
    first = _from_bits(_iadd(_shl(_bits(half + _ROUND32), _23), _ONE_BITS32))
    second = _from_bits(_iadd(_shl(_bits((n - half) + _ROUND32), _23), _ONE_BITS32))
    return y * first * second


def _exp_diff(x, y):
    total, lost = two_sum(x, -y)
    return exp_sum(total, lost)


def _expm1x64(x):
    bounded = select(x > 720.0, 720.0, x)
    bounded = select(bounded < -40.0, -40.0, bounded)
    n, r, tail = _reduce(bounded)
    half = 0.5 * r
    square = half * r
    rest = _fma(half, r, -square) + _fma(r * r * r, _polynomial(r, _EXPM1), _fma(r, tail, tail))
    high = 1.0 + r
    large = _scale(high + (((1.0 - high) + r) + (square + rest)), n)
    # 2^n (1 + r + r²/2 + rest) - 1 - x, summed without error from the left; n = 0 leaves r²/2 + rest.
    scale = _power_of_two(select(n > 62.0, 62.0, n))
    base = scale - 1.0
    base_tail = (scale - base) - 1.0
    first, lost1 = two_sum(scale * r, -x)
    second, lost2 = two_sum(first, base)
    third, lost3 = two_sum(second, scale * square)
    y = third + (((lost1 + lost2) + (lost3 + base_tail)) + scale * rest)
    y = select(n > 62.0, large, y)
    return select(abs(x) == _INF, _INF, y)


# Logarithms.


@inlined
def log_parts(f, tail, k):
    """(y, y_tail), their sum k ln2 + log(1 + f + tail) good to 56 bits, for 1 + f in [√½, √2)."""
    high, low = _log_halves(f, tail, k)
    y = high + low
    return y, (high - y) + low


@inlined
def _unit(e):
    """2^(1022 - e) for the exponent field e of a number; twice that brings the number to [1, 2)."""
    return 0.5 * _from_bits(_shl(_isub(2047, e), 52))


@inlined
def log1p_parts(z, tail):
    """(y, y_tail), their sum log(1 + z + tail), for 0 <= z <= 1."""
    large = z > 0.4142135623730951
    f = z - 1.0
    lost = select(large, 0.5 * ((z - (1.0 + f)) + tail), tail)
    return log_parts(select(large, 0.5 * f, z), lost, select(large, 1.0, 0.0))


def _log1mexp64(x):
    bounded = select(x < -760.0, -760.0, x)
    n, t, tail = _expm1_reduced(bounded)
    # Near 0 the logarithm is that of 1 - e^x itself; far from it, that of 1 + (-e^x).
    far = x < -_LN2
    scale = _power_of_two(select(n < -60.0, -60.0, n))
    base = scale - 1.0
    high, low = two_sum(base, t * scale)
    high, low = two_sum(high, low + (((scale - base) - 1.0) + tail * scale))
    one = 1.0 + t
    one_tail = ((1.0 - one) + t) + tail
    y = one + one_tail
    power = _scale(y, n)
    power_tail = select(n < -60.0, 0.0, ((one - y) + one_tail) * scale)
    u = 1.0 - power
    lost = ((1.0 - u) - power) - power_tail
    u = select(far, u, -high)
    lost = select(far, lost, -low)
    subnormal = u < _MIN
    m, e = _split(select(subnormal, u * 18014398509481984.0, u))
    direct = far & (e == 1023)
    f = select(direct, -power, m - 1.0)
    lost = select(direct, -power_tail, lost * _unit(e))
    y, _ = log_parts(f, lost, _to_float(e, select(subnormal, 1077.0, 1023.0)))
    return select(x < 0.0, -abs(y), select(x == 0.0, -_INF, _NAN))


def _logaddexp64(x, y):
    above = select(x > y, x, y)
    below = select(x > y, y, x)
    d, d_tail = two_sum(below, -above)
    n, z, z_tail = exp_parts(clipped(d), select(abs(d) < 1000.0, d_tail, 0.0))
    high, low = log1p_parts(_scale(z, n), _scale(z_tail, n))
    total, lost = two_sum(above, high)
    total = total + (lost + low)
    total = select(abs(above) == _INF, above, total)
    return select((x == x) & (y == y), total, _NAN)


def _log1pmx64(x):
    u, lost = two_sum(1.0, x)
    m, e = _split(u)
    near = e == 1023
    f = select(near, x, m - 1.0)
    tail = select(near, 0.0, lost * _unit(e))
    # Near 0, with s = x/(2+x), the value is x s + (1+x) s³ Q(s²): no sum there cancels.
    d = 2.0 + x
    reciprocal = 1.0 / d
    s = x * reciprocal
    z = s * s
    square = x * x
    square_tail = _fma(x, x, -square)
    q = square * reciprocal
    q_tail = (_fma(-q, d, square) + (square_tail - q * (x - (d - 2.0)))) * reciprocal
    close = q + _fma(u * s, z * _polynomial(z, _LOG), q_tail)
    high, low = log_parts(f, tail, _to_float(e, 1023.0))
    product = u * high
    product_tail = _fma(u, high, -product) + _fma(u, low, lost * high)
    total, total_tail = two_sum(product, -x)
    y = select(near, close, total + (total_tail + product_tail))
    y = select((product == _INF) | (x == _INF), _INF, y)
    y = select(x == -1.0, 1.0, y)
    return select(x >= -1.0, y, _NAN)


def _log1p_gap64(x):
    # Near 0, with s = x/(2+x), the value is s (x - s² Q(s²)): x - 2s = x s, and the rest is small beside it.
    s = x / (2.0 + x)
    z = s * s
    close = s * (x - z * _polynomial(z, _LOG_RATIO))
    u, lost = two_sum(1.0, x)
    m, e = _split(u)
    near = e == 1023
    f = select(near, x, m - 1.0)
    tail = select(near, 0.0, lost * _unit(e))
    high, low = log_parts(f, tail, _to_float(e, 1023.0))
    y = select(abs(s) <= 0.2, close, (x - high) - low)
    y = select(x == _INF, _INF, y)
    y = select(x == -1.0, _INF, y)
    return select(x >= -1.0, y, _NAN)


def _log_gap64(x):
    # x - 1 is exact, or its rounding does not count, except for the smallest x.
    return select(x < 0.0625, (x - 1.0) - log(x), log1p_gap(x - 1.0))


def _js_psi64(x):
    t = abs(x)
    square = t * t
    square_tail = _fma(t, t, -square)
    half = 0.5 * square
    close = half + _fma(square * square, _polynomial(square, _PSI), 0.5 * square_tail)
    u, u_lost = two_sum(1.0, t)
    v = 1.0 - t
    m, e = _split(v)
    u_high, u_low = log_parts(0.5 * u - 1.0, 0.5 * u_lost, 1.0)
    v_high, v_low = log_parts(m - 1.0, 0.0, _to_float(e, 1023.0))
    first = u * u_high
    second = v * v_high
    total, lost = two_sum(first, second)
    lost = lost + (_fma(u, u_high, -first) + _fma(u, u_low, u_lost * u_high))
    lost = lost + (_fma(v, v_high, -second) + v * v_low)
    y = select(t < 0.5, close, 0.5 * (total + lost))
    return select(t <= 1.0, y, _NAN)


@_elementary(_exp_sum64, _exp_sum32)
def exp_sum(x: float, tail: float) -> float:
    """e^(x + tail) for a sum that was rounded to x and lost the tail.

    Error:   ≤ 0.75 ulp float64, ≤ 0.9 ulp float32
    """
    return _interpreted(exp_sum, x, tail)


@_elementary(_exp_diff, _exp_diff)
def exp_diff(a: float, b: float) -> float:
    """e^(a - b), as if the difference were exact.

    Error:   ≤ 0.75 ulp float64, ≤ 0.9 ulp float32
    """
    return _interpreted(exp_diff, a, b)


@_elementary(_expm1x64)
def expm1x(x: float) -> float:
    """e^x - 1 - x, which is x²/2 near 0.

    Error:   ≤ 0.9 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(expm1x, x)


@_elementary(_log1mexp64)
def log1mexp(x: float) -> float:
    """log(1 - e^x): -inf at 0, NaN above.

    Error:   ≤ 0.85 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log1mexp, x)


@_elementary(_logaddexp64)
def logaddexp(a: float, b: float) -> float:
    """log(e^a + e^b).

    Error:   ≤ 0.6 ulp where a, b and the result have one sign; beside that what the last bit of log1p(e^-|a-b|)
             weighs in a result that is smaller
    """
    return _interpreted(logaddexp, a, b)


@_elementary(_log1pmx64)
def log1pmx(t: float) -> float:
    """(1 + t) log(1 + t) - t, which is t²/2 near 0 and 1 at -1; NaN below.

    Error:   ≤ 1.8 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log1pmx, t)


@_elementary(_log1p_gap64)
def log1p_gap(t: float) -> float:
    """t - log(1 + t), which is t²/2 near 0 and inf at -1; NaN below.

    Error:   ≤ 2 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log1p_gap, t)


@_elementary(_log_gap64)
def log_gap(x: float) -> float:
    """x - 1 - log x, which is (x - 1)²/2 near 1 and inf at 0; NaN below.

    Error:   ≤ 2.3 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log_gap, x)


@_elementary(_js_psi64)
def js_psi(t: float) -> float:
    """((1 + t) log(1 + t) + (1 - t) log(1 - t))/2, which is t²/2 near 0 and log 2 at ±1; NaN beyond.

    Error:   ≤ 0.8 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(js_psi, t)


def _js_entr64(x, y):
    # Far apart ψ would magnify the rounding of its argument, and the two terms cancel little.
    d, total = x - y, x + y
    far = middle_entr(x, y) + middle_entr(y, x)
    return select(2.0 * abs(d) < total, total * js_psi(d / total), far)


@_elementary(_js_entr64)
def js_entr(x: float, y: float) -> float:
    """x log(x/m) + y log(y/m), m = (x + y)/2, for x, y ≥ 0: no less than 0, and 0 where they are equal.

    Error:   ≤ 6 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(js_entr, x, y)


@inlined
def _difference(x, y):
    """The rounded difference and what it lacks of the exact one; nothing where it is infinite."""
    d, lost = two_sum(x, -y)
    return d, select(lost == lost, lost, 0.0)


def _sigmoid_diff64(x, y):
    d, lost = _difference(x, y)
    s = sigmoid(d)
    return _fma(s * sigmoid(-d), lost, s)


def _softplus_diff64(x, y):
    d, lost = _difference(x, y)
    return _fma(sigmoid(d), lost, softplus(d))


@_elementary(_sigmoid_diff64)
def sigmoid_diff(a: float, b: float) -> float:
    """1/(1 + e^-(a - b)), as if the difference were exact.

    Error:   ≤ 2.5 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(sigmoid_diff, a, b)


@_elementary(_softplus_diff64)
def softplus_diff(a: float, b: float) -> float:
    """log(1 + e^(a - b)), as if the difference were exact.

    Error:   ≤ 2 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(softplus_diff, a, b)
