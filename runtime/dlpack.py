"""Arrays of other libraries, handed over by the DLPack protocol, and modules of PyTorch as functions of NumPy arrays.

Nothing is imported: an object of a library is there only after the library is.  Copied beside exported kernels,
so it imports NumPy alone.

Source:  https://dmlc.github.io/dlpack/latest/python_spec.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: `kDLCPU` of the protocol.
CPU = 1


class Unfit(ValueError):
    """What cannot be handed over: what was found, and what was expected."""


def is_exported(x: Any) -> bool:
    """Whether an object is another library's array."""
    return not isinstance(x, np.ndarray | np.generic) and all(
        callable(getattr(x, name, None)) for name in ("__dlpack__", "__dlpack_device__")
    )


def taken(x: Any) -> Array:
    """Another library's array as one of NumPy, in the same memory where that is the CPU's.

    Raises ``Unfit`` for what NumPy has no dtype for, and for memory that it cannot reach.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        x = x.detach()
    try:
        if int(x.__dlpack_device__()[0]) == CPU:
            return np.from_dlpack(x)
        if hasattr(x, "__array__"):
            return np.asarray(x)
    except (BufferError, RuntimeError, TypeError) as no:
        raise Unfit(f"gave an array that NumPy cannot take: {no}") from None
    raise Unfit("gave an array on another device, expected one in the memory of the CPU")


def is_module(x: Any) -> bool:
    """Whether an object is a module of PyTorch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.nn.Module)


def call_module(module: Any, arguments: Sequence[Any]) -> Array:
    """The value of a module at arrays, without a graph of derivatives."""
    torch = sys.modules["torch"]
    tensors = _tensors(torch, module, arguments)
    versions = [t._version for t in tensors]
    with torch.no_grad():
        value = module(*tensors)
    _refuse_changed(module, tensors, versions)
    return taken(_one_tensor(torch, value))


def module_vjp(
    module: Any, arguments: Sequence[Any], needed: Sequence[bool]
) -> tuple[Array, Callable[[Array], list[Array | None]]]:
    """The value of a module, and what pulls a cotangent of it back to the arguments that are ``needed``.

    The gradients of the module's own parameters are left as they are.
    """
    torch = sys.modules["torch"]
    tensors = _tensors(torch, module, arguments)
    for t, wanted in zip(tensors, needed, strict=True):
        t.requires_grad_(bool(wanted))
    versions = [t._version for t in tensors]
    with torch.enable_grad():
        # A leaf may not be overwritten, and a module may be written to overwrite what it gets.
        value = _one_tensor(torch, module(*(t.clone() if _overwrites(module) else t for t in tensors)))
    _refuse_changed(module, tensors, versions)

    def pullback(cotangent: Array) -> list[Array | None]:
        leaves = [t for t, wanted in zip(tensors, needed, strict=True) if wanted]
        if not value.requires_grad:
            raise Unfit("gave a value without a graph: autograd finds no way from it to its arguments")
        back = iter(torch.autograd.grad(value, leaves, _tensor(torch, cotangent), allow_unused=True))
        found = [next(back) if wanted else None for wanted in needed]
        if any(wanted and g is None for wanted, g in zip(needed, found, strict=True)):
            raise Unfit("gave a value whose graph does not reach all of its arguments")
        return [None if g is None else taken(g) for g in found]

    return taken(value), pullback


def _tensors(torch: Any, module: Any, arguments: Sequence[Any]) -> list[Any]:
    """The arguments as tensors, of the dtype of the module's parameters."""
    own = [p for p in (*module.parameters(), *module.buffers()) if p.dtype.is_floating_point or p.dtype.is_complex]
    kinds = {p.dtype for p in own}
    if kinds - {torch.float32, torch.float64} or len(kinds) > 1:
        raise Unfit(f"has parameters of {' and '.join(sorted(map(str, kinds)))}, expected torch.float32 or "
                    "torch.float64")
    if device := next((p.device for p in own if p.device.type != "cpu"), None):
        raise Unfit(f"has parameters on {device}, expected the CPU: module.cpu()")
    arrays = [np.asarray(a) for a in arguments]
    for k, a in enumerate(arrays, 1):
        if a.dtype.kind == "f" and kinds and str(a.dtype) != str(*kinds).removeprefix("torch."):
            cure = "module.double()" if a.dtype == np.float64 else f"give arrays of {str(*kinds)[6:]}"
            raise Unfit(f"has parameters of {str(*kinds)}, and its argument {k} has dtype {a.dtype}: {cure}")
    overwrites = _overwrites(module)
    return [_tensor(torch, a, copy=overwrites) for a in arrays]


def _tensor(torch: Any, a: Any, copy: bool = False) -> Any:
    """An array as a tensor in the same memory where PyTorch may have it.

    It takes no negative strides (2.13 aborts the process), and knows nothing of memory that is not to be written to.
    """
    a = np.asarray(a)
    plain = a.flags.c_contiguous and a.flags.writeable and a.flags.aligned and a.dtype.isnative
    if copy or not plain:
        a = np.array(a, a.dtype.newbyteorder("="), order="C", copy=True)
    try:
        return torch.from_dlpack(a)
    except (BufferError, RuntimeError, TypeError) as no:
        raise Unfit(f"cannot take an argument of dtype {a.dtype}: {no}") from None


def _overwrites(module: Any) -> bool:
    """Whether a part of a module says that it writes its result over its argument (`ReLU(inplace=True)`)."""
    return any(getattr(m, "inplace", False) for m in module.modules())


def _refuse_changed(module: Any, tensors: Sequence[Any], versions: Sequence[int]) -> None:
    if [t._version for t in tensors] != list(versions) and not _overwrites(module):
        raise Unfit("wrote over its argument: its memory is the caller's array; let the module clone it first")


def _one_tensor(torch: Any, value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        raise Unfit(f"gave a {type(value).__name__}, expected one tensor")
    if value.device.type != "cpu":
        raise Unfit(f"gave a tensor on {value.device}, expected one in the memory of the CPU")
    return value
