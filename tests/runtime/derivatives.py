"""Derivatives put together by hand: what they are of and their shapes, without a program."""

from __future__ import annotations

from typing import Any

import sympy as sp

from texjit.equations.axis import Axis
from texjit.equations.domain import REAL
from texjit.equations.equation import Bound, Comprehension, Equation, Parameter
from texjit.equations.heads import extent, index
from texjit.equations.read import read
from texjit.equations.understand import understand
from texjit.runtime.derivation import Derivation, Derived, equation_of, names


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
