"""Full certificates, kept in the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from . import jit
from .certify import Certificate
from .kernel import Kernel
from .library import Library, declared, fingerprint
from .overload import Overload
from .recurrence import Recurrence
from .through import Through

if TYPE_CHECKING:
    from ..equations.context import Declared

#: Points of a full certificate: with 5 % of them undecided a thousand are left, and 250 of a quarter.
FULL = 1056
#: Seconds after which a certificate stops drawing points, and says so.
PATIENCE = 60.0

#: Kinds of computed values that nothing proves.
SEARCHED = ("maximum", "minimum", "place of a maximum", "place of a minimum", "least cost of a plan",
            "plan of least cost")

Inputs = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@overload
def verify(
    kernel: Kernel | Recurrence | Through, dtype: Any = None, points: int | Inputs = FULL, seed: int = 0, *,
    domain: str = "",
) -> Certificate: ...
@overload
def verify(
    kernel: Library | Overload, dtype: Any = None, points: int | Inputs = FULL, seed: int = 0, *, domain: str = ""
) -> dict[str, Certificate]: ...
def verify(
    kernel: Kernel | Recurrence | Through | Library | Overload,
    dtype: Any = None,
    points: int | Inputs = FULL,
    seed: int = 0,
    *,
    domain: str = "",
) -> Certificate | dict[str, Certificate]:
    """The certificate of a kernel against exact evaluation of its equation.

    ``points`` is how many adversarial points to draw, or your own inputs: a mapping from
    names to what a call would take, or several; every slice along leading axes is a point.
    ``domain`` narrows the domains for this certificate, in the notation of ``where=``:
    ``"x in [0, 1]; a > 2"``.  ``dtype`` is float64, or that of your inputs, unless given.
    A library or an overload gives certificates by name, as it reads in Python: ``KL``,
    ``KL.kernels[1]``.  Of a derivative through black-box functions it is of the partial derivatives.

    Raises ``InvalidEquation`` for a domain that is not understood, not narrower or names
    no parameter; ``OutsideDomain`` for an input outside; what a call raises for the rest.
    """
    chosen = None if dtype is None else dtype_name(dtype)
    narrower = declared(domain)
    kernels = named_kernels(kernel)
    if domain:
        from .narrow import refuse_strangers

        refuse_strangers(narrower, [p.name for k in kernels.values() for p in k.card.inputs], domain)
    if isinstance(points, bool) or (isinstance(points, int) and points < 1):
        raise ValueError(f"points: expected at least 1, found {points}")
    if isinstance(kernel, Kernel | Recurrence | Through):
        (k,) = kernels.values()
        return _one(k, chosen, points, seed, narrower, domain)
    if not isinstance(points, int):
        kernels = _fitting(kernel, kernels, points)
    return {name: _one(k, chosen, points, seed, narrower, domain) for name, k in kernels.items()}


def dtype_name(dtype: Any) -> str:
    """``float64`` or ``float32``."""
    try:
        name = str(np.dtype(dtype).name)
    except TypeError:
        name = str(dtype)
    if name not in ("float64", "float32"):
        raise TypeError(f"dtype: expected float64 or float32, found {name}")
    return name


def named_kernels(kernel: Kernel | Recurrence | Through | Library | Overload) -> dict[str, Kernel]:
    """Every kernel behind an object, by the text that gives it."""
    match kernel:
        case Kernel():
            return {kernel.name: kernel}
        case Through():  # what is certified of it
            return {kernel.name: kernel.partial}
        case Recurrence():
            return {kernel.name: kernel.kernel}
        case Overload():
            return {f"{kernel.name}.kernels[{i}]": k for i, k in enumerate(kernel.kernels)}
        case Library():
            parts = [named_kernels(k) if isinstance(k, Overload) else {name: _plain(k)} for name, k in kernel.items()]
            return {name: k for part in parts for name, k in part.items()}
    raise TypeError(f"verify: expected a kernel, a recurrence or a library, found {type(kernel).__name__}")


def _plain(k: Kernel | Recurrence) -> Kernel:
    return k.kernel if isinstance(k, Recurrence) else k


def _fitting(kernel: Any, kernels: dict[str, Kernel], points: Inputs) -> dict[str, Kernel]:
    """The definitions of an overload that inputs fit."""
    from .given import several_of
    from .overload import fits

    if isinstance(kernel, Library):
        raise TypeError("points: inputs by name belong to one kernel; give a library a number of points")
    several = several_of(points)
    found = {n: k for n, k in kernels.items() if all(fits(k, (), dict(one)) for one in several)}
    if not found:
        choices = "; ".join(f"{n}({', '.join(k.parameters)}) {k.signature}" for n, k in kernels.items())
        raise TypeError(f"points: no definition fits these inputs: {choices}")
    return found


def _one(
    kernel: Kernel, dtype: str | None, points: int | Inputs, seed: int, narrower: tuple[Declared, ...], domain: str
) -> Certificate:
    if not isinstance(points, int):
        return _of_inputs(kernel, dtype, points, narrower, domain)
    dtype = dtype or "float64"
    key = f"full/{kernel.card.key}/{dtype}/{points}/{seed}/{domain}/{fingerprint()}"
    stored = jit.load(key)
    if stored is not None:
        in_pairs, known = json.loads(stored)
        # A certificate of pairs is true of a kernel that computes with pairs.
        if not in_pairs or kernel.double_double or kernel.settle(dtype):
            return Certificate.from_json(known)

    def judged() -> Certificate:
        return kernel.certificate(
            dtype, points, seed, narrower=narrower, domain=domain, patience=PATIENCE, tails=not kernel.double_double
        )

    certificate = judged()
    if certificate.verdict == "inaccurate" and not kernel.double_double and kernel.settle(dtype):
        certificate = judged()
    if kernel.card.computed:
        from .integral_checks import undecided, with_computed

        def behind(k: Kernel) -> Certificate:
            # Whatever the dtype of a call is, its integrals are in float64.
            return _one(k, "float64", max(1, points // 2), seed, (), "")

        certificate = with_computed(kernel, certificate, behind, seed)
        if any(c.kind in SEARCHED for c in kernel.card.computed):
            certificate = undecided(certificate, "what a numerical search finds is not proved to be the best")
        if any(c.takes for c in kernel.card.computed):
            from .transport_judge import with_transport

            certificate = with_transport(certificate, kernel, seed)
    jit.store(key, json.dumps([kernel.double_double, certificate.as_json()]).encode())
    return certificate


def _of_inputs(
    kernel: Kernel, dtype: str | None, inputs: Inputs, narrower: tuple[Declared, ...], domain: str
) -> Certificate:
    from .given import given_points, several_of
    from .narrow import narrowed

    several = several_of(inputs)
    kernel = kernel.variant([name for one in several for name in one])
    equation = narrowed(kernel.equation, narrower, domain)
    domains = {p.name: p for p in equation.parameters}
    drawn, chosen = given_points(kernel, several, dtype, domains)
    if not drawn:
        raise ValueError("points: there are no inputs in what was given")
    certificate = kernel.certificate(chosen, given=drawn)
    values = [c.value for c in kernel.card.computed]
    if values:
        said = f"{', '.join(values)}: taken as supplied; without inputs of yours, a certificate looks behind it"
        certificate = replace(certificate, notes=(*certificate.notes, said))
    return certificate
