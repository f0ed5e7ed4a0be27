"""Elementary functions over arrays: certified errors of a sweep, and the machine code of its loop."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from flint import arb
from numba import njit, types
from numba.core.codegen import get_host_cpu_features

from texjit.runtime import vecmath

from .ulps import adversarial, worst_ulp

DTYPES = (np.float64, np.float32)
JIT = njit(error_model="numpy", nogil=True)


@dataclass(frozen=True, slots=True)
class Case:
    """A function, its exact counterpart, the arguments to test, and the errors it may have."""

    name: str
    exact: Callable[..., arb]
    low: float
    high: float
    float64: float
    float32: float


def name_of(case: Case) -> str:
    return case.name


@functools.cache
def mapped(name: str, arity: int = 1) -> Any:
    """The function over arrays, in a loop compiled as a kernel's would be."""
    function = getattr(vecmath, name)
    if arity == 1:

        @JIT
        def kernel(x, out):
            for i in range(x.size):
                out[i] = function(x[i])
    else:

        @JIT
        def kernel(x, y, out):
            for i in range(x.size):
                out[i] = function(x[i], y[i])

    return kernel


def sweep(name: str, *arguments: np.ndarray) -> np.ndarray:
    out = np.empty_like(arguments[0])
    mapped(name, len(arguments))(*arguments, out)
    return out


def assert_accurate(case: Case, dtype: type, *arguments: np.ndarray) -> None:
    worst, where = worst_ulp(sweep(case.name, *arguments), case.exact, *arguments)
    bound = case.float64 if dtype is np.float64 else case.float32
    assert worst <= bound, f"{case.name} is off by {worst} ulp at {where}"


def pairs(dtype: type, count: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Unrelated pairs, and pairs of neighbours, whose quotient is all but 1."""
    x = adversarial(dtype, count, low, high, seed=2)
    rng = np.random.default_rng(3)
    steps = rng.integers(-50, 50, x.size) * np.finfo(dtype).eps
    with np.errstate(over="ignore", invalid="ignore"):
        near = (x * (1 + steps)).astype(dtype)
    x, y = np.concatenate([x, x]), np.concatenate([rng.permutation(x), near])
    usable = np.isfinite(y) & (y > 0) & (y >= low) & (y <= high)
    return x[usable], y[usable]


VECTOR_REGISTER = re.compile(r"%[yz]mm\d+")
CALL = re.compile(r"^\s*(?:callq?|jmp)\s+(?!\.L)(\S+)", re.MULTILINE)

needs_avx2 = pytest.mark.skipif(
    "+avx2" not in get_host_cpu_features().split(","), reason="this CPU has no AVX2 instructions"
)


def loop_code(kernel: Any, signature: tuple[types.Type, ...]) -> str:
    """The assembly of the compiled function itself, without the wrappers that numba puts round it."""
    text = kernel.inspect_asm(signature)
    label = kernel.overloads[signature].fndesc.llvm_func_name
    start = re.search(rf'^"?{re.escape(label)}"?:', text, re.MULTILINE)
    assert start, "the function is not in its own assembly"
    return text[start.end() : text.index(".Lfunc_end", start.end())]


def assert_vectorised(kernel: Any, signature: tuple[types.Type, ...]) -> None:
    code = loop_code(kernel, signature)
    assert not CALL.findall(code)
    packed = [line for line in code.splitlines() if VECTOR_REGISTER.search(line)]
    assert any(re.search(r"(mul|add|sub|max|min|sqrt|round|rndscale|and|cmp)\w*p[sd]\b", line) for line in packed)
