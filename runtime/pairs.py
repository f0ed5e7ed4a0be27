"""Whether a kernel computes in double-double arithmetic: where floats are found inaccurate, and that mends it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import jit
from .card import module_text

if TYPE_CHECKING:
    from .kernel import Kernel


def judged(kernel: Kernel, dtype: str, count: int) -> tuple[str, str, str]:
    """Verdict and report of ``count`` points, and what has to be in pairs for that verdict.

    Only that is taken of which the certificate is *verified*: first what is computed once, then all.
    """
    from .certificate import render

    certificate = kernel.certificate(dtype, count)
    if certificate.verdict == "inaccurate" and not (kernel.double_double or is_sweep(kernel)):
        for what in ("numbers", "all"):
            again = kernel.precise(what).certificate(dtype, count)
            if again.verdict == "verified":
                return again.verdict, render(again), what
    return certificate.verdict, render(certificate), ""


def is_sweep(kernel: Kernel) -> bool:
    """Whether it is a pass with the promise to cost little more than the value: it keeps to floats."""
    d = kernel.derived
    return d is not None and (d.derivation.values or d.derivation.mode in ("vjp", "jvp"))


def text_in_pairs(kernel: Kernel, what: str) -> str:
    """The module of the kernel in double-double arithmetic, kept in the cache."""
    from .library import fingerprint

    key = f"pairs/{what}/{kernel.card.key}/{fingerprint()}"
    stored = jit.load(key)
    if stored is not None:
        return stored.decode()
    text = module_text(replace(kernel.program, pairs=what), kernel.card.latex)
    jit.store(key, text.encode())
    return text
