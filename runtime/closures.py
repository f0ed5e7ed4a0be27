"""Bodies of an equation as closures over an algebra of numbers.

A body is compiled once into nested closures without arguments.  What they read is
captured: index slots, input cells and the memo of lets, which `Closures.bind` fills.
The closures know nothing of the numbers they combine; an ``Algebra`` does
(``reference.Balls``, ``running_error.RunningErrors``, ``jets.Jets``), and one
compilation per algebra serves every point and every precision.

Choices of meaning that an evaluation order would otherwise hide:

- A let is evaluated element by element, when an element is first read.
- A product with logarithms is read as `equations.conventions` says, nested products
  being one product; the logarithm is not evaluated where it is absorbed.
- ``log(n/d)`` with an exact ``d = 0 < n`` is +inf; any other ``x/0`` is undefined.
- Branches that a condition does not select are not evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product as every
from typing import Any, Protocol

import numpy as np
import sympy
from sympy import Expr, Symbol

from ..equations.axis import Axis
from ..equations.conventions import split_absorbed
from ..equations.diagnostic import Diagnostic, InvalidEquation, Unsupported
from ..equations.equation import Comprehension, Equation
from ..equations.heads import is_extent, is_index

Number = Any
Thunk = Callable[[], Number]
Integer = Callable[[], int]


class Undefined(ArithmeticError):
    """The formula has no value here: log of a negative number, 0/0, inf - inf, x/0."""


class Undecided(ArithmeticError):
    """The precision does not suffice to tell; more of it may."""


class Hopeless(Undecided):
    """No precision within reach suffices (an exponent beyond 2^64, say)."""


class Algebra(Protocol):
    """Numbers of one kind; a number is never NaN: operations raise instead."""

    def rational(self, p: int, q: int) -> Number: ...
    def constant(self, name: str) -> Number: ...
    def leaf(self, value: float | int, key: tuple[str, int] | None) -> Number: ...
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
    def lead(self, a: Number) -> Any: ...
    def inverse(self, rows: list[list[Number]]) -> list[list[Number]]: ...
    def determinant(self, rows: list[list[Number]]) -> Number: ...


#: SymPy heads of one argument that every algebra knows under the same name.
UNARY = frozenset(
    "exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh erf erfc gamma loggamma "
    "digamma Abs sign floor ceiling".split()
)
CONSTANTS = {sympy.pi: "pi", sympy.E: "e", sympy.EulerGamma: "euler"}


class Closures:
    """The lets and outputs of an equation over one algebra; not for two threads at once."""

    def __init__(self, equation: Equation, algebra: Algebra) -> None:
        self.equation, self.algebra = equation, algebra
        self.parameters = {p.name: p for p in equation.parameters}
        self.lets: dict[str, Comprehension] = {}
        self.extents: dict[str, int] = {}
        self.cells: dict[str, list[Number]] = {p.name: [] for p in equation.parameters}
        self.sizes: dict[str, list[int]] = {p.name: [] for p in equation.parameters}
        self.raw: dict[str, np.ndarray] = {}
        self.index: list[int] = []
        self.memo: dict[Any, Number] = {}
        self.readers: dict[str, Callable[[tuple[int, ...]], Number]] = {}
        self.ranges: dict[str, list[tuple[Integer, Integer]]] = {}
        for let in equation.lets:
            self._comprehension(let)
            self.lets[let.name] = let
        self.outputs = tuple(self._comprehension(o, output=True) for o in equation.outputs)

    def bind(self, inputs: Mapping[str, Any], seeded: Callable[[str, int], bool] | None = None) -> None:
        """Read the inputs of one point; ``seeded`` selects the elements to differentiate by."""
        self.extents.clear()
        for p in self.equation.parameters:
            a = np.asarray(inputs[p.name])
            if a.ndim != len(p.axes):
                raise InvalidEquation(
                    Diagnostic("E201", f"{p.name} has {a.ndim} axes, expected {len(p.axes)}", self.equation.span)
                )
            for axis, n in zip(p.axes, a.shape, strict=True):
                if self.extents.setdefault(axis.name, n) != n:
                    raise InvalidEquation(
                        Diagnostic("E202", f"axis {axis.name} has both {self.extents[axis.name]} and {n} elements",
                                   self.equation.span)
                    )
            self.raw[p.name] = a
            self.sizes[p.name][:] = a.shape
        self.refresh(seeded)

    def refresh(self, seeded: Callable[[str, int], bool] | None = None) -> None:
        """Forget values of another precision."""
        self.memo.clear()
        leaf = self.algebra.leaf
        for name, a in self.raw.items():
            exact = int if a.dtype.kind in "iub" else float
            self.cells[name][:] = [
                leaf(exact(v), (name, k) if seeded and seeded(name, k) else None) for k, v in enumerate(a.flat)
            ]

    def shape(self, output: int) -> tuple[int, ...]:
        """Extents of an output over the bound inputs."""
        return self.outputs[output][0]()

    def element(self, output: int, at: tuple[int, ...]) -> Number:
        """One element, counted from 0; raises Undefined or Undecided."""
        return self.outputs[output][1](at)

    # Comprehensions

    def _comprehension(self, c: Comprehension, output: bool = False) -> Any:
        scope: dict[Symbol, int] = {}
        ranges: list[tuple[Integer, Integer]] = []
        slots: list[int] = []
        for b in c.bounds:
            ranges.append((self._integer(b.lo, scope), self._integer(b.hi, scope)))
            slots.append(self._slot())
            scope = {**scope, b.symbol: slots[-1]}
        body, index, memo, name = self._number(c.body, scope), self.index, self.memo, c.name

        def read(at: tuple[int, ...]) -> Number:
            key = (name, at)
            if key in memo:
                return memo[key]
            for slot, (lo, hi), i in zip(slots, ranges, at, strict=True):
                if not lo() <= i <= hi():
                    raise Undefined(f"{name} has no element {at}")
                index[slot] = i
            value = memo[key] = body()
            return value

        if not output:
            self.readers[name], self.ranges[name] = read, ranges
            return None

        def shape() -> tuple[int, ...]:
            return tuple(max(0, hi() - lo() + 1) for lo, hi in ranges)

        def at_zero_based(at: tuple[int, ...]) -> Number:
            for slot, (lo, _), i in zip(slots, ranges, at, strict=True):
                index[slot] = lo() + i
            return body()

        return shape, at_zero_based

    def _slot(self) -> int:
        self.index.append(0)
        return len(self.index) - 1

    # Integers: positions and bounds

    def _integer(self, e: Expr, scope: Mapping[Symbol, int]) -> Integer:
        index, extents = self.index, self.extents
        if e.is_Integer:
            n = int(e)
            return lambda: n
        if isinstance(e, Symbol):
            if e in scope:
                slot = scope[e]
                return lambda: index[slot]
            if is_extent(e):
                return self._extent(e.name)
            if e.name in self.parameters and e.name not in self.lets:
                raw, name = self.raw, e.name

                def parameter() -> int:
                    value = raw[name].item()
                    if value != value or value in (np.inf, -np.inf) or value != int(value):
                        raise Undefined(f"{name} is no integer")
                    return int(value)

                return parameter
        if e.is_Add or e.is_Mul:
            if all(a.is_Integer or isinstance(a, Symbol) or a.is_Add or a.is_Mul for a in e.args):
                parts = [self._integer(a, scope) for a in e.args]
                if len(parts) == 2:
                    f, g = parts
                    return (lambda: f() + g()) if e.is_Add else (lambda: f() * g())
                if e.is_Add:
                    return lambda: sum(p() for p in parts)
                return lambda: int(np.prod([p() for p in parts], dtype=object))
        value, lead = self._number(e, scope), self.algebra.lead

        def rounded() -> int:
            v = lead(value())
            if not v.is_finite():
                raise Undefined("an infinite position")
            n = v.unique_fmpz()
            if n is None:
                if v.contains_integer():
                    raise Undecided("which integer")
                raise Undefined("a position that is no integer")
            return int(n)

        return rounded

    def _extent(self, name: str) -> Integer:
        extents = self.extents
        lo_hi = self.raw

        def extent() -> int:
            if name in extents:
                return extents[name]
            if name in lo_hi:
                return int(lo_hi[name])
            raise InvalidEquation(Diagnostic("E203", f"no array has the axis {name}", self.equation.span))

        return extent

    # Numbers

    def _number(self, e: Expr, scope: Mapping[Symbol, int]) -> Thunk:
        A = self.algebra
        head = type(e).__name__
        if e.is_Rational:
            return self._fixed(("q", int(e.p), int(e.q)), lambda: A.rational(int(e.p), int(e.q)))
        if e.is_Float:
            return self._number(sympy.Rational(e), scope)
        if e in CONSTANTS:
            return self._fixed(("c", CONSTANTS[e]), lambda: A.constant(CONSTANTS[e]))
        if e in (sympy.oo, -sympy.oo):
            sign = 1 if e is sympy.oo else -1
            return lambda: A.leaf(sign * np.inf, None)
        if isinstance(e, Symbol):
            return self._symbol(e, scope)
        if isinstance(e, sympy.Indexed):
            return self._indexed(e, scope)
        if e.is_Add:
            return self._add([self._number(a, scope) for a in e.args])
        if e.is_Mul:
            return self._mul(e, scope)
        if e.is_Pow:
            return self._pow(e, scope)
        if head == "log":
            return self._log(e.args[0], scope)
        if head in UNARY:
            x, call = self._number(e.args[0], scope), A.call
            return lambda: call(head, x())
        if head == "polygamma" and e.args[0].is_zero:
            x, call = self._number(e.args[1], scope), A.call
            return lambda: call("digamma", x())
        if head in ("Sum", "Product"):
            if len(e.limits) != 1 or len(e.limits[0]) != 3:
                self._refuse(f"a {head} of several or open limits")
            return self._reduction(head, e.function, *e.limits[0], scope)
        if head in ("ReduceMax", "ReduceMin", "ArgMax", "ArgMin"):
            return self._reduction(head, *e.args, scope)
        if head in ("Max", "Min"):
            join = A.maximum if head == "Max" else A.minimum
            return self._fold(join, [self._number(a, scope) for a in e.args])
        if head == "Piecewise":
            cases = [(self._truth(c, scope), self._number(v, scope)) for v, c in e.args]

            def select() -> Number:
                for holds, value in cases:
                    if holds():
                        return value()
                raise Undefined("no case applies")

            return select
        if head == "KroneckerDelta":
            i, j = (self._integer(a, scope) for a in e.args[:2])
            one, zero = A.rational(1, 1), A.rational(0, 1)
            return lambda: one if i() == j() else zero
        if head == "factorial":
            x, call, one = self._number(e.args[0], scope), A.call, A.rational(1, 1)
            return lambda: call("gamma", A.add(x(), one))
        if head == "InverseElement":
            matrix, i, j = self._matrix(e.args[0]), *(self._integer(a, scope) for a in e.args[1:])
            return self._inverse(matrix, i, j, str(e.args[0]))
        if head == "Determinant":
            matrix, memo, key = self._matrix(e.args[0]), self.memo, ("det", str(e.args[0]))

            def determinant() -> Number:
                if key not in memo:
                    memo[key] = A.determinant(matrix()[0])
                return memo[key]

            return determinant
        self._refuse(f"the function {head}")
        raise AssertionError

    def _refuse(self, what: str) -> None:
        raise Unsupported(Diagnostic("E301", f"{what} has no exact evaluation yet", self.equation.span))

    def _fixed(self, key: tuple[Any, ...], make: Thunk) -> Thunk:
        memo = self.memo  # cleared with the precision, so constants follow it

        def fixed() -> Number:
            try:
                return memo[key]
            except KeyError:
                value = memo[key] = make()
                return value

        return fixed

    def _symbol(self, s: Symbol, scope: Mapping[Symbol, int]) -> Thunk:
        rational, index = self.algebra.rational, self.index
        if s in scope:
            slot = scope[s]
            return lambda: rational(index[slot], 1)
        if is_extent(s):
            extent = self._extent(s.name)
            return lambda: rational(extent(), 1)
        if s.name in self.lets:
            read = self.readers[s.name]
            return lambda: read(())
        if s.name in self.cells and not is_index(s):
            cell = self.cells[s.name]
            return lambda: cell[0]
        raise InvalidEquation(Diagnostic("E101", f"{s.name} is neither bound nor a parameter", self.equation.span))

    def _indexed(self, e: Expr, scope: Mapping[Symbol, int]) -> Thunk:
        name, at = str(e.base.label), [self._integer(i, scope) for i in e.indices]
        if name in self.lets:
            read = self.readers[name]
            if len(at) == 1:
                (one,) = at
                return lambda: read((one(),))
            return lambda: read(tuple(i() for i in at))
        if name not in self.parameters:
            raise InvalidEquation(Diagnostic("E101", f"{name} is no parameter", self.equation.span))
        axes, cell, sizes = self.parameters[name].axes, self.cells[name], self.sizes[name]
        if len(axes) != len(at):
            raise InvalidEquation(Diagnostic("E201", f"{name} is read at {len(at)} positions", self.equation.span))
        if len(at) == 1:
            (one,), lo = at, axes[0].lo

            def vector() -> Number:
                i = one() - lo
                if 0 <= i < sizes[0]:
                    return cell[i]
                raise Undefined(f"{name} has no element {i + lo}")

            return vector
        los = [a.lo for a in axes]

        def array() -> Number:
            flat = 0
            for i, lo, n in zip(at, los, sizes, strict=True):
                k = i() - lo
                if not 0 <= k < n:
                    raise Undefined(f"{name} has no element {k + lo}")
                flat = flat * n + k
            return cell[flat]

        return array

    def _add(self, terms: list[Thunk]) -> Thunk:
        if len(terms) == 2:
            (f, g), add = terms, self.algebra.add
            return lambda: add(f(), g())
        total = self.algebra.sum
        return lambda: total([t() for t in terms])

    @staticmethod
    def _fold(join: Callable[[Number, Number], Number], parts: list[Thunk]) -> Thunk:
        first, *rest = parts
        if not rest:
            return first
        if len(rest) == 1:
            (second,) = rest
            return lambda: join(first(), second())

        def fold() -> Number:
            value = first()
            for part in rest:
                value = join(value, part())
            return value

        return fold

    def _mul(self, e: Expr, scope: Mapping[Symbol, int]) -> Thunk:
        A = self.algebra
        rest, logs = split_absorbed(factors(e))
        if not logs:
            return self._fold(A.mul, [self._number(f, scope) for f in rest])
        coefficient = self._fold(A.mul, [self._number(f, scope) for f in rest])
        logarithms = self._fold(A.mul, [self._number(f, scope) for f in logs])
        lead, mul, absorb = A.lead, A.mul, A.absorb

        def absorbing() -> Number:
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

        return absorbing

    def _log(self, argument: Expr, scope: Mapping[Symbol, int]) -> Thunk:
        A = self.algebra
        whole, call, lead = self._number(argument, scope), A.call, A.lead
        below = [f for f in factors(argument) if f.is_Pow and is_negative_number(f.exp)]
        if not below:
            return lambda: call("log", whole())
        above = [f for f in factors(argument) if not (f.is_Pow and is_negative_number(f.exp))]
        numerator = self._fold(A.mul, [self._number(f, scope) for f in [*above, sympy.S.One]])
        denominator = self._fold(A.mul, [self._number(f.base, scope) for f in below])

        def quotient() -> Number:
            try:
                return call("log", whole())
            except Undefined:
                if lead(denominator()).is_zero() and lead(numerator()) > 0:
                    return A.leaf(np.inf, None)
                raise

        return quotient

    def _pow(self, e: Expr, scope: Mapping[Symbol, int]) -> Thunk:
        A = self.algebra
        if e.base is sympy.E:
            exponent, call = self._number(e.exp, scope), A.call
            return lambda: call("exp", exponent())
        base = self._number(e.base, scope)
        if e.exp.is_Integer:
            n, power = int(e.exp), A.power
            return lambda: power(base(), n)
        if e.exp.is_Rational:
            p, q, root = int(e.exp.p), int(e.exp.q), A.root
            sure = self.is_nonnegative(e.base)
            return lambda: root(base(), p, q, sure)
        exponent, general = self._number(e.exp, scope), A.pow
        return lambda: general(base(), exponent())

    def is_nonnegative(self, e: Expr) -> bool:
        """Whether the shape of a body alone says that it is never negative."""
        head = type(e).__name__
        if e.is_Rational:
            return bool(e >= 0)
        if e.is_Pow:
            return bool(e.exp.is_Integer and e.exp % 2 == 0) or self.is_nonnegative(e.base)
        if head in ("Abs", "exp", "cosh"):
            return True
        if head in ("Sum", "Product", "ReduceMax", "ReduceMin"):
            return self.is_nonnegative(e.args[0])
        if e.is_Add or e.is_Mul or head in ("Max", "Min"):
            return all(self.is_nonnegative(a) for a in e.args)
        if isinstance(e, Symbol | sympy.Indexed):
            if is_extent(e):
                return True
            name = str(e.base.label) if isinstance(e, sympy.Indexed) else e.name
            if name in self.lets:
                return self.is_nonnegative(self.lets[name].body)
            p = self.parameters.get(name)
            return p is not None and p.domain.lo is not None and p.domain.lo >= 0
        return False

    def _reduction(
        self, head: str, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Mapping[Symbol, int]
    ) -> Thunk:
        A, index, slot = self.algebra, self.index, self._slot()
        first, last = self._integer(lo, scope), self._integer(hi, scope)
        term = self._number(body, {**scope, i: slot})

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
            lead, rational, sign = A.lead, A.rational, 1 if head == "ArgMax" else -1

            def best() -> Number:
                values = [lead(t) for t in terms()]
                if not values:
                    raise Undefined("the best of nothing")
                at = 0
                for k in range(1, len(values)):
                    a, b = (values[k], values[at]) if sign > 0 else (values[at], values[k])
                    at = k if is_less(b, a) else at
                return rational(at + first(), 1)

            return best
        join = {"Product": A.mul, "ReduceMax": A.maximum, "ReduceMin": A.minimum}[head]

        def fold() -> Number:
            values = terms()
            if not values:
                empty = {"ReduceMax": -np.inf, "ReduceMin": np.inf}.get(head)
                return A.rational(1, 1) if empty is None else A.leaf(empty, None)
            value = values[0]
            for v in values[1:]:
                value = join(value, v)
            return value

        return fold

    def _truth(self, c: Any, scope: Mapping[Symbol, int]) -> Callable[[], bool]:
        head, lead = type(c).__name__, self.algebra.lead
        if c in (sympy.true, sympy.false):
            known = bool(c)
            return lambda: known
        if head == "Not":
            inner = self._truth(c.args[0], scope)
            return lambda: not inner()
        if head in ("And", "Or"):
            parts, settles = [self._truth(a, scope) for a in c.args], head == "Or"

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
        if not isinstance(c, sympy.core.relational.Relational):
            self._refuse(f"the condition {head}")
        f, g = self._number(c.lhs, scope), self._number(c.rhs, scope)
        match c.rel_op:
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

    # Matrices

    def _matrix(self, array: Expr) -> Callable[[], tuple[list[list[Number]], tuple[int, int]]]:
        name = str(array)
        if name in self.lets:
            read, ranges = self.readers[name], self.ranges[name]

            def rows_of_let() -> tuple[list[list[Number]], tuple[int, int]]:
                (a, b), (c, d) = ((lo(), hi()) for lo, hi in ranges)
                return [[read((i, j)) for j in range(c, d + 1)] for i in range(a, b + 1)], (a, c)

            return rows_of_let
        axes: tuple[Axis, ...] = self.parameters[name].axes
        cell, sizes = self.cells[name], self.sizes[name]

        def rows() -> tuple[list[list[Number]], tuple[int, int]]:
            n, m = sizes
            return [cell[i * m : (i + 1) * m] for i in range(n)], (axes[0].lo, axes[1].lo)

        return rows

    def _inverse(self, matrix: Callable[[], Any], i: Integer, j: Integer, name: str) -> Thunk:
        memo, inverse, key = self.memo, self.algebra.inverse, ("inverse", name)

        def element() -> Number:
            if key not in memo:
                rows, lo = matrix()
                if any(len(r) != len(rows) for r in rows):
                    raise Undefined("the inverse of a matrix that is not square")
                memo[key] = inverse(rows), lo
            rows, (a, b) = memo[key]
            r, c = i() - a, j() - b
            if not (0 <= r < len(rows) and 0 <= c < len(rows)):
                raise Undefined(f"no element {i(), j()} of the inverse of {name}")
            return rows[r][c]

        return element


def factors(e: Expr) -> tuple[Expr, ...]:
    """Factors of a product, nested products being one."""
    return tuple(f for a in e.args for f in factors(a)) if e.is_Mul else (e,)


def is_negative_number(e: Expr) -> bool:
    return bool(e.is_Rational and e < 0)


def is_less(a: Any, b: Any) -> bool:
    if a < b:
        return True
    if a >= b:
        return False
    raise Undecided("which of two numbers is less")


def is_equal(a: Any, b: Any) -> bool:
    if a == b:
        return True
    if a != b:
        return False
    raise Undecided("whether two numbers are equal")


def positions(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every position of an array, last axis fastest."""
    return list(every(*map(range, shape)))
