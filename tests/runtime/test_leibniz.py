"""Derivatives through integrals against closed forms and central differences, and where the rule does not hold."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import scipy.special as special
import scipy.stats as stats

import texjit as tj
from texjit.runtime import enclosed
from texjit.runtime.quadrature import QuadratureWarning

pytestmark = pytest.mark.usefixtures("session_cache")

#: What a call promises of its integrals (`quadrature.RTOL`), and of what is made of a few of them.
RTOL = 1e-9


@pytest.fixture(autouse=True)
def _judged_elsewhere() -> Iterator[None]:
    """Integrands are certified when first used; how accurate they are is not asked here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=tj.AccuracyWarning)
        yield


def test_by_ends_and_under_the_sign() -> None:
    k = tj.compile(r"F(x, a) = a^2 \int_0^x e^{-t^2 a} dt")
    x, a = np.array([1.3, 0.4]), np.array([2.0, 0.7])
    inner = np.sqrt(np.pi / a) / 2 * special.erf(np.sqrt(a) * x)
    slope = -inner / (2 * a) + x * np.exp(-a * x * x) / (2 * a)
    dx, da = tj.grad(k)(x, a)
    np.testing.assert_allclose(dx, a**2 * np.exp(-a * x * x), rtol=RTOL)
    np.testing.assert_allclose(da, 2 * a * inner + a**2 * slope, rtol=RTOL)
    value, error = tj.grad(k, "a").with_error(1.3, 2.0)
    assert value == pytest.approx(da[0], rel=RTOL) and 0 < error < 1e-9
    assert tj.grad(k, "a")(1.3, 2.0, rtol=1e-4) == pytest.approx(da[0], rel=1e-4)
    assert tj.grad(k, "integral")(1.3, 2.0) == 4.0
    F, dot = tj.jvp(k)(1.3, 2.0, x_dot=0.3, a_dot=-0.5)
    assert F == pytest.approx(k(1.3, 2.0)) and dot == pytest.approx(0.3 * dx[0] - 0.5 * da[0], rel=RTOL)
    pulled = tj.vjp(k)(1.3, 2.0, F_bar=3.0)
    np.testing.assert_allclose(pulled, [3 * dx[0], 3 * da[0]], rtol=RTOL)
    assert r"\frac{\partial}{\partial a}" in tj.grad(k, "a").latex


@pytest.mark.slow
def test_second_derivatives() -> None:
    k = tj.compile(r"F(u, w) = \int_u^{u w} e^{-t w} dt")  # (e^(-u w) - e^(-u w²)) / w

    def first(u: float, w: float) -> np.ndarray:
        a, b = math.exp(-u * w), math.exp(-u * w * w)
        return np.array([w * b - a, -(a - b) / w**2 + (2 * u * w * b - u * a) / w])

    h, at = 1e-5, np.array([0.8, 1.7])
    np.testing.assert_allclose(tj.grad(k)(*at), first(*at), rtol=RTOL)
    wanted = [(first(*(at + h * e)) - first(*(at - h * e))) / (2 * h) for e in np.eye(2)]
    found = tj.hessian(k)(*at)
    np.testing.assert_allclose(np.reshape(found, (2, 2)), wanted, rtol=1e-7)  # central differences have ten digits


@pytest.mark.slow
def test_infinite_ranges_and_laws() -> None:
    g = tj.grad(tj.compile(r"G(s) = \int_0^\infty t^{s-1} e^{-t} dt"), "s")
    for s in (0.3, 2.5):
        assert g(s) == pytest.approx(special.gamma(s) * special.digamma(s), rel=RTOL)
    m = tj.grad(tj.compile(r"M(t) = \int e^{t x} p(x) \, dx"), "t")
    assert m(0.3, stats.norm(1, 2)) == pytest.approx((1 + 4 * 0.3) * math.exp(0.3 + 2 * 0.09), rel=RTOL)


