"""Whether a derived program reads its arrays within their ends, found by running it on small ones.

Reads turned round (``x[t-1]`` pulled back to ``x[t]``) are guarded by conditions; a pass may take one out of
reach of its condition.  Compiled code has no bounds to stop at, so such a program is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compiler.expr import ArrayOp, Call, Element, Let, Output, Program, walk
from ..compiler.interpret import interpret
from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span


def refuse_outside(program: Program, wrt: str) -> None:
    """Raise ``Unsupported`` for a derivative that reads outside of an array; programs without moved reads pass."""
    if not moves(program):
        return
    for start in (1, 2, 3):
        try:
            with np.errstate(all="ignore"):
                interpret(program, small(program, start))
        except IndexError:
            raise Unsupported(Diagnostic(
                "E367", f"{program.name} would read outside of an array, and the derivative by {wrt} is not there yet",
                Span(0, 0), help="differentiate the logarithm, or write the formula of the derivative",
            )) from None
        except (ArithmeticError, ValueError):
            continue  # no value at these numbers


def moves(program: Program) -> bool:
    """Whether an array is read at different distances from its index."""
    seen: dict[str, set[str]] = {}
    parts: tuple[Let | Output, ...] = (*program.lets, *program.outputs)
    for part in parts:
        if isinstance(part.body, ArrayOp):
            continue
        for e in walk(part.body):
            if isinstance(e, Element):
                for k, at in enumerate(e.at):
                    moved = repr(at.args[1:]) if isinstance(at, Call) else ""
                    seen.setdefault(f"{e.array}/{k}", set()).add(moved)
    return any(len(s) > 1 for s in seen.values())


def small(program: Program, start: int) -> dict[str, Any]:
    """Inputs with short axes, all different."""
    sizes: dict[str, int] = {}
    out: dict[str, Any] = {}
    for p in program.params:
        shape = tuple(int(a) if a.isdigit() else sizes.setdefault(a, start + len(sizes) % 3) for a in p.axes)
        value = np.full(shape, 0.4)
        if len(shape) > 1 and shape[-1] == shape[-2] and p.axes[-1] == p.axes[-2]:
            value = value * 0.1 + np.eye(shape[-1])
        out[p.name] = 1 if p.integer else value if shape else 0.4
    return out
