"""A pass that is wrong by one sign, term or bound is caught by the certificate.

Mutants are made mechanically: each fixed equation, each pass, each kind of mutation, at what
the pass has just made.  A mutant that changes no value is no mutant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from texjit.compiler.binding import key
from texjit.compiler.expr import ArrayOp, Call, Const, Element, Expr, Let, Output, Program, Range, Reduce, walk
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.pipeline import PASSES
from texjit.compiler.positions import plus
from texjit.equations.equation import Equation
from texjit.runtime.certify import certify

from .. import equations as eqs
from .test_complement import ALPHA, ALPHA_BAR, BETA

COMPLEMENT = eqs.equation(
    "rest", [BETA], eqs.sub(1, eqs.element("alpha_bar", eqs.t)), [eqs.over(eqs.t, "T")], [ALPHA, ALPHA_BAR]
)
EQUATIONS: dict[str, Callable[[], Equation]] = {
    f.__name__: f for f in (eqs.softmax, eqs.kl, eqs.js, eqs.cross_entropy, eqs.bce, eqs.layer_norm, eqs.variance,
                            eqs.logsumexp, eqs.mahalanobis, eqs.prefix_product)
} | {"complement": lambda: COMPLEMENT}  # fmt: skip


def negated(e: Expr) -> Expr | None:
    return Call("neg", (e,))


def swapped(e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub" as op, args):
            return Call("sub" if op == "add" else "add", args)
    return None


def dropped(e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub" | "mul" | "div", (x, _)):
            return x
    return None


def shortened(e: Expr) -> Expr | None:
    match e:
        case Reduce(_, Range(name, lo, hi), _):
            return replace(e, range=Range(name, lo, plus(hi, Const(-1))))
    return None


FORGETTABLE = frozenset("log1p expm1 softplus sigmoid absorb rel_entr middle_entr exp log".split())


def forgotten(e: Expr) -> Expr | None:
    match e:
        case Call(op, args) if op in FORGETTABLE:
            return args[0]
    return None


KINDS = (negated, swapped, dropped, shortened, forgotten)


def stages(eq: Equation) -> Iterator[tuple[int, Program, Program]]:
    """Each pass that does something: its place, and the programs before and after."""
    program = freeze(eq)
    for n, (run, _) in enumerate(PASSES):
        made = run(program)
        if made != program:
            yield n, program, made
        program = made


def values(e: Expr) -> Iterator[Expr]:
    """The nodes that are values, not positions or bounds."""
    yield e
    match e:
        case Element():
            pass
        case Reduce(_, _, body):
            yield from values(body)
        case _:
            for c in e.children():
                yield from values(c)


def keys(p: Program) -> set[Any]:
    return {key(n) for x in (*p.lets, *p.outputs) if isinstance(x.body, Expr) for n in walk(x.body)}


def mutants(before: Program, after: Program, kind: Callable[[Expr], Expr | None]) -> Iterator[Program]:
    """The program with one new node changed, for the first few new nodes."""
    old = keys(before)
    parts: list[Let | Output] = [*after.lets, *after.outputs]
    count = 0
    for at, part in enumerate(parts):
        if isinstance(part.body, ArrayOp):
            continue
        for node in values(part.body):
            if key(node) in old or (made := kind(node)) is None:
                continue

            def rule(n: Expr, node: Expr = node, made: Expr = made) -> Expr | None:
                return made if n is node else None

            changed = [*parts]
            changed[at] = replace(part, body=_changed(part.body, rule))
            yield replace(
                after,
                lets=tuple(x for x in changed if isinstance(x, Let)),
                outputs=tuple(x for x in changed if isinstance(x, Output)),
            )
            count += 1
            if count == 2:
                return


def _changed(root: Expr, rule: Callable[[Expr], Expr | None]) -> Expr:
    """``root`` with the rule at the node itself, which is not rebuilt first."""
    if (made := rule(root)) is not None:
        return made
    return root.rebuild(lambda c: _changed(c, rule))


def finished(n: int, p: Program) -> Program:
    for run, _ in PASSES[n + 1 :]:
        p = run(p)
    return p


def differ(eq: Equation, a: Program, b: Program) -> bool:
    for seed in (1, 2):
        given = eqs.inputs(eq, seed)
        want, got = interpret(a, given), interpret(b, given)
        if any(not np.allclose(got[n], want[n], rtol=1e-9, atol=0.0, equal_nan=True) for n in want):
            return True
    return False


@pytest.mark.parametrize("kind", KINDS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", EQUATIONS)
def test_mutants_are_caught(name, kind):
    eq = EQUATIONS[name]()
    survivors = []
    for n, before, after in stages(eq):
        for mutant in mutants(before, after, kind):
            program = finished(n, mutant)
            if not differ(eq, freeze(eq), program):
                continue
            found = certify(eq, lambda given, program=program: interpret(program, given), count=12)
            if found.verdict not in ("miscompiled", "inaccurate"):
                survivors.append((PASSES[n][0].__name__, found.verdict))
    assert not survivors


def test_every_pass_that_rewrites_has_mutants():
    seen = set()
    for make in EQUATIONS.values():
        eq = make()
        for n, before, after in stages(eq):
            if any(True for kind in KINDS for _ in mutants(before, after, kind)):
                seen.add(PASSES[n][0].__name__)
    assert {"recognize", "normalize", "center", "complement", "stabilize", "correct", "factorize", "simplify"} <= seen


def test_the_unchanged_programs_pass():
    for make in EQUATIONS.values():
        eq = make()
        program = finished(-1, freeze(eq))
        found = certify(eq, lambda given, program=program: interpret(program, given), count=12)
        assert found.verdict in ("verified", "undecided"), (eq.name, found.worst)
