r"""Largest and smallest values over an interval: ``\max_{x \in [a, b]} f(x)``, ``\arg\min_{x \in [0, 1]} …``.

A routine searches for the value at every call; what is searched becomes an equation of its own, as an integrand does.
"""

from __future__ import annotations

from collections.abc import Callable

from . import heads
from .context import ComputedState, Context, Refusal
from .derivatives import standing_for
from .instantiate import captured
from .integrals import end, named
from .latex import tree as t
from .latex.printer import to_latex
from .names import take_apart
from .values import Value, describe, lazy

Elaborate = Callable[[t.Node, Context], Value]

#: Kinds of computed values by operator.
KINDS = {"max": "maximum", "sup": "maximum", "min": "minimum", "inf": "minimum",
         "argmax": "place of a maximum", "argmin": "place of a minimum"}


def over_interval(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The value that a search supplies, or ``None`` where no interval is written below the operator."""
    if node.op not in KINDS or node.sup is not None or (found := interval(node.sub)) is None:
        return None
    left, a, b = found
    sym = take_apart(left)
    if sym is None or sym.subs or sym.sup is not None:
        raise Refusal("E287", "what a search runs over is no letter", left.span, "write \\max_{x \\in [a, b]}")
    x = sym.whole
    stated = ctx.known.declared.get(x)
    if any(isinstance(inner, t.Big) and inner.op in KINDS and interval(inner.sub) for inner in t.walk(node.body)):
        raise Refusal("E288", "a search inside of a search is not there yet", node.span,
                      "write the inner value in closed form", unsupported=True)
    if x in ctx.arguments or x in ctx.bindings or x in ctx.samples or x in ctx.integrated:
        raise Refusal("E287", f"{x} is what the search runs over, and has another meaning outside of it", left.span,
                      "give what the search runs over a letter of its own")
    if stated is not None and stated.axes and not stated.element:
        raise Refusal("E288", f"{x} is declared an array, and an interval has numbers", left.span,
                      "write the search over each element, or give the letter another name", unsupported=True)
    ends = (end(a, False, ctx, elaborate), end(b, True, ctx, elaborate))
    name = named(x, ctx)
    before = ctx.integrated
    ctx.integrated = {**before, x: name}
    try:
        with standing_for(ctx, {x: lazy(lambda: heads.parameter(name))}):
            body = elaborate(node.body, ctx)
    finally:
        ctx.integrated = before
    if body.rank:
        raise Refusal("E140", f"{node.op} of {describe(body)}", node.span, "index its elements")
    if any(captured(v, ctx) for v in (body, *ends) if v is not None):
        raise Refusal("E288", "a search at every index is not supported", node.span,
                      "write the formula for one index", unsupported=True)
    if any(v is None for v in ends):
        raise Refusal("E288", f"a search over all values of {x} is not there yet", node.span,
                      "write the interval that holds the place: \\max_{x \\in [a, b]}", unsupported=True)
    value = ctx.fresh_let(KINDS[node.op].rpartition(" ")[2])
    state = ctx.parameter(value, to_latex(node), "computed value")
    ctx.order.remove(value)
    state.axes = ()
    ctx.computed[value] = ComputedState(value, KINDS[node.op], (name,), (), body, (ends,), to_latex(node))
    ctx.assume(f"the {KINDS[node.op]} over {x} is found by a numerical search at thousands of points of the interval, "
               "refined about the best of them; a search proves nothing")
    return Context.read(value, ())


def interval(sub: t.Node | None) -> tuple[t.Node, t.Node, t.Node] | None:
    """The letter and the ends of ``x ∈ [a, b]``."""
    match sub:
        case t.Relation(
            sides=(left, t.Group(open="[" | "(" | "]", close="]" | ")" | "[", body=t.Separated(
                items=(a, b), separators=("," | ";",)))), ops=("in",),
        ):
            return left, a, b
    return None
