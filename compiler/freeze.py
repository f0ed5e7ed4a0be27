"""SymPy in index form to typed expressions: the compiler's door to SymPy (`thaw` is the way back).

Every construct has one reading; a head without one is refused by name.  Quotients
stay as the author grouped them, ``sqrt``, squares and small powers get their own
calls, and ``equations.conventions`` decides where an exact zero absorbs a logarithm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import inf, nan
from typing import Any

import sympy

from ..equations import heads
from ..equations.conventions import split_absorbed
from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.equation import Bound, Comprehension, Equation
from .binding import Names, unfold
from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Operand,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from .positions import ONE, ZERO, const, extent, is_affine, minus, tidy
from .written import partial

#: SymPy functions that are one call of ours.
FUNCTIONS = {
    **{
        name: name
        for name in (
            "exp log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh "
            "erf erfc gamma digamma trigamma floor sign"
        ).split()
    },
    "Abs": "abs",
    "ceiling": "ceil",
    "loggamma": "lgamma",
}
RECIPROCALS = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
REDUCTIONS = {"ReduceMax": "max", "ReduceMin": "min", "ArgMax": "argmax", "ArgMin": "argmin"}
RELATIONS = {
    "StrictLessThan": ("<", False),
    "LessThan": ("<=", False),
    "StrictGreaterThan": ("<", True),
    "GreaterThan": ("<=", True),
    "Equality": ("==", False),
    "Unequality": ("!=", False),
}
LARGEST_POWI = 64

Scope = Mapping[Any, Index]


def freeze(equation: Equation) -> Program:
    """The equation as a program of the stage ``frozen``."""
    return _Freezer(equation).program()


@dataclass
class _Freezer:
    """The arrays that are known so far, and the lets made on the way."""

    equation: Equation
    lows: dict[str, tuple[Expr, ...]] = field(default_factory=dict)
    shapes: dict[str, tuple[Range, ...]] = field(default_factory=dict)
    scalars: set[str] = field(default_factory=set)
    shared: dict[tuple[str, str], Let] = field(default_factory=dict)
    lets: list[Let] = field(default_factory=list)
    derivatives: dict[tuple[str, str], Let] = field(default_factory=dict)

    def program(self) -> Program:
        eq = self.equation
        taken = {c.name for c in (*eq.lets, *eq.outputs)} | {p.name for p in eq.parameters}
        self.names = Names(taken | {a.name for p in eq.parameters for a in p.axes})
        for p in eq.parameters:
            axes = tuple(Range("", const(a.lo), _last(a.lo, a.name)) for a in p.axes)
            self._declare(p.name, axes)
        for c in eq.lets:
            ranges, body = self._comprehension(c)
            self._declare(c.name, ranges)
            self.lets.append(Let(c.name, ranges, body))
        outputs = tuple(Output(c.name, *self._comprehension(c)) for c in eq.outputs)
        return Program(eq.name, self._params(), tuple(self.lets), outputs)

    def _params(self) -> tuple[Param, ...]:
        return tuple(
            Param(p.name, tuple(a.name for a in p.axes), p.domain, p.integer) for p in self.equation.parameters
        )

    def _declare(self, name: str, ranges: tuple[Range, ...]) -> None:
        self.shapes[name] = ranges
        self.lows[name] = tuple(r.lo for r in ranges)
        if not ranges:
            self.scalars.add(name)

    def _comprehension(self, c: Comprehension) -> tuple[tuple[Range, ...], Expr]:
        for written in sorted(c.body.atoms(heads.Partial), key=str):
            self._derive(written)
        scope: dict[Any, Index] = {}
        ranges = tuple(self._bind(b, scope) for b in c.bounds)
        return ranges, self.expr(c.body, scope)

    def _bind(self, b: Bound, scope: dict[Any, Index]) -> Range:
        """The range of a bound under a fresh name; its symbol joins the scope."""
        lo, hi = (tidy(self.expr(e, scope)) for e in (b.lo, b.hi))
        for e in (lo, hi):
            if not is_affine(e):
                raise self._refuse("a bound that is not affine in indices and extents", "E302")
        name = self.names.fresh(b.symbol.name)
        scope[b.symbol] = Index(name)
        return Range(name, lo, hi)

    def _refuse(self, what: str, code: str = "E301") -> Unsupported:
        return Unsupported(Diagnostic(code, f"cannot compile {what} in {self.equation.name}", self.equation.span))

    # -- one reading per construct ------------------------------------------------

    def expr(self, e: Any, scope: Scope) -> Expr:
        """The reading of a SymPy expression under bound symbols."""
        head = type(e).__name__
        if e.is_Number or e.is_NumberSymbol or e is sympy.nan:
            return self._number(e)
        if e.is_Symbol:
            return self._symbol(e, scope)
        if head in FUNCTIONS:
            return Call(FUNCTIONS[head], tuple(self.expr(a, scope) for a in e.args))
        if head in RECIPROCALS:
            return Call("div", (ONE, Call(RECIPROCALS[head], (self.expr(e.args[0], scope),))))
        if head in REDUCTIONS:
            body, symbol, lo, hi = e.args
            return self._reduce(REDUCTIONS[head], body, [(symbol, lo, hi)], scope)
        match head:
            case "Add":
                return self._add(e.args, scope)
            case "Mul":
                return self._mul(e.args, scope)
            case "Pow":
                return self._pow(e.base, e.exp, scope)
            case "Sum" | "Product":
                monoid = "sum" if head == "Sum" else "product"
                return self._reduce(monoid, e.function, [tuple(lim) for lim in e.limits], scope)
            case "Indexed":
                return self._element(str(e.base.label), e.indices, scope)
            case "Max" | "Min":
                args = [self.expr(a, scope) for a in e.args]
                return reduce(lambda a, b: Call(head.lower(), (a, b)), args)
            case "Piecewise":
                return self._piecewise(e.args, scope)
            case "KroneckerDelta":
                left, right = (self.expr(a, scope) for a in e.args)
                return Select(Compare("==", left, right), ONE, ZERO)
            case "factorial":
                return Call("gamma", (self._add((e.args[0], sympy.Integer(1)), scope),))
            case "polygamma" if e.args[0] in (0, 1):
                return Call("trigamma" if e.args[0] else "digamma", (self.expr(e.args[1], scope),))
            case "InverseElement":
                array, i, j, *lead = e.args
                return self._element(self._whole("inverse", array, len(lead)).name, (*lead, i, j), scope)
            case "Determinant":
                array, *lead = e.args
                return self._element(self._whole("determinant", array, len(lead)).name, lead, scope)
            case "Partial":
                return self._partial(e, scope)
        raise self._refuse(f"the head {head}")

    def _number(self, e: Any) -> Expr:
        if e is sympy.pi:
            return Call("pi", ())
        if e is sympy.E:
            return Call("euler", ())
        if e in (sympy.oo, -sympy.oo):
            return Const(inf if e > 0 else -inf)
        if e is sympy.nan:
            return Const(nan)
        if e.is_Rational:
            return Const(Fraction(int(e.p), int(e.q)))
        if e.is_Float:
            exact = sympy.Rational(e)
            return Const(Fraction(int(exact.p), int(exact.q)))
        raise self._refuse(f"the number {e}")

    def _symbol(self, s: Any, scope: Scope) -> Expr:
        if s in scope:
            return scope[s]
        if heads.is_extent(s):
            return Extent(s.name)
        if s.name in self.scalars:
            return Var(s.name)
        raise self._refuse(f"the free symbol {s.name}")

    def _element(self, array: str, at: Sequence[Any], scope: Scope) -> Expr:
        if array not in self.lows or len(self.lows[array]) != len(at):
            raise self._refuse(f"{array} with {len(at)} indices")
        places = []
        for e, r in zip(at, self.shapes[array], strict=True):
            value = self.expr(e, scope)
            if not is_affine(value):
                raise self._refuse(f"a position of {array} that is not affine", "E302")
            places.append(minus(value, r.lo))
        return Element(array, tuple(places)) if places else Var(array)

    def _reduce(self, monoid: str, body: Any, limits: Sequence[Any], scope: Scope) -> Expr:
        """Nested reductions; SymPy lists the innermost limit first."""
        inner = dict(scope)
        ranges = [self._bind(Bound(*limit), inner) for limit in reversed(limits)]
        out = self.expr(body, inner)
        for r in reversed(ranges):
            out = Reduce(monoid, r, out)
        return out

    def _add(self, args: Sequence[Any], scope: Scope) -> Expr:
        terms = [_signed(self.expr(a, scope)) for a in args]
        if len(terms) > 1 and terms[0][0] and not terms[1][0]:
            terms[:2] = terms[1::-1]
        negative, out = terms[0]
        out = Call("neg", (out,)) if negative else out
        for negative, term in terms[1:]:
            out = Call("sub" if negative else "add", (out, term))
        return out

    def _mul(self, args: Sequence[Any], scope: Scope) -> Expr:
        signs = [a for a in args if a == -1]
        factors = tuple(a for a in args if a != -1)
        coefficient, absorbed = split_absorbed(factors)
        if absorbed:
            value = self._product(absorbed, scope)
            out: Expr = Call("absorb", (self._product(coefficient, scope), value))
        else:
            out = self._product(factors, scope)
        if len(signs) % 2:
            return Const(-out.value) if isinstance(out, Const) else Call("neg", (out,))
        return out

    def _product(self, factors: Sequence[Any], scope: Scope) -> Expr:
        """Factors from left to right, as the author grouped them; a leading reciprocal divides what follows."""
        parts: list[tuple[bool, Expr]] = []
        flip = False
        for f in factors:
            match f:
                case sympy.Pow() if f.exp.is_Rational and f.exp < 0:
                    parts.append((True, self._pow(f.base, -f.exp, scope)))
                case sympy.Rational() if abs(f.p) == 1 and f.q > 1:
                    # 1/3 is not a float: dividing by 3 rounds once less.
                    flip ^= f.p < 0
                    parts.append((True, const(int(f.q))))
                case sympy.Rational() if f < 0:
                    flip = not flip
                    parts.append((False, self._number(-f)))
                case _:
                    parts.append((False, self.expr(f, scope)))
        out: Expr = ONE
        first = next((k for k, (below, _) in enumerate(parts) if not below), None)
        if first is None:
            out = Call("div", (ONE, _chain([e for _, e in parts]))) if parts else ONE
        else:
            out = parts[first][1]
            for below, e in (*parts[:first], *parts[first + 1 :]):
                out = Call("div" if below else "mul", (out, e))
        return Call("neg", (out,)) if flip else out

    def _pow(self, base: Any, exponent: Any, scope: Scope) -> Expr:
        if base is sympy.E:
            return Call("exp", (self.expr(exponent, scope),))
        x = self.expr(base, scope)
        if exponent.is_Rational and exponent < 0:
            return Call("div", (ONE, self._pow(base, -exponent, scope)))
        if exponent == sympy.Rational(1, 2):
            return Call("sqrt", (x,))
        if exponent.is_Integer and exponent <= LARGEST_POWI:
            n = int(exponent)
            small: dict[int, Expr] = {0: ONE, 1: x, 2: Call("square", (x,))}
            return small.get(n) or Call("powi", (x, const(n)))
        return Call("pow", (x, self.expr(exponent, scope)))

    def _piecewise(self, pieces: Sequence[Any], scope: Scope) -> Expr:
        out: Expr = Const(nan)
        for value, cond in reversed(pieces):
            then = self.expr(value, scope)
            out = then if cond == True else Select(self._truth(cond, scope), then, out)  # noqa: E712
        return out

    def _truth(self, c: Any, scope: Scope) -> Expr:
        head = type(c).__name__
        if head in RELATIONS:
            op, swapped = RELATIONS[head]
            left, right = (self.expr(a, scope) for a in c.args)
            return Compare(op, right, left) if swapped else Compare(op, left, right)
        if head in ("And", "Or"):
            # SymPy keeps these as sets; a fixed order keeps the text reproducible.
            args = [self._truth(a, scope) for a in sorted(c.args, key=sympy.default_sort_key)]
            return reduce(lambda a, b: Call(head.lower(), (a, b)), args)
        if head == "Not":
            return Call("not", (self._truth(c.args[0], scope),))
        if head in ("BooleanTrue", "BooleanFalse"):
            return Compare("==", ONE if head == "BooleanTrue" else ZERO, ONE)
        raise self._refuse(f"the condition {head}")

    def _whole(self, op: str, array: Any, leads: int = 0) -> Let:
        """The let of a whole-array operation, one per array; of every matrix where an array holds several."""
        name = str(getattr(array, "label", array))
        if (op, name) not in self.shared:
            shape = self.shapes.get(name, ())
            if len(shape) != 2 + leads:
                raise self._refuse(f"the {op} of {name}, which is not a matrix")
            kept = shape if op == "inverse" else shape[:leads]
            ranges = tuple(Range(self.names.fresh("a"), r.lo, r.hi) for r in kept)
            lead = tuple(minus(Index(r.name), r.lo) for r in ranges[:leads])
            let = Let(self.names.fresh(f"{op}_{name}"), ranges, ArrayOp(op, (Operand(name, lead),)))
            self._declare(let.name, ranges)
            self.lets.append(let)
            self.shared[op, name] = let
        return self.shared[op, name]


    def _derive(self, e: heads.Partial) -> None:
        """Name what a derivative is made of, before anything that reads it is under way."""
        of, by = _array(e.args[0]), e.args[1].name
        if (of, by) not in self.derivatives:
            lets = {let.name: let for let in self.lets}
            eq = self.equation
            copies = heads.differentiated_by(*(c.body for c in (*eq.lets, *eq.outputs)))
            axes = {c.name: [a.name for a in c.axes] for c in eq.lets if c.name in copies}
            program = Program(eq.name, self._params(), tuple(self.lets), ())
            made, found = partial(program, lets[of], lets[by], axes, self.names)
            for let in made:
                self._declare(let.name, let.ranges)
                self.lets.append(let)
            self.derivatives[of, by] = found

    def _partial(self, e: heads.Partial, scope: Scope) -> Expr:
        of, by = _array(e.args[0]), e.args[1].name
        positions = (*(e.args[0].indices if e.args[0].args else ()), *e.args[2:])
        lows = (*self.lows[of], *self.lows[by])
        at = tuple(minus(tidy(self.expr(i, scope)), lo) for i, lo in zip(positions, lows, strict=True))
        return unfold(self.derivatives[of, by], at, self.names)


def _array(e: Any) -> str:
    """The name of a let, or of the one that an element is of."""
    return str(e.base.label if isinstance(e, sympy.Indexed) else e)


def _last(lo: int, axis: str) -> Expr:
    """The index of the last element of an axis whose first is ``lo``."""
    return tidy(Call("add", (extent(axis), const(lo - 1))))


def _signed(e: Expr) -> tuple[bool, Expr]:
    """Is a term subtracted, and what is."""
    match e:
        case Call("neg", (x,)):
            return True, x
        case Const(v) if v < 0:
            return True, Const(-v)
    return False, e


def _chain(factors: list[Expr]) -> Expr:
    return reduce(lambda a, b: Call("mul", (a, b)), factors) if factors else ONE
