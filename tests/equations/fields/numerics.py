"""Numerical analysis and control: stencils, quadrature, interpolation, filters, regulators."""

from __future__ import annotations

import math

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"d = \frac{f_2 - f_0}{2 h}", "(),(),()->()", lambda f_2, f_0, h: (f_2 - f_0) / (2 * h)),
    Row(r"S = \frac{h}{3} \left( y_0 + 4 y_1 + y_2 \right)", "(),(),(),()->()",
        lambda h, y_0, y_1, y_2: h / 3 * (y_0 + 4 * y_1 + y_2)),
    Row(r"T = h \cdot \left( \frac{y_1 + y_N}{2} + \sum_{i=2}^{N-1} y_i \right)", "(),(N)->()",
        lambda h, y: h * np.trapezoid(y)),
    Row(r"w_k = \prod_{\substack{i=1 \\ i \neq k}}^{n} \frac{1}{x_k - x_i}", "(n)->(n)",
        lambda x: np.array([np.prod([1 / (a - b) for j, b in enumerate(x) if j != i]) for i, a in enumerate(x)])),
    Row(r"V = \prod_{1 \le i < j \le n} (x_j - x_i)", "(n)->()",
        lambda x: np.linalg.det(np.vander(x, increasing=True))),
    Row(r"p(x) = a_0 + a_1 x + a_2 x^2 + \cdots + a_n x^n", "(),(n_plus_1)->()",
        lambda x, a: np.polynomial.polynomial.polyval(x, a)),
    Row(r"g = 1 + x + x^2 + \cdots + x^n", "(),()->()", lambda n, x: sum(x**k for k in range(int(n) + 1))),
    Row(r"H_n = 1 + \frac12 + \frac13 + \cdots + \frac1n", "()->()",
        lambda n: sum(1 / k for k in range(1, int(n) + 1))),
    Row(r"x = A^{-1} b - C^{-T} b", "(d,d),(d),(d,d)->(d)",
        lambda A, b, C: np.linalg.solve(A, b) - np.linalg.solve(C.T, b)),
    Row(r"u = -K x", "(m,n),(n)->(m)", lambda K, x: -K @ x, "K in R^{m x n}; x in R^n"),
    Row(r"K = P C^T (C P C^T + R)^{-1}", "(d,d),(n,d),(n,n)->(d,n)",
        lambda P, C, R: P @ C.T @ np.linalg.inv(C @ P @ C.T + R)),
    Row(r"J = x^T Q x + u^T R u", "(d),(d,d),(n),(n,n)->()", lambda x, Q, u, R: x @ Q @ x + u @ R @ u),
    Row(r"\rho = \frac{\|r\|_\infty}{\|b\|_\infty}", "(d),(n)->()", lambda r, b: np.abs(r).max() / np.abs(b).max()),
    Row(r"c = \sum_{i=1}^{n} |a_{ii}| - \sum_{i \ne j} |a_{ij}|", "(n,n)->()",
        lambda a: 2 * np.abs(np.diag(a)).sum() - np.abs(a).sum()),
    Row(r"r_i = |a_{ii}| - \sum_{j \ne i} |a_{ij}|", "(I,I)->(I)",
        lambda a: 2 * np.abs(np.diag(a)) - np.abs(a).sum(1)),
    Row(r"n_1 = \max_j \sum_i |A_{ij}|", "(i,j)->()", lambda A: np.linalg.norm(A, 1)),
    Row(r"n = \max_i \sum_j |A_{ij}|", "(i,j)->()", lambda A: np.linalg.norm(A, np.inf)),
    Row(r"\ell = \log \det A", "(d,d)->()", lambda A: np.linalg.slogdet(A)[1], "A in S++^d"),
    Row(r"\ell = \operatorname{logdet} A", "(d,d)->()", lambda A: np.linalg.slogdet(A)[1], "A in S++^d"),
    Row(r"x = x_0 - \frac{f_0}{g_0}", "(),(),()->()", lambda x_0, f_0, g_0: x_0 - f_0 / g_0),
    Row(r"\omega_d = \omega_n \sqrt{1 - \zeta^2}", "(),()->()", lambda omega_n, zeta: omega_n * math.sqrt(1 - zeta**2)),
    Row(r"y(t) = 1 - \frac{e^{-\zeta \omega t}}{\sqrt{1 - \zeta^2}} \sin(\omega_d t + \phi)", "(),(),(),(),()->()",
        lambda t, zeta, omega, omega_d, phi: 1
        - math.exp(-zeta * omega * t) / math.sqrt(1 - zeta**2) * math.sin(omega_d * t + phi)),
    Row(r"s_j = \|A_{\cdot j}\|", "(n,J)->(J)", lambda A: np.linalg.norm(A, axis=0)),
    Row(r"s_i = A_{i,:} x", "(n,m),(m)->(n)", lambda A, x: A @ x, "A in R^{n x m}; x in R^m"),
    Row(r"B = A - \frac{A u u^T A}{u^T A u}", "(d,d),(d)->(d,d)",
        lambda A, u: A - A @ np.outer(u, u) @ A / (u @ A @ u), "A in R^{d x d}; u in R^d"),
)  # fmt: skip
