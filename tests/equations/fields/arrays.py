"""Arrays: slices of matrices, elements of brackets."""

from __future__ import annotations

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"s_i = A_{i\cdot} x", "(m,n),(n)->(m)", lambda A, x: A @ x, "A in R^{m x n}; x in R^n"),
    Row(r"s_i = A_{i\cdot}^T x", "(m,n),(n)->(m)", lambda A, x: A @ x, "A in R^{m x n}; x in R^n"),
    Row(r"s_j = A_{\cdot j}^T y", "(m,n),(m)->(n)", lambda A, y: A.T @ y, "A in R^{m x n}; y in R^m"),
    Row(r"G_{jk} = A_{:j}^T A_{:k}", "(m,n)->(n,n)", lambda A: A.T @ A, "A in R^{m x n}"),
    Row(r"G_{ij} = \langle A_{i*}, A_{j*} \rangle", "(m,n)->(m,m)", lambda A: A @ A.T, "A in R^{m x n}"),
    Row(r"C = \sum_k A_{:k} B_{k:}", "(m,n),(n,p)->(m,p)", lambda A, B: A @ B, "A in R^{m x n}; B in R^{n x p}"),
    Row(r"S = \sum_{i=1}^m A_{i:}^T A_{i:}", "(m,n)->(n,n)", lambda A: A.T @ A, "A in R^{m x n}"),
    Row(r"S = \sum_{i=1}^m (X_{i,:} - \mu) (X_{i,:} - \mu)^T", "(m,n),(n)->(n,n)",
        lambda X, mu: (X - mu).T @ (X - mu), "X in R^{m x n}; mu in R^n"),
    Row(r"d_i = \|X_{i:} - \mu\|^2", "(m,n),(n)->(m)", lambda X, mu: ((X - mu) ** 2).sum(1),
        "X in R^{m x n}; mu in R^n"),
    Row(r"D_{ij} = \|X_{i:} - Y_{j:}\|^2", "(I,d),(J,d)->(I,J)",
        lambda X, Y: ((X[:, None] - Y[None]) ** 2).sum(2)),
    Row(r"s_j = \|A_{:j}\|_1 + A_{1j}", "(m,n)->(n)", lambda A: abs(A).sum(0) + A[0], "A in R^{m x n}"),
    Row(r"f(A) = A_{1:} \cdot A_{2:}", "(m,n)->()", lambda A: A[0] @ A[1], "A in R^{m x n}"),
    Row(r"y_i = X_{i\bullet} B X_{i\bullet}^T", "(m,n),(n,n)->(m)", lambda X, B: np.einsum("ia,ab,ib->i", X, B, X),
        "X in R^{m x n}; B in R^{n x n}"),
    Row(r"\bar y_{i\cdot} = \frac{1}{n} \sum_{j=1}^n y_{ij}", "(I,n)->(I)", lambda y: y.mean(1)),
    Row(r"Z_{i:} = A_{i:} / \|A_{i:}\|_1", "(m,n)->(m,n)", lambda A: A / abs(A).sum(1)[:, None], "A in R^{m x n}"),
    Row(r"Z_{i,:} = x_i A_{i,:}", "(m),(m,n)->(m,n)", lambda x, A: x[:, None] * A, "A in R^{m x n}; x in R^m"),
    Row(r"C_{ij} = A_{ij} + B_{ij}^2", "(m,n),(m,n)->(m,n)", lambda A, B: A + B**2, "A, B in R^{m x n}"),
    Row(r"K_{ikjl} = A_{ij} B_{kl}", "(m,n),(p,q)->(m,p,n,q)", lambda A, B: np.einsum("ij,kl->ikjl", A, B),
        "A in R^{m x n}; B in R^{p x q}"),
    Row(r"s_i = [A x]_i", "(m,n),(n)->(m)", lambda A, x: A @ x, "A in R^{m x n}; x in R^n"),
    Row(r"s = \sum_{i=1}^m (A x - b)_i^3", "(m,n),(n),(m)->()", lambda A, x, b: ((A @ x - b) ** 3).sum(),
        "A in R^{m x n}; x in R^n; b in R^m"),
    Row(r"k(x, x_*) = \exp(-\|x - x_*\|^2)", "(d),(d)->()", lambda x, x_star: np.exp(-((x - x_star) ** 2).sum())),
    Row(r"f = x_* + \sum_{i=1}^n x_i", "(),(n)->()", lambda x_star, x: x_star + x.sum()),
)
