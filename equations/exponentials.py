"""An equation that takes the logarithms of what black-box densities give, in place of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from . import heads
from .domain import REAL
from .equation import Comprehension, Condition, Equation


def log_name(value: str) -> str:
    """The name of the logarithm of a slot value."""
    return f"log_{value}"


def by_logarithms(eq: Equation, values: frozenset[str]) -> Equation:
    """The equation at ``p = exp(log p)`` for some slot values, which it takes as ``log_p``.

    Conditions on these alone hold then, and are left out.  A density is the exponential of its logarithm.
    """
    if eq.density is not None:
        log = eq.density.log
        (out,) = log.outputs
        whole = replace(out, name=eq.outputs[0].name, body=al.apply(sympy.exp, out.body))
        return by_logarithms(replace(log, name=eq.name, outputs=(whole,), latex=eq.latex), values)
    names = {v: log_name(v) for v in values}

    def body(c: Comprehension) -> Comprehension:
        return replace(c, body=exponentials(c.body, names))

    parameters = tuple(
        replace(p, name=names[p.name], domain=REAL, declared=False) if p.name in names else p for p in eq.parameters
    )
    conditions = tuple(
        Condition(c.sign, exponentials(c.expr, names), c.bounds)
        for c in eq.defined_when
        if not heads.read_names(c.expr) <= values
    )
    slots = tuple(replace(s, value=names[s.value], kind="log") if s.value in names else s for s in eq.slots)
    return replace(
        eq, parameters=parameters, lets=tuple(map(body, eq.lets)), outputs=tuple(map(body, eq.outputs)),
        defined_when=conditions, slots=slots, density=None, draws=(),
    )


def exponentials(e: Expr, names: Mapping[str, str]) -> Expr:
    """An expression with each read of a name replaced by the exponential of its logarithm; ``log exp x`` is x."""
    if isinstance(e, sympy.Indexed):
        label = e.base.label.name
        at = tuple(exponentials(i, names) for i in e.indices)
        return al.apply(sympy.exp, heads.element(names[label], *at)) if label in names else heads.element(label, *at)
    if isinstance(e, Symbol):
        plain = not (heads.is_extent(e) or heads.is_index(e))
        return al.apply(sympy.exp, heads.parameter(names[e.name])) if plain and e.name in names else e
    if not e.args:
        return e
    args = tuple(exponentials(a, names) for a in e.args)
    if isinstance(e, sympy.log) and isinstance(args[0], sympy.exp):
        return args[0].args[0]
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else al.rebuild(e, args)
