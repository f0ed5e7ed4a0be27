"""Normal forms of index-form expressions: polynomials over opaque atoms.

Two expressions with the same normal form are equal wherever both have a value.  What is used: the field
axioms; sums are linear, and indices may be renamed and sums over independent ranges exchanged; exponentials
turn sums into products, and logarithms products of numbers that are not negative into sums; ``sin² + cos² = 1``
and the addition theorems.  Everything else is opaque: equal only to itself.

Bound indices are atoms ``("b", level, k)``, where the level is above all those inside, so that none is
captured; free ones are ``("f", k)``.  ``restricted`` collects what must not be
negative for the expression to have a value: two sides must agree on it too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

import sympy
from sympy import Expr, Symbol

from ..equations import algebra as al
from ..equations.equation import Equation
from ..equations.heads import is_extent, is_index
from . import polynomials as ps
from .polynomials import ONE, Atom, Monomial, Poly, TooLarge

#: Nodes of an expression with its definitions put in.
NODES = 3000
#: Indices of one sum whose order is made canonical.
INDICES = 4
HALF = Fraction(1, 2)
#: Coefficients of ``Σ_{k=1}^{n} k^m`` in powers of n, by m.
POWER_SUMS = {
    Fraction(1): (Fraction(0), HALF, HALF),
    Fraction(2): (Fraction(0), Fraction(1, 6), HALF, Fraction(1, 3)),
    Fraction(3): (Fraction(0), Fraction(0), Fraction(1, 4), HALF, Fraction(1, 4)),
    Fraction(4): (Fraction(0), Fraction(-1, 30), Fraction(0), Fraction(1, 3), HALF, Fraction(1, 5)),
}
ODD = frozenset("asin atan asinh atanh erf tan sign".split())
KNOWN = frozenset(
    "exp log Abs sinh cosh tanh sin cos tan asin acos atan asinh acosh atanh erf erfc gamma loggamma digamma sign "
    "floor ceiling".split()
)
TOTAL = frozenset("exp sin cos tan atan asinh erf erfc Abs sign floor ceiling".split())


class Forms:
    """Normal forms over one equation's parameters; remembers what must not be negative."""

    def __init__(self, equation: Equation, seconds: float = 1.0) -> None:
        self.equation, self.stop = equation, time.thread_time() + seconds
        self.lets = {c.name: c for c in equation.lets}
        self.domains = {p.name: p for p in equation.parameters}
        self.restricted: set[Any] = set()
        self.depth = self.nodes = 0

    def output(self, name: str, shape: int) -> Poly:
        """The normal form of a side; its free indices are the last ones of ``shape``."""
        c = next(o for o in self.equation.outputs if o.name == name)
        first = shape - len(c.bounds)
        scope: dict[Symbol, Atom] = {b.symbol: ("f", first + k) for k, b in enumerate(c.bounds)}
        return self.form(c.body, scope)

    def defined(self, e: Expr) -> Expr | None:
        """What a symbol or element stands for, where it is a definition's; a bound index in it is not captured."""
        name = str(e.base.label) if isinstance(e, sympy.Indexed) else e.name if isinstance(e, Symbol) else ""
        if name not in self.lets or is_index(e) or is_extent(e):
            return None
        c = self.lets[name]
        at = e.indices if isinstance(e, sympy.Indexed) else ()
        if len(at) != len(c.bounds):
            raise TooLarge
        return al.substitute(c.body, {b.symbol: i for b, i in zip(c.bounds, at, strict=True)})

    # Expressions

    def form(self, e: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        self.nodes += 1
        if self.nodes > NODES:
            raise TooLarge
        if (meant := self.defined(e)) is not None:
            return self.form(meant, scope)
        if e.is_Rational:
            return ps.constant(Fraction(int(e.p), int(e.q)))
        if isinstance(e, Symbol):
            return ps.atom(self._symbol(e, scope))
        if e in (sympy.E,):
            return ps.atom(("exp", ps.key(ps.constant(1))))
        if e is sympy.pi:
            return ps.atom(("pi",))
        if isinstance(e, sympy.Indexed):
            if str(e.base.label) not in self.domains:
                raise TooLarge
            at = tuple(ps.key(self.form(i, scope)) for i in e.indices)
            return ps.atom(("e", str(e.base.label), at))
        if e.is_Add:
            return ps.add(*(self.form(a, scope) for a in e.args))
        if e.is_Mul:
            out = ps.constant(1)
            for a in e.args:
                out = self.product(out, self.form(a, scope))
            return out
        if e.is_Pow:
            return self._pow(e, scope)
        if isinstance(e, sympy.Sum | sympy.Product):
            return self._over(e, scope)
        return self._function(e, scope)

    def _symbol(self, s: Symbol, scope: Mapping[Symbol, Atom]) -> Atom:
        if s in scope:
            return scope[s]
        if is_extent(s):
            return ("n", s.name)
        if is_index(s) or (s.name not in self.domains):
            raise TooLarge
        return ("p", s.name)

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

    # Powers, roots, exponentials and logarithms

    def _pow(self, e: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        if e.base is sympy.E:
            return self.exp(self.form(e.exp, scope))
        if e.exp.is_Integer:
            n = int(e.exp)
            base = self.form(e.base, scope)
            return self.reduced(ps.power(base, n)) if n >= 0 else self.powered(base, n)
        base, exponent = self.form(e.base, scope), self.form(e.exp, scope)
        c = ps.number(exponent)
        if c is not None:
            return self.root(base, c, self.never_negative(e.base))
        if self.positive(base):
            return self.exp(self.product(exponent, self.log(base)))
        self.restricted.add(("power", ps.key(base), ps.key(exponent)))
        return ps.atom(("power", ps.key(base), ps.key(exponent)))

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
        out = self._log_of_number(abs(c)) if c else {}
        remaining = ps.multiply({other: Fraction(1 if c > 0 else -1)}, rest)
        if not other and c > 0 and ps.number(rest) != 1 and self.nonnegative(rest):
            remaining = rest
        for a, e in known.items():
            out = ps.add(out, ps.scale(self._log_of(a), e))
        if ps.number(remaining) == 1:
            return out
        if not self.nonnegative(remaining):
            self.restricted.add(ps.key(remaining))
        return ps.add(out, ps.atom(("log", ps.key(remaining))))

    def _log_of(self, a: Atom) -> Poly:
        match a[0]:
            case "exp":
                return ps.poly(a[1])
            case "inv":
                return ps.scale(self.log(ps.poly(a[1])), -1)
            case "root":
                return ps.scale(self.log(ps.poly(a[1])), Fraction(1, a[2]))
            case "prod" if self.nonnegative(ps.poly(a[2])):
                bound = self._fresh()
                body = self.log(ps.poly(ps.renamed(a[2], {("b", a[3], 0): bound})))
                return ps.add(*(ps.scale(self._summed(m, bound, a[1]), c) for m, c in body.items()))
            case _:
                return ps.atom(("log", ps.key(ps.atom(a))))

    def _log_of_number(self, x: Fraction) -> Poly:
        out: Poly = {}
        for n, sign in ((x.numerator, 1), (x.denominator, -1)):
            for prime, times in factored(n).items():
                out = ps.add(out, ps.scale(ps.atom(("log", ps.key(ps.constant(prime)))), sign * times))
        return out

    # Functions

    def _function(self, e: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        head = type(e).__name__
        if head == "InverseElement":
            at = tuple(ps.key(self.form(i, scope)) for i in e.args[1:])
            return ps.atom(("inverse", str(e.args[0]), at))
        if head == "Determinant":
            return ps.atom(("det", str(e.args[0])))
        if head in ("Max", "Min") and len(e.args) == 2:
            a, b = (self.form(x, scope) for x in e.args)
            size = self.absolute(ps.subtract(a, b))
            return ps.scale(ps.add(a, b, ps.scale(size, 1 if head == "Max" else -1)), HALF)
        if head in ("ReduceMax", "ReduceMin", "ArgMax", "ArgMin"):
            body, i, lo, hi = e.args
            return self._opaque(head, body, i, lo, hi, scope)
        if head not in KNOWN or len(e.args) != 1:
            raise TooLarge
        x = self.form(e.args[0], scope)
        match head:
            case "exp":
                return self.exp(x)
            case "log":
                return self.log(x)
            case "Abs":
                return self.absolute(x)
            case "sinh" | "cosh" | "tanh":
                up, down = self.exp(x), self.exp(ps.scale(x, -1))
                if head == "cosh":
                    return ps.scale(ps.add(up, down), HALF)
                difference = ps.subtract(up, down)
                return ps.scale(difference, HALF) if head == "sinh" else self.product(
                    difference, self.inverse(ps.add(up, down)))
            case "sin" | "cos":
                return self._wave(head, x)
            case "gamma":
                return self._gamma(x)
        return self._named(head, x)

    def _named(self, head: str, x: Poly) -> Poly:
        if head not in TOTAL:
            self.restricted.add(("domain", head, ps.key(x)))
        if head in ODD and x and min(x.items(), key=repr)[1] < 0:
            return ps.scale(ps.atom((head, ps.key(ps.scale(x, -1)))), -1)
        return ps.atom((head, ps.key(x)))

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

    def _wave(self, head: str, x: Poly) -> Poly:
        """Sines and cosines of sums and of whole multiples, by the addition theorems."""
        if not x:
            return ps.constant(0 if head == "sin" else 1)
        terms = sorted(x.items(), key=repr)
        if len(terms) > 3:
            raise TooLarge
        sine, cosine = ps.constant(0), ps.constant(1)
        for m, c in terms:
            s, k = self._turn(m, c)
            sine, cosine = (
                self.reduced(ps.add(ps.multiply(sine, k), ps.multiply(cosine, s))),
                self.reduced(ps.subtract(ps.multiply(cosine, k), ps.multiply(sine, s))),
            )
        return sine if head == "sin" else cosine

    def _turn(self, m: Monomial, c: Fraction) -> tuple[Poly, Poly]:
        """Sine and cosine of a term."""
        times = abs(c.numerator)
        if m == ((("pi",), Fraction(1)),) and c.denominator in (1, 2):
            quarter = int(2 * c) % 4
            return ps.constant((0, 1, 0, -1)[quarter]), ps.constant((1, 0, -1, 0)[quarter])
        if times > 6:
            raise TooLarge
        part = ps.key({m: Fraction(1, c.denominator)})
        s, k = ps.atom(("sin", part)), ps.atom(("cos", part))
        sine, cosine = ps.constant(0), ps.constant(1)
        for _ in range(times):
            sine, cosine = (
                self.reduced(ps.add(ps.multiply(sine, k), ps.multiply(cosine, s))),
                self.reduced(ps.subtract(ps.multiply(cosine, k), ps.multiply(sine, s))),
            )
        return (sine if c > 0 else ps.scale(sine, -1)), cosine

    def _gamma(self, x: Poly) -> Poly:
        """``Γ(x + 1) = x Γ(x)`` down to an argument whose constant is below 1."""
        shift = x.get(ONE, Fraction(0))
        whole = shift.numerator // shift.denominator
        base = ps.subtract(x, ps.constant(whole))
        if not base:
            if not 1 <= whole <= 20:
                raise TooLarge
            base, whole = ps.constant(1), whole - 1
        if abs(whole) > 12:
            raise TooLarge
        out = ps.constant(1) if ps.number(base) == 1 else self._named("gamma", base)
        for k in range(abs(whole)):
            if whole > 0:
                out = self.product(out, ps.add(base, ps.constant(k)))
            else:
                out = self.product(out, self.inverse(ps.subtract(base, ps.constant(k + 1))))
        return out

    # Sums and products

    def _over(self, e: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        *inner, outer = e.limits
        body = al.over(type(e), e.function, *inner) if inner else e.function
        i, lo, hi = outer
        if isinstance(e, sympy.Product):
            return self._product(body, i, lo, hi, scope)
        bound = self._fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        out: Poly = {}
        for m, c in form.items():
            out = ps.add(out, ps.scale(self._summed(m, bound, limits), c))
        return out

    def _fresh(self) -> Atom:
        self.depth += 1
        return ("b", -self.depth, 0)

    def _count(self, limits: tuple[Any, Any]) -> Poly:
        """How many indices a range has; refused where it might be run backwards."""
        lo, hi = map(ps.poly, limits)
        last = next(iter(ps.atoms(hi)), None)
        if ps.number(lo) == 1 and last is not None and hi == ps.atom(last):
            domain = self.domains[last[1]].domain if last[0] == "p" else None
            whole = domain is not None and domain.kind == "integer" and domain.lo is not None and domain.lo >= 0
            if last[0] == "n" or whole:
                return hi
        raise TooLarge

    def _summed(self, m: Monomial, bound: Atom, limits: tuple[Any, Any]) -> Poly:
        """The sum of a monomial over an index: what does not depend on it is taken out."""
        outside = {a: e for a, e in m if not ps.mentions(a, (bound,))}
        within = {a: e for a, e in m if a not in outside}
        taken: Poly = {ps.ordered(outside): Fraction(1)}
        if not within:
            return self.product(taken, self._count(limits))
        ranges: list[tuple[Atom, Any, Any]] = [(bound, *limits)]
        factors: dict[Atom, Fraction] = {}
        for a, e in within.items():
            if a[0] == "sum" and e in (1, 2) and len(ranges) + int(e) * len(a[1]) <= INDICES:
                for _ in range(int(e)):
                    more, body = self._opened(a)
                    ranges += more
                    for b, k in body:
                        factors[b] = factors.get(b, Fraction(0)) + k
            else:
                factors[a] = factors.get(a, Fraction(0)) + e
        return self.product(taken, self._components(ranges, factors))

    def _opened(self, a: Atom) -> tuple[list[tuple[Atom, Any, Any]], Monomial]:
        """The ranges and the body of a sum, over indices of their own."""
        level = a[3]
        names = {("b", level, k): self._fresh() for k in range(len(a[1]))}
        ranges = [(names["b", level, k], *ps.renamed(limits, names)) for k, limits in enumerate(a[1])]
        return ranges, ps.renamed(a[2], names)

    def _components(self, ranges: list[tuple[Atom, Any, Any]], factors: Mapping[Atom, Fraction]) -> Poly:
        """A sum over several indices as a product of sums that share none."""
        groups: list[tuple[set[Atom], dict[Atom, Fraction]]] = [({r[0]}, {}) for r in ranges]
        for i, lo, hi in ranges:  # a range that depends on an index belongs to it
            touching = [r[0] for r in ranges if ps.mentions((lo, hi), (r[0],))]
            groups = joined(groups, {i, *touching}, None, Fraction(0))
        for a, e in factors.items():
            touching = [r[0] for r in ranges if ps.mentions(a, (r[0],))]
            groups = joined(groups, set(touching), a, e)
        out = ps.constant(1)
        for indices, parts in groups:
            here = [r for r in ranges if r[0] in indices]
            if not parts:
                for _, lo, hi in here:
                    out = self.product(out, self._count((lo, hi)))
                continue
            out = self.product(out, self._canonical(here, ps.ordered(parts)))
        return out

    def _canonical(self, ranges: list[tuple[Atom, Any, Any]], body: Monomial) -> Poly:
        """A sum with its indices in the order that spells it first; probabilities sum to one."""
        if len(ranges) > INDICES:
            raise TooLarge
        best: tuple[str, Atom] | None = None
        level = max(deepest(body), *(deepest(r[1:]) for r in ranges))
        for order in permutations(ranges):
            names = {r[0]: ("b", level, k) for k, r in enumerate(order)}
            limits = tuple(ps.renamed((lo, hi), names) for _, lo, hi in order)
            made: Atom = ("sum", limits, ps.renamed(body, names), level)
            if best is None or repr(made) < best[0]:
                best = repr(made), made
        assert best is not None
        if (closed := self._power_sum(best[1])) is not None:
            return closed
        return ps.constant(1) if self._is_total(best[1]) else ps.atom(best[1])

    def _power_sum(self, a: Atom) -> Poly | None:
        """``Σ_{k=1}^{n} k^m`` in closed form."""
        if len(a[1]) != 1 or len(a[2]) != 1 or a[2][0][0] != ("b", a[3], 0) or a[2][0][1] not in POWER_SUMS:
            return None
        n = self._count(a[1][0])
        out: Poly = {}
        for k, c in enumerate(POWER_SUMS[a[2][0][1]]):
            out = ps.add(out, ps.scale(ps.power(n, k), c))
        return out

    def _is_total(self, a: Atom) -> bool:
        """Whether a sum is that of all probabilities of a distribution."""
        if len(a[1]) != 1 or len(a[2]) != 1 or a[2][0][1] != 1:
            return False
        x, (lo, hi) = a[2][0][0], a[1][0]
        p = self.domains.get(x[1]) if x[0] == "e" else None
        if p is None or p.domain.kind != "simplex" or len(p.axes) != 1 or p.axes[0].lo != 1:
            return False
        whole = ps.key(ps.atom(("n", p.axes[0].name))) if not p.axes[0].name.isdigit() else ps.key(
            ps.constant(int(p.axes[0].name)))
        return x[2] == (ps.key(ps.atom(("b", a[3], 0))),) and lo == ps.key(ps.constant(1)) and hi == whole

    def _product(self, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        """A product of each factor; of an exponential the exponential of the sum."""
        bound = self._fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        found = ps.single(form)
        if found is None:
            return ps.atom(self._closed("prod", form, bound, limits))
        m, c = found
        out = ps.constant(1)
        if c != 1:
            if c < 0:
                raise TooLarge
            out = self.exp(self.product(self._count(limits), self._log_of_number(c)))
        for a, e in m:
            if a[0] == "exp":
                total: Poly = {}
                for n, k in ps.poly(a[1]).items():
                    total = ps.add(total, ps.scale(self._summed(n, bound, limits), k * e))
                out = self.product(out, self.exp(total))
            elif not ps.mentions(a, (bound,)):
                if not self.positive_atom(a):
                    raise TooLarge
                out = self.product(out, self.exp(ps.scale(self.product(self._count(limits), self._log_of(a)), e)))
            else:
                out = self.product(out, ps.atom(self._closed("prod", ps.atom(a), bound, limits), e))
        return out

    def _opaque(self, head: str, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        bound = self._fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        return ps.atom(self._closed(head, form, bound, limits))

    @staticmethod
    def _closed(head: str, form: Poly, bound: Atom, limits: tuple[Any, Any]) -> Atom:
        """An atom whose index has no name of its own; how deep it stands tells it from those inside."""
        level = max(deepest(form), deepest(limits))
        return (head, limits, ps.renamed(ps.key(form), {bound: ("b", level, 0)}), level)

    # Signs

    def never_negative(self, e: Expr) -> bool:
        """Whether an expression is, as it is written, made of squares and of what is not negative."""
        if (meant := self.defined(e)) is not None:
            return self.never_negative(meant)
        if e.is_Rational:
            return bool(e >= 0)
        if e.is_Pow:
            even = e.exp.is_Integer and e.exp % 2 == 0
            return bool(even or e.base is sympy.E or e.exp == sympy.S.Half or self.never_negative(e.base))
        if e.is_Add or e.is_Mul:
            return self._is_square(e) or all(map(self.never_negative, e.args))
        if isinstance(e, sympy.Sum):
            return self.never_negative(e.function)
        if isinstance(e, Symbol) and (is_extent(e) or is_index(e)):
            return is_extent(e)
        if isinstance(e, Symbol) or isinstance(e, sympy.Indexed):
            name = str(e.base.label) if isinstance(e, sympy.Indexed) else e.name
            return name in self.domains and self.nonnegative_atom(("p", name))
        return isinstance(e, sympy.Abs | sympy.exp)

    @staticmethod
    def _is_square(e: Expr) -> bool:
        """Whether every factor of a product stands there an even number of times."""
        return bool(e.is_Mul) and all(e.args.count(a) % 2 == 0 for a in e.args)

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


def joined(
    groups: list[tuple[set[Atom], dict[Atom, Fraction]]], touching: set[Atom], a: Atom | None, e: Fraction
) -> list[tuple[set[Atom], dict[Atom, Fraction]]]:
    """Groups of indices in which those that a factor touches are one."""
    apart = [g for g in groups if not g[0] & touching]
    merged: tuple[set[Atom], dict[Atom, Fraction]] = (set(), {})
    for g in groups:
        if g[0] & touching:
            merged[0].update(g[0])
            merged[1].update(g[1])
    if a is not None:
        merged[1][a] = e
    return [*apart, merged]


def deepest(x: Any) -> int:
    """One more than the highest level of the bound indices inside."""
    if isinstance(x, tuple) and len(x) == 3 and x[0] == "b":
        return int(max(0, x[1] + 1))
    items = x.items() if isinstance(x, dict) else x if isinstance(x, tuple) else ()
    return max((deepest(y) for y in items), default=0)


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
