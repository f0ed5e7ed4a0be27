"""Big operators: Σ, Π, max, min over indices, and expectations over samples."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import sympy
from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .conditions import truth
from .context import Binding, Context, Extent, Refusal, over_axis, sized
from .evidence import index_names
from .expect import expectation
from .latex import tree as t
from .latex.printer import to_latex
from .names import flatten, letter, safe, take_apart
from .ranges import consecutive
from .span import Span
from .subscripts import moved
from .values import LETTER, AxisVar, ShapeMismatch, Value, describe, lazy

#: What stands for operators that need a search.
INSTEAD = {"sup": "write \\max_i over an index", "inf": "write \\min_i over an index"}

Elaborate = Callable[[t.Node, Context], Value]
Guard = Callable[[], Expr]

WORDS = {
    "int": "an integral needs quadrature", "iint": "an integral needs quadrature",
    "oint": "an integral needs quadrature", "inf": "an infimum needs an optimiser",
    "sup": "a supremum needs an optimiser", "lim": "a limit needs symbolic analysis",
}


def big(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value:
    if node.op == "expect":
        return expectation(node, ctx, elaborate)
    if node.op in WORDS:
        raise Refusal("E192", f"{WORDS[node.op]}, which is not there yet", node.span,
                      INSTEAD.get(node.op, "write its value in closed form"), unsupported=True)
    if node.op not in ("sum", "prod", "max", "min", "argmax", "argmin"):
        raise Refusal("E192", f"the operator '{node.op}' is not there yet", node.span,
                      "write it as a sum or product over an index", unsupported=True)
    if node.op == "sum" and (parts := separate(node, node.body)) is not None:
        return elaborate(parts, ctx)
    letters, guards, further = bindings(node, ctx, elaborate)
    for x in letters:
        if x in ctx.bindings:
            raise Refusal("E148", f"the index {x} is bound twice, one inside the other", node.span,
                          "give the inner one another letter, or put the outer sum in brackets")
    with ExitStack() as stack:
        stack.enter_context(ctx.bind(letters))
        guards += [truth(x, ctx, elaborate) for x in further]
        body = elaborate(node.body, ctx)
    if body.rank and node.op not in ("sum",):
        raise Refusal("E140", f"{node.op} of {describe(body)}", node.span, "index its elements")
    order = tuple(letters.values())

    def reduced(e: Expr) -> Expr:
        if guards:
            neutral = NEUTRAL[node.op]
            conds = [g() for g in guards]
            cond = conds[0] if len(conds) == 1 else sympy.And(*conds, evaluate=False)
            e = sympy.Piecewise((e, cond), (neutral, sympy.true), evaluate=False)
        for b in reversed(order):
            e = REDUCTIONS[node.op](e, b.symbol, b.lo(), b.hi())
        return e

    if body.rank:
        return Value(body.axes, lambda *i: reduced(body.at(*i)), row=body.row)
    return lazy(lambda: reduced(body.at()))


def separate(outer: t.Big, body: t.Node) -> t.Node | None:
    """``Σ_i x_i Σ_i y_i`` as the product of two sums, ``Σ_i x_i / Σ_i y_i`` as their quotient.

    Nothing where the body holds no factor that binds the same index.  A sum of products with such a
    factor has this value in either reading.
    """
    mine = set(index_names(outer.sub)) if outer.sub is not None else set()

    def again(x: t.Node) -> bool:
        if not isinstance(x, t.Big) or x.sub is None:
            return False
        compares = isinstance(x.sub, t.Relation) and x.sub.ops[0] in ("<", "<=", "!=")
        own = x.sub.sides[0] if isinstance(x.sub, t.Relation) and compares else x.sub  # Π_{m≠j} binds m
        return not isinstance(own, t.Number) and bool(mine & set(index_names(own)))

    match body:
        case t.Juxt(items=(*first, last)) if first and again(last):
            head = first[0] if len(first) == 1 else t.Juxt(first[0].span | first[-1].span, tuple(first))
            return t.Juxt(outer.span, (replace(outer, body=head), last))
        case t.Binary(op="cdot" | "times" | "/" | "div", left=left, right=right):
            below = isinstance(right, t.Big) and body.op in ("/", "div") and separate(right, right.body) is not None
            if again(right) and not below:  # Σ x / Σ y · Σ z is open
                return replace(body, left=replace(outer, body=left))
            if (parts := separate(outer, left)) is not None:
                return replace(body, left=parts)
    return None


#: What a term counts as where a side condition fails.
NEUTRAL: dict[str, Expr] = {
    "sum": al.ZERO, "prod": al.ONE, "max": -sympy.oo, "min": sympy.oo, "argmax": -sympy.oo, "argmin": sympy.oo,
}


def _head(head: Callable[..., Expr]) -> Callable[[Expr, Symbol, Expr, Expr], Expr]:
    return lambda e, i, lo, hi: head(e, i, lo, hi, evaluate=False)


REDUCTIONS: dict[str, Callable[[Expr, Symbol, Expr, Expr], Expr]] = {
    "sum": al.sum_over,
    "prod": al.product_over,
    "max": _head(heads.ReduceMax),
    "min": _head(heads.ReduceMin),
    "argmax": _head(heads.ArgMax),
    "argmin": _head(heads.ArgMin),
}


def bindings(
    node: t.Big, ctx: Context, elaborate: Elaborate
) -> tuple[dict[str, Binding], list[Guard], list[t.Relation]]:
    """The index letters that an operator binds, guards on them, and conditions to be read under them."""
    sub = node.sub
    if sub is None:
        raise Refusal("E141", "the index of this operator is not written", node.span,
                      "write the index below it, e.g. \\sum_{i=1}^{N}")
    match sub:
        case t.Relation(sides=(t.Separated(items=items), lo), ops=("=",)):
            return {index_letter(i): bounded(i, lo, node, ctx, elaborate) for i in items}, [], []
        case t.Relation(sides=(i, lo), ops=("=",)):
            return {index_letter(i): bounded(i, lo, node, ctx, elaborate)}, [], []
        case t.Relation(sides=(i, members), ops=("in",)):
            return member(i, members, ctx, elaborate), [], []
        case t.Relation(sides=(t.Number() as lo, *inner, hi), ops=ops) if inner and set(ops) <= {"<", "<="}:
            return between(lo, tuple(inner), hi, ops, node, ctx, elaborate), [], []
        case t.Relation(sides=sides, ops=ops) if all(op in ("<", "<=", "!=") for op in ops):
            return (*compared(sides, ops, node, ctx), [])
        case t.Separated(items=items, separators=seps) if all(s in (",", ":", "|") for s in seps):
            return several(items, node, ctx, elaborate)
        case t.Name() | t.Juxt() if node.sup is not None:
            each = sub.items if isinstance(sub, t.Juxt) else (sub,)
            below, end = ", ".join(to_latex(x).strip() for x in each), to_latex(node.sup).strip()
            raise Refusal("E144", f"the lower bound of {below} is not written", node.span,
                          f"write {below} = 1 below and {end} above")
        case t.Juxt(items=items) if all(isinstance(i, t.Name) for i in items):
            return {index_letter(i): bare(i, ctx) for i in items}, [], []
        case _:
            return {index_letter(sub): bare(sub, ctx)}, [], []


def several(
    items: tuple[t.Node, ...], node: t.Big, ctx: Context, elaborate: Elaborate
) -> tuple[dict[str, Binding], list[Guard], list[t.Relation]]:
    """``i, j``; ``i, j = 1``; ``i = 1, i \\ne k``: ranges first, what is left are conditions."""
    out: dict[str, Binding] = {}
    waiting: list[t.Node] = []
    further: list[t.Relation] = []
    for item in items:
        match item:
            case t.Relation(sides=(t.Separated(items=names), lo), ops=("=",)):
                out |= {index_letter(x): bounded(x, lo, node, ctx, elaborate) for x in names}
            case t.Relation(sides=(i, lo), ops=("=",)) if take_apart(i) is not None and index_letter(i) not in out:
                for x in (*waiting, i):
                    out[index_letter(x)] = bounded(x, lo, node, ctx, elaborate)
                waiting = []
            case t.Relation(sides=(i, members), ops=("in",)):
                for x in (*waiting, i):
                    out |= member(x, members, ctx, elaborate)
                waiting = []
            case t.Relation():
                further.append(item)
            case _:
                waiting.append(item)
    if node.sup is not None and waiting:
        raise Refusal("E144", f"the lower bound of {flatten(waiting[0])} is not written", waiting[0].span,
                      f"write {flatten(waiting[0])}=1")
    for x in waiting:
        out[index_letter(x)] = bare(x, ctx)
    if not out:
        raise Refusal("E142", "this operator binds no index", node.span, "write \\sum_{i=1}^{N}")
    return out, [], further


def between(
    lo: t.Number, inner: tuple[t.Node, ...], hi: t.Node, ops: tuple[str, ...], node: t.Big, ctx: Context,
    elaborate: Elaborate,
) -> dict[str, Binding]:
    """``1 \\le i < j \\le n``: the last index has the whole range, each other one ends at the next."""
    first = t.Number(lo.span, str(int(lo.text) + (ops[0] == "<"))) if lo.text.isdigit() else lo
    end = hi if ops[-1] == "<=" else t.Sum(hi.span, ("+", "-"), (hi, t.Number(hi.span, "1")))
    above = _range(inner[-1], first, end, ctx, elaborate)
    out = {index_letter(inner[-1]): above}
    for x, op in zip(reversed(inner[:-1]), reversed(ops[1:-1]), strict=True):
        low, nearer, step = above.lo, above, Integer(-1 if op == "<" else 0)

        def high(nearer: Binding = nearer, step: Integer = step) -> Expr:
            return al.add(nearer.symbol, step)

        above = Binding(ctx.indices.new(safe(index_letter(x))), nearer.axis, False, low, high)
        out[index_letter(x)] = above
    return out


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


def member(i: t.Node, members: t.Node, ctx: Context, elaborate: Elaborate) -> dict[str, Binding]:
    """``Σ_{x ∈ X}`` over an axis named X, or over ``{1, …, n}``."""
    if isinstance(members, t.Group) and members.open == "{" and isinstance(members.body, t.Separated):
        items = members.body.items
        if any(isinstance(x, t.Dots) for x in items) and isinstance(items[0], t.Number) and consecutive(members.body):
            return {index_letter(i): _range(i, items[0], items[-1], ctx, elaborate)}
        raise Refusal("E143", "a sum over a listed set is not supported", members.span,
                      "write the terms out: x_1 + x_3 + x_5", unsupported=True)
    sym = take_apart(members)
    if sym is None:
        raise Refusal("E143", "a sum over this set is not supported", members.span,
                      "name the set, or write \\{1, \\dots, n\\}", unsupported=True)
    if any(isinstance(x, t.Name) and x.style == "bb" and x.base in "NZQRC" for x in t.walk(members)):
        raise Refusal("E147", "a sum over a set without end is not supported", members.span,
                      "write the number of its terms", unsupported=True)
    ctx.assume(f"{flatten(i)} runs over the whole axis {sym.whole}")
    axis = ctx.named_axis(sym.whole)
    return {index_letter(i): over_axis(ctx.indices.new(safe(index_letter(i))), axis)}


def bounded(i: t.Node, lo: t.Node, node: t.Big, ctx: Context, elaborate: Elaborate) -> Binding:
    if node.sup is None:
        raise Refusal("E144", "the upper bound of this operator is not written", node.span,
                      "write it above, e.g. \\sum_{i=1}^{N}")
    return _range(i, lo, node.sup, ctx, elaborate)


def _range(i: t.Node, lo: t.Node, hi: t.Node, ctx: Context, elaborate: Elaborate) -> Binding:
    """``i = lo .. hi``: over a whole axis when ``hi`` is a free letter, else explicit."""
    symbol = ctx.indices.new(safe(index_letter(i)))
    if isinstance(lo, t.Number) and lo.text.isdigit():
        first = int(lo.text)
        name, shift = _free_bound(hi, ctx)
        if name is not None:
            return over_written(symbol, written_extent(name, first, shift, ctx), name, first, shift, ctx)
    for end in (lo, hi):
        if any(isinstance(x, t.Name) and x.base == "infty" for x in t.walk(end)):
            raise Refusal("E147", "a sum without end is not supported", end.span, "write the number of its terms",
                          unsupported=True)
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


def compared(
    sides: tuple[t.Node, ...], ops: tuple[str, ...], node: t.Big, ctx: Context
) -> tuple[dict[str, Binding], list[Guard]]:
    """``Σ_{i<j}``, ``Σ_{s≤t}``, ``Σ_{i≠j}``."""
    if len(sides) != 2:
        raise Refusal("E146", "this range of an index is not supported", node.span, unsupported=True)
    a, b = (index_letter(s) for s in sides)
    op = ops[0]
    out: dict[str, Binding] = {}
    if b not in ctx.bindings and (op == "!=" or not (b in ctx.params or b in ctx.arguments)):
        out[b] = bare(sides[1], ctx)
        if not any(isinstance(x, t.Name) and letter(x) == b for x in t.walk(node.body)):
            raise Refusal("E146", f"it is open whether {b} is an index too or the end of the range", node.span,
                          f"write \\sum_{{{a}=1}}^{{{b}}} or a sum over both")
    top = out.get(b) or ctx.bindings.get(b)
    if top is None:
        raise Refusal("E146", "this range of an index is not supported", node.span, unsupported=True)
    symbol = ctx.indices.new(safe(a))
    axis = top.axis
    if op == "!=":
        out[a] = over_axis(symbol, axis)
        mine, theirs = out[a].symbol, top.symbol
        return out, [lambda: sympy.Ne(mine, theirs, evaluate=False)]
    high = (lambda: top.symbol) if op == "<=" else (lambda: al.add(top.symbol, Integer(-1)))
    out[a] = Binding(symbol, axis, False, lambda: axis.bounds()[0], high)
    return out, []
