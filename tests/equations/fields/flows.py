"""Fluids and water on land: friction, shocks, wells, rivers and rain."""

# ruff: noqa: E741 - parameters bear the letters of their formulas

from __future__ import annotations

from math import exp, log, log10, pi, sqrt, tanh

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"\mathrm{Re} = \frac{\rho u L}{\mu}", "(),(),(),()->()", lambda rho, u, L, mu: rho * u * L / mu,
        positive=True),
    Row(r"h_f = f_D \frac{L}{D}\frac{v^2}{2g}", "(),(),(),(),()->()",
        lambda f_D, L, D, v, g: f_D * L / D * v**2 / (2 * g), positive=True),
    Row(r"f = \frac{0.25}{\left[\log_{10}\left(\frac{\epsilon/D}{3.7} +"
        r" \frac{5.74}{\mathrm{Re}^{0.9}}\right)\right]^2}",
        "(),(),()->()", lambda epsilon, D, Re: 0.25 / log10(epsilon / D / 3.7 + 5.74 / Re**0.9) ** 2, positive=True),
    Row(r"\frac{1}{\sqrt f} = -1.8 \log_{10}\left[\left(\frac{\varepsilon/D}{3.7}\right)^{1.11} + \frac{6.9}"
        r"{\text{Re}}\right], \quad x = -1.8 \log_{10}\left[\left(\frac{\varepsilon/D}{3.7}\right)^{1.11} + "
        r"\frac{6.9}{\text{Re}}\right]", "(),(),()->()",
        lambda varepsilon, D, Re: -1.8 * log10((varepsilon / D / 3.7) ** 1.11 + 6.9 / Re), positive=True),
    Row(r"\frac{p_2}{p_1} = 1+\frac{2\gamma}{\gamma+1}(M_1^2-1), \quad r = \frac{(\gamma+1)M_1^2}{(\gamma-1)M_1^2+2}",
        "(),()->()", lambda gamma, M_1: (gamma + 1) * M_1**2 / ((gamma - 1) * M_1**2 + 2), positive=True),
    Row(r"\frac{T_0}{T} = 1 + \frac{\gamma-1}{2}M^2 \\ p_0 = p\left(1+\frac{\gamma-1}{2}M^2\right)"
        r"^{\frac{\gamma}{\gamma-1}}", "(),(),()->()",
        lambda p, gamma, M: p * (1 + (gamma - 1) / 2 * M**2) ** (gamma / (gamma - 1)), "gamma > 1", True),
    Row(r"\nu(M) = \sqrt{\frac{\gamma+1}{\gamma-1}}\,\arctan\sqrt{\frac{\gamma-1}{\gamma+1}(M^2-1)} -"
        r"\arctan\sqrt{M^2-1}", "(),()->()",
        lambda M, gamma: sqrt((gamma + 1) / (gamma - 1)) * np.arctan(sqrt((gamma - 1) / (gamma + 1) * (M**2 - 1)))
        - np.arctan(sqrt(M**2 - 1)), "M > 1; gamma > 1", True),
    Row(r"u(r) = \frac{\Delta p}{4\mu L}(R^2 - r^2)", "(),(),(),(),()->()",
        lambda r, Delta_p, mu, L, R: Delta_p / (4 * mu * L) * (R**2 - r**2), positive=True),
    Row(r"Q=\dfrac{\pi R^4\,\Delta P}{8\mu L}", "(),(),(),()->()",
        lambda R, Delta_P, mu, L: pi * R**4 * Delta_P / (8 * mu * L), positive=True),
    Row(r"C_D = \frac{24}{\mathit{Re}}\left(1 + 0.15 \mathit{Re}^{0.687}\right)",
        "()->()", lambda Re: 24 / Re * (1 + 0.15 * Re**0.687),
        positive=True),
    Row(r"\omega^2 = g k \tanh kh, \quad c = \sqrt{\frac gk \tanh kh}", "(),(),()->()",
        lambda g, k, h: sqrt(g / k * tanh(k * h)), positive=True),
    Row(r"\bar u = \frac1N\sum_{i=1}^N"
        r" u_i,\quad \bar v=\frac1N \sum_{i=1}^N v_i, \quad C = \frac{1}{N}\sum_{i=1}^{N} (u_i-\bar u)(v_i - \bar v)",
        "(N),(N)->()", lambda u, v: np.cov(u, v, bias=True)[0, 1]),
    Row(r"Q = \frac{1}{n} A R_h^{2/3} S^{1/2}", "(),(),(),()->()",
        lambda n, A, R_h, S: A * R_h ** (2 / 3) * sqrt(S) / n, positive=True),
    Row(r"\bar{O} = \frac{1}{n}\sum_{i=1}^n O_i, \qquad \mathrm{NSE} = 1-\frac{\sum_{i=1}^{n}(O_i-P_i)^2}"
        r"{\sum_{i=1}^{n}(O_i-\bar O)^2}", "(n),(n)->()",
        lambda O, P: 1 - ((O - P) ** 2).sum() / ((O - O.mean()) ** 2).sum()),
    Row(r"KGE = 1 - \sqrt{(r-1)^2 + (\alpha-1)^2 + (\beta-1)^2}", "(),(),()->()",
        lambda r, alpha, beta: 1 - sqrt((r - 1) ** 2 + (alpha - 1) ** 2 + (beta - 1) ** 2)),
    Row(r"Q = \frac{(P - 0.2S)^2}{P + 0.8S}", "(),()->()", lambda P, S: (P - 0.2 * S) ** 2 / (P + 0.8 * S),
        positive=True),
    Row(r"\psi_m(\theta) = \psi_e\cdot\left(\frac{\theta}{\theta_s}\right)^{-b}", "(),(),(),()->()",
        lambda theta, psi_e, theta_s, b: psi_e * (theta / theta_s) ** -b, positive=True),
    Row(r"m = 1 - 1/n, \quad S_e = \left[1 + (\alpha |h|)^n\right]^{-m}", "(),(),()->()",
        lambda alpha, h, n: (1 + (alpha * abs(h)) ** n) ** -(1 - 1 / n), "n > 1; alpha > 0"),
    Row(r"K(S_e) = K_s S_e^{1/2} \left[ 1 - \left( 1 - S_e^{1/m} \right)^m \right]^2", "(),(),()->()",
        lambda S_e, K_s, m: K_s * sqrt(S_e) * (1 - (1 - S_e ** (1 / m)) ** m) ** 2, "0 < S_e < 1; m > 0", True),
    Row(r"e_s(T) = 0.6108\exp\left(\frac{17.27\,T}{T+237.3}\right)", "()->()",
        lambda T: 0.6108 * exp(17.27 * T / (T + 237.3)), positive=True),
    Row(r"s = \frac{Q}{4 \pi T} \left[ -0.5772 - \ln u + u - \frac{u^2}{2 \cdot 2!} + \frac{u^3}{3 \cdot 3!} \right]",
        "(),(),()->()",
        lambda Q, T, u: Q / (4 * pi * T) * (-0.5772 - log(u) + u - u**2 / 4 + u**3 / 18), positive=True),
    Row(r"\mathrm{ET}_0 = \frac{0.408 \Delta (R_n - G) + \gamma \frac{900}{T + 273} u_2 (e_s - e_a)}{\Delta +"
        r" \gamma (1 +"
        r" 0.34 u_2)}", "(),(),(),(),(),(),(),()->()",
        lambda Delta, R_n, G, gamma, T, u_2, e_s, e_a: (0.408 * Delta * (R_n - G) + gamma * 900 / (T + 273) * u_2
            * (e_s - e_a)) / (Delta + gamma * (1 + 0.34 * u_2)), positive=True),
)  # fmt: skip
