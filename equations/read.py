"""From a source to a ``Document``: scan, expand, parse, count rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from .diagnostic import Diagnostic
from .document import Document, Region, Statement
from .latex.grammar import Parsed, parse_formula
from .latex.macros import Budget, Macro
from .latex.symbols import MAX_WORD
from .latex.tree import Group, Juxt, Name, Node, Relation, Scripted, Separated
from .load import load
from .scan import scan
from .span import Source
from .spelled import spelled_names

_LETTER = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_TARGET = re.compile(r"\s*\{([^{}]*)\}")


def read(path_or_text: str | Path) -> Document:
    """The document in a file, or in a string that names no file."""
    return read_source(load(path_or_text))


def read_source(source: Source, names: Collection[str] = ()) -> Document:
    """Every formula of a source as surface trees; ``names`` of several letters are known beforehand."""
    found = scan(source)
    diagnostics = list(found.diagnostics)
    parsed: list[tuple[list[Parsed], list[Diagnostic]]] = []
    known = frozenset(names)
    macros, budget = _Macros(found.macros), Budget()
    for region in found.regions:
        parsed.append(parse_formula(source, region.span, macros.at(region.span.start), known, budget))
    # A name that one formula defines is one name in all of them.
    defined = frozenset(n for statements, _ in parsed for p in statements for n in _defined(p.tree)) - known
    declared = frozenset(x for text, _ in found.declarations for x in _LETTER.findall(text))
    defined |= spelled_names([p.tree for statements, _ in parsed for p in statements], declared) - known
    if defined:
        known |= defined
        macros, budget = _Macros(found.macros), Budget()
        lengths = sorted(set(map(len, defined)))
        for k, region in enumerate(found.regions):
            here = macros.at(region.span.start)
            if _mentions(source.text[region.span.start : region.span.stop], defined, lengths):
                parsed[k] = parse_formula(source, region.span, here, known, budget)
    statements: list[Statement] = []
    rows: list[int | None] = [None] * len(diagnostics)
    row = 0
    for region, (trees, wrong) in zip(found.regions, parsed, strict=True):
        diagnostics += [_referred(d, source) for d in wrong]
        count = len({p.row for p in trees}) + len(wrong)
        counted = region.kind == "display" or any(_relates(p.tree) for p in trees)
        for p in trees:
            number = row + p.row + 1 if counted else None
            statements.append(_statement(p, region, number))
        counts = (counted and trees) or (wrong and region.kind == "display")
        broken = sorted(set(range(count)) - {p.row for p in trees})
        numbers = [row + k + 1 for k in broken] if counts else []
        rows += [numbers[j] if j < len(numbers) else None for j in range(len(wrong))]
        row += count if counts else 0
    return Document(
        source, found.headings, found.regions, tuple(statements), found.declarations, tuple(diagnostics), tuple(rows)
    )


def _referred(d: Diagnostic, source: Source) -> Diagnostic:
    """A finding about a reference, with the line that it refers to."""
    target = _TARGET.match(source.text, d.span.stop) if d.code == "E024" else None
    if target is None:
        return d
    at = source.text.find(f"\\label{{{target[1]}}}")
    where = f"{target[1]} is on {source.spot(at)}" if at >= 0 else f"no equation is labelled {target[1]}"
    return replace(d, notes=(*d.notes, where))


def _mentions(text: str, words: frozenset[str], lengths: Sequence[int]) -> bool:
    """Whether any of the words, of these lengths, stands somewhere among the letters of a text."""
    for m in _LETTERS.finditer(text):
        run = m.group()
        for n in lengths:
            if n > len(run):
                break
            if any(run[k : k + n] in words for k in range(len(run) - n + 1)):
                return True
    return False


def _statement(p: Parsed, region: Region, row: int | None) -> Statement:
    return Statement(p.tree, region, p.span, row, p.label, p.lead)


def _relates(tree: Node) -> bool:
    """Whether an inline formula counts as a row: it holds a relation that is no declaration."""
    items = tree.items if isinstance(tree, Separated) else (tree,)
    return any(isinstance(x, Relation) and x.ops not in (("in",), ("to",)) for x in items)


def _defined(tree: Node) -> Iterable[str]:
    """Words of several letters, not too long to be names, that a statement's left side introduces."""
    if not isinstance(tree, Relation) or tree.ops[0] not in ("=", ":="):
        return
    side = tree.sides[0]
    if (word := _spelled(side)) is not None:
        yield word
    if isinstance(side, Juxt) and len(side.items) == 2 and isinstance(side.items[1], Group):
        side = side.items[0]
    while isinstance(side, Scripted):
        side = side.base
    if isinstance(side, Name) and 1 < len(side.base) <= MAX_WORD and side.style in ("", "rm") and not side.accents:
        if side.base.isalpha() and (side.base.isupper() or len(side.base) > 2):
            if side.style == "rm" or side.span.stop - side.span.start == len(side.base):
                yield side.base


def _spelled(side: Node) -> str | None:
    """``softmax`` of ``softmax(z)`` typed in plain letters: a product cannot be defined."""
    if not isinstance(side, Juxt) or not 4 <= len(side.items) <= MAX_WORD or not isinstance(side.items[-1], Group):
        return None
    letters = [i for i in side.items[:-1] if isinstance(i, Name) and len(i.base) == 1 and not (i.style or i.accents)]
    touching = all(a.span.stop == b.span.start for a, b in pairwise(letters))
    if len(letters) < len(side.items) - 1 or not touching:
        return None
    return "".join(i.base for i in letters)


class _Macros:
    """Macros in force at a place: the last definition above, else the first one below."""

    def __init__(self, macros: Iterable[Macro]) -> None:
        self._later = sorted(macros, key=lambda m: m.span.start)
        self._now: dict[str, Macro] = {}
        for m in self._later:
            self._now.setdefault(m.name, m)
        self._next = 0

    def at(self, place: int) -> dict[str, Macro]:
        while self._next < len(self._later) and self._later[self._next].span.start < place:
            m = self._later[self._next]
            self._now[m.name] = m
            self._next += 1
        return self._now
