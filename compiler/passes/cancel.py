"""Do by hand what subtraction would lose.

    √a − √b            =  (a − b)/(√a + √b)
    √D ± b             =  (D − b²)/(√D ∓ b)            where the signs are opposite
    a² − b²            =  (a − b)(a + b)
    a + b + c          =  ((a + b) + c) + what a + b loses
    a·b − c·d          =  one rounding of the difference of the exact products
    u/v − w/z          =  ((u·z − w·v)/v)/z
    1 − cos a          =  2 sin²(a/2);  differences of sines, cosines, exponentials likewise
    log a − log b, log(a/b)  =  log1p((a − b)/b)        where a/b is near 1
    a²/b²              =  (a/b)²
    (1 + a/b)^c        =  exp(c log((a + b)/b))        where a/b overflows

Before: the stage ``frozen``.  After: no difference has one of the left forms where the right one
applies: where its own difference cancels exactly, term by term (``polynomials``), or is one of
values that were not rounded before.  In exact arithmetic both sides are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf

from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Element, Expr, Program, Select, Var
from ..matching import Part, factors, quotient, terms, total
from ..polynomials import Polynomial, expression, polynomial
from ..positions import ONE, ZERO, const

Difference = Callable[[Context, Expr, Expr], Expr | None]

TWO = const(2)


def cancel(program: Program) -> Program:
    """Every body with its differences taken before anything is rounded."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub"):
            return _sum(context, e)
        case Call("log", (Call("div", (a, b)),)):
            return _log_ratio(context, a, b)
        case Call("pow", (Call("add", (x, y)), c)) if ONE in (x, y):
            return _compound(y if x == ONE else x, c)
        case Call("div"):
            return _quotient_of_squares(e)
    return None


def _sum(context: Context, e: Expr) -> Expr | None:
    """A sum with one pair of its terms taken together."""
    parts = terms(e)
    for i, (below, x) in enumerate(parts):
        for j in range(i + 1, len(parts)):
            minus, y = parts[j]
            seen, other = context.look(x), context.look(y)
            if below != minus:
                pair = (other, seen) if below else (seen, other)
                made, sign = _difference(context, *pair, whole=len(parts) == 2), False
            else:
                made, sign = _root_and(context, seen, other, False), below
            if made is not None:
                return total([(sign, made), *(p for k, p in enumerate(parts) if k not in (i, j))])
    return _three(context, parts)


def _three(context: Context, parts: list[Part]) -> Expr | None:
    """``(a + b) + c`` of unrounded values, with what a + b loses."""
    if len(parts) != 3 or not all(_is_exact(x) for _, x in parts):
        return None
    signed = [Call("neg", (x,)) if negative else x for negative, x in parts]
    if all(map(context.signs.is_nonnegative, signed)) or all(map(context.signs.is_nonpositive, signed)):
        return None  # nothing cancels
    a, b, c = signed
    return Call("add", (Call("add", (Call("add", (a, b)), c)), Call("sum_error", (a, b))))


def _difference(context: Context, x: Expr, y: Expr, whole: bool) -> Expr | None:
    """``x − y`` in another way; ``whole`` where no other term may cancel with one of them."""
    for rule in _DIFFERENCES if whole else _CANCELLING:
        if (made := rule(context, x, y)) is not None:
            return made
    return None


# -- what cancels --------------------------------------------------------------------


def _is_exact(e: Expr) -> bool:
    """Is an expression a number that was not rounded?"""
    return isinstance(e, Var | Element | Const)


def cancelled(a: Expr, b: Expr) -> Expr | None:
    """``a − b`` where terms of the two cancel and what is left cancels no further."""
    p, q = polynomial(a), polynomial(b)
    if p is None or q is None:
        return None
    d = p - q
    return expression(d) if len(d) < len(p) + len(q) and _is_plain(d) else None


