"""Every pass keeps the values of every small equation."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.compiler.check import check
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.pipeline import PASSES, optimize

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
