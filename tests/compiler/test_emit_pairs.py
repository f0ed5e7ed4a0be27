"""Procedures in double-double arithmetic: the same programs, with twice the digits on the way."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from texjit.compiler.expr import Call, Const, Element, Index, Let, Output, Param, Program, Range, Reduce, Var
from texjit.compiler.interpret import interpret
from texjit.compiler.positions import ONE, extent
from texjit.equations.domain import REAL

from . import test_emit as floats
from . import test_lower as nests

COMPILED = ("softmax, batched", "D_M")


@pytest.mark.parametrize("what", ["all", "numbers"])
@pytest.mark.parametrize("case", floats.EVERY)
def test_the_text_computes_what_the_program_says(case: str, what: str) -> None:
    p = replace(floats.EVERY[case](), pairs=what)
    inputs = nests.sample(p)
    status, got = floats.run(p, inputs, jit=case in COMPILED)
    assert status == 0
    for a, b in zip(got, interpret(p, inputs).values(), strict=True):
        np.testing.assert_allclose(a, np.reshape(b, a.shape), rtol=1e-12)


def test_what_cancels_is_kept() -> None:
    """``((1/3 + x) - 1/3) / (1/3)`` for a tiny x: the constants are not those of floats either."""
    third = Const(Fraction(1, 3))
    difference = Call("sub", (Call("add", (third, Var("x"))), third))
    out = Output("f", (), Call("div", (difference, third)))
    p = Program("f", (Param("x", (), REAL),), (), (out,), pairs="all")
    status, (got,) = floats.run(p, {"x": 1e-20}, jit=True)
    assert status == 0
    assert got[0] == pytest.approx(3e-20, rel=1e-11)  # 104 bits of 1/3, of which 66 cancel


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_keep_what_floats_drop(dtype: str) -> None:
    i = Range("i", ONE, extent("n"))
    term = Let("total", (), Reduce("sum", i, Element("v", (Call("sub", (Index("i"), ONE)),))))
    p = Program("g", (Param("v", ("n",), REAL),), (term,), (Output("g", (), Var("total")),), pairs="all")
    v = np.array([2.0**60, 1.25, -(2.0**60), 2.0**-20])
    status, (got,) = floats.run(p, {"v": v}, dtype, jit=True)
    assert status == 0 and got.dtype == dtype
    assert got[0] == 1.25 + 2.0**-20
