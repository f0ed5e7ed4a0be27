"""Optimal transport against POT, SciPy, linear programming, permutations and closed forms."""

from __future__ import annotations

import itertools
import time

import numpy as np
import ot
import pytest
from scipy.optimize import linprog
from scipy.stats import norm, wasserstein_distance

from texjit.runtime.call import DomainError, ShapeError
from texjit.runtime.empirical import Empirical, empirical
from texjit.runtime.transport import Plan, TransportError, entropic, transport
from texjit.runtime.transport_line import on_line, point_gradients, potentials
from texjit.runtime.transport_proof import enclosure

RNG = np.random.default_rng(11)


def weights(n: int, rng: np.random.Generator) -> np.ndarray:
    w = rng.random(n)
    return w / w.sum()


def cloud(n: int, d: int, rng: np.random.Generator, weighted: bool) -> Empirical:
    points = rng.normal(size=(n, d) if d else n)
    return Empirical(points, weights(n, rng) if weighted else None)


def programmed(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """The least cost by linear programming."""
    n, m = c.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    found = linprog(c.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([a, b]))
    return float(found.fun)


def dense(plan: Plan, shape: tuple[int, int]) -> np.ndarray:
    flow = np.zeros(shape)
    flow[plan.source, plan.target] = plan.mass
    return flow


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 7.0])
def test_sorting_gives_what_solvers_give(p: float, weighted: bool) -> None:
    P, Q = cloud(7, 0, RNG, weighted), cloud(5, 0, RNG, weighted)
    c = np.abs(P.points[:, None] - Q.points) ** p
    line = on_line(P, Q, p)
    assert line.cost == pytest.approx(ot.emd2(P.masses, Q.masses, c), rel=1e-13)
    assert line.cost == pytest.approx(programmed(c, P.masses, Q.masses), rel=1e-9)
    assert transport(c, P, Q).cost == pytest.approx(line.cost, rel=1e-13)
    if p == 1.0:
        expected = wasserstein_distance(P.points, Q.points, P.masses, Q.masses)
        assert line.root == pytest.approx(expected, rel=1e-14)


def test_ties_and_repeated_points_on_the_line() -> None:
    x, y = np.array([3.0, 1.0, 1.0, 2.0, 1.0]), np.array([1.0, 2.0, 2.0])
    assert on_line(empirical(x, "x"), empirical(y, "y"), 1.0).cost == pytest.approx(wasserstein_distance(x, y))
    assert on_line(empirical(x, "x"), empirical(x[::-1], "y"), 3.0).cost == 0.0


def test_equal_levels_of_mass_leave_no_slivers() -> None:
    """0.7 is not the sum of seven 0.1 in floats; a sliver of 1e-16 across a long way would be all of the result."""
    P, Q = Empirical([0.0, 10.0], [0.7, 0.3]), Empirical([0.5] * 7 + [10.0] * 3, [0.1] * 10)
    assert on_line(P, Q, 200.0).root == pytest.approx(0.5 * 0.7 ** (1 / 200), rel=1e-14)
    many, few = np.repeat(np.arange(1000.0), 3), np.repeat(np.arange(1000.0) + 0.25, 7)
    assert on_line(empirical(many, "x"), empirical(few, "y"), 200.0).root == pytest.approx(0.25, rel=1e-14)


def test_small_masses_keep_their_digits() -> None:
    small = 1e-14
    P, Q = Empirical([0.0, 1.0], [1.0 - small, small]), Empirical([0.0, 5.0], [1.0 - small, small])
    assert on_line(P, Q, 1.0).cost == pytest.approx(4.0 * P.masses[1], rel=1e-12)


def test_large_powers_do_not_overflow() -> None:
    x, y = np.array([0.0, 1e3]), np.array([5e2, 2e3, 3e3])
    line = on_line(empirical(x, "x"), empirical(y, "y"), 200.0)
    assert line.cost == np.inf
    # By hand: the half at 0 goes to 500 (a third) and 2000, the half at 1000 to 2000 (a sixth) and 3000.
    mass, carried = np.array([2, 1, 1, 2]) / 6, np.array([5e2, 2e3, 1e3, 2e3])
    assert line.root == pytest.approx(2e3 * np.sum(mass * (carried / 2e3) ** 200) ** (1 / 200), rel=1e-14)


