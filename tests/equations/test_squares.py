"""Squares of functions on left-hand sides, against what they define and leave alone."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.reading import Reading
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand


def readings(text: str, where: str = "") -> tuple[Reading, ...]:
    whole = text if "$" in text else f"$${text}$$"
    return understand(read_source(Source("notes.md", whole)), declarations(where))


@pytest.mark.parametrize(("text", "name"), [
    (r"W_2^2(P, Q) = \inf_{g \in \Pi(P, Q)} \int \|x - y\|^2 \, dg(x, y)", "W_2_squared"),
    (r"W_2^2(P, Q) = \inf_{g \in \Pi(P, Q)} \mathbb{E}_{(x, y) \sim g} \|x - y\|^2", "W_2_squared"),
    (r"\text{MMD}^2(P, Q) = \sum_i (P_i - Q_i)^2", "MMD_squared"),
    (r"d^2(u, v) = (u - v)^2", "d_squared"),
    (r"\sigma_f^2(x) = x^2 + 1", "sigma_f_squared"),
])
def test_a_square_is_defined(text: str, name: str) -> None:
    (r,) = readings(text)
    assert r.kind == "definition" and isinstance(r.meaning, Equation)
    assert r.meaning.name == name
    assert any(a.startswith(f"{name} is the square of") for a in r.assumptions)


@pytest.mark.parametrize("text", [
    r"f^2(x) = x^2 + 1", r"f^2(x) = f(f(x))", r"d^2(u, v) = d(v, u)^2", r"y^2 (x) = x + 3", r"x^2(1 - y) = 3",
    r"\sin^2(x) = 1 - \cos^2(x)", r"d^2(u, v) = 3", r"\Gamma^2(x) = x",
])
def test_other_left_hand_sides_are_claims(text: str) -> None:
    assert [r.kind for r in readings(text)] == ["claim"]


def test_beside_its_own_formula_a_square_is_a_claim() -> None:
    text = r"$$d(u, v) = |u - v|$$ $$d^2(u, v) = (u - v)^2$$"
    assert [r.kind for r in readings(text)] == ["definition", "claim"]
    assert [r.kind for r in readings(r"d^2(u, v) = (u - v)^2", "d : R, R -> R")] == ["claim"]


def test_elsewhere_it_is_the_square_and_the_root() -> None:
    text = r"$$d_M^2(x, y) = (x - y)^2 + 1$$ $$g(a, b) = d_M^2(b, a) - d_M(a, 2 b)$$"
    g = readings(text)[1].meaning
    assert isinstance(g, Equation)
    a, b = 1.5, -0.25
    value = g.outputs[0].body
    for let in reversed(g.lets):
        value = value.subs({s: let.body for s in value.free_symbols if s.name == let.name})
    assert float(value.subs({s: {"a": a, "b": b}[s.name] for s in value.free_symbols})) == pytest.approx(
        (b - a) ** 2 + 1 - ((a - 2 * b) ** 2 + 1) ** 0.5)
    assert any("d_M(…) is the nonnegative root of d_M_squared(…)" in x for x in g.assumptions)
