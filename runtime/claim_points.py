"""Points at which claims are tried: floats that lie in their domains exactly.

A divergence of two arrays that sum to one only nearly may well be negative, and would refute a true
claim.  Probabilities are therefore whole multiples of a power of two that sum to one without rounding,
orthogonal matrices are made of reflections whose elements are such multiples, and intervals hold their
points.  The first points are simple ones, so that a counterexample reads well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ..equations.domain import Domain
from ..equations.equation import Equation, Parameter
from .domain_samples import MODES, closed_ends, partner, realises, sample, settle
from .points import draw_extents, draw_integers, fold, is_possible, neighbour, position_parameters

Inputs = dict[str, Any]

#: Simple points before the adversarial ones.
SIMPLE = 12
#: Points, early ones, at which every number is the same.
UNIFORM = {3: 0.0, 6: 1.0, 9: -1.0}
#: Ends of ranges that no array bounds are drawn up to this, and at every `LONG`-th point up to a larger one.
REACH, LONG = 9, 6
#: Terms of nested sums together, and elements of inputs, at a long point.
TERMS, ELEMENTS = 1500, 260
#: Bits of probabilities: their sums are exact below 53.
FINE, COARSE = 50, 4


class ClaimPoints:
    """An endless stream of candidate points; `reward` tells which foldings lead into the natural domain."""

    def __init__(self, equation: Equation, seed: int = 0) -> None:
        self.equation = equation
        self.rng = np.random.default_rng(seed)
        self.places = position_parameters(equation)
        self.modes = [m for m in MODES if is_possible(equation, m)]
        self.folds = {p.name: np.ones(3) for p in equation.parameters}
        self.exact = [p.name for p in equation.parameters if p.domain.kind == "orthogonal"]
        self.corners = 0
        #: A length that nested sums of the equation still allow.
        self.longest = int(TERMS ** (1 / max(1, nesting(equation))))

    def point(self, n: int, attempt: int = 0) -> tuple[Inputs, dict[str, int]]:
        """The n-th point, and how its undeclared inputs were folded; later attempts fold more."""
        rng = self.rng
        sizes = self._sizes(n)
        if n in UNIFORM and attempt == 0:
            return self._uniform(sizes, UNIFORM[n]), {}
        chosen = {
            name: 0 if attempt < 2 else int(rng.choice(3, p=w / w.sum())) for name, w in self.folds.items()
        }
        if n < SIMPLE:
            return self._drawn(sizes, "moderate", chosen, simple=True), chosen
        mode = self.modes[n % len(self.modes)] if attempt < 12 else "moderate"
        corner = self.corners if mode in ("edge", "zero") and n % 2 else None
        self.corners += corner is not None
        return self._drawn(sizes, mode, chosen, corner=corner), chosen

    def reward(self, chosen: Mapping[str, int]) -> None:
        """Draw foldings that led to a defined point more often."""
        for name, way in chosen.items():
            self.folds[name][way] += 1

    def equal(self, n: int) -> Inputs:
        """A point at which all inputs of one shape and domain, or at every other such point some of them, are equal."""
        inputs, _ = self.point(n)
        first: dict[Any, Any] = {}
        for p in self.equation.parameters:
            key = (p.domain, np.shape(inputs[p.name]), p.integer)
            if n % 4 == 1 or self.rng.random() < 0.6:
                inputs[p.name] = first.setdefault(key, inputs[p.name])
        return inputs

    def _integers(self, p: Parameter, shape: tuple[int, ...], mode: str, sizes: Mapping[str, int]) -> Any:
        """Integers of a domain; the end of a range is drawn beyond arrays too, where there may be none."""
        if p.name not in self.places or (sizes and self.rng.random() < 0.7):
            return draw_integers(p, shape, mode, sizes, p.name in self.places, self.rng)
        reach = self.longest if self.rng.random() < 1 / LONG else REACH
        return draw_integers(p, shape, mode, {"": min(reach, self.longest)}, True, self.rng)

    def _uniform(self, sizes: Mapping[str, int], x: float) -> Inputs:
        """A point of one number all over, or of the nearest one that a domain has."""
        out: Inputs = {}
        for p in self.equation.parameters:
            shape = tuple(sizes[a.name] for a in p.axes)
            if p.integer or p.domain.kind != "interval":
                out[p.name] = self._drawn(sizes, "moderate", {}, simple=True)[p.name]
                continue
            value = settle(np.full(shape, x), p.domain, "float64")
            out[p.name] = value if shape else value[()]
        return out

    def whole(self, n: int) -> Inputs:
        """A point of small whole numbers, where the domains have them: roots of equations are often such."""
        inputs, _ = self.point(n)
        for p in self.equation.parameters:
            if p.domain.kind == "interval" and not p.integer:
                x = self.rng.integers(-4, 5, np.shape(inputs[p.name])).astype(np.float64)
                value = settle(x, p.domain, "float64")
                inputs[p.name] = value if value.ndim else value[()]
        return inputs

    def near(self, inputs: Mapping[str, Any]) -> Inputs:
        """Inputs moved a little within their domains; integers move by a whole number."""
        out: Inputs = {}
        for p in self.equation.parameters:
            x = np.asarray(inputs[p.name])
            if p.integer or p.domain.kind in ("integer", "finite"):
                moved = x + self.rng.integers(1, 4) if p.domain.kind != "finite" else x
                beyond = p.domain.hi is not None and np.any(moved > float(p.domain.hi))
                out[p.name] = inputs[p.name] if beyond else moved if x.ndim else moved[()]
                continue
            scale = np.where(x == 0, 1e-3, np.abs(x) * 1e-3)
            moved = x + scale * self.rng.standard_normal(x.shape)
            value = within(moved, p.domain, FINE)
            out[p.name] = value if x.ndim else value[()]
        return out

    def _sizes(self, n: int) -> dict[str, int]:
        sizes = draw_extents(self.equation, self.rng)
        if n % 7 == 5 and sizes:
            name = str(self.rng.choice(list(sizes)))
            sizes[name] = int(name) if name.isdigit() else int(self.rng.integers(1, 3))
        if n % LONG == LONG - 2 and n > SIMPLE:
            self._lengthen(sizes)
        for p in self.equation.parameters:
            if p.name in self.exact and p.axes:
                for a in p.axes:
                    sizes[a.name] = int(a.name) if a.name.isdigit() else int(self.rng.integers(4, 6))
        return sizes

    def _lengthen(self, sizes: dict[str, int]) -> None:
        """Make one axis long: what is true of short arrays may be false of long ones."""
        free = [name for name in sizes if not name.isdigit()]
        if not free:
            return
        name = str(self.rng.choice(free))
        held = [[a.name for a in p.axes] for p in self.equation.parameters if name in {a.name for a in p.axes}]
        for size in self.rng.permutation([160, 60, 24, 12, 8]):
            trial = {**sizes, name: int(size)}
            if size <= self.longest and sum(int(np.prod([trial[a] for a in axes])) for axes in held) <= ELEMENTS:
                sizes[name] = int(size)
                return

    def _drawn(
        self, sizes: Mapping[str, int], mode: str, chosen: Mapping[str, int], corner: int | None = None,
        simple: bool = False,
    ) -> Inputs:
        rng = self.rng
        inputs: Inputs = {}
        earlier: list[tuple[Domain, np.ndarray]] = []
        turn = corner or 0
        for p in self.equation.parameters:
            shape = tuple(sizes[a.name] for a in p.axes)
            if p.integer:
                inputs[p.name] = self._integers(p, shape, mode, sizes)
                continue
            own = mode if rng.random() < 0.7 else "moderate"
            beside = neighbour(earlier, shape, p.domain) if mode in ("cancellation", "ties") else None
            ends = closed_ends(p.domain) if corner is not None else []
            if mode == "cancellation" and beside is not None:
                x = partner(beside, p.domain, "float64", rng)
            elif mode == "ties" and beside is not None and rng.random() < 0.5:
                x = beside
            elif ends:
                x = rng.choice(ends, shape) if shape else np.array(ends[turn % len(ends)])
                turn //= len(ends)
            else:
                x = sample(p.domain, shape, own if realises(p.domain, shape, own) else "moderate", "float64", rng)
            if not p.declared and p.domain.kind == "interval":
                x = fold(np.asarray(x), chosen.get(p.name, 0), p.domain)
            value = simplified(x, p.domain, rng) if simple else within(x, p.domain, FINE, rng)
            earlier.append((p.domain, value))
            inputs[p.name] = value if shape else value[()]
        return inputs


def nesting(equation: Equation) -> int:
    """How many sums and products stand inside each other, through definitions."""
    depths: dict[str, int] = {}

    def depth(e: Any) -> int:
        inside = max((depth(a) for a in e.args), default=0)
        own = 0
        if isinstance(e, sympy.Sum | sympy.Product):
            # A range such as 1..2^n grows beyond every number of terms.
            ends = [x for limit in e.limits for x in limit[1:]]
            own = len(e.limits) + 3 * any(not (x.is_Symbol or x.is_number or x.is_Add) for x in ends)
        named = str(e.base.label) if isinstance(e, sympy.Indexed) else getattr(e, "name", "")
        return own + max(inside, depths.get(named, 0))

    for c in equation.lets:
        depths[c.name] = depth(c.body) + len(c.bounds)
    return max(depth(c.body) + len(c.bounds) for c in equation.outputs)


def within(x: Any, domain: Domain, bits: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """An array that lies in the domain exactly, close to the one given."""
    x = np.asarray(x, np.float64)
    if domain.kind == "simplex":
        return dyadic(x, bits)
    if domain.kind == "orthogonal":
        return reflections(x.shape, rng or np.random.default_rng(0))
    return settle(x, domain, "float64")


def dyadic(p: np.ndarray, bits: int) -> np.ndarray:
    """Probabilities as whole multiples of ``2^-bits`` whose sum over the last axis is 1 exactly."""
    whole = 1 << bits
    flat = np.abs(np.nan_to_num(p.reshape(-1, p.shape[-1])))
    out = np.zeros_like(flat)
    for k, row in enumerate(flat):
        total = row.sum()
        row = row / total if total > 0 else np.full_like(row, 1 / row.size)
        counts = [int(v * whole) for v in row]
        counts[int(np.argmax(row))] += whole - sum(counts)
        out[k] = [c / whole for c in counts]
    return np.asarray(out.reshape(p.shape))


def simplified(x: Any, domain: Domain, rng: np.random.Generator) -> np.ndarray:
    """A point of few digits near a moderate one."""
    x = np.asarray(x, np.float64)
    match domain.kind:
        case "interval" if domain.lo is not None and domain.hi is not None:
            lo, hi = float(domain.lo), float(domain.hi)
            share = np.clip(np.round((x - lo) / (hi - lo) * 8), 0 if not domain.lo_open else 1,
                            8 if not domain.hi_open else 7)
            return settle(lo + (hi - lo) * share / 8, domain, "float64")
        case "interval":
            near = np.round(x * 4) / 4
            open_end = (domain.lo is not None and domain.lo_open) or (domain.hi is not None and domain.hi_open)
            if open_end:
                ends = [float(e) for e in (domain.lo, domain.hi) if e is not None]
                near = np.where(np.isin(near, ends), x, near)
            return settle(near, domain, "float64")
        case "simplex":
            return dyadic(x, COARSE)
        case "spd":
            g = rng.integers(-2, 3, x.shape).astype(np.float64)
            return np.asarray(g @ np.swapaxes(g, -1, -2) + np.eye(x.shape[-1]))
        case "symmetric":
            near = np.round(x * 2) / 2
            return np.asarray((near + np.swapaxes(near, -1, -2)) / 2)
    return within(x, domain, FINE, rng)


def reflections(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Orthogonal matrices with exact elements: permutations, signs, and I - v v^T / 2 for four ones in v."""
    n = shape[-1]
    q = np.eye(n)[rng.permutation(n)] * rng.choice([-1.0, 1.0], n)
    for _ in range(3 if n >= 4 else 0):
        v = np.zeros(n)
        v[rng.permutation(n)[:4]] = rng.choice([-1.0, 1.0], 4)
        q = (np.eye(n) - np.outer(v, v) / 2) @ q
    return np.asarray(np.broadcast_to(q, shape).copy())


__all__ = ["SIMPLE", "ClaimPoints", "dyadic", "reflections", "within"]
