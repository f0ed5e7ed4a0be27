"""One name, several definitions: the arguments choose."""

from __future__ import annotations

from typing import Any

import numpy as np

from .card import Card
from .kernel import Kernel


class Overload:
    """Kernels that share a name; a call goes to the one that its arguments fit.

    An argument fits a kernel when its name is known and it has at least the axes that
    the kernel's parameter has; functions and distributions fit black-box functions alone.
    A call that fits none or several is an error; then choose one of ``kernels``, which are in the document's order.
    """

    def __init__(self, kernels: tuple[Kernel, ...]) -> None:
        self.kernels = kernels
        self.name = kernels[0].name

    @property
    def signature(self) -> str:
        return " | ".join(k.signature for k in self.kernels)

    def explain(self) -> str:
        """The explanations of all definitions."""
        return "\n\n".join(k.explain() for k in self.kernels)

    def __call__(self, *args: Any, out: Any = None, checked: bool = False, **named: Any) -> Any:
        fitting = [k for k in self.kernels if fits(k, args, named)]
        if len(fitting) == 1:
            return fitting[0](*args, out=out, checked=checked, **named)
        what = "several definitions fit" if fitting else "no definition fits"
        choices = "; ".join(f"{k.name}({', '.join(k.parameters)}) {k.signature}" for k in self.kernels)
        raise TypeError(f"{self.name}(): {what} these arguments; choose one of its .kernels: {choices}")

    def __repr__(self) -> str:
        return f"<Overload {self.name}: {self.signature}>"


def fits(kernel: Kernel, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether a call of the kernel with these arguments can be complete."""
    order = kernel.parameters
    inputs = {p.name: p for p in kernel.card.inputs}
    if len(args) > len(order):
        return False
    given = {**dict(zip(order, args, strict=False)), **named}
    known = {*order, *inputs, *(keyword for keyword, _ in kernel.card.linked)}
    overridden = any(keyword in named for keyword, _ in kernel.card.linked)
    if not set(given) <= known or (not overridden and not kernel.card.uses and not set(order) <= set(given)):
        return False
    functions = slots_behind(kernel.card)
    if any(name in functions and not is_function(value) for name, value in given.items()):
        return False
    if any(name in inputs and is_function(value) for name, value in given.items()):
        return False
    return all(
        name not in inputs or inputs[name].elastic or np.ndim(value) >= len(inputs[name].axes)
        for name, value in given.items()
    )


def slots_behind(card: Card) -> set[str]:
    """Black-box functions under an integral, of which there are no values to hand over."""
    return {n for c in card.computed for n in ({u.slot for u in c.inner.uses} | slots_behind(c.inner))}


def is_function(x: Any) -> bool:
    """A callable, or a distribution with a density."""
    return callable(x) or callable(getattr(x, "pdf", None))
