"""What black-box functions receive where a formula gives it: computed by its kernel, sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .kernel import Kernel


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
        cores = {p.name: len(p.axes) for p in card.card.inputs}
        arrays = {n: np.asarray(given[n]) for n in card.sampled if n in cores}
        leads = {n: max(0, a.ndim - cores[n]) for n, a in arrays.items()}
        most = max(leads.values(), default=0)
        for n, a in arrays.items():
            shape = (*a.shape[: leads[n]], *(1,) * (most - leads[n]), *a.shape[leads[n] :])
            arrays[n] = a.reshape(shape)
        inner = kernel.handed(h)
        given[name] = inner(**{n: arrays.get(n, given[n]) for n in card.card.call_order})
