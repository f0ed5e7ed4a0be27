"""Gradients through optimal transport against central differences of the value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj

compiled = functools.cache(tj.compile)

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(5, 3))
A, B = (w / w.sum() for w in (RNG.random(7), RNG.random(5)))
H = 1e-6
#: Central differences with a step of 1e-6 leave ten digits of what is near 1.
CLOSE = {"rel": 1e-7, "abs": 1e-8}

POWER = r"W(P,Q,p) = \left(\inf_{J \in \mathcal{J}(P,Q)} \int \|x-y\|^p \, dJ(x,y)\right)^{1/p}"
FORM = r"T(A,B,S) = 3 \sqrt{\inf_{g \in G(A,B)} \int (a-b)^\top S (a-b) \, dg(a,b)} + \sum_{i,j} S_{ij}"
BOTH = (r"D(P,Q) = \inf_{\pi \in \Pi(P,Q)} \int \|x-y\|^3 \, d\pi(x,y) - "
        r"\frac{1}{2} \inf_{\rho \in \Pi(P,Q)} \int \|u-v\| \, d\rho(u,v)")


def slope(f: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    out = np.zeros(at.shape)
    for i in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[i] = H
        out[i] = (f(at + step) - f(at - step)) / (2 * H)
    return out


@pytest.mark.parametrize("p", [1.0, 3.5])
def test_by_points_and_weights(p: float) -> None:
    k = compiled(POWER)
    P, Q = tj.Empirical(X, A), tj.Empirical(Y, B)
    value, dx, dy, da = tj.value_and_grad(k, wrt=("P", "Q", "P.weights"))(P, Q, p)
    assert value == k(P, Q, p)
    assert dx == pytest.approx(slope(lambda x: k(tj.Empirical(x, A), Q, p), X), **CLOSE)
    assert dy == pytest.approx(slope(lambda y: k(P, tj.Empirical(y, B), p), Y), **CLOSE)
    move = RNG.normal(size=7)
    move -= move.mean()
    along = [k(tj.Empirical(X, A + s * H * move), Q, p) for s in (1, -1)]
    assert da @ move == pytest.approx((along[0] - along[1]) / (2 * H), **CLOSE)
    assert da @ A == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("p", [1.0, 2.5])
def test_on_the_line(p: float) -> None:
    k, x, y = compiled(POWER), X[:, 0], Y[:, 1]
    dx, dy = tj.grad(k, wrt=("P", "Q"))(P=x, Q=y, p=p)
    assert dx == pytest.approx(slope(lambda z: k(z, y, p), x), **CLOSE)
    assert dy == pytest.approx(slope(lambda z: k(x, z, p), y), **CLOSE)
    column = tj.grad(k, wrt="P")(x[:, None], y[:, None], p)
    assert column.shape == (7, 1) and np.array_equal(column[:, 0], dx)
    db = tj.grad(k, wrt="Q.weights")(x, tj.Empirical(y, B), p)
    move = RNG.normal(size=5)
    move -= move.mean()
    along = [k(x, tj.Empirical(y, B + s * H * move), p) for s in (1, -1)]
    assert db @ move == pytest.approx((along[0] - along[1]) / (2 * H), **CLOSE)


@pytest.mark.slow
def test_by_what_a_cost_is_made_of() -> None:
    k, S = compiled(FORM), np.eye(3) * 2 + 0.25
    da, dS = tj.grad(k, wrt=("A", "S"))(X, Y, S)
    assert da == pytest.approx(slope(lambda x: k(x, Y, S), X), **CLOSE)
    assert dS == pytest.approx(slope(lambda s: k(X, Y, s), S), **CLOSE)


@pytest.mark.slow
def test_several_transports_in_one_formula() -> None:
    k = compiled(BOTH)
    dx, dy = tj.grad(k)(X, Y)
    assert dx == pytest.approx(slope(lambda x: k(x, Y), X), **CLOSE)
    assert dy == pytest.approx(slope(lambda y: k(X, y), Y), **CLOSE)


@pytest.mark.parametrize(("derive", "wrt"), [
    (tj.grad, "p"), (tj.jacobian, None), (tj.jvp, None), (tj.vjp, "P"), (tj.hessian, "P"), (tj.hvp, "Q"), (tj.jvp, "p"),
])
def test_other_derivatives_are_refused(derive: Any, wrt: str | None) -> None:
    with pytest.raises(tj.Unsupported, match="E382"):
        derive(compiled(POWER), wrt=wrt)


def test_functions_of_the_caller_and_strangers_are_refused() -> None:
    k = compiled(r"K(\mu,\nu)=\inf_{\pi \in \Pi(\mu,\nu)} \int c(x, y) \, d\pi(x, y)")
    with pytest.raises(tj.Unsupported, match="function of the caller"):
        tj.grad(k, wrt="mu")(X, Y, lambda x, y: ((x - y) ** 2).sum(-1))
    with pytest.raises(TypeError, match="no parameter 'z'"):
        tj.grad(k, wrt="z")
    with pytest.raises(TypeError, match=r"no real parameter 'z'.*mu\.weights"):
        tj.grad(k, wrt=("mu", "z"))
