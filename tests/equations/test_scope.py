"""Which definition a bare symbol is linked to."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand

HEAT = "# Notes\n\n## Oscillations\n\n$$T = 2/w$$\n\n## Heat\n\n$$P = aT^4$$\n"


@pytest.mark.parametrize(
    ("text", "name", "takes"),
    (
        (HEAT, "P", ("a", "w")),
        (HEAT + "\n## Motion\n\n$$T = mc$$\n", "P", ("a", "T")),
        (HEAT + "\n## Motion\n\n$$T = mc$$\n\n$$Q = 3T$$\n", "Q", ("m", "c")),
        ("## A\n\n$$b = 1/T$$\n\n## B\n\n$$g = 2b, \\quad b = v/c$$", "g", ("v", "c")),
        ("## B\n\n$$b = 1/T$$\n\nThen\n\n$$g = 2b, \\quad b = v/c$$", "g", ("v", "c")),
        ("## B\n\n$$b = 1/T$$\n\n$$b = v/c$$\n\n$$g = 2b$$", "g", ("v", "c")),
    ),
    ids=("a-sibling", "two-siblings", "own-heading", "own-display-before-sibling", "own-display", "nearest-above"),
)
def test_a_symbol_is_linked_to_the_closest_definition(text: str, name: str, takes: tuple[str, ...]) -> None:
    (found,) = (r for r in understand(read_source(Source("notes.md", text))) if r.name == name)
    assert isinstance(found.meaning, Equation)
    assert tuple(p.name for p in found.meaning.parameters) == takes


def test_what_was_linked_is_told_by_its_line_and_heading() -> None:
    text = HEAT + "\n$$u(x) = x^2 P$$\n\n$$Q = u(z)$$\n"
    told = {r.name: r.assumptions for r in understand(read_source(Source("notes.md", text)))}
    assert told["P"] == ("T is the one defined in line 5 (Oscillations)",)
    assert told["u"] == ("P is the one defined in line 9",)
    assert told["Q"] == ("u is the one defined in line 11",)


def test_a_second_definition_of_a_linked_name_is_told() -> None:
    text = "$$a = x^2$$\n\nThen\n\n$$a = x + 1$$\n\n$$y = 2a$$\n"
    told = {r.name: r.assumptions for r in understand(read_source(Source("notes.md", text)))}
    assert told["y"] == ("a is the one defined in line 5, and not the other one in line 1",)
    alike = {r.name: r.assumptions for r in understand(read_source(Source("notes.md", text.replace("x + 1", "x^2"))))}
    assert alike["y"] == ("a is the one defined in line 5",)


LENGTHS = r"""# Notes

$$\bar z = \frac{1}{m} \sum_k z_k$$

$$v = \frac{1}{m-1} \sum_{k=1}^m (z_k - \bar z)^2, \quad T = \frac{\sqrt{m} \bar z}{v}, \quad u = m + \bar z$$

$$P = \sum_{j=1}^m q_j \bar z$$
"""


@pytest.mark.parametrize(
    ("name", "takes"), (("z_bar", ("m", "z")), ("v", ("z",)), ("T", ("z",)), ("u", ("m", "z")), ("P", ("q", "z")))
)
def test_a_length_that_a_linked_definition_writes_is_no_other_number_here(name: str, takes: tuple[str, ...]) -> None:
    (found,) = (r for r in understand(read_source(Source("notes.md", LENGTHS))) if r.name == name)
    assert isinstance(found.meaning, Equation)
    assert found.meaning.call_order == takes
    assert {p.name for p in found.meaning.parameters} == set(takes)


def test_a_power_in_a_sentence_defines_what_a_bare_symbol_does_not() -> None:
    text = r"Here $\rho_h = \phi^h$, $C_{out} = C_{in}^{1/2}$, $w = x^k$, $B = A^T$, $m = n$, $R^2 = r^2$."
    kinds = [r.kind for r in understand(read_source(Source("notes.md", text)))]
    assert kinds == ["definition"] * 2 + ["fragment"] * 4
