"""Named axes of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Axis:
    """A named extent; ``lo`` is the mathematical index of its first element.

    An axis of a fixed size is named by it: ``3``.  A ``written`` name stands in the text,
    as a bound of a sum or in a declaration; the others are made up.
    """

    name: str
    lo: int = 1
    written: bool = field(default=False, compare=False, repr=False)


def signature(inputs: tuple[tuple[Axis, ...], ...], outputs: tuple[tuple[Axis, ...], ...]) -> str:
    """Core dimensions as NumPy writes them: ``(d),(d,d)->()``."""

    def group(axes: tuple[Axis, ...]) -> str:
        return "(" + ",".join(a.name for a in axes) + ")"

    return ",".join(map(group, inputs)) + "->" + ",".join(map(group, outputs))
