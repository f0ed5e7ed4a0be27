r"""The normal law: what its second parameter is, and which symbols are vectors beside it.

A covariance ``c I`` stays the number c, and ``\operatorname{diag}(s)`` the vector s: no matrix is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import sympy

from . import algebra as al
from . import heads
from .called import VARIANCE
from .context import Context, Promote, Refusal
from .evidence import inverted, is_capital
from .function_powers import opened
from .latex import tree as t
from .latex.printer import to_latex
from .laws import NORMAL, Law
from .names import Symbolic, take_apart
from .norms import matrix_at, matrix_name
from .span import Span
from .values import AxisVar, Value, describe, unify

Elaborate = Callable[[t.Node, Context], Value]


@dataclass(frozen=True, slots=True)
class Applied:
    """A law at its parameters: ``form`` tells what the second one of a normal law is.

    ``number``, ``isotropic`` (a number for all axes), ``diagonal`` (a vector), ``full`` (a matrix) or
    ``precision`` (the inverse of a matrix).
    """

    law: Law
    form: str
    parameters: tuple[Value, ...]
    variate: Value


def normal(
    variate: t.Node, parameters: tuple[t.Node, ...], span: Span, ctx: Context, elaborate: Elaborate
) -> Applied:
    mean, covariance = parameters
    for part in (variate, mean):  # parameters come in the order of the text
        elaborate(part, ctx)
    form, second, axis = spread(covariance, ctx, elaborate)
    if form == "open":
        form, second = by_neighbours(variate, mean, second, covariance, ctx, elaborate)
    if form == "number":
        x, m = (elaborate(part, ctx) for part in (variate, mean))
        for part, v in ((variate, x), (mean, m)):
            if v.rank:
                raise Refusal(
                    "E241", f"the variance is a number and '{to_latex(part).strip()}' is {describe(v)}", span,
                    f"write \\mathcal{{N}}(…, {to_latex(covariance).strip()} I) for independent elements of this "
                    "variance",
                )
        ctx.require("positive", second)
        return Applied(NORMAL, form, (m, second), x)
    x = vector(variate, ctx, elaborate)
    m = vector(mean, ctx, elaborate)
    x = replace(x, row=False)
    for v in (m, *((second,) if form == "diagonal" else ())):
        if v.rank:
            unify(x.axes[0], v.axes[0], span)
    if axis is not None:
        unify(x.axes[0], axis, span)
    if form in ("full", "precision"):
        for a in second.axes:
            unify(x.axes[0], a, span)
        found = matrix_at(second, ctx)
        if found is None and moves(second, ctx):
            said = "a covariance matrix that is made anew at every index is not there yet"
            raise Refusal("E243", said, covariance.span,
                          "name the matrices, \\Sigma_k, or write \\operatorname{diag}(…) or c I",
                          unsupported=True)
        ctx.quadratic.add(matrix_name(second, ctx) if found is None else found[0])
    else:
        ctx.require("positive", second)
    return Applied(NORMAL, form, (m, second), x)


def moves(v: Value, ctx: Context) -> bool:
    """Whether a matrix depends on an index that is bound around it."""
    e = v.at(heads.index("_0"), heads.index("_1"))
    return bool(e.free_symbols & {b.symbol for b in (*ctx.bindings.values(), *ctx.samples.values())})


def settled_square(node: t.Node, span: Span, ctx: Context) -> t.Node:
    r"""The variance that a second parameter stands for: ``\mathcal{N}(\mu, \sigma)`` may show its root.

    What the prose calls a symbol decides; without that a bare σ is asked about.
    """
    sym = bare(node)
    if sym is None:
        return node
    if kind := ctx.known.called(sym.whole):
        return node if kind == VARIANCE else root_of(node, ctx)
    if sym.base.split("_")[0] == "sigma":
        raise open_square(node, span)
    return node


def squares(node: t.Node, law: Law, span: Span, ctx: Context) -> t.Node:
    """A parameter that is a square for half of the authors of a law: 1, what shows a square, or what words tell."""
    sym = bare(node)
    if sym is not None and (kind := ctx.known.called(sym.whole)):
        return node if kind == VARIANCE else root_of(node, ctx)
    shows = any(isinstance(x, t.Scripted) and isinstance(x.sup, t.Number) and x.sup.text == "2" for x in t.walk(node))
    if shows or (isinstance(node, t.Number) and node.text == "1"):
        return node
    raise open_square(node, span)


def bare(node: t.Node) -> Symbolic | None:
    """A symbol without a power, or one that is applied: ``\\sigma``, ``\\sigma(x)``."""
    if isinstance(node, t.Group) and not isinstance(node.body, t.Separated):
        return bare(node.body)
    head = node.items[0] if isinstance(node, t.Juxt) and len(node.items) == 2 and isinstance(
        node.items[-1], t.Group) else node
    sym = take_apart(head)
    return sym if sym is not None and sym.sup is None else None


def root_of(node: t.Node, ctx: Context) -> t.Node:
    """The square of what the prose calls a standard deviation."""
    ctx.assume(f"{to_latex(node).strip()} is a standard deviation, as the text calls it; its square is the variance")
    two = t.Number(node.span, "2")
    if isinstance(node, t.Juxt):
        return replace(node, items=(*node.items[:-1], t.Scripted(node.items[-1].span, node.items[-1], None, two)))
    if isinstance(node, t.Scripted):
        return replace(node, sup=two)
    return t.Scripted(node.span, node, None, two)


def open_square(node: t.Node, span: Span) -> Refusal:
    """Whether a parameter is a standard deviation or a variance is open."""
    x = to_latex(node).strip()
    square = f"{x}^2" if isinstance(node, t.Name | t.Number) else f"\\left( {x} \\right)^2"
    root = f"\\left( \\sqrt{{{x}}} \\right)^2"
    return Refusal("E244", f"{x} may be a standard deviation or the variance itself", span,
                   f"write {square} where {x} is the standard deviation, {root} where it is the variance; or let the "
                   f"text say it: with standard deviation ${x}$")


def spread(node: t.Node, ctx: Context, elaborate: Elaborate) -> tuple[str, Value, AxisVar | None]:
    """What the second parameter of a normal law is, its value, and the axis that it names."""
    found = times_identity(node, ctx)
    diagonal = isinstance(node, t.Apply) and node.head == "diag"
    inside = found[0] if found is not None else node.argument if isinstance(node, t.Apply) and diagonal else node
    if inside is not None:
        clear = settled_square(opened(inside, ctx), node.span, ctx)
        if found is not None:
            found = clear, found[1]
        else:
            node = replace(node, argument=clear) if isinstance(node, t.Apply) and diagonal else clear
    if found is not None:
        factor, size = found
        axis = None
        if size is not None and (sym := take_apart(size)) is not None and sym.sup is None:
            axis = ctx.named_axis(sym.whole)
        elif isinstance(size, t.Number):
            axis = ctx.named_axis(size.text)
        v = Value((), lambda: al.ONE) if factor is None else elaborate(factor, ctx)
        if v.rank == 1:
            ctx.assume(f"'{to_latex(node).strip()}' is the diagonal matrix of the vector")
            return "diagonal", replace(v, row=False), axis
        if v.rank:
            raise Refusal("E241", f"{describe(v)} times the identity matrix is no covariance", node.span,
                          "write the matrix, or a number times I")
        return "isotropic", v, axis
    if isinstance(node, t.Apply) and node.head == "diag" and node.sub is None and node.sup is None:
        if not isinstance(node.argument, t.Separated):
            v = elaborate(node.argument, ctx)
            if v.rank == 0:
                promote(node.argument, 1, "it is the diagonal of a covariance matrix", ctx, elaborate)
            if v.rank == 1:
                return "diagonal", replace(v, row=False), None
    if inverted(node) and (sym := take_apart(node)) is not None and isinstance(node, t.Scripted):
        v = elaborate(replace(node, sup=None) if node.sub is not None else node.base, ctx)
        if v.symbol and not v.rank:
            raise Promote(v.symbol, v.depth + 2, "its inverse is a covariance matrix")
        if v.rank == 2:
            return "precision", v, None
    v = elaborate(node, ctx)
    if v.rank == 2:
        return "full", v, None
    if v.rank == 1:
        ctx.assume(f"'{to_latex(node).strip()}' is the diagonal of a covariance matrix")
        return "diagonal", replace(v, row=False), None
    return "open", v, None


def times_identity(node: t.Node, ctx: Context) -> tuple[t.Node | None, t.Node | None] | None:
    r"""The factor of ``\beta_t I``, and the size that ``I_d`` names."""
    match node:
        case t.Name() | t.Scripted() if (found := identity_of(node, ctx)) is not None:
            return None, found.size
        case t.Group(body=body) if not isinstance(body, t.Separated):
            return times_identity(body, ctx)
        case t.Juxt(items=(*rest, last)) if rest and (found := identity_of(last, ctx)) is not None:
            factor = rest[0] if len(rest) == 1 else t.Juxt(rest[0].span | rest[-1].span, tuple(rest))
            return factor, found.size
        case t.Binary(op="cdot" | "times", left=left, right=right) if (found := identity_of(right, ctx)) is not None:
            return left, found.size
        case t.Frac(numerator=top, denominator=bottom) | t.Binary(op="/", left=top, right=bottom) if (
            found := identity_of(top, ctx)
        ) is not None:
            return t.Frac(node.span, t.Number(node.span, "1"), bottom), found.size
    return None


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity matrix, and the size that is written below it."""

    size: t.Node | None


