"""Integer expressions as sums: bounds and positions in a form that compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from .expr import Call, Const, Expr, Extent, Index, Range, transform


@dataclass(frozen=True, slots=True)
class Affine:
    """``const + Σ coefficient·atom``; atoms are what is not a sum."""

    terms: tuple[tuple[Expr, Fraction], ...]
    const: Fraction

    @property
    def is_constant(self) -> bool:
        return not self.terms

    def coefficient(self, atom: Expr) -> Fraction:
        return dict(self.terms).get(atom, Fraction(0))


@lru_cache(maxsize=4096)
def affine(e: Expr) -> Affine:
    """The expression as a sum; equal sums give equal records."""
    terms: dict[Expr, Fraction] = {}
    const = Fraction(0)
    stack = [(e, Fraction(1))]
    while stack:
        node, scale = stack.pop()
        match node:
            case Const(Fraction() | float() as q) if isinstance(q, Fraction) or q.is_integer():
                const += scale * Fraction(q)
            case Call("add", args):
                stack.extend((a, scale) for a in args)
            case Call("sub", (a, b)):
                stack += [(a, scale), (b, -scale)]
            case Call("neg", (a,)):
                stack.append((a, -scale))
            case Call("mul", (Const(Fraction() as q), a)) | Call("mul", (a, Const(Fraction() as q))):
                stack.append((a, scale * q))
            case _:
                terms[node] = terms.get(node, Fraction(0)) + scale
    kept = [(atom, c) for atom, c in terms.items() if c]
    return Affine(tuple(sorted(kept, key=_atom_order)), const)


def _atom_order(term: tuple[Expr, Fraction]) -> tuple[bool, int, str]:
    """Positive terms first, indices before parameters before extents."""
    atom, c = term
    rank = {Index: 0, Extent: 2}.get(type(atom), 1)
    return c < 0, rank, repr(atom)


def expression(a: Affine) -> Expr:
    """The sum as an expression."""
    out: Expr | None = None
    for atom, c in a.terms:
        term = atom if abs(c) == 1 else Call("mul", (Const(abs(c)), atom))
        if out is None:
            out = term if c > 0 else Call("neg", (term,))
        else:
            out = Call("add" if c > 0 else "sub", (out, term))
    if out is None:
        return Const(a.const)
    if a.const:
        out = Call("add" if a.const > 0 else "sub", (out, Const(abs(a.const))))
    return out


def simplified(e: Expr) -> Expr:
    """An integer expression with its sums collected."""
    return expression(affine(e))


def plus(e: Expr, n: int) -> Expr:
    return simplified(Call("add", (e, Const(Fraction(n)))))


def minus(a: Expr, b: Expr) -> Expr:
    return simplified(Call("sub", (a, b)))


def length(r: Range) -> Expr:
    """Number of values of a range that is not empty."""
    return plus(minus(r.hi, r.lo), 1)


def same(a: Expr, b: Expr) -> bool:
    """Whether two integer expressions are the same sum."""
    return affine(a) == affine(b)


def difference(a: Expr, b: Expr) -> Fraction | None:
    """``a - b`` where that is a number."""
    d = affine(Call("sub", (a, b)))
    return d.const if d.is_constant else None


def substitute(e: Expr, values: Mapping[str, Expr]) -> Expr:
    """Replace indices by expressions (range names are unique, so nothing is captured)."""
    if not values or not indices(e) & values.keys():
        return e
    return transform(e, lambda n: values.get(n.name) if isinstance(n, Index) else None)


def indices(*es: Expr) -> frozenset[str]:
    """Names of the indices that expressions read."""
    found: set[str] = set()
    stack: list[Expr] = list(es)
    while stack:
        node = stack.pop()
        if isinstance(node, Index):
            found.add(node.name)
        stack.extend(node.children())
    return frozenset(found)


def extreme(e: Expr, ranges: Iterable[Range], largest: bool) -> Expr | None:
    """The expression's largest (or smallest) value over ranges, innermost first.

    ``None`` where an index sits inside something that is not a sum.
    """
    for r in ranges:
        a = affine(e)
        c = a.coefficient(Index(r.name))
        if any(r.name in indices(atom) for atom, _ in a.terms if atom != Index(r.name)):
            return None
        if c:
            e = substitute(expression(a), {r.name: r.hi if (c > 0) == largest else r.lo})
    return simplified(e)
