"""Units at the end of a formula are left out with a note, and percent signs divide by a hundred."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.diagnostic import Diagnostic
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand
from texjit.runtime.reference import Reference


def only(text: str) -> Reading | Diagnostic:
    document = read_source(Source("notes.md", f"$${text}$$"))
    (found,) = (*document.diagnostics, *understand(document))
    return found


def value(text: str, **inputs: float) -> tuple[float, tuple[str, ...]]:
    found = only(text)
    assert isinstance(found, Reading) and isinstance(found.meaning, Equation), found.message
    assert set(found.meaning.call_order) == set(inputs)
    (out,) = Reference(found.meaning).evaluate({k: np.asarray(v) for k, v in inputs.items()}, 80).values()
    return float(out), found.meaning.assumptions


@pytest.mark.parametrize(
    ("text", "right", "unit"),
    [
        (r"9.81 \text{ m/s}^2", 9.81, "m/s^2"),
        (r"9.81 \mathrm{m/s^2}", 9.81, "m/s^2"),
        (r"9.81\,\mathrm{m\,s^{-2}}", 9.81, "m s^-2"),
        (r"9.81 \frac{\mathrm{m}}{\mathrm{s}^2}", 9.81, "m/s^2"),
        (r"9.81 \; [\mathrm{m/s^2}]", 9.81, "m/s^2"),
        (r"9.81 \; [\mathrm{N}]", 9.81, "N"),
        (r"3 \times 10^8 \mathrm{m}\cdot\mathrm{s}^{-1}", 3e8, "m·s^-1"),
        (r"3 \times 10^8 \mathrm{m} / \mathrm{s}", 3e8, "m/s"),
        (r"5 \text{kg}\cdot\text{m}^2", 5, "kg·m^2"),
        (r"8.314 \, \mathrm{J\,mol^{-1}\,K^{-1}}", 8.314, "J mol^-1 K^-1"),
        (r"1.38 \times 10^{-23} \,\mathrm{J/K}", 1.38e-23, "J/K"),
        (r"10 \, \mathrm{k\Omega}", 10, "kohm"),
        (r"5 \, \mathrm{\mu m}", 5, "um"),
        (r"5 \, \mathrm{N\,m}", 5, "N m"),
        (r"\SI{9.81}{\meter\per\second\squared}", 9.81, "m/s^2"),
        (r"\SI[per-mode=symbol]{6.02e23}{\per\mole}", 6.02e23, "mol"),
        (r"\qty{-9.81e3}{kg.m/s^2}", -9810, "kg"),
        (r"9.81 \si{\kilo\newton}", 9.81, "kN"),
    ],
)
def test_a_unit_after_a_number_is_left_out(text: str, right: float, unit: str) -> None:
    found, notes = value(f"q = {text}")
    assert found == pytest.approx(right, rel=1e-15)
    assert any(note.startswith("the unit ") and unit in note for note in notes)


@pytest.mark.parametrize(
    ("text", "right"),
    [(r"95\%", 0.95), (r"\SI{5}{\percent}", 0.05), (r"10\% \cdot x", 0.03), (r"x + 2.5\,\%", 0.325),
     (r"\num{1e3} x", 300.0), (r"2 \num{-1.5e-3} x", -9e-4), (r"\SI{90}{\degree} x", np.pi / 2 * 0.3),
     (r"\ang{45} x", np.pi / 4 * 0.3), (r"4 m x^2", 0.0)],
)  # fmt: skip
def test_numbers_that_are_written_with_signs(text: str, right: float) -> None:
    inputs = {k: v for k, v in {"x": 0.3, "m": 0.0}.items() if k in text.replace("num", "")}
    assert value(f"q = {text}", **inputs)[0] == pytest.approx(right, rel=1e-14)


def test_units_after_letters() -> None:
    assert value(r"F = m a \; [\mathrm{N}]", m=2.0, a=3.0)[0] == 6
    assert value(r"F = m a \text{ kg m/s}^2", m=2.0, a=3.0)[0] == 6
    assert value(r"y = x / \mathrm{m}", x=3.0, m=2.0)[0] == 1.5


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (r"\sigma = 5.67·10^{-8}\, W m^{-2} K^{-4}", "E153", "unit"),
        (r"v = 3 \times 10^8 m/s", "E153", "unit"),
        (r"s = a \text{ m}", "E153", "unit"),
        (r"y = x\, \mathrm{[dB]}", "E153", "unit"),
        (r"L = 10 \log_{10} x\ \mathrm{[dBA]}", "E153", "unit"),
        (r"T = \SI{25}{\celsius}", "E022", "unit"),
        (r"T = \SI{1.5(3)}{\meter}", "E022", "number"),
        (r"y = x[\mathrm{m}]", "E132", "element"),
        (r"y = x \%", "E010", "percent"),
        (r"W = \int_A^B \vec F \cdot d\vec r", "E192", "integral"),
    ],
)
def test_what_may_be_a_unit_is_refused(text: str, code: str, says: str) -> None:
    found = only(text)
    d = found.diagnostic if isinstance(found, Reading) else found
    assert d is not None and d.code == code and says in d.message + d.help and d.help


@pytest.mark.parametrize("first", [r"\mathrm{m} = a + 1", r"\mathrm{m} \in \mathbb{R}", r"z = 2 \mathrm{m} a"])
def test_an_upright_letter_that_stands_elsewhere_is_no_unit(first: str) -> None:
    document = read_source(Source("notes.md", f"$${first}$$ $$y = 5 \\mathrm{{m}}$$"))
    y = understand(document)[1].meaning
    assert isinstance(y, Equation) and y.call_order == (("a",) if "=" in first and "z" not in first else ("m",))


def test_a_definition_of_an_upright_letter_is_linked() -> None:
    document = read_source(Source("notes.md", r"$$\mathrm{m} = a + 1$$ $$y = 5 \mathrm{m}$$"))
    y = understand(document)[1].meaning
    assert isinstance(y, Equation)
    (found,) = Reference(y).evaluate({"a": np.asarray(1.0)}, 80).values()
    assert float(found) == 10
