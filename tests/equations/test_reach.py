"""How far bare symbols reach in a text: sentences, rows of tables, letters that words introduce, axes, squares."""

from __future__ import annotations

import numpy as np
import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.reading import Reading
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand
from texjit.runtime.reference import Reference


def reading(text: str, name: str) -> Reading:
    found = [r for r in understand(read_source(Source("notes.md", "# Notes\n\n" + text))) if r.name == name]
    return found[-1]


def takes(text: str, name: str) -> str:
    """What an equation takes and gives."""
    meaning = reading(text, name).meaning
    assert isinstance(meaning, Equation), reading(text, name).message
    inputs = ", ".join(p.name + "".join(f"[{a.name}]" for a in p.axes) for p in meaning.parameters)
    return f"{inputs} -> {len(meaning.outputs[0].axes)}"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("$$g = 2 h w$$\n\nwhere $h = u/k$.", "g", "u, k, w -> 0"),
        ("$$g = 2 h w.$$\n\nHere $h = u/k$.", "g", "u, k, w -> 0"),
        ("$$g = 2 h w$$\n\nThe height is $h = u/k$.", "g", "h, w -> 0"),
        ("The gain is $g = 2 h w$. The height is $h = u/k$.", "g", "h, w -> 0"),
        ("The gain is $g = 2 h w$ with $h = u/k$.", "g", "u, k, w -> 0"),
        ("The height is $h = u/k$. The gain is $g = 2 h w$.", "g", "u, k, w -> 0"),
        ("$$g = 2 h w, \\quad h = u/k$$", "g", "u, k, w -> 0"),
    ],
)
def test_what_a_later_sentence_defines_is_not_linked(text: str, name: str, expected: str) -> None:
    assert takes(text, name) == expected


TABLE = "| what | formula |\n|---|---|\n| cap | $h = u^2/k + k$ |\n| ball | $B = 4 h^3$ |\n| speed | $c = 340$ |\n\n"


@pytest.mark.parametrize(("text", "name", "expected"), [
    (TABLE, "B", "h -> 0"),
    (TABLE + "$$g = 2 h w$$", "g", "h, w -> 0"),
    ("| a | b |\n|---|---|\n| $g = 2 h w$ | $h = u/k$ |", "g", "u, k, w -> 0"),
])
def test_a_row_of_a_table_speaks_for_itself(text: str, name: str, expected: str) -> None:
    assert takes(text, name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$$h = u/k$$\n\n$$g = 2 h w$$", "u, k, w -> 0"),
        ("$$h = u/k$$\n\n$$g = 2 h w$$\n\nwhere $h$ is the height.", "h, w -> 0"),
        ("$$h = u/k$$\n\nAt the height $h$ and width $w$ we have $g = 2 h w$.", "h, w -> 0"),
        ("$$h = u/k$$\n\nThe height $h$ is known. Then $g = 2 h w$.", "u, k, w -> 0"),
        (r"$$\bar h = u/k$$" "\n\n" r"$$g = 2 \bar h w$$" "\n\n" r"where $\bar h$ is the mean.", "u, k, w -> 0"),
        ("$$g = 2 w e^2$$", "w -> 0"),
        ("$$g = 2 w e^2$$\n\nwhere $e$ is the eccentricity.", "w, e -> 0"),
        ("$$g = 2 w e^2$$\n\nwhere $e$ is the base of natural logarithms.", "w -> 0"),
    ],
)
def test_a_letter_that_words_introduce_is_an_input(text: str, expected: str) -> None:
    assert takes(text, "g") == expected


def test_a_letter_that_words_introduce_is_told() -> None:
    told = reading("$$h = u/k$$\n\n$$g = 2 h w$$\n\nwhere $h$ is the height.", "g").assumptions
    assert "h is an input, as the words beside the formula introduce it; line 3 defines another one" in told


def test_a_formula_and_its_inverse_are_not_linked() -> None:
    text = r"$$z = k \cos u.$$ The angle is then $$u = \arccos(z/k)$$"
    assert takes(text, "z") == "k, u -> 0"
    assert takes(text, "u") == "z, k -> 0"
    assert "z is an input: its formula in line 3 is made of u" in reading(text, "u").assumptions


ROWS = r"""$$m = \frac{1}{G} \sum_{g=1}^G z_g$$

$$v_g = z_g - m$$

"""


