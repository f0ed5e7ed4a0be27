"""Kernels: names, arity, certificates before the first number, domains on request, threads."""

from __future__ import annotations

import threading
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import ConditionWarning, DomainError, ShapeError
from texjit.runtime.card import Card
from texjit.runtime.certify import Certificate
from texjit.runtime.kernel import Kernel


@pytest.fixture(scope="module")
def dot(session_cache: object) -> Kernel:
    return tj.compile(r"f(x, y) = x^T y", where="x, y in R^d")


@pytest.fixture(scope="module")
def entropy(session_cache: object) -> Kernel:
    return tj.compile(r"H(p) = -\sum_{i=1}^K p_i \log p_i", where="p in Delta^K")


def test_it_says_what_it_is(dot: Kernel) -> None:
    assert (dot.name, dot.parameters, dot.signature) == ("f", ("x", "y"), "(d),(d)->()")
    assert repr(dot) == "<Kernel f(x, y): (d),(d)->()>"
    assert "x^{T} y" in dot.latex and "def f_f64" in dot.source
    assert "a vector over d" in dot.explain()


def test_arguments_go_by_position_or_name(dot: Kernel) -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    assert dot(x, y) == dot(x, y=y) == dot(y=y, x=x) == 13


@pytest.mark.parametrize(
    ("args", "named", "said"),
    [
        (([1.0],), {}, r"f\(\) needs y; it takes x, y"),
        (([1.0], [1.0], [1.0]), {}, r"f\(\) takes x, y; 3 arguments were given"),
        (([1.0],), {"z": 1}, r"f\(\) has no parameter z; it takes x, y"),
        (([1.0],), {"x": [1.0]}, r"f\(\) got two values for x; it takes x, y"),
        ((), {}, r"f\(\) needs x, y"),
    ],
)
def test_wrong_arguments_are_refused_with_the_right_ones(dot: Kernel, args: Any, named: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        dot(*args, **named)


def test_nothing_is_handed_out_before_it_is_certified(dot: Kernel) -> None:
    """A planted slip in the emitted text gives no number, now or later."""
    broken = replace(dot.card, text=dot.card.text.replace("p1[i0]", "p0[i0]"))
    assert broken.text != dot.card.text
    kernel = Kernel(broken, lambda: dot.equation)
    for _ in range(2):
        with pytest.raises(tj.CompilerBug, match="f does not compute its equation"):
            kernel([1.0, 2.0], [3.0, 4.0])
    with pytest.raises(tj.CompilerBug, match="x = "):
        kernel(np.ones((2, 3)), np.ones(3))


def test_a_slip_in_one_precision_stays_there(dot: Kernel) -> None:
    cut = dot.card.text.index("def f_f32")
    text = dot.card.text[:cut] + dot.card.text[cut:].replace("p1[i0]", "p0[i0]")
    kernel = Kernel(replace(dot.card, text=text), lambda: dot.equation)
    assert kernel([1.0], [3.0]) == 3
    with pytest.raises(tj.CompilerBug):
        kernel(np.float32([1]), np.float32([3]))


def test_an_inaccurate_kernel_warns_once(dot: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = Certificate("inaccurate", 9.0, 20.0, 50, 0, {}, None, "float64")
    monkeypatch.setattr(Kernel, "certificate", lambda *a, **k: verdict)
    kernel = Kernel(replace(dot.card, text=dot.card.text + "\n# another text\n"), lambda: dot.equation)
    with pytest.warns(tj.AccuracyWarning, match="f: inaccurate"):
        assert kernel([1.0], [3.0]) == 3
    assert kernel([1.0], [4.0]) == 4


def test_the_certificate_of_a_kernel(dot: Kernel) -> None:
    found = dot.certificate("float64", 50)
    assert found.verdict == "verified" and found.points == 50
    assert tj.verify(dot, points=60) == tj.verify(dot, points=60)


def test_a_card_survives_json(dot: Kernel) -> None:
    import json

    assert Card.from_json(json.loads(json.dumps(dot.card.as_json()))) == dot.card


def test_declared_domains_are_checked_on_request(entropy: Kernel) -> None:
    assert entropy([0.5, 0.5], checked=True) == np.log(2)
    assert entropy([0, 1], checked=True) == 0
    assert entropy([0.3, 0.3]) > 0
    for values, said in (
        ([0.3, 0.3], "p sums to 0.6 over its last axis, not to 1"),
        ([[0.5, 0.5], [-0.5, 1.5]], r"p\[1, 0\] = -0.5 is outside of"),
        ([np.nan, 1.0], r"p\[0\] = nan is outside of"),
    ):
        with pytest.raises(DomainError, match=said):
            entropy(values, checked=True)


def test_matrices_are_checked_on_request() -> None:
    q = tj.compile(r"q(x) = x^T A x", where="x in R^d; A in S++^d")
    x = np.ones(2)
    assert q(x, np.eye(2), checked=True) == 2
    for A, said in (
        ([[1.0, 2.0], [0.0, 1.0]], "A is not symmetric$"),
        ([[1.0, 0.0], [0.0, -1.0]], "A is not symmetric positive definite"),
        ([[1.0, 0.0], [0.0, 0.0]], "A is not symmetric positive definite"),
    ):
        with pytest.raises(DomainError, match=said):
            q(x, A, checked=True)


@pytest.mark.parametrize(("where", "good", "bad"), [
    ("a > 0", 1.0, 0.0), ("a in [0, 1]", 1.0, 1.5), ("a in (0, 1)", 0.5, 1.0), ("a in {0, 1}", 1.0, 0.5),
])  # fmt: skip
def test_intervals_are_checked_on_request(where: str, good: float, bad: float) -> None:
    f = tj.compile(r"f(a) = a^2 + 1", where=where)
    assert f(good, checked=True) == good**2 + 1 and f(bad) == bad**2 + 1
    with pytest.raises(DomainError, match=f"f: a = {bad} is outside of"):
        f(bad, checked=True)


def test_keywords_override_linked_definitions() -> None:
    library = tj.compile(r"""
$$ s = \sum_{i=1}^N x_i $$

$$ r(y) = y - s $$
""")
    assert library.r(10.0, [1.0, 2.0]) == 7
    assert library.r(10.0, s=4.0) == 6
    with pytest.raises(TypeError, match="no parameter q"):
        library.r(10.0, q=4.0)


def test_a_name_that_python_keeps_gets_an_underscore() -> None:
    f = tj.compile(r"f(x, \lambda) = \lambda e^{-\lambda x}")
    assert f.parameters == ("x", "lambda_")
    assert f(0.0, lambda_=2.0) == 2


def test_threads_share_one_fresh_kernel() -> None:
    kernel = tj.compile(r"g(x, y) = \sum_{i=1}^d (x_i^2 y_i + x_i)")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 17)), rng.normal(size=(40, 17))
    found: dict[int, list[Any]] = {}
    start = threading.Barrier(8)

    def work(k: int) -> None:
        start.wait()
        found[k] = [kernel(a, b) for a, b in zip(x, y, strict=True)] + [kernel(x, y)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 8
    first = found[0]
    assert np.array_equal(first[-1], first[:-1]), "a batch gives the bits of its members"
    assert all(np.array_equal(a, b) for f in found.values() for a, b in zip(f, first, strict=True))


def test_special_values_propagate(dot: Kernel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(dot([np.nan, 1.0], [1.0, 1.0]))
        assert dot([np.inf, 1.0], [1.0, 1.0]) == np.inf
        assert np.isnan(dot([np.inf, 1.0], [0.0, 1.0]))
        assert dot([1e308, 1e308], [10.0, 10.0]) == np.inf


def test_shape_errors_come_before_numbers(dot: Kernel) -> None:
    with pytest.raises(ShapeError, match="axis d has size 2 in x and 3 in y"):
        dot(np.ones(2), np.ones(3))


def test_an_ill_conditioned_matrix_is_told() -> None:
    k = tj.compile(r"q(x) = x^T S^{-1} x", where="x in R^d; S in S++^d")
    x, hilbert = np.ones(12), 1.0 / (np.arange(12)[:, None] + np.arange(12) + 1.0)
    assert k(x, np.eye(12)) == 12.0
    with pytest.warns(ConditionWarning, match="ill-conditioned"):
        k(x, hilbert)
    with pytest.warns(ConditionWarning):
        k(np.stack([x, x]), np.stack([np.eye(12), hilbert]))