def test_quantiles_of_normal_distributions() -> None:
    """Between N(0, 1) and N(1, 4) the plan is x ↦ 1 + 2x, and W_2² = 1 + 1."""
    levels = (np.arange(20_000) + 0.5) / 20_000
    x, y = norm.ppf(levels), norm.ppf(levels, 1.0, 2.0)
    cost = on_line(empirical(x, "x"), empirical(y[::-1], "y"), 2.0).cost
    assert cost == pytest.approx(2.0, rel=1e-3)  # the tails beyond the outer levels are missing
    shifted = on_line(empirical(x, "x"), empirical(x + 0.75, "y"), 3.0)
    assert shifted.root == pytest.approx(0.75, rel=1e-12)


def test_a_million_points_on_the_line() -> None:
    n = 10**6
    x, y = RNG.normal(size=n), RNG.normal(size=n - 3) + 1.0
    on_line(empirical(x[:9], "x"), empirical(y[:7], "y"), 2.0)
    start = time.perf_counter()
    line = on_line(empirical(x, "x"), empirical(y, "y"), 1.0)
    assert time.perf_counter() - start < 2.0  # 0.4 s on a quiet machine
    assert len(line.mass) < 2 * n
    assert line.cost == pytest.approx(wasserstein_distance(x, y), rel=1e-10)


@pytest.mark.parametrize("p", [0.5, -1.0, np.nan, np.inf])
def test_other_powers_are_not_sorted(p: float) -> None:
    with pytest.raises(DomainError, match="not convex"):
        on_line(empirical([1.0, 2.0], "x"), empirical([0.0], "y"), p)


