"""Derivatives as closures over an algebra of numbers.

The formula that a derivative is of is evaluated over `Jets` on top of that algebra, and
their partials are the derivative: of a derivative, over jets on top of jets.  Which
derivative is meant where there are several, or none, stands in `jets`: at a kink that of
the selected branch, at a point without one (a norm at 0) it is undefined.  Elements of a
matrix vary by themselves, whatever its domain says of their symmetry.

    grad, jacobian   every element of ``wrt`` has a partial, which starts as 1
    vjp              so; the partials by one element are multiplied by the cotangents, and added
    jvp              all elements of ``wrt`` share one partial, which starts as their tangents
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..equations.diagnostic import Diagnostic, InvalidEquation
from ..equations.equation import Equation
from ..equations.slope import Slope
from .algebra import Algebra, Key, Number, positions
from .closures import Closures, Seeded, leaves
from .derivation import Derived, equation_of
from .jets import Jets, Unknown, attempt, combine

#: What a jvp differentiates by: a step along the tangents.
STEP: Key = "", 0

Element = Callable[[tuple[int, ...]], Number]


class DerivedClosures:
    """The outputs of a derivative over one algebra; not for two threads at once.

    Like `closures.Closures`.  The seeds of `bind` are those of the algebra and have nothing
    to do with what the derivative is by.
    """

    def __init__(self, derived: Derived, algebra: Algebra) -> None:
        self.equation, self.algebra = derived.equation, algebra
        self.derivation = derived.derivation
        origin = equation_of(derived.origin)
        self.origin = origin
        self._jets = Jets(algebra, self._seed)
        self._inner = closures_of(derived.origin, self._jets)
        self._plain = closures_of(derived.origin, algebra) if self.derivation.values else None
        #: Cotangents in the order of the origin's outputs, tangents in that of ``wrt``.
        more = [p.name for p in derived.equation.parameters[len(origin.parameters) :]]
        self._own = more[: derived.given]
        self._factors = more[derived.given :]
        self._slopes: dict[str, list[Slope]] = {}
        for slope in derived.slopes:
            self._slopes.setdefault(slope.value, []).append(slope)
        self._tangents = dict(zip(self.derivation.wrt, self._own, strict=False))
        self._raw: dict[str, np.ndarray] = {}
        self._cells: dict[str, list[Number]] = {}
        self._seeded: Seeded | None = None
        self._known: dict[tuple[int, tuple[int, ...]], Number] = {}
        self._outputs = self._plan()

    def bind(self, inputs: Mapping[str, Any], seeded: Seeded | None = None) -> None:
        """Read the inputs of one point; ``seeded`` selects the elements that the algebra differentiates by."""
        read = (*self._own, *self._factors, *self._slopes, *self.derivation.wrt)
        self._raw = {name: np.asarray(inputs[name]) for name in read}
        self._forget(seeded)
        self._inner.bind(inputs, _every)
        if self._plain is not None:
            self._plain.bind(inputs, seeded)
        shapes = [self._inner.shape(o) for o in range(len(self.origin.outputs))]
        if self.derivation.mode == "jvp":
            shapes = [self._raw[w].shape for w in self.derivation.wrt]
        for name, shape in zip(self._own, shapes, strict=False):
            if self._raw[name].shape != shape:
                message = f"{name} has shape {self._raw[name].shape}, expected {shape}"
                raise InvalidEquation(Diagnostic("E331", message, self.equation.span))

    def refresh(self, seeded: Seeded | None = None) -> None:
        """Forget values of another precision."""
        self._forget(seeded)
        self._inner.refresh(_every)
        if self._plain is not None:
            self._plain.refresh(seeded)

    def shape(self, output: int) -> tuple[int, ...]:
        """Extents of an output over the bound inputs."""
        return self._outputs[output][0]()

    def element(self, output: int, at: tuple[int, ...]) -> Number:
        """One element, counted from 0; raises Undefined or Undecided."""
        return self._outputs[output][1](at)

    def _forget(self, seeded: Seeded | None) -> None:
        self._seeded = seeded
        self._known.clear()
        self._cells = {name: leaves(self.algebra, name, self._raw[name], seeded) 
                       for name in (*self._own, *self._factors)}

    def _seed(self, key: Key) -> tuple[Key | None, dict[Key, Number]]:
        name, k = key
        below = key if self._seeded is not None and self._seeded(name, k) else None
        if name not in self.derivation.wrt:
            return below, self._moved(key)
        if self.derivation.mode == "jvp":
            tangent = self._tangents[name]
            # A tangent of another shape is refused when everything is bound.
            return below, {STEP: self._cells[tangent][k]} if k < len(self._cells[tangent]) else {}
        return below, {**self._moved(key), key: self.algebra.rational(1, 1)}

    def _moved(self, key: Key) -> dict[Key, Number]:
        """The partials that an element of a computed value starts with: its slopes."""
        A, (name, flat) = self.algebra, key
        found: dict[Key, Number] = {}
        for slope in self._slopes.get(name, ()):
            at, w = np.unravel_index(flat, self._raw[name].shape), slope.wrt
            terms = []
            for place in positions(self._raw[w].shape):
                by, d = self._key(w, place), self._slope(slope, tuple(map(int, at)), place)
                if self.derivation.mode == "jvp":
                    terms.append(combine(A.mul, d, self._cells[self._tangents[w]][by[1]]))
                else:
                    found[by] = d
            for term in terms:
                found[STEP] = combine(A.add, found[STEP], term) if STEP in found else term
        return found

    def _slope(self, slope: Slope, at: tuple[int, ...], place: tuple[int, ...]) -> Number:
        """The derivative of one element of a computed value by one element of a parameter."""
        A = self.algebra
        total: Number = A.rational(0, 1)
        for sign, factors in slope.terms:
            term: Number = A.rational(sign, 1)
            for f in factors:
                shape = self._raw[f.name].shape
                where = (*(at[k] for k in f.of), *(place if f.by else ()))
                cell = self._cells[f.name][int(np.ravel_multi_index(where, shape)) if shape else 0]
                term = combine(A.mul, term, cell)
            total = combine(A.add, total, term)
        return total

    # Outputs: shapes, and elements of the algebra

    def _plan(self) -> list[tuple[Callable[[], tuple[int, ...]], Element]]:
        outputs, wrt = range(len(self.origin.outputs)), self.derivation.wrt
        plan: list[tuple[Callable[[], tuple[int, ...]], Element]] = []
        if self._plain is not None:
            plan += [(self._shape_of(o), self._value(o)) for o in outputs]
        match self.derivation.mode:
            case "vjp":
                plan += [(self._shape_by(w), self._pulled_back(w)) for w in wrt]
            case "jvp":
                plan += [(self._shape_of(o), self._along(o)) for o in outputs]
            case _:
                plan += [(self._shape_of(o, w), self._entry(o, w)) for o in outputs for w in wrt]
        return plan

    def _shape_of(self, o: int, w: str | None = None) -> Callable[[], tuple[int, ...]]:
        return lambda: (*self._inner.shape(o), *(self._raw[w].shape if w is not None else ()))

    def _shape_by(self, w: str) -> Callable[[], tuple[int, ...]]:
        return lambda: self._raw[w].shape

    def _value(self, o: int) -> Element:
        plain = self._plain
        assert plain is not None
        return lambda at: plain.element(o, at)

    def _entry(self, o: int, w: str) -> Element:
        def entry(at: tuple[int, ...]) -> Number:
            rank = len(at) - self._raw[w].ndim
            d = self._partial(o, at[:rank], self._key(w, at[rank:]))
            return self.algebra.rational(0, 1) if d is None else d

        return entry

    def _along(self, o: int) -> Element:
        def along(at: tuple[int, ...]) -> Number:
            d = self._partial(o, at, STEP)
            return self.algebra.rational(0, 1) if d is None else d

        return along

    def _pulled_back(self, w: str) -> Element:
        A = self.algebra

        def pulled_back(at: tuple[int, ...]) -> Number:
            key, terms = self._key(w, at), []
            for o, bar in enumerate(self._own):
                for place, cotangent in zip(positions(self._inner.shape(o)), self._cells[bar], strict=True):
                    d = self._partial(o, place, key)
                    if d is not None:
                        terms.append(A.mul(cotangent, d))
            return A.sum(terms)

        return pulled_back

    def _key(self, w: str, at: tuple[int, ...]) -> Key:
        flat = 0
        for i, n in zip(at, self._raw[w].shape, strict=True):
            flat = flat * n + i
        return w, flat

    def _partial(self, o: int, place: tuple[int, ...], key: Key) -> Number | None:
        """``∂o[place]/∂key``; ``None`` where the element does not depend on it."""
        where = o, place
        if where not in self._known:
            # A failure is as good as a value: all partials of the element come at once.
            self._known[where] = attempt(lambda: self._inner.element(o, place))
        found = self._known[where]
        if type(found) is Unknown:
            found.refuse()
        d = found.partials.get(key) if self._jets.varies(found) else None
        if type(d) is Unknown:
            d.refuse()
        return d


def closures_of(origin: Equation | Derived, algebra: Algebra) -> Closures | DerivedClosures:
    """An equation or a derivative over an algebra."""
    return DerivedClosures(origin, algebra) if isinstance(origin, Derived) else Closures(origin, algebra)


def _every(name: str, k: int) -> bool:
    return True


__all__ = ["DerivedClosures", "closures_of"]
