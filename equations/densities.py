r"""Densities of named laws: ``\mathcal{N}(x; \mu, \Sigma)`` is the exponential of its logarithm in index form.

Products of densities keep the sum of their logarithms beside them, so that no logarithm of an exponential is
ever taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Promote, Refusal
from .domain import REAL
from .finite import progression
from .latex import tree as t
from .latex.printer import to_latex
from .laws import NORMAL, ROWS, Law, at_least, degrees_below, is_whole, law_named, open_law, within
from .names import take_apart
from .normal import Applied, normal, squares
from .norms import matrix_at, matrix_name
from .products import Log, exponential
from .span import Span
from .symbols import CONSTANTS
from .values import Value, describe, reduce_sum, unify

Elaborate = Callable[[t.Node, Context], Value]


def parts_of(node: t.Node) -> tuple[Law, t.Node, tuple[t.Node, ...], Span] | None:
    r"""The law, the variable and the parameters of ``\mathcal{N}(x; \mu, \Sigma)`` or ``\mathcal{N}(x \mid …)``."""
    while isinstance(node, t.Group) and not isinstance(node.body, t.Separated):
        node = node.body
    if not isinstance(node, t.Juxt) or len(node.items) != 2:
        return None
    head, group = node.items
    if not isinstance(group, t.Group) or not isinstance(body := group.body, t.Separated):
        return None
    if body.separators[0] not in (";", "|") or not set(body.separators[1:]) <= {",", ";"}:
        return None
    if (found := headed(head, body.items[1:])) is None:
        return None
    return found[0], body.items[0], found[1], node.span


def named_law(node: t.Node) -> tuple[t.Node, Law, tuple[t.Node, ...]] | None:
    r"""The law and the parameters of ``\mathcal{N}(\mu, \Sigma)`` behind ``\sim``."""
    if not isinstance(node, t.Juxt) or len(node.items) != 2:
        return None
    head, group = node.items
    if not isinstance(group, t.Group):
        return None
    listing = group.open == "(" and isinstance(group.body, t.Separated)
    if listing and isinstance(group.body, t.Separated) and not set(group.body.separators) <= {",", ";"}:
        return None
    found = headed(head, written(group), drawn=True)
    return None if found is None else (head, *found)


def written(group: t.Node) -> tuple[t.Node, ...]:
    r"""The parameters behind the name of a law; ``[a, b]`` and ``\{1, \dots, T\}`` are one."""
    if not isinstance(group, t.Group) or group.open != "(":
        return (group,)
    return group.body.items if isinstance(group.body, t.Separated) else (group.body,)


def headed(
    head: t.Node, parameters: tuple[t.Node, ...], *, drawn: bool = False
) -> tuple[Law, tuple[t.Node, ...]] | None:
    r"""The law of a head and all of its parameters: ``t_\nu(\mu, \sigma^2)`` has one below it, a finite set is two."""
    if (below := degrees_below(head, drawn=drawn)) is not None:
        return ROWS["located student"], (below, *parameters)
    if (law := law_named(head, drawn=drawn)) is None:
        return None
    if law.name == "uniform" and len(parameters) == 1 and (ends := progression(parameters[0])) is not None:
        return ROWS["steps"], ends
    return law, parameters


def density(node: t.Juxt, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The density of a named law; ``None`` where no law is written."""
    found = parts_of(node)
    if found is None:
        if len(node.items) == 2 and isinstance(node.items[1], t.Group):
            refuse_open_law(node.items[0], node.items[1])
        return None
    law, variate, parameters, span = found
    applied = settled(law, variate, parameters, span, ctx, elaborate)
    ctx.laws.append(applied)
    value = exponential(log_density(applied, ctx, span))
    if law.density is None:
        return value
    plain = law.density
    return replace(value, at=lambda: plain(applied.variate.at(), *(v.at() for v in applied.parameters)))


