"""Documents that strangers might send: a statistician's, a physicist's, an engineer's, and others in ``newcomers``.

Every statement is in a table with what a reader of the document would mean by it: a value by
an independent judge, a refusal that teaches, or a kind that gives no kernel.  ``KNOWN_WRONG``
lists those that are not so yet; a row that has been mended must leave that list.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import texjit as tj
from texjit.equations.diagnostic import Diagnostic
from texjit.equations.equation import Equation, Recurrence
from texjit.equations.understand import Reading, understand
from texjit.runtime.check import verdict_of
from texjit.runtime.enclosed import enclosed
from texjit.runtime.kernel import Kernel
from texjit.runtime.overload import Overload
from texjit.runtime.reference import Reference

from .newcomers import NEWCOMERS
from .outcomes import Judge, N, Outcome, R, Row, V, World

FOLDER = Path(__file__).parent / "strangers"
#: Judges use the plain formulas on numbers between 0.2 and 0.9.
RTOL = 1e-11


def gauss(w: World) -> float:
    return np.exp(stats.norm(w.mu, w.sigma).logpdf(w.x).sum())


def loggauss(w: World) -> float:
    return stats.norm(w.mu, w.sigma).logpdf(w.x).sum()


def fit(w: World) -> Any:
    return stats.linregress(w.x, w.y)


def fitted(w: World) -> Any:
    return fit(w).intercept + fit(w).slope * w.x


def total(w: World) -> float:
    return w.y.size * w.y.var()


def size(w: World) -> float:
    return float(w.x.size)


def mean(w: World) -> float:
    return w.x.mean()


def mean_y(w: World) -> float:
    return w.y.mean()


def variance(w: World) -> float:
    return w.sigma**2


def hat(w: World) -> Any:
    return w.X @ np.linalg.pinv(w.X)


def welch(w: World) -> float:
    a, b = w.n_1, w.n_2
    return stats.ttest_ind_from_stats(w.x_bar_1, w.s_1, a, w.x_bar_2, w.s_2, b, equal_var=False)[0]


def pooled(w: World) -> float:
    return ((w.n_1 - 1) * w.s_1**2 + (w.n_2 - 1) * w.s_2**2) / (w.n_1 + w.n_2 - 2)


def density(w: World) -> float:
    u = (w.x - w.x_data) / w.h
    return (0.75 * (1 - u**2) * (abs(u) <= 1)).mean() / w.h


def posterior(w: World) -> float:
    return 1 / (1 / w.tau**2 + w.n / w.sigma**2)


def posterior_mean(w: World) -> float:
    return posterior(w) * (w.m_0 / w.tau**2 + w.n * w.x_bar / w.sigma**2)


def regression(judge: Judge) -> V:
    """A statistic of pairs (x, y); how y arises is none of its business."""
    return V(judge, "x:7 y:7", x_bar=mean, y_bar=mean_y, n=size)


STATISTICIAN: tuple[Row, ...] = (
    (r"X_1, \dots, X_n \iid N(\mu, \sigma^2)", N("sampling")),
    (r"x_1, \dots, x_n", N("fragment")),
    (r"\bar{x} &= \frac{1}{n}\sum_{i=1}^{n} x_i", V(mean, "x:6")),
    (r"s^2 &= \frac{1}{n-1}\sum_{i=1}^{n} (x_i - \b", V(lambda w: w.x.var(ddof=1), "x:6")),
    (r"\E[\bar X] = \mu", N("claim")),
    (r"\Var(\bar X) = \sigma^2/n", N("claim")),
    (r"\mathrm{se}(\bar{x}) = \frac{s}{\sqrt{n}}", V(lambda w: w.s / w.n**0.5, "x:6", x_bar=mean,
                                                        s=lambda w: w.x.std(ddof=1), n=size)),
    (r"L(\mu, \sigma^2) = \prod_{i=1}^n", (V(gauss, "x:5 mu sigma", sigma_squared=variance), R())),
    (r"\ell(\mu, \sigma^2) &= -\frac{n}{2}", (V(loggauss, "x:5 mu sigma", sigma_squared=variance, n=size), R())),
    (r"\frac{\partial \ell}{\partial \mu} = \frac{1", N("claim")),
    (r"\hat{\mu}_{\text{ML}} = \bar{x}", V(mean, "x:4")),
    (r"\hat{\sigma}^2_{\text{ML}} = \frac{1}{n}\sum", V(lambda w: w.x.var(), "x:4")),
    (r"\lambda > 0", N("declaration")),
    (r"\ell(\lambda) = \sum_{i=1}^n", V(lambda w: stats.poisson(w.lambda_).logpmf(w.x).sum(), "lambda_",
                                        x=lambda w: np.array([0.0, 3, 1, 2, 7]))),
    (r"p", N("fragment")),
    (r"\ell(p) = \sum_{i=1}^{n}", V(lambda w: stats.bernoulli(w.p).logpmf(w.y).sum(), "p",
                                    y=lambda w: np.array([0.0, 1, 1, 0, 1]))),
    (r"\hat p = \frac{1}{n} \sum_{i=1}^n y_i", V(mean_y, "y:6")),
    (r"f(x;\theta) = \theta e^{-\theta x}", V(lambda w: stats.expon(scale=1 / w.theta).pdf(w.x), "x theta")),
    (r"x \geq 0", N("declaration")),
    (r"(x_i, y_i)", N("fragment")),
    (r"i = 1, \dots, n", (N("declaration"), N("fragment"))),
    (r"y_i = \beta_0 + \beta_1 x_i + \varepsilon_i",
     V(lambda w: w.beta_0 + w.beta_1 * w.x + w.varepsilon, "beta_0 beta_1 x:5 varepsilon:5")),
    (r"\varepsilon_i \iid N(0, \sigma^2)", N("sampling")),
    (r"\hat\beta_1 &= \frac", regression(lambda w: fit(w).slope)),
    (r"\hat\beta_0 &= \bar y - \hat\beta_1 \bar x", regression(lambda w: fit(w).intercept)),
    (r"\bar y = \frac1n \sum_i y_i", regression(mean_y)),
    (r"\hat y_i = \hat\beta_0 + \hat\beta_1 x_i", regression(fitted)),
    (r"e_i = y_i - \hat y_i", regression(lambda w: w.y - fitted(w))),
    (r"\SST &= \sum_{i=1}^n (y_i - \bar y)^2", regression(total)),
    (r"\SSE &= \sum_{i=1}^n (y_i - \hat y_i)^2", regression(lambda w: ((w.y - fitted(w)) ** 2).sum())),
    (r"R^2 &= 1 - \frac{\SSE}{\SST}", regression(lambda w: fit(w).rvalue ** 2)),
    (r"r = \frac{\sum_{i} (x_i - \bar x)(y_i", regression(lambda w: fit(w).rvalue)),
    (r"R^2 = r^2", N("fragment")),
    (r"\bX \in \R^{n \times p}", N("declaration")),
    (r"\by \in \R^n", N("declaration")),
    (r"\hat{\bm\beta} = (\bX\tr \bX)^{-1} \bX\tr \b", V(lambda w: np.linalg.lstsq(w.X, w.y)[0], "X:6,3 y:6")),
    (r"\lambda > 0", N("declaration")),
    (r"\hat{\bm\beta}_{\text{ridge}} = (\bX^\top \b",
     V(lambda w: np.linalg.solve(w.X.T @ w.X + w.lambda_ * np.eye(3), w.X.T @ w.y), "X:6,3 y:6 lambda_")),
    (r"H = \bX(\bX\tr\bX)^{-1}\bX\tr", V(hat, "X:5,2")),
    (r"H^2 = H", N("fragment")),
    (r"Q(\bm\beta) = \frac{1}{2n} \norm{\by - \bX \bm\beta}_2^2",
     V(lambda w: ((w.y - w.X @ w.beta) ** 2).mean() / 2 + w.lambda_ * abs(w.beta).sum(), "beta:3 y:6 X:6,3 lambda_")),
    (r"H_0 : \mu = \mu_0", N("fragment")),
    (r"t = \frac{\bar x - \mu_0}{s / \sqrt{n}}",
     V(lambda w: stats.ttest_1samp(w.x, w.mu_0).statistic, "x:6 mu_0", x_bar=mean, s=lambda w: w.x.std(ddof=1),
       n=size)),
    (r"t_{n-1}", N("fragment")),
    (r"H_0", N("fragment")),
    (r"95\%", N("fragment")),
    (r"\bar x \pm z_{1-\alpha/2} \frac{s}{\sqrt n}", N("fragment")),
    (r"z_{0.975} = 1.96", V(lambda w: 1.96)),
    (r"n_1", N("fragment")),
    (r"n_2", N("fragment")),
    (r"s_1^2, s_2^2", N("fragment")),
    (r"t_W = \frac{\bar x_1 - \bar x_2}{\sqrt{\frac", V(welch, "x_bar_1 x_bar_2 s_1 s_2", n_1=lambda w: 5.0,
                                                        n_2=lambda w: 8.0)),
    (r"s_p^2 = \frac{(n_1-1)s_1^2 + (n_2-1)s_2^2}{n", V(pooled, "s_1 s_2", n_1=lambda w: 5.0, n_2=lambda w: 8.0)),
    (r"k", N("fragment")),
    (r"O_j", N("fragment")),
    (r"E_j", N("fragment")),
    (r"\chi^2 = \sum_{j=1}^k \frac{(O_j - E_j)^2}{E", V(lambda w: ((w.O - w.E) ** 2 / w.E).sum(), "O:4 E:4")),
    (r"\P(X > x) = 1 - \Phi\left(\frac{x-\mu}{\sigm", N("claim")),
    (r"\phi(z) = \frac{1}{\sqrt{2\pi}} e^{-z^2/2}", V(lambda w: stats.norm.pdf(w.z), "z")),
    (r"\Phi(z) = \int_{-\infty}^z \phi(u)\,du", V(lambda w: stats.norm.cdf(w.z), "z")),
    (r"\mathrm{AIC} = 2k - 2\ln \hat L", V(lambda w: 2 * w.k - 2 * np.log(w.L_hat), "k L_hat")),
    (r"\mathrm{BIC} = k \ln n - 2 \ln\hat L", V(lambda w: w.k * np.log(w.n) - 2 * np.log(w.L_hat), "k n L_hat")),
    (r"\theta \sim \text{Beta}(a,b)", N("sampling")),
    (r"k", N("fragment")),
    (r"n", N("fragment")),
    (r"\E[\theta \mid k] = \frac{a + k}{a + b + n}", N("claim")),
    (r"N(m_0, \tau^2)", N("fragment")),
    (r"v_n = \left(\frac{1}{\tau^2} + \frac{n}{\sig", V(posterior, "tau n sigma")),
    (r"m_n = v_n\left(\frac{m_0}{\tau^2} + \frac{n ", V(posterior_mean, "tau n sigma m_0 x_bar", v_n=posterior)),
    (r"h", N("fragment")),
    (r"\hat f_h(x) = \frac{1}{nh}\sum_{i=1}^n K\lef", (V(density, "x h x_data:6"), R(says="x", never="matrix"))),
    (r"K(u) = \frac{3}{4}(1-u^2)\,\mathbf{1}\{|u| \l", V(lambda w: 0.75 * (1 - w.u**2), "u")),
)


def frequency(w: World) -> float:
    return (w.k / w.m) ** 0.5


def lorentz(w: World) -> float:
    return 1 / (1 - w.beta**2) ** 0.5


def light(w: World) -> float:
    return 2.0


def speed(w: World) -> float:
    return w.v / w.c


RELATIVE: dict[str, Judge] = {"c": light, "beta": speed, "gamma": lorentz}


def maxwell(w: World) -> float:
    return stats.maxwell(scale=(w.k_B * w.T / w.m) ** 0.5).pdf(w.v)


def coldness(w: World) -> float:
    return 1 / (w.k_B * w.T)


PHYSICIST: tuple[Row, ...] = (
    (r"c = 299792458", (N("fragment"), V(lambda w: 299792458.0))),
    (r"G = 6.674 \times 10^{-11}", V(lambda w: 6.674e-11)),
    (r"k_B = 1.380649", V(lambda w: 1.380649e-23)),
    (r"\hbar = h/2\pi", R("E139", "'/'")),
    (r"h = 6.626 \times 10^{-34}", V(lambda w: 6.626e-34)),
    (r"x(t) = x_0 + v_0 t + \frac{1}{2} a t^2", V(lambda w: w.x_0 + w.v_0 * w.t + w.a * w.t**2 / 2, "t x_0 v_0 a")),
    (r"v(t) = v_0 + at", V(lambda w: w.v_0 + w.a * w.t, "t v_0 a")),
    (r"v^2 = v_0^2 + 2a(x - x_0)", V(lambda w: w.v_0**2 + 2 * w.a * (w.x - w.x_0), "v_0 a x x_0")),
    (r"\vec{v} = \dot{\vec{r}}", N("fragment")),
    (r"\vec a = \frac{d\vec v}{dt}", R("E190", "derivative")),
    (r"R = \frac{v_0^2 \sin 2\theta}{g}", V(lambda w: w.v_0**2 * np.sin(2 * w.theta) / w.g, "v_0 theta g")),
    (r"E_{kin} = \frac12 m |\vec{v}|^2", V(lambda w: w.m * (w.v_vec @ w.v_vec) / 2, "m v_vec:3")),
    (r"\vec{p} = m\vec{v}", V(lambda w: w.m * w.v_vec, "m v_vec:3")),
    (r"\vec F = m \ddot{\vec r}", V(lambda w: w.m * w.r_vec_ddot, "m r_vec_ddot:3")),
    (r"d", R("E192", "integral")),
    (r"\vec\tau = \vec r \times \vec F", (V(lambda w: np.cross(w.r_vec, w.F_vec), "r_vec:3 m r_vec_ddot:3",
                                            F_vec=lambda w: w.m * w.r_vec_ddot), R(says="cross"))),
    (r"r", N("fragment")),
    (r"F = \frac{G m_1 m_2}{r^2}", V(lambda w: w.G * w.m_1 * w.m_2 / w.r**2, "G m_1 m_2 r")),
    (r"v_{esc} = \sqrt{\frac{2GM}{R}}", V(lambda w: (2 * w.G * w.M / w.R) ** 0.5, "G M R")),
    (r"m\ddot{x} + \gamma\dot x + kx = 0", N("claim")),
    (r"\omega_0 = \sqrt{k/m}", V(frequency, "k m")),
    (r"T = \frac{2\pi}{\omega_0}", V(lambda w: 2 * np.pi / w.omega_0, "k m", omega_0=frequency)),
    (r"x(t) = A e^{-\gamma t/2m} \cos(\omega t + \v", R("E139", "'/'")),
    (r"\omega = \sqrt{\omega_0^2 - \frac{\gamma^2}{",
     V(lambda w: (w.k / w.m - (w.gamma / w.m) ** 2 / 4) ** 0.5, "k m", omega_0=frequency, gamma=lambda w: 0.1)),
    (r"E = \frac{1}{2}kA^2", V(lambda w: w.k * w.A**2 / 2, "k A")),
    (r"\frac{1}{f} = \frac{1}{s} + \frac{1}{s'}", N("claim")),
    (r"P = (n-1)\left(\frac{1}{R_1} - \frac{1}{R_2}", V(lambda w: (w.n - 1) * (1 / w.R_1 - 1 / w.R_2), "n R_1 R_2")),
    (r"n_1 \sin\theta_1 = n_2 \sin\theta_2", N("claim")),
    (r"\theta_2 = \arcsin\left(\frac{n_1}{n_2}\sin",
     V(lambda w: np.arcsin(w.n_1 / w.n_2 * np.sin(w.theta_1)), "n_1 theta_1", n_2=light)),
    (r"I(θ) = I_0 \cos^2\left(\frac{π d \sin θ}{λ}",
     V(lambda w: w.I_0 * np.cos(np.pi * w.d * np.sin(w.theta) / w.lambda_) ** 2, "theta I_0 d lambda_")),
    (r"R = \left|\frac{n_1 - n_2}{n_1 + n_2}\right|", V(lambda w: ((w.n_1 - w.n_2) / (w.n_1 + w.n_2)) ** 2, "n_1 n_2")),
    (r"pV = nRT = N k_B T", N("claim")),
    (r"f(v) = 4\pi \left(\frac{m}{2\pi k_B T}\right", V(maxwell, "v m k_B T")),
    (r"E_i", N("fragment")),
    (r"\beta = 1/(k_B T)", V(coldness, "k_B T")),
    (r"Z = \sum_i e^{-\beta E_i}", V(lambda w: np.exp(-w.beta * w.E).sum(), "k_B T E:4", beta=coldness)),
    (r"\langle E \rangle = \frac{1}{Z}\sum_i E_i e^", N("claim")),
    (r"S = -k_B \sum_i p_i \ln p_i", V(lambda w: w.k_B * special.entr(w.p).sum(), "k_B p:5")),
    (r"dU = \delta Q - p\,dV", N("claim")),
    (r"\eta = 1 - \frac{T_c}{T_h}", V(lambda w: 1 - w.T_c / w.T_h, "T_c T_h")),
    (r"P = \sigma A T^4", V(lambda w: w.sigma * w.A * w.T**4, "sigma A T")),
    (r"\sigma = 5.67·10^{-8}\, W m^{-2} K^{-4}", R(says="unit")),
    (r"B_\nu(T) = \frac{2h\nu^3}{c^2}\frac{1}{e^{h", R("E139", "'/'")),
    (r"\gamma = \frac{1}{\sqrt{1 - \beta^2}}", V(lorentz, "v", c=light, beta=speed)),
    (r"\beta = v/c", V(lambda w: w.v / w.c, "v c")),
    (r"E^2 = (pc)^2 + (mc^2)^2", V(lambda w: (w.p * w.c) ** 2 + (w.m * w.c**2) ** 2, "p c m")),
    (r"T = (\gamma - 1)mc^2", V(lambda w: (w.gamma - 1) * w.m * w.c**2, "v m", **RELATIVE)),
    (r"x' &= \gamma(x - vt)", V(lambda w: w.gamma * (w.x - w.v * w.t), "x v t", **RELATIVE)),
    (r"t' &= \gamma\left(t - \frac{vx}{c^2}", V(lambda w: w.gamma * (w.t - w.v * w.x / w.c**2), "x v t", **RELATIVE)),
    (r"u' = \frac{u - v}{1 - uv/c^2}", V(lambda w: (w.u - w.v) / (1 - w.u * w.v / w.c**2), "u v", c=light)),
    (r"ds^2 = \eta_{\mu\nu} dx^\mu dx^\nu", N("claim")),
    (r"i\hbar\frac{∂ψ}{∂t} = -\frac{\hbar^2}{2m}\na", N("claim")),
    (r"L", N("fragment")),
    (r"E_n = \frac{n^2\pi^2\hbar^2}{2mL^2}",
     V(lambda w: (w.n * np.pi * w.hbar / w.L) ** 2 / 2 / w.m, "n hbar m L")),
    (r"\psi_n(x) = \sqrt{\frac{2}{L}} \sin\frac{n\p",
     V(lambda w: (2 / w.L) ** 0.5 * np.sin(w.n * np.pi * w.x / w.L), "x L n")),
    (r"E_n = -\frac{13.6\,\text{eV}}{n^2}", V(lambda w: -13.6 * w.eV / w.n**2, "eV n")),
    (r"\Delta x \Delta p \ge \frac\hbar2", N("claim")),
    (r"\lambda_{dB} = \frac{h}{mv}", V(lambda w: w.h / w.m / w.v, "h m v")),
    (r"\int_{-\infty}^{\infty} |\psi|^2 dx = 1", N("claim")),
    (r"[\hat x, \hat p] = i\hbar", N("claim")),
    (r"\langle \hat A\rangle = \langle\psi|\hat A|", N("claim")),
)


def constant(w: World) -> float:
    return w.R * w.C


def smoothed(w: World) -> dict[str, float]:
    return {"y": w.alpha * w.x + (1 - w.alpha) * w.y}


def control(w: World) -> dict[str, Any]:
    return {"x": w.A @ w.x + w.B @ w.u, "y": w.C @ w.x + w.D @ w.u}


CONTROL = (V(control, "x:2 A:2,2 B:2,3 u:3 C:4,2 D:4,3"), R())


def gain(w: World) -> Any:
    return w.P @ w.H.T @ np.linalg.inv(w.H @ w.P @ w.H.T + w.R)


def corrected(w: World) -> Any:
    return w.x_hat + w.K @ (w.z - w.H @ w.x_hat)


def damped(w: World) -> float:
    d = (1 - w.zeta**2) ** 0.5
    return 1 - np.exp(-w.zeta * w.omega_n * w.t) / d * np.sin(w.omega_n * d * w.t + np.arccos(w.zeta))


def hidden(w: World) -> Any:
    return np.maximum(0, w.W_1 @ w.x + w.b_1)


def momentum(w: World) -> dict[str, float]:
    v = w.mu * w.v - w.eta * w.grad_L_theta
    return {"v": v, "theta": w.theta + v}


def cross_entropy(w: World) -> float:
    entropy = -(w.y * np.log(w.y_hat) + (1 - w.y) * np.log(1 - w.y_hat)).mean()
    return entropy + w.lambda_ * (w.w @ w.w)


def harmonic(w: World) -> float:
    return 2 * w.Precision * w.Recall / (w.Precision + w.Recall)


def convolved(w: World) -> float:
    return float(np.convolve(w.h, w.x)[w.x.size - 1])


def cosine(w: World) -> float:
    return float(w.a @ w.b / np.linalg.norm(w.a) / np.linalg.norm(w.b))


ENGINEER: tuple[Row, ...] = (
    (r"x_{rms} = \sqrt{\frac{1}{N}\sum_{n=0}^{N-1} ", V(lambda w: np.mean(w.x**2) ** 0.5, "x:5")),
    (r"\mathrm{SNR}_{dB} = 10 \log_{10}\frac{P_s}{P", V(lambda w: 10 * np.log10(w.P_s / w.P_n), "P_s P_n")),
    (r"X[k] = \sum_{n=0}^{N-1} x[n] e^{-j 2\pi k n ", R("E135", "imaginary")),
    (r"y[n] = \sum_{m=0}^{N-1} h[m]\, x[n-m]", (V(convolved, "h:5 x:5", n=lambda w: w.x.size - 1), R())),
    (r"w[n] = 0.5\left(1 - \cos\left(\frac{2\pi n}{",
     V(lambda w: np.hanning(8)[3], n=lambda w: 3.0, N=lambda w: 8.0)),
    (r"0 \le n \le N-1", (N("claim"), N("declaration"))),
    (r"\mathrm{sinc}(x) = \frac{\sin(\pi x)}{\pi x}", V(lambda w: np.sinc(w.x), "x")),
    (r"\tau = RC", V(constant, "R C")),
    (r"f_c = \frac{1}{2\pi RC}", V(lambda w: 1 / (2 * np.pi * w.R * w.C), "R C")),
    (r"H(s) = \frac{1}{1 + s\tau}", V(lambda w: 1 / (1 + w.s * w.tau), "s R C", tau=constant)),
    (r"|H(j\omega)| = \frac{1}{\sqrt{1 + (\omega\ta", N("claim")),
    (r"\phi = -\arctan(\omega \tau)", V(lambda w: -np.arctan(w.omega * w.tau), "omega R C", tau=constant)),
    (r"y_t = \alpha x_t + (1-\alpha) y_{t-1}",
     V(smoothed, "x y R C Delta_t", tau=constant, alpha=lambda w: w.Delta_t / (w.tau + w.Delta_t))),
    (r"\alpha = \frac{\Delta t}{\tau + \Delta t}",
     V(lambda w: w.Delta_t / (w.tau + w.Delta_t), "R C Delta_t", tau=constant)),
    (r"Z = \sqrt{R^2 + X^2}", V(lambda w: np.hypot(w.R, w.X), "R X")),
    (r"f_0 = \frac{1}{2\pi\sqrt{LC}}", V(lambda w: 1 / (2 * np.pi * (w.L * w.C) ** 0.5), "L C")),
    (r"Q = \frac{1}{R}\sqrt{\frac{L}{C}}", V(lambda w: (w.L / w.C) ** 0.5 / w.R, "L C R")),
    (r"G_{dB} = 20\log_{10}\left(\frac{V_{out}}{V_{", V(lambda w: 20 * np.log10(w.V_out / w.V_in), "V_out V_in")),
    (r"u(t) = K_p e(t) + K_i \int_0^t e(\tau) d\tau", R("E190", "derivative of e")),
    (r"x_{k+1} = A x_k + B u_k", CONTROL),
    (r"y_k = C x_k + D u_k", CONTROL),
    (r"J = \sum_{k=0}^{N-1} \left( x_k^T Q x_k + u_",
     V(lambda w: np.trace(w.x @ w.Q @ w.x.T) + np.trace(w.u @ w.R @ w.u.T), "x:5,2 Q:2,2 u:5,3 R:3,3")),
    (r"P \in \mathbb{R}^{n\times n}", N("declaration")),
    (r"H \in \mathbb{R}^{m \times n}", N("declaration")),
    (r"R \in \mathbb{R}^{m \times m}", N("declaration")),
    (r"K = P H^T (H P H^T + R)^{-1}", V(gain, "P:4,4 H:2,4 R:2,2")),
    (r"\hat{x}^+ = \hat{x} + K(z - H\hat{x})", V(corrected, "x_hat:4 P:4,4 H:2,4 R:2,2 z:2", K=gain)),
    (r"P^+ = (I - KH)P", V(lambda w: w.P - w.K @ w.H @ w.P, "P:4,4 H:2,4 R:2,2", K=gain)),
    (r"\zeta < 1", N("declaration")),
    (r"y(t) = 1 - \frac{e^{-\zeta\omega_n t}}{\sqrt", V(damped, "t zeta omega_n")),
    (r"\omega_d = \omega_n\sqrt{1-\zeta^2}", V(lambda w: w.omega_n * (1 - w.zeta**2) ** 0.5, "omega_n zeta")),
    (r"\theta = \arccos\zeta", V(lambda w: np.arccos(w.zeta), "zeta")),
    (r"OS = 100 e^{-\pi\zeta/\sqrt{1-\zeta^2}}",
     (V(lambda w: 100 * np.exp(-np.pi * w.zeta / (1 - w.zeta**2) ** 0.5), "zeta"), R())),
    (r"W_1 \in \mathbb{R}^{h \times d}", N("declaration")),
    (r"W_2 \in \mathbb{R}^{1\times h}", N("declaration")),
    (r"h &= \mathrm{ReLU}(W_1 x + b_1)", V(hidden, "W_1:3,4 x:4 b_1:3")),
    (r"\hat{y} &= \sigma(W_2 h + b_2)",
     V(lambda w: special.expit(w.W_2 @ w.h + w.b_2), "W_1:3,4 x:4 b_1:3 W_2:1,3 b_2:1", h=hidden)),
    (r"\sigma(z) = \frac{1}{1+e^{-z}}", V(lambda w: special.expit(w.z), "z")),
    (r"\mathrm{ReLU}(z) = \max(0, z)", V(lambda w: max(0, w.z), z=lambda w: -0.5)),
    (r"\mathcal{L} = -\frac{1}{N}\sum_{i=1}^{N}\lef", (V(cross_entropy, "y:5 y_hat:5 lambda_ w:3"), R(says="y_hat"))),
    (r"v_{t+1} = \mu v_t - \eta \nabla L(\theta_t)", V(momentum, "v theta mu eta grad_L_theta")),
    (r"\theta_{t+1} = \theta_t + v_{t+1}", V(momentum, "v theta mu eta grad_L_theta")),
    (r"\text{Precision} = \frac{TP}{TP+FP}", (V(lambda w: w.TP / (w.TP + w.FP), "TP FP"), R("E184", "TP"))),
    (r"\text{Recall} = \frac{TP}{TP+FN}", (V(lambda w: w.TP / (w.TP + w.FN), "TP FN"), R("E184", "TP"))),
    (r"F_1 = 2\cdot\frac{\text{Precision}\cdot\text", V(harmonic, "Precision Recall")),
    (r"a(x) = \|x - \mu\|^2 > \tau", V(lambda w: ((w.x - w.mu) ** 2).sum(), "x:4 mu:4")),
    (r"\delta>0", N("declaration")),
    (r"L_\delta(r) = \begin{cases} \frac12 r^2 & |r", V(lambda w: special.huber(w.delta, w.r), "r delta")),
    (r"x_{ij} \leftarrow \frac{x_{ij} - \mu_j}{\sig", R("E182", "x_{i j}' =")),
    (r"\cos(a,b) = \frac{a \cdot b}{\|a\|\|b\|}", (V(cosine, "a:3 b:3"), R())),
)

DOCUMENTS = {
    "statistician.tex": STATISTICIAN,
    "physicist.md": PHYSICIST,
    "engineer.ipynb": ENGINEER,
    **NEWCOMERS,
}

#: What is not yet right: document, row of its table (from 0), and what happens instead.
KNOWN_WRONG: dict[tuple[str, int], str] = {
    ("physicist.md", 18): "R is the range of a projectile above, and linked with a note of its line",
}


@cache
def library(name: str) -> tj.Library:
    return tj.compile(FOLDER / name)


@cache
def statements(name: str) -> tuple[tuple[str, Reading | Diagnostic], ...]:
    """Everything that was found in a document, in order, with its text."""
    document = tj.read(FOLDER / name)
    found: list[tuple[int, int, Reading | Diagnostic]] = []
    for r in understand(document):
        found.append((r.statement.span.start, r.statement.span.stop, r))
    for d in document.diagnostics:
        found.append((d.span.start, d.span.stop, d))
    found.sort(key=lambda f: f[0])
    return tuple((document.source.text[a:b], x) for a, b, x in found)


@cache
def kernels(name: str) -> dict[Any, Kernel]:
    """The kernels of a document by the place of their equation."""
    found: dict[Any, Kernel] = {}
    for compiled in library(name).values():
        parts = compiled.kernels if isinstance(compiled, Overload) else (compiled,)
        for part in parts:
            kernel = part if isinstance(part, Kernel) else part.kernel
            found[kernel.equation.span] = kernel
    return found


def value(name: str, equation: Equation, inputs: dict[str, Any]) -> dict[str, Any]:
    """Every output, by the compiled kernel; exactly where another one has its name.

    Of formulas with arrays every fourth is compiled, of others and of newcomers every twelfth: certificates are
    made elsewhere.
    """
    outputs = [o.name for o in equation.outputs]
    kernel = kernels(name).get(equation.span)
    numbers = not any(np.ndim(v) for v in inputs.values()) and not any(p.axes for p in equation.parameters)
    every = 12 if name in NEWCOMERS or numbers else 4
    if kernel is not None and not equation.span.start % every:
        found = kernel(**inputs)
        return dict(zip(outputs, found if len(outputs) > 1 else (found,), strict=True))
    inputs = {k: np.asarray(v) for k, v in inputs.items()}
    for c in equation.computed:
        bounds = enclosed(c, inputs)
        assert bounds is not None, f"no enclosure of {c.value}"
        inputs[c.value] = np.asarray(bounds[0])
    found = Reference(equation).evaluate(inputs, 120)
    return {k: np.vectorize(float)(np.asarray(v)) for k, v in found.items()}


def judged(name: str, reading: Reading, expected: V) -> None:
    equation = reading.meaning
    assert equation is not None, f"no kernel: {reading.kind}: {reading.message}"
    beside: tuple[Equation, ...] = ()
    if isinstance(equation, Recurrence):
        equation, beside = equation.step, equation.auxiliaries
    for seed in range(2):
        w = expected.world(seed)
        taken = [p.name for p in equation.parameters if not p.integer or hasattr(w, p.name)]
        call = [k for k in taken if k not in sizes(equation)]
        assert set(call) <= set(vars(w)), f"it asks for {sorted(set(call) - set(vars(w)))}"
        inputs = {k: getattr(w, k) for k in call}
        right = expected.judge(w)
        found = value(name, equation, inputs)
        for other in beside:
            found |= value(name, other, {p.name: getattr(w, p.name) for p in other.parameters})
        right = right if isinstance(right, dict) else {next(iter(found)): right}
        assert len(found) == len(right)
        for mine, theirs in zip(found.values(), right.values(), strict=True):
            assert np.shape(mine) == np.shape(theirs), f"shape {np.shape(mine)}, not {np.shape(theirs)}"
            np.testing.assert_allclose(mine, theirs, RTOL, RTOL)


def sizes(equation: Equation) -> set[str]:
    """Extents that are read off the arrays and never passed."""
    return {p.name for p in equation.parameters} - set(equation.call_order or (p.name for p in equation.parameters)) \
        - {a.value for a in equation.slots}


def holds(name: str, text: str, found: Reading | Diagnostic, expected: Outcome) -> None:
    if isinstance(expected, V):
        assert isinstance(found, Reading), f"refused: {found.message}"
        judged(name, found, expected)
    elif isinstance(expected, N):
        assert isinstance(found, Reading), f"refused: {found.message}"
        assert found.kind == expected.kind and found.meaning is None and found.message
        # A claim that cannot be read says why; what its author holds true is never refuted.
        assert found.diagnostic is None or (found.kind == "claim" and found.unsupported)
        verdict = verdict_of(found, tj.read(FOLDER / name), asked=False)
        assert verdict is None or verdict.status != "refuted", verdict
    else:
        d = found if isinstance(found, Diagnostic) else found.diagnostic
        assert d is not None, "not refused, or without a diagnostic"
        teaches(name, text, d)
        said = "\n".join((d.message, *d.notes, d.help))
        assert d.code.startswith(expected.code) and expected.says in said and expected.never not in said, said


def teaches(name: str, text: str, d: Diagnostic) -> None:
    """A refusal carries a code, a place inside its statement, and what to do."""
    source = tj.read(FOLDER / name).source
    assert len(d.code) == 4 and d.code[0] == "E" and d.message
    assert source.text[d.span.start : d.span.stop] and d.span.stop - d.span.start <= len(text)
    assert d.help or d.notes, f"[{d.code}] {d.message}: neither help nor notes"


def passes(name: str, row: int) -> str:
    """Why a row is not as expected; empty where it is."""
    text, found = statements(name)[row]
    expected = DOCUMENTS[name][row][1]
    why = []
    for one in expected if isinstance(expected, tuple) else (expected,):
        try:
            holds(name, text, found, one)
            return ""
        except (AssertionError, tj.TexjitError, TypeError, ValueError) as no:
            why.append(str(no).strip())
    return "; or ".join(why)


ROWS = [(name, k) for name, table in DOCUMENTS.items() for k in range(len(table))]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_dropped_or_added(name: str) -> None:
    table = DOCUMENTS[name]
    found = [text for text, _ in statements(name)]
    for k, (text, (fragment, _)) in enumerate(zip(found, table, strict=False)):
        assert fragment in text, f"statement {k} is {text!r}, not {fragment!r}"
    assert len(found) == len(table), found[len(table) :]


@pytest.mark.parametrize(("name", "row"), [x for x in ROWS if x not in KNOWN_WRONG])
def test_a_statement_is_read_as_its_author_means_it(name: str, row: int) -> None:
    assert not passes(name, row), f"{DOCUMENTS[name][row][0]}: {passes(name, row)}"


@pytest.mark.parametrize(("name", "row"), KNOWN_WRONG)
def test_what_is_known_to_be_wrong_is_still_wrong(name: str, row: int) -> None:
    assert passes(name, row), f"{DOCUMENTS[name][row][0]} is mended: take it off the list"


def test_a_name_of_two_likelihoods_asks_which_is_meant() -> None:
    both = library("statistician.tex")["ell"]
    with pytest.raises(TypeError, match="several definitions fit"):
        both(0.3, [1.0, 0.0, 1.0])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_refusal_teaches(name: str) -> None:
    for k, (text, found) in enumerate(statements(name)):
        d = found if isinstance(found, Diagnostic) else found.diagnostic
        if d is not None and (name, k) not in KNOWN_WRONG:
            teaches(name, text, d)
