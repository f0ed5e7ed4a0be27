"""First derivatives of formulas with optimal transport, by the envelope theorem.

Where the least cost has a derivative, the plan counts as constant: by a point it is the sum of the cost's own
derivatives, times the masses, and by a mass it is the dual potential.  Both are exact for the plan that was found;
where several plans are best, they belong to one of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from .computed import taken_strength
from .couplings import Solved, is_root, points_of, solve
from .empirical import Array
from .transport_line import Line, point_gradients, potentials

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: What stands behind the name of a distribution for its weights.
WEIGHTS = ".weights"


def transports(kernel: Kernel) -> tuple[Computation, ...]:
    """The computed values of a kernel that are least costs over couplings."""
    return tuple(c for c in kernel.card.computed if c.takes)


def reached(kernel: Kernel) -> set[str]:
    """What transports depend on: a derivative of the formula around them by it is not all of its derivative."""
    return {n for c in transports(kernel) for n in c.wanted}


def through_transport(kernel: Kernel) -> Diagnostic:
    """What is said of derivatives that are no gradients."""
    return Diagnostic("E382", f"through the transport in {kernel.name} there are first derivatives of a number only",
                      Span(0, 0), help="use tj.grad or tj.value_and_grad")


def envelope(kernel: Kernel, wrt: Any, values: bool) -> Envelope | None:
    """The derivative by distributions and what costs are made of; ``None`` where it is one of the formula alone."""
    if not transports(kernel):
        return None
    laws = [n for c in transports(kernel) for _, n in c.takes]
    chosen = tuple(dict.fromkeys(laws)) if wrt is None else (wrt,) if isinstance(wrt, str) else tuple(wrt)
    if not any(w.removesuffix(WEIGHTS) in reached(kernel) for w in chosen):
        return None
    own = {p.name: p for p in kernel.card.inputs}
    for w in chosen:
        name = w.removesuffix(WEIGHTS)
        if name in laws:
            continue
        if w not in own or own[w].integer or own[w].whole:
            raise TypeError(f"{kernel.name} has no real parameter {w!r}; it takes {', '.join(kernel.parameters)}, and "
                            f"{laws[0]}{WEIGHTS} stands for the weights of {laws[0]}")
        for c in transports(kernel):
            if len(c.inner.outputs) > 1 and w in c.wanted:
                raise Unsupported(Diagnostic("E382", f"the derivative of {kernel.name} by {w}, which a power of a "
                                             "distance in a transport takes, is not there yet", Span(0, 0)))
    return Envelope(kernel, chosen, values)


class Envelope:
    """The gradient of a kernel with transports: called like the kernel, one array for each of ``wrt``.

    By a distribution it is the gradient by its points, of their shape; by ``P.weights`` that by its weights, moved
    so that its mean under the weights is 0: weights sum to 1, and a constant has no meaning.  With ``values`` the
    kernel's value comes first.
    """

    __slots__ = ("_outer", "_slopes", "kernel", "values", "wrt")

    def __init__(self, kernel: Kernel, wrt: tuple[str, ...], values: bool) -> None:
        from .derive import by_inputs

        self.kernel, self.wrt, self.values = kernel, wrt, values
        inputs = {p.name for p in kernel.card.inputs}
        names = (*(c.value for c in transports(kernel)), *(w for w in wrt if w in inputs))
        self._outer = names, by_inputs(kernel, names)
        self._slopes: dict[tuple[str, tuple[str, ...]], tuple[Kernel, Kernel]] = {}

    def behind(self, c: Computation, wrt: tuple[str, ...]) -> tuple[Kernel, Kernel]:
        """The cost of a transport (of a power: the distance), and its gradient."""
        if (c.value, wrt) not in self._slopes:
            self._slopes[c.value, wrt] = _cost_and_gradient(self.kernel, c, wrt)
        return self._slopes[c.value, wrt]

    @property
    def name(self) -> str:
        return f"grad_{self.kernel.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.kernel.parameters

    def __repr__(self) -> str:
        return f"<gradient of {self.kernel.name}({', '.join(self.parameters)}) by {', '.join(self.wrt)}>"

    def __call__(self, *args: Any, **named: Any) -> Any:
        given = {**dict(zip(self.kernel.parameters, args, strict=False)), **named}
        strength = taken_strength(self.kernel.name, given, self.kernel.parameters).get("sinkhorn")
        solved = {c.value: solve(self.kernel, c, given, strength=strength) for c in transports(self.kernel)}
        for c in transports(self.kernel):
            given[c.value] = solved[c.value].root if is_root(c) else solved[c.value].cost
        names, outer = self._outer
        found = outer(**given)
        slopes = dict(zip(names, found if isinstance(found, tuple) else (found,), strict=True))
        out: list[Any] = []
        for w in self.wrt:
            total: Any = slopes.get(w, 0.0)
            for c in transports(self.kernel):
                if (part := self._part(c, solved[c.value], w, given)) is not None:
                    total = total + slopes[c.value] * part
            out.append(total)
        if self.values:
            return (self.kernel(**given), *out)
        return out[0] if len(out) == 1 else tuple(out)

    def _part(self, c: Computation, solved: Solved, w: str, given: dict[str, Any]) -> Array | None:
        """The derivative of a computed value."""
        takes = dict(c.takes)
        of_root = is_root(c)
        total: Any = None
        for k, role in enumerate(("source", "target")):
            if w == takes[role]:
                part = _by_points(self, c, solved, of_root, given)[k]
            elif w == takes[role] + WEIGHTS:
                part = _by_weights(solved, of_root)[k]
            else:
                continue
            total = part if total is None else total + part
        if total is None and w in c.wanted and w not in takes.values():
            return _by_parameter(self, c, solved, w, given)
        return None if total is None else np.asarray(total, np.float64)


def _factor(solved: Solved, of_root: bool) -> float:
    """What Σ mass (distance / scale)^(power - 1) d(distance) is multiplied by."""
    p = solved.power
    if not of_root:
        with np.errstate(over="ignore", under="ignore"):
            return float(p * np.float64(solved.scale) ** (p - 1))
    least = solved.plan.total if isinstance(solved.plan, Line) else solved.plan.cost
    return float(least ** (1 / p - 1)) if least > 0 else 0.0


def _by_points(
    e: Envelope, c: Computation, solved: Solved, of_root: bool, given: dict[str, Any]
) -> tuple[Array, Array]:
    P, Q, plan = solved.source, solved.target, solved.plan
    if isinstance(plan, Line):
        return point_gradients(plan, P, Q, of_root)
    slopes, weight = _slopes(e, c, solved, c.variables, given)
    if len(c.inner.outputs) > 1:
        weight = weight * _factor(solved, of_root)
    out = []
    for law, at, slope in zip((P, Q), (plan.source, plan.target), slopes, strict=True):
        total = np.zeros((law.size, *slope.shape[1:]))
        np.add.at(total, at, slope * weight.reshape(-1, *[1] * (slope.ndim - 1)))
        out.append(total.reshape(law.points.shape))
    return out[0], out[1]


def _cost_and_gradient(kernel: Kernel, c: Computation, wrt: tuple[str, ...]) -> tuple[Kernel, Kernel]:
    from .card import make_card
    from .derive import partial_derivative

    equation = next(e.inner for e in kernel.equation.computed if e.value == c.value)
    if equation.slots:
        raise Unsupported(Diagnostic("E382", f"the cost of {kernel.name} is a function of the caller, whose derivative "
                                     "is not known", Span(0, 0), help="write the cost as a formula"))
    first = replace(equation, outputs=equation.outputs[:1])
    cost = type(kernel)(make_card(first)[0], lambda: first)
    return cost, partial_derivative(cost, "grad", wrt)


def _slopes(
    e: Envelope, c: Computation, solved: Solved, wrt: tuple[str, ...], given: dict[str, Any]
) -> tuple[tuple[Array, ...], Array]:
    """Derivatives of the cost (of a power: of the distance) at the pairs that carry mass, and their weights."""
    cost, gradient = e.behind(c, wrt)
    plan = solved.plan
    x, y = points_of(c, solved.source, solved.target)
    own = {p.name for p in c.inner.inputs} - set(c.variables)
    inputs: dict[str, Any] = {n: given[n] for n in own}
    inputs |= dict(zip(c.variables, (x[plan.source], y[plan.target]), strict=True))
    found: Any = gradient(**inputs)
    slopes = tuple(np.asarray(s, np.float64) for s in (found if isinstance(found, tuple) else (found,)))
    weight = np.asarray(plan.mass, np.float64)
    if len(c.inner.outputs) > 1:
        distances = np.asarray(cost(**inputs), np.float64) / solved.scale
        with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
            weight = weight * np.where(distances > 0, distances ** (solved.power - 1), float(solved.power == 1))
    return slopes, weight


def _by_parameter(e: Envelope, c: Computation, solved: Solved, w: str, given: dict[str, Any]) -> Array:
    """The derivative by what the cost is made of."""
    (slope,), weight = _slopes(e, c, solved, (w,), given)
    total: Array = np.tensordot(weight, slope, axes=1)
    return total


def _by_weights(solved: Solved, of_root: bool) -> tuple[Array, Array]:
    P, Q, plan = solved.source, solved.target, solved.plan
    u, v = potentials(plan, P, Q) if isinstance(plan, Line) else (plan.u, plan.v)
    factor = _factor(solved, of_root) * solved.scale / solved.power
    return factor * (u - u @ P.masses), factor * (v - v @ Q.masses)
