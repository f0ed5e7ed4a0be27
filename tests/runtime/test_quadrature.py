"""Integrals against closed forms and SciPy: values, warnings, what a call may say, and what is refused."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import scipy.special as special
import scipy.stats as stats
from scipy.integrate import quad

import texjit as tj
from texjit.runtime.quadrature import QuadratureWarning

pytestmark = pytest.mark.usefixtures("session_cache")

#: Relative tolerance of a value: what a call promises (`quadrature.RTOL`).
RTOL = 1e-10

Row = tuple[str, tuple[Any, ...], Callable[..., Any]]
VALUES: list[Row] = [
    (r"f(x) = \int_0^x e^{-t^2} dt", (1.3,), lambda x: np.sqrt(np.pi) / 2 * special.erf(x)),
    (r"f(u) = \int_u^0 e^{-s^2} \, \mathrm{d}s", (2.5,), lambda u: -np.sqrt(np.pi) / 2 * special.erf(u)),
    (r"f(x) = 3 x \int_0^x e^{-t^2} dt + 1", (1e6,), lambda x: 3 * x * np.sqrt(np.pi) / 2 + 1),
    (r"G(s) = \int_0^\infty t^{s-1} e^{-t} dt", (0.3,), special.gamma),
    (r"G(s) = \int_0^\infty t^{s-1} e^{-t} dt", (100.5,), special.gamma),
    (r"f(a, b) = \int_0^1 t^{a-1} (1-t)^{b-1} dt", (0.5, 0.5), special.beta),
    (r"f(a, b) = \int_0^1 t^{a-1} (1-t)^{b-1} dt", (2.5, 30.0), special.beta),
    (r"f(m) = \int_0^{\pi/2} \frac{d\theta}{\sqrt{1 - m \sin^2 \theta}}", (0.99,), special.ellipk),
    (r"S(x) = \int_0^x \sin\left(\frac{\pi t^2}{2}\right) dt", (7.0,), lambda x: special.fresnel(x)[0]),
    (r"U = \int_0^\infty \frac{x^3}{e^x - 1} dx", (), lambda: np.pi**4 / 15),
    (r"D(x) = \frac{3}{x^3} \int_0^x \frac{t^3}{e^t - 1} dt", (2.0,), lambda x: 0.4411284737),
    (r"f = \int \frac{dx}{1 + x^2}", (), lambda: np.pi),
    (r"f = \int_{\mathbb{R}} \frac{1}{1 + x^4} \, dx", (), lambda: np.pi / np.sqrt(2)),
    (r"f(a) = \int_{\mathbb{R}_+} e^{-a x} dx", (0.01,), lambda a: 1 / a),
    (r"f(n) = \frac{1}{\pi} \int_{-\pi}^{\pi} x \sin(n x) \, dx", (7.0,), lambda n: 2 / n),
    (r"Z(m, s) = \int \frac{1}{s \sqrt{2 \pi}} e^{-\frac{(x-m)^2}{2 s^2}} dx", (1e4, 1e-2), lambda m, s: 1.0),
    (r"Z(m, s) = \int \frac{1}{s \sqrt{2 \pi}} e^{-\frac{(x-m)^2}{2 s^2}} dx", (-3e-7, 1e-12), lambda m, s: 1.0),
    (r"f = \int_0^1 \left( x + e^{-10^6 (x - 0.37)^2} \right) dx", (), lambda: 0.5 + np.sqrt(np.pi / 1e6)),
    (r"p(y, s) = \int e^{-\frac{(y - \mu)^2}{2 s^2}} e^{-\frac{\mu^2}{2}} d\mu", (3.0, 0.1),
     lambda y, s: np.sqrt(2 * np.pi) * s / np.sqrt(1 + s * s) * np.exp(-(y**2) / (2 * (1 + s * s)))),
    (r"f = \int_0^\infty \int_0^x e^{-x} y \, dy \, dx", (), lambda: 1.0),
    (r"f = \int_0^\infty dx \int_0^x dy \, e^{-x} y", (), lambda: 1.0),
    (r"f = \iint_{\mathbb{R}^2} e^{-x^2 - y^2 - x y} dx \, dy", (), lambda: 2 * np.pi / np.sqrt(3)),
    (r"f = \int_0^1 \int_0^1 \int_0^1 e^{x y z} \, dx \, dy \, dz", (), lambda: 1.1464990725286426),
    (r"f(c) = \int_0^1 x \, dx + c", (2.0,), lambda c: 0.5 + c),
    (r"f(x) = x \int_0^1 t \, dt \int_0^2 t^2 \, dt", (3.0,), lambda x: 3 * 0.5 * 8 / 3),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _judged_elsewhere() -> Iterator[None]:
    """Integrands are certified when first used; how accurate they are is not asked here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=tj.AccuracyWarning)
        yield


