"""Divergences between near distributions keep their digits, and cost nothing more elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.interpret_loops import interpret_proc
from texjit.compiler.loops import For, If
from texjit.compiler.lower import lower
from texjit.compiler.pipeline import optimize

from .. import equations as eqs


def near(count: int, apart: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(7)
    for _ in range(count):
        q = rng.integers(1, 2**20, 6) / 2.0**24
        d = rng.integers(-(2**10), 2**10, 6) * apart
        d[-1] -= d.sum()  # the differences add up to 0 exactly
        yield q + d, q


def exact(kind: str, p: np.ndarray, q: np.ndarray) -> float:
    with mpmath.workdps(60):
        a, b = [mpmath.mpf(float(x)) for x in p], [mpmath.mpf(float(x)) for x in q]
        kl = lambda u, v: sum(x * mpmath.log(x / y) for x, y in zip(u, v, strict=True))  # noqa: E731
        m = [(x + y) / 2 for x, y in zip(a, b, strict=True)]
        return float(kl(a, b) if kind == "KL" else (kl(a, m) + kl(b, m)) / 2)


@pytest.mark.parametrize("apart", [2.0**-34, 2.0**-40, 2.0**-44])
@pytest.mark.parametrize("make", [eqs.kl, eqs.js], ids=["KL", "JS"])
def test_near_distributions(make, apart):
    program = optimize(freeze(make()))
    (name,) = (o.name for o in program.outputs)
    for p, q in near(20, apart):
        got = interpret(program, {"P": p, "Q": q})[name]
        assert math.isclose(got, exact(name, p, q), rel_tol=1e-15)


@pytest.mark.parametrize("make", [eqs.kl, eqs.js], ids=["KL", "JS"])
def test_edges(make):
    program = optimize(freeze(make()))
    (name,) = (o.name for o in program.outputs)
    apart = interpret(program, {"P": [1.0, 0.0, 0.0], "Q": [0.0, 1.0, 0.0]})[name]
    assert apart == (math.inf if name == "KL" else pytest.approx(math.log(2), rel=1e-15))
    assert interpret(program, {"P": [0.0, 0.5, 0.5], "Q": [0.0, 0.5, 0.5]})[name] == 0.0


def test_the_second_look_is_taken_only_where_terms_cancel():
    proc = lower(optimize(freeze(eqs.kl())))
    plain = [s for s in proc.body if isinstance(s, For)]
    idle = [s for s in proc.body if isinstance(s, If)]
    assert len(plain) == 1 and idle and all(isinstance(t, For) for s in idle for t in s.then)
    p = np.array([0.25, 0.25, 0.5])
    for q in ([0.25, 0.25, 0.5], [0.5, 0.25, 0.25], [0.25, 0.25 + 2**-30, 0.5 - 2**-30]):
        found = interpret_proc(proc, {"P": p, "Q": np.array(q)})["KL"]
        assert math.isclose(float(found), exact("KL", p, np.array(q)), rel_tol=1e-15, abs_tol=0.0)


def test_unequal_masses_count():
    p, q = [0.25 + 2.0**-30, 0.25], [0.25, 0.25]
    got = interpret(optimize(freeze(eqs.kl())), {"P": p, "Q": q})["KL"]
    assert math.isclose(got, float(Fraction(p[0]) - Fraction(0.25)) * (1 + 2.0**-29), rel_tol=1e-15)


def test_masses_that_differ_much_keep_the_plain_form():
    """The terms cancel and so do the second form's two sums, which are a thousand times larger."""
    p = np.array([0.6341932084762757, 0.02096610539275604, 0.0032361866818339, 0.11905454310236324, 0.28768430271089])
    q = np.array([0.10268729968008201, 13.611951323099799, 688.53648134359281, 0.01004772397434133, 31.0388575533649])
    got = interpret(optimize(freeze(eqs.kl())), {"P": p, "Q": q})["KL"]
    size = np.abs(p * np.log(p / q)).sum()
    assert abs(got - exact("KL", p, q)) < 4 * np.finfo(float).eps * size
