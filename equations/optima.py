r"""Largest and smallest values over sets of numbers and vectors: ``\max_{x \in [a, b]} f(x)``, ``\min_w \|A w\|``.

A routine searches for the value at every call; what is searched becomes an equation of its own, as an integrand does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Integer

from .context import ComputedState, Context, Refusal
from .derivatives import standing_for
from .instantiate import captured
from .integrals import named
from .latex import tree as t
from .latex.printer import to_latex
from .regions import KINDS, Region, regions, searched_in, within
from .values import FRESH, AxisVar, Value, describe, lazy

Elaborate = Callable[[t.Node, Context], Value]
#: The ends of a range of each element; ``None`` is an infinite one on its side.
Ends = tuple[Value | None, Value | None]


def over_region(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The value that a search supplies, or ``None`` where the operator binds an index."""
    found = regions(node, ctx.known)
    if found is None:
        return None
    node, found = _joined(node, found, ctx)
    if searched_in(node.body, ctx.known):
        raise Refusal("E288", "a search inside of a search is not there yet", node.span,
                      "write the inner value in closed form", unsupported=True)
    found = tuple(_as_declared(r, ctx) for r in found)
    if node.op.startswith("arg") and len(found) > 1:
        raise Refusal("E291", f"the place of the best value has {len(found)} parts here, and a formula one value",
                      node.span, f"search over one array, e.g. {found[0].name} \\in \\mathbb{{R}}^n", unsupported=True)
    ends = tuple((_end(r.lo, ctx, elaborate), _end(r.hi, ctx, elaborate)) for r in found)
    ends = tuple((lazy(lambda: Integer(0)), lazy(lambda: Integer(1))) if r.simplex else e
                 for r, e in zip(found, ends, strict=True))
    names = tuple(_named(r.name, ctx) for r in found)
    axes = tuple(_axes(r, ctx) for r in found)
    body = _body(node, found, names, axes, ctx, elaborate)
    _refuse_numbers(found, ctx)
    if body.rank:
        raise Refusal("E140", f"{node.op} of {describe(body)}", node.span, "index its elements")
    if any(captured(v, ctx) for v in (body, *(v for pair in ends for v in pair)) if v is not None):
        raise Refusal("E288", "a search at every index is not supported", node.span,
                      "write the formula for one index", unsupported=True)
    kind = KINDS[node.op]
    value = ctx.fresh_let(kind.rpartition(" ")[2])
    state = ctx.parameter(value, to_latex(node), "computed value")
    ctx.order.remove(value)
    state.axes = axes[0] if node.op.startswith("arg") else ()
    sets = tuple("simplex" if r.simplex else "box" for r in found)
    ctx.computed[value] = ComputedState(value, kind, names, (), body, ends, to_latex(node), variable_axes=axes,
                                        sets=sets)
    for r in found:
        if not r.said:
            array = "arrays" if _axes(r, ctx) else "numbers"
            ctx.assume(f"{r.name} runs over all real {array}" if r.lo is r.hi is None
                       else f"{r.name} runs over the set that it is declared in")
    over = ", ".join(r.name for r in found)
    if is_interval(sets, axes, ends):
        ctx.assume(f"the {kind} over {over} is found by a numerical search at thousands of points of the interval, "
                   "refined about the best of them; a search proves nothing")
    else:
        ctx.assume(f"the {kind} over {over} is found by a numerical search along exact gradients, from several places; "
                   "a search proves nothing")
    return Context.read(value, state.axes)


def is_interval(sets: tuple[str, ...], axes: tuple[tuple[AxisVar, ...], ...], ends: tuple[Ends, ...]) -> bool:
    """Whether one number is searched for between two ends."""
    return sets == ("box",) and axes == ((),) and None not in ends[0]


