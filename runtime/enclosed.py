"""Integrals as certified enclosures: what the values that quadrature supplies are judged by.

The integrand is evaluated as it is written, in complex balls, by ``acb.integral`` (adaptive subdivision with
Gauss–Legendre rules whose errors are bounded by the integrand's size on ellipses; Johansson 2018).
A range without end is cut where what lies beyond is small: blocks of doubling length beyond the cut are
bounded by the balls of the integrand over them, until they have become negligible.  Near an end at which
the integrand is singular, the variable is the logarithm of the distance.  Integrals inside of others are
enclosed in turn.  Black-box functions take a bell curve for their value, in balls and in floats alike (`Bell`).

The equation is all that is consulted; neither the compiler nor the quadrature is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import acb, arb

from ..equations.equation import Computed, Equation
from ..equations.logs import in_logs
from .algebra import Undecided, Undefined
from .closures import Closures
from .complex_balls import ComplexBalls
from .derivation import Derived, equation_of
from .derived_closures import closures_of
from .reference import precision

#: How often a range is halved.
DEPTH = 80
#: Where ranges without end are cut, and how often the blocks beyond are doubled.
CUTS, DOUBLINGS = (8.0, 40.0, 300.0, 1e4, 1e7, 1e11, 1e20, 1e40), 60
#: Cuts from which on the variable is the logarithm of the distance.
FAR = 1e4
#: Part of the block before it that the last one may have at most: the rest is then three times that at most.
FALLING = 0.75

#: Length of the pieces of a block where the variable is a logarithm, and how many there are at most.
PIECE, MOST_PIECES = 0.5, 600


@dataclass(frozen=True, slots=True)
class Aim:
    """Bits that integrands are evaluated with, those that an integral is to have, and evaluations of one integrand."""

    bits: int = 256
    wanted: int = 44
    evaluations: int = 6000


USUAL = Aim()
#: What enclosures aim at; claims want more digits than certificates.
AIM: ContextVar[Aim] = ContextVar("AIM", default=USUAL)
#: A function of a complex ball, and of whether it must be analytic there.
Ball = Callable[[Any, bool], Any]


@dataclass(frozen=True, slots=True)
class Bell:
    """A density for a black-box function: a normal law for each of its arguments."""

    mean: float
    deviation: float

    def pdf(self, *x: Any) -> Any:
        return np.exp(self.logpdf(*x))

    def logpdf(self, *x: Any) -> Any:
        scale = self.deviation * np.sqrt(2 * np.pi)
        return sum(-(((np.asarray(a, float) - self.mean) / self.deviation) ** 2) / 2 - np.log(scale) for a in x)

    def ppf(self, q: Any) -> Any:
        """Quantiles, roughly: places to look at."""
        return self.mean + self.deviation * np.clip(np.log((q + 1e-300) / (1 - q + 1e-300)) / 2, -9, 9)

    def ball(self, *x: Any) -> Any:
        return self.log_ball(*x).exp()

    def log_ball(self, *x: Any) -> Any:
        scale = (arb(self.deviation) * (2 * arb.pi()).sqrt()).log()
        return sum((-(((a - self.mean) / self.deviation) ** 2) / 2 - scale for a in x), acb(0))


class Integrand:
    """The integrand of a computed value at given parameters, as a function of its variables."""

    def __init__(self, formula: Equation | Derived, until: float = float("inf")) -> None:
        formula = logarithmic(formula)
        e = equation_of(formula)
        self.equation, self.until = e, until
        self.algebra = ComplexBalls(acb)
        self.closures = closures_of(formula, self.algebra)
        derived = dict(formula.behind) if isinstance(formula, Derived) else {}
        self.behind = [
            (c, Integrand(derived[c.value]()[0] if c.value in derived else c.inner, until)) for c in e.computed
        ]

    def value(self, given: Mapping[str, Any], at: Mapping[str, Any], analytic: bool) -> Any:
        """The integrand where some of its parameters are complex balls; raises where there is none."""
        if time.monotonic() > self.until:
            raise Undecided("what takes too long")
        known = {**given, **at}
        slots = {}
        for s in self.equation.slots:
            arguments = [known[n] if isinstance(known[n], acb) else acb(float(known[n])) for n in s.arguments]
            bell = given[s.slot]
            slots[s.value] = (bell.log_ball if s.value.startswith("log_") else bell.ball)(*arguments)
        inner = {
            c.value: enclosure(c, f, {n: v for n, v in known.items() if n not in c.variables}, analytic)
            for c, f in self.behind
        }
        balls = {**{n: v for n, v in known.items() if isinstance(v, acb)}, **slots, **inner}
        closures, algebra = self.closures, self.algebra
        algebra.analytic = analytic
        closures.bind({p.name: _boxed(balls[p.name]) if p.name in balls else given[p.name]
                       for p in self.equation.parameters})
        return closures.element(0, ())


def _boxed(ball: Any) -> Any:
    """A ball as an array without axes."""
    out = np.empty((), object)
    out[()] = ball
    return out


def logarithmic(formula: Equation | Derived) -> Equation | Derived:
    """A formula in the logarithms of densities: bell curves have no zeros, and their quotients' logarithms no cuts."""
    if not isinstance(formula, Derived):
        return in_logs(formula, positive=True) or formula
    origin = logarithmic(formula.origin)
    before, after = equation_of(formula.origin), equation_of(origin)
    if before is after:
        return formula
    own = formula.equation.parameters[len(before.parameters):]
    equation = replace(formula.equation, parameters=(*after.parameters, *own), slots=after.slots)
    return replace(formula, origin=origin, equation=equation)


