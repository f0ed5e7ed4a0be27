"""Means over whole ranges, seen through lets."""

from __future__ import annotations

from dataclasses import dataclass

from .binding import alpha_equal
from .context import Context
from .expr import Call, Element, Expr, Range, Reduce, Var
from .matching import factors
from .positions import ONE, minus, plus
from .sums import same


@dataclass(frozen=True, slots=True)
class Mean:
    """``(1/n) Σ_r body``, n the number of elements of r."""

    range: Range
    body: Expr
    n: Expr


def mean(context: Context, e: Expr) -> Mean | None:
    """``e`` as a mean over all elements of its range."""
    if isinstance(e, Var | Element):
        shown = context.look(e)
        return None if shown is e else mean(context, shown)
    negative, parts = factors(e)
    sums = [x for below, x in parts if not below]
    counts = [x for below, x in parts if below]
    if negative or len(sums) != 1 or len(counts) != 1:
        return None
    total = context.look(sums[0])
    if not (isinstance(total, Reduce) and total.monoid == "sum"):
        return None
    r = total.range
    if not same(counts[0], plus(minus(r.hi, r.lo), ONE)):
        return None
    return Mean(r, total.body, counts[0])


def square_root(e: Expr) -> Expr | None:
    """``x`` where ``e`` is its square."""
    match e:
        case Call("square", (x,)):
            return x
        case Call("mul", (x, y)) if alpha_equal(x, y):
            return x
    return None
