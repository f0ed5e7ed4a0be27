"""Well-formedness of programs, stage by stage; a violation is a bug of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..equations.diagnostic import CompilerBug, Diagnostic
from ..equations.span import Span
from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Output,
    Program,
    Range,
    Reduce,
    Select,
    Var,
    walk,
)
from .monoids import MONOIDS
from .primitives import ARRAY_OPS, PRIMITIVES
from .sums import affine

STAGES = ("frozen", "shared")


def check(program: Program, stage: str) -> Program:
    """The program itself, when it is well-formed and of the stage."""
    if stage not in STAGES:
        raise _bug(program.name, f"unknown stage {stage}")
    scope = _Scope(program.name)
    for p in program.params:
        scope.declare(p.name, len(p.axes))
        scope.axes |= set(p.axes)
        if p.integer:
            scope.integers.add(p.name)
    for let in program.lets:
        scope.part(let)
        if stage == "shared" and isinstance(let.body, Expr):
            _require_flat(program.name, let)
        scope.declare(let.name, len(let.ranges))
    for o in program.outputs:
        scope.part(o)
        if stage == "shared" and _reduces(o.body):
            raise _bug(program.name, f"output {o.name} holds a reduction at the stage shared")
    return program


def _bug(program: str, what: str) -> CompilerBug:
    return CompilerBug(Diagnostic("E390", f"{program}: {what}", Span(0, 0)))


def _reduces(e: Expr) -> bool:
    return any(isinstance(n, Reduce) for n in walk(e))


def _require_flat(program: str, let: Let) -> None:
    """A let of the stage ``shared`` has at most one reduction, at its root."""
    assert isinstance(let.body, Expr)
    body = let.body.body if isinstance(let.body, Reduce) else let.body
    if _reduces(body):
        raise _bug(program, f"let {let.name} holds a reduction below its root")


@dataclass
class _Scope:
    """What may be read at a place, and every range name met so far."""

    program: str
    ranks: dict[str, int] = field(default_factory=dict)
    axes: set[str] = field(default_factory=set)
    integers: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)

    def declare(self, name: str, rank: int) -> None:
        if name in self.ranks:
            raise _bug(self.program, f"{name} is defined twice")
        self.ranks[name] = rank

    def part(self, part: Let | Output) -> None:
        indices: frozenset[str] = frozenset()
        for r in part.ranges:
            indices = self.range(r, indices)
        if isinstance(part.body, ArrayOp):
            self.array_op(part, part.body, indices)
        else:
            self.expr(part.body, indices)

    def range(self, r: Range, indices: frozenset[str]) -> frozenset[str]:
        for bound in (r.lo, r.hi):
            self.integer(bound, indices, f"bound of {r.name}")
        if r.name in self.bound:
            raise _bug(self.program, f"range name {r.name} occurs twice")
        self.bound.add(r.name)
        return indices | {r.name}

    def integer(self, e: Expr, indices: frozenset[str], what: str) -> None:
        """``e`` is affine over indices, extents and integer parameters."""
        form = affine(e)
        for atom, factor in form.terms:
            match atom:
                case Var(name) | Element(name, (Index(), *_)) | Element(name, (Call(), *_)):
                    if name not in self.integers:
                        raise _bug(self.program, f"{what} reads {name}, which is not an integer")
                case Index() | Extent():
                    pass
                case _:
                    raise _bug(self.program, f"{what} is not affine: it reads {atom}")
            if factor.denominator != 1:
                raise _bug(self.program, f"{what} is not an integer")
            self.expr(atom, indices)
        if form.const.denominator != 1:
            raise _bug(self.program, f"{what} is not an integer")

    def array_op(self, part: Let | Output, op: ArrayOp, indices: frozenset[str]) -> None:
        row = ARRAY_OPS.get(op.op)
        if row is None or len(row.ranks) != len(op.operands):
            raise _bug(self.program, f"no array operation {op.op} on {len(op.operands)} operands")
        if len(part.ranges) < row.rank:
            raise _bug(self.program, f"let {part.name} has fewer axes than {op.op} gives")
        inner = {r.name for r in part.ranges[len(part.ranges) - row.rank :]}
        for operand, rank in zip(op.operands, row.ranks, strict=True):
            if self.ranks.get(operand.array) != len(operand.lead) + rank:
                raise _bug(self.program, f"operand {operand.array} of {op.op} has the wrong rank")
            for e in operand.lead:
                self.integer(e, indices - inner, f"lead of {operand.array}")

    def expr(self, e: Expr, indices: frozenset[str]) -> None:
        stack = [(e, indices)]
        while stack:
            node, here = stack.pop()
            match node:
                case Const():
                    pass
                case Index(name):
                    if name not in here:
                        raise _bug(self.program, f"index {name} is not bound")
                case Var(name):
                    if self.ranks.get(name) != 0:
                        raise _bug(self.program, f"{name} is not a 0-d name here")
                case Extent(axis):
                    if axis not in self.axes:
                        raise _bug(self.program, f"axis {axis} is unknown")
                case Element(array, at):
                    if self.ranks.get(array) != len(at) or not at:
                        raise _bug(self.program, f"{array} is read at {len(at)} positions")
                    for p in at:
                        self.integer(p, here, f"position of {array}")
                case Call(prim, args):
                    if prim not in PRIMITIVES or PRIMITIVES[prim].arity != len(args):
                        raise _bug(self.program, f"no primitive {prim} of {len(args)} arguments")
                    stack.extend((a, here) for a in args)
                case Compare() | Select():
                    stack.extend((c, here) for c in node.children())
                case Reduce(monoid, r, body):
                    if monoid not in MONOIDS:
                        raise _bug(self.program, f"no monoid {monoid}")
                    stack.append((body, self.range(r, here)))
                case _:
                    raise _bug(self.program, f"unknown node {type(node).__name__}")
