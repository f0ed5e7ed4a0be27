r"""Sums that close up: ``x_{n+1} = x_1`` beside ``\sum_{i=1}^n x_i y_{i+1}`` means n points, not n + 1.

Arrays have no element beyond their last one, and nothing wraps around: where the text says that it does, a reading
with n + 1 elements would drop a term without a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .context import Refusal
from .evidence import symbols_in
from .finite import parted
from .latex import tree as t
from .latex.printer import to_latex
from .names import letter, safe, take_apart

if TYPE_CHECKING:
    from .document import Statement
    from .reading import Reader

#: A place: what it is counted from, and how many behind that.
Place = tuple[str, int]

_WORDS = re.compile(r"\b(?:ind(?:ices|exes|ex)|subscripts?)\b[^.]*"
                    r"\b(?:mod(?:ulo)?|cyclic(?:ally)?|wrap\w*|periodic\w*)\b", re.I)


def refuse_closed(rhs: t.Node, s: Statement, r: Reader) -> None:
    """Refuse a sum that reads beyond its written end where statements nearby, or words, close it up."""
    found = beyond(rhs)
    if not found:
        return
    here = [x for x in r.statements if x.region.heading == s.region.heading]
    said = {x for other in here for x in closed(other.tree)}
    told = any(_WORDS.search(" ".join(text.split())) for x in here if abs(x.region.block - s.region.block) <= 1
               for text in (x.region.before, x.region.after))
    for base, node, index, place in found:
        if told or (base, place) in said:
            raise Refusal("E214", f"the text closes the sum up, and {base} has no element beyond its last one",
                          node.span, f"let {to_latex(index).strip()} run to one less, and write its last term out with "
                          "the first elements in the place of those beyond the last")


def beyond(rhs: t.Node) -> list[tuple[str, t.Node, t.Node, Place]]:
    """Arrays that are read behind the index of a sum or product: base, symbol, index, and the furthest place."""
    out: list[tuple[str, t.Node, t.Node, Place]] = []
    for node in t.walk(rhs):
        match node:
            case t.Big(op="sum" | "prod", sub=t.Relation(sides=(index, _), ops=("=",)), sup=t.Node() as end):
                top, ahead = parted(end)
                for sym in symbols_in(node.body):
                    for x in sym.subs:
                        if isinstance(x, t.Sum) and x.signs == ("+", "+") and letter(x.terms[0]) == letter(index):
                            out.append((safe(sym.base), sym.node, index, (top, ahead + parted(x)[1])))
    return out


def closed(tree: t.Node) -> list[tuple[str, Place]]:
    """What ``x_{n+1} = x_1``, ``x_n = x_0`` and ``(x_{n+1}, y_{n+1}) = (x_1, y_1)`` give another element for."""
    out: list[tuple[str, Place]] = []
    for relation in tree.items if isinstance(tree, t.Separated) else (tree,):
        if not isinstance(relation, t.Relation) or {*relation.ops} - {"=", ":=", "equiv"}:
            continue
        for one, other in zip(*(members(x) for x in relation.sides[:2]), strict=False):
            a, b = take_apart(one), take_apart(other)
            if a is not None and b is not None and a.base == b.base and len(a.subs) == len(b.subs) == 1:
                out += [(safe(a.base), parted(x.subs[0])) for x in (a, b)]
    return out


def members(node: t.Node) -> tuple[t.Node, ...]:
    """The parts of a pair in brackets, or a symbol alone."""
    inside = node.body if isinstance(node, t.Group) else node
    return inside.items if isinstance(inside, t.Separated) else (inside,)
