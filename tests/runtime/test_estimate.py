"""Expectations by Monte Carlo: samples that are not given are drawn, with a standard error that is honest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import texjit as tj
from texjit.runtime.call import ShapeError

BOUND = r"B(x) = \mathbb{E}_{s(u | x)}[\log r(x, u) - \log s(u | x)]"
LOSS = r"""
$$\bar{b}_t = \prod_{s=1}^{t} (1 - a_s)$$
$$u_t = \sqrt{\bar{b}_t} u_0 + \sqrt{1 - \bar{b}_t} \xi$$
$$J = \mathbb{E}_{t, u_0, \xi}\left[\|\xi - h(u_t, t)\|^2\right]$$
"""


class Joint:
    """u ~ N(0, 1), x ~ N(u, 1)."""

    @staticmethod
    def logpdf(x: Any, u: Any) -> Any:
        return stats.norm.logpdf(u) + stats.norm.logpdf(x, u)


@pytest.fixture(scope="module")
def bound() -> Any:
    return tj.compile(BOUND)


def test_the_bound_is_exact_at_the_true_posterior(bound: Any) -> None:
    s = tj.compile(r"s(u | x) = \mathcal{N}(u; x / 2, 1 / 2)")
    found = bound.estimate(x=0.7, r=Joint(), s=s)
    assert np.isclose(found.value, stats.norm(0, np.sqrt(2)).logpdf(0.7), rtol=1e-12)
    assert found.standard_error < 1e-12 and found.size == 10_000


def test_elsewhere_it_lies_below_within_its_standard_error(bound: Any) -> None:
    s = tj.compile(r"s(u | x) = \mathcal{N}(u; x / 3, 1)")
    exact = stats.norm(0, np.sqrt(2)).logpdf(0.7) - (np.log(np.sqrt(0.5)) + (1 + (0.7 / 3 - 0.35) ** 2) - 0.5)
    far = []
    for seed in range(20):
        found = bound.estimate(x=0.7, r=Joint(), s=s, rng=seed, size=2000)
        far.append((found.value - exact) / found.standard_error)
    assert np.abs(far).max() < 4.5 and 0.5 < np.std(far) < 1.7
    assert found == bound.estimate(x=0.7, r=Joint(), s=s, rng=19, size=2000)
    assert found != bound.estimate(x=0.7, r=Joint(), s=s, rng=20, size=2000)


def test_steps_are_drawn_evenly_and_noise_has_the_shape_of_what_goes_with_it() -> None:
    k = tj.compile(tj.read(LOSS)).J
    rng = np.random.default_rng(0)
    seen: list[Any] = []

    def h(u: Any, t: Any) -> Any:
        seen.append((u, t))
        return 0 * u

    given = {"a": np.linspace(0.01, 0.2, 7), "u_0": rng.normal(size=(400, 3)), "h": h}
    found = k.estimate(**given, xi=stats.norm(), rng=5)
    u, t = seen[0]
    assert found.size == 400 and u.shape == (400, 3) and set(t) == set(range(1, 8))
    assert abs(found.value - 3) < 5 * found.standard_error
    assert k.estimate(**given, xi=stats.norm(), size=3000).size == 3000


def test_laws_may_be_given_by_their_names_or_in_place_of_samples() -> None:
    k = tj.compile(r"J = \mathbb{E}_{x \sim p}[x^2]")
    a, b = k.estimate(p=stats.norm(0, 2), rng=1), k.estimate(x=stats.norm(0, 2), rng=1)
    assert a == b and abs(a.value - 4) < 5 * a.standard_error
    with pytest.raises(TypeError, match="needs samples of x, or what draws them"):
        k.estimate()
    with pytest.raises(ShapeError, match="expected samples along the first axis"):
        k.estimate(x=3.0)
    with pytest.raises(ValueError, match="50 samples at least"):
        k.estimate(x=np.zeros(10))
    with pytest.raises(TypeError, match="no expectation"):
        tj.compile("f(x) = x^2").estimate(x=1.0)
