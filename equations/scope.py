"""Scopes: which declarations and definitions a statement may refer to."""

from __future__ import annotations

from collections.abc import Callable

from .attached import combined
from .called import called
from .context import Declared, Knowledge, Refusal
from .document import Statement
from .equation import Equation
from .evidence import symbols_in
from .latex import tree as t
from .latex.printer import to_latex
from .names import letter, safe, take_apart
from .nearby import shown
from .noise import noise_of
from .reach import introduced, is_square, one_sentence, other_axes, tabled
from .reading import Candidate, Reader

Meaning = Callable[[Candidate, Reader], Equation | None]


def is_atom(node: t.Node) -> bool:
    return take_apart(node) is not None or isinstance(node, t.Number)


def is_bare_relation(lhs: t.Node, rhs: t.Node) -> bool:
    r"""Whether a sentence only sets one symbol against another; ``\rho_h = \phi^h`` and ``y = x^{1/2}`` compute one."""
    left, right = take_apart(lhs), take_apart(rhs)
    if left is None or right is None or left.sup is not None or left.whole == right.whole:
        return is_atom(lhs) and is_atom(rhs)
    if isinstance(right.sup, t.Frac | t.Binary | t.Sum):
        return False
    power = letter(right.sup) if right.sup is not None else None
    return power is None or power not in {letter(x) for x in left.subs}


def same_run(a: int, b: int, r: Reader) -> bool:
    """Whether two display blocks follow each other under one heading without prose between."""
    return abs(a - b) <= 1


def knowledge(i: int, s: Statement, r: Reader, meaning: Meaning) -> Knowledge:
    """What a statement may refer to."""
    declared = {d.name: d for d in r.given}
    for heading, d in r.declared:
        if heading == -1 or heading == s.region.heading or is_ancestor(heading, s.region.heading, r):
            if d.name not in declared or declared[d.name].element:
                declared[d.name] = d
    for condition in r.attached.get(i, ()):
        combined(declared, condition.declared)
    for d in r.given:
        declared[d.name] = d

    for heading, no in r.broken:
        if heading == -1 or heading == s.region.heading or is_ancestor(heading, s.region.heading, r):
            raise no

    def circular(name: str, function: bool) -> None:
        under_way = [c for c in r.candidates.values() if c.goal.name == name and c.busy
                     and c.goal.is_function == function
                     and (function or (in_scope(c.index, i, r) and not model_of(c, i, r)))]
        if under_way:
            raise Refusal("E136", f"{name} is defined by itself", s.span,
                          "give one of the definitions another name, or write a step: x_{t+1} = … x_t")

    def applied(name: str) -> list[Candidate]:
        found = defining(name, i, r)
        d = declared.get(name)
        if d is None or d.function or d.element or not d.axes:
            return found
        # An array of this section is no function of another one.
        return [c for c in found if r.statements[c.index].region.heading == s.region.heading]

    def functions(name: str, given: tuple[t.Node, ...] = (), barred: bool = False) -> Equation | None:
        if name in r.unlinked:
            return None
        later: Equation | None = None
        for c in overloads([c for c in applied(name) if c.goal.is_function], given, barred):
            if (e := meaning(c, r)) is not None:
                if not e.computed:
                    return e
                later = later or e  # of a name with several definitions, a formula is preferred to an integral
            if isinstance(c.refusal, Refusal) and c.refusal.code == "E136":
                raise c.refusal
        if later is not None:
            return later
        if name in r.library:
            return r.library[name]
        circular(name, True)
        return None

    new = introduced(i, r)
    goal = r.candidates[i].goal if i in r.candidates else None
    if "e" in new and "e" not in declared:
        declared["e"] = Declared("e", element=True)

    def inverse(e: Equation) -> bool:
        """Whether a definition is made of what this one gives: x of an angle, beside the angle of x."""
        return goal is not None and not goal.is_function and any(p.name == goal.name for p in e.parameters)

    def symbols(name: str) -> Equation | None:
        if name in r.unlinked or name in declared or name in new:
            return None
        found = nearest([c for c in defining(name, i, r) if not c.goal.is_function], i, r)
        if found and (model_of(found[0], i, r) or other_axes(found[0], i, r)):
            return None
        for c in found:
            if (e := meaning(c, r)) is not None:
                return None if inverse(e) else e
            if isinstance(c.refusal, Refusal) and c.refusal.code == "E136":
                raise c.refusal
        circular(name, False)
        return None

    def square(name: str) -> Equation | None:
        power = f"{name}_squared"
        if name in new or nearest([c for c in defining(name, i, r) if not c.goal.is_function], i, r):
            return None
        found = nearest(defining(power, i, r), i, r)
        return symbols(power) if found and is_square(found[0].rhs) else None

    def defined(name: str, given: tuple[t.Node, ...] = (), barred: bool = False) -> bool:
        return bool(overloads([c for c in applied(name) if c.goal.is_function], given, barred))

    def given(name: str) -> str:
        found = nearest([c for c in defining(name, i, r) if not c.goal.is_function], i, r)
        if name in r.unlinked or not found:
            return ""
        if name in new:
            return f"{name} is an input, as the words beside the formula introduce it; " \
                   f"{place_of(found[0].index, s, r)} defines another one"
        if (e := found[0].equation) is not None and inverse(e):
            assert goal is not None
            return f"{name} is an input: its formula in {place_of(found[0].index, s, r)} is made of {goal.name}"
        if axes := other_axes(found[0], i, r):
            return f"{name} is an input: in {place_of(found[0].index, s, r)} it runs over {axes}"
        noise = model_of(found[0], i, r)
        if not noise and all(c.tried and c.equation is None for c in found):
            return f"{name} is an input: its formula in {place_of(found[0].index, s, r)} is refused"
        if not noise:
            return ""
        return f"{name} is given: {place_of(found[0].index, s, r)} is a model of it with the noise {noise}, not linked"

    def place(equation: Equation) -> str:
        index = next((c.index for c in r.candidates.values() if c.equation is equation), None)
        if index is None:
            return ""
        others = [place_of(c.index, s, r) for c in again(index, i, r)]
        return place_of(index, s, r) + (f", and not the other one in {' or '.join(others)}" if others else "")

    def own(equation: Equation) -> bool:
        there = (r.statements[c.index].region for c in r.candidates.values() if c.equation is equation)
        return any(region.heading == s.region.heading for region in there)

    above = frozenset(h for h in range(-1, len(r.document.headings))
                      if h in (-1, s.region.heading) or is_ancestor(h, s.region.heading, r))
    return Knowledge(
        declared, functions, symbols, square, defined, place, given, lambda x: shown(x, s.region.heading, r), own,
        lambda x: called(x, above, r),
    )


