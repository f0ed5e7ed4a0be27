"""Searches over an interval against closed forms, and what they refuse or warn of."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.optimize import brute

import texjit as tj
from texjit.runtime.call import DomainError
from texjit.runtime.optimum import OptimumWarning

compiled = functools.cache(tj.compile)


def test_smooth_functions_have_their_largest_values_and_places() -> None:
    value, place = (compiled(rf"f(a) = {op}_{{x \in [0,1]}} (a x - x^2)") for op in (r"\max", r"\arg\max"))
    assert value(0.6) == pytest.approx(0.09, rel=1e-15)
    # A parabola is flat to the last digit over the root of that digit.
    assert place(0.6) == pytest.approx(0.3, abs=3e-8)
    assert place(5.0) == 1.0 and value(5.0) == 4.0
    assert compiled(r"f = \inf_{x \in (0,1)} x \log x")() == pytest.approx(-np.exp(-1), rel=1e-15)


def test_ends_and_leading_axes() -> None:
    conjugate = compiled(r"g(y, b) = \sup_{x \in [-b, b]} (x y - x^2 / 2)")
    y = np.array([1.0, -2.0, 6.0, 0.0])
    assert conjugate(y, 5.0) == pytest.approx([0.5, 2.0, 17.5, 0.0], rel=1e-14)


def test_the_best_of_many_local_optima() -> None:
    k = compiled(r"f(c) = \min_{t \in [-7, 9]} (\sin(5 t + c) + t^2 / 30)")
    expected = brute(lambda t: float(np.sin(5 * t[0] + 0.7) + t[0] ** 2 / 30), ((-7, 9),), Ns=3000, full_output=True)[1]
    assert k(0.7) == pytest.approx(expected, rel=1e-7) and k(0.7) <= expected


def test_functions_of_the_caller() -> None:
    functions = compiled(r"f(c) = \max_{x \in [0, 1]} h(x) + c")
    assert functions(1.0, h=lambda x: -((x - 0.25) ** 2)) == pytest.approx(1.0)


@pytest.mark.parametrize(("text", "why"), [
    (r"f = \max_{x \in (0,1]} 1/x", "grow without end near 0"),
    (r"f = \max_{x \in [0,3]} \tan x", "grow without end near 1.57"),
    (r"f = \min_{x \in [-1,1]} \log x", "undefined at -1"),
    (r"f = \max_{x \in [1,0]} x", "no interval with two ends"),
])
def test_what_has_no_optimum_is_an_error(text: str, why: str) -> None:
    with pytest.raises(DomainError, match=why):
        compiled(text)()


@pytest.mark.parametrize(("text", "why"), [
    (r"f = \arg\min_{x \in [-2,2]} (x^4 - x^2)", "reached at several places"),
    (r"f = \max_{x \in [0,1]} e^{-10^{14} (x - 0.3)^2}", "narrow peak"),
])
def test_what_a_search_cannot_tell_is_a_warning(text: str, why: str) -> None:
    with pytest.warns(OptimumWarning, match=why):
        compiled(text)()


def test_a_search_is_not_called_verified() -> None:
    k = compiled(r"f(a) = \max_{x \in [0,1]} (a x - x^2)")
    certificate = tj.verify(k, points=40)
    assert certificate.verdict == "undecided"
    assert any("not proved to be the best" in n for n in certificate.notes)
    assert "a search proves nothing" in k.explain()
    assert tj.grad(k, wrt="a")(0.6) == pytest.approx(0.3, rel=1e-14)
    with pytest.raises(tj.Unsupported):
        tj.jacobian(k, wrt="a")


@pytest.mark.parametrize("text", [
    r"f(x) = \max_{x \in [0,1]} x^2",
    r"f = \max_{x \in [0,1]} \min_{y \in [0,1]} (x - y)^2",
    r"f = \max_{x_i \in [0,1]} x_i",
])
def test_other_searches_are_refused(text: str) -> None:
    with pytest.raises(tj.TexjitError):
        tj.compile(text)
