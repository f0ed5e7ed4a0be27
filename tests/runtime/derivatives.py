"""Derivatives put together by hand: what they are of and their shapes, without a program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import sympy as sp

from texjit.equations.axis import Axis
from texjit.equations.domain import REAL
from texjit.equations.equation import Bound, Comprehension, Equation, Parameter
from texjit.equations.heads import extent, index
from texjit.equations.read import read
from texjit.equations.understand import understand
from texjit.runtime.derivation import Derivation, Derived, equation_of, names

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F


def derived(origin: Equation | Derived, mode: str, *wrt: str, values: bool = False) -> Derived:
    """The record of a derivative; the bodies of its equation are zeros, which nobody may read."""
    derivation, of = Derivation(mode, wrt, values), equation_of(origin)
    by = {p.name: p for p in of.parameters}
    more, outputs = names(derivation, [o.name for o in of.outputs], by)
    given = {"vjp": [o.axes for o in of.outputs], "jvp": [by[w].axes for w in wrt]}.get(mode, [])
    axes = [o.axes for o in of.outputs] if values else []
    axes += {"vjp": [by[w].axes for w in wrt], "jvp": [o.axes for o in of.outputs]}.get(
        mode, [(*o.axes, *by[w].axes) for o in of.outputs for w in wrt]
    )
    equation = Equation(
        f"{mode}_{of.name}",
        (*of.parameters, *(Parameter(n, a, REAL, "argument") for n, a in zip(more, given, strict=True))),
        (),
        tuple(_zeros(n, a) for n, a in zip(outputs, axes, strict=True)),
    )
    return Derived(origin, derivation, equation)


def _zeros(name: str, axes: tuple[Axis, ...]) -> Comprehension:
    bounds = tuple(Bound(index(f"r{k}"), sp.Integer(1), extent(a.name)) for k, a in enumerate(axes))
    return Comprehension(name, bounds, sp.Integer(0), axes)


def equations(text: str) -> dict[str, Equation]:
    """The equations of a text, by name."""
    found: dict[str, Any] = {r.name: r.meaning for r in understand(read(text)) if r.meaning is not None}
    return found


TEXT = r"""
Let $x, y, w \in \mathbb{R}^N$, $A \in \mathbb{R}^{N \times N}$ and $t, a, b \in \mathbb{R}$.

$$f(x, A) = x^\top A x$$
$$g(z, w)_i = \frac{\exp(z_i w_i)}{\sum_{j=1}^{N} \exp(z_j)}$$
$$h(x, y) = \sqrt{\sum_{i=1}^{N} (x_i - y_i)^2} \cdot \log \prod_{i=1}^N (1 + x_i^2)$$
$$K(P, Q) = \sum_{k=1}^K P_k \log \frac{P_k}{Q_k}$$
$$q(x, A) = \log\det A + x^\top A^{-1} x$$
$$r(a, b) = \tanh(a) \, b^{a} + \arctan(a b) \operatorname{erf}(b)$$
$$u(a, t) = \max(a, t^2) + |a - t| + a^{3/2} \min(a, t)$$
$$v(a) = \log \Gamma(a) + \Gamma(a) + \psi(a)$$
$$m(x) = \log \sum_{i=1}^{N} \exp(x_i) + \max_i x_i$$
$$p(x) = \prod_{i=1}^{N} x_i$$
$$n(x) = \sqrt{\sum_{i=1}^{N} x_i^2}$$
$$c(a, b) = a \log b$$
$$d(a, b) = a^b$$
$$e(a, b) = a^2 b$$
$$l(a, b) = a^2 \sqrt{b}$$
"""
EQUATIONS = {**equations(TEXT), "LayerNorm": F.LAYERNORM, "alpha_bar": F.PREFIX, "huber": F.HUBER}
