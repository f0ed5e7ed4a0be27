"""Compiling documents and formulas to libraries of kernels, through the cache."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..equations.diagnostic import Diagnostic, InvalidEquation, TexjitError, Unsupported
from ..equations.span import Source, Span
from . import jit
from .card import Card, make_card
from .kernel import Kernel
from .overload import Overload
from .recurrence import Recurrence

if TYPE_CHECKING:
    from ..equations.document import Document
    from ..equations.equation import Equation
    from ..equations.understand import Reading

Compiled = Kernel | Recurrence | Overload


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that gave no kernel, and why."""

    name: str
    kind: str
    line: int
    message: str
    unsupported: bool
    rendered: str


class Library(Mapping[str, Any]):
    """The kernels of a document, by name; also as attributes.

    ``failures`` lists statements that gave no kernel though they define something.
    """

    def __init__(self, kernels: dict[str, Compiled], failures: tuple[Failure, ...],
                 equations: Callable[[], dict[str, Equation]]) -> None:
        self._kernels = kernels
        self.failures = failures
        self._equations = equations

    def __getitem__(self, name: str) -> Compiled:
        found = self._kernels.get(name)
        if found is None:
            for failure in self.failures:
                if failure.name == name:
                    raise KeyError(f"{name}: {failure.message} (line {failure.line})")
            raise KeyError(f"{name}; there are {', '.join(self._kernels) or 'no kernels'}")
        return found

    def __getattr__(self, name: str) -> Compiled:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as missing:
            raise AttributeError(str(missing)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._kernels)

    def __len__(self) -> int:
        return len(self._kernels)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._kernels]

    @property
    def equations(self) -> dict[str, Equation]:
        """Equations of the functions, for ``using=``."""
        return self._equations()

    def __repr__(self) -> str:
        return f"<Library: {', '.join(self._kernels)}>"


