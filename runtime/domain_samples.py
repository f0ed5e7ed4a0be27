"""Adversarial arrays from each kind of domain.

A mode says what the array is meant to bring out; a sampler that has nothing of that
kind answers with a moderate array.  Modes are the strata that certificates list:

    moderate      N(0,1); uniform; Dirichlet(1); Wishart
    wide          magnitudes uniform in the exponent, 10^±8 (float32: 10^±4)
    overflow      near where exp overflows, underflows, or stops mattering beside 1
    zero          exact zeros, ±1
    ties          equal elements
    offset        a common large offset with small differences
    cancellation  elements or partner arrays that agree to 1..16 digits; numbers near ±1
    edge          at closed ends, next to open ones, corners, condition 10^8
    extreme       10^±300 (float32: 10^±30)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..equations.domain import Domain

Array = np.ndarray[Any, Any]

MODES = ("moderate", "wide", "overflow", "zero", "ties", "offset", "cancellation", "edge", "extreme")

#: Where exp overflows, underflows, or vanishes beside 1, in both formats, and far beyond.
SPECIAL = (709.78, 745.1, 1000.0, 36.7, 17.3, 88.7, 104.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Scales:
    """Exponents of ten that suit a format."""

    wide: float
    extreme: float
    offset: float
    digits: float
    condition: float
    overflow: tuple[float, ...]


SCALES = {
    "float64": Scales(8, 300, 8, 16, 8, SPECIAL),
    "float32": Scales(4, 30, 4, 7, 3, (88.7, 104.0, 1000.0, 17.3, 1.0, 0.0)),
}


def sample(domain: Domain, shape: tuple[int, ...], mode: str, dtype: str, rng: np.random.Generator) -> Array:
    """One array of the domain, in float64; `settle` makes it one of the format."""
    scales = SCALES[dtype]
    match domain.kind:
        case "interval":
            return _interval(domain, shape, mode, scales, rng)
        case "integer":
            lo = 0 if domain.lo is None else int(np.ceil(float(domain.lo)))
            hi = max(lo, 6 if domain.hi is None else int(domain.hi))
            return rng.integers(lo, hi + 1, shape).astype(np.float64)
        case "finite":
            return rng.choice([float(m) for m in domain.members], shape)
        case "simplex":
            return _simplex(shape, mode, rng)
        case "spd":
            return _spd(shape, mode, scales, rng)
        case "psd":
            factor = rng.integers(-3, 4, (*shape[:-1], max(1, shape[-1] - 1))).astype(np.float64)
            return factor @ np.swapaxes(factor, -1, -2)
        case "symmetric":
            square = _real(shape, mode, scales, rng)
            return (square + np.swapaxes(square, -1, -2)) / 2
        case _:
            return np.linalg.qr(rng.standard_normal(shape))[0]


def settle(x: Array, domain: Domain, dtype: str) -> Array:
    """The array rounded to the format and pushed back inside the domain's ends."""
    with np.errstate(over="ignore"):
        out = np.asarray(x, dtype)
    if domain.kind == "interval":
        big = np.finfo(out.dtype).max
        out = np.clip(out, -big, big)
        if domain.lo is not None:
            lo = out.dtype.type(float(domain.lo))
            least = np.nextafter(lo, out.dtype.type(np.inf)) if domain.lo_open or lo < domain.lo else lo
            out = np.maximum(out, least)
        if domain.hi is not None:
            hi = out.dtype.type(float(domain.hi))
            most = np.nextafter(hi, out.dtype.type(-np.inf)) if domain.hi_open or hi > domain.hi else hi
            out = np.minimum(out, most)
    elif domain.kind in ("spd", "psd", "symmetric"):
        out = (out + np.swapaxes(out, -1, -2)) / out.dtype.type(2)
    return np.asarray(out, dtype)


def partner(x: Array, domain: Domain, dtype: str, rng: np.random.Generator) -> Array:
    """An array that agrees with ``x`` to some digits, of the same domain in floats."""
    k = rng.uniform(1, SCALES[dtype].digits)
    y = x * (1 + 10**-k * rng.standard_normal(x.shape))
    if domain.kind == "simplex":
        y = np.asarray(np.abs(y), dtype)
        y = y / y.sum(-1, keepdims=True)
    return y


def realises(domain: Domain, shape: tuple[int, ...], mode: str) -> bool:
    """Whether the sampler of this domain and shape has something of this mode."""
    many = math.prod(shape) > 1
    match domain.kind:
        case "interval":
            bounded = domain.lo is not None and domain.hi is not None
            match mode:
                case "zero":
                    return domain_contains(domain, 0.0)
                case "edge":
                    return domain.lo is not None or domain.hi is not None
                case "cancellation":
                    return many or not bounded
                case "ties":
                    return many
                case "offset":
                    return many and not bounded
                case "overflow":
                    return not bounded
            return True
        case "simplex":
            if shape[-1] == 1:
                return mode in ("moderate", "wide")
            return mode in ("moderate", "wide", "zero", "ties", "edge", "overflow")
        case "spd":
            return mode == "moderate" or (shape[-1] > 1 and mode in ("edge", "zero"))
        case "symmetric":
            return mode in ("moderate", "wide", "zero")
    return mode == "moderate"


def closed_ends(domain: Domain) -> list[float]:
    """Ends that an interval contains."""
    if domain.kind != "interval":
        return []
    return [float(e) for e in (domain.lo, domain.hi) if e is not None and domain_contains(domain, float(e))]


