"""A second opinion about a reading: latex2sympy2's, compared with ours at random points.

It is asked in a process of its own (`second_process`); what comes back are numbers.  What
is handed over, and what is not asked about, is told in `second_reader`.  Without the
package, or where it cannot run, there is no second reading and nothing else changes.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Overflow, Underflow
from typing import Any

import numpy as np

from ..equations.diagnostic import TexjitError
from ..equations.equation import Comprehension, Equation, Recurrence
from ..equations.latex.second_reader import HandOver, hand_over
from ..equations.latex.second_symbols import NotHandedOver, Read, Term
from ..equations.plain import plain
from ..equations.understand import Reading
from .points import draw, draw_extents, position_parameters
from .reference import Outcome, Reference, decimal
from .second_process import SecondReader, shared

#: Points compared, points drawn to find them, and the least number that tells anything.
POINTS, DRAWS, LEAST = 6, 60, 5
#: Output elements compared at each point, and seconds to spend on our own values.
ELEMENTS, SECONDS = 4, 5.0
#: Relative difference that is a disagreement, unless both values are smaller than rounding may leave of zero.
TOLERANCE, ZERO = Decimal("1e-9"), Decimal("1e-25")
#: Exponents of eighteen digits.
_RANGE = Context(prec=50, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Overflow, Underflow])

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SecondReading:
    """``verdict``: ``agree``, ``disagree`` or ``none``; ``reason`` says why there is none, or where they differ.

    ``text`` is what was handed over, ``theirs`` how it was read, ``ours`` our reading of
    the same side in plain form, ``points`` how many values were compared.
    """

    verdict: str
    reason: str = ""
    points: int = 0
    ours: str = ""
    theirs: str = ""
    text: str = ""

    @property
    def line(self) -> str:
        """One line for `explain`."""
        match self.verdict:
            case "agree":
                return f"second reading: agrees at {self.points} points"
            case "disagree":
                return f"second reading: disagrees, {self.reason}; ours: {self.ours}; theirs: {self.theirs}"
            case _:
                return f"second reading: none ({self.reason})"


def second_reading(reading: Reading, reader: SecondReader | None = None) -> SecondReading:
    """Whether a second reader takes the right-hand side of a statement for the same numbers."""
    if reading.meaning is None:
        return SecondReading("none", "there is no first one")
    reader = reader or shared()
    if reader.absent:
        return SecondReading("none", reader.absent)
    try:
        return _compare(hand_over(reading.statement.tree, reading.meaning), reading.meaning, reader)
    except NotHandedOver as no:
        return SecondReading("none", str(no))
    except TexjitError as no:
        return SecondReading("none", no.diagnostic.message)
    except Exception as bug:
        # An opinion may be missing; it may not stop the document.
        return SecondReading("none", f"a fault of texjit's own: {type(bug).__name__}: {bug}")


def _compare(handed: HandOver, meaning: Equation | Recurrence, reader: SecondReader) -> SecondReading:
    ours = plain(handed.goal.body)
    compared = _values(handed, meaning)
    blank = SecondReading("none", ours=ours, text=handed.text)
    if len(compared) < LEAST:
        return replace(blank, reason="too few points have a value")
    answer = reader.ask(handed.text, [point for point, _ in compared])
    if "values" not in answer:
        return replace(blank, reason=str(answer.get("reason", "it gave no answer")))
    blank = replace(blank, theirs=_named(str(answer.get("text", "")), handed.reads))
    both = [(a, b) for (_, a), b in zip(compared, answer["values"], strict=True) if b is not None]
    told = 0
    for mine, other in both:
        same = False if other == "complex" else _same(mine, other)
        if same is False:
            shown = "no real number" if other == "complex" else _short(other)
            return replace(blank, verdict="disagree", points=len(both),
                           reason=f"{_short(mine)} against {shown} at one point")
        told += same is True
    if told < LEAST:
        return replace(blank, reason="its reading has a value at too few points")
    return replace(blank, verdict="agree", points=told)


def _same(mine: str, other: str) -> bool | None:
    """Whether two values are equal; ``None`` where they are too small or too large to tell."""
    # Not fractions: the exponent of exp(-(λx)^a) alone has more digits than memory holds.
    try:
        a, b = (_RANGE.create_decimal(x) for x in (mine, other))
    except (Overflow, Underflow):
        return None
    larger = max(a.copy_abs(), b.copy_abs())
    if _RANGE.subtract(a, b).copy_abs() <= _RANGE.multiply(TOLERANCE, larger):
        return True
    return None if larger <= ZERO else False


def _short(value: str) -> str:
    return f"{Decimal(value):.10g}"


def _values(handed: HandOver, meaning: Equation | Recurrence) -> list[tuple[dict[str, Any], str]]:
    """Points in the second reader's symbols, and our value at each."""
    equation = meaning.step if isinstance(meaning, Recurrence) else meaning
    wanted = {r.name for r in handed.reads if not r.extent}
    lets = tuple(c for c in equation.lets if c.name in wanted and c.name != handed.goal.name)
    asked = replace(equation, outputs=tuple(
        replace(c, name=f"{k}") for k, c in enumerate((handed.goal, *lets))))
    reference = Reference(asked)
    places = position_parameters(equation)
    rng = np.random.default_rng(0)
    found: list[tuple[dict[str, Any], str]] = []
    points, end = 0, time.monotonic() + SECONDS
    for attempt in range(DRAWS):
        if time.monotonic() > end:
            break
        folds = {p.name: attempt % 3 if attempt < 6 else int(rng.integers(3)) for p in equation.parameters}
        sizes = draw_extents(equation, rng)
        inputs = draw(equation, sizes, "moderate", "float64", rng, folds, places).inputs
        values = reference.value_certified(inputs)
        if any(isinstance(x, Outcome) or not x.is_finite() for v in values.values() for x in v.flat):
            continue
        scope = dict(inputs) | {c.name: values[f"{k + 1}"] for k, c in enumerate(lets)}
        ends = {p.name: tuple(a.lo for a in p.axes) for p in equation.parameters}
        ends |= {c.name: _first(c) for c in lets}
        base = {r.symbol: _stands_for(r, scope, ends, sizes) for r in handed.reads}
        spots = list(np.ndindex(values["0"].shape))
        picked = [spots[int(k)] for k in rng.permutation(len(spots))[:ELEMENTS]]
        ours = [decimal(values["0"][at], 40) for at in picked]
        # A ball of which not one digit is known is written 0e-9.
        if any(x.lstrip("-").startswith("0e") or _same(x, x) is None for x in ours):
            continue
        for at, text in zip(picked, ours, strict=True):
            outside = zip(handed.free, _first(handed.goal), at, strict=True)
            found.append((base | {x: lo + k for x, lo, k in outside}, text))
        points += 1
        if points == POINTS:
            break
    return found if points >= LEAST else []


