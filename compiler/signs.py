"""What is certainly true of a value: an interval of the extended reals, from declared domains.

Every value that a subexpression takes, for parameters in their domains, lies in its ``Bounds``.
Parameters are finite reals.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

from ..equations.domain import Domain
from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from .intervals import ANY, ONE, REAL, RULES, ZERO, Bounds, End, odd_power, square


def _from_domain(d: Domain) -> Bounds:
    match d.kind:
        case "finite":
            return Bounds(min(d.members), max(d.members), maybe_nan=False)
        case "simplex":
            return Bounds(ZERO, ONE, maybe_nan=False)
        case "orthogonal":
            return Bounds(-ONE, ONE, maybe_nan=False)
        case "interval" | "integer":
            lo: End = -inf if d.lo is None else d.lo
            hi: End = inf if d.hi is None else d.hi
            return Bounds(lo, hi, d.lo_open or d.lo is None, d.hi_open or d.hi is None, False)
    return REAL


class Signs:
    """Proofs about the subexpressions of one program."""

    def __init__(self, program: Program) -> None:
        self.known: dict[str, Bounds] = {p.name: _from_domain(p.domain) for p in program.params}
        self.integers = {p.name for p in program.params if p.domain.kind == "integer" or p.integer}
        self.finite = {p.name for p in program.params}
        self.ranges: dict[str, Range] = {}
        for let in program.lets:
            self.define(let.name, let.ranges, let.body)
        for o in program.outputs:
            self.ranges |= {r.name: r for r in o.ranges}

    def define(self, name: str, ranges: tuple[Range, ...], body: Expr | ArrayOp) -> None:
        """What a let's body proves holds for reads of the let."""
        self.ranges |= {r.name: r for r in ranges}
        self.known[name] = ANY if isinstance(body, ArrayOp) else self.bounds(body)

    # -- questions ---------------------------------------------------------------

    def is_nonnegative(self, e: Expr) -> bool:
        """Is ``e ≥ 0`` (or NaN) for all parameters in their domains?"""
        return self.bounds(e).lo >= 0

    def is_positive(self, e: Expr) -> bool:
        b = self.bounds(e)
        return b.lo > 0 or (b.lo == 0 and b.lo_open)

    def is_nonpositive(self, e: Expr) -> bool:
        return self.bounds(e).hi <= 0

    def is_negative(self, e: Expr) -> bool:
        b = self.bounds(e)
        return b.hi < 0 or (b.hi == 0 and b.hi_open)

    def is_finite(self, e: Expr) -> bool:
        """Is ``e`` a finite number, in floats too (no overflow can occur)?"""
        match e:
            case Const(Fraction()) | Index() | Extent():
                return True
            case Var(name) | Element(name, _):
                return name in self.finite
            case Call("neg" | "abs" | "sign" | "min" | "max" | "floor" | "ceil", args):
                return all(map(self.is_finite, args))
            case Call("sigmoid" | "tanh" | "erf" | "erfc" | "norm_cdf" | "sin" | "cos" | "atan", (x,)):
                return self.is_finite(x)
        return False

    # -- the lattice -------------------------------------------------------------

    def bounds(self, e: Expr) -> Bounds:
        """The interval proved for ``e``."""
        match e:
            case Const(Fraction() as v):
                return Bounds(v, v, maybe_nan=False)
            case Const(v):
                return ANY if v != v else Bounds(v, v, maybe_nan=False)
            case Index(name):
                r = self.ranges.get(name)
                lo = self.bounds(r.lo).lo if r else -inf
                hi = self.bounds(r.hi).hi if r else inf
                return Bounds(lo, hi, lo == -inf, hi == inf, False)
            case Extent():
                return Bounds(ZERO, inf, False, True, False)
            case Var(name) | Element(name, _):
                return self.known.get(name, ANY)
            case Select(_, then, other):
                return self.bounds(then).joined(self.bounds(other))
            case Reduce(monoid, r, body):
                return self._reduction(monoid, r, body)
            case Call(prim, args):
                return self._call(prim, args)
            case Compare():
                return ANY
        return ANY

    def _reduction(self, monoid: str, r: Range, body: Expr) -> Bounds:
        self.ranges[r.name] = r
        b = self.bounds(body)
        match monoid:
            case "max" | "min":
                empty = Bounds(-inf, -inf) if monoid == "max" else Bounds(inf, inf)
                return b.joined(empty)
            case "sum":
                lo = ZERO if b.lo >= 0 else -inf
                hi = ZERO if b.hi <= 0 else inf
                return Bounds(lo, hi, False, False, b.maybe_nan or (lo, hi) == (-inf, inf))
            case "noisy_or" if b.lo >= 0 and b.hi <= 1:
                return Bounds(ZERO, ONE, False, b.hi_open and b.hi == 1, b.maybe_nan)
            case "product" if b.lo >= 0:
                open_lo = b.lo > 0 or b.lo_open
                return Bounds(ONE if b.lo >= 1 else ZERO, ONE if b.hi <= 1 else inf, open_lo and b.lo < 1)
        return ANY

    def _call(self, prim: str, args: tuple[Expr, ...]) -> Bounds:
        match prim, args:
            case "pi" | "euler", ():
                return Bounds(Fraction(5, 2), Fraction(7, 2), True, True, False)
            case "mul", (x, y) if x == y:
                return square(self.bounds(x))
            case "sub", (x, y) if x == y:
                b = self.bounds(x)
                return Bounds(ZERO, ZERO, maybe_nan=b.maybe_nan or not self.is_finite(x))
            case "powi", (x, Const(Fraction() as n)) if n.denominator == 1 and n > 0:
                return square(self.bounds(x)) if n % 2 == 0 else odd_power(self.bounds(x))
        bounds = [self.bounds(a) for a in args]
        row = RULES.get(prim)
        return row(*bounds) if row else ANY
