r"""Words and parts beside a formula that nothing would read: ``z = x \quad y``, ``a \text{ or } b``.

Nothing is dropped: what follows a definition on its line is a condition, a tag or a unit, or it is refused.
"""

from __future__ import annotations

from dataclasses import replace

from .attached import LEADS
from .context import Refusal
from .document import Statement
from .latex import tree as t
from .latex.printer import to_latex
from .names import bare

#: Upright words between factors that are operators, and what writes them.
SPOKEN = {
    "mod": "write \\bmod", "div": "write \\lfloor a / b \\rfloor", "plus": "write +", "minus": "write -",
    "times": "write \\times", "over": "write \\frac{a}{b}", "per": "write \\frac{a}{b}", "and": "write the formula of "
    "numbers that is meant", "or": "write the formula of numbers that is meant", "not": "write 1 - x",
    "xor": "write (a + b) \\bmod 2", "nor": "write (1 - a)(1 - b)", "nand": "write 1 - a b",
    "cis": "write cosines and sines",
}  # fmt: skip


def says_nothing(s: Statement) -> bool:
    """Whether a statement is a part without a relation, and no tag, unit, remark or condition in words."""
    tree = s.tree
    if s.lead.lower().split()[:1] and s.lead.lower().split()[0].strip(".,;:") in LEADS:
        return False
    if isinstance(tree, t.Name) and tree.base in ("square", "blacksquare", "Box"):
        return False
    bracketed = isinstance(tree, t.Group)
    parts = [x for x in t.walk(tree) if not isinstance(x, t.Group)]
    if any(isinstance(x, t.Relation) for x in parts) or isinstance(tree, t.Text | t.Dots):
        return False
    upright = all(isinstance(x, t.Name) and x.style == "rm" for x in parts if isinstance(x, t.Name))
    return not (bracketed and (upright or all(isinstance(x, t.Number | t.Name | t.Text) for x in parts)))


def left_over(s: Statement) -> Refusal:
    """Why a definition is refused that such a part follows."""
    words = f"'{s.lead} {to_latex(s.tree).strip()}'" if s.lead else f"'{to_latex(s.tree).strip()}'"
    return Refusal("E167", f"{words} stands behind the formula and belongs to none", s.span,
                   "write an operator before it, or a comparison for a condition: …, \\quad x > 0; or leave it out")


def spoken(tree: t.Node, known: frozenset[str] | set[str]) -> t.Node:
    r"""A tree in which ``a \text{ mod } b`` is an operation; raises ``Refusal`` at words that are other operators."""

    def rule(node: t.Node) -> t.Node:
        if not isinstance(node, t.Juxt):
            return node
        for k, item in enumerate(node.items[:-1]):
            if not (isinstance(item, t.Name) and item.style == "rm" and item.base.lower() in SPOKEN):
                continue
            word = item.base.lower()
            if bare(item) in known or (isinstance(node.items[k + 1], t.Group) and not k):
                continue
            if word == "mod" and k and sum(isinstance(x, t.Name) and x.base == "mod" for x in node.items) == 1:
                left, right = _product(node.items[:k]), _product(node.items[k + 1 :])
                return t.Binary(node.span, "mod", left, right)
            raise Refusal("E130", f"the word '{item.base}' stands for an operator", item.span, SPOKEN[word])
        return node

    return t.mapped(tree, rule)


def _product(items: tuple[t.Node, ...]) -> t.Node:
    if len(items) == 1:
        return items[0]
    return replace(t.Juxt(items[0].span, items), span=items[0].span | items[-1].span)
