"""Integrals at every call: the ends, where the integrand has its mass, the panels, and a second opinion.

The integrand is a compiled kernel; all integrals of a call (its leading axes, the elements of the value)
are done together by `panels`.  Where the mass is, is looked for at every scale about the ends and about
places that the parameters and the distributions among them suggest.  The whole is done twice, with
other panels; where the two disagree, or an estimate is beyond the tolerance, a warning says so.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .panels import Array, Found, Integrand, integrated, plainly
from .rays import centres, cut, hints, peaks

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: The relative tolerance that a value is to meet unless the caller says otherwise.
RTOL = 1e-10
#: Cuts of the two runs: how many times as far each panel reaches, and where between two centres they meet.
FIRST, SECOND = (16.0, 0.5), (11.0, 0.41)

_within = threading.local()


class QuadratureWarning(UserWarning):
    """An integral was not found to its tolerance; the message says how well, or why not at all."""


def integral(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], lead: tuple[int, ...], options: Mapping[str, Any],
    ends: Mapping[str, Any] | None = None,
) -> tuple[Array, Array]:
    """The values of an integral, and estimates of their errors; its ends may be those at other values, ``ends``."""
    rtol, atol = options.get("rtol", RTOL), options.get("atol", 0.0)
    logs = c.logs is not None and any(callable(getattr(v, "logpdf", None)) for v in values.values())
    inner = kernel.behind(f"{c.value}/log" if logs else c.value)
    arrays, others, sizes = taken(kernel, c, values, lead, logs)
    count = int(np.prod(lead, dtype=np.int64))
    shape = tuple(sizes[a] for a in c.axes)
    at = values if ends is None else ends
    found_ends = [[end(kernel, c, k, side, at, lead, shape) for side in (0, 1)] for k in range(len(c.variables))]
    # Where the elements of the value have ends of their own, each is an integral for itself.
    each = int(np.prod(shape, dtype=np.int64)) if any(e.shape[1] > 1 for pair in found_ends for e in pair) else 1
    ranges = [[np.broadcast_to(e, (count, each)).ravel() for e in pair] for pair in found_ends]
    further = {"rtol": rtol / 10} if inner.card.computed else {}
    hinted = np.repeat(hints(arrays, values, count), each, axis=0)

    def integrand(bound: Mapping[str, Array], owner: Array) -> Array:
        own = {n: a[owner // each] for n, a in arrays.items()}
        given: dict[str, Any] = {**bound, **own, **others, **further}
        with np.errstate(all="ignore"):
            y = np.asarray(inner(**given), np.float64).reshape(len(owner), -1)
        return y if each == 1 else np.take_along_axis(y, (owner % each)[:, None], axis=1)

    def over(k: int, bound: Mapping[str, Array], owners: Array) -> Found:
        """The integral over the variables from the k-th on, at values of those before."""

        def f(x: Array, at: Array) -> Array:
            here = {**{n: b[at] for n, b in bound.items()}, c.variables[k]: x}
            last = k + 1 == len(c.variables)
            return integrand(here, owners[at]) if last else over(k + 1, here, owners[at]).value

        lo, hi = (e[owners] for e in ranges[k])
        return integrals(f, lo, hi, hinted[owners], rtol / 10**k, atol)

    with _deeper() as outermost, np.errstate(all="ignore"):
        found = over(0, {}, np.arange(count * each))
        if outermost:
            tell(kernel.name, c, found, rtol, atol)
    with np.errstate(invalid="ignore"):
        hopeless = ~(found.error <= HOPELESS * np.abs(found.value)) & (found.error > ROUNDING * found.size)
    value = np.where(hopeless & ~np.isinf(found.value), np.nan, found.value)
    return value.reshape(lead + shape), found.error.reshape(lead + shape)


def taken(
    kernel: Kernel, c: Computation, values: Mapping[str, Any], lead: tuple[int, ...], logs: bool
) -> tuple[dict[str, Array], dict[str, Any], dict[str, int]]:
    """What the integrand takes: arrays by element of the call, and functions; and the sizes of axes.

    With ``logs``, functions whose values stand under a logarithm are those of the logarithm.
    """
    logged = {u.slot for u in c.logs.uses if u.value.startswith("log_")} if logs and c.logs is not None else set()
    axes = {p.name: p.axes for p in kernel.card.inputs}
    inner = {*c.inner.call_order, *(p.name for p in c.inner.inputs)}
    count = int(np.prod(lead, dtype=np.int64))
    sizes = {a: int(a) for a in c.axes if a.isdigit()}
    arrays, others = {}, {}
    for name, v in values.items():
        if name not in axes:
            others[name] = adapted(v, name in logged)
            continue
        core = np.shape(v)[len(lead):]
        sizes |= dict(zip(axes[name], core, strict=False))
        if name in inner:
            arrays[name] = np.reshape(v, (count, *core))
    return arrays, {n: v for n, v in others.items() if n in inner}, sizes


def end(
    kernel: Kernel, c: Computation, k: int, side: int, values: Mapping[str, Any], lead: tuple[int, ...],
    shape: tuple[int, ...],
) -> Array:
    """An end of the k-th variable: ``(calls, elements)``, one column where all elements have the same."""
    e = c.bounds[k][side]
    count = int(np.prod(lead, dtype=np.int64))
    if isinstance(e, float | int):
        return np.full((count, 1), float(e))
    if isinstance(e, str):
        return np.asarray(values[e], np.float64).reshape(count, 1)
    behind = kernel.behind(f"{c.value}/{('from', 'to')[side]}{k}")
    wanted = {*e.call_order, *(p.name for p in e.inputs)}
    found = np.asarray(behind(**{n: v for n, v in values.items() if n in wanted}), np.float64)
    found = np.broadcast_to(found, lead + found.shape[found.ndim - len(e.outputs[0].axes):])
    if not e.outputs[0].axes:
        return found.reshape(count, 1)
    own = found.shape[len(lead):]
    found = found.reshape((count, *own, *(1,) * (len(shape) - len(own))))
    return np.broadcast_to(found, (count, *shape)).reshape(count, -1)


def adapted(v: Any, log: bool = False) -> Any:
    """A function of arrays: of a distribution its density, or the logarithm of that."""
    named = getattr(v, "logpdf" if log else "pdf", None)
    if callable(named):
        return adapted_function(named)
    if not callable(v):
        return v
    density = adapted_function(v)
    if not log:
        return density

    def logarithm(*args: Any) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(np.log(density(*args)))

    return logarithm


def adapted_function(v: Any) -> Any:
    """A function that takes arrays, though it may be one of numbers."""

    def of_arrays(*args: Any) -> Array:
        sizes = np.broadcast_shapes(*(np.shape(a) for a in args))
        try:
            y = np.asarray(v(*args))
            if y.shape == sizes and y.dtype.kind in "biuf":
                return y
        except (TypeError, ValueError):
            pass  # a function of numbers: asked one by one
        spread = np.broadcast_arrays(*args)
        flat = [number(v, tuple(float(a.flat[i]) for a in spread)) for i in range(int(np.prod(sizes, dtype=np.int64)))]
        return np.array(flat).reshape(sizes)

    return of_arrays


def number(v: Any, at: tuple[float, ...]) -> float:
    """The value of a function of numbers; NaN where Python's arithmetic has none."""
    try:
        return float(v(*at))
    except ArithmeticError:
        return float("nan")


