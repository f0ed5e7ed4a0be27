"""Scalar functions on Python floats with IEEE results: none of them raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from fractions import Fraction

_INF, _NAN = math.inf, math.nan


def _total(
    f: Callable[[float], float], overflow: Callable[[float], float] = lambda x: _INF
) -> Callable[[float], float]:
    """``f`` with NaN outside its domain and ``overflow`` where it leaves the floats."""

    def g(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return _NAN
        except OverflowError:
            return overflow(x)

    return g


def _logarithm(f: Callable[[float], float], pole: float) -> Callable[[float], float]:
    def g(x: float) -> float:
        return -_INF if x == pole else _NAN if x < pole else f(x)

    return g


exp = _total(math.exp)
expm1 = _total(math.expm1)
log = _logarithm(math.log, 0.0)
log1p = _logarithm(math.log1p, -1.0)
log2 = _logarithm(math.log2, 0.0)
log10 = _logarithm(math.log10, 0.0)
sqrt = _total(math.sqrt)
sin = _total(math.sin)
cos = _total(math.cos)
tan = _total(math.tan)
asin = _total(math.asin)
acos = _total(math.acos)
acosh = _total(math.acosh)
cosh = _total(math.cosh)
sinh = _total(math.sinh, lambda x: math.copysign(_INF, x))


def atanh(x: float) -> float:
    return math.copysign(_INF, x) if abs(x) == 1.0 else math.atanh(x) if abs(x) < 1.0 else _NAN


def gamma(x: float) -> float:
    if x == 0.0:
        return math.copysign(_INF, x)
    return _total(math.gamma)(x)


def lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return _INF


def digamma(x: float) -> float:
    """The derivative of ``log Γ``; NaN at negative integers."""
    if x == 0.0:
        return math.copysign(_INF, -x)
    if x < 0.0:
        rest = math.remainder(x, 1.0) if x > -_INF else 0.0
        if rest == 0.0:
            return _NAN
        if abs(rest) > 0.25:
            return digamma(1.0 - x) - math.pi * tan(math.pi * (math.copysign(0.5, rest) - rest))
        return digamma(1.0 - x) - math.pi / tan(math.pi * rest)
    if x < 1.0:
        return _digamma_beside_root(1.0 + x) - div(1.0, x)
    if x <= 4.0:
        return _digamma_beside_root(x)
    terms = []
    while x < 10.0:
        terms.append(div(-1.0, x))
        x += 1.0
    z = 1.0 / (x * x)
    series = 0.0
    for c in _DIGAMMA_SERIES:
        series = (series + c) * z
    return math.fsum([*terms, log(x), -0.5 / x, -series])


def trigamma(x: float) -> float:
    """The derivative of `digamma`; infinite at 0 and at negative integers."""
    if x <= 0.0:
        rest = math.remainder(x, 1.0) if x > -_INF else _NAN
        if rest == 0.0 or rest != rest:
            return _NAN if rest else _INF
        return float((math.pi / sin(math.pi * rest)) ** 2 - trigamma(1.0 - x))
    if x < 1e-150 or x == _INF:
        return div(1.0, x * x)
    terms = []
    while x < 10.0:
        terms.append(1.0 / (x * x))
        x += 1.0
    z = 1.0 / (x * x)
    series = 0.0
    for k, c in enumerate(_DIGAMMA_SERIES):
        series = (series + 2 * (len(_DIGAMMA_SERIES) - k) * c) * z
    return math.fsum([*terms, 1.0 / x, 0.5 * z, series / x])


#: log x - 1/(2x) - ψ(x) in 1/x², the highest power first.
_DIGAMMA_SERIES = (-3617 / 8160, 1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)
#: The root of ψ above zero, and what its float lacks.
_DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17)


def _digamma_beside_root(x: float) -> float:
    """``ψ(x) - ψ(r)`` at the root ``r``: each term of the difference holds ``x - r`` as a factor."""
    root, rest = _DIGAMMA_ROOT
    d = (x - root) - rest
    terms = [d / ((x + k) * (root + k)) for k in range(9)]
    a, b = x + 9.0, root + 9.0
    z, y = 1.0 / (a * a), 1.0 / (b * b)
    slope, value = 0.0, 0.0
    for c in _DIGAMMA_SERIES:
        value, slope = (value + c) * y, slope * z + value + c
    return math.fsum([*terms, math.log1p(d / b), 0.5 * d / (a * b), slope * d * (a + b) * z * y])


def div(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return _NAN if a == 0.0 or a != a else math.copysign(_INF, a) * math.copysign(1.0, b)


def power(x: float, y: float) -> float:
    """C's ``pow``: ``0^-n = inf``, a negative base with a fractional exponent is NaN."""
    odd = abs(y) < _INF and math.fmod(y, 2.0) in (1.0, -1.0)
    try:
        return math.pow(x, y)
    except OverflowError:
        return -_INF if x < 0.0 and odd else _INF
    except ValueError:
        if x == 0.0:
            return math.copysign(_INF, x) if odd else _INF
        return _NAN


