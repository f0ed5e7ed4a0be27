"""Formulas compared with what a kernel computes, at random points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .derivation import Derived
from .points import draw

if TYPE_CHECKING:
    from ..compiler.expr import Output, Program
    from ..compiler.readable.shorten import Named
    from ..compiler.readable.terms import Poly
    from ..equations.equation import Equation

#: Points at which a formula is compared, and draws for them.
POINTS, TRIES = 3, 12
#: Sums over more indices are deep.
DEEPEST = 4
#: Both sides are evaluated in floats, in different orders.
TOLERANCE = 1e-7


def agrees(
    derived: Derived,
    program: Program,
    plain: Program,
    outputs: Sequence[Output],
    found: Sequence[Poly],
    named: Sequence[Named],
) -> bool:
    """Do the formulas give what the kernel computes, wherever both are numbers?"""
    from ..compiler.binding import reads
    from ..compiler.expr import ArrayOp, Let
    from ..compiler.interpret import interpret
    from ..compiler.readable.back import expression

    needed: set[str] = set()
    for let in reversed(plain.lets):
        if isinstance(let.body, ArrayOp) or let.name in needed:
            needed |= {let.name, *reads(let)}
    lets = [let for let in plain.lets if let.name in needed]
    known = {let.name for let in lets}
    lets += [Let(n.name, n.ranges, expression(n.poly)) for n in named if n.name not in known]
    shown = replace(
        plain,
        lets=tuple(lets),
        outputs=tuple(replace(o, body=expression(p)) for o, p in zip(outputs, found, strict=True)),
    )
    # Sums over many indices at once take long: fewer points of fewer elements then.
    deep = max(map(_depth, found), default=0) > DEEPEST
    points, spread = (1, 2) if deep else (POINTS, 3)
    rng = np.random.default_rng(1)
    confirmed = {o.name: 0 for o in outputs}
    for attempt in range(TRIES):
        inputs = _inputs(derived.equation, rng, attempt, spread)
        with np.errstate(all="ignore"):
            try:
                theirs, beside = interpret(program, inputs), interpret(program, _moved(inputs, rng))
                ours = interpret(shown, inputs)
            except (ValueError, IndexError, ZeroDivisionError, OverflowError, np.linalg.LinAlgError):
                continue
        for o in outputs:
            mine, want = np.asarray(ours[o.name]), np.asarray(theirs[o.name])
            if mine.shape != want.shape:
                return False
            # Where rounding of the inputs alone changes the value, as at a singular matrix, nothing is told.
            if not np.isfinite(want).any() or not _is_near(np.asarray(beside[o.name]), want):
                continue
            if not _is_near(mine, want):
                return False
            confirmed[o.name] += 1
        if min(confirmed.values(), default=points) >= points:
            return True
    return min(confirmed.values(), default=1) > 0


def _depth(p: Poly) -> int:
    """Over how many indices at once a sum runs."""
    from ..compiler.readable.terms import SumOf, polys

    atoms = [a for s, _ in p for a, _ in s]
    own = [len(a.ranges) if isinstance(a, SumOf) else 0 for a in atoms]
    return max((n + max(map(_depth, polys(a)), default=0) for n, a in zip(own, atoms, strict=True)), default=0)


def _moved(inputs: dict[str, Any], rng: Any) -> dict[str, Any]:
    """Inputs moved in their last digits."""
    return {
        n: x * (1 + 1e-12 * rng.standard_normal(np.shape(x))) if np.asarray(x).dtype.kind == "f" else x
        for n, x in inputs.items()
    }


def _is_near(a: Any, b: Any) -> bool:
    """Are numbers the same wherever ``b`` is finite?"""
    known = np.isfinite(b)
    scale = np.abs(b[known]).max(initial=0.0)
    return bool((np.abs(a[known] - b[known]) <= TOLERANCE * scale).all())


def _inputs(equation: Equation, rng: Any, attempt: int, spread: int) -> dict[str, Any]:
    sizes: dict[str, int] = {}
    for p in equation.parameters:
        for a in p.axes:
            sizes.setdefault(a.name, int(a.name) if a.name.isdigit() else 2 + (len(sizes) + attempt) % spread)
    folds = {p.name: (2, 1, 0)[attempt % 3] for p in equation.parameters}
    return draw(equation, sizes, "moderate", "float64", rng, folds).inputs
