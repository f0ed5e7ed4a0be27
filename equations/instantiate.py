"""Using one definition inside another: application and linking.

The callee's lets and outputs become lets of the caller under fresh names, its
parameters are replaced by the arguments, and its axes by the arguments' axes.
Arguments with more axes than a parameter has are mapped over the extra, leading
ones: a function of a vector acts on the rows of a matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from . import heads
from .context import Binding, Context, LetState, Promote, Refusal
from .equation import Bound, Comprehension, Condition, Equation, Parameter
from .joints import at_step, is_step, slot_at_step
from .span import Span
from .supplied import inputs, refuse_applied, refuse_functions, supplied
from .values import LETTER, AxisVar, Value, lazy, unify


def link(eq: Equation, ctx: Context, span: Span) -> Value:
    """The value of a definition whose parameters are the caller's own, by name."""
    refuse_functions(eq, ctx, span)
    args = []
    for p in eq.parameters:
        for a in p.axes:
            if a.written and a.lo == 1:
                ctx.length(a.name)
    for p in eq.parameters:
        if p.name in ctx.shadow and p.role != "slot value":
            args.append(_shadowed(p, eq, ctx, span))
            continue
        if not p.axes and p.role != "slot value" and (size := _length(p.name, ctx)) is not None:
            args.append(size)
            continue
        if p.role == "computed value" or (p.role == "slot value" and eq.computed):
            continue
        if p.role == "slot value":
            state = ctx.parameter(p.name, p.latex, "slot value")
            state.axes = state.axes or tuple(_fresh(a.name) for a in p.axes)
        elif p.axes:
            state = ctx.parameter(p.name, p.latex)
            if not state.axes:
                stated = ctx.known.declared.get(p.name)
                if stated is not None and not stated.element:
                    raise Refusal("E201", f"{p.name} is declared a number but {eq.name} needs an array", span)
                raise Promote(p.name, len(p.axes), f"{eq.name} reads its elements", elementwise=p.elastic)
        else:
            state = ctx.parameter(p.name, p.latex)
        state.integer = state.integer or p.integer
        if p.declared and not state.declared:
            state.domain = p.domain
        args.append(Context.read(p.name, state.axes))
    if eq.computed:
        return handed_over(eq, args, ctx, span)
    carry_functions(eq, ctx)
    tell(eq, ctx)
    return bind(eq, tuple(args), ctx, span, ctx.lengths)


def _shadowed(p: Parameter, eq: Equation, ctx: Context, span: Span) -> Value:
    """What takes the place of a parameter of a linked definition here."""
    v = ctx.shadow[p.name]
    if v.rank == len(p.axes):
        return v
    if v.symbol:
        raise Promote(v.symbol, len(p.axes), f"{eq.name} reads its elements", elementwise=p.elastic)
    raise Refusal("E204", f"{eq.name} takes {p.name} with {len(p.axes)} axes, not with {v.rank}", span)


def handed_over(eq: Equation, args: Sequence[Value], ctx: Context, span: Span) -> Value:
    """The value of a definition with values found numerically, itself such a value of the caller."""
    named = dict(zip((p.name for p in inputs(eq)), args, strict=True))
    over = tuple(dict.fromkeys(b for v in args for b in captured(v, ctx)))
    tell(eq, ctx)
    return supplied(eq, named, over, ctx, span)


def carry_functions(eq: Equation, ctx: Context) -> None:
    """The black-box functions that a linked definition applies, and what goes into them."""
    ctx.slots.update({s.value: s for s in eq.slots})
    ctx.handed.update({h.equation.name: h for h in eq.handed})


def tell(eq: Equation, ctx: Context) -> None:
    """Note which definition of this document stands behind a name."""
    if place := ctx.known.place(eq):
        ctx.assume(f"{eq.name} is the one defined in {place}")


