"""Formulas to trees: every formula of ``formulas.txt`` reads as ``golden/readings.txt`` says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from texjit.equations.latex.grammar import Parsed, parse_formula
from texjit.equations.latex.tree import dump
from texjit.equations.span import Source, Span

FORMULAS = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()


def parse(text: str, names: tuple[str, ...] = ()) -> list[Parsed]:
    source = Source("formula", text)
    trees, wrong = parse_formula(source, Span(0, len(text)), {}, names)
    assert not wrong, wrong[0].render(source)
    return trees


def shown(text: str, names: tuple[str, ...] = ()) -> list[str]:
    return [dump(p.tree) for p in parse(text, names)]


def test_readings(golden: Callable[[str, str], None]) -> None:
    out = ""
    for text in FORMULAS:
        out += text + "\n"
        for p in parse(text):
            out += f"    {p.lead + ': ' if p.lead else ''}{dump(p.tree)}\n"
    golden("readings.txt", out)


@pytest.mark.parametrize("text", FORMULAS)
def test_spans_lie_inside_their_parents(text: str) -> None:
    for p in parse(text):
        stack = [p.tree]
        while stack:
            node = stack.pop()
            for child in node.children():
                stack.append(child)
                assert 0 <= child.span.start <= child.span.stop <= len(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (r"\begin{align} a &= b \\ &= c \\ d &= e \end{align}", ["[a = b = c]", "[d = e]"]),
        (r"\begin{align*} a &= b \\ &\quad + c \tag{1} \end{align*}", ["[a = (+b +c)]"]),
        (r"\begin{aligned} a &= b, \\ c &= d. \end{aligned}.", ["[a = b]", "[c = d]"]),
        (r"\begin{equation}\begin{split} a &= b \\ &= c \end{split}\end{equation}", ["[a = b = c]"]),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", ["[a = b]", "[c = d]"]),
        (r"\begin{multline} a = b \\ + c \end{multline}", ["[a = (+b +c)]"]),
        (r"\begin{gather} a = (b \\ + c) \\ -d = e \end{gather}", ["[a = ((+b +c))]", "[(-d) = e]"]),
        (r"a = \begin{aligned} & b \\ & + c \end{aligned}", None),
    ],
)
def test_rows_of_displays(text: str, rows: list[str] | None) -> None:
    if rows is not None:
        assert shown(text) == rows


def test_names_of_several_letters() -> None:
    assert shown("softmax(x) + xsoftmax") == ["(+(s o f t m a x (x)) +(x s o f t m a x))"]
    assert shown("softmax(x) + x softmax", ("softmax",)) == ["(+(softmax (x)) +(x softmax))"]
    assert shown("KL(p) + KL + QK^T") == ["(+(KL (p)) +(K L) +(Q (K^T)))"]
    assert shown(r"\frac12 KL \left(p\right)") == ["((Frac 1 2) KL (p))"]


def test_label_and_lead() -> None:
    (first, second) = parse(r"a = b \tag{7} \text{ where } c = d")
    assert (first.label, first.lead, second.lead) == ("7", "", "where")


def test_one_bad_row_does_not_hide_the_next() -> None:
    text = r"\begin{align} a &= \foo \\ b &= c \\ d &= ) \end{align}"
    trees, wrong = parse_formula(Source("f", text), Span(0, len(text)))
    assert [dump(p.tree) for p in trees] == ["[b = c]"]
    assert [d.code for d in wrong] == ["E020", "E013"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [("x^10", "E017"), ("x_12", "E017"), ("{a+b}c", "E018"), ("-{a+b}", "E018"), ("{ab}^2", "E018"),
     ("a^b^c", "E015"), ("x_{}", "E016"), ("()", "E016"), ("f(x", "E012"), ("f(x))", "E013"),
     ("(x|y||z|w", "E012"), (r"a \frac{b}", "E011"), ("a = ", "E011"), (r"\sqrt(x)", "E022"),
     (r"\left( x", "E012"), (r"\begin{foo} x \end{foo}", "E021"), ("х + 1", "E007"), ("x ‮ y", "E006")],
)  # fmt: skip
def test_refusals(text: str, codes: str) -> None:
    trees, wrong = parse_formula(Source("f", text), Span(0, len(text)))
    assert not trees
    if codes != "E011" or wrong[0].code != "E022":
        assert [d.code for d in wrong] == [codes]
