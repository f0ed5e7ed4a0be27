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

Conditions = tuple[Expr, ...]

#: More ways to ask for a let than this count as always.
WAYS = 16


def demands(p: Program) -> dict[str, frozenset[Conditions]]:
    """For each let, the ways in which its value is asked for: each a conjunction of conditions."""
    asked: dict[str, set[Conditions]] = {let.name: set() for let in p.lets}
    items: tuple[Let | Output, ...] = (*p.lets, *p.outputs)
    for item in reversed(items):
        ways: set[Conditions] = {()} if isinstance(item, Output) else asked[item.name]
        reads: list[tuple[str, Conditions]]
        if isinstance(item.body, ArrayOp):
            reads = [(o.array, ()) for o in item.body.operands]
        else:
            places = _reads(item.body, item.ranges)
            reads = [(e.name if isinstance(e, Var) else e.array, conditions) for e, _, conditions in places]
        for name, inner in dict.fromkeys(reads):
            if name in asked:
                asked[name] |= {(*outer, *inner) for outer in ways}
                if () in asked[name] or len(asked[name]) > WAYS:
                    asked[name] = {()}
    return {name: frozenset(ways) for name, ways in asked.items()}


def guards(p: Program, shapes: Mapping[str, tuple[Expr, ...]]) -> tuple[Stmt, ...]:
    """Statements that return ``OUTSIDE`` where an integer parameter leads out of an array."""
    integers = {q.name for q in p.params if q.integer}
    if not integers:
        return ()
    inputs = frozenset(q.name for q in p.params)
    found: dict[Stmt, None] = {}
    items: tuple[Let | Output, ...] = (*p.lets, *p.outputs)
    asked = demands(p)
    for item in items:
        if isinstance(item.body, ArrayOp):
            continue
        always: frozenset[Conditions] = frozenset({()})
        wanted = always if isinstance(item, Output) else asked[item.name]
        for node, ranges, conditions in _reads(item.body, item.ranges):
            if not isinstance(node, Element):
                continue
            for position, extent in zip(node.at, shapes[node.array], strict=True):
                for bad, over in _outside(position, extent, ranges, integers):
                    for outer in sorted(wanted, key=repr):
                        check = _under((*outer, *conditions), If(bad, (Return(OUTSIDE),)), inputs)
                        if check is not None:
                            for r in reversed(over):
                                check = For(r.name, r.lo, r.hi, (check,))
                            found[check] = None
    return tuple(found)


def _reads(
    body: Expr, ranges: tuple[Range, ...]
) -> Iterator[tuple[Element | Var, tuple[Range, ...], Conditions]]:
    """Every read, with the ranges and the choices around it."""
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
            case Element() | Var():
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


def _under(conditions: tuple[Expr, ...], check: Stmt, inputs: frozenset[str]) -> Stmt | None:
    """The check, where it is known at the start whether the read is made.

    A read that an index or a value chooses is made only where it is chosen: the
    branches of a ``Select`` are printed as branches.
    """
    for cond in reversed(conditions):
        if not is_known_at_start(cond, inputs):
            return None
        check = If(cond, (check,))
    return check


def is_known_at_start(cond: Expr, inputs: frozenset[str]) -> bool:
    """Does a condition ask for 0-d parameters and extents alone?"""
    return all(n.name in inputs if isinstance(n, Var) else not isinstance(n, Index | Element) for n in walk(cond))
