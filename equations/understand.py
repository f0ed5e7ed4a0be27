"""A whole document: kinds of statements, scopes, links, and an equation for each.

Definitions of functions link across the document; a bare symbol links only under
its own heading and that heading's siblings.  Recurrence states never link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from . import declare, evidence
from .context import Declared, Knowledge, Refusal
from .define import define
from .diagnostic import Diagnostic
from .document import Document, Statement
from .equation import Equation, Recurrence
from .latex import tree as t
from .latex.printer import to_latex
from .names import take_apart
from .recur import StepEquation, belongs, name_from, recurrence, step_letter
from .span import Source, Span
from .target import Target, target
from .values import ShapeMismatch

KINDS = (
    "definition", "claim", "recurrence", "sampling", "objective", "derivation", "declaration", "fragment",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one statement was taken for.

    ``meaning`` is the equation or recurrence behind it, if any; ``diagnostic`` says
    why there is none; ``unsupported`` tells a limit of ours from an error of the text.
    """

    statement: Statement
    kind: str
    name: str = ""
    meaning: Equation | Recurrence | None = None
    message: str = ""
    diagnostic: Diagnostic | None = None
    unsupported: bool = False
    roles: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def latex(self) -> str:
        return to_latex(self.statement.tree)


@dataclass(slots=True)
class Candidate:
    """A statement that may define something, while names are being collected."""

    index: int
    goal: Target
    rhs: t.Node
    chain: bool
    busy: bool = False
    tried: bool = False
    equation: Equation | None = None
    refusal: Refusal | ShapeMismatch | None = None


@dataclass(slots=True)
class Reader:
    """The state of reading one document."""

    document: Document
    library: Mapping[str, Equation]
    given: tuple[Declared, ...]
    unlinked: frozenset[str]
    candidates: dict[int, Candidate] = field(default_factory=dict)
    systems: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    declared: list[tuple[int, Declared]] = field(default_factory=list)
    readings: dict[int, Reading] = field(default_factory=dict)
    broken: list[tuple[int, Refusal]] = field(default_factory=list)
    arrays: dict[int, dict[str, int]] = field(default_factory=dict)


def understand(
    document: Document,
    where: tuple[Declared, ...] = (),
    using: Mapping[str, Equation] | None = None,
    unlinked: frozenset[str] = frozenset(),
) -> tuple[Reading, ...]:
    """A reading of every statement of a document, in order.

    ``where`` declares symbols for the whole document, ``using`` brings in functions
    defined elsewhere, ``unlinked`` names definitions that become parameters.
    """
    r = Reader(document, using or {}, where, unlinked)
    _collect(r)
    for i, statement in enumerate(document.statements):
        if i not in r.readings:
            try:
                r.readings[i] = _read(i, statement, r)
            except Exception as bug:
                r.readings[i] = _refused(statement, "fragment", "", _bug(bug, statement.span))
    return tuple(r.readings[i] for i in range(len(document.statements)))


# --- collecting ---------------------------------------------------------------


def _collect(r: Reader) -> None:
    statements = r.document.statements
    for i, s in enumerate(statements):
        shown = evidence.ranks(s.tree, evidence.bound_letters(s.tree))
        r.arrays.setdefault(s.region.heading, {}).update(shown)
        _collect_declaration(i, s, r)
    for text, span in r.document.declarations:
        heading = max((k for k, h in enumerate(r.document.headings) if h.span.start < span.start), default=-1)
        heading = heading if heading > 0 else -1
        try:
            r.declared += [(heading, d) for d in declare.from_ascii(text)]
        except Refusal as no:
            no.span = Span(span.start + no.span.start, span.start + no.span.stop)
            r.broken.append((heading, no))
    for i, s in enumerate(statements):
        if i not in r.readings:
            try:
                _collect_definition(i, s, r)
            except Refusal as no:
                r.readings[i] = _refused(s, "definition", "", no)
            except Exception as bug:
                r.readings[i] = _refused(s, "definition", "", _bug(bug, s.span))
    _collect_systems(r)


