"""What statements were taken for, and the state of reading one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .attached import Attached
from .claim import Claim
from .context import Declared, Refusal
from .diagnostic import Diagnostic
from .document import Document, Statement
from .equation import Equation, Recurrence
from .latex import tree as t
from .latex.printer import to_latex
from .noise import Drawn
from .span import Span
from .target import Target
from .values import ShapeMismatch

KINDS = (
    "definition", "claim", "recurrence", "sampling", "objective", "derivation", "declaration", "fragment",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one statement was taken for.

    ``meaning`` is the equation or recurrence behind it, if any; ``diagnostic`` says
    why there is none; ``unsupported`` tells a limit of ours from an error of the text.
    ``claim`` holds the relations of a claim, or those of a definition that goes on.
    """

    statement: Statement
    kind: str
    name: str = ""
    meaning: Equation | Recurrence | None = None
    message: str = ""
    diagnostic: Diagnostic | None = None
    unsupported: bool = False
    roles: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    claim: Claim | None = None

    @property
    def latex(self) -> str:
        return to_latex(self.statement.tree)


@dataclass(slots=True)
class Candidate:
    """A statement that may define something, while names are being collected."""

    index: int
    goal: Target
    rhs: t.Node
    chain: bool
    busy: bool = False
    tried: bool = False
    equation: Equation | None = None
    refusal: Refusal | ShapeMismatch | None = None


@dataclass(slots=True)
class Reader:
    """The state of reading one document.

    ``statements`` are those of the document with their shorthand written out, ``notes``
    what that assumed; ``words`` are the names it declares or defines, ``told`` what the
    prose under a heading calls its symbols; ``attached`` are the conditions that follow
    a statement on its line, ``drawn`` the symbols that the text draws from a law,
    ``beside`` the arrays that carry an index in a display, and ``lengths`` the letters
    that only bound indices.  When ``judging``, what says anew what is known already is a claim.
    """

    document: Document
    statements: tuple[Statement, ...]
    library: Mapping[str, Equation]
    given: tuple[Declared, ...]
    unlinked: frozenset[str]
    candidates: dict[int, Candidate] = field(default_factory=dict)
    systems: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    declared: list[tuple[int, Declared]] = field(default_factory=list)
    readings: dict[int, Reading] = field(default_factory=dict)
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    told: dict[int, dict[str, tuple[int, str]]] = field(default_factory=dict)
    broken: list[tuple[int, Refusal]] = field(default_factory=list)
    arrays: dict[int, dict[str, int]] = field(default_factory=dict)
    nearby: dict[int, dict[str, int]] = field(default_factory=dict)
    drawn: tuple[Drawn, ...] = ()
    doubtful: frozenset[str] = frozenset()
    lettered: frozenset[str] = frozenset()
    attached: dict[int, list[Attached]] = field(default_factory=dict)
    beside: dict[int, set[str]] = field(default_factory=dict)
    lengths: frozenset[str] = frozenset()
    ranges: dict[int, dict[str, frozenset[str]]] = field(default_factory=dict)
    judging: bool = False


def refused(s: Statement, kind: str, name: str, no: Refusal | ShapeMismatch) -> Reading:
    """The reading of a statement that has no meaning, and why."""
    code = no.code if isinstance(no, Refusal) else "E202"
    unsupported = isinstance(no, Refusal) and no.unsupported
    span = no.span if s.span.start <= no.span.start <= s.span.stop and no.span.stop else s.span
    d = Diagnostic(code, no.message, span, no.notes, no.help)
    return Reading(s, kind, name, None, no.message, d, unsupported)


#: Why a kind of statement has no kernel, by code; what has no entry defines nothing.
WITHOUT_KERNEL = {"claim": "E186", "sampling": "E187"}


def told(reading: Reading) -> Diagnostic:
    """Why a reading has no kernel: its own diagnostic, or what its kind says."""
    if reading.diagnostic is not None:
        return reading.diagnostic
    tree = reading.statement.tree
    side = tree.sides[-1] if isinstance(tree, t.Relation) and tree.ops[-1] in ("=", "approx", "equiv") else tree
    value = not isinstance(side, t.Relation | t.Separated)
    help = f"to compile it, give it a name: y = {to_latex(side).strip()}" if value else "write a definition: f(x) = …"
    code = WITHOUT_KERNEL.get(reading.kind, "E185")
    return Diagnostic(code, reading.message, reading.statement.span, help=help)


def bug(error: Exception, span: Span) -> Refusal:
    """A fault of ours in one statement, told as one; the others are not harmed."""
    return Refusal("E198", f"a fault of texjit's own: {type(error).__name__}: {error}", span,
                   "please report the formula")
