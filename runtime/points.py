"""Adversarial input points of an equation.

Extents are small and all different, so that swapped axes and bounds that are off by
one show.  Each point has a mode (`domain_samples`), and carries as strata the modes
that its parameters really took.  A stratum is *reachable*, and expected of a
certificate, when some parameter's domain has it and a point drawn for it is defined;
a stratum that no drawn point carries is not expected.

The natural domain of an undeclared parameter is found by drawing: where the
reference says undefined, parameters are drawn again, folded to positive numbers or
into (0, 1); folds that helped are drawn more often.  A point that stays undefined
is not handed out, so kernels never see positions out of range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..equations.domain import Domain
from ..equations.equation import Comprehension, Equation, Parameter
from .domain_samples import MODES, SCALES, closed_ends, partner, realises, sample, settle
from .reference import Outcome, Reference

#: Draws per point before it is given up.
TRIES = 24
#: Kinds of domain of which two parameters may be drawn to agree to some digits.
PAIRED = ("interval", "simplex")
#: Elements of all inputs together, so that the reference stays cheap.
BUDGET = 96


@dataclass(frozen=True, slots=True)
class Point:
    """Inputs by parameter, and the strata they belong to."""

    inputs: dict[str, Any]
    strata: tuple[str, ...]


def points(
    equation: Equation,
    dtype: str = "float64",
    count: int = 50,
    seed: int = 0,
    reference: Reference | None = None,
) -> Iterator[Point]:
    """At most ``count`` points at which some output element is defined."""
    rng = np.random.default_rng(seed)
    reference = reference or Reference(equation)
    places = position_parameters(reference.written)
    # What second derivatives by a matrix cost is told by their outputs.
    more = equation.outputs if reference.is_derived else ()
    counted: tuple[Parameter | Comprehension, ...] = (*equation.parameters, *more)
    folds = {p.name: np.ones(3) for p in equation.parameters}
    unreachable: dict[str, int] = {}
    corners = 0
    #: Extremes are rare: they mostly overflow, which says little about the formula.
    modes = [m for m in MODES if is_possible(equation, m)]
    cycle = [m for m in modes if m != "extreme"] * 2 + [m for m in ("moderate", "extreme") if m in modes]
    given = 0
    # Some draws give no point at all: as many are made once more.
    for n in range(2 * count):
        if given == count:
            break
        mode = cycle[n % len(cycle)]
        if unreachable.get(mode, 0) >= 2:
            mode = "moderate"
        for attempt in range(TRIES):
            sizes = draw_extents(equation, rng, counted)
            if attempt >= TRIES // 2:
                unreachable[mode] = unreachable.get(mode, 0) + (attempt == TRIES // 2)
                mode = "moderate"
            chosen = {
                p.name: 0 if attempt < 2 else int(rng.choice(3, p=folds[p.name] / folds[p.name].sum()))
                for p in equation.parameters
            }
            # Every second point at an edge or zero is at the ends of all its parameters.
            corner = corners if mode in ("edge", "zero") and (n // len(cycle) + n) % 2 else None
            corners += corner is not None
            point = draw(equation, sizes, mode, dtype, rng, chosen, places, corner)
            if is_defined(reference, point.inputs, dtype, mode == "extreme"):
                for name, fold in chosen.items():
                    folds[name][fold] += 1
                given += 1
                yield point
                break


def is_possible(equation: Equation, mode: str) -> bool:
    """Whether some parameter of an equation, or two of them together, have something of a mode."""
    if mode == "moderate":
        return True
    real = [p for p in equation.parameters if not p.integer]
    shapes = [tuple(int(a.name) if a.name.isdigit() else 3 for a in p.axes) for p in real]
    if any(realises(p.domain, s, mode) for p, s in zip(real, shapes, strict=True)):
        return True
    pairs = [(p.domain.kind, s) for p, s in zip(real, shapes, strict=True) if p.domain.kind in PAIRED]
    return mode in ("cancellation", "ties") and len(set(pairs)) < len(pairs)


def is_defined(reference: Reference, inputs: Mapping[str, Any], dtype: str, decided: bool = False) -> bool:
    """Whether some output element is not undefined, or, if so asked, is decided."""
    values = [x for v in reference.value_certified(inputs, dtype).values() for x in v.flat]
    if decided:
        return any(not isinstance(x, Outcome) for x in values)
    return any(x is not Outcome.UNDEFINED for x in values)


def draw(
    equation: Equation,
    sizes: Mapping[str, int],
    mode: str,
    dtype: str,
    rng: np.random.Generator,
    folds: Mapping[str, int] | None = None,
    places: frozenset[str] = frozenset(),
    corner: int | None = None,
) -> Point:
    """One point of a mode, defined or not; ``corner`` numbers the ways to be at closed ends."""
    inputs: dict[str, Any] = {}
    strata: set[str] = set()
    earlier: list[tuple[Domain, np.ndarray]] = []
    shapes = {p.name: tuple(sizes[a.name] for a in p.axes) for p in equation.parameters}
    able = [p.name for p in equation.parameters if not p.integer and realises(p.domain, shapes[p.name], mode)]
    sure = able[int(rng.integers(len(able)))] if able else ""
    turn = corner or 0
    for p in equation.parameters:
        shape = shapes[p.name]
        if p.integer:
            inputs[p.name] = draw_integers(p, shape, mode, sizes, p.name in places, rng)
            strata.add("moderate")
            continue
        own = mode if p.name == sure or rng.random() < 0.7 else "moderate"
        beside = neighbour(earlier, shape, p.domain) if mode in ("cancellation", "ties") else None
        if mode == "cancellation" and beside is not None:
            x = partner(beside, p.domain, dtype, rng)
            strata.add("cancellation")
        elif mode == "ties" and beside is not None and rng.random() < 0.5:
            x = beside
            strata.add("ties")
        else:
            ends = closed_ends(p.domain) if corner is not None else []
            if ends:
                # Conventions show where several parameters are at their ends at once.
                strata.add("edge")
                x = rng.choice(ends, shape) if shape else np.array(ends[turn % len(ends)])
                turn //= len(ends)
            else:
                strata.add(own if realises(p.domain, shape, own) else "moderate")
                x = sample(p.domain, shape, own, dtype, rng)
            if not p.declared and p.domain.kind == "interval":
                x = fold(x, (folds or {}).get(p.name, 0), p.domain)
        value = settle(x, p.domain, dtype)
        earlier.append((p.domain, value))
        inputs[p.name] = value if shape else value[()]
    if len(strata) > 1:
        strata.discard("moderate")
    return Point(inputs, tuple(sorted(strata)))


def neighbour(earlier: Sequence[tuple[Domain, np.ndarray]], shape: tuple[int, ...], domain: Domain) -> Any:
    """An array drawn before that one of this shape and domain may agree with; ``None`` without.

    The last of the same shape and domain; else of intervals, whose ends `settle` keeps, one
    of the same shape, or for a number some element of an array.
    """
    if domain.kind not in PAIRED:
        return None
    same = [x for d, x in earlier if d == domain and x.shape == shape]
    if same or domain.kind == "simplex":
        return same[-1] if same else None
    others = [x for d, x in earlier if d.kind == "interval"]
    alike = [x for x in others if x.shape == shape]
    if alike:
        return alike[-1]
    return np.asarray(others[-1].flat[0]) if others and not shape and others[-1].size else None


def fold(x: np.ndarray, way: int, domain: Domain) -> np.ndarray:
    """An array as it is, made positive, or brought into (0, 1), if the domain is wider."""
    if way == 0 or (domain.lo is not None and domain.hi is not None):
        return x
    positive = np.asarray(np.abs(x))
    if way == 1:
        return positive
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(positive < 1, positive, 1 / np.maximum(positive, 1)))


def draw_integers(
    p: Parameter,
    shape: tuple[int, ...],
    mode: str,
    sizes: Mapping[str, int],
    is_place: bool,
    rng: np.random.Generator,
) -> Any:
    """Integers of a domain; small ones where they are positions or bounds."""
    lo = None if p.domain.lo is None else int(np.ceil(float(p.domain.lo)))
    hi = None if p.domain.hi is None else int(np.floor(float(p.domain.hi)))
    if p.domain.members:
        values = rng.choice([int(m) for m in p.domain.members], shape)
    elif is_place:
        top = max([*sizes.values(), 1])
        first = 0 if lo is None else lo
        values = rng.integers(first, max(first, top if hi is None else min(hi, top)) + 1, shape)
    else:
        pool = [0, 1, 2, 3, 4, 7, 8, 9] if mode in ("moderate", "zero", "edge") else [1, 2, 5, 31, 100, 1000]
        low, high = (-np.inf if lo is None else lo), (np.inf if hi is None else hi)
        ends = [e for e in (lo, hi) if e is not None]
        values = rng.choice([n for n in [*pool, *ends] if low <= n <= high] or [lo or 0], shape)
    return np.asarray(values, np.int64) if shape else int(values)


def draw_extents(
    equation: Equation, rng: np.random.Generator, counted: Sequence[Parameter | Comprehension] | None = None
) -> dict[str, int]:
    """A size for every axis: 2..5 and all different, sometimes 1, fewer where the ``counted`` arrays are large."""
    counted = equation.parameters if counted is None else counted
    names = list(dict.fromkeys(a.name for p in equation.parameters for a in p.axes))
    pool = [2, 3, 4, 5] if len(names) <= 4 else list(range(2, 2 + len(names)))
    sizes = dict(zip(names, (int(n) for n in rng.permutation(pool)), strict=False))
    while names and sum(elements(c, sizes) for c in counted) > BUDGET:
        largest = max(sizes, key=lambda n: sizes[n])
        if sizes[largest] <= 2:
            break
        sizes[largest] -= 1
    if names and rng.random() < 0.08:
        sizes[str(rng.choice(names))] = 1
    for name in names:
        if name.isdigit():
            sizes[name] = int(name)
    return sizes


def elements(c: Parameter | Comprehension, sizes: Mapping[str, int]) -> int:
    """How many numbers an array holds; axes that nothing sizes count as one."""
    return math.prod([sizes.get(a.name, 1) for a in c.axes])


def position_parameters(equation: Equation) -> frozenset[str]:
    """Integer parameters that appear in positions or bounds."""
    integers = {p.name for p in equation.parameters if p.integer}
    found: set[str] = set()
    for c in (*equation.lets, *equation.outputs):
        spots = [e for b in c.bounds for e in (b.lo, b.hi)]
        for node in sympy.preorder_traversal(c.body):
            match type(node).__name__:
                case "Indexed":
                    spots += node.indices
                case "Sum" | "Product":
                    spots += node.limits[0][1:]
                case "ReduceMax" | "ReduceMin" | "ArgMax" | "ArgMin":
                    spots += node.args[2:]
                case "InverseElement":
                    spots += node.args[1:]
        found |= {s.name for e in spots for s in e.free_symbols} & integers
    return frozenset(found)


__all__ = ["SCALES", "Point", "draw", "draw_extents", "is_defined", "is_possible", "points", "position_parameters"]
