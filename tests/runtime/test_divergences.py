"""Divergences of named laws in closed form, against quadrature and sums of SciPy's densities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import texjit as tj

Array = np.ndarray[Any, Any]

FAMILIES: dict[str, tuple[Callable[..., Any], int, bool]] = {
    "Bern": (stats.bernoulli, 1, True),
    "Poisson": (stats.poisson, 1, True),
    "Exp": (lambda a: stats.expon(scale=1 / a), 1, False),
    "Gamma": (lambda a, b: stats.gamma(a, scale=1 / b), 2, False),
    "Beta": (stats.beta, 2, False),
    "Laplace": (stats.laplace, 2, False),
}


@pytest.mark.filterwarnings("ignore::texjit.runtime.kernel.AccuracyWarning")  # log-gamma functions cancel
@pytest.mark.parametrize("name", FAMILIES)
def test_laws_of_numbers(name: str) -> None:
    make, n, discrete = FAMILIES[name]
    first, second = ("a, b", "u, v") if n == 2 else ("a", "u")
    k = tj.compile(rf"d = D_{{KL}}(\operatorname{{{name}}}({first}) \| \operatorname{{{name}}}({second}))")
    given = dict(zip("abuv" if n == 2 else "au", (0.4, 1.7, 0.8, 1.2)[: 2 * n], strict=True))
    values = list(given.values())
    p, q = make(*values[:n]), make(*values[n:])
    if discrete:
        x = np.arange(2 if name == "Bern" else 60)
        expected = np.sum(p.pmf(x) * (p.logpmf(x) - q.logpmf(x)))
    else:
        lo, hi = (0.0, 1.0) if name == "Beta" else (0.0, np.inf) if name != "Laplace" else (-60.0, 60.0)
        cut = [p.median()] if name == "Laplace" else [min(p.median(), 0.5)]

        def integrand(t: float) -> float:
            return float(p.pdf(t) * (p.logpdf(t) - q.logpdf(t))) if p.pdf(t) > 0 else 0.0

        expected = sum(integrate.quad(integrand, a, b, limit=400)[0] for a, b in ((lo, cut[0]), (cut[0], hi)))
    np.testing.assert_allclose(k(**given), expected, rtol=1e-6)


@pytest.mark.parametrize("first", ["full", "diagonal", pytest.param("isotropic", marks=pytest.mark.slow)])
def test_normal_laws_of_every_form(first: str) -> None:
    rng = np.random.default_rng(0)
    m, n = rng.normal(size=(2, 3))
    v, w = rng.uniform(0.5, 2, (2, 3))
    a, b = rng.normal(size=(2, 3, 3))
    s, u = a @ a.T + np.eye(3), b @ b.T + np.eye(3)
    forms = {
        "full": (r"S_{0}", lambda k: (s, u)[k]),
        "diagonal": (r"\operatorname{{diag}}(v_{0})", lambda k: (v, w)[k]),
        "isotropic": (r"c_{0} I", lambda k: (0.7, 1.3)[k]),
    }  # fmt: skip
    for second in forms:
        left, right = forms[first][0].format(0), forms[second][0].format(1)
        k = tj.compile(rf"d = \mathrm{{KL}}(\mathcal{{N}}(m, {left}) \,\|\, \mathcal{{N}}(n, {right}))")
        spread = [forms[f][1](i) for i, f in enumerate((first, second))]
        letters = {"full": "S", "diagonal": "v", "isotropic": "c"}
        names = [f"{letters[f]}_{i}" for i, f in enumerate((first, second))]
        p, q = (x if np.ndim(x) == 2 else x * np.eye(3) for x in spread)
        expected = (np.trace(np.linalg.solve(q, p)) - 3 + np.linalg.slogdet(q)[1] - np.linalg.slogdet(p)[1]
                    + (m - n) @ np.linalg.solve(q, m - n)) / 2  # fmt: skip
        found = k(m=m, n=n, **dict(zip(names, spread, strict=True)))
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_nearly_equal_laws_keep_their_digits() -> None:
    k = tj.compile(r"d = D_{KL}(\mathcal{N}(\mu, \operatorname{diag}(\sigma^2)) \| \mathcal{N}(0, I))")
    delta = 2.0**-30
    # ½ (σ² − 1 − log σ²) = δ² − δ³/3 … for σ = 1 + δ
    np.testing.assert_allclose(k(mu=np.zeros(5), sigma=np.full(5, 1 + delta)), 5 * delta**2, rtol=1e-8)
    scalar = tj.compile(r"d = D_{KL}(\mathcal{N}(m, s^2) \| \mathcal{N}(0, 1))")
    np.testing.assert_allclose(scalar(0.3, 1.2), (1.44 - 1 - np.log(1.44) + 0.09) / 2, rtol=1e-13)
    assert tj.grad(k, wrt="sigma").certificate("float64", 40).verdict == "verified"


def test_categorical_laws_and_zeros() -> None:
    k = tj.compile(r"d = D_{KL}(\operatorname{Cat}(a) \| \operatorname{Cat}(b))")
    a, b = np.array([0.0, 0.4, 0.6]), np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(k(a, b), stats.entropy(a, b), rtol=1e-13)
    assert k(b, a) == np.inf


def test_a_divergence_that_the_document_defines_keeps_its_arguments() -> None:
    lib = tj.compile("$$KL(P||Q) = \\sum_x P(x) \\log\\frac{P(x)}{Q(x)}$$\n\n$$f(a, b) = 2 KL(a || b)$$")
    assert lib.f([0.5, 0.5], [0.25, 0.75]) == 2 * lib.KL([0.5, 0.5], [0.25, 0.75])
