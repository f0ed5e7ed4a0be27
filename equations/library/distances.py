"""Distances between distributions and between points, beside those of the documents."""

from __future__ import annotations

from sympy import IndexedBase, Max, Min, Rational, Sum, log, sqrt, symbols

from ..from_sympy import Declaration

P, Q, x, y = map(IndexedBase, "PQxy")
i, K, d = symbols("i K d")
BOTH = "P in Delta^K; Q in Delta^K"
POINTS = "x in R^d; y in R^d"

EQUATIONS = (
    Declaration("total_variation", ("P", "Q"), Sum(abs(P[i] - Q[i]), (i, 1, K)) / 2, BOTH,
                note="The largest difference of probabilities of one event."),
    Declaration("squared_hellinger", ("P", "Q"),
                Sum((P[i] - Q[i]) ** 2 / (sqrt(P[i]) + sqrt(Q[i])) ** 2, (i, 1, K)) / 2,
                "0.001 <= P <= 1; 0.001 <= Q <= 1", note="Half the squared distance of the roots."),
    Declaration("overlap", ("P", "Q"), Sum(Min(P[i], Q[i]), (i, 1, K)), BOTH,
                note="One minus the total variation."),
    Declaration("triangular", ("P", "Q"), Sum((P[i] - Q[i]) ** 2 / (P[i] + Q[i]), (i, 1, K)),
                "0.001 <= P <= 1; 0.001 <= Q <= 1", note="A symmetric cousin of chi-square."),
    Declaration("chi_square", ("P", "Q"), Sum((P[i] - Q[i]) ** 2 / Q[i], (i, 1, K)),
                "0 <= P <= 1; 0.001 <= Q <= 1", note="Pearson's divergence, weighted by the reference."),
    Declaration("bhattacharyya", ("P", "Q"), -log(Sum(sqrt(P[i] * Q[i]), (i, 1, K))),
                "0.001 <= P <= 1; 0.001 <= Q <= 1", note="Minus the logarithm of the affinity of two measures."),
    Declaration("manhattan", ("x", "y"), Sum(abs(x[i] - y[i]), (i, 1, d)), POINTS, note="Length along the axes."),
    Declaration("squared_euclidean", ("x", "y"), Sum((x[i] - y[i]) ** 2, (i, 1, d)), POINTS,
                note="The square of the straight distance."),
    Declaration("canberra", ("x", "y"), Sum(abs(x[i] - y[i]) / (x[i] + y[i]), (i, 1, d)),
                "0.01 <= x <= 100; 0.01 <= y <= 100", note="Relative differences of positive readings."),
    Declaration("jaccard", ("x", "y"), Sum(Min(x[i], y[i]), (i, 1, d)) / Sum(Max(x[i], y[i]), (i, 1, d)),
                "0.01 <= x <= 100; 0.01 <= y <= 100", note="Weighted Jaccard similarity."),
    Declaration("half_tsallis", ("P",), 2 * (Sum(P[i] ** Rational(1, 2), (i, 1, K)) - 1), "P in Delta^K",
                note="Tsallis' entropy of order one half."),
)
