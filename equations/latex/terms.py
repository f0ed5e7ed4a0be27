"""Tokens to surface trees: lists, relations, sums and products.

    list      relation (("," | ";" | ":" | bar) relation)*
    relation  sum (relop sum)*
    sum       sign? term (sign term)*
    term      run (("·" | "/" | …) run)*
    run       factor factor*
    factor    operand scripts | function argument | big term

Adjacency is a flat ``Juxt``; what it means is decided later.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..span import Span
from .lexer import refuse
from .operators import Operators
from .tables import BINARIES, CASES, CONNECTIVES, DISPLAYS, LOOSE_RELATIONS, MATRICES, SIGNS
from .tree import Binary, Binomial, Cases, Dots, Frac, Juxt, Matrix, Name, Node, Relation, Separated, Sum

MAX_FACTORS = 256
_STOPS = frozenset(("close", "right", "rbrace", "end", "eof", "break"))
_SET_LIKE = frozenset(("in", "notin", "~", "subset", "subseteq"))


class Terms(Operators):
    """Reads whole formulas."""

    __slots__ = ()

    # lists

    def listing(self) -> Node:
        self.enter()
        opened = self.tokens[self.at - 1].kind if self.at else ""
        items, separators = self.items()
        node = join(items, separators, closed=opened != "lbrace")
        self.leave()
        return node

    def items(self) -> tuple[list[Node], list[str]]:
        """Relations and the separators between them, up to the closing bracket or cell."""
        items: list[Node] = [self.relation()]
        separators: list[str] = []
        while True:
            t = self.token
            if t.kind == "quad":
                self.take()
                continue
            if t.kind in _STOPS or (t.kind == "char" and t.text == "&"):
                return items, separators
            if t.kind == "sepbar" or (t.kind == "char" and t.text in ",;:"):
                self.take()
                while self.token.kind == "quad":
                    self.take()
                separators.append(t.text)
            elif (t.kind == "char" and t.text == "." and self._cell_ends()) or t.kind == "label":
                self.take()
                continue
            elif t.kind == "text" and is_connective(t.text):
                self.take()
                separators.append(",")
            else:
                raise self.unexpected("an operator or a closing bracket")
            if self._cell_ends(0) and t.kind == "char" and t.text in ",;":
                separators.pop()
                return items, separators
            items.append(self.relation())

    def _cell_ends(self, n: int = 1) -> bool:
        t = self.peek(n)
        return t.kind in ("break", "end", "eof") or (t.kind == "char" and t.text == "&")

    # relations

    def relation(self) -> Node:
        self.enter()
        sides = [self._tight_relation()]
        ops: list[str] = []
        while (op := self._relop(True)) is not None:
            ops.append(op)
            sides.append(self._tight_relation())
        self.leave()
        if not ops:
            return sides[0]
        return Relation(sides[0].span | sides[-1].span, tuple(sides), tuple(ops))

    def _tight_relation(self) -> Node:
        t = self.token
        if t.kind == "relation" and self.scripted:
            # R_{\ge 0}: what is compared stays unsaid.
            sides: list[Node] = [Name(Span(t.start, t.start), "cdot")]
        else:
            sides = [self.expression()]
        ops: list[str] = []
        while (op := self._relop(False)) is not None:
            ops.append(op)
            sides.append(self.expression())
        if not ops:
            return sides[0]
        return Relation(sides[0].span | sides[-1].span, tuple(sides), tuple(ops))

    def _relop(self, loose: bool) -> str | None:
        r"""Take a relation; ``\overset{\text{def}}{=}`` is one too."""
        t = self.token
        if t.kind == "relation":
            if (t.text in LOOSE_RELATIONS) != loose:
                return None
            self.take()
            return t.text
        labelled = None if loose else self.labelled_relation()
        if labelled is None:
            return None
        op, self.at = labelled
        return op

    # sums

    def expression(self) -> Node:
        start = self.token
        signs: list[str] = []
        terms: list[Node] = []
        signed = False
        while True:
            sign = SIGNS.get(self.token.text) if self.token.kind in ("char", "command") else None
            if sign is not None:
                self.take()
                signed = True
            elif terms:
                break
            if sign is not None and self.token.kind in ("char", "command") and self.token.text in SIGNS:
                terms.append(self.signed())
            else:
                terms.append(self.term())
            signs.append(sign or "+")
        if not signed:
            node = terms[0]
            if self.is_command("over", "choose") and self.tokens[self.at].kind == "command":
                op = self.take().text
                bottom = self.expression()
                kind = Frac if op == "over" else Binomial
                return kind(node.span | bottom.span, node, bottom)
            return node
        if self.is_command("over", "choose"):
            op = self.take().text
            top = Sum(self.since(start), *_flat(signs, terms))
            bottom = self.expression()
            return (Frac if op == "over" else Binomial)(top.span | bottom.span, top, bottom)
        return Sum(Span(start.start, terms[-1].span.stop), *_flat(signs, terms))

    # products

    def term(self) -> Node:
        self.enter()
        left = self._placeholder() or self.run()
        while (op := self._binary()) is not None:
            self.take()
            right = self.signed_run()
            left = Binary(left.span | right.span, op, left, right)
        self.leave()
        return left

    def _placeholder(self) -> Node | None:
        if self.is_command("cdot") and (
            self.peek().kind in _STOPS or self.peek().kind == "sepbar" or self.peek().text in ",;" or self.scripted
        ):
            t = self.take()
            name = Name(t.span, "cdot")
            if not self.starts_factor:
                return name
            rest = self.run()
            items = rest.items if isinstance(rest, Juxt) else (rest,)
            return Juxt(t.span | rest.span, (name, *items))
        return None

    def _binary(self) -> str | None:
        t = self.token
        if t.kind == "command" or t.kind == "char":
            return BINARIES.get(t.text)
        return None

    def signed_run(self) -> Node:
        t = self.token
        if t.kind == "char" and t.text in "+-":
            self.take()
            body = self.run()
            return Sum(Span(t.start, body.span.stop), (t.text,), (body,))
        return self._placeholder() or self.run()

    def run(self, argument: bool = False) -> Node:
        items: list[Node] = []
        while True:
            while items and self.token.kind == "lbrace" and self.peek().kind == "rbrace":
                if self.peek(2).kind == "char" and self.peek(2).text in "_^'!":
                    break  # a{}_i: scripts of nothing
                self.take()
                self.take()
            if items and not self.starts_factor:
                break
            if items and self.token.kind == "text" and is_connective(self.token.text) and not self.scripted:
                break
            if items and argument and self.head()[0]:
                break
            if self.integrals and self.at in self.row.differentials.get(self.integrals[-1], ()):
                if not items and self.at and self.tokens[self.at - 1].text in ("cdot", "times"):
                    raise refuse("E192", "an integral along a path, which is not there yet", self.token.span,
                                 help="give the path a parameter and write the integral's value in closed form")
                if not items:
                    raise self.unexpected("what is integrated")
                break
            bars = argument and not items and self.token.kind in ("open", "left") and self.token.text in "|‖"
            node = self.factor()
            items.extend(node.items if isinstance(node, Juxt) else (node,))
            if len(items) > MAX_FACTORS:
                raise refuse("E004", f"a product has more than {MAX_FACTORS} factors", items[0].span | items[-1].span,
                             help="name a part of it, or write words as \\text{…}")
            if bars:
                break
        if len(items) == 1:
            return items[0]
        return Juxt(items[0].span | items[-1].span, tuple(items))

    # arrays

    def array(self) -> Node:
        begin = self.take()
        self.enter()
        stop = self.row.mates[place := self.at - 1]
        if begin.text in DISPLAYS:
            node = self._stacked(stop)
        elif begin.text in CASES or (begin.text == "array" and self._braced_left(stop)):
            node = Cases(Span(begin.start, self.tokens[stop].stop), tuple(self._branches(stop)))
        elif begin.text in MATRICES:
            rows = [tuple(self._cell(cell) for cell in row) for row in self._rows(stop)]
            node = Matrix(Span(begin.start, self.tokens[stop].stop), begin.text, tuple(rows))
        else:
            raise refuse(
                "E021",
                f"the environment '{begin.text}' is not known",
                begin.span,
                help="write aligned, cases or pmatrix",
            )
        self.at = stop + 1
        if begin.text in DISPLAYS:
            self.check_visible(node, place)
        self.leave()
        return node

    def _braced_left(self, stop: int) -> bool:
        """Whether the environment stands between ``\\left\\{`` and ``\\right.``: cases, drawn by hand."""
        before, after = self.tokens[self.at - 2], self.tokens[stop + 1]
        return before.kind == "left" and before.text == "{" and after.kind == "right" and after.text == "."

    def _stacked(self, stop: int) -> Node:
        """Rows of ``aligned`` inside a formula: one expression over several lines."""
        node = self.listing()
        if self.at != stop:
            raise refuse(
                "E025",
                "rows inside a formula are read as one expression, and this row cannot join the one above",
                self.token.span,
                help="write each row as a formula of its own",
            )
        return node

    def _rows(self, stop: int) -> list[list[tuple[int, int]]]:
        """Token ranges of the cells between here and the end of the environment."""
        rows: list[list[tuple[int, int]]] = [[]]
        begin = at = self.at
        while at <= stop:
            t = self.tokens[at]
            if at == stop or t.kind == "break" or (t.kind == "char" and t.text == "&"):
                rows[-1].append((begin, at))
                begin = at + 1
                if t.kind == "break":
                    rows.append([])
            elif self.row.mates[at] > at:
                at = self.row.mates[at]
            at += 1
        if rows[-1] and all(a == b for a, b in rows[-1]):
            rows.pop()
        return rows

    def _cell(self, cell: tuple[int, int]) -> Node:
        if cell[0] == cell[1]:
            t = self.tokens[cell[0]]
            raise refuse("E016", "a cell is empty", t.span, help=r"write 0, or \cdots")
        self.at = cell[0]
        node = self.listing()
        if self.at != cell[1]:
            raise self.unexpected("the end of the cell")
        return node

    def _branches(self, stop: int) -> list[tuple[Node, Node | None]]:
        out: list[tuple[Node, Node | None]] = []
        for row in self._rows(stop):
            cells = [cell for cell in row if cell[0] < cell[1]]
            if not cells:
                raise refuse("E016", "a case is empty", self.tokens[row[0][0]].span)
            if len(cells) > 2:
                raise refuse("E025", "a case has more than a value and a condition", self.tokens[cells[2][0]].span)
            begin, end = cells[0]
            condition = cells[1] if len(cells) == 2 else None
            if condition is None:
                # The condition may follow without an ampersand.
                for at in range(begin, end):
                    t = self.tokens[at]
                    if t.kind == "text" and is_connective(t.text):
                        condition, end = (at, end), at
                        break
            value_end = end
            while self.tokens[value_end - 1].kind == "quad":
                value_end -= 1
            self.at = begin
            value = self._value(value_end)
            out.append((value, None if condition is None else self._condition(condition)))
        return out

    def _value(self, end: int) -> Node:
        node = self.relation()
        while self.at < end and (self.is_char(",", ";", ".") or self.token.kind == "quad"):
            self.take()
        if self.at != end:
            raise self.unexpected("the end of the value")
        return node

    def _condition(self, cell: tuple[int, int]) -> Node | None:
        self.at = cell[0]
        otherwise = False
        while self.at < cell[1] and (
            self.token.kind == "quad" or (self.token.kind == "text" and is_connective(self.token.text))
        ):
            words = self.take().text.strip().lower().rstrip(".,;:")
            otherwise = otherwise or words in ("otherwise", "else")
        if self.at == cell[1] or (otherwise and self.is_char(".", ",")):
            if otherwise:
                return None
            raise refuse("E016", "a case has no condition", self.tokens[cell[0]].span, help=r"write \text{otherwise}")
        items, separators = self.items()
        if self.at != cell[1]:
            raise self.unexpected("the end of the condition")
        return join(items, separators, closed=False)


def _flat(signs: Sequence[str], terms: Sequence[Node]) -> tuple[tuple[str, ...], tuple[Node, ...]]:
    """A sum that is added is a part of the sum: braces around it do not show in print."""
    pairs: list[tuple[str, Node]] = []
    for sign, term in zip(signs, terms, strict=True):
        if sign == "+" and isinstance(term, Sum):
            pairs += zip(term.signs, term.terms, strict=True)
        else:
            pairs.append((sign, term))
    return tuple(s for s, _ in pairs), tuple(x for _, x in pairs)


def is_connective(words: str) -> bool:
    """Whether words lead from one statement to the next: “where”, “for all”, “if”."""
    parts = words.lower().replace(",", " ").replace("(", " ").split()
    return bool(parts) and (parts[0] in CONNECTIVES or parts[0].rstrip(".,;:") in CONNECTIVES)


def join(items: Sequence[Node], separators: Sequence[str], closed: bool) -> Node:
    """One node from a list: ``x, y ∈ S`` is one relation whose first side is a list.

    In a visible bracket (``closed``) only set-like relations reach over a comma.
    """
    pieces, seps = attach(items, separators, closed)
    if len(pieces) == 1:
        return pieces[0]
    return Separated(pieces[0].span | pieces[-1].span, tuple(pieces), tuple(seps))


def attach(items: Sequence[Node], separators: Sequence[str], closed: bool) -> tuple[list[Node], list[str]]:
    """Bare neighbours of a relation joined to its nearest side."""
    if len(items) == 1 or not any(isinstance(x, Relation) for x in items):
        return list(items), list(separators)
    if ":" in separators:
        return list(items), list(separators)
    out: list[Node] = []
    seps: list[str] = []  # seps[k] stands before out[k + 1]
    bare: list[Node] = []
    between: list[str] = []  # separators after each bare item
    for k, item in enumerate(items):
        separator = separators[k] if k < len(separators) else ""
        if not isinstance(item, Relation):
            bare.append(item)
            between.append(separator)
            continue
        reaches = not closed or (item.ops[0] in _SET_LIKE and all(s == "," for s in between))
        if bare and isinstance(out[-1] if out else None, Relation) and any(isinstance(x, Dots) for x in bare):
            # i = 1, …, n, j = …: the list belongs to the relation before it.
            cut = next(i for i, x in enumerate(bare) if isinstance(x, Dots)) + 2
            if not closed or cut > 1:
                out[-1] = _reach_right(out[-1], seps[-1:], bare[:cut], between[: cut - 1])
                seps[-1:] = [between[cut - 1]] if cut <= len(bare) else seps[-1:]
                bare, between = bare[cut:], between[cut:]
        if bare and reaches:
            first = Separated(bare[0].span | item.sides[0].span, (*bare, item.sides[0]), tuple(between))
            item = Relation(first.span | item.span, (first, *item.sides[1:]), item.ops)
        else:
            for x, s in zip(bare, between, strict=True):
                out.append(x)
                seps.append(s)
        out.append(item)
        seps.append(separator)
        bare, between = [], []
    if bare:
        dotted = any(isinstance(x, Dots) for x in bare)
        if isinstance(out[-1], Relation) and (not closed or dotted):
            out[-1] = _reach_right(out[-1], seps[-1:], bare, between[:-1])
        else:
            for x, s in zip(bare, between, strict=True):
                out.append(x)
                seps.append(s)
    return out, seps[: len(out) - 1]


def _reach_right(node: Node, before: Sequence[str], bare: Sequence[Node], between: Sequence[str]) -> Node:
    assert isinstance(node, Relation)
    last = node.sides[-1]
    side = Separated(last.span | bare[-1].span, (last, *bare), (*before, *between))
    return Relation(node.span | side.span, (*node.sides[:-1], side), node.ops)
