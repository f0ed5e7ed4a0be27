"""Certificates of kernels with integrals: each part, and values beside enclosures."""

from __future__ import annotations

from typing import Any

import pytest

import texjit as tj
from texjit.runtime import quadrature
from texjit.runtime.enclosed import Bell, enclosed

pytestmark = pytest.mark.usefixtures("session_cache")


@pytest.mark.parametrize(
    "text",
    [
        r"f(x) = 2 \int_0^x e^{-t^2} dt",
        r"f = \int \frac{dx}{1 + x^2}",
        pytest.param(r"f(k) = \int_0^{\pi/2} \frac{dt}{\sqrt{1 + k^2 \sin^2 t}}", marks=pytest.mark.slow),
        pytest.param(r"f(m) = \int x^2 e^{-\frac{(x-m)^2}{2}} \, dx", marks=pytest.mark.slow),
        r"D(P \| Q) = \int p(x) \log\frac{p(x)}{q(x)} \, dx",
        r"m = \int x \, p(x) \, dx",
    ],
)
def test_integrals_are_verified(text: str) -> None:
    c = tj.verify(tj.compile(text), points=40)
    assert c.verdict == "verified", c
    assert any("of enclosures" in n for n in c.notes) and any("the integrand: verified" in n for n in c.notes)


def test_where_nothing_is_enclosed_nothing_is_verified() -> None:
    c = tj.verify(tj.compile(r"S = \sum_{n=1}^N \int_0^{b_n} e^{-x} dx"), points=20)
    assert c.verdict == "undecided" and any("not enclosed" in n for n in c.notes)


def test_a_wrong_value_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = quadrature.integral

    def wrong(*given: Any) -> Any:
        value, error = right(*given)
        return value * (1 + 1e-8), error

    monkeypatch.setattr(quadrature, "integral", wrong)
    c = tj.verify(tj.compile(r"g(x) = 1 + \int_0^x e^{-t^2} dt"), points=21)
    assert c.verdict == "miscompiled" and c.worst is not None and c.worst["introduced_by"] == "quadrature"


@pytest.mark.parametrize("s", [pytest.param(0.4, marks=pytest.mark.slow), 1.5])
def test_enclosures_hold_the_value(s: float) -> None:
    from scipy.special import gamma

    (c,) = tj.compile(r"G(s) = \int_0^\infty t^{s-1} e^{-t} dt").equation.computed
    bounds = enclosed(c, {"s": s})
    assert bounds is not None
    lo, hi = bounds
    assert lo <= gamma(s) * (1 + 1e-15) and gamma(s) * (1 - 1e-15) <= hi and hi - lo < 1e-6 * hi


def test_enclosures_of_divergences() -> None:
    (c,) = tj.compile(r"D(P \| Q) = \int p(x) \log\frac{p(x)}{q(x)} \, dx").equation.computed
    bounds = enclosed(c, {"p": Bell(0.0, 1.0), "q": Bell(1.0, 1.0)})
    assert bounds is not None and bounds[0] <= 0.5 <= bounds[1] and bounds[1] - bounds[0] < 1e-9
    assert enclosed(tj.compile(r"f = \int_0^1 \frac{1}{x} dx").equation.computed[0], {}) is None
