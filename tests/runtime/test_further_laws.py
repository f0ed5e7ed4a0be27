"""Heavy tails, finite sets and laws that are asked about, against SciPy."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

import texjit as tj
from texjit.equations.diagnostic import InvalidEquation, TexjitError
from texjit.runtime.call import DomainError

#: Both sides round; a dozen operations each.
RTOL = 1e-12


def test_a_law_of_cauchy_has_its_tails_and_no_moments() -> None:
    f, judge = tj.compile(r"f(x) = \operatorname{Cauchy}(x; a, b)"), stats.cauchy(0.3, 0.7)
    for x in (0.3, 0.1, -40.0, 1e12, 1e200):
        np.testing.assert_allclose(f.logpdf(x, 0.3, 0.7), judge.logpdf(x), RTOL)
    np.testing.assert_allclose(f(4.0, 0.3, 0.7), judge.pdf(4.0), RTOL)
    assert np.isnan(f.mean(0.3, 0.7)) and np.isnan(f.cov(0.3, 0.7))
    assert f.mean(np.zeros(3), 0.7).shape == (3,)
    drawn = f.sample(0.3, 0.7, rng=5, size=100_000)
    # The share of draws below a quantile has a standard error of at most 0.5 / sqrt(n).
    for q in (0.1, 0.5, 0.95):
        assert abs((drawn < judge.ppf(q)).mean() - q) < 5 * 0.5 / np.sqrt(drawn.size)


@pytest.mark.parametrize("law", [
    r"j \sim \mathcal{U}\{1, \dots, M\}", r"j \sim \mathcal{U}(\{1, 2, \ldots, M\})",
    r"j \sim \operatorname{Unif}(\{1, \dots, M-1, M\})", r"j \sim \text{Uniform}(\{1 : M\})",
])
def test_a_finite_set_is_drawn_evenly_however_it_is_written(law: str) -> None:
    document = f"# Steps\n\n$$y = 2 j + c$$ where ${law}$.\n"
    y = tj.compile(tj.read(document))["y"]
    drawn = y.sample(c=1.0, M=4, rng=3, size=40_000)
    values, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_array_equal(values, [3.0, 5.0, 7.0, 9.0])
    assert np.all(np.abs(counts / drawn.size - 0.25) < 5 * 0.5 / np.sqrt(drawn.size))


def test_a_finite_set_needs_whole_numbers() -> None:
    f = tj.compile(r"f(x) = \mathcal{U}(x; \{a, \dots, b\})")
    for a, b in ((0.5, 3.0), (3.0, 2.0)):
        with pytest.raises(DomainError, match="whole numbers"):
            f.sample(a, b, rng=0)


def test_draws_of_student_with_a_place_and_a_scale() -> None:
    y = tj.compile(tj.read("$$y = a + r$$ where $r \\sim t_k(m, s^2)$."))["y"]
    drawn = y.sample(a=0.5, k=5.0, m=0.2, s=3.0, rng=2, size=100_000)
    judge = stats.t(5.0, 0.7, 3.0)
    for q in (0.1, 0.5, 0.95):
        assert abs((drawn < judge.ppf(q)).mean() - q) < 5 * 0.5 / np.sqrt(drawn.size)


@pytest.mark.parametrize(("law", "judges"), [
    pytest.param(r"\operatorname{Weibull}(x; a, b)", [lambda x, k, s: stats.weibull_min(k, scale=s).pdf(x),
                                                      lambda x, s, k: stats.weibull_min(k, scale=s).pdf(x)],
                 marks=pytest.mark.slow),
    (r"\operatorname{Geom}(n; r)", [lambda x, p: stats.geom(p).pmf(x), lambda x, p: stats.nbinom(1, p).pmf(x)]),
])
def test_what_is_open_is_asked_with_densities_to_paste(law: str, judges: list) -> None:
    with pytest.raises(InvalidEquation, match="E246") as no:
        tj.compile(f"g = {law}")
    pasted = re.findall(r"(f\(.*?\) = .*?) (?:with|for) the", no.value.diagnostic.help)
    assert len(pasted) == 2
    for text, judge in zip(pasted, judges, strict=True):
        k = tj.compile(text, where="k, x, p > 0; lambda > 0")
        given = (3.0, 0.4, 0.8)[: len(k.parameters)]
        np.testing.assert_allclose(k(*given), judge(*given), RTOL)


def test_a_function_of_the_document_is_no_law() -> None:
    own = r"$$\operatorname{Cauchy}(x; a, b) = a x^2 + b$$"
    lib = tj.compile(own + "\n\n" + r"$$g(x) = \operatorname{Cauchy}(x; 2, 3)$$")
    assert lib["g"](4.0) == 35.0
    lib = tj.compile(r"$$t_n(u, v) = u + 2 v$$" "\n\n" r"$$g(x) = t_n(x, 3)$$")
    assert lib["g"](4.0) == 10.0


@pytest.mark.parametrize("text", [
    r"g = \mathcal{U}(x; \{-1, 1\})", r"g = \mathcal{U}(x; \{1, 3, \dots, n\})",
    r"g = \mathcal{U}(x; \{1, \dots, n, 7\})",
    r"g = \operatorname{HalfNormal}(x; s)", r"g = \mathrm{St}_\nu(x; m, s)", r"g = \mathcal{T}_\nu(x; m)",
])
def test_other_sets_and_bare_scales_are_refused(text: str) -> None:
    with pytest.raises(TexjitError) as no:
        tj.compile(text)
    assert no.value.diagnostic.code in ("E240", "E244", "E247") and no.value.diagnostic.help
