"""Differences by hand: the same values, more digits, and a smaller program where nothing applies."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from texjit.compiler.check import check
from texjit.compiler.expr import Call, Const, Element, Expr, Extent, Index, Output, Param, Program, Range, Reduce, Var
from texjit.compiler.interpret import interpret
from texjit.compiler.passes.cancel import cancel
from texjit.compiler.passes.stabilize import stabilize
from texjit.equations.domain import INTEGER, REAL, Domain

POSITIVE = Domain("interval", lo=Fraction(0), lo_open=True)


def c(prim: str, *args: Expr) -> Expr:
    return Call(prim, args)


x, y, one, two = Var("x"), Var("y"), Const(Fraction(1)), Const(Fraction(2))
x1 = c("add", x, one)


def program(e: Expr, domain=POSITIVE) -> Program:
    return Program("f", (Param("x", (), domain), Param("y", (), domain)), (), (Output("f", (), e),))


def value(p: Program, **at: float) -> float:
    return interpret(p, at)["f"]


#: Formula, where it loses digits, and the exact value there.
ROWS = {
    "roots": (c("sub", c("sqrt", x1), c("sqrt", x)), {"x": 1e15}, 1.5811388300841893e-08),
    "roots of two": (c("sub", c("sqrt", x), c("sqrt", y)), {"x": 1 + 2**-52, "y": 1.0}, 1.1102230246251563e-16),
    "root and one": (c("sub", c("sqrt", x1), one), {"x": 1e-12}, 4.99999999999875e-13),
    "one and root": (c("sub", one, c("sqrt", x1)), {"x": 1e-12}, -4.99999999999875e-13),
    "squares": (c("sub", c("square", x), c("square", y)), {"x": 1 + 2**-40, "y": 1.0}, 2**-39 + 2**-80),
    "one and square": (c("sub", one, c("square", x)), {"x": 1 - 2**-30}, 2**-29 - 2**-60),
    "increment of a square": (c("sub", c("square", c("add", x, y)), c("square", x)), {"x": 1.0, "y": 1e-12},
                              2.000000000001e-12),
    "three values": (c("sub", c("add", x, y), two), {"x": 2 - 2**-52, "y": 2**-53}, -(2**-53)),
    "products": (c("sub", c("mul", x, y), c("mul", y, y)), {"x": 3 + 2**-50, "y": 3.0}, 3 * 2**-50),
    "fractions": (c("sub", c("div", one, x1), c("div", one, x)), {"x": 1e10}, -9.999999999e-21),
    "one and cosine": (c("sub", one, c("cos", x)), {"x": 1e-8}, 5e-17),
    "cosine and one": (c("sub", c("cos", x), one), {"x": 1e-8}, -5e-17),
    "sines": (c("sub", c("sin", c("add", x, y)), c("sin", x)), {"x": 1.0, "y": 1e-12}, 5.403023058677189e-13),
    "cosines": (c("sub", c("cos", c("add", x, y)), c("cos", x)), {"x": 1.0, "y": 1e-12}, -8.414709848081666e-13),
    "exponentials": (c("sub", c("exp", c("add", x, y)), c("exp", x)), {"x": 1.0, "y": 1e-12}, 2.7182818284604046e-12),
    "logarithms": (c("sub", c("log", x1), c("log", x)), {"x": 1e10}, 9.9999999995e-11),
    "logarithm of a quotient": (c("log", c("div", x1, c("sub", one, x))), {"x": 1e-10}, 2e-10),
    "logarithm of near numbers": (c("log", c("div", x, y)), {"x": 1 + 2**-30, "y": 1 - 2**-53}, 9.313226852041001e-10),
    "square of a difference": (c("add", c("sub", c("square", x), c("mul", c("mul", two, x), y)), c("square", y)),
                               {"x": 1 + 2**-40, "y": 1.0}, 2**-80),
    "powers": (c("sub", c("pow", x1, y), c("pow", x, y)), {"x": 1e10, "y": 0.5}, 4.999999999875e-06),
    "cube roots": (c("sub", c("cbrt", x1), c("cbrt", x)), {"x": 1e15}, 3.333333333333332e-11),
    "angles": (c("sub", c("atan", x1), c("atan", x)), {"x": 1e8}, 9.9999999e-17),
    "three fractions": (c("add", c("sub", c("div", one, x1), c("div", two, x)), c("div", one, c("sub", x, one))),
                        {"x": 1e8}, 2.0000000000000002e-24),
    "log of a hyperbolic cosine": (c("log", c("cosh", x)), {"x": 1e-8}, 5e-17),
    "quotient of squares": (c("div", c("square", x), c("square", y)), {"x": 3e-170, "y": 1e-170}, 9.0),
}  # fmt: skip


@pytest.mark.parametrize("e, at, exact", ROWS.values(), ids=ROWS)
def test_digits_are_kept(e, at, exact):
    written, made = program(e), stabilize(cancel(program(e)))
    point = {"x": 1.0, "y": 1.0} | at
    assert not math.isclose(value(written, **point), exact, rel_tol=1e-14), "the formula as written does it too"
    assert math.isclose(value(made, **point), exact, rel_tol=4e-16)


@pytest.mark.parametrize("e", [row[0] for row in ROWS.values()], ids=ROWS)
def test_values_stay(e):
    rng = random.Random(str(e))
    written, made = program(e), cancel(program(e))
    for _ in range(200):
        at = {"x": rng.uniform(0.05, 0.95), "y": rng.uniform(0.05, 0.95)}
        assert math.isclose(value(written, **at), value(made, **at), rel_tol=1e-11, abs_tol=1e-13)


def test_the_larger_root_of_a_quadratic_has_no_cancellation_on_either_side():
    discriminant = c("sub", c("square", x), c("mul", c("mul", Const(Fraction(4)), y), one))
    for sign, at in ((1, 1e8), (1, -1e8), (-1, 1e8), (-1, -1e8)):
        root = c("sqrt", discriminant)
        top = c("sub", root, x) if sign > 0 else c("sub", c("neg", x), root)
        made = cancel(program(c("div", top, two), REAL))
        a, b = Fraction(int(at)), sign * Fraction(math.isqrt((int(at) ** 2 - 4) * 10**80), 10**40)
        assert math.isclose(value(made, x=at, y=1.0), float((b - a) / 2), rel_tol=1e-15)


@pytest.mark.parametrize(
    "e",
    [
        c("sub", c("sqrt", c("exp", x)), c("sqrt", c("log", y))),  # nothing cancels: a longer formula gains nothing
        c("sub", c("sub", c("add", c("exp", x), c("square", y)), one), x),  # exp(x) − 1 is the pair that cancels
        c("sub", c("sin", x), c("sin", y)),
        c("add", c("mul", x, y), c("mul", y, y)),
        c("sub", c("log", x), y),
    ],
)
def test_other_differences_stay_as_they_are(e):
    assert cancel(program(e)) == program(e)


def test_equal_zeros_under_roots_give_zero():
    made = cancel(program(c("sub", c("sqrt", x), c("sqrt", y)), Domain("interval", lo=Fraction(0))))
    assert value(made, x=0.0, y=0.0) == 0.0


@pytest.mark.parametrize("square", [False, True])
def test_a_sum_that_a_rewrite_copies_has_a_range_of_its_own_in_each_copy(square: bool) -> None:
    def total(array: str, index: str) -> Expr:
        at = Call("sub", (Index(index), one))
        return Reduce("sum", Range(index, one, Extent("n")), c("square", Element(array, (at,))))

    u, v = total("u", "i"), total("v", "j")
    e = c("sub", c("square", u), c("square", v)) if square else c("sub", c("sqrt", c("add", c("square", x), u)), x)
    arrays = tuple(Param(a, ("n",), REAL) for a in "uv")
    before = Program("f", (Param("x", (), REAL), *arrays), (), (Output("f", (), e),))
    after = check(cancel(before), "frozen")
    assert after.outputs != before.outputs
    numbers = {"x": 0.5, "u": [0.25, 0.5, 2.0], "v": [0.75, 1.0, 0.125]}
    assert interpret(after, numbers)["f"] == pytest.approx(interpret(before, numbers)["f"], rel=1e-14)


def test_bounds_of_whole_numbers_stay_as_they_are() -> None:
    last = c("sub", Var("t"), c("add", Var("h"), one))
    e = Reduce("sum", Range("i", one, last), Element("u", (c("sub", Index("i"), one),)))
    params = (*(Param(a, (), INTEGER, True) for a in "ht"), Param("u", ("n",), REAL))
    before = Program("f", params, (), (Output("f", (), e),))
    assert check(cancel(before), "frozen") == before
