"""Symbols: letters and words, their styles and accents, and their scripts."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace

from ..span import Span
from .cursor import Cursor, shown
from .lexer import Token, refuse
from .tables import ACCENTS, BIGS, BINARIES, COMMANDS, FUNCTION_COMMANDS, LONE, STYLES, SYMBOLS
from .tree import Binary, Juxt, Name, Node, Number, Relation, Scripted, Separated, Sum, Text
from .units import unit_words

REFERENCES = frozenset("ref eqref autoref cref Cref".split())
MAX_WORD = 64
MAX_AXES = 4
# What stands for every index of an axis.
_SLICES = {":": "colon", "*": "star", "ast": "star", "cdot": "cdot", "bullet": "bullet"}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_LONE_RELATIONS = {"=": "eq", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "!=": "ne", "to": "to",
                   "gets": "gets", "in": "in"}  # fmt: skip
# A word of several letters is one name in these styles even without a declaration.
_WORD_STYLES = frozenset(("rm", "cal", "sf", "tt", "frak", "scr"))


class Symbols(Cursor):
    """Reads names and scripts; what stands in a group is read by the layers above."""

    __slots__ = ()

    @abstractmethod
    def listing(self) -> Node:
        """A list of relations up to the bracket that closes it."""

    @abstractmethod
    def atom(self) -> Node:
        """One operand without its scripts."""

    def letters(self) -> Node:
        """One letter, or several that are a name."""
        first = self.token
        word = self._known_word()
        if len(word) > 1:
            for _ in word:
                self.take()
            return Name(self.since(first), word, (), self.style)
        self.take()
        return Name(first.span, first.text, (), self.style)

    def _known_word(self) -> str:
        """The longest known name that starts here, else capitals before a bracket, else one letter."""
        first = self.token
        if self.names:
            run, end, n = "", first.start, 0
            while n < self.longest and (t := self.peek(n)).kind == "letter" and t.start == end:
                run, end, n = run + t.text, t.stop, n + 1
            for k in range(len(run), 1, -1):
                if run[:k] in self.names:
                    return run[:k]
        previous = self.tokens[self.at - 1] if self.at else first
        inside = previous.kind == "letter" and previous.stop == first.start and previous.text.isupper()
        if not first.text.isupper() or inside:
            return first.text
        end, n = first.start, 0
        while (t := self.peek(n)).kind == "letter" and t.text.isupper() and t.start == end:
            end, n = t.stop, n + 1
        # In a styled group the bracket follows the group: \mathbf{KL}(…).
        after = self.peek(n + 1) if t.kind == "rbrace" and self.style else t
        if 1 < n <= MAX_WORD and after.kind in ("open", "left") and after.text == "(":
            return "".join(self.peek(k).text for k in range(n))
        return first.text

    def word(self, t: Token) -> Node:
        r"""Words of ``\text``: one word is an upright name."""
        words = t.text.strip()
        if _WORD.fullmatch(words):
            return Name(t.span, words.replace("-", "_"), (), self.style if self.style == "bold" else "rm")
        return Text(t.span, " ".join(words.split()))

    def styled(self) -> Node:
        r"""``\mathbf{x}`` and the like."""
        command = self.take()
        style = STYLES[command.text]
        if style == "rm" and self.token.kind == "lbrace" and not self.scripted:
            stop, before = self.row.mates[self.at], self.tokens[self.at - 2] if self.at > 1 else command
            unit = unit_words(self.tokens[self.at + 1 : stop], measured=before.kind in ("number", "rbrace"))
            if unit:
                self.at = stop + 1
                return Text(self.since(command), unit)
        outer, self.style = self.style, style or self.style
        if word := self._plain_word(style, command.text):
            self.style = outer
            return Name(self.since(command), word, (), outer if outer == "bold" and style == "rm" else style)
        at = self.at - 1
        node = self.argument(shown(command))
        self.style = outer
        self.check_visible(node, at)
        return replace(node, span=self.since(command))

    def check_visible(self, node: Node, at: int) -> None:
        """Refuse braces, opened at a place, whose grouping does not show in print but changes the reading."""
        if not isinstance(node, Juxt | Binary | Sum | Relation | Separated):
            return
        after = self.token
        joins = "" if isinstance(node, Relation | Separated) else "+"
        tight = after.kind == "char" and after.text in "_^!'"
        bound = not (
            after.kind in ("close", "right", "rbrace", "end", "relation", "eof", "break", "quad", "sepbar")
            or (after.kind == "char" and after.text in ",;:.&" + joins + ("-" if joins else ""))
        )
        behind = False
        if at:
            before = self.tokens[at - 1]
            scripted = at > 1 and self.tokens[at - 2].kind == "char" and self.tokens[at - 2].text in "_^"
            behind = scripted or not (
                before.kind in ("open", "left", "lbrace", "begin", "relation", "break", "quad", "sepbar")
                or (before.kind == "char" and before.text in ",;:&" + joins)
            )
        binary = behind and before.kind in ("char", "command") and before.text in BINARIES
        match node:
            case Juxt():
                hides = tight
            case Binary():
                minus = behind and before.kind == "char" and before.text == "-"
                operator = after.kind in ("char", "command") and after.text in BINARIES
                hides = tight or binary or (bound and not operator) or (behind and not minus)
            case Relation():
                hides = bound or behind or after.kind == "relation" or (at > 0 and before.kind == "relation")
            case Separated():
                listed = after.kind == "sepbar" or (after.kind == "char" and after.text in ",;:")
                ruled = ":" in node.separators and (after.kind == "relation" or (at > 0 and before.kind == "relation"))
                hides = bound or behind or listed or ruled or (
                    at > 0 and (before.kind == "sepbar" or (before.kind == "char" and before.text in ",;:"))
                )
            case _:
                hides = bound or behind
        if hides:
            raise refuse(
                "E018",
                "braces group here but do not show in print, so a reader sees another formula",
                Span(self.tokens[at].start, self.tokens[self.at - 1].stop),
                help=r"write \left( … \right)",
            )

    def upright(self) -> str:
        """The upright word that a style command at the cursor holds, not taken; or ''."""
        if self.token.kind == "text":
            words = self.token.text.strip()
            return words if words.isalnum() else ""
        if not self.is_command("mathrm", "operatorname", "mathop", "symup"):
            return ""
        at = self.at
        self.take()
        word = ""
        if self.token.kind == "lbrace":
            if self.is_command("mathop"):
                return ""
            stop = self.row.mates[self.at]
            inner = self.tokens[self.at + 1 : stop]
            if len(inner) > 3 and inner[0].kind == "command" and STYLES.get(inner[0].text) == "rm":
                # \mathop{\mathrm{max}}
                if inner[1].kind == "lbrace" and self.row.mates[self.at + 2] == stop - 1:
                    inner = inner[2:-1]
            if inner and all(t.kind in ("letter", "number") for t in inner):
                word = "".join(t.text for t in inner)
            elif len(inner) > 1 and inner[0].kind == "command" and inner[0].text == "arg":
                word = "".join(t.text for t in inner)
            elif len(inner) == 1 and inner[0].kind == "text":
                word = inner[0].text.strip()
            elif len(inner) == 1 and inner[0].kind == "command" and inner[0].text in BIGS:
                word = inner[0].text
        self.at = at
        return word if word.isalnum() else ""

    def skip_upright(self) -> None:
        """Take the style command and the word that ``upright`` saw."""
        if self.take().kind != "text":
            self.at = self.row.mates[self.at] + 1

    def _plain_word(self, style: str, command: str) -> str:
        if self.token.kind == "number" and len(self.token.text) == 1:
            return self.take().text
        if self.token.kind != "lbrace":
            return ""
        stop = self.row.mates[self.at]
        inner = self.tokens[self.at + 1 : stop]
        word = "".join(t.text for t in inner)
        if len(inner) == 1 and inner[0].kind == "number" and word.isdigit():
            pass
        elif not (
            inner
            and inner[0].kind == "letter"
            and all(
                t.kind == "letter" or (t.kind == "number" and t.text.isdigit()) or (t.text in "-'" and style == "rm")
                for t in inner
            )
        ):
            return ""
        elif len(word) == 1:
            return ""
        elif style not in _WORD_STYLES and command not in ("mathit", "mathnormal") and word not in self.names:
            return ""
        if "'" in word:
            return ""
        self.at = stop + 1
        return word.replace("-", "_")

    def accented(self) -> Node:
        r"""``\hat{y}``; an accent over a scripted symbol stands over the symbol."""
        command = self.take()
        accent = ACCENTS[command.text]
        body = self.argument(shown(command))
        span = self.since(command)
        node = _accent(body, accent, span)
        if node is None:
            raise refuse(
                "E019",
                rf"\{command.text} stands over an expression, only a symbol is read under it",
                span,
                help="give the expression a name, or use round brackets",
            )
        return node

    def argument(self, of: str, expected: str = "") -> Node:
        """A braced group, or the single symbol after a command."""
        t = self.token
        self.enter()
        if t.kind == "lbrace":
            self.take()
            if self.token.kind == "rbrace":
                raise refuse("E016", f"'{of}' has an empty {{}}", Span(t.start, self.token.stop))
            node = self.listing()
            self.close()
        elif t.kind == "number":
            node = self._digit(of)
        elif t.kind in ("eof", "rbrace", "close", "right", "end", "break", "relation", "sepbar", "quad") or (
            t.kind in ("open", "left") and of not in ("_", "^")
        ):
            # TeX takes the bracket alone: \frac(a)(b) is ( over a.
            raise refuse(
                "E022", f"'{of}' is not followed by its argument", self.tokens[max(self.at - 1, 0)].span,
                help=f"write {of}{{…}}",
            )  # fmt: skip
        elif t.kind == "command" and not self.scripted and (t.text in BIGS or t.text in FUNCTION_COMMANDS):
            # TeX takes the operator alone: \sqrt\log x is √log times x.
            raise refuse("E017", f"only '{shown(t)}' belongs to '{of}' here", t.span,
                         help=f"write {of}{{{shown(t)} …}}")
        else:
            node = self.atom()
        self.leave()
        return node

    def _digit(self, of: str) -> Node:
        """The first digit of a number: TeX takes one character without braces."""
        t = self.token
        if len(t.text) == 1 or t.stop - t.start != len(t.text):
            self.take()
            return Number(t.span, t.text)
        raise refuse(
            "E017",
            f"only '{t.text[0]}' belongs to '{of}' here",
            t.span,
            help=f"write {of}{{{t.text}}}, or {of}{{{t.text[0]}}} {t.text[1:]}",
        )

    def close(self) -> None:
        """Take the closing bracket; anything else before it is refused."""
        if self.token.kind not in ("close", "right", "rbrace"):
            raise self.unexpected("a closing bracket or an operator")
        self.take()

    def scripts(self, base: Node) -> Node:
        """Subscript, superscript and primes after an operand."""
        sub, sup, primes = self.script_parts()
        if sub is None and sup is None and not primes:
            return base
        last = self.tokens[self.at - 1]
        return Scripted(Span(base.span.start, last.stop), base, sub, sup, primes)

    def script_parts(self) -> tuple[Node | None, Node | None, int]:
        sub: Node | None = None
        sup: Node | None = None
        primes = 0
        while self.token.kind == "char" and self.token.text in "_^'":
            t = self.take()
            if t.text == "'":
                primes += 1
                continue
            if t.text == "^" and (n := self._primes()):
                primes += n
                continue
            if (sub if t.text == "_" else sup) is not None:
                what = "subscript" if t.text == "_" else "superscript"
                raise refuse("E015", f"a second {what} follows the first", t.span, help=f"join them: {t.text}{{…}}")
            self.scripted += 1
            integrals, self.integrals = self.integrals, []
            node = self.lone() or (self._slice() if t.text == "_" else None) or self.argument(t.text)
            self.integrals = integrals
            self.scripted -= 1
            if t.text == "_":
                sub = node
            else:
                sup = node
        return sub, sup, primes

    def unprimed(self, name: str) -> tuple[Node | None, Node | None]:
        """Scripts of an operator, which takes no primes."""
        start = self.token
        sub, sup, primes = self.script_parts()
        if primes:
            raise refuse("E015", f"the operator '{name}' takes no prime", self.since(start))
        return sub, sup

    def _primes(self) -> int:
        if self.is_char("'"):
            self.take()
            return 1
        if self.token.kind == "lbrace":
            inner = self.tokens[self.at + 1 : self.row.mates[self.at]]
            if inner and all(t.kind == "char" and t.text == "'" for t in inner):
                self.at = self.row.mates[self.at] + 1
                return len(inner)
        return 0

    def lone(self) -> Node | None:
        """An operator that is the whole script."""
        braced = self.token.kind == "lbrace"
        t = self.peek() if braced else self.token
        if braced and t.kind == "char" and t.text == "+":
            # S_{++}: positive definite.
            inner = self.tokens[self.at + 1 : self.row.mates[self.at]]
            if all(x.kind == "char" and x.text == "+" for x in inner):
                self.at = self.row.mates[self.at] + 1
                names = tuple(Name(x.span, "plus") for x in inner)
                return names[0] if len(names) == 1 else Juxt(names[0].span | names[-1].span, names)
        if braced and self.row.mates[self.at] != self.at + 2:
            return None
        base = _LONE_RELATIONS.get(t.text) if t.kind == "relation" else None
        if t.kind == "command" or t.kind == "char":
            base = LONE.get(t.text)
        if base is None:
            return None
        if not braced:
            self._check_sign(t)
        for _ in range(3 if braced else 1):
            self.take()
        return Name(t.span, base)

    def _slice(self) -> Node | None:
        r"""``_{i:}``, ``_{\cdot j}``, ``_{i*}``: indices, with marks of whole axes before or after them."""
        if self.token.kind != "lbrace":
            return None
        inner = self.tokens[self.at + 1 : self.row.mates[self.at]]
        marks = [_SLICES.get(t.text) if t.kind in ("char", "command") else None for t in inner]
        if not any(marks) or not all(m or _is_index(t) for m, t in zip(marks, inner, strict=True)):
            return None
        if not 1 < len(inner) <= MAX_AXES or (any(marks[1:-1]) and not all(marks)):
            return None  # 1:n is a range, a \cdot b a product
        self.take()
        items: list[Node] = []
        for mark in marks:
            if mark:
                t = self.take()
                items.append(Name(t.span, mark))
            else:
                items.append(self.atom())
        self.take()
        return Juxt(items[0].span | items[-1].span, tuple(items))

    def _check_sign(self, t: Token) -> None:
        r"""Refuse ``e^-x``: TeX raises the sign alone."""
        after = self.peek()
        tight = after.start == t.stop and after.kind in ("number", "letter", "command")
        if tight and (t.text == "-" or (t.text == "+" and after.kind == "number")):
            raise refuse("E017", f"only '{t.text}' belongs to the script here", t.span | after.span,
                         help=f"write braces: {{{t.text}{shown(after)}}}")

    def unknown(self, t: Token) -> Exception:
        if t.text in REFERENCES:
            return refuse("E024", "a reference to another equation has no value", t.span,
                          help="write the name that the other equation defines")
        close = _similar(t.text)
        return refuse(
            "E020",
            rf"the command \{t.text} is not known",
            t.span,
            help=rf"did you mean \{close}?" if close else rf"define it: \newcommand{{\{t.text}}}{{…}}",
        )

    def symbol(self) -> Node:
        t = self.take()
        return Name(t.span, SYMBOLS[t.text], (), self.style)


def _is_index(t: Token) -> bool:
    """One letter or number: what stands beside a mark of a whole axis."""
    return t.kind in ("letter", "number") or (t.kind == "command" and t.text in SYMBOLS)


def _shortened(word: str) -> set[str]:
    """A word, and it without any one of its letters."""
    return {word, *(word[:k] + word[k + 1 :] for k in range(len(word)))}


_SIMILAR = {short: known for known in sorted(COMMANDS, reverse=True) if len(known) > 2 for short in _shortened(known)}


def _similar(word: str) -> str | None:
    """A known command that is one slip of the finger away; one table look-up a letter."""
    if len(word) > MAX_WORD:
        return None
    return next((_SIMILAR[short] for short in (word, *sorted(_shortened(word))) if short in _SIMILAR), None)


def _accent(node: Node, accent: str, span: Span) -> Node | None:
    match node:
        case Name():
            return replace(node, span=span, accents=(*node.accents, accent))
        case Scripted():
            base = _accent(node.base, accent, node.base.span)
            return None if base is None else replace(node, span=span, base=base)
        case Juxt(_, items):
            names = [x for x in items if isinstance(x, Name) and not x.accents]
            letters = [x for x in names if len(x.base) == 1 and x.base.isalpha()]
            if len(letters) == len(items) and len({x.style for x in letters}) == 1:
                return Name(span, "".join(x.base for x in letters), (accent,), letters[0].style)
        case Number():
            return Name(span, node.text, (accent,))
    return None
