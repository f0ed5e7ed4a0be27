"""Libraries: names, failures, composition, and the cache across processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.runtime import jit
from texjit.runtime.kernel import Kernel

TEXT = r"""
# Notes

A sum for $x, y \in \mathbb{R}^d$:

$$ S(x, y) = \sum_{i=1}^d x_i y_i^2 $$

$$ g(a) = \lim_{u \to 0} e^{a u^2} $$

$$ T(x) = \log S(x, x) $$
"""


@pytest.fixture(scope="module")
def library(session_cache: Path) -> tj.Library:
    return tj.compile(TEXT)


def test_kernels_by_name_and_as_attributes(library: tj.Library) -> None:
    assert list(library) == ["S", "T"] and len(library) == 2
    assert library["S"] is library.S and "S" in library and "g" not in library
    assert {"S", "T"} <= set(dir(library))
    assert repr(library) == "<Library: S, T>"
    assert library.S([1.0, 2.0], [3.0, 4.0]) == 41


def test_a_failure_says_where_and_why(library: tj.Library) -> None:
    (failure,) = library.failures
    assert (failure.name, failure.kind, failure.line, failure.unsupported) == ("g", "definition", 8, True)
    assert "limit" in failure.message and ":8:" in failure.rendered and "^" in failure.rendered
    with pytest.raises(KeyError, match=r"g: .*limit.* \(line 8\)"):
        library["g"]
    with pytest.raises(AttributeError, match="limit"):
        _ = library.g
    with pytest.raises(KeyError, match="there are S, T"):
        library["nothing"]
    with pytest.raises(AttributeError):
        _ = library._private


def test_one_formula_gives_its_kernel() -> None:
    assert isinstance(tj.compile("f(x) = x^2 + 1"), Kernel)


def test_one_formula_that_fails_raises() -> None:
    with pytest.raises(tj.Unsupported, match="limit"):
        tj.compile(r"g(a) = \lim_{u \to 0} e^{a u^2}")
    with pytest.raises(tj.InvalidEquation, match="<formula>:1:"):
        tj.compile(r"f(x) = \frac{x}{")
    with pytest.raises(tj.InvalidEquation, match="there is no formula"):
        tj.compile("# Only words\n\nNothing here.")
    with pytest.raises(tj.InvalidEquation, match="where:1:"):
        tj.compile("f(x) = x^2", where="x is a number")


def test_definitions_are_used_across_libraries(library: tj.Library) -> None:
    k = tj.compile(r"q(x) = 2 S(x, x) + 1", using=library)
    x = np.array([1.0, 2.0, 3.0])
    assert k(x) == 2 * (x**3).sum() + 1


def test_what_is_used_is_part_of_the_cache_key(library: tj.Library) -> None:
    """Two libraries whose source is equal but whose definitions take other arguments."""
    applied = tj.compile("$$ p(x) = x^2 $$\n\n$$ o(x) = x $$")
    plain = tj.compile("$$ p = x^2 $$\n\n$$ o(x) = x $$")
    text = r"r(y) = p(y) + 1"
    assert tj.compile(text, using=applied)(3.0) == 10
    assert tj.compile(text, using=plain).parameters


def test_declarations_are_part_of_the_cache_key() -> None:
    scalar = tj.compile("f(x, y) = x y", where="x, y in R")
    vector = tj.compile(r"f(x, y) = x^T y", where="x, y in R^d")
    assert (scalar.signature, vector.signature) == ("(),()->()", "(d),(d)->()")


def test_a_path_gives_a_library(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("$$ f(x) = x^2 + 1 $$\n")
    assert tj.compile(path).f(2.0) == 5
    assert tj.compile(tj.read(str(path))).f(2.0) == 5


SCRIPT = r"""
import sys
import numpy as np
import texjit as tj

library = tj.compile(sys.argv[1])
x = np.random.default_rng(3).normal(size=(5, 33)) ** 2
found = [library.S(x, x[0]), library.T(x), library.S(x[0], x[1]), library.T(np.float32(x[2]))]
heavy = sorted({"sympy", "flint", "texjit.compiler", "texjit.equations.understand"} & set(sys.modules))
print(",".join(heavy), b"".join(np.asarray(a).tobytes() for a in found).hex())
"""


def run(folder: Path, text: str = TEXT) -> tuple[str, str]:
    """The heavy modules that a fresh process loaded, and the bits that it computed."""
    env = {**os.environ, "TEXJIT_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", SCRIPT, text], env=env, capture_output=True, text=True, check=True)
    heavy, bits = done.stdout.rstrip("\n").split(" ")
    return heavy, bits


def test_a_second_process_starts_warm_and_damage_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    heavy, bits = run(folder)
    assert "sympy" in heavy
    assert run(folder) == ("", bits), "the cache holds all that a call needs"
    records = sorted(folder.rglob("*.rec"))
    assert len(records) >= 8
    for k, record in enumerate(records):
        whole = record.read_bytes()
        record.write_bytes((whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1]))[k % 3])
    heavy, again = run(folder)
    assert "sympy" in heavy and again == bits, "a damaged record counts as absent"
    assert run(folder) == ("", bits)


def test_importing_stays_light() -> None:
    script = "import sys, texjit; print(sorted({'numpy', 'sympy', 'numba', 'scipy', 'flint'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_compiled_library_survives_in_the_cache(monkeypatch: pytest.MonkeyPatch, library: tj.Library) -> None:
    from texjit.runtime import library as module

    def refuse(*_: object) -> None:
        raise AssertionError("the cache was not used")

    monkeypatch.setattr(module, "_compile", refuse)
    again = tj.compile(TEXT)
    assert list(again) == list(library) and again.failures == library.failures
    assert again.S.card == library.S.card
    assert again.S.equation.name == "S", "the equation is read again on request"
    assert jit.cache_dir().is_dir()
