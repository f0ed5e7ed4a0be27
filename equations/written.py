"""What a written derivative is of and by: functions and letters that the document defines, or a formula.

∂ and ∇ of a function are by its argument of that name, whatever stands in its place; d/dx is by the
letter, wherever it occurs.  Where the two differ and nothing tells which is meant, the author is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import algebra as al
from . import heads
from .adjacency import argument_value, bracket, indexed, pieces
from .context import Context, Promote, Refusal
from .derivatives import (
    arguments_of,
    by_argument,
    by_letter,
    counted,
    name_of,
    named,
    reaches,
    selected,
    shown,
    standing_for,
)
from .differentials import Written
from .equation import Equation
from .evidence import bare_names, symbols_in
from .instantiate import apply
from .latex import tree as t
from .names import flatten, safe, take_apart
from .subscripts import components
from .symbols import array_rank, variable
from .values import Value, elementwise

Elaborate = Callable[[t.Node, Context], Value]
Found = tuple[Value, tuple[int, ...]]


def derivative(w: Written, node: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    """The value of a quotient of differentials."""
    if len(w.marks) == 1 and (inside := logarithm(w.marks[0])) is not None:
        # dy / d ln x = x dy/dx
        part = derivative(Written(w.kind, w.body, (inside,), w.open), node, ctx, elaborate)
        return elementwise(al.mul, (elaborate(inside, ctx), part), node.span)
    names = [letter_of(mark, applied(w.body, ctx), node, ctx) for mark in w.marks]
    found, ranks = differentiated(w, names, node, ctx, elaborate)
    return selected(found, ranks, w.marks, names, ctx, elaborate)


def logarithm(mark: t.Node) -> t.Node | None:
    r"""``x`` of a denominator ``d \ln x``."""
    plain = isinstance(mark, t.Apply) and mark.head in ("ln", "log") and mark.sub is None and mark.sup is None
    return mark.argument if plain and take_apart(mark.argument) is not None else None  # type: ignore[attr-defined]


def unsupported(node: t.Node) -> Refusal:
    return Refusal("E190", "a written derivative is not supported here", node.span,
                   "define what is differentiated by a formula, f(x) = …, or write the derivative as a symbol of its "
                   "own: \\dot{x}", unsupported=True)


def applied(body: t.Node, ctx: Context) -> Equation | None:
    """The function that a body applies, or is."""
    head, barred = body, False
    given: tuple[t.Node, ...] = ()
    if isinstance(body, t.Juxt) and len(body.items) == 2 and isinstance(group := body.items[1], t.Group):
        if group.open not in "([":
            return None
        head = body.items[0]
        given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
        barred = isinstance(group.body, t.Separated) and "|" in group.body.separators
    name = name_of(head, ctx)
    return None if name is None or name in ctx.arguments else ctx.known.functions(name, given, barred)


def letter_of(mark: t.Node, eq: Equation | None, node: t.Node, ctx: Context) -> str:
    """The name of what is differentiated by: ``x`` of an element ``x_i`` of an array."""
    sym = take_apart(mark)
    if sym is None or sym.sup is not None:
        raise unsupported(node)
    whole = ctx.rename.get(sym.whole, sym.whole)
    own = {p.name for p in arguments_of(eq)} if eq is not None else set()
    if not sym.subs or whole in own or whole in ctx.arguments or whole in ctx.known.declared:
        return whole
    positions, labels = components(sym, ctx)
    base = safe("_".join((sym.base, *map(flatten, labels)))) if positions else safe(sym.base)
    base = ctx.rename.get(base, base)
    if not positions and not array_rank(base, ctx) and base not in own:
        return whole
    return base


def differentiated(w: Written, names: Sequence[str], node: t.Node, ctx: Context, elaborate: Elaborate) -> Found:
    """The derivative by whole letters, and the axes of each."""
    eq, body = applied(w.body, ctx), w.body
    if eq is not None:
        left = arguments_of(eq)
        own = [p.name for p in left]
        places = [own.index(x) for x in names if x in own]
        chosen = len(places) == len(names)
        if (k := next((k for k in places if left[k].integer), None)) is not None:
            raise counted(own[k], node)
        if not isinstance(body, t.Juxt):

            def bare() -> Value:
                return apply(eq, own_values(eq, node, ctx), ctx, node.span)

            if chosen and w.kind != "d":
                return by_argument(eq, own_values(eq, node, ctx), places, node, ctx)
            return by_letter(bare, names, node, ctx, eq.name)
        group = bracket(body.items[1])
        assert group is not None
        given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
        if chosen and len(given) == len(left) and in_place(w, eq, given, names, places, node, ctx):
            values = [argument_value(a, len(p.axes), eq.name, ctx, elaborate) for a, p in zip(given, left, strict=True)]
            return by_argument(eq, values, places, node, ctx)
        return by_letter(lambda: elaborate(body, ctx), names, node, ctx)
    if (name := name_of(body, ctx)) is not None:
        if name in names:
            return by_letter(lambda: elaborate(body, ctx), names, node, ctx, name)
        if (element := element_of(body, node, ctx)) is not None:
            return by_letter(element, names, node, ctx, name)
        plain = formula_of(body, ctx)
        if plain is None:
            raise unsupported(node)
        if w.kind == "partial":
            refuse_explicit(plain, names, node)
        return by_letter(lambda: elaborate(body, ctx), names, node, ctx, name)
    return by_letter(lambda: closed(w, names, node, ctx, elaborate), names, node, ctx)


def formula_of(body: t.Node, ctx: Context) -> Equation | None:
    """The definition of a bare name, or of the array that it is an element of."""
    sym = take_apart(body)
    assert sym is not None
    for name in (name_of(body, ctx), safe(sym.base) if components(sym, ctx)[0] else None):
        taken = name is None or name in ctx.arguments or name in ctx.known.declared
        if name is not None and not taken and (eq := ctx.known.symbols(name)) is not None:
            return eq
    return None


def element_of(body: t.Node, node: t.Node, ctx: Context) -> Callable[[], Value] | None:
    """``f_i`` of a function f that gives an array, at its own arguments."""
    sym = take_apart(body)
    assert sym is not None
    if not sym.subs or not components(sym, ctx)[0] or safe(sym.base) in ctx.arguments:
        return None
    eq = ctx.known.functions(safe(sym.base))
    if eq is None or not isinstance(body, t.Scripted) or body.sub is None:
        return None
    sub = body.sub
    return lambda: indexed(apply(eq, own_values(eq, node, ctx), ctx, node.span), sub, ctx)


def own_values(eq: Equation, node: t.Node, ctx: Context) -> tuple[Value, ...]:
    """The arguments of a function by their own names."""
    found = tuple(variable(p.name, node, ctx) for p in arguments_of(eq))
    for p, v in zip(arguments_of(eq), found, strict=True):
        if v.rank < len(p.axes) and not v.symbol:
            raise Refusal("E204", f"{eq.name} takes an array as {p.name}, which is a number here", node.span,
                          f"declare it: ${p.name} \\in \\mathbb{{R}}^{{n}}$")
        if v.rank < len(p.axes):
            raise Promote(v.symbol, len(p.axes), f"it is handed to {eq.name}")
    return found


def in_place(
    w: Written, eq: Equation, given: Sequence[t.Node], names: Sequence[str], places: Sequence[int], node: t.Node,
    ctx: Context,
) -> bool:
    """Whether ``∂f(a, b)/∂x`` is by the argument x of f; where x stands in a and b too, the author is asked."""
    for x, k in zip(names, places, strict=True):
        same = name_of(given[k], ctx) == x
        others = [a for j, a in enumerate(given) if j != k or not same]
        inside = any(x in (sym.whole, safe(sym.base)) for a in others for sym in symbols_in(a))
        if w.kind == "d":
            if inside or same:
                return False
        elif inside:
            raise Refusal("E174", f"the derivative may be by the argument {x} of {eq.name}, or by {x} in all arguments",
                          node.span, f"write \\frac{{d}}{{d{x}}} \\left( {shown(w.body)} \\right) for the second, or "
                          f"define the first as a function of its own and apply that")
    return True


def refuse_explicit(eq: Equation, names: Sequence[str], node: t.Node) -> None:
    """``∂L/∂w`` where L is made of w and of z, which has a formula in w: z held, or not."""
    lets = {c.name: c for c in eq.lets}
    linked = {name for _, name in eq.linked if name in lets}

    def depends(start: frozenset[str], x: str, stop: set[str]) -> bool:
        met, todo = set(), set(start)
        while todo:
            n = todo.pop()
            if n == x:
                return True
            if n not in met and n not in stop:
                met.add(n)
                todo |= heads.read_names(lets[n].body) if n in lets else set()
        return False

    for x in names:
        through = sorted(z for z in linked if depends(heads.read_names(lets[z].body), x, set()))
        if through and depends(heads.read_names(eq.outputs[0].body), x, linked):
            raise Refusal("E174", f"{eq.name} is made of {x} and of {through[0]}, which is made of {x} as well",
                          node.span, f"write \\frac{{d {eq.name}}}{{d {x}}} for the derivative along both ways; for "
                          f"the one with {through[0]} held, define {eq.name}({x}, {through[0]}) as a function")


def closed(w: Written, names: Sequence[str], node: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    """The value of a formula that is differentiated, where it is plain where it ends.

    A function without a bracket stands for its value at its own arguments: ``∂ ln Z/∂β`` of ``Z(β)``.
    """
    body = w.body
    if functions := bare_functions(body, ctx):
        values = {name: apply(eq, own_values(eq, node, ctx), ctx, node.span) for name, eq in functions.items()}
        for name, eq in functions.items():
            ctx.assume(f"{name} without a bracket is {name}({', '.join(p.name for p in arguments_of(eq))})")
        with standing_for(ctx, values):
            return ended(w, names, node, ctx, elaborate)
    return ended(w, names, node, ctx, elaborate)


def bare_functions(body: t.Node, ctx: Context) -> dict[str, Equation]:
    """Functions of the document that stand in a formula without a bracket."""
    taken = {"e", *ctx.arguments, *ctx.known.declared, *ctx.bindings, *ctx.shadow}
    names = sorted(bare_names(body) - taken)
    found = {name: ctx.known.functions(name) for name in names if ctx.known.symbols(name) is None}
    # The f of another section is no evidence of what a bare f is here.
    return {name: eq for name, eq in found.items() if eq is not None and ctx.known.own(eq)}


def ended(w: Written, names: Sequence[str], node: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    """The value of a formula, where it is plain where it ends."""
    body = w.body
    if w.open and isinstance(body, t.Juxt):
        found = pieces(body.items, ctx, elaborate)
        mine = [named(ctx.shadow[x]) for x in names]
        varying = [part for v, part in found if any(reaches(_read(v), x, ctx) for x in mine)]
        if len(varying) > 1:
            text = " ".join(shown(x) for x in body.items)
            first = " ".join(shown(x) for x in varying[0])
            raise Refusal("E174", "it is open where what is differentiated ends", node.span,
                          f"write \\left( {text} \\right) behind the operator for all of it, or put brackets around "
                          f"the operator and {first}")
    return elaborate(body, ctx)


def _read(v: Value) -> frozenset[str]:
    return heads.read_names(v.at(*(heads.index(f"_{k}") for k in range(v.rank))))
