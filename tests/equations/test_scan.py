"""Regions, headings and declarations of documents in several formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from texjit.equations.load import load
from texjit.equations.read import read
from texjit.equations.scan import scan
from texjit.equations.span import Source


def found(text: str, name: str = "doc.md") -> list[tuple[str, str]]:
    source = Source(name, text)
    return [(r.kind[0], text[r.span.start : r.span.stop]) for r in scan(source).regions]


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("a $x$ b $$y$$", [("i", "x"), ("d", "y")]),
        (r"\[ x \] and \( y \)", [("d", "x"), ("i", "y")]),
        ("costs $5 and $10, or US$20", []),
        ("costs $5 and $x$", [("i", "x")]),
        (r"escaped \$x\$ and $a\$b$", [("i", r"a\$b")]),
        ("`$x$` and ``a ` $y$ ``", []),
        ("```python\n$x$\n```\n$y$", [("i", "y")]),
        ("~~~\n$x$\n```\n~~~\n$y$", [("i", "y")]),
        ("```math\nx = 1\n```", [("d", "x = 1")]),
        ("```{math}\n:label: one\nx = 1\n```", [("d", "x = 1")]),
        ("{math}`x^2` and $`y`$", [("i", "x^2"), ("i", "y")]),
        ("<!-- $x$ --> $y$", [("i", "y")]),
        ("\\begin{align*}\na &= b\n\\end{align*}", [("d", "\\begin{align*}\na &= b\n\\end{align*}")]),
        ("\\begin{verbatim}\n$x$\n\\end{verbatim}", []),
        ("$$\nx\n$$ {#eq-one}\n", [("d", "x")]),
        ("---\ntitle: $x$\n---\n$y$", [("i", "y")]),
        ("$ x $ and $y $", []),
        ("$$\n$$", []),
        ("- one $a$\n- two $b$", [("i", "a"), ("i", "b")]),
    ],
)
def test_regions(text: str, regions: list[tuple[str, str]]) -> None:
    assert found(text) == regions


def test_tex() -> None:
    text = (
        "\\section{One} % $no$\n\\newcommand{\\R}{x}\n$ x $ \\[ y \\]\n"
        "\\subsection{Two}\n\\begin{equation}z\\end{equation}"
    )
    assert found(text, "a.tex") == [("i", "x"), ("d", "y"), ("d", "\\begin{equation}z\\end{equation}")]
    scanned = scan(Source("a.tex", text))
    assert [(h.level, h.title) for h in scanned.headings] == [(1, "One"), (2, "Two")]
    assert [r.heading for r in scanned.regions] == [0, 0, 1]
    assert [m.name for m in scanned.macros] == ["R"]


def test_headings() -> None:
    text = "# One\n\nTwo\n---\n\n### Three $x$ ###\n\ntext\n\n---\n\n    # four\n"
    assert [(h.level, h.title) for h in scan(Source("a.md", text)).headings] == [
        (1, "One"), (2, "Two"), (3, "Three $x$"),
    ]  # fmt: skip


def test_plain_string_is_one_display() -> None:
    assert found("  x = 1 ", "<string>") == [("d", "x = 1")]
    assert found(r"f(x) = \begin{cases} 1 & x > 0 \end{cases}", "<string>")[0][0] == "d"
    assert found("see $x$", "<string>") == [("i", "x")]


def test_declarations() -> None:
    text = "```texjit\nx in R^d\n```\n"
    ((declared, span),) = scan(Source("a.md", text)).declarations
    assert declared == text[span.start : span.stop] == "x in R^d\n"


def test_prose_around() -> None:
    text = "# H\n\nFor a prior:\n\n$$\na = b\n$$\n\nwhere $x$ is one and $y$ two.\n\nNext $z$."
    display, x, y, z = scan(Source("a.md", text)).regions
    assert display.before == "For a prior:"
    assert (x.before, x.after, y.after) == ("where", "is one and", "two.")
    assert x.block == y.block != z.block != display.block
    assert z.before == "Next"


def test_unclosed() -> None:
    assert [d.code for d in scan(Source("a.md", "$$ x = 1\n\n# Next\n\n$y$")).diagnostics] == ["E009"]
    assert [d.code for d in scan(Source("a.md", "\\begin{align} x\n")).diagnostics] == ["E009"]


def test_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# T\n", "$x = 1$"]},
        {"cell_type": "code", "source": "$no$"},
        {"cell_type": "markdown", "source": "$$y = 2$$"},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert load(path).text == "# T\n$x = 1$\n\n$$y = 2$$"
    document = read(str(path))
    assert [s.row for s in document.statements] == [1, 2]
    spans = [s.span for s in document.statements]
    places = [(document.source.file(s.start), document.source.place(s.start)) for s in spans]
    assert places == [(f"{path}, cell 1", (2, 2)), (f"{path}, cell 3", (1, 3))]
    assert document.source.spot(spans[1].start) == "cell 3, line 1"
