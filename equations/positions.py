"""Where arrays are read: every position must lie on its axis.

An index is affine in bound indices, so its extremes over nested ranges are found by
putting in the ends of the ranges, innermost first.  What is beyond an axis for every
extent is refused; what depends on an extent or an integer parameter is handed on as
a position to be checked at the call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy
from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .axis import Axis
from .context import Refusal
from .equation import Bound, Equation
from .span import Span

Affine = dict[Symbol | None, int]
Read = tuple[str, int, Expr, tuple[Bound, ...]]


def positions(e: Equation, span: Span) -> tuple[tuple[Expr, Axis], ...]:
    """Positions that must lie on their axes, to be checked at a call.

    Raises ``Refusal`` where a position is outside whatever the extents are, or where
    nothing tells how far an index runs.
    """
    shapes = {p.name: p.axes for p in e.parameters}
    shapes.update({c.name: c.axes for c in e.lets})
    known = {a.name for p in e.parameters for a in p.axes}
    out: dict[tuple[Expr, Axis], None] = {}
    for c in (*e.lets, *e.outputs):
        exprs = (c.body, *(x for b in c.bounds for x in (b.lo, b.hi)))
        for s in sorted({s.name for x in exprs for s in x.free_symbols if heads.is_extent(s)} - known):
            raise Refusal("E210", f"nothing in the formula says how far an index over '{s}' runs", span,
                          "write its bounds, or index an array with it")
        for array, k, at, bounds in reads(c.body, c.bounds):
            if array in shapes:
                for found in _outside(array, shapes[array][k], at, bounds, span):
                    out[found] = None
    return tuple(out)


def reads(e: Expr, bounds: tuple[Bound, ...]) -> Iterator[Read]:
    """Every element read in a body: array, place of the index, index, and ranges around it."""
    if isinstance(e, sympy.Indexed):
        for k, at in enumerate(e.indices):
            yield str(e.base.label.name), k, at, bounds
            yield from reads(at, bounds)
        return
    if isinstance(e, sympy.Sum | sympy.Product):
        inner = bounds
        for i, lo, hi in reversed(e.limits):
            inner = (*inner, Bound(i, lo, hi))
        yield from reads(e.function, inner)
        return
    if al.bound_symbols(e):
        yield from reads(e.args[0], (*bounds, Bound(e.args[1], e.args[2], e.args[3])))
        return
    for a in e.args:
        if isinstance(a, sympy.Basic):
            yield from reads(a, bounds)


def affine(e: Expr) -> Affine | None:
    """Coefficients of an integer affine expression; the constant stands at ``None``."""
    if e.is_Integer:
        return {None: int(e)}
    if isinstance(e, Symbol):
        return {e: 1}
    if isinstance(e, sympy.Add):
        total: Affine = {}
        for term in e.args:
            part = affine(term)
            if part is None:
                return None
            total = combine(total, part, 1)
        return total
    if isinstance(e, sympy.Mul):
        numbers = [f for f in e.args if f.is_Integer]
        rest = [f for f in e.args if not f.is_Integer]
        factor = int(sympy.Mul(*numbers))
        if len(rest) > 1:
            return None
        part = affine(rest[0]) if rest else {None: 1}
        return None if part is None else combine({}, part, factor)
    return None


def combine(a: Affine, b: Affine, factor: int) -> Affine:
    """``a + factor·b`` without zero terms."""
    out = dict(a)
    for s, c in b.items():
        out[s] = out.get(s, 0) + factor * c
    return {s: c for s, c in out.items() if c}


def extreme(at: Affine, bounds: tuple[Bound, ...], largest: bool) -> Affine | None:
    """The largest or least value of a position over the ranges around it."""
    for b in reversed(bounds):
        c = at.get(b.symbol, 0)
        if not c:
            continue
        end = affine(b.hi if (c > 0) == largest else b.lo)
        if end is None:
            return None
        at = combine({s: v for s, v in at.items() if s != b.symbol}, end, c)
    return at


def _outside(
    array: str, axis: Axis, at: Expr, bounds: tuple[Bound, ...], span: Span
) -> Iterator[tuple[Expr, Axis]]:
    position = affine(at)
    low = extreme(position, bounds, False) if position is not None else None
    high = extreme(position, bounds, True) if position is not None else None
    if low is None or high is None:
        raise Refusal("E211", f"{array} is read at '{at}', which is no sum of indices and whole numbers", span,
                      "write a letter for the bound or position, and hand it over as a whole number", unsupported=True)
    size = heads.extent(axis.name)
    last = combine({None: axis.lo - 1}, affine(size) or {}, 1)
    ends: Mapping[str, tuple[Affine, Affine]] = {
        "before its first": (low, combine(low, {None: axis.lo}, -1)),
        "beyond its last": (high, combine(last, high, -1)),
    }
    for where, (end, room) in ends.items():
        symbols = [s for s in room if s is not None]
        if not symbols:
            if room.get(None, 0) < 0:
                raise Refusal(
                    "E209", f"{array} is read at {written(end)}, {where} element", span,
                    f"{array} holds elements {axis.lo} to {written(last)}: change the bounds",
                )
        elif all(heads.is_extent(s) and s != size for s in symbols):
            raise Refusal("E209", f"{array} is read at {written(end)}, but its elements are counted by {size}",
                          span, "declare the lengths of both arrays")
        elif any(heads.is_extent(s) and s != size for s in symbols):
            raise Refusal("E209", f"{array} is read at {written(end)}, which may lie outside of it", span,
                          "declare the lengths of the arrays", unsupported=True)
        elif any(not heads.is_extent(s) for s in symbols):
            yield expression(end), axis
        elif room[size] < 0:
            raise Refusal("E209", f"{array} is read at {written(end)}, {where} element", span,
                          "change the bounds", unsupported=True)
        elif room.get(None, 0) < 0:  # the axis must have so many elements that this one is there
            yield Integer(axis.lo - 1 - room[None] // room[size]), axis


def written(a: Affine) -> str:
    """An affine position as mathematics writes it."""
    out = ""
    for s, c in sorted(a.items(), key=lambda x: (x[0] is None, str(x[0]))):
        sign = "-" if c < 0 else "+" if out else ""
        size = abs(c)
        out += sign + (str(size) if s is None else s.name if size == 1 else f"{size}{s.name}")
    return out or "0"


def expression(a: Affine) -> Expr:
    """An affine position as an index expression."""
    return al.add(*(Integer(c) if s is None else al.mul(Integer(c), s) for s, c in a.items())) if a else al.ZERO
