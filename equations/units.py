"""Units at the end of a formula: ``9.81 \\text{ m/s}``."""

from __future__ import annotations

import re
from dataclasses import replace

from .latex import tree as t

_UNITS = (
    "m s g K A mol cd N J W Pa Hz V C F T Wb H lm lx Bq Gy Sv kat rad sr L l min h eV bar atm cal dB ohm Ohm kg "
    "degree degrees deg".split()
)
_PREFIXES = ("", "k", "M", "G", "c", "m", "n", "p", "u")
UNITS = frozenset(p + u for u in _UNITS for p in _PREFIXES)


def without_units(node: t.Node) -> tuple[t.Node, str]:
    """A side of a formula without the unit that ends it, and the unit."""
    match node:
        case t.Juxt(items=items):
            kept = list(items)
            dropped: list[str] = []
            while len(kept) > 1 and (unit := unit_of(kept[-1])):
                dropped.insert(0, unit)
                kept.pop()
            words = any(isinstance(x, t.Text) for item in items[len(kept):] for x in t.walk(item))
            if not dropped or not (words or numeric(kept[-1])):
                return node, ""
            return kept[0] if len(kept) == 1 else replace(node, items=tuple(kept)), " ".join(dropped)
        case t.Binary(right=right) if node.op in ("cdot", "times"):
            stripped, unit = without_units(right)
            return (replace(node, right=stripped), unit) if unit else (node, "")
        case t.Sum(terms=(*rest, last)):
            stripped, unit = without_units(last)
            return (replace(node, terms=(*rest, stripped)), unit) if unit else (node, "")
        case _:
            return node, ""


def doubtful(node: t.Node) -> t.Node | None:
    """An upright symbol of a unit that ends a product of letters: a unit, or a factor."""
    match node:
        case t.Juxt(items=(*_, last)):
            return last if isinstance(last, t.Name) and unit_of(last) else None
        case t.Binary(op="cdot" | "times", right=right):
            return doubtful(right)
        case t.Sum(terms=(*_, last)):
            return doubtful(last)
        case _:
            return None


def unit_of(node: t.Node) -> str:
    """The unit that a part is, or nothing."""
    match node:
        case t.Text(text=text):
            words = [w for w in re.split(r"[\s/·*^().0-9-]+", text) if w]
            return text if words and all(w in UNITS for w in words) else ""
        case t.Name(base=base, style="rm", accents=()):
            return base if base in UNITS else ""
        case t.Scripted(base=base, sub=None, sup=t.Number() | t.Sum(signs=("-",), terms=(t.Number(),)), primes=0):
            unit = unit_of(base)
            return f"{unit}^" if unit else ""
        case _:
            return ""


def numeric(node: t.Node) -> bool:
    """A number, or a power of one."""
    return isinstance(node, t.Number) or (isinstance(node, t.Scripted) and isinstance(node.base, t.Number))
