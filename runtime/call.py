"""Calling a compiled kernel: conversion, broadcasting, checks and outputs.

Copied beside exported kernels, so it imports NumPy alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., int]

#: What the status of a procedure means.
STATUS = {
    1: "a matrix is not symmetric positive definite",
    2: "a matrix is singular",
    3: "an index parameter lies outside of its array",
}


WARNINGS = {-1: "a matrix is ill-conditioned: fewer than three digits of the result are right"}


class ConditionWarning(RuntimeWarning):
    """The data leave the result few digits, however it is computed."""


class ShapeError(ValueError):
    """Arrays that do not fit: says which axis, and both sizes."""


class DomainError(ValueError):
    """A value outside of what the formula admits."""


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter of a kernel; ``elastic`` arrays may be given as a single number.

    ``integer`` ones are indices or bounds, ``whole`` ones have whole numbers for a domain.
    """

    name: str
    axes: tuple[str, ...]
    integer: bool = False
    elastic: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """One output of a kernel."""

    name: str
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a caller needs to know of a kernel.

    ``reads`` are constant positions, counted from 0, that must lie on an axis.
    """

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Result, ...]
    reads: tuple[tuple[str, int], ...] = ()


class Caller:
    """A kernel as a function of arrays with leading batch axes (gufunc rules).

    ``variant(dtype, mask)`` gives the compiled function whose parameters have a batch
    axis where ``mask`` is true.
    """

    __slots__ = ("_fast", "_masks", "_variant", "spec")

    def __init__(self, spec: Spec, variant: Callable[[str, tuple[bool, ...]], Function]) -> None:
        self.spec = spec
        self._variant = variant
        self._fast: dict[str, Function] = {}
        self._masks: dict[tuple[str, tuple[bool, ...]], Function] = {}

    def __call__(self, *arrays: Any, out: Any = None) -> Any:
        """The outputs: one array or NumPy scalar, or a tuple in the order of ``outputs``."""
        spec = self.spec
        given = [convert(a, p) for a, p in zip(arrays, spec.inputs, strict=True)]
        dtype = common_dtype(arrays, given, spec.inputs)
        sizes, lead = measure(spec, given)
        for axis, position in spec.reads:
            if not 0 <= position < sizes[axis]:
                raise ShapeError(f"{spec.name}: axis {axis} has {sizes[axis]} elements, "
                                 f"position {position + 1} is read")
        mask = self.choose(tuple(a.ndim > len(p.axes) for a, p in zip(given, spec.inputs, strict=True)))
        count = int(np.prod(lead, dtype=np.int64)) if lead else 1
        function = self._function(dtype, mask)
        ready = [
            prepare(a, p, m, lead, count, sizes, dtype)
            for a, p, m in zip(given, spec.inputs, mask, strict=True)
        ]
        batched = any(mask)
        results = [
            np.empty(((count,) if batched else ()) + tuple(sizes[x] for x in r.axes) or (1,), dtype)
            for r in spec.outputs
        ]
        if not batched or count:
            status = function(*ready, *results)
            if status < 0:
                warnings.warn(f"{spec.name}: {WARNINGS[status]}", ConditionWarning, stacklevel=4)
            elif status:
                raise DomainError(f"{spec.name}: {STATUS.get(status, f'status {status}')}")
        if not all(sizes.values()) and any(np.isnan(a).any() for a in results):
            empty = ", ".join(axis for axis, size in sizes.items() if not size)
            warnings.warn(f"{spec.name}: axis {empty} is empty, the result is NaN", RuntimeWarning, stacklevel=4)
        shaped = [
            a.reshape(lead + tuple(sizes[x] for x in r.axes))
            for a, r in zip(results, spec.outputs, strict=True)
        ]
        return deliver(spec, shaped, out)

    def choose(self, mask: tuple[bool, ...]) -> tuple[bool, ...]:
        """Which parameters are handed over with a batch axis, given those that have one."""
        return mask

    def _function(self, dtype: str, mask: tuple[bool, ...]) -> Function:
        key = (dtype, mask)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = self._variant(dtype, mask)
        return found


def convert(a: Any, p: Input) -> np.ndarray[Any, Any]:
    """An input as an array of float64, float32 or (for an index) int64."""
    if isinstance(a, np.ma.MaskedArray) and np.ma.getmaskarray(a).any():
        raise TypeError(f"{p.name}: expected every element, found a masked array")
    try:
        x = np.asarray(a)
    except ValueError as no:
        raise TypeError(f"{p.name}: expected an array of real numbers: {no}") from None
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{p.name}: expected real numbers, found dtype {x.dtype}")
    if p.integer:
        if x.dtype.kind == "f":
            rounded = np.rint(x)
            if not np.array_equal(rounded, x):
                raise TypeError(f"{p.name}: expected an integer, found {x}")
            x = rounded
        return x.astype(np.int64, copy=False)
    if x.dtype == np.float32 or x.dtype == np.float64:
        return x
    if x.dtype.kind == "f" and x.dtype.itemsize < 4:
        return x.astype(np.float32)
    return x.astype(np.float64)


def common_dtype(given: tuple[Any, ...], arrays: list[np.ndarray[Any, Any]], inputs: tuple[Input, ...]) -> str:
    """float32 when every float array is, or without arrays every number that has a dtype.

    Python's own numbers widen nothing, as in NumPy.
    """
    strong = [
        (a.dtype, a.ndim)
        for x, a, p in zip(given, arrays, inputs, strict=True)
        if not p.integer and type(x) not in (int, float, bool)
    ]
    kinds = {d for d, n in strong if n} or {d for d, _ in strong}
    return "float32" if kinds == {np.dtype(np.float32)} else "float64"


def measure(
    spec: Spec, arrays: list[np.ndarray[Any, Any]]
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Sizes of the axes, and the broadcast leading shape."""
    named = (*(p.axes for p in spec.inputs), *(r.axes for r in spec.outputs))
    sizes = {axis: int(axis) for axes in named for axis in axes if axis.isdigit()}
    owner: dict[str, str] = {}
    leads = []
    for a, p in zip(arrays, spec.inputs, strict=True):
        n = len(p.axes)
        if p.elastic and a.ndim == 0:
            continue
        if a.ndim < n:
            raise ShapeError(
                f"{spec.name}: {p.name} needs the axes ({', '.join(p.axes)}), it has shape {a.shape}"
            )
        core = a.shape[a.ndim - n :]
        for axis, size in zip(p.axes, core, strict=True):
            if sizes.setdefault(axis, size) != size:
                if axis.isdigit():
                    raise ShapeError(f"{spec.name}: {p.name} has {axis} elements along an axis, {size} were given")
                raise ShapeError(
                    f"{spec.name}: axis {axis} has size {sizes[axis]} in {owner[axis]} and {size} in {p.name}"
                )
            owner.setdefault(axis, p.name)
        leads.append(a.shape[: a.ndim - n])
    try:
        lead = np.broadcast_shapes(*leads) if leads else ()
    except ValueError:
        shapes = ", ".join(f"{p.name}: {a.shape}" for a, p in zip(arrays, spec.inputs, strict=True))
        raise ShapeError(f"{spec.name}: the leading axes do not broadcast ({shapes})") from None
    return sizes, tuple(int(n) for n in lead)


