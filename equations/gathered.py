r"""Elements at sampled places: ``\lambda_t`` under ``\mathbb{E}_{t, x}[…]`` is read at the t of each sample.

The element is an equation of its own, of the array and of the place, found once for all samples by its own kernel,
which refuses places outside of the array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .context import Context, Declared, Promote, Refusal
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, letter
from .supplied import inputs, supplied
from .target import Target
from .values import Value


def sampled_below(sub: t.Node, ctx: Context) -> str:
    """The one sampled letter in a subscript such as ``t`` or ``t - 1``; empty where there is none."""
    if not isinstance(sub, t.Name | t.Sum):
        return ""
    found = {x for n in t.walk(sub) if isinstance(n, t.Name) and (x := letter(n)) in ctx.samples and x is not None}
    return found.pop() if len(found) == 1 else ""


def at_sample(sym: Symbolic, base: str, name: str, sample: Callable[[], Value], ctx: Context) -> Value:
    """The elements of an array at the samples of the letter below it."""
    from .define import define  # a definition is made of formulas, and this is a part of one

    node = plain(sym)
    text = to_latex(node).strip()
    known = ctx.known
    if base not in known.declared and known.symbols(base) is None:
        known = replace(known, declared={**known.declared, base: Declared(base, (f"n_{base}",))})
    goal = Target(f"{base}_at_{flatten(sym.subs[0])}", (name,), (t.Name(sym.node.span, name),))
    eq = define(goal, node, known, sym.node.span, text)
    if eq.outputs[0].axes:
        raise Refusal("E150", f"{text} under an expectation is an array at every sample", sym.node.span,
                      "index its elements", unsupported=True)
    named: dict[str, Value] = {}
    for p in inputs(eq):
        if p.name == name:
            continue
        state = ctx.parameter(p.name, p.latex)
        if p.axes and not state.axes:
            raise Promote(p.name, len(p.axes), f"{base} is read at every sample of {name}")
        named[p.name] = Context.read(p.name, state.axes)
    place = sample()
    if place.rank:
        raise Refusal("E159", f"{text} stands at the index {name} of an expectation, whose samples are no numbers",
                      sym.node.span, "give the values at the samples a letter of their own", unsupported=True)
    ctx.gathered.add(sym.whole)
    ctx.assume(f"{text} is the element of {base} at each sample of {name}, counted from its first index")
    return supplied(eq, {**named, name: place}, (ctx.samples[name],), ctx, sym.node.span)


def plain(sym: Symbolic) -> t.Node:
    """The symbol without what stands above it."""
    return replace(sym.node, sup=None) if isinstance(sym.node, t.Scripted) else sym.node
