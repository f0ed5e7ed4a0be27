"""Jacobians and Hessians that are zero off a few diagonals, as `scipy.sparse` arrays.

The bands are read off the derivative's program; columns that no row has in common share a colour,
and one product with the Jacobian gives all columns of a colour: a diagonal one costs one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .kernel import Kernel


@dataclass(frozen=True, slots=True)
class Sparsity:
    """``kind`` is ``diagonal``, ``banded``, ``zero`` or ``dense``; ``offsets`` are the diagonals, column less row."""

    kind: str
    offsets: tuple[int, ...] = ()

    @property
    def colours(self) -> int:
        """Products with the Jacobian that give all of it; 0 where it is not sparse."""
        return self.offsets[-1] - self.offsets[0] + 1 if self.offsets else 0


def sparsity(kernel: Kernel) -> dict[str, Sparsity]:
    """Of each output of a Jacobian or Hessian, by its name."""
    from ..compiler.derive.sparsity import offsets

    program = kernel.frozen
    found = {}
    for o in program.outputs:
        bands = offsets(program, o)
        if bands is None:
            found[o.name] = Sparsity("dense")
        else:
            kind = "zero" if not bands else "diagonal" if bands == {0} else "banded"
            found[o.name] = Sparsity(kind, tuple(sorted(bands)))
    return found


class SparseJacobian:
    """Calls give a `scipy.sparse.csr_array`: rows are elements of the result, columns those of the parameter."""

    def __init__(self, dense: Kernel, product: Callable[[], Kernel], wrt: str) -> None:
        (self.sparsity,) = sparsity(dense).values()
        if self.sparsity.kind == "dense":
            raise TypeError(f"{dense.name} is not sparse: its elements off every diagonal may differ from zero")
        self.dense, self.wrt = dense, wrt
        self._product = product
        self._made: Kernel | None = None

    def __call__(self, *args: Any, **named: Any) -> Any:
        from scipy import sparse

        given = self.dense.bound({**dict(zip(self.dense.parameters, args, strict=False)), **named})
        x = np.asarray(given[self.wrt])
        if x.ndim != 1:
            raise TypeError(f"{self.dense.name}: a sparse result needs one vector {self.wrt}, found {x.ndim} axes")
        if self._made is None:
            self._made = self._product()
        colours, bands = self.sparsity.colours, self.sparsity.offsets
        parts = [self._column(given, x, c, colours) for c in range(colours)]
        rows = len(parts[0]) if parts else x.size
        at, columns, values = [], [], []
        for d in bands:
            i = np.arange(max(0, -d), max(0, min(rows, x.size - d)))
            at.append(i)
            columns.append(i + d)
            values.append(np.array([part for part in parts])[(i + d) % colours, i] if len(i) else np.zeros(0, x.dtype))
        if not bands:
            return sparse.csr_array((rows, x.size), dtype=x.dtype)
        data = (np.concatenate(values), (np.concatenate(at), np.concatenate(columns)))
        return sparse.csr_array(data, shape=(rows, x.size))

    def _column(self, given: dict[str, Any], x: Any, colour: int, colours: int) -> Any:
        """The Jacobian times the columns of one colour."""
        assert self._made is not None
        seed = (np.arange(x.size) % colours == colour).astype(x.dtype if x.dtype.kind == "f" else np.float64)
        tangent = self._made.parameters[-1]
        return np.asarray(self._made(**given, **{tangent: seed}))

    def __repr__(self) -> str:
        return f"<SparseJacobian {self.dense.name}: {self.sparsity.kind} {list(self.sparsity.offsets)}>"
