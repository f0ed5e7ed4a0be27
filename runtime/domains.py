"""Refusing values outside of a declared domain, for ``checked=True`` calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..equations.equation import Parameter
from .call import DomainError


def check_domain(kernel: str, p: Parameter, value: Any) -> None:
    """Raises ``DomainError`` naming the parameter and the first value outside."""
    given = np.asarray(value)
    x = given.astype(np.float64)
    d = p.domain
    bad = np.zeros(x.shape, bool)
    if d.lo is not None:
        bad |= x <= float(d.lo) if d.lo_open else x < float(d.lo)
    if d.hi is not None:
        bad |= x >= float(d.hi) if d.hi_open else x > float(d.hi)
    if d.kind == "finite":
        bad |= ~np.isin(x, [float(m) for m in d.members])
    if d.kind == "integer":
        bad |= np.rint(x) != x
    bad |= np.isnan(x)
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"[{', '.join(map(str, at))}]" if at else ""
        raise DomainError(f"{kernel}: {p.name}{place} = {x[at]} is outside of {d}")
    if d.kind == "simplex":
        total = np.atleast_1d(x.sum(axis=-1))
        eps = np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps
        # Rounding of n terms moves a sum by at most n ulps.
        off = np.abs(total - 1.0) > x.shape[-1] * eps * 2
        if off.any():
            raise DomainError(f"{kernel}: {p.name} sums to {total[off][0]} over its last axis, not to 1")
    if d.kind in ("spd", "psd", "symmetric"):
        if not np.allclose(x, np.swapaxes(x, -1, -2), rtol=1e-12, atol=0.0):
            raise DomainError(f"{kernel}: {p.name} is not symmetric")
        least = np.linalg.eigvalsh(x).min(initial=np.inf) if d.kind != "symmetric" else np.inf
        if least < 0 or (d.kind == "spd" and least == 0):
            raise DomainError(f"{kernel}: {p.name} is not {d}")
