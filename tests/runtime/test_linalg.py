"""The factorisations against NumPy, on well-behaved, extreme and invalid matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from texjit.runtime.linalg import cholesky, is_ill_conditioned, lu, lu_det, lu_solve, solve_lower, solve_upper_t

EPS = np.finfo(float).eps
SIZES = (0, 1, 2, 3, 8, 33, 70)


def positive_definite(n: int, seed: int = 0) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(n, n + 3))
    return root @ root.T


@pytest.mark.parametrize("n", SIZES)
def test_cholesky_reproduces_the_matrix(n: int) -> None:
    a = positive_definite(n)
    factor = np.full((n, n), np.nan)
    assert cholesky(a, factor) == 0
    assert np.array_equal(factor, np.tril(factor))
    bound = (n + 1) * EPS * (abs(factor) @ abs(factor.T))
    assert np.all(abs(factor @ factor.T - a) <= 2 * bound)  # 2: the product here rounds as well


@pytest.mark.parametrize("n", SIZES)
def test_triangular_solves_have_small_residuals(n: int) -> None:
    factor = np.tril(positive_definite(n, 1)) + 5 * np.eye(n)
    right = np.random.default_rng(2).normal(size=n)
    for solve, matrix in ((solve_lower, factor), (solve_upper_t, factor.T)):
        x = right.copy()
        solve(factor, x)
        assert np.all(abs(matrix @ x - right) <= 3 * (n + 1) * EPS * (abs(matrix) @ abs(x)))


def test_solves_ignore_the_other_triangle() -> None:
    factor = np.array([[2.0, np.nan], [1.0, 4.0]])
    b = np.array([2.0, 9.0])
    solve_lower(factor, b)
    assert b.tolist() == [1.0, 2.0]
    solve_upper_t(factor, b)
    assert b.tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("matrix", "status"),
    [
        ([[0.0]], 1),
        ([[-1.0]], 1),
        ([[np.nan]], 1),
        ([[np.inf]], 1),
        ([[1.0, 2.0], [2.0, 1.0]], 2),
        ([[1.0, 1.0], [1.0, 1.0]], 2),
        ([[1.0, np.nan], [np.nan, 1.0]], 2),
        ([[1.0, 0.5], [0.4, 1.0]], -1),
        ([[1.0, 1e-9], [0.0, 1.0]], -1),
        ([[1.0, 0.5 + 1e-13], [0.5, 1.0]], 0),
        ([[1e-300, 0.0], [0.0, 1e300]], 0),
    ],
)
def test_cholesky_status(matrix: list[list[float]], status: int) -> None:
    a = np.array(matrix)
    assert cholesky(a, np.empty_like(a)) == status


@pytest.mark.parametrize("n", SIZES)
def test_lu_solves_and_has_the_determinant(n: int) -> None:
    a = np.random.default_rng(3).normal(size=(n, n))
    b = np.random.default_rng(4).normal(size=n)
    factors, perm, x = a.copy(), np.empty(n, np.int64), b.copy()
    assert lu(factors, perm) == 0
    lower = np.tril(factors, -1) + np.eye(n)
    upper = np.triu(factors)
    assert np.all(abs(lower) <= 1.0)
    scale = abs(lower) @ abs(upper)
    assert np.all(abs(lower @ upper - a[perm]) <= 2 * (n + 1) * EPS * scale)
    lu_solve(factors, perm, x)
    assert np.all(abs(a[perm] @ x - b[perm]) <= 4 * (n + 1) * EPS * (scale @ abs(x)))
    # The sign is exact, the magnitude has the backward error of the factors.
    assert np.isclose(lu_det(factors, perm), np.linalg.det(a), rtol=1e-10, atol=0.0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_determinant_of_every_permutation(order: tuple[int, ...]) -> None:
    a = np.eye(4)[list(order)]
    expected = round(np.linalg.det(a))
    perm = np.empty(4, np.int64)
    assert lu(a, perm) == 0
    assert lu_det(a, perm) == expected


@pytest.mark.parametrize(
    ("matrix", "status"),
    [([[0.0]], 1), ([[1.0, 2.0], [2.0, 4.0]], 2), ([[np.nan, 1.0], [1.0, 1.0]], 1), ([[np.inf]], 1)],
)
def test_lu_status(matrix: list[list[float]], status: int) -> None:
    a = np.array(matrix)
    assert lu(a, np.empty(len(a), np.int64)) == status


@pytest.mark.parametrize("n, told", [(4, False), (7, False), (12, True)])
def test_the_condition_is_told_where_few_digits_are_left(n: int, told: bool) -> None:
    hilbert = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    factor = np.empty((n, n))
    assert cholesky(hilbert, factor) == 0
    assert is_ill_conditioned(factor) == told
    assert told == (np.linalg.cond(hilbert) * EPS > 1e-3)
