"""Keep the largest term of a shifted exponential sum out of the sum.

    log Σ_j exp(a_j − s)  =  log1p(Σ_{a_j ≠ s} exp(a_j − s) + (#{a_j = s} − 1)),   s = max_j a_j

Before: the stage ``frozen``, sums of exponentials shifted (``normalize``).  After: no logarithm
of a shifted sum is left (seen through lets).  The terms equal to the largest are counted, so
that a sum of 1 and little else keeps every digit of the little.  Where the largest exponent is
infinite the shift is 0, nothing is counted, and the value is the infinity itself.
"""

from __future__ import annotations

from ..binding import renamed, substitute
from ..context import Context, rewrite
from ..exponents import is_shifted, sum_of_exponentials
from ..expr import Call, Compare, Expr, Program, Range, Reduce, Select
from ..positions import ONE, ZERO


def peel(program: Program) -> Program:
    """Every body with logarithms of shifted sums by ``log1p``."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("log", (x,)):
            found = sum_of_exponentials(context, x)
        case _:
            return None
    if found is None or not is_shifted(context, found[1]):
        return None
    ranges, a = found
    others = _summed(ranges, Select(Compare("==", a, ZERO), ZERO, Call("exp", (a,))))
    again, values = renamed(ranges, context.names)
    count = _summed(again, Select(Compare("==", substitute(a, values, context.names), ZERO), ONE, ZERO))
    return Call("log1p", (Call("add", (others, Call("sub", (count, ONE)))),))


def _summed(ranges: tuple[Range, ...], e: Expr) -> Expr:
    for r in reversed(ranges):
        e = Reduce("sum", r, e)
    return e
