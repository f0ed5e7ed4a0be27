"""What a document declares and may define, before anything is given a meaning."""

from __future__ import annotations

from dataclasses import replace

from . import declare, evidence
from .attached import attached, main_of, range_of, row_above
from .claims import says_anew
from .context import Declared, Refusal
from .document import Statement
from .integrals import of_densities
from .latex import tree as t
from .latex.printer import to_latex
from .leftover import left_over, says_nothing
from .names import letter, safe, take_apart
from .reading import Candidate, Reader, Reading, bug, refused
from .recur import belongs, step_letter
from .scope import is_ancestor, is_atom, is_bare_relation, same_run
from .span import Span
from .squares import squared_target
from .target import Target, target


def collect(r: Reader) -> None:
    statements = r.statements
    for i, s in enumerate(statements):
        shown = evidence.ranks(s.tree, evidence.bound_letters(s.tree))
        r.arrays.setdefault(s.region.heading, {}).update(shown)
        r.beside.setdefault(s.region.block, set()).update(shown)
        _collect_declaration(i, s, r)
    for text, span in r.document.declarations:
        heading = max((k for k, h in enumerate(r.document.headings) if h.span.start < span.start), default=-1)
        heading = heading if heading > 0 else -1
        try:
            r.declared += [(heading, d) for d in declare.from_ascii(text)]
        except Refusal as no:
            no.span = Span(span.start + no.span.start, span.start + no.span.stop)
            r.broken.append((heading, no))
    r.lengths = lengths(statements)
    _collect_rows(r)
    _rows_in_text(r)
    for i, s in enumerate(statements):
        if i not in r.readings:
            try:
                _collect_definition(i, s, r)
            except Refusal as no:
                r.readings[i] = refused(s, "definition", "", no)
            except Exception as fault:
                r.readings[i] = refused(s, "definition", "", bug(fault, s.span))
    _collect_systems(r)


def _collect_attached(i: int, s: Statement, r: Reader) -> bool:
    """Whether a statement is a condition on the definition before it on its line; keeps what it says."""
    k = main_of(i, r.statements)
    if k is None:
        if (above := row_above(i, r.statements)) is not None and says_nothing(s):
            no = left_over(s)
            r.readings[above] = refused(r.statements[above], "definition", _left(r.statements[above]), no)
        return False
    try:
        found = attached(s, r.statements[k])
    except (Refusal, ValueError, ZeroDivisionError) as no:
        r.readings[i] = refused(s, "declaration", "", no if isinstance(no, Refusal) else bug(no, s.span))
        return True
    if found is None:
        if says_nothing(s):
            r.readings[k] = refused(r.statements[k], "definition", _left(r.statements[k]), left_over(s))
        elif s.lead and not isinstance(tree := s.tree, t.Relation | t.Text):
            said = f"it holds {s.lead} {to_latex(tree).strip()}, as stated; this is not checked"
            r.notes[k] = (*r.notes.get(k, ()), said)
        return False
    r.attached.setdefault(k, []).append(found)
    names = ", ".join(dict.fromkeys((*named(found.declared).split(", "), *found.ranges))).strip(", ")
    message = f"declares {names} for the formula before it" if names else found.note
    r.readings[i] = Reading(s, "declaration", names, message=message)
    if found.note:
        r.notes[k] = (*r.notes.get(k, ()), found.note)
    return True


def _left(s: Statement) -> str:
    sym = take_apart(s.tree.sides[0]) if isinstance(s.tree, t.Relation) else None
    return sym.whole if sym is not None else ""


def named(declared: tuple[Declared, ...]) -> str:
    """The names of declarations: those of arrays' elements where there are no others."""
    names = [d.name for d in declared if not d.element] or [d.name for d in declared]
    return ", ".join(dict.fromkeys(n for n in names if not any(o.startswith(f"{n}_") for o in names)))


