"""Sums of products in a form in which equal ones are equal records.

    poly  ::= Σ coefficient · term            term ::= Π atom^exponent
    atom  ::= Leaf | Fn(name, poly*) | Group(poly) | SumOf(range*, term) | Fold(monoid, range, poly)
            | Holds(op, index, index) | Cases(op, poly, poly, then, other)

A `Group` is a sum inside a product, its numbers and common factors taken out.  Ranges of a
`SumOf` bear names by its height (``_2_0``), so that sums equal up to the names of their indices
are the same record, and an index from further out never meets one from further in.

Products rename indices and sums multiply, so all of it is one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from math import gcd, lcm

from ..expr import Const, Element, Expr, Index, Range
from ..positions import ONE
from ..sums import affine, indices, simplified
from ..sums import substitute as place


@dataclass(frozen=True, slots=True)
class Atom:
    """What is no sum and no product."""


class NoFormula(Exception):
    """What has no form here."""


Term = tuple[tuple[Atom, Fraction], ...]
Poly = tuple[tuple[Term, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Leaf(Atom):
    """A number with a name: a read, an index, an extent; ``symmetric`` of elements of symmetric matrices."""

    expr: Expr
    symmetric: bool = False


@dataclass(frozen=True, slots=True)
class Fn(Atom):
    name: str
    args: tuple[Poly, ...]


@dataclass(frozen=True, slots=True)
class Group(Atom):
    poly: Poly


@dataclass(frozen=True, slots=True)
class SumOf(Atom):
    ranges: tuple[Range, ...]
    term: Term


@dataclass(frozen=True, slots=True)
class Fold(Atom):
    """A reduction that is no sum."""

    monoid: str
    range: Range
    poly: Poly


@dataclass(frozen=True, slots=True)
class Holds(Atom):
    """1 where a relation of integers holds, 0 elsewhere."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Cases(Atom):
    """``then`` where a relation of numbers holds, ``other`` elsewhere."""

    op: str
    left: Poly
    right: Poly
    then: Poly
    other: Poly


@lru_cache(maxsize=20000)
def order(atom: Atom) -> str:
    """What atoms are sorted by."""
    return repr(atom)


NOTHING: Poly = ()


def number(q: Fraction | int) -> Poly:
    return (((), Fraction(q)),) if q else NOTHING


def poly_of(atom: Atom, exponent: Fraction | int = 1) -> Poly:
    return ((((atom, Fraction(exponent)),), Fraction(1)),)


def collected(parts: Iterable[tuple[Term, Fraction]]) -> Poly:
    """The sum of terms, equal ones added."""
    total: dict[Term, Fraction] = {}
    for term, c in parts:
        total[term] = total.get(term, Fraction(0)) + c
    return tuple(sorted(((t, c) for t, c in total.items() if c), key=lambda p: repr(p[0])))


def add(*polys: Poly) -> Poly:
    return collected(part for p in polys for part in p)


def scaled(p: Poly, q: Fraction | int) -> Poly:
    return tuple((t, c * q) for t, c in p) if q else NOTHING


def constant(p: Poly) -> Fraction | None:
    """The number that a sum is."""
    if not p:
        return Fraction(0)
    return p[0][1] if len(p) == 1 and not p[0][0] else None


def product(factors: Iterable[tuple[Atom, Fraction]]) -> tuple[Term, Fraction]:
    """The product of atoms, powers of one atom joined; with the number in front."""
    total: dict[Atom, Fraction] = {}
    for atom, e in factors:
        total[atom] = total.get(atom, Fraction(0)) + e
    total = {a: e for a, e in total.items() if e}
    for a in [a for a in total if isinstance(a, Holds)]:
        total[a] = Fraction(1)  # 1² = 1
        match a:
            case Holds("==", Index(i), Index(j)):
                rest = [(b, e) for b, e in total.items() if b != a]
                if any(j in free(b) for b, _ in rest):
                    moved, c = renamed_factors(rest, {j: Index(i)})
                    made, d = product([*moved, (a, Fraction(1))])
                    return made, c * d
    exps = [a for a in total if isinstance(a, Fn) and a.name == "exp"]
    if len(exps) > 1:
        whole = add(*(scaled(x.args[0], total[x]) for x in exps))
        if len(whole) < sum(len(x.args[0]) for x in exps):
            for x in exps:
                del total[x]
            if whole:
                made_exp = Fn("exp", (whole,))
                total[made_exp] = Fraction(1)
    c = Fraction(1)
    for n in [a for a in total if isinstance(a, Leaf) and isinstance(a.expr, Const)]:
        if isinstance(n.expr, Const) and isinstance(n.expr.value, Fraction) and total[n].denominator == 1:
            c *= n.expr.value ** int(total.pop(n))
    return tuple(sorted(total.items(), key=lambda p: order(p[0]))), c


