"""Neighbours without an operator: application, element access, or product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from sympy import Expr

from . import algebra as al
from .asked import FUNCTION_LETTERS, refuse_open_prime, refuse_step, stands_as_factor
from .compositions import composition, nested
from .conditions import indicated, indicator
from .context import Context, Promote, Refusal
from .densities import density
from .derivatives import by_argument, primed
from .differentials import operated, refuse_open_gradient, refuse_open_quotient, split_gradients
from .divergences import divergence
from .evidence import inverted, is_capital, is_small_greek, is_small_latin
from .function_powers import may_be_composed
from .instantiate import apply
from .known import evaluated, known, refuse_bare_function
from .latex import tree as t
from .latex.printer import to_latex
from .latex.tables import GREEK
from .names import Symbolic, is_transpose, letter, split_subs, take_apart
from .normal import slot_of
from .powers import superscript
from .products import product
from .slots import slot
from .span import Span
from .squares import TWO, has_square, root_of, square_of
from .subscripts import position
from .symbols import array_rank, variable
from .values import Value, describe, elementwise, matmul
from .words import spelled_out

Elaborate = Callable[[t.Node, Context], Value]


def promote_against(v: Value, array: Value, reason: str) -> None:
    """A free symbol that is combined element-wise with an array takes its axes."""
    if v.symbol and v.rank == 0 and array.rank:
        raise Promote(v.symbol, v.depth + array.rank, reason, elementwise=not v.depth)


def multiply(a: Value, b: Value, ctx: Context, span: Span) -> Value:
    """The product that juxtaposition and ``\\cdot`` mean for these types."""
    promote_factor(a, b)
    if (v := product(a, b)) is not None:
        for factor in (a, b):
            if factor.log is None and slot_of(factor, ctx):  # a density that a function gives
                ctx.require("positive", factor)
        return v
    if a.rank == 0 or b.rank == 0:
        v = elementwise(al.mul, (a, b), span)
        return Value(v.axes, v.at, row=a.row or b.row, loose=v.loose)
    return matmul(a, b, ctx.indices, span)


def promote_factor(a: Value, b: Value) -> None:
    """A free capital beside a matrix is a matrix; a small letter to its right a vector."""
    if a.rank == 1 and a.row and b.symbol and not b.rank and is_small_latin(b.symbol):
        raise Promote(b.symbol, b.depth + 1, "a small letter to the right of a transposed vector")
    if a.rank == 2 and b.symbol and not b.rank:
        if is_capital(b.symbol):
            raise Promote(b.symbol, b.depth + 2, "a capital letter in a product with a matrix")
        if is_small_latin(b.symbol):
            raise Promote(b.symbol, b.depth + 1, "a small letter that a matrix multiplies")
    if a.symbol and not a.rank and is_capital(a.symbol):
        if b.rank == 2:
            raise Promote(a.symbol, a.depth + 2, "a capital letter in a product with a matrix")
        if b.rank == 1 and not b.row:
            raise Promote(a.symbol, a.depth + 2, "a capital letter that multiplies a vector from the left")


def promote_last(a: Value, b: Value) -> None:
    r"""``x^\top \beta`` and ``X \beta``: a free Greek letter that ends the product is a vector; numbers stand first."""
    head = b.symbol.split("_")[0]
    if not b.rank and head in GREEK and head.islower() and (a.rank == 2 or (a.rank == 1 and a.row)):
        beside = "a matrix" if a.rank == 2 else "a transposed vector"
        raise Promote(b.symbol, b.depth + 1, f"a letter to the right of {beside}")


def refuse_number_last(a: Value, b: Value, part: tuple[t.Node, ...], ctx: Context) -> None:
    r"""``w^\top \phi(x)``: what a black-box function gives is a number here, and a vector for the author."""
    head = take_apart(part[0])
    if len(part) == 2 and head is not None and not b.rank and _is_slot(head.whole, ctx):
        if a.rank == 2 or (a.rank == 1 and a.row):
            raise Refusal("E137", f"the value of {head.whole} is a number here, and may be meant as a vector",
                          part[0].span | part[1].span,
                          "write its value as a vector of its own, and declare that; a number stands first")


def promote_as_shown(a: Value, b: Value, ctx: Context) -> None:
    """A capital letter times a small one are a matrix and a vector where other statements nearby show it."""
    if ctx.known.shown(b.symbol) == 1:
        raise Promote(b.symbol, 1, "other formulas here show it as a vector")
    if ctx.known.shown(a.symbol) == 2:
        raise Promote(a.symbol, 2, "other formulas here show it as a matrix")


def promote_product(term: t.Node, ctx: Context, elaborate: Elaborate) -> None:
    """``B u`` that is added to a vector: a matrix and a vector, where nothing says that they are numbers."""
    if isinstance(term, t.Juxt) and len(term.items) == 2 and bracket(term.items[1]) is None:
        a, b = (elaborate(x, ctx) for x in term.items)
        if a.symbol and b.symbol and is_capital(a.symbol) and is_small_latin(b.symbol) and not (a.depth or b.depth):
            raise Promote(b.symbol, 1, f"{a.symbol} {b.symbol} is added to a vector")


def promote_bracket(node: t.Node, ctx: Context, elaborate: Elaborate) -> None:
    """``A (x - c)`` of a matrix: small letters added in the bracket are vectors, as in ``A x``."""
    if not (isinstance(node, t.Group) and isinstance(node.body, t.Sum)):
        return
    if any(isinstance(x, t.Number) for x in node.body.terms):
        return
    for v in (elaborate(x, ctx) for x in node.body.terms):
        if v.symbol and is_small_latin(v.symbol) and not v.rank:
            raise Promote(v.symbol, v.depth + 1, "a small letter in a bracket that a matrix multiplies")


def juxt(items: tuple[t.Node, ...], ctx: Context, span: Span, elaborate: Elaborate) -> Value:
    """The value of neighbours: derivatives and applications first, then the product from the left."""
    items = split_gradients(operated(items, ctx))
    refuse_open_gradient(items)
    refuse_open_quotient(items, ctx)
    note_quadratic_forms(items, ctx)
    for k, item in enumerate(items):
        if isinstance(item, t.Scripted) and item.primes and (sym := take_apart(item)) is not None:
            plain_name = sym.whole.replace("_prime", "", 1)
            if not ctx.known.defined(plain_name):
                refuse_open_prime(items, ctx, array_rank(plain_name, ctx), k)
    found = pieces(items, ctx, elaborate)
    for (a, _), (b, part) in pairwise(found):
        if a.rank == 2 and not b.rank:
            promote_bracket(part[0], ctx, elaborate)
    factors = [v for v, _ in found]
    for a, b in pairwise(factors):
        if b is factors[-1] and b.row and a.symbol and not a.rank and is_small_latin(a.symbol):
            raise Refusal("E137", f"{a.symbol} may be a number or a vector beside a transposed vector", span,
                          f"declare it: ${a.symbol} \\in \\mathbb{{R}}$ or ${a.symbol} \\in \\mathbb{{R}}^{{n}}$")
        if a.symbol and b.symbol and not (a.rank or b.rank or a.depth or b.depth):
            if is_capital(a.symbol) and is_capital(b.symbol):
                ctx.assume(f"{a.symbol}{b.symbol} is the product of {a.symbol} and {b.symbol}, not a name of its own")
            if is_capital(a.symbol) and is_small_latin(b.symbol):
                promote_as_shown(a, b, ctx)
            if is_capital(a.symbol) and (is_small_latin(b.symbol) or is_small_greek(b.symbol)):
                ctx.assume(f"{a.symbol} and {b.symbol} are numbers; for a matrix and a vector declare "
                           f"{a.symbol} in R^{{m x n}}; {b.symbol} in R^n")
    out = factors[0]
    beside = len(factors) > 1 and factors[1].rank == 2 and out.rank == 1 and not (out.row or out.loose)
    if beside:
        ctx.assume("a vector to the left of a matrix stands as a row")
        out = replace(out, row=True)
    for v in factors[1:]:
        if v is factors[-1]:
            promote_last(out, v)
            refuse_number_last(out, v, found[-1][1], ctx)
        out = multiply(out, v, ctx, span)
    return replace(out, row=False) if beside and out.rank == 1 else out


def pieces(
    items: tuple[t.Node, ...], ctx: Context, elaborate: Elaborate
) -> list[tuple[Value, tuple[t.Node, ...]]]:
    """The factors among neighbours, each with the items that it is made of."""
    factors: list[tuple[Value, tuple[t.Node, ...]]] = []
    k = 0
    while k < len(items):
        item = items[k]
        follower = items[k + 1] if k + 1 < len(items) else None
        argument = bracket(follower)
        sym = take_apart(item)
        # The condition of an indicator with a subscript is its own; what follows is another factor.
        inside = None if isinstance(item, t.Scripted) else follower
        if inside is not None and (condition := indicated(item, inside)) is not None:
            factors.append((indicator(condition, ctx, elaborate), items[k : k + 2]))
            k += 2
            continue
        if (chain := composition(item, ctx)) and follower is not None and argument is not None:
            factors.append((elaborate(nested(chain, follower), ctx), items[k : k + 2]))
            k += 2
            continue
        if sym is not None and argument is not None and follower is not None:
            head = square_of(sym) if has_square(sym, argument, ctx) else sym
            v = application(head, argument, ctx, elaborate) if head.sup is None else None
            if v is not None:
                factors.append((_scripts(v, follower, ctx, elaborate), items[k : k + 2]))
                k += 2
                continue
            if sym.sup is not None:
                refuse_function_power(sym, argument, ctx)
            elif letters := spelled_out(item, ctx):
                items = (*items[:k], *letters, *items[k + 1 :])
                continue
        if isinstance(item, t.Text):
            raise Refusal("E130", f"the words '{item.text}' stand inside the formula", item.span,
                          "put the words outside of the formula")
        if sym is not None and follower is not None:
            refuse_bare_function(sym, follower, ctx)
        factors.append((elaborate(item, ctx), (item,)))
        k += 1
    return factors


def refuse_function_power(sym: Symbolic, argument: t.Group, ctx: Context) -> None:
    """``f^{-1}(x)`` is no quotient, and ``f^2(x)`` may be a square or ``f(f(x))``."""
    if not may_be_composed(sym, argument, ctx):
        return
    plain_head = replace(sym.node, sup=None) if isinstance(sym.node, t.Scripted) else sym.node
    f, x = to_latex(plain_head).strip(), to_latex(argument)
    raise Refusal("E138", f"a power of '{sym.base}' before a bracket may be one of a function", argument.span,
                  f"write \\left({f}{x}\\right)^n for a power of the value, name an inverse function, or write "
                  f"{f} \\cdot {x} for a product")


def note_quadratic_forms(items: tuple[t.Node, ...], ctx: Context) -> None:
    """Remember ``A`` of every ``uᵀ A⁻¹ u``."""
    for left, middle, right in zip(items, items[1:], items[2:], strict=False):
        sym = take_apart(middle)
        if isinstance(left, t.Scripted) and is_transpose(left.sup) and inverted(middle) and sym is not None:
            if left.base == right:
                ctx.quadratic.add(sym.whole)


def bracket(node: t.Node | None) -> t.Group | None:
    """The bracket of ``(…)`` or of ``(…)^2``."""
    if isinstance(node, t.Scripted) and isinstance(node.base, t.Group):
        node = node.base
    if isinstance(node, t.Group) and node.open in ("(", "["):
        return node
    return None


def _scripts(v: Value, follower: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    if isinstance(follower, t.Scripted):
        if is_transpose(follower.sup) and not v.rank:
            raise Refusal("E137", "a value that is a number here is transposed: the function may give a vector",
                          follower.span, "write its value as a vector of its own, and declare that")
        if follower.sub is not None:
            v = indexed(v, follower.sub, ctx)
        return superscript(v, follower.sup, follower, ctx, elaborate)
    return v


def indexed(v: Value, sub: t.Node, ctx: Context) -> Value:
    """An element of an array that a function gives: ``softmax(z)_i``."""
    parts = split_subs(sub)
    if len(parts) == 1 and isinstance(parts[0], t.Juxt):
        parts = parts[0].items
    found = [position(p, ctx) for p in parts]
    if len(found) > v.rank or any(p is None for p in found):
        raise Refusal("E113", f"a subscript on {describe(v)} has no meaning here", sub.span,
                      "write an index that an operator or the left-hand side binds")
    at = [p for p in found if p is not None]
    for k, p in enumerate(at):
        if p.binding is not None:
            ctx.index_into(v, k, p.binding, sub.span)
    return Value(v.axes[len(at):], lambda *rest: v.at(*(p.value() for p in at), *rest))


def spine(node: t.Node) -> t.Node:
    """The symbol whose axes an expression has: the first term, less numbers that scale it."""
    match node:
        case t.Group(body=body):
            return spine(body)
        case t.Sum(terms=terms):
            return spine(terms[0])
        case t.Frac(numerator=a, denominator=t.Number()) | t.Binary(op="/", left=a, right=t.Number()):
            return spine(a)
        case t.Juxt(items=(t.Number() | t.Frac(numerator=t.Number(), denominator=t.Number()), last)):
            return spine(last)
        case _:
            return node


def argument_value(node: t.Node, rank: int, name: str, ctx: Context, elaborate: Elaborate) -> Value:
    """An argument of a function that takes arrays: free symbols in it are arrays then."""
    v = elaborate(node, ctx)
    if v.rank < rank and not v.symbol:
        inner = elaborate(spine(node), ctx)
        if inner.symbol and inner.rank == 0:
            raise Promote(inner.symbol, inner.depth + rank, f"it is handed to {name}")
    return v


def application(sym: Symbolic, group: t.Group, ctx: Context, elaborate: Elaborate) -> Value | None:
    """``f(…)`` as an application or element, or ``None`` when it is a product."""
    name = ctx.rename.get(sym.whole, sym.whole)
    arguments = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
    barred = isinstance(group.body, t.Separated) and "|" in group.body.separators
    if sym.whole in ctx.classes and group.open == "(":
        return slot(sym.whole, sym, arguments, ctx)
    if (v := divergence(sym, group, ctx, elaborate)) is not None:
        return v
    if (eq := ctx.known.functions(name, arguments, barred)) is not None and name not in ctx.arguments:
        refuse_step(sym, eq, group, ctx)
        left = [p for p in eq.parameters if p.role == "argument"]
        taken = [len(p.axes) for p in left] + [0] * len(arguments)
        values = [argument_value(a, k, eq.name, ctx, elaborate) for a, k in zip(arguments, taken, strict=False)]
        return apply(eq, tuple(values), ctx, group.span)
    if has_square(replace(sym, sup=TWO), group, ctx) and not ctx.known.defined(sym.whole):
        v = application(square_of(sym), group, ctx, elaborate)
        return v if v is None else root_of(sym, v, group, ctx)
    if (v := density(t.Juxt(sym.node.span | group.span, (sym.node, group)), ctx, elaborate)) is not None:
        return v
    if (eq := primed(sym, name, arguments, ctx)) is not None:
        argument = argument_value(arguments[0], 0, eq.name, ctx, elaborate)
        return by_argument(eq, (argument,), [0] * sym.base.count("_prime"), sym.node, ctx)[0]
    letters = [letter(a) for a in arguments]
    inside = {letter(n) for n in t.walk(group) if isinstance(n, t.Name)}
    if group.open == "[" and inside & {*ctx.bindings} and not all(x in ctx.bindings for x in letters):
        raise Refusal(
            "E132", f"'{sym.base}[…]' may be an element of {sym.base} or a product", group.span,
            f"write {to_latex(sym.node).strip()}_{{{to_latex(group.body).strip()}}} for the element",
            notes=("reading 1: element", "reading 2: product"),
        )
    if letters and all(x in ctx.bindings for x in letters):
        return element_at(name, sym, tuple(ctx.bindings[x or ""].symbol for x in letters),
                          tuple(x or "" for x in letters), ctx)
    declared = ctx.known.declared.get(name)
    if declared is not None:
        return slot(name, sym, arguments, ctx) if declared.function else None
    if name in ctx.bare or (name in ctx.params and not _is_slot(name, ctx)):
        ctx.assume(f"{name}(…) is a product")
        return None
    multi = isinstance(group.body, t.Separated)
    word = isinstance(sym.node, t.Name) and (len(sym.node.base) > 1 and sym.node.style == "rm")
    if ctx.known.defined(name, arguments, barred) and name not in ctx.arguments:
        raise Refusal("E131", f"'{name}' is defined by a formula that could not be read", group.span,
                      "see the diagnostic of that definition")
    if (row := known(sym, len(arguments))) is not None and group.open == "(":
        given = tuple(argument_value(a, int(bool(row.vector)), name, ctx, elaborate) for a in arguments)
        if row.vector and given[0].rank == 0:
            if given[0].symbol:
                raise Promote(given[0].symbol, given[0].depth + 1, f"it is handed to {name}")
            raise Refusal("E204", f"{name} takes a vector", group.span, "declare its argument")
        return evaluated(row, sym, given, ctx, group.span)
    if group.open == "[" and not multi and not word:
        if stands_as_factor(sym, group, ctx):
            return None
    other = ctx.known.defined(name) and name not in ctx.arguments
    if multi or word or other or all(plain(a) for a in arguments):
        if other:
            ctx.assume(f"{to_latex(sym.node).strip()}({to_latex(group.body).strip()}) is another law than the document "
                       "defines for other arguments")
        return slot(name, sym, arguments, ctx)
    if sym.base.replace("_prime", "") in FUNCTION_LETTERS or name in ctx.applied:
        raise Refusal(
            "E132", f"'{sym.base}(…)' may be a function applied or a product", group.span,
            f"declare it: ${to_latex(sym.node).strip()} : \\mathbb{{R}} \\to \\mathbb{{R}}$ for a function, "
            f"or write {to_latex(sym.node).strip()} \\cdot (…) for a product",
            notes=("reading 1: application", "reading 2: product"),
        )
    ctx.assume(f"{name}(…) is a product")
    return None


def _is_slot(name: str, ctx: Context) -> bool:
    return any(s.slot == name for s in ctx.slots.values())


def plain(node: t.Node) -> bool:
    """A lone symbol or a nested application of symbols: what nobody brackets in a product."""
    if take_apart(node) is not None:
        return True
    if isinstance(node, t.Juxt) and len(node.items) == 2:
        inner = bracket(node.items[1])
        if inner is None or take_apart(node.items[0]) is None:
            return False
        body = inner.body.items if isinstance(inner.body, t.Separated) else (inner.body,)
        return all(plain(b) for b in body)
    return False


def element_at(
    name: str, sym: Symbolic, at: tuple[Expr, ...], letters: tuple[str, ...], ctx: Context
) -> Value:
    """``P(x)`` under a bound ``x``: the element of ``P`` at ``x``."""
    if array_rank(name, ctx) < len(at):
        raise Promote(name, len(at), f"{name}({', '.join(letters)}) is its element at a bound index")
    v = variable(name, sym.node, ctx)
    if v.rank < len(at):
        raise Refusal("E113", f"{name} is {describe(v)} and has no elements", sym.node.span,
                      f"declare it, e.g. ${to_latex(sym.node).strip()} \\in \\mathbb{{R}}^{{n}}$")
    for k, x in enumerate(letters):
        ctx.index_into(v, k, ctx.bindings[x], sym.node.span, name)
    ctx.valued.update(ctx.bindings[x].symbol for x in letters)
    ctx.assume(f"{name}({', '.join(letters)}) is the element of {name} at {', '.join(letters)}")
    n = len(at)
    return Value(v.axes[n:], lambda *rest: v.at(*at, *rest))
