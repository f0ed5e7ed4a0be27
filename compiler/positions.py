"""Positions and bounds: integer expressions in normal form.

integer ::= c0 + Σ_k c_k · atom_k,   atom ::= Index | Extent | Var | Element
"""

from __future__ import annotations

from fractions import Fraction

from .expr import Call, Const, Element, Expr, Extent, Index, Var
from .sums import affine, minus, simplified

ZERO, ONE = Const(Fraction(0)), Const(Fraction(1))

tidy = simplified


def const(value: int | Fraction) -> Const:
    """An exact constant."""
    return Const(Fraction(value))


def extent(axis: str) -> Expr:
    """The number of elements along an axis; a fixed size names its axis."""
    return const(int(axis)) if axis.isdigit() else Extent(axis)


def plus(a: Expr, b: Expr) -> Expr:
    """``a + b`` in normal form."""
    return tidy(Call("add", (a, b)))


def is_affine(e: Expr) -> bool:
    """Is an expression a sum of multiples of indices, extents and parameters?"""
    return all(isinstance(atom, Index | Extent | Var | Element) for atom, _ in affine(e).terms)


__all__ = ["ONE", "ZERO", "const", "extent", "is_affine", "minus", "plus", "tidy"]
