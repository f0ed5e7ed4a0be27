"""A search for counterexamples to inequalities: the difference of the sides is made small.

Differential evolution over a box that is mapped onto the domains; candidates are rounded into their
domains exactly and judged like every other point.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..equations.claim import Step
from ..equations.domain import Domain
from ..equations.equation import Equation
from .balls import is_infinite
from .claim_points import FINE, ClaimPoints, within
from .reference import Outcome, Reference
from .trial import Found, Trial

#: Bits of the values that guide the search; candidates are judged with more.
BITS = 64
#: Seconds for one relation.
SECONDS = 0.8
#: Numbers searched over: beyond these the search is no better than points drawn at random.
DIMENSIONS = 14
#: Where nothing is known of a value.
NOWHERE = 1e100
#: The largest magnitude searched on unbounded domains is ``10^REACH``.
REACH = 2.0


class _Enough(Exception):
    """The time is up, or a counterexample is found."""


def falsify(
    equation: Equation, reference: Reference, step: Step, seconds: float, seed: int
) -> tuple[Found, dict[str, Any]] | None:
    """A counterexample to an inequality and what it shows, if the search finds one in time."""
    from scipy.optimize import Bounds, differential_evolution

    stop = time.thread_time() + min(seconds, SECONDS)
    source = ClaimPoints(equation, seed + 1)
    for turn in range(3):
        fixed, _ = source.point(20 + turn)
        shapes = {p.name: np.shape(fixed[p.name]) for p in equation.parameters}
        free = {p.name: numbers(p.domain, shapes[p.name]) for p in equation.parameters if not p.integer}
        counts = {name: n for name, n in free.items() if n}
        total = sum(counts.values())
        if not 0 < total <= DIMENSIONS:
            continue
        best: list[tuple[Found, dict[str, Any]]] = []

        def inputs_of(
            u: np.ndarray, fixed: Mapping[str, Any] = fixed, counts: Mapping[str, int] = counts,
            shapes: Mapping[str, tuple[int, ...]] = shapes,
        ) -> dict[str, Any]:
            out, used = dict(fixed), 0
            for p in equation.parameters:
                if p.name in counts:
                    part = u[used : used + counts[p.name]]
                    used += counts[p.name]
                    value = within(mapped(part, p.domain, shapes[p.name]), p.domain, FINE)
                    out[p.name] = value if value.ndim else value[()]
            return out

        def margin(u: np.ndarray, best: list[tuple[Found, dict[str, Any]]] = best, make: Any = inputs_of) -> float:
            if time.thread_time() > stop:
                raise _Enough
            inputs = make(u)
            m = slack(reference, step, inputs)
            if m < 0:
                found = Trial(reference, inputs).judge(step)
                if found.outcome == "false":
                    best.append((found, inputs))
                    raise _Enough
            return m

        try:
            box = Bounds(np.zeros(total), np.ones(total))
            differential_evolution(margin, box, maxiter=40, popsize=8, seed=seed + turn, tol=1e-9, polish=True)
        except _Enough:
            pass
        if best:
            return best[0]
        if time.thread_time() > stop:
            break
    return None


def slack(reference: Reference, step: Step, inputs: Mapping[str, Any]) -> float:
    """How far an inequality is from failing: the least difference over the elements, negative where it fails."""
    values = reference.evaluate(inputs, BITS)
    left, right = np.broadcast_arrays(values[step.left], values[step.right])
    least = NOWHERE
    for at in np.ndindex(left.shape):
        x, y = left[at], right[at]
        if isinstance(x, Outcome) or isinstance(y, Outcome) or is_infinite(x) or is_infinite(y):
            continue
        d = (y - x if step.op in ("<", "<=") else x - y).mid()
        # A strict inequality fails at zero too.
        strict = step.op in ("<", ">") and d == 0
        least = min(least, max(-NOWHERE, -1e-100 if strict else float(d)))
    return least


def numbers(domain: Domain, shape: tuple[int, ...]) -> int:
    """How many numbers between 0 and 1 an array of a domain is made of; 0 where it stays as drawn."""
    size = int(np.prod(shape, dtype=np.int64))
    match domain.kind:
        case "interval" | "simplex" | "symmetric":
            return size
        case "spd" | "psd":
            return size
    return 0


def mapped(u: np.ndarray, domain: Domain, shape: tuple[int, ...]) -> np.ndarray:
    """An array of a domain from numbers between 0 and 1."""
    centred = 2 * np.asarray(u).reshape(shape) - 1
    free = np.sign(centred) * (10 ** (REACH * np.abs(centred)) - 1)
    match domain.kind:
        case "simplex":
            # The last tenth of every range is an exact zero, so that corners are reached.
            weights = np.where(u.reshape(shape) < 0.1, 0.0, np.exp(8 * centred))
            return np.where(weights.sum(-1, keepdims=True) == 0, 1.0, weights)
        case "spd" | "psd":
            return np.asarray(free @ np.swapaxes(free, -1, -2) + 1e-3 * np.eye(shape[-1]))
        case "symmetric":
            return np.asarray((free + np.swapaxes(free, -1, -2)) / 2)
    if domain.lo is not None and domain.hi is not None:
        return float(domain.lo) + (float(domain.hi) - float(domain.lo)) * u.reshape(shape)
    if domain.lo is not None:
        return np.asarray(float(domain.lo) + np.abs(free))
    if domain.hi is not None:
        return np.asarray(float(domain.hi) - np.abs(free))
    return np.asarray(free)
