"""What must hold for every input whatsoever, and the watch that sees it held."""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType

from texjit.equations.diagnostic import Diagnostic, TexjitError
from texjit.equations.document import Document
from texjit.equations.latex import tree as t
from texjit.equations.latex.grammar import parse_formula, split_rows
from texjit.equations.latex.lexer import Token, tokenize
from texjit.equations.latex.printer import to_latex
from texjit.equations.latex.tables import BINARIES
from texjit.equations.load import notebook
from texjit.equations.read import read_source
from texjit.equations.span import Source, Span
from texjit.equations.understand import Reading, understand

#: CPU seconds for reading: so much at once, and so much for each character.
AT_ONCE, EACH = 1.0, 200e-6
#: CPU seconds for understanding one short document.
MEANING = 20.0
#: Whatever hangs is stopped after this many CPU seconds.
HANGS = 60.0
#: Reading itself may do none of these; what libraries do when first imported is done before.
FORBIDDEN = (
    "open",
    "import",
    "exec",
    "compile",
    "subprocess.",
    "socket.",
    "os.",
    "shutil.",
    "ctypes.",
    "pickle.",
    "marshal.",
    "tempfile.",
    "webbrowser.",
    "code.__new__",
)


class Broken(Exception):
    """An invariant that did not hold; ``kind`` groups like failures."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind = kind
        super().__init__(f"{kind}: {what}")


class _Watch:
    """An audit hook cannot be taken off again, so that this one sleeps between inputs."""

    def __init__(self) -> None:
        self.awake = False
        self.hooked = False
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.awake and event.startswith(FORBIDDEN):
            self.seen.append(f"{event} {arguments!r}"[:300])


_WATCH = _Watch()


@contextmanager
def watched() -> Iterator[None]:
    """No file is opened, nothing imported or executed, no process or socket started; and it ends."""
    if not _WATCH.hooked:
        sys.addaudithook(_WATCH)
        _WATCH.hooked = True
    _WATCH.seen.clear()
    previous = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, HANGS)
    _WATCH.awake = True
    try:
        yield
    finally:
        _WATCH.awake = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
    if _WATCH.seen:
        raise Broken("forbidden", _WATCH.seen[0])


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Broken("hang", f"more than {HANGS} s of CPU time")


def limit_memory(extra: int) -> None:
    """From now on the process may take so many more bytes; beyond them Python raises ``MemoryError``."""
    pages = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (pages + extra, resource.RLIM_INFINITY))


def check(name: str, text: str, meaning: bool = False) -> tuple[int, int, int]:
    """Read (and understand) a text; gives the numbers of statements, of findings and of equations.

    Raises ``Broken`` where an invariant does not hold, and lets untyped exceptions through.
    """
    with watched():
        begin = time.process_time()
        source = Source(name, text)
        if name.endswith(".ipynb"):
            try:
                source = notebook(source)
                text = source.text
            except TexjitError as error:
                _spans([error.diagnostic], Source(name, text.split("\n", 1)[0][:200]))
                return 0, 1, 0
        document = read_source(source)
        took = time.process_time() - begin
        if took > AT_ONCE + EACH * len(text):
            raise Broken("slow", f"reading {len(text)} characters took {took:.2f} s")
        _spans(document.diagnostics, source)
        for s in document.statements:
            _inside(s.span, s.region.span, "a statement outside of its region")
            _inside(s.region.span, Span(0, len(text)), "a region outside of the text")
            # What a macro brings in stands where it is used, its arguments where they are written.
            _check_tree(s.tree, Span(0, len(text)) if "\\newcommand" in text or "\\def" in text else None)
        if (
            name == "<string>"
            and len(document.regions) == 1
            and document.regions[0].span.stop - document.regions[0].span.start == len(text.strip())
        ):
            _check_formula(source, document.regions[0].span)
        if not meaning:
            return len(document.statements), len(document.diagnostics), 0
        begin = time.process_time()
        readings = understand(document)
        took = time.process_time() - begin
    if took > MEANING:
        raise Broken("slow meaning", f"understanding {len(text)} characters took {took:.2f} s")
    _check_readings(document, readings)
    return len(document.statements), len(document.diagnostics), sum(r.meaning is not None for r in readings)


def _check_readings(document: Document, readings: tuple[Reading, ...]) -> None:
    if len(readings) != len(document.statements):
        raise Broken("readings", "not one for each statement")
    for r in readings:
        if r.diagnostic is None:
            continue
        if r.diagnostic.code == "E198":
            raise Broken("fault", r.diagnostic.message)
        _spans([r.diagnostic], document.source)


def _spans(findings: tuple[Diagnostic, ...] | list[Diagnostic], source: Source) -> None:
    for d in findings:
        if not 0 <= d.span.start < d.span.stop or d.span.start > len(source.text):
            raise Broken("span", f"{d.code} at {d.span} of a text of {len(source.text)} characters")
        if d.span.stop > len(source.text) + 1:
            raise Broken("span", f"{d.code} at {d.span} of a text of {len(source.text)} characters")
        if not d.message or "\n" in d.render(source).split("\n")[0][:-1]:
            raise Broken("finding", f"{d.code} without a message of one line")


def _inside(inner: Span, outer: Span, what: str) -> None:
    if not outer.start <= inner.start <= inner.stop <= outer.stop:
        raise Broken("span", f"{what}: {inner} and {outer}")


def _check_tree(root: t.Node, around: Span | None) -> None:
    """Every node lies within its parent, or ``around`` where macros move nodes about."""
    stack = [root]
    while stack:
        node = stack.pop()
        for child in node.children():
            _inside(child.span, around or node.span, f"a {type(child).__name__} outside of its {type(node).__name__}")
            stack.append(child)


def _check_formula(source: Source, span: Span) -> None:
    """Nothing is dropped, and what is printed reads as the same tree."""
    statements, wrong = parse_formula(source, span)
    if wrong or not statements:
        return
    if not any(c in source.text for c in ("\\newcommand", "\\def", "\\let", "\\DeclareMath", "\\renewc", "\\provide")):
        _check_consumed([p.tree for p in statements], [t for row in split_rows(tokenize(source, span)) for t in row])
    for p in statements:
        printed = to_latex(p.tree)
        again, wrong = parse_formula(Source("printed", printed), Span(0, len(printed)))
        if wrong:
            raise Broken("print", f"{printed!r} is refused: {wrong[0].message}")
        if [q.tree for q in again] != [p.tree]:
            raise Broken("print", f"{printed!r} reads {[t.dump(q.tree) for q in again]}, not {t.dump(p.tree)}")


def _check_consumed(trees: list[t.Node], tokens: list[Token]) -> None:
    """Every letter and number of the formula stands in a leaf or is the word of an operator."""
    tokens = [token for token in tokens if token.kind != "label"]
    covered: set[int] = set()
    for root in trees:
        for node in t.walk(root):
            if isinstance(node, t.Name | t.Number | t.Text):
                covered.update(range(node.span.start, node.span.stop))
            elif isinstance(node, t.Apply | t.Nabla):
                first = min((c.span.start for c in node.children()), default=node.span.stop)
                covered.update(range(node.span.start, first))
            elif isinstance(node, t.Big):
                first = min((c.span.start for c in node.children()), default=node.span.stop)
                covered.update(range(node.span.start, first))
                if node.differentials:
                    covered.update(tok.start for tok in tokens if tok.text == "d")
            elif isinstance(node, t.Relation):
                for a, b in pairwise(node.sides):
                    covered.update(range(a.span.stop, b.span.start))
    _check_counts(trees, tokens)
    for token in tokens:
        if token.kind in ("letter", "number") and not set(range(token.start, token.stop)) <= covered:
            raise Broken(
                "dropped", f"{token.text!r} at {token.start} stands in no leaf of {[t.dump(x) for x in trees]}"
            )


def _check_counts(trees: list[t.Node], tokens: list[Token]) -> None:
    """No script, prime, minus, relation or operator is left out."""
    found: Counter[str] = Counter()
    for node in (n for root in trees for n in t.walk(root)):
        if isinstance(node, t.Scripted):
            found["'"] += node.primes
        if isinstance(node, t.Scripted | t.Apply | t.Big | t.Nabla):
            found["script"] += (node.sub is not None) + (node.sup is not None)
        match node:
            case t.Labelled(label=label):
                found["script"] += label is not None
            case t.Sum(signs=signs):
                found["-"] += signs.count("-")
            case t.Relation(ops=ops):
                found["relation"] += len(ops)
            case t.Binary():
                found["binary"] += 1
            case t.Postfix():
                found["!"] += 1
            case t.Name(base=base, style=style):
                found["-"] += (base == "minus") + base.count("_") * (style == "rm")
                found["relation"] += base in _LONE_RELATIONS
                found["binary"] += base in (
                    "star",
                    "cdot",
                    "circ",
                    "times",
                    "oplus",
                    "otimes",
                    "slash",
                    "odot",
                    "cdots",
                )
                found["!"] += base == "bang"
    words = [n.span for root in trees for n in t.walk(root) if isinstance(n, t.Text)]
    written = Counter(_kind(x) for x in tokens if not any(w.start <= x.start < w.stop for w in words))
    raised = sum(a.text == "^" and b.text == "'" for a, b in pairwise(tokens))
    raised += sum(
        a.text == "^" and b.kind == "lbrace" and c.text == "'"
        for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )
    found["script"] += raised
    # What is written over a relation says in words what it means.
    worded = any(token.text in ("overset", "underset", "stackrel") for token in tokens)
    for kind, count in written.items():
        if kind and found[kind] < count and not worded:
            raise Broken("dropped", f"{count - found[kind]} of {kind!r} in {[t.dump(x) for x in trees]}")


_LONE_RELATIONS = frozenset("eq lt gt le ge ne to gets in".split())


def _kind(token: Token) -> str:
    if token.kind == "relation":
        return "relation"
    if token.kind == "char" and token.text in "_^":
        return "script"
    if token.kind == "char" and token.text in "'-!":
        return token.text
    return "binary" if token.kind in ("char", "command") and token.text in BINARIES else ""
