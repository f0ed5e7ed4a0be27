"""Sums of products as expressions again, to compare what is printed with what was derived."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce

from ..expr import Call, Compare, Const, Expr, Reduce, Select
from ..positions import ONE, ZERO
from . import terms as t


def expression(p: t.Poly) -> Expr:
    """The sum as an expression."""
    return reduce(lambda a, b: Call("add", (a, b)), [_term(s, c) for s, c in p]) if p else ZERO


def _term(s: t.Term, c: Fraction) -> Expr:
    # Conditions first: what they exclude is not evaluated.
    guards = [a for a, _ in s if isinstance(a, t.Holds)]
    out = _product([Const(c), *(_raised(_atom(a), e) for a, e in s if not isinstance(a, t.Holds))])
    for g in guards:
        out = Select(Compare(g.op, g.left, g.right), out, ZERO)
    return out


def _product(es: Sequence[Expr]) -> Expr:
    out: Expr = ONE
    for e in es:
        out = e if out == ONE else out if e == ONE else Call("mul", (out, e))
    return out


def _raised(x: Expr, q: Fraction) -> Expr:
    if q < 0:
        return Call("div", (ONE, _raised(x, -q)))
    if q == 1:
        return x
    if q == Fraction(1, 2):
        return Call("sqrt", (x,))
    return Call("powi" if q.denominator == 1 else "pow", (x, Const(q)))


def _atom(a: t.Atom) -> Expr:
    match a:
        case t.Leaf(e):
            return e
        case t.Fn(name, args):
            return Call(name, tuple(map(expression, args)))
        case t.Group(p):
            return expression(p)
        case t.SumOf(ranges, s):
            out = _term(s, Fraction(1))
            for r in reversed(ranges):
                out = Reduce("sum", r, out)
            return out
        case t.Fold(monoid, r, p):
            return Reduce(monoid, r, expression(p))
        case t.Cases(op, left, right, then, other):
            sides = [expression(x) for x in (left, right, then, other)]
            return Select(Compare(op, sides[0], sides[1]), sides[2], sides[3])
    raise TypeError(a)
