"""Programs on Python floats: the straightforward reading, to judge generated code by.

Every let is read lazily and remembered per position; only the branch of a
``Select`` that is taken is evaluated; reductions step in order of their index.

In float32 arithmetic rounds as emitted code does: results of operations on inputs are
float32, sums and products and what is made of them float64 until they are stored.  Without
``wide`` sums everything is float32 throughout, as in an evaluation that nobody thought about.
``exact`` sums are rounded once, so that terms that cancel leave nothing of the order they came in.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Operand,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from .monoids import MONOIDS
from .primitives import ARRAY_OPS, PRIMITIVES

Env = dict[str, int]
Thunk = Callable[[Env], Any]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def interpret(
    program: Program, inputs: Mapping[str, Any], dtype: str = "float64", wide: bool = True, exact: bool = False
) -> dict[str, Any]:
    """Every output of a program: a float, or an array over its ranges."""
    machine = _Machine(program, inputs, dtype == "float32", wide, exact)
    return {o.name: machine.comprehension(o.ranges, o.body) for o in program.outputs}


@dataclass
class _Machine:
    """Inputs, lets, and what has been computed so far."""

    program: Program
    inputs: Mapping[str, Any]
    single: bool = False
    wide: bool = True
    exact: bool = False
    arrays: dict[str, Any] = field(default_factory=dict)
    extents: dict[str, int] = field(default_factory=dict)
    lets: dict[str, Let] = field(default_factory=dict)
    known: dict[str, dict[tuple[int, ...], float]] = field(default_factory=dict)
    thunks: dict[int, Thunk] = field(default_factory=dict)
    narrow: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for p in self.program.params:
            a = np.asarray(self.inputs[p.name], dtype=np.float64)
            if a.ndim != len(p.axes):
                raise ValueError(f"{p.name} has {a.ndim} axes, expected {len(p.axes)}")
            for axis, n in zip(p.axes, a.shape, strict=True):
                if self.extents.setdefault(axis, n) != n:
                    raise ValueError(f"axis {axis} has extents {self.extents[axis]} and {n}")
            self.arrays[p.name] = a.tolist() if a.ndim else float(a)
        self.lets = {let.name: let for let in self.program.lets}
        self.narrow = {p.name: self.single and not p.integer for p in self.program.params}
        for let in self.program.lets:
            if isinstance(let.body, ArrayOp):
                self.narrow[let.name] = self.single and not self.wide
            else:
                self.narrow[let.name] = self.is_narrow(let.body)

    # -- lets --------------------------------------------------------------------

    def element(self, name: str, at: tuple[int, ...]) -> float:
        """One element of a parameter or let at 0-based positions."""
        if name in self.arrays:
            value = self.arrays[name]
            for i in at:
                if i < 0:
                    raise IndexError(f"{name} is read at {at}")
                value = value[i]
            return value  # type: ignore[no-any-return]
        memory = self.known.setdefault(name, {})
        if at not in memory:
            let = self.lets[name]
            env: Env = {}
            for r, i in zip(let.ranges, at, strict=True):
                env[r.name] = i + self.integer(r.lo, env)
            if isinstance(let.body, ArrayOp):
                self._array_op(let, let.body, env, at, memory)
            else:
                memory[at] = float(self.compiled(let.body)(env))
        return memory[at]

    def _array_op(
        self, let: Let, op: ArrayOp, env: Env, at: tuple[int, ...], memory: dict[tuple[int, ...], float]
    ) -> None:
        row = ARRAY_OPS[op.op]
        lead = at[: len(at) - row.rank]
        args = [self._whole(o, rank, env) for o, rank in zip(op.operands, row.ranks, strict=True)]
        if self.narrow[let.name]:
            args = [np.asarray(a, np.float32) for a in args]
        result = np.asarray(row.evaluate(*args), dtype=np.float64)
        for place, value in zip(np.ndindex(result.shape), result.ravel().tolist(), strict=True):
            memory[lead + place] = value

    def _whole(self, operand: Operand, rank: int, env: Env) -> Any:
        at = tuple(self.integer(e, env) for e in operand.lead)
        if operand.array in self.arrays:
            return np.asarray(self.arrays[operand.array])[at]
        let = self.lets[operand.array]
        outer: Env = {}
        for r, i in zip(let.ranges, at, strict=False):
            outer[r.name] = i + self.integer(r.lo, outer)
        inner = let.ranges[len(let.ranges) - rank :]
        sizes = [self.integer(r.hi, outer) - self.integer(r.lo, outer) + 1 for r in inner]
        shape = [max(0, n) for n in sizes]
        values = [self.element(operand.array, at + place) for place in np.ndindex(*shape)]
        return np.array(values, np.float64).reshape(shape)

    def comprehension(self, ranges: tuple[Range, ...], body: Expr) -> Any:
        """The values of a body over ranges, as an array; a float when there are none."""
        value = _single(self.compiled(body)) if self.single else self.compiled(body)
        if not ranges:
            return float(value({}))
        cells: dict[tuple[int, ...], float] = {}
        shape = [0] * len(ranges)
        for env in self._places(ranges, {}):
            at = tuple(env[r.name] - self.integer(r.lo, env) for r in ranges)
            shape = [max(n, i + 1) for n, i in zip(shape, at, strict=True)]
            cells[at] = float(value(env))
        if not cells:
            shape = [max(0, self.integer(r.hi, {}) - self.integer(r.lo, {}) + 1) for r in ranges]
        out = np.full(shape, math.nan)
        for at, v in cells.items():
            out[at] = v
        return out

    def _places(self, ranges: tuple[Range, ...], env: Env) -> Iterator[Env]:
        if not ranges:
            yield env
            return
        r, *rest = ranges
        for i in range(self.integer(r.lo, env), self.integer(r.hi, env) + 1):
            yield from self._places(tuple(rest), {**env, r.name: i})

    def integer(self, e: Expr, env: Env) -> int:
        value: float = self.compiled(e)(env)
        return round(value)

    def is_narrow(self, e: Expr) -> bool:
        """Whether a value is float32 in emitted code: nothing that is float64 went into it."""
        if not self.single:
            return False
        match e:
            case Var(name) | Element(name, _):
                return self.narrow[name]
            case Call(_, args):
                return all(isinstance(a, Const) or self.is_narrow(a) for a in args)
            case Select(_, then, other):
                return all(isinstance(a, Const) or self.is_narrow(a) for a in (then, other))
            case Reduce(monoid, _, body):
                return (monoid in ("max", "min") or not self.wide) and self.is_narrow(body)
        return False

    # -- expressions -------------------------------------------------------------

    def compiled(self, e: Expr) -> Thunk:
        """A function of the indices in scope that evaluates ``e``."""
        if id(e) not in self.thunks:
            made = self._compile(e)
            arithmetic = isinstance(e, Call) and not PRIMITIVES[e.prim].truth
            self.thunks[id(e)] = _single(made) if arithmetic and self.is_narrow(e) else made
        return self.thunks[id(e)]

    def _compile(self, e: Expr) -> Thunk:
        match e:
            case Const(value):
                constant = _nearest(value)
                return lambda env: constant
            case Index(name):
                return lambda env: float(env[name])
            case Extent(axis):
                extent = float(self.extents[axis])
                return lambda env: extent
            case Var(name):
                return lambda env: self.element(name, ())
            case Element(array, at):
                return self._reading(array, [self._place(p) for p in at])
            case Call(prim, args):
                f = PRIMITIVES[prim].evaluate
                thunks = [self.compiled(a) for a in args]
                if len(thunks) == 1:
                    (x,) = thunks
                    return lambda env: f(x(env))
                if len(thunks) == 2:
                    x, y = thunks
                    return lambda env: f(x(env), y(env))
                return lambda env: f(*(t(env) for t in thunks))
            case Compare(op, left, right):
                compare, a, b = _COMPARE[op], self.compiled(left), self.compiled(right)
                return lambda env: compare(a(env), b(env))
            case Select(cond, then, other):
                c, t, o = self.compiled(cond), self.compiled(then), self.compiled(other)
                return lambda env: t(env) if c(env) else o(env)
            case Reduce():
                return self._reduction(e)
        raise TypeError(f"no reading of {type(e).__name__}")

    def _place(self, e: Expr) -> Callable[[Env], int]:
        """A position: nearly all of them are an index, or an index and a whole number."""
        match e:
            case Index(name):
                return lambda env: env[name]
            case Call("add" | "sub" as prim, (Index(name), Const(k))) if k == int(k):
                shift = int(k) if prim == "add" else -int(k)
                return lambda env: env[name] + shift
        value = self.compiled(e)
        return lambda env: round(value(env))

    def _reading(self, array: str, places: list[Callable[[Env], int]]) -> Thunk:
        """A function that reads an element: what is at hand without asking `element` for it."""
        if array in self.arrays and len(places) == 1:
            values, (first,) = self.arrays[array], places

            def read(env: Env) -> Any:
                i = first(env)
                if i < 0:
                    raise IndexError(f"{array} is read at {(i,)}")
                return values[i]

            return read
        if array in self.arrays and len(places) == 2:
            values, (first, second) = self.arrays[array], places

            def read_row(env: Env) -> Any:
                i, j = first(env), second(env)
                if i < 0 or j < 0:
                    raise IndexError(f"{array} is read at {(i, j)}")
                return values[i][j]

            return read_row
        known = self.known.setdefault(array, {})

        def remembered(env: Env) -> Any:
            at = tuple([p(env) for p in places])
            value = known.get(at)
            return self.element(array, at) if value is None else value

        return remembered

    def _reduction(self, e: Reduce) -> Thunk:
        monoid, body, name = MONOIDS[e.monoid], self.compiled(e.body), e.range.name
        if len(monoid.element) > 1 and monoid.element[1] != "index":
            raise TypeError(f"{e.monoid} takes more than one value")
        indexed = len(monoid.element) > 1
        narrow = self.is_narrow(e)

        def at_once(env: Env) -> float:
            inner, values = dict(env), []
            for i in range(self.integer(e.range.lo, env), self.integer(e.range.hi, env) + 1):
                inner[name] = i
                values.append(body(inner))
            try:
                return math.fsum(values) + 0.0  # never -0, as with steps from 0
            except (OverflowError, ValueError):  # what infinities make is for the steps to say
                return run(env)

        def run(env: Env) -> float:
            state, inner = monoid.identity, dict(env)
            for i in range(self.integer(e.range.lo, env), self.integer(e.range.hi, env) + 1):
                inner[name] = i
                value = body(inner)
                state = monoid.step(state, value, float(i)) if indexed else monoid.step(state, value)
                if narrow:
                    state = tuple(ctypes.c_float(part).value for part in state)
            return monoid.finish(state)

        return at_once if self.exact and e.monoid == "sum" and not narrow else run


def _single(value: Thunk) -> Thunk:
    """The value rounded to float32; infinite where it is too large."""
    return lambda env: ctypes.c_float(value(env)).value


def _nearest(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
