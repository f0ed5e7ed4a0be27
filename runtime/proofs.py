"""Proofs of claims: normal forms for equalities, inequalities with a name for the rest.

A proof speaks of the points at which both sides have values; that one side alone has none on more than a
null set is excluded by what both restrict (`Forms.restricted`), and points were tried before.
"""

from __future__ import annotations

from ..equations.claim import Claim, Step
from ..equations.equation import Equation
from . import polynomials as ps
from .lemmas import equal_only, nonnegative, reason_positive
from .normal_form import Forms
from .polynomials import Poly, TooLarge

NORMAL = "both sides have the same normal form, so they are equal wherever both have a value"


def proof(equation: Equation, step: Step) -> str:
    """Why a relation is true for all inputs at which its sides have values; empty where nothing here shows it."""
    try:
        if step.op == "=":
            return NORMAL if identical(equation, step) else ""
        left, right = (step.left, step.right) if step.op in ("<=", "<") else (step.right, step.left)
        forms = Forms(equation)
        small, large = sides(forms, equation, left, right)
        difference = ps.subtract(large, small)
        whole = next(o for o in equation.outputs if o.name == right).body
        if step.op in ("<=", ">=") and not small and forms.never_negative(whole):
            return "every part is a square or a number that is not negative"
        if step.op in ("<", ">"):
            return reason_positive(forms, difference)
        return nonnegative(forms, difference) or below(forms, small, large)
    except (TooLarge, RecursionError):
        return ""


def identical(equation: Equation, step: Step) -> bool:
    """Whether both sides have one normal form and the same restrictions."""
    forms = [Forms(equation), Forms(equation)]
    shape = rank(equation, step)
    left, right = (f.output(n, shape) for f, n in zip(forms, (step.left, step.right), strict=True))
    if forms[0].restricted != forms[1].restricted:
        return False
    return not cleared(forms[0], ps.subtract(left, right))


def sides(forms: Forms, equation: Equation, left: str, right: str) -> tuple[Poly, Poly]:
    shape = max(len(o.bounds) for o in equation.outputs if o.name in (left, right))
    return forms.output(left, shape), forms.output(right, shape)


def rank(equation: Equation, step: Step) -> int:
    return max(len(o.bounds) for o in equation.outputs if o.name in (step.left, step.right))


def cleared(forms: Forms, p: Poly) -> Poly:
    """A polynomial times its denominators; it is zero where the polynomial is."""
    for _ in range(8):
        below = sorted((a for a in ps.atoms(p) if a[0] == "inv"), key=repr)
        if not below:
            return p
        a = below[0]
        most = max(dict(m).get(a, 0) for m in p)
        if most.denominator != 1:
            raise TooLarge
        out: Poly = {}
        for m, c in p.items():
            missing = int(most - dict(m).get(a, 0))
            rest: Poly = {tuple(x for x in m if x[0] != a): c}
            out = ps.add(out, forms.product(rest, ps.power(ps.poly(a[1]), missing)))
        p = out
    raise TooLarge


def below(forms: Forms, small: Poly, large: Poly) -> str:
    """``A ≤ B`` by squares, where A² ≤ B² and B is not negative."""
    if not forms.nonnegative(large) or not any(a[0] in ("root", "abs") for a in ps.atoms(large) | ps.atoms(small)):
        return ""
    squares = [forms.product(p, p) for p in (small, large)]
    found = nonnegative(forms, ps.subtract(squares[1], squares[0]))
    return f"of the squares of both sides: {found}" if found else ""


def proof_connected(claim: Claim) -> str:
    """Why relations joined by connectives are true for all inputs; empty where nothing here shows it."""
    try:
        return equal_only(claim)
    except (TooLarge, RecursionError):
        return ""
