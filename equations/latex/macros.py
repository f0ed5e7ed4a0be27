"""Macros: ``\\newcommand`` and its kin, read anywhere and expanded within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..diagnostic import Diagnostic, InvalidEquation
from ..span import Source, Span
from .lexer import MAX_TOKENS, Token, argument_end, lex_text, refuse

MAX_NESTING = 64
MAX_GROWTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Macro:
    """``\\name`` takes ``arity`` arguments, the first with ``default`` if it is given, and means ``body``."""

    name: str
    arity: int
    body: str
    span: Span
    default: str | None = None
    literal: bool = False


Macros = Mapping[str, Macro]


@dataclass(slots=True)
class Budget:
    """What macros may still add to a document, and the tokens of the bodies read so far (or what is wrong there)."""

    left: int = MAX_GROWTH
    bodies: dict[tuple[int, str], list[Token] | Diagnostic] = field(default_factory=dict)

    def spend(self, count: int, at: Span) -> None:
        """Take so many symbols; raises ``InvalidEquation`` when there are no more."""
        self.left -= count
        if self.left < 0:
            raise refuse("E004", f"macros grow the document beyond {MAX_GROWTH} symbols", at)

    def tokens(self, macro: Macro, text: str, use: Span) -> list[Token]:
        """Tokens of a macro's body or default, read once; raises ``InvalidEquation``."""
        key = (macro.span.start, text)
        if key not in self.bodies:
            try:
                self.bodies[key] = lex_text(text, use)
            except InvalidEquation as error:
                self.bodies[key] = error.diagnostic
        found = self.bodies[key]
        if isinstance(found, Diagnostic):
            raise InvalidEquation(replace(found, span=use))
        return found

DEFINITION = re.compile(
    r"\\(?P<how>newcommand|renewcommand|providecommand|DeclareMathOperator|def|let)(?![A-Za-z])(?P<star>\*?)\s*"
)
_NAME = re.compile(r"\{\s*\\([A-Za-z]+|.)\s*\}|\\([A-Za-z]+|.)", re.S)
_ARITY = re.compile(r"\s*\[\s*([0-9])\s*\]")
_DEFAULT = re.compile(r"\s*\[([^\[\]]*)\]")
# Possessive: blanks that are taken are not given back, or long ones would be tried in every way.
_PARAMETERS = re.compile(r"\s*+((?:#[0-9])*+)\s*+(?=\{)")
_TARGET = re.compile(r"\s*+=?\s*+(\\(?:[A-Za-z]+|.)|[^\\\s])", re.S)


def read_definition(source: Source, m: re.Match[str], stop: int) -> Macro:
    """The macro whose definition starts at a match of ``DEFINITION``; raises ``InvalidEquation``."""
    text, start, how = source.text, m.start(), m.group("how")
    word = Span(start, m.end())
    named = _NAME.match(text, m.end(), stop)
    if named is None:
        raise refuse("E023", rf"\{how} is not followed by a command name", word, help=rf"write \{how}{{\name}}{{…}}")
    name, at, arity, default = named.group(1) or named.group(2), named.end(), 0, None
    if how == "let":
        target = _TARGET.match(text, at, stop)
        if target is None:
            raise refuse("E023", r"\let needs two commands", word)
        return Macro(name, 0, target.group(1), Span(start, target.end()), literal=True)
    if how == "def":
        parameters = _PARAMETERS.match(text, at, stop)
        if parameters is None:
            raise refuse(
                "E023",
                rf"\def\{name} has a parameter text that is not read",
                Span(start, at),
                help=rf"write \newcommand{{\{name}}}[…]{{…}}",
            )
        arity, at = len(parameters.group(1)) // 2, parameters.end()
    elif how != "DeclareMathOperator":
        if digits := _ARITY.match(text, at, stop):
            arity, at = int(digits.group(1)), digits.end()
            if optional := _DEFAULT.match(text, at, stop):
                default, at = optional.group(1), optional.end()
    inside = argument_end(text, at, stop)
    if inside is None:
        raise refuse("E023", rf"the definition of \{name} has no closed {{…}} body", Span(start, at))
    body = text[inside[0] : inside[1]]
    if how == "DeclareMathOperator":
        body = rf"\operatorname{{{body}}}"
    return Macro(name, arity, body, Span(start, inside[1] + 1), default)


