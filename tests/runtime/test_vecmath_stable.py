"""Functions whose plain formulas cancel: certified errors, values at the ends, and their machine code."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from flint import arb, ctx
from numba import types

from texjit.runtime import vecmath

from .sweeps import DTYPES, Case, assert_accurate, assert_vectorised, mapped, name_of, needs_avx2, sweep
from .ulps import adversarial

INF, NAN = math.inf, math.nan


def wide(formula: Callable[..., arb]) -> Callable[..., arb]:
    """A formula that cancels, in enough bits for the smallest floats."""

    def exact(*arguments: arb) -> arb:
        with ctx.workprec(3000):
            return formula(*arguments)

    return exact


def entropy(u: arb) -> arb:
    return arb(0) if u == 0 else u * u.log()


def log1mexp(x: arb) -> arb:
    return (-x.expm1()).log() if x > -1 else (-x.exp()).log1p()


UNARY = [
    Case("expm1x", wide(lambda x: x.expm1() - x), -1e6, 1e6, 0.9, 0.51),
    Case("log1mexp", log1mexp, -1e4, -1e-45, 0.85, 0.51),
    Case("log1p_gap", wide(lambda t: t - (1 + t).log()), -1 + 2**-24, 1e306, 2.0, 0.51),
    Case("log_gap", wide(lambda x: x - 1 - x.log()), 2**-60, 1e306, 2.3, 0.51),
    Case("log1pmx", wide(lambda t: entropy(1 + t) - t), -1.0, 1e306, 1.8, 0.51),
    Case("js_psi", wide(lambda t: (entropy(1 + t) + entropy(1 - t)) / 2), -1.0, 1.0, 0.8, 0.51),
]
BINARY = [
    Case("sigmoid_diff", lambda a, b: 1 / (1 + (b - a).exp()), -600.0, 600.0, 2.6, 0.51),
    Case("softplus_diff", lambda a, b: (a - b).exp().log1p(), -600.0, 600.0, 2.0, 0.51),
    Case("exp_diff", lambda a, b: (a - b).exp(), -1e3, 1e3, 0.75, 0.9),
    Case("exp_sum", lambda x, tail: (x + tail).exp(), -1e3, 1e3, 0.75, 0.9),
    # Between arguments of one sign; a result near 0 from others has lost what the float of log1p has.
    Case("logaddexp", lambda a, b: a + (b - a).exp().log1p(), 0.0, 1e3, 0.6, 0.51),
]


def pairs(case: Case, dtype: type, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Unrelated arguments and near ones; for a sum, its float and what that lost."""
    rng = np.random.default_rng(seed)
    x = adversarial(dtype, count, case.low, case.high, seed)
    x = np.concatenate([x, x])
    near = (x[: x.size // 2] + rng.uniform(-30, 30, x.size // 2)).astype(dtype)
    y = np.concatenate([rng.permutation(x[: x.size // 2]), near])
    if case.name == "exp_sum":
        # The part of a float64 pair that the sum lost, found by Knuth's exact steps.
        total = x + y
        t = total - x
        return total, (x - (total - t)) + (y - t)
    if case.name == "logaddexp":
        y = np.abs(y)
        sign = np.where(rng.random(x.size) < 0.5, dtype(1), dtype(-1))
        # Negative ones so far down that their sum of exponentials stays below 1.
        return np.where(sign < 0, -5 - x, x), np.where(sign < 0, -5 - y, y)
    return x, y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", UNARY, ids=name_of)
def test_error_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, adversarial(dtype, 200, case.low, case.high))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", BINARY, ids=name_of)
def test_error_of_two_arguments_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, *pairs(case, dtype, 200))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", UNARY, ids=name_of)
def test_error_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, adversarial(dtype, 20_000, case.low, case.high, seed=5))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", BINARY, ids=name_of)
def test_error_of_two_arguments_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, *pairs(case, dtype, 50_000, seed=5))


ENDS = {
    "expm1x": {0.0: 0.0, INF: INF, -INF: INF, NAN: NAN, 800.0: INF, -1e300: 1e300, 5e-324: 0.0},
    "log1mexp": {0.0: -INF, -INF: 0.0, 1.0: NAN, INF: NAN, NAN: NAN, -800.0: 0.0},
    "log1p_gap": {0.0: 0.0, -1.0: INF, -1.5: NAN, -INF: NAN, INF: INF, NAN: NAN, 1e-300: 0.0},
    "log_gap": {0.0: INF, 1.0: 0.0, -1.5: NAN, -INF: NAN, INF: INF, NAN: NAN},
    "log1pmx": {0.0: 0.0, -1.0: 1.0, -1.5: NAN, -INF: NAN, INF: INF, NAN: NAN, 1e-300: 0.0},
    "js_psi": {0.0: 0.0, 1.0: math.log(2), -1.0: math.log(2), 1.5: NAN, INF: NAN, -INF: NAN, NAN: NAN},
}
PAIRS = {
    "exp_diff": {
        (-INF, 1.0): 0.0, (INF, 1.0): INF, (1.0, INF): 0.0, (1.0, -INF): INF, (INF, INF): NAN, (-INF, -INF): NAN,
        (NAN, 1.0): NAN, (1.0, NAN): NAN, (3e38, -3e38): INF, (-3e38, 3e38): 0.0, (2.0, 2.0): 1.0, (-0.0, 0.0): 1.0,
    },
    "exp_sum": {
        (-INF, NAN): 0.0, (INF, NAN): INF, (NAN, 0.0): NAN, (0.0, 0.0): 1.0, (3e38, 1e20): INF,
        (-3e38, 1e20): 0.0,
    },
    "logaddexp": {
        (INF, INF): INF, (-INF, -INF): -INF, (INF, -INF): INF, (-INF, 2.0): 2.0, (2.0, -INF): 2.0, (NAN, INF): NAN,
        (INF, NAN): NAN, (NAN, 1.0): NAN, (-INF, NAN): NAN, (3e38, -3e38): 3e38, (0.0, 0.0): math.log(2),
    },
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ENDS)
def test_ends(name: str, dtype: type) -> None:
    with np.errstate(over="ignore"):
        x, expected = (np.array(list(column)).astype(dtype) for column in (ENDS[name], ENDS[name].values()))
    assert np.array_equal(sweep(name, x), expected, equal_nan=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_ends_of_two_arguments(name: str, dtype: type) -> None:
    x, y = (np.array(column, dtype) for column in zip(*PAIRS[name], strict=True))
    expected = np.array(list(PAIRS[name].values())).astype(dtype)
    assert np.array_equal(sweep(name, x, y), expected, equal_nan=True)


def test_exp_diff_keeps_what_the_difference_loses() -> None:
    a, b = 700.3, 0.1
    assert vecmath.exp_diff(a, b) != math.exp(a - b)
    assert abs(vecmath.exp_diff(a, b) / (math.exp(a) / math.exp(b)) - 1) < 1e-13


def test_logaddexp_of_a_sum_near_one_is_near_zero() -> None:
    # The exact sum differs from 1 by the rounding of log 2 alone.
    x = -math.log(2)
    assert vecmath.logaddexp(x, x) == pytest.approx(2.3190468138462996e-17, rel=1e-8)


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", UNARY + BINARY, ids=name_of)
def test_loop_is_vectorised(case: Case, dtype: type) -> None:
    arity = 1 if case in UNARY else 2
    kernel = mapped(case.name, arity)
    array = types.Array(types.float64 if dtype is np.float64 else types.float32, 1, "C")
    kernel.compile((array,) * (arity + 1))
    assert_vectorised(kernel, (array,) * (arity + 1))
