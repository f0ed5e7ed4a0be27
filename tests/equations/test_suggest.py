"""Suggestions: shown beside a reading, never a change of it."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.suggest import one_slip

from .test_understand import readings


def last(text: str) -> Equation:
    found = readings(text)[-1]
    meanings = [r.meaning for r in readings(text) if isinstance(r.meaning, Equation)]
    assert meanings, found.message
    return meanings[-1]


@pytest.mark.parametrize(
    ("text", "name", "declaration"),
    [
        ("The $n \\times n$ matrix $A$ acts. $$y = A x$$", "A", r"$A \in \mathbb{R}^{n \times n}$"),
        ("Let $A$ be an $m \\times n$ matrix. $$y = A x$$", "A", r"$A \in \mathbb{R}^{m \times n}$"),
        ("$$y = A x$$ where $x$ is a vector.", "x", r"$x \in \mathbb{R}^{n}$"),
        ("The covariance matrix $\\Sigma$ is known. $$d = x \\Sigma$$", "Sigma", r"$\Sigma \in \mathbb{S}_{++}^{d}$"),
    ],
)
def test_the_prose_suggests_a_declaration(text: str, name: str, declaration: str) -> None:
    e = last(text)
    (note,) = [a for a in e.assumptions if a.startswith(f"the text calls {name} ")]
    assert note.endswith(f"declare {declaration}")
    assert all(not p.axes for p in e.parameters)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"f = \operatorname{sigmiod}(z)", "sigmoid"),
        (r"$$\text{velocity} = d$$ $$E = m \text{velcity}^2$$", "velocity"),
    ],
)
def test_a_slip_is_pointed_out(text: str, meant: str) -> None:
    assert any(a.endswith(f"did you mean {meant}?") for a in last(text).assumptions)


def test_a_refusal_carries_the_slip() -> None:
    (reading,) = readings(r"f = \operatorname{sigmiod}(z + 1)")
    assert reading.diagnostic is not None
    assert any("did you mean sigmoid?" in note for note in reading.diagnostic.notes)


@pytest.mark.parametrize(
    ("a", "b", "slip"),
    [("sigma", "simga", True), ("beta", "zeta", False), ("x_1", "x_2", False), ("speed", "speeds", True),
     ("speed", "speed", False), ("rate", "mass", False)],
)
def test_one_slip(a: str, b: str, slip: bool) -> None:
    assert one_slip(a, b) is slip is one_slip(b, a)


def test_numbers_that_might_be_arrays_are_noted() -> None:
    e = last("y = A x")
    assert e.assumptions == (
        "A and x are numbers; for a matrix and a vector declare A in R^{m x n}; x in R^n",
    )
