"""Expectations over given samples: 𝔼 is the mean over the first sample axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Expr

from . import algebra as al
from .context import Binding, Context, Promote, Refusal, over_axis
from .evidence import symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .names import flatten, letter, safe, take_apart
from .regions import COUNTING
from .values import NAMED, AxisVar, Value, describe, lazy

Elaborate = Callable[[t.Node, Context], Value]


def expectation(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value:
    """The sample mean of the bracket over its variables.

    Variables named together under 𝔼 are drawn together and share one sample axis;
    a primed variable is an independent copy over the same samples.
    """
    if node.sub is None and not [n for n in applied_to(node.body) if n not in ctx.arguments]:
        return of_elements(node, ctx, elaborate)
    names = drawn(node, ctx)
    together = node.sub is not None and not _laws(node.sub)
    samples: dict[str, Binding] = {}
    joint: Binding | None = None
    for name in names:
        base = name.removesuffix("_prime")
        axis = ctx.sample_axes.get(base)
        if axis is None:
            axis = joint.axis if joint is not None and together else AxisVar(f"n_{base}", NAMED)
            axis.attach()
            ctx.sample_axes[base] = axis
        shared = joint is not None and together and axis is joint.axis and base == name
        samples[name] = joint if shared and joint is not None else over_axis(ctx.indices.new("s"), axis)
        joint = joint or samples[name]
    with ctx.sampling(samples):
        body = elaborate(node.body, ctx)
    for name in names:
        refuse_subscript(name, node, ctx)
    laws = {x: law for law in laws_under(node.sub) for x in law[2]}
    for name in names:
        base = name.removesuffix("_prime")
        ctx.mention(base)
        ctx.averaged[base] = (ctx.sample_axes[base], *laws.get(base, ("", ()))[:2])
    if body.rank:
        raise Refusal("E150", f"an expectation of {describe(body)}", node.span,
                      "index its elements: \\mathbb{E}_{x \\sim p}[x_i]", unsupported=True)
    ctx.assume(
        "an expectation is the mean over the given samples"
        + (" (V-statistic: all pairs, equal ones too)" if len({*names}) > 1 and node.sub is None else "")
    )
    used = tuple(dict.fromkeys(samples.values()))

    def mean() -> Expr:
        e = body.at()
        for b in reversed(used):
            if b.symbol in e.free_symbols:
                e = al.mul(al.divide(al.ONE, b.axis.extent()), al.sum_over(e, b.symbol, *b.axis.bounds()))
        return e

    return lazy(mean)


def refuse_subscript(name: str, node: t.Big, ctx: Context) -> None:
    r"""``\mathbb{E}_{i}[x_i]``: of a variable that counts elements there are no samples."""
    below = [sym for sym in symbols_in(node.body) if name in {letter(n) for s in sym.subs for n in t.walk(s)
                                                              if isinstance(n, t.Name)}]
    counted = any(name in h.sampled and any(at.is_Symbol and at.name == name for at, _ in h.equation.reads)
                  for h in ctx.handed.values()) or not is_read(name, node.body)
    functions = {s.slot for s in ctx.slots.values()}
    steps = counted and is_read(name, node.body)
    for sym in below:
        stem, whole = to_latex(stem_of(sym.node)).strip(), to_latex(sym.node).strip()
        received = sym.whole in ctx.handed and sym.whole not in (*ctx.linked, *ctx.params)
        if received or sym.whole in functions or sym.whole in ctx.gathered:
            continue
        formula = ctx.known.symbols(sym.whole)
        if steps and formula is None and len(sym.subs) == 1 and safe(sym.base) not in {*ctx.arguments, *ctx.params}:
            raise Promote(safe(sym.base), 1, f"it has an element for every {name}, as other formulas here have")
        if counted or (formula is not None and name in formula.call_order):
            raise Refusal("E159", f"{whole} stands at the index {name} of an expectation",
                          sym.node.span,
                          f"write the mean over the index, \\frac{{1}}{{n}} \\sum_{{{name}=1}}^{{n}} …, or declare the "
                          f"array whose elements are taken at the samples: ${stem} \\in \\mathbb{{R}}^{{n}}$",
                          unsupported=True)
        if name in COUNTING and formula is None and sym.whole in {*ctx.params} - {*ctx.known.declared}:
            raise Refusal("E216", f"{whole} may be an element at each sampled {name}, or one number", sym.node.span,
                          f"declare the array, ${stem} \\in \\mathbb{{R}}^{{n}}$, or the number, "
                          f"${whole} \\in \\mathbb{{R}}$")
        ctx.assume(f"{sym.whole} is the same for all samples of {name}")


def stem_of(node: t.Node) -> t.Node:
    """A symbol without its scripts."""
    while isinstance(node, t.Scripted):
        node = node.base
    return node


def is_read(name: str, node: t.Node) -> bool:
    """Whether a symbol stands in a formula otherwise than in subscripts."""
    if isinstance(node, t.Scripted):
        sym = take_apart(node)
        if sym is not None and sym.whole == name:
            return True
        return is_read(name, node.base) or (node.sup is not None and is_read(name, node.sup))
    if isinstance(node, t.Name):
        return (sym := take_apart(node)) is not None and sym.whole == name
    return any(is_read(name, child) for child in node.children())


def of_elements(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value:
    """The mean over the elements of declared vectors: 𝔼[X²] of ``X ∈ ℝⁿ``."""
    declared = ctx.known.declared
    vectors = [sym.whole for sym in symbols_in(node.body)
               if sym.whole in declared and len(declared[sym.whole].axes) == 1]
    body = elaborate(node.body, ctx) if vectors else None
    if body is None or body.rank != 1:
        raise Refusal("E151", "the variables of this expectation are not written", node.span,
                      "write them below it, e.g. \\mathbb{E}_{x \\sim p}[…], or declare the vector of samples, "
                      "e.g. $X \\in \\mathbb{R}^n$")
    ctx.assume(f"an expectation is the mean over the elements of {', '.join(dict.fromkeys(vectors))}")
    axis, k = body.axes[0], ctx.indices.new("s")
    return lazy(lambda: al.mul(al.divide(al.ONE, axis.extent()), al.sum_over(body.at(k), k, *axis.bounds())))


def drawn(node: t.Big, ctx: Context) -> list[str]:
    """The variables that an expectation averages over."""
    sub = node.sub
    if sub is None:
        return [n for n in applied_to(node.body) if n not in ctx.arguments]
    if laws := _laws(sub):
        return [name for x in laws for name in drawn(replace(node, sub=x), ctx)]
    if isinstance(sub, t.Relation) and sub.ops == ("~",):
        items = _listed(sub.sides[0])
    elif (law := _applied(sub)) is not None:
        items = law
        _given(items, f"samples of the law {to_latex(sub).strip()}, which the caller gives", ctx)
    else:
        items = _listed(sub)
        read = {sym.whole for sym in symbols_in(node.body)}
        if not read & {sym.whole for x in items if (sym := take_apart(x)) is not None}:
            raise Refusal("E197", f"it is open which variables {to_latex(sub).strip()} draws", sub.span,
                          "name them: \\mathbb{E}_{x \\sim p}[…]")
        _given(items, "samples that the caller gives", ctx)
    out = []
    for item in items:
        sym = take_apart(item)
        if sym is None:
            raise Refusal("E152", "a sample variable must be a symbol", item.span,
                          "write \\mathbb{E}_{x \\sim p}[…]")
        out.append(sym.whole)
    return out


def _given(items: tuple[t.Node, ...], what: str, ctx: Context) -> None:
    """Note where the samples of an expectation come from."""
    together = ", drawn together" if len(items) > 1 else ""
    ctx.assume(f"{' and '.join(flatten(x) for x in items)} under an expectation: {what}{together}")


def _laws(sub: t.Node) -> tuple[t.Node, ...]:
    """``x \\sim p, y \\sim q``: variables that are drawn one without the other."""
    several = isinstance(sub, t.Separated) and all(isinstance(x, t.Relation) and x.ops == ("~",) for x in sub.items)
    return sub.items if several and isinstance(sub, t.Separated) else ()


def _listed(node: t.Node) -> tuple[t.Node, ...]:
    """``x, y`` or ``(x, y)`` one by one."""
    inside = node.body if isinstance(node, t.Group) else node
    return inside.items if isinstance(inside, t.Separated) else (inside,)


def _applied(sub: t.Node) -> tuple[t.Node, ...] | None:
    """The variables of laws that are written with them: ``q(z | x)`` draws z, ``p(x) q(z | x)`` both."""
    if not isinstance(sub, t.Juxt) or len(sub.items) % 2:
        return None
    out: list[t.Node] = []
    for head, group in zip(sub.items[::2], sub.items[1::2], strict=True):
        if take_apart(head) is None or not isinstance(group, t.Group):
            return None
        body = group.body
        bar = body.separators.index("|") + 1 if isinstance(body, t.Separated) and "|" in body.separators else None
        out += _listed(body)[:bar]
    return tuple(out)


def laws_under(sub: t.Node | None) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    r"""The laws below an expectation: name, what is given, and what is drawn: ``q(z | x)``, ``z \sim q(z | x)``."""
    if sub is None:
        return []
    out: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    for one in _laws(sub) or (sub,):
        stated = isinstance(one, t.Relation) and one.ops == ("~",)
        law = one.sides[1] if isinstance(one, t.Relation) and stated else one
        if (sym := take_apart(law)) is not None and stated and isinstance(one, t.Relation):
            out.append((sym.whole, (), tuple(flatten(x) for x in _listed(one.sides[0]))))
        elif _applied(law) is not None and isinstance(law, t.Juxt) and len(law.items) == 2:
            head, group = law.items
            sym = take_apart(head)
            assert sym is not None and isinstance(group, t.Group)
            cut = len(_applied(law) or ())
            names = [x.whole if (x := take_apart(v)) is not None else "" for v in _listed(group.body)]
            out.append((sym.whole, tuple(names[cut:]), tuple(names[:cut])))
    return out


def applied_to(root: t.Node) -> list[str]:
    """Symbols that functions inside are applied to, in order, each once."""
    out: list[str] = []
    for node in t.walk(root):
        if isinstance(node, t.Juxt):
            for head, follower in zip(node.items, node.items[1:], strict=False):
                if take_apart(head) is None or not isinstance(follower, t.Group):
                    continue
                body = follower.body
                for item in body.items if isinstance(body, t.Separated) else (body,):
                    sym = take_apart(item)
                    if sym is not None and sym.whole not in out:
                        out.append(sym.whole)
    return out
