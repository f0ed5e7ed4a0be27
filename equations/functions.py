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
    "floor": Row(_head(sympy.floor)),
    "ceil": Row(_head(sympy.ceiling)),
}

#: Heads whose inverse is written ``\sin^{-1}``.
INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arcsinh", "cosh": "arccosh",
            "tanh": "arctanh", "exp": "log", "log": "exp"}
