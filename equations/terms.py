"""How many terms a formula writes down with numbers alone: what can be counted before it is computed."""

from __future__ import annotations

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from .context import Refusal
from .span import Span

#: A kernel runs over so many terms in about a millisecond, and its certificate over fifty times as many.
MAX_TERMS = 1 << 20


def refuse_endless(name: str, bodies: tuple[Expr, ...], span: Span) -> None:
    r"""Raise ``Refusal`` where ``\sum_{i=1}^{10^9}`` and its kin ask for more terms than can be checked."""
    for body in bodies:
        stack = [(body, 1)]
        while stack:
            e, terms = stack.pop()
            terms *= _written(e)
            if terms > MAX_TERMS:
                raise Refusal("E181", f"{name} sums over {terms} terms, at most {MAX_TERMS} can be checked", span,
                              r"write the number of terms as a letter, \sum_{i=1}^{N}", unsupported=True)
            stack.extend((x, terms) for x in e.args if isinstance(x, Expr) and not isinstance(x, Symbol))


def _written(e: Expr) -> int:
    """The number of terms of a sum between two numbers; 1 for everything else."""
    if isinstance(e, sympy.Sum | sympy.Product):
        ranges = [(lo, hi) for _, lo, hi in e.limits]
    elif al.bound_symbols(e):
        ranges = [(e.args[2], e.args[3])]
    else:
        return 1
    count = 1
    for lo, hi in ranges:
        if isinstance(lo, sympy.Integer) and isinstance(hi, sympy.Integer):
            count *= max(1, int(hi) - int(lo) + 1)
    return count
