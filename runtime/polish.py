"""The last steps of a search: Newton's on what is free, a pattern search where a function has kinks.

A Newton step is for the place, which a descent along values finds to half the digits only, and for an estimate of
what is left to gain.  Its matrix is made of differences of exact gradients: how good it is decides how fast the steps
go, not where they end.
"""

from __future__ import annotations

import numpy as np

from .descent import Found, Places, Problem, Truth, descent, slack
from .empirical import Array

#: Unknowns up to which a matrix of second derivatives is made, and steps with it.
MOST, STEPS = 80, 6
#: An unknown this close to an end or to zero, as a part of its size, is tried there: a descent along values finds
#: places to half of the digits, and none of them near an end is better than the end by more than rounding.
TOUCHING = 1e-9
#: Numbers of a simplex below this are tried as zero: they came as squares, which hardly move there.
VANISHED = 1e-11
#: Relative gains above which a descent is followed again, and a function is taken to have kinks.
ENDED, KINKED = 1e-12, 1e-10
#: Steps of differences of gradients, as a part of the point: about the cube root of eps, where these err least.
SPACING = 1e-5
#: How much shorter the steps are that tell a kink from a curve.
CLOSER = 1e-3
#: Curvatures below these parts of the largest one: negative ones that make a saddle, and those that differences
#: of that spacing do not tell from none.
SADDLE, FLAT = 1e-4, 1e-9
#: A gradient against an end below this part of the largest one is rounding.
PRESSING = 1e-9
#: Rounds of a pattern search; sizes of its steps.
ROUNDS = 60
SIZES = 10.0 ** -np.arange(0.0, 11.0, 0.5)


def polished(p: Problem, found: Found) -> Found:
    """A point near by that is as good or better, and an estimate of what is still to gain."""
    found = _snapped(p, found)
    gain, _ = left(p, found)
    if not gain <= ENDED * abs(found.value):
        found = _snapped(p, descent(p, found.point))
    found = newton(p, found)
    if found.gain > KINKED * abs(found.value):
        pattern = newton(p, _pattern(p, found))
        if pattern.value < found.value - slack(found.value) or pattern.gain < found.gain:
            found = pattern
    return found


def _snapped(p: Problem, found: Found) -> Found:
    """The point with unknowns at an end that they nearly reach, where that costs nothing."""
    room, x = p.room, found.point.copy()
    near = TOUCHING * np.maximum(1.0, np.abs(x))
    x = np.where(x - room.lo < near, room.lo, np.where(room.hi - x < near, room.hi, x))
    inside = room.inside()
    x = np.where(np.abs(x) < TOUCHING * np.abs(x).max(initial=0.0), room.clipped(np.zeros(room.size)), x)
    x = room.clipped(np.where(inside & (found.point < VANISHED), 0.0, np.where(inside, found.point, x)))
    y = float(p.values(x[None])[0])
    return Found(x, y) if y <= found.value + slack(found.value) else found


def reduced(p: Problem, x: Array, g: Array) -> tuple[Array, Truth]:
    """The gradient along what may move, and which unknowns are free to move both ways."""
    room, inside = p.room, p.room.inside()
    free = np.where(inside, x > 0, (x > room.lo) & (x < room.hi))
    out = np.where(inside | free, g, np.where(x <= room.lo, np.minimum(g, 0.0), np.maximum(g, 0.0)))
    for s in room.simplexes:
        mean = float(np.sum(np.where(x[s] > 0, x[s] * g[s], 0.0)))
        out[s] = np.where(x[s] > 0, g[s] - mean, np.minimum(g[s] - mean, 0.0))
    return out, free


def left(p: Problem, found: Found) -> tuple[float, Array]:
    """Roughly what is left to gain along the gradient: its square over the curvature there; and the gradient."""
    x = found.point
    g = p.slope(x)[1]
    r, free = reduced(p, x, g)
    size = float(np.abs(r).max(initial=0.0))
    if size == 0.0:
        return 0.0, r
    if not np.isfinite(size) or (r[~free] != 0).any():
        return np.inf, r
    room = np.where(r > 0, x - p.room.lo, p.room.hi - x)
    with np.errstate(divide="ignore", invalid="ignore"):
        most = float(np.min(np.where(r != 0, room / np.abs(r), np.inf)))
    t = min(SPACING * (1.0 + float(np.abs(x).max())) / size, most)
    beyond = p.slope(p.room.clipped(x - t * r))[1]
    bend = float(r @ (g - beyond)) / t
    square = float(r @ r)
    return (square**2 / (2 * bend) if bend > 0 else np.inf), r


