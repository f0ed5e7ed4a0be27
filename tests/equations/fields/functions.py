"""Functions by name, positive parts, norms of matrices."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from ..formulas import Row

ROWS = (
    Row(r"f(x) = \coth x + \operatorname{sech} x + \operatorname{csch}(x)", "()->()",
        lambda x: 1 / math.tanh(x) + 1 / math.cosh(x) + 1 / math.sinh(x), "", True),
    Row(r"f(x) = \operatorname{arsinh}(x) + \operatorname{arcosh}(x + 1)", "()->()",
        lambda x: math.asinh(x) + math.acosh(x + 1), "", True),
    Row(r"f(x) = \operatorname{tg} x + \operatorname{ch} x - \operatorname{cosec} x", "()->()",
        lambda x: math.tan(x) + math.cosh(x) - 1 / math.sin(x)),
    Row(r"f(x) = \operatorname{lgamma}(x) + \ln \Gamma(x + 1)", "()->()",
        lambda x: special.gammaln(x) + special.gammaln(x + 1), "", True),
    Row(r"f(y, x) = \operatorname{atan2}(y, x) + \operatorname{arctan2}(x, y)", "(),()->()",
        lambda y, x: math.atan2(y, x) + math.atan2(x, y)),
    Row(r"f(x) = \operatorname{clip}(x, -0.5, 0.5)", "()->()", lambda x: np.clip(x, -0.5, 0.5)),
    Row(r"f(x, a, b) = \operatorname{clamp}(x, a, b)", "(),(),()->()", lambda x, a, b: min(b, max(a, x))),
    Row(r"f(x, y) = \operatorname{hypot}(x, y)", "(),()->()", lambda x, y: math.hypot(x, y)),
    Row(r"f(x) = \operatorname{logit}(x) + \operatorname{log1p}(x) + \operatorname{expm1}(x)", "()->()",
        lambda x: special.logit(x) + math.log1p(x) + math.expm1(x), "x in (0, 1)"),
    Row(r"f(x, a, b) = \frac{x^{a-1} (1-x)^{b-1}}{B(a, b)}", "(),(),()->()",
        lambda x, a, b: x ** (a - 1) * (1 - x) ** (b - 1) / special.beta(a, b), "x in (0, 1); a, b > 0"),
    Row(r"f(\alpha, \beta) = \ln B(\alpha, \beta) - (\alpha - 1) \ln 2 - (\beta - 1) \ln 3", "(),()->()",
        lambda alpha, beta: special.betaln(alpha, beta) - (alpha - 1) * math.log(2) - (beta - 1) * math.log(3),
        r"\alpha, \beta > 0"),
    Row(r"f(a, b) = a \bmod b", "(),()->()", lambda a, b: np.mod(a, b)),
    Row(r"f(a) = (a + 5) \bmod 2\pi", "()->()", lambda a: np.mod(a + 5, 2 * math.pi)),
    Row(r"f(x) = x^+ + (1 - x)^+", "()->()", lambda x: max(x, 0) + max(1 - x, 0)),
    Row(r"C = \sum_{i=1}^n (S_i - K)^+", "(n),()->()", lambda S, K: np.maximum(S - K, 0).sum()),
    Row(r"L = \sum_{i=1}^n [1 - y_i x_i]_+^2", "(n),(n)->()", lambda y, x: (np.maximum(1 - y * x, 0) ** 2).sum()),
    Row(r"f(x) = \|(x)_+\|^2", "(n)->()", lambda x: (np.maximum(x, 0) ** 2).sum(), "x in R^n"),
    Row(r"r = k^+ a - k^- b", "(),(),(),()->()", lambda k_plus, a, k_minus, b: k_plus * a - k_minus * b),
    Row(r"f = \|A\|_1 + 2 \|A\|_\infty", "(m,n)->()",
        lambda A: np.linalg.norm(A, 1) + 2 * np.linalg.norm(A, np.inf), "A in R^{m x n}"),
    Row(r"f = \|A B\|_1^2 - \|A\|_{\max}", "(m,n),(n,p)->()",
        lambda A, B: np.linalg.norm(A @ B, 1) ** 2 - abs(A).max(), "A in R^{m x n}; B in R^{n x p}"),
    Row(r"m = \mathop{\mathrm{max}}\limits_{i} x_i + \mathop{\mathrm{arg\,max}}_{i} x_i", "(i)->()",
        lambda x: x.max() + x.argmax() + 1),
    Row(r"m = \operatorname*{arg\,min}_{1 \le i \le n} |x_i|", "(n)->()", lambda x: abs(x).argmin() + 1),
    Row(r"$$f(x) = x + 1$$ $$g(x) = x^2$$ $$h(x) = (f \circ g)(x)$$", "()->()", lambda x: x**2 + 1),
    Row(r"y = (A \circ B) x", "(m,n),(m,n),(n)->(m)", lambda A, B, x: (A * B) @ x, "A, B in R^{m x n}; x in R^n"),
)
