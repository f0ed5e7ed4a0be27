"""Binding black-box functions: callables, or arrays of values already computed.

Copied beside exported kernels, so it imports NumPy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .dlpack import Unfit, call_module, is_exported, is_module, taken


@dataclass(frozen=True, slots=True)
class Use:
    """One application of a black-box function, as a caller evaluates it.

    ``kind`` is ``value``, ``gradient``, ``inner`` for one that only feeds another, or
    ``member`` for functions of a class, whose values have an axis over the class first.
    Each value has ``event`` axes of its own, after those of the samples.  ``first``, ``rest`` and
    ``last`` are parts of the states of a chain; one of ``steps`` is evaluated at every step, with ``places``
    for arguments.
    """

    value: str
    slot: str
    arguments: tuple[str, ...]
    axes: tuple[str, ...]
    argument_axes: tuple[tuple[str, ...], ...]
    kind: str
    event: int = 0
    places: tuple[str, ...] = ()


class SlotError(ValueError):
    """A black-box function that gave something of another shape or dtype."""


#: How a function is called for one application: of ``(kernel, use, slot, function, arguments)``, what it gives.
Apply = Callable[[str, Use, Any, Callable[..., Any], Sequence[Any]], Any]


def applied(kernel: str, use: Use, slot: Any, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What a function gives for arrays; modules of PyTorch get tensors."""
    if not is_module(function):
        return function(*arguments)
    try:
        return call_module(function, arguments)
    except Unfit as no:
        raise SlotError(f"{kernel}(): {use.slot} {no}") from None


def evaluate_slots(
    kernel: str, uses: tuple[Use, ...], given: dict[str, Any], apply: Apply = applied,
    cores: Mapping[str, int] | None = None,
) -> None:
    """Fill in the values of every application that the caller did not give itself.

    A callable gets arrays with samples leading and event axes last; where samples of
    two variables meet, both are broadcast to all pairs.  ``cores`` are numbers of axes without those that
    lead, by parameter: values of no samples have the leading axes of their arguments.
    """
    pending = sorted(uses, key=lambda u: (u.kind not in PARTS, u.kind != "inner"))
    for use in pending:
        if use.value in given:
            if is_exported(given[use.value]):
                given[use.value] = real(kernel, use, given[use.value], "is")
            continue
        if use.kind in PARTS:
            if use.slot in given:
                given[use.value] = part_of_chain(kernel, use, given[use.slot])
            continue
        slot = given.get(use.slot)
        if slot is None:
            if use.kind == "inner":
                continue
            raise TypeError(f"{kernel}() needs the function {use.slot}, or its values as {use.value}")
        if use.kind == "member":
            given[use.value] = values_of_class(kernel, use, slot, given, apply)
            continue
        function = callable_of(kernel, use, slot)
        if function is None:
            given[use.value] = real(kernel, use, slot, "is")
            continue
        if use.kind == "steps":
            given[use.value] = at_every_step(kernel, use, slot, function, given, apply)
            continue
        arguments = [argument(kernel, a, given) for a in use.arguments]
        spread_out = spread(kernel, arguments, use)
        value = real(kernel, use, apply(kernel, use, slot, function, spread_out))
        given[use.value] = shaped(kernel, use, value, spread_out, cores)


def given_as_logs(uses: tuple[Use, ...], given: Mapping[str, Any]) -> frozenset[str]:
    """The values that come as logarithms: from an object with ``logpdf``, or under the name ``log_…``."""
    return frozenset(
        u.value for u in uses
        if has_log(u) and u.value not in given
        and (f"log_{u.value}" in given or log_density(given.get(u.slot)) is not None)
    )


def has_log(use: Use) -> bool:
    """Whether a value may be given by its logarithm: a number for each sample, as a density is."""
    return use.kind == "value" and not use.event


def log_density(slot: Any) -> Callable[..., Any] | None:
    """What gives the logarithm of a density: SciPy's distributions and texjit's kernels have it."""
    found = getattr(slot, "logpdf", None)
    if found is None and not callable(slot):
        found = getattr(slot, "logpmf", None)
    return found if callable(found) else None


#: Parts of a chain of states.
PARTS = ("first", "rest", "last")


def part_of_chain(kernel: str, use: Use, states: Any) -> np.ndarray[Any, Any]:
    """The first state, all others, or the last one."""
    x = np.asarray(states)
    if x.ndim < 2 or x.shape[-2] < 2:
        raise SlotError(f"{kernel}(): {use.slot} has shape {x.shape}, expected two states or more along the axis "
                        "before the last")
    return {"first": x[..., 0, :], "rest": x[..., 1:, :], "last": x[..., -1, :]}[use.kind]


