"""What searches run over: which letters, of which axes, between which ends; and what is an index instead."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Computed, Equation
from texjit.equations.read import read_source
from texjit.equations.reading import Reading
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand


def reading(text: str, where: str = "") -> Reading:
    whole = text if "$" in text else f"$${text}$$"
    return understand(read_source(Source("notes.md", whole)), declarations(where))[-1]


def computed(text: str, where: str = "") -> Computed:
    meaning = reading(text, where).meaning
    assert isinstance(meaning, Equation) and len(meaning.computed) == 1
    return meaning.computed[0]


@pytest.mark.parametrize(("text", "sets", "shapes", "ends"), [
    (r"f(a) = \min_{x \in [0, 2]^n} \sum_{i=1}^n (x_i - a_i)^2", ("box",), (("n",),), (("0", "2"),)),
    (r"f(a) = \min_{0 \le x_i \le 1} \sum_i (x_i - a_i)^2", ("box",), (("i",),), (("0", "1"),)),
    (r"f(a) = \min_{x \in \mathbb{R}_+} (x - a)^2", ("box",), ((),), (("0", "oo"),)),
    (r"f(a) = \min_{z \ge -1} (z - a)^2", ("box",), ((),), (("-1", "oo"),)),
    (r"f(a) = \sup_x (x a - x^2)", ("box",), ((),), (("-oo", "oo"),)),
    (r"f(c) = \max_{p \in \Delta_n} \sum_{i=1}^n p_i c_i", ("simplex",), (("n",),), (("0", "1"),)),
    (r"f(c) = \max_{p \in \Delta} \sum_i p_i c_i", ("simplex",), (("i",),), (("0", "1"),)),
    (r"f(c) = \max_{p \ge 0,\, \mathbf{1}^\top p = 1} p^\top c", ("simplex",), (("d",),), (("0", "1"),)),
    (r"f = \max_{a, b \in [0, 1]} (a - b)^2", ("box", "box"), ((), ()), (("0", "1"), ("0", "1"))),
    (r"f = \max_{(a, b) \in [0, 1]^2} (a - b)^2", ("box", "box"), ((), ()), (("0", "1"), ("0", "1"))),
    (r"f(c) = \min_{u \in \mathbb{R}} \min_{v \in [0, 1]} (u - v - c)^2", ("box", "box"), ((), ()),
     (("-oo", "oo"), ("0", "1"))),
])
def test_sets(text: str, sets: tuple[str, ...], shapes: object, ends: object) -> None:
    c = computed(text)
    variables = [next(p for p in c.inner.parameters if p.name == x) for x in c.variables]
    assert c.sets == sets
    assert tuple(tuple(a.name for a in p.axes) for p in variables) == shapes
    assert tuple(tuple(map(str, pair)) for pair in c.bounds) == ends


def test_declared_letters_keep_their_sets() -> None:
    c = computed(r"f(a) = \max_q (a q - q^2)", "q in [0, 3]")
    assert tuple(map(str, c.bounds[0])) == ("0", "3")
    assert computed(r"f(A, b) = \min_w \|A w - b\|^2", "A in R^{m x n}; b in R^m").variables == ("w",)
    simplex = computed(r"f(c) = \max_q q^T c", "q in Delta^K; c in R^K")
    assert simplex.sets == ("simplex",)


def test_the_sum_belongs_to_the_function_where_its_letter_stands_there() -> None:
    meaning = reading(r"f(c) = 1 + \min_{x \in [0, 1]} (x - 2)^2 + c x").meaning
    assert isinstance(meaning, Equation)
    assert str(meaning.outputs[0].body) == "minimum + 1"
    assert "c*x" in str(meaning.computed[0].inner.outputs[0].body)


@pytest.mark.parametrize("text", [
    r"f = \max_i a_i", r"f = \max_{1 \le i \le n} a_i", r"f = \max_{0 \le k \le n} (k - 2)^2",
    r"f = \min_{x \in S} a_x",
])
def test_indices_stay_indices(text: str) -> None:
    meaning = reading(text).meaning
    assert isinstance(meaning, Equation) and not meaning.computed


@pytest.mark.parametrize(("text", "where", "code"), [
    (r"f(a) = \min_{x \in \mathbb{R}^n} (a^T x) + \max_{y \in [0, 1]} y x_1", "a in R^n", "E288"),
    (r"f = \min_{x \in \mathbb{R}^n, \|x\| = 1} x^T A x", "A in R^{n x n}", "E289"),
    (r"f(a) = c - \min_{x \in [0, 1]} x^2 + a x", "", "E290"),
    (r"v = \arg\min_{u} (u - a)^2 + b", "u in R", "E290"),
    (r"\hat\beta = \arg\min_\beta \|y - X \beta\|^2", "", "E137"),
    (r"f(x) = \max_{x \in [0, 1]} x^2", "", "E149"),
    (r"f(c) = \min_k \sum_i (c_i - k)^2", "k in Z", "E289"),
])
def test_refusals(text: str, where: str, code: str) -> None:
    d = reading(text, where).diagnostic
    assert d is not None and d.code == code, d