def enclosure(c: Computed, f: Integrand, given: Mapping[str, Any], analytic: bool = False) -> Any:
    """A complex ball around a computed value; raises `Undecided` where there is none."""
    if c.kind == "formula":
        places = {x: _end(pair[1], given) for x, pair in zip(c.variables, c.bounds, strict=True)}
        return f.value(given, places, analytic)
    if c.kind != "integral":
        raise Undecided(f"a value of the kind {c.kind}")
    return _over(c, f, given, {}, 0, analytic)


def _over(
    c: Computed, f: Integrand, given: Mapping[str, Any], at: Mapping[str, Any], k: int, analytic: bool
) -> Any:
    x = c.variables[k]
    lo, hi = (_end(e, given) for e in c.bounds[k])

    def inner(z: Any, is_analytic: bool) -> Any:
        here, strict = {**at, x: z}, bool(is_analytic or analytic)
        try:
            if k + 1 < len(c.variables):
                return _over(c, f, given, here, k + 1, strict)
            return f.value(given, here, strict)
        except (Undecided, Undefined, ZeroDivisionError):
            return acb("nan")

    return _cut(inner, lo, hi, _between)


def _end(e: Any, given: Mapping[str, Any]) -> Any:
    """An end as a ball, or an infinity."""
    if isinstance(e, Equation):
        if e.computed or e.slots or e.outputs[0].bounds:
            raise Undecided("an end that is no plain formula")
        found = Integrand(e).value({n: v for n, v in given.items() if not isinstance(v, acb)},
                                   {n: v for n, v in given.items() if isinstance(v, acb)}, False)
        return found
    if e.is_number:
        value = float(e)
        if abs(value) == float("inf"):
            return value
        return acb(int(e.p)) / int(e.q) if e.is_Rational else _number(e)
    v = given[str(e.name)]
    return v if isinstance(v, acb) else acb(float(v))


def _number(e: Any) -> Any:
    """A number such as π/2 as a ball."""
    from ..equations.equation import Comprehension

    closures = Closures(Equation("end", (), (), (Comprehension("end", (), e),)), ComplexBalls(acb))
    closures.bind({})
    return closures.element(0, ())


def _cut(f: Ball, lo: Any, hi: Any, within: Callable[[Ball, Any, Any], Any], piece: float = float("inf")) -> Any:
    """The integral from ``lo`` to ``hi``, infinite ranges cut where what is left is small."""
    below, above = lo == -float("inf"), hi == float("inf")
    if not (below or above):
        return within(f, lo, hi)
    best = None
    for size in CUTS:
        start = acb(-size) if below else lo
        stop = acb(size) if above else hi
        rest = arb(0)
        for is_open, sign in ((below, -1), (above, 1)):
            rest += _beyond(f, size, sign, piece) if is_open else 0
        if not rest.is_finite():
            continue
        try:
            ranged = within if piece < float("inf") or size < FAR else _far
            found = ranged(f, start, stop) + acb(arb(0, float(rest.upper())))
        except Undecided:
            continue
        if best is None or found.real.rad() < best.real.rad():
            best = found
        if found.real.rel_accuracy_bits() >= AIM.get().wanted - 8:
            break
    if best is None:
        raise Undecided("what lies beyond every cut")
    return best


