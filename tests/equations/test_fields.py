"""Formulas of many fields: what they mean at random points, and that a sample of them compiles."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from texjit.runtime.card import make_card
from texjit.runtime.kernel import Kernel

from .fields import FIELDS, SET
from .formulas import ROWS, Row
from .test_elaborate import inputs, meant, value

CASES = [pytest.param(row, id=f"{field}: {row.text[:50]}") for field, rows in FIELDS.items() for row in rows]

#: One in four of these in every run, all of them on demand.
SETTINGS = [
    pytest.param(row, id=f"{field} {k}: {row.text[:50]}", marks=[] if k % 4 == 0 else [pytest.mark.slow])
    for field, rows in SET.items()
    for k, row in enumerate(rows)
]


@pytest.mark.parametrize("row", (*CASES, *SETTINGS))
def test_a_formula_of_its_field(row: Row) -> None:
    e = meant(row)
    assert e.signature == row.signature
    for seed in (1, 2):
        given = inputs(e, seed, row.positive)
        np.testing.assert_allclose(value(e, given), row.judge(**given), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("field", (*FIELDS, *(pytest.param(x, marks=pytest.mark.slow) for x in SET)))
def test_a_formula_of_each_field_compiles(field: str) -> None:
    row = (FIELDS | SET)[field][3]
    e = meant(row)
    given = inputs(e, 3, row.positive)
    kernel = Kernel(make_card(e)[0], lambda: e)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = kernel(**{name: given[name] for name in kernel.parameters})
    np.testing.assert_allclose(found, row.judge(**given), rtol=1e-9, atol=1e-12)


def test_there_are_many() -> None:
    assert len(FIELDS) >= 8
    assert len({row.judge for rows in SET.values() for row in rows}) >= 150
    assert len(ROWS) + sum(map(len, FIELDS.values())) >= 200
