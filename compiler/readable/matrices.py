"""Matrix notation for sums of products: chains of matrices and vectors through the indices they share.

    Σ_k A[i,k] x[k]            A x
    Σ_k Σ_l x[k] A[k,l] y[l]   x^⊤ A y
    u[i] v[j]                  u v^⊤
    δ[i,j] s[i]                diag(s)

Every index of a sum joins two factors over their whole axes, every index of the result stands at
one; anything else is `NoMatrices`, and the formula has indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..expr import Element, Index, Range, Var
from ..positions import const, extent, minus, plus
from ..sums import same
from . import terms as t
from .faces import turned
from .latex import PRODUCT, SUM, NoNotation, Writer, bracketed
from .layout import Indices, number


class NoMatrices(NoNotation):
    """What matrix notation cannot say."""


@dataclass(frozen=True, slots=True)
class Node:
    """A vector (one index) or a matrix (two) in a product."""

    text: str
    at: tuple[str, ...]
    level: int
    symmetric: bool = False

    def there(self) -> str:
        return self.text if self.level > SUM else bracketed(self.text)

    def turned(self) -> str:
        """Transposed."""
        if self.symmetric:
            return self.there()
        if self.text.endswith("^{-1}"):
            return self.text.removesuffix("^{-1}") + r"^{-\top}"
        if self.text.endswith(r"^{\top}"):
            return self.text.removesuffix(r"^{\top}")
        return (bracketed(self.text) if self.level <= PRODUCT or "^" in self.text else self.text) + r"^{\top}"


class Matrices:
    """One formula in matrix notation; ``ranges`` are those of the free indices."""

    def __init__(self, writer: Writer, ranges: Sequence[Range]) -> None:
        self.writer = Writer(writer.layout, self._scalar)
        self.layout = writer.layout
        self.ranges = {r.name: r for r in ranges}
        self.none = Indices(writer.layout)

    def formula(self, p: t.Poly, free: Sequence[str]) -> str:
        return self.sum(p, tuple(free))[0]

    def sum(self, p: t.Poly, free: tuple[str, ...]) -> tuple[str, int]:
        """A sum over the indices ``free``: a number, a vector or a matrix."""
        if not free:
            if t.free_of(p):
                raise NoMatrices("an index that is left")
            self._check(p)
            return self.writer.poly(p, self.none)
        if not p:
            raise NoMatrices("zeros")
        if len(p) > 1:
            shared, rest = t.common(p)
            if not t.free_of(rest):
                return self._signed(*t.as_term(p), free)
            scalars = tuple((a, e) for a, e in shared if not t.free(a))
            c = t.content(rest)
            if scalars or abs(c) != 1:
                c = abs(c)
                down = tuple((a, -e) for a, e in scalars)
                group = t.Group(t.expanded(p, ((down, 1 / c),)))
                p = ((tuple([*scalars, (group, Fraction(1))]), c),)
        out = ""
        for s, c in sorted(p, key=lambda q: q[1] < 0):
            negative, text = self.term(s, c, free)
            out += (" - " if negative else " + ") + text if out else ("-" if negative else "") + text
        return out, SUM if len(p) > 1 or out[0] == "-" else PRODUCT

    def _signed(self, s: t.Term, c: Fraction, free: tuple[str, ...]) -> tuple[str, int]:
        negative, text = self.term(s, c, free)
        return ("-" if negative else "") + text, SUM if negative else PRODUCT

    def term(self, s: t.Term, c: Fraction, free: tuple[str, ...]) -> tuple[bool, str]:
        s, c = turned(s, c, self.layout)
        scalars = [(a, e) for a, e in s if not t.free(a)]
        bound = [(a, e) for a, e in s if t.free(a)]
        self._check((((tuple(scalars)), Fraction(1)),))
        above = [(a, e) for a, e in scalars if e > 0]
        below_is_plain = all(isinstance(a, t.Leaf) and not isinstance(a.expr, Var) for a, e in scalars if e < 0)
        match bound:
            case [(t.Group(p), e)] if e == 1 and not below_is_plain and not above and abs(c.numerator) == 1:
                body = self.sum(p, free)[0]
            case _:
                body = self.body(bound, free)
        below = [(a, -e) for a, e in scalars if e < 0]
        if not below_is_plain:
            return c < 0, self.writer.fraction(c, above, below, self.none, body)
        front = self.writer.fraction(c, above, below, self.none)
        return c < 0, body if front == "1" else f"{front} {body}"

    def body(self, factors: Sequence[tuple[t.Atom, Fraction]], free: tuple[str, ...]) -> str:
        """The part of a product that has the free indices."""
        equal = [a for a, _ in factors if isinstance(a, t.Holds)]
        rest = [f for f in factors if f[0] not in equal]
        if equal:
            if len(free) != 2 or len(equal) > 1 or not _joins(equal[0], free):
                raise NoMatrices("a condition")
            if not rest:
                return "I"
            (kept,) = {n for a, _ in rest for n in t.free(a)} or {""}
            return rf"\operatorname{{diag}}{bracketed(self.sum((((tuple(rest)), Fraction(1)),), (kept,))[0])}"
        binders: dict[str, Range] = {}
        nodes: list[Node] = []
        for k, (a, e) in enumerate(rest):
            if isinstance(a, t.SumOf) and e == 1:
                # Two sums may have the same names inside.
                own = {r.name: Index(f"{r.name}'{k}") for r in a.ranges}
                binders |= {own[r.name].name: Range(own[r.name].name, r.lo, r.hi) for r in a.ranges}
                inner, sign = t.renamed_factors(a.term, own)
                whole, sign = turned(inner, sign, self.layout)
                if sign != 1:
                    raise NoMatrices("a number inside")
                nodes += self.nodes(whole)
            else:
                nodes += self.nodes(((a, e),))
        self._check_ranges(binders)
        if len(free) > 2:
            raise NoMatrices("more than two indices")
        if len(free) == 1:
            pieces, end = self.walk(nodes, free[0])
            if end is not None or nodes:
                raise NoMatrices("no vector")
            return _joined(pieces)
        left, end = self.walk(nodes, free[0])
        if end == free[1] and not nodes:
            return _joined(left)
        if end is not None:
            raise NoMatrices("a diagonal")
        right, end = self.walk(nodes, free[1])
        if end is not None or nodes:
            raise NoMatrices("no matrix")
        return _joined([*left, *((n, not flip) for n, flip in reversed(right))])

    # -- chains --------------------------------------------------------------------

    def nodes(self, factors: Sequence[tuple[t.Atom, Fraction]]) -> list[Node]:
        out: list[Node] = []
        for a, e in factors:
            if e not in (1, 2):
                raise NoMatrices("a power")
            out += [self.node(a)] * int(e)
        return out

    def node(self, a: t.Atom) -> Node:
        match a:
            case t.Leaf(Element(array, at), symmetric):
                names = []
                for k, p in enumerate(at):
                    value = plus(p, self.writer.low(array, k))
                    if not isinstance(value, Index):
                        raise NoMatrices("a position")
                    self._axis(value.name, array, k)
                    names.append(value.name)
                if array in self.layout.inverses:
                    matrix = self.writer.symbol(self.layout.inverses[array])
                    if "^" in matrix and not matrix.startswith(r"\left("):
                        matrix = bracketed(matrix)
                    return Node(f"{matrix}^{{-1}}", tuple(names), 9, symmetric)
                return Node(self.writer.symbol(array), tuple(names), 9, symmetric)
            case t.Group(p):
                names = sorted(t.free_of(p))
                if len(names) > 2:
                    raise NoMatrices("a group")
                text, level = self.sum(p, tuple(names))
                return Node(text, tuple(names), level)
        raise NoMatrices(type(a).__name__)

    def walk(self, nodes: list[Node], name: str) -> tuple[list[tuple[Node, bool]], str | None]:
        """Nodes from an index on, each with whether it is transposed, and the index at the end.

        They are taken out of ``nodes``.
        """
        out: list[tuple[Node, bool]] = []
        while True:
            found = [n for n in nodes if name in n.at]
            if len(found) != 1 and not (len(found) == 2 and not out and found[0] == found[1]):
                if not found and out:
                    return out, name
                raise NoMatrices("an index at one or three places")
            node = found[0]
            nodes.remove(node)
            if len(node.at) == 1:
                return [*out, (node, False)], None
            if len(node.at) != 2 or node.at[0] == node.at[1]:
                raise NoMatrices("a diagonal")
            flip = node.at[1] == name
            out.append((node, flip))
            name = node.at[0] if flip else node.at[1]

    def _scalar(self, writer: Writer, a: t.SumOf, e: Fraction) -> str | None:
        """A sum that is a number: an inner product, a squared norm or a trace."""
        if t.free(a):
            raise NoMatrices("an index that is left")
        nodes = self.nodes(a.term)
        self._check_ranges({r.name: r for r in a.ranges})
        vectors = [n for n in nodes if len(n.at) == 1]
        if len(nodes) == 2 and nodes[0] == nodes[1] and len(vectors) == 2:
            return rf"\left\| {nodes[0].text} \right\|" + (f"^{{{number(2 * e)}}}" if 2 * e != 1 else "")
        if not vectors:
            first = nodes[0]
            if len(first.at) != 2 or first.at[0] == first.at[1]:
                raise NoMatrices("a diagonal")
            nodes.remove(first)
            pieces, end = self.walk(nodes, first.at[1])
            if end != first.at[0] or nodes:
                raise NoMatrices("no trace")
            text = rf"\operatorname{{tr}}{bracketed(_joined([(first, False), *pieces]))}"
        else:
            start = vectors[0]
            nodes.remove(start)
            pieces, end = self.walk(nodes, start.at[0])
            if end is not None or nodes:
                raise NoMatrices("no inner product")
            text = _joined([(start, True), *pieces])
            if e == 1:
                return text
        if e == Fraction(1, 2):
            return rf"\sqrt{{{text}}}"
        return text if e == 1 else rf"{bracketed(text)}^{{{number(e)}}}"

    # -- whole axes ----------------------------------------------------------------

    def _axis(self, name: str, array: str, k: int) -> None:
        axes = self.layout.extents.get(array)
        if axes is None or len(axes) > 2 or k >= len(axes):
            raise NoMatrices("an array of more axes")
        self._seen = getattr(self, "_seen", {})
        low = self.writer.low(array, k)
        self._seen.setdefault(name, []).append((low, plus(minus(extent(axes[k]), const(1)), low)))

    def _check_ranges(self, ranges: dict[str, Range]) -> None:
        for name, r in {**self.ranges, **ranges}.items():
            for lo, hi in getattr(self, "_seen", {}).get(name, ()):
                if not (same(lo, r.lo) and same(hi, r.hi)):
                    raise NoMatrices("a part of an axis")

    def _check(self, p: t.Poly) -> None:
        """Elements with fixed positions, and folds, are no matrix notation."""
        for s, _ in p:
            for a, _ in s:
                if isinstance(a, t.Fold | t.Cases | t.Holds) or (isinstance(a, t.Leaf) and isinstance(a.expr, Element)):
                    raise NoMatrices("an element")
                if not isinstance(a, t.SumOf):
                    for q in t.polys(a):
                        self._check(q)


def _joins(a: t.Atom, free: tuple[str, ...]) -> bool:
    match a:
        case t.Holds("==", Index(i), Index(j)):
            return {i, j} == {*free}
    return False


def _joined(pieces: Sequence[tuple[Node, bool]]) -> str:
    return " ".join(n.turned() if flip else n.there() for n, flip in pieces)


__all__ = ["Matrices", "NoMatrices"]
