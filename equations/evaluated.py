r"""Values at a point: ``\left. x^2 + 1 \right|_{x=a}``, and differences ``\left. F \right|_{x=a}^{b}``."""

from __future__ import annotations

from . import evidence
from .latex import tree as t
from .names import letter

#: Letters before another that make a derivative of a formula: its value at a point is not that of its parts.
DERIVATIVES = frozenset(("d", "partial", "nabla"))


def put_in(node: t.Node, notes: list[str]) -> t.Node:
    """A formula with the letter of a bar or bracket replaced by its point; others stay as they are."""
    if not isinstance(node, t.Scripted) or not isinstance(node.base, t.Group) or not isinstance(node.sub, t.Relation):
        return node
    bar = node.base.close == "|" and node.base.open == "."
    x = letter(node.sub.sides[0])
    if not (bar or node.base.open == "[") or node.sub.ops != ("=",) or len(node.sub.sides) != 2 or x is None:
        return node
    body, below, above = node.base.body, node.sub.sides[1], node.sup
    if isinstance(above, t.Relation):
        if letter(above.sides[0]) != x or above.ops != ("=",):
            return node
        above = above.sides[1]
    if not is_formula_of(body, x, (below, above)):
        return node
    low = t.Group(node.span, "(", ")", with_point(body, x, below))
    if above is None:
        notes.append(f"a bar with a point below it stands for the value there: the point in the place of {x}")
        return low
    notes.append(f"a bar with two points stands for the value at the upper one less that at the lower, of {x}")
    high = t.Group(node.span, "(", ")", with_point(body, x, above))
    return t.Group(node.span, "(", ")", t.Sum(node.span, ("+", "-"), (high, low)))


def is_formula_of(body: t.Node, x: str, points: tuple[t.Node | None, ...]) -> bool:
    """Whether a letter stands in a formula free, as a number, and points may take its place."""
    bound = evidence.bound_letters(body)
    inside = {letter(n) for p in points if p is not None for n in t.walk(p) if isinstance(n, t.Name)}
    if x in bound or bound & {n for n in inside if n is not None}:
        return False
    nodes = list(t.walk(body))
    if any(isinstance(n, t.Nabla) or (isinstance(n, t.Name) and n.base in DERIVATIVES) for n in nodes):
        return False
    if any(isinstance(n, t.Big) and n.op in ("int", "iint", "oint", "lim", "expect") for n in nodes):
        return False
    if any(isinstance(n, t.Scripted) and (letter(n.base) == x and (n.sub is not None or n.primes)) for n in nodes):
        return False
    return any(letter(n) == x for n in nodes) and letter(body) != x


def with_point(body: t.Node, x: str, point: t.Node) -> t.Node:
    """A formula with a point in the place of a letter, in brackets that apply no function."""

    def rule(node: t.Node) -> t.Node:
        return t.Group(node.span, ".", ".", point) if letter(node) == x else node

    return t.mapped(body, rule)
