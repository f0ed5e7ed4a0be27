r"""Optimal transport: the least mean cost over the couplings of two distributions.

``\inf_{J \in \mathcal{J}(P, Q)} \int c(x, y) \, dJ(x, y)`` and ``\inf_{\gamma \in \Pi(P, Q)}
\mathbb{E}_{(x, y) \sim \gamma}[c(x, y)]`` are recognised by what they are made of, whatever the letters: a member
of a set made of two distributions, and an integral or a mean under it.  A routine supplies the value; the cost is
an equation of its own, of the two points.  A cost ‖x − y‖^p is kept as distance and power, which says that sorting
serves on the line, and lets the routine scale before it takes powers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .context import ComputedState, Context, Refusal
from .derivatives import standing_for
from .instantiate import captured
from .integrals import named
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, take_apart
from .values import FRESH, AxisVar, Value, describe

Elaborate = Callable[[t.Node, Context], Value]

#: Kinds of computed values: of any cost, of a power of a distance, and the root of that.
ANY_COST, DISTANCE, ROOT = "transport", "transport by distance", "root of transport by distance"
#: The least root, which is the root of the least cost where the power is positive.
LEAST_ROOT = "least root of transport by distance"


@dataclass(frozen=True, slots=True)
class Coupled:
    """The parts of a least mean cost: a coupling, its two distributions, a point of each, and the cost."""

    member: Symbolic
    laws: tuple[Symbolic, Symbolic]
    points: tuple[Symbolic, Symbolic]
    cost: t.Node


def least_cost(node: t.Node, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The least mean cost over couplings, or ``None`` where something else is written."""
    match node:
        case t.Big(op="inf" | "min", body=inside):
            bare = _bare(inside)
            below = _root_inside(bare)
            if below is not None and (found := coupled(replace(node, body=below[0]), ctx)) is not None:
                power = _distance(found)
                if power is not None and _text(power[1]) == _text(below[1]):
                    ctx.assume(f"the order {_text(below[1])} of the root is positive, so that it may be taken of the "
                               "least cost")
                    return _computed(node, found, ctx, elaborate, LEAST_ROOT)
                return None
    found = coupled(node, ctx)
    return None if found is None else _computed(node, found, ctx, elaborate)


