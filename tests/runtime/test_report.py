"""Reports: an entry for every statement, in order, with the verdict that it deserves."""

from __future__ import annotations

import json

import pytest

import texjit as tj
from texjit.runtime import report as module
from texjit.runtime.certify import Certificate
from texjit.runtime.report import SEVERITY, Report, report

TEXT = r"""# A

Declared: $x \in \mathbb{R}^d$ and a letter $q$.

$$ f(x) = x^T x $$

Claimed: $f(x) \geq 0$.

$$ g(x) = \frac{f(x)}{ $$

## Heavy Ball

\begin{align}
v_t &= b v_{t-1} + g_t \\
u_{t+1} &= u_t - a v_t
\end{align}
"""


@pytest.fixture(scope="module")
def found(session_cache: object) -> Report:
    return report(tj.read(TEXT))


def test_every_statement_has_its_entry(found: Report) -> None:
    assert [(e.row, e.line, e.kind, e.name, e.status) for e in found.entries] == [
        (None, 3, "declaration", "x", "noted"),
        (None, 3, "fragment", "", "noted"),
        (1, 5, "definition", "f", "verified"),
        (2, 7, "claim", "", "proved"),
        (3, 9, "fragment", "", "invalid"),
        (4, 14, "recurrence", "HeavyBall", "verified"),
        (5, 15, "recurrence", "HeavyBall", "verified"),
    ]
    assert all(e.message for e in found.entries if e.status != "verified")
    assert found.summary == {"invalid": 1, "noted": 2, "proved": 1, "verified": 3}
    assert found.exit_code == 2


def test_places_count_in_the_document(found: Report) -> None:
    lines = TEXT.splitlines()
    for e in found.entries:
        assert lines[e.line - 1][e.column - 1 :].strip(), e


def test_what_is_wrong_is_rendered_with_carets(found: Report) -> None:
    (wrong,) = [e for e in found.entries if e.status == "invalid"]
    assert "<string>:9:" in wrong.rendered and "^" in wrong.rendered and "help" in wrong.rendered


def test_json_holds_no_infinity(found: Report) -> None:
    entry = module.Entry(1, 1, 1, "f", "f", "definition", "inaccurate", "", max_ulp=float("inf"))
    text = json.dumps(Report("d", (*found.entries, entry)).as_json(), allow_nan=False)
    assert json.loads(text)["statements"][-1]["max_ulp"] == "inf"


@pytest.mark.parametrize(("status", "code"), [
    ("verified", 0), ("noted", 0), ("unsupported", 0), ("undecided", 0), ("inaccurate", 0), ("conditional", 0),
    ("miscompiled", 1), ("refuted", 1), ("invalid", 2),
])  # fmt: skip
def test_exit_codes(status: str, code: int) -> None:
    entry = module.Entry(1, 1, 1, "f", "f", "claim", status, "")
    good = module.Entry(1, 1, 1, "f", "f", "claim", "verified", "")
    assert Report("d", (entry, good)).exit_code == code


@pytest.mark.parametrize("worse", SEVERITY[1:])
def test_the_worse_precision_counts(worse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(kernel: object, dtype: str, points: int) -> Certificate:
        verdict = worse if dtype == "float32" else "verified"
        return Certificate(verdict, 1.0, 0.5, points, 0, {"edge": 3}, None, dtype)

    monkeypatch.setattr(module, "verify", verify)
    (entry,) = report(tj.read(r"$$ f(x) = x^2 $$")).entries
    assert entry.status == worse and entry.message and entry.max_ulp == 1.0


def test_without_certificates_definitions_are_noted() -> None:
    entries = report(tj.read(TEXT), certify=False).entries
    assert {e.status for e in entries if e.kind in ("definition", "recurrence")} == {"noted"}
    assert all(e.explanation for e in entries if e.signature)


def test_progress_and_only() -> None:
    seen: list[str] = []
    found = report(tj.read(TEXT), only="f", certify=False, progress=seen.append)
    assert [e.name for e in found.entries] == ["f"] and seen == ["f"]
