r"""The letter psi is digamma beside the gamma function or in a text that says so; else the caller gives it."""

from __future__ import annotations

import pytest
import sympy

import texjit
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand


def last(text: str, where: str = "") -> Equation:
    found = understand(read_source(Source("notes.md", text if "$" in text else f"$${text}$$")), declarations(where))[-1]
    assert isinstance(found.meaning, Equation), found.message
    return found.meaning


@pytest.mark.parametrize(
    "text",
    [
        r"H = k + \ln\theta + \ln\Gamma(k) + (1-k)\psi(k)",
        r"The digamma function is $\psi$. $$y_k = \psi(a_k) - \psi\left(\sum_{j=1}^K a_j\right)$$",
        r"y = \operatorname{digamma}(x)",
    ],
)
def test_digamma_is_read_and_told(text: str) -> None:
    e = last(text)
    assert e.outputs[0].body.has(sympy.digamma)
    assert any("digamma is not defined here" in x for x in e.assumptions)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (r"y = \psi(x)", ""),
        (r"P = |\psi(x)|^2", ""),
        (r"f = \psi(x) \Gamma(x)", "psi : R -> R"),
        (r"$\psi : \mathbb{R} \to \mathbb{R}$ $$f = \psi(x) + \ln\Gamma(x)$$", ""),
    ],
)
def test_another_psi_stays_a_function_of_the_caller(text: str, where: str) -> None:
    e = last(text, where)
    assert "psi" in e.call_order
    assert not e.outputs[0].body.has(sympy.digamma)


def test_a_psi_that_is_defined_keeps_its_definition() -> None:
    e = last(r"$$\psi(x) = x^2 + 1$$ $$f = \psi(y) + \ln\Gamma(y)$$")
    assert not any(c.body.has(sympy.digamma) for c in (*e.lets, *e.outputs))


def test_digamma_is_certified() -> None:
    assert texjit.compile(r"y = \operatorname{digamma}(x)").certificate(count=60).verdict == "verified"
