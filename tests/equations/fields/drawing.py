"""Curves, reflections, rotations and light, each formula as several authors set it."""

from __future__ import annotations

from math import cos, sin, sqrt

import numpy as np
from scipy import special

from ..formulas import typed

ROWS = (
    *typed("(),(),(),(),(),()->()",
          lambda lambda_1, lambda_2, lambda_3, v_1, v_2, v_3: lambda_1 * v_1 + lambda_2 * v_2 + lambda_3 * v_3,
          r"p = \lambda_1v_1+\lambda_2v_2+\lambda_3v_3"),
    *typed("(),(3),(),(3),(),(3)->(3)",
          lambda lambda_1, lambda_2, lambda_3, v_1, v_2, v_3: lambda_1 * v_1 + lambda_2 * v_2 + lambda_3 * v_3,
          r"p = \lambda_1 v_1 + \lambda_2 v_2 + \lambda_3 v_3",
          r"\mathbf{p} = \lambda_1\mathbf{v}_1+\lambda_2\mathbf{v}_2+\lambda_3\mathbf{v}_3",
          where="v_1, v_2, v_3 in R^3"),
    *typed("(),(),(),(),(),(),(),()->()",
          lambda x_1, x_2, x_3, y_1, y_2, y_3, x, y: ((y_2 - y_3) * (x - x_3) + (x_3 - x_2) * (y - y_3)) / ((y_2 -
              y_3) * (x_1 - x_3) + (x_3 - x_2) * (y_1 - y_3)),
          r"\lambda_1 = \frac{(y_2-y_3)(x-x_3)+(x_3-x_2)(y-y_3)}{(y_2-y_3)(x_1-x_3)+(x_3-x_2)(y_1-y_3)}",
          r"\lambda_1 = \frac{(y_2 - y_3)\,(x - x_3) + (x_3 - x_2)\,(y - y_3)}{(y_2 - y_3)\,(x_1 - x_3) + (x_3 - "
          r"x_2)\,(y_1 - y_3)}"),
    *typed("(),(n_plus_1)->()",
          lambda t, P: sum(special.binom(len(P) - 1, i) * (1 - t) ** (len(P) - 1 - i) * t ** i * P[i] for i in
              range(len(P))),
          r"B(t) = \sum_{i=0}^n\binom{n}{i}(1-t)^{n-i}t^iP_i",
          r"\mathbf{B}(t) = \sum_{i=0}^n{n\choose i}(1-t)^{n-i}t^i\mathbf{P}_i",
          r"B(t) = \sum_{i=0}^{n} \binom{n}{i} (1-t)^{n-i} t^{i} P_{i}",
          where="0 < t < 1"),
    *typed("(),(),(),(),()->()",
          lambda t, P_0, P_1, P_2, P_3: (1 - t) ** 3 * P_0 + 3 * (1 - t) ** 2 * t * P_1 + 3 * (1 - t) * t ** 2 * P_2 +
              t ** 3 * P_3,
          r"B(t) = (1-t)^3P_0+3(1-t)^2tP_1+3(1-t)t^2P_2+t^3P_3"),
    *typed("(),(2),(2),(2),(2)->(2)",
          lambda t, P_0, P_1, P_2, P_3: (1 - t) ** 3 * P_0 + 3 * (1 - t) ** 2 * t * P_1 + 3 * (1 - t) * t ** 2 * P_2 +
              t ** 3 * P_3,
          r"\mathbf{B}(t) = (1-t)^3\mathbf{P}_0+3(1-t)^2t\mathbf{P}_1+3(1-t)t^2\mathbf{P}_2+t^3\mathbf{P}_3,\quad "
          r"0\le t\le1",
          where="P_0,P_1,P_2,P_3 in R^2"),
    *typed("(),(2),(2),(2),(2)->(2)",
          lambda t, P_0, P_1, P_2, P_3: (1 - t) ** 3 * P_0 + 3 * (1 - t) ** 2 * t * P_1 + 3 * (1 - t) * t ** 2 * P_2 +
              t ** 3 * P_3,
          r"B(t) = (1-t)^3P_0+3(1-t)^2tP_1+3(1-t)t^2P_2+t^3P_3",
          where="P_0, P_1, P_2, P_3 in R^2"),
    *typed("(),(),(),()->()",
          lambda a, b, c, d: sqrt(a * a + b * b + c * c + d * d),
          r"n = \sqrt{a^2+b^2+c^2+d^2}"),
    *typed("(3),(3)->(3)",
          lambda d, n: d - 2 * (d @ n) * n,
          r"r = d-2(d\cdot n)n",
          r"\mathbf{r} = \mathbf{d}-2(\mathbf{d}\cdot\mathbf{n})\mathbf{n}",
          r"r = d - 2 (d^\top n) n",
          r"r = d - 2\langle d, n\rangle n",
          where="d, n in R^3"),
    *typed("(d),(d)->(d)",
          lambda d_vec, n_vec: d_vec - 2 * (d_vec @ n_vec) * n_vec,
          r"\vec r = \vec d-2(\vec d\cdot\vec n)\vec n",
          where="d, n in R^3"),
    *typed("(),(),(),(3),(3),(),(),(3),(3),(),()->()",
          lambda k_a, i_a, k_d, L, N, i_d, k_s, R, V, alpha, i_s: k_a * i_a + k_d * (L @ N) * i_d + k_s * (R @ V) **
              alpha * i_s,
          r"I_p = k_a i_a + k_d (L \cdot N) i_d + k_s (R \cdot V)^{\alpha} i_s",
          where="L, N, R, V in R^3; L_hat, N_hat, R_hat, V_hat in R^3", positive=True),
    *typed("(),(),()->()",
          lambda a, b, t: (1 - t) * a + t * b,
          r"\mathrm{lerp}(a,b,t) = (1-t)a+tb",
          r"\operatorname{lerp}(a,b,t) = a + t(b-a)",
          r"\mathrm{lerp}(a, b; t) = (1 - t)\,a + t\,b"),
    *typed("(),(),(),()->()",
          lambda t, p_0, p_1, Omega: (sin((1 - t) * Omega) * p_0 + sin(t * Omega) * p_1) / sin(Omega),
          r"\mathrm{Slerp}(p_0,p_1;t) = \frac{\sin[(1-t)\Omega]}{\sin\Omega}p_0+\frac{\sin[t\Omega]}{\sin\Omega}p_1",
          r"q = \frac{\sin((1-t)\Omega)}{\sin\Omega}p_0+\frac{\sin(t\Omega)}{\sin\Omega}p_1",
          r"s(t) = \frac{\sin((1-t)\Omega)\,p_0+\sin(t\Omega)\,p_1}{\sin\Omega}"),
    *typed("(n),(n)->()",
          lambda x, y: abs(sum(x[i] * y[i + 1] - x[i + 1] * y[i] for i in range(len(x) - 1))) / 2,
          r"A = \frac12\left|\sum_{i=1}^{n-1}(x_iy_{i+1}-x_{i+1}y_i)\right|",
          r"A = \tfrac12\Bigl|\sum_{i=1}^{n-1}\bigl(x_i y_{i+1}-x_{i+1} y_i\bigr)\Bigr|"),
    *typed("(n_plus_1),(n_plus_1)->()",
          lambda x, y: abs(sum(x[i] * y[i + 1] - x[i + 1] * y[i] for i in range(len(x) - 1))) / 2,
          r"A = \frac{1}{2} \left| \sum_{i=0}^{n-1} (x_i y_{i+1} - x_{i+1} y_i) \right|"),
    *typed("(3),(),(3)->(3)",
          lambda v, k, theta: v * cos(theta) + np.cross(k, v) * sin(theta) + k * (k @ v) * (1 - cos(theta)),
          r"v_{rot} = v\cos\theta+(k\times v)\sin\theta+k(k\cdot v)(1-\cos\theta)",
          r"\mathbf{v}_{\mathrm{rot}} = \mathbf{v}\cos\theta+(\mathbf{k}\times\mathbf{v})\sin\theta+\mathbf{k}(\math"
          r"bf{k}\cdot\mathbf{v})(1-\cos\theta)",
          where="v, k in R^3; theta in R"),
    *typed("(),()->()",
          lambda R_0, theta: R_0 + (1 - R_0) * (1 - cos(theta)) ** 5,
          r"R(\theta) = R_0+(1-R_0)(1-\cos\theta)^5",
          r"R(\theta) = R_0 + (1 - R_0)(1 - \cos{\theta})^5"),
    *typed("(),()->()",
          lambda F_0, theta: F_0 + (1 - F_0) * (1 - cos(theta)) ** 5,
          r"F = F_0+(1-F_0)(1-\cos\theta)^5"),
    *typed("(),()->()",
          lambda n_1, n_2: ((n_1 - n_2) / (n_1 + n_2)) ** 2,
          r"R_0 = \left(\frac{n_1-n_2}{n_1+n_2}\right)^2",
          r"R_0 = \left|\frac{n_1-n_2}{n_1+n_2}\right|^2",
          positive=True),
)  # fmt: skip
