"""Loop nests: what ``lower`` makes and ``emit`` prints.

    proc ::= Proc(name, params, extents, outputs, stmt*)
    stmt ::= For(index, lo, hi, stmt*) | If(e, stmt*, stmt*)
           | Assign(target, e) | Fold(target, monoid, e)
           | Alloc(name, shape) | Invoke(function, view*, failure) | Return(status)
    target ::= Var(name) | Element(name, position*)

Expressions are those of ``expr.py`` without ``Reduce``.  A ``Proc`` writes its
outputs in place and returns a status: 0, or what an ``Invoke`` reported.
"""

from __future__ import annotations

from dataclasses import dataclass

from .expr import Element, Expr, Param, Var


@dataclass(frozen=True, slots=True)
class Stmt:
    """A statement."""


@dataclass(frozen=True, slots=True)
class For(Stmt):
    """``body`` for ``index`` = lo..hi inclusive, mathematical values."""

    index: str
    lo: Expr
    hi: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class If(Stmt):
    """One of two branches."""

    cond: Expr
    then: tuple[Stmt, ...]
    other: tuple[Stmt, ...] = ()


@dataclass(frozen=True, slots=True)
class Assign(Stmt):
    """Store a value in a local or an array element."""

    target: Var | Element
    value: Expr


@dataclass(frozen=True, slots=True)
class Fold(Stmt):
    """Join a value into an accumulator by a monoid's step."""

    target: Var | Element
    monoid: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Alloc(Stmt):
    """A scratch array, at the top of the Proc; float64, or int64 for permutations."""

    name: str
    shape: tuple[Expr, ...]
    integer: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A whole (trailing) block of an array: ``array[lead..., ...]``."""

    array: str
    lead: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoke(Stmt):
    """Call a linear-algebra routine; a non-zero status returns ``failure``, or is told as ``warning``.

    ``result`` takes the value of a routine that gives a number instead of a status.
    """

    function: str
    views: tuple[View, ...]
    failure: int = 0
    result: Var | Element | None = None
    warning: int = 0


@dataclass(frozen=True, slots=True)
class Return(Stmt):
    """Leave with a status."""

    status: int


@dataclass(frozen=True, slots=True)
class OutputArray:
    """An output with the extents of its axes (empty for a 0-d result)."""

    name: str
    shape: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Proc:
    """One compiled procedure; ``pairs`` as in `expr.Program`, and ``numbers`` the names of what is one number,
    for each slice along a leading axis."""

    name: str
    params: tuple[Param, ...]
    extents: tuple[str, ...]
    outputs: tuple[OutputArray, ...]
    body: tuple[Stmt, ...]
    pairs: str = ""
    numbers: frozenset[str] = frozenset()
