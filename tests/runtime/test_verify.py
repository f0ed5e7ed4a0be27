"""Certificates on request: drawn points, the caller's own, narrower domains, whole libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.equations.context import Declared
from texjit.equations.diagnostic import InvalidEquation
from texjit.equations.domain import INTEGER, POSITIVE, REAL, SPD, Domain
from texjit.runtime.call import ShapeError
from texjit.runtime.certificate import Certificate
from texjit.runtime.domains import OutsideDomain
from texjit.runtime.kernel import Kernel
from texjit.runtime.narrow import narrowed
from texjit.runtime.points import points as drawn


@pytest.fixture(scope="module")
def library() -> Any:
    return tj.compile(
        r"""
$$KL(P \| Q) = \sum_x P(x) \log \frac{P(x)}{Q(x)}$$ with $P, Q \in \Delta^K$.

$$f(a, b) = a^2 - b^2$$ for $a, b \in \mathbb{R}$.

$$m = \frac{1}{n} \sum_{i=1}^{n} c_i^2$$

# Descent

$$\theta_{t+1} = \theta_t - \eta g_t$$
"""
    )


def test_own_inputs_are_points(library: Any) -> None:
    rng = np.random.default_rng(0)
    P, Q = rng.dirichlet(np.ones(4), (2, 3)), rng.dirichlet(np.ones(4), 3)
    found = tj.verify(library.KL, points={"P": P, "Q": Q})
    assert (found.verdict, found.points, found.strata) == ("verified", 6, {"given": 6})
    several = tj.verify(library.KL, points=[{"P": P, "Q": Q}, {"P": [1.0, 0.0], "Q": [0.5, 0.5]}])
    assert several.points == 7
    assert tj.verify(library.f, points={"a": 1e8, "b": np.arange(5.0)}).points == 5


def test_the_dtype_is_that_of_the_inputs_unless_given(library: Any) -> None:
    x = np.ones(3, np.float32)
    assert tj.verify(library.m, points={"c": x}).dtype == "float32"
    assert tj.verify(library.m, points={"c": x}, dtype="float64").dtype == "float64"
    assert tj.verify(library.m, points={"c": x.astype(float)}).dtype == "float64"
    assert tj.verify(library.m, np.float32, 20).dtype == "float32"


def test_a_wrong_kernel_is_caught_on_own_inputs(library: Any) -> None:
    from dataclasses import replace

    card = library.f.card
    text = card.text.replace(" - ", " + ")
    assert text != card.text
    broken = Kernel(replace(card, text=text), lambda: library.f.equation)
    found = tj.verify(broken, points={"a": [3.0, 2.0], "b": [0.0, 5.0]})
    assert found.verdict == "miscompiled"
    assert found.worst is not None
    assert found.worst["inputs"] == {"a": 2.0, "b": 5.0}
    assert found.worst["introduced_by"] == "emitted code"


def test_integers_and_black_boxes_are_handed_over_as_in_a_call() -> None:
    k = tj.compile(r"L = \mathbb{E}_{x \sim p}[\log D(x)]")
    found = tj.verify(k, points={"x": np.arange(4.0), "D": np.exp})
    assert found.verdict == "verified" and found.points == 1
    assert found.worst is not None and np.allclose(found.worst["inputs"]["D_x"], np.exp(np.arange(4.0)))
    p = tj.compile(r"s(x, k) = \sum_{i=1}^{k} x_i", where="x in R^n; k in N")
    assert tj.verify(p, points={"x": np.arange(5.0), "k": [1, 3]}).points == 2


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"P": [0.5, 0.5], "R": [0.5, 0.5]}, TypeError, "no parameter R; it takes P, Q"),
        ({"P": [0.5, 0.5]}, TypeError, "needs Q"),
        ({"P": 0.5, "Q": [0.5, 0.5]}, ShapeError, r"P needs the axes \(K\)"),
        ({"P": [0.5, 0.5], "Q": [0.2, 0.3, 0.5]}, ShapeError, "size 2 in P and 3 in Q"),
        ({"P": [0.5, 0.5], "Q": [0.2, 0.3]}, OutsideDomain, "Q sums to 0.5"),
        ({"P": [0.5, 0.5], "Q": [-0.5, 1.5]}, OutsideDomain, r"Q\[0\] = -0.5 is outside of"),
        ({"P": ["a", "b"], "Q": [0.5, 0.5]}, TypeError, "P: expected real numbers"),
        ([1.0], TypeError, "points: expected a number, or inputs by name; found float at place 0"),
        ([], ValueError, "points: there are no inputs"),
        (0, ValueError, "points: expected at least 1, found 0"),
    ],
)
def test_wrong_inputs_are_named(library: Any, given: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        tj.verify(library.KL, points=given)


def test_other_dtypes_are_refused(library: Any) -> None:
    for dtype in ("int64", "float16", "no such"):
        with pytest.raises(TypeError, match="dtype: expected float64 or float32"):
            tj.verify(library.f, dtype)


def test_narrower_domains_bound_what_is_drawn(library: Any) -> None:
    found = tj.verify(library.f, points=40, domain="a in [3, 4]; b > 5")
    assert found.verdict == "verified" and found.worst is not None
    equation = narrowed(library.f.equation, (Declared("a", (), Domain(lo=POSITIVE.lo)),), "a >= 0")
    assert all(p.inputs["a"] >= 0 for p in drawn(equation, count=60))
    assert any(p.inputs["a"] < 0 for p in drawn(library.f.equation, count=60))
    # The kernel is sound only where its inputs are: what was certified is what was asked for.
    with pytest.raises(OutsideDomain, match=r"a = 2\.0 is outside of"):
        tj.verify(library.f, points={"a": 2.0, "b": 6.0}, domain="a in [3, 4]")


DOMAINS = [
    (REAL, Domain("interval", lo=1), "[1, ∞)"),
    (POSITIVE, Domain("interval", hi=1), "(0, 1]"),
    (INTEGER, Domain("interval", lo=2), "integers 2.."),
    (Domain("finite", 0, 3, members=(0, 1, 3)), Domain("interval", lo=1), "{1, 3}"),
    (Domain("interval", lo=1), Domain("finite", 0, 3, members=(0, 1, 3)), "{1, 3}"),
    (Domain("psd"), SPD, "symmetric positive definite"),
    (Domain("symmetric"), Domain("psd"), "symmetric positive semidefinite"),
    (REAL, SPD, "symmetric positive definite"),
    (SPD, REAL, "symmetric positive definite"),
]


@pytest.mark.parametrize(("old", "new", "said"), DOMAINS, ids=[f"{o} {n}" for o, n, _ in DOMAINS])
def test_domains_that_can_be_narrowed(library: Any, old: Domain, new: Domain, said: str) -> None:
    from dataclasses import replace

    equation = library.f.equation
    a, b = equation.parameters
    equation = replace(equation, parameters=(replace(a, domain=old), b))
    assert str(narrowed(equation, (Declared("a", (), new),), "a").parameters[0].domain) == said


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("c > 0", "there is no parameter c; there are P, Q"),
        ("c in [0, 1]", "there is no parameter c; there are P, Q"),
        ("P in [0, 1/2]", "can be narrowed to"),
        ("P in S++^d", "has 1 axes, 2 are declared"),
        ("P in R^7", "cannot be held to 7 elements"),
        ("P <> 3", "not understood"),
    ],
)
def test_domains_that_cannot_be_narrowed_are_refused(library: Any, domain: str, said: str) -> None:
    with pytest.raises(InvalidEquation, match=said):
        tj.verify(library.KL, points=5, domain=domain)


def test_refused_domains_point_into_their_text(library: Any, golden: Callable[[str, str], None]) -> None:
    with pytest.raises(InvalidEquation) as caught:
        tj.verify(library.KL, points=5, domain="P in [0, 1/2]")
    assert caught.value.diagnostic.code == "E312"
    golden("diagnostics/E312.txt", f"{caught.value}\n")


def test_empty_domains_are_refused() -> None:
    k = tj.compile(r"h(a) = a^2", where="a > 1")
    with pytest.raises(InvalidEquation, match="nothing in common"):
        tj.verify(k, points=5, domain="a in [0, 1]")


def test_libraries_and_overloads_give_certificates_by_name(library: Any) -> None:
    found = tj.verify(library, points=12)
    assert {name: c.points for name, c in found.items()} == {"KL": 12, "f": 12, "m": 12, "Descent": 12}
    assert tj.verify(library.Descent, points=12) == found["Descent"]
    overload = tj.compile(r"$$v(x) = x^2$$ for $x \in \mathbb{R}$. $$v(x, y) = x - y$$ for $x, y \in \mathbb{R}$.")
    both = tj.verify(overload, points=12)
    assert set(both) == {"v.kernels[0]", "v.kernels[1]"}
    one = tj.verify(overload, points={"x": [1.0, 2.0, 5.0], "y": 3.0})
    assert {name: c.points for name, c in one.items()} == {"v.kernels[1]": 3}
    with pytest.raises(TypeError, match="no definition fits"):
        tj.verify(overload, points={"z": 1.0})
    with pytest.raises(TypeError, match="belong to one kernel"):
        tj.verify(library, points={"a": 1.0, "b": 2.0})
    with pytest.raises(TypeError, match="expected a kernel"):
        tj.verify("f")  # type: ignore[call-overload]


def test_certificates_are_kept_and_survive_json(library: Any) -> None:
    first = tj.verify(library.KL, points=30, domain="")
    assert tj.verify(library.KL, points=30) == first
    assert Certificate.from_json(json.loads(json.dumps(first.as_json(), allow_nan=False))) == first


def test_a_certificate_cut_short_says_so(library: Any) -> None:
    found = library.KL.certificate("float64", 50, patience=0.0)
    assert found.points == 1
    assert any("stopped after 1 of 50 points, at the time limit" in n for n in found.notes)