def _collect_declaration(i: int, s: Statement, r: Reader) -> None:
    if _collect_attached(i, s, r):
        return
    tree = s.tree
    if isinstance(tree, t.Group) and isinstance(tree.body, t.Relation) and main_of(i, r.statements) is not None:
        tree = tree.body
    if isinstance(tree, t.Relation) and tree.ops == ("=",) and (found_range := range_of(tree)) is not None:
        letters = ", ".join(found_range[0])
        r.readings[i] = Reading(s, "declaration", letters, message=f"a range of {letters}")
        return
    function = isinstance(tree, t.Separated) and ":" in tree.separators
    if not (function or _bounds_symbols(s) or (isinstance(tree, t.Relation) and tree.ops == ("in",))):
        return
    try:
        found = declare.from_tree(tree)
    except (Refusal, ValueError, ZeroDivisionError) as no:
        no = no if isinstance(no, Refusal) else bug(no, s.span)
        r.readings[i] = refused(s, "declaration", "", no)
        return
    if found is None:
        return
    r.declared += [(s.region.heading, d) for d in found]
    names = named(found)
    r.readings[i] = Reading(s, "declaration", names, message=f"declares {names}")


def _collect_rows(r: Reader) -> None:
    """``x_i \\in \\mathbb{R}^d`` beside ``\\sum_{i=1}^n x_i``: each ``x_i`` is a row of ``x``."""
    for k, s in enumerate(r.statements):
        if not isinstance(s.tree, t.Relation) or s.tree.ops != ("in",):
            continue
        names = s.tree.sides[0]
        for item in names.items if isinstance(names, t.Separated) else (names,):
            sym = take_apart(item)
            i = letter(sym.subs[0]) if sym is not None and len(sym.subs) == 1 else None
            if sym is None or i is None:
                continue
            heading = s.region.heading
            own = [d for h, d in r.declared if h == heading and d.name == sym.whole and d.axes and not d.function]
            base = safe(sym.base)
            taken = any(d.name == base and not d.element for _, d in r.declared)
            if own and not taken and (end := _counted(sym.base, i, heading, r)):
                r.declared = [x for x in r.declared if x[0] != heading or x[1].name != base]
                r.declared.append((heading, replace(own[-1], name=base, axes=(end, *own[-1].axes))))
                said = r.readings[k].message
                r.readings[k] = replace(r.readings[k], message=f"{said}; {sym.whole} is row {i} of {base}")


def _rows_in_text(r: Reader) -> None:
    """``A_k in R^{d x d}`` in plain text likewise: rows of the array ``A``."""
    rows = tuple(row for d in r.given for row in _row_of(d, r))
    r.given = (*(d for d in r.given if d.name not in {row.name for row in rows}), *rows)
    more = [(h, row) for h, d in r.declared for row in _row_of(d, r, h)]
    replaced = {(h, row.name) for h, row in more}
    r.declared = [(h, d) for h, d in r.declared if (h, d.name) not in replaced] + more


def _row_of(d: Declared, r: Reader, heading: int | None = None) -> tuple[Declared, ...]:
    """The array whose rows a declaration of elements is about, where an operator counts them."""
    base, _, i = d.name.rpartition("_")
    known = (*r.given, *(own for h, own in r.declared if heading is None or h == heading))
    taken = any(x.name == base and not x.element for x in known)
    if taken or d.function or d.element or not (base and len(i) == 1 and i.isalpha() and d.axes):
        return ()
    headings = {s.region.heading for s in r.statements} if heading is None else {heading}
    ends = {_counted(base, i, h, r) for h in headings} - {""}
    return (replace(d, name=base, axes=(*ends, *d.axes)),) if len(ends) == 1 else ()


def _counted(base: str, i: str, heading: int, r: Reader) -> str:
    """How far an operator counts the index of an array under a heading; empty where none does.

    ``x_i`` declares the elements of ``x`` where the formulas call their index ``k``, too.
    """
    others: set[str] = set()
    for s in r.statements:
        for node in t.walk(s.tree) if s.region.heading == heading else ():
            bound = evidence.bound_letters(node) if isinstance(node, t.Big) else set()
            if not (bound and isinstance(node, t.Big)):
                continue
            inside = evidence.symbols_in(node.body)
            read = {x for sym in inside if safe(sym.base) == safe(base) for x in map(letter, sym.subs)} & {*bound}
            end = take_apart(node.sup) if node.sup is not None else None
            for x in read:
                top = end.whole if end is not None and end.sup is None else str(x).upper()
                if x == i:
                    return top
                others.add(top)
    return others.pop() if len(others) == 1 else ""


