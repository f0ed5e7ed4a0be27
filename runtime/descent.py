"""Smallest values of smooth functions over boxes, simplexes and all numbers, from several starts.

Each start is followed by L-BFGS-B along exact gradients, a simplex as squares of free numbers over their sum
(Hadamard's parametrisation), so that vertices and inner points are reached alike.  What is best is refined by
`polish`; far points in many directions tell a function that falls without end.  The starts are two sets with seeds of
their own: where the second finds something better, that is told.  Nothing of this is a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .call import DomainError
from .empirical import Array

#: Random points that are tried for each set of starts, and how many of the best are followed; by how many unknowns.
TRIED, FOLLOWED = ((6, 1024), (60, 256), (10**9, 16)), ((60, 3), (1000, 2), (10**9, 1))
#: Sizes of starts where there are no ends.
SCALES = (1.0, 0.1, 10.0, 100.0)
#: Steps of one descent, and how often a descent starts anew with what it found.
STEPS, AGAIN = 600, 3
#: Values beyond this are no numbers to descend along; a value below its negative falls without end.
HUGE = 1e290
#: How far points may grow until a function that still falls is called unbounded.
FAR = 1e12
EPS = 2.0**-52
#: Relative gains, and parts of the values met on the way (what rounding leaves of a value near zero), from which a
#: search has not converged; and relative distances of values that count as equally good.
GAIN, OF_SIZE, AS_GOOD = 1e-9, 1e-13, 1e-10
#: How far places lie apart that are two, as a part of their size.
APART = 1e-4
#: A place is only approached where one this many times as far away is as good.
APPROACHED = 1e6
#: Slopes beyond this are cut: their squares would leave the floats inside of the optimizer.
STEEP = 1e150

Truth = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.intp]]
Values = Callable[[Array], Array]
Slopes = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class Room:
    """Where unknowns lie: each between its ends, those of a simplex not negative and of sum 1."""

    lo: Array
    hi: Array
    simplexes: tuple[slice, ...] = ()

    @property
    def size(self) -> int:
        return len(self.lo)

    def clipped(self, x: Array) -> Array:
        """Points of the room near by: between the ends, on the simplex."""
        out: Array = np.clip(x, self.lo, self.hi)
        for s in self.simplexes:
            total = out[..., s].sum(axis=-1, keepdims=True)
            out[..., s] = np.where(total > 0, out[..., s] / np.where(total > 0, total, 1.0), 1.0 / (s.stop - s.start))
        return out

    def inside(self) -> Truth:
        """Which unknowns belong to a simplex."""
        out = np.zeros(self.size, bool)
        for s in self.simplexes:
            out[s] = True
        return out

    def drawn(self, rng: np.random.Generator, count: int) -> Array:
        """Random points: even between two ends, of several sizes where there is no end."""
        lo, hi = self.lo, self.hi
        bounded = np.isfinite(lo) & np.isfinite(hi)
        sizes = np.resize(SCALES, count)[:, None]
        free = sizes * rng.normal(size=(count, self.size))
        with np.errstate(invalid="ignore", over="ignore"):
            even = np.where(bounded, lo, 0.0) + rng.random((count, self.size)) * np.where(bounded, hi - lo, 0.0)
        half = np.where(np.isfinite(lo), np.where(np.isfinite(lo), lo, 0.0) + np.abs(free),
                        np.where(np.isfinite(hi), hi, 0.0) - np.abs(free))
        x = np.where(bounded, even, np.where(np.isfinite(lo) | np.isfinite(hi), half, free))
        for s in self.simplexes:
            x[:, s] = rng.dirichlet(np.ones(s.stop - s.start), size=count)
        return x

    def middle(self) -> Array:
        """A point that every search starts from."""
        with np.errstate(invalid="ignore"):
            x = np.where(np.isfinite(self.lo) & np.isfinite(self.hi), (self.lo + self.hi) / 2, 0.0)
        return self.clipped(x + np.where(np.isfinite(self.lo) ^ np.isfinite(self.hi),
                                         np.where(np.isfinite(self.lo), self.lo + 1.0, self.hi - 1.0), 0.0))


@dataclass(slots=True)
class Found:
    """What a search reached: the point, its value, by how much it may be above the least one, and other best places."""

    point: Array
    value: float
    gain: float = np.inf
    places: list[Array] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Problem:
    """A function over a room: ``values`` at points ``(k, n)``, and ``slopes``, which gives its gradients besides.

    Raises ``DomainError`` where the function is undefined, or falls without end at a point.
    """

    name: str
    room: Room
    values_of: Values
    slopes_of: Slopes
    slope_of: Callable[[Array], tuple[float, Array]]
    shown: Callable[[Array], str]

    def values(self, x: Array) -> Array:
        return self._checked(x, self.values_of(x))

    def slopes(self, x: Array) -> tuple[Array, Array]:
        y, g = self.slopes_of(x)
        return self._checked(x, y), g

    def slope(self, x: Array) -> tuple[float, Array]:
        """The value and the gradient at one point."""
        y, g = self.slope_of(x)
        if not -HUGE <= y:
            self._checked(x[None], np.array([y]))
        return y, g

    def _checked(self, x: Array, y: Array) -> Array:
        if np.isnan(y).any():
            raise DomainError(f"{self.name}: the function is undefined at {self.shown(x[np.isnan(y)][0])}, inside of "
                              "what is searched; write a smaller set")
        if (y < -HUGE).any():
            raise self.endless(x[y < -HUGE][0])
        return y

    def endless(self, at: Array) -> DomainError:
        return DomainError(f"{self.name}: the values go on without end, e.g. near {self.shown(at)}: there is no best "
                           "one")


def least(p: Problem) -> Found:
    """The least value of a function over a room that a search finds, and the point where it is reached."""
    from .polish import polished

    _refuse_endless(p)
    sets = [_best(p, seed) for seed in (1, 2)]
    found = [polished(p, f[0]) for f in sets]
    best, other = found if found[0].value <= found[1].value + slack(found[0].value) else found[::-1]
    ends = [end for f in sets for end in f]
    start = float(p.values(p.room.middle()[None])[0])
    size = max(abs(best.value), *(abs(v - best.value) for v in (start, *(e.value for e in ends)) if v < HUGE))
    best = _far(p, best, size)
    some = max(GAIN * abs(best.value), OF_SIZE * size)
    if not best.gain <= some:
        best.remarks.append("not converged")
    if other.value > best.value + some:
        best.remarks.append("two searches")
    for e in (other, *ends):
        if e.value <= best.value + max(AS_GOOD * abs(best.value), OF_SIZE * size) and all(
                np.abs(e.point - x).max(initial=0.0) > APART * (1 + np.abs(x).max(initial=0.0))
                for x in (best.point, *best.places)):
            best.places.append(e.point)
    return best


def slack(value: float) -> float:
    """What rounding may change of a value."""
    return 16 * EPS * abs(value)


def _pick(table: tuple[tuple[int, int], ...], n: int) -> int:
    return next(v for most, v in table if n <= most)


def _best(p: Problem, seed: int) -> list[Found]:
    """The ends of the descents of one set of starts, the best first."""
    rng = np.random.default_rng(seed)
    n = p.room.size
    tried = np.concatenate([p.room.middle()[None], p.room.drawn(rng, _pick(TRIED, n))])
    y = p.values(tried)
    order = [0, *(k for k in np.argsort(y, kind="stable") if k)][: 1 + _pick(FOLLOWED, n)]
    if seed == 2:  # a set of its own: the middle belongs to the first
        order = order[1:]
    ends = [descent(p, tried[k]) for k in order if np.isfinite(y[k])]
    if not ends:
        raise DomainError(f"{p.name}: the function is infinite at all {len(tried)} points of the search")
    return sorted(ends, key=lambda f: f.value)


def descent(p: Problem, start: Array) -> Found:
    """The end of a descent from a point, followed again until nothing is gained."""
    x, best = start, np.inf
    for _ in range(AGAIN):
        end = _once(p, x)
        y = float(p.values(end[None])[0])
        if not y < best - slack(best) if np.isfinite(best) else False:
            return Found(end, y) if y <= best else Found(x, best)
        x, best = end, y
    return Found(x, best)


def _once(p: Problem, start: Array) -> Array:
    from scipy.optimize import minimize

    room = p.room
    z = start.copy()
    for s in room.simplexes:
        z[s] = np.sqrt(np.maximum(start[s], 0.0))
    reached: list[Any] = [np.inf, start]
    away = FAR**2 * (1.0 + float(np.abs(start).max(initial=0.0)))

    def place(z: Array) -> Array:
        x = z.copy()
        for s in room.simplexes:
            square = z[s] ** 2
            x[s] = square / square.sum()
        return x

    def f(z: Array) -> tuple[float, Array]:
        if not np.isfinite(z).all():
            return HUGE, np.zeros(room.size)  # a step that left the floats
        x = place(z)
        y, slope = p.slope(x)
        value = min(y, HUGE)
        for s in room.simplexes:
            mean = float(np.sum(np.where(x[s] > 0, x[s] * slope[s], 0.0)))
            with np.errstate(invalid="ignore"):
                slope[s] = np.where(z[s] == 0, 0.0, 2 * z[s] * (slope[s] - mean) / np.sum(z[s] ** 2))
        if y < reached[0]:
            if np.abs(x).max(initial=0.0) > away:
                raise p.endless(x)
            reached[:] = [y, x]
        return value, np.clip(np.nan_to_num(slope, nan=0.0, posinf=STEEP, neginf=-STEEP), -STEEP, STEEP)

    inside = room.inside()
    bounds = list(zip(np.where(inside, -np.inf, room.lo), np.where(inside, np.inf, room.hi), strict=True))
    with np.errstate(all="ignore"):
        # No tolerance: a descent ends where rounding leaves nothing to gain.
        options: Any = {"maxiter": STEPS, "maxfun": 3 * STEPS, "maxcor": 10, "ftol": 0.0, "gtol": 0.0, "maxls": 40}
        minimize(f, z, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(reached[1], np.float64)


def _ways(p: Problem, x: Array) -> Array:
    """Directions to look far along: of single unknowns, down the gradient, away from the middle, and any."""
    n = p.room.size
    down = np.nan_to_num(-p.slope(x)[1])[None]
    ways = [np.random.default_rng(3).normal(size=(16, n)), x[None] - p.room.middle(), down]
    d = np.concatenate([*ways, np.eye(n)] if n <= 64 else ways)
    length = np.abs(d).max(axis=1, initial=0.0)
    d = d[length > 0] / length[length > 0, None]
    return np.concatenate([d, -d])


def _refuse_endless(p: Problem) -> None:
    """A function that falls by more than any scale along a ray is told at once."""
    room = p.room
    if np.isfinite(room.lo).all() and np.isfinite(room.hi).all():
        return
    x = room.middle()
    start = float(p.values(x[None])[0])
    far = np.array([1e20, 1e30])
    points = room.clipped(x + _ways(p, x)[:, None] * far[:, None])
    y = np.nan_to_num(p.values_of(points.reshape(-1, room.size)), nan=np.inf).reshape(-1, 2)
    falls = (y[:, 1] / 2 < y[:, 0]) & (y[:, 0] < -FAR * (1.0 + abs(start)))
    if falls.any():
        raise p.endless(points[falls][0, 0])


def _far(p: Problem, best: Found, size: float) -> Found:
    """The search after a look at far points: better ones are followed, and what falls on and on is an error."""
    from .polish import polished

    room = p.room
    if np.isfinite(room.lo).all() and np.isfinite(room.hi).all():
        return best
    for _ in range(3):
        x = best.point
        far = 10.0 ** np.arange(-2, 16) * (1.0 + np.abs(x).max())
        points = room.clipped((x + _ways(p, x)[:, None] * far[:, None]).reshape(-1, room.size))
        y = np.nan_to_num(p.values_of(points), nan=np.inf)  # where the function ends, it does not go on
        if (y < -HUGE).any():
            raise p.endless(points[y < -HUGE][0])
        k = int(y.argmin())
        if not y[k] < best.value - max(GAIN * abs(best.value), OF_SIZE * size):
            distant = np.abs(points).max(axis=1) > APPROACHED * (1 + np.abs(x).max())
            flat = (y <= best.value + OF_SIZE * size) & distant
            if np.abs(x).max() > APPROACHED or flat.any():
                best.remarks.append("approached")
            return best
        if np.abs(points[k]).max() > FAR * (1.0 + abs(float(np.abs(x).max()))) and y[k] < -abs(best.value):
            raise p.endless(points[k])
        best = polished(p, descent(p, points[k]))
    raise p.endless(best.point)