def settled(
    law: Law, variate: t.Node, parameters: tuple[t.Node, ...], span: Span, ctx: Context, elaborate: Elaborate
) -> Applied:
    """A law at its parameters, with vectors where its notation shows vectors."""
    parameters = listed(law, parameters)
    if law.name == "uniform" and len(parameters) == 1 and is_set(parameters[0]):
        raise Refusal("E247", f"the numbers of '{to_latex(parameters[0]).strip()}' do not follow each other, or are no "
                      "whole ones", span,
                      "write \\{1, \\dots, T\\} for whole numbers one after the other, [a, b] for an interval; a mean "
                      "over other numbers is \\frac{1}{n} \\sum_{i=1}^{n} …", unsupported=True)
    if len(parameters) != len(law.parameters):
        names = ", ".join(law.parameters)
        said = f"{law.says} takes {len(law.parameters)} ({names}), and {len(parameters)} are written"
        located = "; \\mathrm{St}_\\nu(x; \\mu, \\sigma^2) has a location and a scale" if law.name == "student" else ""
        raise Refusal("E240", said, span,
                      f"write the density out, or its parameters as the law takes them{located}", unsupported=True)
    ctx.assume(f"{to_latex(variate).strip()} follows {law.says}")
    if law is NORMAL:
        return normal(variate, parameters, span, ctx, elaborate)
    squared = [squares(p, law, span, ctx) if name in law.squares else p
               for name, p in zip(law.parameters, parameters, strict=True)]
    x = elaborate(variate, ctx)
    values = [elaborate(p, ctx) for p in squared]
    if law.array:
        for part, v in zip((variate, *parameters), (x, *values), strict=True):
            if law.array != "all" and v is x:
                continue
            if v.rank == 0 and v.symbol:
                raise Promote(v.symbol, v.depth + 1, f"it is a vector of {law.says}")
            if v.rank == 0 and (sym := take_apart(part)) is not None and sym.whole in CONSTANTS:
                raise Promote(sym.whole, 1, f"it is a vector of {law.says}")
            if v.rank != 1:
                raise Refusal("E241", f"{law.says} takes a vector, not {describe(v)}", span,
                              "declare it, e.g. $\\pi \\in \\mathbb{R}^K$")
        if x.rank == 1:
            unify(x.axes[0], values[0].axes[0], span)
    for v in () if law.array else (x, *values):
        if v.rank:
            raise Refusal("E242", f"{law.says} is one of numbers, and {describe(v)} is given", span,
                          "write the product over its elements, e.g. \\prod_i …(x_i; …)")
    for name, v in zip(law.parameters, values, strict=True):
        if name in law.positive:
            ctx.require("positive", v)
    if x.symbol and x.symbol in ctx.params:
        state = ctx.params[x.symbol]
        if not state.declared and state.domain == REAL:
            state.domain = law.support
    return Applied(law, "number" if not law.array else "vector", tuple(values), x)


def is_set(node: t.Node) -> bool:
    """Whether braces are written."""
    while isinstance(node, t.Group) and node.open == "(":
        node = node.body
    return isinstance(node, t.Group) and node.open == "{"


def refuse_open_law(head: t.Node, group: t.Group, *, drawn: bool = False) -> None:
    """Laws whose parameters are written in two ways are asked about, with both densities."""
    body = group.body
    barred = isinstance(body, t.Separated) and body.separators[0] in (";", "|")
    if (barred or drawn) and (row := open_law(head, drawn=drawn)) is not None:
        said, one, other = row
        raise Refusal("E246", said, head.span, f"write its density: {one}, or {other}")


def listed(law: Law, parameters: tuple[t.Node, ...]) -> tuple[t.Node, ...]:
    r"""``\mathcal{U}([a, b])`` as ``\mathcal{U}(a, b)``."""
    if len(parameters) == 1 and len(law.parameters) == 2 and isinstance(only := parameters[0], t.Group):
        if only.open in ("[", "(") and isinstance(only.body, t.Separated) and len(only.body.items) == 2:
            return only.body.items
    return parameters


