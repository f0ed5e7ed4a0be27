"""Forward derivatives over any algebra: a value and its partials.

A `Jet` holds a number of the algebra below and a partial for each seeded input
element that reaches it; a number without partials is that number itself.  Over
`Jets` the same class gives second derivatives, so there is one table of rules.
At a kink (Max, Min, Abs, Piecewise) the derivative is that of the selected branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .algebra import Hopeless, Key, Number, Thunk, is_less

Rule = Callable[["Any", Number, Number], Number]


@dataclass(frozen=True, slots=True)
class Jet:
    """A value and its partials by (parameter, flat position)."""

    value: Number
    partials: dict[Key, Number]


def _below_one(A: Any, x: Number, sign: int) -> Number:
    """``1 + sign·x²``."""
    return A.add(A.rational(1, 1), A.mul(A.rational(sign, 1), A.power(x, 2)))


def _gaussian(A: Any, x: Number, factor: int) -> Number:
    scale = A.mul(A.rational(factor, 1), A.root(A.constant("pi"), -1, 2, True))
    return A.mul(scale, A.call("exp", A.mul(A.rational(-1, 1), A.power(x, 2))))


def _unavailable(A: Any, x: Number, v: Number) -> Number:
    raise Hopeless("no derivative rule")


#: name → derivative from the algebra, the argument and the value.
RULES: dict[str, Rule] = {
    "exp": lambda A, x, v: v,
    "log": lambda A, x, v: A.power(x, -1),
    "sin": lambda A, x, v: A.call("cos", x),
    "cos": lambda A, x, v: A.mul(A.rational(-1, 1), A.call("sin", x)),
    "tan": lambda A, x, v: _below_one(A, v, 1),
    "sinh": lambda A, x, v: A.call("cosh", x),
    "cosh": lambda A, x, v: A.call("sinh", x),
    "tanh": lambda A, x, v: A.power(A.call("cosh", x), -2),
    "asin": lambda A, x, v: A.root(_below_one(A, x, -1), -1, 2, False),
    "acos": lambda A, x, v: A.mul(A.rational(-1, 1), A.root(_below_one(A, x, -1), -1, 2, False)),
    "atan": lambda A, x, v: A.power(_below_one(A, x, 1), -1),
    "asinh": lambda A, x, v: A.root(_below_one(A, x, 1), -1, 2, True),
    "acosh": lambda A, x, v: A.root(A.add(A.power(x, 2), A.rational(-1, 1)), -1, 2, False),
    "atanh": lambda A, x, v: A.power(_below_one(A, x, -1), -1),
    "erf": lambda A, x, v: _gaussian(A, x, 2),
    "erfc": lambda A, x, v: _gaussian(A, x, -2),
    "gamma": lambda A, x, v: A.mul(v, A.call("digamma", x)),
    "loggamma": lambda A, x, v: A.call("digamma", x),
    "digamma": lambda A, x, v: A.call("trigamma", x),
    "trigamma": _unavailable,
    "Abs": lambda A, x, v: A.call("sign", x),
    "sign": lambda A, x, v: A.rational(0, 1),
    "floor": lambda A, x, v: A.rational(0, 1),
    "ceiling": lambda A, x, v: A.rational(0, 1),
}


class Jets:
    """The algebra of jets over the algebra ``A`` of their values and partials."""

    def __init__(self, A: Any) -> None:
        self.A = A
        self.rational, self.constant = A.rational, A.constant

    def leaf(self, value: float | int, key: Key | None) -> Number:
        x = self.A.leaf(value, key)
        return x if key is None else Jet(x, {key: self.A.rational(1, 1)})

    def chain(self, value: Number, *parts: tuple[Number, Thunk]) -> Number:
        """``value`` with ``Σ factor · ∂operand``; a factor is evaluated if its operand has partials."""
        A = self.A
        partials: dict[Key, Number] = {}
        for operand, factor in parts:
            if type(operand) is not Jet:
                continue
            f = factor()
            for key, d in operand.partials.items():
                term = A.mul(f, d)
                partials[key] = A.add(partials[key], term) if key in partials else term
        return Jet(value, partials) if partials else value

    def value(self, a: Number) -> Number:
        return a.value if type(a) is Jet else a

    def add(self, a: Number, b: Number) -> Number:
        return self.sum((a, b))

    def sum(self, terms: Sequence[Number]) -> Number:
        A = self.A
        partials: dict[Key, Number] = {}
        for t in terms:
            if type(t) is Jet:
                for key, d in t.partials.items():
                    partials[key] = A.add(partials[key], d) if key in partials else d
        value = A.sum([t.value if type(t) is Jet else t for t in terms])
        return Jet(value, partials) if partials else value

    def mul(self, a: Number, b: Number) -> Number:
        x, y = self.value(a), self.value(b)
        return self.chain(self.A.mul(x, y), (a, lambda: y), (b, lambda: x))

    def power(self, a: Number, n: int) -> Number:
        A, x = self.A, self.value(a)
        return self.chain(A.power(x, n), (a, lambda: A.mul(A.rational(n, 1), A.power(x, n - 1) if n else x)))

    def root(self, a: Number, p: int, q: int, nonnegative: bool) -> Number:
        A, x = self.A, self.value(a)
        return self.chain(
            A.root(x, p, q, nonnegative),
            (a, lambda: A.mul(A.rational(p, q), A.root(x, p - q, q, nonnegative))),
        )

    def pow(self, a: Number, b: Number) -> Number:
        A, x, y = self.A, self.value(a), self.value(b)
        v = A.pow(x, y)
        return self.chain(
            v,
            (a, lambda: A.mul(y, A.pow(x, A.add(y, A.rational(-1, 1))))),
            (b, lambda: A.rational(0, 1) if A.lead(v).is_zero() else A.mul(v, A.call("log", x))),
        )

    def call(self, name: str, a: Number) -> Number:
        A, x = self.A, self.value(a)
        v = A.call(name, x)
        return self.chain(v, (a, lambda: RULES[name](A, x, v)))

    def maximum(self, a: Number, b: Number) -> Number:
        return b if is_less(self.lead(a), self.lead(b)) else a

    def minimum(self, a: Number, b: Number) -> Number:
        return b if is_less(self.lead(b), self.lead(a)) else a

    def absorb(self, coefficient: Number, logarithms: Thunk) -> Number:
        """``∂(c·log) = ∂c·log`` at c = 0; the other term is absorbed as the value is."""
        zero = self.A.rational(0, 1)
        if type(coefficient) is not Jet:
            return zero
        return self.chain(zero, (coefficient, lambda: self.value(logarithms())))

    def lead(self, a: Number) -> Any:
        return self.A.lead(self.value(a))

    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]:
        """``d(M⁻¹) = -M⁻¹ dM M⁻¹``, an entry of M at a time."""
        A, n = self.A, len(rows)
        inv = A.inverse([[self.value(x) for x in row] for row in rows])
        moved = [(i, j, rows[i][j]) for i in range(n) for j in range(n) if type(rows[i][j]) is Jet]
        minus = A.rational(-1, 1)

        def entry(r: int, c: int) -> Number:
            moves = ((x, lambda i=i, j=j: A.mul(minus, A.mul(inv[r][i], inv[j][c]))) for i, j, x in moved)
            return self.chain(inv[r][c], *moves)

        return [[entry(r, c) for c in range(n)] for r in range(n)]

    def determinant(self, rows: list[list[Number]]) -> Number:
        """``d det M = det M · tr(M⁻¹ dM)``."""
        A, n = self.A, len(rows)
        plain = [[self.value(x) for x in row] for row in rows]
        det = A.determinant(plain)
        moved = [(i, j, rows[i][j]) for i in range(n) for j in range(n) if type(rows[i][j]) is Jet]
        if not moved:
            return det
        inv = A.inverse(plain)
        return self.chain(det, *((x, lambda i=i, j=j: A.mul(det, inv[j][i])) for i, j, x in moved))
