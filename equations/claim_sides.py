"""What the sides of a claim read: laws, arguments of functions, and symbols that one side has alone."""

from __future__ import annotations

from itertools import pairwise

from . import evidence
from .context import Knowledge
from .domain import Domain
from .equation import Equation
from .heads import read_names
from .latex import tree as t
from .names import safe, take_apart


def laws_in(tree: t.Node) -> frozenset[str]:
    """Symbols that stand beside ‖ in an argument: distributions."""
    out: set[str] = set()
    for node in t.walk(tree):
        if isinstance(node, t.Group) and isinstance(node.body, t.Separated) and "‖" in node.body.separators:
            out |= {sym.whole for item in node.body.items for sym in evidence.symbols_in(item)}
    return frozenset(out)


def handed_to(tree: t.Node, known: Knowledge) -> dict[str, Domain]:
    """The declared domains of the arguments of functions, for the symbols that are handed to these."""
    out: dict[str, Domain] = {}
    for node in t.walk(tree):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            sym = take_apart(head)
            if sym is None or not isinstance(follower, t.Group):
                continue
            body = follower.body
            given = body.items if isinstance(body, t.Separated) else (body,)
            barred = isinstance(body, t.Separated) and "|" in body.separators
            equation = known.functions(sym.whole, given, barred)
            taken = [p for p in equation.parameters if p.role == "argument"] if equation is not None else []
            if len(taken) != len(given):
                continue
            for x, p in zip(given, taken, strict=True):
                name = take_apart(x)
                if name is not None and name.sup is None and (p.declared or p.domain.kind != "interval"):
                    out[name.whole] = p.domain
    return out


def applied_to(clause: t.Relation, known: Knowledge) -> frozenset[str]:
    """Symbols that are arguments of functions which the document defines."""
    out: set[str] = set()
    for node in t.walk(clause):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            sym = take_apart(head)
            if sym is not None and isinstance(follower, t.Group) and known.defined(sym.whole):
                out |= {x for inner in evidence.symbols_in(follower) for x in (inner.whole, safe(inner.base))}
    return frozenset(out)


def loose_symbols(
    equation: Equation, left: str, op: str, right: str, tied: frozenset[str]
) -> tuple[str, ...]:
    """Undeclared parameters that one side alone reads; all, where an equality has no symbol on both sides.

    ``p V = n R T`` is no identity, whatever is declared.
    """
    names = {p.name for p in equation.parameters}
    a, b = read_by(equation, left) & names, read_by(equation, right) & names
    if op == "=" and a and b and not a & b:
        return tuple(p.name for p in equation.parameters if p.name in a | b)
    free = [p.name for p in equation.parameters if not p.declared and p.domain.kind == "interval"]
    return tuple(n for n in free if (n in a) != (n in b) and n not in tied)


def read_by(equation: Equation, output: str) -> frozenset[str]:
    """Names of everything that an output is made of."""
    bodies = {c.name: c for c in equation.lets}
    todo = [next(o for o in equation.outputs if o.name == output)]
    seen: set[str] = set()
    while todo:
        c = todo.pop()
        for e in (c.body, *(x for b in c.bounds for x in (b.lo, b.hi))):
            new = read_names(e) - seen
            seen |= new
            todo += [bodies[n] for n in new if n in bodies]
    return frozenset(seen)
