"""Ranges of indices that begin after another index or at a number, and elements at every second place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special

from texjit.equations.equation import Equation

from .formulas import typed
from .test_elaborate import inputs, meant, readings, value


def pairs(x: np.ndarray) -> float:
    return float(sum(x[i] * x[j] for j in range(len(x)) for i in range(j)))


def triples(x: np.ndarray) -> float:
    return float(sum(x[i] * x[j] * x[k] for k in range(len(x)) for j in range(k) for i in range(j)))


ROWS = (
    *typed("(n)->()", pairs,
           r"s = \sum_{i=1}^n\sum_{j>i} x_ix_j", r"s = \sum_{i=1}^{n-1}\sum_{j=i+1}^n x_ix_j",
           r"s = \sum_{n\ge i>j\ge 1} x_i x_j", r"s = \sum_{i=1}^{n}\sum_{j > i}^{n} x_i x_j"),
    *typed("(i)->()", pairs, r"s = \sum_{i>j} x_i x_j", r"s = \sum_i\sum_{j>i} x_ix_j"),
    *typed("(I)->(I)", lambda x: np.cumsum(x[::-1])[::-1] - x, r"s_i = \sum_{j>i} x_j"),
    *typed("(k)->()", triples, r"s = \sum_{i<j<k} x_ix_jx_k"),
    *typed("(n)->()", triples, r"s = \sum_{1\le i<j<k\le n}x_ix_jx_k"),
    *typed("(k)->()", lambda x: x[2:].sum(), r"s = \sum_{k>2} x_k"),
    *typed("(k)->()", lambda p: np.arange(len(p)) @ p, r"m = \sum_{k\ge 0} k p_k"),
    *typed("(i)->()", lambda x: max(x[i] - x[j] for i in range(len(x)) for j in range(i)),
           r"m = \max_{i>j} (x_i-x_j)"),
    *typed("(n)->()", np.ptp, r"r = \max(x_1,\ldots,x_n)-\min(x_1,x_2,\dots,x_n)"),
    *typed("(),(),()->(3,3)", lambda a, b, c: np.diag([a, b, c]), r"D = \operatorname{diag}(a, b, c)"),
    *typed("(d)->(d,d)", np.diag, r"D = \mathrm{diag}(x)"),
    *typed("()->()", special.digamma, r"y = \operatorname{digamma}(x)", positive=True),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.text)
def test_ranges_next_to_an_index(row: Any) -> None:
    e = meant(row)
    given = inputs(e, 5, row.positive)
    np.testing.assert_allclose(value(e, given), row.judge(*given.values()), rtol=1e-12)


SIMPSON = (
    r"S = \frac{h}{3}\left[f_0+4\sum_{i=1}^{m}f_{2i-1}+2\sum_{i=1}^{m-1}f_{2i}+f_{2m}\right]",
    r"S = \frac{h}{3} \sum_{i=1}^{m} \left( f_{2i-2} + 4 f_{2i-1} + f_{2i} \right)",
)
HALVES: tuple[tuple[str, Callable[[np.ndarray], float]], ...] = (
    (r"s = \sum_{i=1}^{m} f_{2i}", lambda f: f[1:8:2].sum()),
    (r"s = \sum_{k=0}^{m-1} f_{2k+1}", lambda f: f[0:8:2].sum()),
    (r"s = \sum_{k=0}^{m} f_{2k}", lambda f: f[0:9:2].sum()),
)


def test_every_second_element_is_read() -> None:
    f = np.random.default_rng(3).uniform(0.1, 0.9, 9)
    for text in SIMPSON:
        (r,) = readings(f"$${text}$$")
        found = value(r.meaning, {"f": f, "h": np.asarray(0.1), "m": np.asarray(4)})  # type: ignore[arg-type]
        np.testing.assert_allclose(found, integrate.simpson(f, dx=0.1), rtol=1e-14)
    for text, judge in HALVES:
        (r,) = readings(f"$${text}$$")
        found = value(r.meaning, {"f": f, "m": np.asarray(4)})  # type: ignore[arg-type]
        np.testing.assert_allclose(found, judge(f), rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "code"),
    (
        (r"s = \sum_{i=1}^{n/2} x_i", "E145"), (r"s = \sum_{j>i} x_j", "E146"),
        (r"s = \sum_{n \ge 0} \frac{x^n}{n!}", "E210"), (r"D = \operatorname{diag}(a_1, \dots, a_n)", "E155"),
    ),
)  # fmt: skip
def test_ranges_that_are_open_are_refused(text: str, code: str) -> None:
    found = readings(f"$${text}$$")[-1].diagnostic
    assert found is not None and found.code == code and found.help


def test_what_is_handed_over_for_a_bound_is_a_whole_number() -> None:
    g = r"$$g(h) = \sum_{t=1}^{T-h} y_{t+h} y_t$$ "
    for use in (r"r(h) = g(h) / g(0)", "r = g(k + 1)", r"r(k) = 2 g(k) - g(k - 1)"):
        e = readings(f"{g}$${use}$$")[-1].meaning
        assert isinstance(e, Equation)
        assert {p.name for p in e.parameters if p.integer} == {"T", "k" if "k" in use else "h"}
    (_, refused) = readings(f"{g}$$r(h) = g(h / 2)$$")
    found = refused.diagnostic
    assert found is not None and found.code == "E204" and "whole number" in found.message and found.help


def test_an_image_counted_to_two_ends_is_no_identity() -> None:
    for text in (
        r"M = \frac{1}{mn}\sum_{i=0}^{m-1}\sum_{j=0}^{n-1}(I_{ij}-K_{ij})^2",
        r"M = \frac{1}{mn}\sum_{i=1}^{m}\sum_{j=1}^{n}(I_{ij}-K_{ij})^2",
    ):
        (reading,) = readings(f"$${text}$$")
        assert isinstance(reading.meaning, Equation) and reading.meaning.signature == "(m,n),(m,n)->()"
