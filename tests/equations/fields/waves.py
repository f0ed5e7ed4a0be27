"""Sound and light: levels, rooms, lenses, gratings and beams, typed as their authors do."""

# ruff: noqa: E741 - parameters bear the letters of their formulas

from __future__ import annotations

from math import asin, atan, cos, exp, log10, pi, sin, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"L_p = 20 \log_{10}\left(\frac{p_{\text{rms}}}{p_0}\right)", "(),()->()",
        lambda p_rms, p_0: 20 * log10(p_rms / p_0), positive=True),
    Row(r"L_{\rm tot} = 10\log_{10}\left(\sum_{i=1}^{N} 10^{L_i/10}\right)", "(N)->()",
        lambda L: 10 * log10(sum(10 ** (x / 10) for x in L))),
    Row(r"L_{eq} = 10 \lg \left[ \frac1T \sum_{i=1}^n t_i \cdot 10^{0.1 L_i} \right]", "(),(n),(n)->()",
        lambda T, t, L: 10 * log10(np.dot(t, 10 ** (0.1 * L)) / T), positive=True),
    Row(r"RT_{60} = \frac{0.161\, V}{\sum_{i} S_i \alpha_i}", "(),(i),(i)->()",
        lambda V, S, alpha: 0.161 * V / np.dot(S, alpha), positive=True),
    Row(r"T_{60} = \frac{0.161 V}{-S \ln(1-\bar\alpha)}", "(),(),()->()",
        lambda V, S, alpha_bar: 0.161 * V / (-S * np.log(1 - alpha_bar)), "0 < \\bar\\alpha < 1", True),
    Row(r"f_n = \frac{n v}{4 L} \quad (n = 1, 3, 5, \ldots)", "(),(),()->()",
        lambda n, v, L: n * v / (4 * L), positive=True),
    Row(r"f' = f\,\frac{c + v_r}{c - v_s}", "(),(),(),()->()",
        lambda f, c, v_r, v_s: f * (c + v_r) / (c - v_s), positive=True),
    Row(r"Z_{\mathrm{in}} = Z_0\,\frac{Z_L + Z_0\tan(k l)}{Z_0 + Z_L \tan (k l)}", "(),(),(),()->()",
        lambda Z_0, Z_L, k, l: Z_0 * (Z_L + Z_0 * np.tan(k * l)) / (Z_0 + Z_L * np.tan(k * l)), positive=True),
    Row(r"\frac{1}{f} = (n-1)\left(\frac{1}{R_1} - \frac{1}{R_2} + \frac{(n-1)d}{n R_1 R_2}\right), \quad"
        r" P = (n-1)\left(\frac{1}{R_1} - \frac{1}{R_2} + \frac{(n-1)d}{n R_1 R_2}\right)", "(),(),(),()->()",
        lambda n, R_1, R_2, d: (n - 1) * (1 / R_1 - 1 / R_2 + (n - 1) * d / (n * R_1 * R_2)), positive=True),
    Row(r"\theta_t = \arcsin\!\left(\frac{n_1}{n_2}\sin\theta_i\right)", "(),(),()->()",
        lambda n_1, n_2, theta_i: asin(n_1 / n_2 * sin(theta_i)), "n_2 > 3; 0 < n_1 < 2", True),
    Row(r"R_s = \left|\frac{n_1\cos\theta_{\mathrm i} - n_2\cos\theta_{\mathrm t}}"
        r"{n_1\cos\theta_{\mathrm i} + n_2\cos\theta_{\mathrm t}}\right|^2", "(),(),(),()->()",
        lambda n_1, theta_i, n_2, theta_t: ((n_1 * cos(theta_i) - n_2 * cos(theta_t))
                                            / (n_1 * cos(theta_i) + n_2 * cos(theta_t))) ** 2, positive=True),
    Row(r"\theta_B = \tan^{-1}\frac{n_2}{n_1}", "(),()->()", lambda n_2, n_1: atan(n_2 / n_1), positive=True),
    Row(r"\beta = \frac{\pi a \sin\theta}{\lambda},\ \gamma = \frac{\pi d\sin\theta}{\lambda}, \qquad"
        r" I(\theta) = I_0 \left( \frac{\sin\beta}{\beta} \right)^2 \left( \frac{\sin N\gamma}{\sin\gamma} \right)^2",
        "(),(),(),(),(),()->()",
        lambda theta, I_0, a, lambda_, N, d: I_0 * (sin(pi * a * sin(theta) / lambda_) / (pi * a * sin(theta) / lambda_)
            * sin(N * pi * d * sin(theta) / lambda_) / sin(pi * d * sin(theta) / lambda_)) ** 2, positive=True),
    Row(r"n(\lambda) = \sqrt{1 + \sum_{i=1}^{3} \frac{B_i \lambda^2}{\lambda^2 - C_i}}", "(),(3),(3)->()",
        lambda lambda_, B, C: sqrt(1 + sum(b * lambda_**2 / (lambda_**2 - c) for b, c in zip(B, C, strict=True))),
        "B, C in R^3; 0 < C < 0.0001", True),
    Row(r"w(z) = w_0 \sqrt{1 + \left(\frac{z}{z_R}\right)^2}", "(),(),()->()",
        lambda z, w_0, z_R: w_0 * sqrt(1 + (z / z_R) ** 2)),
    Row(r"w(z) = w_0\sqrt{1+z^2/z_R^2}, \quad I(r,z) = I_0 \left(\frac{w_0}{w(z)}\right)^2 \exp\left("
        r"\frac{-2r^2}{w(z)^2}\right)", "(),(),(),(),()->()",
        lambda r, z, I_0, w_0, z_R: I_0 / (1 + (z / z_R) ** 2) * exp(-2 * r**2 / (w_0**2 * (1 + (z / z_R) ** 2))),
        positive=True),
    Row(r"T = \frac{1}{1+F\sin^2(\delta/2)}", "(),()->()", lambda F, delta: 1 / (1 + F * sin(delta / 2) ** 2),
        positive=True),
    Row(r"S_{11} = \frac{Z_L - Z_0}{Z_L+Z_0}", "(),()->()", lambda Z_L, Z_0: (Z_L - Z_0) / (Z_L + Z_0), positive=True),
)  # fmt: skip
