"""Operands: brackets, fractions, roots, labels."""

from __future__ import annotations

from abc import abstractmethod

from ..span import Span
from .cursor import shown
from .lexer import Token, refuse
from .symbols import Symbols
from .tables import (
    ACCENTS,
    BIGS,
    BINOMIALS,
    DOTS,
    FRACTIONS,
    FUNCTION_COMMANDS,
    LABELLED,
    STYLES,
    SYMBOLS,
)
from .tree import (
    Bars,
    Binomial,
    Dots,
    Frac,
    Group,
    Labelled,
    Name,
    Node,
    Number,
    Postfix,
    Root,
    Separated,
    Text,
)

OPENING = frozenset(("open", "left"))


class Factors(Symbols):
    """Reads one operand, and says where a factor may start."""

    __slots__ = ()

    @abstractmethod
    def factor(self) -> Node:
        """An operand with its scripts, or an operator with what it applies to."""

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
        return t.text in _FACTORS or t.text not in OPERATORS

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

    def postfixes(self, node: Node) -> Node:
        while True:
            if self.is_char("!"):
                self.take()
                node = Postfix(Span(node.span.start, self.tokens[self.at - 1].stop), "!", node)
                continue
            if self.is_command("%"):
                sign = self.take()
                if not isinstance(node, Number):
                    raise refuse("E010", "a percent sign stands after what is no number", sign.span,
                                 help=r"write \frac{x}{100}")
                node = Postfix(Span(node.span.start, sign.stop), "%", node)
                continue
            scripted = self.scripts(node)
            if scripted is node:
                return node
            node = scripted

    def braced(self) -> Node:
        """A ``{…}`` in the middle of a term: invisible, so it must not change the reading."""
        while self.token.kind == "lbrace" and self.peek().kind == "rbrace":
            start = self.take()
            self.take()
            if not self.starts_factor or self.is_char("_", "^"):
                raise refuse("E016", "an empty {} stands where an operand is expected", start.span)
            if self.token.kind != "lbrace":
                return self.factor()
        at = self.at
        node = self.argument("{}")
        self.check_visible(node, at)
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
                return self.group()
            case "lbrace":
                return self.argument("{}")
            case "begin":
                return self.array()
            case "command":
                return self._command(t)
            case "char" if t.text in ":*":
                # A lone colon or star is a placeholder: A_{:,j}, f(*).
                if self.peek().kind in ("close", "right", "rbrace", "sepbar", "eof") or self.peek().text == ",":
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
            bottom = self.argument(shown(t))
            return Binomial(self.since(t), top, bottom)
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
        if name in OPERATORS:
            raise self.unexpected("an operand")
        raise self.unknown(t)

    def _operand_after(self) -> bool:
        t = self.peek()
        return t.kind in ("letter", "number", "open", "left", "lbrace", "command", "text") or t.text in "_^"

    def _fraction(self) -> Node:
        command = self.take()
        digits = self.token
        if digits.kind == "number" and digits.text.isdigit() and len(digits.text) == 2 == digits.stop - digits.start:
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
        if command.text == "surd" and self.token.kind in OPENING:
            group = self.group()
            plain = isinstance(group, Group) and group.open in "([{"
            return Root(self.since(command), group.body if plain and isinstance(group, Group) else group)
        if command.text == "surd":
            at = self.at
            under = self.argument("√")
            self.check_visible(under, at)
            body = self.scripts(under)
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
        place, command = self.at, self.take()
        if command.text in ("underbrace", "overbrace"):
            body = self.argument(shown(command))
            at = self.token
            sub, sup = self.unprimed(command.text)
            label, other = (sub, sup) if command.text == "underbrace" else (sup, sub)
            if other is not None:
                mark = "_" if command.text == "underbrace" else "^"
                raise refuse("E015", rf"the label of \{command.text} is written with {mark}", at.span,
                             help=r"put other scripts on a bracket: \left( … \right)^2")
            # What lies over a brace reads on to its neighbours.
            self.check_visible(body, place)
            return Labelled(self.since(command), body, label)
        self.scripted += 1
        label = self.lone() or self.argument(shown(command))
        self.scripted -= 1
        body = self.argument(shown(command))
        self.check_visible(body, place)
        return Labelled(self.since(command), body, label)

    def _substack(self) -> Node:
        command = self.take()
        if self.token.kind != "lbrace":
            raise refuse("E022", r"\substack is not followed by its {…}", command.span)
        stop, at = self.row.mates[self.at], self.at - 1
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
            self.check_visible(items[0], at)
            return items[0]
        return Separated(self.since(command), tuple(items), (",",) * (len(items) - 1))

    def group(self) -> Node:
        place, opening = self.at, self.take()
        closing = self.tokens[self.row.mates[place]]
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
        if opening.text == closing.text == ".":
            self.check_visible(body, place)
        if opening.text in "|‖" and opening.text == closing.text:
            return Bars(span, opening.text, body)
        return Group(span, opening.text, closing.text, body)


# Words over an equals sign that make it a definition.
_DEFINING = frozenset(("def", "Delta", "triangle", "mathrm{def", "rm{def"))
OPERATORS = frozenset(
    "cdot times div odot otimes ast star oplus ominus circ setminus backslash cup cap bmod mod wedge land vee "
    "lor oslash sqcup sqcap rtimes ltimes uplus bigodot pm mp over choose pmod forall".split()
)
_FACTORS = (
    frozenset(SYMBOLS) | frozenset(BIGS) | FUNCTION_COMMANDS | frozenset(ACCENTS) | frozenset(STYLES)
    | FRACTIONS | BINOMIALS | DOTS | LABELLED | {"sqrt", "surd", "substack", "arg", "exists"}
)  # fmt: skip
