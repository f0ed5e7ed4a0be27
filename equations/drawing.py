r"""Sampling statements: ``\epsilon \sim \mathcal{N}(0, I)`` and ``x \sim p`` of a density that the text defines.

A statement defines nothing by itself; a definition under the same heading that reads what is drawn can draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .context import Knowledge, Refusal
from .define import define
from .densities import named_law, refuse_open_law, written
from .document import Statement
from .equation import Equation
from .evidence import symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .laws import Law
from .names import letter, safe, take_apart
from .reading import Reader, Reading
from .scope import place_of, siblings
from .target import Target
from .values import ShapeMismatch

Known = Callable[[], Knowledge]


@dataclass(frozen=True, slots=True)
class Draw:
    """One symbol that a statement draws: ``name`` is its own, ``base`` that of the array it is an element of."""

    name: str
    base: str
    node: t.Node
    law: t.Node


def drawn_in(s: Statement) -> Iterator[Draw]:
    """What a sampling statement draws; a law that changes with the index of what is drawn is left out."""
    match s.tree:
        case t.Relation(sides=(left, right), ops=("~",)):
            for item in left.items if isinstance(left, t.Separated) else (left,):
                sym = take_apart(item)
                if sym is None or sym.sup is not None:
                    continue
                base = item
                while isinstance(base, t.Scripted):
                    base = base.base
                letters = {x for sub in sym.subs for n in t.walk(sub) if isinstance(n, t.Name) and (x := letter(n))}
                indexed = letters & {x for other in symbols_in(right) for sub in other.subs for n in t.walk(sub)
                                     if isinstance(n, t.Name) and (x := letter(n))}  # fmt: skip
                yield Draw(sym.whole, safe(sym.base) if sym.subs and not indexed else sym.whole, item, right)


def law_equation(d: Draw, name: str, node: t.Node, known: Knowledge) -> Equation | None:
    """The density that a symbol is drawn from; ``None`` where its law is not known."""
    found = named_law(d.law)
    if found is not None and not is_function(found, known):
        head = upright(found[0])
        assert isinstance(d.law, t.Juxt)
        parameters = written(d.law.items[1])
        separators = (";", *[","] * (len(parameters) - 1))
        body = t.Separated(d.law.span, (node, *parameters), separators)
        rhs = t.Juxt(d.law.span, (head, t.Group(d.law.span, "(", ")", body)))
        goal = Target(f"{name}_law", (name,), (node,))
        return define(goal, rhs, known, d.law.span, to_latex(rhs).strip())
    parts = d.law.items if isinstance(d.law, t.Juxt) else (d.law,)
    if len(parts) == 2 and isinstance(parts[1], t.Group):
        refuse_open_law(parts[0], parts[1], drawn=True)
    sym = take_apart(parts[0])
    if sym is None or sym.sup is not None or len(parts) > 2:
        return None
    given: tuple[t.Node, ...] = ()
    barred = False
    if len(parts) == 2:
        if not isinstance(group := parts[1], t.Group):
            return None
        given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
        barred = isinstance(group.body, t.Separated) and "|" in group.body.separators
    equation = known.functions(sym.whole, given, barred)
    return equation if equation is not None and equation.density is not None and equation.density.law else None


def upright(head: t.Node) -> t.Node:
    """The name of a law as it is written in densities."""
    match head:
        case t.Scripted(base=base):
            return replace(head, base=upright(base))
        case t.Name(style=style) if style not in ("cal", "scr", "rm", "sf", "tt"):
            return replace(head, style="rm")
    return head


def is_function(found: tuple[t.Node, Law, tuple[t.Node, ...]], known: Knowledge) -> bool:
    """Whether the document gives the name of a law another meaning."""
    sym = take_apart(found[0])
    return sym is not None and known.defined(sym.whole)


def with_draws(eq: Equation, i: int, r: Reader, known: Known) -> Equation:
    """An equation with the laws of the parameters that statements under its heading draw, each once.

    A variable of an expectation that none of them draws has its law from above, under sibling headings.
    """
    here = r.statements[i]
    heading = here.region.heading
    names = {p.name: p for p in eq.parameters}
    averaged = {a.name for a in eq.averaged}
    laws: dict[str, list[Draw]] = {}
    further: dict[str, list[Draw]] = {}
    places: dict[str, str] = {}
    for j, s in enumerate(r.statements):
        own = s.region.heading == heading
        if own or (j < i and averaged and siblings(s.region.heading, heading, r)):
            for d in drawn_in(s):
                name = d.name if d.name in names else d.base
                if name in names and (own or name in averaged):
                    (laws if own else further).setdefault(name, []).append(d)
                    if not own:
                        places[name] = place_of(j, here, r)
    laws |= {name: found for name, found in further.items() if name not in laws}
    out = []
    for name, found in laws.items():
        if len(found) > 1 and len({to_latex(d.law) for d in found}) > 1:
            continue  # two laws of one letter: which is meant is open
        try:
            node = found[0].node if found[0].name == name else plain(found[0].node)
            law = law_equation(found[0], name, node, known())
        except (Refusal, ShapeMismatch):
            continue
        if law is not None:
            out.append((name, law))
    if not out:
        return eq
    said = tuple(
        f"{'estimate' if name in averaged else 'sample'}() draws {name} as {law.latex}"
        + (f", as {places[name]} says" if name in places and laws[name] is further.get(name) else "")
        for name, law in out
    )
    return replace(eq, draws=tuple(out), assumptions=(*eq.assumptions, *said))


def plain(node: t.Node) -> t.Node:
    """A symbol without what stands below it."""
    while isinstance(node, t.Scripted):
        node = node.base
    return node


def told_of_draws(i: int, s: Statement, r: Reader, known: Known) -> Reading | None:
    """The reading of a sampling statement all of whose laws are known."""
    draws = list(drawn_in(s))
    if not draws:
        return None
    told = []
    for d in draws:
        try:
            law = law_equation(d, d.base, d.node if d.base == d.name else plain(d.node), known())
        except (Refusal, ShapeMismatch) as no:
            said = f"{no.message}: {no.help}" if isinstance(no, Refusal) and no.help else no.message
            return Reading(s, "sampling", draws[0].name, message=said, unsupported=True)
        if law is None:
            return None
        told.append(f"{d.name} is drawn from {to_latex(d.law).strip()}")
    return Reading(s, "sampling", draws[0].name, message="; ".join(told))
