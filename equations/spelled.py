"""Names typed as plain letters on the left of an equals sign: ``NPV = …``, ``RMSE = …``.

A product cannot be defined, so letters that touch each other there are one name where none of them is a symbol of
its own in the document.  Capitals and longer words need only one such letter: ``GDP = C + I + G``, ``Loss = …``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from .latex import tree as t
from .names import is_transpose

MAX_LETTERS = 24


def spelled_names(trees: Collection[t.Node], declared: Collection[str] = ()) -> frozenset[str]:
    """The names that the formulas of a document define in plain letters; ``declared`` are symbols of their own."""
    runs = [run for tree in trees if (run := left_run(tree))]
    candidates = {word(run) for run in runs}
    candidates = {x for x in candidates if is_word(x)}
    if not candidates:
        return frozenset()
    alone = set(declared)
    for tree in trees:
        alone |= set(lone_letters(tree, candidates))
    return frozenset(x for x in candidates if _free(x, alone))


def _free(x: str, alone: Collection[str]) -> bool:
    if (len(x) > 2 and x.isupper()) or len(x) > 3:
        return not set(x) <= set(alone)
    return not set(x) & set(alone)


def is_word(x: str) -> bool:
    """Whether letters may spell a name: no two small ones, and no differential."""
    return len(x) <= MAX_LETTERS and (len(x) > 2 or not x.islower()) and not (len(x) == 2 and x[0] == "d")


def left_run(tree: t.Node) -> tuple[t.Name, ...]:
    """The letters that are all of a definition's left side, scripts of the last aside."""
    if not isinstance(tree, t.Relation) or tree.ops[0] not in ("=", ":="):
        return ()
    side = tree.sides[0]
    return letters(side.items) if isinstance(side, t.Juxt) else ()


def letters(items: tuple[t.Node, ...]) -> tuple[t.Name, ...]:
    """Neighbours as plain letters that touch each other in the text, or nothing."""
    *first, last = items
    if isinstance(last, t.Scripted) and last.sup is None and not last.primes:
        last = last.base
    found = [x for x in (*first, last) if is_letter(x)]
    if len(found) < len(items) or not all(a.span.stop == b.span.start for a, b in pairwise(found)):
        return ()
    return tuple(x for x in found if isinstance(x, t.Name))


def is_letter(node: t.Node) -> bool:
    """A Latin letter in italics, without accents."""
    plain = isinstance(node, t.Name) and not (node.accents or node.style)
    return plain and isinstance(node, t.Name) and len(node.base) == 1 and node.base.isascii() and node.base.isalpha()


def word(run: tuple[t.Name, ...]) -> str:
    return "".join(x.base for x in run)


def lone_letters(tree: t.Node, candidates: Collection[str]) -> Iterator[str]:
    """Letters that stand for themselves: those of a candidate, typed without a gap, and transposes do not."""
    inside: set[int] = set()
    longest = max(map(len, candidates))
    for node in t.walk(tree):
        if isinstance(node, t.Juxt):
            for a in range(len(node.items)):
                for b in range(a + 2, min(len(node.items), a + longest) + 1):
                    if not is_letter(node.items[b - 2]):
                        break
                    run = letters(node.items[a:b])
                    if word(run) in candidates:
                        inside |= {id(x) for x in run}
        if isinstance(node, t.Scripted) and node.sup is not None and is_transpose(node.sup):
            inside.add(id(node.sup))
    for node in t.walk(tree):
        if isinstance(node, t.Name) and len(node.base) == 1 and id(node) not in inside:
            yield node.base
