"""Integrals as they are written: variables, ends, extents, and what they become."""

from __future__ import annotations

import pytest
import sympy

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand


def read(text: str, where: str = "") -> Equation:
    source = Source("notes.md", text if "$" in text else f"$${text}$$")
    *_, reading = understand(read_source(source), declarations(where))
    assert isinstance(reading.meaning, Equation), reading.message
    return reading.meaning


@pytest.mark.parametrize(
    ("text", "variables", "ends"),
    [
        (r"f = \int_0^1 x^2 \, dx", ("x",), (0, 1)),
        (r"f = \int_0^1 x^2 \, \mathrm{d}x", ("x",), (0, 1)),
        (r"f = \int_0^1 dx \, x^2", ("x",), (0, 1)),
        (r"f = \int_0^\infty \frac{d\omega}{1 + \omega^2}", ("omega",), (0, sympy.oo)),
        (r"f = \int_{-\infty}^{\infty} e^{-u^2} du", ("u",), (-sympy.oo, sympy.oo)),
        (r"f = \int e^{-u^2} du", ("u",), (-sympy.oo, sympy.oo)),
        (r"f = \int_{\mathbb{R}} e^{-u^2} du", ("u",), (-sympy.oo, sympy.oo)),
        (r"f = \int_{[0, 1]} u \, du", ("u",), (0, 1)),
        (r"f = \int_{x \in [0, 1]} x \, dx", ("x",), (0, 1)),
        (r"f = \int_{x=0}^{1} x \, dx", ("x",), (0, 1)),
        (r"f = \int_0^1 e^{-z'} dz'", ("z_prime",), (0, 1)),
        (r"f = \int_0^1 \theta_1^2 \, d\theta_1", ("theta_1",), (0, 1)),
    ],
)
def test_variables_and_ends(text: str, variables: tuple[str, ...], ends: tuple[object, object]) -> None:
    e = read(text)
    (c,) = e.computed
    assert c.kind == "integral" and c.variables == variables and c.bounds == (ends,)
    assert e.call_order == () and str(e.outputs[0].body) == c.value
    assert [p.name for p in c.inner.parameters] == list(variables)


def test_what_an_integrand_takes() -> None:
    e = read(r"F(x, a) = a \int_0^x e^{-b t} p(t) \, dt")
    (c,) = e.computed
    assert e.call_order == ("x", "a", "b", "p")
    assert c.inner.call_order == ("t", "b", "p")
    assert [s.value for s in c.inner.slots] == ["p_t"] and not e.slots
    assert [p.role for p in e.parameters] == ["argument", "argument", "symbol", "computed value"]
    assert c.bounds[0][1] == sympy.Symbol("x")


def test_one_inside_the_other() -> None:
    e = read(r"f(a) = \int_0^\infty \int_0^x e^{-a x} y \, dy \, dx")
    (outer,) = e.computed
    (inner,) = outer.inner.computed
    assert outer.variables == ("x",) and inner.variables == ("y",)
    assert inner.bounds == ((0, sympy.Symbol("x")),) and inner.inner.call_order == ("y", "x", "a")
    (both,) = read(r"f = \iint_{\mathbb{R}^2} e^{-x^2 - y^2} dx \, dy").computed
    assert both.variables == ("y", "x") and len(both.bounds) == 2


def test_a_letter_outside_is_another_one() -> None:
    e = read(r"f = x + \int_0^1 x^2 \, dx")
    (c,) = e.computed
    assert e.call_order == ("x",) and c.variables != ("x",)
    assert any("another x" in a for a in e.assumptions)


def test_definitions_under_an_integral_follow_the_variable() -> None:
    e = read("$$y = x^2$$\n\n$$f = \\int_0^1 y \\, dx$$")
    assert e.call_order == () and e.computed[0].variables == ("x",)


def test_the_whole_line_is_an_assumption() -> None:
    assert any("whole line" in a for a in read(r"f = \int e^{-x^2} \, dx").assumptions)


def test_laws_stand_for_their_densities() -> None:
    e = read(r"D(F \| G) = \int f(y) \log \frac{f(y)}{g(y)} \, dy")
    assert e.call_order == ("f", "g")
    assert any("F is the law with the density f" in a for a in e.assumptions)


def test_an_integral_at_every_index() -> None:
    e = read(r"S = \sum_{n=1}^N \int_0^{b_n} x^n dx")
    (c,) = e.computed
    assert [a.name for a in c.axes] == ["N"] and isinstance(c.bounds[0][1], Equation)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (r"f = \lim_{T \to \infty} \int_0^T e^{-x} dx", (0, sympy.oo)),
        (r"f = \lim_{\epsilon \to 0^+} \int_\epsilon^1 x^{-1/2} dx", (0, 1)),
        (r"f = \lim_{R \to \infty} \left( \int_{-R}^{R} e^{-x^2} dx \right)", (-sympy.oo, sympy.oo)),
        (r"f = \lim_{b \to \infty} \int_1^b \frac{1}{u^2} du", (1, sympy.oo)),
    ],
)
def test_limits_of_ends_are_improper_integrals(text: str, ends: tuple[object, object]) -> None:
    e = read(text)
    (c,) = e.computed
    assert c.bounds == (ends,) and e.call_order == () and any("improper" in a for a in e.assumptions)


@pytest.mark.parametrize(
    "text",
    [
        r"f = \lim_{T \to \infty} \frac{1}{T} \int_0^T g \, dx",
        r"f = \lim_{T \to \infty} \int_0^T e^{-x / T} dx",
        r"f = \lim_{T \to \infty} \int_0^{2 T} e^{-x} dx",
        r"f(a) = \lim_{x \to a} \frac{x^2 - a^2}{x - a}",
    ],
)
def test_other_limits_are_refused(text: str) -> None:
    *_, reading = understand(read_source(Source("notes.md", f"$${text}$$")), declarations(""))
    assert reading.meaning is None and reading.diagnostic is not None and reading.diagnostic.code == "E192"
