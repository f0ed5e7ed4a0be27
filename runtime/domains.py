"""Refusing values outside of a declared domain, and results that are no numbers.

What ``checked=True`` calls do, and certificates on the caller's own inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, TexjitError
from ..equations.domain import Domain
from ..equations.equation import Equation, Parameter
from ..equations.span import Span
from .call import DomainError

if TYPE_CHECKING:
    from .call import Spec

Array = np.ndarray[Any, Any]

SQUARE = ("spd", "psd", "symmetric", "orthogonal")


class OutsideDomain(TexjitError, DomainError):
    """A value outside of its parameter's domain, or a result that is none (``checked=True``)."""


def check_domain(kernel: str, p: Parameter, value: Any) -> None:
    """Raises ``OutsideDomain`` naming the parameter, the first element outside, and the domain."""
    given = np.asarray(value)
    x = given.astype(np.float64)
    d = p.domain
    bad = outside(x, given.dtype, d) | np.isnan(x)
    if p.declared:
        # No declared set contains an infinity; undeclared parameters may well be masked with it.
        bad |= np.isinf(x)
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        _refuse(kernel, f"{p.name}{place(at)} = {x[at]} is outside of {d}")
    rounding = float(np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps)
    if d.kind == "simplex":
        _check_sums(kernel, p, x, rounding)
    if d.kind in SQUARE:
        _check_matrices(kernel, p, x, rounding)


def outside(x: Array, dtype: Any, d: Domain) -> Array:
    """Which elements lie outside of a set, as far as single elements tell.

    Ends and members are rounded as the values were: 0.1 belongs to [0, 0.1] in float32 too.
    """
    kind = dtype if dtype.kind == "f" else np.dtype(np.float64)
    bad = np.zeros(x.shape, bool)
    if d.lo is not None:
        lo = float(kind.type(float(d.lo)))
        bad |= x <= lo if d.lo_open else x < lo
    if d.hi is not None:
        hi = float(kind.type(float(d.hi)))
        bad |= x >= hi if d.hi_open else x > hi
    if d.kind == "finite":
        bad |= ~np.isin(x, [float(kind.type(float(m))) for m in d.members])
    if d.kind == "integer":
        bad |= np.rint(x) != x
    return bad


def _check_sums(kernel: str, p: Parameter, x: Array, rounding: float) -> None:
    total = x.sum(axis=-1)
    # Rounding of n terms moves a sum by at most n ulps.
    off = np.abs(total - 1.0) > x.shape[-1] * rounding * 2
    if np.any(off):
        at = tuple(int(i) for i in np.argwhere(off)[0])
        _refuse(kernel, f"{p.name}{place(at)} sums to {total[at]} over its last axis, not to 1")


def _check_matrices(kernel: str, p: Parameter, x: Array, rounding: float) -> None:
    n = x.shape[-1]
    if not x.size:
        return
    flipped = np.swapaxes(x, -1, -2)
    scale = np.max(np.abs(x), axis=(-1, -2), keepdims=True) * rounding * 8 * n
    if p.domain.kind == "orthogonal":
        off = np.abs(x @ flipped - np.eye(n)) > 8 * n * rounding
        if off.any():
            at = tuple(int(i) for i in np.argwhere(off)[0])
            value = (x @ flipped)[at]
            _refuse(kernel, f"{p.name} is not orthogonal: element {place(at)} of {p.name} {p.name}ᵀ is {value}")
        return
    off = np.abs(x - flipped) > scale
    if off.any():
        at = tuple(int(i) for i in np.argwhere(off)[0])
        mirror = (*at[:-2], at[-1], at[-2])
        here, there = f"{p.name}{place(at)} = {x[at]}", f"{p.name}{place(mirror)} = {x[mirror]}"
        _refuse(kernel, f"{here} but {there}: {p.name} is not symmetric")
    if p.domain.kind == "symmetric":
        return
    least = np.linalg.eigvalsh(x)[..., 0]
    # A semidefinite matrix has eigenvalues 0, which rounding makes slightly negative.
    low = least <= 0 if p.domain.kind == "spd" else least < -scale[..., 0, 0]
    if np.any(low):
        at = tuple(int(i) for i in np.argwhere(low)[0])
        _refuse(kernel, f"{p.name} is not {p.domain}: the least eigenvalue of {p.name}{place(at)} is {least[at]}")


def check_results(equation: Equation, spec: Spec, arrays: Mapping[str, Array], results: tuple[Any, ...]) -> None:
    """Raises ``OutsideDomain`` for a NaN, and for an infinity where the exact value is finite.

    Infinities are looked at where the first of them stands: one there may be the value
    (a divergence of distributions with other supports) or an overflow.
    """
    for r, result in zip(spec.outputs, results, strict=True):
        values = np.asarray(result)
        if np.isnan(values).any():
            at = tuple(int(i) for i in np.argwhere(np.isnan(values))[0])
            _refuse(spec.name, f"{r.name}{place(at)} is NaN: the formula has no value at these inputs", "E311")
        for sign in (1.0, -1.0):
            found = np.argwhere(values == sign * np.inf)
            if len(found):
                _check_infinity(equation, spec, arrays, r.name, values, tuple(int(i) for i in found[0]))


def _check_infinity(
    equation: Equation, spec: Spec, arrays: Mapping[str, Array], name: str, values: Array, at: tuple[int, ...]
) -> None:
    from .given import slices
    from .reference import Outcome, Reference, decimal

    core = len(next(r for r in spec.outputs if r.name == name).axes)
    lead = at[: len(at) - core]
    dtype = str(values.dtype)
    rounded = {p.name: a if p.integer else a.astype(dtype) for p in spec.inputs for a in (arrays[p.name],)}
    inputs = next(point for where, point in slices(spec, rounded) if where == lead)
    here = at[len(lead) :]
    exact = Reference(equation).value_certified(inputs, dtype, wanted={name: [here]})[name][here]
    if isinstance(exact, Outcome):
        if exact is Outcome.UNDEFINED:
            _refuse(spec.name, f"{name}{place(at)} is {values[at]}: the formula has no value at these inputs", "E311")
        return
    if exact.is_finite():
        said = f"{name}{place(at)} is {values[at]}: it overflows, the exact value is {decimal(exact, 12)}"
        _refuse(spec.name, said, "E311")


def place(at: tuple[int, ...]) -> str:
    """``[1, 0]``; nothing for a number."""
    return f"[{', '.join(map(str, at))}]" if at else ""


def _refuse(kernel: str, what: str, code: str = "E310") -> None:
    raise OutsideDomain(Diagnostic(code, f"{kernel}: {what}", Span(0, 0)))
