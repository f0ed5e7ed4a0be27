r"""One letter for an argument and for data: ``L(x) = \sum_j y_j \prod_{m \ne j} \frac{x - x_m}{x_j - x_m}``.

Where the formula has no meaning with one array for both, ``x_j`` is data of its own: ``x_data``.
"""

from __future__ import annotations

from dataclasses import replace

from . import evidence
from .latex import tree as t
from .names import safe, take_apart
from .target import Target

LABEL = "data"


def data_apart(goal: Target, rhs: t.Node) -> tuple[t.Node, tuple[str, ...]] | None:
    """The right side with the indexed letters of arguments under names of their own, and what that assumes."""
    arguments = {
        sym.base: sym.whole for node in goal.argument_nodes
        if (sym := take_apart(node)) is not None and not sym.subs and sym.sup is None
    }
    bound = evidence.bound_letters(rhs)
    symbols = list(evidence.symbols_in(rhs))
    indexed = {x.base for x in symbols if x.subs and any(evidence.has_bound(s, bound) for s in x.subs)}
    plain = {x.base for x in symbols if not x.subs}
    taken = {x.whole for x in symbols}
    both = {x for x in indexed & plain & arguments.keys() if safe(f"{x}_{LABEL}") not in taken}
    if not both:
        return None

    def rule(node: t.Node) -> t.Node:
        sym = take_apart(node) if isinstance(node, t.Scripted) and node.sub is not None else None
        if sym is None or sym.base not in both or not isinstance(node, t.Scripted) or node.sub is None:
            return node
        own = node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,)
        subs = (t.Name(node.sub.span, LABEL, (), "rm"), *own)
        return replace(node, sub=t.Separated(node.sub.span, subs, (",",) * len(own)))

    notes = tuple(
        f"{x} with an index is data of its own, {safe(x)}_{LABEL}, beside the argument {x}" for x in sorted(both)
    )
    return t.mapped(rhs, rule), notes
