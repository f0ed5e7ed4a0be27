"""Derivatives through black-box functions, beside derivatives by hand, by differences and by PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.slots import SlotError

Array = np.ndarray[Any, Any]

#: Slack of sums of a few products in another order than ours, in units of the result.
SUMS = 1e-13
#: Central differences with steps of 1e-6 leave about 1e-10 of second derivatives near 1.
DIFFERENCES = 1e-8

GAN = r"V(D, G) = \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_{z \sim q}[\log(1 - D(G(z)))]"


def layer(W: Array) -> Any:
    """``tanh(x W)`` of rows, with its derivative by hand."""

    def vjp(x: Array) -> tuple[Array, Callable[[Array], tuple[Array]]]:
        y = np.tanh(x @ W)
        return y, lambda bar: (np.multiply.outer(bar * (1 - y**2), W) if W.ndim == 1 else (bar * (1 - y**2)) @ W.T,)

    return tj.with_vjp(lambda x: np.tanh(x @ W), vjp)


def sigmoid(w: Array) -> Any:
    """``1 / (1 + exp(-x w))`` of rows, with its derivative by hand."""

    def f(x: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-(x @ w))))

    return tj.with_vjp(f, lambda x: (f(x), lambda bar: (np.multiply.outer(bar * f(x) * (1 - f(x)), w),)))


def differences(f: Callable[[Array], Any], x: Array, h: float = 1e-6) -> Array:
    out = np.zeros_like(x)
    for at in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[at] = h
        out[at] = (f(x + step) - f(x - step)) / (2 * h)
    return out


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def gan(session_cache: object) -> Any:
    return tj.compile(GAN)


@pytest.fixture(scope="module")
def direct(session_cache: object) -> Any:
    return tj.compile(r"f(x) = x^2 + g(x)")


def test_only_through_a_function(gan: Any, rng: np.random.Generator) -> None:
    x, z, w = rng.normal(size=(5, 3)), rng.normal(size=(4, 2)), rng.normal(size=3)
    D, G = sigmoid(w), layer(rng.normal(size=(2, 3)))
    s = 1 / (1 + np.exp(-(x @ w)))
    found = tj.grad(gan, "x")(D, G, x, z)
    np.testing.assert_allclose(found, np.multiply.outer((1 - s) / 5, w), rtol=SUMS)
    value, dz = tj.value_and_grad(gan, "z")(D, G, x, z)
    assert value == gan(D, G, x, z)
    np.testing.assert_allclose(dz, differences(lambda z: gan(D, G, x, z), z), rtol=0, atol=DIFFERENCES)
    both = tj.grad(gan, ("z", "x"))(D=D, G=G, x=x, z=z)
    assert np.array_equal(both[0], dz) and np.array_equal(both[1], found)


def test_by_what_an_inner_function_gives(gan: Any, rng: np.random.Generator) -> None:
    x, z, w, W = rng.normal(size=(5, 3)), rng.normal(size=(4, 2)), rng.normal(size=3), rng.normal(size=(2, 3))
    D = sigmoid(w)
    y = np.tanh(z @ W)
    s = 1 / (1 + np.exp(-(y @ w)))
    expected = -np.multiply.outer(s / 4, w)
    g = tj.grad(gan, "G_z")
    np.testing.assert_allclose(g(D, lambda z: np.tanh(z @ W), x, z), expected, rtol=SUMS)
    np.testing.assert_allclose(g(D=D, x=x, G_z=y), expected, rtol=SUMS)


def test_beside_the_direct_derivative(direct: Any) -> None:
    g = tj.with_vjp(np.tanh, lambda x: (np.tanh(x), lambda bar: (bar * (1 - np.tanh(x) ** 2),)))
    for x in (0.7, np.array([0.3, -1.0, 2.0])):
        expected = 2 * x + 1 - np.tanh(x) ** 2
        np.testing.assert_allclose(tj.grad(direct, "x")(x, g), expected, rtol=1e-15)
        value, slope = tj.value_and_grad(direct, "x")(x, g)
        np.testing.assert_allclose(value, x**2 + np.tanh(x), rtol=1e-15)
        np.testing.assert_allclose(slope, expected, rtol=1e-15)
    assert isinstance(tj.grad(direct, "x")(0.7, g), np.float64)
    assert tj.grad(direct, "x")(2, g) == pytest.approx(4 + 1 - np.tanh(2) ** 2, rel=1e-15)  # a whole number


def test_values_that_are_given_are_held(direct: Any) -> None:
    assert tj.grad(direct, "x")(x=3.0, g_x=7.0) == 6
    assert tj.grad(direct, "x")(x=3.0, g_x=np.ones(2)).tolist() == [6, 6]
    assert tj.grad(direct)(3.0, np.sin) == (6, 1)  # by x and by g_x, each with the other held
    with pytest.raises(tj.Unsupported, match=r"E370.*x reaches V through the function D"):
        tj.grad(tj.compile(GAN), "x")(D_x=np.full(3, 0.5), D_G_z=np.full(3, 0.5), x=np.ones(3))


@pytest.mark.parametrize("g", (np.tanh, lambda x: x, lambda x: float(x)))
def test_a_function_without_a_derivative_is_refused(direct: Any, g: Any) -> None:
    with pytest.raises(tj.Unsupported, match=r"E370.*x reaches f through the function g.*tj\.with_vjp.*wrt=\"g_x\""):
        tj.grad(direct, "x")(0.5, g)


def test_partial_derivatives_refuse_functions_when_called(direct: Any) -> None:
    g = tj.with_vjp(np.tanh, lambda x: (np.tanh(x), lambda bar: (bar * (1 - np.tanh(x) ** 2),)))
    for d in (tj.hessian(direct, "x"), tj.jvp(direct, "x"), tj.hvp(direct, "x"), tj.jacobian(direct, "x")):
        more = {"x_dot": 1.0} if "x_dot" in d.parameters else {}
        for slot in (g, np.tanh):
            with pytest.raises(tj.Unsupported, match=r"E371.*goes through g"):
                d(x=0.5, g=slot, **more)
        d(x=0.5, g_x=0.1, **more)
    assert tj.hessian(direct, "x")(x=0.5, g_x=0.1) == 2
    with pytest.raises(tj.Unsupported, match="E373"):
        tj.grad(tj.grad(direct, "x"), "x")


def test_an_element_for_each_index(rng: np.random.Generator) -> None:
    k = tj.compile(r"M = \frac{1}{n} \sum_{i=1}^n (y_i - f(x_i))^2")
    x, y = rng.normal(size=7), rng.normal(size=7)
    f = tj.with_vjp(np.sin, lambda x: (np.sin(x), lambda bar: (bar * np.cos(x),)))
    np.testing.assert_allclose(tj.grad(k, "x")(y, f, x), -2 / 7 * (y - np.sin(x)) * np.cos(x), rtol=SUMS)
    _, dy = tj.grad(k, ("x", "y"))(y, f, x)
    np.testing.assert_allclose(dy, 2 / 7 * (y - np.sin(x)), rtol=SUMS)


def test_all_pairs_and_independent_copies(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))

    def c(a: Array, b: Array) -> Array:
        return np.asarray(np.exp(-((a - b) ** 2).sum(-1)))

    def vjp(a: Array, b: Array) -> tuple[Array, Callable[[Array], list[Array]]]:
        return c(a, b), lambda bar: [t * ((bar * c(a, b))[..., None] * (a - b)) for t in (-2, 2)]

    k = tj.compile(r"U(c) = \mathbb{E}[c(u, u')] - \mathbb{E}[c(u, w)]")
    du, dw = tj.grad(k, ("u", "w"))(tj.with_vjp(c, vjp), x, y)
    np.testing.assert_allclose(du, differences(lambda x: k(c, x, y), x), rtol=0, atol=DIFFERENCES)
    np.testing.assert_allclose(dw, differences(lambda y: k(c, x, y), y), rtol=0, atol=DIFFERENCES)


def test_an_argument_that_all_samples_share(rng: np.random.Generator) -> None:
    k = tj.compile(r"f = \sum_{j=1}^m c_j w(z_j, u) + u^2")
    c, z, u = rng.normal(size=5), rng.normal(size=5), 0.3
    w = tj.with_vjp(lambda a, b: np.sin(a * b), lambda a, b: (
        np.sin(a * b), lambda bar: (bar * np.cos(a * b) * b, (bar * np.cos(a * b) * a).sum())))  # fmt: skip
    dz, du = tj.grad(k, ("z", "u"))(c=c, w=w, z=z, u=u)
    np.testing.assert_allclose(dz, c * np.cos(z * u) * u, rtol=SUMS)
    np.testing.assert_allclose(du, (c * np.cos(z * u) * z).sum() + 2 * u, rtol=SUMS)


NOISED = r"""
# Noise

