"""Expressions in ball arithmetic, for tests: independent of the compiler's own functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from flint import arb, fmpq

from texjit.compiler.expr import Call, Compare, Const, Expr, Select, Var


def _xlogy(a: arb, v: Callable[[], arb]) -> arb:
    return arb(0) if a.is_zero() else a * v()


def _half(x: arb) -> arb:
    return x / 2


FUNCTIONS: dict[str, Callable[..., arb]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "neg": lambda a: -a,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "abs": lambda a: abs(a),
    "max": lambda a, b: a.max(b),
    "square": lambda a: a * a,
    "pow": lambda a, b: (b * a.log()).exp(),
    "powi": lambda a, b: a ** int(float(b)),
    "cbrt": lambda a: a.root(3) if a >= 0 else -(-a).root(3),
    "sqrt": lambda a: a.sqrt(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "log2": lambda a: a.log() / arb(2).log(),
    "log10": lambda a: a.log() / arb(10).log(),
    "log1p": lambda a: (1 + a).log(),
    "expm1": lambda a: a.exp() - 1,
    "sigmoid": lambda a: 1 / (1 + (-a).exp()),
    "softplus": lambda a: (1 + a.exp()).log(),
    "exp_diff": lambda a, b: (a - b).exp(),
    "sigmoid_diff": lambda a, b: 1 / (1 + (b - a).exp()),
    "softplus_diff": lambda a, b: (1 + (a - b).exp()).log(),
    "sin": lambda a: a.sin(),
    "cos": lambda a: a.cos(),
    "atan": lambda a: a.atan(),
    "atan2": lambda a, b: arb.atan2(a, b),
    "sinh": lambda a: a.sinh(),
    "cosh": lambda a: a.cosh(),
    "tanh": lambda a: a.tanh(),
    "asinh": lambda a: a.asinh(),
    "acosh": lambda a: a.acosh(),
    "erf": lambda a: a.erf(),
    "erfc": lambda a: a.erfc(),
    "logaddexp": lambda a, b: (a.exp() + b.exp()).log(),
    "log1mexp": lambda a: (1 - a.exp()).log(),
    "expm1x": lambda a: a.exp() - 1 - a,
    "log1pmx": lambda a: (1 + a) * (1 + a).log() - a,
    "log_gap": lambda a: a - 1 - a.log(),
    "log1p_gap": lambda a: a - (1 + a).log(),
    "pow1p": lambda a, b: (b * (1 + a).log()).exp(),
    "log_ratio": lambda a, b: (a / b).log(),
    "absorb_div": lambda a, b: arb(0) if a.is_zero() else a / b,
    "products_difference": lambda a, b, c, d: a * b - c * d,
    "sum_error": lambda a, b: arb(0),
    "rel_entr": lambda a, b: _xlogy(a, lambda: (a / b).log()),
    "middle_entr": lambda a, b: _xlogy(a, lambda: (2 * a / (a + b)).log()),
    "norm_cdf": lambda a: _half((-a / arb(2).sqrt()).erfc()),
    "log_norm_cdf": lambda a: _half((-a / arb(2).sqrt()).erfc()).log(),
}


def evaluate(e: Expr, at: Mapping[str, float]) -> arb:
    """The value of a scalar expression at exact inputs, in the current precision."""
    match e:
        case Const(Fraction() as q):
            return arb(fmpq(q.numerator, q.denominator))
        case Const(v):
            return arb(v)
        case Var(name):
            return arb(at[name.lstrip("?")])
        case Select(Compare(op, a, b), then, other):
            x, y = evaluate(a, at), evaluate(b, at)
            holds = {"<": x < y, "<=": x <= y, "==": x == y}[op]
            return evaluate(then if holds else other, at)
        case Call("absorb", (a, b)):
            return _xlogy(evaluate(a, at), lambda: evaluate(b, at))
        case Call(prim, args):
            return FUNCTIONS[prim](*(evaluate(a, at) for a in args))
    raise NotImplementedError(e)