def identity_of(node: t.Node, ctx: Context) -> Identity | None:
    """The identity matrix that a node is, where it is one."""
    sym = take_apart(node)
    if sym is None or sym.base != "I" or sym.sup is not None or len(sym.subs) > 1:
        return None
    taken = "I" in ctx.arguments or "I" in ctx.known.declared or "I" in ctx.params
    if taken or ctx.known.symbols("I") is not None:
        return None
    ctx.assume("I is the identity matrix")
    return Identity(sym.subs[0] if sym.subs else None)


def by_neighbours(
    variate: t.Node, mean: t.Node, second: Value, node: t.Node, ctx: Context, elaborate: Elaborate
) -> tuple[str, Value]:
    """A number, or a matrix: a capital letter or black-box function beside vectors is one."""
    if second.symbol and is_capital(second.symbol):
        raise Promote(second.symbol, second.depth + 2, "it is a covariance matrix")
    if (name := slot_of(second, ctx)) and is_capital(ctx.slots[name].slot):
        raise Promote(name, 2, f"{ctx.slots[name].slot} is a covariance matrix")
    return "number", second


def slot_of(v: Value, ctx: Context) -> str:
    """The value parameter that a number stands for, where a black-box function gives it."""
    if v.rank:
        return ""
    e = v.at()
    name = e.base.label.name if isinstance(e, sympy.Indexed) else e.name if isinstance(e, sympy.Symbol) else ""
    return name if name in ctx.slots else ""


