"""A formula region to its statements: rows of a display, statements of a row."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import NamedTuple

from ..diagnostic import Diagnostic, InvalidEquation
from ..span import Source, Span
from .habits import modern
from .layout import laid_out
from .lexer import MAX_TOKENS, Token, refuse, tokenize
from .macros import Budget, Macros, expand
from .structure import MAX_DEPTH, structure
from .tables import BINARIES, DISPLAYS, ONE_FORMULA, SIGNS
from .terms import Terms, attach, is_connective
from .tree import Node, Relation, Separated

# A level of brackets takes at most a dozen calls.
_FRAMES = 1000 + 12 * MAX_DEPTH


class Parsed(NamedTuple):
    """A statement's tree, its place, the row of its formula it stands in, its tag, the word before it."""

    tree: Node
    span: Span
    row: int
    label: str = ""
    lead: str = ""


def parse_formula(
    source: Source, span: Span, macros: Macros | None = None, names: Collection[str] = (), budget: Budget | None = None
) -> tuple[list[Parsed], list[Diagnostic]]:
    """Statements of a formula, and one finding for each of its rows that cannot be read.

    Formulas of one document share a ``budget`` of what macros may add.
    """
    if sys.getrecursionlimit() < _FRAMES:
        # Depth is bounded by MAX_DEPTH, not by the interpreter's default.
        sys.setrecursionlimit(_FRAMES)
    try:
        tokens = expand(source, tokenize(source, span), macros or {}, budget or Budget())
        if len(tokens) > MAX_TOKENS:
            raise refuse("E004", f"a formula has more than {MAX_TOKENS} symbols", tokens[0].span)
        rows = split_rows(modern(laid_out(tokens)))
    except InvalidEquation as error:
        return [], [error.diagnostic]
    out: list[Parsed] = []
    wrong: list[Diagnostic] = []
    known = frozenset(names)
    number = 0
    for row in rows:
        labels = [t.text for t in row if t.kind == "label"]
        row = _trimmed([t for t in row if t.kind != "label"])
        if not row:
            continue
        try:
            statements = _statements(row, known)
            for tree, _ in statements:
                _check_depth(tree)
            label = labels[-1] if labels else ""
            out += [Parsed(tree, tree.span, number, label, lead) for tree, lead in statements]
        except InvalidEquation as error:
            wrong.append(error.diagnostic)
        number += 1
    return out, wrong


def split_rows(tokens: list[Token]) -> list[list[Token]]:
    """Token rows, one a statement line; a row that continues the one above is joined to it."""
    tokens = _trimmed(tokens)
    environment = ""
    while tokens and tokens[0].kind == "begin" and tokens[0].text in DISPLAYS:
        end = _environment_end(tokens)
        if end is None or any(t.kind not in ("char", "label", "quad") for t in tokens[end + 1 :]):
            break
        environment = tokens[0].text
        tokens = _trimmed([*tokens[1:end], *(t for t in tokens[end + 1 :] if t.kind == "label")])
    rows: list[list[Token]] = [[]]
    depth = 0
    nested = 0
    for t in tokens:
        if t.kind in ("begin", "lbrace"):
            nested += 1
        elif t.kind in ("end", "rbrace"):
            nested -= 1
        elif t.kind in ("open", "left"):
            depth += 1
        elif t.kind in ("close", "right"):
            depth -= 1
        if nested:
            rows[-1].append(t)
        elif t.kind == "break":
            if depth <= 0 and environment not in ONE_FORMULA:
                rows.append([])
                depth = 0
        elif t.kind == "char" and t.text == "&":
            pass
        else:
            rows[-1].append(t)
    out: list[list[Token]] = []
    for row in rows:
        if not any(t.kind not in ("label", "quad") for t in row):
            if out:
                out[-1].extend(t for t in row if t.kind == "label")
        elif out and _continues(out[-1], row):
            _trim_end(out[-1])
            out[-1] += _trimmed(row)
        else:
            out.append(row)
    return out


def _environment_end(tokens: list[Token]) -> int | None:
    nested = 0
    for i, t in enumerate(tokens):
        nested += (t.kind == "begin") - (t.kind == "end")
        if not nested:
            return i if t.text == tokens[0].text else None
    return None


