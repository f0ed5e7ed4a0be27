"""The ranges that indices run over: from a first to a last one, along an axis, or next to another index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sympy import Expr, Integer, Symbol

from . import algebra as al
from .context import Binding, Context, Extent, Refusal, over_axis
from .latex import tree as t
from .latex.printer import to_latex
from .names import flatten, letter, safe, take_apart
from .sized import sized
from .span import Span
from .subscripts import constant, moved, position
from .values import LETTER, AxisVar, ShapeMismatch, Value

Elaborate = Callable[[t.Node, Context], Value]


def index_letter(node: t.Node) -> str:
    """The key of an index in ``Context.bindings``."""
    sym = take_apart(node)
    if sym is None or sym.sup is not None:
        raise Refusal("E142", "an index must be a letter", node.span, "write \\sum_{i=1}^{N}")
    return letter(node) or sym.whole


def bare(node: t.Node, ctx: Context) -> Binding:
    """``Σ_x``: the index runs over its axis, which bears its name."""
    name = index_letter(node)
    axis = AxisVar(name, LETTER)
    if name in ctx.axis_names:
        axis = ctx.axis_names[name]
    return replace(over_axis(ctx.indices.new(safe(name)), axis), bare=True)


def bounded(i: t.Node, lo: t.Node, node: t.Big, ctx: Context, elaborate: Elaborate) -> Binding:
    if node.sup is None:
        raise Refusal("E144", "the upper bound of this operator is not written", node.span,
                      "write it above, e.g. \\sum_{i=1}^{N}")
    return ranged(i, lo, node.sup, ctx, elaborate)


def ranged(i: t.Node, lo: t.Node, hi: t.Node, ctx: Context, elaborate: Elaborate) -> Binding:
    """``i = lo .. hi``: over a whole axis when ``hi`` is a free letter, else explicit."""
    symbol = ctx.indices.new(safe(index_letter(i)))
    if isinstance(lo, t.Number) and lo.text.isdigit():
        first = int(lo.text)
        name, shift = _free_bound(hi, ctx)
        if name is not None:
            return over_written(symbol, written_extent(name, first, shift, ctx), name, first, shift, ctx)
    if (b := moved(lo, ctx)) is not None and (start := position(lo, ctx)) is not None:
        name, shift = _free_bound(hi, ctx)
        step = constant(start.value(), b.symbol)
        if name is not None and step is not None:  # j = i + 1 .. n
            e = written_extent(name, b.first + step, shift, ctx)
            return replace(over_written(symbol, e, name, b.first + step, shift, ctx), whole=False, lo=start.value)
    for end in (lo, hi):
        if any(isinstance(x, t.Name) and x.base == "infty" for x in t.walk(end)):
            raise Refusal("E147", "a sum without end is not supported", end.span, "write the number of its terms",
                          unsupported=True)
    for end in (lo, hi):
        if any(isinstance(x, t.Frac) or (isinstance(x, t.Binary) and x.op in ("/", "div")) for x in outer(end)):
            raise Refusal("E145", f"{to_latex(end).strip()} need not be a whole number", end.span,
                          "write a letter for the bound, e.g. m, and 2m for what it is half of", unsupported=True)
    low, high = elaborate(lo, ctx), elaborate(hi, ctx)
    if low.rank or high.rank:
        raise Refusal("E145", "the bounds of an index are numbers", hi.span,
                      "write the number of elements, e.g. n of $x \\in \\mathbb{R}^n$")
    for part in (*t.walk(lo), *t.walk(hi)):
        whole = take_apart(part)
        if whole is not None and (state := ctx.params.get(whole.whole)) is not None and not state.axes:
            state.integer = True
    axis = AxisVar()
    top = moved(hi, ctx)
    if top is not None:
        axis = top.axis
    elif (name := safe(flatten(hi))) in ctx.params:
        ctx.params[name].integer = True
        ctx.reads.append((high.at, axis))
    first = int(lo.text) if isinstance(lo, t.Number) and lo.text.isdigit() else 1
    return Binding(symbol, axis, False, low.at, high.at, first=first)


def outer(end: t.Node) -> Iterator[t.Node]:
    """The parts of a bound that no bracket rounds to a whole number."""
    yield end
    if not (isinstance(end, t.Group) and end.open in ("⌊", "⌈")) and not isinstance(end, t.Apply):
        for x in end.children():
            yield from outer(x)


def written_extent(name: str, first: int, shift: int, ctx: Context) -> Extent:
    """The axis that a written bound ``N`` measures, from what is known of the reads along it."""
    if name not in ctx.extents:
        lo, last = ctx.hulls.get(name, (first, shift))
        axis = ctx.named_axis(sized(name, last - lo + 1))
        if not axis.start(lo):
            raise ShapeMismatch(f"an axis that starts at {axis.lo} is read from {lo}", Span(0, 0))
        ctx.extents[name] = Extent(axis, lo, last)
        ctx.mention(name)
    return ctx.extents[name]


def over_written(symbol: Symbol, e: Extent, name: str, first: int, shift: int, ctx: Context) -> Binding:
    """An index from ``first`` to ``N + shift``."""

    def high() -> Expr:
        return al.add(ctx.last_index(name), Integer(shift))

    whole = (first, shift) == (e.lo, e.shift)
    return Binding(symbol, e.axis, whole, lambda: Integer(first), high, name, first, shift)


def _free_bound(hi: t.Node, ctx: Context) -> tuple[str | None, int]:
    """``N`` or ``N - 1`` where ``N`` is a letter without any other meaning so far."""
    shift = 0
    if isinstance(hi, t.Sum) and len(hi.terms) == 2 and isinstance(hi.terms[1], t.Number):
        if hi.terms[1].text.isdigit() and hi.signs[0] == "+":
            shift = int(hi.terms[1].text) * (-1 if hi.signs[1] == "-" else 1)
            hi = hi.terms[0]
    sym = take_apart(hi)
    if sym is None or sym.sup is not None or sym.base == "infty":
        return None, 0
    name = sym.whole
    return (name, shift) if name in ctx.uppers else (None, 0)


def from_number(i: t.Node, lo: t.Number, op: str, ctx: Context) -> Binding:
    """``Σ_{k≥1}``, ``Σ_{k>2}``: from a number to the end of the axis."""
    if not lo.text.isdigit():
        raise Refusal("E145", "the bounds of an index are whole numbers", lo.span, "write \\sum_{i=1}^{N}")
    first = int(lo.text) + (op == ">")
    whole = bare(i, ctx)
    if not whole.axis.start(0 if first == 0 else 1):
        raise Refusal("E146", "this range of an index is not supported", lo.span,
                      f"write {to_latex(i).strip()} = {first} below and the last index above", unsupported=True)
    return replace(whole, whole=first <= 1, bare=False, first=first, lo=lambda: Integer(first))


def following(sides: tuple[t.Node, ...], ops: tuple[str, ...], ctx: Context) -> dict[str, Binding] | None:
    """``Σ_{j>i}`` of an index ``i`` that is bound: from the next one to the end of its axis."""
    if len(sides) != 2 or letter(sides[0]) is None or (top := ctx.bindings.get(letter(sides[1]) or "")) is None:
        return None
    step = Integer(1 if ops[0] == ">" else 0)
    symbol = ctx.indices.new(safe(index_letter(sides[0])))
    return {index_letter(sides[0]): Binding(symbol, top.axis, False, lambda: al.add(top.symbol, step),
                                            lambda: top.axis.bounds()[1])}


def nested(letters: tuple[t.Node, ...], ops: tuple[str, ...], above: Binding, ctx: Context) -> dict[str, Binding]:
    """``i < j < k``, where the last one is bound: each other index ends at the next."""
    out = {index_letter(letters[-1]): above}
    for x, op in zip(reversed(letters[:-1]), reversed(ops), strict=True):
        low, nearer, step = above.lo, above, Integer(-1 if op == "<" else 0)

        def high(nearer: Binding = nearer, step: Integer = step) -> Expr:
            return al.add(nearer.symbol, step)

        above = Binding(ctx.indices.new(safe(index_letter(x))), nearer.axis, False, low, high)
        out[index_letter(x)] = above
    return out
