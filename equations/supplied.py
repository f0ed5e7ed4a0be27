r"""Definitions with computed values inside of other formulas: ``Z = \int …`` in ``p(x) = e^{-u(x)} / Z``.

The definition stays an equation of its own, whose value is one more computed value of the formula that uses it:
found once, by its own kernel, and handed over.  What it takes by the names of the caller is passed on; arguments
that are other values are the places at which it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sympy import Expr, Symbol

from . import heads
from .context import Binding, ComputedState, Context, Refusal
from .equation import Equation, Parameter
from .span import Span
from .values import LETTER, AxisVar, Value, unify


def supplied(
    eq: Equation, args: Mapping[str, Value], over: tuple[Binding, ...], ctx: Context, span: Span
) -> Value:
    """The value of a definition at its parameters; ``over`` are the indices that these depend on."""
    if len(eq.outputs) != 1:
        raise Refusal("E206", f"{eq.name} has several results and cannot stand in a formula", span)
    if any(not b.whole and not (b.top and b.first == 1 and b.shift == 0) for b in over):
        raise Refusal("E265", f"{eq.name} at an index that does not run over a whole axis is not supported", span,
                      "let the index run from 1 over the whole axis", unsupported=True)
    args, lead = _mapped(eq, args, ctx, span)
    axes = _axes_of(eq, args, span, ctx)
    own = tuple(axes(a.name, a.lo) for a in eq.outputs[0].axes)
    places = {p.name: args[p.name] for p in inputs(eq) if not passes(p, args[p.name])}
    for v in args.values():
        for a in v.axes:
            a.attach()
    for name in eq.call_order:
        if name not in args:  # a function of the caller, or what only such functions receive
            ctx.mention(name)
    outer = tuple(b.symbol for b in over)
    symbols = (*outer, *(s for s, _ in lead))
    value = None if lead else _known(eq, places, over, ctx)
    if value is None:
        value = ctx.fresh_let(eq.name)
        state = ctx.parameter(value, "", "computed value")
        ctx.order.remove(value)
        state.axes = (*(b.axis for b in over), *(a for _, a in lead), *own)
        plain = replace(eq, linked=(), density=None, draws=(), handed=eq.handed)
        ctx.computed[value] = ComputedState(
            value, "formula", tuple(places), symbols, Value(own, lambda *at: heads.element(value, *at)),
            tuple((v, v) for v in places.values()), eq.latex, formula=plain,
        )
    read = Context.read(value, ctx.params[value].axes)
    return Value((*(a for _, a in lead), *own), lambda *at: read.at(*outer, *at))


def _mapped(
    eq: Equation, args: Mapping[str, Value], ctx: Context, span: Span
) -> tuple[dict[str, Value], tuple[tuple[Symbol, AxisVar], ...]]:
    """Arguments at indices of the axes over which the definition is mapped, and these."""
    lead: tuple[tuple[Symbol, AxisVar], ...] = ()
    out = dict(args)
    for p in inputs(eq):
        v, extra = args[p.name], args[p.name].rank - len(p.axes)
        if extra <= 0:
            continue
        if lead and len(lead) != extra:
            raise Refusal("E205", f"the arguments of {eq.name} have unequal leading axes", span)
        for (_, a), b in zip(lead, v.axes[:extra], strict=False):
            unify(a, b, span)
        lead = lead or tuple((ctx.indices.new("r"), a) for a in v.axes[:extra])

        def at(*places: Expr, v: Value = v, lead: tuple[tuple[Symbol, AxisVar], ...] = lead) -> Expr:
            return v.at(*(s for s, _ in lead), *places)

        out[p.name] = Value(v.axes[extra:], at)
    return out, lead


def refuse_functions(eq: Equation, ctx: Context, span: Span) -> None:
    """A definition with functions of the caller stands under no integral."""
    if eq.slots and ctx.integrated:
        raise Refusal("E268", f"{eq.name} is made of the black-box function {eq.slots[0].slot}, and stands under an "
                      "integral", span, f"write {eq.slots[0].slot} out under the integral", unsupported=True)


def refuse_applied(eq: Equation, span: Span) -> None:
    """What is found numerically from functions or laws of the caller is not applied to others."""
    own = {p.name for p in inputs(eq)}
    others = [n for n in eq.call_order if n not in own]
    if eq.computed and others:
        raise Refusal("E267", f"{eq.name} is found numerically from {', '.join(others)}, and is not applied to other "
                      "functions or distributions yet", span, "write its formula out here, or hand its value over as a "
                      "number", unsupported=True)


def inputs(eq: Equation) -> list[Parameter]:
    """The parameters that are values of the caller."""
    return [p for p in eq.parameters if p.role not in ("slot value", "computed value")]


def passes(p: Parameter, v: Value) -> bool:
    """Whether a parameter is the caller's own of that name."""
    at = _probe(v)
    return bool(v.at(*at) == (heads.element(p.name, *at) if at else heads.parameter(p.name)))


def _known(eq: Equation, places: Mapping[str, Value], over: tuple[Binding, ...], ctx: Context) -> str | None:
    """The value that the same definition has at the same places."""
    for c in ctx.computed.values():
        if c.formula is None or c.formula.outputs != eq.outputs or c.formula.computed != eq.computed:
            continue
        same = c.variables == tuple(places) and c.over == tuple(b.symbol for b in over)
        if same and all(_same(a, b) for (a, _), b in zip(c.ends, places.values(), strict=True)):
            return c.value
    return None


def _same(a: Value | None, b: Value) -> bool:
    return a is not None and a.rank == b.rank and a.at(*_probe(a)) == b.at(*_probe(b))


def _probe(v: Value) -> tuple[Expr, ...]:
    return tuple(heads.index(f"_{k}") for k in range(v.rank))


def _axes_of(
    eq: Equation, args: Mapping[str, Value], span: Span, ctx: Context
) -> Callable[[str, int], AxisVar]:
    """The axes of the caller by name and first index of the definition's; those of arguments become one with them."""
    known: dict[str, AxisVar] = {}

    def axis(name: str, lo: int) -> AxisVar:
        if name not in known:
            fixed = name.isdigit() and lo == 1
            known[name] = ctx.named_axis(name) if fixed else AxisVar(name, LETTER, None if lo == 1 else lo)
            if lo == 1 and name in ctx.lengths:
                known[name] = ctx.lengths[name]
        return known[name]

    for p in inputs(eq):
        v = args[p.name]
        for mine, theirs in zip(v.axes, p.axes, strict=True):
            unify(mine, axis(theirs.name, theirs.lo), span)
    return axis
