r"""How derivatives are written: ``\frac{df}{dx}``, ``\frac{\partial^2 f}{\partial x \partial y}``, ``\frac{d}{dx}``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from .context import Context, Refusal
from .evidence import symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .names import safe, take_apart

#: Derivatives of a higher order than this are not written with primes or powers of d.
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class Written:
    """``body`` differentiated by ``marks``, one after the other; ``kind`` is ``d``, ``partial`` or ``nabla``.

    ``open`` tells ``\\frac{d}{dx}`` before a product, of which it does not show where it ends.
    """

    kind: str
    body: t.Node
    marks: tuple[t.Node, ...]
    open: bool = False


def sign(node: t.Node, ctx: Context) -> str:
    """``d`` or ``partial``, where a node is that sign and no letter of this document."""
    if not isinstance(node, t.Name) or node.base not in ("d", "partial") or node.accents:
        return ""
    if node.base == "d" and "d" in {*ctx.arguments, *ctx.known.declared, *ctx.bindings}:
        return ""
    # A distance d may be divided by another one.
    return "" if node.base == "d" and (ctx.known.defined("d") or ctx.known.symbols("d") is not None) else node.base


def above(node: t.Node, ctx: Context) -> tuple[str, int, tuple[t.Node, ...]]:
    """The sign, the order and the rest of a numerator."""
    items = node.items if isinstance(node, t.Juxt) else (node,)
    head, order = items[0], 1
    if isinstance(head, t.Scripted) and isinstance(head.sup, t.Number) and head.sub is None and not head.primes:
        order = int(head.sup.text) if head.sup.text.isdigit() else 0
        head = head.base
    return sign(head, ctx), order, items[1:]


def below(node: t.Node, kind: str, order: int, ctx: Context) -> tuple[t.Node, ...]:
    """What a denominator differentiates by, as often as it says; nothing where it says otherwise."""
    items = node.items if isinstance(node, t.Juxt) else (node,)
    marks: list[t.Node] = []
    for head, mark in zip(items[::2], items[1::2], strict=False):
        if sign(head, ctx) != kind:
            return ()
        times = 1
        if isinstance(mark, t.Scripted) and isinstance(mark.sup, t.Number) and order > 1:
            times = int(mark.sup.text) if mark.sup.text.isdigit() else 0
            mark = replace(mark, sup=None)
            mark = mark.base if mark.sub is None and not mark.primes else mark
        marks += [mark] * times
    return tuple(marks) if len(marks) == order and len(items) % 2 == 0 and order <= HIGHEST else ()


def fraction(a: t.Node, b: t.Node, ctx: Context) -> Written | None:
    """A quotient of differentials, or ``None`` where it is another one."""
    kind, order, rest = above(a, ctx)
    if not kind or not rest or not (marks := below(b, kind, order, ctx)):
        return None
    body = rest[0] if len(rest) == 1 else t.Juxt(rest[0].span | rest[-1].span, rest)
    if isinstance(body, t.Group) and body.open == ".":
        return Written(kind, body.body, marks, open=True)
    return Written(kind, body, marks)


def operator(node: t.Node, ctx: Context) -> str:
    r"""The sign of ``\frac{d}{dx}`` or ``\partial_x`` that stands before what it differentiates."""
    if isinstance(node, t.Frac):
        kind, order, rest = above(node.numerator, ctx)
        return kind if kind and not rest and below(node.denominator, kind, order, ctx) else ""
    match node:
        case t.Scripted(base=base, sub=t.Node() as sub, sup=None, primes=0) if take_apart(sub) is not None:
            return "partial" if sign(base, ctx) == "partial" else ""
    return ""


def operated(items: tuple[t.Node, ...], ctx: Context) -> tuple[t.Node, ...]:
    """Neighbours with an operator and all that follows it as one quotient of differentials."""
    for k, item in enumerate(items[:-1]):
        if not (kind := operator(item, ctx)):
            continue
        rest = items[k + 1 :]
        inner = operated(rest, ctx)
        whole = inner[0] if len(inner) == 1 else t.Juxt(rest[0].span | rest[-1].span, inner)
        span = item.span | rest[-1].span
        body = t.Group(whole.span, ".", ".", whole)
        if isinstance(item, t.Frac):
            top = t.Juxt(span, (*_items(item.numerator), body))
            return (*items[:k], t.Frac(span, top, item.denominator))
        assert isinstance(item, t.Scripted) and item.sub is not None
        head = t.Name(item.span, kind)
        return (*items[:k], t.Frac(span, t.Juxt(span, (head, body)), t.Juxt(item.span, (head, item.sub))))
    return items


def split_gradients(items: tuple[t.Node, ...]) -> tuple[t.Node, ...]:
    r"""``\nabla f(y)^\top (x - y)``: the gradient is of what the first bracket applies, the others are factors."""
    out: list[t.Node] = []
    for item in items:
        if isinstance(item, t.Nabla) and isinstance(item.body, t.Juxt) and len(item.body.items) > 2:
            first, rest = item.body.items[:2], item.body.items[2:]
            out.append(replace(item, body=t.Juxt(first[0].span | first[1].span, first)))
            out += rest
        else:
            out.append(item)
    return tuple(out)


def refuse_open_gradient(items: tuple[t.Node, ...]) -> None:
    r"""``\nabla_x x^2 \sin x``: a gradient is of the next factor, and the author may mean all of them."""
    for k, item in enumerate(items[:-1]):
        if not isinstance(item, t.Nabla) or item.sub is None or not _runs_on(item.body):
            continue
        letters = {safe(sym.base) for sym in symbols_in(item.sub)}
        if any(letters & {safe(sym.base) for sym in symbols_in(x)} for x in items[k + 1 :]):
            head = rf"\nabla_{{{to_latex(item.sub).strip()}}}"
            first, rest = to_latex(item.body).strip(), " ".join(to_latex(x).strip() for x in items[k + 1 :])
            raise Refusal("E174", "it is open where what is differentiated ends", item.span | items[-1].span,
                          f"write {head} \\left( {first} {rest} \\right) or "
                          f"\\left( {head} {first} \\right) {rest}")


def refuse_open_quotient(items: tuple[t.Node, ...], ctx: Context) -> None:
    r"""``\frac{df}{dx} (2 x)`` of a function f: its derivative there, or a product."""
    for item, follower in pairwise(items):
        w = fraction(item.numerator, item.denominator, ctx) if isinstance(item, t.Frac) else None
        sym = take_apart(w.body) if w is not None else None
        group = follower.base if isinstance(follower, t.Scripted) else follower
        if w is None or sym is None or not isinstance(group, t.Group) or group.open not in "([":
            continue
        if ctx.known.functions(ctx.rename.get(sym.whole, sym.whole)) is not None:
            d, inside, x = (to_latex(n).strip() for n in (item, group.body, w.marks[0]))
            raise Refusal("E174", "the bracket behind a derivative may be where it is taken, or a factor",
                          item.span | follower.span, f"write \\left. {d} \\right|_{{{x} = {inside}}} for the "
                          f"derivative there, or {d} \\cdot \\left( {inside} \\right) for the product")


def _runs_on(body: t.Node) -> bool:
    """Whether a factor may go on behind it: no name, no bracket, and nothing applied to one."""
    own = body.items[-1] if isinstance(body, t.Juxt) else body
    own = own.base if isinstance(own, t.Scripted) and isinstance(own.base, t.Group) else own
    return not isinstance(own, t.Name | t.Group)


def _items(node: t.Node) -> tuple[t.Node, ...]:
    return node.items if isinstance(node, t.Juxt) else (node,)


def refuse_open_operator(left: t.Node, right: t.Node, op: str, ctx: Context) -> None:
    r"""``\frac{d}{dx} f(x) \cdot g(x)``: the operator may take both."""
    items = left.items if isinstance(left, t.Juxt) else ()
    for k, item in enumerate(items[:-1]):
        if not operator(item, ctx):
            continue
        marks = item.denominator if isinstance(item, t.Frac) else item
        letters = {safe(sym.base) for sym in symbols_in(marks)} | {
            safe(sym.base) for s in symbols_in(marks) for m in s.subs for sym in symbols_in(m)
        }
        if (letters - {"d", "partial"}) & {safe(sym.base) for sym in symbols_in(right)}:
            head, rest = to_latex(item).strip(), " ".join(to_latex(x).strip() for x in items[k + 1 :])
            other, by = to_latex(right).strip(), {"cdot": r"\cdot", "times": r"\times"}.get(op, "/")
            raise Refusal("E174", "it is open where what is differentiated ends", left.span | right.span,
                          f"write {head} \\left( {rest} {by} {other} \\right) or "
                          f"\\left( {head} {rest} \\right) {by} {other}")
