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

from collections.abc import Mapping
from fractions import Fraction

import sympy
from sympy import Expr, Symbol

from ..equations import algebra as al
from ..equations.equation import Equation
from ..equations.heads import is_extent, is_index
from . import polynomials as ps
from .atom_powers import HALF
from .atom_sums import Sums
from .polynomials import ONE, Atom, Monomial, Poly, TooLarge

#: Nodes of an expression with its definitions put in.
NODES = 3000
ODD = frozenset("asin atan asinh atanh erf tan sign".split())
KNOWN = frozenset(
    "exp log Abs sinh cosh tanh sin cos tan asin acos atan asinh acosh atanh erf erfc gamma loggamma digamma sign "
    "floor ceiling".split()
)
TOTAL = frozenset("exp sin cos tan atan asinh erf erfc Abs sign floor ceiling".split())


class Forms(Sums):
    """Normal forms over one equation's parameters; remembers what must not be negative."""

    def __init__(self, equation: Equation, seconds: float = 1.0) -> None:
        super().__init__(equation, seconds)
        self.equation, self.nodes = equation, 0
        self.lets = {c.name: c for c in equation.lets}

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
        bound = self.fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        out: Poly = {}
        for m, c in form.items():
            out = ps.add(out, ps.scale(self.summed(m, bound, limits), c))
        return out

    def _product(self, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        """A product of each factor; of an exponential the exponential of the sum."""
        bound = self.fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        found = ps.single(form)
        if found is None:
            return ps.atom(self.closed("prod", form, bound, limits))
        m, c = found
        out = ps.constant(1)
        if c != 1:
            if c < 0:
                raise TooLarge
            out = self.exp(self.product(self.count(limits), self.log_of_number(c)))
        for a, e in m:
            if a[0] == "exp":
                total: Poly = {}
                for n, k in ps.poly(a[1]).items():
                    total = ps.add(total, ps.scale(self.summed(n, bound, limits), k * e))
                out = self.product(out, self.exp(total))
            elif not ps.mentions(a, (bound,)):
                if not self.positive_atom(a):
                    raise TooLarge
                out = self.product(out, self.exp(ps.scale(self.product(self.count(limits), self.log_of(a)), e)))
            else:
                out = self.product(out, ps.atom(self.closed("prod", ps.atom(a), bound, limits), e))
        return out

    def _opaque(self, head: str, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Mapping[Symbol, Atom]) -> Poly:
        bound = self.fresh()
        form = self.form(body, {**scope, i: bound})
        limits = (ps.key(self.form(lo, scope)), ps.key(self.form(hi, scope)))
        return ps.atom(self.closed(head, form, bound, limits))

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
