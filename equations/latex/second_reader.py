r"""What a second reader is given: a scalar right-hand side in the LaTeX that it reads well.

latex2sympy2 takes ``\log`` for the decimal logarithm, ``i`` and ``e`` for numbers, ``d x``
for a differential, ``f(x)`` for a call, ``\coth`` for a product.  So the surface tree, not
the meaning given to it, is printed anew: every symbol becomes one plain letter, an element
``\hat{y}_i`` a letter with a fresh index, and what is known to be misread is refused.
Grouping, precedence and the reach of functions, sums and products stay as written: they are
what the second reader is asked about.  Which parameter a symbol names, which subscripts are
indices and where a bare sum ends are taken from our own reading, and not asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..equation import Comprehension, Equation, Recurrence
from ..names import flatten, is_transpose, letter, safe, take_apart
from . import tree as t
from .second_symbols import NotHandedOver, Read, Symbols

#: Heads that it knows, and how it wants them written.
HEADS = {
    "log": r"\ln", "ln": r"\ln", "lg": r"\log_{10}", "exp": r"\exp", "sin": r"\sin", "cos": r"\cos",
    "tan": r"\tan", "sec": r"\sec", "csc": r"\csc", "cot": r"\cot", "arcsin": r"\arcsin",
    "arccos": r"\arccos", "arctan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh",
    "arcsinh": r"\operatorname{arsinh}", "arccosh": r"\operatorname{arcosh}",
    "arctanh": r"\operatorname{artanh}", "max": r"\max", "min": r"\min",
}  # fmt: skip
#: Those whose power -1 it takes for the inverse function, as we do.
INVERTIBLE = frozenset(("sin", "cos", "tan", "sinh", "cosh", "tanh"))
BRACKETS = {"(": ("(", ")"), "[": ("(", ")"), "{": ("(", ")"), "⌊": (r"\lfloor", r"\rfloor"),
            "⌈": (r"\lceil", r"\rceil")}  # fmt: skip
BINARIES = {"cdot": r"\cdot", "times": r"\times", "ast": r"\cdot", "odot": r"\cdot", "/": "/", "div": r"\div"}
#: Longest text handed over.
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class HandOver:
    """A text for the second reader, what its symbols mean, and what its value is to equal.

    ``free`` are the letters of the indices of ``goal``, which are bound from outside.
    """

    text: str
    reads: tuple[Read, ...]
    free: tuple[str, ...]
    goal: Comprehension


def hand_over(tree: t.Node, meaning: Equation | Recurrence) -> HandOver:
    """The right-hand side of a definition or of a step, for the second reader.

    Raises `NotHandedOver` with a reason.
    """
    if not isinstance(tree, t.Relation) or tree.ops[0] not in ("=", ":="):
        raise NotHandedOver("it is no definition")
    left, right = tree.sides[:2]
    symbols = _of_step(left, meaning) if isinstance(meaning, Recurrence) else _of_definition(meaning)
    if len(symbols.goal.bounds) > 1:
        raise NotHandedOver("its value is a matrix")
    symbols.bind_outside(left)
    text = _Writer(symbols).text(right)
    if len(text) > LONGEST:
        raise NotHandedOver("it is too long")
    return HandOver(text, tuple(symbols.reads.values()), tuple(symbols.free), symbols.goal)


def _of_definition(equation: Equation) -> Symbols:
    if len(equation.outputs) > 1:
        raise NotHandedOver("it has several outputs")
    linked = {name for _, name in equation.linked}
    return Symbols(equation, equation.outputs[0], {c.name: c for c in equation.lets if c.name in linked})


def _of_step(left: t.Node, recurrence: Recurrence) -> Symbols:
    """Symbols of one equation of a system: each is an old state, an input, or a new value."""
    step = recurrence.step
    linked = {name for _, name in step.linked}
    new = {c.latex: c for c in step.lets if c.latex and c.name not in linked}
    goal = new.get(flatten(left))
    if goal is None:
        raise NotHandedOver("the step defines it otherwise")
    lets = {c.name: c for c in step.lets if c.latex or c.name in linked}
    return Symbols(step, goal, lets, {latex: c.name for latex, c in new.items()})


class _Writer:
    """Prints one tree in the dialect."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols

    def text(self, node: t.Node) -> str:
        """A node in the dialect."""
        match node:
            case t.Number(text=text) if re.fullmatch(r"\d+(\.\d+)?", text):
                return text
            case t.Name() | t.Scripted():
                return self.scripted(node)
            case t.Juxt(items=items):
                return self.juxt(items)
            case t.Group(open=o, body=body) if o in BRACKETS and not isinstance(body, t.Relation | t.Separated):
                opening, closing = BRACKETS[o]
                return self.bracket(self.text(body)) if opening == "(" else f"{opening} {self.text(body)} {closing}"
            case t.Bars(kind="|", body=body):
                return rf"\left| {self.text(body)} \right|"
            case t.Sum(signs=signs, terms=terms) if set(signs) <= {"+", "-"}:
                parts = [f"{sign} {self.text(x)}" for sign, x in zip(signs, terms, strict=True)]
                return " ".join(parts).removeprefix("+ ")
            case t.Binary(op="cdot" | "times", left=left, right=right) if self.vectors(left) and self.vectors(right):
                raise NotHandedOver("a product of vectors")
            case t.Binary(op=op, left=left, right=right) if op in BINARIES:
                first = self.bracket(self.text(left)) if _open(left) else self.text(left)
                return f"{first} {BINARIES[op]} {self.text(right)}"
            case t.Frac(numerator=top, denominator=bottom):
                return rf"\frac{{{self.text(top)}}}{{{self.text(bottom)}}}"
            case t.Binomial(top=top, bottom=bottom):
                return rf"\binom{{{self.text(top)}}}{{{self.text(bottom)}}}"
            case t.Root(body=body, degree=degree):
                return rf"\sqrt{'' if degree is None else f'[{self.text(degree)}]'}{{{self.text(body)}}}"
            case t.Postfix(op="!", body=body):
                return f"{self.base(body)}!"
            case t.Apply():
                return self.apply(node)
            case t.Big(op="sum" | "prod"):
                return self.big(node)
            case t.Labelled(body=body):
                return self.text(body)
        what = {t.Nabla: "a gradient", t.Cases: "cases", t.Matrix: "a matrix", t.Bars: "a norm"}
        if isinstance(node, t.Big):
            raise NotHandedOver("it has an expectation" if node.op == "expect" else f"it has the operator {node.op}")
        raise NotHandedOver(f"it has {what.get(type(node), 'a ' + type(node).__name__.lower())}")

    @staticmethod
    def bracket(text: str) -> str:
        return rf"\left( {text} \right)"

    def vectors(self, node: t.Node) -> bool:
        """Whether a whole array of the equation stands inside."""
        found = (take_apart(x) for x in t.walk(node))
        return any(sym is not None and self.symbols.axes(sym.whole) > 0 for sym in found)

    def base(self, node: t.Node) -> str:
        """What carries a power or a factorial; in brackets where it has none of its own."""
        own = isinstance(node, t.Group | t.Bars | t.Frac | t.Root | t.Number) or (
            take_apart(node) is not None and isinstance(node, t.Name | t.Scripted) and not _powered(node))
        text = self.text(node)
        return text if own or (isinstance(node, t.Apply) and node.bracketed) else self.bracket(text)

    def scripted(self, node: t.Node) -> str:
        sym = take_apart(node)
        if sym is None:
            if not isinstance(node, t.Scripted) or node.sub is not None or node.primes:
                raise NotHandedOver("a bracket carries a subscript")
            return self.power(self.base(node.base), node.sup)
        if sym.sup is None:
            return self.symbols.symbol(sym)
        squared = safe(f"{sym.base}_squared")
        even = isinstance(sym.sup, t.Number) and sym.sup.text.isdigit() and int(sym.sup.text) % 2 == 0
        if even and not sym.subs and self.symbols.axes(squared) == 0:
            assert isinstance(sym.sup, t.Number)
            root = self.symbols.write(Read("", squared))
            return root if sym.sup.text == "2" else f"{root}^{{{int(sym.sup.text) // 2}}}"
        return self.power(self.symbols.symbol(sym), sym.sup)

    def power(self, base: str, sup: t.Node | None) -> str:
        if sup is None or is_transpose(sup) or isinstance(sup, t.Group):
            raise NotHandedOver("it has a superscript that is no power")
        return f"{base}^{{{self.text(sup)}}}"

    def juxt(self, items: tuple[t.Node, ...]) -> str:
        out: list[str] = []
        k = 0
        while k < len(items):
            item, after = items[k], items[k + 1] if k + 1 < len(items) else None
            if (called := self.called(item, after)) is not None:
                out.append(called)
                k += 2
                continue
            text = self.text(item)
            if after is not None and _open(item) and not (isinstance(item, t.Apply) and isinstance(after, t.Apply)):
                text = self.bracket(text)
            out.append(text)
            k += 1
        return " ".join(out)

    def called(self, head: t.Node, after: t.Node | None) -> str | None:
        """``P(x)``: an element of an array, or the value of a function that the caller gives."""
        sup = after.sup if isinstance(after, t.Scripted) else None
        group = after.base if isinstance(after, t.Scripted) and after.sub is None and not after.primes else after
        sym = take_apart(head)
        if sym is None or sym.sup is not None or not isinstance(group, t.Group) or group.open != "(":
            return None
        text = self.symbols.applied(sym, group.body)
        return text if text is None or sup is None else self.power(text, sup)

    def apply(self, node: t.Apply) -> str:
        head = HEADS.get(node.head)
        if head is None:
            raise NotHandedOver(f"it has the function {node.head}")
        if node.sub is not None:
            if node.head != "log":
                raise NotHandedOver(f"{node.head} carries a subscript")
            head = rf"\log_{{{self.text(node.sub)}}}"
        if node.sup is not None:
            if isinstance(node.sup, t.Sum) and node.head not in INVERTIBLE:
                raise NotHandedOver(f"{node.head} carries a superscript")
            head = self.power(head, node.sup)
        if node.head in ("max", "min"):
            return self.choice(node, head)
        argument = self.text(node.argument)
        if node.bracketed or _stops_early(node.argument):
            return f"{head}{self.bracket(argument)}"
        return f"{head} {argument}"

    def choice(self, node: t.Apply, head: str) -> str:
        items = node.argument.items if isinstance(node.argument, t.Separated) else (node.argument,)
        texts = [self.text(x) for x in items]
        # It reads these again from their letters, run together.
        if any("\\" in x or "{" in x or re.search(r"\d \d", x) for x in texts):
            raise NotHandedOver(f"an argument of {node.head} is more than it reads there")
        return rf"{head}\left( {', '.join(texts)} \right)"

    def big(self, node: t.Big) -> str:
        """A sum or product over one index, from 1 or a written bound."""
        lo, hi, name = "1", "", None
        match node.sub:
            case t.Relation(ops=("=",), sides=(start, first)) if node.sup is not None:
                name, lo, hi = letter(start), self.text(first), self.text(node.sup)
            case t.Relation(ops=("<=",), sides=(start, last)) if node.sup is None:
                name, hi = letter(start), self.text(last)
            case t.Name() if node.sup is None:
                name = letter(node.sub)
        if name is None:
            raise NotHandedOver("a sum has bounds of another form")
        outer, k = self.symbols.indices.get(name), self.symbols.fresh()
        self.symbols.indices[name] = k
        body = self.text(node.body)
        if not hi:
            hi = self.symbols.write(self.symbols.whole_axis(k))
        del self.symbols.indices[name]
        if outer is not None:
            self.symbols.indices[name] = outer
        return rf"\{node.op}_{{{k}={lo}}}^{{{hi}}} {body}"


def _powered(node: t.Node) -> bool:
    sym = take_apart(node)
    return sym is not None and sym.sup is not None


def _open(node: t.Node) -> bool:
    """Whether a term ends in an operator that would take what follows."""
    while isinstance(node, t.Juxt | t.Binary):
        node = node.items[-1] if isinstance(node, t.Juxt) else node.right
    return isinstance(node, t.Big) or (isinstance(node, t.Apply) and not node.bracketed)


def _stops_early(argument: t.Node) -> bool:
    r"""Whether the second reader would end an argument before a root, an ``e^x`` or a sum in it."""
    items = argument.items if isinstance(argument, t.Juxt) else argument.children()
    later = tuple(items)[1:] if isinstance(argument, t.Juxt | t.Binary | t.Sum) else ()
    return isinstance(argument, t.Sum | t.Binary) or any(
        isinstance(x, t.Root | t.Big) or (isinstance(x, t.Scripted) and letter(x.base) == "e") for x in later
    )
