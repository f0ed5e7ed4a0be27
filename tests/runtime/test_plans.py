"""Least costs over plans, with an entropy term and without: against SciPy on the dual, linear programs and POT."""

from __future__ import annotations

import functools

import numpy as np
import ot
import pytest
from scipy.optimize import linprog, minimize

import texjit as tj
from texjit.runtime.call import DomainError
from texjit.runtime.sinkhorn import entropic_plan

compiled = functools.cache(tj.compile)

RNG = np.random.default_rng(2)
A, B = (w / w.sum() for w in (RNG.random(4) + 0.1, RNG.random(6) + 0.1))
COSTS = RNG.normal(size=(4, 6))
X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(6, 3))

WRITTEN = (r"S(a, b, C) = \min_{\pi \in \Pi(a,b)} \sum_{i,j} \pi_{ij} C_{ij} + "
           r"\varepsilon \sum_{i,j} \pi_{ij} \log \pi_{ij}")
NAMED = (r"$$H(p) = -\sum_{i,j} p_{ij} \log p_{ij}$$ $$D(r, c) = \inf_{T \in U(r, c)} \langle T, M \rangle - "
         r"\lambda H(T)$$")
RELATIVE = (r"$$K(P \| Q) = \sum_{i,j} P_{ij} \log \frac{P_{ij}}{Q_{ij}}$$ $$V(r, c) = 2 \min_{T \in G(r, c)} "
            r"(\sum_i \sum_j T_{ij} \|x_i - y_j\|^2 + \lambda K(T \| r c^\top)) + 1$$")
LINEAR = r"L(a, b, C) = \min_{\pi \in \Pi(a,b)} \operatorname{tr}(\pi^\top C)"


def by_dual(costs: np.ndarray, strength: float) -> float:
    """min Σ π c + ε Σ π log π through its smooth dual, by SciPy."""
    def minus_dual(z: np.ndarray) -> tuple[float, np.ndarray]:
        f, g = z[:4], z[4:]
        plan = np.exp((f[:, None] + g - costs) / strength - 1)
        grad = np.concatenate([A - plan.sum(axis=1), B - plan.sum(axis=0)])
        return float(strength * plan.sum() - f @ A - g @ B), -grad

    found = minimize(minus_dual, np.zeros(10), jac=True, method="BFGS", options={"gtol": 1e-12})
    return -float(found.fun)


def relative_by_dual(strength: float) -> float:
    """With Σ π log(π / (a b)) instead, for squared distances."""
    return by_dual(squares(), strength) - strength * (A @ np.log(A) + B @ np.log(B))


def squares() -> np.ndarray:
    return ((X[:, None] - Y) ** 2).sum(axis=-1)


def test_an_entropy_term_is_recognised_by_what_it_is() -> None:
    written = compiled(WRITTEN)
    assert written.parameters == ("a", "b", "C", "varepsilon")
    assert written(A, B, COSTS, 0.3) == pytest.approx(by_dual(COSTS, 0.3), rel=1e-11)
    assert "least cost of a plan π: Σ π·(C[" in written.explain()
    assert " + varepsilon·Σ π log π over plans" in written.explain()
    assert tj.verify(written, points=10).verdict == "undecided"


@pytest.mark.slow
def test_the_same_in_other_words() -> None:
    named = tj.compile(tj.read(NAMED), where="M in R^{n x m}").D
    assert named(r=A, c=B, M=COSTS, lambda_=0.3) == pytest.approx(by_dual(COSTS, 0.3), rel=1e-11)
    relative = tj.compile(tj.read(RELATIVE), where="x in R^{n x d}; y in R^{m x d}; r in R^n; c in R^m").V
    expected = 1 + 2 * relative_by_dual(0.5)
    assert relative(r=A, c=B, x=X, y=Y, lambda_=0.5) == pytest.approx(expected, rel=1e-11)


def test_without_entropy_it_is_a_linear_program() -> None:
    k = compiled(LINEAR, where="C in R^{n x m}; a in R^n; b in R^m")
    rows = np.kron(np.eye(4), np.ones(6))
    columns = np.kron(np.ones(4), np.eye(6))
    expected = linprog(COSTS.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([A, B])).fun
    assert k(A, B, COSTS) == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(tj.grad(k, wrt="C")(A, B, COSTS) > 0, ot.emd(A, B, COSTS) > 0)


