r"""Squares of functions on a left-hand side: ``W_2^2(P, Q) = …`` defines ``W_2_squared``.

Elsewhere ``W_2^2(P, Q)`` is that function, and ``W_2(P, Q)`` its nonnegative root.  Where the document defines or
declares the function itself, or the right-hand side applies it, the formula is a claim about it, as ever.
"""

from __future__ import annotations

from dataclasses import replace

from . import algebra as al
from .asked import FUNCTION_LETTERS
from .context import Context
from .evidence import symbols_in
from .known import known
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, take_apart
from .reading import Reader
from .span import Span
from .target import POWERS, Target, function_target
from .values import Value, elementwise

#: The power of a square.
TWO = t.Number(Span(0, 0), "2")


def squared_target(lhs: t.Node, rhs: t.Node, r: Reader) -> tuple[Target, str] | None:
    """What ``f^2(x) = …`` defines where nothing else says what f is, and what that assumes."""
    if r.judging or not isinstance(lhs, t.Juxt) or len(lhs.items) != 2 or not isinstance(lhs.items[1], t.Group):
        return None
    head, group = take_apart(lhs.items[0]), lhs.items[1]
    if head is None or group.open != "(" or not _is_two(head.sup):
        return None
    plain = without_power(head)
    items = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
    if not _names_a_function(head, items, rhs):
        return None
    if known(plain, len(items)) is not None or any(sym.whole == head.whole for sym in symbols_in(rhs)):
        return None
    stated = {d.name for d in r.given} | {d.name for _, d in r.declared}
    if head.whole in stated or head.whole in r.library or any(_defines(s.tree, head.whole) for s in r.statements):
        return None
    goal = function_target(plain, items, group.body.separators if isinstance(group.body, t.Separated) else (), rhs)
    if goal is None or goal.chain is not None:
        return None
    shown = to_latex(plain.node).strip()
    note = f"{goal.name}_{POWERS['2']} is the square of {shown}(…), which nothing else defines"
    return replace(goal, name=f"{goal.name}_{POWERS['2']}"), note


def without_power(sym: Symbolic) -> Symbolic:
    """A symbol without its power."""
    node = replace(sym.node, sup=None) if isinstance(sym.node, t.Scripted) else sym.node
    bare = node.base if isinstance(node, t.Scripted) and node.sub is None and not node.primes else node
    return replace(sym, sup=None, node=bare)


def root_of(sym: Symbolic, square: Value, group: t.Group, ctx: Context) -> Value:
    """The nonnegative root of a square, as the function whose square it is."""
    ctx.assume(f"{sym.whole}(…) is the nonnegative root of {sym.whole}_{POWERS['2']}(…)")
    ctx.require("nonnegative", square)
    return elementwise(al.sqrt, (square,), group.span)


def has_square(sym: Symbolic, group: t.Group, ctx: Context) -> bool:
    """Whether the square of a function has a formula, and a symbol is that square."""
    given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
    barred = isinstance(group.body, t.Separated) and "|" in group.body.separators
    name = sym.whole
    if not _is_two(sym.sup) or name in ctx.arguments or name in ctx.known.declared:
        return False
    return ctx.known.functions(f"{name}_{POWERS['2']}", given, barred) is not None


def square_of(sym: Symbolic) -> Symbolic:
    """The symbol of the function that is the square of another."""
    return replace(without_power(sym), base=f"{sym.whole}_{POWERS['2']}", subs=())


def _names_a_function(head: Symbolic, items: tuple[t.Node, ...], rhs: t.Node) -> bool:
    """``W_2^2(P, Q)``, and neither ``y^2 (x)``, which is a product, nor ``f^2(x)``, which may be ``f(f(x))``."""
    if head.base in FUNCTION_LETTERS and not head.subs and len(items) == 1:
        return False
    used = {sym.base for sym in symbols_in(rhs)} | {sym.whole for sym in symbols_in(rhs)}
    arguments = [take_apart(x) for x in items]
    if not all(a is not None and ({a.base, a.whole} & used) for a in arguments):
        return False
    return len(items) > 1 or bool(head.subs) or len(head.base) > 1


def _is_two(sup: t.Node | None) -> bool:
    return isinstance(sup, t.Number) and sup.text == "2"


def _defines(tree: t.Node, name: str) -> bool:
    """Whether a statement gives a function of that name a formula."""
    match tree:
        case t.Relation(sides=(t.Juxt(items=(head, t.Group())), *_), ops=("=" | ":=", *_)):
            sym = take_apart(head)
            return sym is not None and sym.sup is None and sym.whole == name
    return False
