"""Statements of a ``Proc`` as lines of numba-Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..expr import Call, Element, Expr, Extent, Index, Var, walk
from ..loops import Alloc, Assign, Fold, For, If, Invoke, Proc, Return, Stmt, View
from ..monoids import MONOIDS
from ..sums import affine
from .values import Values

#: Elements of one block of a sum: enough to vectorise, few enough to lose no digits.
BLOCK = 512


@dataclass(slots=True)
class Module:
    """What the functions of a module share: imported names and float32 constants.

    ``pairs`` and ``pair_algebra`` are names for double-double arithmetic.
    """

    mathematics: set[str] = field(default_factory=set)
    linear_algebra: set[str] = field(default_factory=set)
    pairs: set[str] = field(default_factory=set)
    pair_algebra: set[str] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)

    def constant(self, text: str) -> str:
        return self.constants.setdefault(text, f"c{len(self.constants)}")


class Writer:
    """The body of one function."""

    def __init__(self, proc: Proc, narrow: bool, module: Module) -> None:
        self.proc, self.module = proc, module
        self.names = {p.name: f"p{k}" for k, p in enumerate(proc.params)}
        self.names |= {o.name: f"r{k}" for k, o in enumerate(proc.outputs)}
        self.arguments = tuple(self.names.values())
        allocs = [s for s in proc.body if isinstance(s, Alloc)]
        self.names |= {a.name: f"w{k}" for k, a in enumerate(allocs)}
        self.axes: dict[str, str] = {}
        self.lines: list[str] = []
        self.depth = 1
        self.count = 0
        self.warns = False
        self.routines = module.linear_algebra
        self.values = Values(self, narrow)

    def write(self) -> list[str]:
        self.block(self.proc.body)
        return self.lines

    def extents(self) -> Iterator[str]:
        """The axes used, each read off the first parameter that has it."""
        for axis, name in self.axes.items():
            place = next((self.names[p.name], p.axes.index(axis)) for p in self.proc.params if axis in p.axes)
            yield f"{name} = {place[0]}.shape[{place[1]}]"

    def extent(self, axis: str) -> str:
        return self.axes.setdefault(axis, f"n{len(self.axes)}")

    def local(self, name: str) -> str:
        """Our name of a local; a new one on first sight."""
        if name not in self.names:
            self.names[name] = self.fresh()
        return self.names[name]

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count - 1}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def block(self, body: Sequence[Stmt]) -> None:
        for s in body:
            self.stmt(s)

    def indented(self, body: Sequence[Stmt]) -> None:
        self.depth += 1
        self.block(body)
        if not body:
            self.line("pass")
        self.depth -= 1

    def stmt(self, s: Stmt) -> None:
        v = self.values
        match s:
            case For(index, lo, hi, body):
                name = f"i{len(v.loops)}"
                shift = _shift(index, lo, body)
                first, stop = v.integer(lo, -shift), v.integer(hi, 1 - shift)
                v.loops[index] = (name, shift)
                if totals := _totals(body):
                    self.blocks(name, first, stop, totals, body)
                else:
                    self.line(f"for {name} in range({'' if first == '0' else first + ', '}{stop}):")
                    self.indented(body)
                del v.loops[index]
            case If(cond, then, other):
                self.line(f"if {v.text(cond, v.is_wide(cond))}:")
                self.indented(then)
                if other:
                    self.line("else:")
                    self.indented(other)
            case Assign(target, value):
                text = v.text(value, v.is_wide(target))
                self.line(f"{self.target(target)} = {text}")
            case Fold(target, monoid, value):
                if monoid == "sum" and (factors := self.factors(value)):
                    self.module.mathematics.add("fold_fma")
                    place = self.target(target)
                    self.line(f"{place} = fold_fma({place}, {', '.join(factors)})")
                    return
                step = MONOIDS[monoid].python
                self.module.mathematics.add(step.partition("(")[0])
                text = v.text(value, v.is_wide(value) or (monoid in ("max", "min") and v.is_wide(target)))
                place = self.target(target)
                self.line(f"{place} = {step.format(place, text)}")
            case Alloc(name, shape, integer):
                sizes = [self.size(e) for e in shape]
                text = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
                self.line(f"{self.names[name]} = np.empty({text}{', np.int64' if integer else ''})")
            case Invoke(function, views, failure, result, warning):
                self.routines.add(function)
                call = f"{function}({', '.join(map(self.view, views))})"
                if result is not None:
                    self.line(f"{self.target(result)} = {call}")
                elif warning:
                    self.warns = True
                    self.line(f"if {call}:")
                    self.line(f"    warned = {warning}")
                elif failure:
                    self.line(f"if {call} != 0:")
                    self.line(f"    return {failure}")
                else:
                    self.line(call)
            case Return(status):
                self.line(f"return {status}")

    def blocks(self, name: str, first: str, stop: str, totals: Sequence[str], body: Sequence[Stmt]) -> None:
        """A loop whose sums are taken block by block.

        Blocks are of one size, whoever runs them, and their totals add up with what
        each addition loses: the error does not grow with the number of elements.
        """
        self.module.mathematics |= {"add_block", "add_rest"}
        block = name.replace("i", "b")
        whole = {t: self.local(t) for t in totals}
        part, rest = ({t: self.fresh() for t in totals} for _ in range(2))
        for t in totals:
            self.line(f"{rest[t]} = 0.0")
        self.line(f"for {block} in range({first}, {stop}, {BLOCK}):")
        self.depth += 1
        for t in totals:
            self.line(f"{part[t]} = 0.0")
        self.names |= part
        self.line(f"for {name} in range({block}, min({block} + {BLOCK}, {stop})):")
        self.indented(body)
        self.names |= whole
        for t in totals:
            self.line(f"{whole[t]}, {rest[t]} = add_block({whole[t]}, {rest[t]}, {part[t]})")
        self.depth -= 1
        for t in totals:
            self.line(f"{whole[t]} = add_rest({whole[t]}, {rest[t]})")

    def factors(self, e: Expr) -> tuple[str, str] | None:
        """The two factors of a product, which one step multiplies and adds."""
        v = self.values
        match e:
            case Call("mul", (a, b)) if not v.is_integer(e):
                wide = v.is_wide(e)
                return v.text(a, wide), v.text(b, wide)
            case Call("square", (a,)):
                text = v.text(a, v.is_wide(a))
                if not isinstance(a, Var | Element):
                    name = self.fresh()
                    self.line(f"{name} = {text}")
                    text = name
                return text, text
        return None

    def target(self, e: Var | Element) -> str:
        return self.local(e.name) if isinstance(e, Var) else self.values.element(e)

    def view(self, v: View) -> str:
        name = self.local(v.array)
        return f"{name}[{', '.join(map(self.values.integer, v.lead))}]" if v.lead else name

    def size(self, e: Expr) -> str:
        text = self.values.integer(e)
        return text if isinstance(e, Extent) else f"max({text}, 0)"


def _totals(body: Sequence[Stmt]) -> list[str]:
    """The numbers that an innermost loop sums up, and reads only when it has ended."""
    steps = [s for s in body if isinstance(s, Assign | Fold)]
    if len(steps) < len(body):
        return []
    read = {n.name for s in steps for e in (s.value, *s.target.children()) for n in walk(e) if isinstance(n, Var)}
    sums = [s.target.name for s in steps if isinstance(s, Fold) and s.monoid == "sum" and isinstance(s.target, Var)]
    return [name for name in sums if name not in read]


def _shift(index: str, lo: Expr, body: Sequence[Stmt]) -> int:
    """What to take off an index so that most positions along it are plain."""
    seen: Counter[int] = Counter()
    i = Index(index)
    for e in _positions(body):
        a = affine(e)
        if a.terms == ((i, Fraction(1)),) and a.const.denominator == 1:
            seen[-int(a.const)] += 1
    start = affine(lo)
    return max(seen, key=lambda k: (seen[k], start.is_constant and k == start.const, k), default=0)


def _positions(body: Sequence[Stmt]) -> Iterator[Expr]:
    for s in body:
        roots: tuple[Expr, ...] = ()
        match s:
            case For(_, lo, hi, inner):
                yield from _positions(inner)
                roots = (lo, hi)
            case If(cond, then, other):
                yield from _positions((*then, *other))
                roots = (cond,)
            case Assign(target, value) | Fold(target, _, value):
                roots = (target, value)
            case Invoke(_, views, _, result):
                for v in views:
                    yield from v.lead
                roots = () if result is None else (result,)
        for root in roots:
            for node in walk(root):
                if isinstance(node, Element):
                    yield from node.at
