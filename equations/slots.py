"""Black-box functions: names that are applied but never defined."""

from __future__ import annotations

from sympy import Symbol

from .context import Context, Refusal
from .equation import Application
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, safe, take_apart
from .values import AxisVar, Value


def slot(name: str, sym: Symbolic, arguments: tuple[t.Node, ...], ctx: Context, kind: str = "value") -> Value:
    """The value parameter of one distinct application of a black-box function.

    It has one axis for each sample variable among the arguments; outside of an
    expectation it is a number.
    """
    ctx.mention(name)
    names, axes, argument_axes, at = [], [], [], []
    for argument in arguments:
        inner_name, inner_axes, inner_at = _argument(argument, ctx)
        names.append(inner_name)
        argument_axes.append(inner_axes)
        for axis, symbol in zip(inner_axes, inner_at, strict=True):
            if symbol not in at:
                axes.append(axis)
                at.append(symbol)
    prefix = "" if kind == "value" else "grad_"
    value = safe("_".join((f"{prefix}{name}", *names)))
    state = ctx.parameter(value, to_latex(sym.node), "slot value")
    if value in ctx.order:
        ctx.order.remove(value)
    state.role = "slot value"
    if not state.axes:
        state.axes = tuple(axes)
    ctx.slots[value] = Application(
        value, name, tuple(names), (), tuple(() for _ in names), kind
    )
    ctx.slot_axes[value] = (tuple(axes), tuple(argument_axes))
    ctx.assume(f"{name} is a black-box function: the caller binds it, or gives its values as {value}")
    symbols = tuple(at)
    v = Context.read(value, state.axes)
    return Value((), lambda: v.at(*symbols) if symbols else v.at())


def _argument(node: t.Node, ctx: Context) -> tuple[str, tuple[AxisVar, ...], tuple[Symbol, ...]]:
    """An argument's name, sample axes and index symbols."""
    sym = take_apart(node)
    if sym is not None:
        name = sym.whole
        if name in ctx.samples:
            binding = ctx.samples[name]
            return name, (binding.axis,), (binding.symbol,)
        ctx.mention(ctx.rename.get(name, name))
        return ctx.rename.get(name, name), (), ()
    if isinstance(node, t.Juxt) and len(node.items) == 2:
        head = take_apart(node.items[0])
        group = node.items[1]
        if head is not None and isinstance(group, t.Group):
            body = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
            ctx.mention(head.whole)
            names, axes, at = [head.whole], [], []
            inner_axes = []
            for b in body:
                n, a, s = _argument(b, ctx)
                names.append(n)
                inner_axes.append(tuple(a))
                for axis, symbol in zip(a, s, strict=True):
                    if symbol not in at:
                        axes.append(axis)
                        at.append(symbol)
            value = safe("_".join(names))
            ctx.slots[value] = Application(value, head.whole, tuple(names[1:]), (), (), "inner")
            ctx.slot_axes[value] = (tuple(axes), tuple(inner_axes))
            return value, tuple(axes), tuple(at)
    raise Refusal(
        "E133", "a black-box function is applied to an expression", node.span,
        f"name the expression first, e.g. u = {flatten(node) or '…'}, and apply the function to u",
        unsupported=True,
    )
