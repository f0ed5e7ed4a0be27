"""Elementary functions: certified errors, NumPy's special values, and the machine code that they become."""

from __future__ import annotations

import importlib
import math
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from numba import types

from texjit.runtime import vecmath

from . import remez
from .sweeps import (
    DTYPES,
    JIT,
    Case,
    assert_accurate,
    assert_vectorised,
    mapped,
    name_of,
    needs_avx2,
    pairs,
    sweep,
)
from .ulps import adversarial, worst_ulp

INF = math.inf


# Beyond ±1e6 the exponentials are 0, 1 or infinite, which test_special_values sees to.
VECTORISED = [
    Case("exp", lambda x: x.exp(), -1e6, 1e6, 0.7, 0.85),
    Case("log", lambda x: x.log(), 1e-45, INF, 0.65, 0.73),
    Case("log1p", lambda x: x.log1p(), -1 + 2**-24, INF, 0.8, 0.51),
    Case("expm1", lambda x: x.expm1(), -1e6, 1e6, 0.75, 0.51),
    Case("tanh", lambda x: x.tanh(), -INF, INF, 0.6, 0.51),
    Case("sigmoid", lambda x: 1 / (1 + (-x).exp()), -1e6, 1e6, 2.1, 0.51),
    Case("softplus", lambda x: x.exp().log1p(), -1e6, 1e6, 1.5, 0.51),
    Case("sinh", lambda x: x.sinh(), -1e6, 1e6, 0.7, 0.51),
    Case("cosh", lambda x: x.cosh(), -1e6, 1e6, 0.95, 0.51),
    Case("asinh", lambda x: x.asinh(), -INF, INF, 0.75, 0.51),
    Case("acosh", lambda x: x.acosh(), 1.0, INF, 0.7, 0.51),
    Case("atanh", lambda x: x.atanh(), -1 + 2**-24, 1 - 2**-24, 0.75, 0.51),
    Case("cbrt", lambda x: x if x == 0 else x.sgn() * abs(x).root(3), -INF, INF, 0.51, 0.51),
    Case("sqrt", lambda x: x.sqrt(), 0.0, INF, 0.5, 0.5),
]
# libm makes no promise: about twice what glibc was measured to do, to see that the right function is called.
LIBRARY = [
    Case("tan", lambda x: x.tan(), -1e6, 1e6, 1.4, 1.4),
    Case("asin", lambda x: x.asin(), -1.0, 1.0, 1.1, 1.5),
    Case("acos", lambda x: x.acos(), -1.0, 1.0, 1.1, 1.5),
    Case("atan", lambda x: x.atan(), -INF, INF, 1.2, 1.5),
    Case("gamma", lambda x: x.gamma(), 1e-37, 1e4, 10.0, 8.0),
    Case("digamma", lambda x: x.digamma(), 1e-37, 1e37, 3.5, 0.51),
    Case("trigamma", lambda x: arb(2).zeta(x), 1e-18, 1e37, 3.0, 0.51),
    Case("lgamma", lambda x: x.lgamma(), 1e-37, 1e30, 8.0, 12.0),
    Case("log2", lambda x: x.log() / arb(2).log(), 1e-45, INF, 2.0, 2.0),
    Case("log10", lambda x: x.log() / arb(10).log(), 1e-45, INF, 3.0, 3.0),
]
BINARY = [
    Case("xlogy", lambda a, b: a * b.log(), 1e-45, INF, 1.6, 1.6),
    Case("rel_entr", lambda p, q: p * (p / q).log(), 1e-45, INF, 1.6, 0.51),
    Case("atan2", lambda y, x: arb.atan2(y, x), 1e-45, INF, 2.0, 2.0),
    Case("hypot", lambda x, y: (x * x + y * y).sqrt(), 1e-45, INF, 1.2, 0.51),
    Case("log_ratio", lambda x, y: (x / y).log(), 1e-45, INF, 1.1, 0.51),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", VECTORISED + LIBRARY, ids=name_of)
def test_error_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, adversarial(dtype, 500, case.low, case.high))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", BINARY, ids=name_of)
def test_error_of_two_arguments_is_within_its_bound(case: Case, dtype: type) -> None:
    x, y = pairs(dtype, 300, case.low, case.high)
    assert_accurate(case, dtype, x, y)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", VECTORISED + LIBRARY, ids=name_of)
