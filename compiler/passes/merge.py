"""One let for equal comprehensions.

Before: a well-formed program.  After: no two lets are alpha-equal (same bounds, same
body up to names of indices and commuted arguments).  Equal expressions have equal values.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from ..binding import Part, let_key
from ..expr import ArrayOp, Element, Expr, Let, Program, Range, Var, transform


def merge(program: Program) -> Program:
    """Reads of a let go to the first let that equals it."""
    first: dict[Hashable, str] = {}
    alias: dict[str, str] = {}
    lets: list[Let] = []
    for let in program.lets:
        moved = _reading(let, alias)
        k = let_key(moved)
        if k in first:
            alias[let.name] = first[k]
        else:
            first[k] = let.name
            lets.append(moved)
    outputs = tuple(_reading(o, alias) for o in program.outputs)
    return replace(program, lets=tuple(lets), outputs=outputs)


def _reading(part: Part, alias: dict[str, str]) -> Part:
    """The part with other names for what it reads."""
    if not alias:
        return part

    def rule(n: Expr) -> Expr | None:
        match n:
            case Var(name) if name in alias:
                return Var(alias[name])
            case Element(name, at) if name in alias:
                return Element(alias[name], at)
        return None

    ranges = tuple(Range(r.name, transform(r.lo, rule), transform(r.hi, rule)) for r in part.ranges)
    if isinstance(part.body, ArrayOp):
        operands = tuple(
            replace(o, array=alias.get(o.array, o.array), lead=tuple(transform(e, rule) for e in o.lead))
            for o in part.body.operands
        )
        return replace(part, ranges=ranges, body=ArrayOp(part.body.op, operands))  # type: ignore[arg-type]
    return replace(part, ranges=ranges, body=transform(part.body, rule))
