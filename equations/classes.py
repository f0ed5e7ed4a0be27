"""Suprema and infima over classes of functions: ``\\sup_{f ∈ F} (… f(x_i) …)``.

The bound function's values are arrays with one more axis, over the members of the class, and the supremum is the
largest element along it.  The caller hands the members over, their values, or a class that can be searched.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from . import heads
from .context import Context, Refusal, over_axis
from .latex import tree as t
from .names import Symbolic, take_apart
from .values import Value, describe, lazy

Elaborate = Callable[[t.Node, Context], Value]

#: Operators that choose from a set, and the reduction over finitely many members.
CHOICES = {"sup": heads.ReduceMax, "max": heads.ReduceMax, "inf": heads.ReduceMin, "min": heads.ReduceMin}
FINITE = {"sup": "max", "inf": "min"}


def over_functions(node: t.Big, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The supremum (infimum) over a class of functions; ``None`` where what is bound is applied to nothing."""
    member = _bound(node)
    if member is None:
        return None
    applied = [follower for head, follower in _adjacent(node.body) if _is(head, member)]
    if not applied:
        return None
    name = member.whole
    if name in ctx.classes:
        raise Refusal("E148", f"the function {name} is bound twice, one inside the other", node.span,
                      "give the inner one another letter")
    sub = node.sub
    known = take_apart(sub.sides[1]) if isinstance(sub, t.Relation) and sub.ops == ("in",) else None
    if isinstance(sub, t.Relation) and isinstance(sub.sides[1], t.Juxt):
        return None  # a set that is made of others, as couplings are
    if known is None or known.sup is not None:
        raise Refusal(
            "E280", f"\\{node.op} runs over functions {name}, and their class has no name",
            (sub or node).span,
            f"name the class, and hand its members over: \\{node.op}_{{{name} \\in \\mathcal{{F}}}}",
            unsupported=True,
        )
    if sum(1 for x in t.walk(node.body) if isinstance(x, t.Name) and _is(x, member)) > len(applied):
        raise Refusal("E281", f"{name} is a function here, and stands without an argument", node.span,
                      f"write what it is applied to: {name}(x)", unsupported=True)
    _name_points(applied, known.whole, node.body, ctx)
    ctx.mention(known.whole)
    axis = ctx.named_axis(known.whole)
    axis.attach()
    binding = over_axis(ctx.indices.new("k"), axis)
    outer = dict(ctx.classes)
    ctx.classes[name] = (known.whole, binding)
    try:
        body = elaborate(node.body, ctx)
    finally:
        ctx.classes = outer
    if body.rank:
        raise Refusal("E140", f"{node.op} of {describe(body)}", node.span, "index its elements")
    word = {"sup": "supremum", "inf": "infimum"}.get(node.op, f"{node.op}imum")
    ctx.assume(f"the {word} over {known.whole} is taken over the functions that the caller hands over, or over a "
               "class that is searched in closed form (UnitBall)")
    head = CHOICES[node.op]
    return lazy(lambda: head(body.at(), binding.symbol, *axis.bounds(), evaluate=False))


def _bound(node: t.Big) -> Symbolic | None:
    """The symbol that an operator chooses: ``f`` of ``f ∈ F``, of ``‖f‖ ≤ 1`` and of a lone ``f``."""
    if node.op not in CHOICES or node.sub is None or node.sup is not None:
        return None
    side = node.sub.sides[0] if isinstance(node.sub, t.Relation) else node.sub
    if isinstance(node.sub, t.Relation) and node.sub.ops[0] not in ("in", "<=", "<"):
        return None
    while isinstance(side, t.Scripted) and isinstance(side.base, t.Bars):
        side = side.base
    if isinstance(side, t.Bars):
        side = side.body
    found = take_apart(side)
    return found if found is not None and not found.subs and found.sup is None else None


def _adjacent(root: t.Node) -> list[tuple[t.Node, t.Group]]:
    """Parts with a bracket behind them, which may carry a power: ``f(x)``, ``f(x)^2``."""
    out = []
    for node in t.walk(root):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            group = follower.base if isinstance(follower, t.Scripted) else follower
            if isinstance(group, t.Group) and group.open == "(":
                out.append((head, group))
    return out


def _is(node: t.Node, member: Symbolic) -> bool:
    found = take_apart(node)
    return found is not None and found.whole == member.whole and found.sup is None


def _name_points(applied: list[t.Group], known: str, body: t.Node, ctx: Context) -> None:
    """``x_i`` under a class are the points of the argument ``X``.

    Letters and arguments that differ in size belong to each other; where as many of both are left over, and the
    arguments have no other use, they do in their order.
    """
    written = {x.base for x in t.walk(body) if isinstance(x, t.Name)}
    elements = (take_apart(group.body) for group in applied)
    letters = dict.fromkeys(x.base for x in elements if x is not None and x.subs and x.sup is None)
    unknown = (*ctx.arguments, *ctx.params, *ctx.known.declared)
    free = [x for x in letters if x not in unknown]
    unused = [x for x in ctx.arguments if x != known and x not in written and x not in ctx.bare]
    pairs = {x: y for x in free for y in unused if y != x and y == x[:1].upper() + x[1:]}
    free, unused = [x for x in free if x not in pairs], [y for y in unused if y not in pairs.values()]
    if len(free) == len(unused):
        pairs |= dict(zip(free, unused, strict=True))
    for small, capital in pairs.items():
        ctx.rename.setdefault(small, capital)
        ctx.assume(f"{small}_1, {small}_2, … are the points of {capital}")
    for mean in (x for x in t.walk(body) if isinstance(x, t.Big) and x.op == "expect"):
        _name_samples(mean, applied, ctx)


def _name_samples(mean: t.Big, applied: list[t.Group], ctx: Context) -> None:
    """``x ∼ P`` where ``P`` is an argument, and ``x`` is only handed to functions: the samples are ``P``'s."""
    match mean.sub:
        case t.Relation(sides=(left, right), ops=("~",)):
            x, law = take_apart(left), take_apart(right)
        case _:
            return
    if x is None or law is None or law.whole not in ctx.arguments or x.whole in (*ctx.arguments, *ctx.params):
        return
    handed = sum(1 for group in applied if _is(group.body, x) and any(group is y for y in t.walk(mean.body)))
    if handed and handed == sum(1 for y in t.walk(mean.body) if isinstance(y, t.Name) and y.base == x.base):
        ctx.rename.setdefault(x.whole, law.whole)
        ctx.assume(f"{x.whole} runs over the points of {law.whole}, with equal weights")


def is_index(node: t.Big) -> bool:
    """Whether an operator chooses an index: with a range, or of a letter that stands below others."""
    sub = node.sub
    match sub:
        case t.Relation(sides=(_, _), ops=("=",)):
            return node.sup is not None
        case t.Relation(sides=(t.Number(), *_, _), ops=ops) if len(ops) > 1:
            return True
    side = sub.sides[0] if isinstance(sub, t.Relation) else sub
    found = take_apart(side) if side is not None else None
    if found is None or found.subs or found.sup is not None:
        return False
    return any(isinstance(x, t.Scripted) and x.sub is not None
               and any(isinstance(y, t.Name) and _is(y, found) for y in t.walk(x.sub)) for x in t.walk(node.body))
