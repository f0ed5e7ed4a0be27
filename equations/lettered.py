r"""Letters typed without a gap that spell a word: ``\frac{gain - cost}{cost}``, ``rel_i``, ``BP \cdot \exp(…)``.

In print a word and a product of its letters look alike.  A run is asked about where it reads like a word and hardly any
of its letters is a symbol of its own; letters with a gap between them, upright words, and declared letters are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import pairwise

from .context import Refusal
from .evidence import bound_letters
from .latex import tree as t
from .names import is_transpose
from .spelled import is_letter
from .spelled import letters as touching
from .words import unlabelled

VOWELS = frozenset("aeiou")
#: Letters that are hardly ever factors: Euler's number and the letter that looks like zero.
NO_FACTORS = frozenset("eo")

Run = tuple[t.Juxt, int, tuple[t.Node, ...], str]


def letter_runs(tree: t.Node) -> Iterator[Run]:
    """Letters that touch each other, scripts of the last aside: the product they are in, where, and their word."""
    for node in unlabelled(tree):
        if isinstance(node, t.Juxt):
            k = 0
            while k < len(node.items):
                n = k
                while n < len(node.items) and (n == k or _touch(*node.items[n - 1 : n + 1])):
                    if not is_letter(_base(node.items[n])):
                        break
                    n += 1
                if n - k > 1:
                    items = node.items[k:n]
                    yield node, k, items, "".join(x.base for x in map(_base, items) if isinstance(x, t.Name))
                k = max(n, k + 1)


def _base(node: t.Node) -> t.Node:
    """The letter of a factor; the exponential function is none."""
    if not isinstance(node, t.Scripted) or node.primes:
        return node
    return node if node.sup is not None and isinstance(node.base, t.Name) and node.base.base == "e" else node.base


def _touch(a: t.Node, b: t.Node) -> bool:
    return not isinstance(a, t.Scripted) and a.span.stop == b.span.start


def lettered(trees: Collection[t.Node], declared: Collection[str]) -> frozenset[str]:
    """The runs of a document that may be words; ``declared`` are symbols of their own."""
    alone = {x for x in declared if len(x) == 1}
    below: set[str] = set()
    bound: set[str] = set()
    wordy = any(map(_names_a_word, trees))
    worded = wordy or any(map(_names_upright, trees))
    for tree in trees:
        alone |= set(_alone(tree, wordy))
        bound |= set(bound_letters(tree))
        for node in t.walk(tree):
            if isinstance(node, t.Scripted) and node.sub is not None:
                below |= {x.base for x in t.walk(node.sub) if isinstance(x, t.Name) and not x.style}
    found = set() if "e" in {*declared} | bound else set(_numbers_of_flows(trees))
    capitals = Counter(word for tree in trees for _, _, _, word in letter_runs(tree) if word.isupper())
    capitals.update(word for tree in trees for _, word in _capitals(tree))
    own = {*declared, *(x for tree in trees if isinstance(tree, t.Relation) for _, x in _capitals(tree.sides[0]))}
    found |= {x for x in capitals.keys() - own if len(x) > 2 and capitals[x] > 1 and not set(x) & (alone | bound)}
    names = {word for tree in trees for word in _labels(tree)}
    for tree in trees:
        dotted = _dotted(tree) if wordy else set()
        for node, _, items, word in letter_runs(tree):
            shown = set(word) & (alone | bound)
            explicit = id(node) in dotted and len(items) == len(node.items)
            index = len(word) == 2 and word.islower() and _carries(items[-1]) and bool(set(word) & below - bound)
            # ``Na_o`` beside ``P_{Na}``.
            named = (wordy and _is_pair(items, word)) or (word in names and not word.islower())
            if ((explicit or index) and not shown) or (named and not set(word) <= alone | bound):
                found.add(word)
            elif worded and word.isupper() and len(word) > 2 and shown < set(word):
                found.add(word)
            elif len(word) > 2 and _is_word(word, shown, _carries(items[-1]), wordy):
                found.add(word)
    return frozenset(found)


def _is_word(word: str, shown: set[str], carries: bool, wordy: bool) -> bool:
    """Whether a run of three letters or more reads like a word; ``shown`` are those that are symbols elsewhere."""
    letters = set(word)
    if 2 * len(shown) > len(letters) or all(ord(b) == ord(a) + 1 for a, b in pairwise(word)):
        return False
    if word.islower():
        return len(word) > 3 or bool(letters & NO_FACTORS) or (not shown and word[1] in VOWELS)
    if wordy and letters & NO_FACTORS:
        return True
    return not shown and (wordy or carries or len(word) > 3)


def _capitals(tree: t.Node) -> Iterator[tuple[t.Node, str]]:
    """Capitals that touch before a bracket: ``NTU(1 - C)``."""
    for node in unlabelled(tree):
        if isinstance(node, t.Name) and len(node.base) > 2 and node.base.isupper() and not (node.style or node.accents):
            yield node, node.base


def _labels(tree: t.Node) -> Iterator[str]:
    """The letters that touch below a symbol and are its label: ``P_{Na}``."""
    for node in t.walk(tree):
        if isinstance(node, t.Scripted) and isinstance(node.sub, t.Juxt) and (run := touching(node.sub.items)):
            yield "".join(x.base for x in run)


def _is_pair(items: tuple[t.Node, ...], word: str) -> bool:
    """A capital and a small letter that touch, raised as one to see: ``Pr^n``; a matrix and a vector are not."""
    last = items[-1]
    raised = isinstance(last, t.Scripted) and last.sup is not None and last.sub is None and not is_transpose(last.sup)
    return raised and len(word) == 2 and word[0].isupper() and word[1].islower()


def _with_e(tree: t.Node) -> Iterator[tuple[t.Node, t.Node, str]]:
    r"""A capital and an e that touch, the e bare or raised to a number: ``\frac{24}{Re}``, ``Re^{0.8}``."""
    for node in unlabelled(tree):
        for a, b in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            plain = isinstance(b, t.Scripted) and b.sub is None and not b.primes and isinstance(b.sup, t.Number)
            e = b.base if isinstance(b, t.Scripted) and plain else b
            if is_letter(a) and is_letter(e) and isinstance(a, t.Name) and isinstance(e, t.Name) and _touch(a, b):
                if a.base.isupper() and e.base == "e":
                    yield a, e, a.base + e.base


def _numbers_of_flows(trees: Collection[t.Node]) -> Iterator[str]:
    """Pairs such as Re where no other e of the document is Euler's number."""
    pairs = [x for tree in trees for x in _with_e(tree)]
    inside = {id(e) for _, e, _ in pairs}
    others = (x for tree in trees for x in t.walk(tree) if isinstance(x, t.Name) and x.base == "e")
    if all(id(x) in inside for x in others):
        yield from (word for _, _, word in pairs)


