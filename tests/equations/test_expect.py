"""Expectations over samples: which variables are averaged over, and which samples go together."""

from __future__ import annotations

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
