"""Every kind of malformed program is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from texjit.compiler.check import check
from texjit.compiler.expr import (
    ArrayOp,
    Call,
    Const,
    Element,
    Extent,
    Index,
    Let,
    Operand,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Var,
)  # fmt: skip
from texjit.compiler.positions import const
from texjit.equations.diagnostic import CompilerBug
from texjit.equations.domain import INTEGER, REAL


def r(name: str, axis: str = "n") -> Range:
    return Range(name, const(1), Extent(axis))


def at(name: str):
    return Call("sub", (Index(name), const(1)))


GOOD = Program(
    "f",
    (
        Param("v", ("n",), REAL), Param("A", ("n", "n"), REAL),
        Param("t", (), INTEGER, True), Param("u", (), REAL),
    ),
    (Let("s", (), Reduce("sum", r("i"), Element("v", (at("i"),)))),),
    (Output("f", (r("j"),), Call("mul", (Var("s"), Element("v", (at("j"),))))),),
)  # fmt: skip


def output(body, *ranges: Range) -> Program:
    return replace(GOOD, outputs=(Output("f", ranges, body),))


def with_let(body, *ranges: Range) -> Program:
    return replace(GOOD, lets=(*GOOD.lets, Let("g", ranges, body)))


BAD = {
    "free index": output(Index("k")),
    "unknown name": output(Var("w")),
    "array as scalar": output(Var("v")),
    "scalar as array": output(Element("u", (const(0),))),
    "wrong rank": output(Element("A", (const(0),))),
    "unknown axis": output(Extent("m")),
    "unknown primitive": output(Call("frob", (Var("u"),))),
    "wrong arity": output(Call("add", (Var("u"),))),
    "unknown monoid": output(Reduce("xor", r("k"), Var("u"))),
    "position not affine": output(Element("v", (Call("mul", (Index("k"), Index("k"))),)), r("k")),
    "position not an integer": output(Element("v", (Var("u"),))),
    "half position": output(Element("v", (Call("mul", (Const(const(1).value / 2), Index("k"))),)), r("k")),
    "range name twice": output(Reduce("sum", r("i"), Var("u"))),
    "name twice": with_let(Var("u")) and replace(GOOD, lets=(*GOOD.lets, *GOOD.lets)),
    "read before definition": replace(GOOD, lets=(Let("g", (), Var("h")), Let("h", (), Var("u")))),
    "unknown array operation": with_let(ArrayOp("transpose", (Operand("A"),)), r("k"), r("l")),
    "operand of wrong rank": with_let(ArrayOp("cholesky", (Operand("v"),)), r("k"), r("l")),
    "too few axes for the result": with_let(ArrayOp("cholesky", (Operand("A"),)), r("k")),
    "bound by itself": output(Var("u"), Range("k", const(1), Index("k"))),
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_programs_are_refused(name):
    with pytest.raises(CompilerBug) as caught:
        check(BAD[name], "frozen")
    assert caught.value.diagnostic.code == "E390"


def test_the_good_program_passes_both_stages():
    assert check(check(GOOD, "frozen"), "shared") is GOOD


def test_integer_parameters_are_positions():
    check(output(Element("v", (Call("sub", (Var("t"), const(1))),))), "shared")
    batched = replace(
        output(Element("v", (Element("t", (at("b"),)),)), r("b")),
        params=(GOOD.params[0], GOOD.params[1], replace(GOOD.params[2], axes=("n",)), GOOD.params[3]),
    )
    check(batched, "shared")


@pytest.mark.parametrize(
    "program",
    [
        output(Reduce("sum", r("k"), Var("u"))),
        with_let(Call("neg", (Reduce("sum", r("k"), Var("u")),))),
        with_let(Reduce("sum", r("k"), Reduce("sum", r("l"), Var("u")))),
    ],
)
def test_the_shared_stage_has_reductions_at_roots_of_lets_only(program):
    check(program, "frozen")
    with pytest.raises(CompilerBug):
        check(program, "shared")


def test_stages_are_known():
    with pytest.raises(CompilerBug):
        check(GOOD, "boiled")
