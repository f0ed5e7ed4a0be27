"""Line breaks inside brackets, room between operators and frames mean nothing."""

from __future__ import annotations

import pytest

from texjit.equations.latex.tree import dump
from texjit.equations.read import read_source
from texjit.equations.span import Source

SAME = (
    (r"y = \left( a \right. \left. + b \right)", r"y = \left( a + b \right)"),
    (r"\begin{aligned} y &= \left( a \right. \\ &\quad \left. + b \right) c \end{aligned}",
     r"y = \left( a + b \right) c"),
    (r"\begin{aligned} y &= \left[ a + \left( b \right. \right. \\ & \left.\left. + c \right) d\right] \end{aligned}",
     r"y = \left[ a + \left( b + c \right) d \right]"),
    (r"y = \left( a \right. \left. + b \right. \left. + c \right)", r"y = \left( a + b + c \right)"),
    (r"\begin{eqnarray} y & = & a \nonumber \\ & & {} + b \end{eqnarray}", r"y = a + b"),
    (r"y = a + {} b", r"y = a + b"), (r"y {=} a {+} b {\cdot} c", r"y = a + b \cdot c"),
    (r"y = a {\bmod {7}}", r"y = a \bmod 7"), (r"\boxed{y = a + b}", r"y = a + b"),
    (r"\begin{dmath} y = a \\ + b \end{dmath}", r"y = a + b"),
)  # fmt: skip
APART = (r"y = x^{+}", r"f = {}_n C_k", r"y = e^{-x}", r"y = {-b} + a", r"f = \left. x^2 \right|_{x=1}")
REFUSED = (r"y = \left( a \right. b", r"y = \left[ a \right. + \left. b \right)", r"y = \frac{}{2}")


def trees(text: str) -> list[str]:
    document = read_source(Source("notes.md", text if text.startswith(r"\begin") else f"$${text}$$"))
    assert not document.diagnostics, document.diagnostics[0].message
    return [dump(s.tree) for s in document.statements]


@pytest.mark.parametrize(("text", "plain"), SAME)
def test_layout_means_nothing(text: str, plain: str) -> None:
    assert trees(text) == trees(plain)


@pytest.mark.parametrize("text", APART)
def test_scripts_and_evaluations_keep_their_braces(text: str) -> None:
    assert len(trees(text)) == 1


@pytest.mark.parametrize("text", REFUSED)
def test_what_never_closes_in_print_is_refused(text: str) -> None:
    assert read_source(Source("notes.md", f"$${text}$$")).diagnostics
