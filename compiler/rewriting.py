"""Apply rules of a table at one node."""

from __future__ import annotations

from collections.abc import Sequence

from .context import Context
from .expr import Call, Expr, Fired
from .matching import SUMS, Match, fill, matches, quotient, total
from .rules import Rule


def first_rule(rules: Sequence[Rule], context: Context, e: Expr) -> Expr | None:
    """``e`` rewritten until no rule applies; ``None`` where none does."""
    out: Expr | None = None
    while isinstance(e, Call):
        made = next((r for rule in rules if (r := _applied(rule, context, e)) is not None), None)
        if made is None:
            break
        e = out = made
    return out


def _applied(rule: Rule, context: Context, e: Call) -> Expr | None:
    if not _could_match(rule.left, e):
        return None
    for m in matches(rule.left, e, context.look):
        if rule.when(context.signs, m.binding):
            context.fired.append(Fired(rule.name, rule.left, rule.right))
            return _rebuilt(rule, m)
    return None


def _could_match(left: Expr, e: Call) -> bool:
    assert isinstance(left, Call)
    if left.prim in SUMS:
        return e.prim in ("add", "sub")
    return e.prim == "div" if left.prim == "div" else e.prim == left.prim


def _rebuilt(rule: Rule, m: Match) -> Expr:
    """The right side in place of the matched parts."""
    made = fill(rule.right, m.binding)
    assert isinstance(rule.left, Call)
    if rule.left.prim in SUMS:
        return total([(m.negative, made), *m.rest])
    made = quotient([(False, made), *m.rest]) if m.rest else made
    return Call("neg", (made,)) if m.negative else made
