"""Values of a kernel's inputs from what a caller passes: arrays, functions, and what a routine supplies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .applied import apply as apply_slot
from .card import Card
from .computed import supply, taken_options, taken_strength
from .handed import supply_handed
from .slots import Apply, as_matrices, evaluate_slots

if TYPE_CHECKING:
    from .kernel import Kernel


def bind(
    kernel: Kernel, args: tuple[Any, ...], named: dict[str, Any], estimates: dict[str, Any] | None = None,
    apply: Apply = apply_slot,
) -> dict[str, Any]:
    """Values of the program's parameters from positional and named arguments.

    What has a formula is computed for black-box functions first, then these are evaluated, then values that a
    routine supplies; ``estimates`` receives the errors of those, and ``apply`` calls the functions.  Raises
    ``TypeError`` naming what is missing, given twice, or unknown.
    """
    card = kernel.card
    if len(args) > len(card.call_order):
        raise TypeError(f"{kernel.name}() takes {', '.join(card.call_order) or 'no arguments'}; "
                        f"{len(args)} arguments were given")
    given = dict(zip(card.call_order, args, strict=False))
    known = {*card.call_order, *(p.name for p in card.inputs), *(h.card.name for h in card.handed),
             *(u.value for u in card.uses)}
    options = taken_options(kernel.name, named, known) if card.computed else {}
    if any(c.takes for c in card.computed):
        options |= taken_strength(kernel.name, named, known)
    for name, value in named.items():
        if name in given:
            raise TypeError(f"{kernel.name}() got two values for {name}; it takes {', '.join(card.call_order)}")
        if name not in known:
            raise TypeError(f"{kernel.name}() has no parameter {name}; it takes {', '.join(card.call_order)}")
        given[name] = value
    if kernel.fixed:
        from .through import refuse_functions

        refuse_functions(kernel, given)
    if card.handed:
        supply_handed(kernel, given)
    if card.uses:
        if any(u.kind == "member" for u in card.uses):
            from .classes import search_balls

            search_balls(kernel, card.uses, given)
        if any(u.kind == "gradient" for u in card.uses):
            from .pullback import supply_gradients

            supply_gradients(kernel, given)
        evaluate_slots(kernel.name, card.uses, given, apply, {p.name: len(p.axes) for p in card.inputs})
        as_matrices(kernel.name, card.uses, given, extents_beside(card, given))
    supplied = {c.value for c in card.computed}
    missing = [p.name for p in card.inputs if p.name not in given and p.name not in supplied]
    missing += [n for c in card.computed if c.value not in given for n in c.wanted
                if n not in given and n not in missing]
    if missing:
        drawn = [name for name, *_ in card.averaged if name in missing]
        how = f"; samples of {', '.join(drawn)} are given along the first axis; estimate() draws them" if drawn else ""
        raise TypeError(f"{kernel.name}() needs {', '.join(missing)}; it takes {', '.join(card.call_order)}{how}")
    if card.computed:
        found = supply(kernel, given, options)
        if estimates is not None:
            estimates.update(found)
    return given


def extents_beside(card: Card, given: Mapping[str, Any]) -> dict[str, int]:
    """The extent of the last axis of each input, where another input that is given shows it."""
    shown: dict[str, int] = {}
    for p in card.inputs:
        if len(p.axes) == 1 and p.name in given and np.ndim(given[p.name]):
            shown.setdefault(p.axes[0], np.shape(given[p.name])[-1])
    return {p.name: shown[p.axes[-1]] for p in card.inputs if p.axes and p.axes[-1] in shown}
