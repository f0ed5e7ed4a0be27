"""Positive values as exponentials: exponents, their largest, and logarithms.

A sum ``Σ_j exp(a_j)`` is kept in range by a shift ``s = max_j a_j`` (0 where that is
infinite): ``Σ_j exp(a_j) = e^s Σ_j exp(a_j − s)``.  The value does not depend on the
shift, so derivatives take it as constant (``detach``).
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

from .context import Context
from .expr import Call, Compare, Const, Element, Expr, Range, Reduce, Select, Var
from .matching import factors, quotient, terms
from .positions import ONE, ZERO


def exponent(context: Context, e: Expr, weighted: bool = False) -> Expr | None:
    """``a`` where ``e = exp(a)``; ``weighted`` also takes provably nonnegative factors."""
    match e:
        case Call("exp", (a,)):
            return a
        case Call("mul" | "div" as op, (x, y)):
            left, right = exponent(context, x, weighted), exponent(context, y, weighted)
            if weighted and (left is None) != (right is None):
                left = left or _log_weight(context, x)
                right = right or _log_weight(context, y)
            if left is not None and right is not None:
                return Call("add" if op == "mul" else "sub", (left, right))
        case Var() | Element():
            shown = context.look(e)
            return None if shown is e else exponent(context, shown, weighted)
    return None


def _log_weight(context: Context, e: Expr) -> Expr | None:
    return Call("log", (e,)) if context.signs.is_nonnegative(e) else None


def sum_of_exponentials(context: Context, e: Expr, weighted: bool = False) -> tuple[tuple[Range, ...], Expr] | None:
    """Ranges and exponent of ``Σ_r … exp(a)``, outermost range first."""
    if isinstance(e, Var | Element):
        shown = context.look(e)
        return None if shown is e else sum_of_exponentials(context, shown, weighted)
    ranges: list[Range] = []
    while isinstance(e, Reduce) and e.monoid == "sum":
        ranges.append(e.range)
        e = e.body
    a = exponent(context, e, weighted) if ranges else None
    return None if a is None else (tuple(ranges), a)


def is_shifted(context: Context, a: Expr) -> bool:
    """Has an exponent its largest value subtracted already?"""
    match a:
        case Call("sub", (_, shift)):
            shown = context.look(shift)
            return isinstance(shown, Call) and shown.prim == "detach"
    return False


def listed(context: Context, e: Expr, weighted: bool = False) -> list[Expr] | None:
    """``a, b, …`` of ``exp(a) + exp(b) + …``; ``None`` where a term is no exponential, nor positive.

    Without ``weighted``, the only other term is 1.
    """
    parts = terms(e)
    if len(parts) < 2 or any(negative for negative, _ in parts):
        return None
    found = [ZERO if x == ONE else exponent(context, x, weighted) for _, x in parts]
    if not any(a not in (None, ZERO) for a in found):
        return None
    if weighted:
        found = [a if a is not None else _log_weight(context, x) for a, (_, x) in zip(found, parts, strict=True)]
    return [a for a in found if a is not None] if None not in found else None


def largest(ranges: tuple[Range, ...], a: Expr) -> Expr:
    """``max_r … a``."""
    for r in reversed(ranges):
        a = Reduce("max", r, a)
    return a


def shift(context: Context, largest: Expr) -> Expr:
    """A read of the largest exponent, 0 where it is infinite."""
    top = context.name(largest, "largest")
    finite = Compare("<", Call("abs", (top,)), Const(inf))
    return context.name(Call("detach", (Select(finite, top, ZERO),)), "shift")


def summed(ranges: tuple[Range, ...], a: Expr) -> Expr:
    """``Σ_r … exp(a)``."""
    out: Expr = Call("exp", (a,))
    for r in reversed(ranges):
        out = Reduce("sum", r, out)
    return out


def logarithm(context: Context, e: Expr, positive: bool = False) -> Expr | None:
    """``log e`` without leaving the floats on the way; ``None`` where nothing is gained.

    ``positive`` asks for a proof that ``e ≥ 0`` besides: inside a product, a power of ``e``
    may be positive where its logarithm is not real.
    """
    match e:
        case Call("exp", (a,)):
            return a
        case Call("sigmoid", (a,)):
            return Call("neg", (Call("softplus", (Call("neg", (a,)),)),))
        case Call("sqrt", (x,)):
            inner = logarithm(context, x, positive)
            return None if inner is None else Call("div", (inner, Const(Fraction(2))))
        case Call("square", (x,)):
            inner = logarithm(context, x, True)
            return None if inner is None else Call("mul", (Const(Fraction(2)), inner))
        case Call("pow" | "powi", (x, p)):
            inner = logarithm(context, x, True)
            return None if inner is None else Call("mul", (p, inner))
        case Call("mul" | "div"):
            return _of_product(context, e, positive)
        case Reduce("product", r, body):
            inner = logarithm(context, body, True)
            return None if inner is None else Reduce("sum", r, inner)
        case Reduce("sum"):
            return _of_sum(context, e)
        case Call("add"):
            exponents = listed(context, e, weighted=True)
            return None if exponents is None else _logaddexp(exponents)
        case Var() | Element():
            shown = context.look(e)
            return None if shown is e else logarithm(context, shown, positive)
    return None


def _of_product(context: Context, e: Expr, positive: bool) -> Expr | None:
    negative, parts = factors(e)
    if negative:
        return None
    logs = [(below, x, logarithm(context, x, True)) for below, x in parts]
    known = [(below, log) for below, _, log in logs if log is not None]
    unknown = [(below, x) for below, x, log in logs if log is None]
    if not known or (positive and not all(context.signs.is_nonnegative(x) for _, x in unknown)):
        return None
    out: Expr | None = Call("log", (quotient(unknown),)) if unknown else None
    for below, log in sorted(known, key=lambda k: k[0]):
        if out is None:
            out = Call("neg", (log,)) if below else log
        else:
            out = Call("sub" if below else "add", (out, log))
    return out


def _of_sum(context: Context, e: Expr) -> Expr | None:
    found = sum_of_exponentials(context, e, weighted=True)
    if found is None:
        return None
    ranges, a = found
    if is_shifted(context, a):
        return Call("log", (e,))
    s = shift(context, largest(ranges, a))
    return Call("add", (s, Call("log", (summed(ranges, Call("sub", (a, s))),))))


def _logaddexp(exponents: list[Expr]) -> Expr:
    out, *others = exponents
    for a in others:
        out = Call("logaddexp", (out, a))
    return out
