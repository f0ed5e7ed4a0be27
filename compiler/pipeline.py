"""The order of passes: from what the author wrote to what is lowered."""

from __future__ import annotations

from collections.abc import Callable

from .check import check
from .expr import Program
from .passes.center import center
from .passes.complement import complement
from .passes.correct import correct
from .passes.factorize import factorize
from .passes.hoist import hoist
from .passes.inline import inline
from .passes.lift import lift
from .passes.merge import merge
from .passes.normalize import normalize
from .passes.recognize import recognize
from .passes.share import share
from .passes.simplify import simplify
from .passes.stabilize import stabilize

Stage = tuple[Callable[[Program], Program], str]  # a pass and the stage that holds after it

#: What the formula is, found by structure: done before differentiation, and after it again.
FUSE: tuple[Stage, ...] = (
    (merge, "frozen"),
    (simplify, "frozen"),
    (factorize, "frozen"),  # solve instead of inverting
    (recognize, "frozen"),  # logistic, softplus, relative entropy
    (normalize, "frozen"),  # softmax, log-sum-exp, log-softmax
    (center, "frozen"),  # two-pass variance
)

#: How it is computed: the last look at the text, then one name for each thing computed once.
SHARE: tuple[Stage, ...] = (
    (complement, "frozen"),  # 1 − Π(1 − b), 1 − aⁿ
    (stabilize, "frozen"),  # log1p, expm1
    (correct, "frozen"),  # what the rounded mean adds to a variance
    (simplify, "frozen"),
    (inline, "frozen"),
    (lift, "shared"),  # every reduction gets a name
    (merge, "shared"),
    (share, "shared"),  # once for all bodies
    (hoist, "shared"),  # once for all iterations
    (merge, "shared"),
    (inline, "shared"),
)

PASSES = FUSE + SHARE


def fuse(program: Program) -> Program:
    """A frozen program with its stable compounds named: what is differentiated."""
    return _run(FUSE, program)


def optimize(program: Program) -> Program:
    """A frozen program made ready to lower (stage ``shared``)."""
    return _run(PASSES, program)


def _run(stages: tuple[Stage, ...], program: Program) -> Program:
    check(program, "frozen")
    for run, stage in stages:
        program = check(run(program), stage)
    return program