@pytest.mark.parametrize(("text", "expected"), [
    (ROWS + r"$$J = \sum_{k=1}^K v_k^2$$", "v[K] -> 0"),
    (ROWS + r"$$J = \sum_{k=1}^G v_k^2$$", "z[G] -> 0"),
    (ROWS + r"$$J = \sum_{g=1}^G v_g^2$$", "z[G] -> 0"),
])
def test_an_array_over_another_range_is_another_one(text: str, expected: str) -> None:
    assert takes(text, "J") == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (r"$$q^2 = \frac{1}{m-1} \sum_{k=1}^m (z_k - c)^2$$ $$g = \frac{c}{q/\sqrt m}$$", "g", "c, z[m] -> 0"),
        (r"$$q^2 = \frac{1}{m-1} \sum_{k=1}^m (z_k - c)^2$$ $$g = q^3 + q^4$$", "g", "z[m], c -> 0"),
        (r"$$q^2 = u^2 + 2 a b$$ $$g = c q$$", "g", "c, q -> 0"),
        (r"$$q^2 = u^2 + 2 a b$$ $$g = c q^2$$", "g", "c, u, a, b -> 0"),
        (r"$$q^2 = u^2 + w^2$$ $$q = a b$$ $$g = c q$$", "g", "c, a, b -> 0"),
        (r"$$q_F^2 = \frac{1}{F} \sum_{k=1}^F z_k^2$$ $$g = \frac{c}{\sqrt{q_F^2 + a}}$$", "g", "c, z[F], a -> 0"),
        (r"$$q^2 = u^2 + w^2$$ $$g(q) = c q + q^2$$", "g", "q, c -> 0"),
    ],
)
def test_powers_go_through_the_square_that_is_defined(text: str, name: str, expected: str) -> None:
    assert takes(text, name) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (r"$$\mu_G = \frac{1}{G} \sum_{g=1}^G z_g$$", "mu_G", "z[G] -> 0"),
        (r"$$V_T = \sum_{l=0}^{T-1} a^l z_l$$", "V_T", "a, z[T] -> 0"),
        (r"$$c_m = c + \sum_{k=1}^m z_k$$ $$J = \sum_{k=1}^m z_k^2$$", "c_m", "c, z[m] -> 0"),
        (r"$$w_t = \prod_{s=1}^t z_s$$", "w", "z[T] -> 1"),
    ],
)
def test_a_letter_that_only_counts_elements_is_no_index(text: str, name: str, expected: str) -> None:
    assert takes(text, name) == expected


@pytest.mark.parametrize("shape", [(3, 2), (3, 3)])
def test_a_linked_mean_keeps_its_indices_apart(shape: tuple[int, int]) -> None:
    sizes = r"3 \times 3" if shape == (3, 3) else r"n \times d"
    text = (f"With $z \\in \\mathbb{{R}}^{{{sizes}}}$:\n\n" r"$$\bar z = \frac{1}{3} \sum_{k=1}^3 z_k$$" "\n\n"
            r"$$S = \sum_{k=1}^3 (z_k - \bar z)(z_k - \bar z)^\top$$")
    meaning = reading(text if shape == (3, 3) else text.replace("3", "n"), "S").meaning
    assert isinstance(meaning, Equation)
    z = np.random.default_rng(1).uniform(0.2, 0.9, shape)
    found = np.vectorize(float)(next(iter(Reference(meaning).evaluate({"z": z}, 80).values())))
    np.testing.assert_allclose(found, 3 * np.cov(z.T, bias=True), rtol=1e-12)


def test_a_function_of_the_step_before_a_bracket_without_it_is_asked_about() -> None:
    text = r"$$w_t = w_{t-1} - \kappa (g_t + c w_{t-1})$$ with $$\kappa(t) = a + b t$$"
    diagnostic = reading(text, "Notes").diagnostic
    assert diagnostic is not None and diagnostic.code == "E132" and r"\kappa(t) \cdot (…)" in diagnostic.help
    assert reading(text.replace(r"\kappa (g", r"\kappa(t) (g"), "Notes").meaning is not None


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("$$e = y - z$$\n\n$$f = e^2$$", "e**2"),
        ("$$e = y - z$$\n\n$$f = e^{-x}$$", "exp(-x)"),
        ("$$f = e^2 x$$", "x*exp(2)"),
    ],
)
def test_a_power_of_a_defined_e_is_no_exponential(text: str, right: str) -> None:
    found = understand(read_source(Source("notes.md", text)))[-1].meaning
    assert isinstance(found, Equation)
    assert str(found.outputs[0].body) == right


def test_a_square_of_e_beside_constants_of_physics_is_asked_about() -> None:
    text = r"$$F = \frac{e^2}{4\pi\epsilon_0 r^2}$$"
    (found,) = understand(read_source(Source("notes.md", text)))
    assert found.diagnostic is not None and found.diagnostic.code == "E137"
    (declared,) = understand(read_source(Source("notes.md", text)), declarations("e in R"))
    assert isinstance(declared.meaning, Equation) and "e" in declared.meaning.call_order
