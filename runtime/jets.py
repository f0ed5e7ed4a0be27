"""Forward derivatives over any algebra: a value and its partials.

A `Jet` holds a number of the algebra below and a partial for each seeded input
element that reaches it; a number without partials is that number itself.  Over
`Jets` the same class gives second derivatives, so there is one table of rules; jets
know the level of the algebra that they belong to, since not every seed is one of all levels.

At a kink the derivative is that of the selected branch: of a in max(a, b) where a ≥ b and
in min(a, b) where a ≤ b, of the first of the largest in a reduction, of the case that holds;
|x| has sign(x), which is 0 at 0.  Where a value is absorbed (0·log) so is its derivative by
what the logarithm is of.  A partial that does not exist (a root at 0) is `Unknown` and
leaves the others what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from .algebra import Hopeless, Key, Number, Thunk, Undecided, Undefined, is_less

Rule = Callable[["Any", Number, Number], Number]


@dataclass(frozen=True, slots=True)
class Jet:
    """A value and its partials by (parameter, flat position); ``level`` counts the algebras of jets up to its own."""

    value: Number
    partials: dict[Key, Number]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Unknown:
    """A partial that is not to be had, and why."""

    kind: type[Undefined] | type[Undecided]
    reason: str

    def refuse(self) -> NoReturn:
        raise self.kind(self.reason)


def attempt(make: Thunk) -> Number:
    """A number, or why there is none."""
    try:
        return make()
    except (Undefined, Undecided) as no:
        return Unknown(type(no), str(no))


def combine(operation: Callable[[Number, Number], Number], a: Number, b: Number) -> Number:
    """An operation on partials; what is undefined stays so whatever more precision would tell of the other."""
    if type(a) is Unknown:
        return b if type(b) is Unknown and b.kind is Undefined else a
    if type(b) is Unknown:
        return b
    try:
        return operation(a, b)
    except (Undefined, Undecided) as no:
        return Unknown(type(no), str(no))


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
    "trigamma": lambda A, x, v: A.call("tetragamma", x),
    "tetragamma": _unavailable,
    "Abs": lambda A, x, v: A.call("sign", x),
    "sign": lambda A, x, v: A.rational(0, 1),
    "floor": lambda A, x, v: A.rational(0, 1),
    "ceiling": lambda A, x, v: A.rational(0, 1),
}


class Jets:
    """The algebra of jets over the algebra ``A`` of their values and partials.

    ``seed`` tells of an input element the key under which ``A`` differentiates by it
    (``None`` if it does not) and the partials that it starts with.
    """

    def __init__(self, A: Any, seed: Callable[[Key], tuple[Key | None, dict[Key, Number]]] | None = None) -> None:
        self.A, self.seed = A, seed
        self.level: int = A.level + 1 if isinstance(A, Jets) else 1
        self.rational, self.constant = A.rational, A.constant

    def leaf(self, value: float | int, key: Key | None) -> Number:
        if key is None:
            return self.A.leaf(value, None)
        below, partials = self.seed(key) if self.seed else (key, {key: self.A.rational(1, 1)})
        return self.jet(self.A.leaf(value, below), partials)

    def jet(self, value: Number, partials: dict[Key, Number]) -> Number:
        return Jet(value, partials, self.level) if partials else value

    def varies(self, a: Number) -> bool:
        """Whether a number has partials of this level."""
        return type(a) is Jet and a.level == self.level

    def chain(self, value: Number, *parts: tuple[Number, Thunk]) -> Number:
        """``value`` with ``Σ factor · ∂operand``; a factor is evaluated if its operand has partials."""
        mul, add = self.A.mul, self.A.add
        partials: dict[Key, Number] = {}
        for operand, factor in parts:
            if not self.varies(operand):
                continue
            f = attempt(factor)
            for key, d in operand.partials.items():
                term = combine(mul, f, d)
                partials[key] = combine(add, partials[key], term) if key in partials else term
        return self.jet(value, partials)

    def value(self, a: Number) -> Number:
        return a.value if type(a) is Jet and a.level == self.level else a

    def add(self, a: Number, b: Number) -> Number:
        return self.sum((a, b))

    def sum(self, terms: Sequence[Number]) -> Number:
        add, varies = self.A.add, self.varies
        partials: dict[Key, Number] = {}
        for t in terms:
            if varies(t):
                for key, d in t.partials.items():
                    partials[key] = combine(add, partials[key], d) if key in partials else d
        return self.jet(self.A.sum([self.value(t) for t in terms]), partials)

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
        size = self.lead(b)
        if type(b) is not Jet and size.is_exact() and size.contains_integer() and abs(size) < 2**31:
            return self.power(a, int(size.unique_fmpz()))  # which meets no x^-1 on its way to second derivatives at 0
        v = A.pow(x, y)
        return self.chain(
            v,
            (a, lambda: A.mul(y, A.pow(x, A.add(y, A.rational(-1, 1))))),
            (b, lambda: self._by_exponent(x, v, size)),
        )

    def _by_exponent(self, x: Number, v: Number, exponent: Any) -> Number:
        """``∂(x^y)/∂y = x^y·log x``, 0 at x = 0 as are as many further derivatives by x as y exceeds."""
        A = self.A
        if not A.lead(v).is_zero():
            return A.mul(v, A.call("log", x))
        further = self.level - 1 if type(x) is Jet else 0
        if exponent > further:
            return A.rational(0, 1)
        if exponent <= further:
            raise Undefined("a derivative of a power of 0")
        raise Undecided("the derivatives of a power of 0")

    def call(self, name: str, a: Number) -> Number:
        A, x = self.A, self.value(a)
        v = A.call(name, x)
        return self.chain(v, (a, lambda: RULES[name](A, x, v)))

    def maximum(self, a: Number, b: Number) -> Number:
        return b if is_less(self.lead(a), self.lead(b)) else a

    def minimum(self, a: Number, b: Number) -> Number:
        return b if is_less(self.lead(b), self.lead(a)) else a

    def absorb(self, coefficient: Number, logarithms: Thunk) -> Number:
        """``∂(c·log) = ∂c·log`` at c = 0; the other term, ``c·∂log``, is absorbed as the value is.

        Where derivatives of c are taken below, both are evaluated: the absorbed ones have theirs.
        """
        A, c = self.A, self.value(coefficient)
        if type(c) is not Jet:
            return self.chain(A.rational(0, 1), (coefficient, lambda: self.value(logarithms())))
        logs = logarithms()
        found = self.chain(A.absorb(c, lambda: self.value(logs)), (coefficient, lambda: self.value(logs)))
        partials = dict(found.partials) if self.varies(found) else {}
        for key, d in logs.partials.items() if self.varies(logs) else ():
            term = combine(lambda c, d: A.absorb(c, lambda: d), c, d)
            partials[key] = combine(A.add, partials[key], term) if key in partials else term
        return self.jet(self.value(found), partials)

    def infinite(self, *through: Number) -> Number:
        """+inf, which has no partials by what it was reached from."""
        lost = Unknown(Undefined, "a derivative where the value is infinite")
        return self.chain(self.A.infinite(*map(self.value, through)), *((x, lost.refuse) for x in through))

    def lead(self, a: Number) -> Any:
        return self.A.lead(self.value(a))

    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]:
        """``d(M⁻¹) = -M⁻¹ dM M⁻¹``, an entry of M at a time."""
        A, n = self.A, len(rows)
        inv = A.inverse([[self.value(x) for x in row] for row in rows])
        moved = [(i, j, rows[i][j]) for i in range(n) for j in range(n) if self.varies(rows[i][j])]
        minus = A.rational(-1, 1)

        def entry(r: int, c: int) -> Number:
            moves = ((x, lambda i=i, j=j: A.mul(minus, A.mul(inv[r][i], inv[j][c]))) for i, j, x in moved)
            return self.chain(inv[r][c], *moves)

        return [[entry(r, c) for c in range(n)] for r in range(n)]

    def determinant(self, rows: list[list[Number]]) -> Number:
        """``d det M = det M · tr(M⁻¹ dM)``; by minors where there is no inverse."""
        A, n = self.A, len(rows)
        plain = [[self.value(x) for x in row] for row in rows]
        det = A.determinant(plain)
        moved = [(i, j, rows[i][j]) for i in range(n) for j in range(n) if self.varies(rows[i][j])]
        if not moved:
            return det
        inv = attempt(lambda: A.inverse(plain))

        def cofactor(i: int, j: int) -> Number:
            if type(inv) is not Unknown:
                return A.mul(det, inv[j][i])
            minor = [row[:j] + row[j + 1 :] for k, row in enumerate(plain) if k != i]
            return A.mul(A.rational((-1) ** (i + j), 1), A.determinant(minor) if minor else A.rational(1, 1))

        return self.chain(det, *((x, lambda i=i, j=j: cofactor(i, j)) for i, j, x in moved))
