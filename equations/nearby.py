"""What the other statements under a heading show of the shapes of their symbols."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from . import evidence
from .latex import tree as t
from .names import letter, safe, take_apart

if TYPE_CHECKING:
    from .reading import Reader


def shown(name: str, heading: int, r: Reader) -> int:
    """How many axes the statements under a heading show a symbol to have; 0 where they are silent."""
    if heading not in r.nearby:
        found: dict[str, int] = {}
        for s in r.statements:
            if s.region.heading == heading:
                for x, rank in shapes(s.tree).items():
                    evidence.note(found, x, rank)
        r.nearby[heading] = found
    return r.nearby[heading].get(name, 0)


def shapes(tree: t.Node) -> dict[str, int]:
    """Ranks that transposes, inverses and norms show, of ``x`` where they stand at ``x_k`` or ``x_{k+1}``."""
    found: dict[str, int] = {}
    evidence.norms(tree, found, set())
    for node in t.walk(tree):
        if isinstance(node, t.Bars) and node.kind == "‖":
            for x in multiplied(node.body):
                evidence.note(found, x, 1)
    for name, rank in evidence.ranks(tree, set()).items():
        evidence.note(found, name, rank)
    for sym in evidence.symbols_in(tree):
        if len(sym.subs) == 1 and sym.whole in found and is_step(sym.subs[0]):
            evidence.note(found, safe(sym.base), found[sym.whole])
    return found


def multiplied(node: t.Node) -> Iterator[str]:
    """Small letters that a capital one multiplies, in a norm: ``b`` of ``‖A b - c‖``."""
    for term in node.terms if isinstance(node, t.Sum) else (node,):
        if isinstance(term, t.Juxt):
            for a, b in pairwise(map(take_apart, term.items)):
                if a is not None and b is not None and evidence.is_capital(a.base) and evidence.is_small_latin(b.base):
                    yield b.whole


def is_step(sub: t.Node) -> bool:
    """A subscript such as ``k`` or ``k + 1``, no label and no number."""
    head = sub.terms[0] if isinstance(sub, t.Sum) else sub
    return isinstance(head, t.Name) and head.style != "rm" and len(letter(head) or "") == 1
