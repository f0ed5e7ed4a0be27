"""Mechanics, electrodynamics, heat, relativity and quantum numbers."""

from __future__ import annotations

import math

import numpy as np

from ..formulas import Row

ROWS = (
    Row(r"E = \frac{1}{2} m v^2 + m g h", "(),(),(),()->()", lambda m, v, g, h: m * v * v / 2 + m * g * h),
    Row(r"v = \frac{\Delta x}{\Delta t}", "(),()->()", lambda Delta_x, Delta_t: Delta_x / Delta_t),
    Row(r"\Delta E = E_2 - E_1", "(),()->()", lambda E_2, E_1: E_2 - E_1),
    Row(r"x(t) = x_0 + v_0 t + \frac{1}{2} a t^2", "(),(),(),()->()",
        lambda t, x_0, v_0, a: x_0 + v_0 * t + a * t * t / 2),
    Row(r"T = 2\pi \sqrt{\frac{L}{g}}", "(),()->()", lambda L, g: 2 * math.pi * math.sqrt(L / g), "", True),
    Row(r"\vec{F} = m \vec{a}", "(),(3)->(3)", lambda m, a_vec: m * a_vec, "a_vec in R^3"),
    Row(r"\vec{L} = \vec{r} \times \vec{p}", "(3),(3)->(3)", lambda r_vec, p_vec: np.cross(r_vec, p_vec),
        "r_vec, p_vec in R^3"),
    Row(r"F = q (E + v \times B)", "(),(3),(3),(3)->(3)", lambda q, E, v, B: q * (E + np.cross(v, B)),
        "E, v, B in R^3; q in R"),
    Row(r"F = k \frac{q_1 q_2}{r^2}", "(),(),(),()->()", lambda k, q_1, q_2, r: k * q_1 * q_2 / r**2),
    Row(r"\gamma = \frac{1}{\sqrt{1 - \frac{v^2}{c^2}}}", "(),()->()",
        lambda v, c: 1 / math.sqrt(1 - v * v / c / c), "c > 1; 0 < v < 1"),
    Row(r"B(\nu, T) = \frac{2 h \nu^3}{c^2} \frac{1}{e^{\frac{h \nu}{k_B T}} - 1}", "(),(),(),(),()->()",
        lambda nu, T, h, c, k_B: 2 * h * nu**3 / c**2 / math.expm1(h * nu / (k_B * T)), "", True),
    Row(r"P = \sigma A T^4", "(),(),()->()", lambda sigma, A, T: sigma * A * T**4),
    Row(r"n_1 = \frac{n_2 \sin \theta_2}{\sin \theta_1}", "(),(),()->()",
        lambda n_2, theta_2, theta_1: n_2 * math.sin(theta_2) / math.sin(theta_1)),
    Row(r"R = \frac{v_0^2 \sin 2\theta}{g}", "(),(),()->()", lambda v_0, theta, g: v_0**2 * math.sin(2 * theta) / g),
    Row(r"V(r) = 4 \epsilon \left[ \left(\frac{\sigma}{r}\right)^{12} - \left(\frac{\sigma}{r}\right)^6 \right]",
        "(),(),()->()", lambda r, epsilon, sigma: 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)),
    Row(r"\psi(x, t) = A \sin(k x - \omega t + \phi)", "(),(),(),(),(),()->()",
        lambda x, t, A, k, omega, phi: A * math.sin(k * x - omega * t + phi)),
    Row(r"E_n = -\frac{13.6}{n^2}", "()->()", lambda n: -13.6 / n**2),
    Row(r"I(\theta) = I_0 \cos^2 \theta", "(),()->()", lambda theta, I_0: I_0 * math.cos(theta) ** 2),
    Row(r"U = \frac{1}{4 \pi \varepsilon_0} \sum_{i<j} \frac{q_i q_j}{r_{ij}}", "(),(j),(j,j)->()",
        lambda varepsilon_0, q, r: sum(q[i] * q[j] / r[i, j] for j in range(len(q)) for i in range(j))
        / (4 * math.pi * varepsilon_0), "", True),
    Row(r"X = \frac{\sum_i m_i x_i}{\sum_i m_i}", "(i),(i)->()", lambda m, x: (m @ x) / m.sum(), "", True),
    Row(r"Z = \sum_{n=1}^{N} e^{-\beta E_n}", "(),(N)->()", lambda beta, E: np.exp(-beta * E).sum()),
    Row(r"f(\theta) = \tan(45^\circ + \theta)", "()->()", lambda theta: math.tan(math.pi / 4 + theta), "", True),
    Row(r"h = \frac{v_0^2 \sin^2 \theta}{2 g}", "(),(),()->()",
        lambda v_0, theta, g: (v_0 * math.sin(theta)) ** 2 / 2 / g),
    Row(r"d = \frac{1}{2} \cdot 9.81 \cdot t^2", "()->()", lambda t: 9.81 * t * t / 2),
    Row(r"s(t) = 4.9 t^2 \text{ m/s}", "()->()", lambda t: 4.9 * t * t),
)  # fmt: skip
