"""How far the text lets a bare symbol reach: sentences, rows of tables, and letters that it introduces anew.

A definition further down belongs to the formula before it only where the same sentence gives it
(``where $b = …$``); a row of a table speaks for itself; and a letter that a sentence explains in
words (``where $a$ is the mass``) is an input of its formula, whatever other sections call ``a``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import symbols_in, upper_bounds
from .latex import tree as t
from .names import letter, safe, take_apart
from .span import Span

if TYPE_CHECKING:
    from .reading import Candidate, Reader

#: Words at the beginning of a sentence that explains the formula before it.
EXPLAINS = ("Here", "Where", "With", "In")

#: What the prose calls the base of natural logarithms.
EULER = re.compile(r"Euler|natural|base of|exponential", re.I)

#: What opens and closes formulas.
MARKS = re.compile(r"\$+|\\[][()]|\\(?:begin|end)\{\w+\*?\}|`+(?:math)?")

SENTENCE = re.compile(r"(?:[.!?]\s+|\n\s*\n)\W*([A-Z]\w*)")


def one_sentence(a: int, b: int, r: Reader) -> bool:
    """Whether the text from one statement to a later one goes on in one sentence, or explains the formula."""
    text = r.document.source.text
    start, stop = r.statements[a].region, r.statements[b].region
    if start.block == stop.block and "display" in (start.kind, stop.kind):
        return True
    prose, at = _end(text, start.span), start.span.stop
    for region in r.document.regions:
        if at <= region.span.start and region.span.stop <= stop.span.start:
            prose += MARKS.sub("", text[at : region.span.start]) + " x" + _end(text, region.span)
            at = region.span.stop
    prose += MARKS.sub("", text[at : stop.span.start])
    return all(m[1] in EXPLAINS for m in SENTENCE.finditer(prose))


def _end(text: str, formula: Span) -> str:
    """The last sign of a formula: a full stop ends the sentence that it is part of."""
    return MARKS.sub("", text[max(formula.start, formula.stop - 40) : formula.stop]).rstrip()[-1:]


def tabled(definition: int, use: int, r: Reader) -> bool:
    """Whether a definition with symbols stands in a row of a table, and its use outside of that row."""
    row = _row(definition, r)
    side = r.candidates[definition].rhs
    return row >= 0 and row != _row(use, r) and any(take_apart(x) is not None for x in t.walk(side))


def _row(i: int, r: Reader) -> int:
    """Where the row of a Markdown table that holds a statement begins; negative outside of tables."""
    text, at = r.document.source.text, r.statements[i].region.span.start
    begin = text.rfind("\n", 0, at) + 1
    return begin if text[begin:at].lstrip().startswith("|") else -1


def introduced(i: int, r: Reader) -> frozenset[str]:
    """Plain letters that the sentence of a statement shows alone, with words for what they are."""
    out = set()
    here = r.statements[i].region
    for k, s in enumerate(r.statements):
        if s.region.kind != "inline" or s.region.heading != here.heading or s.region is here:
            continue
        names = s.tree.items if isinstance(s.tree, t.Separated) else (s.tree,)
        letters = {x.base for x in names if isinstance(x, t.Name) and len(x.base) == 1 and not x.accents}
        if len(letters) < len(names) or not (s.region.before or s.region.after):
            continue
        if letters == {"e"} and EULER.search(f"{s.region.before} {s.region.after}"):
            continue
        if one_sentence(min(i, k), max(i, k), r):
            out |= {x for x in letters if not _defined_beside(x, k, r)}
    return frozenset(out)


def _defined_beside(name: str, k: int, r: Reader) -> bool:
    """``shifted by $s$, where $s = …$``: the sentence that shows a letter defines it too."""
    found = [j for j, c in r.candidates.items() if c.goal.name == name]
    return any(r.statements[j].region.kind == "inline" and one_sentence(min(j, k), max(j, k), r) for j in found)


def other_axes(c: Candidate, i: int, r: Reader) -> str:
    """The range of an array in its definition, where a statement reads it over another one; or nothing.

    Classes that are counted to ``C`` are no rows that are counted to ``B``.
    """
    if len(c.goal.indices) != 1 or i not in r.candidates:
        return ""
    own = ranges(r.statements[c.index].region.heading, r).get(c.goal.indices[0], frozenset())
    here = ranges(r.statements[i].region.heading, r)
    read = {letter(sym.subs[-1]) for sym in symbols_in(r.candidates[i].rhs)
            if safe(sym.base) == c.goal.name and len(sym.subs) == 1}
    others = [here[x] for x in read if x is not None and x in here]
    if not own or not others or any(own & found for found in others):
        return ""
    return f"{c.goal.indices[0]} = 1, …, {min(own)}"


def ranges(heading: int, r: Reader) -> dict[str, frozenset[str]]:
    """The letters that bound each index under a heading."""
    if heading not in r.ranges:
        found: dict[str, frozenset[str]] = {}
        for s in r.statements:
            for node in t.walk(s.tree) if s.region.heading == heading else ():
                if isinstance(node, t.Big) and isinstance(node.sub, t.Relation) and node.sub.ops == ("=",):
                    x, end = letter(node.sub.sides[0]), letter(node.sup) if node.sup is not None else None
                    if x is not None and end is not None:
                        found[x] = found.get(x, frozenset()) | {end}
        r.ranges[heading] = found
    return r.ranges[heading]


def is_square(side: t.Node, lengths: frozenset[str] = frozenset()) -> bool:
    """Whether a side is made of squares, norms, numbers and lengths alone, and no sign makes it negative."""
    lengths = lengths | upper_bounds(side)
    match side:
        case t.Number():
            return True
        case t.Group(body=body):
            return is_square(body, lengths)
        case t.Bars():
            return True
        case t.Scripted(sup=t.Number(text=text)) if text.isdigit() and int(text) % 2 == 0:
            return True
        case t.Sum(signs=signs, terms=terms):
            counts = all(isinstance(x, t.Number) or letter(x) in lengths for x in terms)
            return counts or ("-" not in signs and all(is_square(x, lengths) for x in terms))
        case t.Juxt(items=items):
            return all(is_square(x, lengths) for x in items)
        case t.Binary(op="cdot" | "times", left=a, right=b) | t.Frac(numerator=a, denominator=b):
            return is_square(a, lengths) and is_square(b, lengths)
        case t.Big(op="sum", body=body):
            return is_square(body, lengths)
        case _:
            return letter(side) in lengths
