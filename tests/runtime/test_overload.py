"""Several definitions of one name: the arguments choose, or the caller must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.overload import Overload

DOCUMENT = r"""
# One

$$ f(x) = x^2 $$

$$ f(x, y) = x y + 1 $$

$$ f(x) = x^2 $$

# Two

$$ L = \frac{1}{N} \sum_{i=1}^{N} (y_i - q_i)^2 $$

# Three

$$ L = \frac{1}{N} \sum_{i=1}^{N} |y_i - q_i| $$
"""


@pytest.fixture(scope="module")
def library() -> tj.Library:
    lib: tj.Library = tj.compile(tj.read(DOCUMENT))
    return lib


def test_the_number_of_arguments_chooses(library: tj.Library) -> None:
    f = library["f"]
    assert isinstance(f, Overload)
    assert len(f.kernels) == 2  # the repeated formula is no third definition
    assert f(3.0) == 9.0
    assert f(3.0, 2.0) == 7.0
    assert f(x=3.0, y=2.0) == 7.0


def test_arguments_that_fit_several_are_refused(library: tj.Library) -> None:
    losses = library["L"]
    assert isinstance(losses, Overload)
    y, q = np.array([1.0, 2.0]), np.array([0.0, 0.0])
    with pytest.raises(TypeError, match="several definitions fit"):
        losses(y, q)
    assert losses.kernels[0](y, q) == 2.5
    assert losses.kernels[1](y, q) == 1.5


def test_arguments_that_fit_none_are_refused(library: tj.Library) -> None:
    with pytest.raises(TypeError, match="no definition fits"):
        library["f"](1.0, 2.0, 3.0)


def test_each_definition_is_written_out(library: tj.Library, tmp_path: Path) -> None:
    tj.export(library, tmp_path, name="notes")
    text = (tmp_path / "notes.py").read_text()
    for name in ("f", "f_2", "L", "L_2"):
        assert f"def {name}(" in text


def test_numbers_of_python_do_not_widen() -> None:
    f = tj.compile(r"f(x, a) = a x")
    assert f(np.float32(2.0), 3.0).dtype == np.float32
    assert f(np.float32(2.0), np.float64(3.0)).dtype == np.float64
    assert f(2.0, 3).dtype == np.float64
