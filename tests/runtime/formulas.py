"""Equations built by hand, for the judge's own tests."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from texjit.equations.axis import Axis
from texjit.equations.domain import POSITIVE, REAL, SIMPLEX, SPD, UNIT, Domain
from texjit.equations.equation import Bound, Comprehension, Equation, Parameter
from texjit.equations.heads import (
    ArgMax,
    Determinant,
    InverseElement,
    ReduceMax,
    element,
    extent,
    index,
    parameter,
)

ONE = sp.Integer(1)
i, j, k, s = (index(n) for n in "ijks")
N, K, D = (extent(n) for n in "NKD")


def mul(*a: Any) -> Any:
    return sp.Mul(*map(sp.sympify, a), evaluate=False)


def add(*a: Any) -> Any:
    return sp.Add(*map(sp.sympify, a), evaluate=False)


def power(a: Any, b: Any) -> Any:
    return sp.Pow(sp.sympify(a), sp.sympify(b), evaluate=False)


def over(a: Any, b: Any) -> Any:
    return mul(a, power(b, -1))


def minus(a: Any, b: Any) -> Any:
    return add(a, mul(-1, b))


def root(a: Any) -> Any:
    return power(a, sp.Rational(1, 2))


def log(a: Any) -> Any:
    return sp.log(a, evaluate=False)


def exp(a: Any) -> Any:
    return sp.exp(a, evaluate=False)


def total(body: Any, at: Any, hi: Any, lo: Any = ONE) -> Any:
    return sp.Sum(body, (at, lo, hi))


def arg(
    name: str, axes: str = "", domain: Domain = REAL, declared: bool = True, integer: bool = False
) -> Parameter:
    return Parameter(name, tuple(Axis(a) for a in axes), domain, "argument", "", integer, declared)


def let(name: str, body: Any, **bounds: Any) -> Comprehension:
    """``let("x", body, i=N)``: index i from 1 to N."""
    return Comprehension(
        name,
        tuple(Bound(index(b), ONE, hi) for b, hi in bounds.items()),
        body,
        tuple(Axis(hi.name) for hi in bounds.values()),
    )


def equation(name: str, parameters: list[Parameter], *comprehensions: Comprehension) -> Equation:
    *lets, out = comprehensions
    return Equation(name, tuple(parameters), tuple(lets), (out,))


def kl_terms(p: Any, q: Any) -> Any:
    return mul(p, log(over(p, q)))


P, Q, M = (element(n, k) for n in "PQM")
KL = equation("KL", [arg("P", "K", SIMPLEX), arg("Q", "K", SIMPLEX)], let("KL", total(kl_terms(P, Q), k, K)))

JS = equation(
    "JS",
    [arg("P", "K", SIMPLEX), arg("Q", "K", SIMPLEX)],
    let("M", over(add(P, Q), 2), k=K),
    let(
        "JS",
        add(
            mul(sp.Rational(1, 2), total(kl_terms(P, M), k, K)),
            mul(sp.Rational(1, 2), total(kl_terms(Q, M), k, K)),
        ),
    ),
)

z = element("z", i)
SOFTMAX = equation(
    "softmax", [arg("z", "N")], let("softmax", over(exp(z), total(exp(element("z", j)), j, N)), i=N)
)

LSE = equation("lse", [arg("z", "N")], let("lse", log(total(exp(z), i, N))))

x, y = element("x", i), element("y", i)
LAYERNORM = equation(
    "LayerNorm",
    [
        arg("x", "N"),
        arg("gamma", "N"),
        arg("beta", "N"),
        arg("epsilon", domain=Domain(lo=Fraction(0), hi=Fraction(1), lo_open=True)),
    ],
    let("mu", over(total(x, i, N), N)),
    let("v", over(total(power(minus(x, parameter("mu")), 2), i, N), N)),
    let(
        "LayerNorm",
        add(
            mul(
                element("gamma", i),
                over(minus(x, parameter("mu")), root(add(parameter("v"), parameter("epsilon")))),
            ),
            element("beta", i),
        ),
        i=N,
    ),
)

delta_i = minus(element("x", i), element("y", i))
delta_j = minus(element("x", j), element("y", j))
MAHALANOBIS = equation(
    "D_M",
    [arg("x", "D"), arg("y", "D"), arg("Sigma", "DD", SPD)],
    let(
        "D_M",
        root(total(total(mul(delta_i, InverseElement(parameter("Sigma"), i, j), delta_j), j, D), i, D)),
    ),
)

LOGDET = equation("logdet", [arg("Sigma", "DD", SPD)], let("logdet", log(Determinant(parameter("Sigma")))))

MSE = equation("MSE", [arg("x", "N"), arg("y", "N")], let("MSE", over(total(power(minus(x, y), 2), i, N), N)))

VARIANCE = equation(
    "var",
    [arg("x", "N")],
    let("m", over(total(x, i, N), N)),
    let("var", over(total(power(minus(x, parameter("m")), 2), i, N), N)),
)

PREFIX = equation(
    "alpha_bar",
    [arg("beta", "N", Domain(lo=Fraction(0), hi=Fraction(1), lo_open=True, hi_open=True))],
    let("alpha_bar", sp.Product(minus(1, element("beta", s)), (s, ONE, i)), i=N),
)

y_hat = element("y_hat", i)
BCE = equation(
    "BCE",
    [
        arg("y", "N", Domain("finite", members=(Fraction(0), Fraction(1)))),
        arg("y_hat", "N", Domain(lo=Fraction(0), hi=Fraction(1), lo_open=True, hi_open=True)),
    ],
    let(
        "BCE", mul(-1, over(total(add(mul(y, log(y_hat)), mul(minus(1, y), log(minus(1, y_hat)))), i, N), N))
    ),
)

ENTROPY = equation("H", [arg("P", "K", SIMPLEX)], let("H", mul(-1, total(mul(P, log(P)), k, K))))

HUBER = equation(
    "huber",
    [arg("a"), arg("delta", domain=POSITIVE)],
    let(
        "huber",
        sp.Piecewise(
            (mul(sp.Rational(1, 2), power(parameter("a"), 2)), sp.Abs(parameter("a")) <= parameter("delta")),
            (
                mul(
                    parameter("delta"),
                    minus(sp.Abs(parameter("a")), mul(sp.Rational(1, 2), parameter("delta"))),
                ),
                True,
            ),
            evaluate=False,
        ),
    ),
)

HINGE = equation("hinge", [arg("a"), arg("b")], let("hinge", sp.Max(0, minus(1, mul(*map(parameter, "ab"))))))

LARGEST = equation("largest", [arg("x", "N")], let("largest", ReduceMax(x, i, ONE, N)))
ARGLARGEST = equation("where", [arg("x", "N")], let("where", ArgMax(x, i, ONE, N)))

MATVEC = equation(
    "A_v",
    [arg("A", "MN"), arg("v", "N")],
    let("A_v", total(mul(element("A", i, j), element("v", j)), j, N), i=extent("M")),
)

ADAM = equation(
    "m_hat",
    [
        arg("m"),
        arg("beta_1", declared=False),
        arg("t", domain=Domain("integer", lo=Fraction(1)), integer=True),
    ],
    let("m_hat", over(parameter("m"), minus(1, power(parameter("beta_1"), parameter("t"))))),
)

FOCAL = equation(
    "FL",
    [arg("p_t", domain=UNIT), arg("gamma", domain=Domain(lo=Fraction(0))), arg("alpha", domain=UNIT)],
    let(
        "FL",
        mul(
            -1,
            parameter("alpha"),
            power(minus(1, parameter("p_t")), parameter("gamma")),
            log(parameter("p_t")),
        ),
    ),
)

STEP = equation(
    "step",
    [arg("x", "N"), arg("t", domain=Domain("integer", lo=Fraction(1)), integer=True)],
    let("step", minus(element("x", parameter("t") + 1), element("x", parameter("t")))),
)

SCALED = equation(
    "scaled",
    [arg("x", "N"), arg("v", declared=False), arg("epsilon", declared=False)],
    let("scaled", over(x, root(add(parameter("v"), parameter("epsilon")))), i=N),
)

ALL = [
    KL, JS, SOFTMAX, LSE, LAYERNORM, MAHALANOBIS, LOGDET, MSE, VARIANCE, PREFIX, BCE, ENTROPY, HUBER, HINGE,
    LARGEST, ARGLARGEST, MATVEC, ADAM, FOCAL, STEP, SCALED,
]  # fmt: skip