#: Every one has an integrand to compile: the others are for a long run.
QUICK = 7


@pytest.mark.parametrize(
    ("text", "arguments", "exact"),
    [pytest.param(*row, id=f"{row[0]} {row[1]}", marks=() if k < QUICK else pytest.mark.slow)
     for k, row in enumerate(VALUES)],
)
def test_integrals_have_their_values(text: str, arguments: tuple[Any, ...], exact: Callable[..., Any]) -> None:
    kernel = tj.compile(text)
    value, error = kernel.with_error(*arguments)
    wanted = exact(*arguments)
    rtol = RTOL if "e^t - 1" not in text else 1e-9  # a table's ten digits
    np.testing.assert_allclose(value, wanted, rtol=rtol)
    assert error <= RTOL * abs(wanted)


def test_distances_in_a_universe() -> None:
    text = r"""
$$H(z) = h \sqrt{\Omega (1+z)^3 + 1 - \Omega}$$

$$d(z) = c \int_0^z \frac{dz'}{H(z')}$$
"""
    k = tj.compile(text).d
    z = np.array([0.1, 1.0, 1100.0])
    wanted = [3e5 * quad(lambda x: 1 / (70 * np.sqrt(0.3 * (1 + x) ** 3 + 0.7)), 0, b, epsrel=1e-12, limit=500)[0]
              for b in z]
    np.testing.assert_allclose(k(z, c=3e5, h=70.0, Omega=0.3), wanted, rtol=1e-9)


def test_batches_arrays_and_dtypes() -> None:
    k = tj.compile(r"S = \sum_{n=1}^N \int_0^{b_n} e^{-a_n x} dx")
    a, b = np.array([0.5, 2.0, 1.0]), np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 0.0]])
    np.testing.assert_allclose(k(b=b, a=a), ((1 - np.exp(-a * b)) / a).sum(axis=1), rtol=RTOL)
    k = tj.compile(r"S = \sum_{n=1}^N a_n \int_0^1 x^n dx")
    assert k([1.0, 2.0, 3.0]) == pytest.approx(1 / 2 + 2 / 3 + 3 / 4, rel=RTOL)
    k = tj.compile(r"F(x) = \int_0^1 t^x dt")
    assert type(k(np.float32(2))) is np.float32 and type(k(2.0)) is np.float64
    out = np.empty(2)
    np.testing.assert_allclose(k(np.array([1.0, 3.0]), out=out), [0.5, 0.25], rtol=RTOL)


def test_the_value_may_be_given() -> None:
    k = tj.compile(r"F(x) = 2 x \int_0^x e^{-t^2} dt")
    assert k(3.0, integral=0.5) == 3.0
    assert k.parameters == ("x",) and k.signature == "()->()"
    with pytest.raises(TypeError, match="needs x"):
        k(integral=0.5)


def test_a_tolerance_may_be_asked_for() -> None:
    k = tj.compile(r"F(x) = \int_0^x |\sin(10 t)| dt")
    with warnings.catch_warnings():
        warnings.simplefilter("error", QuadratureWarning)
        wanted = (19 - math.cos(30 - 9 * math.pi)) / 10
        assert k(3.0, rtol=1e-5) == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(ValueError, match="rtol"):
        k(3.0, rtol=2.0)


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        (r"f = \int_0^1 \frac{1}{x} dx", "diverges", math.inf),
        (r"f = \int_1^\infty \frac{1}{x} dx", "diverges", math.inf),
        (r"f = \int_0^\infty e^x dx", "infinite|diverges", math.inf),
        (r"f = \int_{-1}^1 \frac{1}{x^2} dx", "infinite|diverges", math.inf),
        (r"f = \int_0^2 \frac{1}{x - 1} dx", "diverge|settle|last|error", math.nan),
        (r"f = \int_0^\infty \frac{\sin x}{x} dx", "oscillate", math.nan),
        (r"f = \int_0^\infty \cos x \, dx", "oscillate|last", math.nan),
    ],
)
def test_what_has_no_value_is_told(text: str, said: str, value: float) -> None:
    with pytest.warns(QuadratureWarning, match=said):
        found = tj.compile(text)()
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_mass_that_is_not_found_is_told() -> None:
    k = tj.compile(r"f = \int p(x) \, dx")
    assert k(stats.norm(1234.5, 1e-2)) == pytest.approx(1, rel=RTOL)
    with pytest.warns(QuadratureWarning, match="zero at every point"):
        k(lambda x: np.exp(-((x - 1234.5) ** 2) / 2e-4))


