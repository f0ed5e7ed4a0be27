"""Affine integer expressions: bounds and positions in one normal form."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .expr import Call, Const, Element, Expr, Extent, Index, Var
from .sums import Affine as Sum
from .sums import affine as collect
from .sums import expression


@dataclass(frozen=True, slots=True)
class Affine:
    """``offset + Σ factor·atom``; atoms are indices, extents and integer parameters."""

    terms: tuple[tuple[Expr, Fraction], ...]
    offset: Fraction


def const(n: int | Fraction) -> Const:
    return Const(Fraction(n))


ZERO, ONE = const(0), const(1)


def affine(e: Expr) -> Affine | None:
    """The normal form; ``None`` where the expression is not affine."""
    s = collect(e)
    if not all(isinstance(atom, Index | Extent | Var | Element) for atom, _ in s.terms):
        return None
    return Affine(s.terms, s.const)


def tidy(e: Expr) -> Expr:
    """An affine expression in normal form; any other one as it is."""
    form = affine(e)
    return e if form is None else expression(Sum(form.terms, form.offset))


def plus(a: Expr, b: Expr) -> Expr:
    return tidy(Call("add", (a, b)))


def minus(a: Expr, b: Expr) -> Expr:
    return tidy(Call("sub", (a, b)))
