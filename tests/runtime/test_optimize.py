"""Searches over boxes, simplexes and all numbers against closed forms and SciPy, and their derivatives."""

from __future__ import annotations

import functools
import threading
import warnings

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, linprog, nnls
from scipy.special import logsumexp, softmax

import texjit as tj
from texjit.runtime.call import DomainError
from texjit.runtime.descent import Problem, Room, least
from texjit.runtime.optimum import OptimumWarning

compiled = functools.cache(tj.compile)

RNG = np.random.default_rng(11)
A, B = RNG.normal(size=(7, 4)), RNG.normal(size=7)
C = RNG.normal(size=5)

BOX = r"f(a) = \min_{x \in [-0.5, 0.5]^n} (\sum_{i=1}^n (x_i - a_i)^2 + x_1)"
SIMPLEX = r"f(c) = \max_{p \in \Delta^{n-1}} \sum_{i=1}^n p_i c_i - \sum_{i=1}^n p_i \log p_i"
RIDGE = r"w = \arg\min_{w \in \mathbb{R}^d} \sum_{i=1}^n (y_i - w^T x_i)^2 + \lambda \|w\|^2"
LINEAR = r"f(A, b) = 2 \min_{w \in \mathbb{R}^n} (\|A w - b\|^2 + \lambda \|w\|^2) + \sum_i b_i^2"


LINE = Room(np.array([-np.inf]), np.array([np.inf]))


def ridge(strength: float) -> np.ndarray:
    return np.linalg.solve(A.T @ A + strength * np.eye(4), A.T @ B)


def test_a_box_and_its_place() -> None:
    k = compiled(BOX)
    a = 0.6 * C
    at = np.clip(a - np.eye(5)[0] / 2, -0.5, 0.5)
    found = k.search(a)
    assert found.value == k(a) == pytest.approx(((at - a) ** 2).sum() + at[0], rel=1e-14)
    assert found.point["x"] == pytest.approx(at, abs=1e-14)
    both = np.stack([a, 2 * a])
    assert k.search(both).point["x"].shape == (2, 5)


def test_a_simplex_has_inner_points_and_vertices() -> None:
    k = compiled(SIMPLEX)
    assert k(3 * C) == pytest.approx(logsumexp(3 * C), rel=1e-14)
    assert k.search(3 * C).point["p"] == pytest.approx(softmax(3 * C), abs=1e-14)
    assert tj.grad(k)(C) == pytest.approx(softmax(C), abs=1e-13)
    vertex = compiled(r"f(c, d) = \min_{q \in \{q : q_i \ge 0, \sum_i q_i = 1\}} (\sum_i q_i c_i + d)")
    assert vertex(C, 2.0) == C.min() + 2.0
    assert np.array_equal(vertex.search(C, 0.0).point["q"], np.eye(5)[C.argmin()])


@pytest.mark.slow
def test_all_vectors() -> None:
    k = compiled(RIDGE)
    assert k.parameters == ("y", "x", "lambda_") and k.signature == "(n),(n,d),()->(d)"
    assert k(B, A, 0.3) == pytest.approx(ridge(0.3), abs=1e-14)


@pytest.mark.slow
def test_derivatives_through_all_vectors() -> None:
    g = compiled(LINEAR, where="A in R^{m x n}; b in R^m")
    value, dA, db = tj.value_and_grad(g, wrt=("A", "b"))(A, B, 0.3)
    w = ridge(0.3)
    r = A @ w - B
    assert value == pytest.approx(2 * (r @ r + 0.3 * w @ w) + B @ B, rel=1e-14)
    assert dA == pytest.approx(4 * np.outer(r, w), abs=1e-13) and db == pytest.approx(2 * B - 4 * r, abs=1e-13)
    assert tj.grad(g, wrt="lambda_")(A, B, 0.3) == pytest.approx(2 * w @ w, rel=1e-13)


@pytest.mark.slow
def test_nonnegative_least_squares() -> None:
    k = compiled(r"v = \arg\min_{w \ge 0} \|A w - b\|^2", where="A in R^{m x n}; b in R^m; w in R^n")
    assert k(A, B) == pytest.approx(nnls(A, B)[0], abs=1e-12)


