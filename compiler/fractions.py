"""Fractions whose sum over one denominator cancels: what is left above, found exactly.

    1/(x + 1) − 2/x + 1/(x − 1)    =  2/((x + 1) x (x − 1))
    1/(p + q) − p/(p + q)²         =  q/(p + q)²
    P/(4M) + Q/(4M) − ½            =  0,    M = (P + Q)/2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .context import Context
from .expr import Call, Const, Element, Expr, Var
from .matching import Part, factors, quotient, terms, without
from .polynomials import Polynomial, expression, polynomial
from .positions import ZERO

#: More fractions, or factors below them, are not worth a common denominator.
FRACTIONS, FACTORS = 6, 4


@dataclass(frozen=True, slots=True)
class _Fraction:
    """A term of a sum: its place, sign, and factors above and below, seen through lets."""

    place: int
    negative: bool
    above: tuple[Expr, ...]
    below: tuple[Expr, ...]


def combined(context: Context, parts: Sequence[Part]) -> list[Part] | None:
    """The terms of a sum, some fractions among them taken together; ``None`` where nothing cancels."""
    parts = _spread(parts)
    seen = [_fraction(context, k, negative, x) for k, (negative, x) in enumerate(parts)]
    proper = [f for f in seen if any(not isinstance(x, Const) for x in f.below)]
    if len(proper) < 2 and not (proper and len(seen) > 1):
        return None
    constant = [f for f in seen if all(isinstance(x, Const) for x in (*f.above, *f.below))]
    for chosen in ([*proper, *constant], proper, seen):
        if not 2 <= len(chosen) <= FRACTIONS or sum(f in proper for f in chosen) < 1:
            continue
        made = _one(context, chosen)
        if made is not None:
            places = {f.place for f in chosen}
            rest = [p for k, p in enumerate(parts) if k not in places]
            return rest if made == ZERO else [*rest, (False, made)]
    return None


def _spread(parts: Sequence[Part]) -> list[Part]:
    """The terms, those of multiples of sums of their own: ``(a + b)/2`` is ``a/2 + b/2``."""
    out: list[Part] = []
    for negative, x in parts:
        flip, found = factors(x)
        sums = [k for k, (_, y) in enumerate(found) if isinstance(y, Call) and y.prim in ("add", "sub")]
        others = [p for k, p in enumerate(found) if k not in sums[:1]]
        if len(sums) == 1 and not found[sums[0]][0] and all(isinstance(y, Const) for _, y in others):
            for minus, y in terms(found[sums[0]][1]):
                out.append((negative ^ flip ^ minus, quotient([(False, y), *others])))
        else:
            out.append((negative, x))
    return out


def _fraction(context: Context, place: int, negative: bool, e: Expr) -> _Fraction:
    above: list[Expr] = []
    below: list[Expr] = []
    stack = [(False, e, 0)]
    while stack:
        under, x, depth = stack.pop()
        flip, found = factors(x, under)
        negative ^= flip
        for side, y in found:
            shown = context.look(y) if isinstance(y, Var | Element) and depth < 3 else y
            if shown is not y and isinstance(shown, Call) and shown.prim in ("add", "sub", "mul", "div", "neg"):
                stack.append((side, shown, depth + 1))
            elif isinstance(y, Call) and y.prim == "square":
                (below if side else above).extend(y.args * 2)
            else:
                (below if side else above).append(y)
    return _Fraction(place, negative, tuple(above), tuple(below))


def _one(context: Context, fractions: Sequence[_Fraction]) -> Expr | None:
    """Their sum as one fraction, where products cancel above and what is left cancels no further."""
    common: list[Expr] = []
    for f in fractions:
        common += without(f.below, common)
    if len(common) > FACTORS or not common:
        return None
    count, above = 0, polynomial(ZERO)
    for f in fractions:
        term = polynomial(quotient([(False, x) for x in (*f.above, *without(common, f.below))]))
        if term is None or above is None:
            return None
        count += len(term)
        above = above - term if f.negative else above + term
    if above is None or len(above) >= count or not (len(above) <= 1 or _keeps_sign(context, above)):
        return None
    made = expression(above)
    if made == ZERO:
        return ZERO
    for x in common:
        made = Call("div", (made, x))
    return made


def _keeps_sign(context: Context, p: Polynomial) -> bool:
    """Do no two terms of a polynomial differ in sign?"""
    positive = {c > 0 for _, c in p.terms}
    atoms = {atom for m, _ in p.terms for atom, k in m if k % 2}
    return len(positive) == 1 and all(map(context.signs.is_nonnegative, atoms))


