"""Searches at every call: the function behind a largest or smallest value, and the place that was reached.

The function is a compiled kernel of what is searched for, and so is its gradient.  One number between two ends is
looked for by `optimum`, everything else by `descent`.  The value is that of the kernel at the place: a smallest
value is never below the true one by more than rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from . import optimum as line
from .call import DomainError
from .computed import looped
from .descent import Found, Problem, Room, least
from .empirical import Array
from .polish import newton
from .quadrature import adapted, end

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: Kinds of computed values that are searched for.
KINDS = ("maximum", "minimum", "place of a maximum", "place of a minimum")
#: Steps of differences of values, as a part of the point: the cube root of eps, where these err least.
STEP = 6e-6
#: Numbers of a batch of points.
BATCH = 1 << 22


@dataclass(frozen=True, slots=True)
class Attained:
    """What one search reached: the value, the place by name, and other places that are as good."""

    value: float
    point: Mapping[str, Any]
    others: tuple[Mapping[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a kernel, and where its searches ended.

    ``point`` has the places by the letters that are searched for; with leading axes in a call, and with several
    searches in a formula, ``attained`` has each: by the name of the value, an array of objects over the leading axes.
    """

    value: Any
    point: Mapping[str, Any]
    attained: Mapping[str, Any]


_told: ContextVar[list[tuple[str, Attained]] | None] = ContextVar("_told", default=None)


@contextmanager
def watched() -> Iterator[list[tuple[str, Attained]]]:
    """What searches reach inside of the block, in their order."""
    out: list[tuple[str, Attained]] = []
    token = _told.set(out)
    try:
        yield out
    finally:
        _told.reset(token)


def search(kernel: Kernel, args: tuple[Any, ...], named: dict[str, Any]) -> Search:
    """Call a kernel, and keep where its searches ended; raises ``TypeError`` for a kernel without one."""
    values = [c.value for c in kernel.card.computed if c.kind in KINDS]
    if not values:
        raise TypeError(f"{kernel.name} has no search in it: call it instead")
    with watched() as told:
        value = kernel(*args, **named)
    by_name: dict[str, list[Attained]] = {v: [a for name, a in told if name == v] for v in values}
    lead = np.shape(value)[: np.ndim(value) - len(kernel.card.outputs[0].axes)] if len(values) == 1 else ()
    point: dict[str, Any] = {}
    attained: dict[str, Any] = {}
    for name, found in by_name.items():
        for letter in found[0].point if found else ():
            places = np.asarray([a.point[letter] for a in found])
            several = places.reshape(lead + places.shape[1:]) if len(found) == int(np.prod(lead)) else places
            point[letter if letter not in point else f"{name}.{letter}"] = several[()] if lead else places[0][()]
        attained[name] = found[0] if len(found) == 1 else tuple(found)
    return Search(value, point, attained)


def is_interval(c: Computation) -> bool:
    """Whether one number is searched for between two ends."""
    (lo, hi), *more = c.bounds
    return not more and c.sets in ((), ("box",)) and not _axes(c)[0] and not {lo, hi} & {-np.inf, np.inf}


def _axes(c: Computation) -> list[tuple[str, ...]]:
    inputs = {p.name: p.axes for p in c.inner.inputs}
    return [inputs.get(x, ()) for x in c.variables]


def _searched(kernel: Kernel, c: Computation, values: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Any, Any]:
    sign = 1.0 if c.kind.endswith("minimum") else -1.0
    if is_interval(c):
        value, x, error, width, near = line.interval(kernel, c, values)
        reached = Attained(value, {c.variables[0]: x}, tuple({c.variables[0]: z} for z in near))
        spread: Any = width
    else:
        problem, points = problem_of(kernel, c, values)
        found = least(problem)
        tell(kernel.name, c, found, points)
        others = tuple(points(x) for x in found.places)
        value = sign * found.value
        reached = Attained(value, points(found.point), others, tuple(found.remarks))
        error = (found.gain if np.isfinite(found.gain) else abs(value)) + 4 * line.EPS * abs(value)
        spread = np.zeros(np.shape(reached.point[c.variables[0]]))
    if (told := _told.get()) is not None:
        told.append((c.value, reached))
    return (reached.point[c.variables[0]], spread) if c.kind.startswith("place") else (value, error)


optimum = looped(_searched)


