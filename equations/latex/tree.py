"""Surface trees: what a formula looks like, before anyone asks what it means.

Adjacency, bars and subscripts stay undecided here: ``f(x)`` is a ``Juxt`` of a
name and a group, ``x_i`` a ``Scripted``.  Meaning is given in ``elaborate``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from operator import is_
from typing import Any

from ..span import Span


def _that_hold(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of node in which children may be; asked of every node, hence cached."""
    return tuple(f.name for f in fields(kind) if f.type not in ("Span", "str", "int", "bool", "tuple[str, ...]"))


_holders: Callable[[type], tuple[str, ...]] = functools.cache(_that_hold)


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a formula; ``span`` is where it stands in the document."""

    span: Span = field(compare=False)

    def children(self) -> tuple[Node, ...]:
        found: list[Node] = []
        for name in _holders(type(self)):
            value = getattr(self, name)
            if isinstance(value, Node):
                found.append(value)
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        found.append(item)
                    elif isinstance(item, tuple):
                        found.extend([x for x in item if isinstance(x, Node)])
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A decimal literal as written, without grouping marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A symbol: ``base`` is its ASCII word (``x``, ``alpha``, ``KL``, ``softmax``).

    ``accents`` are ``hat bar tilde dot ddot vec star check breve`` from the inside
    out; ``style`` is ``""``, ``bold``, ``cal``, ``bb``, ``rm`` (upright or text),
    ``sf``, ``tt``, ``frak`` or ``scr``; ``label`` is an upright word above a symbol
    that is part of its name.
    """

    base: str
    accents: tuple[str, ...] = ()
    style: str = ""


@dataclass(frozen=True, slots=True)
class Scripted(Node):
    """A base with a subscript, a superscript and a number of primes.

    Superscripts ``T``, ``\\top``, ``*``, ``\\dagger``, ``-1`` are kept as written
    (``Name("T")``, ``Name("top")``, ``Name("star")``, ``Name("dagger")``, …).
    """

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Juxt(Node):
    """Neighbours without an operator: product, application, or letters of a word."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group(Node):
    """A bracketed part: ``open``/``close`` are ``( ) [ ] { } ⟨ ⟩ ⌊ ⌋ ⌈ ⌉`` or ``.``."""

    open: str
    close: str
    body: Node


@dataclass(frozen=True, slots=True)
class Separated(Node):
    """A list: ``separators`` stand between items: ``, ; : | ‖``."""

    items: tuple[Node, ...]
    separators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bars(Node):
    """A part between bars: ``|`` or ``‖``."""

    kind: str
    body: Node


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Signed terms in order; a leading minus is a first sign of ``-``; ``±``, ``∓`` too."""

    signs: tuple[str, ...]
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """A written operator: ``cdot times / div odot otimes ast oplus circ setminus cup cap mod``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Frac(Node):
    """A fraction; ``numerator``/``denominator`` as written."""

    numerator: Node
    denominator: Node


@dataclass(frozen=True, slots=True)
class Binomial(Node):
    """``\\binom{n}{k}``."""

    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Root(Node):
    """A root; ``degree`` is ``None`` for a square root."""

    body: Node
    degree: Node | None = None


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """A function operator (``\\log``, ``\\sin``, ``\\operatorname{tr}`` …) and its argument.

    ``bracketed`` tells ``\\log(x)`` from ``\\log x``; ``sub``/``sup`` are the
    operator's own scripts (``\\log_2``, ``\\sin^2``).
    """

    head: str
    argument: Node
    sub: Node | None = None
    sup: Node | None = None
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Big(Node):
    """A big operator over the rest of its term.

    ``op``: ``sum prod int iint oint max min sup inf argmax argmin lim expect``;
    ``expect`` is 𝔼 (also ``\\operatorname{E}[…]``), its body the bracket's content.
    ``differentials`` are what follows ``d`` under an integral, in order.
    """

    op: str
    body: Node
    sub: Node | None = None
    sup: Node | None = None
    differentials: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Nabla(Node):
    """``\\nabla_{sub}^{sup}`` of the factor that follows."""

    body: Node
    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True, slots=True)
class Postfix(Node):
    """``n!`` and ``5\\%``: ``op`` is ``!`` or ``%``."""

    op: str
    body: Node


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A chain ``sides[0] ops[0] sides[1] …``.

    ops: ``= := =: < > <= >= != ~ in notin approx equiv iff implies to gets propto
    subset subseteq ll gg mapsto``.
    """

    sides: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """Branches ``(value, condition)``; the condition of an "otherwise" row is ``None``."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    """An array of cells; ``kind`` is the environment's name (``pmatrix`` …)."""

    kind: str
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Words inside a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Dots(Node):
    """An ellipsis."""


