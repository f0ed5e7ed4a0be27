"""Normalized exponentials: lets ``s[r, i] = exp(u_i) / Σ_j exp(u_j)``, whose derivatives are shares again.

    ∂s_i/∂u_j  =  s_i (δ_ij − s_j)

Taken through the quotient and the sum, the same derivative has squares of the sum below it, and the terms of
a second one cancel to nothing where one share is near 1.  In shares each derivative is a mean of
differences from means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..binding import Names, alpha_equal, free_indices, substitute, unfold
from ..expr import ArrayOp, Call, Element, Expr, Index, Let, Range, Reduce, Var


@dataclass(frozen=True, slots=True)
class Shares:
    """The exponent at the ranges of the let, and the place of the range over which shares add up to 1."""

    exponent: Expr
    place: int


def shares(lets: Mapping[str, Let], let: Let, names: Names) -> Shares | None:
    """What a let of normalized exponentials is made of; ``None`` of any other let."""
    match let.body:
        case Call("div", (Call("exp", (u,)), (Var() | Element()) as total)):
            pass
        case _:
            return None
    source = lets.get(total.name if isinstance(total, Var) else total.array)
    if source is None or isinstance(source.body, ArrayOp):
        return None
    match unfold(source, total.at if isinstance(total, Element) else (), names):
        case Reduce("sum", Range(j, lo, hi), Call("exp", (v,))):
            for k, r in enumerate(let.ranges):
                beside = {n for other in let.ranges for n in free_indices(other.lo) | free_indices(other.hi)}
                if (r.lo, r.hi) != (lo, hi) or r.name in free_indices(total) | beside:
                    continue  # a total of its own for each of them: exp(a_i b_i) / Σ_j exp(a_j b_i)
                if alpha_equal(substitute(v, {j: Index(r.name)}, names), u):
                    return Shares(u, k)
    return None
