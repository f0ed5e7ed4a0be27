"""Run a program over a leading axis of some of its parameters.

Before: the stage ``shared``.  After: the named parameters have a leading axis
``batch``, and so has every let that depends on them and every output; other lets stay
as they are, computed once.  For each batch index the values are those of the program on
that slice of the parameters.
"""

from __future__ import annotations

from dataclasses import replace

from ..binding import Names, Part, reads
from ..expr import (
    ArrayOp,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Operand,
    Program,
    Range,
    Var,
    transform,
)
from ..positions import ONE, const, minus
from ..primitives import ARRAY_OPS

AXIS = "batch"


def batch(program: Program, batched: frozenset[str]) -> Program:
    """The program over a leading axis of the parameters in ``batched``."""
    names = Names.of(program)
    params = tuple(replace(p, axes=(AXIS, *p.axes)) if p.name in batched else p for p in program.params)
    leading = set(batched)
    lets: list[Let] = []
    for let in program.lets:
        if leading.isdisjoint(reads(let)):
            lets.append(let)
        else:
            lets.append(_over_batch(let, leading, names))
            leading.add(let.name)
    outputs = tuple(_over_batch(o, leading, names) for o in program.outputs)
    return replace(program, params=params, lets=tuple(lets), outputs=outputs)


def _over_batch(part: Part, leading: set[str], names: Names) -> Part:
    """The part over the batch index, which all batched reads get as first position."""
    b = Range(names.fresh("b"), const(1), Extent(AXIS))
    first = minus(Index(b.name), ONE)

    def rule(n: Expr) -> Expr | None:
        if isinstance(n, Var) and n.name in leading:
            return Element(n.name, (first,))
        return _led(n, first) if isinstance(n, Element) and n.array in leading else None

    ranges = (b, *(Range(r.name, transform(r.lo, rule), transform(r.hi, rule)) for r in part.ranges))
    if isinstance(part.body, ArrayOp):
        operands = []
        for o in part.body.operands:
            lead: tuple[Expr, ...] = tuple(transform(e, rule) for e in o.lead)
            operands.append(Operand(o.array, (first, *lead) if o.array in leading else lead))
        assert part.body.op in ARRAY_OPS
        return replace(part, ranges=ranges, body=ArrayOp(part.body.op, tuple(operands)))  # type: ignore[arg-type]
    return replace(part, ranges=ranges, body=transform(part.body, rule))


def _led(e: Element, first: Expr) -> Element:
    return Element(e.array, (first, *e.at))
