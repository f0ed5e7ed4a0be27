"""What a reader means by a statement of a stranger's document: a value, a refusal, or nothing to compute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

World = SimpleNamespace
Judge = Callable[[World], Any]


class V:
    """A kernel of the value that a judge gives in a world where every symbol has its meaning.

    ``symbols`` are drawn (``x:5`` a vector, ``A:2,3`` a matrix, ``k`` a number), ``derived`` follow
    from them.  The kernel may take any of them, and nothing else.
    """

    def __init__(self, judge: Judge, symbols: str = "", **derived: Judge) -> None:
        self.judge, self.symbols, self.derived = judge, symbols, derived

    def world(self, seed: int) -> World:
        rng = np.random.default_rng(seed)
        w = World()
        for word in self.symbols.split():
            name, _, extents = word.partition(":")
            setattr(w, name, rng.uniform(0.2, 0.9, tuple(int(e) for e in extents.split(",") if e)))
        for name, value in self.derived.items():
            setattr(w, name, value(w))
        return w


@dataclass(frozen=True)
class R:
    """A refusal with this code whose text holds ``says`` and never ``never``."""

    code: str = ""
    says: str = ""
    never: str = "\0"


@dataclass(frozen=True)
class N:
    """A statement of a kind that has no kernel."""

    kind: str


Outcome = V | R | N
Row = tuple[str, Outcome | tuple[Outcome, ...]]
