"""Double-double arithmetic: a number as the unevaluated sum of two floats, good to about 104 bits.

A value is a pair ``(high, low)`` with ``high`` the sum rounded to float64.  Kernels whose terms cancel to
more than working precision can bear are compiled over these pairs instead of floats.  An infinite or NaN
``high`` has the low part 0; products whose tail is below the floats have the error of working precision.

The algorithms are those of Dekker (1971), Knuth, and Hida, Li and Bailey (2001): error-free sums and
products, and elementary functions by reduction, Taylor series and Newton's method in pairs.  A copy of this
file goes with exported kernels, under the rules of `vecmath`.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from .vecmath import power
from .vecmath_instructions import compiled, inlined, rint, select, two_prod, two_sum

_INF = math.inf


def _pair(q: Fraction) -> tuple[float, float]:
    high = float(q)
    return high, float(q - Fraction(high))


def _pairs(values: Iterable[Fraction]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A table of pairs, one a row."""
    return np.array([_pair(q) for q in values])


#: 1/n! for n = 13 down to 8, of which working precision is enough, and for n = 7 down to 1.
_TAYLOR_END = np.array([1 / math.factorial(n) for n in range(13, 7, -1)])
_TAYLOR = _pairs(Fraction(1, math.factorial(n)) for n in range(7, 0, -1))
with localcontext(prec=50):
    _POWERS = _pairs(Fraction(Decimal(2) ** (Decimal(j) / 64)) for j in range(64))
_LN2 = (float.fromhex("0x1.62e42fefa39efp-1"), float.fromhex("0x1.abc9e3b39803fp-56"))
#: Beyond these, `dd_exp` is infinite or 0.
_EXP_MOST, _EXP_LEAST = 709.79, -745.2

_SIBLINGS = {
    "trig": "dd_sin dd_cos dd_tan dd_atan dd_sinh dd_cosh",
    "gamma": "dd_lgamma dd_digamma dd_trigamma",
}