def _collect_declaration(i: int, s: Statement, r: Reader) -> None:
    tree = s.tree
    function = isinstance(tree, t.Separated) and ":" in tree.separators
    if not (function or _bounds_symbols(s) or (isinstance(tree, t.Relation) and tree.ops == ("in",))):
        return
    try:
        found = declare.from_tree(tree)
    except (Refusal, ValueError, ZeroDivisionError) as no:
        no = no if isinstance(no, Refusal) else _bug(no, s.span)
        r.readings[i] = _refused(s, "declaration", "", no)
        return
    if found is None:
        return
    r.declared += [(s.region.heading, d) for d in found]
    names = ", ".join(d.name for d in found if not d.element)
    r.readings[i] = Reading(s, "declaration", names, message=f"declares {names}")


def _bounds_symbols(s: Statement) -> bool:
    """``$a, b > 0$`` in the prose: bare symbols against numbers."""
    tree = s.tree
    if s.region.kind != "inline" or not isinstance(tree, t.Relation):
        return False
    if any(op not in ("<", ">", "<=", ">=") for op in tree.ops):
        return False
    sides = [x for side in tree.sides for x in (side.items if isinstance(side, t.Separated) else (side,))]
    return all(_is_atom(x) or (isinstance(x, t.Sum) and _is_atom(x.terms[0])) for x in sides) and any(
        take_apart(x) is not None for x in sides)


def _collect_definition(i: int, s: Statement, r: Reader) -> None:
    tree = s.tree
    if not isinstance(tree, t.Relation) or tree.ops[0] not in ("=", ":="):
        return
    lhs, rhs = tree.sides[0], tree.sides[1]
    if s.region.kind == "inline" and _is_atom(lhs) and _is_atom(rhs):
        return
    goal = target(lhs, rhs, r.arrays.get(s.region.heading, {}))
    if goal is None or _applies_itself(goal, rhs):
        return
    if step_letter(lhs, rhs) is not None:
        return
    r.candidates[i] = Candidate(i, goal, rhs, len(tree.sides) > 2)


def _applies_itself(goal: Target, rhs: t.Node) -> bool:
    """``KL(P‖Q) = KL(Q‖P)`` is a claim; ``p(x_{0:T}) = p(x_T) Π p(x_{t-1}|x_t)`` is not."""
    if not goal.is_function:
        return False
    for node in t.walk(rhs):
        if not isinstance(node, t.Juxt):
            continue
        for head, follower in zip(node.items, node.items[1:], strict=False):
            sym = take_apart(head)
            if sym is None or sym.whole != goal.name or not isinstance(follower, t.Group):
                continue
            body = follower.body
            separators = body.separators if isinstance(body, t.Separated) else ()
            if separators == goal.separators:
                return True
    return False


def _is_atom(node: t.Node) -> bool:
    return take_apart(node) is not None or isinstance(node, t.Number)


def _collect_systems(r: Reader) -> None:
    """Statements of one display (or of one heading) that share a step."""
    statements = r.document.statements
    for i, s in enumerate(statements):
        if i in r.systems or not isinstance(s.tree, t.Relation) or s.tree.ops != ("=",):
            continue
        step = step_letter(*s.tree.sides[:2])
        if step is None:
            continue
        block = s.region.block
        members = tuple(
            j for j, other in enumerate(statements)
            if other.region.kind == "display" and isinstance(other.tree, t.Relation)
            and other.tree.ops == ("=",) and belongs(other.tree.sides[0], step) is not None
            and (other.region.block == block or (
                other.region.heading == s.region.heading and _same_run(block, other.region.block, r)))
        ) or (i,)
        for j in members:
            r.systems[j] = (step, members)
            r.candidates.pop(j, None)


def _same_run(a: int, b: int, r: Reader) -> bool:
    """Whether two display blocks follow each other under one heading without prose between."""
    return abs(a - b) <= 1


