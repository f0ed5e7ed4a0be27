"""Polynomials with rational coefficients: what cancels in a difference, found exactly.

polynomial ::= Σ_k c_k · Π_j atom_kj,   an atom is what is no sum and no product
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from .expr import Call, Const, Expr
from .positions import ONE, ZERO

Monomial = tuple[tuple[Expr, int], ...]

#: More monomials than this, or higher powers, are not worth expanding.
MONOMIALS, DEGREE = 32, 6


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Coefficients by monomial, none of them 0."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __len__(self) -> int:
        return len(self.terms)

    def __add__(self, other: Polynomial) -> Polynomial:
        return _collected([*self.terms, *other.terms])

    def __sub__(self, other: Polynomial) -> Polynomial:
        return _collected([*self.terms, *((m, -c) for m, c in other.terms)])

    def __mul__(self, other: Polynomial) -> Polynomial:
        return _collected([(_times(m, n), c * d) for m, c in self.terms for n, d in other.terms])


def polynomial(e: Expr) -> Polynomial | None:
    """The expression expanded; ``None`` where that is too long."""
    match e:
        case Const(Fraction() as q):
            return _collected([((), q)])
        case Call("add" | "sub" as op, (x, y)):
            a, b = polynomial(x), polynomial(y)
            if a is None or b is None:
                return None
            sign = 1 if op == "add" else -1
            return _short(_collected([*a.terms, *((m, sign * c) for m, c in b.terms)]))
        case Call("neg", (x,)):
            a = polynomial(x)
            return None if a is None else Polynomial(tuple((m, -c) for m, c in a.terms))
        case Call("mul", (x, y)):
            a, b = polynomial(x), polynomial(y)
            return None if a is None or b is None else _short(a * b)
        case Call("div", (x, Const(Fraction() as q))) if q:
            a = polynomial(x)
            return None if a is None else Polynomial(tuple((m, c / q) for m, c in a.terms))
        case Call("products_difference", (x, y, z, w)):
            return polynomial(Call("sub", (Call("mul", (x, y)), Call("mul", (z, w)))))
        case Call("square", (x,)):
            a = polynomial(x)
            return None if a is None else _short(a * a)
        case Call("powi", (x, Const(Fraction() as n))) if n.denominator == 1 and 0 <= n <= DEGREE:
            a, out = polynomial(x), _collected([((), Fraction(1))])
            for _ in range(int(n)):
                if a is None or (made := _short(out * a)) is None:
                    return None
                out = made
            return out
    return Polynomial(((((e, 1),), Fraction(1)),))


def expression(p: Polynomial) -> Expr:
    """The polynomial as a sum of products, in the order of its terms."""
    out: Expr = ZERO
    for monomial, c in sorted(p.terms, key=lambda t: t[1] < 0):
        term = _product(monomial, abs(c))
        if out == ZERO:
            out = term if c > 0 else Call("neg", (term,))
        else:
            out = Call("add" if c > 0 else "sub", (out, term))
    return out


def square_root(p: Polynomial) -> tuple[Fraction, Polynomial] | None:
    """``c`` and ``q`` with ``p = c·q²`` and q linear; ``None`` where there are none."""
    squares = [(m[0][0], c) for m, c in p.terms if len(m) == 1 and m[0][1] == 2]
    if not squares:
        return None
    first, c = squares[0]
    linear: list[tuple[Monomial, Fraction]] = [(((first, 1),), Fraction(1))]
    for m, d in p.terms:
        if len(m) == 2 and (first, 1) in m and all(k == 1 for _, k in m):
            linear.append((tuple(x for x in m if x[0] != first), d / (2 * c)))
        elif m == ((first, 1),):
            linear.append(((), d / (2 * c)))
    q = Polynomial(tuple(linear))
    whole = q * q
    same = dict(p.terms) == {m: c * d for m, d in whole.terms}
    return (c, q) if same else None


def _collected(terms: list[tuple[Monomial, Fraction]]) -> Polynomial:
    total: dict[Monomial, Fraction] = {}
    for monomial, c in terms:
        total[monomial] = total.get(monomial, Fraction(0)) + c
    return Polynomial(tuple((m, c) for m, c in total.items() if c))


def _times(m: Monomial, n: Monomial) -> Monomial:
    powers: Counter[Expr] = Counter()
    for atom, k in (*m, *n):
        powers[atom] += k
    return tuple(sorted(powers.items(), key=repr))


def _short(p: Polynomial) -> Polynomial | None:
    return p if len(p) <= MONOMIALS else None


def _product(monomial: Monomial, c: Fraction) -> Expr:
    out: Expr = ONE if c == 1 else Const(c)
    for atom, k in monomial:
        power = atom if k == 1 else Call("square", (atom,)) if k == 2 else Call("powi", (atom, Const(Fraction(k))))
        out = power if out == ONE else Call("mul", (out, power))
    return out
