"""Statements and values in double-double arithmetic: every real number is a pair of floats.

Or every one that is computed once, beside floats for the elements of arrays.  Locals are tuples of two; scratch
arrays, and one for each output, have a last axis of length 2.  Inputs are floats, results are rounded at the end.
What has no function over pairs is evaluated at the rounded arguments, to working precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..expr import Call, Compare, Const, Element, Expr, Extent, Index, Var
from ..loops import Alloc, Assign, Fold, For, If, Invoke, Proc, Stmt
from ..primitives import PRIMITIVES
from .statements import Module, Writer
from .values import Values, bare, float_literal, nearest_float64

#: Primitives with a function over pairs, ``dd_NAME``.
OVER_PAIRS = frozenset(
    "add sub mul div neg square sqrt exp expm1 log log1p pow pow1p powi sin cos tan atan tanh sinh cosh sigmoid"
    " softplus lgamma digamma trigamma abs max min sign floor ceil hypot products_difference sum_error absorb"
    " absorb_div scaled_exp exp_sum exp_diff sigmoid_diff softplus_diff log_ratio square_up square_down".split()
)
STEPS = {"sum": "dd_add", "product": "dd_mul", "noisy_or": "dd_noisy_or", "max": "dd_max", "min": "dd_min"}
_EXACT = {"pi": "3.14159265358979323846264338327950288", "euler": "2.71828182845904523536028747135266250"}


class PairWriter(Writer):
    """The body of one function over pairs, or of one whose numbers are."""

    values: PairValues

    def __init__(self, proc: Proc, module: Module) -> None:
        super().__init__(proc, narrow=False, module=module)
        self.params = {p.name for p in proc.params}
        self.given = set(_results(proc.body))
        self.routines = module.pair_algebra if proc.pairs == "all" else module.linear_algebra
        self.results = {o.name: self.names[o.name] for o in proc.outputs if self.is_paired(o.name)}
        self.names |= {name: f"d{k}" for k, name in enumerate(self.results)}
        scratch = [s.name for s in proc.body if isinstance(s, Alloc) and not s.integer]
        self.arrays = {*self.results, *filter(self.is_paired, scratch)}
        self.values = PairValues(self)

    def is_paired(self, name: str) -> bool:
        """Whether the values of a name are pairs."""
        if self.proc.pairs == "all":
            return name not in self.params
        return name.removesuffix(".acc") in self.proc.numbers and name not in self.given

    def function(self, name: str) -> str:
        """A function over pairs, imported."""
        self.module.pairs.add(name)
        return name

    def write(self) -> list[str]:
        for name, result in self.results.items():
            self.line(f"{self.names[name]} = np.empty({result}.shape + (2,))")
        self.block(self.proc.body)
        if self.results:
            self.module.pair_algebra.add("dd_rounded")
        for name, result in self.results.items():
            self.line(f"dd_rounded({self.names[name]}, {result})")
        return self.lines

    def blocks(self, name: str, first: str, stop: str, totals: Sequence[str], body: Sequence[Stmt]) -> None:
        """A plain loop where all are pairs: their sums need no blocks."""
        if not any(map(self.is_paired, totals)):
            super().blocks(name, first, stop, totals, body)
            return
        self.line(f"for {name} in range({'' if first == '0' else first + ', '}{stop}):")
        self.indented(body)

    def stmt(self, s: Stmt) -> None:
        v = self.values
        match s:
            case Assign(target, value):
                v.paired = self.is_paired(_name(target))
                text = v.text(value, True)
                self.line(f"{self.target(target)} = {text}")
            case Fold(target, monoid, value) if self.is_paired(_name(target)):
                v.paired = True
                text = v.text(value, True)
                step = self.function(STEPS[monoid])
                self.line(f"{self.target(target)} = {step}({v.measured(target, True)[0]}, ({text}))")
            case Alloc(name, shape) if name in self.arrays:
                self.line(f"{self.names[name]} = np.empty(({', '.join(map(self.size, shape))}, 2))")
            case Invoke(function, views, failure, result, warning) if self.proc.pairs == "all":
                super().stmt(Invoke(f"dd_{function}", views, failure, result, warning))
            case _:
                v.paired = False
                super().stmt(s)
        v.paired = False

    def target(self, e: Var | Element) -> str:
        if isinstance(e, Var) or e.array not in self.arrays:
            return super().target(e)
        return ", ".join(self.values.halves(e))


def _results(body: Sequence[Stmt]) -> Iterator[str]:
    """What routines give as numbers."""
    for s in body:
        match s:
            case For(_, _, _, inner):
                yield from _results(inner)
            case If(_, then, other):
                yield from _results((*then, *other))
            case Invoke(result=Var(name)) | Invoke(result=Element(name, _)):
                yield name


def _name(target: Var | Element) -> str:
    return target.name if isinstance(target, Var) else target.array


class PairValues(Values):
    """Texts of expressions whose values are pairs while ``paired``; truth values and positions are what they were."""

    writer: PairWriter

    def __init__(self, writer: PairWriter) -> None:
        super().__init__(writer, narrow=False)
        self.writer = writer
        self.paired = False

    def lifted(self, text: str) -> str:
        return f"{self.writer.function('dd')}({bare(text)})"

    def number(self, e: Expr) -> str:
        return f"({self.text(e, True)})[0]" if self.paired else self.text(e, True)

    def halves(self, e: Element) -> tuple[str, str]:
        at = ", ".join(map(self.integer, e.at)) or "0"
        name = self.writer.local(e.array)
        return f"{name}[{at}, 0]", f"{name}[{at}, 1]"

    def measured(self, e: Expr, wide: bool) -> tuple[str, int]:
        w = self.writer
        if not self.paired:
            match e:
                case Var(name) if name[:1] != "%" and w.is_paired(name):  # what is cut off is of the statement's kind
                    return f"{w.local(name)}[0]", 0
                case Element(array, _) if array in w.arrays:
                    return self.halves(e)[0], 0
            return super().measured(e, wide)
        match e:
            case Index() | Extent():
                return self.lifted(f"float({self.integer(e)})"), 0
            case Var(name) if name in self.integers:
                return self.lifted(f"float({w.local(name)})"), 0
            case Var(name):
                paired = name[:1] == "%" or w.is_paired(name)
                return (w.local(name) if paired else self.lifted(w.local(name))), 0
            case Element(array, _) if array in w.arrays:
                return f"({', '.join(self.halves(e))})", 0
            case Element():
                return self.lifted(self.element(e)), 0
            case Call(prim, args) if PRIMITIVES[prim].truth:
                return super().measured(e, True)
            case Call("detach", (x,)):
                return self.measured(x, True)
            case Call(prim, args):
                return self.call(e, prim, args)
            case Compare(op, left, right) if not (self.is_integer(left) and self.is_integer(right)):
                (a, i), (b, j) = self.measured(left, True), self.measured(right, True)
                return self.comparison(op, a, b), 1 + max(i, j)
        return super().measured(e, wide)

    def call(self, e: Call, prim: str, args: tuple[Expr, ...]) -> tuple[str, int]:
        w = self.writer
        if not args:
            return self.constant(Fraction(_EXACT[prim]), True), 0
        if self.is_integer(e):
            return self.lifted(f"float({self.integer(e)})"), 0
        if prim == "powi" and isinstance(args[1], Const) and isinstance(args[1].value, Fraction):
            base, height = self.measured(args[0], True)
            return self.cut(f"{w.function('dd_powi')}({base}, {args[1].value.numerator})", height + 1)
        parts = [self.measured(a, True) for a in args]
        texts, height = [t for t, _ in parts], 1 + max(h for _, h in parts)
        if prim in OVER_PAIRS:
            function = w.function("dd_pow" if prim == "powi" else f"dd_{prim}")
            return self.cut(f"{function}({', '.join(texts)})", height)
        row = PRIMITIVES[prim]
        if "{" not in row.python:
            w.module.mathematics.add(row.python)
        return self.cut(self.lifted(row.text(*(f"{t}[0]" for t in texts))), height)

    def comparison(self, op: str, a: str, b: str) -> str:
        less, equal = (self.writer.function(f"dd_{name}") for name in ("less", "equal"))
        match op:
            case "<":
                return f"{less}({a}, {b})"
            case "<=":
                return f"({less}({a}, {b}) or {equal}({a}, {b}))"
            case "==":
                return f"{equal}({a}, {b})"
        return f"(not {equal}({a}, {b}))"

    def constant(self, q: Fraction | float, wide: bool) -> str:
        if not self.paired:
            return super().constant(q, wide)
        high = nearest_float64(q)
        low = nearest_float64(Fraction(q) - Fraction(high)) if abs(high) < float("inf") else 0.0
        return f"({float_literal(high)}, {float_literal(low)})"
