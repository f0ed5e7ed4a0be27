"""Pieces of generative models, beside those of the documents."""

from __future__ import annotations

from sympy import IndexedBase, Max, Sum, exp, log, pi, sqrt, symbols

from ..from_sympy import Declaration

x, mu, ell, D, F, a, b, eps = map(IndexedBase, "x mu ell D F a b eps".split())
i, d, N = symbols("i d N")
t, s, w = symbols("t s w")

EQUATIONS = (
    Declaration("gaussian_nll", ("x", "mu", "ell"),
                Sum(log(2 * pi) + ell[i] + (x[i] - mu[i]) ** 2 * exp(-ell[i]), (i, 1, d)) / 2,
                "x in R^d; mu in R^d; -8 <= ell <= 8", note="Minus the log-density; ell is the log-variance."),
    Declaration("least_squares_discriminator", ("D", "F"),
                Sum((D[i] - 1) ** 2 + F[i] ** 2, (i, 1, N)) / (2 * N), "D in R^N; F in R^N",
                note="Scores of real and of generated points against one and zero."),
    Declaration("hinge_discriminator", ("D", "F"),
                Sum(Max(0, 1 - D[i]) + Max(0, 1 + F[i]), (i, 1, N)) / N, "D in R^N; F in R^N",
                note="Only scores inside the margin count."),
    Declaration("critic_gap", ("D", "F"), Sum(D[i] - F[i], (i, 1, N)) / N, "D in R^N; F in R^N",
                note="The difference of means that a Wasserstein critic raises."),
    Declaration("softplus_generator", ("F",), Sum(log(1 + exp(-F[i])), (i, 1, N)) / N, "F in R^N",
                note="The generator's loss that does not saturate, on logits."),
    Declaration("flow_velocity", ("a", "b"), b[i] - a[i], "a in R^d; b in R^d", over=(i,),
                note="The target of flow matching along straight paths."),
    Declaration("flow_point", ("a", "b", "t"), (1 - t) * a[i] + t * b[i], "a in R^d; b in R^d; t in [0, 1]", over=(i,),
                note="The point on a straight path at time t."),
    Declaration("guided_score", ("a", "b", "w"), a[i] + w * (b[i] - a[i]), "a in R^d; b in R^d", over=(i,),
                note="Classifier-free guidance of weight w."),
    Declaration("variance_exploding", ("x", "s", "eps"), x[i] + s * eps[i], "x in R^d; eps in R^d", over=(i,),
                note="Noise of scale s added without shrinking the signal."),
    Declaration("snr_weight", ("t", "s"), 1 / sqrt(t**2 + s**2), "t in [0.01, 100]; s in [0.01, 100]",
                note="Input scaling of a preconditioned denoiser at noise t and spread s of the points."),
)
