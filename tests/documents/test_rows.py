"""Rows of the foundations document against independent implementations, in both editions."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import ot
import pytest
from scipy import special
from scipy.spatial import distance
from scipy.stats import wasserstein_distance

import texjit as tj
from texjit.compiler.loopfacts import allocs
from texjit.compiler.lower import lower
from texjit.runtime.call import DomainError, ShapeError
from texjit.runtime.overload import Overload

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator, int], Any]


def simplex(rng: np.random.Generator, n: int) -> Array:
    return rng.dirichlet(np.ones(n + 2))


def spd(rng: np.random.Generator, n: int) -> Array:
    a = rng.normal(size=(n + 2, n + 2))
    return a @ a.T + np.eye(n + 2)


def vector(shift: int = 2) -> Draw:
    return lambda rng, n: rng.normal(size=n + shift)


def matrix(rows: int, columns: int) -> Draw:
    return lambda rng, n: rng.normal(size=(n + rows, n + columns))


def uniform(lo: float, hi: float, shift: int | None = None) -> Draw:
    return lambda rng, n: rng.uniform(lo, hi, () if shift is None else n + shift)


def number(rng: np.random.Generator, n: int) -> Array:
    return rng.normal(size=())


def bernoulli(rng: np.random.Generator, n: int) -> Array:
    return rng.integers(0, 2, n + 2).astype(float)


def one_hot(rng: np.random.Generator, n: int) -> Array:
    return np.eye(n + 2)[rng.integers(n + 2)]


def step(rng: np.random.Generator, n: int) -> Array:
    return rng.integers(1, n + 3)


def count(rng: np.random.Generator, n: int) -> Array:
    return np.asarray(float(rng.integers(1, n + 3)))


def softmax(z: Array) -> Array:
    return special.softmax(z, axis=-1)


def layer_norm(x: Array, gamma: Array, epsilon: float, beta: Array) -> Array:
    return gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta


def noised(beta: Array, t: int, x_0: float, epsilon: float) -> float:
    a = np.prod(1 - beta[: int(t)])
    return np.sqrt(a) * x_0 + np.sqrt(1 - a) * epsilon


@dataclass(frozen=True)
class Case:
    """A row: its kernel, how to draw each parameter in order, and who judges."""

    row: int
    name: str
    judge: Callable[..., Any]
    draws: dict[str, Draw]


CASES = (
    Case(1, "KL", lambda P, Q: special.rel_entr(P, Q).sum(), {"P": simplex, "Q": simplex}),
    Case(6, "JS", lambda P, Q: (special.rel_entr(P, (P + Q) / 2) + special.rel_entr(Q, (P + Q) / 2)).sum() / 2,
         {"P": simplex, "Q": simplex}),
    Case(13, "D_M", lambda x, y, Sigma: distance.mahalanobis(x, y, np.linalg.inv(Sigma)),
         {"x": vector(), "y": vector(), "Sigma": spd}),
    Case(19, "z", lambda mu, sigma, epsilon: mu + sigma * epsilon,
         {"mu": number, "sigma": number, "epsilon": number}),
    Case(22, "x_t", noised, {"beta": uniform(0.01, 0.3, 2), "t": step, "x_0": number, "epsilon": number}),
    Case(23, "alpha", lambda beta: 1 - beta, {"beta": uniform(0.01, 0.3, 2)}),
    Case(24, "alpha_bar", lambda beta: np.cumprod(1 - beta), {"beta": uniform(0.01, 0.3, 2)}),
    Case(28, "L_BCE", lambda y, y_hat: -(special.xlogy(y, y_hat) + special.xlog1py(1 - y, -y_hat)).mean(),
         {"y": bernoulli, "y_hat": uniform(0.01, 0.99, 2)}),
    Case(29, "L_CE", lambda y, y_hat: -special.xlogy(y, y_hat).sum(), {"y": one_hot, "y_hat": simplex}),
    Case(30, "L_MSE", lambda y, y_hat: np.mean((y - y_hat) ** 2), {"y": vector(), "y_hat": vector()}),
    Case(31, "FL", lambda p_t, alpha_t, gamma: -alpha_t * (1 - p_t) ** gamma * np.log(p_t),
         {"p_t": uniform(0.05, 0.95), "alpha_t": uniform(0.1, 0.9), "gamma": uniform(0.5, 3)}),
    Case(35, "m_hat", lambda m, beta_1, t: m / (1 - beta_1**t),
         {"m": number, "beta_1": uniform(0.5, 0.9), "t": count}),
    Case(37, "softmax", softmax, {"z": vector()}),
    Case(38, "Attention", lambda Q, K, V: softmax(Q @ K.T / np.sqrt(Q.shape[-1])) @ V,
         {"Q": matrix(1, 2), "K": matrix(4, 2), "V": matrix(4, 3)}),
    Case(39, "LayerNorm", layer_norm,
         {"x": vector(), "gamma": vector(), "epsilon": uniform(0.01, 0.1), "beta": vector()}),
    Case(40, "mu", lambda x: x.mean(), {"x": vector()}),
    Case(41, "sigma_squared", lambda x: x.var(), {"x": vector()}),
)  # fmt: skip

by_name = pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])

#: Both sides round; the judges use the plain formulas.
RTOL = {"float64": 1e-12, "float32": 1e-5}


def close(found: Any, expected: Any, dtype: str = "float64", scale: float = 1.0) -> None:
    np.testing.assert_allclose(np.asarray(found, np.float64), expected, RTOL[dtype] * scale, RTOL[dtype] * scale)


def drawn(case: Case, rng: np.random.Generator, n: int, leads: tuple[tuple[int, ...], ...], dtype: str) -> list[Array]:
    """Arguments whose cores are drawn anew at each leading position."""
    out = []
    for k, draw in enumerate(case.draws.values()):
        lead = leads[k % len(leads)]
        cores = [np.asarray(draw(rng, n)) for _ in range(int(np.prod(lead)))]
        a = np.stack(cores).reshape(lead + cores[0].shape)
        out.append(a if a.dtype.kind == "i" else a.astype(dtype))
    return out


def cores(case: Case, arguments: list[Array], lead: tuple[int, ...], rng: np.random.Generator, n: int) -> Any:
    """The judge at every leading position."""
    ranks = [np.asarray(draw(np.random.default_rng(0), n)).ndim for draw in case.draws.values()]
    spread = [np.broadcast_to(a, lead + a.shape[a.ndim - r :]) for a, r in zip(arguments, ranks, strict=True)]
    wide = [a if a.dtype.kind == "i" else a.astype(np.float64) for a in spread]
    results = [case.judge(*(a[at] for a in wide)) for at in np.ndindex(lead)]
    return np.stack(results).reshape(lead + np.shape(results[0]))


@by_name
def test_the_parameters_are_in_order(library: tj.Library, case: Case) -> None:
    kernel = library[case.name]
    kernel = kernel.kernels[0] if isinstance(kernel, Overload) else kernel  # of KL, the sum
    assert kernel.parameters == tuple(case.draws)
    assert tuple(inspect.signature(case.judge).parameters) in (tuple(case.draws), ("z",), ("beta",), ("x",))


@by_name
@pytest.mark.parametrize("dtype", ("float64", "float32"))
def test_single_points_agree(library: tj.Library, case: Case, dtype: str) -> None:
    kernel, rng = library[case.name], np.random.default_rng(case.row)
    for n in (1, 2, 3, 9):
        arguments = drawn(case, rng, n, ((),), dtype)
        found = kernel(*arguments)
        assert found.dtype == dtype
        expected = cores(case, arguments, (), rng, n)
        assert np.shape(found) == expected.shape
        close(found, expected, dtype)
        # Not bit by bit: LLVM runs the vector or the scalar form of a loop by where scratch arrays happen to lie.
        named = kernel(**dict(zip(case.draws, arguments, strict=True)))
        # The last bit of a term is more than that of a sum in which terms cancel.
        scale = float(np.abs(found).max())
        np.testing.assert_allclose(named, found, rtol=1e-6 if dtype == "float32" else 1e-14,
                                   atol=4 * np.finfo(dtype).eps * scale)


@by_name
def test_leading_axes_broadcast(library: tj.Library, case: Case) -> None:
    kernel, rng = library[case.name], np.random.default_rng(case.row)
    leads = ((3, 1), (4,))
    lead = (3, 4) if len(case.draws) > 1 else (3, 1)
    for dtype in ("float64", "float32"):
        arguments = drawn(case, rng, 3, leads, dtype)
        found = kernel(*arguments)
        assert found.dtype == dtype
        close(found, cores(case, arguments, lead, rng, 3), dtype)


# Conventions and corners, row by row.


def test_row_1_zeros_follow_the_conventions(library: tj.Library) -> None:
    P, Q = np.array([0, 0, 0.5, 0.5]), np.array([0, 0.25, 0.25, 0.5])
    assert library.KL(P, Q) == special.rel_entr(P, Q).sum()
    assert library.KL(Q, P) == np.inf
    assert library.KL(P, P) == 0


def test_row_6_agrees_with_scipy(library: tj.Library) -> None:
    rng = np.random.default_rng(6)
    for n in (2, 5, 30):
        P, Q = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n))
        close(library.JS(P, Q), distance.jensenshannon(P, Q) ** 2)


def test_row_6_of_disjoint_supports_is_log_2(library: tj.Library) -> None:
    assert library.JS([0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75]) == np.log(2)
    assert library.JS([1.0, 0], [1.0, 0]) == 0


def test_row_6_is_accurate_near_equality(library: tj.Library) -> None:
    """JS ≈ Σ δ²/(8P) where Q = P + δ; the next terms are of relative size δ."""
    P, delta = np.array([0.2, 0.3, 0.5]), np.array([1e-8, -3e-8, 2e-8])
    Q = P + delta
    np.testing.assert_allclose(library.JS(P, Q), ((Q - P) ** 2 / (8 * P)).sum(), rtol=1e-6)


def rbf(x: Array, y: Array) -> Array:
    return np.exp(-((x - y) ** 2).sum(-1))


def mmd(x: Array, y: Array) -> float:
    def mean(a: Array, b: Array) -> float:
        return float(np.mean(rbf(a[:, None], b[None])))

    return mean(x, x) - 2 * mean(x, y) + mean(y, y)


@pytest.mark.parametrize("sizes", ((1, 1, 2), (6, 4, 3), (5, 9, 1)))
def test_rows_8_to_10_carry_masses(library: tj.Library, sizes: tuple[int, int, int]) -> None:
    n, m, d = sizes
    rng = np.random.default_rng(8)
    x, y, a = rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 1, simplex(rng, n - 2) if n > 1 else np.ones(1)
    costs = np.linalg.norm(x[:, None] - y, axis=-1)
    close(library.W_1(x, y), ot.emd2([], [], costs))
    close(library.W_p(P=x, Q=y, p=2), np.sqrt(ot.emd2([], [], costs**2)))
    close(library.W_p(tj.Empirical(x, a), y, 3.0), ot.emd2(a, np.full(m, 1 / m), costs**3) ** (1 / 3))
    assert library.W_p(x, y, 1) == library.W_1(x, y)
    close(library.W_1(x[:, 0], y[:, 0]), wasserstein_distance(x[:, 0], y[:, 0]))


@pytest.mark.parametrize("sizes", ((1, 1, 2), (6, 4, 3), (5, 9, 1)))
def test_row_11_takes_classes(library: tj.Library, sizes: tuple[int, int, int]) -> None:
    n, m, d = sizes
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 1
    functions = [lambda z: z[:, 0], lambda z: -z.sum(axis=1), lambda z: np.cos(z).prod(axis=1)]
    close(library.MMD(functions, x, y), max(f(x).mean() - f(y).mean() for f in functions))
    close(library.MMD(F=tj.UnitBall(rbf), X=x, Y=y), np.sqrt(mmd(x, y)))


@pytest.mark.parametrize("sizes", ((1, 1, 2), (6, 4, 3), (5, 9, 1)))
def test_row_12_takes_a_function(library: tj.Library, sizes: tuple[int, int, int]) -> None:
    n, m, d = sizes
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 1
    kernel = library.MMD_squared
    assert kernel.parameters == ("k", "x", "y")
    close(kernel(rbf, x, y), mmd(x, y))
    close(kernel(k=rbf, x=x, y=y), mmd(x, y))


def test_row_12_takes_values(library: tj.Library) -> None:
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    values = {"k_x_x_prime": rbf(x[:, None], x), "k_x_y": rbf(x[:, None], y), "k_y_y_prime": rbf(y[:, None], y)}
    close(library.MMD_squared(**values), mmd(x, y))
    with pytest.raises(ShapeError, match="n_y"):
        library.MMD_squared(**{**values, "k_x_y": np.ones((6, 5))})


def test_row_12_with_a_declared_kernel_stores_no_pairs() -> None:
    text = r"""
