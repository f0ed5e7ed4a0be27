r"""One letter for an argument and for data: ``L(x) = \sum_j y_j \prod_{m \ne j} \frac{x - x_m}{x_j - x_m}``.

Where the formula has no meaning with one array for both, ``x_j`` is data of its own: ``x_data``.  A letter that divides
is a number, and so is one that is defined: in ``N = \sum_h N_h`` and ``\frac{1}{N} \sum_h N_h x_h`` are two of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from . import evidence
from .latex import tree as t
from .names import bare, is_transpose, safe, take_apart
from .target import Target

LABEL = "data"


def data_apart(goal: Target, rhs: t.Node) -> tuple[t.Node, tuple[str, ...]] | None:
    """The right side with the indexed letters of arguments under names of their own, and what that assumes."""
    arguments = {
        sym.base: sym.whole
        for node in goal.argument_nodes
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
    notes = tuple(
        f"{x} with an index is data of its own, {safe(x)}_{LABEL}, beside the argument {x}" for x in sorted(both)
    )
    return renamed(rhs, both), notes


def numbers_apart(goal: Target, rhs: t.Node, arrays: Collection[str]) -> tuple[t.Node, tuple[str, ...]] | None:
    """The right side with the indexed letters under names of their own that are numbers too; ``arrays`` are none."""
    letters = evidence.bound_letters(rhs) | set(goal.indices)
    symbols = list(evidence.symbols_in(rhs))
    indexed = {x.base for x in symbols if len(x.subs) == 1 and evidence.has_bound(x.subs[0], letters)}
    plain = {x.base for x in symbols if not x.subs}
    ends = evidence.written_bounds(rhs) | letters
    vectors = {x.base for node in t.walk(rhs) if isinstance(node, t.Bars) for x in evidence.symbols_in(node)}
    vectors |= {x.base for x in symbols if not x.subs and is_transpose(x.sup)}
    found = {x for x in dividing(rhs) if x in indexed}
    if goal.symbol is not None and not (goal.indices or goal.is_function or goal.symbol.subs):
        found |= {x for x in indexed - plain if x == goal.symbol.base}
    found = {
        x
        for x in found - vectors - ends
        if safe(x) not in arrays and not any(safe(f"{x}_{LABEL}") == y.whole for y in symbols)
    }
    if not found:
        return None
    notes = tuple(f"{x} is a number, and {safe(x)}_{LABEL} the array that carries an index" for x in sorted(found))
    return renamed(rhs, found), notes


def dividing(root: t.Node) -> Iterator[str]:
    """Bare symbols that divide as factors or terms of a denominator."""
    below = [x.denominator for x in t.walk(root) if isinstance(x, t.Frac)]
    below += [x.right for x in t.walk(root) if isinstance(x, t.Binary) and x.op in ("/", "div")]
    while below:
        node = below.pop()
        match node:
            case t.Juxt(items=(first, *others)):
                # A bracket behind a factor may hold the arguments of a function.
                below += [first, *(x for x in others if not isinstance(x, t.Group))]
            case t.Sum(terms=parts):
                below += parts
            case t.Group(body=body) | t.Root(body=body):
                below.append(body)
            case t.Name():
                yield bare(node)
            case t.Scripted(base=base, sub=None) if isinstance(node.sup, t.Number) and not node.primes:
                below.append(base)
            case _:
                continue


def renamed(rhs: t.Node, both: Collection[str]) -> t.Node:
    """A side in which the elements of some letters are those of ``x_data``."""

    def rule(node: t.Node) -> t.Node:
        sym = take_apart(node) if isinstance(node, t.Scripted) and node.sub is not None else None
        if sym is None or sym.base not in both or not isinstance(node, t.Scripted) or node.sub is None:
            return node
        own = node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,)
        subs = (t.Name(node.sub.span, LABEL, (), "rm"), *own)
        return replace(node, sub=t.Separated(node.sub.span, subs, (",",) * len(own)))

    return t.mapped(rhs, rule)
