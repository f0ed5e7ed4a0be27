"""Derivatives of integrals beside differences of the integrals, where an integrand may jump as it moves.

The derivative under the integral sign misses a jump whose place moves; differences of the integral do not.  They
are taken at smaller and smaller steps until they settle; where they then tell another number, there is none to give.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .quadrature import QuadratureWarning, integral

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

Array = np.ndarray[Any, Any]

#: The first step, as a part of the parameter's size, how much smaller each next one is, and how many there are.
STEP, SMALLER, STEPS = 1e-2, 8.0, 6
#: How far two differences lie apart, as a part of them, that count as settled, and what a derivative may differ by.
SETTLED, ALLOWED = 1e-4, 2e-3


def confirmed(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], lead: tuple[int, ...], options: Mapping[str, Any],
    value: Any, error: Any,
) -> tuple[Any, Any]:
    """The derivative and its error; NaN where settled differences are other numbers."""
    name, w = c.compared
    whole = next(x for x in kernel.card.computed if x.value == name)
    a = np.asarray(values[w], np.float64)
    core = a.shape[len(lead):]
    direction = np.random.default_rng(0).uniform(0.5, 1.0, core) if core else np.ones(())
    found = np.asarray(value, np.float64)
    along = np.tensordot(found, direction, axes=len(core)) if core else found
    scale = np.abs(a).reshape((*lead, -1)).max(axis=-1, initial=0.0)
    scale = np.where(scale > 0, scale, 1.0)
    settled = np.zeros(along.shape, bool)
    told = np.full(along.shape, np.nan)
    last = np.full(along.shape, np.nan)
    rank = along.ndim - len(lead)
    for k in range(STEPS):
        h = scale * STEP * SMALLER**-k
        moved = [{**values, w: a + sign * h.reshape((*lead, *(1,) * len(core))) * direction} for sign in (1, -1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", QuadratureWarning)
            (up, eu), (down, ed) = (integral(kernel, whole, m, lead, options, ends=values) for m in moved)
        wide = 2 * h.reshape((*lead, *(1,) * rank))
        with np.errstate(all="ignore"):
            slope = (up - down) / wide
            noise = (eu + ed) / wide
            near = np.abs(slope - last) <= SETTLED * np.abs(slope) + 3 * noise
            fits = np.abs(slope - along) <= ALLOWED * np.maximum(np.abs(slope), np.abs(along)) + 3 * noise
        now = ~settled & (near | fits)
        told = np.where(now, slope, told)
        settled |= now
        last = slope
        if settled.all():
            break
    with np.errstate(all="ignore"):
        wrong = settled & (np.abs(told - along) > ALLOWED * np.maximum(np.abs(told), np.abs(along)) + 10 * noise)
    if wrong.any():
        warnings.warn(
            f"{kernel.name}: differences of {name} tell another derivative by {w} than its integrand: this jumps at a "
            "place that moves, so there is no number to give", QuadratureWarning, stacklevel=6)
        bad = wrong.reshape((*along.shape, *(1,) * len(core)))
        return np.where(bad, np.nan, found), np.where(bad, np.inf, np.asarray(error))
    return value, error
