"""Signs of polynomials of atoms, from the domains of parameters."""

from __future__ import annotations

from ..equations.equation import Equation
from . import polynomials as ps
from .polynomials import Atom, Monomial, Poly


class Signs:
    """What is certainly positive or not negative where it has a value."""

    def __init__(self, equation: Equation) -> None:
        self.domains = {p.name: p for p in equation.parameters}

    def nonnegative(self, p: Poly) -> bool:
        """Whether a polynomial is certainly not negative where it has a value."""
        return all(c > 0 and self.nonnegative_monomial(m) for m, c in p.items())

    def nonnegative_monomial(self, m: Monomial) -> bool:
        return all((e.denominator == 1 and e % 2 == 0) or self.nonnegative_atom(a) for a, e in m)

    def positive(self, p: Poly) -> bool:
        return self.nonnegative(p) and any(all(self.positive_atom(a) for a, _ in m) for m in p)

    def positive_atom(self, a: Atom) -> bool:
        match a[0]:
            case "exp" | "n" | "pi":
                return True
            case "p" | "e":
                d = self.domains[a[1]].domain
                return d.kind in ("interval", "integer") and d.lo is not None and (
                    d.lo > 0 or (d.lo == 0 and d.lo_open and d.kind == "interval"))
            case "inv" | "root":
                return self.positive(ps.poly(a[1]))
            case "sum":
                ends = [(ps.poly(lo), ps.poly(hi)) for lo, hi in a[1]]
                full = all(ps.number(lo) == 1 and all(x[0] == "n" for x in ps.atoms(hi)) and ps.single(hi) is not None
                           for lo, hi in ends)
                return full and all(self.positive_atom(x) for x, _ in a[2])
            case "log":
                c = ps.number(ps.poly(a[1]))
                return c is not None and c > 1
        return False

    def nonnegative_atom(self, a: Atom) -> bool:
        if self.positive_atom(a):
            return True
        match a[0]:
            case "p" | "e":
                d = self.domains[a[1]].domain
                return d.kind in ("interval", "integer", "simplex") and d.lo is not None and d.lo >= 0
            case "abs" | "root":
                return True
            case "inv":
                return self.nonnegative(ps.poly(a[1]))
            case "sum":
                return self.nonnegative_monomial(a[2])
            case "prod":
                return self.nonnegative(ps.poly(a[2]))
        return False
