"""The digamma function and its derivative.

They branch, and do not vectorise; a copy goes with exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

from .vecmath_explog import _INF, _NAN, _coefficients, log
from .vecmath_instructions import _elementary, _fma, _interpreted, _polynomial, rint

# ψ(x)/(x - x₀) in x - 7/4, 1 <= x <= 5/2, x₀ the root of ψ there; (log x - 1/(2x) - ψ(x)) x² in 1/x², x >= 10.
_DIGAMMA = _coefficients("""
    0x1.b763ca67112a0p-1 -0x1.4e15b17372db4p-2 0x1.41c830a3205e5p-3 -0x1.510ab0e548720p-4
    0x1.6effaf57fe933p-5 -0x1.97cc6e10a5ce7p-6 0x1.ca4947139001dp-7 -0x1.0335d249f487ep-7
    0x1.26602344870dfp-8 -0x1.4f1c2d6f4409ap-9 0x1.7e0a5664a55f5p-10 -0x1.b3f11ea9ff368p-11
    0x1.f1c9ecfd22bbcp-12 -0x1.1c49660655070p-12 0x1.4432975c625ddp-13 -0x1.723e7342df9c1p-14
    0x1.af3d27436ab6dp-15 -0x1.eea226c9fc88fp-16 0x1.e58aac5e2c86ap-17 -0x1.0f055a84d1021p-17
    0x1.1e1d21bf5cd3bp-17 -0x1.55547f0793f7fp-18 -0x1.4ebcbaa8061dbp-20 0x1.c8c25d991c5f3p-21
    0x1.176422bd980acp-19 -0x1.49db6e1753f21p-20""")
_DIGAMMA_TAIL = _coefficients("""
    0x1.5555555555553p-4 -0x1.11111110ec834p-7 0x1.04103fb7263a8p-8 -0x1.110ee53a20b8bp-8
    0x1.eed61365afe2ep-8 -0x1.340f7635bed1ep-6""")
# Bernoulli's numbers B₂, B₄ …: the series of ψ' in 1/x², which beyond 10 leaves less than a twentieth of an ulp.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
_DIGAMMA_FIRST, _DIGAMMA_REST = _DIGAMMA[0], _DIGAMMA[1:]
_ROOT = float.fromhex("0x1.762d86356be3fp+0")
_ROOT_TAIL = float.fromhex("0x1.b86a722197829p-54")


def _digamma64(x):
    if x == 0.0:
        return math.copysign(_INF, -x)
    y = 0.0
    if x < 0.0:
        # ψ(x) = ψ(1 - x) - π cot πx, and what a float has beyond a whole number is exact.
        rest = x - rint(x)
        if rest == 0.0 or x == -_INF:
            return _NAN
        if abs(rest) > 0.25:
            y = -math.pi * math.tan(math.pi * (math.copysign(0.5, rest) - rest))
        else:
            y = -math.pi / math.tan(math.pi * rest)
        x = 1.0 - x
    if x >= 10.0:
        if x == _INF:
            return x
        reciprocal = 1.0 / x
        z = reciprocal * reciprocal
        return y + (log(x) - (0.5 * reciprocal + z * _polynomial(z, _DIGAMMA_TAIL)))
    if x < 1.0:
        y -= 1.0 / x
        x += 1.0
    while x > 2.5:
        x -= 1.0
        y += 1.0 / x
    t = x - 1.75
    return y + ((x - _ROOT) - _ROOT_TAIL) * _fma(t, _polynomial(t, _DIGAMMA_REST), _DIGAMMA_FIRST)


@_elementary(_digamma64)
def digamma(x: float) -> float:
    """ψ(x), the derivative of log Γ(x): ∓inf at ±0, NaN at negative integers.

    Error:   ≤ 3.5 ulp float64 for x > 0, its root included, ≤ 0.51 ulp float32; for x < 0, where two terms may
             cancel, 3 ulp of the larger term
    """
    return _interpreted(digamma, x)


def _trigamma64(x):
    reflected = 0.0
    if x <= 0.0:
        # ψ'(x) = (π / sin πx)² - ψ'(1 - x), and what a float has beyond a whole number is exact.
        rest = x - rint(x)
        if x == -_INF:
            return _NAN
        if rest == 0.0:
            return _INF
        reflected = math.pi / math.sin(math.pi * rest)
        x = 1.0 - x
    steps = 0.0
    while x + steps < 10.0:
        steps += 1.0
    reciprocal = 1.0 / (x + steps)
    z = reciprocal * reciprocal
    y = reciprocal * (z * _polynomial(z, _BERNOULLI)) + 0.5 * z + reciprocal
    while steps > 0.0:  # the smallest terms first
        steps -= 1.0
        reciprocal = 1.0 / (x + steps)
        y += reciprocal * reciprocal
    return y if reflected == 0.0 else reflected * reflected - y


@_elementary(_trigamma64)
def trigamma(x: float) -> float:
    """ψ'(x), the second derivative of log Γ: inf at 0 and negative integers.

    Error:   ≤ 3 ulp float64 for x > 0, ≤ 5.5 ulp for x < 0, ≤ 0.51 ulp float32
    """
    return _interpreted(trigamma, x)
