"""What went wrong, where, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

from .span import Source, Span

#: Most characters of a line that are shown.
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a document.

    ``code`` is stable: E0xx reading, E1xx meaning, E2xx axes and domains, E3xx
    numerics.  ``message`` is one lower-case clause; ``help`` says what to write.
    """

    code: str
    message: str
    span: Span
    notes: tuple[str, ...] = ()
    help: str = ""

    def render(self, source: Source) -> str:
        """The finding with its document line and carets under the span."""
        line, column = source.place(self.span.start)
        text, before = source.line(self.span.start)
        # A span over several lines is underlined to the end of its first.
        width = max(1, min(self.span.stop - self.span.start, len(text) - before))
        text, before, width = _window("".join(map(_visible, text)), before, width)
        gutter = " " * len(str(line))
        out = [
            f"error[{self.code}]: {self.message}",
            f"{gutter}--> {source.file(self.span.start)}:{line}:{column}",
            f"{gutter} |",
            f"{line} | {text}",
            f"{gutter} | {' ' * before}{'^' * width}",
        ]
        out += [f"{gutter} = note: {note}" for note in self.notes]
        if self.help:
            out.append(f"{gutter} = help: {self.help}")
        return "\n".join(out)


def _window(text: str, at: int, width: int) -> tuple[str, int, int]:
    """A part of a long line around a place, the place in it, and as much of the width as is shown."""
    if len(text) <= LONGEST:
        return text, at, width
    start = max(0, min(at - LONGEST // 4, len(text) - LONGEST))
    stop = start + LONGEST
    shown = "…" * (start > 0) + text[start:stop] + "…" * (stop < len(text))
    return shown, at - start + (start > 0), max(1, min(width, stop - at))


def _visible(c: str) -> str:
    """A character as it can be printed; a terminal obeys some of those that cannot."""
    return c if c == "\t" or c.isprintable() or c == "\u3000" else "\ufffd"


class TexjitError(Exception):
    """Any refusal by texjit; ``diagnostic`` says what and where."""

    def __init__(self, diagnostic: Diagnostic, source: Source | None = None) -> None:
        self.diagnostic = diagnostic
        self.source = source
        super().__init__(diagnostic.render(source) if source else f"[{diagnostic.code}] {diagnostic.message}")


class InvalidEquation(TexjitError):
    """The text is wrong; its author can mend it."""


class Unsupported(TexjitError):
    """The text is right; texjit cannot do it yet."""


class CompilerBug(TexjitError):
    """texjit broke a promise of its own; no number is given."""
