"""What black-box functions receive where a formula gives it: computed by its kernel, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .pullback import summed

if TYPE_CHECKING:
    from .kernel import Kernel

#: Numbers held at once of the derivatives of all samples by what they share.
BLOCK = 2**20


def supply_handed(kernel: Kernel, given: dict[str, Any]) -> None:
    """Fill in the symbols with formulas that a function is still to receive and the caller did not give.

    Samples lead; where some have event axes that others lack, those count for all elements of the event.
    Raises ``TypeError`` naming what is missing.
    """
    received = {x for u in kernel.card.uses if u.value not in given for x in u.arguments}
    for h, card in enumerate(kernel.card.handed):
        name = card.card.name
        if name in given or name not in received:
            continue
        if missing := [n for n in card.card.call_order if n not in given]:
            raise TypeError(f"{kernel.name}() needs {', '.join(missing)} to compute {name}, or {name} itself; "
                            f"it takes {', '.join(kernel.parameters)}")
        given[name] = kernel.handed(h)(**_arranged(kernel, h, given))


def _arranged(kernel: Kernel, h: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the kernel of such a symbol is called with: samples lead in all of it."""
    card = kernel.card.handed[h]
    cores = {p.name: len(p.axes) for p in card.card.inputs}
    arrays = {n: np.asarray(given[n]) for n in card.sampled if n in cores}
    leads = {n: max(0, a.ndim - cores[n]) for n, a in arrays.items()}
    most = max(leads.values(), default=0)
    for n, a in arrays.items():
        shape = (*a.shape[: leads[n]], *(1,) * (most - leads[n]), *a.shape[leads[n] :])
        arrays[n] = a.reshape(shape)
    return {n: arrays.get(n, given[n]) for n in card.card.call_order}


def pull_handed(
    kernel: Kernel, h: int, given: Mapping[str, Any], bar: np.ndarray[Any, Any], wanted: tuple[str, ...]
) -> dict[str, np.ndarray[Any, Any]]:
    """Cotangents of what such a symbol is made of, each of the shape that was given, from one of the symbol.

    What all samples share has one cotangent, the sum of theirs, in blocks of samples: no array of all samples and
    all its elements is held.
    """
    from .derive import vjp

    inner = kernel.handed(h)
    transposed = vjp(inner, wanted)
    cores = {p.name: len(p.axes) for p in inner.card.inputs}
    arrays = {n: np.asarray(a) for n, a in _arranged(kernel, h, given).items()}
    lead = bar.shape[: bar.ndim - len(inner.card.outputs[0].axes)]
    count = int(np.prod(lead, dtype=np.int64))
    flat, shared = {inner.name: bar.reshape((count, *bar.shape[len(lead) :]))}, {}
    for n, a in arrays.items():
        if a.ndim > cores[n]:
            core = a.shape[a.ndim - cores[n] :]
            flat[n] = np.broadcast_to(a, (*lead, *core)).reshape((count, *core))
        else:
            shared[n] = a
    step = max(1, BLOCK // max(1, *(a.size for n, a in shared.items() if n in wanted), 1))
    totals: dict[str, Any] = {n: np.zeros(shared[n].shape) for n in wanted if n in shared}
    pieces: dict[str, list[Any]] = {n: [] for n in wanted if n in flat}
    for start in range(0, count, step):
        here = {n: a[start : start + step] for n, a in flat.items()}
        cotangent = here.pop(inner.name)
        found = transposed(**here, **shared, **{transposed.parameters[-1]: cotangent})
        for n, x in zip(wanted, found if len(wanted) > 1 else (found,), strict=True):
            if n in shared:
                totals[n] = totals[n] + x.sum(0)
            else:
                pieces[n].append(x)
    for n, parts in pieces.items():
        whole = np.concatenate(parts) if parts else np.zeros(flat[n].shape)
        totals[n] = summed(whole.reshape((*lead, *flat[n].shape[1:])), arrays[n].shape)
    return {n: x.reshape(np.shape(given[n])) for n, x in totals.items()}
