r"""Powers before a bracket: ``f^2(x)`` may be a square or ``f(f(x))``; where a variance stands, it is a square."""

from __future__ import annotations

from dataclasses import replace

from .asked import FUNCTION_LETTERS
from .context import Context
from .evidence import brackets_plain
from .known import known
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, is_transpose, take_apart
from .symbols import array_rank


def may_be_composed(sym: Symbolic, argument: t.Group, ctx: Context) -> bool:
    """Whether a power may be one of a function, not of its value: the name is, or looks like, a function's."""
    name = sym.whole
    declared = ctx.known.declared.get(name)
    function = ctx.known.defined(name) or (declared is not None and declared.function)
    if function or ctx.known.defined(name.replace("_prime", "")):
        return True
    if declared is not None or name in ctx.bare or is_transpose(sym.sup):
        return False
    guessed = brackets_plain(argument) and ctx.known.symbols(name) is None and name not in ctx.arguments
    if array_rank(name, ctx) and not guessed:
        return False
    return sym.base in FUNCTION_LETTERS or known(replace(sym, sup=None), 1) is not None


def opened(node: t.Node, ctx: Context) -> t.Node:
    r"""``\sigma^2(x)`` where a variance stands: the square of ``\sigma(x)``, since no law takes σ(σ(x)) for one."""
    match node:
        case t.Group(body=body) if not isinstance(body, t.Separated):
            return replace(node, body=opened(body, ctx))
        case t.Juxt(items=(*before, t.Scripted(sup=t.Number(text="2") as two) as head, t.Group(open="(") as group)):
            sym = take_apart(head)
            if sym is None or not may_be_composed(sym, group, ctx):
                return node
            plain = replace(head, sup=None) if head.sub is not None or head.primes else head.base
            ctx.assume(f"{to_latex(t.Juxt(head.span | group.span, (head, group))).strip()} is the square of "
                       f"{to_latex(t.Juxt(head.span | group.span, (plain, group))).strip()}")
            return replace(node, items=(*before, plain, t.Scripted(group.span, group, None, two)))
    return node
