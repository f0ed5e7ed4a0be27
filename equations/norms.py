"""Bars: absolute values, determinants and norms."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Refusal
from .evidence import is_arrow, is_capital, symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .latex.tables import LONE
from .names import flatten
from .values import AxisVar, Value, describe, elementwise, lazy, reduce_sum, scalar, unify

Elaborate = Callable[[t.Node, Context], Value]


#: What is meant by orders of norms of matrices, and how to write it.
MATRIX_NORMS = {
    "2": "the largest singular value is not there yet; write \\|A\\|_F for the Frobenius norm",
    "op": "the largest singular value is not there yet; write \\|A\\|_F for the Frobenius norm",
    "star": "it is the sum of the singular values, which are not there yet; write \\|A\\|_F for the Frobenius norm",
    "2_1": "write \\sum_j \\sqrt{\\sum_i A_{ij}^2} for columns, \\sum_i \\sqrt{\\sum_j A_{ij}^2} for rows",
}


def bars(node: t.Bars, ctx: Context, elaborate: Elaborate) -> Value:
    """``|x|`` of a number, ``|A|`` of a matrix, ``‖x‖`` of a vector."""
    v, kind = elaborate(node.body, ctx), node.kind
    if v.rank == 0:
        refuse_open_cross(node.body, kind)
        return elementwise(lambda x: al.apply(sympy.Abs, x), (v,), node.span)
    arrows = v.rank == 1 and all(is_arrow(s) for s in symbols_in(node.body))
    if v.rank == 1 and (kind == "‖" or arrows):
        k = ctx.indices.new("k")
        squares = reduce_sum(lambda s: al.power(v.at(s), al.TWO), v.axes[0], k)
        return lazy(lambda: al.sqrt(squares()))
    if v.rank == 2 and kind == "|":
        unify(v.axes[0], v.axes[1], node.span)
        return scalar(heads.Determinant(heads.parameter(matrix_name(v, ctx)), evaluate=False))
    raise Refusal("E125", f"bars around {describe(v)} are ambiguous", node.span,
                  "write \\|x\\| for the norm of a vector, \\|A\\|_F for that of a matrix")


def refuse_open_cross(body: t.Node, kind: str) -> None:
    r"""``\|u \times v\|`` of letters that nothing declares: the length of a cross product, not ``|u v|``."""
    if not (isinstance(body, t.Binary) and body.op == "times"):
        return
    letters = [sorted({sym.base for sym in symbols_in(x)}) for x in (body.left, body.right)]
    if all(letters) and (kind == "‖" or all(isinstance(x, t.Name | t.Group) for x in (body.left, body.right))):
        names = ", ".join(sorted({*letters[0], *letters[1]}))
        raise Refusal("E120", "a × in bars may be a cross product of vectors, and these are numbers here", body.span,
                      f"declare the vectors, ${names} \\in \\mathbb{{R}}^3$, or write \\cdot for a product of numbers")


def norm_with_order(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value:
    """``‖x‖_p`` of a vector, ``‖A‖_F`` of a matrix; powers aside."""
    assert isinstance(node.base, t.Bars)
    v = elaborate(node.base.body, ctx)
    sub = node.sub
    if v.rank == 2 and isinstance(sub, t.Name) and sub.base == "F":
        i, j = ctx.indices.new("i"), ctx.indices.new("j")
        rows = reduce_sum(
            lambda s: reduce_sum(lambda u: al.power(v.at(s, u), al.TWO), v.axes[1], j)(), v.axes[0], i
        )
        return lazy(lambda: al.sqrt(rows()))
    asked = flatten(sub)
    if v.rank == 2 and asked in ("1", "infty", "max"):
        return matrix_norm(v, asked, to_latex(node), ctx)
    if v.rank != 1:
        raise Refusal("E126", f"a norm with an order of {describe(v)}", node.span,
                      MATRIX_NORMS.get(asked, "write the sum over the elements that you mean"), unsupported=True)
    if isinstance(sub, t.Number) and not float(sub.text):
        raise Refusal("E129", "the number of nonzero elements jumps where rounding decides", node.span,
                      "write \\sum_{i=1}^{n} \\mathbb{1}[x_i \\ne 0]", unsupported=True)
    k = ctx.indices.new("k")
    if isinstance(sub, t.Name) and sub.base == "infty":
        out = lazy(lambda: heads.ReduceMax(al.apply(sympy.Abs, v.at(k)), k, *v.axes[0].bounds(),
                                           evaluate=False))
        return out
    assert sub is not None
    if isinstance(sub, t.Name) and sub.base in LONE.values():
        raise Refusal("E126", "a norm with a mark that is no order", node.span,
                      "write its definition, e.g. \\|x\\|_2 or \\max_i |x_i|")
    order = elaborate(sub, ctx)
    unclear = any(is_capital(s.base) and s.whole not in ctx.known.declared for s in symbols_in(sub))
    if order.rank or unclear:
        x, a = to_latex(node.base.body).strip(), to_latex(sub).strip()
        raise Refusal("E126", "a norm weighted by a matrix has two readings", node.span,
                      f"write \\sqrt{{{x}^T {a} {x}}} or \\sqrt{{{x}^T {a}^{{-1}} {x}}}")
    if isinstance(sub, t.Number) and sub.text == "2":
        squares = reduce_sum(lambda s: al.power(v.at(s), al.TWO), v.axes[0], k)
        return lazy(lambda: al.sqrt(squares()))

    def total() -> Expr:
        powers = reduce_sum(lambda s: al.power(al.apply(sympy.Abs, v.at(s)), order.at()), v.axes[0], k)()
        return powers if order.at() == al.ONE else al.power(powers, al.divide(al.ONE, order.at()))

    return lazy(total)


def matrix_norm(v: Value, order: str, written: str, ctx: Context) -> Value:
    """The largest column sum (1), row sum (∞) or element (max) of the absolute values of a matrix."""
    i, j = ctx.indices.new("i"), ctx.indices.new("j")
    rows, columns = v.axes

    def size(a: Expr, b: Expr) -> Expr:
        return al.apply(sympy.Abs, v.at(a, b))

    def largest(e: Expr, index: Expr, axis: AxisVar) -> Expr:
        return heads.ReduceMax(e, index, *axis.bounds(), evaluate=False)

    if order == "max":
        return lazy(lambda: largest(largest(size(i, j), j, columns), i, rows))
    words = {"1": "column", "infty": "row"}[order]
    ctx.assume(f"{written.strip()} is the largest {words} sum of absolute values, the induced norm")
    if order == "1":
        return lazy(lambda: largest(reduce_sum(lambda s: size(s, j), rows, i)(), j, columns))
    return lazy(lambda: largest(reduce_sum(lambda s: size(i, s), columns, j)(), i, rows))


def matrix_at(v: Value, ctx: Context) -> tuple[str, tuple[Expr, ...]] | None:
    """The name of a matrix value and its place in an array of matrices; ``None`` where it has no name."""
    i, j = heads.index("_0"), heads.index("_1")
    e = v.at(i, j)
    if isinstance(e, sympy.Indexed) and tuple(e.indices[-2:]) == (i, j):
        lead = tuple(e.indices[:-2])
        if not any({i, j} & x.free_symbols for x in lead):
            return str(e.base.label.name), lead
    return None


def matrix_name(v: Value, ctx: Context) -> str:
    """The name of a matrix value, made a let when it has none."""
    i, j = heads.index("_0"), heads.index("_1")
    e = v.at(i, j)
    if isinstance(e, sympy.Indexed) and tuple(e.indices) == (i, j):
        return str(e.base.label.name)
    made = ctx.define("A", v).at(i, j)
    return str(made.base.label.name)
