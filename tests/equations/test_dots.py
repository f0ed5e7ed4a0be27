r"""Dots and sums of letters that may be vectors: read as vectors where print shows it, else told or asked about."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation

from .formulas import typed
from .test_elaborate import inputs, meant, readings, value

ROWS = (
    *typed("(),(d),(d)->()", lambda k, n, v: k * max(0, n @ v), r"I = k \max(0, \mathbf{n} \cdot \mathbf{v})"),
    *typed("(d),(d)->(d)", lambda d, n: d - 2 * (d @ n) * n,
           r"\mathbf{r} = \mathbf{d} - 2 (\mathbf{d} \cdot \mathbf{n}) \mathbf{n}"),
    *typed("(d),(d),(d)->()", lambda d, o, c: 2 * d @ (o - c), r"b = 2 \bm{d} \cdot (\bm{o} - \bm{c})"),
    *typed("()->()", lambda x: x * np.tanh(x), r"S(x) = x \cdot \tanh(x)"),
    *typed("(d),(d)->()", lambda v, x: v @ np.tanh(x), r"s = v \cdot \tanh(x)", where="v, x in R^d"),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.text)
def test_a_dot_has_its_value(row) -> None:  # type: ignore[no-untyped-def]
    e = meant(row)
    assert e.signature == row.signature
    given = inputs(e, 3)
    np.testing.assert_allclose(value(e, given), row.judge(*(given[n] for n in e.call_order)), 1e-12)


def test_a_bold_letter_is_not_the_number_of_its_name() -> None:
    last = readings(r"$$d = 2 R a$$ $$\mathbf{s} = (\mathbf{d} \cdot \mathbf{n}) \mathbf{n}$$")[-1].meaning
    assert isinstance(last, Equation) and last.call_order == ("d", "n")


def test_a_product_of_numbers_by_a_dot_is_told() -> None:
    last = readings(r"$$D = (n \cdot h)^2 + 1$$")[-1]
    assert any("n \\cdot h is a product of numbers" in a for a in last.assumptions)


def test_a_number_added_to_each_element_is_told() -> None:
    last = readings(r"$$y = x + \sqrt{a} z$$", "x in R^d")[-1]
    assert any("is a number, added to each element" in a for a in last.assumptions)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (r"S(x) = x \cdot \tanh(x)", "x in R^d"),
        (r"S(x) = \log(1 + e^x) \cdot x", "x in R^d"),
        (r"x_t = \sqrt{1 - b} x_{t-1} + \sqrt{b} z_t", "x in R^d"),
        (r"x_{t+1} = x_t - \eta m_t / 2", "x in R^d"),
    ],
)
def test_what_may_be_a_vector_is_asked_about(text: str, where: str) -> None:
    found = readings(f"$${text}$$", where)[-1].diagnostic
    assert found is not None and found.code == "E137" and found.help