def vector(node: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    """A part that a covariance matrix stands beside: a vector, or the number 0 for all elements."""
    v = elaborate(node, ctx)
    if v.rank == 0 and not isinstance(node, t.Number):
        promote(node, 1, "a covariance matrix stands beside it", ctx, elaborate)
        raise Refusal("E241", f"'{to_latex(node).strip()}' is a number beside a covariance matrix", node.span,
                      "declare the vectors, e.g. $x, \\mu \\in \\mathbb{R}^d$; write \\sigma^2 for the variance of a "
                      "number")
    if v.rank > 1:
        raise Refusal("E241", f"'{to_latex(node).strip()}' is {describe(v)} beside a covariance matrix", node.span,
                      "write a vector, or index its rows: \\prod_i")
    return v


def promote(node: t.Node, rank: int, reason: str, ctx: Context, elaborate: Elaborate) -> None:
    """Raise ``Promote`` for the first symbol or black-box function that carries the axes of an expression."""
    for part in spines(node):
        v = elaborate(part, ctx)
        if v.symbol and not v.rank:
            raise Promote(v.symbol, v.depth + rank, reason)
        if name := slot_of(v, ctx):
            raise Promote(name, rank, reason)


def spines(node: t.Node) -> Iterator[t.Node]:
    """The parts of an expression that have its axes: every term of a sum, the last factor of a product."""
    match node:
        case t.Group(body=body) if not isinstance(body, t.Separated):
            yield from spines(body)
        case t.Sum(terms=terms):
            for term in terms:
                if not isinstance(term, t.Number):
                    yield from spines(term)
        case t.Juxt(items=(*_, t.Name() | t.Scripted() as head, t.Group(open="(") as group)) if (
            take_apart(head) is not None
        ):
            whole = t.Juxt(head.span | group.span, (head, group))
            yield whole
            if isinstance(group.body, t.Sum):  # a factor before a bracket
                yield from spines(group.body)
        case t.Juxt(
            items=(*_, t.Name() | t.Scripted() as head, t.Scripted(base=t.Group(open="(") as group, sub=None))
        ) if take_apart(head) is not None:
            yield t.Juxt(head.span | group.span, (head, group))
            yield from spines(group)
        case t.Juxt(items=(*_, last)):
            yield from spines(last)
        case t.Frac(numerator=top) | t.Binary(op="/" | "div", left=top):
            yield from spines(top)
        case t.Binary(op="cdot" | "times" | "ast", right=right):
            yield from spines(right)
        case t.Binary(op="odot" | "circ", left=left, right=right):
            yield from spines(left)
            yield from spines(right)
        case t.Scripted(base=base, sub=None, sup=t.Node()) if (sym := take_apart(node)) is None or sym.sup is not None:
            yield from spines(base)
        case t.Scripted(sup=t.Node()) if (sym := take_apart(node)) is not None and sym.sup is not None:
            yield replace(node, sup=None)
        case t.Name() | t.Scripted() if take_apart(node) is not None:
            yield node
        case t.Apply(argument=argument) if node.head in ("sqrt", "exp", "tanh"):
            yield from spines(argument)
