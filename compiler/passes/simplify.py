"""Exact arithmetic that needs no run time.

Before and after: any stage.  Constants are folded on exact rationals; ``x + 0``,
``x - 0``, ``x·1``, ``x/1``, ``--x``, ``x - (-y)`` lose what does nothing.  ``0·x`` becomes
0 only where x is certainly finite.  Neither value nor definedness changes in exact
arithmetic.
"""

from __future__ import annotations

from fractions import Fraction

from ..expr import Call, Compare, Const, Expr, Program, Select, map_program
from ..positions import ONE, ZERO
from ..signs import Signs


def simplify(program: Program) -> Program:
    """Every body with its trivial arithmetic done."""
    signs = Signs(program)

    def rule(e: Expr) -> Expr | None:
        match e:
            case Call(prim, (Const(Fraction() as a), Const(Fraction() as b))):
                return _folded(prim, a, b)
            case Call("neg", (Const(v),)):
                return Const(-v)
            case Call("square", (Const(Fraction() as a),)):
                return Const(a * a)
            case Call("neg", (Call("neg", (x,)),)):
                return x
            case Call("neg", (Call("sub", (x, y)),)):
                return Call("sub", (y, x))
            case Call("add", (x, y)) if ZERO in (x, y):
                return y if x == ZERO else x
            case Call("sub", (x, y)) if y == ZERO:
                return x
            case Call("sub", (x, y)) if x == ZERO:
                return Call("neg", (y,))
            case Call("add", (x, Call("neg", (y,)))):
                return Call("sub", (x, y))
            case Call("add", (Call("neg", (x,)), y)):
                return Call("sub", (y, x))
            case Call("sub", (x, Call("neg", (y,)))):
                return Call("add", (x, y))
            case Call("mul", (x, y)) if ONE in (x, y):
                return y if x == ONE else x
            case Call("mul", (x, y)) if ZERO in (x, y):
                return ZERO if signs.is_finite(y if x == ZERO else x) else None
            case Call("mul" | "div" as op, (Call("neg", (x,)), Call("neg", (y,)))):
                return Call(op, (x, y))
            case Call("mul", (x, y)) if Const(Fraction(-1)) in (x, y):
                return Call("neg", (y if x == Const(Fraction(-1)) else x,))
            case Call("div" | "powi" | "pow", (x, y)) if y == ONE:
                return x
            case Call("absorb", (x, _)) if x == ZERO:
                return ZERO
            case Select(_, then, other) if then == other:
                return then
            case Select(Compare("==", x, y), then, other) if y == then == ZERO and x == other:
                return x
            case Select(Compare(op, Const(Fraction() as a), Const(Fraction() as b)), then, other):
                holds = {"<": a < b, "<=": a <= b, "==": a == b, "!=": a != b}[op]
                return then if holds else other
        return None

    return map_program(program, rule)


def _folded(prim: str, a: Fraction, b: Fraction) -> Expr | None:
    match prim:
        case "add":
            return Const(a + b)
        case "sub":
            return Const(a - b)
        case "mul":
            return Const(a * b)
        case "div" if b:
            return Const(a / b)
        case "powi" if b >= 0 or a:
            return Const(a ** int(b)) if abs(b) <= 64 else None
        case "max":
            return Const(max(a, b))
        case "min":
            return Const(min(a, b))
    return None
