"""Typed expressions: the one language every pass reads and writes.

    e ::= Const(q) | Var(name) | Index(name) | Extent(axis)
        | Element(array, e*)                    read at 0-based affine positions
        | Call(primitive, e*) | Compare(op, e, e) | Select(e, e, e)
        | Reduce(monoid, range, e)
    range   ::= Range(name, lo, hi)             lo..hi inclusive, mathematical
    let     ::= Let(name, range*, e | ArrayOp(op, operand*))
    program ::= Program(name, param*, let*, output*)

An index carries its mathematical value (``Σ_{i=1}^{N} i`` adds 1..N); positions
of an ``Element`` count from 0, so a read ``x_i`` of an axis that starts at 1 is
``Element("x", (i - 1,))``.  A ``Let`` names a comprehension and never allocates.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

from ..equations.domain import Domain


def _that_hold(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of node in which children may be; asked of every node, hence cached."""
    return tuple(f.name for f in fields(kind) if f.type not in ("str", "int", "Fraction | float"))


_holders: Callable[[type], tuple[str, ...]] = functools.cache(_that_hold)


@dataclass(frozen=True, slots=True)
class Expr:
    """A node.  Children are the fields that hold expressions, in order."""

    def children(self) -> tuple[Expr, ...]:
        found: list[Expr] = []
        for name in _holders(type(self)):
            held = getattr(self, name)
            if isinstance(held, Expr):
                found.append(held)
            elif isinstance(held, tuple):
                found.extend([e for e in held if isinstance(e, Expr)])
            elif isinstance(held, Range):
                found += held.lo, held.hi
        return tuple(found)

    def rebuild(self, new: Callable[[Expr], Expr]) -> Expr:
        """This node over ``new`` children; the node itself when none changed."""
        changed: dict[str, object] = {}
        for name in _holders(type(self)):
            old = getattr(self, name)
            made: object
            if isinstance(old, Expr):
                made = new(old)
            elif isinstance(old, tuple):
                made = tuple([new(e) if isinstance(e, Expr) else e for e in old])
            elif isinstance(old, Range):
                made = Range(old.name, new(old.lo), new(old.hi))
            else:
                continue
            if made is not old and made != old:
                changed[name] = made
        return replace(self, **changed) if changed else self


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """An exact rational, or the floats inf, -inf and nan."""

    value: Fraction | float


@dataclass(frozen=True, slots=True)
class Var(Expr):
    """A 0-d parameter or a 0-d let."""

    name: str


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """The mathematical value of a bound index; an integer."""

    name: str


@dataclass(frozen=True, slots=True)
class Extent(Expr):
    """The number of elements along an axis; an integer."""

    axis: str


@dataclass(frozen=True, slots=True)
class Element(Expr):
    """One element of a parameter or let, at 0-based positions."""

    array: str
    at: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A row of ``primitives.py`` applied to arguments."""

    prim: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """A truth value: ``op`` is one of ``< <= == !=``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Select(Expr):
    """``then`` where ``cond`` holds, ``other`` elsewhere; both may be evaluated."""

    cond: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Range:
    """An index with inclusive mathematical bounds, affine in outer indices."""

    name: str
    lo: Expr
    hi: Expr


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """``body`` over ``range``, joined by a row of ``monoids.py``."""

    monoid: str
    range: Range
    body: Expr


@dataclass(frozen=True, slots=True)
class Operand:
    """A whole array handed to an ``ArrayOp``: ``array[lead..., :, :]``."""

    array: str
    lead: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class ArrayOp:
    """A whole-array operation, a row of ``primitives.ARRAY_OPS``.

    Its result fills the last axes of the let that it defines; the let's first
    axes (as many as the operands' ``lead``) only repeat it.
    """

    op: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Param:
    """A named input: a 0-d value or an array over named axes.

    ``integer`` marks a 0-d parameter that is used as an index or a bound.
    """

    name: str
    axes: tuple[str, ...]
    domain: Domain
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Let:
    """A named comprehension: ``name[ranges] = body``."""

    name: str
    ranges: tuple[Range, ...]
    body: Expr | ArrayOp


@dataclass(frozen=True, slots=True)
class Output:
    """One result of a program: ``name[ranges] = body``."""

    name: str
    ranges: tuple[Range, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Fired:
    """A rewrite rule that was applied: its name and its two sides."""

    rule: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Program:
    """The root: lets in dependency order, then outputs.

    ``pairs`` asks for arithmetic on pairs of floats where working precision loses too much: for ``all`` that
    is computed, or for the ``numbers``, which are computed once and not for each element of an array.
    ``fired`` is provenance, no part of what the program is: the rules that made it.
    """

    name: str
    params: tuple[Param, ...]
    lets: tuple[Let, ...]
    outputs: tuple[Output, ...]
    fired: tuple[Fired, ...] = field(default=(), compare=False, repr=False)
    pairs: str = ""


def transform(root: Expr, rule: Callable[[Expr], Expr | None]) -> Expr:
    """Rewrite bottom-up, each distinct node once; no pass writes its own recursion."""
    done: dict[int, Expr] = {}
    keep: list[Expr] = []  # ids stay valid while nodes are kept
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if not ready:
            stack.append((node, True))
            # Bounds of a Range are rebuilt nodes' children too.
            stack.extend((c, False) for c in node.children())
            keep.append(node)
            continue
        new = node.rebuild(lambda c: done[id(c)])
        made = rule(new)
        done[id(node)] = new if made is None else made
        keep.append(done[id(node)])
    return done[id(root)]


def walk(root: Expr) -> Iterator[Expr]:
    """Every node of an expression, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.children())


def map_program(p: Program, rule: Callable[[Expr], Expr | None]) -> Program:
    """``transform`` on every body of a program."""
    lets = tuple(
        let if isinstance(let.body, ArrayOp) else replace(let, body=transform(let.body, rule))
        for let in p.lets
    )
    outputs = tuple(replace(o, body=transform(o.body, rule)) for o in p.outputs)
    return replace(p, lets=lets, outputs=outputs)
