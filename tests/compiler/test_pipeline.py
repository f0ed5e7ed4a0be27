"""Every pass keeps the values of every small equation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from texjit.compiler.check import check
from texjit.compiler.expr import Call, Output, Param, Program, Var
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.pipeline import PASSES, optimize, steps
from texjit.compiler.positions import ONE
from texjit.equations.domain import REAL

from .equations import ALL, inputs


@pytest.mark.parametrize("make", ALL, ids=lambda f: f.__name__)
def test_every_pass_keeps_values(make):
    eq = make()
    program = check(freeze(eq), "frozen")
    given = inputs(eq)
    want = interpret(program, given)
    for run, stage in PASSES:
        program = check(run(program), stage)
        got = interpret(program, given)
        for name in want:
            np.testing.assert_allclose(got[name], want[name], rtol=1e-12, err_msg=run.__name__)


@pytest.mark.parametrize("make", ALL, ids=lambda f: f.__name__)
def test_optimizing_twice_changes_nothing_that_matters(make):
    once = optimize(freeze(make()))
    assert len(optimize(once).lets) <= len(once.lets)


@pytest.mark.parametrize("make", ALL, ids=lambda f: f.__name__)
def test_steps_lead_to_the_optimized_program(make):
    made = list(steps(freeze(make())))
    assert [s.run for s in made] == [run for run, _ in PASSES]
    assert all(a.after is b.before for a, b in pairwise(made))
    assert made[-1].after == optimize(freeze(make()))


def test_steps_tell_which_rules_fired():
    p, q, a, b = Param("p", (), REAL), Param("q", (), REAL), Var("p"), Var("q")
    body = Call("add", (Call("sub", (Call("exp", (a,)), ONE)), Call("log", (Call("exp", (b,)),))))
    program = Program("f", (p, q), (), (Output("f", (), body),))
    found = {s.run.__name__: [f.rule for f in s.fired] for s in steps(program) if s.fired}
    assert found == {"recognize": ["log_exp"], "stabilize": ["expm1"]}
    assert optimize(program).fired
    assert program == Program("f", (p, q), (), program.outputs, optimize(program).fired)
