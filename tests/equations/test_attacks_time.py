"""Texts that take an impatient reader quadratic time are read in linear time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from texjit.equations.document import Document
from texjit.equations.read import read_source
from texjit.equations.span import Source

MIB = 1024 * 1024


def timed(text: str, name: str = "hostile.md") -> tuple[Document, float]:
    begin = time.process_time()
    document = read_source(Source(name, text))
    return document, time.process_time() - begin


#: Texts that take an impatient reader quadratic time: a beginning, what is repeated, an end.
REPEATED = (
    ("", "\\[\n# h\n", "\\]"),
    ("", "$`a ", "`$"),
    ("", "\\[", "\\\\]" * 200000),
    ("", "\\def\\a{", ""),
    ("", "\\let\\a ", ""),
    ("", "$\\abcdefg$ ", ""),
    ("", "$\\def\\a{$ ", ""),
    (r"\newcommand{\a}{" + "x" * 9000 + "@} ", r"$\a$ ", ""),
    (r"\newcommand{\a}[1][" + "x" * 9000 + "]{} ", r"$\a$ ", ""),
    ("", "\\begin{verbatim}", ""),
    ("", "```a\n~~~\n", ""),
    ("", "\\section{a", ""),
    ("$", "\\$", ""),
    ("$$", "\\$$", ""),
    ("", "$a\n\n", ""),
    ("", "a\n==x\n", ""),
    ("", "[", ""),
    ("", "=" * 1000 + "x\n", ""),
    ("", "- ", ""),
    ("", "\\begin{align}a", "\\end{align}"),
    ("---\n", "a: b\n", ""),
    ("", "#", ""),
    ("", "    `", ""),
    ("", "\\\\", "$"),
    ("", "\u00e9", ""),
    ("", "\r", ""),
    ("", "\\input{a} ", ""),
)


@pytest.mark.parametrize("whole", [MIB // 16, pytest.param(MIB, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("head", "unit", "tail"), REPEATED, ids=lambda x: ascii(x)[:20])
@pytest.mark.parametrize("name", ["a.md", pytest.param("a.tex", marks=pytest.mark.slow)])
def test_scanning_is_linear(name: str, head: str, unit: str, tail: str, whole: int) -> None:
    def seconds(size: int) -> float:
        end = tail[: size // 2]
        return timed(head + unit * ((size - len(head) - len(end)) // len(unit)) + end, name)[1]

    _linear(lambda: seconds(whole // 4), lambda: seconds(whole))


def _linear(of_quarter: Callable[[], float], of_whole: Callable[[], float]) -> None:
    """Four times the text takes four times the time; twice that is noise, sixteen times would be quadratic.

    What else runs on the machine may take a third try; what is quadratic fails them all.
    """
    for _ in range(3):
        quarter, whole = of_quarter(), of_whole()
        assert whole < 30
        if whole < 0.5 + 8 * quarter:
            return
    raise AssertionError(f"{quarter:.2f} s for a quarter, {whole:.2f} s for the whole")


#: The same inside of one formula of 64 KiB.
FORMULAS = (
    (r"\int ", "d x ", ""),
    ("", "||x||", ""),
    ("", "x=1,", "x"),
    ("x", r"\\ =x", ""),
    (r"\def\a", " ", "{x}"),
    ("", "f_{i}^{j}", ""),
    (r"\newcommand{\a}[1]{#1}", r"\a{", ""),
    ("", r"\underset{a}{", ""),
    ("", r"\overset{a}{", ""),
    ("", "a,", "a"),
    ("", "a|", "a"),
    ("", r"\sqrt[", ""),
    ("", r"\text{$", ""),
    ("", "'", ""),
    ("", r"\not ", ""),
    (r"\begin{pmatrix}", "a&", "a"),
    ("", "1{,}000", ""),
    (r"\begin{cases}", r"a&b\\", r"\end{cases}"),
    ("", r"\hat", "x"),
    ("", "AB", "(x)"),
    ("", "²", ""),
    ("x", "\u0302", ""),
    ("", r"\alhpa ", ""),
    ("", r"\operatorname{", ""),
    (r"\left", " ", "("),
    ("", r"\sum_{i}", "x"),
    ("x:", "a,", "b=c"),
)


@pytest.mark.parametrize(("head", "unit", "tail"), FORMULAS, ids=lambda x: ascii(x)[:20])
def test_parsing_is_linear(head: str, unit: str, tail: str) -> None:
    def seconds(size: int) -> float:
        return timed(f"$${head}{unit * ((size - len(head) - len(tail)) // len(unit))}{tail}$$")[1]

    _linear(lambda: seconds(15_000), lambda: seconds(60_000))


def test_many_names_are_looked_for_at_once() -> None:
    letters = "abcdefghijkl"
    words = [a + b + c + d for a in letters for b in letters for c in letters for d in letters[:2]]
    document, seconds = timed(" ".join(rf"$\text{{{w}}} = x$" for w in words))
    assert seconds < 30 and len(document.statements) == len(words)
    _, seconds = timed(rf"$$\text{{{'a' * 60000}}}(x) = x$$ $${'a ' * 200 + 'a' * 200}$$")
    assert seconds < 5
