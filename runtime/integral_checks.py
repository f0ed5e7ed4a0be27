"""Certificates of kernels with computed values: the formula, its integrands, and the values themselves.

The formula around is certified with its computed values as free inputs, each integrand (and what gives an
end) as any other kernel.  The values are compared with enclosures (`enclosed`) at moderate points.  Where no
value could be enclosed, or one of the parts is undecided, so is the whole.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..equations.equation import Computed, Equation
from .certificate import Certificate
from .kernel import Kernel
from .points import draw, draw_extents

SEVERITY = ("verified", "undecided", "inaccurate", "miscompiled")
#: Points at which values are compared with enclosures, and draws for them.
POINTS, DRAWS = 8, 24
#: Seconds for all enclosures of one value.
PATIENCE = 8.0
#: How far a value may lie outside of its enclosure, as a part of it, where no warning was given.
APART = 1e-9

Verify = Callable[[Kernel], Certificate]


def with_computed(kernel: Kernel, around: Certificate, verify: Verify, seed: int = 0) -> Certificate:
    """The certificate of all of a kernel from that of the formula around its computed values."""
    found = around
    for c in kernel.card.computed:
        if c.idle:
            continue
        for name, word in parts_behind(kernel, c.value):
            found = joined(found, verify(kernel.behind(name)), word)
        if c.kind == "integral":
            equation = next(x for x in kernel.equation.computed if x.value == c.value)
            found = compared(found, kernel, equation, seed)
    return found


def parts_behind(kernel: Kernel, value: str) -> list[tuple[str, str]]:
    """The kernels behind a value, and what they are."""
    from .card import Card

    c = next(x for x in kernel.card.computed if x.value == value)
    costs = bool(c.takes) or "cost" in c.kind
    words = {"integral": "the integrand", "formula": value}
    out = [(value, words.get(c.kind, "the cost" if costs else "what is searched"))]
    if c.logs is not None:
        out.append((f"{value}/log", "the integrand in logarithms"))
    for k, pair in enumerate(c.bounds):
        out += [(f"{value}/{side}{k}", "an end") for side, e in zip(("from", "to"), pair, strict=True)
                if isinstance(e, Card) and not (c.kind == "formula" and side == "from")]
    return out


def joined(whole: Certificate, part: Certificate, word: str) -> Certificate:
    """A certificate with that of a part: the worse of the verdicts, and what was found of each."""
    worse = SEVERITY.index(part.verdict) > SEVERITY.index(whole.verdict)
    said = f"{word}: {part.verdict}, {part.max_ulp:.3g} ulp at {part.points} points"
    return replace(
        whole, verdict=part.verdict if worse else whole.verdict, worst=part.worst if worse else whole.worst,
        max_ulp=max(whole.max_ulp, part.max_ulp), max_kappa_ulp=max(whole.max_kappa_ulp, part.max_kappa_ulp),
        points=whole.points + part.points, undecided=whole.undecided + part.undecided,
        notes=(*whole.notes, said, *(f"{word}: {n}" for n in part.notes)),
    )


def compared(whole: Certificate, kernel: Kernel, c: Computed, seed: int) -> Certificate:
    """A certificate after a look at values beside their enclosures."""
    if c.axes:
        return undecided(whole, f"the integral {c.value} has elements: its values were not enclosed")
    try:
        checked, open_ones, furthest, worst = outcomes(kernel, c, seed)
    except NotImplementedError as no:
        return undecided(whole, str(no))
    if worst is not None:
        at, value, (lo, hi) = worst
        record: dict[str, Any] = {
            "inputs": at, "output": c.value, "at": [], "value": repr(value), "exact": f"between {lo!r} and {hi!r}",
            "ulp": "inf", "kappa_ulp": "inf", "reason": "outside the enclosure of the integral", "strata": ["moderate"],
            "introduced_by": "quadrature",
        }
        return replace(whole, verdict="miscompiled", worst=record, max_ulp=np.inf)
    if not checked:
        return undecided(whole, f"no value of {c.value} could be enclosed at {open_ones} points")
    said = f"{c.value}: {checked} values lie within {furthest:.2g} of enclosures"
    return replace(whole, notes=(*whole.notes, said + (f"; {open_ones} could not be enclosed" if open_ones else "")))


def undecided(whole: Certificate, why: str) -> Certificate:
    verdict = "undecided" if whole.verdict == "verified" else whole.verdict
    return replace(whole, verdict=verdict, notes=(*whole.notes, why))


def slots_of(e: Equation) -> set[str]:
    return {s.slot for s in e.slots} | {s for c in e.computed for s in slots_of(c.inner)}


def behind_of(kernel: Kernel, c: Computed) -> Any:
    """The derivative behind a computed value, or its equation."""
    derived = kernel.derived
    made = dict(derived.behind).get(c.value) if derived is not None else None
    return c.inner if made is None else made()[0]


def outcomes(kernel: Kernel, c: Computed, seed: int) -> tuple[int, int, float, Any]:
    """How many values were enclosed, how many not, how far the furthest is off, and one that is another number."""
    from .computed import routine
    from .enclosed import Bell, enclosed
    from .leibniz import confirmed
    from .quadrature import QuadratureWarning

    rng = np.random.default_rng(seed)
    card = next(x for x in kernel.card.computed if x.value == c.value)
    equation = kernel.equation
    functions = slots_of(c.inner)
    formula = behind_of(kernel, c)
    checked = open_ones = 0
    furthest = 0.0
    until = time.monotonic() + PATIENCE
    for _ in range(DRAWS):
        if checked == POINTS or time.monotonic() > until:
            break
        point = draw(equation, draw_extents(equation, rng), "moderate", "float64", rng)
        values = {n: v for n, v in point.inputs.items() if n in card.wanted}
        values |= {s: Bell(round(float(rng.normal()), 2), round(float(rng.uniform(0.5, 2)), 2)) for s in functions}
        if len(values) < len(card.wanted):
            raise NotImplementedError(f"what {c.value} takes is not drawn: its values were not enclosed")
        bounds = enclosed(c, values, until, formula)
        if bounds is None:
            open_ones += 1
            continue
        arrays = {n: np.asarray(v) if n not in functions else v for n, v in values.items()}
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found, _ = routine(c.kind)(kernel, card, arrays, (), {})
            if card.compared:
                found, _ = confirmed(kernel, card, arrays, (), {}, found, 0.0)
        if any(issubclass(w.category, QuadratureWarning) for w in told):
            open_ones += 1
            continue
        value, (lo, hi) = float(found), bounds
        apart = max(lo - value, value - hi, 0.0) / max(abs(lo), abs(hi))
        if not apart <= APART:
            shown = {n: v if n in functions else np.asarray(v).tolist() for n, v in values.items()}
            return checked, open_ones, apart, ({n: str(v) for n, v in shown.items()}, value, bounds)
        checked += 1
        furthest = max(furthest, apart)
        if not values:
            break
    return checked, open_ones, furthest, None
