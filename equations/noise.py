r"""Model equations: ``y_i = a + b x_i + \varepsilon_i`` with a noise that is drawn says how data arise.

The data themselves are given, so nothing is linked to such an equation; it keeps a
kernel of its own, which takes the noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .evidence import is_capital
from .latex import tree as t
from .names import is_transpose, safe, take_apart

if TYPE_CHECKING:
    from .reading import Candidate, Reader


@dataclass(frozen=True, slots=True)
class Drawn:
    """A symbol that the text draws under a heading; ``centred`` where its law is written around zero."""

    heading: int
    base: str
    centred: bool


def drawn(r: Reader) -> tuple[Drawn, ...]:
    r"""Symbols of ``\varepsilon_i \sim \mathcal{N}(0, \sigma^2)`` and of ``\mathbb{E}[\varepsilon_i] = 0``."""
    defined = {c.goal.name for c in r.candidates.values()}
    out = []
    for s in r.statements:
        match s.tree:
            case t.Relation(sides=(left, law, *_), ops=("~", *_)):
                for item in left.items if isinstance(left, t.Separated) else (left,):
                    out += [Drawn(s.region.heading, x, around_zero(law)) for x in base_of(item)]
            case t.Relation(sides=(t.Big(op="expect", sub=None, body=body), t.Number(text="0")), ops=("=",)):
                out += [Drawn(s.region.heading, x, True) for x in base_of(body) if x not in defined]
    return tuple(out)


def base_of(node: t.Node) -> Iterator[str]:
    """The name of a symbol without its subscripts, in brackets or not."""
    sym = take_apart(node.body if isinstance(node, t.Group) else node)
    if sym is not None and sym.sup is None:
        yield safe(sym.base)


def around_zero(law: t.Node) -> bool:
    r"""Whether the first argument of a law is zero: ``\mathcal{N}(0, I)``."""
    for node in t.walk(law):
        if isinstance(node, t.Group):
            first = node.body.items[0] if isinstance(node.body, t.Separated) else node.body
            return isinstance(first, t.Number | t.Name) and (first.text if isinstance(first, t.Number) else
                                                             first.base) == "0"
    return False


def noise_of(c: Candidate, r: Reader, reaches: tuple[int, ...]) -> str:
    """The noise that a right-hand side adds to the rest of it, drawn under one of the headings; or nothing.

    A symbol added as it stands is noise under any law, one with factors where its law is around zero.
    """
    if c.goal.is_function or not isinstance(c.rhs, t.Sum) or len(c.rhs.terms) < 2:
        return ""
    if not r.drawn:
        return ""
    alone = {d.base for d in r.drawn if d.heading in reaches}
    scaled = {d.base for d in r.drawn if d.heading in reaches and d.centred}
    for term in c.rhs.terms:
        names = [x for f in factors(term) for x in base_of(f)]
        if len(names) == 1 == sum(1 for _ in factors(term)) and names[0] in alone:
            return names[0]
        if not any(turns(f) for f in factors(term)):
            for x in names:
                if x in scaled:
                    return x
    return ""


def factors(term: t.Node) -> Iterator[t.Node]:
    """The factors of a product, however it is written."""
    match term:
        case t.Juxt(items=items):
            for item in items:
                yield from factors(item)
        case t.Binary(op="cdot" | "odot" | "times" | "ast", left=left, right=right):
            yield from factors(left)
            yield from factors(right)
        case _:
            yield term


def turns(factor: t.Node) -> bool:
    """A matrix or a transposed vector: what it multiplies may be data as well as noise."""
    sym = take_apart(factor)
    return sym is not None and (is_capital(sym.base) or (sym.sup is not None and is_transpose(sym.sup)))
