"""Loop nests on Python floats: what emitted code must compute, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .expr import Call, Compare, Const, Element, Expr, Extent, Index, Select, Var
from .loops import Alloc, Assign, Fold, For, If, Invoke, Proc, Return, Stmt, View
from .monoids import MONOIDS
from .primitives import PRIMITIVES

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class Failure(Exception):
    """The status other than 0 with which a Proc left."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def interpret_proc(
    proc: Proc, arrays: Mapping[str, Any], routines: Mapping[str, Callable[..., Any]] | None = None
) -> dict[str, Any]:
    """The outputs by name (0-d arrays for 0-d outputs); ``Failure`` where the Proc gives up.

    ``routines`` are the functions that an ``Invoke`` calls, by name.
    """
    machine = _Machine(proc, arrays, routines or {})
    machine.run(proc.body)
    return {o.name: machine.arrays[o.name] for o in proc.outputs}


class _Machine:
    def __init__(
        self, proc: Proc, inputs: Mapping[str, Any], routines: Mapping[str, Callable[..., Any]]
    ) -> None:
        self.routines = routines
        self.arrays: dict[str, Any] = {}
        self.scalars: dict[str, Any] = {}
        self.extents: dict[str, int] = {}
        self.index: dict[str, int] = {}
        for p in proc.params:
            if not p.axes:
                self.scalars[p.name] = int(inputs[p.name]) if p.integer else float(inputs[p.name])
                continue
            self.arrays[p.name] = np.asarray(inputs[p.name], dtype=np.float64)
            for axis, n in zip(p.axes, self.arrays[p.name].shape, strict=True):
                assert self.extents.setdefault(axis, n) == n, axis
        for o in proc.outputs:
            self.arrays[o.name] = np.full(self.shape(o.shape), np.nan)

    def shape(self, extents: tuple[Expr, ...]) -> tuple[int, ...]:
        return tuple(max(0, self.integer(e)) for e in extents)

    def run(self, body: tuple[Stmt, ...]) -> None:
        for s in body:
            match s:
                case For(index, lo, hi, inner):
                    for i in range(self.integer(lo), self.integer(hi) + 1):
                        self.index[index] = i
                        self.run(inner)
                    self.index.pop(index, None)
                case If(cond, then, other):
                    self.run(then if self.value(cond) else other)
                case Assign(target, value):
                    self.store(target, self.value(value))
                case Fold(target, monoid, value):
                    (joined,) = MONOIDS[monoid].step((self.value(target),), self.value(value))
                    self.store(target, joined)
                case Alloc(name, shape, integer):
                    kind = np.int64 if integer else np.float64
                    self.arrays[name] = np.full(self.shape(shape), -1 if integer else np.nan, kind)
                case Invoke(warning=told) if told:
                    pass
                case Invoke(function, views, failure, result):
                    got = self.routines[function](*map(self.view, views))
                    if result is not None:
                        self.store(result, float(got))
                    elif failure and got != 0:
                        raise Failure(failure)
                case Return(status):
                    raise Failure(status)

    def store(self, target: Var | Element, value: float) -> None:
        if isinstance(target, Var):
            self.scalars[target.name] = value
        else:
            self.arrays[target.array][self.at(target.at)] = value

    def at(self, position: tuple[Expr, ...]) -> tuple[int, ...]:
        at = tuple(self.integer(e) for e in position)
        assert all(i >= 0 for i in at), at
        return at

    def view(self, v: View) -> Any:
        return self.arrays[v.array][self.at(v.lead)] if v.lead else self.arrays[v.array]

    def integer(self, e: Expr) -> int:
        i: int = round(self.value(e))
        return i

    def value(self, e: Expr) -> Any:
        match e:
            case Const(q):
                return float(q)
            case Var(name):
                return self.scalars[name]
            case Index(name):
                return self.index[name]
            case Extent(axis):
                return self.extents[axis]
            case Element(array, at):
                return float(self.arrays[array][self.at(at)])
            case Call(prim, args):
                return PRIMITIVES[prim].evaluate(*(self.value(a) for a in args))
            case Compare(op, left, right):
                return _COMPARE[op](self.value(left), self.value(right))
            case Select(cond, then, other):
                return self.value(then if self.value(cond) else other)
        raise TypeError(f"no value of {type(e).__name__}")
