"""First derivatives that go through black-box functions, by the chain rule.

    d/dx F(x, v(x)) = ∂F/∂x + vᵀ-pullback of ∂F/∂v

The partial derivatives by the parameter itself and by the values of the functions are one kernel, compiled and
certified like any other; each function's own pullback takes the latter to its arguments, and the kernels of what the
functions are handed take them on.  Values that the caller gives are held, and so are those that ``wrt`` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from .applied import apply
from .bind import bind
from .card import Card
from .handed import pull_handed
from .pullback import has_vjp, pulled, without_derivative
from .slots import PARTS, Use, given_as_logs, log_density, unspread

if TYPE_CHECKING:
    from .kernel import Kernel

Array = np.ndarray[Any, Any]

#: Kinds of applications that a pullback is known for.
PULLED = ("value", "inner", "log")


def depends(card: Card, name: str, wrt: Sequence[str]) -> bool:
    """Whether what a function receives changes with one of the parameters."""
    if _own(card, name) in wrt or name in wrt:
        return True
    for use in card.uses:
        if use.value == name:
            return any(depends(card, a, wrt) for a in _received(use))
    for h in card.handed:
        if h.card.name == name:
            return any(depends(card, n, wrt) for n in h.card.call_order)
    return False


def _own(card: Card, name: str) -> str:
    """The parameter behind an argument: an independent copy of samples is the samples themselves."""
    return name if name in card.call_order else name.removesuffix("_prime")


def _received(use: Use) -> Iterable[str]:
    """What an application is made of; at a step, the state before the first one too."""
    yield from use.arguments
    yield from (p.partition(":")[2] for p in use.places if p.startswith("before"))


def reached(card: Card, wrt: Sequence[str]) -> tuple[Use, ...]:
    """The applications of black-box functions that change with parameters, other than those that ``wrt`` names."""
    return tuple(u for u in card.uses if u.kind not in PARTS and u.value not in wrt
                 and any(depends(card, a, wrt) for a in _received(u)))


def fixed_values(card: Card, wrt: Sequence[str]) -> frozenset[str]:
    """The values of functions that a partial derivative holds although they change with what it is by."""
    inputs = {p.name for p in card.inputs}
    return frozenset(u.value for u in reached(card, wrt) if u.value in inputs)


def through(kernel: Kernel, mode: str, wrt: Any, values: bool = False) -> Through | None:
    """The derivative by parameters of which some reach black-box functions; ``None`` where none does.

    Raises ``Unsupported`` (E371) for ways through functions that no pullback is known for.
    """
    from .derive import real_parameters

    card = kernel.card
    if wrt is None or not card.uses:
        return None
    chosen = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    uses = reached(card, chosen)
    real = real_parameters(kernel)
    on_the_way = {_own(card, a) for u in card.uses for a in _received(u)} | {
        n for h in card.handed if any(h.card.name in u.arguments for u in card.uses) for n in h.card.call_order
    }
    whole = {p.name for c in (card, *(h.card for h in card.handed)) for p in c.inputs if p.integer or p.whole}
    ends = (on_the_way & {*card.call_order, *(u.value for u in card.uses)}) - whole
    if not uses or len(set(chosen)) < len(chosen) or not {*chosen} <= {*real, *ends}:
        return None  # a partial derivative, or a refusal
    stuck = [u for u in uses if u.kind not in PULLED]
    handed = [h for h in card.handed if depends(card, h.card.name, chosen) and (h.card.uses or h.card.computed)]
    if stuck or handed:
        if {*chosen} <= {*real}:
            return None  # the partial derivative, which refuses functions when it is called
        raise _no_way(kernel, chosen, stuck[0].slot if stuck else handed[0].card.name)
    return Through(kernel, mode, chosen, values)


@dataclass(frozen=True, slots=True)
class Step:
    """One application that was evaluated with its pullback."""

    use: Use
    value: Array
    back: Callable[[Array], list[Array | None]]
    shapes: tuple[tuple[int, ...], ...]


class Through:
    """A derivative through black-box functions: called like the kernel, one array for each of ``wrt``.

    ``partial`` is the kernel of the partial derivatives, by the parameters and by the values of the functions.
    A function that is bound must have a derivative: see `pullback`.  Of slices along leading axes a function is
    taken to treat each on its own.
    """

    __slots__ = ("_in_logs", "_names", "_uses", "kernel", "mode", "partial", "values", "wrt")

    def __init__(self, kernel: Kernel, mode: str, wrt: tuple[str, ...], values: bool) -> None:
        from .derive import partial_derivative

        self.kernel, self.mode, self.wrt, self.values = kernel, mode, wrt, values
        inputs = [p.name for p in kernel.card.inputs]
        self._uses = {u.value: u for u in reached(kernel.card, wrt)}
        self._names = (*(w for w in wrt if w in inputs), *(v for v in self._uses if v in inputs))
        self.partial: Kernel = partial_derivative(kernel, mode, self._names, values)
        self._in_logs: dict[frozenset[str], Through] = {}

    @property
    def name(self) -> str:
        return self.partial.name

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.partial.parameters

    def explain(self) -> str:
        """The partial derivatives in plain words, and what is done with them."""
        slots = ", ".join(dict.fromkeys(u.slot for u in self._uses.values()))
        return (f"{self.name} by {', '.join(self.wrt)}: the partial derivatives below, those by values of functions "
                f"taken on by the derivatives that come with {slots}.\n{self.partial.explain()}")

    def __repr__(self) -> str:
        return f"<{self.name}({', '.join(self.parameters)}) by {', '.join(self.wrt)}, through functions>"

    def __call__(self, *args: Any, **named: Any) -> Any:
        passed = dict(zip(self.parameters, args, strict=False)) | named
        if logs := self._as_logs(passed):
            if logs not in self._in_logs:
                self._in_logs[logs] = Through(self.kernel.by_logs(logs), self.mode, self.wrt, self.values)
            return self._in_logs[logs](*args, **named)
        tape: list[Step] = []
        given = bind(self.partial, args, named, apply=self._recorder(tape))
        card = self.partial.card
        found = self.partial.evaluated([given[p.name] for p in card.inputs])
        results = list(found) if isinstance(found, tuple) else [found]
        own = len(results) - len(self._names)
        if not tape and {*self.wrt} <= {*self._names}:  # every value was given: the partial derivatives as they are
            by_name = dict(zip(self._names, results[own:], strict=True))
            out = [*results[:own], *(by_name[w] for w in self.wrt)]
            return out[0] if len(out) == 1 else tuple(out)
        lead = np.shape(results[own])[: np.ndim(results[own]) - len(card.outputs[own].axes)]
        bars = {n: np.asarray(r) for n, r in zip(self._names, results[own:], strict=True)}
        self._pull(tape, bars, given, passed, lead)
        out = [*results[:own], *(self._total(w, bars, given, lead) for w in self.wrt)]
        return out[0] if len(out) == 1 else tuple(out)

    def _as_logs(self, passed: Mapping[str, Any]) -> frozenset[str]:
        """Values that come as logarithms; not those whose derivative is known for the value alone."""
        uses = self.kernel.card.uses
        logs = given_as_logs(uses, passed)
        by_value = {u.value for u in uses if u.value in logs and u.value in self._uses
                    and f"log_{u.value}" not in passed and has_vjp(passed.get(u.slot))
                    and not has_vjp(log_density(passed.get(u.slot)))}
        return logs - by_value

    def _recorder(self, tape: list[Step]) -> Callable[..., Any]:
        def record(kernel: str, use: Use, slot: Any, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
            if use.value not in self._uses:
                return apply(kernel, use, slot, function, arguments)
            needed = [depends(self.kernel.card, a, self.wrt) for a in use.arguments]
            arrays = [np.asarray(a) for a in arguments]
            arrays = [a if a.dtype.kind == "f" or not wanted else a.astype(np.float64)
                      for a, wanted in zip(arrays, needed, strict=True)]
            by = next(w for w in self.wrt if use in reached(self.kernel.card, (w,)))
            value, back = pulled(self.kernel, use, slot, function, arrays, needed, by)
            tape.append(Step(use, value, back, tuple(a.shape for a in arrays)))
            return value

        return record

    def _pull(
        self, tape: list[Step], bars: dict[str, Array], given: dict[str, Any], passed: Mapping[str, Any],
        lead: tuple[int, ...],
    ) -> None:
        """Add to the cotangents of the parameters what comes back through functions, the last one first."""
        for step in reversed(tape):
            if (bar := bars.get(step.use.value)) is None:
                continue
            bar = _of_diagonal(bar, step)
            if bar.shape != step.value.shape or step.value.shape[: len(lead)] != lead:
                raise self._shared(step.use.slot)
            arguments = [np.asarray(given[n if n in given else n.removesuffix("_prime")]) for n in step.use.arguments]
            found = unspread(self.name, step.back(bar), arguments, step.use)
            for name, x in zip(step.use.arguments, found, strict=True):
                if x is not None:
                    key = name if name in given else name.removesuffix("_prime")
                    bars[key] = bars[key] + x if key in bars else x
        for k in reversed(range(len(self.kernel.card.handed))):
            card = self.kernel.card.handed[k].card
            if card.name not in bars or card.name in passed or card.name in self.wrt:
                continue
            if lead:
                raise self._shared(card.name)
            wanted = tuple(n for n in card.call_order if depends(self.kernel.card, n, self.wrt))
            for name, x in pull_handed(self.kernel, k, given, bars[card.name], wanted).items():
                bars[name] = bars[name] + x if name in bars else x

    def _total(self, w: str, bars: Mapping[str, Array], given: Mapping[str, Any], lead: tuple[int, ...]) -> Any:
        if w not in bars:
            use = next(u for u in self._uses.values() if u in reached(self.kernel.card, (w,)))
            raise without_derivative(self.kernel, use, w)
        shape = np.shape(given[w])
        if bars[w].shape != shape or shape[: len(lead)] != lead:
            raise self._shared(next(iter(self._uses.values())).slot)
        return bars[w][()]

    def _shared(self, slot: str) -> Unsupported:
        return Unsupported(Diagnostic(
            "E372", f"{self.name} has several slices along leading axes, and {slot} serves them together", Span(0, 0),
            help="call it slice by slice, or give every argument the leading axes",
        ))


def _of_diagonal(bar: Array, step: Step) -> Array:
    """The cotangent of a number or a vector that stood for a matrix with it on the diagonal."""
    if step.use.event != 2 or bar.shape == step.value.shape or bar.ndim != 2:
        return bar
    diagonal: Array = np.diagonal(bar)
    return diagonal.sum() if step.value.ndim == 0 else diagonal


def refuse_functions(kernel: Kernel, given: Mapping[str, Any]) -> None:
    """Refuse a function whose values a partial derivative holds: it would be no derivative of what was asked.

    Raises ``Unsupported`` (E371).
    """
    for u in kernel.card.uses:
        value = u.value.removeprefix("log_") if u.kind == "log" else u.value
        if value not in kernel.fixed or u.value in given or f"log_{value}" in given or u.slot not in given:
            continue
        slot = given[u.slot]
        several = isinstance(slot, tuple | list) and any(map(callable, slot))
        if callable(slot) or several or has_vjp(slot) or log_density(slot) or hasattr(slot, "pdf"):
            raise _no_way(kernel, (), u.slot, u.value)


def _no_way(kernel: Kernel, wrt: Sequence[str], slot: str, value: str = "") -> Unsupported:
    by = f" by {', '.join(wrt)}" if wrt else ""
    held = f"; with {value}= given, the derivative that holds these values is there" if value else ""
    return Unsupported(Diagnostic(
        "E371", f"{kernel.name}{by} goes through {slot}, and no such derivative of a function is there", Span(0, 0),
        help=f"first derivatives of values go through functions: tj.grad, tj.value_and_grad, tj.vjp{held}",
    ))
