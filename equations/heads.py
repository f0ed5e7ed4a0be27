"""SymPy heads for what SymPy has no index form of, and the symbols we use.

An index-form body is made of: numbers; ``parameter(name)``; ``extent(name)``;
index symbols; ``Indexed(IndexedBase(name), i, ...)``; ``Add Mul Pow`` and SymPy's
functions (``exp log sin Abs Max Min floor sign erf gamma Piecewise ...``);
``Sum`` and ``Product`` with one limit each; and the heads below.  Everything is
built unevaluated, so that the author's structure survives.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Integer, Symbol


class ReduceMax(sympy.Function):  # type: ignore[misc]
    """``ReduceMax(body, index, lo, hi)``: the largest value of the body; -oo when empty."""

    nargs = 4


class ReduceMin(sympy.Function):  # type: ignore[misc]
    """``ReduceMin(body, index, lo, hi)``: the smallest value of the body; oo when empty."""

    nargs = 4


class ArgMax(sympy.Function):  # type: ignore[misc]
    """``ArgMax(body, index, lo, hi)``: the first index at which the body is largest."""

    nargs = 4


class ArgMin(sympy.Function):  # type: ignore[misc]
    """``ArgMin(body, index, lo, hi)``: the first index at which the body is smallest."""

    nargs = 4


class InverseElement(sympy.Function):  # type: ignore[misc]
    """``InverseElement(A, i, j)``: element (i, j) of the inverse of the array named A.

    ``InverseElement(A, i, j, k, ...)`` is one of the inverse of the matrix ``A[k, ...]``.
    """

    nargs = (3, 4, 5)


class Determinant(sympy.Function):  # type: ignore[misc]
    """``Determinant(A)``: determinant of the array named A (a ``Symbol``).

    ``Determinant(A, k, ...)`` is that of the matrix ``A[k, ...]``.
    """

    nargs = (1, 2, 3)


class Partial(sympy.Function):  # type: ignore[misc]
    """``Partial(f, x, i, ...)``: the partial derivative of ``f`` by element ``i, ...`` of the let named x.

    ``f`` is a 0-d let (a ``Symbol``) or an element of one (an ``Indexed``) of the same equation, which
    reads x; x is a copy of what is differentiated by, so that all ways from x to f and no others count.
    """


def parameter(name: str) -> Symbol:
    """The symbol of a 0-d parameter or let (no assumptions: SymPy must not simplify)."""
    return Symbol(name)


def extent(axis: str) -> Expr:
    """An axis' extent: its symbol, whose assumptions tell it from a parameter, or a literal size."""
    return Integer(axis) if axis.isdigit() else Symbol(axis, integer=True, positive=True)


def index(name: str) -> Symbol:
    """The symbol of a bound index; its assumptions tell it from the other symbols."""
    return Symbol(name, integer=True)


def is_extent(s: Expr) -> bool:
    return isinstance(s, Symbol) and bool(s.is_integer) and bool(s.is_positive)


def is_index(s: Expr) -> bool:
    return isinstance(s, Symbol) and bool(s.is_integer) and not s.is_positive


def read_names(e: Expr) -> frozenset[str]:
    """Names of the parameters and lets that an expression reads; extents and indices are none."""
    return frozenset(s.name for s in e.atoms(Symbol) if not s.is_integer)


def differentiated_by(*bodies: Expr) -> frozenset[str]:
    """The lets by which expressions differentiate."""
    return frozenset(p.args[1].name for e in bodies for p in e.atoms(Partial))


def element(array: str, *at: Expr) -> Expr:
    """Element of an array at mathematical positions."""
    return sympy.Indexed(sympy.IndexedBase(array), *at)
