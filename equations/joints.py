r"""Joint densities over a chain: ``q(x_{1:T} | x_0) = \prod_{t=1}^T q(x_t | x_{t-1})``.

The states are the rows of one array; the state before the first is another parameter.  What the law of one
step calls ``\beta_t`` is element t of an array ``\beta``.  The first step, which starts from that other state, is
a term of its own, so that no index leaves the array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer

from . import algebra as al
from . import heads
from .chains import Chain
from .context import Binding, Context, Promote, Refusal
from .equation import Application, Equation, Parameter
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
    part("first", name, ctx)
    v = Context.read(name, found.axes)
    return v if v.rank else Value((), v.at, symbol="" if found.declared else name)


def row(at: Callable[[], Expr], ctx: Context) -> Value:
    """One state of the array."""
    walk: Walk | None = ctx.walk
    assert walk is not None
    name = walk.chain.array
    ctx.ranks.setdefault(name, 1)
    found = ctx.parameter(name)
    part("rest", name, ctx)
    if not found.axes:
        raise Refusal("E195", f"{name} is declared a number, and is a chain of states", Span(0, 0),
                      "leave the declaration out, or give it the axis of the steps")
    steps(found.axes[0], ctx)
    v = Context.read(name, found.axes)
    return Value(v.axes[1:], lambda *rest: v.at(at(), *rest),
                 symbol="" if len(v.axes) > 1 or found.declared else name, depth=1)


def part(kind: str, name: str, ctx: Context) -> None:
    """Where all states are given as one array, note which part of it a parameter is."""
    assert ctx.walk is not None
    if ctx.walk.chain.first == 0 or kind == "last":
        if name in ctx.params:
            ctx.params[name].role = "slot value"
        if name in ctx.order:
            ctx.order.remove(name)
        ctx.slots[name] = Application(name, safe(ctx.walk.chain.base), (), kind=kind, event=1)


def handed(sym: Symbolic, ctx: Context) -> str:
    """The name of a state ``x_0`` or ``x_T`` that is handed to a black-box function; empty for no such."""
    walk: Walk | None = ctx.walk
    if walk is None or sym.base != walk.chain.base or len(sym.subs) != 1:
        return ""
    sub = sym.subs[0]
    if letter(sub) == walk.chain.top:
        part("last", sym.whole, ctx)
        return sym.whole
    if isinstance(sub, t.Number) and sub.text == "0" and walk.chain.first == 0:
        part("first", sym.whole, ctx)
        return sym.whole
    return ""


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


def is_step(eq: Equation, ctx: Context) -> bool:
    """Whether an equation is the law of one step, applied where the steps are walked."""
    walk: Walk | None = ctx.walk
    return walk is not None and walk.binding is not None and eq.density is not None and eq.density.chain is not None


def slot_at_step(p: Parameter, eq: Equation, given: Mapping[str, Value], ctx: Context, span: Span) -> Value:
    """The values of a black-box function at every step: element t of an array of them."""
    s = next(s for s in eq.slots if s.value == p.name)
    walk: Walk | None = ctx.walk
    assert walk is not None and walk.binding is not None and eq.density is not None and eq.density.chain is not None
    if s.kind != "value" or s.axes:
        raise Refusal("E195", f"{s.slot} of {eq.name} cannot be evaluated at every step", span,
                      "write the law of a step with functions of its states and of the step", unsupported=True)
    names, places = [], []
    counted = eq.density.chain[2]
    for a in s.arguments:
        if a in given:
            name, place = walk.chain.array, state_place(given[a], walk, span)
        elif a == counted:
            name, place = a, "step"
        elif a.endswith(f"_{counted}"):
            name, place = safe(a.removesuffix(f"_{counted}")), "each"
            ctx.mention(name)
        else:
            name, place = a, "same"
            ctx.mention(name)
        names.append(name)
        places.append(place)
    ctx.mention(s.slot)
    found = ctx.parameter(p.name, p.latex, "slot value")
    if p.name in ctx.order:
        ctx.order.remove(p.name)
    found.role, found.domain = "slot value", p.domain
    if not found.axes:
        inner = tuple(AxisVar() for _ in p.axes)
        for axis in inner:
            axis.attach()
        found.axes = (AxisVar(), *inner)
        steps(found.axes[0], ctx)
    ctx.slots[p.name] = Application(p.name, s.slot, tuple(names), kind="steps", event=len(p.axes), places=tuple(places))
    ctx.slot_axes[p.name] = (found.axes[:1], tuple(() for _ in names))
    ctx.assume(f"{s.slot} is called at every step, or its values are given as {p.name}, with the steps first")
    v = Context.read(p.name, found.axes)
    symbol = walk.binding.symbol
    return Value(v.axes[1:], lambda *rest: v.at(symbol, *rest))


def state_place(v: Value, walk: Walk, span: Span) -> str:
    """Whether a state that the law of a step takes is the one here or the one before."""
    assert walk.binding is not None
    e = v.at(*(heads.index(f"_{k}") for k in range(v.rank)))
    array = str(e.base.label.name) if isinstance(e, sympy.Indexed) else ""
    at = e.indices[0] if array == walk.chain.array else None
    before = f"before:{walk.chain.initial}"
    if at == walk.binding.symbol:
        return "here"
    if array == walk.chain.initial or (at is not None and at == al.add(walk.binding.symbol, Integer(-1))):
        return before
    raise Refusal("E195", "a function of the law of a step takes no state of this chain", span,
                  "apply the law to the states here and before", unsupported=True)


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
