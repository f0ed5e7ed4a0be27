r"""Expectations under finite laws that are written out: ``\mathbb{E}_{t \sim \mathcal{U}\{1, \dots, T\}}[…]`` is a sum.

Uniform laws over whole numbers, Bernoulli laws and categorical ones whose probabilities are a symbol are summed over
all of their values.  Where a black-box function takes the variable, or other variables are drawn beside it from laws
that are not finite, samples stand for the law as elsewhere.
"""

from __future__ import annotations

from itertools import pairwise

from . import evidence
from .adjacency import plain
from .context import Knowledge
from .densities import named_law
from .evaluated import is_formula_of, with_point
from .known import known as well_known
from .latex import tree as t
from .latex.printer import to_latex
from .laws import Law
from .names import letter, take_apart

Drawn = tuple[str, t.Node, Law, tuple[t.Node, ...]]


def summed(rhs: t.Node, known: Knowledge) -> tuple[t.Node, tuple[str, ...]]:
    """A formula with the expectations under finite laws written out, and what to tell of them."""
    notes: list[str] = []

    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Big) or node.op != "expect" or node.sub is None:
            return node
        body: t.Node = node.body
        found = laws_of(node.sub, known)
        for x, name, law, parameters in reversed(found):
            if (body := mean(body, x, name, law, parameters, known) or node) is node:
                return node
        if not found:
            return node
        notes.append(f"{to_latex(node.sub).strip()} has finitely many values: the expectation is the sum over all of "
                     "them, and takes no samples")
        return t.Group(node.span, "(", ")", body)

    return t.mapped(rhs, rule), tuple(notes)


def laws_of(sub: t.Node, known: Knowledge) -> list[Drawn]:
    """The variables below an expectation with their finite laws; empty where one of them has another law."""
    parts = sub.items if isinstance(sub, t.Separated) and set(sub.separators) == {","} else (sub,)
    out: list[Drawn] = []
    for part in parts:
        if not isinstance(part, t.Relation) or part.ops != ("~",):
            return []
        name, law = part.sides
        x, found = letter(name), named_law(law)
        if x is None or found is None or x in known.declared or known.symbols(x) is not None:
            return []
        head, row, parameters = found
        sym = take_apart(head)
        if row.name not in ("steps", "bernoulli", "categorical") or (sym is not None and known.defined(sym.whole)):
            return []
        out.append((x, name, row, parameters))
    letters = [x for x, *_ in out]
    inside = {letter(n) for *_, ps in out for p in ps for n in t.walk(p) if isinstance(n, t.Name)}
    return out if len({*letters}) == len(letters) and not inside & {*letters} else []


def mean(
    body: t.Node, x: str, name: t.Node, law: Law, parameters: tuple[t.Node, ...], known: Knowledge
) -> t.Node | None:
    """The sum over the values of one variable; ``None`` where it is left to samples."""
    if len(parameters) != len(law.parameters) or x in evidence.bound_letters(body) or received(body, x, known):
        return None
    span, inside = body.span, t.Group(body.span, "(", ")", body)
    one = t.Number(span, "1")
    if law.name == "steps":
        first, last = parameters
        counted = isinstance(first, t.Number) and first.text == "1"
        count = last if counted else t.Sum(span, ("+", "-", "+"), (last, t.Group(span, "(", ")", first), one))
        total = t.Big(span, "sum", inside, t.Relation(span, (name, first), ("=",)), last)
        return t.Juxt(span, (t.Frac(span, one, count), total))
    (p,) = parameters
    if law.name == "categorical":
        if (sym := take_apart(p)) is None or sym.sup is not None or sym.subs:
            return None
        return t.Big(span, "sum", t.Binary(span, "cdot", t.Scripted(span, p, name), inside), name)
    scripts = [s for sym in evidence.symbols_in(body) for s in sym.subs]
    below = {letter(n) for s in scripts for n in t.walk(s) if isinstance(n, t.Name)}
    if x in below or not is_formula_of(t.Group(span, "(", ")", body), x, (one,)):
        return None
    chance = t.Group(span, "(", ")", p)
    other = t.Group(span, "(", ")", t.Sum(span, ("+", "-"), (one, chance)))
    values = (with_point(body, x, one), with_point(body, x, t.Number(span, "0")))
    terms = tuple(t.Juxt(span, (w, t.Group(span, "(", ")", v))) for w, v in zip((chance, other), values, strict=True))
    return t.Sum(span, ("+", "+"), terms)


def mentions(node: t.Node, x: str) -> bool:
    """Whether a letter stands anywhere in a formula."""
    return any(isinstance(n, t.Name) and letter(n) == x for n in t.walk(node))


def received(body: t.Node, x: str, known: Knowledge) -> bool:
    """Whether a function without a formula is applied to a variable: it is called with samples."""
    for node in t.walk(body):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            group = follower.base if isinstance(follower, t.Scripted) else follower
            sym = take_apart(head)
            if sym is None or not isinstance(group, t.Group) or not mentions(group, x) or mentions(head, x):
                continue
            given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
            barred = isinstance(group.body, t.Separated) and "|" in group.body.separators
            if len(given) == 1 and not plain(given[0]):
                continue  # a product
            if known.functions(sym.whole, given, barred) is None and well_known(sym, len(given)) is None:
                return True
    return False
