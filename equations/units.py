"""Units at the end of a formula: ``9.81 \\text{ m/s}``."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from .latex import tree as t
from .latex.printer import to_latex
from .latex.units import UNITS


def without_units(node: t.Node) -> tuple[t.Node, str]:
    """A side of a formula without the unit that ends it, and the unit."""
    match node:
        case t.Juxt(items=items):
            kept = list(items)
            dropped: list[str] = []
            if len(kept) > 1 and (unit := bracketed(kept[-1])):
                dropped.insert(0, unit)
                kept.pop()
            while len(kept) > 1 and (unit := unit_of(kept[-1])):
                dropped.insert(0, unit)
                kept.pop()
            words = any(isinstance(x, t.Text) for item in items[len(kept):] for x in t.walk(item))
            sure = words or numeric(kept[-1]) or (len(kept) > 1 and bracketed(items[-1]))
            if not dropped or not sure:
                return node, ""
            return kept[0] if len(kept) == 1 else replace(node, items=tuple(kept)), " ".join(dropped)
        case t.Binary(op="cdot" | "times" | "/" as op, left=left, right=right):
            stripped, unit = without_units(right) if op != "/" else (right, "")
            if unit:
                return replace(node, right=stripped), unit
            if own := unit_of(right):
                rest, more = without_units(left)
                if (more or numeric(rest)) and (numeric(rest) or op != "/"):
                    sign = "/" if op == "/" else "·"
                    return rest, f"{more}{sign}{own}" if more else own if op != "/" else f"1/{own}"
            return node, ""
        case t.Sum(terms=(*rest, last)):
            stripped, unit = without_units(last)
            return (replace(node, terms=(*rest, stripped)), unit) if unit else (node, "")
        case _:
            return node, ""


def upright(tree: t.Node) -> set[str]:
    """Single upright letters of a statement that stand where no unit can stand."""
    doubt: t.Node | None = None
    if isinstance(tree, t.Relation):
        last = without_units(tree.sides[-1])[0]
        doubt = doubtful(last) or remark(last)
        tree = replace(tree, sides=(*tree.sides[:-1], last))
    out: set[str] = set()
    stack: list[t.Node] = [tree]
    while stack:
        node = stack.pop()
        if node is doubt:
            continue
        if isinstance(node, t.Name) and node.style == "rm" and len(node.base) == 1:
            out.add(node.base)
        inner = (node.base,) if isinstance(node, t.Scripted) else tuple(node.children())
        stack.extend(inner if not unit_of(node) or isinstance(node, t.Name) else ())
    return out


def bracketed(node: t.Node) -> str:
    r"""The unit in brackets behind a formula: ``F = m a \; [\mathrm{N}]``."""
    if not isinstance(node, t.Group) or node.open != "[":
        return ""
    words = any(isinstance(x, t.Text) or (isinstance(x, t.Name) and x.style == "rm") for x in t.walk(node.body))
    return unit_of(node.body) if words else ""


def slanted(node: t.Node) -> t.Node | None:
    r"""Italic letters of units behind a number with a power of ten, one of them below: ``W m^{-2} K^{-4}``."""
    items = node.items if isinstance(node, t.Juxt) else ()
    if isinstance(node, t.Binary) and node.op == "/":
        head = slanted_head(node.left)
        return node if head is not None and head is not node.left and italic(node.right) else None
    if isinstance(node, t.Binary) and node.op in ("cdot", "times"):
        items = node.right.items if isinstance(node.right, t.Juxt) and numeric(node.left) else ()
    if len(items) < 3 or not numeric(items[0]) or not all(map(italic, items[1:])):
        return None
    below = any(isinstance(x, t.Scripted) and isinstance(x.sup, t.Sum) for x in items[1:])
    return replace(node, span=items[1].span | items[-1].span) if below else None


def slanted_head(node: t.Node) -> t.Node | None:
    r"""``3 \times 10^8`` before italic letters of units, which follow it."""
    match node:
        case t.Binary(op="cdot" | "times", left=left, right=t.Juxt(items=(t.Scripted() as power, *rest))):
            return left if numeric(left) and numeric(power) and all(map(italic, rest)) else None
        case _:
            return None


def italic(node: t.Node) -> bool:
    """An italic letter that is a symbol of a unit, or a power of one."""
    base = node.base if isinstance(node, t.Scripted) and node.sub is None and not node.primes else node
    return isinstance(base, t.Name) and not base.style and not base.accents and base.base in UNITS


def _touching(items: tuple[t.Node, ...]) -> str:
    r"""The word of upright letters without a gap: ``dB`` of ``\mathrm{[dB]}``."""
    names = [x for x in items if isinstance(x, t.Name) and x.style == "rm" and not x.accents]
    whole = len(names) == len(items) and all(a.span.stop == b.span.start for a, b in pairwise(items))
    return "".join(x.base for x in names) if whole else ""


def remark(node: t.Node) -> t.Node | None:
    r"""Upright letters in square brackets behind a factor: ``x \,\mathrm{[dBA]}`` has a unit, or further factors."""
    for product in t.walk(node):
        last = product.items[-1] if isinstance(product, t.Juxt) else product
        if last is product or not isinstance(last, t.Group) or last.open != "[" or isinstance(last.body, t.Name):
            continue
        body = last.body.items if isinstance(last.body, t.Juxt) else ()
        if unit_of(last.body) or (len(body) > 1 and _touching(body)):
            return last
    return None


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
        case t.Scripted(base=base, sub=None, sup=t.Node() as sup, primes=0):
            whole = isinstance(sup, t.Number) or (isinstance(sup, t.Sum) and numeric(sup))
            unit = unit_of(base)
            return f"{unit}^{to_latex(sup)}" if unit and whole else ""
        case t.Juxt(items=items):
            if (word := _touching(items)) in UNITS:
                return word
            units = [unit_of(x) for x in items]
            return " ".join(units) if all(units) else ""
        case t.Binary(op="cdot" | "times" | "/" as op, left=left, right=right):
            units = [unit_of(left), unit_of(right)]
            return ("/" if op == "/" else "·").join(units) if all(units) else ""
        case t.Frac(numerator=above, denominator=below):
            top, bottom = unit_of(above), unit_of(below)
            top = top or ("1" if isinstance(above, t.Number) and above.text == "1" else "")
            return f"{top}/{bottom}" if top and bottom else ""
        case t.Group(open="(", body=body):
            return f"({unit_of(body)})" if unit_of(body) else ""
        case _:
            return ""


def numeric(node: t.Node) -> bool:
    """A number, a power of one, or their product."""
    match node:
        case t.Number():
            return True
        case t.Scripted(base=base, sub=None):
            return isinstance(base, t.Number)
        case t.Group(body=body):
            return numeric(body)
        case t.Binary(op="cdot" | "times", left=left, right=right):
            return numeric(left) and numeric(right)
        case t.Sum(terms=(term,)):
            return numeric(term)
        case _:
            return False
