"""A bug planted in a pass is found, and the pass is named."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from texjit.compiler import pipeline
from texjit.compiler.expr import Call, Expr, Index, Program, Reduce, map_program
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.positions import ONE, ZERO, minus
from texjit.equations.equation import Equation
from texjit.runtime import guilt
from texjit.runtime.certificate import Certificate, render
from texjit.runtime.certify import certify

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F

Pass = Callable[[Program], Program]


def swapped_sign(e: Expr) -> Expr | None:
    match e:
        case Call("sub", (x, _)) if not isinstance(x, Index):  # positions stay what they are
            return Call("add", e.args)
    return None


def dropped_term(e: Expr) -> Expr | None:
    match e:
        case Reduce("sum", r, body):
            return Reduce("sum", replace(r, hi=minus(r.hi, ONE)), body)
    return None


def another_function(e: Expr) -> Expr | None:
    swaps = {"exp": "expm1", "log": "log1p", "sqrt": "square"}
    return Call(swaps[e.prim], e.args) if isinstance(e, Call) and e.prim in swaps else None


def no_shift(e: Expr) -> Expr | None:
    """Exponentials as they were written: the same numbers, out of range."""
    return ZERO if isinstance(e, Reduce) and e.monoid == "max" else None


def certificate(equation: Equation, dtype: str = "float64") -> Certificate:
    """That of the optimized program, without a machine-code compiler."""
    program = pipeline.optimize(freeze(equation))
    return certify(equation, lambda given: interpret(program, given, dtype), count=40, dtype=dtype, blame=guilt.blame)


def planted(monkeypatch: pytest.MonkeyPatch, name: str, rule: Callable[[Expr], Expr | None]) -> None:
    """The first pass of that name does what it did, and something else."""
    stages = list(pipeline.PASSES)
    at = next(k for k, (run, _) in enumerate(stages) if run.__name__ == name)
    run, stage = stages[at]

    def broken(program: Program) -> Program:
        return map_program(run(program), rule)

    broken.__name__ = name
    stages[at] = broken, stage
    monkeypatch.setattr(pipeline, "PASSES", tuple(stages))


BUGS = [
    ("simplify", swapped_sign, F.VARIANCE),
    ("center", swapped_sign, F.MSE),
    ("share", swapped_sign, F.MSE),
    ("recognize", dropped_term, F.KL),
    ("stabilize", dropped_term, F.MATVEC),
    ("lift", dropped_term, F.ENTROPY),
    ("normalize", another_function, F.LSE),
    ("hoist", another_function, F.LAYERNORM),
    ("inline", another_function, F.MAHALANOBIS),
]


@pytest.mark.parametrize(("name", "rule", "equation"), BUGS, ids=[f"{n} {e.name}" for n, _, e in BUGS])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_broken_pass_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, rule: Callable[[Expr], Expr | None], equation: Equation, dtype: str
) -> None:
    planted(monkeypatch, name, rule)
    found = certificate(equation, dtype)
    assert found.verdict == "miscompiled", render(found)
    assert found.worst is not None and found.worst["introduced_by"] == name
    assert f"introduced by: {name}" in render(found)
    assert json.loads(json.dumps(found.as_json()))["worst"]["introduced_by"] == name


def test_a_pass_that_loses_digits_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, "hoist", no_shift)
    found = certificate(F.SOFTMAX)
    assert found.verdict == "inaccurate", render(found)
    assert found.worst is not None and found.worst["introduced_by"] == "hoist"


def test_a_formula_that_no_pass_mends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PASSES", ())
    found = certificate(F.LSE)
    assert found.verdict == "inaccurate", render(found)
    assert found.worst is not None and found.worst["introduced_by"] == guilt.AS_WRITTEN


def test_a_broken_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(equation: Equation) -> Program:
        return map_program(freeze(equation), swapped_sign)

    monkeypatch.setattr(guilt, "freeze", wrong)
    program = pipeline.optimize(wrong(F.MSE))
    found = certify(F.MSE, lambda given: interpret(program, given), blame=guilt.blame)
    assert found.worst is not None and found.worst["introduced_by"] == guilt.FREEZE


def test_wrong_loops_and_wrong_code_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(x: Any, y: Any) -> Any:
        return {"MSE": np.mean((x + y) ** 2)}

    found = certify(F.MSE, lambda given: wrong(**given), blame=guilt.blame)
    assert found.worst is not None and found.worst["introduced_by"] == guilt.EMITTED
    lower = guilt.lower
    monkeypatch.setattr(guilt, "lower", lambda program: lower(map_program(program, swapped_sign)))
    found = certify(F.MSE, lambda given: wrong(**given), blame=guilt.blame)
    assert found.worst is not None and found.worst["introduced_by"] == guilt.LOWER


def test_verified_kernels_blame_nobody() -> None:
    found = certificate(F.MSE)
    assert found.verdict == "verified" and found.worst is not None
    assert "introduced_by" not in found.worst and "introduced by" not in render(found)


def test_float32_is_interpreted_as_it_is_emitted() -> None:
    program = pipeline.optimize(freeze(F.MSE))
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 50)).astype(np.float32)
    want = float(np.float32(np.mean((x - y) ** 2, dtype=np.float64)))
    assert interpret(program, {"x": x, "y": y}, "float32")["MSE"] == want
    assert interpret(program, {"x": x, "y": y})["MSE"] != want
    big = np.float32([3e38, 3e38])
    assert interpret(program, {"x": big, "y": -big}, "float32")["MSE"] == np.inf
