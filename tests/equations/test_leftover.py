"""Nothing behind a formula is dropped, and words between factors are operators or refused."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation

from .test_elaborate import readings, value

DROPPED = (
    r"\begin{aligned} y &= a + b \\ &\quad (c + d) \end{aligned}", r"\begin{gathered} y = a \\ b \end{gathered}",
    r"z = x \quad y", r"z = x + 1 \qquad y^2", r"z = x,\quad y", r"z = a \text{ and } b", r"z = a \text{ OR } b",
    r"\text{AND} = a \text{OR} b",
)  # fmt: skip
KEPT = (
    r"y = x^2 \quad (3)", r"y = x^2 \quad \text{(units)}", r"y = x^2 \quad [\text{W}]", r"y = x^2 \quad x > 0",
    r"y = x^2 \quad \text{for all } x", r"y = x^2 \quad (x \ne 1)", r"y = x^2 \quad \text{for } n \text{ even}",
    r"y = x^2, \quad z = x", r"y = x^2 \quad \text{if } n",
)  # fmt: skip
SPOKEN = (r"z = a \text{ plus } b", r"z = x \mathbin{\text{xor}} y", r"z = x\operatorname{div}5",
          r"z = \mathrm{cis}\, x")  # fmt: skip


@pytest.mark.parametrize("text", DROPPED)
def test_a_part_that_belongs_to_no_formula_is_refused(text: str) -> None:
    found = readings(f"$${text}$$")[0]
    assert found.diagnostic is not None and found.diagnostic.code == "E167"


@pytest.mark.parametrize("text", KEPT)
def test_tags_units_and_conditions_may_follow(text: str) -> None:
    found = readings(f"$${text}$$")[0]
    assert isinstance(found.meaning, Equation), found.message
    assert any("even" in x for x in found.assumptions) == ("even" in text)


@pytest.mark.parametrize("text", SPOKEN)
def test_words_between_factors_are_no_factors(text: str) -> None:
    found = readings(f"$${text}$$")[0].diagnostic
    assert found is not None and found.code == "E130" and found.help


@pytest.mark.parametrize("text", (r"z = x \text{ mod } y", r"z = x~\mathrm{mod}~y", r"z = x \operatorname{mod} y"))
def test_a_written_modulus_is_one(text: str) -> None:
    e = readings(f"$${text}$$")[0].meaning
    assert isinstance(e, Equation)
    np.testing.assert_allclose(value(e, {"x": np.asarray(7.5), "y": np.asarray(2.0)}), 1.5)


def test_a_bracketed_exponent_is_a_power_or_a_label() -> None:
    for text, names in ((r"e^{(1 - r/c)}", "c r"), (r"2^{(n - 1)}", "n"), (r"x^{(1/2)}", "x"), (r"e^{[-x^2]}", "x"),
                        (r"(1-p)^{(n-k)}", "k n p"), (r"h^{(l)} + h^{(l-1)}", "h_l h_l_minus_1")):
        e = readings(f"$$y = {text}$$")[0].meaning
        assert isinstance(e, Equation) and sorted(e.call_order) == names.split()
    for text in (r"q^{(n-k)}", r"r^{(n-1)}"):
        found = readings(f"$$y = {text}$$")[0].diagnostic
        assert found is not None and found.code == "E114" and "_{n - " in found.help
