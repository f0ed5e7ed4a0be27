"""Right kernels are verified; every planted bug is caught."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from texjit.equations.equation import Equation
from texjit.runtime.certify import certify, render
from texjit.runtime.points import Point
from texjit.runtime.reference import Reference

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F

Body = Callable[..., Any]


def kernel(equation: Equation, f: Body) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda inputs: {equation.outputs[0].name: f(**inputs)}


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max())
    return e / e.sum()


def layernorm(x: Any, gamma: Any, beta: Any, epsilon: Any) -> Any:
    c = x - x.mean()
    c = c - c.mean()
    return gamma * c / np.sqrt((c * c).mean() + epsilon) + beta


def mahalanobis(x: Any, y: Any, Sigma: Any) -> Any:
    w = np.linalg.solve(np.linalg.cholesky(Sigma), x - y)
    return np.sqrt(w @ w)


def variance(x: Any) -> Any:
    c = x - x.mean()
    return (c * c).mean() - c.mean() ** 2


def bce(y: Any, y_hat: Any) -> Any:
    return -np.mean(np.where(y == 1, np.log(y_hat), np.log1p(-y_hat)))


def huber(a: Any, delta: Any) -> Any:
    return a * a / 2 if abs(a) <= delta else delta * (abs(a) - delta / 2)


RIGHT: list[tuple[Equation, Body]] = [
    (F.KL, lambda P, Q: special.rel_entr(P, Q).sum()),
    (F.SOFTMAX, softmax),
    (F.LSE, lambda z: special.logsumexp(z)),
    (F.LAYERNORM, layernorm),
    (F.MAHALANOBIS, mahalanobis),
    (F.LOGDET, lambda Sigma: 2 * np.log(np.diag(np.linalg.cholesky(Sigma))).sum()),
    (F.MSE, lambda x, y: np.mean((x - y) ** 2)),
    (F.VARIANCE, variance),
    (F.PREFIX, lambda beta: np.cumprod(1 - beta)),
    (F.BCE, bce),
    (F.ENTROPY, lambda P: special.entr(P).sum()),
    (F.HUBER, huber),
    (F.HINGE, lambda a, b: max(0 * a, 1 - a * b)),
    (F.LARGEST, lambda x: np.max(x)),
    (F.ARGLARGEST, lambda x: np.argmax(x) + 1.0),
    (F.MATVEC, lambda A, v: A @ v),
    (F.STEP, lambda x, t: x[t] - x[t - 1]),
    (F.SCALED, lambda x, v, epsilon: x / np.sqrt(v + epsilon)),
]


@pytest.mark.parametrize(("equation", "f"), RIGHT, ids=[e.name for e, _ in RIGHT])
def test_right_kernels_are_verified(equation: Equation, f: Body) -> None:
    certificate = certify(equation, kernel(equation, f), count=100)
    assert certificate.verdict == "verified", render(certificate)
    assert certificate.points == 100
    json.dumps(certificate.as_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("equation", "f"),
    [(e, f) for e, f in RIGHT if e.name in ("MSE", "BCE", "H", "largest", "A_v", "step", "scaled")],
    ids=lambda v: getattr(v, "name", ""),
)
def test_right_kernels_are_verified_in_float32(equation: Equation, f: Body) -> None:
    certificate = certify(equation, kernel(equation, f), dtype="float32")
    assert certificate.verdict == "verified", render(certificate)
    assert certificate.dtype == "float32"


def naive_softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum()


def one_pass_layernorm(x: Any, gamma: Any, beta: Any, epsilon: Any) -> Any:
    v = (x * x).mean() - x.mean() ** 2
    return gamma * (x - x.mean()) / np.sqrt(v + epsilon) + beta


def inverse_of_transposed_rows(x: Any, y: Any, Sigma: Any) -> Any:
    d = x - y
    return np.sqrt(np.abs(d @ np.linalg.inv(Sigma) @ d[::-1]))


CAUGHT = ("miscompiled", "inaccurate")
WRONG: list[tuple[str, Equation, Body, tuple[str, ...]]] = [
    ("sign", F.KL, lambda P, Q: -special.rel_entr(P, Q).sum(), ("miscompiled",)),
    ("swapped arguments", F.KL, lambda P, Q: special.rel_entr(Q, P).sum(), ("miscompiled",)),
    ("last term dropped", F.KL, lambda P, Q: special.rel_entr(P, Q)[:-1].sum(), ("miscompiled",)),
    ("log2 for log", F.KL, lambda P, Q: special.rel_entr(P, Q).sum() / np.log(2), ("miscompiled",)),
    ("no convention", F.KL, lambda P, Q: (P * np.log(P / Q)).sum(), ("miscompiled",)),
    ("no convention", F.ENTROPY, lambda P: -(P * np.log(P)).sum(), ("miscompiled",)),
    ("generalized KL", F.KL, lambda P, Q: (special.kl_div(P, Q)).sum() * 1.0001, ("miscompiled",)),
    ("float32 sums", F.KL, lambda P, Q: special.rel_entr(P, Q).astype("f4").sum(), ("miscompiled",)),
    ("one weight", F.JS, lambda P, Q: special.rel_entr(P, (P + Q) / 2).sum(), ("miscompiled",)),
    ("naive cancellation", F.JS, lambda P, Q: special.entr((P + Q) / 2).sum() - (special.entr(P).sum()
     + special.entr(Q).sum()) / 2, CAUGHT),
    ("no max shift", F.SOFTMAX, naive_softmax, ("inaccurate",)),
    ("first as max", F.SOFTMAX, lambda z: np.exp(z - z[0]) / np.exp(z - z[0]).sum(), CAUGHT),
    ("unnormalised", F.SOFTMAX, lambda z: np.exp(z - z.max()), ("miscompiled",)),
    ("no max shift", F.LSE, lambda z: np.log(np.exp(z).sum()), ("inaccurate",)),
    ("one pass", F.VARIANCE, lambda x: (x * x).mean() - x.mean() ** 2, CAUGHT),
    ("N - 1", F.VARIANCE, lambda x: x.var(ddof=1) if len(x) > 1 else 0.0, ("miscompiled",)),
    ("N for 1/N", F.MSE, lambda x, y: ((x - y) ** 2).sum(), ("miscompiled",)),
    ("absolute", F.MSE, lambda x, y: np.abs(x - y).mean(), ("miscompiled",)),
    ("bound off by one", F.MSE, lambda x, y: ((x - y)[1:] ** 2).sum() / len(x), ("miscompiled",)),
    ("exclusive product", F.PREFIX, lambda beta: np.cumprod(1 - beta) / (1 - beta), ("miscompiled",)),
    ("epsilon outside", F.LAYERNORM, lambda x, gamma, beta, epsilon: gamma * (x - x.mean())
     / (x.std() + epsilon) + beta, ("miscompiled",)),
    ("one pass", F.LAYERNORM, one_pass_layernorm, CAUGHT),
    ("no inverse", F.MAHALANOBIS, lambda x, y, Sigma: np.sqrt((x - y) @ Sigma @ (x - y)), ("miscompiled",)),
    ("reversed", F.MAHALANOBIS, inverse_of_transposed_rows, ("miscompiled",)),
    ("no root", F.MAHALANOBIS, lambda x, y, Sigma: mahalanobis(x, y, Sigma) ** 2, ("miscompiled",)),
    ("log of the trace", F.LOGDET, lambda Sigma: np.log(np.trace(Sigma)), ("miscompiled",)),
    ("one minus", F.BCE, lambda y, y_hat: bce(1 - y, y_hat), ("miscompiled",)),
    ("no mean", F.BCE, lambda y, y_hat: bce(y, y_hat) * len(y), ("miscompiled",)),
    ("wrong branch", F.HUBER, lambda a, delta: huber(a, delta) if a < delta else a * a / 2, ("miscompiled",)),
    ("no absolute value", F.HUBER, lambda a, delta: a * a / 2 if a <= delta else huber(a, delta),
     ("miscompiled",)),
    ("position off by one", F.STEP, lambda x, t: x[t - 1] - x[t - 2], ("miscompiled",)),
    ("0-based", F.ARGLARGEST, lambda x: float(np.argmax(x)), ("miscompiled",)),
    ("last of ties", F.ARGLARGEST, lambda x: float(len(x) - np.argmax(x[::-1])), ("miscompiled",)),
    ("smallest", F.LARGEST, lambda x: np.min(x), ("miscompiled",)),
    ("magnitude", F.LARGEST, lambda x: x[np.argmax(np.abs(x))], ("miscompiled",)),
    ("wrong axis", F.MATVEC, lambda A, v: np.resize(A.sum(0) * v, A.shape[0]), ("miscompiled",)),
    ("transposed", F.MATVEC, lambda A, v: A.T @ np.resize(v, A.shape[0]), ("miscompiled",)),
    ("no correction", F.ADAM, lambda m, beta_1, t: m, ("miscompiled",)),
    ("t - 1", F.ADAM, lambda m, beta_1, t: np.divide(m, 1 - np.float64(beta_1) ** (t - 1)), ("miscompiled",)),
    ("no convention", F.FOCAL, lambda p_t, gamma, alpha: -alpha * (1 - p_t) ** gamma * np.log(p_t),
     ("miscompiled",)),
    ("flat", F.FOCAL, lambda p_t, gamma, alpha: -special.xlogy(alpha * (1 - p_t) * gamma, p_t),
     ("miscompiled",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("equation", "f", "verdicts"), [w[1:] for w in WRONG], ids=[f"{w[1].name}: {w[0]}" for w in WRONG]
)
def test_planted_bugs_are_caught(equation: Equation, f: Body, verdicts: tuple[str, ...]) -> None:
    certificate = certify(equation, kernel(equation, f))
    assert certificate.verdict in verdicts, render(certificate)
    worst = certificate.as_json()["worst"]
    assert worst and worst["inputs"]
    assert worst["exact"] or "shape" in worst["reason"]
    json.dumps(certificate.as_json(), allow_nan=False)


def test_float64_answers_serve_float32_only_when_rounded() -> None:
    right = certify(F.MSE, kernel(F.MSE, lambda x, y: ((x - y) ** 2).mean(dtype="f8")), dtype="float32")
    assert right.verdict == "verified", render(right)
    half = certify(F.MSE, kernel(F.MSE, lambda x, y: np.mean((x - y).astype("f2") ** 2)), dtype="float32")
    assert half.verdict in CAUGHT


def test_a_kernel_that_refuses_is_undecided() -> None:
    def fussy(P: Any, Q: Any) -> Any:
        if (P == 0).any():
            raise ArithmeticError("P has a zero")
        return special.rel_entr(P, Q).sum()

    certificate = certify(F.KL, kernel(F.KL, fussy))
    assert certificate.verdict == "undecided"
    assert certificate.undecided > 0
    assert any("P has a zero" in n for n in certificate.notes)


def test_outputs_that_are_missing_or_misshapen_are_miscompiled() -> None:
    assert certify(F.KL, lambda inputs: {}).verdict == "miscompiled"
    assert certify(F.SOFTMAX, kernel(F.SOFTMAX, lambda z: z.sum())).verdict == "miscompiled"


def test_nothing_is_said_of_a_formula_without_values() -> None:
    never = F.equation(
        "f", [F.arg("a")], F.let("f", F.log(F.add(-1, F.mul(-1, F.power(F.parameter("a"), 2)))))
    )
    assert certify(never, kernel(never, np.log)).verdict == "undecided"


def test_results_below_the_normal_numbers_are_noted() -> None:
    x, y = F.parameter("x"), F.parameter("y")
    scaled = F.equation("f", [F.arg("x"), F.arg("y")], F.let("f", F.mul(F.exp(x), y)))
    # exp(x) has four digits left, and so has the product.
    low = Point({"x": np.float64(-735), "y": np.float64(1e5)}, ("given",))
    coarse = certify(scaled, kernel(scaled, lambda x, y: np.exp(x) * y), given=[low])
    assert coarse.verdict == "undecided" and "below the normal numbers loses digits" in coarse.notes[0]
    wrong = certify(scaled, kernel(scaled, lambda x, y: -np.exp(x) * y), given=[low])
    assert wrong.verdict == "miscompiled"


def test_an_overflow_beside_the_largest_number_is_another_order_of_factors() -> None:
    x, half = F.parameter("x"), Fraction(1, 2)
    halved = F.equation("f", [F.arg("x")], F.let("f", F.mul(F.mul(half, x), x)))
    early = kernel(halved, lambda x: 0.5 * x * x)
    late = kernel(halved, lambda x: 0.5 * (x * x))
    near = {"x": np.float64(1.6e154)}
    for strata, verdict in ((("extreme",), "undecided"), (("given",), "inaccurate")):
        assert certify(halved, early, given=[Point(near, strata)]).verdict == "verified"
        assert certify(halved, late, given=[Point(near, strata)]).verdict == verdict
        assert certify(halved, lambda inputs: {"f": -np.inf}, given=[Point(near, strata)]).verdict == "miscompiled"
        small = Point({"x": np.float64(1e150)}, strata)
        assert certify(halved, lambda inputs: {"f": np.inf}, given=[small]).verdict == "miscompiled"


def test_a_constant_is_one_point() -> None:
    one = F.equation("f", [], F.let("f", F.log(F.add(1, 1))))
    found = certify(one, lambda inputs: {"f": np.log(2.0)}, count=400)
    assert (found.verdict, found.points, found.notes) == ("verified", 1, ())


def test_block_tails_are_compared_with_a_slower_evaluation() -> None:
    def tail_lost(x: Any, y: Any) -> Any:
        d = (x - y) ** 2
        return d.mean() if d.size < 128 else d[: d.size // 128 * 128].sum() / d.size

    slow = kernel(F.MSE, lambda x, y: np.mean((x - y) ** 2))
    assert certify(F.MSE, kernel(F.MSE, tail_lost)).verdict == "verified"
    caught = certify(F.MSE, kernel(F.MSE, tail_lost), interpret=slow)
    assert caught.verdict == "miscompiled"
    assert "extent 129" in caught.worst["reason"]
    passed = certify(F.MSE, kernel(F.MSE, lambda x, y: ((x - y)[::-1] ** 2).sum() / x.size), interpret=slow)
    assert passed.verdict == "verified", render(passed)
    assert passed.strata["block tail"] > 0


def test_quick_certificates_are_quick() -> None:
    import time

    f = kernel(F.KL, lambda P, Q: special.rel_entr(P, Q).sum())
    certify(F.KL, f)
    start = time.perf_counter()
    certify(F.KL, f)
    # 0.04 s measured; the bound is the promise of a quick certificate with room for a busy machine.
    assert time.perf_counter() - start < 0.5
    reference, half = Reference(F.KL), np.full(5, 0.2)
    start = time.perf_counter()
    for _ in range(100):
        reference.evaluate({"P": half, "Q": half}, 150)
    assert time.perf_counter() - start < 0.1
