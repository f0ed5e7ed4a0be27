"""Long arrays: what is compared, what is left out, and what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.compiler.interpret import interpret
from texjit.runtime.straddle import STRADDLES, straddle

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F


def mse(x: Any, y: Any) -> dict[str, Any]:
    return {"MSE": np.mean((np.asarray(x, float) - np.asarray(y, float)) ** 2)}


def both(f: Any) -> Any:
    return lambda inputs: f(**inputs)


@pytest.mark.parametrize("block", [128, 512])
@pytest.mark.parametrize("wrong", ["tail", "first of the tail", "last of a block"])
def test_lost_elements_are_found(block: int, wrong: str) -> None:
    def lossy(x: Any, y: Any) -> Any:
        d = (x - y) ** 2
        full = d.size // block * block
        keep = np.ones(d.size, bool)
        if full:
            keep[{"tail": slice(full, None), "first of the tail": slice(full, full + 1),
                  "last of a block": slice(full - 1, full)}[wrong]] = False  # fmt: skip
        return {"MSE": d[keep].sum() / d.size}

    found, compared, left = straddle(F.MSE, both(lossy), both(mse), "float64", 0)
    assert "MSE differs from the slower evaluation at extent" in found and not left
    assert compared <= len(STRADDLES)


def test_other_orders_of_summation_agree() -> None:
    other = both(lambda x, y: {"MSE": ((x - y)[::-1] ** 2).cumsum()[-1] / x.size})
    for dtype in ("float64", "float32"):
        assert straddle(F.MSE, other, both(mse), dtype, 0) == ("", len(STRADDLES), ())


def test_terms_that_cancel_leave_no_trace_of_their_order() -> None:
    program = tj.compile(r"s(x) = \sum_{i=1}^n x_i").program
    cancelling = {"x": np.array([1e16, 1.0, -1e16])}
    assert (interpret(program, cancelling)["s"], interpret(program, cancelling, exact=True)["s"]) == (0.0, 1.0)
    for odd in ([np.inf, 1.0], [np.inf, -np.inf], [1e308, 1e308, -1e308], [np.nan, 1.0], [-0.0], []):
        found, stepped = (interpret(program, {"x": np.array(odd)}, exact=e)["s"] for e in (True, False))
        assert np.array_equal(found, stepped, equal_nan=True) and np.signbit(found) == np.signbit(stepped), odd


def test_ill_conditioned_results_are_given_what_their_inputs_allow() -> None:
    def steep(shift: float) -> Any:
        return lambda inputs: {"largest": 1e6 * inputs["x"][0] % 1 + shift}

    # One eps of x moves the remainder by about 1e-10, beyond the 16·n·eps that any sum is given.
    assert straddle(F.LARGEST, steep(1e-11), steep(0.0), "float64", 0)[0] == ""
    assert straddle(F.LARGEST, steep(1e-6), steep(0.0), "float64", 0)[0] != ""


def test_shapes_and_no_numbers_are_compared() -> None:
    nan = both(lambda x, y: {"MSE": np.nan})
    assert straddle(F.MSE, nan, nan, "float64", 0)[0] == ""
    assert straddle(F.MSE, nan, both(mse), "float64", 0)[0] != ""
    assert straddle(F.MSE, both(lambda x, y: {"MSE": np.zeros(2)}), both(mse), "float64", 0)[0] != ""


def test_what_takes_too_long_is_left_out_and_told() -> None:
    found, compared, left = straddle(F.MSE, both(mse), both(mse), "float64", 0, patience=-1.0)
    assert (found, compared) == ("", 0)
    assert left == ("not every block end along axis N was compared: it takes too long",)


@pytest.mark.parametrize("error", [RecursionError, ZeroDivisionError, IndexError])
def test_where_there_is_no_value_nothing_is_compared(error: type[Exception]) -> None:
    def refuse(inputs: Any) -> Any:
        raise error

    assert straddle(F.MSE, both(mse), refuse, "float64", 0) == ("", 0, ())
    assert straddle(F.MSE, refuse, both(mse), "float64", 0) == ("", 0, ())


def test_full_certificates_have_block_tails_and_sizes_that_are_fixed_stay() -> None:
    k = tj.compile(r"$$m = \frac{1}{n} \sum_{i=1}^n x_i^2$$ $$v = \|w\|^2$$ where $w \in \mathbb{R}^3$.")
    found = tj.verify(k, points=12)
    assert found["m"].strata["block tail"] == len(STRADDLES)
    assert "block tail" not in found["v"].strata and found["v"].verdict == "verified"
    assert "block tail" not in k.m.certificate("float64", 12).strata
