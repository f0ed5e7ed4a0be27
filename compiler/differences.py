"""Differences that cancel, each in a form that loses nothing: ``x − y`` by what x and y are.

A rule takes the context and the two sides, seen through lets, and gives ``None`` where it does
not apply: where the difference of what stands inside does not itself cancel, term by term
(``polynomials``), and is none of values that were not rounded before.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .binding import alpha_equal
from .context import Context
from .expr import Call, Compare, Const, Element, Expr, Select, Var
from .matching import Part, factors, quotient, terms
from .polynomials import Polynomial, expression, polynomial
from .positions import ONE, ZERO, const

Difference = Callable[[Context, Expr, Expr], Expr | None]

TWO = const(2)


# -- what cancels --------------------------------------------------------------------


def is_exact(e: Expr) -> bool:
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
    return len(p) <= 1 or all(len(m) <= 1 and all(k == 1 and is_exact(atom) for atom, k in m) for m, _ in p.terms)


def _subtracted(a: Expr, b: Expr) -> Expr | None:
    """``a − b`` where terms cancel, or where nothing was rounded before."""
    if (made := cancelled(a, b)) is not None:
        return made
    return Call("sub", (a, b)) if is_exact(a) and is_exact(b) else None


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
    if (made := root_and(context, x, y, True)) is not None:
        return made
    made = root_and(context, y, x, True)
    return None if made is None else Call("neg", (made,))


def root_and(context: Context, x: Expr, y: Expr, minus: bool) -> Expr | None:
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
        case Call("square", (x,)) if is_exact(x):
            return x, x
        case Call("mul", (Call("mul", (Const(Fraction() as q), x)), y)) if is_exact(x) and is_exact(y):
            # A power of two changes no digit.
            return (Call("mul", (Const(q), x)), y) if _is_power_of_two(q) else None
        case Call("mul", (x, y)) if is_exact(x) and is_exact(y):
            return x, y
    return None


def _is_power_of_two(q: Fraction) -> bool:
    n, d = abs(q.numerator), q.denominator
    return n & (n - 1) == 0 and d & (d - 1) == 0 and n > 0


def _fractions(context: Context, x: Expr, y: Expr) -> Expr | None:
    (u, v), (w, z) = fraction(x), fraction(y)
    if isinstance(v, Const) and isinstance(z, Const):
        return None
    left, right = _times(u, z), _times(w, v)
    above = cancelled(left, right) or _roots(context, left, right) or _root_minus(context, left, right)
    if above is None:
        return None
    return divided(divided(above, v), z)


def _times(x: Expr, y: Expr) -> Expr:
    return x if y == ONE else y if x == ONE else Call("mul", (x, y))


def fraction(e: Expr) -> tuple[Expr, Expr]:
    """What stands above and below, where 1 stands below what is no fraction."""
    negative, parts = factors(e)
    above, below = (quotient([(False, x) for under, x in parts if under == side]) for side in (False, True))
    return Call("neg", (above,)) if negative else above, below


def divided(e: Expr, below: Expr) -> Expr:
    """``e`` divided by one factor after the other: their product may overflow."""
    for _, x in factors(below)[1]:
        e = Call("div", (e, x))
    return e


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
            return logarithm_of_ratio(context, a, b)
    return None


def logarithm_of_ratio(context: Context, a: Expr, b: Expr) -> Expr | None:
    """``log(a/b)`` where ``a − b`` is known better than a and b."""
    if (d := cancelled(a, b)) is None:
        return Call("log_ratio", (a, b)) if is_exact(a) and is_exact(b) and not isinstance(b, Const) else None
    near = Compare("<=", Call("mul", (TWO, Call("abs", (d,)))), Call("abs", (b,)))
    return Select(near, Call("log1p", (Call("div", (d, b)),)), Call("log_ratio", (a, b)))


def _powers(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Call("pow", (a, p)), Call("pow", (b, q)) if alpha_equal(p, q):
            ratio = logarithm_of_ratio(context, a, b)
            if ratio is None or not context.signs.is_positive(b):
                return None
            size = Call("mul", (p, ratio))
            # By the larger power: the smaller one may underflow.
            below = Call("neg", (Call("mul", (x, Call("expm1", (Call("neg", (size,)),)))),))
            return Select(Compare("<=", size, ZERO), Call("mul", (y, Call("expm1", (size,)))), below)
        case Call("cbrt", (a,)), Call("cbrt", (b,)) if (d := cancelled(a, b)) is not None:
            below = Call("add", (Call("add", (Call("square", (x,)), Call("mul", (x, y)))), Call("square", (y,))))
            # Far apart, and where both are zero, nothing cancels.
            near = Compare("<", Call("abs", (d,)), Call("mul", (TWO, Call("abs", (b,)))))
            return Select(near, Call("div", (d, below)), Call("sub", (x, y)))
    return None


def _angles(context: Context, x: Expr, y: Expr) -> Expr | None:
    match x, y:
        case Call("atan", (a,)), Call("atan", (b,)) if (d := cancelled(a, b)) is not None:
            return Call("atan2", (d, Call("add", (ONE, Call("mul", (a, b))))))
    return None


def _linear(context: Context, x: Expr, y: Expr) -> Expr | None:
    """A difference of sums of unrounded values, some of them in both."""
    if is_exact(x) and is_exact(y):
        return None
    made = cancelled(x, y)
    return None if made is None else three(context, terms(made)) or made


def three(context: Context, parts: list[Part]) -> Expr | None:
    """``(a + b) + c`` of unrounded values, with what a + b loses."""
    if len(parts) != 3 or not all(is_exact(x) or _is_multiple(x) for _, x in parts):
        return None
    signed = [Call("neg", (x,)) if negative else x for negative, x in parts]
    if all(map(context.signs.is_nonnegative, signed)) or all(map(context.signs.is_nonpositive, signed)):
        return None  # nothing cancels
    a, b, c = signed
    return Call("add", (Call("add", (Call("add", (a, b)), c)), Call("sum_error", (a, b))))


def _is_multiple(e: Expr) -> bool:
    """An unrounded value times a power of two."""
    match e:
        case Call("mul", (Const(Fraction() as q), x)):
            return _is_power_of_two(q) and is_exact(x)
    return False


#: Terms of these cancel with each other before they do with anything else.
CANCELLING: tuple[Difference, ...] = (
    _roots, _root_minus, _fractions, _powers, _cosines, _angles, _exponentials, _logarithms, _linear,
)  # fmt: skip
DIFFERENCES: tuple[Difference, ...] = (*CANCELLING, _squares, _products)
