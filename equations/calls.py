"""Functions and operators applied to what follows them."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .adjacency import pieces
from .context import Context, Promote, Refusal
from .evidence import is_capital
from .functions import ELEMENTWISE, INVERSES
from .latex import tree as t
from .latex.printer import to_latex
from .matrices import chosen
from .names import take_apart
from .norms import matrix_name
from .powers import is_sign, minus, positive_part, refuse_imaginary
from .values import ShapeMismatch, Value, describe, elementwise, lazy, reduce_sum, scalar, unify

Elaborate = Callable[[t.Node, Context], Value]

#: Statistics that are written with n or with n - 1.
SAMPLES = ("Var", "Std", "Cov", "Corr")

#: What there is no reading of, and what to write instead.
INSTEAD = {
    "rank": "the rank jumps where rounding decides: write the condition that you need, e.g. \\det A \\ne 0",
    "vec": "write \\operatorname{tr}(A^T B) for \\operatorname{vec}(A)^T \\operatorname{vec}(B), or index the "
           "elements: A_{ij}",
    "sinc": "write \\frac{\\sin x}{x}, or \\frac{\\sin(\\pi x)}{\\pi x}",
    "median": "sorting is not there yet: hand the median over as a number",
    "gcd": "hand it over as a number", "lcm": "hand it over as a number",
    "erfinv": "hand it over as a number", "arccot": "write \\arctan(1/x) or \\pi/2 - \\arctan x",
}


def function(node: t.Apply, ctx: Context, elaborate: Elaborate) -> Value:
    """An operator such as ``\\log``; vectors are mapped element by element."""
    head = node.head
    if head in ("max", "min"):
        items = node.argument.items if isinstance(node.argument, t.Separated) else (node.argument,)
        pick = sympy.Max if head == "max" else sympy.Min
        values = tuple(elaborate(i, ctx) for i in items)
        if len(items) == 1 and values[0].rank == 0 and values[0].symbol:
            raise Promote(values[0].symbol, values[0].depth + 1, f"'{head}' runs over its elements")
        if len(items) == 1 and values[0].rank == 0:
            raise Refusal("E140", f"'{head}' of a single number", node.span,
                          f"write the index below it, \\{head}_i x_i, or a list: \\{head}(0, x)")
        if len(items) == 1 and values[0].rank == 1:
            return extremum(values[0], head, ctx)
        return elementwise(lambda *x: al.apply(pick, *x), values, node.span)
    if head in ("det", "tr", "logdet", "diag"):
        return matrix_function(node, head, ctx, elaborate)
    if head == "log" and node.sub is not None:
        base, x = elaborate(node.sub, ctx), elaborate(node.argument, ctx)
        ctx.require("positive", x)
        log = ELEMENTWISE["log"].make
        return powered(elementwise(lambda u, b: al.divide(log(u), log(b)), (x, base), node.span), node, ctx, elaborate)
    if head in SAMPLES:
        refuse_sample(node, head)
    row = ELEMENTWISE.get(head)
    if row is None:
        raise Refusal("E123", f"the function '{head}' is not supported", node.span, INSTEAD.get(head, ""),
                      unsupported=True)
    given = node.argument.items if isinstance(node.argument, t.Separated) else (node.argument,)
    if row.arity > 1:
        if len(given) != row.arity or node.sub is not None:
            raise Refusal("E123", f"'{head}' takes {row.arity} arguments", node.span, "separate them by commas")
        values = tuple(elaborate(x, ctx) for x in given)
        return powered(elementwise(row.make, values, node.span), node, ctx, elaborate)
    if node.sub is not None:
        raise Refusal("E123", f"a subscript on '{head}' has no meaning", node.span, "leave it out, or write \\log_b x")
    inverted = minus(node.sup) if node.sup is not None else None
    if isinstance(inverted, t.Number) and inverted.text == "1" and head in INVERSES:
        name = INVERSES[head]
        ctx.assume(f"{head} to the power -1 is the inverse function, {name}")
        return elementwise(ELEMENTWISE[name].make, (elaborate(node.argument, ctx),), node.span)
    if inverted is not None:
        raise Refusal("E138", f"'{head}' with a negative power may be a reciprocal or an inverse function", node.span,
                      f"write \\frac{{1}}{{\\{head} x}}, or name the inverse function")
    if not node.bracketed and isinstance(node.argument, t.Juxt):
        refuse_open_argument(node, node.argument, ctx, elaborate)
    if head == "exp":
        refuse_imaginary(node.argument, ctx)
    v = elaborate(node.argument, ctx)
    if v.rank == 2:
        raise Refusal("E124", f"'{head}' of a matrix is ambiguous", node.span,
                      "index the elements: " + head + " A_{ij}")
    if head in ("log", "ln") and v.log is not None:
        return powered(lazy(v.log), node, ctx, elaborate)
    if head in ("log", "ln") and not v.rank and isinstance(gamma := v.at(), sympy.gamma):
        ctx.require("positive", lazy(lambda: gamma.args[0]))
        return powered(lazy(lambda: al.apply(sympy.loggamma, v.at().args[0])), node, ctx, elaborate)
    if row.requires:
        ctx.require(row.requires, v)
    return powered(elementwise(row.make, (v,), node.span), node, ctx, elaborate)


def refuse_sample(node: t.Apply, head: str) -> None:
    """Variances of data divide by ``n`` or by ``n - 1``: both are given, with the author's names."""
    given = node.argument.items if isinstance(node.argument, t.Separated) else (node.argument,)
    names = [x.whole for g in given if (x := take_apart(g)) is not None and not x.subs and x.sup is None]
    wanted = 2 if head in ("Cov", "Corr") else 1
    written = [to_latex(g).strip() for g in given] if len(names) == len(given) == wanted else ["x", "y"][:wanted]
    first, last = written[0], written[-1]
    square = f"({first}_i - \\bar{{{first}}})^2"
    product = square if wanted == 1 else f"({first}_i - \\bar{{{first}}}) ({last}_i - \\bar{{{last}}})"
    means = " with " + " and ".join(
        f"\\bar{{{x}}} = \\frac{{1}}{{n}} \\sum_{{i=1}}^{{n}} {x}_i" for x in written)
    if head == "Corr":
        squares = " ".join(f"\\sum_{{i=1}}^{{n}} ({x}_i - \\bar{{{x}}})^2" for x in written)
        raise Refusal("E123", "the function 'Corr' is not supported", node.span,
                      f"write \\frac{{\\sum_{{i=1}}^{{n}} {product}}}{{\\sqrt{{{squares}}}}}{means}", unsupported=True)
    both = [f"\\frac{{1}}{{{n}}} \\sum_{{i=1}}^{{n}} {product}" for n in ("n", "n-1")]
    if head == "Std":
        both = [f"\\sqrt{{{x}}}" for x in both]
    raise Refusal("E123", f"'{head}' of data divides by n or by n - 1", node.span,
                  f"write {both[0]} or {both[1]},{means}", unsupported=True)


