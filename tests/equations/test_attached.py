"""Conditions that follow a formula on its line speak of that formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand
from texjit.runtime.reference import Reference


def readings(text: str) -> tuple[Reading, ...]:
    return understand(read_source(Source("notes.md", text if "$" in text else f"$${text}$$")))


def equation(reading: Reading) -> Equation:
    assert isinstance(reading.meaning, Equation), reading.message
    return reading.meaning


@pytest.mark.parametrize(
    ("text", "name", "domain"),
    [
        (r"f(x) = x e^{-x^2/\sigma}, \quad \sigma > 0", "sigma", "(0, ∞)"),
        (r"f(x) = x^3, \quad x \ge 0", "x", "[0, ∞)"),
        (r"f(x) = x^3 \text{ for } x > 0", "x", "(0, ∞)"),
        (r"f(x) = x^3 \quad \text{for all } x > 0", "x", "(0, ∞)"),
        (r"f(x) = x^3 \quad (0 < x \le 1)", "x", "(0, 1]"),
        (r"f(x) = x^3 + a, \quad a, x > 0", "a", "(0, ∞)"),
        (r"f(x) = a x^3, \forall x \in (0, 1)", "x", "(0, 1)"),
        (r"f(k) = a^k / k!, \quad k = 0, 1, 2, \dots", "k", "integers 0.."),
        (r"f(x) = x^3, \quad x > 0, \quad x < 2", "x", "(0, 2)"),
    ],
)
def test_a_condition_declares_symbols_of_its_formula(text: str, name: str, domain: str) -> None:
    main, *conditions = readings(text)
    assert all(c.kind == "declaration" and c.diagnostic is None for c in conditions)
    assert {p.name: str(p.domain) for p in equation(main).parameters}[name] == domain
    assert any(name in c.message for c in conditions)


def test_a_condition_says_nothing_of_other_formulas() -> None:
    first, _, other = readings(r"$$f(x) = x^3, \quad x > 0$$ $$g(x) = x^5$$")
    assert str(equation(first).parameters[0].domain) == "(0, ∞)"
    assert str(equation(other).parameters[0].domain) == "ℝ"


@pytest.mark.parametrize(
    "text", [r"f(x) = 1/x, \quad x \neq 0", r"f(x) = x + L, \quad 0 \le x \le L", r"f(x) = 2x \text{ if } |x| < 1"]
)
def test_what_is_no_domain_is_listed(text: str) -> None:
    main, condition = readings(text)
    assert condition.kind == "declaration"
    assert any("as stated; this is not checked" in a for a in equation(main).assumptions)


def test_a_relation_of_the_defined_function_stays_a_claim() -> None:
    _, claim = readings(r"f(x) = x^2, \quad f(x) \ge 0")
    assert claim.kind == "claim"


@pytest.mark.parametrize(
    "text",
    [
        r"y_i = a x_i + w_i, \quad i = 1, \dots, n",
        r"y_i = a x_i + w_i \quad (i = 1, 2, \ldots, n)",
        r"y_i = a x_i + w_i, \quad i \in \{1, \dots, n\}",
        r"y_i = a x_i + w_i, \quad 1 \le i \le n",
        r"y_i = a x_i + w_i, \quad \forall i",
        r"y_i = a x_i + w_i \quad \text{for } i = 1, \dots, n",
        r"$$y_i = a x_i + w_i$$ for $i = 1, \dots, n$.",
    ],
)
def test_a_range_makes_its_letter_an_index(text: str) -> None:
    e = equation(readings(text)[0])
    assert e.call_order == ("a", "x", "w")
    a, x, w = 0.3, np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.2, 0.7])
    (found,) = Reference(e).evaluate({"a": np.asarray(a), "x": x, "w": w}, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), a * x + w, rtol=1e-14)


def test_two_ranges_make_two_indices() -> None:
    e = equation(readings(r"A_{ij} = x_i y_j, \quad i = 1, \dots, n, \quad j = 1, \dots, m")[0])
    x, y = np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.2])
    (found,) = Reference(e).evaluate({"x": x, "y": y}, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), np.outer(x, y), rtol=1e-14)


def test_a_letter_that_is_a_number_is_declared_one() -> None:
    e = equation(readings(r"w_n = 0.5 - \cos(2 \pi n / N), \quad n = 0, \dots, N - 1")[0])
    assert {p.name: str(p.domain) for p in e.parameters}["n"] == "integers 0.."


def test_a_range_of_its_own_is_no_definition() -> None:
    (reading,) = readings(r"$i = 1, \dots, n$")
    assert reading.kind == "declaration" and "i" in reading.message


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (
            r"\text{GroupNorm}(h_{gi}) = h_{gi} - \mu_g, \quad \mu_g = \frac1m \sum_{i=1}^m h_{gi}",
            lambda h: h - h.mean(1, keepdims=True),
        ),
        (r"f(h_{ij}) = \frac{h_{ij}}{\sum_{k} h_{ik}}", lambda h: h / h.sum(1, keepdims=True)),
        (r"f(h_{ij}) = \frac{h_{ij}}{\sum_{k} h_{kj}}", lambda h: h / h.sum(0)),
    ],
)
def test_free_indices_of_an_argument_run_over_its_axes(text: str, right: Callable[[np.ndarray], np.ndarray]) -> None:
    e = equation(readings(text)[0])
    h = np.array([[1.0, 2.0, 4.0], [0.5, 3.0, 0.2]])
    assert e.call_order == ("h",)
    (found,) = Reference(e).evaluate({"h": h}, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), right(h), rtol=1e-14)


def test_where_formulas_of_a_line_tell_what_the_argument_is() -> None:
    text = (r"N(x_i) = \frac{x_i - \mu}{s}, \quad \mu = \frac1n \sum_{i=1}^n x_i, "
            r"\quad s = \sqrt{\frac1n \sum_{i=1}^n (x_i - \mu)^2}")  # fmt: skip
    e = equation(readings(text)[0])
    x = np.array([1.0, -2.0, 0.5, 3.0])
    (found,) = Reference(e).evaluate({"x": x}, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), (x - x.mean()) / x.std(), rtol=1e-14)


def test_a_condition_on_elements_names_them_once() -> None:
    _, condition = readings(r"L = \sum_{j=1}^n s_j, \quad s_j \ge 0")
    assert condition.message == "declares s_j for the formula before it"
