"""The error function and the normal distribution: certified errors, both tails, and machine code."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb, ctx
from numba import types

from texjit.runtime import vecmath

from .sweeps import DTYPES, Case, assert_accurate, assert_vectorised, mapped, name_of, needs_avx2, sweep
from .ulps import adversarial

INF = math.inf


def normal(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def log_normal(x: arb) -> arb:
    return normal(x).log() if x < 5 else (-normal(-x)).log1p()


def scaled(x: arb) -> arb:
    with ctx.workprec(4000):
        return (x * x).exp() * x.erfc()


CASES = [
    Case("erf", lambda x: x.erf(), -INF, INF, 0.95, 0.51),
    Case("erfc", lambda x: x.erfc(), -1e4, 1e4, 1.4, 0.51),
    Case("erfcx", scaled, -50.0, 500.0, 1.4, 0.51),
    Case("norm_cdf", normal, -1e4, 1e4, 1.4, 0.51),
    Case("log_norm_cdf", log_normal, -300.0, 1e4, 1.45, 0.51),
]


def points(case: Case, dtype: type, count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    both = np.concatenate([rng.uniform(-6, 6, count), rng.uniform(-40, 40, count)]).astype(dtype)
    return np.concatenate([adversarial(dtype, count, case.low, case.high, seed), both])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, points(case, dtype, 100))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, points(case, dtype, 10_000, seed=5))


ENDS = {  # at 0, -0, inf, -inf
    "erf": (0.0, -0.0, 1.0, -1.0),
    "erfc": (1.0, 1.0, 0.0, 2.0),
    "erfcx": (1.0, 1.0, 0.0, INF),
    "norm_cdf": (0.5, 0.5, 1.0, 0.0),
    "log_norm_cdf": (-math.log(2), -math.log(2), 0.0, -INF),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ENDS)
def test_ends(name: str, dtype: type) -> None:
    found = sweep(name, np.array([0.0, -0.0, INF, -INF, math.nan], dtype))
    expected = np.array(ENDS[name], dtype)
    assert np.array_equal(found[:4], expected) and np.isnan(found[4])
    if name == "erf":
        assert np.array_equal(np.signbit(found[:2]), [False, True])


def test_tails_stay_in_range() -> None:
    # Asymptotically erfcx x = 1/(x √π), and log Φ(x) = -x²/2 - log(-x √(2π)).
    assert vecmath.erfcx(1e300) == pytest.approx(1e-300 / math.sqrt(math.pi), rel=1e-15)
    assert vecmath.log_norm_cdf(-1e150) == pytest.approx(-5e299, rel=1e-15)
    assert vecmath.log_norm_cdf(-50.0) == pytest.approx(-1254.8313611394, rel=1e-12)
    assert vecmath.log_norm_cdf(38.0) == -vecmath.norm_cdf(-38.0) < 0.0
    assert vecmath.erfc(27.2) > 0.0 and vecmath.norm_cdf(-38.4) > 0.0


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_loop_is_vectorised(case: Case, dtype: type) -> None:
    kernel = mapped(case.name)
    array = types.Array(types.float64 if dtype is np.float64 else types.float32, 1, "C")
    kernel.compile((array,) * 2)
    assert_vectorised(kernel, (array,) * 2)
