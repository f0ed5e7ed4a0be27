"""Dense factorisations called by compiled kernels, on small float64 matrices in row-major order.

Loops run along rows, so that the innermost one reads consecutive memory and vectorises.  A routine that can
fail returns a status and never raises: 0 means success.  A copy of this file goes with exported kernels.
"""

# numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

import numpy as np

from .vecmath_instructions import compiled, fold_fma

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Vector = np.ndarray[Any, np.dtype[np.float64]]
Permutation = np.ndarray[Any, np.dtype[np.int64]]

ASYMMETRY = 1e-12
"""How far a[i, j] and a[j, i] may differ, relative to the largest element, in a symmetric matrix."""


ILL_CONDITIONED = 1e-3 / 2.0**-52
"""The condition number from which a solution in float64 has fewer than three digits."""


@compiled
def cholesky(a: Matrix, l: Matrix) -> int:  # noqa: E741  # the factor's name in every textbook
    """Writes the lower L with L Lᵀ = a into l; 0, or -1 if a is not symmetric, or 1 + the failing pivot.

    A pivot fails that is not > 0, NaN included; a is then not positive definite and l is incomplete.

    Shapes:  a, l: (n, n)
    Error:   |L Lᵀ - a| ≤ (n + 1) eps |L| |Lᵀ| (Higham 2002, theorem 10.3; see tests/runtime/test_linalg.py)
    """
    n = a.shape[0]
    largest = 0.0
    apart = 0.0
    for i in range(n):
        for j in range(i):
            largest = max(largest, abs(a[i, j]))
            apart = max(apart, abs(a[i, j] - a[j, i]))
        largest = max(largest, abs(a[i, i]))
    if apart > ASYMMETRY * largest:
        return -1
    for i in range(n):
        for j in range(i):
            dot = 0.0
            for k in range(j):
                dot = fold_fma(dot, l[i, k], l[j, k])
            l[i, j] = (a[i, j] - dot) / l[j, j]
            l[j, i] = 0.0
        dot = 0.0
        for k in range(i):
            dot = fold_fma(dot, l[i, k], l[i, k])
        pivot = a[i, i] - dot
        if not pivot > 0.0 or pivot == np.inf:
            return i + 1
        l[i, i] = np.sqrt(pivot)
    return 0


@compiled
def is_ill_conditioned(l: Matrix) -> bool:  # noqa: E741
    """Whether solving with the factor's matrix leaves fewer than three digits: κ·eps > 1e-3.

    The squared ratio of the extreme pivots of a Cholesky factor bounds κ from below (Higham 2002, §15.4).
    """
    least, most = np.inf, 0.0
    for i in range(l.shape[0]):
        least, most = min(least, l[i, i]), max(most, l[i, i])
    return (most / least) ** 2 > ILL_CONDITIONED if most > 0.0 else False


@compiled
def solve_lower(l: Matrix, b: Vector) -> None:  # noqa: E741
    """Replaces b by the solution x of L x = b, L the lower triangle of l."""
    for i in range(l.shape[0]):
        dot = 0.0
        for k in range(i):
            dot = fold_fma(dot, l[i, k], b[k])
        b[i] = (b[i] - dot) / l[i, i]


@compiled
def solve_upper_t(l: Matrix, b: Vector) -> None:  # noqa: E741
    """Replaces b by the solution x of Lᵀ x = b, L the lower triangle of l."""
    for i in range(l.shape[0] - 1, -1, -1):
        b[i] /= l[i, i]
        x = b[i]
        for k in range(i):
            b[k] -= x * l[i, k]


@compiled
def lu(a: Matrix, perm: Permutation) -> int:
    """Replaces a by its factors with rows exchanged by partial pivoting; 0, or 1 + the singular pivot.

        a[perm] = L U, L unit lower triangular below the diagonal, U on and above it

    Shapes:  a: (n, n); perm: (n,), the row of the original matrix that each row now holds
    """
    n = a.shape[0]
    for i in range(n):
        perm[i] = i
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if best != k:
            perm[k], perm[best] = perm[best], perm[k]
            for j in range(n):
                a[k, j], a[best, j] = a[best, j], a[k, j]
        pivot = a[k, k]
        if not 0.0 < abs(pivot) < np.inf:
            return k + 1
        for i in range(k + 1, n):
            factor = a[i, k] / pivot
            a[i, k] = factor
            for j in range(k + 1, n):
                a[i, j] -= factor * a[k, j]
    return 0


@compiled
def lu_solve(a: Matrix, perm: Permutation, b: Vector) -> None:
    """Replaces b by the solution x of A x = b, from the factors and the permutation that `lu` left."""
    n = a.shape[0]
    x = np.empty(n)
    for i in range(n):
        dot = 0.0
        for k in range(i):
            dot = fold_fma(dot, a[i, k], x[k])
        x[i] = b[perm[i]] - dot
    for i in range(n - 1, -1, -1):
        dot = 0.0
        for k in range(i + 1, n):
            dot = fold_fma(dot, a[i, k], x[k])
        x[i] = (x[i] - dot) / a[i, i]
    for i in range(n):
        b[i] = x[i]


@compiled
def lu_det(a: Matrix, perm: Permutation) -> float:
    """The determinant of A, from the factors and the permutation that a successful `lu` left."""
    n = a.shape[0]
    det = 1.0
    for i in range(n):
        det *= a[i, i]
    # A cycle of length m is m - 1 exchanges.
    seen = np.zeros(n, np.bool_)
    for i in range(n):
        j = perm[i]
        while not seen[i] and j != i:
            seen[j] = True
            det = -det
            j = perm[j]
        seen[i] = True
    return det
