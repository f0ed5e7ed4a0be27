"""Products and quotients of densities: they keep the sum of their logarithms beside them."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr

from . import algebra as al
from .values import Value

Log = Callable[[], Expr]


def exponential(log: Log) -> Value:
    """A density whose logarithm is known."""
    return Value((), lambda: al.apply(sympy.exp, log()), log=log)


def logarithm(v: Value) -> Log:
    """The logarithm of a number, as known where it is one of a density."""
    return v.log if v.log is not None else lambda: al.apply(sympy.log, v.at())


def product(a: Value, b: Value) -> Value | None:
    """The product of two numbers where one is a density: it keeps the sum of the logarithms."""
    if a.rank or b.rank or (a.log is None and b.log is None):
        return None
    logs = logarithm(a), logarithm(b)

    def log() -> Expr:
        return al.add(logs[0](), logs[1]())

    if a.log is not None and b.log is not None:
        return exponential(log)
    return Value((), lambda: al.mul(a.at(), b.at()), log=log)


def ratio(a: Value, b: Value) -> Value | None:
    """The quotient of two densities."""
    if a.log is None or b.log is None:
        return None
    above, below = a.log, b.log
    return exponential(lambda: al.add(above(), al.neg(below())))
