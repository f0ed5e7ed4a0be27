"""What numbers must do for the reference to evaluate with them, and why they may refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product as every
from typing import Any, Protocol

Number = Any
Thunk = Callable[[], Number]
Key = tuple[str, int]


class Undefined(ArithmeticError):
    """The formula has no value here: log of a negative number, 0/0, inf - inf, x/0."""


class Undecided(ArithmeticError):
    """The precision does not suffice to tell; more of it may."""


class Hopeless(Undecided):
    """No precision within reach suffices (an exponent beyond 2^64, say)."""


class Algebra(Protocol):
    """Numbers of one kind; a number is never NaN: operations raise instead.

    Implemented by ``reference.Balls``, ``running_error.RunningErrors``, ``jets.Jets``.
    ``lead`` is the ball that comparisons look at.
    """

    def rational(self, p: int, q: int) -> Number: ...
    def constant(self, name: str) -> Number: ...
    def leaf(self, value: float | int, key: Key | None) -> Number: ...
    def add(self, a: Number, b: Number) -> Number: ...
    def sum(self, terms: Sequence[Number]) -> Number: ...
    def mul(self, a: Number, b: Number) -> Number: ...
    def power(self, a: Number, n: int) -> Number: ...
    def root(self, a: Number, p: int, q: int, nonnegative: bool) -> Number: ...
    def pow(self, a: Number, b: Number) -> Number: ...
    def call(self, name: str, x: Number) -> Number: ...
    def maximum(self, a: Number, b: Number) -> Number: ...
    def minimum(self, a: Number, b: Number) -> Number: ...
    def absorb(self, coefficient: Number, logarithms: Thunk) -> Number: ...
    def infinite(self, *through: Number) -> Number: ...
    def lead(self, a: Number) -> Any: ...
    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]: ...
    def determinant(self, rows: list[list[Number]]) -> Number: ...


#: Functions of one argument that every algebra knows by their SymPy names.
UNARY = frozenset(
    "exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh erf erfc gamma loggamma "
    "digamma trigamma Abs sign floor ceiling".split()
)


def is_less(a: Any, b: Any) -> bool:
    """Whether a ball is less than another; raises where they overlap."""
    if a < b:
        return True
    if a >= b:
        return False
    raise Undecided("which of two numbers is less")


def is_equal(a: Any, b: Any) -> bool:
    """Whether two balls are the same number; raises where they overlap."""
    if a == b:
        return True
    if a != b:
        return False
    raise Undecided("whether two numbers are equal")


def positions(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every position of an array, last axis fastest."""
    return list(every(*map(range, shape)))
