"""The judge against mpmath at 60 digits, and its conventions, jets and ulps."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from mpmath import mpf

import texjit as tj
from texjit.equations.diagnostic import InvalidEquation, Unsupported
from texjit.equations.equation import Equation
from texjit.equations.heads import element, index, parameter
from texjit.runtime.jets import RULES, Jet
from texjit.runtime.points import points
from texjit.runtime.reference import Outcome, Reference, decimal, is_within, ulp_error

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F

RNG = np.random.default_rng(7)


def exact(a: Any) -> Any:
    """Arrays as (nested) lists of mpf."""
    return [exact(x) for x in a] if np.ndim(a) else mpf(float(a))


def entropic(p: mpf, q: mpf) -> mpf:
    return mpf(0) if p == 0 else mp.inf if q == 0 else p * mp.log(p / q)


def kl(P: list[mpf], Q: list[mpf]) -> mpf:
    return sum(map(entropic, P, Q), mpf(0))


def js(P: list[mpf], Q: list[mpf]) -> mpf:
    M = [(p + q) / 2 for p, q in zip(P, Q, strict=True)]
    return (kl(P, M) + kl(Q, M)) / 2


def softmax(z: list[mpf]) -> list[mpf]:
    top = max(z)
    e = [mp.exp(v - top) for v in z]
    return [v / sum(e) for v in e]


def layernorm(x: list[mpf], gamma: list[mpf], beta: list[mpf], epsilon: mpf) -> list[mpf]:
    mu = sum(x) / len(x)
    v = sum((a - mu) ** 2 for a in x) / len(x)
    return [g * (a - mu) / mp.sqrt(v + epsilon) + b for a, g, b in zip(x, gamma, beta, strict=True)]


def mahalanobis(x: list[mpf], y: list[mpf], Sigma: list[list[mpf]]) -> mpf:
    d = mp.matrix([a - b for a, b in zip(x, y, strict=True)])
    return mp.sqrt((d.T * mp.inverse(mp.matrix(Sigma)) * d)[0])


def variance(x: list[mpf]) -> mpf:
    mu = sum(x) / len(x)
    return sum((a - mu) ** 2 for a in x) / len(x)


def prefix(beta: list[mpf]) -> list[mpf]:
    out, p = [], mpf(1)
    for b in beta:
        p *= 1 - b
        out.append(p)
    return out


def bce(y: list[mpf], y_hat: list[mpf]) -> mpf:
    return -sum(mp.log(q) if a == 1 else mp.log(1 - q) for a, q in zip(y, y_hat, strict=True)) / len(y)


def huber(a: mpf, delta: mpf) -> mpf:
    return a * a / 2 if abs(a) <= delta else delta * (abs(a) - delta / 2)


def focal(p_t: mpf, gamma: mpf, alpha: mpf) -> mpf:
    weight = alpha * (1 - p_t) ** gamma if p_t != 1 or gamma != 0 else alpha
    return mpf(0) if weight == 0 else -weight * (mp.log(p_t) if p_t else -mp.inf)


ORACLES: list[tuple[Equation, Callable[..., Any]]] = [
    (F.KL, kl),
    (F.JS, js),
    (F.SOFTMAX, softmax),
    (F.LSE, lambda z: max(z) + mp.log(sum(mp.exp(v - max(z)) for v in z))),
    (F.LAYERNORM, layernorm),
    (F.MAHALANOBIS, mahalanobis),
    (F.LOGDET, lambda Sigma: mp.log(mp.det(mp.matrix(Sigma)))),
    (F.MSE, lambda x, y: sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)),
    (F.VARIANCE, variance),
    (F.PREFIX, prefix),
    (F.BCE, bce),
    (F.ENTROPY, lambda P: -sum((p * mp.log(p) for p in P if p), mpf(0))),
    (F.HUBER, huber),
    (F.HINGE, lambda a, b: max(mpf(0), 1 - a * b)),
    (F.LARGEST, lambda x: max(x)),
    (F.ARGLARGEST, lambda x: mpf(1 + x.index(max(x)))),
    (F.MATVEC, lambda A, v: [sum(map(mp.fmul, row, v)) for row in A]),
    (F.ADAM, lambda m, beta_1, t: m / (1 - beta_1 ** int(t))),
    (F.FOCAL, focal),
    (F.STEP, lambda x, t: x[int(t)] - x[int(t) - 1]),
    (F.SCALED, lambda x, v, epsilon: [a / mp.sqrt(v + epsilon) for a in x]),
]


@pytest.mark.parametrize(("equation", "oracle"), ORACLES, ids=[e.name for e, _ in ORACLES])
def test_values_agree_with_mpmath(equation: Equation, oracle: Callable[..., Any]) -> None:
    reference = Reference(equation)
    compared = 0
    # Digits enough for inputs over 600 decades that cancel.
    with mp.workdps(60):
        for point in points(equation, "float64", 30, seed=1, reference=reference):
            if "extreme" in point.strata:
                continue
            (balls,) = reference.value_certified(point.inputs).values()
            want = oracle(**{n: exact(v) for n, v in point.inputs.items()})
            for ball, w in zip(balls.flat, np.ravel(np.array(want, dtype=object)), strict=True):
                if isinstance(ball, Outcome):
                    continue
                got = mpf(decimal(ball, 30))
                scale = mpf(10) ** -20 * abs(got) + mpf(10) ** -340
                assert got == w or abs(got - w) <= scale, (point, got, w)
                compared += 1
    assert compared >= 20


@pytest.mark.parametrize(
    "logits", [[1000.0, -1000.0, 0.0], [1000.0, 1000.0], [-1000.0, -1001.0], [800.0, 0.1]]
)
def test_softmax_at_a_thousand(logits: list[float]) -> None:
    with mp.workdps(60):
        balls = Reference(F.SOFTMAX).value_certified({"z": np.array(logits)})["softmax"]
        for ball, w in zip(balls, softmax(exact(np.array(logits))), strict=True):
            assert abs(mpf(decimal(ball, 30)) - w) <= w * mpf(10) ** -20


def values(equation: Equation, **inputs: Any) -> Any:
    (found,) = Reference(equation).value_certified(inputs).values()
    return found[()] if found.ndim == 0 else found


def test_conventions_of_entropy() -> None:
    half = np.array([0.5, 0.5])
    corner, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert decimal(values(F.KL, P=corner, Q=half), 15) == "0.693147180559945"
    assert decimal(values(F.KL, P=half, Q=corner)) == "inf"
    assert decimal(values(F.KL, P=corner, Q=corner)) in ("0", "0e0")
    assert decimal(values(F.JS, P=corner, Q=other), 15) == "0.693147180559945"
    assert values(F.KL, P=-half, Q=half) is Outcome.UNDEFINED
    assert values(F.BCE, y=np.array([1.0]), y_hat=np.array([0.0])) > 1e300  # a certain error costs +inf


def scalar(body: Any, *names: str) -> Equation:
    return F.equation("f", [F.arg(n) for n in names], F.let("f", body))


a, b = parameter("a"), parameter("b")


@pytest.mark.parametrize(
    ("body", "at", "want"),
    [
        (F.log(a), (-1.0,), "undefined"),
        (F.log(a), (0.0,), "-inf"),
        (F.root(a), (-1.0,), "undefined"),
        (F.root(a), (0.0,), "0"),
        (F.over(a, b), (0.0, 0.0), "undefined"),
        (F.over(a, b), (1.0, 0.0), "undefined"),
        (F.mul(a, F.log(F.over(a, b))), (0.0, 0.0), "0"),
        (F.mul(a, F.log(F.over(a, b))), (1.0, 0.0), "inf"),
        (F.mul(a, F.log(F.over(a, b))), (-1.0, 0.0), "undefined"),
        (F.mul(a, F.mul(-1, F.log(b))), (0.0, 0.0), "0"),
        (F.mul(a, F.exp(b)), (0.0, math.inf), "undefined"),
        (F.minus(F.log(a), F.log(b)), (0.0, 0.0), "undefined"),
        (F.add(F.log(a), F.log(b)), (0.0, 0.0), "-inf"),
        (F.exp(F.log(a)), (0.0,), "0"),
        (F.power(a, b), (0.0, 0.0), "1.0"),
        (F.power(a, b), (-2.0, 3.0), "-8.0"),
        (F.power(a, b), (-2.0, 0.5), "undefined"),
        (F.power(a, b), (0.0, -1.0), "undefined"),
        (F.exp(a), (1e300,), "undecided"),
        (sp.Piecewise((F.log(a), a > 0), (0, True), evaluate=False), (-1.0,), "0"),
        (sp.Piecewise((1, F.exp(F.log(a)) > a), (2, True), evaluate=False), (0.3,), "undecided"),
        (sp.Piecewise((1, sp.And(a > 0, b > 0)), (2, True), evaluate=False), (1.0, -1.0), "2.0"),
        (sp.Max(F.log(a), b), (0.0, 1.0), "1.0"),
        (sp.loggamma(a), (-0.5,), "undefined"),
        (sp.atanh(a, evaluate=False), (1.0,), "inf"),
        (sp.asin(a, evaluate=False), (1.5,), "undefined"),
        (F.total(element("v", F.i), F.i, sp.Integer(0)), None, "0"),
    ],
)
def test_ends_of_domains(body: Any, at: tuple[float, ...] | None, want: str) -> None:
    equation = F.equation("f", [F.arg("a"), F.arg("b"), F.arg("v", "N")], F.let("f", body))
    x, y = (*(at or (1.0,)), 1.0)[:2]
    (found,) = Reference(equation).value_certified({"a": x, "b": y, "v": np.ones(2)}, cap=1000).values()
    text = decimal(found[()], 5)
    if want[-1].isdigit():
        assert float(text) == float(want)
    else:
        assert text == want


def test_positions_outside_an_array_are_undefined() -> None:
    x = np.arange(3.0)
    assert values(F.STEP, x=x, t=3) is Outcome.UNDEFINED
    assert values(F.STEP, x=x, t=0) is Outcome.UNDEFINED
    assert values(F.STEP, x=x, t=2) == 1


def test_decimals_are_exact_and_cancellation_is_resolved() -> None:
    f = scalar(F.minus(F.power(F.root(a), 2), a), "a")
    ball = values(f, a=2.0)
    assert ulp_error(ball, 0.0)[1] == 0 or ulp_error(ball, 0.0)[1] < 1e-3
    assert ulp_error(ball, 4.4e-16)[0] > 1e300
    assert decimal(values(scalar(F.mul(sp.Rational(1, 10), a), "a"), a=1.0), 20) == "0.10000000000000000000"


def test_what_cannot_be_evaluated_is_refused() -> None:
    with pytest.raises(Unsupported, match="besselj"):
        Reference(scalar(sp.besselj(a, b), "a", "b"))
    with pytest.raises(InvalidEquation, match="neither bound"):
        Reference(scalar(parameter("nobody"), "a"))
    with pytest.raises(InvalidEquation, match="axis K"):
        Reference(F.KL).evaluate({"P": np.ones(2), "Q": np.ones(3)}, 100)


JETS = [
    (F.KL, kl, {"P": [0.2, 0.3, 0.5], "Q": [0.4, 0.4, 0.2]}),
    (F.JS, js, {"P": [0.2, 0.3, 0.5], "Q": [0.4, 0.4, 0.2]}),
    (F.SOFTMAX, softmax, {"z": [1.0, -2.0, 0.5]}),
    (F.LAYERNORM, layernorm,
     {"x": [1.0, 2.0, 4.0], "gamma": [1.0, 2.0, 0.5], "beta": [0.1, 0.0, 1.0], "epsilon": 0.01}),
    (F.MAHALANOBIS, mahalanobis, {"x": [1.0, 2.0], "y": [0.5, -1.0], "Sigma": [[2.0, 0.5], [0.25, 1.0]]}),
    (F.LOGDET, lambda Sigma: mp.log(mp.det(mp.matrix(Sigma))), {"Sigma": [[2.0, 0.5], [0.25, 1.0]]}),
    (F.PREFIX, prefix, {"beta": [0.1, 0.2, 0.3]}),
    (F.HUBER, huber, {"a": 3.0, "delta": 1.25}),
    (F.HUBER, huber, {"a": 0.5, "delta": 1.25}),
    (F.FOCAL, focal, {"p_t": 0.3, "gamma": 2.5, "alpha": 0.25}),
    (F.HINGE, lambda a, b: max(mpf(0), 1 - a * b), {"a": 0.5, "b": -1.5}),
    (F.ADAM, lambda m, beta_1, t: m / (1 - beta_1 ** int(t)), {"m": 1.5, "beta_1": 0.9, "t": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("equation", "oracle", "at"), JETS)
def test_jets_agree_with_mpmath(equation: Equation, oracle: Callable[..., Any], at: dict[str, Any]) -> None:
    inputs = {n: np.array(v) for n, v in at.items()}
    (first,) = Reference(equation).jets(inputs, 200).values()
    (second,) = Reference(equation).jets(inputs, 200, order=2).values()
    flat = [(n, k) for n, v in inputs.items() for k in range(v.size) if v.dtype.kind == "f"]

    def moved(place: int, by: dict[tuple[str, int], mpf]) -> mpf:
        args = {n: np.array([mpf(float(x)) for x in v.flat], dtype=object) for n, v in inputs.items()}
        for (n, k), d in by.items():
            args[n][k] += d
        shaped = {n: v.reshape(inputs[n].shape).tolist() for n, v in args.items()}
        return np.ravel(np.array(oracle(**shaped), dtype=object))[place]

    with mp.workdps(60):
        for place in range(first.size):
            jet, deep = first.flat[place], second.flat[place]
            for key in flat:
                want = mp.diff(lambda d, key=key, place=place: moved(place, {key: d}), 0)
                got = jet.partials.get(key, 0)
                assert abs(mpf(decimal(got, 30) if got != 0 else 0) - want) < 1e-12, key
            for one, two in zip(flat[:3], flat[-3:], strict=False):
                h = mpf(10) ** -15
                corners = [(x, y, moved(place, {one: x * h} if one == two else {one: x * h, two: y * h}))
                           for x in (-1, 1) for y in (-1, 1)]  # fmt: skip
                want = sum(x * y * f for x, y, f in corners) / (4 * h * h)
                if one == two:
                    sides = [moved(place, {one: x * h}) for x in (-1, 0, 1)]
                    want = (sides[0] - 2 * sides[1] + sides[2]) / (h * h)
                inner = deep.partials.get(one, 0)
                got = inner.partials.get(two, 0) if isinstance(inner, Jet) else 0
                assert abs(mpf(decimal(got, 30) if got != 0 else 0) - want) < 1e-9 * (1 + abs(want)), (
                    one,
                    two,
                )


@pytest.mark.parametrize("name", sorted(set(RULES) - {"sign", "floor", "ceiling", "trigamma", "tetragamma"}))
def test_each_derivative_rule(name: str) -> None:
    x = 1.75 if name == "acosh" else 0.4375
    body = getattr(sp, name)(a, evaluate=False)
    (found,) = Reference(scalar(body, "a")).jets({"a": x}, 200).values()
    oracle = {"Abs": abs, "loggamma": mp.loggamma}.get(name) or getattr(mp, name)
    with mp.workdps(50):
        want = mp.diff(oracle, mpf(x))
        assert abs(mpf(decimal(found[()].partials["a", 0], 30)) - want) < 1e-12


def test_condition_numbers() -> None:
    kappa = Reference(scalar(F.minus(a, b), "a", "b")).condition({"a": 1.0, "b": 1.0 - 2.0**-20})
    assert kappa["f"] == pytest.approx(2.0**21 - 1)
    assert Reference(scalar(F.minus(a, b), "a", "b")).condition({"a": 1.0, "b": 1.0})["f"] == np.inf
    assert Reference(scalar(F.exp(a), "a")).condition({"a": -20.0})["f"] == pytest.approx(20)
    p, q = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    assert np.isfinite(Reference(F.KL).condition({"P": p, "Q": q})["KL"])


def test_enclosures_hold_every_order_of_summation_and_nothing_else() -> None:
    x = np.concatenate([RNG.standard_normal(6) * 10.0 ** RNG.uniform(-8, 8, 6)])
    reference = Reference(F.VARIANCE)
    for dtype in ("float64", "float32"):
        v = x.astype(dtype)
        (allowed,) = reference.enclosure({"x": v}, dtype).values()
        for _ in range(20):
            w = RNG.permutation(v)
            mean = w.sum(dtype=dtype) / np.asarray(w.size, dtype)
            y = ((w - mean) ** 2).sum(dtype=dtype) / np.asarray(w.size, dtype)
            assert is_within(allowed[()], float(y))
        assert not is_within(allowed[()], float(v.astype(float).var(ddof=1)))


def test_enclosures_give_no_verdict_where_floats_overflow() -> None:
    reference = Reference(F.LSE)
    assert reference.enclosure({"z": np.array([1000.0, 0.0])})["lse"][()] is Outcome.UNDECIDED
    assert reference.enclosure({"z": np.array([-1000.0, -1001.0])})["lse"][()] is Outcome.UNDECIDED
    assert not isinstance(reference.enclosure({"z": np.array([1.0, 0.0])})["lse"][()], Outcome)


def test_ulp_errors() -> None:
    e = values(scalar(F.exp(a), "a"), a=1.0)
    assert ulp_error(e, math.e)[1] < 0.5
    lo, hi = ulp_error(e, math.nextafter(math.e, 3))
    assert 0.5 < lo <= hi < 1.5
    assert hi - lo < 1e-3
    assert ulp_error(e, math.nan) == (math.inf, math.inf)
    assert ulp_error(e, math.inf) == (math.inf, math.inf)
    huge, tiny = values(scalar(F.exp(a), "a"), a=710.0), values(scalar(F.exp(a), "a"), a=-800.0)
    assert ulp_error(huge, math.inf) == (0.0, 0.0)
    assert ulp_error(huge, -math.inf)[1] == math.inf
    assert ulp_error(tiny, 0.0)[1] < 0.5
    assert ulp_error(tiny, 5e-324)[0] > 0.5
    low = values(scalar(F.exp(a), "a"), a=-740.0)
    assert ulp_error(low, math.exp(-740.0))[1] <= 0.51
    assert ulp_error(e, float(np.float32(math.e)), "float32")[1] < 0.5
    infinite = values(scalar(F.log(a), "a"), a=0.0)
    assert ulp_error(infinite, -math.inf) == (0.0, 0.0)
    assert ulp_error(infinite, -1e308)[0] == math.inf


def test_triangular_bounds_and_lets() -> None:
    i, j = index("i"), index("j")
    body = F.total(F.total(F.mul(element("x", i), element("x", j)), j, F.N, i + 1), i, F.N)
    assert values(F.equation("f", [F.arg("x", "N")], F.let("f", body)), x=np.array([1.0, 2.0, 3.0])) == 11


def test_answers_are_kept_by_content() -> None:
    reference = Reference(F.LSE)
    z = np.array([1.0, 2.0])
    first = reference.value_certified({"z": z})
    assert reference.value_certified({"z": z.copy()}) is first
    z[0] = 2.0
    again = reference.value_certified({"z": z})
    assert again is not first and again["lse"][()] > first["lse"][()]
    assert reference.value_certified({"z": z}, "float32") is not again


def test_single_elements_are_evaluated_on_request() -> None:
    found = Reference(F.SOFTMAX).value_certified({"z": np.array([1.0, 2.0])}, wanted={"softmax": [(1,)]})
    assert found["softmax"][0] is Outcome.UNDECIDED and 0.7 < found["softmax"][1] < 0.8


def test_a_parameter_without_a_partial_is_left_out_of_the_least_sensitivity() -> None:
    e = tj.compile(r"f(x, b) = e^{-x^2} + \sqrt{1 - b}", where="b in [0, 1]").equation
    r = Reference(e)
    inputs = {"x": 1.5, "b": 1.0}
    assert r.sensitivity(inputs, {"f": [()]})["f", ()] is None
    least = r.least_sensitivity(inputs, "f", ())
    assert least is not None
    assert float(least.mid()) == pytest.approx(2 * 1.5**2 * math.exp(-(1.5**2)), rel=1e-14)
    assert r.least_sensitivity({"x": 1.5, "b": 0.5}, "f", ()) is not None
