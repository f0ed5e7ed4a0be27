"""Black-box functions: callables, values by keyword, and errors that name the slot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import ShapeError
from texjit.runtime.slots import SlotError


@pytest.fixture(scope="module")
def mean(session_cache: object) -> Any:
    return tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")


@pytest.fixture(scope="module")
def nested(session_cache: object) -> Any:
    return tj.compile(r"R(h, g) = \mathbb{E}_{u \sim p}[h(g(u))]")


@pytest.fixture(scope="module")
def pairs(session_cache: object) -> Any:
    return tj.compile(r"U(c) = \mathbb{E}[c(u, w)]")


def test_a_callable_gets_samples_first_and_events_last(mean: Any) -> None:
    seen: list[tuple[int, ...]] = []

    def h(u: np.ndarray) -> np.ndarray:
        seen.append(u.shape)
        return u.sum(-1)

    u = np.arange(12.0).reshape(4, 3)
    assert mean.parameters == ("h", "u")
    assert mean(h, u) == mean(u=u, h=h) == (u.sum(-1) ** 2).mean()
    assert set(seen) == {(4, 3)}


def test_values_may_stand_for_the_callable(mean: Any, nested: Any) -> None:
    values = np.arange(4.0)
    assert mean(h_u=values) == (values**2).mean()
    assert mean(h=values) == (values**2).mean()
    assert nested(h_g_u=values) == values.mean()
    assert mean(h_u=values.astype(np.float32)).dtype == np.float32


def test_values_batch_like_any_input(mean: Any) -> None:
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(mean(h_u=values), (values**2).mean(-1), rtol=1e-14)


def test_a_kernel_may_fill_a_slot(mean: Any) -> None:
    k = tj.compile(r"a(x) = x^T x", where="x in R^d")
    u = np.arange(6.0).reshape(2, 3)
    assert mean(k, u) == ((u**2).sum(-1) ** 2).mean()


def test_inner_functions_are_applied_first(nested: Any) -> None:
    u = np.arange(6.0).reshape(3, 2)
    assert nested(lambda a: a[:, 0] - a[:, 1], lambda b: b * b, u) == (u[:, 0] ** 2 - u[:, 1] ** 2).mean()


def test_two_samples_meet_in_all_pairs(pairs: Any) -> None:
    u, w = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(4, 2)
    assert pairs.parameters == ("c", "u", "w")
    found = pairs(lambda a, b: (a * b).sum(-1), u, w)
    np.testing.assert_allclose(found, (u @ w.T).mean(), rtol=1e-14)
    assert pairs(c_u_w=u @ w.T) == found


@pytest.mark.parametrize(("h", "said"), [
    (lambda u: u, r"R\(\): h gave shape \(4, 3\), expected \(4,\)"),
    (lambda u: u.sum(), r"R\(\): h gave shape \(\), expected \(4,\)"),
    (lambda u: u.sum(-1)[:2], r"R\(\): h gave shape \(2,\), expected \(4,\)"),
    (lambda u: u.sum(-1) * 1j, r"R\(\): h gave dtype complex128, expected real numbers"),
    (lambda u: None, r"R\(\): h gave dtype object, expected real numbers"),
])  # fmt: skip
def test_what_a_slot_gives_is_checked(mean: Any, h: Callable[..., Any], said: str) -> None:
    with pytest.raises(SlotError, match=said):
        mean(h, np.ones((4, 3)))


def test_what_is_missing_is_named(mean: Any, nested: Any) -> None:
    with pytest.raises(TypeError, match=r"R\(\) needs the function h, or its values as h_u"):
        mean(u=np.ones(3))
    with pytest.raises(TypeError, match=r"R\(\) needs u"):
        mean(np.tanh)
    with pytest.raises(TypeError, match="g"):
        nested(np.tanh, u=np.ones(3))


def test_values_of_a_wrong_shape_are_refused(pairs: Any) -> None:
    with pytest.raises(ShapeError, match="c_u_w needs the axes"):
        pairs(c_u_w=np.ones(3))


def test_errors_of_the_callable_pass_through(mean: Any) -> None:
    def h(u: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        mean(h, np.ones(3))


def test_a_gradient_comes_as_a_pair() -> None:
    descent = tj.compile("### Plain Descent\n\n" r"$$ x_{t+1} = x_t - a \nabla_x F(x_t) $$")
    x = np.array([1.0, 2.0])
    pair = (lambda x: (x**2).sum(), lambda x: 2 * x)
    assert np.array_equal(descent.step(x=x, a=0.25, F=pair).x, x / 2)
    with pytest.raises(TypeError, match=r"F needs its gradient: pass the pair"):
        descent.step(x=x, a=0.25, F=pair[0])
    own = tj.with_vjp(pair[0], lambda x: ((x**2).sum(), lambda bar: (2 * bar * x,)))
    for F in (tj.compile(r"F(x) = x^T x", where="x in R^d"), own):
        assert np.array_equal(descent.step(x=x, a=0.25, F=F).x, x / 2)


def test_arguments_may_share_an_index() -> None:
    k = tj.compile(r"f = \sum_{i=1}^n \sum_{j=1}^m w(z_i, v_i, u_j)")
    z, v, u = np.arange(4.0), np.array([1.0, -1.0, 2.0, 0.5]), np.array([3.0, 0.5, 1.0])

    def product(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        return a * b * c

    assert k(w=product, z=z, v=v, u=u) == (z * v).sum() * u.sum()
    own = tj.with_vjp(product, lambda a, b, c: (a * b * c, lambda y: (y * b * c, y * a * c, y * a * b)))
    dv, du = tj.grad(k, ("v", "u"))(w=own, z=z, v=v, u=u)
    assert np.array_equal(dv, z * u.sum()) and np.array_equal(du, np.full(3, (z * v).sum()))
    with pytest.raises(SlotError, match=r"w is applied to 4 and to 3 elements of the axis n"):
        k(w=product, z=z, v=v[:3], u=u)
    both = tj.compile(r"f = \sum_{i=1}^n \sum_{j=1}^n w(z_i, v_i, u_j)")
    with pytest.raises(SlotError, match=r"w is applied at two indices of one axis"):
        both(w=product, z=z, v=v, u=z)


def test_a_value_may_be_received_before_it_is_read() -> None:
    k = tj.compile(r"F = \mathbb{E}_x[h(g(D(x)))] + \mathbb{E}_x[D(x)^2]")
    x = np.array([0.5, -1.0, 2.0])
    assert k(D=np.sin, h=np.exp, g=np.cos, x=x) == pytest.approx(
        np.exp(np.cos(np.sin(x))).mean() + (np.sin(x) ** 2).mean(), rel=1e-14)
