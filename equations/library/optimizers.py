"""Steps of optimisers beside those of the documents, each a map of arrays to the next."""

from __future__ import annotations

from sympy import IndexedBase, Max, Min, Sum, cos, pi, sign, sqrt, symbols

from ..from_sympy import Declaration

theta, g, v, s, m = map(IndexedBase, "theta g v s m".split())
i, j, d = symbols("i j d")
eta, beta, epsilon, lam, T, t, c = symbols("eta beta epsilon lam T t c")
RATES = "; 0 <= beta <= 1; 0.0001 <= eta <= 1; 0.00000001 <= epsilon <= 0.01"

EQUATIONS = (
    Declaration("momentum_velocity", ("v", "g", "beta"), beta * v[i] + g[i], "v in R^d; g in R^d" + RATES, over=(i,),
                note="Heavy-ball: the velocity forgets at the rate beta."),
    Declaration("momentum_step", ("theta", "v", "eta"), theta[i] - eta * v[i], "theta in R^d; v in R^d" + RATES,
                over=(i,), note="A step along the velocity."),
    Declaration("nesterov_step", ("theta", "v", "g", "eta", "beta"), theta[i] - eta * (g[i] + beta * v[i]),
                "theta in R^d; v in R^d; g in R^d" + RATES, over=(i,), note="A step with the velocity looked ahead."),
    Declaration("rmsprop_average", ("s", "g", "beta"), beta * s[i] + (1 - beta) * g[i] ** 2,
                "g in R^d; 0 <= s <= 10000" + RATES, over=(i,), note="A running mean of squared gradients."),
    Declaration("rmsprop_step", ("theta", "g", "s", "eta", "epsilon"),
                theta[i] - eta * g[i] / (sqrt(s[i]) + epsilon), "theta in R^d; g in R^d; 0 <= s <= 10000" + RATES,
                over=(i,), note="A step scaled by the root of that mean."),
    Declaration("adagrad_step", ("theta", "g", "s", "eta", "epsilon"),
                theta[i] - eta * g[i] / sqrt(s[i] + g[i] ** 2 + epsilon),
                "theta in R^d; -1000 <= g <= 1000; 0 <= s <= 10000" + RATES, over=(i,),
                note="A step scaled by all gradients so far."),
    Declaration("lion_step", ("theta", "m", "g", "eta", "beta"),
                theta[i] - eta * sign(beta * m[i] + (1 - beta) * g[i]),
                "theta in R^d; m in R^d; g in R^d; beta in {0.9}; 0.0001 <= eta <= 1", over=(i,),
                note="Only the sign of the interpolated gradient counts."),
    Declaration("decayed", ("theta", "eta", "lam"), (1 - eta * lam) * theta[i],
                "theta in R^d; 0 <= lam <= 1" + RATES, over=(i,), note="Decoupled weight decay."),
    Declaration("cosine_rate", ("t", "T", "eta"), eta * cos(pi * t / (2 * T)) ** 2,
                "t in [0, 99]; T in [100, 1000]" + RATES, note="The rate after t of T steps, annealed by a cosine."),
    Declaration("warmup_rate", ("t", "T", "eta"), eta * Min(1, t / T), "t in [0, 1000]; T in [1, 1000]" + RATES,
                note="A rate that rises over T steps."),
    Declaration("clipped_gradient", ("g", "c"), g[i] * c / Max(c, sqrt(Sum(g[j] ** 2, (j, 1, d)))),
                "-1000 <= g <= 1000; 0.01 <= c <= 100", over=(i,), note="A gradient of norm c at most."),
)
