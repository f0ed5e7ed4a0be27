"""Habits of writing: words as names, one letter for an argument and for data."""

from __future__ import annotations

import numpy as np
from scipy import interpolate, special

from ..formulas import Row


def lagrange(x: float, y: np.ndarray, x_data: np.ndarray) -> float:
    return float(interpolate.BarycentricInterpolator(x_data, y)(x))


ROWS = (
    Row(r"NPV = \sum_{t=0}^{T} \frac{C_t}{(1 + r)^t}", "(T_plus_1),()->()",
        lambda C, r: sum(c / (1 + r) ** t for t, c in enumerate(C)), "", True),
    Row(r"RMSE = \sqrt{\frac{1}{n} \sum_{i=1}^n (y_i - \hat y_i)^2}", "(n),(n)->()",
        lambda y, y_hat: np.sqrt(((y - y_hat) ** 2).mean())),
    Row(r"ROI = (a - b)/b", "(),()->()", lambda a, b: a / b - 1),
    Row(r"OS = 100 e^{-z}", "()->()", lambda z: 100 * np.exp(-z)),
    Row(r"$$SSE = \sum_{i=1}^n (y_i - f_i)^2$$ $$MSE = \frac{SSE}{n}$$", "(n),(n)->()",
        lambda y, f: ((y - f) ** 2).mean()),
    Row(r"GDP = C + G + X - M", "(),(),(),()->()", lambda C, G, X, M: C + G + X - M),
    Row(r"L(x) = \sum_{j} y_j \prod_{m \ne j} \frac{x - x_m}{x_j - x_m}", "(),(j),(j)->()", lagrange),
    Row(r"L(x) = \sum_{j=1}^n y_j \prod_{\substack{m=1 \\ m \ne j}}^n \frac{x - x_m}{x_j - x_m}", "(),(n),(n)->()",
        lagrange),
    Row(r"\hat f(x) = \frac{1}{n h} \sum_{i=1}^n e^{-(x - x_i)^2 / (2 h^2)}", "(),(),(n)->()",
        lambda x, h, x_data: np.exp(-((x - x_data) ** 2) / (2 * h**2)).mean() / h),
    Row(r"f(x) = \sum_{i=1}^n \alpha_i \exp(-\gamma \|x - x_i\|^2)", "(d),(n),(),(n,d)->()",
        lambda x, alpha, gamma, x_data: alpha @ np.exp(-gamma * ((x - x_data) ** 2).sum(1))),
    Row(r"f(x) = \sum_{i=1}^n \alpha_i x_i^T x + b", "(d),(n),(n,d),()->()",
        lambda x, alpha, x_data, b: alpha @ x_data @ x + b),
    Row(r"f(x) = \sum_{i=1}^n |x - x_i|", "(),(n)->()", lambda x, x_data: abs(x - x_data).sum(), "x in R"),
    Row(r"h(a, b) = \left. \frac{x^3}{3} - x \right|_{x=a}^{b}", "(),()->()",
        lambda a, b: (b**3 - a**3) / 3 - (b - a)),
    Row(r"f(x, y) = \left( x + 1 \middle/ y \right)", "(),()->()", lambda x, y: x + 1 / y),
    Row(r"h(a, b) = 2 \left[ e^{c x} \right]_{x=a}^{x=b+1}", "(),(),()->()",
        lambda a, b, c: 2 * (np.exp(c * (b + 1)) - np.exp(c * a))),
    Row(r"$$f(x) = x^2$$ $$h(a) = \left. 3 f(x) + x \right|_{x=a-1}$$", "()->()", lambda a: 3 * (a - 1) ** 2 + a - 1),
    Row(r"f(n, k) = {}_n C_k + {}^n\mathrm{C}_{k+1}", "(),()->()",
        lambda n, k: special.binom(n, k) + special.binom(n, k + 1), "", True),
    Row(r"f(n, k) = {}_n P_k", "(),()->()", lambda n, k: special.poch(n - k + 1, k), "", True),
    Row(r"f = {}^{t}A \, x", "(n,m),(n)->(m)", lambda A, x: A.T @ x, "A in R^{n x m}; x in R^n"),
    Row(r"f(x) = \root 3 \of {x + 1} + 1,000,000", "()->()", lambda x: np.cbrt(x + 1) + 1e6, "", True),
    Row(r"f(x) = \cases{ x^2 & \text{if } x > 0 \cr -x & \text{otherwise} }", "()->()",
        lambda x: x**2 if x > 0 else -x),
    Row("$$f(x) = \\log x + \\log(1 - x)$$ for $x \\in ]0,1[$", "()->()", lambda x: np.log(x) + np.log(1 - x)),
    Row(r"m = \max_{i=1,\dots,n} x_i - \min_{i \in \{1, 2, \dots, n\}} x_i", "(n)->()", lambda x: np.ptp(x)),
    Row(r"s = \sum_{1 \le i, j \le n} x_i x_j^2", "(n)->()", lambda x: x.sum() * (x**2).sum()),
    Row(r"s = \sum_{1 \le i \ne j < n} x_i x_j^2", "(n_minus_1)->()", lambda x: x.sum() * (x**2).sum() - (x**3).sum()),
    Row(r"L(x) = \sum_{j=0}^k y_j \prod_{\substack{0 \le m \le k \\ m \ne j}} \frac{x - x_m}{x_j - x_m}",
        "(),(k_plus_1),(k_plus_1)->()", lagrange),
    Row(r"f(x) = \|x\|^2 + \sum_{i=1}^n x_i", "(n)->()", lambda x: x @ x + x.sum()),
)
