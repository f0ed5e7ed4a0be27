"""Means of exponentials near 1 are compared without the ones."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from sympy import Rational, Symbol

from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.passes.offset import offset
from texjit.compiler.pipeline import optimize
from texjit.equations.heads import element, extent

from ..equations import add, equation, exp, i, inv, j, mul, param, sub, total

n, m = extent("n"), extent("m")


def kernel(a: str, b: str):
    return exp(mul(Rational(-1, 2), mul(sub(element(a, i), element(b, j)), sub(element(a, i), element(b, j)))))


def double(a: str, b: str, rows: str, columns: str):
    return total(total(kernel(a, b), j, columns), i, rows)


def discrepancy(last: object = 2):
    own = mul(inv(mul(n, n)), double("x", "x", "n", "n"))
    other = mul(inv(mul(m, m)), double("y", "y", "m", "m"))
    between = mul(mul(last, inv(mul(n, m))), double("x", "y", "n", "m"))
    return equation("M", [param("x", "n"), param("y", "m")], sub(add(own, other), between))


def exact(x: np.ndarray, y: np.ndarray) -> float:
    with mpmath.workdps(60):

        def mean(a: np.ndarray, b: np.ndarray) -> mpmath.mpf:
            terms = [mpmath.exp(-((mpmath.mpf(u) - mpmath.mpf(v)) ** 2) / 2) for u in a.tolist() for v in b.tolist()]
            return sum(terms) / len(terms)

        return float(mean(x, x) + mean(y, y) - 2 * mean(x, y))


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-6])
def test_a_discrepancy_of_close_samples(scale):
    rng = np.random.default_rng(3)
    x, y = scale * rng.normal(size=4), scale * (rng.normal(size=5) + 1)
    program = optimize(freeze(discrepancy()))
    assert math.isclose(interpret(program, {"x": x, "y": y})["M"], exact(x, y), rel_tol=2e-15 / min(scale, 0.1))


def test_a_discrepancy_of_distant_samples():
    x, y = np.array([745.0, 745.0, -745.0, -709.0]), np.array([709.0, -709.0, -745.0])
    assert math.isclose(interpret(optimize(freeze(discrepancy())), {"x": x, "y": y})["M"], exact(x, y), rel_tol=1e-15)


def test_weights_that_do_not_cancel_stay():
    frozen = freeze(discrepancy(3))
    assert offset(frozen) == frozen


def test_a_number_counts_as_a_weight():
    mean = mul(inv(n), total(exp(element("x", i)), i, "n"))
    x = [1e-12, -2e-12, 4e-12]
    program = optimize(freeze(equation("f", [param("x", "n")], sub(mean, 1))))
    assert math.isclose(interpret(program, {"x": x})["f"], 1e-12, rel_tol=1e-11)
    other = freeze(equation("f", [param("x", "n")], sub(mean, 2)))
    assert offset(other) == other


def test_an_unknown_weight_stays():
    mean = mul(inv(n), total(exp(element("x", i)), i, "n"))
    frozen = freeze(equation("f", [param("x", "n"), param("c")], sub(mean, Symbol("c", real=True))))
    assert offset(frozen) == frozen
