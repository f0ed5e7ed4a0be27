"""Never subtract from one what is near one.

    1 − Π_s (1 − b_s)  =  the fold u ← u + b_s·(1 − u)
    1 − a^n            =  −expm1(n·log a)                  (a ≥ 0, a < 2 or a^n < 2, n no literal)
    (1 − b)^g          =  exp(g·log1p(−b))                 (0 ≤ 1 − b ≤ 2, g no literal)

Before: the stage ``frozen``.  After: no product or power with an unknown number of factors is
subtracted from one (seen through lets), nor is a rounded ``1 − b`` raised to an unknown power.
A product known along an index is folded along that index; one that is read at a fixed place,
up to that place.  Where a power has other factors, ``scaled_exp`` keeps it in range.
"""

from __future__ import annotations

from ..binding import free_indices, renamed, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Element, Expr, Let, Program, Reduce, Select, Var
from ..matching import Part, terms, total
from ..positions import ONE, ZERO, const


def complement(program: Program) -> Program:
    """Every body with complements of products and powers taken directly."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub"):
            return _difference(context, e)
        case Call("pow", (base, g)) if not isinstance(g, Const):
            return _power(context, base, g)
        case Call("mul", (x, Call("exp", (Call("absorb" | "mul", (_, Call("log1p"))) as u,)))):
            return Call("scaled_exp", (x, u))
        case Call("mul", (Call("exp", (Call("absorb" | "mul", (_, Call("log1p"))) as u,)), x)):
            return Call("scaled_exp", (x, u))
    return None


def _difference(context: Context, e: Expr) -> Expr | None:
    """A sum with 1 and a subtracted product among its terms, or both the other way round."""
    parts = terms(e)
    for one, (negative, x) in enumerate(parts):
        if x != ONE:
            continue
        for k, (sign, y) in enumerate(parts):
            if sign != negative and (made := _complement(context, y)) is not None:
                rest = [p for at, p in enumerate(parts) if at not in (one, k)]
                return total([(negative, made), *rest])
    return None


def _complement(context: Context, e: Expr) -> Expr | None:
    """``1 − e`` where it is better taken in another way."""
    match e:
        case Reduce("product", r, body):
            b = _taken(context, body)
            return None if b is None else Reduce("noisy_or", r, b)
        case Call("pow", (a, n)) if not isinstance(n, Const):
            return _one_minus_power(context, a, n)
        case Element(name, at) if frozenset().union(*map(free_indices, at)):
            let = context.lets.get(name)
            return None if let is None else _along(context, let, at)
        case Var() | Element():
            shown = context.look(e)
            return None if shown is e else _complement(context, shown)
    return None


def _along(context: Context, let: Let, at: tuple[Expr, ...]) -> Expr | None:
    """The complement of a let over all of the let's ranges, read at one place."""
    if not isinstance(let.body, Reduce):
        return None
    ranges, values = renamed(let.ranges, context.names)
    made = _complement(context, substitute(let.body, values, context.names))
    if made is None:
        return None
    rest = Let(context.names.fresh(f"rest_{let.name}"), ranges, made)
    context.add(rest)
    return Element(rest.name, at)


def _taken(context: Context, a: Expr) -> Expr | None:
    """``b`` where ``a = 1 − b``; ``1 − a`` itself where 0 ≤ a ≤ 1."""
    if (b := _from_one(context, a)) is not None:
        return b
    bounds = context.signs.bounds(a)
    return Call("sub", (ONE, a)) if bounds.lo >= 0 and bounds.hi <= 1 else None


def _from_one(context: Context, a: Expr) -> Expr | None:
    """``b`` where ``a`` reads as ``1 − b``."""
    if isinstance(a, Var | Element):
        shown = context.look(a)
        return None if shown is a else _from_one(context, shown)
    parts = terms(a)
    if len(parts) < 2 or (False, ONE) not in parts:
        return None
    rest: list[Part] = list(parts)
    rest.remove((False, ONE))
    return total([(not negative, x) for negative, x in rest])


def _one_minus_power(context: Context, a: Expr, n: Expr) -> Expr | None:
    bounds, exponent = context.signs.bounds(a), context.signs.bounds(n)
    zero = exponent.lo <= 0 <= exponent.hi
    log = Call("log", (a,))
    power = Call("neg", (Call("expm1", (Call("absorb" if zero else "mul", (n, log)),)),))
    conditions = []
    if bounds.lo < 0:
        conditions.append(Compare("<", ZERO, a))
    if bounds.hi > 2:
        # Beyond 2 nothing cancels, and the logarithm would cost digits: of the base where the
        # exponent is at least one, else of the power, which a small exponent brings near one.
        conditions.append(Compare("<", a if exponent.lo >= 1 else Call("pow", (a, n)), const(2)))
    if not conditions:
        return power
    cond: Expr = conditions[0] if len(conditions) == 1 else Call("and", tuple(conditions))
    return Select(cond, power, Call("sub", (ONE, Call("pow", (a, n)))))


def _power(context: Context, base: Expr, g: Expr) -> Expr | None:
    bounds = context.signs.bounds(base)
    if bounds.lo < 0 or bounds.hi > 2:
        return None
    b = _from_one(context, base)
    if b is None:
        return None
    # 0^0 = 1: the logarithm of 0 does not count where g is 0.
    return Call("exp", (Call("absorb", (g, Call("log1p", (Call("neg", (b,)),)))),))
