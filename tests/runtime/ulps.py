"""Certified errors in ulps, and the arguments at which elementary functions tend to fail."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb, ctx

Array = np.ndarray[Any, Any]
Reference = Callable[..., arb]

FORMATS = {np.dtype(np.float64): (53, -1022, 1024), np.dtype(np.float32): (24, -126, 128)}


def ulp_error(value: float, exact: arb, dtype: np.dtype[Any]) -> float:
    """An upper bound of |value - exact| in ulps of the exact value; 0 where an overflow is right."""
    precision, lowest, highest = FORMATS[dtype]
    if math.isnan(value) or not exact.is_finite():
        return 0.0 if math.isnan(value) and exact.is_nan() else math.inf
    limit = arb(2) ** highest * (1 - arb(2) ** -(precision + 1))  # rounds to infinity from here on
    if math.isinf(value):
        return 0.0 if exact * math.copysign(1.0, value) >= limit else math.inf
    if exact.is_zero():
        return 0.0 if value == 0.0 else math.inf
    mantissa, exponent = exact.mid().man_exp()
    binade = int(abs(mantissa)).bit_length() - 1 + int(exponent)
    unit = arb(2) ** (max(lowest, min(binade, highest - 1)) - precision + 1)
    return float((abs(arb(value) - exact) / unit).upper())


def worst_ulp(values: Array, reference: Reference, *arguments: Array) -> tuple[float, tuple[float, ...]]:
    """The largest error over the points, and the point where it occurs."""
    worst, where = 0.0, tuple(float(a[0]) for a in arguments)
    previous, ctx.prec = ctx.prec, 240
    try:
        for value, *point in zip(values.tolist(), *(a.tolist() for a in arguments), strict=True):
            error = ulp_error(value, reference(*(arb(p) for p in point)), values.dtype)
            if error > worst:
                worst, where = error, tuple(point)
    finally:
        ctx.prec = previous
    return worst, where


def adversarial(dtype: type, count: int, low: float, high: float, seed: int = 1) -> Array:
    """Finite arguments in [low, high]: every binade alike, both signs, and the known trouble spots."""
    rng = np.random.default_rng(seed)
    integer = np.int64 if dtype is np.float64 else np.int32
    limits = np.iinfo(integer)
    parts = [rng.integers(limits.min, limits.max, 8 * count, dtype=integer, endpoint=True).view(dtype)]
    with np.errstate(over="ignore"):
        low, high = dtype(low), dtype(high)
    parts[0] = parts[0][(parts[0] >= low) & (parts[0] <= high)][:count]
    exponents = rng.uniform(-70, 11, 2 * count)
    parts.append((rng.choice([-1.0, 1.0], 2 * count) * 2.0**exponents).astype(dtype))
    parts.append(rng.uniform(-1.5, 1.5, 2 * count).astype(dtype))
    eps = float(np.finfo(dtype).eps)
    tiny, huge = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    steps = np.arange(1.0, 40.0)
    spots = [0.0, -0.0, tiny, tiny * eps, huge, 1.0, 0.5, 2.0, math.sqrt(2), math.sqrt(0.5), math.sqrt(2) - 1]
    spots += [709.78, 709.79, -708.39, -745.13, -745.14, 88.72, 88.73, -87.33, -103.97, -103.98, 36.7, 18.4]
    # Half odd multiples of ln 2 are where the reduced argument of exp changes sign.
    spots += list((np.arange(-40, 40) + 0.5) * math.log(2)) + list(np.arange(-40, 40) * math.log(2))
    spots += list(1 + eps * steps) + list(1 - eps / 2 * steps) + list(2.0**-steps) + list(1 + 2.0**-steps)
    spots += list(1 - 2.0**-steps) + list(2.0**steps) + list(2.0**steps - 1)
    exact = np.array(spots).clip(-huge, huge).astype(dtype)
    with np.errstate(all="ignore"):
        near = [exact, -exact, np.nextafter(exact, dtype(np.inf)), np.nextafter(exact, dtype(-np.inf))]
    points = np.concatenate([*parts, *near])
    return points[np.isfinite(points) & (points >= low) & (points <= high)]
