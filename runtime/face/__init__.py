"""texjit: equations where people write them, certified kernels where programs need them.

    import texjit as tj
    k = tj.compile(r"f(x) = \\log(1 + e^{x})")
    k(1.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from texjit.equations.diagnostic import CompilerBug, InvalidEquation, TexjitError, Unsupported
    from texjit.equations.read import read
    from texjit.runtime.certificate import Certificate
    from texjit.runtime.check import check
    from texjit.runtime.classes import UnitBall
    from texjit.runtime.define import define, library
    from texjit.runtime.derive import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from texjit.runtime.empirical import Empirical
    from texjit.runtime.export.module import export
    from texjit.runtime.kernel import AccuracyWarning, Kernel
    from texjit.runtime.library import Library, compile
    from texjit.runtime.pullback import with_vjp
    from texjit.runtime.quadrature import QuadratureWarning
    from texjit.runtime.recurrence import Recurrence
    from texjit.runtime.verdict import Verdict
    from texjit.runtime.verify import verify

#: Where each public name lives; imported when first used, so that ``import texjit`` is light.
_HOMES = {
    "read": "texjit.equations.read",
    "compile": "texjit.runtime.library",
    "define": "texjit.runtime.define",
    "library": "texjit.runtime.define",
    "Library": "texjit.runtime.library",
    "Kernel": "texjit.runtime.kernel",
    "AccuracyWarning": "texjit.runtime.kernel",
    "QuadratureWarning": "texjit.runtime.quadrature",
    "Recurrence": "texjit.runtime.recurrence",
    "Certificate": "texjit.runtime.certificate",
    "verify": "texjit.runtime.verify",
    "check": "texjit.runtime.check",
    "Verdict": "texjit.runtime.verdict",
    **dict.fromkeys(("grad", "value_and_grad", "jacobian", "vjp", "jvp", "hessian", "hvp"), "texjit.runtime.derive"),
    "Empirical": "texjit.runtime.empirical",
    "with_vjp": "texjit.runtime.pullback",
    "UnitBall": "texjit.runtime.classes",
    "export": "texjit.runtime.export.module",
    "TexjitError": "texjit.equations.diagnostic",
    "InvalidEquation": "texjit.equations.diagnostic",
    "Unsupported": "texjit.equations.diagnostic",
    "CompilerBug": "texjit.equations.diagnostic",
}

__all__ = [
    "AccuracyWarning",
    "Certificate",
    "CompilerBug",
    "Empirical",
    "InvalidEquation",
    "Kernel",
    "Library",
    "QuadratureWarning",
    "Recurrence",
    "TexjitError",
    "UnitBall",
    "Unsupported",
    "Verdict",
    "check",
    "compile",
    "define",
    "export",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "library",
    "read",
    "value_and_grad",
    "verify",
    "vjp",
    "with_vjp",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'texjit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
