"""Take one element out of a sum without subtracting it.

    Σ_k x_k − x_a                  =  Σ_{k≠a} x_k                              (1 − softmax among them)
    y_a Σ_k x_k − x_a Σ_k y_k      =  y_a Σ_{k≠a} x_k − x_a Σ_{k≠a} y_k        (cross-entropies' gradients)
    g_a Σ_k x_k − Σ_k x_k g_k      =  (g_a − c) Σ_k x_k − Σ_k x_k (g_k − c)    (softmax's adjoint)
    g_a − Σ_k s_k g_k              =  (g_a − c) − Σ_k s_k (g_k − c)            where s_k = x_k / Σ_k x_k

with ``c = g`` at the largest x.  Only the largest element is ever left out by summing the others;
where ``x_a`` is not the largest, the sum less ``x_a`` loses nothing.  Two terms over one
denominator count too, and a term on the diagonal alone (``Select(a = i, …, 0)``) with what it meets there.

Before: the stage ``frozen``.  After: no difference has one of the left forms.  In exact
arithmetic both sides are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ..binding import alpha_equal, free_indices, renamed, substitute
from ..context import Context, rewrite
from ..expr import Call, Compare, Element, Expr, Index, Program, Range, Reduce, Select, Var
from ..matching import Part, factors, quotient, terms, total, without
from ..positions import ONE, ZERO
from ..sums import same


def exclude(program: Program) -> Program:
    """Every body with its exclusive sums taken as sums."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("add" | "sub"):
            parts = terms(e)
            for i, j in combinations(range(len(parts)), 2):
                pair = [parts[i], parts[j]]
                if (made := _on_diagonal(context, pair) or _difference(context, pair)) is not None:
                    return total([(False, made), *(p for k, p in enumerate(parts) if k not in (i, j))])
    return None


def _on_diagonal(context: Context, parts: list[Part]) -> Expr | None:
    """``Select(a = i, t, 0) − u`` as ``Select(a = i, t − u, −u)``, where ``t − u`` then takes another form."""
    for (negative, x), (minus, u) in (parts, parts[::-1]):
        match x:
            case Select(Compare("==", Index(a), Index(i)) as cond, t, other) if other == ZERO:
                there = substitute(u, {a: Index(i)}, context.names)
                made = _difference(context, [(negative, substitute(t, {a: Index(i)}, context.names)), (minus, there)])
                if made is not None:
                    return Select(cond, made, Call("neg", (u,)) if minus else u)
    return None


def _difference(context: Context, parts: Sequence[Part]) -> Expr | None:
    """The difference of two terms over their common denominator, in one of the three forms."""
    flat = [_factors(context, x) for _, x in parts]
    signs = [negative ^ own for (negative, _), (own, _) in zip(parts, flat, strict=True)]
    if signs[0] == signs[1]:
        return None
    first, second = (fs for _, fs in (flat if not signs[0] else flat[::-1]))
    below = [x for under, x in first if under]
    extra = without([x for under, x in second if under], below)
    common = [*below, *extra]
    left = [x for under, x in first if not under] + extra
    right = [x for under, x in second if not under] + without(common, [x for under, x in second if under])
    shared = [x for x in left if x in right]
    shared = shared if len(set(shared)) == len(shared) else []
    left, right = without(left, shared), without(right, shared)
    made = _less(context, left, right)
    if made is None and (other := _less(context, right, left)) is not None:
        made = Call("neg", (other,))
    if made is None:
        return None
    return quotient([*((False, x) for x in shared), (False, made), *((True, x) for x in common)])


def _factors(context: Context, e: Expr, depth: int = 0) -> tuple[bool, list[Part]]:
    """Sign and factors, seen through lets that are products themselves."""
    negative, parts = factors(e)
    out: list[Part] = []
    for below, x in parts:
        shown = context.look(x) if isinstance(x, Var | Element) and depth < 3 else x
        if isinstance(shown, Call) and shown.prim in ("mul", "div", "neg"):
            flip, inner = _factors(context, shown, depth + 1)
            negative ^= flip
            out += [(below ^ under, y) for under, y in inner]
        else:
            out.append((below, x))
    return negative, out


@dataclass(frozen=True, slots=True)
class _Sum:
    """``Σ_r body``, and what reads or makes it."""

    whole: Expr
    range: Range
    body: Expr


def _sum(context: Context, e: Expr) -> _Sum | None:
    shown = context.look(e) if isinstance(e, Var | Element) else e
    if isinstance(shown, Reduce) and shown.monoid == "sum" and not isinstance(shown.body, Reduce):
        return _Sum(e, shown.range, shown.body)
    return None


def _place(context: Context, s: _Sum, e: Expr) -> str | None:
    """The index a for which an expression is element a of a sum."""
    for name in sorted(free_indices(e) - free_indices(s.whole)):
        r = context.around.get(name)
        if r is None or not (same(r.lo, s.range.lo) and same(r.hi, s.range.hi)):
            continue
        if alpha_equal(_at(context, s, Index(name)), e):
            return name
    return None


def _at(context: Context, s: _Sum, index: Expr) -> Expr:
    return substitute(s.body, {s.range.name: index}, context.names)


