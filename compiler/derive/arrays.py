"""Derivatives of whole-array operations: inverse and determinants.

    d(A⁻¹) = −A⁻¹ dA A⁻¹,    d det A = det A · tr(A⁻¹ dA),    d log|det A| = tr(A⁻¹ dA)

of one matrix, or of each matrix of an array.  Solves and Cholesky factors are recognised later,
in derivatives as in values.  Every element of A counts as free, also where A is symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..binding import Names, let_key, read, read_here, renamed, substitute
from ..expr import ArrayOp, Call, Element, Expr, Index, Let, Operand, Program, Range, Reduce, Var, map_program
from ..positions import minus
from .partials import minus as negative
from .partials import times
from .refusals import no_derivative

if TYPE_CHECKING:
    from .vjp import Reverse


def name_log_determinants(program: Program) -> Program:
    """Every ``log det A`` and ``log |det A|`` as a let, so that no determinant is divided by."""
    names = Names.of(program)
    found: dict[str, str] = {}
    determinants = {let.name for let in program.lets if _is(let, "determinant")}

    def rule(e: Expr) -> Expr | None:
        match e:
            case Call("log", (Call("abs", (inner,)),)) | Call("log", (inner,)):
                pass
            case _:
                return None
        match inner:
            case Var(name) if name in determinants:
                return Var(found.setdefault(name, names.fresh(f"log_{name}")))
            case Element(name, at) if name in determinants:
                return Element(found.setdefault(name, names.fresh(f"log_{name}")), at)
        return None

    made = map_program(program, rule)
    lets: list[Let] = []
    for let in made.lets:
        lets.append(let)
        if let.name in found:
            ranges, _ = renamed(let.ranges, names)
            lets.append(Let(found[let.name], ranges, Call("log", (Call("abs", (read_here(let, ranges),)),))))
    return replace(made, lets=tuple(lets))


def log_determinant(lets: Mapping[str, Let], let: Let) -> ArrayOp | None:
    """The logarithm of a determinant as an operation at the ranges of a let that is one."""
    match let.body:
        case Call("log", (Call("abs", ((Var() | Element()) as inner,)),)):
            source = lets.get(inner.name if isinstance(inner, Var) else inner.array)
            if source is None or not _is(source, "determinant") or inner != read_here(source, let.ranges):
                return None
            assert isinstance(source.body, ArrayOp)
            (matrix,) = source.body.operands
            here = {r.name: Index(own.name) for r, own in zip(source.ranges, let.ranges, strict=True)}
            return ArrayOp("log_determinant", (_put(matrix, here, Names()),))
    return None


def _is(let: Let, op: str) -> bool:
    return isinstance(let.body, ArrayOp) and let.body.op == op


def _put(matrix: Operand, values: Mapping[str, Expr], names: Names) -> Operand:
    return replace(matrix, lead=tuple(substitute(e, values, names) for e in matrix.lead))


@dataclass(frozen=True, slots=True)
class _Matrix:
    """One matrix of an array: ranges of its lead, its places there, and the two ranges of its elements."""

    array: str
    lead: tuple[Range, ...]
    places: tuple[Expr, ...]
    rows: Range
    columns: Range

    def renamed(self, names: Names) -> _Matrix:
        (*lead, rows, columns), values = renamed((*self.lead, self.rows, self.columns), names)
        places = tuple(substitute(e, values, names) for e in self.places)
        return _Matrix(self.array, tuple(lead), places, rows, columns)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return (*self.lead, self.rows, self.columns)

    def at(self, i: Range, j: Range) -> tuple[Expr, ...]:
        """The places of an element of the matrix in its array."""
        return (*self.places, minus(Index(i.name), i.lo), minus(Index(j.name), j.lo))


def _matrix(name: str, let: Let, op: ArrayOp, shape: Sequence[Range], names: Names) -> _Matrix:
    """The matrix of an operation at the ranges of its let."""
    (matrix, *others) = op.operands
    if others or op.op not in ("inverse", "determinant", "log_determinant"):
        raise no_derivative(name, op.op)
    lead = let.ranges[: len(matrix.lead)]
    return _Matrix(matrix.array, lead, matrix.lead, *shape[-2:]).renamed(names)


def _inverse(m: _Matrix, lets: Mapping[str, Let], names: Names) -> tuple[Let, bool]:
    """The let of the inverses, and whether it is new."""
    copy = m.renamed(names)
    made = Let(f"inverse_{m.array}", copy.ranges, ArrayOp("inverse", (Operand(m.array, copy.places),)))
    for let in lets.values():
        if _is(let, "inverse") and let_key(let) == let_key(made):
            return let, False
    return replace(made, name=names.fresh(made.name)), True


def _element(inverse: Let, m: _Matrix, i: Range, j: Range) -> Expr:
    lead = [minus(Index(r.name), r.lo) for r in m.lead]
    return read(inverse, *lead, minus(Index(i.name), i.lo), minus(Index(j.name), j.lo))


def array_adjoint(sweep: Reverse, let: Let, op: ArrayOp, whole: Expr) -> None:
    """Send the adjoint ``whole`` (at the let's dimensions) through an operation to its matrix."""
    m = _matrix(sweep.program.name, let, op, sweep.dims[op.operands[0].array], sweep.names)
    inverse, new = _inverse(m, sweep.lets, sweep.names)
    if new:
        sweep.lets[inverse.name] = inverse
        sweep.made.append(inverse)
    dims, (a, b) = sweep.dims[let.name], (m.rows, m.columns)
    here: dict[str, Expr] = {d.name: Index(r.name) for d, r in zip(dims, m.lead, strict=False)}
    if op.op != "inverse":
        whole = sweep.put(whole, here)
        if op.op == "determinant":
            whole = times(whole, read_here(let, m.lead))
        sweep.arrive(m.array, m.at(a, b), m.ranges, times(whole, _element(inverse, m, b, a)), ())
        return
    (i, j), _ = renamed((a, b), sweep.names)
    *_, rows, columns = dims
    inner = sweep.put(whole, {**here, rows.name: Index(i.name), columns.name: Index(j.name)})
    body = times(times(_element(inverse, m, i, a), inner), _element(inverse, m, b, j))
    sweep.arrive(m.array, m.at(a, b), (*m.ranges, i, j), negative(body), ())


def array_tangent(
    lets: Mapping[str, Let], names: Names, let: Let, op: ArrayOp, tangent: str
) -> tuple[list[Let], Let]:
    """The tangent of an operation's result, and lets that it needs."""
    m = _matrix(let.name, let, op, lets[tangent].ranges, names)
    inverse, new = _inverse(m, lets, names)
    before = [inverse] if new else []
    (i, j), _ = renamed((m.rows, m.columns), names)
    moved = read(lets[tangent], *m.at(i, j))
    if op.op != "inverse":
        total: Expr = Reduce("sum", i, Reduce("sum", j, times(_element(inverse, m, j, i), moved)))
        body = times(read_here(let, m.lead), total) if op.op == "determinant" else total
        return before, Let(names.fresh(f"{let.name}_dot"), m.lead, body)
    product = times(times(_element(inverse, m, m.rows, i), moved), _element(inverse, m, j, m.columns))
    body = negative(Reduce("sum", i, Reduce("sum", j, product)))
    return before, Let(names.fresh(f"{let.name}_dot"), m.ranges, body)
