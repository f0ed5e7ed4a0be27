"""Where a piece of text stands in its document."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of absolute character offsets ``[start, stop)``."""

    start: int
    stop: int

    def __or__(self, other: Span) -> Span:
        """The smallest span over both."""
        return Span(min(self.start, other.start), max(self.stop, other.stop))


@dataclass(frozen=True, slots=True)
class Piece:
    """From ``start`` on, a text joined from several files stands at this place of the file ``name``."""

    start: int
    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A named text that spans point into; ``pieces`` if it was joined from several files."""

    name: str
    text: str
    pieces: tuple[Piece, ...] = ()

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in its file, both from 1."""
        piece = self._piece(offset)
        lines = self.text.count("\n", piece.start, offset)
        if not lines:
            return piece.line, offset - piece.start + piece.column
        return piece.line + lines, offset - self.text.rfind("\n", 0, offset)

    def file(self, offset: int) -> str:
        """The name of the file that an offset stands in."""
        return self._piece(offset).name

    def spot(self, offset: int) -> str:
        """An offset in words: ``line 3``, with its file or cell where there are several."""
        line, _ = self.place(offset)
        inside = self.file(offset).removeprefix(f"{self.name}, ")
        return f"line {line}" if inside == self.name else f"{inside}, line {line}"

    def line(self, offset: int) -> tuple[str, int]:
        """The text of the line around an offset, without its line break, and where in it the offset stands."""
        start = self.text.rfind("\n", 0, offset) + 1
        stop = self.text.find("\n", offset)
        return self.text[start : stop if stop >= 0 else len(self.text)].rstrip("\r"), offset - start

    def _piece(self, offset: int) -> Piece:
        k = bisect_right(self.pieces, offset, key=lambda piece: piece.start) - 1
        return self.pieces[k] if k >= 0 else Piece(0, self.name, 1, 1)
