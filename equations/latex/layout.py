r"""What breaks lines and makes room, and means nothing: tokens without it.

``\left( a \right. \\ \left. + b \right)`` is one bracket, ``{}`` between operators and the braces of ``{=}`` and
``{\bmod {7}}`` are room, ``\boxed{y = x}`` is a frame.
"""

from __future__ import annotations

from collections.abc import Sequence

from .lexer import Token, refuse
from .tables import BINARIES, MATES, SIGNS

FRAMES = frozenset(("boxed", "fbox", "framebox"))
_OPENING = frozenset(("open", "left", "lbrace", "begin"))
_CLOSING = frozenset(("close", "right", "rbrace", "end"))


def laid_out(tokens: Sequence[Token]) -> list[Token]:
    """Tokens of a formula without those of its layout."""
    out = list(tokens)
    if any(t.kind == "lbrace" for t in out):
        out = _without_frames(_without_room(out))
    if any(t.kind == "right" and t.text == "." for t in out):
        out = _joined(out)
    return out


def _mates(tokens: Sequence[Token]) -> dict[int, int]:
    """The place where each bracket closes."""
    out: dict[int, int] = {}
    opened: list[int] = []
    for i, t in enumerate(tokens):
        if t.kind in _OPENING:
            opened.append(i)
        elif t.kind in _CLOSING and opened:
            out[opened.pop()] = i
    return out


def _operates(t: Token) -> bool:
    """Whether a token stands between operands."""
    return t.kind == "relation" or (t.kind in ("char", "command") and (t.text in SIGNS or t.text in BINARIES)) or (
        t.kind == "command" and t.text in ("bmod", "mod")
    )


def _without_room(tokens: list[Token]) -> list[Token]:
    """Empty braces beside operators, and braces around an operator or what it begins, are dropped."""
    mates = _mates(tokens)
    dropped: set[int] = set()
    for i, t in enumerate(tokens):
        j = mates.get(i, -1) if t.kind == "lbrace" else -1
        if j < 0:
            continue
        before = tokens[i - 1] if i else None
        after = tokens[j + 1] if j + 1 < len(tokens) else None
        if after is not None and after.kind == "char" and after.text in ("_", "^", "'"):
            continue
        free = before is None or before.kind in ("break", "quad", "relation", "open", "left", "begin") or (
            _operates(before) or (before.kind == "char" and before.text == "&"))
        joins = after is None or after.kind in ("break", "quad", "relation", "end", "eof") or (
            _operates(after) or (after.kind == "char" and after.text == "&"))
        script = before is not None and before.kind == "char" and before.text in ("_", "^")
        if j == i + 1 and (free and (joins or (before is not None and _operates(before)))):
            dropped |= {i, j}
        elif j > i + 1 and not script and not free and _operates(tokens[i + 1]) and not (
            before is not None and before.kind == "command"
        ) and (j == i + 2 or tokens[i + 1].text in ("bmod", "mod")):
            dropped |= {i, j}
    return [t for i, t in enumerate(tokens) if i not in dropped]


def _without_frames(tokens: list[Token]) -> list[Token]:
    """``\\boxed{…}`` around a whole line is what stands in it."""
    mates = _mates(tokens)
    dropped: set[int] = set()
    for i, t in enumerate(tokens[:-1]):
        if t.kind == "command" and t.text in FRAMES and (i + 1) in mates and tokens[i + 1].kind == "lbrace":
            j = mates[i + 1]
            inside = tokens[i + 2 : j]
            dropped.add(i)
            if any(x.kind == "relation" for x in inside):
                dropped |= {i + 1, j}
    return [t for i, t in enumerate(tokens) if i not in dropped]


def _joined(tokens: list[Token]) -> list[Token]:
    r"""``\left( … \right.`` and the next ``\left. … \right)`` on its level as one bracket."""
    mates = _mates(tokens)
    dropped: set[int] = set()
    waiting: list[tuple[int, int, Token]] = []  # where a bracket is broken off, how deep it stands, its opener
    depth = 0
    for i, t in enumerate(tokens):
        j = mates.get(i, -1) if t.kind == "left" else -1
        same = [x for x in waiting if x[1] == depth]
        if j > 0 and t.text == "." and same:
            start, _, opener = same[-1]
            if tokens[j].text in (MATES[opener.text], "."):
                waiting.remove(same[-1])
                room = (k for k in range(start, i) if tokens[k].kind in ("break", "quad")
                        or (tokens[k].kind == "char" and tokens[k].text == "&"))
                dropped |= {start, i, *room}
                if tokens[j].text == ".":
                    waiting.append((j, depth, opener))
        elif j > 0 and t.text in ("(", "[") and tokens[j].text == ".":
            waiting.append((j, depth, t))
        depth += (t.kind in _OPENING) - (t.kind in _CLOSING)
    if waiting:
        opener = waiting[0][2]
        raise refuse("E012", f"'\\left{opener.text}' is opened here and never closed in print", opener.span,
                     help=f"close it with \\right{MATES[opener.text]}")
    return [t for i, t in enumerate(tokens) if i not in dropped]
