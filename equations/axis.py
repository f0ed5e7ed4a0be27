"""Named axes of arrays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A named extent; ``lo`` is the mathematical index of its first element.

    An axis of a fixed size is named by it: ``3``.
    """

    name: str
    lo: int = 1


def signature(inputs: tuple[tuple[Axis, ...], ...], outputs: tuple[tuple[Axis, ...], ...]) -> str:
    """Core dimensions as NumPy writes them: ``(d),(d,d)->()``."""

    def group(axes: tuple[Axis, ...]) -> str:
        return "(" + ",".join(a.name for a in axes) + ")"

    return ",".join(map(group, inputs)) + "->" + ",".join(map(group, outputs))
