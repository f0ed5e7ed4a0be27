"""How accurate kernels are beside a naive evaluation of the same formulas.

Naive is what a formula gives when it is typed in as it is written: the frozen program,
which no pass has rewritten, in the floats of one dtype throughout, sums from left to right.
Both are judged at the same points, against the same exact values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..compiler.freeze import freeze
from ..compiler.interpret import interpret
from ..equations.diagnostic import TexjitError
from .certify import DOMAIN_ERRORS, judge
from .guilt import BREAKS
from .kernel import Kernel
from .points import Point, points
from .reference import Reference

DTYPES = ("float64", "float32")
#: Points per kernel and dtype.
COUNT = 200

Evaluate = Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Errors:
    """The largest errors met: in ulps, and in κ·eps of the elements that err by more than 4 ulps."""

    ulp: float = 0.0
    kappa_ulp: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One kernel in one dtype: its errors and those of the naive evaluation."""

    document: str
    name: str
    signature: str
    dtype: str
    points: int
    ours: Errors
    naive: Errors

    def as_json(self) -> dict[str, Any]:
        """The row in JSON's own types; infinities as text."""
        return {k: _finite(v) for k, v in asdict(self).items()}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def compare(document: str, name: str, kernel: Kernel, dtype: str, count: int = COUNT, seed: int = 0) -> Row:
    """A kernel and the naive evaluation of its equation at adversarial points.

    Extreme points, where intermediates of either leave the range, are left out.
    """
    equation = kernel.equation
    reference = Reference(equation)
    frozen = freeze(equation)
    ways: tuple[Evaluate, ...] = (
        kernel.plain(dtype), lambda inputs: interpret(frozen, inputs, dtype, wide=False),
    )  # fmt: skip
    worst = [Errors(), Errors()]
    judged = 0
    for point in points(equation, dtype, count, seed, reference):
        if "extreme" in point.strata:
            continue
        judged += 1
        worst = [_larger(e, reference, point, way, dtype) for e, way in zip(worst, ways, strict=True)]
    return Row(document, name, kernel.signature, dtype, judged, *worst)


def table(kernels: Mapping[str, Mapping[str, Kernel]], count: int = COUNT) -> tuple[list[Row], list[str]]:
    """The rows of kernels by document and name, float64 above float32; and who has none, and why.

    Equal kernels have one pair of rows.
    """
    rows: list[Row] = []
    refused: list[str] = []
    for document, named in kernels.items():
        seen: set[str] = set()
        for name, kernel in named.items():
            if kernel.card.key not in seen:
                seen.add(kernel.card.key)
                try:
                    rows += [compare(document, name, kernel, dtype, count) for dtype in DTYPES]
                except TexjitError as no:
                    refused.append(f"{document}: {name} is not measured: {no.diagnostic.message}")
    return rows, refused


def _larger(known: Errors, reference: Reference, point: Point, way: Evaluate, dtype: str) -> Errors:
    try:
        with np.errstate(all="ignore"):
            values = dict(way(dict(point.inputs)))
    except (*DOMAIN_ERRORS, *BREAKS):
        return known  # a refusal is no number
    found = [f for f in judge(reference, point, values, dtype)[0] if f.verdict != "out of range"]
    ulp = max([known.ulp, *(f.ulp for f in found)])
    return Errors(ulp, max([known.kappa_ulp, *(f.kappa_ulp for f in found)]))


HEADINGS = ("equation", "dtype", "ulp", "κ·eps", "naive ulp", "naive κ·eps")


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    numbers = (row.ours.ulp, row.ours.kappa_ulp, row.naive.ulp, row.naive.kappa_ulp)
    return (row.name, row.dtype, *map(number, numbers))


def number(x: float) -> str:
    """Two digits; a dash where no element errs by more than 4 ulps."""
    return "–" if x == 0 else "inf" if not np.isfinite(x) else f"{x:.2g}"


def page(rows: Sequence[Row], refused: Sequence[str], command: str) -> str:
    """The table as a Markdown page."""
    lines = ["# Accuracy", "", f"Made by `{command}`.", "", *explanation(rows), ""]
    for document in dict.fromkeys(r.document for r in rows):
        lines += [f"## {document}", "", f"| {' | '.join(HEADINGS)} |", "|---|---|--:|--:|--:|--:|"]
        lines += [f"| {' | '.join(cells(r))} |" for r in rows if r.document == document]
        lines.append("")
    lines += [f"- {line}" for line in refused]
    return "\n".join(lines).rstrip() + "\n"


def explanation(rows: Iterable[Row]) -> list[str]:
    """What the columns mean."""
    counts = sorted({r.points for r in rows})
    over = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else str(counts[0] if counts else 0)
    return [
        f"Largest errors over {over} adversarial points: in ulps, and in κ·eps, the condition number times eps, of",
        "the elements that err by more than 4 ulps (a dash: none does). Up to 8 κ·eps the inputs determine no more.",
        "*Naive* evaluates the formula as it is written, in the same dtype throughout, at the same points.",
    ]
