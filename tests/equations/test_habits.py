"""Habits of typesetting: formulas that are easily read as another one, and what is asked instead of guessed."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.runtime.card import make_card
from texjit.runtime.kernel import Kernel

from .formulas import Row
from .test_elaborate import inputs, meant, readings, value

LOGARITHMS = (
    Row(r"q(p) = 2^{-\sum_{i=1}^n p_i \log_2 p_i}", "(n)->()", lambda p: 2 ** -(p * np.log2(p)).sum(), "", True),
    Row(r"y = 10^{\log_{10} x - \log_2 z}", "(),()->()", lambda x, z: 10 ** (np.log10(x) - np.log2(z)), "", True),
)

REPEATED = (
    Row(r"b = \frac{n \sum_{i=1}^n x_i y_i - \sum_{i=1}^n x_i \sum_{i=1}^n y_i}"
        r"{n \sum_{i=1}^n x_i^2 - \left( \sum_{i=1}^n x_i \right)^2}", "(n),(n)->()",
        lambda x, y: np.cov(x, y, bias=True)[0, 1] / x.var()),
    Row(r"m = \sum_i w_i x_i \Big/ \sum_i w_i", "(i),(i)->()", lambda w, x: w @ x / w.sum(), "", True),
    Row(r"f = \sum_i x_i \cdot \sum_i y_i \sum_i z_i", "(i),(i_2),(i_3)->()",
        lambda x, y, z: x.sum() * y.sum() * z.sum()),
    Row(r"f = \sum_{i=1}^n x_i \prod_{i=1}^n y_i", "(n),(n)->()", lambda x, y: x.sum() * y.prod()),
)  # fmt: skip

SHAPES = (
    Row(r"L(a) = \left\{ \begin{array}{ll} \frac{1}{2} a^2 & \mbox{if } |a| \leq \delta \\"
        r"\delta (|a| - \frac{1}{2} \delta) & \mbox{otherwise} \end{array} \right.", "(),()->()",
        lambda a, delta: a * a / 2 if abs(a) <= delta else delta * (abs(a) - delta / 2)),
    Row(r"y = \max(0, x W_1 + b_1) W_2 + b_2", "(d),(d,m),(m),(m,k),(k)->(k)",
        lambda x, W_1, b_1, W_2, b_2: np.maximum(0, x @ W_1 + b_1) @ W_2 + b_2,
        "x in R^d; W_1 in R^{d x m}; b_1 in R^m; W_2 in R^{m x k}; b_2 in R^k"),
    Row(r"p = \frac{1}{1 + e^{-x^\top \beta}}", "(d),(d)->()", lambda x, beta: 1 / (1 + np.exp(-x @ beta))),
    Row(r"r = \lambda \|y - X \beta\|^2", "(),(n),(n,d),(d)->()",
        lambda lambda_, y, X, beta: lambda_ * ((y - X @ beta) ** 2).sum(), "X in R^{n x d}; y in R^n"),
    Row(r"f = x^T y \lambda", "(d),(d),()->()", lambda x, y, lambda_: x @ y * lambda_),
    Row(r"y = \frac{x - \min(x)}{\max(x) - \min(x)}", "(d)->(d)", lambda x: (x - x.min()) / np.ptp(x)),
    Row(r"f = \langle w, x \rangle + b", "(d),(d),()->()", lambda w, x, b: w @ x + b),
    Row(r"f = \langle x - y, u - v \rangle", "(d),(d),(d),(d)->()", lambda x, y, u, v: (x - y) @ (u - v)),
    Row(r"f = x A y", "(n),(n,m),(m)->()", lambda x, A, y: x @ A @ y, "x in R^n; A in R^{n x m}; y in R^m"),
)  # fmt: skip

INNER = (
    Row(r"L(t) = \sum_{j=1}^n y_j \prod_{m \ne j} \frac{t - x_m}{x_j - x_m}", "(),(n),(n)->()",
        lambda t, y, x: sum(y[j] * np.prod([(t - x[m]) / (x[j] - x[m]) for m in range(len(x)) if m != j])
                            for j in range(len(x)))),
    Row(r"f = \operatorname{tr}((B^T B)^{-1} A)", "(n,d),(d,d)->()",
        lambda B, A: np.trace(np.linalg.inv(B.T @ B) @ A)),
    Row(r"K = (R + B^T P B)^{-1} B^T P A", "(d,d),(n,d),(n,n),(n,m)->(d,m)",
        lambda R, B, P, A: np.linalg.inv(R + B.T @ P @ B) @ B.T @ P @ A),
    Row(r"$$A = (B^T B)^{-1}$$ $$f = \det(A) c$$", "(n,d),()->()", lambda B, c: c / np.linalg.det(B.T @ B)),
    Row(r"f = \det(B^T B) + A", "(n,d),()->()", lambda B, A: np.linalg.det(B.T @ B) + A),
    Row(r"f = \sum_{j=1}^n y_j \sum_{m \ne j} x_m", "(n),(n)->()",
        lambda y, x: sum(y[j] * (x.sum() - x[j]) for j in range(len(x)))),
    Row(r"$$g(z) = \sum_{m=1}^k x_m \mathbb{1}[x_m \le z]$$ $$f = \prod_{j=1}^n \left( y_j + g(y_j)^2 \right)$$",
        "(n),(k)->()", lambda y, x: np.prod(y + np.array([x[x <= z].sum() for z in y]) ** 2)),
)  # fmt: skip


NAMES = (
    Row(r"k = \frac{k_B T}{h} e^{-\frac{\Delta G^\ddagger}{R T}}", "(),(),(),(),()->()",
        lambda k_B, T, h, Delta_G_ddagger, R: k_B * T / h * np.exp(-Delta_G_ddagger / (R * T)), "", True),
    Row(r"E = E^\ominus - \frac{R T}{z F} \ln Q", "(),(),(),(),(),()->()",
        lambda E_ominus, R, T, z, F, Q: E_ominus - R * T / (z * F) * np.log(Q), "", True),
    Row(r"f = a^\perp b^\sharp", "(),()->()", lambda a_perp, b_sharp: a_perp * b_sharp),
    Row(r"f = a_0 x^0 + a_1 x^1 + a_2 x^2", "(),(),(),()->()",
        lambda a_0, x, a_1, a_2: a_0 + a_1 * x + a_2 * x * x),
    Row(r"k(x, x') = x' x + m m'", "(),(),(),()->()", lambda x, x_prime, m, m_prime: x * x_prime + m * m_prime),
    Row(r"\mathcal{L}_{Dice} = \sum_i p_i g_i", "(i),(i)->()", lambda p, g: p @ g),
    Row(r"\text{OR} = \frac{a \cdot d}{b \cdot c}", "(),(),(),()->()", lambda a, d, b, c: a * d / (b * c)),
    Row(r"v = \frac{V_{\max}[S]}{K_M + [S]}", "(),(),()->()", lambda V_max, S, K_M: V_max * S / (K_M + S)),
    Row(r"r = k [\mathrm{A}^-]^m [\mathrm{B}]^n", "(),(),(),(),()->()",
        lambda k, A_minus, m, B, n: k * A_minus**m * B**n, "", True),
    Row(r"r = E[X] + F[u]", "(),()->()", lambda E_X, F_u: E_X + F_u),
    Row(r"r = \gamma \cdot x", "(3),(3)->(3)", lambda gamma, x: gamma * x, "x in R^3"),
)  # fmt: skip

ASKED = (
    (r"b = (X'X)^{-1} X'y", "X in R^{n x k}; y in R^n", "transpose of X"),
    (r"b = (X'X)^{-1} X'y", "", "transpose of X"),
    (r"s = \sqrt{w' \Sigma w}", "w in R^n; Sigma in S++^n", "transpose of w"),
    (r"E_c = E^0 - \frac{R T}{n F} \ln Q", "", "a name or the power"),
    (r"\alpha = \frac{\sum_{i=1}^K \sigma_i^2}{\sigma_X^2}", "", "a label or the position"),
    (r"r = d - 2 (d \cdot n) n", "d in R^3", "n may be a number or a vector"),
    (r"f = \prod_{i=1}^n x_i \prod_{i=1}^n y_i", "", "bound twice"),
    (r"f = \sum_{i=1}^n (x_i - \frac{1}{n} \sum_{i=1}^n y_i)^2", "", "bound twice"),
    (r"f = \sum_i x_i / \sum_i y_i \cdot \sum_i z_i", "", "bound twice"),
    (r"f = B x A", "B in R^{k x n}; x in R^n; A in R^{n x m}", "a vector times a matrix has no meaning"),
    (r"f = \max(x + 1)", "", "of a single number"),
    (r"D = (A - B)^T C^{-1} (A - B)", "", "A may be a vector or a matrix"),
    (r"E = x^\mathsf{H} x", "", "conjugate transpose"),
    (r"f(x) = \sum_{j=1}^m w_j \phi_j(x)", "", "another function at every index"),
    (r"y = \phi(x)^T w", "", "the function may give a vector"),
    (r"y = w^T \phi(x)", "", "may be meant as a vector"),
    (r"y = W \phi(x)", "W in R^{m x d}", "may be meant as a vector"),
    (r"y(t) = a x(t) + b x(t - 1)", "", "may be a function applied or a product"),
    (r"k(x, y) = \langle \phi(x), \phi(y) \rangle", "", "may be meant as a vector"),
    (r"r = k [A]", "", "may be a function applied, an element, or a product"),
    (r"v = V \cdot x", "x in R^3", "V may be a number or a vector"),
    (r"\ell_j(t) = \prod_{m \ne j} \frac{t - x_m}{x_j - x_m}", "", "j stands on the left-hand side"),
)


@pytest.mark.parametrize(("text", "where", "says"), ASKED)
def test_what_is_asked(text: str, where: str, says: str) -> None:
    reading = readings(f"$${text}$$", where)[-1]
    assert reading.meaning is None
    assert says in reading.message


RANGES = (
    Row(r"y_n = \sum_{k=0}^{n} h_k x_{n-k}", "(N),(N)->(N)", lambda h, x: np.convolve(h, x)[: len(x)]),
    Row(r"u_k = a e_k + b \sum_{j=0}^{k} e_j", "(),(K),()->(K)", lambda a, e, b: a * e + b * np.cumsum(e)),
    Row(r"r_k = \sum_{n=1}^{N-k} x_n x_{n+k}", "(N)->(N)",
        lambda x: np.array([x[k:] @ x[: len(x) - k] for k in range(1, len(x) + 1)]), "x in R^N"),
    Row(r"r = \sum_{n=1}^{N-2} x_n x_{n+2}", "(N)->()", lambda x: x[2:] @ x[:-2]),
    Row(r"r_k = \frac{\sum_{t=1}^{T-k} (x_t - \bar{x}) (x_{t+k} - \bar{x})}{\sum_{t=1}^T (x_t - \bar{x})^2}",
        "(T),()->(T)", lambda x, x_bar: np.array([(x[k:] - x_bar) @ (x[: len(x) - k] - x_bar)
                                                  for k in range(1, len(x) + 1)]) / ((x - x_bar) ** 2).sum()),
)  # fmt: skip


def test_a_bound_that_moves_with_an_index_is_a_whole_number() -> None:
    """The discounted return: where its sum is empty, no element is read."""
    row = Row(r"G_t = \sum_{k=0}^{T-t-1} \gamma^k r_{t+k+1}", "(),(),(d)->(d)", lambda: None)
    e = meant(row)
    assert e.signature == row.signature
    r = np.arange(1.0, 5.0)
    found = Kernel(make_card(e)[0], lambda: e)(T=4, gamma=0.5, r=r)
    np.testing.assert_allclose(found, [sum(0.5**k * r[t + k] for k in range(4 - t)) for t in range(1, 5)])


@pytest.mark.parametrize("row", (*SHAPES, *REPEATED, *RANGES, *NAMES, *LOGARITHMS, *INNER), ids=lambda r: r.text[:50])
def test_what_is_meant(row: Row) -> None:
    e = meant(row)
    assert e.signature == row.signature
    for seed in (1, 2):
        given = inputs(e, seed, row.positive)
        np.testing.assert_allclose(value(e, given), row.judge(**given), rtol=1e-11, atol=1e-14)
