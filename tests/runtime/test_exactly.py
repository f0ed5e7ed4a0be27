"""Rationals kept exact agree with balls, and settle what balls cannot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat

from texjit.equations.equation import Equation
from texjit.runtime.algebra import Undecided, Undefined
from texjit.runtime.balls import Balls
from texjit.runtime.closures import Closures
from texjit.runtime.exactly import LONGEST, Exactly, Lead
from texjit.runtime.points import points
from texjit.runtime.reference import Outcome, Reference, precision

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F

A = Exactly(Balls(arb, arb_mat), fmpq, fmpq_mat)


def both(x: Any) -> Any:
    return arb(x) if isinstance(x, fmpq) else x


@pytest.mark.parametrize("equation", F.ALL, ids=lambda e: e.name)
def test_both_algebras_agree(equation: Equation) -> None:
    reference, closures = Reference(equation), Closures(equation, A)
    for point in points(equation, count=25):
        want = reference.value_certified(point.inputs)
        with precision(200):
            closures.bind(point.inputs)
            for k, c in enumerate(equation.outputs):
                for at in np.ndindex(closures.shape(k)):
                    expected = want[c.name][at]
                    try:
                        value = both(closures.element(k, at))
                    except Undefined:
                        assert expected is Outcome.UNDEFINED
                    except Undecided:
                        continue
                    else:
                        assert expected is Outcome.UNDECIDED or value.overlaps(expected) or value == expected


def slope() -> Equation:
    """``Σ (x - mean) y / Σ (x - mean)²``: undefined where all x are equal."""
    x, y = (F.element(n, F.i) for n in "xy")
    mean = F.mul(F.power(F.N, -1), F.total(F.element("x", F.j), F.j, F.N))
    body = F.over(F.total(F.mul(F.minus(x, mean), y), F.i, F.N), F.total(F.power(F.minus(x, mean), 2), F.i, F.N))
    return F.equation("slope", [F.arg("x", "N"), F.arg("y", "N")], F.let("slope", body))


def test_a_quotient_by_an_exact_zero_is_undefined() -> None:
    reference = Reference(slope())
    tied = {"x": np.full(3, 0.1), "y": np.array([1.0, 2.0, 4.0])}
    assert reference.value_certified(tied)["slope"][()] is Outcome.UNDEFINED
    near = {"x": np.array([0.1, 0.1, np.nextafter(0.1, 1)]), "y": tied["y"]}
    assert float(reference.value_certified(near)["slope"][()]) == pytest.approx(2.5 / np.spacing(0.1), rel=1e-12)


def test_ties_are_decided_through_roots_and_logarithms() -> None:
    x = F.element("x", F.i)
    mean = F.mul(F.power(F.N, -1), F.total(F.element("x", F.j), F.j, F.N))
    spread = F.root(F.total(F.power(F.minus(x, mean), 2), F.i, F.N))
    tied = {"x": np.full(3, 0.1)}
    for body, expected in (
        (F.over(F.exp(F.mul(-1, F.N)), spread), Outcome.UNDEFINED),
        (F.mul(F.exp(F.N), spread), 0),
        (F.log(F.add(1, spread)), 0),
    ):
        found = Reference(F.equation("f", [F.arg("x", "N")], F.let("f", body))).value_certified(tied)["f"][()]
        assert found is expected or found.contains(expected)


def test_singular_matrices_have_no_inverse() -> None:
    third = fmpq(1, 3)
    with pytest.raises(Undefined, match="singular"):
        A.inverse([[third, 2 * third], [third, 2 * third]])
    assert A.determinant([[third, 2 * third], [third, 2 * third]]) == 0
    assert A.inverse([[third, fmpq(0)], [fmpq(0), third]]) == [[fmpq(3), fmpq(0)], [fmpq(0), fmpq(3)]]
    assert A.determinant([[arb(2), fmpq(0)], [fmpq(0), third]]).contains(fmpq(2, 3))


def test_functions_of_rationals() -> None:
    q = fmpq
    assert A.call("exp", q(0)) == 1 and A.call("sin", q(0)) == 0 and A.call("log", q(1)) == 0
    assert A.call("floor", q(-1, 2)) == -1 and A.call("ceiling", q(-1, 2)) == 0
    assert A.call("sign", q(-1, 2)) == -1 and A.call("Abs", q(-1, 2)) == q(1, 2)
    assert A.root(q(9, 4), 1, 2, True) == q(3, 2) and A.root(q(9, 4), -3, 2, True) == q(8, 27)
    assert isinstance(A.root(q(2), 1, 2, True), arb) and isinstance(A.call("exp", q(1)), arb)
    assert A.pow(q(2), q(-3)) == q(1, 8) and A.pow(q(0), q(0)) == 1
    for undefined in (lambda: A.power(q(0), -1), lambda: A.root(q(-1), 1, 2, False), lambda: A.call("log", q(-1)),
                      lambda: A.pow(q(0), q(-2)), lambda: A.leaf(float("nan"), None)):  # fmt: skip
        with pytest.raises(Undefined):
            undefined()
    assert A.leaf(float("inf"), None) == arb("inf") and A.leaf(0.1, None) != q(1, 10)


def test_long_rationals_become_balls() -> None:
    big = fmpq(3) ** (LONGEST // 2)
    assert isinstance(A.mul(big, fmpq(1)), arb | fmpq)
    assert isinstance(A.mul(big, big), arb) and isinstance(A.power(fmpq(3), LONGEST), arb)
    assert A.mul(big, big) > 1


def test_leads_compare_with_rationals_and_balls() -> None:
    third, half, zero = (Lead(q, arb(q)) for q in (fmpq(1, 3), fmpq(1, 2), fmpq(0)))
    same = Lead(fmpq(2, 6), arb(1) / 3)
    assert third < half and half > third and third <= same and third >= same and third == same and third != half
    assert arb(1) > third and third < arb(1) and not third == arb(1) / 3
    assert half > 0 and zero.is_zero() and not third.is_zero() and zero.contains(0) and not third.contains(0)
    assert zero.contains_integer() and zero.unique_fmpz() == 0 and half.unique_fmpz() is None and half.is_finite()
