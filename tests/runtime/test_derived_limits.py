"""Exact derivatives are the limits of differences of exact values, of first and second order."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from mpmath import mpf

import texjit as tj
from texjit.compiler.expr import Call, Element, Index, Output, Param, Program, Range
from texjit.compiler.positions import ONE, const, extent, minus
from texjit.equations.domain import REAL
from texjit.equations.equation import Equation
from texjit.runtime.inside import refuse_outside
from texjit.runtime.reference import Reference, decimal

sys.path.insert(0, str(Path(__file__).parent))
from derivatives import EQUATIONS, derived

H = 2.0**-40
#: The relative error of a difference with step H, and what third and fifth derivatives may add to it.
CLOSE = mpf(2) ** -80 * 2**20

POINTS: dict[str, dict[str, Any]] = {
    "f": {"x": [0.5, -1.25, 2.0], "A": [[1.0, 0.5, -2.0], [0.25, 3.0, 0.0], [1.5, -0.75, 1.0]]},
    "g": {"z": [0.5, -1.0, 0.25], "w": [1.5, 2.0, -0.5]},
    "h": {"x": [0.5, -1.25, 2.0], "y": [1.0, 0.75, -0.5]},
    "K": {"P": [0.25, 0.5, 0.25], "Q": [0.5, 0.125, 0.375]},
    "q": {"x": [0.5, -1.25], "A": [[2.0, 0.5], [-0.25, 1.5]]},
    "r": {"a": 1.25, "b": 0.75},
    "u": {"a": 1.75, "t": 1.5},
    "v": {"a": 1.75},
    "m": {"x": [0.5, -1.25, 2.0, 0.0]},
    "LayerNorm": {"x": [1.0, 2.0, 4.0], "gamma": [1.0, 2.0, 0.5], "beta": [0.125, 0.0, 1.0], "epsilon": 0.125},
    "alpha_bar": {"beta": [0.25, 0.5, 0.125]},
    "huber": {"a": 3.0, "delta": 1.25},
}


class Values:
    """The origin as a function of all elements of all inputs, at moved points."""

    def __init__(self, equation: Equation, at: Mapping[str, Any]) -> None:
        self.reference, self.at = Reference(equation), {n: np.asarray(v, float) for n, v in at.items()}
        self.keys = [(n, k) for n, v in self.at.items() for k in range(v.size)]
        self.known: dict[Any, Any] = {}

    def __call__(self, *steps: tuple[tuple[str, int], int]) -> Any:
        """The flattened output with inputs moved by multiples of H, which floats hold exactly."""
        if steps not in self.known:
            moved = {n: v.copy() for n, v in self.at.items()}
            for (n, k), times in steps:
                moved[n].flat[k] += times * H
            (found,) = self.reference.evaluate(moved, 1000).values()
            self.known[steps] = np.array([mpf(decimal(b, 290)) for b in found.flat], dtype=object)
        return self.known[steps]

    def first(self, key: tuple[str, int]) -> Any:
        return (self((key, 1)) - self((key, -1))) / (2 * mpf(H))

    def second(self, one: tuple[str, int], two: tuple[str, int]) -> Any:
        if one == two:
            return (self((one, 1)) - 2 * self() + self((one, -1))) / mpf(H) ** 2
        corners = [s * t * self((one, s), (two, t)) for s, t in product((1, -1), repeat=2)]
        return sum(corners) / (4 * mpf(H) ** 2)


def close(found: Any, want: Any) -> bool:
    return bool(abs(mpf(decimal(found, 60)) - want) <= CLOSE * (1 + abs(want)))


@pytest.mark.parametrize("name", sorted(POINTS))
def test_derivatives_are_limits_of_differences(name: str) -> None:
    with mp.workdps(300):
        equation, at = EQUATIONS[name], POINTS[name]
        f = Values(equation, at)
        wrt = tuple(at)
        by = derived(equation, "jacobian", *wrt)
        inputs = dict(f.at)
        found = Reference(by).evaluate(inputs, 400)
        gradient = {w: d.reshape(len(f()), -1) for w, d in zip(wrt, found.values(), strict=True)}
        for w, k in f.keys:
            want = f.first((w, k))
            assert all(close(gradient[w][r, k], want[r]) for r in range(len(want))), (w, k)

        # Random cotangents and tangents; second derivatives are differences of values, too.
        rng = np.random.default_rng(3)
        (out,) = Reference(equation).evaluate(inputs, 60).values()
        bar = rng.integers(-8, 9, out.shape) / 8.0
        dots = {w: rng.integers(-8, 9, inputs[w].shape) / 8.0 for w in wrt}
        back = derived(equation, "vjp", *wrt, values=True)
        (o,) = equation.outputs
        hessian = {(p, q): bar.ravel() @ f.second(p, q) for p in f.keys for q in f.keys if p <= q}
        symmetric = hessian | {(q, p): v for (p, q), v in hessian.items()}
        pushed = derived(back, "jvp", *wrt)
        given = {**inputs, f"{o.name}_bar": bar, **{f"{w}_dot": d for w, d in dots.items()}}
        along = Reference(pushed).evaluate(given, 400)
        twice = Reference(derived(back, "jacobian", *wrt)).evaluate(given, 400)
        value = along[f"{o.name}_dot"].ravel()
        slope = sum(dots[w].flat[k] * f.first((w, k)) for w, k in f.keys)
        assert all(close(value[r], slope[r]) for r in range(len(value)))
        for w, k in f.keys:
            want = sum(symmetric[(w, k), q] * dots[q[0]].flat[q[1]] for q in f.keys)
            assert close(along[f"{w}_bar_dot"].ravel()[k], want), (w, k)
            for v, j in f.keys:
                block = twice[f"d{w}_bar_d{v}"].reshape(inputs[w].size, inputs[v].size)
                assert close(block[k, j], symmetric[(w, k), (v, j)]), ((w, k), (v, j))


def test_neighbours_in_a_chain_are_read_inside_of_the_array() -> None:
    text = r"$$s(u_k|u_{k-1}) = \mathcal{N}(u_k; \sqrt{1-a_k} u_{k-1}, a_k I)$$" "\n\n"
    text += r"$$s(u_{1:M}|u_0) = \prod_{k=1}^{M} s(u_k|u_{k-1})$$"
    k = tj.compile(tj.read(text)).s_joint
    curvature = tj.hessian(k, "u")
    assert curvature.signature.endswith("->(M,d,M,d)")
    assert curvature.certificate(count=60).verdict == "verified"


def test_a_program_that_would_read_outside_of_an_array_is_refused() -> None:
    i = Range("i", ONE, extent("n"))
    here, next_one = (Element("x", (minus(Index("i"), const(k)),)) for k in (1, 0))
    out = Output("f", (i,), Call("add", (here, next_one)))
    with pytest.raises(tj.Unsupported, match=r"E367.*outside of an array"):
        refuse_outside(Program("f", (Param("x", ("n",), REAL),), (), (out,)), "x")
