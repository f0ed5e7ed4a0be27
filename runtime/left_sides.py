"""Left sides of derivatives: gradients, elements of Jacobians, bars of cotangents, dots of tangents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .derivation import Derived, equation_of

if TYPE_CHECKING:
    from ..compiler.readable.layout import Layout


def places_of(derived: Derived, k: int) -> list[tuple[str, int]]:
    """Which axis of which array each index of an output runs through."""
    shapes = {p.name: len(p.axes) for p in derived.equation.parameters}
    wrt = derived.derivation.wrt
    match derived.derivation.mode:
        case "vjp":
            return [(wrt[k], n) for n in range(shapes[wrt[k]])]
        case "jvp":
            return _own(derived, k)
    o, w = divmod(k, len(wrt))
    return [*_own(derived, o), *((wrt[w], n) for n in range(shapes[wrt[w]]))]


def _own(derived: Derived, o: int) -> list[tuple[str, int]]:
    """The same of an output of what is differentiated."""
    origin = derived.origin
    first = len(equation_of(origin.origin).outputs) if isinstance(origin, Derived) and origin.derivation.values else 0
    if isinstance(origin, Derived) and o >= first:
        return places_of(origin, o - first)
    output = equation_of(origin).outputs[o]
    return [(output.name, n) for n in range(len(output.bounds))]


def left_side(derived: Derived, k: int, layout: Layout | None, at: tuple[str, ...] | None) -> str:
    """``\\nabla_{x} f``, ``\\frac{\\partial s_i}{\\partial z_j}``, ``\\bar{x}``, ``\\dot{f}``."""
    from ..compiler.readable.document import symbol
    from ..compiler.readable.latex import scripted

    def of(name: str) -> str:
        return (layout.symbols.get(name) if layout else None) or symbol(name)

    def put(text: str, places: Sequence[str]) -> str:
        gap = " " if all(len(p) == 1 for p in places) else ", "
        return scripted(text, gap.join(places)) if places else text

    from ..compiler.readable.document import accented

    origin, wrt = equation_of(derived.origin), derived.derivation.wrt
    match derived.derivation.mode:
        case "vjp":
            made = accented(of(wrt[k]), "bar")
            # The step of a recurrence: what is pulled back has the name of what it comes from.
            if layout and made in (layout.symbols.get(p.name) for p in derived.equation.parameters):
                made = scripted(made, r"\mathrm{prev}")
            return put(made, at or ())
        case "jvp":
            if isinstance(derived.origin, Derived):
                inner = left_side(derived.origin, k, layout, at)
                return rf"\frac{{d}}{{d t}} {inner}"
            return put(accented(of(origin.outputs[k].name), "dot"), at or ())
    o, w = divmod(k, len(wrt))
    variable = of(wrt[w])
    split = len(_own(derived, o))
    if isinstance(derived.origin, Derived):
        return _second(derived, o, variable, at, split, layout)
    value = of(origin.outputs[o].name)
    if at is None:
        vector = not split and next(p.axes for p in origin.parameters if p.name == wrt[w])
        return rf"\nabla_{{{variable}}} {value}" if vector else rf"\frac{{\partial {value}}}{{\partial {variable}}}"
    return rf"\frac{{\partial {put(value, at[:split])}}}{{\partial {put(variable, at[split:])}}}"


def _second(
    derived: Derived, o: int, variable: str, at: tuple[str, ...] | None, split: int, layout: Layout | None
) -> str:
    """A derivative of a derivative: ``\\nabla_x^2 f``, or with the indices of both."""
    from ..compiler.readable.latex import scripted

    inner = derived.origin
    assert isinstance(inner, Derived)
    first = left_side(inner, o, layout, None if at is None else at[:split])
    if first.startswith("\\frac") and not split:
        at = at or ()
    if at is None:
        found = rf"\nabla_{{{variable}}} "
        if first.startswith(found) and not first.startswith(r"\frac"):
            return rf"\nabla_{{{variable}}}^{{2}} {first.removeprefix(found)}"
        return rf"\nabla_{{{variable}}} {first}"
    gap = " " if all(len(p) == 1 for p in at[split:]) else ", "
    place = scripted(variable, gap.join(at[split:])) if at[split:] else variable
    if first.startswith(r"\frac{\partial ") and "}{\\partial " in first:
        above, below = first.removeprefix(r"\frac{\partial ").removesuffix("}").split(r"}{\partial ", 1)
        if below == place:
            return rf"\frac{{\partial^{{2}} {above}}}{{\partial {place}^{{2}}}}"
        return rf"\frac{{\partial^{{2}} {above}}}{{\partial {below} \partial {place}}}"
    return rf"\frac{{\partial}}{{\partial {place}}} {first}"
