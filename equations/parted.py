"""One result of an equation as an equation of its own; densities with what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import heads
from .context import Result
from .equation import Application, Comprehension, Density, Equation
from .latex import tree as t
from .names import letter, take_apart
from .normal import Applied
from .target import Target
from .values import Value

#: How the parts of a density are told from it.
LOG = "logpdf"


def density_results(name: str, value: Value, law: Applied | None) -> list[Result]:
    """The results beside a density: its logarithm, then the parameters of its law."""
    if value.log is None or value.rank:
        return []
    out: list[Result] = [(f"{name}_{LOG}", Value((), value.log), (), ())]
    if law is not None:
        out += [(f"{name}_{p}", v, (), ()) for p, v in zip(law.law.parameters, law.parameters, strict=True)]
    return out


def step_of(goal: Target) -> tuple[str, int, str] | None:
    """What ``q(x_t | x_{t-1})`` says of a chain: ``x_{t-1}``, one step on, counted by t."""
    if len(goal.argument_nodes) != 2 or goal.separators != ("|",):
        return None
    places = [place_of(node) for node in goal.argument_nodes]
    if any(p is None for p in places):
        return None
    (base, letter_, here), (other, letter_2, there) = (p for p in places if p is not None)
    if base != other or letter_ != letter_2 or abs(here - there) != 1:
        return None
    return goal.arguments[1], here - there, letter_


def place_of(node: t.Node) -> tuple[str, str, int] | None:
    """``x_{t-1}`` as ``x``, ``t`` and -1."""
    sym = take_apart(node)
    if sym is None or sym.sup is not None or len(sym.subs) != 1:
        return None
    match sym.subs[0]:
        case t.Name() as sub if (x := letter(sub)) is not None:
            return sym.base, x, 0
        case t.Sum(signs=(_, sign), terms=(t.Name() as sub, t.Number(text="1"))) if (x := letter(sub)) is not None:
            return sym.base, x, -1 if sign == "-" else 1
    return None


def with_density(eq: Equation, law: Applied | None, goal: Target) -> Equation:
    """An equation whose first result is a density, with the others (`density_results`) kept beside it."""
    main = replace(portion(eq, eq.outputs[0]), parameters=eq.parameters, call_order=eq.call_order, slots=eq.slots)
    log = replace(portion(eq, eq.outputs[1]), parameters=eq.parameters, call_order=eq.call_order, slots=eq.slots)
    name = "" if law is None else law.variate.symbol or named(law.variate)
    if law is None or not name:  # a density at an expression draws no parameter
        return replace(main, density=Density(log))
    parameters = tuple(
        (p, portion(eq, o)) for p, o in zip(law.law.parameters, eq.outputs[2:], strict=True)
    )
    axes = tuple(a.name for a in law.variate.axes)
    return replace(main, density=Density(log, name, axes, law.law.name, law.form, parameters, step_of(goal)))


def named(v: Value) -> str:
    """The name of a parameter that a value is, all of it; empty where it is another expression."""
    places = tuple(heads.index(f"_{k}") for k in range(v.rank))
    e = v.at(*places)
    if not v.rank:
        return str(e.name) if e.is_Symbol else ""
    whole = hasattr(e, "base") and hasattr(e, "indices") and tuple(e.indices) == places
    return str(e.base.label.name) if whole else ""


def portion(eq: Equation, output: Comprehension) -> Equation:
    """One result with what it is made of, and nothing else."""
    lets = needed(eq, (output,))
    read = reads((*lets, output))
    parameters = tuple(p for p in eq.parameters if p.name in read)
    kept = {p.name for p in parameters}
    slots = kept_slots(eq, kept)
    passed = kept | {s.slot for s in slots} | {a for s in slots for a in s.arguments}
    known = {p.name for p in eq.parameters}
    conditions = tuple(
        c for c in eq.defined_when
        if {n for n in heads.read_names(c.expr) if n in known or any(n == x.name for x in eq.lets)}
        <= kept | {x.name for x in lets}
    )
    return replace(
        eq, name=output.name, parameters=parameters, lets=lets, outputs=(output,), defined_when=conditions,
        call_order=tuple(n for n in eq.call_order if n in passed or n.removesuffix("_prime") in passed), slots=slots,
        reads=tuple((at, axis) for at, axis in eq.reads if any(axis in p.axes for p in parameters)),
        latex=output.latex or eq.latex,
    )


def kept_slots(eq: Equation, kept: set[str]) -> tuple[Application, ...]:
    """Applications whose values are read, and the inner ones that feed them."""
    wanted = set(kept)
    out = []
    for s in reversed(eq.slots):
        if s.value in wanted:
            wanted |= set(s.arguments)
            out.append(s)
    return tuple(reversed(out))


def reads(parts: Sequence[Comprehension]) -> set[str]:
    out: set[str] = set()
    for c in parts:
        for e in (c.body, *(x for b in c.bounds for x in (b.lo, b.hi))):
            out |= heads.read_names(e)
    return out


def needed(eq: Equation, outputs: Sequence[Comprehension]) -> tuple[Comprehension, ...]:
    """The lets that results are made of, directly or not, in order."""
    wanted = reads(outputs)
    kept: list[Comprehension] = []
    for let in reversed(eq.lets):
        if let.name in wanted:
            kept.append(let)
            wanted |= reads((let,))
    return tuple(reversed(kept))