def _is_plain(p: Polynomial) -> bool:
    """One product, or a sum of multiples of unrounded values."""
    return len(p) <= 1 or all(len(m) <= 1 and all(k == 1 and _is_exact(atom) for atom, k in m) for m, _ in p.terms)


def _subtracted(a: Expr, b: Expr) -> Expr | None:
    """``a − b`` where terms cancel, or where nothing was rounded before."""
    if (made := cancelled(a, b)) is not None:
        return made
    return Call("sub", (a, b)) if _is_exact(a) and _is_exact(b) else None


# -- roots ---------------------------------------------------------------------------


def _roots(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Call("sqrt", (a,)), Call("sqrt", (b,)):
            pass
        case _:
            return None
    above = _subtracted(a, b)
    if above is None:
        return None
    below = Call("add", (x, y))
    made = Call("div", (above, below))
    if context.signs.is_positive(a) or context.signs.is_positive(b):
        return made
    return Select(Compare("==", below, ZERO), ZERO, made)


def _root_minus(context: Context, x: Expr, y: Expr) -> Expr | None:
    """``√D − b`` or ``b − √D``."""
    if (made := _root_and(context, x, y, True)) is not None:
        return made
    made = _root_and(context, y, x, True)
    return None if made is None else Call("neg", (made,))


def _root_and(context: Context, x: Expr, y: Expr, minus: bool) -> Expr | None:
    """``√D − b``, or ``√D + b``, where ``D − b²`` cancels."""
    if not minus and isinstance(y, Call) and y.prim == "sqrt":
        x, y = y, x
    if not (isinstance(x, Call) and x.prim == "sqrt") or (isinstance(y, Call) and y.prim == "sqrt"):
        return None
    (under,) = x.args
    p, q = polynomial(under), polynomial(Call("square", (y,)))
    if p is None or q is None:
        return None
    rest = p - q
    if len(rest) >= len(p) or not (len(rest) <= 1 or len(q) == 1):
        return None
    near, far = Call("sub" if minus else "add", (x, y)), Call("add" if minus else "sub", (x, y))
    made = Call("div", (expression(rest), far))
    b = y if minus else Call("neg", (y,))
    if context.signs.is_positive(b):
        return made
    if context.signs.is_nonpositive(b):
        return None
    return Select(Compare("<", ZERO, b), made, near)


# -- products ------------------------------------------------------------------------


def _squares(context: Context, x: Expr, y: Expr) -> Expr | None:
    a, b = _square_root(x), _square_root(y)
    if a is None or b is None or (a == ONE and b == ONE):
        return None
    return Call("mul", (cancelled(a, b) or Call("sub", (a, b)), Call("add", (a, b))))


def _square_root(e: Expr) -> Expr | None:
    match e:
        case Call("square", (x,)):
            return x
        case Call("powi", (x, Const(Fraction() as n))) if n.denominator == 1 and n > 0 and n % 2 == 0:
            return Call("powi", (x, Const(n / 2))) if n > 4 else Call("square", (x,)) if n == 4 else x
        case Const(Fraction(numerator=1, denominator=1)):
            return ONE
    return None


def _products(context: Context, x: Expr, y: Expr) -> Expr | None:
    """``a·b − c·d`` of unrounded factors, or of multiples of them."""
    a, b = _two_factors(x), _two_factors(y)
    return None if a is None or b is None else Call("products_difference", (*a, *b))


def _two_factors(e: Expr) -> tuple[Expr, Expr] | None:
    match e:
        case Call("square", (x,)) if _is_exact(x):
            return x, x
        case Call("mul", (Call("mul", (Const(Fraction() as q), x)), y)) if _is_exact(x) and _is_exact(y):
            # A power of two changes no digit.
            return (Call("mul", (Const(q), x)), y) if _is_power_of_two(q) else None
        case Call("mul", (x, y)) if _is_exact(x) and _is_exact(y):
            return x, y
    return None


def _is_power_of_two(q: Fraction) -> bool:
    n, d = abs(q.numerator), q.denominator
    return n & (n - 1) == 0 and d & (d - 1) == 0 and n > 0


def _fractions(context: Context, x: Expr, y: Expr) -> Expr | None:
    (u, v), (w, z) = _fraction(x), _fraction(y)
    if isinstance(v, Const) and isinstance(z, Const):
        return None
    left, right = _times(u, z), _times(w, v)
    above = cancelled(left, right) or _roots(context, left, right) or _root_minus(context, left, right)
    if above is None:
        return None
    made = above if v == ONE else Call("div", (above, v))
    return made if z == ONE else Call("div", (made, z))


def _times(x: Expr, y: Expr) -> Expr:
    return x if y == ONE else y if x == ONE else Call("mul", (x, y))


def _fraction(e: Expr) -> tuple[Expr, Expr]:
    match e:
        case Call("div", (u, v)):
            return u, v
    return e, ONE


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


# -- functions -----------------------------------------------------------------------


def _cosines(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Const(Fraction(numerator=1, denominator=1)), Call("cos", (a,)):
            return _twice_square_of_sine(a)
        case Call("cos", (a,)), Const(Fraction(numerator=1, denominator=1)):
            return Call("neg", (_twice_square_of_sine(a),))
        case Call("cos" | "sin" as f, (a,)), Call("cos" | "sin" as g, (b,)) if f == g:
            d = cancelled(a, b)
            middle = None if d is None else polynomial(Call("sub", (a, Call("div", (d, TWO)))))
            if d is None or middle is None:
                return None
            half = Call("sin", (Call("div", (d, TWO)),))
            at = Call("cos" if f == "sin" else "sin", (expression(middle),))
            made = Call("mul", (TWO if f == "sin" else const(-2), Call("mul", (at, half))))
            # Far apart nothing cancels, and the rounding of a large middle costs more.
            size = Call("mul", (Call("abs", (d,)), Call("max", (ONE, Call("abs", (expression(middle),))))))
            return Select(Compare("<=", size, Const(Fraction(1, 8))), made, Call("sub", (x, y)))
    return None


def _twice_square_of_sine(a: Expr) -> Expr:
    return Call("mul", (TWO, Call("square", (Call("sin", (Call("div", (a, TWO)),)),))))


def _exponentials(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Call("exp", (a,)), Call("exp", (b,)) if (d := cancelled(a, b)) is not None:
            near = Compare("<=", Call("abs", (d,)), ONE)
            return Select(near, Call("mul", (y, Call("expm1", (d,)))), Call("sub", (x, y)))
    return None


def _logarithms(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Call("log", (a,)), Call("log", (b,)) if context.signs.is_positive(b):
            return _log_ratio(context, a, b)
    return None


def _log_ratio(context: Context, a: Expr, b: Expr) -> Expr | None:
    """``log(a/b)`` where ``a − b`` is known better than a and b."""
    if (d := cancelled(a, b)) is None:
        return Call("log_ratio", (a, b)) if _is_exact(a) and _is_exact(b) and not isinstance(b, Const) else None
    near = Compare("<=", Call("mul", (TWO, Call("abs", (d,)))), Call("abs", (b,)))
    return Select(near, Call("log1p", (Call("div", (d, b)),)), Call("log_ratio", (a, b)))


def _compound(x: Expr, c: Expr) -> Expr | None:
    """``(1 + a/b)^c``, also where a/b leaves the floats."""
    match x:
        case Call("div", (a, b)):
            finite = Compare("<", Call("abs", (x,)), Const(inf))
            log = Call("log_ratio", (Call("add", (a, b)), b))
            return Select(finite, Call("pow1p", (x, c)), Call("exp", (Call("absorb", (c, log)),)))
    return None


#: Terms of these cancel with each other before they do with anything else.
_CANCELLING: tuple[Difference, ...] = (_roots, _root_minus, _fractions, _cosines, _exponentials, _logarithms)
_DIFFERENCES: tuple[Difference, ...] = (*_CANCELLING, _squares, _products)
