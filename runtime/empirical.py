"""Distributions given by points and their weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from .call import DomainError, ShapeError

Array = np.ndarray[Any, np.dtype[np.float64]]


class Empirical:
    """A distribution of finitely many points.

    ``points`` are numbers ``(n,)`` or vectors ``(n, d)``; ``weights`` ``(n,)`` are not negative and sum to 1,
    equal ones where they are not given.  Raises ``ShapeError`` and ``DomainError``, which name what is wrong.
    """

    __slots__ = ("points", "weights")

    def __init__(self, points: Any, weights: Any = None) -> None:
        self.points = checked_points(points, "points")
        self.weights = None if weights is None else checked_weights(weights, len(self.points), "weights")

    @property
    def size(self) -> int:
        return len(self.points)

    @property
    def masses(self) -> Array:
        """The weights, also where all are equal."""
        return np.full(self.size, 1.0 / self.size) if self.weights is None else self.weights

    def __repr__(self) -> str:
        shape = ", ".join(map(str, self.points.shape))
        return f"Empirical(points: ({shape}), weights: {'equal' if self.weights is None else 'given'})"


def empirical(x: Any, name: str) -> Empirical:
    """A distribution from what a caller gives for ``name``: an ``Empirical``, or points of equal weights."""
    if isinstance(x, Empirical):
        return x
    found = Empirical.__new__(Empirical)
    found.points, found.weights = checked_points(x, name), None
    return found


def checked_points(points: Any, name: str) -> Array:
    """Points as a float array ``(n,)`` or ``(n, d)``, float32 widened."""
    x = np.asarray(points)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{name}: expected real numbers, found dtype {x.dtype}")
    if x.ndim not in (1, 2):
        raise ShapeError(f"{name}: points are numbers (n,) or vectors (n, d), shape {x.shape} was given")
    if not x.shape[0]:
        raise DomainError(f"{name}: there are no points, so this is no distribution")
    x = np.ascontiguousarray(x, np.float64)
    if not np.isfinite(x).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise DomainError(f"{name}: point {at[0]} is {x[at]}; points must be finite")
    return x


def checked_weights(weights: Any, count: int, name: str) -> Array:
    """Weights that sum to 1 as closely as their format allows, as float64 that were divided by their sum.

    Error:  a sum of n weights that were divided by their own sum is 1 to within n roundings each way, and a
            difference beyond that is not a matter of rounding
    """
    given = np.asarray(weights)
    if given.dtype.kind not in "biuf" or given.shape != (count,):
        raise ShapeError(f"{name}: {count} points need weights of shape ({count},), shape {given.shape} was given")
    eps = float(np.finfo(given.dtype).eps) if given.dtype.kind == "f" else float(np.finfo(np.float64).eps)
    w = np.ascontiguousarray(given, np.float64)
    if not np.isfinite(w).all():
        k = int(np.argmin(np.isfinite(w)))
        raise DomainError(f"{name}: weight {k} is {w[k]}")
    if (w < 0).any():
        k = int(np.argmin(w))
        raise DomainError(f"{name}: weight {k} is {w[k]}; weights must not be negative")
    total = float(w.sum())
    if abs(total - 1.0) > (count + 4) * eps:
        cure = f"; divide them by it: {name} / {name}.sum()" if total > 0 else ""
        raise DomainError(f"{name}: the weights sum to {total!r}, not to 1{cure}")
    return w / total
