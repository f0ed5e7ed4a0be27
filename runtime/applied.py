"""How a kernel calls what is bound to its slots: other kernels, numba's functions, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import jit
from .slots import SlotError, Use, applied

if TYPE_CHECKING:
    from .kernel import Kernel

Array = np.ndarray[Any, Any]


def apply(kernel: str, use: Use, slot: Any, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What a function gives for arrays with samples first.

    A kernel is called once for all samples, which are its leading axes; a function of numba's that is one of
    numbers runs in a compiled loop over all elements.  Raises ``SlotError`` for a kernel of other shapes.
    """
    from .kernel import Kernel

    if isinstance(function, Kernel):
        refuse_unfit(kernel, use, function, [np.asarray(a) for a in arguments])
    elif jit.is_compiled(function):
        return _of_numba(kernel, use, function, [np.asarray(a) for a in arguments])
    return applied(kernel, use, slot, function, arguments)


def refuse_unfit(kernel: str, use: Use, inner: Kernel, arguments: Sequence[Array]) -> None:
    """Refuse a kernel that is no function of what a slot receives: it would read samples as something else."""
    card = inner.card
    is_kernel = f"{kernel}(): {use.slot} is the kernel {inner.name}"
    if len(card.outputs) != 1:
        names = ", ".join(o.name for o in card.outputs)
        raise SlotError(f"{is_kernel}, which gives {len(card.outputs)} results ({names}), expected one")
    if card.uses:
        raise SlotError(f"{is_kernel}, which takes black-box functions itself "
                        f"({', '.join(dict.fromkeys(u.slot for u in card.uses))}): hand over a function that calls it")
    if len(card.call_order) != len(arguments):
        raise SlotError(f"{is_kernel}, which takes ({', '.join(card.call_order)}), expected a function of "
                        f"({', '.join(use.arguments)})")
    if use.kind == "steps":
        return
    axes = {p.name: p.axes for p in card.inputs}
    for p, name, a, samples in zip(card.call_order, use.arguments, arguments, sample_counts(use), strict=True):
        if p not in axes or not use.axes:
            continue
        own = a.ndim - samples
        if len(axes[p]) > own or (not use.event and len(axes[p]) < own):
            raise SlotError(f"{is_kernel}, whose {p} has {len(axes[p])} axes, and each {name} has {own}")


def sample_counts(use: Use) -> list[int]:
    """How many axes of samples lead each argument as it is handed over."""
    return [len(use.axes) if axes and len(use.axes) > 1 else len(axes) for axes in use.argument_axes]


def _of_numba(kernel: str, use: Use, function: Any, arguments: Sequence[Array]) -> Any:
    """The values of a function of numba's: of arrays at once, or of numbers in a loop."""
    if not any(a.ndim for a in arguments):
        return function(*(a[()] for a in arguments))
    ready = tuple(a if a.ndim else a[()] for a in arguments)
    if jit.takes_arrays(function, ready):
        return function(*ready)
    aligned = _aligned(use, arguments)
    try:
        return jit.over_elements(function, aligned)
    except TypeError as no:
        raise SlotError(f"{kernel}(): {use.slot}: {no}") from None


def _aligned(use: Use, arguments: Sequence[Array]) -> tuple[Array, ...]:
    """Arguments that broadcast by samples first: a number for each sample meets every element of a vector."""
    if not use.axes or use.kind == "steps":
        return tuple(arguments)
    counts = sample_counts(use)
    events = [a.ndim - n for a, n in zip(arguments, counts, strict=True)]
    most = max(events)
    return tuple(
        a.reshape((*a.shape[:n], *(1,) * (len(use.axes) - n), *(1,) * (most - e), *a.shape[n:]))
        for a, n, e in zip(arguments, counts, events, strict=True)
    )
