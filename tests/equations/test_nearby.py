"""What other statements under a heading show of a product of two undeclared letters."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation, Recurrence
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand
from texjit.runtime.reference import Reference

STEP = "$$z_{j+1} = F z_j + G v_j$$\n"
NUMBERS = "F and z are numbers; for a matrix and a vector declare F in R^{m x n}; z in R^n"


def step(text: str) -> Equation:
    found = understand(read_source(Source("notes.md", text)))
    r = next(r for r in found if r.kind == "recurrence")
    assert isinstance(r.meaning, Recurrence), r.message
    return r.meaning.step


def shapes(e: Equation) -> dict[str, int]:
    return {p.name: len(p.axes) for p in e.parameters}


@pytest.mark.parametrize(
    "evidence",
    (
        "with the cost $$C = \\sum_{j=0}^{N-1} z_j^T W z_j$$",
        "where $\\lVert z_j \\rVert < 1$.",
        "with $z_j \\in \\mathbb{R}^n$.",
        "and $q = z^\\top z$.",
        "and $$s = \\lVert F z_j - c \\rVert$$",
        "with $F \\in \\mathbb{R}^{n \\times n}$.",
    ),
)
def test_a_vector_elsewhere_is_one_in_the_recurrence(evidence: str) -> None:
    e = step(STEP + evidence)
    assert shapes(e) == {"z": 1, "F": 2, "G": 2, "v": 1}
    rng = np.random.default_rng(5)
    z, F, G, v = rng.random(3), rng.random((3, 3)), rng.random((3, 2)), rng.random(2)
    ((_, out),) = Reference(e).value_certified({"z": z, "F": F, "G": G, "v": v}).items()
    np.testing.assert_allclose(np.asarray(out, float), F @ z + G @ v, rtol=1e-14)


@pytest.mark.parametrize(
    "text", (STEP, STEP + "and $q = z^2$.", STEP + "# Two\n\n$$q = z^T z$$", STEP + "and $$m = \\sum_j z_j$$",
             "# One\n\nwith $z_j \\in \\mathbb{R}^n$\n\n# Two\n\n" + STEP)
)
def test_numbers_where_nothing_shows_a_vector(text: str) -> None:
    e = step(text)
    assert set(shapes(e).values()) == {0}
    assert NUMBERS in e.assumptions


def test_a_declared_number_stays_one() -> None:
    assert set(shapes(step(STEP + "with $z_j \\in \\mathbb{R}$ and $q = a^T a$")).values()) == {0}


@pytest.mark.parametrize(
    ("text", "ranks"),
    (
        ("$$M_{j+1} = F M_j F^T + W$$", {"M": 2, "F": 2, "W": 2}),
        ("$$z_{j+1} = 2 z_j + F v_j$$ with $F \\in \\mathbb{R}^{n \\times m}$", {"z": 1, "F": 2, "v": 1}),
        ("$$z_{j+1} = z_j - c F^T (F z_j - y)$$", {"z": 1, "c": 0, "F": 2, "y": 1}),
        ("$$z_{j+1} = \\frac{F z_j}{\\lVert F z_j \\rVert}$$", {"z": 1, "F": 2}),
        ("$$z_{j+1} = R z_j (1 - z_j)$$", {"z": 0, "R": 0}),
    ),
)
def test_the_equations_of_a_system_show_its_shapes(text: str, ranks: dict[str, int]) -> None:
    e = step(text)
    assert shapes(e) == ranks
    state = e.parameters[0]
    assert state.axes == e.outputs[0].axes


def test_a_product_added_to_a_vector_is_one() -> None:
    text = "$$y = F z + G v, \\quad q = z^T z$$"
    (e, _) = (r.meaning for r in understand(read_source(Source("notes.md", text))))
    assert isinstance(e, Equation) and shapes(e) == {"z": 1, "F": 2, "G": 2, "v": 1}
    assert "v is a vector: G v is added to a vector" in e.assumptions
