"""Take back names that do not pay.

Before: a well-formed program.  After: no let is dead, none only renames another
read, and none that holds no reduction is read once where reading it costs no more than
before: its body is arithmetic, or the reader runs over the same indices.  A body replaces
its name, so no value changes.
"""

from __future__ import annotations

from dataclasses import replace

from ..binding import Names, Part, has_reduce, is_cheap, reads, scoped, unfold
from ..expr import ArrayOp, Const, Element, Expr, Let, Output, Program, Var, transform


def inline(program: Program) -> Program:
    """Lets that do not pay go into their readers; dead lets go."""
    names = Names.of(program)
    parts: list[Let | Output] = [*program.lets, *program.outputs]
    # From the last let to the first: a reader that goes itself counts no longer.
    for let in reversed(program.lets):
        at = next(i for i, p in enumerate(parts) if p is let or p.name == let.name)
        let = parts[at]  # type: ignore[assignment]
        uses = sum(reads(p).get(let.name, 0) for p in parts[at + 1 :])
        if not uses:
            del parts[at]
        elif _pays_nothing(let, uses, parts[at + 1 :]):
            parts[at + 1 :] = [_without(let, p, names) for p in parts[at + 1 :]]  # type: ignore[type-var]
            del parts[at]
    lets = tuple(p for p in parts if isinstance(p, Let))
    outputs = tuple(p for p in parts if isinstance(p, Output))
    return replace(program, lets=lets, outputs=outputs)


def _pays_nothing(let: Let, uses: int, readers: list[Let | Output]) -> bool:
    if isinstance(let.body, ArrayOp) or has_reduce(let.body):
        return False
    for p in readers:
        if isinstance(p.body, ArrayOp) and any(o.array == let.name for o in p.body.operands):
            return False
    if isinstance(let.body, Const | Var | Element):
        return True
    if uses > 1:
        return False
    if is_cheap(let.body):
        return True
    for p in readers:
        for node, around in scoped(p):
            if isinstance(node, Var | Element) and _name(node) == let.name:
                return len(around) <= len(let.ranges)
    return False


def _name(e: Var | Element) -> str:
    return e.name if isinstance(e, Var) else e.array


def _without(let: Let, part: Part, names: Names) -> Part:
    """The part with a let's body in place of its name."""
    if isinstance(part.body, ArrayOp) or let.name not in reads(part):
        return part

    def rule(n: Expr) -> Expr | None:
        match n:
            case Var(name) if name == let.name:
                return unfold(let, (), names)
            case Element(name, at) if name == let.name:
                return unfold(let, at, names)
        return None

    return replace(part, body=transform(part.body, rule))
