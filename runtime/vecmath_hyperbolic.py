"""The hyperbolic functions and their inverses.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

from .vecmath_explog import _INF, _NAN, _expm1_reduced, _power_of_two, _scale, _split, _to_float
from .vecmath_instructions import HAS_FMA, _copysign, _elementary, _fma, _interpreted, inlined, select, two_sum
from .vecmath_stable import _unit, exp_parts, log_parts


@inlined
def _half_exponential(a):
    """(y, y_tail, n) with e^a/2 = 2^n (y + y_tail) for a >= 0, infinite only where the hyperbolic functions are."""
    n, y, y_tail = exp_parts(select(a > 720.0, 720.0, a), 0.0)
    return y, y_tail, n - 1.0


def _sinh64(x):
    a = abs(x)
    # With t = e^a - 1 in two parts, sinh a = (t + t/(1+t))/2; far out e^a/2.
    near = select(a > 40.0, 40.0, a)
    n, t, tail = _expm1_reduced(near)
    scale = _power_of_two(n)
    base = scale - 1.0
    high, low = two_sum(base, t * scale)
    high, low = two_sum(high, low + (((scale - base) - 1.0) + tail * scale))
    bottom, bottom_tail = two_sum(high, 1.0)
    reciprocal = 1.0 / bottom
    q = high * reciprocal
    q_tail = (_fma(-q, bottom, high) + _fma(-q, bottom_tail + low, low)) * reciprocal
    total, lost = two_sum(high, q)
    y = 0.5 * (total + (lost + (low + q_tail)))
    far, _, n = _half_exponential(a)
    y = select(a > 40.0, _scale(far, n), y)
    return _copysign(select(a < 1e-8, a, y), x)


def _cosh64(x):
    y, y_tail, n = _half_exponential(abs(x))
    high, low = _scale(y, n), _scale(y_tail, n)
    y = high + (low + 0.25 / high)
    return select(high == _INF, _INF, y)


def _asinh64(x):
    # log(a + √(a² + 1)) = log1p(a + a²/(1 + √(a² + 1))); far out log 2a.
    a = abs(x)
    near = select(a > 1e9, 1e9, a)
    square = near * near
    square_tail = _fma(near, near, -square)
    s, s_tail = two_sum(square, 1.0)
    s_tail = s_tail + square_tail
    root = math.sqrt(s)
    root_tail = (_fma(-root, root, s) + s_tail) * (0.5 / root)
    bottom, bottom_tail = two_sum(root, 1.0)
    bottom_tail = bottom_tail + root_tail
    q = square / bottom
    q_tail = (_fma(-q, bottom, square) + (square_tail - q * bottom_tail)) / bottom
    z, z_tail = two_sum(near, q)
    y = _log1p_of_pair(z, z_tail + q_tail)
    m, e = _split(a)
    far, _ = log_parts(m - 1.0, 0.0, _to_float(e, 1022.0))
    y = select(a > 1e9, far, y)
    y = select(a < 1e-8, a, y)
    y = select(a < _INF, y, a)
    return _copysign(y, x)


def _acosh64(x):
    # With t = x - 1, exact near 1: log1p(t + √(t (t + 2))); far out log 2x.
    near = select(x > 1e9, 1e9, x)
    t = near - 1.0
    t_tail = (near - t) - 1.0
    u, u_tail = two_sum(near, 1.0)
    square = t * u
    square_tail = _fma(t, u, -square) + _fma(t, u_tail, t_tail * u)
    root = math.sqrt(square)
    root_tail = select(square == 0.0, 0.0, (_fma(-root, root, square) + square_tail) * (0.5 / root))
    z, z_tail = two_sum(t, root)
    y = _log1p_of_pair(z, z_tail + (t_tail + root_tail))
    m, e = _split(x)
    far, _ = log_parts(m - 1.0, 0.0, _to_float(e, 1022.0))
    y = select(x > 1e9, far, y)
    y = select(x < _INF, y, x)
    return select(x >= 1.0, y, _NAN)


def _atanh64(x):
    # log1p(2a/(1 - a))/2.
    a = abs(x)
    bottom = 1.0 - a
    bottom_tail = (1.0 - bottom) - a
    reciprocal = 1.0 / bottom
    q = 2.0 * a * reciprocal
    q_tail = (_fma(-q, bottom, 2.0 * a) - q * bottom_tail) * reciprocal
    y = 0.5 * _log1p_of_pair(q, q_tail)
    y = select(a < 1e-8, a, y)
    y = select(a == 1.0, _INF, y)
    return _copysign(select(a <= 1.0, y, _NAN), x)


@inlined
def _log1p_of_pair(z, z_tail):
    """log(1 + z + z_tail) for z >= 0 and finite."""
    u, lost = two_sum(1.0, z)
    m, e = _split(u)
    near = e == 1023
    f = select(near, z, m - 1.0)
    tail = select(near, z_tail, (lost + z_tail) * _unit(e))
    y, y_tail = log_parts(f, tail, _to_float(e, 1023.0))
    return y + y_tail


if not HAS_FMA:  # libm's own are faster than these on emulated instructions

    def _sinh64(x):
        return math.sinh(x)

    def _cosh64(x):
        return math.cosh(x)

    def _asinh64(x):
        return math.asinh(x)

    def _acosh64(x):
        return math.acosh(x)

    def _atanh64(x):
        return math.atanh(x)


@_elementary(_sinh64)
def sinh(x: float) -> float:
    """The hyperbolic sine.

    Error:   ≤ 0.7 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(sinh, x)


@_elementary(_cosh64)
def cosh(x: float) -> float:
    """The hyperbolic cosine.

    Error:   ≤ 0.95 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(cosh, x)


@_elementary(_asinh64)
def asinh(x: float) -> float:
    """The inverse hyperbolic sine.

    Error:   ≤ 0.75 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(asinh, x)


@_elementary(_acosh64)
def acosh(x: float) -> float:
    """The inverse hyperbolic cosine; NaN below 1.

    Error:   ≤ 0.7 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(acosh, x)


@_elementary(_atanh64)
def atanh(x: float) -> float:
    """The inverse hyperbolic tangent: ±inf at ±1, NaN beyond.

    Error:   ≤ 0.75 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(atanh, x)