def mul(p: Poly, q: Poly) -> Poly:
    for a, b in ((p, q), (q, p)):
        c = constant(a)
        if c is not None:
            return scaled(b, c)
    (s, c), (t, d) = as_term(p), as_term(q)
    made, e = product((*s, *t))
    return ((made, c * d * e),)


def expanded(p: Poly, q: Poly) -> Poly:
    """The product, every term with every term."""
    out = []
    for s, c in p:
        for t, d in q:
            made, e = product((*s, *t))
            out.append((made, c * d * e))
    return collected(out)


def power(p: Poly, q: Fraction) -> Poly:
    """``p^q``; no root is taken apart."""
    c = constant(p)
    if q == 1:
        return p
    if c is not None and q.denominator == 1 and (c or q > 0):
        return number(c ** int(q))
    if q.denominator == 1:
        if not p:
            raise NoFormula("a division by zero")
        term, c = as_term(p)
        made, d = product((a, e * q) for a, e in term)
        return ((made, d * c ** int(q)),)
    match p:
        case (((((atom, e),), k)),) if e == 1 and k == 1:
            return poly_of(atom, q)
    return poly_of(Group(p), q)


def as_term(p: Poly) -> tuple[Term, Fraction]:
    """A sum as one product: what is common to its terms, and the `Group` of the rest."""
    if len(p) == 1:
        return p[0]
    shared, rest = common(p)
    front = content(rest)
    group = Group(tuple((t, c / front) for t, c in rest))
    made, c = product((*shared, (group, Fraction(1))))
    return made, front * c


def content(p: Poly) -> Fraction:
    """The number to take out of a sum: what divides its coefficients, with the sign of the first."""
    out = Fraction(0)
    for _, c in p:
        out = Fraction(gcd(out.numerator, c.numerator), lcm(out.denominator, c.denominator))
    return -out if p[0][1] < 0 else out


def common(p: Poly) -> tuple[Term, Poly]:
    """The factors of all terms, and the terms without them."""
    first = dict(p[0][0])
    for t, _ in p[1:]:
        here = dict(t)
        first = {
            a: (min(e, here[a]) if e > 0 else max(e, here[a]))
            for a, e in first.items() if a in here and (here[a] > 0) == (e > 0)
        }  # fmt: skip
    if not first:
        return (), p
    shared = tuple(first.items())
    return shared, expanded(p, ((tuple((a, -e) for a, e in shared), Fraction(1)),))


# -- indices -------------------------------------------------------------------------


@lru_cache(maxsize=20000)
def free(x: Atom) -> frozenset[str]:
    """Names of the indices that an atom reads and does not bind."""
    match x:
        case Leaf(e):
            return indices(e)
        case Holds(_, a, b):
            return indices(a, b)
        case SumOf(ranges, term):
            return (free_of(((term, Fraction(1)),)) | indices(*(e for r in ranges for e in (r.lo, r.hi)))) - {
                r.name for r in ranges
            }
        case Fold(_, r, p):
            return (free_of(p) | indices(r.lo, r.hi)) - {r.name}
    out: frozenset[str] = frozenset()
    for p in polys(x):
        out |= free_of(p)
    return out


def free_of(p: Poly) -> frozenset[str]:
    return frozenset(n for t, _ in p for a, _ in t for n in free(a))


def polys(x: Atom) -> Iterator[Poly]:
    """The sums inside an atom; the term of a `SumOf` as one."""
    match x:
        case Fn(_, args):
            yield from args
        case Group(p) | Fold(_, _, p):
            yield p
        case SumOf(_, term):
            yield ((term, Fraction(1)),)
        case Cases(_, a, b, c, d):
            yield from (a, b, c, d)


