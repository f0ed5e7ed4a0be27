"""Expressions as people write them on one line."""

from __future__ import annotations

from fractions import Fraction

from .expr import Call, Compare, Const, Element, Expr, Extent, Index, Reduce, Select, Var

#: Operators: how tightly they bind, and what stands between their arguments.
OPERATORS = {
    "add": (1, " + "), "sub": (1, " - "), "mul": (2, "·"), "div": (2, "/"), "pow": (4, "^"), "powi": (4, "^"),
    # A product in which an exact 0 wins over an infinite logarithm.
    "absorb": (2, "·"),
}  # fmt: skip
TIGHT = 9


def shown(e: Expr) -> str:
    """``log(1 + a)``; names of patterns lose their question mark."""
    return _text(e)[0]


def _text(e: Expr) -> tuple[str, int]:
    match e:
        case Const(Fraction() as q) if q.denominator != 1:
            return f"{q.numerator}/{q.denominator}", 2
        case Const(value):
            return str(value), TIGHT if value >= 0 else 3
        case Var(name):
            return name.removeprefix("?"), TIGHT
        case Index(name) | Extent(name):
            return name, TIGHT
        case Element(array, at):
            return f"{array}[{', '.join(map(shown, at))}]", TIGHT
        case Call("neg", (x,)):
            return f"-{_inside(x, 2)}", 2
        case Call("square", (x,)):
            return f"{_inside(x, 5)}²", 4
        case Call(prim, (x, y)) if prim in OPERATORS:
            height, sign = OPERATORS[prim]
            # Neither a - (b - c) nor a/(b·c) may lose its brackets.
            right = height + 1 if prim in ("sub", "div") else height
            left = height + 1 if prim in ("pow", "powi") else height
            return f"{_inside(x, left)}{sign}{_inside(y, right)}", height
        case Call(prim, ()):
            return prim, TIGHT
        case Call(prim, args):
            return f"{prim}({', '.join(map(shown, args))})", TIGHT
        case Compare(op, left_side, right_side):
            return f"{shown(left_side)} {op} {shown(right_side)}", 0
        case Select(cond, then, other):
            return f"({shown(then)} where {shown(cond)}, else {shown(other)})", TIGHT
        case Reduce(monoid, r, body):
            return f"{monoid}({shown(body)}, {r.name} = {shown(r.lo)}..{shown(r.hi)})", TIGHT
    return type(e).__name__, TIGHT


def _inside(e: Expr, height: int) -> str:
    text, own = _text(e)
    return text if own >= height else f"({text})"
