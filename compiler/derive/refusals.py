"""What has no derivative, said to the author."""

from __future__ import annotations

from ...equations.diagnostic import Diagnostic, Unsupported
from ...equations.span import Span


def no_derivative(name: str, what: str, cure: str = "") -> Unsupported:
    """The refusal of a derivative of ``name``."""
    return Unsupported(Diagnostic("E320", f"{name} has no derivative by that: {what}", Span(0, 0), (), cure))
