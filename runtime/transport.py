"""Optimal transport between finitely many points, for any matrix of costs.

POT's network simplex finds the plan.  What it gives is not taken on trust: the plan's cost and the value of a dual
solution made from its potentials enclose the optimum, and a gap that is no rounding is an error.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .call import DomainError, ShapeError
from .empirical import Array, Empirical
from .transport_line import Places

#: Largest relative distance between the plan's cost and the dual value: rounding of sums of a million terms.
GAP = 1e-9
#: How often costs that no mass needs are cut off, and by how much the bound grows where one of them was needed.
ROUNDS, GROWTH = 60, 2.0**10
#: Iterations of the network simplex; each is one exchange of a basis.
PIVOTS = 10_000_000


class TransportError(ArithmeticError):
    """An optimal plan could not be found to the accuracy that is promised."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An optimal plan: pairs that carry mass, and the potentials that prove it optimal.

    ``cost`` is Σ mass · cost of the pair, ``below`` the value of the dual solution ``u``, ``v`` (u_i + v_j ≤ cost
    of (i, j)): the optimum lies between the two, to rounding.
    """

    cost: float
    below: float
    source: Places
    target: Places
    mass: Array
    u: Array
    v: Array


def transport(costs: Any, P: Empirical, Q: Empirical) -> Plan:
    """The optimal plan that carries P to Q where carrying a unit from point i to point j costs ``costs[i, j]``.

        minimise Σ_ij J_ij costs_ij over J ≥ 0, Σ_j J_ij = a_i, Σ_i J_ij = b_j

    Time:    about O(n m (n + m)) in practice; n·m numbers are held
    Error:   plan and dual value within 1e-9 of each other, relative to Σ mass |cost|, or an error
    Raises:  ``ShapeError``, ``DomainError`` for costs that are no finite numbers, ``TransportError``
    """
    c = np.ascontiguousarray(costs, np.float64)
    if c.shape != (P.size, Q.size):
        raise ShapeError(f"costs between {P.size} and {Q.size} points have shape ({P.size}, {Q.size}), "
                         f"shape {c.shape} was given")
    if not np.isfinite(c).all():
        i, j = (int(k) for k in np.argwhere(~np.isfinite(c))[0])
        raise DomainError(f"the cost between points {i} and {j} is {c[i, j]}; costs must be finite")
    a, b, unit = _masses(P, Q)
    least = float(c.min())
    shifted = c - min(least, 0.0)  # the simplex method compares costs with the largest one
    bound = float(shifted.max())
    for _ in range(ROUNDS):
        plan = _solve(c, shifted, bound, a, b, unit)
        size = math.fsum(plan.mass * np.abs(c[plan.source, plan.target]))
        cut = bool((shifted[plan.source, plan.target] > bound).any())
        if not cut and plan.cost - plan.below <= GAP * size:
            return plan
        # What is far below the largest cost drowns in its rounding: look at smaller ones alone.
        bound = bound * GROWTH if cut else bound / GROWTH**2
        if not 0.0 < bound <= 2.0 * float(shifted.max()):
            break
    raise TransportError("no plan was found whose cost is proved optimal: "
                         f"{plan.cost!r} was reached, and the dual value is {plan.below!r}")


def _masses(P: Empirical, Q: Empirical) -> tuple[Array, Array, float]:
    """Masses and the unit they are counted in: whole numbers where all weights are equal, so that sums are exact."""
    if P.weights is None and Q.weights is None:
        each = math.gcd(P.size, Q.size)
        n, m = P.size // each, Q.size // each
        return np.full(P.size, float(m)), np.full(Q.size, float(n)), 1.0 / (P.size * m)
    return P.masses, Q.masses, 1.0


def _solve(c: Array, shifted: Array, bound: float, a: Array, b: Array, unit: float) -> Plan:
    import ot

    scale = 2.0 ** math.frexp(bound)[1] if bound > 0 else 1.0
    scaled = np.minimum(shifted, bound) / scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what POT warns of, the gap shows
        flow, told = ot.emd(a, b, scaled, numItermax=PIVOTS, log=True, center_dual=False, check_marginals=False)
    source, target = np.nonzero(flow)
    mass = flow[source, target] * unit
    u = np.asarray(told["u"], np.float64) * scale
    v = (c - u[:, None]).min(axis=0)
    u = (c - v).min(axis=1)  # the best u for this v: rounding aside, both are feasible
    middle = float(np.dot(u, a) * unit)
    u, v = u - middle, v + middle
    cost = math.fsum(mass * c[source, target])
    below = math.fsum((*(u * a * unit), *(v * b * unit)))
    return Plan(cost, below, source, target, mass, u, v)


def entropic(costs: Any, P: Empirical, Q: Empirical, strength: float, tolerance: float = 1e-9,
             rounds: int = 10_000) -> Plan:
    """A plan of nearly least cost with an entropy term (Sinkhorn's iteration, in logarithms), for many points.

        minimise Σ J costs + strength Σ J log(J / (a b))

    ``strength`` is in the units of the costs.  The ``cost`` is Σ J costs alone, of a plan with the exact marginals,
    so it is above the optimum, and ``below`` is below it: how far regularisation goes is in the plan itself.
    Raises ``TransportError`` where the marginals are not met to ``tolerance`` after ``rounds``.
    """
    from scipy.special import logsumexp

    if not strength > 0:
        raise DomainError(f"the strength of the entropy term must be positive, {strength} was given")
    c = np.ascontiguousarray(costs, np.float64)
    if c.shape != (P.size, Q.size):
        raise ShapeError(f"costs between {P.size} and {Q.size} points have shape {c.shape}")
    a, b = P.masses, Q.masses
    with np.errstate(divide="ignore"):
        log_a, log_b = np.log(a), np.log(b)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    for _ in range(rounds):
        f = -strength * logsumexp((g - c) / strength + log_b, axis=1)
        column = logsumexp((f[:, None] - c) / strength + log_a[:, None], axis=0)
        off = float(np.sum(b * np.abs(np.expm1(column + g / strength))))
        g = -strength * column
        if off <= tolerance:
            break
    else:
        raise TransportError(f"the marginals are met to {off:.2g} only after {rounds} rounds: take a larger strength")
    flow = np.exp((f[:, None] + g - c) / strength + log_a[:, None] + log_b)
    flow = with_marginals(flow, a, b)
    source, target = np.nonzero(flow)
    v = (c - f[:, None]).min(axis=0)
    below = float(np.dot(f, a) + np.dot(v, b))
    return Plan(float(np.sum(flow * c)), below, source, target, flow[source, target], f, v)


def with_marginals(flow: Array, a: Array, b: Array) -> Array:
    """A plan close by with the exact marginals (Altschuler, Weed & Rigollet 2017, algorithm 2)."""
    rows = flow.sum(axis=1)
    flow = flow * np.minimum(1.0, np.divide(a, rows, out=np.ones_like(a), where=rows > 0))[:, None]
    columns = flow.sum(axis=0)
    flow = flow * np.minimum(1.0, np.divide(b, columns, out=np.ones_like(b), where=columns > 0))
    left, right = np.maximum(a - flow.sum(axis=1), 0.0), np.maximum(b - flow.sum(axis=0), 0.0)
    total = float(left.sum())
    return flow + np.outer(left, right) / total if total > 0 else flow


__all__ = ["Plan", "TransportError", "entropic", "transport"]
