"""Claims and derivations in a report: the status of each, and how their sides were read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..equations.diagnostic import Diagnostic
from ..equations.document import Document
from ..equations.plain import plain
from ..equations.reading import Reading
from .check import verdict_of
from .explain import shape, statement
from .verdict import StepVerdict, Verdict

if TYPE_CHECKING:
    from .report import Entry


#: A verdict within a sentence.
SAYS = {"proved": "is proved", "holds": "holds", "conditional": "is conditional", "undecided": "is undecided",
        "refuted": "is refuted"}


def judged(entry: Entry, reading: Reading, document: Document) -> Entry:
    """The entry of a claim with its verdict."""
    verdict = verdict_of(reading, document, asked=False)
    assert verdict is not None and reading.claim is not None
    message = _message(verdict)
    found = replace(entry, status=verdict.status, message=message, points=verdict.points,
                    assumptions=reading.assumptions, explanation=read(reading))
    if verdict.status != "refuted":
        return found
    return replace(found, code="E223", rendered=_rendered(verdict, reading, document))


def stepped(entry: Entry, reading: Reading, document: Document) -> Entry:
    """The entry of a definition that goes on: its kernel's own, unless a further side is refuted."""
    verdict = verdict_of(reading, document, asked=False)
    assert verdict is not None and reading.claim is not None
    said = f"what it says further {SAYS[verdict.status]}: {_message(verdict)}"
    found = replace(entry, message="\n".join(filter(None, (entry.message, said))))
    if verdict.status != "refuted" or entry.status == "miscompiled":
        return found
    return replace(found, status="refuted", code="E223", rendered=_rendered(verdict, reading, document))


def read_as(entry: Entry, reading: Reading) -> Entry:
    """The entry of a claim that is only read."""
    explanation = "\n\n".join(filter(None, (entry.explanation, read(reading))))
    return replace(entry, explanation=explanation, assumptions=entry.assumptions or reading.assumptions)


def read(reading: Reading) -> str:
    """How the sides of a claim were read, and what its symbols range over."""
    claim = reading.claim
    assert claim is not None
    sides = {o.name: o for o in claim.sides.outputs}
    lines = ["claims"]
    for k, step in enumerate(claim.steps):
        if k and step.clause != claim.steps[k - 1].clause:
            lines.append(f"  {claim.connectives[step.clause - 1]}")
        left, right = sides[step.left], sides[step.right]
        lines.append(f"  {plain(left.body)}  {step.op}  {plain(right.body)}")
        if bounds := max(left.bounds, right.bounds, key=len):
            lines.append(f"    for every {', '.join(str(b.symbol) for b in bounds)}")
    if claim.sides.lets:
        lines += ["  where"]
        lines += [f"    {statement(let)}" for let in claim.sides.lets]
    lines += ["  for all"]
    lines += [f"    {p.name}: {shape(p.axes)}, {p.domain}" for p in claim.sides.parameters]
    return "\n".join(lines)


def _message(verdict: Verdict) -> str:
    bad = _blamed(verdict)
    where = f"line {bad.line}: " if bad is not None and len(verdict.steps) > 1 else ""
    return f"{where}{verdict.why}"


def _blamed(verdict: Verdict) -> StepVerdict | None:
    return next((s for s in verdict.steps if s.status == verdict.status), None)


def _rendered(verdict: Verdict, reading: Reading, document: Document) -> str:
    """A refutation at the side that is wrong."""
    assert reading.claim is not None
    k = next((k for k, s in enumerate(verdict.steps) if s.status == "refuted"), 0)
    whole = len(verdict.steps) != len(reading.claim.steps)
    span = reading.statement.span if whole else reading.claim.steps[k].span
    step = verdict.steps[k]
    given = (p for p in reading.claim.sides.parameters if p.role != "computed value")
    free = next((p.name for p in given if not p.declared and not p.axes), "")
    help = f"correct it, or declare where it holds: where ${free} > 0$" if free else "correct it"
    return Diagnostic("E223", f"{step.relation.strip()} is false: {step.why}", span, help=help).render(document.source)
