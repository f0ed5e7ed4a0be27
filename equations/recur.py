"""Recurrences: systems of equations in a step ``t`` and its neighbours ``t±1``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from . import evidence
from .context import Context, Knowledge, Length, Promote, Refusal, Taken
from .define import define
from .domain import Domain
from .elaborate import elaborate
from .equation import Equation, Recurrence
from .finish import finish
from .latex import tree as t
from .names import Symbolic, flatten, letter, safe, take_apart
from .span import Span
from .target import Target
from .values import LETTER, AxisVar, ShapeMismatch, Value, describe, unify

#: Words of a heading that say what kind of thing it is, not its name.
GENERIC = frozenset({"Optimizer", "Optimiser", "Algorithm", "Method", "The", "A", "An"})


@dataclass(frozen=True, slots=True)
class StepEquation:
    """``base_{t+offset} = rhs``."""

    base: str
    offset: int
    rhs: t.Node
    lhs: t.Node


def offset_of(sub: t.Node, step: str) -> int | None:
    """``k`` of a subscript ``t + k``, or ``None`` when it is not one."""
    if letter(sub) == step:
        return 0
    if isinstance(sub, t.Sum) and len(sub.terms) == 2 and letter(sub.terms[0]) == step:
        second = sub.terms[1]
        if sub.signs[0] == "+" and isinstance(second, t.Number) and second.text.isdigit():
            return int(second.text) * (-1 if sub.signs[1] == "-" else 1)
    return None


def step_letter(lhs: t.Node, rhs: t.Node) -> str | None:
    """The step of ``x_t = … x_{t-1} …`` or ``x_{t+1} = … x_t …``."""
    sym = take_apart(lhs)
    if sym is None or sym.sup is not None or len(sym.subs) != 1:
        return None
    sub = sym.subs[0]
    step = letter(sub) or (letter(sub.terms[0]) if isinstance(sub, t.Sum) else None)
    if step is None or (mine := offset_of(sub, step)) is None:
        return None
    if step in evidence.bound_letters(rhs):
        return None
    for other in evidence.symbols_in(rhs):
        if other.base == sym.base and len(other.subs) == 1:
            theirs = offset_of(other.subs[0], step)
            if theirs is not None and theirs < mine:
                return step
    return None


def belongs(lhs: t.Node, step: str) -> StepEquation | None:
    """The part of an equation in a system with that step, its side aside."""
    sym = take_apart(lhs)
    if sym is None or sym.sup is not None or len(sym.subs) != 1:
        return None
    offset = offset_of(sym.subs[0], step)
    return None if offset is None else StepEquation(safe(sym.base), offset, lhs, lhs)


def name_from(heading: str) -> str:
    """``Adam Optimizer`` names ``Adam``; ``Gradient Descent`` names ``GradientDescent``."""
    words = [w for w in re.findall(r"[A-Za-z][A-Za-z0-9]*", heading) if w[0].isupper() and w not in GENERIC]
    return safe("".join(words)) if words else "Recurrence"


def recurrence(
    name: str, step: str, system: tuple[StepEquation, ...], known: Knowledge, span: Span, latex: str
) -> Recurrence:
    """One fused step of the system, and kernels of its other definitions."""
    offsets = {e.base: e.offset for e in system}
    states = tuple(e.base for e in system if _is_state(e.base, offsets, system, step))
    rename, fresh = _renaming(system, offsets, states, step)
    known = _at_a_step(known, rename, {*fresh.values()}, system)
    ranks = _shown(system, rename)
    reasons: list[str] = []
    lengths: set[str] = set()
    taken: frozenset[str] = frozenset()
    for _ in range(40):
        ctx = Context(known, dict(ranks), frozenset(), integers=set(), rename=rename)
        ctx.lengths = {x: AxisVar(x, LETTER) for x in lengths}
        ctx.taken, ctx.step, ctx.states = taken, step, frozenset(states)
        ctx.letters = frozenset().union(*(evidence.bound_letters(e.rhs) for e in system))
        try:
            return _elaborate(name, step, system, states, fresh, ctx, known, span, latex, tuple(reasons), rename)
        except Length as need:
            lengths.add(need.name)
        except Taken as by:
            taken |= {by.name}
        except Promote as need:
            if ranks.get(need.name, 0) >= need.rank:
                raise Refusal("E170", f"{need.name} needs {need.rank} axes: {need.reason}", span) from None
            ranks[need.name] = need.rank
            kind = {1: "a vector", 2: "a matrix"}.get(need.rank, f"an array with {need.rank} axes")
            reasons.append(f"{need.name} is {kind}: {need.reason}")
    raise Refusal("E199", "the ranks of the symbols do not settle", span, "declare the shapes")


def _at_a_step(
    known: Knowledge, rename: dict[str, str], results: set[str], system: tuple[StepEquation, ...]
) -> Knowledge:
    """What is declared of ``x_k``, said of the ``x`` that stands for it in one step, and of ``x_0``."""
    declared = dict(known.declared)
    for whole, name in rename.items():
        d = declared.get(whole) or declared.get(name)
        if d is not None and d.axes and not d.function and name not in results:
            declared[name] = replace(d, name=name, element=False)
    for e in system:
        for sym in evidence.symbols_in(e.rhs):
            d = known.declared.get(safe(sym.base))
            if d is not None and d.element and d.axes and len(sym.subs) == 1 and sym.whole not in rename:
                declared.setdefault(sym.whole, replace(d, name=sym.whole, element=False))
    return replace(known, declared=declared)


def _shown(system: tuple[StepEquation, ...], rename: dict[str, str]) -> dict[str, int]:
    """Ranks that the equations themselves show."""
    out: dict[str, int] = {}
    for e in system:
        letters = evidence.bound_letters(e.rhs)
        found = evidence.ranks(e.rhs, letters)
        evidence.norms(e.rhs, found, letters)
        for name, rank in found.items():
            evidence.note(out, rename.get(name, name), rank)
    return out


def _is_state(base: str, offsets: dict[str, int], system: tuple[StepEquation, ...], step: str) -> bool:
    for e in system:
        for sym in evidence.symbols_in(e.rhs):
            if safe(sym.base) == base and len(sym.subs) == 1:
                k = offset_of(sym.subs[0], step)
                if k is not None and k < offsets[base]:
                    return True
    return False


def _renaming(
    system: tuple[StepEquation, ...], offsets: dict[str, int], states: tuple[str, ...], step: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Names for every symbol at a step: ``m_t_minus_1`` to ``m``, ``m_t`` to ``m_next``."""
    rename: dict[str, str] = {}
    fresh = {e.base: f"{e.base}_next" if e.base in states else e.base for e in system}
    for e in system:
        for sym in (*evidence.symbols_in(e.rhs), *evidence.symbols_in(e.lhs)):
            if len(sym.subs) != 1:
                continue
            k = offset_of(sym.subs[0], step)
            base = safe(sym.base)
            if k is None:
                continue
            if base not in offsets:
                if k != 0:
                    raise Refusal("E171", f"{base} is an input at another step than {step}", sym.node.span,
                                  f"write the input of the step itself, {base}_{step}", unsupported=True)
                rename[sym.whole] = base
            elif k == offsets[base]:
                rename[sym.whole] = fresh[base]
            elif k == offsets[base] - 1:
                rename[sym.whole] = base
            else:
                raise Refusal("E172", "a recurrence over more than one step back", sym.node.span,
                              "introduce a second state for the older value", unsupported=True)
    for e in system:
        for sym in _without_subscript(e.rhs):
            if sym.whole in rename.values():
                raise Refusal("E189", f"{sym.whole} stands at a step and without one", sym.node.span,
                              f"write {sym.whole}_{step} for the value at a step, and give the other one a name of "
                              f"its own, e.g. {sym.whole}^*")
    return rename, fresh


