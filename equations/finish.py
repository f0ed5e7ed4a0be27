"""The end of an elaboration: axes get their names and bodies are made."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .axisnames import name_axes
from .computed import taken_apart
from .context import Context, Refusal, Result
from .derivatives import without_copies
from .domain import REAL, SIMPLEX, Domain
from .equation import Averaged, Bound, Comprehension, Condition, Equation, Parameter
from .merge import merge
from .natural import domains
from .positions import positions
from .span import Span
from .target import Target
from .terms import refuse_endless

#: Parameters that callers do not pass stand behind the others.
BEHIND = {"slot value": 1, "computed value": 2}


def finish(
    goal: Target, results: tuple[Result, ...], ctx: Context, span: Span, latex: str, swept: set[str]
) -> Equation:
    """Name the axes and make every body."""
    for name in ctx.uppers:
        if name in ctx.order and name not in ctx.extents:
            ctx.parameter(name)
    for name, e in ctx.extents.items():
        if not e.axis.find().attached:
            state = ctx.parameter(name)
            state.integer = True
            state.domain = Domain("integer", lo=Fraction(e.lo))
        elif name in ctx.order:
            ctx.order.remove(name)
    for name in goal.arguments:
        if not (name in ctx.params or _passes_through(name, ctx)):
            ctx.parameter(name)
            ctx.assume(f"{name} does not occur on the right-hand side")
    if not goal.is_function and goal.name in ctx.params and any(r[0] == goal.name for r in results) and (
        ctx.params[goal.name].role != "state"
    ):
        raise Refusal("E136", f"{goal.name} is defined by itself", span,
                      "give one of the two another name, or write a step: x_{t+1} = … x_t")
    _equal_spans(ctx, span)
    _tell_of_further(ctx)
    _start_stretched(ctx)
    for i, place in ctx.numbers.items():
        if i in ctx.valued:
            raise Refusal("E213", f"the values that {i.name} takes are not known, only how many there are", place,
                          "give the values as an array, e.g. x_i p_i")
        ctx.assume(f"{i.name} counts 1, 2, … as a number")
    name_axes(ctx, results)
    lets = tuple(
        Comprehension(
            let.name,
            tuple(Bound(s, *a.bounds()) for s, a in zip(let.indices, let.axes, strict=True)),
            let.body(), tuple(a.axis() for a in let.axes), let.latex,
        )
        for let in ctx.lets.values()
    )
    outputs = []
    for name, value, outer, symbols in results:
        inner = tuple(ctx.indices.new("i") for _ in value.axes)
        axes = (*outer, *value.axes)
        bounds = tuple(Bound(s, *a.bounds()) for s, a in zip((*symbols, *inner), axes, strict=True))
        outputs.append(Comprehension(name, bounds, value.at(*inner), tuple(a.axis() for a in axes), latex))
    refuse_endless(goal.name, tuple(c.body for c in (*lets, *outputs)), span)
    # A condition on the copy of a letter by which a formula is differentiated is one on the letter.
    conditions = tuple(
        replace(c, expr=without_copies(c.expr, ctx.copies))
        for c in (*_conditions(ctx), *(make() for make in ctx.carried))
    )
    equation = Equation(
        goal.name,
        parameters(goal, ctx, conditions),
        lets,
        tuple(outputs),
        conditions,
        tuple(n for n in ctx.order if n in ctx.params or _passes_through(n, ctx)),
        tuple(
            replace(s, axes=tuple(a.axis() for a in ctx.slot_axes.get(v, ((), ()))[0]),
                    argument_axes=tuple(
                        tuple(a.axis() for a in axes) for axes in ctx.slot_axes.get(v, ((), ()))[1]))
            for v, s in ctx.slots.items()
        ),
        tuple(ctx.overrides.items()),
        tuple((at(), axis.axis()) for at, axis in ctx.reads),
        latex,
        tuple(ctx.assumptions),
        span,
        handed=tuple(ctx.handed.values()),
        averaged=tuple(Averaged(n, axis.axis().name, law, given) for n, (axis, law, given) in ctx.averaged.items()),
    )
    if ctx.computed:
        return taken_apart(equation, ctx, span)
    equation = merge(equation)
    return replace(equation, reads=tuple(dict.fromkeys((*equation.reads, *positions(equation, span)))))


def _start_stretched(ctx: Context) -> None:
    """Arrays that are read at ``2 i`` start at their element 0 where that is read."""
    for axis, at, binding in ctx.stretched:
        first = at().subs(binding.symbol, binding.lo())
        others = (x() for x, a in ctx.reads if a.find() is axis.find())
        if first == 0 or any(x == 0 for x in others):
            axis.start(0)


def _equal_spans(ctx: Context, span: Span) -> None:
    """Refuse undeclared arrays that one written bound gives different lengths."""
    for top, e in ctx.extents.items():
        for (array, upper), (lo, shift) in ctx.spans.items():
            if upper == top and array and (lo, shift) != (e.lo, e.shift) and array not in ctx.known.declared:
                ends = [f"{top}{k:+d}" if k else top for k in (shift, e.shift)]
                raise Refusal(
                    "E212", f"{array} is read from {lo} to {ends[0]}, another array from {e.lo} to {ends[1]}", span,
                    f"declare the length of {array}, e.g. ${array} \\in \\mathbb{{R}}^{{{top}}}$", unsupported=True,
                )


def _tell_of_further(ctx: Context) -> None:
    """Say which undeclared arrays have more elements than the bound of their index counts."""
    for (array, top), (_, shift) in ctx.spans.items():
        if array and shift > 0 and top in ctx.extents and array not in ctx.known.declared:
            ctx.assume(f"{array} is read up to {array}_{{{top}+{shift}}}, an element of its own: nothing wraps around")


def _first_index(name: str, ctx: Context) -> int:
    """The least position that an integer parameter may have."""
    for at, axis in ctx.reads:
        if name in {s.name for s in at().free_symbols}:
            return axis.lo
    return 1


def _passes_through(name: str, ctx: Context) -> bool:
    """A slot, or what is only handed to slots or to routines, or goes into what is handed to them."""
    if any(name == n for c in ctx.computed.values() for _, n in c.takes):
        return True
    if any(c.formula is not None and name in c.formula.call_order for c in ctx.computed.values()):
        return True
    for s in ctx.slots.values():
        if name == s.slot or name in s.arguments or f"{name}_prime" in s.arguments:
            return True
    return any(name in h.equation.call_order for h in ctx.handed.values())


def parameters(goal: Target, ctx: Context, conditions: tuple[Condition, ...]) -> tuple[Parameter, ...]:
    """Parameters in the order of call, slot values last."""
    natural = domains(conditions)
    states = [ctx.params[n] for n in ctx.order if n in ctx.params]
    states += [s for s in ctx.params.values() if s not in states]
    states.sort(key=lambda s: BEHIND.get(s.role, 0))
    out = []
    for s in states:
        domain = s.domain
        if not s.declared:
            if s.name in goal.distributions and len(s.axes) == 1:
                domain = SIMPLEX
                ctx.assume(f"{s.name} is a probability vector: it stands beside ‖")
            elif s.integer and domain == REAL:
                domain = Domain("integer", lo=Fraction(_first_index(s.name, ctx)))
            elif s.name in natural and domain == REAL:
                domain = natural[s.name]
            elif domain == REAL and s.name in ctx.quadratic and len(s.axes) >= 2:
                ctx.assume(f"{s.name} is symmetric positive definite: its inverse stands in a quadratic form")
                domain = Domain("spd")
        out.append(
            Parameter(s.name, tuple(a.axis() for a in s.axes), domain, s.role, s.latex, s.integer, s.declared,
                      s.name in ctx.elementwise and s.role != "argument")
        )
    return tuple(out)


def _conditions(ctx: Context) -> tuple[Condition, ...]:
    out = []
    for sign, v, bindings in ctx.conditions:
        symbols = tuple(ctx.indices.new("i") for _ in v.axes)
        e = v.at(*symbols)
        if e.is_number:
            continue
        free = e.free_symbols
        bounds = [Bound(b.symbol, b.lo(), b.hi()) for b in bindings if b.symbol in free]
        bounds += [Bound(s, *a.bounds()) for s, a in zip(symbols, v.axes, strict=True)]
        out.append(Condition(sign, e, tuple(bounds)))
    return tuple(dict.fromkeys(out))
