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
    copied,
    counted,
    name_of,
    named,
    reaches,
    selected,
    shown,
    standing_for,
)
from .differentials import Written, fraction
from .equation import Equation
from .evaluated import DERIVATIVES
from .evidence import symbols_in
from .instantiate import apply
from .latex import tree as t
from .names import flatten, is_transpose, safe, take_apart
from .powers import minus, superscript
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
    """The value of a formula that is differentiated, where it is plain where it ends."""
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


def gradient(node: t.Nabla, ctx: Context, elaborate: Elaborate, hessian: bool = False) -> Value:
    r"""``\nabla f(x)``, ``\nabla_x \log p(x)``; ``\nabla^2`` where one of its two readings is left."""
    body, script = node.body, None
    if isinstance(body, t.Juxt) and isinstance(last := body.items[-1], t.Scripted) and isinstance(last.base, t.Group):
        if not (is_transpose(last.sup) and last.sub is None and not last.primes):
            raise Refusal("E174", "it is open where what is differentiated ends", node.span,
                          f"write \\left( \\nabla {shown(body.items[0])}{shown(last.base)} \\right) before the script")
        body, script = t.Juxt(body.span, (*body.items[:-1], last.base)), last.sup
    if node.sup is not None and not (isinstance(node.sup, t.Number) and node.sup.text == "2"):
        raise unsupported(node)
    order = 1 if node.sup is None else 2
    if node.sub is not None:
        eq = applied(body, ctx)
        names = [letter_of(node.sub, eq, node, ctx)] * order
        found, ranks = differentiated(Written("nabla", body, (node.sub,) * order), names, node, ctx, elaborate)
        if order == 1:
            found = selected(found, ranks, (node.sub,), names, ctx, elaborate)
    else:
        found, ranks = by_only_letter(body, order, node, ctx, elaborate)
    if order == 2 and ranks[0] and not hessian:
        f, x = shown(body), shown(node.sub) if node.sub is not None else "x"
        raise Refusal("E174", "∇² may be a Laplacian or a matrix of second derivatives", node.span,
                      f"write \\sum_i \\frac{{\\partial^2 {f}}}{{\\partial {x}_i^2}} for the Laplacian, or "
                      f"\\frac{{\\partial^2 {f}}}{{\\partial {x}_i \\partial {x}_j}} for an element of the matrix")
    return superscript(found, script, node, ctx, elaborate) if script is not None else found


def of_formula(node: t.Nabla, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\nabla L(\theta_t)`` of ``L = …`` that is made of θ: its gradient by θ there."""
    body = node.body
    group = bracket(body.items[1]) if isinstance(body, t.Juxt) and len(body.items) == 2 else None
    if not isinstance(body, t.Juxt) or group is None or node.sup is not None or group is not body.items[1]:
        return None
    name, x = name_of(body.items[0], ctx), name_of(group.body, ctx)
    if name is None or x is None or name in ctx.arguments or ctx.known.functions(name) is not None:
        return None
    eq = formula_of(body.items[0], ctx)
    below = None if node.sub is None else name_of(node.sub, ctx)
    if eq is None or x not in {p.name for p in eq.parameters} or below not in (None, x):
        return None
    return by_letter(lambda: elaborate(body.items[0], ctx), [x], node, ctx, name)[0]


def by_only_letter(body: t.Node, order: int, node: t.Nabla, ctx: Context, elaborate: Elaborate) -> Found:
    """The derivative of a function of one argument by that, or of a formula by the one letter that it holds."""
    eq = applied(body, ctx)
    name = name_of(body, ctx)
    if eq is not None:
        real = [k for k, p in enumerate(arguments_of(eq)) if not p.integer]
        letters = [arguments_of(eq)[k].name for k in real]
    elif name is not None and name not in ctx.arguments and name not in ctx.known.declared:
        plain = ctx.known.symbols(name)
        if plain is None:
            raise unsupported(node)
        letters = [p.name for p in plain.parameters if not p.integer and p.role != "slot value"]
    else:
        letters = []
    if len(letters) != 1:
        below = letters[0] if letters else "x"
        given = f", which is made of {', '.join(letters)}" if letters else ""
        head = name_of(body.items[0], ctx) if isinstance(body, t.Juxt) else name
        if head is not None and not letters and (name is not None or bracket(body.items[-1]) is not None):  # type: ignore[attr-defined]
            raise unsupported(node)
        raise Refusal("E174", f"nothing says by which letter the gradient of {shown(body)} is{given}", node.span,
                      f"write it below: \\nabla_{{{below}}} {shown(body)}")
    if eq is None:
        return by_letter(lambda: elaborate(body, ctx), letters * order, node, ctx)
    if not isinstance(body, t.Juxt):
        return by_argument(eq, own_values(eq, node, ctx), real * order, node, ctx)
    group = bracket(body.items[1])
    assert group is not None
    given_nodes = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
    left = arguments_of(eq)
    if len(given_nodes) != len(left):
        raise Refusal("E203", f"{eq.name} takes {len(left)} arguments and is given {len(given_nodes)}", node.span,
                      f"write {eq.name}({', '.join(p.name for p in left)})")
    values = [argument_value(a, len(p.axes), eq.name, ctx, elaborate) for a, p in zip(given_nodes, left, strict=True)]
    return by_argument(eq, values, real * order, node, ctx)


def at_point(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left. \frac{df}{dx} \right|_{x=a}``: what holds a derivative, with letters at their values."""
    if not (isinstance(node.base, t.Group) and node.base.open == "." and node.base.close == "|") or node.sub is None:
        return None
    if not any(isinstance(n, t.Nabla) or (isinstance(n, t.Name) and n.base in DERIVATIVES) for n in t.walk(node.base)):
        return None
    if (v := at_place(node.base.body, node.sub, node, ctx, elaborate)) is not None:
        return v
    conditions = node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,)
    points: dict[str, Value] = {}
    for c in conditions:
        name = name_of(c.sides[0], ctx) if isinstance(c, t.Relation) and c.ops == ("=",) else None
        if name is None or node.sup is not None:
            return None
        assert isinstance(c, t.Relation)
        points[name] = copied(name, elaborate(c.sides[1], ctx), ctx).value
    with standing_for(ctx, points):
        v = elaborate(node.base.body, ctx)
    ctx.assume("a bar with a point below it stands for the derivative there")
    return v


