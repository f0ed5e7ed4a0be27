"""Black-box functions of indexed arguments: a value for every index, never one for all."""

from __future__ import annotations

import numpy as np
import pytest

import texjit as tj
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand

Z, C = np.array([0.1, 0.5, 0.7]), np.array([1.0, 2.0, 3.0])


def bump(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.exp(-((a - b) ** 2))


def read(text: str) -> Reading:
    (found,) = understand(read_source(Source("notes.md", f"$${text}$$")))
    return found


@pytest.mark.parametrize(
    ("text", "values", "axes"),
    (
        (r"f = \sum_{j=1}^m c_j w(z_j)", "w_z_j", ("m",)),
        (r"f = \sum_j c_j w(z_j, u)", "w_z_j_u", ("j",)),
        (r"f = \sum_{i,j} c_i c_j w(z_i, z_j)", "w_z_i_z_j", ("i", "i")),
        (r"p_j = w(z_j) + c_j^2", "w_z_j", ("J",)),
        (r"f = c_0 + w(z_0)", "w_z_0", ()),
        (r"f = \sum_j c_j w(u)", "w_u", ()),
    ),
)
def test_a_value_has_the_axes_of_the_indices(text: str, values: str, axes: tuple[str, ...]) -> None:
    e = read(text).meaning
    if text.startswith("p"):
        e = read(text.replace("c_j^2", r"c_j^2 + \sum_k c_k")).meaning
    assert isinstance(e, Equation)
    (p,) = (p for p in e.parameters if p.role == "slot value")
    assert p.name == values and tuple(a.name for a in p.axes) == axes


def test_the_callable_gets_the_array() -> None:
    one = tj.compile(r"f = \sum_{j=1}^m c_j w(z_j, u) + b")
    assert one(C, bump, Z, 0.3, 0.2) == pytest.approx(C @ bump(Z, 0.3) + 0.2, rel=1e-14)
    two = tj.compile(r"f = \sum_{i=1}^m \sum_{j=1}^m c_i c_j w(z_i, z_j)")
    assert two(c=C, w=bump, z=Z) == pytest.approx(C @ bump(Z[:, None], Z[None]) @ C, rel=1e-14)


@pytest.mark.parametrize("text", (r"f = \sum_{j=2}^m w(z_j, z_{j-1})", r"f = \sum_{j,k} w(z_{jk})"))
def test_other_elements_are_refused(text: str) -> None:
    found = read(text)
    assert found.diagnostic is not None and found.diagnostic.code == "E133" and found.diagnostic.help


def test_a_point_is_told_from_the_data() -> None:
    found = read(r"f(u) = \sum_{j=1}^m c_j w(u_j, u)")
    assert isinstance(found.meaning, Equation)
    (p,) = (p for p in found.meaning.parameters if p.role == "slot value")
    assert "u_data" in found.meaning.call_order and len(p.axes) == 1


def test_a_function_of_an_array_and_its_elements_is_refused() -> None:
    found = read(r"f = \sum_{j=1}^m c_j w(u_j, u)")
    assert found.diagnostic is not None and found.diagnostic.help == "give the elements a letter of their own, e.g. U_i"


@pytest.mark.parametrize("text", (r"f = \lVert x - w(z) \rVert^2", r"f = x^T (x - w(z))"))
def test_a_black_box_whose_value_is_added_to_a_vector_gives_a_vector(text: str) -> None:
    found = read(text)
    assert isinstance(found.meaning, Equation)
    (p,) = (p for p in found.meaning.parameters if p.role == "slot value")
    assert len(p.axes) == 1 and f"{p.name} is a vector: it is added to a vector" in found.assumptions


def test_a_number_of_a_black_box_is_added_to_numbers() -> None:
    assert isinstance(read(r"f = (c - w(z))^2 + x^T x").meaning, Equation)
