"""Sums of products as LaTeX, with indices: ``\\sum_{j=1}^{n}``, subscripts, cases.

What stands here reads back: scripts are braced, functions of more than a symbol have
brackets, and a sum stands last in its term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..expr import Const, Element, Expr, Extent, Index, Range, Var
from ..positions import plus
from . import terms as t
from .faces import leaves, turned
from .layout import Indices, Layout, extent, number

#: How tightly a text holds together.
SUM, PRODUCT, TIGHT = 1, 2, 9

FUNCTIONS = {
    "log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "asin": r"\arcsin", "acos": r"\arccos",
    "atan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh",
    "asinh": r"\operatorname{arsinh}", "acosh": r"\operatorname{arcosh}", "atanh": r"\operatorname{artanh}",
    "atan2": r"\operatorname{atan2}", "erf": r"\operatorname{erf}", "erfc": r"\operatorname{erfc}",
    "gamma": r"\Gamma", "lgamma": r"\log \Gamma", "digamma": r"\psi", "trigamma": r"\operatorname{trigamma}",
    "sign": r"\operatorname{sign}",
    "max": r"\max", "min": r"\min",
}  # fmt: skip
RELATIONS = {"==": "=", "!=": r"\neq", "<": "<", "<=": r"\le"}
FOLDS = {"product": r"\prod", "max": r"\max", "min": r"\min", "argmax": r"\operatorname{argmax}",
         "argmin": r"\operatorname{argmin}"}  # fmt: skip

Text = tuple[str, int]


class NoNotation(Exception):
    """What has no notation here."""


@dataclass(frozen=True)
class Writer:
    """Index form; ``chain`` writes a sum in matrix notation, where that is wanted."""

    layout: Layout
    chain: Callable[[Writer, t.SumOf, Fraction], str | None] | None = None

    # -- sums ----------------------------------------------------------------------

    def poly(self, p: t.Poly, ix: Indices) -> Text:
        if not p:
            return "0", TIGHT
        if len(p) > 1 and t.common(p)[0]:
            p = (t.as_term(p),)
        if len(p) == 1:
            if p[0][1] == 1 and len(p[0][0]) == 1 and not isinstance(p[0][0][0][0], t.Group):
                ((a, e),) = p[0][0]
                if e > 0:
                    return self.power(a, e, ix)
            negative, text = self.term(*p[0], ix)
            return (f"-{text}", SUM) if negative else (text, PRODUCT)
        out = ""
        for s, c in sorted(p, key=lambda q: (_place(q, p), q[1] < 0)):
            negative, text = self.term(s, c, ix)
            out += (" - " if negative else " + ") + text if out else ("-" if negative else "") + text
        return out, SUM

    def inside(self, p: t.Poly, ix: Indices) -> str:
        return self.poly(p, ix)[0]

    def term(self, s: t.Term, c: Fraction, ix: Indices) -> tuple[bool, str]:
        """Is a term subtracted, and its text."""
        s, c = turned(s, c, self.layout)
        above = [(a, e) for a, e in s if e > 0]
        below = [(a, -e) for a, e in s if e < 0]
        above.sort(key=lambda f: rank(f[0]))
        guards = [a for a, _ in above if isinstance(a, t.Holds) and a.op != "=="]
        above = [f for f in above if f[0] not in guards]
        behind: list[tuple[t.Atom, Fraction]] = []
        if below or c.denominator != 1:
            plain = all(isinstance(a, t.Leaf) for a, _ in below)
            behind = [
                f
                for f in above
                if isinstance(f[0], t.SumOf | t.Fold | t.Cases) and f[1] == 1 and not self.is_short(f[0])
            ]
            if plain:
                behind += [f for f in above if isinstance(f[0], t.Group) and f[1] == 1]
            above = [f for f in above if f not in behind]
        text = self.fraction(c, above, below, ix)
        if behind:
            behind.sort(key=lambda f: rank(f[0]))
            rest = self.factors(behind, ix)
            text = rest if text == "1" else f"{text} {rest}"
        for condition in self.conditions(guards, ix):
            text = rf"\begin{{cases}} {text} & \text{{if }} {condition} \\ 0 & \text{{otherwise}} \end{{cases}}"
        return c < 0, text

    def conditions(self, guards: Sequence[t.Holds], ix: Indices) -> list[str]:
        """Conditions, ``1 \\le i \\le n`` where one goes on where another ends."""
        out: list[str] = []
        for g in sorted(guards, key=lambda g: any(g.left == h.right for h in guards)):
            text = f"{RELATIONS[g.op]} {ix.integer(g.right)}"
            begins = ix.integer(g.left)
            if out and out[-1].endswith(f" {begins}"):
                out[-1] += f" {text}"
            else:
                out.append(f"{begins} {text}")
        return out

    def is_short(self, a: t.Atom) -> bool:
        """Is a sum written in matrix notation?"""
        return isinstance(a, t.SumOf) and self.chain is not None and self.chain(self, a, Fraction(1)) is not None

    def fraction(
        self,
        c: Fraction,
        above: Sequence[tuple[t.Atom, Fraction]],
        below: Sequence[tuple[t.Atom, Fraction]],
        ix: Indices,
        more: str = "",
    ) -> str:
        """``more`` stands last above the line."""
        size = abs(c)
        top = self.factors(above, ix, alone=not more and size.numerator == 1 and bool(below or size.denominator > 1))
        top = " ".join(x for x in (top, more) if x)
        if size.numerator != 1 or not top:
            top = f"{size.numerator} {top}".strip()
        if not below and size.denominator == 1:
            return top
        under = sorted(below, key=lambda f: rank(f[0]))
        bottom = self.factors(under, ix, alone=size.denominator == 1)
        if size.denominator != 1:
            bottom = f"{size.denominator} {bottom}".strip()
        return rf"\frac{{{top}}}{{{bottom}}}"

    def factors(self, fs: Sequence[tuple[t.Atom, Fraction]], ix: Indices, alone: bool = False) -> str:
        """A product; a single group needs no brackets where it stands ``alone``."""
        if alone and len(fs) == 1 and fs[0][1] == 1 and isinstance(fs[0][0], t.Group):
            return self.inside(fs[0][0].poly, ix)
        out: list[str] = []
        for k, (a, e) in enumerate(fs):
            text, level = self.power(a, e, ix)
            last = k == len(fs) - 1
            if level < PRODUCT or (level == PRODUCT and not last):
                text = bracketed(text)
            if out and text.startswith(r"\left(") and is_like_function(fs[k - 1][0]):
                text = rf"\cdot {text}"
            out.append(text)
        return " ".join(out)

    # -- factors -------------------------------------------------------------------

    def power(self, a: t.Atom, e: Fraction, ix: Indices) -> Text:
        if isinstance(a, t.SumOf) and self.chain is not None:
            made = self.chain(self, a, e)
            if made is not None:
                return made, TIGHT
        if e == 1:
            return self.atom(a, ix)
        if e == Fraction(1, 2):
            return rf"\sqrt{{{self.atom_inside(a, ix)}}}", TIGHT
        written = number(e) if e.denominator == 1 else f"{e.numerator}/{e.denominator}"
        match a:
            case t.Fn("exp", (x,)) if e.denominator == 1:
                return self.exponential(t.scaled(x, e), ix)
            case t.Fn("pow", (x, y)) if e.denominator == 1:
                return self.function("pow", (x, t.scaled(y, e)), ix)
            case t.Fn("sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh" as f, (x,)):
                return rf"{FUNCTIONS[f]}^{{{written}}}{bracketed(self.inside(x, ix))}", TIGHT
        text, _ = self.atom(a, ix)
        simple = isinstance(a, t.Leaf) and not (isinstance(a.expr, Element | Var) and self.has_power(a.expr))
        if (isinstance(a, t.Fn) and a.name == "abs") or simple:
            return f"{text}^{{{written}}}", TIGHT
        return f"{bracketed(text)}^{{{written}}}", TIGHT

    def atom_inside(self, a: t.Atom, ix: Indices) -> str:
        return self.inside(a.poly, ix) if isinstance(a, t.Group) else self.atom(a, ix)[0]

    def has_power(self, e: Expr) -> bool:
        name = e.array if isinstance(e, Element) else e.name if isinstance(e, Var) else ""
        known = name in self.layout.inverses or name in self.layout.determinants
        return known or "^" in self.layout.symbols.get(name, name)

    def atom(self, a: t.Atom, ix: Indices) -> Text:
        match a:
            case t.Leaf(e):
                return self.leaf(e, ix)
            case t.Group(p):
                return self.poly(p, ix)
            case t.Fn("exp", (x,)):
                return self.exponential(x, ix)
            case t.Fn(name, args):
                return self.function(name, args, ix)
            case t.Holds("==", left, right):
                sides = [ix.integer(left), ix.integer(right)]
                if not (isinstance(left, Index) and isinstance(right, Index)):
                    return rf"\mathbf{{1}}[{sides[1]} = {sides[0]}]", TIGHT
                return rf"{self.layout.delta}_{{{' '.join(sides)}}}", TIGHT
            case t.Holds(op, left, right):
                condition = f"{ix.integer(left)} {RELATIONS[op]} {ix.integer(right)}"
                return rf"\begin{{cases}} 1 & \text{{if }} {condition} \\ 0 & \text{{otherwise}} \end{{cases}}", TIGHT
            case t.SumOf(ranges, s):
                inner, signs = ix, ""
                for r in ranges:
                    inner = inner.within(r.name, self.wish(a, r.name))
                    signs += inner.range(r) + " "
                return signs + self.term(s, Fraction(1), inner)[1], PRODUCT
            case t.Fold(monoid, r, p):
                inner = ix.within(r.name, self.wish(a, r.name))
                text, level = self.poly(p, inner)
                return f"{self.folding(FOLDS[monoid], r, inner)} {bracketed(text) if level < TIGHT else text}", PRODUCT
            case t.Cases(op, left, right, then, other):
                condition = f"{self.inside(left, ix)} {RELATIONS[op]} {self.inside(right, ix)}"
                return (
                    rf"\begin{{cases}} {self.inside(then, ix)} & \text{{if }} {condition} \\ "
                    rf"{self.inside(other, ix)} & \text{{otherwise}} \end{{cases}}"
                ), TIGHT
        raise NoNotation(type(a).__name__)

    def folding(self, sign: str, r: Range, ix: Indices) -> str:
        if sign == r"\prod" or ix.is_whole(r):
            return ix.range(r, sign) if sign == r"\prod" else f"{sign}_{{{ix.of[r.name]}}}"
        return rf"{sign}_{{{ix.integer(r.lo)} \le {ix.of[r.name]} \le {ix.integer(r.hi)}}}"

    def wish(self, a: t.Atom, name: str) -> str | None:
        """The letter that the author gives an index, by what it reads."""
        for e in leaves(a):
            if isinstance(e, Element):
                for k, p in enumerate(e.at):
                    if Index(name) in (p, plus(p, self.low(e.array, k))):
                        found = self.layout.letters.get((e.array, k))
                        if found:
                            return found
        return None

    def low(self, array: str, k: int) -> Expr:
        lows = self.layout.lows.get(array, ())
        return lows[k] if k < len(lows) else Const(Fraction(1))

    def leaf(self, e: Expr, ix: Indices) -> Text:
        match e:
            case Const(Fraction() as q):
                return number(q), TIGHT
            case Const(v):
                return r"\infty" if v > 0 else r"-\infty", TIGHT if v > 0 else SUM
            case Var(name) if name in self.layout.determinants:
                return rf"\det\left( {self.symbol(self.layout.determinants[name])} \right)", TIGHT
            case Var(name):
                return self.symbol(name), TIGHT
            case Extent(axis):
                return extent(axis), TIGHT
            case Index(name):
                return ix.of.get(name, name), TIGHT
            case Element(array, at):
                places = [ix.integer(plus(p, self.low(array, k))) for k, p in enumerate(at)]
                script = (" " if all(len(p) == 1 for p in places) else ", ").join(places)
                if array in self.layout.inverses:
                    matrix = self.symbol(self.layout.inverses[array])
                    return rf"\left( {matrix}^{{-1}} \right)_{{{script}}}", TIGHT
                return scripted(self.symbol(array), script), TIGHT
        raise NoNotation(type(e).__name__)

    def symbol(self, name: str) -> str:
        if name not in self.layout.symbols:
            raise NoNotation(name)
        return self.layout.symbols[name]

    def exponential(self, x: t.Poly, ix: Indices) -> Text:
        text = self.inside(x, ix)
        if len(text) < 24 and "\\frac" not in text and "\\left(" not in text and "\\sum" not in text:
            return f"e^{{{text}}}", TIGHT
        return rf"\exp{bracketed(text)}", TIGHT

    def function(self, name: str, args: tuple[t.Poly, ...], ix: Indices) -> Text:
        texts = [self.inside(x, ix) for x in args]
        match name:
            case "pi":
                return r"\pi", TIGHT
            case "euler":
                return "e", TIGHT
            case "abs":
                return rf"\left| {texts[0]} \right|", TIGHT
            case "floor" | "ceil":
                return rf"\left\l{name} {texts[0]} \right\r{name}", TIGHT
            case "sigmoid":
                return rf"{self.layout.logistic}{bracketed(texts[0])}", TIGHT
            case "pow":
                base, _ = self.poly(args[0], ix)
                whole = t.constant(args[0])
                simple = (whole is not None and whole > 0 and whole.denominator == 1) or (
                    len(args[0]) == 1 and len(args[0][0][0]) == 1 and isinstance(args[0][0][0][0][0], t.Leaf)
                )
                base = base if simple and "^" not in base else bracketed(base)
                return f"{base}^{{{texts[1]}}}", TIGHT
            case "log" if is_single(args[0]):
                return rf"\log {texts[0]}", PRODUCT
        if name not in FUNCTIONS:
            raise NoNotation(name)
        return rf"{FUNCTIONS[name]}{bracketed(', '.join(texts))}", TIGHT


def _place(part: tuple[t.Term, Fraction], p: t.Poly) -> int:
    """Numbers stand last in a sum, but before an exponential and in differences from them."""
    exponential = any(isinstance(a, t.Fn) and a.name in ("exp", "sigmoid") for s, _ in p for a, _ in s)
    others = [c for s, c in p if s]
    first = part[1] > 0 and (exponential or all(c < 0 for c in others))
    return 0 if part[0] else -1 if first else 1


def is_like_function(a: t.Atom) -> bool:
    """Would a name with brackets behind it be taken for a function?"""
    match a:
        case t.Leaf(Element(name, _) | Var(name)):
            return name.partition("_")[0] in ("f", "g", "h", "F", "G", "H", "phi", "psi")
    return False


def is_single(p: t.Poly) -> bool:
    """Does a sum stand behind ``\\log`` without brackets?"""
    if len(p) != 1:
        return False
    s, c = p[0]
    return (len(s) == 1 and s[0][1] in (1, -1) and c in (1,) and isinstance(s[0][0], t.Leaf | t.SumOf)) or (
        c == 1 and any(e < 0 for _, e in s) and all(isinstance(a, t.Leaf) for a, _ in s)
    )


def rank(a: t.Atom) -> tuple[int, str]:
    """The place of a factor in a product: numbers, names, functions, groups, sums."""
    match a:
        case t.Leaf(Extent() | Index() | Const()):
            place = 0
        case t.Leaf(Var()):
            place = 1
        case t.Fn("pi" | "euler"):
            place = 0
        case t.Leaf():
            place = 2
        case t.Fn("log"):
            place = 6
        case t.Fn():
            place = 3
        case t.Group():
            place = 5
        case t.Holds():
            place = 4
        case t.Cases():
            place = 7
        case _:
            place = 8
    return place, t.order(a)


def bracketed(text: str) -> str:
    return rf"\left( {text} \right)"


def scripted(symbol: str, script: str) -> str:
    """A symbol with a further subscript."""
    base, bar, rest = symbol.partition("_{")
    if bar and rest.endswith("}"):
        return f"{base}_{{{rest[:-1]}, {script}}}"
    return f"{symbol}_{{{script}}}"


__all__ = ["NoNotation", "Writer", "bracketed", "scripted"]