def apply(eq: Equation, args: tuple[Value, ...], ctx: Context, span: Span) -> Value:
    """The value of ``eq`` at the given arguments; missing ones are the caller's own.

    A definition without arguments on its left takes its symbols in the order of call.
    """
    refuse_functions(eq, ctx, span)
    refuse_applied(eq, span)
    stepped = is_step(eq, ctx) and bool(eq.slots)
    left = [p for p in eq.parameters if p.role == "argument"]
    if not left and not eq.slots:
        left = sorted(inputs(eq), key=lambda p: eq.call_order.index(p.name))
    if len(args) != len(left) and not (stepped and len(args) == 2):
        raise Refusal(
            "E203", f"{eq.name} takes {len(left)} arguments and is given {len(args)}", span,
            f"write {eq.name}({', '.join(p.name for p in left)})",
        )
    given = dict(zip((p.name for p in left) if not stepped else eq.call_order, args, strict=not stepped))
    full = []
    for p in inputs(eq) if eq.computed else eq.parameters:
        if p.name in given:
            v: Value | None = given[p.name]
            assert v is not None
            if p.axes and v.rank < len(p.axes):
                if v.symbol:
                    raise Promote(v.symbol, v.depth + len(p.axes), f"it is handed to {eq.name}")
                raise Refusal(
                    "E204", f"{eq.name} takes an array with {len(p.axes)} axes as {p.name}, "
                    f"not one with {v.rank}", span,
                )
            if p.integer and not v.rank:
                _count(eq.name, p.name, v, ctx, span)
            full.append(v)
        elif p.name in ctx.shadow:
            full.append(_shadowed(p, eq, ctx, span))
        elif stepped and p.role == "slot value":
            full.append(slot_at_step(p, eq, given, ctx, span))
        elif (v := at_step(p, eq, ctx)) is not None:
            full.append(v)
        else:
            state = ctx.parameter(p.name, p.latex)
            if p.axes and not state.axes:
                raise Promote(p.name, len(p.axes), f"{eq.name} reads its elements", elementwise=p.elastic)
            state.integer = state.integer or p.integer
            full.append(Context.read(p.name, state.axes))
    if eq.computed:
        return handed_over(eq, full, ctx, span)
    if not stepped:
        carry_functions(eq, ctx)
    tell(eq, ctx)
    return bind(eq, tuple(full), ctx, span)


def _count(callee: str, name: str, v: Value, ctx: Context, span: Span) -> None:
    """What is handed over for a bound or a position is a whole number, and so are the numbers in it."""
    e = v.at()
    numbers = {x: Symbol(x.name, integer=True) for x in e.free_symbols if x.name in ctx.params}
    if e.subs(numbers).is_integer is not True:
        raise Refusal("E204", f"{callee} takes a whole number as {name}, not any number", span,
                      "hand over a number or sums of letters that count")
    for x in numbers:
        ctx.params[x.name].integer = True


def _fresh(hint: str) -> AxisVar:
    axis = AxisVar(hint, LETTER)
    axis.attach()
    return axis


def _length(name: str, ctx: Context) -> Value | None:
    """The length of an axis of the caller where the callee takes it as a number."""
    if name in ctx.uppers and name not in ctx.params:
        return lazy(lambda: ctx.last_index(name))
    return lazy(ctx.lengths[name].extent) if name in ctx.lengths else None


