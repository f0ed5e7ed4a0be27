r"""From a path to the text of a document: bounded, UTF-8, from one folder only.

A ``.tex`` file may take in others of its own folder, and of folders inside it, by ``\input``
and ``\include``.  Links, folders outside and what is no plain file are never followed;
``scan`` reports what is left of them.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from .diagnostic import Diagnostic, InvalidEquation
from .span import Piece, Source, Span

MAX_BYTES = 4 * 1024 * 1024
#: Notebooks carry their pictures with them.
MAX_NOTEBOOK = 64 * 1024 * 1024
MAX_NESTING = 8
#: First bytes of files that are no text in UTF-8.
_MARKS = ((b"\xff\xfe", "in UTF-16"), (b"\xfe\xff", "in UTF-16"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "compressed"),
          (b"PK\x03\x04", "a ZIP archive (a Word or OpenDocument file is one)"))
MAX_FILES = 64
_SUFFIXES = frozenset((".md", ".markdown", ".qmd", ".rmd", ".mdx", ".ipynb", ".tex", ".latex", ".txt"))
_TEX = frozenset((".tex", ".latex"))
_INPUT = re.compile(
    r"(?P<skipped>%[^\n]*|\\begin\s*\{(?P<name>verbatim\*?|lstlisting|minted|comment)\})"
    r"|\\(?:input|include)(?![A-Za-z])\s*\{(?P<file>[^{}\n]{1,255})\}|\\.",
    re.S,
)


def load(path_or_text: str | Path) -> Source:
    """The text of a file, of a notebook's Markdown cells, or the string itself.

    Markdown cells are joined by blank lines; places count from the beginning of their cell.
    Raises ``InvalidEquation`` for what is no text, ``OSError`` for what cannot be opened.
    """
    if isinstance(path_or_text, str) and not _looks_like_path(path_or_text):
        return Source("<string>", path_or_text)
    path = Path(path_or_text)
    suffix = path.suffix.lower()
    source = Source(str(path), _text(path, MAX_NOTEBOOK if suffix == ".ipynb" else MAX_BYTES))
    if suffix == ".ipynb":
        return notebook(source)
    return _Joined(path.parent).join(source) if suffix in _TEX and _INPUT.search(source.text) else source


def notebook(source: Source) -> Source:
    """The Markdown cells of a notebook, joined by blank lines; raises ``InvalidEquation``."""
    texts: list[str] = []
    pieces: list[Piece] = []
    at = 0
    try:
        for k, c in enumerate(json.loads(source.text)["cells"]):
            if c["cell_type"] != "markdown":
                continue
            texts.append(c["source"] if isinstance(c["source"], str) else "".join(c["source"]))
            pieces.append(Piece(at, f"{source.name}, cell {k + 1}", 1, 1))
            at += len(texts[-1]) + 2
        return Source(source.name, "\n\n".join(texts), tuple(pieces))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        shown = Source(source.name, source.text.split("\n", 1)[0][:200])
        finding = Diagnostic("E030", "the file is not a notebook", Span(0, 1), help="save it again as .ipynb")
        raise InvalidEquation(finding, shown) from error


def _looks_like_path(text: str) -> bool:
    if "\n" in text or "\0" in text or len(text) > 4096 or "$" in text or ("\\" in text and "/" not in text):
        return False
    return Path(text).suffix.lower() in _SUFFIXES


def _text(path: Path, limit: int, links: bool = True) -> str:
    """A plain file's text, with line ends and the byte order mark taken off."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    flags |= 0 if links else getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _refused(path, "E032", "a file is expected, this is a folder or a device")
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise _refused(path, "E001", f"the file has more than {limit} bytes", "split it into several files")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _undecoded(path, raw, error.start) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undecoded(path: Path, raw: bytes, at: int) -> InvalidEquation:
    """What a file may be that is no text in UTF-8."""
    kind = next((kind for mark, kind in _MARKS if raw.startswith(mark)), "")
    if kind:
        return _refused(path, "E032", f"the file is {kind}, text is expected", "save it as text in UTF-8")
    if b"\0" in raw[:4096]:
        return _refused(path, "E032", "the file is binary, text is expected", "save it as text in UTF-8")
    line = raw.count(b"\n", 0, at) + 1
    message = f"line {line} is not UTF-8: the byte 0x{raw[at]:02X} starts no character"
    before = raw[:at].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    rest = raw[at:].split(b"\n", 1)[0].decode("utf-8", errors="replace").rstrip("\r")
    finding = Diagnostic("E032", message, Span(len(before), len(before) + 1), help="save the file as UTF-8")
    return InvalidEquation(finding, Source(str(path), before + rest))


def _refused(path: Path, code: str, message: str, help: str = "") -> InvalidEquation:
    return InvalidEquation(Diagnostic(code, message, Span(0, 1), help=help), Source(str(path), ""))


@dataclass
class _Joined:
    """A text put together from the files of one folder."""

    folder: Path
    parts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0
    files: int = 0
    open: list[str] = field(default_factory=list)

    def join(self, source: Source) -> Source:
        self.open.append(source.name)
        self._take(source)
        return Source(source.name, "".join(self.parts), tuple(self.pieces))

    def _take(self, source: Source) -> None:
        at, start, text = 0, 0, source.text
        while m := _INPUT.search(text, at):
            at = m.end()
            if name := m.group("name"):
                close = text.find(f"\\end{{{name}}}", at)
                if close < 0:
                    break
                at = close
            inner = self._beside(m.group("file")) if m.group("file") else None
            if inner is None:
                continue
            self._add(source, start, m.start())
            self.open.append(inner.name)
            self._take(inner)
            self.open.pop()
            start = at
        self._add(source, start, len(text))

    def _add(self, source: Source, start: int, stop: int) -> None:
        line, column = source.place(start)
        self.pieces.append(Piece(self.length, source.name, line, column))
        self.parts.append(source.text[start:stop])
        self.length += stop - start

    def _beside(self, written: str) -> Source | None:
        """A file of the folder, or ``None`` where the command stays as it is."""
        name = written.strip().removeprefix("./")
        name = name if Path(name).suffix.lower() in _TEX else f"{name}.tex"
        parts = name.split("/")
        # Plain parts without a drive or control character, none of them a link, cannot leave the folder.
        if not name.isprintable() or any(c in name for c in "\\:") or any(not p or p.startswith(".") for p in parts):
            return None
        path = self.folder / name
        self.files += 1
        if self.files > MAX_FILES or len(self.open) > MAX_NESTING or str(path) in self.open:
            return None
        if any(self.folder.joinpath(*parts[: k + 1]).is_symlink() for k in range(len(parts))):
            return None
        try:
            text = _text(path, MAX_BYTES, links=False)
        except (OSError, ValueError, InvalidEquation):
            return None
        return Source(str(path), text) if self.length + len(text) <= MAX_BYTES else None