def newton(p: Problem, found: Found) -> Found:
    """Newton steps among the free unknowns, while the gradient gets smaller; ``gain`` is what one more would give."""
    x, value = found.point, found.value
    if p.room.size > MOST:
        return Found(x, value, left(p, found)[0])
    gain = np.inf
    g = p.slope(x)[1]
    r, free = reduced(p, x, g)
    for _ in range(STEPS):
        gain, step = _step(p, x, g, r, free)
        if not np.isfinite(gain) or step is None:
            break
        moving = step != 0
        tried = x + step
        if ((tried < p.room.lo) | (tried > p.room.hi)).any():
            break
        y, slopes = p.slopes(tried[None])
        r_2, free_2 = reduced(p, tried, slopes[0])
        shrinks = np.abs(r_2[moving]).max(initial=0.0) < np.abs(r[moving]).max(initial=0.0)
        if not (shrinks and y[0] <= value + slack(value)):
            break
        x, value, g, r, free = tried, float(p.values(tried[None])[0]), slopes[0], r_2, free_2
        if not r.any():
            return Found(x, value, 0.0)
    return Found(x, value, gain)


def _step(p: Problem, x: Array, g: Array, r: Array, free: Truth) -> tuple[float, Array | None]:
    """What a Newton step would gain, and the step; nothing is known to be gained at a saddle or an open bound."""
    if (np.abs(r[~free]) > PRESSING * (1 + np.abs(g).max())).any():
        return np.inf, None
    at = np.flatnonzero(free)
    if not len(at) or not r.any():
        return 0.0, None
    h = SPACING * (1.0 + np.abs(x[at]))
    h = np.minimum(h, 0.5 * np.minimum(x[at] - p.room.lo[at], p.room.hi[at] - x[at]))
    moves = np.zeros((len(at), p.room.size))
    moves[np.arange(len(at)), at] = h
    up, down = (p.slopes_of(x + sign * moves)[1][:, at] for sign in (1, -1))
    bend = (up - down) / (2 * h[:, None])
    if not np.isfinite(bend).all():
        return np.inf, None
    held = _kinks(p, x, at, h, up, down)
    open_ones = ~held
    if not open_ones.any():
        return 0.0, None
    bend = (bend + bend.T)[np.ix_(open_ones, open_ones)] / 2
    slope, at = g[at][open_ones], at[open_ones]
    ones = np.array([[float(s.start <= k < s.stop) for k in at] for s in p.room.simplexes]).reshape(-1, len(at))
    base = _kernel(ones)
    if not base.shape[1]:
        return 0.0, None
    small = base.T @ bend @ base
    values, vectors = np.linalg.eigh(small)
    scale = max(float(np.abs(values).max()), 1e-300)
    along = vectors.T @ (base.T @ slope)
    if values.min() < -SADDLE * scale:
        return np.inf, None
    sure = values > FLAT * scale
    step = np.where(sure, -along / np.where(sure, values, 1.0), 0.0)
    rest = float(np.abs(along[~sure]).max(initial=0.0)) * (1.0 + float(np.abs(x).max()))
    gain = float(np.sum(along[sure] ** 2 / values[sure]) / 2)
    gain += rest if rest > PRESSING * float(np.abs(g).max()) else 0.0
    out = np.zeros(p.room.size)
    out[at] = base @ (vectors @ step)
    return gain, out


def _kernel(rows: Array) -> Array:
    """An orthonormal base of what keeps the sums of rows."""
    if not len(rows):
        return np.eye(rows.shape[1])
    _, s, v = np.linalg.svd(rows)
    return np.asarray(v[int((s > 1e-12).sum()) :].T)


def _kinks(p: Problem, x: Array, at: Places, h: Array, up: Array, down: Array) -> Truth:
    """Unknowns at a kink: the slope jumps from falling to rising, by as much over a shorter way."""
    k = np.arange(len(at))
    after, before = up[k, k], down[k, k]
    held = (before < 0) & (after > 0)
    if not held.any():
        return held
    moves = np.zeros((len(at), p.room.size))
    moves[k, at] = h * CLOSER
    closer, nearer = (p.slopes_of(x + sign * moves)[1][k, at[k]] for sign in (1, -1))
    return np.asarray(held & (closer - nearer > 0.5 * (after - before)))


def _pattern(p: Problem, found: Found) -> Found:
    """Better points along single unknowns and in random directions, at every size of step; zeros are tried too."""
    rng = np.random.default_rng(5)
    n = p.room.size
    if n > 10 * MOST:
        return found
    x, value = found.point, found.value
    for _ in range(ROUNDS):
        d = np.concatenate([np.eye(n)[rng.permutation(n)[:64]], rng.normal(size=(32, n))])
        inside = p.room.inside()
        for s in p.room.simplexes:
            d[:, s] -= d[:, s].mean(axis=1, keepdims=True)
        scale = 1.0 + float(np.abs(x).max())
        points = (x + (np.concatenate([d, -d])[:, None] * SIZES[:, None] * scale)).reshape(-1, n)
        zeros = np.where(np.eye(n, dtype=bool) & ~inside, 0.0, x)
        whole = np.where(~inside & (np.abs(x) < SPACING * scale), 0.0, x)
        points = p.room.clipped(np.concatenate([points, zeros, whole[None]]))
        y = np.nan_to_num(p.values_of(points), nan=np.inf)
        k = int(y.argmin())
        if not y[k] < value - slack(value):
            break
        x, value = points[k], float(y[k])
    return Found(x, value)
