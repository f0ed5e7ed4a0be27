r"""Matrices written out: ``\begin{pmatrix} a & b \\ c & d \end{pmatrix}``, and vectors of ones."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Refusal
from .evidence import is_capital
from .latex import tree as t
from .latex.printer import to_latex
from .names import take_apart
from .span import Span
from .values import NAMED, AxisVar, ShapeMismatch, Value, describe, lazy, unify

Elaborate = Callable[[t.Node, Context], Value]

#: Determinants up to this size are expanded; larger ones are eliminated.
EXPANDED = 3


def matrix(node: t.Matrix, ctx: Context, elaborate: Elaborate) -> Value:
    """A matrix of numbers; one column is a vector, one row a transposed one."""
    cells = [entries(row, ctx, elaborate) for row in node.rows]
    if len({len(row) for row in cells}) != 1:
        raise Refusal("E157", "the rows of this matrix have unequal lengths", node.span,
                      "write as many cells in every row")
    n, m = len(cells), len(cells[0])
    if node.kind == "Vmatrix":
        raise Refusal("E125", "double bars around a matrix are ambiguous", node.span,
                      "write \\left\\|…\\right\\|_F for the Frobenius norm")
    if node.kind == "vmatrix":
        return determinant(node, cells, ctx)
    if n == m == 1:
        return cells[0][0]
    if m == 1:
        return listed([row[0] for row in cells], ctx)
    if n == 1:
        v = listed(cells[0], ctx)
        return Value(v.axes, v.at, row=True)
    return table(cells, ctx)


def entries(row: tuple[t.Node, ...], ctx: Context, elaborate: Elaborate) -> list[Value]:
    """The numbers of one row."""
    out = []
    for cell in row:
        if any(isinstance(x, t.Dots) for x in t.walk(cell)):
            raise Refusal("E156", "a matrix with dots has no size that can be read", cell.span,
                          "index its elements, e.g. A_{ij} = …", unsupported=True)
        v = elaborate(cell, ctx)
        if v.rank:
            raise Refusal("E158", f"a cell of this matrix is {describe(v)}, and cells are numbers", cell.span,
                          "write the blocks of the product that you need, each as a formula: A x + B y",
                          unsupported=True)
        if v.symbol and is_capital(v.symbol) and v.symbol in ctx.arguments:
            ctx.assume(f"{v.symbol} is a number, no block of the matrix")
        elif v.symbol and is_capital(v.symbol):
            name = to_latex(cell).strip()
            raise Refusal("E166", f"{name} in this matrix may be a number or a block", cell.span,
                          f"declare it: ${name} \\in \\mathbb{{R}}$; blocks are not there yet")
        out.append(v)
    return out


def listed(values: list[Value], ctx: Context) -> Value:
    """A vector of the given numbers."""
    return Value((ctx.named_axis(str(len(values))),), lambda i: chosen([v.at() for v in values], i))


def table(cells: list[list[Value]], ctx: Context) -> Value:
    """A matrix of the given numbers."""
    axes = ctx.named_axis(str(len(cells))), ctx.named_axis(str(len(cells[0])))
    return Value(axes, lambda i, j: chosen([chosen([v.at() for v in row], j) for row in cells], i))


def chosen(options: list[Expr], i: Expr) -> Expr:
    """The option at a position that counts from one."""
    if i.is_Integer:
        return options[int(i) - 1]
    if all(e == options[0] for e in options):
        return options[0]
    branches = [(e, sympy.Eq(i, k, evaluate=False)) for k, e in enumerate(options, 1)]
    branches[-1] = (branches[-1][0], sympy.true)
    return sympy.Piecewise(*branches, evaluate=False)


def determinant(node: t.Matrix, cells: list[list[Value]], ctx: Context) -> Value:
    """The determinant of a square matrix that is written out."""
    n = len(cells)
    if n != len(cells[0]):
        raise ShapeMismatch("the determinant of a matrix that is not square", node.span)
    if n > EXPANDED:
        named = ctx.define("A", table(cells, ctx)).at(heads.index("_0"), heads.index("_1"))
        return lazy(lambda: heads.Determinant(heads.parameter(str(named.base.label.name)), evaluate=False))
    return lazy(lambda: laplace([[v.at() for v in row] for row in cells]))


def laplace(rows: list[list[Expr]]) -> Expr:
    """A determinant, expanded along its first row."""
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for k, e in enumerate(rows[0]):
        if e != al.ZERO:
            minor = al.mul(e, laplace([[*row[:k], *row[k + 1 :]] for row in rows[1:]]))
            terms.append(al.neg(minor) if k % 2 else minor)
    return al.add(*terms) if terms else al.ZERO


def cross(a: Value, b: Value, ctx: Context, span: Span) -> Value | None:
    """``a × b`` of vectors with three elements; vectors of a length that nothing states have three then."""
    if a.rank == b.rank == 1 and any(v.axes[0].size is None and v.axes[0].rank < NAMED for v in (a, b)):
        for v in (a, b):
            if v.axes[0].rank < NAMED:
                unify(v.axes[0], ctx.named_axis("3"), span)
        ctx.assume("× between two vectors is the cross product: they have three elements")
    if not (a.rank == b.rank == 1 and a.axes[0].size == b.axes[0].size == 3):
        return None

    def at(i: Expr) -> Expr:
        x, y = ([v.at(sympy.Integer(k)) for k in (1, 2, 3)] for v in (a, b))
        parts = [
            al.add(al.mul(x[k], y[n]), al.neg(al.mul(x[n], y[k]))) for k, n in ((1, 2), (2, 0), (0, 1))
        ]
        return chosen(parts, i)

    return Value(a.axes, at, row=a.row)


def repeated(node: t.Node, ctx: Context) -> Value | None:
    r"""``\mathbf{1}`` and ``\mathbf{0}``: a vector of ones or zeros, as long as what it meets."""
    sym = take_apart(node)
    if sym is None or sym.base not in ("1", "0") or len(sym.subs) > 1:
        return None
    digit = al.ONE if sym.base == "1" else al.ZERO
    axis = AxisVar()
    if sym.subs:
        length = sym.subs[0]
        known = take_apart(length)
        if isinstance(length, t.Number):
            axis = ctx.named_axis(length.text)
        elif known is not None and known.sup is None:
            axis = AxisVar(known.whole, NAMED)
            axis = ctx.axis_names.setdefault(known.whole, axis)
        else:
            return None
    word = "ones" if digit == al.ONE else "zeros"
    ctx.assume(f"a bold {sym.base} is the vector of {word}")
    return Value((axis,), lambda i: digit)


def frobenius(a: Value, b: Value, ctx: Context, span: Span) -> Value:
    """``⟨A, B⟩ = Σ_{i,j} A_{ij} B_{ij}`` of two matrices."""
    for x, y in zip(a.axes, b.axes, strict=True):
        unify(x, y, span)
    i, j = ctx.indices.new("i"), ctx.indices.new("j")

    def total() -> Expr:
        rows, columns = (axis.bounds() for axis in a.axes)
        return al.sum_over(al.sum_over(al.mul(a.at(i, j), b.at(i, j)), j, *columns), i, *rows)

    ctx.assume("⟨ , ⟩ of two matrices is the sum of the products of their elements")
    return lazy(total)
