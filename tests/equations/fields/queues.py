"""Waiting lines and insurance: servers, losses, annuities and credibility."""

from __future__ import annotations

from math import exp, factorial, log, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"W_q = \frac{\lambda}{\mu(\mu-\lambda)}", "(),()->()", lambda lambda_, mu: lambda_ / (mu * (mu - lambda_)),
        positive=True),
    Row(r"\rho = \lambda/\mu, \quad L = \frac{\rho}{1-\rho}", "(),()->()",
        lambda lambda_, mu: (lambda_ / mu) / (1 - lambda_ / mu), positive=True),
    Row(r"B(c, a) = \frac{\frac{a^c}{c!}}{\sum_{k=0}^{c}\frac{a^k}{k!}}", "(),()->()",
        lambda c, a: a**c / factorial(int(c)) / sum(a**k / factorial(k) for k in range(int(c) + 1)),
        r"c \in \mathbb{N}", True),
    Row(r"P_0 = \left[\sum_{n=0}^{s-1}\frac{(\lambda/\mu)^n}{n!}+\frac{(\lambda/\mu)^s}{s!}\frac{1}{1-\lambda/(s\mu)}"
        r"\right]^{-1}", "(),(),()->()",
        lambda s, lambda_, mu: 1 / (sum((lambda_ / mu) ** n / factorial(n) for n in range(int(s)))
            + (lambda_ / mu) ** s / factorial(int(s)) / (1 - lambda_ / (s * mu))), r"s \in \mathbb{N}", True),
    Row(r"W_q = \left(\frac{\rho}{1-\rho}\right)\left(\frac{c_a^2+c_s^2}{2}\right)\tau", "(),(),(),()->()",
        lambda rho, c_a, c_s, tau: rho / (1 - rho) * (c_a**2 + c_s**2) / 2 * tau, "0 < rho < 1", True),
    Row(r"L_q = \frac{\lambda^2\sigma_s^2+\rho^2}{2(1-\rho)}", "(),(),()->()",
        lambda lambda_, sigma_s, rho: (lambda_**2 * sigma_s**2 + rho**2) / (2 * (1 - rho)), "0 < rho < 1", True),
    Row(r"p_n = \frac{(1-\rho)\rho^n}{1-\rho^{K+1}}, \quad n=0,1,\dots,K", "(),(),()->()",
        lambda rho, n, K: (1 - rho) * rho**n / (1 - rho ** (K + 1)), "0 < rho < 1", True),
    Row(r"\bar W = \sum_{i=1}^{k} p_i W_i \quad \text{where} \quad \sum_{i=1}^k p_i = 1", "(k),(k)->()",
        lambda p, W: p @ W),
    Row(r"v = (1+i)^{-1}, \quad a_n = \frac{1 - v^n}{i}", "(),()->()",
        lambda i, n: (1 - (1 + i) ** -n) / i, positive=True),
    Row(r"a = \sum_{k=0}^{n-1} v^k p_k", "(),(n)->()", lambda v, p: sum(v**k * x for k, x in enumerate(p)),
        positive=True),
    Row(r"\ddot{a}_n = \frac{1-v^n}{d}", "(),(),()->()", lambda v, n, d: (1 - v**n) / d, positive=True),
    Row(r"\mu_x = A + B c^x", "(),(),(),()->()", lambda A, B, c, x: A + B * c**x, positive=True),
    Row(r"S(x) = \exp\left(-Ax - \frac{B}{\ln c}(c^x - 1)\right)", "(),(),(),()->()",
        lambda x, A, B, c: exp(-A * x - B / log(c) * (c**x - 1)), "c > 1", True),
    Row(r"Z = \frac{n}{n + \frac{\sigma^2}{\tau^2}}, \quad P = Z\bar X + (1-Z)\mu", "(),(),(),(),()->()",
        lambda n, sigma, tau, X_bar, mu: n / (n + sigma**2 / tau**2) * X_bar + (1 - n / (n + sigma**2 / tau**2)) * mu,
        positive=True),
    Row(r"Z = \min\left\{1, \sqrt{\frac{n}{n_F}}\right\}", "(),()->()", lambda n, n_F: min(1, sqrt(n / n_F)),
        positive=True),
    Row(r"\Pi(X) = \frac{1}{\alpha}\ln \left( \frac1n \sum_{i=1}^n e^{\alpha X_i} \right)", "(n),()->()",
        lambda X, alpha: log(np.exp(alpha * X).mean()) / alpha, positive=True),
    Row(r"\varphi(z) = \frac{1}{\sqrt{2\pi}}e^{-z^2/2}, \quad \mathrm{TVaR} = \mu + \sigma\,\frac{\varphi(z)}{1-p}",
        "(),(),(),()->()",
        lambda mu, sigma, z, p: mu + sigma * exp(-(z**2) / 2) / sqrt(2 * np.pi) / (1 - p)),
)  # fmt: skip
