"""Derivatives of normalised exponentials in all the ways they are indexed, against steps along the imaginary axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.compiler.interpret import interpret

STEP = 1e-30


def total_of_each(a: Any, b: Any, c: Any) -> Any:
    return c @ (np.exp(a * b) / np.exp(a[:, None] * b).sum(0)) ** 2


def first_axis(a: Any, b: Any, c: Any) -> Any:
    e = np.exp(a[:, None] * b)
    return c @ (e / e.sum(0)) ** 2 @ c


def causal(q: Any, k: Any, v: Any) -> Any:
    total = 0.0
    for t in range(len(v)):
        e = np.exp(k[: t + 1] @ q[t])
        total = total + (e @ v[: t + 1] / e.sum()) ** 2
    return total


VECTORS = r"where $a, b, c \in \mathbb{R}^n$."
CASES: dict[str, tuple[str, Callable[..., Any]]] = {
    "a total of its own for each": (
        r"$$p_i = \frac{e^{a_i b_i}}{\sum_{j=1}^n e^{a_j b_i}}, \quad L = \sum_{i=1}^n p_i^2 c_i$$ " + VECTORS,
        total_of_each,
    ),
    "over the first axis": (
        r"$$P_{ij} = \frac{e^{a_i b_j}}{\sum_{k=1}^n e^{a_k b_j}}, \quad "
        r"L = \sum_{i=1}^n \sum_{j=1}^n c_i P_{ij}^2 c_j$$ " + VECTORS,
        first_axis,
    ),
    "causal": (
        r"$$A_{ts} = \frac{\exp(q_t^\top k_s)}{\sum_{r=1}^{t} \exp(q_t^\top k_r)}, \quad "
        r"L = \sum_{t=1}^T \left(\sum_{s=1}^t A_{ts} v_s\right)^2$$ "
        r"where $q, k \in \mathbb{R}^{T \times d}$, $v \in \mathbb{R}^T$.",
        causal,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_and_hessians_are_those_of_the_formula(name: str) -> None:
    text, formula = CASES[name]
    k = tj.compile(f"## Shares\n{text}\n")["L"]
    rng = np.random.default_rng(7)
    shapes = {p: (3, 2)[: len(axes)] for p, axes in ((p.name, p.axes) for p in k.program.params)}
    point = {p: rng.normal(size=shape) for p, shape in shapes.items()}
    wrt = k.parameters[0]
    gradient, hessian = tj.grad(k, wrt).program, tj.hessian(k, wrt).program

    def along(f: Callable[..., Any], place: tuple[int, ...]) -> Any:
        moved = point[wrt].astype(complex)
        moved[place] += STEP * 1j
        return f(**{**point, wrt: moved}).imag / STEP

    def slope(**at: Any) -> Any:
        # Differences of the fourth order, exact along the imaginary axis within.
        def near(h: float) -> Any:
            out = np.zeros(shapes[wrt])
            for place in np.ndindex(*shapes[wrt]):
                moved = at[wrt].astype(complex)
                moved[place] += STEP * 1j
                moved += h * at["direction"]
                out[place] = formula(**{**point, wrt: moved}).imag / STEP
            return out

        h = 1e-3
        return (8 * (near(h) - near(-h)) - (near(2 * h) - near(-2 * h))) / (12 * h)

    (found,) = interpret(gradient, point).values()
    wanted = np.array([along(formula, place) for place in np.ndindex(*shapes[wrt])]).reshape(shapes[wrt])
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)  # a few roundings of terms near 1
    (found,) = interpret(hessian, point).values()
    direction = rng.normal(size=shapes[wrt])
    product = np.tensordot(found, direction, axes=direction.ndim)
    # The differences: h^4 times the fifth derivatives.
    np.testing.assert_allclose(product, slope(**{wrt: point[wrt], "direction": direction}), rtol=1e-8, atol=1e-10)
