"""Signals: windows, filters, levels and transforms of real numbers."""

from __future__ import annotations

import math

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"P = \frac{1}{N} \sum_{n=0}^{N-1} x_n^2", "(N)->()", lambda x: (x**2).mean()),
    Row(r"x_{rms} = \sqrt{\frac{1}{N} \sum_{n=1}^{N} x_n^2}", "(N)->()", lambda x: math.sqrt((x**2).mean())),
    Row(r"L = 10 \log_{10} \frac{P_1}{P_2}", "(),()->()", lambda P_1, P_2: 10 * math.log10(P_1 / P_2), "", True),
    Row(r"w_n = 0.54 - 0.46 \cos \frac{2 \pi n}{N - 1}", "(),()->()",
        lambda n, N: 0.54 - 0.46 * math.cos(2 * math.pi * n / (N - 1))),
    Row(r"X_k = \sum_{n=0}^{N-1} x_n \cos\left( \frac{2 \pi k n}{N} \right)", "(N),()->()",
        lambda k, x: (x * np.cos(2 * np.pi * k * np.arange(len(x)) / len(x))).sum()),
    Row(r"c_k = \sqrt{\frac{2}{N}} \sum_{n=1}^{N} x_n \cos\left( \frac{\pi k (2 n - 1)}{2 N} \right)", "(N),()->()",
        lambda k, x: math.sqrt(2 / len(x))
        * (x * np.cos(np.pi * k * (2 * np.arange(1, len(x) + 1) - 1) / (2 * len(x)))).sum()),
    Row(r"E = \sum_{n=2}^{N-1} (x_n^2 - x_{n-1} x_{n+1})", "(N)->()",
        lambda x: (x[1:-1] ** 2 - x[:-2] * x[2:]).sum()),
    Row(r"G(f) = \frac{1}{\sqrt{1 + \left( \frac{f}{f_c} \right)^{2 n}}}", "(),(),()->()",
        lambda f, f_c, n: 1 / math.sqrt(1 + (f / f_c) ** (2 * n)), "", True),
    Row(r"\tau = R C", "(),()->()", lambda R, C: R * C),
    Row(r"V(t) = V_0 \left( 1 - e^{-\frac{t}{R C}} \right)", "(),(),(),()->()",
        lambda t, V_0, R, C: V_0 * (1 - math.exp(-t / (R * C)))),
    Row(r"Z = \sqrt{R^2 + \left( \omega L - \frac{1}{\omega C} \right)^2}", "(),(),(),()->()",
        lambda R, omega, L, C: math.sqrt(R * R + (omega * L - 1 / (omega * C)) ** 2)),
    Row(r"C = B \log_2 \left( 1 + \frac{S}{N} \right)", "(),(),()->()",
        lambda B, S, N: B * math.log2(1 + S / N), "", True),
    Row(r"Q = \frac{1}{R} \sqrt{\frac{L}{C}}", "(),(),()->()", lambda R, L, C: math.sqrt(L / C) / R, "", True),
    Row(r"a = \frac{\sum_{i=1}^{N-1} x_i x_{i+1}}{\sum_{i=1}^{N} x_i^2}", "(N)->()",
        lambda x: x[:-1] @ x[1:] / (x @ x)),
    Row(r"c = \frac{1}{2} \sum_{n=2}^{N} \left| \operatorname{sign}(x_n) - \operatorname{sign}(x_{n-1}) \right|",
        "(N)->()",
        lambda x: np.abs(np.diff(np.sign(x))).sum() / 2),
    Row(r"p = \frac{\max_n |x_n|}{\sqrt{\frac{1}{N} \sum_{n=1}^N x_n^2}}", "(N)->()",
        lambda x: np.abs(x).max() / math.sqrt((x**2).mean())),
    Row(r"D = \sum_{i=1}^{n} \sum_{j=1}^{m} |A_{ij} - B_{ij}|", "(n,m),(n,m)->()", lambda A, B: np.abs(A - B).sum()),
)  # fmt: skip
