r"""Sums over the corners of a polygon: what stands behind the last one is asked about, never left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.equations.diagnostic import InvalidEquation
from texjit.equations.equation import Equation
from texjit.equations.understand import Reading, understand

AREA = r"$$A = \frac12 \sum_{i=1}^{n} (x_i y_{i+1} - x_{i+1} y_i)$$"
X, Y = np.array([0.0, 2.0, 3.0, 1.0]), np.array([0.0, 0.5, 2.0, 3.0])
#: Two triangles: (0,0) (2,.5) (3,2) and (0,0) (3,2) (1,3).
CORNERS = (2 * 2 - 3 * 0.5) / 2 + (3 * 3 - 1 * 2) / 2


def read(text: str) -> Reading:
    return next(r for r in understand(tj.read(text)) if r.kind == "definition")


@pytest.mark.parametrize(("i", "n", "x", "y"),
                         [("i", "n", "x", "y"), ("k", "N", "u", "v"), ("j", "m", r"\xi", r"\eta")])
@pytest.mark.parametrize("closing", [
    " where $X_{N+1} = X_1$ and $Y_{N+1} = Y_1$.", " with $(X_{N+1}, Y_{N+1}) = (X_1, Y_1)$.",
    " where indices are taken modulo $N$.", " Indices wrap around. Here $N$ is the number of corners.",
])
def test_what_the_text_closes_up_is_refused(closing: str, i: str, n: str, x: str, y: str) -> None:
    text = AREA.replace("n}", n + "}").replace("i", i).replace("x_", x + "_").replace("y_", y + "_")
    text = text + closing.replace("N", n).replace("X", x).replace("Y", y)
    d = read(text).diagnostic
    assert d is not None and d.code == "E214" and "write its last term out" in d.help


@pytest.mark.parametrize("text", [
    r"$$A = \sum_{i=0}^{n-1} (x_i y_{i+1} - x_{i+1} y_i)$$ where $x_n = x_0$ and $y_n = y_0$.",
    r"$$A = \prod_{j=1}^{m} (a_j + a_{j+1})$$ with $a_{m+1} = a_1$.",
])
def test_other_ways_to_close_up(text: str) -> None:
    d = read(text).diagnostic
    assert d is not None and d.code == "E214"


def test_the_cure_that_is_named_has_the_area() -> None:
    written = r"A = \frac12 \left( \sum_{i=1}^{n-1} (x_i y_{i+1} - x_{i+1} y_i) + x_n y_1 - x_1 y_n \right)"
    np.testing.assert_allclose(tj.compile(written)(x=X, y=Y), CORNERS, 1e-14)


def meaning(text: str) -> Equation:
    e: Any = read(text).meaning
    assert isinstance(e, Equation)
    return e


def test_without_such_words_the_further_element_is_said() -> None:
    e = meaning(AREA)
    assert [a for a in e.assumptions if "nothing wraps around" in a] and e.parameters[0].axes[0].name == "n_plus_1"
    # The caller closes the polygon.
    area = tj.compile(AREA)
    np.testing.assert_allclose(area(x=np.append(X, X[0]), y=np.append(Y, Y[0])), CORNERS, 1e-14)


def test_a_sum_inside_of_its_array_is_not_touched() -> None:
    e = meaning(r"$$D = \sum_{i=1}^{n-1} (x_{i+1} - x_i)^2$$ where $x_{n+1} = x_1$ holds elsewhere.")
    assert e.parameters[0].axes[0].name == "n" and not any("wraps" in a for a in e.assumptions)


def test_a_declared_length_is_no_longer_one() -> None:
    with pytest.raises(InvalidEquation, match="wrap around"):
        tj.compile(AREA, where="x, y in R^n")
