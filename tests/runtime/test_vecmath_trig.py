"""Sine and cosine: certified errors over all floats, those next to multiples of π/2 above all, and machine code."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx
from numba import types

from texjit.runtime import vecmath

from .sweeps import DTYPES, Case, assert_accurate, assert_vectorised, mapped, name_of, needs_avx2, sweep
from .ulps import adversarial

INF = math.inf


def reduced(function: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """A periodic function in enough bits for the largest floats."""

    def exact(x: arb) -> arb:
        with ctx.workprec(1300):
            return function(x)

    return exact


CASES = [
    Case("sin", reduced(lambda x: x.sin()), -INF, INF, 0.8, 0.51),
    Case("cos", reduced(lambda x: x.cos()), -INF, INF, 0.8, 0.51),
]


def near_multiples(dtype: type, step: int) -> np.ndarray:
    """Floats M 2^E nearest to multiples of π/2: M is the denominator of a convergent of 2^E 2/π."""
    digits = np.finfo(dtype).nmant + 1
    found = []
    with mp.workprec(1400):
        for exponent in range(-40, np.finfo(dtype).maxexp - digits, step):
            rest = mp.frac(mp.mpf(2) ** exponent * 2 / mp.pi)
            before, denominator = 0, 1
            while True:
                rest = 1 / rest
                before, denominator = denominator, int(mp.floor(rest)) * denominator + before
                rest = mp.frac(rest)
                if denominator >= 2**digits:
                    break
                found.append(math.ldexp(denominator, exponent))
    x = np.array(found).astype(dtype)
    return np.concatenate([x, -x, np.nextafter(x, dtype(INF))])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound(case: Case, dtype: type) -> None:
    assert_accurate(case, dtype, np.concatenate([adversarial(dtype, 200, -INF, INF), near_multiples(dtype, 61)]))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_error_is_within_its_bound_on_many_points(case: Case, dtype: type) -> None:
    near = np.random.default_rng(1).uniform(-1e3, 1e3, 200_000).astype(dtype)
    points = [adversarial(dtype, 50_000, -INF, INF, seed=5), near_multiples(dtype, 1), near]
    assert_accurate(case, dtype, np.concatenate(points))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ends(dtype: type) -> None:
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, tiny, -tiny, INF, -INF, math.nan], dtype)
    sine, cosine = sweep("sin", x), sweep("cos", x)
    assert np.array_equal(sine[:4], x[:4]) and np.array_equal(np.signbit(sine[:4]), np.signbit(x[:4]))
    assert np.array_equal(cosine[:4], np.ones(4))
    assert np.isnan(sine[4:]).all() and np.isnan(cosine[4:]).all()


def test_sine_of_pi_is_what_the_float_of_pi_misses() -> None:
    assert vecmath.sin(math.pi) == 1.2246467991473532e-16


@needs_avx2
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_loop_is_vectorised(case: Case, dtype: type) -> None:
    kernel = mapped(case.name)
    array = types.Array(types.float64 if dtype is np.float64 else types.float32, 1, "C")
    kernel.compile((array,) * 2)
    assert_vectorised(kernel, (array,) * 2)
