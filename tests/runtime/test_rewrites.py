"""``explain`` tells what was rewritten, by which rule, and what that did to the error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import texjit as tj
from texjit.compiler import pipeline
from texjit.compiler.expr import Call, Element, Program, map_program
from texjit.runtime.rewrites import Error, rewrites

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F


def test_rewrites_are_measured_before_and_after():
    found = {r.name: r for r in rewrites(F.SOFTMAX)}
    shift = found["normalize"]
    assert shift.before is not None and str(shift.before) == "beyond all bounds"
    assert shift.after is not None and shift.after.ulp <= 4
    assert str(shift).startswith("normalize: keep quotients of exponential sums in range")
    assert "error beyond all bounds before, at most" in str(shift)


def test_rules_are_listed_as_equalities():
    bce = next(r for r in rewrites(F.BCE) if r.rules)
    assert "log(1 + a) = log1p(a)" in bce.rules
    assert "; log(1 + a) = log1p(a); error" in str(bce)


def test_passes_that_only_arrange_are_left_out():
    names = [r.name for r in rewrites(F.MSE)]
    assert not {"share", "lift", "hoist", "inline", "merge"} & set(names)


def test_any_pass_that_changes_values_is_listed(monkeypatch: pytest.MonkeyPatch):
    def unsigned(program: Program) -> Program:
        return map_program(program, lambda e: Call("abs", (e,)) if isinstance(e, Element) else None)

    monkeypatch.setattr(pipeline, "PASSES", (*pipeline.FUSE, (unsigned, "frozen"), *pipeline.SHARE))
    found = {r.name: r for r in rewrites(F.LARGEST)}
    assert found["unsigned"].before is not None and found["unsigned"].before.ulp == 0
    assert found["unsigned"].after is not None and found["unsigned"].after.ulp > 1e3


def test_errors_in_words():
    assert str(Error(0.2, 0.0)) == "at most 1 ulp" and str(Error(2.1, 0.0)) == "at most 3 ulp"
    assert str(Error(23.4, 1.0)) == "about 20 ulp" and str(Error(1.9e8, 1.0)) == "about 2e+08 ulp"
    assert Error(23.4, 1.0).is_inherent and not Error(23.4, 9.0).is_inherent and not Error(3.0, 0.0).is_inherent


def test_kernels_explain_their_rewrites():
    k = tj.compile(r"s_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", where="z in R^n")
    text = k.explain()
    assert "\n  rewritten\n    - " in text and "normalize: keep quotients" in text
    assert k.explain() == text
    assert "rewritten" not in tj.compile(r"p(x) = 3 x").explain()