def bind(
    eq: Equation, args: tuple[Value, ...], ctx: Context, span: Span, lengths: Mapping[str, AxisVar] | None = None
) -> Value:
    """Copy the callee's comprehensions into the caller over the arguments.

    ``lengths`` are axes that bear the same name in both.
    """
    axes: dict[str, AxisVar] = {}

    def axis(name: str, lo: int) -> AxisVar:
        if name not in axes:
            fixed = name.isdigit() and lo == 1
            axes[name] = ctx.named_axis(name) if fixed else AxisVar(name, LETTER, None if lo == 1 else lo)
            if lo == 1 and lengths and name in lengths:
                axes[name] = lengths[name]
        return axes[name]

    lead: tuple[AxisVar, ...] = ()
    for p, v in zip(eq.parameters, args, strict=True):
        extra = v.rank - len(p.axes)
        for own, theirs in zip(v.axes[extra:], p.axes, strict=True):
            unify(own, axis(theirs.name, theirs.lo), span)
        if extra > 0:
            if lead and len(lead) != extra:
                raise Refusal("E205", f"the arguments of {eq.name} have unequal leading axes", span)
            for a, b in zip(lead, v.axes[:extra], strict=False):
                unify(a, b, span)
            lead = lead or v.axes[:extra]
    inner = (*ctx.bindings.values(), *ctx.samples.values())
    captures = any(_at_places(v).free_symbols & {b.symbol for b in inner} for v in args)
    if captures and heads.differentiated_by(*(c.body for c in (*eq.lets, *eq.outputs))):
        # What is differentiated by is a let, and a let stands outside of every sum: one for all indices.
        over = tuple(dict.fromkeys(b for v in args for b in captured(v, ctx)))
        at_all = bind(eq, tuple(lifted(v, over, span) if captured(v, ctx) else v for v in args), ctx, span, lengths)
        return Value(at_all.axes[len(over) :], lambda *rest: at_all.at(*(b.symbol for b in over), *rest))
    if not captures:
        args = tuple(
            ctx.define(p.name, v) if _worth_keeping(eq, p.name, v) else v
            for p, v in zip(eq.parameters, args, strict=True)
        )
    by_name = dict(zip((p.name for p in eq.parameters), args, strict=True))
    ranks = {p.name: len(p.axes) for p in eq.parameters}
    placed: dict[str, Value] = {}

    def rewrite(e: Expr, lead_at: tuple[Expr, ...], own: dict[Symbol, Expr]) -> Expr:
        return _rewrite(eq.name, e, by_name, ranks, placed, axes, lead_at, ctx, own)

    def place(c: Comprehension) -> Value:
        own = tuple(axis(a.name, a.lo) for a in c.axes)

        def body(*at: Expr) -> Expr:
            own_at = {b.symbol: i for b, i in zip(c.bounds, at[len(lead) :], strict=True)}
            return rewrite(c.body, at[: len(lead)], own_at)

        if captures:
            # A let stands outside of every sum, where the indices of the arguments mean nothing.
            placed[c.name] = Value((*lead, *own), body)
            return placed[c.name]
        ctx.copy(eq.name)
        name = ctx.fresh_let(c.name)
        symbols = (
            *(ctx.indices.new("r") for _ in lead),
            *(ctx.indices.new(b.symbol.name) for b in c.bounds),
        )
        ctx.lets[name] = LetState(name, symbols, (*lead, *own), lambda: body(*symbols), c.latex)
        placed[c.name] = Context.read(name, (*lead, *own))
        return placed[c.name]

    for let in eq.lets:
        place(let)
    if len(eq.outputs) != 1:
        raise Refusal("E206", f"{eq.name} has several results and cannot stand in a formula", span)
    # A density that is an exponential is read by its logarithm; a product with other factors may be negative.
    density = eq.density if eq.density is not None and isinstance(eq.outputs[0].body, sympy.exp) else None
    out = place(eq.outputs[0] if density is None else density.log.outputs[0])
    for c in eq.defined_when:
        ctx.carried.append(_carry(c, rewrite, lead, inner, ctx))
    if density is not None:
        made = Value(out.axes, lambda *at: al.apply(sympy.exp, out.at(*at)))
        return made if out.rank else replace(made, log=out.at)
    return out


def captured(v: Value, ctx: Context) -> tuple[Binding, ...]:
    """The indices and sample variables that a value depends on."""
    free = _at_places(v).free_symbols
    return tuple(b for b in (*ctx.bindings.values(), *ctx.samples.values()) if b.symbol in free)


def lifted(v: Value, over: Sequence[Binding], span: Span) -> Value:
    """A value at every index that it depends on: with an axis for each in front."""
    if any(not b.whole and not (b.top and b.first == 1 and b.shift == 0) for b in over):
        raise Refusal("E190", "a derivative at an index that does not run over a whole axis is not supported here",
                      span, "name the values over the whole axis as an array, and differentiate at these",
                      unsupported=True)
    for b in over:
        b.axis.attach()

    def at(*places: Expr) -> Expr:
        values = {b.symbol: i for b, i in zip(over, places, strict=False)}
        return al.substitute(v.at(*places[len(over) :]), values)

    return Value((*(b.axis for b in over), *v.axes), at) if over else v


def _at_places(v: Value) -> Expr:
    """An element of a value at made-up positions."""
    return v.at(*(heads.index(f"_{k}") for k in range(v.rank)))


def _worth_keeping(eq: Equation, name: str, v: Value) -> bool:
    """An argument that is an expression becomes a let; a bare name is passed on."""
    if v.rank == 0:
        return False
    probe = [heads.index(f"_{k}") for k in range(v.rank)]
    e = v.at(*probe)
    return not (isinstance(e, sympy.Indexed) and list(e.indices) == probe)


