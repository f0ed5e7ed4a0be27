"""What a derivative is of: one differentiation after the other, and the names that come out.

    grad      ∂o/∂w          of a scalar output o            axes of w
    jacobian  ∂o[r]/∂w[a]    of every output                 axes of o, then of w
    vjp       Σ_o Σ_r o_bar[r] ∂o[r]/∂w[a]                   axes of w
    jvp       Σ_w Σ_a ∂o[r]/∂w[a] w_dot[a]                   axes of o

A second derivative is a differentiation of a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..equations.slope import Slope

if TYPE_CHECKING:
    from ..equations.equation import Equation

MODES = ("grad", "jacobian", "vjp", "jvp")


@dataclass(frozen=True, slots=True)
class Derivation:
    """One differentiation by the parameters ``wrt``, in this order.

    With ``values`` the function's own outputs come first.
    """

    mode: str
    wrt: tuple[str, ...]
    values: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A derivative: of what, which one, and the equation that it is (`equation` has its parameters and outputs).

    Outputs come in the order of `names`; parameters are those of ``origin``, then the
    cotangents ``o_bar`` of its outputs (vjp) or the tangents ``w_dot`` (jvp), then what ``slopes`` read:
    how computed values move with what is differentiated by.  ``behind`` makes the derivatives behind
    computed values that came in with them, and their programs.
    """

    origin: Equation | Derived
    derivation: Derivation
    equation: Equation
    slopes: tuple[Slope, ...] = ()
    behind: tuple[tuple[str, Callable[[], tuple[Derived, Any]]], ...] = ()

    @property
    def given(self) -> int:
        """How many cotangents or tangents there are."""
        match self.derivation.mode:
            case "vjp":
                return len(equation_of(self.origin).outputs)
            case "jvp":
                return len(self.derivation.wrt)
        return 0


def equation_of(origin: Equation | Derived) -> Equation:
    return origin.equation if isinstance(origin, Derived) else origin


def written(origin: Equation | Derived) -> Equation:
    """The equation that stands at the end of all differentiations."""
    while isinstance(origin, Derived):
        origin = origin.origin
    return origin


def names(derivation: Derivation, outputs: Iterable[str], taken: Iterable[str]) -> tuple[list[str], list[str]]:
    """Names of the further parameters and of the outputs, none of them ``taken``."""
    seen, given = set(taken), list(outputs)

    def fresh(name: str) -> str:
        while name in seen:
            name += "_"
        seen.add(name)
        return name

    own = list(given) if derivation.values else []
    seen.update(own)
    match derivation.mode:
        case "vjp":
            more = [fresh(f"{o}_bar") for o in given]
            return more, own + [fresh(f"{w}_bar") for w in derivation.wrt]
        case "jvp":
            more = [fresh(f"{w}_dot") for w in derivation.wrt]
            return more, own + [fresh(f"{o}_dot") for o in given]
    return [], own + [fresh(f"d{o}_d{w}") for o in given for w in derivation.wrt]
