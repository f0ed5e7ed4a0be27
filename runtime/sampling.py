"""Named laws as NumPy draws them: a row each, with the mean and the covariance.

Parameters come with leading axes that broadcast; ``shape`` is that of all draws, without the axes of one.
Imports NumPy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .call import DomainError

Array = np.ndarray[Any, Any]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Sampler:
    """``draw(rng, shape, *parameters)``, ``mean(*parameters)``, ``cov(*parameters)``.

    ``events`` are how many axes each parameter has for one draw.
    """

    draw: Callable[..., Array]
    mean: Callable[..., Array]
    cov: Callable[..., Array]
    events: tuple[int, ...]


def factor(matrix: Array) -> Array:
    """The Cholesky factor; raises ``DomainError`` where a matrix has none."""
    if not np.allclose(matrix, np.swapaxes(matrix, -1, -2), rtol=1e-8, atol=0.0):
        raise DomainError("the covariance matrix is not symmetric")
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise DomainError("the covariance matrix is not positive definite") from None


def root(variance: Array) -> Array:
    """The standard deviation; raises ``DomainError`` for a negative variance."""
    if np.any(np.asarray(variance) < 0):
        raise DomainError(f"the variance is negative: {np.min(variance)}")
    return np.asarray(np.sqrt(variance))


def _full(rng: Rng, shape: tuple[int, ...], mean: Array, covariance: Array) -> Array:
    z = rng.standard_normal((*shape, covariance.shape[-1]))
    return np.asarray(mean + np.einsum("...ij,...j->...i", factor(covariance), z))


def _precise(rng: Rng, shape: tuple[int, ...], mean: Array, precision: Array) -> Array:
    z = rng.standard_normal((*shape, precision.shape[-1]))
    turned = np.swapaxes(factor(precision), -1, -2)
    return np.asarray(mean + np.linalg.solve(turned, z[..., None])[..., 0])


def _spread(rng: Rng, shape: tuple[int, ...], mean: Array, variance: Array) -> Array:
    return np.asarray(mean + root(variance) * rng.standard_normal((*shape, np.shape(variance)[-1])))


def diagonal(v: Array) -> Array:
    """Matrices with vectors on their diagonals."""
    return np.asarray(v[..., None] * np.eye(v.shape[-1]))


def _dirichlet(rng: Rng, shape: tuple[int, ...], alpha: Array) -> Array:
    g = rng.standard_gamma(alpha, (*shape, alpha.shape[-1]))
    return np.asarray(g / g.sum(axis=-1, keepdims=True))


def _dirichlet_cov(alpha: Array) -> Array:
    total = alpha.sum(axis=-1, keepdims=True)
    m = alpha / total
    return np.asarray((diagonal(m) - m[..., :, None] * m[..., None, :]) / (total[..., None] + 1))


def _class(rng: Rng, shape: tuple[int, ...], p: Array) -> Array:
    """The number of a class, from 1; the probabilities may have any sum."""
    steps = np.cumsum(p, axis=-1)
    u = rng.random(shape)[..., None] * steps[..., -1:]
    found = np.minimum((steps <= u).sum(axis=-1), p.shape[-1] - 1)
    return np.asarray(found + 1.0)


def _one_hot(rng: Rng, shape: tuple[int, ...], p: Array) -> Array:
    return np.eye(p.shape[-1])[_class(rng, shape, p).astype(np.intp) - 1]


def _class_mean(p: Array) -> Array:
    return np.asarray((p * np.arange(1, p.shape[-1] + 1)).sum(axis=-1))


def _class_cov(p: Array) -> Array:
    k = np.arange(1, p.shape[-1] + 1)
    return np.asarray((p * (k - _class_mean(p)[..., None]) ** 2).sum(axis=-1))


def _steps(rng: Rng, shape: tuple[int, ...], first: Array, last: Array) -> Array:
    """Whole numbers, both ends among them; raises ``DomainError`` where there are none."""
    if np.any(first != np.floor(first)) or np.any(last != np.floor(last)) or np.any(last < first):
        raise DomainError(f"no whole numbers run from {np.min(first)} to {np.max(last)}")
    return rng.integers(np.asarray(first, np.int64), np.asarray(last, np.int64), shape, endpoint=True).astype(float)


def _undefined(*parameters: Array) -> Array:
    """What a law without moments has for a mean: no number, over the parameters' leading axes."""
    return np.full(np.broadcast_shapes(*(np.shape(p) for p in parameters)), np.nan)


def _where(condition: Any, value: Any, other: Any) -> Array:
    return np.asarray(np.where(condition, value, other))


