"""What a certificate says, in JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Certificate:
    """The verdict on a kernel; ``strata`` counts the decided points of each.

    ``worst`` is the element that decided the verdict.  Where that is not verified its
    ``introduced_by`` names what lost the digits: a pass of the compiler, ``the formula
    as written``, ``freeze``, ``lower``, or ``emitted code``.
    """

    verdict: str
    max_ulp: float
    max_kappa_ulp: float
    points: int
    undecided: int
    strata: dict[str, int]
    worst: dict[str, Any] | None
    dtype: str
    undefined: int = 0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The certificate in JSON's own types; infinities as text."""
        found = asdict(self)
        found["notes"] = list(self.notes)
        for key in ("max_ulp", "max_kappa_ulp"):
            if not np.isfinite(found[key]):
                found[key] = str(found[key])
        return found

    @staticmethod
    def from_json(x: Mapping[str, Any]) -> Certificate:
        """The certificate that `as_json` gave."""
        numbers = {key: float(x[key]) for key in ("max_ulp", "max_kappa_ulp")}
        return Certificate(**{**x, **numbers, "notes": tuple(x["notes"])})


def render(certificate: Certificate) -> str:
    """The certificate in a few lines."""
    c = certificate
    lines = [
        f"{c.verdict}: {c.max_ulp:.3g} ulp, {c.max_kappa_ulp:.3g} κ·eps at {c.points} points ({c.dtype})",
        "strata: " + ", ".join(f"{k} {n}" for k, n in c.strata.items()),
    ]
    if c.undecided or c.undefined:
        lines.append(f"undecided points: {c.undecided}; undefined elements: {c.undefined}")
    if c.worst and c.verdict != "verified":
        w = c.worst
        element = f"{w['output']}{w['at'] or ''}"
        lines.append(f"worst: {element} = {w['value']}, exactly {w['exact']}; {w['reason']}")
        if w.get("introduced_by"):
            lines.append(f"introduced by: {w['introduced_by']}")
        lines += [f"    {name} = {value}" for name, value in w["inputs"].items()]
    lines += [f"note: {n}" for n in c.notes]
    return "\n".join(lines)
