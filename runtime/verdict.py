"""Verdicts on claims: what was found, at which inputs, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Elements of an array that are written out.
SHOWN = 8
#: Verdicts, the worst last: a whole is as its worst part.
STATUSES = ("proved", "holds", "conditional", "undecided", "refuted")


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """The verdict on one relation; ``line`` is where the side stands that it adds, 0 without a document."""

    status: str
    relation: str
    why: str
    witness: dict[str, Any] = field(default_factory=dict)
    digits: int = 0
    points: int = 0
    line: int = 0

    def as_json(self) -> dict[str, Any]:
        return {k: getattr(self, k) for k in ("status", "relation", "why", "witness", "digits", "points", "line")}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a claim.

    ``status``: *proved* by algebra or a stated lemma; it *holds* at all points tried, to ``digits`` digits
    where it is an equality; *conditional* on a hypothesis that is not formal; *refuted* by the exact values
    at ``witness``; *undecided* for the reason in ``why``.  ``steps`` has the relations in order, ``points``
    is how many inputs decided, ``domain`` says in words what the symbols range over.
    """

    status: str
    why: str
    steps: tuple[StepVerdict, ...] = ()
    witness: dict[str, Any] = field(default_factory=dict)
    digits: int = 0
    points: int = 0
    domain: str = ""
    assumptions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        keys = ("status", "why", "witness", "digits", "points", "domain")
        out = {k: getattr(self, k) for k in keys}
        return out | {"steps": [s.as_json() for s in self.steps], "assumptions": list(self.assumptions)}

    def __str__(self) -> str:
        lines = [f"{self.status}: {self.why}"]
        if len(self.steps) > 1:
            lines += [f"  {s.status}: {s.relation}" for s in self.steps]
        if self.domain:
            lines.append(f"  for {self.domain}")
        return "\n".join(lines)


def worst(statuses: list[str]) -> str:
    """The status of a whole whose parts must all hold."""
    return max(statuses, key=STATUSES.index)


def shown(witness: dict[str, Any]) -> str:
    """Inputs by name, in short: ``a = -1, x = [0.5, 2]``."""
    return ", ".join(f"{name} = {_value(x)}" for name, x in witness.items())


def _value(x: Any) -> str:
    if isinstance(x, list):
        tail = f", … {len(x)} in all" if len(x) > SHOWN else ""
        return "[" + ", ".join(map(_value, x[:SHOWN])) + tail + "]"
    return f"{x:.6g}" if isinstance(x, float) else str(x)
