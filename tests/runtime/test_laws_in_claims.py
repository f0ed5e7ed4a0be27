"""Claims about laws without formulas: judged over finite sets of outcomes with volumes."""

from __future__ import annotations

import pytest

import texjit as tj

TRUE = (
    r"\log p_\theta(x) \geq \mathbb{E}_{q_\phi(z|x)}[\log p_\theta(x|z)] - D_{KL}(q_\phi(z|x) || p(z))",
    r"\log r_\eta(\mathbf{y}) \geq \mathbb{E}_{s(\mathbf{u}|\mathbf{y})}[\log r_\eta(\mathbf{y}|\mathbf{u})]"
    r" - KL(s(\mathbf{u}|\mathbf{y}) \| r(\mathbf{u}))",
    r"\log p(x) = \mathbb{E}_{q(z|x)}[\log p(x,z) - \log q(z|x)] + D_{KL}(q(z|x) \| p(z|x))",
    r"p(x|y) = \frac{p(y|x) p(x)}{p(y)}",
    r"p(x) = \int p(x|z) p(z) \, dz",
    r"p(x) = \sum_z p(x|z) p(z)",
    r"p(x,y,z) = p(x|y,z) p(y|z) p(z)",
    r"q(x_{t-1}|x_t, x_0) = q(x_t|x_{t-1},x_0) \frac{q(x_{t-1}|x_0)}{q(x_t|x_0)}",
    r"D_{KL}(q(x|z)\|p(x|z)) \ge 0",
    r"\int p(x|z) \, dx = 1",
)
FALSE = (
    r"\log p(x) \geq \mathbb{E}_{q(z|x)}[\log p(x|z)] + D_{KL}(q(z|x) \| p(z))",
    r"\log p(x) \geq \mathbb{E}_{q(z|x)}[\log p(x|z)] - D_{KL}(p(z) \| q(z|x))",
    r"\log p(x) = \mathbb{E}_{q(z|x)}[\log p(x,z) - \log q(z|x)] - D_{KL}(q(z|x) \| p(z|x))",
    r"p(x|y) = \frac{p(y|x) p(y)}{p(x)}",
    r"p(x) = \int p(x|z) \, dz",
    r"\log p(x, z) = \log p(x|z) - \log p(z)",
    r"p(a|b) = p(b|a)",
    r"\int p(x|z) \, dz = 1",
)
NARROWER = {
    r"p(x, y | z) = p(x|z) p(y|z)": "independent",
    r"q(x_t | x_0) = \sum_{y} q(x_t | y) q(y | x_0)": "independent",
    r"p(x|z) \le 1": "not of densities",
    r"\mathbb{E}_{p(x|z)}[-\log p(x|z)] \ge 0": "not of densities",
}
OPEN = (
    r"\mathbb{E}_{p(x|y)}[x] = \mathbb{E}_{p(x)}[x]",
    r"\mathbb{E}_{q(x)}[f(x)] \ge 0",
    r"p_1(x|z) p_2(z) \le p(x|z)",
    r"p(x|a) T(x'|x) = p(x'|a) T(x|x')",
)


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_of_all_laws(text: str) -> None:
    found = tj.check(text)
    assert found.status in ("proved", "holds"), found.why
    assert any("finite sets of outcomes" in a for a in found.assumptions)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_false_of_some_has_a_counterexample(text: str) -> None:
    found = tj.check(text)
    assert found.status == "refuted" and found.witness, found.why


@pytest.mark.parametrize("text", NARROWER)
def test_what_is_true_of_some_kinds_alone_is_conditional(text: str) -> None:
    found = tj.check(text)
    assert found.status == "conditional" and NARROWER[text] in found.why


def test_values_that_are_searched_for_are_not_free() -> None:
    found = tj.check(r"\max_{x \in [0, 1]} x (1 - x) \le 1")
    assert found.status == "undecided" and "numerically" in found.why


@pytest.mark.parametrize("text", OPEN)
def test_what_tables_cannot_say_is_left_open(text: str) -> None:
    assert tj.check(text).status == "undecided"
