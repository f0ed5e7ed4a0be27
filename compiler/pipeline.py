"""The order of passes: from what the author wrote to what is lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .check import check
from .expr import Fired, Program
from .passes.cancel import cancel
from .passes.center import center
from .passes.complement import complement
from .passes.correct import correct
from .passes.exclude import exclude
from .passes.factorize import factorize
from .passes.gather import gather
from .passes.hoist import hoist
from .passes.inline import inline
from .passes.lift import lift
from .passes.merge import merge
from .passes.normalize import normalize
from .passes.offset import offset
from .passes.peel import peel
from .passes.recognize import recognize
from .passes.rescale import rescale
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
    (exclude, "frozen"),  # one element out of a sum
    (offset, "frozen"),  # exponentials whose means are compared
    (peel, "frozen"),  # log-sum-exp about its largest term
    (cancel, "frozen"),  # differences of roots, products, fractions, functions
    (stabilize, "frozen"),  # log1p, expm1
    (gather, "frozen"),  # divergences term by term
    (rescale, "frozen"),  # norms in range
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


@dataclass(frozen=True, slots=True)
class Step:
    """One pass of the pipeline, and the program on both sides of it."""

    run: Callable[[Program], Program]
    before: Program
    after: Program

    @property
    def fired(self) -> tuple[Fired, ...]:
        """The rules that the pass applied."""
        return self.after.fired[len(self.before.fired) :]


def steps(program: Program) -> Iterator[Step]:
    """Every pass that `optimize` runs on a frozen program, in order."""
    return _steps(PASSES, program)


def _run(stages: tuple[Stage, ...], program: Program) -> Program:
    for step in _steps(stages, program):
        program = step.after
    return program


def _steps(stages: tuple[Stage, ...], program: Program) -> Iterator[Step]:
    check(program, "frozen")
    for run, stage in stages:
        before, program = program, check(run(program), stage)
        yield Step(run, before, program)
