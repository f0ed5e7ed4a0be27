"""What ``check`` says of each row of the foundations document, in both editions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import texjit as tj
from texjit.equations.library import shipped
from texjit.runtime import certify
from texjit.runtime import report as reports
from texjit.runtime.report import report

SEED = Path(__file__).parents[3] / "shared" / "seed" / "foundations.md"

#: Rows with a kernel: certified in both precisions.
VERIFIED = (1, 2, 6, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, *range(20, 32), *range(32, 42))
#: Claims: all values are within their reach, or a proof is.
CLAIMS = (3, 4, 7, 18)
STATEMENT = {
    "line", "column", "row", "latex", "name", "kind", "status", "message", "signature", "max_ulp", "points",
    "derivatives", "assumptions",
}  # fmt: skip
KINDS = {"definition", "claim", "recurrence", "sampling", "objective", "derivation", "declaration", "fragment"}


#: Points of a certificate, and seconds for comparisons at long arrays, in a fast run.
FAST, MOMENT = 448, 0.5


@pytest.fixture(scope="module", params=("shipped", "original"))
def found(request: pytest.FixtureRequest, session_cache: Path) -> dict[str, Any]:
    """The JSON of a report, as a program would read it."""
    if request.param == "original" and not SEED.exists():
        pytest.skip("the original document is not at hand")
    text = shipped("foundations")
    assert text is not None
    document = tj.read(text if request.param == "shipped" else str(SEED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "FULL", FAST)
        patch.setattr(certify, "TAILS", MOMENT)
        return json.loads(json.dumps(report(document).as_json(), allow_nan=False))


@pytest.mark.slow
def test_full_certificates_say_the_same() -> None:
    text = shipped("foundations")
    assert text is not None
    statements = json.loads(json.dumps(report(tj.read(text)).as_json(), allow_nan=False))["statements"]
    judged = [s for s in statements if s["row"] in VERIFIED and s["kind"] != "sampling"]
    assert {s["row"] for s in judged} == set(VERIFIED)
    for s in judged:
        assert s["status"] == "verified" and s["points"] >= 1000, f"{s['name']}: {s['message']}"


def of_row(found: dict[str, Any], row: int) -> list[dict[str, Any]]:
    return [s for s in found["statements"] if s["row"] == row]


@pytest.mark.parametrize("row", VERIFIED)
def test_a_row_with_a_kernel_is_verified(found: dict[str, Any], row: int) -> None:
    statements = [s for s in of_row(found, row) if s["kind"] != "sampling"]
    assert statements
    for s in statements:
        assert s["status"] == "verified", f"{s['name']}: {s['message']}"
        assert s["signature"] and s["points"] >= 400


def test_every_row_is_there(found: dict[str, Any]) -> None:
    assert {s["row"] for s in found["statements"]} - {None} == set(range(1, 42))
    places = [(s["line"], s["column"]) for s in found["statements"]]
    assert places == sorted(places)


def test_nothing_is_left_out(found: dict[str, Any]) -> None:
    for row in set(range(1, 42)) - set(VERIFIED):
        for s in of_row(found, row):
            assert s["status"] in ("noted", "holds", "proved"), s
            assert s["message"], s
    assert {s["status"] for s in found["statements"]} <= {"verified", "proved", "holds", "noted"}


@pytest.mark.parametrize("row", CLAIMS)
def test_a_claim_is_proved_or_holds(found: dict[str, Any], row: int) -> None:
    (s,) = of_row(found, row)
    assert s["kind"] == "claim" and s["status"] == ("proved" if row in (3, 7) else "holds"), s


def test_the_keys_are_those_of_the_contract(found: dict[str, Any]) -> None:
    assert set(found) == {"document", "statements", "summary"}
    for s in found["statements"]:
        assert set(s) == STATEMENT
        assert s["kind"] in KINDS
    assert sum(found["summary"].values()) == len(found["statements"])


def test_only_declarations_definitions_and_fragments_are_merely_noted(found: dict[str, Any]) -> None:
    for s in found["statements"]:
        if s["status"] == "noted":
            assert s["kind"] in ("declaration", "definition", "fragment", "sampling"), s
