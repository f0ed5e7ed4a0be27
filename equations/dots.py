r"""Dots between terms or factors: ``a_1 + a_2 + \cdots + a_n`` is a sum over an index.

The last part written before the dots and the part after them must differ in one number only, and every earlier part
must be the pattern at its own number; anything else is refused.
"""

from __future__ import annotations

from dataclasses import replace

from .context import Refusal
from .latex import tree as t
from .span import Span

LETTERS = ("i", "k", "j", "l", "m", "r", "s")


def written_out(node: t.Node, statement: t.Node) -> t.Node:
    """A sum or product with dots as one over an index."""
    match node:
        case t.Sum(signs=signs, terms=terms) if any(isinstance(x, t.Dots) for x in terms):
            if any(s != "+" for s in signs):
                raise _open(node.span)
            return _reduced("sum", terms, node.span, statement)
        case t.Juxt(items=items) if any(isinstance(x, t.Dots) for x in items):
            return node if _factors(node) is None else _reduced("prod", items, node.span, statement)
        case t.Apply(head="max" | "min" as head, argument=t.Separated(items=items, separators=seps), sub=None) if any(
            isinstance(x, t.Dots) for x in items
        ) and set(seps) == {","}:  # max(x_1, …, x_n)
            whole = _reduced(head, items, node.span, statement)
            return whole if node.sup is None else t.Scripted(node.span, t.Group(node.span, "(", ")", whole), None,
                                                             node.sup)
        case _:
            return node


def _factors(node: t.Juxt) -> tuple[t.Node, ...] | None:
    """Items of a product whose dots have something on both sides; lists keep theirs."""
    if isinstance(node.items[0], t.Dots) or isinstance(node.items[-1], t.Dots):
        return None
    return node.items


def _reduced(op: str, parts: tuple[t.Node, ...], span: Span, statement: t.Node) -> t.Node:
    places = [k for k, x in enumerate(parts) if isinstance(x, t.Dots)]
    if len(places) != 1 or places[0] != len(parts) - 2 or places[0] == 0:
        raise _open(span)
    shown, last = parts[: places[0]], parts[-1]
    found: list[tuple[t.Number, t.Node]] = []
    if not differing(shown[-1], last, found) or not found:
        raise _open(span)
    number, end = found[0]
    if any(a.text != number.text or t.dump(b) != t.dump(end) for a, b in found) or not number.text.isdigit():
        raise _open(span)
    used = {x.base for x in t.walk(statement) if isinstance(x, t.Name)}
    if len(shown) == 1 and not _below(shown[0], {id(a) for a, _ in found}):
        raise _open(span)  # one number alone shows no pattern
    letter = next((x for x in LETTERS if x not in used), "")
    if not letter:
        raise _open(span)
    index = t.Name(span, letter)
    places_of = {id(a) for a, _ in found}
    template = _replaced(shown[-1], places_of, index)
    first = int(number.text) - len(shown) + 1
    for k, part in enumerate(shown, first):
        if k < 0 or t.dump(simple(put(template, letter, t.Number(span, str(k))))) != t.dump(simple(part)):
            raise _open(span)
    sub = t.Relation(span, (index, t.Number(span, str(first))), ("=",))
    return t.Big(span, op, template, sub, end)


def _open(span: Span) -> Refusal:
    return Refusal("E155", "the dots leave open what they stand for", span,
                   "write the sum or product: \\sum_{i=1}^{n} a_i, \\prod_{i=1}^{n} a_i")


def differing(a: t.Node, b: t.Node, out: list[tuple[t.Number, t.Node]]) -> bool:
    """Collect where two trees differ: a number here, a symbol (or a sum) there; False where they differ otherwise."""
    if t.dump(a) == t.dump(b):
        return True
    if isinstance(a, t.Number) and isinstance(b, t.Name | t.Sum | t.Number | t.Scripted):
        out.append((a, b))
        return True
    mine, theirs = tuple(a.children()), tuple(b.children())
    if type(a) is not type(b) or len(mine) != len(theirs) or not mine:
        return False
    if isinstance(a, t.Scripted) and isinstance(b, t.Scripted):
        if (a.sub is None, a.sup is None, a.primes) != (b.sub is None, b.sup is None, b.primes):
            return False
    if isinstance(a, t.Binary | t.Sum | t.Apply | t.Group | t.Relation):
        hollow = [replace(x, span=Span(0, 0)) for x in (a, b)]
        if _frame(hollow[0]) != _frame(hollow[1]):
            return False
    return all(differing(x, y, out) for x, y in zip(mine, theirs, strict=True))


def _frame(node: t.Node) -> tuple[object, ...]:
    """What a node is besides its children."""
    match node:
        case t.Binary(op=op):
            return (op,)
        case t.Sum(signs=signs):
            return signs
        case t.Apply(head=head, bracketed=b):
            return head, b
        case t.Group(open=o):
            return (o,)
        case t.Relation(ops=ops):
            return ops
        case _:
            return ()


def _below(node: t.Node, places: set[int]) -> bool:
    """Whether all of the places lie in subscripts."""
    inside = {id(x) for n in t.walk(node) if isinstance(n, t.Scripted) and n.sub is not None for x in t.walk(n.sub)}
    return places <= inside


def _replaced(node: t.Node, places: set[int], index: t.Node) -> t.Node:
    if id(node) in places:
        return index
    return t.over_children(node, lambda x: _replaced(x, places, index))


def put(node: t.Node, letter: str, value: t.Node) -> t.Node:
    """A pattern at one value of its index."""
    if isinstance(node, t.Name) and node.base == letter:
        return value
    return t.over_children(node, lambda x: put(x, letter, value))


def simple(node: t.Node) -> t.Node:
    """``x^1`` is ``x``, ``x^0`` is 1, factors and divisors of 1 are dropped."""
    node = t.over_children(node, simple)
    match node:
        case t.Scripted(base=base, sub=None, sup=t.Number(text="1"), primes=0):
            return base
        case t.Scripted(sub=None, sup=t.Number(text="0"), primes=0):
            return t.Number(node.span, "1")
        case t.Frac(numerator=a, denominator=t.Number(text="1")):
            return a
        case t.Juxt(items=items):
            kept = tuple(x for x in items if not (isinstance(x, t.Number) and x.text == "1"))
            return t.Number(node.span, "1") if not kept else kept[0] if len(kept) == 1 else replace(node, items=kept)
        case _:
            return node
