"""Crystals, cells and engines: spacings, potentials, efficiencies."""

# ruff: noqa: E741 - parameters bear the letters of their formulas

from __future__ import annotations

from math import asin, cos, exp, log, log10, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"d_{hkl} = \frac{a}{\sqrt{h^2+k^2+l^2}}", "(),(),(),()->()",
        lambda a, h, k, l: a / sqrt(h * h + k * k + l * l), positive=True),
    Row(r"\theta = \arcsin\left(\frac{n\lambda}{2d}\right)", "(),(),()->()",
        lambda n, lambda_, d: asin(n * lambda_ / (2 * d)), "1 < d < 2", True),
    Row(r"L = \frac{K\lambda}{\beta\cos\theta}", "(),(),(),()->()",
        lambda K, lambda_, beta, theta: K * lambda_ / (beta * cos(theta)), positive=True),
    Row(r"V = abc\sqrt{1-\cos^2\alpha-\cos^2\beta-\cos^2\gamma+2\cos\alpha\cos\beta\cos\gamma}",
        "(),(),(),(),(),()->()",
        lambda a, b, c, alpha, beta, gamma: a * b * c * sqrt(1 - cos(alpha) ** 2 - cos(beta) ** 2 - cos(gamma) ** 2
            + 2 * cos(alpha) * cos(beta) * cos(gamma)), "1.2 < alpha < 1.6; 1.2 < beta < 1.6; 1.2 < gamma < 1.6", True),
    Row(r"f(s) = \sum_{i=1}^{4} a_i\exp(-b_i s^2) + c", "(),(4),(4),()->()",
        lambda s, a, b, c: (a * np.exp(-b * s * s)).sum() + c, "a, b in R^4"),
    Row(r"E = E^{\circ} - \frac{RT}{zF}\ln Q", "(),(),(),(),(),()->()",
        lambda E_circ, R, T, z, F, Q: E_circ - R * T / (z * F) * log(Q), positive=True),
    Row(r"j = j_0\left\{\exp\left[\frac{\alpha_a z F\eta}{RT}\right]-\exp\left[-\frac{\alpha_c"
        r" zF\eta}{RT}\right]\right\}",
        "(),(),(),(),(),(),(),()->()",
        lambda j_0, alpha_a, z, F, eta, R, T, alpha_c: j_0 * (exp(alpha_a * z * F * eta / (R * T))
            - exp(-alpha_c * z * F * eta / (R * T))), positive=True),
    Row(r"\eta = a + b\log_{10} |i|", "(),(),()->()", lambda a, b, i: a + b * log10(abs(i)), "i in R"),
    Row(r"m = \frac{Q}{F}\cdot\frac{M}{z}", "(),(),(),()->()", lambda Q, F, M, z: Q * M / (F * z), positive=True),
    Row(r"\log_{10}\gamma_\pm = -A|z_+z_-|\sqrt I, \quad I = \frac12\sum_{i=1}^n c_i z_i^2", "(n),(n)->()",
        lambda c, z: 0.5 * (c * z * z).sum()),
    Row(r"i_p = 0.4463\, n F A C \left(\frac{n F v D}{R T}\right)^{1/2}", "(),(),(),(),(),(),(),()->()",
        lambda n, F, A, C, v, D, R, T: 0.4463 * n * F * A * C * sqrt(n * F * v * D / (R * T)), positive=True),
    Row(r"\eta_{\text{Otto}} = 1-\frac{1}{r^{\gamma-1}}", "(),()->()", lambda r, gamma: 1 - 1 / r ** (gamma - 1),
        positive=True),
    Row(r"\eta_{th} = 1 - \frac{1}{r^{\gamma-1}}\left[\frac{r_c^\gamma-1}{\gamma(r_c-1)}\right]", "(),(),()->()",
        lambda r, gamma, r_c: 1 - r ** (1 - gamma) * (r_c**gamma - 1) / (gamma * (r_c - 1)), positive=True),
    Row(r"\mathrm{COP}_{\mathrm{R}} = \frac{T_C}{T_H-T_C}", "(),()->()", lambda T_C, T_H: T_C / (T_H - T_C),
        "T_H > 2; 0 < T_C < 1", True),
    Row(r"W = nRT\ln\frac{V_2}{V_1}", "(),(),(),(),()->()", lambda n, R, T, V_2, V_1: n * R * T * log(V_2 / V_1),
        positive=True),
    Row(r"W = \frac{p_1V_1 - p_2V_2}{\gamma-1}", "(),(),(),(),()->()",
        lambda p_1, V_1, p_2, V_2, gamma: (p_1 * V_1 - p_2 * V_2) / (gamma - 1)),
    Row(r"\Delta S = m c_p \ln\frac{T_2}{T_1} - m R\ln \frac{p_2}{p_1}", "(),(),(),(),(),(),()->()",
        lambda m, c_p, T_2, T_1, R, p_2, p_1: m * c_p * log(T_2 / T_1) - m * R * log(p_2 / p_1), positive=True),
    Row(r"\left(p+\frac{a n^2}{V^2}\right)(V-nb) = nRT, \quad p = \frac{nRT}{V-nb} - \frac{an^2}{V^2}",
        "(),(),(),(),(),()->()", lambda n, R, T, V, b, a: n * R * T / (V - n * b) - a * n * n / V**2),
    Row(r"C_V = 3Nk\left(\frac{\theta_E}{T}\right)^2\frac{e^{\theta_E/T}}{(e^{\theta_E/T}-1)^2}", "(),(),(),()->()",
        lambda N, k, theta_E, T: 3 * N * k * (theta_E / T) ** 2 * exp(theta_E / T) / (exp(theta_E / T) - 1) ** 2,
        positive=True),
    Row(r"\Delta T_{lm} = \frac{\Delta T_1-\Delta T_2}{\ln(\Delta T_1/\Delta T_2)}", "(),()->()",
        lambda Delta_T_1, Delta_T_2: (Delta_T_1 - Delta_T_2) / log(Delta_T_1 / Delta_T_2), positive=True),
)  # fmt: skip
