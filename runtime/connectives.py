r"""Claims joined by ``\iff`` and ``\implies``: points at which one side is true, and at which it is false.

An equality is rarely true at a random point, so inputs of one kind are also drawn equal to each other.
An implication is refuted where its premise is certainly true and its conclusion certainly false.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ..equations.claim import Claim, Step
from .claim_points import ClaimPoints
from .prove import POINTS, plain
from .reference import EVERY_BIT, Reference
from .trial import Found, Trial
from .verdict import StepVerdict, Verdict, shown

#: Points that must show both sides true together, and both false.
SEEN = 4


@dataclass(slots=True)
class Seen:
    """What the points said of one connective."""

    together: int = 0
    apart: int = 0
    vacuous: int = 0
    doubtful: dict[str, Any] = field(default_factory=dict)


def judge_connected(claim: Claim, seconds: float, seed: int) -> Verdict:
    """The verdict on relations joined by connectives."""
    start = time.thread_time()
    reference = Reference(claim.sides)
    source = ClaimPoints(claim.sides, seed)
    clauses = [claim.clause(k) for k in range(len(claim.connectives) + 1)]
    seen = [Seen() for _ in claim.connectives]
    tried = 0
    for n in range(2 * POINTS):
        if time.thread_time() - start > 0.8 * seconds:
            break
        tried += 1
        inputs = source.equal(n) if n % 2 else source.whole(n) if n % 4 else source.point(n)[0]
        trial = Trial(reference, inputs)
        truths = [truth(trial, clause) for clause in clauses]
        for k, word in enumerate(claim.connectives):
            broken = contradiction(truths[k], truths[k + 1], word, seen[k], inputs)
            if broken:
                why = f"at {shown(plain(inputs))} {broken}: {told(trial, clauses[k])}; {told(trial, clauses[k + 1])}"
                return whole(claim, "refuted", why, plain(inputs), tried)
    return concluded(claim, seen, tried)


def truth(trial: Trial, clause: tuple[Step, ...]) -> str:
    """Whether a clause is *true* or *false* at a point, for certain; *close* is true to many digits."""
    worst = "true"
    for step in clause:
        found = trial.judge(step)
        match found.outcome:
            case "false" | "equal":
                return "false"
            case "true" | "touch" if certain(step, found):
                continue
            case "true" | "touch":
                worst = "close" if worst == "true" else worst
            case _:
                worst = "unknown"
    return worst


def certain(step: Step, found: Found) -> bool:
    """Whether a relation is known to be true, not only to many digits."""
    return found.sign != 0 or found.bits == EVERY_BIT


def contradiction(left: str, right: str, word: str, seen: Seen, inputs: dict[str, Any]) -> str:
    """What a point says against a connective; empty where nothing, which is noted."""
    if left == "true" and right == "false":
        return "the left relation is true and the right one is false"
    if word == "iff" and left == "false" and right == "true":
        return "the right relation is true and the left one is false"
    held = ("true", "close")
    if left in held and right in held:
        seen.together += 1
    elif left == right == "false":
        seen.apart += 1
    elif word == "implies" and left == "false":
        seen.vacuous += 1
    elif "unknown" not in (left, right):
        seen.doubtful = seen.doubtful or plain(inputs)
    return ""


def told(trial: Trial, clause: tuple[Step, ...]) -> str:
    """The values of the relation of a clause that decides it."""
    found = [(s, trial.judge(s)) for s in clause]
    step, f = next(((s, f) for s, f in found if f.outcome in ("false", "equal")), found[0])
    return f"in {step.latex.strip()} the sides are {f.left} and {f.right}"


def concluded(claim: Claim, seen: list[Seen], tried: int) -> Verdict:
    """The verdict where no point contradicts."""
    from .proofs import proof_connected

    for s, word in zip(seen, claim.connectives, strict=True):
        if s.doubtful:
            why = f"at {shown(s.doubtful)} one side is false and the other true to many digits, not for certain"
            return whole(claim, "undecided", why, {}, tried)
        if s.together < SEEN:
            why = f"both sides were true together at {s.together} of {tried} points only"
            return whole(claim, "undecided", why, {}, tried)
        if word == "iff" and s.apart < SEEN:
            why = f"both sides were false together at {s.apart} of {tried} points only"
            return whole(claim, "undecided", why, {}, tried)
    if reason := proof_connected(claim):
        return whole(claim, "proved", reason, {}, tried)
    s = seen[0]
    why = f"both sides are true at {s.together} points and false at {s.apart}, and at none only one of them"
    if "implies" in claim.connectives:
        why = f"wherever the left relation was true, at {s.together} points, the right one was"
    return whole(claim, "holds", why, {}, tried)


def whole(claim: Claim, status: str, why: str, witness: dict[str, Any], points: int) -> Verdict:
    step = StepVerdict(status, claim.sides.latex, why, witness, points=points)
    return Verdict(status, why, (step,), witness, 0, points)
