r"""What a search runs over: ``x \in [a, b]^n``, ``0 \le x_i \le 1``, ``p \in \Delta^{n-1}``, ``w \in \mathbb{R}^d``.

A set is read off the tree below an operator.  Where that binds an index instead, there is no search, and the
operator is one of `bigop`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from .context import Declared, Knowledge, Refusal
from .declare import set_of
from .domain import REAL, SIMPLEX, Domain
from .evidence import SMALL_GREEK
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, letter, take_apart
from .plans import member_of
from .span import Span

#: Kinds of computed values by operator.
KINDS = {"max": "maximum", "sup": "maximum", "min": "minimum", "inf": "minimum",
         "argmax": "place of a maximum", "argmin": "place of a minimum"}
#: Letters that count where only bounds are written: ``\max_{1 \le k \le n}``.
COUNTING = frozenset("ijklmnstT")
#: What separates a letter from conditions on it.
SUCH_THAT = (",", ":", "|", ";")


@dataclass(frozen=True, slots=True)
class Region:
    """A letter that a search runs over, and its values.

    ``axes`` are names of lengths, ``None`` where the formula tells them; ``lo`` and ``hi`` bound every element,
    without end where they are ``None``.  ``said`` tells a set that is written from a letter alone.
    """

    symbol: Symbolic
    axes: tuple[str, ...] | None = None
    lo: t.Node | None = None
    hi: t.Node | None = None
    simplex: bool = False
    said: bool = True

    @property
    def name(self) -> str:
        return self.symbol.whole


def regions(node: t.Big, known: Knowledge | None = None) -> tuple[Region, ...] | None:
    """The letters that an operator searches over; ``None`` where it binds an index, or what is no letter.

    Raises ``Refusal`` (E289) for a set or a condition that no search serves.
    """
    if node.op not in KINDS or node.sup is not None or node.sub is None:
        return None
    items = _clauses(node.sub)
    found: dict[str, Region] = {}
    alone: list[Symbolic] = []
    sums: list[str] = []
    strange: list[t.Node] = []
    for item in items:
        if (one := _one(item, node)) is not None:
            for region in one:
                x = region.name
                found[x] = _met(found[x], region) if x in found else region
        elif (name := _unit_sum(item)) is not None:
            sums.append(name)
        elif (sym := take_apart(item)) is not None and not sym.subs and sym.sup is None:
            alone.append(sym)
        else:
            strange.append(item)
    if not found and (strange or not alone or not all(_ranges_freely(s, node, known) for s in alone)):
        return None
    for sym in alone:
        found.setdefault(sym.whole, Region(sym, said=False))
    for name in sums:
        r = found.get(name)
        if r is None or not _is_zero(r.lo):
            strange.append(node.sub)
        else:
            found[name] = replace(r, simplex=True)
    if strange:
        raise Refusal("E289", f"a search under the condition {to_latex(strange[0]).strip()} is not there yet",
                      strange[0].span, "write a box, a simplex or all numbers: x \\in [a, b]^n, x \\in \\Delta^{n-1}, "
                      "x \\in \\mathbb{R}^n", unsupported=True)
    return tuple(found.values())


def declared_by(root: t.Node, known: Knowledge) -> Knowledge:
    """What is known, with the letters of the searches in a formula declared by their sets."""
    more: dict[str, Declared] = {}
    for node in t.walk(root):
        try:
            found = regions(node) if isinstance(node, t.Big) else None
        except Refusal:
            continue  # told where the operator is elaborated
        for r in found or ():
            if r.said and r.axes is not None:
                more[r.name] = Declared(r.name, r.axes, SIMPLEX if r.simplex else REAL)
    return replace(known, declared={**known.declared, **more}) if more else known


def searched_in(root: t.Node, known: Knowledge) -> bool:
    """Whether a search stands in a formula."""
    return any(isinstance(x, t.Big) and regions(x, known) is not None for x in t.walk(root))


def extended(node: t.Sum, known: Knowledge) -> t.Sum | None:
    r"""``\min_x f(x) + g(x)`` with the sum below the operator, where the letter stands in the later terms.

    Raises ``Refusal`` where a place is searched for, and it is open whether the sum belongs to the function.
    """
    for k, (sign, term) in enumerate(zip(node.signs, node.terms, strict=True)):
        rest = node.terms[k + 1 :]
        letters = _searched_letters(term, known) if rest and isinstance(term, t.Big) else set()
        if not letters or not isinstance(term, t.Big):
            continue
        if any(mentions(x, letters) for x in rest):
            if sign != "+":
                raise Refusal("E290", f"it is open how far \\{term.op} reaches behind a minus sign", term.span,
                              f"write brackets: - \\{term.op}_{{…}} (…)")
            body = t.Sum(term.body.span | rest[-1].span, ("+", *node.signs[k + 1 :]), (term.body, *rest))
            whole = replace(term, span=term.span | rest[-1].span, body=t.Group(body.span, "(", ")", body))
            return replace(node, signs=node.signs[: k + 1], terms=(*node.terms[:k], whole))
        if term.op.startswith("arg"):
            raise Refusal("E290", f"it is open whether the terms behind \\{term.op} belong to its function or are "
                          "added to the place", term.span, "write brackets around the function, or around the operator "
                          "with its function")
    return None


def _searched_letters(node: t.Big, known: Knowledge) -> set[str]:
    if (plan := member_of(node)) is not None:
        return {plan[0].whole}
    return {r.name for r in regions(node, known) or ()}


def mentions(root: t.Node, letters: set[str]) -> bool:
    return any((s := take_apart(x)) is not None and (s.whole in letters or s.base in letters) for x in t.walk(root))


def _clauses(sub: t.Node) -> tuple[t.Node, ...]:
    if isinstance(sub, t.Separated) and all(s in SUCH_THAT for s in sub.separators):
        return tuple(x for item in sub.items for x in _clauses(item))
    match sub:
        case t.Relation(sides=(left, t.Group(open="{", body=t.Separated(items=(first, *_), separators=seps) as body)),
                        ops=("in",)) if seps[0] in (":", "|") and _same(left, first):
            return _clauses(body)
    return (sub,)


def _same(left: t.Node, first: t.Node) -> bool:
    if isinstance(first, t.Relation) and first.ops == ("in",):
        first = first.sides[0]
    return to_latex(left) == to_latex(first)


def _one(item: t.Node, node: t.Big) -> tuple[Region, ...] | None:
    """The regions of one condition: ``x, y \\in [0, 1]``, ``0 \\le x_i \\le 1``, ``x \\ge 0``."""
    if not isinstance(item, t.Relation):
        return None
    if item.ops == ("in",):
        left, right = item.sides
        bracket = isinstance(left, t.Group) and left.open == "("
        inner = left.body if isinstance(left, t.Group) and bracket else left
        items = inner.items if isinstance(inner, t.Separated) else (inner,)
        letters = [take_apart(x) for x in items]
        if any(s is None or s.subs or s.sup is not None for s in letters) or (of := _set(right)) is None:
            return None
        if bracket:  # (x, y) in [0, 1]^2
            if of.axes != (str(len(items)),) or of.simplex:
                return None
            of = replace(of, axes=())
        return tuple(replace(of, symbol=s) for s in letters if s is not None)
    return _bounded(item, node)


def _set(right: t.Node) -> Region | None:
    """An interval, all numbers or a simplex, and the lengths of arrays over it; the letter is left open."""
    here = take_apart(t.Name(right.span, "x"))
    assert here is not None
    match right:
        case t.Group(open="[" | "(" | "]", close="]" | ")" | "[", body=t.Separated(
                items=(a, b), separators=("," | ";",))):
            return Region(here, (), None if _endless(a) else a, None if _endless(b) else b)
        case t.Scripted(base=t.Group() as base, sub=None, sup=t.Node() as sup, primes=0):
            each = _set(base)
            return None if each is None or each.axes != () else replace(each, axes=_lengths(sup))
        case t.Name(base="Delta"):
            return Region(here, None, simplex=True)
        case t.Scripted(base=t.Name(base="Delta"), sub=sub, sup=sup, primes=0) if (sub is None) != (sup is None):
            size = sub if sup is None else sup
            assert size is not None
            plain = size.terms[0] if isinstance(size, t.Sum) and size.signs == ("+", "-") and (
                isinstance(size.terms[1], t.Number) and size.terms[1].text == "1") else size
            one = _lengths(plain)
            return Region(here, one, simplex=True) if one is not None and len(one) == 1 else None
        case t.Name(base="R", style="bb") | t.Scripted(base=t.Name(base="R", style="bb")):
            axes, domain = set_of(right)
            return within(Region(here, axes), domain)
    return None


def within(r: Region, domain: Domain) -> Region:
    """A region with the bounds of a declared domain."""
    span = r.symbol.node.span
    lo, hi = (None if e is None else _number(e, span) for e in (domain.lo, domain.hi))
    return replace(r, lo=r.lo or lo, hi=r.hi or hi, simplex=r.simplex or domain.kind == "simplex")


def _number(e: Fraction, span: Span) -> t.Node:
    top = t.Number(span, str(abs(e.numerator)))
    size: t.Node = top if e.denominator == 1 else t.Frac(span, top, t.Number(span, str(e.denominator)))
    return size if e >= 0 else t.Sum(span, ("-",), (size,))


def _lengths(sup: t.Node) -> tuple[str, ...] | None:
    """Extents of a box: ``n``, ``m \\times n``, ``3``."""
    match sup:
        case t.Name() | t.Number() | t.Binary(op="times") | t.Scripted() | t.Sum():
            numbers = t.Name(sup.span, "R", style="bb")
            return set_of(t.Scripted(sup.span, numbers, None, sup, 0))[0] or None
    return None


def _endless(node: t.Node) -> bool:
    match node:
        case t.Name(base="infty"):
            return True
        case t.Sum(signs=("+" | "-",), terms=(t.Name(base="infty"),)):
            return True
    return False


def _bounded(item: t.Relation, node: t.Big) -> tuple[Region, ...] | None:
    """``x \\ge 0``, ``a \\le x \\le b`` and the like of a letter or its elements, which counts nothing."""
    ops = set(item.ops)
    if not (ops <= {"<", "<="} or ops <= {">", ">="}) or len(item.sides) > 3:
        return None
    sides = item.sides if ops <= {"<", "<="} else item.sides[::-1]
    middle = [1] if len(sides) == 3 else [k for k in (0, 1) if isinstance(sides[1 - k], t.Number | t.Sum | t.Frac)]
    if len(middle) != 1:
        return None
    k = middle[0]
    middle_side = sides[k]
    shared = middle_side.items if isinstance(middle_side, t.Separated) else (middle_side,)
    out = []
    for side in shared:
        sym = take_apart(side)
        if sym is None or sym.sup is not None or len(sym.subs) > 2:
            return None
        if not sym.subs and (_counts_elements(sym, node.body) or letter(side) in COUNTING):
            return None
        whole = take_apart(side.base) if isinstance(side, t.Scripted) and sym.subs else sym
        if whole is None or whole.subs or any(letter(s) is None for s in sym.subs):
            return None
        below, above = (sides[j] if 0 <= j < len(sides) else None for j in (k - 1, k + 1))
        out.append(Region(whole, None if sym.subs else (), below, above))
    # p \ge 0 of a vector: the formula tells how many elements it has.
    return tuple(replace(r, axes=None) if len(sides) == 2 else r for r in out)


def _met(one: Region, other: Region) -> Region:
    """A letter with two conditions: ``x \\in \\mathbb{R}^n, x \\ge 0``."""
    axes = one.axes if other.axes is None or one.axes else other.axes
    return replace(one, axes=axes, lo=other.lo or one.lo, hi=other.hi or one.hi, simplex=one.simplex or other.simplex)


def _is_zero(node: t.Node | None) -> bool:
    return isinstance(node, t.Number) and node.text == "0"


def _unit_sum(item: t.Node) -> str | None:
    r"""``p`` of ``\sum_i p_i = 1`` and ``\mathbf{1}^\top p = 1``."""
    match item:
        case t.Relation(sides=(left, t.Number(text="1")), ops=("=",)):
            pass
        case _:
            return None
    match left:
        case t.Big(op="sum", sub=t.Node() as sub, body=t.Scripted() as body):
            sym = take_apart(body)
            first = sub.sides[0] if isinstance(sub, t.Relation) else sub
            if sym is not None and sym.sup is None and len(sym.subs) == 1 and flatten(sym.subs[0]) == flatten(first):
                return sym.base
        case t.Juxt(items=(one, other)):
            for ones, x in ((one, other), (other, one)):
                bare = ones.base if isinstance(ones, t.Scripted) and ones.sub is None else ones
                of = x.base if isinstance(x, t.Scripted) and x.sub is None else x
                if isinstance(bare, t.Name | t.Number) and getattr(bare, "base", getattr(bare, "text", "")) == "1":
                    sym = take_apart(of)
                    return None if sym is None else sym.whole
    return None


def _occurrences(sym: Symbolic, root: t.Node) -> Iterator[t.Node]:
    for x in t.walk(root):
        if isinstance(x, t.Name | t.Scripted) and (s := take_apart(x)) is not None and s.whole == sym.whole:
            yield x


def _counts_elements(sym: Symbolic, body: t.Node) -> bool:
    """Whether a letter stands below others in a formula: an index."""
    return any(isinstance(x, t.Scripted) and x.sub is not None and any(_occurrences(sym, x.sub)) for x in t.walk(body))


def _ranges_freely(sym: Symbolic, node: t.Big, known: Knowledge | None) -> bool:
    """Whether a letter alone is what a search runs over: a number or a vector that the formula computes with."""
    if _counts_elements(sym, node.body) or known is None:
        return False
    stated = known.declared.get(sym.whole)
    if stated is not None and not stated.function:
        return True
    if sym.base in SMALL_GREEK or node.op in ("sup", "inf"):
        return not _only_applied(sym, node.body, known)
    return _computed_with(sym, node.body, known)


def _computed_with(sym: Symbolic, root: t.Node, known: Knowledge) -> bool:
    def stands(x: t.Node) -> bool:
        s = take_apart(x) if isinstance(x, t.Name) else None
        return s is not None and s.whole == sym.whole

    def computes(x: t.Node) -> bool:
        match x:
            case t.Scripted(base=base, sub=sub) if stands(base):
                return sub is None or x.sup is not None or letter(sub) is not None
            case t.Scripted(base=base, sup=sup):
                return computes(base) or (sup is not None and computes(sup))
            case t.Juxt(items=parts) | t.Sum(terms=parts) if any(map(stands, parts)):
                return True
            case t.Bars() | t.Apply() if any(map(stands, x.children())):
                return True
            case t.Juxt(items=parts):
                for head, follower in pairwise(parts):
                    s = take_apart(head)
                    if s is not None and isinstance(follower, t.Group):
                        given = follower.body.items if isinstance(follower.body, t.Separated) else (follower.body,)
                        if any(map(stands, given)) and known.functions(s.whole, given, False) is not None:
                            return True
        return any(map(computes, x.children()))

    return computes(root)


def _only_applied(sym: Symbolic, root: t.Node, known: Knowledge) -> bool:
    """``\\sup_f f(x)``: what is bound is a function."""
    return any(take_apart(head) is not None and to_latex(head) == to_latex(sym.node) and isinstance(follower, t.Group)
               for x in t.walk(root) if isinstance(x, t.Juxt) for head, follower in pairwise(x.items))
