"""The error function and the normal distribution, from one approximation of e^(a²) erfc a.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

from .vecmath_explog import _INF, _coefficients, _scale, _split, _to_float
from .vecmath_instructions import (
    HAS_FMA,
    _copysign,
    _elementary,
    _fma,
    _interpreted,
    _polynomial,
    inlined,
    select,
    two_sum,
)
from .vecmath_stable import _unit, clipped, exp_parts, log_parts

# ((1 + 2a) e^(a²) erfc a - 1)/(1 + q) in q = (a - 7/2)/(a + 7/2), which takes a >= 0 to [-1, 1) (Shepherd and
# Laframboise 1981); erf x / x - 1 in x², |x| <= 3/4.
_ERFCX = _coefficients("""
    0x1.f054cd07748a0p-3 -0x1.8788f78b0d0eep-2 0x1.7cb9e176e785ap-2 -0x1.18ddd5c53ab78p-2
    0x1.46079328cbf72p-3 -0x1.23ae204d29464p-4 0x1.6ecca246f6bb2p-6 -0x1.af01deb003709p-9
    -0x1.e5daea72634b3p-11 0x1.476136258fc28p-11 -0x1.f7ad13679a3ddp-15 -0x1.01d2a5dbc826dp-14
    0x1.398614ee96907p-16 0x1.76184e640c670p-18 -0x1.b3a5cd99ae5dep-19 -0x1.32ed728288d06p-21
    0x1.1ab24f0f86af0p-21 0x1.57ed3881bcdbbp-24 -0x1.73bfdb49719aap-24 -0x1.001318d60d154p-26
    0x1.e66a8e009ce70p-27 0x1.6b606c53f95d7p-29 -0x1.1912e8b818898p-29 -0x1.2d481998f3c8dp-32
    0x1.9553aee78ac61p-33""")
_ERF = _coefficients("""
    0x1.06eba8214db69p-3 -0x1.812746b0379e0p-2 0x1.ce2f21a0424d9p-4 -0x1.b82ce31257baap-6
    0x1.565bcd037b1a8p-8 -0x1.c02db12677725p-11 0x1.f9a2b03022892p-14 -0x1.f4c5e98b4c3afp-17
    0x1.b90f4da16c528p-20 -0x1.5652bddd33152p-23 0x1.8a439a19ebd61p-27""")
_ROOT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
_ROOT_HALF_TAIL = float.fromhex("-0x1.bdd3413b26456p-55")
_ROOT_PI = 1.7724538509055159
_TWO_OVER_ROOT_PI = float.fromhex("0x1.20dd750429b6dp+0")


@inlined
def _erfcx_parts(a):
    """(g, g_tail), their sum e^(a²) erfc a good to 55 bits, for a >= 0 and finite."""
    bounded = select(a > 1e15, 1e15, a)
    reciprocal = 1.0 / (bounded + 3.5)
    q = (bounded - 3.5) * reciprocal
    q = _fma(reciprocal, _fma(-bounded, q, _fma(q + 1.0, -3.5, bounded)), q)
    p = (2.0 * bounded * reciprocal) * _polynomial(q, _ERFCX)
    # (1 + p)/(1 + 2a), and what the quotient lost.
    one = 1.0 + p
    one_tail = (1.0 - one) + p
    b, b_tail = two_sum(a, 0.5)
    half = 0.5 / b
    g = one * half
    return g, (_fma(-2.0 * g, b, one) + _fma(-2.0 * g, b_tail, one_tail)) * half


@inlined
def _gaussian_multiple(square, square_tail, g, g_tail, halvings):
    """e^-(square + square_tail) (g + g_tail) / 2^halvings, and what that lost."""
    n, y, y_tail = exp_parts(clipped(-square), -square_tail)
    value = y * g
    tail = _fma(y, g, -value) + _fma(y, g_tail, y_tail * g)
    total = value + tail
    return _scale(total, n - halvings), _scale((value - total) + tail, n - halvings)


@inlined
def _upper_tail(a):
    """(erfc a, what that lost) for a >= 0."""
    a = select(a > 28.0, 28.0, a)
    g, g_tail = _erfcx_parts(a)
    square = a * a
    return _gaussian_multiple(square, _fma(a, a, -square), g, g_tail, 0.0)


@inlined
def _normal_parts(a):
    """e^(a²/2) erfc(a/√2) as (g, g_tail), for a >= 0."""
    z = a * _ROOT_HALF
    z_tail = _fma(a, _ROOT_HALF, -z) + a * _ROOT_HALF_TAIL
    g, g_tail = _erfcx_parts(z)
    # The derivative, which far out is that of 1/(z√π).
    slope = select(z > 1e4, -_ROOT_PI * g * g, _fma(2.0 * z, g, -_TWO_OVER_ROOT_PI))
    return g, g_tail + z_tail * slope


@inlined
def _normal_tail(a, g, g_tail):
    """(Φ(-a), what that lost) for 0 <= a <= 40, given `_normal_parts`."""
    square = a * a
    return _gaussian_multiple(0.5 * square, 0.5 * _fma(a, a, -square), g, g_tail, 1.0)


def _erf64(x):
    a = abs(x)
    square = x * x
    near = _fma(x, _polynomial(square, _ERF), x)
    high, _ = _upper_tail(a)
    return select(a < 0.75, near, _copysign(1.0 - high, x))


def _erfc64(x):
    high, low = _upper_tail(abs(x))
    return select(x < 0.0, (2.0 - high) - low, high)


def _erfcx64(x):
    a = select(abs(x) < _INF, abs(x), 1.0)
    g, g_tail = _erfcx_parts(a)
    g = select(abs(x) == _INF, 0.0, g)
    bounded = select(a > 28.0, 28.0, a)
    square = bounded * bounded
    n, y, y_tail = exp_parts(clipped(square), _fma(bounded, bounded, -square))
    # Twice e^(x²) less the value at -x.
    high = _scale(y, n + 1.0)
    total = high - g
    rest = ((high - total) - g) + (_scale(y_tail, n + 1.0) - g_tail)
    left = select(high == _INF, _INF, total + rest)
    right = select(g == 0.0, 0.0, g + g_tail)
    left = select(x == -_INF, _INF, left)
    return select(x == x, select(x < 0.0, left, right), x)


def _norm_cdf64(x):
    a = abs(x)
    a = select(a > 40.0, 40.0, a)
    g, g_tail = _normal_parts(a)
    high, low = _normal_tail(a, g, g_tail)
    return select(x < 0.0, high, (1.0 - high) - low)


def _log_norm_cdf64(x):
    a = abs(x)
    left = x < 0.0
    g, g_tail = _normal_parts(select(a < _INF, a, 1.0))
    high, low = _normal_tail(select(a > 40.0, 40.0, a), g, g_tail)
    # To the left log(g/2) - x²/2, to the right log(1 - Φ(-x)).
    u = 1.0 - high
    tail = ((1.0 - u) - high) - low
    u = select(left, 0.5 * g, u)
    tail = select(left, 0.5 * g_tail, tail)
    m, e = _split(u)
    direct = (x >= 0.0) & (e == 1023)
    f = select(direct, -high, m - 1.0)
    tail = select(direct, -low, tail * _unit(e))
    y, y_tail = log_parts(f, tail, _to_float(e, 1023.0))
    square = a * a
    total, lost = two_sum(-0.5 * square, y)
    y = select(left, total + (lost + _fma(-0.5, _fma(a, a, -square), y_tail)), y)
    y = select(left & (square == _INF), -_INF, y)
    return select(x == x, y, x)


if not HAS_FMA:  # libm's own are faster than these on emulated instructions

    def _erf64(x):
        return math.erf(x)

    def _erfc64(x):
        return math.erfc(x)


@_elementary(_erf64)
def erf(x: float) -> float:
    """The error function.

    Error:   ≤ 0.95 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(erf, x)


@_elementary(_erfc64)
def erfc(x: float) -> float:
    """1 - erf(x), accurate in the upper tail down to its underflow.

    Error:   ≤ 1.4 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(erfc, x)


@_elementary(_erfcx64)
def erfcx(x: float) -> float:
    """e^(x²) erfc(x), which tends to 1/(x√π) on the right.

    Error:   ≤ 1.4 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(erfcx, x)


@_elementary(_norm_cdf64)
def norm_cdf(x: float) -> float:
    """The distribution function of the standard normal, accurate in the lower tail down to its underflow.

    Error:   ≤ 1.4 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(norm_cdf, x)


@_elementary(_log_norm_cdf64)
def log_norm_cdf(x: float) -> float:
    """The logarithm of norm_cdf: about -x²/2 on the left, -norm_cdf(-x) on the right.

    Error:   ≤ 1.45 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log_norm_cdf, x)
