"""Derivatives as a textbook prints them.

The formula is derived once more without anything that serves numbers, shortened, and compared
with what the kernel computes at random points; only then is it shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..equations.diagnostic import TexjitError
from .confirmed import agrees
from .derivation import Derived, equation_of, written
from .left_sides import left_side, places_of

if TYPE_CHECKING:
    from ..compiler.expr import Let, Output, Program
    from ..compiler.readable.gather import Gatherer
    from ..compiler.readable.layout import Layout
    from ..compiler.readable.shorten import Named
    from ..compiler.readable.terms import Poly
    from ..equations.equation import Equation


@dataclass(frozen=True, slots=True)
class Formula:
    """One output of a derivative: ``left = right`` for every value of ``indices``."""

    name: str
    left: str
    right: str
    indices: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()  # further definitions that it reads

    @property
    def latex(self) -> str:
        """The formula; without a right side where there is no notation for it."""
        return f"{self.left} = {self.right}" if self.right else self.left


def latex(derived: Derived, program: Program) -> str:
    """The formulas of all outputs of a derivative; that of the function first, where it is an output."""
    origin = equation_of(derived.origin)
    values = [o.latex or origin.latex for o in origin.outputs] if derived.derivation.values else []
    found = formulas(derived, program)
    lines = [v for v in dict.fromkeys(values) if v] + [f.latex for f in found]
    where = dict.fromkeys(rf"\text{{where }} {a} = {b}" for f in found for a, b in f.where)
    return r", \quad ".join([*lines, *where])


def formulas(derived: Derived, program: Program) -> list[Formula]:
    """One formula for each output that is a derivative; ``program`` is what the kernel computes."""
    from ..compiler.readable.gather import NoFormula
    from ..compiler.readable.latex import NoNotation

    try:
        plain = _plain(derived)
        return _printed(derived, program, plain)
    except (NoFormula, NoNotation, TexjitError, RecursionError):
        return [Formula(o.name, left_side(derived, k, None, None), "") for k, o in _asked(derived, program.outputs)]


def _asked(derived: Derived, outputs: Sequence[Output]) -> list[tuple[int, Output]]:
    """The outputs that are derivatives, each with its number among them."""
    first = len(equation_of(derived.origin).outputs) if derived.derivation.values else 0
    return list(enumerate(outputs[first:]))


def _plain(derived: Derived) -> Program:
    """The program of a derivative with nothing in it that serves numbers."""
    from ..compiler.derive import functions
    from ..compiler.derive.chain import derivative
    from ..compiler.freeze import freeze

    origin, derivation = derived.origin, derived.derivation
    program = _plain(origin) if isinstance(origin, Derived) else freeze(origin)
    n = len(equation_of(origin).parameters)
    more = [functions.like(p.name, [a.name for a in p.axes]) for p in derived.equation.parameters[n:]]
    names = [o.name for _, o in _asked(derived, derived.equation.outputs)]  # type: ignore[arg-type]
    return derivative(program, derivation.mode, derivation.wrt, more[: derived.given], names, derivation.values,
                      functions.PLAIN, derived.slopes, more[derived.given :])


def _printed(derived: Derived, program: Program, plain: Program) -> list[Formula]:
    from ..compiler.freeze import freeze
    from ..compiler.readable import document
    from ..compiler.readable.gather import Gatherer, faces
    from ..compiler.readable.shorten import count, shortened

    equation = written(derived)
    gatherer = Gatherer(plain)
    symbols = document.heads(equation)
    named = _named(equation, plain, symbols)
    layout = document.layout(replace(equation, parameters=derived.equation.parameters), plain, symbols)
    layout = replace(layout, symbols={**layout.symbols, **_accents(derived, layout)}, faces=faces(freeze(equation)))
    layout = replace(layout, symbols={**_operands(gatherer, plain, layout), **layout.symbols})
    wanted = [(k, _from_first(derived, k, o, layout)) for k, o in _asked(derived, plain.outputs)]
    raw = [gatherer.output(o) for _, o in wanted]
    more = _shares([shortened(p) for p in raw], [o for _, o in wanted], named, layout)
    if more:
        every = {a for axes in layout.extents.values() for a in axes}
        layout = replace(
            layout,
            symbols={**layout.symbols, **{n.name: n.name for n in more}},
            extents={**layout.extents, **{n.name: document.axes_of(n.ranges, every) for n in more}},
        )
        named += more
    for attempt in (lambda p: shortened(p, named), shortened, lambda p: p):
        found = [attempt(p) for p in raw]
        if agrees(derived, program, plain, [o for _, o in wanted], found, named):
            break
    else:
        from ..compiler.readable.gather import NoFormula

        raise NoFormula("a formula that could not be confirmed")
    where = tuple(_definition(n, layout) for n in more if any(count(p, n.name) for p in found))
    return [replace(_formula(derived, k, o, p, layout), where=where) for (k, o), p in zip(wanted, found, strict=True)]


def _operands(gatherer: Gatherer, plain: Program, layout: Layout) -> dict[str, str]:
    """Matrices that are inverted and have no name: in brackets."""
    from ..compiler.expr import ArrayOp, Index
    from ..compiler.positions import minus
    from ..compiler.readable.latex import NoNotation, Writer, bracketed
    from ..compiler.readable.matrices import Matrices

    lets, out = {let.name: let for let in plain.lets}, {}
    for let in plain.lets:
        operand = let.body.operands[0].array if isinstance(let.body, ArrayOp) else ""
        if operand in lets and operand not in layout.symbols:
            matrix = lets[operand]
            at = tuple(minus(Index(r.name), r.lo) for r in matrix.ranges)
            try:
                read = gatherer.at(operand, at)
                text = Matrices(Writer(layout), matrix.ranges).formula(read, [r.name for r in matrix.ranges])
                out[operand] = bracketed(text)
            except NoNotation:
                continue
    return out


def _from_first(derived: Derived, k: int, o: Output, layout: Layout) -> Output:
    """An output with indices that count from the first one of each axis, as the author's do."""
    from ..compiler.binding import Names, substitute
    from ..compiler.expr import Index
    from ..compiler.positions import ONE, minus, plus

    values, ranges = {}, []
    for r, (array, axis) in zip(o.ranges, places_of(derived, k), strict=True):
        low = layout.lows[array][axis] if array in layout.lows else r.lo
        by_parameter = r.lo == ONE and low != ONE and array in {p.name for p in derived.equation.parameters}
        if by_parameter:
            values[r.name] = plus(minus(Index(r.name), low), ONE)
            r = replace(r, lo=low, hi=minus(plus(r.hi, low), ONE))
        ranges.append(r)
    if not values:
        return o
    return replace(o, ranges=tuple(ranges), body=substitute(o.body, values, Names({r.name for r in ranges})))


