r"""``(f \circ g)(x)``: functions one after the other."""

from __future__ import annotations

from .context import Context, Refusal
from .latex import tree as t
from .names import take_apart
from .symbols import array_rank


def composition(node: t.Node, ctx: Context) -> tuple[t.Node, ...]:
    """The functions of ``(f ∘ g)``, outermost first; nothing where the ring is a product of arrays."""
    if not (isinstance(node, t.Group) and isinstance(node.body, t.Binary) and node.body.op == "circ"):
        return ()
    found: list[t.Node] = []
    inner: t.Node = node.body
    while isinstance(inner, t.Binary) and inner.op == "circ":
        found.append(inner.right)
        inner = inner.left
    found.append(inner)
    names = [sym.whole for f in found if (sym := take_apart(f)) is not None]
    if len(names) < len(found) or any(array_rank(x, ctx) for x in names):
        return ()
    if all(ctx.known.functions(x) is not None or _declared_function(x, ctx) for x in names):
        return tuple(reversed(found))
    raise Refusal("E132", "the ring may join functions or multiply elements", node.span,
                  "declare the functions or define them above, write f(g(x)), or \\odot for a product of elements")


def _declared_function(name: str, ctx: Context) -> bool:
    declared = ctx.known.declared.get(name)
    return declared is not None and declared.function


def nested(functions: tuple[t.Node, ...], argument: t.Node) -> t.Node:
    """``f(g(x))`` of the functions ``f, g`` and ``(x)``."""
    out = argument
    for f in reversed(functions):
        out = t.Juxt(f.span | argument.span, (f, out if out is argument else t.Group(argument.span, "(", ")", out)))
    return out
