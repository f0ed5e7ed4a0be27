"""Reductions as monoids, one row each.

    identity            the state of nothing
    step(state, *x)     the state after one more element
    merge(s, t)         the state of what s saw followed by what t saw
    finish(state)       the value

``merge`` is associative with ``identity`` on both sides, and a step is a merge with
one element, so that any way of cutting the input gives one value: serial loops,
blocks, threads and streams are all the same fold.  States are tuples of floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .scalar import div, exp, log, maximum, minimum

State = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Monoid:
    """A reduction.

    ``element`` names what one step takes; ``state`` names the state's parts;
    ``python`` is the step as text over accumulator and element, where the state
    is one float and the value is the state (empty otherwise); ``idempotent``: seeing an
    element twice changes nothing.
    """

    name: str
    element: tuple[str, ...]
    state: tuple[str, ...]
    identity: State
    step: Callable[..., State]
    merge: Callable[[State, State], State]
    finish: Callable[[State], float]
    python: str = ""
    idempotent: bool = False


def _first(state: State) -> float:
    return state[0]


# -- argmax: the first place of the largest value; the first NaN wins over numbers --


def _arg(better: Callable[[float, float], bool]) -> Callable[[State, State], State]:
    def merge(s: State, t: State) -> State:
        (x, i), (y, j) = s, t
        if i != i or x != x:  # s is empty, or s has met a NaN
            return t if i != i else s
        if j != j:
            return s
        return t if y != y or better(y, x) else s

    return merge


_argmax = _arg(lambda y, x: y > x)
_argmin = _arg(lambda y, x: y < x)


# -- 1 - Π(1 - b): what is left of one, never formed by subtracting from one ---------


def _noisy_or(u: float, b: float) -> float:
    y = u + b * (1.0 - u)
    return y if y == y else 1.0 - (1.0 - u) * (1.0 - b)


# -- log-sum-exp: largest exponent m and total Σ exp(x - m) -------------------------


def _shift(m: float) -> float:
    return m if abs(m) < math.inf else 0.0


def _rescaled(total: float, m: float, to: float) -> float:
    """``total·e^(m - to)``: 0 stays 0 and a total of equal shift stays as it is."""
    return total if m == to or total == 0.0 else total * exp(_shift(m) - _shift(to))


def _exp_merge(s: State, t: State) -> State:
    m = maximum(s[0], t[0])
    return (m, *(_rescaled(a, s[0], m) + _rescaled(b, t[0], m) for a, b in zip(s[1:], t[1:], strict=True)))


def _lse_element(x: float) -> State:
    return (x, 0.0 if x == -math.inf else exp(x - _shift(x)))


def _lse_finish(s: State) -> float:
    return s[0] if math.isinf(s[0]) else s[0] + log(s[1])


def _weighted_element(x: float, v: float) -> State:
    """Exponent and value: a masked element (exponent -inf) weighs nothing, whatever v is."""
    weight = 0.0 if x == -math.inf else exp(x - _shift(x))
    return (x, weight, 0.0 if weight == 0.0 else weight * v)


# -- mean and variance: count, mean, Σ (x - mean)² ---------------------------------


def _moments_element(x: float) -> State:
    return (1.0, x, 0.0 if abs(x) < math.inf else math.nan)


def _moments_merge(s: State, t: State) -> State:
    (n, mu, m2), (k, nu, k2) = s, t
    if n == 0.0 or k == 0.0:
        return t if n == 0.0 else s
    delta = nu - mu
    total = n + k
    return (total, mu + delta * (k / total), m2 + k2 + delta * delta * (n * k / total))


_ROWS = (
    Monoid(
        "sum", ("x",), ("total",), (0.0,),
        lambda s, x: (s[0] + x,), lambda s, t: (s[0] + t[0],), _first, "fold_add({0}, {1})",
    ),
    Monoid(
        "product", ("x",), ("total",), (1.0,),
        lambda s, x: (s[0] * x,), lambda s, t: (s[0] * t[0],), _first, "fold_mul({0}, {1})",
    ),
    # 1 - Π(1 - x): the probability of any of independent events, accurate where all are rare.
    Monoid(
        "noisy_or", ("x",), ("union",), (0.0,),
        lambda s, x: (_noisy_or(s[0], x),), lambda s, t: (_noisy_or(s[0], t[0]),), _first,
        "fold_noisy_or({0}, {1})",
    ),
    Monoid(
        "max", ("x",), ("best",), (-math.inf,),
        lambda s, x: (maximum(s[0], x),), lambda s, t: (maximum(s[0], t[0]),), _first,
        "fold_max({0}, {1})", idempotent=True,
    ),
    Monoid(
        "min", ("x",), ("best",), (math.inf,),
        lambda s, x: (minimum(s[0], x),), lambda s, t: (minimum(s[0], t[0]),), _first,
        "fold_min({0}, {1})", idempotent=True,
    ),
    Monoid(
        "argmax", ("x", "index"), ("best", "at"), (-math.inf, math.nan),
        lambda s, x, i: _argmax(s, (x, i)), _argmax, lambda s: s[1], idempotent=True,
    ),
    Monoid(
        "argmin", ("x", "index"), ("best", "at"), (math.inf, math.nan),
        lambda s, x, i: _argmin(s, (x, i)), _argmin, lambda s: s[1], idempotent=True,
    ),
    Monoid(
        "logsumexp", ("x",), ("largest", "total"), (-math.inf, 0.0),
        lambda s, x: _exp_merge(s, _lse_element(x)), _exp_merge, _lse_finish,
    ),
    Monoid(
        "expsum_weighted", ("x", "v"), ("largest", "weight", "total"), (-math.inf, 0.0, 0.0),
        lambda s, x, v: _exp_merge(s, _weighted_element(x, v)), _exp_merge, lambda s: div(s[2], s[1]),
    ),
    Monoid(
        "mean_variance", ("x",), ("count", "mean", "squares"), (0.0, 0.0, 0.0),
        lambda s, x: _moments_merge(s, _moments_element(x)), _moments_merge, lambda s: div(s[2], s[0]),
    ),
)  # fmt: skip

MONOIDS: dict[str, Monoid] = {row.name: row for row in _ROWS}
