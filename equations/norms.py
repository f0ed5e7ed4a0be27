"""Bars: absolute values, determinants and norms."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Refusal
from .evidence import is_arrow, symbols_in
from .latex import tree as t
from .values import Value, describe, elementwise, lazy, reduce_sum, scalar, unify

Elaborate = Callable[[t.Node, Context], Value]


#: What is meant by orders of norms of matrices, and how to write it.
MATRIX_NORMS = {
    "1": "write \\max_j \\sum_i |A_{ij}| for the induced norm, \\sum_{i,j} |A_{ij}| for that of the elements",
    "infty": "write \\max_i \\sum_j |A_{ij}| for the induced norm, \\max_{i,j} |A_{ij}| for that of the elements",
    "2": "the largest singular value is not there yet; write \\|A\\|_F for the Frobenius norm",
    "star": "singular values are not there yet",
}


def bars(node: t.Bars, ctx: Context, elaborate: Elaborate) -> Value:
    """``|x|`` of a number, ``|A|`` of a matrix, ``‖x‖`` of a vector."""
    v, kind = elaborate(node.body, ctx), node.kind
    if v.rank == 0:
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
    if v.rank != 1:
        asked = sub.text if isinstance(sub, t.Number) else sub.base if isinstance(sub, t.Name) else ""
        raise Refusal("E126", f"a norm with an order of {describe(v)}", node.span, MATRIX_NORMS.get(asked, ""),
                      unsupported=True)
    if isinstance(sub, t.Number) and not float(sub.text):
        raise Refusal("E129", "the number of nonzero elements jumps where rounding decides", node.span,
                      "write \\sum_{i=1}^{n} \\mathbb{1}[x_i \\ne 0]", unsupported=True)
    k = ctx.indices.new("k")
    if isinstance(sub, t.Name) and sub.base == "infty":
        out = lazy(lambda: heads.ReduceMax(al.apply(sympy.Abs, v.at(k)), k, *v.axes[0].bounds(),
                                           evaluate=False))
        return out
    assert sub is not None
    order = elaborate(sub, ctx)
    if isinstance(sub, t.Number) and sub.text == "2":
        squares = reduce_sum(lambda s: al.power(v.at(s), al.TWO), v.axes[0], k)
        return lazy(lambda: al.sqrt(squares()))

    def total() -> Expr:
        powers = reduce_sum(lambda s: al.power(al.apply(sympy.Abs, v.at(s)), order.at()), v.axes[0], k)()
        return powers if order.at() == al.ONE else al.power(powers, al.divide(al.ONE, order.at()))

    return lazy(total)


def matrix_name(v: Value, ctx: Context) -> str:
    """The name of a matrix value, made a let when it has none."""
    i, j = heads.index("_0"), heads.index("_1")
    e = v.at(i, j)
    if isinstance(e, sympy.Indexed) and tuple(e.indices) == (i, j):
        return str(e.base.label.name)
    made = ctx.define("A", v).at(i, j)
    return str(made.base.label.name)
