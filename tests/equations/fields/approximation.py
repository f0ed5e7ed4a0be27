"""Quadrature, interpolation and counting, each formula as several authors set it."""

from __future__ import annotations

from math import e, factorial, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from ..formulas import typed


def lagr(at: float, x: Any, y: Any) -> Any:
    n = len(x)
    return sum(y[j] * np.prod([(at - x[m]) / (x[j] - x[m]) for m in range(n) if m != j]) for j in range(n))


ROWS = (
    *typed("(),(n_plus_1)->()",
          lambda h, f: h * (f[0] / 2 + f[1:-1].sum() + f[-1] / 2),
          r"T = \frac h2\left(f_0+2\sum_{i=1}^{n-1}f_i+f_n\right)",
          r"T = \frac{h}{2} \sum_{i=1}^{n} (f_{i-1} + f_i)"),
    *typed("(),(k_plus_1),(k_plus_1)->()",
          lambda t, x, y: lagr(t, x, y),
          r"L(t) = \sum_{j=0}^{k}y_j\prod_{\substack{0\le m\le k\\ m\ne j}}\frac{t-x_m}{x_j-x_m}"),
    *typed("(),(n),(n)->()",
          lambda t, x, y: lagr(t, x, y),
          r"L(t) = \sum_{j=1}^n y_j\prod_{\substack{m=1\\m\neq j}}^n\frac{t-x_m}{x_j-x_m}",
          r"L(t) = \sum_{j=1}^n y_j\prod_{m\ne j}\frac{t-x_m}{x_j-x_m}"),
    *typed("(),(),(),()->()",
          lambda u_i_plus_1, u_i, u_i_minus_1, h: (u_i_plus_1 - 2 * u_i + u_i_minus_1) / h ** 2,
          r"D_i = \frac{u_{i+1}-2u_i+u_{i-1}}{h^2}",
          r"u''_i = \frac{u_{i+1}-2u_i+u_{i-1}}{h^2}"),
    *typed("()->()",
          lambda n: sum(special.binom(n, k) for k in range(int(n) + 1)),
          r"S = \sum_{k=0}^n\binom nk",
          r"S(n) = \sum_{k=0}^{n}\binom{n}{k}",
          where="n in Z"),
    *typed("()->()",
          lambda n: special.binom(2 * n, n) / (n + 1),
          r"C_n = \frac{1}{n+1}\binom{2n}{n}",
          r"C_n = \frac{(2n)!}{(n+1)!\,n!}",
          r"C_n = \frac{(2n)!}{n!(n+1)!}",
          r"C_n = \prod_{k=2}^n\frac{n+k}{k}",
          r"C_n = \binom{2n}{n}-\binom{2n}{n+1}",
          where="n in Z"),
    *typed("()->()",
          lambda n: sqrt(2 * pi * n) * (n / e) ** n,
          r"S_n = \sqrt{2\pi n}\left(\frac{n}{e}\right)^n",
          r"S(n) = \sqrt{2\pi n}\,n^n e^{-n}",
          positive=True),
    *typed("(),()->()",
          lambda n, k: sum((-1) ** (k - j) * special.binom(k, j) * j ** n for j in range(int(k) + 1)) /
              factorial(int(k)),
          r"S(n,k) = \frac{1}{k!}\sum_{j=0}^k(-1)^{k-j}\binom kjj^n",
          r"S(n,k) = \frac{1}{k!}\sum_{i=0}^k(-1)^i\binom ki(k-i)^n",
          where="n, k in Z"),
    *typed("()->()",
          lambda n: sum((-1) ** k / factorial(k) for k in range(int(n) + 1)) * factorial(int(n)),
          r"D_n = n!\sum_{k=0}^n\frac{(-1)^k}{k!}",
          where="n in Z"),
    *typed("(),()->()",
          lambda n, k: factorial(n) / factorial(n - k),
          r"P(n,k) = \frac{n!}{(n-k)!}",
          r"P(n,k)=\prod_{i=0}^{k-1}(n-i)",
          where="n, k in Z"),
    *typed("()->()",
          lambda n: sum(1 / k ** 2 for k in range(1, int(n) + 1)),
          r"H_n^{(2)} = \sum_{k=1}^n\frac{1}{k^2}",
          r"H_n = \sum_{k=1}^n k^{-2}",
          r"H_{n,2} = \sum_{k=1}^n\frac1{k^2}",
          where="n in Z"),
    *typed("()->()",
          lambda n: (1 + (-1) ** n) / 2 * 1.0,
          r"a_n = \frac{1+(-1)^n}{2}",
          where="n in Z"),
    *typed("()->()",
          lambda n: (((1 + sqrt(5)) / 2) ** n - ((1 - sqrt(5)) / 2) ** n) / sqrt(5),
          r"F_n = \frac{1}{\sqrt5}\left(\left(\frac{1+\sqrt5}{2}\right)^n-\left(\frac{1-\sqrt5}{2}\right)^n\right)",
          where="n in Z"),
)  # fmt: skip
