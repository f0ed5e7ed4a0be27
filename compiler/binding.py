"""Names and scopes: free indices, fresh names, substitution, alpha-equality, reading a let.

Range names are unique in a program, so a name alone finds its range; whoever
copies an expression renames the ranges in the copy.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Output,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    transform,
    walk,
)
from .positions import minus, plus, tidy
from .primitives import PRIMITIVES

Part = TypeVar("Part", Let, Output)


class Names:
    """A supply of names that no one in a program has yet."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    @classmethod
    def of(cls, p: Program) -> Names:
        names = {q.name for q in p.params} | {a for q in p.params for a in q.axes}
        names |= {let.name for let in p.lets} | {o.name for o in p.outputs}
        return cls(names | set(ranges_of(p)))

    def fresh(self, stem: str) -> str:
        root = stem.rstrip("0123456789").rstrip("_") or "k"
        name, n = stem, 1
        while name in self.taken:
            name, n = f"{root}_{n}", n + 1
        self.taken.add(name)
        return name


def exprs_of(part: Let | Output) -> Iterator[Expr]:
    """Every expression of a let or output: bounds, then body or operand positions."""
    for r in part.ranges:
        yield r.lo
        yield r.hi
    if isinstance(part.body, ArrayOp):
        for operand in part.body.operands:
            yield from operand.lead
    else:
        yield part.body


def ranges_of(p: Program) -> dict[str, Range]:
    """Every range of a program by name."""
    found: dict[str, Range] = {}
    parts: list[Let | Output] = [*p.lets, *p.outputs]
    for part in parts:
        found |= {r.name: r for r in part.ranges}
        for e in exprs_of(part):
            found |= {n.range.name: n.range for n in walk(e) if isinstance(n, Reduce)}
    return found


