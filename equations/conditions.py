"""Conditions: branches by case, and indicators."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from .context import Context, Refusal
from .latex import tree as t
from .values import Value, elementwise, lazy

Elaborate = Callable[[t.Node, Context], Value]


def indicated(head: t.Node, follower: t.Node | None) -> t.Relation | None:
    r"""The condition of ``\mathbb{1}[x > 0]`` or of ``\mathbf{1}_{x > 0}``, or ``None``."""
    base: t.Node = head
    if isinstance(head, t.Scripted) and head.sup is None:
        base, follower = head.base, head.sub
    one = isinstance(base, t.Name) and base.base in ("1", "I")
    if one and isinstance(follower, t.Group):
        follower = follower.body
    return follower if one and isinstance(follower, t.Relation) else None


def indicator(condition: t.Relation, ctx: Context, elaborate: Elaborate) -> Value:
    """One where the condition holds, zero elsewhere."""
    holds = truth(condition, ctx, elaborate)
    return lazy(lambda: sympy.Piecewise((al.ONE, holds()), (al.ZERO, sympy.true), evaluate=False))


def cases(node: t.Cases, ctx: Context, elaborate: Elaborate) -> Value:
    """Branches by condition, tried in order."""
    values, conditions = [], []
    for value, condition in node.branches:
        values.append(elaborate(value, ctx))
        conditions.append(truth(condition, ctx, elaborate) if condition is not None else (lambda: sympy.true))
    return elementwise(
        lambda *xs: sympy.Piecewise(
            *((x, c()) for x, c in zip(xs, conditions, strict=True)), evaluate=False
        ),
        tuple(values), node.span,
    )


RELATIONS: dict[str, Callable[..., Expr]] = {
    "=": sympy.Eq, "<": sympy.Lt, ">": sympy.Gt, "<=": sympy.Le, ">=": sympy.Ge, "!=": sympy.Ne,
}


def truth(node: t.Node, ctx: Context, elaborate: Elaborate) -> Callable[[], Expr]:
    """A condition such as ``x > 0`` or ``0 < x \\le 1``."""
    if isinstance(node, t.Juxt) and isinstance(node.items[0], t.Text):
        rest = node.items[1:]
        node = rest[0] if len(rest) == 1 else t.Juxt(node.span, rest)
    if not isinstance(node, t.Relation) or any(op not in RELATIONS for op in node.ops):
        raise Refusal("E127", "a condition must be a comparison", node.span, "write x > 0, x = 0 or otherwise")
    sides = [elaborate(s, ctx) for s in node.sides]
    if any(v.rank for v in sides):
        raise Refusal("E128", "a condition compares numbers, not arrays", node.span,
                      "index the elements: x_i > 0")

    def make() -> Expr:
        parts = [
            RELATIONS[op](a.at(), b.at(), evaluate=False)
            for op, a, b in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else sympy.And(*parts, evaluate=False)

    return make
