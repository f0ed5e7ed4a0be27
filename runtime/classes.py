"""Classes of functions that a supremum is taken over: finitely many, or the unit ball of a kernel's space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from .call import DomainError
from .slots import SlotError, Use, argument

if TYPE_CHECKING:
    from sympy import Expr

    from ..equations.equation import Equation
    from .kernel import Kernel

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Numbers held at once of the matrix of all pairs.
BLOCK = 2**22


class UnitBall:
    """The functions of norm at most 1 in the space of functions with the reproducing kernel ``k(x, y)``.

    ``k`` is a NumPy function, which gets points along the first axes and broadcasts, or a compiled kernel.
    The supremum of a functional Σ c_i f(z_i) over the ball is sqrt(Σ_ij c_i c_j k(z_i, z_j)) (Gretton et al. 2012,
    lemma 4); it is attained by f = Σ_i c_i k(·, z_i) over that root.

    Error: the root's argument is a sum with cancellation, known to eps Σ |c_i| |c_j| |k|: samples that differ by
    little leave few digits
    """

    __slots__ = ("k",)

    def __init__(self, k: Callable[..., Any]) -> None:
        if not callable(k):
            raise TypeError(f"UnitBall needs a function k(x, y), {type(k).__name__} was given")
        self.k = k


def search_balls(kernel: Kernel, uses: tuple[Use, ...], given: dict[str, Any]) -> None:
    """Fill in the values of the function of a ball that attains the supremum, at the points that it is applied to."""
    members = [u for u in uses if u.kind == "member"]
    for name in dict.fromkeys(u.slot for u in members):
        ball = given.get(name)
        if not isinstance(ball, UnitBall):
            continue
        mine = [u for u in members if u.slot == name]
        if any(len(u.arguments) != 1 for u in mine):
            raise _refused(kernel, "E381", f"a function of a UnitBall takes one point, and {name} is applied to more")
        points = [np.asarray(argument(kernel.name, u.arguments[0], given)) for u in mine]
        points = [z if len(u.axes) > 1 else z[None] for u, z in zip(mine, points, strict=True)]
        weights, sign = _functional(kernel, mine, points, given)
        attained = _attained(kernel.name, ball.k, weights, points)
        for u, values in zip(mine, attained, strict=True):
            row = sign * values
            given[u.value] = row[None] if len(u.axes) > 1 else row


def _functional(kernel: Kernel, uses: list[Use], points: list[Any], given: dict[str, Any]) -> tuple[list[Array], float]:
    """The coefficients c of the functional at each point, and 1 for a supremum, -1 for an infimum."""
    from ..equations import heads
    from .card import make_card
    from .derive import grad
    from .kernel import Kernel as Made

    equation = kernel.equation
    values = {u.value for u in uses}
    found = [e for c in (*equation.lets, *equation.outputs) for e in _choices(c.body, values)]
    if len(set(found)) != 1 or any(b.name in {s.name for s in found[0].free_symbols} for b in _indices(equation)):
        raise _refused(kernel, "E381", f"a UnitBall serves one supremum, and {kernel.name} has another shape")
    choice = found[0]
    if _degree(choice.args[0], values) > 1:
        raise _refused(kernel, "E380", f"what the supremum of {kernel.name} is taken of is not linear in the function",
                       "hand over a finite list of functions instead")
    # With a single function the choice is that function's functional, and its gradient the coefficients.
    part = replace(equation, outputs=(replace(equation.outputs[0], name=f"{equation.name}_of_one", bounds=(), axes=(),
                                              body=choice),), name=f"{equation.name}_of_one")
    slopes: Any = grad(Made(make_card(part)[0], lambda: part), wrt=tuple(u.value for u in uses))
    single = [np.zeros((1, len(z)) if len(u.axes) > 1 else 1) for u, z in zip(uses, points, strict=True)]
    others = {p.name: given[p.name] for p in part.parameters if p.name not in values and p.name in given}
    c = slopes(**others, **{u.value: x for u, x in zip(uses, single, strict=True)})
    c = c if isinstance(c, tuple) else (c,)
    return [np.asarray(x, np.float64).reshape(-1) for x in c], (1.0 if choice.func is heads.ReduceMax else -1.0)


def _indices(equation: Equation) -> list[Any]:
    return [b.symbol for c in (*equation.lets, *equation.outputs) for b in c.bounds]


def _choices(body: Expr, values: set[str]) -> list[Expr]:
    """Largest and smallest elements inside that are taken of the values of functions."""
    from ..equations import heads

    return [e for e in _parts(body) if e.func in (heads.ReduceMax, heads.ReduceMin)
            and {str(x.base) for x in _elements(e.args[0])} & values]


def _parts(e: Any) -> list[Any]:
    return [e, *(x for a in e.args for x in _parts(a))]


def _elements(e: Any) -> list[Any]:
    import sympy

    return [x for x in _parts(e) if isinstance(x, sympy.Indexed)]


def _degree(e: Any, values: set[str]) -> float:
    """The degree of a body in the values of functions; infinite where it is no polynomial."""
    import sympy

    if isinstance(e, sympy.Indexed):
        return float(str(e.base) in values)
    if not any(str(x.base) in values for x in _elements(e)):
        return 0.0
    if isinstance(e, sympy.Add):
        return max(_degree(x, values) for x in e.args)
    if isinstance(e, sympy.Mul):
        return sum(_degree(x, values) for x in e.args)
    if isinstance(e, sympy.Sum):
        return _degree(e.args[0], values)
    return np.inf


def _attained(kernel: str, k: Callable[..., Any], c: list[Array], points: list[Any]) -> list[Array]:
    """``Σ_j c_j k(·, z_j) / sqrt(cᵀ K c)`` at all points; zero where no function of the ball is above zero."""
    slopes = [np.zeros(len(x)) for x in c]
    size = 0.0
    for a, x in enumerate(points):
        for b, y in enumerate(points):
            step = max(1, BLOCK // max(1, len(y)))
            for start in range(0, len(x), step):
                some = x[start : start + step]
                block = _pairs(kernel, k, some, y)
                slopes[a][start : start + step] += block @ c[b]
                size += float(np.abs(c[a][start : start + step]) @ np.abs(block) @ np.abs(c[b]))
    square = float(sum(x @ s for x, s in zip(c, slopes, strict=True)))
    count = sum(len(x) for x in c)
    if square < -8 * count * np.finfo(np.float64).eps * size:
        raise DomainError(f"{kernel}: Σ c_i c_j k(z_i, z_j) = {square:.3g} is negative, so k is no positive "
                          "semidefinite kernel, and its ball does not exist")
    root = np.sqrt(max(square, 0.0))
    return [s / root if root > 0 else np.zeros_like(s) for s in slopes]


def _pairs(kernel: str, k: Callable[..., Any], x: Any, y: Any) -> Array:
    """``k`` at all pairs of points."""
    event = np.broadcast_shapes(x.shape[1:], y.shape[1:])
    shape = (len(x), len(y))
    left = np.broadcast_to(x[:, None], shape + event)
    right = np.broadcast_to(y[None, :], shape + event)
    block = np.asarray(k(left, right))
    if block.shape != shape:
        raise SlotError(f"{kernel}(): the kernel of a UnitBall gave shape {block.shape}, expected {shape}")
    if not np.isfinite(block).all():
        raise DomainError(f"{kernel}: the kernel of a UnitBall gave values that are not finite")
    return block.astype(np.float64)


def _refused(kernel: Kernel, code: str, message: str, cure: str = "") -> Unsupported:
    return Unsupported(Diagnostic(code, message, Span(0, 0), help=cure))
