"""Calls: dtypes, layouts, broadcasting by gufunc rules, ``out``, and refusals that name what is wrong."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.call import ShapeError
from texjit.runtime.kernel import Kernel


@pytest.fixture(scope="module")
def dot(session_cache: object) -> Kernel:
    return tj.compile(r"f(x, y) = x^T y", where="x, y in R^d")


@pytest.fixture(scope="module")
def affine(session_cache: object) -> Kernel:
    return tj.compile(r"h(A, x, b) = A x + b", where="A in R^{n x d}; x in R^d; b in R^n")


@pytest.fixture(scope="module")
def scale(session_cache: object) -> Kernel:
    return tj.compile(r"g(x, a) = a x", where="x in R^d; a in R")


@pytest.mark.parametrize("x", [
    [1, 2], (1.0, 2.0), [True, False], np.array([1, 2], np.int8), np.array([1, 2], np.uint64),
    np.array([1, 2], ">f8"), np.array([1, 2], np.longdouble), range(1, 3), np.array([1.0, 2.0]),
    np.array([[1.0, 9.0], [2.0, 9.0]])[:, 0], np.array([2.0, 1.0])[::-1], np.ma.array([1.0, 2.0]),
], ids=repr)  # fmt: skip
def test_what_numpy_takes_is_taken(dot: Kernel, x: Any) -> None:
    y = np.array([3.0, 5.0])
    found = dot(x, y)
    assert found == np.asarray(x, float) @ y
    assert found.dtype == np.float64


@pytest.mark.parametrize("x", [
    [1 + 1j, 2], "ab", None, ["a", "b"], np.array([1, 2], object), [[1.0, 2.0], [3.0]],
    np.ma.array([1.0, 2.0], mask=[True, False]), np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"),
], ids=repr)  # fmt: skip
def test_what_is_no_real_array_is_refused(dot: Kernel, x: Any) -> None:
    with pytest.raises(TypeError, match="x: expected"):
        dot(x, [1.0, 2.0])


def test_dtypes_of_results(dot: Kernel, scale: Kernel) -> None:
    narrow, wide = np.ones(3, np.float32), np.ones(3)
    assert dot(narrow, narrow).dtype == np.float32
    assert dot(narrow, wide).dtype == dot(wide, narrow).dtype == np.float64
    assert dot(narrow, [1, 2, 3]).dtype == np.float64
    assert scale(narrow, 2.0).dtype == np.float32, "a Python number does not widen"
    assert scale(wide, np.float32(2)).dtype == np.float64
    assert scale(np.ones(3, np.float16), 2.0).dtype == np.float32


def test_float32_accumulates_wider(dot: Kernel) -> None:
    x = np.full(1_000_000, 0.1, np.float32)
    exact = float(np.float64(x[0]) ** 2 * 1_000_000)
    assert abs(float(dot(x, x)) - exact) <= np.spacing(np.float32(exact))


def test_layouts_give_the_same_bits(affine: Kernel) -> None:
    rng = np.random.default_rng(1)
    A, x, b = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)
    expected = affine(A, x, b)
    np.testing.assert_allclose(expected, A @ x + b, rtol=1e-14)
    wide = np.zeros((8, 6))
    wide[::2, ::2] = A
    locked = A.copy()
    locked.flags.writeable = False
    for same in (np.asfortranarray(A), wide[::2, ::2], A[::-1].copy()[::-1], A[:, ::-1].copy()[:, ::-1], locked,
                 A.tolist(), A.astype(">f8")):
        assert np.array_equal(affine(same, x, b), expected)


def test_inputs_are_left_alone(affine: Kernel) -> None:
    rng = np.random.default_rng(1)
    given = [rng.normal(size=s) for s in ((2, 4, 3), (3,), (4,))]
    kept = [a.copy() for a in given]
    affine(*given)
    assert all(np.array_equal(a, b) for a, b in zip(given, kept, strict=True))


@pytest.mark.parametrize("leads", [
    ((2,), (), ()), ((), (5,), ()), ((2, 1), (5,), (1,)), ((2, 1, 1), (3, 1), (5,)), ((0,), (), ()), ((0, 2), (2,), ()),
    ((2, 5), (1, 5), (2, 1)),
])  # fmt: skip
def test_leading_axes_broadcast_as_in_gufuncs(affine: Kernel, leads: Any) -> None:
    rng = np.random.default_rng(2)
    A, x, b = (rng.normal(size=lead + core) for lead, core in zip(leads, ((4, 3), (3,), (4,)), strict=True))
    expected = np.einsum("...nd,...d->...n", A, x) + b
    found = affine(A, x, b)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_broadcast_inputs_need_no_copy_by_the_caller(dot: Kernel) -> None:
    x = np.broadcast_to(np.arange(3.0), (4, 3))
    assert np.array_equal(dot(x, np.ones(3)), np.full(4, 3.0))


@pytest.mark.parametrize(("shapes", "said"), [
    (((4, 3), (5,), (4,)), "h: axis d has size 3 in A and 5 in x"),
    (((4, 3), (3,), (5,)), "h: axis n has size 4 in A and 5 in b"),
    (((3,), (3,), (4,)), r"h: A needs the axes \(n, d\), it has shape \(3,\)"),
    (((4, 3), (), (4,)), r"h: x needs the axes \(d\), it has shape \(\)"),
    (((2, 4, 3), (5, 3), (4,)), r"h: the leading axes do not broadcast \(A: \(2, 4, 3\), x: \(5, 3\), b: \(4,\)\)"),
])  # fmt: skip
def test_wrong_shapes_name_axes_and_sizes(affine: Kernel, shapes: Any, said: str) -> None:
    affine(np.ones((4, 3)), np.ones(3), np.ones(4))  # so that the fast path is tried first
    with pytest.raises(ShapeError, match=said):
        affine(*(np.ones(s) for s in shapes))


def test_results_go_to_out(affine: Kernel, dot: Kernel) -> None:
    A, x, b = np.arange(12.0).reshape(4, 3), np.ones(3), np.ones(4)
    out = np.empty(4)
    assert affine(A, x, b, out=out) is out
    assert np.array_equal(out, A @ x + b)
    strided = np.zeros((4, 2))
    affine(A, x, b, out=strided[:, 0])
    assert np.array_equal(strided[:, 0], out) and not strided[:, 1].any()
    number = np.empty(())
    dot(x, x, out=number)
    assert number == 3
    with pytest.raises(ShapeError, match=r"out has shape \(3,\), the result \(4,\)"):
        affine(A, x, b, out=np.empty(3))
    with pytest.raises(TypeError):
        affine(A, x, b, out=np.empty(4, int))


def test_out_may_be_an_input(affine: Kernel) -> None:
    A, x = np.arange(9.0).reshape(3, 3), np.array([1.0, 2.0, 3.0])
    expected = A @ x + x
    affine(A, x, x, out=x)
    assert np.array_equal(x, expected)


def test_out_may_overlap_an_input(scale: Kernel) -> None:
    x = np.arange(6.0)
    scale(x[:-1], 2.0, out=x[1:])
    assert np.array_equal(x, [0, 0, 2, 4, 6, 8])


def test_empty_axes() -> None:
    total = tj.compile(r"s = \sum_{i=1}^N x_i")
    assert total(np.zeros(0)) == 0
    assert total(np.zeros((0, 4))).shape == (0,)
    assert np.array_equal(total(np.zeros((3, 0))), np.zeros(3))
    mean = tj.compile(r"m = \frac{1}{N} \sum_{i=1}^N x_i")
    assert mean(np.ones(2)) == 1
    for x in (np.zeros(0), np.zeros((2, 0))):
        with pytest.warns(RuntimeWarning, match="m: axis N is empty, the result is NaN"):
            assert np.isnan(mean(x)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mean(np.zeros((0, 3))).shape == (0,)


def test_zero_dimensional_results_are_scalars(dot: Kernel) -> None:
    for x in (np.ones(2), [1.0, 1.0], np.ones(2, np.float32)):
        assert isinstance(dot(x, x), np.floating)


def test_a_constant_is_called_without_arguments() -> None:
    kernel = tj.compile("c = 1.96")
    assert kernel() == 1.96
    assert kernel() == 1.96


def test_several_results_come_in_order() -> None:
    step = tj.compile(r"""