def integrals(f: Integrand, lo: Array, hi: Array, hinted: Array, rtol: float, atol: float) -> Found:
    """Integrals from ``lo`` to ``hi``, found twice with other panels where nothing is around them."""
    a, b = np.minimum(lo, hi), np.maximum(lo, hi)
    sign = np.where(lo <= hi, 1.0, -1.0)[:, None]
    real = np.flatnonzero(a < b)
    if len(lo) > TOGETHER:
        parts = [integrals(lambda x, at, k=k: f(x, at + k), lo[k : k + TOGETHER], hi[k : k + TOGETHER],  # type: ignore[misc]
                           hinted[k : k + TOGETHER], rtol, atol) for k in range(0, len(lo), TOGETHER)]
        value, error, size = (np.concatenate([getattr(p, n) for p in parts]) for n in ("value", "error", "size"))
        return Found(value, error, size, [t for p in parts for t in p.trouble])

    def g(x: Array, at: Array) -> Array:
        return f(x, real[at])

    with _deeper():
        if not len(real):
            n = f(lo[:1], np.zeros(1, int)).shape[1] if len(lo) else 1
            nothing = np.where(np.isnan(a) | np.isnan(b), np.nan, 0.0)[:, None] * np.ones(n)
            return Found(nothing, np.zeros(nothing.shape), np.zeros(nothing.shape), [""] * len(lo))
        found = one_by_one(g, a[real], b[real], hinted[real], rtol, atol)
    n = found.value.shape[1]
    value, error, size = (np.zeros((len(lo), n)) for _ in range(3))
    value[~(a <= b)] = np.nan
    value[real], error[real], size[real] = found.value, found.error, found.size
    trouble = [""] * len(lo)
    for k, j in enumerate(real):
        trouble[j] = found.trouble[k] or (NOTHING if not found.size[k].any() else "")
    return Found(sign * value, error, size, trouble)


