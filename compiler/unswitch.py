"""Loops that have nothing to do are not run.

A fold of ``Select(c, x, identity)`` changes nothing where ``c`` fails.  A loop of such folds
whose conditions hold or fail for the whole loop runs only where one of them holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .expr import Call, Const, Expr, Extent, Index, Select, Var, walk
from .loops import Assign, Fold, For, If, Stmt
from .monoids import MONOIDS
from .sums import indices


def unswitch(body: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """Statements with the conditions of idle loops around those loops."""
    return tuple(map(_unswitched, body))


def _unswitched(s: Stmt) -> Stmt:
    match s:
        case For(index, _, _, inner):
            inner = unswitch(inner)
            loop = replace(s, body=inner)
            conditions = _conditions(index, inner)
            if not conditions:
                return loop
            (only, *others) = conditions
            if not others:
                return If(only, (replace(loop, body=tuple(_taken(t, only) for t in inner)),))
            for c in others:
                only = Call("or", (only, c))
            return If(only, (loop,))
        case If(_, then, other):
            return replace(s, then=unswitch(then), other=unswitch(other))
    return s


def _conditions(index: str, body: Sequence[Stmt]) -> list[Expr]:
    """Conditions of which one must hold for the loop to do anything; none where that is not known."""
    found: dict[Expr, None] = {}
    changed = {t.target.name for t in _inner(body) if isinstance(t, Assign | Fold) and isinstance(t.target, Var)}
    for s in body:
        match s:
            case Assign(Var(), _):
                pass
            case Fold(Var(), monoid, Select(cond, _, Const(rest))) if rest == MONOIDS[monoid].identity[0]:
                if not _is_settled(cond, index, changed):
                    return []
                found[cond] = None
            case _:
                return []
    return list(found)


def _is_settled(cond: Expr, index: str, changed: set[str]) -> bool:
    """Does a condition read only numbers that the loop does not change?"""
    if index in indices(cond):
        return False
    leaves = (n for n in walk(cond) if not any(True for _ in n.children()))
    return all(isinstance(n, Const | Extent | Index) or (isinstance(n, Var) and n.name not in changed) for n in leaves)


def _taken(s: Stmt, cond: Expr) -> Stmt:
    match s:
        case Fold(_, _, Select(c, then, _)) if c == cond:
            return replace(s, value=then)
    return s


def _inner(body: Sequence[Stmt]) -> Iterator[Stmt]:
    for s in body:
        yield s
        match s:
            case For(_, _, _, inner):
                yield from _inner(inner)
            case If(_, then, other):
                yield from _inner((*then, *other))
