"""Full certificates, kept in the cache."""

from __future__ import annotations

import json

from . import jit
from .certify import Certificate
from .kernel import Kernel
from .recurrence import Recurrence

#: Points of a full certificate.
FULL = 400


def verify(kernel: Kernel | Recurrence, dtype: str = "float64", points: int = FULL, seed: int = 0) -> Certificate:
    """The certificate of a kernel against exact evaluation of its equation."""
    k = kernel.kernel if isinstance(kernel, Recurrence) else kernel
    key = f"full/{k.card.key}/{dtype}/{points}/{seed}"
    stored = jit.load(key)
    if stored is not None:
        return _revive(json.loads(stored))
    certificate = k.certificate(dtype, points, seed)
    jit.store(key, json.dumps(certificate.as_json()).encode())
    return certificate


def _revive(x: dict[str, object]) -> Certificate:
    fields = dict(x)
    for key in ("max_ulp", "max_kappa_ulp"):
        fields[key] = float(fields[key])  # type: ignore[arg-type]
    fields["notes"] = tuple(fields["notes"])  # type: ignore[arg-type]
    return Certificate(**fields)  # type: ignore[arg-type]
