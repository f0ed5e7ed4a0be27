"""Functions that notation brings along: a row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer

from . import algebra as al


@dataclass(frozen=True, slots=True)
class Row:
    """``make`` builds the index form; ``requires`` is the sign its argument must have."""

    make: Callable[..., Expr]
    requires: str = ""
    arity: int = 1


def _head(f: Callable[..., Expr]) -> Callable[..., Expr]:
    return lambda *x: al.apply(f, *x)


def _reciprocal(f: Callable[..., Expr]) -> Callable[[Expr], Expr]:
    return lambda x: al.divide(al.ONE, al.apply(f, x))


def _angle(y: Expr, x: Expr) -> Expr:
    """The angle of the point ``(x, y)``, between -π and π; 0 at the origin."""
    slope = al.apply(sympy.atan, al.divide(y, x))
    right, left = (compare(x, al.ZERO, evaluate=False) for compare in (sympy.Gt, sympy.Lt))
    above, below = (compare(y, al.ZERO, evaluate=False) for compare in (sympy.Gt, sympy.Lt))
    quarter = al.divide(sympy.pi, al.TWO)
    return sympy.Piecewise(
        (slope, right), (al.add(slope, al.neg(sympy.pi)), sympy.And(left, below, evaluate=False)),
        (al.add(slope, sympy.pi), left), (quarter, above), (al.neg(quarter), below), (al.ZERO, sympy.true),
        evaluate=False,
    )


ELEMENTWISE: dict[str, Row] = {
    "log": Row(_head(sympy.log), "positive"),
    "ln": Row(_head(sympy.log), "positive"),
    "lg": Row(lambda x: al.divide(al.apply(sympy.log, x), al.apply(sympy.log, Integer(10))), "positive"),
    "exp": Row(_head(sympy.exp)),
    "sin": Row(_head(sympy.sin)),
    "cos": Row(_head(sympy.cos)),
    "tan": Row(_head(sympy.tan)),
    "sec": Row(_reciprocal(sympy.cos)),
    "csc": Row(_reciprocal(sympy.sin)),
    "cot": Row(_reciprocal(sympy.tan)),
    "arcsin": Row(_head(sympy.asin)),
    "arccos": Row(_head(sympy.acos)),
    "arctan": Row(_head(sympy.atan)),
    "sinh": Row(_head(sympy.sinh)),
    "cosh": Row(_head(sympy.cosh)),
    "tanh": Row(_head(sympy.tanh)),
    "coth": Row(_reciprocal(sympy.tanh)),
    "arcsinh": Row(_head(sympy.asinh)),
    "arccosh": Row(_head(sympy.acosh)),
    "arctanh": Row(_head(sympy.atanh)),
    "erf": Row(_head(sympy.erf)),
    "erfc": Row(_head(sympy.erfc)),
    "sign": Row(_head(sympy.sign)),
    "sgn": Row(_head(sympy.sign)),
    "abs": Row(_head(sympy.Abs)),
    "sqrt": Row(al.sqrt, "nonnegative"),
    "Gamma": Row(_head(sympy.gamma)),
    "sech": Row(_reciprocal(sympy.cosh)),
    "csch": Row(_reciprocal(sympy.sinh)),
    "atan2": Row(_angle, arity=2),
    "hypot": Row(lambda x, y: al.sqrt(al.add(al.power(x, al.TWO), al.power(y, al.TWO))), arity=2),
    "clip": Row(lambda x, lo, hi: al.apply(sympy.Min, hi, al.apply(sympy.Max, lo, x)), arity=3),
    "floor": Row(_head(sympy.floor)),
    "ceil": Row(_head(sympy.ceiling)),
}

#: Heads whose inverse is written ``\sin^{-1}``.
INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arcsinh", "cosh": "arccosh",
            "tanh": "arctanh", "exp": "log", "log": "exp"}