def at_every_step(
    kernel: str, use: Use, slot: Any, function: Callable[..., Any], given: dict[str, Any], apply: Apply
) -> np.ndarray[Any, Any]:
    """The values of a function at the steps 1, 2, …, the steps before the axes of one value."""
    states = next((np.asarray(given[a]) for a, p in zip(use.arguments, use.places, strict=True)
                   if p == "here" or p.startswith("before") if a in given), None)  # fmt: skip
    if states is None:
        raise TypeError(f"{kernel}() needs the states of the chain, or the values of {use.slot} as {use.value}")
    found = []
    for k in range(states.shape[-2]):
        arguments: list[Any] = []
        for name, place in zip(use.arguments, use.places, strict=True):
            if place == "here":
                arguments.append(states[..., k, :])
            elif place.startswith("before"):
                first = argument(kernel, place.partition(":")[2], given)
                arguments.append(first if k == 0 else states[..., k - 1, :])
            elif place == "step":
                arguments.append(k + 1)
            else:
                value = argument(kernel, name, given)
                arguments.append(value[..., k] if place == "each" else value)
        value = real(kernel, use, apply(kernel, use, slot, function, arguments))
        if use.event == 2 and (value.ndim == 0 or value.shape == states.shape[-1:]):
            value = value * np.eye(states.shape[-1], dtype=value.dtype if value.dtype.kind == "f" else np.float64)
        if value.ndim < use.event:
            raise SlotError(f"{kernel}(): {use.slot} gave shape {value.shape}, expected {use.event} axes or more")
        found.append(value)
    return np.stack(np.broadcast_arrays(*found), axis=-1 - use.event)


def as_matrices(kernel: str, uses: tuple[Use, ...], given: dict[str, Any], sizes: Mapping[str, int]) -> None:
    """Numbers and vectors that a function gave for a covariance matrix, as matrices with them on the diagonal.

    ``sizes`` are extents by the value's name; where they do not tell, values are left as they are.
    """
    for use in uses:
        if use.event != 2 or use.kind == "steps" or use.value not in given or use.value not in sizes:
            continue
        d, value = sizes[use.value], np.asarray(given[use.value])
        if value.ndim == 0 or (value.ndim == 1 and value.shape == (d,)):
            given[use.value] = value * np.eye(d, dtype=value.dtype if value.dtype.kind == "f" else np.float64)


def values_of_class(
    kernel: str, use: Use, members: Any, given: dict[str, Any], apply: Apply
) -> np.ndarray[Any, Any]:
    """The values of every function of a finite class, one row a function."""
    if not isinstance(members, (list, tuple)) or not all(map(callable, members)):
        raise TypeError(f"{kernel}() takes a list of functions or a UnitBall for {use.slot}, or their values as "
                        f"{use.value}, one row a function; {type(members).__name__} was given")
    if not members:
        raise TypeError(f"{kernel}() needs at least one function in {use.slot}")
    one = Use(use.value, use.slot, use.arguments, use.axes[1:], use.argument_axes, "value")
    points = spread(kernel, [argument(kernel, a, given) for a in use.arguments], one)
    values = [real(kernel, one, apply(kernel, one, f, f, points)) for f in members]
    return np.stack([shaped(kernel, one, value, points) for value in values])


def callable_of(kernel: str, use: Use, slot: Any) -> Callable[..., Any] | None:
    """The function to evaluate, or ``None`` when the slot is an array of values."""
    if use.kind == "log":
        return log_density(slot)
    if use.kind == "gradient":
        if isinstance(slot, tuple) and len(slot) == 2 and callable(slot[1]):
            return slot[1]  # type: ignore[no-any-return]
        gradient = getattr(slot, "gradient", None) or getattr(slot, "grad", None)
        if callable(gradient):
            return gradient  # type: ignore[no-any-return]
        if callable(slot):
            raise TypeError(
                f"{kernel}(): {use.slot} needs its gradient: pass the pair (value, gradient), "
                f"or the gradient's value as {use.value}"
            )
        return None
    if isinstance(slot, tuple) and slot and callable(slot[0]):
        return slot[0]  # type: ignore[no-any-return]
    if not callable(slot):  # distributions of SciPy
        density = getattr(slot, "pdf", None) or getattr(slot, "pmf", None)
        return density if callable(density) else None
    return slot if callable(slot) else None


def argument(kernel: str, name: str, given: dict[str, Any]) -> np.ndarray[Any, Any]:
    """A sample variable, or the value of an inner application; primed copies share samples."""
    for key in (name, name.removesuffix("_prime")):
        if key in given:
            return np.asarray(given[key])
    raise TypeError(f"{kernel}() needs {name.removesuffix('_prime')}")


def places(kernel: str, use: Use) -> list[int | None]:
    """Which axis of the samples each argument brings, if any; two samples of one axis are told apart by their order."""
    own = [axes[0] for axes in use.argument_axes if axes]
    if len(own) == len(use.axes):
        count = iter(range(len(own)))
        return [next(count) if axes else None for axes in use.argument_axes]
    if len(set(use.axes)) < len(use.axes):
        raise SlotError(f"{kernel}(): {use.slot} is applied at two indices of one axis, and which of its arguments go "
                        f"with which is not known: give its values as {use.value}")
    return [use.axes.index(axes[0]) if axes else None for axes in use.argument_axes]


