r"""Written derivatives: ``\frac{\partial f}{\partial x_i}``, ``\frac{d}{dx} (…)``, ``\nabla_x f(x)``, ``f'(x)``.

What is differentiated by is copied into a let of its own, what is differentiated reads the copy, and the
derivative is a let of `heads.Partial`.  A letter stands for the copy wherever it occurs, in linked
definitions too (``by_letter``); an argument of a function only in its place (``by_argument``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from . import heads
from .context import Binding, Context, Refusal
from .differentials import HIGHEST
from .equation import Equation, Parameter
from .instantiate import apply, captured, lifted
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, take_apart
from .symbols import variable
from .values import AxisVar, Value

Elaborate = Callable[[t.Node, Context], Value]

#: What stands at the positions of an element while they are asked for.
PROBE = "_probe"


@dataclass(frozen=True, slots=True)
class Copy:
    """A let that copies what is differentiated by, and the value that it copies."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Curve:
    """What is differentiated: a let, read at the indices ``over`` that it depends on, then its own ``axes``."""

    at: Callable[..., Expr]
    over: tuple[Binding, ...]
    axes: tuple[AxisVar, ...]


@contextmanager
def standing_for(ctx: Context, values: dict[str, Value]) -> Iterator[None]:
    """Names that stand for other values inside the block, in what is linked there too."""
    shadow, linked = ctx.shadow, ctx.linked
    ctx.shadow = {**shadow, **values}
    # The equations of a system under their new names stay what they are.
    ctx.linked = {name: v for name, v in linked.items() if name in ctx.rename.values()}
    try:
        yield
    finally:
        ctx.shadow, ctx.linked = shadow, linked


def copied(name: str, v: Value, ctx: Context) -> Copy:
    """A let for a value that is differentiated by."""
    read = ctx.define(f"{name}_at", replace(v, symbol=""))
    own = named(read)
    assert own
    ctx.copies[own] = v
    return Copy(own, replace(read, symbol=v.symbol, depth=v.depth))


def named(v: Value) -> str:
    """The name of the let or parameter that a value reads as it is, or nothing."""
    at = tuple(heads.index(f"_{k}") for k in range(v.rank))
    e = v.at(*at)
    if isinstance(e, sympy.Indexed) and tuple(e.indices) == at:
        return str(e.base.label.name)
    return e.name if isinstance(e, Symbol) and not e.is_integer else ""


def reaches(names: frozenset[str], wanted: str, ctx: Context, stop: frozenset[str] = frozenset()) -> bool:
    """Whether lets of these names are made of a name, directly or not; ``stop`` are not looked into."""
    met: set[str] = set()
    todo = set(names)
    while todo:
        name = todo.pop()
        if name == wanted:
            return True
        if name in met or name in stop:
            continue
        met.add(name)
        if name in ctx.lets:
            todo |= heads.read_names(ctx.lets[name].body())
    return False


def swept(curve: Curve, steps: Sequence[tuple[Copy, int]], node: t.Node, ctx: Context, hint: str) -> Value:
    """The derivative by one copy after the other, each with its axes behind those that are there.

    A step's number says how many of the leading axes its copy has as well: each row varies by itself.
    """
    lead = (*(b.axis for b in curve.over), *curve.axes)
    of, axes = curve.at, lead
    read = heads.read_names(of(*(heads.index(f"_{k}") for k in range(len(lead)))))
    refuse_integrals(read, node, ctx)
    made = Value(axes, of)
    for k, (copy, rows) in enumerate(steps):
        own, n = copy.value.axes[rows:], len(axes)
        name = heads.parameter(copy.name)

        def at(*places: Expr, of: Callable[..., Expr] = of, n: int = n, rows: int = rows, name: Expr = name) -> Expr:
            return heads.Partial(of(*places[:n]), name, *places[:rows], *places[n:], evaluate=False)

        axes = (*axes, *own)
        made = ctx.define(f"{hint}{'_by' * (k + 1)}", Value(axes, at))
        of = made.at
    if (n := order(made, ctx)) > HIGHEST:
        raise Refusal("E190", f"a derivative of order {n} is not supported", node.span,
                      f"write it with derivatives of order up to {HIGHEST} in closed form", unsupported=True)
    symbols = tuple(b.symbol for b in curve.over)
    return Value(axes[len(symbols) :], lambda *rest: made.at(*symbols, *rest))


def refuse_integrals(read: frozenset[str], node: t.Node, ctx: Context) -> None:
    """What is made of an integral is not differentiated."""
    if any(reaches(read, value, ctx) for value in ctx.computed):
        raise Refusal("E266", "a derivative of an integral is not there yet", node.span,
                      "define what is differentiated by a formula and differentiate its kernel, tj.grad(k, wrt=…), or "
                      "differentiate under the integral sign and write what comes out", unsupported=True)


