"""What ships with texjit: chapters, names and signatures, without compiling anything."""

from __future__ import annotations

from dataclasses import dataclass

from ..equations.from_sympy import from_sympy
from ..equations.library import chapter, chapters, names, shipped
from ..equations.read import read_source
from ..equations.span import Source
from ..equations.understand import understand
from .library import declared, parts_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One shipped equation; field names are the JSON keys."""

    name: str
    parameters: tuple[str, ...]
    signature: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A shipped document (``latex``) or a chapter declared in Python (``sympy``)."""

    name: str
    kind: str
    equations: tuple[Entry, ...]


def catalogue() -> tuple[Chapter, ...]:
    """Every shipped chapter: documents first."""
    return (*map(_document, names()), *map(_declared, chapters()))


def _document(name: str) -> Chapter:
    found: dict[tuple[str, str], Entry] = {}
    for reading in understand(read_source(Source(f"{name}.md", shipped(name) or ""))):
        for equation in parts_of(reading):
            entry = Entry(equation.name, equation.call_order, equation.signature)
            found.setdefault((entry.name, entry.signature), entry)
    return Chapter(name, "latex", tuple(found.values()))


def _declared(name: str) -> Chapter:
    read = ((d, from_sympy(d, declared(d.where))) for d in chapter(name))
    return Chapter(name, "sympy", tuple(Entry(e.name, e.call_order, e.signature, d.note) for d, e in read))
