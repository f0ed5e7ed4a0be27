"""Factors: brackets, fractions, roots, functions, big operators, arrays."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from ..span import Span
from .cursor import shown
from .lexer import Token, refuse
from .symbols import Symbols
from .tables import (
    ACCENTS,
    BIGS,
    BINOMIALS,
    BRACKETED_BIGS,
    CASES,
    DISPLAYS,
    DOTS,
    FRACTIONS,
    FUNCTION_COMMANDS,
    FUNCTIONS,
    INTEGRALS,
    LABELLED,
    MATRICES,
    STYLES,
    SYMBOLS,
    WORD_BIGS,
)
from .tree import (
    Apply,
    Bars,
    Big,
    Binomial,
    Dots,
    Frac,
    Group,
    Juxt,
    Labelled,
    Nabla,
    Name,
    Node,
    Number,
    Postfix,
    Relation,
    Root,
    Scripted,
    Separated,
    Sum,
    Text,
)

_OPENING = frozenset(("open", "left"))


class Factors(Symbols):
    """Reads one factor of a term."""

    __slots__ = ()

    @abstractmethod
    def term(self) -> Node:
        """A product up to the next sign, relation or separator."""

    @abstractmethod
    def run(self, argument: bool = False) -> Node:
        """Neighbouring factors; as a function's argument they stop at the next function."""

    @abstractmethod
    def expression(self) -> Node:
        """A sum."""

    @abstractmethod
    def array(self) -> Node:
        """The environment at the cursor."""

    @property
    def starts_factor(self) -> bool:
        t = self.token
        if t.kind in ("number", "letter", "open", "left", "lbrace", "begin", "text"):
            return True
        if t.kind != "command" or (t.text in LABELLED and self.labelled_relation()):
            return False
        return t.text in _FACTORS or t.text not in _OPERATORS

    def labelled_relation(self) -> tuple[str, int] | None:
        r"""A relation with words over it, ``\overset{\text{def}}{=}``, and the place after it."""
        if not self.is_command("overset", "stackrel", "underset") or self.peek().kind != "lbrace":
            return None
        first = self.at + 1
        middle = self.row.mates[first] + 1
        op = self.tokens[middle]
        if op.kind == "lbrace" and self.row.mates[middle] == middle + 2:
            op = self.tokens[middle + 1]
        if op.kind != "relation":
            return None
        words = "".join(x.text for x in self.tokens[first + 1 : middle - 1])
        defines = op.text == "=" and words.strip(" {}.") in _DEFINING
        return ":=" if defines else op.text, middle + (3 if self.tokens[middle].kind == "lbrace" else 1)

    def head(self) -> tuple[str, str]:
        """What operator starts here: ``("function" | "big" | "expect" | "nabla" | "", head)``."""
        t = self.token
        if t.kind == "command":
            if t.text in FUNCTION_COMMANDS:
                return "function", t.text
            if t.text in BIGS:
                return "big", BIGS[t.text]
            if t.text == "arg" and self.peek().kind == "command" and self.peek().text in ("max", "min"):
                return "big", "arg" + self.peek().text
            if t.text == "nabla":
                return "nabla", ""
            if t.text in LABELLED and t.text != "overset":
                return self._underset()
            if t.text in STYLES and self._is_expectation():
                return "expect", ""
        if (t.kind == "text" or t.kind == "command") and (word := self.upright()):
            if word in self.names:
                return "", ""
            if word in FUNCTIONS:
                return "function", FUNCTIONS[word]
            if word in WORD_BIGS:
                return "big", word
        return "", ""

    def _underset(self) -> tuple[str, str]:
        r"""``\underset{x}{\max}`` is ``\max_x``."""
        if self.token.text != "underset" or self.peek().kind != "lbrace":
            return "", ""
        at = self.at
        self.at = self.row.mates[at + 1] + 1
        kind = ("", "")
        if self.token.kind == "lbrace":
            self.at += 1
            kind = self.head()
        self.at = at
        return kind if kind[0] in ("big", "expect") else ("", "")

    def _is_expectation(self) -> bool:
        """𝔼 anywhere; an upright or bold E only with a square bracket after its scripts."""
        at = self.at + 1
        t = self.tokens[at]
        if t.kind == "lbrace":
            if self.row.mates[at] != at + 2:
                return False
            t = self.tokens[at + 1]
            at = at + 3
        else:
            at += 1
        if t.kind != "letter" or t.text != "E":
            return False
        while (t := self.tokens[at]).kind == "char" and t.text in "_^'":
            after = self.tokens[at + 1]
            at = (self.row.mates[at + 1] if after.kind == "lbrace" else at + 1) + 1
        bracketed = t.kind in _OPENING and t.text in "[({"
        if STYLES[self.token.text] == "bb":
            return bracketed or t.kind in ("letter", "command", "number", "lbrace")
        return bracketed and (t.text == "[" or self.token.text in ("operatorname", "mathrm"))

    def factor(self) -> Node:
        """An operand with its scripts, or an operator with what it applies to."""
        self.enter()
        kind, head = self.head()
        if kind == "function":
            node = self._function(head)
        elif kind == "big":
            node = self._big(head)
        elif kind == "expect":
            node = self._expectation()
        elif kind == "nabla":
            node = self._nabla()
        else:
            node = self._braced() if self.token.kind == "lbrace" else self.atom()
        node = self.postfixes(node)
        self.leave()
        return node

    def postfixes(self, node: Node) -> Node:
        while True:
            if self.is_char("!"):
                self.take()
                node = Postfix(Span(node.span.start, self.tokens[self.at - 1].stop), "!", node)
                continue
            scripted = self.scripts(node)
            if scripted is node:
                return node
            node = scripted

    def _braced(self) -> Node:
        """A ``{…}`` in the middle of a term: invisible, so it must not change the reading."""
        before = self.tokens[self.at - 1] if self.at else None
        start, after = self.token, self.after_mate()
        while self.token.kind == "lbrace" and self.peek().kind == "rbrace":
            self.take()
            self.take()
            if not self.starts_factor or self.is_char("_", "^"):
                raise refuse("E016", "an empty {} stands where an operand is expected", start.span)
            if self.token.kind != "lbrace":
                return self.factor()
            start, after = self.token, self.after_mate()
        node = replace(self.argument("{}"))
        tight = after.kind == "char" and after.text in "_^!'"
        loose = isinstance(node, Sum | Relation | Separated)
        bound = tight or not (
            after.kind in ("close", "right", "rbrace", "end", "relation", "eof", "break", "quad", "sepbar")
            or (after.kind == "char" and after.text in "+-,;:.&")
        )
        behind = before is not None and not (
            before.kind in ("open", "left", "lbrace", "begin", "relation", "break", "quad", "sepbar")
            or (before.kind == "char" and before.text in "+,;:&")
        )
        if (loose and (bound or behind)) or (tight and isinstance(node, Juxt)):
            raise refuse(
                "E018",
                "braces group here but do not show in print, so a reader sees another formula",
                Span(start.start, self.tokens[self.at - 1].stop),
                help=r"write \left( … \right)",
            )
        return node

    def atom(self) -> Node:
        t = self.token
        match t.kind:
            case "letter":
                return self.letters()
            case "number":
                self.take()
                return Number(t.span, t.text)
            case "text":
                return self.word(self.take())
            case "open" | "left":
                return self._group()
            case "lbrace":
                return self.argument("{}")
            case "begin":
                return self.array()
            case "command":
                return self._command(t)
            case "char" if t.text in ":*":
                # A lone colon or star is a placeholder: A_{:,j}, f(*).
                if self.peek().kind in ("close", "rbrace", "eof") or self.peek().text == ",":
                    self.take()
                    return Name(t.span, "colon" if t.text == ":" else "star")
        raise self.unexpected("an operand")

    def _command(self, t: Token) -> Node:
        name = t.text
        if name in SYMBOLS:
            return self.symbol()
        if name in ACCENTS:
            return self.accented()
        if name in STYLES:
            return self.styled()
        if name in FRACTIONS:
            return self._fraction()
        if name in BINOMIALS:
            self.take()
            top = self.argument(shown(t))
            return Binomial(self.since(t), top, self.argument(shown(t)))
        if name in DOTS:
            self.take()
            return Dots(t.span)
        if name in ("sqrt", "surd"):
            return self._root()
        if name in LABELLED:
            return self._labelled()
        if name == "substack":
            return self._substack()
        if name in BIGS or name in FUNCTION_COMMANDS:
            if self.scripted or not self._operand_after():
                self.take()
                return Name(t.span, name, (), "rm")
            return self.factor()
        if name == "exists":
            self.take()
            return Text(t.span, "exists")
        if name in _OPERATORS:
            raise self.unexpected("an operand")
        raise self.unknown(t)

    def _operand_after(self) -> bool:
        t = self.peek()
        return t.kind in ("letter", "number", "open", "left", "lbrace", "command", "text") or t.text in "_^"

    def _fraction(self) -> Node:
        command = self.take()
        digits = self.token
        if digits.kind == "number" and len(digits.text) == 2 == digits.stop - digits.start:
            self.take()
            middle = digits.start + 1
            top: Node = Number(Span(digits.start, middle), digits.text[0])
            return Frac(self.since(command), top, Number(Span(middle, digits.stop), digits.text[1]))
        top = self.argument(shown(command))
        bottom = self.argument(shown(command))
        return Frac(self.since(command), top, bottom)

    def _root(self) -> Node:
        command = self.take()
        degree: Node | None = None
        if command.text == "surd" and self.token.kind in _OPENING:
            group = self._group()
            return Root(self.since(command), group.body if isinstance(group, Group) else group)
        if command.text == "surd":
            body = self.scripts(self.argument("√"))
            return Root(self.since(command), body)
        if self.token.kind == "open" and self.token.text == "[":
            self.take()
            degree = self.listing()
            self.close()
        elif self.token.kind == "open" and self.token.text == "(":
            raise refuse(
                "E022", r"\sqrt takes only the bracket '(' under its sign", self.token.span, help=r"write \sqrt{…}"
            )
        body = self.argument(shown(command))
        return Root(self.since(command), body, degree)

    def _labelled(self) -> Node:
        command = self.take()
        if command.text in ("underbrace", "overbrace"):
            body = self.argument(shown(command))
            sub, sup, _ = self.script_parts()
            return Labelled(self.since(command), body, sub or sup)
        self.scripted += 1
        label = self.lone() or self.argument(shown(command))
        self.scripted -= 1
        body = self.argument(shown(command))
        return Labelled(self.since(command), body, label)

    def _substack(self) -> Node:
        command = self.take()
        if self.token.kind != "lbrace":
            raise refuse("E022", r"\substack is not followed by its {…}", command.span)
        stop = self.row.mates[self.at]
        self.take()
        items: list[Node] = []
        while self.at < stop:
            if self.token.kind == "break":
                self.take()
                continue
            items.append(self.listing())
        self.close()
        if not items:
            raise refuse("E016", r"\substack has an empty {}", self.since(command))
        if len(items) == 1:
            return items[0]
        return Separated(self.since(command), tuple(items), (",",) * (len(items) - 1))

    def _group(self) -> Node:
        opening = self.take()
        closing = self.tokens[self.row.mates[self.at - 1]]
        if self.token is closing:
            raise refuse(
                "E016",
                f"the bracket '{opening.text}{closing.text}' is empty",
                Span(opening.start, closing.stop),
                help=r"write \cdot for a placeholder, \emptyset for the empty set",
            )
        integrals, self.integrals = self.integrals, []
        scripted, self.scripted = self.scripted, 0
        body = self.listing()
        self.scripted = scripted
        self.integrals = integrals
        self.close()
        span = self.since(opening)
        if opening.text in "|‖" and opening.text == closing.text:
            return Bars(span, opening.text, body)
        return Group(span, opening.text, closing.text, body)

    def _function(self, head: str) -> Node:
        start = self.token
        name = self.upright()
        if name:
            self.skip_upright()
        else:
            name = self.take().text
        if self.scripted and not self.starts_factor:
            return Name(self.since(start), name, (), "rm")
        sub, sup, primes = self.script_parts()
        if primes:
            raise refuse("E015", rf"the operator '{name}' takes no prime", self.since(start))
        argument, bracketed = self.operand(name)
        if argument is None:
            node: Node = Name(self.since(start), name, (), "rm")
            return Scripted(self.since(start), node, sub, sup) if sub or sup else node
        return Apply(self.since(start), head, argument, sub, sup, bracketed)

    def operand(self, name: str) -> tuple[Node | None, bool]:
        """A function's argument: its bracket, else the factors that follow."""
        t = self.token
        if t.kind in _OPENING and t.text in "([{":
            group = self._group()
            assert isinstance(group, Group)
            return group.body, True
        if t.kind in _OPENING and t.text in "|‖⌊⌈⟨":
            return self.postfixes(self._group()), False
        if t.kind == "lbrace":
            after = self.after_mate()
            more = after.kind in ("letter", "number", "open", "left", "lbrace", "text", "command") or (
                after.kind == "char" and after.text in "_^'!"
            )
            closes = after.kind == "command" and (after.text in _OPERATORS or after.text in FUNCTION_COMMANDS)
            if not more or closes:
                node = self.argument(name)
                return (node.body, True) if isinstance(node, Group) else (node, False)
        if not self.starts_factor:
            return None, False
        return self.run(argument=True), False

    def _nabla(self) -> Node:
        start = self.take()
        sub, sup, _ = self.script_parts()
        if not self.starts_factor or self.is_command("cdot", "times"):
            name = Name(start.span, "nabla")
            return Scripted(self.since(start), name, sub, sup) if sub or sup else name
        body = self.factor()
        items = [body]
        # ∇f(x) is of f(x); a bracket belongs to the name before it.
        while isinstance(items[0], Name | Scripted) and self.token.kind in _OPENING and self.token.text in "([":
            items.append(self.postfixes(self._group()))
        if len(items) > 1:
            body = Juxt(items[0].span | items[-1].span, tuple(items))
        return Nabla(self.since(start), body, sub, sup)

    def _expectation(self) -> Node:
        start = self.token
        self.take()
        self.at = self.row.mates[self.at] + 1 if self.token.kind == "lbrace" else self.at + 1
        sub, sup, _ = self.script_parts()
        if self.token.kind in _OPENING and self.token.text in "[({":
            group = self._group()
            assert isinstance(group, Group)
            return Big(self.since(start), "expect", group.body, sub, sup)
        if not self.starts_factor:
            name = Name(start.span, "E", (), "bb")
            return Scripted(self.since(start), name, sub, sup) if sub or sup else name
        return Big(self.since(start), "expect", self.run(argument=True), sub, sup)

    def _big(self, op: str) -> Node:
        start, place = self.token, self.at
        sub: Node | None = None
        sup: Node | None = None
        if self.is_command("underset"):
            self.take()
            self.scripted += 1
            sub = self.argument(r"\underset")
            self.scripted -= 1
            self.at = self.row.mates[self.at] + 1
        elif self.upright():
            self.skip_upright()
        elif self.is_command("arg"):
            self.take()
            self.take()
        else:
            self.take()
        if self.scripted and not self.starts_factor and not self.is_char("_", "^"):
            return Name(self.since(start), op, (), "rm")
        below, sup, _ = self.script_parts()
        sub = below if below is not None else sub
        t = self.token
        if op in BRACKETED_BIGS and sub is None and t.kind in _OPENING and t.text in "([{":
            argument, _ = self.operand(op)
            assert argument is not None
            return Apply(self.since(start), op, argument, None, sup, True)
        if op in INTEGRALS:
            return self._integral(start, op, sub, sup, place)
        if not self.starts_factor and not self.is_char("-", "+"):
            if sub is None and sup is None:
                return Name(self.since(start), op, (), "rm")
            raise self.unexpected(f"what '{op}' runs over")
        body = self.signed()
        return Big(self.since(start), op, body, sub, sup)

    def signed(self) -> Node:
        """A term that may carry its own sign."""
        t = self.token
        if t.kind == "char" and t.text in "+-":
            self.take()
            body = self.term()
            return Sum(self.since(t), (t.text,), (body,))
        return self.term()

    def _integral(self, start: Token, op: str, sub: Node | None, sup: Node | None, place: int) -> Node:
        segment = self.row.segments[self.at]
        marks = self.row.differentials.get(segment, ())
        differentials: list[Node] = []
        if self.at in marks:
            # ∫ dx f(x)
            while self.at in marks:
                differentials.append(self._differential(leading=True))
            body: Node = self.term() if self.starts_factor else Number(Span(self.at, self.at), "1")
        else:
            self.integrals.append(segment)
            body = self.expression() if place in self.row.closed else self.term()
            self.integrals.pop()
            while self.at in marks and (len(differentials) < INTEGRALS[op] or segment not in self.integrals):
                differentials.append(self._differential(leading=False))
            if not differentials:
                body, differentials = _from_numerator(body)
        return Big(self.since(start), op, body, sub, sup, tuple(differentials))

    def _differential(self, leading: bool) -> Node:
        start = self.token
        if self.take().kind == "command":
            self.at = self.row.mates[self.at] + 1
        power: Node | None = None
        if self.is_char("^"):
            _, power, _ = self.script_parts()
        node = self.scripts(self.atom())
        if self.token.kind in _OPENING and self.token.text == "(" and not leading:
            group = self._group()
            node = Juxt(node.span | group.span, (node, group))
        if power is not None:
            d = Scripted(start.span | power.span, Name(start.span, "d"), None, power)
            node = Juxt(self.since(start), (d, node))
        return node


