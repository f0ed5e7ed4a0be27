"""Every rule is an identity where its condition holds, and would be noticed if it were not."""

from __future__ import annotations

import math
import random

import pytest

from texjit.compiler.binding import alpha_equal
from texjit.compiler.expr import Call, Const, Expr, Output, Param, Program, Var, transform
from texjit.compiler.interpret import interpret
from texjit.compiler.matching import fill, matches
from texjit.compiler.primitives import PRIMITIVES
from texjit.compiler.rules import CANCELLATIONS, FUSIONS, Rule
from texjit.compiler.signs import Signs
from texjit.equations.domain import REAL

RULES = FUSIONS + CANCELLATIONS


def value(e: Expr, at: dict[str, float]) -> float:
    named = fill(e, {f"?{n}": Var(n) for n in at})
    params = tuple(Param(n, (), REAL) for n in at)
    return interpret(Program("f", params, (), (Output("f", (), named),)), at)["f"]


def samples(rule: Rule, count: int = 50):
    rng = random.Random(rule.name)
    for _ in range(count):
        yield {n: rng.uniform(*rule.domain.get(f"?{n}", (-3.0, 3.0))) for n in ("a", "b")}


def holds(left: Expr, right: Expr, rule: Rule) -> bool:
    return all(math.isclose(value(left, at), value(right, at), rel_tol=1e-9, abs_tol=1e-12) for at in samples(rule))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_rules_are_identities(rule):
    assert holds(rule.left, rule.right, rule)


def mutants(e: Expr):
    """The right side with one sign, constant or argument order wrong."""
    swaps = {"add": "sub", "sub": "add", "exp": "expm1", "log1p": "log", "softplus": "exp", "sigmoid": "tanh"}
    yield Call("neg", (e,))
    yield Call("add", (e, Const(1)))

    def swapped(n: Expr) -> Expr | None:
        return Call(swaps[n.prim], n.args) if isinstance(n, Call) and n.prim in swaps else None

    if (made := transform(e, swapped)) != e:
        yield made
    if isinstance(e, Call) and len(e.args) == 2 and not PRIMITIVES[e.prim].commutative:
        yield Call(e.prim, e.args[::-1])
    unsigned = transform(e, lambda n: n.args[0] if isinstance(n, Call) and n.prim == "neg" else None)
    if unsigned != e:
        yield unsigned


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_mutants_of_rules_are_noticed(rule):
    for mutant in mutants(rule.right):
        assert not holds(rule.left, mutant, rule), mutant


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_rules_match_their_own_left_side_and_end(rule):
    e = fill(rule.left, {"?a": Var("u"), "?b": Var("v")})
    found = next(matches(rule.left, e))
    assert fill(found.binding and rule.right, found.binding) == fill(rule.right, {"?a": Var("u"), "?b": Var("v")})


def c(prim, *args):
    return Call(prim, args)


u, v, w, one = Var("u"), Var("v"), Var("w"), Const(1)
A, B = Var("?a"), Var("?b")


@pytest.mark.parametrize(
    "e",
    [
        c("add", one, c("exp", u)),
        c("add", c("exp", u), one),
        c("sub", one, c("neg", c("exp", u))),
    ],
)
def test_sums_match_in_any_order(e):
    (found,) = {str(m.binding["?a"]) for m in matches(c("add", one, c("exp", A)), e)}
    assert found == str(u)


def test_terms_that_are_left_over_stay():
    e = c("sub", c("add", c("exp", u), v), one)
    (found,) = matches(c("sub", c("exp", A), one), e)
    assert found.binding == {"?a": u} and found.rest == ((False, v),) and not found.negative


def test_the_opposite_difference_is_negative():
    (found,) = matches(c("sub", c("exp", A), one), c("sub", one, c("exp", u)))
    assert found.negative and not found.rest


def test_one_name_stands_for_one_expression():
    pattern = c("div", c("exp", A), c("add", one, c("exp", A)))
    assert list(matches(pattern, c("div", c("exp", u), c("add", one, c("exp", u)))))
    assert not list(matches(pattern, c("div", c("exp", u), c("add", one, c("exp", v)))))


def test_a_name_takes_what_is_left_of_a_sum():
    (found,) = matches(c("log", c("add", one, A)), c("log", c("sub", c("sub", u, v), c("neg", one))))
    assert alpha_equal(found.binding["?a"], c("sub", u, v))


def test_conditions_need_proof():
    rule = next(r for r in FUSIONS if r.name == "rel_entr")
    signs = Signs(Program("f", (Param("u", (), REAL),), (), ()))
    assert not rule.when(signs, {"?a": u, "?b": u})
    assert rule.when(signs, {"?a": c("exp", u), "?b": c("square", u)})


def test_a_name_takes_what_is_left_of_a_product():
    middle = c("div", c("add", u, v), Const(2))
    (found,) = matches(c("log", c("div", u, A)), c("log", c("div", u, middle)))
    assert alpha_equal(found.binding["?a"], middle)
