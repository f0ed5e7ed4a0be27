"""Typed values of the elaboration: arrays as functions from indices to scalars.

Axes are unification variables: ``x - y`` makes the axes of ``x`` and ``y`` one.
Bodies are produced only after all axes are settled, so ``at`` is called late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .axis import Axis
from .span import Span


class ShapeMismatch(Exception):
    """Two values do not fit; says why, and where."""

    def __init__(self, message: str, span: Span, help: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.help = message, span, help
        self.notes: tuple[str, ...] = ()


#: How strongly a name holds: written extents beat index letters beat made-up names.
FRESH, LETTER, NAMED = 0, 1, 2


class AxisVar:
    """An axis whose identity is still open."""

    __slots__ = ("_lo", "_name", "_parent", "_rank", "attached", "written")

    def __init__(self, name: str = "", rank: int = FRESH, lo: int | None = None) -> None:
        self._parent: AxisVar | None = None
        self._name, self._rank, self._lo = name, rank, lo
        self.attached = False
        self.written = rank == NAMED

    def find(self) -> AxisVar:
        v = self
        while v._parent is not None:
            v = v._parent
        return v

    @property
    def name(self) -> str:
        return self.find()._name

    @property
    def rank(self) -> int:
        return self.find()._rank

    def rename(self, name: str, rank: int) -> None:
        root = self.find()
        if rank > root._rank or not root._name:
            root._name, root._rank = name, rank

    def start(self, lo: int) -> bool:
        """Fix the index of the first element; False when it was fixed otherwise."""
        root = self.find()
        if root._lo is None:
            root._lo = lo
        return root._lo == lo

    @property
    def lo(self) -> int:
        lo = self.find()._lo
        return 1 if lo is None else lo

    def attach(self) -> None:
        self.find().attached = True

    def axis(self) -> Axis:
        return Axis(self.name, self.lo, self.find().written)

    @property
    def size(self) -> int | None:
        """The number of elements, where the text fixes it."""
        return int(self.name) if self.name.isdigit() else None

    def extent(self) -> Expr:
        # Bodies are made for good only after every axis has its name.
        return heads.extent(self.name or "_")

    def bounds(self) -> tuple[Expr, Expr]:
        """Inclusive mathematical bounds of an index over this axis."""
        lo = self.lo
        hi = self.extent() if lo == 1 else al.add(self.extent(), Integer(lo - 1))
        return Integer(lo), hi


def unify(a: AxisVar, b: AxisVar, span: Span) -> None:
    """Make two axes one; two different written extents do not fit."""
    a, b = a.find(), b.find()
    if a is b:
        return
    if a._rank == b._rank == NAMED and a._name != b._name:
        raise ShapeMismatch(f"an axis of length {a._name} meets one of length {b._name}", span)
    if a._lo is not None and b._lo is not None and a._lo != b._lo:
        raise ShapeMismatch(f"an axis that starts at {a._lo} meets one that starts at {b._lo}", span)
    if b._rank > a._rank:
        a, b = b, a
    b._parent = a
    a._lo = a._lo if a._lo is not None else b._lo
    a.attached = a.attached or b.attached
    a.written = a.written or b.written


@dataclass(frozen=True, slots=True)
class Value:
    """An array expression: axes, and its element at mathematical positions.

    ``row`` marks a transposed vector; a ``loose`` one is a row cut out of a matrix, which
    people also write as a column where the row has no meaning.  ``symbol`` is set when the value is one bare
    symbol (or an element of it, behind ``depth`` indices) with nothing known about its
    rank.  ``log`` is the logarithm of a density, where that is what the formula gives.
    """

    axes: tuple[AxisVar, ...]
    at: Callable[..., Expr]
    row: bool = False
    symbol: str = ""
    depth: int = 0
    loose: bool = False
    log: Callable[[], Expr] | None = None

    @property
    def rank(self) -> int:
        return len(self.axes)


def scalar(e: Expr) -> Value:
    return Value((), lambda: e)


def lazy(make: Callable[[], Expr]) -> Value:
    return Value((), make)


@dataclass(slots=True)
class Indices:
    """Makes index symbols that are unique within one equation."""

    used: dict[str, int]

    def new(self, hint: str) -> Symbol:
        n = self.used.get(hint, 0)
        name = hint if n == 0 else f"{hint}_{n}"
        while name in self.used:  # i_1 of a linked definition, beside the second i of this one
            n += 1
            name = f"{hint}_{n}"
        self.used[hint] = n + 1
        self.used.setdefault(name, 1)
        return heads.index(name)

    def stream(self) -> Iterator[str]:
        yield from ("a", "b", "c", "e")


def elementwise(f: Callable[..., Expr], values: tuple[Value, ...], span: Span) -> Value:
    """Apply ``f`` element by element; 0-d values are repeated."""
    shaped = [v for v in values if v.rank]
    if not shaped:
        return lazy(lambda: f(*(v.at() for v in values)))
    first = next((v for v in shaped if not v.loose), shaped[0])
    for v in shaped:
        if v.rank != first.rank:
            raise ShapeMismatch(
                f"{describe(first)} meets {describe(v)} element by element", span,
                "declare the shapes, e.g. $x \\in \\mathbb{R}^{n}$",
            )
        if v.row != first.row and not v.loose:
            raise ShapeMismatch("a row vector meets a column vector", span, "transpose one of the two")
        for a, b in zip(first.axes, v.axes, strict=True):
            unify(a, b, span)
    return Value(
        first.axes, lambda *i: f(*(v.at(*i) if v.rank else v.at() for v in values)), row=first.row, loose=first.loose
    )


def describe(v: Value) -> str:
    """The kind of a value in words."""
    if v.rank == 0:
        return "a number"
    if v.rank == 1:
        return "a row vector" if v.row else "a vector"
    return "a matrix" if v.rank == 2 else f"an array with {v.rank} axes"


#: Sums over axes of a fixed size up to this one are written out.
WRITTEN_OUT = 4


def reduce_sum(v: Callable[[Expr], Expr], axis: AxisVar, index: Symbol) -> Callable[[], Expr]:
    """``Σ`` of ``v`` over a whole axis, produced late."""

    def make() -> Expr:
        if axis.size is not None and axis.size <= WRITTEN_OUT and axis.lo == 1:
            return al.add(*(v(Integer(k)) for k in range(1, axis.size + 1)))
        return al.sum_over(v(index), index, *axis.bounds())

    return make


def matmul(a: Value, b: Value, indices: Indices, span: Span) -> Value:
    """The product of two arrays with matrix rules."""
    if a.rank == 0 or b.rank == 0:
        return replace(elementwise(al.mul, (a, b), span), row=a.row or b.row)
    a, b = turned(a, b)
    left = a.axes[-1] if (a.rank == 2 or a.row) else None
    right = b.axes[0] if (b.rank == 2 or not b.row) else None
    if a.rank == 1 and not a.row and b.rank == 1 and b.row:
        return Value((a.axes[0], b.axes[0]), lambda i, j: al.mul(a.at(i), b.at(j)))
    if left is None or right is None:
        raise ShapeMismatch(
            f"{describe(a)} times {describe(b)} has no meaning", span,
            "write \\odot for an element-wise product, or transpose one factor",
        )
    unify(left, right, span)
    k = indices.new("k")
    match a.rank, b.rank:
        case 2, 2:
            return Value(
                (a.axes[0], b.axes[1]),
                lambda i, j: reduce_sum(lambda s: al.mul(a.at(i, s), b.at(s, j)), left, k)(),
            )
        case 2, 1:
            return Value((a.axes[0],), lambda i: reduce_sum(lambda s: al.mul(a.at(i, s), b.at(s)), left, k)())
        case 1, 2:
            return Value(
                (b.axes[1],), lambda j: reduce_sum(lambda s: al.mul(a.at(s), b.at(s, j)), left, k)(), row=True
            )
        case _:
            return lazy(reduce_sum(lambda s: al.mul(a.at(s), b.at(s)), left, k))


def turned(a: Value, b: Value) -> tuple[Value, Value]:
    """Two factors, a loose row turned where the product has no meaning otherwise."""
    if a.rank == b.rank == 1 and a.row == b.row and (a.loose or b.loose):
        return replace(a, row=True), replace(b, row=False)
    if a.rank == 1 and b.rank == 2 and a.loose:
        return replace(a, row=True), b
    if a.rank == 2 and b.rank == 1 and b.loose:
        return a, replace(b, row=False)
    return a, b


def transpose(v: Value, span: Span) -> Value:
    match v.rank:
        case 0:
            return v
        case 1:
            return replace(v, row=not v.row, symbol="")
        case 2:
            return Value((v.axes[1], v.axes[0]), lambda i, j: v.at(j, i))
        case _:
            raise ShapeMismatch(f"{describe(v)} has no transpose", span)


def dot(a: Value, b: Value, indices: Indices, span: Span) -> Value:
    """``Σ_k a_k b_k`` of two vectors."""
    unify(a.axes[0], b.axes[0], span)
    k = indices.new("k")
    return lazy(reduce_sum(lambda s: al.mul(a.at(s), b.at(s)), a.axes[0], k))
