r"""Finite sets of numbers that follow each other: ``\{1, \dots, T\}``, ``\{0, 1, 2\}``, ``\{1 : T\}``."""

from __future__ import annotations

from itertools import pairwise

from .latex import tree as t
from .latex.printer import to_latex


def progression(node: t.Node) -> tuple[t.Node, t.Node] | None:
    """The first and the last of consecutive whole numbers in braces; ``None`` where anything else is written.

    Between the first and the dots there may be the next ones, and the one before the last behind them.
    """
    while isinstance(node, t.Group) and node.open in ("(", ".") and not isinstance(node.body, t.Separated):
        node = node.body
    if not isinstance(node, t.Group) or node.open != "{" or not isinstance(node.body, t.Separated):
        return None
    body = node.body
    if body.separators == (":",):
        return body.items[0], body.items[1]
    if set(body.separators) != {","}:
        return None
    dots = [k for k, x in enumerate(body.items) if isinstance(x, t.Dots)]
    if not dots:
        whole = [int(x.text) for x in body.items if isinstance(x, t.Number) and x.text.isdigit()]
        follow = len(whole) == len(body.items) and whole == [*range(whole[0], whole[0] + len(whole))]
        return (body.items[0], body.items[-1]) if follow else None
    if len(dots) > 1 or not 0 < dots[0] < len(body.items) - 1:
        return None
    before, after = body.items[: dots[0]], body.items[dots[0] + 1 :]
    climbs = all(is_next(a, b) for part in (before, after) for a, b in pairwise(part))
    return (before[0], after[-1]) if climbs else None


def is_next(a: t.Node, b: t.Node) -> bool:
    """Whether ``b`` is written as the whole number that follows ``a``."""
    (one, more), (two, further) = parted(a), parted(b)
    return one == two and further == more + 1


def parted(node: t.Node) -> tuple[str, int]:
    """The text of a number less its whole part, and that: ``T - 1`` is T and -1."""
    match node:
        case t.Number(text=text) if text.isdigit():
            return "", int(text)
        case t.Sum(signs=("+" as first, "+" | "-" as sign), terms=(head, t.Number(text=text))) if text.isdigit():
            return f"{first}{to_latex(head)}", int(text) if sign == "+" else -int(text)
        case _:
            return f"+{to_latex(node)}", 0
