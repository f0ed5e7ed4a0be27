r"""Least costs over plans: ``\min_{\pi \in \Pi(a, b)} \sum_{i,j} \pi_{ij} (C_{ij} + \varepsilon \log \pi_{ij})``.

A plan is a matrix with the row sums a and the column sums b.  What is least is taken apart into the cost of each
pair, the strength of an entropy term, and a rest without the plan: it is recognised by what stands beside the plan's
elements, in linked definitions too, whatever the letters and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy
from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .context import ComputedState, Context, Promote, Refusal
from .derivatives import standing_for
from .instantiate import captured
from .integrals import named
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, take_apart
from .symbols import variable
from .values import Value, lazy

Elaborate = Callable[[t.Node, Context], Value]

#: Kinds of computed values: the least cost, and the plan that has it.
LEAST, PLAN = "least cost of a plan", "plan of least cost"


class Unfit(Exception):
    """A formula that is not made of costs and an entropy of the plan."""


@dataclass(slots=True)
class Parts:
    """Costs of pairs as terms at the indices ``(i, j)``, strengths of the entropy, and what holds no plan."""

    costs: list[tuple[Expr, Symbol, Symbol]] = field(default_factory=list)
    strengths: list[Expr] = field(default_factory=list)
    rest: list[Expr] = field(default_factory=list)

    def cost(self, i: Expr, j: Expr) -> Expr:
        return al.add(*(al.substitute(e, {u: i, v: j}) for e, u, v in self.costs)) if self.costs else al.ZERO

    def strength(self) -> Expr:
        return al.add(*self.strengths) if self.strengths else al.ZERO


def member_of(node: t.Big) -> tuple[Symbolic, t.Node, t.Node] | None:
    """The plan and its two marginals, where an operator runs over a set made of two symbols."""
    if node.op not in ("min", "inf", "argmin") or node.sup is not None:
        return None
    match node.sub:
        case t.Relation(sides=(bound, t.Juxt(items=(of, t.Group(body=t.Separated(items=(left, right)))))), ops=("in",)):
            member, family = take_apart(bound), take_apart(of)
            marginals = take_apart(left), take_apart(right)
        case _:
            return None
    plain = (member, family, *marginals)
    if any(s is None or s.sup is not None for s in plain) or (member and member.subs) or (family and family.subs):
        return None
    assert member is not None
    return member, left, right


def over_plans(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The least cost over the plans between two vectors of weights, or ``None`` where something else is written."""
    found = member_of(node)
    if found is None:
        return None
    member, left, right = found
    x = member.whole
    if not _read_at_pairs(x, node.body):
        return None
    if x in ctx.arguments or x in ctx.bindings or x in ctx.integrated:
        raise Refusal("E287", f"{x} is what the search runs over, and has another meaning outside of it",
                      member.node.span, "give the plan a letter of its own")
    masses = tuple(_weights(side, ctx) for side in (left, right))
    if x not in {*ctx.variables, *ctx.params, *ctx.lets, *ctx.taken}:
        ctx.variables[x] = x
    name = named(x, ctx)
    axes = (masses[0].axes[0], masses[1].axes[0])
    before = ctx.integrated
    ctx.integrated = {**before, x: name}
    try:
        with standing_for(ctx, {x: Context.read(name, axes)}):
            body = elaborate(node.body, ctx)
    finally:
        ctx.integrated = before
    if body.rank:
        raise Refusal("E140", f"{node.op} of an array", node.span, "index its elements")
    if captured(body, ctx) or any(captured(m, ctx) for m in masses):
        raise Refusal("E288", "a search at every index is not supported", node.span,
                      "write the formula for one index", unsupported=True)

    def parts() -> Parts:
        lets = {n: (let.indices, let.body) for n, let in ctx.lets.items()}
        out = Parts()
        _take(body.at(), al.ONE, name, (axes[0].extent(), axes[1].extent()), lets, out)
        return out

    try:
        entropic = bool(parts().strengths)
    except Unfit as no:
        raise Refusal("E294", f"what is least over plans is no sum of costs and an entropy: {no}", node.span,
                      "write \\sum_{i,j} \\pi_{ij} C_{ij}, with \\varepsilon \\sum_{i,j} \\pi_{ij} \\log \\pi_{ij} "
                      "where it is regularised", unsupported=True) from None
    place = node.op == "argmin"
    value = ctx.fresh_let("plan" if place else "least_cost")
    state = ctx.parameter(value, to_latex(node), "computed value")
    ctx.order.remove(value)
    state.axes = axes if place else ()
    ctx.computed[value] = ComputedState(
        value, PLAN if place else LEAST, (), (), Value(axes, lambda i, j: parts().cost(i, j)), (), to_latex(node),
        power=lazy(lambda: parts().strength()), beside=masses,
    )
    of = f"{to_latex(left).strip()} and {to_latex(right).strip()}"
    how = "by Sinkhorn's iteration in logarithms and Newton's" if entropic else "by the network simplex"
    ctx.assume(f"{x} runs over the plans between the weights {of}, which sum to 1; the best one is found numerically, "
               f"{how}, and its distance from a dual bound is checked")
    if place:
        return Context.read(value, axes)
    return lazy(lambda: al.add(heads.parameter(value), *parts().rest) if parts().rest else heads.parameter(value))


