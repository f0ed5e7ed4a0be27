"""What a claim says: relations between sides that share their parameters, in index form."""

from __future__ import annotations

from dataclasses import dataclass

from .equation import Equation
from .span import Span

#: Relations that are judged, as the tree spells them; ``equiv`` between values is an equality.
RELATIONS = {"=": "=", ":=": "=", "equiv": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
#: What joins whole relations.
CONNECTIVES = {"iff": "iff", "implies": "implies", "equiv": "iff"}


@dataclass(frozen=True, slots=True)
class Step:
    """One relation between two sides of a claim, which are outputs of its equation.

    ``clause`` numbers the chain that it belongs to: chains are joined by connectives.  ``latex`` is the
    relation as written, ``span`` the side that it adds, which is blamed where it is wrong.  ``loose``
    are symbols that are neither declared nor shared by both sides: of such a relation it is open
    whether it says something of all their values or of those that satisfy it.
    """

    left: str
    op: str
    right: str
    latex: str
    span: Span
    clause: int = 0
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """Relations that are said to hold for all values of the parameters in their domains.

    ``sides`` has one output for each side; ``connectives`` join the clauses, one fewer than there are.
    ``hypotheses`` are words of the sentence that restrict the claim in a way that is not formal;
    ``tables`` are the laws that it is about, taken over finite sets of outcomes, and ``narrower`` are
    claims of fewer laws, each with what a claim is that is true of these alone;
    ``averages`` tells that an expectation is read as a mean over samples, ``derived`` that the
    relations are the further sides of a definition.
    """

    sides: Equation
    steps: tuple[Step, ...]
    connectives: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    averages: bool = False
    derived: bool = False
    tables: tuple[str, ...] = ()
    narrower: tuple[tuple[str, Claim], ...] = ()

    def clause(self, k: int) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if s.clause == k)
