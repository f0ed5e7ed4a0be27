"""Values inside a formula that a numerical routine supplies at every call: integrals, optimal transports.

A routine is chosen by the kind of the value.  It gets the kernel of the integrand or the cost, which is
certified as any other, and what the caller passed; it gives the value and an estimate of its error.
Arrays have the leading axes ``lead`` of the call, all of them; `looped` makes a routine of a plain function.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .call import common_dtype, convert

if TYPE_CHECKING:
    from ..compiler.expr import Program
    from .card import Computation
    from .derivation import Derived
    from .kernel import Kernel

#: Of the kernel around, the computation, values by name, leading axes and options: a value and its estimated error.
Routine = Callable[
    ["Kernel", "Computation", Mapping[str, Any], tuple[int, ...], Mapping[str, Any]], tuple[Any, Any]
]

#: Routines by kind, as module and function; loaded when first needed.
ROUTINES: dict[str, tuple[str, str]] = {
    "integral": ("quadrature", "integral"),
    "formula": ("supplied", "formula"),
    **dict.fromkeys(("maximum", "minimum", "place of a maximum", "place of a minimum"), ("optimize", "optimum")),
    **dict.fromkeys(("least cost of a plan", "plan of least cost"), ("plans", "least_plan")),
    "transport": ("couplings", "least_cost"),
    "transport by distance": ("couplings", "least_cost"),
    "root of transport by distance": ("couplings", "root_of_least_cost"),
    "least root of transport by distance": ("couplings", "least_root"),
}

#: What a call of a kernel with computed values may say besides its parameters.
OPTIONS = ("rtol", "atol")


def routine(kind: str) -> Routine:
    """The routine that supplies values of a kind."""
    module, name = ROUTINES[kind]
    found: Routine = getattr(importlib.import_module(f".{module}", __package__), name)
    return found


def taken_options(kernel: str, named: dict[str, Any], known: Iterable[str]) -> dict[str, float]:
    """The tolerances among keywords, which are taken out of ``named``; a parameter of that name comes first."""
    out = {}
    for name in OPTIONS:
        if name in named and name not in known:
            tolerance = float(named.pop(name))
            if not 0 <= tolerance < 1:
                raise ValueError(f"{kernel}(): {name} must lie between 0 and 1, found {tolerance:g}")
            out[name] = tolerance
    return out


def taken_strength(kernel: str, named: dict[str, Any], known: Iterable[str]) -> dict[str, float]:
    """The strength of an entropy term among keywords (``sinkhorn=``), of transports between clouds of points."""
    if "sinkhorn" not in named or "sinkhorn" in known:
        return {}
    strength = float(named.pop("sinkhorn"))
    if not 0 < strength < float("inf"):
        raise ValueError(f"{kernel}(): sinkhorn must be positive, the strength of an entropy term in units of the "
                         f"cost; found {strength:g}")
    return {"sinkhorn": strength}


def kernel_behind(kernel: Kernel, name: str) -> Kernel:
    """The kernel behind a value: ``integral`` is its integrand, ``integral/log`` the one in logarithms,
    ``integral/to0`` the upper end of its first variable.
    """
    value, _, end = name.partition("/")
    equation: Any
    k = next(i for i, c in enumerate(kernel.card.computed) if c.value == value)
    c = kernel.card.computed[k]
    if not end and c.derived:
        return type(kernel)(c.inner, lambda: kernel.equation.computed[k].inner, made=lambda: made_behind(kernel, value))
    if not end:
        return type(kernel)(c.inner, lambda: kernel.equation.computed[k].inner)
    if end == "log":
        from ..equations.logs import in_logs

        equation = lambda: in_logs(kernel.equation.computed[k].inner)  # noqa: E731 - typed above
        assert c.logs is not None
        return type(kernel)(c.logs, equation)
    side = int(end.startswith("to"))
    place = int(end.removeprefix(("from", "to")[side]))
    card: Any = c.bounds[place][side]
    equation = lambda: kernel.equation.computed[k].bounds[place][side]  # noqa: E731 - typed above
    return type(kernel)(card, equation)


def made_behind(kernel: Kernel, value: str) -> tuple[Derived, Program]:
    """What the derivative behind a value is, and its program."""
    derived = kernel.derived
    assert derived is not None
    return dict(derived.behind)[value]()


def supply(kernel: Kernel, given: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the computed values that the caller did not give; the estimates of their errors by name."""
    card = kernel.card
    inputs = {p.name: p for p in card.inputs}
    arrays = {n: convert(given[n], p) for n, p in inputs.items() if n in given}
    known = [n for n in inputs if n in given]
    narrow = common_dtype(
        tuple(given[n] for n in known), [arrays[n] for n in known], tuple(inputs[n] for n in known)
    )
    estimates = {}
    for c in card.computed:
        if c.value in given:
            continue
        if c.idle:
            given[c.value] = unread(c, inputs, arrays)
            continue
        own = {n: arrays[n] for n in c.wanted if n in arrays}
        passed = {n: given[n] for n in c.wanted if n in given and n not in arrays}
        leads = {n: _lead(a, len(inputs[n].axes)) for n, a in own.items()}
        lead = np.broadcast_shapes(*leads.values()) if leads else ()
        spread = {n: np.broadcast_to(a, lead + a.shape[len(leads[n]):]) for n, a in own.items()}
        value, error = _each_once(kernel, c, spread, passed, lead, options)
        given[c.value] = np.asarray(value, narrow)
        estimates[c.value] = np.asarray(error, np.float64)
    return estimates


