"""Whether a kernel computes its equation, and how well.

Each output element at adversarial points is compared with the exact value:

- *verified*: every decided element errs by at most 4 ulp or 8 κ·eps, at most 5 % of
  the points are undecided, and no reachable stratum is empty;
- *inaccurate*: over that bar, but inside what working precision may make of the
  formula as written (`running_error`), or where a float evaluation of it overflows;
- *miscompiled*: outside: another formula was compiled; except for an infinity of the right
  sign beside the largest number, where a factor taken earlier or later overflows;
- *undecided*: too little could be decided to say.

κ is computed only where 4 ulp is exceeded.  Where it is finite it excuses what is
outside the enclosure too: a formula as written may be better than its inputs deserve
(``exp(z)/Σexp`` beside the shifted softmax).  Up to `MISCOMPILED` κ·eps such an
element is inaccurate, beyond it miscompiled.

Elements at which the formula is undefined are counted, not judged.  At extreme
points (inputs of 10^±100 and beyond, or below the normal numbers) an overflow or underflow of an intermediate is
reported in ``notes`` and does not change the verdict; nor does a result below the smallest
normal number, where floats have fewer digits, as long as it is inside the enclosure.  A derivative
multiplies its factors in another order than the enclosure does, which at extreme points is not asked about it.

The equation and the inputs are all that is consulted; ``blame`` (`guilt`) is asked last,
when the verdict stands, which part of the compiler lost the digits.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.diagnostic import TexjitError
from ..equations.equation import Equation
from .certificate import Certificate, render
from .derivation import Derived
from .points import Point, points
from .reference import (
    FORMATS,
    Outcome,
    Reference,
    decimal,
    difference,
    is_beyond,
    is_overflow,
    is_subnormal,
    is_within,
    ulp_error,
)
from .straddle import straddle

Call = Callable[[dict[str, Any]], Mapping[str, Any]]
Blame = Callable[[Reference, Point, "Finding", str], str]

#: The bar: ulps of the exact value, or multiples of condition number times eps.
ULPS, KAPPA_ULPS = 4.0, 8.0
#: Outside the enclosure and beyond this, in κ·eps, another formula was compiled.
MISCOMPILED = 64.0
#: Largest share of undecided points of a verified kernel.
UNDECIDED_SHARE = 0.05
#: Seconds for comparisons about block ends.
TAILS = 2.0
#: What kernels raise for inputs outside their domain.
DOMAIN_ERRORS = (TexjitError, ArithmeticError, ValueError, np.linalg.LinAlgError)

SEVERITY = ("verified", "undecided", "inaccurate", "miscompiled")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one output element."""

    verdict: str
    ulp: float
    kappa_ulp: float
    output: str
    at: tuple[int, ...]
    value: float
    exact: str
    reason: str


