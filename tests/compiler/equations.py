"""Small equations in index form that the compiler's tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from sympy import Add, Mul, Pow, Rational, Sum, exp, log, sqrt

from texjit.equations.axis import Axis
from texjit.equations.domain import NONNEGATIVE, POSITIVE, REAL, SPD, UNIT, Domain
from texjit.equations.equation import Bound, Comprehension, Equation, Parameter
from texjit.equations.heads import InverseElement, element, extent, index, parameter

i, j, k, a, b, n, s, t = (index(c) for c in "ijkabnst")


def add(*xs: Any) -> Any:
    return Add(*xs, evaluate=False)


def mul(*xs: Any) -> Any:
    return Mul(*xs, evaluate=False)


def inv(x: Any) -> Any:
    return Pow(x, -1, evaluate=False)


def sub(x: Any, y: Any) -> Any:
    return add(x, mul(-1, y))


def total(body: Any, symbol: Any, axis: str) -> Any:
    return Sum(body, (symbol, 1, extent(axis)))


def over(symbol: Any, axis: str) -> Bound:
    return Bound(symbol, sympy.Integer(1), extent(axis))


def param(name: str, *axes: str, domain: Domain = REAL, integer: bool = False) -> Parameter:
    return Parameter(name, tuple(Axis(x) for x in axes), domain, integer=integer)


def equation(name: str, params: list[Parameter], body: Any, bounds: Any = (), lets: Any = ()) -> Equation:
    return Equation(name, tuple(params), tuple(lets), (Comprehension(name, tuple(bounds), body),))


def let(name: str, body: Any, *bounds: Bound) -> Comprehension:
    return Comprehension(name, bounds, body)


def _softmax_of(array: str, at: Any, bound: Any, axis: str) -> Any:
    z = lambda m: element(array, m)  # noqa: E731
    return mul(exp(z(at)), inv(total(exp(z(bound)), bound, axis)))


def softmax() -> Equation:
    return equation("softmax", [param("z", "K")], _softmax_of("z", i, j, "K"), [over(i, "K")])


def logsumexp() -> Equation:
    return equation("lse", [param("z", "K")], log(total(exp(element("z", j)), j, "K")))


def _kl(p: Any, q: Any) -> Any:
    return total(mul(p(i), log(mul(p(i), inv(q(i))))), i, "K")


def kl() -> Equation:
    p, q = (lambda m: element("P", m)), (lambda m: element("Q", m))
    return equation("KL", [param("P", "K", domain=NONNEGATIVE), param("Q", "K", domain=NONNEGATIVE)], _kl(p, q))


def js() -> Equation:
    p, q, m = (lambda at: element("P", at)), (lambda at: element("Q", at)), (lambda at: element("M", at))
    body = add(mul(Rational(1, 2), _kl(p, m)), mul(Rational(1, 2), _kl(q, m)))
    mixture = let("M", mul(Rational(1, 2), add(p(i), q(i))), over(i, "K"))
    params = [param("P", "K", domain=NONNEGATIVE), param("Q", "K", domain=NONNEGATIVE)]
    return equation("JS", params, body, lets=[mixture])


def cross_entropy() -> Equation:
    """L = −Σ_c y_c log p_c with p = softmax(z) as a linked definition."""
    p = let("p", _softmax_of("z", i, j, "K"), over(i, "K"))
    body = mul(-1, total(mul(element("y", k), log(element("p", k))), k, "K"))
    return equation("CE", [param("y", "K", domain=UNIT), param("z", "K")], body, lets=[p])


def bce() -> Equation:
    """−(1/N) Σ_n [y log ŷ + (1−y) log(1−ŷ)] with ŷ = 1/(1+e^{−z})."""
    y, h = element("y", n), element("y_hat", n)
    y_hat = let("y_hat", inv(add(1, exp(mul(-1, element("z", i))))), over(i, "N"))
    term = add(mul(y, log(h)), mul(sub(1, y), log(sub(1, h))))
    body = mul(-1, inv(extent("N")), total(term, n, "N"))
    return equation("BCE", [param("y", "N", domain=UNIT), param("z", "N")], body, lets=[y_hat])


def layer_norm() -> Equation:
    x = lambda m: element("x", m)  # noqa: E731
    mu = let("mu", mul(inv(extent("d")), total(x(i), i, "d")))
    var = let("var", mul(inv(extent("d")), total(Pow(sub(x(i), parameter("mu")), 2), i, "d")))
    scale = sqrt(add(parameter("var"), parameter("eps")))
    body = add(mul(element("gamma", i), sub(x(i), parameter("mu")), inv(scale)), element("beta", i))
    params = [param("x", "d"), param("gamma", "d"), param("beta", "d"), param("eps", domain=POSITIVE)]
    return equation("LN", params, body, [over(i, "d")], [mu, var])


def attention() -> Equation:
    """softmax(Q K^T / sqrt(d)) V, the softmax over rows."""
    dot = total(mul(element("Q", i, a), element("K", j, a)), a, "d")
    score = let("s", mul(dot, inv(sqrt(extent("d")))), over(i, "n"), over(j, "m"))
    weight = let(
        "w",
        mul(exp(element("s", i, j)), inv(total(exp(element("s", i, k)), k, "m"))),
        over(i, "n"),
        over(j, "m"),
    )
    body = total(mul(element("w", i, j), element("V", j, b)), j, "m")
    params = [param("Q", "n", "d"), param("K", "m", "d"), param("V", "m", "e")]
    return equation("attention", params, body, [over(i, "n"), over(b, "e")], [score, weight])


def kernel_mean() -> Equation:
    d2 = total(Pow(sub(element("x", i, a), element("x", j, a)), 2), a, "d")
    body = mul(inv(Pow(extent("N"), 2)), total(total(exp(mul(-1, d2)), j, "N"), i, "N"))
    return equation("mean_kernel", [param("x", "N", "d")], body)


def mahalanobis() -> Equation:
    diff = lambda m: sub(element("x", m), element("y", m))  # noqa: E731
    form = total(total(mul(diff(a), InverseElement(parameter("S"), a, b), diff(b)), b, "d"), a, "d")
    params = [param("x", "d"), param("y", "d"), param("S", "d", "d", domain=SPD)]
    return equation("D_M", params, sqrt(form))


def prefix_product() -> Equation:
    body = sympy.Product(sub(1, element("beta", s)), (s, 1, t))
    return equation("alpha_bar", [param("beta", "T", domain=UNIT)], body, [over(t, "T")])


def variance() -> Equation:
    square = mul(inv(extent("N")), total(Pow(element("x", i), 2), i, "N"))
    mean = mul(inv(extent("N")), total(element("x", j), j, "N"))
    return equation("var", [param("x", "N")], sub(square, Pow(mean, 2)))


ALL = [
    softmax, logsumexp, kl, js, cross_entropy, bce, layer_norm, attention, kernel_mean, mahalanobis,
    prefix_product, variance,
]  # fmt: skip


def inputs(eq: Equation, seed: int = 0) -> dict[str, Any]:
    """Random inputs in the domains, every extent different."""
    rng = np.random.default_rng(seed)
    names = [x.name for p in eq.parameters for x in p.axes]
    sizes = {name: 3 + r for r, name in enumerate(dict.fromkeys(names))}
    out: dict[str, Any] = {}
    for p in eq.parameters:
        shape = [sizes[x.name] for x in p.axes]
        match p.domain.kind:
            case "spd":
                m = rng.normal(size=shape)
                out[p.name] = m @ m.T + np.eye(shape[0])
            case _ if p.domain.lo is not None:
                out[p.name] = rng.uniform(0.1, 0.9, size=shape)
            case _:
                out[p.name] = rng.normal(size=shape)
    return out
