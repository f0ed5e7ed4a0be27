"""The rewrites that made a kernel's program, each with the error before and after it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compiler.expr import Fired, Program
from ..compiler.freeze import freeze
from ..compiler.interpret import interpret
from ..compiler.pipeline import Step, steps
from ..compiler.show import shown
from ..equations.diagnostic import TexjitError
from ..equations.equation import Equation
from . import jit
from .certify import KAPPA_ULPS, ULPS, judge
from .guilt import BREAKS
from .points import Point, points
from .reference import Reference

#: Points at which programs are measured.
COUNT = 24


@dataclass(frozen=True, slots=True)
class Error:
    """The largest error of a program, in ulps, and over 4 ulps in κ·eps."""

    ulp: float
    kappa_ulp: float

    def __str__(self) -> str:
        """In words, and coarse: another mathematical library may differ in the digits."""
        if self.ulp <= ULPS:
            return f"at most {max(1, math.ceil(self.ulp))} ulp"
        if not math.isfinite(self.ulp):
            return "beyond all bounds"
        return f"about {float(f'{self.ulp:.0e}'):g} ulp"

    @property
    def is_inherent(self) -> bool:
        """Whether over 4 ulps are no more than rounded inputs make of the formula."""
        return self.ulp > ULPS and self.kappa_ulp <= KAPPA_ULPS


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One pass that changed a program: what it does, the rules it applied, and errors (``None``: unknown)."""

    name: str
    words: str
    rules: tuple[str, ...]
    before: Error | None
    after: Error | None

    def __str__(self) -> str:
        rules = "".join(f"; {rule}" for rule in self.rules)
        if self.before is None or self.after is None:
            return f"{self.name}: {self.words}{rules}"
        why = " (the inputs determine no more)" if self.after.is_inherent else ""
        return f"{self.name}: {self.words}{rules}; error {self.before} before, {self.after} after{why}"


def section(key: str, equation: Callable[[], Equation]) -> str:
    """The rewrites as `explain` lists them; nothing where there are none.  Kept in the cache."""
    from .library import fingerprint

    key = f"rewrites/{key}/{fingerprint()}"
    stored = jit.load(key)
    if stored is not None:
        return stored.decode()
    found = rewrites(equation())
    lines = ["", "", "  rewritten", *(f"    - {r}" for r in found)] if found else []
    text = "\n".join(lines)
    jit.store(key, text.encode())
    return text


def rewrites(equation: Equation, count: int = COUNT) -> list[Rewrite]:
    """What the compiler did to the formula as written, in order.

    Passes that applied no rule and changed no value are left out: they only arrange.
    """
    made = [s for s in steps(freeze(equation)) if s.before != s.after]
    if not made:
        return []
    programs = [made[0].before, *(s.after for s in made)]
    errors, same = measured(equation, programs, count)
    return [
        Rewrite(s.run.__name__, _purpose(s), _rules(s.fired), errors[k], errors[k + 1])
        for k, s in enumerate(made)
        if s.fired or not same[k]
    ]


def measured(equation: Equation, programs: list[Program], count: int) -> tuple[list[Error | None], list[bool]]:
    """The largest error of each program, and whether each gives what the one after it gives.

    Extreme points, where intermediates leave the range, are left out as in a verdict.
    """
    try:
        reference = Reference(equation)
    except TexjitError:  # what has no exact evaluation has no certificate either
        return [None] * len(programs), [True] * len(programs)
    worst: list[Error | None] = [Error(0.0, 0.0) for _ in programs]
    same = [True] * len(programs)
    for point in points(equation, "float64", count, 0, reference):
        if "extreme" in point.strata:
            continue
        before: Any = None
        for k, program in enumerate(programs):
            values = _values(program, point)
            if k and not _equal(before, values):
                same[k - 1] = False
            before = values
            known = worst[k]
            if known is None:
                continue
            worst[k] = None if values is None else _larger(known, reference, point, values)
    return worst, same


def _values(program: Program, point: Point) -> dict[str, Any] | None:
    try:
        with np.errstate(all="ignore"):
            return interpret(program, point.inputs)
    except BREAKS:
        return None


def _larger(known: Error, reference: Reference, point: Point, values: dict[str, Any]) -> Error:
    findings, _, _ = judge(reference, point, values, "float64")
    ulp = max([known.ulp, *(f.ulp for f in findings)])
    return Error(ulp, max([known.kappa_ulp, *(f.kappa_ulp for f in findings)]))


def _equal(a: dict[str, Any] | None, b: dict[str, Any] | None) -> bool:
    if a is None or b is None:
        return a is b
    return all(np.array_equal(np.asarray(a[name]), np.asarray(b[name]), equal_nan=True) for name in a)


def _purpose(step: Step) -> str:
    """What a pass is for: the first sentence of its own words."""
    text = sys.modules[step.run.__module__].__doc__ or ""
    first = text.strip().partition("\n")[0].replace("`", "").rstrip(" .,")
    return first[:1].lower() + first[1:]


def _rules(fired: Iterable[Fired]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{shown(f.left)} = {shown(f.right)}" for f in fired))
