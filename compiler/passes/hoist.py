"""Compute once what does not change in a loop.

Before: the stage ``shared``.  After: a subexpression with a function call (``sqrt``,
``exp``, a quotient, ...) that uses fewer indices than its body is a let over those
fewer indices.  Naming changes no value.
"""

from __future__ import annotations

from dataclasses import replace

from ..binding import Names, Part, has_reduce, is_cheap, is_truth, named, ranges_for, scoped
from ..expr import ArrayOp, Call, Expr, Let, Program, Range, Select, transform


def hoist(program: Program) -> Program:
    """Loop-invariant calls become lets over the indices that they use."""
    names = Names.of(program)
    lets: list[Let] = []
    for let in program.lets:
        lets.append(_hoisted(let, lets, names))
    outputs = tuple(_hoisted(o, lets, names) for o in program.outputs)
    return replace(program, lets=tuple(lets), outputs=outputs)


def _hoisted(part: Part, lets: list[Let], names: Names) -> Part:
    if isinstance(part.body, ArrayOp):
        return part
    chosen: dict[int, tuple[Range, ...]] = {}
    inside: set[int] = set()
    for node, around in scoped(part):  # parents first: the largest are chosen
        if id(node) in inside or id(node) in chosen:
            inside |= {id(c) for c in node.children()}
        elif _is_invariant(node, around):
            chosen[id(node)] = around
            inside |= {id(c) for c in node.children()}

    def rule(n: Expr) -> Expr | None:
        if id(n) not in chosen:
            return None
        let, here = named(n, chosen[id(n)], f"{getattr(n, 'prim', 'select')}_{part.name}", names)
        lets.append(let)
        return here

    return replace(part, body=transform(part.body, rule)) if chosen else part


def _is_invariant(e: Expr, around: tuple[Range, ...]) -> bool:
    worth = isinstance(e, Call | Select) and not is_cheap(e) and not has_reduce(e) and not is_truth(e)
    return worth and len(ranges_for(e, around)) < len(around)
