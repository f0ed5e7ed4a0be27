"""Interest, options, portfolios and risk."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from ..formulas import Row


def price(S: float, d_1: float, K: float, r: float, T: float, d_2: float) -> float:
    return float(S * stats.norm.cdf(d_1) - K * math.exp(-r * T) * stats.norm.cdf(d_2))


ROWS = (
    Row(r"A = P e^{r t}", "(),(),()->()", lambda P, r, t: P * math.exp(r * t)),
    Row(r"F = P (1 + i)^n", "(),(),()->()", lambda P, i, n: P * (1 + i) ** n, "", True),
    Row(r"\text{NPV} = \sum_{t=0}^{T} \frac{C_t}{(1 + r)^t}", "(T_plus_1),()->()",
        lambda C, r: sum(c / (1 + r) ** t for t, c in enumerate(C)), "", True),
    Row(r"M = P \frac{r (1 + r)^n}{(1 + r)^n - 1}", "(),(),()->()",
        lambda P, r, n: P * r * (1 + r) ** n / ((1 + r) ** n - 1), "", True),
    Row(r"C = S \Phi(d_1) - K e^{-r T} \Phi(d_2)", "(),(),(),(),(),()->()", price),
    Row(r"d_1 = \frac{\ln(S/K) + (r + \sigma^2/2) T}{\sigma \sqrt{T}}", "(),(),(),(),()->()",
        lambda S, K, r, sigma, T: (math.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * math.sqrt(T)), "", True),
    Row(r"\sigma_p^2 = w^T \Sigma w", "(n),(n,n)->()", lambda w, Sigma: w @ Sigma @ w, "w in R^n; Sigma in R^{n x n}"),
    Row(r"R = \sum_{i=1}^n w_i r_i", "(n),(n)->()", lambda w, r: w @ r),
    Row(r"S = \frac{R_p - R_f}{\sigma_p}", "(),(),()->()", lambda R_p, R_f, sigma_p: (R_p - R_f) / sigma_p),
    Row(r"R_i = R_f + \beta_i (R_m - R_f)", "(),(),()->()", lambda R_f, beta_i, R_m: R_f + beta_i * (R_m - R_f)),
    Row(r"D = \frac{1}{P} \sum_{t=1}^{T} \frac{t C_t}{(1 + y)^t}", "(),(T),()->()",
        lambda P, C, y: sum(t * c / (1 + y) ** t for t, c in enumerate(C, 1)) / P, "", True),
    Row(r"r_t = \ln \frac{P_t}{P_{t-1}}", "(),()->()", lambda P_t, P_t_minus_1: math.log(P_t / P_t_minus_1), "", True),
    Row(r"g = \left( \prod_{i=1}^{n} (1 + r_i) \right)^{1/n} - 1", "(n)->()",
        lambda r: np.prod(1 + r) ** (1 / len(r)) - 1, "", True),
    Row(r"w = \frac{\Sigma^{-1} \mathbf{1}}{\mathbf{1}^T \Sigma^{-1} \mathbf{1}}", "(n,n)->(n)",
        lambda Sigma: np.linalg.inv(Sigma).sum(1) / np.linalg.inv(Sigma).sum(), "Sigma in S++^n"),
    Row(r"p(S) = \max(K - S, 0)", "(),()->()", lambda S, K: max(K - S, 0)),
    Row(r"h = \sum_{i=1}^{N} s_i^2", "(N)->()", lambda s: s @ s),
)  # fmt: skip
