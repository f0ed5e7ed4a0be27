"""From symbols on the page to names in Python."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass

from .latex import tree as t

#: Superscripts that are part of a name, not powers.
MARKS = {"star": "star", "*": "star", "dagger": "dagger", "prime": "prime", "plus": "plus", "minus": "minus",
         "circ": "circ", "ominus": "ominus"} | {
    word: word for word in "ddagger sharp flat natural perp bot bullet triangle square".split()
}  # fmt: skip

#: Superscripts that transpose.
TRANSPOSES = ("T", "top", "intercal")


def _letter(c: str) -> str:
    if c.isascii() and (c.isalnum() or c == "_"):
        return c
    return "_" if c in " -" else f"_u{ord(c):x}_"


def safe(name: str) -> str:
    """``name`` as an ASCII identifier of Python that is no keyword; unlike words stay unlike."""
    clean = "".join(map(_letter, name))
    if not clean or clean[0].isdigit():
        clean = f"_{clean}"
    return f"{clean}_" if keyword.iskeyword(clean) else clean


def is_mark(sup: t.Node | None) -> bool:
    """Whether a superscript belongs to the name (``D^*``)."""
    return isinstance(sup, t.Name) and (sup.base in MARKS or sup.style == "label") and not sup.accents


def mark(sup: t.Name) -> str:
    """A superscript as part of a name."""
    return sup.base if sup.style == "label" else MARKS[sup.base]


def is_transpose(sup: t.Node | None) -> bool:
    return isinstance(sup, t.Name) and sup.base in TRANSPOSES and not sup.accents


def bare(node: t.Name) -> str:
    """A symbol without scripts: base and accents."""
    return "_".join((node.base, *node.accents))


def flatten(node: t.Node | None) -> str:
    """A subscript as part of a name: ``{t-1}`` is ``t_minus_1``, ``{data}`` is ``data``."""
    match node:
        case None:
            return ""
        case t.Number(text=text):
            return text.replace(".", "p")
        case t.Name():
            return bare(node)
        case t.Text(text=text):
            return "_".join(text.split())
        case t.Juxt(items=items):
            words = [flatten(i) for i in items]
            single = all(isinstance(i, t.Name) and len(i.base) == 1 for i in items)
            return ("" if single else "_").join(words)
        case t.Separated(items=items):
            return "_".join(flatten(i) for i in items)
        case t.Sum(signs=signs, terms=terms):
            out = ""
            for k, (sign, term) in enumerate(zip(signs, terms, strict=True)):
                word = {"-": "minus", "+": "plus"}.get(sign, "pm")
                out += ("" if k == 0 and sign == "+" else ("" if k == 0 else "_") + word + "_") + flatten(term)
            return out
        case t.Scripted(base=base, sub=sub, sup=sup, primes=primes):
            parts = [flatten(base), flatten(sub), "" if is_mark(sup) else flatten(sup)]
            if is_mark(sup) and isinstance(sup, t.Name):
                parts.append(mark(sup))
            return "_".join(p for p in (*parts, *(["prime"] * primes)) if p)
        case t.Group(body=body):
            return flatten(body)
        case _:
            return "_".join(p for p in (flatten(c) for c in node.children()) if p)


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A symbol taken apart: its base name (marks included), subscripts, and power."""

    base: str
    subs: tuple[t.Node, ...]
    sup: t.Node | None
    node: t.Node

    @property
    def whole(self) -> str:
        """The name with every subscript in it."""
        return safe("_".join((self.base, *(flatten(s) for s in self.subs))))

    def subs_are_indices(self, ranks: Mapping[str, int]) -> bool:
        """Whether the subscripts were already counted as indices of a known array."""
        return bool(self.subs) and ranks.get(safe(self.base), 0) > 0


def take_apart(node: t.Node) -> Symbolic | None:
    """The parts of a symbol, or ``None`` when the node is no symbol."""
    match node:
        case t.Name():
            return Symbolic(bare(node), (), None, node)
        case t.Scripted(base=inner, sub=sub, sup=sup, primes=primes):
            head = take_apart(inner)
            if head is None or head.sup is not None:
                return None
            base = "_".join((head.base, *(["prime"] * primes)))
            if is_mark(sup) and isinstance(sup, t.Name):
                base, sup = f"{base}_{mark(sup)}", None
            return Symbolic(base, (*head.subs, *split_subs(sub)), sup, node)
        case t.Labelled(body=body):
            return take_apart(body)
        case _:
            return None


def split_subs(sub: t.Node | None) -> tuple[t.Node, ...]:
    """The separate subscripts: ``i,j`` are two; ``ij`` stays one until indices are known."""
    match sub:
        case None:
            return ()
        case t.Separated(items=items, separators=seps) if all(s == "," for s in seps):
            return items
        case _:
            return (sub,)


def letter(node: t.Node) -> str | None:
    """The name of a lone symbol without scripts, or ``None``."""
    return bare(node) if isinstance(node, t.Name) else None
