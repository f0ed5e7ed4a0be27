r"""Ranges of indices in other words, written as ``i = 1`` below and ``n`` above.

``1 \le i, j \le n``, ``1 \le i \ne j \le n``, ``i = 1, \dots, n``, ``i \in \{1, \dots, n\}``, and a range with
conditions on further lines: ``0 \le m \le k \\ m \ne j``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from .latex import tree as t
from .names import letter

REDUCING = frozenset(("sum", "prod", "max", "min", "argmax", "argmin"))
BELOW = ("<", "<=")


def in_bounds(node: t.Node) -> t.Node:
    """A big operator with the range of its indices below and above it, where it is written in other words."""
    if not isinstance(node, t.Big) or node.op not in REDUCING or node.sub is None or node.sup is not None:
        return node
    if isinstance(down := node.sub, t.Relation) and len(down.sides) > 2 and set(down.ops) <= {">", ">="}:
        if isinstance(down.sides[-1], t.Number):  # n ≥ i > j ≥ 1
            ops = tuple({">": "<", ">=": "<="}[op] for op in reversed(down.ops))
            node = replace(node, sub=t.Relation(down.span, down.sides[::-1], ops))
    assert node.sub is not None
    parts = tuple(flat(node.sub))
    found = (
        _listed(node.sub) or _member(node.sub) or _shared(parts) or _unequal(node.sub)
        or (_between(parts[0]) if len(parts) > 1 else None)
    )
    if found is None:
        return node
    names, lo, hi, rest, used = found
    first = names[0] if len(names) == 1 else t.Separated(node.sub.span, names, (",",) * (len(names) - 1))
    start = t.Relation(node.sub.span, (first, lo), ("=",))
    conditions = (*rest, *parts[used:])
    if not all(isinstance(c, t.Relation) for c in conditions):
        return node
    sub: t.Node = start
    if conditions:
        sub = t.Separated(node.sub.span, (start, *conditions), (",",) * len(conditions))
    return replace(node, sub=sub, sup=hi)


#: Index letters, first and last value, conditions, and how many parts of the subscript that took.
Range = tuple[tuple[t.Node, ...], t.Node, t.Node, tuple[t.Node, ...], int]


def flat(sub: t.Node) -> tuple[t.Node, ...]:
    return sub.items if isinstance(sub, t.Separated) and set(sub.separators) <= {","} else (sub,)


def _listed(sub: t.Node) -> Range | None:
    """``i = 1, …, n``."""
    match sub:
        case t.Relation(sides=(i, t.Separated(items=(t.Number() as lo, *_, t.Dots(), hi))), ops=("=",)):
            return ((i,), lo, hi, (), 1) if letter(i) and consecutive(sub.sides[1]) else None
    return None


def _member(sub: t.Node) -> Range | None:
    """``i ∈ {1, …, n}``."""
    match sub:
        case t.Relation(sides=(i, t.Group(open="{", body=t.Separated() as body)), ops=("in",)):
            match body.items:
                case (t.Number() as lo, *_, t.Dots(), hi) if consecutive(body):
                    names = i.items if isinstance(i, t.Separated) else (i,)
                    return (names, lo, hi, (), 1) if all(map(letter, names)) else None
    return None


def consecutive(listed: t.Node) -> bool:
    """Whether the numbers before the dots count up by one."""
    if not isinstance(listed, t.Separated) or set(listed.separators) - {","}:
        return False
    numbers = [x.text for x in listed.items[:-2] if isinstance(x, t.Number)]
    if len(numbers) != len(listed.items) - 2 or not all(x.isdigit() for x in numbers):
        return False
    return all(int(b) == int(a) + 1 for a, b in pairwise(numbers))


def _shared(parts: tuple[t.Node, ...]) -> Range | None:
    """``1 ≤ i, j ≤ n``: a range that several letters share."""
    if len(parts) < 2:
        return None
    first, *middle, last = parts
    match first, last:
        case t.Relation(sides=(t.Number() as lo, i), ops=(a,)), t.Relation(sides=(j, hi), ops=(b,)):
            names = (i, *middle, j)
            if a in BELOW and b in BELOW and all(map(letter, names)):
                return names, _above(lo, a), _under(hi, b), (), len(parts)
    return None


def _unequal(sub: t.Node) -> Range | None:
    """``1 ≤ i ≠ j ≤ n``."""
    match sub:
        case t.Relation(sides=(t.Number() as lo, i, j, hi), ops=(a, "!=", b)) if a in BELOW and b in BELOW:
            if letter(i) and letter(j):
                apart = t.Relation(i.span | j.span, (i, j), ("!=",))
                return (i, j), _above(lo, a), _under(hi, b), (apart,), 1
    return None


def _between(part: t.Node) -> Range | None:
    """``0 ≤ m ≤ k`` with conditions after it."""
    match part:
        case t.Relation(sides=(t.Number() as lo, i, hi), ops=(a, b)) if a in BELOW and b in BELOW and letter(i):
            return (i,), _above(lo, a), _under(hi, b), (), 1
    return None


def _above(lo: t.Number, op: str) -> t.Node:
    return replace(lo, text=str(int(lo.text) + 1)) if op == "<" and lo.text.isdigit() else lo


def _under(hi: t.Node, op: str) -> t.Node:
    return hi if op == "<=" else t.Sum(hi.span, ("+", "-"), (hi, t.Number(hi.span, "1")))
