"""Values that another formula gives: a definition with integrals, an integrand at an end, a slope of either.

The formula is a kernel of its own.  Where its arguments are formulas of indices, it is asked once for all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .card import Card
from .quadrature import QuadratureWarning

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

Array = np.ndarray[Any, Any]


def formula(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], lead: tuple[int, ...], options: Mapping[str, Any]
) -> tuple[Array, Array]:
    """The values of a formula, and estimates of their errors."""
    inner = kernel.behind(c.value)
    axes = {p.name: p.axes for p in kernel.card.inputs}
    cores = {p.name: len(p.axes) for p in c.inner.inputs}
    wanted = {*c.inner.call_order, *cores} - {*c.variables}
    sizes = {a: int(a) for a in c.axes if a.isdigit()}
    for name, v in values.items():
        if name in axes:
            sizes |= dict(zip(axes[name], np.shape(v)[len(lead):], strict=False))
    places = [place(kernel, c, k, values, lead, cores.get(x, 0)) for k, x in enumerate(c.variables)]
    mapped = any(np.ndim(p) > len(lead) + cores.get(x, 0) for p, x in zip(places, c.variables, strict=True))
    own = {n: v for n, v in values.items() if n in wanted}
    if not mapped:
        found = inner.with_error(**own, **dict(zip(c.variables, places, strict=True)), **taken(inner, options))
        value, error = (np.asarray(x, np.float64) for x in found)
        shape = tuple(sizes.get(a, n) for a, n in zip(c.axes, value.shape[value.ndim - len(c.axes):], strict=True))
        value, error = np.broadcast_to(value, lead + shape), np.broadcast_to(error, lead + shape)
    else:
        value, error = at_every_element(inner, c, own, places, lead, [sizes[a] for a in c.axes], cores, axes, options)
    if not np.isfinite(value).all() and c.variables and not np.isnan(value).any():
        warnings.warn(f"{kernel.name}: {c.value} is infinite: what it is taken from has no value at an end",
                      QuadratureWarning, stacklevel=6)
    return value, error


def taken(inner: Kernel, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tolerances that a kernel with computed values takes."""
    return options if inner.card.computed else {}


def at_every_element(
    inner: Kernel, c: Computation, own: Mapping[str, Any], places: list[Array], lead: tuple[int, ...],
    sizes: list[int], cores: Mapping[str, int], axes: Mapping[str, tuple[str, ...]], options: Mapping[str, Any],
) -> tuple[Array, Array]:
    """The formula at places that differ from element to element: those of its results that belong to each."""
    count, each = int(np.prod(lead, dtype=np.int64)), int(np.prod(sizes, dtype=np.int64))
    given: dict[str, Any] = {}
    for name, v in own.items():
        if name in axes:
            flat = np.reshape(v, (count, *np.shape(v)[len(lead):]))
            given[name] = np.repeat(flat, each, axis=0)
        else:
            given[name] = v
    for x, p in zip(c.variables, places, strict=True):
        core = cores.get(x, 0)
        over = p.shape[len(lead): p.ndim - core]
        tail = p.shape[p.ndim - core:]
        spread = p.reshape((*lead, *over, *(1,) * (len(sizes) - len(over)), *tail))
        given[x] = np.broadcast_to(spread, (*lead, *sizes, *tail)).reshape((count * each, *tail))
    found = inner.with_error(**given, **taken(inner, options))
    out = []
    for x in found:
        rows = np.asarray(x, np.float64).reshape(count * each, -1)
        at = np.arange(count * each) % each % rows.shape[1]
        out.append(np.take_along_axis(rows, at[:, None], axis=1).reshape((*lead, *sizes)))
    return out[0], out[1]


def place(
    kernel: Kernel, c: Computation, k: int, values: Mapping[str, Any], lead: tuple[int, ...], core: int
) -> Array:
    """Where a variable is taken: leading axes, those of the indices that it depends on, and its own."""
    e = c.bounds[k][1]
    if isinstance(e, Card):
        behind = kernel.behind(f"{c.value}/to{k}")
        wanted = {*e.call_order, *(p.name for p in e.inputs)}
        found = np.asarray(behind(**{n: v for n, v in values.items() if n in wanted}), np.float64)
        rank = len(e.outputs[0].axes)
        return np.broadcast_to(found, lead + found.shape[found.ndim - rank:])
    v = values[e] if isinstance(e, str) else e
    a = np.asarray(v, np.float64)
    return np.broadcast_to(a, lead + a.shape) if not isinstance(e, str) else a
