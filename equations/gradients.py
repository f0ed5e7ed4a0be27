r"""Gradients: ``\nabla f(x)``, ``\nabla_x \log p(x)``, and ``\nabla^2`` where one of its two readings is left."""

from __future__ import annotations

from .adjacency import argument_value, bracket, indexed
from .context import Context, Refusal
from .derivatives import arguments_of, by_argument, by_letter, name_of, selected, shown
from .differentials import Written
from .latex import tree as t
from .names import is_transpose
from .powers import minus, superscript
from .values import Value
from .written import Elaborate, Found, applied, differentiated, formula_of, letter_of, own_values, unsupported


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
        is_applied = isinstance(body, t.Juxt) and bracket(body.items[-1]) is not None
        head = name_of(body.items[0], ctx) if isinstance(body, t.Juxt) else name
        if head is not None and not letters and (name is not None or is_applied):
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


def matrix_of(node: t.Scripted, ctx: Context, elaborate: Elaborate) -> Value | None:
    r"""``(\nabla^2 f(x))^{-1}``, ``[\nabla^2 f(x)]_{ij}``: what is inverted or has two indices is a matrix."""
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
