"""Numbers in explanations are short, and exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

from texjit.equations.digits import written
from texjit.equations.domain import Domain
from texjit.equations.equation import Equation
from texjit.equations.plain import plain
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand


@pytest.mark.parametrize(
    ("number", "text"),
    [("9.81", "9.81"), ("6.674e-11", "6.674e-11"), ("299792458", "299792458"), ("3e8", "3e8"), ("0.5", "1/2"),
     ("-1/3", "-1/3"), ("22/7", "22/7"), ("0.02", "0.02"), ("-0.001", "-0.001"), ("1200", "1200"), ("0", "0"),
     ("100/7", "100/7"), ("1/17", "1/17"), ("-5e-3", "-0.005"), ("1e-5", "1e-5")],
)  # fmt: skip
def test_a_number_is_written_as_people_do(number: str, text: str) -> None:
    assert written(Fraction(number)) == text and Fraction(text) == Fraction(number)


def test_explanations_show_decimals() -> None:
    (reading,) = understand(read_source(Source("a.md", r"$$f(x) = 6.674 \times 10^{-11} x^2 / 2 + 0.0443$$")))
    assert isinstance(reading.meaning, Equation)
    assert plain(reading.meaning.outputs[0].body) == "6.674·1e-11·x^2/2 + 0.0443"
    assert str(Domain(lo=Fraction("0.001"), hi=Fraction(1, 3))) == "[0.001, 1/3]"
