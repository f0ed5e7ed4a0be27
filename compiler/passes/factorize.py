"""Solve instead of inverting.

    Σ_a Σ_b u_a S⁻¹[a,b] u_b  =  Σ_a w_a²,  L Lᵀ = S, L w = u       (S positive definite)
    Σ_b A⁻¹[a,b] u_b          =  w_a,       A w = u                 (Cholesky where A is)
    log det S                 =  2 Σ_a log L[a,a]                   (S positive definite)

Before: the stage ``frozen``, inverses are lets read by element.  After: no sum over a whole
column of an inverse is left, nor over a row where the matrix is symmetric; factors may come
in any order, nested or flat, and through lets.  What else reads an inverse keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..binding import alpha_equal, free_indices, ranges_for, read, renamed, substitute
from ..context import Context, rewrite
from ..expr import (
    ArrayOp,
    Call,
    Element,
    Expr,
    Index,
    Let,
    Operand,
    Program,
    Range,
    Reduce,
    Var,
    walk,
)
from ..matching import Part, factors, quotient
from ..positions import const, extent, minus
from ..sums import same

SYMMETRIC = frozenset({"spd", "psd", "symmetric"})


def factorize(program: Program) -> Program:
    """Every body with its inverses solved."""
    # Quadratic forms first: their inner sum alone is a product too.
    return rewrite(rewrite(program, _form_rule), _product_rule)


def _form_rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Reduce("sum"):
            return _form(context, e)
        case Call("log", (Var(name),)):
            return _log_determinant(context, name, ())
        case Call("log", (Element(name, at),)):
            return _log_determinant(context, name, at)
    return None


def _product_rule(context: Context, e: Expr) -> Expr | None:
    return _product(context, e) if isinstance(e, Reduce) and e.monoid == "sum" else None


@dataclass(frozen=True, slots=True)
class _Term:
    """A product under sums with one element of an inverse among its factors."""

    ranges: tuple[Range, ...]
    negative: bool
    parts: tuple[Part, ...]
    inverse: Let
    at: tuple[Expr, Expr]
    lead: tuple[Expr, ...]  # which matrix of an array of them

    @property
    def matrix(self) -> Operand:
        assert isinstance(self.inverse.body, ArrayOp)
        return Operand(self.inverse.body.operands[0].array, self.lead)


def _term(context: Context, e: Expr, depth: int = 0) -> _Term | None:
    """``e`` as sums over one product, sums among its factors pulled out."""
    ranges: list[Range] = []
    while isinstance(e, Reduce) and e.monoid == "sum":
        ranges.append(e.range)
        e = e.body
    if ranges and isinstance(e, Var | Element):
        e = context.look(e)
    negative, parts = factors(e)
    flat: list[Part] = []
    for below, x in parts:
        y = context.look(x) if isinstance(x, Var | Element) and _mentions_inverse(context, x) else x
        while isinstance(y, Reduce) and y.monoid == "sum" and not below and _mentions_inverse(context, y):
            ranges.append(y.range)
            y = y.body
        flip, inner = factors(y, below)
        negative ^= flip
        flat += inner
    elements = [x for below, x in flat if not below and isinstance(x, Element) and _inverse(context, x)]
    if len(elements) != 1 or not isinstance(elements[0], Element):
        return None
    found = elements[0]
    rest = tuple(p for p in flat if p[1] is not found)
    let = context.lets[found.array]
    row, column = found.at[-2:]
    return _Term(tuple(ranges), negative, rest, let, (row, column), found.at[:-2])


def _inverse(context: Context, e: Expr) -> bool:
    """Is an expression one element of the inverse of a matrix, or of all matrices of an array?"""
    let = context.lets.get(e.array) if isinstance(e, Element) else None
    if let is None or not isinstance(let.body, ArrayOp) or let.body.op != "inverse":
        return False
    return let.body.operands[0].lead == tuple(minus(Index(r.name), r.lo) for r in let.ranges[:-2])


def _mentions_inverse(context: Context, e: Expr) -> bool:
    shown = context.look(e) if isinstance(e, Var | Element) else e
    return any(_inverse(context, n) for n in walk(shown))


def _along(context: Context, term: _Term, side: int) -> Range | None:
    """The range that runs over a whole row (0) or column (1) of the inverse."""
    axis = term.inverse.ranges[side - 2]
    leading = frozenset().union(*map(free_indices, term.lead))
    for r in term.ranges:
        whole = same(r.lo, axis.lo) and same(r.hi, axis.hi)
        if whole and same(term.at[side], minus(Index(r.name), r.lo)):
            if r.name not in free_indices(term.at[1 - side]) | leading:
                return r
    return None


def _split(term: _Term, name: str, others: frozenset[str]) -> tuple[list[Part], list[Part]] | None:
    """Factors that use the index, and the rest; ``None`` where one uses others with it."""
    mine: list[Part] = []
    rest: list[Part] = []
    for part in term.parts:
        free = free_indices(part[1])
        if name in free:
            if free & others:
                return None
            mine.append(part)
        else:
            rest.append(part)
    return mine, rest


def _is_spd(context: Context, array: str) -> bool:
    return array in context.domains and context.domains[array].kind == "spd"


def _is_symmetric(context: Context, array: str) -> bool:
    return array in context.domains and context.domains[array].kind in SYMMETRIC


def _operand(context: Context, vector: Expr, along: Range) -> Operand:
    """The array whose last axis is ``vector`` along a range, named where it has no name."""
    place = minus(Index(along.name), along.lo)
    match vector:
        case Element(array, (*lead, last)) if last == place and not any(along.name in free_indices(e) for e in lead):
            return Operand(array, tuple(lead))
    outer = ranges_for(vector, tuple(r for r in context.around.values() if r.name != along.name))
    ranges, values = renamed((*outer, along), context.names)
    let = Let(context.names.fresh("vector"), ranges, substitute(vector, values, context.names))
    context.add(let)
    return Operand(let.name, tuple(minus(Index(r.name), r.lo) for r in outer))


def _array_let(context: Context, op: str, operands: tuple[Operand, ...], axis: tuple[Range, ...]) -> Let:
    """The let of a whole-array operation, repeated over the indices of its operands' leads."""
    free = frozenset().union(*(free_indices(e) for o in operands for e in o.lead))
    outer = tuple(r for r in context.around.values() if r.name in free)
    ranges, values = renamed((*outer, *axis), context.names)
    moved = tuple(Operand(o.array, tuple(substitute(e, values, context.names) for e in o.lead)) for o in operands)
    known = ArrayOp(op, moved)
    for let in context.lets.values():
        if not outer and let.body == known:
            return let
    let = Let(context.names.fresh(op), ranges, known)
    context.add(let)
    return let