def root_of_least_cost(node: t.Node, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``(\inf … ‖x − y‖^p …)^{1/p}``, where both powers are the same: one value, which stays in range."""
    inside = _root_inside(node)
    if inside is None:
        return None
    body, order = inside
    found = coupled(body, ctx)
    power = None if found is None else _distance(found)
    if found is None or power is None or _text(power[1]) != _text(order):
        return None
    ctx.assume(f"the root of order {_text(order)} is taken of costs in units of the largest distance, so that it "
               "is in range where the distances are")
    return _computed(node, found, ctx, elaborate, ROOT)


def _root_inside(node: t.Node) -> tuple[t.Node, t.Node] | None:
    """What a root is taken of, and its order."""
    match node:
        case t.Root(body=body, degree=degree):
            return body, degree or t.Number(node.span, "2")
        case t.Scripted(base=t.Group(body=body), sub=None, sup=t.Node() as sup, primes=0):
            below = _reciprocal(sup)
            return None if below is None else (body, below)
    return None


def coupled(node: t.Node, ctx: Context) -> Coupled | None:
    """The parts of a least mean cost."""
    node = _bare(node)
    if not isinstance(node, t.Big) or node.op not in ("inf", "min") or node.sup is not None:
        return None
    match node.sub:
        case t.Relation(sides=(bound, t.Juxt(items=(of, t.Group(body=t.Separated(items=(left, right)))))), ops=("in",)):
            member, laws = take_apart(bound), (take_apart(left), take_apart(right))
            family = take_apart(of)
        case _:
            return None
    if member is None or laws[0] is None or laws[1] is None:
        return None
    if family is None or family.subs or family.sup is not None:
        return None  # of another set than all couplings: plans of part of the mass, say
    inside = _mean(_bare(node.body), member)
    if inside is None:
        return None
    first, second, cost = inside
    points = (take_apart(first), take_apart(second))
    for given, point in zip((first, second), points, strict=True):
        if point is None or point.subs or point.sup is not None:
            raise Refusal("E284", "a point of a coupling is no symbol", given.span, "write (x, y)")
    assert points[0] is not None and points[1] is not None
    if points[0].whole == points[1].whole or laws[0].whole == laws[1].whole:
        raise Refusal("E284", "a coupling has two points of two distributions, and two names are one", node.span,
                      "write \\gamma(x, y) with two letters, in \\Pi(P, Q) with two")
    for x in points:
        if x is not None and (x.whole in ctx.arguments or x.whole in ctx.bindings or x.whole in ctx.integrated):
            raise Refusal("E284", f"{x.whole} is a point of the coupling and has another meaning outside of it",
                          node.span, "give the points of the coupling letters of their own")
    return Coupled(member, (laws[0], laws[1]), (points[0], points[1]), cost)


def _mean(body: t.Node, member: Symbolic) -> tuple[t.Node, t.Node, t.Node] | None:
    """The two points and the cost of an integral or mean under a coupling."""
    pair: t.Node
    match body:
        case t.Big(op="expect", sub=t.Relation(sides=(pair, law), ops=("~",)), body=cost) if _is(law, member):
            return _points(pair, cost, body)
        case t.Juxt(items=(t.Scripted(base=t.Name(base="E", style="bb"), sub=t.Relation(sides=(pair, law), ops=("~",)),
                                      sup=None), *cost)) if cost and _is(law, member):
            return _points(pair, cost[0] if len(cost) == 1 else t.Juxt(cost[0].span | cost[-1].span, tuple(cost)), body)
        case t.Big(op="int" | "iint", differentials=(t.Juxt(items=(law, pair)),), body=cost) if _is(law, member):
            return _points(pair, cost, body)
        case t.Big(op="int" | "iint", differentials=(law,), body=cost) if _is(law, member):
            raise Refusal("E284", "the points that the coupling is of are not written", body.span,
                          f"write them in the differential: d{to_latex(law).strip()}(x, y)")
        case t.Big(op="int", differentials=(), body=t.Big(op="int") as inner):
            return _mean(inner, member)
        case t.Big(op="int" | "iint", differentials=(), body=t.Juxt(items=(*cost, law, t.Group(body=pair)))) if (
            _is(law, member) and cost
        ):
            match pair:
                case t.Separated(items=(t.Juxt(items=(t.Name(base="d"), x)), t.Juxt(items=(t.Name(base="d"), y)))):
                    return x, y, cost[0] if len(cost) == 1 else t.Juxt(cost[0].span | cost[-1].span, tuple(cost))
    return None


def _points(pair: t.Node, cost: t.Node, body: t.Node) -> tuple[t.Node, t.Node, t.Node]:
    inner = _bare(pair)
    if not isinstance(inner, t.Separated) or len(inner.items) != 2:
        raise Refusal("E284", "the two points of the coupling are not written", body.span, "write (x, y)")
    return inner.items[0], inner.items[1], cost


def _bare(node: t.Node) -> t.Node:
    while isinstance(node, t.Group):
        node = node.body
    return node


def _is(node: t.Node, member: Symbolic) -> bool:
    found = take_apart(node)
    return found is not None and found.whole == member.whole and found.sup is None and (
        to_latex(found.node).strip() == to_latex(member.node).strip())


def _text(node: t.Node) -> str:
    return to_latex(_bare(node)).strip()


def _reciprocal(node: t.Node) -> t.Node | None:
    """``q`` of ``1/q`` and ``q^{-1}``."""
    match _bare(node):
        case t.Frac(numerator=t.Number(text="1"), denominator=below):
            return below
        case t.Binary(op="/", left=t.Number(text="1"), right=below):
            return below
    return None


def _distance(found: Coupled) -> tuple[t.Node, t.Node] | None:
    """A distance of the two points and its power, where the cost is one."""
    cost = _bare(found.cost)
    power: t.Node = t.Number(cost.span, "1")
    if isinstance(cost, t.Scripted) and cost.sup is not None and not cost.primes:
        power = cost.sup
        cost = cost.base if cost.sub is None else t.Scripted(cost.span, cost.base, cost.sub, None, 0)
    bars = _bare(cost.base) if isinstance(cost, t.Scripted) and cost.sup is None else _bare(cost)
    match bars:
        case t.Bars(kind="‖" | "|", body=t.Sum(signs=("+", "-"), terms=(left, right))):
            ends = take_apart(left), take_apart(right)
        case _:
            return None
    if any(x is None or x.sup is not None for x in ends):
        return None
    names = [x.whole for x in ends if x is not None]
    return (cost, power) if sorted(names) == sorted(x.whole for x in found.points) else None


def _computed(node: t.Node, found: Coupled, ctx: Context, elaborate: Elaborate, kind: str = "") -> Value:
    split = _distance(found)
    cost, power = split or (found.cost, None)
    letters = tuple(x.whole for x in found.points)
    names = tuple(named(x, ctx) for x in letters)
    axes = _axes(found, ctx)
    before = ctx.integrated
    ctx.integrated = {**before, **dict(zip(letters, names, strict=True))}
    points = {x: Context.read(n, a) for x, n, a in zip(letters, names, axes, strict=True)}
    try:
        with standing_for(ctx, points):
            body = elaborate(cost, ctx)
            exponent = elaborate(power, ctx) if power is not None else None
    finally:
        ctx.integrated = before
    if body.rank or (exponent is not None and exponent.rank):
        raise Refusal("E285", f"the cost of a coupling is a number, and this is {describe(body)}", found.cost.span,
                      "write a number for each pair of points, e.g. \\|x - y\\|^2")
    if captured(body, ctx) or (exponent is not None and captured(exponent, ctx)):
        raise Refusal("E285", "the cost of a coupling is another one at every index", node.span,
                      "write the formula for one index", unsupported=True)
    value = ctx.fresh_let("transport")
    state = ctx.parameter(value, to_latex(node), "computed value")
    ctx.order.remove(value)
    laws = tuple(x.whole for x in found.laws)
    for name in laws:
        ctx.mention(name)
    ctx.assume(f"{found.member.whole} runs over the couplings: the joint distributions with marginals {laws[0]} and "
               f"{laws[1]}")
    ctx.assume(f"{laws[0]} and {laws[1]} are finitely many points, of equal weights where none are given; the plan is "
               "found numerically, and sampled plans are proved optimal by exact duality")
    state.axes = ()
    ctx.computed[value] = ComputedState(
        value, kind or (DISTANCE if split else ANY_COST), names, (), body, (), to_latex(node),
        (("source", laws[0]), ("target", laws[1])), axes, exponent,
    )
    return Context.read(value, ())


def _axes(found: Coupled, ctx: Context) -> tuple[tuple[AxisVar, ...], ...]:
    """The axes of each point: as declared, else vectors where the cost treats them so, else none."""
    declared = [ctx.known.declared.get(x.whole) for x in found.points]
    if any(d is not None and not d.element for d in declared):
        return tuple(() if d is None else tuple(ctx.named_axis(a) for a in d.axes) for d in declared)
    letters = {x.whole for x in found.points}

    def holds(node: t.Node) -> bool:
        return any((s := take_apart(n)) is not None and s.whole in letters for n in t.walk(node))

    def vector(node: t.Node) -> bool:
        match node:
            case t.Bars(kind="‖"):
                return holds(node)
            case t.Scripted(base=base, sub=sub, sup=sup) if holds(base):
                return sub is not None or (isinstance(sup, t.Name) and sup.base in ("T", "top"))
            case t.Juxt(items=(head, t.Group(body=body))) if (s := take_apart(head)) is not None and holds(body):
                given = body.items if isinstance(body, t.Separated) else (body,)
                eq = ctx.known.functions(s.whole, given, False)
                return eq is not None and any(p.axes for p in eq.parameters if p.role == "argument")
        return False

    if not any(vector(n) for n in t.walk(found.cost)):
        return ((), ())
    axis = AxisVar("", FRESH)
    axis.attach()
    return ((axis,), (axis,))
