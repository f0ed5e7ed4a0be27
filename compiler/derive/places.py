"""Where an element is read: the indices of a read turned round.

A body under the ranges ``V`` reads ``A`` at affine positions ``at(V)``.  What arrives at
``A[q]`` comes from all ``V`` with ``at(V) = q``: `solve` gives the indices of V that q
determines, those that are left to sum over, with their bounds, the positions that are no
free choice (``ties``: ``A[3]``, ``A[i, i]``), and the conditions that remain (``guards``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..expr import Call, Compare, Const, Expr, Extent, Index, Range
from ..positions import ZERO, minus, plus
from ..sums import affine, extreme, indices, simplified, substitute


@dataclass(slots=True)
class Solution:
    """Values of the solved indices, ranges of the others, fixed dimensions, conditions."""

    values: dict[str, Expr] = field(default_factory=dict)
    ranges: list[Range] = field(default_factory=list)
    ties: dict[int, Expr] = field(default_factory=dict)
    guards: list[Expr] = field(default_factory=list)


def solve(
    at: Sequence[Expr], unknown: Sequence[Range], target: Sequence[Range], around: Sequence[Range]
) -> Solution:
    """The indices ``unknown`` (outermost first) under which ``at`` is the element at the indices of ``target``.

    ``around`` are the ranges outside of both, on which positions and bounds may depend.
    """
    out = Solution()
    left = {r.name: r for r in unknown}
    for k, (p, r) in enumerate(zip(at, target, strict=True)):
        value = simplified(substitute(plus(p, r.lo), out.values))
        free = [n for n in left if n in indices(value)]
        solvable = [n for n in free if abs(affine(value).coefficient(Index(n))) == 1 and _is_plain(value, n)]
        if solvable:
            # The innermost index: bounds of the others seldom depend on it.
            name = solvable[-1]
            found = _isolated(value, name, Index(r.name))
            out.values = {n: simplified(substitute(v, {name: found})) for n, v in out.values.items()}
            out.values[name] = found
            out.ties = {d: simplified(substitute(v, {name: found})) for d, v in out.ties.items()}
            del left[name]
        elif free:
            out.guards.append(Compare("==", value, Index(r.name)))
        else:
            out.ties[k] = value
    _bounds(out, unknown, left, target, around)
    return out


def _is_plain(e: Expr, name: str) -> bool:
    """Does an index occur in a sum only as a term of its own?"""
    return all(atom == Index(name) or name not in indices(atom) for atom, _ in affine(e).terms)


def _isolated(value: Expr, name: str, equal: Expr) -> Expr:
    """The index from ``value = equal``."""
    a = affine(value)
    c = a.coefficient(Index(name))
    rest = minus(value, Call("mul", (Const(c), Index(name))))
    return minus(equal, rest) if c > 0 else minus(rest, equal)


def _bounds(
    out: Solution, unknown: Sequence[Range], left: Mapping[str, Range], target: Sequence[Range],
    around: Sequence[Range],
) -> None:
    """Ranges of the indices that are left, and what the bounds of the solved ones ask for."""
    known = {r.name: r for r in (*around, *target)}
    made: dict[str, Range] = {}
    asked: list[tuple[Expr, Expr]] = []  # lower ≤ upper
    for r in unknown:
        lo, hi = (simplified(substitute(e, out.values)) for e in (r.lo, r.hi))
        if r.name not in left:
            value = out.values[r.name]
            asked += [(lo, value), (value, hi)]
            continue
        later = left.keys() - made.keys()
        if indices(lo, hi) & later:
            # Bounds by an index that is bound further in: the widest ones, and a condition.
            inner = [left[n] for n in reversed(list(left)) if n in later]
            asked += [(lo, Index(r.name)), (Index(r.name), hi)]
            widest = extreme(lo, inner, largest=False), extreme(hi, inner, largest=True)
            lo, hi = (e if e is not None else b for e, b in zip(widest, (r.lo, r.hi), strict=True))
        made[r.name] = Range(r.name, lo, hi)
    for lower, upper in asked:
        _ask(out, made, known, lower, upper)
    out.ranges = list(made.values())


def _ask(out: Solution, made: dict[str, Range], known: Mapping[str, Range], lower: Expr, upper: Expr) -> None:
    """``lower ≤ upper``: proved, a bound of an index that is left, or a condition."""
    gap = minus(upper, lower)
    if is_nonnegative(gap, [*reversed(list(made.values())), *reversed(list(known.values()))]):
        return
    names = [n for n in made if n in indices(gap)]
    if names and _is_plain(gap, names[-1]):
        name, a = names[-1], affine(gap)
        c, r = a.coefficient(Index(name)), made[name]
        rest = minus(gap, Call("mul", (Const(c), Index(name))))
        outer = [made[n] for n in reversed(list(made)[: list(made).index(name)])]
        proof = [*outer, *reversed(list(known.values()))]
        if c == 1:
            bound = minus(ZERO, rest)
            if is_nonnegative(minus(bound, r.lo), proof):
                made[name] = Range(name, bound, r.hi)
                return
            if is_nonnegative(minus(r.lo, bound), proof):
                return
        elif c == -1:
            if is_nonnegative(minus(r.hi, rest), proof):
                made[name] = Range(name, r.lo, rest)
                return
            if is_nonnegative(minus(rest, r.hi), proof):
                return
    out.guards.append(Compare("<=", lower, upper))


def is_nonnegative(e: Expr, ranges: Sequence[Range]) -> bool:
    """Is an integer proved not to be negative over ranges, innermost first?  Axes have elements."""
    least = extreme(e, ranges, largest=False)
    if least is None:
        return False
    a = affine(least)
    if any(not isinstance(atom, Extent) or c < 0 for atom, c in a.terms):
        return False
    return a.const + sum((c for _, c in a.terms), start=type(a.const)(0)) >= 0



