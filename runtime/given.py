"""The caller's own inputs as points of a certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .call import Spec, common_dtype, convert, measure
from .points import Point

if TYPE_CHECKING:
    from ..equations.equation import Parameter
    from .kernel import Kernel

#: What a point of the caller's is filed under.
STRATUM = "given"


def several_of(inputs: Any) -> list[Mapping[str, Any]]:
    """Inputs by name as a list of mappings; raises ``TypeError`` for anything else."""
    several = list(inputs) if isinstance(inputs, Sequence) and not isinstance(inputs, str) else [inputs]
    for k, one in enumerate(several):
        if not isinstance(one, Mapping):
            raise TypeError(f"points: expected a number, or inputs by name; found {type(one).__name__} at place {k}")
    return several


def given_points(
    kernel: Kernel, several: Sequence[Mapping[str, Any]], dtype: str | None, domains: Mapping[str, Parameter]
) -> tuple[list[Point], str]:
    """The points of inputs by name, and the dtype that a call with them would have.

    Names, shapes, black-box functions and broadcasting are those of a call; every slice
    along leading axes is a point.  ``domains`` has the parameters whose domains hold them.
    Raises what a call raises, and ``OutsideDomain``.
    """
    from .domains import check_domain

    bound = []
    for one in several:
        values = kernel.bound(one)
        raw = [values[p.name] for p in kernel.spec.inputs]
        arrays = [convert(a, p) for a, p in zip(raw, kernel.spec.inputs, strict=True)]
        bound.append((arrays, common_dtype(tuple(raw), arrays, kernel.spec.inputs)))
    kinds = {own for _, own in bound}
    chosen = dtype or ("float32" if kinds == {"float32"} else "float64")
    points: list[Point] = []
    for arrays, _ in bound:
        named = {
            p.name: a if p.integer else a.astype(chosen, copy=False)
            for p, a in zip(kernel.spec.inputs, arrays, strict=True)
        }
        for _, point in slices(kernel.spec, named):
            points.append(Point(point, (STRATUM,)))
        for name, a in named.items():
            check_domain(kernel.name, domains[name], a)
    return points, chosen


def slices(spec: Spec, arrays: Mapping[str, Any]) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Inputs without leading axes, and where along those they stand; numbers fill elastic arrays."""
    given = [np.asarray(arrays[p.name]) for p in spec.inputs]
    sizes, lead = measure(spec, given)
    cores = [tuple(sizes[x] for x in p.axes) for p in spec.inputs]
    full = [
        np.broadcast_to(a, lead + core) if not (p.elastic and a.ndim == 0) else np.full(lead + core, a)
        for a, p, core in zip(given, spec.inputs, cores, strict=True)
    ]
    for at in np.ndindex(lead):
        values = {p.name: a[at] for p, a in zip(spec.inputs, full, strict=True)}
        yield at, {p.name: int(values[p.name]) if p.integer and not p.axes else values[p.name] for p in spec.inputs}
