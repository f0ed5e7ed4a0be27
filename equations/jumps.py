"""Whether an integrand may jump at a place that moves with a parameter, where Leibniz's rule misses the jump.

``∫_0^1 [x < a] dx = a`` has the derivative 1, and the integrand's is 0 wherever it has one.  What is looked for
is in the text: a comparison, a rounding or a sign, or a denominator that may be zero, of the variable and the
parameter together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanFunction

from . import heads
from .equation import Equation, Parameter

#: Functions without jumps, whatever they are given (an exponential of minus infinity is 0 from both sides).
SMOOTH = frozenset((
    "exp", "sin", "cos", "sinh", "cosh", "tanh", "asinh", "atan", "erf", "erfc", "Abs", "Max", "Min", "Add", "Mul",
    "log", "Sum", "Product", "ReduceMax", "ReduceMin", "asin", "acos", "acosh", "atanh",
))


def may_jump(e: Equation, variables: Iterable[str], w: str) -> bool:
    """Whether nothing in an integrand shows that it moves with ``w`` without a jump."""
    return _Look(e, frozenset(variables), w).any()


@dataclass
class _Look:
    equation: Equation
    variables: frozenset[str]
    w: str

    def __post_init__(self) -> None:
        self.lets = {c.name: c.body for c in self.equation.lets}
        self.parameters: Mapping[str, Parameter] = {p.name: p for p in self.equation.parameters}
        #: What inner integrals and formulas depend on.
        self.behind = {c.value: {*c.inner.call_order, *(p.name for p in c.inner.parameters)}
                       for c in self.equation.computed}
        self.known: dict[str, frozenset[str]] = {}

    def any(self) -> bool:
        if any(c.kind == "formula" for c in self.equation.computed):
            return True  # what another formula hands over may jump in ways that are not written here
        bodies = [c.body for c in (*self.equation.lets, *self.equation.outputs)]
        return any(self.jumps(x) for body in bodies for x in sympy.preorder_traversal(body))

    def of(self, e: Expr) -> frozenset[str]:
        """The parameters that an expression is made of."""
        out: set[str] = set()
        for name in heads.read_names(e):
            if name not in self.known:
                self.known[name] = frozenset((name,))
                if name in self.lets:
                    self.known[name] = self.of(self.lets[name])
                elif name in self.behind:
                    self.known[name] = frozenset((name, *self.behind[name]))
            out |= self.known[name]
        return frozenset(out)

    def mixed(self, e: Expr) -> bool:
        """Whether an expression is made of a variable and of the parameter."""
        names = self.of(e)
        return self.w in names and bool(names & self.variables)

    def jumps(self, x: Expr) -> bool:
        if not isinstance(x, sympy.Basic) or not x.args or isinstance(x, sympy.Indexed | Symbol):
            return False
        if isinstance(x, sympy.Eq | sympy.Ne):
            return False  # at a single place: no part of an integral
        if isinstance(x, Relational):
            return self.mixed(x)
        if isinstance(x, sympy.Pow):
            if x.exp.is_Rational and x.exp > 0:
                return False
            return self.mixed(x) and not self.is_positive(x.base)
        if isinstance(x, sympy.Piecewise | sympy.Tuple | BooleanFunction):
            return False  # their conditions are looked at by themselves
        if type(x).__name__ in SMOOTH or isinstance(x, ExprCondPair):
            return False
        return self.mixed(x)

    def is_positive(self, e: Expr) -> bool:
        """Whether an expression is above zero everywhere, as far as its text and its domains show."""
        if e.is_number:
            return bool(e > 0) if e.is_comparable else False
        if isinstance(e, sympy.exp | sympy.cosh):
            return True
        if isinstance(e, Symbol):
            if e.name in self.lets:
                return self.is_positive(self.lets[e.name])
            p = self.parameters.get(e.name)
            return p is not None and p.domain.lo is not None and (
                p.domain.lo > 0 or (p.domain.lo == 0 and p.domain.lo_open))
        if isinstance(e, sympy.Add):
            return all(self.is_nonnegative(a) for a in e.args) and any(self.is_positive(a) for a in e.args)
        if isinstance(e, sympy.Mul):
            return all(self.is_positive(a) for a in e.args)
        if isinstance(e, sympy.Pow):
            return self.is_positive(e.base)
        return False

    def is_nonnegative(self, e: Expr) -> bool:
        if self.is_positive(e) or (e.is_number and e == 0):
            return True
        if isinstance(e, sympy.Pow):
            return bool(e.exp.is_Integer and int(e.exp) % 2 == 0 and e.exp > 0) or self.is_nonnegative(e.base)
        if isinstance(e, sympy.Symbol):
            p = self.parameters.get(e.name)
            return p is not None and p.domain.lo is not None and p.domain.lo >= 0
        if isinstance(e, sympy.Abs):
            return True
        if isinstance(e, sympy.Add | sympy.Mul):
            return all(self.is_nonnegative(a) for a in e.args)
        return False
