"""Shorter sums of products: values that the author named under their names, what expands to less expanded.

Every step is an identity of real numbers; what comes out is compared with what was derived
at random points before anyone sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as every

from ..expr import Element, Index, Range, Var
from ..positions import minus
from . import terms as t

#: Longer sums than this are not multiplied out.
LONGEST = 24

#: Nor is anything tried on sums of this size.
LARGE = 120


@dataclass(frozen=True, slots=True)
class Named:
    """``name[ranges] = poly``: a value with a name of its own."""

    name: str
    ranges: tuple[Range, ...]
    poly: t.Poly

    def read(self, at: Sequence[Index]) -> t.Leaf:
        places = tuple(minus(i, r.lo) for i, r in zip(at, self.ranges, strict=True))
        return t.leaf(Element(self.name, places) if places else Var(self.name))


def shortened(p: t.Poly, named: Sequence[Named] = ()) -> t.Poly:
    """The sum with shorter parts, from the innermost ones on."""
    for n in named:
        p = _folded(p, n)
    inner = t.each(p, lambda a: t.rebuilt(a, lambda q: shortened(q, named)))
    for n in named:
        inner = _folded(inner, n)
    return min(_ways(inner, named), key=size)


def _ways(p: t.Poly, named: Sequence[Named]) -> Iterator[t.Poly]:
    yield p
    if size(p) > LARGE:
        return
    made = multiplied(p)
    if made is not None and made != p:
        for n in named:
            made = _folded(made, n)
        yield made
        if len(made) > 1:
            yield (t.as_term(made),)
    if len(p) > 1:
        yield (t.as_term(p),)


def size(p: t.Poly) -> int:
    """How long a sum is to read."""
    return sum(1 + (abs(c) != 1) + sum(1 + (e not in (1, -1)) + _inside(a) for a, e in s) for s, c in p)


def _inside(a: t.Atom) -> int:
    extra = {t.SumOf: 1, t.Fold: 1, t.Cases: 2}.get(type(a), 0)
    return extra + sum(map(size, t.polys(a)))


def multiplied(p: t.Poly) -> t.Poly | None:
    """The sum with its groups multiplied out, and ``σ(−x) = 1 − σ(x)``; ``None`` where that is long."""
    out: list[t.Poly] = []
    for s, c in p:
        made = t.number(c)
        for a, e in s:
            factor = t.poly_of(a, e)
            times = 1
            match a:
                case t.Group(q) if e in (1, 2):
                    factor, times = multiplied(q) or q, int(e)
                case t.Fn("sigmoid", (x,)) if e == 1 and x and all(k < 0 for _, k in x):
                    factor = t.add(t.number(1), t.scaled(t.function("sigmoid", t.scaled(x, -1)), -1))
                case t.Fn("log", (q,)) if e == 1 and (inner := _softplus(q)) and all(k < 0 for _, k in inner):
                    # log(1 + e^-x) = log(1 + e^x) - x
                    opposite = t.add(t.number(1), t.function("exp", t.scaled(inner, -1)))
                    factor = t.add(t.function("log", opposite), inner)
            for _ in range(times):
                if len(made) * len(factor) > LONGEST:
                    return None
                made = t.expanded(made, factor)
        out.append(made)
    return t.add(*out)


def _softplus(p: t.Poly) -> t.Poly | None:
    """The ``x`` of ``1 + e^x``."""
    match p:
        case (((), c), (((t.Fn("exp", (x,)), e),), k)) | ((((t.Fn("exp", (x,)), e),), k), ((), c)) if c == k == e == 1:
            return x
    return None


# -- names ---------------------------------------------------------------------------


def _folded(p: t.Poly, n: Named) -> t.Poly:
    """Terms with the factors of a named value as terms with its name."""
    if not n.poly:
        return p
    pattern, c = t.as_term(n.poly)
    if not pattern or (len(pattern) == 1 and isinstance(pattern[0][0], t.Leaf)):
        return p
    if len(p) > 1 and any(isinstance(a, t.Group) for a, _ in pattern):
        whole = (t.as_term(p),)
        made = _in_terms(whole, n, pattern, c)
        if made != whole:
            return made
    return _in_terms(p, n, pattern, c)


def _in_terms(p: t.Poly, n: Named, pattern: t.Term, c: Fraction) -> t.Poly:
    out: list[t.Poly] = []
    for s, k in p:
        part: t.Poly = ((s, k),)
        while (made := _once(part, n, pattern, c)) is not None:
            part = made
        out.append(part)
    return t.add(*out)


def _once(part: t.Poly, n: Named, pattern: t.Term, c: Fraction) -> t.Poly | None:
    ((s, k),) = part
    for a, e in s:
        if isinstance(a, t.SumOf) and e == 1 and (made := _inside_sum(s, k, a, n, pattern, c)) is not None:
            return made
    here = dict(s)
    if not {t.kind(a) for a, _ in pattern} <= {t.kind(a) for a in here}:
        return None
    own = max((t.height(a) for a, _ in pattern), default=0)
    around = sorted(x for x in t.free_of(part) if not x.startswith("_") or int(x.split("_")[1]) > own)
    for chosen in every(around, repeat=len(n.ranges)):
        at = [Index(x) for x in chosen]
        values = {r.name: i for r, i in zip(n.ranges, at, strict=True)}
        wanted, sign = t.as_term(t.renamed(((pattern, c),), values))
        if any(a not in here for a, _ in wanted):
            continue
        ratios = [here[a] / e for a, e in wanted]
        times = min(ratios, key=abs)
        if times.denominator != 1 or any(r / times < 1 for r in ratios):
            continue
        rest, d = t.product([*s, *((a, -e * times) for a, e in wanted), (n.read(at), times)])
        return ((rest, d * k / sign ** int(times)),)
    return None


def _inside_sum(s: t.Term, k: Fraction, a: t.SumOf, n: Named, pattern: t.Term, c: Fraction) -> t.Poly | None:
    """The name inside a sum, where some of its factors stand before it."""
    kinds = {t.kind(b) for b, _ in pattern}
    outside = [(b, e) for b, e in s if b != a and t.kind(b) in kinds]
    if not outside or any(t.indices(r.lo, r.hi) for r in a.ranges):
        return None
    # Names of their own: what comes in from outside has the same ones inside.
    own = {r.name: Index(f"in{r.name}") for r in a.ranges}
    names = {i.name for i in own.values()}
    moved, turn = t.renamed_factors(a.term, own)
    inner, sign = t.product([*moved, *outside])
    sign *= turn
    made = _once(((inner, sign),), n, pattern, c)
    if made is None or not any(isinstance(b, t.Leaf) and t.free(b) & names for b, _ in made[0][0]):
        return None
    left = dict(made[0][0])
    if any(b in left for b, _ in outside):
        return None
    rest = tuple((b, e) for b, e in s if b != a and (b, e) not in outside)
    return t.mul(((rest, k),), t.summed(tuple(Range(own[r.name].name, r.lo, r.hi) for r in a.ranges), made))


# -- shares --------------------------------------------------------------------------


def shares(p: t.Poly, ranges: Sequence[Range]) -> Iterator[Named]:
    """Every softmax ``e^u / Σ_j e^u`` in a sum under ranges, without a name yet."""
    around = {r.name: r for r in ranges}
    stack = [(p, around)]
    while stack:
        q, here = stack.pop()
        for s, _ in q:
            for a, e in s:
                match a:
                    case t.SumOf((r,), ((t.Fn("exp", _) as share, k),)) if e < 0 and k == 1:
                        names = sorted(t.free(share))
                        inside = {**here, r.name: r}
                        if all(n in inside and not t.indices(inside[n].lo, inside[n].hi) for n in names):
                            yield _share(a, share, [inside[n] for n in names if n != r.name] + [r])
                if isinstance(a, t.SumOf):
                    inner = {**here, **{r.name: r for r in a.ranges}}
                else:
                    inner = {**here, a.range.name: a.range} if isinstance(a, t.Fold) else here
                stack += [(x, inner) for x in t.polys(a)]


def _share(total: t.SumOf, share: t.Atom, ranges: Sequence[Range]) -> Named:
    own = [Range(f"at{k}", r.lo, r.hi) for k, r in enumerate(ranges)]
    values = {r.name: Index(o.name) for r, o in zip(ranges, own, strict=True)}
    above = t.renamed(t.poly_of(share), values)
    below = t.renamed(t.poly_of(total), {n: i for n, i in values.items() if n != ranges[-1].name})
    return Named("", tuple(own), t.mul(above, t.power(below, Fraction(-1))))


def count(p: t.Poly, name: str) -> int:
    """How often a name stands in a sum."""
    out = 0
    for s, _ in p:
        for a, _ in s:
            match a:
                case t.Leaf(Element(array, _)):
                    out += array == name
                case t.Leaf(Var(array)):
                    out += array == name
            out += sum(count(q, name) for q in t.polys(a))
    return out
