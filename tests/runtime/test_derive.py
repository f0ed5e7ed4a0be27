"""Derivatives of kernels: what they are called with, what they give, and what has none."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.compiler.interpret import interpret
from texjit.compiler.loopfacts import allocs
from texjit.compiler.lower import lower
from texjit.runtime.certify import certify
from texjit.runtime.kernel import Kernel

KL = (r"KL(P, Q) = \sum_x P_x\log\frac{P_x}{Q_x}", "P, Q in Delta^K")
SOFTMAX = (r"s(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", "")
MAHALANOBIS = (r"D(x, y) = \sqrt{(x-y)^T S^{-1} (x-y)}", "x, y in R^d; S in S++^d")
SLOT = r"V(D) = \mathbb{E}_{x \sim p}[\log D(x)]"
ATTENTION = (
    r"$$s(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$ $$A(Q,K,V) = s\left(\frac{QK^T}{\sqrt{d_k}}\right)V$$", "")

#: Every monoid, whole-array operation and kind of read, and the compounds that the passes know.
FORMULAS = {
    "sum": KL,
    "sum of pairs": (r"f(x) = \sum_{i=1}^n\sum_{j=1}^n e^{-(x_i-x_j)^2}", ""),
    "sum over i < j": (r"f(x) = \sum_{i<j} (x_i-x_j)^2", "x in R^n"),
    "product": (r"f(x) = \prod_i x_i", ""),
    "product of positive": (r"f(x) = \prod_i x_i", "x > 0"),
    "running product": (r"a_t = \prod_{s=1}^t (1-b_s)", r"b_s \in (0,1)"),
    "running product of any sign": (r"a_t = \prod_{s=1}^t b_s", ""),
    "maximum": (r"f(x, y) = \max_i (x_i y_i)", "x, y in R^n"),
    "minimum": (r"f(x) = \min_i x_i^2", ""),
    "two maxima": (r"f(a, b) = \max(a, b) \min(a, b^2)", ""),
    "log-sum-exp": (r"f(z) = \log\sum_j e^{z_j}", ""),
    "softmax": SOFTMAX,
    "cross-entropy": (r"L(z, y) = -\sum_i y_i \log\frac{e^{z_i}}{\sum_j e^{z_j}}", "y in Delta^K"),
    "logistic loss": (r"L(z, y) = -y\log\frac{1}{1+e^{-z}}-(1-y)\log\left(1-\frac{1}{1+e^{-z}}\right)", "y in [0,1]"),
    "variance": (r"v = \frac1n\sum_{i=1}^n x_i^2 - \left(\frac1n\sum_{i=1}^n x_i\right)^2", ""),
    "Jensen-Shannon": (r"$$M = \frac{P+Q}{2}$$ $$J(P, Q) = \frac12\sum_i P_i\log\frac{P_i}{M_i}+"
                       r"\frac12\sum_i Q_i\log\frac{Q_i}{M_i}$$", "P, Q in Delta^K"),
    "norm": (r"f(x) = \sqrt{\sum_i x_i^2}", ""),
    "inverse": (r"f(x) = x^T A^{-1} x", r"x in R^n; A \in \mathbb{R}^{n\times n}"),
    "Cholesky": MAHALANOBIS,
    "log-determinant": (r"f(S) = \log\det S", "S in S++^n"),
    "determinant": (r"f(A) = \det A", r"A \in \mathbb{R}^{n\times n}"),
    "trace": (r"f(A) = \sum_i A_{ii}", r"A \in \mathbb{R}^{n\times n}"),
    "matrix product": (r"f(A, B) = \sum_i\sum_j \left(\sum_k A_{ik} B_{kj}\right)^2", ""),
    "attention": ATTENTION,
    "steps": (r"f(x) = \sum_{i=2}^n (x_i-x_{i-1})^4", "x in R^n"),
    "a slice": (r"f(A) = \sum_i \sin A_{i1}", r"A \in \mathbb{R}^{m\times n}"),
    "cases": (r"f(x) = \begin{cases} x^2 & x > 0 \\ -x^3 & x \le 0 \end{cases}", ""),
    "powers": (r"f(a, b) = a^b", "a > 0"),
    "polynomial of arrays": (r"f(x, y, c) = \sum_i (c x_i y_i - y_i^3)^2", ""),
    "softplus": (r"f(x) = \sum_i \log(1+e^{x_i})", ""),
    "normal distribution": (r"f(x) = \log\Phi(x)", ""),
    "gamma": (r"f(x) = \log\Gamma(x)", "x > 0"),
}  # fmt: skip

#: Not to the last digits at every adversarial point: determinants are multiplied by inverses, which singular
#: matrices have none of, and a condition number counts all elements of a matrix where one alone matters.
INACCURATE = {"normal distribution", "sum of pairs", "inverse", "determinant"}


def made(name: str) -> Kernel:
    text, where = FORMULAS[name]
    k = tj.compile(text, where=where)
    if isinstance(k, tj.Library):
        k = list(k.values())[-1]
    assert isinstance(k, Kernel)
    return k


def first(k: Kernel, wrt: Any = None) -> Kernel:
    number = len(k.card.outputs) == 1 and not k.card.outputs[0].axes
    return tj.grad(k, wrt) if number else tj.jacobian(k, wrt)


def drawn(k: Kernel, seed: int, n: int = 4) -> dict[str, Any]:
    """Moderate inputs: extents all different, matrices positive definite, numbers in (0.2, 0.9)."""
    rng, sizes = np.random.default_rng(seed), {}
    out = {}
    for p in k.card.inputs:
        shape = tuple(sizes.setdefault(a, n + len(sizes)) if not a.isdigit() else int(a) for a in p.axes)
        x = rng.uniform(0.2, 0.9, shape)
        square = len(shape) == 2 and shape[0] == shape[1]
        out[p.name] = x @ x.T + np.eye(shape[0]) if square else x
    return out


@pytest.mark.parametrize("name", FORMULAS)
def test_the_first_derivative_is_certified(name: str) -> None:
    g = first(made(name))
    c = certify(g.equation, lambda given: interpret(g.program, given), count=30, origin=g.derived)
    assert c.verdict in (("verified", "inaccurate") if name in INACCURATE else ("verified",)), c


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMULAS)
def test_the_second_derivative_is_another_function_for_none(name: str) -> None:
    k = made(name)
    for w in (p.name for p in k.card.inputs):
        h = tj.jacobian(first(k, w), w)
        c = certify(h.equation, lambda given, h=h: interpret(h.program, given), count=15, origin=h.derived, patience=20)
        assert c.verdict != "miscompiled", c


@pytest.mark.parametrize("name", FORMULAS)
def test_products_with_the_jacobian_agree(name: str) -> None:
    """``⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩``, cotangents and tangents drawn."""
    k = made(name)
    rng, given = np.random.default_rng(7), drawn(k, 1)
    forward, backward = tj.jvp(k), tj.vjp(k)
    dots = {f"{w}_dot": rng.normal(size=np.shape(given[w])) for w in given}
    values = interpret(forward.program, {**given, **dots})
    own = [o.name for o in k.card.outputs]
    moved = {o: np.asarray(values[f"{o}_dot"]) for o in own}
    bars = {f"{o}_bar": rng.normal(size=moved[o].shape) for o in own}
    back = interpret(backward.program, {**given, **bars})
    left = sum(float((bars[f"{o}_bar"] * moved[o]).sum()) for o in own)
    terms = [np.asarray(back[f"{w}_bar"]) * dots[f"{w}_dot"] for w in given]
    size = sum(float(np.abs(t).sum()) for t in terms)
    assert abs(left - sum(float(t.sum()) for t in terms)) <= 64 * np.finfo(float).eps * size


def test_values_are_those_of_the_textbook() -> None:
    rng = np.random.default_rng(0)
    P, Q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    k = tj.compile(KL[0], where=KL[1])
    np.testing.assert_allclose(tj.grad(k, "P")(P, Q), np.log(P / Q) + 1, rtol=1e-14)
    value, dP, dQ = tj.value_and_grad(k)(P, Q)
    assert value == k(P, Q)
    np.testing.assert_allclose(dP, np.log(P / Q) + 1, rtol=1e-14)
    np.testing.assert_allclose(dQ, -P / Q, rtol=1e-15)
    np.testing.assert_allclose(tj.hessian(k, "P")(P, Q), np.diag(1 / P), rtol=1e-15)
    np.testing.assert_allclose(tj.hvp(k, "Q")(P, Q, Q_dot=P), P * P / Q**2, rtol=1e-14)
    s = tj.compile(*SOFTMAX)
    z = rng.normal(size=4)
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(tj.jacobian(s)(z), np.diag(p) - np.outer(p, p), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(tj.vjp(s)(z, s_bar=z), p * (z - p @ z), rtol=1e-12, atol=1e-16)


def test_matrices_leading_axes_and_single_precision() -> None:
    rng = np.random.default_rng(1)
    k = tj.compile(MAHALANOBIS[0], where=MAHALANOBIS[1])
    x, y, a = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=(3, 3))
    S = a @ a.T + np.eye(3)
    d = x - y
    D = np.sqrt(np.einsum("ni,ij,nj->n", d, np.linalg.inv(S), d))
    u = d @ np.linalg.inv(S)
    g = tj.grad(k, "x")
    np.testing.assert_allclose(g(x, y, S), u / D[:, None], rtol=1e-12)
    single = g(x.astype(np.float32), y.astype(np.float32), S.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, u / D[:, None], rtol=1e-4)
    np.testing.assert_allclose(
        tj.grad(k, "S")(x[0], y, S), -np.outer(u[0], u[0]) / (2 * D[0]), rtol=1e-12
    )


def test_derivatives_are_derivatives_of_the_same_shape_again() -> None:
    k = tj.compile(r"f(x) = \sum_i x_i^4", where="x in R^n")
    x = np.array([1.0, 2.0, 3.0])
    g = tj.grad(k)
    assert g.signature == "(n)->(n)" and g.parameters == ("x",)
    third = tj.jacobian(tj.jacobian(g))(x)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 24 * x
    np.testing.assert_allclose(third, expected)
    assert tj.verify(g, points=40).verdict == "verified"


@pytest.mark.parametrize(
    ("name", "point", "exact"),
    [
        ("logistic loss", {"z": 800.0, "y": 1.0}, {"z": 0.0, "y": -800.0}),
        ("logistic loss", {"z": 40.0, "y": 1.0}, {"z": -4.248354255291589e-18, "y": -40.0}),
        ("cross-entropy", {"z": np.array([0.0, -50.0]), "y": np.array([1.0, 0.0])},
         {"z": np.array([-1.928749847963918e-22, 1.928749847963918e-22])}),
        ("cross-entropy", {"z": np.array([1000.0, -1000.0]), "y": np.array([0.0, 1.0])}, {"z": np.array([1.0, -1.0])}),
        ("softmax", {"z": np.array([1000.0, 0.0])}, {"z": np.zeros((2, 2))}),
        ("softplus", {"x": np.array([1000.0, -1000.0])}, {"x": np.array([1.0, 0.0])}),
        ("Jensen-Shannon", {"P": np.array([0.5, 0.5]), "Q": np.array([0.5 + 1e-12, 0.5 - 1e-12])},
         {"P": 0.5 * np.log1p(np.array([-1, 1]) * ((0.5 + 1e-12) - 0.5) / np.array([1 + 1e-12, 1 - 1e-12]))}),
        ("norm", {"x": np.array([0.0, 0.0])}, {"x": np.array([0.0, 0.0])}),
        ("norm", {"x": np.array([3e200, 4e200])}, {"x": np.array([0.6, 0.8])}),
        ("product", {"x": np.array([0.0, 2.0, 3.0])}, {"x": np.array([6.0, 0.0, 0.0])}),
        ("product", {"x": np.array([0.0, 0.0, 3.0])}, {"x": np.array([0.0, 0.0, 0.0])}),
        ("maximum", {"x": np.array([1.0, 1.0]), "y": np.array([2.0, 2.0])}, {"x": np.array([2.0, 0.0])}),
    ],
)  # fmt: skip
def test_hard_inputs(name: str, point: dict[str, Any], exact: dict[str, Any]) -> None:
    k = made(name)
    for wrt, expected in exact.items():
        g = first(k, wrt)
        (found,) = interpret(g.program, point).values()
        np.testing.assert_allclose(np.asarray(found), expected, rtol=2e-12, atol=1e-40)


def test_no_array_of_pairs_is_made() -> None:
    pairs = made("sum of pairs")
    assert all(len(shape) < 2 for shape in allocs(lower(tj.grad(pairs).program)).values())
    k = made("attention")
    for shape in allocs(lower(tj.vjp(k).program)).values():
        assert not {"n", "m"} <= set(shape)


def test_sparse_jacobians() -> None:
    k = tj.compile(r"f(x)_i = x_i^2 + \sin x_i", where="x in R^n")
    j, x = tj.jacobian(k), np.linspace(0.1, 1, 5)
    assert j.sparsity.kind == "diagonal" and j.sparsity.colours == 1
    sparse = tj.jacobian(k, sparse=True)
    np.testing.assert_allclose(sparse(x).toarray(), np.diag(2 * x + np.cos(x)), rtol=1e-15)
    steps = made("steps")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tj.AccuracyWarning)
        dense, banded = tj.hessian(steps), tj.hessian(steps, sparse=True)
        assert dense.sparsity.offsets == (-1, 0, 1)
        np.testing.assert_allclose(banded(x).toarray(), dense(x), rtol=1e-13)
        assert banded(x).nnz == 13
    assert tj.jacobian(tj.compile(*SOFTMAX)).sparsity.kind == "dense"
    with pytest.raises(TypeError, match="not sparse"):
        tj.jacobian(tj.compile(*SOFTMAX), sparse=True)


def test_what_has_no_derivative_says_so() -> None:
    k = tj.compile(KL[0], where=KL[1])
    with pytest.raises(TypeError, match="no parameter 'R'; KL has the real parameters P, Q"):
        tj.grad(k, "R")
    with pytest.raises(TypeError, match="names a parameter twice"):
        tj.grad(k, ("P", "P"))
    with pytest.raises(TypeError, match="a gradient is of one number; use jacobian or vjp"):
        tj.grad(tj.compile(*SOFTMAX))
    with pytest.raises(TypeError, match="expected a kernel"):
        tj.grad(np.sum)
    power = tj.compile(r"f(x, n) = x^n", where="n in Z")
    with pytest.raises(TypeError, match="no derivative by an integer; f has the real parameters x"):
        tj.grad(power, "n")
    slot = tj.compile(SLOT)
    with pytest.raises(TypeError, match="differentiate by its values, D_x"):
        tj.hessian(slot, "x")
    with pytest.raises(tj.Unsupported, match=r"E370.*through the function D.*wrt=\"D_x\""):
        tj.grad(slot, "x")(np.exp, np.ones(3))
    place = tj.compile(r"f(x) = \arg\max_i x_i")
    with pytest.raises(tj.Unsupported, match="argmax"):
        tj.grad(place)
    digamma = tj.compile(r"f(x) = \operatorname{digamma}(x)", where="x > 0")
    with pytest.raises(tj.Unsupported, match="trigamma"):
        tj.grad(tj.grad(digamma))


def test_slot_values_have_derivatives() -> None:
    k = tj.compile(SLOT)
    values = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(tj.grad(k, "D_x")(D_x=values), 1 / (3 * values), rtol=1e-15)
    assert tj.grad(k, "D_x").equation.slots == k.equation.slots


def test_a_derivative_is_kept_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    k = tj.compile(KL[0], where=KL[1])
    source = tj.grad(k, "Q").source

    def refuse(*_: Any) -> Any:
        raise AssertionError("derived again")

    monkeypatch.setattr("texjit.runtime.derive._made", refuse)
    assert tj.grad(k, "Q").source == source