@pytest.mark.slow
def test_arrays_of_parameters() -> None:
    k = tj.compile(r"S = \sum_{n=1}^N c_n \int_0^{b_n} e^{-a_n x} dx")
    a, b, c = np.array([0.5, 2.0, 1.0]), np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.3, 0.7])
    da, db, dc = tj.grad(k, ("a", "b", "c"))(a=a, b=b, c=c)
    np.testing.assert_allclose(dc, (1 - np.exp(-a * b)) / a, rtol=RTOL)
    np.testing.assert_allclose(db, c * np.exp(-a * b), rtol=RTOL)
    np.testing.assert_allclose(da, c * (b * np.exp(-a * b) / a - (1 - np.exp(-a * b)) / a**2), rtol=RTOL)


@pytest.mark.slow
def test_one_inside_the_other() -> None:
    k = tj.compile(r"f(a) = \int_0^a \int_0^x e^{-a x} y \, dy \, dx")
    h = 1e-4
    assert tj.grad(k, "a")(1.2) == pytest.approx((k(1.2 + h) - k(1.2 - h)) / (2 * h), rel=1e-7)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"f(a) = \int_0^1 \mathbb{1}[x < a] dx", math.nan),
        (r"f(a) = \int_0^1 |x - a| dx", -0.4),
        pytest.param(r"f(a) = \int_0^1 \arctan(\frac{1}{x - a}) dx", math.nan, marks=pytest.mark.slow),
        pytest.param(r"f(a) = \int_0^a \frac{1}{\sqrt{a - x}} dx", math.nan, marks=pytest.mark.slow),
        pytest.param(r"f(a) = \int_0^1 \frac{1}{1 + (x - a)^2} dx", 1 / 1.09 - 1 / 1.49, marks=pytest.mark.slow),
        pytest.param(r"f(a) = \int_0^1 \begin{cases} (x-a)^2 & x > a \\ 0 & x \le a \end{cases} dx", -0.49,
                     marks=pytest.mark.slow),
    ],
)
def test_what_jumps_or_diverges_has_no_number(text: str, wanted: float) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = tj.grad(tj.compile(text), "a")(0.3)
    if math.isnan(wanted):
        assert math.isnan(found) and any(issubclass(w.category, QuadratureWarning) for w in told)
    else:
        assert found == pytest.approx(wanted, rel=RTOL) and not told


def test_a_kink_has_no_second_derivative_under_the_sign() -> None:
    second = tj.hessian(tj.compile(r"f(a) = \int_0^1 |x - a| dx"), "a")
    with pytest.warns(QuadratureWarning, match="jumps"):
        assert math.isnan(second(0.3))


def test_functions_of_the_caller_are_refused() -> None:
    k = tj.compile(r"f(a) = \int_0^1 g(x, a) \, a \, dx")
    with pytest.raises(tj.Unsupported, match="E393"):
        tj.grad(k, "a")
    first = tj.grad(tj.compile(r"m(x) = \int_0^x t \, p(t) \, dt"), "x")
    assert first(0.7, stats.norm()) == pytest.approx(0.7 * stats.norm.pdf(0.7), rel=RTOL)
    with pytest.raises(tj.Unsupported, match="E393"):
        tj.grad(first, "x")


def test_derivatives_are_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    g = tj.grad(tj.compile(r"f(x, a) = \int_0^x e^{-a t^2} dt"), "a")
    c = tj.verify(g, points=20)
    assert c.verdict == "verified" and any("integral_by_a: 8 values" in n for n in c.notes)
    right = enclosed.enclosed

    def wrong(*given: Any) -> Any:
        bounds = right(*given)
        return None if bounds is None else (bounds[0] * (1 + 1e-7), bounds[1] * (1 + 1e-7))

    monkeypatch.setattr(enclosed, "enclosed", wrong)
    assert tj.verify(g, points=21).verdict == "miscompiled"


def test_through_a_search_there_are_gradients_alone() -> None:
    k = tj.compile(r"m(a) = \max_{x \in [0, 1]} a x (1 - x)")
    assert tj.grad(k, "a")(2.0) == pytest.approx(0.25, rel=1e-14)
    with pytest.raises(tj.Unsupported, match=r"E366.*maximum"):
        tj.jacobian(k, "a")