def test_error_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, adversarial(dtype, 200_000, case.low, case.high, seed=5))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", BINARY, ids=name_of)
def test_error_of_two_arguments_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, *pairs(dtype, 100_000, case.low, case.high))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bound"), [("exp", 0.85), ("log", 0.73), ("sin", 0.51), ("cos", 0.51)])
def test_every_float32(name: str, bound: float) -> None:
    kernel, reference = mapped(name), getattr(np, name)
    chunk = 1 << 24
    worst = 0.0
    for start in range(0, 1 << 32, chunk):
        x = np.arange(start, start + chunk, dtype=np.uint32).view(np.float32)
        out = np.empty_like(x)
        kernel(x, out)
        with np.errstate(all="ignore"):
            exact = reference(x.astype(np.float64))  # off by less than 1e-8 ulp of float32
            rounded = exact.astype(np.float32)
            plain = np.isfinite(out)
            # A value beyond the largest float by less than half an ulp may round either way.
            assert np.array_equal(out[~plain], rounded[~plain], equal_nan=True)
            gap = np.abs(out[plain] - exact[plain])
            binade = np.maximum(np.frexp(exact[plain])[1], -125)  # the unit of the exact value, not the rounded
            unit = np.ldexp(1.0, binade - 24)
        if gap.size:
            worst = max(worst, float(np.max(gap / unit)))
    assert worst <= bound


