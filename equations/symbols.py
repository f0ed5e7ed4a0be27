"""Symbols in formulas: what a name stands for, and its elements."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Integer

from . import algebra as al
from .asked import refuse_open_label
from .context import Context, Promote, Refusal
from .evidence import has_slice, is_capital, is_slice, slots_of
from .functions import ELEMENTWISE
from .gathered import at_sample, sampled_below
from .instantiate import link
from .joints import state
from .latex import tree as t
from .latex.printer import to_latex
from .latex.tables import LONE
from .names import Symbolic, flatten, letter, safe
from .subscripts import Position, components, constant, moved, offset, position, refuse_free, stretched, whole_numbers
from .values import AxisVar, Value, elementwise, lazy, scalar

#: Names that are operators, not symbols.
OPERATORS = frozenset(
    (ELEMENTWISE.keys() - {"Gamma", "abs", "sign", "floor", "ceil"}) | {"nabla", "partial", "det", "tr"}
)

#: Names of operators that are a whole subscript: labels, never positions.
SIGNS = frozenset(LONE.values()) | {"bullet"}

CONSTANTS = {"pi": sympy.pi, "infty": sympy.oo}


def symbol(sym: Symbolic, ctx: Context) -> Value:
    """The value of a symbol, its superscript aside."""
    if ctx.walk is not None and (v := state(sym, ctx)) is not None:
        return v
    if not sym.subs and sym.base in ctx.bindings:
        binding = ctx.bindings[sym.base]
        if binding.bare:
            ctx.numbers[binding.symbol] = sym.node.span
        return lazy(lambda: binding.symbol)
    if has_slice(sym) or is_mixed(sym, ctx):
        return sliced(sym, ctx)
    refuse_free(sym, ctx)
    positions, labels = components(sym, ctx)
    if positions and labels and (v := column(sym, ctx)) is not None:
        return v
    name = ctx.rename.get(whole := safe("_".join((sym.base, *map(flatten, labels)))), whole)
    if not positions and labels and whole not in ctx.rename:
        if (v := numbered(sym, ctx)) is not None:
            return v
    v = variable(name, sym.node, ctx)
    if not positions:
        return v
    if v.rank < len(positions):
        raise Promote(name, len(positions), "it carries an index")
    return element(name, v, positions, sym, ctx)


def element(name: str, v: Value, positions: tuple[Position, ...], sym: Symbolic, ctx: Context) -> Value:
    """The part of an array at index positions."""
    for k, p in enumerate(positions):
        if p.binding is not None:
            ctx.index_into(v, k, p.binding, sym.node.span, name)
        elif (b := moved(sym.subs[k] if k < len(sym.subs) else sym.node, ctx)) is not None:
            if stretched(p.value(), b.symbol):
                ctx.reads.append((p.value, v.axes[k]))
                ctx.stretched.append((v.axes[k], p.value, b))
            else:
                ctx.index_into(v, k, b, sym.node.span, name, constant(p.value(), b.symbol))
    n = len(positions)
    open_rank = v.rank == n and name in ctx.params and not ctx.params[name].declared
    return Value(v.axes[n:], lambda *rest: v.at(*(p.value() for p in positions), *rest),
                 symbol=name if open_rank else "", depth=n if open_rank else 0)


def sliced(sym: Symbolic, ctx: Context) -> Value:
    r"""``A_{\cdot j}``, ``A_{i,:}``: the vector of the elements at every index of an axis."""
    subs = slots_of(sym)
    name = ctx.rename.get(safe(sym.base), safe(sym.base))
    refuse_unclear_slice(sym, name, ctx)
    v = variable(name, sym.node, ctx)
    if v.rank < len(subs):
        raise Promote(name, len(subs), "it carries an index for each axis")
    fixed: list[Callable[[], Expr] | None] = []
    for k, sub in enumerate(subs):
        if is_slice(sub):
            fixed.append(None)
        elif (p := position(sub, ctx)) is not None:
            if p.binding is not None:
                ctx.index_into(v, k, p.binding, sym.node.span, name)
            fixed.append(p.value)
        elif (at := offset(sub, ctx)) is not None:
            ctx.reads.append((at, v.axes[k]))
            fixed.append(at)
        else:
            raise Refusal("E112", f"the subscript '{flatten(sub)}' is no index that can be read", sym.node.span,
                          "write an index or a whole number")
    if v.rank != len(subs):
        raise Refusal("E112", f"'{flatten(sym.node)}' has {len(subs)} indices and {name} {v.rank} axes", sym.node.span,
                      "write an index or a colon for each axis")
    open_axes = [k for k, at in enumerate(fixed) if at is None]

    def element(*at: Expr) -> Expr:
        rest = iter(at)
        return v.at(*(next(rest) if place is None else place() for place in fixed), *rest)

    row = v.rank == 2 and open_axes == [1]
    if row:
        ctx.assume(f"{to_latex(sym.node).strip()} is a row vector, and a column where a row has no meaning")
    return Value((*(v.axes[k] for k in open_axes), *v.axes[len(subs):]), element, row=row, loose=row)


def is_mixed(sym: Symbolic, ctx: Context) -> bool:
    """``A_{1j}`` of a matrix: a number and an index side by side are one for each axis."""
    slots = slots_of(sym)
    if len(sym.subs) != 1 or len(slots) < 2 or array_rank(ctx.rename.get(safe(sym.base), safe(sym.base)), ctx) < 2:
        return False
    digits = [isinstance(x, t.Number) and len(x.text) == 1 for x in slots]
    return any(digits) and all(d or letter(x) in ctx.bindings for d, x in zip(digits, slots, strict=True))


def refuse_unclear_slice(sym: Symbolic, name: str, ctx: Context) -> None:
    r"""Undeclared, ``y_{i\cdot}`` may be a sum or a mean, and ``x_{:n}`` the first elements."""
    declared = ctx.known.declared.get(name)
    if (declared is not None and not declared.element) or ctx.known.symbols(name) is not None:
        return
    dotted = any(isinstance(x, t.Name) and x.base != "colon" for x in slots_of(sym) if is_slice(x))
    joined = len(sym.subs) == 1
    if (dotted and "_" in sym.base) or ((dotted or joined) and not is_capital(sym.base)):
        whole = to_latex(sym.node).strip()
        raise Refusal("E112", f"'{whole}' may be a row or column of {name}, a sum or mean over an index, or a part of "
                      "its elements", sym.node.span,
                      f"declare the matrix, ${to_latex(t.Name(sym.node.span, sym.base.split('_')[0]))} "
                      "\\in \\mathbb{R}^{m \\times n}$, or write the sum out and give it a name")


def column(sym: Symbolic, ctx: Context) -> Value | None:
    """``x_{i,1}`` of an array with as many axes as there are subscripts: an element in a given column."""
    subs = slots_of(sym)
    name = ctx.rename.get(safe(sym.base), safe(sym.base))
    numbers = [int(s.text) if isinstance(s, t.Number) and s.text.isdigit() else None for s in subs]
    found = [position(s, ctx) for s in subs]
    if any(n is None and p is None for n, p in zip(numbers, found, strict=True)):
        return None
    if array_rank(name, ctx) != len(subs):
        if not ctx.known.declared.get(name) and name not in ctx.params:
            label = "_".join(flatten(s) for s in sym.subs if position(s, ctx) is None)
            ctx.assume(f"{name}_{label} is an array of its own; declare {name} in R^{{m x n}} for a column of {name}")
        return None
    v = variable(name, sym.node, ctx)
    at: list[Callable[[], Expr]] = []
    for k, (n, p) in enumerate(zip(numbers, found, strict=True)):
        if p is None:
            assert n is not None
            at.append(_whole(n))
            ctx.reads.append((at[-1], v.axes[k]))
            continue
        at.append(p.value)
        if p.binding is not None:
            ctx.index_into(v, k, p.binding, sym.node.span, name)
        elif (b := moved(subs[k], ctx)) is not None:
            ctx.index_into(v, k, b, sym.node.span, name, constant(p.value(), b.symbol))
    return lazy(lambda: v.at(*(x() for x in at)))


def numbered(sym: Symbolic, ctx: Context) -> Value | None:
    """``x_1`` or ``x_t`` as an element, where ``x`` is known as an array."""
    base = ctx.rename.get(safe(sym.base), safe(sym.base))
    rank = array_rank(base, ctx)
    if rank == 0 or sym.whole in ctx.arguments:
        return None
    if rank == 1 and base in ctx.rename.values():  # x_0 beside x_t is x at another step
        return None
    if places := whole_numbers(sym, rank):
        found = variable(base, sym.node, ctx)
        ctx.reads += [(_whole(n), a) for n, a in zip(places, found.axes, strict=True)]
        if len(sym.subs) == 1:
            ctx.assume(f"{base}_{places[0]}{places[1]} is the element of {base} in row {places[0]}, "
                       f"column {places[1]}")
        return lazy(lambda: found.at(*map(Integer, places)))
    if len(sym.subs) != 1:
        return None
    sub = sym.subs[0]
    if rank == 1 and (place := sampled_below(sub, ctx)):
        return at_sample(sym, base, place, lambda: sample(place, ctx), ctx)
    if isinstance(sub, t.Number) and sub.text.isdigit():
        at: Callable[[], Expr] = lambda: Integer(sub.text)  # noqa: E731 - typed as the other branch
    elif isinstance(sub, t.Name) and not sub.accents and sub.style != "rm" and sub.base not in SIGNS:
        refuse_open_label(sub, base, ctx)
        variable(base, sym.node, ctx)
        if base in ctx.linked:
            ctx.overrides[sym.whole] = base
        at_offset = offset(sub, ctx)
        if at_offset is None:
            return None
        at = at_offset
        ctx.assume(f"{flatten(sub)} is the position of an element of {base}, counted from its first index")
    elif rank == 1 and isinstance(sub, t.Sum | t.Juxt) and (far := fixed_position(sub, ctx)) is not None:
        at = far
    else:
        return None
    v = variable(base, sym.node, ctx)
    ctx.reads.append((at, v.axes[0]))
    return Value(v.axes[1:], lambda *rest: v.at(at(), *rest))


def fixed_position(sub: t.Node, ctx: Context) -> Callable[[], Expr] | None:
    """``2m`` or ``n - 1`` below an array: numbers and letters with a value, added."""
    signs, terms = (sub.signs, sub.terms) if isinstance(sub, t.Sum) else (("+",), (sub,))
    if any(isinstance(x, t.Name) and (x.style == "rm" or x.accents or x.base in SIGNS) for x in t.walk(sub)):
        return None
    parts = [offset(x, ctx) for x in terms]
    if any(p is None for p in parts) or not set(signs) <= {"+", "-"}:
        return None
    values = [p for p in parts if p is not None]
    return lambda: al.add(*(al.neg(v()) if s == "-" else v() for s, v in zip(signs, values, strict=True)))


def _whole(n: int) -> Callable[[], Expr]:
    return lambda: Integer(n)


def array_rank(name: str, ctx: Context) -> int:
    """How many axes a name is known to have."""
    if name in ctx.shadow:
        return ctx.shadow[name].rank
    if name in ctx.params:
        return len(ctx.params[name].axes)
    declared = ctx.known.declared.get(name)
    if declared is not None and not declared.element:
        return len(declared.axes)
    if name in ctx.ranks:
        return ctx.ranks[name]
    if name in ctx.arguments:
        return 0
    try:
        eq = ctx.known.symbols(name)
    except Refusal:  # defined by itself: x_0 beside x
        return 0
    return 0 if eq is None else len(eq.outputs[0].axes)


def variable(name: str, node: t.Node, ctx: Context) -> Value:
    """What a name stands for: what takes its place here, a sample, a parameter, a linked definition, a constant."""
    if name in ctx.shadow:
        return ctx.shadow[name]
    if name in ctx.samples:
        return sample(name, ctx)
    if name in OPERATORS and name not in ctx.arguments and name not in ctx.known.declared:
        raise Refusal("E134", f"'{name}' is an operator and has no value of its own", node.span,
                      "write what it is applied to, or declare the symbol")
    if name in ctx.uppers and name not in ctx.params:
        ctx.mention(name)
        return lazy(lambda: ctx.last_index(name))
    if name in ctx.sizes and name not in ctx.arguments and (axis := of_declared(name, node, ctx)) is not None:
        return lazy(axis.extent)
    if name in ctx.lengths:
        ctx.assume(f"{name} is the length of the arrays of a linked definition")
        return lazy(ctx.lengths[name].extent)
    if name in ctx.arguments or name in ctx.params or name in ctx.known.declared:
        return parameter_value(name, node, ctx)
    if name in ctx.linked:
        return ctx.linked[name]
    if name in ctx.rename.values():  # x_t under the name x: neither a constant nor what defines a bare x
        return parameter_value(name, node, ctx)
    eq = ctx.known.symbols(name)
    if eq is not None and len(eq.outputs[0].axes) < ctx.ranks.get(name, 0):
        ctx.assume(f"{name} is another one than the number of that name in this document: it carries axes")
    elif eq is not None:
        ctx.overrides[name] = name
        ctx.linked[name] = link(eq, ctx, node.span)
        return ctx.linked[name]
    if name in ctx.axis_names:
        axis = ctx.axis_names[name]
        return lazy(lambda: axis.extent())
    if name in CONSTANTS and not ctx.ranks.get(name):
        return scalar(CONSTANTS[name])
    if name == "e" and not ctx.ranks.get(name):
        ctx.assume("e is Euler's number; declare e in R where it is another one")
        return scalar(sympy.E)
    if (v := extent_of(name, ctx)) is not None:
        return v
    if name == "I" and ctx.ranks.get(name) == 2 and name not in ctx.rectangles:
        return identity(ctx)
    if f"{name}_squared" in ctx.arguments:
        ctx.assume(f"{name} is the nonnegative root of the argument {name}_squared")
        square = parameter_value(f"{name}_squared", node, ctx)
        ctx.require("nonnegative", square)
        return elementwise(al.sqrt, (square,), node.span)
    if (v := root_of_square(name, node, ctx)) is not None:
        return v
    if why := ctx.known.given(name):
        ctx.assume(why)
    return parameter_value(name, node, ctx)


def root_of_square(name: str, node: t.Node, ctx: Context) -> Value | None:
    """``s`` where nothing but ``s^2`` is defined, as a sum of squares: its root."""
    square = f"{name}_squared"
    if square in ctx.taken:
        return None
    try:
        eq = ctx.known.square(name)
    except Refusal:  # s^2 is made of what uses s
        return None
    if eq is None or len(eq.outputs[0].axes) != ctx.ranks.get(name, 0):
        return None
    ctx.assume(f"{name} is the nonnegative root of {square}")
    v = variable(square, node, ctx)
    ctx.require("nonnegative", v)
    ctx.linked[name] = elementwise(al.sqrt, (v,), node.span)
    return ctx.linked[name]


def of_declared(name: str, node: t.Node, ctx: Context) -> AxisVar | None:
    """The declared length of an array in this formula, where the letter has no other meaning in this section."""
    declared = ctx.known.declared.get(name)
    if declared is not None and (declared.axes or declared.function):
        return None
    eq = ctx.known.symbols(name)
    if eq is not None and eq.outputs[0].axes and ctx.known.own(eq):
        return None  # an array is no length: h = f(A x) beside A in R^{h x d}
    if eq is not None:
        lengths = not any(p.axes for p in eq.parameters) and eq.outputs[0].body.is_rational_function()
        if ctx.known.own(eq) and not lengths:  # d = |u - v|, unlike d = n h
            raise Refusal("E188", f"{name} is the length of an array and has a formula of its own", node.span,
                          "give one of the two another letter")
        ctx.assume(f"{name} is the length of an array here, not the {name} of {ctx.known.place(eq)}")
    return ctx.axis_names.get(name)


def identity(ctx: Context) -> Value:
    """The identity matrix of the size that its neighbours give it."""
    ctx.assume("I is the identity matrix")
    axis = AxisVar()

    def at(i: Expr, j: Expr) -> Expr:
        same = sympy.Eq(i, j, evaluate=False)
        return sympy.Piecewise((al.ONE, same), (al.ZERO, sympy.true), evaluate=False)

    return Value((axis, axis), at)


def extent_of(name: str, ctx: Context) -> Value | None:
    """``d_a`` or ``n_a`` of a matrix argument ``a`` (any case): its last or first extent."""
    head, _, tail = name.partition("_")
    if head not in ("d", "n") or not tail or name in ctx.ranks:
        return None
    for other in (*ctx.params, *ctx.arguments):
        if other.lower() == tail.lower() and array_rank(other, ctx) == 2:
            state = ctx.parameter(other)
            axis = state.axes[-1] if head == "d" else state.axes[0]
            axis.rename(name, 1)
            which = "columns" if head == "d" else "rows"
            ctx.assume(f"{name} is the number of {which} of {other}")
            return lazy(axis.extent)
    return None


def parameter_value(name: str, node: t.Node, ctx: Context) -> Value:
    state = ctx.parameter(name, to_latex(node))
    v = Context.read(name, state.axes)
    declared = ctx.known.declared.get(name)
    known = state.axes or (declared is not None and not declared.element)
    return v if known else Value(v.axes, v.at, symbol=name)


def sample(name: str, ctx: Context) -> Value:
    """A sample variable used as a number or vector: one row of its samples."""
    binding = ctx.samples[name]
    base = name.removesuffix("_prime") if name.removesuffix("_prime") in ctx.sample_axes else name
    if base not in ctx.params:
        declared = ctx.known.declared.get(base)
        state = ctx.parameter(base)
        if declared is None:
            state.axes = tuple(_attached() for _ in range(ctx.ranks.get(base, 0)))
        state.axes = (binding.axis, *state.axes)
    state = ctx.params[base]
    v = Context.read(base, state.axes)
    inner = state.axes[1:]
    symbol_name = "" if inner or state.declared else base
    return Value(inner, lambda *rest: v.at(binding.symbol, *rest), symbol=symbol_name)


def _attached() -> AxisVar:
    axis = AxisVar()
    axis.attach()
    return axis
