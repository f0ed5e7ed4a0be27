"""What is known while one definition is elaborated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, Symbol

from . import algebra as al
from . import heads
from .domain import REAL, Domain
from .equation import Application, Condition, Equation, Handed
from .sized import hull, offset_named
from .span import Span
from .values import FRESH, LETTER, AxisVar, Indices, ShapeMismatch, Value, unify

#: What linked definitions may bring into one formula: symbols, and definitions kept by name.
MAX_COPIED = 20_000
MAX_LETS = 500


class Promote(Exception):
    """A symbol turns out to be an array: elaborate once more, knowing its rank."""

    def __init__(self, name: str, rank: int, reason: str, *, elementwise: bool = False) -> None:
        super().__init__(name)
        self.name, self.rank, self.reason, self.elementwise = name, rank, reason, elementwise


class Widen(Exception):
    """Arrays are read further than was known: elaborate once more with the wider range."""


class Length(Exception):
    """A number is the length that a linked definition writes for its arrays: elaborate once more, knowing it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Taken(Exception):
    """A name that a let was given belongs to a symbol met later: elaborate once more without it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Refusal(Exception):
    """A formula that is wrong (E1xx) or not supported yet; carried to a diagnostic."""

    def __init__(
        self, code: str, message: str, span: Span, help: str = "", *, unsupported: bool = False,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.span, self.help = code, message, span, help
        self.unsupported, self.notes = unsupported, notes


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration: axes by name and domain.

    ``function`` declares a black-box function; ``element`` states the domain of every
    element of an array whose axes come from its use (``y_i ∈ {0,1}``).
    """

    name: str
    axes: tuple[str, ...] = ()
    domain: Domain = REAL
    function: bool = False
    text: str = ""
    element: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A bound index: its symbol, the axis of arrays read at it, and its bounds.

    ``whole`` tells an index that runs over all of ``axis``; otherwise ``lo`` and
    ``hi`` give the bounds.  An index from ``first`` to a written bound ``N + shift``
    has ``top = N``.
    """

    symbol: Symbol
    axis: AxisVar
    whole: bool
    lo: Callable[[], Expr]
    hi: Callable[[], Expr]
    top: str = ""
    first: int = 1
    shift: int = 0
    bare: bool = False


def over_axis(symbol: Symbol, axis: AxisVar) -> Binding:
    """An index that runs over a whole axis."""
    return Binding(symbol, axis, True, lambda: axis.bounds()[0], lambda: axis.bounds()[1])


@dataclass(slots=True)
class ParamState:
    """A parameter while its axes are open."""

    name: str
    axes: tuple[AxisVar, ...]
    domain: Domain
    role: str
    latex: str
    declared: bool
    integer: bool = False


@dataclass(slots=True)
class LetState:
    """A let while its axes are open; ``body`` is produced late."""

    name: str
    indices: tuple[Symbol, ...]
    axes: tuple[AxisVar, ...]
    body: Callable[[], Expr]
    latex: str = ""


@dataclass(slots=True)
class ComputedState:
    """A computed value while its axes are open; ``over`` are the indices that it depends on.

    ``ends`` are the ends of each variable, ``None`` for an infinite one on its side; ``variable_axes`` the
    axes of variables that are arrays, ``power`` a second output beside the body, ``sets`` what each variable of a
    search runs over: ``box`` or ``simplex``, ``beside`` further outputs.  One that is the value of a definition has
    that for its ``formula``.
    """

    value: str
    kind: str
    variables: tuple[str, ...]
    over: tuple[Symbol, ...]
    body: Value
    ends: tuple[tuple[Value | None, Value | None], ...] = ()
    latex: str = ""
    takes: tuple[tuple[str, str], ...] = ()
    variable_axes: tuple[tuple[AxisVar, ...], ...] = ()
    power: Value | None = None
    sets: tuple[str, ...] = ()
    beside: tuple[Value, ...] = ()
    formula: Equation | None = None


@dataclass(slots=True)
class Extent:
    """A written bound ``N``: arrays are read at it from ``lo`` to ``N + shift``, all of ``axis``."""

    axis: AxisVar
    lo: int
    shift: int


#: A result under way: its name, value, outer axes and their index symbols.
Result = tuple[str, Value, tuple[AxisVar, ...], tuple[Symbol, ...]]


@dataclass(slots=True)
class Knowledge:
    """What a definition may refer to: declarations and definitions in its scope.

    ``place`` says in words where the document defines an equation; empty for one from elsewhere.
    ``given`` says why a name that has a formula is no definition to link, ``square`` gives
    the definition of a name's square, where it cannot be negative; ``functions`` takes the
    arguments too, and whether a bar parts them: ``p(x | a)`` is no ``p(a)``;
    ``shown`` how many axes other statements nearby show a symbol to have, ``own`` whether
    an equation stands under the same heading, ``called`` whether the prose calls a symbol a
    standard deviation or a variance.
    """

    declared: dict[str, Declared] = field(default_factory=dict)
    functions: Callable[..., Equation | None] = lambda name, given=(), barred=False: None
    symbols: Callable[[str], Equation | None] = lambda name: None
    square: Callable[[str], Equation | None] = lambda name: None
    defined: Callable[..., bool] = lambda name, given=(), barred=False: False
    place: Callable[[Equation], str] = lambda equation: ""
    given: Callable[[str], str] = lambda name: ""
    shown: Callable[[str], int] = lambda name: 0
    own: Callable[[Equation], bool] = lambda equation: False
    called: Callable[[str], str] = lambda name: ""


@dataclass(slots=True)
class Context:
    """The state of one elaboration.

    ``variables`` are the names of integration variables by their letters, ``integrated`` those in force.
    """

    known: Knowledge
    ranks: dict[str, int]
    bare: frozenset[str] = frozenset()
    elementwise: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()
    uppers: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    hulls: dict[str, tuple[int, int]] = field(default_factory=dict)
    spans: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    quadratic: set[str] = field(default_factory=set)
    integers: set[str] = field(default_factory=set)
    params: dict[str, ParamState] = field(default_factory=dict)
    lets: dict[str, LetState] = field(default_factory=dict)
    linked: dict[str, Value] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)
    extents: dict[str, Extent] = field(default_factory=dict)
    lengths: dict[str, AxisVar] = field(default_factory=dict)
    sizes: frozenset[str] = frozenset()
    samples: dict[str, Binding] = field(default_factory=dict)
    sample_axes: dict[str, AxisVar] = field(default_factory=dict)
    classes: dict[str, tuple[str, Binding]] = field(default_factory=dict)
    numbers: dict[Symbol, Span] = field(default_factory=dict)
    valued: set[Symbol] = field(default_factory=set)
    slots: dict[str, Application] = field(default_factory=dict)
    slot_axes: dict[str, tuple[tuple[AxisVar, ...], tuple[tuple[AxisVar, ...], ...]]] = field(
        default_factory=dict
    )
    order: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    conditions: list[tuple[str, Value, tuple[Binding, ...]]] = field(default_factory=list)
    carried: list[Callable[[], Condition]] = field(default_factory=list)
    reads: list[tuple[Callable[[], Expr], AxisVar]] = field(default_factory=list)
    stretched: list[tuple[AxisVar, Callable[[], Expr], Binding]] = field(default_factory=list)
    axis_names: dict[str, AxisVar] = field(default_factory=dict)
    indices: Indices = field(default_factory=lambda: Indices({}))
    rename: dict[str, str] = field(default_factory=dict)
    shadow: dict[str, Value] = field(default_factory=dict)
    copies: dict[str, Value] = field(default_factory=dict)
    computed: dict[str, ComputedState] = field(default_factory=dict)
    handed: dict[str, Handed] = field(default_factory=dict)
    gathered: set[str] = field(default_factory=set)
    averaged: dict[str, tuple[AxisVar, str, tuple[str, ...]]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    integrated: dict[str, str] = field(default_factory=dict)
    copied: int = 0
    walk: Any = None
    laws: list[Any] = field(default_factory=list)
    amounts: bool = False
    applied: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    rectangles: frozenset[str] = frozenset()
    step: str = ""
    compares: bool = False

    def copy(self, name: str) -> None:
        """Count one more symbol that a linked definition brings in; raises ``Refusal`` beyond the budget."""
        self.copied += 1
        if self.copied > MAX_COPIED or len(self.lets) > MAX_LETS:
            raise Refusal("E180", f"{name} brings in more of the definitions below it than can be held", Span(0, 0),
                          "apply fewer definitions to each other in one formula", unsupported=True)

    def assume(self, text: str) -> None:
        """Note an assumption once."""
        if text not in self.assumptions:
            self.assumptions.append(text)

    def require(self, sign: str, v: Value) -> None:
        """Note a condition of definedness under the indices bound now."""
        self.conditions.append((sign, v, (*self.bindings.values(), *self.samples.values())))

    def mention(self, name: str) -> None:
        """Give a name its place in the order of call."""
        if name not in self.order:
            self.order.append(name)

    def fresh_let(self, hint: str) -> str:
        """A let name that no parameter or let has."""
        name, k = hint, 1
        taken = {*self.params, *self.lets, *self.known.declared, *self.arguments, *self.taken, *self.variables.values()}
        while name in taken:
            k += 1
            name = f"{hint}_{k}"
        return name

    def define(self, hint: str, v: Value, latex: str = "") -> Value:
        """Keep a value as a let and read it by name from now on."""
        name = self.fresh_let(hint)
        symbols = tuple(self.indices.new("i") for _ in v.axes)
        self.lets[name] = LetState(name, symbols, v.axes, lambda: v.at(*symbols), latex)
        return self.read(name, v.axes, v.row)

    @staticmethod
    def read(name: str, axes: tuple[AxisVar, ...], row: bool = False) -> Value:
        """The value of a named array (or number)."""
        if not axes:
            return Value((), lambda: heads.parameter(name))
        return Value(axes, lambda *i: heads.element(name, *i), row=row)

    def named_axis(self, name: str) -> AxisVar:
        """The axis of a written extent, one per name."""
        if name not in self.axis_names:
            self.axis_names[name] = AxisVar(name, 2)
        return self.axis_names[name]

    def last_index(self, name: str) -> Expr:
        """The value of a written bound ``N``: an extent, or an integer parameter."""
        e = self.extents.get(name)
        if e is None or not e.axis.find().attached:
            return heads.parameter(name)
        shift = e.lo - 1 - e.shift
        size = e.axis.extent()
        return size if shift == 0 else al.add(size, Integer(shift))

    def length(self, name: str) -> None:
        """A linked definition writes ``name`` for the length of its arrays; here it is the same number."""
        taken = name in self.uppers or name in self.arguments or name in self.known.declared or name in self.axis_names
        if taken or name.isdigit() or name in self.lengths or self.known.symbols(name) is not None:
            return
        if name in self.params:
            raise Length(name)
        self.lengths[name] = AxisVar(name, LETTER)

    def parameter(self, name: str, latex: str = "", role: str = "symbol") -> ParamState:
        """The parameter of that name, made when first met."""
        if name not in self.params:
            if name in self.lets or name in self.variables.values():
                raise Taken(name)
            declared = self.known.declared.get(name)
            if declared and not declared.function and not declared.element:
                axes = tuple(self.named_axis(a) for a in declared.axes)
                domain = declared.domain
            else:
                axes = tuple(AxisVar("", FRESH) for _ in range(self.ranks.get(name, 0)))
                domain = declared.domain if declared else REAL
            for axis in axes:
                axis.attach()
            role = "argument" if name in self.arguments else role
            self.params[name] = ParamState(name, axes, domain, role, latex, declared is not None)
            self.params[name].integer = name in self.integers
            self.mention(name)
        return self.params[name]

    @contextmanager
    def bind(self, letters: dict[str, Binding]) -> Iterator[None]:
        """Index letters in force inside the block."""
        saved = dict(self.bindings)
        self.bindings.update(letters)
        try:
            yield
        finally:
            self.bindings = saved

    @contextmanager
    def sampling(self, samples: dict[str, Binding]) -> Iterator[None]:
        """Sample variables of an expectation in force inside the block."""
        saved = dict(self.samples)
        self.samples.update(samples)
        try:
            yield
        finally:
            self.samples = saved

    def index_into(
        self, v: Value, k: int, binding: Binding, span: Span, array: str = "", moved: int | None = 0
    ) -> None:
        """Arrays read at an index, moved by a whole number or not, share its axis."""
        if binding.top and moved is not None:
            self._reach(binding, v.axes[k], array, binding.first + moved, binding.shift + moved)
        elif not binding.whole and binding.first == moved == 0:
            binding.axis.start(0)
        try:
            unify(v.axes[k], binding.axis, span)
        except ShapeMismatch as no:
            if array in self.linked:
                no.help = no.help or f"{array} is linked to its formula; if it is another one here, rename one"
            elif self.hulls.get(binding.top, (1, 0))[1] > 0:
                no.help = no.help or "elements beyond the last one do not wrap around: write such terms out, or " \
                    "declare the length that is read"
            raise
        binding.axis.attach()

    def _reach(self, binding: Binding, axis: AxisVar, array: str, lo: int, shift: int) -> None:
        """Note that an array is read from ``lo`` to ``N + shift``; elaborate again if that is news."""
        declared = self.known.declared.get(array)
        fixed = declared is not None and not declared.element
        extra = offset_named(axis.name, binding.top) if fixed else None
        if extra is not None:  # a declared length fixes the range
            first = min(lo, 1)
            lo, shift = min(lo, first), max(shift, extra + first - 1)
        here = (lo, shift)
        self.spans[array, binding.top] = hull(self.spans.get((array, binding.top), here), here)
        self.hulls[binding.top] = hull(self.hulls.get(binding.top, here), here)
        known = self.extents[binding.top]
        if self.hulls[binding.top] != (known.lo, known.shift):
            raise Widen
