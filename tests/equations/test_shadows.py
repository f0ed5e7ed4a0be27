r"""The nearest meaning of a letter: an argument's own square, an array of this section, three axes under a cross."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand


def equations(text: str) -> dict[str, Equation]:
    found = understand(read_source(Source("notes.md", text)))
    return {r.name: r.meaning for r in found if isinstance(r.meaning, Equation)}


def shapes(e: Equation) -> str:
    return " ".join(f"{p.name}:{','.join(a.name for a in p.axes)}" for p in e.parameters)


def test_the_square_of_an_argument_is_its_own() -> None:
    found = equations("## A\n\n$$u^2 = w + 2c$$\n\n## B\n\n$$f(u) = b u^2$$\n\n$$E = b u^2, \\quad g(w) = u^2 + w$$\n")
    assert found["f"].call_order == ("u", "b")
    assert found["E"].call_order == ("b", "w", "c")
    assert not found["f"].lets and found["E"].lets


def test_the_square_of_an_index_is_its_own() -> None:
    (e,) = (e for n, e in equations("$$k^2 = 2a$$\n\n$$s = \\sum_{k=1}^n k^2 b_k$$").items() if n == "s")
    assert e.call_order == ("b",)


SECTIONS = """# Notes

## Filters

$$G(s) = \\frac{1}{1 + s}$$

## Gain

with $M \\in \\mathbb{R}^{n \\times n}$, $G \\in \\mathbb{R}^{m \\times n}$ and $W \\in \\mathbb{R}^{m \\times m}$

$$K = M G^T (G M G^T + W)^{-1}$$

$$z = G (x - c)$$

## Use

$$q = G(2 a)$$
"""


def test_a_matrix_of_this_section_is_no_function_of_another_one() -> None:
    found = equations(SECTIONS)
    assert shapes(found["K"]) == "M:n,n G:m,n W:m,m"
    assert shapes(found["z"]) == "G:m,n x:n c:n"
    assert found["q"].call_order == ("a",)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        (r"\vec a = \vec b \times \vec c", "b_vec:3 c_vec:3"),
        (r"\vec a = \vec b \times (m \vec c)", "b_vec:3 m: c_vec:3"),
        (r"a = b \times c", "b: c:"),
        (r"\vec a = b \times \vec c", "b: c_vec:d"),
    ),
)
def test_a_cross_product_has_three_elements(text: str, expected: str) -> None:
    (e,) = equations(f"$${text}$$").values()
    assert shapes(e) == expected


def test_a_cross_product_of_declared_vectors_of_another_length_is_refused() -> None:
    assert not equations(r"with $b, c \in \mathbb{R}^d$: $$a = b \times c$$")


def test_numbers_in_a_bracket_beside_a_matrix_stay_numbers() -> None:
    (e,) = equations(r"with $A \in \mathbb{R}^{m \times n}$: $$B = A (1 - a)$$").values()
    assert shapes(e) == "A:m,n a:"
