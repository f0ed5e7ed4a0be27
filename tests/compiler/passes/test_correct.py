"""Variances lose what the mean's rounding put in."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sympy import Pow

from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.loopfacts import loops
from texjit.compiler.lower import lower
from texjit.compiler.pipeline import optimize
from texjit.equations.heads import element, extent, parameter

from ..equations import equation, i, inv, j, k, layer_norm, let, mul, over, param, sub, total, variance
from .test_forms import prims

x = lambda m: element("x", m)  # noqa: E731
MU = let("mu", mul(inv(extent("N")), total(x(j), j, "N")))


def two_pass():
    body = mul(inv(extent("N")), total(Pow(sub(x(i), parameter("mu")), 2), i, "N"))
    return equation("f", [param("x", "N")], body, lets=[MU])


@pytest.mark.parametrize("make", [two_pass, variance])
def test_equal_elements_have_no_variance(make):
    eq = make()
    p = optimize(freeze(eq))
    rng = np.random.default_rng(5)
    for n in (1, 2, 3, 7, 10, 100):
        for v in rng.normal(size=20) * 10.0 ** rng.integers(-5, 5):
            assert interpret(p, {"x": [v] * n})[eq.outputs[0].name] == 0.0


def test_far_from_zero():
    p = optimize(freeze(two_pass()))
    rng = np.random.default_rng(1)
    xs = 1e8 + rng.normal(size=50)
    exact = [Fraction(float(v)) for v in xs]
    mean = sum(exact) / 50
    want = float(sum((v - mean) ** 2 for v in exact) / 50)
    assert interpret(p, {"x": xs})["f"] == pytest.approx(want, rel=4e-15)


def test_one_more_sum_in_the_same_loop():
    assert len(loops(lower(optimize(freeze(two_pass()))))) == 2


def test_overflow_stays_infinite():
    p = optimize(freeze(two_pass()))
    assert interpret(p, {"x": [1e200, -1e200, 3e200]})["f"] == np.inf


def test_another_mean_is_left_alone():
    body = total(Pow(sub(x(i), parameter("c")), 2), i, "N")
    assert "max" not in prims(optimize(freeze(equation("f", [param("x", "N"), param("c")], body))))
    shifted = let("mu", mul(inv(extent("N")), total(element("y", j), j, "N")))
    body = total(Pow(sub(x(i), parameter("mu")), 2), i, "N")
    assert "max" not in prims(optimize(freeze(equation("f", [param("x", "N"), param("y", "N")], body, lets=[shifted]))))


def test_rows_of_a_matrix():
    z = lambda m: element("z", k, m)  # noqa: E731
    mu = let("mu", mul(inv(extent("d")), total(element("z", i, j), j, "d")), over(i, "n"))
    body = total(Pow(sub(z(j), element("mu", k)), 2), j, "d")
    p = optimize(freeze(equation("f", [param("z", "n", "d")], body, [over(k, "n")], [mu])))
    assert "max" in prims(p)
    z = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(interpret(p, {"z": z})["f"], z.var(axis=1) * 4, rtol=1e-14)


def test_a_mean_that_comes_through_two_links_is_taken_once():
    eq = layer_norm()
    from dataclasses import replace

    again = replace(eq.lets[0], name="mu_2")
    var = let("var", mul(inv(extent("d")), total(Pow(sub(x(i), parameter("mu_2")), 2), i, "d")))
    eq = replace(eq, lets=(eq.lets[0], again, var))
    p = optimize(freeze(eq))
    assert not [let for let in p.lets if let.name == "mu_2"]
    assert len(loops(lower(p))) == 3
    assert len(loops(lower(optimize(freeze(layer_norm()))))) == 3


def test_deviations_from_the_mean_do_not_feel_its_rounding():
    eq = equation("f", [param("x", "N")], sub(x(i), parameter("mu")), [over(i, "N")], [MU])
    once = optimize(freeze(eq))
    rng = np.random.default_rng(3)
    xs = 1e8 + rng.normal(size=7)
    mean = sum(Fraction(float(v)) for v in xs) / 7
    exact = [float(Fraction(float(v)) - mean) for v in xs]
    for p in (once, optimize(once)):
        # What is taken off is a rounded sum: good to the last digits of the largest deviation.
        np.testing.assert_allclose(interpret(p, {"x": xs})["f"], exact, rtol=4e-16, atol=2e-16 * max(map(abs, exact)))
    assert len(loops(lower(once))) == 3
