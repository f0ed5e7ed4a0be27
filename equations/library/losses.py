"""Losses beside those of the documents: on residuals, on margins and on ranks."""

from __future__ import annotations

from sympy import Abs, IndexedBase, Max, Piecewise, Rational, Sum, exp, log, sinh, sqrt, symbols

from ..from_sympy import Declaration

x, y, z = map(IndexedBase, "xyz")
i, j, n, m, K = symbols("i j n m K")
e, f, t, delta, tau, c = symbols("e f t delta tau c")

EQUATIONS = (
    Declaration("huber", ("e", "delta"),
                Piecewise((e**2 / 2, Abs(e) <= delta), (delta * (Abs(e) - delta / 2), True)), "delta in [0.01, 10]",
                note="Squares for small residuals, absolute values for large ones."),
    Declaration("log_cosh", ("e",), log(1 + 2 * sinh(e / 2) ** 2), "e in [-80, 80]",
                note="The logarithm of cosh e: Huber's loss without a kink."),
    Declaration("charbonnier", ("e", "c"), sqrt(e**2 + c**2), "c in [0.001, 10]; e in [-1000, 1000]",
                note="An absolute value rounded off at scale c."),
    Declaration("cauchy", ("e", "c"), c**2 / 2 * log(1 + (e / c) ** 2), "c in [0.1, 10]; e in [-1000, 1000]",
                note="Residuals far out hardly count."),
    Declaration("tukey", ("e", "c"),
                Piecewise((e**2 / 2 - e**4 / (2 * c**2) + e**6 / (6 * c**4), Abs(e) <= c), (c**2 / 6, True)),
                "c in [0.5, 10]", note="Tukey's biweight: residuals beyond c all count alike."),
    Declaration("pinball", ("e", "tau"), Max(tau * e, (tau - 1) * e), "tau in [0, 1]", note="The quantile loss."),
    Declaration("insensitive", ("e", "delta"), Max(0, Abs(e) - delta), "delta in [0, 10]",
                note="Errors within delta are free."),
    Declaration("hinge", ("t", "f"), Max(0, 1 - t * f), "t in {-1, 1}", note="A margin of one."),
    Declaration("squared_hinge", ("t", "f"), Max(0, 1 - t * f) ** 2, "t in {-1, 1}", note="A margin of one, squared."),
    Declaration("logistic", ("t", "f"), log(1 + exp(-t * f)), "t in {-1, 1}", note="The smooth margin loss."),
    Declaration("exponential", ("t", "f"), exp(-t * f), "t in {-1, 1}", note="The loss that boosting descends."),
    Declaration("crammer_singer", ("z", "f", "c"), Sum(Max(0, c + z[i] - f), (i, 1, K)), "z in R^K",
                note="Every rival score z that comes within c of the true one, f."),
    Declaration("pairwise_rank", ("x", "y"), Sum(Max(0, 1 - x[i] + y[j]), (j, 1, m), (i, 1, n)) / (n * m),
                "x in R^n; y in R^m", note="Every relevant score x should beat every other, y, by one."),
    Declaration("poisson_nll", ("f", "t"), exp(f) - t * f, "t in [0, 100]; f in [-10, 10]",
                note="Counts t against log-rates f, without the constant."),
    Declaration("smooth_l1_mean", ("x", "y"),
                Sum(Piecewise(((x[i] - y[i]) ** 2 / 2, Abs(x[i] - y[i]) <= 1),
                              (Abs(x[i] - y[i]) - Rational(1, 2), True)), (i, 1, n)) / n,
                "x in R^n; y in R^n", note="The box regression loss."),
)