@pytest.mark.slow
def test_numbers_of_several_letters() -> None:
    k = compiled(r"f(c) = \max_{a \in [0, 1], b \in [-1, 1]} (a b - c a^2)")
    found = k.search(0.8)
    assert found.value == pytest.approx(0.3125, rel=1e-14)
    assert (found.point["a"], found.point["b"]) == pytest.approx((0.625, 1.0), abs=1e-14)
    line = compiled(r"f(y, x) = \min_{m, q} \sum_i (y_i - m x_i - q)^2")
    residual = np.polyfit(A[:, 0], B, 1, full=True)[1][0]
    assert line(B, A[:, 0]) == pytest.approx(residual, rel=1e-13)


@pytest.mark.slow
def test_half_lines_and_written_ends() -> None:
    assert compiled(r"f = \max_{x \in [0, \infty)} x e^{-x}")() == pytest.approx(np.exp(-1), rel=1e-15)
    assert compiled(r"f(b) = \min_{0 \le x \le b} (x - 2.5)^2")(2.0) == 0.25


@pytest.mark.slow
def test_kinks() -> None:
    k = compiled(r"f(c, s) = \min_{x \in \mathbb{R}^n} (\frac12 \sum_{i=1}^n (x_i - c_i)^2 + s \sum_{i=1}^n |x_i|)")
    at = np.sign(C) * np.maximum(np.abs(C) - 0.4, 0.0)
    found = k.search(C, 0.4)
    assert found.value == pytest.approx(((at - C) ** 2).sum() / 2 + 0.4 * np.abs(at).sum(), rel=1e-13)
    assert found.point["x"] == pytest.approx(at, abs=1e-9) and np.array_equal(found.point["x"] == 0, at == 0)


def test_what_falls_without_end_is_an_error() -> None:
    linear = compiled(r"f(a) = \min_{x \in \mathbb{R}^n} a^T x", where="a in R^n")
    with pytest.raises(DomainError, match="go on without end"):
        linear(C)
    with pytest.raises(DomainError, match="go on without end"):
        least(problem(lambda x: -np.log1p(x[:, 0] ** 2), lambda x: -2 * x / (1 + x**2), LINE))
    with np.errstate(all="ignore"), pytest.raises(DomainError, match="undefined at"):
        least(problem(lambda x: x[:, 0] - np.log(x[:, 0]), lambda x: 1 - 1 / x, LINE))


@pytest.mark.slow
def test_a_value_that_is_only_approached() -> None:
    text = r"{} = \{}_{{x \in \mathbb{{R}}}} e^{{-x}}"
    assert compiled(text.format("f", "inf"))() == 0.0
    with pytest.warns(OptimumWarning, match="only approached"):
        compiled(text.format("z", "arg\\min"))()


@pytest.mark.slow
def test_places_are_not_always_one() -> None:
    k = compiled(r"v = \arg\min_{w \in \mathbb{R}^n} \|A w - b\|^2", where="A in R^{m x n}; b in R^m")
    with pytest.warns(OptimumWarning, match="several places"):
        assert A.T @ k(A.T, B[:4]) == pytest.approx(B[:4], abs=1e-12)


def test_there_is_no_derivative_where_places_differ() -> None:
    k = compiled(r"f(c) = \max_{p \in \Delta^{n}} \sum_{i=1}^n p_i c_i")
    assert np.array_equal(tj.grad(k)(C), np.eye(5)[C.argmax()])
    with pytest.raises(DomainError, match="no derivative by c here"):
        tj.grad(k)(np.array([1.0, 2.0, 2.0]))
    interval = compiled(r"f(a) = \min_{x \in [-2, 2]} ((x^2 - 1)^2 + a x)")
    assert tj.grad(interval)(0.1) == pytest.approx(np.roots([4, 0, -4, 0.1]).min(), rel=1e-13)
    with pytest.raises(DomainError, match="no derivative by a here"), pytest.warns(OptimumWarning):
        tj.grad(interval)(0.0)


def test_functions_that_hold_integrals_move_with_these() -> None:
    k = compiled(r"M(a) = \max_{x \in [0, 1]} (a x - \int_0^x e^{a t} t \, dt)")
    x = brentq(lambda x: 0.7 - np.exp(0.7 * x) * x, 0, 1, xtol=1e-15)
    wanted = x - quad(lambda t: t * t * np.exp(0.7 * t), 0, x, epsabs=1e-14)[0]
    assert tj.grad(k, "a")(0.7) == pytest.approx(wanted, rel=1e-7)  # the place is known to half of the digits


