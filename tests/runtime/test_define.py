"""Equations declared in SymPy, against SciPy; what is refused; the chapters; what ships."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import optimize, special, stats
from sympy import Abs, IndexedBase, Max, Piecewise, Product, Rational, Sum, exp, log, symbols
from typer.testing import CliRunner

import texjit as tj
from texjit.runtime.call import ShapeError
from texjit.runtime.cli import app

A, c, p, x, y = map(IndexedBase, "Acpxy")
i, j, k, K, m, n = symbols("i j k K m n")
t, mu, sigma = symbols("t mu sigma")
RNG = np.random.default_rng(0)


def near(found: Any, expected: Any, tolerance: float = 1e-13) -> None:
    np.testing.assert_allclose(found, expected, tolerance, tolerance)


def test_entropy_with_a_declared_simplex() -> None:
    H = tj.define("H", ["p"], -Sum(p[i] * log(p[i]), (i, 1, K)), where="p in Delta^K")
    assert (H.name, H.parameters, H.signature) == ("H", ("p",), "(K)->()")
    assert H([0.5, 0.5, 0.0]) == pytest.approx(np.log(2), rel=1e-15)
    P = RNG.dirichlet(np.ones(4), 3)
    near(H(P), stats.entropy(P, axis=-1))
    assert tj.verify(H).verdict == "verified"


def test_log_sum_exp_infers_its_axis_and_is_stable() -> None:
    L = tj.define("L", [x], log(Sum(exp(x[i]), (i, 1, n))))
    assert L.signature == "(n)->()"
    near(L([1000.0, 1000.0]), 1000 + np.log(2))
    z = RNG.normal(size=7).astype(np.float32)
    assert L(z).dtype == np.float32
    near(L(z), special.logsumexp(z.astype(float)), 1e-6)


def test_a_gaussian_log_density() -> None:
    e = -((t - mu) ** 2) / (2 * sigma**2) - log(sigma) - log(2 * sympy.pi) / 2
    G = tj.define("G", [t, mu, sigma], e, where="sigma in [0.1, 10]")
    near(G(1.0, 0.5, [0.3, 2.0]), stats.norm.logpdf(1.0, 0.5, [0.3, 2.0]))
    with pytest.raises(Exception, match="sigma"):
        G(1.0, 0.5, -1.0, checked=True)


def test_a_polynomial_by_powers_and_by_horner() -> None:
    P = tj.define("P", ["c", "t"], Sum(c[k + 1] * t**k, (k, 0, n - 1)), where="c in R^n")
    Q = tj.define("Q", ["c", "t"], c[1] + t * (c[2] + t * c[3]), where="c in R^3")
    a = RNG.normal(size=3)
    for at in (-1.5, 0.0, 0.7):
        near(P(a, at), np.polynomial.polynomial.polyval(at, a))
        near(Q(a, at), np.polynomial.polynomial.polyval(at, a))


def test_neighbours_on_one_axis() -> None:
    R = tj.define("R", ["x"], Sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, (i, 1, n - 1)), "x in R^n")
    v = RNG.normal(size=6)
    near(R(v), optimize.rosen(v))


def test_an_output_over_an_index() -> None:
    f = tj.define("f", ["A", "x"], Sum(A[i, j] * x[j], (j, 1, n)), "A in R^{m x n}; x in R^n", over=[i])
    assert f.signature == "(m,n),(n)->(m)"
    B, v = RNG.normal(size=(5, 3, 4)), RNG.normal(size=4)
    near(f(B, v), B @ v)
    with pytest.raises(ShapeError, match="n"):
        f(B, RNG.normal(size=3))


def test_cases_nested_sums_products_and_extents() -> None:
    h = tj.define("h", ["t"], Piecewise((t**2 / 2, Abs(t) <= 1), (Abs(t) - Rational(1, 2), True)))
    near([h(3.0), h(-0.5)], special.huber(1.0, [3.0, -0.5]))
    D = tj.define("D", ["x"], Sum(Abs(x[i] - x[j]), (j, 1, i - 1), (i, 1, n)) / n, where="x in R^n")
    v = RNG.normal(size=5)
    near(D(v), abs(v[:, None] - v).sum() / 2 / 5)
    F = tj.define("F", ["x", "y"], Product(1 + x[i], (i, 1, n)) * Sum(Max(0, y[i]), (i, 1, m)), "x in R^n; y in R^m")
    w = RNG.normal(size=3)
    near(F(v, w), np.prod(1 + v) * np.maximum(0, w).sum())


def test_one_letter_for_indices_of_two_lengths() -> None:
    S = tj.define("S", ["x", "y"], Sum(x[i], (i, 1, n)) * Sum(y[i] ** 2, (i, 1, m)))
    assert S.signature == "(n),(m)->()"
    near(S([1.0, 2.0], [1.0, 1.0, 2.0]), 18.0)


def test_an_index_may_share_its_letter_with_nothing_else() -> None:
    S = tj.define("S", ["x", "i"], Sum(x[i], (i, 1, n)) * symbols("i"), where="x in R^n")
    near(S([1.0, 2.0], 5.0), 15.0)


def test_floats_are_exact_rationals() -> None:
    assert tj.define("f", ["t"], sympy.Float(0.1) * t)(10.0) == 1.0


REFUSED: dict[str, tuple[str, Callable[[], Any]]] = {
    "a string": ("E102", lambda: tj.define("f", ["t"], "__import__('os')")),
    "a matrix": ("E102", lambda: tj.define("f", ["t"], sympy.eye(2))),
    "a strange name": ("E103", lambda: tj.define("f; g", ["t"], t)),
    "a strange parameter": ("E103", lambda: tj.define("f", ["t'"], t)),
    "a strange symbol": ("E103", lambda: tj.define("f", ["t"], t + symbols('a"b'))),
    "twice": ("E103", lambda: tj.define("f", ["t", "t"], t)),
    "an extent as a parameter": ("E103", lambda: tj.define("f", ["x", "n"], Sum(x[i], (i, 1, n)), where="x in R^n")),
    "a black box": ("E104", lambda: tj.define("f", ["t"], t, where="t : R -> R")),
    "ranks": ("E105", lambda: tj.define("f", ["x"], Sum(x[i, i], (i, 1, n)), where="x in R^n")),
    "no length": ("E106", lambda: tj.define("f", ["x"], x[1])),
    "no axis": ("E106", lambda: tj.define("f", ["t"], t, over=[i])),
    "an unknown head": ("E108", lambda: tj.define("f", ["t"], sympy.zeta(t))),
    "an unknown function": ("E108", lambda: tj.define("f", ["t"], sympy.Function("exp2")(t))),
    "an imposter": ("E108", lambda: tj.define("f", ["t"], sympy.Function("exp")(t))),
    "the imaginary unit": ("E108", lambda: tj.define("f", ["t"], sympy.I * t)),
    "an integral": ("E108", lambda: tj.define("f", ["t"], sympy.Integral(t**t, (t, 0, 1)))),
    "a whole array": ("E109", lambda: tj.define("f", ["x"], symbols("x") + 1, where="x in R^n")),
    "a free symbol": ("E110", lambda: tj.define("f", ["t"], t + mu)),
    "a free index": ("E110", lambda: tj.define("f", ["x"], x[i], where="x in R^n")),
    "a crooked bound": ("E111", lambda: tj.define("f", ["x"], Sum(x[i], (i, 1, n**2)), where="x in R^n")),
    "element zero": ("E209", lambda: tj.define("f", ["x"], Sum(x[i], (i, 0, n - 1)), where="x in R^n")),
    "another length": ("E209", lambda: tj.define("f", ["x", "y"], Sum(x[i] * y[i], (i, 1, n)), "x in R^n; y in R^m")),
    "depth": ("E107", lambda: tj.define("f", ["t"], nested(300))),
    "digits": ("E107", lambda: tj.define("f", ["t"], t + sympy.Integer(10) ** 5000)),
}  # fmt: skip


def nested(depth: int) -> Any:
    e = t
    for _ in range(depth):
        e = sympy.sin(e)
    return e


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_reading_is_refused_with_a_code(what: str) -> None:
    code, make = REFUSED[what]
    with pytest.raises(tj.TexjitError) as caught:
        make()
    assert caught.value.diagnostic.code == code, caught.value
    assert "<sympy>:1:" in str(caught.value)


def test_a_refusal_points_at_the_part() -> None:
    with pytest.raises(tj.InvalidEquation) as caught:
        tj.define("f", ["t"], t**2 + exp(mu))
    lines = str(caught.value).splitlines()
    assert lines[4].index("^") == lines[3].index("mu")


def test_an_unknown_declaration_is_refused() -> None:
    with pytest.raises(tj.InvalidEquation):
        tj.define("f", ["t"], t, where="t in Q")


def test_chapters_are_libraries() -> None:
    library = tj.library("distances")
    assert library.total_variation([1.0, 0.0], [0.0, 1.0]) == 1.0
    assert "total_variation" in library.equations
    with pytest.raises(KeyError, match="distances"):
        tj.library("no_such_chapter")


def test_list_shows_every_chapter_without_compiling() -> None:
    start = time.perf_counter()
    result = CliRunner().invoke(app, ["list", "--json"])
    assert result.exit_code == 0
    assert time.perf_counter() - start < 30
    found = {chapter["name"]: chapter for chapter in json.loads(result.stdout)}
    assert {"foundations", "statistics", "physics", "layers"} <= {n for n, x in found.items() if x["kind"] == "latex"}
    assert {"distances", "losses"} <= {n for n, x in found.items() if x["kind"] == "sympy"}
    for chapter in found.values():
        assert chapter["equations"]
        assert all(e["name"] and "->" in e["signature"] for e in chapter["equations"])
    plain = CliRunner().invoke(app, ["list"])
    assert "total_variation(P, Q)" in plain.stdout and "distances (declared in SymPy)" in plain.stdout
