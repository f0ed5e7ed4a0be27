"""Lets that loops cannot run as they stand, written with lets that they can."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Index,
    Let,
    Operand,
    Param,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    map_program,
)
from .positions import extent
from .sums import length, minus, substitute

_EXTREMUM = {"argmax": "max", "argmin": "min"}


def desugar(p: Program) -> Program:
    """The program without argmax and argmin, its Cholesky factors made once.

        argmax_j f(j) = min { j : f(j) = max f },  the first NaN counting as the largest

    A solve by an unbatched matrix factors it outside of the batch's loop.
    """
    lets: list[Let] = []
    extents = {q.name: _extents(q) for q in p.params}
    factors: dict[str, str] = {}
    again: dict[str, str] = {}
    for let in p.lets:
        match let.body:
            case Reduce(monoid) if monoid in _EXTREMUM:
                lets += _arg(let, let.body)
            case ArrayOp("solve_spd", (Operand(array, ()), b)):
                if array not in factors:
                    factors[array] = f"{array}.cholesky"
                    lets.append(_factor(factors[array], array, extents[array]))
                lets.append(replace(let, body=ArrayOp("solve_cholesky", (Operand(factors[array]), b))))
            case ArrayOp("cholesky", (Operand(array, ()),)) if array in factors:
                again[let.name] = factors[array]
            case ArrayOp("cholesky", (Operand(array, ()),)):
                factors[array] = let.name
                lets.append(let)
            case _:
                lets.append(let)
        extents[let.name] = tuple(length(r) for r in let.ranges)
    return _renamed(replace(p, lets=tuple(lets)), again) if again else replace(p, lets=tuple(lets))


def _renamed(p: Program, names: dict[str, str]) -> Program:
    """The program with reads of some arrays turned to others."""

    def rule(e: Expr) -> Expr | None:
        return Element(names[e.array], e.at) if isinstance(e, Element) and e.array in names else None

    def operands(op: ArrayOp) -> ArrayOp:
        return replace(op, operands=tuple(replace(o, array=names.get(o.array, o.array)) for o in op.operands))

    p = map_program(p, rule)
    lets = (replace(x, body=operands(x.body)) if isinstance(x.body, ArrayOp) else x for x in p.lets)
    return replace(p, lets=tuple(lets))


def _extents(q: Param) -> tuple[Expr, ...]:
    return tuple(extent(axis) for axis in q.axes)


def _factor(name: str, array: str, shape: tuple[Expr, ...]) -> Let:
    ranges = tuple(Range(f"{name}.{k}", Const(Fraction(1)), n) for k, n in enumerate(shape))
    return Let(name, ranges, ArrayOp("cholesky", (Operand(array),)))


def _arg(let: Let, e: Reduce) -> list[Let]:
    """The values, their extremum, the first place where it is taken, and NaN for no place."""
    name = let.name

    def renamed(tag: str) -> tuple[tuple[Range, ...], dict[str, Expr]]:
        new: dict[str, Expr] = {}
        ranges = []
        for r in (*let.ranges, e.range):
            fresh = f"{r.name}.{tag}"
            ranges.append(Range(fresh, substitute(r.lo, new), substitute(r.hi, new)))
            new[r.name] = Index(fresh)
        return tuple(ranges), new

    def read(array: str, ranges: tuple[Range, ...]) -> Expr:
        at = tuple(minus(Index(r.name), r.lo) for r in ranges)
        return Element(array, at) if at else Var(array)

    inf = Const(math.inf)
    (*d1, j1), new1 = renamed("f")
    values = Let(f"{name}.f", (*d1, j1), substitute(e.body, new1))
    (*d2, j2), _ = renamed("m")
    body = read(values.name, (*d2, j2))
    best = Let(f"{name}.m", tuple(d2), Reduce(_EXTREMUM[e.monoid], j2, body))
    (*d3, j3), _ = renamed("k")
    value = read(values.name, (*d3, j3))
    hit = Call("or", (Compare("==", value, read(best.name, tuple(d3))), Compare("!=", value, value)))
    place = Reduce("min", j3, Select(hit, Index(j3.name), inf))
    first = Let(f"{name}.k", tuple(d3), place)
    found = read(first.name, let.ranges)
    return [values, best, first, replace(let, body=Select(Compare("==", found, inf), Const(math.nan), found))]
