"""Parts of networks beside those of the documents."""

from __future__ import annotations

from sympy import IndexedBase, Max, Min, Piecewise, Rational, Sum, erfc, exp, log, sqrt, symbols, tanh

from ..from_sympy import Declaration

x, g, W, b, A, p = map(IndexedBase, "xgWbAp")
i, j, d, n, m, K = symbols("i j d n m K")
t, a, epsilon, T = symbols("t a epsilon T")

EQUATIONS = (
    Declaration("gelu", ("t",), t * erfc(-t / sqrt(2), evaluate=False) / 2,
                note="Gated by the normal distribution function."),
    Declaration("silu", ("t",), t / (1 + exp(-t)), "t in [-80, 80]", note="Gated by its own sigmoid."),
    Declaration("relu", ("t",), Max(0, t), note="The positive part."),
    Declaration("relu6", ("t",), Min(6, Max(0, t)), note="The positive part, capped at six."),
    Declaration("elu", ("t", "a"), Piecewise((t, t > 0), (a * (exp(t) - 1), True)), "a in [0.1, 10]",
                note="Exponential on the left, the identity on the right."),
    Declaration("hard_swish", ("t",), t * Min(6, Max(0, t + 3)) / 6, "t in [-1000, 1000]",
                note="A swish of straight pieces."),
    Declaration("softsign", ("t",), t / (1 + abs(t)), "t in [-1000000, 1000000]", note="An algebraic sigmoid."),
    Declaration("tanh_shrink", ("t", "a"), a * tanh(t / a), "a in [0.1, 100]", note="Logits capped smoothly at a."),
    Declaration("rms_norm", ("x", "g", "epsilon"),
                g[i] * x[i] / sqrt(Sum(x[j] ** 2, (j, 1, d)) / d + epsilon),
                "x in R^d; g in R^d; epsilon in [0.000001, 0.01]", over=(i,), note="Scaled to unit mean square."),
    Declaration("affine", ("W", "x", "b"), Sum(W[i, j] * x[j], (j, 1, d)) + b[i],
                "W in R^{m x d}; x in R^d; b in R^m", over=(i,), note="A dense layer."),
    Declaration("relu_layer", ("W", "x", "b"), Max(0, Sum(W[i, j] * x[j], (j, 1, d)) + b[i]),
                "W in R^{m x d}; x in R^d; b in R^m", over=(i,), note="A dense layer and the positive part."),
    Declaration("log_partition", ("x",), log(Sum(exp(x[i]), (i, 1, n))), "x in R^n",
                note="The soft maximum of logits."),
    Declaration("tempered_softmax", ("x", "T"), exp(x[i] / T) / Sum(exp(x[j] / T), (j, 1, n)),
                "x in R^n; T in [0.1, 10]", over=(i,), note="Logits to probabilities at a temperature."),
    Declaration("bilinear", ("x", "A", "g"), Sum(x[i] * A[i, j] * g[j], (j, 1, m), (i, 1, n)),
                "x in R^n; A in R^{n x m}; g in R^m", note="A score of two vectors under a matrix."),
    Declaration("load_balance", ("p", "g"), K * Sum(p[i] * g[i], (i, 1, K)), "p in Delta^K; g in Delta^K",
                note="What keeps the experts of a router equally busy."),
    Declaration("smoothed", ("p", "epsilon"), (1 - epsilon) * p[i] + epsilon / K,
                "p in Delta^K; epsilon in [0, 1]", over=(i,), note="Labels mixed with the uniform distribution."),
    Declaration("mean_pool", ("x",), Sum(x[i, j], (i, 1, n)) / n, "x in R^{n x d}", over=(j,),
                note="The mean over positions, per channel."),
    Declaration("half_square", ("x",), Rational(1, 2) * Sum(x[i] ** 2, (i, 1, d)), "x in R^d", note="Weight decay."),
)
