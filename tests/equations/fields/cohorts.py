"""Survival, tests of persons, and populations in the field: hazards, items, species."""

# ruff: noqa: E741 - parameters bear the letters of their formulas

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"\hat S = \prod_{i=1}^{k}\left(1 - \frac{d_i}{n_i}\right)", "(k),(k)->()", lambda d, n: np.prod(1 - d / n),
        positive=True),
    Row(r"\widehat{\mathrm{Var}}(S) = S^2\sum_{i=1}^{k}\frac{d_i}{n_i(n_i-d_i)}", "(),(k),(k)->()",
        lambda S, d, n: S**2 * (d / (n * (n - d))).sum(), positive=True),
    Row(r"H = \sum_{i=1}^k \frac{d_i}{n_i}", "(k),(k)->()", lambda d, n: (d / n).sum(), positive=True),
    Row(r"h(t) = \frac{k}{\lambda}\left(\frac{t}{\lambda}\right)^{k-1}", "(),(),()->()",
        lambda t, k, lambda_: k / lambda_ * (t / lambda_) ** (k - 1), positive=True),
    Row(r"S(x) = \exp\{-H_0\, e^{x^\top\beta}\}", "(d),(),(d)->()", lambda x, H_0, beta: exp(-H_0 * exp(x @ beta))),
    Row(r"S(t) = \left[1+\left(\frac t\alpha\right)^\beta\right]^{-1}", "(),(),()->()",
        lambda t, alpha, beta: 1 / (1 + (t / alpha) ** beta), positive=True),
    Row(r"\ell(\beta) = \sum_{i=1}^{n}\delta_i\left(x_i\beta - \log\sum_{j=i}^{n} e^{x_j\beta}\right)",
        "(),(n),(n)->()",
        lambda beta, delta, x: sum(delta[i] * (x[i] * beta - log(np.exp(x[i:] * beta).sum())) for i in range(len(x)))),
    Row(r"Z = \frac{\sum_j (O_j - E_j)}{\sqrt{\sum_j V_j}}", "(j),(j),(j_2)->()",
        lambda O, E, V: (O - E).sum() / sqrt(V.sum()), positive=True),
    Row(r"P(\theta) = c + \frac{1-c}{1+e^{-1.7a(\theta-b)}}", "(),(),(),()->()",
        lambda theta, c, a, b: c + (1 - c) / (1 + exp(-1.7 * a * (theta - b)))),
    Row(r"\alpha = \frac{k}{k-1}\left(1-\frac{\sum_{i=1}^{k}\sigma_i^2}{\sigma_{\text{X}}^2}\right)", "(k),()->()",
        lambda sigma, sigma_X: len(sigma) / (len(sigma) - 1) * (1 - (sigma**2).sum() / sigma_X**2), positive=True),
    Row(r"\omega = \frac{\left(\sum_{i=1}^{k}\lambda_i\right)^2}{\left(\sum_{i=1}^k\lambda_i\right)^2 + \sum_{i=1}^k"
        r"\theta_i}", "(k),(k)->()", lambda lambda_, theta: lambda_.sum() ** 2 / (lambda_.sum() ** 2 + theta.sum()),
        positive=True),
    Row(r"\rho^* = \frac{n\rho}{1+(n-1)\rho}",
        "(),()->()", lambda n, rho: n * rho / (1 + (n - 1) * rho), positive=True),
    Row(r"SEM = s\sqrt{1-r}", "(),()->()", lambda s, r: s * sqrt(1 - r), positive=True),
    Row(r"I(\theta) = a^2 P (1-P), \quad P = \frac{1}{1+e^{-a(\theta-b)}}", "(),(),()->()",
        lambda a, theta, b: 1 / (1 + exp(-a * (theta - b)))),
    Row(r"E_A = \frac{1}{1 + 10^{(R_B - R_A)/400}}", "(),()->()", lambda R_B, R_A: 1 / (1 + 10 ** ((R_B - R_A) / 400))),
    Row(r"d = \frac{\bar{x}_1-\bar{x}_2}{\sqrt{\frac{(n_1-1)s_1^2+(n_2-1)s_2^2}{n_1+n_2-2}}}", "(),(),(),(),(),()->()",
        lambda x_bar_1, x_bar_2, n_1, s_1, n_2, s_2: (x_bar_1 - x_bar_2) / sqrt(((n_1 - 1) * s_1**2
            + (n_2 - 1) * s_2**2) / (n_1 + n_2 - 2)), "n_1, n_2 in R; 2 < n_1 < 9; 2 < n_2 < 9", True),
    Row(r"H' = -\sum_{i=1}^{S} p_i\ln p_i", "(S)->()", lambda p: -(p * np.log(p)).sum(), positive=True),
    Row(r"D = \sum_{i=1}^R p_i^2", "(R)->()", lambda p: p @ p, positive=True),
    Row(r"S_{Chao1} = S_{obs} + \frac{f_1^2}{2f_2}", "(),(),()->()", lambda S_obs, f_1, f_2: S_obs + f_1**2 / (2 * f_2),
        positive=True),
    Row(r"BC_{jk} = 1 - \frac{2\sum_{i=1}^{p}\min(N_{ij}, N_{ik})}{\sum_{i=1}^{p}(N_{ij}+N_{ik})}", "(p,J)->(J,J)",
        lambda N: np.array([[1 - 2 * np.minimum(a, b).sum() / (a + b).sum() for b in N.T] for a in N.T]),
        positive=True),
    Row(r"a_N = \frac{\alpha N}{1+\alpha h N}", "(),(),()->()", lambda alpha, N, h: alpha * N / (1 + alpha * h * N),
        positive=True),
    Row(r"S = cA^z", "(),(),()->()", lambda c, A, z: c * A**z, positive=True),
    Row(r"\lambda^* = \frac{\sum_{x=0}^{\omega} l_x m_x}{\sum_{x=0}^{\omega} x\, l_x m_x}",
        "(omega_plus_1),(omega_plus_1)->()",
        lambda l, m: (l * m).sum() / (np.arange(len(l)) * l * m).sum(), positive=True),
    Row(r"\hat N = \frac{(M+1)(C+1)}{R+1} - 1", "(),(),()->()", lambda M, C, R: (M + 1) * (C + 1) / (R + 1) - 1,
        positive=True),
    Row(r"I = \frac{N}{W}\,\frac{\sum_{i=1}^N\sum_{j=1}^N w_{ij}(x_i-\bar x)(x_j-\bar x)}{\sum_{i=1}^N (x_i-\bar x)^2}",
        "(),(N,N),(N),()->()",
        lambda W, w, x, x_bar: len(x) / W * ((x - x_bar) @ w @ (x - x_bar)) / ((x - x_bar) ** 2).sum(), positive=True),
    Row(r"\mathrm{NDVI} = \frac{\rho_{\text{NIR}} - \rho_{\text{Red}}}{\rho_{\text{NIR}}+\rho_{\text{Red}}}",
        "(),()->()",
        lambda rho_NIR, rho_Red: (rho_NIR - rho_Red) / (rho_NIR + rho_Red), positive=True),
)  # fmt: skip
