"""Expectations over samples: which variables are averaged over, and which samples go together."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.equations.diagnostic import TexjitError

RNG = np.random.default_rng(5)


def test_a_law_written_with_its_variables_names_what_is_drawn() -> None:
    k = tj.compile(r"F_a(x) = \mathbb{E}_{q_a(z | x)}[\log p_b(x, z) - \log q_a(z | x)]")
    assert k.parameters == ("x", "p_b", "q_a", "z")
    assert any("samples of the law" in a for a in k.assumptions)
    z = RNG.normal(size=(7, 2))

    def joint(x: float, z: np.ndarray) -> np.ndarray:
        return np.exp(-np.sum(z**2, axis=-1) - x**2)

    def law(z: np.ndarray, x: float) -> np.ndarray:
        return np.exp(-np.abs(z).sum(axis=-1) * (1 + x**2))

    expected = np.mean(np.log(joint(0.3, z)) - np.log(law(z, 0.3)))
    assert np.isclose(k(x=0.3, p_b=joint, q_a=law, z=z), expected, rtol=1e-13)


@pytest.mark.parametrize("law", ["x, y", "(x, y) \\sim p", "p(x, y)", "p(x) q(y | x)", "p(x)\\,p(y)"])
def test_variables_that_are_named_together_are_drawn_together(law: str) -> None:
    k = tj.compile(rf"R = \mathbb{{E}}_{{{law}}}[(y - 3 x)^2]")
    x, y = RNG.normal(size=(2, 11))
    assert np.isclose(k(x=x, y=y), np.mean((y - 3 * x) ** 2), rtol=1e-14)
    assert k.signature.split("->")[0].count("n_x") == 2


def test_variables_with_laws_of_their_own_meet_in_all_pairs() -> None:
    k = tj.compile(r"R = \mathbb{E}_{x \sim p, y \sim q}[(y - 3 x)^2]")
    x, y = RNG.normal(size=5), RNG.normal(size=7)
    assert np.isclose(k(x=x, y=y), np.mean((y[None] - 3 * x[:, None]) ** 2), rtol=1e-14)


@pytest.mark.parametrize("law", ["p", "p_{data}", r"\pi_\theta", "p, q"])
def test_a_law_alone_does_not_say_what_is_drawn(law: str) -> None:
    with pytest.raises(TexjitError, match="which variables"):
        tj.compile(rf"J = \mathbb{{E}}_{{{law}}}[x^2]")


NOISED = r"""
The schedule is $b_t = 1 - a_t$ and $\bar{b}_t = \prod_{s=1}^{t} b_s$; samples are noised as
$$u_t = \sqrt{\bar{b}_t} u_0 + \sqrt{1 - \bar{b}_t} \xi$$
$$J = \mathbb{E}_{t, u_0, \xi}\left[\|\xi - h(u_t, t)\|^2\right]$$
"""


def noised(a: np.ndarray, t: np.ndarray, u_0: np.ndarray, xi: np.ndarray) -> np.ndarray:
    kept = np.cumprod(1 - a)[t - 1][:, None]
    return np.sqrt(kept) * u_0 + np.sqrt(1 - kept) * xi


@pytest.mark.parametrize("n", [1, 7])
def test_what_has_a_formula_is_computed_sample_by_sample_for_a_black_box(n: int) -> None:
    k = tj.compile(tj.read(NOISED)).J
    assert set(k.parameters) == {"a", "t", "u_0", "xi", "h"}
    a, t = RNG.uniform(0.01, 0.2, 11), RNG.integers(1, 12, n)
    u_0, xi = RNG.normal(size=(2, n, 3))
    seen = []

    def h(u: np.ndarray, t: np.ndarray) -> np.ndarray:
        seen.append((u, t))
        return np.tanh(u) * t[:, None]

    given = {"a": a, "t": t, "u_0": u_0, "xi": xi}
    u = noised(**given)
    expected = np.mean(np.sum((xi - np.tanh(u) * t[:, None]) ** 2, axis=1))
    assert np.isclose(k(**given, h=h), expected, rtol=1e-13)
    assert len(seen) == 1
    np.testing.assert_allclose(seen[0][0], u, rtol=1e-14)
    assert np.isclose(k(t=t, xi=xi, u_t=u, h=h), expected, rtol=1e-13)
    with pytest.raises(TypeError, match="needs u_0 to compute u_t, or u_t itself"):
        k(a=a, t=t, xi=xi, h=h)
    with pytest.raises(ValueError, match="h gave shape"):
        k(**given, h=lambda u, t: np.append(u, u, 0))


def test_a_loss_has_a_gradient_by_the_values_of_its_network() -> None:
    k = tj.compile(tj.read(NOISED)).J
    xi, values = RNG.normal(size=(2, 5, 3))
    slope = tj.grad(k, "h_u_t_t")
    np.testing.assert_allclose(slope(xi=xi, h_u_t_t=values), 2 * (values - xi) / 5, rtol=1e-14)


def test_a_written_module_takes_what_the_formula_would_give(tmp_path: Path) -> None:
    tj.export(tj.compile(tj.read(NOISED)).J, tmp_path, name="noised_loss")
    sys.path.insert(0, str(tmp_path))
    try:
        module = importlib.import_module("noised_loss")
    finally:
        sys.path.remove(str(tmp_path))
    xi, u = RNG.normal(size=(2, 5, 3))
    t = np.arange(1, 6)
    found = module.J(t=t, xi=xi, u_t=u, h=lambda u, t: u * t[:, None])
    assert np.isclose(found, np.mean(np.sum((xi - u * t[:, None]) ** 2, -1)), rtol=1e-13)
    with pytest.raises(TypeError, match="needs u_t"):
        module.J(t=t, xi=xi, h=lambda u, t: u)


@pytest.mark.parametrize("text", [
    r"f = \mathbb{E}_{i}[x_i]", r"f = \mathbb{E}_{t \sim U}[\lambda_t \|y_t\|^2]",
    NOISED + r"$$f = \mathbb{E}_{t, u_0, \xi}[\|u_t - h(u_t, t)\|^2]$$",
])
def test_what_changes_with_the_index_of_an_expectation_is_no_constant(text: str) -> None:
    found = tj.compile(tj.read(text))
    assert any("stands at the index" in x.message for x in found.failures if x.name == "f") and "f" not in found


def test_a_label_that_is_a_variable_too_is_told() -> None:
    k = tj.compile(r"V = \mathbb{E}_{x}[(x - \mu_x)^2]")
    assert "mu_x is the same for all samples of x" in k.assumptions
    x = RNG.normal(size=9)
    assert np.isclose(k(x=x, mu_x=0.3), np.mean((x - 0.3) ** 2), rtol=1e-14)
