"""One point of a claim: the exact values of its sides, and what they say of each relation.

Balls are widened or narrowed by precision until a relation is decided; where they keep overlapping,
rational arithmetic tells equality from nearness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.claim import Step
from .reference import EVERY_BIT, Outcome, Reference, decimal, gap, precision

#: Bits of the working precision, in turn.
PRECISIONS = (160, 640, 2560)
#: What is said of a side that is undefined.
VALUELESS = "without a value"
#: Bits to which equal sides must agree: thirty digits.
AGREED = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What a point says of a relation.

    ``outcome``: *true*, *false*; *touch* where both sides agree to ``bits`` bits and an inequality may
    be strict or not; *equal* where a ``!=`` fails; *one-sided* where one side has no value; *undefined*
    where neither has; *open* where no precision told.  ``sign`` is that of left minus right.
    """

    outcome: str
    at: tuple[int, ...] = ()
    left: str = ""
    right: str = ""
    bits: int = EVERY_BIT
    sign: int = 0


class Trial:
    """The sides of a claim at one point, at every precision that was asked for."""

    def __init__(self, reference: Reference, inputs: Mapping[str, Any]) -> None:
        self.reference, self.inputs = reference, inputs
        self._values: dict[int, dict[str, np.ndarray]] = {}
        sizes = [abs(float(v)) for a in inputs.values() for v in np.asarray(a).flat if v]
        #: Bits after the point that an agreement beside zero must reach.
        self.least = AGREED + 4 * max(0, *(-int(np.frexp(x)[1]) for x in sizes), 0) if sizes else AGREED

    def values(self, bits: int) -> dict[str, np.ndarray]:
        """All sides; 0 bits are rational arithmetic."""
        if bits not in self._values:
            self._values[bits] = (
                self.reference.evaluate(self.inputs, bits) if bits else self.reference.rational(self.inputs)
            )
        return self._values[bits]

    def judge(self, step: Step) -> Found:
        """What this point says of a relation."""
        found = Found("open")
        for bits in (PRECISIONS[0], 0, *PRECISIONS[1:]):
            found = self._judge(step, bits)
            if found.outcome != "open":
                return found
        return found

    def _judge(self, step: Step, bits: int) -> Found:
        values = self.values(bits)
        left, right = np.broadcast_arrays(values[step.left], values[step.right])
        parts: list[Found] = []
        with precision(bits or 256):
            for at in np.ndindex(left.shape):
                parts.append(self._element(step.op, left[at], right[at], at, bits))
        return joined(step.op, parts)

    def _element(self, op: str, x: Any, y: Any, at: tuple[int, ...], bits: int) -> Found:
        outcomes = [v for v in (x, y) if isinstance(v, Outcome)]
        if outcomes:
            if Outcome.UNDECIDED in outcomes:
                return Found("open", at)
            if len(outcomes) == 2:
                return Found("undefined", at)
            return Found("one-sided", at, told(x), told(y))
        sign, agreed = gap(x, y)
        if sign:
            holds = {"=": False, "!=": True, "<": sign < 0, "<=": sign < 0, ">": sign > 0, ">=": sign > 0}[op]
            return Found("true" if holds else "false", at, told(x), told(y), 0, sign)
        enough = self.least if beside_zero(x, y) else AGREED
        if agreed == EVERY_BIT:
            outcome = {"=": "true", "!=": "equal", "<": "false", ">": "false"}.get(op, "touch")
            return Found(outcome, at, told(x), told(y), agreed)
        if agreed >= enough and (op == "=" or bits == PRECISIONS[-1]):
            return Found({"=": "true", "!=": "equal"}.get(op, "touch"), at, told(x), told(y), agreed)
        return Found("open", at, told(x), told(y), agreed)


def joined(op: str, parts: list[Found]) -> Found:
    """What elements say together: arrays differ where one element does; the rest holds where all do."""
    if not parts:
        return Found("true" if op != "!=" else "equal")
    by = {f.outcome: f for f in reversed(parts)}
    if op == "!=":
        order = ("true", "open", "one-sided", "equal", "undefined")
        return next(by[o] for o in order if o in by)
    if "false" in by:
        return by["false"]
    for o in ("one-sided", "open"):
        if o in by:
            return by[o]
    decided = [f for f in parts if f.outcome != "undefined"]
    if not decided:
        return parts[0]
    least = min(decided, key=lambda f: f.bits if f.bits else EVERY_BIT)
    touch = next((f for f in decided if f.outcome == "touch"), None)
    return touch or least


def beside_zero(x: Any, y: Any) -> bool:
    """Whether neither value is known to differ from zero, so that their agreement has no scale."""
    return all(v == 0 if not hasattr(v, "contains") else v.contains(0) for v in (x, y))


def told(x: Any) -> str:
    """A value in twelve digits."""
    if isinstance(x, Outcome):
        return VALUELESS
    if hasattr(x, "is_finite"):
        text = decimal(x, 12)
        return text if "e" in text or "." not in text else text.rstrip("0").removesuffix(".")
    p, q = int(x.p), int(x.q)
    return str(p) if q == 1 and abs(p) < 10**12 else f"{p / q:.12g}" if abs(p) < 10**300 > q else "a rational"