def order(v: Value, ctx: Context) -> int:
    """How often what a value is made of is differentiated, one derivative inside of another."""
    known: dict[tuple[str, frozenset[str]], int] = {}

    def within(e: Expr, held: frozenset[str]) -> int:
        found = [1 + of_let(named_in(p.args[0]), held | {p.args[1].name}) for p in e.atoms(heads.Partial)]
        return max([*found, *(of_let(name, held) for name in heads.read_names(e))], default=0)

    def of_let(name: str, held: frozenset[str]) -> int:
        if name in held or name not in ctx.lets:
            return 0
        if (name, held) not in known:
            known[name, held] = within(ctx.lets[name].body(), held)
        return known[name, held]

    return within(v.at(*(heads.index(f"_{k}") for k in range(v.rank))), frozenset())


def named_in(e: Expr) -> str:
    """The name of a let, or of the one that an element is of."""
    return str(e.base.label.name if isinstance(e, sympy.Indexed) else e.name)


def by_letter(
    body: Callable[[], Value], names: Sequence[str], node: t.Node, ctx: Context, hint: str = "d"
) -> tuple[Value, tuple[int, ...]]:
    """The derivative of what ``body`` makes by one letter after the other, wherever they stand in it.

    The value's axes are those of the letters in order; also gives how many each has.
    """
    copies: dict[str, Copy] = {}
    bases: dict[str, Value] = {}
    for x in names:
        if x not in copies:
            if x in ctx.bindings or x in ctx.samples:
                raise Refusal("E190", f"a derivative by {x}, which is an index or a sample here, is not supported",
                              node.span, "differentiate by a letter that has a value", unsupported=True)
            bases[x] = variable(x, node, ctx)
            copies[x] = copied(x, bases[x], ctx)
    with standing_for(ctx, {x: c.value for x, c in copies.items()}):
        v = body()
    refuse_array(v, node)
    for x in copies:
        if x in ctx.params and ctx.params[x].integer:
            raise counted(x, node)
    over = captured(v, ctx)
    e = v if not over and named(v) in ctx.lets else ctx.define(hint, lifted(v, over, node.span))
    mine = frozenset(c.name for c in copies.values())
    refuse_integrals(frozenset((named(e),)), node, ctx)
    for x in copies:
        if named(bases[x]) in ctx.lets and x not in ctx.shadow:
            raise Refusal("E190", f"a derivative by {x}, which has a formula of its own, is not supported here",
                          node.span, f"define what is differentiated as a function of {x}: f({x}) = …",
                          unsupported=True)
        refuse_hidden(x, named(bases[x]), named(e), mine, node, ctx)
        if not reaches(frozenset((named(e),)), copies[x].name, ctx):
            raise Refusal("E173", f"nothing here is made of {x}, by which it is differentiated", node.span,
                          f"write the formula of what depends on {x}, in brackets where it is a product")
    steps = [(copies[x], 0) for x in names]
    return swept(Curve(e.at, over, ()), steps, node, ctx, hint), tuple(copies[x].value.rank for x in names)


def counted(x: str, node: t.Node) -> Refusal:
    return Refusal("E190", f"{x} counts or numbers something: there is no derivative by it", node.span,
                   "differentiate by a letter that may be any number", unsupported=True)


def refuse_array(v: Value, node: t.Node) -> None:
    """A derivative of a vector by a vector is a matrix with two layouts."""
    if v.rank:
        raise Refusal("E174", "the derivative of an array has two layouts, rows of the one or of the other", node.span,
                      "write its elements: J_{ij} = \\frac{\\partial f_i}{\\partial x_j}")


def refuse_hidden(x: str, base: str, e: str, copies: frozenset[str], node: t.Node, ctx: Context) -> None:
    """What is made of a letter otherwise than by its name, or given by a function of it, is not differentiated."""
    found = frozenset((e,))
    lost = [s for s in ctx.slots.values() if x in s.arguments and reaches(found, s.value, ctx, copies)]
    if lost:
        raise Refusal("E190", f"the derivative of {lost[0].slot}, which no formula here defines, is not supported",
                      node.span, f"define {lost[0].slot} by a formula, or give its derivative a name of its own",
                      unsupported=True)
    if not base or reaches(found, base, ctx, copies):
        raise Refusal("E190", f"a derivative by {x} is not supported here", node.span,
                      f"write the formula as a function of {x}: f({x}) = …", unsupported=True)


