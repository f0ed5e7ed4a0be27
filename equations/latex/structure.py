"""Structure of a token row before it is parsed: mates of brackets, roles of bars.

Whether a bar opens, closes or separates depends on its neighbours in the same
bracket; so does whether ``d`` is a differential.  Both are settled here, in one
pass each, so that the parser never has to look ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .lexer import Token, refuse
from .tables import BIGS, BINARIES, FUNCTION_COMMANDS, INTEGRALS, MATES, SIGNS

MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens with, for each, its bracket's mate, its bracket and its segment's number.

    A segment is a stretch of one bracket without a relation or a comma.
    ``differentials`` are positions where a ``d`` may be a differential, by segment;
    ``closed`` are the integrals that one of them closes.
    """

    tokens: tuple[Token, ...]
    mates: tuple[int, ...]
    segments: tuple[int, ...]
    differentials: dict[int, frozenset[int]]
    closed: frozenset[int]


_OPENING = frozenset(("open", "left", "lbrace", "begin"))
_CLOSING = frozenset(("close", "right", "rbrace", "end"))
_BOUNDARIES = frozenset(",;&:")


def structure(tokens: Sequence[Token]) -> Row:
    """Brackets and bars of a row settled; raises ``InvalidEquation`` where they do not fit."""
    end = tokens[-1].stop if tokens else 0
    row = [*tokens, Token("eof", "", end, end)]
    segments = _segments(row)
    _settle_bars(row, segments)
    mates = _mates(row)
    marks: dict[int, list[int]] = {}
    waiting: dict[int, list[int]] = {}
    closed: set[int] = set()
    for i, t in enumerate(row):
        if (t.text == "d" and t.kind in ("letter", "text") and _operand_follows(row, i)) or (
            t.kind == "command" and t.text in ("mathrm", "operatorname", "mathit") and _is_upright_d(row, i)
        ):
            marks.setdefault(segments[i], []).append(i)
            if waiting.get(segments[i]):
                closed.add(waiting[segments[i]].pop())
        elif t.kind == "command" and t.text in INTEGRALS:
            waiting.setdefault(segments[i], []).extend([i] * INTEGRALS[t.text])
    differentials = {k: frozenset(v) for k, v in marks.items()}
    return Row(tuple(row), tuple(mates), tuple(segments), differentials, frozenset(closed))


def _is_upright_d(row: list[Token], i: int) -> bool:
    return [t.text for t in row[i + 1 : i + 4]] == ["{", "d", "}"] and _operand_follows(row, i + 3)


def _operand_follows(row: list[Token], i: int) -> bool:
    t = row[i + 1]
    if t.kind == "command":
        return t.text not in BINARIES and t.text not in SIGNS
    if t.kind == "lbrace":
        return row[i + 2].kind in ("letter", "command", "lbrace")
    return t.kind == "letter" or (t.kind == "char" and t.text == "^")


def _segments(row: list[Token]) -> list[int]:
    out: list[int] = []
    stack: list[int] = []
    current, fresh = 0, 0
    for t in row:
        if t.kind in _OPENING:
            out.append(current)
            stack.append(current)
            if len(stack) > MAX_DEPTH:
                raise refuse("E003", f"brackets nest deeper than {MAX_DEPTH}", t.span, help="name an inner part")
            fresh += 1
            current = fresh
        elif t.kind in _CLOSING:
            if not stack:
                raise refuse("E013", f"'{_shown(t)}' closes a bracket that was never opened", t.span, help="delete it")
            current = stack.pop()
            out.append(current)
        else:
            out.append(current)
            if t.kind in ("relation", "quad", "break") or (t.kind == "char" and t.text in _BOUNDARIES):
                fresh += 1
                current = fresh
    return out


def _mates(row: list[Token]) -> list[int]:
    out = [-1] * len(row)
    stack: list[int] = []
    for i, t in enumerate(row):
        if t.kind in _OPENING:
            stack.append(i)
            if len(stack) > MAX_DEPTH:
                raise refuse("E003", f"brackets nest deeper than {MAX_DEPTH}", t.span, help="name an inner part")
        elif t.kind in _CLOSING:
            j = stack.pop() if stack else i
            o = row[j]
            if not _fit(o, t):
                raise refuse(
                    "E013",
                    f"'{_shown(t)}' is found where '{_closer(o)}' is expected",
                    t.span,
                    f"'{_shown(o)}' is open since character {o.start - row[0].start + 1} of the formula",
                    help=f"close it with '{_closer(o)}' first",
                )
            out[i], out[j] = j, i
    if stack:
        o = row[stack[-1]]
        raise refuse("E012", f"'{_shown(o)}' is opened here and never closed", o.span, help=f"add '{_closer(o)}'")
    return out


def _fit(o: Token, c: Token) -> bool:
    if o.kind == "open":
        # Half-open intervals mix round and square brackets.
        return c.kind == "close" and (MATES[o.text] == c.text or o.text + c.text in ("(]", "[)"))
    return {"lbrace": "rbrace", "left": "right", "begin": "end"}.get(o.kind) == c.kind and (
        o.kind != "begin" or o.text == c.text
    )