@functools.cache
def fingerprint() -> str:
    """What the result of compiling depends on besides the text: our own sources."""
    root = Path(__file__).parent
    facts = []
    for room in (root.parent / "equations", root.parent / "compiler", root):
        for path in sorted(room.rglob("*.py")):
            stat = path.stat()
            facts.append((path.name, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def compile(source: str | Path | Document, where: str = "", using: Library | None = None) -> Any:
    """Kernels of a formula or a document.

    A string with one formula gives its ``Kernel`` (or ``Recurrence``); a path, a
    ``Document`` or a text with several gives a ``Library``.  ``where`` declares
    symbols, ``using`` brings in the functions of another library.  A single formula
    that cannot be compiled raises ``InvalidEquation`` or ``Unsupported``; in a
    document such statements are listed in ``Library.failures``.
    """
    origin, single = _source_of(source)
    key = hashlib.sha256(
        repr((origin, where, _names(using), fingerprint())).encode()
    ).hexdigest()
    reader = _Reader(origin, where, using, source)
    stored = jit.load(f"library/{key}")
    if stored is not None:
        library = _from_record(json.loads(stored), reader)
    else:
        library, record = _compile(reader)
        jit.store(f"library/{key}", json.dumps(record).encode())
    if not single:
        return library
    if len(library) == 1 and not library.failures:
        return next(iter(library.values()))
    if not len(library):
        _raise_first(reader, library)
    return library


def _names(using: Library | None) -> tuple[tuple[str, str], ...]:
    if using is None:
        return ()
    kernels = ((n, k.kernels if isinstance(k, Overload) else (k.kernel if isinstance(k, Recurrence) else k,))
               for n, k in using.items())
    return tuple((n, json.dumps(k.card.as_json())) for n, several in kernels for k in several)


def _source_of(source: str | Path | Document) -> tuple[Source, bool]:
    if isinstance(source, Path):
        from ..equations.load import load

        return load(source), False
    if isinstance(source, str):
        return Source("<formula>", source), True
    return source.source, False


class _Reader:
    """Reads a source when something that the cache does not hold is asked for."""

    def __init__(self, origin: Source, where: str, using: Library | None, source: Any) -> None:
        self.origin, self.where, self.using = origin, where, using
        self._source = source
        self._readings: dict[frozenset[str], tuple[Reading, ...]] = {}

    @functools.cached_property
    def document(self) -> Document:
        if not isinstance(self._source, str | Path):
            return self._source  # type: ignore[no-any-return]
        from ..equations.read import read_source

        names = tuple(self.using) if self.using is not None else ()
        return read_source(self.origin, names)

    def readings(self, unlinked: frozenset[str] = frozenset()) -> tuple[Reading, ...]:
        if unlinked not in self._readings:
            from ..equations.understand import understand

            self._readings[unlinked] = understand(
                self.document, declared(self.where), self.using.equations if self.using else None, unlinked
            )
        return self._readings[unlinked]

    def equation(self, index: int, part: int) -> Equation:
        """The equation behind a statement; ``part`` counts a recurrence's step and auxiliaries."""
        return parts_of(self.readings()[index])[part]

    def variant(self, index: int, part: int) -> Callable[[frozenset[str]], Kernel]:
        def make(unlinked: frozenset[str]) -> Kernel:
            equation = parts_of(self.readings(unlinked)[index])[part]
            return Kernel(make_card(equation)[0], lambda: equation)

        return make


def declared(where: str) -> Any:
    """The declarations of ``where=``; a refusal is raised with its place in the text."""
    from ..equations.context import Refusal
    from ..equations.understand import declarations

    try:
        return declarations(where)
    except Refusal as no:
        diagnostic = Diagnostic(no.code, no.message, no.span, no.notes, no.help)
        raise InvalidEquation(diagnostic, Source("where", where)) from None


def parts_of(reading: Reading) -> tuple[Equation, ...]:
    """The equations behind a reading: one, or a recurrence's step and auxiliaries."""
    from ..equations.equation import Equation

    meaning = reading.meaning
    if meaning is None:
        return ()
    if isinstance(meaning, Equation):
        return (meaning,)
    return (meaning.step, *meaning.auxiliaries)


def _compile(reader: _Reader) -> tuple[Library, dict[str, Any]]:
    """Compile every reading; also the record for the cache."""
    entries: list[dict[str, Any]] = []
    failures: list[Failure] = []
    for index, reading in enumerate(reader.readings()):
        meaning = reading.meaning
        if meaning is None:
            if reading.kind in ("definition", "objective", "derivation", "recurrence", "declaration"):
                if reading.diagnostic is not None or reading.unsupported:
                    failures.append(_failure(reading, reader.document.source))
            continue
        if any(e["name"] == meaning.name and e["recurrence"] for e in entries):
            continue
        parts = parts_of(reading)
        states = getattr(meaning, "states", ())
        for part, equation in enumerate(parts):
            try:
                card = make_card(equation, reading.roles if part == 0 else ())[0]
            except TexjitError as no:
                failures.append(_failure(reading, reader.document.source, no))
                continue
            entries.append({
                "name": equation.name, "index": index, "part": part, "card": card.as_json(),
                "states": list(states) if part == 0 else [], "recurrence": bool(states) and part == 0,
                "counter": getattr(meaning, "counter", ""), "stepped": list(getattr(meaning, "stepped", ())),
            })
    for d in reader.document.diagnostics:
        line, _ = reader.document.source.place(d.span.start)
        failures.append(Failure("", "invalid", line, d.message, False, d.render(reader.document.source)))
    record = {"entries": entries, "failures": [vars_of(f) for f in failures]}
    return _from_record(record, reader), record


def vars_of(f: Failure) -> dict[str, Any]:
    return {"name": f.name, "kind": f.kind, "line": f.line, "message": f.message,
            "unsupported": f.unsupported, "rendered": f.rendered}


def _failure(reading: Reading, source: Source, error: TexjitError | None = None) -> Failure:
    from ..equations.reading import told

    d = error.diagnostic if error is not None else told(reading)
    span = reading.statement.span
    if not d.span.stop:
        d = Diagnostic(d.code, d.message, span, d.notes, d.help)
    line, _ = source.place(span.start)
    unsupported = isinstance(error, Unsupported) if error is not None else reading.unsupported
    return Failure(reading.name, reading.kind, line, d.message, unsupported, d.render(source))


def _from_record(record: Mapping[str, Any], reader: _Reader) -> Library:
    kernels: dict[str, Compiled] = {}
    where_is: dict[str, tuple[int, int]] = {}
    for e in record["entries"]:
        index, part = e["index"], e["part"]
        kernel = Kernel(
            Card.from_json(e["card"]),
            functools.partial(reader.equation, index, part),
            reader.variant(index, part),
        )
        made = Recurrence(kernel, tuple(e["states"]), e["counter"], tuple(e["stepped"])) if e["recurrence"] else kernel
        kernels[e["name"]] = joined(kernels.get(e["name"]), made)
        where_is.setdefault(e["name"], (index, part))

    def equations() -> dict[str, Equation]:
        return {name: reader.equation(*place) for name, place in where_is.items()}

    return Library(kernels, tuple(Failure(**f) for f in record["failures"]), equations)


def joined(before: Compiled | None, new: Compiled) -> Compiled:
    """What a name stands for when it is defined once more; a repeated formula changes nothing."""
    if before is None:
        return new
    if isinstance(before, Recurrence) or not isinstance(new, Kernel):
        return before
    known = before.kernels if isinstance(before, Overload) else (before,)
    if any(k.card.key == new.card.key for k in known):
        return before
    return Overload((*known, new))


def _raise_first(reader: _Reader, library: Library) -> None:
    """A formula that gave no kernel: its first diagnostic, as an error."""
    for d in reader.document.diagnostics:
        raise InvalidEquation(d, reader.document.source)
    for reading in reader.readings():
        for equation in parts_of(reading):
            try:
                make_card(equation, reading.roles)
            except TexjitError as no:
                d = no.diagnostic
                if not d.span.stop:
                    d = Diagnostic(d.code, d.message, reading.statement.span, d.notes, d.help)
                raise type(no)(d, reader.document.source) from None
        from ..equations.reading import told

        d = told(reading)
        kind = Unsupported if reading.unsupported else InvalidEquation
        raise kind(d, reader.document.source)
    raise InvalidEquation(
        Diagnostic("E033", "there is no formula in the text", Span(0, max(1, len(reader.origin.text))),
                   help="write a definition such as f(x) = x^2"), reader.document.source,
    )
