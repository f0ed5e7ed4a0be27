"""An element that is transposed is a vector: the rows of x in x_i^T w."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand
from texjit.runtime.reference import Reference

RNG = np.random.default_rng(3)
X, Y, W, Q = RNG.normal(size=(5, 3)), RNG.normal(size=5), RNG.normal(size=3), RNG.normal(size=(3, 3))
Z = RNG.normal(size=(5, 3))


@pytest.mark.parametrize(
    ("text", "inputs", "right"),
    [
        (r"\sum_{i=1}^n (y_i - x_i^\top w)^2", {"y": Y, "x": X, "w": W}, ((Y - X @ W) ** 2).sum()),
        (r"\sum_{i=1}^n (y_i - w^\top x_i)^2", {"y": Y, "x": X, "w": W}, ((Y - X @ W) ** 2).sum()),
        (r"\frac{1}{n} \sum_{i=1}^n x_i x_i^T", {"x": X}, X.T @ X / 5),
        (r"\sum_{i=1}^n x_i^T z_i", {"x": X, "z": Z}, (X * Z).sum()),
        (r"\sum_{i=1}^n x_i^T Q x_i", {"x": X, "Q": Q}, np.trace(X @ Q @ X.T)),
    ],
)
def test_rows_are_vectors(text: str, inputs: dict[str, np.ndarray], right: np.ndarray) -> None:
    (reading,) = understand(read_source(Source("notes.md", f"$$L = {text}$$")))
    assert isinstance(reading.meaning, Equation), reading.message
    assert set(reading.meaning.call_order) == set(inputs)
    (found,) = Reference(reading.meaning).evaluate(inputs, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), right, rtol=1e-13)


def test_a_capital_with_an_index_may_be_a_vector_or_a_matrix() -> None:
    (reading,) = understand(read_source(Source("notes.md", r"$$S = \sum_{i=1}^n X_i^\top \beta$$")))
    assert reading.diagnostic is not None and reading.diagnostic.code == "E137"
    assert r"X \in \mathbb{R}" in reading.diagnostic.help