def _cholesky(context: Context, term: _Term) -> Let:
    return _array_let(context, "cholesky", (term.matrix,), term.inverse.ranges[-2:])


def _solution(context: Context, op: str, matrix: Operand, vector: Operand, axis: Range, at: Expr) -> Expr:
    """Element ``at`` of the solution of one system."""
    let = _array_let(context, op, (matrix, vector), (axis,))
    return read(let, *_leads(context, matrix, vector), at)


def _leads(context: Context, *operands: Operand) -> tuple[Expr, ...]:
    """Where the let of an operation is read for the indices that are bound around."""
    free = frozenset().union(*(free_indices(e) for o in operands for e in o.lead))
    outer = tuple(r for r in context.around.values() if r.name in free)
    return tuple(minus(Index(r.name), r.lo) for r in outer)


def _wrapped(term: _Term, skip: frozenset[str], parts: list[Part]) -> Expr:
    out = quotient(parts)
    for r in reversed([r for r in term.ranges if r.name not in skip]):
        out = Reduce("sum", r, out)
    return Call("neg", (out,)) if term.negative else out


def _form(context: Context, e: Expr) -> Expr | None:
    """A quadratic form of a positive definite matrix."""
    term = _term(context, e)
    if term is None or not _is_spd(context, term.matrix.array):
        return None
    row, column = _along(context, term, 0), _along(context, term, 1)
    if row is None or column is None or row.name == column.name:
        return None
    left = _split(term, row.name, frozenset({column.name}))
    right = _split(term, column.name, frozenset({row.name}))
    if left is None or right is None:
        return None
    u, v = quotient(left[0]), quotient(right[0])
    if not alpha_equal(substitute(u, {row.name: Index(column.name)}, context.names), v):
        return None
    rest = [p for p in left[1] if column.name not in free_indices(p[1])]
    factor = _cholesky(context, term)
    place = minus(Index(row.name), row.lo)
    vector = _operand(context, u, row)
    lower = Operand(factor.name, _leads(context, term.matrix))
    w = _solution(context, "solve_lower", lower, vector, row, place)
    square = Reduce("sum", row, Call("square", (w,)))
    return _wrapped(term, frozenset({row.name, column.name}), [*rest, (False, square)])


def _product(context: Context, e: Expr) -> Expr | None:
    """An inverse times a vector."""
    term = _term(context, e)
    if term is None:
        return None
    for side in (1, 0):
        if side == 0 and not _is_symmetric(context, term.matrix.array):
            continue
        along = _along(context, term, side)
        if along is None:
            continue
        bound = frozenset(r.name for r in term.ranges) - {along.name}
        split = _split(term, along.name, bound)
        if split is None or not split[0]:
            continue
        vector = _operand(context, quotient(split[0]), along)
        op = "solve_spd" if _is_spd(context, term.matrix.array) else "solve"
        w = _solution(context, op, term.matrix, vector, along, term.at[1 - side])
        return _wrapped(term, frozenset({along.name}), [*split[1], (False, w)])
    return None


def _log_determinant(context: Context, name: str, at: tuple[Expr, ...]) -> Expr | None:
    let = context.lets.get(name)
    if let is None or not isinstance(let.body, ArrayOp) or let.body.op != "determinant":
        return None
    matrix = Operand(let.body.operands[0].array, at)
    if not _is_spd(context, matrix.array):
        return None
    axis = next(p for p in context.program.params if p.name == matrix.array).axes[-1]
    ranges = tuple(Range(context.names.fresh(c), const(1), extent(axis)) for c in "ab")
    factor = _array_let(context, "cholesky", (matrix,), ranges)
    r = Range(context.names.fresh("a"), const(1), extent(axis))
    place = minus(Index(r.name), r.lo)
    element = read(factor, *_leads(context, matrix), place, place)
    return Call("mul", (const(2), Reduce("sum", r, Call("log", (element,)))))
