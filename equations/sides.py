r"""Statements that define in another way than ``f(x) = …``, written out as definitions.

``f : x \mapsto x^2``, ``f : \mathbb{R}^n \to \mathbb{R}, \; f(x) = …``, ``f(x) \equiv …``, ``… =: y``,
``y \leftarrow …``, and names of functions that are known with another number of arguments: ``\cos(a, b) = …``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from . import declare
from .attached import Attached
from .context import Declared, Refusal
from .document import Statement
from .evidence import symbols_in
from .functions import ELEMENTWISE
from .latex import tree as t
from .latex.printer import to_latex
from .names import flatten, safe, take_apart
from .reading import Reader, refused

#: Functions that are evaluated whatever the number of their arguments.
EVALUATED = frozenset(("max", "min", "det", "tr", "logdet", "diag"))


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as a definition: its tree, what was assumed, and what its sets declare."""

    tree: t.Node
    notes: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()


def straighten(r: Reader) -> None:
    """Write every statement that defines in other words as a definition."""
    own = own_functions(r.statements)
    text = r.document.source.text
    defined = {
        _name(s.tree.sides[0]) for s in r.statements if isinstance(s.tree, t.Relation) and s.tree.ops[0] in ("=", ":=")
    }
    out: list[Statement] = []
    for i, s in enumerate(r.statements):
        if own:
            s = replace(s, tree=named(s.tree, own, text))
        try:
            earlier = tuple(e for e in r.statements[:i] if e.region.heading == s.region.heading)
            found = definition(s, earlier, defined)
        except Refusal as no:
            r.readings[i] = refused(s, "definition", "", no)
            found = None
        if found is not None:
            s = replace(s, tree=found.tree)
            r.notes[i] = found.notes
            if found.declared:
                r.attached.setdefault(i, []).append(Attached(declared=found.declared))
        out.append(s)
    r.statements = tuple(out)


def definition(s: Statement, earlier: tuple[Statement, ...], defined: Collection[str]) -> Written | None:
    """A statement as a definition, where it is one in other words; raises ``Refusal``.

    ``earlier`` are the statements above under its heading, ``defined`` the names that an equals sign defines.
    """
    tree = s.tree
    if isinstance(tree, t.Separated) and tree.separators[0] == ":":
        return _mapped(tree)
    if not isinstance(tree, t.Relation) or len(tree.sides) != 2:
        return None
    left, right = tree.sides
    match tree.ops[0]:
        case "mapsto" if earlier and (before := earlier[-1]).region is s.region:
            # f: R → R and x ↦ …, a wide space between them.
            known = before.tree
            if isinstance(known, t.Separated) and known.separators == (":",) and _is_map(known.items[1], "to"):
                return _mapped(replace(known, items=(*known.items, tree), separators=(":", ",")))
        case "=:":
            return Written(replace(tree, sides=(right, left), ops=(":=",)))
        case "equiv" if (name := _name(left)) and name not in defined and not isinstance(right, t.Number):
            if not any(map(_modular, t.walk(right))):
                return Written(replace(tree, ops=(":=",)), (f"≡ is taken for the definition of {name}",))
        case "gets" if (name := _name(left)) and take_apart(right) is None:
            return _assigned(tree, name, earlier)
    return None


def _modular(node: t.Node) -> bool:
    """A part that makes ≡ a congruence."""
    word = node.text if isinstance(node, t.Text) else node.base if isinstance(node, t.Name) else ""
    return word.split()[:1] == ["mod"] or (isinstance(node, t.Binary) and node.op == "mod")


def _is_map(node: t.Node, op: str) -> bool:
    return isinstance(node, t.Relation) and node.ops == (op,)


def _name(side: t.Node) -> str:
    """The name that a side would define: a symbol, or a function of symbols."""
    if isinstance(side, t.Juxt) and len(side.items) == 2 and isinstance(side.items[1], t.Group):
        if all(take_apart(x) is not None for x in listed(side.items[1].body)):
            side = side.items[0]
    sym = take_apart(side)
    return sym.whole if sym is not None and sym.sup is None else ""


def listed(node: t.Node) -> tuple[t.Node, ...]:
    """The items of a list, or the one item."""
    return node.items if isinstance(node, t.Separated) else (node,)


def _mapped(tree: t.Separated) -> Written | None:
    r"""``f : A \to B, x \mapsto …`` with either part, and ``f : A \to B, f(x) = …``."""
    head, *rest = tree.items
    arrows = [x for x in rest if _is_map(x, "to")]
    last = rest[-1]
    if take_apart(head) is None or len(arrows) > 1 or not isinstance(last, t.Relation):
        return None
    if last.ops[0] in ("=", ":=") and len(arrows) == len(rest) - 1 == 1 and _name(last.sides[0]) == _name(head):
        left = last.sides[0]
        if isinstance(left, t.Juxt) and isinstance(left.items[1], t.Group):
            return Written(last, (), _of_sets(arrows[0], listed(left.items[1].body)))
        return None
    if last.ops != ("mapsto",):
        return None
    own = [x for x in rest[:-1] if x not in arrows]
    given = last.sides[0]
    arguments = (*own, *listed(given.body if isinstance(given, t.Group) else given))
    if not all(take_apart(x) is not None for x in arguments):
        return None
    span = arguments[0].span | arguments[-1].span
    body = arguments[0] if len(arguments) == 1 else t.Separated(span, arguments, (",",) * (len(arguments) - 1))
    left = t.Juxt(head.span | span, (head, t.Group(span, "(", ")", body)))
    sets = _of_sets(arrows[0], arguments) if arrows else ()
    return Written(t.Relation(tree.span, (left, last.sides[1]), (":=",)), (), sets)


