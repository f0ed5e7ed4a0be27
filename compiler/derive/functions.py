"""The derivatives of a program, each a program: gradients, Jacobians, products with either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...equations.domain import REAL
from ..binding import Names, renamed
from ..check import check
from ..expr import Element, Index, Let, Output, Param, Program, Var
from ..passes.center import settle
from ..passes.lift import lift
from ..passes.merge import merge
from ..passes.normalize import normalize
from ..passes.recognize import recognize
from ..passes.simplify import simplify
from ..positions import ONE, minus
from .arrays import name_log_determinants
from .jvp import Forward
from .vjp import Reverse, Term

#: What is named before anything is differentiated; solves and variances are recognised after.
BEFORE: tuple[Callable[[Program], Program], ...] = (
    merge, simplify, recognize, normalize, name_log_determinants, lift, merge, simplify,
)  # fmt: skip

#: The same for formulas that people read: nothing is shifted into range.
PLAIN = tuple(run for run in BEFORE if run is not normalize)

Steps = Sequence[Callable[[Program], Program]]


def prepared(program: Program, steps: Steps = BEFORE) -> Program:
    """A frozen program with its stable compounds and its reductions named."""
    for run in steps:
        program = run(program)
    return program


def gradient(
    program: Program, wrt: Sequence[str], names: Sequence[str], values: bool = False, steps: Steps = BEFORE
) -> Program:
    """``∂o/∂w`` of the one output, a number, by each parameter; ``values``: behind the output itself."""
    p = prepared(program, steps)
    (o,) = p.outputs
    sweep = Reverse(p, wrt, (), Names.of(p))
    sweep.sweep(o, Term(ONE))
    sweep.backward()
    return _program(p, sweep.made, [*_kept(p, values), *_adjoints(sweep, wrt, names)])


def vjp(
    program: Program,
    wrt: Sequence[str],
    cotangents: Sequence[Param],
    names: Sequence[str],
    values: bool = False,
    steps: Steps = BEFORE,
) -> Program:
    """``Σ_o Σ_r o_bar[r] ∂o[r]/∂w`` by each parameter; ``cotangents`` are the further parameters."""
    p = prepared(program, steps)
    p = replace(p, params=(*p.params, *cotangents))
    sweep = Reverse(p, wrt, (), Names.of(p))
    for o, bar in zip(p.outputs, cotangents, strict=True):
        at = tuple(minus(Index(r.name), r.lo) for r in o.ranges)
        sweep.sweep(o, Term(Element(bar.name, at) if at else Var(bar.name)))
    sweep.backward()
    return _program(p, sweep.made, [*_kept(p, values), *_adjoints(sweep, wrt, names)])


def jacobian(
    program: Program, wrt: Sequence[str], names: Sequence[str], values: bool = False, steps: Steps = BEFORE
) -> Program:
    """``∂o[r]/∂w[a]`` of every output by each parameter, in this order."""
    p = prepared(program, steps)
    known = Names.of(p)
    made: list[Output] = []
    lets: list[Let] = []
    todo = iter(names)
    for o in p.outputs:
        outer, _ = renamed(o.ranges, known)
        sweep = Reverse(p, wrt, outer, known)
        sweep.sweep(o, Term(ONE, {k: Index(r.name) for k, r in enumerate(outer)}))
        sweep.backward()
        lets += sweep.made
        made += _adjoints(sweep, wrt, [next(todo) for _ in wrt])
    return _program(p, lets, [*_kept(p, values), *made])


def jvp(
    program: Program,
    wrt: Sequence[str],
    tangents: Sequence[Param],
    names: Sequence[str],
    values: bool = False,
    steps: Steps = BEFORE,
) -> Program:
    """``Σ_w Σ_a ∂o[r]/∂w[a] w_dot[a]`` of every output; ``tangents`` are the further parameters."""
    p = prepared(program, steps)
    p = replace(p, params=(*p.params, *tangents))
    sweep = Forward(p, dict(zip(wrt, (t.name for t in tangents), strict=True)))
    sweep.forward()
    made = [sweep.output_tangent(o, n) for o, n in zip(p.outputs, names, strict=True)]
    return _program(p, sweep.made, [*_kept(p, values), *made])


def _kept(p: Program, values: bool) -> tuple[Output, ...]:
    return p.outputs if values else ()


def _adjoints(sweep: Reverse, wrt: Sequence[str], names: Sequence[str]) -> list[Output]:
    params = {q.name: q for q in sweep.program.params}
    return [sweep.output(n, params[w]) for n, w in zip(names, wrt, strict=True)]


def _program(p: Program, lets: Sequence[Let], outputs: Sequence[Output]) -> Program:
    out = replace(p, lets=(*p.lets, *lets), outputs=tuple(outputs))
    return check(simplify(settle(out)), "frozen")


def like(name: str, axes: Sequence[str]) -> Param:
    """A cotangent or tangent: any real numbers over these axes."""
    return Param(name, tuple(axes), REAL)
