"""Divergences whose terms cancel against each other.

    Σ a·log(a/m) + Σ b·log(b/m)  =  Σ (a·log(a/m) + b·log(b/m)),       m = (a + b)/2
    Σ a·log(a/b)                 =  Σ b·φ((a − b)/b) + Σ (a − b)

with φ(t) = (1+t)log(1+t) − t, and each pair about a middle one function (``js_entr``).  Before: the stage
``frozen``, divergences recognized (``rel_entr``, ``middle_entr``).  After: each such pair of sums
with one coefficient is one sum of terms that are not negative; a sum of ``rel_entr`` that comes out
much smaller than its terms, as is then the first sum of the second form, is taken in that form,
its last sum free of rounding.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

from ..binding import alpha_equal, renamed, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Expr, Index, Program, Range, Reduce, Select
from ..matching import Part, factors, quotient, terms, total
from ..positions import ZERO, const
from ..sums import length, same

#: Below this part of the sum of their sizes, terms have cancelled.
CANCELLED = Const(Fraction(1, 8))
HALF = Const(Fraction(1, 2))


def gather(program: Program) -> Program:
    """Every body with its divergences taken term by term."""
    return rewrite(rewrite(program, _pairs), _relative_entropy)


# -- two halves about a middle -------------------------------------------------------


def _pairs(context: Context, e: Expr) -> Expr | None:
    if not (isinstance(e, Call) and e.prim == "add"):
        return None
    parts = terms(e)
    halves = [(k, sign, *found) for k, (sign, x) in enumerate(parts) if (found := _half(context, x)) is not None]
    for n, (i, sign, parts_i, first) in enumerate(halves):
        for j, again, parts_j, second in halves[n + 1 :]:
            if sign != again or not alpha_equal(quotient(parts_i), quotient(parts_j)):
                continue
            if (made := _joined(context, first, second)) is not None:
                rest = [p for k, p in enumerate(parts) if k not in (i, j)]
                return total([(sign, quotient([(False, made), *parts_i])), *rest])
    return None


def _half(context: Context, e: Expr) -> tuple[list[Part], Expr] | None:
    """The factors of a product beside one ``middle_entr``, or a sum of those."""
    negative, parts = factors(e)
    for k, (below, x) in enumerate(parts):
        shown = context.look(x)
        inner = shown.body if isinstance(shown, Reduce) and shown.monoid == "sum" else shown
        if not below and not negative and isinstance(inner, Call) and inner.prim == "middle_entr":
            return parts[:k] + parts[k + 1 :], shown
    return None


def _joined(context: Context, first: Expr, second: Expr) -> Expr | None:
    match first, second:
        case Call("middle_entr", (a, b)), Call("middle_entr", (c, d)):
            return Call("js_entr", (a, b)) if alpha_equal(a, d) and alpha_equal(b, c) else None
        case Reduce(_, r, body), Reduce(_, q, other):
            if not (same(r.lo, q.lo) and same(r.hi, q.hi)):
                return None
            (own,), values = renamed((r,), context.names)
            here = substitute(body, values, context.names)
            there = substitute(other, {q.name: Index(own.name)}, context.names)
            made = _joined(context, here, there)
            return None if made is None else Reduce("sum", own, made)
    return None


# -- one relative entropy ------------------------------------------------------------


def _relative_entropy(context: Context, e: Expr) -> Expr | None:
    match e:
        case Reduce("sum", r, Call("rel_entr", (a, b))):
            pass
        case _:
            return None
    sizes = _over(context, "sum", r, Call("abs", (e.body,)))
    if any(isinstance(let.body, Reduce) and alpha_equal(let.body, sizes) for let in context.program.lets):
        return None  # done already
    plain, size = context.name(e, "divergence"), context.name(sizes, "size")
    lost = Compare("<", Call("abs", (plain,)), Call("mul", (CANCELLED, size)))
    d = Call("sub", (a, b))
    near = Compare("<", Call("abs", (d,)), Call("mul", (HALF, b)))
    close = Call("mul", (b, Call("log1pmx", (Call("div", (d, b)),))))
    gap = Select(near, close, Call("sub", (e.body, d)))
    gaps = context.name(_over(context, "sum", r, Select(lost, gap, ZERO)), "gaps")
    # d + C − C keeps the digits of d above those of C: such numbers add up without rounding.
    largest = context.name(_over(context, "max", r, Select(lost, Call("abs", (d,)), Const(-inf))), "largest")
    c = Call("mul", (const(4), Call("mul", (length(r), largest))))
    high = Call("sub", (Call("add", (d, c)), c))
    highs = _over(context, "sum", r, Select(lost, high, ZERO))
    lows = _over(context, "sum", r, Select(lost, Call("sub", (d, high)), ZERO))
    exact = Call("add", (highs, lows))
    # Masses that differ may cancel the gaps too: then the terms themselves are the smaller numbers.
    small = Compare("<", gaps, Call("mul", (CANCELLED, size)))
    return Select(Call("and", (lost, small)), Call("add", (gaps, exact)), plain)


def _over(context: Context, monoid: str, r: Range, body: Expr) -> Expr:
    (own,), values = renamed((r,), context.names)
    return Reduce(monoid, own, substitute(body, values, context.names))
