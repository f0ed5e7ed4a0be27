"""Monoid laws on every way of cutting small inputs, special values among them."""

from __future__ import annotations

import itertools
import math

import pytest

from texjit.compiler.monoids import MONOIDS, Monoid

INF, NAN = math.inf, math.nan
INPUTS = [
    (),
    (1.5,),
    (-0.0,),
    (NAN,),
    (INF,),
    (-INF,),
    (0.0, -0.0),
    (-INF, -INF),
    (INF, INF),
    (INF, -INF, 1.0),
    (2.0, -INF, 0.5),
    (1.0, NAN, 3.0),
    (0.25, 3.0, 3.0, -2.0),
    (800.0, -800.0, 799.0),
]


def elements(monoid: Monoid, xs: tuple[float, ...]) -> list[tuple[float, ...]]:
    """What the steps take: the values, and their indices or weights 1, 2, ..."""
    return [(x, float(i + 1))[: len(monoid.element)] for i, x in enumerate(xs)]


def fold(monoid: Monoid, xs):
    state = monoid.identity
    for x in xs:
        state = monoid.step(state, *x)
    return state


def same(a, b) -> bool:
    return all((x != x and y != y) or x == y or math.isclose(x, y, rel_tol=1e-14) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("xs", INPUTS, ids=str)
@pytest.mark.parametrize("monoid", MONOIDS.values(), ids=lambda m: m.name)
def test_any_way_of_cutting_gives_one_value(monoid, xs):
    es = elements(monoid, xs)
    whole = fold(monoid, es)
    assert same(monoid.merge(monoid.identity, whole), whole)
    assert same(monoid.merge(whole, monoid.identity), whole)
    for count in range(len(es)):
        for cuts in itertools.combinations(range(len(es) + 1), count):
            ends = (0, *cuts, len(es))
            pieces = [fold(monoid, es[i:j]) for i, j in itertools.pairwise(ends)]
            left = monoid.identity
            for p in pieces:
                left = monoid.merge(left, p)
            right = monoid.identity
            for p in reversed(pieces):
                right = monoid.merge(p, right)
            want = (monoid.finish(whole),)
            assert same((monoid.finish(left),), want)
            assert same((monoid.finish(right),), want)


@pytest.mark.parametrize("xs", INPUTS, ids=str)
@pytest.mark.parametrize("monoid", [m for m in MONOIDS.values() if m.idempotent], ids=lambda m: m.name)
def test_idempotent_monoids_may_see_an_input_twice(monoid, xs):
    s = fold(monoid, elements(monoid, xs))
    assert same(monoid.merge(s, s), s)


def value(name: str, *xs: float) -> float:
    m = MONOIDS[name]
    return m.finish(fold(m, elements(m, xs)))


def test_values():
    assert value("sum", 1.0, 2.0) == 3.0
    assert value("product", 3.0, 2.0) == 6.0
    assert value("max", 1.0, 2.0, -1.0) == 2.0
    assert value("min", 1.0, 2.0, -1.0) == -1.0
    assert value("argmax", 1.0, 5.0, 5.0) == 2.0
    assert value("argmin", 1.0, -5.0, -5.0) == 2.0
    assert value("argmax", 1.0, NAN, 9.0, NAN) == 2.0
    assert value("logsumexp", 1000.0, 1000.0) == 1000.0 + math.log(2.0)
    assert value("logsumexp", -INF, -INF) == -INF
    assert value("logsumexp", INF, 1.0) == INF
    assert value("mean_variance", 1e8 + 1, 1e8 + 3) == 1.0
    assert value("expsum_weighted", 700.0, 700.0) == 1.5
    assert value("expsum_weighted", -INF, 0.0) == 2.0


def test_empty_inputs():
    empty = {m.name: m.finish(m.identity) for m in MONOIDS.values()}
    assert (empty["sum"], empty["product"]) == (0.0, 1.0)
    assert (empty["max"], empty["min"]) == (-INF, INF)
    assert empty["logsumexp"] == -INF
    assert all(math.isnan(empty[n]) for n in ("argmax", "argmin", "expsum_weighted", "mean_variance"))


@pytest.mark.parametrize("name", ["max", "min"])
def test_signed_zeros_are_ordered(name):
    sign = 1.0 if name == "max" else -1.0
    for xs in ((0.0, -0.0), (-0.0, 0.0)):
        assert math.copysign(1.0, value(name, *xs)) == sign


@pytest.mark.parametrize("monoid", [m for m in MONOIDS.values() if m.python], ids=lambda m: m.name)
def test_the_text_of_a_step_names_both_operands(monoid):
    assert monoid.python.format("acc", "x").endswith("(acc, x)")
