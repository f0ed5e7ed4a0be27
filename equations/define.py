"""One definition: from ``name(arguments) = expression`` to an ``Equation``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from sympy import Symbol

from . import algebra as al
from . import evidence
from .asked import (
    amounts,
    applied_names,
    refuse_charges,
    refuse_elements_above,
    refuse_worded_powers,
    refuse_zeroth_powers,
)
from .context import Context, Knowledge, Length, Promote, Refusal, Result, Taken, Widen, over_axis
from .densities import parts_of
from .elaborate import elaborate
from .equation import Equation
from .finish import finish
from .joints import Walk
from .latex import tree as t
from .names import letter, safe
from .parted import density_results, with_density
from .regions import declared_by
from .sized import hull
from .span import Span
from .target import Target, is_word
from .values import LETTER, AxisVar, ShapeMismatch, Value


def refuse_bound_goal(goal: Target, rhs: t.Node) -> None:
    """A letter on the left-hand side must not be an index that the right-hand side binds."""
    bound = evidence.own_letters(rhs)
    compared = evidence.bound_letters(rhs) - set(goal.indices)
    below = goal.symbol.subs if goal.symbol is not None else ()
    for side in (*goal.argument_nodes, *below):
        if side in below and is_word(side, rhs):
            continue
        for node in t.walk(side):
            x = letter(node) if isinstance(node, t.Name) else None
            if x in bound or (x in compared and side in below):
                raise Refusal("E149", f"{x} stands on the left-hand side and is an index of an operator on the right",
                              side.span, f"give the index of the operator a letter other than {x}")


def define(
    goal: Target,
    rhs: t.Node,
    known: Knowledge,
    span: Span,
    latex: str = "",
    ranks: Mapping[str, int] | None = None,
    prepare: Callable[[Context], None] | None = None,
    notes: tuple[str, ...] = (),
    sides: Callable[[Context], Mapping[str, Value]] | None = None,
) -> Equation:
    """The equation that a right-hand side defines; with ``sides``, one output for each of their values.

    Elaborates until no symbol has to be given more axes.  Raises ``Refusal`` or
    ``ShapeMismatch``.
    """
    known = declared_by(rhs, known)
    letters = evidence.bound_letters(rhs) | set(goal.indices)
    refuse_bound_goal(goal, rhs)
    for refuse in (refuse_zeroth_powers, refuse_worded_powers, refuse_elements_above, refuse_charges):
        refuse(rhs, goal.arguments, known)
    found = evidence.ranks(rhs, letters)
    evidence.norms(rhs, found, letters)
    for name, rank in (ranks or {}).items():
        found[name] = max(found.get(name, 0), rank)
    for name in goal.distributions:
        found.pop(name, None)
    bare = evidence.bare_names(rhs)
    uppers = frozenset(
        x for x in evidence.written_bounds(rhs)
        if x not in goal.indices and x not in goal.arguments and x not in known.declared
        and x not in letters and known.symbols(x) is None
    )
    sizes = {
        axis
        for sym in evidence.symbols_in(rhs)
        for name in {sym.whole, safe(sym.base)}
        if (d := known.declared.get(name)) is not None and not d.function
        for axis in d.axes
    }
    reasons: list[str] = []
    swept: set[str] = set()
    lengths: set[str] = set()
    taken = frozenset((goal.name,))
    ends = evidence.ends_named(rhs)
    hulls: dict[str, tuple[int, int]] = {}
    for (_, top), reach in ends.items():
        hulls[top] = hull(hulls.get(top, reach), reach)
    for _ in range(40):
        ctx = Context(known, dict(found), bare, frozenset(swept), goal.arguments)
        ctx.uppers, ctx.hulls, ctx.spans = uppers, hulls, dict(ends)
        ctx.sizes = frozenset(x for x in sizes if not x.isdigit())
        ctx.letters = frozenset(evidence.bound_letters(rhs))
        ctx.rectangles = frozenset(evidence.rectangles(rhs))
        ctx.amounts, ctx.applied, ctx.taken = amounts(rhs), applied_names(rhs), taken
        ctx.walk = None if goal.chain is None else Walk(goal.chain)
        for note in notes:
            ctx.assume(note)
        for length in evidence.repeats(rhs):
            ctx.named_axis(length)
        if prepare is not None:
            prepare(ctx)
        for axis in sizes:
            ctx.named_axis(axis)
        ctx.lengths = {name: AxisVar(name, LETTER) for name in lengths}
        for name in goal.arguments:
            ctx.mention(name)
        bindings = {
            x: over_axis(ctx.indices.new(safe(x)), AxisVar(x.upper() if len(x) == 1 else x, LETTER))
            for x in goal.indices
        }
        try:
            with ctx.bind(bindings):
                values = sides(ctx) if sides is not None else {goal.name: elaborate(rhs, ctx)}
        except Widen:
            continue
        except Taken as by:
            taken |= {by.name}
            continue
        except Length as need:
            lengths.add(need.name)
            continue
        except Promote as need:
            if found.get(need.name, 0) >= need.rank or _fixed(need.name, known):
                raise ShapeMismatch(
                    f"{need.name} needs {need.rank} axes here: {need.reason}", rhs.span,
                    f"declare {need.name}, e.g. ${need.name} \\in \\mathbb{{R}}^{{n}}$",
                ) from None
            found[need.name] = need.rank
            kind = {1: "a vector", 2: "a matrix"}.get(need.rank, f"an array with {need.rank} axes")
            reasons.append(f"{need.name} is {kind}: {need.reason}")
            if need.elementwise:
                swept.add(need.name)
            continue
        for reason in reasons:
            ctx.assume(reason)
        for name, rank in found.items():
            said = any(reason.startswith(f"{name} is a matrix: ") for reason in reasons)
            if name in ctx.params and not ctx.params[name].declared and rank == 2 and not said:
                ctx.assume(f"{name} is a matrix")
        outer = tuple(bindings[x].axis for x in goal.indices)
        symbols = tuple(bindings[x].symbol for x in goal.indices)
        if len(symbols) == 2 and symbols[0] == symbols[1]:
            ctx.assume(f"{goal.name} is a diagonal matrix: only its diagonal is given")
            symbols = (symbols[0], ctx.indices.new(safe(goal.indices[0])))
            values = {name: _on_diagonal(value, *symbols) for name, value in values.items()}
        results: tuple[Result, ...] = tuple((name, value, outer, symbols) for name, value in values.items())
        law = ctx.laws[-1] if ctx.laws and sides is None and parts_of(rhs) is not None else None
        beside = [] if outer or sides is not None else density_results(goal.name, values[goal.name], law)
        equation = finish(goal, (*results, *beside), ctx, span, latex, swept)
        return with_density(equation, law, goal) if beside else equation
    raise Refusal("E199", "the ranks of the symbols do not settle", span, "declare the shapes")


def _on_diagonal(v: Value, i: Symbol, j: Symbol) -> Value:
    """A value where two indices are equal, and zero elsewhere."""
    same = sympy.Eq(i, j, evaluate=False)
    return Value(v.axes, lambda *at: sympy.Piecewise((v.at(*at), same), (al.ZERO, sympy.true), evaluate=False))


def _fixed(name: str, known: Knowledge) -> bool:
    """Whether a declaration fixes the axes of a name."""
    declared = known.declared.get(name)
    return declared is not None and not declared.element
