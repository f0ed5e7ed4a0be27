"""From equation to numbers: frozen, optimized, lowered, emitted, compiled; no read leaves its array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy import And, Ge, Gt, Le, Lt, Ne, Piecewise, Pow, Product, Sum, exp, log

from texjit.compiler.expr import Program
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.interpret_loops import interpret_proc
from texjit.compiler.lower import lower
from texjit.compiler.passes.batch import batch
from texjit.compiler.pipeline import optimize
from texjit.equations.domain import INTEGER, SPD
from texjit.equations.equation import Bound, Equation
from texjit.equations.heads import ArgMax, ArgMin, Determinant, ReduceMax, ReduceMin, element, extent, parameter
from texjit.runtime import linalg

from .equations import add, equation, i, inv, j, k, let, mul, over, param, s, sub, t, total
from .test_emit import run

N, M = extent("N"), extent("M")
x = lambda m: element("x", m)  # noqa: E731
X = param("x", "N")
XY = [param("x", "N"), param("y", "M")]


def below(body: Any) -> Any:
    """Σ_{i<j}."""
    return Sum(Sum(body, (j, i + 1, N)), (i, 1, N))


def apart(body: Any) -> Any:
    """Σ_{i≠j}."""
    return Sum(Sum(Piecewise((body, Ne(i, j)), (0, True), evaluate=False), (j, 1, N)), (i, 1, N))


DIFFERENCE = Pow(sub(x(i), x(j)), 2, evaluate=False)
PREVIOUS = Piecewise((parameter("a"), sympy.Eq(t, 1)), (x(t - 1), True))
WINDOW = Piecewise((0, Lt(t, 3)), (Sum(x(t - k), (k, 1, 2)), True))

CASES: dict[str, Equation] = {
    "argmax": equation("f", [X], ArgMax(x(i), i, 1, N)),
    "argmin of a distance": equation("f", XY, ArgMin(sympy.Abs(x(i) - element("y", j)), i, 1, N), [over(j, "M")]),
    "argmax of a sum": equation("f", [X], ArgMax(add(x(i), total(mul(x(i), x(j)), j, "N")), i, 1, N)),
    "max and min": equation("f", [X], sub(ReduceMax(x(i), i, 1, N), ReduceMin(x(j), j, 1, N))),
    "normalised": equation(
        "f", [X], mul(sub(x(i), ReduceMin(x(j), j, 1, N)), inv(add(1, ReduceMax(x(k), k, 1, N)))), [over(i, "N")]
    ),
    "two-way max": equation("f", XY, ReduceMax(ReduceMin(x(i) * element("y", j), j, 1, M), i, 1, N)),
    "cases": equation("f", [X], Piecewise((x(i), Gt(x(i), 0)), (exp(x(i)), True)), [over(i, "N")]),
    "cases with a sum": equation(
        "f", [X], Piecewise((x(i), Gt(x(i), 0)), (total(x(j), j, "N"), True)), [over(i, "N")]
    ),
    "triangle": equation("f", [X], below(DIFFERENCE)),
    "rows of a triangle": equation("f", [X], Sum(mul(x(i), x(j)), (j, i + 1, N)), [over(i, "N")]),
    "apart": equation("f", [X], apart(DIFFERENCE)),
    "rows apart": equation(
        "f", [X], total(Piecewise((mul(x(i), x(j)), Ne(i, j)), (0, True)), j, "N"), [over(i, "N")]
    ),
    "previous": equation("f", [X, param("a")], PREVIOUS, [over(t, "N")]),
    "previous, in a function": equation("f", [X, param("a")], exp(PREVIOUS), [over(t, "N")]),
    "next": equation("f", [X], Piecewise((x(t + 1), Lt(t, N)), (0, True)), [over(t, "N")]),
    "neighbours": equation(
        "f", [X], Piecewise((x(t - 1) + x(t + 1), And(Ge(t, 2), Le(t + 1, N))), (x(t), True)), [over(t, "N")]
    ),
    "window": equation("f", [X], WINDOW, [over(t, "N")]),
    "previous by a let": equation(
        "f", [X, param("a")],
        Piecewise((parameter("a"), sympy.Eq(t, 1)), (element("e", t - 1), True)), [over(t, "N")],
        [let("e", exp(x(i)), over(i, "N"))],
    ),
    "chosen by a value": equation("f", [X], Piecewise((x(t - 1), Gt(x(t), 0)), (0, True)), [over(t, "N")]),
    "a longer axis": equation("f", XY, element("y", i), [Bound(i, sympy.Integer(1), N)]),
    "the last": equation("f", [X], x(N)),
    "the first": equation("f", [X], x(sympy.Integer(1))),
    "differences": equation("f", [X], Sum(Pow(x(i + 1) - x(i), 2), (i, 1, N - 1))),
    "prefix": equation("f", [X], Product(sub(1, x(s)), (s, 1, t)), [over(t, "N")]),
    "tails over a moving range": equation("f", [X], Sum(Product(x(j), (k, i, N)), (j, i, N)), [over(i, "N")]),
    "complement": equation("f", [X], sub(1, Product(sub(1, x(s)), (s, 1, t))), [over(t, "N")]),
}  # fmt: skip

LINALG = {name: getattr(linalg, name) for name in dir(linalg) if not name.startswith("_")}
#: Compiled too; all others run statement by statement, where a position below 0 is an error.
COMPILED = ["argmax of a sum", "neighbours", "previous by a let", "triangle", "rows apart", "two-way max", "complement"]


def inputs(eq: Equation, sizes: dict[str, int], seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {p.name: rng.normal(size=[sizes[a.name] for a in p.axes]) for p in eq.parameters}


def reading(program: Program, given: dict[str, Any]) -> Any:
    """The value as the equation says it, NaN where it reads what does not exist."""
    try:
        return interpret(program, given)["f"]
    except IndexError:
        return None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_values(case, n):
    eq = CASES[case]
    frozen = freeze(eq)
    program = optimize(frozen)
    given = inputs(eq, {"N": n, "M": 3})
    got = interpret_proc(lower(program), given, LINALG)["f"]
    want = reading(frozen, given)
    if want is not None:
        np.testing.assert_allclose(got, want, rtol=1e-12)
    if case in COMPILED:
        status, (out,) = run(program, given, jit=True)
        assert status == 0
        if want is not None:
            np.testing.assert_allclose(np.reshape(out, np.shape(want)), want, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_batches_are_slices(case):
    eq = CASES[case]
    program = optimize(freeze(eq))
    names = frozenset(p.name for p in eq.parameters)
    slices = [inputs(eq, {"N": 4, "M": 3}, seed) for seed in range(3)]
    whole = {n: np.array([g[n] for g in slices]) for n in names}
    got = interpret_proc(lower(batch(program, names)), whole, LINALG)["f"]
    for one, given in zip(got, slices, strict=True):
        np.testing.assert_allclose(one, interpret_proc(lower(program), given, LINALG)["f"], rtol=1e-12)


def test_determinants():
    eq = equation("f", [param("S", "d", "d", domain=SPD)], add(1, log(Determinant(parameter("S")))))
    a = np.random.default_rng(2).normal(size=(4, 4))
    status, (out,) = run(optimize(freeze(eq)), {"S": a @ a.T + np.eye(4)}, jit=True)
    assert status == 0 and out[0] == pytest.approx(1 + np.linalg.slogdet(a @ a.T + np.eye(4))[1], rel=1e-13)


@pytest.mark.parametrize(("at", "want"), [(1, 7.0), (2, 1.0), (3, 1.0 + 2.0)])
@pytest.mark.parametrize("batched", [False, True])
def test_a_sum_in_a_branch_reads_only_where_it_is_chosen(at, want, batched):
    step = parameter("t")
    body = Piecewise((7, sympy.Eq(step, 1)), (Sum(x(step - j), (j, 1, step - 1)), True))
    eq = equation("f", [X, param("t", domain=INTEGER, integer=True)], body)
    program = optimize(freeze(eq))
    given: dict[str, Any] = {"x": np.array([1.0, 2.0]), "t": at}
    if batched:
        program, given = batch(program, frozenset({"t"})), {**given, "t": np.array([at])}
    assert interpret_proc(lower(program), given)["f"] == want


def test_a_value_in_a_branch_reads_only_where_it_is_chosen():
    step = parameter("t")
    body = Piecewise((element("y", i), sympy.Eq(step, 1)), (log(x(step - 1)), True))
    eq = equation("f", [X, param("y", "M"), param("t", domain=INTEGER, integer=True)], body, [over(i, "M")])
    program = optimize(freeze(eq))
    given = {"x": np.array([1.0, np.e]), "y": np.array([5.0, 6.0])}
    assert interpret_proc(lower(program), {**given, "t": 1})["f"].tolist() == [5.0, 6.0]
    assert interpret_proc(lower(program), {**given, "t": 3})["f"].tolist() == [1.0, 1.0]


def random_equation(rng: np.random.Generator) -> Equation:
    """Reads at random shifts, under random conditions, in and out of sums."""

    def place(symbol: Any) -> Any:
        return symbol + int(rng.integers(-2, 3))

    def value(symbols: list[Any], depth: int) -> Any:
        pick = rng.integers(0, 6 if depth else 2)
        at = symbols[rng.integers(len(symbols))]
        if pick == 0:
            return x(place(at))
        if pick == 1:
            return element("y", place(at))
        if pick == 2:
            return add(value(symbols, depth - 1), value(symbols, depth - 1))
        if pick == 3:
            return exp(mul(sympy.Rational(1, 8), value(symbols, depth - 1)))
        if pick == 4:
            relation = [Lt, Le, Gt, sympy.Eq, Ne][rng.integers(5)]
            cond = relation(place(at), [sympy.Integer(1), N, sympy.Integer(2)][rng.integers(3)])
            return Piecewise((value(symbols, depth - 1), cond), (value(symbols, depth - 1), True))
        inner = [m for m in (j, k) if m not in symbols]
        if not inner:
            return x(place(at))
        lo, hi = [(1, N), (at, N), (1, at - 1), (at - 1, at)][rng.integers(4)]
        head = Sum if rng.integers(2) else Product
        return head(value([*symbols, inner[0]], depth - 1), (inner[0], lo, hi))

    return equation("f", [param("x", "N"), param("y", "M")], value([i], 3), [over(i, "N")])


@pytest.mark.parametrize("seed", range(60))
def test_no_read_leaves_its_array(seed):
    eq = random_equation(np.random.default_rng(seed))
    frozen = freeze(eq)
    program = optimize(frozen)
    for n, m in ((0, 2), (1, 1), (3, 2), (4, 6)):
        given = inputs(eq, {"N": n, "M": m}, seed)
        got = interpret_proc(lower(program), given)["f"]
        want = reading(frozen, given)
        if want is not None:
            np.testing.assert_allclose(got, want, rtol=1e-10)