def _shares(polys: Sequence[Poly], outputs: Sequence[Output], named: Sequence[Named], layout: Layout) -> list[Named]:
    """A name for a softmax that stands at several places of formulas, and has none."""
    from ..compiler.readable.shorten import count, shares, shortened

    free = [x for x in ("P", "S", "A", "p", "w") if x not in layout.symbols and x not in layout.taken]
    for p, o in zip(polys, outputs, strict=True):
        for found in shares(p, o.ranges):
            if not free or any(n.poly == found.poly for n in named):
                continue
            made = replace(found, name=free[0])
            again = [shortened(q, [*named, made]) for q in polys]
            # A name for all of a formula says nothing.
            if sum(count(q, made.name) for q in again) > any(_is_name(q) for q in again):
                return [made]
    return []


def _is_name(p: Poly) -> bool:
    """Is a sum one name and nothing else?"""
    from ..compiler.readable.terms import Leaf

    return len(p) == 1 and len(p[0][0]) == 1 and isinstance(p[0][0][0][0], Leaf)


def _definition(n: Named, layout: Layout) -> tuple[str, str]:
    """``P_{i j}`` and what it is."""
    from ..compiler.readable.latex import Writer, scripted
    from ..compiler.readable.layout import Indices

    ix = Indices(layout)
    for r in n.ranges:
        ix = ix.within(r.name, None)
    at = " ".join(ix.of[r.name] for r in n.ranges)
    return scripted(n.name, at), Writer(layout).inside(n.poly, ix)


