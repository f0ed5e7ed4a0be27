"""What a loop nest costs: its depth, its storage and how often it goes round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .expr import Expr, Extent, walk
from .loops import Alloc, For, If, Proc, Stmt

Axes = tuple[str, ...]


def loops(body: Proc | Sequence[Stmt]) -> tuple[For, ...]:
    """Every loop, outer before inner."""
    return tuple(loop for path in _paths(_body(body)) for loop in path[-1:])


def depth(body: Proc | Sequence[Stmt]) -> int:
    """How many loops the deepest one stands in, itself counted."""
    return max((len(path) for path in _paths(_body(body))), default=0)


def allocs(proc: Proc) -> dict[str, Axes]:
    """The scratch arrays, each with the axes that its shape is made of."""
    return {s.name: tuple(map(axis, s.shape)) for s in proc.body if isinstance(s, Alloc)}


def cost(proc: Proc) -> dict[Axes, int]:
    """Iterations as a polynomial: for each product of axes, how many innermost loops run so often.

    A triangular loop counts as its rectangle.
    """
    found: Counter[Axes] = Counter()
    for path in _paths(proc.body):
        if not loops(path[-1].body):
            found[tuple(sorted(axis(loop.hi, outer) for loop, outer in _with_outer(path)))] += 1
    return dict(found)


def axis(e: Expr, outer: dict[str, str] | None = None) -> str:
    """The axis that an extent or upper bound is made of; ``?`` for none."""
    for node in walk(e):
        if isinstance(node, Extent):
            return node.axis
        if outer and (found := outer.get(getattr(node, "name", ""))):
            return found
    return "?"


def _with_outer(path: Sequence[For]) -> Iterator[tuple[For, dict[str, str]]]:
    """Each loop with the axes that the loops around it run over."""
    outer: dict[str, str] = {}
    for loop in path:
        yield loop, dict(outer)
        outer[loop.index] = axis(loop.hi, outer)


def _body(body: Proc | Sequence[Stmt]) -> Sequence[Stmt]:
    return body.body if isinstance(body, Proc) else body


def _paths(body: Sequence[Stmt], around: tuple[For, ...] = ()) -> Iterator[tuple[For, ...]]:
    for s in body:
        match s:
            case For(_, _, _, inner):
                yield (*around, s)
                yield from _paths(inner, (*around, s))
            case If(_, then, other):
                yield from _paths((*then, *other), around)