def _bounds_symbols(s: Statement) -> bool:
    """``$a, b > 0$`` in the prose: bare symbols against numbers."""
    tree = s.tree
    if s.region.kind != "inline" or not isinstance(tree, t.Relation):
        return False
    if any(op not in ("<", ">", "<=", ">=") for op in tree.ops):
        return False
    sides = [x for side in tree.sides for x in (side.items if isinstance(side, t.Separated) else (side,))]
    if any(sym is not None and sym.sup is not None for sym in map(take_apart, sides)):
        return False  # x^2 \ge 0 says something of x, and declares nothing
    return all(is_atom(x) or (isinstance(x, t.Sum) and is_atom(x.terms[0])) for x in sides) and any(
        take_apart(x) is not None for x in sides)


def _collect_definition(i: int, s: Statement, r: Reader) -> None:
    tree = s.tree
    if not isinstance(tree, t.Relation) or tree.ops[0] not in ("=", ":="):
        return
    lhs, rhs = tree.sides[0], written_side(tree)
    if s.region.kind == "inline" and is_bare_relation(lhs, rhs):
        return
    shown = declared_ranks(s, r) | r.arrays.get(s.region.heading, {})
    over = {x for condition in r.attached.get(i, ()) for x in condition.ranges}
    if over:
        shown = shown | evidence.ranks(tree, over)
    goal = target(lhs, rhs, shown, _vectors(s, r) | r.beside.get(s.region.block, set()), r.lengths)
    if goal is None and (square := squared_target(lhs, rhs, r)) is not None:
        goal, said = square
        r.notes[i] = (*r.notes.get(i, ()), said)
    if goal is None or _applies_itself(goal, rhs):
        return
    if step_letter(lhs, rhs) is not None or (r.judging and says_anew(goal, rhs, r)):
        return
    goal, note = of_densities(goal, rhs)
    r.notes[i] = (*r.notes.get(i, ()), *((note,) if note else ()))
    r.candidates[i] = Candidate(i, goal, rhs, len(tree.sides) > 2)


def written_side(tree: t.Relation) -> t.Node:
    """The first side of a chain that says more than a name: ``P = B(a, m) = …``."""
    for side, op in zip(tree.sides[1:-1], tree.ops[1:], strict=True):
        sym = take_apart(side)
        if op not in ("=", ":=") or not ((sym is not None and sym.sup is None) or _applied(side)):
            return side
    return tree.sides[-1] if set(tree.ops[1:]) <= {"=", ":="} else tree.sides[1]


def _applied(side: t.Node) -> bool:
    """``f(x, y)`` of symbols."""
    if not isinstance(side, t.Juxt) or len(side.items) != 2 or not isinstance(group := side.items[1], t.Group):
        return False
    given = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
    return take_apart(side.items[0]) is not None and all(take_apart(x) is not None for x in given)


def lengths(statements: tuple[Statement, ...]) -> frozenset[str]:
    """Letters that are only numbers of elements: they bound indices, and no left-hand side or sum runs over them."""
    ends: set[str] = set()
    running: set[str] = set()
    for s in statements:
        bound = evidence.upper_bounds(s.tree)
        left = s.tree.sides[0] if isinstance(s.tree, t.Relation) else None
        below = {x for sym in evidence.symbols_in(left) for sub in sym.subs for x in letters_of(sub)} if left else set()
        ends |= bound - below
        running |= evidence.bound_letters(s.tree)
    return frozenset(ends - running)


def letters_of(sub: t.Node) -> set[str]:
    """Lone letters of a subscript."""
    return {x for node in t.walk(sub) if isinstance(node, t.Name) and (x := letter(node)) is not None}


def declared_ranks(s: Statement, r: Reader) -> dict[str, int]:
    """The ranks of declared matrices in the scope of a statement: ``C_{ij} = A_{ij}`` runs over their axes."""
    near = [d for heading, d in r.declared if heading in (-1, s.region.heading)]
    return {d.name: len(d.axes) for d in (*near, *r.given) if len(d.axes) > 1 and not d.element and not d.function}


def _vectors(s: Statement, r: Reader) -> set[str]:
    """Declared vectors in the scope of a statement whose elements are not declared apart."""
    heading = s.region.heading
    scope = [d for h, d in r.declared if h in (-1, heading) or is_ancestor(h, heading, r)]
    return {d.name for d in (*scope, *r.given) if len(d.axes) == 1 and not (d.element or d.function)}


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


def _collect_systems(r: Reader) -> None:
    """Statements of one display (or of one heading) that share a step."""
    statements = r.statements
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
                other.region.heading == s.region.heading and same_run(block, other.region.block, r)))
        ) or (i,)
        for j in members:
            r.systems[j] = (step, members)
            r.candidates.pop(j, None)