def _each_once(
    kernel: Kernel, c: Computation, arrays: dict[str, Any], others: dict[str, Any], lead: tuple[int, ...],
    options: Mapping[str, Any],
) -> tuple[Any, Any]:
    """The value and its error; calls along the leading axes that are alike are made once.

    Under an integral, a value that does not depend on the variable is asked for at every point.
    """
    count = int(np.prod(lead, dtype=np.int64))
    if count > 1 and arrays:
        flat = np.concatenate([np.asarray(a, np.float64).reshape(count, -1) for a in arrays.values()], axis=1)
        _, first, back = np.unique(flat, axis=0, return_index=True, return_inverse=True)
        if len(first) < count:
            few = {n: np.reshape(a, (count, *np.shape(a)[len(lead):]))[first] for n, a in arrays.items()}
            found = _each_once(kernel, c, few, others, (len(first),), options)
            value, error = (np.asarray(x)[back.ravel()] for x in found)
            return value.reshape(lead + value.shape[1:]), error.reshape(lead + error.shape[1:])
    value, error = routine(c.kind)(kernel, c, {**arrays, **others}, lead, options)
    if c.compared:
        from .leibniz import confirmed

        value, error = confirmed(kernel, c, {**arrays, **others}, lead, options, value, error)
    return value, error


def unread(c: Computation, inputs: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """Something of the right shape for a value that nothing reads."""
    sizes = {a: int(a) for a in c.axes if a.isdigit()}
    for n, x in arrays.items():
        axes = inputs[n].axes
        sizes |= dict(zip(axes, np.shape(x)[np.ndim(x) - len(axes):], strict=True))
    return np.zeros(tuple(sizes[a] for a in c.axes))


def looped(one: Callable[..., tuple[Any, Any]]) -> Routine:
    """A routine that takes one call without leading axes after the other.

    ``one(kernel, computation, values, options)`` gives the value, with the axes of the computation, and the
    estimate of its error.
    """

    def many(
        kernel: Kernel, c: Computation, values: Mapping[str, Any], lead: tuple[int, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any]:
        arrays = {p.name for p in kernel.card.inputs}
        parts = [one(kernel, c, {n: v[at] if n in arrays else v for n, v in values.items()}, options)
                 for at in np.ndindex(lead)]
        if not lead:
            return parts[0]
        return _joined([p[0] for p in parts], lead), _joined([p[1] for p in parts], lead)

    return many


def _lead(a: np.ndarray[Any, Any], core: int) -> tuple[int, ...]:
    return tuple(a.shape[: max(0, a.ndim - core)])


def _joined(parts: list[Any], lead: tuple[int, ...]) -> np.ndarray[Any, Any]:
    first = np.shape(parts[0]) if parts else ()
    return np.asarray(parts, np.float64).reshape(lead + first)


def result_and_error(kernel: Kernel, values: dict[str, Any], estimates: Mapping[str, Any]) -> tuple[Any, Any]:
    """The result at given values, and how far it moves when computed values move by their estimates."""
    names = [p.name for p in kernel.card.inputs]

    def at(changed: Mapping[str, Any]) -> tuple[Any, ...]:
        found = kernel.evaluated([{**values, **changed}[n] for n in names])
        return found if isinstance(found, tuple) else (found,)

    results = at({})
    errors = [np.zeros(np.shape(r)) for r in results]
    for name, estimate in estimates.items():
        for sign in (-1.0, 1.0):
            moved = at({name: np.asarray(values[name]) + sign * estimate})
            with np.errstate(invalid="ignore"):
                far = [np.where(a == b, 0.0, np.abs(np.asarray(a) - b)) for a, b in zip(moved, results, strict=True)]
            errors = [np.maximum(e, f) for e, f in zip(errors, far, strict=True)]
    shaped = tuple(e if e.ndim else e[()] for e in errors)
    return (results, shaped) if len(results) > 1 else (results[0], shaped[0])
