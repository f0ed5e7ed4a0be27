"""Judging transport behind a formula: sampled small problems, each proved optimal without asking who solved it.

The costs of all pairs come from exact evaluation of the cost's own equation, the bounds of the least cost from
`transport_proof`; what the routine gave must lie between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .applied import apply
from .call import DomainError
from .certificate import Certificate
from .certify import SEVERITY
from .couplings import Solved, is_root, points_of, solve
from .empirical import Empirical
from .points import points
from .reference import FORMATS, Outcome, Reference, ball_of, precision, ulp_error
from .slots import evaluate_slots
from .transport import TransportError
from .transport_line import Line, potentials
from .transport_proof import KAPPA_ULPS, NARROW, ULPS, Enclosure, enclosure

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: Problems that are sampled for a certificate.
PROBLEMS = 24
#: Bits of exact costs and roots.
BITS = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the sampled problems: how many of each verdict, and the largest error in ulps."""

    verdict: str
    proved: int
    undecided: int
    max_ulp: float
    why: str = ""

    @property
    def note(self) -> str:
        if self.verdict == "verified":
            return f"{self.proved} sampled plans were proved optimal by exact duality"
        return self.why or f"{self.undecided} of {self.proved + self.undecided} sampled plans were not proved optimal"


def judge(kernel: Kernel, c: Computation, seed: int = 0, problems: int = PROBLEMS) -> Judged:
    """Whether the routine behind a computed value gives the least cost, at sampled small problems."""
    equation = next(e.inner for e in kernel.equation.computed if e.value == c.value)
    reference = Reference(equation)
    rng = np.random.default_rng(seed)
    drawn = iter(points(equation, "float64", 8 * problems, seed, reference))
    proved = undecided = 0
    largest = 0.0
    for k in range(problems):
        at = next((p for p in drawn if "moderate" in p.strata), None)
        if at is None:
            break
        values = sampled(c, dict(at.inputs), k, rng)
        try:
            solved = solve(kernel, c, values)
            bounds = proof(c, reference, solved, values)
        except (DomainError, TransportError, OverflowError):
            undecided += 1
            continue
        verdict, ulps = compared(c, bounds, solved)
        if verdict == "miscompiled":
            why = f"the value lies outside of the proved bounds of the least cost: {values}"
            return Judged(verdict, proved, undecided, ulps, why)
        proved += verdict == "verified"
        undecided += verdict != "verified"
        largest = max(largest, ulps)
    done = proved >= 0.75 * problems
    return Judged("verified" if done else "undecided", proved, undecided, largest)


def sampled(c: Computation, inputs: dict[str, Any], k: int, rng: np.random.Generator) -> dict[str, Any]:
    """The values of a small problem: clouds of unlike sizes, with repeated points and weights in turn."""
    axes = {p.name: p.axes for p in c.inner.inputs}
    taken = {u.value for u in c.inner.uses}
    shared = {a for n, named in axes.items() if n not in c.variables for a in named}
    mine = axes.get(c.variables[0], ())
    size = np.shape(inputs[c.variables[0]])[0] if mine and mine[0] in shared else 1 + k % 3
    values = {n: np.abs(v) if k % 2 else v for n, v in inputs.items() if n not in (*c.variables, *taken)}
    for u in c.inner.uses:
        values.setdefault(u.slot, _smooth(rng.normal(size=4)))
    sizes = rng.permutation(np.arange(1, 8))[:2]
    scale = 10.0 ** rng.integers(-2, 3)
    for (_, name), n in zip(c.takes, sizes, strict=True):
        z = rng.normal(size=(n, size) if mine else n) * scale
        if k % 4 == 1:
            z = np.rint(z / scale)  # ties
        weights = rng.dirichlet(np.ones(n)) if k % 3 == 1 else None
        values[name] = Empirical(z, weights)
    return values


def _smooth(w: Any) -> Any:
    """A function for a black box, of any number of points."""
    return lambda *args: sum((np.cos(w[i % 4] * np.asarray(a, np.float64) + i) for i, a in enumerate(args)), 2.0)


