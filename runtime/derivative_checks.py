"""The derivatives of an equation by each real parameter, certified: what `texjit check` reports beside the value.

The optimised programs are interpreted here, so that a document of fifty equations is judged in a
minute; a derivative kernel that is called runs a certificate of its compiled code like any other.
Where that makes it go over to double-double arithmetic, the compiled code is judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..equations.diagnostic import TexjitError, Unsupported
from . import jit
from .certificate import Certificate
from .kernel import Kernel

#: Adversarial points of first and second derivatives, and seconds after which no further one is taken.
POINTS, PATIENCE = (100, 30), 5.0


def derivative_checks(kernel: Kernel) -> dict[str, dict[str, Any]]:
    """By parameter: status and largest error in ulps of the first derivative, and the same of the second.

    ``{"x": {"status": "verified", "max_ulp": 1.2, "second": {"status": …, "max_ulp": …}}}``; where an
    element errs by more than 4 ulps, ``max_kappa_ulp`` is its error in κ·eps.
    """
    from .derive import real_parameters
    from .library import fingerprint

    key = f"derivatives/{kernel.card.key}/{POINTS}/{fingerprint()}"
    stored = jit.load(key)
    if stored is not None:
        return json.loads(stored)  # type: ignore[no-any-return]
    found = {w: _checked(kernel, w) for w in real_parameters(kernel)}
    jit.store(key, json.dumps(found).encode())
    return found


def _checked(kernel: Kernel, wrt: str) -> dict[str, Any]:
    from .derive import partial_derivative

    is_number = len(kernel.card.outputs) == 1 and not kernel.card.outputs[0].axes
    try:
        first = partial_derivative(kernel, "grad" if is_number else "jacobian", (wrt,))
        found = _record(derivative_certificate(first, POINTS[0]))
        found["second"] = _second(first, wrt)
    except Unsupported as no:
        return {"status": "unsupported", "max_ulp": None, "message": no.diagnostic.message}
    except TexjitError as no:
        return {"status": "miscompiled", "max_ulp": None, "message": no.diagnostic.message}
    return found


def _second(first: Kernel, wrt: str) -> dict[str, Any]:
    from .derive import jacobian

    try:
        return _record(derivative_certificate(jacobian(first, wrt), POINTS[1]))
    except Unsupported as no:
        return {"status": "unsupported", "max_ulp": None, "message": no.diagnostic.message}


def derivative_certificate(kernel: Kernel, count: int) -> Certificate:
    """The certificate of a derivative in the arithmetic in which it is handed out."""
    from ..compiler.interpret import interpret
    from .certify import certify
    from .integral_checks import with_computed

    program, derived = kernel.program, kernel.derived

    def call(inputs: dict[str, Any]) -> Mapping[str, Any]:
        return interpret(program, inputs, "float64")

    found = certify(kernel.equation, call, count=count, origin=derived, patience=PATIENCE)
    if found.verdict == "inaccurate" and kernel.settle("float64"):
        found = kernel.certificate(count=count, patience=PATIENCE)
    if not kernel.card.computed:
        return found
    return with_computed(kernel, found, lambda k: derivative_certificate(k, max(1, count // 2)))


def _record(c: Certificate) -> dict[str, Any]:
    out: dict[str, Any] = {"status": c.verdict, "max_ulp": _finite(c.max_ulp)}
    if c.max_ulp > 4:
        out["max_kappa_ulp"] = _finite(c.max_kappa_ulp)
    return out


def _finite(x: float) -> float | str:
    return x if x < float("inf") else "inf"
