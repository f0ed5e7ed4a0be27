"""Kernels at extents about block ends, beside a slower evaluation.

Exact points are small, so that they are cheap; blocked and vectorised loops show what they
do at their ends only on longer arrays.  One axis is long at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..equations.equation import Equation
from .points import Point, draw, draw_extents, elements, position_parameters
from .reference import FORMATS

Call = Callable[[dict[str, Any]], Mapping[str, Any]]

#: Extents about the ends of blocks of 128 and 512, the most telling first.
STRADDLES = (129, 513, 127, 511, 1025)
#: Output elements beyond which nothing is compared: a second derivative by a long matrix.
MOST = 1 << 22
#: What the slower evaluation may raise at positions out of range, or on deep recurrences.
NO_VALUE = (ArithmeticError, LookupError, ValueError, RecursionError)


def straddle(
    equation: Equation,
    call: Call,
    slower: Call,
    dtype: str,
    seed: int,
    patience: float = np.inf,
    written: Equation | None = None,
) -> tuple[str, int, tuple[str, ...]]:
    """Where a kernel differs from a slower evaluation (or nothing), comparisons made, and axes left out.

    An extent is left out where it would take longer than what remains of ``patience``
    seconds, judged by the one before and a square law.  Of a derivative, ``written`` has the bodies.
    """
    rng = np.random.default_rng(seed)
    axes = [a for a in draw_extents(equation, rng) if not a.isdigit()]
    places = position_parameters(written or equation)
    start = time.monotonic()
    spent: dict[str, tuple[int, float]] = {}
    compared, skipped = 0, []
    for n in STRADDLES:
        for axis in axes:
            sizes = {**draw_extents(equation, rng), axis: n}
            if sum(elements(o, sizes) for o in equation.outputs) > MOST:
                skipped.append(axis)
                continue
            m, seconds = spent.get(axis, (n, 0.0))
            begun = time.monotonic()
            if begun - start + seconds * (n / m) ** 2 > patience:
                skipped.append(axis)
                continue
            point = draw(
                equation, sizes, "moderate", dtype, rng, {p.name: 2 for p in equation.parameters}, places
            )  # fmt: skip
            with np.errstate(all="ignore"):
                where = _difference(point, call, slower, n, FORMATS[dtype].eps, rng)
            if where is not None:
                compared += 1
            if where:
                return f"{where} differs from the slower evaluation at extent {n} of axis {axis}", compared, ()
            spent[axis] = n, time.monotonic() - begun
    left = tuple(f"not every block end along axis {a} was compared: it takes too long" for a in dict.fromkeys(skipped))
    return "", compared, left


def _difference(point: Point, call: Call, slower: Call, n: int, eps: float, rng: np.random.Generator) -> str | None:
    """The output that differs, nothing where none does; ``None`` where there is nothing to compare.

    Tolerance: ``16·n·eps·max|z|`` over the output, and where that is exceeded also 4 times
    what relative changes of the inputs by 4 eps make of the slower evaluation (a change by
    one eps may be rounded away).
    """
    try:
        slow, got = slower(dict(point.inputs)), call(dict(point.inputs))
    except NO_VALUE:
        return None
    moved: Mapping[str, Any] | None = None
    for name in slow:
        z, y = np.asarray(slow[name], float), np.asarray(got[name], float)
        if y.shape != z.shape:
            return name
        bound = 16 * eps * n * np.max(np.abs(z), initial=0.0, where=np.isfinite(z))
        if _agree(y, z, bound):
            continue
        if moved is None:
            moved = slower(_nudged(point, eps, rng))
        noise = np.abs(np.asarray(moved[name], float) - z)
        if not _agree(y, z, bound + 4 * np.max(noise, initial=0.0, where=np.isfinite(noise))):
            return name
    return ""


def _agree(y: Any, z: Any, bound: float) -> bool:
    return bool(np.all((np.abs(y - z) <= bound) | (y == z) | (np.isnan(y) & np.isnan(z))))


def _nudged(point: Point, eps: float, rng: np.random.Generator) -> dict[str, Any]:
    return {
        k: np.asarray(v * (1 + 4 * eps * rng.choice([-1, 1], np.shape(v))), np.asarray(v).dtype)
        if np.asarray(v).dtype.kind == "f"
        else v
        for k, v in point.inputs.items()
    }
