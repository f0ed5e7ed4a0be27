"""Densities, estimators, tests and information."""

from __future__ import annotations

import math

import numpy as np
from scipy import special, stats

from ..formulas import Row

ROWS = (
    Row(r"f(x) = \frac{1}{\sigma \sqrt{2\pi}} \exp\left( -\frac{1}{2} \left( \frac{x-\mu}{\sigma} \right)^2 \right)",
        "(),(),()->()", lambda x, mu, sigma: stats.norm.pdf(x, mu, sigma), "", True),
    Row(r"P(k) = \binom{n}{k} p^k (1-p)^{n-k}", "(),(),()->()",
        lambda k, n, p: special.binom(n, k) * p**k * (1 - p) ** (n - k), "0 < p < 1", True),
    Row(r"P(k) = \frac{\lambda^k e^{-\lambda}}{k!}", "(),()->()",
        lambda k, lambda_: lambda_**k * math.exp(-lambda_) / math.gamma(k + 1), "", True),
    Row(r"f(x) = \frac{\beta^\alpha}{\Gamma(\alpha)} x^{\alpha - 1} e^{-\beta x}", "(),(),()->()",
        lambda x, beta, alpha: stats.gamma.pdf(x, alpha, scale=1 / beta), "x > 0; alpha > 0; beta > 0"),
    Row(r"f(x) = \frac{\Gamma(\alpha+\beta)}{\Gamma(\alpha) \Gamma(\beta)} x^{\alpha-1} (1-x)^{\beta-1}",
        "(),(),()->()",
        lambda x, alpha, beta: stats.beta.pdf(x, alpha, beta), "0 < x < 1; alpha > 0; beta > 0"),
    Row(r"f(x) = \frac{x^{a-1} (1-x)^{b-1}}{\mathrm{B}(a, b)}", "(),(),()->()",
        lambda x, a, b: stats.beta.pdf(x, a, b), "0 < x < 1; a > 0; b > 0"),
    Row(r"F(x) = \Phi\left( \frac{x - \mu}{\sigma} \right)", "(),(),()->()",
        lambda x, mu, sigma: stats.norm.cdf(x, mu, sigma), "sigma > 0"),
    Row(r"F(x) = \frac{1}{2} \left( 1 + \operatorname{erf} \frac{x}{\sqrt{2}} \right)", "()->()",
        lambda x: stats.norm.cdf(x)),
    Row(r"f(x) = \frac{1}{\pi \gamma \left( 1 + \left( \frac{x - x_0}{\gamma} \right)^2 \right)}", "(),(),()->()",
        lambda x, gamma, x_0: 1 / (math.pi * gamma * (1 + ((x - x_0) / gamma) ** 2))),
    Row(r"\bar{x} = \frac{x_1 + x_2 + \cdots + x_n}{n}", "(n)->()", lambda x: x.mean()),
    Row(r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} (x_i - \bar{x})^2", "(n),()->()",
        lambda x, x_bar: ((x - x_bar) ** 2).sum() / (len(x) - 1)),
    Row(r"r = \frac{\sum_{i=1}^n (x_i - \bar{x})(y_i - \bar{y})}{\sqrt{\sum_{i=1}^n (x_i - \bar{x})^2}"
        r" \sqrt{\sum_{i=1}^n (y_i - \bar{y})^2}}", "(n),(),(n),()->()",
        lambda x, x_bar, y, y_bar: ((x - x_bar) @ (y - y_bar))
        / np.linalg.norm(x - x_bar) / np.linalg.norm(y - y_bar)),
    Row(r"z = \frac{\bar{x} - \mu_0}{\sigma / \sqrt{n}}", "(),(),(),()->()",
        lambda x_bar, mu_0, sigma, n: (x_bar - mu_0) / (sigma / math.sqrt(n)), "", True),
    Row(r"\chi^2 = \sum_{i=1}^k \frac{(o_i - e_i)^2}{e_i}", "(k),(k)->()", lambda o, e: ((o - e) ** 2 / e).sum()),
    Row(r"H(p) = -\sum_{i=1}^{n} p_i \log_2 p_i", "(n)->()", lambda p: -(p * np.log2(p)).sum()),
    Row(r"m = \mathbb{E}[X^2] - (\mathbb{E}[X])^2", "(n)->()", lambda X: X.var(), "X in R^n"),
    Row(r"\ell(\mu) = -\frac{n}{2} \log(2\pi) - \frac{1}{2} \sum_{i=1}^{n} (x_i - \mu)^2", "(),(n)->()",
        lambda mu, x: stats.norm.logpdf(x, mu).sum()),
    Row(r"d = \frac{\bar{x}_1 - \bar{x}_2}{\sqrt{\frac{s_1^2 + s_2^2}{2}}}", "(),(),(),()->()",
        lambda x_bar_1, x_bar_2, s_1, s_2: (x_bar_1 - x_bar_2) / math.sqrt((s_1**2 + s_2**2) / 2)),
    Row(r"\ell = \ln \Gamma(\alpha) - \ln \Gamma(\beta)", "(),()->()",
        lambda alpha, beta: special.gammaln(alpha) - special.gammaln(beta), "alpha > 0; beta > 0"),
    Row(r"w_i = \frac{1/\sigma_i^2}{\sum_{j=1}^n 1/\sigma_j^2}", "(n)->(n)",
        lambda sigma: sigma**-2 / (sigma**-2).sum()),
    Row(r"k = \arg\max_i p_i", "(i)->()", lambda p: np.argmax(p) + 1),
)  # fmt: skip
