"""Notation itself: shorthand, scripts, dots, indices and functions known by name."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from ..formulas import Row

ROWS = (
    Row(r"f(n, k) = {n \choose k}", "(),()->()", lambda n, k: special.binom(n, k), "", True),
    Row(r"f(x) = x! + \lfloor x \rfloor - \lceil x \rceil", "()->()",
        lambda x: math.gamma(x + 1) + math.floor(x) - math.ceil(x), "", True),
    Row(r"f = \sum_{i=1}^N \mathbb{1}[x_i > 0]", "(N)->()", lambda x: (x > 0).sum()),
    Row(r"f = \sum_{i=1}^N \mathbf{1}_{x_i > a}", "(N),()->()", lambda x, a: (x > a).sum()),
    Row(r"f = \mathbf{1}^T A \mathbf{1}", "(n,m)->()", lambda A: A.sum(), "A in R^{n x m}"),
    Row(r"m = \frac{1}{n} \mathbf{1}_n^T x", "(n)->()", lambda x: x.mean()),
    Row(r"c = x - \frac{1}{n} \mathbf{1}_n \mathbf{1}_n^T x", "(n)->(n)", lambda x: x - x.mean(), "x in R^n"),
    Row(r"f = \max\{a, b, c\}", "(),(),()->()", lambda a, b, c: max(a, b, c)),
    Row(r"f = \max_i x_i - \min_i x_i", "(i)->()", lambda x: np.ptp(x)),
    Row(r"f = \sum_{i,j} A_{ij} B_{ji}", "(i,j),(j,i)->()", lambda A, B: (A * B.T).sum()),
    Row(r"f = \sum_{i, j = 1}^{n} A_{ij}", "(n,n)->()", lambda A: A.sum()),
    Row(r"f = \sum_{\substack{i,j=1 \\ i \neq j}}^{n} x_i x_j", "(n)->()", lambda x: x.sum() ** 2 - x @ x),
    Row(r"f = \sum_{1 \le i < j \le n} x_i x_j", "(n)->()", lambda x: (x.sum() ** 2 - x @ x) / 2),
    Row(r"f = \sum_{1 \le i < j < k \le n} x_i x_j x_k", "(n)->()",
        lambda x: (x.sum() ** 3 - 3 * x.sum() * (x @ x) + 2 * (x**3).sum()) / 6),
    Row(r"f = \sum_{0 \le i < n} x_i", "(n)->()", lambda x: x.sum()),
    Row(r"f = \sum_{i \in S} x_i", "(S)->()", lambda x: x.sum()),
    Row(r"f = \max_{i \ne j} |x_i - x_j|", "(j)->()", lambda x: np.ptp(x)),
    Row(r"f = \sqrt[n]{x}", "(),()->()", lambda x, n: x ** (1 / n), "", True),
    Row(r"f = \underbrace{(a + b)}_{\text{sum}} \overbrace{c}^{x}", "(),(),()->()", lambda a, b, c: (a + b) * c),
    Row(r"f = \overset{!}{a} \underset{k}{b}", "(),()->()", lambda a, b: a * b),
    Row(r"f = x_1 x_2 \cdots x_n", "(n)->()", lambda x: x.prod()),
    Row(r"f = w_1 x_1 + w_2 x_2 + \dots + w_n x_n", "(n),(n)->()", lambda w, x: w @ x),
    Row(r"f = 1 + 2 + \cdots + n", "()->()", lambda n: n * (n + 1) / 2),
    Row(r"f = 1{,}000 x + 2.5 \times 10^{-3}", "()->()", lambda x: 1000 * x + 0.0025),
    Row(r"f = \sin(90^\circ - x)", "()->()", lambda x: math.cos(x)),
    Row(r"f = \sin^{-1} x + \cos^{-1} x", "()->()", lambda x: math.pi / 2),
    Row(r"f = \sin 2 x \cos y", "(),()->()", lambda x, y: math.sin(2 * x) * math.cos(y)),
    Row(r"J = \sum_{i=1}^{m} \sum_{j=1}^n (x_j^{(i)} - \mu_j)^2", "(m,n),(n)->()", lambda x, mu: ((x - mu) ** 2).sum()),
    Row(r"z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}", "(),(),()->()",
        lambda W_l, a_l_minus_1, b_l: W_l * a_l_minus_1 + b_l),
    Row(r"z^{[2]} = w^{[2]} a^{[1]}", "(),()->()", lambda w_2, a_1: w_2 * a_1),
    Row(r"f = \langle x, y \rangle", "(n),(n)->()", lambda x, y: x @ y, "x, y in R^n"),
    Row(r"f = x^\intercal y", "(d),(d)->()", lambda x, y: x @ y),
    Row(r"f = A \circ B", "(n,m),(n,m)->(n,m)", lambda A, B: A * B, "A, B in R^{n x m}"),
    Row(r"f = \Delta x^2", "()->()", lambda Delta_x: Delta_x**2),
    Row(r"f = 2 e^x + e", "()->()", lambda x: 2 * math.exp(x) + math.e),
    Row(r"c = 3 \times 10^8 \text{ m/s}", "->()", lambda: 3e8),
    Row(r"f = \sin x y", "(),()->()", lambda x, y: math.sin(x * y)),
    Row(r"f = \log p(x) + \cos \omega t", "(),(),()->()", lambda p_x, omega, t: math.log(p_x) + math.cos(omega * t),
        "", True),
    Row(r"f = x_0 + \sum_{i=1}^N x_i", "(N_plus_1)->()", lambda x: x.sum()),
    Row(r"f = \sum_{k=1}^K \pi_k x_k", "(K),(K)->()", lambda pi, x: pi @ x),
    Row(r"f = a/b \cdot c", "(),(),()->()", lambda a, b, c: a / b * c),
    Row(r"f(x) = \Gamma(x) \operatorname{erfc}(x)", "()->()", lambda x: math.gamma(x) * math.erfc(x), "x > 0"),
    Row(r"f(x) = \log(x)^2", "()->()", lambda x: math.log(x) ** 2, "x > 0"),
    Row(r"f = |x - |y||", "(),()->()", lambda x, y: abs(x - abs(y))),
    Row(r"f = \operatorname{tr} \left[ \begin{array}{cc} a & b \\ c & d \end{array} \right]", "(),(),(),()->()",
        lambda a, b, c, d: a + d),
)  # fmt: skip
