"""Exact derivatives against formulas worked by hand, at kinks and ends of domains; what certificates ask of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from mpmath import mpf

from texjit.compiler.freeze import freeze
from texjit.equations.diagnostic import InvalidEquation
from texjit.equations.equation import Equation
from texjit.equations.heads import Determinant, parameter
from texjit.runtime.certify import certify
from texjit.runtime.derivation import Derived
from texjit.runtime.guilt import EMITTED, blame
from texjit.runtime.points import Point, points
from texjit.runtime.reference import Outcome, Reference, decimal, is_within

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F
from derivatives import EQUATIONS, derived


def exact(formula: Equation | Derived, **inputs: Any) -> dict[str, Any]:
    """Every output, its elements as decimal texts of the certified values or as outcomes."""
    found = Reference(formula).value_certified({n: np.asarray(v) for n, v in inputs.items()})
    return {n: np.vectorize(told, otypes=[object])(v) for n, v in found.items()}


def told(ball: Any) -> Any:
    """A certified number to 30 digits."""
    return ball if isinstance(ball, Outcome) else mpf(decimal(ball, 30))


def agree(found: Any, want: Any) -> None:
    """To 20 digits: values are certified to 20 bits beyond a float's 53, which gives 21."""
    found, want = np.array(found, dtype=object), np.array(want, dtype=object)
    assert found.shape == want.shape
    for place, w in np.ndenumerate(want):
        x = found[place]
        assert x == w if mp.isinf(w) else abs(x - w) <= mpf(10) ** -20 * abs(w) + mpf(10) ** -300, place


def vector(*values: float) -> mp.matrix:
    return mp.matrix([mpf(v) for v in values])


def rows(m: mp.matrix) -> list[list[mpf]]:
    return m.tolist()


@pytest.fixture(autouse=True)
def digits() -> Any:
    with mp.workdps(60):
        yield


# Formulas worked by hand


def test_relative_entropy() -> None:
    P, Q = [0.25, 0.5, 0.25], [0.5, 0.125, 0.375]
    found = exact(derived(F.KL, "grad", "P", "Q", values=True), P=P, Q=Q)
    pairs = [(mpf(p), mpf(q)) for p, q in zip(P, Q, strict=True)]
    agree(found["KL"], sum(p * mp.log(p / q) for p, q in pairs))
    agree(found["dKL_dP"], [mp.log(p / q) + 1 for p, q in pairs])
    agree(found["dKL_dQ"], [-p / q for p, q in pairs])


def test_relative_entropy_at_the_ends_of_the_simplex() -> None:
    found = exact(derived(F.KL, "grad", "P", "Q", values=True), P=[0.0, 1.0, 0.0, 0.0], Q=[0.0, 0.5, 0.5, 0.0])
    by_p, by_q = found["dKL_dP"], found["dKL_dQ"]
    agree(found["KL"], mp.log(2))
    # 0·log(0/q) grows from 0 with slope log 0; 0·log(0/0) is no function of its first number.
    assert by_p[2] == -mp.inf and by_p[0] is by_p[3] is Outcome.UNDEFINED
    agree(by_p[1:2], [mp.log(2) + 1])
    # Where P is 0, the terms are 0 for every Q.
    agree(by_q, [0, -2, 0, 0])
    infinite = exact(derived(F.KL, "grad", "P", "Q", values=True), P=[0.5, 0.5], Q=[0.0, 1.0])
    assert infinite["KL"][()] == mp.inf
    assert infinite["dKL_dP"][0] is infinite["dKL_dQ"][0] is Outcome.UNDEFINED
    agree([infinite["dKL_dP"][1], infinite["dKL_dQ"][1]], [mp.log(mpf("0.5")) + 1, mpf("-0.5")])


def test_softmax_and_log_sum_exp() -> None:
    z = [1.0, -700.0, 0.5, 1.25]
    e = [mp.exp(v) for v in z]
    s = [v / sum(e) for v in e]
    rows_of = [[s[i] * ((i == j) - s[j]) for j in range(4)] for i in range(4)]
    agree(exact(derived(F.SOFTMAX, "jacobian", "z"), z=z)["dsoftmax_dz"], rows_of)
    lse = derived(F.LSE, "grad", "z")
    agree(exact(lse, z=z)["dlse_dz"], s)
    agree(exact(derived(lse, "jacobian", "z"), z=z)["ddlse_dz_dz"], rows_of)
    bar = [0.5, 2.0, -1.0, 3.0]
    pulled = [sum(mpf(bar[i]) * rows_of[i][j] for i in range(4)) for j in range(4)]
    agree(exact(derived(F.SOFTMAX, "vjp", "z"), z=z, softmax_bar=bar)["z_bar"], pulled)
    agree(exact(derived(F.SOFTMAX, "jvp", "z"), z=z, z_dot=bar)["softmax_dot"], pulled)


