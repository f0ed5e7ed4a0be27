"""Recurrences as callables: one fused step of a system in t, t±1."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from .kernel import Kernel


class Recurrence:
    """A compiled system: ``step`` takes and returns the state by base name.

    ``states`` and ``inputs`` name what a step takes; ``kernel`` is the step as a
    kernel with several results.
    """

    def __init__(self, kernel: Kernel, states: tuple[str, ...]) -> None:
        self.kernel = kernel
        self.states = states
        self.inputs = tuple(n for n in kernel.parameters if n not in states)
        self._state = namedtuple("State", states)  # type: ignore[misc]

    @property
    def name(self) -> str:
        return self.kernel.name

    @property
    def latex(self) -> str:
        return self.kernel.latex

    @property
    def source(self) -> str:
        return self.kernel.source

    def explain(self) -> str:
        return self.kernel.explain()

    def step(self, **values: Any) -> Any:
        """The state one step later, as a named tuple in the order of ``states``."""
        found = self.kernel(**values)
        return self._state(*(found if len(self.states) > 1 else (found,)))

    def __repr__(self) -> str:
        return f"<Recurrence {self.name}: states {', '.join(self.states)}; inputs {', '.join(self.inputs)}>"
