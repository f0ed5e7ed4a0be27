"""The shipped document: the formulas of the original to the letter, and the shapes that its prose declares."""

from __future__ import annotations

from pathlib import Path

import pytest

import texjit as tj
from texjit.equations.declare import from_tree
from texjit.equations.document import Document, Region
from texjit.equations.library import names, shipped

SEED = Path(__file__).parents[3] / "shared" / "seed" / "foundations.md"

SIGNATURES = {
    "KL": "(K),(K)->() | ->()",
    "JS": "(K),(K)->()",
    "D_M": "(d),(d),(d,d)->()",
    "x_t": "(T),(),(),()->()",
    "alpha_bar": "(T)->(T)",
    "L_BCE": "(N),(N)->()",
    "L_CE": "(C),(C)->()",
    "L_MSE": "(N),(N)->()",
    "FL": "(),(),()->()",
    "softmax": "(K)->(K)",
    "Attention": "(n,d_k),(m,d_k),(m,d_v)->(n,d_v)",
    "LayerNorm": "(H),(H),(),(H)->(H)",
    "mu": "(H)->()",
    "sigma_squared": "(H)->()",
}


@pytest.fixture(scope="module")
def document() -> Document:
    text = shipped("foundations")
    assert text is not None and "foundations" in names()
    return tj.read(text)


def text_of(document: Document, region: Region) -> str:
    return document.source.text[region.span.start : region.span.stop].strip()


def test_it_holds_the_formulas_of_the_original_to_the_letter(document: Document) -> None:
    if not SEED.exists():
        pytest.skip("the original is not at hand")
    original = tj.read(str(SEED))
    ours = [(r.kind, text_of(document, r)) for r in document.regions]
    theirs = [(r.kind, text_of(original, r)) for r in original.regions]
    assert [x for x in ours if x[0] == "display"] == [x for x in theirs if x[0] == "display"]
    rest = iter(ours)
    assert all(x in rest for x in theirs), "a formula is missing or out of order"
    for row in range(1, 42):
        latex = [[to_text(d, s.span) for s in d.statements if s.row == row] for d in (document, original)]
        assert latex[0] == latex[1], f"row {row}"


def to_text(document: Document, span: object) -> str:
    return document.source.text[span.start : span.stop]  # type: ignore[attr-defined]


def test_rows_count_as_in_the_original(document: Document) -> None:
    assert sorted({s.row for s in document.statements if s.row}) == list(range(1, 42))
    assert sum(r.kind == "display" for r in document.regions) == 29
    assert not document.diagnostics


def test_declarations_are_no_rows(document: Document) -> None:
    declared = [s for s in document.statements if s.region.kind == "inline" and getattr(s.tree, "ops", ()) == ("in",)]
    assert len(declared) >= 8
    assert all(s.row is None and from_tree(s.tree) for s in declared)


@pytest.mark.parametrize("name", SIGNATURES)
def test_declared_shapes_are_in_the_signatures(name: str, shipped_library: tj.Library) -> None:
    assert shipped_library[name].signature == SIGNATURES[name]


def test_recurrences_are_named_by_their_headings(shipped_library: tj.Library) -> None:
    assert shipped_library["Adam"].states == ("m", "v", "theta")
    assert shipped_library["GradientDescent"].states == ("theta",)


def test_nothing_that_the_author_could_mend_is_wrong(shipped_library: tj.Library) -> None:
    assert [f.rendered for f in shipped_library.failures if not f.unsupported] == []
