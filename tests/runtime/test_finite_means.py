r"""Expectations under finite laws, against sums over all values in NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import texjit as tj

RNG = np.random.default_rng(6)
STEPS = r"\mathcal{U}\{1, \dots, M\}"
VALUES = {"p": 0.3, "q": 0.8, "m": 1.7, "M": 5, "a": RNG.normal(size=7), "w": RNG.random(5) + 0.2,
          "r": np.array([0.2, 0.5, 0.3]), "b": RNG.normal(size=3)}  # fmt: skip


@pytest.mark.parametrize(("mean", "judge", "names"), [
    (r"\mathbb{E}_{x \sim \operatorname{Bern}(p)}[(x - m)^2 e^{x}]",
     lambda p, m: stats.bernoulli(p).expect(lambda x: (x - m) ** 2 * np.exp(x)), "p m"),
    (r"\mathbb{E}_{y \sim \mathrm{Bernoulli}(q)}[\log(y + p)] - 1",
     lambda p, q: stats.bernoulli(q).expect(lambda y: np.log(y + p)) - 1, "p q"),
    (rf"2 \mathbb{{E}}_{{j \sim {STEPS}}}[j^3 - m j]",
     lambda M, m: 2 * np.mean([j**3 - m * j for j in range(1, M + 1)]), "M m"),
    (rf"\mathbb{{E}}_{{t \sim {STEPS}}}[w_t t^2]", lambda w: np.mean(w * np.arange(1, 6) ** 2), "w"),
    (rf"\mathbb{{E}}_{{k \sim {STEPS}}}[\lambda_k (k - m)^2]".replace(r"\lambda", "w"),
     lambda w, m: np.mean(w * (np.arange(1, 6) - m) ** 2), "w m"),
    (r"\mathbb{E}_{j \sim \mathcal{U}(\{0, 1, \dots, M\})}[e^{-j m}]",
     lambda M, m: np.mean(np.exp(-m * np.arange(M + 1))), "M m"),
    (r"\mathbb{E}_{j \sim \operatorname{Uniform}(\{2, \dots, M - 1\})}[\frac{m}{j}]",
     lambda M, m: np.mean([m / j for j in range(2, M)]), "M m"),
    (r"\mathbb{E}_{k \sim \operatorname{Cat}(r)}[b_k^2]", lambda r, b: (r * b**2).sum(), "r b"),
    (r"\mathbb{E}_{k \sim \operatorname{Categorical}(r)}[(k - m)^2]",
     lambda r, m: (r * (np.arange(1, 4) - m) ** 2).sum(), "r m"),
    (r"\mathbb{E}_{x \sim \operatorname{Bern}(p), y \sim \operatorname{Bern}(q)}[(x + 2 y - m)^2]",
     lambda p, q, m: sum(u * v * (x + 2 * y - m) ** 2 for x, u in enumerate((1 - p, p))
                         for y, v in enumerate((1 - q, q))), "p q m"),
    (r"\mathbb{E}_{i \sim \mathcal{U}\{1, \dots, n\}, x \sim \operatorname{Bern}(p)}[a_i x]",
     lambda a, p: p * a.mean(), "a p"),
])  # fmt: skip
def test_the_sum_over_all_values(mean: str, judge: Callable[..., Any], names: str) -> None:
    f = tj.compile(f"f = {mean}")
    given = {n: VALUES[n] for n in names.split()}
    assert {*f.parameters} == {*given}
    np.testing.assert_allclose(f(**given), judge(**given), 1e-13)
    assert any("finitely many values" in a for a in f.equation.assumptions)


def test_its_gradient() -> None:
    f = tj.compile(r"f = \mathbb{E}_{x \sim \operatorname{Bern}(p)}[\log(x + m)]")
    by_p, by_m = tj.grad(f, ("p", "m"))(p=0.3, m=1.7)
    np.testing.assert_allclose([by_p, by_m], [np.log(2.7 / 1.7), 0.3 / 2.7 + 0.7 / 1.7], 1e-13)


def test_a_function_of_the_document_is_written_out() -> None:
    text = r"$$h(x) = x^2 + c$$" "\n\n" rf"$$f = \mathbb{{E}}_{{j \sim {STEPS}}}[h(j)]$$ with $h$ as above."
    f = tj.compile(tj.read("# A\n\n" + text)).f
    np.testing.assert_allclose(f(c=0.5, M=4), (1 + 4 + 9 + 16) / 4 + 0.5)


@pytest.mark.parametrize("mean", [
    rf"\mathbb{{E}}_{{j \sim {STEPS}}}[h(j)]",                      # only samples can be handed to a function
    rf"\mathbb{{E}}_{{j \sim {STEPS}, x \sim p}}[x j]",             # of p nothing is known
    r"\mathbb{E}_{j \sim \mathcal{U}(1, M)}[j^2]",                  # an interval
    r"\mathbb{E}_{x \sim \operatorname{Poisson}(m)}[x^2]",          # as many values as there are numbers
])  # fmt: skip
def test_other_laws_are_left_to_samples(mean: str) -> None:
    f = tj.compile(f"f = {mean}")
    assert f.equation.averaged and not any("finitely many" in a for a in f.equation.assumptions)


def test_a_law_that_the_document_defines_is_not_taken_for_the_usual_one() -> None:
    text = r"$$\operatorname{Bern}(p) = p^2$$" "\n\n" r"$$f = \mathbb{E}_{x \sim \operatorname{Bern}(p)}[x^2]$$"
    readings = tj.compile(tj.read("# A\n\n" + text))
    assert "f" not in readings or readings.f.equation.averaged


def test_missing_samples_are_named_with_what_draws_them() -> None:
    f = tj.compile(r"f = \mathbb{E}_{x \sim p}[x^2 + m]")
    with pytest.raises(TypeError, match=r"estimate"):
        f(m=1.0)
