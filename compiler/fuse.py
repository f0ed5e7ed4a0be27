"""Which statements share a loop, and over which index it runs.

A ``Task`` is one let or output on its way into a loop nest: some of its ranges
are bound by loops around it, the others are still open.  ``arrange`` cuts the
tasks of one level into units: leaves, with nothing left to loop over, and groups
that share a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from .expr import ArrayOp, Element, Expr, Index, Operand, Range, Var, walk
from .sums import affine, difference, indices, minus, same, substitute

Read = tuple[str, tuple[Expr, ...]]

#: How much more the traffic of an array counts for each further axis.
_WEIGHT = 16


@dataclass(frozen=True, slots=True)
class Task:
    """``name[at - lo] = body``, or its fold over ``fold``.

    ``at[k]`` is the value of dimension k: its own index while k is ``open``, then
    what the loop around makes of it.  ``folding`` tasks are inside the loop of
    their reduction and only join ``body`` into the accumulator.  The last ``core``
    dimensions of an array operation are never looped over.
    """

    name: str
    dims: tuple[Range, ...]
    body: Expr | ArrayOp
    monoid: str = ""
    fold: Range | None = None
    at: tuple[Expr, ...] = ()
    open: tuple[int, ...] = ()
    core: int = 0
    output: bool = False
    folding: bool = False
    guard: Expr | None = None
    reads: tuple[Read, ...] = ()

    @property
    def position(self) -> tuple[Expr, ...]:
        """The element that the task writes."""
        return tuple(minus(e, r.lo) for e, r in zip(self.at, self.dims, strict=True))

    @property
    def is_leaf(self) -> bool:
        return self.fold is None and len(self.open) == self.core


@dataclass(frozen=True, slots=True)
class Candidate:
    """A range of a task that a loop may run over.

    ``dim`` is the dimension, or ``None`` for the reduction; ``scan`` is +1 or -1
    where binding the dimension turns the reduction into a running fold.
    """

    range: Range
    dim: int | None
    scan: int = 0
    stride: int = 0


@dataclass(slots=True)
class Group:
    """Tasks that share a loop, each through one of its ranges."""

    range: Range
    members: list[tuple[Task, Candidate]] = field(default_factory=list)

    @property
    def direction(self) -> int:
        return next((c.scan for _, c in self.members if c.scan), 0)


def reads_of(body: Expr | ArrayOp, *more: Expr) -> tuple[Read, ...]:
    """The arrays and scalars read, with their positions."""
    if isinstance(body, ArrayOp):
        return tuple((o.array, o.lead) for o in body.operands)
    found: dict[Read, None] = {}
    for e in (body, *more):
        for node in walk(e):
            match node:
                case Element(array, at):
                    found[array, at] = None
                case Var(name):
                    found[name, ()] = None
    return tuple(found)


def bind(t: Task, c: Candidate, value: Expr) -> Task:
    """The task inside a loop that gives ``value`` to one of its ranges."""
    new = {c.range.name: value}
    body: Expr | ArrayOp
    if isinstance(t.body, ArrayOp):
        operands = (Operand(o.array, tuple(substitute(e, new) for e in o.lead)) for o in t.body.operands)
        body = replace(t.body, operands=tuple(operands))
    else:
        body = substitute(t.body, new)
    dims = tuple(Range(r.name, substitute(r.lo, new), substitute(r.hi, new)) for r in t.dims)
    fold = t.fold
    if fold is not None:
        fold = Range(fold.name, substitute(fold.lo, new), substitute(fold.hi, new))
    guard = None if t.guard is None else substitute(t.guard, new)
    return replace(
        t,
        dims=dims,
        body=body,
        fold=None if c.dim is None else fold,
        at=tuple(substitute(e, new) for e in t.at),
        open=tuple(k for k in t.open if k != c.dim),
        folding=t.folding or c.dim is None,
        guard=guard,
        reads=reads_of(body, *_bounds(dims, fold)),
    )


def _bounds(dims: Sequence[Range], fold: Range | None) -> Iterator[Expr]:
    for r in (*dims, *(() if fold is None else (fold,))):
        yield r.lo
        yield r.hi


def candidates(t: Task) -> list[Candidate]:
    """The ranges that may be the task's next loop, those with the longest stride first.

    The one range with the most reads along last axes is kept for the innermost
    loop while there is another to take.
    """
    names = {t.dims[k].name for k in t.open} | ({t.fold.name} if t.fold else set())
    loopable = t.open[: len(t.open) - t.core]
    found = []
    for k in loopable:
        r = t.dims[k]
        if not indices(r.lo, r.hi) & names:
            scan, stride = _scan(t, r), _stride(t, r.name)
            if scan and t.fold is not None:
                stride += _stride(t, t.fold.name)
            found.append(Candidate(r, k, scan, stride))
    if t.fold is not None and not indices(t.fold.lo, t.fold.hi) & names:
        found.append(Candidate(t.fold, None, 0, _stride(t, t.fold.name)))
    found.sort(key=lambda c: c.stride)
    if len(found) > 1 and found[-1].stride >= max(_stride(t, n) for n in names):
        found.pop()
    return found


def _stride(t: Task, name: str) -> int:
    """How much of the task's traffic runs along last axes when ``name`` is innermost."""
    i = Index(name)
    if isinstance(t.body, ArrayOp):
        return 0
    score: int = sum(
        _WEIGHT ** len(at) for _, at in t.reads if at and abs(affine(at[-1]).coefficient(i)) == 1
    )
    # What is written counts less than what is read, as it may never be stored.
    return 2 * score + (_WEIGHT ** len(t.at) if t.at and t.at[-1] == i else 0)


