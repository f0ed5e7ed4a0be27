r"""Scripts that are signs, and scripts on brackets: positive parts, elements, values at a point."""

from __future__ import annotations

from collections.abc import Callable

from .adjacency import indexed
from .context import Context, Promote, Refusal
from .latex import tree as t
from .names import Symbolic, split_subs
from .powers import is_sign, positive_part
from .subscripts import position
from .symbols import variable
from .values import Value

Elaborate = Callable[[t.Node, Context], Value]

def part_of_symbol(sym: Symbolic, node: t.Node, ctx: Context) -> Value | None:
    """``x^+`` and ``x_+`` of an argument or a declared symbol that no formula defines as a name of its own."""
    if not isinstance(node, t.Scripted) or not isinstance(node.base, t.Name):
        return None
    sign = node.sup if is_sign(node.sup) and node.sub is None else node.sub if node.sup is None else None
    if not is_sign(sign) or sign is None:
        return None
    base = t.Name(node.base.span, node.base.base, node.base.accents, node.base.style)
    name = "_".join((base.base, *base.accents))
    if sym.whole in ctx.arguments or sym.whole in ctx.known.declared or ctx.known.symbols(sym.whole) is not None:
        return None
    if name not in ctx.arguments and name not in ctx.known.declared:
        return None
    return positive_part(variable(name, base, ctx), sign, node, ctx)


def scripted_group(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value:
    r"""A bracket with a subscript: ``[x]_+``, ``(A x)_i``, ``\left. f \right|_{x=0}``."""
    assert node.sub is not None
    if is_sign(node.sub):
        part = t.Scripted(node.span, node.base, node.sub)
        return positive_part(elaborate(node.base, ctx), node.sub, part, ctx)
    if isinstance(node.base, t.Group) and node.base.close == "|":
        elaborate(node.base.body, ctx)
        raise Refusal("E165", "a bar with a point below needs a formula of the letter that the point replaces",
                      node.span, "write the value with the point put in, e.g. f(0)")
    places = split_subs(node.sub)
    places = places[0].items if len(places) == 1 and isinstance(places[0], t.Juxt) else places
    if all(position(p, ctx) is not None for p in places):
        v = elaborate(node.base, ctx)
        if v.symbol and not v.rank:
            raise Promote(v.symbol, v.depth + len(places), "its bracket carries an index")
        if v.rank == len(places):
            return indexed(v, node.sub, ctx)
    raise Refusal("E113", "a subscript on a bracketed part has no meaning", node.span,
                  "give the part a name, and index that; or write \\left. F \\right|_{x=a}^{b} for a difference of "
                  "values")
