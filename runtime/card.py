"""The facts of a kernel, in a form that is kept on disk, and the compilation that gathers them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from . import jit
from .call import Input, Result
from .slots import Use

if TYPE_CHECKING:
    from ..compiler.expr import Program
    from ..compiler.loops import Proc
    from ..equations.equation import Computed, Equation
    from .kernel import Kernel

MATH, LINALG = "texjit.runtime.vecmath", "texjit.runtime.linalg"


@dataclass(frozen=True, slots=True)
class Computation:
    """A value that a routine supplies at every call, as `equation.Computed` says, with cards for equations.

    An end of ``bounds`` is a number, the name of a parameter, or the card of a kernel.  ``logs`` is the
    inner equation with logarithms for the values of densities, where these stand under a logarithm.
    One that is ``idle`` is read by nothing, and ``derived`` tells a derivative behind it.
    """

    value: str
    kind: str
    inner: Card
    variables: tuple[str, ...]
    bounds: tuple[tuple[float | str | Card, float | str | Card], ...]
    axes: tuple[str, ...]
    takes: tuple[tuple[str, str], ...] = ()
    logs: Card | None = None
    sets: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    idle: bool = False
    derived: bool = False

    @property
    def latex(self) -> str:
        return self.inner.latex

    @property
    def wanted(self) -> tuple[str, ...]:
        """Parameters and functions of the caller that it depends on."""
        names = [n for n in self.inner.call_order if n not in self.variables]
        for e in (e for pair in self.bounds for e in pair):
            names += [e] if isinstance(e, str) else e.call_order if isinstance(e, Card) else []
        return tuple(dict.fromkeys((*names, *(n for _, n in self.takes))))

    @staticmethod
    def from_json(x: Mapping[str, Any]) -> Computation:
        ends = tuple(tuple(Card.from_json(e) if isinstance(e, Mapping) else e for e in pair) for pair in x["bounds"])
        plain = {k: _tuples(v) for k, v in x.items()}
        logs = None if x["logs"] is None else Card.from_json(x["logs"])
        return Computation(**{**plain, "inner": Card.from_json(x["inner"]), "bounds": ends, "logs": logs})


@dataclass(frozen=True, slots=True)
class HandedCard:
    """What black-box functions receive and a kernel computes: its card, and the names of it that are sampled."""

    card: Card
    sampled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DensityCard:
    """What belongs to a density: the kernel of its logarithm, its law, and kernels of the law's parameters."""

    log: Card
    variate: str
    axes: tuple[str, ...]
    law: str
    form: str
    names: tuple[str, ...]
    parameters: tuple[Card, ...]
    chain: tuple[str, int, str] | None

    @staticmethod
    def from_json(x: Mapping[str, Any]) -> DensityCard:
        plain = {k: _tuples(v) for k, v in x.items()}
        cards = {"log": Card.from_json(x["log"]), "parameters": tuple(map(Card.from_json, x["parameters"]))}
        return DensityCard(**(plain | cards))


