"""Symbols that may be one number or an array: ``z + c`` with an undeclared c."""

from __future__ import annotations

from dataclasses import replace

import sympy

from ..equations import algebra as al
from ..equations import heads
from ..equations.claim import Claim
from ..equations.equation import Comprehension, Equation
from .verdict import Verdict


def judged_flat(claim: Claim, seconds: float, seed: int) -> Verdict | None:
    """The verdict where each elastic symbol is one number, if the claim is true then."""
    from .prove import judge

    names = [p.name for p in claim.sides.parameters if p.elastic]
    sides = flattened(claim.sides, frozenset(names))
    verdict = judge(replace(claim, sides=sides), seconds=seconds, seed=seed)
    if verdict.status not in ("holds", "proved"):
        return None
    said = ", ".join(names)
    return replace(verdict, status="conditional", why=f"it is true where {said} is one number for all elements, and "
                   f"false where it is an array; declare {said}, e.g. {names[0]} \\in \\mathbb{{R}}")


def flattened(e: Equation, names: frozenset[str]) -> Equation:
    """An equation with its elastic parameters as numbers."""

    def body(c: Comprehension) -> Comprehension:
        found = {x: heads.parameter(str(x.base.label)) for x in c.body.atoms(sympy.Indexed)
                 if str(x.base.label) in names}
        return replace(c, body=al.substitute(c.body, found))

    parameters = tuple(replace(p, axes=(), elastic=False) if p.name in names else p for p in e.parameters)
    return replace(e, parameters=parameters, lets=tuple(map(body, e.lets)), outputs=tuple(map(body, e.outputs)))
