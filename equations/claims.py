r"""Claims and derivations: every side of a chain in index form, over parameters that all sides share.

``KL(P \| Q) \ge 0`` is a claim; ``f(x) = A = B \le C`` defines f by A and derives B and C from it;
``A \iff B`` joins two claims.  A letter below arrays that no operator binds is free: the claim is one
of every element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from . import evidence
from .adjacency import promote_against
from .claim import CONNECTIVES, RELATIONS, Claim, Step
from .claim_sides import applied_to, handed_to, laws_in, loose_symbols
from .claim_words import hypotheses_of
from .context import Context, Knowledge, Refusal
from .define import define
from .document import Statement
from .domain import NONNEGATIVE, REAL, Domain
from .elaborate import elaborate
from .equation import Parameter
from .known import known
from .latex import tree as t
from .latex.printer import to_latex
from .lettered import refuse_lettered
from .names import letter, safe, take_apart
from .outcomes import NARROWER, Tabled, is_relative_entropy, over_outcomes
from .reading import Candidate, Reader, Reading, bug, refused
from .target import Target
from .values import ShapeMismatch, Value, elementwise
from .words import refuse_words

Scope = Callable[[], Knowledge]

#: Why laws that are made of other laws define nothing.
OF_LAWS = ("E136", "E196")
NO_KERNEL = "a claim, which is judged and gives no kernel"


def claimed(s: Statement, r: Reader, scope: Scope) -> Reading:
    """The reading of a relation that defines nothing; what cannot be read is a limit of ours."""
    try:
        claim = read_claim(s, r, scope)
    except (Refusal, ShapeMismatch) as no:
        return replace(refused(s, "claim", "", no), unsupported=True)
    except Exception as fault:
        return replace(refused(s, "claim", "", bug(fault, s.span)), unsupported=True)
    return Reading(s, "claim", message=NO_KERNEL, unsupported=True, claim=claim, assumptions=claim.sides.assumptions)


def stepped(reading: Reading, c: Candidate, r: Reader, scope: Scope) -> Reading:
    """The reading of a definition with its further sides, or with why these are not judged."""
    try:
        return replace(reading, claim=read_steps(c, reading.statement, r, scope))
    except (Refusal, ShapeMismatch) as no:
        return replace(reading, message=f"the further sides are not judged: {no.message}")
    except Exception as fault:
        return replace(reading, message=f"the further sides are not judged: {bug(fault, reading.statement.span)}")


def differentiated(reading: Reading, c: Candidate, r: Reader, scope: Scope) -> Reading:
    """The reading of a formula for the derivative of a function that the document defines: both are compared."""
    if not derivative_of(c.goal, r):
        return reading
    try:
        claim = read_claim(reading.statement, r, scope)
    except (Refusal, ShapeMismatch):
        return reading
    return replace(reading, claim=replace(claim, derived=True))


def read_claim(s: Statement, r: Reader, scope: Scope) -> Claim:
    """The meaning of a relation that defines nothing.

    Raises ``Refusal`` or ``ShapeMismatch``.
    """
    tree = s.tree
    assert isinstance(tree, t.Relation)
    known = scope()
    has_formula, entropies = formulas(r, known), entropies_of(r, known)
    if (found := over_outcomes(tree, has_formula, entropies)) is not None:
        claim = _of_laws(found, s, r, known)
        narrower = []
        equal = all(RELATIONS.get(op) == "=" for op in tree.ops)  # what a model assumes of its laws is an equality
        for kind, why in NARROWER.items() if equal else [("counted", NARROWER["counted"])]:
            one = over_outcomes(tree, has_formula, entropies, kind)
            with suppress(Refusal, ShapeMismatch):  # nothing of the claim may be left there
                narrower += [] if one is None else [(why, _of_laws(one, s, r, known))]
        return replace(claim, narrower=tuple(narrower))
    clauses, connectives = clauses_of(tree)
    goal = Target("claim", indices=free_letters(tree, arrays_near(s, r)), distributions=laws_in(tree))
    return _read(clauses, connectives, goal, s, r, known, {})


def _of_laws(found: Tabled, s: Statement, r: Reader, known: Knowledge) -> Claim:
    """A claim about laws without formulas, over tables."""
    assert isinstance(found.tree, t.Relation)
    clauses, connectives = clauses_of(found.tree)
    known = replace(known, declared={**known.declared, **{d.name: d for d in found.tables}})
    claim = _read(clauses, connectives, Target("claim", indices=found.free), s, r, known, {}, found.notes)
    return replace(claim, tables=tuple(d.name for d in found.tables))


def entropies_of(r: Reader, known: Knowledge) -> frozenset[str]:
    """Names between ‖ that the document defines as relative entropies."""
    names = {c.goal.name for c in r.candidates.values() if c.goal.separators == ("‖",)}
    found = {n: known.functions(n) for n in names}
    return frozenset(n for n, e in found.items() if e is not None and is_relative_entropy(e))


def formulas(r: Reader, known: Knowledge) -> Callable[[str, tuple[t.Node, ...], bool], bool]:
    """Whether an application is of what the document defines or declares; a law that is made of laws alone is not."""

    def has_formula(name: str, given: tuple[t.Node, ...], barred: bool) -> bool:
        if name in known.declared or name in r.library:
            return True
        found = [c for c in r.candidates.values() if c.goal.name == name and c.goal.is_function
                 and not (isinstance(c.refusal, Refusal) and c.refusal.code in OF_LAWS)]
        if any(c.goal.conditional for c in found):
            found = [c for c in found if c.goal.has_form(given, barred) and c.goal.fits(given)]
        return bool(found)

    return has_formula


def read_steps(c: Candidate, s: Statement, r: Reader, scope: Scope) -> Claim | None:
    """What a definition that goes on says: the side that defines, and every side after it.

    ``None`` where the defining side is the last, behind names alone.

    Raises ``Refusal`` or ``ShapeMismatch``.
    """
    tree = s.tree
    assert isinstance(tree, t.Relation)
    clauses, connectives = clauses_of(tree)
    first = clauses[0]
    at = next((k for k, side in enumerate(first.sides) if k and side == c.rhs), 1)
    if at >= len(first.sides) - 1 and len(clauses) == 1:
        return None
    first = t.Relation(first.span, first.sides[at:], first.ops[at:])
    laws = c.goal.distributions | laws_in(tree)
    goal = replace(c.goal, name=f"{c.goal.name}_steps", symbol=None, distributions=laws)
    return replace(_read((first, *clauses[1:]), connectives, goal, s, r, scope(), {}), derived=True)


def derivative_of(goal: Target, r: Reader) -> bool:
    """Whether a function is written as the derivative of one that the text defines."""
    base, prime, rest = goal.name.rpartition("_prime")
    names = {c.goal.name for c in r.candidates.values() if c.goal.is_function}
    return bool(goal.is_function and prime) and not rest and base in names


def says_anew(goal: Target, rhs: t.Node, r: Reader) -> bool:
    """Whether a formula is a claim about what is known: defined above, or by its name alone, or its own base."""
    if goal.symbol is None:
        return False
    if not goal.is_function:
        power = goal.symbol.sup
        own = goal.symbol.base in {sym.base for sym in evidence.symbols_in(rhs)}
        zeroth = isinstance(power, t.Number) and power.text == "0"
        return goal.name == "pi" or zeroth or (power is not None and own)
    if derivative_of(goal, r):
        return True
    form = (goal.name, len(goal.arguments), goal.separators)
    if any((c.goal.name, len(c.goal.arguments), c.goal.separators) == form for c in r.candidates.values()):
        return True
    lone = sum(isinstance(s.tree, t.Relation) for s in r.statements) == 1
    return goal.name in r.library or (lone and known(goal.symbol, len(goal.arguments)) is not None)


def clauses_of(tree: t.Relation) -> tuple[tuple[t.Relation, ...], tuple[str, ...]]:
    """The chains of relations of a statement, and what joins them.

    Raises ``Refusal`` where a relation is not one that is judged.
    """
    whole = all(isinstance(x, t.Relation) for x in map(inside, tree.sides))
    if whole and all(op in CONNECTIVES for op in tree.ops):
        clauses = tuple(x for x in map(inside, tree.sides) if isinstance(x, t.Relation))
        connectives = tuple(CONNECTIVES[op] for op in tree.ops)
    else:
        clauses, connectives = (tree,), ()
    for clause in clauses:
        for op, side in zip(clause.ops, clause.sides[1:], strict=True):
            if op not in RELATIONS:
                said = "says how near two values are only with a bound" if op == "approx" else "is not judged"
                raise Refusal("E220", f"the relation '{spelled(op)}' {said}", side.span,
                              "write =, \\ne, \\le, \\ge, < or >, or |a - b| \\le \\epsilon", unsupported=True)
            if isinstance(inside(side), t.Relation):
                raise Refusal("E220", "a relation stands as a side of another one", side.span,
                              "join relations by \\iff or \\implies alone", unsupported=True)
    return clauses, connectives


def inside(node: t.Node) -> t.Node:
    """What a bracket around a relation holds."""
    return node.body if isinstance(node, t.Group) and isinstance(node.body, t.Relation) else node


def spelled(op: str) -> str:
    return {"iff": "\\iff", "implies": "\\implies", "approx": "\\approx", "propto": "\\propto"}.get(op, op)


def arrays_near(s: Statement, r: Reader) -> dict[str, int]:
    """The ranks of arrays that a statement may read at a free letter."""
    near = [d for heading, d in r.declared if heading in (-1, s.region.heading)]
    declared = {d.name: len(d.axes) for d in (*near, *r.given) if d.axes and not (d.element or d.function)}
    shown = evidence.ranks(s.tree, evidence.bound_letters(s.tree))
    return r.arrays.get(s.region.heading, {}) | shown | declared


def free_letters(tree: t.Node, arrays: Mapping[str, int]) -> tuple[str, ...]:
    """Letters below arrays, and below values of functions, that no operator binds, in order of appearance."""
    bound = evidence.bound_letters(tree) | evidence.upper_bounds(tree)
    found: dict[str, None] = {}
    for sym in evidence.symbols_in(tree):
        slots = evidence.slots_of(sym)
        if arrays.get(safe(sym.base), 0) == len(slots) > 0 and safe(sym.whole) not in arrays:
            found |= {x: None for x in map(letter, slots) if x is not None}
    for node in t.walk(tree):
        if isinstance(node, t.Scripted) and isinstance(node.base, t.Group) and node.sub is not None:
            parts = node.sub.items if isinstance(node.sub, t.Separated | t.Juxt) else (node.sub,)
            names = [letter(p) for p in parts]
            if all(x is not None and len(x) == 1 for x in names):
                found |= {x: None for x in names if x is not None}
    return tuple(x for x in found if x not in bound and x not in ("colon", "plus", "minus", "star"))


def _read(
    clauses: tuple[t.Relation, ...], connectives: tuple[str, ...], goal: Target, s: Statement, r: Reader,
    known: Knowledge, ranks: Mapping[str, int], notes: tuple[str, ...] = (),
) -> Claim:
    for clause in clauses:
        for side in clause.sides:
            refuse_words(side, r.doubtful)
            refuse_lettered(side, r.lettered)
            refuse_laws(side, known)
    names = [[f"side_{k}_{n}" for n in range(len(c.sides))] for k, c in enumerate(clauses)]

    def sides(ctx: Context) -> dict[str, Value]:
        ctx.compares = True
        out: dict[str, Value] = {}
        for row, clause in zip(names, clauses, strict=True):
            values = [elaborate(side, ctx) for side in clause.sides]
            out |= dict(zip(row, agreeing(values, clause.sides, ctx), strict=True))
        return out

    whole = clauses[0] if len(clauses) == 1 else t.Relation(s.span, clauses, connectives)
    notes = (*r.notes.get(s.row or -1, ()), *notes)
    equation = define(goal, whole, known, s.span, to_latex(s.tree), ranks, notes=notes, sides=sides)
    stated = handed_to(whole, known)
    parameters = tuple(widened(p, stated) for p in equation.parameters)
    equation = replace(equation, parameters=parameters)
    steps = []
    for k, (row, clause) in enumerate(zip(names, clauses, strict=True)):
        tied = applied_to(clause, known) if set(clause.ops) - {"=", ":=", "equiv"} else frozenset()
        for n, op in enumerate(clause.ops):
            latex = to_latex(t.Relation(clause.span, clause.sides[n : n + 2], (op,)))
            loose = loose_symbols(equation, row[n], RELATIONS[op], row[n + 1], tied)
            steps.append(Step(row[n], RELATIONS[op], row[n + 1], latex, clause.sides[n + 1].span, k, loose))
    averages = any(isinstance(x, t.Big) and x.op == "expect" for x in t.walk(whole))
    return Claim(equation, tuple(steps), connectives, hypotheses_of(s), averages)


def agreeing(values: list[Value], nodes: tuple[t.Node, ...], ctx: Context) -> list[Value]:
    """The sides of a chain, arrays over the same axes; a number such as 0 stands for all elements."""
    first = max(values, key=lambda v: v.rank)
    for v, node in zip(values, nodes, strict=True):
        if v.rank == first.rank:
            elementwise(lambda a, b: a, (first, v), node.span)
        elif v.rank == 0:
            if not is_number(node):
                promote_against(v, first, "it is compared with an array element by element")
                if v.symbol:
                    continue
                raise ShapeMismatch("a number is compared with an array", node.span,
                                    "index the array, e.g. x_i \\le a, or declare the shapes")
        else:
            raise ShapeMismatch(f"arrays with {v.rank} and {first.rank} axes are compared", node.span,
                                "declare the shapes, e.g. $x \\in \\mathbb{R}^{n}$")
    return values


def is_number(node: t.Node) -> bool:
    """Whether no symbol stands in a side."""
    return not any(True for _ in evidence.symbols_in(node))


def widened(p: Parameter, stated: Mapping[str, Domain]) -> Parameter:
    """A parameter with all values that its declaration, or that of a function it is handed to, leaves it.

    A claim must not be read as one of those points alone where both sides happen to be defined.
    """
    if p.declared or p.domain.kind != "interval":
        return p
    if p.name in stated:
        return replace(p, domain=stated[p.name], declared=True)
    return replace(p, domain=NONNEGATIVE if p.name.endswith("_squared") else REAL)


def refuse_laws(side: t.Node, known: Knowledge) -> None:
    """Densities that are not functions of the document have no values to compare."""
    for node in t.walk(side):
        if isinstance(node, t.Big) and node.op == "expect" and node.sub is not None and not is_sample(node.sub):
            raise Refusal("E221", "an expectation under a law is not judged", node.span,
                          "write the law out as a sum over its values", unsupported=True)
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            sym = take_apart(head)
            if sym is None or not isinstance(follower, t.Group) or not isinstance(follower.body, t.Separated):
                continue
            if "|" in follower.body.separators and not known.defined(sym.whole):
                raise Refusal("E222", f"the conditional law {sym.whole} has no formula, and its values are not judged",
                              head.span | follower.span, "define it, or write p_{xy} / p_y for its values",
                              unsupported=True)


def is_sample(sub: t.Node) -> bool:
    r"""``x`` and ``x \sim p`` for a letter p: any law, so any sample may stand for it."""
    if isinstance(sub, t.Relation) and sub.ops == ("~",):
        return all(take_apart(x) is not None for x in sub.sides)
    return take_apart(sub) is not None


__all__ = ["claimed", "differentiated", "read_claim", "read_steps", "stepped"]
