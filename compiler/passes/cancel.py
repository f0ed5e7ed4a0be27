"""Do by hand what subtraction would lose.

    √a − √b            =  (a − b)/(√a + √b)
    √D ± b             =  (D − b²)/(√D ∓ b)            where the signs are opposite
    a² − b²            =  (a − b)(a + b);  a² − 2ab + b²  =  (a − b)²
    a + b + c          =  ((a + b) + c) + what a + b loses
    a·b − c·d          =  one rounding of the difference of the exact products
    u/v − w/z          =  ((u·z − w·v)/v)/z
    1 − cos a          =  2 sin²(a/2);  differences of sines, cosines, exponentials likewise
    log a − log b, log(a/b)  =  log1p((a − b)/b)        where a/b is near 1
    a²/b²              =  (a/b)²
    log cosh a         =  log1p(2 sinh²(a/2)), or |a| + log1p(e^(−2|a|)) − log 2
    (1 + a/b)^c        =  exp(c log((a + b)/b))        where a/b overflows

Before: the stage ``frozen``.  After: no difference has one of the left forms where the right one
applies: where its own difference cancels exactly, term by term (``polynomials``), or is one of
values that were not rounded before.  In exact arithmetic both sides are equal.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

from ..context import Context, rewrite
from ..differences import CANCELLING, DIFFERENCES, logarithm_of_ratio, root_and, three
from ..expr import Call, Compare, Const, Expr, Extent, Index, Program, Select, Var, walk
from ..fractions import combined
from ..matching import factors, quotient, terms, total
from ..polynomials import expression, polynomial, square_root
from ..positions import ONE, ZERO, const


def cancel(program: Program) -> Program:
    """Every body with its differences taken before anything is rounded."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub"):
            return _sum(context, e)
        case Call("log", (Call("div", (a, b)),)):
            return logarithm_of_ratio(context, a, b)
        case Call("log", (Call("cosh", (a,)),)):
            return _log_cosh(a)
        case Call("pow", (Call("add", (x, y)), c)) if ONE in (x, y):
            return _compound(y if x == ONE else x, c)
        case Call("mul" | "div"):
            return _quotient_of_squares(e)
    return None


def _sum(context: Context, e: Expr) -> Expr | None:
    """A sum with one pair of its terms taken together."""
    if _counts(context, e):
        return None
    parts = terms(e)
    if (made := _square(e)) is not None:
        return made
    if (left := combined(context, parts)) is not None:
        return total(left) if left else ZERO
    for i, (below, x) in enumerate(parts):
        for j in range(i + 1, len(parts)):
            minus, y = parts[j]
            seen, other = context.look(x), context.look(y)
            if below != minus:
                pair = (other, seen) if below else (seen, other)
                made, sign = _difference(context, *pair, whole=len(parts) == 2), False
            else:
                made, sign = root_and(context, seen, other, False), below
            if made is not None:
                return total([(sign, made), *(p for k, p in enumerate(parts) if k not in (i, j))])
    return three(context, parts)


def _counts(context: Context, e: Expr) -> bool:
    """Is an expression made of whole numbers by ring operations?  Bounds and positions are; they lose nothing."""
    whole = {p.name for p in context.program.params if p.integer}
    for n in walk(e):
        match n:
            case Index() | Extent() | Call("add" | "sub" | "mul" | "neg"):
                pass
            case Const(Fraction() as q) if q.denominator == 1:
                pass
            case Var(name) if name in whole:
                pass
            case _:
                return False
    return True


def _difference(context: Context, x: Expr, y: Expr, whole: bool) -> Expr | None:
    """``x − y`` in another way; ``whole`` where no other term may cancel with one of them."""
    for rule in DIFFERENCES if whole else CANCELLING:
        if (made := rule(context, x, y)) is not None:
            return made
    return None


def _quotient_of_squares(e: Expr) -> Expr | None:
    """``c·a²/b²`` as ``c·(a/b)²``, which overflows no sooner; other factors might make up for that."""
    negative, parts = factors(e)
    squares = [(below, x.args[0]) for below, x in parts if isinstance(x, Call) and x.prim == "square"]
    rest = [p for p in parts if not (isinstance(p[1], Call) and p[1].prim == "square")]
    if sorted(below for below, _ in squares) != [False, True] or not all(isinstance(x, Const) for _, x in rest):
        return None
    (_, a), (_, b) = sorted(squares, key=lambda p: p[0])
    made = quotient([(False, Call("square", (Call("div", (a, b)),))), *rest])
    return Call("neg", (made,)) if negative else made


def _compound(x: Expr, c: Expr) -> Expr | None:
    """``(1 + a/b)^c``, also where a/b leaves the floats."""
    match x:
        case Call("div", (a, b)):
            finite = Compare("<", Call("abs", (x,)), Const(inf))
            log = Call("log_ratio", (Call("add", (a, b)), b))
            return Select(finite, Call("pow1p", (x, c)), Call("exp", (Call("absorb", (c, log)),)))
    return None


def _log_cosh(a: Expr) -> Expr:
    two, size = const(2), Call("abs", (a,))
    near = Call("log1p", (Call("mul", (two, Call("square", (Call("sinh", (Call("div", (a, two)),)),)))),))
    tail = Call("log1p", (Call("exp", (Call("mul", (const(-2), size)),)),))
    far = Call("add", (size, Call("sub", (tail, Call("log", (two,))))))
    return Select(Compare("<=", size, ONE), near, far)


def _square(e: Expr) -> Expr | None:
    """``a² − 2ab + b²`` and its like, where nothing else is left of a sum."""
    p = polynomial(e)
    if p is None or len(p) < 3 or (found := square_root(p)) is None:
        return None
    c, root = found
    made: Expr = Call("square", (expression(root),))
    return made if c == 1 else Call("mul", (Const(c), made))
