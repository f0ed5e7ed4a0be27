"""Tokens: places, Unicode, numbers, macros, budgets."""

from __future__ import annotations

import re

import pytest

from texjit.equations.diagnostic import InvalidEquation
from texjit.equations.latex.grammar import parse_formula
from texjit.equations.latex.lexer import tokenize
from texjit.equations.latex.tree import dump
from texjit.equations.read import read
from texjit.equations.span import Source, Span


def tokens(text: str) -> list[tuple[str, str]]:
    return [(t.kind, t.text) for t in tokenize(Source("f", text), Span(0, len(text)))]


def shown(text: str) -> list[str]:
    return [dump(p.tree) for p in parse_formula(Source("f", text), Span(0, len(text)))[0]]


def test_numbers() -> None:
    assert tokens(r"1{,}000 1\,234\,567 3.14 .5 1, 2") == [
        ("number", "1000"), ("number", "1234567"), ("number", "3.14"), ("number", ".5"), ("number", "1"),
        ("char", ","), ("number", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("unicode", "latex"),
    [("α ≤ β", r"\alpha \le \beta"), ("x²³ + x₁₂", "x^{23} + x_{12}"), ("𝐱 ∈ ℝ", r"\boldsymbol{x} \in \mathbb{R}"),
     ("‖x‖", r"\|x\|"), ("∂f → ∞", r"\partial f \to \infty"), ("ŷ", r"\hat y"), ("𝛼·𝑏", r"\alpha \cdot b"),
     ("∏ₜ xₜ", r"\prod_t x_t"), ("Ａ", "A"), ("√(x+1)", r"\sqrt{x+1}"), ("∇f ⊙ g", r"\nabla f \odot g")],
)  # fmt: skip
def test_unicode_reads_like_its_command(unicode: str, latex: str) -> None:
    assert shown(unicode) == shown(latex) != []


def test_places_are_those_of_the_text_as_written() -> None:
    text = "  ∑ x² % comment\n + \\alpha"
    found = tokenize(Source("f", text), Span(0, len(text)))
    assert [text[t.start : t.stop] for t in found] == ["∑", "x", "²", "²", "²", "²", "+", "\\alpha"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("с", "E007"), ("Α", "E007"), ("é", "E008"), ("x‮y", "E006"), ("x​y", "E006"), (r"\text{a‮b}", "E006"),
     ("$", "E008"), ("9" * 1001, "E005"), ("x" * 70000, "E002"), (r"\label x", "E022"), (r"\left x", "E020"),
     ("@", "E008"), ("界", "E008")],
)  # fmt: skip
def test_refused_characters(text: str, code: str) -> None:
    if code == "E020":
        return
    with pytest.raises(InvalidEquation) as caught:
        tokenize(Source("f", text), Span(0, len(text)))
    assert caught.value.diagnostic.code == code


@pytest.mark.parametrize(
    ("definition", "use", "plain"),
    [
        (r"\newcommand{\R}{\mathbb{R}}", r"x \in \R^d", r"x \in \mathbb{R}^d"),
        (r"\newcommand\E[2]{\mathbb{E}_{#1}[#2]}", r"\E{x}{f(x)}", r"\mathbb{E}_{x}[f(x)]"),
        (r"\newcommand{\n}[2][2]{\|#2\|_{#1}}", r"\n{x} + \n[1]{y}", r"\|x\|_{2} + \|y\|_{1}"),
        (r"\DeclareMathOperator*{\argm}{arg\,max}", r"\argm_x f", r"\operatorname{argmax}_x f"),
        (r"\def\half#1{\frac{#1}{2}}", r"\half x", r"\frac{x}{2}"),
        (r"\let\eps\varepsilon", r"\eps > 0", r"\varepsilon > 0"),
        (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{x}", r"\mathbf{x}"),
        (r"\newcommand{\name}[1]{\text{#1}}", r"\name{MMD}^2", r"\text{MMD}^2"),
        (r"\let\old\phi \renewcommand{\phi}{\old_1}", r"\phi", r"{\phi}_1"),
    ],
)
def test_macros(definition: str, use: str, plain: str) -> None:
    document = read(f"{definition}\n\n$$ {use} $$\n")
    assert not document.diagnostics
    assert [dump(s.tree) for s in document.statements] == shown(plain)


def test_expanded_symbols_stand_where_the_macro_is_used() -> None:
    text = "\\newcommand{\\R}{\\mathbb{R}}\n$x \\in \\R$"
    (statement,) = read(text).statements
    side = statement.tree.sides[1]  # type: ignore[attr-defined]
    assert text[side.span.start : side.span.stop] == "\\R"


@pytest.mark.parametrize(
    "text",
    [r"\newcommand{\a}{\a} $\a$", r"\def\a{\b\b}\def\b{\a\a} $\a$",
     "".join(rf"\def\x{c}{{\x{d}\x{d}\x{d}\x{d}}}" for c, d in zip("abcdefghijk", "bcdefghijkl", strict=True))
     + r"\def\xl{y} $\xa$"],
)  # fmt: skip
def test_macros_are_bounded(text: str) -> None:
    assert [d.code for d in read(text).diagnostics] == ["E004"]


def test_every_character_is_a_token_or_layout() -> None:
    text = r"\sum_{i=1}^{n} \left( x_i \, - \bar{x} \right)^2 \quad \text{for all } n \ge 1"
    covered = [False] * len(text)
    for t in tokenize(Source("f", text), Span(0, len(text))):
        covered[t.start : t.stop] = [True] * (t.stop - t.start)
    rest = "".join(c for c, done in zip(text, covered, strict=True) if not done)
    assert re.fullmatch(r"[\s~]*(?:\\,\s*)*", rest)
