"""What a document gave, statement by statement: for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..equations.context import Declared
from ..equations.diagnostic import CompilerBug, Diagnostic, TexjitError, Unsupported
from ..equations.document import Document
from ..equations.reading import told
from ..equations.span import Source, Span
from ..equations.understand import Reading, understand
from .card import make_card
from .certify import Certificate, render
from .claims import judged, read_as, stepped
from .derivative_checks import derivative_checks
from .kernel import Kernel
from .library import parts_of
from .second_process import SecondReader
from .second_reading import SecondReading, second_reading
from .verify import FULL, verify

#: Certificate verdicts, worst last; the worse of two dtypes counts.
SEVERITY = ("verified", "undecided", "inaccurate", "miscompiled")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a report; field names are the JSON keys."""

    line: int
    column: int
    row: int | None
    latex: str
    name: str
    kind: str
    status: str
    message: str
    signature: str = ""
    max_ulp: float | None = None
    points: int = 0
    derivatives: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    max_kappa_ulp: float = 0.0
    explanation: str = ""
    rendered: str = ""
    file: str = ""
    code: str = ""
    second: SecondReading | None = None

    @property
    def warning(self) -> str:
        """What a second reader sees otherwise."""
        return self.second.line if self.second is not None and self.second.verdict == "disagree" else ""

    @property
    def derivatives_text(self) -> str:
        """How many of the first and second derivatives are verified."""
        each = [d for first in self.derivatives.values() for d in (first, first.get("second", {}))]
        return f"{sum(d.get('status') == 'verified' for d in each)}/{len(each)}" if each else ""

    def as_json(self) -> dict[str, Any]:
        keys = ("line", "column", "row", "latex", "name", "kind", "status", "message", "signature",
                "max_ulp", "points", "derivatives", "assumptions")
        out = {k: getattr(self, k) for k in keys}
        out["assumptions"] = list(self.assumptions)
        if self.max_ulp is not None and self.max_ulp in (float("inf"), float("-inf")):
            out["max_ulp"] = "inf"
        return out


@dataclass(frozen=True, slots=True)
class Report:
    """Every statement of a document, in order."""

    document: str
    entries: tuple[Entry, ...]

    @property
    def summary(self) -> dict[str, int]:
        return dict(sorted(Counter(e.status for e in self.entries).items()))

    def as_json(self) -> dict[str, Any]:
        return {
            "document": self.document,
            "statements": [e.as_json() for e in self.entries],
            "summary": self.summary,
        }

    @property
    def second_summary(self) -> dict[str, int]:
        """How many formulas a second reader agrees on, disagrees on, or does not read."""
        return dict(sorted(Counter(e.second.verdict for e in self.entries if e.second is not None).items()))

    @property
    def exit_code(self) -> int:
        """1 when something is refuted or miscompiled, 2 when the input has errors, else 0."""
        status = {e.status for e in self.entries}
        if status & {"refuted", "miscompiled"}:
            return 1
        return 2 if "invalid" in status else 0


def report(
    document: Document,
    where: tuple[Declared, ...] = (),
    only: str = "",
    *,
    line: int | None = None,
    certify: bool = True,
    derivatives: bool = False,
    progress: Progress = lambda text: None,
    second: SecondReader | None = None,
) -> Report:
    """Read, and (with ``certify``) compile and judge, every statement.

    ``only`` keeps the statements that define that name, ``line`` those of a formula
    that stands on that line.  ``derivatives`` certifies those by each real parameter too.
    ``second`` is asked for its
    reading of each; a disagreement is told in the message and changes no status.
    """
    source = document.source
    entries: list[Entry] = []
    places: list[int] = []
    done: dict[str, Entry] = {}
    for reading in understand(document, where):
        if (only and reading.name != only) or not _stands_on(line, reading.statement.region.span, source):
            continue
        progress(reading.name or reading.kind)
        s = reading.statement
        row, column = source.place(s.span.start)
        base = Entry(row, column, s.row, reading.latex, reading.name, reading.kind, "noted", reading.message,
                     assumptions=reading.assumptions, file=source.file(s.span.start))
        places.append(s.span.start)
        if reading.meaning is None:
            entries.append(_without_kernel(base, reading, document, certify))
        elif reading.kind == "recurrence" and reading.name in done:
            entries.append(replace(done[reading.name], line=row, column=column, row=s.row, latex=reading.latex,
                                   file=base.file))
        else:
            done[reading.name] = _with_kernel(base, reading, document, certify, derivatives)
            entries.append(done[reading.name])
            if reading.claim is not None:
                here = entries[-1]
                entries[-1] = stepped(here, reading, document) if certify else read_as(here, reading)
        if second is not None and reading.meaning is not None:
            entries[-1] = _asked(entries[-1], reading, second)
    for d, number in zip(document.diagnostics, document.rows, strict=True) if not only else ():
        if not _stands_on(line, d.span, source):
            continue
        row, column = source.place(d.span.start)
        text = source.text[d.span.start : d.span.stop]
        entries.append(Entry(row, column, number, text, "", "fragment", "invalid", d.message,
                             rendered=d.render(source), file=source.file(d.span.start), code=d.code))
        places.append(d.span.start)
    entries = [e for _, e in sorted(zip(places, entries, strict=True), key=lambda pair: pair[0])]
    return Report(source.name, tuple(entries))


