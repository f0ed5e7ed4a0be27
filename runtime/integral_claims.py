"""Claims whose sides hold integrals: judged by enclosures of these at points of the other symbols.

An integral is enclosed by `enclosed` to many digits, and the sides are evaluated with the ball for its value.  Balls
that are apart refute an equality; where they agree to `AGREED` bits at all points, it holds.  Nothing is said at
points where a value has no narrow enclosure, or where the integrand is undefined inside of its range.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..equations.claim import Claim, Step
from ..equations.claim_sides import read_by
from ..equations.equation import Computed, Equation
from .algebra import Undecided, Undefined
from .claim_points import ClaimPoints
from .enclosed import AIM, Aim, Integrand, enclosure
from .reference import Outcome, Reference, gap, precision
from .trial import Found, joined, told
from .verdict import StepVerdict, Verdict

#: What integrals are enclosed to, and the bits to which equal sides must agree: sixteen digits.
SHARP, AGREED = Aim(320, 120, 20000), 56
#: Points tried, those that must decide, and values of each symbol among them.
POINTS, ENOUGH, VARIETY = 24, 6, 4
#: How much longer than another claim one with integrals may take.
PATIENT = 2.5
#: Places of a range at which the integrand must have a value.
INSIDE = 9


def unfit(claim: Claim) -> str:
    """Why a claim with computed values is not judged; nothing where it is."""
    kinds = {c.kind for c in every(claim.sides)} - {"integral", "formula"}
    if kinds:
        return "claims about such values are not judged yet"
    if any(c.axes for c in claim.sides.computed):
        return "it is another one at every index, which is not judged yet"
    if any(s for e in (claim.sides, *(c.inner for c in every(claim.sides))) for s in e.slots):
        return "functions that nobody defines stand under it"
    if claim.connectives or claim.tables or claim.averages:
        return "claims of such values that stand in several statements or under laws are not judged yet"
    return ""


def every(e: Equation) -> list[Computed]:
    """The computed values of an equation, and of those behind them."""
    return [x for c in e.computed for x in (c, *every(c.inner))]


def judge_enclosed(claim: Claim, seconds: float, seed: int, asked: bool) -> Verdict:
    """The verdict on relations between sides that hold integrals."""
    from .prove import Record, domain_of, excused, summary

    until = time.monotonic() + PATIENT * seconds
    free = [p for p in claim.sides.parameters if p.role != "computed value"]
    records = [Record(s) for s in claim.steps]
    reference = Reference(claim.sides)
    source = ClaimPoints(claim.sides, seed)
    source.modes = ["moderate"]
    integrands = {c.value: (c, Integrand(c.inner, until)) for c in claim.sides.computed}
    told_why: list[str] = []
    for n in range(POINTS if free else 1):
        if time.monotonic() > until or all(r.refuted for r in records):
            break
        inputs, chosen = source.point(n)
        point = {p.name: inputs[p.name] for p in free}
        values = at_point(integrands, point, told_why, until)
        if values is None:
            for r in records:
                r.opens += 1
            continue
        with precision(SHARP.bits):
            sides = reference.evaluate({**inputs, **values}, SHARP.bits)
            found = [(r, judged(sides, r.step)) for r in records if not r.refuted]
        for r, f in found:
            if f.outcome in ("true", "false", "touch", "equal"):
                r.note(f, point)
            else:
                r.opens += 1
        if any(f.outcome == "true" for _, f in found):
            source.reward(chosen)
    verdict = summary(tuple(concluded(claim, r, asked, told_why) for r in records))
    if verdict.status == "refuted":
        verdict = excused(replace(claim, narrower=()), verdict, seconds, seed)
    return replace(verdict, domain=domain_of(replace(claim.sides, parameters=tuple(free))),
                   assumptions=claim.sides.assumptions)


def at_point(
    integrands: Mapping[str, tuple[Computed, Integrand]], point: Mapping[str, Any], why: list[str], until: float
) -> dict[str, Any] | None:
    """Balls around all computed values; ``None``, and a reason, where one has none."""
    out = {}
    token = AIM.set(SHARP)
    try:
        with precision(SHARP.bits):
            for name, (c, f) in integrands.items():
                found = enclosure(c, f, {n: v for n, v in point.items() if n in wanted(c)})
                if not found.is_finite() or not found.imag.contains(0):
                    raise Undecided("an integral that is no real number")
                refuse_holes(c, point)
                box = np.empty((), object)
                box[()] = found.real
                out[name] = box
    except (Undecided, Undefined, ZeroDivisionError, KeyError) as no:
        late = time.monotonic() > until
        why.append("the time limit was reached" if late else f"no enclosure was found of {no}")
        return None
    finally:
        AIM.reset(token)
    return out


def wanted(c: Computed) -> set[str]:
    """What a computed value depends on."""
    names = {*c.inner.call_order, *(p.name for p in c.inner.parameters)} - {*c.variables}
    for e in (e for pair in c.bounds for e in pair):
        names |= {p.name for p in e.parameters} if isinstance(e, Equation) else {str(s) for s in e.free_symbols}
    return names


def refuse_holes(c: Computed, point: Mapping[str, Any]) -> None:
    """Raise where an integrand has no real value inside of its range, though complex numbers give it one."""
    if c.inner.computed or len(c.variables) != 1 or c.kind != "integral":
        return
    lo, hi = (end_of(e, point) for e in c.bounds[0])
    if lo is None or hi is None or lo == hi:
        return
    a, b = min(lo, hi), max(lo, hi)
    u = np.random.default_rng(0).uniform(0, 1, INSIDE)
    if np.isfinite(a) and np.isfinite(b):
        places = a + (b - a) * u
    else:
        far = np.tan(u * np.pi / 2)
        places = a + far if np.isfinite(a) else b - far if np.isfinite(b) else np.tan((u - 0.5) * np.pi)
    reference = Reference(c.inner)
    for x in places:
        inputs = {p.name: point.get(p.name, x) for p in c.inner.parameters}
        inputs[c.variables[0]] = float(x)
        if reference.evaluate(inputs, 128)[c.inner.outputs[0].name].item() is Outcome.UNDEFINED:
            raise Undecided("an integrand that is undefined inside of the range")


def unsettled(sides: Equation, step: Step, asked: bool) -> list[str]:
    """Undeclared symbols under an integral that may be functions of its variable: ψ in ``∫ |ψ|² dx = 1``.

    So may be those that stand on one side alone, those that another integral is over (``∫ u dv = … - ∫ v du``),
    and in a document all.
    """
    behind = {c.value: wanted(c) for c in sides.computed}
    under = set().union(*(inner_names(c) for c in sides.computed))
    left, right = (
        {n for name in read_by(sides, side) for n in (name, *behind.get(name, ()))} for side in (step.left, step.right)
    )
    declared = {p.name for p in sides.parameters if p.declared}
    free = (under & (left | right)) - declared
    over = {re.sub(r"_\d+$", "", x) for c in every(sides) for x in c.variables}
    return sorted(n for n in free if not asked or n not in left & right or n in over)


def inner_names(c: Computed) -> set[str]:
    return {p.name for p in c.inner.parameters if p.role != "computed value"} - {*c.variables}


def end_of(e: Any, point: Mapping[str, Any]) -> float | None:
    if isinstance(e, Equation):
        if e.computed or e.slots:
            return None
        found = Reference(e).evaluate({p.name: point[p.name] for p in e.parameters}, 128)[e.outputs[0].name].item()
        return None if isinstance(found, Outcome) else float(found)
    return float(e) if e.is_number else float(point[str(e.name)])


def judged(sides: Mapping[str, np.ndarray], step: Step) -> Found:
    """What a point says of a relation between balls that no precision makes narrower."""
    left, right = np.broadcast_arrays(sides[step.left], sides[step.right])
    return joined(step.op, [element(step.op, left[at], right[at], at) for at in np.ndindex(left.shape)])


def element(op: str, x: Any, y: Any, at: tuple[int, ...]) -> Found:
    if isinstance(x, Outcome) or isinstance(y, Outcome):
        return Found("open", at)
    sign, agreed = gap(x, y)
    if sign:
        holds = {"=": False, "!=": True, "<": sign < 0, "<=": sign < 0, ">": sign > 0, ">=": sign > 0}[op]
        return Found("true" if holds else "false", at, told(x), told(y), 0, sign)
    if agreed < AGREED:
        return Found("open", at, told(x), told(y), agreed)
    return Found({"=": "true", "!=": "equal"}.get(op, "touch"), at, told(x), told(y), agreed)


def concluded(claim: Claim, r: Any, asked: bool, why: list[str]) -> StepVerdict:
    """The verdict on one relation after its points."""
    from math import log10

    from .prove import contradicted, is_small, unequal

    step, free = r.step, [p for p in claim.sides.parameters if p.role != "computed value"]
    if r.refuted and (names := unsettled(claim.sides, step, asked)):
        said = f"{', '.join(names)} may be another number at every point of the integral: say what it is a function " \
               "of, or declare it"
        return StepVerdict("undecided", step.latex, said, points=r.decided)
    if r.refuted:
        return contradicted(r, asked, claim)
    reason = f"; {max(set(why), key=why.count)}" if why else "; the enclosures are too wide to tell"
    if step.op == "!=" and r.decided:
        return unequal(claim.sides, r)
    if r.decided < (ENOUGH if free else 1):
        return StepVerdict("undecided", step.latex, f"only {r.decided} points decided it{reason}", points=r.decided)
    if same := [p.name for p in free if len(r.seen[p.name]) < VARIETY and not is_small(p)]:
        only = f"only {VARIETY - 1} values of {', '.join(same)} decided it"
        return StepVerdict("undecided", step.latex, only + reason, points=r.decided)
    if r.opens > 2 * r.decided:
        return StepVerdict("undecided", step.latex, f"nothing told it at {r.opens} points, beside {r.decided} at which "
                           f"it is true{reason}", points=r.decided)
    if step.op == "=":
        digits = int(r.bits * log10(2))
        said = f"both sides lie in enclosures that agree to {digits} digits at {r.decided} points"
        return StepVerdict("holds", step.latex, said, digits=digits, points=r.decided)
    if r.outcomes["touch"] and step.op in ("<", ">"):
        return StepVerdict("undecided", step.latex, "the sides agree in every digit that was found", points=r.decided)
    return StepVerdict("holds", step.latex, f"enclosures of both sides say so at {r.decided} points", points=r.decided)