def by_argument(
    eq: Equation, values: Sequence[Value], places: Sequence[int], node: t.Node, ctx: Context
) -> tuple[Value, tuple[int, ...]]:
    """The derivative of a definition by its arguments at ``places``, one after the other, at these values.

    Axes: those in front over which the arguments are mapped, then those of the arguments in order;
    also gives how many each argument has.
    """
    left = arguments_of(eq)
    for k in places:
        if left[k].integer:
            raise counted(left[k].name, node)
    over = tuple(dict.fromkeys(b for v in values for b in captured(v, ctx)))
    given = [lifted(v, over, node.span) if captured(v, ctx) else v for v in values]
    extra = [v.rank - len(p.axes) for v, p in zip(given, left, strict=True)]
    copies = {k: copied(left[k].name, given[k], ctx) for k in dict.fromkeys(places)}
    v = apply(eq, tuple(copies[k].value if k in copies else x for k, x in enumerate(given)), ctx, node.span)
    if eq.outputs[0].axes:
        refuse_array(Value(v.axes[: len(eq.outputs[0].axes)], v.at), node)
    rows = v.rank
    if any(n not in (0, rows) for n in extra):
        raise Refusal("E190", "a derivative with only some of its arguments under an index is not supported", node.span,
                      "name the values at every index as an array", unsupported=True)
    steps = [(copies[k], extra[k]) for k in places]
    found = swept(Curve(v.at, over, v.axes[len(over) :]), steps, node, ctx, eq.name)
    return found, tuple(len(left[k].axes) for k in places)


def primed(sym: Symbolic, name: str, given: Sequence[t.Node], ctx: Context) -> Equation | None:
    """The function of one number of which ``f'(x)`` is the derivative, where ``f'`` is nothing of its own."""
    head, marks = sym.base, 0
    while head.endswith("_prime"):
        head, marks = head.removesuffix("_prime"), marks + 1
    if not 0 < marks <= HIGHEST or len(given) != 1 or sym.sup is not None:
        return None
    if name in {*ctx.arguments, *ctx.params, *ctx.known.declared, *ctx.bare} or ctx.known.symbols(name) is not None:
        return None
    plain = replace(sym, base=head).whole
    eq = None if plain in ctx.arguments else ctx.known.functions(plain, tuple(given))
    if eq is None or [p.axes for p in arguments_of(eq)] != [()] or arguments_of(eq)[0].integer:
        return None
    ctx.assume(f"{name} is the derivative of {plain}")
    return eq


def arguments_of(eq: Equation) -> list[Parameter]:
    """The parameters that a definition takes in brackets, as `instantiate.apply` does."""
    left = [p for p in eq.parameters if p.role == "argument"]
    if not left and not eq.slots:
        left = sorted(eq.parameters, key=lambda p: eq.call_order.index(p.name))
    return left


def selected(
    v: Value, ranks: Sequence[int], marks: Sequence[t.Node], names: Sequence[str], ctx: Context, elaborate: Elaborate
) -> Value:
    """The part of a derivative that the subscripts of ``x_i`` name: of the last ``ranks`` axes."""
    lead = v.rank - sum(ranks)
    places: list[Value] = []
    at = lead
    for rank, mark, name in zip(ranks, marks, names, strict=True):
        axes = v.axes[at : at + rank]
        whole = Value(axes, lambda *i: heads.element(PROBE, *i)) if rank else Value((), lambda: heads.parameter(PROBE))
        with standing_for(ctx, {name: whole}):
            place = elaborate(mark, ctx)
        e = place.at(*(heads.index(f"_{k}") for k in range(place.rank)))
        if PROBE not in heads.read_names(e):
            raise Refusal("E112", f"the subscript of {shown(mark)} is no index here", mark.span,
                          f"bind it on the left-hand side or under a sum: g_i = …, or write {name} for all elements")
        places.append(place)
        at += rank
    axes = (*v.axes[:lead], *(a for p in places for a in p.axes))

    def element(*rest: Expr) -> Expr:
        out = list(rest[:lead])
        k = lead
        for p in places:
            e = p.at(*rest[k : k + p.rank])
            out += e.indices if isinstance(e, sympy.Indexed) else ()
            k += p.rank
        return v.at(*out)

    return Value(axes, element)


def without_copies(e: Expr, copies: dict[str, Value]) -> Expr:
    """An expression with what is differentiated by in the place of its copies."""
    if isinstance(e, sympy.Indexed):
        at = tuple(without_copies(i, copies) for i in e.indices)
        name = e.base.label.name
        return without_copies(copies[name].at(*at), copies) if name in copies else heads.element(name, *at)
    if isinstance(e, Symbol):
        return without_copies(copies[e.name].at(), copies) if e.name in copies and not e.is_integer else e
    if not e.args or isinstance(e, heads.Partial):
        return e
    args = tuple(without_copies(a, copies) for a in e.args)
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else al.rebuild(e, args)


def shown(node: t.Node) -> str:
    return to_latex(node).strip()


def name_of(node: t.Node, ctx: Context) -> str | None:
    """The name of a bare symbol, as it stands in a step too."""
    sym = take_apart(node)
    return None if sym is None or sym.sup is not None else ctx.rename.get(sym.whole, sym.whole)
