"""Keep sums of powers under a root inside the floats.

    √(Σ x²)        =  2^±600 √(Σ (2^∓600 x)²)      where Σ x² alone overflows or underflows
    √(a² + b²)     =  hypot(a, b)
    (Σ |x|^p)^1/p  =  M (Σ (|x|/M)^p)^1/p,          M = max |x|, or min |x| where p < 0
    (Π x)^1/n      =  2^(1/n Σ ⌊log₂ x⌋) (Π x/2^⌊log₂ x⌋)^1/n   where a product leaves the floats

Before: the stage ``frozen``.  After: roots of sums of squares and of powers (seen through lets)
leave the floats only where their values do.  In exact arithmetic both sides are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import inf

from ..binding import alpha_equal, renamed, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Element, Expr, Program, Range, Reduce, Select, Var, walk
from ..matching import terms
from ..positions import ONE, ZERO, const

#: Sums of squares between these lost nothing to overflow or underflow.
SMALL, LARGE = Const(Fraction(1, 2**900)), Const(Fraction(2**960))
SCALE = Const(Fraction(2**600))
TWO = const(2)


def rescale(program: Program) -> Program:
    """Every body with its norms in range."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("sqrt", (x,)):
            return _norm(context, x) or _hypotenuse(x)
        case Call("pow", (x, q)):
            made = _power_norm(context, x, q, lambda s: Call("pow", (s, q)))
            return made or _geometric_mean(context, x, q)
        case Call("cbrt", (x,)):
            return _power_norm(context, x, Const(Fraction(1, 3)), lambda s: Call("cbrt", (s,)))
    return None


def _summed(context: Context, e: Expr) -> tuple[tuple[Range, ...], Expr] | None:
    """Ranges and body of nested sums, outermost first."""
    if isinstance(e, Var | Element):
        shown = context.look(e)
        return None if shown is e else _summed(context, shown)
    ranges: list[Range] = []
    while isinstance(e, Reduce) and e.monoid == "sum":
        ranges.append(e.range)
        e = e.body
    return (tuple(ranges), e) if ranges else None


def _reduced(context: Context, monoid: str, ranges: tuple[Range, ...], body: Expr) -> Expr:
    """A reduction over copies of ranges."""
    made, values = renamed(ranges, context.names)
    e = substitute(body, values, context.names)
    for r in reversed(made):
        e = Reduce(monoid, r, e)
    return e


def _norm(context: Context, e: Expr) -> Expr | None:
    found = _summed(context, e)
    match found:
        case (ranges, Call("square", (x,))):
            pass
        case _:
            return None
    bodies = [let.body for let in context.program.lets if isinstance(let.body, Reduce)]
    if any(Compare("<", e, SMALL) in walk(body) for body in bodies):
        return None  # in range already
    plain = context.name(e, "squares") if isinstance(e, Reduce) else e
    tiny, fits = Compare("<", plain, SMALL), Compare("<", plain, LARGE)
    # The scaled sums are zero, and their loops idle, where they are not needed.
    up = _reduced(context, "sum", ranges, Select(tiny, Call("square_up", (x,)), ZERO))
    down = _reduced(context, "sum", ranges, Select(Call("not", (fits,)), Call("square_down", (x,)), ZERO))
    small = Select(tiny, Call("div", (Call("sqrt", (up,)), SCALE)), Call("sqrt", (plain,)))
    return Select(fits, small, Call("mul", (Call("sqrt", (down,)), SCALE)))


def _hypotenuse(e: Expr) -> Expr | None:
    """The root of a sum of two or more squares and positive constants."""
    out: Expr | None = None
    parts = terms(e)
    squares = 0
    for negative, x in parts:
        match x:
            case Call("square", (side,)) if not negative:
                squares += 1
            case Const(Fraction() as c) if not negative and c > 0:
                side = ONE if c == 1 else Call("sqrt", (x,))
            case _:
                return None
        out = side if out is None else Call("hypot", (out, side))
    return out if squares and len(parts) > 1 else None


def _power_norm(context: Context, e: Expr, q: Expr, root: Callable[[Expr], Expr]) -> Expr | None:
    found = _summed(context, e)
    match found:
        case (ranges, Call("pow" | "powi" as power, (x, p))):
            pass
        case _:
            return None
    if not _is_reciprocal(p, q) or not (context.signs.is_nonnegative(x) or _is_even(p)):
        return None
    size = x if context.signs.is_nonnegative(x) else Call("abs", (x,))
    leading = context.name(_reduced(context, "max", ranges, size), "largest")
    if not context.signs.is_positive(p):
        smallest = context.name(_reduced(context, "min", ranges, size), "smallest")
        leading = Select(Compare("<", ZERO, p), leading, smallest)
    usable = Call("and", (Compare("<", ZERO, leading), Compare("<", leading, Const(inf))))
    scale = context.name(Select(usable, leading, ONE), "scale")
    total = _reduced(context, "sum", ranges, Call(power, (Call("div", (size, scale)), p)))
    return Call("mul", (scale, root(total)))


def _geometric_mean(context: Context, e: Expr, q: Expr) -> Expr | None:
    shown = context.look(e)
    match shown, q:
        case Reduce("product", r, x), Call("div", (Const(Fraction(numerator=1, denominator=1)), n)):
            pass
        case _:
            return None
    if r.lo != ONE or r.hi != n or not context.signs.is_nonnegative(x):
        return None
    largest = context.name(_reduced(context, "max", (r,), x), "largest")
    smallest = context.name(_reduced(context, "min", (r,), x), "smallest")
    # Between these, no product of some of the elements leaves the floats; the loops beyond them idle.
    highest, lowest = Call("pow", (largest, n)), Call("pow", (smallest, n))
    inside = Call("and", (Compare("<", highest, LARGE), Compare("<", SMALL, lowest)))
    bare = Call("or", (Compare("==", smallest, ZERO), Compare("==", largest, Const(inf))))
    beyond = Call("not", (Call("or", (inside, bare)),))
    power = Call("floor", (Call("log2", (x,)),))
    powers = context.name(_reduced(context, "sum", (r,), Select(beyond, power, ZERO)), "powers")
    digits = Call("log2", (_over_power_of_two(x, power),))
    logs = _reduced(context, "sum", (r,), Select(beyond, digits, ZERO))
    whole = Call("floor", (Call("div", (powers, n)),))
    rest = Call("div", (Call("add", (Call("sub", (powers, Call("mul", (whole, n)))), logs)), n))
    far = _over_power_of_two(Call("pow", (TWO, rest)), Call("neg", (whole,)))
    plain = context.name(e, "product") if isinstance(e, Reduce) else e
    return Select(beyond, far, Call("pow", (plain, q)))


def _over_power_of_two(x: Expr, k: Expr) -> Expr:
    """``x / 2^k`` in two steps, of which none leaves the floats."""
    half = Call("floor", (Call("div", (k, TWO)),))
    return Call("div", (Call("div", (x, Call("pow", (TWO, half)))), Call("pow", (TWO, Call("sub", (k, half))))))


def _is_even(p: Expr) -> bool:
    return isinstance(p, Const) and isinstance(p.value, Fraction) and p.value % 2 == 0


def _is_reciprocal(p: Expr, q: Expr) -> bool:
    """Is ``p·q = 1``?"""
    match p, q:
        case Const(Fraction() as m), Const(Fraction() as n):
            return m * n == 1
        case _, Call("div", (Const(Fraction(numerator=1, denominator=1)), below)):
            return alpha_equal(p, below)
    return False
