"""First derivatives of formulas with searches, by the envelope theorem.

Where the best value has a derivative by a parameter, that is the derivative of the function at the best place, which
counts as constant (Danskin 1966; Milgrom & Segal 2002).  Where several places are best and their slopes differ, there
is none, and a call says so.  An end of what is searched over is held: a derivative by it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from . import plans
from .call import DomainError
from .optimize import KINDS, Attained, refined, watched

if TYPE_CHECKING:
    from .card import Computation
    from .kernel import Kernel

#: How far slopes at equally good places may differ, relative to the largest of them: the places are searched for.
CLOSE = 1e-5


def searches(kernel: Kernel) -> tuple[Computation, ...]:
    """The computed values of a kernel that are searched for."""
    return tuple(c for c in kernel.card.computed if c.kind in (*KINDS, *plans.KINDS))


def refused(what: str, help: str = "") -> Unsupported:
    return Unsupported(Diagnostic("E383", what, Span(0, 0), help=help))


def through_search(kernel: Kernel, wrt: Any, values: bool) -> SearchGradient | None:
    """The gradient through searches; ``None`` where they depend on nothing that is asked for."""
    from .call import Input

    found = searches(kernel)
    if not found:
        return None
    real: list[Input] = [p for p in kernel.card.inputs if not (p.integer or p.whole)]
    supplied = {c.value for c in kernel.card.computed}
    chosen = tuple(p.name for p in real if p.name not in supplied) if wrt is None else (
        (wrt,) if isinstance(wrt, str) else tuple(wrt))
    touched = [(c, w) for c in found for w in chosen if w in c.wanted]
    if not touched:
        return None
    if unknown := [w for w in chosen if w not in {p.name for p in real}]:
        has = ", ".join(p.name for p in real if p.name not in supplied)
        raise TypeError(f"{kernel.name} has no real parameter {unknown[0]!r}; it has {has or 'none'}")
    for c, w in touched:
        if c.kind.startswith(("place", "plan")):
            raise refused(f"the place that {kernel.name} searches for depends on {w}, and its derivative is not there "
                          "yet", "write the place in closed form")
        if w in _ends(c):
            raise refused(f"{w} is an end of what {kernel.name} searches over, and the derivative by it is not there "
                          "yet", "differentiate by what the function itself takes")
        if w not in {p.name for p in c.inner.inputs}:
            raise refused(f"{w} reaches the function that {kernel.name} searches through a black-box function, an "
                          "integral or a transport, whose derivative is not known", "write the function as a formula")
    for c in kernel.card.computed:
        if c not in found and any(w in c.wanted for w in chosen):
            raise refused(f"a parameter reaches {kernel.name} through a search and {c.value} alike; a derivative "
                          "through both is not there yet", "give the two parts names of their own")
    return SearchGradient(kernel, chosen, values)


def _ends(c: Computation) -> set[str]:
    out: set[str] = set()
    for e in (e for pair in c.bounds for e in pair):
        if isinstance(e, str):
            out.add(e)
        elif not isinstance(e, float | int):
            out |= {*e.call_order}
    return out


class SearchGradient:
    """The gradient of a kernel with searches: called like the kernel, one array for each of ``wrt``.

    With ``values`` the kernel's value comes first.  One call is for one point: leading axes are walked over.
    """

    __slots__ = ("_outer", "_slopes", "kernel", "values", "wrt")

    def __init__(self, kernel: Kernel, wrt: tuple[str, ...], values: bool) -> None:
        from .derive import by_inputs

        self.kernel, self.wrt, self.values = kernel, wrt, values
        names = (*(c.value for c in searches(kernel)), *wrt)
        self._outer = names, by_inputs(kernel, names)
        self._slopes: dict[tuple[str, tuple[str, ...]], Any] = {}

    @property
    def name(self) -> str:
        return f"grad_{self.kernel.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.kernel.parameters

    def __repr__(self) -> str:
        return f"<gradient of {self.kernel.name}({', '.join(self.parameters)}) by {', '.join(self.wrt)}>"

    def __call__(self, *args: Any, **named: Any) -> Any:
        given = {**dict(zip(self.kernel.parameters, args, strict=False)), **named}
        axes = {p.name: len(p.axes) for p in self.kernel.card.inputs}
        leads = {n: np.shape(v)[: np.ndim(v) - axes[n]] for n, v in given.items() if n in axes and not callable(v)}
        lead = np.broadcast_shapes(*leads.values()) if leads else ()
        if not lead:
            found = self._one(given)
            return found if len(found) > 1 else found[0]
        spread = {n: np.broadcast_to(np.asarray(given[n]), lead + np.shape(given[n])[len(own):])
                  for n, own in leads.items()}
        parts = [self._one({**given, **{n: v[at] for n, v in spread.items()}}) for at in np.ndindex(lead)]
        out = tuple(np.asarray(column).reshape(lead + np.shape(column[0])) for column in zip(*parts, strict=True))
        return out if len(out) > 1 else out[0]

    def _one(self, given: dict[str, Any]) -> tuple[Any, ...]:
        """The value, where it is asked for, and the gradients at one point."""
        with watched() as told:
            value = self.kernel(**given)
        found = dict(told)
        attained = {c.value: refined(self.kernel, c, found[c.value], given) for c in searches(self.kernel)
                    if c.value in found}
        names, outer = self._outer
        held = {c.value: attained[c.value].value if c.value in attained else plans.solve(self.kernel, c, given).value
                for c in searches(self.kernel)}
        slopes = dict(zip(names, _tuple(outer(**{**given, **held})), strict=True))
        out: list[Any] = [value] if self.values else []
        for w in self.wrt:
            total: Any = slopes.get(w, 0.0)
            for c in searches(self.kernel):
                if w in c.wanted and c.value in attained:
                    total = total + slopes[c.value] * self._slope(c, attained[c.value], w, given)
                elif w in c.wanted:
                    total = total + slopes[c.value] * plans.slope(self.kernel, c, w, given)
            out.append(total)
        return tuple(out)

    def _slope(self, c: Computation, reached: Attained, w: str, given: dict[str, Any]) -> Any:
        """The derivative of the function at the best place; equally good places must have the same."""
        from .derive import partial_derivative

        if (c.value, (w,)) not in self._slopes:
            self._slopes[c.value, (w,)] = partial_derivative(self.kernel.behind(c.value), "grad", (w,))
        wanted = {*c.inner.call_order, *(p.name for p in c.inner.inputs)}
        own = {n: v for n, v in given.items() if n in wanted}
        found = [np.asarray(self._slopes[c.value, (w,)](**own, **at), np.float64)
                 for at in (reached.point, *reached.others)]
        size = max(float(np.abs(f).max(initial=0.0)) for f in found)
        if any(np.abs(f - found[0]).max(initial=0.0) > CLOSE * size for f in found[1:]):
            raise DomainError(f"{self.kernel.name} has no derivative by {w} here: {c.value} is reached at several "
                              "places, and the function has other slopes there")
        return found[0][()]


def _tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)
