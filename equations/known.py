r"""Functions that everyone knows by name: a row each, used where the document does not define the name.

Taking one is an assumption, and is listed as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr

from . import algebra as al
from .context import Context, Refusal
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic
from .span import Span
from .values import Value, elementwise, reduce_sum


@dataclass(frozen=True, slots=True)
class Known:
    """``make`` builds the value of numbers; ``says`` is the definition in words.

    Functions of a vector sum its exponentials: ``shares`` gives each one's share, ``total`` the sum's logarithm.
    """

    make: Callable[..., Expr]
    says: str
    arity: int = 1
    vector: str = ""


def sigmoid(x: Expr) -> Expr:
    return al.divide(al.ONE, al.add(al.ONE, al.apply(sympy.exp, al.neg(x))))


def softplus(x: Expr) -> Expr:
    return al.apply(sympy.log, al.add(al.ONE, al.apply(sympy.exp, x)))


def relu(x: Expr) -> Expr:
    return al.apply(sympy.Max, al.ZERO, x)


def normal_cdf(x: Expr) -> Expr:
    return al.mul(al.HALF, al.apply(sympy.erfc, al.neg(al.divide(x, al.sqrt(al.TWO)))))


def gamma(x: Expr) -> Expr:
    return al.apply(sympy.gamma, x)


def log_gamma(x: Expr) -> Expr:
    return al.apply(sympy.loggamma, x)


def beta(a: Expr, b: Expr) -> Expr:
    parts = (al.apply(sympy.loggamma, a), al.apply(sympy.loggamma, b), al.neg(al.apply(sympy.loggamma, al.add(a, b))))
    return al.apply(sympy.exp, al.add(*parts))


def logit(x: Expr) -> Expr:
    return al.apply(sympy.log, al.divide(x, al.add(al.ONE, al.neg(x))))


def swish(x: Expr) -> Expr:
    return al.divide(x, al.add(al.ONE, al.apply(sympy.exp, al.neg(x))))


#: Words, in any case; and symbols, as they are.
WORDS: Mapping[str, Known] = {
    "sigmoid": Known(sigmoid, "1 / (1 + e^-x)"),
    "logistic": Known(sigmoid, "1 / (1 + e^-x)"),
    "expit": Known(sigmoid, "1 / (1 + e^-x)"),
    "logit": Known(logit, "log(x / (1 - x))"),
    "softplus": Known(softplus, "log(1 + e^x)"),
    "relu": Known(relu, "max(0, x)"),
    "silu": Known(swish, "x / (1 + e^-x)"),
    "swish": Known(swish, "x / (1 + e^-x)"),
    "lgamma": Known(log_gamma, "the logarithm of the gamma function"),
    "gammaln": Known(log_gamma, "the logarithm of the gamma function"),
    "digamma": Known(lambda x: al.apply(sympy.digamma, x), "the derivative of the logarithm of the gamma function"),
    "trigamma": Known(lambda x: al.apply(sympy.trigamma, x), "the derivative of the digamma function"),
    "log1p": Known(lambda x: al.apply(sympy.log, al.add(al.ONE, x)), "log(1 + x)"),
    "expm1": Known(lambda x: al.add(al.apply(sympy.exp, x), al.neg(al.ONE)), "e^x - 1"),
    "tanh": Known(lambda x: al.apply(sympy.tanh, x), "the hyperbolic tangent"),
    "softmax": Known(sigmoid, "e^z_i / Σ_j e^z_j", vector="shares"),
    "logsumexp": Known(sigmoid, "log Σ_j e^z_j", vector="total"),
}
SYMBOLS: Mapping[str, Known] = {
    "Gamma": Known(gamma, "the gamma function"),
    "Phi": Known(normal_cdf, "the distribution function of the standard normal law"),
}


def known(sym: Symbolic, arguments: int) -> Known | None:
    """The row of a name that is applied to so many arguments."""
    if sym.subs or sym.sup is not None or not isinstance(sym.node, t.Name) or sym.node.accents:
        return None
    upright = sym.node.style in ("rm", "sf", "tt")
    if sym.base == "B" and arguments == 2 and upright:
        return Known(beta, "the beta function", 2)
    row = SYMBOLS.get(sym.base) if not upright else None
    if len(sym.base) > 2 and row is None:
        row = WORDS.get(sym.base.lower())
    return row if row is not None and row.arity == arguments else None


def evaluated(row: Known, sym: Symbolic, values: tuple[Value, ...], ctx: Context, span: Span) -> Value:
    """The value of a known function."""
    ctx.assume(f"{sym.base} is not defined here: it is taken for {row.says}")
    if not row.vector:
        if any(v.rank == 2 for v in values) and sym.base in SYMBOLS:
            raise Refusal("E124", f"'{sym.base}' of a matrix is ambiguous", span, "index the elements")
        return elementwise(row.make, values, span)
    v = values[0]
    k = ctx.indices.new("k")
    if v.rank == 2:
        ctx.assume(f"{sym.base} of a matrix acts on its rows")

    def total(*row: Expr) -> Expr:
        return reduce_sum(lambda s: al.apply(sympy.exp, v.at(*row, s)), v.axes[-1], k)()

    if row.vector == "total":
        return Value(v.axes[:-1], lambda *at: al.apply(sympy.log, total(*at)))
    return Value(v.axes, lambda *at: al.divide(al.apply(sympy.exp, v.at(*at)), total(*at[:-1])))


def refuse_bare_function(sym: Symbolic, follower: t.Node, ctx: Context) -> None:
    r"""``\operatorname{logit} p`` of a function that everyone knows by name is no product."""
    taken = {*ctx.arguments, *ctx.params, *ctx.known.declared}
    if len(sym.base) < 3 or known(sym, 1) is None or sym.whole in taken or ctx.known.symbols(sym.whole) is not None:
        return
    if isinstance(sym.node, t.Name) and sym.node.style in ("rm", "sf", "tt"):
        raise Refusal("E132", f"'{sym.base}' is the name of a function, and stands before a factor", sym.node.span,
                      f"write {to_latex(sym.node).strip()}({to_latex(follower).strip()})")