def _first(c: Comprehension) -> tuple[int, ...]:
    """Mathematical indices of the first element of a comprehension."""
    return tuple(int(b.lo) if b.lo.is_Integer else a.lo for b, a in zip(c.bounds, c.axes, strict=True))


def _stands_for(r: Read, scope: Inputs, ends: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]) -> Any:
    """The value of a symbol, or its values by indices."""
    if r.extent:
        return sizes[r.name] - r.shift
    array = np.asarray(scope[r.name])
    if not r.positions:
        return _number(array[()])
    lo = ends[r.name]
    most = max(array.shape, default=0) + 3

    def at(indices: Mapping[str, int]) -> tuple[int, ...]:
        sums = (sum(_term(x, indices, scope) for x in p) for p in r.positions)
        return tuple(s - first for s, first in zip(sums, lo, strict=True))

    cells = {}
    for combination in itertools.product(range(-1, most), repeat=len(r.letters)):
        place = at(dict(zip(r.letters, combination, strict=True)))
        if all(0 <= k < n for k, n in zip(place, array.shape, strict=True)):
            cells[",".join(map(str, combination))] = _number(array[place])
    if r.letters:
        return cells
    return cells.get("")


def _term(x: Term, indices: Mapping[str, int], scope: Inputs) -> int:
    value = indices[x.letter] if x.letter else int(np.asarray(scope[x.name])[()]) if x.name else x.number
    return x.sign * value


def _number(x: Any) -> Any:
    """A float as it is, a ball as text."""
    return float(x) if isinstance(x, int | float | np.number) else decimal(x, 40)


def _named(theirs: str, reads: tuple[Read, ...]) -> str:
    """A second reading in our names."""
    names = {}
    for r in reads:
        at = ["".join(_shown(x) for x in p).removeprefix("+") for p in r.positions]
        names[r.symbol] = (f"{r.name}[{', '.join(at)}]" if at else r.name)
    for symbol in sorted(names, key=len, reverse=True):
        theirs = re.sub(rf"(?<![\w{{]){re.escape(symbol)}(?![\w}}])", f"\0{symbol}\0", theirs)
    return re.sub("\0([^\0]*)\0", lambda m: names[m[1]], theirs)


def _shown(x: Term) -> str:
    return ("+" if x.sign > 0 else "-") + (x.letter or x.name or str(x.number))


__all__ = ["SecondReader", "SecondReading", "second_reading"]