The kernel, for $x, y \in \mathbb{R}^d$:

$$k(x, y) = \exp(-\|x-y\|^2)$$

$$
\text{MMD}^2 = \mathbb{E}[k(x,x')] - 2\mathbb{E}[k(x,y)] + \mathbb{E}[k(y,y')]
$$
"""
    library = tj.compile(text)
    assert not library.failures, library.failures[0].rendered
    kernel = library.MMD_squared
    stored = allocs(lower(kernel.program))
    assert all(len(axes) < 2 or ("n_x" not in axes and "n_y" not in axes) for axes in stored.values()), stored
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    close(kernel(x=x, y=y), mmd(x, y))


def test_row_13_refuses_a_matrix_that_is_not_positive_definite(library: tj.Library) -> None:
    with pytest.raises(DomainError, match="D_M: a matrix is not symmetric positive definite"):
        library.D_M([1.0, 2.0], [0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(ShapeError, match="axis d has size 2 in x and 3 in y"):
        library.D_M(np.ones(2), np.ones(3), np.eye(2))


def test_row_13_never_inverts(library: tj.Library) -> None:
    """Cholesky keeps about κ·eps where an inverse would lose κ²·eps."""
    n = 8
    hilbert = 1 / (np.arange(n)[:, None] + np.arange(n) + 1)
    x = hilbert @ np.ones(n)
    np.testing.assert_allclose(library.D_M(x, np.zeros(n), hilbert), np.sqrt(hilbert.sum()), rtol=1e-5)


def sigmoid(a: Array) -> Array:
    return special.expit(a)


def test_rows_14_and_16_take_networks(library: tj.Library) -> None:
    rng = np.random.default_rng(14)
    w, g = rng.normal(size=3), rng.normal(size=(2, 3))
    x, z = rng.normal(size=(7, 3)), rng.normal(size=(5, 2))

    def D(a: Array) -> Array:
        return sigmoid(a @ w)

    def G(a: Array) -> Array:
        return a @ g

    value = np.log(D(x)).mean() + np.log1p(-D(G(z))).mean()
    assert library.V.parameters == ("D", "G", "x", "z")
    assert library.V.roles == {"G": "minimises", "D": "maximises"}
    close(library.V(D, G, x, z), value)
    close(library.V(z=z, x=x, G=G, D=D), value)
    close(library.V(D_x=D(x), D_G_z=D(G(z))), value)
    assert library.L_G.parameters == ("D", "G", "z")
    close(library.L_G(D, G, z), -np.log(D(G(z))).mean())


def test_row_15_is_a_ratio_of_densities(library: tj.Library) -> None:
    def p(x: Array) -> Array:
        return np.exp(-x * x)

    def q(x: Array) -> Array:
        return np.exp(-abs(x))

    x = np.linspace(-2, 2, 7)
    assert library.D_star.parameters == ("x", "p_data", "p_g")
    close(library.D_star(x, p, q), p(x) / (p(x) + q(x)))
    close(library.D_star(p_data_x=0.3, p_g_x=0.1), 0.75)


def test_row_22_can_be_given_its_coefficient(library: tj.Library) -> None:
    rng = np.random.default_rng(22)
    x_0, epsilon, a = rng.normal(size=(3, 1)), rng.normal(size=4), 0.3
    found = library.x_t(alpha_bar_t=a, x_0=x_0, epsilon=epsilon)
    close(found, np.sqrt(a) * x_0 + np.sqrt(1 - a) * epsilon)
    with pytest.raises(DomainError, match="index"):
        library.x_t(np.full(4, 0.1), 5, 1.0, 0.0)
    with pytest.raises(DomainError, match="index"):
        library.x_t(np.full(4, 0.1), 0, 1.0, 0.0)


def test_row_22_keeps_tiny_noise(library: tj.Library) -> None:
    """1 - Π(1-β) ≈ Σβ where 1 - cumprod has no digit left."""
    beta = np.full(3, 1e-17)
    close(library.x_t(beta, 3, 0.0, 1.0) / np.sqrt(3e-17), 1)


@pytest.mark.parametrize("t", (1, 2, 999))
def test_row_24_of_long_schedules(library: tj.Library, t: int) -> None:
    beta = np.linspace(1e-4, 0.02, 1000)
    close(library.alpha_bar(beta)[t], np.cumprod(1 - beta)[t])


def test_row_28_at_certain_predictions(library: tj.Library) -> None:
    assert library.L_BCE([1.0, 0.0], [1.0, 0.0]) == 0
    assert library.L_BCE([1.0, 0.0], [0.0, 0.0]) == np.inf
    close(library.L_BCE([1.0, 0.0], [0.5, 1e-300]), np.log(2) / 2)


def test_row_31_at_the_ends(library: tj.Library) -> None:
    assert library.FL(0.0, 0.25, 2.0) == np.inf
    assert library.FL(1.0, 0.25, 2.0) == 0
    assert library.FL(1.0, 0.25, 0.5) == 0
    p = 1 - 2.0**-40
    close(library.FL(p, 0.25, 0.5) / (0.25 * 2.0**-20 * -np.log1p(-(2.0**-40))), 1)


def test_row_32_descends(library: tj.Library) -> None:
    def L(theta: Array) -> float:
        return float((theta**2).sum())

    def gradient(theta: Array) -> Array:
        return 2 * theta

    theta = np.array([1.0, -2.0, 3.0])
    for _ in range(20):
        expected = theta - 0.1 * gradient(theta)
        theta = library.GradientDescent.step(theta=theta, eta=0.1, L=(L, gradient)).theta
        close(theta, expected)
    with pytest.raises(TypeError, match="gradient"):
        library.GradientDescent.step(theta=theta, eta=0.1, L=L)


def adam(m: Array, v: Array, theta: Array, g: Array, t: int, b1: float, b2: float, eta: float, eps: float) -> Any:
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    return m, v, theta - eta * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)


FIXED = {"beta_1": 0.9, "beta_2": 0.999, "eta": 1e-2, "epsilon": 1e-8}


def test_rows_33_to_36_follow_a_thousand_steps(library: tj.Library) -> None:
    rng = np.random.default_rng(33)
    theirs = ours = (np.zeros((3, 5)), np.zeros((3, 5)), rng.normal(size=(3, 5)))
    for t in range(1, 1001):
        g = np.sin(3 * ours[2]) + 0.1 * rng.normal(size=(3, 5))
        ours = library.Adam.step(m=ours[0], v=ours[1], theta=ours[2], g=g, t=t, **FIXED)
        theirs = adam(*theirs, g, t, 0.9, 0.999, 1e-2, 1e-8)
    assert ours._fields == ("m", "v", "theta")
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("t", (1, 10**6))
def test_rows_33_to_36_at_the_first_and_a_late_step(library: tj.Library, t: int) -> None:
    rng = np.random.default_rng(t)
    m, theta, g = rng.normal(size=(3, 4))
    v = m**2 + 0.1
    found = library.Adam.step(m=m, v=v, theta=theta, g=g, t=t, **FIXED)
    for mine, other in zip(found, adam(m, v, theta, g, t, 0.9, 0.999, 1e-2, 1e-8), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-13)


def test_rows_33_to_36_agree_with_torch(library: tj.Library) -> None:
    torch = pytest.importorskip("torch")
    theta = torch.nn.Parameter(torch.linspace(-1, 1, 5, dtype=torch.float64))
    optimizer = torch.optim.Adam([theta], lr=1e-2)
    state = (np.zeros(5), np.zeros(5), theta.detach().numpy().copy())
    for t in range(1, 101):
        optimizer.zero_grad()
        torch.sin(3 * theta).sum().backward()
        state = library.Adam.step(m=state[0], v=state[1], theta=state[2], g=theta.grad.numpy(), t=t, **FIXED)
        optimizer.step()
        np.testing.assert_allclose(state[2], theta.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_row_37_of_extreme_logits(library: tj.Library) -> None:
    z = np.array([1000.0, -1000.0, 1000.0, 999.0])
    close(library.softmax(z), special.softmax(z))
    assert np.array_equal(library.softmax(np.full(4, -1000.0)), np.full(4, 0.25))
    masked = library.softmax([-np.inf, 0.0, 1.0, -np.inf])
    assert masked[0] == masked[3] == 0
    close(masked[1:3], special.softmax([0.0, 1.0]))
    assert np.isnan(library.softmax([np.nan, 0.0])).all()


def test_row_38_agrees_with_torch(library: tj.Library) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(38)
    Q, K, V = rng.normal(size=(2, 3, 6)), rng.normal(size=(2, 5, 6)), rng.normal(size=(2, 5, 4))
    expected = torch.nn.functional.scaled_dot_product_attention(*map(torch.from_numpy, (Q, K, V)))
    close(library.Attention(Q, K, V), expected.numpy())


def test_row_38_stores_no_scores(library: tj.Library) -> None:
    kernel = library.Attention
    rows, keys = (p.axes[0].name for p in kernel.equation.parameters[:2])
    stored = allocs(lower(kernel.program))
    assert not any({rows, keys} <= set(axes) for axes in stored.values()), stored


def test_row_39_takes_numbers_for_scale_and_shift(library: tj.Library) -> None:
    x = np.random.default_rng(39).normal(size=(3, 7))
    expected = np.stack([layer_norm(row, 2.0, 1e-5, -1.0) for row in x])
    close(library.LayerNorm(x, 2.0, 1e-5, -1.0), expected)
    close(library.LayerNorm(x, gamma=np.full(7, 2.0), epsilon=1e-5, beta=-1.0), expected)


def test_row_39_of_a_large_mean(library: tj.Library) -> None:
    """Integers around 1e8 are exact, so a stable evaluation loses nothing."""
    x = 1e8 + np.arange(8.0)
    close(library.LayerNorm(x, 1.0, 1e-5, 0.0), layer_norm(np.arange(8.0), 1.0, 1e-5, 0.0))


def test_row_41_of_a_large_mean(library: tj.Library) -> None:
    close(library.sigma_squared(1e8 + np.arange(8.0)), np.arange(8.0).var())
    assert library.sigma_squared(np.full(3, -0.69)) <= 1e-30


# Composition.


def test_functions_compose_across_libraries(library: tj.Library) -> None:
    """The logarithm of a softmax is fused: no logit overflows, no probability underflows."""
    C = tj.compile(r"C(y, z) = -y^T \log \text{softmax}(z)", using=library)
    assert C.parameters == ("y", "z")
    y, z = np.array([0, 1.0, 0]), np.array([1000.0, -1000.0, 3.0])
    assert C(y, z) == 2000
    z = np.random.default_rng(0).normal(size=(4, 3))
    close(C(y, z), -(y * special.log_softmax(z, axis=-1)).sum(-1))


def test_a_divergence_from_a_softmax(library: tj.Library) -> None:
    C = tj.compile(r"C(P, z) = KL(P || \text{softmax}(z))", using=library)
    P, z = np.array([0.2, 0.0, 0.8]), np.array([1000.0, -1000.0, 3.0])
    close(C(P, z), special.rel_entr(P, 1.0).sum() + 0.8 * 997)


def test_a_loss_without_arguments_applies_in_its_order_of_parameters(library: tj.Library) -> None:
    C = tj.compile(r"C(y, z) = L_{CE}(y, \text{softmax}(z))", using=library)
    assert C([0, 1.0, 0], [1000.0, -1000.0, 3.0]) == 2000


def test_a_linked_function_still_takes_numbers_for_scale_and_shift(library: tj.Library) -> None:
    N = tj.compile(r"N(x) = \text{softmax}(\text{LayerNorm}(x))", using=library)
    x = np.arange(3.0)
    close(N(x, gamma=2.0, epsilon=1e-5, beta=0.0), softmax(layer_norm(x, 2.0, 1e-5, 0.0)))


def test_a_function_applies_to_elements_under_a_sum() -> None:
    text = r"""
For $a, b \in \mathbb{R}^d$, $x \in \mathbb{R}^{n \times d}$ and $y \in \mathbb{R}^{m \times d}$:

$$k(a, b) = \exp(-\|a-b\|^2)$$

$$S = \sum_{i=1}^n \sum_{j=1}^m w_i k(x_i, y_j)$$
"""
    library = tj.compile(text)
    assert not library.failures, library.failures[0].rendered
    rng = np.random.default_rng(0)
    w, x, y = rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    close(library.S(w=w, x=x, y=y), (w[:, None] * rbf(x[:, None], y)).sum())
    assert not any({"n", "m"} <= set(axes) for axes in allocs(lower(library.S.program)).values())


# Many callers.


def test_threads_get_the_bits_of_one(library: tj.Library) -> None:
    rng = np.random.default_rng(8)
    z = rng.normal(size=(64, 33))
    alone = [library.softmax(row) for row in z]
    wrong: list[int] = []

    def work(start: int) -> None:
        for k in range(start, start + 64):
            row = k % 64
            if not np.array_equal(library.softmax(z[row]), alone[row]):
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(8 * k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert np.array_equal(library.softmax(z), np.stack(alone))
