r"""Integrands in the logarithms of their densities.

``p(x) \log(p(x)/q(x))`` of densities far in their tails is ``0 log(0/0)`` in floats, where the logarithms
are moderate numbers.  Here every value of a black-box function that stands under a logarithm becomes the
exponential of a value of its own, and logarithms of products of such values become sums.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from . import heads
from .domain import Domain
from .equation import Equation

#: Logarithms of densities: larger ones are of no density that floats can hold.
MODERATE = Domain(hi=Fraction(300))


def in_logs(e: Equation, positive: bool = False) -> Equation | None:
    """The equation with slot values ``log_p_x`` for ``p_x``; ``None`` where none stands under a logarithm.

    Densities that are ``positive`` everywhere need no look at zeros.
    """
    values = {s.value for s in e.slots if s.kind == "value" and not s.axes}
    bodies = [c.body for c in (*e.lets, *e.outputs)]
    inside = {n for body in bodies for log in body.atoms(sympy.log) for n in _factors(log.args[0], values)}
    if not inside or any(p.name == f"log_{n}" for p in e.parameters for n in inside):
        return None
    new = {n: heads.parameter(f"log_{n}") for n in inside}

    def go(x: Expr) -> Expr:
        if isinstance(x, Symbol):
            return al.apply(sympy.exp, new[x.name]) if x.name in new and not x.is_integer else x
        if isinstance(x, sympy.log) and _factors(x.args[0], inside):
            return _log(x.args[0])
        if isinstance(x, sympy.Mul):
            logs = [f for f in x.args if isinstance(f, sympy.log) and _factors(f.args[0], inside)]
            rest = [f for f in x.args if f not in logs]
            if logs and not all(f.is_Number for f in rest):
                # What an exact zero absorbs as a logarithm, it absorbs as a difference of logarithms.
                factor = al.mul(*map(go, rest))
                whole = al.mul(factor, *map(go, logs))
                if positive:
                    return whole
                zero = sympy.Eq(factor, al.ZERO, evaluate=False)
                return sympy.Piecewise((al.ZERO, zero), (whole, sympy.true), evaluate=False)
        return x if not x.args else al.rebuild(x, tuple(map(go, x.args)))

    def _log(x: Expr) -> Expr:
        parts = x.args if isinstance(x, sympy.Mul) else (x,)
        terms, left = [], []
        for f in parts:
            base, power = f.as_base_exp() if isinstance(f, sympy.Pow) else (f, al.ONE)
            if isinstance(base, Symbol) and base.name in new and power.is_Number:
                terms.append(al.mul(power, new[base.name]))
            elif isinstance(base, sympy.Mul) and power == -1 and _factors(base, inside):
                terms.append(al.neg(_log(base)))
            else:
                left.append(go(f))
        if left:
            terms.append(al.apply(sympy.log, al.mul(*left)))
        return al.add(*terms)

    parameters = tuple(
        replace(p, name=f"log_{p.name}", latex=f"\\log {p.latex}", domain=MODERATE, declared=True)
        if p.name in inside else p for p in e.parameters
    )
    return replace(
        e, parameters=parameters,
        lets=tuple(replace(c, body=go(c.body)) for c in e.lets),
        outputs=tuple(replace(c, body=go(c.body)) for c in e.outputs),
        slots=tuple(replace(s, value=f"log_{s.value}") if s.value in inside else s for s in e.slots),
        defined_when=(),
    )


def _factors(x: Expr, values: set[str]) -> set[str]:
    """The values that are factors of an expression, or of a quotient."""
    if isinstance(x, Symbol):
        return {x.name} & values
    if isinstance(x, sympy.Mul):
        return {n for f in x.args for n in _factors(f, values)}
    if isinstance(x, sympy.Pow) and x.exp.is_Number:
        return _factors(x.base, values)
    return set()