def _of_sets(arrow: t.Node, arguments: tuple[t.Node, ...]) -> tuple[Declared, ...]:
    r"""The sets of the arguments of ``A \times B \to C``, one each."""
    assert isinstance(arrow, t.Relation)
    sets: list[t.Node] = [arrow.sides[0]]
    while isinstance(first := sets[0], t.Binary) and first.op == "times":
        sets[:1] = [first.left, first.right]
    if len(sets) != len(arguments):
        return ()
    out: list[Declared] = []
    for x, members in zip(arguments, sets, strict=True):
        try:
            axes, domain = declare.set_of(members)
        except Refusal:
            continue
        sym = take_apart(x)
        assert sym is not None
        out.append(Declared(sym.whole, axes, domain, text=flatten(members)))
    return tuple(out)


def _assigned(tree: t.Relation, name: str, earlier: tuple[Statement, ...]) -> Written:
    r"""``y \leftarrow a x + b`` defines ``y``, unless the value before it plays a part."""
    left, right = tree.sides
    own = take_apart(left)
    other = f"{to_latex(_marked(left)).strip()} = {to_latex(right)}"
    if own is not None and any(sym.base == own.base for sym in symbols_in(right)):
        step = ""
        if isinstance(left, t.Name):
            step = f"write a step, {to_latex(left).strip()}_{{t+1}} = {to_latex(_at_step(right, own.base))}, or "
        raise Refusal("E182", f"{name} is assigned a value that is made of its own", tree.span,
                      f"{step}give the new value a name of its own: {other}")
    above = [s.tree for s in earlier if isinstance(s.tree, t.Relation)]
    if any(sym.whole == name for x in above for sym in symbols_in(x)):
        raise Refusal("E182", f"{name} is assigned a value after a formula above reads or defines it", tree.span,
                      f"give the new value a name of its own: {other}")
    return Written(replace(tree, ops=(":=",)), (f"the arrow is taken for the definition of {name}",))


def _marked(side: t.Node) -> t.Node:
    """A symbol with one more prime."""
    return replace(side, primes=side.primes + 1) if isinstance(side, t.Scripted) else t.Scripted(side.span, side, None,
                                                                                              None, 1)


def _at_step(side: t.Node, base: str) -> t.Node:
    """A side with a symbol, wherever it stands, at step t."""
    step = t.Name(side.span, "t")

    def rule(node: t.Node) -> t.Node:
        sym = take_apart(node)
        if sym is None or sym.base != base or not isinstance(node, t.Name):
            return node
        return t.Scripted(node.span, node, step)

    return t.mapped(side, rule)


def own_functions(statements: tuple[Statement, ...]) -> frozenset[tuple[str, int]]:
    """Known names that a document defines for itself, with their numbers of arguments.

    ``\\cos(a, b)`` is no cosine; ``\\operatorname{Cov}(x, y) = …`` of what stands on the right is a definition.
    """
    out: set[tuple[str, int]] = set()
    for s in statements:
        if not isinstance(s.tree, t.Relation) or s.tree.ops[0] not in ("=", ":="):
            continue
        left, right = s.tree.sides[:2]
        if not isinstance(left, t.Apply) or not left.bracketed or left.sub is not None or left.sup is not None:
            continue
        arguments = [take_apart(x) for x in listed(left.argument)]
        evaluated = left.head in EVALUATED or (left.head in ELEMENTWISE and len(arguments) == 1)
        bases = {safe(sym.base) for sym in symbols_in(right)}
        random = any(isinstance(x, t.Big) and x.op == "expect" for x in t.walk(right))
        if evaluated or random or not all(x is not None and safe(x.base) in bases for x in arguments):
            continue
        out.add((left.head, len(arguments)))
    return frozenset(out)


def named(tree: t.Node, own: Collection[tuple[str, int]], text: str) -> t.Node:
    """A tree in which the functions of its document are names like any other; ``text`` spells them."""

    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Apply) or not node.bracketed or node.sub is not None or node.sup is not None:
            return node
        if (node.head, len(listed(node.argument))) not in own:
            return node
        words = re.findall(r"[A-Za-z]+", text[node.span.start : node.argument.span.start])
        word = words[-1] if words and words[-1].lower() == node.head.lower() else node.head
        span = node.argument.span
        return t.Juxt(node.span, (t.Name(node.span, word, (), "rm"), t.Group(span, "(", ")", node.argument)))

    return t.mapped(tree, rule)