def log_density(a: Applied, ctx: Context, span: Span) -> Log:
    """The logarithm of a density, a sum in index form."""
    x, values = a.variate, a.parameters
    if a.form == "number":
        return lambda: a.law.log(x.at(), *(v.at() for v in values))
    if a.law.array:
        return vector_law(a, ctx)
    m, second = values
    k = ctx.indices.new("k")
    axis = x.axes[0]

    def centred(i: Expr) -> Expr:
        return al.add(x.at(i), al.neg(m.at(i) if m.rank else m.at()))

    if a.form == "diagonal":
        return reduce_sum(lambda s: a.law.log(x.at(s), m.at(s) if m.rank else m.at(), second.at(s)), axis, k)
    two_pi = al.mul(al.TWO, sympy.pi)
    if a.form == "isotropic":
        squares = reduce_sum(lambda s: al.power(centred(s), al.TWO), axis, k)

        def isotropic() -> Expr:
            c = second.at()
            constant = al.divide(al.mul(axis.extent(), al.apply(sympy.log, al.mul(two_pi, c))), al.TWO)
            square = al.divide(squares(), al.TWO if c == al.ONE else al.mul(al.TWO, c))
            return al.add(al.neg(square), al.neg(constant))

        return isotropic
    matrix_found = matrix_at(second, ctx)
    name = heads.parameter(matrix_name(second, ctx) if matrix_found is None else matrix_found[0])
    n = ctx.indices.new("k")

    def which() -> tuple[Expr, ...]:
        found = matrix_at(second, ctx)
        return found[1] if found is not None else ()

    def entry(i: Expr, j: Expr) -> Expr:
        return heads.InverseElement(name, i, j, *which(), evaluate=False) if a.form == "full" else second.at(i, j)

    def inner(j: Expr) -> Expr:
        return reduce_sum(lambda i: al.mul(centred(i), entry(i, j)), axis, k)()

    form = reduce_sum(lambda j: al.mul(inner(j), centred(j)), axis, n)

    def matrix() -> Expr:
        determinant = al.divide(al.apply(sympy.log, heads.Determinant(name, *which(), evaluate=False)), al.TWO)
        constant = al.divide(al.mul(axis.extent(), al.apply(sympy.log, two_pi)), al.TWO)
        signed = al.neg(determinant) if a.form == "full" else determinant
        return al.add(al.neg(al.divide(form(), al.TWO)), signed, al.neg(constant))

    return matrix


def vector_law(a: Applied, ctx: Context) -> Log:
    """Laws with a vector for a parameter."""
    x, (p, *_) = a.variate, a.parameters
    axis, k = p.axes[0], ctx.indices.new("k")
    if a.law.array == "all":
        each = reduce_sum(lambda s: a.law.log(x.at(s), p.at(s)), axis, k)
        total = reduce_sum(p.at, axis, k)
        least = ctx.indices.new("k")

        def dirichlet() -> Expr:
            log = al.add(al.apply(sympy.loggamma, total()), each())
            lowest = heads.ReduceMin(x.at(least), least, *axis.bounds(), evaluate=False)
            return within(log, at_least(lowest, al.ZERO))

        return dirichlet
    if x.rank:
        return reduce_sum(lambda s: a.law.log(x.at(s), p.at(s)), axis, k)

    def chosen(s: Expr) -> Expr:
        here = sympy.Eq(x.at(), s, evaluate=False)
        return sympy.Piecewise((al.apply(sympy.log, p.at(s)), here), (al.ZERO, sympy.true), evaluate=False)

    picked = reduce_sum(chosen, axis, k)
    return lambda: within(picked(), at_least(x.at(), al.ONE), at_least(axis.extent(), x.at()), is_whole(x.at()))
