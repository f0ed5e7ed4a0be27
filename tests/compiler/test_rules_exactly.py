"""No rule hurts: the right side is the left one in ball arithmetic, and rounds no worse in floats."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

import numpy as np
import pytest
from flint import arb, ctx

from texjit.compiler.expr import Expr, Output, Param, Program, Var
from texjit.compiler.interpret import interpret
from texjit.compiler.matching import fill
from texjit.compiler.passes.cancel import cancel
from texjit.compiler.passes.stabilize import stabilize
from texjit.compiler.rules import CANCELLATIONS, FUSIONS, Rule
from texjit.equations.domain import REAL

from ..runtime.ulps import ulp_error
from .exact import evaluate
from .passes.test_cancel import ROWS, program

Point = dict[str, float]
FLOAT64 = np.dtype(np.float64)
#: What a rewritten formula may err by: this, or twice what the written one does, which is the luck of roundings.
BAR = 4.0
#: Points judged of each rule; drawn are more, for many formulas leave the floats.
FEW, MANY, TRIES = 60, 10_000, 20


def values(rng: random.Random, low: float, high: float) -> float:
    """A number of any size in an interval, often at or beside one of its ends, 0 or 1."""
    pick = rng.random()
    if pick < 0.3:
        return rng.uniform(low, high)
    near = rng.choice([x for x in (low, high, 0.0, 1.0) if low <= x <= high and math.isfinite(x)])
    x = near + rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-18, 2 if pick < 0.8 else -1)
    return min(max(x, low), high)


def points(rule: Rule, count: int) -> Iterator[Point]:
    rng = random.Random(rule.name)
    for _ in range(TRIES * count):
        at = {n: values(rng, *rule.domain.get(f"?{n}", (-300.0, 300.0))) for n in "ab"}
        if rng.random() < 0.2:
            at["b"] = at["a"] * (1 + rng.choice([-1, 1]) * 10.0 ** rng.uniform(-16, -2))
        yield at


def compiled(e: Expr) -> Program:
    named = fill(e, {f"?{n}": Var(n) for n in "ab"})
    params = tuple(Param(n, (), REAL) for n in "ab")
    return Program("f", params, (), (Output("f", (), named),))


def exactly(e: Expr, at: Point) -> arb | None:
    """The value to 80 bits; ``None`` where it is not a number."""
    for bits in (200, 800, 3200):
        ctx.prec = bits
        value = evaluate(e, at)
        if value.is_finite() and (value.is_zero() or value.rel_accuracy_bits() > 80):
            return value
    return None


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    before = ctx.prec
    yield
    ctx.prec = before


def compare(left: Expr, right: Expr, written: Program, made: Program, at: Point) -> bool:
    """One point: is the identity there, and are no digits lost?"""
    exact = exactly(left, at)
    if exact is None or abs(exact) > arb(2) ** 1020 or 0 < abs(exact) < arb(2) ** -1000:
        return False
    same = exactly(right, at)
    assert same is not None and (exact - same).contains(0), at
    before, after = (ulp_error(interpret(p, at)["f"], exact, FLOAT64) for p in (written, made))
    assert after <= max(BAR, 2 * before), (at, before, after)
    return True


def judge(left: Expr, right: Expr, written: Program, made: Program, drawn: Iterator[Point], count: int) -> None:
    judged = (at for at in drawn if compare(left, right, written, made, at))
    assert len(list(itertools.islice(judged, count))) == count


def sweep(rule: Rule, count: int) -> None:
    written, made = compiled(rule.left), stabilize(compiled(rule.right))
    judge(rule.left, rule.right, written, made, points(rule, count), count)


@pytest.mark.parametrize("rule", FUSIONS + CANCELLATIONS, ids=lambda r: r.name)
def test_no_rule_hurts(rule: Rule) -> None:
    sweep(rule, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("rule", FUSIONS + CANCELLATIONS, ids=lambda r: r.name)
def test_no_rule_hurts_at_many_points(rule: Rule) -> None:
    sweep(rule, MANY)


def differences(count: int) -> Iterator[Point]:
    rng = random.Random(count)
    for _ in range(TRIES * count):
        x = values(rng, 1e-18, 0.999999) if rng.random() < 0.7 else 10.0 ** rng.uniform(-18, 6)
        near = x * (1 + rng.choice([-1, 1]) * 10.0 ** rng.uniform(-16, -1))
        yield {"x": x, "y": rng.choice([near, 10.0 ** rng.uniform(-18, 6)])}


def sweep_difference(e: Expr, count: int) -> None:
    written, made = program(e), stabilize(cancel(program(e)))
    judge(e, made.outputs[0].body, written, made, differences(count), count)


@pytest.mark.parametrize("e", [row[0] for row in ROWS.values()], ids=ROWS)
def test_no_difference_hurts(e: Expr) -> None:
    sweep_difference(e, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("e", [row[0] for row in ROWS.values()], ids=ROWS)
def test_no_difference_hurts_at_many_points(e: Expr) -> None:
    sweep_difference(e, MANY)
