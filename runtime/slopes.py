r"""How the computed values of a kernel move with its parameters: what a derivative through them is made of.

    d/da ∫_l^h f(x; a) dx = ∫_l^h ∂f/∂a dx + f(h; a) ∂h/∂a - f(l; a) ∂l/∂a        (Leibniz)
    d/da Z(y(a), a)       = ∂Z/∂y ∂y/∂a + ∂Z/∂a

Every factor is a computed value again, with a kernel behind it that is a derivative, or the integrand at an end.
The rule holds where the integrand moves without a jump inside of the range; where its text does not show that,
values are compared with differences at every call (`leibniz`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..compiler.positions import ZERO
from ..compiler.readable.document import symbol
from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.domain import REAL
from ..equations.equation import Computed, Equation, Parameter
from ..equations.jumps import may_jump
from ..equations.slope import Factor, Slope
from ..equations.span import Span

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: Kinds of computed values that derivatives are taken through.
MOVING = ("integral", "formula")


@dataclass(slots=True)
class Slopes:
    """Slopes of computed values, and what they read: records, parameters, and the kernels behind."""

    slopes: list[Slope] = field(default_factory=list)
    computed: dict[str, Computed] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    kernels: dict[str, Kernel] = field(default_factory=dict)


def slopes(kernel: Kernel, wrt: Iterable[str]) -> Slopes:
    """The slopes of all computed values by some parameters; raises ``Unsupported`` where there are none."""
    found = Slopes()
    for c in kernel.card.computed:
        for w in wrt:
            if w in c.wanted and not c.takes:
                _Moves(kernel, c, w, found).add()
    return found


class _Moves:
    """The slope of one computed value by one parameter."""

    def __init__(self, kernel: Kernel, c: Computation, w: str, found: Slopes) -> None:
        self.kernel, self.card, self.w, self.found = kernel, c, w, found
        if c.kind not in MOVING:
            raise refusal(kernel, c, w)
        equation = kernel.equation
        self.record = next(x for x in equation.computed if x.value == c.value)
        parameters = {p.name: p for p in equation.parameters}
        self.own, self.by = parameters[c.value].axes, parameters[w].axes
        self.latex = parameters[c.value].latex or symbol(c.value)
        self.taken = {*parameters, *equation.call_order, *(let.name for let in equation.lets),
                      *(o.name for o in equation.outputs)}
        self.terms: list[tuple[int, tuple[Factor, ...]]] = []
        self.whole = tuple(range(len(self.own)))

    def add(self) -> None:
        """The slope among those found, with what it reads."""
        c = self.card
        self.refuse_functions(self.kernel.behind(c.value), self.w)
        inner = {p.name for p in c.inner.inputs} - {x.value for x in c.inner.computed}
        if self.w in inner - {*c.variables}:
            self.inside()
        for k in range(len(c.variables)):
            if c.kind == "integral":
                for side, sign in ((1, 1), (0, -1)):
                    self.at_end(k, side, sign)
            else:
                self.at_place(k)
        self.found.slopes.append(Slope(c.value, self.w, tuple(self.terms)))

    def refuse_functions(self, behind: Kernel, w: str) -> None:
        """A black-box function behind a computed value moves in a way that nobody knows."""
        lost = [u.slot for u in behind.card.uses if w in u.arguments]
        if lost:
            raise Unsupported(Diagnostic(
                "E393", f"{self.w} reaches {self.kernel.name} through {lost[0]}, which is evaluated for "
                f"{self.card.value}, and its derivative is not known", Span(0, 0), help=f"write {lost[0]} as a formula",
            ))

    def inside(self) -> None:
        """``∫ ∂f/∂w dx``, or ``∂Z/∂w``."""
        c, slope = self.card, self.slope_of(self.kernel.behind(self.card.value), self.w)
        compared: tuple[str, ...] = ()
        if c.kind == "integral" and may_jump(self.record.inner, c.variables, self.w):
            compared = (c.value, self.w)
        if not compared and is_nothing(slope):
            return
        fixed = not any(e == self.w or (not isinstance(e, str | float | int) and self.w in e.call_order)
                        for pair in c.bounds for e in pair)
        text = rf"\frac{{\partial}}{{\partial {symbol(self.w)}}} {self.latex}" if fixed else ""
        name = self.made(f"{c.value}_by_{self.w}", c.kind, slope, c.variables, self.record.bounds,
                         (*self.own, *self.by), compared, text)
        self.terms.append((1, (Factor(name, self.whole, True),)))

    def at_end(self, k: int, side: int, sign: int) -> None:
        """``± f(h) ∂h/∂w`` of an end of a range."""
        c, e = self.card, self.card.bounds[k][side]
        moving = self.end_slope(k, side)
        if moving is None:
            return
        if len(c.variables) > 1:
            raise Unsupported(Diagnostic(
                "E394", f"{self.w} moves an end of a range that stands in several integrals at once", Span(0, 0),
                help="write one integral inside of the other",
            ))
        behind = self.kernel.behind(c.value)
        place = self.record.bounds[k][side]
        word = ("from", "to")[side]
        at = self.made(f"{c.value}_at_{word}", "formula", behind, c.variables, ((place, place),), self.own)
        self.terms.append((sign, (Factor(at, self.whole), *moving)))
        assert e != float("inf")

    def at_place(self, k: int) -> None:
        """``∂Z/∂y ∂y/∂w`` of a formula that is taken at a place."""
        c, x = self.card, self.card.variables[k]
        moving = self.end_slope(k, 1)
        if moving is None:
            return
        axes = next(p.axes for p in self.record.inner.parameters if p.name == x)
        place = c.bounds[k][1]
        if axes and place != self.w:
            raise Unsupported(Diagnostic(
                "E394", f"the derivative by {self.w}, from which the array {x} is made that {c.value} takes, is not "
                "there yet", Span(0, 0), help="name the array as a parameter, and go on with its own derivative",
            ))
        slope = self.slope_of(self.kernel.behind(c.value), x)
        own = (*self.own, *self.by) if axes else self.own
        name = self.made(f"{c.value}_by_{x}", "formula", slope, c.variables, self.record.bounds, own)
        self.terms.append((1, (Factor(name, self.whole, bool(axes)), *moving)))

    def end_slope(self, k: int, side: int) -> tuple[Factor, ...] | None:
        """``∂e/∂w`` of an end: no factor where it is the parameter itself, ``None`` where it stands still."""
        c, e = self.card, self.card.bounds[k][side]
        if e == self.w:
            return ()
        if isinstance(e, str | float | int) or self.w not in e.call_order:
            return None
        word = ("from", "to")[side]
        slope = self.slope_of(self.kernel.behind(f"{c.value}/{word}{k}"), self.w)
        record = self.record.bounds[k][side]
        assert isinstance(record, Equation)
        axes = record.outputs[0].axes
        name = self.made(f"{c.value}_{word}{k or ''}_by_{self.w}", "formula", slope, (), (), (*axes, *self.by))
        return (Factor(name, tuple(range(len(axes))), True),)

    def slope_of(self, behind: Kernel, w: str) -> Kernel:
        from .derive import jacobian

        self.refuse_functions(behind, w)
        if not any(p.name == w for p in behind.card.inputs):
            raise refusal(self.kernel, self.card, self.w)
        found: Kernel = jacobian(behind, w)
        return found

    def made(
        self, name: str, kind: str, behind: Kernel, variables: tuple[str, ...], bounds: Any, axes: Any,
        compared: tuple[str, ...] = (), latex: str = "",
    ) -> str:
        """A computed value with a kernel behind it, once."""
        while name in self.taken:
            name += "_"
        if name not in self.found.computed:
            made = Computed(name, kind, behind.equation, variables, bounds, axes, compared=compared)
            self.found.computed[name] = made
            self.found.parameters.append(Parameter(name, axes, REAL, "computed value", latex))
            self.found.kernels[name] = behind
        return name


def is_nothing(slope: Kernel) -> bool:
    """Whether a derivative is zero by its text."""
    return all(o.body == ZERO for o in slope.program.outputs)


def refusal(kernel: Kernel, c: Computation, w: str) -> Unsupported:
    return Unsupported(Diagnostic(
        "E366", f"{w} reaches {kernel.name} through the {c.kind} {c.value}, and the derivative through it is not there "
        "yet",
        Span(0, 0), help=f"write the derivative as a formula of its own; by the value itself it is there: "
        f"wrt=\"{c.value}\"",
    ))