def test_gradients_are_the_plan_and_the_potentials() -> None:
    k = compiled(WRITTEN)
    da, dC, de = tj.grad(k, wrt=("a", "C", "varepsilon"))(A, B, COSTS, 0.3)
    h = 1e-5
    move = RNG.normal(size=4)
    move -= move.mean()
    along = [k(A + s * h * move, B, COSTS, 0.3) for s in (1, -1)]
    assert da @ move == pytest.approx((along[0] - along[1]) / (2 * h), rel=1e-6)
    assert dC.sum(axis=1) == pytest.approx(A, abs=1e-12) and dC.sum(axis=0) == pytest.approx(B, abs=1e-12)
    assert de == pytest.approx((k(A, B, COSTS, 0.3 + h) - k(A, B, COSTS, 0.3 - h)) / (2 * h), rel=1e-6)
    assert de == pytest.approx(float(np.sum(dC * np.log(dC))), rel=1e-12)


@pytest.mark.parametrize(("a", "strength", "why"), [
    (2 * A, 0.3, r"rows of the plan: the weights sum to 2\.0"), (A, -0.1, "must not be negative"),
    (A - A.min() * 2, 0.3, "must not be negative"),
])
def test_what_is_no_plan_is_an_error(a: np.ndarray, strength: float, why: str) -> None:
    with pytest.raises(DomainError, match=why):
        compiled(WRITTEN)(a, B, COSTS, strength)


@pytest.mark.parametrize("text", [
    r"S(a, b, C) = \min_{\pi \in \Pi(a,b)} \sum_{i,j} \pi_{ij}^2 C_{ij}",
    r"S(a, b, C) = \min_{\pi \in \Pi(a,b)} \sum_{i} \pi_{ii}",
    r"S(a, b, C) = \min_{\pi \in \Pi(a,b)} \sum_{i,j} \pi_{ij} C_{ij} + \sum_{i,j} C_{ij} \pi_{ij} \log \pi_{ij}",
    r"S(a, b, C) = \min_{\pi \in \Pi(a,b)} \sum_{i<j} \pi_{ij} C_{ij}",
])
def test_other_formulas_of_a_plan_are_refused(text: str) -> None:
    with pytest.raises(tj.TexjitError):
        tj.compile(text)


@pytest.mark.parametrize("strength", [10.0, 0.1, 0.01])
def test_sinkhorn_against_its_bounds(strength: float) -> None:
    found = entropic_plan(COSTS, A, B, strength)
    assert found.plan.sum(axis=1) == pytest.approx(A, abs=1e-14)
    assert found.gap <= 1e-10
    independent = strength * (A @ np.log(A) + B @ np.log(B))
    if strength >= 0.1:
        assert found.value == pytest.approx(by_dual(COSTS, strength) - independent, rel=1e-9)
    least = ot.emd2(A, B, COSTS)
    assert least - 1e-12 <= found.value <= least + strength * np.log(6) + 1e-12


@pytest.mark.slow
def test_clouds_of_points_take_an_entropy_term() -> None:
    k = compiled(r"W(P, Q, p) = (\inf_{\pi \in \Pi(P,Q)} \int \|x - y\|^p \, d\pi(x, y))^{1/p}")
    P, Q = tj.Empirical(X, A), tj.Empirical(Y, B)
    value, dP, da = tj.value_and_grad(k, wrt=("P", "P.weights"))(P, Q, 2.0, sinkhorn=0.5)
    assert value == k(P, Q, 2.0, sinkhorn=0.5) == pytest.approx(relative_by_dual(0.5) ** 0.5, rel=1e-10)
    assert k(P, Q, 2.0, sinkhorn=1e-3) == pytest.approx(k(P, Q, 2.0), rel=1e-3)
    h, move, step = 1e-5, RNG.normal(size=4), RNG.normal(size=(4, 3))
    move -= move.mean()
    along = [k(tj.Empirical(X + s * h * step, A), Q, 2.0, sinkhorn=0.5) for s in (1, -1)]
    assert np.sum(dP * step) == pytest.approx((along[0] - along[1]) / (2 * h), rel=1e-6)
    along = [k(tj.Empirical(X, A + s * h * move), Q, 2.0, sinkhorn=0.5) for s in (1, -1)]
    assert da @ move == pytest.approx((along[0] - along[1]) / (2 * h), rel=1e-6)
    with pytest.raises(ValueError, match="sinkhorn must be positive"):
        k(P, Q, 2.0, sinkhorn=0.0)
    with pytest.raises(TypeError, match="no parameter sinkhorn"):
        compiled(WRITTEN)(A, B, COSTS, 0.3, sinkhorn=1.0)


def test_points_without_mass_are_left_out() -> None:
    costs = np.where(np.arange(4)[:, None] == 1, np.inf, COSTS)
    a = np.array([0.5, 0.0, 0.2, 0.3])
    found = entropic_plan(costs, a, B, 0.2)
    assert (found.plan[1] == 0).all() and np.isfinite(found.value)
    assert found.value == pytest.approx(entropic_plan(np.delete(COSTS, 1, 0), np.delete(a, 1), B, 0.2).value, rel=1e-12)