def _without_subscript(root: t.Node) -> Iterator[Symbolic]:
    """Symbols that carry no subscript, and stand in none."""
    stack = [root]
    while stack:
        node = stack.pop()
        match node:
            case t.Name():
                if (sym := take_apart(node)) is not None:
                    yield sym
            case t.Scripted(base=base, sub=sub, sup=sup):
                stack += [x for x in (base if sub is None else None, sup) if x is not None]
            case t.Nabla(body=body):
                stack.append(body)
            case _:
                stack += node.children()


def _elaborate(
    name: str, step: str, system: tuple[StepEquation, ...], states: tuple[str, ...], fresh: dict[str, str],
    ctx: Context, known: Knowledge, span: Span, latex: str, reasons: tuple[str, ...], rename: dict[str, str],
) -> Recurrence:
    for reason in reasons:
        ctx.assume(reason)
    for s in states:
        ctx.parameter(s, role="state")
    results = []
    for e in system:
        value = elaborate(e.rhs, ctx)
        new = ctx.define(fresh[e.base], value, flatten(e.lhs))
        ctx.linked[fresh[e.base]] = new
        if e.base in states:
            _keep_shape(e, new, ctx)
            results.append((e.base, new))
    for state in ctx.params.values():
        if state.role == "symbol":
            state.role = "input"
    if step in ctx.params:
        _count(ctx, step)
    ctx.linked.clear()
    ctx.assume(f"one step takes {', '.join(states)} at the step before and gives them at the next")
    goal = Target(name)
    equation = finish(goal, tuple((s, v, (), ()) for s, v in results), ctx, span, latex, set())
    inputs = tuple(p.name for p in equation.parameters if p.name not in states)
    auxiliaries = tuple(
        _auxiliary(e, rename, fresh, states, known, step) for e in system if e.base not in states
    )
    stepped = tuple(n for n in inputs if n in rename.values())
    return Recurrence(name, equation, states, inputs, auxiliaries, step if step in inputs else "", stepped)


def _keep_shape(e: StepEquation, new: Value, ctx: Context) -> None:
    """A state has the axes of its next value."""
    state = ctx.params[e.base]
    if not state.declared and len(state.axes) < new.rank:
        raise Promote(e.base, new.rank, f"its next value is {describe(new)}")
    if len(state.axes) != new.rank:
        raise ShapeMismatch(f"the next value of {e.base} is {describe(new)}", e.rhs.span, f"declare {e.base}")
    for a, b in zip(state.axes, new.axes, strict=True):
        unify(a, b, e.rhs.span)


def _count(ctx: Context, step: str) -> None:
    """A bare step counter counts from one."""
    state = ctx.params[step]
    if not state.declared:
        state.domain = Domain("integer", lo=Fraction(1))
        ctx.assume(f"{step} counts the steps from 1")


def _auxiliary(
    e: StepEquation, rename: dict[str, str], fresh: dict[str, str], states: tuple[str, ...],
    known: Knowledge, step: str,
) -> Equation:
    """A definition of the system that is no state, as a kernel of its own values."""
    plain = {fresh[s]: s for s in states}
    own = {k: plain.get(v, v) for k, v in rename.items()}

    def prepare(ctx: Context) -> None:
        ctx.rename = dict(own)

    equation = define(Target(e.base), e.rhs, known, e.lhs.span | e.rhs.span, flatten(e.lhs), prepare=prepare)
    return equation


