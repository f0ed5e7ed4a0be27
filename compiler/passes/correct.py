"""Take out of deviations what the mean's rounding put in.

    Σ_i (x_i − m)²  =  Σ_i (x_i − μ)² − (Σ_i (x_i − μ))² / n,   μ = the rounded mean, m = the exact one
    x_i − m         =  (x_i − μ) − (Σ_i (x_i − μ)) / n          outside of sums

Before: the stage ``frozen``.  After: a sum of squares of deviations from the mean over the same
whole range (seen through lets), and a deviation that is no part of a sum, have their correction:
one more sum, in the loop of the squares where there is one.  In exact arithmetic the correction is
zero; equal elements give a variance of exactly 0, and none is negative.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from ..binding import Part, alpha_equal, renamed, substitute
from ..context import Context, rewrite
from ..expr import ArrayOp, Call, Compare, Const, Expr, Index, Program, Range, Reduce, Select
from ..means import mean, square_root
from ..positions import ZERO
from ..sums import same


def correct(program: Program) -> Program:
    """Every body with its variances and deviations corrected."""
    program = rewrite(program, _variance)
    context = Context(program)
    for let in program.lets:
        context.add(_settled(context, let))
    outputs = tuple(_settled(context, o) for o in program.outputs)
    return replace(program, lets=tuple(context.lets.values()), outputs=outputs)


def _variance(context: Context, e: Expr) -> Expr | None:
    if not (isinstance(e, Reduce) and e.monoid == "sum"):
        return None
    deviation = square_root(e.body)
    if not (isinstance(deviation, Call) and deviation.prim == "sub"):
        return None
    n = _count(context, e.range, *deviation.args) or _count(context, e.range, *deviation.args[::-1])
    if n is None:
        return None
    r = Range(context.names.fresh(e.range.name), e.range.lo, e.range.hi)
    moved = Reduce("sum", r, substitute(deviation, {e.range.name: Index(r.name)}, context.names))
    if any(isinstance(let.body, Reduce) and alpha_equal(let.body, moved) for let in context.program.lets):
        return None  # corrected already
    squares, drift = context.name(e, "squares"), context.name(moved, "drift")
    rest = Call("sub", (squares, Call("div", (Call("square", (drift,)), n))))
    finite = Compare("<", squares, Const(inf))
    return Select(finite, Call("max", (rest, ZERO)), squares)


def _settled(context: Context, part: Part) -> Part:
    """The part with its deviations outside of sums corrected."""
    part = context.part(part, lambda context, e: None)
    if isinstance(part.body, ArrayOp):
        return part
    return replace(part, body=_outside(context, part.body, part.ranges))


def _outside(context: Context, e: Expr, ranges: tuple[Range, ...]) -> Expr:
    match e:
        case Reduce():
            return e
        case Call("sub", (Call("sub") as once, taken)) if _is_drift(context, once, ranges, taken):
            return e  # corrected already
        case Call("sub") if (found := _drift(context, e, ranges)) is not None:
            return Call("sub", (e, found))
    return e.rebuild(lambda child: _outside(context, child, ranges))


def _is_drift(context: Context, e: Call, ranges: tuple[Range, ...], taken: Expr) -> bool:
    match context.look(taken):
        case Call("div", (moved, _)):
            return _drift(context, e, ranges, moved) is not None
    return False


def _drift(context: Context, e: Call, ranges: tuple[Range, ...], known: Expr | None = None) -> Expr | None:
    """What to take off a deviation from a mean; only where ``known`` is its sum, if that is given."""
    value, centre = e.args
    found = mean(context, centre)
    if found is None:
        return None
    for r in ranges:
        if not (same(found.range.lo, r.lo) and same(found.range.hi, r.hi)):
            continue
        if not alpha_equal(substitute(found.body, {found.range.name: Index(r.name)}, context.names), value):
            continue
        (again,), values = renamed((r,), context.names)
        moved = Reduce("sum", again, substitute(e, values, context.names))
        if known is not None and not alpha_equal(context.look(known), moved):
            return None
        return Call("div", (context.name(moved, "drift") if known is None else known, found.n))
    return None


def _count(context: Context, r: Range, value: Expr, centre: Expr) -> Expr | None:
    """The number of values where ``centre`` is their mean over ``r``."""
    found = mean(context, centre)
    if found is None or not (same(found.range.lo, r.lo) and same(found.range.hi, r.hi)):
        return None
    body = substitute(found.body, {found.range.name: Index(r.name)}, context.names)
    return found.n if alpha_equal(body, value) else None
