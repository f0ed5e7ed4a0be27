"""What is handed over to the second reader: the dialect, and what it refuses."""

from __future__ import annotations

import re

import pytest

from texjit.equations.latex.second_reader import HEADS, HandOver, hand_over
from texjit.equations.latex.second_symbols import LETTERS, NotHandedOver
from texjit.equations.library import shipped
from texjit.equations.read import read
from texjit.equations.understand import Reading, understand


def first(formula: str) -> Reading:
    (reading, *_) = (r for r in understand(read(f"$$\n{formula}\n$$")) if r.kind in ("definition", "derivation"))
    assert reading.meaning is not None, reading.message
    return reading


def handed(formula: str) -> HandOver:
    reading = first(formula)
    assert reading.meaning is not None
    return hand_over(reading.statement.tree, reading.meaning)


#: Formulas and their texts; the second reader's misreadings are beside those that avoid one.
TEXTS = [
    (r"f = \log x + \ln y", r"\ln a + \ln b"),  # \log is the decimal logarithm there
    (r"f = \log_2 x", r"\log_{2} a"),
    (r"f = i + I + E + d", r"a + b + c + g"),  # i and I are imaginary, E is Euler's number, d begins a differential
    (r"f = e^{-x} e", r"e^{- a} e"),
    (r"f = 2\pi \hat{u}_{\text{max}} \bar{v}'", r"2 \pi a b"),
    (r"f = x(x + y)", r"a \left( a + b \right)"),  # x(…) without \left is a call
    (r"f = x_1 x_2", "a b"),
    (r"f = \frac{1}{N} \sum_{i=1}^{N} x_i^2 y", r"\frac{1}{a} \sum_{b=1}^{a} c_{b}^{2} g"),
    (r"f = \sum_{i=1}^{N} \sum_{j=1}^{M} A_{ij} x_j", r"\sum_{b=1}^{a} \sum_{g=1}^{c} h_{bg} k_{g}"),
    (r"f = \sum_{i=1}^{N-1} (x_{i+1} - x_i)", r"\sum_{b=1}^{a - 1} \left( c_{b} - g_{b} \right)"),
    (r"f = \sum_i p_i \log p_i", r"\sum_{a=1}^{c} b_{a} \ln b_{a}"),
    (r"f = \sin x \cdot y", r"\left( \sin a \right) \cdot b"),  # it would take the product for the argument
    (r"f = \ln x / y", r"\left( \ln a \right) / b"),
    (r"f = \ln x \sqrt{y}", r"\ln\left( a \sqrt{b} \right)"),  # it would end the argument before the root
    (r"f = \sin x \cos y", r"\sin a \cos b"),
    (r"f = \sin^{-1} x + \tan^2(y)", r"\sin^{- 1} a + \tan^{2}\left( b \right)"),
    (r"f = x / y \cdot z", r"a / b \cdot c"),  # asked as it was written
    (r"f = |x| + \lfloor y \rfloor", r"\left| a \right| + \lfloor b \rfloor"),
    (r"f = \max(0, 1 - x)", r"\max\left( 0, 1 - a \right)"),
    (r"f = \sqrt[3]{x} + \binom{n}{k}", r"\sqrt[3]{a} + \binom{b}{c}"),
    (r"f = {\sin x} y", r"\left( \sin a \right) b"),
    (r"f(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}", r"\frac{e^{b_{a}}}{\sum_{g=1}^{c} e^{h_{g}}}"),
]


@pytest.mark.parametrize(("formula", "text"), TEXTS)
def test_the_text(formula: str, text: str) -> None:
    assert handed(formula).text == text


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        (r"f = \coth x", "coth"),  # it reads cot(a h)
        (r"f = \|x\|^2", "norm"),
        (r"f = x^T A y", "no number"),
        (r"f = \max(0, \ln x)", "argument of max"),
        (r"f = \mathbb{E}[k(x, x')]", "expectation"),
        (r"f = \sum_{i<j} x_i x_j", "bounds"),
        (r"f = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "cases"),
        (r"f = \operatorname{erf}(x)", "erf"),
        (" f = " + " + ".join(f"x_{{{k}}}" for k in range(50)), "too many symbols"),
    ],
)
def test_what_is_not_handed_over(formula: str, why: str) -> None:
    with pytest.raises(NotHandedOver, match=why):
        handed(formula)


def test_nothing_of_the_author_reaches_it() -> None:
    """Texts hold the dialect's words and letters only."""
    words = {"frac", "sum", "prod", "left", "right", "sqrt", "cdot", "times", "div", "pi", "lfloor", "rfloor",
             "lceil", "rceil", "binom", "log", "operatorname", "arsinh", "arcosh", "artanh"}  # fmt: skip
    words |= {h.removeprefix("\\") for h in HEADS.values()}
    text = shipped("foundations")
    assert text is not None
    found = [handed(f).text for f, _ in TEXTS]
    for r in understand(read(text)):
        if r.meaning is not None:
            try:
                found.append(hand_over(r.statement.tree, r.meaning).text)
            except NotHandedOver:
                continue
    assert len(found) > len(TEXTS) + 15
    for x in found:
        assert set(re.findall(r"\\([a-z]+)", x)) <= words
        rest = re.sub(r"\\[a-z]+", " ", x)
        assert set(rest) <= set(LETTERS) | set("0123456789e.,+-/=!|()[]{}^_ "), x