def __getattr__(name: str) -> Any:
    """A function that another file of the family defines: read when it is first asked for."""
    for part, names in _SIBLINGS.items():
        if name in names.split():
            found = getattr(importlib.import_module(f"{__name__}_{part}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@inlined
def _join(s, e):
    """s + e as a pair, for \\|s\\| ≥ \\|e\\|."""
    e = select(abs(s) < _INF, e, 0.0)
    t = s + e
    return t, select(abs(t) < _INF, e - (t - s), 0.0)


@inlined
def dd(x):
    """A float as a pair."""
    return np.float64(x), 0.0


@inlined
def dd_add(a, b):
    s, e = two_sum(a[0], b[0])
    t, f = two_sum(a[1], b[1])
    s, e = _join(s, e + t)
    return _join(s, e + f)


@inlined
def dd_neg(a):
    return -a[0], -a[1]


@inlined
def dd_sub(a, b):
    return dd_add(a, (-b[0], -b[1]))


@inlined
def dd_mul(a, b):
    p, e = two_prod(a[0], b[0])
    return _join(p, e + (a[0] * b[1] + a[1] * b[0]))


@inlined
def dd_square(a):
    return dd_mul(a, a)


@inlined
def _times(a, x):
    """A pair times a float."""
    p, e = two_prod(a[0], x)
    return _join(p, e + a[1] * x)


@compiled
def dd_div(a, b):
    q = a[0] / b[0]
    if not 0.0 < abs(q) < _INF or abs(b[0]) == _INF:
        return q, 0.0
    r = dd_sub(a, _times(b, q))
    p = r[0] / b[0]
    r = dd_sub(r, _times(b, p))
    return dd_add(_join(q, p), (r[0] / b[0], 0.0))


@compiled
def dd_sqrt(a):
    x = math.sqrt(a[0])
    if not 0.0 < x < _INF:
        return x, 0.0
    p, e = two_prod(x, x)
    rest = dd_sub(a, (p, e))
    return _join(x, rest[0] / (2.0 * x))


@inlined
def dd_less(a, b):
    return a[0] < b[0] or (a[0] == b[0] and a[1] < b[1])


@inlined
def dd_equal(a, b):
    return a[0] == b[0] and a[1] == b[1]


@inlined
def dd_abs(a):
    return (-a[0], -a[1]) if a[0] < 0.0 else (abs(a[0]), a[1])


@inlined
def dd_max(a, b):
    """The larger of two; NaN if either is."""
    if a[0] != a[0] or b[0] != b[0]:
        return np.nan, 0.0
    return b if dd_less(a, b) else a


@inlined
def dd_min(a, b):
    """The smaller of two; NaN if either is."""
    if a[0] != a[0] or b[0] != b[0]:
        return np.nan, 0.0
    return b if dd_less(b, a) else a


@inlined
def dd_sign(a):
    return (a[0] if a[0] != a[0] else float((a[0] > 0.0) - (a[0] < 0.0))), 0.0


@compiled
def dd_floor(a):
    high = np.floor(a[0])
    return _join(high, np.floor(a[1])) if high == a[0] else (high, 0.0)


@compiled
def dd_ceil(a):
    return dd_neg(dd_floor(dd_neg(a)))


@compiled
def dd_powi(a, n):
    """A whole power, by squaring."""
    x, k, y = a, abs(n), (1.0, 0.0)
    while k:
        if k & 1:
            y = dd_mul(y, x)
        k >>= 1
        if k:
            x = dd_mul(x, x)
    return dd_div((1.0, 0.0), y) if n < 0 else y


@compiled
def _series(t, coefficients):
    """Σ c_k t^k, the highest power first."""
    y = (coefficients[0, 0], coefficients[0, 1])
    for k in range(1, len(coefficients)):
        y = dd_add(dd_mul(y, t), (coefficients[k, 0], coefficients[k, 1]))
    return y


@compiled
def _expm1_near_0(r):
    """``e^r - 1`` for \\|r\\| ≤ 1/128."""
    end = 0.0
    for k in range(6):
        end = end * r[0] + _TAYLOR_END[k]
    y = (end * r[0], 0.0)
    for k in range(7):
        y = dd_add(y, (_TAYLOR[k, 0], _TAYLOR[k, 1]))
        y = dd_mul(y, r)
    return y


@compiled
def dd_exp(x):
    if not _EXP_LEAST < x[0] < _EXP_MOST:
        return (x[0] if x[0] != x[0] else _INF if x[0] > 0.0 else 0.0), 0.0
    n = rint(x[0] * (64.0 / _LN2[0]))
    m = _expm1_near_0(dd_sub(x, _times(_LN2, n * 0.015625)))
    j, k = int(n) & 63, int(n) >> 6
    power = (_POWERS[j, 0], _POWERS[j, 1])
    y = dd_add(power, dd_mul(power, m))
    # Two steps: 2^k alone may be beyond the floats where the result is not.
    half = k // 2
    up, more = math.ldexp(1.0, half), math.ldexp(1.0, k - half)
    return _join(y[0] * up * more, y[1] * up * more)


@compiled
def dd_expm1(x):
    if abs(x[0]) < 0.0078125:
        return _expm1_near_0(x)
    return dd_add(dd_exp(x), (-1.0, 0.0))


@compiled
def _log_beside_1(d):
    """``log(1 + d)`` for d in (-0.4, 0.6): a step of Halley's method from what working precision gives."""
    y = math.log1p(d[0])
    if y == 0.0:
        return d
    u = dd_expm1((y, 0.0))
    rest = dd_sub(d, u)
    whole = dd_add(dd_add((2.0, 0.0), d), u)
    return dd_add((y, 0.0), dd_div((2.0 * rest[0], 2.0 * rest[1]), whole))


@compiled
def dd_log(x):
    if not 0.0 < x[0] < _INF:
        return (-_INF if x[0] == 0.0 else x[0] if x[0] > 0.0 else np.nan), 0.0
    f, k = math.frexp(x[0])
    if f < 0.75:
        f, k = 2.0 * f, k - 1
    # In two steps, as in dd_exp.
    half = -k // 2
    low = x[1] * math.ldexp(1.0, half) * math.ldexp(1.0, -k - half)
    y = _log_beside_1(dd_add((f, low), (-1.0, 0.0)))
    return dd_add(_times(_LN2, float(k)), y) if k else y


@compiled
def dd_log1p(x):
    if -0.4 < x[0] < 0.6:
        return _log_beside_1(x)
    return dd_log(dd_add((1.0, 0.0), x))


@compiled
def dd_pow(a, b):
    whole = b[1] == 0.0 and b[0] == np.floor(b[0]) and abs(b[0]) <= 1024.0
    if whole:
        return dd_powi(a, int(b[0]))
    if 0.0 < a[0] < _INF and abs(b[0]) < _INF:
        return dd_exp(dd_mul(b, dd_log(a)))
    return power(a[0], b[0]), 0.0


@compiled
def dd_pow1p(a, b):
    """``(1 + a)^b``."""
    if a[0] > -1.0 and a[0] < _INF and abs(b[0]) < _INF:
        return dd_exp(dd_mul(b, dd_log1p(a)))
    return dd_pow(dd_add((1.0, 0.0), a), b)


@compiled
def dd_sigmoid(x):
    if x[0] >= 0.0:
        return dd_div((1.0, 0.0), dd_add((1.0, 0.0), dd_exp(dd_neg(x))))
    e = dd_exp(x)
    return dd_div(e, dd_add((1.0, 0.0), e))


@compiled
def dd_softplus(x):
    if x[0] > 0.0:
        return dd_add(x, dd_log1p(dd_exp(dd_neg(x))))
    return dd_log1p(dd_exp(x))


@compiled
def dd_tanh(x):
    if abs(x[0]) > 50.0:
        return math.copysign(1.0, x[0]), 0.0
    t = dd_expm1((2.0 * x[0], 2.0 * x[1]))
    return dd_div(t, dd_add((2.0, 0.0), t))


@compiled
def dd_hypot(a, b):
    a, b = dd_abs(a), dd_abs(b)
    most, least = dd_max(a, b), dd_min(a, b)
    if not 0.0 < most[0] < _INF:
        return math.hypot(a[0], b[0]), 0.0
    ratio = dd_div(least, most)
    return dd_mul(most, dd_sqrt(dd_add((1.0, 0.0), dd_mul(ratio, ratio))))


@inlined
def dd_products_difference(x, y, z, w):
    """``x·y - z·w``."""
    return dd_sub(dd_mul(x, y), dd_mul(z, w))


@inlined
def dd_sum_error(x, y):
    """What a rounded sum lacks: nothing that counts, in pairs."""
    return 0.0, 0.0


@inlined
def dd_absorb(c, v):
    """``c·v``, and 0 where c is 0 whatever v is."""
    return (0.0, 0.0) if c[0] == 0.0 else dd_mul(c, v)


@inlined
def dd_absorb_div(a, b):
    """``a/b``, and 0 where a is 0 whatever b is."""
    return (0.0, 0.0) if a[0] == 0.0 else dd_div(a, b)


@compiled
def dd_scaled_exp(a, x):
    """``a·e^x``: it leaves the floats only where the product does."""
    if not 700.0 < abs(x[0]) < 1500.0:
        return dd_mul(a, dd_exp(x))
    third = dd_exp(dd_div(x, (3.0, 0.0)))
    return dd_mul(dd_mul(dd_mul(third, a), third), third)


@compiled
def dd_exp_sum(x, tail):
    return dd_exp(dd_add(x, tail))


@compiled
def dd_exp_diff(a, b):
    return dd_exp(dd_sub(a, b))


@compiled
def dd_sigmoid_diff(a, b):
    return dd_sigmoid(dd_sub(a, b))


@compiled
def dd_softplus_diff(a, b):
    return dd_softplus(dd_sub(a, b))


@compiled
def dd_log_ratio(x, y):
    """``log(x/y)``, the quotient never out of range."""
    q = x[0] / y[0]
    if 1e-300 < q < 1e300 and abs(x[0]) > 1e-250 and abs(y[0]) > 1e-250:
        return dd_log(dd_div(x, y))
    if x[0] != 0.0 and y[0] != 0.0 and (x[0] < 0.0) == (y[0] < 0.0):
        return dd_sub(dd_log(dd_abs(x)), dd_log(dd_abs(y)))
    return dd_log((q, 0.0))


@compiled
def dd_noisy_or(u, b):
    """``1 - (1 - u)(1 - b)``."""
    return dd_add(u, dd_mul(b, dd_sub((1.0, 0.0), u)))


@compiled
def dd_square_up(x):
    """``(2^600·x)²``."""
    return dd_square((x[0] * 2.0**600, x[1] * 2.0**600))


@compiled
def dd_square_down(x):
    """``(x/2^600)²``."""
    return dd_square((x[0] * 2.0**-600, x[1] * 2.0**-600))
