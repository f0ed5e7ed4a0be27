"""Definitions that are found numerically inside of other formulas, against closed forms."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

import texjit as tj
from texjit.runtime import quadrature

pytestmark = pytest.mark.usefixtures("session_cache")

#: What a call promises of its integrals (`quadrature.RTOL`), and of what is made of a few of them.
RTOL = 1e-9

GIBBS = r"""
$$u(x) = x^2 / 2$$

$$Z = \int e^{-\beta u(x)} \, dx$$

$$p(x) = \frac{e^{-\beta u(x)}}{Z}$$

$$F = -\frac{1}{\beta} \log Z$$

$$m = \int x^2 p(x) \, dx$$
"""

MAPPED = r"""
$$f(b) = \int_0^1 e^{-b x} dx$$

$$g(b) = f(2 b) / f(b) + f(b)^2$$

$$S = \sum_{k=1}^K w_k f(b_k)$$

$$H = f(A)$$

$$V(s) = \int_0^s f(y) \, dy$$

$$q(z) = \int_0^1 e^{-t \sum_i z_i^2} dt$$

$$r(v, c) = c\, q(v) + q(2 v)$$
"""


@pytest.fixture(autouse=True)
def _judged_elsewhere() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=tj.AccuracyWarning)
        yield


def f(b: np.ndarray | float) -> np.ndarray | float:
    return -np.expm1(-b) / b


def slope(b: np.ndarray | float) -> np.ndarray | float:
    return (b * np.exp(-b) + np.expm1(-b)) / b**2


def test_a_partition_function_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    library = tj.compile(GIBBS)
    x = np.linspace(-1, 2, 7)
    calls = []
    right = quadrature.integral
    monkeypatch.setattr(quadrature, "integral", lambda *given, **k: calls.append(1) or right(*given, **k))
    np.testing.assert_allclose(library.p(x, beta=2.0), np.exp(-x * x) / math.sqrt(math.pi), rtol=RTOL)
    assert len(calls) == 1
    assert library.p(0.5, beta=2.0, Z=1.0) == pytest.approx(math.exp(-0.25), rel=1e-14)
    assert library.F(2.0) == pytest.approx(-math.log(math.pi) / 4, rel=RTOL)
    assert library.m(2.0) == pytest.approx(0.5, rel=RTOL)
    assert "Z is the value of integral" in library.p.explain()


def test_derivatives_go_through_definitions() -> None:
    g = tj.grad(tj.compile(GIBBS).F, "beta")
    assert g(2.0) == pytest.approx(math.log(math.pi) / 8 + 1 / 8, rel=RTOL)  # F = -log(2π/β) / (2β)
    assert r"\frac{\partial}{\partial \beta} Z" in g.latex
    c = tj.verify(g, points=20)
    assert c.verdict == "verified" and any("of enclosures" in n for n in c.notes)


@pytest.mark.slow
def test_at_other_places_indices_and_arrays() -> None:
    library = tj.compile(MAPPED, where="A in R^{n}; v, z in R^{d}")
    assert library.g(1.5) == pytest.approx(f(3) / f(1.5) + f(1.5) ** 2, rel=RTOL)
    w, b = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 2.0])
    assert library.S(w=w, b=b) == pytest.approx(w @ f(b), rel=RTOL)
    np.testing.assert_allclose(library.H(b), f(b), rtol=RTOL)
    np.testing.assert_allclose(library.H(np.array([b, 2 * b])), f(np.array([b, 2 * b])), rtol=RTOL)
    assert library.r(w, 2.0) == pytest.approx(2 * f(w @ w) + f(4 * w @ w), rel=RTOL)
    dw, db = tj.grad(library.S, ("w", "b"))(w=w, b=b)
    np.testing.assert_allclose(dw, f(b), rtol=RTOL)
    np.testing.assert_allclose(db, w * slope(b), rtol=RTOL)
    with pytest.raises(tj.Unsupported, match="E394"):
        tj.grad(library.r, "v")


@pytest.mark.slow
def test_under_an_integral_and_certified() -> None:
    library = tj.compile(MAPPED, where="A in R^{n}; v, z in R^{d}")
    nodes, weights = np.polynomial.legendre.leggauss(40)
    assert library.V(1.3) == pytest.approx(0.65 * weights @ f(0.65 * (nodes + 1)), rel=RTOL)
    slopes = 2 * slope(3.0) / f(1.5) - f(3.0) * slope(1.5) / f(1.5) ** 2 + 2 * f(1.5) * slope(1.5)
    assert tj.grad(library.g)(1.5) == pytest.approx(slopes, rel=RTOL)
    for k in (library.g, library.H, library.V, tj.grad(library.g)):
        assert tj.verify(k, points=20).verdict == "verified"


@pytest.mark.slow
def test_arrays_of_integrals_in_a_sum() -> None:
    library = tj.compile(r"""
$$Z_k = \int_0^{b_k} e^{-x a} dx$$

$$S = \sum_{k=1}^K w_k \log Z_k$$
""")
    w, b = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 2.0])
    assert library.S(w=w, b=b, a=2.0) == pytest.approx(w @ np.log(-np.expm1(-2 * b) / 2), rel=RTOL)


def test_what_functions_give_is_not_applied_to_others() -> None:
    library = tj.compile(r"""
$$m(p) = \int x \, p(x) \, dx$$

$$d(p, q) = m(p) - m(q)$$
""")
    (failure,) = library.failures
    assert "E267" in failure.rendered and failure.unsupported
