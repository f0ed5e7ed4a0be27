"""Mend cancellation: ``log(1 + a)``, ``exp(a) − 1``; and take exponentials of exact differences.

Before: any stage.  After: no subexpression has the left form of a rule of
``rules.CANCELLATIONS`` whose condition holds.  Each rule is an identity of real numbers
that trades a difference of near numbers for a function that is accurate there.  What is
left of exponentials of a sum or difference is ``exp_diff`` and its like: the rounding of a large
exponent would cost as many digits as the exponent has.
"""

from __future__ import annotations

from ..context import Context, rewrite
from ..expr import Call, Expr, Program
from ..rewriting import first_rule
from ..rules import CANCELLATIONS


def stabilize(program: Program) -> Program:
    """Every body with the rules of ``CANCELLATIONS`` applied, innermost first."""
    mended = rewrite(program, lambda context, e: first_rule(CANCELLATIONS, context, e))
    return rewrite(mended, _exponential)


def _exponential(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("exp" | "sigmoid" | "softplus" as f, (Call("sub", (a, b)),)):
            return Call(f"{f}_diff", (a, b))
        case Call("exp" | "sigmoid" | "softplus" as f, (Call("neg", (Call("sub", (a, b)),)),)):
            return Call(f"{f}_diff", (b, a))
        case Call("exp" | "sigmoid" | "softplus" as f, (Call("add", (a, b)),)):
            return Call(f"{f}_diff", (a, Call("neg", (b,))))
    return None
