"""Where an integrand has its mass: centres, and how far to go from each.

About every centre |f| times the distance is probed at distances from the smallest to the largest float;
what exceeds a tiny part of the largest value found belongs to the range that is covered with panels.
Centres are the ends, zero, and places that the parameters suggest (their values, sums, differences and
quotients), or that a distribution among the arguments knows of itself (its quantiles and support).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from .panels import EPS, Array, Integrand, Rays

#: Parts of the largest value below which a distance does not matter.
NEGLIGIBLE = 1e-17
#: Parameters whose sums and quotients are looked at, and centres that are kept of an integral.
FEW, KEPT = 6, 6
#: Places at which an integrand is looked at first, and how many of the highest are kept.
SCANNED, HIGHEST = 1024, 2
#: Integrals at once from which on fewer places are looked at: an integrand is then inside of another.
MANY = 200
#: Probabilities at whose quantiles a distribution is looked at.
QUANTILES = (0.0, 1e-13, 1e-6, 1e-3, 0.25, 0.5, 0.75, 1 - 1e-3, 1 - 1e-6, 1 - 1e-13, 1.0)
#: Logarithms of the distances that are probed at first, and their spacing.
SMALLEST, LARGEST, SPACING = -690.0, 690.0, 4.6
#: Parts of a centre's own size below which distances from it are rounded, at all or too much beside a singularity.
ROUNDED, ROUGH = 8 * EPS, 1e-10


def hints(arrays: Mapping[str, Array], others: Mapping[str, Any], count: int) -> Array:
    """Places at which integrands may change fast: ``(integrals, places)``, NaN for none."""
    columns = [a.reshape(count, -1)[:, :FEW].astype(np.float64) for a in arrays.values()]
    given = np.concatenate(columns, axis=1)[:, :FEW] if columns else np.empty((count, 0))
    found = [given, -given]
    n = given.shape[1] if count <= MANY else 0
    with np.errstate(all="ignore"):
        for i in range(n):
            for j in range(n):
                if i != j:
                    found += [given[:, [i]] - given[:, [j]], given[:, [i]] / given[:, [j]]]
                if i < j:
                    found.append(given[:, [i]] + given[:, [j]])
    known = [q for v in others.values() for q in quantiles(v)]
    found.append(np.broadcast_to(np.array(known, np.float64), (count, len(known))))
    return np.concatenate(found, axis=1)


def quantiles(law: Any) -> list[float]:
    """Places that a distribution knows of itself."""
    ppf = getattr(law, "ppf", None)
    if not callable(ppf):
        return []
    with np.errstate(all="ignore"):
        found = np.asarray(ppf(np.array(QUANTILES)), np.float64).ravel()
    return [float(x) for x in found if np.isfinite(x)]


def peaks(f: Integrand, lo: Array, hi: Array) -> Array:
    """Places where an integrand is largest among many: ``(integrals, HIGHEST)``."""
    u = (np.arange(SCANNED) + 0.5) / SCANNED
    far = 10.0 ** (24 * u - 12)
    places = np.empty((len(lo), SCANNED))
    for j, (a, b) in enumerate(zip(lo, hi, strict=True)):
        if np.isfinite(a) and np.isfinite(b):
            places[j] = a + (b - a) * u
        elif np.isfinite(a) or np.isfinite(b):
            places[j] = a + far if np.isfinite(a) else b - far
        else:
            places[j] = np.concatenate([-far[::-2], far[::2]])
    with np.errstate(all="ignore"):
        owner = np.repeat(np.arange(len(lo)), SCANNED)
        height = np.nan_to_num(np.abs(f(places.ravel(), owner)).max(axis=1), posinf=0.0).reshape(places.shape)
    found = np.full((len(lo), HIGHEST), np.nan)
    for j in range(len(lo)):
        for k in range(HIGHEST):
            i = int(np.argmax(height[j]))
            if height[j, i] <= 0:
                break
            found[j, k] = places[j, i]
            height[j, max(0, i - 8) : i + 9] = 0
    return found


def centres(f: Integrand, lo: Array, hi: Array, hinted: Array) -> Array:
    """Places inside of the ranges from which to look, sorted: ``(integrals, places)``, NaN behind the last."""
    count = len(lo)
    zero = np.zeros((count, 1))
    places = np.concatenate([zero, hinted], axis=1)
    with np.errstate(invalid="ignore"):
        places = np.where((places > lo[:, None]) & (places < hi[:, None]), places, np.nan)
    height = np.zeros(places.shape)
    inside = ~np.isnan(places)
    if inside.any():
        owner = np.nonzero(inside)[0]
        with np.errstate(all="ignore"):
            height[inside] = np.nan_to_num(np.abs(f(places[inside], owner)).max(axis=1), nan=np.inf)
    bounded = np.isfinite(lo) & np.isfinite(hi)
    height[:, 0] = np.where(bounded, height[:, 0], np.inf)  # a range without end is looked at from zero
    height[~inside] = -1
    best = np.argsort(-height, axis=1, kind="stable")[:, : KEPT if count <= MANY else 2]
    kept = np.sort(np.take_along_axis(np.where(inside, places, np.nan), best, axis=1), axis=1)
    with np.errstate(invalid="ignore"):
        again = np.zeros(kept.shape, bool)
        again[:, 1:] = np.diff(kept, axis=1) <= ROUNDED * np.abs(kept[:, 1:])
    return np.sort(np.where(again, np.nan, kept), axis=1)


def cut(f: Integrand, lo: Array, hi: Array, at: Array, ratio: float, meet: float) -> Rays:
    """Rays from every centre and finite end; neighbours meet at the part ``meet`` of the way between them."""
    starts: list[tuple[int, float, float, float]] = []
    for j in range(len(lo)):
        inside = [float(x) for x in at[j] if x == x]
        stops = [x for x in (float(lo[j]), *inside, float(hi[j])) if np.isfinite(x)]
        if not stops:
            stops = [0.0]
        if not np.isfinite(lo[j]):
            starts.append((j, stops[0], -1.0, np.inf))
        for p, q in pairwise(stops):
            starts += [(j, p, 1.0, (q - p) * meet), (j, q, -1.0, (q - p) * (1 - meet))]
        if not np.isfinite(hi[j]):
            starts.append((j, stops[-1], 1.0, np.inf))
    owner, centre, sign, reach = (np.array(x) for x in zip(*starts, strict=True))
    return ranged(f, owner, centre, sign, reach, len(lo), ratio)


def ranged(
    f: Integrand, owner: Array, centre: Array, sign: Array, reach: Array, count: int, ratio: float
) -> Rays:
    """Rays over the distances that matter."""
    block = float(np.log(ratio))
    grid = np.arange(SMALLEST, LARGEST + SPACING, SPACING)
    with np.errstate(all="ignore"):
        top = np.clip(np.log(reach), SMALLEST + 3 * block, LARGEST)
        floor = np.where(centre == 0, SMALLEST, np.log(np.abs(centre) * ROUNDED))
    rough = np.flatnonzero((centre != 0) & (np.log(ROUGH) + np.log(np.abs(centre) + (centre == 0)) < top - 3 * block))
    if len(rough):
        floor[rough] += np.log(ROUGH / ROUNDED) * _is_singular(f, owner[rough], centre[rough], sign[rough])
    floor = np.minimum(floor, top - 3 * block)
    known = (grid <= top[:, None]) & (grid >= floor[:, None])
    ray, k = np.nonzero(known)
    mass = np.zeros(known.shape)
    with np.errstate(all="ignore"):
        d = np.exp(grid[k])
        y = np.abs(f(centre[ray] + sign[ray] * d, owner[ray])).max(axis=1)
        mass[known] = np.minimum(np.nan_to_num(d * y, nan=0.0, posinf=1e300), 1e300)
    most = np.zeros(count)
    np.maximum.at(most, owner, mass.max(axis=1, initial=0.0))
    matters = known & (mass > NEGLIGIBLE * most[owner][:, None])
    some = matters.any(axis=1)
    first = grid[np.argmax(matters, axis=1)] - SPACING
    last = grid[len(grid) - 1 - np.argmax(matters[:, ::-1], axis=1)] + SPACING
    last = _nearer(f, owner, centre, sign, last, NEGLIGIBLE * most[owner])
    infinite = np.isinf(reach)
    with np.errstate(all="ignore"):
        unit = np.log(np.maximum(np.abs(centre), 1.0))
    hi = np.where(infinite, np.where(some, np.minimum(last, LARGEST), unit + 3 * block), top)
    lo = np.where(some, first, hi - 3 * block)
    lo = np.minimum(np.maximum(lo, floor), hi - 3 * block)
    blocks = np.ceil((hi - lo) / block - 1e-9)
    lo = hi - blocks * block
    return Rays(owner, centre, sign, lo, hi, infinite, block)


def _is_singular(f: Integrand, owner: Array, centre: Array, sign: Array) -> Array:
    """Whether an integrand grows towards a centre without end: there, rounded distances are felt."""
    d = np.abs(centre)[:, None] * ROUNDED * np.array([16, 64])
    with np.errstate(all="ignore"):
        y = np.abs(f((centre[:, None] + sign[:, None] * d).ravel(), np.repeat(owner, 2))).max(axis=1).reshape(-1, 2)
        return np.asarray(y[:, 0] > 1.05 * y[:, 1])


def _nearer(f: Integrand, owner: Array, centre: Array, sign: Array, last: Array, least: Array) -> Array:
    """The outermost distances that matter, looked for in finer steps: further out, values may overflow."""
    steps = np.linspace(-SPACING, 0, 17)
    grid = last[:, None] + steps
    with np.errstate(all="ignore"):
        d = np.exp(grid)
        x = centre[:, None] + sign[:, None] * d
        y = np.abs(f(x.ravel(), np.repeat(owner, len(steps)))).max(axis=1).reshape(d.shape)
        matters = np.nan_to_num(d * y, nan=0.0, posinf=1e300) > least[:, None]
    matters[:, 0] = True
    outermost = len(steps) - 1 - np.argmax(matters[:, ::-1], axis=1)
    return np.asarray(np.take_along_axis(grid, np.minimum(outermost + 1, len(steps) - 1)[:, None], axis=1)[:, 0])


__all__ = ["centres", "cut", "hints", "peaks", "quantiles", "ranged"]
