"""Powers: certified errors over all exponents, the special values of C, and machine code."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numba import types

from texjit.runtime import vecmath

from .sweeps import DTYPES, Case, assert_accurate, assert_vectorised, mapped, name_of, needs_avx2, sweep
from .ulps import adversarial

INF, NAN = math.inf, math.nan
CASES = [
    Case("power", lambda x, y: (y * x.log()).exp(), 1e-45, INF, 0.8, 0.51),
    Case("pow1p", lambda a, y: (y * a.log1p()).exp(), -1 + 2**-24, 1e30, 1.1, 0.51),
]


def exponents(case: Case, dtype: type, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Bases with exponents that spread the results over all floats, large ones where the base is near 1."""
    rng = np.random.default_rng(seed)
    x = adversarial(dtype, count, case.low, case.high, seed)
    if case.name == "pow1p":
        lowest = np.finfo(dtype).minexp
        x = np.concatenate([x, (rng.choice([-1, 1], count) * 2.0 ** rng.uniform(lowest, 0, count)).astype(dtype)])
    logarithm = (np.log if case.name == "power" else np.log1p)(x.astype(np.float64))
    reach = 745.0 if dtype is np.float64 else 104.0
    with np.errstate(divide="ignore", over="ignore"):
        y = (rng.uniform(-reach, reach, x.size) * rng.choice([1.0, 0.1, 1e-3], x.size) / logarithm).astype(dtype)
    y = np.where(rng.random(x.size) < 0.2, np.round(rng.uniform(-20, 20, x.size)).astype(dtype), y)
    usable = np.isfinite(y) & (logarithm != 0)
    return x[usable], y[usable]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, *exponents(case, dtype, 300))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, *exponents(case, dtype, 100_000, seed=5))


SPECIAL = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5, 3e38, -3e38, 1e-45, -1e-45]
SPECIAL += [1e16, 2.0**53 + 2, -1e9 - 1, 1e-300, 1e300]


def special_pairs(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore"):
        x, y = (np.array(column).astype(dtype) for column in zip(*itertools.product(SPECIAL, SPECIAL), strict=True))
    return x, y


def assert_like(actual: np.ndarray, expected: np.ndarray) -> None:
    """The same NaN, infinities, signed zeros; and finite values alike."""
    assert np.array_equal(np.isnan(actual), np.isnan(expected))
    known = ~np.isnan(expected)
    assert np.array_equal(np.signbit(actual[known]), np.signbit(expected[known]))
    odd = known & (~np.isfinite(expected) | (expected == 0))
    assert np.array_equal(actual[odd], expected[odd])
    plain = known & ~odd
    np.testing.assert_allclose(actual[plain], expected[plain], rtol=2 * float(np.finfo(actual.dtype).eps))


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_values_are_those_of_c(dtype: type) -> None:
    x, y = special_pairs(dtype)
    with np.errstate(all="ignore"):
        assert_like(sweep("power", x, y), np.power(x, y))


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_values_of_sums_that_are_exact(dtype: type) -> None:
    a, y = special_pairs(dtype)
    with np.errstate(all="ignore"):
        u = dtype(1) + a
        exact = (u.astype(np.longdouble) - 1 == a) | ~np.isfinite(a)
        assert_like(sweep("pow1p", a, y)[exact], np.power(u, y)[exact])


def test_exact_powers_are_exact() -> None:
    for x in range(1, 12):
        for n in range(int(53 / math.log2(x + 1))):
            assert vecmath.power(float(x), float(n)) == float(x**n)
            assert vecmath.power(-float(x), float(n)) == float((-x) ** n)


def test_compound_interest() -> None:
    # (1 + r/n)^n with n = 10^16: the sum alone would round to 1.
    assert vecmath.pow1p(0.05 / 1e16, 1e16) == pytest.approx(math.exp(0.05), rel=4e-16)
    assert vecmath.pow1p(5e-324, INF) == INF and vecmath.pow1p(-5e-324, INF) == 0.0
    assert vecmath.pow1p(1e-300, 1e300) == pytest.approx(math.e, rel=4e-16)


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_loop_is_vectorised(case: Case, dtype: type) -> None:
    kernel = mapped(case.name, 2)
    array = types.Array(types.float64 if dtype is np.float64 else types.float32, 1, "C")
    kernel.compile((array,) * 3)
    assert_vectorised(kernel, (array,) * 3)