def _joined(node: t.Big, found: tuple[Region, ...], ctx: Context) -> tuple[t.Big, tuple[Region, ...]]:
    r"""``\min_x \min_y f`` as one search over both."""
    inner = node.body
    while isinstance(inner, t.Group) and inner.open in "([":
        inner = inner.body
    if isinstance(inner, t.Big) and KINDS.get(inner.op) == KINDS[node.op] and not node.op.startswith("arg"):
        more = regions(inner, ctx.known)
        if more is not None and not {r.name for r in more} & {r.name for r in found}:
            return _joined(replace(node, body=inner.body), (*found, *more), ctx)
    return node, found


def _as_declared(r: Region, ctx: Context) -> Region:
    """A region with what the document declares of its letter; refused where the letter has another meaning."""
    x = r.name
    if r.symbol.subs or x in ctx.arguments or x in ctx.bindings or x in ctx.samples or x in ctx.integrated:
        raise Refusal("E287", f"{x} is what the search runs over, and has another meaning outside of it",
                      r.symbol.node.span, "give what the search runs over a letter of its own")
    stated = ctx.known.declared.get(x)
    if stated is None or stated.function:
        return r
    if stated.domain.kind not in ("interval", "simplex"):
        raise Refusal("E289", f"a search over {stated.domain} is not there yet", r.symbol.node.span,
                      "write a box, a simplex or all numbers: x \\in [a, b]^n, x \\in \\Delta^{n-1}, "
                      "x \\in \\mathbb{R}^n", unsupported=True)
    if r.axes is None and not stated.element:
        r = replace(r, axes=stated.axes)
    return r if r.said else within(r, stated.domain)


def _axes(r: Region, ctx: Context) -> tuple[AxisVar, ...]:
    """The axes of what is searched for: as written, or as many as the formula needs."""
    if r.axes is not None:
        axes = tuple(ctx.named_axis(a) for a in r.axes)
    else:
        axes = tuple(AxisVar("", FRESH) for _ in range(max(ctx.ranks.get(r.name, 0), int(r.simplex))))
    for axis in axes:
        axis.attach()
    return axes


def _named(x: str, ctx: Context) -> str:
    """The name of what is searched for as a parameter of its function: its own where nothing else has that."""
    if x not in {*ctx.variables, *ctx.params, *ctx.lets, *ctx.taken}:
        ctx.variables[x] = x
    return named(x, ctx)


def _refuse_numbers(found: tuple[Region, ...], ctx: Context) -> None:
    """A product of a capital and what is searched for, undeclared, is rather that of a matrix and a vector."""
    for r in found:
        for a in ctx.assumptions:
            capital, _, rest = a.partition(" and ")
            if not r.said and rest.startswith(f"{r.name} are numbers; for a matrix and a vector declare"):
                cure = f"declare them: {capital} in R^{{m x n}}; {r.name} in R^n, or both in R for numbers"
                raise Refusal("E137", f"{r.name} may be a number or a vector, and {capital} a number or a matrix",
                              r.symbol.node.span, cure)


def _end(node: t.Node | None, ctx: Context, elaborate: Elaborate) -> Value | None:
    v = None if node is None else elaborate(node, ctx)
    if node is not None and v is not None and v.rank:
        raise Refusal("E289", "an end of what is searched over is an array", node.span,
                      "write numbers for the ends", unsupported=True)
    return v


def _body(
    node: t.Big, found: tuple[Region, ...], names: tuple[str, ...], axes: tuple[tuple[AxisVar, ...], ...],
    ctx: Context, elaborate: Elaborate,
) -> Value:
    """What is searched, as a formula of the letters."""
    values = {}
    for r, name, own in zip(found, names, axes, strict=True):
        v = Context.read(name, own)
        values[r.name] = v if r.axes is not None else replace(v, symbol=r.name)
    before = ctx.integrated
    ctx.integrated = {**before, **dict(zip(values, names, strict=True))}
    try:
        with standing_for(ctx, values):
            return elaborate(node.body, ctx)
    finally:
        ctx.integrated = before
