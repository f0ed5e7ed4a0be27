"""Statements and values in double-double arithmetic: every real number is a pair of floats.

Locals are tuples of two; scratch arrays, and one for each output, have a last axis of length 2.
Inputs are floats, results are rounded at the end.  What has no function over pairs is evaluated
at the rounded arguments, to working precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..expr import Call, Compare, Const, Element, Expr, Extent, Index, Var
from ..loops import Alloc, Assign, Fold, Invoke, Proc, Stmt
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
    """The body of one function over pairs."""

    values: PairValues

    def __init__(self, proc: Proc, module: Module) -> None:
        super().__init__(proc, narrow=False, module=module)
        self.values = PairValues(self)
        self.routines = module.pair_algebra
        self.results = {o.name: self.names[o.name] for o in proc.outputs}
        self.names |= {o.name: f"d{k}" for k, o in enumerate(proc.outputs)}
        self.paired = {*self.results, *(s.name for s in proc.body if isinstance(s, Alloc) and not s.integer)}

    def function(self, name: str) -> str:
        """A function over pairs, imported."""
        self.module.pairs.add(name)
        return name

    def write(self) -> list[str]:
        for name, result in self.results.items():
            self.line(f"{self.names[name]} = np.empty({result}.shape + (2,))")
        self.block(self.proc.body)
        self.module.pair_algebra.add("dd_rounded")
        for name, result in self.results.items():
            self.line(f"dd_rounded({self.names[name]}, {result})")
        return self.lines

    def blocks(self, name: str, first: str, stop: str, totals: Sequence[str], body: Sequence[Stmt]) -> None:
        """A plain loop: sums of pairs need no blocks."""
        self.line(f"for {name} in range({'' if first == '0' else first + ', '}{stop}):")
        self.indented(body)

    def stmt(self, s: Stmt) -> None:
        match s:
            case Assign(target, value):
                text = self.values.text(value, True)
                self.line(f"{self.target(target)} = {text}")
            case Fold(target, monoid, value):
                text = self.values.text(value, True)
                step = self.function(STEPS[monoid])
                self.line(f"{self.target(target)} = {step}({self.values.measured(target, True)[0]}, ({text}))")
            case Alloc(name, shape, integer):
                sizes = [self.size(e) for e in shape]
                text = f"({', '.join(sizes)},), np.int64" if integer else f"({', '.join(sizes)}, 2)"
                self.line(f"{self.names[name]} = np.empty({text})")
            case Invoke(function, views, failure, result, warning):
                super().stmt(Invoke(f"dd_{function}", views, failure, result, warning))
            case _:
                super().stmt(s)

    def target(self, e: Var | Element) -> str:
        if isinstance(e, Var):
            return self.local(e.name)
        return ", ".join(self.values.halves(e))


class PairValues(Values):
    """Texts of expressions whose values are pairs; truth values and positions are what they were."""

    writer: PairWriter

    def __init__(self, writer: PairWriter) -> None:
        super().__init__(writer, narrow=False)
        self.writer = writer

    def lifted(self, text: str) -> str:
        return f"{self.writer.function('dd')}({bare(text)})"

    def number(self, e: Expr) -> str:
        return f"({self.text(e, True)})[0]"

    def halves(self, e: Element) -> tuple[str, str]:
        at = ", ".join(map(self.integer, e.at)) or "0"
        name = self.writer.local(e.array)
        return f"{name}[{at}, 0]", f"{name}[{at}, 1]"

    def measured(self, e: Expr, wide: bool) -> tuple[str, int]:
        w = self.writer
        match e:
            case Index() | Extent():
                return self.lifted(f"float({self.integer(e)})"), 0
            case Var(name) if name in self.integers:
                return self.lifted(f"float({w.local(name)})"), 0
            case Var(name):
                parameter = any(p.name == name for p in w.proc.params)
                return (self.lifted(w.local(name)) if parameter else w.local(name)), 0
            case Element(array, _) if array in w.paired:
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
        high = nearest_float64(q)
        low = nearest_float64(Fraction(q) - Fraction(high)) if abs(high) < float("inf") else 0.0
        return f"({float_literal(high)}, {float_literal(low)})"
