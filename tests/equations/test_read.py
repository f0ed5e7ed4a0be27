"""Documents: rows, every token read, hostile input in bounded time, diagnostics."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from texjit.equations.document import Document
from texjit.equations.latex.tree import dump
from texjit.equations.read import read, read_source
from texjit.equations.span import Source

ROOT = Path(__file__).parents[2]
SEED = ROOT.parent / "shared/seed/foundations.md"


@pytest.mark.skipif(not SEED.exists(), reason="the document lies beside the repository")
def test_the_document_as_it_stands() -> None:
    document = read(SEED)
    assert not document.diagnostics
    assert sum(r.kind == "display" for r in document.regions) == 29
    rows = [s.row for s in document.statements if s.row]
    assert sorted(set(rows)) == list(range(1, 42)) and rows == sorted(rows)
    assert [s.row for s in document.statements if s.row in (19, 35)] == [19, 19, 35, 35]


def test_the_shipped_document_has_no_diagnostics() -> None:
    path = ROOT / "equations/library/foundations.md"
    if path.exists():
        document = read(path)
        assert not document.diagnostics, document.diagnostics[0].render(document.source)


def test_names_defined_elsewhere() -> None:
    text = "$$\\text{softmax}(z) = z$$\n\n$$y = softmax(x)$$\n\n$$JS(P) = P$$\n\n$JS \\ge 0$"
    assert [dump(s.tree) for s in read(text).statements] == [
        "[(softmax:rm (z)) = z]", "[y = (softmax (x))]", "[(JS (P)) = P]", "[JS >= 0]",
    ]  # fmt: skip


def test_rows_count_displays_and_inline_relations() -> None:
    text = "$a$ and $a = b$\n\n\\begin{align} c &= d \\\\ e &= ) \\\\ f &= g \\end{align}\n\n$h = i, \\quad j = k$"
    document = read(text)
    assert [s.row for s in document.statements] == [None, 1, 2, 4, 5, 5]


def timed(text: str) -> tuple[Document, float]:
    start = time.process_time()  # others may use the machine as well
    document = read_source(Source("hostile.md", text))
    return document, time.process_time() - start


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "$" * MIB,
        "$a " * (MIB // 3),
        "`" * 1000 + "".join("`" * (k % 97 + 1) + "a" for k in range(20000)),
        "$" + "{" * 60000 + "$",
        "$" + "{" * 30000 + "}" * 30000 + "$",
        "$" + "(" * 30000 + ")" * 30000 + "$",
        "$" + r"\frac" * 12000 + "$",
        "$" + r"\hat" * 15000 + "x$",
        "$" + "x^" * 20000 + "x$",
        "$" + "|" * 60000 + "$",
        "$" + "|x" * 30000 + "$",
        "$" + r"\sum" * 12000 + "$",
        "$" + r"\int" * 12000 + " dx$",
        "$" + "A" * 60000 + "(x)$",
        "$" + "a/" * 30000 + "a$",
        "$" + "-" * 60000 + "x$",
        "$" + "f(x)" * 15000 + "$",
        "$" + r"\frac12" * 9000 + "$",
        "$" + r"\left(" * 10000 + "$",
        r"\(" * (MIB // 4),
        "$$a\n# h\n" * 50000,
        "<!--" * 100000,
        "\\begin{align}" * 50000,
        "```\n" * 100000,
        "\\newcommand{\\a}{" * 20000,
        "\\newcommand" * 20000,
        "a\n" * 300000 + "---",
        " " * MIB,
        "\n" * MIB,
        "> " * (MIB // 2),
        "{" * MIB,
        "\\section{" * 50000,
        "$`" * 100000,
    ],
    ids=lambda text: text[:12].strip() or "blank",
)
def test_hostile_input_takes_bounded_time(text: str) -> None:
    _, seconds = timed(text)
    assert seconds < 3


def test_document_limit() -> None:
    assert [d.code for d in read_source(Source("a.md", "x" * (MIB + 1))).diagnostics] == ["E001"]


FINDINGS = {
    "E002": "$" + "x" * 65537 + "$",
    "E003": "$" + "(" * 201 + "x" + ")" * 201 + "$",
    "E004": r"\newcommand{\a}{\a + 1} $x = \a$",
    "E005": "$" + "9" * 1001 + "$",
    "E006": "$x​ + y$",
    "E007": "$сos x$",
    "E008": "$x @ y$",
    "E009": "text\n\n$$ x = 1\n\n# Next",
    "E010": r"$x + \cdot y$",
    "E011": "$f(x) = a +$",
    "E012": r"$\frac{a}{b$",
    "E013": "$f(x] = (a + b\\}$",
    "E014": "$f|_{x}$",
    "E015": "$a^b^c$",
    "E016": "$x_{} + 1$",
    "E017": "$x^10$",
    "E018": "$2{a + b}$",
    "E019": r"$\overline{x + y}$",
    "E020": r"$\alhpa + 1$",
    "E021": r"$\begin{matirx} a \end{matirx}$",
    "E022": r"$\sqrt(x)$",
    "E023": r"\newcommand{a}{b}",
    "E024": "$$E = m c^2 \\label{eq:a}$$\n$$f = \\eqref{eq:a} + 1$$",
    "E025": r"$x = \begin{aligned} a \\ b \end{aligned}$",
}


@pytest.mark.parametrize("code", FINDINGS)
def test_rendered_findings(code: str, golden: Callable[[str, str], None]) -> None:
    document = read_source(Source("notes.md", FINDINGS[code]))
    assert [d.code for d in document.diagnostics] == [code]
    text = document.diagnostics[0].render(document.source)
    golden(f"diagnostics/{code}.txt", text + "\n")


def test_a_document_gives_readings_by_name() -> None:
    document = read("$$ f(x) = x^2 $$\n\n$$ g(x) = f(x) + 1 $$")
    assert document["g"].meaning is not None
    assert document["f"].statement is document.statements[0]
    with pytest.raises(KeyError, match="f, g"):
        document["h"]
