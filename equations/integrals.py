r"""Integrals: what a differential binds, between which ends, and the integrand as a formula of its own.

``\int_a^b f(x)\,dx`` is a value that quadrature supplies at every call: the formula around it reads a
parameter, and the integrand becomes an equation behind that.  The letter of the differential stands for
the variable in the integrand, in what is linked there too, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from sympy import Integer

from . import heads
from .context import ComputedState, Context, Refusal
from .derivatives import standing_for
from .evidence import symbols_in
from .instantiate import captured
from .latex import tree as t
from .latex.printer import to_latex
from .names import letter, take_apart
from .target import Target
from .values import Value, lazy

Elaborate = Callable[[t.Node, Context], Value]
#: The ends of a range; ``None`` is an infinite one on its side.
Ends = tuple[Value | None, Value | None]

#: How many integrals an operator stands for.
INTEGRALS = {"int": 1, "iint": 2, "iiint": 3}
#: Integrals inside of each other, each of which multiplies what a call costs.
MOST = 3


def integral(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value:
    """The value that quadrature supplies for an integral."""
    letters = differentials(node, ctx)
    if len(ctx.integrated) + len(letters) > MOST:
        raise Refusal("E270", f"more than {MOST} integrals stand one inside the other", node.span,
                      "name the inner ones by formulas of their own in closed form", unsupported=True)
    ends = ranges(node, letters, ctx, elaborate)
    names = tuple(named(x, ctx) for x in letters)
    before = ctx.integrated
    ctx.integrated = {**before, **dict(zip(letters, names, strict=True))}
    try:
        with standing_for(ctx, {x: _symbol(n) for x, n in zip(letters, names, strict=True)}):
            body = elaborate(node.body, ctx)
    finally:
        ctx.integrated = before
    ends_in = [v for pair in ends for v in pair if v is not None]
    over = tuple(dict.fromkeys(b for v in (body, *ends_in) for b in captured(v, ctx)))
    if any(not b.whole and not (b.top and b.first == 1 and b.shift == 0) for b in over):
        raise Refusal("E265", "an integral at an index that does not run over a whole axis is not supported",
                      node.span, "write the sum under the integral, or let the index run from 1", unsupported=True)
    value = ctx.fresh_let("integral")
    state = ctx.parameter(value, to_latex(node), "computed value")
    ctx.order.remove(value)
    state.axes = (*(b.axis for b in over), *body.axes)
    symbols = tuple(b.symbol for b in over)
    ctx.computed[value] = ComputedState(value, "integral", names, symbols, body, ends, to_latex(node))
    read = Context.read(value, state.axes)
    return Value(body.axes, lambda *at: read.at(*symbols, *at), row=body.row)


def _symbol(name: str) -> Value:
    return lazy(lambda: heads.parameter(name))


def named(x: str, ctx: Context) -> str:
    """The name of a variable as a parameter of its integrand; no other symbol of the formula has it."""
    if x not in ctx.variables:
        name = ctx.fresh_let(x)
        ctx.variables[x] = name
        if name != x:
            ctx.assume(f"{x} outside of the integral is another {x} than its variable")
    return ctx.variables[x]


def of_densities(goal: Target, rhs: t.Node) -> tuple[Target, str]:
    r"""``KL(P \| Q) = \int p(x) …`` takes the densities p and q of the laws P and Q; also what that assumes."""
    letters = {sym.whole for n in t.walk(rhs) if isinstance(n, t.Big) and n.op in INTEGRALS
               for d in n.differentials if (sym := take_apart(d)) is not None}
    if not letters or not goal.arguments:
        return goal, ""
    used = {sym.whole for sym in symbols_in(rhs)}
    applied = {
        head.whole
        for n in t.walk(rhs) if isinstance(n, t.Juxt)
        for item, follower in pairwise(n.items)
        if (head := take_apart(item)) is not None and isinstance(follower, t.Group)
        and any((x := take_apart(y)) is not None and x.whole in letters for y in t.walk(follower))
    }
    pairs = {a: a[0].lower() + a[1:] for a in goal.arguments if a[0].isupper() and a not in used}
    pairs = {a: p for a, p in pairs.items() if p in applied and p not in goal.arguments}
    if not pairs:
        return goal, ""
    note = ", ".join(f"{a} is the law with the density {p}" for a, p in pairs.items())
    arguments = tuple(pairs.get(a, a) for a in goal.arguments)
    laws = frozenset(a for a in goal.distributions if a not in pairs)
    return replace(goal, arguments=arguments, distributions=laws), note


def differentials(node: t.Big, ctx: Context) -> tuple[str, ...]:
    """The letters that the differentials of an integral bind, outermost first."""
    if not node.differentials:
        raise Refusal("E264", "the integral has no differential, so nothing says what it runs over", node.span,
                      f"write its variable behind the integrand: {to_latex(node).strip()} \\, dx")
    out: list[str] = []
    for d in node.differentials:
        sym = take_apart(d)
        bold = any(isinstance(n, t.Name) and (n.style == "bold" or "vec" in n.accents) for n in t.walk(d))
        shown = to_latex(d).strip()
        if sym is None or sym.sup is not None or bold:
            what = "a vector" if bold else "no letter"
            raise Refusal("E263", f"the differential d{shown} is of {what}: integrals are over numbers", d.span,
                          "write one integral for each number: \\int \\int f(x, y) \\, dx \\, dy", unsupported=True)
        x = sym.whole
        stated = ctx.known.declared.get(x)
        if stated is not None and stated.axes and not stated.element:
            raise Refusal("E263", f"the differential d{shown} is of an array, as {x} is declared: integrals are over "
                          "numbers", d.span, "write one integral for each element", unsupported=True)
        if x in ctx.arguments or x in ctx.bindings or x in ctx.samples:
            role = "an argument of the left-hand side" if x in ctx.arguments else "an index or a sample"
            raise antiderivative(node, x, ctx) or Refusal(
                "E260", f"{x} is the variable of the integral and {role} as well", d.span,
                "give the variable of the integral another letter")
        if x in ctx.integrated or x in out:
            raise Refusal("E260", f"{x} is the variable of two integrals, one inside the other", d.span,
                          "give one of the two another letter")
        out.append(x)
    # ∫∫ f dx dy: the last differential belongs to the outermost sign.
    return tuple(reversed(out))


def antiderivative(node: t.Big, x: str, ctx: Context) -> Refusal | None:
    """``F(x) = \\int f(x) dx`` is known up to a constant only."""
    if node.sub is not None or node.sup is not None:
        return None
    return Refusal("E261", f"an integral without ends is known up to a constant, and {x} is an argument here",
                   node.span, "write where it starts, with a letter of its own for the variable: \\int_0^x f(t) \\, dt")


def ranges(node: t.Big, letters: tuple[str, ...], ctx: Context, elaborate: Elaborate) -> tuple[Ends, ...]:
    """The ends of every variable."""
    sub, sup = node.sub, node.sup
    count = len(letters)
    if sub is None and sup is None:
        runs = "runs" if count == 1 else "run"
        ctx.assume(f"{', '.join(letters)} {runs} over the whole line: the integral has no ends")
        return ((None, None),) * count
    if sub is not None and sup is None:
        found = over_set(sub, letters, ctx, elaborate)
        if found is not None:
            return found
    if isinstance(sub, t.Relation) and len(sub.sides) == 2 and sub.ops == ("=",) and letter(sub.sides[0]) in letters:
        sub = sub.sides[1]
    if sub is None or sup is None or count != 1 or isinstance(sub, t.Relation):
        raise Refusal("E262", "it is open from where to where the integral runs", node.span,
                      "write both ends of each variable: \\int_a^b f(x) \\, dx", unsupported=True)
    return ((end(sub, False, ctx, elaborate), end(sup, True, ctx, elaborate)),)


def end(node: t.Node, above: bool, ctx: Context, elaborate: Elaborate) -> Value | None:
    """One end of a range; ``None`` where it is infinite."""
    if (sign := infinite(node)) is not None:
        if sign != (1 if above else -1):
            raise Refusal("E262", "the integral runs from or to infinity against its direction", node.span,
                          "exchange the ends and change the sign of the integral")
        return None
    v = elaborate(node, ctx)
    if v.rank:
        raise Refusal("E262", "an end of the integral is an array", node.span, "index its elements")
    return v


def infinite(node: t.Node) -> int | None:
    """The sign of an infinity."""
    match node:
        case t.Name(base="infty"):
            return 1
        case t.Sum(signs=("+" | "-" as sign,), terms=(t.Name(base="infty"),)):
            return 1 if sign == "+" else -1
        case t.Group(body=body):
            return infinite(body)
    return None


def over_set(sub: t.Node, letters: tuple[str, ...], ctx: Context, elaborate: Elaborate) -> tuple[Ends, ...] | None:
    r"""``\mathbb{R}``, ``\mathbb{R}_+``, ``\mathbb{R}^2``, ``[a, b]`` below an integral."""
    match sub:
        case t.Relation(sides=(x, inner), ops=("in",)):
            return over_set(inner, letters, ctx, elaborate) if letter(x) in letters else None
        case t.Group(open="[" | "(", close="]" | ")", body=t.Separated(items=(a, b), separators=(",",))):
            if len(letters) == 1:
                return ((end(a, False, ctx, elaborate), end(b, True, ctx, elaborate)),)
    if _is_line(sub):
        if len(letters) == 1:
            return ((None, None),)
    if isinstance(sub, t.Scripted) and _is_line(sub.base) and not sub.primes:
        marks = [m for m in (sub.sub, sub.sup) if m is not None]
        positive = len(marks) == 1 and isinstance(marks[0], t.Name) and marks[0].base in ("plus", "+")
        if positive and len(letters) == 1:
            return ((lazy(lambda: Integer(0)), None),)
        if sub.sub is None and isinstance(sub.sup, t.Number) and sub.sup.text == str(len(letters)):
            return ((None, None),) * len(letters)
    return None


def _is_line(node: t.Node) -> bool:
    return isinstance(node, t.Name) and node.base == "R" and node.style == "bb"
