"""Take out of a sum of squared deviations what the mean's rounding put in.

    Σ_i (x_i − m)²  =  Σ_i (x_i − μ)² − (Σ_i (x_i − μ))² / n,   μ = the rounded mean, m = the exact one

Before: the stage ``frozen``.  After: a sum of squares of deviations from the mean over the same
whole range (seen through lets) has its correction: one more sum in the same loop.  In exact
arithmetic the correction is zero; equal elements give exactly 0, and no value is negative.
"""

from __future__ import annotations

from math import inf

from ..binding import alpha_equal, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Expr, Index, Program, Range, Reduce, Select
from ..means import mean, square_root
from ..positions import ZERO
from ..sums import same


def correct(program: Program) -> Program:
    """Every body with its variances corrected."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
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


def _count(context: Context, r: Range, value: Expr, centre: Expr) -> Expr | None:
    """The number of values where ``centre`` is their mean over ``r``."""
    found = mean(context, centre)
    if found is None or not (same(found.range.lo, r.lo) and same(found.range.hi, r.hi)):
        return None
    body = substitute(found.body, {found.range.name: Index(r.name)}, context.names)
    return found.n if alpha_equal(body, value) else None
