"""Old and regional habits of writing, read as today's, and formulas in block quotes."""

from __future__ import annotations

import time

import pytest

from texjit.equations.latex.grammar import parse_formula
from texjit.equations.latex.tree import dump
from texjit.equations.read import read_source
from texjit.equations.span import Source, Span

from .test_grammar import shown


@pytest.mark.parametrize(("habit", "today"), [
    (r"{}_n C_k", r"\binom{n}{k}"), (r"{}^nC_k p^k", r"\binom{n}{k} p^k"),
    (r"{}^{n+1}\mathrm{C}_{k-1}", r"\binom{n+1}{k-1}"), (r"{}_n P_k", r"\frac{n!}{(n-k)!}"),
    (r"{}^tA x", r"A^T x"), (r"{}^{t}\!\mathbf{A}", r"\mathbf{A}^T"),
    (r"\root 3 \of x + 1", r"\sqrt[3]{x} + 1"), (r"\root{n}\of{x + 1}", r"\sqrt[n]{x + 1}"),
    (r"\cases{ x & x > 0 \cr 0 & x < 0 \cr}", r"\begin{cases} x & x > 0 \\ 0 & x < 0 \end{cases}"),
    (r"x \in ]0, 1[", r"x \in (0, 1)"), (r"x \in [0, 1[", r"x \in [0, 1)"), (r"x \in ]0, 1]", r"x \in (0, 1]"),
    (r"x \in \left]0, 1\right[", r"x \in \left(0, 1\right)"),
    ("1,000,000 x", "1000000 x"), ("12,000,500.5", "12000500.5"),
])
def test_a_habit_reads_as_today(habit: str, today: str) -> None:
    assert shown(habit) == shown(today)


@pytest.mark.parametrize("text", [r"f(1,200,300)", r"[a, b] + [c, d]", r"1,000 x", r"x[1] y[2]", r"f = [x]_+ [y]_+"])
def test_what_is_no_habit_stays(text: str) -> None:
    assert "1200300" not in "".join(shown(text)) and "1000" not in "".join(shown(text))


@pytest.mark.parametrize(("text", "code"), [
    (r"{n \atop k}", "E020"), (r"a \equiv b \pmod{n}", "E010"), (r"{}^{238}U", "E016"), (r"]0, 1", "E013"),
    (r"e^-x", "E017"), (r"10^-3", "E017"),
])
def test_what_cannot_be_read_is_refused(text: str, code: str) -> None:
    _, (no, *_) = parse_formula(Source("formula", text), Span(0, len(text)))
    assert no.code == code
    assert no.help or code in ("E013", "E016")


@pytest.mark.parametrize("text", [
    "> $$\n> f = x\n> + 1\n> $$", "> $$ f = x\n> + 1 $$", "> > $$ f = x\n> > + 1 $$", "- > $$ f = x\n  > + 1 $$",
    "> Let $f = x\n> + 1$ be.",
])
def test_marks_of_block_quotes_are_no_relations(text: str) -> None:
    document = read_source(Source("notes.md", text))
    assert not document.diagnostics
    assert [dump(s.tree) for s in document.statements] == shown("f = x + 1")


def test_a_relation_at_the_start_of_a_line_stays() -> None:
    document = read_source(Source("notes.md", "$$ f = x\n> 1 $$"))
    assert [dump(s.tree) for s in document.statements] == shown("f = x > 1")


@pytest.mark.parametrize("part", [r"{}_{", "]", "](", r"{}^n", r"\root ", "1,", r"\cases{"])
def test_many_of_them_take_no_longer_each(part: str) -> None:
    text = part * (20_000 // len(part))
    begin = time.process_time()
    parse_formula(Source("formula", text), Span(0, len(text)))
    assert time.process_time() - begin < 5.0
