r"""Chains on a left-hand side: the states ``x_{1:T}`` given ``x_0``, or ``x_{0:T}``."""

from __future__ import annotations

from dataclasses import dataclass

from .latex import tree as t
from .names import safe, take_apart


@dataclass(frozen=True, slots=True)
class Chain:
    """States ``base`` from ``first`` (0 or 1) to ``top``; the array of those from 1 on, and the state 0."""

    base: str
    first: int
    top: str

    @property
    def array(self) -> str:
        return safe(self.base) if self.first else safe(f"{self.base}_1_{self.top}")

    @property
    def initial(self) -> str:
        return safe(f"{self.base}_0")


def chain_of(node: t.Node) -> Chain | None:
    """``x_{1:T}`` or ``x_{0:T}``."""
    sym = take_apart(node)
    if sym is None or sym.sup is not None or len(sym.subs) != 1:
        return None
    match sym.subs[0]:
        case t.Separated(items=(t.Number(text="0" | "1" as first), end), separators=(":",)):
            top = take_apart(end)
            if top is not None and top.sup is None:
                return Chain(sym.base, int(first), top.whole)
    return None


def is_initial(node: t.Node, chain: Chain) -> bool:
    sym = take_apart(node)
    return sym is not None and sym.sup is None and sym.base == chain.base and (
        [x.text for x in sym.subs if isinstance(x, t.Number)] == ["0"] and len(sym.subs) == 1
    )


def joint_of(items: tuple[t.Node, ...], separators: tuple[str, ...]) -> Chain | None:
    """The chain of ``(x_{1:T} | x_0)`` or ``(x_{0:T})``."""
    chain = chain_of(items[0])
    if chain is None:
        return None
    if chain.first == 1 and len(items) == 2 and separators == ("|",) and is_initial(items[1], chain):
        return chain
    return chain if chain.first == 0 and len(items) == 1 else None