def _far(f: Ball, lo: Any, hi: Any) -> Any:
    """The integral over a range with a far end, there in the logarithm of the distance."""
    lo, hi = acb(lo), acb(hi)
    near = [x if abs(x.real) < FAR else sign * (1 + 2 * abs(other.real).upper())
            for x, other, sign in ((lo, hi, -1), (hi, lo, 1))]
    if abs(lo.real) >= FAR and abs(hi.real) >= FAR:
        near = [acb(-1), acb(1)]
    out = _between(f, *near)
    for end, start, sign in ((lo, near[0], -1), (hi, near[1], 1)):
        if end is not start:

            def g(v: Any, analytic: bool, start: Any = start, sign: int = sign) -> Any:
                d = v.exp()
                return f(start + sign * (d - 1), analytic) * d

            out += _integral(g, acb(0), (1 + abs(end.real - start.real)).log())
    return out


def _between(f: Ball, lo: Any, hi: Any) -> Any:
    """The integral over a finite range; where an end is singular, in the logarithm of the distance from it."""
    lo, hi = acb(lo), acb(hi)
    near = (hi - lo) * arb(0, 2.0**-40)
    if all(f(end + near, True).is_finite() for end in (lo, hi)) or not (lo.imag.is_zero() and hi.imag.is_zero()):
        return _integral(f, lo, hi)
    half = (hi - lo) / 2
    out = acb(0)
    for end, sign in ((lo, half), (hi, -half)):

        def g(v: Any, analytic: bool, end: Any = end, sign: Any = sign) -> Any:
            d = v.exp()
            return f(end + sign * d, analytic) * d * half

        out += _cut(g, -float("inf"), acb(0), _integral, PIECE)
    return out


def _beyond(f: Ball, size: float, sign: int, piece: float) -> Any:
    """A bound of the integral beyond a cut, over blocks of doubling length; infinite where these do not shrink."""
    total, last = arb(0), arb("inf")
    before = last
    for k in range(DOUBLINGS):
        a, before = size * 2.0**k, last
        found = _block(f, a, sign, min(MOST_PIECES, max(1, round(a / piece))))
        if found is None and a <= MOST_PIECES:
            found = _block(f, a, sign, round(a))
        if found is None and k and before < total * 2.0**-50:
            # A ball this wide may tell nothing where the integrand is long gone: its values at points do then.
            ends = [f(acb(arb(sign * x)), False) for x in (a, 1.5 * a, 2 * a)]
            found = max(abs(e).upper() for e in ends) * a if all(e.is_finite() for e in ends) else None
        if found is None:
            return arb("inf")
        last = found
        total += last
        if piece < float("inf") and k and last < total * 2.0**-50:
            return total * 2
    # What has fallen up to here falls on: a small constant would show as blocks that grow.
    return total + 3 * last if last <= FALLING * before else arb("inf")


def _block(f: Ball, a: float, sign: int, pieces: int) -> Any:
    """A bound of the integral from ``a`` to twice that, in pieces; ``None`` where one of them has no bounds."""
    total, half = arb(0), a / pieces / 2
    for i in range(pieces):
        ball = f(acb(arb(sign * (a + (2 * i + 1) * half), half)), False)
        if not ball.is_finite():
            return None
        total += abs(ball).upper() * 2 * half
    return total


def _integral(f: Ball, lo: Any, hi: Any) -> Any:
    aim = AIM.get()
    found = acb.integral(f, lo, hi, rel_tol=arb(2) ** -aim.wanted, abs_tol=arb(2) ** -200,
                         eval_limit=aim.evaluations, depth_limit=DEPTH)
    if not found.is_finite():
        raise Undecided("an integral whose enclosure has no bounds")
    return found


def enclosed(
    c: Computed, given: Mapping[str, Any], until: float = float("inf"), formula: Equation | Derived | None = None
) -> tuple[float, float] | None:
    """Bounds of a computed value; ``None`` where there are none or wide ones, or no time is left.

    ``formula`` is the derivative behind it, where it is one.
    """
    with precision(AIM.get().bits):
        try:
            found = enclosure(c, Integrand(formula or c.inner, until), given)
        except (Undecided, Undefined, ZeroDivisionError):
            return None
        real = found.real
        good = real.is_finite() and real.rad() <= max(float(abs(real).lower()), 1e-300) * 1e-6
        return (float(real.lower()), float(real.upper())) if good else None
