"""Subscripts: which are indices, as expressions of bound letters, and which are parts of a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer

from . import algebra as al
from . import heads
from .context import Binding, Context, Refusal
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, letter, safe


@dataclass(frozen=True, slots=True)
class Position:
    """A subscript read as an index: its value, and its binding when it is plain."""

    value: Callable[[], Expr]
    binding: Binding | None
    text: str


def position(node: t.Node, ctx: Context) -> Position | None:
    """A subscript as an index expression, or ``None`` when it holds no bound index."""
    match node:
        case t.Name():
            binding = ctx.bindings.get(letter(node) or "")
            if binding is None:
                return None
            return Position(lambda: binding.symbol, binding, flatten(node))
        case t.Group(body=body):
            return position(body, ctx)
        case t.Sum(signs=signs, terms=terms) if any(position(x, ctx) for x in terms):
            values: list[Callable[[], Expr]] = []
            for sign, term in zip(signs, terms, strict=True):
                v = offset(term, ctx)
                if v is None:
                    return None
                values.append(_signed(sign, v))
            return Position(lambda: al.add(*(v() for v in values)), None, flatten(node))
        case t.Juxt(items=(t.Number(text=text), t.Name() as index)) if text.isdigit():
            inner = position(index, ctx)
            return None if inner is None else Position(_times(text, inner.value), None, flatten(node))
        case _:
            return None


def _signed(sign: str, v: Callable[[], Expr]) -> Callable[[], Expr]:
    return (lambda: al.neg(v())) if sign == "-" else v


def _times(text: str, v: Callable[[], Expr]) -> Callable[[], Expr]:
    return lambda: al.mul(Integer(text), v())


def offset(node: t.Node, ctx: Context) -> Callable[[], Expr] | None:
    """A term of an index expression: a number, an index, or an integer parameter."""
    match node:
        case t.Number(text=text) if text.isdigit():
            return lambda: Integer(text)
        case t.Juxt(items=(t.Number(text=text), inner)) if text.isdigit() and isinstance(inner, t.Name):
            v = offset(inner, ctx)
            return None if v is None else _times(text, v)
        case t.Name():
            if (p := position(node, ctx)) is not None:
                return p.value
            name = safe(flatten(node))
            if name in ctx.uppers:
                return lambda: ctx.last_index(name)
            state = ctx.parameter(name, to_latex(node))
            state.integer = True
            return lambda: heads.parameter(name)
        case _:
            return None


def components(sym: Symbolic, ctx: Context) -> tuple[tuple[Position, ...], tuple[t.Node, ...]]:
    """Subscripts split into index positions and parts of the name."""
    positions: list[Position] = []
    labels: list[t.Node] = []
    for sub in sym.subs:
        if isinstance(sub, t.Juxt) and all(isinstance(i, t.Name) for i in sub.items):
            parts = [position(i, ctx) for i in sub.items]
            if all(parts):
                positions.extend(p for p in parts if p is not None)
                continue
            if any(parts):
                raise Refusal(
                    "E112", f"the subscript '{flatten(sub)}' mixes bound and unbound letters", sub.span,
                    "separate indices by commas, or write a label as \\text{…}",
                )
        p = position(sub, ctx)
        if p is not None:
            positions.append(p)
        else:
            labels.append(sub)
    return tuple(positions), tuple(labels)


def whole_numbers(sym: Symbolic, rank: int) -> tuple[int, ...]:
    """``A_{12}`` and ``A_{1,2}`` of a matrix: the positions of an element."""
    if rank != 2 or not all(isinstance(s, t.Number) and s.text.isdigit() for s in sym.subs):
        return ()
    texts = [s.text for s in sym.subs if isinstance(s, t.Number)]
    if len(texts) == 1 and len(texts[0]) == 2:
        return tuple(int(d) for d in texts[0])
    return tuple(map(int, texts)) if len(texts) == 2 else ()


def refuse_free(sym: Symbolic, ctx: Context) -> None:
    """A letter that an operator binds elsewhere in the formula has no value outside of it."""
    if not sym.subs and sym.base in ctx.letters and sym.base not in {*ctx.bindings, *ctx.integrated}:
        raise _stray(sym.base, sym.node)
    for sub in sym.subs:
        inside = {x for part in t.walk(sub) if isinstance(part, t.Name) and (x := letter(part)) is not None}
        for x in sorted(inside & ctx.letters - ctx.bindings.keys()):
            raise _stray(x, sym.node)
        letters = isinstance(sub, t.Juxt) and all(isinstance(i, t.Name) for i in sub.items)
        if inside & ctx.bindings.keys() and position(sub, ctx) is None and not letters:
            raise Refusal("E112", f"the subscript '{flatten(sub)}' is no index that can be read", sym.node.span,
                          "write an index, or an index plus or minus a whole number", unsupported=True)


def _stray(x: str, node: t.Node) -> Refusal:
    return Refusal("E149", f"{x} is an index of an operator and stands outside of it", node.span,
                   "use two letters, or put all that the index runs over in brackets")


def moved(sub: t.Node, ctx: Context) -> Binding | None:
    """The binding whose index a moved subscript (``i+1``) is made of."""
    for node in t.walk(sub):
        if isinstance(node, t.Name) and (b := ctx.bindings.get(letter(node) or "")) is not None:
            return b
    return None


def stretched(at: Expr, index: sympy.Symbol) -> bool:
    """Whether a position moves by more than one as the index does: ``2 i - 1``."""
    terms = at.args if isinstance(at, sympy.Add) else (at,)
    return any(isinstance(x, sympy.Mul) and index in x.args and any(abs(f) > 1 for f in x.args if f.is_Integer)
               for x in terms)


def constant(at: Expr, index: sympy.Symbol) -> int | None:
    """``k`` of a position ``index + k``."""
    rest = [x for x in (at.args if isinstance(at, sympy.Add) else (at,)) if x != index]
    if len(rest) == (len(at.args) - 1 if isinstance(at, sympy.Add) else 0) and all(x.is_Integer for x in rest):
        return int(sum(rest))
    return None
