"""Expressions as Python text, in float64 or with float32 kept where it may be."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

from ...equations.diagnostic import CompilerBug, Diagnostic
from ...equations.span import Span
from ..expr import Call, Compare, Const, Element, Expr, Extent, Index, Select, Var
from ..loops import Alloc, Assign, Fold, For, If, Invoke, Stmt
from ..primitives import PRIMITIVES
from ..sums import affine

if TYPE_CHECKING:
    from .statements import Writer

#: Nesting at which an expression is cut by a local: parsers and readers have limits.
DEEP = 40


class Values:
    """Texts of expressions inside one function.

    A value is *wide* when it is float64 for certain; where an operation has a wide
    operand its constants are float64 too, so that none loses digits on the way.
    """

    def __init__(self, writer: Writer, narrow: bool) -> None:
        self.writer, self.narrow = writer, narrow
        self.loops: dict[str, tuple[str, int]] = {}
        proc = writer.proc
        self.integers = {p.name for p in proc.params if p.integer}
        self.wide = {s.name for s in proc.body if isinstance(s, Alloc)}
        if narrow:
            self.find_wide(proc.body)

    def find_wide(self, body: tuple[Stmt, ...]) -> None:
        """Note the locals that are float64; each is set before it is read."""
        for s in body:
            match s:
                case For(_, _, _, inner):
                    self.find_wide(inner)
                case If(_, then, other):
                    self.find_wide((*then, *other))
                case Assign(Var(name), value) if self.is_wide(value):
                    self.wide.add(name)
                case Fold(Var(name), monoid, value) if monoid not in ("max", "min") or self.is_wide(value):
                    self.wide.add(name)
                case Invoke(result=Var(name)):
                    self.wide.add(name)

    def is_wide(self, e: Expr) -> bool:
        """Whether the expression is float64 also on float32 inputs."""
        if not self.narrow:
            return True
        stack = [e]
        while stack:
            match stack.pop():
                case Var(name) if name in self.wide or name in self.integers:
                    return True
                case Element(array, _) if array in self.wide or array in self.integers:
                    return True
                case Index() | Extent():
                    return True
                case Call(_, args):
                    stack.extend(args)
                case Select(_, then, other):
                    stack += [then, other]
                case Compare(_, left, right):
                    stack += [left, right]
        return False

    def text(self, e: Expr, wide: bool) -> str:
        """The expression; constants are float64 where ``wide``."""
        return bare(self.measured(self.shallow(e), wide)[0])

    def shallow(self, e: Expr) -> Expr:
        """The expression with its deep parts in locals, whose lines are written before.

        The branches of a ``Select`` are left alone: they run only when taken.
        """
        made: dict[int, tuple[Expr, int]] = {}
        stack = [(e, False)]
        while stack:
            node, ready = stack.pop()
            if id(node) in made:
                continue
            parts = node.args if isinstance(node, Call) and not self.is_integer(node) else ()
            if not ready and parts:
                stack.append((node, True))
                stack.extend((part, False) for part in parts)
                continue
            height = 1 + max((made[id(part)][1] for part in parts), default=0)
            if any(made[id(part)][0] is not part for part in parts):
                assert isinstance(node, Call)
                made[id(node)] = Call(node.prim, tuple(made[id(part)][0] for part in parts)), height
            else:
                made[id(node)] = node, height
            if height >= DEEP and node is not e:
                name, now = self.writer.fresh(), made[id(node)][0]
                wide = self.is_wide(now)
                self.writer.line(f"{name} = {bare(self.measured(now, wide)[0])}")
                # No author's name holds a percent sign.
                alias = f"%{name}"
                self.writer.names[alias] = name
                if wide:
                    self.wide.add(alias)
                made[id(node)] = Var(alias), 0
        return made[id(e)][0]

    def measured(self, e: Expr, wide: bool) -> tuple[str, int]:
        """The text and how deep it is; lines for deep parts are written before."""
        match e:
            case Const(q):
                return self.constant(q, wide), 0
            case Var(name) if name in self.integers:
                return f"float({self.writer.local(name)})", 0
            case Var(name):
                return self.writer.local(name), 0
            case Index() | Extent():
                return f"float({self.integer(e)})", 0
            case Element(array, _) if array in self.integers:
                return f"float({self.element(e)})", 0
            case Element():
                return self.element(e), 0
            case Call("powi", (base, Const(Fraction() as n))):
                inner, height = self.measured(base, wide and self.is_wide(base))
                return self.cut(f"({inner} ** {n.numerator})", height + 1)
            case Call(prim, args):
                row = PRIMITIVES[prim]
                if not args:
                    return self.constant(row.evaluate(), wide), 0
                if self.is_integer(e):
                    return f"float({self.integer(e)})", 0
                wide = self.is_wide(e)
                if "{" not in row.python:
                    self.writer.module.mathematics.add(row.python)
                parts = [self.measured(a, wide) for a in args]
                texts = [t if "{" in row.python else bare(t) for t, _ in parts]
                return self.cut(row.text(*texts), 1 + max(h for _, h in parts))
            case Compare(op, left, right):
                if self.is_integer(left) and self.is_integer(right):
                    return f"({self.integer(left)} {op} {self.integer(right)})", 1
                wide = self.is_wide(e)
                (a, i), (b, j) = self.measured(left, wide), self.measured(right, wide)
                return f"({a} {op} {b})", 1 + max(i, j)
            case Select():
                return self.select(e, wide)
        raise CompilerBug(Diagnostic("E307", f"no text for {type(e).__name__}", Span(0, 0)))

    def cut(self, text: str, height: int) -> tuple[str, int]:
        if height <= DEEP:
            return text, height
        name = self.writer.fresh()
        self.writer.line(f"{name} = {bare(text)}")
        return name, 0

    def select(self, e: Select, wide: bool) -> tuple[str, int]:
        """A conditional expression, or a statement where a branch needs lines of its own."""
        w = self.writer
        wide = wide or self.is_wide(e)
        cond, i = self.measured(e.cond, self.is_wide(e.cond))
        outer = w.lines
        w.depth += 1
        then_lines: list[str] = []
        w.lines = then_lines
        then, j = self.measured(e.then, wide)
        other_lines: list[str] = []
        w.lines = other_lines
        other, k = self.measured(e.other, wide)
        w.lines = outer
        w.depth -= 1
        if not then_lines and not other_lines:
            return self.cut(f"({then} if {cond} else {other})", 1 + max(i, j, k))
        name, pad = w.fresh(), "    " * (w.depth + 1)
        w.line(f"if {cond}:")
        w.lines += [*then_lines, f"{pad}{name} = {bare(then)}"]
        w.line("else:")
        w.lines += [*other_lines, f"{pad}{name} = {bare(other)}"]
        return name, 0

    def element(self, e: Element) -> str:
        at = ", ".join(map(self.integer, e.at)) or "0"
        return f"{self.writer.local(e.array)}[{at}]"

    def is_integer(self, e: Expr) -> bool:
        """Whether the expression is a sum of indices, extents and integers."""
        stack = [e]
        while stack:
            match stack.pop():
                case Call("add" | "sub" | "neg", args):
                    stack.extend(args)
                case Call("mul", (Const(), factor)) | Call("mul", (factor, Const())):
                    stack.append(factor)
                case Const() | Index() | Extent():
                    pass
                case Var(name) if name in self.integers:
                    pass
                case _:
                    return False
        a = affine(e)
        return all(c.denominator == 1 for _, c in a.terms) and a.const.denominator == 1

    def number(self, e: Expr) -> str:
        """The value as one float64."""
        return self.text(e, True)

    def integer(self, e: Expr, more: int = 0) -> str:
        """An integer expression plus a number."""
        a = affine(e)
        const = a.const + more
        out = ""
        for atom, c in a.terms:
            match atom:
                case Index(name):
                    text, shift = self.loops[name]
                    const += c * shift
                case Extent(axis):
                    text = self.writer.extent(axis)
                case Var(name):
                    text = self.writer.local(name)
                case Element():
                    text = f"int({self.element(atom)})"
                case Call("mul", (x, y)):
                    text = f"({self.integer(x)}) * ({self.integer(y)})"
                case _:
                    text = f"int({self.number(atom)})"
            if c.denominator != 1:
                raise CompilerBug(Diagnostic("E303", f"position {a} is not an integer", Span(0, 0)))
            text = text if abs(c) == 1 else f"{abs(c)} * {text}"
            sign = "-" if c < 0 else "+"
            out = f"{out} {sign} {text}" if out else (text if c > 0 else f"-{text}")
        if const.denominator != 1:
            raise CompilerBug(Diagnostic("E303", f"position {a} is not an integer", Span(0, 0)))
        if not out:
            return str(const)
        return out if not const else f"{out} {'+' if const > 0 else '-'} {abs(const)}"

    def constant(self, q: Fraction | float, wide: bool) -> str:
        if self.narrow and not wide:
            x = nearest_float32(q)
            return self.writer.module.constant(f"np.float32({float_literal(x, single=True)})")
        text = float_literal(nearest_float64(q))
        return f"({text})" if text.startswith("-") else text


def bare(text: str) -> str:
    """The text without a pair of parentheses around all of it."""
    if not text.startswith("("):
        return text
    depth = 0
    for k, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return text[1:-1] if k == len(text) - 1 else text
    return text


def nearest_float64(q: Fraction | float) -> float:
    """The closest double; infinite beyond the range."""
    try:
        return float(q)
    except OverflowError:
        return math.inf if q > 0 else -math.inf


def nearest_float32(q: Fraction | float) -> float:
    """The closest single (rounded once, ties to even); infinite beyond the range."""
    if isinstance(q, float) and not math.isfinite(q):
        return q
    exact, sign = abs(Fraction(q)), -1.0 if q < 0 else 1.0
    if not exact:
        return 0.0
    # Bits of positive singles are ordered like their values.
    double = nearest_float64(exact)
    try:
        guess = int(struct.unpack("<I", struct.pack("<f", double))[0])
    except OverflowError:
        guess = 0x7F7FFFFF
    around = [k for k in (guess - 1, guess, guess + 1) if 0 <= k <= 0x7F7FFFFF]
    best = min(around, key=lambda k: (abs(Fraction(_single(k)) - exact), k & 1))
    if best == 0x7F7FFFFF and exact >= Fraction(2) ** 128 - Fraction(2) ** 103:
        return sign * math.inf
    return sign * _single(best)


def _single(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])


def float_literal(x: float, single: bool = False) -> str:
    if math.isnan(x):
        return "np.nan"
    if math.isinf(x):
        return "np.inf" if x > 0 else "-np.inf"
    if not single:
        return repr(x)
    for digits in range(1, 10):
        text = repr(float(f"{x:.{digits}g}"))
        if nearest_float32(float(text)) == x:
            return text
    return repr(x)