def _read_at_pairs(x: str, body: t.Node) -> bool:
    """Whether a plan is read as a matrix: with two indices, in an inner product, or by a function."""
    def stands(node: t.Node) -> bool:
        return any((s := take_apart(n)) is not None and (s.whole == x or s.base == x) for n in t.walk(node))

    for node in t.walk(body):
        if isinstance(node, t.Big) and (node.op == "expect" or node.op.endswith("int")):
            return False
        if isinstance(node, t.Relation) and node.ops == ("~",):
            return False
    return stands(body)


def _weights(node: t.Node, ctx: Context) -> Value:
    sym = take_apart(node)
    assert sym is not None
    v = variable(sym.whole, node, ctx)
    if v.rank == 0:
        raise Promote(sym.whole, 1, "a plan has it for a marginal")
    if v.rank != 1:
        raise Refusal("E294", f"a marginal of a plan is a vector, and {sym.whole} is none", node.span,
                      "write a vector of weights")
    return v


Lets = Mapping[str, tuple[tuple[Symbol, ...], Callable[[], Expr]]]


def _take(e: Expr, factor: Expr, plan: str, extents: tuple[Expr, Expr], lets: Lets, out: Parts) -> None:
    """Sort the terms of a formula times a factor into costs, strengths and the rest; raises ``Unfit``."""
    e = _inlined(e, plan, lets)
    if not _has(e, plan):
        out.rest.append(al.mul(factor, e))
        return
    if isinstance(e, sympy.Add):
        for term in e.args:
            _take(term, factor, plan, extents, lets, out)
        return
    if isinstance(e, sympy.Mul):
        inner = [f for f in e.args if _has(f, plan)]
        if len(inner) == 1:
            others = [f for f in e.args if f is not inner[0]]
            _take(inner[0], al.mul(factor, *others), plan, extents, lets, out)
            return
    if not isinstance(e, sympy.Sum):
        raise Unfit("the plan stands outside of a sum over all pairs")
    limits = {lim[0]: lim for lim in e.limits}
    for term in _terms(_inlined(e.function, plan, lets)):
        _pair(term, factor, plan, extents, limits, out)