@dataclass(frozen=True, slots=True)
class Labelled(Node):
    """``\\underbrace{body}_{label}``, ``\\overset{label}{body}`` and the like."""

    body: Node
    label: Node | None


def walk(root: Node) -> Iterator[Node]:
    """Every node of a tree, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children()))


def over_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """A node with each of its children changed; itself where none of them is."""

    def changed(value: object) -> object:
        if isinstance(value, Node):
            return change(value)
        if isinstance(value, tuple):
            new = tuple(changed(x) for x in value)
            return value if all(map(is_, value, new)) else new
        return value

    changes = {name: new for name in _holders(type(node)) if (new := changed(old := getattr(node, name))) is not old}
    return replace(node, **changes) if changes else node  # type: ignore[arg-type]


def mapped(root: Node, rule: Callable[[Node], Node]) -> Node:
    """A tree with a rule applied to every node, inner ones first."""
    return rule(over_children(root, lambda child: mapped(child, rule)))


def dump(node: Node) -> str:
    """A tree on one line, for tests and for reading: ``(Frac a (Scripted x _i ^2))``."""
    match node:
        case Number(_, text):
            return text
        case Name(_, base, accents, style):
            return base + "".join(f".{a}" for a in accents) + (f":{style}" if style else "")
        case Text(_, text):
            return repr(text)
        case Scripted(_, base, sub, sup, primes):
            return f"({dump(base)}{_marks(sub, sup)}{chr(39) * primes})"
        case Group(_, opening, closing, body):
            return f"{opening}{dump(body)}{closing}"
        case Bars(_, kind, body):
            return f"{kind}{dump(body)}{kind}"
        case Separated(_, items, separators):
            parts = [f"{s} {dump(x)}" for s, x in zip(separators, items[1:], strict=True)]
            return f"<{dump(items[0])}{''.join(parts)}>"
        case Sum(_, signs, terms):
            return "(" + " ".join(f"{s}{dump(x)}" for s, x in zip(signs, terms, strict=True)) + ")"
        case Relation(_, sides, ops):
            parts = [f" {o} {dump(x)}" for o, x in zip(ops, sides[1:], strict=True)]
            return f"[{dump(sides[0])}{''.join(parts)}]"
        case Binary(_, op, left, right):
            return f"({dump(left)} {op} {dump(right)})"
        case Apply(_, head, argument, sub, sup, bracketed):
            inner = f"({dump(argument)})" if bracketed else f" {dump(argument)}"
            return f"({head}{_marks(sub, sup)}{inner})"
        case Big(_, op, body, sub, sup, differentials):
            ends = "".join(f" d{dump(x)}" for x in differentials)
            return f"({op}{_marks(sub, sup)} {dump(body)}{ends})"
        case Nabla(_, body, sub, sup):
            return f"(nabla{_marks(sub, sup)} {dump(body)})"
        case Cases(_, branches):
            rows = [f"{dump(v)} if {dump(c) if c else 'otherwise'}" for v, c in branches]
            return "(Cases " + "; ".join(rows) + ")"
        case Matrix(_, kind, cells):
            return f"({kind} " + "; ".join(" ".join(map(dump, row)) for row in cells) + ")"
        case Postfix(_, op, body):
            return f"({dump(body)}{op})"
        case Juxt(_, items):
            return "(" + " ".join(map(dump, items)) + ")"
        case Dots():
            return "…"
        case _:
            return f"({type(node).__name__} {' '.join(map(dump, node.children()))})"


def _marks(sub: Node | None, sup: Node | None) -> str:
    return (f"_{dump(sub)}" if sub else "") + (f"^{dump(sup)}" if sup else "")
