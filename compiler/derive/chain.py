"""Derivatives of a program some of whose parameters are computed from others: the chain rule through them.

``∂o/∂w + Σ_c ∂o/∂c · ∂c/∂w``: the program is differentiated by the computed parameters as well, and their
slopes, which are parameters too, join the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...equations.slope import Factor, Slope
from ..binding import Names, renamed, substitute
from ..check import check
from ..expr import Element, Expr, Index, Let, Output, Param, Program, Range, Reduce, Var
from ..passes.simplify import simplify
from ..positions import ONE, ZERO, extent, minus
from . import functions
from .functions import BEFORE, Steps, like
from .partials import minus as negative
from .partials import plus, times


def derivative(
    program: Program, mode: str, wrt: Sequence[str], given: Sequence[Param], names: Sequence[str], values: bool = False,
    steps: Steps = BEFORE, slopes: Sequence[Slope] = (), further: Sequence[Param] = (),
) -> Program:
    """The derivative of a mode by ``wrt``; ``slopes`` tell how computed parameters move with these.

    ``given`` are cotangents or tangents, ``further`` the parameters that slopes read; they come last.
    """
    if not slopes:
        return _held(program, mode, wrt, given, names, values, steps)
    open_program = replace(program, params=(*program.params, *further))
    held = tuple(dict.fromkeys(s.value for s in slopes if s.value not in wrt))
    if mode == "jvp":
        made = _along(open_program, wrt, given, names, values, steps, slopes, held)
    else:
        made = _joined(open_program, mode, wrt, given, names, values, steps, slopes, held)
    own = [p for p in made.params if p.name not in {q.name for q in (*given, *further)}]
    return check(simplify(replace(made, params=(*own, *given, *further))), "frozen")


def _held(
    program: Program, mode: str, wrt: Sequence[str], given: Sequence[Param], names: Sequence[str], values: bool,
    steps: Steps,
) -> Program:
    """The derivative with computed parameters held."""
    match mode:
        case "grad":
            return functions.gradient(program, wrt, names, values, steps)
        case "jacobian":
            return functions.jacobian(program, wrt, names, values, steps)
        case "vjp":
            return functions.vjp(program, wrt, given, names, values, steps)
    return functions.jvp(program, wrt, given, names, values, steps)


def _joined(
    program: Program, mode: str, wrt: Sequence[str], given: Sequence[Param], names: Sequence[str], values: bool,
    steps: Steps, slopes: Sequence[Slope], held: Sequence[str],
) -> Program:
    """Adjoints of computed parameters become lets, of which those of ``wrt`` get their shares."""
    every = (*wrt, *held)
    groups = len(names) // len(wrt)
    asked: list[str] = []
    for g in range(groups):
        asked += (*names[g * len(wrt) : (g + 1) * len(wrt)], *(f"{h}_bar{g}" for h in held))
    made = _held(program, mode, every, given, asked, values, steps)
    known = Names.of(made)
    ranks = {p.name: len(p.axes) for p in made.params}
    kept = len(made.outputs) - len(asked)
    lets, outputs = list(made.lets), list(made.outputs[:kept])
    for g in range(groups):
        parts = dict(zip(every, made.outputs[kept + g * len(every):], strict=False))
        adjoints = {}
        for h in dict.fromkeys(s.value for s in slopes):
            adjoints[h] = Let(known.fresh(f"{h}_bar"), *_apart(parts[h], known))
            lets.append(adjoints[h])
        for w in wrt:
            out = parts[w]
            body = out.body
            outer = out.ranges[:len(out.ranges) - ranks[w]]
            for s in slopes:
                if s.wrt == w:
                    body = plus(body, _share(s, adjoints[s.value], outer, out.ranges[len(outer):], known))
            outputs.append(replace(out, body=body))
    return replace(made, lets=tuple(lets), outputs=tuple(outputs))


def _apart(o: Output, known: Names) -> tuple[tuple[Range, ...], Expr]:
    """An output as ranges and body of a let."""
    ranges, values = renamed(o.ranges, known)
    return ranges, substitute(o.body, values, known)


def _share(s: Slope, adjoint: Let, outer: Sequence[Range], own: Sequence[Range], known: Names) -> Expr:
    """``Σ_i ∂o/∂c[i] · ∂c[i]/∂w`` at the indices of an output."""
    inner, _ = renamed(adjoint.ranges[len(outer):], known)
    front = _read(adjoint.name, [*outer, *inner])
    body = times(front, _slope(s, inner, own))
    for r in reversed(inner):
        body = Reduce("sum", r, body)
    return body


def _slope(s: Slope, inner: Sequence[Range], own: Sequence[Range]) -> Expr:
    """``∂c[i]/∂w[k]`` at indices."""
    total: Expr = ZERO
    for sign, factors in s.terms:
        term: Expr = ONE
        for f in factors:
            term = times(term, _factor(f, inner, own))
        total = plus(total, term if sign > 0 else negative(term))
    return total


def _factor(f: Factor, inner: Sequence[Range], own: Sequence[Range]) -> Expr:
    return _read(f.name, [*(inner[k] for k in f.of), *(own if f.by else ())])


def _along(
    program: Program, wrt: Sequence[str], given: Sequence[Param], names: Sequence[str], values: bool, steps: Steps,
    slopes: Sequence[Slope], held: Sequence[str],
) -> Program:
    """Tangents of computed parameters are lets."""
    known = Names.of(program)
    for p in given:
        known.fresh(p.name)
    params = {p.name: p for p in program.params}
    tangents = {h: like(known.fresh(f"{h}_dot"), params[h].axes) for h in held}
    made = _held(program, "jvp", (*wrt, *held), (*given, *tangents.values()), names, values, steps)
    known = Names.of(made)
    dots = dict(zip(wrt, given, strict=True))
    lets = []
    for h, t in tangents.items():
        inner, _ = renamed(tuple(_over(a) for a in t.axes), known)
        body: Expr = ZERO
        for s in slopes:
            if s.value != h:
                continue
            own, _ = renamed(tuple(_over(a) for a in params[s.wrt].axes), known)
            part = times(_slope(s, inner, own), _read(dots[s.wrt].name, own))
            for r in reversed(own):
                part = Reduce("sum", r, part)
            body = plus(body, part)
        lets.append(Let(t.name, inner, body))
    gone = {t.name for t in tangents.values()}
    return replace(made, params=tuple(p for p in made.params if p.name not in gone), lets=(*lets, *made.lets))


def _over(axis: str) -> Range:
    return Range("i", ONE, extent(axis))


def _read(name: str, ranges: Sequence[Range]) -> Expr:
    at = tuple(minus(Index(r.name), r.lo) for r in ranges)
    return Element(name, at) if at else Var(name)
