"""A batched program is the program on every slice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy

from texjit.compiler.check import check
from texjit.compiler.expr import Element
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.passes.batch import batch
from texjit.compiler.pipeline import optimize
from texjit.equations.axis import Axis
from texjit.equations.domain import INTEGER, REAL
from texjit.equations.equation import Parameter
from texjit.equations.heads import element, parameter

from ..equations import ALL, equation, inputs, param, s, total


def batches(eq, names, size):
    slices = [inputs(eq, seed) for seed in range(size)]
    stacked = {
        p.name: np.stack([x[p.name] for x in slices]) if p.name in names else slices[0][p.name] for p in eq.parameters
    }
    each = [{n: (x if n in names else slices[0])[n] for n in x} for x in slices]
    return stacked, each


@pytest.mark.parametrize("make", ALL, ids=lambda f: f.__name__)
def test_every_slice_is_the_program_on_that_slice(make):
    eq = make()
    program = optimize(freeze(eq))
    all_names = [p.name for p in eq.parameters]
    for names in [(n,) for n in all_names] + [tuple(all_names)]:
        batched = check(batch(program, frozenset(names)), "shared")
        stacked, each = batches(eq, names, 2)
        got = interpret(batched, stacked)
        for name in got:
            want = np.stack([interpret(program, one)[name] for one in each])
            np.testing.assert_array_equal(got[name], want)


def test_lets_that_do_not_depend_on_the_batch_stay():
    eq = next(f for f in ALL if f.__name__ == "mahalanobis")()
    batched = batch(optimize(freeze(eq)), frozenset({"x"}))
    ranks = {let.name: len(let.ranges) for let in batched.lets}
    assert ranks["cholesky"] == 2 and ranks["solve_lower"] == 2 and ranks["vector"] == 2


def test_a_batched_integer_bounds_a_sum():
    t = Parameter("t", (), INTEGER, integer=True)
    e = total(element("v", s), s, "n").subs(sympy.Symbol("n", integer=True, positive=True), parameter("t"))
    program = optimize(freeze(equation("f", [Parameter("v", (Axis("n"),), REAL), t], e)))
    batched = check(batch(program, frozenset({"t"})), "shared")
    bound = batched.lets[0].body.range.hi
    assert isinstance(bound, Element) and bound.array == "t"
    got = interpret(batched, {"v": [1.0, 10.0, 100.0], "t": [1, 3]})["f"]
    assert got.tolist() == [1.0, 111.0]
    assert list(itertools.chain(got)) and param("x")