def test_mahalanobis_by_the_point_and_by_the_matrix() -> None:
    x, y, S = [1.0, 2.0, -0.5], [0.5, -1.0, 0.0], [[2.0, 0.5, 0.25], [0.125, 1.0, 0.0], [-0.5, 0.75, 3.0]]
    found = exact(derived(F.MAHALANOBIS, "grad", "x", "Sigma"), x=x, y=y, Sigma=S)
    d, inv = vector(*x) - vector(*y), mp.inverse(mp.matrix(S))
    value = mp.sqrt((d.T * inv * d)[0])
    agree(found["dD_M_dx"], list((inv + inv.T) * d / (2 * value)))
    agree(found["dD_M_dSigma"], rows(-inv.T * d * d.T * inv.T / (2 * value)))


def test_quadratic_forms() -> None:
    x, A = [1.0, -2.0, 0.0], [[1.0, 2.0, 3.0], [0.0, -1.0, 5.0], [0.5, 0.25, 0.0]]
    by_x = derived(EQUATIONS["f"], "grad", "x")
    m, v = mp.matrix(A), vector(*x)
    agree(exact(by_x, x=x, A=A)["df_dx"], list((m + m.T) * v))
    agree(exact(derived(EQUATIONS["f"], "grad", "A"), x=x, A=A)["df_dA"], rows(v * v.T))
    agree(exact(derived(by_x, "jacobian", "x"), x=x, A=A)["ddf_dx_dx"], rows(m + m.T))
    u = [3.0, 1.0, -1.0]
    agree(exact(derived(by_x, "jvp", "x", values=True), x=x, A=A, x_dot=u)["df_dx_dot"], list((m + m.T) * vector(*u)))


def test_a_product_with_zeros() -> None:
    by_x = derived(EQUATIONS["p"], "grad", "x")
    agree(exact(by_x, x=[2.0, 0.0, 5.0])["dp_dx"], [0, 10, 0])
    agree(exact(by_x, x=[0.0, 0.0, 5.0])["dp_dx"], [0, 0, 0])
    agree(exact(derived(by_x, "jacobian", "x"), x=[0.0, 0.0, 5.0])["ddp_dx_dx"], [[0, 5, 0], [5, 0, 0], [0, 0, 0]])


def test_kinks_take_the_selected_branch() -> None:
    largest = derived(F.LARGEST, "grad", "x")
    agree(exact(largest, x=[1.0, 3.0, 3.0])["dlargest_dx"], [0, 1, 0])
    size = F.equation("f", [F.arg("a")], F.let("f", sp.Abs(parameter("a"))))
    assert [exact(derived(size, "grad", "a"), a=a)["df_da"][()] for a in (-2.0, 0.0, 3.0)] == [-1, 0, 1]
    agree(exact(derived(F.HUBER, "grad", "a"), a=1.25, delta=1.25)["dhuber_da"], 1.25)
    agree(exact(derived(F.HUBER, "grad", "delta"), a=1.25, delta=1.25)["dhuber_ddelta"], 0)
    norm = derived(EQUATIONS["n"], "grad", "x")
    assert all(v is Outcome.UNDEFINED for v in exact(norm, x=[0.0, 0.0])["dn_dx"])
    agree(exact(norm, x=[3.0, 0.0, 4.0])["dn_dx"], [mpf(3) / 5, 0, mpf(4) / 5])


def test_a_determinant_without_inverse() -> None:
    det = F.equation("f", [F.arg("A", "NN")], F.let("f", Determinant(parameter("A"))))
    by = derived(det, "grad", "A")
    A = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]])
    agree(exact(by, A=A)["df_dA"], [[14, -10, 2], [-7, 5, -1], [0, 0, 0]])
    second = exact(derived(by, "jacobian", "A"), A=np.zeros((2, 2)))["ddf_dA_dA"]
    agree(second.reshape(4, 4), [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]])
    assert exact(derived(det, "grad", "A"), A=[[3.0]])["df_dA"][0, 0] == 1


def test_what_zero_absorbs_has_derivatives_by_the_coefficient() -> None:
    c = EQUATIONS["c"]
    found = exact(derived(c, "grad", "a", "b"), a=0.0, b=4.0)
    agree(found["dc_da"], mp.log(4))
    agree(found["dc_db"], 0)
    for first, then in [("a", "b"), ("b", "a")]:
        twice = derived(derived(c, "grad", first), "grad", then)
        agree(exact(twice, a=0.0, b=4.0)[f"ddc_d{first}_d{then}"], mpf(1) / 4)
    entropy = derived(F.ENTROPY, "grad", "P")
    assert exact(entropy, P=[0.0, 1.0])["dH_dP"][0] == mp.inf
    assert exact(derived(entropy, "jacobian", "P"), P=[0.0, 1.0])["ddH_dP_dP"][0, 0] is Outcome.UNDEFINED


