"""What the symbols of a formula stand for, when a second reader is given letters for them.

Which parameter a symbol names, which subscripts are indices and over which axis a bare sum
runs follow our own reading; the second reader is not asked about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import sympy

from ..equation import Comprehension, Equation
from ..names import Symbolic, flatten, letter, safe
from . import tree as t

#: Letters that the second reader takes for nothing but symbols.
LETTERS = "abcghklmnopqrstuvwxyzABCDFGHJKLMNPQRSUVWXYZ"
REDUCTIONS = frozenset(
    ("Sum", "Product", "ReduceMax", "ReduceMin", "ArgMax", "ArgMin", "InverseElement", "Determinant", "Partial")
)


class NotHandedOver(Exception):
    """A formula, or part of one, that the second reader is not known to read; says why."""


@dataclass(frozen=True, slots=True)
class Term:
    """A signed term of a position: a number, a letter of the dialect, or an integer parameter."""

    sign: int
    number: int = 0
    letter: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a symbol of the dialect stands for.

    ``symbol`` is its name in SymPy; ``letters`` are the indices in its subscript.  It is
    the value ``name`` at ``positions`` (sums of terms, mathematical indices), or, as
    ``extent``, the size of the axis ``name`` less ``shift``.
    """

    symbol: str
    name: str
    letters: tuple[str, ...] = ()
    positions: tuple[tuple[Term, ...], ...] = ()
    extent: bool = False
    shift: int = 0


