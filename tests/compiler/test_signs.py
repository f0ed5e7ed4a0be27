"""What the sign analyser proves holds on samples, and it proves what passes rely on."""

from __future__ import annotations

import math
import random

import pytest

from texjit.compiler.expr import (
    Call,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Var,
)
from texjit.compiler.interpret import interpret
from texjit.compiler.positions import const
from texjit.compiler.primitives import PRIMITIVES
from texjit.compiler.signs import Signs
from texjit.equations.domain import NONNEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT, Domain

DOMAINS = {
    "x": REAL,
    "p": POSITIVE,
    "q": NONNEGATIVE,
    "u": UNIT,
    "m": Domain(lo=const(-2).value, hi=const(-1).value),
    "w": Domain("finite", members=(const(0).value, const(1).value)),
}
SAMPLES = {
    "x": [-1e308, -3.0, -0.5, 0.0, 0.5, 3.0, 1e308],
    "p": [1e-308, 0.3, 2.0, 1e308],
    "q": [0.0, 0.3, 2.0, 1e308],
    "u": [0.0, 0.25, 1.0],
    "m": [-2.0, -1.5, -1.0],
    "w": [0.0, 1.0],
}
PARAMS = tuple(Param(n, (), d) for n, d in DOMAINS.items())
SIGNS = Signs(Program("f", PARAMS, (), ()))
ROWS = [r for r in PRIMITIVES.values() if r.arity and not r.truth and r.name != "powi"]


def random_expr(rng: random.Random, depth: int) -> Expr:
    if depth == 0:
        return rng.choice([Var(rng.choice(list(DOMAINS))), const(rng.randint(-2, 3))])
    row = rng.choice(ROWS)
    return Call(row.name, tuple(random_expr(rng, depth - 1) for _ in range(row.arity)))


@pytest.mark.parametrize("seed", range(300))
def test_proved_bounds_hold_on_samples(seed):
    rng = random.Random(seed)
    e = random_expr(rng, rng.choice([1, 1, 2, 3]))
    b = SIGNS.bounds(e)
    program = Program("f", PARAMS, (), (Output("f", (), e),))
    for _ in range(40):
        at = {n: rng.choice(vs) for n, vs in SAMPLES.items()}
        v = interpret(program, at)["f"]
        if v != v:
            continue
        # Rounding may move a value to an end that exact arithmetic only approaches, or past it by an ulp.
        slack = 1e-12 * max(1.0, abs(v)) if math.isfinite(v) else 0.0
        assert b.lo <= v + slack and v - slack <= b.hi, (e, at, v, b)


def c(prim: str, *args: Expr) -> Expr:
    return Call(prim, args)


x, p, q, u, m = (Var(n) for n in "xpqum")


@pytest.mark.parametrize(
    "e",
    [q, u, c("square", x), c("mul", x, x), c("exp", x), c("abs", x), c("sqrt", q), c("add", p, q),
     c("sub", const(1), u), c("mul", u, q), c("div", q, const(2)), c("div", c("add", q, u), const(2)),
     c("neg", m), c("mul", m, m), c("softplus", x), c("sigmoid", x), c("max", x, q), c("powi", x, const(4)),
     c("neg", c("log", u)), c("pow", q, x), c("div", q, p)],
)  # fmt: skip
def test_nonnegative_is_proved(e):
    assert SIGNS.is_nonnegative(e)


@pytest.mark.parametrize("e", [x, c("log", q), c("sub", u, q), c("neg", q), c("sin", x), c("add", x, p), m])
def test_nonnegative_is_not_claimed(e):
    assert not SIGNS.is_nonnegative(e)


@pytest.mark.parametrize(
    "e",
    [
        p,
        const(2),
        c("add", p, q),
        c("mul", p, p),
        c("add", const(1), c("square", x)),
        c("sqrt", p),
        c("neg", m),
    ],
)
def test_positive_is_proved(e):
    assert SIGNS.is_positive(e)


@pytest.mark.parametrize("e", [q, c("square", x), u, c("sub", p, p)])
def test_positive_is_not_claimed(e):
    assert not SIGNS.is_positive(e)


def test_lets_elements_and_reductions():
    r = Range("i", const(1), Extent("n"))
    at = (c("sub", Index("i"), const(1)),)
    params = (Param("P", ("n",), SIMPLEX), Param("x", (), REAL))
    mean = Let("M", (r,), c("div", c("add", Element("P", at), const(1)), const(2)))
    signs = Signs(Program("f", params, (mean,), ()))
    assert signs.is_positive(Element("M", (const(0),)))
    assert signs.is_nonnegative(Reduce("sum", r, Element("P", at)))
    assert signs.is_nonnegative(Reduce("product", r, Element("P", at)))
    assert not signs.is_positive(Reduce("product", r, Element("P", at)))
    assert signs.is_positive(Index("i"))
    assert not signs.is_nonnegative(Reduce("max", r, Element("P", at)))  # empty: -inf


def test_finite_is_proved_only_where_nothing_overflows():
    assert SIGNS.is_finite(x) and SIGNS.is_finite(c("neg", c("sigmoid", x)))
    assert not SIGNS.is_finite(c("mul", x, x)) and not SIGNS.is_finite(Const(math.inf))
