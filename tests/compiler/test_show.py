"""Expressions on one line keep the brackets that matter."""

from __future__ import annotations

import pytest

from texjit.compiler.expr import Call, Compare, Const, Element, Index, Range, Reduce, Select, Var
from texjit.compiler.positions import ONE, const
from texjit.compiler.rules import CANCELLATIONS, FUSIONS
from texjit.compiler.show import shown

a, b, c = Var("?a"), Var("b"), Var("c")


@pytest.mark.parametrize(
    ("e", "said"),
    [
        (Call("sub", (a, Call("sub", (b, c)))), "a - (b - c)"),
        (Call("sub", (Call("sub", (a, b)), c)), "a - b - c"),
        (Call("div", (a, Call("mul", (b, c)))), "a/(b·c)"),
        (Call("mul", (Call("add", (a, b)), Call("neg", (c,)))), "(a + b)·-c"),
        (Call("square", (Call("sub", (a, ONE)),)), "(a - 1)²"),
        (Call("pow", (Call("pow", (a, b)), c)), "(a^b)^c"),
        (Call("log", (Call("add", (ONE, a)),)), "log(1 + a)"),
        (Call("mul", (const(2), Const(const(1).value / 3))), "2·1/3"),
        (Element("x", (Call("sub", (Index("i"), ONE)),)), "x[i - 1]"),
        (Reduce("sum", Range("i", ONE, b), Index("i")), "sum(i, i = 1..b)"),
        (Select(Compare("<", a, b), a, b), "(a where a < b, else b)"),
        (Call("pi", ()), "pi"),
    ],
)
def test_expressions_on_one_line(e, said):
    assert shown(e) == said


@pytest.mark.parametrize("rule", FUSIONS + CANCELLATIONS, ids=lambda r: r.name)
def test_both_sides_of_every_rule_can_be_shown(rule):
    left, right = shown(rule.left), shown(rule.right)
    assert left != right and "?" not in left + right and "Expr" not in left + right
