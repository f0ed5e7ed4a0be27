"""Textbook formulas, typed as the textbook has them, at the inputs where they fail.

Each row is a formula, its declarations, and inputs at which evaluating it as written loses digits or
leaves the floats; the compiled kernel is compared with ball arithmetic there.  ``BAR`` is in ulps of the
exact value, and nothing is excused by the condition of the problem except where a row says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.reference import Outcome, Reference, ulp_error

INF = math.inf
#: A product or quotient of two or three correctly rounded functions.
BAR = 1.5


@dataclass(frozen=True)
class Row:
    """A formula and its inputs; ``single`` are those for float32, where the others leave its range."""

    latex: str
    where: str
    points: tuple[dict[str, Any], ...]
    single: tuple[dict[str, Any], ...] | None = None
    bar: float = BAR


def at(**inputs: Any) -> dict[str, Any]:
    return inputs


def close(apart: float) -> dict[str, Any]:
    """Two distributions that differ by multiples of a power of two; the differences add up to 0."""
    q = np.array([3.0, 5.0, 1.0, 7.0]) / 16
    return at(P=q + apart * np.array([1.0, -3.0, 0.0, 2.0]), Q=q)


SIGMOID = r"\operatorname{sigmoid}(z)"
ROWS = {
    "KL": Row(r"KL(P \| Q) = \sum_x P(x)\log\frac{P(x)}{Q(x)}", "P, Q in Delta^K",
              (at(P=[0.0, 0.5, 0.5], Q=[0.25, 0.5, 0.25]), close(2.0**-27), close(2.0**-40), close(2.0**-50)),
              (at(P=[0.0, 0.5, 0.5], Q=[0.25, 0.5, 0.25]), close(2.0**-12), close(2.0**-20))),
    "JS": Row(r"J(P, Q) = \frac12 \sum_i P_i \log\frac{P_i}{M_i} + \frac12 \sum_i Q_i \log\frac{Q_i}{M_i}, \quad"
              r" M_i = \frac{P_i + Q_i}{2}", "P, Q in Delta^K",
              (close(2.0**-27), close(2.0**-50), at(P=[1.0, 0.0, 0.0], Q=[0.0, 1.0, 0.0])),
              (close(2.0**-12), close(2.0**-20), at(P=[1.0, 0.0, 0.0], Q=[0.0, 1.0, 0.0]))),
    "p-norm": Row(r"f(x) = \left(\sum_{i=1}^n |x_i|^{200}\right)^{1/200}", "",
                  (at(x=[1e3, 2e3, -3e3]), at(x=[1e-3, 2e-3, -3e-3]), at(x=[0.0, 0.0]))),
    "p-norm of any p": Row(r"f(x, p) = \left(\sum_{i=1}^n |x_i|^p\right)^{1/p}", "p > 0",
                           (at(x=[1e3, 2e3, -3e3], p=200.0), at(x=[1e-3, 1e-3, 1e-3], p=128.0))),
    "mean discrepancy": Row(r"M(x, y) = \frac{1}{n^2}\sum_{i=1}^n\sum_{j=1}^n e^{-(x_i-x_j)^2/2} +"
                            r" \frac{1}{m^2}\sum_{i=1}^m\sum_{j=1}^m e^{-(y_i-y_j)^2/2} -"
                            r" \frac{2}{nm}\sum_{i=1}^n\sum_{j=1}^m e^{-(x_i-y_j)^2/2}",
                            r"x \in \mathbb{R}^n, y \in \mathbb{R}^m",
                            (at(x=1e6 + np.arange(6.0) / 4, y=1e6 + np.arange(4.0) / 8 + 0.5),
                             at(x=1e6 + np.arange(6.0) / 512, y=1e6 + np.arange(4.0) / 1024)),
                            (at(x=64 + np.arange(6.0) / 4, y=64 + np.arange(4.0) / 8 + 0.5),)),
    "log of one minus a logistic": Row(r"f(z) = \log\left(1-\frac{1}{1+e^{-z}}\right)", "",
                                       (at(z=20.0), at(z=40.0), at(z=800.0), at(z=-40.0))),
    "quotient of densities": Row(r"D(a, b) = \frac{e^a}{e^a+e^b}", "",
                                 (at(a=-800.0, b=-801.0), at(a=800.0, b=799.25), at(a=1234.5678, b=1234.56))),
    "Gaussian KL": Row(r"f(m, s) = \frac12\sum_{j=1}^d (e^{s_j}+m_j^2-1-s_j)", "m, s in R^d",
                       (at(m=[0.0, 0.0, 0.0], s=[1e-8, -2e-9, 1e-5]), at(m=[1e-9, 0.0], s=[1e-9, -700.0]))),
    "Gaussian KL of variances": Row(r"f(v) = \frac12\sum_{j=1}^d (v_j-1-\log v_j)", "v in R^d; v > 0",
                                    (at(v=[1 + 2.0**-30, 1 - 2.0**-20]), at(v=[1e-300, 1e300])),
                                    (at(v=[1 + 2.0**-20, 1 - 2.0**-15]),)),
    "one minus products": Row(r"a(\beta) = 1-\prod_{s=1}^{T}(1-\beta_s)", r"\beta_s \in (0,1)",
                              (at(beta=[1e-4]), at(beta=[1e-9, 1e-8]), at(beta=[1e-300] * 3)), (at(beta=[1e-4]),)),
    "cross-entropy of two classes": Row(rf"L(y, z) = -(y\log {SIGMOID} + (1-y)\log(1-{SIGMOID}))", "y in [0,1]",
                                        (at(y=1.0, z=40.0), at(y=0.0, z=40.0), at(y=1.0, z=-800.0))),
    "softmax": Row(r"s(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}", "",
                   (at(z=[1000.0, 0.0, -1000.0]), at(z=[1000.3, 999.1, 0.1]), at(z=[-333.3337, 250.123, -0.1]))),
    "cross-entropy": Row(r"L(z, y) = -\sum_i y_i \log\frac{e^{z_i}}{\sum_j e^{z_j}}", "y in Delta^K",
                         (at(z=[0.0, -50.0], y=[1.0, 0.0]), at(z=[1000.0, -1000.0], y=[0.0, 1.0]))),
    "log-sum-exp": Row(r"L(z) = \log\sum_j e^{z_j}", "",
                       (at(z=[0.0, -50.0]), at(z=[1e-9, -30.0, -31.0]), at(z=[1e3, -1e3]), at(z=[-1e3, -1e3]))),
    "focal": Row(rf"F(z) = -(1-{SIGMOID})^2 \log {SIGMOID}", "", (at(z=40.0), at(z=-40.0), at(z=100.0))),
    "bias correction": Row(r"f(\beta, t) = 1-\beta^t", r"\beta \in (0,1), t > 0",
                           (at(beta=0.999, t=2.0), at(beta=1 - 1e-9, t=3.0)), (at(beta=0.999, t=2.0),)),
    "variance": Row(r"v = \frac1n\sum_{i=1}^n x_i^2 - \left(\frac1n\sum_{i=1}^n x_i\right)^2", "",
                    (at(x=[1e8, 1e8 + 1, 1e8 + 2, 1e8 - 1.5]), at(x=[1e-150, 2e-150])),
                    (at(x=[65536.0, 65537.0, 65538.0, 65534.5]),)),
    "larger root": Row(r"x(a, b, c) = \frac{-b+\sqrt{b^2-4ac}}{2a}", "",
                       (at(a=1.0, b=1e8, c=1.0), at(a=1.0, b=-1e8, c=1.0), at(a=1.0, b=2.0, c=1 - 2.0**-50)),
                       (at(a=1.0, b=1e4, c=1.0), at(a=1.0, b=-1e4, c=1.0))),
    "smaller root": Row(r"x(a, b, c) = \frac{-b-\sqrt{b^2-4ac}}{2a}", "",
                        (at(a=1.0, b=1e8, c=1.0), at(a=1.0, b=-1e8, c=1.0))),
    "one minus cosine": Row(r"f(x) = \frac{1-\cos x}{x^2}", "", (at(x=1e-8), at(x=1e-160), at(x=1.0)),
                            (at(x=1e-4), at(x=1e-30), at(x=1.0))),
    "log of a quotient": Row(r"f(x) = \log\frac{1+x}{1-x}", r"x in (-1,1)",
                             (at(x=1e-10), at(x=0.5), at(x=-1e-300), at(x=1 - 2.0**-53)), (at(x=1e-10), at(x=0.5))),
    "difference of roots": Row(r"f(x) = \sqrt{x+1}-\sqrt{x}", "x >= 0", (at(x=1e15), at(x=1e300), at(x=0.0)),
                               (at(x=1e7), at(x=1e30))),
    "exponential remainder": Row(r"f(x) = e^x-1-x", "", (at(x=1e-8), at(x=-1e-100), at(x=0.3), at(x=-700.0)),
                                 (at(x=1e-4), at(x=0.3), at(x=-80.0))),
    "compound interest": Row(r"f(r, n) = \left(1+\frac{r}{n}\right)^n", "r, n > 0",
                             (at(r=0.05, n=1e12), at(r=0.05, n=1e16)), (at(r=0.05, n=1e9),)),
    "hypotenuse": Row(r"h(x, y) = \sqrt{x^2+y^2}", "", (at(x=1e200, y=1e200), at(x=1e-200, y=3e-200)),
                      (at(x=1e30, y=1e30), at(x=1e-30, y=3e-30))),
    "norm": Row(r"h(x) = \sqrt{\sum_{i=1}^n x_i^2}", "",
                (at(x=[1e200, 1e200, 1.0]), at(x=[1e-200, 3e-200]), at(x=[0.0, 0.0]), at(x=[3.0, 4.0])),
                (at(x=[1e30, 1e30, 1.0]), at(x=[1e-30, 3e-30]))),
    "log of two exponentials": Row(r"f(a, b) = \log(e^a+e^b)", "", (at(a=1000.0, b=999.0), at(a=0.0, b=-50.0))),
    "difference of squares": Row(r"f(a, b) = a^2-b^2", "", (at(a=1 + 1e-9, b=1.0), at(a=1e200, b=1e200 - 1e185)),
                                 (at(a=1 + 1e-6, b=1.0),)),
    "hyperbolic tangent": Row(r"f(x) = \frac{e^x-e^{-x}}{e^x+e^{-x}}", "", (at(x=1000.0), at(x=1e-9))),
    "hyperbolic sine": Row(r"f(x) = \frac{e^x-e^{-x}}{2}", "", (at(x=1e-9), at(x=-30.0))),
    "quotient of a difference": Row(r"f(x) = \frac{e^x-1}{x}", "", (at(x=1e-9), at(x=1e-300)), (at(x=1e-9),)),
    "difference of fractions": Row(r"f(x) = \frac{1}{x+1}-\frac{1}{x}", "x > 0", (at(x=1e10), at(x=1e200)),
                                   (at(x=1e10),)),
    "difference of logarithms": Row(r"f(x) = \log(x+1)-\log x", "x > 0", (at(x=1e10), at(x=1e300)), (at(x=1e10),)),
    "difference of sines": Row(r"f(x, e) = \sin(x+e)-\sin(x)", "", (at(x=1.0, e=1e-10), at(x=0.5, e=-1e-15))),
    "logit": Row(r"f(p) = \log\frac{p}{1-p}", "p in (0,1)", (at(p=0.5 + 1e-10), at(p=1e-300), at(p=1 - 2.0**-53)),
                 (at(p=0.5 + 2.0**-20), at(p=1e-30))),
    "log of one minus exp": Row(r"f(x) = \log(1-e^{-x})", "x > 0", (at(x=1e-10), at(x=50.0), at(x=0.69))),
    "normal distribution": Row(r"f(x) = \frac12\left(1+\operatorname{erf}\left(\frac{x}{\sqrt2}\right)\right)", "",
                               (at(x=-10.0), at(x=-37.0), at(x=9.0)), (at(x=-10.0), at(x=3.0))),
    "log of the normal distribution": Row(r"f(x) = \log\Phi(x)", "", (at(x=-40.0), at(x=9.0), at(x=-1e3))),
    "difference of cube roots": Row(r"f(x) = \sqrt[3]{x+1}-\sqrt[3]{x}", "x > 0", (at(x=1e10), at(x=1e15)),
                                    (at(x=1e6),), bar=3.5),
    "difference of powers": Row(r"f(x, n) = (x+1)^{1/n}-x^{1/n}", "x, n > 0", (at(x=1e10, n=3.0), at(x=1e-3, n=0.5)),
                                (at(x=1e6, n=3.0),), bar=3.0),
    "second difference of a reciprocal": Row(r"f(x) = \frac{1}{x+1}-\frac{2}{x}+\frac{1}{x-1}", "x > 2",
                                             (at(x=1e8), at(x=1e5), at(x=1e160)), (at(x=1e4), at(x=1e10))),
    "second difference of an exponential": Row(r"f(x) = e^x-2+e^{-x}", "", (at(x=1e-8), at(x=0.5), at(x=-30.0)),
                                               (at(x=1e-4), at(x=0.5))),
    "difference of angles": Row(r"f(x) = \arctan(x+1)-\arctan x", "", (at(x=1e8), at(x=1e5), at(x=-0.5)),
                                (at(x=1e4), at(x=-0.5)), bar=2.5),
    "variance of two": Row(r"f(a, b) = \frac{a^2+b^2}{2}-\left(\frac{a+b}{2}\right)^2", "",
                           (at(a=1e8, b=1e8 + 1), at(a=3.0, b=3.0)), (at(a=4096.0, b=4097.0),)),
    "log of a hyperbolic cosine": Row(r"f(x) = \log\cosh x", "", (at(x=1e-8), at(x=800.0), at(x=-1.0)),
                                      (at(x=1e-4), at(x=300.0), at(x=-1.0)), bar=2.0),
    "inverse hyperbolic sine": Row(r"f(x) = \log(x+\sqrt{x^2+1})", "", (at(x=1e-10), at(x=-1e8), at(x=1e200)),
                                   (at(x=1e-10), at(x=-1e6), at(x=1e30))),
    "inverse hyperbolic cosine": Row(r"f(x) = \log(x+\sqrt{x^2-1})", "x > 1", (at(x=1e200), at(x=1 + 1e-10)),
                                     (at(x=1e30), at(x=1 + 2.0**-20))),
    "logistic less a half": Row(r"f(x) = \frac{1}{1+e^x}-\frac12", "", (at(x=1e-10), at(x=700.0), at(x=-800.0))),
    "odds of an exponential": Row(r"f(x) = \frac{e^x}{e^x-1}", "x > 0", (at(x=1e-10), at(x=800.0))),
    "slope of the odds": Row(r"f(x) = \frac{e^x}{(e^x-1)^2}", "x > 0", (at(x=1e-10), at(x=400.0)),
                             (at(x=1e-10), at(x=60.0)), bar=3.0),
    "heat of an oscillator": Row(r"f(x) = x^2\frac{e^x}{(e^x-1)^2}", "x > 0", (at(x=1e-200), at(x=1e-3), at(x=400.0)),
                                 (at(x=1e-30), at(x=60.0)), bar=3.0),
    "logistic density": Row(r"f(x) = \frac{e^{-x}}{(1+e^{-x})^2}", "", (at(x=-700.0), at(x=700.0), at(x=0.1)),
                            (at(x=-80.0), at(x=80.0)), bar=3.0),
    "tangent of exponentials": Row(r"f(x) = \frac{1-e^{-2x}}{1+e^{-2x}}", "", (at(x=-1e3), at(x=1e3), at(x=1e-9))),
    "inverse of softplus": Row(r"f(x) = \log(e^x-1)", "x > 0", (at(x=1e-10), at(x=800.0), at(x=0.3))),
    "area of a thin triangle": Row(r"A(a,b,c) = \sqrt{s(s-a)(s-b)(s-c)}, \quad s = \frac{a+b+c}{2}", "a, b, c > 0",
                                   (at(a=1.0, b=1.0, c=1e-9), at(a=3.0, b=4.0, c=5.0)),
                                   (at(a=1.0, b=1.0, c=1e-4), at(a=3.0, b=4.0, c=5.0))),
    "quotient of three densities": Row(r"f(a,b,c) = \frac{e^a}{e^a+e^b+e^c}", "",
                                       (at(a=1000.0, b=999.0, c=3.0), at(a=-1000.0, b=-999.0, c=-1001.0))),
    "log of three exponentials": Row(r"f(a,b,c) = \log(e^a+e^b+e^c)", "",
                                     (at(a=1000.0, b=999.0, c=3.0), at(a=-1000.0, b=-999.0, c=-1001.0))),
    "geometric mean": Row(r"g(x) = \left(\prod_{i=1}^n x_i\right)^{1/n}", "x > 0",
                          (at(x=[1e200] * 3), at(x=[1e-200, 3e-200, 1e300, 2e10]), at(x=[1.0, 2.0, 3.0])),
                          (at(x=[1e30] * 3), at(x=[1e-30, 3e-30, 1e30])), bar=2.5),
    "mean square": Row(r"L(y, z) = \frac1n\sum_{i=1}^n (y_i-z_i)^2", "y, z in R^n",
                       (at(y=[1e8 + 1, 1.0, 3.0], z=[1e8, 0.5, 2.9]),)),
    "layer norm": Row(r"f(x_i) = \frac{x_i-\mu}{\sqrt{v}}, \quad \mu = \frac1n\sum_{j=1}^n x_j, \quad"
                      r" v = \frac1n\sum_{j=1}^n (x_j-\mu)^2", "x in R^n",
                      (at(x=[1e8, 1e8 + 1, 1e8 + 2.25]), at(x=[-709.78, -745.1])), (at(x=[65536.0, 65537.0]),),
                      bar=4.0),
}  # fmt: skip


@cache
def kernel(name: str) -> Any:
    row = ROWS[name]
    made = tj.compile(row.latex, where=row.where)
    return made if hasattr(made, "parameters") else next(iter(made.values()))


def in_turn() -> list[Any]:
    """Each row in both formats; a fast run takes one of the two, by turns."""
    formats = ("float64", "float32")
    marks = ((), (pytest.mark.slow,))
    return [pytest.param(name, dtype, marks=marks[(k + n) % 2])
            for k, name in enumerate(ROWS) for n, dtype in enumerate(formats)]


@pytest.mark.parametrize(("name", "dtype"), in_turn())
def test_every_digit(name: str, dtype: str) -> None:
    row, k = ROWS[name], kernel(name)
    reference = Reference(k.equation)
    points = row.single if dtype == "float32" and row.single is not None else row.points
    for point in points:
        inputs = {p: np.asarray(point[p], dtype) for p in k.parameters}
        found = np.asarray(k(**inputs), dtype)
        (balls,) = reference.value_certified(inputs, dtype, cap=4096).values()
        for place in np.ndindex(balls.shape):
            assert not isinstance(balls[place], Outcome), (point, balls[place])
            assert ulp_error(balls[place], float(found[place]), dtype)[1] <= row.bar, point


def test_a_badly_conditioned_distance_is_no_worse_than_its_condition() -> None:
    k = tj.compile(r"D(x, y) = \sqrt{(x-y)^T \Sigma^{-1} (x-y)}", where="x, y in R^d; Sigma in S++^d")
    hilbert = 1.0 / (np.arange(5.0)[:, None] + np.arange(5.0) + 1)
    inputs = {"x": np.array([1.0, 2, 3, 4, 5]), "y": np.array([0.5, 0.1, 0.2, 0.9, 0.4]), "Sigma": hilbert}
    reference = Reference(k.equation)
    ball = reference.value_certified(inputs, "float64")["D"][()]
    (weight,) = reference.sensitivity(inputs, {"D": [()]}).values()
    error = abs(float(ball) - float(k(**inputs)))
    assert error <= 8 * float(weight) * np.finfo(float).eps
    assert error / abs(float(ball)) < np.linalg.cond(hilbert) * np.finfo(float).eps


@pytest.mark.parametrize("size", [2**22, pytest.param(2**25, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_of_many_elements_keep_their_digits(dtype: str, size: int) -> None:
    total = tj.compile(r"s(x) = \sum_{i=1}^n x_i")
    error = tj.compile(r"L(y, z) = \frac1n\sum_{i=1}^n (y_i-z_i)^2", where="y, z in R^n")
    x = np.random.default_rng(0).random(size).astype(dtype)
    for given, exact in ((x, math.fsum(x.tolist())), (np.full(size, 0.1, dtype), size * float(dtype_of(dtype)(0.1)))):
        assert abs(float(total(given)) - exact) <= np.spacing(np.asarray(exact, dtype))
    shifted = (x + dtype_of(dtype)(0.1)).astype(dtype)
    exact = math.fsum(((shifted.astype(float) - x.astype(float)) ** 2).tolist()) / x.size
    assert abs(float(error(shifted, x)) - exact) <= 2 * np.spacing(np.asarray(exact, dtype))


def dtype_of(name: str) -> type:
    return {"float64": np.float64, "float32": np.float32}[name]


def test_sums_of_infinities_and_nothing() -> None:
    total = tj.compile(r"s(x) = \sum_{i=1}^n x_i")
    assert total(np.array([1.0, INF])) == INF and total(np.array([-INF] * 600)) == -INF
    assert math.isnan(total(np.array([INF, -INF]))) and total(np.array([])) == 0.0
