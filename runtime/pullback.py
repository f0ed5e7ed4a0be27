"""Derivatives of black-box functions as callers give them: a value, and what pulls its cotangent back.

    value, pullback = vjp(*arrays);  x_bar, … = pullback(value_bar)

is what `jax.vjp` gives.  Kernels and modules of PyTorch bring their own, and so does a pair (function, gradient) of
one argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from .applied import apply, refuse_unfit
from .dlpack import Unfit, is_module, module_vjp
from .slots import SlotError, Use, real

if TYPE_CHECKING:
    from .kernel import Kernel

Array = np.ndarray[Any, Any]
Pullback = Callable[[Array], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class WithVjp:
    """A function of arrays and its derivative; call it as the function."""

    function: Callable[..., Any]
    vjp: Callable[..., Any]

    def __call__(self, *arrays: Any) -> Any:
        return self.function(*arrays)


def with_vjp(function: Callable[..., Any], vjp: Callable[..., Any]) -> WithVjp:
    """A function for a slot that derivatives go through.

    ``vjp(*arrays)`` gives the value and a function from a cotangent of the value's shape to a tuple of one
    cotangent for each array, of that array's shape:

        with_vjp(np.tanh, lambda x: (np.tanh(x), lambda bar: (bar * (1 - np.tanh(x) ** 2),)))
        with_vjp(f, functools.partial(jax.vjp, f))

    Raises ``TypeError`` for what cannot be called.
    """
    for name, f in (("function", function), ("vjp", vjp)):
        if not callable(f):
            raise TypeError(f"with_vjp: {name} is a {type(f).__name__}, expected a function")
    return WithVjp(function, vjp)


def has_vjp(function: Any) -> bool:
    """Whether derivatives go through what is bound to a slot."""
    from .kernel import Kernel

    return isinstance(function, Kernel) or is_module(function) or callable(getattr(function, "vjp", None)) or (
        is_pair(function)
    )


def is_pair(slot: Any) -> bool:
    """Whether a function comes with its gradient."""
    return isinstance(slot, tuple) and len(slot) == 2 and all(map(callable, slot))


def pulled(
    kernel: Kernel, use: Use, slot: Any, function: Callable[..., Any], arguments: Sequence[Array],
    needed: Sequence[bool], wrt: str,
) -> tuple[Array, Callable[[Array], list[Array | None]]]:
    """The value of a function, and what pulls a cotangent of it back to the arguments that are ``needed``.

    Raises ``Unsupported`` (E370) where the function has no derivative, ``SlotError`` for one of another shape.
    """
    from .kernel import Kernel

    value: Any
    pullback: Pullback
    try:
        if callable(getattr(function, "vjp", None)):
            value, pullback = _pair(kernel.name, use, function.vjp(*arguments))  # type: ignore[attr-defined]
        elif isinstance(function, Kernel):
            value, pullback = _of_kernel(kernel.name, use, function, arguments, needed)
        elif is_module(function):
            value, pullback = module_vjp(function, arguments, needed)
        elif is_pair(slot) and len(arguments) == 1 and not use.event:
            value = apply(kernel.name, use, slot, function, arguments)
            pullback = _of_gradient(slot[1], np.shape(value), arguments[0])
        else:
            raise without_derivative(kernel, use, wrt)
    except Unfit as no:
        raise SlotError(f"{kernel.name}(): {use.slot} {no}") from None
    value = real(kernel.name, use, value)
    kind = value.dtype if value.dtype.kind == "f" else np.dtype(np.float64)

    def back(cotangent: Array) -> list[Array | None]:
        try:
            found = pullback(np.asarray(cotangent, kind))
        except Unfit as no:
            raise SlotError(f"{kernel.name}(): {use.slot} {no}") from None
        return _checked(kernel.name, use, found, arguments, needed)

    return value, back


def supply_gradients(kernel: Kernel, given: dict[str, Any]) -> None:
    """Pair functions that come with a derivative with their gradients, where a formula takes the gradient."""
    for use in kernel.card.uses:
        slot = given.get(use.slot)
        if use.kind != "gradient" or use.value in given or is_pair(slot) or len(use.arguments) != 1:
            continue
        own = getattr(slot, "gradient", None) or getattr(slot, "grad", None)
        if slot is not None and not callable(own) and has_vjp(slot):
            given[use.slot] = (slot, functools.partial(_gradient, kernel, use, slot))


def _gradient(kernel: Kernel, use: Use, function: Callable[..., Any], x: Any) -> Any:
    """The gradient of a function whose value at each slice is a number."""
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    value, back = pulled(kernel, use, function, function, [x], [True], use.arguments[0])
    return back(np.ones(value.shape))[0]


def without_derivative(kernel: Kernel, use: Use, wrt: str) -> Unsupported:
    """The refusal that names the function and what to supply."""
    return Unsupported(Diagnostic(
        "E370", f"{wrt} reaches {kernel.name} through the function {use.slot}, whose derivative is not known: hand it "
        f"over with one, tj.with_vjp({use.slot}, vjp), or differentiate by its values, wrt=\"{use.value}\"",
        Span(0, 0),
        help="an object with vjp(*arrays) -> (value, pullback), a PyTorch module and a compiled kernel have one too",
    ))


def _pair(kernel: str, use: Use, found: Any) -> tuple[Any, Pullback]:
    if not isinstance(found, tuple | list) or len(found) != 2 or not callable(found[1]):
        raise SlotError(f"{kernel}(): the vjp of {use.slot} gave a {type(found).__name__}, expected the pair "
                        "(value, pullback)")
    return found[0], found[1]


def _of_kernel(
    kernel: str, use: Use, inner: Kernel, arguments: Sequence[Array], needed: Sequence[bool]
) -> tuple[Any, Pullback]:
    refuse_unfit(kernel, use, inner, arguments)
    names = tuple(n for n, wanted in zip(inner.parameters, needed, strict=True) if wanted)
    transposed = _vjp(inner, names)

    def pullback(cotangent: Array) -> list[Any]:
        found = transposed(*arguments, cotangent)
        parts = iter(found if isinstance(found, tuple) else (found,))
        return [summed(next(parts), np.shape(a)) if wanted else None
                for a, wanted in zip(arguments, needed, strict=True)]

    return inner(*arguments), pullback


@functools.lru_cache(maxsize=64)
def _vjp(inner: Kernel, names: tuple[str, ...]) -> Any:
    from .derive import vjp

    return vjp(inner, names)


def summed(x: Any, shape: tuple[int, ...]) -> Array:
    """An array summed over the axes that broadcasting gave it."""
    x = np.asarray(x)
    x = x.sum(tuple(range(x.ndim - len(shape))))
    wide = tuple(k for k, n in enumerate(shape) if n == 1 and x.shape[k] != 1)
    return np.asarray(x.sum(wide, keepdims=True))


def _of_gradient(gradient: Callable[..., Any], shape: tuple[int, ...], x: Array) -> Pullback:
    """The pullback of a function whose value at each sample is a number."""

    def pullback(cotangent: Array) -> list[Any]:
        slope = np.asarray(gradient(x))
        if slope.shape != x.shape:
            return [slope]
        return [cotangent.reshape(shape + (1,) * (x.ndim - len(shape))) * slope]

    return pullback


def _checked(
    kernel: str, use: Use, found: Any, arguments: Sequence[Array], needed: Sequence[bool]
) -> list[Array | None]:
    """One cotangent for each argument, of its shape."""
    says = f"{kernel}(): the pullback of {use.slot} gave"
    if not isinstance(found, tuple | list):
        if len(arguments) != 1:
            raise SlotError(f"{says} a {type(found).__name__}, expected a tuple of {len(arguments)} cotangents")
        found = (found,)
    if len(found) != len(arguments):
        raise SlotError(f"{says} {len(found)} cotangents, expected {len(arguments)}: one for each of "
                        f"{', '.join(use.arguments)}")
    out: list[Array | None] = []
    for bar, a, name, wanted in zip(found, arguments, use.arguments, needed, strict=True):
        if not wanted:
            out.append(None)
            continue
        if bar is None:
            raise SlotError(f"{says} None for {name}, expected an array of shape {a.shape}")
        value = real(kernel, use, bar)
        if value.shape != a.shape:
            raise SlotError(f"{says} shape {value.shape} for {name}, expected {a.shape}")
        out.append(value)
    return out
