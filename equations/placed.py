r"""Derivatives at a point, ``\left. \frac{df}{dx} \right|_{x=a}``, and with letters held, ``(\frac{…}{…})_V``."""

from __future__ import annotations

from .context import Context
from .derivatives import arguments_of, copied, name_of, shown, standing_for
from .differentials import Written, fraction
from .evaluated import DERIVATIVES
from .latex import tree as t
from .names import flatten
from .powers import superscript
from .values import Value
from .written import Elaborate, applied, letter_of


def at_point(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left. \frac{df}{dx} \right|_{x=a}``: what holds a derivative, with letters at their values."""
    if not (isinstance(node.base, t.Group) and node.base.open == "." and node.base.close == "|") or node.sub is None:
        return None
    if not any(isinstance(n, t.Nabla) or (isinstance(n, t.Name) and n.base in DERIVATIVES) for n in t.walk(node.base)):
        return None
    if (v := at_place(node.base.body, node.sub, node, ctx, elaborate)) is not None:
        return v
    conditions = node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,)
    points: dict[str, Value] = {}
    for c in conditions:
        name = name_of(c.sides[0], ctx) if isinstance(c, t.Relation) and c.ops == ("=",) else None
        if name is None or node.sup is not None:
            return None
        assert isinstance(c, t.Relation)
        points[name] = copied(name, elaborate(c.sides[1], ctx), ctx).value
    with standing_for(ctx, points):
        v = elaborate(node.base.body, ctx)
    ctx.assume("a bar with a point below it stands for the derivative there")
    return v


def quotient_of(body: t.Node, ctx: Context) -> Written | None:
    """A lone quotient of differentials."""
    return fraction(body.numerator, body.denominator, ctx) if isinstance(body, t.Frac) else None


def at_place(body: t.Node, place: t.Node, node: t.Node, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left. \frac{df}{dx} \right|_{a}``: at x = a; below an argument of f, a is what is held."""
    w = quotient_of(body, ctx)
    if w is None or isinstance(place, t.Relation | t.Separated) or len({flatten(m) for m in w.marks}) > 1:
        return None
    if held(w, place, ctx):
        return elaborate(body, ctx)
    eq = applied(w.body, ctx)
    if eq is not None and len(arguments_of(eq)) > 1:
        return None
    name = letter_of(w.marks[0], eq, node, ctx)
    point = copied(name, elaborate(place, ctx), ctx).value
    ctx.assume(f"a bar with {shown(place)} below it stands for the derivative at {name} = {shown(place)}")
    with standing_for(ctx, {name: point}):
        return elaborate(body, ctx)


def held(w: Written, below: t.Node, ctx: Context) -> bool:
    """Whether letters below a derivative are other arguments of its function, which are held anyway."""
    eq = applied(w.body, ctx)
    if eq is None or w.kind != "partial":
        return False
    items = below.items if isinstance(below, t.Separated | t.Juxt) else (below,)
    names = {name_of(x, ctx) for x in items}
    by = {letter_of(mark, eq, mark, ctx) for mark in w.marks}
    return names <= {p.name for p in arguments_of(eq)} - by


def held_of(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left( \frac{\partial U}{\partial S} \right)_V`` of a function ``U(S, V)``."""
    w = quotient_of(node.base.body, ctx) if isinstance(node.base, t.Group) and node.base.open in "([" else None
    if w is None or node.sub is None or node.primes or not held(w, node.sub, ctx):
        return None
    return superscript(elaborate(node.base, ctx), node.sup, node, ctx, elaborate)
