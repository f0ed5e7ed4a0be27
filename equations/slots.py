"""Black-box functions: names that are applied but never defined."""

from __future__ import annotations

from sympy import Symbol

from .context import Binding, Context, Refusal
from .equation import Application, Handed
from .joints import handed
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, letter, safe, take_apart
from .values import AxisVar, ShapeMismatch, Value, unify


def slot(name: str, sym: Symbolic, arguments: tuple[t.Node, ...], ctx: Context, kind: str = "value") -> Value:
    """The value parameter of one distinct application of a black-box function.

    It has one axis for each sample variable and each bound index among the arguments;
    without any it is a number.
    """
    member = ctx.classes.get(name)
    ctx.mention(name if member is None else member[0])
    names, labels, axes, argument_axes, at = [], [], [], [], []
    if member is not None:  # of each member of the class
        axes, at = [member[1].axis], [member[1].symbol]
    for argument in arguments:
        inner_name, inner_axes, inner_at = _argument(argument, ctx)
        names.append(inner_name)
        part = take_apart(argument)
        element = part is not None and inner_at and part.whole not in ctx.samples
        if member is not None and part is not None:
            labels.append(part.base if ctx.rename.get(part.base) == inner_name else inner_name)
        else:
            labels.append(part.whole if part is not None and element else inner_name)
        argument_axes.append(inner_axes)
        for axis, symbol in zip(inner_axes, inner_at, strict=True):
            if symbol not in at:
                axes.append(axis)
                at.append(symbol)
    for x, axes_of_x in zip(names, argument_axes, strict=True):
        if any(x == y and bool(axes_of_x) != bool(others) for y, others in zip(names, argument_axes, strict=True)):
            raise ShapeMismatch(f"{name} is applied to {x} and to an element of it", sym.node.span,
                                f"give the elements a letter of their own, e.g. {x.upper()}_i")
    below = [letter(n) or "" for s in sym.subs for n in t.walk(s) if isinstance(n, t.Name)]
    if any(x in ctx.bindings and ctx.bindings[x].symbol not in at for x in below):
        raise Refusal("E133", f"{name} is another function at every index, and its values are an array", sym.node.span,
                      f"write the values as elements of an array, {to_latex(sym.node).strip()} without the bracket",
                      unsupported=True)
    prefix = "" if kind == "value" else "grad_"
    value = safe("_".join((f"{prefix}{name}", *labels)))
    earlier = ctx.slots.get(value)  # one that only another function has received so far is no parameter yet
    is_new = earlier is None or (earlier.kind == "inner" and value not in ctx.params)
    state = ctx.parameter(value, to_latex(sym.node), "slot value")
    if value in ctx.order:
        ctx.order.remove(value)
    state.role = "slot value"
    if is_new and not state.declared:
        state.axes = (*axes, *state.axes)
    elif member is not None:  # f(x_i) and f(x_j) are values of one array
        if len(state.axes) != len(axes):
            raise ShapeMismatch(f"{name} is applied to {labels[0]} and to an element of it", sym.node.span,
                                f"give the elements a letter of their own, e.g. {labels[0].upper()}_i")
        for known, here in zip(state.axes, axes, strict=True):
            unify(known, here, sym.node.span)
    event = state.axes[len(axes) :]
    kind = "member" if member is not None else "inner" if earlier is not None and earlier.kind == "inner" else kind
    ctx.slots[value] = Application(
        value, name if member is None else member[0], tuple(names), (), tuple(() for _ in names), kind, len(event),
    )
    ctx.slot_axes[value] = (tuple(axes), tuple(argument_axes))
    under = set(names) & set(ctx.integrated.values())
    if member is not None:
        ctx.assume(f"{value} holds the values of each function {name} of {member[0]}, one row a function")
    else:
        ctx.assume(f"{name} is a black-box function: the caller binds it" + ("" if under else
                   f", or gives its values as {value}"))
    symbols = tuple(at)
    v = Context.read(value, state.axes)
    return Value(event, lambda *rest: v.at(*symbols, *rest))


def _bound(sym: Symbolic, ctx: Context) -> tuple[str, Binding] | None:
    """The array of an argument ``z_i``, and its index that an operator or the left-hand side binds."""
    bound = [s for s in sym.subs if any(isinstance(n, t.Name) and letter(n) in ctx.bindings for n in t.walk(s))]
    if not bound:
        return None
    binding = ctx.bindings.get(letter(bound[0]) or "")
    if len(bound) > 1 or binding is None or sym.sup is not None or not (
        binding.whole or (binding.top and binding.first == 1 and binding.shift == 0)
    ):
        raise Refusal("E133", "a black-box function is applied to an element that is not simply indexed from 1",
                      sym.node.span, "define the function, or write its values as an array, e.g. k_i", unsupported=True)
    name = safe("_".join((sym.base, *(flatten(s) for s in sym.subs if s is not bound[0]))))
    return ctx.rename.get(name, name), binding


def _formula(sym: Symbolic, ctx: Context) -> tuple[str, tuple[AxisVar, ...], tuple[Symbol, ...]] | None:
    """A symbol that the document has a formula for: computed from samples, one by one, before it is handed over."""
    name = sym.whole
    eq = None if {name} & {*ctx.arguments, *ctx.params, *ctx.bindings} else ctx.known.symbols(name)
    if eq is None or eq.density is not None:
        return None
    sampled = tuple(x for x in eq.call_order if x in ctx.samples)
    for x in eq.call_order:
        if x not in ctx.samples:
            ctx.mention(x)
    ctx.handed[name] = Handed(eq, sampled)
    where = ctx.known.place(eq)
    ctx.assume(f"{name} is computed by its formula" + (f" in {where}" if where else "") + f"; {name}= overrides it")
    bindings = dict.fromkeys(ctx.samples[x] for x in sampled)
    return name, tuple(b.axis for b in bindings), tuple(b.symbol for b in bindings)


def _argument(node: t.Node, ctx: Context) -> tuple[str, tuple[AxisVar, ...], tuple[Symbol, ...]]:
    """An argument's name, sample axes and index symbols."""
    sym = take_apart(node)
    if sym is not None and (state := handed(sym, ctx)):
        return state, (), ()
    if sym is not None:
        name = sym.whole
        if name in ctx.integrated:
            return ctx.integrated[name], (), ()
        if name in ctx.samples:
            binding = ctx.samples[name]
            return ctx.rename.get(name, name), (binding.axis,), (binding.symbol,)
        if (found := _bound(sym, ctx)) is not None:
            array, binding = found
            ctx.mention(array)
            binding.axis.attach()
            return array, (binding.axis,), (binding.symbol,)
        if (formula := _formula(sym, ctx)) is not None:
            return formula
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