@lru_cache(maxsize=20000)
def height(x: Atom) -> int:
    own = isinstance(x, SumOf | Fold)
    return own + max((height(a) for p in polys(x) for t, _ in p for a, _ in t), default=0)


def rebuilt(x: Atom, new: Callable[[Poly], Poly]) -> Poly:
    """An atom over ``new`` sums."""
    match x:
        case Fn(name, args):
            return function(name, *map(new, args))
        case Group(p):
            made = new(p)
            return made if made != p else poly_of(x)
        case SumOf(ranges, term):
            made = new(((term, Fraction(1)),))
            return poly_of(x) if made == ((term, Fraction(1)),) else summed(ranges, made)
        case Fold(monoid, r, p):
            return fold(monoid, r, new(p))
        case Cases(op, a, b, c, d):
            return poly_of(Cases(op, *map(new, (a, b, c, d))))
    return poly_of(x)


def each(p: Poly, new: Callable[[Atom], Poly]) -> Poly:
    """A sum with every atom replaced by a sum."""
    out: list[Poly] = []
    for t, c in p:
        made = number(c)
        for a, e in t:
            x = new(a)
            made = mul(made, poly_of(a, e) if x == poly_of(a) else power(x, e))
        out.append(made)
    return add(*out)


def renamed(p: Poly, values: Mapping[str, Expr]) -> Poly:
    """Indices replaced by values."""
    if not values or not free_of(p) & values.keys():
        return p
    return each(p, lambda a: _renamed(a, values))


def renamed_factors(factors: Iterable[tuple[Atom, Fraction]], values: Mapping[str, Expr]) -> tuple[Term, Fraction]:
    """A product with other indices, and the number in front (a `Group` may turn its sign)."""
    made = renamed(((tuple(factors), Fraction(1)),), values)
    return as_term(made) if made else ((), Fraction(0))


def _renamed(x: Atom, values: Mapping[str, Expr]) -> Poly:
    if not free(x) & values.keys():
        return poly_of(x)
    match x:
        case Leaf(e, symmetric):
            return poly_of(leaf(place(e, values), symmetric))
        case Holds(op, a, b):
            return holds(op, place(a, values), place(b, values))
        case SumOf(ranges, term):
            moved = tuple(Range(r.name, place(r.lo, values), place(r.hi, values)) for r in ranges)
            return summed(moved, renamed(((term, Fraction(1)),), values))
        case Fold(monoid, r, p):
            return fold(monoid, Range(r.name, place(r.lo, values), place(r.hi, values)), renamed(p, values))
    return rebuilt(x, lambda p: renamed(p, values))


def blank(p: Poly) -> Poly:
    """A sum without the names of its indices: what to compare where only the kind counts."""
    return renamed(p, {n: Index("") for n in free_of(p)})


@lru_cache(maxsize=20000)
def kind(x: Atom) -> str:
    """What atoms share that differ in the names of their indices alone."""
    return repr(blank(poly_of(x)))


# -- atoms ---------------------------------------------------------------------------


def leaf(e: Expr, symmetric: bool = False) -> Leaf:
    if isinstance(e, Element):
        at = tuple(map(simplified, e.at))
        if symmetric:
            at = (*at[:-2], *sorted(at[-2:], key=repr))
        return Leaf(Element(e.array, at), symmetric)
    return Leaf(simplified(e))


def integer(e: Expr) -> Poly:
    """An integer expression as a sum."""
    a = affine(e)
    return add(number(a.const), *(scaled(poly_of(leaf(atom)), c) for atom, c in a.terms))


def holds(op: str, left: Expr, right: Expr) -> Poly:
    gap = affine(simplified_difference(left, right))
    if gap.is_constant:
        return number(int({"==": gap.const == 0, "!=": gap.const != 0, "<": gap.const < 0, "<=": gap.const <= 0}[op]))
    if op in ("==", "!=") and repr(left) > repr(right):
        left, right = right, left
    return poly_of(Holds(op, simplified(left), simplified(right)))


def simplified_difference(a: Expr, b: Expr) -> Expr:
    from ..positions import minus

    return minus(a, b)


def function(name: str, *args: Poly) -> Poly:
    """A function of sums; what is done at once is done."""
    if name == "log":
        match args[0]:
            case (((((Fn("exp", (inner,)), e),), c)),) if c == 1:
                return scaled(inner, e)
        if constant(args[0]) == 1:
            return NOTHING
    if name == "exp" and not args[0]:
        return number(1)
    return poly_of(Fn(name, args))


