"""Judging claims: exact values at adversarial points, a search for counterexamples, and proofs.

A claim is *refuted* by a point of its domain at which certified values of two sides contradict it, or
at which one side of an equality has a value and the other has none, also nearby.  It *holds* where all
points agree.  It is *proved* only by algebra (`normal_form`) or by an inequality with a name (`lemmas`).
Nothing here sees the compiler.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log10
from typing import Any

import numpy as np
import sympy

from ..equations.claim import Claim, Step
from ..equations.claim_sides import read_by
from ..equations.equation import Equation, Parameter
from .claim_points import ClaimPoints
from .reference import EVERY_BIT, Reference
from .trial import VALUELESS, Found, Trial
from .verdict import StepVerdict, Verdict, shown, worst

#: Points tried of each claim, and how many must decide.
POINTS, ENOUGH = 72, 12
#: Bits of agreement that are told; equal rationals agree to every bit.
MOST_BITS = 3322
#: Values of each symbol that must have decided.
VARIETY = 4
#: Draws for a point at which both sides have values.
TRIES = 10
#: Points nearby that tell a hole of a domain from its border.
NEARBY = 4
#: Points after a contradiction, where it may be a relation that some values satisfy.
MORE = 32
#: Seconds for one claim.
PATIENCE = 2.0


@dataclass(slots=True)
class Record:
    """What the points tried said of one relation so far."""

    step: Step
    outcomes: Counter[str] = field(default_factory=Counter)
    signs: set[int] = field(default_factory=set)
    bits: int = EVERY_BIT
    witness: dict[str, Any] = field(default_factory=dict)
    found: Found | None = None
    differs: dict[str, Any] = field(default_factory=dict)
    opens: int = 0
    seen: dict[str, set[Any]] = field(default_factory=dict)

    @property
    def refuted(self) -> bool:
        return self.found is not None

    @property
    def is_partial(self) -> bool:
        """Whether it failed only where one side has no value, and is true where both have one."""
        return self.found is not None and self.found.outcome == "one-sided" and self.decided > 0

    @property
    def decided(self) -> int:
        return sum(self.outcomes[o] for o in ("true", "false", "touch", "equal"))

    def note(self, found: Found, inputs: Mapping[str, Any]) -> None:
        """Count what a point said; the first contradiction is kept."""
        self.outcomes[found.outcome] += 1
        for name, x in inputs.items():
            self.seen.setdefault(name, set()).add(np.asarray(x).tobytes())
        if found.sign:
            self.signs.add(found.sign)
        if found.outcome in ("true", "touch", "equal") and found.bits:
            self.bits = min(self.bits, found.bits)
        if self.step.op == "!=" and found.outcome == "true" and not self.differs:
            self.differs = plain(inputs)
        worse = self.found is None or (found.outcome == "false" and self.found.outcome == "one-sided")
        if found.outcome in ("false", "one-sided") and worse:
            self.found, self.witness = found, plain(inputs)


def judge(claim: Claim, *, seconds: float = PATIENCE, seed: int = 0, asked: bool = True) -> Verdict:
    """The verdict on a claim.

    Without ``asked`` it is one of a document, where a relation of undeclared symbols that some values satisfy and
    others do not may be a law, a condition or an equation to solve, and is left undecided.
    """
    start = time.thread_time()
    from .connectives import judge_connected

    if claim.sides.computed:
        # As a free number, such a value would contradict what is true of it.
        from .integral_claims import judge_enclosed, unfit

        if not (unfitting := unfit(claim)):
            return judge_enclosed(claim, seconds, seed, asked)
        kinds = " and ".join(dict.fromkeys(f"an {c.kind}" if c.kind[0] in "aio" else f"a {c.kind}"
                                           for c in claim.sides.computed))
        why = f"a side holds {kinds}, which is computed numerically, and {unfitting}"
        steps = tuple(StepVerdict("undecided", s.latex, why) for s in claim.steps)
        return Verdict("undecided", why, steps, assumptions=claim.sides.assumptions)
    verdict = judge_connected(claim, seconds, seed) if claim.connectives else judge_chain(claim, seconds, seed, asked)
    if verdict.status == "refuted":
        verdict = excused(claim, verdict, seconds - (time.thread_time() - start), seed)
    return replace(verdict, domain=domain_of(claim.sides), assumptions=claim.sides.assumptions)


def judge_chain(claim: Claim, seconds: float, seed: int, asked: bool) -> Verdict:
    """The verdict on relations that must all hold."""
    start = time.thread_time()
    reference = Reference(claim.sides)
    records = [Record(s) for s in claim.steps]
    tried = sample(claim.sides, reference, records, seconds, seed, asked)
    steps = []
    for r in records:
        left = max(0.3, seconds - (time.thread_time() - start)) / len(records)
        steps.append(conclude(claim, reference, r, left, seed, asked, tried))
    return summary(tuple(steps))


def sample(
    equation: Equation, reference: Reference, records: list[Record], seconds: float, seed: int, asked: bool
) -> int:
    """Try points until every relation is contradicted, or there are enough; how many were drawn."""
    start = time.thread_time()
    source = ClaimPoints(equation, seed)
    count = POINTS if equation.parameters else 1
    after = 0
    for n in range(count):
        waiting = [r for r in records if not r.refuted or is_open(r, asked)]
        if not waiting or time.thread_time() - start > 0.6 * seconds:
            return n
        after += all(r.refuted for r in waiting)
        if after > MORE:
            return n
        for attempt in range(TRIES):
            inputs, chosen = source.point(n, attempt)
            trial = Trial(reference, inputs)
            found = [(r, trial.judge(r.step)) for r in waiting]
            for r, f in found:
                r.opens += f.outcome == "open"
            # What fails where one side has no value is tried further where both have one.
            news = [(r, f) for r, f in found if not (f.outcome == "one-sided" and r.refuted)]
            usable = [(r, f) for r, f in news if is_usable(r.step, f, reference, source, inputs)]
            for r, f in usable:
                r.note(f, inputs)
            if usable:
                source.reward(chosen)
                break
            if time.thread_time() - start > seconds:
                return n
    return count


def is_open(r: Record, asked: bool) -> bool:
    """Whether further points tell more of a relation that failed: whether other values satisfy it."""
    assert r.found is not None
    return bool(r.step.loose and not asked) or (r.found.outcome == "one-sided" and r.decided < ENOUGH)


def is_usable(step: Step, f: Found, reference: Reference, source: ClaimPoints, inputs: Mapping[str, Any]) -> bool:
    """Whether a point says something of a relation.

    Where one side alone has a value, an equality fails, unless it is a hole: a denominator that is zero there
    and nowhere near; or unless that side is a number, which has a value everywhere.  An inequality says nothing there.
    """
    if f.outcome in ("undefined", "open"):
        return False
    if f.outcome != "one-sided":
        return True
    if not inputs:
        return step.op == "="
    if step.op != "=" or is_constant(reference.equation, step.left if f.right == VALUELESS else step.right):
        return False
    near = [Trial(reference, source.near(inputs)).judge(step).outcome for _ in range(NEARBY)]
    return all(o == "one-sided" for o in near)


def is_constant(equation: Equation, side: str) -> bool:
    """Whether a side reads no parameter."""
    return not read_by(equation, side) & {p.name for p in equation.parameters}


def conclude(
    claim: Claim, reference: Reference, r: Record, seconds: float, seed: int, asked: bool, tried: int
) -> StepVerdict:
    """The verdict on one relation, after its points: a search, then a proof."""
    from .proofs import proof

    equation = claim.sides
    step, constant = r.step, not equation.parameters
    if step.op == "!=":
        return unequal(equation, r)
    reason = "" if r.refuted else proof(equation, step)
    if not (r.refuted or reason or constant) and step.op != "=" and r.decided:
        from .falsify import falsify

        found = falsify(equation, reference, step, seconds, seed)
        if found is not None:
            r.note(*found)
    if r.refuted:
        return contradicted(r, asked, claim)
    if r.decided < (1 if constant else ENOUGH):
        why = f"only {r.decided} of {tried} points decided it" if tried else "the time limit was reached"
        return StepVerdict("undecided", step.latex, f"{why}: the sides have no value, or none that precision tells",
                           points=r.decided)
    if r.opens > r.decided:
        why = f"no precision told it at {r.opens} points, beside {r.decided} at which it is true"
        return StepVerdict("undecided", step.latex, why, points=r.decided)
    if same := [p.name for p in equation.parameters if len(r.seen[p.name]) < VARIETY and not is_small(p)]:
        only = f"only {VARIETY - 1} values of {', '.join(same)} decided it"
        return StepVerdict("undecided", step.latex, only, points=r.decided)
    digits = int(min(r.bits, MOST_BITS) * log10(2)) if step.op == "=" else 0
    if reason:
        return StepVerdict("proved", step.latex, reason, digits=digits, points=r.decided)
    if step.op == "=":
        exactly = "exactly" if r.bits == EVERY_BIT else f"to {digits} digits"
        why = f"both sides agree {exactly} at {r.decided} points"
    else:
        near = f", with equality at {r.outcomes['touch']} of them" if r.outcomes["touch"] else ""
        why = f"it is true at {r.decided} points{near}, and a search found no counterexample"
        why = "certified values of both sides say so" if constant else why
    return StepVerdict("holds", step.latex, why, digits=digits, points=r.decided)


def is_small(p: Parameter) -> bool:
    """Whether a domain has so few elements that they cannot differ much."""
    d = p.domain
    few = d.kind == "integer" and None not in (d.lo, d.hi) and d.hi - d.lo < VARIETY  # type: ignore[operator]
    return few or d.kind in ("finite", "orthogonal")


def unequal(equation: Equation, r: Record) -> StepVerdict:
    r"""``A \ne B`` says that the two are not equal in general: one point tells."""
    from .proofs import proof

    if r.differs:
        also = " (where they are equal is not excluded)" if r.outcomes["equal"] else ""
        at = f" at {shown(r.differs)}" if r.differs else ""
        return StepVerdict("holds", r.step.latex, f"the sides differ{at}{also}; read as: not equal in general",
                           r.differs, points=r.decided)
    if r.outcomes["true"]:
        return StepVerdict("holds", r.step.latex, "the sides differ", points=r.decided)
    if reason := proof(equation, replace(r.step, op="=")):
        return StepVerdict("refuted", r.step.latex, f"the sides are always equal: {reason}", points=r.decided)
    return StepVerdict("undecided", r.step.latex, f"the sides were equal at all {r.decided} points tried",
                       points=r.decided)


def contradicted(r: Record, asked: bool, claim: Claim) -> StepVerdict:
    """The verdict on a relation that fails somewhere."""
    assert r.found is not None
    f, step = r.found, r.step
    where = f" at {shown(r.witness)}" if r.witness else ""
    at = f", element {list(f.at)}" if f.at else ""
    said = f"{where.strip() or 'as they stand'}{at} the left side is {f.left} and the right side is {f.right}"
    if not asked and step.loose and is_relation(r):
        names = ", ".join(step.loose)
        return StepVerdict(
            "undecided", step.latex, f"some values of {names} satisfy it and others do not ({said}); it is read as a "
            f"relation between them, not as a claim about all values; declare them to have it judged",
            points=r.decided)
    if f.outcome == "one-sided" and r.is_partial and has_odd_root(claim.sides):
        why = f"an odd root of a negative number is read as none; declare what stands below the root: {said}"
        return StepVerdict("undecided", step.latex, why, points=r.decided)
    if f.outcome == "one-sided" and r.is_partial:
        said = f"{said}; the two agree where both have a value: declare where that is"
        if claim.derived and not asked:
            return StepVerdict("conditional", step.latex, said, r.witness, points=r.decided)
    return StepVerdict("refuted", step.latex, said, r.witness, points=r.decided)


def has_odd_root(equation: Equation) -> bool:
    """Whether a root of odd order is taken, which many authors take of negative numbers too."""
    powers = {e for c in (*equation.lets, *equation.outputs) for e in c.body.atoms(sympy.Pow)}
    return any(e.exp.is_Rational and e.exp.q > 1 and e.exp.q % 2 for e in powers)


def is_relation(r: Record) -> bool:
    """Whether some values may satisfy a relation that others do not."""
    if r.outcomes["true"] or r.outcomes["touch"]:
        return True
    return r.step.op == "=" and (len(r.signs) == 2 or r.outcomes["one-sided"] > 0)


def excused(claim: Claim, verdict: Verdict, seconds: float, seed: int) -> Verdict:
    """A contradiction that counts less: of black-box functions, of samples, or beside words that restrict."""
    slots = tuple(dict.fromkeys(s.slot for s in claim.sides.slots))
    if slots:
        names = ", ".join(slots)
        why = f"{names} is not defined here; with free values for it, {verdict.why}"
        return lessened(verdict, "undecided", why)
    if claim.averages:
        why = f"the expectation is read as a mean over samples, and the law may say more; {verdict.why}"
        return lessened(verdict, "undecided", why)
    for said, narrower in claim.narrower:
        if judge(narrower, seconds=max(0.5, seconds), seed=seed).status in ("proved", "holds"):
            return lessened(verdict, "conditional", f"{said}; {verdict.why}")
    if any(p.elastic for p in claim.sides.parameters):
        from .elastic import judged_flat

        flat = judged_flat(claim, max(0.5, seconds), seed)
        if flat is not None:
            return flat
    if claim.hypotheses:
        words = ", ".join(f"'{w}'" for w in claim.hypotheses)
        why = f"the sentence restricts it by {words}, which is not formal; without that, {verdict.why}"
        return lessened(verdict, "conditional", why)
    return verdict


def lessened(verdict: Verdict, status: str, why: str) -> Verdict:
    """A verdict whose contradictions count less."""
    steps = tuple(replace(s, status=status) if s.status == "refuted" else s for s in verdict.steps)
    return replace(verdict, status=status, why=why, steps=steps, witness={})


def summary(steps: tuple[StepVerdict, ...]) -> Verdict:
    """One verdict for relations that must all hold: as the worst of them, first in order."""
    status = worst([s.status for s in steps])
    chosen = next(s for s in steps if s.status == status)
    why = f"{chosen.relation}: {chosen.why}" if len(steps) > 1 else chosen.why
    digits = min((s.digits for s in steps if s.digits), default=0)
    return Verdict(status, why, steps, chosen.witness, digits, min(s.points for s in steps))


def domain_of(equation: Equation) -> str:
    """What the symbols of a claim range over, in words."""
    parts = []
    for p in equation.parameters:
        over = "" if not p.axes else f" over {' × '.join(a.name for a in p.axes)}"
        match p.domain.kind:
            case "interval" | "finite":
                parts.append(f"{p.name} ∈ {'ℤ' if p.integer else p.domain}{over}")
            case "simplex":
                parts.append(f"{p.name}: probabilities{over}")
            case _:
                parts.append(f"{p.name}: {p.domain}{over}")
    return "; ".join(parts)


def plain(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs in JSON's own types."""
    return {n: np.asarray(v).tolist() for n, v in inputs.items()}
