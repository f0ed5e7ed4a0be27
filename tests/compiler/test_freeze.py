"""Freezing: every construct has its intended reading, and thawing undoes it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import Pow, Rational, Sum, exp, log

from texjit.compiler.binding import alpha_equal, ranges_of
from texjit.compiler.check import check
from texjit.compiler.expr import Call, Compare, Const, Element, Expr, Extent, Index, Reduce, Select, Var
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.thaw import thaw
from texjit.equations.axis import Axis
from texjit.equations.domain import INTEGER, REAL, SPD
from texjit.equations.equation import Comprehension, Equation, Parameter
from texjit.equations.heads import ArgMax, Determinant, ReduceMax, element, extent, parameter

from .equations import ALL, add, equation, i, inputs, inv, j, let, mul, over, param, sub, total

x, y, z = parameter("x"), parameter("y"), parameter("z")
X, Y, Z = Var("x"), Var("y"), Var("z")


def body_of(e, *params, bounds=()) -> Expr:
    program = freeze(equation("f", list(params or (param("x"), param("y"), param("z"))), e, bounds))
    return check(program, "frozen").outputs[0].body


def c(prim: str, *args: Expr) -> Call:
    return Call(prim, args)


def q(n: int, d: int = 1) -> Const:
    return Const(Fraction(n, d))


READINGS = {
    "quotient": (mul(x, inv(y)), c("div", X, Y)),
    "grouped quotient": (mul(x, y, inv(z)), c("div", c("mul", X, Y), Z)),
    "two denominators": (mul(inv(x), inv(y)), c("div", q(1), c("mul", X, Y))),
    "quotient before a factor": (mul(x, inv(y), z), c("mul", c("div", X, Y), Z)),
    "leading reciprocal": (mul(inv(x), y, z), c("mul", c("div", Y, X), Z)),
    "leading third": (mul(Rational(1, 3), x, y), c("mul", c("div", X, q(3)), Y)),
    "third behind": (mul(x, Rational(1, 3), y), c("mul", c("div", X, q(3)), Y)),
    "half": (mul(Rational(1, 2), x), c("div", X, q(2))),
    "difference": (add(x, mul(-1, y)), c("sub", X, Y)),
    "leading minus": (add(mul(-1, x), y), c("sub", Y, X)),
    "negated product": (mul(-1, x, y), c("neg", c("mul", X, Y))),
    "root": (sympy.sqrt(x), c("sqrt", X)),
    "inverse root": (Pow(x, Rational(-1, 2)), c("div", q(1), c("sqrt", X))),
    "square": (Pow(x, 2), c("square", X)),
    "cube": (Pow(x, 3), c("powi", X, q(3))),
    "power": (Pow(x, y), c("pow", X, Y)),
    "e": (Pow(sympy.E, x, evaluate=False), c("exp", X)),
    "float": (sympy.Float("0.5"), q(1, 2)),
    "pi": (sympy.pi, c("pi")),
    "infinity": (sympy.oo, Const(float("inf"))),
    "absolute": (sympy.Abs(x), c("abs", X)),
    "maximum": (sympy.Max(x, y), c("max", X, Y)),
    "absorbed": (mul(x, log(y)), c("absorb", X, c("log", Y))),
    "sign outside absorption": (mul(-1, x, log(y)), c("neg", c("absorb", X, c("log", Y)))),
    "number times logarithm": (mul(3, log(y)), c("mul", q(3), c("log", Y))),
    "case": (
        sympy.Piecewise((x, sympy.Lt(x, y)), (z, True)),
        Select(Compare("<", X, Y), X, Z),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_readings(name):
    e, want = READINGS[name]
    got = body_of(e)
    assert got == want or alpha_equal(got, want), got


def test_positions_count_from_zero():
    e = body_of(element("v", i - 1), Parameter("v", (Axis("n", 0),), REAL), bounds=[over(i, "n")])
    assert e == Element("v", (c("sub", Index("i"), q(1)),))
    e = body_of(element("v", i), param("v", "n"), bounds=[over(i, "n")])
    assert e == Element("v", (c("sub", Index("i"), q(1)),))


def test_one_symbol_in_two_sums_becomes_two_ranges():
    e = add(total(element("v", i), i, "n"), total(Pow(element("v", i), 2), i, "n"))
    program = freeze(equation("f", [param("v", "n")], e))
    assert len(ranges_of(program)) == 2


def test_an_inner_symbol_shadows_an_outer_one():
    inner = total(element("v", i), i, "n")
    e = total(mul(element("v", i), inner), i, "n")
    program = check(freeze(equation("f", [param("v", "n")], e)), "frozen")
    assert interpret(program, {"v": [1.0, 2.0]})["f"] == 9.0


def test_nested_limits_depend_on_outer_symbols():
    e = Sum(Sum(element("v", i), (i, 1, j)), (j, 1, extent("n")))
    program = check(freeze(equation("f", [param("v", "n")], e)), "frozen")
    assert interpret(program, {"v": [1.0, 10.0, 100.0]})["f"] == 123.0


def test_an_integer_parameter_is_a_position():
    t = Parameter("t", (), INTEGER, integer=True)
    program = freeze(equation("f", [param("v", "n"), t], element("v", parameter("t"))))
    assert interpret(check(program, "frozen"), {"v": [5.0, 6.0, 7.0], "t": 2})["f"] == 6.0


def test_largest_and_its_place():
    v = [1.0, 4.0, 3.0]
    for head, want in ((ReduceMax, 4.0), (ArgMax, 2.0)):
        e = head(element("v", i), i, 1, extent("n"))
        assert interpret(freeze(equation("f", [param("v", "n")], e)), {"v": v})["f"] == want


def test_determinant_and_lets():
    e = add(Determinant(parameter("S")), parameter("u"))
    program = freeze(equation("f", [param("S", "d", "d", domain=SPD)], e, lets=[let("u", extent("d"))]))
    assert interpret(check(program, "frozen"), {"S": [[2.0, 1.0], [1.0, 2.0]]})["f"] == pytest.approx(5.0)


@pytest.mark.parametrize("make", ALL, ids=lambda f: f.__name__)
def test_thawing_and_freezing_again_keeps_values(make):
    eq = make()
    program = freeze(eq)
    if any(not isinstance(part.body, Expr) for part in program.lets):
        pytest.skip("whole-array operations have no SymPy reading of their own")
    ranges = {k: (thaw(r.lo), thaw(r.hi)) for k, r in ranges_of(program).items()}

    def thawed(part) -> Comprehension:
        from texjit.equations.equation import Bound
        from texjit.equations.heads import index

        return Comprehension(
            part.name, tuple(Bound(index(r.name), *ranges[r.name]) for r in part.ranges), thaw(part.body)
        )

    again = Equation(eq.name, eq.parameters, tuple(map(thawed, program.lets)), tuple(map(thawed, program.outputs)))
    given = inputs(eq)
    want, got = interpret(program, given), interpret(check(freeze(again), "frozen"), given)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-13)


@pytest.mark.parametrize(
    ("e", "code", "what"),
    [
        (sympy.besselj(0, x), "E301", "besselj"),
        (sympy.Derivative(sympy.Function("g")(x), x), "E301", "Derivative"),
        (parameter("w"), "E301", "w"),
        (element("v", Pow(i, 2)), "E302", "affine"),
        (element("v", i, i), "E301", "2 indices"),
    ],
)
def test_what_has_no_reading_is_refused_by_name(e, code, what):
    from texjit.equations.diagnostic import Unsupported

    with pytest.raises(Unsupported) as caught:
        body_of(e, param("x"), param("v", "n"), bounds=[over(i, "n")])
    assert caught.value.diagnostic.code == code and what in caught.value.diagnostic.message


def test_extents_are_told_from_parameters():
    assert body_of(mul(extent("n"), x), param("x"), param("v", "n")) == c("mul", Extent("n"), X)
    assert isinstance(body_of(total(exp(element("v", i)), i, "n"), param("v", "n")), Reduce)
    assert sub(x, y) != 0


def test_a_quotient_before_a_factor_does_not_overflow():
    p = freeze(equation("f", [param("x"), param("y"), param("z")], mul(x, inv(y), z)))
    assert interpret(p, {"x": 1e200, "y": 1e100, "z": 1e200})["f"] == 1e300