SPECIAL = [0.0, -0.0, 1.0, -1.0, INF, -INF, math.nan, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 710.0, -746.0]
SPECIAL += [1.7976931348623157e308, 2.2250738585072014e-308, 0.5, -0.5, 89.0, -104.0, 1e-46, 3.4e38, -2.0]
NUMPY = [
    "exp", "log", "log1p", "expm1", "tanh", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
    "arcsinh", "arccosh", "arctanh", "sqrt", "cbrt", "floor", "ceil", "absolute", "sign", "log2", "log10",
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NUMPY)
def test_special_values_are_those_of_numpy(name: str, dtype: type) -> None:
    with np.errstate(all="ignore"):
        x = np.array(SPECIAL).astype(dtype)
        expected = getattr(np, name)(x)
        actual = sweep(name.replace("arc", "a"), x)
    odd = ~np.isfinite(expected) | (expected == 0)
    assert np.array_equal(actual[odd], expected[odd], equal_nan=True)
    assert np.array_equal(np.signbit(actual[expected == 0]), np.signbit(expected[expected == 0]))
    assert np.all(np.isfinite(actual[~odd]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_tails_of_sigmoid_and_softplus(dtype: type) -> None:
    x = np.array([-INF, -800.0, 0.0, 800.0, INF, math.nan], dtype)
    assert sweep("sigmoid", x)[:5].tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert sweep("softplus", x)[[0, 1, 3, 4]].tolist() == [0.0, 0.0, 800.0, INF]
    assert np.isnan(sweep("sigmoid", x)[5]) and np.isnan(sweep("softplus", x)[5])


@pytest.mark.parametrize("dtype", DTYPES)
def test_digamma_beside_its_root_and_at_its_poles(dtype: type) -> None:
    case = next(c for c in LIBRARY if c.name == "digamma")
    root = 1.4616321449683623
    around = root + np.array([-1.0, 1.0])[:, None] * 2.0 ** -np.arange(1.0, 60.0)
    assert_accurate(case, dtype, np.array([root, *around.ravel()], dtype))
    found = sweep("digamma", np.array([0.0, -0.0, -1.0, -30.0, INF, -INF, math.nan], dtype))
    assert found[[0, 1, 4]].tolist() == [-INF, INF, INF] and np.isnan(found[[2, 3, 5, 6]]).all()


def test_digamma_of_negative_numbers() -> None:
    x = -np.random.default_rng(4).uniform(0, 30, 300)
    terms = np.maximum(np.abs(np.pi / np.tan(np.pi * (x - np.rint(x)))), np.log1p(-x))
    with ctx.workprec(200):
        for point, value, term in zip(x.tolist(), sweep("digamma", x).tolist(), terms.tolist(), strict=True):
            assert abs(float(arb(value) - arb(point).digamma())) <= 3.5 * np.spacing(term)


def test_trigamma_of_negative_numbers_and_at_its_poles() -> None:
    x = -np.random.default_rng(5).uniform(0, 30, 300)
    with ctx.workprec(200):
        for point, value in zip(x.tolist(), sweep("trigamma", x).tolist(), strict=True):
            exact = (arb.pi() / (arb.pi() * arb(point)).sin()) ** 2 - arb(2).zeta(1 - arb(point))
            assert abs(float(arb(value) - exact)) <= 5.5 * np.spacing(value)
    found = sweep("trigamma", np.array([0.0, -0.0, -1.0, 1e-200, INF, -INF, math.nan]))
    assert found[:5].tolist() == [INF, INF, INF, INF, 0.0] and np.isnan(found[5:]).all()


def test_sigmoid_underflows_gradually() -> None:
    assert vecmath.sigmoid(-740.0) == vecmath.softplus(-740.0) == math.exp(-740.0) > 0.0


@pytest.mark.parametrize("dtype", DTYPES)
def test_conventions_at_zero(dtype: type) -> None:
    nan = math.nan
    table = {  # (x, y): (absorb, xlogy, rel_entr)
        (0.0, nan): (0.0, 0.0, nan),
        (-0.0, INF): (0.0, 0.0, 0.0),
        (0.0, 0.0): (0.0, 0.0, 0.0),
        (0.0, 2.0): (0.0, 0.0, 0.0),
        (0.0, -1.0): (0.0, 0.0, nan),
        (2.0, 0.0): (0.0, -INF, INF),
        (2.0, 2.0): (4.0, 2 * math.log(2), 0.0),
        (-1.0, 1.0): (-1.0, 0.0, nan),
        (1.0, -1.0): (-1.0, nan, nan),
        (2.0, INF): (INF, INF, -INF),
        (INF, 2.0): (INF, INF, INF),
        (INF, INF): (INF, INF, nan),
        (INF, 0.0): (nan, -INF, INF),
        (nan, 1.0): (nan, nan, nan),
        (1.0, nan): (nan, nan, nan),
        (nan, 0.0): (nan, nan, nan),
    }
    x, y = (np.array(column, dtype) for column in zip(*table, strict=True))
    for k, name in enumerate(("absorb", "xlogy", "rel_entr")):
        expected = np.array([row[k] for row in table.values()]).astype(dtype)
        assert np.array_equal(sweep(name, x, y), expected, equal_nan=True), name


def test_relative_entropy_where_the_quotient_is_out_of_range() -> None:
    for p, q in ((1e-300, 1e300), (1e300, 1e-300), (5e-324, 1.7e308), (1e-310, 1e-320), (5e-324, 1.0)):
        x, y = np.array([p]), np.array([q])
        worst, _ = worst_ulp(sweep("rel_entr", x, y), lambda p, q: p * (p / q).log(), x, y)
        assert worst <= 1.6


def result_type(name: str, *arguments: types.Type) -> types.Type:
    function = getattr(vecmath, name)
    kernel = JIT(lambda x: function(x)) if len(arguments) == 1 else JIT(lambda x, y: function(x, y))
    kernel.compile(arguments)
    return kernel.overloads[arguments].signature.return_type


def test_types_follow_the_arguments() -> None:
    f4, f8, i8, b1 = types.float32, types.float64, types.int64, types.boolean
    for name in ("exp", "sin"):
        assert [result_type(name, t) for t in (f4, f8, i8, b1)] == [f4, f8, f8, f8]
    for name in ("power", "absorb", "fold_add"):
        assert [result_type(name, *t) for t in ((f4, f4), (f8, f4), (f4, f8), (f8, f8))] == [f4, f8, f8, f8]


def test_python_may_call_them_too() -> None:
    assert vecmath.exp(0) == 1.0
    assert vecmath.atan2(1.0, -1.0) == math.atan2(1.0, -1.0)
    assert vecmath.exp.__doc__ and vecmath.atan2.__doc__ and vecmath.atan2.__name__ == "atan2"


@pytest.mark.parametrize("dtype", DTYPES)
def test_error_free_transformations(dtype: type) -> None:
    rng = np.random.default_rng(7)
    left, right = ((rng.normal(size=200) * 2.0 ** rng.integers(-20, 20, 200)).astype(dtype) for _ in range(2))

    @JIT
    def both(x, y):
        return vecmath.two_sum(x, y), vecmath.two_prod(x, y)

    for x, y in zip(left, right, strict=True):
        (s, s_tail), (p, p_tail) = both(x, y)
        a, b = Fraction(float(x)), Fraction(float(y))
        assert Fraction(float(s)) + Fraction(float(s_tail)) == a + b
        assert Fraction(float(p)) + Fraction(float(p_tail)) == a * b


# Fold steps.


@JIT
def total(x):
    acc = 0.0
    for i in range(x.size):
        acc = vecmath.fold_add(acc, x[i])
    return acc


@JIT
def inner(x):
    acc = 0.0
    for i in range(x.size):
        acc = vecmath.fold_fma(acc, x[i], x[i])
    return acc


@JIT
def product(x):
    acc = 1.0
    for i in range(x.size):
        acc = vecmath.fold_mul(acc, x[i])
    return acc


@JIT
def largest(x):
    acc = -np.inf
    for i in range(x.size):
        acc = vecmath.fold_max(acc, x[i])
    return acc


@JIT
def smallest(x):
    acc = np.inf
    for i in range(x.size):
        acc = vecmath.fold_min(acc, x[i])
    return acc


FOLDS: dict[str, tuple[Any, Callable[[np.ndarray], float]]] = {
    "total": (total, np.sum),
    "inner": (inner, lambda x: np.sum(x * x)),
    "product": (product, np.prod),
    "largest": (largest, lambda x: np.max(x, initial=-INF)),
    "smallest": (smallest, lambda x: np.min(x, initial=INF)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("size", [0, 1, 7, 64, 333])
def test_folds_agree_with_numpy(name: str, size: int, dtype: type) -> None:
    fold, expected = FOLDS[name]
    x = np.random.default_rng(size).uniform(0.5, 1.5, size).astype(dtype)
    # n additions of positive terms, in any order: at most n/2 ulp from NumPy's own sum of them.
    assert fold(x) == pytest.approx(expected(x.astype(np.float64)), rel=max(size, 1) * 2.0**-52, abs=0.0)


@pytest.mark.parametrize("size", [1, 2, 31, 64])
@pytest.mark.parametrize("odd", [math.nan, INF, -INF])
def test_extrema_propagate_nan_and_infinity(odd: float, size: int) -> None:
    for place in {0, size // 2, size - 1}:
        x = np.linspace(-1.0, 1.0, size)
        x[place] = odd
        assert np.array_equal([largest(x), smallest(x)], [np.max(x), np.min(x)], equal_nan=True)


# Machine code.

MAPPED = [c.name for c in VECTORISED] + ["floor", "ceil", "absolute", "sign"]


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MAPPED)
def test_loop_is_vectorised(name: str, dtype: type) -> None:
    kernel = mapped(name)
    array = types.Array(types.float64 if dtype is np.float64 else types.float32, 1, "C")
    kernel.compile((array, array))
    assert_vectorised(kernel, (array, array))


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["absorb", "xlogy", "rel_entr"])
def test_reduction_of_terms_is_vectorised(name: str, dtype: type) -> None:
    function = getattr(vecmath, name)

    @JIT
    def kernel(x, y):
        acc = 0.0
        for i in range(x.size):
            acc = vecmath.fold_add(acc, function(x[i], y[i]))
        return acc

    kernel(np.ones(8, dtype), np.ones(8, dtype))
    assert_vectorised(kernel, kernel.signatures[0])


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", ["fold_add", "fold_mul", "fold_max", "fold_min"])
def test_fold_is_vectorised(step: str, dtype: type) -> None:
    function = getattr(vecmath, step)

    @JIT
    def kernel(x, start):
        acc = start
        for i in range(x.size):
            acc = function(acc, x[i])
        return acc

    kernel(np.ones(8, dtype), 1.0)
    assert_vectorised(kernel, kernel.signatures[0])


def test_only_folds_are_reordered() -> None:
    @JIT
    def kernel(x):
        acc = 0.0
        for i in range(x.size):
            acc += x[i]
        return acc

    x = np.array([1e16, 1.0, -1e16, 1.0] * 8)
    expected = 0.0
    for value in x.tolist():
        expected += value
    assert kernel(x) == expected


def test_wide_vectors_change_no_bit() -> None:
    @JIT
    def wide(x, out):
        vecmath.use_wide_vectors()
        for i in range(x.size):
            out[i] = vecmath.exp(x[i])

    x = np.linspace(-750, 720, 1001)
    out = np.empty_like(x)
    wide(x, out)
    assert np.array_equal(out, sweep("exp", x))


FALLBACK = """
import math
import numpy as np
from numba import njit
from texjit.runtime import vecmath as v
assert not v.HAS_FMA
@njit(error_model="numpy")
def kernel(x):
    return (v.exp(x), v.log(x), v.log1p(x), v.expm1(x), v.tanh(x), v.sigmoid(x), v.softplus(x),
            v.rel_entr(x, 3.0), v.sin(x), v.cos(x), v.erf(x), v.erfc(x), v.power(x, 3.0), v.pow1p(x, 3.0),
            v.exp_diff(x, 1.0), v.expm1x(x), v.log1mexp(-x), v.logaddexp(x, x), v.log1pmx(x), v.norm_cdf(x))
for x in (0.7, np.float32(0.7)):
    x64 = float(x)
    expected = (np.exp(x64), np.log(x64), np.log1p(x64), np.expm1(x64), np.tanh(x64), 1 / (1 + np.exp(-x64)),
                np.log1p(np.exp(x64)), x64 * np.log(x64 / 3.0), np.sin(x64), np.cos(x64), math.erf(x64),
                math.erfc(x64), x64**3, (1 + x64)**3, np.exp(x64 - 1), np.expm1(x64) - x64,
                np.log(-np.expm1(-x64)), x64 + np.log(2), (1 + x64) * np.log1p(x64) - x64,
                math.erfc(-x64 / math.sqrt(2)) / 2)
    np.testing.assert_allclose(kernel(x), expected, rtol=8 * np.finfo(type(x)).eps)
assert np.isnan(v.log(-1.0)) and v.log(0.0) == -np.inf
"""


@pytest.mark.skipif(not vecmath.HAS_FMA, reason="every other test has seen the fallback")
@pytest.mark.skipif(sys.platform == "darwin" or os.uname().machine != "x86_64", reason="x86 without FMA")
def test_without_fma_they_come_from_libm() -> None:
    environment = {**os.environ, "NUMBA_CPU_NAME": "nocona", "NUMBA_CPU_FEATURES": "+sse2"}
    subprocess.run([sys.executable, "-c", FALLBACK], env=environment, check=True, timeout=120)


@pytest.mark.slow
def test_polynomials_are_those_of_remez() -> None:
    for fit in remez.fits():
        home = importlib.import_module(f"texjit.runtime.{fit.home}")
        assert tuple(float(c) for c in getattr(home, fit.name)) == remez.minimax(fit)[0], fit.name


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_difference_of_products_keeps_its_digits(dtype):
    @JIT
    def kernel(a, b, c, d):
        return vecmath.products_difference(a, b, c, d)

    rng = np.random.default_rng(5)
    for _ in range(500):
        a, b, c = rng.standard_normal(3).astype(dtype)
        d = dtype(a * b / c)  # the two products agree to the last digits
        exact = Fraction(float(a)) * Fraction(float(b)) - Fraction(float(c)) * Fraction(float(d))
        got = Fraction(float(kernel(a, b, c, d)))
        assert abs(got - exact) <= 2 * abs(exact) * Fraction(float(np.finfo(dtype).eps))
    assert kernel(dtype(INF), dtype(1), dtype(1), dtype(1)) == INF
    assert kernel(dtype(1), dtype(1), dtype(INF), dtype(1)) == -INF


@pytest.mark.parametrize(
    "x, y, expected",
    [(0.0, 2.0, -INF), (2.0, 0.0, INF), (2.0, INF, -INF), (INF, 2.0, INF), (-2.0, -2.0, 0.0), (-1.0, 2.0, math.nan),
     (0.0, 0.0, math.nan)],
)  # fmt: skip
def test_logarithms_of_quotients_have_the_quotients_limits(x, y, expected):
    assert np.array_equal(vecmath.log_ratio(x, y), expected, equal_nan=True)


def test_hypotenuses_of_infinite_sides():
    assert vecmath.hypot(INF, math.nan) == INF
    assert vecmath.hypot(0.0, 0.0) == 0.0