def quotient_of(body: t.Node, ctx: Context) -> Written | None:
    """A lone quotient of differentials."""
    return fraction(body.numerator, body.denominator, ctx) if isinstance(body, t.Frac) else None


def at_place(body: t.Node, place: t.Node, node: t.Node, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left. \frac{df}{dx} \right|_{a}``: at x = a; below an argument of f, a is what is held."""
    w = quotient_of(body, ctx)
    if w is None or isinstance(place, t.Relation | t.Separated) or len({flatten(m) for m in w.marks}) > 1:
        return None
    if held(w, place, ctx):
        return elaborate(body, ctx)
    eq = applied(w.body, ctx)
    if eq is not None and len(arguments_of(eq)) > 1:
        return None
    name = letter_of(w.marks[0], eq, node, ctx)
    point = copied(name, elaborate(place, ctx), ctx).value
    ctx.assume(f"a bar with {shown(place)} below it stands for the derivative at {name} = {shown(place)}")
    with standing_for(ctx, {name: point}):
        return elaborate(body, ctx)


def held(w: Written, below: t.Node, ctx: Context) -> bool:
    """Whether letters below a derivative are other arguments of its function, which are held anyway."""
    eq = applied(w.body, ctx)
    if eq is None or w.kind != "partial":
        return False
    items = below.items if isinstance(below, t.Separated | t.Juxt) else (below,)
    names = {name_of(x, ctx) for x in items}
    by = {letter_of(mark, eq, mark, ctx) for mark in w.marks}
    return names <= {p.name for p in arguments_of(eq)} - by


def held_of(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``\left( \frac{\partial U}{\partial S} \right)_V`` of a function ``U(S, V)``."""
    w = quotient_of(node.base.body, ctx) if isinstance(node.base, t.Group) and node.base.open in "([" else None
    if w is None or node.sub is None or node.primes or not held(w, node.sub, ctx):
        return None
    return superscript(elaborate(node.base, ctx), node.sup, node, ctx, elaborate)


def matrix_of(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``(\nabla^2 f(x))^{-1}``, ``[\nabla^2 f(x)]_{ij}``: what is inverted or has two indices is a matrix."""
    if (v := held_of(node, ctx, elaborate)) is not None:
        return v
    inner = node.base.body if isinstance(node.base, t.Group) and node.base.open in "([" else None
    if not isinstance(inner, t.Nabla) or inner.sup is None or node.primes:
        return None
    inverted = isinstance(one := minus(node.sup), t.Number) and one.text == "1" if node.sup is not None else False
    if (node.sub is None) != inverted:
        return None
    v = gradient(inner, ctx, elaborate, hessian=True)
    if node.sub is not None:
        return indexed(v, node.sub, ctx) if node.sup is None and v.rank == 2 else None
    return superscript(v, node.sup, node, ctx, elaborate)


__all__ = ["at_point", "derivative", "gradient", "matrix_of", "of_formula"]
