"""What was understood, in plain words."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from ..compiler.expr import ArrayOp, Let, Output, Program
from ..compiler.expr import walk as walk_expr
from ..compiler.loopfacts import allocs, depth
from ..compiler.loops import Proc
from ..equations.axis import Axis
from ..equations.equation import Comprehension, Computed, Equation
from ..equations.plain import plain

#: Primitives that carry a rewrite rather than name it.
PLUMBING = frozenset({"neg", "sub", "add", "mul", "div", "square", "max", "min", "abs", "detach", "and", "or", "not"})

#: Computed values that are least over plans between weights.
PLANS = ("least cost of a plan", "plan of least cost")

ROLES = {"argument": "argument", "symbol": "symbol", "slot value": "values of a black-box function",
         "state": "state", "input": "input", "computed value": "supplied at every call", "variable": "variable"}


def explain(equation: Equation, frozen: Program, program: Program, proc: Proc, formula: str = "") -> str:
    """Reading, parameters, definitions, assumptions, and how it is computed; a derivative's ``formula`` first."""
    lines = [f"{equation.name}({', '.join(equation.call_order)})  {equation.signature}", ""]
    lines += [f"  {formula}", ""] if formula else []
    lines += [f"  {statement(o)}" for o in equation.outputs]
    if equation.lets:
        lines += ["  where"]
        lines += [f"    {statement(let)}" for let in equation.lets]
    lines += [f"    {line}" for c in equation.computed for line in supplied(c)]
    lines += ["", "  parameters"]
    for p in equation.parameters:
        origin = "declared" if p.declared else "natural domain"
        domain = str(p.domain)
        lines.append(f"    {p.name}: {shape(p.axes)}, {domain} ({origin}); {ROLES.get(p.role, p.role)}")
    lines += [f"    {n}: {words}" for n, words in handed_over(equation)]
    if equation.assumptions:
        lines += ["", "  assumed"]
        lines += [f"    - {a}" for a in equation.assumptions]
    lines += ["", "  computed"]
    lines += [f"    - {fact}" for fact in computed(frozen, program, proc)]
    return "\n".join(lines)


def supplied(c: Computed) -> list[str]:
    """What stands behind a computed value: ``integral = ∫ e^(-t²) dt from 0 to x, by quadrature``."""
    inner = c.inner.outputs[0]
    over = [f"{x} on the simplex" if s == "simplex" else f"{x} from {_end(lo)} to {_end(hi)}"
            for x, (lo, hi), s in zip_longest(c.variables[: len(c.bounds)], c.bounds, c.sets[: len(c.bounds)])]
    if c.kind == "formula":
        at = ", ".join(f"{x} = {_end(place)}" for x, (_, place) in zip(c.variables, c.bounds, strict=False))
        return [f"{c.value} is the value of {plain(inner.body)}" + (f" at {at}" if at else ""),
                *(f"  where {statement(let)}" for let in c.inner.lets),
                *(line for part in c.inner.computed for line in supplied(part))]
    how = f"the {c.kind} of {plain(inner.body)}" + (f" over {', '.join(over)}" if over else "")
    if c.takes:
        cost, *power = (plain(o.body) for o in c.inner.outputs)
        cost = f"({cost})^({power[0]})" if power else cost
        (_, source), (_, target) = c.takes
        root = "root of the " if "root" in c.kind else ""
        how = f"the {root}least mean of {cost} over couplings of {source} and {target}"
    if c.kind in PLANS:
        cost, strength, a, b = (plain(o.body) for o in c.inner.outputs)
        entropy = "" if strength == "0" else f" + {strength}·Σ π log π"
        how = f"the {c.kind} π: Σ π·({cost}){entropy} over plans with row sums {a} and column sums {b}"
    lets = [f"  where {statement(let)}" for let in c.inner.lets]
    return [f"{c.value} is {how}", *lets, *(line for part in c.inner.computed for line in supplied(part))]


def _end(e: Any) -> str:
    return plain(e.outputs[0].body) if isinstance(e, Equation) else {"oo": "∞", "-oo": "-∞"}.get(str(e), str(e))


def handed_over(equation: Equation) -> list[tuple[str, str]]:
    """Black-box functions, and variables that only they receive."""
    own = {p.name for p in equation.parameters}
    slots = slots_of(equation)
    classes = {s.slot for s in equation.slots if s.kind == "member"}
    states = {s.slot for s in equation.slots if s.kind in ("first", "rest", "last")}
    laws = {n for c in equation.computed for _, n in c.takes}
    pairs = [p for s in equation.slots for p in zip(s.arguments, s.argument_axes, strict=False)]
    sampled = {name.removesuffix("_prime") for name, axes in pairs if axes}
    sampled |= {x for h in equation.handed for x in h.sampled}
    into = {n: h.equation.name for h in equation.handed for n in h.equation.call_order}

    def told(name: str) -> str:
        if name in laws:
            return "a distribution: points (n,) or (n, d), or an Empirical with weights"
        if name in states:
            return "the states of the chain from 0 on, along the axis before the last"
        if name in slots:
            return "a class of functions: a list of them, or a UnitBall" if name in classes else "a black-box function"
        where = f"goes into {into[name]}" if name in into else "handed to black-box functions"
        return where + ("; samples along the first axis" if name in sampled else "")

    return [(n, told(n)) for n in equation.call_order if n not in own]


def slots_of(e: Equation) -> set[str]:
    """Black-box functions of an equation, under its integrals too."""
    return {s.slot for s in e.slots} | {s for c in e.computed for s in slots_of(c.inner)}


def statement(c: Comprehension) -> str:
    """``softmax[i] = …  for i over K``."""
    if not c.bounds:
        return f"{c.name} = {plain(c.body)}"
    at = ", ".join(str(b.symbol) for b in c.bounds)
    # What a derivative names has bounds, but no axes of the document.
    ends = [a.name for a in c.axes] or [f"{plain(b.lo)}..{plain(b.hi)}" for b in c.bounds]
    over = ", ".join(f"{b.symbol} over {end}" for b, end in zip(c.bounds, ends, strict=True))
    return f"{c.name}[{at}] = {plain(c.body)}   for {over}"


def shape(axes: tuple[Axis, ...]) -> str:
    """Axes in words."""
    names = ", ".join(a.name + (f" (from {a.lo})" if a.lo != 1 else "") for a in axes)
    return {0: "a number", 1: f"a vector over {names}", 2: f"a matrix over {names}"}.get(
        len(axes), f"an array over {names}"
    )


def computed(frozen: Program, program: Program, proc: Proc) -> list[str]:
    """Facts about the loops and the rewrites that took place."""
    facts = []
    before, after = primitives(frozen), primitives(program)
    new = sorted(after - before - PLUMBING)
    if new:
        facts.append(f"rewritten with {', '.join(new)}")
    deep = depth(proc)
    facts.append("no loop" if deep == 0 else f"loops nested {deep} deep")
    scratch = allocs(proc)
    if scratch:
        shapes = sorted({"×".join(axes) for axes in scratch.values()})
        facts.append(f"scratch arrays: {', '.join(shapes)}")
    else:
        facts.append("no scratch array")
    return facts


def primitives(program: Program) -> set[str]:
    """Names of the primitives and array operations in a program."""
    out: set[str] = set()
    items: tuple[Let | Output, ...] = (*program.lets, *program.outputs)
    for item in items:
        if isinstance(item.body, ArrayOp):
            out.add(item.body.op)
            continue
        for node in walk_expr(item.body):
            name = getattr(node, "prim", None)
            if name:
                out.add(name)
    return out
