"""Derivatives that an equation writes: of one of its lets by another one.

The let that is differentiated by becomes a parameter of a program of its own, which ends in the
let that is differentiated.  So exactly what reads the one on the way to the other counts, and no
pass can make it one with an equal array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from ..equations.domain import REAL, Domain
from .binding import Names, reads, renamed, substitute
from .derive.functions import jacobian
from .expr import ArrayOp, Element, Expr, Let, Output, Param, Program, Range, Var, transform


def partial(
    program: Program, of: Let, by: Let, axes: Mapping[str, Sequence[str]], names: Names
) -> tuple[list[Let], Let]:
    """The lets of ``∂of[r]/∂by[a]``, and that derivative over the ranges r, then a; names are from ``names``.

    ``program`` holds the parameters and lets so far; ``axes`` are those of all lets that anything is
    differentiated by.  The others of these are inputs too, so that what is made reads them by name and
    can be differentiated by them next.
    """
    known = {let.name: let for let in program.lets}
    apart = [known[x] for x in axes if x in known and by not in _needed(known[x], set(), known)]
    apart = [x for x in apart if x is not by]
    cuts = {x.name for x in (by, *apart)}
    lets = _needed(of, cuts, known)
    cut = [Param(x.name, tuple(axes[x.name]), _domain(x, program)) for x in (by, *apart)]
    ranges, values = renamed(of.ranges, names)
    assert isinstance(of.body, Expr)
    out = Output(of.name, ranges, substitute(of.body, values, names))
    stem = names.fresh(f"{of.name}_by_{by.name}")
    made = jacobian(Program(program.name, (*program.params, *cut), tuple(lets), (out,)), [by.name], [stem])
    (d,) = made.outputs
    found = Let(d.name, d.ranges, d.body)
    kept = _needed(found, cuts, {let.name: let for let in made.lets})
    alias = {let.name: names.fresh(let.name) for let in kept}
    return [_renamed(let, alias, names) for let in kept], _renamed(found, alias, names)


def _domain(by: Let, program: Program) -> Domain:
    """What is known of the elements of a let that copies a parameter."""
    match by.body:
        case Var(name) | Element(name, _):
            return next((p.domain for p in program.params if p.name == name), REAL)
    return REAL


def _needed(of: Let, stop: Set[str], lets: Mapping[str, Let]) -> list[Let]:
    """The lets that ``of`` is made of, directly or not, in order; ``stop`` are not looked into."""
    wanted = {*reads(of)}
    kept: list[Let] = []
    for let in reversed(tuple(lets.values())):
        if let.name in wanted and let.name not in stop and let.name != of.name:
            kept.append(let)
            wanted |= {*reads(let)}
    return kept[::-1]


def _renamed(let: Let, alias: dict[str, str], names: Names) -> Let:
    """A let with names and ranges of its own."""

    def rule(e: Expr) -> Expr | None:
        match e:
            case Var(name) if name in alias:
                return Var(alias[name])
            case Element(name, at) if name in alias:
                return Element(alias[name], at)
        return None

    moved = tuple(Range(r.name, transform(r.lo, rule), transform(r.hi, rule)) for r in let.ranges)
    ranges, values = renamed(moved, names)
    body: Expr | ArrayOp
    if isinstance(let.body, ArrayOp):
        operands = tuple(
            replace(o, array=alias.get(o.array, o.array),
                    lead=tuple(substitute(transform(e, rule), values, names) for e in o.lead))
            for o in let.body.operands
        )  # fmt: skip
        body = replace(let.body, operands=operands)
    else:
        body = substitute(transform(let.body, rule), values, names)
    return Let(alias.get(let.name, let.name), ranges, body)