@dataclass(frozen=True, slots=True)
class Card:
    """All that a kernel is, without SymPy: kept in the cache as JSON."""

    name: str
    signature: str
    inputs: tuple[Input, ...]
    outputs: tuple[Result, ...]
    reads: tuple[tuple[str, int], ...]
    call_order: tuple[str, ...]
    uses: tuple[Use, ...]
    linked: tuple[tuple[str, str], ...]
    domains: tuple[tuple[str, str], ...]
    latex: str
    assumptions: tuple[str, ...]
    explanation: str
    text: str
    roles: tuple[tuple[str, str], ...] = ()
    computed: tuple[Computation, ...] = ()
    density: DensityCard | None = None
    handed: tuple[HandedCard, ...] = ()
    averaged: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    draws: tuple[tuple[str, Card], ...] = ()

    @property
    def key(self) -> str:
        """What the certificate of this kernel is filed under."""
        return hashlib.sha256(repr((self.text, self.domains, self.computed)).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(x: Mapping[str, Any]) -> Card:
        tuples = {k: _tuples(v) for k, v in x.items()}
        tuples["inputs"] = tuple(Input(**{**i, "axes": tuple(i["axes"])}) for i in x["inputs"])
        tuples["outputs"] = tuple(Result(r["name"], tuple(r["axes"])) for r in x["outputs"])
        tuples["uses"] = tuple(Use(**{k: _tuples(v) for k, v in u.items()}) for u in x["uses"])
        tuples["computed"] = tuple(Computation.from_json(c) for c in x["computed"])
        tuples["density"] = DensityCard.from_json(x["density"]) if x.get("density") else None
        tuples["handed"] = tuple(HandedCard(Card.from_json(h["card"]), tuple(h["sampled"])) for h in x["handed"])
        tuples["draws"] = tuple((name, Card.from_json(law)) for name, law in x.get("draws", ()))
        return Card(**tuples)


def _tuples(x: Any) -> Any:
    return tuple(_tuples(i) for i in x) if isinstance(x, list) else x


def module_text(program: Program, latex: str) -> str:
    """The emitted module of a program, for both dtypes."""
    from ..compiler.lower import lower

    return _emitted(lower(program), latex)


def _emitted(proc: Proc, latex: str) -> str:
    from ..compiler.emit.python import emit

    return emit([(proc, "float64"), (proc, "float32")], MATH, LINALG, {proc.name: latex})


def batched_text(kernel: Kernel, dtype: str, mask: tuple[bool, ...]) -> str:
    """The module of a kernel over leading axes of the parameters in ``mask``, kept in the cache."""
    key = f"text/{kernel.card.key}/{dtype}/{mask}"
    stored = jit.load(key)
    if stored is not None:
        return stored.decode()
    from ..compiler.emit.python import emit
    from ..compiler.lower import lower
    from ..compiler.passes.batch import batch

    batched = frozenset(p.name for p, m in zip(kernel.card.inputs, mask, strict=True) if m)
    proc = lower(batch(kernel.program, batched))
    text = emit([(proc, dtype)], MATH, LINALG, {proc.name: kernel.card.latex})
    jit.store(key, text.encode())
    return text


def make_card(
    equation: Equation, roles: tuple[tuple[str, str], ...] = (), frozen: Program | None = None,
    behind: Mapping[str, Card] | None = None,
) -> tuple[Card, Program]:
    """Compile an equation to text, with everything a caller needs to know.

    ``frozen`` is its program where that was derived rather than read; then ``behind`` are the cards of kernels
    behind its computed values.
    """
    from ..compiler.freeze import freeze
    from ..compiler.lower import lower
    from ..compiler.pipeline import optimize
    from .explain import explain

    formula = equation.latex if frozen else ""
    idle = unread(frozen) if frozen else frozenset[str]()
    frozen = frozen or freeze(equation)
    program = optimize(frozen)
    proc = lower(program)
    card = Card(
        equation.name,
        equation.signature,
        tuple(
            Input(p.name, tuple(a.name for a in p.axes), p.integer, p.elastic, p.domain.kind == "integer")
            for p in equation.parameters
        ),
        tuple(Result(o.name, tuple(a.name for a in o.axes)) for o in equation.outputs),
        tuple((axis.name, int(at) - axis.lo) for at, axis in equation.reads if at.is_Integer),
        equation.call_order,
        tuple(
            Use(s.value, s.slot, s.arguments, tuple(a.name for a in s.axes),
                tuple(tuple(a.name for a in axes) for axes in s.argument_axes), s.kind, s.event, s.places)
            for s in equation.slots
        ),
        equation.linked,
        tuple((p.name, str(p.domain)) for p in equation.parameters),
        equation.latex,
        equation.assumptions,
        explain(equation, frozen, program, proc, formula),
        _emitted(proc, equation.latex),
        roles,
        tuple(computation(c, (behind or {}).get(c.value), c.value in idle) for c in equation.computed),
        _density_card(equation),
        tuple(HandedCard(make_card(h.equation)[0], h.sampled) for h in equation.handed),
        tuple((a.name, a.axis, a.law, a.given) for a in equation.averaged),
        tuple((name, make_card(law)[0]) for name, law in equation.draws),
    )
    return card, program


def computation(c: Computed, behind: Card | None = None, idle: bool = False) -> Computation:
    """The cards behind a computed value; ``behind`` is that of a derivative."""
    ends = tuple((_end(lo), _end(hi)) for lo, hi in c.bounds)
    from ..equations.logs import in_logs

    logs = in_logs(c.inner) if c.kind == "integral" else None
    return Computation(
        c.value, c.kind, behind or make_card(c.inner)[0], c.variables, ends, tuple(a.name for a in c.axes), c.takes,
        None if logs is None else make_card(logs)[0], c.sets, c.compared, idle, behind is not None,
    )


def unread(program: Program) -> frozenset[str]:
    """Parameters that nothing in a program reads."""
    from ..compiler.binding import reads

    read = {name for let in program.lets for name in reads(let)} | {name for o in program.outputs for name in reads(o)}
    return frozenset(p.name for p in program.params if p.name not in read)


def _end(e: Any) -> float | str | Card:
    from ..equations.equation import Equation

    if isinstance(e, Equation):
        return make_card(e)[0]
    return float(e) if e.is_number else str(e.name)


def _density_card(equation: Equation) -> DensityCard | None:
    d = equation.density
    if d is None:
        return None
    parameters = tuple(make_card(e)[0] for _, e in d.parameters)
    names = tuple(name for name, _ in d.parameters)
    return DensityCard(make_card(d.log)[0], d.variate, d.axes, d.law, d.form, names, parameters, d.chain)


