"""Every primitive answers every float, and its text takes as many arguments as it does."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from texjit.compiler.primitives import PRIMITIVES

FLOATS = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.0,
    -3.0,
    710.0,
    -746.0,
    1e308,
    -1e308,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
]
REFERENCE = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "log2": np.log2, "log10": np.log10,
    "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "sinh": np.sinh, "cosh": np.cosh, "acosh": np.arccosh, "atanh": np.arctanh, "floor": np.floor,
    "ceil": np.ceil, "div": np.divide, "max": np.maximum, "min": np.minimum,
    "hypot": np.hypot, "atan2": np.arctan2, "add": np.add, "sub": np.subtract, "mul": np.multiply,
}  # fmt: skip
REAL = [r for r in PRIMITIVES.values() if not r.truth]


@pytest.mark.parametrize("row", REAL, ids=lambda r: r.name)
def test_no_float_raises(row):
    for args in itertools.product(FLOATS, repeat=row.arity):
        assert isinstance(row.evaluate(*args), float), args


@pytest.mark.parametrize("name", REFERENCE)
def test_special_values_are_those_of_ieee(name):
    row = PRIMITIVES[name]
    for args in itertools.product(FLOATS, repeat=row.arity):
        with np.errstate(all="ignore"):
            want = float(REFERENCE[name](*args))
        got = row.evaluate(*args)
        assert (got != got and want != want) or math.isclose(got, want, rel_tol=1e-14), args


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=lambda r: r.name)
def test_texts_take_all_arguments(row):
    names = [f"arg{i}" for i in range(row.arity)]
    text = row.text(*names)
    assert all(n in text for n in names) and "{" not in text


def test_power():
    power = PRIMITIVES["pow"].evaluate
    assert power(0.0, -2.0) == math.inf and power(-0.0, -3.0) == -math.inf and power(-0.0, 3.0) == 0.0
    assert power(-1e308, 3.0) == -math.inf and power(-1e308, 2.0) == math.inf
    assert math.isnan(power(-2.0, 0.5)) and power(math.nan, 0.0) == 1.0 and power(-2.0, 3.0) == -8.0


def test_absorption():
    absorb, rel_entr = PRIMITIVES["absorb"].evaluate, PRIMITIVES["rel_entr"].evaluate
    assert absorb(0.0, -math.inf) == 0.0 and absorb(0.0, math.nan) == 0.0 and absorb(2.0, 3.0) == 6.0
    assert rel_entr(0.0, 0.0) == 0.0 and rel_entr(1.0, 0.0) == math.inf
    assert rel_entr(1e-300, 1e300) == pytest.approx(1e-300 * math.log(10) * -600)
