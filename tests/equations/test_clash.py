"""A letter that is a number and an array: two of them where the number divides or is defined."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation

from .formulas import typed
from .test_elaborate import inputs, meant, readings, value

ROWS = (
    *typed("(),(L),(L)->()", lambda N, N_data, x: N_data @ x / N, r"y = \frac1N\sum_{h=1}^L N_h x_h",
           r"y = 1/N \cdot \sum_{h=1}^L N_h x_h"),
    *typed("(k),()->()", lambda n_data, n: -(n_data / n * np.log(n_data / n)).sum(),
           r"H = -\sum_{i=1}^k \frac{n_i}{n}\ln\frac{n_i}{n}", positive=True),
    *typed("(R),()->()", lambda n_data, n: 1 - (n_data * (n_data - 1)).sum() / (n * (n - 1)),
           r"D = 1-\frac{\sum_{i=1}^R n_i(n_i-1)}{n(n-1)}"),
    *typed("(L)->()", lambda N_data: N_data.sum(), r"N = \sum_{h=1}^L N_h"),
    *typed("(k),(k)->()", lambda n_data, x: n_data @ x / n_data.sum(),
           r"$n = \sum_{i=1}^k n_i$ $$y = \frac{1}{n}\sum_{i=1}^k n_i x_i$$"),
    *typed("(i)->(i)", lambda x: x / x.sum(), r"u = \frac{x}{\sum_i x_i}"),
    *typed("(i),(i)->()", lambda x, y: x @ y / (x @ x), r"c = \frac{\sum_i x_i y_i}{x^T x}"),
    *typed("(d)->(d)", lambda x: x / np.sqrt(np.mean(x**2)), r"u = x / \sqrt{\frac1d \sum_{i=1}^d x_i^2}"),
    *typed("(),(),(),()->()", lambda U, A, a, b: U * A * (a - b), r"q = UA(a-b)", r"q = U A\left(a-b\right)"),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.text)
def test_numbers_and_arrays_of_one_letter(row) -> None:  # type: ignore[no-untyped-def]
    e = meant(row)
    assert e.signature == row.signature
    given = inputs(e, 4, row.positive)
    np.testing.assert_allclose(value(e, given), row.judge(**given), rtol=1e-12)


@pytest.mark.parametrize("text", [r"$$P = B(A, m) = \frac{A^m}{m}$$", r"$$P = Q = R_1 = \frac{A^m}{m}$$"])
def test_a_chain_of_names_means_what_is_written_out(text: str) -> None:
    (reading,) = readings(text)
    e = reading.meaning
    assert reading.name == "P" and isinstance(e, Equation) and e.signature == "(),()->()"
    assert value(e, {"A": np.asarray(3.0), "m": np.asarray(2.0)}) == 4.5
