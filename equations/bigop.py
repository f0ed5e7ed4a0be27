"""Big operators: Σ, Π, max, min over indices, and expectations over samples."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import sympy
from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .bounds import bare, bounded, following, from_number, index_letter, nested, ranged
from .classes import FINITE, is_index, over_functions
from .conditions import truth
from .context import Binding, Context, Refusal, over_axis
from .couplings import least_cost
from .evidence import SMALL_GREEK, index_names
from .expect import expectation
from .integrals import INTEGRALS, integral
from .joints import walked
from .latex import tree as t
from .latex.printer import to_latex
from .limits import improper
from .names import flatten, letter, safe, take_apart
from .optima import over_region
from .plans import over_plans
from .products import exponential, logarithm
from .ranges import consecutive
from .values import Value, describe, lazy

#: What stands for operators that need a search.
INSTEAD = {"sup": "write \\max_i over an index", "inf": "write \\min_i over an index"}

Elaborate = Callable[[t.Node, Context], Value]
Guard = Callable[[], Expr]

WORDS = {
    "oint": "an integral along a path needs its parameter",
    "inf": "an infimum needs an optimiser",
    "sup": "a supremum needs an optimiser",
    "lim": "a limit needs symbolic analysis",
}


def big(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value:
    if node.op == "expect":
        return expectation(node, ctx, elaborate)
    if node.op in INTEGRALS:
        return integral(node, ctx, elaborate)
    if (whole := improper(node)) is not None:
        ctx.assume(f"the limit of the integral is the improper integral {to_latex(whole).strip()}")
        return integral(whole, ctx, elaborate)
    if (least := least_cost(node, ctx, elaborate)) is not None:
        return least
    if (planned := over_plans(node, ctx, elaborate)) is not None:
        return planned
    if (searched := over_region(node, ctx, elaborate)) is not None:
        return searched
    if (found := over_functions(node, ctx, elaborate)) is not None:
        return found
    if node.op in FINITE and is_index(node):
        ctx.assume(f"{node.op} over an index is the {FINITE[node.op]}imum of finitely many values")
        node = replace(node, op=FINITE[node.op])
    if node.op in WORDS:
        raise Refusal(
            "E192",
            f"{WORDS[node.op]}, which is not there yet",
            node.span,
            INSTEAD.get(node.op, "write its value in closed form"),
            unsupported=True,
        )
    if node.op not in ("sum", "prod", "max", "min", "argmax", "argmin"):
        raise Refusal(
            "E192",
            f"the operator '{node.op}' is not there yet",
            node.span,
            "write it as a sum or product over an index",
            unsupported=True,
        )
    if node.op == "sum" and (parts := separate(node, node.body)) is not None:
        return elaborate(parts, ctx)
    refuse_search(node)
    letters, guards, further = bindings(node, ctx, elaborate)
    for x in letters:
        if x in ctx.bindings:
            raise Refusal(
                "E148",
                f"the index {x} is bound twice, one inside the other",
                node.span,
                "give the inner one another letter, or put the outer sum in brackets",
            )
    with ExitStack() as stack:
        stack.enter_context(ctx.bind(letters))
        guards += [truth(x, ctx, elaborate) for x in further]
        if ctx.walk is not None and node.op == "prod" and len(letters) == 1 and not guards:
            return walked(node, ctx, next(iter(letters.values())), elaborate)
        body = elaborate(node.body, ctx)
    if body.rank and node.op not in ("sum",):
        raise Refusal("E140", f"{node.op} of {describe(body)}", node.span, "index its elements")
    order = tuple(letters.values())

    def reduced(e: Expr, op: str = node.op) -> Expr:
        if guards:
            neutral = NEUTRAL[op]
            conds = [g() for g in guards]
            cond = conds[0] if len(conds) == 1 else sympy.And(*conds, evaluate=False)
            e = sympy.Piecewise((e, cond), (neutral, sympy.true), evaluate=False)
        for b in reversed(order):
            e = REDUCTIONS[op](e, b.symbol, b.lo(), b.hi())
        return e

    log = logarithm(body)
    if body.rank:
        return Value(body.axes, lambda *i: reduced(body.at(*i)), row=body.row)
    if body.log is not None and node.op == "prod":
        return exponential(lambda: reduced(log(), "sum"))
    if body.log is not None and node.op == "sum":
        total = lambda: al.apply(sympy.log, reduced(al.apply(sympy.exp, log())))  # noqa: E731 - a mixture
        return Value((), lambda: reduced(body.at()), log=total)
    return lazy(lambda: reduced(body.at()))


def refuse_search(node: t.Big) -> None:
    r"""``\arg\min_\theta f(\theta)``: where nothing counts the values of a letter, they are all numbers or vectors."""
    sub = node.sub
    if node.op not in ("max", "min", "argmax", "argmin") or not isinstance(sub, t.Name):
        return

    def stands(x: t.Node) -> bool:
        return isinstance(x, t.Name) and x.base == sub.base and x.accents == sub.accents

    def counts(x: t.Node) -> bool:
        match x:
            case t.Scripted(base=base, sub=None) if stands(base):
                return True
            case t.Scripted(base=base, sup=sup):
                return counts(base) or (sup is not None and counts(sup))
            case t.Juxt(items=parts) | t.Sum(terms=parts) if any(map(stands, parts)):
                return True
        return any(map(counts, x.children()))

    if counts(node.body) or sub.base in SMALL_GREEK:
        x = to_latex(sub).strip()
        raise Refusal(
            "E192",
            f"a search over all values of {x} is not there yet",
            node.span,
            f"write the solution in closed form, or number the candidates: \\arg\\min_k f({x}_k)",
            unsupported=True,
        )


def separate(outer: t.Big, body: t.Node) -> t.Node | None:
    """``Σ_i x_i Σ_i y_i`` as the product of two sums, ``Σ_i x_i / Σ_i y_i`` as their quotient.

    Nothing where the body holds no factor that binds the same index.  A sum of products with such a
    factor has this value in either reading.
    """
    mine = set(index_names(outer.sub)) if outer.sub is not None else set()

    def again(x: t.Node) -> bool:
        if not isinstance(x, t.Big) or x.sub is None:
            return False
        compares = isinstance(x.sub, t.Relation) and x.sub.ops[0] in ("<", "<=", "!=")
        own = x.sub.sides[0] if isinstance(x.sub, t.Relation) and compares else x.sub  # Π_{m≠j} binds m
        return not isinstance(own, t.Number) and bool(mine & set(index_names(own)))

    match body:
        case t.Juxt(items=(*first, last)) if first and again(last):
            head = first[0] if len(first) == 1 else t.Juxt(first[0].span | first[-1].span, tuple(first))
            return t.Juxt(outer.span, (replace(outer, body=head), last))
        case t.Binary(op="cdot" | "times" | "/" | "div", left=left, right=right):
            below = isinstance(right, t.Big) and body.op in ("/", "div") and separate(right, right.body) is not None
            if again(right) and not below:  # Σ x / Σ y · Σ z is open
                return replace(body, left=replace(outer, body=left))
            if (parts := separate(outer, left)) is not None:
                return replace(body, left=parts)
    return None


#: What a term counts as where a side condition fails.
NEUTRAL: dict[str, Expr] = {
    "sum": al.ZERO,
    "prod": al.ONE,
    "max": -sympy.oo,
    "min": sympy.oo,
    "argmax": -sympy.oo,
    "argmin": sympy.oo,
}


def _head(head: Callable[..., Expr]) -> Callable[[Expr, Symbol, Expr, Expr], Expr]:
    return lambda e, i, lo, hi: head(e, i, lo, hi, evaluate=False)


REDUCTIONS: dict[str, Callable[[Expr, Symbol, Expr, Expr], Expr]] = {
    "sum": al.sum_over,
    "prod": al.product_over,
    "max": _head(heads.ReduceMax),
    "min": _head(heads.ReduceMin),
    "argmax": _head(heads.ArgMax),
    "argmin": _head(heads.ArgMin),
}


def bindings(
    node: t.Big, ctx: Context, elaborate: Elaborate
) -> tuple[dict[str, Binding], list[Guard], list[t.Relation]]:
    """The index letters that an operator binds, guards on them, and conditions to be read under them."""
    sub = node.sub
    if sub is None:
        raise Refusal(
            "E141",
            "the index of this operator is not written",
            node.span,
            "write the index below it, e.g. \\sum_{i=1}^{N}",
        )
    match sub:
        case t.Relation(sides=(t.Separated(items=items), lo), ops=("=",)):
            return {index_letter(i): bounded(i, lo, node, ctx, elaborate) for i in items}, [], []
        case t.Relation(sides=(i, lo), ops=("=",)):
            return {index_letter(i): bounded(i, lo, node, ctx, elaborate)}, [], []
        case t.Relation(sides=(i, members), ops=("in",)):
            return member(i, members, ctx, elaborate), [], []
        case t.Relation(sides=(t.Number() as lo, *inner, hi), ops=ops) if inner and set(ops) <= {"<", "<="}:
            return between(lo, tuple(inner), hi, ops, node, ctx, elaborate), [], []
        case t.Relation(sides=(i, lo), ops=(">" | ">=" as op,)) if node.sup is not None:
            start = lo if op == ">=" else t.Sum(lo.span, ("+", "+"), (lo, t.Number(lo.span, "1")))
            return {index_letter(i): bounded(i, start, node, ctx, elaborate)}, [], []
        case t.Relation(sides=(i, t.Number() as lo), ops=(">" | ">=" as op,)) if letter(i):
            return {index_letter(i): from_number(i, lo, op, ctx)}, [], []
        case t.Relation(sides=sides, ops=ops) if set(ops) <= {">", ">="}:
            if (after := following(sides, ops, ctx)) is not None:
                return after, [], []
            if not all(any(letter(x) == letter(side) for x in t.walk(node.body)) for side in sides):
                raise Refusal(
                    "E146",
                    f"it is open which letters of {to_latex(sub).strip()} are indices",
                    sub.span,
                    "write the range of each index: \\sum_{i=1}^{n} \\sum_{j=i+1}^{n}",
                )
            flipped = tuple({">": "<", ">=": "<="}[op] for op in reversed(ops))
            return bindings(replace(node, sub=t.Relation(sub.span, sides[::-1], flipped)), ctx, elaborate)
        case t.Relation(sides=sides, ops=ops) if all(op in ("<", "<=", "!=") for op in ops):
            return (*compared(sides, ops, node, ctx), [])
        case t.Separated(items=items, separators=seps) if all(s in (",", ":", "|") for s in seps):
            return several(items, node, ctx, elaborate)
        case t.Name() | t.Juxt() if node.sup is not None:
            each = sub.items if isinstance(sub, t.Juxt) else (sub,)
            below, end = ", ".join(to_latex(x).strip() for x in each), to_latex(node.sup).strip()
            raise Refusal(
                "E144",
                f"the lower bound of {below} is not written",
                node.span,
                f"write {below} = 1 below and {end} above",
            )
        case t.Juxt(items=items) if all(isinstance(i, t.Name) for i in items):
            return {index_letter(i): bare(i, ctx) for i in items}, [], []
        case _:
            return {index_letter(sub): bare(sub, ctx)}, [], []


def several(
    items: tuple[t.Node, ...], node: t.Big, ctx: Context, elaborate: Elaborate
) -> tuple[dict[str, Binding], list[Guard], list[t.Relation]]:
    """``i, j``; ``i, j = 1``; ``i = 1, i \\ne k``: ranges first, what is left are conditions."""
    out: dict[str, Binding] = {}
    waiting: list[t.Node] = []
    further: list[t.Relation] = []
    for item in items:
        match item:
            case t.Relation(sides=(t.Separated(items=names), lo), ops=("=",)):
                out |= {index_letter(x): bounded(x, lo, node, ctx, elaborate) for x in names}
            case t.Relation(sides=(i, lo), ops=("=",)) if take_apart(i) is not None and index_letter(i) not in out:
                for x in (*waiting, i):
                    out[index_letter(x)] = bounded(x, lo, node, ctx, elaborate)
                waiting = []
            case t.Relation(sides=(i, members), ops=("in",)):
                for x in (*waiting, i):
                    out |= member(x, members, ctx, elaborate)
                waiting = []
            case t.Relation():
                further.append(item)
            case _:
                waiting.append(item)
    if node.sup is not None and waiting:
        raise Refusal(
            "E144",
            f"the lower bound of {flatten(waiting[0])} is not written",
            waiting[0].span,
            f"write {flatten(waiting[0])}=1",
        )
    for x in waiting:
        out[index_letter(x)] = bare(x, ctx)
    if not out:
        raise Refusal("E142", "this operator binds no index", node.span, "write \\sum_{i=1}^{N}")
    return out, [], further


def between(
    lo: t.Number,
    inner: tuple[t.Node, ...],
    hi: t.Node,
    ops: tuple[str, ...],
    node: t.Big,
    ctx: Context,
    elaborate: Elaborate,
) -> dict[str, Binding]:
    """``1 \\le i < j \\le n``: the last index has the whole range, each other one ends at the next."""
    first = t.Number(lo.span, str(int(lo.text) + (ops[0] == "<"))) if lo.text.isdigit() else lo
    end = hi if ops[-1] == "<=" else t.Sum(hi.span, ("+", "-"), (hi, t.Number(hi.span, "1")))
    above = ranged(inner[-1], first, end, ctx, elaborate)
    return nested(inner, ops[1:-1], above, ctx)


def member(i: t.Node, members: t.Node, ctx: Context, elaborate: Elaborate) -> dict[str, Binding]:
    """``Σ_{x ∈ X}`` over an axis named X, or over ``{1, …, n}``."""
    if isinstance(members, t.Group) and members.open == "{" and isinstance(members.body, t.Separated):
        items = members.body.items
        if any(isinstance(x, t.Dots) for x in items) and isinstance(items[0], t.Number) and consecutive(members.body):
            return {index_letter(i): ranged(i, items[0], items[-1], ctx, elaborate)}
        raise Refusal(
            "E143",
            "a sum over a listed set is not supported",
            members.span,
            "write the terms out: x_1 + x_3 + x_5",
            unsupported=True,
        )
    sym = take_apart(members)
    if sym is None:
        raise Refusal(
            "E143",
            "a sum over this set is not supported",
            members.span,
            "name the set, or write \\{1, \\dots, n\\}",
            unsupported=True,
        )
    if any(isinstance(x, t.Name) and x.style == "bb" and x.base in "NZQRC" for x in t.walk(members)):
        raise Refusal(
            "E147",
            "a sum over a set without end is not supported",
            members.span,
            "write the number of its terms",
            unsupported=True,
        )
    ctx.assume(f"{flatten(i)} runs over the whole axis {sym.whole}")
    axis = ctx.named_axis(sym.whole)
    return {index_letter(i): over_axis(ctx.indices.new(safe(index_letter(i))), axis)}


def compared(
    sides: tuple[t.Node, ...], ops: tuple[str, ...], node: t.Big, ctx: Context
) -> tuple[dict[str, Binding], list[Guard]]:
    """``Σ_{i<j}``, ``Σ_{s≤t}``, ``Σ_{i≠j}``."""
    if (
        len(sides) > 2
        and set(ops) <= {"<", "<="}
        and all(letter(x) for x in sides)
        and not ({letter(x) for x in sides} & {*ctx.bindings, *ctx.params, *ctx.arguments})
    ):
        return nested(sides, ops, bare(sides[-1], ctx), ctx), []
    if len(sides) != 2:
        raise Refusal("E146", "this range of an index is not supported", node.span, unsupported=True)
    a, b = (index_letter(s) for s in sides)
    op = ops[0]
    out: dict[str, Binding] = {}
    if b not in ctx.bindings and (op == "!=" or not (b in ctx.params or b in ctx.arguments)):
        out[b] = bare(sides[1], ctx)
        if not any(isinstance(x, t.Name) and letter(x) == b for x in t.walk(node.body)):
            raise Refusal(
                "E146",
                f"it is open whether {b} is an index too or the end of the range",
                node.span,
                f"write \\sum_{{{a}=1}}^{{{b}}} or a sum over both",
            )
    top = out.get(b) or ctx.bindings.get(b)
    if top is None:
        raise Refusal("E146", "this range of an index is not supported", node.span, unsupported=True)
    symbol = ctx.indices.new(safe(a))
    axis = top.axis
    if op == "!=":
        out[a] = over_axis(symbol, axis)
        mine, theirs = out[a].symbol, top.symbol
        return out, [lambda: sympy.Ne(mine, theirs, evaluate=False)]
    high = (lambda: top.symbol) if op == "<=" else (lambda: al.add(top.symbol, Integer(-1)))
    out[a] = Binding(symbol, axis, False, lambda: axis.bounds()[0], high)
    return out, []
