"""No read leaves its array: what is not proved in range is read only where it is.

A position is proved in range from the bounds of the indices and from the conditions
around the read.  Integer parameters that no index or value guards are checked once at the
start (``guards.py``); every other read becomes ``read if 0 ≤ position < extent else NaN``.
The value is not used where the author's condition keeps it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import nan

from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    transform,
    walk,
)
from .guards import demands, is_known_at_start
from .sums import affine, extreme, indices, minus, plus

ZERO = Const(Fraction(0))

Shapes = Mapping[str, tuple[Expr, ...]]


def in_range(p: Program, shapes: Shapes) -> Program:
    """The program with its unproved reads made conditional."""
    integers = frozenset(q.name for q in p.params if q.integer)
    inputs = frozenset(q.name for q in p.params)

    # A let that is not always asked for is computed all the same.
    hidden = {name for name, ways in demands(p).items() if () not in ways}

    def guarded(body: Expr, ranges: tuple[Range, ...], chosen: bool = False) -> Expr:
        asked = _unproved(body, ranges, shapes, integers, inputs, chosen)
        return transform(body, lambda e: Select(asked[e], e, Const(nan)) if e in asked else None) if asked else body

    lets = tuple(
        x if isinstance(x.body, ArrayOp) else replace(x, body=guarded(x.body, x.ranges, x.name in hidden))
        for x in p.lets
    )
    return replace(p, lets=lets, outputs=tuple(replace(o, body=guarded(o.body, o.ranges)) for o in p.outputs))


def _unproved(
    body: Expr,
    ranges: tuple[Range, ...],
    shapes: Shapes,
    integers: frozenset[str],
    inputs: frozenset[str],
    is_chosen: bool,
) -> dict[Expr, Expr]:
    """The reads that nothing keeps in their array, each with the condition that does."""
    asked: dict[Expr, Expr] = {}
    seen: set[tuple[int, tuple[Expr, ...], bool]] = set()
    # A node, the ranges around it, what is at least zero there, and whether an index or value chooses it.
    stack: list[tuple[Expr, tuple[Range, ...], tuple[Expr, ...], bool]] = [(body, ranges, (), is_chosen)]
    while stack:
        e, around, facts, chosen = stack.pop()
        if (id(e), facts, chosen) in seen:
            continue
        seen.add((id(e), facts, chosen))
        match e:
            case Reduce(_, r, inner):
                stack.append((inner, (*around, r), facts, chosen))
            case Select(cond, then, other):
                by_value = chosen or not is_known_at_start(cond, inputs)
                stack.append((cond, around, facts, chosen))
                stack.append((then, around, (*facts, *_facts(cond, True, around)), by_value))
                stack.append((other, around, (*facts, *_facts(cond, False, around)), by_value))
            case Element(array, at):
                if e not in asked:
                    ends: list[Expr] = []
                    needed = False
                    for position, extent in zip(at, shapes[array], strict=True):
                        last = plus(minus(extent, position), -1)
                        for gap, within in ((position, (ZERO, position)), (last, (position, plus(extent, -1)))):
                            if not _is_nonnegative(gap, around, ()):
                                ends.append(Compare("<=", *within))
                                if not _is_nonnegative(gap, around, facts):
                                    needed |= chosen or not _is_checked(gap, around, integers)
                    if needed:
                        asked[e] = reduce(lambda a, b: Call("and", (a, b)), ends)
            case _:
                stack.extend((c, around, facts, chosen) for c in e.children())
    return asked


def _is_nonnegative(gap: Expr, around: tuple[Range, ...], facts: tuple[Expr, ...]) -> bool:
    """Is an integer at least zero, from the ranges and at most one fact?"""
    return any(_least(minus(gap, known), around) >= 0 for known in (ZERO, *facts))


def _least(e: Expr, around: tuple[Range, ...]) -> float:
    end = extreme(e, reversed(around), largest=False)
    a = None if end is None else affine(end)
    return float(a.const) if a is not None and a.is_constant else -1.0


def _is_checked(gap: Expr, around: tuple[Range, ...], integers: frozenset[str]) -> bool:
    """Does ``guards`` look at this end?  It does where an integer parameter decides it."""
    given = {name for e in (gap, *(b for r in around for b in (r.lo, r.hi))) for name in _places(e, integers)}
    end = extreme(gap, [r for r in reversed(around) if r.name not in given], largest=False)
    return end is not None and any(isinstance(n, Var | Element) and _name(n) in integers for n in walk(end))


def _places(e: Expr, integers: frozenset[str]) -> Iterator[str]:
    for node in walk(e):
        if isinstance(node, Element) and node.array in integers:
            yield from indices(node)


def _name(e: Var | Element) -> str:
    return e.name if isinstance(e, Var) else e.array


def _facts(cond: Expr, holds: bool, around: tuple[Range, ...]) -> Iterator[Expr]:
    """Integers that are at least zero where a condition holds (or fails)."""
    match cond:
        case Call("not", (c,)):
            yield from _facts(c, not holds, around)
        case Call("and" | "or" as op, (a, b)) if (op == "and") == holds:
            yield from _facts(a, holds, around)
            yield from _facts(b, holds, around)
        case Compare(op, left, right) if _is_integer(left) and _is_integer(right):
            gap = minus(right, left)
            match op, holds:
                case ("<", True):
                    yield plus(gap, -1)
                case ("<=", True):
                    yield gap
                case ("<", False):
                    yield minus(ZERO, gap)
                case ("<=", False):
                    yield plus(minus(ZERO, gap), -1)
                case ("==", True) | ("!=", False):
                    yield gap
                    yield minus(ZERO, gap)
                case _:
                    # Unequal at one end of a range leaves the rest of it.
                    for side in (gap, minus(ZERO, gap)):
                        if _least(side, around) == 0:
                            yield plus(side, -1)


def _is_integer(e: Expr) -> bool:
    a = affine(e)
    whole = all(isinstance(atom, Index | Extent) for atom, _ in a.terms)
    return whole and all(c.denominator == 1 for _, c in a.terms) and a.const.denominator == 1
