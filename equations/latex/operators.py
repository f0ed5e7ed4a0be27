"""Operators with what they apply to: functions, big operators, 𝔼, ∫ and ∇."""

from __future__ import annotations

from dataclasses import replace

from ..diagnostic import InvalidEquation
from ..span import Span
from .factors import OPENING, OPERATORS, Factors
from .lexer import Token, refuse
from .tables import (
    BIGS,
    BRACKETED_BIGS,
    FUNCTION_COMMANDS,
    FUNCTIONS,
    INTEGRALS,
    LABELLED,
    MATES,
    OPERATOR_WORDS,
    STYLES,
    WORD_BIGS,
)
from .tree import Apply, Big, Binary, Frac, Group, Juxt, Nabla, Name, Node, Number, Relation, Scripted, Separated, Sum


class Operators(Factors):
    """Reads one factor of a term, operators included."""

    __slots__ = ()

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
            if word in FUNCTIONS and (word not in OPERATOR_WORDS or self.is_command("operatorname")):
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
            if after.kind == "eof":
                return False
            at = (self.row.mates[at + 1] if after.kind == "lbrace" else at + 1) + 1
        bracketed = t.kind in OPENING and t.text in "[({"
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
            node = self.braced() if self.token.kind == "lbrace" else self.atom()
        node = self.postfixes(node)
        self.leave()
        return node

    def _function(self, head: str) -> Node:
        start = self.token
        name = self.upright()
        if name:
            self.skip_upright()
        else:
            name = self.take().text
        if self.scripted and not self.starts_factor and not self.is_char("_", "^"):
            return Name(self.since(start), name, (), "rm")
        sub, sup = self.unprimed(name)
        argument, bracketed = self.operand(name)
        if argument is None:
            node: Node = Name(self.since(start), name, (), "rm")
            return Scripted(self.since(start), node, sub, sup) if sub or sup else node
        return Apply(self.since(start), head, argument, sub, sup, bracketed)

    def operand(self, name: str) -> tuple[Node | None, bool]:
        """A function's argument: its bracket, else the factors that follow."""
        t = self.token
        if t.kind in OPENING and t.text in "([{":
            group = self.group()
            assert isinstance(group, Group)
            return _inside(group, name), True
        if t.kind in OPENING and t.text in "|‖⌊⌈⟨":
            return self.postfixes(self.group()), False
        if t.kind == "lbrace":
            after = self.after_mate()
            more = after.kind in ("letter", "number", "open", "left", "lbrace", "text", "command") or (
                after.kind == "char" and after.text in "_^'!"
            )
            closes = after.kind == "command" and (after.text in OPERATORS or after.text in FUNCTION_COMMANDS)
            if not more or closes:
                node = self.argument(name)
                return self._unwrapped(node, name)
        if not self.starts_factor:
            return None, False
        # \tan{}(x): nothing stands before its bracket.
        return self._unwrapped(self.run(argument=True), name)

    @staticmethod
    def _unwrapped(node: Node, name: str) -> tuple[Node, bool]:
        """An argument without its bracket, if that is a plain one; a floor or a ceiling has a meaning of its own."""
        plain = isinstance(node, Group) and node.open in "([{"
        return (_inside(node, name), True) if plain and isinstance(node, Group) else (node, False)

    def _nabla(self) -> Node:
        start = self.take()
        sub, sup = self.unprimed("nabla")
        ends = self.integrals and self.at in self.row.differentials.get(self.integrals[-1], ())
        if not self.starts_factor or self.is_command("cdot", "times") or ends:
            name = Name(start.span, "nabla", (), self.style)
            return Scripted(self.since(start), name, sub, sup) if sub or sup else name
        body = self.factor()
        if isinstance(body, Juxt):
            raise refuse("E018", "braces group here but do not show in print, so a reader sees another formula",
                         body.span, help=r"write \left( … \right)")
        items = [body]
        # ∇f(x) is of f(x); a bracket belongs to the name before it.
        while isinstance(items[0], Name | Scripted) and self.token.kind in OPENING and self.token.text in "([":
            items.append(self.postfixes(self.group()))
        if len(items) > 1:
            body = Juxt(items[0].span | items[-1].span, tuple(items))
        return Nabla(self.since(start), body, sub, sup)

    def _expectation(self) -> Node:
        start = self.token
        self.take()
        self.at = self.row.mates[self.at] + 1 if self.token.kind == "lbrace" else self.at + 1
        head = self.since(start)
        sub, sup = self.unprimed("E")
        if self.token.kind in OPENING and self.token.text in "[({":
            group = self.group()
            assert isinstance(group, Group)
            return Big(self.since(start), "expect", group.body, sub, sup)
        if not self.starts_factor:
            name = Name(head, "E", (), "bb")
            return Scripted(self.since(start), name, sub, sup) if sub or sup else name
        body = self.run(argument=True)
        return Big(self.since(start), "expect", body, sub, sup)

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
        below, sup = self.unprimed(op)
        if below is not None and sub is not None:
            raise refuse("E015", "a second subscript follows the first", below.span, help="join them: _{…}")
        sub = below if below is not None else sub
        t = self.token
        braced = t.kind == "lbrace" and self.row.mates[self.at + 1] == self.row.mates[self.at] - 1
        inner = self.peek() if braced else t
        if op in BRACKETED_BIGS and sub is None and inner.kind in OPENING and inner.text in "([{":
            if braced:
                self.take()
            argument, _ = self.operand(op)
            assert argument is not None
            if braced:
                self.close()
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
            after = differentials[-1].span.stop
            self.integrals.append(segment)
            body: Node = self.term() if self.starts_factor else Number(Span(after, after), "1")
            self.integrals.pop()
            if self.at in marks and segment not in self.integrals:
                raise refuse("E010", "a differential follows though the integral began with its own", self.token.span,
                             help="write every differential at the beginning, or at the end")
        else:
            self.integrals.append(segment)
            body = self.expression() if place in self.row.closed else self.term()
            self.integrals.pop()
            while self.at in marks and (len(differentials) < INTEGRALS[op] or segment not in self.integrals):
                differentials.append(self._differential(leading=False))
            if not differentials:
                body, differentials = _from_numerator(body)
            if not differentials and place in self.row.closed:
                raise self._lost(start)
        if _has_d(body):
            raise self._lost(start)
        return Big(self.since(start), op, body, sub, sup, tuple(differentials))

    def _lost(self, start: Token) -> InvalidEquation:
        return refuse("E011", "the integral ends without its differential", self.since(start),
                      help=r"write \, dx after the whole term, and call no symbol d")

    def _differential(self, leading: bool) -> Node:
        start = self.token
        if self.take().kind == "command":
            self.at = self.row.mates[self.at] + 1
        power: Node | None = None
        if self.is_char("^"):
            below, power = self.unprimed("d")
            if below is not None:
                raise refuse("E015", "a differential has no subscript", below.span)
        at = self.at
        node = self.scripts(self.atom())
        if isinstance(node, Juxt | Sum | Binary | Relation | Separated):
            raise refuse("E018", "braces group here but do not show in print, so a reader sees another formula",
                         Span(self.tokens[at].start, self.tokens[self.at - 1].stop), help="write one symbol after d")
        if _has_d(node):
            raise self._lost(start)
        if self.token.kind in OPENING and self.token.text == "(" and not leading:
            group = self.group()
            node = Juxt(node.span | group.span, (node, group))
        if power is not None:
            d = Scripted(start.span | power.span, Name(start.span, "d"), None, power)
            node = Juxt(self.since(start), (d, node))
        return node


def _has_d(node: Node) -> bool:
    """Whether a factor of an integrand is a d that a reader would take for a differential."""
    match node:
        case Name(base="d", accents=()):
            return node.style in ("", "rm")
        case Juxt(items=parts) | Sum(terms=parts):
            return any(map(_has_d, parts))
        case Binary(left=left, right=right):
            return _has_d(left) or _has_d(right)
        case Apply(argument=inner, bracketed=False) | Nabla(body=inner) | Big(body=inner, differentials=()):
            return _has_d(inner)
    return False


def _inside(group: Group, name: str) -> Node:
    """What stands in the bracket of a function's argument, which is no half-open interval."""
    if MATES.get(group.open) == group.close:
        return group.body
    raise refuse(
        "E013", f"the argument of '{name}' is opened by '{group.open}' and closed by '{group.close}'",
        group.span, help=r"write \left( … \right)",
    )  # fmt: skip


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
