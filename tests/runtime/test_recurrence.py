"""Recurrences: many steps at once are the same steps one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import ShapeError

RNG = np.random.default_rng(7)

MOMENTUM = r"""
## Heavy Ball
\begin{align}
u_t &= \rho u_{t-1} + (1 - \rho) h_t \\
w_{t+1} &= w_t - \frac{\kappa}{1 - \rho^t} u_t
\end{align}
"""
FILTER = r"""
## Kalman
Let $s \in \mathbb{R}^n$, $F \in \mathbb{R}^{n \times n}$.
$$s_{t+1} = F s_t + b_t$$
"""
DESCENT = r"""
## Descent
$$\theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)$$
"""


@pytest.fixture(scope="module")
def ball() -> Any:
    return tj.compile(tj.read(MOMENTUM)).HeavyBall


def by_hand(r: Any, steps: int, given: dict[str, Any], rows: tuple[str, ...]) -> list[Any]:
    state = {s: given[s] for s in r.states}
    out = []
    for k in range(steps):
        here = {n: v[k] if n in rows else v for n, v in given.items() if n not in r.states}
        state = r.step(**here, **state, **({"t": k + 1} if "t" in r.inputs else {}))._asdict()
        out.append(state)
    return out


@pytest.mark.parametrize(("shape", "dtype"), [((), np.float32), ((2, 3), np.float64),
                         *(pytest.param(*case, marks=pytest.mark.slow) for case in
                           (((), np.float64), ((2, 3), np.float32)))])
def test_a_walk_is_its_steps(ball: Any, shape: tuple[int, ...], dtype: type) -> None:
    assert (ball.counter, ball.stepped) == ("t", ("h",))
    steps = 5
    given = {"u": np.zeros(shape, dtype), "w": RNG.normal(size=shape).astype(dtype),
             "h": RNG.normal(size=(steps, *shape)).astype(dtype), "rho": dtype(0.9), "kappa": dtype(0.1)}
    before = {n: np.copy(v) for n, v in given.items()}
    found = ball.scan(steps, **given)
    expected = by_hand(ball, steps, given, ("h",))
    for name in ("u", "w"):
        whole = getattr(found, name)
        assert whole.shape == (steps, *shape) and whole.dtype == dtype
        np.testing.assert_array_equal(whole, np.stack([e[name] for e in expected]))
        np.testing.assert_array_equal(getattr(ball.run(steps, **given), name), expected[-1][name])
    for name, value in before.items():
        np.testing.assert_array_equal(given[name], value)


def test_a_walk_goes_on_where_it_stopped(ball: Any) -> None:
    h, fixed = RNG.normal(size=(9, 4)), {"rho": 0.8, "kappa": 0.3}
    w = RNG.normal(size=4)
    first = ball.run(4, u=np.zeros(4), w=w, h=h[:4], **fixed)
    last = ball.run(5, **first._asdict(), h=h[4:], t=5, **fixed)
    for a, b in zip(last, ball.run(9, u=np.zeros(4), w=w, h=h, **fixed), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_input_may_be_a_number_or_a_function_of_the_state(ball: Any) -> None:
    given = {"u": np.zeros(3), "w": RNG.normal(size=3), "rho": 0.9, "kappa": 0.05}
    same = ball.scan(6, h=2.0, **given)
    np.testing.assert_array_equal(same.w, ball.scan(6, h=np.full((6, 3), 2.0), **given).w)
    counts = []

    def slope(state: Any, t: int) -> Any:
        counts.append(t)
        return 2 * state.w

    walked = ball.scan(6, h=slope, **given)
    rows = np.stack([2 * given["w"], *(2 * walked.w[:-1])])
    np.testing.assert_array_equal(walked.w, ball.scan(6, h=rows, **given).w)
    assert counts == [1, 2, 3, 4, 5, 6]


def test_states_that_are_vectors_walk_with_and_without_leading_axes() -> None:
    r = tj.compile(tj.read(FILTER)).Kalman
    F, b = RNG.normal(size=(3, 3)) / 3, RNG.normal(size=(4, 3))
    for s in (RNG.normal(size=3), RNG.normal(size=(5, 3))):
        x, expected = s, []
        for k in range(4):
            x = x @ F.T + b[k]
            expected.append(x)
        np.testing.assert_allclose(r.scan(4, s=s, F=F, b=b).s, np.stack(expected), rtol=1e-12)
    many = RNG.normal(size=(4, 5, 3))
    x = RNG.normal(size=(5, 3))
    found = r.run(4, s=x, F=F, b=many).s
    for k in range(4):
        x = x @ F.T + many[k]
    np.testing.assert_allclose(found, x, rtol=1e-12)


def test_a_function_that_the_caller_gives_takes_part_in_every_step() -> None:
    r = tj.compile(tj.read(DESCENT)).Descent
    theta = RNG.normal(size=3)
    found = r.run(50, theta=theta, eta=0.1, L=(lambda x: (x**2).sum(-1), lambda x: 2 * x))
    np.testing.assert_allclose(found.theta, theta * 0.8**50, rtol=1e-12)


def test_no_step_leaves_the_state(ball: Any) -> None:
    w = RNG.normal(size=3)
    found = ball.run(0, u=np.zeros(3), w=w, h=np.empty((0, 3)), rho=0.5, kappa=0.1)
    np.testing.assert_array_equal(found.w, w)
    assert ball.scan(0, u=np.zeros(3), w=w, h=np.empty((0, 3)), rho=0.5, kappa=0.1).w.shape == (0, 3)


def test_what_does_not_fit_is_named(ball: Any) -> None:
    given = {"u": 0.0, "w": 1.0, "rho": 0.9, "kappa": 0.1}
    with pytest.raises(ShapeError, match="h has shape \\(3,\\), expected one entry for each of the 4 steps"):
        ball.run(4, h=np.zeros(3), **given)
    with pytest.raises(TypeError, match="the number of steps is a whole number"):
        ball.run(2.5, h=0.0, **given)
    with pytest.raises(TypeError, match="needs h"):
        ball.run(2, **given)
    with pytest.raises(ShapeError, match="t counts the steps"):
        ball.run(2, h=0.0, t=np.ones(2), **given)
    with pytest.raises(TypeError, match="no parameter z"):
        ball.run(2, h=0.0, z=1.0, **given)
