"""The code knows no document: no formula, heading or name of one occurs in a string constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import texjit as tj
from texjit.equations import document as room
from texjit.equations.library import shipped

ROOT = Path(__file__).parents[2]
FILES = sorted(
    p
    for name in ("equations", "compiler", "runtime")
    for p in (ROOT / name).rglob("*.py")
    if "library" not in p.relative_to(ROOT).parts[:2]
)

#: Names that formulas of the document define, in any case; short ones as whole constants only.
NAMES = (
    "LayerNorm", "softmax", "Attention", "Adam", "MMD", "Mahalanobis", "Kullback", "Jensen", "Wasserstein",
    "GradientDescent", "L_BCE", "L_CE", "L_MSE", "L_simple", "L_G", "D_M", "D_star", "alpha_bar", "beta_t",
    "MMD_squared", "sigma_squared", "m_hat", "v_hat", "p_data", "p_g", "foundations",
)  # fmt: skip
WHOLE = ("KL", "JS", "FL", "W_p", "W_1", "BCE", "CE", "MSE", "GAN", "VAE", "DDPM", "ELBO")

#: Constants that are documentation of the command line, where the shipped document's name is offered, and a word
#: that every document may use without defining it (one that defines it is read by its own definition).
ALLOWED = {("runtime/cli.py", "foundations"), ("equations/known.py", "softmax")}


def constants(path: Path) -> Iterator[tuple[int, str]]:
    """String constants that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            prose |= {id(s.value) for s in body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def formulas() -> list[str]:
    text = shipped("foundations")
    assert text is not None
    document = tj.read(text)
    spans = [s.span for s in document.statements if s.row is not None]
    found = {squeezed(text[s.start : s.stop]) for s in spans} | {h.title for h in document.headings}
    return sorted(x for x in found if len(x) > 6)


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(ROOT)) for p in FILES])
def test_no_constant_names_a_formula(path: Path) -> None:
    assert room.__file__  # the rooms are these files
    place = str(path.relative_to(ROOT))
    for line, text in constants(path):
        for name in NAMES:
            if (place, name) in ALLOWED:
                continue
            assert not re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", text, re.I), f"{place}:{line}: {name}: {text!r}"
        assert text not in WHOLE, f"{place}:{line}: {text!r}"


def test_no_constant_holds_a_formula_or_heading() -> None:
    known = formulas()
    assert len(known) > 40
    for path in FILES:
        for line, text in constants(path):
            for formula in known:
                assert formula not in text and formula not in squeezed(text), f"{path}:{line}: {formula}"
