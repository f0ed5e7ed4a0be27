"""A document's formulas, headings and declarations, found in one pass."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from .diagnostic import Diagnostic, InvalidEquation
from .document import Heading, Region
from .latex.lexer import MAX_FORMULA
from .latex.macros import DEFINITION, Macro, read_definition
from .span import Source, Span

MAX_DOCUMENT = 1024 * 1024
MAX_FINDINGS = 100
_ENVIRONMENTS = "equation|align|alignat|aligned|alignedat|gather|gathered|multline|eqnarray|split|flalign|dmath"
_DELIMITED = re.compile(
    rf"(?<!\\)(?:\\\\)*(?:\$|\\\[|\\\(|\\begin\s*\{{(?:{_ENVIRONMENTS})\*?\}})|^ {{0,3}}(?:#{{1,6}}\s|```|~~~)",
    re.M,
)
_MARKDOWN = re.compile(
    rf"""
      ^(?:
          (?P<fence>[ \t>]*(?P<ticks>`{{3,}}|~{{3,}}|:{{3,}}(?=\{{math\}}))[ ]*(?P<about>[^`\n]*)$)
        | (?P<heading>[ ]{{0,3}}(?P<hashes>\#{{1,6}})(?=[ \t\n]|$)[ \t]*(?P<title>[^\n]*)$)
        | (?P<setext>[ ]{{0,3}}(?P<words>[^\s\#>`~|=+*$\\<-][^\n]*)\n[ ]{{0,3}}(?P<rule>=+|-{{2,}})[ \t]*$)
        | (?P<blank>[ \t>]*$(?:\n[ \t>]*$)*)
        | (?P<item>[ \t>]*(?:[-*+]|\d{{1,9}}[.)])[ \t]+)
      )
    | (?=[<`{{$\\%])(?:
          (?P<comment><!--)
        | (?P<code>(?P<role>\{{math\}})?`+)
        | (?P<dollars>\$\$|\$)
        | (?P<bracket>\\[\[(])
        | (?P<begin>\\begin\s*\{{\s*(?P<name>(?:{_ENVIRONMENTS})\*?|verbatim\*?|lstlisting|minted|comment)\s*\}})
        | (?P<section>\\(?P<level>part|chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?\s*\{{)
        | (?P<define>\\(?:newcommand|renewcommand|providecommand|DeclareMathOperator|def|let)(?![A-Za-z]))
        | (?P<input>\\(?:input|include)(?![A-Za-z])\s*(?:\{{[^{{}}\n]*\}})?)
        | (?P<percent>%[^\n]*)
        | (?P<escape>\\.)
      )
    """,
    re.X | re.S | re.M,
)
_SKIPPED = frozenset("verbatim verbatim* lstlisting minted comment".split())
_LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4,
           "subparagraph": 5}  # fmt: skip
_OPTIONS = re.compile(r"(?:[ \t]*:[A-Za-z_-]+:[^\n]*\n)*")
_INTERRUPTED = re.compile(r"\n[ ]{0,3}(?:#{1,6}[ \t]|```|~~~)|\n[ \t]*\n[ \t]*\n[ \t]*\n")
_TITLE = re.compile(r"(?:[^{}\\]|\\.|\{[^{}]*\})*\}", re.S)
_PROSE_CUT = re.compile(r"\n[ \t>]*\n")


class Scan(NamedTuple):
    """What a document holds, in order."""

    headings: tuple[Heading, ...]
    regions: tuple[Region, ...]
    declarations: tuple[tuple[str, Span], ...]
    macros: tuple[Macro, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class _Found(NamedTuple):
    kind: str
    span: Span
    start: int  # with delimiters
    stop: int
    environment: str


def scan(source: Source) -> Scan:
    """Headings, formula regions, declaration blocks and macros of a source.

    The format follows the name: ``.tex`` is LaTeX, ``.md`` and its like (and the
    joined Markdown cells of an ``.ipynb``) are Markdown; any other name is a
    string: Markdown if it holds a delimiter or heading, else one display formula.
    Time is linear in the length of the text.
    """
    text = source.text
    if len(text) > MAX_DOCUMENT:
        span = Span(MAX_DOCUMENT, MAX_DOCUMENT + 1)
        message = f"the document has {len(text)} characters, at most {MAX_DOCUMENT} are read"
        return Scan((), (), (), (), (Diagnostic("E001", message, span, help="split it into several files"),))
    suffix = source.name.rsplit(".", 1)[-1].lower() if "." in source.name else ""
    if suffix not in ("md", "markdown", "qmd", "rmd", "mdx", "ipynb", "tex", "latex", "txt", "rst"):
        if not _DELIMITED.search(text):
            return _whole(source)
    return _Scanner(source, suffix in ("tex", "latex")).run()


def _whole(source: Source) -> Scan:
    text = source.text
    start = len(text) - len(text.lstrip())
    span = Span(start, max(start, len(text.rstrip())))
    regions = (Region("display", span, 0, -1),) if span.start < span.stop else ()
    macros: list[Macro] = []
    wrong: list[Diagnostic] = []
    at = 0
    while len(wrong) < MAX_FINDINGS and (m := DEFINITION.search(text, at)):
        try:
            macros.append(read_definition(source, m, min(len(text), m.start() + MAX_FORMULA)))
            at = macros[-1].span.stop
        except InvalidEquation as error:
            wrong.append(error.diagnostic)
            at = m.end()
    return Scan((), regions, (), tuple(macros), tuple(wrong))


class _Scanner:
    """State of one pass."""

    def __init__(self, source: Source, tex: bool) -> None:
        self.source = source
        self.text = source.text
        self.tex = tex
        self.headings: list[Heading] = []
        self.found: list[_Found] = []
        self.breaks: list[int] = []  # where paragraphs begin
        self.declarations: list[tuple[str, Span]] = []
        self.macros: list[Macro] = []
        self.wrong: list[Diagnostic] = []
        self.runs = {} if tex else _backticks(self.text)
        self.fences = _fences(self.text) if not tex else []
        self.next: dict[str, tuple[int, int]] = {}  # of a closer: where it was looked for last, and found
        self.broken = 0  # definitions that could not be read

    def run(self) -> Scan:
        text, at = self.text, self._begin()
        while m := _MARKDOWN.search(text, at):
            kind = m.lastgroup or ""
            for name in ("fence", "heading", "setext", "code", "begin", "section"):
                if m.group(name) is not None:
                    kind = name
                    break
            at = max(self._take(kind, m), m.start() + (m.end() == m.start()))
            if at >= len(text):
                break
        return Scan(
            tuple(self.headings),
            tuple(self._regions()),
            tuple(self.declarations),
            tuple(self.macros),
            tuple(self.wrong),
        )

    def _begin(self) -> int:
        """After the front matter of a Markdown file."""
        if not self.tex and self.text.startswith("---\n"):
            end = self.text.find("\n---", 3)
            if 0 < end < 65536:
                return end + 4
        return 0

    def _take(self, kind: str, m: re.Match[str]) -> int:
        """Record what was found; gives where to go on."""
        end = m.end()
        match kind:
            case "fence" if not self.tex:
                return self._fence(m)
            case "comment" if not self.tex:
                close = self._find("-->", end)
                return close + 3 if close >= 0 else end
            case "heading" if not self.tex:
                title = m.group("title").strip()
                title = re.sub(r"(?:^|[ \t]+)#+$", "", title)
                self._heading(len(m.group("hashes")), title, Span(m.start(), end))
                self.breaks.append(end)
                return m.start("title")
            case "setext" if not self.tex:
                level = 1 if m.group("rule")[0] == "=" else 2
                self._heading(level, m.group("words").strip(), Span(m.start(), end))
                self.breaks.append(end)
                return m.start("words") + 1
            case "blank" | "item":
                if kind == "blank" or not self.tex:
                    self.breaks.append(end)
                return end
            case "code" if not self.tex:
                return self._code(m)
            case "dollars":
                return self._dollars(m)
            case "bracket":
                return self._bracket(m)
            case "begin":
                return self._environment(m)
            case "section":
                return self._section(m)
            case "define":
                return self._define(m)
            case "input" if self.tex:
                message = "the file is not read: only .tex files beside or below the document are taken in"
                self.wrong.append(Diagnostic("E031", message, Span(m.start(), end), help="copy it into the document"))
                return end
            case "percent":
                return end if self.tex else m.start() + 1
        return end if kind == "escape" else m.start() + 1

    def _find(self, closer: str, at: int, visible: bool = False) -> int:
        r"""The next closer, looked for once however often it is asked for.

        A line break ``\\`` before a ``visible`` one, as in ``\\[2pt]``, hides it.
        """
        start, found = self.next.get(closer, (len(self.text), 0))
        if start <= at and (found < 0 or at <= found):
            return found
        found = self.text.find(closer, at)
        while visible and found > 0 and self.text[found - 1] == "\\" and self.text[found - 2] != "\\":
            found = self.text.find(closer, found + 1)
        self.next[closer] = at, found
        return found

    def _heading(self, level: int, title: str, span: Span) -> None:
        self.breaks.append(span.start)
        self.headings.append(Heading(level, title, span))

    def _add(self, kind: str, inner: Span, start: int, stop: int, environment: str = "") -> int:
        text = self.text
        a, b = inner.start, inner.stop
        while a < b and text[a] in " \t\r\n":
            a += 1
        while b > a and text[b - 1] in " \t\r\n":
            b -= 1
        if a < b:
            self.found.append(_Found(kind, Span(a, b), start, stop, environment))
        return stop

    def _unclosed(self, opener: str, closer: str, m: re.Match[str]) -> int:
        self.wrong.append(
            Diagnostic(
                "E009",
                f"the formula opened by '{opener}' is never closed",
                Span(m.start(), m.end()),
                help=f"add '{closer}', or write '\\{opener[0]}' for the character itself"
                if opener[0] == "$"
                else f"add '{closer}'",
            )
        )
        return m.end()

    def _fence(self, m: re.Match[str]) -> int:
        """A fenced block: a formula, a declaration, or code to skip."""
        ticks, about = m.group("ticks"), m.group("about").strip()
        body = min(m.end() + 1, len(self.text))
        k = bisect_right(self.fences, m.start(), key=lambda fence: fence[0])
        while k < len(self.fences):
            start, stop, mark = self.fences[k]
            if start >= body and mark[0] == ticks[0] and len(mark) >= len(ticks):
                break
            k += 1
        else:
            start = stop = len(self.text)
        self.breaks.append(m.start())
        self.breaks.append(stop)
        name = about.split()[0] if about else ""
        if name in ("math", "{math}", "{.math}", "latex-math"):
            options = _OPTIONS.match(self.text, body, start)
            self._add("display", Span(options.end() if options else body, start), m.start(), stop, "math")
        elif name in ("texjit", "{texjit}"):
            self.declarations.append((self.text[body:start], Span(body, start)))
        return stop

    def _code(self, m: re.Match[str]) -> int:
        ticks = m.group().removeprefix("{math}")
        places = self.runs.get(len(ticks), [])
        k = bisect_left(places, m.end())
        if k == len(places):
            return m.end()
        close = places[k]
        if m.group("role"):
            return self._add("inline", Span(m.end(), close), m.start(), close + len(ticks))
        return close + len(ticks)

    def _dollars(self, m: re.Match[str]) -> int:
        text, start, at = self.text, m.start(), m.end()
        if m.group() == "$$":
            close = self._find_unescaped("$$", at)
            if close < 0 or _INTERRUPTED.search(text, at, min(close, at + 70000)):
                return self._unclosed("$$", "$$", m)
            self.breaks.append(close + 2)
            return self._add("display", Span(at, close), start, close + 2, "$$")
        if text.startswith("`", at):  # GitHub's $`…`$
            close = self._find("`$", at + 1)
            if close >= 0 and "\n\n" not in text[at : min(close, at + 4096)] and close < at + 4096:
                return self._add("inline", Span(at + 1, close), start, close + 2)
        # Pandoc's rule: no space inside the dollars, no digit after the closing one.
        if at >= len(text) or (text[at].isspace() and not self.tex):
            return at
        close = self._find_unescaped("$", at)
        if close < 0 or _PROSE_CUT.search(text, at, min(close, at + 70000)) or close > at + 70000:
            return self._unclosed("$", "$", m) if self.tex else at
        if not self.tex and (text[close - 1].isspace() or text[close + 1 : close + 2].isdigit()):
            return at
        if text.startswith("$$", close):
            return at
        return self._add("inline", Span(at, close), start, close + 1, "$")

    def _find_unescaped(self, closer: str, at: int) -> int:
        close = self._find(closer, at)
        while close > 0:
            slashes = 0
            while close - slashes - 1 >= at and self.text[close - slashes - 1] == "\\":
                slashes += 1
            if slashes % 2 == 0:
                return close
            close = self._find(closer, close + 1)
        return close

    def _bracket(self, m: re.Match[str]) -> int:
        closer = r"\]" if m.group() == r"\[" else r"\)"
        close = self._find(closer, m.end(), visible=True)
        if close < 0 or _INTERRUPTED.search(self.text, m.end(), min(close, m.end() + 70000)):
            return self._unclosed(m.group(), closer, m) if self.tex else m.end()
        kind = "display" if closer == r"\]" else "inline"
        if kind == "display":
            self.breaks.append(close + 2)
        return self._add(kind, Span(m.end(), close), m.start(), close + 2, m.group())

    def _environment(self, m: re.Match[str]) -> int:
        name = m.group("name")
        closer = f"\\end{{{name}}}"
        close = self._find(closer, m.end())
        if close < 0:
            return self._unclosed(m.group(), closer, m)
        stop = close + len(closer)
        if name in _SKIPPED:
            return stop
        self.breaks.append(stop)
        return self._add("display", Span(m.start(), stop), m.start(), stop, name)

    def _section(self, m: re.Match[str]) -> int:
        title = _TITLE.match(self.text, m.end(), m.end() + 4096)
        if title is None:
            return m.end()
        at = title.end()
        self._heading(_LEVELS[m.group("level")], self.text[m.end() : at - 1].strip(), Span(m.start(), at))
        self.breaks.append(at)
        return at

    def _define(self, m: re.Match[str]) -> int:
        definition = DEFINITION.match(self.text, m.start())
        assert definition is not None
        if self.broken > MAX_FINDINGS:
            return m.end()
        try:
            macro = read_definition(self.source, definition, min(len(self.text), m.start() + MAX_FORMULA))
        except InvalidEquation as error:
            self.broken += 1
            if self.tex or m.group() not in (r"\def", r"\let"):
                self.wrong.append(error.diagnostic)
            return m.end()
        self.macros.append(macro)
        return macro.span.stop

    def _regions(self) -> Iterable[Region]:
        """Regions with their block, heading and the prose around them."""
        text, found = self.text, self.found
        cuts = sorted(set(self.breaks))
        starts = [h.span.start for h in self.headings]
        block, last = 0, -1
        paragraph = -1
        for k, f in enumerate(found):
            mine = bisect_right(cuts, f.start)
            if f.kind == "display" or last < 0 or mine != paragraph or found[k - 1].kind == "display":
                block += 1
            paragraph, last = mine, k
            begin = cuts[mine - 1] if mine else 0
            before_start = max(begin, found[k - 1].stop if k else 0)
            if f.kind == "display" and not text[before_start : f.start].strip():
                # The paragraph right above introduces a display.
                j = mine - 1
                while j > 0 and not text[cuts[j - 1] : f.start].strip() and mine - j < 4:
                    j -= 1
                above = cuts[j - 1] if j > 0 else 0
                heading = self.headings[bisect_right(starts, f.start) - 1].span.stop if starts else 0
                before_start = max(above, found[k - 1].stop if k else 0, heading if heading <= f.start else 0)
            end = cuts[bisect_left(cuts, f.stop + 1)] if bisect_left(cuts, f.stop + 1) < len(cuts) else len(text)
            if k + 1 < len(found):
                end = min(end, found[k + 1].start)
            yield Region(
                f.kind,
                f.span,
                block - 1,
                bisect_right(starts, f.start) - 1,
                text[before_start : f.start].strip(),
                text[f.stop : max(end, f.stop)].strip(),
                f.environment,
            )


def _backticks(text: str) -> dict[int, list[int]]:
    """Places of backtick runs by their length."""
    out: dict[int, list[int]] = {}
    for m in re.finditer(r"`+", text):
        out.setdefault(m.end() - m.start(), []).append(m.start())
    return out


def _fences(text: str) -> list[tuple[int, int, str]]:
    """Lines that may close a fence: start, stop and marks."""
    pattern = re.compile(r"^[ \t>]*(`{3,}|~{3,}|:{3,})[ \t]*$", re.M)
    return [(m.start(), m.end(), m.group(1)) for m in pattern.finditer(text)]
