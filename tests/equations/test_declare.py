r"""Declarations: four spellings of one table."""

from __future__ import annotations

from fractions import Fraction

import pytest

from texjit.equations.context import Declared
from texjit.equations.domain import INTEGER, POSITIVE, REAL, SIMPLEX, SPD, UNIT, Domain
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand

SPELLINGS = (
    (r"x, y \in \mathbb{R}^d", "x, y in R^d", ("x", "y"), ("d",), REAL),
    (r"A \in \mathbb{R}^{m \times n}", "A in R^{m x n}", ("A",), ("m", "n"), REAL),
    (r"A \in \mathbb{R}^{m \times d_k}", "A in R^{m x d_k}", ("A",), ("m", "d_k"), REAL),
    (r"a \in \mathbb{R}^{n+1}", "a in R^{n+1}", ("a",), ("n_plus_1",), REAL),
    (r"w \in \mathbb{R}^{N-1}", "w in R^{N-1}", ("w",), ("N_minus_1",), REAL),
    (r"\Sigma \in \mathbb{S}_{++}^d", "Sigma in S++^d", ("Sigma",), ("d", "d"), SPD),
    (r"P, Q \in \Delta^K", "P, Q in Delta^K", ("P", "Q"), ("K",), SIMPLEX),
    (r"P \in \Delta^{K-1}", "P in Delta^{K-1}", ("P",), ("K",), SIMPLEX),
    (r"k \in \mathbb{Z}", "k in Z", ("k",), (), INTEGER),
    (r"p \in (0, 1)", "p in (0, 1)", ("p",), (), Domain("interval", Fraction(0), Fraction(1), True, True)),
    (r"p \in [0, 1)", "p in [0, 1)", ("p",), (), Domain("interval", Fraction(0), Fraction(1), False, True)),
    (r"a > 0", "a > 0", ("a",), (), POSITIVE),
    (r"x \in \mathbb{R}_{++}^n", "x in R++^n", ("x",), ("n",), POSITIVE),
    (r"x \in [0, 1]^n", "x in [0, 1]^n", ("x",), ("n",), UNIT),
    (r"x \in [0, 1]^{m \times n}", "x in [0, 1]^{m x n}", ("x",), ("m", "n"), UNIT),
    (r"x \in (0, \infty)^n", "x in (0, inf)^n", ("x",), ("n",), POSITIVE),
    (r"s \in \{-1, +1\}^n", "s in {-1, 1}^n", ("s",), ("n",),
     Domain("finite", Fraction(-1), Fraction(1), members=(Fraction(-1), Fraction(1)))),
    (r"\beta in (0, 1)", "beta in (0, 1)", ("beta",), (), Domain("interval", Fraction(0), Fraction(1), True, True)),
)


@pytest.mark.parametrize(("latex", "ascii_", "names", "axes", "domain"), SPELLINGS, ids=[s[1] for s in SPELLINGS])
def test_latex_and_ascii_declare_the_same(
    latex: str, ascii_: str, names: tuple[str, ...], axes: tuple[str, ...], domain: Domain
) -> None:
    # A lone latex bound has no backslash; dollars make it LaTeX all the same.
    for found in (declarations(latex if "\\" in latex else f"{latex}"), declarations(ascii_)):
        whole = [d for d in found if d.name in names]
        assert tuple(d.name for d in whole) == names
        assert all(d.axes == axes and d.domain == domain and not d.function for d in whole)


def test_functions_are_declared() -> None:
    for text in (r"f : \mathbb{R}^d \to \mathbb{R}", "f : R^d -> R"):
        (f,) = declarations(text)
        assert f == Declared("f", (), REAL, True, f.text)


def read_last(text: str, where: str = "") -> Equation:
    document = read_source(Source("document.md", text))
    found = [r.meaning for r in understand(document, declarations(where)) if isinstance(r.meaning, Equation)]
    return found[-1]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("$$y = A x$$ where $A \\in \\mathbb{R}^{m \\times n}$, $x \\in \\mathbb{R}^n$.", ""),
        ("```texjit\nA in R^{m x n}; x in R^n\n```\n\n$$y = A x$$", ""),
        ("$$y = A x$$", r"A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n"),
        ("$$y = A x$$", "A in R^{m x n}; x in R^n"),
    ],
)
def test_all_spellings_reach_a_formula(text: str, where: str) -> None:
    assert read_last(text, where).signature == "(m,n),(n)->(m)"


def test_elements_and_bounds_leave_the_axes_open() -> None:
    e = read_last("For $y_i \\in \\{0, 1\\}$ and $w > 0$:\n\n$$L = \\sum_{i=1}^N w_i y_i$$")
    domains = {p.name: p.domain for p in e.parameters}
    assert e.signature == "(N),(N)->()"
    assert domains["y"].members == (0, 1) and domains["w"] == POSITIVE


def test_a_declaration_holds_under_its_heading_only() -> None:
    text = "# T\n\n## A\n\n$x \\in \\mathbb{R}^d$\n\n$$f = 2 x$$\n\n## B\n\n$$g = 2 x$$"
    found = [r.meaning for r in understand(read_source(Source("d.md", text))) if isinstance(r.meaning, Equation)]
    assert [e.signature for e in found] == ["(d)->(d)", "()->()"]


@pytest.mark.parametrize("where", ["x_i, m_i in R^d", r"x_i, m_i \in \mathbb{R}^d", "m_i in R^d; x_i in R^d"])
def test_elements_that_are_vectors_are_rows_wherever_that_is_said(where: str) -> None:
    assert read_last(r"$$L = \sum_{i=1}^n x_i^T m_i$$", where).signature == "(n,d),(n,d)->()"
    assert read_last(r"$$L = \prod_{i=1}^n a_i + \sum_{i=1}^n x_i^2$$", where).signature == "(n),(n,d)->(d)"
    assert read_last(r"$$L = \sum_{k=1}^n x_k^T m_k$$", where).signature == "(n,d),(n,d)->()"
    assert read_last(r"$$y_i = 2 x_i$$", where).signature == "(d)->(d)"  # of one vector: nothing counts i


@pytest.mark.parametrize("where", ["x_k > 0", r"x_k \in \mathbb{R}_{>0}", "x_k in (0, inf)"])
def test_domains_of_elements_are_those_of_the_array(where: str) -> None:
    e = read_last(r"$$L = \sum_{k=1}^K \log x_k$$", where)
    assert {p.name: p.domain for p in e.parameters}["x"] == POSITIVE
@pytest.mark.parametrize("text", [
    r"$$L = \sum_{k=1}^K x^\top A_k x$$ where $A_k \in \mathbb{R}^{d \times d}$ and $x \in \mathbb{R}^d$.",
    "$$L = \\sum_{k=1}^K x^\\top A_k x$$\n\n```texjit\nA_k in R^{d x d}; x in R^d\n```\n",
    r"$$L = \sum_{k=1}^K x^\top A_k x$$",
])
def test_each_matrix_of_an_array_is_declared_in_every_spelling(text: str) -> None:
    given = () if "where" in text or "texjit" in text else declarations("A_k in R^{d x d}; x in R^d")
    readings = understand(read_source(Source("text", text)), given)
    (found,) = (r.meaning for r in readings if r.name == "L")
    assert isinstance(found, Equation)
    assert {p.name: tuple(a.name for a in p.axes) for p in found.parameters} == {"x": ("d",), "A": ("K", "d", "d")}