def _shown(t: Token) -> str:
    if t.kind in ("begin", "end"):
        return rf"\{t.kind}{{{t.text}}}"
    if t.kind in ("left", "right"):
        return rf"\{t.kind}{t.text}"
    return "\\" + t.text if t.kind in ("open", "close") and t.text in "{}" else t.text


def _closer(o: Token) -> str:
    if o.kind == "begin":
        return rf"\end{{{o.text}}}"
    if o.kind == "left":
        return r"\right" + MATES.get(o.text, o.text)
    closer = MATES.get(o.text, "}")
    return "\\}" if o.kind == "open" and closer == "}" else closer


def _settle_bars(row: list[Token], segments: list[int]) -> None:
    """Replace every undecided bar by ``open``, ``close`` or ``sepbar``."""
    groups: dict[int, list[int]] = {}
    for i, t in enumerate(row):
        if t.kind == "bar":
            groups.setdefault(segments[i], []).append(i)
        elif t.kind == "middle":
            row[i] = t._replace(kind="char" if t.text == "/" else "sepbar")
    drop: set[int] = set()
    for places in groups.values():
        for double, flipped in ((True, False), (False, False), (True, True), (False, True)):
            roles = _roles(row, places, double, flipped)
            if roles is not None:
                break
        else:
            t, follower = row[places[0]], row[places[0] + 1]
            point = follower.kind == "char" and follower.text == "_" and len(places) == 1
            raise refuse(
                "E014",
                f"the bars '{t.text}' of this bracket do not pair up",
                t.span,
                help=r"for the value at a point write \left. … \right|_{x=0}, the dot where its formula begins"
                if point
                else r"write \left| … \right|, \lVert … \rVert or \mid, which say what they are",
            )
        bars = frozenset(places)
        for i, role, kind in roles:
            stop = row[i + 1].stop if kind == "‖" and row[i].text == "|" else row[i].stop
            row[i] = Token(role, kind, row[i].start, stop)
            if stop != row[i].start and kind == "‖" and i + 1 in bars and row[i + 1].kind == "bar":
                if row[i + 1].stop == stop:
                    drop.add(i + 1)
    if drop:
        row[:] = [t for i, t in enumerate(row) if i not in drop]
        segments[:] = [s for i, s in enumerate(segments) if i not in drop]


def _roles(row: list[Token], places: list[int], double: bool, flipped: bool) -> list[tuple[int, str, str]] | None:
    bars: list[tuple[int, int, str]] = []  # first token, last token, kind
    k = 0
    while k < len(places):
        i = places[k]
        t = row[i]
        j = places[k + 1] if k + 1 < len(places) else -1
        if double and t.text == "|" and j == i + 1 and row[j].text == "|" and row[j].start == t.stop:
            bars.append((i, j, "‖"))
            k += 2
        else:
            bars.append((i, i, t.text))
            k += 1
    left = {"|": 0, "‖": 0}
    for _, _, kind in bars:
        left[kind] += 1
    out: list[tuple[int, str, str]] = []
    opened: list[str] = []
    roles: dict[int, str] = {}  # by last token
    for i, j, kind in bars:
        # A bar right before ends an operand only if it closes.
        before = roles[i - 1] == "close" if i - 1 in roles else _ends_operand(row, i - 1)
        after = _starts_operand(row, j + 1)
        if not before:
            if not after:
                return None
            role = "open"
        elif opened and opened[-1] == kind:
            role = "close"
        elif opened:
            role = "open"
        elif not after:
            return None
        elif kind == "|" and row[j + 1].text in "_^" and row[j + 1].kind == "char":
            return None
        else:
            role = "open" if (left[kind] % 2 == 0) != flipped else "sepbar"
        if role == "open":
            opened.append(kind)
        elif role == "close":
            opened.pop()
        left[kind] -= 1
        roles[j] = role
        out.append((i, role, kind))
    return None if opened else out


def _ends_operand(row: list[Token], i: int) -> bool:
    if i < 0:
        return False
    t = row[i]
    if i and row[i - 1].kind == "char" and row[i - 1].text in "_^" and t.kind in ("char", "command"):
        return True  # a sign that is a whole script
    if t.kind in ("open", "left", "lbrace", "begin", "relation", "quad", "break", "sepbar", "bar", "eof"):
        return False
    if t.kind == "char":
        return t.text in "'!.?"
    if t.kind == "command":
        return not (t.text in BIGS or t.text in FUNCTION_COMMANDS or t.text in BINARIES or t.text in SIGNS) or (
            t.text == "cdot" and _placeholder(row, i)
        )
    return True


def _placeholder(row: list[Token], i: int) -> bool:
    return row[i + 1].kind in ("bar", "close", "rbrace") and row[i - 1].kind in ("bar", "open", "lbrace")


def _starts_operand(row: list[Token], i: int) -> bool:
    t = row[i]
    if t.kind in ("close", "right", "rbrace", "end", "relation", "quad", "break", "sepbar", "eof"):
        return False
    if t.kind == "char":
        return t.text in "-+"
    if t.kind == "command":
        return t.text not in BINARIES or (t.text == "cdot" and _placeholder(row, i))
    return True