# --- one statement -----------------------------------------------------------------


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
            return Reading(s, "sampling", _left_name(tree), unsupported=True,
                           message="a sampling statement: drawing from distributions is not there yet")
        case "in" | "to" | "notin" | "subset" | "subseteq" | "mapsto":
            return Reading(s, "fragment", message="a relation between sets: nothing to compile")
        case "=" if all(_is_atom(x) for x in tree.sides) and s.region.kind == "inline":
            return Reading(s, "fragment", message="a relation between bare symbols, read with its sentence")
        case _:
            return Reading(s, "claim", unsupported=True,
                           message="a claim: judging claims is not there yet")


def _left_name(tree: t.Relation) -> str:
    sym = take_apart(tree.sides[0])
    return sym.whole if sym else ""


def _read_definition(i: int, s: Statement, r: Reader) -> Reading:
    c = r.candidates[i]
    kind = "objective" if c.goal.roles else "derivation" if c.chain else "definition"
    equation = _equation(c, r)
    if equation is None:
        assert c.refusal is not None
        return replace(_refused(s, kind, c.goal.name, c.refusal), roles=c.goal.roles)
    message = "the further sides of the chain are not judged yet" if c.chain else ""
    return Reading(s, kind, c.goal.name, equation, message, roles=c.goal.roles,
                   assumptions=equation.assumptions)


def _refused(s: Statement, kind: str, name: str, no: Refusal | ShapeMismatch) -> Reading:
    code = no.code if isinstance(no, Refusal) else "E202"
    unsupported = isinstance(no, Refusal) and no.unsupported
    span = no.span if s.span.start <= no.span.start <= s.span.stop and no.span.stop else s.span
    notes = no.notes if isinstance(no, Refusal) else ()
    d = Diagnostic(code, no.message, span, notes, no.help)
    return Reading(s, kind, name, None, no.message, d, unsupported)


def _bug(error: Exception, span: Span) -> Refusal:
    """A fault of ours in one statement, told as one; the others are not harmed."""
    return Refusal("E198", f"a fault of texjit's own: {type(error).__name__}: {error}", span,
                   "please report the formula")


def _equation(c: Candidate, r: Reader) -> Equation | None:
    """The equation of a candidate, elaborated when first needed."""
    if c.tried or c.busy:
        return c.equation
    c.busy = True
    s = r.document.statements[c.index]
    try:
        _refuse_probability(c, s)
        c.equation = define(c.goal, c.rhs, _knowledge(c.index, s, r), s.span, to_latex(s.tree))
    except (Refusal, ShapeMismatch) as no:
        c.refusal = no
    except Exception as bug:
        c.refusal = _bug(bug, s.span)
    c.busy, c.tried = False, True
    return c.equation


def _refuse_probability(c: Candidate, s: Statement) -> None:
    """Densities and joints are read but not compiled yet; say which."""
    for node in t.walk(s.tree):
        if isinstance(node, t.Scripted) and isinstance(node.sub, t.Separated) and ":" in node.sub.separators:
            raise Refusal("E195", "a joint density over a range of steps is not there yet", node.span,
                          unsupported=True)
        if isinstance(node, t.Juxt):
            for head, follower in zip(node.items, node.items[1:], strict=False):
                if isinstance(head, t.Name) and head.style in ("cal", "scr") and isinstance(follower, t.Group):
                    if isinstance(follower.body, t.Separated) and ";" in follower.body.separators:
                        raise Refusal("E194", "a named density is not there yet", head.span, unsupported=True)
    if c.goal.conditional:
        raise Refusal("E196", "a conditional density is not there yet", s.span, unsupported=True)


