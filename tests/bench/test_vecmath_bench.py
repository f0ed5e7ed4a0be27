"""Elementary functions over a million elements, beside NumPy; run with --benchmark-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

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
