"""A paper in several files, a chapter in Quarto's Markdown and a README, and what their readers mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats

from .outcomes import Judge, N, R, Row, V, World


def layer(w: World) -> Any:
    return np.maximum(0, w.W_1 @ w.x + w.b_1)


def info_nce(w: World) -> float:
    return -np.diag(special.log_softmax(w.s / w.tau, axis=1)).mean()


def triplet(w: World) -> float:
    return max(0, ((w.a - w.p) ** 2).sum() - ((w.a - w.n) ** 2).sum() + w.m)


def distilled(w: World) -> float:
    return w.tau**2 * stats.entropy(special.softmax(w.t / w.tau), special.softmax(w.s / w.tau))


def hinge(w: World) -> float:
    return np.maximum(0, 1 - np.sqrt(w.Z.var(axis=0, ddof=1) + w.epsilon)).mean()


def off_diagonal(w: World) -> float:
    c = np.cov(w.Z.T)
    return ((c**2).sum() - (np.diag(c) ** 2).sum()) / len(c)


def attention(w: World) -> Any:
    return special.softmax(w.Q @ w.K.T / w.Q.shape[1] ** 0.5, axis=1) @ w.V


def cosine_rate(w: World) -> float:
    return w.eta_min + (w.eta_max - w.eta_min) * (1 + np.cos(w.t * np.pi / w.T)) / 2


def similarity(w: World) -> float:
    return w.u @ w.v / np.linalg.norm(w.u) / np.linalg.norm(w.v)


ADAMW = R("E137", "vector")

PAPER: tuple[Row, ...] = (
    (r"12", N("fragment")),
    (r"3.4\%", N("fragment")),
    (r"\mathcal{O}(n^2 d)", N("fragment")),
    (r"Q \in \R^{n \times d_k}", N("declaration")),
    (r"K \in \R^{m \times d_k}", N("declaration")),
    (r"V \in \R^{m \times d_v}", N("declaration")),
    (r"\mathrm{Attention}(Q, K, V)", V(attention, "Q:3,2 K:4,2 V:4,5")),
    (r"x \in \R^{d}", N("declaration")),
    (r"h &= \max(0, W_1 x + b_1)", V(layer, "W_1:3,4 x:4 b_1:3")),
    (r"\mathrm{FFN}(x)", V(lambda w: w.W_2 @ layer(w) + w.b_2, "W_1:3,4 x:4 b_1:3 W_2:4,3 b_2:4")),
    (r"W_1 \in \R^{f \times d}", N("declaration")),
    (r"W_2 \in \R^{d \times f}", N("declaration")),
    (r"y_i = \frac{x_i}", V(lambda w: w.x * w.g / np.sqrt((w.x**2).mean() + w.epsilon), "x:4 g:4 epsilon")),
    (r"PE_{(pos, 2i)} = \sin", N("claim")),
    (r"\mathrm{GELU}(x) \approx", N("claim")),
    (r"\mathrm{SiLU}(x) = x \cdot \sigma(x)", R("E137", "odot")),
    (r"\sigma(x) = 1/(1+e^{-x})", V(lambda w: special.expit(w.x), "x:4")),
    (r"\bz_1, \dots, \bz_N", N("fragment")),
    (r"\simi(\vect{u}, \vect{v})", V(similarity, "u:4 v:4")),
    (r"\loss{NCE} = -\frac{1}{N}", V(info_nce, "s:4,4 tau")),
    (r"s_{ij}", N("fragment")),
    (r"i", N("fragment")),
    (r"j", N("fragment")),
    (r"\tau > 0", N("declaration")),
    (r"m", N("fragment")),
    (r"\loss{tri} = \max", V(triplet, "a:4 p:4 n:4 m")),
    (r"a", N("fragment")),
    (r"p", N("fragment")),
    (r"n", N("fragment")),
    (r"\R^d", N("fragment")),
    (r"t \in \R^C", N("declaration")),
    (r"s \in \R^C", N("declaration")),
    (r"p_c = \frac{e^{t_c/\tau}}", V(lambda w: special.softmax(w.t / w.tau), "t:4 tau")),
    (r"q_c = \frac{e^{s_c/\tau}}", V(lambda w: special.softmax(w.s / w.tau), "s:4 tau")),
    (r"\loss{KD} = \tau^2", V(distilled, "s:4 t:4 tau")),
    (r"\loss{total} = \loss{NCE}", V(lambda w: w.L_NCE + w.alpha * w.L_KD + w.lambda_ * (w.theta @ w.theta),
                                      "L_NCE alpha L_KD lambda_ theta:5")),
    (r"\theta", N("fragment")),
    (r"\theta \in \R^P", N("declaration")),
    (r"\theta^\star = \argmin_\theta", R("E293", "search")),
    (r"\tilde{y}_k = (1 - \v", V(lambda w: (1 - w.varepsilon) * w.y_k + w.varepsilon / w.C, "varepsilon y_k C")),
    (r"\tilde{x} = \lambda x_a", V(lambda w: w.lambda_ * w.x_a + (1 - w.lambda_) * w.x_b, "lambda_ x_a x_b")),
    (r"\lambda \sim \mathrm{Beta}", N("sampling")),
    (r"\mathrm{FL}(p_t)", V(lambda w: -((1 - w.p_t) ** w.gamma) * np.log(w.p_t), "p_t gamma")),
    (r"Z \in \R^{N \times D}", N("declaration")),
    (r"\mu_j &= \frac{1}{N}", V(lambda w: w.Z.mean(axis=0), "Z:5,3")),
    (r"v_j &= \frac{1}{N-1}", V(lambda w: w.Z.var(axis=0, ddof=1), "Z:5,3")),
    (r"\loss{var} &=", V(hinge, "Z:5,3 epsilon")),
    (r"C_{jk} &=", V(lambda w: np.cov(w.Z.T), "Z:5,3")),
    (r"\loss{cov} &=", V(off_diagonal, "Z:5,3")),
    (r"g_t", N("fragment")),
    (r"m_t &= \beta_1 m_{t-1}", ADAMW),
    (r"v_t &= \beta_2 v_{t-1}", ADAMW),
    (r"\hat m_t &= m_t/(1-\beta_1^t)", ADAMW),
    (r"\hat v_t = v_t/(1-\beta_2^t)", ADAMW),
    (r"\theta_t &= \theta_{t-1} - \eta", ADAMW),
    (r"\beta_1 = 0.9", V(lambda w: 0.9)),
    (r"\beta_2 = 0.98", V(lambda w: 0.98)),
    (r"\epsilon = 10^{-8}", V(lambda w: 1e-8)),
    (r"\eta_t = \eta_{\min}", V(cosine_rate, "eta_min eta_max t T")),
    (r"g \leftarrow g \cdot \min", R("E182", "g'")),
    (r"W' = W + \frac{\alpha}{r} BA", V(lambda w: w.W + w.alpha / 2 * w.B @ w.A, "W:3,4 alpha B:3,2 A:2,4")),
    (r"W \in \R^{d \times k}", N("declaration")),
    (r"B \in \R^{d \times r}", N("declaration")),
    (r"A \in \R^{r \times k}", N("declaration")),
    (r"\xi \leftarrow \rho \xi", R("E182", "\\xi'")),
    (r"F_\beta = (1 + \beta^2)", V(lambda w: (1 + w.beta**2) / (w.beta**2 / w.R + 1 / w.P), "beta P R")),
    (r"P", N("fragment")),
    (r"R", N("fragment")),
    (r"\mathrm{PPL} = \exp", V(lambda w: 1 / stats.gmean(w.p), "p:5")),
    (r"B", N("fragment")),
    (r"b", N("fragment")),
    (r"n_b", N("fragment")),
    (r"N", N("fragment")),
    (r"\mathrm{ECE} = \sum_{b=1}^{B}", V(lambda w: w.n @ abs(w.a - w.c) / w.N, "n:5 N a:5 c:5")),
)  # fmt: skip


def precision(w: World) -> float:
    return 1 / w.tau_0**2 + w.n / w.sigma**2


def posterior_mean(w: World) -> float:
    return (w.mu_0 / w.tau_0**2 + w.y.sum() / w.sigma**2) / (1 / w.tau_0**2 + w.y.size / w.sigma**2)


def rate(w: World) -> float:
    n, mean = w.y.size, w.y.mean()
    return w.beta_0 + n * w.y.var() / 2 + w.kappa_0 * n * (mean - w.mu_0) ** 2 / 2 / (w.kappa_0 + n)


def acceptance(w: World) -> float:
    return min(1, w.pi_theta_prime * w.q_theta_theta_prime / w.pi_theta / w.q_theta_prime_theta)


def gaussians(w: World) -> float:
    ratio = w.sigma_q / w.sigma_p
    return -np.log(ratio) + (ratio**2 + ((w.mu_q - w.mu_p) / w.sigma_p) ** 2 - 1) / 2


def autocovariance(w: World, h: int) -> float:
    d = w.y - w.y_bar
    return float(d[h : w.T] @ d[: w.T - h]) / w.T


def conditional(w: World) -> float:
    return stats.norm(w.c + w.phi * w.y[:-1], w.sigma).logpdf(w.y[1:]).sum()


def holt(w: World) -> dict[str, float]:
    level = w.alpha * w.y + (1 - w.alpha) * (w.l + w.b)
    return {"l": level, "b": w.beta * (level - w.l) + (1 - w.beta) * w.b}


HOLT = V(holt, "l b alpha y beta")
SERIES: dict[str, Judge] = {"h": lambda w: 2, "T": lambda w: 6}


def innovation(w: World) -> Any:
    return w.H @ w.P @ w.H.T + w.R


CHAPTER: tuple[Row, ...] = (
    (r"p(\theta)", N("fragment")),
    (r"p(x \mid \theta)", N("fragment")),
    (r"p(\theta \mid x) = \frac", N("claim")),
    (r"p(x) = \int", N("claim")),
    (r"\S", R("E020", "\\S")),
    (r"\log p(\theta \mid x) =", N("claim")),
    (r"\theta \sim \text{Beta}(a, b)", N("sampling")),
    (r"k", N("fragment")),
    (r"n", N("fragment")),
    (r"\hat\theta = \frac{a + k}", V(lambda w: stats.beta(w.a + w.k, w.b + w.n - w.k).mean(), "a b k",
                                     n=lambda w: w.k + 0.5)),
    (r"k/n", N("fragment")),
    (r"m_0 = \frac{a}{a+b}", V(lambda w: stats.beta(w.a, w.b).mean(), "a b")),
    (r"w = n/(a+b+n)", V(lambda w: w.n / (w.a + w.b + w.n), "a b n")),
    (r"\hat\theta = w\frac{k}{n}", V(lambda w: (w.a + w.k) / (w.a + w.b + w.n), "a b k n")),
    (r"\sigma^2", N("fragment")),
    (r"\mu_0", N("fragment")),
    (r"\tau_0^2", N("fragment")),
    (r"\mu_n = \frac", V(posterior_mean, "mu_0 tau_0 y:5 sigma")),
    (r"\tau_n^2 = \left(", V(lambda w: 1 / precision(w), "tau_0 n sigma")),
    (r"\bar y = \frac1n", V(lambda w: w.y.mean(), "y:5")),
    (r"\kappa = 1/\sigma^2", V(lambda w: w.sigma**-2, "sigma")),
    (r"\sigma_{\text{pred}}^2", V(lambda w: w.sigma**2 + 1 / precision(w), "tau_0 n sigma")),
    (r"\kappa_n &=", V(lambda w: w.kappa_0 + w.n, "kappa_0 n")),
    (r"\alpha_n &=", V(lambda w: w.alpha_0 + w.n / 2, "alpha_0 n")),
    (r"\beta_n &=", V(rate, "beta_0 y:5 kappa_0 mu_0")),
    (r"M_1", N("fragment")),
    (r"M_0", N("fragment")),
    (r"B_{10} = \frac", V(lambda w: w.p_y_M_1 / w.p_y_M_0, "p_y_M_1 p_y_M_0")),
    (r"\theta'", N("fragment")),
    (r"\alpha(\theta, \theta')", V(acceptance, "pi_theta_prime q_theta_theta_prime pi_theta q_theta_prime_theta")),
    (r"\rho_k", N("fragment")),
    (r"n_{\text{eff}} =", V(lambda w: w.n / (1 + 2 * w.rho.sum()), "n rho:4")),
    (r"W", N("fragment")),
    (r"B", N("fragment")),
    (r"\hat R = \sqrt", V(lambda w: np.sqrt(1 - 1 / w.n + w.B / w.W / w.n), "W B", n=lambda w: 5.0)),
    (r"\text{lppd} =", V(lambda w: np.log(w.p.mean(axis=1)).sum(), "p:4,3")),
    (r"D_{KL}(q \| p)", V(gaussians, "sigma_p sigma_q mu_p mu_q q p")),
    (r"y_1, \ldots, y_T", N("fragment")),
    (r"h", N("fragment")),
    (r"\hat\gamma(h) =", V(lambda w: autocovariance(w, 2), "y:6 y_bar", **SERIES)),
    (r"\hat\rho(h) =", V(lambda w: autocovariance(w, 2) / autocovariance(w, 0), "y:6 y_bar", **SERIES)),
    (r"y_t = c + \phi y_{t-1}", V(lambda w: w.c + w.phi * w.y + w.varepsilon, "c phi y varepsilon")),
    (r"\varepsilon_t \sim", N("sampling")),
    (r"\mu = \frac{c}{1 - \phi}", V(lambda w: w.c / (1 - w.phi), "c phi")),
    (r"\gamma_0 =", V(lambda w: w.sigma**2 / (1 - w.phi**2), "sigma phi")),
    (r"\rho_h = \phi^h", V(lambda w: w.phi**w.h, "phi h")),
    (r"|\phi| < 1", N("claim")),
    (r"\ell(c, \phi, \sigma) =", V(conditional, "c phi sigma y:6")),
    (r"f(\omega) =", V(lambda w: w.sigma**2 / 2 / np.pi / abs(1 - w.phi * np.exp(-1j * w.omega)) ** 2,
                       "omega phi sigma")),
    (r"r_t = \sigma_t z_t", V(lambda w: w.sigma_t * w.z_t, "sigma_t z_t")),
    (r"\sigma_t^2 = \omega", V(lambda w: w.omega + w.alpha * w.r_t_minus_1**2 + w.beta * w.sigma_t_minus_1**2,
                               "omega alpha beta r_t_minus_1 sigma_t_minus_1")),
    (r"\bar\sigma^2 =", V(lambda w: w.omega / (1 - w.alpha - w.beta), "omega alpha", beta=lambda w: w.alpha / 20)),
    (r"l_t &=", HOLT),
    (r"b_t &=", HOLT),
    (r"h", N("fragment")),
    (r"\hat y_{t+h} =", V(lambda w: w.l_t + w.h * w.b_t, "l_t h b_t")),
    (r"\text{MAE} =", V(lambda w: abs(w.y - w.y_hat).mean(), "y:5 y_hat:5")),
    (r"\text{MAPE} =", V(lambda w: 100 * abs(1 - w.y_hat / w.y).mean(), "y:5 y_hat:5", T=lambda w: 5.0)),
    (r"S &= H P H^\top + R", V(innovation, "H:2,3 P:3,3 R:2,2")),
    (r"K &= P H^\top S^{-1}", V(lambda w: w.P @ w.H.T @ np.linalg.inv(innovation(w)), "H:2,3 P:3,3 R:2,2")),
    (r"\log L &=", N("claim")),
    (r"H \in \mathbb{R}^{m\times n}", N("declaration")),
    (r"P \in", N("declaration")),
    (r"R \in", N("declaration")),
    (r"v \in", N("declaration")),
    (r"Q = T(T+2)", V(lambda w: w.T * (w.T + 2) * (w.rho_hat**2 / (w.T - 1 - np.arange(4))).sum(), "rho_hat:4",
                      T=lambda w: 9.0)),
)  # fmt: skip


def heron(w: World) -> float:
    cosine = (w.a**2 + w.b**2 - w.c**2) / 2 / w.a / w.b
    return w.a * w.b * np.sqrt(1 - cosine**2) / 2


def haversine(w: World) -> float:
    a, b = w.varphi_1, w.varphi_2
    return np.sin(w.Delta_varphi / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(w.Delta_lambda / 2) ** 2


def rodrigues(w: World) -> Any:
    return w.v * np.cos(w.theta) + np.cross(w.k, w.v) * np.sin(w.theta) + w.k * (w.k @ w.v) * (1 - np.cos(w.theta))


def about_z(w: World) -> Any:
    c, s = np.cos(w.theta), np.sin(w.theta)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def arm(w: World) -> complex:
    return w.l_1 * np.exp(1j * w.q_1) + w.l_2 * np.exp(1j * (w.q_1 + w.q_2))


def jacobian(w: World) -> Any:
    s = [np.sin(w.q_1), np.sin(w.q_1 + w.q_2)]
    return np.array([[-w.l_1 * s[0] - w.l_2 * s[1], -w.l_2 * s[1]], [w.l_1 * w.c_1 + w.l_2 * w.c_12, w.l_2 * w.c_12]])


def damped(w: World) -> Any:
    j = jacobian(w)
    return j.T @ np.linalg.solve(j @ j.T + w.lambda_**2 * np.eye(2), w.e)


def phong(w: World) -> float:
    lights = w.k_d * w.L_hat * w.N_hat * w.i_d + w.k_s * (w.R_hat * w.V_hat) ** w.alpha * w.i_s
    return w.k_a * w.i_a + lights.sum()


def fresnel(w: World) -> float:
    return ((w.n_1 - w.n_2) / (w.n_1 + w.n_2)) ** 2


def bezier(w: World) -> float:
    points = [w.P_0, w.P_1, w.P_2, w.P_3]
    return sum(p * stats.binom(3, w.t).pmf(k) for k, p in enumerate(points))


#: The sides of a triangle.
SIDES: dict[str, Judge] = {"b": lambda w: 1.1 * w.a, "c": lambda w: 1.2 * w.a}
LINKS = "l_1 l_2 q_1 q_2"
HAVERSINE = "Delta_varphi varphi_1 varphi_2 Delta_lambda"
CIRCULAR = R("E136", "another name")

README: tuple[Row, ...] = (
    (r"ax + by + c = 0", N("claim")),
    (r"d = \frac{|a x_0", V(lambda w: abs(w.a * w.x_0 + w.b * w.y_0 + w.c) / np.hypot(w.a, w.b), "a b c x_0 y_0")),
    (r"a, b, c", N("fragment")),
    (r"A = \sqrt{s(s-a)", V(heron, "a", **SIDES)),
    (r"s = \frac{a+b+c}{2}", V(lambda w: (w.a + w.b + w.c) / 2, "a b c")),
    (r"A = \frac{1}{2} \left|", V(lambda w: abs(w.x[:-1] @ w.y[1:] - w.x[1:] @ w.y[:-1]) / 2, "x:6 y:6")),
    (r"\bar p = \frac{1}{n}", V(lambda w: w.p.mean(axis=0), "p:5,3")),
    (r"p_i \in \mathbb{R}^3", N("declaration")),
    (r"V = \frac{4}{3}\pi r^3", V(lambda w: 4 / 3 * np.pi * w.r**3, "r")),
    (r"S = 4 \pi r^2", V(lambda w: 4 * np.pi * w.r**2, "r")),
    (r"V = \frac{1}{3}\pi r^2 h", V(lambda w: np.pi * w.r**2 * w.h / 3, "r h")),
    (r"S = \pi r (r", V(lambda w: np.pi * w.r * (w.r + np.hypot(w.r, w.h)), "r h")),
    (r"V = 2\pi^2 R r^2", V(lambda w: 2 * np.pi**2 * w.R * w.r**2, "R r")),
    (r"S = 4\pi^2 R r", V(lambda w: 4 * np.pi**2 * w.R * w.r, "R r")),
    (r"R", N("fragment")),
    (r"a &= \sin^2", V(haversine, HAVERSINE)),
    (r"d &= 2R \arcsin\sqrt{a}", V(lambda w: 2 * w.R * np.arcsin(haversine(w) ** 0.5), f"R {HAVERSINE}")),
    (r"z", N("fragment")),
    (r"\theta", N("fragment")),
    (r"R_z(\theta)", V(about_z, "theta")),
    (r"v \in \mathbb{R}^3", N("declaration")),
    (r"k \in \mathbb{R}^3", N("declaration")),
    (r"v_{\mathrm{rot}}", V(rodrigues, "v:3 k:3 theta")),
    (r"|q| = \sqrt", N("claim")),
    (r"\psi = \operatorname{atan2}", V(
        lambda w: np.arctan2(2 * (w.w * w.z + w.x * w.y), 1 - 2 * (w.y**2 + w.z**2)), "w x y z")),
    (r"\theta = \arccos", V(lambda w: np.arccos((np.trace(w.R) - 1) / 2), "R:3,3")),
    (r"l_1, l_2", N("fragment")),
    (r"q_1, q_2", N("fragment")),
    (r"x &= l_1 \cos q_1", V(lambda w: arm(w).real, LINKS)),
    (r"y &= l_1 \sin q_1", V(lambda w: arm(w).imag, LINKS)),
    (r"\cos q_2 =", N("claim")),
    (r"J = \begin{pmatrix}", V(jacobian, f"{LINKS} c_1 c_12")),
    (r"s_1 = \sin q_1", V(lambda w: np.sin(w.q_1), "q_1")),
    (r"s_{12} = \sin(q_1 + q_2)", V(lambda w: np.sin(w.q_1 + w.q_2), "q_1 q_2")),
    (r"w = \sqrt{\det(J J^T)}", V(lambda w: abs(np.linalg.det(jacobian(w))), f"{LINKS} c_1 c_12")),
    (r"\lambda \approx 0.01", N("claim")),
    (r"\Delta q = J^T", V(damped, f"{LINKS} c_1 c_12 lambda_ e:2")),
    (r"e", N("fragment")),
    (r"v = \frac{r}{2}", V(lambda w: w.r * (w.omega_R + w.omega_L) / 2, "r omega_R omega_L")),
    (r"\omega = \frac{r}{L}", V(lambda w: w.r / w.L * (w.omega_R - w.omega_L), "r L omega_R omega_L")),
    (r"\begin{bmatrix} x_{k+1}", N("claim")),
    (r"\delta = \arctan", V(lambda w: np.arctan(2 * w.L * np.sin(w.alpha) / w.l_d), "L alpha l_d")),
    (r"v_{max} = 1.5", V(lambda w: 1.5)),
    (r"r = 0.033", V(lambda w: 0.033)),
    (r"x_{ndc} =", CIRCULAR),
    (r"y_{ndc} =", CIRCULAR),
    (r"f = \cot(fov/2)", CIRCULAR),
    (r"I_d = k_d \max(0", V(lambda w: w.k_d * max(0, w.n @ w.l) * w.I_l, "k_d n:3 l:3 I_l")),
    (r"\mathbf{r} = \mathbf{d}", V(lambda w: w.d - 2 * (w.d @ w.n) * w.n, "d:3 n:3")),
    (r"I = k_a i_a", V(phong, "k_a i_a k_d L_hat:4 N_hat i_d:4 k_s R_hat:4 V_hat alpha i_s:4")),
    (r"F(\theta) = F_0", V(lambda w: fresnel(w) + (1 - fresnel(w)) * (1 - np.cos(w.theta)) ** 5, "theta n_1 n_2")),
    (r"F_0 =", V(fresnel, "n_1 n_2")),
    (r"D(h) =", V(lambda w: w.alpha**2 / np.pi / ((w.n * w.h) ** 2 * (w.alpha**2 - 1) + 1) ** 2, "h alpha n")),
    (r"C_{out} = C_{in}^{1/2.2}", V(lambda w: w.C_in ** (1 / 2.2), "C_in")),
    (r"Y = 0.2126 R", V(lambda w: 0.2126 * w.R + 0.7152 * w.G + 0.0722 * w.B, "R G B")),
    (r"t \in [0, 1]", N("declaration")),
    (r"B(t) = (1-t)^3", V(bezier, "t P_0 P_1 P_2 P_3")),
    (r"b = 2 d \cdot (o - c)", CIRCULAR),
    (r"c = \|o - c\|^2", CIRCULAR),
    (r"t = \frac{-b", CIRCULAR),
    (r"\mathrm{PSNR}", R("E184", "MAX")),
)  # fmt: skip

NEWCOMERS = {"paper/main.tex": PAPER, "bayes.qmd": CHAPTER, "robot_README.md": README}
