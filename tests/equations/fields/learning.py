"""Losses, activations, layers and scores."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from ..formulas import Row

sigmoid = special.expit

ROWS = (
    Row(r"J(w) = \frac{1}{2 m} \sum_{i=1}^{m} \left( w^T x^{(i)} - y^{(i)} \right)^2", "(d),(m,d),(m)->()",
        lambda w, x, y: ((x @ w - y) ** 2).sum() / (2 * len(y))),
    Row(r"L = -\frac{1}{N} \sum_{i=1}^N \left[ y_i \log p_i + (1 - y_i) \log(1 - p_i) \right]", "(N),(N)->()",
        lambda y, p: -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), "", True),
    Row(r"p = \operatorname{softmax}(z)", "(d)->(d)", lambda z: special.softmax(z)),
    Row(r"p_i = \operatorname{softmax}(z)_i", "(I)->(I)", lambda z: special.softmax(z)),
    Row(r"h = \text{ReLU}(W x + b)", "(n,d),(d),(n)->(n)", lambda W, x, b: np.maximum(0, W @ x + b),
        "W in R^{n x d}; x in R^d; b in R^n"),
    Row(r"y = \operatorname{sigmoid}(w^T x + b)", "(d),(d),()->()", lambda w, x, b: sigmoid(w @ x + b)),
    Row(r"f(x) = \operatorname{softplus}(x)", "()->()", lambda x: math.log1p(math.exp(x))),
    Row(r"f(x) = x \operatorname{sigmoid}(\beta x)", "(),()->()", lambda x, beta: x * sigmoid(beta * x)),
    Row(r"\text{GELU}(x) = x \Phi(x)", "()->()", lambda x: x * special.ndtr(x)),
    Row(r"L = \max(0, 1 - y f)", "(),()->()", lambda y, f: max(0, 1 - y * f)),
    Row(r"L(a, p, n) = \max\left(0, \|a - p\|^2 - \|a - n\|^2 + \alpha\right)", "(d),(d),(d),()->()",
        lambda a, p, n, alpha: max(0, ((a - p) ** 2).sum() - ((a - n) ** 2).sum() + alpha)),
    Row(r"F_1 = 2 \cdot \frac{P R}{P + R}", "(),()->()", lambda P, R: 2 * P * R / (P + R)),
    Row(r"\text{acc} = \frac{1}{N} \sum_{i=1}^N \mathbb{1}[y_i = z_i]", "(N),(N)->()", lambda y, z: (y == z).mean()),
    Row(r"L = \sum_{i=1}^N (y_i - \hat{y}_i)^2 + \lambda \|w\|_1", "(N),(N),(),(d)->()",
        lambda y, y_hat, lambda_, w: ((y - y_hat) ** 2).sum() + lambda_ * np.abs(w).sum()),
    Row(r"c_{ij} = \sum_{k=1}^K W_{ik} H_{kj}", "(I,K),(K,J)->(I,J)", lambda W, H: W @ H),
    Row(r"R^2 = 1 - \frac{\sum_{i=1}^n (y_i - f_i)^2}{\sum_{i=1}^n (y_i - \bar{y})^2}", "(n),(n),()->()",
        lambda y, f, y_bar: 1 - ((y - f) ** 2).sum() / ((y - y_bar) ** 2).sum()),
    Row(r"z = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \odot \gamma + \beta", "(d),(),(),(),(d),(d)->(d)",
        lambda x, mu, sigma, epsilon, gamma, beta: (x - mu) / np.sqrt(sigma**2 + epsilon) * gamma + beta,
        "x, gamma, beta in R^d; mu, sigma in R; epsilon > 0"),
    Row(r"k(x, y) = \exp\left(-\gamma \|x - y\|_2^2\right)", "(d),(d),()->()",
        lambda x, y, gamma: math.exp(-gamma * ((x - y) ** 2).sum())),
    Row(r"g = 1 - \sum_{k=1}^{K} p_k^2", "(K)->()", lambda p: 1 - p @ p),
    Row(r"s = \log \sum_{j=1}^{K} e^{z_j} - z_k", "(K),()->()", lambda z, k: special.logsumexp(z) - z[k - 1]),
    Row(r"h = \tanh(W x)", "(n,d),(d)->(n)", lambda W, x: np.tanh(W @ x), "W in R^{n x d}; x in R^d"),
)  # fmt: skip
