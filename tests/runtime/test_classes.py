"""Suprema over classes of functions: against brute force, and the discrepancy of a kernel by NumPy."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import DomainError
from texjit.runtime.classes import UnitBall
from texjit.runtime.slots import SlotError

compiled = functools.cache(tj.compile)

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(5, 3)) + 0.5

LETTERS = {
    "as written": (r"D(\mathcal{F}, X, Y) := \sup_{f \in \mathcal{F}} \left(\frac{1}{m}\sum_{i=1}^{m} f(x_i) - "
                   r"\frac{1}{n}\sum_{j=1}^{n} f(y_j)\right)"),
    "renamed": (r"\delta(H, U, V) = \sup_{h \in H} \Big[ \frac{1}{a}\sum_{s=1}^{a} h(u_s) - "
                r"\frac{1}{b}\sum_{r=1}^{b} h(v_r) \Big]"),
    "in order": (r"D(H, A, B) = \sup_{h \in H} (\frac1a\sum_{l=1}^a h(u_l) - \frac1b\sum_{m=1}^b h(w_m))"),
    "small letters": (r"D(\mathcal{G}, x, y) = \max_{g \in \mathcal{G}} (\frac{1}{p} \sum_{i=1}^p g(x_i) - "
                      r"\frac{1}{q} \sum_{i=1}^q g(y_i))"),
    "means": r"D(F, P, Q) = \sup_{f \in F} (\mathbb{E}_{x \sim P}[f(x)] - \mathbb{E}_{y \sim Q}[f(y)])",
}
FUNCTIONS = [lambda z: z[:, 0], lambda z: -z.sum(axis=1), lambda z: np.sin(z[:, 1]), lambda z: np.ones(len(z))]


def gauss(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.exp(-((x - y) ** 2).sum(axis=-1) / 2)


def mean_square(k: object, x: np.ndarray, y: np.ndarray) -> float:
    """The V-statistic of the kernel discrepancy."""
    def mean(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean(k(a[:, None], b[None, :])))  # type: ignore[operator]

    return mean(x, x) - 2 * mean(x, y) + mean(y, y)


def call(k: tj.Kernel, functions: object) -> float:
    """With the class wherever the formula takes it."""
    data = {name: value for name, value in zip([p for p in k.parameters if p not in classes(k)], (X, Y), strict=True)}
    return float(k(**{classes(k)[0]: functions}, **data))


def classes(k: tj.Kernel) -> list[str]:
    return [u.slot for u in k.card.uses if u.kind == "member"][:1]


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_a_finite_class_is_searched(text: str) -> None:
    k = compiled(text)
    best = max(f(X).mean() - f(Y).mean() for f in FUNCTIONS)
    assert call(k, FUNCTIONS) == pytest.approx(best, rel=1e-14)
    assert call(k, FUNCTIONS[2:]) == pytest.approx(max(np.sin(X[:, 1]).mean() - np.sin(Y[:, 1]).mean(), 0.0))


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_a_ball_has_a_closed_form(text: str) -> None:
    k = compiled(text)
    assert call(k, UnitBall(gauss)) == pytest.approx(np.sqrt(mean_square(gauss, X, Y)), rel=1e-13)


def test_values_are_taken_instead_of_functions() -> None:
    k = compiled(LETTERS["as written"])
    assert k.signature == "(F,m),(F,n)->()" and k.parameters == ("F", "X", "Y")
    f_x, f_y = (np.stack([f(z) for f in FUNCTIONS]) for z in (X, Y))
    assert k(f_x=f_x, f_y=f_y) == k(FUNCTIONS, X, Y)
    assert tj.verify(k).verdict == "verified"
    slope = tj.grad(k, wrt="f_x")(f_x=f_x, f_y=f_y)
    best = int(np.argmax(f_x.mean(axis=1) - f_y.mean(axis=1)))
    assert np.array_equal(slope, np.eye(4)[best][:, None] * np.full(7, 1 / 7))


def test_a_compiled_kernel_makes_a_ball() -> None:
    k = compiled(LETTERS["as written"])
    rbf = compiled(r"k(x, y) = \exp(-\|x - y\|^2 / 2)", where="x, y in R^d")
    assert k(tj.UnitBall(rbf), X, Y) == pytest.approx(np.sqrt(mean_square(gauss, X, Y)), rel=1e-13)
    squared = compiled(r"\text{MMD}^2 = \mathbb{E}[k(x,x')] - 2\mathbb{E}[k(x,y)] + \mathbb{E}[k(y,y')]")
    assert k(tj.UnitBall(rbf), X, Y) == pytest.approx(np.sqrt(squared(k=gauss, x=X, y=Y)), rel=1e-12)
    numbers = k(tj.UnitBall(lambda a, b: a * b), X[:, 0], Y[:, 0])
    assert numbers == pytest.approx(abs(X[:, 0].mean() - Y[:, 0].mean()), rel=1e-12)


def test_no_function_of_the_ball_exceeds_its_supremum() -> None:
    k = compiled(LETTERS["as written"])
    best = k(UnitBall(gauss), X, Y)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        c, z = rng.normal(size=4), rng.normal(size=(4, 3))
        norm = np.sqrt(c @ gauss(z[:, None], z[None]) @ c)
        assert k([lambda x, c=c, z=z, norm=norm: gauss(x[:, None], z[None]) @ c / norm], X, Y) <= best * (1 + 1e-12)


def test_other_linear_functionals_and_infima() -> None:
    w = RNG.normal(size=7)
    k = compiled(r"R(F, X, w) = 3 \inf_{f \in F} \sum_{i=1}^n w_i f(x_i) + 1")
    gram = gauss(X[:, None], X[None])
    assert k(UnitBall(gauss), X, w) == pytest.approx(1 - 3 * np.sqrt(w @ gram @ w), rel=1e-13)
    assert k(FUNCTIONS, X, w) == pytest.approx(1 + 3 * min(w @ f(X) for f in FUNCTIONS), rel=1e-13)


def test_what_is_no_class_is_refused() -> None:
    k = compiled(LETTERS["as written"])
    with pytest.raises(TypeError, match="list of functions or a UnitBall for F"):
        k(FUNCTIONS[0], X, Y)
    with pytest.raises(TypeError, match="at least one function in F"):
        k([], X, Y)
    with pytest.raises(SlotError, match=r"F gave shape \(3,\), expected \(7,\)"):
        k([lambda z: z.mean(axis=0)], X, Y)
    with pytest.raises(DomainError, match="no positive semidefinite kernel"):
        k(UnitBall(lambda a, b: -gauss(a, b)), X, Y)
    with pytest.raises(SlotError, match=r"shape \(\), expected \(7, 7\)"):
        k(UnitBall(lambda a, b: 1.0), X, Y)
    square = compiled(r"R(F, X) = \sup_{f \in F} \frac{1}{m}\sum_{i=1}^{m} f(x_i)^2")
    assert square(FUNCTIONS, X) == pytest.approx(max(np.mean(f(X) ** 2) for f in FUNCTIONS), rel=1e-13)
    with pytest.raises(tj.Unsupported, match=r"E380.*not linear in the function"):
        square(UnitBall(gauss), X)
    pairs = compiled(r"R(F, X) = \sup_{f \in F} \frac{1}{m}\sum_{i=1}^{m} f(x_i, x_i)")
    with pytest.raises(tj.Unsupported, match=r"E381.*takes one point"):
        pairs(UnitBall(gauss), X)
    two = compiled(r"R(F, X) = \sup_{f \in F} \sum_{i=1}^{m} f(x_i) - \inf_{f \in F} \sum_{i=1}^{m} f(x_i)")
    sums = [f(X).sum() for f in FUNCTIONS]
    assert two(FUNCTIONS, X) == pytest.approx(max(sums) - min(sums), rel=1e-13)
    with pytest.raises(tj.Unsupported, match="E381"):
        two(UnitBall(gauss), X)
    with pytest.raises(TypeError, match="function"):
        UnitBall(3.0)


@pytest.mark.parametrize(("text", "expected"), [
    (r"V(a) = \sup_{k \in S} a_k", np.max), (r"V(a) = \inf_{1 \le i \le n} a_i", np.min),
    (r"V(a) = \sup_{i} a_i^2", lambda a: np.max(a**2)), (r"V(a) = \inf_{i=2}^{n} a_i", lambda a: np.min(a[1:])),
])
def test_indices_have_a_largest_value(text: str, expected: object) -> None:
    a = RNG.normal(size=9)
    k = compiled(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = {"a": a, **({"n": 9} if "n" in k.parameters else {})}
        assert k(**given) == expected(a)  # type: ignore[operator]