def _knowledge(i: int, s: Statement, r: Reader) -> Knowledge:
    """What a statement may refer to."""
    declared = {d.name: d for d in r.given}
    for heading, d in r.declared:
        if heading == -1 or heading == s.region.heading or _is_ancestor(heading, s.region.heading, r):
            if d.name not in declared or declared[d.name].element:
                declared[d.name] = d
    for d in r.given:
        declared[d.name] = d

    for heading, no in r.broken:
        if heading == -1 or heading == s.region.heading or _is_ancestor(heading, s.region.heading, r):
            raise no

    def circular(name: str, function: bool) -> None:
        under_way = [c for c in r.candidates.values() if c.goal.name == name and c.busy
                     and c.goal.is_function == function and (function or _in_scope(c.index, i, r))]
        if under_way:
            raise Refusal("E136", f"{name} is defined by itself", s.span,
                          "give one of the definitions another name, or write a step: x_{t+1} = … x_t")

    def functions(name: str) -> Equation | None:
        if name in r.unlinked:
            return None
        for c in _defining(name, i, r):
            if c.goal.is_function and (e := _equation(c, r)) is not None:
                return e
            if isinstance(c.refusal, Refusal) and c.refusal.code == "E136":
                raise c.refusal
        if name in r.library:
            return r.library[name]
        circular(name, True)
        return None

    def symbols(name: str) -> Equation | None:
        if name in r.unlinked or name in declared:
            return None
        for c in _defining(name, i, r):
            if c.goal.is_function or not _in_scope(c.index, i, r):
                continue
            if (e := _equation(c, r)) is not None:
                return e
            if isinstance(c.refusal, Refusal) and c.refusal.code == "E136":
                raise c.refusal
        circular(name, False)
        return None

    def defined(name: str) -> bool:
        return any(c.goal.is_function for c in _defining(name, i, r))

    return Knowledge(declared, functions, symbols, defined)


def _defining(name: str, i: int, r: Reader) -> list[Candidate]:
    """Other definitions of a name, the nearest one above first."""
    found = [c for c in r.candidates.values() if c.goal.name == name and c.index != i and not c.busy]
    return sorted(found, key=lambda c: (c.index > i, abs(c.index - i)))


def _in_scope(definition: int, use: int, r: Reader) -> bool:
    """Same heading, or above under a sibling heading.

    Without any heading, what stands below links only from the same display or from
    an inline formula: unrelated formulas may be listed one after the other.
    """
    later, earlier = r.document.statements[definition].region, r.document.statements[use].region
    a, b = later.heading, earlier.heading
    if definition > use and (a != b or (a < 0 and later.kind == "display" and later.block != earlier.block)):
        return False
    return a == b or (_parent(a, r) == _parent(b, r) and _level(a, r) == _level(b, r) and _level(a, r) > 1)


def _level(heading: int, r: Reader) -> int:
    return r.document.headings[heading].level if heading >= 0 else 0


def _parent(heading: int, r: Reader) -> int:
    level = _level(heading, r)
    for k in range(heading - 1, -1, -1):
        if r.document.headings[k].level < level:
            return k
    return -1


def _is_ancestor(a: int, b: int, r: Reader) -> bool:
    while b >= 0:
        b = _parent(b, r)
        if a == b:
            return True
    return False


def _read_system(i: int, r: Reader) -> Reading:
    """Elaborate a whole system once; each of its statements shares the result."""
    step, members = r.systems[i]
    statements = [r.document.statements[j] for j in members]
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
    latex = " \\\\ ".join(to_latex(s.tree) for s in statements)
    try:
        meaning = recurrence(name, step, tuple(equations), _knowledge(i, first, r), span, latex)
    except Exception as wrong:
        no = wrong if isinstance(wrong, Refusal | ShapeMismatch) else _bug(wrong, span)
        for j, s in zip(members, statements, strict=True):
            r.readings[j] = _refused(s, "recurrence", name, no)
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
    from .read import read_source

    wrapped = text if "$" in text else f"${text}$"
    document = read_source(Source("where", wrapped))
    out: list[Declared] = []
    for s in document.statements:
        found = declare.from_tree(s.tree)
        if found is None:
            raise Refusal("E163", "this declaration is not understood", s.span,
                          "write e.g. x, y \\in \\mathbb{R}^d")
        out.extend(found)
    if document.diagnostics:
        d = document.diagnostics[0]
        raise Refusal(d.code, d.message, d.span, d.help)
    return tuple(out)
