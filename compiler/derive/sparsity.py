"""Where a Jacobian can differ from zero, read off its program.

An output ``J[i, a]`` whose every term holds on a diagonal alone (``Select(a = i + c, …, 0)``) is
banded; the offsets ``c`` are its bands.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..binding import Names, unfold
from ..expr import Call, Compare, Element, Expr, Index, Output, Program, Select, Var
from ..matching import factors, terms
from ..positions import ZERO
from ..sums import difference


def offsets(program: Program, output: Output) -> frozenset[int] | None:
    """The bands ``a − i`` of an output with two axes; ``None`` where it is not banded."""
    if len(output.ranges) != 2:
        return None
    row, column = (Index(r.name) for r in output.ranges)
    shift = difference(output.ranges[1].lo, output.ranges[0].lo)
    if shift is None:
        return None
    found: set[int] = set()
    lets = {let.name: let for let in program.lets}
    names = Names.of(program)

    def shown(e: Expr) -> Expr:
        name, at = (e.name, ()) if isinstance(e, Var) else (e.array, e.at) if isinstance(e, Element) else ("", ())
        let = lets.get(name)
        return unfold(let, at, names) if let is not None and isinstance(let.body, Expr) else e

    stack = [output.body]
    while stack:
        for _, term in terms(stack.pop()):
            if term == ZERO:
                continue
            hit = next((c for c in _bands(term, row, column)), None)
            if hit is not None:
                found.add(hit - int(shift))
                continue
            inner = [x for below, x in factors(term)[1] if not below]
            product = next((c for x in inner for c in _bands(x, row, column)), None)
            if product is not None:
                found.add(product - int(shift))
            elif (seen := shown(term)) is not term and not isinstance(seen, Var | Element):
                stack.append(seen)
            else:
                return None
    return frozenset(found)


def _bands(e: Expr, row: Index, column: Index) -> Iterator[int]:
    """Offsets at which alone an expression is not zero."""
    match e:
        case Select(cond, _, other) if other == ZERO:
            stack = [cond]
            while stack:
                match stack.pop():
                    case Call("and", (a, b)):
                        stack += [a, b]
                    case Compare("==", a, b):
                        for c in (_offset(a, b, row, column), _offset(b, a, row, column)):
                            if c is not None:
                                yield c
        case Select(_, then, other):
            both = [set(_bands(x, row, column)) for x in (then, other) if x != ZERO]
            yield from set.intersection(*both) if both else ()


def _offset(a: Expr, b: Expr, row: Index, column: Index) -> int | None:
    """``c`` where ``a = b`` says ``column = row + c``."""
    c = difference(Call("sub", (a, b)), Call("sub", (column, row)))
    return None if c is None or c.denominator != 1 else -int(c)
