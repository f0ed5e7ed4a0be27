r"""Definitions inside definitions: random nestings against NumPy, rows, and fresh indices."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from texjit.equations import algebra as al
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand
from texjit.runtime.reference import Reference

Array = Any

#: Five small definitions that share their index letters.
DEFINITIONS = r"""
$$g(x) = \sum_{i=1}^{N} x_i^2$$
$$u(x) = \frac{x}{1 + \|x\|}$$
$$m(x, y) = \sum_{i=1}^{N} \sum_{j=1}^{i} x_i y_j$$
$$s(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
$$w(x_i) = \sum_{j=1}^{i} x_j$$
"""


def pairs(x: Array, y: Array) -> Array:
    return (x * np.cumsum(y, axis=-1)).sum(-1)


NUMPY: dict[str, Callable[..., Array]] = {
    "g": lambda x: (x**2).sum(-1),
    "u": lambda x: x / (1 + np.linalg.norm(x, axis=-1, keepdims=True)),
    "m": pairs,
    "s": lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True),
    "w": lambda x: np.cumsum(x, axis=-1),
}


def vector(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice("xy")
    match rng.randrange(6):
        case 0 | 1 | 2:
            return f"{rng.choice('usw')}({vector(rng, depth - 1)})"
        case 3:
            return f"({vector(rng, depth - 1)} + {vector(rng, depth - 1)})"
        case 4:
            return rf"\frac{{1}}{{3}} {vector(rng, depth - 1)}"
        case _:
            return f"({number(rng, depth - 1)} \\cdot {vector(rng, depth - 1)})"


def number(rng: random.Random, depth: int) -> str:
    match rng.randrange(4):
        case 0 | 1:
            return f"g({vector(rng, depth)})"
        case 2:
            return f"m({vector(rng, depth)}, {vector(rng, depth)})"
        case _:
            f = rng.choice("usw")
            i = "jkl"[depth]  # the letters of the definitions, but no letter inside itself
            return rf"\left(\sum_{{{i}=1}}^{{N}} {f}({vector(rng, depth)})_{i} x_{i}\right)"


def judge(text: str, x: Array, y: Array) -> Array:
    """The same text as Python: LaTeX of this small grammar is nearly that."""
    python = re.sub(r"\\left\(\\sum_\{\w=1\}\^\{N\} ", "dot(x, ", text)
    python = re.sub(r"_\w x_\w\\right\)", ")", python).replace(r"\frac{1}{3} ", "1 / 3 * ").replace(r"\cdot", "*")
    return eval(python, {**NUMPY, "dot": lambda a, b: (a * b).sum(-1), "x": x, "y": y})


def meant(text: str, where: str) -> Equation:
    last = understand(read_source(Source("d.md", DEFINITIONS + f"\n$$r = {text}$$\n")), declarations(where))[-1]
    assert isinstance(last.meaning, Equation), last.message
    return last.meaning


def evaluate(e: Equation, given: dict[str, Array]) -> Array:
    out = Reference(e).value_certified({p.name: given[p.name] for p in e.parameters})["r"]
    return np.vectorize(float, otypes=[float])(out)


@pytest.mark.parametrize("seed", range(60))
def test_random_nestings(seed: int) -> None:
    rng = random.Random(seed)
    text = vector(rng, 3) if seed % 2 else number(rng, 2)
    e = meant(text, "x, y in R^N")
    x, y = np.random.default_rng(seed).uniform(-0.8, 0.8, (2, 4))
    np.testing.assert_allclose(evaluate(e, {"x": x, "y": y}), judge(text, x, y), rtol=1e-10, atol=1e-13)
    assert_fresh(e)


@pytest.mark.parametrize("text", ["u(A)", "s(u(A))", "g(A)", "w(s(A) + A)", "m(A, u(A))", "g(g(A))", "u(w(A))"])
def test_functions_of_vectors_act_on_rows(text: str) -> None:
    e = meant(text, "A in R^{n x m}")
    A = np.random.default_rng(5).uniform(-0.8, 0.8, (3, 4))
    np.testing.assert_allclose(evaluate(e, {"A": A}), eval(text, {**NUMPY, "A": A}), rtol=1e-12)
    assert_fresh(e)


def test_an_argument_with_the_callees_index_is_not_captured() -> None:
    e = meant(r"\sum_{j=1}^{N} g(x_j \cdot y)", "x, y in R^N")
    x, y = np.random.default_rng(6).uniform(-1, 1, (2, 4))
    np.testing.assert_allclose(evaluate(e, {"x": x, "y": y}), (x**2).sum() * (y**2).sum(), rtol=1e-13)


def assert_fresh(e: Equation) -> None:
    """No index is bound again inside its own range."""

    def inside(x: Any, outer: frozenset[sympy.Symbol]) -> None:
        bound = frozenset(al.bound_symbols(x))
        assert not bound & outer
        for a in x.args:
            inside(a, outer | bound)

    for c in (*e.lets, *e.outputs):
        inside(c.body, frozenset(b.symbol for b in c.bounds))


def test_a_definition_used_twice_is_linked_once() -> None:
    text = r"""
$$N(x) = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}$$

where $\mu = \frac{1}{H} \sum_{i=1}^{H} x_i$ and $\sigma^2 = \frac{1}{H} \sum_{i=1}^{H} (x_i - \mu)^2$
"""
    e = next(r.meaning for r in understand(read_source(Source("d.md", text))) if r.name == "N")
    assert isinstance(e, Equation)
    assert [c.name for c in e.lets] == ["mu", "sigma_squared"]


def test_a_step_that_is_a_parameter_counts_from_one() -> None:
    text = r"$$y_t = c_t x_0$$ where $c_t = \prod_{s=1}^{t} b_s$"
    e = next(r.meaning for r in understand(read_source(Source("d.md", text))) if r.name == "y_t")
    assert isinstance(e, Equation)
    b = np.array([0.5, 0.25, 0.75])
    for t in (1, 2, 3):
        out = Reference(e).value_certified({"b": b, "t": t, "x_0": 2.0})["y_t"][()]
        assert float(out) == 2 * np.prod(b[:t])


@pytest.mark.parametrize(
    ("formula", "order"),
    [
        (r"f(y, x) = a x + b y", ("y", "x", "a", "b")),
        (r"f = a x + b y", ("a", "x", "b", "y")),
        (r"f(x) = h(x) + \mathbb{E}_{z \sim p}[k(z) + c]", ("x", "h", "k", "c", "z")),
        (r"f(x, n) = x_n", ("x", "n")),
        (r"f(\lambda) = \lambda", ("lambda_",)),
    ],
)
def test_the_order_of_a_call(formula: str, order: tuple[str, ...]) -> None:
    given = declarations("x in R^N") if "x_n" in formula else ()
    (r,) = understand(read_source(Source("d.md", f"$${formula}$$")), given)
    assert isinstance(r.meaning, Equation), r.message
    assert r.meaning.call_order == order
