"""Single formulas from many fields against NumPy, on extents that are all different."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from texjit.equations.domain import Domain
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, declarations, understand
from texjit.runtime.reference import Reference

from .formulas import ROWS, Row


def readings(text: str, where: str = "") -> list[Reading]:
    document = read_source(Source("document.md", text))
    assert not document.diagnostics, document.diagnostics[0].render(document.source)
    return [r for r in understand(document, declarations(where)) if r.statement.row is not None]


def draw(domain: Domain, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A point inside a domain, and away from its ends."""
    if domain.kind == "integer":
        return np.asarray(5)
    a = rng.uniform(0.1, 0.9, shape)
    if domain.kind == "spd":
        return a @ a.T + np.eye(shape[0])
    match domain.lo, domain.hi:
        case None, None:
            return a * rng.choice([-1.0, 1.0], shape)
        case None, hi:
            return float(hi) - a
        case lo, None:
            return float(lo) + a
        case lo, hi:
            return float(lo) + a * float(hi - lo)


def inputs(e: Equation, seed: int, positive: bool = False) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes: dict[str, int] = {}
    for p in e.parameters:
        for axis in p.axes:
            sizes.setdefault(axis.name, int(axis.name) if axis.name.isdigit() else 6 - len(sizes))
    drawn = {p.name: draw(p.domain, tuple(sizes[a.name] for a in p.axes), rng) for p in e.parameters}
    return {name: np.abs(x) for name, x in drawn.items()} if positive else drawn


def value(e: Equation, given: dict[str, Any]) -> np.ndarray:
    out = Reference(e).value_certified(given)[e.outputs[0].name]
    return np.vectorize(float, otypes=[float])(out)


def meant(row: Row) -> Equation:
    found = [r for r in readings(row.document, row.where) if r.kind == "definition"]
    last = found[-1]
    assert last.meaning is not None, last.message
    assert isinstance(last.meaning, Equation)
    return last.meaning


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.text[:60])
def test_a_formula_has_its_shape_and_value(row: Row) -> None:
    e = meant(row)
    assert e.signature == row.signature
    for seed in (1, 2):
        given = inputs(e, seed, row.positive)
        np.testing.assert_allclose(value(e, given), row.judge(**given), rtol=1e-12, atol=1e-14)
