r"""Formulas from many fields, each with what NumPy says it is.

A row is a text whose last formula is meant (earlier ones define what it uses), the
declarations handed over as ``where=``, the signature, and an independent judge that
is called with the parameters by name.  Axes have extents that are all different.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
Judge = Callable[..., Any]
inv, det, norm = np.linalg.inv, np.linalg.det, np.linalg.norm


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    signature: str
    judge: Callable[..., Any]
    where: str = ""
    positive: bool = False

    @property
    def document(self) -> str:
        return self.text if "$" in self.text else f"$${self.text}$$"


def typed(signature: str, judge: Judge, *texts: str, where: str = "", positive: bool = False) -> tuple[Row, ...]:
    """One formula as several authors set it."""
    return tuple(Row(text, signature, judge, where, positive) for text in texts)


def windows(x: Array, w: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(x, w)


def upper_pairs(f: Callable[[int, int], float], n: int) -> float:
    return sum(f(i, j) for j in range(n) for i in range(j))


VECTORS = (
    Row(r"f(x) = x^T x", "(d)->()", lambda x: x @ x),
    Row(r"f(x, y) = x^T y", "(d),(d)->()", lambda x, y: x @ y),
    Row(r"A(x, y) = x y^T", "(d),(n)->(d,n)", lambda x, y: np.outer(x, y), "x in R^d; y in R^n"),
    Row(r"f(x) = \|x\|", "(d)->()", lambda x: norm(x)),
    Row(r"f(x) = \|x\|_2^2", "(d)->()", lambda x: x @ x),
    Row(r"f(x) = \|x\|_1", "(d)->()", lambda x: np.abs(x).sum()),
    Row(r"f(x) = \|x\|_\infty", "(d)->()", lambda x: np.abs(x).max()),
    Row(r"f(x, p) = \|x\|_p", "(d),()->()", lambda x, p: (np.abs(x) ** p).sum() ** (1 / p)),
    Row(r"f(x, y) = \lVert x - y \rVert^2", "(d),(d)->()", lambda x, y: ((x - y) ** 2).sum()),
    Row(r"f(x, y) = \langle x, y \rangle", "(d),(d)->()", lambda x, y: x @ y, "x, y in R^d"),
    Row(r"c(x, y) = \frac{x^T y}{\|x\| \|y\|}", "(d),(d)->()", lambda x, y: x @ y / norm(x) / norm(y)),
    Row(r"k(x, y) = \exp\left(-\frac{\|x - y\|^2}{2 \ell^2}\right)", "(d),(d),()->()",
        lambda x, y, ell: math.exp(-((x - y) ** 2).sum() / (2 * ell**2))),
    Row(r"k(x, y) = (x^T y + c)^3", "(d),(d),()->()", lambda x, y, c: (x @ y + c) ** 3),
    Row(r"u(x) = \frac{x}{\|x\|}", "(d)->(d)", lambda x: x / norm(x)),
    Row(r"f(x, y) = x \odot y", "(d),(d)->(d)", lambda x, y: x * y, "x, y in R^d"),
    Row(r"p(w, x, b) = \frac{1}{1 + e^{-(w^T x + b)}}", "(d),(d),()->()",
        lambda w, x, b: 1 / (1 + math.exp(-(w @ x + b)))),
    Row(r"s = \sqrt{x^\top x}", "(d)->()", lambda x: norm(x)),
)  # fmt: skip

MATRICES = (
    Row(r"y = A x + b", "(n,d),(d),(n)->(n)", lambda A, x, b: A @ x + b, "A in R^{n x d}; x in R^d; b in R^n"),
    Row(r"Q(x) = x^T A x", "(d),(d,d)->()", lambda x, A: x @ A @ x),
    Row(r"B(x, y) = x^T A y", "(d),(n),(d,n)->()", lambda x, y, A: x @ A @ y),
    Row(r"G = X^T X", "(n,d)->(d,d)", lambda X: X.T @ X),
    Row(r"C = A B^T", "(n,d),(m,d)->(n,m)", lambda A, B: A @ B.T),
    Row(r"x = A^{-1} b", "(d,d),(d)->(d)", lambda A, b: inv(A) @ b),
    Row(r"M(x) = (x - \mu)^T \Sigma^{-1} (x - \mu)", "(d),(d),(d,d)->()",
        lambda x, mu, Sigma: (x - mu) @ inv(Sigma) @ (x - mu)),
    Row(r"\theta = (X^T X)^{-1} X^T y", "(d,n),(d)->(n)", lambda X, y: inv(X.T @ X) @ X.T @ y),
    Row(r"f = \operatorname{tr}(A B^T)", "(n,d),(n,d)->()", lambda A, B: (A * B).sum()),
    Row(r"f(A) = \det A", "(d,d)->()", lambda A: det(A), "A in R^{d x d}"),
    Row(r"f(A) = \log |A|", "(d,d)->()", lambda A: math.log(det(A)), "A in S++^d"),
    Row(r"f(A) = \operatorname{tr}(A)", "(d,d)->()", lambda A: np.trace(A), "A in R^{d x d}"),
    Row(r"f(A) = \|A\|_F", "(n,m)->()", lambda A: norm(A), "A in R^{n x m}"),
    Row(r"f(A) = \|A\|_F^2", "(n,m)->()", lambda A: norm(A) ** 2, "A in R^{n x m}"),
    Row(r"f = \sqrt{\sum_{i=1}^m \sum_{j=1}^n |a_{ij}|^2}", "(m,n)->()", lambda a: norm(a)),
    Row(r"y_i = \sum_{j=1}^n A_{ij} x_j", "(I,n),(n)->(I)", lambda A, x: A @ x),
    Row(r"C_{ij} = \sum_k A_{ik} B_{kj}", "(I,k),(k,J)->(I,J)", lambda A, B: A @ B),
    Row(r"t = \sum_i A_{ii}", "(i,i)->()", lambda A: np.trace(A)),
    Row(r"s = \sum_{i=1}^m \sum_{j=1}^n x_i A_{ij} y_j", "(m),(m,n),(n)->()", lambda x, A, y: x @ A @ y),
    Row(r"s = \sum_{i,j} A_{ij} B_{ij}", "(i,j),(i,j)->()", lambda A, B: (A * B).sum()),
    Row(r"K = P H^T (H P H^T + R)^{-1}", "(d,d),(n,d),(n,n)->(d,n)",
        lambda P, H, R: P @ H.T @ inv(H @ P @ H.T + R)),
    Row(r"r(x) = \frac{x^T A x}{x^T x}", "(d),(d,d)->()", lambda x, A: x @ A @ x / (x @ x)),
    Row(r"L(\theta) = \|X \theta - y\|^2", "(d),(n,d),(n)->()", lambda theta, X, y: ((X @ theta - y) ** 2).sum(),
        "X in R^{n x d}; theta in R^d; y in R^n"),
    Row(r"L(\theta) = \|X \theta - y\|_2^2 + \lambda \|\theta\|_1", "(d),(n,d),(n),()->()",
        lambda theta, X, y, lambda_: ((X @ theta - y) ** 2).sum() + lambda_ * np.abs(theta).sum(),
        "X in R^{n x d}; theta in R^d; y in R^n"),
)  # fmt: skip

SUMS = (
    Row(r"m = \frac{1}{N} \sum_{i=1}^{N} x_i", "(N)->()", lambda x: x.mean()),
    Row(r"v = \frac{1}{N-1} \sum_{i=1}^{N} (x_i - \frac{1}{N} \sum_{j=1}^N x_j)^2", "(N)->()", lambda x: x.var(ddof=1)),
    Row(r"f = \sum_{i=1}^{N-1} (x_{i+1} - x_i)^2", "(N)->()", lambda x: (np.diff(x) ** 2).sum()),
    Row(r"f = \sum_{i=2}^{N} |x_i - x_{i-1}|", "(N)->()", lambda x: np.abs(np.diff(x)).sum()),
    Row(r"f = \sum_{i=2}^{N-1} (x_{i+1} - 2 x_i + x_{i-1})^2", "(N)->()", lambda x: (np.diff(x, 2) ** 2).sum()),
    Row(r"T = \sum_{i=1}^{N-1} \frac{y_i + y_{i+1}}{2} (x_{i+1} - x_i)", "(N),(N)->()",
        lambda y, x: np.trapezoid(y, x)),
    Row(r"P(x) = \sum_{k=0}^{n} a_k x^k", "(),(n_plus_1)->()", lambda x, a: np.polynomial.polynomial.polyval(x, a)),
    Row(r"f = \sum_{i=0}^{N-1} x_i", "(N)->()", lambda x: x.sum()),
    Row(r"p = \prod_{i=1}^N x_i", "(N)->()", lambda x: x.prod()),
    Row(r"f = \prod_{i=1}^{N} (1 - x_i)^{w_i}", "(N),(N)->()", lambda x, w: ((1 - x) ** w).prod()),
    Row(r"c_t = \sum_{s=1}^{t} x_s", "(T)->(T)", lambda x: np.cumsum(x)),
    Row(r"c_t = \prod_{s \le t} x_s", "(T)->(T)", lambda x: np.cumprod(x)),
    Row(r"c_t = \sum_{s < t} x_s", "(T)->(T)", lambda x: np.cumsum(x) - x),
    Row(r"f = \sum_{i<j} x_i x_j", "(j)->()", lambda x: upper_pairs(lambda i, j: x[i] * x[j], len(x))),
    Row(r"f = \sum_{i \neq j} x_i x_j", "(j)->()", lambda x: x.sum() ** 2 - (x**2).sum()),
    Row(r"f = \sum_{j=1}^N \sum_{i=1}^{j} x_i y_j", "(N),(N)->()",
        lambda x, y: sum(x[i] * y[j] for j in range(len(y)) for i in range(j + 1))),
    Row(r"f = \sum_{j=1}^N \sum_{i=1}^{j-1} (x_i - x_j)^2", "(N)->()",
        lambda x: upper_pairs(lambda i, j: (x[i] - x[j]) ** 2, len(x))),
    Row(r"\ell = \log \sum_{k=1}^K e^{z_k}", "(K)->()", lambda z: math.log(np.exp(z).sum())),
    Row(r"z_{max} = \max_i z_i", "(i)->()", lambda z: z.max()),
    Row(r"f = \min_{i=1}^{N} x_i", "(N)->()", lambda x: x.min()),
    Row(r"H = -\sum_x p(x) \log p(x)", "(x)->()", lambda p: -(p * np.log(p)).sum()),
    Row(r"I = \sum_x \sum_y p(x, y) \log \frac{p(x, y)}{q(x) r(y)}", "(x,y),(x),(y)->()",
        lambda p, q, r: (p * np.log(p / np.outer(q, r))).sum(), "", True),
    Row(r"E(\sigma) = -\sum_{i<j} J_{ij} \sigma_i \sigma_j - h \sum_i \sigma_i", "(j),(j,j),()->()",
        lambda sigma, J, h: -upper_pairs(lambda i, j: J[i, j] * sigma[i] * sigma[j], len(sigma)) - h * sigma.sum()),
    Row(r"S = \sum_{k=1}^{n} k^2", "()->()", lambda n: n * (n + 1) * (2 * n + 1) / 6),
    Row(r"S(n) = \sum_{k=1}^{n} \frac{1}{k}", "()->()", lambda n: sum(1 / k for k in range(1, int(n) + 1))),
    Row(r"s = \sum_{i=1}^{3} x_i", "(d)->()", lambda x: x[:3].sum()),
    Row(r"s = \sum_{i=1}^{N} (x_{i+1} - x_i)^2", "(N_plus_1)->()", lambda x: (np.diff(x) ** 2).sum()),
    Row(r"s = \sum_{i=0}^{N-1} x_i + \sum_{i=1}^{N} x_i", "(N_plus_1)->()", lambda x: x[:-1].sum() + x[1:].sum()),
    Row(r"c_t = \sum_{s=1}^{t-1} x_s", "(T)->(T)", lambda x: np.cumsum(x) - x),
    Row(r"a = \frac{1}{N} \sum_{i=1}^{N} \mathbf{1}_{\{x_i \ne y_i\}}", "(N),(N)->()",
        lambda x, y: (x != y).mean()),
    Row(r"J = \sum_{i=1}^{N} \sum_{j=1}^{M} \|x_i - c_j\|^2", "(N,d),(M,d)->()",
        lambda x, c: ((x[:, None] - c[None]) ** 2).sum()),
    Row(r"a = \frac{1}{N} \sum_{i=1}^{N} \mathbb{1}[x_i > y_i]", "(N),(N)->()", lambda x, y: (x > y).mean()),
    Row(r"d = \sum_{i=1}^{N} w_i (x_i - \bar{x})^2", "(N),(N),()->()",
        lambda w, x, x_bar: (w * (x - x_bar) ** 2).sum()),
    Row(r"f = \sum_{i=1}^{N} \left( y_i - w^T x_i \right)^2", "(N),(d),(N,d)->()",
        lambda y, w, x: ((y - x @ w) ** 2).sum()),
)  # fmt: skip

SCALARS = (
    Row(r"f(x) = x^2 + 3x - \frac{1}{2}", "()->()", lambda x: x**2 + 3 * x - 0.5),
    Row(r"f(x) = |x|", "()->()", lambda x: abs(x)),
    Row(r"f(x) = \begin{cases} x & x > 0 \\ a x & \text{otherwise} \end{cases}", "(),()->()",
        lambda x, a: x if x > 0 else a * x),
    Row(r"f(x) = \max(0, x)", "()->()", lambda x: max(0, x)),
    Row(r"h(r) = \begin{cases} \frac{1}{2} r^2 & \text{if } |r| \le \delta \\"
        r"\delta (|r| - \frac{1}{2} \delta) & \text{otherwise} \end{cases}",
        "(),()->()", lambda r, delta: r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)),
    Row(r"f(x, \lambda) = \lambda e^{-\lambda x}", "(),()->()", lambda x, lambda_: lambda_ * math.exp(-lambda_ * x)),
    Row(r"\phi(x) = \frac{1}{\sqrt{2\pi}} e^{-x^2/2}", "()->()",
        lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi)),
    Row(r"f(x) = \sin^2 x + \cos^2 x", "()->()", lambda x: 1.0),
    Row(r"f(x) = \log_2 x", "()->()", lambda x: math.log2(x)),
    Row(r"f(x) = \tanh(x) \ln(1 + e^x)", "()->()", lambda x: math.tanh(x) * math.log1p(math.exp(x))),
    Row(r"f(x) = \arctan x + \sin^{-1}(x/2)", "()->()", lambda x: math.atan(x) + math.asin(x / 2)),
    Row(r"f(n, k) = \binom{n}{k}", "(),()->()",
        lambda n, k: math.gamma(n + 1) / math.gamma(k + 1) / math.gamma(n - k + 1)),
    Row(r"f(x) = \sqrt[3]{x}", "()->()", lambda x: x ** (1 / 3)),
    Row(r"\hat{y}' = a \tilde{x}^* + \dot{b}", "(),(),()->()",
        lambda a, x_tilde_star, b_dot: a * x_tilde_star + b_dot),
    Row(r"V_{in} = R_1 I_{\text{load}} + R_2 I_0", "(),(),(),()->()",
        lambda R_1, I_load, R_2, I_0: R_1 * I_load + R_2 * I_0),
    Row(r"F = G \frac{m_1 m_2}{r^2}", "(),(),(),()->()", lambda G, m_1, m_2, r: G * m_1 * m_2 / r**2),
    Row(r"E = m c^2", "(),()->()", lambda m, c: m * c**2),
    Row(r"S = 2 \pi r (r + h)", "(),()->()", lambda r, h: 2 * math.pi * r * (r + h)),
    Row(r"A = P \left(1 + \frac{r}{n}\right)^{n t}", "(),(),(),()->()", lambda P, r, n, t: P * (1 + r / n) ** (n * t)),
    Row(r"f(x; \mu, \sigma) = \frac{x - \mu}{\sigma}", "(),(),()->()", lambda x, mu, sigma: (x - mu) / sigma),
    Row(r"f(x) = \lfloor x \rfloor + \lceil x \rceil", "()->()", lambda x: math.floor(x) + math.ceil(x)),
    Row(r"f(n) = n!", "()->()", lambda n: math.gamma(n + 1)),
    Row(r"d = \sqrt{(x_1 - x_2)^2 + (y_1 - y_2)^2}", "(),(),(),()->()",
        lambda x_1, x_2, y_1, y_2: math.hypot(x_1 - x_2, y_1 - y_2)),
    Row(r"f(x) = \operatorname{sign}(x) \log(1 + |x|)", "()->()", lambda x: math.copysign(math.log1p(abs(x)), x)),
    Row(r"x = \frac{-b + \sqrt{b^2 + 4 a c}}{2 a}", "(),(),()->()",
        lambda b, a, c: (-b + np.sqrt(b * b + 4 * a * c)) / (2 * a), "", True),
)  # fmt: skip

NESTED = (
    Row(r"$$g(x) = x^2 + 1$$ $$f(x) = g(x - 1) + g(g(x))$$", "()->()",
        lambda x: (x - 1) ** 2 + 1 + (x * x + 1) ** 2 + 1),
    Row(r"$$\text{softmax}(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}$$"
        r"$$L(y, z) = -\sum_{c=1}^C y_c \log \text{softmax}(z)_c$$",
        "(C),(C)->()", lambda y, z: -(y * np.log(np.exp(z) / np.exp(z).sum())).sum()),
    Row(r"where $v = \frac{s}{t}$ is the speed: $$E = \frac12 m v^2 + m g h$$", "(),(),(),(),()->()",
        lambda m, s, t, g, h: m * (s / t) ** 2 / 2 + m * g * h),
    Row(r"$$h(x) = \frac{1}{N} \sum_{i=1}^N x_i$$ $$r(x) = \sum_{i=1}^N (x_i - h(x))^2$$", "(N)->()",
        lambda x: ((x - x.mean()) ** 2).sum()),
    Row(r"$$h(x) = \sum_{i=1}^N x_i$$ $$r(A) = h(h(A))$$", "(n,m)->()", lambda A: A.sum(), "A in R^{n x m}"),
    Row(r"$$h(x) = \sum_{i=1}^N x_i^2$$ $$r(x, y) = h(x - y) + h(x) h(y)$$", "(N),(N)->()",
        lambda x, y: ((x - y) ** 2).sum() + (x @ x) * (y @ y)),
    Row(r"$$u(x) = \frac{x}{\|x\|}$$ $$r(A) = u(A)$$", "(n,m)->(n,m)",
        lambda A: A / norm(A, axis=1, keepdims=True), "A in R^{n x m}"),
    Row(r"$$h(x, y) = \sum_{i=1}^N x_i y_i$$ $$r_j = \sum_{i=1}^N A_{ij} h(x, x) x_i$$", "(N,J),(N)->(J)",
        lambda A, x: (x @ x) * (x @ A)),
    Row(r"$$\sigma(x) = \frac{1}{1 + e^{-x}}$$ $$y = \sigma(W x + b)$$", "(n,d),(d),(n)->(n)",
        lambda W, x, b: 1 / (1 + np.exp(-(W @ x + b))), "W in R^{n x d}; x in R^d; b in R^n"),
)  # fmt: skip

DECLARED = (
    Row("$$y = A x$$ where $A \\in \\mathbb{R}^{m \\times n}$ and $x \\in \\mathbb{R}^n$.", "(m,n),(n)->(m)",
        lambda A, x: A @ x),
    Row("```texjit\nA in R^{m x n}; x in R^n\n```\n\n$$y = A x$$", "(m,n),(n)->(m)", lambda A, x: A @ x),
    Row(r"y = A x", "(m,n),(n)->(m)", lambda A, x: A @ x, r"A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n"),
    Row(r"y = A x", "(m,n),(n)->(m)", lambda A, x: A @ x, "A in R^{m x n}; x in R^n"),
    Row("Let $a, b > 0$.\n\n$$f = a^b$$", "(),()->()", lambda a, b: a**b),
    Row("$$f = f_1(x) + 1$$ with $f_1 : \\mathbb{R}^d \\to \\mathbb{R}$", "()->()", lambda f_1_x: f_1_x + 1),
)  # fmt: skip

EXPECTATIONS = (
    Row(r"m = \mathbb{E}_{x \sim p}[f(x)]", "(n_x)->()", lambda f_x: f_x.mean()),
    Row(r"v = \mathbb{E}_{x \sim p}[x^2]", "(n_x)->()", lambda x: (x**2).mean()),
    Row(r"b = \mathbb{E}_{(x, y) \sim p}[(y - f(x))^2]", "(n_x),(n_x)->()", lambda y, f_x: ((y - f_x) ** 2).mean()),
    Row(r"b = \mathbb{E}_{x \sim p, y \sim q}[c(x, y)]", "(n_x,n_y)->()", lambda c_x_y: c_x_y.mean()),
)  # fmt: skip

ROWS = (*VECTORS, *MATRICES, *SUMS, *SCALARS, *NESTED, *DECLARED, *EXPECTATIONS)
