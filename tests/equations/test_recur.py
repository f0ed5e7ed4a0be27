r"""Recurrences: one step against NumPy, names, states, inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from texjit.equations.equation import Recurrence
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand
from texjit.runtime.reference import Reference

Step = Callable[..., dict[str, Any]]


def leapfrog(v: float, x: float, h: float, a: float) -> dict[str, float]:
    v = v + h * a
    return {"v": v, "x": x + h * v}


def rmsprop(v: float, theta: float, rho: float, g: float, eta: float, epsilon: float) -> dict[str, float]:
    v = rho * v + (1 - rho) * g**2
    return {"v": v, "theta": theta - eta * g / (np.sqrt(v) + epsilon)}


def momentum(u: float, theta: float, mu: float, eta: float, g: float) -> dict[str, float]:
    u = mu * u - eta * g
    return {"u": u, "theta": theta + u}


SYSTEMS: tuple[tuple[str, Step], ...] = (
    (r"$$x_{n+1} = r x_n (1 - x_n)$$", lambda x, r: {"x": r * x * (1 - x)}),
    (r"$$s_t = \alpha y_t + (1 - \alpha) s_{t-1}$$", lambda s, alpha, y: {"s": alpha * y + (1 - alpha) * s}),
    (r"\begin{align} v_{t+1} &= v_t + h a_t \\ x_{t+1} &= x_t + h v_{t+1} \end{align}", leapfrog),
    (
        r"\begin{align} v_t &= \rho v_{t-1} + (1-\rho) g_t^2 \\"
        r"\theta_{t+1} &= \theta_t - \frac{\eta g_t}{\sqrt{v_t} + \epsilon} \end{align}",
        rmsprop,
    ),
    (r"\begin{align} u_t &= \mu u_{t-1} - \eta g_t \\ \theta_t &= \theta_{t-1} + u_t \end{align}", momentum),
    (r"$$c_{k+1} = (c_k + \frac{a}{c_k}) / 2$$", lambda c, a: {"c": (c + a / c) / 2}),
    (r"$$p_{t+1} = p_t e^{-\lambda t}$$", lambda p, lambda_, t: {"p": p * np.exp(-lambda_ * t)}),
    (r"$$a_{t+1} = b a_t, \quad b_{t+1} = b_t$$", None),  # type: ignore[arg-type]
)


def systems(text: str) -> list[Reading]:
    document = read_source(Source("document.md", text))
    assert not document.diagnostics
    return list(understand(document))


@pytest.mark.parametrize(
    ("text", "judge"),
    [s for s in SYSTEMS if s[1] is not None],
    ids=lambda x: getattr(x, "__name__", str(x))[:40],
)
def test_a_step_is_what_numpy_says(text: str, judge: Step) -> None:
    found = systems(text)
    assert {r.kind for r in found} == {"recurrence"}
    r = found[0].meaning
    assert isinstance(r, Recurrence)
    rng = np.random.default_rng(3)
    given = {p.name: 2 if p.integer else rng.uniform(0.2, 0.9) for p in r.step.parameters}
    out = Reference(r.step).value_certified(given)
    expected = judge(**given)
    assert tuple(expected) == r.states
    for name, value in expected.items():
        assert float(out[name][()]) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "takes"),
    (
        ("$$x_t = c x_{t-1} + e_t$$", ("x", "c", "e")),
        ("$$v_{k+1} = v_k + \\pi_k I_k$$", ("v", "pi", "I")),
        ("$u = 3 s$ and $$v_{k+1} = v_k + u_k$$", ("v", "u")),
        ("$$v_{k+1} = v_k + e \\pi c_k$$", ("v", "c")),
    ),
)
def test_a_letter_at_a_step_is_no_constant_and_no_bare_letter(text: str, takes: tuple[str, ...]) -> None:
    r = systems(text)[-1].meaning
    assert isinstance(r, Recurrence)
    assert tuple(p.name for p in r.step.parameters) == takes


def test_other_steps_of_a_declared_state_have_its_shape() -> None:
    r = systems("with $v_k \\in \\mathbb{R}^n$ $$v_{k+1} = v_k + a (v_0 - v_k) + b v_1$$")[-1].meaning
    assert isinstance(r, Recurrence)
    assert r.step.signature == "(n),(),(n),(),(n)->(n)"


@pytest.mark.parametrize("text", ("$$v_{k+1} = v_k + a (v - v_k)$$", "$$v_{k+1} = v_k + u_k + u$$"))
def test_a_letter_at_a_step_and_without_one_is_asked(text: str) -> None:
    d = systems(text)[0].diagnostic
    assert d is not None and d.code == "E189"


def test_states_never_link_outside_of_their_system() -> None:
    text = "# H\n\n$v = 3 s$\n\n\\begin{align} v_t &= \\rho v_{t-1} + g_t \\end{align}"
    r = systems(text)[-1].meaning
    assert isinstance(r, Recurrence)
    assert r.states == ("v",) and r.inputs == ("rho", "g")


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Adam Optimizer", "Adam"), ("4.1 Gradient Descent", "GradientDescent"), ("The RMSProp Method", "RMSProp"),
     ("steps", "Recurrence")],
)  # fmt: skip
def test_a_system_is_named_by_its_heading(heading: str, name: str) -> None:
    assert systems(f"# Top\n\n## {heading}\n\n$$x_{{t+1}} = a x_t$$")[-1].name == name


def test_equal_names_are_told_apart() -> None:
    text = "# Top\n\n## Walk\n\n$$x_{t+1} = a x_t$$\n\n## Walk\n\n$$y_{t+1} = b y_t$$"
    assert [r.name for r in systems(text)] == ["Walk", "Walk_2"]


def test_two_steps_back_are_refused() -> None:
    (r,) = systems(r"$$f_{n+1} = f_n + f_{n-1}$$")
    assert r.meaning is None and r.diagnostic is not None and r.diagnostic.code == "E172"
