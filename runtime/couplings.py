"""Least costs over couplings at every call: the routines behind formulas of optimal transport.

The cost is a compiled kernel of two points, evaluated at all pairs; a power of a distance on the line is sorted
instead, where the power is at least 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .call import DomainError, ShapeError
from .computed import looped
from .empirical import Array, Empirical, empirical
from .sinkhorn import entropic_plan
from .slots import SlotError
from .transport import Plan, transport
from .transport_line import Line, on_line

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel


@dataclass(frozen=True, slots=True)
class Solved:
    """A transport problem as it was solved: ``costs`` in units of ``scale**power``, or sorted on the line."""

    source: Empirical
    target: Empirical
    scale: float
    power: float
    costs: Array | None
    plan: Plan | Line

    @property
    def cost(self) -> float:
        """The least cost; it may overflow."""
        if isinstance(self.plan, Line):
            return self.plan.cost
        with np.errstate(over="ignore", under="ignore"):
            return float(np.float64(self.scale) ** self.power * self.plan.cost)

    @property
    def root(self) -> float:
        """The root of the least cost, of the order of the power."""
        if isinstance(self.plan, Line):
            return self.plan.root
        return float(self.scale * max(self.plan.cost, 0.0) ** (1.0 / self.power))

    @property
    def error(self) -> float:
        """How far the cost may be above the optimum, relative to it."""
        if isinstance(self.plan, Line) or not self.plan.cost:
            return 4 * 2.0**-52
        return max(0.0, self.plan.cost - self.plan.below) / abs(self.plan.cost) + 4 * 2.0**-52


def solve(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], sorting: bool = True, strength: float | None = None
) -> Solved:
    """The transport problem of a computed value, solved; ``sorting`` false takes the simplex method on the line too.

    With ``strength``, in units of the cost, the least of Σ π cost + strength Σ π log(π / (P Q)) over plans π.
    """
    takes = dict(c.takes)
    P, Q = (empirical(values[takes[role]], takes[role]) for role in ("source", "target"))
    inner: Any = kernel.behind(c.value)
    own = {*c.inner.call_order, *(p.name for p in c.inner.inputs)} - set(c.variables)
    others = {n: v for n, v in values.items() if n in own}
    points = points_of(c, P, Q)
    if len(c.inner.outputs) > 1:
        # One pair tells the power: it does not depend on the points.
        power = float(np.ravel(inner(**_pairs(c, points[0][:1], points[1][:1]), **others)[1])[0])
        if not np.isfinite(power) or power == 0:
            raise DomainError(f"{kernel.name}: the distance is taken to the power {power}, which has no transport")
        if sorting and strength is None and power >= 1 and all(z.ndim == 1 or z.shape[1] == 1 for z in points):
            line = on_line(P, Q, power)
            return Solved(P, Q, line.scale, power, None, line)
        distances = _all(kernel, inner(**_pairs(c, *points), **others)[0], P, Q)
        scale = float(distances.max()) or 1.0
        with np.errstate(all="ignore"):
            costs = (distances / scale) ** power
            each = None if strength is None else float(strength / np.float64(scale) ** power)
        return Solved(P, Q, scale, power, costs, _plan(costs, P, Q, each))
    costs = _all(kernel, inner(**_pairs(c, *points), **others), P, Q)
    return Solved(P, Q, 1.0, 1.0, costs, _plan(costs, P, Q, strength))


def _plan(costs: Array, P: Empirical, Q: Empirical, strength: float | None) -> Plan:
    """The best plan; with an entropy term, its value is that of the dual, which the plan exceeds by less than it."""
    if strength is None:
        return transport(costs, P, Q)
    found = entropic_plan(costs, P.masses, Q.masses, strength)
    source, target = np.nonzero(found.plan)
    return Plan(found.value, found.value - found.gap, source, target, found.plan[source, target], found.f, found.g)


def points_of(c: Computation, P: Empirical, Q: Empirical) -> tuple[Array, Array]:
    """Points as the cost takes them: numbers, vectors, or (a function of the caller) as they are."""
    takes = dict(c.takes)
    inputs = {p.name: len(p.axes) for p in c.inner.inputs}
    out = []
    for x, role, law in zip(c.variables, ("source", "target"), (P, Q), strict=True):
        z = law.points
        if x not in inputs:
            out.append(z)
        elif inputs[x] == 1:
            out.append(z[:, None] if z.ndim == 1 else z)
        elif z.ndim == 2 and z.shape[1] != 1:
            raise ShapeError(f"the cost is of numbers, and the points of {takes[role]} have shape {z.shape}; declare "
                             f"{x} a vector for a cost of vectors")
        else:
            out.append(z.reshape(-1))
    if out[0].shape[1:] != out[1].shape[1:]:
        raise ShapeError(f"points of {takes['source']} have shape {P.points.shape}, those of {takes['target']} "
                         f"{Q.points.shape}: both need as many numbers a point")
    return out[0], out[1]


def _pairs(c: Computation, x: Array, y: Array) -> dict[str, Array]:
    """Both points at all pairs, without a copy."""
    shape = (len(x), len(y))
    left = np.broadcast_to(x[:, None], shape + x.shape[1:])
    right = np.broadcast_to(y[None, :], shape + y.shape[1:])
    return dict(zip(c.variables, (left, right), strict=True))


def _all(kernel: Kernel, costs: Any, P: Empirical, Q: Empirical) -> Array:
    found = np.asarray(costs, np.float64)
    if found.shape not in ((), (P.size, Q.size)):
        raise SlotError(f"{kernel.name}(): the cost at all pairs has shape {found.shape}, expected {(P.size, Q.size)}")
    return np.ascontiguousarray(np.broadcast_to(found, (P.size, Q.size)))


def _cost(kernel: Kernel, c: Computation, values: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[float, float]:
    solved = solve(kernel, c, values, strength=options.get("sinkhorn"))
    return solved.cost, solved.error * abs(solved.cost)


def _root(kernel: Kernel, c: Computation, values: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[float, float]:
    solved = solve(kernel, c, values, strength=options.get("sinkhorn"))
    return solved.root, solved.error * solved.root / abs(solved.power)


def _least_root(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[float, float]:
    solved = solve(kernel, c, values, strength=options.get("sinkhorn"))
    if solved.power < 0:
        raise DomainError(f"{kernel.name}: the order {solved.power} of the root is negative, and the least root is not "
                          "that of the least cost")
    return solved.root, solved.error * solved.root / abs(solved.power)


def is_root(c: Computation) -> bool:
    """Whether a computed value is the root of a least cost."""
    return "root" in c.kind


least_cost = looped(_cost)
root_of_least_cost = looped(_root)
least_root = looped(_least_root)
