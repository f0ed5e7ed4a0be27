"""Programs as sums of products: every let in its place, conventions and stable compounds undone.

``rel_entr(p, q)`` is ``p log(p/q)`` again, ``log1p(x)`` is ``log(1 + x)``, ``detach`` nothing; a
``Select`` that only says that an exact zero absorbs what stands beside it is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..binding import Names, ranges_of, unfold
from ..expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Output,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    walk,
)
from ..matching import factors
from ..positions import ONE, ZERO, const
from ..sums import affine, same
from ..sums import indices as indices_of
from . import terms as t
from .terms import NoFormula

SYMMETRIC = ("spd", "psd", "symmetric")
HALF = Fraction(1, 2)


def _log(x: Expr) -> Expr:
    return Call("log", (x,))


def _exp(x: Expr) -> Expr:
    return Call("exp", (x,))


def _add(x: Expr, y: Expr) -> Expr:
    return Call("add", (x, y))


def _sub(x: Expr, y: Expr) -> Expr:
    return Call("sub", (x, y))


def _mul(x: Expr, y: Expr) -> Expr:
    return Call("mul", (x, y))


def _div(x: Expr, y: Expr) -> Expr:
    return Call("div", (x, y))


def _bell(x: Expr) -> Expr:
    return Call("erfc", (Call("neg", (_div(x, Call("sqrt", (const(2),))),)),))


#: Stable compounds as what they mean.
MEANT: dict[str, Callable[..., Expr]] = {
    "rel_entr": lambda a, b: _mul(a, _log(_div(a, b))),
    "xlogy": lambda a, b: _mul(a, _log(b)),
    "middle_entr": lambda a, b: _mul(a, _log(_div(_mul(const(2), a), _add(a, b)))),
    "js_entr": lambda a, b: _add(Call("middle_entr", (a, b)), Call("middle_entr", (b, a))),
    "log_ratio": lambda a, b: _log(_div(a, b)),
    "log1p": lambda a: _log(_add(ONE, a)),
    "expm1": lambda a: _sub(_exp(a), ONE),
    "expm1x": lambda a: _sub(_sub(_exp(a), ONE), a),
    "softplus": lambda a: _log(_add(ONE, _exp(a))),
    "sigmoid_diff": lambda a, b: Call("sigmoid", (_sub(a, b),)),
    "softplus_diff": lambda a, b: _log(_add(ONE, _exp(_sub(a, b)))),
    "logaddexp": lambda a, b: _log(_add(_exp(a), _exp(b))),
    "log1mexp": lambda a: _log(_sub(ONE, _exp(a))),
    "log1pmx": lambda a: _sub(_mul(_add(ONE, a), _log(_add(ONE, a))), a),
    "log1p_gap": lambda a: _sub(a, _log(_add(ONE, a))),
    "log_gap": lambda a: _sub(_sub(a, ONE), _log(a)),
    "scaled_exp": lambda a, x: _mul(a, _exp(x)),
    "exp_sum": lambda a, b: _exp(_add(a, b)),
    "exp_diff": lambda a, b: _exp(_sub(a, b)),
    "log2": lambda a: _div(_log(a), _log(const(2))),
    "log10": lambda a: _div(_log(a), _log(const(10))),
    "hypot": lambda a, b: Call("sqrt", (_add(Call("square", (a,)), Call("square", (b,))),)),
    "pow1p": lambda a, b: Call("pow", (_add(ONE, a), b)),
    "products_difference": lambda a, b, c, d: _sub(_mul(a, b), _mul(c, d)),
    "norm_cdf": lambda a: _div(_bell(a), const(2)),
    "log_norm_cdf": lambda a: _log(_div(_bell(a), const(2))),
    "erfcx": lambda a: _mul(_exp(Call("square", (a,))), Call("erfc", (a,))),
    "absorb": _mul,
    "absorb_div": _div,
    "detach": lambda a: a,
}

#: Functions that stay functions.
KEPT = frozenset(
    "exp log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc gamma lgamma digamma trigamma "
    "floor ceil sign abs max min sigmoid pi euler".split()
)


class Gatherer:
    """The bodies of one program as sums of products."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = Names.of(program)
        self.ranges: dict[str, Range] = ranges_of(program)
        self.lets = {let.name: let for let in program.lets}
        self.whole = {let.name: let.body for let in program.lets if isinstance(let.body, ArrayOp)}
        self.symmetric = {p.name for p in program.params if p.domain.kind in SYMMETRIC}
        self.symmetric |= {n for n, op in self.whole.items() if op.operands[0].array in self.symmetric}
        self._known: dict[Expr, t.Poly] = {}

    def output(self, o: Output) -> t.Poly:
        return self.of(o.body)

    def at(self, name: str, at: tuple[Expr, ...]) -> t.Poly:
        """The value of a let at 0-based positions."""
        return self.of(unfold(self.lets[name], at, self.names))

    def of(self, e: Expr) -> t.Poly:
        if e not in self._known:
            self._known[e] = self._made(e)
        return self._known[e]

    def _made(self, e: Expr) -> t.Poly:
        match e:
            case Const(Fraction() as q):
                return t.number(q)
            case Const():
                return t.poly_of(t.Leaf(e))
            case Index() | Extent():
                return t.integer(e)
            case Var() | Element():
                return self._read(e)
            case Call(prim, args) if prim in MEANT:
                return self.of(MEANT[prim](*args))
            case Call(prim, args):
                return self._call(prim, args)
            case Select(cond, then, other):
                return self._select(cond, then, other)
            case Reduce("sum", r, body):
                return self.sum(self._range(r), self.of(body))
            case Reduce("product" | "max" | "min" | "argmax" | "argmin" as monoid, r, body):
                return t.fold(monoid, self._range(r), self.of(body))
        raise NoFormula(type(e).__name__)

    def _range(self, r: Range) -> Range:
        # Ranges of lets that were unfolded are copies under new names.
        self.ranges[r.name] = r
        return r

    def _read(self, e: Expr) -> t.Poly:
        name, at = (e.name, ()) if isinstance(e, Var) else (e.array, e.at) if isinstance(e, Element) else ("", ())
        let = self.lets.get(name)
        if let is None or name in self.whole:
            if any(self._is_computed(p) for p in at):
                raise NoFormula("a position that is computed")
            return t.poly_of(t.leaf(e, name in self.symmetric))
        return self.of(unfold(let, at, self.names))

    def _is_computed(self, p: Expr) -> bool:
        return any(
            isinstance(a, Var | Element) and (a.name if isinstance(a, Var) else a.array) in self.lets
            for a, _ in affine(p).terms
        )

    def _call(self, prim: str, args: tuple[Expr, ...]) -> t.Poly:
        match prim, args:
            case "add", (x, y):
                return t.add(self.of(x), self.of(y))
            case "sub", (x, y):
                return t.add(self.of(x), t.scaled(self.of(y), -1))
            case "neg", (x,):
                return t.scaled(self.of(x), -1)
            case "mul", (x, y):
                return t.mul(self.of(x), self.of(y))
            case "div", (x, y):
                return t.mul(self.of(x), t.power(self.of(y), Fraction(-1)))
            case "square", (x,):
                return t.power(self.of(x), Fraction(2))
            case "sqrt", (x,):
                return t.power(self.of(x), HALF)
            case "cbrt", (x,):
                return t.mul(t.function("sign", self.of(x)), t.power(t.function("abs", self.of(x)), Fraction(1, 3)))
            case "powi" | "pow", (x, Const(Fraction() as q)):
                return t.power(self.of(x), q)
            case "pow", (x, y):
                return t.poly_of(t.Fn("pow", (self.of(x), self.of(y))))
        if prim in KEPT:
            return t.function(prim, *map(self.of, args))
        raise NoFormula(prim)

    # -- conditions --------------------------------------------------------------

    def _select(self, cond: Expr, then: Expr, other: Expr) -> t.Poly:
        match cond:
            case Compare("==", x, y) if y == ZERO and then == ZERO and _is_absorbed(x, other):
                return self.of(other)
            case Call("and", (a, b)):
                return self._select(a, Select(b, then, other), other)
            case Call("or", (a, b)):
                return self._select(a, then, Select(b, then, other))
            case Call("not", (a,)):
                return self._select(a, other, then)
            case Compare(op, a, b):
                if _is_integer(a) and _is_integer(b):
                    here = t.holds(op, a, b)
                    opposite = {"==": ("!=", a, b), "!=": ("==", a, b), "<": ("<=", b, a), "<=": ("<", b, a)}[op]
                    chosen = t.mul(here, self.of(then))
                    rest = self.of(other)
                    return t.add(chosen, t.mul(t.holds(*opposite), rest)) if rest else chosen
                sides = self.of(a), self.of(b), self.of(then), self.of(other)
                return sides[2] if sides[2] == sides[3] else t.poly_of(t.Cases(op, *sides))
        raise NoFormula("a condition")

    # -- sums --------------------------------------------------------------------

    def sum(self, r: Range, p: t.Poly) -> t.Poly:
        """``Σ_r p`` with conditions ``r = …`` done."""
        split = any(r.name in t.free(a) for s, _ in self._opened(r, p) for a, _ in s if isinstance(a, t.Holds))
        if not split:
            return t.summed((r,), p)
        return t.add(*(self._sum_of_term(r, s, c) for s, c in self._opened(r, p)))

    def _opened(self, r: Range, p: t.Poly) -> t.Poly:
        """A sum with groups that hold conditions on an index multiplied out."""
        out: list[t.Poly] = []
        for s, c in p:
            made = t.number(c)
            for a, e in s:
                has = (
                    isinstance(a, t.Group)
                    and e == 1
                    and any(isinstance(b, t.Holds) and r.name in t.free(b) for u, _ in a.poly for b, _ in u)
                )
                made = t.expanded(made, self._opened(r, a.poly) if has and isinstance(a, t.Group) else t.poly_of(a, e))
            out.append(made)
        return t.add(*out)

    def _sum_of_term(self, r: Range, s: t.Term, c: Fraction) -> t.Poly:
        for a, _ in s:
            match a:
                case t.Holds("==", x, y) if r.name in t.free(a):
                    value = _solved(r.name, x, y)
                    if value is None:
                        continue
                    rest = tuple((b, e) for b, e in s if b != a)
                    put = t.renamed(((rest, c),), {r.name: value})
                    if not self._is_in(value, r):
                        put = t.mul(t.mul(t.holds("<=", r.lo, value), t.holds("<=", value, r.hi)), put)
                    return put
        return t.summed((r,), ((s, c),))

    def _is_in(self, value: Expr, r: Range) -> bool:
        match value:
            case Index(name) if name in self.ranges:
                other = self.ranges[name]
                return same(other.lo, r.lo) and same(other.hi, r.hi)
        return False


