"""Elementary functions over a million elements, beside NumPy and SciPy; run with --benchmark-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy import special

from texjit.runtime import vecmath

SIZE = 1_000_000
PEERS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "tanh": np.tanh,
    "sigmoid": lambda x, out: np.divide(1.0, 1.0 + np.exp(-x), out=out),
    "softplus": lambda x, out: np.logaddexp(0.0, x, out=out),
    "sin": np.sin,
    "cos": np.cos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "cbrt": np.cbrt,
    "erf": special.erf,
    "erfc": special.erfc,
    "erfcx": special.erfcx,
    "norm_cdf": special.ndtr,
    "log_norm_cdf": special.log_ndtr,
    "digamma": special.psi,
    "lgamma": special.gammaln,
    "expm1x": lambda x, out: np.subtract(np.expm1(x), x, out=out),
    "log1pmx": lambda x, out: np.subtract((1 + x) * np.log1p(x), x, out=out),
}
PEERS_OF_TWO: dict[str, Callable[..., Any]] = {
    "power": np.power,
    "pow1p": lambda x, y, out: np.power(1 + x, y, out=out),
    "exp_diff": lambda x, y, out: np.exp(x - y, out=out),
    "logaddexp": np.logaddexp,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("side", ["texjit", "numpy"])
@pytest.mark.parametrize("name", PEERS)
def test_map(benchmark: Any, name: str, side: str, dtype: type) -> None:
    benchmark.group = f"{name} {dtype.__name__}"
    x = np.random.default_rng(0).uniform(0.1, 5.0, SIZE).astype(dtype)
    out = np.empty_like(x)
    function = getattr(vecmath, name)

    @njit(error_model="numpy", nogil=True)
    def kernel(x, out):
        vecmath.use_wide_vectors()
        for i in range(x.size):
            out[i] = function(x[i])

    run = kernel if side == "texjit" else PEERS[name]
    run(x, out)
    benchmark(run, x, out)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("side", ["texjit", "numpy"])
@pytest.mark.parametrize("name", PEERS_OF_TWO)
def test_map_of_two(benchmark: Any, name: str, side: str, dtype: type) -> None:
    benchmark.group = f"{name} {dtype.__name__}"
    x, y = (np.random.default_rng(seed).uniform(0.1, 5.0, SIZE).astype(dtype) for seed in (0, 1))
    out = np.empty_like(x)
    function = getattr(vecmath, name)

    @njit(error_model="numpy", nogil=True)
    def kernel(x, y, out):
        vecmath.use_wide_vectors()
        for i in range(x.size):
            out[i] = function(x[i], y[i])

    run = kernel if side == "texjit" else PEERS_OF_TWO[name]
    run(x, y, out)
    benchmark(run, x, y, out)


@njit(error_model="numpy", nogil=True)
def divergence(p, q):
    vecmath.use_wide_vectors()
    acc = 0.0
    for i in range(p.size):
        acc = vecmath.fold_add(acc, vecmath.rel_entr(p[i], q[i]))
    return acc


@pytest.mark.parametrize("side", ["texjit", "numpy"])
def test_kl(benchmark: Any, side: str) -> None:
    benchmark.group = "KL float64"
    p, q = (np.random.default_rng(seed).dirichlet(np.ones(SIZE)) for seed in (1, 2))
    run = divergence if side == "texjit" else (lambda p, q: np.sum(p * np.log(p / q)))
    # NumPy's plain formula has lost some digits of each term; 1e-12 only says that both compute one thing.
    assert run(p, q) == pytest.approx(divergence(p, q), rel=1e-12)
    benchmark(run, p, q)