$$ \alpha_t = \prod_{s=1}^t (1 - \beta_s) $$

$$ x_t = \sqrt{\alpha_t} x_0 + \sqrt{1 - \alpha_t} \epsilon $$

$$ L = \mathbb{E}_{t, x_0, \epsilon}[\| \epsilon - h(x_t, t) \|^2] $$
"""


@pytest.fixture(scope="module")
def noised(session_cache: object) -> Any:
    return tj.compile(NOISED)["L"]


def test_a_vector_for_each_sample_through_a_formula(noised: Any, rng: np.random.Generator) -> None:
    n, d, T = 6, 3, 5
    values = {"beta": rng.uniform(0.2, 0.9, T), "t": rng.integers(1, T + 1, n), "x_0": rng.normal(size=(n, d)),
              "epsilon": rng.normal(size=(n, d))}
    W = rng.normal(size=(d, d))

    def f(x: Array, t: Array) -> Array:
        return np.asarray(np.tanh(x @ W + t[:, None]))

    h = tj.with_vjp(f, lambda x, t: (f(x, t), lambda bar: ((bar * (1 - f(x, t) ** 2)) @ W.T, None)))
    names = ("beta", "x_0", "epsilon")
    for w, found in zip(names, tj.grad(noised, names)(**values, h=h), strict=True):
        expected = differences(lambda v, w=w: noised(**(values | {w: v}), h=f), values[w])
        np.testing.assert_allclose(found, expected, rtol=0, atol=DIFFERENCES)
    with pytest.raises(TypeError, match="t is a whole number"):
        tj.grad(noised, "t")


def test_blocks_of_samples_add_up(noised: Any, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    h = tj.with_vjp(lambda x, t: np.sin(x), lambda x, t: (np.sin(x), lambda bar: (bar * np.cos(x), None)))
    given = {"beta": rng.uniform(0.1, 0.9, 4), "t": rng.integers(1, 5, 9), "x_0": rng.normal(size=(9, 2)), "h": h,
             "epsilon": rng.normal(size=(9, 2))}
    whole = tj.grad(noised, ("beta", "x_0", "epsilon"))(**given)
    monkeypatch.setattr("texjit.runtime.handed.BLOCK", 8)
    for a, b in zip(tj.grad(noised, ("beta", "x_0", "epsilon"))(**given), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=SUMS)


def test_vjp_takes_a_cotangent(rng: np.random.Generator) -> None:
    k = tj.compile(r"y(x) = x^3 + g(x)")
    g = tj.with_vjp(np.exp, lambda x: (np.exp(x), lambda bar: (bar * np.exp(x),)))
    assert tj.vjp(k, "x")(0.5, g, y_bar=2.0) == pytest.approx(2 * (0.75 + np.exp(0.5)), rel=1e-15)


def test_single_precision_stays(gan: Any, direct: Any) -> None:
    g = tj.with_vjp(np.tanh, lambda x: (np.tanh(x), lambda bar: (bar * (1 - np.tanh(x) ** 2),)))
    x = np.array([0.3, -1.0], np.float32)
    found = tj.grad(direct, "x")(x, g)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 2 * x + 1 - np.tanh(x) ** 2, rtol=4e-7)


def test_a_function_is_no_parameter(gan: Any) -> None:
    with pytest.raises(TypeError, match="D is a black-box function; differentiate by its values, D_x, D_G_z"):
        tj.grad(gan, "D")
    with pytest.raises(TypeError, match=r"z only reaches V through .*; differentiate by its values, D_G_z"):
        tj.hessian(gan, "z")


def test_a_primed_argument_is_a_parameter_of_its_own() -> None:
    k = tj.compile(r"f(x, x') = x x' + g(x')")
    assert tj.grad(k, "x")(2.0, 3.0, np.sin) == 3  # x does not reach g
    own = tj.with_vjp(np.sin, lambda x: (np.sin(x), lambda bar: (bar * np.cos(x),)))
    assert tj.grad(k, "x_prime")(2.0, 3.0, own) == pytest.approx(2 + np.cos(3), rel=1e-15)


def test_slices_that_share_a_function_are_refused(direct: Any) -> None:
    scaled = tj.compile(r"F(c) = c^2 \mathbb{E}_{u}[h(u)]")
    h = tj.with_vjp(np.sin, lambda x: (np.sin(x), lambda bar: (bar * np.cos(x),)))
    u = np.linspace(0, 1, 4)
    np.testing.assert_allclose(tj.grad(scaled, "u")(2.0, h, u), np.cos(u), rtol=SUMS)
    with pytest.raises(tj.Unsupported, match=r"E372.*h serves them together"):
        tj.grad(scaled, "u")(np.array([1.0, 2.0]), h, u)
    shared = tj.compile(r"F(x, u) = x^2 + g(x, u)")
    g = tj.with_vjp(np.multiply, lambda x, u: (x * u, lambda bar: (bar * u, np.sum(bar * x))))
    np.testing.assert_allclose(tj.grad(shared, "x")(np.array([1.0, 2.0]), 3.0, g), [5, 7], rtol=1e-15)
    with pytest.raises(tj.Unsupported, match="E372"):
        tj.grad(shared, "u")(np.array([1.0, 2.0]), 3.0, g)


def test_logarithms_of_densities_are_differentiated_as_such() -> None:
    k = tj.compile(r"H(p) = \mathbb{E}_{x}[\log p(x)]")
    law = tj.compile(r"p(x) = \mathcal{N}(x; 0, 1)")
    x = np.array([0.5, -40.0, 3.0])  # a density of zero in float64, whose logarithm is not
    np.testing.assert_allclose(tj.grad(k, "x")(law, x), -x / 3, rtol=1e-15)

    class Law:
        def __init__(self, vjp: Any) -> None:
            self.vjp = vjp

        def logpdf(self, x: Array) -> Array:
            return np.asarray(-x**2 / 2)

        def pdf(self, x: Array) -> Array:
            return np.asarray(np.exp(-x**2 / 2))

        __call__ = pdf

    by_value = Law(lambda x: (np.exp(-x**2 / 2), lambda bar: (-bar * x * np.exp(-x**2 / 2),)))
    x = np.array([0.5, -4.0, 3.0])
    np.testing.assert_allclose(tj.grad(k, "x")(by_value, x), -x / 3, rtol=1e-13)
    with pytest.raises(tj.Unsupported, match=r"E370.*through the function p"):
        tj.grad(k, "x")(Law(None), x)


def test_a_pair_is_a_function_and_its_gradient(rng: np.random.Generator) -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u}[h(u)^2]")
    u = rng.normal(size=(4, 3))
    pair = (lambda u: (u**2).sum(-1), lambda u: 2 * u)
    np.testing.assert_allclose(tj.grad(k, "u")(pair, u), (u**2).sum(-1)[:, None] * u, rtol=SUMS)
    with pytest.raises(SlotError, match=r"the pullback of h gave shape \(4,\) for u, expected \(4, 3\)"):
        tj.grad(k, "u")((pair[0], lambda u: u.sum(-1)), u)


def test_a_kernel_brings_its_own(rng: np.random.Generator) -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u}[h(u)^2]")
    h = tj.compile(r"a(x) = x^T x", where="x in R^d")
    u = rng.normal(size=(4, 3))
    np.testing.assert_allclose(tj.grad(k, "u")(h, u), (u**2).sum(-1)[:, None] * u, rtol=SUMS)


def test_a_kernel_sums_over_what_samples_share(rng: np.random.Generator) -> None:
    two = tj.compile(r"U = \mathbb{E}_{u}[c(u, w)]")
    c = tj.compile(r"c(x, y) = x y^2")
    x = rng.normal(size=5)
    du, dw = tj.grad(two, ("u", "w"))(c=c, u=x, w=0.7)
    np.testing.assert_allclose(du, np.full(5, 0.49 / 5), rtol=SUMS)
    np.testing.assert_allclose(dw, (1.4 * x).mean(), rtol=SUMS)


@pytest.mark.parametrize(("vjp", "said"), [
    (lambda u: np.sin(u), r"the vjp of h gave a ndarray, expected the pair"),
    (lambda u: (np.sin(u), lambda bar: (bar, bar)), r"the pullback of h gave 2 cotangents, expected 1: one for each"),
    (lambda u: (np.sin(u), lambda bar: (None,)), r"the pullback of h gave None for u, expected an array of"),
    (lambda u: (np.sin(u), lambda bar: (bar.sum(),)), r"the pullback of h gave shape \(\) for u, expected \(4,\)"),
    (lambda u: (np.sin(u), lambda bar: (bar * 1j,)), r"h gave dtype complex128"),
    (lambda u: (np.sin(u)[:2], lambda bar: (bar,)), r"h gave shape \(2,\), expected \(4,\)"),
])  # fmt: skip
def test_what_a_pullback_gives_is_checked(vjp: Any, said: str) -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u}[h(u)^2]")
    with pytest.raises(SlotError, match=rf"R\(\): {said}"):
        tj.grad(k, "u")(tj.with_vjp(np.sin, vjp), np.ones(4))


def test_a_way_that_no_pullback_is_known_for_is_refused(session_cache: object) -> None:
    descent = tj.compile("### Plain Descent\n\n" r"$$ x_{t+1} = x_t - a \nabla_x F(x_t) $$")
    pair = (lambda x: x**2, lambda x: 2 * x)
    d = tj.vjp(descent, "x")
    (bar,) = (n for n in d.parameters if n.endswith("_bar"))
    (value,) = (u.value for u in descent.kernel.card.uses)
    assert d(**{"x": 1.0, "a": 0.25, value: 2.0, bar: 1.0}) == 1  # with the slope held
    with pytest.raises(tj.Unsupported, match=r"E371.*goes through F"):
        d(**{"x": 1.0, "a": 0.25, "F": pair, bar: 1.0})
    best = tj.compile(r"M(F, X) = \sup_{f \in F} \frac{1}{m} \sum_{i=1}^m f(x_i)")
    with pytest.raises(tj.Unsupported, match=r"E371.*M by X goes through F"):
        tj.grad(best, "X")


def test_the_partial_derivatives_are_certified(direct: Any) -> None:
    g = tj.grad(direct, "x")
    assert tj.verify(g.partial, points=60).verdict == "verified"
    assert tj.verify(g, points=60).verdict == "verified"
    assert "by x" in repr(g) and "g" in g.explain() and g.parameters == ("x", "g")


@pytest.mark.slow
@pytest.mark.parametrize("shape", ("number", "diagonal", "matrix"))
def test_through_the_mean_and_the_covariance_of_a_law(shape: str, rng: np.random.Generator) -> None:
    law = tj.compile(r"p(y | x) = \mathcal{N}(y; \mu_\theta(x), \Sigma_\theta(x))", where="x, y in R^d").logpdf
    d = 3
    W, x, y = rng.normal(size=(d, d)), rng.normal(size=d), rng.normal(size=d)
    mean = tj.with_vjp(lambda x: np.tanh(W @ x), lambda x: (
        np.tanh(W @ x), lambda bar: (W.T @ (bar * (1 - np.tanh(W @ x) ** 2)),)))  # fmt: skip

    def spread(x: Array) -> Array:
        v = np.exp(0.3 * x)
        return np.asarray(v.sum() if shape == "number" else v if shape == "diagonal" else np.diag(v) + v.sum() / 9)

    def vjp(x: Array) -> tuple[Array, Callable[[Array], tuple[Array]]]:
        def back(bar: Array) -> tuple[Array]:
            diagonal = bar if bar.ndim < 2 else np.diagonal(bar)
            return (0.3 * np.exp(0.3 * x) * (diagonal + (bar.sum() / 9 if shape == "matrix" else 0)),)

        return spread(x), back

    slots = {"mu_theta": mean, "Sigma_theta": tj.with_vjp(spread, vjp)}
    found = tj.grad(law, "x")(y=y, x=x, **slots)
    expected = differences(lambda x: law(y=y, x=x, **slots), x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=DIFFERENCES)