def _carries(node: t.Node) -> bool:
    return isinstance(node, t.Scripted) and node.sub is not None


def _alone(tree: t.Node, wordy: bool) -> Iterator[str]:
    """Letters that stand for themselves, or beside one other letter."""
    dotted = _dotted(tree) if wordy else set()
    runs = [
        items
        for node, _, items, word in letter_runs(tree)
        if len(word) > 2 or _carries(items[-1]) or id(node) in dotted or (wordy and _is_pair(items, word))
    ]
    inside = {id(x) for items in runs for item in items for x in t.walk(item)}
    for node in unlabelled(tree):
        if id(node) not in inside and isinstance(node, t.Name) and len(node.base) == 1 and not node.style:
            yield node.base


def _names_a_word(tree: t.Node) -> bool:
    """Whether a formula defines a name that is typed as plain letters: ``PSNR = …``."""
    if not isinstance(tree, t.Relation) or tree.ops[0] not in ("=", ":="):
        return False
    side: t.Node = tree.sides[0]
    while isinstance(side, t.Scripted | t.Juxt):
        side = side.base if isinstance(side, t.Scripted) else side.items[0]
    if not isinstance(side, t.Name) or side.accents:
        return False
    return len(side.base) > 1 and side.span.stop - side.span.start == len(side.base)


def _names_upright(tree: t.Node) -> bool:
    r"""Whether a formula defines an upright word of capitals: ``\mathrm{PSNR} = …``."""
    side = tree.sides[0] if isinstance(tree, t.Relation) and tree.ops[0] in ("=", ":=") else None
    return isinstance(side, t.Name) and side.style == "rm" and len(side.base) > 2 and side.base.isupper()


def _dotted(tree: t.Node) -> set[int]:
    """Factors that a written sign joins to what is no number."""
    out: set[int] = set()
    for node in t.walk(tree):
        if isinstance(node, t.Binary) and node.op in ("cdot", "times", "ast"):
            for a, b in ((node.left, node.right), (node.right, node.left)):
                if not isinstance(b, t.Number | t.Frac):
                    out.add(id(a))
    return out


def refuse_lettered(tree: t.Node, found: Collection[str]) -> None:
    """Raises ``Refusal`` at a run that may be a word."""
    seen: list[tuple[tuple[t.Node, ...], str]] = [((x,), word) for x, word in _capitals(tree)]
    seen += [((a, e), word) for a, e, word in _with_e(tree)]
    for items, word in (*seen, *((items, word) for _, _, items, word in letter_runs(tree))):
        if word in found:
            raise Refusal("E184", f"{word} may be one name or a product of its letters", items[0].span | items[-1].span,
                          f"write \\mathrm{{{word}}} for a name, or {' '.join(word)} with spaces for a product")
