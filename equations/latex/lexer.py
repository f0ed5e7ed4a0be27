"""Text to tokens, each with its place in the document."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ..diagnostic import Diagnostic, InvalidEquation
from ..span import Source, Span
from . import unicode
from .tables import (
    BARS,
    CLOSERS,
    DELIMITERS,
    IGNORED,
    IGNORED_WITH_ARGUMENT,
    NEGATED,
    OPENERS,
    QUADS,
    RELATIONS,
    SEPARATING_BARS,
    TEXTS,
)
from .units import SI_SIGNS, si_number, si_unit

MAX_FORMULA = 64 * 1024
MAX_TOKENS = 100_000
MAX_DIGITS = 1000


class Token(NamedTuple):
    """A token; ``kind`` says how to take ``text``.

    ``number`` digits; ``letter`` one letter; ``command`` without backslash; ``open``
    and ``close`` a delimiter (``{`` is ``\\{``); ``lbrace`` and ``rbrace`` grouping
    braces; ``bar`` a bar of undecided role; ``sepbar`` a separating bar; ``left``,
    ``right``, ``middle`` a delimiter; ``begin`` and ``end`` an environment;
    ``break`` a row break; ``quad`` a wide space; ``text`` words; ``label`` a tag;
    ``relation`` an operator of ``Relation``; ``char`` any other sign; ``parameter``
    a macro's ``#1``; ``eof`` the end.
    """

    kind: str
    text: str
    start: int
    stop: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.stop)


_SPEC = r"(?:\[[^\[\]\n]*\])?"
_LEXEMES = re.compile(
    r"""
      (?P<space>[ \t\r\n~]+|%[^\n]*\n?)
    | (?P<number>(?:\d{1,3}(?:(?:\{,\}|\\,)\d{3}(?!\d))+|\d+)(?:\.\d+)?|\.\d+)
    | (?P<break>\\\\\*?(?:\[-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu|bp)\])?|\\(?:cr|newline)(?![A-Za-z]))
    | (?P<env>\\(?P<side>begin|end)\s*\{\s*(?P<name>[A-Za-z]+)\*?\s*\})
    | \\(?P<fence>left|right|middle)(?![A-Za-z])\s*(?P<delimiter>\\[A-Za-z]+|\\.|[^\\A-Za-z0-9\s{}_^&%$])
    | \\not\s*(?P<negated>=|<|>|\\[A-Za-z]+)
    | \\(?P<command>[A-Za-z]+|.)\*?
    | (?P<parameter>\#\d)
    | (?P<relation>:=|=:|<=|>=|=|<|>)
    | (?P<letter>[A-Za-z])
    | (?P<char>.)
    """,
    re.X | re.S | re.A,
)
_QUOTED = re.compile(r"[ \t]{0,3}(?:(?:[-*+]|\d+[.)])[ \t]+)?>")
_QUOTES = re.compile(r"\n[ \t]*(?:>[ \t]?)+")
_STARRED = frozenset(("operatorname", "tag", "hspace", "vspace"))
_ARRAY_SPEC = re.compile(r"\s*(?:\[[^\[\]\n]*\])?\s*(?:\{(?:[^{}\n]|\{[^{}\n]*\})*\})?")
_ROW_SPEC = re.compile(_SPEC)
#: Commands of siunitx, and how many arguments they take.
MEASURES = {"num": 1, "ang": 1, "si": 1, "unit": 1, "SI": 2, "qty": 2}
_DIMENSION = re.compile(r"\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu|bp)")
_SCRIPT_RUN = re.compile(r"\{([^{}]*)\}$")


def refuse(code: str, message: str, span: Span, *notes: str, help: str = "") -> InvalidEquation:
    """A reading error at a place."""
    return InvalidEquation(Diagnostic(code, message, span, notes, help))


def argument_end(text: str, at: int, stop: int) -> tuple[int, int] | None:
    """Inside of the brace group that starts at or after blanks from ``at``, or ``None``."""
    while at < stop and text[at] in " \t\r\n":
        at += 1
    if at >= stop or text[at] != "{":
        return None
    depth, i = 0, at
    while i < stop:
        c = text[i]
        if c == "\\":
            i += 1
        elif c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if not depth:
                return at + 1, i
        i += 1
    return None


def tokenize(source: Source, span: Span) -> list[Token]:
    """Tokens of a formula, without spaces and layout commands; raises ``InvalidEquation``."""
    if span.stop - span.start > MAX_FORMULA:
        raise refuse(
            "E002",
            f"a formula has {span.stop - span.start} characters, at most {MAX_FORMULA} are read",
            Span(span.start, span.start + 1),
            help="split it into named parts",
        )
    out: list[Token] = []
    _lex(unquoted(source.text, span), span.start, span.stop, out, None)
    return out


def unquoted(text: str, span: Span) -> str:
    """A text whose block quote marks inside a formula are blanks, where the formula begins behind one."""
    begin = text.rfind("\n", 0, span.start)
    if not _QUOTED.match(text, begin + 1):
        return text
    first = begin if begin >= 0 and begin + 1 == span.start else span.start
    inside = _QUOTES.sub(lambda m: "\n" + " " * (len(m.group()) - 1), text[first : span.stop])
    return text[:first] + inside + text[span.stop :]


def lex_text(text: str, place: Span) -> list[Token]:
    """Tokens of a text whose every token stands at one place (a macro body)."""
    out: list[Token] = []
    _lex(text, 0, len(text), out, place)
    return out


def _lex(text: str, at: int, stop: int, out: list[Token], place: Span | None) -> None:
    match = _LEXEMES.match
    while at < stop:
        m = match(text, at, stop)
        if m is None:  # a lone backslash at the end
            raise refuse("E010", "a backslash ends the formula", place or Span(at, stop))
        kind, end = m.lastgroup or "", m.end()
        where = place or Span(at, end)
        a, b = where.start, where.stop
        if kind == "space":
            pass
        elif kind == "letter" or kind == "relation" or kind == "parameter":
            value = m.group()
            out.append(Token(kind, RELATIONS[value] if kind == "relation" else value, a, b))
        elif kind == "number":
            digits = m.group().replace("{,}", "").replace(r"\,", "")
            if len(digits) > MAX_DIGITS:
                raise refuse("E005", f"a number has {len(digits)} digits, at most {MAX_DIGITS} are read", where)
            out.append(Token("number", digits, a, b))
        elif kind == "char":
            end = _lex_char(text, at, stop, m.group(), where, out, place)
        elif kind == "command":
            name = m.group("command")
            if text[end - 1] == "*" and name != "*" and name not in _STARRED:
                end -= 1
                b = b if place else end
            end = _lex_command(text, name, end, stop, Token("command", name, a, b), out, place)
        elif kind == "env":
            name = m.group("name")
            if m.group("side") == "begin":
                spec = _ARRAY_SPEC if name in ("array", "alignat", "alignedat", "subarray") else _ROW_SPEC
                if s := spec.match(text, end, stop):
                    end = s.end()
                    b = b if place else end
            out.append(Token(m.group("side"), name, a, b))
        elif kind == "delimiter":
            written = m.group("delimiter")
            if written not in DELIMITERS:
                raise refuse(
                    "E012",
                    rf"\{m.group('fence')} is followed by {written!r}, which is no bracket",
                    where,
                    help=rf"write \{m.group('fence')}. for an invisible bracket",
                )
            out.append(Token(m.group("fence"), DELIMITERS[written], a, b))
        elif kind == "negated":
            word = m.group("negated").lstrip("\\")
            if word not in NEGATED:
                raise refuse("E020", rf"\not does not go with '{m.group('negated')}'", where)
            out.append(Token("relation", NEGATED[word], a, b))
        else:
            out.append(Token("break", "", a, b))
        at = end


def _lex_command(text: str, name: str, end: int, stop: int, token: Token, out: list[Token], place: Span | None) -> int:
    """Take a command whose name ends at ``end``; gives where reading goes on."""
    written = "\\" + name
    if name in QUADS:
        out.append(token._replace(kind="quad"))
    elif name in IGNORED:
        if name in ("hskip", "mskip") and (m := _DIMENSION.match(text, end, stop)):
            return m.end()
    elif name in IGNORED_WITH_ARGUMENT or name in ("label", "tag"):
        inside = argument_end(text, end, stop)
        if inside is None:
            raise refuse("E022", rf"\{name} is not followed by its {{…}}", token.span)
        if name in ("label", "tag"):
            span = place or Span(token.start, inside[1] + 1)
            out.append(Token("label", text[inside[0] : inside[1]].strip(), span.start, span.stop))
        return inside[1] + 1
    elif name in TEXTS:
        inside = argument_end(text, end, stop)
        if inside is None:
            raise refuse("E022", rf"\{name} is not followed by its {{…}}", token.span)
        _lex_words(text, inside[0], inside[1], token.start, out, place)
        return inside[1] + 1
    elif name in MEASURES and (after := _lex_measured(text, name, end, stop, token, out, place)) is not None:
        return after
    elif written in OPENERS:
        out.append(token._replace(kind="open", text=OPENERS[written]))
    elif written in CLOSERS:
        out.append(token._replace(kind="close", text=CLOSERS[written]))
    elif written in BARS:
        out.append(token._replace(kind="bar", text=BARS[written]))
    elif written in SEPARATING_BARS:
        out.append(token._replace(kind="sepbar", text=SEPARATING_BARS[written]))
    elif name in RELATIONS:
        out.append(token._replace(kind="relation", text=RELATIONS[name]))
    elif name == "colon":
        out.append(token._replace(kind="char", text=":"))
    elif name in ("prime", "lbrace"):
        out.append(token._replace(kind="char", text="'"))
    else:
        out.append(token)
    return end


def _lex_measured(
    text: str, name: str, end: int, stop: int, token: Token, out: list[Token], place: Span | None
) -> int | None:
    r"""Numbers and units of siunitx; ``None`` where a command of that name is something else."""
    options = _ROW_SPEC.match(text, end, stop)
    arguments: list[str] = []
    at = options.end() if options else end
    for _ in range(MEASURES[name]):
        inside = argument_end(text, at, stop)
        if inside is None:
            return None
        arguments.append(text[inside[0] : inside[1]])
        at = inside[1] + 1
    span = place or Span(token.start, at)
    if name in ("num", "SI", "qty", "ang"):
        number = si_number(arguments[0])
        if number is None:
            if name == "qty":
                return None
            raise refuse("E022", rf"\{name} is not followed by one plain number", span, help=r"write \num{1.5e3}")
        _lex(number, 0, len(number), out, span)
        if name == "ang":
            _lex(SI_SIGNS[r"\degree"], 0, len(SI_SIGNS[r"\degree"]), out, span)
    if name in ("num", "ang"):
        return at
    if (sign := SI_SIGNS.get(arguments[-1].strip())) is not None:
        _lex(sign, 0, len(sign), out, span)
        return at
    unit = si_unit(arguments[-1])
    if unit is None and name == "unit":
        return None
    if unit is None:
        raise refuse("E022", rf"\{name} is not followed by a unit that is known", span, help="leave the unit out")
    out.append(Token("text", unit, span.start, span.stop))
    return at


def _lex_words(text: str, at: int, stop: int, start: int, out: list[Token], place: Span | None) -> None:
    r"""Words of ``\text{…}``; ``$…$`` inside is mathematics again."""
    for i, part in enumerate(re.split(r"(?<!\\)\$", text[at:stop])):
        begin, end = at, at + len(part)
        at = end + 1
        if i % 2:
            _lex(text, begin, end, out, place)
            continue
        _refuse_hidden(part, begin, place)
        words = unicodedata.normalize("NFKC", part).replace(r"\_", "_").replace("~", " ")
        span = place or Span(start if not i else begin, end + 1)
        if words.strip() or not i:
            out.append(Token("text", words, span.start, span.stop))


def _refuse_hidden(text: str, begin: int, place: Span | None) -> None:
    if text.isascii():
        return
    for k, c in enumerate(text):
        if c in unicode.BIDI or c in unicode.INVISIBLE:
            raise refuse(
                "E006",
                f"an invisible character U+{ord(c):04X} stands in a formula",
                place or Span(begin + k, begin + k + 1),
                help="delete it",
            )


def _lex_char(text: str, at: int, stop: int, c: str, where: Span, out: list[Token], place: Span | None) -> int:
    a, b = where.start, where.stop
    if c == "{":
        out.append(Token("lbrace", c, a, b))
    elif c == "}":
        out.append(Token("rbrace", c, a, b))
    elif c in "([":
        out.append(Token("open", c, a, b))
    elif c in ")]":
        out.append(Token("close", c, a, b))
    elif c == "|":
        out.append(Token("bar", c, a, b))
    elif c in "+-*/^_&,;:.'!?":
        out.append(Token("char", c, a, b))
    elif c.isascii():
        hint = {"$": "a dollar sign may not stand inside a formula", "#": "a parameter stands outside a macro"}
        raise refuse("E008", hint.get(c, f"the character {c!r} means nothing in a formula"), where)
    else:
        return _lex_unicode(text, at, stop, where, out, place)
    return at + 1


def _lex_unicode(text: str, at: int, stop: int, where: Span, out: list[Token], place: Span | None) -> int:
    c, end = text[at], at + 1
    _refuse_hidden(c, where.start, where)
    spelled = unicode.spelled(c)
    if spelled is None and (mark := unicode.accent(c)) and out and out[-1].kind in ("letter", "command"):
        # A combining accent follows the letter it stands over.
        base = out.pop()
        span = Span(base.start, where.stop)
        out += [Token("command", mark, span.start, span.stop), base._replace(stop=where.stop)]
        return end
    if spelled is None:
        if twin := unicode.confusable(c):
            raise refuse(
                "E007",
                f"the letter {c!r} (U+{ord(c):04X}) only looks like the Latin {twin!r}",
                where,
                help=f"type the Latin letter {twin!r}",
            )
        raise refuse(
            "E008",
            f"the character {c!r} (U+{ord(c):04X}) means nothing in a formula",
            where,
            help="write words as \\text{…}",
        )
    if spelled[0] in "^_" and len(spelled) > 1:
        # Neighbouring raised digits are one superscript.
        inner = spelled[2:-1]
        while end < stop and not text[end].isascii():
            more = unicode.spelled(text[end])
            if not more or more[0] != spelled[0] or len(more) < 2:
                break
            inner += " " * (not more[2:-1].isdigit()) + more[2:-1]
            end += 1
        spelled = f"{spelled[0]}{{{inner}}}"
        where = where if place else Span(at, end)
    _lex(spelled, 0, len(spelled), out, where)
    return end
