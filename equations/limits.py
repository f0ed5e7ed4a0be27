r"""Limits that are improper integrals: ``\lim_{T \to \infty} \int_0^T f(x) \, dx`` is ``\int_0^\infty f(x) \, dx``.

Other limits have no reading: a number near one is no proof of it.
"""

from __future__ import annotations

from dataclasses import replace

from .evidence import symbols_in
from .latex import tree as t
from .names import letter

#: Marks of the side from which a limit is taken.
SIDES = ("plus", "+", "minus", "-")


def improper(node: t.Big) -> t.Big | None:
    """The integral that a limit of its ends is; ``None`` where a limit is anything else.

    Where the ends run off to both sides at once, the limit may exist though the integral does not, which is
    told when it is computed.
    """
    body = node.body
    while isinstance(body, t.Group) and not isinstance(body.body, t.Separated):
        body = body.body
    if node.op != "lim" or not isinstance(node.sub, t.Relation) or node.sub.ops != ("to",):
        return None
    if not isinstance(body, t.Big) or body.op != "int" or len(body.differentials) != 1:
        return None
    moving, goal = node.sub.sides
    x = letter(moving)
    if not x or body.sub is None or body.sup is None or any(letter(d) == x for d in body.differentials):
        return None
    goal = goal.base if isinstance(goal, t.Scripted) and _is_side(goal) else goal
    ends = [_end(e, x, goal) for e in (body.sub, body.sup)]
    if all(new is old for new, old in zip(ends, (body.sub, body.sup), strict=True)):
        return None
    if any(_holds(part, x) for part in (body.body, *ends)):
        return None
    return replace(body, sub=ends[0], sup=ends[1], span=node.span)


def _is_side(goal: t.Scripted) -> bool:
    return goal.sub is None and isinstance(goal.sup, t.Name) and goal.sup.base in SIDES


def _end(e: t.Node, x: str, goal: t.Node) -> t.Node:
    """An end with the letter at its limit; ``-T`` where T is infinite."""
    if letter(e) == x:
        return goal
    match e, goal:
        case t.Sum(signs=("-",), terms=(term,)), t.Name(base="infty") if letter(term) == x:
            return replace(e, terms=(goal,))
    return e


def _holds(node: t.Node, x: str) -> bool:
    return any(sym.whole == x for sym in symbols_in(node))
