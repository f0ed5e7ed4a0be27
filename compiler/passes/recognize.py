"""Name stable compounds: logistic, softplus, relative entropy, ...

Before: the stage ``frozen``.  After: no subexpression has the left form of a rule of
``rules.FUSIONS`` (seen through lets) whose condition is proved.  Each rule is an
identity of real numbers.
"""

from __future__ import annotations

from ..context import rewrite
from ..expr import Program
from ..rewriting import first_rule
from ..rules import FUSIONS


def recognize(program: Program) -> Program:
    """Every body with the rules of ``FUSIONS`` applied, innermost first."""
    return rewrite(program, lambda context, e: first_rule(FUSIONS, context, e))
