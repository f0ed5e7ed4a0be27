"""Checks that integer parameters keep every read inside its array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from .arrayops import OUTSIDE
from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Index,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    walk,
)
from .loops import If, Return, Stmt
from .sums import affine, extreme, simplified


def guards(p: Program, shapes: Mapping[str, tuple[Expr, ...]]) -> tuple[Stmt, ...]:
    """Statements that return ``OUTSIDE`` where an integer parameter leads out of an array."""
    integers = {q.name for q in p.params if q.integer}
    if not integers:
        return ()
    found: dict[Stmt, None] = {}
    for item in (*p.lets, *p.outputs):
        if isinstance(item.body, ArrayOp):
            continue
        for node, ranges, conditions in _reads(item.body, item.ranges):
            for position, extent in zip(node.at, shapes[node.array], strict=True):
                for bad in _outside(position, extent, ranges, integers):
                    if check := _under(conditions, If(bad, (Return(OUTSIDE),))):
                        found[check] = None
    return tuple(found)


def _reads(
    body: Expr, ranges: tuple[Range, ...]
) -> Iterator[tuple[Element, tuple[Range, ...], tuple[Expr, ...]]]:
    """Every element read, with the ranges and the choices around it."""
    stack: list[tuple[Expr, tuple[Range, ...], tuple[Expr, ...]]] = [(body, ranges, ())]
    while stack:
        node, around, conditions = stack.pop()
        match node:
            case Reduce(_, r, inner):
                stack.append((inner, (*around, r), conditions))
            case Select(cond, then, other):
                stack.append((cond, around, conditions))
                stack.append((then, around, (*conditions, cond)))
                stack.append((other, around, (*conditions, Call("not", (cond,)))))
            case Element():
                yield node, around, conditions
            case _:
                stack.extend((c, around, conditions) for c in node.children())


def _outside(position: Expr, extent: Expr, ranges: tuple[Range, ...], integers: set[str]) -> Iterable[Expr]:
    inner_first = tuple(reversed(ranges))
    for largest in (False, True):
        end = extreme(position, inner_first, largest)
        if end is None or not any(isinstance(e, Var) and e.name in integers for e in walk(end)):
            continue
        bad = Compare("<=", extent, end) if largest else Compare("<", end, Const(Fraction(0)))
        # An end that lies inside by a constant needs no check.
        slack = affine(Call("sub", (end, extent))) if largest else affine(end)
        if not slack.is_constant:
            yield Compare(bad.op, simplified(bad.left), simplified(bad.right))


def _under(conditions: tuple[Expr, ...], check: Stmt) -> Stmt | None:
    """The check, where it is known at the start whether the read is made.

    A read that an index or a value chooses is made only where it is chosen: the
    branches of a ``Select`` are printed as branches.
    """
    for cond in reversed(conditions):
        if any(isinstance(node, Index | Element) for node in walk(cond)):
            return None
        check = If(cond, (check,))
    return check
