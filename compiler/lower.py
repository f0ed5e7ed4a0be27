"""Loop nests for a program: fused loops, and storage only for what outlives them.

Before: every range name is unique; a let is an ``ArrayOp``, or has at most one
``Reduce``, at the root of its body; outputs have none.
After: a ``Proc`` without ``Reduce``.  A reduction is a ``Fold`` inside a loop; one
whose bound is an index of its own let is a running fold.  A let that is read only
in the iteration that makes it is a local or a row; the others have an ``Alloc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

from ..equations.diagnostic import CompilerBug, Diagnostic, Unsupported
from ..equations.span import Span
from .arrayops import Expansion, expand
from .desugar import desugar
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
    Var,
    walk,
)
from .fuse import Candidate, Group, Task, arrange, bind, reads_of
from .guards import guards
from .inrange import in_range
from .loops import Alloc, Assign, Fold, For, If, OutputArray, Proc, Stmt, View
from .monoids import MONOIDS
from .passes.batch import AXIS
from .positions import extent
from .primitives import ARRAY_OPS
from .storage import contract
from .sums import difference, extreme, length, minus, plus, substitute
from .unswitch import unswitch

#: What an accumulator starts from, for the monoids whose state is their value.
IDENTITY = {
    row.name: Const(Fraction(row.identity[0]) if isfinite(row.identity[0]) else row.identity[0])
    for row in MONOIDS.values()
    if row.python
}


def lower(p: Program) -> Proc:
    """The loop nest of a program at stage ``shared``."""
    p = desugar(p)
    inputs: dict[str, tuple[Expr, ...]] = {q.name: tuple(extent(a) for a in q.axes) for q in p.params}
    known = inputs | {let.name: _shape(let.ranges) for let in p.lets}
    checks = guards(p, known)
    p = in_range(p, known)
    names = _output_names(p)
    tasks = _needed([_task(let) for let in p.lets], [_task(o, names[o.name]) for o in p.outputs])
    shapes = inputs | {t.name: _shape(t.dims) for t in tasks}
    nest = _Nest(tasks, shapes, frozenset(q.name for q in p.params))
    body = nest.build(tasks)
    outputs = tuple(OutputArray(t.name, shapes[t.name]) for t in tasks if t.output)
    given = {o.name for o in outputs}
    stored = {name: tuple(sorted(dims)) for name, dims in nest.kept.items() if name not in given}
    allocs = [Alloc(name, tuple(shapes[name][k] for k in dims)) for name, dims in stored.items() if dims]
    extents = tuple(dict.fromkeys(a for q in p.params for a in q.axes))
    stmts = (*checks, *allocs, *nest.scratch, *unswitch(contract(body, stored)))
    numbers = frozenset(t.name for t in tasks if all(r.hi == Extent(AXIS) for r in t.dims))
    return Proc(p.name, p.params, extents, outputs, stmts, p.pairs, numbers)


def _output_names(p: Program) -> dict[str, str]:
    """Names that no parameter or let has: an optimiser's step takes and gives ``m``."""
    taken = {q.name for q in p.params} | {let.name for let in p.lets}
    names: dict[str, str] = {}
    for o in p.outputs:
        name = o.name
        while name in taken:
            name += "_out"
        taken.add(name)
        names[o.name] = name
    return names


def _task(item: Let | Output, name: str = "") -> Task:
    monoid, fold, body = "", None, item.body
    if isinstance(body, Reduce):
        monoid, fold, body = body.monoid, body.range, body.body
        if monoid not in IDENTITY:
            raise Unsupported(_finding("E304", f"no loop is known for the reduction {monoid!r}"))
    core = 0
    if isinstance(body, ArrayOp):
        row = ARRAY_OPS.get(body.op)
        core = 1 if row is None else row.rank  # solve_cholesky, which desugar makes, gives a vector
    elif any(isinstance(node, Reduce) for node in walk(body)):
        raise CompilerBug(_finding("E306", f"a reduction inside the body of {item.name!r} was not shared"))
    bounds = [e for r in item.ranges for e in (r.lo, r.hi)] + ([fold.lo, fold.hi] if fold else [])
    return Task(
        name or item.name,
        item.ranges,
        body,
        monoid,
        fold,
        at=tuple(Index(r.name) for r in item.ranges),
        open=tuple(range(len(item.ranges))),
        core=core,
        output=isinstance(item, Output),
        reads=reads_of(body, *bounds),
    )


def _finding(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, message, Span(0, 0))


def _needed(lets: Sequence[Task], outputs: Sequence[Task]) -> list[Task]:
    """The outputs and the lets that they read, in order."""
    wanted = {name for t in outputs for name, _ in t.reads}
    kept: list[Task] = []
    for t in reversed(lets):
        if t.name in wanted:
            kept.append(t)
            wanted |= {name for name, _ in t.reads}
    return [*reversed(kept), *outputs]


def _shape(dims: tuple[Range, ...]) -> tuple[Expr, ...]:
    """Extents of a rectangle that holds the dimensions."""
    shape = []
    for r in dims:
        n = extreme(length(r), reversed(dims), largest=True)
        if n is None:
            raise Unsupported(_finding("E305", f"the bounds of index {r.name!r} are not sums of indices"))
        shape.append(n)
    return tuple(shape)


def over(dims: Sequence[Range], inner: Stmt) -> Stmt:
    """A statement repeated over ranges, the first outermost."""
    for r in reversed(dims):
        inner = For(r.name, r.lo, r.hi, (inner,))
    return inner