def free_indices(e: Expr) -> frozenset[str]:
    """Names of indices that an expression reads and does not bind."""
    found: dict[int, frozenset[str]] = {}
    stack: list[tuple[Expr, bool]] = [(e, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in found:
            continue
        if not ready:
            stack.append((node, True))
            stack.extend((c, False) for c in node.children())
            continue
        own = {node.name} if isinstance(node, Index) else set()
        for c in node.children():
            own |= found[id(c)]
        if isinstance(node, Reduce):
            own -= {node.range.name}
        found[id(node)] = frozenset(own)
    return found[id(e)]


def reads(part: Let | Output) -> dict[str, int]:
    """How often a let or output reads each array or 0-d name."""
    count: dict[str, int] = {}
    for e in exprs_of(part):
        for node in walk(e):
            match node:
                case Var(name) | Element(name, _):
                    count[name] = count.get(name, 0) + 1
    if isinstance(part.body, ArrayOp):
        for operand in part.body.operands:
            count[operand.array] = count.get(operand.array, 0) + 1
    return count


def tidy_positions(e: Expr) -> Expr:
    """Positions and bounds in affine normal form."""

    def rule(n: Expr) -> Expr | None:
        match n:
            case Element(a, at):
                return Element(a, tuple(map(tidy, at)))
            case Reduce(m, Range(name, lo, hi), body):
                return Reduce(m, Range(name, tidy(lo), tidy(hi)), body)
        return None

    return transform(e, rule)


def substitute(e: Expr, values: Mapping[str, Expr], names: Names) -> Expr:
    """``e`` with indices replaced by values, its own ranges renamed afresh."""
    inner = {n.range.name: names.fresh(n.range.name) for n in walk(e) if isinstance(n, Reduce)}

    def rule(n: Expr) -> Expr | None:
        match n:
            case Index(name) if name in inner:
                return Index(inner[name])
            case Index(name) if name in values:
                return values[name]
            case Reduce(m, Range(name, lo, hi), body):
                return Reduce(m, Range(inner[name], lo, hi), body)
        return None

    return tidy_positions(transform(e, rule))


def position(r: Range, value: Expr) -> Expr:
    """The 0-based position of an index value along a range."""
    return minus(value, r.lo)


def read(let: Let, *at: Expr) -> Expr:
    """What reads a let at 0-based positions."""
    return Element(let.name, at) if let.ranges else Var(let.name)


def read_here(let: Let, ranges: tuple[Range, ...]) -> Expr:
    """What reads a let at the indices of ranges with the let's own bounds."""
    return read(let, *(position(r, Index(r.name)) for r in ranges))


def apart(p: Program) -> Program:
    """The program with a range of its own for each reduction, where a rewrite has copied some."""
    parts: list[Let | Output] = [*p.lets, *p.outputs]
    own = [n.range.name for part in parts for e in exprs_of(part) for n in walk(e) if isinstance(n, Reduce)]
    met = {r.name for part in parts for r in part.ranges}
    if len({*own}) == len(own) and not met & {*own}:
        return p
    names = Names.of(p)
    lets = tuple(
        let if isinstance(let.body, ArrayOp) else replace(let, body=_apart(let.body, met, names)) for let in p.lets
    )
    return replace(p, lets=lets, outputs=tuple(replace(o, body=_apart(o.body, met, names)) for o in p.outputs))


def _apart(e: Expr, met: set[str], names: Names) -> Expr:
    """``e`` with fresh ranges for those that were ``met`` before; the same node at two places is two."""
    made: list[Expr] = []
    stack: list[tuple[Expr, bool]] = [(e, False)]
    while stack:
        node, ready = stack.pop()
        children = tuple(node.children())
        if not ready:
            stack.append((node, True))
            stack.extend((c, False) for c in reversed(children))
            continue
        own = made[len(made) - len(children) :]
        del made[len(made) - len(children) :]
        new = _over(node, own)
        if isinstance(new, Reduce) and new.range.name in met:
            new = _renamed_reduction(new, names.fresh(new.range.name))
        if isinstance(new, Reduce):
            met.add(new.range.name)
        made.append(new)
    return made[0]


def _over(node: Expr, children: list[Expr]) -> Expr:
    """A node over other children, in order."""
    given = iter(children)
    return node.rebuild(lambda _: next(given))


def _renamed_reduction(e: Reduce, name: str) -> Reduce:
    body = transform(e.body, lambda n: Index(name) if n == Index(e.range.name) else None)
    return Reduce(e.monoid, replace(e.range, name=name), body)


def unfold(let: Let, at: tuple[Expr, ...], names: Names) -> Expr:
    """The body of a let at 0-based positions: what reading it there means."""
    assert isinstance(let.body, Expr)
    values: dict[str, Expr] = {}
    for r, p in zip(let.ranges, at, strict=True):
        values[r.name] = plus(p, substitute(r.lo, values, names))
    return substitute(let.body, values, names)


def renamed(ranges: tuple[Range, ...], names: Names) -> tuple[tuple[Range, ...], dict[str, Expr]]:
    """Copies of nested ranges under fresh names, and the substitution that goes with them."""
    values: dict[str, Expr] = {}
    made = []
    for r in ranges:
        name = names.fresh(r.name)
        lo, hi = (substitute(e, values, names) for e in (r.lo, r.hi))
        made.append(Range(name, lo, hi))
        values[r.name] = Index(name)
    return tuple(made), values


def key(e: Expr, env: Mapping[str, int] | None = None) -> Hashable:
    """A key that alpha-equal expressions share; commutative arguments in any order.

    ``env`` numbers free indices that count as bound.
    """
    env = env or {}
    match e:
        case Const(v):
            return ("const", str(v))
        case Index(name):
            return ("index", str(env.get(name, name)))
        case Var(name) | Extent(name):
            return (type(e).__name__, name)
        case Call(prim, args):
            keys = [key(a, env) for a in args]
            if prim in PRIMITIVES and PRIMITIVES[prim].commutative:
                keys.sort(key=repr)
            return ("call", prim, *keys)
        case Element(array, at):
            return ("element", array, *(key(tidy(a), env) for a in at))
        case Reduce(m, r, body):
            bounds = (key(tidy(r.lo), env), key(tidy(r.hi), env))
            return ("reduce", m, *bounds, key(body, {**env, r.name: len(env)}))
        case _:
            label = (type(e).__name__, getattr(e, "op", ""))
            return (*label, *(key(c, env) for c in e.children()))


def alpha_equal(a: Expr, b: Expr) -> bool:
    """Are two expressions the same up to names of their own ranges and commuted arguments?"""
    return key(a) == key(b)


def let_key(let: Let) -> Hashable:
    """A key that lets with alpha-equal meaning share."""
    env: dict[str, int] = {}
    bounds = []
    for r in let.ranges:
        bounds.append((key(tidy(r.lo), env), key(tidy(r.hi), env)))
        env[r.name] = len(env)
    if isinstance(let.body, ArrayOp):
        operands = tuple((o.array, *(key(tidy(e), env) for e in o.lead)) for o in let.body.operands)
        return (tuple(bounds), let.body.op, operands)
    return (tuple(bounds), key(let.body, env))


def scoped(part: Let | Output) -> Iterator[tuple[Expr, tuple[Range, ...]]]:
    """Every node of a body with the ranges around it, outermost first; parents first."""
    if isinstance(part.body, ArrayOp):
        return
    stack: list[tuple[Expr, tuple[Range, ...]]] = [(part.body, part.ranges)]
    while stack:
        node, around = stack.pop()
        yield node, around
        inside = (*around, node.range) if isinstance(node, Reduce) else around
        for c in node.children():
            stack.append((c, inside if isinstance(node, Reduce) and c is node.body else around))


def ranges_for(e: Expr, around: tuple[Range, ...]) -> tuple[Range, ...]:
    """The ranges around ``e`` that it needs: of its free indices, and of their bounds."""
    needed = set(free_indices(e))
    for r in reversed(around):
        if r.name in needed:
            needed |= free_indices(r.lo) | free_indices(r.hi)
    return tuple(r for r in around if r.name in needed)


def named(e: Expr, around: tuple[Range, ...], stem: str, names: Names) -> tuple[Let, Expr]:
    """A let for ``e`` over the ranges that it needs, and what reads it here."""
    needed = ranges_for(e, around)
    ranges, values = renamed(needed, names)
    let = Let(names.fresh(stem), ranges, substitute(e, values, names))
    return let, read_here(let, needed)


def is_cheap(e: Expr) -> bool:
    """Is an expression reads and arithmetic alone?"""
    for n in walk(e):
        if isinstance(n, Reduce | Select | Compare) or (isinstance(n, Call) and not PRIMITIVES[n.prim].cheap):
            return False
    return True


def is_truth(e: Expr) -> bool:
    """Is an expression a truth value?  A let is a number."""
    return isinstance(e, Compare) or (isinstance(e, Call) and PRIMITIVES[e.prim].truth)


def has_reduce(e: Expr) -> bool:
    """Does an expression hold a reduction?"""
    return any(isinstance(n, Reduce) for n in walk(e))
