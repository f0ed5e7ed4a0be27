r"""Claims about laws without formulas, over finite sets of outcomes.

``\log p(x) \ge \mathbb{E}_{q(z | x)}[\log p(x | z)] - D_{KL}(q(z | x) \| p(z))`` says something of all
laws.  Over finite sets every law of one letter is a marginal or a conditional of one table of positive
weights, a mean is a sum, and the claim becomes one about arrays: the tables are its parameters, and what
it says of a free outcome it says of every index.  Outcomes have volumes, so that a law may be a density.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import sympy

from . import algebra as al
from . import heads
from .context import Declared
from .divergences import is_divergence
from .domain import POSITIVE
from .equation import Equation
from .latex import tree as t
from .names import flatten, letter, safe, take_apart
from .span import Span

#: Letters for indices, where a variable is no plain letter or needs another one.
LETTERS = "abcfghijklmnorsuvwy"


@dataclass(frozen=True, slots=True)
class Tabled:
    """A claim over tables: its tree, the tables that it reads, the indices that are free, and what it assumes."""

    tree: t.Node
    tables: tuple[Declared, ...]
    free: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """``p(A | B)``: the name of its table, and its variables."""

    table: str
    of: tuple[str, ...]
    given: tuple[str, ...]


#: Kinds of tables, and what a claim is that is true of these alone.
NARROWER = {
    "independent": "it is true of laws whose variables are independent, so it may be an assumption",
    "counted": "it is true of probabilities of single outcomes, not of densities",
}
Formula = Callable[[str, tuple[t.Node, ...], bool], bool]


def over_outcomes(
    tree: t.Node, has_formula: Formula, entropies: frozenset[str] = frozenset(), kind: str = ""
) -> Tabled | None:
    """A claim about laws as one about tables; ``None`` where something in it is no law of plain variables.

    ``has_formula`` tells applications, by name, arguments and whether a bar parts them, of what the document defines or
    declares.  A letter is one of laws where it takes a condition, where a mean is under it or a divergence of it.
    ``entropies`` are names of relative entropies that the document defines itself, also below a D.
    Of kind ``independent`` each table is a product of weights of its variables, of kind ``counted`` every outcome has
    the volume 1: see `NARROWER`.
    """
    heads = [(h, g) for h, g in applications(tree) if not has_formula(name_of(h), arguments_of(g), is_conditional(g))]
    evident = {base_of(h) for h, g in heads if is_conditional(g)} | set(_drawn_or_compared(tree))
    families = {name_of(h) for h, _ in heads}
    tables: dict[str, list[str]] = {}
    laws: dict[int, Law] = {}
    for head, group in heads:
        if base_of(head) not in evident or (law := law_of(head, group, families)) is None:
            continue
        laws[id(group)] = law
        known = tables.setdefault(law.table, [])
        known += [v for v in (*law.of, *law.given) if v not in known]
    # T(x' | x) and T(x | x') are one kernel at two pairs of points, no two conditionals of a joint law.
    if not tables or any(f"{v}_prime" in vs for vs in tables.values() for v in vs):
        return None
    found = _Tables(tree, laws, tables, entropies, kind)
    written = found.rewritten(tree)
    if written is None or not found.consistent():
        return None
    used = [v for vs in tables.values() for v in vs]
    free = tuple(dict.fromkeys(found.index[v] for v in used if v in found.free))
    declared = tuple(
        Declared(name, tuple(f"n_{safe(v)}" for v in vs), POSITIVE)
        for table, whole in tables.items()
        for name, vs in ([(weights(table, v), [v]) for v in whole] if kind == "independent" else
                         [(weights(table), whole)])
    )
    declared += tuple(Declared(volume(v), (f"n_{safe(v)}",), POSITIVE) for v in found.index if v in found.measured)
    note = (
        f"the laws {', '.join(sorted(tables))} are taken over finite sets of outcomes, each with a volume: each law is "
        "a marginal or a conditional of one table of positive weights"
    )
    return Tabled(written, declared, free, (note,))


def weights(table: str, variable: str = "") -> str:
    return f"weights_{table}" + (f"_{safe(variable)}" if variable else "")


def is_relative_entropy(e: Equation) -> bool:
    """Whether a definition is ``Σ_x P(x) log(P(x)/Q(x))`` of its two arguments."""
    body = e.outputs[0].body
    taken = [p.name for p in e.parameters if p.role == "argument" and len(p.axes) == 1]
    if len(taken) != 2 or len(e.outputs) != 1 or not isinstance(body, sympy.Sum) or len(body.limits) != 1:
        return False
    p, q = (heads.element(name, body.limits[0][0]) for name in taken)
    quotient = al.apply(sympy.log, al.divide(p, q))
    return body.function in (al.mul(p, quotient), al.mul(quotient, p)) or (
        isinstance(body.function, sympy.Mul) and {*body.function.args} == {p, quotient}
    )


def volume(variable: str) -> str:
    return f"volume_{safe(variable)}"


def name_of(head: t.Node) -> str:
    sym = take_apart(head)
    return "" if sym is None else sym.whole


def base_of(head: t.Node) -> str:
    sym = take_apart(head)
    return "" if sym is None else sym.base


def arguments_of(group: t.Group) -> tuple[t.Node, ...]:
    return group.body.items if isinstance(group.body, t.Separated) else (group.body,)


def is_conditional(group: t.Group) -> bool:
    return isinstance(group.body, t.Separated) and "|" in group.body.separators


def _drawn_or_compared(tree: t.Node) -> Iterator[str]:
    """Letters of laws that a mean is under, or that stand beside ‖."""
    for node in t.walk(tree):
        match node:
            case t.Big(op="expect", sub=t.Node() as sub):
                yield from (base_of(h) for h, _ in applications(sub))
            case t.Group(body=t.Separated(separators=("‖",), items=items)):
                yield from (base_of(h) for x in items for h, _ in applications(x))


def applications(tree: t.Node) -> Iterator[tuple[t.Node, t.Group]]:
    """Names with the bracket behind them."""
    for node in t.walk(tree):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            if isinstance(follower, t.Group) and follower.open == "(" and take_apart(head) is not None:
                yield head, follower


def law_of(head: t.Node, group: t.Group, families: set[str]) -> Law | None:
    """A law of symbols; ``None`` for anything else."""
    body = group.body
    items = body.items if isinstance(body, t.Separated) else (body,)
    bars = [i for i, s in enumerate(body.separators) if s == "|"] if isinstance(body, t.Separated) else []
    if isinstance(body, t.Separated) and (not {*body.separators} <= {",", "|"} or len(bars) > 1):
        return None
    variables = [sym.whole if (sym := take_apart(x)) is not None and sym.sup is None else "" for x in items]
    if not all(variables) or len({*variables}) != len(variables):
        return None
    cut = bars[0] + 1 if bars else len(items)
    table = family(head, families)
    return None if not table else Law(table, tuple(variables[:cut]), tuple(variables[cut:]))


def family(head: t.Node, families: set[str]) -> str:
    r"""The table behind a letter: ``p_\theta`` and ``p`` are laws of one, ``p_1`` and ``p_2`` of two."""
    sym = take_apart(head)
    if sym is None or sym.sup is not None or len(sym.base) != 1:
        return ""
    marked = {x for x in families if x.split("_")[0] == sym.base and x != sym.base}
    greek = bool(sym.subs) and all(isinstance(s, t.Name) and len(s.base) > 1 and not s.style for s in sym.subs)
    if not sym.subs:
        return sym.base if len(marked) <= 1 else ""
    return sym.base if greek and len(marked) == 1 else sym.whole


class _Tables:
    """The rewriting of one claim."""

    def __init__(self, tree: t.Node, laws: dict[int, Law], tables: dict[str, list[str]],
                 entropies: frozenset[str], kind: str) -> None:
        self.laws, self.tables, self.entropies, self.kind = laws, tables, entropies, kind
        counted = {sym.whole for n in t.walk(tree) if isinstance(n, t.Big) and n.op == "sum" and n.sub is not None
                   if (sym := take_apart(n.sub)) is not None}
        self.counted = set(dict.fromkeys(v for vs in tables.values() for v in vs)) & counted
        self.measured: set[str] = set()
        self.bound: set[str] = set()
        taken = {x for n in t.walk(tree) if isinstance(n, t.Name) and (x := letter(n))}
        pool = [x for x in LETTERS if x not in taken]
        variables = list(dict.fromkeys(v for vs in tables.values() for v in vs))
        self.index: dict[str, str] = {}
        self.dummy: dict[str, str] = {}
        for v in variables:
            self.index[v] = v if len(v) == 1 or not pool else pool.pop()
            self.dummy[v] = pool.pop() if pool else ""
        self.enough = all(len(x) == 1 for x in (*self.index.values(), *self.dummy.values()))
        self.free: set[str] = set()

    def consistent(self) -> bool:
        """Whether indices could be had for all, and no outcome is both free and summed over."""
        return self.enough and not self.bound & self.free

    def rewritten(self, node: t.Node, inside: frozenset[str] = frozenset()) -> t.Node | None:
        """A node with laws, means and divergences of laws written out; ``inside`` are outcomes summed over."""
        match node:
            case t.Juxt(items=items):
                return self.product(node, items, inside)
            case t.Big(op="expect", sub=sub, body=body):
                law = self.drawn(sub)
                if law is None:
                    return None
                within = inside | {*law.of}
                body_written = self.rewritten(body, within)
                if body_written is None:
                    return None
                weight = self.written(law, node.span, within)
                return self.summed(law.of, t.Juxt(node.span, (weight, t.Group(node.span, "(", ")", body_written))))
            case t.Big(op="sum", sub=t.Node() as sub, sup=None, body=body) if (v := self.variable(sub)):
                inner = self.rewritten(body, inside | {v})
                return None if inner is None else self.summed((v,), inner)
            case t.Big(op="int", body=body, sub=_, sup=None, differentials=(d,)) if (v := self.variable(d)):
                inner = self.rewritten(body, inside | {v})
                return None if inner is None else self.summed((v,), inner)
            case t.Name() | t.Scripted() if (sym := take_apart(node)) is not None and sym.whole in self.index:
                return None  # the value of an outcome, which has none
        made: dict[t.Node, t.Node] = {}
        for child in node.children():
            new = self.rewritten(child, inside)
            if new is None:
                return None
            made[child] = new
        return t.over_children(node, lambda child: made[child])

    def product(self, node: t.Juxt, items: tuple[t.Node, ...], inside: frozenset[str]) -> t.Node | None:
        out: list[t.Node] = []
        k = 0
        while k < len(items):
            follower = items[k + 1] if k + 1 < len(items) else None
            if isinstance(follower, t.Group) and id(follower) in self.laws:
                out.append(self.written(self.laws[id(follower)], node.span, inside))
                k += 2
                continue
            if isinstance(follower, t.Group) and (two := self.divergence(items[k], follower)) is not None:
                out.append(self.relative(*two, node, inside))
                k += 2
                continue
            new = self.rewritten(items[k], inside)
            if new is None:
                return None
            out.append(new)
            k += 1
        return out[0] if len(out) == 1 else replace(node, items=tuple(out))

    def variable(self, node: t.Node) -> str:
        sym = take_apart(node)
        return sym.whole if sym is not None and sym.whole in self.index else ""

    def drawn(self, sub: t.Node | None) -> Law | None:
        r"""The law under a mean: ``q(z | x)`` or ``z \sim q(z | x)``."""
        if isinstance(sub, t.Relation) and sub.ops == ("~",):
            sub = sub.sides[1]
        if isinstance(sub, t.Juxt) and len(sub.items) == 2:
            return self.laws.get(id(sub.items[1]))
        return None

    def divergence(self, head: t.Node, group: t.Group) -> tuple[Law, Law] | None:
        r"""The laws in ``D_{KL}(q(z | x) \| p(z))``."""
        sym, body = take_apart(head), group.body
        if sym is None or not isinstance(body, t.Separated) or body.separators != ("‖",):
            return None
        if not is_divergence(sym) and not {sym.whole, *map(flatten, sym.subs)} & self.entropies:
            return None
        laws = [self.laws.get(id(x.items[1])) for x in body.items if isinstance(x, t.Juxt) and len(x.items) == 2]
        if len(laws) != 2 or laws[0] is None or laws[1] is None or {*laws[0].of} != {*laws[1].of}:
            return None
        return laws[0], laws[1]

    def relative(self, q: Law, p: Law, node: t.Node, inside: frozenset[str]) -> t.Node:
        """The relative entropy of two laws of the same variables."""
        within = inside | {*q.of}
        a, b = (self.written(law, node.span, within) for law in (q, p))
        log = t.Apply(node.span, "log", t.Frac(node.span, a, b), bracketed=True)
        return t.Group(node.span, "(", ")", self.summed(q.of, t.Juxt(node.span, (a, log))))

    def summed(self, over: tuple[str, ...], body: t.Node) -> t.Node:
        for v in reversed(over):
            self.bound.add(v)
            body = self.sum(v, self.index[v], body)
        return t.Group(body.span, "(", ")", body)

    def written(self, law: Law, span: Span, inside: frozenset[str]) -> t.Node:
        """A law as a quotient of sums of its table."""
        self.free |= {*law.of, *(() if self.kind == "independent" else law.given)} - inside
        if self.kind == "independent":
            factors = [self.alone(law.table, v, span) for v in law.of]
            return factors[0] if len(factors) == 1 else t.Juxt(span, tuple(factors))
        whole = self.tables[law.table]
        above = self.marginal(law.table, [v for v in whole if v not in (*law.of, *law.given)], span)
        below = self.marginal(law.table, [v for v in whole if v not in law.given], span)
        return t.Frac(span, above, below)

    def alone(self, table: str, v: str, span: Span) -> t.Node:
        """The law of one variable that knows nothing of the others."""
        at, over = (t.Name(span, x) for x in (self.index[v], self.dummy[v]))
        base = t.Name(span, weights(table, v))
        return t.Frac(span, t.Scripted(span, base, at), self.sum(v, self.dummy[v], t.Scripted(span, base, over)))

    def marginal(self, table: str, out: list[str], span: Span) -> t.Node:
        at = tuple(t.Name(span, self.dummy[v] if v in out else self.index[v]) for v in self.tables[table])
        base = t.Name(span, weights(table))
        body: t.Node = t.Scripted(span, base, at[0] if len(at) == 1 else t.Separated(span, at, (",",) * (len(at) - 1)))
        for v in reversed(out):
            body = self.sum(v, self.dummy[v], body)
        return body

    def sum(self, v: str, at: str, body: t.Node) -> t.Node:
        """A sum over the outcomes of a variable, each by its volume unless they are counted."""
        span = body.span
        if v not in self.counted and self.kind != "counted":
            self.measured.add(v)
            size = t.Scripted(span, t.Name(span, volume(v)), t.Name(span, at))
            body = t.Binary(span, "cdot", size, t.Group(span, "(", ")", body))
        return t.Big(span, "sum", t.Group(span, "(", ")", body), t.Name(span, at))


__all__ = ["NARROWER", "Tabled", "over_outcomes"]
