"""Elementary functions and fold steps that LLVM vectorises inside compiled kernels.

A kernel calls `exp(x)`, `fold_add(acc, x)` and so on by one name for float64 and float32; the type of the
argument picks the code (`_elementary`).  Integers and booleans count as float64, a float32 among float64 is
widened.  numba's own `exp` is a scalar libm call, 4 to 14 ns an element; the ones here cost 0.3 to 3 ns,
because they are straight-line arithmetic that the vectoriser can widen with the caller's loop:

- no branch, table, libm call or float-to-int conversion: conditions are `select`s, rounding adds 1.5·2^52;
- `forceinline`, so that each instruction keeps its own flags inside whatever kernel calls it, and
  `error_model="numpy"`, without which every division hides a branch;
- never a global `fastmath`: compensation terms and NaN survive.  Only the `fold_*` steps may be reordered, by
  the flag `reassoc` on their one instruction.

On a CPU without fused multiply-add the same names fall back to libm.  The polynomials are minimax fits by
Remez exchange in 200-bit arithmetic, rounded to the working type; tests/runtime/remez.py makes them.

This file has the short ones and those of libm, and is asked for all the others, which are in `vecmath_*` beside
it.  None of them imports anything else of texjit, because an exported kernel carries verbatim copies of them all.

Error: the bounds in the docstrings are the largest errors measured against ball arithmetic by
tests/runtime/test_vecmath*.py; float32 exp, log, sin and cos were measured on all 2^32 arguments.  What is
evaluated in float64 for float32 errs by half an ulp and 2^-27 of one.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .vecmath_explog import _INF, _NAN, _ONE32, _ZERO32, _log_ratio, log
from .vecmath_instructions import _elementary, _fma, _interpreted, fold_max, select, two_sum

_SIBLINGS = {
    "instructions": "fold_add fold_fma fold_max fold_min fold_mul add_block add_rest two_prod two_sum select rint table"
    " compiled inlined use_wide_vectors promise_no_overlap HAS_FMA",
    "explog": "exp expm1 log log1p scaled_exp sigmoid softplus tanh",
    "stable": "exp_sum exp_diff expm1x log1mexp logaddexp log1pmx log1p_gap log_gap js_psi js_entr"
    " sigmoid_diff softplus_diff",
    "power": "power pow1p cbrt",
    "trig": "sin cos",
    "hyperbolic": "sinh cosh asinh acosh atanh",
    "erf": "erf erfc erfcx norm_cdf log_norm_cdf",
    "gamma": "digamma trigamma",
}


def __getattr__(name: str) -> Any:
    """A function that another file of the family defines: read when it is first asked for."""
    for part, names in _SIBLINGS.items():
        if name in names.split():
            found = getattr(importlib.import_module(f"{__name__}_{part}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _rel_entr64(x, y):
    ratio = select(x == _INF, _INF, _log_ratio(x, y))
    ratio = select(y == _INF, x - y, ratio)
    d = x * select(y == 0.0, _INF, ratio)
    d = select(x == 0.0, 0.0, d)
    return select((x >= 0.0) & (y >= 0.0), d, _NAN)


def _log_ratio64(x, y):
    # Both of one sign, and neither 0 nor infinite: the others have the quotient's limits.
    p, q = abs(x), abs(y)
    d = _log_ratio(p, q)
    d = select((p == 0.0) | (q == _INF), -_INF, d)
    d = select((q == 0.0) | (p == _INF), _INF, d)
    odd = ((p == 0.0) & (q == 0.0)) | ((p == _INF) & (q == _INF)) | ((x < 0.0) & (y > 0.0)) | ((x > 0.0) & (y < 0.0))
    return select(odd | (x != x) | (y != y), _NAN, d)


def _products_difference64(x, y, z, w):
    # Kahan: what the second product lost is added back.
    product = z * w
    lost = _fma(-z, w, product)
    difference = _fma(x, y, -product) + lost
    return select(abs(product) < _INF, difference, x * y - product)


def _sum_error64(x, y):
    _, lost = two_sum(x, y)
    return select(lost == lost, lost, 0.0)


def _sum_error32(x, y):
    _, lost = two_sum(x, y)
    return select(lost == lost, lost, _ZERO32)


def _hypot64(x, y):
    top = fold_max(abs(x), abs(y))
    scale = select(top > 3.273390607896142e150, 2.409919865102884e-181, 1.0)
    scale = select(top < 3.054936363499605e-151, 4.149515568880993e180, scale)
    a, b = x * scale, y * scale
    root = math.sqrt(_fma(a, a, b * b)) / scale
    return select((abs(x) == _INF) | (abs(y) == _INF), _INF, root)


def _square_up64(x):
    y = x * 4.149515568880993e180
    return y * y


def _square_down64(x):
    y = x * 2.409919865102884e-181
    return y * y


def _square32(x):
    return x * x


def _xlogy64(x, y):
    return absorb(x, log(y))


def _absorb64(x, y):
    return select(x == 0.0, 0.0, x * y)


def _absorb32(x, y):
    return select(x == _ZERO32, _ZERO32, x * y)


def _absorb_div64(x, y):
    return select(x == 0.0, 0.0, x / y)


def _absorb_div32(x, y):
    return select(x == _ZERO32, _ZERO32, x / y)


def _noisy_or64(x, y):
    z = x + y * (1.0 - x)
    # Infinite states: the other form of the same value.
    return select(z == z, z, 1.0 - (1.0 - x) * (1.0 - y))


def _middle_entr64(x, y):
    # The middle is rounded: what it lost is taken off afterwards.
    middle, tail = two_sum(0.5 * x, 0.5 * y)
    d = x * (_log_ratio(x, middle) - tail / middle)
    d = select((x == 0.0) | (y == _INF), x * -y, d)
    d = select((x == 0.0) | (middle == 0.0), 0.0, d)
    return select((x >= 0.0) & (y >= 0.0) & (x < _INF), d, _NAN)


def _sign64(x):
    return select(x > 0.0, 1.0, select(x < 0.0, -1.0, x * x))


def _sign32(x):
    return select(x > _ZERO32, _ONE32, select(x < _ZERO32, -_ONE32, x * x))


@_elementary(_absorb64, _absorb32)
def absorb(c: float, v: float) -> float:
    """c·v, and 0 where c = 0 whatever v is, NaN and infinities included."""
    return _interpreted(absorb, c, v)


@_elementary(_absorb_div64, _absorb_div32)
def absorb_div(a: float, b: float) -> float:
    """a/b, and 0 where a = 0 whatever b is, 0 included."""
    return _interpreted(absorb_div, a, b)


@_elementary(_sign64, _sign32)
def sign(x: float) -> float:
    """-1, 0 or 1 by the sign of x; NaN of NaN."""
    return _interpreted(sign, x)


@_elementary(_middle_entr64)
def middle_entr(x: float, y: float) -> float:
    """x·log(x / ((x + y)/2)) for x, y ≥ 0, accurate where they are near; 0 where x = 0."""
    return _interpreted(middle_entr, x, y)


@_elementary(_log_ratio64)
def log_ratio(x: float, y: float) -> float:
    """log(x/y), the quotient never formed: accurate where x is near y, and where x/y leaves the floats."""
    return _interpreted(log_ratio, x, y)


@_elementary(_products_difference64)
def products_difference(x: float, y: float, z: float, w: float) -> float:
    """x·y - z·w, to 1.5 ulp whatever cancels."""
    return _interpreted(products_difference, x, y, z, w)


@_elementary(_sum_error64, _sum_error32)
def sum_error(x: float, y: float) -> float:
    """What the rounded sum x + y lacks of the exact one; 0 where the sum overflows."""
    return _interpreted(sum_error, x, y)


@_elementary(_hypot64)
def hypot(x: float, y: float) -> float:
    """√(x² + y²), which leaves the floats only where the result does."""
    return _interpreted(hypot, x, y)


@_elementary(_square_up64, _square32)
def square_up(x: float) -> float:
    """(2^600·x)², for sums of squares that underflow; x² for float32, whose squares add up in float64."""
    return _interpreted(square_up, x)


@_elementary(_square_down64, _square32)
def square_down(x: float) -> float:
    """(x/2^600)², for sums of squares that overflow; x² for float32, whose squares add up in float64."""
    return _interpreted(square_down, x)


@_elementary(_noisy_or64)
def fold_noisy_or(acc: float, x: float) -> float:
    """1 - (1 - acc)(1 - x), as a step: fold_noisy_or(acc, x), identity 0."""
    return _interpreted(fold_noisy_or, acc, x)


@_elementary(_xlogy64, _xlogy64)
def xlogy(a: float, b: float) -> float:
    """a log b, and 0 where a = 0.

    Error:   ≤ 1.6 ulp
    """
    return _interpreted(xlogy, a, b)


@_elementary(_rel_entr64)
def rel_entr(p: float, q: float) -> float:
    """p log(p/q): 0 where p = 0 <= q, +inf where p > 0 = q, NaN where either is negative.

    p/q is never formed, so that neither its overflow nor its rounding near 1 matters.

    Error:   ≤ 1.6 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(rel_entr, p, q)