def expand(source: Source, tokens: list[Token], macros: Macros, budget: Budget) -> list[Token]:
    """Tokens with every macro replaced; expanded tokens stand where the macro was used."""
    if not any(t.kind == "command" and (t.text in macros or DEFINITION.match("\\" + t.text)) for t in tokens):
        return tokens
    out: list[Token] = []
    # Tokens still to take, last first, each with the depth of macros it came through.
    todo: list[tuple[Token, int]] = [(t, 0) for t in reversed(tokens)]
    while todo:
        token, depth = todo.pop()
        if token.kind == "command" and depth >= 0:
            if depth == 0 and (m := DEFINITION.match(source.text, token.start)):
                stop = read_definition(source, m, tokens[-1].stop).span.stop
                while todo and todo[-1][0].start < stop:
                    todo.pop()
                continue
            if token.text in macros:
                _replace(macros[token.text], token, depth, todo, budget)
                if len(out) + len(todo) > MAX_TOKENS:
                    raise refuse("E004", f"macros grow the formula beyond {MAX_TOKENS} symbols", token.span)
                continue
        out.append(token)
    return out


def _replace(macro: Macro, use: Token, depth: int, todo: list[tuple[Token, int]], budget: Budget) -> None:
    if depth >= MAX_NESTING:
        raise refuse(
            "E004",
            rf"the macro \{macro.name} calls itself or nests deeper than {MAX_NESTING}",
            use.span,
            help=rf"define \{macro.name} without \{macro.name}",
        )
    last = use.stop
    arguments: list[list[tuple[Token, int]]] = []
    for k in range(macro.arity):
        if k == 0 and macro.default is not None:
            if not (todo and todo[-1][0][:2] == ("open", "[")):
                default = budget.tokens(macro, macro.default, use.span)
                budget.spend(len(default), use.span)
                arguments.append([(Token(t.kind, t.text, use.start, use.stop), depth) for t in default])
                continue
            taken = _until_bracket(todo, use)
        else:
            taken = _argument(todo, use, macro)
        arguments.append(taken)
        if taken:
            last = max(last, taken[-1][0].stop)
    body = budget.tokens(macro, macro.body, use.span)
    budget.spend(len(body), use.span)
    new: list[tuple[Token, int]] = []
    place = (use.start, max(last, use.stop))
    inner = -1 if macro.literal and macro.body.startswith("\\") else depth + 1
    for t in body:
        if t.kind == "parameter":
            k = int(t.text[1]) - 1
            if not 0 <= k < macro.arity:
                raise refuse("E023", rf"\{macro.name} has no parameter {t.text}", macro.span)
            budget.spend(len(arguments[k]), use.span)
            new += arguments[k]
        elif t.kind == "text" and "#" in t.text:
            words = re.sub(r"#([0-9])", lambda m: _spell(arguments, int(m.group(1)), budget, use.span), t.text)
            new.append((Token("text", words, *place), inner))
        else:
            new.append((Token(t.kind, t.text, *place), inner))
        if len(new) > MAX_TOKENS:
            raise refuse("E004", f"macros grow the formula beyond {MAX_TOKENS} symbols", use.span)
    todo.extend(reversed(new))


def _argument(todo: list[tuple[Token, int]], use: Token, macro: Macro) -> list[tuple[Token, int]]:
    if not todo:
        raise refuse("E022", rf"\{macro.name} needs {macro.arity} argument(s)", use.span)
    first = todo.pop()
    if first[0].kind != "lbrace":
        return [first]
    taken: list[tuple[Token, int]] = []
    nested = 1
    while todo:
        item = todo.pop()
        nested += (item[0].kind == "lbrace") - (item[0].kind == "rbrace")
        if not nested:
            return taken
        taken.append(item)
    raise refuse("E012", "a brace is opened here and never closed", first[0].span)


def _until_bracket(todo: list[tuple[Token, int]], use: Token) -> list[tuple[Token, int]]:
    todo.pop()
    taken: list[tuple[Token, int]] = []
    while todo:
        item = todo.pop()
        if item[0][:2] == ("close", "]"):
            return taken
        taken.append(item)
    raise refuse("E012", rf"the optional argument of \{use.text} is never closed", use.span)


def _spell(arguments: list[list[tuple[Token, int]]], k: int, budget: Budget, use: Span) -> str:
    if not 1 <= k <= len(arguments):
        return ""
    budget.spend(len(arguments[k - 1]), use)
    return "".join(t.text for t, _ in arguments[k - 1])
