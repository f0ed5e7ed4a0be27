"""Positions of arrays of which only some dimensions are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .expr import Element, Expr, Var, transform
from .loops import Assign, Fold, For, If, Invoke, Stmt, View


def contract(body: Sequence[Stmt], stored: Mapping[str, tuple[int, ...]]) -> tuple[Stmt, ...]:
    """Statements that write and read arrays over their ``stored`` dimensions only.

    Arrays that are not listed keep every dimension; one that keeps none becomes a local.
    """

    def element(e: Expr) -> Expr | None:
        if not isinstance(e, Element) or e.array not in stored:
            return None
        dims = stored[e.array]
        return Element(e.array, tuple(e.at[k] for k in dims)) if dims else Var(e.array)

    def expr(e: Expr) -> Expr:
        return transform(e, element)

    def target(e: Var | Element) -> Var | Element:
        made = expr(e)
        assert isinstance(made, Var | Element)
        return made

    def view(v: View) -> View:
        lead = tuple(expr(e) for e in v.lead)
        if v.array in stored:
            lead = tuple(lead[k] for k in stored[v.array] if k < len(lead))
        return View(v.array, lead)

    def stmt(s: Stmt) -> Stmt:
        match s:
            case For(index, lo, hi, inner):
                return For(index, expr(lo), expr(hi), tuple(map(stmt, inner)))
            case If(cond, then, other):
                return If(expr(cond), tuple(map(stmt, then)), tuple(map(stmt, other)))
            case Assign(to, value):
                return Assign(target(to), expr(value))
            case Fold(to, monoid, value):
                return Fold(target(to), monoid, expr(value))
            case Invoke(_, views, _, result, _):
                views = tuple(map(view, views))
                return replace(s, views=views, result=None if result is None else target(result))
            case _:
                return s

    return tuple(map(stmt, body))
