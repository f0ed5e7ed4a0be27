"""Recurrences as callables: one fused step of a system in t, t±1, or many in a compiled loop."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import Any

import numpy as np

from .call import ShapeError
from .drive import drive
from .kernel import Kernel


class Recurrence:
    """A compiled system: ``step`` takes and returns the state by base name.

    ``states`` and ``inputs`` name what a step takes; ``kernel`` is the step as a
    kernel with several results.  ``counter`` is the input that counts the steps, if there is one,
    and ``stepped`` are the inputs that the text writes with the step: ``g`` for ``g_t``.
    """

    def __init__(
        self, kernel: Kernel, states: tuple[str, ...], counter: str = "", stepped: tuple[str, ...] = ()
    ) -> None:
        self.kernel = kernel
        self.states = states
        self.inputs = tuple(n for n in kernel.parameters if n not in states)
        self.counter = counter
        self.stepped = stepped
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

    def run(self, steps: int, **values: Any) -> Any:
        """The state after ``steps`` steps.

        A stepped input has one entry a step along its first axis; a number stands for all steps, and
        a function is called with the state and the number of the step.  The counter, where the
        system has one, starts at 1 or at the number given: to go on, give the last state and the next count.
        """
        return self._walk(steps, values, trajectory=False)

    def scan(self, steps: int, **values: Any) -> Any:
        """The states after each of ``steps`` steps, along a first axis; takes what `run` takes."""
        return self._walk(steps, values, trajectory=True)

    def _walk(self, steps: int, values: Mapping[str, Any], trajectory: bool) -> Any:
        steps = _count(self.name, steps)
        given = dict(values)
        if self.counter:
            given.setdefault(self.counter, 1)
            if np.ndim(given[self.counter]):
                raise ShapeError(f"{self.name}: {self.counter} counts the steps and is a number, the first count")
        rows = [n for n in self.stepped if n in given and not callable(given[n]) and np.ndim(given[n])]
        for n in rows:
            if len(given[n]) != steps:
                raise ShapeError(f"{self.name}: {n} has shape {np.shape(given[n])}, expected one entry for each of the "
                                 f"{steps} steps along its first axis")
        card = self.kernel.card
        compiled = not (card.uses or card.computed or card.handed or any(map(callable, given.values())))
        if compiled and steps and set(given) == {p.name for p in card.inputs}:
            return self._state(*drive(self.kernel, self.states, given, steps, self.counter, tuple(rows), trajectory))
        return self._one_by_one(steps, given, tuple(rows), trajectory)

    def _one_by_one(self, steps: int, given: dict[str, Any], rows: tuple[str, ...], trajectory: bool) -> Any:
        """The walk where functions of the caller take part, step by step."""
        if missing := [s for s in self.states if s not in given]:
            raise TypeError(f"{self.name}() needs {', '.join(missing)}")
        state: Any = self._state(*(np.asarray(given.pop(s)) for s in self.states))
        states = []
        first = given.pop(self.counter, 1) if self.counter else 1
        functions = [n for n in self.stepped if callable(given.get(n))]
        for k in range(steps):
            here = given | {n: given[n][k] for n in rows} | {n: given[n](state, first + k) for n in functions}
            if self.counter:
                here[self.counter] = first + k
            state = self.step(**here, **state._asdict())
            states.append(state)
        if not trajectory:
            return state
        if not states:
            return self._state(*(np.empty((0, *np.shape(s))) for s in state))
        return self._state(*(np.stack(parts) for parts in zip(*states, strict=True)))

    def __repr__(self) -> str:
        return f"<Recurrence {self.name}: states {', '.join(self.states)}; inputs {', '.join(self.inputs)}>"


def _count(name: str, steps: int) -> int:
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        raise TypeError(f"{name}: the number of steps is a whole number from 0, found {steps!r}")
    return int(steps)