@dataclass(slots=True)
class _Nest:
    """The nest under construction: who reads what, and which dimensions are stored."""

    shapes: dict[str, tuple[Expr, ...]]
    inputs: frozenset[str]
    readers: dict[str, set[str]]
    kept: dict[str, set[int]]
    scratch: list[Alloc]

    def __init__(
        self, tasks: Sequence[Task], shapes: dict[str, tuple[Expr, ...]], inputs: frozenset[str]
    ) -> None:
        self.shapes, self.inputs, self.scratch = shapes, inputs, []
        self.readers = {t.name: set() for t in tasks}
        self.kept = {t.name: set() for t in tasks}
        for t in tasks:
            for name, _ in t.reads:
                self.readers.setdefault(name, set()).add(t.name)

    def build(self, tasks: Sequence[Task]) -> tuple[Stmt, ...]:
        """The statements that run tasks whose other ranges are bound around them."""
        out: list[Stmt] = []
        for unit in arrange(tasks):
            out += self.leaf(unit) if isinstance(unit, Task) else self.loop(unit)
        return tuple(out)

    def leaf(self, t: Task) -> list[Stmt]:
        if isinstance(t.body, ArrayOp):
            lead = len(t.dims) - t.core
            self.kept[t.name] |= set(range(lead, len(t.dims)))
            x = Expansion(t.name, View(t.name, t.position[:lead]), self.shapes, self.inputs)
            expand(t.body, x)
            self.scratch += x.allocs
            return x.body
        target = Element(t.name, t.position) if t.dims or t.output else Var(t.name)
        if not t.folding:
            return [Assign(target, t.body)]
        fold = Fold(target, t.monoid, t.body)
        return [fold if t.guard is None else If(t.guard, (fold,))]

    def loop(self, g: Group) -> list[Stmt]:
        names = {t.name for t, _ in g.members}
        index: Expr = Index(g.range.name)
        if g.direction < 0:
            index = minus(Call("add", (g.range.lo, g.range.hi)), index)
        before: list[Stmt] = []
        after: list[Stmt] = []
        inside: list[Task] = []
        for t, c in g.members:
            if c.dim is not None and not t.output and self.readers[t.name] - names:
                self.kept[t.name].add(c.dim)
            if c.dim is None:
                inside.append(self.accumulate(bind(t, c, index), before, after))
            elif c.scan:
                inside += self.scan(t, c, index, before)
            else:
                inside.append(bind(t, c, index))
        return [*before, For(g.range.name, g.range.lo, g.range.hi, self.build(inside)), *after]

    def accumulate(self, t: Task, before: list[Stmt], after: list[Stmt]) -> Task:
        """The step of a reduction inside its loop.

        With dimensions still open the accumulators are an array over them.  With none
        the accumulator is a local: one in memory would keep the loop from vectorising.
        """
        if not t.open and self.kept[t.name]:
            acc = f"{t.name}.acc"
            after.append(Assign(Element(t.name, t.position), Var(acc)))
            t = replace(t, name=acc, dims=(), at=())
            self.kept[acc] = set()
        self.kept[t.name] |= set(t.open)
        target = Element(t.name, t.position) if t.dims else Var(t.name)
        before.append(over([t.dims[k] for k in t.open], Assign(target, IDENTITY[t.monoid])))
        return t

    def scan(self, t: Task, c: Candidate, index: Expr, before: list[Stmt]) -> list[Task]:
        """A running fold: its step, then the value that it has reached."""
        fold, k = t.fold, c.dim
        assert fold is not None and k is not None and not isinstance(t.body, ArrayOp)
        dims = tuple(t.dims[d] for d in t.open if d != k)
        at = tuple(Index(r.name) for r in dims)
        acc = f"{t.name}.acc"
        self.kept[acc], self.shapes[acc] = set(range(len(dims))), _shape(dims)
        self.readers[acc] = {t.name}
        target = (
            Element(acc, tuple(minus(e, r.lo) for e, r in zip(at, dims, strict=True))) if dims else Var(acc)
        )
        before.append(over(dims, Assign(target, IDENTITY[t.monoid])))
        # Where the running index starts, and whether elements come before or after that.
        own = t.dims[k]
        edge = fold.hi if c.scan > 0 else fold.lo
        start = substitute(edge, {own.name: own.lo if c.scan > 0 else own.hi})
        gap = difference(start, fold.lo) if c.scan > 0 else difference(fold.hi, start)
        assert gap is not None
        if gap > 0:
            early = (fold.lo, plus(start, -1)) if c.scan > 0 else (plus(start, 1), fold.hi)
            inner = over(dims, Fold(target, t.monoid, t.body))
            before.append(If(Compare("<=", own.lo, own.hi), (For(fold.name, *early, (inner,)),)))
        now = substitute(edge, {own.name: index})
        bounds = (fold.lo, now) if c.scan > 0 else (now, fold.hi)
        body = substitute(t.body, {fold.name: now})
        step = Task(
            acc,
            dims,
            body,
            t.monoid,
            at=at,
            open=tuple(range(len(dims))),
            folding=True,
            guard=Compare("<=", *bounds) if gap < 0 else None,
            reads=reads_of(body),
        )
        value = bind(t, c, index)
        return [step, replace(value, fold=None, body=target, reads=reads_of(target))]
