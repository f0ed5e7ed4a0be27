"""What to tell an author who may have meant something else: slips of the pen, and what the prose says.

Suggestions are shown beside a reading; they never change it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from .document import Statement
from .equation import Equation
from .known import WORDS
from .latex import tree as t
from .latex.printer import to_latex
from .latex.tables import GREEK
from .names import take_apart

#: Shorter words are symbols: x_1 beside x_2 is no slip.
SHORTEST = 4

_MATRIX = r"(?:real |square |symmetric |invertible |orthogonal |data |weight |design |given )*matri(?:x|ces)"
_VECTOR = r"(?:real |column |random |given |parameter |weight )*vectors?"
_DEFINITE = r"(?:symmetric )?(?:positive[- ]definite|covariance) matrix"


def spelling(names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """Undeclared names that are one slip away from a known one."""
    for name in names:
        if len(name) < SHORTEST or not name.isalpha() or name in known or name in GREEK:
            continue
        close = sorted(k for k in {*known, *WORDS} if one_slip(name, k) or one_slip(name.lower(), k.lower()))
        if close:
            yield f"{name} is neither declared nor defined; did you mean {close[0]}?"


def one_slip(a: str, b: str) -> bool:
    """Whether two words differ by one letter, or by two neighbours in the wrong order."""
    if a == b or min(len(a), len(b)) < SHORTEST or not (a.isalpha() and b.isalpha()) or (a in GREEK and b in GREEK):
        return False
    if len(a) == len(b):
        wrong = [k for k in range(len(a)) if a[k] != b[k]]
        if len(wrong) == 2:
            i, j = wrong
            return j == i + 1 and a[i] == b[j] and a[j] == b[i]
        return len(wrong) == 1
    short, long = sorted((a, b), key=len)
    return len(long) == len(short) + 1 and any(long[:k] + long[k + 1 :] == short for k in range(len(long)))


def from_prose(statements: tuple[Statement, ...], heading: int) -> dict[str, tuple[int, str]]:
    """What the prose under a heading calls its symbols: rank, and the declaration that would say so."""
    out: dict[str, tuple[int, str]] = {}
    inline = [s for s in statements if s.region.kind == "inline" and s.region.heading == heading]
    for k, s in enumerate(inline):
        sym = take_apart(s.tree)
        if sym is None or sym.sup is not None:
            continue
        before = inline[k - 1] if k else None
        after = inline[k + 1] if k + 1 < len(inline) else None
        size = _size(before) if before is not None and before.region.block == s.region.block else ""
        lead = s.region.before.strip()
        if not (size and re.fullmatch(_MATRIX, lead)):
            size = ""
        tail = s.region.after.strip()
        if after is not None and after.region.block == s.region.block:
            tail = after.region.before.strip()
            if (extent := _size(after)) and re.fullmatch(r"(?:is|be|denotes?) (?:an?|the)", tail):
                size, tail = extent, f"{tail} {after.region.after.strip()}"
        found = _called(lead, tail, size)
        if found is not None:
            out[sym.whole] = found[0], f"${to_latex(s.tree).strip()} \\in {found[1]}$"
    return out


def _called(lead: str, tail: str, size: str) -> tuple[int, str] | None:
    size = size or r"m \times n"
    for pattern, rank, space in (
        (_DEFINITE, 2, r"\mathbb{S}_{++}^{d}"),
        (_MATRIX, 2, rf"\mathbb{{R}}^{{{size}}}"),
        (_VECTOR, 1, r"\mathbb{R}^{n}"),
    ):
        if re.search(rf"(?:^|\s){pattern}$", lead) or re.match(rf"(?:is|be|denotes?) (?:an? |the ){pattern}\b", tail):
            return rank, space
    return None


def _size(s: Statement) -> str:
    """``m \\times n`` of a formula that is the size of a matrix."""
    tree = s.tree
    whole = isinstance(tree, t.Binary) and tree.op == "times" and all(
        isinstance(x, t.Name | t.Number) for x in (tree.left, tree.right))
    return to_latex(tree).strip() if whole else ""


def suggestions(
    e: Equation, told: Mapping[str, tuple[int, str]], known: Collection[str]
) -> tuple[str, ...]:
    """Notes for the author of a definition that was read."""
    slots = {s.slot for s in e.slots}
    out = list(spelling([*(p.name for p in e.parameters if not p.declared), *slots], known))
    for p in e.parameters:
        rank, declaration = told.get(p.name, (0, ""))
        if not p.declared and rank > len(p.axes):
            kind = "a vector" if rank == 1 else "a matrix"
            out.append(f"the text calls {p.name} {kind} and it is read as a number: declare {declaration}")
    return tuple(out)
