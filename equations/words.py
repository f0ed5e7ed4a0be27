"""Capital letters set side by side: a product, or one name (``TP``)?

They are one name where the text declares or speaks of it, and refused where every sign
is that of a name: added runs of letters that stand alone nowhere in the document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from .context import Context, Refusal
from .latex import tree as t
from .names import bare, is_transpose
from .span import Span

COMPARISONS = ("<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Words:
    """Runs of capitals that are names, and those that look like names."""

    names: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


def words(trees: Collection[t.Node], declared: Collection[str]) -> Words:
    """The runs of a document: ``declared`` are names that are declared outside of its formulas."""
    alone = {x for x in declared if len(x) == 1}
    for tree in trees:
        alone |= set(lone(tree))
    names = {x for x in declared if len(x) > 1 and x.isalpha() and x.isupper()}
    doubtful: set[str] = set()
    for tree in trees:
        match tree:
            case t.Relation(sides=(left, *_), ops=("in",)):
                names |= set(wholes(left))
            case t.Relation(sides=sides, ops=ops) if set(ops) <= {*COMPARISONS}:
                names |= {x for side in sides for x in wholes(side) if not set(x) <= alone}
            case t.Juxt() | t.Separated():
                names |= {x for x in wholes(tree) if not set(x) <= alone}
        for node in t.walk(tree):
            if isinstance(node, t.Sum):
                added = {x for term in node.terms for x in wholes(term)}
                if len(added) > 1 and all(not set(x) <= alone for x in added):
                    doubtful |= added
        doubtful |= {x for _, _, x in runs(tree) if len(set(x)) < len(x) and not set(x) <= alone}
    return Words(frozenset(names), frozenset(doubtful - names))


def runs(tree: t.Node) -> Iterator[tuple[t.Juxt, int, str]]:
    """Capitals that touch each other in the text: the product they are in, where, and their letters."""
    for node in unlabelled(tree):
        if isinstance(node, t.Juxt):
            k = 0
            while k < len(node.items):
                n = k
                while n < len(node.items) and is_plain(node.items[n]) and (n == k or touch(*node.items[n - 1 : n + 1])):
                    n += 1
                if n - k > 1:
                    yield node, k, "".join(bare(x) for x in node.items[k:n] if isinstance(x, t.Name))
                k = max(n, k + 1)


def unlabelled(tree: t.Node) -> Iterator[t.Node]:
    """Every node that stands in no subscript."""
    stack: list[t.Node] = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += [x for x in reversed(tuple(node.children())) if not (isinstance(node, t.Scripted) and x is node.sub)]


def is_plain(node: t.Node) -> bool:
    """A lone capital in italics, without accents."""
    return isinstance(node, t.Name) and len(node.base) == 1 and node.base.isupper() and not (node.accents or node.style)


def touch(a: t.Node, b: t.Node) -> bool:
    return a.span.stop == b.span.start


def wholes(node: t.Node) -> Iterator[str]:
    """Runs that are all of a part, or all of one in a list."""
    if isinstance(node, t.Separated):
        for item in node.items:
            yield from wholes(item)
    elif isinstance(node, t.Juxt):
        yield from (x for inside, _, x in runs(node) if inside is node and len(x) == len(node.items))


def lone(tree: t.Node) -> Iterator[str]:
    """Capitals that are a symbol for themselves somewhere: labels and transposes are none."""
    inside: set[int] = set()
    for product, k, run in runs(tree):
        inside |= {id(x) for x in product.items[k : k + len(run)]}
    stack: list[t.Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, t.Name) and len(node.base) == 1 and node.base.isupper() and id(node) not in inside:
            yield node.base
        if isinstance(node, t.Scripted):
            if not (isinstance(node.base, t.Name) and is_label(node.sub)):
                stack.append(node.base)
            if node.sup is not None and not is_transpose(node.sup):
                stack.append(node.sup)
        else:
            stack += node.children()


def is_label(sub: t.Node | None) -> bool:
    """A subscript that makes another symbol of its letter: a number or a word."""
    return isinstance(sub, t.Number | t.Text) or (isinstance(sub, t.Name) and (len(sub.base) > 1 or sub.style == "rm"))


def joined(tree: t.Node, names: Collection[str]) -> t.Node:
    """A tree in which runs that are names are one symbol each."""
    found = {(id(node), k): x for node, k, x in runs(tree) if x in names}
    if not found:
        return tree

    def go(node: t.Node) -> t.Node:
        if isinstance(node, t.Juxt):
            items: list[t.Node] = []
            k = 0
            while k < len(node.items):
                x = found.get((id(node), k), "")
                if x:
                    last = node.items[k + len(x) - 1]
                    items.append(t.Name(node.items[k].span | last.span, x, (), "rm"))
                else:
                    items.append(go(node.items[k]))
                k += len(x) or 1
            return items[0] if len(items) == 1 else replace(node, items=tuple(items))
        return t.over_children(node, go)

    return go(tree)


def alone(trees: Collection[t.Node]) -> set[str]:
    """Upright words that stand as symbols somewhere, in no script."""
    out: set[str] = set()
    stack: list[t.Node] = list(trees)
    while stack:
        node = stack.pop()
        if isinstance(node, t.Name) and node.style == "rm" and len(node.base) > 1:
            out.add(node.base)
        stack += (node.base,) if isinstance(node, t.Scripted) else node.children()
    return out


def labelled(tree: t.Node, used: Collection[str]) -> t.Node:
    r"""A tree in which upright words above a symbol are part of its name: ``x^{\text{new}}`` is no power.

    Words that are ``used`` as symbols stay exponents, as all do above ``e``.
    """

    def rule(node: t.Node) -> t.Node:
        match node:
            case t.Scripted(base=t.Name(base=base) | t.Scripted(base=t.Name(base=base)), sup=t.Name() as word):
                plain = word.style == "rm" and word.base.isalpha() and not word.accents and not is_transpose(word)
                if plain and len(word.base) > 1 and word.base not in used and base != "e":
                    return replace(node, sup=replace(word, style="label"))
        return node

    return t.mapped(tree, rule)


def refuse_words(tree: t.Node, doubtful: Collection[str]) -> None:
    """Raises ``Refusal`` at a run that looks like a name and is declared nowhere."""
    for node, k, x in runs(tree):
        if x in doubtful:
            place = node.items[k].span | node.items[k + len(x) - 1].span
            letters = ", ".join(dict.fromkeys(x))
            raise Refusal("E184", f"{x} may be one name or a product of letters that stand alone nowhere", place,
                          f"declare it: ${x} \\in \\mathbb{{R}}$ for a name, or ${letters} \\in \\mathbb{{R}}$ for a "
                          "product")


def spelled_out(node: t.Node, ctx: Context) -> tuple[t.Node, ...]:
    """The letters of capitals that touch before the bracket of a product, where they are no name: ``UA(a - b)``."""
    if not isinstance(node, t.Name) or node.style or node.accents or not (len(node.base) > 1 and node.base.isupper()):
        return ()
    if node.base in ctx.known.declared or node.base in ctx.arguments or ctx.known.symbols(node.base) is not None:
        return ()
    ctx.assumptions = [x for x in ctx.assumptions if x != f"{node.base}(…) is a product"]
    start = node.span.start
    return tuple(t.Name(Span(start + k, start + k + 1), x) for k, x in enumerate(node.base))
