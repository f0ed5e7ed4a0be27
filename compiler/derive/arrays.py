"""Derivatives of whole-array operations: inverse and determinants.

    d(A⁻¹) = −A⁻¹ dA A⁻¹,    d det A = det A · tr(A⁻¹ dA),    d log|det A| = tr(A⁻¹ dA)

Solves and Cholesky factors are recognised later, in derivatives as in values.  Every element
of A counts as free, also where A is symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..binding import Names, read, renamed
from ..expr import ArrayOp, Call, Expr, Index, Let, Operand, Program, Range, Reduce, Var, map_program
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
            case Call("log", (Var(name) | Call("abs", (Var(name),)),)) if name in determinants:
                return Var(found.setdefault(name, names.fresh(f"log_{name}")))
        return None

    made = map_program(program, rule)
    lets: list[Let] = []
    for let in made.lets:
        lets.append(let)
        if let.name in found:
            lets.append(Let(found[let.name], (), Call("log", (Call("abs", (Var(let.name),)),))))
    return replace(made, lets=tuple(lets))


def log_determinant(lets: dict[str, Let], let: Let) -> Operand | None:
    """The matrix of which a let is the logarithm of the determinant."""
    match let.body:
        case Call("log", (Call("abs", (Var(name),)),)) if name in lets and _is(lets[name], "determinant"):
            body = lets[name].body
            assert isinstance(body, ArrayOp)
            return body.operands[0]
    return None


def _is(let: Let, op: str) -> bool:
    return isinstance(let.body, ArrayOp) and let.body.op == op


def inverse_of(matrix: Operand, axes: Sequence[Range], lets: dict[str, Let], names: Names) -> tuple[Let, bool]:
    """The let of an inverse, and whether it is new."""
    for let in lets.values():
        if _is(let, "inverse") and let.body == ArrayOp("inverse", (matrix,)):
            return let, False
    ranges, _ = renamed(tuple(axes), names)
    return Let(names.fresh(f"inverse_{matrix.array}"), ranges, ArrayOp("inverse", (matrix,))), True


def array_adjoint(sweep: Reverse, let: Let, op: ArrayOp, whole: Expr) -> None:
    """Send the adjoint ``whole`` (at the let's dimensions) through an operation to its matrix."""
    (matrix, *others) = op.operands
    if others or matrix.lead or op.op not in ("inverse", "determinant", "log_determinant"):
        raise no_derivative(sweep.program.name, op.op)
    inverse, new = inverse_of(matrix, sweep.dims[matrix.array], sweep.lets, sweep.names)
    if new:
        sweep.lets[inverse.name] = inverse
        sweep.made.append(inverse)
    (a, b), _ = renamed(inverse.ranges, sweep.names)
    here = (minus(Index(a.name), a.lo), minus(Index(b.name), b.lo))
    if op.op != "inverse":
        if op.op == "determinant":
            whole = times(whole, Var(let.name))
        sweep.arrive(matrix.array, here, (a, b), times(whole, read(inverse, here[1], here[0])), ())
        return
    (i, j), _ = renamed(inverse.ranges, sweep.names)
    at_i, at_j = minus(Index(i.name), i.lo), minus(Index(j.name), j.lo)
    dims = sweep.dims[let.name]
    inner = sweep.put(whole, {dims[0].name: Index(i.name), dims[1].name: Index(j.name)})
    body = times(times(read(inverse, at_i, here[0]), inner), read(inverse, here[1], at_j))
    sweep.arrive(matrix.array, here, (a, b, i, j), negative(body), ())


def array_tangent(lets: dict[str, Let], names: Names, let: Let, op: ArrayOp, tangent: str) -> tuple[list[Let], Let]:
    """The tangent of an operation's result, and lets that it needs."""
    (matrix, *others) = op.operands
    if others or matrix.lead or op.op not in ("inverse", "determinant", "log_determinant"):
        raise no_derivative(let.name, op.op)
    source = lets[tangent]
    inverse, new = inverse_of(matrix, source.ranges, lets, names)
    (i, j), _ = renamed(inverse.ranges, names)
    at_i, at_j = minus(Index(i.name), i.lo), minus(Index(j.name), j.lo)
    moved = read(source, at_i, at_j)
    before = [inverse] if new else []
    if op.op != "inverse":
        total: Expr = Reduce("sum", i, Reduce("sum", j, times(read(inverse, at_j, at_i), moved)))
        body = times(Var(let.name), total) if op.op == "determinant" else total
        return before, Let(names.fresh(f"{let.name}_dot"), (), body)
    (a, b), _ = renamed(inverse.ranges, names)
    here = (minus(Index(a.name), a.lo), minus(Index(b.name), b.lo))
    product = times(times(read(inverse, here[0], at_i), moved), read(inverse, at_j, here[1]))
    body = negative(Reduce("sum", i, Reduce("sum", j, product)))
    return before, Let(names.fresh(f"{let.name}_dot"), (a, b), body)
