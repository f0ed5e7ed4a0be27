"""The factorisations of `linalg` over pairs of floats (`vecmath_dd`).

Arrays have a last axis of length 2, which holds a pair.  Names, arguments and statuses are those of `linalg`.
A copy of this file goes with exported kernels.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-def"

from __future__ import annotations

from typing import Any

import numpy as np

from .vecmath_dd import dd_div, dd_mul, dd_neg, dd_sqrt, dd_sub
from .vecmath_instructions import compiled, inlined

Pairs = np.ndarray[Any, np.dtype[np.float64]]
Permutation = np.ndarray[Any, np.dtype[np.int64]]

#: As in `linalg`, whose inputs these are: floats that somebody computed.
ASYMMETRY = 1e-12

#: The condition number from which a solution in pairs has fewer digits than a float.
ILL_CONDITIONED = 2.0**45


@inlined
def dd_get(a, i, j):
    return a[i, j, 0], a[i, j, 1]


@inlined
def dd_put(a, i, j, x):
    a[i, j, 0], a[i, j, 1] = x


@inlined
def _at(b, i):
    return b[i, 0], b[i, 1]


@inlined
def _set(b, i, x):
    b[i, 0], b[i, 1] = x


@compiled
def _less_product(rest, a, b):
    """rest - a·b; not inlined, or the factorisations would take seconds to compile."""
    return dd_sub(rest, dd_mul(a, b))


@compiled
def dd_rounded(pairs: Pairs, out: Any) -> None:
    """Writes each pair, rounded, into ``out``, which has one axis less."""
    high, flat = pairs.reshape(-1, 2), out.reshape(-1)
    for k in range(flat.size):
        flat[k] = high[k, 0]


@compiled
def dd_cholesky(a: Pairs, l: Pairs) -> int:  # noqa: E741
    n = a.shape[0]
    largest = apart = 0.0
    for i in range(n):
        for j in range(i):
            largest = max(largest, abs(a[i, j, 0]))
            apart = max(apart, abs(a[i, j, 0] - a[j, i, 0]))
        largest = max(largest, abs(a[i, i, 0]))
    if apart > ASYMMETRY * largest:
        return -1
    for i in range(n):
        for j in range(i + 1):
            rest = dd_get(a, i, j)
            for k in range(j):
                rest = _less_product(rest, dd_get(l, i, k), dd_get(l, j, k))
            if j < i:
                dd_put(l, i, j, dd_div(rest, dd_get(l, j, j)))
                dd_put(l, j, i, (0.0, 0.0))
            elif not rest[0] > 0.0 or rest[0] == np.inf:
                return i + 1
            else:
                dd_put(l, i, i, dd_sqrt(rest))
    return 0


@compiled
def dd_is_ill_conditioned(l: Pairs) -> bool:  # noqa: E741
    least, most = np.inf, 0.0
    for i in range(l.shape[0]):
        least, most = min(least, l[i, i, 0]), max(most, l[i, i, 0])
    return (most / least) ** 2 > ILL_CONDITIONED if most > 0.0 else False


@compiled
def dd_solve_lower(l: Pairs, b: Pairs) -> None:  # noqa: E741
    for i in range(l.shape[0]):
        rest = _at(b, i)
        for k in range(i):
            rest = _less_product(rest, dd_get(l, i, k), _at(b, k))
        _set(b, i, dd_div(rest, dd_get(l, i, i)))


@compiled
def dd_solve_upper_t(l: Pairs, b: Pairs) -> None:  # noqa: E741
    for i in range(l.shape[0] - 1, -1, -1):
        x = dd_div(_at(b, i), dd_get(l, i, i))
        _set(b, i, x)
        for k in range(i):
            _set(b, k, _less_product(_at(b, k), x, dd_get(l, i, k)))


@compiled
def dd_lu(a: Pairs, perm: Permutation) -> int:
    n = a.shape[0]
    for i in range(n):
        perm[i] = i
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k, 0]) > abs(a[best, k, 0]):
                best = i
        if best != k:
            perm[k], perm[best] = perm[best], perm[k]
            for j in range(n):
                held = dd_get(a, k, j)
                dd_put(a, k, j, dd_get(a, best, j))
                dd_put(a, best, j, held)
        pivot = dd_get(a, k, k)
        if not 0.0 < abs(pivot[0]) < np.inf:
            return k + 1
        for i in range(k + 1, n):
            factor = dd_div(dd_get(a, i, k), pivot)
            dd_put(a, i, k, factor)
            for j in range(k + 1, n):
                dd_put(a, i, j, _less_product(dd_get(a, i, j), factor, dd_get(a, k, j)))
    return 0


@compiled
def dd_lu_solve(a: Pairs, perm: Permutation, b: Pairs) -> None:
    n = a.shape[0]
    x = np.empty((n, 2))
    for i in range(n):
        rest = _at(b, perm[i])
        for k in range(i):
            rest = _less_product(rest, dd_get(a, i, k), _at(x, k))
        _set(x, i, rest)
    for i in range(n - 1, -1, -1):
        rest = _at(x, i)
        for k in range(i + 1, n):
            rest = _less_product(rest, dd_get(a, i, k), _at(x, k))
        _set(x, i, dd_div(rest, dd_get(a, i, i)))
    for i in range(n):
        _set(b, i, _at(x, i))


@compiled
def dd_lu_det(a: Pairs, perm: Permutation) -> Any:
    n = a.shape[0]
    det = (1.0, 0.0)
    for i in range(n):
        det = dd_mul(det, dd_get(a, i, i))
    # A cycle of length m is m - 1 exchanges.
    seen = np.zeros(n, np.bool_)
    for i in range(n):
        j = perm[i]
        while not seen[i] and j != i:
            seen[j] = True
            det = dd_neg(det)
            j = perm[j]
        seen[i] = True
    return det