def fold(monoid: str, r: Range, p: Poly) -> Poly:
    probe = Fold(monoid, r, p)
    own = f"_{height(probe)}_0"
    return poly_of(Fold(monoid, Range(own, r.lo, r.hi), renamed(p, {r.name: Index(own)})))


def summed(ranges: tuple[Range, ...], p: Poly) -> Poly:
    """``Σ p`` over ranges, none of them inside ``p``: outer factors in front, sums that share no index apart."""
    if not p:
        return NOTHING
    term, c = as_term(p)
    flat: list[tuple[Atom, Fraction]] = []
    left = {r.name: r for r in ranges}
    for k, (a, e) in enumerate(term):
        if isinstance(a, SumOf) and e == 1 and free(a) & left.keys():
            # A sum in a sum is one over more indices.
            fresh = {r.name: Index(f"{r.name}'{k}") for r in a.ranges}
            inner, sign = renamed_factors(a.term, fresh)
            c *= sign
            left |= {n.name: _named(r, fresh) for r in a.ranges for n in (fresh[r.name],)}
            flat += inner
        else:
            flat.append((a, e))
    front, d = product((a, e) for a, e in flat if not free(a) & left.keys())
    inside = [(a, e) for a, e in flat if free(a) & left.keys()]
    out: Poly = ((front, c * d),)
    while left:
        group, factors = _component(left, inside)
        inside = [f for f in inside if f not in factors]
        left = {n: r for n, r in left.items() if r not in group}
        if not factors:
            for r in group:
                out = mul(out, add(integer(r.hi), scaled(integer(r.lo), -1), number(1)))
        else:
            out = mul(out, _canonical(group, factors))
    return out


def _component(
    left: dict[str, Range], inside: list[tuple[Atom, Fraction]]
) -> tuple[list[Range], list[tuple[Atom, Fraction]]]:
    """The ranges that hang together with the first, and the factors that they bind."""
    names = {next(iter(left))}
    while True:
        factors = [f for f in inside if free(f[0]) & names]
        more = {n for a, _ in factors for n in free(a) if n in left}
        more |= {n for n, r in left.items() if indices(r.lo, r.hi) & names}
        more |= {m for n in names | more for m in indices(left[n].lo, left[n].hi) if m in left}
        if more <= names:
            return [left[n] for n in left if n in names], factors
        names |= more


def _canonical(ranges: list[Range], factors: list[tuple[Atom, Fraction]]) -> Poly:
    """The sum with its ranges renamed, in the order that sorts first."""
    ways = permutations(ranges) if len(ranges) <= 4 and not _is_nested(ranges) else iter([tuple(ranges)])
    level = 1 + max(height(a) for a, _ in factors)
    made = []
    for way in ways:
        names = {r.name: Index(f"_{level}_{k}") for k, r in enumerate(way)}
        term, c = renamed_factors(factors, names)
        made.append((SumOf(tuple(_named(r, names) for r in way), term), c))
    best, c = min(made, key=lambda m: order(m[0]))
    return scaled(poly_of(best), c)


def _named(r: Range, names: Mapping[str, Index]) -> Range:
    return Range(names[r.name].name, place(r.lo, names), place(r.hi, names))


def _is_nested(ranges: list[Range]) -> bool:
    own = {r.name for r in ranges}
    return any(indices(r.lo, r.hi) & own for r in ranges)


__all__ = [
    "NOTHING",
    "ONE",
    "Atom",
    "Cases",
    "Fn",
    "Fold",
    "Group",
    "Holds",
    "Leaf",
    "NoFormula",
    "Poly",
    "SumOf",
    "Term",
    "add",
    "as_term",
    "blank",
    "collected",
    "common",
    "constant",
    "each",
    "expanded",
    "fold",
    "free",
    "free_of",
    "function",
    "height",
    "holds",
    "indices",
    "integer",
    "kind",
    "leaf",
    "mul",
    "number",
    "order",
    "poly_of",
    "polys",
    "power",
    "product",
    "rebuilt",
    "renamed",
    "scaled",
    "simplified",
    "summed",
]
