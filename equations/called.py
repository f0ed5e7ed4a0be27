r"""Whether the prose calls a symbol a standard deviation or a variance: ``with standard deviation $\sigma$``.

Where a law is written with the bare letter, this decides what would be asked otherwise.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .latex import tree as t
from .names import take_apart

if TYPE_CHECKING:
    from .reading import Reader

DEVIATION, VARIANCE = "standard deviation", "variance"

_KIND = r"(standard[- ]deviation|variance)s?"
_BEFORE = re.compile(rf"(?:^|[^\w-]){_KIND}(?: of)?(?: all)?\s*\(?$", re.I)
_AFTER = re.compile(r"(?:,|\(|is|are|be|denotes?|being|as)?\s*(?:an? |the |its |their )?(?:(?!not\b|square\b)\w+ )?"
                    rf"{_KIND}(?=\s*(?:$|[.,;:)]|of\b|and\b|in\b|for\b))", re.I)
#: ``mean and variance $m$ and $s$``: which of several symbols is meant, the words do not show.
_SEVERAL = re.compile(r"\b(?:means?|expectations?|locations?|respectively)\b[^$]*\band\b", re.I)


def called(name: str, headings: frozenset[int], r: Reader) -> str:
    """``standard deviation`` or ``variance``, as the words beside a symbol under these headings say; or nothing.

    A variance ``s^2`` has the standard deviation s.  Words that contradict each other say nothing.
    """
    found = set()
    for s in r.statements:
        if s.region.kind != "inline" or s.region.heading not in headings:
            continue
        sym = take_apart(s.tree.sides[0] if isinstance(s.tree, t.Relation) else s.tree)
        if sym is None or sym.whole != name:
            continue
        squared = isinstance(sym.sup, t.Number) and sym.sup.text == "2"
        if sym.sup is not None and not squared:
            continue
        kind = words(s.region.before, s.region.after)
        if squared and kind:
            kind = DEVIATION if kind == VARIANCE else ""
        if kind:
            found.add(kind)
    return found.pop() if len(found) == 1 else ""


def words(before: str, after: str) -> str:
    """What the words on both sides of a formula call it."""
    lead, tail = " ".join(before.split()), " ".join(after.split())
    found = None if _SEVERAL.search(lead) else _BEFORE.search(lead)
    found = found or _AFTER.match(tail)
    if found is None:
        return ""
    return VARIANCE if found[1].lower() == "variance" else DEVIATION