def spread(kernel: str, arguments: list[np.ndarray[Any, Any]], use: Use) -> list[np.ndarray[Any, Any]]:
    """Arguments over all sample axes of the application."""
    if len(use.axes) < 2:
        return arguments
    counts = [1] * len(use.axes)
    brought = places(kernel, use)
    for a, place in zip(arguments, brought, strict=True):
        if place is not None:
            if counts[place] not in (1, a.shape[0]):
                raise SlotError(f"{kernel}(): {use.slot} is applied to {counts[place]} and to {a.shape[0]} elements of "
                                f"the axis {use.axes[place]}")
            counts[place] = a.shape[0]
    out = []
    for a, place in zip(arguments, brought, strict=True):
        if place is None:
            out.append(a)
            continue
        event = a.shape[1:]
        lead = [1] * len(counts)
        lead[place] = a.shape[0]
        out.append(np.broadcast_to(a.reshape((*lead, *event)), (*counts, *event)))
    return out


def unspread(
    kernel: str, found: Sequence[np.ndarray[Any, Any] | None], arguments: Sequence[np.ndarray[Any, Any]], use: Use
) -> list[np.ndarray[Any, Any] | None]:
    """The transpose of `spread`: sums over the axes of samples that an argument was repeated along."""
    if len(use.axes) < 2:
        return list(found)
    out: list[np.ndarray[Any, Any] | None] = []
    for x, a, place in zip(found, arguments, places(kernel, use), strict=True):
        others = tuple(k for k in range(len(use.axes)) if k != place)
        out.append(x if x is None or place is None else x.sum(others).reshape(a.shape))
    return out


def real(kernel: str, use: Use, found: Any, verb: str = "gave") -> np.ndarray[Any, Any]:
    """What a function gave, as an array of real numbers; NumPy's reading of numbers and lists counts."""
    if isinstance(found, np.ma.MaskedArray) and np.ma.getmaskarray(found).any():
        raise SlotError(f"{kernel}(): {use.slot} {verb} a masked array, expected every element")
    try:
        value = taken(found) if is_exported(found) else np.asarray(found)
    except Unfit as no:
        raise SlotError(f"{kernel}(): {use.slot} {no}") from None
    except ValueError as no:  # lists of unequal lengths
        raise SlotError(f"{kernel}(): {use.slot} {verb} a {type(found).__name__}, expected an array: {no}") from None
    if value.dtype.kind not in "biuf":
        expected = "real numbers" if verb == "gave" else "a function, or its values as real numbers"
        said = f"gave dtype {value.dtype}" if verb == "gave" else f"is of the type {type(found).__name__}"
        raise SlotError(f"{kernel}(): {use.slot} {said}, expected {expected}")
    return value


def shaped(
    kernel: str, use: Use, value: np.ndarray[Any, Any], arguments: list[np.ndarray[Any, Any]],
    cores: Mapping[str, int] | None = None,
) -> np.ndarray[Any, Any]:
    """The value, when it has the samples' shape, or without samples the leading axes of its arguments."""
    if not use.axes:
        lead = leading(use, arguments, cores or {})
        if lead is None or use.event > 1 or use.kind == "inner":
            return value
        return _fitting(kernel, use, value, lead)
    first = next((a for a, axes in zip(arguments, use.argument_axes, strict=True) if axes), arguments[0])
    expected = first.shape[: len(use.axes)]
    if use.kind == "inner" or use.event > 1:
        if value.shape[: len(expected)] != expected:
            raise SlotError(f"{kernel}(): {use.slot} gave shape {value.shape}, expected {expected}")
        return value
    return _fitting(kernel, use, value, expected)


def leading(
    use: Use, arguments: Sequence[np.ndarray[Any, Any]], cores: Mapping[str, int]
) -> tuple[int, ...] | None:
    """The axes before those that the parameters among the arguments have; ``None`` where some are no parameters."""
    names = [name.removesuffix("_prime") for name in use.arguments]
    if not names or any(n not in cores for n in names):
        return None
    try:
        return np.broadcast_shapes(*(a.shape[: max(0, a.ndim - cores[n])] for n, a in zip(names, arguments,
                                                                                         strict=True)))
    except ValueError:  # the kernel says which axes do not fit
        return None


def _fitting(kernel: str, use: Use, value: np.ndarray[Any, Any], lead: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The value, when it has the leading axes and the event's."""
    if value.shape[: len(lead)] == lead and value.ndim == len(lead) + use.event:
        return value
    said = f"{lead}, and {use.event} more" if use.event else f"{lead}"
    cure = ": drop its last axis" if value.shape == (*lead, 1) and not use.event else ""
    raise SlotError(f"{kernel}(): {use.slot} gave shape {value.shape}, expected {said}{cure}")
