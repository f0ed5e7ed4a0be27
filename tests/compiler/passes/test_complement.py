"""Products and powers near one are never subtracted from one."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import Pow, Product, log

from texjit.compiler.expr import Program, Reduce
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.loopfacts import depth
from texjit.compiler.lower import lower
from texjit.compiler.pipeline import optimize
from texjit.equations.domain import INTEGER, NONNEGATIVE, REAL, UNIT, Domain
from texjit.equations.equation import Bound
from texjit.equations.heads import element, extent, parameter
from texjit.runtime.vecmath import fold_noisy_or, middle_entr, scaled_exp

from ..equations import add, equation, let, mul, over, param, s, sub, t
from .test_forms import prims

BETA = param("beta", "T", domain=UNIT)
ALPHA = let("alpha", sub(1, element("beta", t)), over(t, "T"))
ALPHA_BAR = let("alpha_bar", Product(element("alpha", s), (s, 1, t)), over(t, "T"))


def exact(betas) -> float:
    rest = Fraction(1)
    for b in betas:
        rest *= 1 - Fraction(float(b))
    return float(1 - rest)


def test_a_product_read_along_its_index_is_one_scan():
    eq = equation("f", [BETA], sub(1, element("alpha_bar", t)), [over(t, "T")], [ALPHA, ALPHA_BAR])
    p = optimize(freeze(eq))
    assert "Σnoisy_or" in prims(p) and "Σproduct" not in prims(p)
    assert depth(lower(p)) == 1
    betas = [1e-12, 3e-9, 1e-14, 0.25]
    got = interpret(p, {"beta": betas})["f"]
    np.testing.assert_allclose(got, [exact(betas[: k + 1]) for k in range(4)], rtol=4e-16)


def test_other_readers_keep_the_product():
    body = add(element("alpha_bar", t), mul(2, sub(1, element("alpha_bar", t))))
    p = optimize(freeze(equation("f", [BETA], body, [over(t, "T")], [ALPHA, ALPHA_BAR])))
    assert {"Σnoisy_or", "Σproduct"} <= prims(p)
    assert depth(lower(p)) == 1


def test_a_product_read_at_a_scalar_is_folded_up_to_it():
    at = parameter("t")
    eq = equation(
        "f", [BETA, param("t", domain=INTEGER, integer=True)], sub(1, element("alpha_bar", at)), (), [ALPHA, ALPHA_BAR]
    )
    p = optimize(freeze(eq))
    (fold,) = [x for x in p.lets if isinstance(x.body, Reduce)]
    assert fold.body.monoid == "noisy_or" and not fold.ranges
    assert interpret(p, {"beta": [1e-12, 3e-9, 0.5], "t": 2})["f"] == exact([1e-12, 3e-9])


def test_factors_that_are_not_from_one_need_bounds():
    def program(domain: Domain) -> Program:
        body = sub(1, Product(element("a", s), (s, 1, extent("T"))))
        return optimize(freeze(equation("f", [param("a", "T", domain=domain)], body)))

    assert "Σnoisy_or" in prims(program(UNIT))
    assert "Σproduct" in prims(program(REAL))


def test_one_minus_a_power():
    def program(domain: Domain) -> Program:
        body = sub(1, Pow(parameter("b"), parameter("n"), evaluate=False))
        return optimize(freeze(equation("f", [param("b", domain=domain), param("n", domain=NONNEGATIVE)], body)))

    unit, wide = program(UNIT), program(NONNEGATIVE)
    assert "pow" not in prims(unit) and {"expm1", "log"} <= prims(unit)
    for p in (unit, wide):
        assert interpret(p, {"b": 1 - 1e-12, "n": 3.0})["f"] == pytest.approx(exact([1 - (1 - 1e-12)] * 3), rel=4e-16)
        assert interpret(p, {"b": 0.0, "n": 2.0})["f"] == 1.0
        assert interpret(p, {"b": 0.0, "n": 0.0})["f"] == 0.0
        assert interpret(p, {"b": 1.0, "n": 5.0})["f"] == 0.0
    assert interpret(wide, {"b": 1e100, "n": 2.0})["f"] == -(1e100**2)


def test_a_literal_power_stays():
    body = sub(1, Pow(parameter("b"), 3, evaluate=False))
    assert "powi" in prims(optimize(freeze(equation("f", [param("b", domain=UNIT)], body))))


def test_a_power_of_one_minus_a():
    params = [param("p", domain=UNIT), param("a"), param("g")]
    body = mul(-1, parameter("a"), Pow(sub(1, parameter("p")), parameter("g")), log(parameter("p")))
    program = optimize(freeze(equation("f", params, body)))
    assert "pow" not in prims(program) and {"scaled_exp", "log1p"} <= prims(program)
    f = lambda p, a, g: interpret(program, {"p": p, "a": a, "g": g})["f"]  # noqa: E731
    assert f(0.5, 2.0, 3.0) == pytest.approx(0.25 * math.log(2), rel=1e-15)
    assert f(1.0, 2.0, 0.0) == 0.0 and f(1.0, 2.0, 1.0) == 0.0
    assert f(1e-20, 1.0, 1e20) == pytest.approx(math.exp(-1) * 20 * math.log(10), rel=1e-14)


def test_zero_and_beyond():
    body = Pow(sub(1, parameter("p")), parameter("g"))
    program = optimize(freeze(equation("f", [param("p", domain=UNIT), param("g")], body)))
    f = lambda p, g: interpret(program, {"p": p, "g": g})["f"]  # noqa: E731
    assert (f(1.0, 2.0), f(1.0, 0.0), f(1.0, -1.0)) == (0.0, 1.0, math.inf)
    assert math.isnan(f(1.5, 0.5))
    real = optimize(freeze(equation("f", [param("p"), param("g")], body)))
    assert "pow1p" in prims(real)


VALUES = [0.0, 1e-300, 3e-17, 0.25, 1.0, 2.0, 1e10]


@pytest.mark.parametrize("name, function", [("noisy_or", fold_noisy_or), ("middle", middle_entr), ("exp", scaled_exp)])
def test_compiled_functions_agree_with_their_rows(name, function):
    from texjit.compiler.monoids import MONOIDS
    from texjit.compiler.scalar import middle_entr as middle
    from texjit.compiler.scalar import scaled_exp as scaled

    row = {"noisy_or": lambda x, y: MONOIDS["noisy_or"].step((x,), y)[0], "middle": middle, "exp": scaled}[name]
    more = [-800.0, 750.0, -1450.0, math.inf, -math.inf, math.nan, 5e-324] if name == "exp" else []
    for x in VALUES + ([1e300, 1e-310] if more else []):
        for y in VALUES + more:
            got, want = float(function(x, y)), row(x, y)
            assert (got != got and want != want) or math.isclose(got, want, rel_tol=2e-13, abs_tol=5e-323), (x, y)


def test_scaled_exp_keeps_products_in_range():
    assert float(scaled_exp(1e300, -1000.0)) == pytest.approx(5.075958897549e-135, rel=1e-12)
    assert float(scaled_exp(5e-324, 1440.0)) == pytest.approx(math.exp(1440 - 744.4400719213812), rel=1e-11)
    assert float(scaled_exp(0.0, 800.0)) == 0.0


def test_reads_of_the_complement_keep_their_places():
    body = sub(1, element("alpha_bar", t - 1))
    eq = equation("f", [BETA], body, [Bound(t, sympy.Integer(2), extent("T"))], [ALPHA, ALPHA_BAR])
    got = interpret(optimize(freeze(eq)), {"beta": [0.1, 0.2, 0.5]})["f"]
    np.testing.assert_allclose(got, [0.1, 0.28], rtol=1e-15)


def test_a_small_exponent_brings_a_large_base_near_one():
    eq = equation("f", [param("b", domain=NONNEGATIVE), param("n")], sub(1, Pow(parameter("b"), parameter("n"))))
    p = optimize(freeze(eq))
    for b, n in ((1110.0, 2e-8), (5.0, -1e-12), (1e300, 1e-15)):
        assert interpret(p, {"b": b, "n": n})["f"] == pytest.approx(-math.expm1(n * math.log(b)), rel=1e-14)
    assert interpret(p, {"b": 1110.0, "n": 2.0})["f"] == 1 - 1110.0**2
    assert interpret(p, {"b": 0.0, "n": 3.0})["f"] == 1
