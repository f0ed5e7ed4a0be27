"""What a structural pass knows while it rewrites a program, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .binding import Names, Part, apart, named, scoped, unfold
from .expr import ArrayOp, Element, Expr, Fired, Let, Program, Range, Reduce, Var, transform, walk
from .signs import Signs

Rewrite = Callable[["Context", Expr], Expr | None]


class Context:
    """Lets as rewritten so far, names, proofs, and the ranges of the part at hand."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = Names.of(program)
        self.signs = Signs(program)
        self.domains = {p.name: p.domain for p in program.params}
        self.lets: dict[str, Let] = {}
        self.around: dict[str, Range] = {}
        self.fired: list[Fired] = []

    def look(self, e: Expr) -> Expr:
        """What a read of a let means: the let's body there; any other expression as it is."""
        match e:
            case Var(name):
                at: tuple[Expr, ...] = ()
            case Element(name, at):
                pass
            case _:
                return e
        let = self.lets.get(name)
        if let is None or isinstance(let.body, ArrayOp):
            return e
        shown = unfold(let, at, self.names)
        for node in walk(shown):
            if isinstance(node, Reduce):
                self.around.setdefault(node.range.name, node.range)
        return shown

    def name(self, e: Expr, stem: str) -> Expr:
        """A read of a new let for ``e``, in front of the part at hand."""
        let, here = named(e, tuple(self.around.values()), stem, self.names)
        self.add(let)
        return here

    def add(self, let: Let) -> None:
        self.lets[let.name] = let
        self.signs.define(let.name, let.ranges, let.body)

    def part(self, part: Part, rule: Rewrite) -> Part:
        """The part with its body rewritten bottom-up."""
        if isinstance(part.body, ArrayOp):
            return part
        self.around = {r.name: r for r in part.ranges}
        for node, _ in scoped(part):
            if isinstance(node, Reduce):
                self.around[node.range.name] = node.range
        self.signs.ranges |= self.around
        return replace(part, body=transform(part.body, lambda e: rule(self, e)))


def rewrite(program: Program, rule: Rewrite) -> Program:
    """``rule`` at every node of every body; lets that it names come before their readers."""
    context = Context(program)
    for let in program.lets:
        context.add(context.part(let, rule))
    outputs = tuple(context.part(o, rule) for o in program.outputs)
    fired = (*program.fired, *context.fired)
    # A node that occurs twice is rewritten once: the ranges in it need names of their own.
    return apart(replace(program, lets=tuple(context.lets.values()), outputs=outputs, fired=fired))