def refuse_open_argument(node: t.Apply, argument: t.Juxt, ctx: Context, elaborate: Elaborate) -> None:
    """``\\log x (1 - y)``: the bracket may be a factor of the argument or of the logarithm."""
    found = pieces(argument.items, ctx, elaborate)
    letters = [part for _, part in found if not isinstance(part[0], t.Number)]
    if len(letters) > 1:
        ctx.assume(f"{node.head} takes all of the product that follows it")
    if any(isinstance(part[0], t.Group) and part[0].open == "(" for part in letters[1:]):
        head, inside = f"\\{node.head}", [" ".join(to_latex(x) for x in part) for _, part in found]
        raise Refusal("E139", f"the bracket may belong to the argument of '{node.head}' or stand beside it", node.span,
                      f"write {head}\\left({' '.join(inside)}\\right) or "
                      f"{head}\\left({' '.join(inside[:-1])}\\right) {inside[-1]}")


def extremum(v: Value, head: str, ctx: Context) -> Value:
    """``\\max(x)`` of a vector: its largest element."""
    k = ctx.indices.new("k")
    pick = heads.ReduceMax if head == "max" else heads.ReduceMin
    return lazy(lambda: pick(v.at(k), k, *v.axes[0].bounds(), evaluate=False))


def powered(v: Value, node: t.Apply, ctx: Context, elaborate: Elaborate) -> Value:
    """``\\sin^2 x`` is the square of the value."""
    if node.sup is None:
        return v
    if is_sign(node.sup):
        return positive_part(v, node.sup, node, ctx)
    exponent = elaborate(node.sup, ctx)
    return elementwise(al.power, (v, exponent), node.span)


def matrix_function(node: t.Apply, head: str, ctx: Context, elaborate: Elaborate) -> Value:
    """The determinant, its logarithm, the trace, and diagonals."""
    if head == "diag" and isinstance(node.argument, t.Separated):
        return diagonal(node.argument, ctx, elaborate)
    v = elaborate(node.argument, ctx)
    if head == "diag" and v.rank == 1:
        return Value(
            (v.axes[0], v.axes[0]),
            lambda i, j: sympy.Piecewise((v.at(i), sympy.Eq(i, j, evaluate=False)), (al.ZERO, sympy.true),
                                         evaluate=False),
        )
    if head == "diag" and not v.rank and v.symbol and not is_capital(v.symbol):
        raise Promote(v.symbol, v.depth + 1, "it is the diagonal of a matrix")
    if v.rank != 2:
        raise ShapeMismatch(f"'{head}' of {describe(v)}", node.span, "declare the matrix")
    unify(v.axes[0], v.axes[1], node.span)
    if head == "diag":
        return Value((v.axes[0],), lambda i: v.at(i, i))
    if head in ("det", "logdet"):
        det = heads.Determinant(heads.parameter(matrix_name(v, ctx)), evaluate=False)
        if head == "logdet":
            ctx.require("positive", scalar(det))
        return scalar(det if head == "det" else al.apply(sympy.log, det))
    k = ctx.indices.new("k")
    return lazy(reduce_sum(lambda s: v.at(s, s), v.axes[0], k))


def diagonal(listed: t.Separated, ctx: Context, elaborate: Elaborate) -> Value:
    """``diag(a, b, c)``: the matrix with the listed numbers on its diagonal."""
    values = [elaborate(x, ctx) for x in listed.items]
    if any(v.rank for v in values):
        raise Refusal("E158", "a matrix of blocks is not there yet", listed.span, "write each block as a formula",
                      unsupported=True)
    axes = ctx.named_axis(str(len(values))), ctx.named_axis(str(len(values)))

    def at(i: Expr, j: Expr) -> Expr:
        return sympy.Piecewise((chosen([v.at() for v in values], i), sympy.Eq(i, j, evaluate=False)),
                               (al.ZERO, sympy.true), evaluate=False)

    return Value(axes, at)


def binomial(n: Expr, k: Expr) -> Expr:
    """``n! / (k! (n - k)!)``, for numbers that are not whole too."""
    def factorial(x: Expr) -> Expr:
        return al.apply(sympy.gamma, al.add(x, al.ONE))

    return al.divide(factorial(n), al.mul(factorial(k), factorial(al.add(n, al.neg(k)))))
