"""Robots, graphs and distances in the universe: arms, wheels, ranks, redshifts."""

from __future__ import annotations

from math import acos, atan2, cos, log10, pi, sin, sqrt

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"x = l_1\cos\theta_1 + l_2\cos(\theta_1+\theta_2)", "(),(),(),()->()",
        lambda l_1, theta_1, l_2, theta_2: l_1 * cos(theta_1) + l_2 * cos(theta_1 + theta_2)),
    Row(r"\theta_2 = \cos^{-1}\!\left(\frac{x^2+y^2-l_1^2-l_2^2}{2 l_1 l_2}\right)", "(),(),(),()->()",
        lambda x, y, l_1, l_2: acos((x * x + y * y - l_1**2 - l_2**2) / (2 * l_1 * l_2)),
        "1 < x < 1.5; 1 < y < 1.5; 1 < l_1 < 1.5; 1 < l_2 < 1.5", True),
    Row(r"\omega = \frac{r}{L}(\dot\phi_R - \dot\phi_L)", "(),(),(),()->()",
        lambda r, L, phi_dot_R, phi_dot_L: r / L * (phi_dot_R - phi_dot_L)),
    Row(r"\alpha = \operatorname{atan2}(y_g - y,\; x_g - x) - \theta", "(),(),(),(),()->()",
        lambda y_g, y, x_g, x, theta: atan2(y_g - y, x_g - x) - theta),
    Row(r"\delta = \arctan\left(\frac{2L\sin\alpha}{l_d}\right)", "(),(),()->()",
        lambda L, alpha, l_d: np.arctan(2 * L * sin(alpha) / l_d), positive=True),
    Row(r"R(\theta) = \begin{bmatrix}\cos\theta & -\sin\theta\\ \sin\theta & \cos\theta\end{bmatrix}", "()->(2,2)",
        lambda theta: np.array([[cos(theta), -sin(theta)], [sin(theta), cos(theta)]])),
    Row(r"w = \sqrt{\det(J J^\top)}, \quad J \in \mathbb{R}^{2\times 3}", "(2,3)->()",
        lambda J: sqrt(np.linalg.det(J @ J.T))),
    Row(r"K = P H^T (H P H^T + R)^{-1}",
        "(d,d),(n,d),(n,n)->(d,n)", lambda P, H, R: P @ H.T @ np.linalg.inv(H @ P @ H.T + R),
        r"P \in \mathbb{R}^{d \times d}, H \in \mathbb{R}^{n \times d}, R \in \mathbb{R}^{n \times n}"),
    Row(r"\tau = J^T F, \qquad J\in\mathbb{R}^{m\times n}, F\in\mathbb{R}^m", "(m,n),(m)->(n)", lambda J, F: J.T @ F),
    Row(r"U_{rep} = \begin{cases}\frac12\eta\left(\frac1\rho-\frac{1}{\rho_0}\right)^2 & \rho\le\rho_0\\ 0 &"
        r" \rho>\rho_0"
        r"\end{cases}", "(),(),()->()",
        lambda eta, rho, rho_0: 0.5 * eta * (1 / rho - 1 / rho_0) ** 2 if rho <= rho_0 else 0, positive=True),
    Row(r"C_i = \frac{2 e_i}{k_i(k_i-1)}", "(),()->()", lambda e_i, k_i: 2 * e_i / (k_i * (k_i - 1))),
    Row(r"k_i = \sum_{j=1}^n A_{ij}, \quad m = \frac12\sum_{i=1}^n\sum_{j=1}^n A_{ij}", "(n,n)->()",
        lambda A: A.sum() / 2),
    Row(r"r_i = \frac{1-d}{N} + d\sum_{j=1}^{N} M_{ij} p_j", "(),(I,N),(N)->(I)",
        lambda d, M, p: (1 - d) / len(p) + d * M @ p, positive=True),
    Row(r"C_C = \frac{N-1}{\sum_{j=1}^N d_j}", "(N)->()", lambda d: (len(d) - 1) / d.sum(), positive=True),
    Row(r"\rho = \frac{2|E|}{|V|(|V|-1)}", "(),()->()", lambda E, V: 2 * abs(E) / (abs(V) * (abs(V) - 1))),
    Row(r"d_L = (1+z)\frac{c}{H_0}\left[z+\frac{1-q_0}{2}z^2\right]", "(),(),(),()->()",
        lambda z, c, H_0, q_0: (1 + z) * c / H_0 * (z + (1 - q_0) / 2 * z * z), positive=True),
    Row(r"\mu = 5\log_{10} d_L + 25", "()->()", lambda d_L: 5 * log10(d_L) + 25, positive=True),
    Row(r"d_A = \frac{d_L}{(1+z)^2}", "(),()->()", lambda d_L, z: d_L / (1 + z) ** 2, positive=True),
    Row(r"d = \frac{1}{p''}", "()->()", lambda p_prime_prime: 1 / p_prime_prime),
    Row(r"\rho_c = \frac{3H^2}{8\pi G}", "(),()->()", lambda H, G: 3 * H * H / (8 * pi * G), positive=True),
    Row(r"\theta_E = \sqrt{\frac{4GM}{c^2}\frac{D_{LS}}{D_L D_S}}", "(),(),(),(),(),()->()",
        lambda G, M, c, D_LS, D_L, D_S: sqrt(4 * G * M / c**2 * D_LS / (D_L * D_S)), positive=True),
)  # fmt: skip