def _stands_on(line: int | None, span: Span, source: Source) -> bool:
    """Whether a line (``None`` for any) is one of those that a span covers."""
    return line is None or source.place(span.start)[0] <= line <= source.place(span.stop)[0]


def _without_kernel(base: Entry, reading: Reading, document: Document, certify: bool) -> Entry:
    if reading.kind in ("declaration", "fragment") and reading.diagnostic is None:
        return base
    if reading.kind == "sampling" and reading.diagnostic is None and not reading.unsupported:
        return base
    if reading.claim is not None:
        return judged(base, reading, document) if certify else read_as(base, reading)
    status = "unsupported" if reading.unsupported else "invalid"
    rendered = reading.diagnostic.render(document.source) if reading.diagnostic else ""
    return replace(base, status=status, rendered=rendered, code=told(reading).code)


def _with_kernel(base: Entry, reading: Reading, document: Document, certify: bool, derivatives: bool) -> Entry:
    equation = parts_of(reading)[0]
    try:
        card, _ = make_card(equation, reading.roles)
    except TexjitError as no:
        d = no.diagnostic if no.diagnostic.span.stop else _placed(no.diagnostic, reading.statement.span)
        status = ("unsupported" if isinstance(no, Unsupported)
                  else "miscompiled" if isinstance(no, CompilerBug) else "invalid")
        return replace(base, status=status, message=d.message, rendered=d.render(document.source))
    kernel = Kernel(card, lambda: equation)
    entry = replace(base, signature=card.signature)
    if not certify:
        return replace(entry, status="noted", explanation=kernel.explain())
    found = [verify(kernel, "float64", FULL), verify(kernel, "float32", FULL // 4)]
    if card.density is not None:  # what is computed with is the logarithm
        found += [verify(kernel.logpdf, "float64", FULL // 4), verify(kernel.logpdf, "float32", FULL // 8)]
    worst = max(found, key=lambda c: SEVERITY.index(c.verdict))
    message = entry.message if worst.verdict == "verified" else _why(worst)
    entry = replace(entry, status=worst.verdict, message=message, max_ulp=found[0].max_ulp,
                    max_kappa_ulp=found[0].max_kappa_ulp, points=sum(c.points for c in found))
    return _differentiated(entry, kernel) if derivatives else entry


def _differentiated(entry: Entry, kernel: Kernel) -> Entry:
    """The entry with its derivatives; one that is another function counts for the whole."""
    found = derivative_checks(kernel)
    lines = [f"derivative by {w}: {d['message']}" for w, d in found.items() if d["status"] == "unsupported"]
    second = {w: d.get("second", {}) for w, d in found.items()}
    for order, of in (("derivative", found), ("second derivative", second)):
        for status in ("inaccurate", "miscompiled", "undecided"):
            if names := [w for w, d in of.items() if d.get("status") == status]:
                lines.append(f"{status}: the {order} by {', '.join(names)}")
    wrong = any("miscompiled" in (d["status"], d.get("second", {}).get("status")) for d in found.values())
    message = "\n".join(filter(None, (entry.message, *lines)))
    return replace(entry, derivatives=found, message=message, status="miscompiled" if wrong else entry.status)


def _asked(entry: Entry, reading: Reading, reader: SecondReader) -> Entry:
    found = second_reading(reading, reader)
    if reader.absent:
        return entry
    explanation = f"{entry.explanation}\n\n  {found.line}" if entry.explanation else ""
    asked = replace(entry, second=found, explanation=explanation)
    return replace(asked, message="; ".join(filter(None, (entry.message, asked.warning))))


def _placed(d: Diagnostic, span: Span) -> Diagnostic:
    return Diagnostic(d.code, d.message, span, d.notes, d.help)


def _why(c: Certificate) -> str:
    return render(c)