def one_by_one(f: Integrand, lo: Array, hi: Array, hinted: Array, rtol: float, atol: float) -> Found:
    """Integrals over ranges that are not empty; of those inside of others, smooth ones by one rule each."""
    outermost = _within.depth <= 2
    if outermost or not np.isfinite(lo).all() or not np.isfinite(hi).all():
        if outermost:
            hinted = np.concatenate([hinted, peaks(f, lo, hi)], axis=1)
        at = centres(f, lo, hi, hinted)
        found = integrated(f, cut(f, lo, hi, at, *FIRST), len(lo), rtol, atol)
        again = integrated(f, cut(f, lo, hi, at, *SECOND), len(lo), rtol, atol) if outermost else found
        return compared(found, again) if outermost else found
    good, found = plainly(f, lo, hi, rtol)
    left = np.flatnonzero(~good)
    if not len(left):
        return found
    at = centres(lambda x, j: f(x, left[j]), lo[left], hi[left], hinted[left])
    rays = cut(lambda x, j: f(x, left[j]), lo[left], hi[left], at, *FIRST)
    rest = integrated(lambda x, j: f(x, left[j]), rays, len(left), rtol, atol)
    for n in ("value", "error", "size"):
        getattr(found, n)[left] = getattr(rest, n)
    for k, j in enumerate(left):
        found.trouble[j] = rest.trouble[k]
    return found


def compared(one: Found, other: Found) -> Found:
    """The first of two runs; where they differ by more than their estimates, that is the estimate."""
    with np.errstate(invalid="ignore"):
        apart = np.where(one.value == other.value, 0.0, np.abs(one.value - other.value))
    better = np.array([[bool((b < a).all())] for a, b in zip(one.error, other.error, strict=True)])
    trouble = [a or b for a, b in zip(one.trouble, other.trouble, strict=True)]
    error = np.fmax(np.fmin(one.error, other.error), apart)
    return Found(np.where(better, other.value, one.value), error, one.size, trouble)


def tell(name: str, c: Computation, found: Found, rtol: float, atol: float) -> None:
    """Warn where an integral is not what was asked for."""
    allowed = np.maximum(np.maximum(rtol * np.abs(found.value), atol), ROUNDING * found.size)
    with np.errstate(invalid="ignore"):
        bad = [not (e <= a).all() for e, a in zip(found.error, allowed, strict=True)]
    for j, (trouble, is_bad) in enumerate(zip(found.trouble, bad, strict=True)):
        if trouble == NOTHING and (c.compared or (c.derived and found.size.any())):
            continue  # differences tell more; of a derivative by an array, some elements are nothing
        if trouble or is_bad:
            worst = float(np.nanmax(np.nan_to_num(found.error[j], nan=np.inf), initial=0.0))
            why = trouble or f"its error may be {worst:.2g}, beyond the tolerance"
            break
    else:
        return
    text = f" ({c.latex})" if c.latex else ""
    warnings.warn(f"{name}: the integral over {', '.join(c.variables)}{text}: {why}", QuadratureWarning, stacklevel=7)


#: Integrals that are done together.
TOGETHER = 2000
NOTHING = "the integrand is zero at every point that was tried: its mass may lie elsewhere"
#: Relative error from which on there is no number to give.
HOPELESS = 1e-2
#: Part of ∫|f| that rounding leaves of a value in any case.
ROUNDING = 1e-13


@contextmanager
def _deeper() -> Iterator[bool]:
    """Counts integrals that are inside of others; whether this one is in none."""
    _within.depth = getattr(_within, "depth", 0) + 1
    try:
        yield bool(_within.depth == 1)
    finally:
        _within.depth -= 1
