"""Kernels beside naive evaluations: the numbers, the table, the page, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import texjit as tj
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.runtime.accuracy import DTYPES, Errors, Row, cells, compare, page, table
from texjit.runtime.cli import app

NOTES = r"""
$$S(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}$$ for $z \in \mathbb{R}^n$.

$$m(x) = \frac{1}{n} \sum_{i=1}^n x_i$$ for $x \in \mathbb{R}^n$.
"""


@pytest.fixture(scope="module")
def library() -> Any:
    return tj.compile(NOTES)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_shifted_softmax_beside_a_naive_one(library: Any, dtype: str) -> None:
    row = compare("notes", "S", library.S, dtype, 60)
    assert row.ours.ulp <= 4 and row.ours.kappa_ulp == 0
    assert row.naive.ulp == np.inf  # exp(1000) / exp(1000)
    assert 40 < row.points < 60  # without the extreme ones
    assert cells(row)[0:2] == ("S", dtype) and cells(row)[4] == "inf"


def test_naive_is_one_dtype_throughout(library: Any) -> None:
    """A float32 mean that sums in float32, as NumPy does from left to right."""
    x = np.random.default_rng(0).normal(size=2000).astype(np.float32) + 1000
    total = np.float32(0)
    for v in x:
        total += v
    frozen = freeze(library.m.equation)
    assert interpret(frozen, {"x": x}, "float32", wide=False)["m"] == total / np.float32(2000)
    exact = np.mean(x, dtype=np.float64)
    assert abs(interpret(frozen, {"x": x}, "float32")["m"] - exact) < 2e-5 < abs(total / np.float32(2000) - exact)


def test_naive_matrices_are_of_the_dtype_too() -> None:
    k = tj.compile(r"q(x, y) = x^T A^{-1} y", where="x, y in R^d; A in R^{d x d}")
    rng = np.random.default_rng(1)
    A = rng.normal(size=(3, 3)).astype(np.float32)
    x, y = rng.normal(size=(2, 3)).astype(np.float32)
    frozen = freeze(k.equation)
    naive = interpret(frozen, {"x": x, "y": y, "A": A}, "float32", wide=False)["q"]
    assert naive == np.float32(naive)
    near = np.float64(x) @ np.linalg.inv(A).astype(float) @ np.float64(y)
    assert abs(naive - near) < 1e-5 * np.linalg.norm(np.linalg.inv(A)) * 9
    assert naive != interpret(frozen, {"x": x, "y": y, "A": A})["q"]


def test_what_has_no_exact_value_is_told(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from texjit.equations.diagnostic import Diagnostic, Unsupported
    from texjit.equations.span import Span
    from texjit.runtime import accuracy

    def refuse(equation: Any) -> Any:
        raise Unsupported(Diagnostic("E301", "zeta has no exact evaluation yet", Span(0, 0)))

    monkeypatch.setattr(accuracy, "Reference", refuse)
    rows, refused = table({"notes": {"m": library.m}}, 5)
    assert rows == [] and refused == ["notes: m is not measured: zeta has no exact evaluation yet"]


def test_the_page_has_every_row() -> None:
    rows = [Row("notes", "f", "()->()", d, 50, Errors(1.234, 0.0), Errors(np.inf, 3e9)) for d in DTYPES]
    text = page(rows, ["notes: g is not measured: why"], "texjit accuracy notes")
    assert "Made by `texjit accuracy notes`." in text and "## notes" in text
    assert "| f | float64 | 1.2 | – | inf | 3e+09 |" in text and "| f | float32 |" in text
    assert "over 50 adversarial points" in text and text.endswith("- notes: g is not measured: why\n")
    json.dumps([r.as_json() for r in rows], allow_nan=False)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.md").write_text(NOTES)
    run = CliRunner().invoke
    shown = run(app, ["accuracy", "notes.md", "--points", "20"])
    assert shown.exit_code == 0 and "naive κ·eps" in shown.output and "notes.md" in shown.output
    found = run(app, ["accuracy", "notes.md", "--points", "20", "--only", "m", "--json", "-o", "page.md"])
    rows = json.loads(found.output)
    assert [(r["name"], r["dtype"]) for r in rows] == [("m", "float64"), ("m", "float32")]
    assert "Made by `texjit accuracy notes.md --only m --points 20`" in Path("page.md").read_text()
    assert run(app, ["accuracy", "notes.md", "--only", "nobody"]).exit_code == 2
    assert run(app, ["accuracy", "nosuch.md"]).exit_code == 2


def test_chapters_have_rows_too() -> None:
    from texjit.runtime.cli import kernels_of

    assert "jaccard" in kernels_of("distances", "") and list(kernels_of("distances", "jaccard")) == ["jaccard"]
