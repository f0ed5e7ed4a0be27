"""Bodies of an equation as closures over an algebra of numbers.

A body is compiled once into nested closures without arguments (`thunks`).  What they
read is captured: index slots, input cells and the memo of lets, which
`Closures.bind` fills.  One compilation per algebra serves every point and every
precision.  A let is evaluated element by element, when an element is first read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
import sympy
from sympy import Expr, Symbol

from ..equations.algebra import over
from ..equations.conventions import split_absorbed
from ..equations.diagnostic import Diagnostic, InvalidEquation, Unsupported
from ..equations.equation import Comprehension, Equation
from ..equations.heads import is_extent, is_index
from . import thunks
from .algebra import UNARY, Algebra, Number, Thunk, Undefined
from .thunks import Integer, Truth

CONSTANTS = {sympy.pi: "pi", sympy.E: "e", sympy.EulerGamma: "euler"}
Scope = Mapping[Symbol, int]
#: Which elements of the inputs, by parameter and flat position, to differentiate by.
Seeded = Callable[[str, int], bool]


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
        self.sweeps: dict[tuple[str, str], Any] = {}
        for let in equation.lets:
            self._comprehension(let)
            self.lets[let.name] = let
        self.outputs = tuple(self._comprehension(o, output=True) for o in equation.outputs)

    def bind(self, inputs: Mapping[str, Any], seeded: Seeded | None = None) -> None:
        """Read the inputs of one point; ``seeded`` selects the elements to differentiate by."""
        self.extents.clear()
        for p in self.equation.parameters:
            a = np.asarray(inputs[p.name])
            if a.ndim != len(p.axes):
                self._invalid("E330", f"{p.name} has {a.ndim} axes, expected {len(p.axes)}")
            for axis, n in zip(p.axes, a.shape, strict=True):
                known = self.extents.setdefault(axis.name, n)
                if known != n:
                    self._invalid("E331", f"axis {axis.name} has {known} and {n} elements")
            self.raw[p.name] = a
            self.sizes[p.name][:] = a.shape
        self.refresh(seeded)

    def refresh(self, seeded: Seeded | None = None) -> None:
        """Forget values of another precision."""
        self.memo.clear()
        for name, a in self.raw.items():
            self.cells[name][:] = leaves(self.algebra, name, a, seeded)

    def shape(self, output: int) -> tuple[int, ...]:
        """Extents of an output over the bound inputs."""
        found: tuple[int, ...] = self.outputs[output][0]()
        return found

    def element(self, output: int, at: tuple[int, ...]) -> Number:
        """One element, counted from 0; raises Undefined or Undecided."""
        return self.outputs[output][1](at)

    # Comprehensions

    def _comprehension(self, c: Comprehension, output: bool = False) -> Any:
        scope: Scope = {}
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

    def _integer(self, e: Expr, scope: Scope) -> Integer:
        index = self.index
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
        return thunks.rounded(self.algebra, self._number(e, scope))

    def _extent(self, name: str) -> Integer:
        extents, raw = self.extents, self.raw

        def extent() -> int:
            if name in extents:
                return extents[name]
            if name in raw:
                return int(raw[name])
            self._invalid("E332", f"no array has the axis {name}")

        return extent

    # Numbers

    def _number(self, e: Expr, scope: Scope) -> Thunk:
        A = self.algebra
        head = type(e).__name__
        if e.is_Rational:
            p, q = int(e.p), int(e.q)
            return thunks.remembered(self.memo, ("rational", p, q), lambda: A.rational(p, q))
        if e.is_Float:
            return self._number(sympy.Rational(e), scope)
        if e in CONSTANTS:
            return thunks.remembered(self.memo, ("constant", e), lambda: A.constant(CONSTANTS[e]))
        if e in (sympy.oo, -sympy.oo):
            infinity = np.inf if e is sympy.oo else -np.inf
            return lambda: A.leaf(infinity, None)
        if isinstance(e, Symbol):
            return self._symbol(e, scope)
        if isinstance(e, sympy.Indexed):
            return self._indexed(e, scope)
        if e.is_Add:
            return thunks.addition(A, self._numbers(e.args, scope))
        if e.is_Mul:
            rest, logs = split_absorbed(factors(e))
            product = thunks.fold(A.mul, self._numbers(rest, scope))
            if not logs:
                return product
            return thunks.absorbing_product(A, product, thunks.fold(A.mul, self._numbers(logs, scope)))
        if e.is_Pow:
            return self._pow(e, scope)
        if head == "log":
            return self._log(e.args[0], scope)
        if head in UNARY:
            x, call = self._number(e.args[0], scope), A.call
            return lambda: call(head, x())
        return self._structured(e, head, scope)

    def _numbers(self, es: tuple[Expr, ...], scope: Scope) -> list[Thunk]:
        return [self._number(e, scope) for e in es]

    def _structured(self, e: Expr, head: str, scope: Scope) -> Thunk:
        """Reductions, branches, matrices and functions of several arguments."""
        A = self.algebra
        match head:
            case "Sum" | "Product":
                # SymPy joins nested sums into one of several limits, innermost first.
                *inner, outer = e.limits
                if len(outer) != 3:
                    self._refuse(f"a {head} without bounds")
                body = over(type(e), e.function, *inner) if inner else e.function
                i, lo, hi = outer
                return self._reduction(head, body, i, lo, hi, scope)
            case "ReduceMax" | "ReduceMin" | "ArgMax" | "ArgMin":
                body, i, lo, hi = e.args
                return self._reduction(head, body, i, lo, hi, scope)
            case "Max" | "Min":
                return thunks.fold(A.maximum if head == "Max" else A.minimum, self._numbers(e.args, scope))
            case "Piecewise":
                return thunks.selection([(self._truth(c, scope), self._number(v, scope)) for v, c in e.args])
            case "KroneckerDelta":
                i, j = (self._integer(a, scope) for a in e.args[:2])
                return lambda: A.rational(int(i() == j()), 1)
            case "factorial":
                x = self._number(e.args[0], scope)
                return lambda: A.call("gamma", A.add(x(), A.rational(1, 1)))
            case "polygamma" if e.args[0] in (0, 1):
                x, name = self._number(e.args[1], scope), "trigamma" if e.args[0] else "digamma"
                return lambda: A.call(name, x())
            case "InverseElement":
                i, j, *lead = (self._integer(a, scope) for a in e.args[1:])
                which = tuple(lead)
                return thunks.read_inverse(A, self._matrix(e.args[0], which), i, j, str(e.args[0]), self.memo, which)
            case "Determinant":
                which = tuple(self._integer(a, scope) for a in e.args[1:])
                matrix = self._matrix(e.args[0], which)
                return thunks.determinant(A, matrix, str(e.args[0]), self.memo, which)
            case "Partial":
                return self._partial(e, scope)
        self._refuse(f"the function {head}")

    def _reduction(self, head: str, body: Expr, i: Symbol, lo: Expr, hi: Expr, scope: Scope) -> Thunk:
        slot = self._slot()
        first, last = self._integer(lo, scope), self._integer(hi, scope)
        term = self._number(body, {**scope, i: slot})
        return thunks.reduction(self.algebra, head, self.index, slot, first, last, term)

    def _partial(self, e: Expr, scope: Scope) -> Thunk:
        """A derivative of a let by another, from `written.Sweep`; one for each such pair."""
        from .written import Sweep

        of, by, *at = e.args
        array = str(of.base.label if isinstance(of, sympy.Indexed) else of)
        of_at = [self._integer(i, scope) for i in (of.indices if isinstance(of, sympy.Indexed) else ())]
        by_at = [self._integer(i, scope) for i in at]
        if (array, by.name) not in self.sweeps:
            self.sweeps[array, by.name] = Sweep(self, array, by.name)
        sweep = self.sweeps[array, by.name]
        return lambda: sweep.partial(tuple(i() for i in of_at), tuple(i() for i in by_at))

    def _truth(self, c: Any, scope: Scope) -> Truth:
        if c in (sympy.true, sympy.false):
            known = bool(c)
            return lambda: known
        match type(c).__name__:
            case "Not":
                inner = self._truth(c.args[0], scope)
                return lambda: not inner()
            case "And" | "Or" as head:
                return thunks.junction([self._truth(a, scope) for a in c.args], head == "Or")
        if not isinstance(c, sympy.core.relational.Relational):
            self._refuse(f"the condition {type(c).__name__}")
        return thunks.relation(self.algebra, c.rel_op, *self._numbers((c.lhs, c.rhs), scope))

    def _symbol(self, s: Symbol, scope: Scope) -> Thunk:
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
        self._invalid("E334", f"{s.name} is neither bound nor a parameter")

    def _indexed(self, e: Expr, scope: Scope) -> Thunk:
        name, at = str(e.base.label), [self._integer(i, scope) for i in e.indices]
        if name in self.lets:
            read = self.readers[name]
            if len(at) == 1:
                (one,) = at
                return lambda: read((one(),))
            return lambda: read(tuple(i() for i in at))
        if name not in self.parameters:
            self._invalid("E334", f"{name} is no parameter")
        axes = self.parameters[name].axes
        if len(axes) != len(at):
            self._invalid("E330", f"{name} is read at {len(at)} positions and has {len(axes)} axes")
        return thunks.read_parameter(name, at, [a.lo for a in axes], self.cells[name], self.sizes[name])

    def _log(self, argument: Expr, scope: Scope) -> Thunk:
        A = self.algebra
        whole, call = self._number(argument, scope), A.call
        below = [f for f in factors(argument) if f.is_Pow and is_negative_number(f.exp)]
        if not below:
            return lambda: call("log", whole())
        above = [f for f in factors(argument) if not (f.is_Pow and is_negative_number(f.exp))]
        numerator = thunks.fold(A.mul, self._numbers((*above, sympy.S.One), scope))
        denominator = thunks.fold(A.mul, [self._number(f.base, scope) for f in below])
        return thunks.log_quotient(A, whole, numerator, denominator)

    def _pow(self, e: Expr, scope: Scope) -> Thunk:
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
            return name in self.lets and self.is_nonnegative(self.lets[name].body)
        return False

    def _matrix(
        self, array: Expr, which: tuple[Integer, ...] = ()
    ) -> Callable[[], tuple[list[list[Number]], tuple[int, int]]]:
        """Rows of a parameter or let, and the positions of its first element; of which matrix of an array of them."""
        name = str(array)
        if name in self.lets:
            read, ranges = self.readers[name], self.ranges[name]

            def rows_of_let() -> tuple[list[list[Number]], tuple[int, int]]:
                lead = tuple(w() for w in which)
                (a, b), (c, d) = ((lo(), hi()) for lo, hi in ranges[len(lead) :])
                return [[read((*lead, i, j)) for j in range(c, d + 1)] for i in range(a, b + 1)], (a, c)

            return rows_of_let
        firsts = tuple(a.lo for a in self.parameters[name].axes)
        return thunks.read_matrix(self.cells[name], self.sizes[name], firsts, which, name)

    def _refuse(self, what: str) -> NoReturn:
        raise Unsupported(Diagnostic("E333", f"{what} has no exact evaluation yet", self.equation.span))

    def _invalid(self, code: str, message: str) -> NoReturn:
        raise InvalidEquation(Diagnostic(code, message, self.equation.span))


def leaves(algebra: Algebra, name: str, a: np.ndarray, seeded: Seeded | None) -> list[Number]:
    """The elements of an input, last axis fastest."""
    leaf = algebra.leaf
    if a.dtype.kind == "O":  # numbers of the algebra, as integrands get them
        exact: Callable[[Any], Any] = lambda v: v  # noqa: E731 - typed here
    else:
        exact = int if a.dtype.kind in "iub" else float
    if seeded is None:
        return [leaf(exact(v), None) for v in a.flat]
    return [leaf(exact(v), (name, k) if seeded(name, k) else None) for k, v in enumerate(a.flat)]


def factors(e: Expr) -> tuple[Expr, ...]:
    """Factors of a product, nested products being one."""
    return tuple(f for a in e.args for f in factors(a)) if e.is_Mul else (e,)


def is_negative_number(e: Expr) -> bool:
    return bool(e.is_Rational and e < 0)