def certify(
    equation: Equation,
    call: Call,
    *,
    dtype: str = "float64",
    count: int = 50,
    seed: int = 0,
    interpret: Call | None = None,
    given: Sequence[Point] | None = None,
    patience: float = np.inf,
    blame: Blame | None = None,
    origin: Derived | None = None,
) -> Certificate:
    """The certificate of a kernel that maps inputs by name to outputs by name.

    ``count`` points are drawn, or the ``given`` ones taken; after ``patience`` seconds
    no further point is, and a note says so.  ``interpret`` is a slower evaluation to
    compare with at longer arrays (`straddle`).  Of a derivative, ``equation`` tells the
    parameters and outputs, and ``origin`` what is to be evaluated.
    """
    reference = Reference(equation if origin is None else origin)
    hit: Counter[str] = Counter()
    reachable: set[str] = set()
    notes: Counter[str] = Counter()
    worst: tuple[Finding, Point] | None = None
    judged = undecided = undefined = 0
    max_ulp = max_kappa = 0.0
    if not equation.parameters:
        count = 1  # a constant has one value
    wanted = count if given is None else len(given)
    drawn: Iterator[Point] = points(equation, dtype, count, seed, reference) if given is None else iter(given)
    start = time.monotonic()
    for point in drawn:
        judged += 1
        reachable.update(point.strata)
        try:
            with np.errstate(all="ignore"):
                found = dict(call(dict(point.inputs)))
        except DOMAIN_ERRORS as error:
            undecided += 1
            notes[f"the kernel refused a point: {type(error).__name__}: {error}"] += 1
            continue
        findings, open_elements, skipped = judge(reference, point, found, dtype)
        undefined += skipped
        undecided += open_elements > 0
        if findings:
            hit.update(point.strata)
        for f in findings:
            if f.verdict == "out of range":
                notes[f"{f.reason}{' at extreme inputs' if 'extreme' in point.strata else ''}"] += 1
                continue
            max_ulp, max_kappa = max(max_ulp, f.ulp), max(max_kappa, f.kappa_ulp)
            if worst is None or _order(f) > _order(worst[0]):
                worst = f, point
        if worst and worst[0].verdict == "miscompiled":
            break
        if judged < wanted and time.monotonic() - start > patience:
            notes[f"stopped after {judged} of {wanted} points, at the time limit of {patience:g} s"] += 1
            break
    else:
        if judged < wanted:
            notes[f"{judged} of {wanted} points could be drawn: the formula is undefined at the others"] += 1
    verdict = worst[0].verdict if worst else "undecided"
    if verdict == "verified":
        empty = sorted(reachable - set(hit))
        if empty or undecided > UNDECIDED_SHARE * judged:
            verdict = "undecided"
        notes.update(f"nothing decided in stratum {s}" for s in empty)
    record = None if worst is None else as_record(*worst)
    if worst and record and blame is not None and worst[0].verdict in ("inaccurate", "miscompiled"):
        record["introduced_by"] = blame(reference, worst[1], worst[0], dtype)
    if interpret is not None and verdict != "miscompiled":
        tails = min(patience, TAILS)
        reason, compared, left = straddle(equation, call, interpret, dtype, seed, tails, reference.written)
        if compared:
            hit["block tail"] = compared
        notes.update(left)
        if reason:
            verdict = "miscompiled"
            f = Finding(verdict, np.inf, np.inf, reason.partition(" ")[0], (), np.nan, "", reason)
            record = {**as_record(f, Point({}, ("block tail",))), "introduced_by": "emitted code"}
    lines = tuple(f"{text} ({n}×)" if n > 1 else text for text, n in sorted(notes.items()))
    strata = dict(sorted(hit.items()))
    return Certificate(verdict, max_ulp, max_kappa, judged, undecided, strata, record, dtype, undefined, lines)


def judge(reference: Reference, point: Point, found: Mapping[str, Any], dtype: str) -> tuple[list[Finding], int, int]:
    """Findings of the decided elements, the number of undecided and of undefined ones."""
    exact = reference.value_certified(point.inputs, dtype)
    findings: list[Finding] = []
    doubtful: dict[str, list[tuple[int, ...]]] = {}
    undecided = undefined = 0
    for name, balls in exact.items():
        if name not in found or np.shape(found[name]) != balls.shape:
            got = f"shape {np.shape(found[name])}" if name in found else "nothing"
            reason = f"gives {got}, expected shape {balls.shape}"
            return [Finding("miscompiled", np.inf, np.inf, name, (), np.nan, "", reason)], 0, 0
        values = np.asarray(found[name])
        for at in np.ndindex(balls.shape):
            ball: Any = balls[at]
            if ball is Outcome.UNDEFINED:
                undefined += 1
            elif ball is Outcome.UNDECIDED:
                undecided += 1
            else:
                lo, hi = ulp_error(ball, float(values[at]), dtype)
                if hi <= ULPS:
                    findings.append(Finding("verified", hi, 0.0, name, at, float(values[at]), "", ""))
                elif lo == 0.0 and hi == np.inf:
                    undecided += 1
                else:
                    doubtful.setdefault(name, []).append(at)
    if doubtful:
        more, open_elements = examine(reference, point, found, exact, doubtful, dtype)
        findings += more
        undecided += open_elements
    return findings, undecided, undefined