def test_black_box_functions_of_numbers_and_of_arrays() -> None:
    k = tj.compile(r"u(t) = K_p e(t) + K_i \int_0^t e(\tau) d\tau")
    for e in (lambda s: s**2, lambda s: float(s) * float(s)):
        assert k(t=2.0, K_p=1.0, K_i=2.0, e=e) == pytest.approx(4 + 16 / 3, rel=RTOL)
    k = tj.compile(r"M(t) = \int e^{t x} p(x) \, dx")
    t = np.array([0.1, 0.5])
    np.testing.assert_allclose(k(t, stats.norm(1, 2)), np.exp(t + 2 * t * t), rtol=RTOL)


def test_modules_are_written_without_integrals(tmp_path: Any) -> None:
    with pytest.raises(tj.Unsupported, match="E369"):
        tj.export(tj.compile(r"F(x) = \int_0^x e^{-t^2} dt"), tmp_path)


def normal(m: float, s: float, n: float, t: float) -> float:
    return math.log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - 0.5


def laplace(m: float, b: float, n: float, c: float) -> float:
    d = abs(m - n)
    return math.log(c / b) + d / c + b / c * math.exp(-d / b) - 1


def gammas(a: float, b: float, c: float, d: float) -> float:
    """Of shapes a, c and rates b, d."""
    log_gammas = special.gammaln(c) - special.gammaln(a)
    return float((a - c) * special.digamma(a) + log_gammas + c * math.log(b / d) + a * (d - b) / b)


@pytest.fixture(scope="module")
def divergence(session_cache: Any) -> Any:
    return tj.compile(r"D(U \| W) = \int_{-\infty}^\infty u(h) \log\left(\frac{u(h)}{w(h)}\right) dh")


@pytest.mark.parametrize(
    "m",
    [(0, 1, 1, 2), (1e4, 0.01, 0, 1), (0, 1, 1e4, 1), (5, 1e-3, 5.001, 1e-3), (-300, 2, 400, 3), (0, 1, 0, 1.1)],
)
def test_divergences_of_normal_laws(divergence: Any, m: tuple[float, float, float, float]) -> None:
    assert divergence.parameters == ("u", "w")
    assert divergence(stats.norm(*m[:2]), stats.norm(*m[2:])) == pytest.approx(normal(*m), rel=RTOL)


def test_divergences_of_other_laws(divergence: Any) -> None:
    for m in [(0, 1, 1, 2), (-50, 0.1, 40, 3)]:
        found = divergence(stats.laplace(*m[:2]), stats.laplace(*m[2:]))
        assert found == pytest.approx(laplace(*m), rel=RTOL)
    for a, b, c, d in [(2, 1, 3, 0.5), (0.3, 2, 0.7, 5), (50, 1, 2, 30)]:
        found = divergence(stats.gamma(a, scale=1 / b), stats.gamma(c, scale=1 / d))
        assert found == pytest.approx(gammas(a, b, c, d), rel=RTOL)
    found = divergence(lambda x: math.exp(-x * x / 2), lambda x: math.exp(-((x - 1) ** 2) / 2))
    assert found == pytest.approx(0.5 * math.sqrt(2 * math.pi), rel=RTOL)
    assert divergence(stats.uniform(0, 1), stats.norm(0, 1)) == pytest.approx(0.5 * math.log(2 * math.pi) + 1 / 6)


def test_a_divergence_may_be_infinite(divergence: Any) -> None:
    with pytest.warns(QuadratureWarning, match="infinite"):
        assert divergence(stats.norm(0, 1), stats.uniform(0, 1)) == math.inf


def test_sums_and_integrals_of_one_name() -> None:
    text = r"""
$$KL(P||Q) = \sum_{x} P(x) \log\left(\frac{P(x)}{Q(x)}\right)$$

For continuous distributions:

$$KL(P||Q) = \int_{-\infty}^{\infty} p(x) \log\left(\frac{p(x)}{q(x)}\right) dx$$

$$JS(P||Q) = \frac{1}{2}KL\left(P||\frac{P+Q}{2}\right) + \frac{1}{2}KL\left(Q||\frac{P+Q}{2}\right)$$
"""
    library = tj.compile(text)
    assert not library.failures and library.JS.signature == "(x),(x)->()"
    P, Q = [0.3, 0.7], [0.4, 0.6]
    assert library.KL(P, Q) == pytest.approx(special.rel_entr(P, Q).sum(), rel=1e-15)
    assert library.KL(stats.norm(0, 1), stats.norm(1, 1)) == pytest.approx(0.5, rel=RTOL)
    assert library.KL(p=stats.norm(0, 1), q=stats.norm(1, 1)) == pytest.approx(0.5, rel=RTOL)
    with pytest.raises(TypeError, match="no definition fits"):
        library.KL(stats.norm(0, 1), Q)