def _scan(t: Task, dim: Range) -> int:
    """+1 where the task is a running fold along ``dim``, -1 for a reverse one, else 0."""
    if t.fold is None or isinstance(t.body, ArrayOp) or dim.name in indices(t.body):
        return 0
    if any(dim.name in indices(r.lo, r.hi) for r in t.dims if r != dim):
        return 0  # each step would have accumulators over another range
    i = Index(dim.name)
    lo, hi = t.fold.lo, t.fold.hi
    if (k := difference(hi, i)) is not None and dim.name not in indices(lo):
        # The fold must enter the loop with a known number of elements.
        return int(difference(lo, dim.lo) is not None and k.denominator == 1)
    if (k := difference(lo, i)) is not None and dim.name not in indices(hi):
        return -int(difference(hi, dim.hi) is not None and k.denominator == 1)
    return 0


def join(t: Task, g: Group) -> Candidate | None:
    """The range through which a task may run in a group's loop, if any.

    Bounds must agree, and what the task reads of the group must have been made in
    the same iteration; a reduction over the loop is complete only after it.
    """
    for c in candidates(t):
        if not (same(c.range.lo, g.range.lo) and same(c.range.hi, g.range.hi)):
            continue
        if c.scan and g.direction not in (0, c.scan):
            continue
        if all(_same_iteration(t, c, made, through) for made, through in g.members):
            return c
    return None


def _same_iteration(t: Task, c: Candidate, made: Task, through: Candidate) -> bool:
    here = [at for name, at in t.reads if name == made.name]
    if not here:
        return True
    k = through.dim
    if k is None:
        return False
    now = affine(minus(Index(c.range.name), made.dims[k].lo))
    return all(k < len(at) and affine(at[k]) == now for at in here)


def arrange(tasks: Sequence[Task]) -> list[Task | Group]:
    """Cut tasks in dependency order into leaves and loops, in an order that may run.

    A task joins the earliest loop that it may; else it opens a unit right behind
    the last one that it depends on, so that later tasks still find the others open.
    """
    units: list[Task | Group] = []
    for n, t in enumerate(tasks):
        wanted = {name for name, _ in t.reads}
        last = max((u for u, unit in enumerate(units) if _made(unit) & wanted), default=-1)
        if t.is_leaf:
            units.insert(last + 1, t)
            continue
        later = tasks[n + 1 :]
        for u, unit in enumerate(units[max(last, 0) :], max(last, 0)):
            if isinstance(unit, Group) and (c := join(t, unit)):
                # Without a value to keep local, the loop must suit the tasks behind as well.
                if u == last or c.range.name == _lead(t, later).range.name:
                    unit.members.append((t, c))
                    break
        else:
            c = _lead(t, later)
            units.insert(last + 1, Group(c.range, [(t, c)]))
    return units


def _made(unit: Task | Group) -> Set[str]:
    return {unit.name} if isinstance(unit, Task) else {t.name for t, _ in unit.members}


def _lead(t: Task, later: Sequence[Task]) -> Candidate:
    """The range of a task over which the most later tasks can run with it."""
    options = candidates(t)
    if len(options) == 1:
        return options[0]
    return max(options, key=lambda c: _company(t, c, later))


def _company(t: Task, c: Candidate, later: Sequence[Task]) -> int:
    g = Group(c.range, [(t, c)])
    inside, behind = {t.name}, set[str]()
    for s in later:
        wanted = {name for name, _ in s.reads}
        if wanted & behind:
            behind.add(s.name)
        elif not s.is_leaf and (d := join(s, g)):
            g.members.append((s, d))
            inside.add(s.name)
        elif wanted & inside:
            behind.add(s.name)
    return len(inside)
