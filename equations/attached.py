r"""Conditions that follow a formula on its line: ``f(x) = \sqrt{x}, \quad x \ge 0`` and ``i = 1, \dots, n``.

They speak of that formula alone: a condition on symbols declares them for it, a range of an index says
that the index runs over an axis, and what can be neither is listed among its assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from . import declare
from .context import Declared, Refusal
from .document import Statement
from .domain import Domain, interval_intersection
from .evidence import symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .names import letter, safe, take_apart

COMPARISONS = frozenset(("<", ">", "<=", ">=", "!="))
#: Words before a condition; with them anything that compares is one.
LEADS = frozenset("for if when whenever where provided with all forall given".split())

#: What a sentence says between a formula and the range of its index.
SPOKEN = frozenset(("for", "for all", "for each", "for every", "for any", "where"))


#: Letters, the whole numbers that they run over, and whether the range lists such numbers.
Range = tuple[tuple[str, ...], Domain, bool]


@dataclass(frozen=True, slots=True)
class Attached:
    """What one condition says about its formula: declarations, letters that run over an axis, a note."""

    declared: tuple[Declared, ...] = ()
    ranges: tuple[str, ...] = ()
    note: str = ""


def main_of(i: int, statements: tuple[Statement, ...]) -> int | None:
    """The definition that a statement follows on the same line, or for which a sentence gives a range."""
    s = statements[i]
    before = statements[i - 1] if i else s
    if s.region.kind == "inline" and range_of(s.tree) is not None and before.region.heading == s.region.heading:
        if s.region.before.strip(" \t\r\n,.;:").lower() in SPOKEN and _defines(before.tree):
            return i - 1
    for k in range(i - 1, -1, -1):
        other = statements[k]
        if other.region is not s.region or other.row != s.row:
            return None
        if _defines(other.tree):
            return k
    return None


def row_above(i: int, statements: tuple[Statement, ...]) -> int | None:
    """The definition in the row above, of one display, where nothing else stands between."""
    s, before = statements[i], statements[i - 1] if i else statements[i]
    if before is s or before.region is not s.region or s.lead or s.row == before.row or not _defines(before.tree):
        return None
    return i - 1


def _defines(tree: t.Node) -> bool:
    if not isinstance(tree, t.Relation) or range_of(tree) is not None:
        return False
    # An inequality between more than symbols and numbers is a claim, and what follows may be a condition of it.
    symbols = [take_apart(x) for x in tree.sides if not isinstance(x, t.Number)]
    formula = any(sym is None or sym.sup is not None for sym in symbols)
    return tree.ops[0] in ("=", ":=") or (formula and set(tree.ops) <= COMPARISONS)


def attached(s: Statement, main: Statement) -> Attached | None:
    """What a statement says as a condition on the one before it; ``None`` where it is no condition."""
    tree = s.tree
    if isinstance(tree, t.Group) and tree.open == "(":
        tree = tree.body
    assert isinstance(main.tree, t.Relation)
    words = s.lead.lower().split()
    told = bool(words) and words[0].strip(".,;:") in LEADS
    if told and words[0].strip(".,;:") not in ("if", "when", "whenever") and all(
        isinstance(x, t.Name) for x in _items(tree)
    ):
        return _ranged(tuple(letter(x) or "" for x in _items(tree)), Domain("integer"), False, main)
    if not isinstance(tree, t.Relation):
        return None
    if (found := range_of(tree)) is not None and (ranged := _ranged(*found, main)) is not None:
        return ranged
    if not set(tree.ops) <= COMPARISONS:
        return None
    parts = [x for side in tree.sides for x in _items(side)]
    if "!=" not in tree.ops:
        try:
            declared = declare.from_tree(tree)
        except Refusal:
            declared = None
        if declared:
            return Attached(declared=declared)
    if not told and not all(_plain(x) for x in parts):
        return None
    return Attached(note=f"it holds where ${to_latex(tree)}$, as stated; this is not checked")


def _items(node: t.Node) -> tuple[t.Node, ...]:
    return node.items if isinstance(node, t.Separated) else (node,)


def _plain(node: t.Node) -> bool:
    """Symbols and numbers, added at most."""
    terms = node.terms if isinstance(node, t.Sum) else (node,)
    return all(isinstance(x, t.Number) or take_apart(x) is not None for x in terms)


def range_of(tree: t.Node) -> Range | None:
    r"""Letters and their range: ``i = 1, \dots, n``, ``1 \le i, j \le n``, ``i \in \{1, \dots, n\}``.

    What is listed with dots are whole numbers; between bounds a letter may be any number.
    """
    listed = True
    ends: tuple[t.Node, t.Node]
    match tree:
        case t.Relation(sides=(names, t.Separated(items=items)), ops=("=",)) if any(
            isinstance(x, t.Dots) for x in items
        ):
            ends = items[0], items[-1]
        case t.Relation(sides=(names, t.Group(open="{", body=t.Separated(items=items))), ops=("in",)) if any(
            isinstance(x, t.Dots) for x in items
        ):
            ends = items[0], items[-1]
        case t.Relation(sides=(t.Number() as low, names, high), ops=("<=", "<=" | "<")):
            ends, listed = (low, high), False
        case _:
            return None
    letters = tuple(letter(x) for x in _items(names))
    first, last = ends
    if not isinstance(first, t.Number) or not first.text.isdigit() or not all(letters):
        return None
    top = Fraction(last.text) if isinstance(last, t.Number) and last.text.isdigit() else None
    return tuple(x for x in letters if x), Domain("integer", lo=Fraction(first.text), hi=top), listed


def _ranged(letters: tuple[str, ...], domain: Domain, listed: bool, main: Statement) -> Attached | None:
    """A range of letters that index the left-hand side, or that are whole numbers."""
    assert isinstance(main.tree, t.Relation)
    left, *right = main.tree.sides
    over = tuple(x for x in letters if _indexed(left, x) and any(_indexed(side, x) for side in right))
    if not all(_follows(side, over, domain) for side in right):
        over = ()
    numbers = tuple(x for x in letters if x not in over)
    if numbers and not listed:
        return None
    return Attached(tuple(Declared(safe(x), (), domain, element=True) for x in numbers), over)


def _indexed(side: t.Node, x: str) -> bool:
    """Whether a letter stands below a symbol, alone or beside others."""
    return any(letter(p) == x for sym in symbols_in(side) for sub in sym.subs for p in _letters(sub))


def _letters(sub: t.Node) -> tuple[t.Node, ...]:
    return sub.items if isinstance(sub, t.Juxt) else (sub,)


def _follows(side: t.Node, letters: tuple[str, ...], domain: Domain) -> bool:
    """Whether a side reads its arrays at the letters themselves, which are numbers only where they count from 1."""
    below: set[int] = set()
    for sym in symbols_in(side):
        if letter(sym.node) in letters and domain.lo != 1 and id(sym.node) not in below:
            return False
        for sub in sym.subs:
            below |= {id(x) for x in t.walk(sub)}
            inside = {letter(x) for x in t.walk(sub)} & set(letters)
            if inside and not all(letter(p) is not None for p in _letters(sub)):
                return False
    return True


def combined(known: dict[str, Declared], more: tuple[Declared, ...]) -> None:
    """Conditions of one formula narrow what is declared around it."""
    for d in more:
        old = known.get(d.name)
        if old is None or (old.element and not d.element) or (not d.element and not old.element):
            known[d.name] = d
        elif old.domain.kind in ("interval", "integer") and d.domain.kind in ("interval", "integer"):
            known[d.name] = replace(old, domain=interval_intersection(old.domain, d.domain))
