"""Double-double arithmetic against 300-bit evaluation, and its factorisations against exact fractions."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from texjit.compiler.emit.pairs import OVER_PAIRS, STEPS
from texjit.compiler.monoids import MONOIDS
from texjit.compiler.primitives import PRIMITIVES
from texjit.runtime import linalg_dd, vecmath_dd

Pair = tuple[float, float]
m = mpmath.MPContext()
m.prec = 300
COUNT = 400


def pair(high: float, rng: np.random.Generator) -> Pair:
    """A pair whose low part is anything that its high part admits."""
    low = high * 2.0**-54 * rng.uniform(-1, 1)
    return float(high), low


def normal(scale: float) -> Callable[[np.random.Generator], float]:
    return lambda rng: rng.normal() * scale


def spread(least: float, most: float) -> Callable[[np.random.Generator], float]:
    return lambda rng: 10.0 ** rng.uniform(least, most)


def beside_one(rng: np.random.Generator) -> float:
    return float(1 + rng.normal() * 10.0 ** rng.uniform(-12, -2))


#: Function, reference, arguments, and bits that are right.
CASES: list[tuple[str, Callable[..., Any], tuple[Callable[[np.random.Generator], float], ...], int]] = [
    ("add", lambda a, b: a + b, (normal(1), normal(1e-8)), 103),
    ("sub", lambda a, b: a - b, (normal(1), normal(1e3)), 103),
    ("mul", lambda a, b: a * b, (spread(-100, 100), normal(1)), 103),
    ("div", lambda a, b: a / b, (normal(1), spread(-100, 100)), 103),
    ("sqrt", m.sqrt, (spread(-250, 300),), 103),
    ("exp", m.exp, (normal(200),), 95),
    ("exp", m.exp, (normal(1e-3),), 103),
    ("expm1", m.expm1, (normal(1),), 95),
    ("expm1", m.expm1, (spread(-250, -1),), 95),
    ("log", m.log, (spread(-300, 300),), 100),
    ("log", m.log, (beside_one,), 60),  # the argument is good to 107 bits, of which up to 40 cancel
    ("log1p", m.log1p, (spread(-200, 3),), 95),
    ("log1p", m.log1p, (lambda rng: -(10.0 ** rng.uniform(-200, -0.01)),), 100),
    ("pow", lambda a, b: a**b, (spread(-20, 20), normal(3)), 94),
    ("pow1p", lambda a, b: (1 + a) ** b, (spread(-20, 2), normal(3)), 96),
    ("sin", m.sin, (normal(10),), 100),
    ("cos", m.cos, (normal(1000),), 95),
    ("tan", m.tan, (normal(1),), 100),
    ("atan", m.atan, (normal(3),), 103),
    ("atan", m.atan, (spread(-100, 100),), 103),
    ("tanh", m.tanh, (normal(1),), 94),
    ("sinh", m.sinh, (normal(1e-3),), 101),
    ("cosh", m.cosh, (normal(3),), 101),
    ("sigmoid", lambda x: 1 / (1 + m.exp(-x)), (normal(20),), 97),
    ("softplus", lambda x: m.log1p(m.exp(x)), (normal(20),), 97),
    ("hypot", m.hypot, (spread(-300, 300), spread(-300, 300)), 102),
    ("log_ratio", lambda a, b: m.log(a / b), (spread(-300, 300), spread(-300, 300)), 85),
    ("products_difference", lambda x, y, z, w: x * y - z * w, (normal(1), normal(1), spread(5, 6), normal(1)), 98),
    ("scaled_exp", lambda a, x: a * m.exp(x), (spread(-100, -99), lambda rng: rng.uniform(720, 800)), 94),
    ("lgamma", m.loggamma, (spread(0.5, 8),), 98),
    ("lgamma", lambda x: m.log(abs(m.gamma(x))), (lambda rng: -rng.uniform(0.1, 30),), 85),
    ("digamma", lambda x: m.digamma(x), (spread(0.5, 8),), 100),
    ("digamma", lambda x: m.digamma(x), (spread(-30, 0.1),), 93),
    ("trigamma", lambda x: m.psi(1, x), (spread(-30, 8),), 98),
    ("noisy_or", lambda u, b: u + b - u * b, (spread(-20, -1), spread(-20, -1)), 101),
]


def exact(p: Pair) -> Any:
    return m.mpf(p[0]) + m.mpf(p[1])


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{k}" for k, (n, *_) in enumerate(CASES)])
def test_functions_have_their_bits(case: Any) -> None:
    name, reference, draw, bits = case
    f, rng = getattr(vecmath_dd, f"dd_{name}"), np.random.default_rng(0)
    for _ in range(COUNT):
        given = [pair(d(rng), rng) for d in draw]
        high, low = f(*given)
        want = reference(*map(exact, given))
        assert abs(exact((high, low)) - want) <= abs(want) * m.mpf(2) ** -bits, given
        assert high == high + low  # the high part is the rounded value


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_large_angles_turn_by_their_low_parts_too(name: str) -> None:
    f, rng = getattr(vecmath_dd, f"dd_{name}"), np.random.default_rng(1)
    for scale in (1e7, 1e16, 1e22, 1e200):
        given = pair(rng.normal() * scale, rng)
        # Working precision of a number that is at most 1: two products and a sum.
        assert abs(exact(f(given)) - getattr(m, name)(exact(given))) <= 4e-16, given


def test_log_gamma_of_the_least_numbers() -> None:
    for x in (5e-324, 1e-310, 1e-300):
        assert vecmath_dd.dd_lgamma((x, 0.0))[0] == pytest.approx(-math.log(x), rel=1e-15)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "add", "mul", "div", "sigmoid", "tanh", "expm1", "hypot"])
def test_infinities_and_nan_are_those_of_floats(name: str) -> None:
    row = PRIMITIVES[name]
    f = getattr(vecmath_dd, f"dd_{name}")
    edges = (0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308)
    for args in ([(x,) for x in edges] if row.arity == 1 else [(x, y) for x in edges for y in edges]):
        with np.errstate(all="ignore"):
            high, low = f(*((x, 0.0) for x in args))
        want = row.evaluate(*args)
        assert high == pytest.approx(want, rel=1e-15, nan_ok=True), args
        assert low == 0.0 or math.isfinite(high)


def test_whole_powers_and_comparisons() -> None:
    third = (1 / 3, float(Fraction(1, 3) - Fraction(1 / 3)))
    for n in range(-9, 10):
        assert abs(exact(vecmath_dd.dd_powi(third, n)) * m.mpf(3) ** n - 1) < 2.0**-100
    more = (third[0], third[1] + 1e-25)
    assert vecmath_dd.dd_less(third, more) and not vecmath_dd.dd_less(more, third)
    assert vecmath_dd.dd_max(third, more) == more and vecmath_dd.dd_min(third, more) == third
    assert vecmath_dd.dd_floor((3.0, -1e-20))[0] == 2.0 and vecmath_dd.dd_ceil((3.0, 1e-20))[0] == 4.0


def test_every_name_that_is_emitted_is_defined() -> None:
    assert OVER_PAIRS <= PRIMITIVES.keys()
    for name in [*(f"dd_{p}" for p in OVER_PAIRS), *STEPS.values()]:
        assert callable(getattr(vecmath_dd, name))
    assert STEPS.keys() == {row.name for row in MONOIDS.values() if row.python}


def pairs(a: list[list[Fraction]]) -> np.ndarray:
    return np.array([[(float(x), float(x - Fraction(float(x)))) for x in row] for row in a])


def fractions(a: np.ndarray) -> list[Fraction]:
    return [Fraction(high) + Fraction(low) for high, low in a.reshape(-1, 2)]


@pytest.mark.parametrize("n", [1, 2, 6])
def test_factorisations_solve_to_twice_the_digits(n: int) -> None:
    """A Hilbert matrix, whose condition is beyond a float's digits from n = 12 on, and 10^7 at n = 6."""
    hilbert = [[Fraction(1, i + j + 1) for j in range(n)] for i in range(n)]
    solution = [Fraction((-2) ** i, 3) for i in range(n)]
    right = pairs([[sum((h * x for h, x in zip(row, solution, strict=True)), Fraction(0)) for row in hilbert]])[0]
    a, b, perm = pairs(hilbert), right.copy(), np.zeros(n, np.int64)
    assert linalg_dd.dd_lu(a, perm) == 0
    linalg_dd.dd_lu_solve(a, perm, b)
    low, c = np.zeros((n, n, 2)), right.copy()
    assert linalg_dd.dd_cholesky(pairs(hilbert), low) == 0
    assert not linalg_dd.dd_is_ill_conditioned(low)
    linalg_dd.dd_solve_lower(low, c)
    linalg_dd.dd_solve_upper_t(low, c)
    for found in (b, c):
        for x, want in zip(fractions(found), solution, strict=True):
            assert abs(x - want) <= abs(want) * Fraction(2) ** -75
    det = vecmath_dd.dd_mul(linalg_dd.dd_lu_det(a, perm), (1.0, 0.0))
    want = Fraction(1)
    for k in range(n):  # the determinant of a Hilbert matrix, by Cauchy's formula
        want *= Fraction(math.factorial(k) ** 4, math.factorial(2 * k) * math.factorial(2 * k + 1))
    assert abs(Fraction(det[0]) + Fraction(det[1]) - want) <= want * Fraction(2) ** -80


def test_statuses_are_those_of_floats() -> None:
    assert linalg_dd.dd_cholesky(pairs([[Fraction(-1)]]), np.zeros((1, 1, 2))) == 1
    asymmetric = pairs([[Fraction(1), Fraction(2)], [Fraction(3), Fraction(1)]])
    assert linalg_dd.dd_cholesky(asymmetric, np.zeros((2, 2, 2))) == -1
    assert linalg_dd.dd_lu(np.zeros((2, 2, 2)), np.zeros(2, np.int64)) == 1
