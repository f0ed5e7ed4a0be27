"""Chemistry and biology: kinetics, equilibria, populations and genetics."""

from __future__ import annotations

import math

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"v = \frac{V_{max} S}{K_m + S}", "(),(),()->()", lambda V_max, S, K_m: V_max * S / (K_m + S)),
    Row(r"\theta = \frac{c^n}{K^n + c^n}", "(),(),()->()", lambda c, n, K: c**n / (K**n + c**n), "", True),
    Row(r"k = A e^{-\frac{E_a}{R T}}", "(),(),(),()->()", lambda A, E_a, R, T: A * math.exp(-E_a / (R * T))),
    Row(r"\text{pH} = -\log_{10} h", "()->()", lambda h: -math.log10(h), "", True),
    Row(r"\text{pH} = \text{p}K + \log_{10} \frac{a}{b}", "(),(),(),()->()",
        lambda p, K, a, b: p * K + math.log10(a / b), "", True),
    Row(r"\Delta G = \Delta H - T \Delta S", "(),(),()->()", lambda Delta_H, T, Delta_S: Delta_H - T * Delta_S),
    Row(r"E = E^\circ - \frac{R T}{n F} \ln Q", "(),(),(),(),(),()->()",
        lambda E_circ, R, T, n, F, Q: E_circ - R * T / (n * F) * math.log(Q), "", True),
    Row(r"p = \frac{n R T}{V - n b} - \frac{a n^2}{V^2}", "(),(),(),(),(),()->()",
        lambda n, R, T, V, b, a: n * R * T / (V - n * b) - a * n * n / V**2),
    Row(r"N(t) = \frac{K}{1 + \frac{K - N_0}{N_0} e^{-r t}}", "(),(),(),()->()",
        lambda t, K, N_0, r: K / (1 + (K - N_0) / N_0 * math.exp(-r * t))),
    Row(r"N(t) = N_0 \left( \frac{1}{2} \right)^{\frac{t}{\tau}}", "(),(),()->()",
        lambda t, N_0, tau: N_0 * 0.5 ** (t / tau)),
    Row(r"D = 1 - \sum_{i=1}^{S} p_i^2", "(S)->()", lambda p: 1 - p @ p),
    Row(r"H' = -\sum_{i=1}^{R} p_i \ln p_i", "(R)->()", lambda p: -(p * np.log(p)).sum()),
    Row(r"A = \varepsilon d c", "(),(),()->()", lambda varepsilon, d, c: varepsilon * d * c),
    Row(r"\hat{p} = \frac{2 N_{AA} + N_{Aa}}{2 N}", "(),(),()->()", lambda N_AA, N_Aa, N: (2 * N_AA + N_Aa) / (2 * N)),
    Row(r"R_0 = \frac{\beta}{\gamma} S_0", "(),(),()->()", lambda beta, gamma, S_0: beta / gamma * S_0),
    Row(r"V_m = \frac{R T}{F} \ln \frac{P_K K_o + P_N N_o}{P_K K_i + P_N N_i}", "(),(),(),(),(),(),(),(),()->()",
        lambda R, T, F, P_K, K_o, P_N, N_o, K_i, N_i: R * T / F
        * math.log((P_K * K_o + P_N * N_o) / (P_K * K_i + P_N * N_i)), "", True),
    Row(r"c(x, t) = \frac{M}{\sqrt{4 \pi D t}} e^{-\frac{x^2}{4 D t}}", "(),(),(),()->()",
        lambda x, t, M, D: M / math.sqrt(4 * math.pi * D * t) * math.exp(-x * x / (4 * D * t)), "", True),
    Row(r"f = \frac{N_A}{6.022 \times 10^{23}}", "()->()", lambda N_A: N_A / 6.022e23),
    Row(r"Q_{10} = \left( \frac{R_2}{R_1} \right)^{10/(T_2 - T_1)}", "(),(),(),()->()",
        lambda R_2, R_1, T_2, T_1: (R_2 / R_1) ** (10 / (T_2 - T_1)), "", True),
    Row(r"B = \frac{\sum_{i=1}^n |a_i - b_i|}{\sum_{i=1}^n (a_i + b_i)}", "(n),(n)->()",
        lambda a, b: np.abs(a - b).sum() / (a + b).sum(), "", True),
)  # fmt: skip
