"""Largest and smallest values of a function of one number over an interval, searched for at every call.

The function is evaluated on a grid that is finer towards the ends and towards zero, at every scale; about the best
places the grid is refined until floats end.  A second search with other points follows: a warning says where it finds
something better.  Nothing of this is a proof.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .call import DomainError
from .empirical import Array
from .quadrature import adapted, end

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: Points of the two grids, and about how many places each is refined.
GRIDS, PLACES = (4001, 3167), 24
#: Points of a refinement, and how often: each round divides the distance of neighbours by half as many.
FINE, ROUNDS = 33, 14
#: A value so many times beyond the grid's own is no maximum, but a pole between its points.
POLE = 1e6
EPS = 2.0**-52
#: Values closer than this part of all that the function takes may be one: their places count as equally good.
NEAR = 1e-13


class OptimumWarning(UserWarning):
    """A search found more than one answer, or had to be told twice."""


def search(
    f: Callable[[Array], Array], a: float, b: float, name: str
) -> tuple[float, float, float, float, tuple[float, ...]]:
    """The largest value, its place, how far each may be off as far as a search can tell, and other places as good.

    Raises ``DomainError`` for an interval that is empty or infinite, where the function is undefined inside, and where
    it has no upper bound.
    """
    if not (np.isfinite(a) and np.isfinite(b)) or a > b:
        raise DomainError(f"{name}: the search runs from {a:g} to {b:g}, which is no interval with two ends")
    found = [_once(f, a, b, n, name) for n in GRIDS]
    (x, y, width, others, near), (x_2, y_2, _, _, _) = found
    slack = 16 * EPS * max(abs(y), abs(y_2))
    if abs(y - y_2) > max(slack, 1e-9 * max(abs(y), abs(y_2))):
        warnings.warn(f"{name}: two searches found {y!r} and {y_2!r}: there may be better places still", OptimumWarning,
                      stacklevel=2)
    if y_2 > y + slack:
        x, y = x_2, y_2
    if others:
        warnings.warn(f"{name}: the best value is reached at several places; the first is {x!r}", OptimumWarning,
                      stacklevel=2)
    return y, x, abs(y - y_2) + 4 * EPS * abs(y), width, near


def grid(a: float, b: float, count: int) -> Array:
    """Points of an interval: even ones, and ones at every scale about the ends and about zero."""
    width = b - a
    u = (np.arange(count) + 0.5) / count
    scales = width * 2.0 ** -np.linspace(1, 60, 3 * 60 if count % 2 else 200)
    near = [a + scales, b - scales] + [c for c in (scales, -scales) if a < 0 < b]
    return np.unique(np.clip(np.concatenate([[a, b], a + width * u, *near]), a, b))


def _once(
    f: Callable[[Array], Array], a: float, b: float, count: int, name: str
) -> tuple[float, float, float, bool, tuple[float, ...]]:
    x = grid(a, b, count)
    y = _values(f, x, name)
    first = float(y.max())
    if first == float(y.min()) and a < b:
        warnings.warn(f"{name}: the value is {first!r} at all {len(x)} points of the search: it is constant, or has a "
                      "narrow peak between them", OptimumWarning, stacklevel=2)
        return float(x[0]), first, b - a, False, (float(x[-1]),)
    padded = np.concatenate([[-np.inf], y, [-np.inf]])
    tops = np.flatnonzero((y >= padded[:-2]) & (y >= padded[2:]))
    tops = tops[np.argsort(-y[tops], kind="stable")][:PLACES]
    lo, hi = x[np.maximum(tops - 1, 0)], x[np.minimum(tops + 1, len(x) - 1)]
    best_x, best_y = x[tops].copy(), y[tops].copy()
    width = np.zeros(len(tops))
    steps = np.linspace(0.0, 1.0, FINE)
    for _ in range(ROUNDS):
        points = np.clip(lo[:, None] + (hi - lo)[:, None] * steps, a, b)
        values = _values(f, points.ravel(), name).reshape(points.shape)
        k = values.argmax(axis=1)
        rows = np.arange(len(tops))
        better = values[rows, k] > best_y
        best_x, best_y = np.where(better, points[rows, k], best_x), np.where(better, values[rows, k], best_y)
        flat = values >= (best_y - 4 * EPS * np.abs(best_y))[:, None]
        width = np.maximum(width, np.where(flat, np.abs(points - best_x[:, None]), 0.0).max(axis=1))
        at = np.abs(points - best_x[:, None]).argmin(axis=1)
        lo, hi = points[rows, np.maximum(at - 1, 0)], points[rows, np.minimum(at + 1, FINE - 1)]
    top = int(best_y.argmax())
    if best_y[top] > first + POLE * max(abs(first), abs(float(y.min())), 1e-300):
        raise DomainError(f"{name}: the values grow without end near {float(best_x[top])!r}")
    ties = best_y >= best_y[top] - 8 * EPS * abs(best_y[top])
    places = best_x[ties]
    apart = bool((np.abs(places - places.min()) > max(width[ties].max(), (b - a) / count) * 2).any())
    close = best_y >= best_y[top] - max(8 * EPS * abs(best_y[top]), NEAR * (first - float(y.min())))
    near = tuple(float(z) for z in best_x[close] if abs(z - best_x[top]) > (b - a) / count)
    chosen = int(np.flatnonzero(ties)[places.argmin()])
    for at, value in ((a, y[0]), (b, y[-1])):  # an end as good as what is beside it is meant
        if value >= best_y[top] and not apart:
            return float(at), float(best_y[top]), float(width[chosen]), apart, near
    return float(best_x[chosen]), float(best_y[top]), float(width[chosen]), apart, near


def _values(f: Callable[[Array], Array], x: Array, name: str) -> Array:
    with np.errstate(all="ignore"):
        y = np.asarray(f(x), np.float64)
    y = np.broadcast_to(y, x.shape)
    if np.isnan(y).any():
        raise DomainError(f"{name}: the function is undefined at {float(x[np.isnan(y)][0])!r}, inside of the interval")
    if (y == np.inf).any():
        raise DomainError(f"{name}: the values grow without end near {float(x[y == np.inf][0])!r}")
    return y


def interval(
    kernel: Kernel, c: Computation, values: Mapping[str, Any]
) -> tuple[float, float, float, float, tuple[float, ...]]:
    """The best value of a function behind a kernel, its place, how far each may be off, and places as good."""
    sign = 1.0 if c.kind.endswith("maximum") else -1.0
    inner = kernel.behind(c.value)
    own = {*c.inner.call_order, *(p.name for p in c.inner.inputs)}
    others = {n: adapted(v) for n, v in values.items() if n in own}
    a, b = (float(end(kernel, c, 0, side, values, (), ())[0, 0]) for side in (0, 1))

    def f(x: Array) -> Array:
        given: dict[str, Any] = {**others, c.variables[0]: x}
        return sign * np.asarray(inner(**given), np.float64)

    y, x, error, width, near = search(f, a, b, kernel.name)
    return sign * y, x, error, width, near
