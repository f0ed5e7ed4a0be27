"""Closures without arguments, made of closures of the parts.

Choices of meaning that an evaluation order would otherwise hide:

- A product with logarithms is read as `equations.conventions` says; the logarithm is
  not evaluated where it is absorbed.
- ``log(n/d)`` with an exact ``d = 0 < n`` is +inf; any other ``x/0`` is undefined.
- Branches that a condition does not select are not evaluated.
- An element outside an array's extents is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .algebra import Algebra, Number, Thunk, Undecided, Undefined, is_equal, is_less

Integer = Callable[[], int]
Truth = Callable[[], bool]


def fold(join: Callable[[Number, Number], Number], parts: Sequence[Thunk]) -> Thunk:
    """``join`` over all the parts, from the left."""
    first, *rest = parts
    if not rest:
        return first
    if len(rest) == 1:
        (second,) = rest
        return lambda: join(first(), second())

    def folded() -> Number:
        value = first()
        for part in rest:
            value = join(value, part())
        return value

    return folded


def addition(A: Algebra, terms: Sequence[Thunk]) -> Thunk:
    if len(terms) == 2:
        (f, g), add = terms, A.add
        return lambda: add(f(), g())
    total = A.sum
    return lambda: total([t() for t in terms])


def absorbing_product(A: Algebra, coefficient: Thunk, logarithms: Thunk) -> Thunk:
    """A product in which an exactly zero coefficient absorbs logarithms."""
    lead, mul, absorb = A.lead, A.mul, A.absorb

    def product() -> Number:
        c = coefficient()
        size = lead(c)
        if size.is_zero():
            return absorb(c, logarithms)
        try:
            return mul(c, logarithms())
        except Undefined:
            if size.contains(0):
                raise Undecided("whether a coefficient is zero") from None
            raise

    return product


def log_quotient(A: Algebra, whole: Thunk, numerator: Thunk, denominator: Thunk) -> Thunk:
    """``log(whole)`` where whole = numerator / denominator, +inf above an exact zero."""
    call, lead = A.call, A.lead

    def logarithm() -> Number:
        try:
            return call("log", whole())
        except Undefined:
            above, below = numerator(), denominator()
            if lead(below).is_zero() and lead(above) > 0:
                return A.infinite(above, below)
            raise

    return logarithm


def reduction(
    A: Algebra, head: str, index: list[int], slot: int, first: Integer, last: Integer, term: Thunk
) -> Thunk:
    """Sum, Product, ReduceMax, ReduceMin, ArgMax or ArgMin over ``first..last``."""

    def terms() -> list[Number]:
        found = []
        for k in range(first(), last() + 1):
            index[slot] = k
            found.append(term())
        return found

    if head == "Sum":
        total = A.sum
        return lambda: total(terms())
    if head in ("ArgMax", "ArgMin"):

        def best() -> Number:
            values = [A.lead(t) for t in terms()]
            if not values:
                raise Undefined("the best of nothing")
            at = 0
            for k, v in enumerate(values):
                better = is_less(values[at], v) if head == "ArgMax" else is_less(v, values[at])
                at = k if better else at
            return A.rational(at + first(), 1)

        return best
    join = {"Product": A.mul, "ReduceMax": A.maximum, "ReduceMin": A.minimum}[head]
    empty = {"ReduceMax": -np.inf, "ReduceMin": np.inf}.get(head)

    def folded() -> Number:
        values = terms()
        if not values:
            return A.rational(1, 1) if empty is None else A.leaf(empty, None)
        value = values[0]
        for v in values[1:]:
            value = join(value, v)
        return value

    return folded


def selection(cases: Sequence[tuple[Truth, Thunk]]) -> Thunk:
    def select() -> Number:
        for holds, value in cases:
            if holds():
                return value()
        raise Undefined("no case applies")

    return select


def junction(parts: Sequence[Truth], settles: bool) -> Truth:
    """And (settled by False) or Or (settled by True); an open part matters only if none settles."""

    def joined() -> bool:
        open_part: Undecided | None = None
        for part in parts:
            try:
                if part() is settles:
                    return settles
            except Undecided as reason:
                open_part = reason
        if open_part:
            raise open_part
        return not settles

    return joined


def relation(A: Algebra, op: str, f: Thunk, g: Thunk) -> Truth:
    lead = A.lead
    match op:
        case "<":
            return lambda: is_less(lead(f()), lead(g()))
        case ">":
            return lambda: is_less(lead(g()), lead(f()))
        case "<=":
            return lambda: not is_less(lead(g()), lead(f()))
        case ">=":
            return lambda: not is_less(lead(f()), lead(g()))
        case "==":
            return lambda: is_equal(lead(f()), lead(g()))
        case _:
            return lambda: not is_equal(lead(f()), lead(g()))


def rounded(A: Algebra, value: Thunk) -> Integer:
    """A number as the integer that it must be."""

    def integer() -> int:
        v: Any = A.lead(value())
        if not v.is_finite():
            raise Undefined("an infinite position")
        n = v.unique_fmpz()
        if n is not None:  # a ball about one integer is taken for it: positions are integers
            return int(n)
        if v.contains_integer():
            raise Undecided("which integer")
        raise Undefined("a position that is no integer")

    return integer


def read_parameter(
    name: str, at: Sequence[Integer], los: Sequence[int], cell: list[Number], sizes: list[int]
) -> Thunk:
    """An element of a flattened array at mathematical positions."""
    if len(at) == 1:
        (one,), (start,) = at, los

        def element() -> Number:
            i = one() - start
            if 0 <= i < sizes[0]:
                return cell[i]
            raise Undefined(f"{name} has no element {i + start}")

        return element

    def array_element() -> Number:
        flat = 0
        for i, lo, n in zip(at, los, sizes, strict=True):
            k = i() - lo
            if not 0 <= k < n:
                raise Undefined(f"{name} has no element {k + lo}")
            flat = flat * n + k
        return cell[flat]

    return array_element


def read_matrix(
    cell: list[Number], sizes: list[int], firsts: tuple[int, ...], which: tuple[Integer, ...], name: str
) -> Callable[[], tuple[list[list[Number]], tuple[int, int]]]:
    """Rows of a matrix and the positions of its first element; ``which`` tells the matrix in an array of them."""

    def rows() -> tuple[list[list[Number]], tuple[int, int]]:
        *counts, n, m = sizes
        place = 0
        for w, count, first in zip(which, counts, firsts, strict=False):
            at = w() - first
            if not 0 <= at < count:
                raise Undefined(f"{name} has no matrix at {w()}")
            place = place * count + at
        start = place * n * m
        return [cell[start + i * m : start + (i + 1) * m] for i in range(n)], (firsts[-2], firsts[-1])

    return rows


def read_inverse(
    A: Algebra, matrix: Callable[[], Any], i: Integer, j: Integer, name: str, memo: dict[Any, Any],
    which: tuple[Integer, ...] = (),
) -> Thunk:
    """An element of the inverse, which is computed once a point; ``which`` tells the matrix in an array of them."""

    def element() -> Number:
        key = ("inverse", name, *(w() for w in which))
        if key not in memo:
            rows, lo = matrix()
            if any(len(r) != len(rows) for r in rows):
                raise Undefined("the inverse of a matrix that is not square")
            memo[key] = A.inverse(rows), lo
        rows, (a, b) = memo[key]
        r, c = i() - a, j() - b
        if not (0 <= r < len(rows) and 0 <= c < len(rows)):
            raise Undefined(f"the inverse of {name} has no element {i(), j()}")
        return rows[r][c]

    return element


def determinant(
    A: Algebra, matrix: Callable[[], Any], name: str, memo: dict[Any, Any], which: tuple[Integer, ...]
) -> Thunk:
    """A determinant, which is computed once a point."""

    def value() -> Number:
        key = ("determinant", name, *(w() for w in which))
        if key not in memo:
            memo[key] = A.determinant(matrix()[0])
        return memo[key]

    return value


def remembered(memo: dict[Any, Any], key: Any, make: Thunk) -> Thunk:
    """A value computed once a point and precision."""

    def value() -> Number:
        try:
            return memo[key]
        except KeyError:
            found = memo[key] = make()
            return found

    return value
