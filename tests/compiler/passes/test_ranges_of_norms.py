"""Norms and log-sum-exps keep range and digits where the formula as written does not."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from texjit.compiler.expr import (
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from texjit.compiler.interpret import interpret
from texjit.compiler.passes.normalize import normalize
from texjit.compiler.passes.peel import peel
from texjit.compiler.passes.rescale import rescale
from texjit.equations.domain import REAL

one = Const(Fraction(1))
i = Range("i", one, Extent("n"))
element = Element("x", (Call("sub", (Index("i"), one)),))
p = Var("p")


def c(prim: str, *args: Expr) -> Expr:
    return Call(prim, args)


def program(e: Expr) -> Program:
    params = (Param("x", ("n",), REAL), Param("p", (), REAL), Param("y", (), REAL))
    return Program("f", params, (), (Output("f", (), e),))


def value(made: Program, x: list[float], p: float = 2.0, y: float = 0.0) -> float:
    with np.errstate(all="ignore"):
        return interpret(made, {"x": np.array(x), "p": p, "y": y})["f"]


NORM = c("sqrt", Reduce("sum", i, c("square", element)))
POWERS = c("pow", Reduce("sum", i, c("pow", c("abs", element), p)), c("div", one, p))
HYPOT = c("sqrt", c("add", c("add", c("square", p), c("square", Var("y"))), one))
LOG_SUM = c("log", Reduce("sum", i, c("exp", element)))


@pytest.mark.parametrize("size", [1e200, 1e-200, 1.0, 1e150, 1e-140])
def test_norms_of_any_size(size):
    assert math.isclose(value(rescale(program(NORM)), [3 * size, -4 * size]), 5 * size, rel_tol=4e-16)


def test_norms_of_zero_infinity_and_nan():
    made = rescale(program(NORM))
    assert value(made, [0.0, 0.0]) == 0.0
    assert value(made, [1.0, -math.inf]) == math.inf
    assert math.isnan(value(made, [1.0, math.nan]))


@pytest.mark.parametrize("power, expected", [(200.0, 2.0), (1.0, 3.0), (-200.0, 1.0)])
@pytest.mark.parametrize("size", [1e5, 1e-5])
def test_power_norms_of_any_size(power, expected, size):
    made = rescale(program(POWERS))
    assert math.isclose(value(made, [size, -2 * size], power), expected * size, rel_tol=1e-14)
    assert value(made, [0.0, 0.0], 200.0) == 0.0


def test_three_sides_are_hypotenuses():
    made = rescale(program(HYPOT))
    assert math.isclose(value(made, [], p=3e200, y=4e200), 5e200, rel_tol=4e-16)
    assert value(made, [], p=2.0, y=2.0) == 3.0


def test_a_dominant_term_leaves_the_digits_of_the_others():
    made = peel(normalize(program(LOG_SUM)))
    assert math.isclose(value(made, [0.0, -50.0]), 1.9287498479639178e-22, rel_tol=4e-16)
    assert math.isclose(value(made, [0.0, 0.0, -50.0]), math.log(2), rel_tol=4e-16)
    assert value(made, [1000.0, -1000.0]) == 1000.0


@pytest.mark.parametrize("x, expected", [([-math.inf, -math.inf], -math.inf), ([math.inf, 0.0], math.inf)])
def test_infinite_exponents_are_their_own_logarithms(x, expected):
    assert value(peel(normalize(program(LOG_SUM))), x) == expected


def test_other_roots_stay_as_they_are():
    for e in (c("sqrt", element), c("sqrt", c("sub", c("square", p), one)), c("pow", Reduce("sum", i, element), p)):
        body = e if e.args[0] != element else Select(Compare("<", p, one), p, c("sqrt", p))
        assert rescale(program(body)) == program(body)
