r"""Natural domains: where logarithms, roots, quotients and powers are real."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand

DOMAINS = (
    (r"f(x) = \log x", {"x": "[0, ∞)"}),
    (r"f(x) = \log(1 - x)", {"x": "(-∞, 1]"}),
    (r"f(x) = x \log x + (1 - x) \log(1 - x)", {"x": "[0, 1]"}),
    (r"f(x) = \sqrt{2 x - 3}", {"x": "[3/2, ∞)"}),
    (r"f(x) = \sqrt{1 - x^2}", {"x": "ℝ"}),
    (r"f(x) = \sqrt{x + y}", {"x": "ℝ", "y": "ℝ"}),
    (r"f(x) = x^2", {"x": "ℝ"}),
    (r"f(x) = x^{-2}", {"x": "ℝ"}),
    (r"f(x) = x^a", {"x": "[0, ∞)", "a": "ℝ"}),
    (r"f(x) = \log(3 x)", {"x": "[0, ∞)"}),
    (r"f(x) = \log(-x)", {"x": "(-∞, 0]"}),
    (r"f(x) = \log(e^x)", {"x": "ℝ"}),
    (r"f = \sum_{i=1}^N \log y_i", {"y": "[0, ∞)"}),
    (r"f = \sum_{i=1}^N \log(1 - y_i / 2)", {"y": "(-∞, 2]"}),
    (r"f(x) = \frac{1}{x}", {"x": "ℝ"}),
    (r"f(x) = \log \frac{1}{x}", {"x": "[0, ∞)"}),
    (r"f(x) = \log(x^2)", {"x": "ℝ"}),
    (r"f(x) = \log(x y)", {"x": "ℝ", "y": "ℝ"}),
    (r"f(x) = \log |x|", {"x": "ℝ"}),
    (r"f(n) = \sum_{k=1}^n k", {"n": "integers 1.."}),
)


@pytest.mark.parametrize(("formula", "domains"), DOMAINS, ids=[d[0] for d in DOMAINS])
def test_natural_domains(formula: str, domains: dict[str, str]) -> None:
    (reading,) = understand(read_source(Source("d.md", f"$${formula}$$")))
    e = reading.meaning
    assert isinstance(e, Equation), reading.message
    assert {p.name: str(p.domain) for p in e.parameters} == domains


def test_conditions_that_are_not_solved_stay_with_the_equation() -> None:
    (reading,) = understand(read_source(Source("d.md", r"$$f(x) = \sqrt{1 - x^2} / y$$")))
    assert isinstance(reading.meaning, Equation)
    assert [c.sign for c in reading.meaning.defined_when] == ["nonnegative", "nonzero"]
