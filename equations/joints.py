r"""Joint densities over a chain: ``q(x_{1:T} | x_0) = \prod_{t=1}^T q(x_t | x_{t-1})``.

The states are the rows of one array; the state before the first is another parameter.  What the law of one
step calls ``\beta_t`` is element t of an array ``\beta``.  The first step, which starts from that other state, is
a term of its own, so that no index leaves the array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Integer

from . import algebra as al
from .chains import Chain
from .context import Binding, Context, Promote, Refusal
from .equation import Equation, Parameter
from .latex import tree as t
from .names import Symbolic, letter, safe
from .products import exponential, logarithm
from .span import Span
from .values import NAMED, AxisVar, Value, unify

Elaborate = Callable[[t.Node, Context], Value]


@dataclass(slots=True)
class Walk:
    """A chain while it is elaborated: the binding of its step, and whether the first step is being written."""

    chain: Chain
    binding: Binding | None = None
    at_first: bool = False


def state(sym: Symbolic, ctx: Context) -> Value | None:
    """``x_t``, ``x_{t-1}``, ``x_0`` or ``x_T`` of the chain under way."""
    walk: Walk | None = ctx.walk
    if walk is None or sym.base != walk.chain.base or len(sym.subs) != 1:
        return None
    chain, binding, sub = walk.chain, walk.binding, sym.subs[0]
    if isinstance(sub, t.Number) and sub.text == "0":
        return initial(ctx)
    if letter(sub) == chain.top:
        return row(lambda: ctx.last_index(chain.top), ctx)
    if binding is None:
        return None
    match sub:
        case t.Name() if ctx.bindings.get(letter(sub) or "") is binding:
            return row(lambda: binding.symbol, ctx)
        case t.Sum(signs=(_, "-"), terms=(t.Name() as at, t.Number(text="1"))) if (
            ctx.bindings.get(letter(at) or "") is binding
        ):
            if walk.at_first:
                return initial(ctx)
            return row(lambda: al.add(binding.symbol, Integer(-1)), ctx)
    return None


def initial(ctx: Context) -> Value:
    """The state before the first one of the array."""
    assert ctx.walk is not None
    name = ctx.walk.chain.initial
    found = ctx.parameter(name)
    v = Context.read(name, found.axes)
    return v if v.rank else Value((), v.at, symbol="" if found.declared else name)


def row(at: Callable[[], Expr], ctx: Context) -> Value:
    """One state of the array."""
    walk: Walk | None = ctx.walk
    assert walk is not None
    name = walk.chain.array
    ctx.ranks.setdefault(name, 1)
    found = ctx.parameter(name)
    if not found.axes:
        raise Refusal("E195", f"{name} is declared a number, and is a chain of states", Span(0, 0),
                      "leave the declaration out, or give it the axis of the steps")
    steps(found.axes[0], ctx)
    v = Context.read(name, found.axes)
    return Value(v.axes[1:], lambda *rest: v.at(at(), *rest),
                 symbol="" if len(v.axes) > 1 or found.declared else name, depth=1)


def steps(axis: AxisVar, ctx: Context) -> None:
    """Make an axis that of the steps."""
    assert ctx.walk is not None
    own = ctx.extents[ctx.walk.chain.top].axis if ctx.walk.chain.top in ctx.extents else AxisVar(ctx.walk.chain.top,
                                                                                                 NAMED)
    unify(axis, own, Span(0, 0))
    axis.attach()


def walked(node: t.Big, ctx: Context, binding: Binding, elaborate: Elaborate) -> Value:
    """The product over all steps: the first from the state before, the others within the array.

    Called with the step's letter bound.
    """
    walk: Walk | None = ctx.walk
    assert walk is not None
    if walk.binding is not None or binding.top != walk.chain.top or binding.first != 1 or binding.shift:
        raise Refusal("E195", "this product is not one over the steps of the chain", node.span,
                      f"write \\prod_{{t=1}}^{{{walk.chain.top}}}", unsupported=True)
    walk.binding = binding
    try:
        walk.at_first = True
        first = elaborate(node.body, ctx)
        walk.at_first = False
        rest = elaborate(node.body, ctx)
    finally:
        walk.binding, walk.at_first = None, False
    if first.rank or rest.rank:
        raise Refusal("E195", "a factor of this product is no number", node.span, "write the density of a step",
                      unsupported=True)
    axis = ctx.extents[walk.chain.top].axis
    ctx.reads.append((lambda: al.ONE, axis))
    logs = logarithm(first), logarithm(rest)

    def log() -> Expr:
        start = al.substitute(logs[0](), {binding.symbol: al.ONE})
        return al.add(start, al.sum_over(logs[1](), binding.symbol, al.TWO, binding.hi()))

    return exponential(log)


def at_step(p: Parameter, eq: Equation, ctx: Context) -> Value | None:
    """What a law of one step takes as ``beta_t``: element t of ``beta`` where the steps are walked."""
    walk: Walk | None = ctx.walk
    if walk is None or walk.binding is None or eq.density is None or eq.density.chain is None:
        return None
    counted = eq.density.chain[2]
    symbol = walk.binding.symbol
    if p.name == counted and not p.axes:
        return Value((), lambda: symbol)
    if not p.name.endswith(f"_{counted}"):
        return None
    name = safe(p.name.removesuffix(f"_{counted}"))
    if ctx.ranks.get(name, 0) < 1 + len(p.axes):
        raise Promote(name, 1 + len(p.axes), f"{p.name} of {eq.name} is its element at each step")
    found = ctx.parameter(name)
    found.domain = p.domain if not found.declared else found.domain
    steps(found.axes[0], ctx)
    v = Context.read(name, found.axes)
    return Value(v.axes[1:], lambda *rest: v.at(symbol, *rest))
