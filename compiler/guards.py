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
    Let,
    Output,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    walk,
)
from .loops import For, If, Return, Stmt
from .sums import affine, extreme, indices


def guards(p: Program, shapes: Mapping[str, tuple[Expr, ...]]) -> tuple[Stmt, ...]:
    """Statements that return ``OUTSIDE`` where an integer parameter leads out of an array."""
    integers = {q.name for q in p.params if q.integer}
    if not integers:
        return ()
    found: dict[Stmt, None] = {}
    items: tuple[Let | Output, ...] = (*p.lets, *p.outputs)
    for item in items:
        if isinstance(item.body, ArrayOp):
            continue
        for node, ranges, conditions in _reads(item.body, item.ranges):
            for position, extent in zip(node.at, shapes[node.array], strict=True):
                for bad, over in _outside(position, extent, ranges, integers):
                    check = _under(conditions, If(bad, (Return(OUTSIDE),)))
                    if check is not None:
                        for r in reversed(over):
                            check = For(r.name, r.lo, r.hi, (check,))
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


def _outside(
    position: Expr, extent: Expr, ranges: tuple[Range, ...], integers: set[str]
) -> Iterable[tuple[Expr, tuple[Range, ...]]]:
    """Conditions under which a position leaves its axis, each with the ranges that it holds over."""
    # A batched integer is read at an index: the check runs over that index.
    given = {name for e in (position, *_ends(ranges)) for name in _places(e, integers)}
    kept = tuple(r for r in ranges if r.name in given)
    inner_first = tuple(r for r in reversed(ranges) if r.name not in given)
    for largest in (False, True):
        end = extreme(position, inner_first, largest)
        if end is None or not any(_is_integer(e, integers) for e in walk(end)):
            continue
        # An end that lies inside by a constant needs no check.
        slack = affine(Call("sub", (end, extent)) if largest else end)
        if not slack.is_constant:
            bad = Compare("<=", extent, end) if largest else Compare("<", end, Const(Fraction(0)))
            yield bad, kept


def _ends(ranges: Iterable[Range]) -> Iterator[Expr]:
    for r in ranges:
        yield r.lo
        yield r.hi


def _is_integer(e: Expr, integers: set[str]) -> bool:
    match e:
        case Var(name) | Element(name, _):
            return name in integers
    return False


def _places(e: Expr, integers: set[str]) -> Iterator[str]:
    """The indices at which integer parameters are read."""
    for node in walk(e):
        if isinstance(node, Element) and node.array in integers:
            yield from indices(node)


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
