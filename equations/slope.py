r"""How a computed value moves with a parameter: sums of products of further computed values.

    d/da ∫_l^h f(x; a) dx = ∫_l^h ∂f/∂a dx + f(h; a) ∂h/∂a - f(l; a) ∂l/∂a

Each of ``∫ ∂f/∂a dx``, ``f(h; a)``, ``∂h/∂a`` is computed by a kernel of its own; compiler and judge both
put them together from these records.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """A computed value, read at the axes ``of`` of the value that moves, then, if ``by``, at those of the parameter."""

    name: str
    of: tuple[int, ...] = ()
    by: bool = False


@dataclass(frozen=True, slots=True)
class Slope:
    """The derivative of the computed value ``value`` by the parameter ``wrt``: ``Σ sign Π factors``."""

    value: str
    wrt: str
    terms: tuple[tuple[int, tuple[Factor, ...]], ...]
