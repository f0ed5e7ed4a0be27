"""How numbers, names and indices look in LaTeX: what a printer of sums of products knows of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..expr import Call, Const, Expr, Extent, Index, Range, Var
from ..sums import affine, same

#: Letters for indices that the author did not name.
POOL = "i j k l m p q r s t u v a b c h".split()
GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "ell varepsilon vartheta varphi varrho varsigma varkappa".split()
)


class Clash(Exception):
    """An extent has the letter of an index."""


@dataclass
class Layout:
    """Names of a document: symbols of arrays, letters of their indices, axes that its text names."""

    symbols: Mapping[str, str]  # LaTeX of parameters and named values
    letters: Mapping[tuple[str, int], str]  # the index that the author gives an axis of an array
    lows: Mapping[str, Sequence[Expr]]  # the first index along each axis
    extents: Mapping[str, Sequence[str]]  # axes of arrays
    written: frozenset[str]  # axes with a name in the text
    taken: frozenset[str]  # letters that mean something else
    kept: frozenset[str]  # those of them that no index of the author has
    inverses: Mapping[str, str] = field(default_factory=dict)  # lets of inverses: the matrix
    determinants: Mapping[str, str] = field(default_factory=dict)
    logistic: str = r"\sigma"
    delta: str = r"\delta"
    order: tuple[str, ...] = ()  # parameters as the author lists them
    faces: frozenset[frozenset[Any]] = frozenset()  # differences as the author writes them


class Indices:
    """Letters of indices, free ones first, each one its own."""

    def __init__(self, layout: Layout, given: Mapping[str, str] | None = None) -> None:
        self.layout, self.of = layout, dict(given or {})

    def within(self, name: str, wish: str | None) -> Indices:
        """The same with one more index."""
        taken = self.layout.taken | {*self.of.values()}
        letter = (
            wish
            if wish and wish not in self.of.values() and wish not in self.layout.kept
            else next((x for x in POOL if x not in taken), f"i_{{{len(self.of)}}}")
        )
        return Indices(self.layout, {**self.of, name: letter})

    def integer(self, e: Expr) -> str:
        """An integer expression: ``i + 1``."""
        a = affine(e)
        out, rest = "", a.const
        for atom, c in a.terms:
            base, offset = counted(atom.axis) if isinstance(atom, Extent) else (None, 0)
            if base in self.of.values():
                raise Clash(base)
            rest += c * offset
            out += _signed(c, base or self._atom(atom), bool(out))
        if rest or not out:
            out += _signed(rest, "", bool(out))
        return out

    def _atom(self, e: Expr) -> str:
        match e:
            case Index(name):
                return self.of.get(name, name)
            case Extent(axis):
                return extent(axis)
            case Var(name):
                return self.layout.symbols.get(name, name)
            case Call("floor" | "ceil" as f, (x,)):
                return rf"\l{f} {self.integer(x)} \r{f}"
            case Const(v):
                return str(v)
        raise KeyError(type(e).__name__)

    def range(self, r: Range, sign: str = r"\sum") -> str:
        """``\\sum_{j=1}^{n}``, or ``\\sum_{j}`` over an axis that has no name in the text."""
        letter = self.of[r.name]
        names = [atom.axis for e in (r.lo, r.hi) for atom, _ in affine(e).terms if isinstance(atom, Extent)]
        if any(n not in self.layout.written and readable_extent(n) is None for n in names) or (
            names and any(n not in self.layout.written for n in names) and self.is_whole(r)
        ):
            return rf"{sign}_{{{letter}}}"
        return rf"{sign}_{{{letter}={self.integer(r.lo)}}}^{{{self.integer(r.hi)}}}"

    def is_whole(self, r: Range) -> bool:
        from ..positions import const, extent, minus

        axes = {a for axes in self.layout.extents.values() for a in axes}
        return any(same(minus(r.hi, r.lo), minus(extent(a), const(1))) for a in axes)


def readable_extent(axis: str) -> str | None:
    """An axis' extent as the author writes it; ``None`` where its name was made up."""
    base, offset = counted(axis)
    return base and base + (f"{offset:+d}" if offset else "")


def counted(axis: str) -> tuple[str | None, int]:
    """The symbol in an axis' name, and what is added to it: ``n_plus_1``."""
    if axis.isdigit():
        return axis, 0
    found = re.fullmatch(r"([A-Za-z]+)((?:_(?!plus_|minus_)[A-Za-z0-9]+)*)(?:_(plus|minus)_(\d+))?", axis)
    if not found or (len(found[1]) > 1 and found[1] not in GREEK):
        return None, 0
    base = found[1] if len(found[1]) == 1 else f"\\{found[1]}"
    if found[2]:
        base += f"_{{{', '.join(found[2][1:].split('_'))}}}"
    return base, int(found[4] or 0) * (-1 if found[3] == "minus" else 1)


def extent(axis: str) -> str:
    made = readable_extent(axis)
    return made if made is not None else rf"\mathit{{{axis}}}"


def _signed(c: Fraction, what: str, inner: bool) -> str:
    sign = "-" if c < 0 else "+" if inner else ""
    size = abs(c)
    if not what:
        return f"{sign}{number(size)}"
    return f"{sign}{'' if size == 1 else number(size) + ' '}{what}"


def number(q: Fraction) -> str:
    return str(q.numerator) if q.denominator == 1 else rf"\frac{{{q.numerator}}}{{{q.denominator}}}"
