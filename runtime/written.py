"""Derivatives that an equation writes, exactly: of one of its lets by another one.

The let that is differentiated by becomes a parameter of an equation of its own, whose cells hold
the values of its elements as jets; what reads them on the way to the other let carries partials.
The algebra below is that of the equation around, jets included: so second derivatives are jets over
jets, and a condition number differentiates what is a derivative already.
"""

from __future__ import annotations

from dataclasses import replace

from ..equations import heads
from ..equations.domain import REAL
from ..equations.equation import Comprehension, Parameter
from .algebra import Number, positions
from .closures import Closures
from .jets import Jets, Unknown


class Sweep:
    """``∂of/∂by`` for every element of both, at the point that the closures around are bound to."""

    def __init__(self, around: Closures, of: str, by: str) -> None:
        self.around, self.of, self.by = around, of, by
        equation, lets = around.equation, around.lets
        # Of a derivative by the same let, it is a parameter already.
        cut = (Parameter(by, lets[by].axes, REAL),) if by in lets else ()
        parameters = (*equation.parameters, *cut)
        needed = needed_lets(lets[of], by, tuple(lets.values()))
        self.jets = Jets(around.algebra)
        self.inner = Closures(replace(equation, parameters=parameters, lets=needed, outputs=()), self.jets)

    def partial(self, of_at: tuple[int, ...], by_at: tuple[int, ...]) -> Number:
        """One derivative, elements at mathematical positions; raises Undefined or Undecided."""
        if ("sweep", self.of, self.by) not in self.around.memo:
            self._bind()
        found = self.inner.readers[self.of](of_at)
        d = found.partials.get((self.by, self._flat(by_at))) if self.jets.varies(found) else None
        if type(d) is Unknown:
            d.refuse()
        return self.around.algebra.rational(0, 1) if d is None else d

    def _bind(self) -> None:
        """Take over the inputs as they are, and the elements of ``by`` as what varies."""
        around, inner = self.around, self.inner
        inner.memo.clear()
        inner.extents.clear()
        inner.extents.update(around.extents)
        inner.raw.update(around.raw)
        for name, cell in around.cells.items():
            inner.cells[name][:] = cell
            inner.sizes[name][:] = around.sizes[name]
        one = around.algebra.rational(1, 1)
        inner.sizes[self.by][:], values = self._elements()
        inner.cells[self.by][:] = [self.jets.jet(v, {(self.by, k): one}) for k, v in enumerate(values)]
        around.memo["sweep", self.of, self.by] = True

    def _elements(self) -> tuple[tuple[int, ...], list[Number]]:
        """The extents of what is differentiated by, and its elements, last axis fastest."""
        around, by = self.around, self.by
        if by not in around.lets:
            self.lows = [a.lo for a in around.parameters[by].axes]
            self.shape = tuple(around.sizes[by])
            return self.shape, around.cells[by]
        ranges = [(lo(), hi()) for lo, hi in around.ranges[by]]
        self.lows = [lo for lo, _ in ranges]
        self.shape = tuple(max(0, hi - lo + 1) for lo, hi in ranges)
        read = around.readers[by]
        places = [tuple(lo + i for lo, i in zip(self.lows, at, strict=True)) for at in positions(self.shape)]
        return self.shape, [read(at) for at in places]

    def _flat(self, at: tuple[int, ...]) -> int:
        flat = 0
        for i, lo, n in zip(at, self.lows, self.shape, strict=True):
            flat = flat * n + i - lo
        return flat


def needed_lets(of: Comprehension, by: str, lets: tuple[Comprehension, ...]) -> tuple[Comprehension, ...]:
    """A let and the lets that it is made of, in order; ``by`` is not looked into."""
    wanted = {of.name}
    kept: list[Comprehension] = []
    for c in reversed(lets):
        if c.name in wanted and c.name != by:
            kept.append(c)
            wanted |= heads.read_names(c.body).union(*(heads.read_names(x) for b in c.bounds for x in (b.lo, b.hi)))
    return tuple(reversed(kept))


__all__ = ["Sweep", "needed_lets"]