SAMPLERS: Mapping[tuple[str, str], Sampler] = {
    ("normal", "number"): Sampler(lambda r, s, m, v: m + root(v) * r.standard_normal(s),
                                  lambda m, v: m, lambda m, v: v, (0, 0)),
    ("normal", "diagonal"): Sampler(_spread, lambda m, v: m, lambda m, v: diagonal(v), (1, 1)),
    ("normal", "full"): Sampler(_full, lambda m, v: m, lambda m, v: v, (1, 2)),
    ("normal", "precision"): Sampler(_precise, lambda m, v: m, lambda m, v: np.linalg.inv(v), (1, 2)),
    ("bernoulli", "number"): Sampler(lambda r, s, p: (r.random(s) < p).astype(float), lambda p: p,
                                     lambda p: p * (1 - p), (0,)),
    ("uniform", "number"): Sampler(lambda r, s, a, b: a + (b - a) * r.random(s), lambda a, b: (a + b) / 2,
                                   lambda a, b: (b - a) ** 2 / 12, (0, 0)),
    ("laplace", "number"): Sampler(lambda r, s, m, b: r.laplace(m, b, s), lambda m, b: m, lambda m, b: 2 * b**2,
                                   (0, 0)),
    ("gamma", "number"): Sampler(lambda r, s, a, b: r.standard_gamma(a, s) / b, lambda a, b: a / b,
                                 lambda a, b: a / b**2, (0, 0)),
    ("beta", "number"): Sampler(lambda r, s, a, b: r.beta(a, b, s), lambda a, b: a / (a + b),
                                lambda a, b: a * b / ((a + b) ** 2 * (a + b + 1)), (0, 0)),
    ("poisson", "number"): Sampler(lambda r, s, k: r.poisson(k, s).astype(float), lambda k: k, lambda k: k, (0,)),
    ("student", "number"): Sampler(
        lambda r, s, n: r.standard_t(n, s), lambda n: _where(n > 1, 0.0, np.nan),
        lambda n: _where(n > 2, n / np.where(n > 2, n - 2, 1), _where(n > 1, np.inf, np.nan)), (0,)),
    ("exponential", "number"): Sampler(lambda r, s, k: r.standard_exponential(s) / k, lambda k: 1 / k,
                                       lambda k: 1 / k**2, (0,)),
    ("binomial", "number"): Sampler(lambda r, s, n, p: r.binomial(np.asarray(n).astype(np.int64), p, s).astype(float),
                                    lambda n, p: n * p, lambda n, p: n * p * (1 - p), (0, 0)),
    ("steps", "number"): Sampler(_steps, lambda a, b: (a + b) / 2, lambda a, b: ((b - a + 1) ** 2 - 1) / 12, (0, 0)),
    ("lognormal", "number"): Sampler(
        lambda r, s, m, v: np.exp(m + root(v) * r.standard_normal(s)), lambda m, v: np.exp(m + v / 2),
        lambda m, v: np.expm1(v) * np.exp(2 * m + v), (0, 0)),
    ("halfnormal", "number"): Sampler(lambda r, s, v: np.abs(root(v) * r.standard_normal(s)),
                                      lambda v: root(2 * v / np.pi), lambda v: v * (1 - 2 / np.pi), (0,)),
    ("cauchy", "number"): Sampler(lambda r, s, m, b: m + b * r.standard_cauchy(s), _undefined, _undefined, (0, 0)),
    ("located student", "number"): Sampler(
        lambda r, s, n, m, v: m + root(v) * r.standard_t(n, s), lambda n, m, v: _where(n > 1, m, np.nan),
        lambda n, m, v: _where(n > 2, v * n / np.where(n > 2, n - 2, 1), _where(n > 1, np.inf, np.nan)), (0, 0, 0)),
    ("dirichlet", "vector"): Sampler(_dirichlet, lambda a: a / a.sum(axis=-1, keepdims=True), _dirichlet_cov, (1,)),
    ("categorical", "number"): Sampler(_class, _class_mean, _class_cov, (1,)),
    ("categorical", "vector"): Sampler(_one_hot, lambda p: p,
                                       lambda p: diagonal(p) - p[..., :, None] * p[..., None, :], (1,)),
}  # fmt: skip


def generator(rng: Rng | int | None) -> Rng:
    """A NumPy generator: itself, or one from a seed; ``None`` draws anew every time."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


def leading(arrays: tuple[Array, ...], events: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that parameters broadcast to, without the axes of one draw."""
    return np.broadcast_shapes(*(a.shape[: a.ndim - e] for a, e in zip(arrays, events, strict=True)))