def test_a_concave_cost_differs_from_sorting() -> None:
    x, y = np.array([0.0, 1.0]), np.array([1.0, 2.0])
    c = np.sqrt(np.abs(x[:, None] - y))
    assert transport(c, empirical(x, "x"), empirical(y, "y")).cost == pytest.approx(np.sqrt(2) / 2)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_permutations(d: int) -> None:
    x, y = RNG.normal(size=(5, d)), RNG.normal(size=(5, d))
    c = np.linalg.norm(x[:, None] - y, axis=-1) ** 1.5
    best = min(c[np.arange(5), list(order)].mean() for order in itertools.permutations(range(5)))
    assert transport(c, empirical(x, "x"), empirical(y, "y")).cost == pytest.approx(best, rel=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_any_costs_and_a_proof_of_each(weighted: bool) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n, m = rng.integers(1, 9), rng.integers(1, 9)
        P, Q = cloud(n, 2, rng, weighted), cloud(m, 2, rng, weighted)
        c = rng.normal(size=(n, m)) * 10.0 ** rng.integers(-200, 200)
        plan = transport(c, P, Q)
        assert plan.cost == pytest.approx(ot.emd2(P.masses, Q.masses, c / abs(c).max()) * abs(c).max(), rel=1e-10)
        proof = enclosure(c, P.weights, Q.weights, dense(plan, c.shape), plan.u)
        assert proof.lower <= proof.upper and proof.verdict(plan.cost) == "verified"
        assert proof.verdict(plan.cost * 1.001 + abs(c).max() * 1e-6) == "miscompiled"


def test_a_plan_that_is_not_optimal_is_not_proved() -> None:
    c = np.array([[0.0, 1.0], [1.0, 0.0]])
    crossed = np.array([[0.0, 0.5], [0.5, 0.0]])
    assert not enclosure(c, None, None, crossed, [0.0, 0.0]).is_narrow
    assert enclosure(c, None, None, np.eye(2) / 2, [0.0, 0.0]).verdict(0.0) == "verified"
    assert enclosure(c, None, None, np.eye(2) / 2, [0.0, 0.0]).verdict(1.0) == "miscompiled"


def test_costs_of_two_hundred_orders_of_magnitude() -> None:
    """What is far below the largest cost counts where no mass needs the largest."""
    rng = np.random.default_rng(2)  # of its own: the data must not depend on which tests ran before
    x, y = 10 * rng.normal(size=(13, 3)), 10 * rng.normal(size=(11, 3))
    x, y = np.vstack([x, [[90.0, 0, 0]]]), np.vstack([y, [[90.5, 0, 0]]])
    d = np.linalg.norm(x[:, None] - y, axis=-1)
    c = (d / d.max()) ** 180
    P, Q = empirical(x, "x"), empirical(y, "y")
    plan = transport(c, P, Q)
    assert 0 < plan.cost < 1e-20
    assert enclosure(c, None, None, dense(plan, c.shape), plan.u).verdict(plan.cost) == "verified"


def test_gradients_by_points_and_weights() -> None:
    P, Q = cloud(7, 0, RNG, True), cloud(5, 0, RNG, True)
    x, y, h = P.points, Q.points, 1e-6
    for p, of_root in itertools.product((1.0, 2.0, 3.5), (False, True)):
        line = on_line(P, Q, p)
        dx, dy = point_gradients(line, P, Q, of_root)
        for k in range(7):
            step = np.eye(7)[k] * h
            up, down = (on_line(Empirical(x + s, P.weights), Q, p) for s in (step, -step))
            slope = (up.root - down.root if of_root else up.cost - down.cost) / (2 * h)
            assert dx[k] == pytest.approx(slope, rel=1e-6, abs=1e-9)  # differences lose half of the digits
        assert dx.sum() == pytest.approx(-dy.sum(), rel=1e-12)
        u, v = potentials(line, P, Q)
        unit = line.scale**p
        c = np.abs(x[:, None] - y) ** p
        assert np.all(unit * (u[:, None] + v) <= c + 1e-13 * c.max())
        assert unit * (u @ P.masses + v @ Q.masses) == pytest.approx(line.cost, rel=1e-12)


def test_weights_and_points_that_are_none() -> None:
    with pytest.raises(DomainError, match=r"sum to 0\.9, not to 1; divide"):
        Empirical([1.0, 2.0], [0.4, 0.5])
    with pytest.raises(DomainError, match=r"weight 1 is -0\.5"):
        Empirical([1.0, 2.0], [1.5, -0.5])
    with pytest.raises(DomainError, match="weight 0 is nan"):
        Empirical([1.0, 2.0], [np.nan, 1.0])
    with pytest.raises(ShapeError, match=r"3 points need weights of shape \(3,\)"):
        Empirical([1.0, 2.0, 3.0], [0.5, 0.5])
    with pytest.raises(DomainError, match="no points"):
        Empirical(np.empty((0, 2)))
    with pytest.raises(DomainError, match="point 1 is nan"):
        Empirical([1.0, np.nan])
    with pytest.raises(ShapeError, match=r"\(2, 3, 4\)"):
        Empirical(np.zeros((2, 3, 4)))
    assert Empirical([1, 2, 3], np.full(3, 1 / 3, np.float32)).masses.sum() == pytest.approx(1.0)
    P, Q = empirical([1.0, 2.0], "x"), empirical([1.0, 2.0, 3.0], "y")
    with pytest.raises(DomainError, match="cost between points 0 and 2 is inf"):
        transport([[1.0, 2.0, np.inf], [0.0, 0.0, 0.0]], P, Q)
    with pytest.raises(ShapeError, match=r"shape \(2, 3\), shape \(3, 2\) was given"):
        transport(np.zeros((3, 2)), P, Q)
    with pytest.raises(ShapeError, match="single numbers"):
        on_line(empirical(np.zeros((2, 3)), "x"), Q, 1.0)


def test_an_entropy_term_leaves_the_optimum_between_its_bounds() -> None:
    P, Q = cloud(31, 2, RNG, True), cloud(23, 2, RNG, False)
    c = np.linalg.norm(P.points[:, None] - Q.points, axis=-1)
    exact = transport(c, P, Q).cost
    loose, tight = entropic(c, P, Q, 0.5), entropic(c, P, Q, 0.02)
    for found in (loose, tight):
        assert found.below <= exact <= found.cost
        flow = dense(found, c.shape)
        assert flow.sum(axis=1) == pytest.approx(P.masses, rel=1e-12)
        assert flow.sum(axis=0) == pytest.approx(Q.masses, rel=1e-12)
    assert tight.cost - exact < 0.01 < loose.cost - exact
    with pytest.raises(DomainError, match="positive"):
        entropic(c, P, Q, 0.0)
    with pytest.raises(TransportError, match="larger strength"):
        entropic(c, P, Q, 1e-4, rounds=10)