def prepare(
    a: np.ndarray[Any, Any], p: Input, batched: bool, lead: tuple[int, ...], count: int,
    sizes: dict[str, int], dtype: str,
) -> Any:
    """An array as the compiled function takes it: one batch axis or none, contiguous."""
    kind = np.dtype(np.int64) if p.integer else np.dtype(dtype)
    core = tuple(sizes[x] for x in p.axes)
    if p.elastic and a.ndim == 0:
        return np.full(core, a, kind)
    if not batched:
        return np.ascontiguousarray(a, kind) if p.axes else kind.type(a)
    if a.shape[: a.ndim - len(core)] != lead:
        a = np.broadcast_to(a, lead + core)
    return np.ascontiguousarray(a, kind).reshape((count, *core))


def deliver(spec: Spec, results: list[np.ndarray[Any, Any]], out: Any) -> Any:
    """Results as NumPy gives them: scalars for 0-d, or written to ``out``."""
    if out is not None:
        targets = out if isinstance(out, tuple) else (out,)
        if len(targets) != len(results):
            raise TypeError(f"{spec.name}: out needs {len(results)} arrays")
        for target, r in zip(targets, results, strict=True):
            if not isinstance(target, np.ndarray) or target.shape != r.shape:
                raise ShapeError(f"{spec.name}: out has shape {np.shape(target)}, the result {r.shape}")
            np.copyto(target, r, casting="same_kind")
        return out
    shaped = tuple(r if r.ndim else r[()] for r in results)
    return shaped[0] if len(shaped) == 1 else shaped


def fast_path(spec: Spec, caller: Caller, dtype: str) -> Callable[..., Any] | None:
    """A function for contiguous arrays of one dtype without batch axes.

    Anything else falls through to ``caller``.  The text holds our own names only.
    """
    if len(spec.outputs) != 1 or spec.reads or any(p.integer for p in spec.inputs):
        return None
    n = len(spec.inputs)
    names = [f"p{k}" for k in range(n)]
    sizes: dict[str, str] = {}
    tests, shapes = [], []
    for name, p in zip(names, spec.inputs, strict=True):
        if not p.axes:
            tests.append(f"type({name}) in scalars")
            continue
        tests.append(
            f"type({name}) is ndarray and {name}.dtype is dtype and {name}.ndim == {len(p.axes)}"
            f" and {name}.flags.c_contiguous"
        )
        for k, axis in enumerate(p.axes):
            place = f"{name}.shape[{k}]"
            if axis.isdigit():
                shapes.append(f"{axis} == {place}")
            elif axis in sizes:
                shapes.append(f"{sizes[axis]} == {place}")
            else:
                sizes[axis] = place
    tests += list(sizes.values())  # an empty axis may deserve a warning
    result = spec.outputs[0]
    shape = ", ".join(sizes.get(a, a) for a in result.axes) or "1"
    body = [
        f"def fast({', '.join(names)}):",
        f"    if {' and '.join([*tests, *shapes]) or 'True'}:",
        f"        r = empty(({shape},), dtype)",
        f"        if not function({', '.join([*names, 'r'])}):",
        "            return r" if result.axes else "            return r[0]",
        f"    return slow({', '.join(names)})",
    ]
    if any(not p.axes for p in spec.inputs) and dtype == "float32":
        return None  # a Python float must be narrowed first
    mask = (False,) * n
    scope: dict[str, Any] = {
        "ndarray": np.ndarray, "dtype": np.dtype(dtype), "empty": np.empty, "slow": caller,
        "function": caller._function(dtype, mask), "scalars": (float, np.float64),
    }
    exec(compile("\n".join(body), f"<call {dtype}>", "exec"), scope)
    return scope["fast"]  # type: ignore[no-any-return]
