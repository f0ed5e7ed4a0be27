"""Capital letters set side by side: names where the text says so, refused where they look like names, else products."""

from __future__ import annotations

import pytest

import texjit as tj
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand

RATE = "$$r = \\frac{GH}{GH + KH}$$\n"


def reading(text: str, name: str = "r") -> Reading:
    return next(r for r in understand(read_source(Source("notes.md", text))) if r.name == name)


def takes(text: str, name: str = "r") -> tuple[str, ...]:
    found = reading(text, name)
    assert isinstance(found.meaning, Equation), found.message
    return found.meaning.call_order


@pytest.mark.parametrize(
    "text",
    (
        RATE,
        "$$r = GH + KH$$",
        "$$r = \\frac{GH + KM}{GH + KM + KH + GM}$$",
        RATE + "with $K_1 = 2$ and $x^T x = 1$",
        "$$r = \\frac{GH}{n}, \\quad s = GH + KH$$",
        "$$r = 1 - \\frac{GGK}{GGM}$$",
    ),
)
def test_what_looks_like_names_is_asked(text: str) -> None:
    found = reading(text)
    assert found.diagnostic is not None and found.diagnostic.code == "E184"
    first = "GGK" if "GGK" in text else "GH"
    assert found.diagnostic.help.startswith(f"declare it: ${first} \\in \\mathbb{{R}}$ for a name, or $G, ")
    span = found.diagnostic.span
    assert text[span.start : span.stop] == first


@pytest.mark.parametrize(
    ("text", "names"),
    (
        (RATE + "where $GH$ and $KH$ are counts.", ("GH", "KH")),
        (RATE + "where $GH, KH$ are counts.", ("GH", "KH")),
        (RATE + "where $GH, KH > 0$", ("GH", "KH")),
        (RATE + "where $GH \\in \\mathbb{R}$, $KH \\in \\mathbb{R}$.", ("GH", "KH")),
        (RATE + "```texjit\nGH, KH > 0\n```\n", ("GH", "KH")),
        ("$$r = \\frac{\\mathrm{GH}}{\\mathrm{GH} + \\mathrm{KH}}$$", ("GH", "KH")),
    ),
)
def test_what_the_text_names_is_one_name(text: str, names: tuple[str, ...]) -> None:
    assert takes(text) == names


@pytest.mark.parametrize(
    ("text", "letters"),
    (
        ("$$r = GH, \\quad s = e^{-t/(GH)}$$", ("G", "H")),
        ("$$r = 2 \\pi GH$$", ("G", "H")),
        (RATE + "where $G = 2$ and $H > 0$, $K > 1$", ("G", "H", "K")),
        (RATE + "with $G, K, H \\in \\mathbb{R}$", ("G", "H", "K")),
        ("$$r = \\frac{G H}{G H + K H}$$", ("G", "H", "K")),
        ("$$r = GH + KH, \\quad s = G + K + H$$", ("G", "H", "K")),
        ("$$r = GGH, \\quad s = G + H$$", ("G", "H")),
        ("$$r = GH + 1$$ of the product $GH$ of $G$ and $H$", ("G", "H")),
    ),
)
def test_products_are_products_still(text: str, letters: tuple[str, ...]) -> None:
    assert takes(text) == letters


@pytest.mark.parametrize("where", ("GH, KH > 0", "GH, KH \\in \\mathbb{R}", "GH in R; KH in R"))
def test_a_declaration_from_outside_makes_names(where: str) -> None:
    assert tj.compile(RATE.strip().strip("$"), where=where).parameters == ("GH", "KH")


def test_letters_declared_from_outside_are_a_product() -> None:
    assert tj.compile(RATE.strip().strip("$"), where="G, H, K in R").parameters == ("G", "H", "K")


def test_what_links_to_a_refused_formula_says_so() -> None:
    found = reading(RATE + "\n$$q = 2r$$", "q")
    assert found.assumptions == ("r is an input: its formula in line 1 is refused",)
