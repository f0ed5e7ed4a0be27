r"""Notation that stands for other notation, written out before anything is given a meaning.

``90^\circ`` is a number, ``\Delta x`` one name, ``x^{(i)}`` an element, ``a_1 + a_2 + \cdots + a_n`` a sum over an
index.  What is no sure pattern is refused: dots that leave open what they stand for, ``±``, ``2.5e-3``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from .context import Refusal
from .dots import written_out
from .evaluated import put_in
from .latex import tree as t
from .latex.printer import to_latex
from .leftover import spoken
from .names import Symbolic, bare, is_transpose, take_apart
from .ranges import in_bounds
from .span import Span
from .units import doubtful, remark, slanted, without_units


def spell(tree: t.Node, symbols: Collection[str] = ()) -> tuple[t.Node, tuple[str, ...]]:
    """A statement with its shorthand written out, and what was assumed.

    ``symbols`` are names with a meaning of their own; raises ``Refusal``.
    """
    notes: list[str] = []
    refuse_scientific(tree)
    refuse_both_scripts(tree)
    refuse_temperatures(tree)
    if isinstance(tree, t.Relation):
        refuse_two_signs(tree)
        *rest, last = tree.sides
        stripped, unit = without_units(last)
        if any(isinstance(x, t.Name) and x.style == "rm" and bare(x) in symbols for x in t.walk(last)):
            stripped, unit = last, ""  # an upright letter that the document defines
        if not unit and (letters := slanted(last)) is not None and not _known_letters(letters, symbols):
            raise Refusal("E153", "italic letters behind a number may be a unit or factors", letters.span,
                          "leave the unit out, or write it upright: \\mathrm{…}")
        doubt = None if unit else doubtful(last)
        if isinstance(doubt, t.Name) and bare(doubt) not in symbols:
            raise Refusal("E153", f"'{doubt.base}' at the end may be a unit or a factor", doubt.span,
                          f"leave the unit out, or write {doubt.base} in italics for a factor")
        words = remark(stripped)
        if words is not None and not any(isinstance(x, t.Name) and bare(x) in symbols for x in t.walk(words)):
            raise Refusal("E153", f"'{to_latex(words).strip()}' at the end may be a unit or a factor", words.span,
                          "leave the unit out, or write the factors in italics")
        if unit:
            notes.append(f"the unit {unit} is left out: numbers are in consistent units")
            tree = replace(tree, sides=(*rest, stripped))

    tree = beta(spoken(tree, set(symbols)), symbols)

    def rule(node: t.Node) -> t.Node:
        node = put_in(in_bounds(element(bracketed_power(percent(degrees(node, notes), notes), symbols, tree))), notes)
        if "Delta" not in symbols:
            node = differences(node, notes)
        return written_out(node, tree)

    return t.mapped(tree, rule), tuple(dict.fromkeys(notes))


def _known_letters(node: t.Node, symbols: Collection[str]) -> bool:
    """Whether one of the letters has a meaning in the document."""
    return any(isinstance(x, t.Name) and bare(x) in symbols for x in t.walk(node))


def beta(tree: t.Node, symbols: Collection[str]) -> t.Node:
    r"""``B(a, b)`` beside the exponents ``a - 1`` and ``b - 1``: an upright B, the beta function."""
    less = {x.whole for node in t.walk(tree) if isinstance(node, t.Sum) for x in _less_one(node)}
    if not less or "B" in symbols:
        return tree

    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Juxt):
            return node
        items = list(node.items)
        for k, (head, follower) in enumerate(pairwise(node.items)):
            body = follower.body if isinstance(follower, t.Group) else None
            if isinstance(head, t.Name) and head.base == "B" and not head.style and isinstance(body, t.Separated):
                names = [x.whole for i in body.items if (x := take_apart(i)) is not None and x.sup is None]
                if len(names) == len(body.items) == 2 and set(names) <= less:
                    items[k] = replace(head, style="rm")
        return replace(node, items=tuple(items))

    return t.mapped(tree, rule)


def _less_one(node: t.Sum) -> Iterator[Symbolic]:
    """``a`` of ``a - 1``."""
    match node:
        case t.Sum(signs=("+", "-"), terms=(a, t.Number(text="1"))) if (sym := take_apart(a)) is not None:
            yield sym


def degrees(node: t.Node, notes: list[str]) -> t.Node:
    r"""``90^\circ`` as an angle; on a letter the ring is part of the name."""
    if not (isinstance(node, t.Scripted) and isinstance(node.sup, t.Name) and node.sup.base == "circ"):
        return node
    if node.sub is not None or not isinstance(node.base, t.Number | t.Group):
        return node
    notes.append("degrees are angles: 180° = π")
    turn = t.Name(node.span, "pi")
    return t.Frac(node.span, t.Juxt(node.span, (node.base, turn)), t.Number(node.span, "180"))


def percent(node: t.Node, notes: list[str]) -> t.Node:
    r"""``95\%`` as a hundredth of the number."""
    if not isinstance(node, t.Postfix) or node.op != "%":
        return node
    notes.append("a percent sign divides its number by 100")
    return t.Frac(node.span, node.body, t.Number(node.span, "100"))


def differences(node: t.Node, notes: list[str]) -> t.Node:
    r"""``\Delta x`` as one name."""
    if not isinstance(node, t.Juxt):
        return node
    items: list[t.Node] = []
    for item in node.items:
        before = items[-1] if items else None
        merged = _difference(before, item) if before is not None else None
        if merged is None:
            items.append(item)
        else:
            items[-1] = merged
            notes.append("Δ and the letter after it are one name")
    return node if len(items) == len(node.items) else items[0] if len(items) == 1 else replace(node, items=tuple(items))


def _difference(before: t.Node, item: t.Node) -> t.Node | None:
    if not (isinstance(before, t.Name) and before.base == "Delta" and not before.accents and not before.style):
        return None
    match item:
        case t.Name(base=base, style=style) if base not in ("Delta", "nabla", "partial") and style != "bb":
            return replace(item, span=before.span | item.span, base=f"Delta_{base}")
        case t.Scripted(base=inner):
            merged = _difference(before, inner)
            return None if merged is None else replace(item, span=before.span | item.span, base=merged)
        case _:
            return None


def element(node: t.Node) -> t.Node:
    """``x^{(i)}`` as ``x_{i}``, ``x_j^{(i)}`` as ``x_{i,j}``: the bracketed index comes first."""
    if not isinstance(node, t.Scripted) or take_apart(node.base) is None:
        return node
    sup, rest = node.sup, None
    if isinstance(sup, t.Juxt) and len(sup.items) == 2 and is_transpose(sup.items[1]):
        sup, rest = sup.items
    if not (isinstance(sup, t.Group) and sup.open in ("(", "[")):
        return node
    first = sup.body.items if isinstance(sup.body, t.Separated) else (sup.body,)
    own = () if node.sub is None else node.sub.items if isinstance(node.sub, t.Separated) else (node.sub,)
    subs = (*first, *own)
    sub = subs[0] if len(subs) == 1 else t.Separated(node.span, subs, (",",) * (len(subs) - 1))
    return replace(node, sub=sub, sup=rest)


def bracketed_power(node: t.Node, symbols: Collection[str], statement: t.Node) -> t.Node:
    """``e^{(1 - r/c)}``, ``2^{(n-1)}``, ``x^{(1/2)}``: what is no label is a power, brackets or not.

    Labels are letters and numbers, and those moved by a whole number beside others: ``h^{(l)} = W h^{(l-1)}``.  What
    may be either is refused.
    """
    if not isinstance(node, t.Scripted) or not (isinstance(sup := node.sup, t.Group) and sup.open in ("(", "[")):
        return node
    sym, body = take_apart(node.base), sup.body
    if isinstance(body, t.Separated | t.Relation):
        return node
    euler = sym is not None and sym.base == "e" and not sym.subs and node.sub is None and "e" not in symbols
    simple = isinstance(body, t.Name | t.Number) or take_apart(body) is not None
    quotient = any(isinstance(x, t.Frac | t.Root | t.Apply) for x in t.walk(body)) or any(
        isinstance(x, t.Binary) and x.op in ("/", "div") for x in t.walk(body))
    negative = isinstance(body, t.Sum) and body.signs[0] == "-"
    base = node.base.body if isinstance(node.base, t.Group) else node.base
    number = isinstance(base, t.Number) or (isinstance(base, t.Sum) and not simple)
    if number or quotient or negative or (euler and not simple):
        return replace(node, sup=body)
    alone = not any(isinstance(x, t.Scripted) and isinstance(x.sup, t.Group) and t.dump(x.sup) != t.dump(sup)
                    for x in t.walk(statement))
    if isinstance(body, t.Sum) and sym is not None and (
        alone or sum(not isinstance(x, t.Number) for x in body.terms) > 1
    ):
        name, inside = to_latex(node.base).strip(), to_latex(body).strip()
        raise Refusal("E114", f"{name} with '({inside})' above may be a power or carry a label", node.span,
                      f"write {name}^{{{inside}}} for the power, or {name}_{{{inside}}} for the label")
    return node


def refuse_both_scripts(tree: t.Node) -> None:
    """``x^{(1)}`` beside ``x_1``: the two would become one name; ``f^{(n)}(x)`` may be a derivative."""
    above: dict[str, t.Node] = {}
    below: set[str] = set()
    for node in t.walk(tree):
        if isinstance(node, t.Juxt):
            for head, follower in zip(node.items, node.items[1:], strict=False):
                if isinstance(head, t.Scripted) and isinstance(head.sup, t.Group) and head.sup.open == "(":
                    if isinstance(follower, t.Group) and follower.open == "(":
                        raise Refusal(
                            "E190", "a bracketed superscript before an argument may be a derivative or a label",
                            head.span | follower.span, "write a label below: f_{\\text{label}}(x)", unsupported=True,
                        )
        if isinstance(node, t.Scripted) and isinstance(node.base, t.Name):
            if isinstance(node.sup, t.Group) and node.sub is None:
                above[bare(node.base)] = node
            elif node.sub is not None and not isinstance(node.sup, t.Group):
                below.add(bare(node.base))
    for name in sorted(above.keys() & below):
        raise Refusal("E114", f"{name} carries an index above and one below", above[name].span,
                      "give the two different letters, or write both indices on one symbol: x_j^{(i)}")


def refuse_scientific(tree: t.Node) -> None:
    """``2.5e-3`` reads as ``2.5·e - 3``."""
    for node in t.walk(tree):
        if isinstance(node, t.Juxt):
            for k, (a, b) in enumerate(zip(node.items, node.items[1:], strict=False)):
                after = node.items[k + 2] if k + 2 < len(node.items) else None
                if _exponential(a, b) and isinstance(after, t.Number) and after.span.start == b.span.stop:
                    raise _scientific(a.span | after.span)
        elif isinstance(node, t.Sum):
            for a, b in zip(node.terms, node.terms[1:], strict=False):
                power = b.items[0] if isinstance(b, t.Juxt) else b
                ends = isinstance(a, t.Juxt) and _exponential(*a.items[-2:])
                if ends and isinstance(power, t.Number) and power.span.start == a.span.stop + 1:
                    raise _scientific(a.span | power.span)


def _exponential(a: t.Node, b: t.Node) -> bool:
    letter = isinstance(b, t.Name) and b.base in ("e", "E") and not b.accents
    return isinstance(a, t.Number) and letter and a.span.stop == b.span.start


def _scientific(span: Span) -> Refusal:
    return Refusal("E154", "a number such as 2.5e-3 reads as a product with the letter e", span,
                   "write 2.5 \\times 10^{-3}")


def refuse_temperatures(tree: t.Node) -> None:
    r"""``25^\circ\text{C}`` is no angle."""
    for node in t.walk(tree):
        if isinstance(node, t.Juxt):
            for a, b in zip(node.items, node.items[1:], strict=False):
                ring = isinstance(a, t.Scripted) and isinstance(a.sup, t.Name) and a.sup.base == "circ"
                if ring and isinstance(b, t.Name) and b.base in ("C", "F") and not b.accents:
                    raise Refusal("E153", f"'°{b.base}' is a scale of temperature, and ° an angle here",
                                  a.span | b.span, "write the temperature as a number")


def refuse_two_signs(tree: t.Relation) -> None:
    """``±`` makes two equations; both are given, ready to paste."""
    for node in t.walk(tree):
        if isinstance(node, t.Sum) and any(s in "±∓" for s in node.signs):
            both = " and ".join(f"${to_latex(_signed(tree, k))}$" for k in (0, 1))
            raise Refusal("E118", "± makes two equations", node.span, f"write both out: {both}", unsupported=True)


def _signed(tree: t.Relation, which: int) -> t.Node:
    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Sum):
            return node
        signs = tuple({"±": "+-"[which], "∓": "-+"[which]}.get(s, s) for s in node.signs)
        return replace(node, signs=signs)

    out = t.mapped(tree, rule)
    assert isinstance(out, t.Relation)
    left = out.sides[0]
    if isinstance(left, t.Name):
        label = t.Name(left.span, ("plus", "minus")[which], (), "rm")
        left = t.Scripted(left.span, left, label)
    return replace(out, sides=(left, *out.sides[1:]))
