"""A whole document: kinds of statements, scopes, links, and an equation for each.

Definitions of functions link across the document; a bare symbol links only under
its own heading and a sibling heading above (`scope`).  Recurrence states never link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from . import declare
from .claims import OF_LAWS, claimed, differentiated, stepped
from .clash import data_apart, numbers_apart
from .closing import refuse_closed
from .collect import collect
from .context import Declared, Refusal
from .define import define
from .document import Document, Statement
from .drawing import told_of_draws, with_draws
from .equation import Equation
from .evidence import symbols_in
from .finite_means import summed
from .gammas import SPOKEN, psi_is_free, with_digamma
from .latex import tree as t
from .latex.printer import to_latex
from .laws import law_named
from .lettered import lettered, refuse_lettered
from .names import take_apart
from .noise import drawn
from .notation import spell
from .read import read_source
from .reading import KINDS, Candidate, Reader, Reading, bug, refused
from .recur import StepEquation, belongs, name_from, recurrence
from .scope import is_atom, knowledge
from .sides import straighten
from .span import Source
from .suggest import from_prose, spelling, suggestions
from .target import target
from .units import upright
from .values import ShapeMismatch
from .words import alone, joined, labelled, refuse_words, runs, wholes, words


def understand(
    document: Document,
    where: tuple[Declared, ...] = (),
    using: Mapping[str, Equation] | None = None,
    unlinked: frozenset[str] = frozenset(),
    judging: bool = False,
) -> tuple[Reading, ...]:
    """A reading of every statement of a document, in order.

    ``where`` declares symbols for the whole document, ``using`` brings in functions
    defined elsewhere, ``unlinked`` names definitions that become parameters.  When ``judging``,
    a second formula of a function is a claim about the first.
    """
    r = Reader(document, document.statements, using or {}, where, unlinked, judging=judging)
    _spell(r)
    collect(r)
    r.drawn = drawn(r)
    declared = {d.name for d in r.given} | {d.name for _, d in r.declared}
    r.words = frozenset(declared | {c.goal.name for c in r.candidates.values()})
    for i, statement in enumerate(r.statements):
        if i not in r.readings:
            try:
                r.readings[i] = _read(i, statement, r)
            except Exception as fault:
                r.readings[i] = refused(statement, "fragment", "", bug(fault, statement.span))
    return tuple(replace(r.readings[i], statement=s) for i, s in enumerate(document.statements))


def _told(s: Statement, r: Reader) -> dict[str, tuple[int, str]]:
    """What the prose around a statement calls its symbols."""
    heading = s.region.heading
    if heading not in r.told:
        r.told[heading] = from_prose(r.document.statements, heading)
    return r.told[heading]


def _hints(c: Candidate, s: Statement, r: Reader) -> list[str]:
    """What the author of a refused definition may have meant: slips, and what the prose calls its symbols."""
    names = {sym.whole for sym in symbols_in(c.rhs)}
    told = _told(s, r)
    declared = {d.name for d in r.given} | {d.name for _, d in r.declared}
    prose = [f"the text suggests to declare {told[n][1]}" for n in sorted(names - declared) if n in told]
    return [*spelling(sorted(names), r.words), *prose]


def _join_words(r: Reader) -> None:
    """Make one symbol of each run of capitals that is a name."""
    declared = {d.name for d in r.given}
    for text, _ in r.document.declarations:
        with suppress(Refusal):  # told where declarations are collected
            declared |= {d.name for d in declare.from_ascii(text)}
    found = words([s.tree for s in r.statements], declared)
    r.doubtful = found.doubtful
    r.lettered = lettered([s.tree for s in r.statements], declared)
    if not found.names:
        return
    for i, s in enumerate(r.statements):
        said = dict.fromkeys(f"{x} is one name, as the text says" for _, _, x in runs(s.tree) if x in found.names)
        r.notes[i] = (*r.notes.get(i, ()), *said)
    r.statements = tuple(replace(s, tree=joined(s.tree, found.names)) for s in r.statements)


def _spell(r: Reader) -> None:
    """Write out the shorthand of every statement."""
    _join_words(r)
    used = alone([s.tree for s in r.statements]) | {d.name for d in r.given}
    r.statements = tuple(replace(s, tree=labelled(s.tree, used)) for s in r.statements)
    if "psi" not in {d.name for d in r.given} and psi_is_free([s.tree for s in r.statements]):
        said = SPOKEN.search(r.document.source.text) is not None
        r.statements = tuple(replace(s, tree=with_digamma(s.tree, said)) for s in r.statements)
    straighten(r)
    sides = [s.tree.sides[0] for s in r.statements if isinstance(s.tree, t.Relation)]
    symbols = {sym.whole for side in sides if (sym := take_apart(side)) is not None} | {d.name for d in r.given}
    symbols |= set().union(*(upright(s.tree) for s in r.statements))
    out = list(r.statements)
    for i, s in enumerate(out):
        try:
            tree, notes = spell(s.tree, symbols)
            notes = (*notes, *_one_name(s, r))
            r.notes[i] = (*r.notes.get(i, ()), *notes)
            out[i] = replace(s, tree=tree)
        except Refusal as no:
            r.readings[i] = refused(s, "definition", "", no)
    r.statements = tuple(out)


def _one_name(s: Statement, r: Reader) -> tuple[str, ...]:
    """What is said of a name that is typed as plain letters: ``NPV = …``."""
    sym = take_apart(s.tree.sides[0]) if isinstance(s.tree, t.Relation) and s.tree.ops[0] in ("=", ":=") else None
    node = None if sym is None else sym.node.base if isinstance(sym.node, t.Scripted) else sym.node
    if isinstance(node, t.Name) and len(node.base) > 1 and not (node.style or node.accents):
        typed = r.document.source.text[node.span.start : node.span.stop]
        if typed == node.base:
            return (f"{node.base} is one name, no product of its letters",)
    return ()


def _read(i: int, s: Statement, r: Reader) -> Reading:
    tree = s.tree
    if i in r.systems:
        return _read_system(i, r)
    if i in r.candidates:
        return _read_definition(i, s, r)
    if not isinstance(tree, t.Relation):
        return Reading(s, "fragment", message="a formula without a relation: nothing to compile or judge")
    match tree.ops[0]:
        case "~":
            if (told := told_of_draws(i, s, r, lambda: knowledge(i, s, r, _equation))) is not None:
                return told
            return Reading(s, "sampling", _left_name(tree), unsupported=True,
                           message="a sampling statement of a law that texjit does not know")
        case "mapsto":
            body = f"f({to_latex(tree.sides[0]).strip()}) = {to_latex(tree.sides[-1])}"
            return Reading(s, "fragment", message=f"a function without a name: to compile it write {body}")
        case "in" | "to" | "notin" | "subset" | "subseteq":
            return Reading(s, "fragment", message="a relation between sets: nothing to compile")
        case "=" if all(is_atom(x) for x in tree.sides) and s.region.kind == "inline":
            if (constant := _constant(i, s, r)) is not None:
                return constant
            return Reading(s, "fragment", message="a relation between bare symbols, read with its sentence")
        case _:
            return claimed(s, r, lambda: knowledge(i, s, r, _equation))


#: Digits from which a whole number in a sentence is a constant; smaller ones set a case: ``at $t = 0$``.
CONSTANT_DIGITS = 4


def _constant(i: int, s: Statement, r: Reader) -> Reading | None:
    """``$c = 299792458$`` in a sentence: a kernel of its own, to which no other formula is linked."""
    assert isinstance(s.tree, t.Relation)
    left, right = s.tree.sides[0], s.tree.sides[-1]
    if len(s.tree.sides) != 2 or not isinstance(right, t.Number):
        return None
    if "." not in right.text and len(right.text) < CONSTANT_DIGITS:
        return None
    goal = target(left, right, {})
    equation = _equation(Candidate(i, goal, right, False), r) if goal is not None and not goal.is_function else None
    if goal is None or equation is None:
        return None
    message = f"a number in a sentence: other formulas take {goal.name} as given"
    return Reading(s, "definition", goal.name, equation, message, assumptions=equation.assumptions)


def _left_name(tree: t.Relation) -> str:
    sym = take_apart(tree.sides[0])
    return sym.whole if sym else ""


def _read_definition(i: int, s: Statement, r: Reader) -> Reading:
    c = r.candidates[i]
    kind = "objective" if c.goal.roles else "derivation" if c.chain else "definition"
    equation = _equation(c, r)
    if equation is None:
        assert c.refusal is not None
        if c.goal.is_function and isinstance(c.refusal, Refusal) and c.refusal.code in OF_LAWS:
            said = claimed(s, r, lambda: knowledge(i, s, r, _equation))
            if said.claim is not None and said.claim.tables:
                return said
        return replace(refused(s, kind, c.goal.name, c.refusal), roles=c.goal.roles)
    reading = Reading(s, kind, c.goal.name, equation, roles=c.goal.roles, assumptions=equation.assumptions)
    further = stepped if c.chain else differentiated
    return further(reading, c, r, lambda: knowledge(i, s, r, _equation))


def _equation(c: Candidate, r: Reader) -> Equation | None:
    """The equation of a candidate, elaborated when first needed."""
    if c.tried or c.busy:
        return c.equation
    c.busy = True
    s = r.statements[c.index]
    try:
        refuse_words(c.rhs, r.doubtful)
        refuse_lettered(c.rhs, r.lettered)
        _refuse_probability(c, s, r)
        _refuse_other_laws(c, r)
        refuse_closed(c.rhs, s, r)
        c.equation = _defined(c, s, r)
        notes = suggestions(c.equation, _told(s, r), r.words)
        c.equation = replace(c.equation, assumptions=(*c.equation.assumptions, *notes))
        c.equation = with_draws(c.equation, c.index, r, lambda: knowledge(c.index, s, r, _equation))
    except (Refusal, ShapeMismatch) as no:
        c.refusal = no
        no.notes = (*no.notes, *_hints(c, s, r))
    except Exception as fault:
        c.refusal = bug(fault, s.span)
    c.busy, c.tried = False, True
    return c.equation


def _defined(c: Candidate, s: Statement, r: Reader) -> Equation:
    """The equation of a definition; where an argument and data share a letter, they are told apart if need be."""
    latex, notes = to_latex(r.document.statements[c.index].tree), r.notes.get(c.index, ())
    known = knowledge(c.index, s, r, _equation)
    arrays = {d.name for d in known.declared.values() if d.axes and not d.element} | {*c.goal.arguments}
    side, said = summed(c.rhs, known)
    notes = (*notes, *said)
    if (apart := numbers_apart(c.goal, side, arrays)) is not None:
        return define(c.goal, apart[0], known, s.span, latex, notes=(*notes, *apart[1]))
    try:
        return define(c.goal, side, known, s.span, latex, notes=notes)
    except ShapeMismatch as no:
        if (found := data_apart(c.goal, side)) is None:
            raise
        rhs, more = found
        no.help = no.help or "give the argument another letter than the data"
        equation = define(c.goal, rhs, known, s.span, latex, notes=(*notes, *more))
        for x in equation.assumptions:
            if x.endswith("(…) is a product"):
                head = x.removesuffix("(…) is a product")
                raise Refusal("E132", f"'{head}(…)' may be a function applied or a product", s.span,
                              f"declare it: ${head} : \\mathbb{{R}} \\to \\mathbb{{R}}$ for a function, or write "
                              f"{head} \\cdot (…) for a product") from None
        return equation


def _is_defined(head: t.Name, r: Reader) -> bool:
    """Whether the document defines a function of that name: no law then."""
    sym = take_apart(head)
    return sym is not None and any(d.goal.is_function and d.goal.name == sym.whole for d in r.candidates.values())


def _refuse_probability(c: Candidate, s: Statement, r: Reader) -> None:
    """Densities and joints are read but not compiled yet; say which."""
    for node in t.walk(c.rhs if c.goal.chain is not None else s.tree):
        if isinstance(node, t.Scripted) and isinstance(node.sub, t.Separated) and ":" in node.sub.separators:
            raise Refusal("E195", "a joint density over a range of steps is not there yet", node.span,
                          "write the factor of one step",
                          unsupported=True)
        if isinstance(node, t.Juxt):
            for head, follower in zip(node.items, node.items[1:], strict=False):
                if isinstance(head, t.Name) and head.style in ("cal", "scr") and isinstance(follower, t.Group):
                    if law_named(head) is not None or _is_defined(head, r):
                        continue
                    if isinstance(follower.body, t.Separated) and ";" in follower.body.separators:
                        raise Refusal("E194", "a named density is not there yet", head.span,
                                      "write the density out", unsupported=True)
    if c.goal.conditional and c.goal.chain is None and _made_of_laws(c.rhs, c.goal.name):
        raise Refusal("E196", "a conditional density that is made of other densities is not there yet", s.span,
                      "write the densities out: p(x | a) = a e^{-a x}", unsupported=True)


def _refuse_other_laws(c: Candidate, r: Reader) -> None:
    """``p(y | x)`` or ``p(x)`` beside ``p(x | theta)``: densities of one letter are told by their arguments."""
    functions = [d.goal for d in r.candidates.values() if d.goal.is_function and d is not c]
    letters = {g.name for g in functions if g.conditional}
    for node in t.walk(c.rhs) if letters else ():
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            sym = take_apart(head)
            if sym is None or sym.whole not in letters or not isinstance(follower, t.Group):
                continue
            body = follower.body
            given = body.items if isinstance(body, t.Separated) else (body,)
            barred = isinstance(body, t.Separated) and "|" in body.separators
            laws = [g for g in functions if g.name == sym.whole and g.has_form(given, barred)]
            if laws and not any(g.fits(given) for g in laws):
                raise Refusal("E183", f"{sym.whole} is defined in the document for other arguments, and this may "
                              "be another density of that letter", head.span | follower.span,
                              f"give one of the two a name of its own: {sym.whole}_2({to_latex(body)}) = …")


def _made_of_laws(rhs: t.Node, name: str) -> bool:
    """Whether a side applies conditional densities, or the name itself, or averages over a law."""
    for node in t.walk(rhs):
        if isinstance(node, t.Big) and node.op == "expect":
            return True
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            if isinstance(follower, t.Group) and (sym := take_apart(head)) is not None and law_named(head) is None:
                bars = isinstance(follower.body, t.Separated) and "|" in follower.body.separators
                if bars or sym.whole == name:
                    return True
    return False


def _read_system(i: int, r: Reader) -> Reading:
    """Elaborate a whole system once; each of its statements shares the result."""
    step, members = r.systems[i]
    statements = [r.statements[j] for j in members]
    first = statements[0]
    heading = r.document.headings[first.region.heading].title if first.region.heading >= 0 else ""
    name = name_from(heading)
    taken = {x.name for x in r.readings.values() if x.kind == "recurrence"}
    base, k = name, 1
    while name in taken:
        k += 1
        name = f"{base}_{k}"
    equations = []
    for s in statements:
        assert isinstance(s.tree, t.Relation)
        part = belongs(s.tree.sides[0], step)
        assert part is not None
        equations.append(StepEquation(part.base, part.offset, s.tree.sides[1], s.tree.sides[0]))
    span = first.span | statements[-1].span
    latex = " \\\\ ".join(to_latex(r.document.statements[j].tree) for j in members)
    try:
        meaning = recurrence(name, step, tuple(equations), knowledge(i, first, r, _equation), span, latex)
    except Exception as wrong:
        no = wrong if isinstance(wrong, Refusal | ShapeMismatch) else bug(wrong, span)
        for j, s in zip(members, statements, strict=True):
            r.readings[j] = refused(s, "recurrence", name, no)
        return r.readings[i]
    for j, s in zip(members, statements, strict=True):
        r.readings[j] = Reading(s, "recurrence", name, meaning, assumptions=meaning.step.assumptions)
    return r.readings[i]


def declarations(text: str) -> tuple[Declared, ...]:
    """The ``where=`` argument: ASCII, or LaTeX when it holds a backslash.

    Raises ``Refusal`` with spans into ``text``.
    """
    if not text.strip():
        return ()
    if "\\" not in text:
        return declare.from_ascii(text)
    # ``\beta in (0, 1)``: the word for the sign, at the same places.
    text = re.sub(r"(?<![\\A-Za-z])in(?= )", "∈ ", text)
    wrapped = text if "$" in text else f"${text}$"
    document = read_source(Source("where", wrapped))
    out: list[Declared] = []
    for s in document.statements:
        names = s.tree.sides[0] if isinstance(s.tree, t.Relation) else s.tree
        found = declare.from_tree(joined(s.tree, set(wholes(names))))
        if found is None:
            raise Refusal("E163", "this declaration is not understood", s.span,
                          "write e.g. x, y \\in \\mathbb{R}^d")
        out.extend(found)
    if document.diagnostics:
        d = document.diagnostics[0]
        raise Refusal(d.code, d.message, d.span, d.help)
    return tuple(out)


__all__ = ["KINDS", "Reading", "declarations", "understand"]