def _from_numerator(body: Node) -> tuple[Node, list[Node]]:
    """∫ dx/x: the differential stands in the numerator."""
    if isinstance(body, Frac):
        top = body.numerator
        items = top.items if isinstance(top, Juxt) else (top,)
        for i, item in enumerate(items[:-1]):
            if isinstance(item, Name) and item.base == "d" and not item.accents and i == len(items) - 2:
                rest = items[:i]
                over: Node = Number(item.span, "1") if not rest else rest[0] if len(rest) == 1 else Juxt(top.span, rest)
                return replace(body, numerator=over), [items[-1]]
    return body, []


# Words over an equals sign that make it a definition.
_DEFINING = frozenset(("def", "Delta", "triangle", "mathrm{def", "rm{def"))
_OPERATORS = frozenset(
    "cdot times div odot otimes ast star oplus ominus circ setminus backslash cup cap bmod mod wedge land vee "
    "lor oslash sqcup sqcap rtimes ltimes uplus bigodot pm mp over choose pmod forall".split()
)
_FACTORS = (
    frozenset(SYMBOLS) | frozenset(BIGS) | FUNCTION_COMMANDS | frozenset(ACCENTS) | frozenset(STYLES)
    | FRACTIONS | BINOMIALS | DOTS | LABELLED | {"sqrt", "surd", "substack", "arg", "exists"}
)  # fmt: skip
__all__ = ["CASES", "DISPLAYS", "MATRICES", "Factors"]
