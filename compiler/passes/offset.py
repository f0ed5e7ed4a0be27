"""Take one off exponentials whose means are compared.

    Σ_k c_k Σ_r exp(a_k)  =  Σ_k c_k Σ_r (exp(a_k) − 1)        where Σ_k c_k·(number of terms) = 0

Before: the stage ``frozen``.  After: a sum of such sums with constant coefficients (seen through
lets; a number counts as a sum of one term) is taken in the second form where the first mean is
above one half: the discrepancy of two samples under a kernel that is near 1 is not what is left of
numbers near 1.  That the weights cancel is a rational identity in the extents, checked at primes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..binding import renamed, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Const, Expr, Extent, Program, Range, Reduce, Select, walk
from ..matching import Part, factors, quotient, terms, total
from ..positions import ONE, ZERO, const
from ..sums import length

#: Extents at which weights are added up; rational functions of low degree that vanish at all are zero.
PRIMES = (10007, 20011, 30011, 40009, 50021, 60013, 70001, 80021)


def offset(program: Program) -> Program:
    """Every body with one taken off exponentials that are compared."""
    return rewrite(program, _rule)


@dataclass(frozen=True, slots=True)
class _Mean:
    """``coefficient · Σ_ranges exp(exponent)``; no exponent for a number alone."""

    coefficient: tuple[Part, ...]
    ranges: tuple[Range, ...]
    exponent: Expr | None


def _rule(context: Context, e: Expr) -> Expr | None:
    if not (isinstance(e, Call) and e.prim in ("add", "sub")):
        return None
    parts = [(negative, _mean(context, x)) for negative, x in terms(e)]
    if sum(m is not None and m.exponent is not None for _, m in parts) < 1:
        return None
    means = [(negative, m) for negative, m in parts if m is not None]
    if len(means) < len(parts) or not _cancel(means):
        return None
    near = _near(context, next(m for _, m in means if m.exponent is not None))
    if any(near in walk(let.body) for let in context.program.lets if isinstance(let.body, Expr)):
        return None  # done already
    return Select(
        near, total([(negative, _shifted(context, m, near)) for negative, m in means if m.exponent is not None]), e
    )


def _near(context: Context, m: _Mean) -> Expr:
    """Is the mean of the exponentials above one half?"""
    assert m.exponent is not None
    count: Expr = ONE
    for r in m.ranges:
        count = length(r) if count == ONE else Call("mul", (count, length(r)))
    plain = context.name(_over(context, m.ranges, Call("exp", (m.exponent,))), "total")
    return Compare("<", count, Call("mul", (const(2), plain)))


def _mean(context: Context, e: Expr) -> _Mean | None:
    negative, parts = factors(e)
    sign: list[Part] = [(False, Const(Fraction(-1)))] if negative else []
    for k, (below, x) in enumerate(parts):
        shown = context.look(x)
        if not below and isinstance(shown, Reduce):
            ranges: list[Range] = []
            while isinstance(shown, Reduce) and shown.monoid == "sum":
                ranges.append(shown.range)
                shown = context.look(shown.body)
            if not (isinstance(shown, Call) and shown.prim == "exp"):
                return None
            rest = parts[:k] + parts[k + 1 :]
            return _Mean((*sign, *rest), tuple(ranges), shown.args[0]) if _is_known(rest, ranges) else None
    return _Mean((*sign, *parts), (), None) if _is_known(parts, []) else None


def _is_known(parts: list[Part], ranges: list[Range]) -> bool:
    """Are the coefficient and the numbers of terms rational functions of extents?"""
    exprs = [x for _, x in parts] + [length(r) for r in ranges]
    return all(_rational(x, {}) is not None for x in exprs)


def _cancel(means: list[tuple[bool, _Mean]]) -> bool:
    for turn in range(4):
        extents: dict[str, int] = {}
        weights = Fraction(0)
        for negative, m in means:
            weight = Fraction(-1 if negative else 1)
            for below, x in [*m.coefficient, *((False, length(r)) for r in m.ranges)]:
                value = _rational(x, extents, turn)
                if not value:
                    return False
                weight = weight / value if below else weight * value
            weights += weight
        if weights:
            return False
    return True


def _rational(e: Expr, extents: dict[str, int], turn: int = 0) -> Fraction | None:
    """The value where each axis has a prime for its extent; ``None`` where it depends on more than that."""
    match e:
        case Const(Fraction() as q):
            return q
        case Extent(axis):
            return Fraction(extents.setdefault(axis, PRIMES[(len(extents) * 3 + turn) % len(PRIMES)] + turn))
        case Call("add" | "sub" | "mul" | "div" as op, (x, y)):
            a, b = _rational(x, extents, turn), _rational(y, extents, turn)
            if a is None or b is None or (op == "div" and not b):
                return None
            return {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b if b else a}[op]
        case Call("square", (x,)):
            a = _rational(x, extents, turn)
            return None if a is None else a * a
    return None


def _shifted(context: Context, m: _Mean, near: Expr) -> Expr:
    assert m.exponent is not None
    # The loop of a sum that is not asked for is idle.
    out = _over(context, m.ranges, Select(near, Call("expm1", (m.exponent,)), ZERO))
    return quotient([(False, out), *(p for p in m.coefficient if p[1] != ONE)])


def _over(context: Context, ranges: tuple[Range, ...], e: Expr) -> Expr:
    made, values = renamed(ranges, context.names)
    e = substitute(e, values, context.names)
    for r in reversed(made):
        e = Reduce("sum", r, e)
    return e
