"""``checked=True``: every kind of domain, and results that are no numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.equations.axis import Axis
from texjit.equations.diagnostic import TexjitError
from texjit.equations.domain import INTEGER, POSITIVE, REAL, SIMPLEX, SPD, UNIT, Domain
from texjit.equations.equation import Parameter
from texjit.runtime.call import DomainError, ShapeError
from texjit.runtime.domain_samples import MODES, sample, settle
from texjit.runtime.domains import OutsideDomain, check_domain

BIT = Domain("finite", Fraction(0), Fraction(1), members=(Fraction(0), Fraction(1)))
TENTHS = Domain(lo=Fraction(1, 10), hi=Fraction(3, 10))
THIRDS = Domain("finite", members=(Fraction(1, 3), Fraction(2, 3)))
HALF_OPEN = Domain(lo=Fraction(0), hi=Fraction(1), hi_open=True)
PSD, SYMMETRIC, ORTHOGONAL = Domain("psd"), Domain("symmetric"), Domain("orthogonal")
ROTATION = np.array([[0.6, -0.8], [0.8, 0.6]])

OUTSIDE: list[tuple[Domain, Any, str]] = [
    (REAL, [1.0, np.nan], r"p\[1\] = nan is outside of ℝ"),
    (REAL, [1.0, np.inf], r"p\[1\] = inf is outside of ℝ"),
    (POSITIVE, [[1.0, 2.0], [3.0, 0.0]], r"p\[1, 1\] = 0.0 is outside of \(0, ∞\)"),
    (UNIT, -1e-300, r"p = -1e-300 is outside of \[0, 1\]"),
    (HALF_OPEN, [0.0, 1.0], r"p\[1\] = 1.0 is outside of \[0, 1\)"),
    (INTEGER, [1.0, 2.5], r"p\[1\] = 2.5 is outside of ℤ"),
    (Domain("integer", lo=Fraction(1), hi=Fraction(6)), [1, 7], r"p\[1\] = 7.0 is outside of integers 1..6"),
    (BIT, [0, 1, 0.5], r"p\[2\] = 0.5 is outside of \{0, 1\}"),
    (SIMPLEX, [[0.5, 0.5], [0.5, 0.4]], r"p\[1\] sums to 0.9 over its last axis, not to 1"),
    (SIMPLEX, [1.5, -0.5], r"p\[0\] = 1.5 is outside of probabilities"),
    (SPD, [[2.0, 1.0], [0.5, 2.0]], r"p\[0, 1\] = 1.0 but p\[1, 0\] = 0.5: p is not symmetric"),
    (SPD, [np.eye(2), -np.eye(2)], r"p is not symmetric positive definite: the least eigenvalue of p\[1\] is -1"),
    (SPD, np.zeros((2, 2)), r"the least eigenvalue of p is 0"),
    (PSD, [[1.0, 2.0], [2.0, 1.0]], r"p is not symmetric positive semidefinite: the least eigenvalue of p is -1"),
    (SYMMETRIC, [[1.0, 2.0], [2.0 + 1e-9, 1.0]], r"p is not symmetric$"),
    (ORTHOGONAL, [[1.0, 0.0], [0.0, 2.0]], r"p is not orthogonal: element \[1, 1\] of p pᵀ is 4.0"),
]

INSIDE: list[tuple[Domain, Any]] = [
    (TENTHS, np.array([0.1, 0.3])),
    (TENTHS, np.array([0.1, 0.3], np.float32)),
    (THIRDS, np.array([1 / 3, 2 / 3], np.float32)),
    (BIT, [True, False]),
    (SIMPLEX, np.full(7, 1 / 7, np.float32)),
    (PSD, np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) / 7),
    (SYMMETRIC, [[-1.0, 2.0], [2.0, -5.0]]),
    (ORTHOGONAL, ROTATION),
    (ORTHOGONAL, ROTATION.astype(np.float32)),
    (SPD, np.zeros((0, 0))),
]


def parameter(domain: Domain, value: Any, declared: bool = True) -> Parameter:
    return Parameter("p", tuple(Axis(c) for c in "abc"[: np.ndim(value)]), domain, declared=declared)


@pytest.mark.parametrize(("domain", "value", "said"), OUTSIDE, ids=[f"{d} {k}" for k, (d, *_) in enumerate(OUTSIDE)])
def test_values_outside_are_named(domain: Domain, value: Any, said: str) -> None:
    with pytest.raises(OutsideDomain, match=f"f: .*{said}") as caught:
        check_domain("f", parameter(domain, value), value)
    assert isinstance(caught.value, TexjitError) and isinstance(caught.value, DomainError)
    assert caught.value.diagnostic.code == "E310"


@pytest.mark.parametrize(("domain", "value"), INSIDE, ids=[f"{d} {k}" for k, (d, _) in enumerate(INSIDE)])
def test_values_inside_pass(domain: Domain, value: Any) -> None:
    check_domain("f", parameter(domain, value), value)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "domain", [REAL, POSITIVE, UNIT, HALF_OPEN, TENTHS, BIT, SIMPLEX, SPD, PSD, SYMMETRIC, ORTHOGONAL], ids=str
)
def test_what_certificates_draw_passes(domain: Domain, mode: str, dtype: str) -> None:
    rng = np.random.default_rng(7)
    square = domain.kind in ("spd", "psd", "symmetric", "orthogonal")
    for _ in range(10):
        x = settle(sample(domain, (3, 3) if square else (4,), mode, dtype, rng), domain, dtype)
        check_domain("f", parameter(domain, x), x)


def test_infinity_is_outside_of_declared_sets_alone() -> None:
    check_domain("f", parameter(REAL, 0.0, declared=False), -np.inf)
    with pytest.raises(OutsideDomain, match="p = nan"):
        check_domain("f", parameter(REAL, 0.0, declared=False), np.nan)


@pytest.fixture(scope="module")
def f() -> Any:
    return tj.compile(r"f(x, y) = \frac{x}{\sum_i y_i}", where="x in R^m; y in R^n")


def test_a_result_that_is_no_number_is_named(f: Any) -> None:
    x, y = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 3.0]]), np.array([[1.0, 2.0], [1.0, -1.0]])
    with np.errstate(all="ignore"):
        assert np.isnan(f(x, y)[1, 1])
    with pytest.raises(OutsideDomain, match=r"E311.*f: f\[1, 1\] is NaN: the formula has no value"):
        f(x, y, checked=True)


def test_infinite_results_are_looked_at(f: Any) -> None:
    with pytest.raises(OutsideDomain, match=r"f\[0\] is inf: the formula has no value"):
        f([1.0, 1.0, 2.0], [1.0, -1.0], checked=True)
    with pytest.raises(OutsideDomain, match=r"f\[1, 2\] is -inf: it overflows, the exact value is -1.0*e\+400"):
        f([[1.0, 1.0, 2.0], [-1e-200, 1.0, -1e200]], [1e-200, 0.0], checked=True)
    with pytest.raises(OutsideDomain, match=r"f\[0\] is inf: it overflows, the exact value is 1.00000\d*e\+40"):
        f(np.float32([1e20, 1.0, 1.0]), np.float32([1e-20, 0.0]), checked=True)
    kl = tj.compile(r"KL(P \| Q) = \sum_x P(x) \log \frac{P(x)}{Q(x)}", where="P, Q in Delta^K")
    assert kl([0.5, 0.5], [1.0, 0.0], checked=True) == np.inf


def test_refusals_as_they_are_read(f: Any, golden: Callable[[str, str], None]) -> None:
    for code, x in (("E310", np.array([1.0, np.nan])), ("E311", np.array([1.0, 0.0]))):
        with pytest.raises(OutsideDomain) as caught:
            f(x, np.array([1.0, -1.0]), checked=True)
        assert caught.value.diagnostic.code == code
        golden(f"diagnostics/{code}.txt", f"{caught.value}\n")


def test_shapes_come_first(f: Any) -> None:
    with pytest.raises(ShapeError, match="y needs the axes"):
        f([1.0, np.nan], 1.0, checked=True)


def test_overloads_and_recurrences_pass_the_question_on() -> None:
    both = tj.compile(r"$$v(x) = x^2$$ for $x > 0$. $$v(x, y) = x - y$$ for $x, y \in [0, 1]$.")
    step = tj.compile(r"""
# Descent

$$\theta_{t+1} = \theta_t - \eta g_t$$ with $\eta > 0$.
""")
    out = np.zeros(2)
    assert both(np.array([0.5, 1.0]), np.array([0.25, 1.0]), checked=True, out=out) is out
    assert out.tolist() == [0.25, 0.0]
    with pytest.raises(OutsideDomain, match=r"y = 2.0 is outside of \[0, 1\]"):
        both(0.5, 2.0, checked=True)
    assert isinstance(step, tj.Recurrence)
    assert step.step(theta=1.0, eta=0.5, g=1.0, checked=True).theta == 0.5
    with pytest.raises(OutsideDomain, match=r"eta = -0.5 is outside of \(0, ∞\)"):
        step.step(theta=1.0, eta=-0.5, g=1.0, checked=True)
