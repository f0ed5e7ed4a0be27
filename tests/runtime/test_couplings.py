"""Formulas of optimal transport against POT, SciPy and permutations, in several hands."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import ot
import pytest
from scipy.stats import wasserstein_distance

import texjit as tj
from texjit.runtime.call import DomainError, ShapeError
from texjit.runtime.slots import SlotError

compiled = functools.cache(tj.compile)

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(5, 3)) + 0.25
A, B = (w / w.sum() for w in (RNG.random(7), RNG.random(5)))
D = np.linalg.norm(X[:, None] - Y, axis=-1)

POWER = {
    "as written": r"W_{p}(P,Q) = \left(\inf_{J \in \mathcal{J}(P,Q)} \int ||x-y||^{p} dJ(x,y)\right)^{\frac{1}{p}}",
    "renamed": r"T_q(U,W)=\left(\inf_{H\in\mathcal{H}(U,W)}\int\lVert u-w\rVert^q\,dH(u,w)\right)^{1/q}",
    "measures": r"d_r(\mu, \nu) = \sqrt[r]{\min_{\pi \in \Pi(\mu, \nu)} \int_{A \times B} \|b - a\|^r \, \pi(da, db)}",
    "mean": r"V(M, N, k) = \Big( \inf_{g \in \Gamma(M, N)} \mathbb{E}_{(s, t) \sim g} [ \|s - t\|^k ] \Big)^{1/k}",
}
FIRST = {
    "as written": r"W_1(P,Q) = \inf_{\gamma \in \Pi(P,Q)} \mathbb{E}_{(x,y) \sim \gamma}[||x - y||]",
    "renamed": r"T_1(U,W)=\inf_{\psi\in\Gamma(U,W)}\mathbb{E}_{(u,w)\sim\psi}\left[\lVert u-w\rVert\right]",
}


@pytest.mark.parametrize("text", [
    pytest.param(text, id=name, marks=pytest.mark.slow if name in ("measures", "mean") else ())
    for name, text in POWER.items()
])
def test_powers_of_distances(text: str) -> None:
    k = compiled(text)
    for p in (1.0, 2.0, 3.5):
        expected = ot.emd2([], [], D**p) ** (1 / p)
        assert k(X, Y, p) == pytest.approx(expected, rel=1e-13)
        weighted = k(tj.Empirical(X, A), tj.Empirical(Y, B), p)
        assert weighted == pytest.approx(ot.emd2(A, B, D**p) ** (1 / p), rel=1e-13)
        line = np.abs(X[:, 0][:, None] - Y[:, 1]) ** p
        assert k(X[:, 0], Y[:, 1], p) == pytest.approx(ot.emd2([], [], line) ** (1 / p), rel=1e-13)
        assert k(X[:, :1], Y[:, 1:2], p) == k(X[:, 0], Y[:, 1], p)


@pytest.mark.parametrize("text", FIRST.values(), ids=FIRST)
def test_mean_distances(text: str) -> None:
    k = compiled(text)
    assert k(X, Y) == pytest.approx(ot.emd2([], [], D), rel=1e-13)
    assert k(tj.Empirical(X, A), Y) == pytest.approx(ot.emd2(A, np.full(5, 0.2), D), rel=1e-13)
    assert k(X[:, 0], Y[:, 0]) == pytest.approx(wasserstein_distance(X[:, 0], Y[:, 0]), rel=1e-13)
    assert k(X, X + np.array([3.0, 0.0, 4.0])) == pytest.approx(5.0, rel=1e-13)
    assert k(X, X[::-1]) == 0.0


def test_row_9_the_first_power_is_the_mean_distance() -> None:
    power, first = compiled(POWER["as written"]), compiled(FIRST["as written"])
    for weights in (None, A):
        P = tj.Empirical(X, weights)
        assert power(P, Y, 1) == first(P, Y)
        assert power(tj.Empirical(X[:, 0], weights), Y[:, 0], 1) == first(tj.Empirical(X[:, 0], weights), Y[:, 0])


def test_small_clouds_by_all_permutations() -> None:
    k, (x, y) = compiled(POWER["as written"]), RNG.normal(size=(2, 5, 2))
    c = np.linalg.norm(x[:, None] - y, axis=-1) ** 2
    best = min(c[np.arange(5), list(order)].mean() for order in itertools.permutations(range(5)))
    assert k(P=x, Q=y, p=2) == pytest.approx(np.sqrt(best), rel=1e-13)


def test_large_powers_stay_in_range() -> None:
    k = compiled(POWER["as written"])
    scaled = ot.emd2([], [], (D / D.max()) ** 60) ** (1 / 60) * D.max()
    assert k(X, Y, 60) == pytest.approx(scaled, rel=1e-9)
    assert np.isfinite(k(1e4 * X, 1e4 * Y, 200)) and np.isfinite(k(1e4 * X[:, 0], 1e4 * Y[:, 0], 200))
    assert k(1e4 * X, 1e4 * Y, 200) == pytest.approx(1e4 * k(X, Y, 200), rel=1e-12)


def test_any_cost_is_a_cost() -> None:
    S = np.eye(3) * 2 + 0.25
    k = compiled(r"T(A, B, S) = \inf_{g \in G(A,B)} \int (a-b)^\top S (a-b) \, dg(a,b)")
    quadratic = np.einsum("nmi,ij,nmj->nm", X[:, None] - Y, S, X[:, None] - Y)
    assert k(X, Y, S) == pytest.approx(ot.emd2([], [], quadratic), rel=1e-13)
    concave = compiled(r"T(A, B) = 2 \inf_{g \in G(A,B)} \int \sqrt{|a-b|} \, dg(a,b) + 1")
    expected = 1 + 2 * ot.emd2([], [], np.sqrt(np.abs(X[:, 0][:, None] - Y[:, 0])))
    assert concave(X[:, 0], Y[:, 0]) == pytest.approx(expected, rel=1e-13)
    given = compiled(r"K(\mu,\nu)=\inf_{\pi \in \Pi(\mu,\nu)} \int c(x, y) \, d\pi(x, y)")
    assert given(X, Y, lambda x, y: ((x - y) ** 2).sum(-1)) == pytest.approx(ot.emd2([], [], D**2), rel=1e-13)
    with pytest.raises(SlotError, match=r"shape \(7, 5, 3\), expected \(7, 5\)"):
        given(X, Y, lambda x, y: (x - y) ** 2)
    linked = tj.compile(tj.read("$$c(x, y) = \\|x - y\\|^3 + x^\\top y$$\n\n"
                                "$$K(P, Q) = \\inf_{\\pi \\in \\Pi(P, Q)} \\int c(u, v) \\, d\\pi(u, v)$$"))
    assert linked.K(X, Y) == pytest.approx(ot.emd2([], [], D**3 + X @ Y.T), rel=1e-12)


def test_a_root_inside_of_the_infimum() -> None:
    k = compiled(r"W(P,Q,p) = \inf_{\pi \in \Pi(P,Q)} \left( \int\int \|x - y\|^p \, d\pi(x,y) \right)^{1/p}")
    assert k(X, Y, 3.0) == pytest.approx(ot.emd2([], [], D**3) ** (1 / 3), rel=1e-13)
    with pytest.raises(DomainError, match="least root is not that of the least cost"):
        k(X, Y, -1.0)


def test_explain_says_what_is_least() -> None:
    text = compiled(POWER["as written"]).explain()
    assert "transport is the root of the least mean of (sqrt(" in text and "over couplings of P and Q" in text
    assert "P: a distribution: points (n,) or (n, d)" in text


def test_below_the_first_power_nothing_is_sorted() -> None:
    k = compiled(POWER["as written"])
    x, y = np.array([0.0, 1.0]), np.array([1.0, 2.0])
    assert k(x, y, 0.5) == pytest.approx((np.sqrt(2) / 2) ** 2, rel=1e-13)


def test_leading_axes_and_estimates() -> None:
    k = compiled(POWER["as written"])
    powers = np.array([1.0, 2.0, 4.0])
    assert np.array_equal(k(X, Y, powers), [k(X, Y, p) for p in powers])
    value, error = k.with_error(X, Y, 2.0)
    assert abs(value - ot.emd2([], [], D**2) ** 0.5) <= error + 1e-15 < 1e-12


def test_what_is_no_distribution_is_refused() -> None:
    k = compiled(FIRST["as written"])
    with pytest.raises(ShapeError, match=r"P have shape \(7, 3\), those of Q \(5,\)"):
        k(X, Y[:, 0])
    with pytest.raises(DomainError, match="Q: there are no points"):
        k(X, np.empty((0, 3)))
    with pytest.raises(DomainError, match="P: point 0 is nan"):
        k([[np.nan, 0.0, 0.0]], Y)
    with pytest.raises(TypeError, match="needs Q; it takes P, Q"):
        k(X)
    power = compiled(POWER["as written"])
    for p in (0.0, np.inf):
        with pytest.raises(DomainError, match="has no transport"):
            power(X, Y, p)
    with pytest.raises(DomainError, match="costs must be finite"):
        power(X, X, -1.0)


@pytest.mark.parametrize("text", [
    r"W(P, Q) = \inf_{J \in \mathcal{J}_\epsilon(P, Q)} \int |x - y| \, dJ(x, y)",
    r"W(P, Q) = \inf_{J \in \mathcal{J}} \int |x - y| \, dJ(x, y)",
    r"W(P, Q) = \inf_{J \in \mathcal{J}(P, Q)} (\int |x - y| \, dJ(x, y) + H(J))",
    r"W(P, Q) = \inf_{J \in \mathcal{J}(P, Q)} \int |x - y| \, dK(x, y)",
    r"W(P, Q) = \inf_{J \in \mathcal{J}(P, Q)} (\int \|x - y\|^2 \, dJ(x, y))^{1/3}",
    r"W(P, Q) = \sup_{J \in \mathcal{J}(P, Q)} \int |x - y| \, dJ(x, y)",
])
def test_what_is_no_transport_is_refused(text: str) -> None:
    with pytest.raises(tj.TexjitError):
        compiled(text)
