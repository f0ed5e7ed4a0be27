"""Least costs over plans at every call: weights, a matrix of costs, and an entropy term of some strength or none."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .call import DomainError
from .computed import looped
from .empirical import Array, Empirical, checked_weights
from .quadrature import adapted
from .sinkhorn import entropic_plan
from .transport import transport

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: Kinds of computed values: the least cost, and the plan that has it.
KINDS = ("least cost of a plan", "plan of least cost")
#: A relative distance of value and bound beyond which a warning is given.
WIDE = 1e-9


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan, its value with the entropy term ``ε Σ π log π``, the derivatives of that, and the error of the value."""

    plan: Array
    value: float
    by_masses: tuple[Array, Array]
    by_strength: float
    error: float


def solve(kernel: Kernel, c: Computation, values: Mapping[str, Any]) -> Solved:
    """The problem behind a computed value, solved; raises ``DomainError`` for weights that are no distribution."""
    inner: Any = kernel.behind(c.value)
    own = {*c.inner.call_order, *(p.name for p in c.inner.inputs)}
    costs, strength, a, b = inner(**{n: adapted(v) for n, v in values.items() if n in own})
    names = ("the weights of the rows of the plan", "the weights of the columns of the plan")
    a, b = (checked_weights(w, len(w), f"{kernel.name}: {name}") for w, name in zip((a, b), names, strict=True))
    costs = np.asarray(costs, np.float64)
    empty = (a == 0)[:, None] | (b == 0)
    costs = np.where(empty & ~np.isfinite(costs), 0.0, costs)  # nothing is carried there
    size = float(strength)
    if not size >= 0:
        raise DomainError(f"{kernel.name}: the strength of the entropy term is {size!r}, and must not be negative")
    if size == 0:
        return _plain(costs, a, b)
    found = entropic_plan(costs, a, b, size)
    with np.errstate(divide="ignore"):
        log_a, log_b = (np.where(w > 0, np.log(w), 0.0) for w in (a, b))
    value = found.value + size * float(a @ log_a + b @ log_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = float(np.sum(np.where(found.plan > 0, found.plan * np.log(found.plan), 0.0)))
    return Solved(found.plan, value, (found.f + size * log_a, found.g + size * log_b), entropy, found.gap)


def _plain(costs: Array, a: Array, b: Array) -> Solved:
    P, Q = (Empirical(np.zeros(len(w)), w) for w in (a, b))
    found = transport(costs, P, Q)
    plan = np.zeros(costs.shape)
    np.add.at(plan, (found.source, found.target), found.mass)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = float(np.sum(np.where(plan > 0, plan * np.log(plan), 0.0)))
    return Solved(plan, found.cost, (found.u, found.v), entropy, max(0.0, found.cost - found.below))


def _least(kernel: Kernel, c: Computation, values: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Any, Any]:
    from .kernel import AccuracyWarning

    found = solve(kernel, c, values)
    error = found.error + 4 * 2.0**-52 * abs(found.value)
    if found.error > WIDE * (abs(found.value) + float(np.sum(found.plan)) * abs(found.by_strength)):
        warnings.warn(f"{kernel.name}: the plan is within {found.error:.2g} of the least cost only: a larger strength "
                      "of the entropy term converges faster", AccuracyWarning, stacklevel=7)
    return (found.plan, np.zeros(found.plan.shape)) if c.kind == KINDS[1] else (found.value, error)


least_plan = looped(_least)


def slope(kernel: Kernel, c: Computation, w: str, values: Mapping[str, Any]) -> Any:
    """The derivative of the least cost by a parameter: the plan and the potentials count as constant.

    Where the plan is not the only best one (no entropy term), it belongs to the one that was found.
    """
    from .derive import vjp

    found = solve(kernel, c, values)
    inner = kernel.behind(c.value)
    pulled: Any = vjp(inner, wrt=w)
    own = {*c.inner.call_order, *(p.name for p in c.inner.inputs)}
    a, b = found.plan.sum(axis=1), found.plan.sum(axis=0)
    # Weights sum to 1: a constant that is added to potentials has no meaning, and is taken out.
    by_a, by_b = (u - u @ w for u, w in zip(found.by_masses, (a, b), strict=True))
    bars = dict(zip((f"{o.name}_bar" for o in c.inner.outputs), (found.plan, found.by_strength, by_a, by_b),
                    strict=True))
    given = {n: v for n, v in values.items() if n in own}
    return np.asarray(pulled(**given, **bars), np.float64)[()]
