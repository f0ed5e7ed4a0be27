"""Equations with computed values taken apart: what the outer formula reads, and an equation for each integrand.

While a formula is elaborated, integration variables are symbols like parameters, and lets may be made of
them.  Here each body gets the lets and parameters that it reads, directly or through other lets; what an
integrand takes from outside is passed on by the equation around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest

import sympy
from sympy import Expr, Symbol

from . import heads
from .context import ComputedState, Context, Refusal
from .domain import REAL, SIMPLEX, Domain
from .equation import Application, Bound, Comprehension, Computed, End, Equation, Parameter
from .merge import merge
from .natural import domains
from .positions import positions
from .span import Span
from .values import Value


def taken_apart(flat: Equation, ctx: Context, span: Span) -> Equation:
    """The equation of a definition, its computed values with their integrands behind them.

    ``flat`` holds the lets of all bodies, and every value's parameter.
    """
    parts = _Parts(flat, ctx, span)
    return parts.equation(flat.name, flat.outputs, (), flat.parameters)


@dataclass
class _Parts:
    """The pieces of one definition."""

    flat: Equation
    ctx: Context
    span: Span

    def __post_init__(self) -> None:
        self.lets = {c.name: c for c in self.flat.lets}
        self.params = {p.name: p for p in self.flat.parameters}
        self.variables = set(self.ctx.variables.values())
        self.slots = {s.value: s for s in self.flat.slots}
        given = [p for p in self.flat.parameters if p.role != "computed value"]
        self.given_axes = {a.name for p in given for a in p.axes}
        self.made: dict[str, Computed] = {}

    def reached(self, outputs: Iterable[Comprehension]) -> set[str]:
        """Names that comprehensions read, directly or through lets."""
        met: set[str] = set()
        todo = {name for c in outputs for name in read(c)}
        while todo:
            name = todo.pop()
            if name not in met:
                met.add(name)
                todo |= read(self.lets[name]) if name in self.lets else set()
        return met

    def equation(
        self, name: str, outputs: tuple[Comprehension, ...], variables: tuple[Parameter, ...],
        kept: tuple[Parameter, ...] = (),
    ) -> Equation:
        """The equation of some outputs; ``kept`` are parameters that it has though it may not read them."""
        reached = self.reached(outputs)
        computed = tuple(self.record(n) for n in self.ctx.computed if n in reached)
        slots = self.applications(reached)
        passed = {n for c in computed for e in inner_equations(c) for n in wanted(e, c.variables)}
        passed |= {n for c in computed for n in end_names(c)}
        passed |= {n for c in computed for _, n in c.takes}
        own = {p.name for p in variables}
        needed = (reached | passed | {p.name for p in kept if p.role not in ("slot value", "computed value")}) - own
        needed |= self.sizing(outputs, needed)
        parameters = (
            *variables,
            *(Parameter(n, (), REAL, "symbol") for n in sorted((needed & self.variables) - own)),
            *(p for p in self.flat.parameters if p.name in needed and
              (p.name in reached or p.role not in ("slot value", "computed value"))),
        )
        through = {n for s in slots for n in (s.slot, *s.arguments)} | needed | passed
        order = (
            *(p.name for p in parameters if p.name in own or p.name in self.variables),
            *(n for n in self.flat.call_order if kept or n in through or f"{n}_prime" in through),
        )
        known = {p.name for p in parameters} | (reached & set(self.lets))
        conditions = tuple(c for c in self.flat.defined_when if heads.read_names(c.expr) <= known)
        axes = {a for p in parameters for a in p.axes}
        made = replace(
            self.flat, name=name, parameters=parameters, outputs=outputs, computed=computed, slots=slots,
            lets=tuple(c for c in self.flat.lets if c.name in reached), call_order=order, defined_when=conditions,
            reads=tuple((at, axis) for at, axis in self.flat.reads if heads.read_names(at) <= known and axis in axes),
        )
        made = merge(made)
        return replace(made, reads=tuple(dict.fromkeys((*made.reads, *positions(made, self.span)))))

    def sizing(self, outputs: tuple[Comprehension, ...], needed: set[str]) -> set[str]:
        """Parameters that tell how long the axes of outputs are, where no needed one does."""
        given = [p for p in self.flat.parameters if p.role not in ("slot value", "computed value")]
        found: set[str] = set()
        for axis in (a.name for c in outputs for a in c.axes):
            having = [p.name for p in given if axis in {a.name for a in p.axes}]
            if having and not needed & set(having):
                found.add(having[0])
        return found

    def applications(self, reached: set[str]) -> tuple[Application, ...]:
        """The applications whose values are read, and those that feed them."""
        names = set(reached)
        for s in self.flat.slots:
            if s.value in names:
                names |= set(s.arguments)
        return tuple(s for s in self.flat.slots if s.value in names)

    def record(self, name: str) -> Computed:
        if name not in self.made:
            self.made[name] = self._record(self.ctx.computed[name])
        return self.made[name]

    def _record(self, state: ComputedState) -> Computed:
        p = self.params[state.value]
        for _, name in state.takes:
            if name in self.params:
                raise Refusal("E286", f"{name} is a distribution of points in the transport, and an array elsewhere in "
                              "the formula", self.span, "give one of the two another name")
        strange = [a.name for a in p.axes if a.name not in self.given_axes and not a.name.isdigit()]
        if strange and not state.sets:
            raise Refusal("E265", f"the integral is another one at every index over {strange[0]}, and no array of the "
                          "formula has that axis", self.span, "write the sum under the integral", unsupported=True)
        outer = len(state.over)
        ends = tuple(
            (self.end(state, k, 0, outer), self.end(state, k, 1, outer)) for k in range(len(state.ends))
        )
        if state.formula is not None:
            return Computed(state.value, state.kind, state.formula, state.variables, ends, p.axes)
        inner_at = tuple(self.ctx.indices.new("i") for _ in state.body.axes)
        # A place has the axes of what is searched for, and a least cost none.
        own = (*p.axes[: len(state.over)], *(a.axis() for a in state.body.axes))
        body = Comprehension(
            state.value,
            tuple(Bound(s, sympy.Integer(a.lo), _last(a.lo, a.name))
                  for s, a in zip((*state.over, *inner_at), own, strict=True)),
            state.body.at(*inner_at), own, state.latex,
        )
        natural = domains(c for c in self.flat.defined_when)
        variables = tuple(
            variable(x, ends[k] if ends else None, natural) for k, x in enumerate(state.variables)
        )
        if state.variable_axes:
            variables = tuple(replace(v, axes=tuple(a.axis() for a in axes))
                              for v, axes in zip(variables, state.variable_axes, strict=True))
        variables = tuple(replace(v, domain=SIMPLEX, declared=True) if s == "simplex" else v
                          for v, s in zip_longest(variables, state.sets))
        bodies: tuple[Comprehension, ...] = (body,)
        if state.power is not None:
            bodies = (body, Comprehension(f"{state.value}_power", (), state.power.at()))
        for k, v in enumerate(state.beside):
            at = tuple(self.ctx.indices.new("i") for _ in v.axes)
            axes = tuple(a.axis() for a in v.axes)
            bounds = tuple(Bound(s, sympy.Integer(a.lo), _last(a.lo, a.name)) for s, a in zip(at, axes, strict=True))
            bodies = (*bodies, Comprehension(f"{state.value}_{k + 1}", bounds, v.at(*at), axes))
        inner = replace(self.equation(state.value, bodies, variables), latex=state.latex)
        if state.variable_axes:  # points that are only handed to functions of the caller may have any shape
            reached = self.reached(bodies)
            handed = {n for s in inner.slots for n in s.arguments} - reached
            inner = replace(inner, parameters=tuple(p for p in inner.parameters if p.name not in handed))
        if state.sets:
            self.refuse_unsearchable(state, inner)
        return Computed(state.value, state.kind, inner, state.variables, ends, p.axes, state.takes, state.sets)

    def refuse_unsearchable(self, state: ComputedState, inner: Equation) -> None:
        """Refuse arrays of a length that nothing tells, and functions without a gradient."""
        own = set(state.variables)
        applied = any(own & {*s.arguments} for s in inner.slots)
        if (applied or inner.computed) and any(state.variable_axes):
            raise Refusal("E293", "a search over arrays follows the gradient of its function, which is not known of a "
                          "function of the caller, an integral or a transport", self.span,
                          "write the function as a formula", unsupported=True)
        told = {a.name for p in inner.parameters if p.name not in own for a in p.axes}
        lengths = [a.name for axes in state.variable_axes for a in axes if not a.name.isdigit()]
        open_axes = [a for a in lengths if a not in told]
        if open_axes:
            raise Refusal("E292", f"nothing in the function says how many elements there are along {open_axes[0]}",
                          self.span, "write the number: x \\in \\mathbb{R}^3", unsupported=True)

    def end(self, state: ComputedState, k: int, side: int, outer: int) -> End:
        """One end of a range of integration."""
        v: Value | None = state.ends[k][side]
        if v is None:
            return sympy.oo if side else -sympy.oo
        inner = tuple(self.ctx.indices.new("i") for _ in v.axes)
        e: Expr = v.at(*inner)
        if inner and isinstance(e, sympy.Indexed) and tuple(e.indices) == inner and e.base.label.name in self.params:
            return heads.parameter(e.base.label.name)
        if e.is_number:
            return e
        if isinstance(e, Symbol) and e.name in {*self.params, *self.variables} - {*self.ctx.computed}:
            return e
        p = self.params[state.value]
        name = f"{state.value}_{('from', 'to')[side]}{k + 1 if len(state.ends) > 1 else ''}"
        axes = (*p.axes[:outer], *(a.axis() for a in v.axes))
        bounds = tuple(Bound(s, sympy.Integer(a.lo), _last(a.lo, a.name))
                       for s, a in zip((*state.over, *inner), axes, strict=True))
        return replace(self.equation(name, (Comprehension(name, bounds, e, axes),), ()), latex="")


def _last(lo: int, axis: str) -> Expr:
    """The last index of an axis."""
    size = heads.extent(axis)
    return size if lo == 1 else size + (lo - 1)


def read(c: Comprehension) -> set[str]:
    """Names that a comprehension reads itself."""
    out = set(heads.read_names(c.body))
    for b in c.bounds:
        out |= heads.read_names(b.lo) | heads.read_names(b.hi)
    return out


def inner_equations(c: Computed) -> tuple[Equation, ...]:
    """The equations behind a computed value: its integrand first, then those of its ends."""
    return (c.inner, *(e for pair in c.bounds for e in pair if isinstance(e, Equation)))


def wanted(e: Equation, variables: Iterable[str]) -> set[str]:
    """What an equation behind a computed value takes from the equation around it."""
    inside = {p.name for p in e.parameters if p.role not in ("slot value", "computed value")} | {*e.call_order}
    return inside - set(variables)


def end_names(c: Computed) -> set[str]:
    """Parameters that stand as an end of a range by themselves."""
    return {e.name for pair in c.bounds for e in pair if isinstance(e, Symbol)}


def variable(name: str, ends: tuple[End, End] | None, natural: Mapping[str, Domain]) -> Parameter:
    """An integration variable as a parameter of the integrand, which lies between the ends where these are numbers."""
    numbers = [e for e in ends or () if isinstance(e, Expr) and e.is_number]
    if len(numbers) < 2:
        return Parameter(name, (), natural.get(name, REAL), "variable")
    lo, hi = sorted(float(e) for e in numbers)
    domain = Domain(
        lo=None if lo == -float("inf") else Fraction(lo), hi=None if hi == float("inf") else Fraction(hi),
        lo_open=True, hi_open=True,
    )
    return Parameter(name, (), domain, "variable", declared=domain != REAL)
