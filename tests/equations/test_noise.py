r"""Models of data: nothing is linked to a definition that adds a noise which the text draws."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand

N = r"\eta_k \sim \mathcal{N}(0, s^2)"


def takes(text: str, name: str) -> tuple[str, ...]:
    (found,) = (r for r in understand(read_source(Source("notes.md", text))) if r.name == name)
    assert isinstance(found.meaning, Equation), found.message
    return found.meaning.call_order


@pytest.mark.parametrize(
    ("model", "law"),
    (
        ("z_k = a + b w_k + \\eta_k", N),
        ("z_k = a + b w_k + \\eta_k", r"\eta_k \overset{\text{iid}}{\sim} N(0, \tau^2)"),
        ("z_k = a + b w_k + \\eta_k", r"\eta_1, \dots, \eta_m \sim F"),
        ("z_k = a + b w_k + \\eta_k", r"\mathbb{E}[\eta_k] = 0"),
        ("z_k = \\eta_k + m(w_k)", N),
        ("z_k = a w_k + \\tau \\eta_k", N),
        ("z_k = a w_k + \\sqrt{\\tau} \\odot \\eta_k", N),
    ),
)
def test_data_are_not_linked_to_their_model(model: str, law: str) -> None:
    text = f"# Notes\n\nThe model is ${model}$ with ${law}$.\n\n$$q = \\sum_{{k=1}}^n (z_k - c)^2$$\n"
    assert takes(text, "q") == ("z", "c")
    assert "eta" in takes(text, "z") and "z" not in takes(text, "z")
    (q,) = (r for r in understand(read_source(Source("notes.md", text))) if r.name == "q")
    assert "z is given: line 3 is a model of it with the noise eta, not linked" in q.assumptions


@pytest.mark.parametrize(
    ("definition", "law"),
    (
        ("z_k = a + b w_k + c_k", N),  # nothing is drawn here
        ("z_k = a + b w_k", r"w_k \sim \mathcal{U}(1, 2)"),  # what scales may be data
        ("z_k = a e^{b + \\eta_k}", N),  # no sum of a noise and the rest: a quantity that is simulated
        ("z_k = 2 \\eta_k", N),
        ("z_k = A \\eta_k + b", N),
    ),
)
def test_definitions_are_linked_still(definition: str, law: str) -> None:
    text = f"# Notes\n\nLet ${definition}$ with ${law}$.\n\n$$q = 2 z_k$$\n"
    assert "z_k" not in takes(text, "q") and "z" not in takes(text, "q")


def test_a_noise_of_another_chapter_is_none_here() -> None:
    text = "# One\n\nLet $\\eta \\sim F$.\n\n# Two\n\n$$z = a + \\eta$$\n\n$$q = 2z$$\n"
    assert takes(text, "q") == ("a", "eta")
    assert takes(text.replace("# Two", "## Two"), "q") == ("z",)


def test_an_estimator_takes_the_data() -> None:
    text = ("The model is $u = D g + e$ with $D \\in \\mathbb{R}^{n \\times p}$, $u \\in \\mathbb{R}^n$ and "
            "$e \\sim \\mathcal{N}(0, v I)$.\n\n$$\\hat g = (D^T D)^{-1} D^T u$$\n")
    assert takes(text, "g_hat") == ("D", "u")
