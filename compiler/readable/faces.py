"""Which way round a difference is written: as its author writes it, or so that a minus is saved."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..expr import Element, Expr, Var
from . import terms as t
from .layout import Layout


def turned(s: t.Term, c: Fraction, layout: Layout) -> tuple[t.Term, Fraction]:
    """Differences begin with what the author takes first, or are turned round where that saves a minus."""
    out: list[tuple[t.Atom, Fraction]] = []
    for a, e in s:
        if e.denominator == 1:
            a, sign = _oriented(a, layout)
            c *= sign ** abs(int(e))
        out.append((a, e))
    groups = [frozenset((s, abs(x)) for s, x in p) for p in _groups(out)]
    turnable = c < 0 and len({*groups}) == len(groups)
    for k, (a, e) in enumerate(out):
        # The same difference twice keeps its face both times.
        flipped = _flipped(a) if turnable and abs(e) == 1 else None
        if flipped is not None:
            out[k] = flipped, e
            return tuple(out), -c
    return tuple(out), c


def _groups(s: Sequence[tuple[t.Atom, Fraction]]) -> list[t.Poly]:
    """The sums in a product and in the sums of products in it, without the names of indices."""
    out: list[t.Poly] = []
    for a, _ in s:
        if isinstance(a, t.Group):
            out.append(t.blank(a.poly))
        elif isinstance(a, t.SumOf):
            out += _groups(a.term)
    return out


def _oriented(a: t.Atom, layout: Layout) -> tuple[t.Atom, int]:
    """An atom with its differences as the author has them, and the sign of the turn."""
    match a:
        case t.SumOf(ranges, s):
            made, c = [], 1
            for b, e in s:
                if e.denominator == 1:
                    b, sign = _oriented(b, layout)
                    c *= sign ** abs(int(e))
                made.append((b, e))
            return t.SumOf(ranges, tuple(made)), c
        case t.Group(p) if _is_difference(p):
            turned_round, face = t.Group(t.scaled(p, -1)), frozenset(t.blank(p))
            if face in layout.faces:
                return a, 1
            if frozenset(t.scaled(t.blank(p), -1)) in layout.faces:
                return turned_round, -1
            first = min(p, key=lambda q: _first(q[0], layout.order))
            return (turned_round, -1) if first[1] < 0 else (a, 1)
    return a, 1


def _first(s: t.Term, order: Sequence[str]) -> tuple[int, str]:
    names = [
        e.array if isinstance(e, Element) else e.name for a, _ in s for e in leaves(a) if isinstance(e, Element | Var)
    ]
    places = [order.index(n) if n in order else len(order) for n in names]
    return min(places, default=len(order) + 1), repr(s)


def _flipped(a: t.Atom) -> t.Atom | None:
    match a:
        case t.Group(p) if _is_difference(p):
            return t.Group(t.scaled(p, -1))
        case t.SumOf(ranges, s):
            for k, (b, e) in enumerate(s):
                if abs(e) == 1 and (made := _flipped(b)) is not None:
                    return t.SumOf(ranges, (*s[:k], (made, e), *s[k + 1 :]))
    return None


def _is_difference(p: t.Poly) -> bool:
    return {c > 0 for _, c in p} == {True, False}


def leaves(a: t.Atom) -> Sequence[Expr]:
    if isinstance(a, t.Leaf):
        return [a.expr]
    return [e for p in t.polys(a) for s, _ in p for b, _ in s for e in leaves(b)]
