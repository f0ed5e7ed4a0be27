"""The order of passes: from what the author wrote to what is lowered."""

from __future__ import annotations

from collections.abc import Callable

from .check import check
from .expr import Program
from .passes.hoist import hoist
from .passes.inline import inline
from .passes.lift import lift
from .passes.merge import merge
from .passes.recognize import recognize
from .passes.share import share
from .passes.simplify import simplify

#: Each pass with the stage that holds after it.
PASSES: tuple[tuple[Callable[[Program], Program], str], ...] = (
    (simplify, "frozen"),
    (recognize, "frozen"),  # stable compounds, whole-array operations
    (simplify, "frozen"),
    (inline, "frozen"),
    (lift, "shared"),  # every reduction gets a name
    (merge, "shared"),
    (share, "shared"),  # once for all bodies
    (hoist, "shared"),  # once for all iterations
    (merge, "shared"),
    (inline, "shared"),
)


def optimize(program: Program) -> Program:
    """A frozen program made ready to lower (stage ``shared``)."""
    check(program, "frozen")
    for run, stage in PASSES:
        program = check(run(program), stage)
    return program