def _pair(
    term: Expr, factor: Expr, plan: str, extents: tuple[Expr, Expr], limits: Mapping[Symbol, tuple[Expr, ...]],
    out: Parts,
) -> None:
    """One term under a sum: π·c, or π·c·log(π^k·d)."""
    if not _has(term, plan):
        out.rest.append(al.mul(factor, al.over(sympy.Sum, term, *limits.values())))
        return
    factors = list(term.args) if isinstance(term, sympy.Mul) else [term]
    element = next((f for f in factors if _is_element(f, plan)), None)
    if element is None:
        raise Unfit("an element of the plan is no factor")
    factors.remove(element)
    u, v = element.indices
    whole = all(i in limits and limits[i][1] == 1 and limits[i][2] == n for i, n in zip((u, v), extents, strict=True))
    if not (whole and u != v):
        raise Unfit("a sum does not run over all pairs")
    inside = tuple(lim for i, lim in limits.items() if i not in (u, v))
    if any({u, v} & x.free_symbols for lim in inside for x in lim[1:]):
        raise Unfit("a sum does not run over all pairs")

    def cost(e: Expr) -> None:
        out.costs.append((al.mul(factor, al.over(sympy.Sum, e, *inside) if inside else e), u, v))

    held = [f for f in factors if _has(f, plan)]
    coefficient = al.mul(*(f for f in factors if not _has(f, plan))) if len(held) < len(factors) else al.ONE
    if not held:
        cost(coefficient)
        return
    if len(held) > 1:
        raise Unfit("it is of a higher power in the plan")
    for part in _terms(held[0]):
        plain = al.mul(*(f for f in part.args if not _has(f, plan))) if isinstance(part, sympy.Mul) else al.ONE
        logs = [f for f in (part.args if isinstance(part, sympy.Mul) else (part,)) if _has(f, plan)]
        if not logs:
            cost(al.mul(coefficient, part))
            continue
        if len(logs) > 1 or not isinstance(logs[0], sympy.log):
            raise Unfit("another function than the logarithm is taken of the plan")
        power, rest = _in_log(logs[0].args[0], element, plan)
        strength = al.mul(factor, coefficient, plain, power)
        if inside or {u, v} & strength.free_symbols:
            raise Unfit("the entropy has other weights at every pair")
        out.strengths.append(strength)
        if rest != 1:
            cost(al.mul(coefficient, plain, al.apply(sympy.log, rest)))


def _in_log(e: Expr, element: Expr, plan: str) -> tuple[Expr, Expr]:
    """``k`` and ``d`` of ``π^k d`` below a logarithm."""
    power, rest = Integer(0), []
    for f in e.args if isinstance(e, sympy.Mul) else (e,):
        base, k = f.as_base_exp() if isinstance(f, sympy.Pow) else (f, Integer(1))
        if base == element and not _has(k, plan):
            power += k
        elif isinstance(base, sympy.Mul) and k.is_Integer and _has(base, plan):
            inner, d = _in_log(base, element, plan)
            power += inner * k
            rest.append(al.power(d, k))
        elif _has(f, plan):
            raise Unfit("a logarithm is taken of another function of the plan")
        else:
            rest.append(f)
    return power, (al.mul(*rest) if rest else al.ONE)


def _terms(e: Expr) -> list[Expr]:
    """The terms of a sum, brackets around the plan opened."""
    if isinstance(e, sympy.Add):
        return [x for term in e.args for x in _terms(term)]
    if isinstance(e, sympy.Mul):
        for k, f in enumerate(e.args):
            if isinstance(f, sympy.Add) and any(isinstance(x, sympy.log) or x.has(sympy.log) for x in f.args):
                return [x for term in f.args for x in _terms(al.mul(*e.args[:k], term, *e.args[k + 1 :]))]
    return [e]


def _has(e: Expr, plan: str) -> bool:
    return plan in heads.read_names(e)


def _is_element(e: Expr, plan: str) -> bool:
    return isinstance(e, sympy.Indexed) and str(e.base.label.name) == plan and len(e.indices) == 2


def _inlined(e: Expr, plan: str, lets: Lets) -> Expr:
    """A formula with the lets that hold the plan written out."""
    for _ in range(len(lets) + 1):
        values: dict[Expr, Expr] = {}
        for atom in e.atoms(Symbol, sympy.Indexed):
            indexed = isinstance(atom, sympy.Indexed)
            name = str(atom.base.label.name) if indexed else atom.name
            if name not in lets or not _reaches(name, plan, lets):
                continue
            over, body = lets[name]
            if indexed and len(over) == len(atom.indices):
                values[atom] = al.substitute(body(), dict(zip(over, atom.indices, strict=True)))
            elif not over and not indexed:
                values[atom] = body()
        if not values:
            return e
        e = al.substitute(e, values)
    raise Unfit("definitions go around in a circle")


def _reaches(name: str, plan: str, lets: Lets) -> bool:
    met: set[str] = set()
    todo = [name]
    while todo:
        n = todo.pop()
        if n == plan:
            return True
        if n not in met:
            met.add(n)
            todo += list(heads.read_names(lets[n][1]())) if n in lets else []
    return False
