"""Kernels in double-double arithmetic beside the same ones in floats.

Run with ``python -m pytest tests/bench/test_pairs_bench.py --benchmark-only --benchmark-group-by=group``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import texjit as tj

RNG = np.random.default_rng(0)
N = 10**5
#: Formula, declarations and inputs.
CASES = {
    "mean of squares": (r"f(x) = \frac{1}{n}\sum_{i=1}^{n} x_i^2", "x in R^n", {"x": RNG.normal(size=N)}),
    "softmax": (r"f(x)_i = \frac{e^{x_i}}{\sum_{j=1}^{n} e^{x_j}}", "x in R^n", {"x": RNG.normal(size=N)}),
    "Student's law": (r"f(x, v)_i = \log\Gamma\left(\frac{v+1}{2}\right) - \log\Gamma\left(\frac{v}{2}\right)"
                      r" - \frac{v+1}{2}\log(1 + x_i^2/v)", "x in R^n; v > 0",
                      {"x": RNG.normal(size=N), "v": 4.5}),
    "matrix inverse": (r"f(x, S) = x^T S^{-1} x", r"S \in \mathbb{R}^{n \times n}; x in R^n",
                       {"x": RNG.normal(size=60), "S": np.eye(60) + 0.01}),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("arithmetic", ["floats", "pairs"])
@pytest.mark.parametrize("name", CASES)
def test_pairs(benchmark: Any, name: str, arithmetic: str) -> None:
    benchmark.group = name
    text, where, given = CASES[name]
    k = tj.compile(text, where=where)
    call = (k.precise() if arithmetic == "pairs" else k).plain("float64")
    call(given)
    benchmark(lambda: call(given))
