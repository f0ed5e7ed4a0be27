"""Mend cancellation: ``log(1 + a)``, ``exp(a) − 1``.

Before: any stage.  After: no subexpression has the left form of a rule of
``rules.CANCELLATIONS`` whose condition holds.  Each rule is an identity of real numbers
that trades a difference of near numbers for a function that is accurate there.
"""

from __future__ import annotations

from ..context import rewrite
from ..expr import Program
from ..rewriting import first_rule
from ..rules import CANCELLATIONS


def stabilize(program: Program) -> Program:
    """Every body with the rules of ``CANCELLATIONS`` applied, innermost first."""
    return rewrite(program, lambda context, e: first_rule(CANCELLATIONS, context, e))
