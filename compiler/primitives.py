"""Scalar functions and whole-array operations, one row each.

``python`` is the emitted text: a template over argument texts, or the name of a
function of ``runtime/vecmath.py``.  ``evaluate`` is the same function on Python
floats with IEEE results: it never raises.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import scalar


@dataclass(frozen=True, slots=True)
class Primitive:
    """A scalar function.

    ``cheap`` marks arithmetic that is never worth a name of its own;
    ``commutative`` holds bit for bit; ``truth`` marks results that are truth values.
    """

    name: str
    arity: int
    python: str
    evaluate: Callable[..., Any]
    cheap: bool = False
    commutative: bool = False
    truth: bool = False

    def text(self, *args: str) -> str:
        """The emitted text of a call on argument texts."""
        if "{" in self.python or not self.arity:
            return self.python.format(*args)
        return f"{self.python}({', '.join(args)})"


@dataclass(frozen=True, slots=True)
class ArrayOperation:
    """A whole-array operation.

    ``ranks`` are those of the operands without their leads, ``rank`` that of the
    result; ``routine`` is what an ``Invoke`` calls.  ``evaluate`` is its NumPy reading.
    """

    name: str
    ranks: tuple[int, ...]
    rank: int
    routine: str
    evaluate: Callable[..., Any]


_ROWS = (
    Primitive("add", 2, "({0} + {1})", operator.add, cheap=True, commutative=True),
    Primitive("sub", 2, "({0} - {1})", operator.sub, cheap=True),
    Primitive("mul", 2, "({0} * {1})", operator.mul, cheap=True, commutative=True),
    Primitive("div", 2, "({0} / {1})", scalar.div),
    Primitive("neg", 1, "(-{0})", operator.neg, cheap=True),
    Primitive("pow", 2, "power", scalar.power),
    # (1 + a)^y, the sum never rounded.
    Primitive("pow1p", 2, "pow1p", scalar.pow1p),
    Primitive("powi", 2, "({0} ** {1})", scalar.power),
    Primitive("square", 1, "({0} ** 2)", lambda x: x * x, cheap=True),
    Primitive("sqrt", 1, "sqrt", scalar.sqrt),
    Primitive("cbrt", 1, "cbrt", math.cbrt),
    Primitive("exp", 1, "exp", scalar.exp),
    Primitive("log", 1, "log", scalar.log),
    Primitive("log1p", 1, "log1p", scalar.log1p),
    Primitive("expm1", 1, "expm1", scalar.expm1),
    Primitive("log2", 1, "log2", scalar.log2),
    Primitive("log10", 1, "log10", scalar.log10),
    Primitive("tanh", 1, "tanh", math.tanh),
    Primitive("sigmoid", 1, "sigmoid", scalar.sigmoid),
    Primitive("softplus", 1, "softplus", scalar.softplus),
    Primitive("sin", 1, "sin", scalar.sin),
    Primitive("cos", 1, "cos", scalar.cos),
    Primitive("tan", 1, "tan", scalar.tan),
    Primitive("asin", 1, "asin", scalar.asin),
    Primitive("acos", 1, "acos", scalar.acos),
    Primitive("atan", 1, "atan", math.atan),
    Primitive("atan2", 2, "atan2", math.atan2),
    Primitive("sinh", 1, "sinh", scalar.sinh),
    Primitive("cosh", 1, "cosh", scalar.cosh),
    Primitive("asinh", 1, "asinh", math.asinh),
    Primitive("acosh", 1, "acosh", scalar.acosh),
    Primitive("atanh", 1, "atanh", scalar.atanh),
    Primitive("erf", 1, "erf", math.erf),
    Primitive("erfc", 1, "erfc", math.erfc),
    # e^(x²) erfc x; the distribution function of the standard normal and its logarithm.
    Primitive("erfcx", 1, "erfcx", scalar.erfcx),
    Primitive("norm_cdf", 1, "norm_cdf", scalar.norm_cdf),
    Primitive("log_norm_cdf", 1, "log_norm_cdf", scalar.log_norm_cdf),
    Primitive("gamma", 1, "gamma", scalar.gamma),
    Primitive("lgamma", 1, "lgamma", scalar.lgamma),
    Primitive("digamma", 1, "digamma", scalar.digamma),
    Primitive("trigamma", 1, "trigamma", scalar.trigamma),
    Primitive("floor", 1, "floor", scalar.floor),
    Primitive("ceil", 1, "ceil", scalar.ceil),
    Primitive("sign", 1, "sign", scalar.sign, cheap=True),
    Primitive("abs", 1, "absolute", abs, cheap=True),
    Primitive("max", 2, "fold_max", scalar.maximum, cheap=True, commutative=True),
    Primitive("min", 2, "fold_min", scalar.minimum, cheap=True, commutative=True),
    Primitive("hypot", 2, "hypot", math.hypot, commutative=True),
    # log(x/y), the quotient never formed.
    Primitive("log_ratio", 2, "log_ratio", scalar.log_ratio),
    # x·y − z·w, as if the products were exact.
    Primitive("products_difference", 4, "products_difference", scalar.products_difference),
    # (x + y) − fl(x + y).
    Primitive("sum_error", 2, "sum_error", scalar.sum_error, cheap=True, commutative=True),
    # (2^600·x)² and (x/2^600)², for sums of squares out of range.
    Primitive("square_up", 1, "square_up", lambda x: (x * 2.0**600) * (x * 2.0**600), cheap=True),
    Primitive("square_down", 1, "square_down", lambda x: (x * 2.0**-600) * (x * 2.0**-600), cheap=True),
    Primitive("absorb", 2, "absorb", scalar.absorb, cheap=True),
    Primitive("absorb_div", 2, "absorb_div", scalar.absorb_div),
    # a·e^x where e^x alone may leave the floats.
    Primitive("scaled_exp", 2, "scaled_exp", scalar.scaled_exp),
    # a·log(a / ((a + b)/2)), accurate where a is near b.
    Primitive("middle_entr", 2, "middle_entr", scalar.middle_entr),
    # e^(x + tail), where the sum was rounded to x; e^(a - b), as if the difference were exact.
    Primitive("exp_sum", 2, "exp_sum", scalar.exp_sum),
    Primitive("exp_diff", 2, "exp_diff", scalar.exp_diff),
    # e^x - 1 - x; log(1 - e^x); log(e^a + e^b).
    Primitive("sigmoid_diff", 2, "sigmoid_diff", scalar.sigmoid_diff),
    Primitive("softplus_diff", 2, "softplus_diff", scalar.softplus_diff),
    Primitive("expm1x", 1, "expm1x", scalar.expm1x),
    Primitive("log1mexp", 1, "log1mexp", scalar.log1mexp),
    Primitive("logaddexp", 2, "logaddexp", scalar.logaddexp, commutative=True),
    # (1 + t) log(1 + t) - t, and half the sum of (1 ± t) log(1 ± t).
    Primitive("log1pmx", 1, "log1pmx", scalar.log1pmx),
    # t − log(1 + t) and x − 1 − log x.
    Primitive("log1p_gap", 1, "log1p_gap", scalar.log1p_gap),
    Primitive("log_gap", 1, "log_gap", scalar.log_gap),
    Primitive("js_psi", 1, "js_psi", scalar.js_psi),
    # a·log(a/m) + b·log(b/m), m the middle.
    Primitive("js_entr", 2, "js_entr", scalar.js_entr, commutative=True),
    Primitive("xlogy", 2, "xlogy", scalar.xlogy),
    Primitive("rel_entr", 2, "rel_entr", scalar.rel_entr),
    # A shift that the value around it does not depend on: derivatives take it as constant.
    Primitive("detach", 1, "{0}", lambda x: x, cheap=True),
    Primitive("pi", 0, repr(math.pi), lambda: math.pi, cheap=True),
    Primitive("euler", 0, repr(math.e), lambda: math.e, cheap=True),
    Primitive("and", 2, "({0} and {1})", lambda a, b: a and b, cheap=True, commutative=True, truth=True),
    Primitive("or", 2, "({0} or {1})", lambda a, b: a or b, cheap=True, commutative=True, truth=True),
    Primitive("not", 1, "(not {0})", operator.not_, cheap=True, truth=True),
)

PRIMITIVES: dict[str, Primitive] = {row.name: row for row in _ROWS}


def _linalg(name: str, lower: bool = False) -> Callable[..., Any]:
    """A function of ``numpy.linalg``, imported when first called; NaN where it refuses."""

    def call(*operands: Any) -> Any:
        import numpy as np

        args = [np.tril(operands[0]), *operands[1:]] if lower else list(operands)
        try:
            return getattr(np.linalg, name)(*args)
        except np.linalg.LinAlgError:
            return np.full_like(operands[-1], math.nan)

    return call


_ARRAY_ROWS = (
    ArrayOperation("cholesky", (2,), 2, "cholesky", _linalg("cholesky")),
    ArrayOperation("inverse", (2,), 2, "inverse", _linalg("inv")),
    ArrayOperation("determinant", (2,), 0, "determinant", _linalg("det")),
    ArrayOperation("solve", (2, 1), 1, "solve", _linalg("solve")),
    ArrayOperation("solve_spd", (2, 1), 1, "solve_spd", _linalg("solve")),
    ArrayOperation("solve_lower", (2, 1), 1, "solve_lower", _linalg("solve", lower=True)),
)

ARRAY_OPS: dict[str, ArrayOperation] = {row.name: row for row in _ARRAY_ROWS}
