"""Forward mode in index form: tangents of lets, from the parameters on.

The tangent of ``L[r] = Σ_k body`` is ``Σ_k Σ_leaf ∂body/∂leaf · leaf_dot``; of a product, a
maximum and a minimum, the element's weight stands before it.  Before and after: as in `vjp`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..binding import Names, renamed
from ..expr import ArrayOp, Element, Expr, Let, Output, Program, Range, Reduce, Var
from ..positions import ZERO
from .arrays import array_tangent, log_determinant
from .partials import Missing, partials, place, plus, times
from .refusals import no_derivative
from .vjp import Reverse, opened


class Forward(Reverse):
    """One sweep forward: the tangents of everything that depends on the parameters ``wrt``."""

    def __init__(self, program: Program, tangents: dict[str, str]) -> None:
        super().__init__(program, list(tangents), (), Names.of(program))
        self.tangents = dict(tangents)

    def forward(self) -> None:
        for let in self.program.lets:
            if let.name not in self.active:
                continue
            if isinstance(let.body, ArrayOp):
                self._array(let, let.body)
            elif (op := log_determinant(self.lets, let)) is not None:
                self._array(let, op)
            else:
                made = self.tangent(let.name, let.ranges, let.body)
                if made != ZERO:
                    ranges, values = self.copied(let.ranges)
                    self.tangents[let.name] = self.named(f"{let.name}_dot", ranges, self.put(made, values)).name

    def copied(self, ranges: Sequence[Range]) -> tuple[tuple[Range, ...], dict[str, Expr]]:
        return renamed(tuple(ranges), self.names)

    def tangent(self, name: str, ranges: Sequence[Range], body: Expr) -> Expr:
        """The tangent of a body at its own ranges."""
        monoid, fold, body = opened(body)
        found = partials(body, self.is_active, self.look, self.is_finite)
        if isinstance(found, Missing):
            raise no_derivative(self.program.name, f"{found.prim} in {name}")
        total: Expr = ZERO
        for leaf, d in found.items():
            array, at = place(leaf)
            if array in self.tangents:
                moved = Element(self.tangents[array], at) if at else Var(self.tangents[array])
                total = plus(total, times(d, moved))
        if fold is None or total == ZERO:
            return total
        return Reduce("sum", fold, self.through(monoid, ranges, fold, body, total, name))

    def _array(self, let: Let, op: ArrayOp) -> None:
        matrix = op.operands[0].array
        if matrix not in self.tangents:
            return
        source = self.tangents[matrix]
        shape = Let(source, self.dims[matrix], ZERO)
        before, made = array_tangent({**self.lets, source: shape}, self.names, let, op, source)
        for x in (*before, made):
            self.lets[x.name] = x
            self.made.append(x)
        self.tangents[let.name] = made.name

    def output_tangent(self, o: Output, name: str) -> Output:
        made = self.tangent(o.name, o.ranges, o.body)
        ranges, values = self.copied(o.ranges)
        return Output(name, ranges, self.put(made, values))
