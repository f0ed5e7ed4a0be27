"""Polynomials over opaque atoms, with rational coefficients and rational exponents of atoms.

A polynomial maps monomials to coefficients; a monomial is a sorted tuple of (atom, exponent).  Atoms are
nested tuples that are compared as they are.  What would grow beyond `TERMS` raises `TooLarge`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

Atom = tuple[Any, ...]
Monomial = tuple[tuple[Atom, Fraction], ...]
Poly = dict[Monomial, Fraction]
#: A polynomial as part of an atom.
Key = tuple[tuple[Monomial, Fraction], ...]

TERMS = 400
ONE: Monomial = ()


class TooLarge(Exception):
    """A polynomial outgrew its bound, or something in it has no normal form."""


def constant(c: Fraction | int) -> Poly:
    return {ONE: Fraction(c)} if c else {}


def atom(a: Atom, e: Fraction | int = 1) -> Poly:
    return {((a, Fraction(e)),): Fraction(1)}


def add(*ps: Poly) -> Poly:
    out: Poly = {}
    for p in ps:
        for m, c in p.items():
            total = out.get(m, Fraction(0)) + c
            if total:
                out[m] = total
            else:
                out.pop(m, None)
    return checked(out)


def scale(p: Poly, c: Fraction | int) -> Poly:
    return {m: k * c for m, k in p.items()} if c else {}


def subtract(p: Poly, q: Poly) -> Poly:
    return add(p, scale(q, -1))


def times(m: Monomial, n: Monomial) -> Monomial:
    """The product of two monomials."""
    found = dict(m)
    for a, e in n:
        found[a] = found.get(a, Fraction(0)) + e
    return ordered(found)


def ordered(found: Mapping[Atom, Fraction]) -> Monomial:
    return tuple(sorted(((a, e) for a, e in found.items() if e), key=repr))


def multiply(p: Poly, q: Poly) -> Poly:
    if len(p) * len(q) > 4 * TERMS:
        raise TooLarge
    out: Poly = {}
    for m, c in p.items():
        for n, d in q.items():
            product = times(m, n)
            out[product] = out.get(product, Fraction(0)) + c * d
    return checked({m: c for m, c in out.items() if c})


def power(p: Poly, n: int) -> Poly:
    """A power with a whole exponent that is not negative."""
    if n > 12 and len(p) > 1:
        raise TooLarge
    if len(p) == 1:
        ((m, c),) = p.items()
        if abs(n) > 64 and c not in (1, -1):
            raise TooLarge
        return {tuple((a, e * n) for a, e in m): c**n} if n else constant(1)
    out = constant(1)
    for _ in range(n):
        out = multiply(out, p)
    return out


def checked(p: Poly) -> Poly:
    if len(p) > TERMS:
        raise TooLarge
    return p


def key(p: Poly) -> Key:
    """A polynomial as a value that can be compared and be part of an atom."""
    return tuple(sorted(p.items(), key=repr))


def poly(k: Key) -> Poly:
    return dict(k)


def atoms(p: Poly) -> set[Atom]:
    return {a for m in p for a, _ in m}


def single(p: Poly) -> tuple[Monomial, Fraction] | None:
    """The only term of a polynomial."""
    if len(p) != 1:
        return None
    ((m, c),) = p.items()
    return m, c


def number(p: Poly) -> Fraction | None:
    """The value of a polynomial without atoms."""
    return Fraction(0) if not p else p[ONE] if set(p) == {ONE} else None


def mentions(x: Any, names: Iterable[Atom]) -> bool:
    """Whether one of some atoms stands anywhere inside a nested tuple."""
    wanted = set(names)
    stack = [x]
    while stack:
        y = stack.pop()
        if isinstance(y, tuple):
            if y in wanted:
                return True
            stack.extend(y)
    return False


def renamed(x: Any, names: Mapping[Atom, Atom]) -> Any:
    """A nested tuple with atoms replaced; polynomials inside are put in order again."""
    if not isinstance(x, tuple):
        return x
    if x in names:
        return names[x]
    parts = tuple(renamed(y, names) for y in x)
    return tuple(sorted(parts, key=repr)) if is_sorted_part(x) else parts


def is_sorted_part(x: tuple[Any, ...]) -> bool:
    """Whether a tuple is a monomial or a key, whose parts stand in order: all are pairs that end in a fraction."""
    return bool(x) and all(isinstance(y, tuple) and len(y) == 2 and isinstance(y[1], Fraction) for y in x)