def test_powers_of_zero() -> None:
    d = EQUATIONS["d"]

    def second(first: str, then: str, exponent: float) -> Any:
        (found,) = exact(derived(derived(d, "grad", first), "grad", then), a=0.0, b=exponent).values()
        return found[()]

    assert [second("a", "a", n) for n in (0.0, 1.0, 2.0, 3.0)] == [0, 0, 2, 0]
    # ∂(a^b log a)/∂a tends to 0 for b > 1; for b = 1 it is unbounded.
    assert second("b", "a", 2.5) == 0 and second("b", "a", 1.0) is Outcome.UNDEFINED
    square = F.equation("f", [F.arg("a")], F.let("f", F.power(parameter("a"), 2)))
    by_a = derived(square, "grad", "a")
    assert exact(by_a, a=0.0)["df_da"][()] == 0 and exact(derived(by_a, "grad", "a"), a=0.0)["ddf_da_da"][()] == 2


def test_polygammas() -> None:
    body = sp.polygamma(0, parameter("a"), evaluate=False)
    digamma = F.equation("f", [F.arg("a")], F.let("f", body))
    once = derived(digamma, "grad", "a")
    twice = derived(once, "grad", "a")
    thrice = derived(twice, "grad", "a")
    for a in (0.75, 3.5, -0.75, -2.5):
        agree(exact(once, a=a)["df_da"], mp.psi(1, mpf(a)))
        agree(exact(twice, a=a)["ddf_da_da"], mp.psi(2, mpf(a)))
        assert exact(thrice, a=a)["dddf_da_da_da"][()] is Outcome.UNDECIDED


# What the judge asks besides values


def test_sensitivity_is_by_all_inputs_and_keeps_seeds_apart() -> None:
    by_a = derived(EQUATIONS["e"], "grad", "a")  # 2ab
    got = Reference(by_a).sensitivity({"a": 3.0, "b": 5.0}, {"de_da": [()]})
    assert float(got["de_da", ()].mid()) == 2 * 30
    back = derived(EQUATIONS["e"], "vjp", "b")  # e_bar a²
    got = Reference(back).sensitivity({"a": 3.0, "b": 5.0, "e_bar": -2.0}, {"b_bar": [()]})
    assert float(got["b_bar", ()].mid()) == 3 * 18
    along = derived(EQUATIONS["e"], "jvp", "a", "b")  # 2ab a_dot + a² b_dot
    inputs = {"a": 3.0, "b": 5.0, "a_dot": -1.0, "b_dot": 2.0}
    got = Reference(along).sensitivity(inputs, {"e_dot": [()]})
    assert float(got["e_dot", ()].mid()) == abs(3 * (-10 + 12)) + abs(5 * -6) + 30 + 18
    # Zeros contribute nothing, whether or not there is a derivative by them.
    by_a = derived(EQUATIONS["l"], "grad", "a")
    got = Reference(by_a).sensitivity({"a": 3.0, "b": 0.0}, {"dl_da": [()]})
    assert got["dl_da", ()] == 0


def test_sensitivity_has_digits_where_partials_cancel() -> None:
    z, bar = np.array([1000.0, 745.0]), np.array([-500.0, -250.0])
    got = Reference(derived(F.SOFTMAX, "vjp", "z")).sensitivity({"z": z, "softmax_bar": bar}, {"z_bar": [(0,)]})
    # f = s₁ s₂ (b₁ - b₂) with s₂ = ε, all but 1 - s₁: ∂f/∂z = f·(-1, 1) and ∂f/∂b = ε·(1, -1).
    want = mp.exp(-255) * (250 * (1000 + 745) + 500 + 250)
    assert abs(mpf(decimal(got["z_bar", (0,)], 20)) - want) < want * mpf(10) ** -9


def test_enclosures_contain_what_floats_give() -> None:
    def softmax_rows(z: Any) -> Any:
        s = np.exp(z) / np.exp(z).sum(dtype=z.dtype)
        return np.diag(s) - np.outer(s, s)

    reference = Reference(derived(F.SOFTMAX, "jacobian", "z"))
    for dtype in ("float64", "float32"):
        z = np.array([0.3, -1.7, 2.1, 2.0999], dtype)
        (allowed,) = reference.enclosure({"z": z}, dtype).values()
        right = softmax_rows(z)
        assert all(is_within(ball, float(right[at])) for at, ball in np.ndenumerate(allowed))
        assert not is_within(allowed[0, 0], float(right[0, 0]) * 1.001)


