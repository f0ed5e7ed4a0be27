"""Kernels that go over to double-double arithmetic: when, in which part, and what stays the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import texjit as tj
from texjit.runtime.kernel import AccuracyWarning

m = mpmath.MPContext()
m.prec = 200

HEAVY = r"f(x, v)_i = \log\Gamma\left(\frac{v+1}{2}\right) - \log\Gamma\left(\frac{v}{2}\right) - x_i^2"
SINE = r"f(x) = x - \sin x"


@pytest.fixture(scope="module")
def heavy() -> Any:
    k = tj.compile(HEAVY, where="x in R^n; v > 0")
    k(np.zeros(2), 1.0)
    return k


@pytest.fixture(scope="module")
def sine() -> Any:
    k = tj.compile(SINE)
    k(0.5)
    return k


def exact(x: np.ndarray, v: float) -> np.ndarray:
    c = m.loggamma((m.mpf(v) + 1) / 2) - m.loggamma(m.mpf(v) / 2)
    return np.array([float(c - m.mpf(float(a)) ** 2) for a in x.ravel()]).reshape(x.shape)


def test_numbers_alone_are_pairs_where_that_will_do(heavy: Any) -> None:
    assert heavy.double_double and heavy.pairs == "numbers"
    assert "arithmetic: double-double" in heavy.explain()
    x = np.array([0.5, -2.0, 1.25])
    for v in (0.75, 3.0, 1e9, 1e14):
        np.testing.assert_allclose(heavy(x, v), exact(x, v), rtol=4e-16)


def test_leading_axes_and_dtypes(heavy: Any, sine: Any) -> None:
    x, v = np.random.default_rng(0).normal(size=(4, 2, 3)), np.array([1e10, 2.5])
    found = heavy(x, v)
    assert found.shape == (4, 2, 3)
    for k in range(2):
        np.testing.assert_allclose(found[:, k], exact(x[:, k], v[k]), rtol=4e-16)
    x = x[:, 1].astype(np.float32)
    single = heavy(x, np.float32(2.5))
    assert single.dtype == np.float32
    # Squares of elements are rounded to float32, as in every float32 kernel.
    np.testing.assert_allclose(single, exact(x, 2.5), rtol=2.0**-24, atol=2.0**-24 * float((x * x).max()))
    small = np.geomspace(1e-6, 1.0, 7).reshape(7, 1)
    want = [float(m.mpf(a) - m.sin(m.mpf(a))) for a in small.ravel()]
    np.testing.assert_allclose(sine(small).ravel(), want, rtol=2.3e-16)
    assert sine.program.pairs == sine.pairs


def test_wide_arguments_are_what_floats_make_of_them(sine: Any) -> None:
    for x in (np.inf, np.nan):
        assert np.isnan(sine(x))
    assert sine(1e300) == 1e300


def test_sweeps_keep_to_floats_and_name_the_other_arithmetic() -> None:
    k = tj.compile(r"g(x) = x - \sin x")
    sweep = tj.value_and_grad(k)
    with pytest.warns(AccuracyWarning, match=r"precise\(\)"):
        sweep(0.5)
    assert not sweep.double_double
    value, slope = sweep.precise()(1e-3)
    assert value == pytest.approx(float(m.mpf(1e-3) - m.sin(m.mpf(1e-3))), rel=2.3e-16)
    assert slope == pytest.approx(float(1 - m.cos(m.mpf(1e-3))), rel=2.3e-16)


@pytest.mark.slow
def test_written_modules_hold_the_arithmetic_of_the_kernel(sine: Any, tmp_path: Path) -> None:
    tj.export(sine, tmp_path, name="waves")
    code = "import waves; print(*(waves.f(x).hex() for x in (1e-5, 0.25, 3.0)))"
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert out.stdout.split() == [float(sine(x)).hex() for x in (1e-5, 0.25, 3.0)]


def test_another_process_finds_the_choice_in_the_cache(sine: Any) -> None:
    code = f"import texjit as tj; k = tj.compile({SINE!r}); print(float(k(1e-5)).hex(), k.double_double)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [float(sine(1e-5)).hex(), "True"]


def test_renamed_kernels_and_kernels_that_are_accurate_stay(sine: Any) -> None:
    assert sine.renamed("h").double_double
    k = tj.compile(r"q(x) = x^2 + 1")
    assert k(2.0) == 5.0 and not k.double_double and "arithmetic" not in k.explain()
