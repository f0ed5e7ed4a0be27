"""Judging claims in a text: ``tj.check``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..equations.diagnostic import InvalidEquation, TexjitError
from ..equations.document import Document
from ..equations.reading import Reading
from ..equations.span import Span
from .verdict import StepVerdict, Verdict, worst

if TYPE_CHECKING:
    from ..equations.claim import Claim


def check(text: str | Path | Document, where: str = "", *, using: Any = None, seconds: float = 2.0) -> Verdict:
    r"""The verdict on the claims of a text, in the light of its definitions.

        check(r"\log(ab) = \log a + \log b", where="a, b > 0")

    ``where`` declares symbols, ``using`` brings in the functions of a library.  A text may define functions
    and go on; every relation that defines nothing is judged, and so is every side of a definition after the
    first.  ``seconds`` is the time for each claim.

    Raises ``InvalidEquation`` where nothing in the text can be read.
    """
    from ..equations.understand import understand
    from .library import _Reader, _source_of, declared

    origin, _ = _source_of(text)
    document = _Reader(origin, where, using, text).document
    readings = understand(document, declared(where), using.equations if using is not None else None,
                          judging=True)
    if document.diagnostics:
        raise InvalidEquation(document.diagnostics[0], document.source)
    verdicts = [v for r in readings if (v := verdict_of(r, document, seconds=seconds)) is not None]
    if not verdicts:
        return Verdict("undecided", nothing(readings))
    return verdicts[0] if len(verdicts) == 1 else together(verdicts)


def verdict_of(reading: Reading, document: Document, *, seconds: float = 2.0, asked: bool = True) -> Verdict | None:
    """The verdict on a statement that claims something; ``None`` for any other."""
    if reading.claim is None:
        if reading.kind != "claim" and not (reading.kind == "derivation" and reading.message):
            return None
        return Verdict("undecided", f"it could not be read as a claim: {reading.message}", (
            StepVerdict("undecided", reading.latex, reading.message),))
    from .prove import judge

    try:
        verdict = judge(reading.claim, seconds=seconds, asked=asked)
    except TexjitError as no:
        verdict = Verdict("undecided", f"it has no exact evaluation: {no.diagnostic.message}")
    except Exception as fault:
        verdict = Verdict("undecided", f"a fault of texjit's own: {type(fault).__name__}: {fault}; please report it")
    return placed(verdict, reading.claim, document)


def placed(verdict: Verdict, claim: Claim, document: Document) -> Verdict:
    """A verdict whose steps know their lines."""
    spans: list[Span] = [s.span for s in claim.steps]
    if len(spans) != len(verdict.steps):
        spans = [claim.sides.span] * len(verdict.steps)
    steps = tuple(replace(s, line=document.source.place(span.start)[0])
                  for s, span in zip(verdict.steps, spans, strict=True))
    return replace(verdict, steps=steps)


def together(verdicts: list[Verdict]) -> Verdict:
    """One verdict for several claims: as the worst of them."""
    status = worst([v.status for v in verdicts])
    first = next(v for v in verdicts if v.status == status)
    steps = tuple(s for v in verdicts for s in v.steps)
    notes = tuple(dict.fromkeys(a for v in verdicts for a in v.assumptions))
    digits = min((v.digits for v in verdicts if v.digits), default=0)
    return replace(first, steps=steps, assumptions=notes, digits=digits, points=min(v.points for v in verdicts))


def nothing(readings: tuple[Reading, ...]) -> str:
    for r in readings:
        if r.diagnostic is not None:
            return f"it could not be read: {r.message}"
    names = ", ".join(r.name for r in readings if r.name)
    return f"the text claims nothing: it defines {names}" if names else "the text claims nothing"


__all__ = ["check", "placed", "verdict_of"]