### Heavy Ball

\begin{align}
v_t &= b v_{t-1} + g_t \\
x_{t+1} &= x_t - a v_t
\end{align}
""")
    assert step.name == "HeavyBall"
    assert step.states == ("v", "x")
    found = step.step(v=np.zeros(3), x=np.ones((2, 1)), g=np.arange(3.0), a=0.5, b=0.9)
    assert np.array_equal(found.v, np.broadcast_to(np.arange(3.0), (2, 3)))
    assert np.array_equal(found.x, 1 - 0.5 * found.v)


def test_an_index_must_be_an_integer_within_its_array() -> None:
    from texjit.runtime.call import DomainError

    f = tj.compile(r"c_t = \sum_{s=1}^t x_s")
    g = tj.compile(r"$$c_t = \sum_{s=1}^t x_s$$" "\n\n" r"$$ r(a) = a c_t $$").r
    assert np.array_equal(f([1.0, 2.0, 3.0]), [1, 3, 6])
    assert "t" in g.parameters
    assert g(a=2.0, x=[1.0, 2.0, 3.0], t=2) == g(a=2.0, x=[1.0, 2.0, 3.0], t=2.0) == 6
    with pytest.raises(TypeError, match="t: expected an integer"):
        g(a=2.0, x=[1.0, 2.0, 3.0], t=1.5)
    for t in (0, 4, -1):
        with pytest.raises(DomainError, match="index"):
            g(a=2.0, x=[1.0, 2.0, 3.0], t=t)
