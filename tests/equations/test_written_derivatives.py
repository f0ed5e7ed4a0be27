r"""Derivatives that a document writes: what they are of and by, against NumPy and SciPy worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import texjit as tj
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.pipeline import optimize
from texjit.equations.equation import Equation, Recurrence
from texjit.equations.plain import plain
from texjit.equations.read import read_source
from texjit.equations.reading import Reading
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand
from texjit.runtime.certify import certify
from texjit.runtime.reference import Reference, decimal

Array = Any
Judge = Callable[..., Array]


def readings(text: str, where: str = "") -> tuple[Reading, ...]:
    """The readings of formulas, each a display of its own under one heading."""
    body = text if "$" in text else "\n\n".join(f"$${x.strip()}$$" for x in text.split(";;"))
    return understand(read_source(Source("d.md", f"# Chapter\n\n{body}\n")), declarations(where))


def last(text: str, where: str = "") -> Equation:
    found = readings(text, where)[-1]
    assert found.diagnostic is None, found.diagnostic
    meaning = found.meaning.step if isinstance(found.meaning, Recurrence) else found.meaning
    assert meaning is not None, found.message
    return meaning


F = r"f(x) = x^3 e^{-x}"
H = r"h(x, y) = x^2 \sin y + y^3"
G = r"G(x) = \sum_{i=1}^n x_i^4 + \left(\sum_{i=1}^n x_i\right)^2"
Q = r"A \in \mathbb{R}^{n \times n}, b \in \mathbb{R}^n"


def f1(x: Array) -> Array:
    return (3 * x**2 - x**3) * np.exp(-x)


def f2(x: Array) -> Array:
    return (6 * x - 6 * x**2 + x**3) * np.exp(-x)


def g1(x: Array) -> Array:
    return 4 * x**3 + 2 * x.sum()


def g2(x: Array) -> Array:
    return np.diag(12 * x**2) + 2


def softmax(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum()


#: Definitions and the formula, ranks of its inputs, the judge, and declarations.
ROWS: list[tuple[str, str, Judge, str]] = [
    # One variable: operators, quotients of differentials, primes
    (rf"{F};; g(x) = \frac{{d}}{{dx}} f(x)", "x", f1, ""),
    (rf"{F};; g(x) = \frac{{df}}{{dx}}", "x", f1, ""),
    (rf"{F};; g(x) = \frac{{\mathrm{{d}} f(x)}}{{\mathrm{{d}} x}}", "x", f1, ""),
    (rf"{F};; g(x) = f'(x)", "x", f1, ""),
    (rf"{F};; g(x) = f^{{\prime}}(x + 1)", "x", lambda x: f1(x + 1), ""),
    (rf"{F};; g(x) = f''(2 x)", "x", lambda x: f2(2 * x), ""),
    (rf"{F};; g(x) = f'(x)^2 + 1", "x", lambda x: f1(x) ** 2 + 1, ""),
    (rf"{F};; g(x) = f'(f(x))", "x", lambda x: f1(x**3 * np.exp(-x)), ""),
    (rf"{F};; g(x) = \frac{{d^2 f}}{{dx^2}}", "x", f2, ""),
    (rf"{F};; g(x) = \frac{{d^2}}{{dx^2}} f(x)", "x", f2, ""),
    (rf"{F};; g(x) = \frac{{d}}{{dx}} f'(x)", "x", f2, ""),
    (rf"{F};; g(x) = df/dx", "x", f1, ""),
    (rf"{F};; g(x) = \frac{{d f(2 x)}}{{dx}}", "x", lambda x: 2 * f1(2 * x), ""),
    (rf"{F};; g = \left. \frac{{df}}{{dx}} \right|_{{x=a}}", "a", lambda a: f1(a), ""),
    (rf"{F};; g = \left. \frac{{d^2 f}}{{dx^2}} \right|_{{x=a+1}}", "a", lambda a: f2(a + 1), ""),
    (r"g(x) = \frac{d}{dx} \left( x^2 \sin x \right)", "x", lambda x: 2 * x * np.sin(x) + x**2 * np.cos(x), ""),
    (r"g(x, c) = \frac{d}{dx} c x^2", "x c", lambda x, c: 2 * c * x, ""),
    (r"g(x) = 3 \frac{d}{dx} \Gamma(x)", "x", lambda x: 3 * special.gamma(x) * special.digamma(x), ""),
    (r"g(s) = \frac{d}{ds} \left( s^2 + \log s \right)", "s", lambda s: 2 * s + 1 / s, ""),
    (rf"{F};; g(x) = f'(f'(f'(f'(f'(x)))))", "x", lambda x: f1(f1(f1(f1(f1(x))))), ""),
    (rf"{F};; g(x) = f'''(x)", "x", lambda x: (6 - 18 * x + 9 * x**2 - x**3) * np.exp(-x), ""),
    (rf"{F};; g(x) = f'(x) f(x - 1)", "x", lambda x: f1(x) * (x - 1) ** 3 * np.exp(1 - x), ""),
    (rf"{F};; e(x, y) = x y;; g(x) = \frac{{d}}{{dx}} e^{{f(x)}}", "x",
     lambda x: f1(x) * np.exp(x**3 * np.exp(-x)), ""),
    # Partial derivatives of functions
    (rf"{H};; g(x, y) = \frac{{\partial h}}{{\partial x}}", "x y", lambda x, y: 2 * x * np.sin(y), ""),
    (rf"{H};; g(x, y) = \frac{{\partial h(x, y)}}{{\partial y}}", "x y", lambda x, y: x**2 * np.cos(y) + 3 * y**2, ""),
    (rf"{H};; g(x, y) = \partial_y h(x, y)", "x y", lambda x, y: x**2 * np.cos(y) + 3 * y**2, ""),
    (rf"{H};; g(a, b) = \frac{{\partial h(a, b)}}{{\partial x}}", "a b", lambda a, b: 2 * a * np.sin(b), ""),
    (rf"{H};; g(a) = \frac{{\partial h(a, a)}}{{\partial x}}", "a", lambda a: 2 * a * np.sin(a), ""),
    (rf"{H};; g(x) = \frac{{d}}{{dx}} h(x, x)", "x",
     lambda x: 2 * x * np.sin(x) + x**2 * np.cos(x) + 3 * x**2, ""),
    (rf"{H};; g(x, y) = \frac{{\partial^2 h}}{{\partial x \partial y}}", "x y", lambda x, y: 2 * x * np.cos(y), ""),
    (rf"{H};; g(x, y) = \frac{{\partial^2 h}}{{\partial y^2}}", "x y", lambda x, y: 6 * y - x**2 * np.sin(y), ""),
    (rf"{H};; g = \left. \frac{{\partial h}}{{\partial x}} \right|_{{x=2}}", "y", lambda y: 4 * np.sin(y), ""),
    (rf"{H};; g = \left. \frac{{\partial h}}{{\partial x}} \right|_{{x=2, y=1}}", "", lambda: 4 * np.sin(1.0), ""),
    (rf"{H};; g(x, y) = \nabla_x h(x, y) y", "x y", lambda x, y: 2 * x * np.sin(y) * y, ""),
    # Gradients and second derivatives by vectors
    (rf"{G};; g(x) = -\nabla G(x)", "x:n", lambda x: -g1(x), ""),
    (rf"{G};; g(x) = \nabla_x G(x)", "x:n", g1, ""),
    (rf"{G};; g_i = \frac{{\partial G}}{{\partial x_i}}", "x:n", g1, ""),
    (rf"{G};; g = \frac{{\partial G(x)}}{{\partial x_2}}", "x:n", lambda x: g1(x)[1], ""),
    (rf"{G};; g(x, v) = \nabla G(x)^\top v", "x:n v:n", lambda x, v: g1(x) @ v, ""),
    (rf"{G};; g(x) = \|\nabla G(x)\|", "x:n", lambda x: np.linalg.norm(g1(x)), ""),
    (rf"{G};; g_{{ij}} = \frac{{\partial^2 G}}{{\partial x_i \partial x_j}}", "x:n", g2, ""),
    (rf"{G};; g_{{ij}} = [\nabla^2 G(x)]_{{ij}}", "x:n", g2, ""),
    (rf"{G};; g(x) = \sum_{{i=1}}^n \frac{{\partial^2 G(x)}}{{\partial x_i^2}}", "x:n", lambda x: np.trace(g2(x)), ""),
    (rf"{G};; g(x) = x - (\nabla^2 G(x))^{{-1}} \nabla G(x)", "x:n", lambda x: x - np.linalg.solve(g2(x), g1(x)), ""),
    (r"s_i = \frac{e^{z_i}}{\sum_{k=1}^n e^{z_k}};; J_{ij} = \frac{\partial s_i}{\partial z_j}", "z:n",
     lambda z: np.diag(softmax(z)) - np.outer(softmax(z), softmax(z)), ""),
    (r"u(a) = a \sqrt{1 + \|a\|^2};; J_{ij} = \frac{\partial u_i}{\partial a_j}", "a:n",
     lambda a: np.eye(len(a)) * np.sqrt(1 + a @ a) + np.outer(a, a) / np.sqrt(1 + a @ a), ""),
    (r"g(x) = \nabla_x \left( x^\top A x + b^\top x \right)", "x:n A:n,n b:n", lambda x, A, b: (A + A.T) @ x + b, Q),
    (r"D_{ij} = \frac{\partial}{\partial W_{ij}} \sum_{k=1}^m \sum_{l=1}^n W_{kl}^3 v_l", "W:m,n v:n",
     lambda W, v: 3 * W**2 * v, ""),
    (r"L = \sum_{k=1}^m \left( b_k - \sum_{l=1}^n W_{kl} x_l \right)^2;; D = \frac{\partial L}{\partial W}",
     "W:m,n b:m x:n", lambda W, b, x: -2 * np.outer(b - W @ x, x), ""),
    # Elementwise, under sums, through other definitions
    (rf"{F};; g(z) = f'(z) \odot z + \|z\|", "z:n", lambda z: f1(z) * z + np.linalg.norm(z), ""),
    (rf"{F};; g(x) = \sum_{{i=1}}^n f'(x_i) w_i", "x:n w:n", lambda x, w: f1(x) @ w, ""),
    (rf"{F};; r(x) = f'(x);; g(x) = \sum_{{i=1}}^n r(x_i) w_i", "x:n w:n", lambda x, w: f1(x) @ w, ""),
    (rf"{F};; r(x) = f'(x);; g(x, y) = r(x) + r(y)^2 + f(x)", "x y",
     lambda x, y: f1(x) + f1(y) ** 2 + x**3 * np.exp(-x), ""),
    (rf"{F};; g(x) = \frac{{d}}{{dx}} \left( x + f(x) f'(2 x) \right)", "x",
     lambda x: 1 + f1(x) * f1(2 * x) + x**3 * np.exp(-x) * 2 * f2(2 * x), ""),
    # Physics
    (r"V(r) = \frac{1}{2} k \sum_{i=1}^n r_i^2;; F(r) = -\nabla V(r)", "r:n k", lambda r, k: -k * r, ""),
    (r"V(r) = \frac{k q}{r};; E(r) = -\frac{dV}{dr}", "r k q", lambda r, k, q: k * q / r**2, ""),
    (r"L(q, \dot q) = \frac{1}{2} m \dot q^2 - \frac{1}{2} k q^2;; p(q, \dot q) = \frac{\partial L}{\partial \dot q}",
     "q q_dot m k", lambda q, q_dot, m, k: m * q_dot + 0 * q * k, ""),
    (r"L(q, \dot q) = \frac{1}{2} m \dot q^2 - \frac{1}{2} k q^2;; Q(q, \dot q) = \frac{\partial L}{\partial q}",
     "q q_dot m k", lambda q, q_dot, m, k: -k * q + 0 * m * q_dot, ""),
    (r"T(x) = T_0 e^{-x^2};; q(x) = -\kappa \frac{dT}{dx}", "x kappa T_0",
     lambda x, kappa, T_0: 2 * kappa * T_0 * x * np.exp(-(x**2)), ""),
    (r"u(x, t) = e^{-t} \sin x;; R(x, t) = \frac{\partial u}{\partial t} - \alpha \frac{\partial^2 u}{\partial x^2}",
     "x t alpha", lambda x, t, alpha: (alpha - 1) * np.exp(-t) * np.sin(x), ""),
    (r"U(S, V) = \frac{S^2}{V};; T = \left( \frac{\partial U}{\partial S} \right)_V", "S V",
     lambda S, V: 2 * S / V, ""),
    (rf"{F};; g = \left. \frac{{df}}{{dx}} \right|_{{a}}", "a", lambda a: f1(a), ""),
    (r"Z(\beta) = \sum_{i=1}^n e^{-\beta \epsilon_i};; U = -\frac{\partial \ln Z}{\partial \beta}", "beta epsilon:n",
     lambda beta, epsilon: softmax(-beta * epsilon) @ epsilon, ""),
    (r"Z(\beta) = \sum_{i=1}^n e^{-\beta \epsilon_i};; C = k \beta^2 \frac{\partial^2 \ln Z}{\partial \beta^2}",
     "beta epsilon:n k", lambda beta, epsilon, k: k * beta**2 * (
         softmax(-beta * epsilon) @ epsilon**2 - (softmax(-beta * epsilon) @ epsilon) ** 2), ""),
    # Learning and statistics
    (r"\phi(x) = \sum_{i=1}^n x_i \log x_i;; B(x, y) = \phi(x) - \phi(y) - \nabla \phi(y)^\top (x - y)", "x:n y:n",
     lambda x, y: special.xlogy(x, x / y).sum() - x.sum() + y.sum(), ""),
    (r"\sigma(z) = \frac{1}{1 + e^{-z}};; s = \mathbb{E}_{x \sim p} [\nabla_\theta \log \sigma(\theta x)]",
     "theta x:n", lambda theta, x: np.mean(x * special.expit(-theta * x)), ""),
    (r"L = \sum_{i=1}^n (y_i - w x_i)^2;; g = \frac{dL}{dw}", "w y:n x:n", lambda w, y, x: -2 * (y - w * x) @ x, ""),
    (r"L = \sum_{i=1}^n (y_i - w x_i)^2;; g = w - \eta \nabla_w L", "w eta y:n x:n",
     lambda w, eta, y, x: w + 2 * eta * (y - w * x) @ x, ""),
    (r"p(x) = e^{-\frac{1}{2} x^\top x};; s(x) = \nabla_x \log p(x)", "x:n", lambda x: -x, ""),
    (r"L = a z + w;; z = w^2;; g = \frac{dL}{dw}", "w a", lambda w, a: 2 * a * w + 1, ""),
    (r"\ell(\mu) = \log \prod_{i=1}^n \frac{1}{\sqrt{2 \pi}} e^{-(x_i - \mu)^2 / 2};; g(\mu) = \frac{d \ell}{d \mu}",
     "mu x:n", lambda mu, x: (x - mu).sum(), ""),
    # Economics
    (r"C(q) = c_0 + c_1 q + c_2 q^3;; M(q) = C'(q)", "q c_0 c_1 c_2",
     lambda q, c_0, c_1, c_2: c_1 + 3 * c_2 * q**2 + 0 * c_0, ""),
    (r"Q(p) = 3 p^{-2} + 1;; e(p) = \frac{d \ln Q(p)}{d \ln p}", "p",
     lambda p: -6 * p**-2 / (3 * p**-2 + 1), ""),
    (r"Q(p) = 3 p^{-2} + 1;; e = \frac{d \ln Q}{d \ln p}", "p", lambda p: -6 * p**-2 / (3 * p**-2 + 1), ""),
    (r"Q(p) = 3 p^{-2} + 1;; e(p) = \frac{p}{Q(p)} \frac{dQ}{dp}", "p", lambda p: -6 * p**-2 / (3 * p**-2 + 1), ""),
    # Steps
    (rf"{F};; x_{{t+1}} = x_t - \frac{{f(x_t)}}{{f'(x_t)}}", "x", lambda x: x - x**3 * np.exp(-x) / f1(x), ""),
    (rf"{G};; \theta_{{t+1}} = \theta_t - \eta \nabla G(\theta_t)", "theta:n eta",
     lambda theta, eta: theta - eta * g1(theta), ""),
    (r"L = \sum_{i=1}^n (y_i - \theta x_i)^2;; \theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)",
     "theta eta y:n x:n", lambda theta, eta, y, x: theta + 2 * eta * (y - theta * x) @ x, ""),
    (r"L = \sum_{i=1}^n (y_i - w x_i)^2;; w_{t+1} = w_t - \eta \nabla_w L", "w eta y:n x:n",
     lambda w, eta, y, x: w + 2 * eta * (y - w * x) @ x, ""),
]  # fmt: skip

EXTENTS = {"m": 4, "n": 3}


def inputs(named: str, seed: int = 5) -> dict[str, Array]:
    """Positive numbers for ``x`` and arrays for ``x:n``; all extents differ."""
    rng = np.random.default_rng(seed)
    out = {}
    for word in named.split():
        name, _, axes = word.partition(":")
        out[name] = rng.uniform(0.5, 1.5, [EXTENTS[a] for a in axes.split(",")] if axes else None)
    return out


@pytest.mark.parametrize(("text", "named", "judge", "where"), ROWS, ids=[row[0].split(";;")[-1][:60] for row in ROWS])
def test_a_written_derivative_has_its_value(text: str, named: str, judge: Judge, where: str) -> None:
    equation, given = last(text, where), inputs(named)
    assert {p.name for p in equation.parameters} <= {*given}
    want = judge(**given)
    point = {p.name: given[p.name] for p in equation.parameters}
    (exact,) = Reference(equation).evaluate(point, 120).values()
    found = np.array([float(decimal(b, 25)) for b in exact.flat]).reshape(exact.shape)
    np.testing.assert_allclose(found, want, rtol=1e-12)
    (value,) = interpret(optimize(freeze(equation)), point).values()
    np.testing.assert_allclose(value, want, rtol=1e-11)


#: What is refused: the text, the code, and a part of what is said to write instead.
REFUSED = [
    (rf"{H};; g(x, y) = \nabla h(x, y)", "E174", r"\nabla_{x} h"),
    (r"L = a w + b;; g = \nabla L", "E174", r"\nabla_{a} L"),
    (r"g(x) = \nabla (x^2 y)", "E174", r"\nabla_{x}"),
    (rf"{G};; g(x) = \nabla^2 G(x)", "E174", r"\frac{\partial^2 G \left( x \right)}{\partial x_i \partial x_j}"),
    (r"g(x) = \frac{d}{dx} x^2 \sin x", "E174", r"\left( x^{2} \sin x \right)"),
    (rf"{F};; g(x) = \frac{{d}}{{dx}} f(x) \cdot f(x)", "E174", "\\left("),
    (rf"{F};; g(x) = \frac{{\partial f(2 x)}}{{\partial x}}", "E174", r"\frac{d}{dx}"),
    (rf"{H};; g(x, y) = \frac{{\partial h(x, 2 x)}}{{\partial x}}", "E174", r"\frac{d}{dx}"),
    (r"L = a z + w;; z = w^2;; g = \frac{\partial L}{\partial w}", "E174", r"\frac{d L}{d w}"),
    (r"u(a) = a \|a\|;; J = \frac{\partial u}{\partial a}", "E174", "J_{ij}"),
    (rf"{G};; g(x) = \nabla_x G(x)^2", "E174", "\\left("),
    (rf"{F};; g(x) = \frac{{df}}{{dx}} (2 x)", "E174", r"\right|_{x = 2 x}"),
    (rf"{F};; g(x) = f'^2(x)", "E138", "f'"),
    (rf"{F};; g = \frac{{df}}{{dt}}", "E173", "t"),
    (r"g(x) = f'(x + 1)", "E132", r"f' \cdot (…)"),
    (r"g(x) = \frac{d}{dx} (a + b)", "E173", "x"),
    (r"g(x) = \frac{dy}{dx}", "E190", "f(x) = …"),
    (r"g(x) = \frac{\partial L}{\partial x}", "E190", "f(x) = …"),
    (r"g(x) = \frac{\partial}{\partial x} \left( x^2 + D(x) \right)", "E190", "define D"),
    (r"g(x) = \nabla^3 D(x)", "E190", ""),
    (r"L = a z + w;; z = w^2;; g = \frac{dL}{dz}", "E190", "f(z) = …"),
    (r"g(x) = \nabla^2 D(x)", "E190", ""),
    (rf"{F};; g(x) = \frac{{d^4 f}}{{dx^4}}", "E190", ""),
    (rf"{F};; r(x) = f''(x);; g(x) = r''(x)", "E190", "closed form"),
    (r"g(x) = " + r"\frac{d}{dx} " * 40 + r"\sin x", "E190", "closed form"),
    (r"g(x, y) = \nabla_x D(x, y)", "E190", ""),
    (r"g(x) = \nabla_x x^2 \sin x", "E174", r"\nabla_{x} \left( x^{2} \sin x \right)"),
    (r"g(W) = \frac{\partial}{\partial W_{ij}} \sum_{k=1}^m \sum_{l=1}^n W_{kl}^2", "E112", "left-hand side"),
    (r"S(n) = \sum_{i=1}^n i^2;; g(n) = \frac{dS}{dn}", "E190", "any number"),
    (r"$d = |u - v|$ $$f(x) = x^2$$ $$g(x) = \frac{df}{dx}$$", "E190", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "cure"), REFUSED, ids=[row[0].split(";;")[-1][:60] for row in REFUSED])
def test_what_is_open_or_unknown_is_refused(text: str, code: str, cure: str) -> None:
    found = readings(text)[-1]
    assert found.meaning is None and found.diagnostic is not None
    assert found.diagnostic.code == code, found.diagnostic.message
    assert found.diagnostic.help and cure in found.diagnostic.help


#: A refused formula, and the cures that are offered for it: each is read, and they differ.
CURES = [
    (rf"{F};; g(x) = \frac{{df}}{{dx}} (2 x)", [
        (rf"{F};; g(x) = \left. \frac{{d f}}{{d x}} \right|_{{x = 2 x}}", lambda x: f1(2 * x)),
        (rf"{F};; g(x) = \frac{{d f}}{{d x}} \cdot \left( 2 x \right)", lambda x: f1(x) * 2 * x),
    ]),
    (r"g(x) = \frac{d}{dx} x^2 \sin x", [
        (r"g(x) = \frac{d}{dx} \left( x^{2} \sin x \right)", lambda x: 2 * x * np.sin(x) + x**2 * np.cos(x)),
        (r"g(x) = \left( \frac{d}{dx} x^{2} \right) \sin x", lambda x: 2 * x * np.sin(x)),
    ]),
    (rf"{H};; g(x) = \frac{{\partial h(x, 2 x)}}{{\partial x}}", [
        (rf"{H};; g(x) = \frac{{d}}{{dx}} \left( h \left( x, 2 x \right) \right)",
         lambda x: 2 * x * np.sin(2 * x) + 2 * x**2 * np.cos(2 * x) + 24 * x**2),
        (rf"{H};; k(x, y) = \frac{{\partial h}}{{\partial x}};; g(x) = k(x, 2 x)", lambda x: 2 * x * np.sin(2 * x)),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cures"), CURES, ids=["bracket", "end", "argument"])
def test_both_readings_can_be_written(text: str, cures: list[tuple[str, Judge]]) -> None:
    assert readings(text)[-1].meaning is None
    for cure, judge in cures:
        (value,) = interpret(freeze(last(cure)), {"x": np.float64(0.75)}).values()
        np.testing.assert_allclose(value, judge(0.75), rtol=1e-13)


def test_what_no_formula_defines_stays_with_the_caller() -> None:
    (found,) = readings(r"\theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)")
    assert isinstance(found.meaning, Recurrence)
    assert [(s.slot, s.kind) for s in found.meaning.step.slots] == [("L", "gradient")]
    assert [s.slot for s in last(r"g(x) = D'(x)").slots] == ["D_prime"]
    assert {p.name for p in last(r"g(x) = x + \dot{x}").parameters} == {"x", "x_dot"}
    # A formula of f' of its own is what f' means.
    assert not any("derivative" in x for x in last(rf"{F};; f'(x) = 2 x;; g(x) = f'(x)").assumptions)


def test_a_bare_name_is_the_function_of_its_own_section() -> None:
    text = "# A\n\n$$f(x) = x^2$$\n\n# B\n\n$$g(x) = \\frac{d}{dx} \\left( f x^2 \\right)$$\n"
    other = understand(read_source(Source("d.md", text)))[-1].meaning
    assert isinstance(other, Equation) and {p.name for p in other.parameters} == {"x", "f"}
    own = last(r"f(x) = x^2;; g(x) = \frac{d}{dx} \left( f x^2 \right)")
    assert {p.name for p in own.parameters} == {"x"} and any("without a bracket" in x for x in own.assumptions)


def test_readings_are_told_and_shown() -> None:
    equation = last(rf"{F};; g(x) = f'(x)")
    assert "f_prime is the derivative of f" in equation.assumptions
    assert plain(equation.lets[-1].body) == "∂f/∂x_at"
    equation = last(rf"{G};; g_i = \frac{{\partial G}}{{\partial x_i}}")
    assert plain(equation.lets[-1].body).startswith("∂G/∂x_at[")
    # A condition on the copy is one on the letter.
    (p,) = last(r"g(s) = \frac{d}{ds} \left( s + \log s \right)").parameters
    assert (p.name, p.domain.lo) == ("s", 0)


#: Formulas whose kernels are certified against the exact derivative.
CERTIFIED = [
    rf"{F};; g(x) = f''(x)",
    rf"{H};; g(x, y) = \frac{{\partial^2 h}}{{\partial x \partial y}}",
    rf"{G};; g(x) = -\nabla G(x)",
    rf"{G};; g_{{ij}} = \frac{{\partial^2 G}}{{\partial x_i \partial x_j}}",
    r"V(r) = \frac{k q}{r};; E(r) = -\frac{dV}{dr}",
    r"s_i = \frac{e^{z_i}}{\sum_{k=1}^n e^{z_k}};; J_{ij} = \frac{\partial s_i}{\partial z_j}",
    rf"{F};; g(x) = \sum_{{i=1}}^n f'(x_i) w_i",
    r"p(x) = e^{-\frac{1}{2} x^\top x};; s(x) = \nabla_x \log p(x)",
    r"Q(p) = 3 p^{-2} + 1;; e(p) = \frac{d \ln Q(p)}{d \ln p}",
]  # fmt: skip


@pytest.mark.parametrize("text", CERTIFIED, ids=[x.split(";;")[-1][:60] for x in CERTIFIED])
def test_kernels_of_written_derivatives_are_certified(text: str) -> None:
    equation = last(text)
    program = optimize(freeze(equation))
    for dtype in ("float64", "float32"):
        found = certify(equation, lambda point: interpret(program, point), dtype=dtype, count=100)
        assert found.verdict == "verified", (dtype, found)


def test_a_wrong_derivative_is_found() -> None:
    """The judge does not take the compiler's word: the kernel of another formula is refuted."""
    right, wrong = last(rf"{F};; g(x) = f'(x)"), last(rf"{F};; g(x) = f'(x) + x^2 e^{{-x}}")
    program = optimize(freeze(wrong))
    assert certify(right, lambda point: interpret(program, point), count=50).verdict == "miscompiled"


def test_derivatives_of_what_holds_a_derivative() -> None:
    text = rf"$${F}$$ $$g(x, w) = \sum_{{i=1}}^n w_i f'(x_i)$$"
    kernel = tj.compile(text)["g"]
    x, w = np.array([0.5, 1.25, 0.75]), np.array([1.0, -2.0, 0.5])
    by_x, by_w = tj.grad(kernel, wrt=("x", "w"))(x=x, w=w)
    np.testing.assert_allclose(by_x, w * f2(x), rtol=1e-13)
    np.testing.assert_allclose(by_w, f1(x), rtol=1e-13)
    np.testing.assert_allclose(kernel(x=x, w=w), w @ f1(x), rtol=1e-13)


def test_a_function_without_a_rule_is_told_by_the_compiler() -> None:
    with pytest.raises(tj.Unsupported, match="E320"):
        tj.compile(r"g(x) = \frac{d}{dx} \operatorname{trigamma}(x)")
