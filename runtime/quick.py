"""The quick certificate that a first call of a kernel runs, and the function that certificates call."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from . import jit
from .call import Caller, ConditionWarning, Input

if TYPE_CHECKING:
    from .certify import Call
    from .kernel import Kernel

#: Points of the certificate.
QUICK = 50


def quick(kernel: Kernel, dtype: str) -> tuple[str, str, str]:
    """Verdict, report, and what has to be in double-double arithmetic, from the cache or found now."""
    from .library import fingerprint
    from .pairs import judged

    # The judge's own sources count too: what it said before it was mended is void.
    key = f"quick/{kernel.card.key}/{dtype}/{fingerprint()}"
    stored = jit.load(key)
    if stored is not None:
        verdict, text, pairs = json.loads(stored)
        return verdict, text, pairs
    found = judged(kernel, dtype, QUICK)
    if found[0] != "miscompiled":
        jit.store(key, json.dumps(found).encode())
    return found


def plain(kernel: Kernel, dtype: str) -> Call:
    """The compiled function without a certificate, from inputs by name to outputs by name."""
    card = kernel.card
    function = kernel.compiled(dtype, (False,) * len(card.inputs))
    names = [o.name for o in card.outputs]
    caller = Caller(kernel.spec, lambda _dtype, _mask: function)

    def call(inputs: dict[str, Any]) -> dict[str, Any]:
        arrays = [_of_dtype(inputs[p.name], p, dtype) for p in card.inputs]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConditionWarning)  # a certificate knows the condition
            found = caller(*arrays)
        return dict(zip(names, found if len(names) > 1 else (found,), strict=True))

    return call


def _of_dtype(x: Any, p: Input, dtype: str) -> Any:
    return np.asarray(x) if p.integer else np.asarray(x, dtype)
