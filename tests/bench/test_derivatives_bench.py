"""Derivatives beside their values, from 10⁵ to 10⁶ elements.

Run with ``python -m pytest tests/bench/test_derivatives_bench.py --benchmark-only
--benchmark-group-by=group``; compare within a group.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj

RNG = np.random.default_rng(0)
N = 10**6


def simplex() -> Any:
    x = RNG.random(N)
    return x / x.sum()


S = r"$$s(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$ "
#: Formula, declarations, inputs by name, the derivative, and by what.
CASES: dict[str, tuple[str, str, Callable[[], dict[str, Any]], Any, Any]] = {
    "KL": (r"KL(P, Q) = \sum_x P_x\log\frac{P_x}{Q_x}", "P, Q in Delta^K",
           lambda: {"P": simplex(), "Q": simplex()}, tj.value_and_grad, None),
    "BCE": (r"B(y, q) = -\frac{1}{N}\sum_{i=1}^{N} [y_i \log q_i + (1-y_i)\log(1-q_i)]", "",
            lambda: {"y": RNG.random(N), "q": RNG.uniform(0.01, 0.99, N)}, tj.value_and_grad, "q"),
    "MSE": (r"M(y, q) = \frac{1}{N}\sum_{i=1}^{N} (y_i - q_i)^2", "",
            lambda: {"y": RNG.random(N), "q": RNG.random(N)}, tj.value_and_grad, "q"),
    "softmax-CE": (r"L(z, y) = -\sum_i y_i \log\frac{e^{z_i}}{\sum_j e^{z_j}}", "y in Delta^K",
                   lambda: {"z": RNG.normal(size=N), "y": simplex()}, tj.value_and_grad, "z"),
    "LayerNorm": (r"$$L(x) = \gamma \cdot \frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta$$ "
                  r"where $\mu = \frac{1}{H}\sum_{i=1}^{H} x_i$ and $\sigma^2 = \frac{1}{H}\sum_{i=1}^{H}(x_i-\mu)^2$",
                  "", lambda: {"x": RNG.normal(size=10**5), "gamma": RNG.normal(size=10**5), "epsilon": 1e-5,
                               "beta": RNG.normal(size=10**5)}, tj.vjp, None),
    "attention": (S + r"$$A(Q,K,V) = s\left(\frac{QK^T}{\sqrt{d_k}}\right)V$$", "",
                  lambda: {n: RNG.normal(size=(512, 64)) for n in "QKV"}, tj.vjp, None),
}  # fmt: skip


def kernel(name: str) -> tuple[Any, dict[str, Any]]:
    text, where, inputs, _, _ = CASES[name]
    made = tj.compile(text, where=where)
    if isinstance(made, tj.Library):
        made = made[{"LayerNorm": "L", "attention": "A"}[name]]
    return made, inputs()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["value", "with derivatives"])
@pytest.mark.parametrize("name", CASES)
def test_derivatives(benchmark: Any, name: str, which: str) -> None:
    benchmark.group = f"{name} with derivatives"
    k, given = kernel(name)
    if which == "value":
        call = k.plain("float64")
    else:
        _, _, _, derive, wrt = CASES[name]
        g = derive(k, wrt)
        for p in g.parameters[len(k.parameters) :]:
            given[p] = np.ones_like(k.plain("float64")(given)[k.card.outputs[0].name])
        call = g.plain("float64")
    benchmark(call, given)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["gradient", "Hessian product"])
@pytest.mark.parametrize("name", ["KL", "softmax-CE"])
def test_products_with_the_hessian(benchmark: Any, name: str, which: str) -> None:
    benchmark.group = f"{name}: products with the Hessian"
    k, given = kernel(name)
    wrt = {"KL": "P", "softmax-CE": "z"}[name]
    if which == "gradient":
        call = tj.grad(k, wrt).plain("float64")
    else:
        given[f"{wrt}_dot"] = RNG.normal(size=N)
        call = tj.hvp(k, wrt).plain("float64")
    benchmark(call, given)