def _named(equation: Equation, plain: Program, symbols: dict[str, str]) -> list[Named]:
    """Values of the written equation that its author named, the widest first."""
    from ..compiler.derive.functions import PLAIN, prepared
    from ..compiler.expr import ArrayOp
    from ..compiler.freeze import freeze
    from ..compiler.readable.gather import Gatherer
    from ..compiler.readable.shorten import Named

    p = prepared(freeze(equation), PLAIN)
    gatherer = Gatherer(p)
    out = []
    parts: tuple[Let | Output, ...] = (*p.outputs, *reversed(p.lets))
    for part in parts:
        if part.name in symbols and not isinstance(part.body, ArrayOp):
            out.append(Named(part.name, part.ranges, gatherer.of(part.body)))
    return out


def _accents(derived: Derived, layout: Layout) -> dict[str, str]:
    """Symbols of cotangents and tangents: a bar or a dot over what they belong to."""
    from ..compiler.readable.document import accented, symbol
    from ..compiler.readable.latex import bracketed

    out: dict[str, str] = {}
    level: Equation | Derived = derived
    while isinstance(level, Derived):
        origin = equation_of(level.origin)
        n = len(origin.parameters)
        own = [p.name for p in level.equation.parameters[n : n + level.given]]
        out |= {p.name: bracketed(p.latex) for p in level.equation.parameters if p.role == "computed value" and p.latex}
        accent = {"vjp": "bar", "jvp": "dot"}.get(level.derivation.mode)
        of = [o.name for o in origin.outputs] if accent == "bar" else list(level.derivation.wrt)
        if accent:
            out |= {n: accented(layout.symbols.get(x) or symbol(x), accent) for n, x in zip(own, of, strict=True)}
        level = level.origin
    return out


# -- notation ----------------------------------------------------------------------------


def _formula(derived: Derived, k: int, o: Output, p: Poly, layout: Layout) -> Formula:
    from ..compiler.readable.document import apart
    from ..compiler.readable.latex import Writer
    from ..compiler.readable.layout import Clash
    from ..compiler.readable.matrices import Matrices, NoMatrices

    if not _has_indices(written(derived)):
        try:
            right = Matrices(Writer(layout), o.ranges).formula(p, [r.name for r in o.ranges])
            return Formula(o.name, left_side(derived, k, layout, None), right)
        except NoMatrices:
            pass  # the formula has indices then
    try:
        return _with_indices(derived, k, o, p, layout)
    except Clash:
        return _with_indices(derived, k, o, p, apart(layout))


def _with_indices(derived: Derived, k: int, o: Output, p: Poly, layout: Layout) -> Formula:
    from ..compiler.readable.latex import NoNotation, Writer
    from ..compiler.readable.layout import Indices

    ix = Indices(layout)
    for r, wish in zip(o.ranges, _wishes(derived, k, layout), strict=True):
        ix = ix.within(r.name, wish)
    at = tuple(ix.of[r.name] for r in o.ranges)
    try:
        right = Writer(layout).poly(p, ix)[0]
    except KeyError as no:
        raise NoNotation(str(no)) from None
    return Formula(o.name, left_side(derived, k, layout, at), right, at)


def _has_indices(equation: Equation) -> bool:
    """Does the author write indices?  Otherwise matrix notation is wanted."""
    text = "".join(x.latex or "" for x in (*equation.outputs, *equation.lets)) or equation.latex
    left = ((o.latex or "").partition("=")[0] for o in equation.outputs if o.bounds)
    return any(sign in text for sign in (r"\sum", r"\prod")) or any("_{" in x for x in left)


def _wishes(derived: Derived, k: int, layout: Layout) -> list[str | None]:
    return [layout.letters.get(place) for place in places_of(derived, k)]


__all__ = ["Formula", "formulas", "latex"]
