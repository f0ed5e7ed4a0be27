"""Names typed as plain letters on the left of an equals sign."""

from __future__ import annotations

import pytest

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand


def kinds(text: str, where: str = "") -> dict[str, str]:
    readings = understand(read_source(Source("notes.md", text)), declarations(where))
    return {r.name or r.latex: r.kind for r in readings if r.kind != "declaration"}


@pytest.mark.parametrize("text", [
    "$$NPV = a - b$$", "$$ROI = a/b$$", "$$OS = 100 a$$", "$$GDP = C + I + G$$", "$$Sharpe = \\frac{m - r}{s}$$",
    "$$Re = a v$$", "$$pH = -\\log c$$", "$$PV = n a$$", "$$NPV = a$$ $$ROI = NPV / b$$",
])
def test_letters_that_touch_are_one_name(text: str) -> None:
    names = kinds(text)
    assert set(names.values()) == {"definition"}
    (first, *_) = understand(read_source(Source("notes.md", text)))
    assert isinstance(first.meaning, Equation)
    assert f"{first.name} is one name, no product of its letters" in first.assumptions


@pytest.mark.parametrize(("text", "where"), [
    ("$$xy = 1$$", ""), ("$$P V = n a$$", ""), ("$$PV = n a$$ where $V > 0$", ""), ("$$dU = a$$", ""),
    ("$$mgh = \\frac{1}{2} m v^2$$", ""), ("$$AB = C$$ with $A, B \\in \\mathbb{R}^{n \\times n}$", ""),
    ("$$AB = BA$$", ""), ("```texjit\nP, V in R\n```\n\n$$PV = n a$$", ""),
])
def test_products_of_symbols_stay_products(text: str, where: str) -> None:
    assert "claim" in kinds(text, where).values()


def test_a_name_is_one_symbol_in_every_formula() -> None:
    text = r"$$SSE = \sum_{i=1}^n (y_i - f_i)^2$$ $$MSE = \frac{SSE}{n}$$ $$RMSE = \sqrt{MSE}$$"
    last = understand(read_source(Source("notes.md", text)))[-1]
    assert isinstance(last.meaning, Equation)
    assert last.meaning.call_order == ("y", "f")
