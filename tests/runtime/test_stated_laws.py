r"""Laws that the text states for the variables of expectations, in the section or in one above beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import texjit as tj

FORWARD = ("## Forward\n\n$$B_t = \\prod_{s=1}^t a_s$$\n\n$$x_t = "
           "\\sqrt{B_t} x_0 + \\sqrt{1 - B_t} \\epsilon, \\quad \\epsilon \\sim LAW$$\n\n")
LOSS = "## Loss\n\n$$L(h) = \\mathbb{E}_{t, x_0, \\epsilon}[\\|\\epsilon - h(x_t, t)\\|^2]$$\n"


def read(text: str, law: str = r"\mathcal{N}(0, I)") -> Any:
    return tj.compile(tj.read("# Model\n\n" + text.replace("LAW", law)))


def nothing(x: Any, t: Any) -> Any:
    return 0 * x


GIVEN = {"h": nothing, "a": np.linspace(0.9, 0.5, 5), "x_0": np.zeros((400, 3))}


@pytest.mark.parametrize("text", [FORWARD + LOSS, (FORWARD + LOSS).replace("epsilon", "xi").replace("_0", "_1"),
                                  FORWARD + LOSS.replace("## Loss\n\n", "")])
def test_the_law_of_a_section_above_is_drawn_from_and_said(text: str) -> None:
    L = read(text).L
    given = {"x_1" if k == "x_0" and "x_1" in text else k: v for k, v in GIVEN.items()}
    found = L.estimate(**given, rng=3, size=4000)
    assert abs(found.value - 3) < 5 * found.standard_error  # the squared norm of three normal numbers
    said = [a for a in L.equation.assumptions if "estimate() draws" in a]
    assert len(said) == 1 and ("as line" in said[0]) == ("## Loss" in text)


def test_a_law_with_parameters() -> None:
    L = read(FORWARD + LOSS, r"\mathcal{N}(0, s^2 I)").L
    found = L.estimate(**GIVEN, s=2.0, rng=3, size=4000)
    assert abs(found.value - 12) < 5 * found.standard_error
    with pytest.raises(TypeError, match="law of epsilon needs s"):
        L.estimate(**GIVEN, rng=3, size=4000)


def test_the_nearest_law_is_taken_and_two_others_leave_it_open() -> None:
    own = LOSS + "\nwith $\\epsilon \\sim \\mathcal{N}(0, 4 I)$.\n"
    found = read(FORWARD + own).L.estimate(**GIVEN, rng=3, size=4000)
    assert abs(found.value - 12) < 5 * found.standard_error
    two = FORWARD + "## Noise\n\nHere $\\epsilon \\sim \\mathcal{N}(0, 9 I)$.\n\n" + LOSS
    with pytest.raises(TypeError, match="samples of epsilon"):
        read(two).L.estimate(**GIVEN, rng=3, size=4000)


def test_a_section_below_or_elsewhere_is_not_read() -> None:
    for text in (LOSS + "\n" + FORWARD, FORWARD + "# Other\n\n" + LOSS):
        L = read(text).L
        assert not any("draws" in a for a in L.equation.assumptions)


def test_what_the_caller_gives_goes_first() -> None:
    found = read(FORWARD + LOSS).L.estimate(**GIVEN, epsilon=np.full((400, 3), 2.0), rng=3)
    np.testing.assert_allclose(found.value, 12.0)