def problem_of(
    kernel: Kernel, c: Computation, values: Mapping[str, Any]
) -> tuple[Problem, Callable[[Array], dict[str, Any]]]:
    """The function to make small, and what turns its flat points into values by name."""
    sign = 1.0 if c.kind.endswith("minimum") else -1.0
    inner: Any = kernel.behind(c.value)
    own = {*c.inner.call_order, *(p.name for p in c.inner.inputs)} - set(c.variables)
    others = {n: np.asarray(v, np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else adapted(v)
              for n, v in values.items() if n in own}
    sizes = {a: int(a) for axes in _axes(c) for a in axes if a.isdigit()}
    for p in c.inner.inputs:
        if p.name in others:
            sizes |= dict(zip(p.axes, np.shape(others[p.name]), strict=False))
    shapes = [tuple(sizes[a] for a in axes) for axes in _axes(c)]
    starts = np.cumsum([0, *(int(np.prod(s)) for s in shapes)])
    parts = [slice(int(a), int(b)) for a, b in pairwise(starts)]
    lo, hi = (np.concatenate([np.full(s.stop - s.start, float(end(kernel, c, k, side, values, (), ())[0, 0]))
                              for k, s in enumerate(parts)]) for side in (0, 1))
    if (bad := np.flatnonzero(~(lo <= hi))).size:
        raise DomainError(f"{kernel.name}: the search runs from {lo[bad[0]]:g} to {hi[bad[0]]:g}, which is empty")
    sets = c.sets or ("box",) * len(parts)
    room = Room(lo, hi, tuple(s for s, kind in zip(parts, sets, strict=True) if kind == "simplex"))

    def named(x: Array) -> dict[str, Any]:
        lead = x.shape[:-1]
        return {n: x[..., s].reshape(lead + shape)[()] for n, s, shape in zip(c.variables, parts, shapes, strict=True)}

    def values_of(x: Array) -> Array:
        step = max(1, BATCH // max(1, x.shape[1]))
        each = [sign * _numbers(inner(**others, **named(x[k : k + step])), len(x[k : k + step]))
                for k in range(0, len(x), step)]
        return np.concatenate(each)

    if c.inner.computed or any({*u.arguments} & {*c.variables} for u in c.inner.uses):
        slopes_by_values = _differences(values_of, room)

        def slope_by_values(x: Array) -> tuple[float, Array]:
            y, g = slopes_by_values(x[None])
            return float(y[0]), g[0]

        return Problem(kernel.name, room, values_of, slopes_by_values, slope_by_values, _shown(named)), named
    slopes: Any = gradient(inner, c.variables)

    def slopes_of(x: Array) -> tuple[Array, Array]:
        value, *grads = slopes(**others, **named(x))
        flat = [np.asarray(g, np.float64).reshape(len(x), -1) for g in grads]
        return sign * _numbers(value, len(x)), sign * np.concatenate(flat, axis=1)

    order = [(n, others.get(n)) for n in slopes.parameters]

    def slope_of(x: Array) -> tuple[float, Array]:
        # By position: a call by name takes many times as long as the function.
        at = named(x)
        value, *grads = slopes(*(at[n] if n in at else v for n, v in order))
        return sign * float(value), sign * np.concatenate([np.asarray(g, np.float64).ravel() for g in grads])

    return Problem(kernel.name, room, values_of, slopes_of, slope_of, _shown(named)), named


def refined(kernel: Kernel, c: Computation, reached: Attained, values: Mapping[str, Any]) -> Attained:
    """A place that a search along an interval found by values alone, to all digits where a gradient is known."""
    if not is_interval(c) or c.inner.uses or c.inner.computed:
        return reached
    problem, named = problem_of(kernel, c, values)
    sign = 1.0 if c.kind.endswith("minimum") else -1.0
    found = newton(problem, Found(np.array([float(reached.point[c.variables[0]])]), sign * reached.value))
    return replace(reached, point=named(found.point))


def gradient(inner: Kernel, variables: tuple[str, ...]) -> Kernel:
    """The value of a function with its gradients by what is searched for; kept beside the function."""
    from .derive import value_and_grad

    return inner.kept("/".join(("gradient", *variables)), lambda: value_and_grad(inner, wrt=variables))


def _numbers(y: Any, count: int) -> Array:
    return np.array(np.broadcast_to(np.asarray(y, np.float64), (count,)))


def _shown(named: Callable[[Array], dict[str, Any]]) -> Callable[[Array], str]:
    return lambda x: ", ".join(f"{n} = {np.array2string(np.asarray(v), precision=6, threshold=8)}"
                               for n, v in named(x).items())


def _differences(values_of: Callable[[Array], Array], room: Room) -> Callable[[Array], tuple[Array, Array]]:
    """Slopes by differences, for functions of the caller, of which no gradient is known."""

    def slopes_of(x: Array) -> tuple[Array, Array]:
        h = STEP * (1.0 + np.abs(x))
        at = x[:, None] + np.eye(room.size) * h[:, None]
        below = x[:, None] - np.eye(room.size) * h[:, None]
        up, down = (np.clip(z, room.lo, room.hi).reshape(-1, room.size) for z in (at, below))
        way = (np.clip(x + h, room.lo, room.hi) - np.clip(x - h, room.lo, room.hi))
        with np.errstate(divide="ignore", invalid="ignore"):
            g = (values_of(up) - values_of(down)).reshape(x.shape) / way
        return values_of(x), np.where(way > 0, g, 0.0)

    return slopes_of


def tell(name: str, c: Computation, found: Found, points: Callable[[Array], dict[str, Any]]) -> None:
    """Warn of what a search could not tell."""
    from .kernel import AccuracyWarning

    over = ", ".join(c.variables)
    if "not converged" in found.remarks:
        how = f"by about {found.gain:.2g}" if np.isfinite(found.gain) else "by nobody knows how much"
        warnings.warn(f"{name}: the search over {over} did not converge: there may be better values, {how}",
                      AccuracyWarning, stacklevel=7)
    if "two searches" in found.remarks:
        warnings.warn(f"{name}: two searches over {over} found different values: there may be better places still",
                      line.OptimumWarning, stacklevel=7)
    if c.kind.startswith("place") and (found.places or "approached" in found.remarks):
        why = "is only approached, or reached at places without end" if "approached" in found.remarks else (
            "is reached at several places; one of them is given")
        warnings.warn(f"{name}: the best value over {over} {why}", line.OptimumWarning, stacklevel=7)
