"""Whole-array operations as calls of the linear-algebra routines.

    cholesky(a, l) · solve_lower(l, b) · solve_upper_t(l, b)
    lu(a, perm) · lu_solve(a, perm, b) · lu_det(a, perm)

The last argument of a solve holds the right-hand side and then the solution.  An
operand that a routine overwrites, or that may be float32, is copied first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from .expr import ArrayOp, Const, Element, Expr, Index, Operand, Var
from .loops import Alloc, Assign, For, Invoke, Stmt, View
from .sums import plus

#: Statuses that a Proc returns: it failed, or what it computed has few digits.
NOT_POSITIVE_DEFINITE, SINGULAR, OUTSIDE = 1, 2, 3
ILL_CONDITIONED = -1

ZERO, ONE = Const(Fraction(0)), Const(Fraction(1))


@dataclass(slots=True)
class Expansion:
    """Statements of one operation and the scratch arrays that they need.

    ``shapes`` gives the extents of every array; names in ``inputs`` must be copied
    before a routine sees them.
    """

    name: str
    target: View
    shapes: Mapping[str, tuple[Expr, ...]]
    inputs: frozenset[str]
    body: list[Stmt] = field(default_factory=list)
    allocs: list[Alloc] = field(default_factory=list)

    def extents(self, o: Operand) -> tuple[Expr, ...]:
        return self.shapes[o.array][len(o.lead) :]

    def scratch(self, suffix: str, shape: tuple[Expr, ...], integer: bool = False) -> View:
        alloc = Alloc(f"{self.name}.{suffix}", shape, integer)
        self.allocs.append(alloc)
        return View(alloc.name)

    def copy(self, o: Operand, to: View) -> None:
        """Element by element, rounding to the target's type."""
        names = [f"{self.name}.{to.array}.{k}" for k in range(len(self.extents(o)))]
        at = tuple(Index(n) for n in names)
        self.nest(
            names, self.extents(o), Assign(Element(to.array, to.lead + at), Element(o.array, o.lead + at))
        )

    def nest(self, names: list[str], extents: tuple[Expr, ...], inner: Stmt) -> None:
        for n, extent in reversed(list(zip(names, extents, strict=True))):
            inner = For(n, ZERO, plus(extent, -1), (inner,))
        self.body.append(inner)

    def plain(self, o: Operand, suffix: str) -> View:
        """The operand as a float64 array that a routine may read."""
        return self.copied(o, suffix) if o.array in self.inputs else View(o.array, o.lead)

    def copied(self, o: Operand, suffix: str) -> View:
        """The operand in a float64 array that a routine may overwrite."""
        to = self.scratch(suffix, self.extents(o))
        self.copy(o, to)
        return to

    def invoke(
        self, function: str, *views: View, failure: int = 0, result: Var | Element | None = None
    ) -> None:
        self.body.append(Invoke(function, views, failure, result))

    def cholesky(self, a: Operand, factor: View) -> None:
        """The factor of a matrix, and a word where the matrix leaves it few digits."""
        self.invoke("cholesky", self.plain(a, "a"), factor, failure=NOT_POSITIVE_DEFINITE)
        self.body.append(Invoke("is_ill_conditioned", (factor,), warning=ILL_CONDITIONED))


def expand(op: ArrayOp, x: Expansion) -> None:
    """Append the statements that put the operation's result into its target."""
    match op.op, op.operands:
        case "cholesky", (a,):
            x.cholesky(a, x.target)
        case "solve_lower", (low, b):
            factor = x.plain(low, "l")
            x.copy(b, x.target)
            x.invoke("solve_lower", factor, x.target)
        case "solve_spd", (a, b):
            factor = x.scratch("l", x.extents(a))
            x.cholesky(a, factor)
            x.copy(b, x.target)
            x.invoke("solve_lower", factor, x.target)
            x.invoke("solve_upper_t", factor, x.target)
        case "solve_cholesky", (low, b):
            x.copy(b, x.target)
            x.invoke("solve_lower", View(low.array, low.lead), x.target)
            x.invoke("solve_upper_t", View(low.array, low.lead), x.target)
        case "solve", (a, b):
            lu, perm = _factor(x, a)
            x.copy(b, x.target)
            x.invoke("lu_solve", lu, perm, x.target)
        case "inverse", (a,):
            lu, perm = _factor(x, a)
            _columns(x, a, lu, perm)
        case "determinant", (a,):
            lu, perm = x.copied(a, "a"), x.scratch("perm", x.extents(a)[:1], integer=True)
            # A singular matrix leaves a zero pivot on the diagonal: its determinant.
            x.invoke("lu", lu, perm)
            x.invoke("lu_det", lu, perm, result=Element(x.target.array, x.target.lead))
        case _:
            raise KeyError(op.op)


def _factor(x: Expansion, a: Operand) -> tuple[View, View]:
    lu, perm = x.copied(a, "a"), x.scratch("perm", x.extents(a)[:1], integer=True)
    x.invoke("lu", lu, perm, failure=SINGULAR)
    return lu, perm


def _columns(x: Expansion, a: Operand, lu: View, perm: View) -> None:
    """Solve for each unit column; columns of the result are strided, so go through a scratch one."""
    n = x.extents(a)[0]
    column = x.scratch("column", (n,))
    j, i = f"{x.name}.j", f"{x.name}.i"
    last = plus(n, -1)
    x.body.append(
        For(
            j,
            ZERO,
            last,
            (
                For(i, ZERO, last, (Assign(Element(column.array, (Index(i),)), ZERO),)),
                Assign(Element(column.array, (Index(j),)), ONE),
                Invoke("lu_solve", (lu, perm, column)),
                For(
                    i,
                    ZERO,
                    last,
                    (
                        Assign(
                            Element(x.target.array, (*x.target.lead, Index(i), Index(j))),
                            Element(column.array, (Index(i),)),
                        ),
                    ),
                ),
            ),
        )
    )
