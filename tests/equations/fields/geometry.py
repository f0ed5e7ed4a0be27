"""Lengths, areas, rotations, determinants and distances."""

from __future__ import annotations

import math

import numpy as np

from ..formulas import Row

cos, sin = math.cos, math.sin

ROWS = (
    Row(r"c = \sqrt{a^2 + b^2 - 2 a b \cos \gamma}", "(),(),()->()",
        lambda a, b, gamma: math.sqrt(a * a + b * b - 2 * a * b * cos(gamma)), "a, b > 0"),
    Row(r"A = \sqrt{s (s - a) (s - b) (s - c)}", "(),(),(),()->()",
        lambda s, a, b, c: math.sqrt(s * (s - a) * (s - b) * (s - c)), "s > 1; 0 < a < 1; 0 < b < 1; 0 < c < 1"),
    Row(r"V = \frac{4}{3} \pi r^3", "()->()", lambda r: 4 / 3 * math.pi * r**3),
    Row(r"R(\theta) = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}", "()->(2,2)",
        lambda theta: np.array([[cos(theta), -sin(theta)], [sin(theta), cos(theta)]])),
    Row(r"y = \begin{bmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{bmatrix} v", "(),(2)->(2)",
        lambda theta, v: np.array([cos(theta) * v[0] - sin(theta) * v[1], sin(theta) * v[0] + cos(theta) * v[1]])),
    Row(r"f(x, y) = \begin{vmatrix} x & 2 \\ 3 & y \end{vmatrix}", "(),()->()", lambda x, y: x * y - 6),
    Row(r"f = \begin{vmatrix} a & b & c \\ p & q & r \\ u & v & w \end{vmatrix}", ",".join(["()"] * 9) + "->()",
        lambda a, q, w, r, v, b, p, u, c: np.linalg.det(np.array([[a, b, c], [p, q, r], [u, v, w]]))),
    Row(r"f = \begin{vmatrix} a & 1 & 2 & 3 \\ 0 & b & 1 & 1 \\ 1 & 0 & c & 1 \\ 0 & 2 & 0 & 1 \end{vmatrix}",
        "(),(),()->()",
        lambda a, b, c: np.linalg.det(np.array([[a, 1, 2, 3], [0, b, 1, 1], [1, 0, c, 1], [0, 2, 0, 1.0]]))),
    Row(r"x = \begin{pmatrix} 2 & 1 \\ 1 & 3 \end{pmatrix}^{-1} b", "(2)->(2)",
        lambda b: np.linalg.solve(np.array([[2.0, 1], [1, 3]]), b), "b in R^2"),
    Row(r"p = \begin{pmatrix} a \\ b \end{pmatrix}^T \begin{pmatrix} c \\ d \end{pmatrix}", "(),(),(),()->()",
        lambda a, b, c, d: a * c + b * d),
    Row(r"n = a \times b", "(3),(3)->(3)", lambda a, b: np.cross(a, b), "a, b in R^3"),
    Row(r"V = |a^T (b \times c)|", "(3),(3),(3)->()", lambda a, b, c: abs(a @ np.cross(b, c)), "a, b, c in R^3"),
    Row(r"A = \frac{1}{2} \|(b - a) \times (c - a)\|", "(3),(3),(3)->()",
        lambda b, a, c: np.linalg.norm(np.cross(b - a, c - a)) / 2, "a, b, c in R^3"),
    Row(r"\theta = \arccos \frac{x^T y}{\|x\| \|y\|}", "(d),(d)->()",
        lambda x, y: math.acos(x @ y / np.linalg.norm(x) / np.linalg.norm(y))),
    Row(r"d = \frac{|a x_0 + b y_0 + c|}{\sqrt{a^2 + b^2}}", "(),(),(),(),()->()",
        lambda a, x_0, b, y_0, c: abs(a * x_0 + b * y_0 + c) / math.hypot(a, b)),
    Row(r"a = \sin^2\left(\frac{\Delta\phi}{2}\right)"
        r" + \cos \phi_1 \cos \phi_2 \sin^2\left(\frac{\Delta\lambda}{2}\right)",
        "(),(),(),()->()",
        lambda Delta_phi, phi_1, phi_2, Delta_lambda: sin(Delta_phi / 2) ** 2
        + cos(phi_1) * cos(phi_2) * sin(Delta_lambda / 2) ** 2),
    Row(r"P = x - \frac{x^T n}{n^T n} n", "(d),(d)->(d)", lambda x, n: x - (x @ n) / (n @ n) * n),
    Row(r"d(x, y) = \max_i |x_i - y_i|", "(i),(i)->()", lambda x, y: np.abs(x - y).max()),
    Row(r"d(x, y) = \left( \sum_{i=1}^n |x_i - y_i|^p \right)^{1/p}", "(n),(n),()->()",
        lambda x, y, p: (np.abs(x - y) ** p).sum() ** (1 / p), "", True),
    Row(r"R = I - 2 n n^T", "(d)->(d,d)", lambda n: np.eye(len(n)) - 2 * np.outer(n, n), "n in R^d"),
    Row(r"D = \operatorname{diag}(x) A", "(n),(n,m)->(n,m)", lambda x, A: np.diag(x) @ A, "x in R^n; A in R^{n x m}"),
    Row(r"d = \operatorname{diag}(A)", "(n,n)->(n)", lambda A: np.diag(A), "A in R^{n x n}"),
    Row(r"d = A_{11} A_{22} - A_{12} A_{21}", "(2,2)->()", lambda A: np.linalg.det(A), "A in R^{2 x 2}"),
    Row(r"s = x_1 + x_3", "(3)->()", lambda x: x[0] + x[2], "x in R^3"),
)  # fmt: skip
