r"""``\psi(x)`` beside the gamma function, or in a text that speaks of digamma: the derivative of ``log Γ``.

Elsewhere the letter is a wave function, a potential or a feature, and stays a function that the caller gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from .latex import tree as t

PSI = "psi"
SPOKEN = re.compile(r"\b[Dd]igamma\b")


def psi_is_free(trees: Iterable[t.Node]) -> bool:
    """Whether nothing defines or declares the letter: it stands before brackets alone, and on no left side."""
    for tree in trees:
        if isinstance(tree, t.Relation) and any(map(_is_psi, t.walk(tree.sides[0]))):
            return False
        if not _is_psi(tree) and sum(1 for _ in _heads(tree)) < sum(map(_is_psi, t.walk(tree))):
            return False
    return True


def with_digamma(tree: t.Node, said: bool) -> t.Node:
    """A statement with the letter before brackets spelled out, where its text or the gamma function says so."""
    gammas = any(isinstance(n, t.Name) and n.base == "Gamma" and not n.accents for n in t.walk(tree))
    if not (said or gammas) or next(_heads(tree), None) is None:
        return tree

    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Juxt):
            return node
        items = list(node.items)
        for k, (head, follower) in enumerate(pairwise(node.items)):
            if isinstance(head, t.Name) and _is_psi(head) and _is_bracket(follower):
                items[k] = replace(head, base="digamma", style="rm")
        return replace(node, items=tuple(items))

    return t.mapped(tree, rule)


def _is_psi(node: t.Node) -> bool:
    return isinstance(node, t.Name) and node.base == PSI and not (node.style or node.accents)


def _is_bracket(node: t.Node) -> bool:
    return isinstance(node, t.Group) and node.open == "(" and not isinstance(node.body, t.Separated)


def _heads(tree: t.Node) -> Iterator[t.Node]:
    for node in t.walk(tree):
        if isinstance(node, t.Juxt):
            yield from (head for head, follower in pairwise(node.items) if _is_psi(head) and _is_bracket(follower))