def pow1p(a: float, y: float) -> float:
    """``(1 + a)^y``, the sum never rounded."""
    u = 1.0 + a
    if not (a and y and u > 0.0 and math.isfinite(u) and math.isfinite(y)) or u - 1.0 == a:
        return power(u, y)
    exponent = y * math.log1p(a)
    if abs(a) < 1e-30 or abs(exponent) > 800.0:
        return exp(exponent)
    with localcontext(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return float((Decimal(y) * (1 + Decimal(a)).ln()).exp())


def floor(x: float) -> float:
    return x if not math.isfinite(x) else math.copysign(float(math.floor(x)), x)


def ceil(x: float) -> float:
    return x if not math.isfinite(x) else math.copysign(float(math.ceil(x)), x)


def sign(x: float) -> float:
    return x if x != x else float((x > 0.0) - (x < 0.0))


def maximum(a: float, b: float) -> float:
    """The larger of two; NaN if either is; +0 is larger than -0."""
    if a != a or b != b:
        return _NAN
    if a == b:
        return a if math.copysign(1.0, a) > 0.0 else b
    return a if a > b else b


def minimum(a: float, b: float) -> float:
    """The smaller of two; NaN if either is; -0 is smaller than +0."""
    return -maximum(-a, -b)


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    """``log(1 + e^x)``."""
    return x + math.log1p(exp(-x)) if x > 0.0 else math.log1p(exp(x))


def absorb(c: float, v: float) -> float:
    """``c·v``, and 0 where c is 0 whatever v is."""
    return 0.0 if c == 0.0 else c * v


def absorb_div(a: float, b: float) -> float:
    """``a/b``, and 0 where a is 0 whatever b is."""
    return 0.0 if a == 0.0 else div(a, b)


def scaled_exp(a: float, x: float) -> float:
    """``a·e^x``: it leaves the floats only where the product does."""
    if math.isinf(x) or x != x:
        return a * exp(x)
    x = min(max(x, -1500.0), 1500.0)
    third = exp(x / 3.0)
    return third * a * third * third if abs(x) > 700.0 else a * exp(x)


def middle_entr(a: float, b: float) -> float:
    """``a·log(a / ((a + b)/2))`` for a, b ≥ 0, and 0 where a is 0."""
    if not (0.0 <= a < _INF and b >= 0.0):
        return _NAN
    if a == 0.0 or b == _INF:
        return -_INF if a > 0.0 else 0.0
    middle = 0.5 * a + 0.5 * b
    if middle == 0.0:
        return 0.0
    return a * (log1p((0.5 * a - 0.5 * b) / middle) if b < 3.0 * a else log(a) - log(middle))


def exp_sum(x: float, tail: float) -> float:
    """``e^(x + tail)`` for a sum that was rounded to x."""
    return exp(x) * exp(tail) if abs(x) < 700.0 else exp(x)


def exp_diff(a: float, b: float) -> float:
    """``e^(a - b)``, as if the difference were exact."""
    d = a - b
    if not math.isfinite(d):
        return exp(d)
    t = d - a
    return exp_sum(d, (a - (d - t)) - (b + t))


def expm1x(x: float) -> float:
    """``e^x - 1 - x``."""
    if abs(x) < 1.0:
        y = 0.0
        for k in range(20, 1, -1):
            y = 1.0 + y * x / (k + 1)
        return 0.5 * x * x * y
    return _INF if math.isinf(x) else expm1(x) - x


def log1mexp(x: float) -> float:
    """``log(1 - e^x)``."""
    return log(-expm1(x)) if x > -0.7 else log1p(-exp(x))


def logaddexp(a: float, b: float) -> float:
    """``log(e^a + e^b)``."""
    top = a if a > b else b
    if math.isinf(top) and a == a and b == b:
        return top
    return top + log1p(exp(-abs(a - b)))


def _cubic(s: float) -> float:
    """``2 (s³/3 + s⁵/5 + …)``, what ``2 atanh s`` has beyond 2s, for |s| ≤ ½."""
    z, y = s * s, 0.0
    for k in range(30, -1, -1):
        y = 1.0 / (2 * k + 3) + z * y
    return 2.0 * s * z * y


def log1pmx(t: float) -> float:
    """``(1 + t)·log(1 + t) - t``."""
    if -0.6 < t < 2.0:
        s = t / (2.0 + t)
        return t * s + (1.0 + t) * _cubic(s)
    return _INF if t == _INF else absorb(1.0 + t, log1p(t)) - t


def log1p_gap(t: float) -> float:
    """``t - log(1 + t)``."""
    if -0.6 < t < 2.0:
        s = t / (2.0 + t)
        return t * s - _cubic(s)
    return _INF if t == _INF else t - log1p(t)


def log_gap(x: float) -> float:
    """``x - 1 - log x``."""
    return log1p_gap(x - 1.0) if x >= 0.0625 else (x - 1.0) - log(x)


def js_psi(t: float) -> float:
    """``((1 + t)·log(1 + t) + (1 - t)·log(1 - t))/2``."""
    t = abs(t)
    if t < 0.5:
        y = 0.0
        for k in range(40, 0, -1):
            y = 1.0 / (2 * k * (2 * k - 1)) + t * t * y
        return t * t * y
    return 0.5 * ((1.0 + t) * log1p(t) + absorb(1.0 - t, log1p(-t)))


def _exp_of_square(c: float, x: float) -> float:
    """``e^(c·x²)`` for c a power of two, as if the square were exact."""
    square = x * x
    tail = float(Fraction(x) ** 2 - Fraction(square)) if abs(x) < 1e3 else 0.0
    return exp_sum(c * square, c * tail)


def erfcx(x: float) -> float:
    """``e^(x²)·erfc(x)``."""
    if not x > 2.0:
        return x if x != x else _exp_of_square(1.0, x) * math.erfc(x)
    y = 0.0
    for k in range(100, 0, -1):
        y = 0.5 * k / (x + y)
    return 1.0 / (math.sqrt(math.pi) * (x + y))


def norm_cdf(x: float) -> float:
    """``erfc(-x/√2)/2``."""
    if x < 0.0:
        return 0.5 * _exp_of_square(-0.5, x) * erfcx(-x * math.sqrt(0.5)) if x > -_INF else 0.0
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


def log_norm_cdf(x: float) -> float:
    """The logarithm of ``norm_cdf``."""
    if x < -1.0:
        return -0.5 * x * x + log(0.5 * erfcx(-x * math.sqrt(0.5)))
    return log1p(-norm_cdf(-x))


def xlogy(x: float, y: float) -> float:
    return absorb(x, log(y))


def rel_entr(a: float, b: float) -> float:
    """``a·log(a/b)``, and 0 where a is 0 whatever b is."""
    ratio = div(a, b)
    # The quotient of two positive floats may leave the floats where its logarithm does not.
    if a > 0.0 and b > 0.0 and (ratio == 0.0 or ratio == _INF) and a < _INF and b < _INF:
        return a * (log(a) - log(b))
    return absorb(a, log(ratio))


def log_ratio(x: float, y: float) -> float:
    """``log(x/y)``, the quotient never formed."""
    if not (x and y and math.isfinite(x) and math.isfinite(y)):
        return log(div(abs(x), abs(y)))
    if (x < 0.0) != (y < 0.0):
        return _NAN
    ratio = x / y
    if 0.5 <= ratio <= 2.0:
        return log1p((x - y) / y)
    return log(ratio) if 1e-300 < ratio < 1e300 else log(abs(x)) - log(abs(y))


def sum_error(x: float, y: float) -> float:
    """What the rounded sum lacks of the exact one; 0 where the sum is infinite or NaN."""
    s = x + y
    t = s - x
    lost = (x - (s - t)) + (y - t)
    return lost if lost == lost else 0.0


def products_difference(x: float, y: float, z: float, w: float) -> float:
    """``x·y − z·w``, rounded once."""
    try:
        exact = Fraction(x) * Fraction(y) - Fraction(z) * Fraction(w)
        return float(exact) if exact else x * y - z * w
    except (OverflowError, ValueError):
        return x * y - z * w


def js_entr(x: float, y: float) -> float:
    """``x·log(x/m) + y·log(y/m)``, m = (x + y)/2."""
    d, both = x - y, x + y
    if 2.0 * abs(d) < both:
        return both * js_psi(d / both)
    return middle_entr(x, y) + middle_entr(y, x)


def sigmoid_diff(a: float, b: float) -> float:
    """``1/(1 + e^-(a - b))``, as if the difference were exact."""
    d = a - b
    return sigmoid(d) * (1.0 + sigmoid(-d) * sum_error(a, -b))


def softplus_diff(a: float, b: float) -> float:
    """``log(1 + e^(a - b))``, as if the difference were exact."""
    d = a - b
    return softplus(d) + sigmoid(d) * sum_error(a, -b)
