"""The sets that parameters range over."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .digits import written

#: Kinds of set.  ``interval`` is a real interval, ``integer`` an integer one,
#: ``finite`` lists its members; the others are of whole arrays: ``simplex`` (last
#: axis sums to one), ``spd``/``psd``/``symmetric`` (last two axes), ``orthogonal``.
KINDS = ("interval", "integer", "finite", "simplex", "spd", "psd", "symmetric", "orthogonal")


@dataclass(frozen=True, slots=True)
class Domain:
    """A set: its kind and, for intervals, its ends (``None`` is unbounded)."""

    kind: str = "interval"
    lo: Fraction | None = None
    hi: Fraction | None = None
    lo_open: bool = False
    hi_open: bool = False
    members: tuple[Fraction, ...] = ()

    def __str__(self) -> str:
        match self.kind:
            case "interval" if self.lo is None and self.hi is None:
                return "ℝ"
            case "interval":
                left = "(" if self.lo is None or self.lo_open else "["
                right = ")" if self.hi is None or self.hi_open else "]"
                lo = "-∞" if self.lo is None else written(self.lo)
                hi = "∞" if self.hi is None else written(self.hi)
                return f"{left}{lo}, {hi}{right}"
            case "integer" if self.lo is None and self.hi is None:
                return "ℤ"
            case "integer":
                return f"integers {'' if self.lo is None else self.lo}..{'' if self.hi is None else self.hi}"
            case "finite":
                return "{" + ", ".join(map(written, self.members)) + "}"
            case "simplex":
                return "probabilities summing to 1 over the last axis"
            case "spd":
                return "symmetric positive definite"
            case "psd":
                return "symmetric positive semidefinite"
            case kind:
                return kind


REAL = Domain()
POSITIVE = Domain(lo=Fraction(0), lo_open=True)
NONNEGATIVE = Domain(lo=Fraction(0))
UNIT = Domain(lo=Fraction(0), hi=Fraction(1))
INTEGER = Domain("integer")
SIMPLEX = Domain("simplex", Fraction(0), Fraction(1))
SPD = Domain("spd")


def interval_intersection(a: Domain, b: Domain) -> Domain:
    """The interval common to two interval domains; the kind of the narrower set."""
    if a.lo is None or (b.lo is not None and (b.lo, b.lo_open) > (a.lo, a.lo_open)):
        lo, lo_open = b.lo, b.lo_open
    else:
        lo, lo_open = a.lo, a.lo_open
    if a.hi is None or (b.hi is not None and (b.hi, not b.hi_open) < (a.hi, not a.hi_open)):
        hi, hi_open = b.hi, b.hi_open
    else:
        hi, hi_open = a.hi, a.hi_open
    kind = "integer" if "integer" in (a.kind, b.kind) else a.kind
    return Domain(kind, lo, hi, lo_open, hi_open)