def domain_contains(domain: Domain, x: float) -> bool:
    """Whether an interval contains a number."""
    above = domain.lo is None or x > domain.lo or (x == domain.lo and not domain.lo_open)
    below = domain.hi is None or x < domain.hi or (x == domain.hi and not domain.hi_open)
    return above and below


def _real(shape: tuple[int, ...], mode: str, s: Scales, rng: np.random.Generator) -> Array:
    normal = rng.standard_normal(shape)
    sign = rng.choice([-1.0, 1.0], shape)
    match mode:
        case "wide":
            return np.asarray(sign * 10 ** rng.uniform(-s.wide, s.wide, shape if rng.random() < 0.5 else ()))
        case "overflow" if rng.random() < 0.5:
            # Differences beyond every exponent, for shifts by the wrong element.
            return np.asarray(sign * rng.choice(s.overflow[:3], shape))
        case "overflow":
            return np.where(rng.random(shape) < 0.7, sign * rng.choice(s.overflow, shape), normal)
        case "zero":
            whole = rng.random() < 0.2
            return np.where((rng.random(shape) < 0.5) | whole, 0.0, rng.choice([-1.0, 1.0, 0.5], shape))
        case "ties":
            return rng.choice(rng.standard_normal(max(1, int(rng.integers(1, 3)))), shape)
        case "offset":
            digits = s.offset if rng.random() < 0.25 else rng.uniform(2, s.offset)
            return float(rng.choice([-1, 1])) * 10**digits + normal
        case "cancellation" if math.prod(shape) == 1:
            # Nothing beside it to cancel with but the constants of the formula.
            return np.asarray(sign * (1 + 10 ** -rng.uniform(1, s.digits) * normal))
        case "cancellation":
            centre = rng.standard_normal() * 10 ** rng.uniform(-2, 2)
            return centre * (1 + 10 ** -rng.uniform(1, s.digits) * normal)
        case "extreme":
            return np.asarray(sign * 10 ** (rng.choice([-1.0, 1.0]) * rng.uniform(s.extreme / 3, s.extreme)))
    return normal


def _interval(d: Domain, shape: tuple[int, ...], mode: str, s: Scales, rng: np.random.Generator) -> Array:
    if mode == "zero":
        mild = _interval(d, shape, "moderate", s, rng)
        return np.where(rng.random(shape) < 0.5, 0.0, mild) if domain_contains(d, 0.0) else mild
    if d.lo is None and d.hi is None:
        return _real(shape, mode, s, rng)
    if d.lo is None or d.hi is None:
        end, sign = (float(d.lo), 1.0) if d.lo is not None else (float(d.hi or 0), -1.0)
        if mode == "edge":
            near = 10 ** -rng.uniform(0, 2 * s.wide, shape)
            return end + sign * np.where(rng.random(shape) < 0.3, 0.0, near)
        return end + sign * np.abs(_real(shape, mode, s, rng))
    lo, hi = float(d.lo), float(d.hi)
    match mode:
        case "edge":
            near = 10 ** -rng.uniform(1, s.digits, shape)
            u = np.where(rng.random(shape) < 0.25, 0.0, near)
            return np.where(rng.random(shape) < 0.5, lo + (hi - lo) * u, hi - (hi - lo) * u)
        case "wide" | "extreme":
            u = 10 ** -rng.uniform(0, s.wide if mode == "wide" else s.extreme, shape)
            return lo + (hi - lo) * u
        case "ties":
            return lo + (hi - lo) * rng.choice(rng.random(2), shape)
        case "cancellation":
            near = 10 ** -rng.uniform(1, s.digits) * rng.standard_normal(shape)
            return np.clip(lo + (hi - lo) * rng.random() * (1 + near), lo, hi)
    return lo + (hi - lo) * rng.random(shape)


def _simplex(shape: tuple[int, ...], mode: str, rng: np.random.Generator) -> Array:
    n, lead = shape[-1], shape[:-1]
    match mode:
        case "edge":
            return np.eye(n)[rng.integers(0, n, lead)]
        case "zero":
            p = rng.dirichlet(np.ones(n), lead) * (rng.random(shape) < 0.6)
            p[..., 0] += p.sum(-1) == 0
        case "ties":
            p = rng.choice([1.0, 1.0, 3.0], shape)
        case "overflow":
            p = rng.dirichlet(np.full(n, 0.05), lead)
        case "wide":
            p = np.exp(rng.uniform(-8, 8, shape))
        case _:
            p = rng.dirichlet(np.full(n, rng.choice([1.0, 1.0, 50.0])), lead)
    p = np.nan_to_num(p, nan=1.0)
    return np.asarray(p / p.sum(-1, keepdims=True))


def _spd(shape: tuple[int, ...], mode: str, s: Scales, rng: np.random.Generator) -> Array:
    n = shape[-1]
    if mode == "zero":
        return np.eye(n) * rng.uniform(0.5, 2, shape[:-1])[..., None]
    if mode == "edge":
        q = np.linalg.qr(rng.standard_normal(shape))[0]
        spectrum = 10 ** -rng.uniform(0, s.condition, shape[:-1])
        return np.asarray((q * spectrum[..., None, :]) @ np.swapaxes(q, -1, -2))
    g: Array = rng.standard_normal((*shape[:-1], n + 2))
    return np.asarray(g @ np.swapaxes(g, -1, -2) / n + 0.05 * np.eye(n))
