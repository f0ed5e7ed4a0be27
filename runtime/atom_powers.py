"""Products, powers, roots, exponentials and logarithms of polynomials of atoms."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any

from ..equations.equation import Equation
from . import polynomials as ps
from .atom_signs import Signs
from .polynomials import ONE, Atom, Monomial, Poly, TooLarge

HALF = Fraction(1, 2)


class Powers(Signs, ABC):
    """Arithmetic in which roots, sizes and sines stand below the power at which they are other things.

    ``restricted`` collects what must not be negative for a value to be there.
    """

    def __init__(self, equation: Equation, seconds: float = 1.0) -> None:
        super().__init__(equation)
        self.stop = time.thread_time() + seconds
        self.restricted: set[Any] = set()
        self.depth = 0

    def fresh(self) -> Atom:
        """A bound index that nothing else has."""
        self.depth += 1
        return ("b", -self.depth, 0)

    @abstractmethod
    def summed(self, m: Monomial, bound: Atom, limits: tuple[Any, Any]) -> Poly:
        """The sum of a monomial over an index."""

    def product(self, p: Poly, q: Poly) -> Poly:
        if time.thread_time() > self.stop:
            raise TooLarge
        return self.reduced(ps.multiply(p, q))

    def reduced(self, p: Poly) -> Poly:
        """A polynomial in which roots, sizes and sines stand below the power at which they are other things."""
        for m, c in p.items():
            for a, e in m:
                new: Poly | None = None
                if a[0] == "root" and abs(e) >= a[2]:
                    whole = int(e / a[2])
                    new = self.product(self.powered(ps.poly(a[1]), whole), ps.atom(a, e - whole * a[2]))
                elif a[0] == "abs" and e >= 2:
                    whole = int(e) // 2
                    new = self.product(ps.power(ps.poly(a[1]), 2 * whole), ps.atom(a, e - 2 * whole))
                elif a[0] == "sin" and e >= 2:
                    square = ps.subtract(ps.constant(1), ps.atom(("cos", a[1]), 2))
                    new = self.product(square, ps.atom(a, e - 2))
                elif a[0] == "inv" and e < 0 and e.denominator == 1:
                    new = ps.power(ps.poly(a[1]), int(-e))
                if new is not None:
                    rest = {tuple(x for x in m if x[0] != a): c}
                    others = {n: k for n, k in p.items() if n != m}
                    return self.reduced(ps.add(others, self.product(rest, new)))
        return p

    def powered(self, p: Poly, n: int) -> Poly:
        """A power with a whole exponent."""
        return self.reduced(ps.power(p, n)) if n >= 0 else self.reduced(ps.power(self.inverse(p), -n))

    def inverse(self, p: Poly) -> Poly:
        """``1/p``; of several terms it is an atom of what remains when their common factor is taken out."""
        if not p:
            raise TooLarge
        content, rest = self.content(p)
        m, c = ps.single(content) or (ONE, Fraction(1))
        out: Poly = {tuple((a, -e) for a, e in m): 1 / c}
        out = self.reduced(out)
        return out if ps.number(rest) == 1 else ps.multiply(out, ps.atom(("inv", ps.key(rest))))

    def content(self, p: Poly) -> tuple[Poly, Poly]:
        """A common monomial factor with the coefficient of the first term, and what remains."""
        if len(p) == 1:
            return p, ps.constant(1)
        common: dict[Atom, Fraction] = {}
        for a in ps.atoms(p):
            least = min(dict(m).get(a, Fraction(0)) for m in p)
            if least:
                common[a] = least
        lead = min(p.items(), key=repr)[1]
        shared = ps.ordered(common)
        back = tuple((a, -e) for a, e in shared)
        return {shared: lead}, {ps.times(m, back): c / lead for m, c in p.items()}

    def root(self, base: Poly, c: Fraction, sure: bool = False) -> Poly:
        """``base^c`` with a broken exponent, of a base that is ``sure`` not to be negative, or has to be so."""
        if not (sure or self.nonnegative(base)):
            self.restricted.add(ps.key(base))
        if c.denominator == 1:
            return self.powered(base, int(c))
        base = self.sized(base)
        found = ps.single(base)
        if found is not None and found[1] > 0 and all(self.nonnegative_atom(a) for a, _ in found[0]):
            out = ps.constant(1)
            for a, e in found[0]:
                out = self.product(out, self._root_of(a, e * c))
            return self.product(out, self._root_of_number(found[1], c))
        content, rest = self.content(base)
        found = ps.single(content)
        if found is not None and ps.number(rest) != 1 and found[1] > 0 and self.nonnegative(content):
            return self.product(self.root(content, c), self._root_atom(rest, c))
        return self._root_atom(base, c)

    def _root_atom(self, base: Poly, c: Fraction) -> Poly:
        return self.reduced(ps.atom(("root", ps.key(base), c.denominator), c.numerator))

    def _root_of(self, a: Atom, e: Fraction) -> Poly:
        if a[0] == "exp" or e.denominator == 1:
            return self.reduced(ps.atom(a, e))
        if a[0] == "root":
            return self.root(ps.poly(a[1]), e / a[2])
        if a[0] == "abs" and (e * HALF).denominator == 1:
            return self.reduced(ps.atom(a, e))
        return self._root_atom(ps.atom(a), e)

    def _root_of_number(self, x: Fraction, c: Fraction) -> Poly:
        """Roots of primes are atoms, so that √8 is 2√2."""
        out = ps.constant(1)
        for n, sign in ((x.numerator, 1), (x.denominator, -1)):
            for prime, times in factored(n).items():
                out = self.product(out, self._root_of_prime(prime, sign * times * c))
        return out

    def _root_of_prime(self, prime: int, e: Fraction) -> Poly:
        whole = e.numerator // e.denominator
        rest = e - whole
        out = ps.constant(Fraction(prime) ** whole)
        return out if not rest else ps.multiply(out, self._root_atom(ps.constant(prime), rest))

    def sized(self, p: Poly) -> Poly:
        """A single term whose even powers are those of sizes, which are not negative."""
        found = ps.single(p)
        if found is None:
            return p
        out: Poly = {ONE: found[1]}
        for a, e in found[0]:
            even = e.denominator == 1 and e % 2 == 0 and not self.nonnegative_atom(a)
            out = ps.multiply(out, ps.atom(("abs", ps.key(ps.atom(a))) if even else a, e))
        return out

    def exp(self, p: Poly) -> Poly:
        """Exponentials of each term: of a multiple of a logarithm a power."""
        out = ps.constant(1)
        for m, c in p.items():
            lone = m[0][0] if len(m) == 1 and m[0][1] == 1 else None
            if lone is not None and lone[0] == "log":
                out = self.product(out, self.root(ps.poly(lone[1]), c))
            else:
                out = self.product(out, ps.atom(("exp", ps.key({m: Fraction(1)})), c))
        return out

    def log(self, p: Poly) -> Poly:
        """Logarithms of the factors that are not negative, and of what remains."""
        if not p:
            raise TooLarge
        content, rest = self.content(p)
        found = ps.single(self.sized(content))
        assert found is not None
        m, c = found
        known = {a: e for a, e in m if self.nonnegative_atom(a)}
        other = tuple((a, e) for a, e in m if a not in known)
        if c < 0 and not other and self.nonnegative(ps.scale(rest, -1)):
            c, rest = -c, ps.scale(rest, -1)
        out = self.log_of_number(abs(c)) if c else {}
        remaining = ps.multiply({other: Fraction(1 if c > 0 else -1)}, rest)
        if not other and c > 0 and ps.number(rest) != 1 and self.nonnegative(rest):
            remaining = rest
        for a, e in known.items():
            out = ps.add(out, ps.scale(self.log_of(a), e))
        if ps.number(remaining) == 1:
            return out
        if not self.nonnegative(remaining):
            self.restricted.add(ps.key(remaining))
        return ps.add(out, ps.atom(("log", ps.key(remaining))))

    def log_of(self, a: Atom) -> Poly:
        match a[0]:
            case "exp":
                return ps.poly(a[1])
            case "inv":
                return ps.scale(self.log(ps.poly(a[1])), -1)
            case "root":
                return ps.scale(self.log(ps.poly(a[1])), Fraction(1, a[2]))
            case "prod" if self.nonnegative(ps.poly(a[2])):
                bound = self.fresh()
                body = self.log(ps.poly(ps.renamed(a[2], {("b", a[3], 0): bound})))
                return ps.add(*(ps.scale(self.summed(m, bound, a[1]), c) for m, c in body.items()))
            case _:
                return ps.atom(("log", ps.key(ps.atom(a))))

    def log_of_number(self, x: Fraction) -> Poly:
        out: Poly = {}
        for n, sign in ((x.numerator, 1), (x.denominator, -1)):
            for prime, times in factored(n).items():
                out = ps.add(out, ps.scale(ps.atom(("log", ps.key(ps.constant(prime)))), sign * times))
        return out

    def absolute(self, p: Poly) -> Poly:
        if not p or self.nonnegative(p):
            return p
        content, rest = self.content(p)
        (m, c) = ps.single(content) or (ONE, Fraction(1))
        out = ps.constant(abs(c))
        for a, e in m:
            sure = self.nonnegative_atom(a) or (e.denominator == 1 and e % 2 == 0)
            factor = ps.atom(a, e) if sure else ps.atom(("abs", ps.key(ps.atom(a))), e)
            out = self.product(out, factor)
        if ps.number(rest) == 1 or self.nonnegative(rest):
            return self.product(out, rest)
        return self.product(out, ps.atom(("abs", ps.key(rest))))


def factored(n: int) -> dict[int, int]:
    """Prime factors of a small number; a large factor stays as it is."""
    out: dict[int, int] = {}
    d = 2
    while d * d <= n and d < 1000:
        while n % d == 0:
            out[d] = out.get(d, 0) + 1
            n //= d
        d += 1
    if n > 1:
        out[n] = out.get(n, 0) + 1
    return out