@pytest.mark.parametrize(("text", "why"), [
    (r"x(a) = \arg\min_{u \in [0, 1]} (u - a)^2", "place that x searches for"),
    (r"f(b) = \min_{u \in [0, b]} (u - 3)^2", "b is an end"),
    (r"f(a) = \min_{u \in [0, 1]} (h(a) - u)^2 + a", "black-box"),
])
def test_derivatives_that_are_not_there(text: str, why: str) -> None:
    with pytest.raises(tj.Unsupported, match=rf"E383.*{why}"):
        k = compiled(text, where="h : R -> R" if "h(" in text else "")
        tj.grad(k, wrt=k.parameters[0])
    with pytest.raises(tj.Unsupported, match="first derivatives"):
        tj.hessian(compiled(BOX))


@pytest.mark.slow
def test_functions_of_the_caller_are_searched_by_differences() -> None:
    k = compiled(r"f(c) = \min_{x \in \mathbb{R}} (h(x) + c x^2)")
    assert k(1.0, h=lambda x: -np.cos(x)) == pytest.approx(-1.0, abs=1e-12)


def test_searches_in_threads_do_not_mix() -> None:
    k = compiled(BOX)
    out: dict[int, float] = {}

    def run(s: int) -> None:
        out[s] = k.search(0.01 * s * np.ones(3)).point["x"][2]

    threads = [threading.Thread(target=run, args=(s,)) for s in range(6)]
    for th in threads:
        th.start()
    for th in threads:
        th.join()
    assert [out[s] for s in range(6)] == pytest.approx(0.01 * np.arange(6), abs=1e-12)


def test_a_search_is_numerical() -> None:
    k = compiled(SIMPLEX)
    assert "over p on the simplex" in k.explain() and "a search proves nothing" in k.explain()
    assert tj.verify(k, points=20).verdict == "undecided"
    with pytest.raises(TypeError, match="no search"):
        compiled(r"g(x) = x^2").search(1.0)


def problem(f: object, g: object, room: Room) -> Problem:
    return Problem("f", room, f, lambda x: (f(x), g(x)), lambda x: (float(f(x[None])[0]), g(x[None])[0]), str)  # type: ignore[operator, arg-type]


@pytest.mark.parametrize("n", [3, 12, 100])
def test_descent_against_linear_programs(n: int) -> None:
    rng = np.random.default_rng(n)
    c, lo, hi = rng.normal(size=n), -rng.random(n), rng.random(n)
    found = least(problem(lambda x: x @ c, lambda x: np.broadcast_to(c, x.shape).copy(), Room(lo, hi)))
    assert found.value == pytest.approx(linprog(c, bounds=list(zip(lo, hi, strict=True))).fun, rel=1e-13)
    assert not found.remarks


def test_descent_finds_the_best_of_many_wells() -> None:
    def f(x: np.ndarray) -> np.ndarray:
        return 20 + (x**2 - 10 * np.cos(2 * np.pi * x)).sum(axis=-1)

    room = Room(np.full(2, -4.0), np.full(2, 5.0))
    found = least(problem(f, lambda x: 2 * x + 20 * np.pi * np.sin(2 * np.pi * x), room))
    assert found.value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.slow
def test_a_kink_across_letters_is_told_where_it_is_not_reached() -> None:
    k = compiled(r"f(a) = \min_{x \in \mathbb{R}^n} (\max_i |x_i - a_i| + |x_1 - 2|)", where="a in R^n")
    a = np.array([1.0, 0.3, -0.2])
    best = linprog([0, 0, 0, 1, 1], A_ub=[[1, 0, 0, -1, 0], [-1, 0, 0, -1, 0], [0, 1, 0, -1, 0], [0, -1, 0, -1, 0],
                                          [0, 0, 1, -1, 0], [0, 0, -1, -1, 0], [1, 0, 0, 0, -1], [-1, 0, 0, 0, -1]],
                   b_ub=[1, -1, 0.3, -0.3, -0.2, 0.2, 2, -2], bounds=[(None, None)] * 5).fun
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        value = k(a)
    assert value >= best - 1e-12
    assert value <= best + 1e-9 or told
