"""Where a piece of text stands in its document."""

from __future__ import annotations

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
class Source:
    """A named text that spans point into."""

    name: str
    text: str

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = self.text.count("\n", 0, offset) + 1
        return line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line break."""
        return self.text.split("\n")[number - 1].rstrip("\r")