def examine(
    reference: Reference,
    point: Point,
    found: Mapping[str, Any],
    exact: Mapping[str, Any],
    doubtful: Mapping[str, list[tuple[int, ...]]],
    dtype: str,
) -> tuple[list[Finding], int]:
    """Elements beyond 4 ulp: outside the enclosure, excused by κ, or inaccurate."""
    enclosure = reference.enclosure(point.inputs, dtype)
    weights = None
    findings, undecided = [], 0
    extreme = "extreme" in point.strata or has_subnormal(point, dtype)
    for name, places in doubtful.items():
        for at in places:
            y, ball, allowed = float(np.asarray(found[name])[at]), exact[name][at], enclosure[name][at]
            ulp = ulp_error(ball, y, dtype)[0]

            def finding(
                verdict: str,
                kappa_ulp: float,
                reason: str,
                ulp: float = ulp,
                name: str = name,
                at: tuple[int, ...] = at,
                y: float = y,
                ball: Any = ball,
            ) -> Finding:
                return Finding(verdict, ulp, kappa_ulp, name, at, y, decimal(ball), reason)

            told = not isinstance(allowed, Outcome) and not (extreme and reference.is_derived)
            outside = told and not is_within(allowed, y)
            reason = f"outside the running-error enclosure {decimal(allowed, 17)}" if outside else ""
            finite = np.isfinite(y) and ball.is_finite()
            # Factors of a derivative have no order of the author's: another one may overflow, and shows.
            if outside and not finite and not is_overflow(ball, y, dtype) and not reference.is_derived:
                findings.append(finding("miscompiled", np.inf, reason))
                continue
            if y != y and is_beyond(ball, dtype):
                findings.append(finding("out of range", np.inf, "NaN stands for a value beyond the floats"))
                continue
            if not finite:
                verdict = "out of range" if extreme else "inaccurate"
                findings.append(finding(verdict, np.inf, "an intermediate overflows"))
                continue
            if weights is None:
                weights = reference.sensitivity(point.inputs, doubtful)
            weight = weights[name, at]
            if weight is None or (outside and not weight.is_finite()):
                if outside:
                    findings.append(finding("miscompiled", np.inf, reason))
                    continue
                # Less than κ may be enough to excuse it; not to accuse it.
                least = reference.least_sensitivity(point.inputs, name, at)
                kappa_ulp = np.inf if least is None else difference(ball, y, least) / FORMATS[dtype].eps
                if kappa_ulp <= KAPPA_ULPS:
                    findings.append(finding("verified", kappa_ulp, "ill-conditioned"))
                undecided += kappa_ulp > KAPPA_ULPS
                continue
            kappa_ulp = difference(ball, y, weight) / FORMATS[dtype].eps
            if outside and kappa_ulp > MISCOMPILED:
                findings.append(finding("miscompiled", kappa_ulp, reason))
            elif kappa_ulp <= KAPPA_ULPS:
                findings.append(finding("verified", kappa_ulp, "ill-conditioned"))
            elif extreme:
                findings.append(finding("out of range", kappa_ulp, "an intermediate leaves the range"))
            elif is_subnormal(ball, dtype):
                findings.append(finding("out of range", kappa_ulp, "a value below the normal numbers loses digits"))
            else:
                findings.append(finding("inaccurate", kappa_ulp, "over 4 ulp and over 8 κ·eps"))
    return findings, undecided


def has_subnormal(point: Point, dtype: str) -> bool:
    """Is an input below the normal numbers? Half of it may be another number."""
    sizes = [np.abs(np.asarray(v, dtype=dtype)) for v in point.inputs.values()]
    return any(bool(((x > 0) & (x < 2.0 ** FORMATS[dtype].emin)).any()) for x in sizes)


def _order(f: Finding) -> tuple[int, float]:
    return SEVERITY.index(f.verdict), f.kappa_ulp if f.verdict == "inaccurate" else f.ulp


def as_record(f: Finding, point: Point) -> dict[str, Any]:
    """A finding and its point in JSON's own types."""
    inputs = {n: np.asarray(v).tolist() for n, v in point.inputs.items()}
    return {
        "inputs": inputs,
        "output": f.output,
        "at": list(f.at),
        "value": repr(f.value),
        "exact": f.exact,
        "ulp": f.ulp if np.isfinite(f.ulp) else str(f.ulp),
        "kappa_ulp": f.kappa_ulp if np.isfinite(f.kappa_ulp) else str(f.kappa_ulp),
        "reason": f.reason,
        "strata": list(point.strata),
    }


__all__ = ["Blame", "Certificate", "Finding", "as_record", "certify", "examine", "judge", "render"]
