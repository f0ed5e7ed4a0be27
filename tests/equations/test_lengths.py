r"""Declared shapes: lengths that formulas mention, columns with a number, elements on the left-hand side."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand

ENERGY = r"$$E = \frac{m}{2} + u^T u$$"
DECLARED = r"with $u \in \mathbb{R}^m$"


def reading(text: str, name: str = "E") -> Reading:
    found = [r for r in understand(read_source(Source("notes.md", text))) if r.name == name]
    return found[-1]


def signature(text: str, name: str = "E") -> str:
    e = reading(text, name).meaning
    assert isinstance(e, Equation)
    assert set(e.call_order) == {p.name for p in e.parameters}
    return f"{','.join(e.call_order)}: {e.signature}"


@pytest.mark.parametrize(
    "text",
    (
        f"{DECLARED} {ENERGY}",
        f"## A\n\n$$m = |c - a|$$\n\n## B\n\n{DECLARED} {ENERGY}",
        f"{DECLARED}, $m \\in \\mathbb{{N}}$ {ENERGY}",
        f"{DECLARED} and $m = k h$ {ENERGY}",
        f"{DECLARED} and $m = \\frac{{k}}{{h}}$ {ENERGY}",
    ),
)
def test_a_declared_length_is_read_off_the_array(text: str) -> None:
    assert signature(text) == "u: (m)->()"


def test_another_meaning_of_a_length_in_the_same_section_is_asked() -> None:
    found = reading(f"{DECLARED} and $m = |c - a|$ {ENERGY}")
    assert found.diagnostic is not None and found.diagnostic.code == "E188"


def test_a_formula_without_the_array_takes_the_definition() -> None:
    text = f"## A\n\n{DECLARED} and $m = |c - a|$\n\n$$E = e^{{-m^2}}$$"
    assert signature(text) == "c,a: (),()->()"


def test_what_was_not_taken_is_told() -> None:
    found = reading(f"## A\n\n$$m = |c - a|$$\n\n## B\n\n{DECLARED} {ENERGY}")
    assert found.assumptions == ("m is the length of an array here, not the m of line 3 (A)",)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        (r"with $u \in \mathbb{R}^{M \times 3}$ $$E = \sum_{b=1}^M u_{b,1} u_{b,2}$$", "u: (M,3)->()"),
        (r"with $u \in \mathbb{R}^{M \times 3}$ $$E_c = u_{c,3} + \sum_{b=1}^M u_{b,1}$$", "u: (M,3)->(M)"),
        (r"with $u \in \mathbb{R}^{M \times 3}$ $$E = \sum_{b=1}^3 u_{2,b}$$", "u: (M,3)->()"),
        (r"$$E = \sum_{b=1}^M u_{b,1}$$", "u_1: (M)->()"),
        (r"$$E = \sum_{b=1}^M \sum_{c=1}^L (u_{b,c} - u_{b,1})$$", "u: (M,L)->()"),
    ),
)
def test_a_column_of_an_array_is_no_array_of_its_own(text: str, expected: str) -> None:
    assert signature(text) == expected


def test_a_label_beside_an_index_is_told() -> None:
    assert "u_1 is an array of its own; declare u in R^{m x n} for a column of u" in reading(
        r"$$E = \sum_{b=1}^M u_{b,1}$$").assumptions


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        (r"with $z \in \Delta^L$ $$\text{Even}(z_j) = (1 - a) z_j + \frac{a}{L}$$", "z,a: (L),()->(L)"),
        (r"with $z \in \mathbb{R}^L$ $$\text{Even}(z_j) = (1 - a) z_j$$", "z,a: (L),()->(L)"),
        (r"$$\text{Even}(z_j) = (1 - a) z_j$$", "z_j,a: (),()->()"),
        (r"with $z_j \in \mathbb{R}$ $$\text{Even}(z_j) = (1 - a) z_j$$", "z_j,a: (),()->()"),
    ),
)
def test_a_function_of_the_elements_of_a_declared_vector_gives_a_vector(text: str, expected: str) -> None:
    assert signature(text, "Even") == expected
