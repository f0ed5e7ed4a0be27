"""Adaptive quadrature of many integrals at once, in coordinates that show every scale.

A range is cut at its *centres*: its finite ends, and points about which the integrand may change fast.
From each centre ``p`` the distance ``d`` runs over panels whose ends are ``rho`` times as far each, and
within a panel the variable is ``log d``:

    ∫ f(x) dx = Σ_panels ∫ f(p ± e^v) e^v dv

A peak of any width at a centre, a power at a singular end and an algebraic tail then extend over few
panels.  Each gets the rule of Gauss and Kronrod with 15 points; those with the largest errors are halved.
What lies beyond the innermost and outermost panel follows from the rate at which the integrand falls there,
as a power of the distance; where it does not fall, the integral diverges.

Source:  Gauss–Kronrod error estimate: Piessens et al., QUADPACK, 1983, §2.2.1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: Points ``x`` and the number of the integral that each is for, to values ``(points, components)``.
Integrand = Callable[[Array, Array], Array]

EPS = float(np.finfo(np.float64).eps)

_KRONROD = np.array([
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851, 0.864864423359769072789712788640926,
    0.741531185599394439863864773280788, 0.586087235467691130294144691693311, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0.0,
])
_KRONROD_WEIGHTS = np.array([
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204, 0.104790010322250183839876322541518,
    0.140653259715525918745189590510238, 0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714,
])
_GAUSS_WEIGHTS = np.array([
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780, 0.381830050505118944950369775488975,
    0.417959183673469387755102040816327,
])
NODES = np.concatenate([-_KRONROD, _KRONROD[-2::-1]])
WEIGHTS = np.concatenate([_KRONROD_WEIGHTS, _KRONROD_WEIGHTS[-2::-1]])
_inner = np.zeros(8)
_inner[1::2] = _GAUSS_WEIGHTS
GAUSS = np.concatenate([_inner, _inner[-2::-1]])

#: Panels of one integral beyond which it is given up, and rounds of halving.
MOST_PANELS, ROUNDS = 2000, 40
#: Halvings without effect after which a panel is left.
PATIENCE = 3
#: Points of one call of an integrand.
MOST_POINTS = 1 << 20
#: Rates of decay below which an integral is taken to diverge, or not to be summable.
DIVERGES, SLOW = 2e-3, 2e-2
#: How far apart (in logarithms) the decay is measured, and the part of what is left that is doubted in any case.
STEP, ROUGHLY = 2.0, 1e-9


@dataclass(slots=True)
class Panels:
    """Parts of integrals: ``x = centre + sign e^v`` for v from ``lo`` to ``hi``, of the integral ``owner``.

    ``ray`` numbers the way that a panel lies on.
    """

    owner: Array
    ray: Array
    centre: Array
    sign: Array
    lo: Array
    hi: Array

    def __len__(self) -> int:
        return len(self.owner)

    def chosen(self, at: Array) -> Panels:
        return Panels(*(getattr(self, f)[at] for f in self.__slots__))

    def halved(self) -> Panels:
        """Both halves of every panel."""
        middle = (self.lo + self.hi) / 2
        first = Panels(self.owner, self.ray, self.centre, self.sign, self.lo, middle)
        last = Panels(self.owner, self.ray, self.centre, self.sign, middle, self.hi)
        return Panels(*(np.concatenate([getattr(x, f) for x in (first, last)]) for f in self.__slots__))


@dataclass(frozen=True, slots=True)
class Rays:
    """Ways from a centre, of the integral ``owner``: distances ``e^lo`` to ``e^hi`` in blocks of one length.

    ``infinite`` ones are to go on beyond ``hi``.
    """

    owner: Array
    centre: Array
    sign: Array
    lo: Array
    hi: Array
    infinite: Array
    block: float

    def panels(self) -> Panels:
        """One panel for each block."""
        each = np.rint((self.hi - self.lo) / self.block).astype(int)
        ray = np.repeat(np.arange(len(each)), each)
        k = np.arange(len(ray)) - np.repeat(np.cumsum(each) - each, each)
        lo = self.lo[ray] + k * self.block
        hi = np.where(k + 1 == each[ray], self.hi[ray], lo + self.block)
        return Panels(self.owner[ray], ray, self.centre[ray], self.sign[ray], lo, hi)


@dataclass(frozen=True, slots=True)
class Found:
    """Integrals, estimates of their errors, the integrals of |f|, and what went wrong with each ("" for nothing)."""

    value: Array
    error: Array
    size: Array
    trouble: list[str]


def ruled(f: Integrand, panels: Panels) -> tuple[Array, Array, Array]:
    """Kronrod's value, the error estimate and the integral of |f| of each panel: ``(panels, components)``."""
    out: list[tuple[Array, Array, Array]] = []
    step = max(1, MOST_POINTS // len(NODES))
    for start in range(0, max(1, len(panels)), step):
        out.append(_ruled(f, panels.chosen(np.arange(start, min(start + step, len(panels))))))
    k, e, a = (np.concatenate([o[i] for o in out]) for i in range(3))
    return k, e, a


def _ruled(f: Integrand, panels: Panels) -> tuple[Array, Array, Array]:
    half = (panels.hi - panels.lo) / 2
    v = ((panels.hi + panels.lo) / 2)[:, None] + half[:, None] * NODES
    d = np.exp(v)
    x = panels.centre[:, None] + panels.sign[:, None] * d
    y = sampled(f, x.ravel(), np.repeat(panels.owner, len(NODES)), np.abs(d).ravel())
    y = y.reshape(*x.shape, -1) * d[..., None]
    with np.errstate(all="ignore"):
        kronrod = np.einsum("k,pkn->pn", WEIGHTS, y) * half[:, None]
        gauss = np.einsum("k,pkn->pn", GAUSS, y) * half[:, None]
        size = np.einsum("k,pkn->pn", WEIGHTS, np.abs(y)) * half[:, None]
        mean = kronrod / (2 * half[:, None])
        spread = np.einsum("k,pkn->pn", WEIGHTS, np.abs(y - mean[:, None, :])) * half[:, None]
        error = np.abs(kronrod - gauss)
        scaled = np.where(spread > 0, spread * np.minimum(1.0, (200 * error / spread) ** 1.5), error)
        return kronrod, np.maximum(scaled, 4 * EPS * size), size


def sampled(f: Integrand, x: Array, owner: Array, scale: Array) -> Array:
    """The integrand, with points at which it is NaN or infinite moved a little."""
    with np.errstate(all="ignore"):
        y = np.asarray(f(x, owner), np.float64)
        for move in (1e-7, -1e-7, 3e-5):
            bad = ~np.isfinite(y).all(axis=1)
            if not bad.any():
                break
            again = np.asarray(f(x[bad] + move * scale[bad], owner[bad]), np.float64)
            y[bad] = np.where(np.isfinite(y[bad]), y[bad], again)
    return y


#: Where the polynomial through Kronrod's points is compared with the integrand, between -1 and 1.
_NEAR = 2 * 10.0 ** np.array([-1.3, -2.1, -4, -7, -12])
PROBES = np.concatenate([_NEAR - 1, 1 - _NEAR, [-0.5437, -0.1213, 0.0719, 0.4791]])
_apart = PROBES[:, None] - NODES
_barycentric = 1 / np.prod(NODES[:, None] - NODES + np.eye(15), axis=1)
INTERPOLATION = _barycentric / _apart / (_barycentric / _apart).sum(axis=1)[:, None]
#: Part of the largest value by which the two may differ.
SMOOTH = 1e-5


def plainly(f: Integrand, lo: Array, hi: Array, rtol: float) -> tuple[Array, Found]:
    """Integrals over finite ranges by one rule each, and which of them it is good for.

    It is where the error is estimated small and the integrand is the polynomial of the rule near the ends too.
    """
    half = (hi - lo) / 2
    x = (lo + half)[:, None] + half[:, None] * np.concatenate([NODES, PROBES])
    with np.errstate(all="ignore"):
        y = np.asarray(f(x.ravel(), np.repeat(np.arange(len(lo)), x.shape[1])), np.float64).reshape(*x.shape, -1)
        own, others = y[:, :15], y[:, 15:]
        value, gauss, size = (
            np.einsum("k,jkn->jn", w, z) * half[:, None]
            for w, z in ((WEIGHTS, own), (GAUSS, own), (WEIGHTS, np.abs(own)))
        )
        error = np.maximum(np.abs(value - gauss), 4 * EPS * size)
        expected = np.einsum("pk,jkn->jpn", INTERPOLATION, own)
        most = np.abs(own).max(axis=1)
        smooth = (np.abs(expected - others) <= SMOOTH * most[:, None]).all(axis=(1, 2))
        good = smooth & (error <= np.maximum(rtol * np.abs(value), 50 * EPS * size)).all(axis=1)
    return good, Found(value, error, size, [""] * len(lo))


def integrated(f: Integrand, rays: Rays, count: int, rtol: float, atol: float) -> Found:
    """The sums over rays by integral, in panels that are halved until the errors are small or there is no use."""
    panels = rays.panels()
    goal = max(rtol / 300, 50 * EPS)
    value, error, size = ruled(f, panels)
    trouble = [""] * count
    open_ones = np.ones(count, bool)
    stalled = np.zeros(len(panels), int)
    for _ in range(ROUNDS):
        total, errors, sizes = (summed(a, panels.owner, count) for a in (value, error, size))
        finite = np.isfinite(total).all(axis=1)
        allowed = np.maximum(np.maximum(goal * np.abs(total), atol), 8 * EPS * sizes)
        with np.errstate(invalid="ignore"):
            open_ones &= finite & (errors > allowed).any(axis=1)
        pieces = np.bincount(panels.owner, minlength=count)
        for j in np.flatnonzero(open_ones & (pieces > MOST_PANELS)):
            trouble[j] = "it does not settle: it may oscillate, or diverge"
            open_ones[j] = False
        if not open_ones.any():
            break
        share = allowed / np.maximum(pieces, 1)[:, None]
        with np.errstate(invalid="ignore"):
            wide = panels.hi - panels.lo > 1e-12 * np.maximum(1.0, np.abs(panels.hi))
            large = (error > np.maximum(share[panels.owner], 6 * EPS * size)).any(axis=1)
            worst = error.max(axis=1) >= 0.1 * largest(error.max(axis=1), panels.owner, count)[panels.owner]
        cut = open_ones[panels.owner] & wide & (large | worst) & (stalled < PATIENCE)
        if not cut.any():
            break
        new = panels.chosen(cut).halved()
        v, e, s = ruled(f, new)
        # Halves that give the same and err as much together as the whole did err by rounding, not by their rule.
        n = len(e) // 2
        with np.errstate(invalid="ignore"):
            same = (np.abs(v[:n] + v[n:] - value[cut]) <= 1e-5 * size[cut]).all(axis=1)
            as_bad = (e[:n] + e[n:]).max(axis=1) >= 0.5 * error[cut].max(axis=1)
        again = np.where(same & as_bad, stalled[cut] + 1, 0)
        stalled = np.concatenate([stalled[~cut], again, again])
        panels = Panels(*(np.concatenate([getattr(panels, n)[~cut], getattr(new, n)]) for n in Panels.__slots__))
        value, error, size = (
            np.concatenate([old[~cut], fresh]) for old, fresh in ((value, v), (error, e), (size, s))
        )
    total, errors, sizes = (summed(a, panels.owner, count) for a in (value, error, size))
    beyond, more = tails(f, rays, sizes, trouble)
    for j in np.flatnonzero(np.isnan(total).any(axis=1)):
        trouble[j] = "the integrand is undefined at points of the range"
    for j in np.flatnonzero(np.isinf(total).any(axis=1)):
        trouble[j] = "the integrand is infinite, or overflows, on a part of the range"
    with np.errstate(invalid="ignore"):
        return Found(total + beyond, errors + more, sizes, trouble)


def summed(x: Array, owner: Array, count: int) -> Array:
    """Sums by integral, small numbers first."""
    order = np.argsort(np.abs(x).max(axis=1), kind="stable") if len(x) else np.arange(0)
    out = np.zeros((count, x.shape[1]))
    np.add.at(out, owner[order], x[order])
    return out


def largest(x: Array, owner: Array, count: int) -> Array:
    out = np.zeros(count)
    np.maximum.at(out, owner, np.nan_to_num(x))
    return out


def tails(f: Integrand, rays: Rays, totals: Array, trouble: list[str]) -> tuple[Array, Array]:
    """What lies beyond the ends of rays, with estimates of the errors; notes divergence.

    Where the integrand is a power of the distance, ``g(v) = f e^v`` falls like ``e^(-rate v)``, and
    ``g / rate`` is left at the end.
    """
    n = totals.shape[1]
    beyond, errors = np.zeros(totals.shape), np.zeros(totals.shape)
    for outward in (False, True):
        ends = np.flatnonzero(rays.infinite) if outward else np.arange(len(rays.owner))
        if not len(ends):
            continue
        edge, back = (rays.hi, -STEP) if outward else (rays.lo, STEP)
        v = edge[ends, None] + back * np.arange(3)
        d = np.exp(v)
        x = rays.centre[ends, None] + rays.sign[ends, None] * d
        y = sampled(f, x.ravel(), np.repeat(rays.owner[ends], 3), d.ravel()).reshape(-1, 3, n)
        g = np.nan_to_num(y * d[..., None], nan=0.0, posinf=1e300, neginf=-1e300)
        with np.errstate(all="ignore"):
            rate, earlier = (np.log(g[:, k + 1] / g[:, k]) / STEP for k in (0, 1))
            rest = g[:, 0] / rate
            doubt = np.abs(rest) * np.minimum(1.0, np.abs(rate - earlier) / rate) + ROUGHLY * np.abs(rest)
        matters = np.abs(g[:, 0]) > 1e-2 * EPS * totals[rays.owner[ends]]
        for r, k in np.argwhere(matters):
            j = rays.owner[ends[r]]
            if rate[r, k] > SLOW:
                beyond[j, k] += rest[r, k]
                errors[j, k] += doubt[r, k]
            elif rate[r, k] <= DIVERGES and abs(np.sign(g[r, :, k]).sum()) == 3 and not trouble[j]:
                trouble[j] = "it diverges"
                beyond[j, k] += np.copysign(np.inf, g[r, 0, k])
                errors[j, k] = np.inf
            else:
                trouble[j] = trouble[j] or "it decays too slowly, or oscillates, where the last points lie"
                errors[j, k] = np.inf
    return beyond, errors
