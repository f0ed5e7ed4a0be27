"""Subtract the mean before squaring; deviations from it sum to zero.

    (1/n) Σ_i x_i² − ((1/n) Σ_i x_i)²  =  (1/n) Σ_i (x_i − μ)²,   μ = (1/n) Σ_i x_i
    Σ_i (x_i − μ)                      =  0

Before: the stage ``frozen``.  After `center`: no difference of a mean of squares and the square
of that mean over the same range is left (seen through lets); after `settle`: no sum of
deviations.  ``n`` must be the number of elements, which makes the two sides equal.
"""

from __future__ import annotations

from ..binding import alpha_equal, substitute
from ..context import Context, rewrite
from ..expr import Call, Element, Expr, Index, Program, Range, Reduce, Var
from ..means import Mean, mean, square_root
from ..positions import ZERO
from ..sums import same


def center(program: Program) -> Program:
    """Every body with its variances in two passes."""
    return rewrite(program, _rule)


def settle(program: Program) -> Program:
    """Every sum of deviations from a mean as the zero that it is: what derivatives leave of a variance.

    Not for a program that corrects its means already: there such a sum is their rounding.
    """
    return rewrite(program, _zero)


def _zero(context: Context, e: Expr) -> Expr | None:
    match e:
        case Reduce("sum", r, Call("sub", (value, centre))):
            return ZERO if _is_mean(context, centre, value, r) or _is_mean(context, value, centre, r) else None
    return None


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("sub", (x, y)):
            pass
        case _:
            return None
    of_squares, of_values = mean(context, x), _root_mean(context, y)
    if of_squares is None or of_values is None:
        return None
    r, q = of_squares.range, of_values.range
    if not (same(r.lo, q.lo) and same(r.hi, q.hi) and alpha_equal(of_squares.n, of_values.n)):
        return None
    value = substitute(of_values.body, {q.name: Index(r.name)}, context.names)
    squared = square_root(of_squares.body)
    if squared is None or not alpha_equal(squared, value):
        return None
    mu = context.name(Call("div", (Reduce("sum", q, of_values.body), of_values.n)), "mean")
    deviation = Call("square", (Call("sub", (value, mu)),))
    return Call("div", (Reduce("sum", r, deviation), of_squares.n))


def _is_mean(context: Context, e: Expr, value: Expr, r: Range) -> bool:
    """Is ``e`` the mean of the values over a range?"""
    found = mean(context, e)
    if found is None or not (same(found.range.lo, r.lo) and same(found.range.hi, r.hi)):
        return False
    return alpha_equal(substitute(found.body, {found.range.name: Index(r.name)}, context.names), value)


def _root_mean(context: Context, e: Expr) -> Mean | None:
    """The mean that ``e`` is the square of."""
    if isinstance(e, Var | Element):
        shown = context.look(e)
        return None if shown is e else _root_mean(context, shown)
    match e:
        case Call("square", (m,)):
            return mean(context, m)
        case Call("div", (Call("square", (x,)), Call("square", (n,)))):
            return mean(context, Call("div", (x, n)))
        case Call("mul", (x, y)) if alpha_equal(x, y):
            return mean(context, x)
    return None
