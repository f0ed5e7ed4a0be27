"""Natural domains: where every logarithm, root, quotient and power is real.

Only conditions that are affine in a single parameter are solved; the others stay
in ``Equation.defined_when`` for those who draw points.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import sympy
from sympy import Expr, Symbol

from . import heads
from .domain import Domain, interval_intersection
from .equation import Condition


def domains(conditions: Iterable[Condition]) -> dict[str, Domain]:
    """The interval that the conditions leave each parameter, by name.

    A logarithm's argument may touch zero: the value there is -inf, or absorbed by
    the ``0·log 0`` convention, so ends are closed.
    """
    out: dict[str, Domain] = {}
    for c in conditions:
        if c.sign == "nonzero":
            continue
        for part in nonnegative_parts(c.expr):
            solved = affine(part)
            if solved is None:
                continue
            name, a, b = solved
            end = -b / a
            half = Domain(lo=end) if a > 0 else Domain(hi=end)
            out[name] = interval_intersection(out.get(name, Domain()), half)
    return out


def nonnegative_parts(e: Expr) -> Iterable[Expr]:
    """Expressions that are nonnegative wherever ``e`` is, for sure."""
    # An even power or an exponential says nothing about its base.
    if isinstance(e, sympy.Mul):
        rest = [f for f in e.args if not surely_positive(f)]
        if len(rest) == 1:
            yield from nonnegative_parts(rest[0])
            return
    if isinstance(e, sympy.Pow) and e.exp == sympy.S.NegativeOne:
        yield from nonnegative_parts(e.base)
        return
    yield e


def surely_positive(e: Expr) -> bool:
    if e.is_Rational:
        return bool(e > 0)
    return isinstance(e, sympy.exp) or heads.is_extent(e) or (isinstance(e, sympy.Pow) and surely_positive(e.base))


def affine(e: Expr) -> tuple[str, Fraction, Fraction] | None:
    """``e = a·p + b`` for one parameter ``p``: its name, ``a`` and ``b``."""
    terms = e.args if isinstance(e, sympy.Add) else (e,)
    name, a, b = "", Fraction(0), Fraction(0)
    for term in terms:
        factors = term.args if isinstance(term, sympy.Mul) else (term,)
        coefficient = Fraction(1)
        found = ""
        for f in factors:
            if isinstance(f, sympy.Pow) and f.exp == sympy.S.NegativeOne and f.base.is_Rational and f.base != 0:
                coefficient *= Fraction(int(f.base.q), int(f.base.p))
            elif f.is_Rational:
                coefficient *= Fraction(int(f.p), int(f.q))
            elif isinstance(f, sympy.Indexed) and not found:
                found = str(f.base.label.name)
            elif isinstance(f, Symbol) and not (heads.is_extent(f) or heads.is_index(f)) and not found:
                found = f.name
            else:
                return None
        if found:
            if name and found != name:
                return None
            name, a = found, a + coefficient
        else:
            b += coefficient
    return (name, a, b) if name and a != 0 else None
