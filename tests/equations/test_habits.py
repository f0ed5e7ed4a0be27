"""Habits of typesetting: formulas that are easily read as another one, and what is asked instead of guessed."""

from __future__ import annotations

import numpy as np
import pytest

from .formulas import Row
from .test_elaborate import inputs, meant, value

LOGARITHMS = (
    Row(r"q(p) = 2^{-\sum_{i=1}^n p_i \log_2 p_i}", "(n)->()", lambda p: 2 ** -(p * np.log2(p)).sum(), "", True),
    Row(r"y = 10^{\log_{10} x - \log_2 z}", "(),()->()", lambda x, z: 10 ** (np.log10(x) - np.log2(z)), "", True),
)

INNER = (
    Row(r"L(t) = \sum_{j=1}^n y_j \prod_{m \ne j} \frac{t - x_m}{x_j - x_m}", "(),(n),(n)->()",
        lambda t, y, x: sum(y[j] * np.prod([(t - x[m]) / (x[j] - x[m]) for m in range(len(x)) if m != j])
                            for j in range(len(x)))),
    Row(r"f = \sum_{j=1}^n y_j \sum_{m \ne j} x_m", "(n),(n)->()",
        lambda y, x: sum(y[j] * (x.sum() - x[j]) for j in range(len(x)))),
    Row(r"$$g(z) = \sum_{m=1}^k x_m \mathbb{1}[x_m \le z]$$ $$f = \prod_{j=1}^n \left( y_j + g(y_j)^2 \right)$$",
        "(n),(k)->()", lambda y, x: np.prod(y + np.array([x[x <= z].sum() for z in y]) ** 2)),
)  # fmt: skip


@pytest.mark.parametrize("row", (*LOGARITHMS, *INNER), ids=lambda r: r.text[:50])
def test_what_is_meant(row: Row) -> None:
    e = meant(row)
    assert e.signature == row.signature
    for seed in (1, 2):
        given = inputs(e, seed, row.positive)
        np.testing.assert_allclose(value(e, given), row.judge(**given), rtol=1e-11, atol=1e-14)
