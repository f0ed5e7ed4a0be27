"""Plans between weights with an entropy term, for costs of any size, and for many points.

    minimise Σ π c + ε Σ π log(π / (a b)) over π ≥ 0 with row sums a and column sums b

Sinkhorn's iteration in logarithms comes near, from large strengths down to ε, and Newton's method on the dual problem
finishes where its matrix is small enough.  The value is that of the dual, which is below the optimum; that of a plan
with the exact marginals is above it, and the distance of the two is the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .call import DomainError, ShapeError
from .empirical import Array
from .transport import TransportError, with_marginals

#: Marginals are met to this part of the mass; a plan further away is an error.
MET, REFUSED = 1e-12, 1e-6
#: Marginals that are near enough on the way to smaller strengths, and for Newton's method.
ROUGH, NEAR = 1e-3, 1e-4
#: Iterations for each strength, and for the last one; by how much strengths fall.
EACH, LAST, FALL = 20, 3000, 4.0
#: Points of both sides together up to which Newton's method is used, and its steps.
SMALL, STEPS = 1500, 40


@dataclass(frozen=True, slots=True)
class Entropic:
    """A plan, its dual potentials (of the problem above), the value, and how far it is below that of the plan."""

    plan: Array
    f: Array
    g: Array
    value: float
    gap: float
    met: float


def entropic_plan(costs: Array, a: Array, b: Array, strength: float) -> Entropic:
    """The plan of least cost with an entropy term between weights ``a`` and ``b``, each of sum 1.

    Shapes:  costs (n, m), a (n,), b (m,)
    Error:   value within ``gap``, which is of the order of roundings where Newton's method is used
    Raises:  ``DomainError`` for a strength that is not positive or costs that are not finite where there is mass,
             ``TransportError`` where the marginals are not met
    """
    if not (strength > 0 and np.isfinite(strength)):
        raise DomainError(f"the strength of the entropy term must be positive, {strength!r} was given")
    if costs.shape != (len(a), len(b)):
        raise ShapeError(f"costs between {len(a)} and {len(b)} weights have shape {costs.shape}")
    rows, columns = np.flatnonzero(a > 0), np.flatnonzero(b > 0)
    c = costs[np.ix_(rows, columns)]
    if not np.isfinite(c).all():
        raise DomainError("a cost between points with mass is not finite")
    small_a, small_b = a[rows], b[columns]
    f, g = _iterated(c, small_a, small_b, strength)
    if len(rows) + len(columns) <= SMALL:
        f, g = _newton(c, small_a, small_b, strength, f, g)
    plan = _plan(c, small_a, small_b, strength, f, g)
    met = float(np.abs(plan.sum(axis=1) - small_a).sum() + np.abs(plan.sum(axis=0) - small_b).sum())
    if not met <= REFUSED:
        raise TransportError(f"the marginals are met to {met:.2g} only: take a larger strength than {strength:g}")
    value = float(small_a @ f + small_b @ g - strength * (plan.sum() - 1.0))
    exact = with_marginals(plan, small_a, small_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(exact > 0, np.log(exact / np.outer(small_a, small_b)), 0.0)
    gap = max(0.0, float(np.sum(exact * c) + strength * np.sum(exact * relative)) - value)
    whole = np.zeros(costs.shape)
    whole[np.ix_(rows, columns)] = exact
    # Where there is no mass, the potentials are what one more unit would cost.
    with np.errstate(invalid="ignore"):
        all_f = -strength * _lse((g - costs[:, columns]) / strength + np.log(small_b), 1)
        all_g = -strength * _lse((f[:, None] - costs[rows]) / strength + np.log(small_a)[:, None], 0)
    all_f[rows], all_g[columns] = f, g
    return Entropic(whole, all_f, all_g, value, gap, met)


def _lse(x: Array, axis: int) -> Array:
    most = x.max(axis=axis, keepdims=True)
    out: Array = np.log(np.exp(x - most).sum(axis=axis)) + np.squeeze(most, axis)
    return out


def _plan(c: Array, a: Array, b: Array, strength: float, f: Array, g: Array) -> Array:
    return np.asarray(np.exp((f[:, None] + g - c) / strength) * np.outer(a, b))


def _iterated(c: Array, a: Array, b: Array, strength: float) -> tuple[Array, Array]:
    log_a, log_b = np.log(a)[:, None], np.log(b)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    spread = float(c.max() - c.min())
    at = max(spread, strength)
    while True:
        last = at <= strength
        at = max(at, strength)
        for _ in range(LAST if last else EACH):
            f = -at * _lse((g - c) / at + log_b, 1)
            new = -at * _lse((f[:, None] - c) / at + log_a, 0)
            off = float(np.sum(b * np.abs(np.expm1(np.clip((g - new) / at, -700, 700)))))
            g = new
            if off <= (MET if last else ROUGH) or (last and len(a) + len(b) <= SMALL and off <= NEAR):
                break
        if last:
            return f, g
        at /= FALL


def _newton(c: Array, a: Array, b: Array, strength: float, f: Array, g: Array) -> tuple[Array, Array]:
    """Newton steps on the marginals, shortened until they come closer; a constant moves between f and g."""
    def off(f: Array, g: Array) -> tuple[float, Array, Array, Array]:
        with np.errstate(over="ignore"):
            plan = _plan(c, a, b, strength, f, g)
        r, s = a - plan.sum(axis=1), b - plan.sum(axis=0)
        return float(np.abs(r).sum() + np.abs(s).sum()), plan, r, s

    far, plan, r, s = off(f, g)
    for _ in range(STEPS):
        n = len(a)
        matrix = np.zeros((n + len(b) - 1,) * 2)
        matrix[:n, :n] = np.diag(plan.sum(axis=1))
        matrix[n:, n:] = np.diag(plan.sum(axis=0)[:-1])
        matrix[:n, n:] = plan[:, :-1]
        matrix[n:, :n] = plan[:, :-1].T
        try:
            step = strength * np.linalg.solve(matrix, np.concatenate([r, s[:-1]]))
        except np.linalg.LinAlgError:
            return f, g
        for shorter in (1.0, 0.5, 0.1, 0.01):
            f_2, g_2 = f + shorter * step[:n], g + shorter * np.append(step[n:], 0.0)
            nearer, *rest = off(f_2, g_2)
            if nearer < far:
                break
        else:
            return f, g
        f, g, far, (plan, r, s) = f_2, g_2, nearer, rest
        if far == 0.0:
            break
    return f, g