def _solved(name: str, x: Expr, y: Expr) -> Expr | None:
    """The index from ``x = y``."""
    a = affine(t.simplified_difference(x, y))
    c = a.coefficient(Index(name))
    if abs(c) != 1:
        return None
    rest = t.simplified_difference(t.simplified_difference(x, y), _mul(Const(c), Index(name)))
    if name in indices_of(rest):
        return None
    return t.simplified_difference(ZERO, rest) if c > 0 else t.simplified(rest)


def _is_integer(e: Expr) -> bool:
    """Is an expression made of indices and extents?"""
    return all(isinstance(a, Index | Extent) for a, _ in affine(e).terms)


def _is_absorbed(x: Expr, other: Expr) -> bool:
    """Is ``x`` a factor of a product, or does it divide it?"""
    return any(f == x or _is_power_of(f, x) for _, f in factors(other)[1])


def _is_power_of(f: Expr, x: Expr) -> bool:
    match f:
        case Call("square" | "powi" | "sqrt" | "absorb_div" | "absorb", (y, *_)):
            return y == x
        case Call("div" | "mul", _):
            return _is_absorbed(x, f)
    return False


def faces(program: Program) -> frozenset[frozenset[tuple[t.Term, Fraction]]]:
    """The differences of a program as its author writes them."""
    gatherer, out = Gatherer(program), []
    parts: tuple[Let | Output, ...] = (*program.lets, *program.outputs)
    for part in parts:
        for node in walk(part.body) if isinstance(part.body, Expr) else ():
            if not (isinstance(node, Call) and node.prim in ("add", "sub")):
                continue
            try:
                found = gatherer.of(node)
            except NoFormula:
                continue
            if len(found) > 1:
                term, c = t.as_term(found)
                out += [
                    frozenset(t.blank(t.scaled(a.poly, 1 if c > 0 else -1))) for a, _ in term if isinstance(a, t.Group)
                ]
    return frozenset(out)


__all__ = ["Gatherer", "NoFormula", "faces"]
