"""Random formulas and documents from a grammar, most of them damaged a little: seeded, and from nothing but Python."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEGKLNPQSTXYZ"
GREEK = r"\alpha \beta \gamma \epsilon \theta \lambda \mu \sigma \phi \Sigma \Phi \ell \nabla \infty \partial".split()
STYLES = r"\mathbf \mathbb \mathcal \mathrm \boldsymbol \operatorname \mathit \mathsf".split()
ACCENTS = r"\hat \bar \tilde \dot \vec \widehat \overline".split()
WORDS = (
    r"\text{KL} \text{softmax} \text{if } \text{otherwise} \text{for all } \text{ReLU} \mathrm{tr} \text{a b}"
    r" \operatorname{diag} \mathrm{d} \text{data}"
).split(" ")
FUNCTIONS = r"\log \exp \sin \cos \tanh \det \ln \max \min \sup \arg\max \operatorname{erf} \Pr \lim".split()
BIGS = r"\sum \prod \max \min \int \inf \arg\min \mathbb{E} \bigcup \iint".split()
BINARIES = r"\cdot \times / \odot \otimes * \circ \setminus \cup \bmod \oplus \div".split()
RELATIONS = r"= = = \le \ge < > \ne \approx \sim \in := \to \iff \propto \equiv \subseteq \implies".split()
SIGNS = ["+", "-", "+", "-", r"\pm", r"\mp"]
BRACKETS = tuple(
    (pair.split()[0], pair.split()[1])
    for pair in (
        r"( ),( ),( ),[ ],\{ \},\left( \right),| |,\| \|,\lfloor \rfloor,\langle \rangle,( ],"
        r"\left. \right|,\lVert \rVert"
    ).split(",")
)
SETS = (
    r"\mathbb{R}",
    r"\mathbb{R}^{d}",
    r"\mathbb{S}_{++}^d",
    r"\Delta^{K}",
    "(0,1)",
    r"\{0,1\}",
    r"\mathbb{Z}_{\ge 0}",
)
SPACES = ("", " ", " ", r"\,", r"\;", r"\quad ", "~", "\n", "%x\n", r"\!", "&")
#: Characters that a reader may trip over: NUL, bidi, invisible, confusable, combining, wide, beyond the plane.
STRANGE = (
    "\0\x01\x07\x08\x0b\x0c\x1b\x7f\x85\xa0\xad\u200b\u200d\u202e\u2066\u2028\u2029\ufeff\ufffe\ufdd0\u0301\u0302\u20d7"
    "\u0430\u0435\u043e\u0391\u03bf\u212a\u2460\u00b2\u207b\u2081\u2099\u2071\u0660\u0967\uff11\uff58\u1d465\u00df\u0130"
    "\u2113\u2102\u211d\u2211\u222b\u2202\u2207\u2264\u00d7\u00bd\u2026\u2032\u2016\u27e8\u221a\ufb01\u1e9e\u3000"
    "\U0001d465\U0001d7d9\U0001f600\U000e0041\U0010ffff\ud800"
)
#: Pieces of syntax that do harm in the wrong place.
SHARDS = (
    *r"""$ $$ { } \ \\ ^ _ ' & # #1 % ~ | \| \left \right \middle| \begin{cases} \end{cases} \begin{ \end \text{ \text{$
    \frac \sqrt[ \not \limits \over \choose \substack{ \tag{1} \label ``` <!-- --> ` \[ \] \( \) \newcommand \def \let
    999999999999999999999999999999 0.0.1 .5 1{,}000 1e9 __import__ """.split(),
    *r"""\input{x} \overset{ \underset \hspace \mathrm \operatorname* \displaystyle := .. ! \unknown @ " ? ; : \quad \cr
    \\[2pt] \arg \forall \exists \mid \prime \surd \cdot \dots \int \underbrace""".split(),
    "# ", "d x", r"\mathbb E", "\r", "\r\n", "\'\'\'", '"""',
)  # fmt: skip


class Grammar:
    """Formulas, documents and damage, drawn from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    # formulas

    def space(self) -> str:
        return self.rng.choice(SPACES) if self.rng.random() < 0.15 else " "

    def name(self) -> str:
        rng = self.rng
        match rng.randrange(12):
            case 0 | 1:
                return rng.choice(GREEK)
            case 2:
                return f"{rng.choice(STYLES)}{{{rng.choice(LETTERS)}}}"
            case 3:
                return f"{rng.choice(ACCENTS)}{{{rng.choice(LETTERS)}}}"
            case 4:
                return rng.choice(WORDS)
            case 5:
                return rng.choice(("1", "2", "0", "10", "0.5", "3.14"))
            case _:
                return rng.choice(LETTERS)

    def script(self, depth: int) -> str:
        rng = self.rng
        inner = rng.choice(("i", "j", "t", "1", "2", "t-1", "T", "-1", "+", "*", "i,j", "0:T", "n", r"\top", "k"))
        if depth and rng.random() < 0.1:
            inner = self.listing(depth - 1)
        mark = rng.choice("__^^'")
        if mark == "'":
            return "'"
        return f"{mark}{inner}" if len(inner) == 1 and rng.random() < 0.6 else f"{mark}{{{inner}}}"

    def operand(self, depth: int) -> str:
        rng = self.rng
        if not depth:
            return self.name()
        below = depth - 1
        match rng.randrange(16):
            case 0 | 1:
                a, b = rng.choice(BRACKETS)
                return f"{a}{self.space()}{self.listing(below)}{self.space()}{b}"
            case 2:
                return rf"\frac{{{self.sum(below)}}}{{{self.sum(below)}}}"
            case 3:
                return rf"\sqrt{{{self.sum(below)}}}"
            case 4 | 5:
                argument = rng.choice((f"({self.listing(below)})", f" {self.name()}", f"{{{self.name()}}}"))
                return f"{rng.choice(FUNCTIONS)}{argument}"
            case 6:
                return self.big(below)
            case 7:
                return f"{rng.choice((*LETTERS[:8], 'KL', 'softmax'))}({self.listing(below)})"
            case 8 if rng.random() < 0.4:
                return self.array(below)
            case 9 if rng.random() < 0.3:
                return rf"{rng.choice((chr(92) + 'underbrace', chr(92) + 'overset{!}'))}{{{self.sum(below)}}}"
            case _:
                return self.name()

    def big(self, depth: int) -> str:
        rng = self.rng
        bounds = rng.choice(
            ("_{i=1}^{n}", "_i", "_{x}", r"_{x \in S}", "_{i<j}", "_0^1", "", r"_{x \sim p}", "_{j=0}^9")
        )
        op = rng.choice(BIGS)
        body = f"[{self.listing(depth)}]" if op == r"\mathbb{E}" else " " + self.term(depth)
        return f"{op}{bounds}{body}" + (r" \, dx" if op in (r"\int", r"\iint") and rng.random() < 0.8 else "")

    def array(self, depth: int) -> str:
        rng = self.rng
        kind = rng.choice(("cases", "pmatrix", "bmatrix", "aligned"))
        rows = [f"{self.sum(depth)} & {self.relation(depth)}" for _ in range(rng.choice((1, 2, 2, 3)))]
        return rf"\begin{{{kind}}} " + r" \\ ".join(rows) + rf" \end{{{kind}}}"

    def factor(self, depth: int) -> str:
        out = self.operand(depth)
        while self.rng.random() < 0.25:
            out += self.script(depth)
        return out

    def term(self, depth: int) -> str:
        rng = self.rng
        parts = [self.factor(depth) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        out = self.space().join(parts)
        if rng.random() < 0.15:
            out += f" {rng.choice(BINARIES)} {self.factor(depth)}"
        return out

    def sum(self, depth: int) -> str:
        rng = self.rng
        out = rng.choice(("", "", "", "", "-")) + self.term(depth)
        while rng.random() < 0.25:
            out += f" {rng.choice(SIGNS)} {self.term(depth)}"
        return out

    def relation(self, depth: int) -> str:
        rng = self.rng
        if rng.random() < 0.08:
            return rf"{self.name()} \in {rng.choice(SETS)}"
        out = self.sum(depth)
        while rng.random() < 0.2:
            out += f" {rng.choice(RELATIONS)} {self.sum(depth)}"
        return out

    def listing(self, depth: int) -> str:
        out = self.relation(depth)
        while self.rng.random() < 0.2:
            out += self.rng.choice((", ", "; ", "|", r" \mid ", r" \| ", ": ", ",")) + self.relation(depth)
        return out

    def formula(self, depth: int | None = None) -> str:
        rng = self.rng
        depth = rng.choice((0, 0, 1, 1, 1, 2)) if depth is None else depth
        match rng.randrange(6):
            case 0:
                return self.listing(depth)
            case 1:
                return f"{rng.choice('fgL')}({', '.join(rng.sample('xyzwp', rng.choice((1, 2))))}) = {self.sum(depth)}"
            case 2:
                return f"{rng.choice('abmv')}_t = {rng.choice('abmv')}_{{t-1}} + {self.sum(depth)}"
            case 3:
                return f"{self.name()} = {self.sum(depth)}, \\quad {self.relation(depth)}"
            case _:
                return f"{rng.choice(LETTERS)} = {self.sum(depth)}"

    # documents

    def document(self) -> str:
        rng = self.rng
        blocks = [self.block() for _ in range(rng.choice((1, 1, 2, 3)))]
        return rng.choice(("\n\n", "\n\n", "\n", "\r\n\r\n", " ")).join(blocks)

    def block(self) -> str:
        rng = self.rng
        f = self.formula
        match rng.randrange(14):
            case 0:
                return rng.choice(("# ", "## ", "#", "- ", "> ", "1. ")) + rng.choice(
                    ("Loss", "Adam Optimizer", "$x$", "", "`a`")
                )
            case 1:
                return f"where ${f(0)}$ and ${f(0)}$, for ${self.name()} \\in {rng.choice(SETS)}$."
            case 2:
                return rng.choice(
                    ("```texjit\nx in R^d; a > 0\n```", f"```math\n{f()}\n```", "```python\n$x$\n```", "```\n$")
                )
            case 3:
                arity, used = rng.choice(("", "[1]", "[2]")), rng.choice(("#1", ""))
                return rf"\newcommand{{\{rng.choice('abxy')}}}{arity}{{{f(0)} {used}}}"
            case 4:
                env = rng.choice(("align", "equation", "gather*", "aligned", "split", "multline"))
                return rf"\begin{{{env}}} {f()} \\ &{rng.choice(RELATIONS)} {self.sum(1)} \end{{{env}}}"
            case 5:
                return rf"\[ {f()} \]"
            case 6:
                return rf"\({f(1)}\) costs 5$ or $6; `${f(0)}$` <!-- ${f(0)}$ -->"
            case 7:
                return rf"\section{{{rng.choice(('A', '{b}', '$x$'))}}} \def\q#1{{{f(0)}#1}} $\q{{x}}$"
            case _:
                return f"$${f()}$$"

    def notebook(self) -> str:
        """A notebook as text; sometimes no notebook at all."""
        rng = self.rng
        cells = [
            {"cell_type": rng.choice(("markdown", "code")), "source": rng.choice((self.block(), [self.block(), "\n"]))}
            for _ in range(rng.choice((0, 1, 2)))
        ]
        made: object = {"cells": cells, "nbformat": 4}
        if rng.random() < 0.3:
            odd: tuple[object, ...] = (None, 1, [], {}, "x", [[]], {"cells": 1}, {"cells": {}}, [None])
            made = rng.choice(
                (
                    rng.choice(odd),
                    {"cells": rng.choice(odd)},
                    {"cells": [{"cell_type": "markdown", "source": rng.choice(odd)}]},
                )
            )
        return json.dumps(made)

    # damage

    def damaged(self, text: str) -> str:
        """The text after a few small accidents."""
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            text = self.rng.choice(self._accidents)(self, text)
        return text

    def _place(self, text: str) -> tuple[int, int]:
        at = self.rng.randrange(len(text) + 1)
        return at, min(len(text), at + self.rng.choice((1, 1, 2, 4, 8)))

    def _delete(self, text: str) -> str:
        a, b = self._place(text)
        return text[:a] + text[b:]

    def _double(self, text: str) -> str:
        a, b = self._place(text)
        return text[:b] + text[a:b] * self.rng.choice((1, 1, 2, 5)) + text[b:]

    def _swap(self, text: str) -> str:
        a, b = self._place(text)
        c = min(len(text), b + b - a)
        return text[:a] + text[b:c] + text[a:b] + text[c:]

    def _insert(self, text: str) -> str:
        a, _ = self._place(text)
        return text[:a] + self.rng.choice(SHARDS) + text[a:]

    def _estrange(self, text: str) -> str:
        a, _ = self._place(text)
        return text[:a] + self.rng.choice(STRANGE) + text[a:]

    def _wrap(self, text: str) -> str:
        a, b = self._place(text)
        opening, closing = self.rng.choice(
            (
                *BRACKETS,
                ("{", "}"),
                ("_{", "}"),
                ("^{", "}"),
                (r"\hat{", "}"),
                ("$", "$"),
                (r"\text{", "}"),
                (r"\mathrm{", "}"),
                (r"\frac{", "}{x}"),
            )
        )
        return text[:a] + opening + text[a:b] + closing + text[b:]

    def _cut(self, text: str) -> str:
        return text[: self.rng.randrange(len(text) + 1)]

    _accidents: tuple[Callable[[Grammar, str], str], ...] = (
        _delete,
        _delete,
        _double,
        _swap,
        _insert,
        _insert,
        _estrange,
        _wrap,
        _wrap,
        _cut,
    )

    def bomb(self) -> str:
        """Something small that asks for much, or something long and dull."""
        rng = self.rng
        n = rng.choice((3, 10, 30, 30, 100, 205))
        k = rng.choice((2, 9))
        units = r"\frac{1};x_;x^;(;[;\left(;|;-;\sqrt;{;f(x);\hat;\sum_i ;a/;A;x,;';!;\\;&;\text{a};|x;\log ;d;\int "
        unit = rng.choice(f"{units};9;_{{i;=".split(";"))
        match rng.randrange(8):
            case 0:
                powers = "^{".join(["9"] * n) + "}" * (n - 1)
                return f"$x = {powers}$"
            case 1:
                chain = "".join(
                    rf"\newcommand{{\{chr(97 + i)}}}{{{(chr(92) + chr(98 + i)) * k}}}" for i in range(min(n, 24))
                )
                return chain + r"$x = \a$"
            case 2:
                return r"\newcommand{\a}[1]{#1\a{#1#1}} $\a{x}$"
            case 3:
                return f"$y = x^{{{'9' * n}}} + \\sum_{{i=1}}^{{{'9' * (n % 20 + 1)}}} x_i$"
            case 4:
                return f"${unit * n}x{'}' * (n * (unit.count('{') - unit.count('}')))}$"
            case 5:
                return f"${unit * n}x{')' * n}$"
            case 6:
                return f"$x_{{{self.listing(0) * n}}}$"
            case _:
                return f"$$f = {' + '.join([self.term(1)] * min(n, 40))}$$"

    # everything

    def source(self) -> tuple[str, str]:
        """A file name and a text, short as a rule."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.93:
            text = self.formula()
            if rng.random() < 0.6:
                text = self.damaged(text)
            return "<string>", text
        if kind < 0.992:
            text = self.document()
            if rng.random() < 0.6:
                text = self.damaged(text)
            return rng.choice(("a.md", "a.md", "a.tex", "<string>")), text
        if kind < 0.997:
            text = self.notebook()
            return "a.ipynb", self.damaged(text) if rng.random() < 0.3 else text
        return "a.md", self.bomb()