def _continues(above: list[Token], row: list[Token]) -> bool:
    first = next(t for t in row if t.kind not in ("quad", "label"))
    if first.kind == "relation" or (first.kind == "command" and first.text in ("overset", "stackrel", "underset")):
        return first.kind == "relation" or any(t.kind == "relation" for t in row[:8])
    last = next((t for t in reversed(above) if t.kind not in ("quad", "label")), first)
    hangs = last.kind == "relation" or (
        last.kind in ("char", "command") and (last.text in BINARIES or last.text in SIGNS)
    )
    if hangs:
        return True
    if first.kind not in ("char", "command"):
        return False
    if first.text in BINARIES:
        return True
    if first.text in SIGNS:
        depth = 0
        for t in row:
            depth += (t.kind in ("open", "left", "lbrace", "begin")) - (t.kind in ("close", "right", "rbrace", "end"))
            if not depth and t.kind == "relation":
                return False
        return True
    return False


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Without wide spaces at either end and closing punctuation."""
    begin = 0
    while begin < len(tokens) and (tokens[begin].kind in ("quad", "break") or tokens[begin].text == "&"):
        begin += 1
    out = tokens[begin:]
    _trim_end(out)
    return out


def _trim_end(tokens: list[Token]) -> None:
    """Take wide spaces and closing punctuation off the end."""
    while tokens and (
        tokens[-1].kind in ("quad", "break") or (tokens[-1].kind == "char" and tokens[-1].text in ".,;:?")
    ):
        tokens.pop()


def _statements(tokens: list[Token], names: frozenset[str]) -> list[tuple[Node, str]]:
    """Statements of one row: split at wide spaces, at words such as “where”, and at relations after a comma."""
    cursor = Terms(structure(tokens), names)
    out: list[tuple[Node, str]] = []
    lead = ""
    while cursor.token.kind != "eof":
        lead = _lead(cursor) or ""
        if cursor.token.kind == "eof":
            break
        items: list[Node] = []
        separators: list[str] = []
        while True:
            items.append(cursor.relation())
            separator = _separator(cursor)
            if not separator:
                break
            separators.append(separator)
        for k, node in enumerate(_split(items, separators)):
            out.append((node, lead if not k else ""))
    return out


def _lead(cursor: Terms) -> str:
    words: list[str] = []
    while True:
        t = cursor.token
        if t.kind == "quad" or (t.kind == "char" and t.text in ",;." and (words or cursor.at)):
            cursor.take()
        elif t.kind == "text" and t.text.isupper() and cursor.peek().kind == "relation":
            return " ".join(words)  # a name: the odds ratio OR
        elif t.kind == "text" and is_connective(t.text):
            words.append(cursor.take().text.strip())
        elif t.kind == "command" and t.text == "forall":
            cursor.take()
            words.append("for all")
        else:
            return " ".join(words)


def _separator(cursor: Terms) -> str:
    """The separator that leads on within a statement; '' where the statement ends."""
    t = cursor.token
    if t.kind == "eof" or t.kind == "quad" or (t.kind == "text" and is_connective(t.text)):
        return ""
    if t.kind == "command" and t.text == "forall":
        return ""
    if t.kind == "sepbar" or (t.kind == "char" and t.text in ",;:"):
        after = cursor.peek()
        for_all = after.kind == "command" and after.text == "forall"
        if for_all or after.kind in ("quad", "eof") or (after.kind == "text" and is_connective(after.text)):
            cursor.take()
            return ""
        cursor.take()
        return t.text
    raise cursor.unexpected("an operator")


def _split(items: list[Node], separators: list[str]) -> list[Node]:
    """Statements among the items of a stretch; a colon or a bar holds its neighbours together."""
    pieces, seps = attach(items, separators, closed=False)
    out: list[list[Node]] = [[pieces[0]]]
    kept: list[list[str]] = [[]]
    listed = any(isinstance(p, Relation) for p in pieces) and ":" not in seps
    for piece, separator in zip(pieces[1:], seps, strict=True):
        if separator in ",;" and listed:
            out.append([piece])
            kept.append([])
        else:
            out[-1].append(piece)
            kept[-1].append(separator)
    return [
        group[0] if len(group) == 1 else Separated(group[0].span | group[-1].span, tuple(group), tuple(held))
        for group, held in zip(out, kept, strict=True)
    ]


def _check_depth(tree: Node) -> None:
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise refuse("E003", f"the formula nests deeper than {MAX_DEPTH}", tree.span, help="name an inner part")
        stack.extend((child, depth + 1) for child in node.children())
