"""Patterns over expressions: sums and products match in any order and grouping.

A pattern is an expression in which ``Var("?a")`` stands for any expression, the same one
wherever it occurs.  Under a sum or product at most one such name takes all that is left.
``look`` shows what an expression is when it is only a name (the body of a let).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .binding import alpha_equal, key
from .expr import Call, Element, Expr, Var, transform
from .positions import ONE

Binding = dict[str, Expr]
Look = Callable[[Expr], Expr]
Part = tuple[bool, Expr]  # a term and whether it is subtracted; a factor and whether it divides
Join = Callable[[Sequence[Part]], Expr]  # the sum of terms, or the product of factors

SUMS = frozenset({"add", "sub", "neg"})
PRODUCTS = frozenset({"mul", "div"})


@dataclass(frozen=True, slots=True)
class Match:
    """What names stand for, the parts of a sum or product that are left, and its sign."""

    binding: Binding
    rest: tuple[Part, ...] = ()
    negative: bool = False


def terms(e: Expr, negative: bool = False) -> list[Part]:
    """The terms of a sum in order, each with whether it is subtracted."""
    match e:
        case Call("add" | "sub" as op, (x, y)):
            return terms(x, negative) + terms(y, negative ^ (op == "sub"))
        case Call("neg", (x,)):
            return terms(x, not negative)
    return [(negative, e)]


def total(parts: Sequence[Part]) -> Expr:
    """The sum of terms."""
    (negative, out), *others = sorted(parts, key=lambda p: p[0])
    out = Call("neg", (out,)) if negative else out
    for negative, e in others:
        out = Call("sub" if negative else "add", (out, e))
    return out


def factors(e: Expr, below: bool = False) -> tuple[bool, list[Part]]:
    """Sign and factors of a product in order, each with whether it divides; no ones."""
    match e:
        case Call("mul" | "div" as op, (x, y)):
            left, right = factors(x, below), factors(y, below ^ (op == "div"))
            return left[0] ^ right[0], left[1] + right[1]
        case Call("neg", (x,)):
            negative, parts = factors(x, below)
            return not negative, parts
    return False, [] if e == ONE else [(below, e)]


def quotient(parts: Sequence[Part]) -> Expr:
    """The product of factors, as one quotient."""
    above = [e for below, e in parts if not below]
    under = [e for below, e in parts if below]
    out = _product(above)
    return Call("div", (out, _product(under))) if under else out


def without(xs: Sequence[Expr], taken: Sequence[Expr]) -> list[Expr]:
    """Factors less others that are alpha-equal, each as often as it occurs."""
    left = [key(x) for x in taken]
    out = []
    for x in xs:
        if (k := key(x)) in left:
            left.remove(k)
        else:
            out.append(x)
    return out


def _product(es: Sequence[Expr]) -> Expr:
    out: Expr = ONE
    for e in es:
        out = e if out == ONE else Call("mul", (out, e))
    return out


def fill(pattern: Expr, binding: Binding) -> Expr:
    """The pattern with expressions for its names."""
    return transform(pattern, lambda n: binding.get(n.name) if isinstance(n, Var) else None)


def matches(pattern: Expr, e: Expr, look: Look = lambda e: e) -> Iterator[Match]:
    """Every way in which ``e``, or some terms or factors of ``e``, has the pattern's form."""
    match pattern:
        case Call(op, _) if op in SUMS and op != "neg":
            for flip in (False, True):
                items = [(n ^ flip, x) for n, x in terms(e)]
                for binding, rest in _all_of(terms(pattern), items, {}, look, total, partial=True):
                    yield Match(binding, tuple((n ^ flip, x) for n, x in rest), flip)
        case Call(op, _) if op in PRODUCTS:
            wanted_sign, wanted = factors(pattern)
            sign, items = factors(e)
            for binding, rest in _all_of(wanted, items, {}, look, quotient, partial=True):
                yield Match(binding, tuple(rest), sign ^ wanted_sign)
        case _:
            for binding in _whole(pattern, e, {}, look):
                yield Match(binding)


def _is_name(pattern: Expr) -> bool:
    return isinstance(pattern, Var) and pattern.name.startswith("?")


def _whole(pattern: Expr, e: Expr, binding: Binding, look: Look) -> Iterator[Binding]:
    """Every way in which all of ``e`` has the pattern's form."""
    if isinstance(pattern, Var) and _is_name(pattern):
        if pattern.name not in binding:
            yield {**binding, pattern.name: e}
        elif alpha_equal(binding[pattern.name], e):
            yield binding
        return
    found = False
    match pattern, e:
        case Call(op, _), _ if op in SUMS:
            ways = _all_of(terms(pattern), terms(e), binding, look, total)
            for made, _ in ways:
                found = True
                yield made
        case Call(op, _), _ if op in PRODUCTS:
            wanted_sign, wanted = factors(pattern)
            sign, items = factors(e)
            if sign == wanted_sign:
                for made, _ in _all_of(wanted, items, binding, look, quotient):
                    found = True
                    yield made
        case Call(p, wanted_args), Call(q, args) if p == q and len(wanted_args) == len(args):
            for made in _each(wanted_args, args, binding, look):
                found = True
                yield made
        case _ if pattern == e:
            found = True
            yield binding
    if not found and isinstance(e, Var | Element) and (shown := look(e)) is not e:
        yield from _whole(pattern, shown, binding, look)


def _each(patterns: Sequence[Expr], es: Sequence[Expr], binding: Binding, look: Look) -> Iterator[Binding]:
    if not patterns:
        yield binding
        return
    for made in _whole(patterns[0], es[0], binding, look):
        yield from _each(patterns[1:], es[1:], made, look)


def _all_of(
    wanted: Sequence[Part], items: Sequence[Part], binding: Binding, look: Look, join: Join, partial: bool = False
) -> Iterator[tuple[Binding, list[Part]]]:
    """Every way to give each wanted part an item; what is left goes to a free name, if any, ``join``ed."""
    fixed = [(s, p) for s, p in wanted if not (isinstance(p, Var) and _is_name(p) and p.name not in binding)]
    free = [(s, p) for s, p in wanted if (s, p) not in fixed]
    if len(items) < len(wanted) and not (free and not fixed):
        return
    for made, rest in _assigned(fixed, list(items), binding, look):
        # A name that a fixed part has bound meanwhile is matched like any other part.
        late = [(s, p) for s, p in free if isinstance(p, Var) and p.name in made]
        open_names = [(s, p) for s, p in free if (s, p) not in late]
        for again, left in _assigned(late, rest, made, look):
            if not open_names:
                if partial or not left:
                    yield again, left
            elif len(open_names) == 1 and left:
                ((flip, name),) = open_names
                assert isinstance(name, Var)
                yield {**again, name.name: join([(n ^ flip, x) for n, x in left])}, []


def _assigned(
    wanted: Sequence[Part], items: list[Part], binding: Binding, look: Look
) -> Iterator[tuple[Binding, list[Part]]]:
    if not wanted:
        yield binding, items
        return
    (sign, pattern), *others = wanted
    for at, (item_sign, e) in enumerate(items):
        if sign == item_sign:
            for made in _whole(pattern, e, binding, look):
                yield from _assigned(others, items[:at] + items[at + 1 :], made, look)