def _carry(
    c: Condition,
    rewrite: Callable[[Expr, tuple[Expr, ...], dict[Symbol, Expr]], Expr],
    lead: tuple[AxisVar, ...],
    inner: tuple[Binding, ...],
    ctx: Context,
) -> Callable[[], Condition]:
    """The callee's condition in the caller's terms, over the caller's indices that it mentions."""
    lead_symbols = tuple(ctx.indices.new("r") for _ in lead)
    own: dict[Symbol, Expr] = {b.symbol: ctx.indices.new(b.symbol.name) for b in c.bounds}

    def make() -> Condition:
        expr = rewrite(c.expr, lead_symbols, own)
        bounds = tuple(
            Bound(own[b.symbol], rewrite(b.lo, lead_symbols, own), rewrite(b.hi, lead_symbols, own))
            for b in c.bounds
        )
        around = tuple(Bound(b.symbol, b.lo(), b.hi()) for b in inner if b.symbol in expr.free_symbols)
        ahead = tuple(Bound(s, *a.bounds()) for s, a in zip(lead_symbols, lead, strict=True))
        return Condition(c.sign, expr, (*around, *ahead, *bounds))

    return make


def _rewrite(
    callee: str,
    e: Expr,
    args: dict[str, Value],
    ranks: dict[str, int],
    placed: dict[str, Value],
    axes: dict[str, AxisVar],
    lead_at: tuple[Expr, ...],
    ctx: Context,
    own: dict[Symbol, Expr],
) -> Expr:
    """A callee body in the caller's terms; index symbols become unique to the caller.

    ``placed`` are the callee's definitions there, ``own`` what stands for its free indices.
    """

    def at(name: str, index: tuple[Expr, ...]) -> Expr:
        v = args[name]
        extra = v.rank - ranks[name]
        return v.at(*lead_at[:extra], *index)

    def go(x: Expr, local: dict[Symbol, Expr]) -> Expr:
        ctx.copy(callee)
        if isinstance(x, sympy.Indexed):
            name = x.base.label.name
            index = tuple(go(i, local) for i in x.indices)
            return placed[name].at(*lead_at, *index) if name in placed else at(name, index)
        if isinstance(x, Symbol):
            if x in local:
                return local[x]
            if heads.is_extent(x):
                return axes[x.name].extent() if x.name in axes else x
            if heads.is_index(x):
                return x
            if x.name in placed:
                return placed[x.name].at(*lead_at)
            return at(x.name, ()) if x.name in args else x
        if isinstance(x, heads.InverseElement | heads.Determinant):
            name = x.args[0].name
            array, which = _array_name(placed[name] if name in placed else args[name], name)
            if lead_at:
                raise Refusal("E207", "a matrix operation is mapped over rows", Span(0, 0), unsupported=True)
            own_at = [go(i, local) for i in x.args[1:]]
            own_at[_AT[type(x)] : _AT[type(x)]] = which  # the caller's place in an array of matrices comes first
            return x.func(Symbol(array), *own_at, evaluate=False)
        if isinstance(x, heads.Partial):
            return _partial(x, go(x.args[0], local), placed, lead_at, tuple(go(i, local) for i in x.args[2:]))
        bound = al.bound_symbols(x)
        if bound:
            local = {**local, **{b: ctx.indices.new(b.name.split("_")[0]) for b in bound}}
            if isinstance(x, sympy.Sum | sympy.Product):
                limits = [(local[i], go(lo, local), go(hi, local)) for i, lo, hi in x.limits]
                return al.over(type(x), go(x.function, local), *limits)
            return x.func(go(x.args[0], local), local[x.args[1]], *(go(a, local) for a in x.args[2:]),
                          evaluate=False)
        if not x.args:
            return x
        return al.rebuild(x, tuple(go(a, local) for a in x.args))

    return go(e, own)


def _partial(
    x: heads.Partial, of: Expr, placed: dict[str, Value], lead_at: tuple[Expr, ...], at: tuple[Expr, ...]
) -> Expr:
    """A derivative of the callee in the caller's terms: of a let by a let, of each row by its own."""
    by = placed[x.args[1].name].at(*lead_at, *at)
    name, where = (by.base.label.name, by.indices) if isinstance(by, sympy.Indexed) else (by.name, ())
    return heads.Partial(of, heads.parameter(name), *where, evaluate=False)


#: Where the place in an array of matrices stands among the further arguments of a head.
_AT: dict[type[Expr], int] = {heads.InverseElement: 2, heads.Determinant: 0}


def _array_name(v: Value, hint: str) -> tuple[str, tuple[Expr, ...]]:
    """The name of an array value that is a parameter or let, or an element of one, and which."""
    e = _at_places(v)
    own = tuple(heads.index(f"_{k}") for k in range(v.rank))
    if isinstance(e, sympy.Indexed) and tuple(e.indices[len(e.indices) - v.rank :]) == own:
        return str(e.base.label.name), tuple(e.indices[: len(e.indices) - v.rank])
    raise Refusal("E208", f"{hint} must be a named matrix here", Span(0, 0), unsupported=True)
