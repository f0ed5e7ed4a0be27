"""What may be bound to a slot: NumPy and numba functions, kernels, arrays of other libraries, values."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytest

import texjit as tj
from texjit.runtime import jit
from texjit.runtime.slots import SlotError

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def mean(session_cache: object) -> Any:
    return tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")


@pytest.fixture(scope="module")
def direct(session_cache: object) -> Any:
    return tj.compile(r"f(x) = x^2 + g(x)")


# numba


@numba.njit
def leaky(x: Any) -> Any:
    if x > 0:
        return x
    return 0.25 * x


@numba.njit
def outer(x: Any) -> Any:
    return leaky(x) + 1.0


@numba.njit
def scalar(x: Any) -> Any:
    return math.tanh(x)


@numba.njit
def centred(x: Any) -> Any:
    return x - x.mean()


@numba.njit
def rows(x: Any) -> Any:
    return x[:, 0] * x[:, 2]


@numba.njit("float64(float64)")
def declared(x: Any) -> Any:
    return x * x


@numba.njit("float64[:](float64[::1])")
def declared_array(x: Any) -> Any:
    return x / x.size


@numba.njit
def neither(x: Any) -> Any:
    return x.no_such_thing


U = np.array([-2.0, 0.5, 1.5, -0.25])


@pytest.mark.parametrize(("function", "expected"), [
    (leaky, np.where(U > 0, U, 0.25 * U)),
    (outer, np.where(U > 0, U, 0.25 * U) + 1),
    (scalar, np.tanh(U)),
    (declared, U * U),
    (centred, U - U.mean()),
    (declared_array, U / 4),
])  # fmt: skip
def test_a_numba_function_of_numbers_runs_over_elements(mean: Any, function: Any, expected: Array) -> None:
    np.testing.assert_allclose(mean(function, U), (expected**2).mean(), rtol=1e-15)
    one = U[1:2]  # a single sample is no number
    if function in (leaky, scalar):
        assert mean(function, one) == pytest.approx(function(one[0]) ** 2, rel=1e-15)


def test_a_numba_function_of_arrays_is_called_once(mean: Any) -> None:
    u = np.arange(12.0).reshape(4, 3)
    assert mean(rows, u) == ((u[:, 0] * u[:, 2]) ** 2).mean()
    assert not jit.takes_arrays(leaky, (U,)) and jit.takes_arrays(rows, (u,))


def test_the_loop_is_compiled_once(mean: Any) -> None:
    mean(scalar, U)
    loop = jit._loop(scalar, 1)
    for n in (3, 5, 8):
        mean(scalar, np.linspace(0, 1, n))
    assert jit._loop(scalar, 1) is loop and len(loop.signatures) == 1


def test_single_precision_and_numbers(mean: Any, direct: Any) -> None:
    assert mean(leaky, U.astype(np.float32)).dtype == np.float32
    assert direct(0.5, scalar) == pytest.approx(0.25 + math.tanh(0.5), rel=1e-15)
    assert direct(np.array([0.5, 2.0]), leaky).tolist() == [0.75, 6]


def test_samples_meet_vectors_and_what_is_shared() -> None:
    @numba.njit
    def steep(x: Any, t: Any) -> Any:
        return math.tanh(x * t)

    k = tj.compile(r"L = \mathbb{E}_{t, x}[\lVert x - w(x, t) \rVert^2]", where="x in R^d")
    x, t = np.linspace(-1, 1, 9).reshape(3, 3), np.array([1, 2, 5])
    expected = ((x - np.tanh(x * t[:, None])) ** 2).sum(-1).mean()
    assert k(x=x, t=t, w=steep) == pytest.approx(expected, rel=1e-14)
    one = tj.compile(r"f = \sum_{j=1}^m c_j w(z_j, u)")
    z, c = np.array([0.5, 1.0, 2.0]), np.array([1.0, -1.0, 3.0])
    assert one(c=c, w=steep, z=z, u=0.3) == pytest.approx(c @ np.tanh(0.3 * z), rel=1e-14)


def test_what_numba_cannot_compile_is_named(mean: Any) -> None:
    with pytest.raises(SlotError, match=r"R\(\): h: numba compiles it neither for arrays nor for numbers"):
        mean(neither, U)


def test_a_numba_function_may_have_a_derivative(mean: Any) -> None:
    @numba.njit
    def cube(x: Any) -> Any:
        return x**3

    with pytest.raises(tj.Unsupported, match="E370"):
        tj.grad(mean, "u")(cube, U)
    cube.vjp = lambda x: (x**3, lambda bar: (bar * 3 * x**2,))
    np.testing.assert_allclose(tj.grad(mean, "u")(cube, U), 6 * U**5 / 4, rtol=1e-14)


# kernels


@pytest.mark.parametrize(("text", "where", "shape", "said"), [
    (r"a(x) = x^T x", "x in R^d", (4,), r"h is the kernel a, whose x has 1 axes, and each u has 0"),
    (r"a(x, y) = x y", "", (4,), r"h is the kernel a, which takes \(x, y\), expected a function of \(u\)"),
    (r"a(x) = x^2", "", (4, 3), r"h is the kernel a, whose x has 0 axes, and each u has 1"),
    (r"a(x) = 2 x", "x in R^d", (4, 3), r"h gave shape \(4, 3\), expected \(4,\)"),
    (r"a(x) = x + b(x)", "", (4,), r"h is the kernel a, which takes black-box functions itself \(b\)"),
])  # fmt: skip
def test_a_kernel_of_other_shapes_is_refused(mean: Any, text: str, where: str, shape: Any, said: str) -> None:
    inner = tj.compile(text, where=where)
    with pytest.raises(SlotError, match=rf"R\(\): {said}"):
        mean(inner, np.ones(shape))


def test_a_kernel_with_several_results_is_refused(mean: Any) -> None:
    inner = tj.grad(tj.compile(r"a(x, y) = x y"))
    with pytest.raises(SlotError, match=r"which gives 2 results \(da_dx, da_dy\), expected one"):
        mean(inner, U)


def test_a_kernel_is_called_once_for_all_samples(mean: Any) -> None:
    inner = tj.compile(r"a(x) = \lVert x \rVert", where="x in R^d")
    u = np.arange(12.0).reshape(4, 3)
    assert mean(inner, u) == pytest.approx((u**2).sum(-1).mean(), rel=1e-14)


# arrays of other libraries


class Foreign:
    """An array that speaks DLPack and nothing else."""

    def __init__(self, array: Array, device: int = 1) -> None:
        self.array, self.device = array, device

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device, 0


def test_arrays_of_other_libraries_are_taken_through_dlpack(mean: Any) -> None:
    assert mean(lambda u: Foreign(u * 2), U) == (4 * U**2).mean()
    assert mean(h_u=Foreign(U)) == mean(h=Foreign(U)) == (U**2).mean()
    bar = tj.with_vjp(np.sin, lambda u: (Foreign(np.sin(u)), lambda bar: (Foreign(bar * np.cos(u)),)))
    np.testing.assert_allclose(tj.grad(mean, "u")(bar, U), np.sin(U) * np.cos(U) / 2, rtol=1e-15)
    with pytest.raises(SlotError, match=r"R\(\): h gave an array on another device"):
        mean(lambda u: Foreign(u, device=2), U)


def test_memory_is_shared_with_other_libraries() -> None:
    from texjit.runtime.dlpack import taken

    a = np.arange(3.0)
    assert np.shares_memory(taken(Foreign(a)), a)


def test_only_plain_memory_is_handed_over() -> None:
    """What a library gets that knows neither negative strides nor memory that is not to be written to."""
    from texjit.runtime.dlpack import _tensor

    class Library:
        from_dlpack = staticmethod(np.from_dlpack)

    a = np.arange(12.0).reshape(4, 3)
    frozen = a.copy()
    frozen.flags.writeable = False
    assert np.shares_memory(_tensor(Library, a), a)
    for other in (a[::-1], a[:, ::2], a.T, np.broadcast_to(a[0], (4, 3)), frozen, a.astype(">f8")):
        found = _tensor(Library, other)
        assert np.array_equal(found, other) and found.flags.c_contiguous and not np.shares_memory(found, other)
    assert not np.shares_memory(_tensor(Library, a, copy=True), a)


# shapes and dtypes


@pytest.mark.parametrize(("h", "said"), [
    (lambda u: [[1.0], [1.0, 2.0]], r"h gave a list, expected an array"),
    (lambda u: np.ma.masked_less(u, 0), r"h gave a masked array, expected every element"),
    (lambda u: u.astype(str), r"h gave dtype <U\d+, expected real numbers"),
    (lambda u: u.astype(object), r"h gave dtype object, expected real numbers"),
    (lambda u: u[:, None], r"h gave shape \(4, 1\), expected \(4,\): drop its last axis"),
    ({"a": 1}, r"h is of the type dict, expected a function, or its values as real numbers"),
    ("tanh", r"h is of the type str, expected a function"),
    ([np.tanh, np.sin], r"h is of the type list, expected a function"),
    (np.ma.masked_less(U, 0), r"h is a masked array, expected every element"),
])  # fmt: skip
def test_what_is_no_real_array_is_named(mean: Any, h: Any, said: str) -> None:
    with pytest.raises(SlotError, match=rf"R\(\): {said}"):
        mean(h, U)


def test_what_numpy_takes_for_an_array_is_taken(mean: Any) -> None:
    assert mean(lambda u: list(u), U) == mean(lambda u: tuple(u), U) == (U**2).mean()
    assert mean(lambda u: u > 0, U) == 0.5
    assert mean(lambda u: (2 * u).astype(np.int64), U) == ((2 * U).astype(int) ** 2).mean()
    assert np.isnan(mean(lambda u: np.where(u > 0, u, np.nan), U))
    assert mean(lambda u: np.broadcast_to(3.0, u.shape), U) == 9  # memory that nothing may write to


@pytest.mark.parametrize(("x", "g", "said"), [
    (0.5, lambda x: np.ones(3), r"g gave shape \(3,\), expected \(\)"),
    (np.ones(3), lambda x: x.sum(), r"g gave shape \(\), expected \(3,\)"),
    (np.ones((2, 3)), lambda x: np.ones(3), r"g gave shape \(3,\), expected \(2, 3\)"),
])  # fmt: skip
def test_without_samples_a_value_has_the_leading_axes_of_the_arguments(direct: Any, x: Any, g: Any, said: str) -> None:
    with pytest.raises(SlotError, match=rf"f\(\): {said}"):
        direct(x, g)


def test_a_number_of_a_vector_is_one_number() -> None:
    k = tj.compile(r"f(x) = x^T x + g(x)", where="x in R^d")
    x = np.array([0.5, -1.0, 2.0])
    assert k(x, lambda x: x.sum(-1)) == x @ x + x.sum()
    assert k(np.stack([x, 2 * x]), lambda x: x.sum(-1)).shape == (2,)
    with pytest.raises(SlotError, match=r"f\(\): g gave shape \(3,\), expected \(\)"):
        k(x, np.sin)