def again(index: int, use: int, r: Reader) -> list[Candidate]:
    """Other definitions of the same name, of the same form, that a statement might mean as well."""
    one = r.candidates[index]
    found = [c for c in defining(one.goal.name, use, r) if c.index != index and not _alike(c.rhs, one.rhs)]
    alike = [c for c in found if c.goal.is_function == one.goal.is_function and c.goal.arguments == one.goal.arguments]
    return alike if one.goal.is_function else nearest(alike, use, r)


def _alike(a: t.Node, b: t.Node) -> bool:
    return to_latex(a) == to_latex(b)


def overloads(found: list[Candidate], given: tuple[t.Node, ...], barred: bool) -> list[Candidate]:
    """Functions of one name that take arguments of this form; densities are told by their letters as well.

    Where a letter stands for a conditional density, ``p(x, z)`` is another law than ``p(x | z)``.
    """
    alike = [c for c in found if c.goal.has_form(given, barred)]
    laws = any(c.goal.conditional for c in found)
    fit = [c for c in alike if c.goal.fits(given)] if laws else []
    return fit or alike or ([] if laws and given else found)


def place_of(index: int, here: Statement, r: Reader) -> str:
    """Where a statement stands: its line, and its heading where that is another one."""
    there = r.statements[index]
    words = r.document.source.spot(there.span.start)
    if there.region.heading in (-1, here.region.heading):
        return words
    return f"{words} ({r.document.headings[there.region.heading].title})"


def model_of(c: Candidate, i: int, r: Reader) -> str:
    """The noise of a definition that is a model of data, as a statement in its scope sees it.

    Where a statement averages over the noise, it means the formula with the noise and no data.
    """
    heading = r.statements[c.index].region.heading
    own = {heading, r.statements[i].region.heading}
    headings = {d.heading for d in r.drawn}
    reaches = [h for h in headings if h in own or is_ancestor(h, heading, r) or siblings(h, heading, r)]
    noise = noise_of(c, r, tuple(reaches))
    return "" if noise and averages(r.statements[i].tree, noise) else noise


def averages(tree: t.Node, noise: str) -> bool:
    """Whether an expectation of a formula is over a symbol."""
    return any(
        sym.sup is None and safe(sym.base) == noise
        for node in t.walk(tree) if isinstance(node, t.Big) and node.op == "expect" and node.sub is not None
        for part in (node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,))
        for sym in symbols_in(part.sides[0] if isinstance(part, t.Relation) else part)
    )


def defining(name: str, i: int, r: Reader) -> list[Candidate]:
    """Other definitions of a name, the nearest one above first."""
    found = [c for c in r.candidates.values() if c.goal.name == name and c.index != i and not c.busy]
    return sorted(found, key=lambda c: (c.index > i, abs(c.index - i)))


def nearest(found: list[Candidate], i: int, r: Reader) -> list[Candidate]:
    """Those in scope: of the same display first, then of the same heading, then of a sibling.

    What several siblings define, each for itself, means nothing under another heading.
    """
    here = r.statements[i].region
    scoped = [c for c in found if in_scope(c.index, i, r)]
    own = [c for c in scoped if r.statements[c.index].region.heading == here.heading]
    if own:
        return sorted(own, key=lambda c: r.statements[c.index].region.block != here.block)
    headings = {r.statements[c.index].region.heading for c in found}
    return scoped if sum(siblings(h, here.heading, r) for h in headings) < 2 else []


def siblings(a: int, b: int, r: Reader) -> bool:
    """Whether two headings stand side by side under a common one."""
    return parent(a, r) == parent(b, r) and level(a, r) == level(b, r) > 1


def in_scope(definition: int, use: int, r: Reader) -> bool:
    """Same heading, or above under a sibling heading.

    Without any heading, what stands below links only from the same display or from
    an inline formula: unrelated formulas may be listed one after the other.
    """
    later, earlier = r.statements[definition].region, r.statements[use].region
    a, b = later.heading, earlier.heading
    if definition > use and (a != b or (a < 0 and later.kind == "display" and later.block != earlier.block)):
        return False
    if (definition > use and not one_sentence(use, definition, r)) or tabled(definition, use, r):
        return False
    return a == b or siblings(a, b, r)


def level(heading: int, r: Reader) -> int:
    return r.document.headings[heading].level if heading >= 0 else 0


def parent(heading: int, r: Reader) -> int:
    own = level(heading, r)
    for k in range(heading - 1, -1, -1):
        if r.document.headings[k].level < own:
            return k
    return -1


def is_ancestor(a: int, b: int, r: Reader) -> bool:
    while b >= 0:
        b = parent(b, r)
        if a == b:
            return True
    return False
