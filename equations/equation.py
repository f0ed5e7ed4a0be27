"""What formulas mean: equations in index form, and statements of other kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from .axis import Axis, signature
from .domain import Domain
from .span import Span

if TYPE_CHECKING:
    from sympy import Expr, Symbol


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named input of an equation.

    ``role``: ``argument`` (left-hand side), ``symbol`` (free on the right),
    ``slot value`` (stands for one application of a black-box function), ``state``
    or ``input`` (of a recurrence), ``computed value`` (a numerical routine supplies it), ``variable``
    (of an integral, in its integrand).  ``declared`` tells a stated domain from the
    natural one; an ``elastic`` array took its axes from what
    it meets element by element, and may be given as a single number.
    """

    name: str
    axes: tuple[Axis, ...]
    domain: Domain
    role: str = "symbol"
    latex: str = ""
    integer: bool = False
    declared: bool = False
    elastic: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """An index symbol and its inclusive mathematical bounds."""

    symbol: Symbol
    lo: Expr
    hi: Expr


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``name[bounds] = body``; ``axes`` are the axes that the bounds run over."""

    name: str
    bounds: tuple[Bound, ...]
    body: Expr
    axes: tuple[Axis, ...] = ()
    latex: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """``expr`` must be ``positive``, ``nonnegative`` or ``nonzero`` over the bounds."""

    sign: str
    expr: Expr
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """One distinct application ``slot(args)``; ``value`` is its value parameter.

    ``arguments`` are parameter names, or ``None`` where an argument is itself the
    value of another application (named in ``inner``).  ``kind`` is ``value`` or
    ``gradient``.  ``axes`` are the sample axes of the value, one tuple per argument
    in ``argument_axes``; behind them come ``event`` axes of each value.

    Of a chain of states: ``first``, ``rest`` and ``last`` are parts of the states ``slot``; a value of
    kind ``steps`` has one for each step, and ``places`` say what each argument is there: the state
    ``here`` or the one ``before:x_0``, the number of the ``step``, an element of ``each`` array, or the ``same``.
    """

    value: str
    slot: str
    arguments: tuple[str, ...]
    axes: tuple[Axis, ...] = ()
    argument_axes: tuple[tuple[Axis, ...], ...] = ()
    kind: str = "value"
    event: int = 0
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """A symbol with a formula that black-box functions receive: its equation, and what of it is ``sampled``."""

    equation: Equation
    sampled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Averaged:
    """A variable of an expectation: its sample axis, and the law that it is drawn from.

    ``law`` is the name of a black-box law that is written with what is ``given``, or empty.
    """

    name: str
    axis: str
    law: str = ""
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Density:
    """What belongs to a density: the equation of its logarithm, and what a sampler needs.

    ``law`` is a named law of ``variate`` over ``axes``, empty for a product of densities; ``form`` says what kind of
    covariance it has, and ``parameters`` are equations of its parameters, by the names of the law's.
    ``chain`` is set for one step of a chain: the state that it starts from, by how much the step counts
    on, and the letter that counts.
    """

    log: Equation
    variate: str = ""
    axes: tuple[str, ...] = ()
    law: str = ""
    form: str = ""
    parameters: tuple[tuple[str, Equation], ...] = ()
    chain: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A value inside a formula that a numerical routine supplies: an integral, an optimal transport.

    ``value`` is its parameter in the equation that reads it, ``kind`` chooses the routine.
    ``inner`` is the integrand or the cost, an equation of its own: it takes the bound
    ``variables`` first, then what the caller passes, and its output has the axes ``axes``
    of the value.  ``bounds`` are the ends of each variable, outermost variable first: a
    number (±oo too), a parameter of the caller, or an equation over ``axes``.  ``takes``
    names further parameters of the caller by what they are to the routine.  ``sets`` say what each variable of a
    search runs over: ``box`` (its elements lie between its ends) or ``simplex``.

    Of kind ``formula`` it is the value of ``inner`` itself, where each variable is taken at the place that both
    of its ends give.  ``compared`` names the integral, and the parameter, whose differences the derivative that it
    is should agree with.
    """

    value: str
    kind: str
    inner: Equation
    variables: tuple[str, ...]
    bounds: tuple[tuple[End, End], ...] = ()
    axes: tuple[Axis, ...] = ()
    takes: tuple[tuple[str, str], ...] = ()
    sets: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equation:
    """A definition in index form.

    ``parameters`` are what the compiled program takes, in order; ``call_order`` is
    what a caller passes (slots and their sample variables in place of slot values).
    ``lets`` come in dependency order and are kept, not substituted.  ``linked`` pairs
    keywords that override a linked definition with that definition's name.  ``reads``
    are positions outside any loop (``x_t``, ``x_1``) that must lie on their axis.
    ``computed`` are values that a routine supplies at every call, ``handed`` what is computed for
    black-box functions to receive, ``averaged`` the variables of expectations.
    ``density`` is set where the value is a probability density, ``draws`` are the laws of parameters
    that the text draws.
    """

    name: str
    parameters: tuple[Parameter, ...]
    lets: tuple[Comprehension, ...]
    outputs: tuple[Comprehension, ...]
    defined_when: tuple[Condition, ...] = ()
    call_order: tuple[str, ...] = ()
    slots: tuple[Application, ...] = ()
    linked: tuple[tuple[str, str], ...] = ()
    reads: tuple[tuple[Expr, Axis], ...] = ()
    latex: str = ""
    assumptions: tuple[str, ...] = ()
    span: Span = field(default=Span(0, 0))
    computed: tuple[Computed, ...] = ()
    handed: tuple[Handed, ...] = ()
    averaged: tuple[Averaged, ...] = ()
    density: Density | None = None
    draws: tuple[tuple[str, Equation], ...] = ()

    @property
    def signature(self) -> str:
        """Core dimensions of parameters and outputs, as NumPy writes them; of what a caller gives."""
        given = (p.axes for p in self.parameters if p.role != "computed value")
        return signature(tuple(given), tuple(o.axes for o in self.outputs))


#: An end of a range of integration: a number, a parameter's symbol, or an equation.
End: TypeAlias = "Expr | Equation"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A system in t, t±1: one fused step, and the definitions beside it.

    ``counter`` is the input that counts the steps, if the system reads it, and ``stepped`` are
    the inputs that are written with the step (``g_t``).
    """

    name: str
    step: Equation
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    auxiliaries: tuple[Equation, ...] = ()
    counter: str = ""
    stepped: tuple[str, ...] = ()