# The published functions that numba hands to libm (square root and rounding to one instruction).


def _library(code: Callable[..., Any], name: str, doc: str) -> Callable[..., float]:
    """A published function evaluated by the same code in float64 and in float32."""

    def published(*args: float) -> float:
        return _interpreted(published, *args)

    published.__name__ = published.__qualname__ = name
    published.__doc__ = doc
    return _elementary(code, code)(published)


tan = _library(lambda x: math.tan(x), "tan", "The tangent.")
asin = _library(lambda x: math.asin(x), "asin", "The inverse sine.")
acos = _library(lambda x: math.acos(x), "acos", "The inverse cosine.")
atan = _library(lambda x: math.atan(x), "atan", "The inverse tangent.")
atan2 = _library(lambda x, y: math.atan2(x, y), "atan2", "The angle of the point (y, x): atan2(y, x).")
sqrt = _library(lambda x: math.sqrt(x), "sqrt", "The square root.")
floor = _library(lambda x: np.floor(x), "floor", "The largest integer not above x, as a float.")
ceil = _library(lambda x: np.ceil(x), "ceil", "The smallest integer not below x, as a float.")
absolute = _library(lambda x: abs(x), "absolute", "The absolute value.")
gamma = _library(lambda x: math.gamma(x), "gamma", "The gamma function.")
lgamma = _library(lambda x: math.lgamma(x), "lgamma", "log|gamma(x)|.")
log2 = _library(lambda x: np.log2(x), "log2", "The logarithm to base 2.")
log10 = _library(lambda x: np.log10(x), "log10", "The logarithm to base 10.")