def _less(context: Context, left: list[Expr], right: list[Expr]) -> Expr | None:
    """``Π left − Π right`` in one of the forms; ``None`` where it has none of them."""
    if len(right) == 1 and len(left) == 1:
        s = _sum(context, left[0])
        if s is not None and _place(context, s, right[0]) is not None:
            return _others(context, s, right[0])
    if len(left) == len(right) == 2:
        for y, whole in (left, left[::-1]):
            for x, total in (right, right[::-1]):
                s, t = _sum(context, whole), _sum(context, total)
                if s is None or t is None:
                    continue
                place = _place(context, s, x)
                if place is not None and place == _place(context, t, y):
                    return Call("sub", (Call("mul", (y, _others(context, s, x))),
                                        Call("mul", (x, _others(context, t, y)))))
    if len(left) == 2 and len(right) == 1:
        for g, whole in (left, left[::-1]):
            s, t = _sum(context, whole), _sum(context, right[0])
            if s is not None and t is not None and (made := _centered(context, g, s, t)) is not None:
                return made
    if len(right) == 1 and (t := _sum(context, right[0])) is not None:
        return _less_mean(context, left, t)
    return None


def _less_mean(context: Context, left: list[Expr], t: _Sum) -> Expr | None:
    """``g_a − Σ s g`` about the g of the largest share s."""
    negative, parts = _factors(context, t.body)
    for k, (below, whole) in enumerate(parts):
        s = _sum(context, whole) if below else None
        if negative or s is None or not context.signs.is_nonnegative(s.body):
            continue
        if not (same(s.range.lo, t.range.lo) and same(s.range.hi, t.range.hi)):
            continue
        x = _at(context, s, Index(t.range.name))
        rest = parts[:k] + parts[k + 1 :]
        share = next((p for p in rest if not p[0] and alpha_equal(p[1], x)), None)
        if share is None:
            continue
        rest.remove(share)
        g, inner = quotient([(False, y) for y in left]), _Sum(t.whole, t.range, quotient(rest))
        if not rest or _place(context, inner, g) is None:
            continue
        center = _center(context, s, x, t.range, inner.body)
        moved = Call("mul", (Call("div", (x, whole)), Call("sub", (inner.body, center))))
        return Call("sub", (Call("sub", (g, center)), _over(context, "sum", t.range, moved)))
    return None


def _center(context: Context, s: _Sum, x: Expr, r: Range, g: Expr) -> Expr:
    """The mean of g where x, the element of s, is largest."""
    top, count = _extreme(context, s)
    there = Select(Compare("==", x, top), g, ZERO)
    return context.name(Call("div", (_over(context, "sum", r, there), count)), "center")


def _extreme(context: Context, s: _Sum) -> tuple[Expr, Expr]:
    """The largest element of a sum, and how many are as large."""
    size = s.body if context.signs.is_nonnegative(s.body) else Call("abs", (s.body,))
    top = context.name(_over(context, "max", s.range, size), "largest")
    is_top = Select(Compare("==", size, top), ONE, ZERO)
    return top, context.name(_over(context, "sum", s.range, is_top), "count")


def _over(context: Context, monoid: str, r: Range, body: Expr) -> Expr:
    (made,), values = renamed((r,), context.names)
    return Reduce(monoid, made, substitute(body, values, context.names))


def _others(context: Context, s: _Sum, x: Expr) -> Expr:
    """The sum of all elements but ``x``, one of them."""
    top, count = _extreme(context, s)
    nonnegative = context.signs.is_nonnegative(s.body)
    size_k, size = (s.body, x) if nonnegative else (Call("abs", (s.body,)), Call("abs", (x,)))
    rest = _over(context, "sum", s.range, Select(Compare("==", size_k, top), ZERO, s.body))
    if nonnegative:
        rest = Call("add", (rest, Call("mul", (Call("sub", (count, ONE)), top))))
        is_top: Expr = Compare("==", size, top)
    else:
        # Equal sizes of both signs may cancel: then the plain difference is as good.
        is_top = Call("and", (Compare("==", size, top), Compare("==", count, ONE)))
    return Select(is_top, context.name(rest, "others"), Call("sub", (s.whole, x)))


def _centered(context: Context, g: Expr, s: _Sum, t: _Sum) -> Expr | None:
    """``g_a Σ x − Σ x g`` about the g of the largest x."""
    if not (same(s.range.lo, t.range.lo) and same(s.range.hi, t.range.hi)):
        return None
    body = _at(context, s, Index(t.range.name))
    negative, parts = _factors(context, t.body)
    _, mine = _factors(context, body)
    rest = list(parts)
    for p in mine:
        found = next((q for q in rest if q[0] == p[0] and alpha_equal(q[1], p[1])), None)
        if found is None:
            return None
        rest.remove(found)
    if negative or not rest or not context.signs.is_nonnegative(s.body):
        return None
    inner = _Sum(t.whole, t.range, quotient(rest))
    if _place(context, inner, g) is None:
        return None
    center = _center(context, s, body, t.range, inner.body)
    moved = Call("mul", (body, Call("sub", (inner.body, center))))
    return Call("sub", (Call("mul", (Call("sub", (g, center)), s.whole)), _over(context, "sum", t.range, moved)))
