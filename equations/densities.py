r"""Densities of named laws: ``\mathcal{N}(x; \mu, \Sigma)`` is the exponential of its logarithm in index form.

Products of densities keep the sum of their logarithms beside them, so that no logarithm of an exponential is
ever taken.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Promote, Refusal
from .domain import REAL
from .latex import tree as t
from .latex.printer import to_latex
from .laws import NORMAL, Law, at_least, is_whole, law_named, within
from .names import take_apart
from .normal import Applied, normal
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
    law = law_named(head)
    if law is None or not isinstance(group, t.Group) or not isinstance(body := group.body, t.Separated):
        return None
    if body.separators[0] not in (";", "|") or not set(body.separators[1:]) <= {",", ";"}:
        return None
    return law, body.items[0], body.items[1:], node.span


def named_law(node: t.Node) -> tuple[t.Name, Law, tuple[t.Node, ...]] | None:
    r"""The law and the parameters of ``\mathcal{N}(\mu, \Sigma)`` behind ``\sim``."""
    if not isinstance(node, t.Juxt) or len(node.items) != 2:
        return None
    head, group = node.items
    law = law_named(head, drawn=True)
    if law is None or not isinstance(head, t.Name) or not isinstance(group, t.Group):
        return None
    body = group.body
    if group.open == "[":
        return head, law, (group,)
    if isinstance(body, t.Separated) and not set(body.separators) <= {",", ";"}:
        return None
    return head, law, body.items if isinstance(body, t.Separated) else (body,)


def density(node: t.Juxt, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The density of a named law; ``None`` where no law is written."""
    found = parts_of(node)
    if found is None:
        return None
    law, variate, parameters, span = found
    applied = settled(law, variate, parameters, span, ctx, elaborate)
    ctx.laws.append(applied)
    return exponential(log_density(applied, ctx, span))


def settled(
    law: Law, variate: t.Node, parameters: tuple[t.Node, ...], span: Span, ctx: Context, elaborate: Elaborate
) -> Applied:
    """A law at its parameters, with vectors where its notation shows vectors."""
    parameters = listed(law, parameters)
    if len(parameters) != len(law.parameters):
        names = ", ".join(law.parameters)
        said = f"{law.says} takes {len(law.parameters)} ({names}), and {len(parameters)} are written"
        raise Refusal("E240", said, span,
                      "write the density out, or its parameters as the law takes them", unsupported=True)
    ctx.assume(f"{to_latex(variate).strip()} follows {law.says}")
    if law is NORMAL:
        return normal(variate, parameters, span, ctx, elaborate)
    x = elaborate(variate, ctx)
    values = [elaborate(p, ctx) for p in parameters]
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