@dataclass(slots=True)
class Symbols:
    """Letters for the symbols of one formula, given out as they are met.

    ``lets`` are the definitions that may be named, ``steps`` the names of a recurrence's
    symbols at the step that it computes, ``indices`` the letters of the indices in scope,
    ``free`` those that the left-hand side binds.
    """

    equation: Equation
    goal: Comprehension
    lets: dict[str, Comprehension]
    steps: dict[str, str] = field(default_factory=dict)
    reads: dict[Read, Read] = field(default_factory=dict)
    indices: dict[str, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    pool: Iterator[str] = field(default_factory=lambda: iter(LETTERS))

    def fresh(self) -> str:
        found = next(self.pool, None)
        if found is None:
            raise NotHandedOver("it has too many symbols")
        return found

    def bind_outside(self, left: t.Node) -> None:
        """Indices of the left-hand side are known to the right one."""
        written = {letter(x) for x in t.walk(left) if isinstance(x, t.Name)}
        for b in self.goal.bounds:
            self.free.append(self.fresh())
            name = re.sub(r"_\d+$", "", b.symbol.name)
            if name in written:
                self.indices[name] = self.free[-1]

    def axes(self, name: str, slots: bool = False) -> int:
        """The rank of what a name stands for, or -1."""
        for p in self.equation.parameters:
            if p.name == name and (p.role == "slot value") == slots:
                return len(p.axes)
        return len(self.lets[name].axes) if name in self.lets and not slots else -1

    def symbol(self, sym: Symbolic) -> str:
        """A symbol, its power aside."""
        if not sym.subs and sym.base in self.indices:
            return self.indices[sym.base]
        if not sym.subs and sym.base == "pi" and self.axes("pi") < 0:
            return r"\pi"
        if not sym.subs and sym.base == "e" and self.axes("e") < 0:
            return "e"
        whole = self.stepped(sym)
        found = [Read("", whole)] if self.axes(whole) == 0 else []
        for loose in (False, True):
            read = self.element(sym, loose)
            if read is not None and read not in found:
                found.append(read)
        if not found and self.axes(whole) == 1 and (read := self.running(whole)) is not None:
            found.append(read)
        if not found and (read := self.extent(whole)) is not None:
            found.append(read)
        if len(found) != 1:
            raise NotHandedOver(f"{whole} is {'ambiguous' if found else 'no number of the equation'}")
        return self.write(found[0])

    def stepped(self, sym: Symbolic) -> str:
        """The name of a symbol, at its step of a recurrence."""
        if not self.steps:
            return sym.whole
        plain = flatten(replace(sym.node, sup=None)) if isinstance(sym.node, t.Scripted) else flatten(sym.node)
        if plain in self.steps:
            return self.steps[plain]
        base = safe(sym.base)
        return base if self.axes(sym.whole) < 0 and self.axes(base) >= 0 else sym.whole

    def write(self, read: Read) -> str:
        """The letter of a read, the same for the same read."""
        known = self.reads.get(read)
        if known is None:
            base, below = self.fresh(), "".join(read.letters)
            subscript = "" if not below else f"_{below}" if len(below) == 1 else f"_{{{below}}}"
            known = self.reads[read] = replace(read, symbol=base + subscript)
        below = "".join(known.letters)
        return f"{known.symbol[0]}_{{{below}}}" if below else known.symbol

    def element(self, sym: Symbolic, loose: bool) -> Read | None:
        """An element of an array; ``loose`` lets numbers and integer parameters alone be positions."""
        positions, labels = [], []
        for sub in sym.subs:
            letters = sub.items if isinstance(sub, t.Juxt) else (sub,)
            if len(letters) > 1 and all(isinstance(x, t.Name) and letter(x) in self.indices for x in letters):
                positions += [self.position(x) for x in letters]
            elif (p := self.position(sub)) is not None and (loose or any(term.letter for term in p)):
                positions.append(p)
            else:
                labels.append(flatten(sub))
        name = safe("_".join((sym.base, *labels)))
        if not positions or self.axes(name) != len(positions):
            return None
        return self.at(name, [p for p in positions if p is not None])

    def at(self, name: str, positions: list[tuple[Term, ...]]) -> Read:
        letters = dict.fromkeys(x.letter for p in positions for x in p if x.letter)
        return Read("", name, tuple(letters), tuple(positions))

    def applied(self, sym: Symbolic, body: t.Node) -> str | None:
        """``P(x)`` as an element of an array or a value that the caller gives; ``None`` for a product."""
        items = body.items if isinstance(body, t.Separated) else (body,)
        positions = [p for p in map(self.position, items) if p is not None]
        value = safe(f"{sym.whole}_{flatten(body)}")
        if self.axes(sym.whole) == len(positions) == len(items):
            return self.write(self.at(sym.whole, positions))
        if self.axes(value, slots=True) == 0:
            return self.write(Read("", value))
        try:
            self.symbol(sym)
        except NotHandedOver:
            raise NotHandedOver(f"{sym.whole} is applied as a function") from None
        return None

    def position(self, node: t.Node) -> tuple[Term, ...] | None:
        """A subscript as a sum of numbers, indices and integer parameters."""
        match node:
            case t.Number(text=text) if text.isdigit():
                return (Term(1, int(text)),)
            case t.Name() if letter(node) in self.indices:
                return (Term(1, letter=self.indices[letter(node) or ""]),)
            case t.Name():
                name = safe(flatten(node))
                whole = any(p.name == name and p.integer and not p.axes for p in self.equation.parameters)
                return (Term(1, name=name),) if whole else None
            case t.Group(body=body):
                return self.position(body)
            case t.Sum(signs=signs, terms=terms) if set(signs) <= {"+", "-"}:
                out: list[Term] = []
                for sign, term in zip(signs, terms, strict=True):
                    if (inner := self.position(term)) is None:
                        return None
                    out += [replace(x, sign=-x.sign) if sign == "-" else x for x in inner]
                return tuple(out)
            case _:
                return None

    def running(self, name: str) -> Read | None:
        """An array without an index, taken element by element along the only output axis."""
        hidden = [c for c in self.equation.lets if c.name not in self.lets]
        bodies = [c.body for c in (self.goal, *hidden)]
        if len(self.free) != 1 or any(_reduces(b) for b in bodies):
            return None
        axes = next((p.axes for p in self.equation.parameters if p.name == name), None)
        axes = self.lets[name].axes if axes is None else axes
        if axes != self.goal.axes:
            return None
        return Read("", name, (self.free[0],), ((Term(1, letter=self.free[0]),),))

    def extent(self, name: str) -> Read | None:
        """The written bound ``N`` of an axis ``N`` or ``N_minus_1``."""
        for p in self.equation.parameters:
            for axis in p.axes:
                if axis.name == name:
                    return Read("", axis.name, extent=True)
                if m := re.fullmatch(re.escape(name) + r"_(plus|minus)_(\d+)", axis.name):
                    shift = int(m[2]) * (1 if m[1] == "plus" else -1)
                    return Read("", axis.name, extent=True, shift=shift)
        return None

    def whole_axis(self, k: str) -> Read:
        """The extent of the axes that an index alone runs over."""
        found = set()
        for read in self.reads.values():
            for place, p in enumerate(read.positions):
                if p == (Term(1, letter=k),):
                    arrays = [(x.name, x.axes) for x in self.equation.parameters]
                    arrays += [(x.name, x.axes) for x in self.lets.values()]
                    found |= {axes[place] for name, axes in arrays if name == read.name}
        if len(found) != 1 or (axis := found.pop()).lo != 1:
            raise NotHandedOver("a sum has no written bounds")
        return Read("", axis.name, extent=True)


def _reduces(body: sympy.Expr) -> bool:
    return any(type(x).__name__ in REDUCTIONS for x in sympy.preorder_traversal(body))