def proof(c: Computation, reference: Reference, solved: Solved, values: dict[str, Any]) -> Enclosure:
    """Exact bounds of the least cost of a problem, from the plan that was found."""
    P, Q = solved.source, solved.target
    costs = exact_costs(c, reference, solved, values)
    flow = np.zeros((P.size, Q.size))
    np.add.at(flow, (solved.plan.source, solved.plan.target), solved.plan.mass)
    unit = float(np.float64(solved.scale) ** solved.power)
    u = potentials(solved.plan, P, Q)[0] if isinstance(solved.plan, Line) else solved.plan.u
    return enclosure(costs, P.weights, Q.weights, flow, u * unit)


def exact_costs(c: Computation, reference: Reference, solved: Solved, values: dict[str, Any]) -> list[list[Fraction]]:
    """The cost of every pair, by exact evaluation of its equation, to many more bits than a float has."""
    x, y = points_of(c, solved.source, solved.target)
    inputs = {p.name for p in c.inner.inputs}
    given: dict[str, Any] = {n: v for n, v in values.items() if n not in {n for _, n in c.takes}}
    shape = (len(x), len(y))
    for name, z in zip(c.variables, (x[:, None], y[None, :]), strict=True):
        given[name] = np.broadcast_to(z, shape + z.shape[2:])
    evaluate_slots(c.value, c.inner.uses, given, apply)
    each = {*c.variables, *(u.value for u in c.inner.uses)} & inputs
    out = []
    for i in range(len(x)):
        row = []
        for j in range(len(y)):
            here = {n: np.asarray(given[n][i, j] if n in each else given[n]) for n in inputs}
            found = [np.ravel(v)[0] for v in reference.value_certified(here).values()]
            if any(isinstance(v, Outcome) or not v.is_finite() for v in found):
                raise DomainError("a cost is undefined")
            with precision(BITS):
                ball = found[0] if len(found) == 1 else _power(found[0], found[1])
                if not ball.is_finite():
                    raise DomainError("a cost is not finite")
                row.append(_fraction(ball.mid()))
        out.append(row)
    return out


def _power(base: Any, power: Any) -> Any:
    """A distance to a power; zero where the distance is."""
    return base if base.is_zero() and power > 0 else base**power


def _fraction(x: Any) -> Fraction:
    m, e = x.man_exp()
    return Fraction(int(m)) * Fraction(2) ** int(e)


def compared(c: Computation, bounds: Enclosure, solved: Solved) -> tuple[str, float]:
    """The verdict on what the routine gave, and its error in ulps."""
    if not bounds.is_narrow:
        return "undecided", 0.0
    if is_root(c):
        return _compared_root(bounds, solved)
    return bounds.verdict(solved.cost), bounds.error(solved.cost)[0]


def _compared_root(bounds: Enclosure, solved: Solved) -> tuple[str, float]:
    """The root against the roots of the bounds; its condition is that of the cost over the power."""
    if bounds.upper <= 0:
        return ("verified" if solved.root == 0 else "miscompiled"), 0.0
    with precision(BITS):
        lower, upper = (ball_of(max(b, Fraction(0))) for b in (bounds.lower, bounds.upper))
        order = 1 / ball_of(Fraction(solved.power))
        ends = [lower if lower.is_zero() and solved.power > 0 else lower**order, upper**order]
        ball = ends[0].union(ends[1])
        ulps = ulp_error(ball, solved.root)[1]
        size = ball_of(bounds.condition) / upper / abs(ball_of(Fraction(solved.power))) * ball.abs_upper()
        off = abs(ball_of(Fraction(solved.root)) - ball).abs_upper() / (size * FORMATS["float64"].eps)
        good = ulps <= ULPS or bool(off <= KAPPA_ULPS + NARROW)
    return ("verified" if good else "miscompiled"), float(min(ulps, 1e300))


def with_transport(certificate: Certificate, kernel: Kernel, seed: int) -> Certificate:
    """The certificate of a formula and the costs behind it, after a look at the transports."""
    for c in kernel.card.computed:
        if not c.takes:
            continue
        found = judge(kernel, c, seed)
        certificate = replace(
            certificate,
            verdict=max(certificate.verdict, found.verdict, key=SEVERITY.index),
            points=certificate.points + found.proved + found.undecided,
            undecided=certificate.undecided + found.undecided,
            strata={**certificate.strata, "transport": found.proved},
            notes=(*certificate.notes, f"{c.value}: {found.note}"),
        )
    return certificate
