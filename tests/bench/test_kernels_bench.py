"""Compiled kernels beside hand-written numba loops with the same elementary functions.

Run with ``python -m pytest tests/bench/test_kernels_bench.py --benchmark-only
--benchmark-group-by=group``; compare within a group.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

import texjit as tj
from texjit.runtime.vecmath import exp, fold_add, fold_fma, fold_max, log, log1p, rel_entr, use_wide_vectors

jit = njit(error_model="numpy", nogil=True)

FORMULAS = {
    "KL": r"KL(P||Q) = \sum_{x} P(x) \log\frac{P(x)}{Q(x)}",
    "BCE": r"B(y, q) = -\frac{1}{N}\sum_{i=1}^{N} [y_i \log q_i + (1-y_i)\log(1-q_i)]",
    "MSE": r"M(y, q) = \frac{1}{N}\sum_{i=1}^{N} (y_i - q_i)^2",
    "softmax": r"s(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}",
    "LayerNorm": r"$$L(x) = \gamma \cdot \frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta$$ "
    r"where $\mu = \frac{1}{H}\sum_{i=1}^{H} x_i$ and $\sigma^2 = \frac{1}{H}\sum_{i=1}^{H}(x_i-\mu)^2$",
    "attention": r"$$s(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$ "
    r"$$A(Q,K,V) = s\left(\frac{QK^T}{\sqrt{d_k}}\right)V$$",
}


@jit
def hand_kl(p, q):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    acc = 0.0
    for i in range(p.shape[0]):
        acc = fold_add(acc, rel_entr(p[i], q[i]))
    return acc


@jit
def hand_bce(y, q):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    acc = 0.0
    for i in range(y.shape[0]):
        acc = fold_add(acc, y[i] * log(q[i]) + (1.0 - y[i]) * log1p(-q[i]))
    return -acc / y.shape[0]


@jit
def hand_mse(y, q):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    acc = 0.0
    for i in range(y.shape[0]):
        d = y[i] - q[i]
        acc = fold_fma(acc, d, d)
    return acc / y.shape[0]


@jit
def hand_softmax(z, out):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    for b in range(z.shape[0]):
        m = -np.inf
        for i in range(z.shape[1]):
            m = fold_max(m, z[b, i])
        s = 0.0
        for i in range(z.shape[1]):
            e = exp(z[b, i] - m)
            out[b, i] = e
            s = fold_add(s, e)
        for i in range(z.shape[1]):
            out[b, i] = out[b, i] / s
    return out


@jit
def hand_layer_norm(x, gamma, eps, beta, out):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    n = x.shape[1]
    for b in range(x.shape[0]):
        s = 0.0
        for i in range(n):
            s = fold_add(s, x[b, i])
        mu = s / n
        v = 0.0
        for i in range(n):
            d = x[b, i] - mu
            v = fold_fma(v, d, d)
        r = np.sqrt(v / n + eps)
        for i in range(n):
            out[b, i] = gamma[i] * ((x[b, i] - mu) / r) + beta[i]
    return out


@jit
def hand_attention(q, k, v, out):  # type: ignore[no-untyped-def]
    use_wide_vectors()
    n, d = q.shape
    m, dv = v.shape
    row = np.empty(m)
    scale = np.sqrt(float(d))
    for i in range(n):
        top = -np.inf
        for j in range(m):
            s = 0.0
            for a in range(d):
                s = fold_fma(s, q[i, a], k[j, a])
            row[j] = s / scale
            top = fold_max(top, row[j])
        total = 0.0
        for c in range(dv):
            out[i, c] = 0.0
        for j in range(m):
            e = exp(row[j] - top)
            total += e
            for c in range(dv):
                out[i, c] = fold_fma(out[i, c], e, v[j, c])
        for c in range(dv):
            out[i, c] = out[i, c] / total
    return out


def cases() -> dict[str, tuple[tuple[Any, ...], Callable[..., Any]]]:
    rng = np.random.default_rng(0)
    p, q = rng.random(10**6), rng.random(10**6)
    z = rng.normal(size=(4096, 128))
    x = rng.normal(size=(4096, 768))
    g, b = rng.normal(size=768), rng.normal(size=768)
    a = [rng.normal(size=(512, 64)) for _ in range(3)]
    return {
        "KL": ((p / p.sum(), q / q.sum()), hand_kl),
        "BCE": ((p, q), hand_bce),
        "MSE": ((p, q), hand_mse),
        "softmax": ((z,), lambda t: hand_softmax(t, np.empty_like(t))),
        "LayerNorm": ((x, g, 1e-5, b), lambda t, u, e, w: hand_layer_norm(t, u, e, w, np.empty_like(t))),
        "attention": (tuple(a), lambda u, v, w: hand_attention(u, v, w, np.empty((512, 64)))),
    }


@pytest.mark.parametrize("who", ["texjit", "by hand"])
@pytest.mark.parametrize("name", list(FORMULAS))
def test_kernel(benchmark: Any, name: str, who: str) -> None:
    arguments, by_hand = cases()[name]
    compiled = tj.compile(FORMULAS[name])
    kernel = compiled if isinstance(compiled, tj.Kernel) else next(
        k for k in compiled.values() if len(k.parameters) == len(arguments)
    )
    benchmark.group = name
    run = kernel if who == "texjit" else by_hand
    expected = by_hand(*arguments)
    np.testing.assert_allclose(run(*arguments), expected, rtol=1e-9)
    benchmark(run, *arguments)
