"""Unevaluated SymPy: builders that keep the author's structure, and substitution.

SymPy rewrites on construction (``x/x`` to 1, ``0·x`` to 0) and ``xreplace`` undoes
``evaluate=False``; everything in index form is built and changed through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from sympy import Expr, Integer, S, Symbol

from . import heads

ZERO, ONE, TWO, HALF = S.Zero, S.One, Integer(2), S.Half


def add(*terms: Expr) -> Expr:
    """The sum of terms, flat in the order given; zeros are dropped, numbers alone are summed."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.args if isinstance(term, sympy.Add) else (term,))
    if all(t.is_Rational for t in flat):
        return sum(flat, ZERO)
    flat = [t for t in flat if t != ZERO]
    return flat[0] if len(flat) == 1 else sympy.Add(*flat, evaluate=False)


def neg(x: Expr) -> Expr:
    """``-x``; a number is folded."""
    if x.is_Rational:
        return -x
    if isinstance(x, sympy.Mul) and x.args[0] == S.NegativeOne:
        rest = x.args[1:]
        return rest[0] if len(rest) == 1 else sympy.Mul(*rest, evaluate=False)
    return mul(S.NegativeOne, x)


def mul(*factors: Expr) -> Expr:
    """The product of factors, flat in the order given; factors of one are dropped."""
    flat: list[Expr] = []
    for f in factors:
        flat.extend(f.args if isinstance(f, sympy.Mul) else (f,))
    sign = ONE
    kept: list[Expr] = []
    for f in flat:
        if f == S.NegativeOne:
            sign = -sign
        elif f != ONE:
            kept.append(f)
    if sign == S.NegativeOne and kept and kept[0].is_Rational:
        kept[0] = -kept[0]
    elif sign == S.NegativeOne:
        kept.insert(0, sign)
    if not kept:
        return sign
    if all(f.is_Rational for f in kept):
        return sympy.Mul(*kept)
    return kept[0] if len(kept) == 1 else sympy.Mul(*kept, evaluate=False)


def power(base: Expr, exponent: Expr) -> Expr:
    """``base**exponent``; only powers of small rationals by small integers are folded."""
    if exponent == ONE:
        return base
    if base.is_Rational and exponent.is_Integer and abs(int(exponent)) <= 64 and base != 0:
        return base**exponent
    return sympy.Pow(base, exponent, evaluate=False)


def divide(a: Expr, b: Expr) -> Expr:
    """``a/b``; a quotient of nonzero numbers is folded."""
    if a.is_Rational and b.is_Rational and b != 0:
        return a / b
    if b == ONE:
        return a
    inverse = sympy.Pow(b, S.NegativeOne, evaluate=False)
    return inverse if a == ONE else mul(a, inverse)


def sqrt(x: Expr) -> Expr:
    return sympy.Pow(x, HALF, evaluate=False)


def apply(head: Callable[..., Expr], *args: Expr) -> Expr:
    """A SymPy function of arguments, unevaluated."""
    return head(*args, evaluate=False)


def sum_over(body: Expr, i: Symbol, lo: Expr, hi: Expr) -> Expr:
    return over(sympy.Sum, body, (i, lo, hi))


def product_over(body: Expr, i: Symbol, lo: Expr, hi: Expr) -> Expr:
    return over(sympy.Product, body, (i, lo, hi))


def over(head: type[Expr], body: Expr, *limits: tuple[Expr, ...]) -> Expr:
    """A ``Sum`` or ``Product`` as it is written; one directly in another of its kind joins its limits.

    SymPy's own constructor draws every case that depends on the index out of the body, out of inner
    operators too, whose indices then stand outside of their range.
    """
    ranges = tuple(sympy.Tuple(*limit) for limit in limits)
    while type(body) is head:
        body, ranges = body.args[0], (*body.args[1:], *ranges)
    e = Expr.__new__(head, body, *ranges)
    e.is_commutative = body.is_commutative
    return e


def rebuild(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """``e`` over other arguments, unevaluated."""
    if isinstance(e, sympy.Add | sympy.Mul | sympy.Pow):
        return e.func(*args, evaluate=False)
    if isinstance(e, sympy.Sum | sympy.Product):
        return over(type(e), *args)
    if isinstance(e, sympy.Piecewise):
        return sympy.Piecewise(*args, evaluate=False)
    if isinstance(e, sympy.core.relational.Relational | sympy.Function | sympy.Max | sympy.Min):
        return e.func(*args, evaluate=False)
    return e.func(*args)


def bound_symbols(e: Expr) -> tuple[Symbol, ...]:
    """The index symbols that the root of ``e`` binds."""
    if isinstance(e, sympy.Sum | sympy.Product):
        return tuple(limit[0] for limit in e.limits)
    if isinstance(e, heads.ReduceMax | heads.ReduceMin | heads.ArgMax | heads.ArgMin):
        return (e.args[1],)
    return ()


def substitute(e: Expr, values: Mapping[Expr, Expr]) -> Expr:
    """Replace symbols (and whole subexpressions) without capture and without evaluation.

    A bound index that occurs free in a replacement is renamed first.
    """
    if e in values:
        return values[e]
    bound = bound_symbols(e)
    if bound:
        inner = {k: v for k, v in values.items() if k not in bound}
        free = {s for v in inner.values() for s in v.free_symbols}
        for b in bound:
            if b in free:
                inner[b] = fresh_symbol(b, free | e.free_symbols)
        if isinstance(e, sympy.Sum | sympy.Product):
            body = substitute(e.function, inner)
            limits = [
                (inner.get(i, i), substitute(lo, inner), substitute(hi, inner)) for i, lo, hi in e.limits
            ]
            return over(type(e), body, *limits)
        values = inner
    if not e.args:
        return e
    args = tuple(substitute(a, values) for a in e.args)
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else rebuild(e, args)


def fresh_symbol(like: Symbol, taken: set[Symbol]) -> Symbol:
    """An index symbol named after ``like`` that is not in ``taken``."""
    names = {s.name for s in taken if isinstance(s, Symbol)}
    k = 1
    while f"{like.name}_{k}" in names:
        k += 1
    return heads.index(f"{like.name}_{k}")
