"""A place in a row of tokens, and how to complain there."""

from __future__ import annotations

from functools import lru_cache

from ..diagnostic import InvalidEquation
from ..span import Span
from .lexer import Token, refuse
from .structure import MAX_DEPTH, Row
from .tree import Node


class Cursor:
    """Reads a ``Row`` from left to right; knows the names of several letters."""

    __slots__ = ("at", "depth", "integrals", "longest", "names", "row", "scripted", "style", "tokens")

    def __init__(self, row: Row, names: frozenset[str]) -> None:
        self.row = row
        self.tokens = row.tokens
        self.at = 0
        self.names = names
        self.longest = _longest(names)
        self.depth = 0
        self.style = ""  # of the style command being read
        self.scripted = 0  # how many scripts are being read
        self.integrals: list[int] = []  # segments of integrals waiting for their differential

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, n: int = 1) -> Token:
        return self.tokens[min(self.at + n, len(self.tokens) - 1)]

    def take(self) -> Token:
        t = self.tokens[self.at]
        if t.kind != "eof":
            self.at += 1
        return t

    def is_char(self, *texts: str) -> bool:
        t = self.tokens[self.at]
        return t.kind == "char" and t.text in texts

    def is_command(self, *texts: str) -> bool:
        t = self.tokens[self.at]
        return t.kind == "command" and t.text in texts

    def mate(self) -> Token:
        """The closing bracket of the bracket at the cursor."""
        return self.tokens[self.row.mates[self.at]]

    def after_mate(self) -> Token:
        """The token after the bracket that opens at the cursor."""
        return self.tokens[min(self.row.mates[self.at] + 1, len(self.tokens) - 1)]

    def since(self, start: Token) -> Span:
        """From a token to the last one taken."""
        return Span(start.start, max(start.stop, self.tokens[max(self.at - 1, 0)].stop))

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise refuse(
                "E003", f"the formula nests deeper than {MAX_DEPTH}", self.token.span, help="name an inner part"
            )

    def leave(self) -> None:
        self.depth -= 1

    def unexpected(self, expected: str) -> InvalidEquation:
        """What stands at the cursor, and what should."""
        t = self.token
        if t.kind == "eof":
            return refuse("E011", f"the formula ends where {expected} is expected", Span(t.start, t.start + 1))
        if t.kind in ("close", "right", "rbrace", "end"):
            return refuse("E011", f"'{shown(t)}' is found where {expected} is expected", t.span)
        return refuse("E010", f"'{shown(t)}' is found where {expected} is expected", t.span)


@lru_cache(maxsize=4)
def _longest(names: frozenset[str]) -> int:
    """Once for a document: its formulas share their names."""
    return max(map(len, names), default=0)


def shown(t: Token) -> str:
    """A token as its author may have written it."""
    if t.kind == "command":
        return "\\" + t.text
    if t.kind in ("begin", "end"):
        return rf"\{t.kind}{{{t.text}}}"
    if t.kind in ("left", "right"):
        return rf"\{t.kind}{t.text}"
    return {"break": r"\\", "quad": r"\quad", "sepbar": t.text}.get(t.kind, t.text)


def spanned(first: Node, last: Node) -> Span:
    return first.span | last.span
