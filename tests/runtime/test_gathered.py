r"""Weights at sampled steps, ``\mathbb{E}_{t, x, \epsilon}[\lambda_t …]``, against loops over the samples in NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import DomainError

DIFFUSION = r"""
$$B_t = \prod_{s=1}^t a_s, \quad a_t = 1 - b_t$$

$$x_t = \sqrt{B_t} x_0 + \sqrt{1 - B_t} \epsilon$$

$$L(h) = \mathbb{E}_{t, x_0, \epsilon}[\frac{b_t^2 w_t}{2 s_t^2 a_t (1 - B_t)} \|\epsilon - h(x_t, t)\|^2]$$
"""
#: The letters above, and others: sums, arrays, steps and noises of another author.
RENAMED: dict[str, dict[str, str]] = {
    "as written": {},
    "Greek": {"B_": r"\bar\alpha_", "a_": r"\alpha_", "b_": r"\beta_", "w_": r"\lambda_", "s_t": r"\sigma_t"},
    "another step": {"_t": "_k", "{t,": "{k,", "=1}^t": "=1}^k", ", t)": ", k)"},
}


def text_of(renamed: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, renamed)), lambda m: renamed[m[0]], DIFFUSION) if renamed else DIFFUSION


def net(x: Any, t: Any) -> Any:
    return np.tanh(x) * np.asarray(t)[..., None]


def samples(steps: int = 6, n: int = 40, d: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    return {"b": rng.uniform(0.1, 0.4, steps), "w": rng.uniform(0.5, 2, steps), "s": rng.uniform(0.5, 1, steps),
            "t": rng.integers(1, steps + 1, n), "x_0": rng.normal(size=(n, d)), "epsilon": rng.normal(size=(n, d))}


def judged(b: Any, w: Any, s: Any, t: Any, x_0: Any, epsilon: Any) -> float:
    total = 0.0
    for step, x, noise in zip(t, x_0, epsilon, strict=True):
        kept = np.prod(1 - b[:step])
        k = step - 1
        seen = np.sqrt(kept) * x + np.sqrt(1 - kept) * noise
        weight = b[k] ** 2 * w[k] / (2 * s[k] ** 2 * (1 - b[k]) * (1 - kept))
        total += weight * ((noise - np.tanh(seen) * step) ** 2).sum()
    return total / len(t)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if r else ()) for n, r in RENAMED.items()])
def test_the_weighted_loss_of_a_diffusion(name: str) -> None:
    L = tj.compile(tj.read(text_of(RENAMED[name]))).L
    given = samples()
    letters = {"Greek": {"b": "beta", "w": "lambda_", "s": "sigma"}, "another step": {"t": "k"}}.get(name, {})
    call = {letters.get(k, k): v for k, v in given.items()}
    np.testing.assert_allclose(L(h=net, **call), judged(**given), 1e-12)
    step = letters.get("t", "t")
    estimate = L.estimate(h=net, **{k: v for k, v in call.items() if k != step}, rng=1, size=4000)
    every = np.mean([judged(**{**given, "t": np.full(40, j)}) for j in range(1, 7)])
    assert abs(estimate.value - every) < 5 * estimate.standard_error
    said = [a for a in L.equation.assumptions if "at each sample" in a]
    assert len(said) == 5


def weighted(**declared: str) -> Any:
    where = "; ".join(f"{k} in {v}" for k, v in declared.items())
    return tj.compile(r"f = \mathbb{E}_{t, x}[\lambda_t (x - g(x, t))^2]", where=where)


def test_gradients_gather_what_the_samples_share() -> None:
    f = weighted(**{"lambda": "R^T"})
    rng = np.random.default_rng(5)
    weights, t, x = rng.random(7), rng.integers(1, 8, 50), rng.normal(size=50)
    each = (x - np.sin(x) * t) ** 2
    by_weight = tj.grad(f, "lambda_")(lambda_=weights, t=t, x=x, g=lambda x, t: np.sin(x) * t)
    np.testing.assert_allclose(by_weight, [(each * (t == k)).sum() / 50 for k in range(1, 8)], 1e-13)
    assert tj.verify(f, points=100).verdict == "verified"


@pytest.mark.parametrize("place", [0, 8, 2.5])
def test_a_step_outside_of_the_array_is_an_error(place: float) -> None:
    f = weighted(**{"lambda": "R^T"})
    with pytest.raises((DomainError, TypeError)):
        f(np.ones(7), [1.0, place, 3.0], np.ones(3), lambda x, t: x)


def test_a_step_before() -> None:
    f = tj.compile(r"f = \mathbb{E}_{t, x}[\lambda_{t-1} x^2]", where="lambda in R^T")
    weights, t, x = np.arange(1.0, 6), np.array([2, 5, 6]), np.array([1.0, 2, 3])
    np.testing.assert_allclose(f(lambda_=weights, t=t, x=x), (weights[t - 2] * x**2).mean())
    with pytest.raises(DomainError):
        f(lambda_=weights, t=t - 1, x=x)


def test_what_is_open_is_asked_and_both_cures_work() -> None:
    with pytest.raises(tj.InvalidEquation, match="E216") as no:
        weighted()
    assert r"\lambda \in \mathbb{R}^{n}" in no.value.diagnostic.help
    assert r"\lambda_{t} \in \mathbb{R}" in no.value.diagnostic.help
    x, t = np.array([1.0, 2, 4]), np.array([2, 1, 2])
    law = r"$$f = \mathbb{E}_{t, x}[\lambda_t (x - g(x, t))^2]$$ where "
    number = tj.compile(tj.read(law + r"$\lambda_t \in \mathbb{R}$.")).f
    array = tj.compile(tj.read(law + r"$\lambda \in \mathbb{R}^{n}$.")).f
    np.testing.assert_allclose(number(lambda_t=3.0, t=t, x=x, g=lambda x, t: 0 * x), 3 * (x**2).mean())
    weights = np.array([5.0, 7.0])
    np.testing.assert_allclose(array(lambda_=weights, t=t, x=x, g=lambda x, t: 0 * x), (weights[t - 1] * x**2).mean())


def test_the_mean_of_a_variable_is_still_a_label() -> None:
    f = tj.compile(r"f = \mathbb{E}_{x}[(x - \mu_x)^2]")
    np.testing.assert_allclose(f(x=np.array([1.0, 4.0]), mu_x=2.0), 2.5)