def test_enclosures_of_inverses_hold_what_elimination_leaves_of_zeros() -> None:
    """``∂² log det A/∂A₀₃² = -X₃₀² = 0``: no condition number excuses the square of a rounding error."""
    rows = [[1, -2, -2, -2, -2], [-2, 2, 0, 0, -2], [0, 0, 1, 0, 0], [0, 2, 1, 1, -2], [2, -2, 0, 1, 2]]
    A = np.array(rows) / 2
    A *= np.sign(np.linalg.det(A))
    logdet = F.equation("f", [F.arg("A", "NN")], F.let("f", F.log(Determinant(parameter("A")))))
    twice, at = Reference(derived(derived(logdet, "grad", "A"), "jacobian", "A")), (0, 3, 0, 3)
    assert told(twice.value_certified({"A": A}, wanted={"ddf_dA_dA": [at]})["ddf_dA_dA"][at]) == 0
    (allowed,) = twice.enclosure({"A": A}).values()
    residue = 2.0**-52  # as LAPACK has it
    assert is_within(allowed[at], -(residue**2)) and not is_within(allowed[at], -1e-24)


def test_extents_shrink_where_second_derivatives_are_many() -> None:
    twice = derived(derived(F.LOGDET, "grad", "Sigma"), "jacobian", "Sigma")
    sizes = [p.inputs["Sigma"].shape[0] for p in points(twice.equation, "float64", 8, 0, Reference(twice))]
    assert max(sizes) == 3


def test_cotangents_of_another_shape_are_refused() -> None:
    with pytest.raises(InvalidEquation, match="softmax_bar has shape"):
        exact(derived(F.SOFTMAX, "vjp", "z"), z=[1.0, 2.0], softmax_bar=[1.0, 2.0, 3.0])
    with pytest.raises(InvalidEquation, match="z_dot has shape"):
        exact(derived(F.SOFTMAX, "jvp", "z"), z=[1.0, 2.0], z_dot=[1.0])


def kl_gradient(P: Any, Q: Any) -> dict[str, Any]:
    return {"dKL_dP": np.log(P / Q) + 1, "dKL_dQ": np.where(P > 0, -P / Q, 0.0)}


def test_certificates_of_derivatives() -> None:
    by = derived(F.KL, "grad", "P", "Q")
    good = certify(by.equation, lambda v: kl_gradient(**v), origin=by)
    assert good.verdict == "verified" and good.points == 50, good
    wrong: Callable[[dict[str, Any]], Any] = lambda v: {**kl_gradient(**v), "dKL_dP": np.log(v["P"] / v["Q"])}  # noqa: E731
    bodies = F.add(F.log(F.over(F.P, F.Q)), 1), F.mul(-1, F.over(F.P, F.Q))
    outputs = tuple(F.let(o.name, body, k=F.K) for o, body in zip(by.equation.outputs, bodies, strict=True))
    program = freeze(replace(by.equation, outputs=outputs))
    guilty = certify(by.equation, wrong, origin=by, blame=partial(blame, program=lambda: program))
    assert guilty.verdict == "miscompiled"
    assert guilty.worst is not None and guilty.worst["introduced_by"] == EMITTED
    float32 = certify(by.equation, lambda v: kl_gradient(**v), dtype="float32", origin=by)
    assert float32.verdict == "verified", float32


def test_orders_of_multiplication_are_not_told_apart_at_extreme_points() -> None:
    """``Σ bar·x·(-½)(v + ε)^(-3/2)`` overflows where each product by the root first does not."""
    by = derived(F.SCALED, "vjp", "v")

    def pulled_back(x: Any, v: Any, epsilon: Any, scaled_bar: Any) -> dict[str, Any]:
        return {"v_bar": np.sum(scaled_bar * x) * -0.5 * (v + epsilon) ** -1.5}

    x, bar = np.array([2e262, -2e262]), np.array([3e257, 3e257])
    inputs = {"x": x, "v": 2e159, "epsilon": 0.5, "scaled_bar": bar * [1, 2]}
    for strata, verdict in [(("extreme",), "undecided"), (("moderate",), "inaccurate")]:
        found = certify(by.equation, lambda v: pulled_back(**v), given=[Point(inputs, strata)], origin=by)
        assert found.verdict == verdict and (verdict == "inaccurate" or "overflows" in found.notes[0])


def test_points_know_the_positions_in_the_origin() -> None:
    by = derived(F.STEP, "jacobian", "x")
    reference = Reference(by)
    drawn = list(points(by.equation, "float64", 12, 0, reference))
    assert len(drawn) == 12 and all(1 <= p.inputs["t"] < len(p.inputs["x"]) for p in drawn)
    first = drawn[0].inputs
    (row,) = reference.value_certified(first).values()
    want = np.zeros(len(first["x"]))
    want[[first["t"] - 1, first["t"]]] = -1, 1
    agree(np.array([told(v) for v in row], dtype=object), want)
