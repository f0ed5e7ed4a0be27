"""Which part of the compiler lost the digits.

The program is interpreted at one point as it was frozen, after every pass, and as loops.
The pass after which the element is as wrong as the kernel's, and before which it is not,
is the one that did it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..compiler.expr import Program
from ..compiler.freeze import freeze
from ..compiler.interpret import interpret
from ..compiler.interpret_loops import Failure, interpret_proc
from ..compiler.lower import lower
from ..compiler.pipeline import steps
from ..equations.diagnostic import TexjitError
from .certify import SEVERITY, Finding, judge
from .points import Point
from .reference import Reference

AS_WRITTEN, FREEZE, LOWER, EMITTED = "the formula as written", "freeze", "lower", "emitted code"

#: An error is as large as another from this share of it on.
ALIKE = 0.25
#: What interpreting a broken program may raise.
BREAKS = (TexjitError, ArithmeticError, ValueError, LookupError, TypeError, AssertionError, Failure)


def blame(
    reference: Reference,
    point: Point,
    finding: Finding,
    dtype: str,
    program: Callable[[], Program] | None = None,
) -> str:
    """The pass that made an element inaccurate or wrong, or another part of the compiler.

    ``the formula as written`` where a plain evaluation is as inaccurate; ``freeze``
    where already the program that the passes start from is another formula.  ``program``
    gives that of a derivative, which no equation does.
    """
    frozen = freeze(reference.equation) if program is None else program()
    made = list(steps(frozen))
    optimized = made[-1].after if made else frozen

    def is_bad(evaluate: Callable[[], Mapping[str, Any]]) -> bool:
        try:
            with np.errstate(all="ignore"):
                values = evaluate()
        except BREAKS:
            return True
        return is_as_bad(reference, point, values, finding, dtype)

    def is_bad_program(program: Program) -> bool:
        return is_bad(lambda: interpret(program, point.inputs, dtype))

    if not is_bad_program(optimized):
        return LOWER if is_bad(lambda: _as_loops(optimized, point)) else EMITTED
    for step in reversed(made):
        if step.before != step.after and not is_bad_program(step.before):
            return step.run.__name__
    return FREEZE if finding.verdict == "miscompiled" else AS_WRITTEN


def is_as_bad(reference: Reference, point: Point, values: Mapping[str, Any], finding: Finding, dtype: str) -> bool:
    """Whether values are as wrong as a finding says, at its element."""
    findings, _, _ = judge(reference, point, values, dtype)
    for f in findings:
        if (f.output, f.at) == (finding.output, finding.at) or f.reason.startswith("gives"):
            if f.verdict not in SEVERITY or SEVERITY.index(f.verdict) < SEVERITY.index(finding.verdict):
                return False
            return finding.verdict == "miscompiled" or f.kappa_ulp >= ALIKE * finding.kappa_ulp
    return False


def _as_loops(program: Program, point: Point) -> dict[str, Any]:
    from . import linalg

    proc = lower(program)
    routines = {name: getattr(linalg, name) for name in dir(linalg) if callable(getattr(linalg, name))}
    found = interpret_proc(proc, point.inputs, routines)
    # An output may be named otherwise there, beside a parameter of its name; the order is the same.
    return {o.name: found[p.name] for o, p in zip(program.outputs, proc.outputs, strict=True)}
