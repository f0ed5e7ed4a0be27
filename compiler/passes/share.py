"""Compute once what several bodies compute.

Before: the stage ``shared``.  After: a subexpression with a function call that occurs
more than once under the same ranges is a let that all of them read.  Naming changes no
value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from ..binding import Names, has_reduce, is_cheap, is_truth, key, named, ranges_for, read_here, scoped
from ..expr import ArrayOp, Call, Expr, Let, Output, Program, Range, transform
from ..positions import tidy


def share(program: Program) -> Program:
    """Repeated calls become lets, the largest first."""
    names = Names.of(program)
    parts: list[Let | Output] = [*program.lets, *program.outputs]
    while (repeated := _largest_repeated(parts)) is not None:
        parts = _naming(repeated, parts, names)
    lets = tuple(p for p in parts if isinstance(p, Let))
    outputs = tuple(p for p in parts if isinstance(p, Output))
    return replace(program, lets=lets, outputs=outputs)


def _key(e: Expr, needed: tuple[Range, ...]) -> Hashable:
    """What two occurrences share: the bounds of the ranges they need, and the body."""
    env: dict[str, int] = {}
    bounds = []
    for r in needed:
        bounds.append((key(tidy(r.lo), env), key(tidy(r.hi), env)))
        env[r.name] = len(env)
    return (tuple(bounds), key(e, env))


def _candidates(part: Let | Output) -> Iterator[tuple[Hashable, Expr, tuple[Range, ...]]]:
    for node, around in scoped(part):
        if isinstance(node, Call) and not is_cheap(node) and not has_reduce(node) and not is_truth(node):
            needed = ranges_for(node, around)
            yield _key(node, needed), node, needed


def _largest_repeated(parts: list[Let | Output]) -> Hashable | None:
    """The key of a largest repeated call that is not already the whole of the only let."""
    count: Counter[Hashable] = Counter()
    size: dict[Hashable, int] = {}
    for part in parts:
        for k, node, _ in _candidates(part):
            count[k] += 1
            size.setdefault(k, len(repr(node)))
    repeated = [k for k, n in count.items() if n > 1]
    return max(repeated, key=lambda k: size[k], default=None)


def _naming(chosen: Hashable, parts: list[Let | Output], names: Names) -> list[Let | Output]:
    """The parts with a let for one repeated call, in front of its first reader."""
    out: list[Let | Output] = []
    shared: Let | None = None
    for part in parts:
        here = {id(n): (n, needed) for k, n, needed in _candidates(part) if k == chosen}
        if not here or isinstance(part.body, ArrayOp):
            out.append(part)
            continue
        if shared is None:
            node, needed = next(iter(here.values()))
            if isinstance(part, Let) and part.body is node and needed == part.ranges:
                shared = part  # the let itself is the name
                out.append(part)
                continue
            shared, _ = named(node, needed, f"{getattr(node, 'prim', 'k')}_{part.name}", names)
            out.append(shared)
        here_now = {place: read_here(shared, needed) for place, (_, needed) in here.items()}
        out.append(replace(part, body=transform(part.body, _reading(here_now))))
    return out


def _reading(here: dict[int, Expr]) -> Callable[[Expr], Expr | None]:
    return lambda n: here.get(id(n))
