"""Exact derivatives against formulas worked by hand, and against differences of values in many digits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
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
from texjit.runtime.points import points
from texjit.runtime.reference import Outcome, Reference, decimal, is_within

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F
from derivatives import derived, equations

TEXT = r"""
Let $x, y, w \in \mathbb{R}^N$, $A \in \mathbb{R}^{N \times N}$ and $t, a, b \in \mathbb{R}$.

$$f(x, A) = x^\top A x$$
$$g(z, w)_i = \frac{\exp(z_i w_i)}{\sum_{j=1}^{N} \exp(z_j)}$$
$$h(x, y) = \sqrt{\sum_{i=1}^{N} (x_i - y_i)^2} \cdot \log \prod_{i=1}^N (1 + x_i^2)$$
$$K(P, Q) = \sum_{k=1}^K P_k \log \frac{P_k}{Q_k}$$
$$q(x, A) = \log\det A + x^\top A^{-1} x$$
$$r(a, b) = \tanh(a) \, b^{a} + \arctan(a b) \operatorname{erf}(b)$$
$$u(a, t) = \max(a, t^2) + |a - t| + a^{3/2} \min(a, t)$$
$$v(a) = \log \Gamma(a) + \Gamma(a) + \psi(a)$$
$$m(x) = \log \sum_{i=1}^{N} \exp(x_i) + \max_i x_i$$
$$p(x) = \prod_{i=1}^{N} x_i$$
$$n(x) = \sqrt{\sum_{i=1}^{N} x_i^2}$$
$$c(a, b) = a \log b$$
$$d(a, b) = a^b$$
$$e(a, b) = a^2 b$$
$$l(a, b) = a^2 \sqrt{b}$$
"""
EQUATIONS = {**equations(TEXT), "LayerNorm": F.LAYERNORM, "alpha_bar": F.PREFIX, "huber": F.HUBER}


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


# Differences in many digits

H = 2.0**-40
#: The relative error of a difference with step H, and what third and fifth derivatives may add to it.
CLOSE = mpf(2) ** -80 * 2**20

POINTS: dict[str, dict[str, Any]] = {
    "f": {"x": [0.5, -1.25, 2.0], "A": [[1.0, 0.5, -2.0], [0.25, 3.0, 0.0], [1.5, -0.75, 1.0]]},
    "g": {"z": [0.5, -1.0, 0.25], "w": [1.5, 2.0, -0.5]},
    "h": {"x": [0.5, -1.25, 2.0], "y": [1.0, 0.75, -0.5]},
    "K": {"P": [0.25, 0.5, 0.25], "Q": [0.5, 0.125, 0.375]},
    "q": {"x": [0.5, -1.25], "A": [[2.0, 0.5], [-0.25, 1.5]]},
    "r": {"a": 1.25, "b": 0.75},
    "u": {"a": 1.75, "t": 1.5},
    "v": {"a": 1.75},
    "m": {"x": [0.5, -1.25, 2.0, 0.0]},
    "LayerNorm": {"x": [1.0, 2.0, 4.0], "gamma": [1.0, 2.0, 0.5], "beta": [0.125, 0.0, 1.0], "epsilon": 0.125},
    "alpha_bar": {"beta": [0.25, 0.5, 0.125]},
    "huber": {"a": 3.0, "delta": 1.25},
}


class Values:
    """The origin as a function of all elements of all inputs, at moved points."""

    def __init__(self, equation: Equation, at: Mapping[str, Any]) -> None:
        self.reference, self.at = Reference(equation), {n: np.asarray(v, float) for n, v in at.items()}
        self.keys = [(n, k) for n, v in self.at.items() for k in range(v.size)]
        self.known: dict[Any, Any] = {}

    def __call__(self, *steps: tuple[tuple[str, int], int]) -> Any:
        """The flattened output with inputs moved by multiples of H, which floats hold exactly."""
        if steps not in self.known:
            moved = {n: v.copy() for n, v in self.at.items()}
            for (n, k), times in steps:
                moved[n].flat[k] += times * H
            (found,) = self.reference.evaluate(moved, 1000).values()
            self.known[steps] = np.array([mpf(decimal(b, 290)) for b in found.flat], dtype=object)
        return self.known[steps]

    def first(self, key: tuple[str, int]) -> Any:
        return (self((key, 1)) - self((key, -1))) / (2 * mpf(H))

    def second(self, one: tuple[str, int], two: tuple[str, int]) -> Any:
        if one == two:
            return (self((one, 1)) - 2 * self() + self((one, -1))) / mpf(H) ** 2
        corners = [s * t * self((one, s), (two, t)) for s, t in product((1, -1), repeat=2)]
        return sum(corners) / (4 * mpf(H) ** 2)


def close(found: Any, want: Any) -> bool:
    return bool(abs(mpf(decimal(found, 60)) - want) <= CLOSE * (1 + abs(want)))


@pytest.mark.parametrize("name", sorted(POINTS))
def test_derivatives_are_limits_of_differences(name: str) -> None:
    with mp.workdps(300):
        equation, at = EQUATIONS[name], POINTS[name]
        f = Values(equation, at)
        wrt = tuple(at)
        by = derived(equation, "jacobian", *wrt)
        inputs = dict(f.at)
        found = Reference(by).evaluate(inputs, 400)
        gradient = {w: d.reshape(len(f()), -1) for w, d in zip(wrt, found.values(), strict=True)}
        for w, k in f.keys:
            want = f.first((w, k))
            assert all(close(gradient[w][r, k], want[r]) for r in range(len(want))), (w, k)

        # Random cotangents and tangents; second derivatives are differences of values, too.
        rng = np.random.default_rng(3)
        (out,) = Reference(equation).evaluate(inputs, 60).values()
        bar = rng.integers(-8, 9, out.shape) / 8.0
        dots = {w: rng.integers(-8, 9, inputs[w].shape) / 8.0 for w in wrt}
        back = derived(equation, "vjp", *wrt, values=True)
        (o,) = equation.outputs
        hessian = {(p, q): bar.ravel() @ f.second(p, q) for p in f.keys for q in f.keys if p <= q}
        symmetric = hessian | {(q, p): v for (p, q), v in hessian.items()}
        pushed = derived(back, "jvp", *wrt)
        given = {**inputs, f"{o.name}_bar": bar, **{f"{w}_dot": d for w, d in dots.items()}}
        along = Reference(pushed).evaluate(given, 400)
        twice = Reference(derived(back, "jacobian", *wrt)).evaluate(given, 400)
        value = along[f"{o.name}_dot"].ravel()
        slope = sum(dots[w].flat[k] * f.first((w, k)) for w, k in f.keys)
        assert all(close(value[r], slope[r]) for r in range(len(value)))
        for w, k in f.keys:
            want = sum(symmetric[(w, k), q] * dots[q[0]].flat[q[1]] for q in f.keys)
            assert close(along[f"{w}_bar_dot"].ravel()[k], want), (w, k)
            for v, j in f.keys:
                block = twice[f"d{w}_bar_d{v}"].reshape(inputs[w].size, inputs[v].size)
                assert close(block[k, j], symmetric[(w, k), (v, j)]), ((w, k), (v, j))


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
