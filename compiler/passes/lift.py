"""Give every reduction a name.

Before: a well-formed program.  After (stage ``shared``): a reduction is the root of
a let and nowhere else; each let ranges over the indices that its body uses (and those
that bound them).  Naming changes no value.
"""

from __future__ import annotations

from dataclasses import replace

from ..binding import Names, Part, named, scoped
from ..expr import ArrayOp, Expr, Let, Program, Range, Reduce, transform


def lift(program: Program) -> Program:
    """Every reduction below a root, and at the root of an output, becomes a let."""
    names = Names.of(program)
    lets: list[Let] = []
    for let in program.lets:
        lets.append(_lifted(let, lets, names))
    outputs = tuple(_lifted(o, lets, names) for o in program.outputs)
    return replace(program, lets=tuple(lets), outputs=outputs)


def _lifted(part: Part, lets: list[Let], names: Names) -> Part:
    if isinstance(part.body, ArrayOp):
        return part
    around: dict[str, tuple[Range, ...]] = {}
    for node, ranges in scoped(part):
        if isinstance(node, Reduce):
            around.setdefault(node.range.name, ranges)

    def rule(n: Expr) -> Expr | None:
        if not isinstance(n, Reduce):
            return None
        let, here = named(n, around[n.range.name], f"{n.monoid}_{part.name}", names)
        lets.append(let)
        return here

    if isinstance(part, Let) and isinstance(part.body, Reduce):
        return replace(part, body=part.body.rebuild(lambda c: transform(c, rule)))
    return replace(part, body=transform(part.body, rule))
