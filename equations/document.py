"""A document: its text, its headings, its formula regions, and the prose between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .diagnostic import Diagnostic
from .latex.tree import Node
from .span import Source, Span

if TYPE_CHECKING:
    from .understand import Reading


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading; ``level`` counts from 1."""

    level: int
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Region:
    """One formula region.

    ``kind``: ``inline`` or ``display``.  ``block`` numbers the display blocks and
    paragraphs of the document; regions of one paragraph share it.  ``heading`` is
    the position of its heading in ``Document.headings``, or -1.  ``before`` is the
    prose since the formula (or paragraph break) before it, ``after`` the prose up
    to the next formula of the paragraph or to its end.
    """

    kind: str
    span: Span
    block: int
    heading: int
    before: str = ""
    after: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One formula as a surface tree; its kind is still open.

    ``row`` counts lines of displays and inline formulas that hold a relation other than a declaration, over
    the whole document (``None`` for an inline formula without one); statements
    split off the same line share it.  ``label`` is its tag, ``lead`` the words
    before it on its line (``where``, ``for all``, ``if``).
    """

    tree: Node
    region: Region
    span: Span
    row: int | None
    label: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything read from one source; ``rows`` are those of the formulas behind the diagnostics."""

    source: Source
    headings: tuple[Heading, ...]
    regions: tuple[Region, ...]
    statements: tuple[Statement, ...]
    declarations: tuple[tuple[str, Span], ...]
    diagnostics: tuple[Diagnostic, ...]
    rows: tuple[int | None, ...] = ()

    def __getitem__(self, name: str) -> Reading:
        """The reading of the first statement that defines ``name``."""
        from .understand import understand  # SymPy is loaded when a meaning is asked for

        readings = understand(self)
        for reading in readings:
            if reading.name == name:
                return reading
        raise KeyError(f"{name}; there are {', '.join(dict.fromkeys(r.name for r in readings if r.name))}")
