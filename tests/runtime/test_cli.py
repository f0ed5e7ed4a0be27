"""The command line: what is printed, as text and as JSON, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from texjit.runtime import report as reports
from texjit.runtime.certify import Certificate
from texjit.runtime.cli import app

GOOD = r"""# Notes

For $x, y \in \mathbb{R}^d$ and a symmetric $A$:

$$ b(x, y) = x^T A y + c $$

Shifted by $s$, where $s = \sum_{i=1}^d x_i$:

\begin{equation}
h(x) = s + \|x\|^2
\end{equation}
"""

BROKEN = r"""# Notes

A brace is missing in $$ g(x) = \frac{x}{ $$

$$ r(a) = \lim_{u \to 0} e^{a u^2} $$

so that $r(a) \geq 1$.
"""

STATEMENT = {
    "line", "column", "row", "latex", "name", "kind", "status", "message", "signature", "max_ulp", "points",
    "derivatives", "assumptions",
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in a folder that holds both documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("good.md").write_text(GOOD)
    Path("broken.md").write_text(BROKEN)

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


def of(result: Result) -> dict[str, Any]:
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_check_of_a_good_document(run: Callable[..., Result]) -> None:
    result = run("check", "good.md", "--json")
    found = of(result)
    assert result.exit_code == 0
    assert set(found) == {"document", "statements", "summary"} and found["document"] == "good.md"
    assert all(set(s) == STATEMENT for s in found["statements"])
    kernels = {s["name"]: s for s in found["statements"] if s["kind"] == "definition"}
    assert {n: (s["status"], s["signature"], s["line"], s["row"]) for n, s in kernels.items()} == {
        "b": ("verified", "(d),(d),(d,d),()->()", 5, 1),
        "s": ("verified", "(d)->()", 7, 2),
        "h": ("verified", "(d)->()", 10, 3),
    }
    assert all(s["points"] >= 400 and float(s["max_ulp"]) >= 0 for s in kernels.values())
    assert found["summary"]["verified"] == 3


def test_check_prints_a_table(run: Callable[..., Result]) -> None:
    result = run("check", "good.md")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split()[:5] == ["row", "line", "kind", "name", "status"]
    assert any(line.split()[:5] == ["1", "5", "definition", "b", "verified"] for line in lines)
    assert lines[-1].endswith("3 verified")


def test_only_keeps_one_name(run: Callable[..., Result]) -> None:
    found = of(run("check", "good.md", "--only", "h", "--json"))
    assert [s["name"] for s in found["statements"]] == ["h"]
    result = run("check", "good.md", "--only", "nothing")
    assert result.exit_code == 2 and "nothing in good.md defines nothing" in result.stderr


def test_where_declares(run: Callable[..., Result]) -> None:
    found = of(run("check", "good.md", "--only", "b", "--where", "A in S++^d", "--json"))
    assert [s["status"] for s in found["statements"]] == ["verified"]
    result = run("check", "good.md", "--where", "x is a vector")
    assert result.exit_code == 2
    assert "error[E163]" in result.stderr and "where:1:1" in result.stderr and "^^^" in result.stderr


def test_a_broken_document_shows_the_places(run: Callable[..., Result], golden: Callable[[str, str], None]) -> None:
    result = run("check", "broken.md", "--no-second-reader")
    assert result.exit_code == 2
    golden("cli/check.txt", "\n".join(line.rstrip() for line in result.stdout.splitlines()) + "\n")


def test_explain_in_plain_words(run: Callable[..., Result], golden: Callable[[str, str], None]) -> None:
    result = run("explain", "good.md", "--no-second-reader")
    assert result.exit_code == 0
    golden("cli/explain.txt", result.stdout)


def test_explain_as_json(run: Callable[..., Result]) -> None:
    result = run("explain", "good.md", "--json")
    assert result.exit_code == 0
    found = of(result)["statements"]
    assert all(set(s) == {*STATEMENT, "explanation"} for s in found)
    assert [s["name"] for s in found if "parameters" in s["explanation"]] == ["b", "s", "h"]
    assert run("explain", "broken.md").exit_code == 2


def test_build_writes_a_module(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("build", "good.md", "-o", "out", "--json")
    assert result.exit_code == 0
    found = of(result)
    written = [Path(p) for p in found["written"]]
    assert written and all(p.is_file() for p in written)
    assert "good.py" in {p.name for p in written}
    assert found["summary"]["verified"] == 3
    text = run("build", "good.md", "-o", "out")
    assert text.exit_code == 0 and "good.py" in text.stdout
    assert run("build", "good.md").exit_code == 2, "without a folder"


@pytest.mark.parametrize(("name", "content", "said"), [
    ("latin.md", b"caf\xe9 $x = 1$", "is not UTF-8"),
    ("notebook.ipynb", b"{", "the file is not a notebook"),
    ("absent.md", None, "there is no file absent.md; give a .md"),
    ("", None, "there is no file ''"),
    (".", None, ". is a folder"),
    ("wide.md", "$x$".encode("utf-16"), "the file is in UTF-16"),
    ("paper.md", b"%PDF-1.7\n%\xe2\xe3", "the file is a PDF"),
    ("paper.docx", b"PK\x03\x04\x00\xff", "a ZIP archive"),
    ("image.md", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "the file is binary"),
])  # fmt: skip
@pytest.mark.parametrize("command", ("check", "explain"))
def test_unreadable_files(
    run: Callable[..., Result], command: str, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    result = run(command, name)
    assert result.exit_code == 2 and said in result.stderr and result.stdout == ""


def test_a_declaration_of_nothing_is_told(run: Callable[..., Result]) -> None:
    Path("one.md").write_text("$$f(x) = \\lambda x_i' + \\hat{y}^2$$")
    every = "lambda > 0; y_hat in R; x_prime in R^n; x in R"
    assert "note" not in run("explain", "one.md", "--where", every, "--no-second-reader").stderr
    result = run("explain", "one.md", "--where", "z > 0; x in R; Lambda in R", "--no-second-reader")
    assert [line.split()[3] for line in result.stderr.splitlines()] == ["z", "Lambda"]


def test_build_needs_a_folder(run: Callable[..., Result]) -> None:
    Path("taken").write_text("")
    result = run("build", "good.md", "-o", "taken")
    assert result.exit_code == 2 and "taken is a file" in result.stderr
    result = run("build", "good.md", "-o", "taken/below")
    assert result.exit_code == 2 and "cannot be written" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("content", ("", "# Prose\n\nf = a + b\n", "```python\nf = a\n```\n"))
@pytest.mark.parametrize("command", ("check", "explain"))
def test_a_file_without_formulas_is_told(run: Callable[..., Result], command: str, content: str) -> None:
    Path("prose.md").write_text(content)
    result = run(command, "prose.md")
    assert result.exit_code == 0 and "no formula stands in prose.md" in result.stderr
    assert json.loads(run(command, "prose.md", "--json").stdout)["statements"] == []


def test_a_notebook_and_tex_are_read(run: Callable[..., Result]) -> None:
    cells = [{"cell_type": "markdown", "source": ["$$ f(x) = ", "x^2 + 1 $$"]}, {"cell_type": "code", "source": "$$"}]
    Path("book.ipynb").write_text(json.dumps({"cells": cells}))
    Path("paper.tex").write_text("\\section{One}\n\\begin{equation} f(x) = x^2 + 1 \\end{equation}\n")
    for name in ("book.ipynb", "paper.tex"):
        result = run("check", name, "--json")
        assert result.exit_code == 0 and [s["status"] for s in of(result)["statements"]] == ["verified"]


def test_a_miscompiled_kernel_exits_with_1(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    worst = Certificate("miscompiled", float("inf"), 1e9, 400, 0, {}, None, "float64")
    monkeypatch.setattr(reports, "verify", lambda *_: worst)
    result = run("check", "good.md", "--only", "h", "--json")
    assert result.exit_code == 1
    (statement,) = of(result)["statements"]
    assert statement["status"] == "miscompiled" and statement["message"] and statement["max_ulp"] == "inf"
    assert run("check", "good.md", "--only", "h").exit_code == 1


def test_the_shipped_document_is_at_hand(run: Callable[..., Result]) -> None:
    result = run("explain", "foundations", "--json")
    assert result.exit_code == 0
    assert {s["row"] for s in of(result)["statements"]} - {None} == set(range(1, 42))


def test_without_arguments_it_helps(run: Callable[..., Result]) -> None:
    result = run()
    assert result.exit_code == 2
    for command in ("check", "explain", "build"):
        assert command in result.output


def test_one_line_is_explained(run: Callable[..., Result]) -> None:
    found = run("explain", "foundations:33", "--json", "--no-second-reader")
    assert [s["name"] for s in of(found)["statements"]] == ["JS"]
    assert run("explain", "foundations:1", "--no-second-reader").exit_code == 2
