"""Exact evaluation of equations in ball arithmetic, and the ulp error of a float.

The judge: it reads the `Equation` itself, or what a derivative is of, and never the compiler's work.  Inputs are
floats taken as exact; every number carries a rigorous radius, and precision is
doubled until each output element is known well beyond the last place of a float.  Where
no precision would tell, whether a denominator is zero, rationals stay exact (`exactly`).

What the operations do at the ends of their domains is in `balls`; what bodies mean,
in `closures` and `thunks`.
python-flint's working precision is global, so evaluations hold a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from ..equations.equation import Equation
from ..equations.heads import differentiated_by
from .algebra import Hopeless, Number, Undecided, Undefined, positions
from .balls import Balls, is_infinite
from .closures import Closures
from .derivation import Derived, equation_of, written
from .derived_closures import DerivedClosures, closures_of
from .exactly import Exactly
from .jets import Jet, Jets, Unknown
from .running_error import RunningErrors

Evaluation = Closures | DerivedClosures

_lock = threading.RLock()


class Outcome(Enum):
    """What stands in the place of a ball that is not to be had."""

    UNDEFINED = "undefined"
    UNDECIDED = "undecided"


#: How well the weights of a condition number need to be known.
WEIGHT_BITS = 10


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format: bits of the significand, exponents of normal numbers."""

    bits: int
    emin: int
    emax: int

    @property
    def eps(self) -> float:
        return 2.0 ** (1 - self.bits)


#: Bits to which equal numbers agree.
EVERY_BIT = 1 << 30

FORMATS = {"float64": Format(53, -1022, 1023), "float32": Format(24, -126, 127)}


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Working precision of balls inside the block."""
    with _lock:
        before = ctx.prec
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec = before


class Reference:
    """An equation, or a derivative of one, compiled for exact evaluation.

    ``equation`` has its parameters and outputs; ``written`` is the equation whose bodies are evaluated.
    """

    def __init__(self, formula: Equation | Derived) -> None:
        self.formula, self.equation = formula, equation_of(formula)
        self.written = written(formula)
        self._balls = Balls(arb, arb_mat)
        self._exact = closures_of(formula, self._balls)
        self._others: dict[Any, Evaluation] = {}
        self._last: tuple[Any, dict[str, np.ndarray]] = None, {}
        self._bound = 0
        bodies = (c.body for c in (*self.written.lets, *self.written.outputs))
        #: Whether a value is a derivative, or made of some that the formula writes.
        self.is_derived = isinstance(formula, Derived) or bool(differentiated_by(*bodies))

    def evaluate(self, inputs: Mapping[str, Any], prec: int) -> dict[str, np.ndarray]:
        """Every output element at one precision: a ball or an `Outcome`."""
        with precision(prec):
            self._exact.bind(inputs)
            return self._all(self._exact, lambda x: x)

    def rational(self, inputs: Mapping[str, Any], prec: int = 256) -> dict[str, np.ndarray]:
        """Every output element with rationals kept exact: a rational, a ball or an `Outcome`.

        What is a rational here is known, equality included; balls around equal numbers never tell.
        """
        with precision(prec):
            self._bound = 0
            return self._all(self._with_rationals(inputs, prec), lambda x: x)

    def value_certified(
        self,
        inputs: Mapping[str, Any],
        dtype: str = "float64",
        cap: int = 8192,
        wanted: Mapping[str, Sequence[tuple[int, ...]]] | None = None,
    ) -> dict[str, np.ndarray]:
        """Every output element to 20 bits beyond the format, in precisions up to ``cap`` bits.

        With ``wanted`` those elements only; the others stay undecided.  The last answer is
        kept: whether a point is defined and what its value is are asked one after the other.
        """
        # A request is compared by content, so that inputs changed in place are seen.
        arrays = [(name, np.asarray(a)) for name, a in inputs.items()]
        request = dtype, cap, wanted, [(name, a.shape, a.dtype, a.tobytes()) for name, a in arrays]
        if request == self._last[0]:
            return self._last[1]
        self._bound = 0
        form, bits = FORMATS[dtype], 2 * FORMATS[dtype].bits + 20
        results: dict[str, np.ndarray] = {}
        pending: list[tuple[int, tuple[int, ...]]] = []
        with precision(bits):
            tiny = arb(2) ** (form.emin - form.bits - 20)
            self._exact.bind(inputs)
            for k, c in enumerate(self.equation.outputs):
                shape = self._exact.shape(k)
                results[c.name] = np.full(shape, Outcome.UNDECIDED, dtype=object)
                places = positions(shape) if wanted is None else wanted.get(c.name, ())
                pending += [(k, at) for at in places]
            while pending:
                again = []
                for k, at in pending:
                    value, hopeless = self._element(self._exact, k, at)
                    if value is Outcome.UNDECIDED and not hopeless:
                        # More digits show that a number is not zero; that it is takes exact arithmetic.
                        value, hopeless = self._element(self._with_rationals(inputs, bits), k, at)
                        value = arb(value) if isinstance(value, fmpq) else value
                    if value is Outcome.UNDECIDED:
                        if not hopeless:
                            again.append((k, at))
                        continue
                    if value is not Outcome.UNDEFINED and not is_narrow(value, form.bits + 20, tiny):
                        again.append((k, at))
                        continue
                    results[self.equation.outputs[k].name][at] = value
                pending, bits = again, bits * 2
                if bits > cap:
                    break
                ctx.prec = bits
                if pending:
                    self._exact.refresh()
        self._last = request, results
        return results

    def jets(
        self, inputs: Mapping[str, Any], prec: int, order: int = 1, seeds: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Every output element as a `Jet` in the elements of the real inputs; a partial may be `Unknown`.

        ``order`` 2 makes the partials jets themselves.  ``seeds`` names the
        parameters to differentiate by; all real ones without it.
        """
        real = {p.name for p in self.equation.parameters if not p.integer}
        chosen = real if seeds is None else set(seeds)
        with precision(prec):
            closures = self._jet_closures(order)
            closures.bind(inputs, lambda name, k: name in chosen)
            return self._all(closures, lambda x: x)

    def sensitivity(
        self, inputs: Mapping[str, Any], wanted: Mapping[str, Sequence[tuple[int, ...]]], prec: int = 160
    ) -> dict[tuple[str, tuple[int, ...]], arb | None]:
        """``Σ_k |x_k ∂f/∂x_k|`` of the wanted output elements; None where a partial is not to be had.

        Inputs that are exactly zero contribute nothing and are not differentiated by.
        Precision is raised where partials cancel, as second derivatives do.
        """
        found: dict[tuple[str, tuple[int, ...]], arb | None] = {}
        integer = {p.name for p in self.equation.parameters if p.integer}
        flat = {name: np.asarray(a).ravel() for name, a in inputs.items()}
        names = [c.name for c in self.equation.outputs]
        settled: set[tuple[str, tuple[int, ...]]] = set()
        for bits in (prec, 4 * prec, 16 * prec):
            with precision(bits):
                closures = self._jet_closures(1)
                closures.bind(inputs, lambda name, k: name not in integer and flat[name][k] != 0)
                for name, places in wanted.items():
                    for at in places:
                        if (name, at) in settled:
                            continue
                        jet, hopeless = self._element(closures, names.index(name), at)
                        weight = None if isinstance(jet, Outcome) else self._weigh(jet, flat)
                        found[name, at] = weight
                        if hopeless or (weight is not None and is_narrow(weight, WEIGHT_BITS, arb(0))):
                            settled.add((name, at))
            if len(settled) == len(found):
                break
        return found

    def least_sensitivity(
        self, inputs: Mapping[str, Any], name: str, at: tuple[int, ...], prec: int = 160
    ) -> arb | None:
        """A lower bound of `sensitivity` where one parameter has no partial (``√(1 − b)`` at b = 1): without that."""
        integer = {p.name for p in self.equation.parameters if p.integer}
        flat = {n: np.asarray(a).ravel() for n, a in inputs.items()}
        place = [c.name for c in self.equation.outputs].index(name)
        for left in flat:
            def active(n: str, k: int, left: str = left) -> bool:
                return n not in {*integer, left} and bool(flat[n][k] != 0)

            with precision(prec):
                closures = self._jet_closures(1)
                closures.bind(inputs, active)
                jet, _ = self._element(closures, place, at)
                weight = None if isinstance(jet, Outcome) else self._weigh(jet, flat)
            if weight is not None and weight.is_finite():
                return weight
        return None

    def condition(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Condition number ``Σ_k |x_k ∂f/∂x_k| / |f|`` per output element; NaN where unknown."""
        values = self.value_certified(inputs)
        wanted = {n: positions(v.shape) for n, v in values.items()}
        weights = self.sensitivity(inputs, wanted)
        kappa = {}
        with precision(160):
            for n, v in values.items():
                kappa[n] = np.full(v.shape, np.nan)
                for at in wanted[n]:
                    w, f = weights[n, at], v[at]
                    if w is None or isinstance(f, Outcome) or not f.is_finite():
                        continue
                    if f.contains(0):
                        kappa[n][at] = 0.0 if w.is_zero() else np.inf
                    else:
                        kappa[n][at] = float((w / abs(f)).mid())
        return kappa

    def enclosure(self, inputs: Mapping[str, Any], dtype: str = "float64") -> dict[str, np.ndarray]:
        """What any evaluation of the formula in ``dtype`` may give: see `running_error`."""
        form = FORMATS[dtype]
        with precision(form.bits):
            if dtype not in self._others:
                algebra = RunningErrors(self._balls, form.bits, form.emin, form.emax, arb)
                self._others[dtype] = closures_of(self.formula, algebra)
            closures = self._others[dtype]
            closures.bind(inputs)
            return self._all(closures, closures.algebra.widen)  # type: ignore[attr-defined]

    def _with_rationals(self, inputs: Mapping[str, Any], bits: int) -> Evaluation:
        """Closures that keep rationals exact, bound to a point at one precision."""
        if "rationals" not in self._others:
            self._others["rationals"] = closures_of(self.formula, Exactly(self._balls, fmpq, fmpq_mat))
        closures = self._others["rationals"]
        if self._bound != bits:
            closures.bind(inputs)
            self._bound = bits
        return closures

    def _jet_closures(self, order: int) -> Evaluation:
        if order not in self._others:
            algebra: Any = self._balls
            for _ in range(order):
                algebra = Jets(algebra)
            self._others[order] = closures_of(self.formula, algebra)
        return self._others[order]

    def _weigh(self, jet: Any, flat: Mapping[str, np.ndarray]) -> arb | None:
        total = arb(0)
        if isinstance(jet, Jet):
            for (name, k), d in jet.partials.items():
                if type(d) is Unknown:
                    return None
                total += abs(arb(float(flat[name][k])) * d)
        return total if total.is_finite() or is_infinite(total) else None

    def _all(self, closures: Evaluation, finish: Callable[[Number], Any]) -> dict[str, np.ndarray]:
        results = {}
        for k, c in enumerate(self.equation.outputs):
            shape = closures.shape(k)
            out = results[c.name] = np.empty(shape, dtype=object)
            for at in positions(shape):
                value, _ = self._element(closures, k, at)
                out[at] = value if isinstance(value, Outcome) else finish(value)
        return results

    @staticmethod
    def _element(closures: Evaluation, k: int, at: tuple[int, ...]) -> tuple[Any, bool]:
        """An element or its `Outcome`, and whether precision cannot help."""
        try:
            return closures.element(k, at), False
        except Undefined:
            return Outcome.UNDEFINED, True
        except Undecided as reason:
            return Outcome.UNDECIDED, isinstance(reason, Hopeless)


def ball_of(x: Any) -> arb:
    """A fraction as a ball, at the working precision."""
    return arb(fmpq(x.numerator, x.denominator))


def is_narrow(x: arb, bits: int, tiny: arb) -> bool:
    """Whether a ball is known to ``bits`` bits, or to less than ``tiny``."""
    return bool(x.is_exact() or x.rel_accuracy_bits() >= bits or x.rad() < tiny)


def ulp_error(ball: arb, y: float, dtype: str = "float64") -> tuple[float, float]:
    """Rigorous bounds of ``|y - v| / ulp(v)`` for every v of the ball.

    ``ulp`` is the spacing of the format at v, that of subnormals at least.  A value
    that rounds to inf is met by inf alone; NaN is infinitely wrong; ``(0, inf)``
    means that the ball is too wide or too near the overflow threshold to tell.
    """
    form = FORMATS[dtype]
    y = float(y)
    if y != y:
        return np.inf, np.inf
    if is_infinite(ball):
        met = y == (np.inf if ball > 0 else -np.inf)
        return (0.0, 0.0) if met else (np.inf, np.inf)
    with precision(160):
        upper, lower = ball.abs_upper(), ball.abs_lower()
        if y in (np.inf, -np.inf):
            if upper < arb(2) ** (form.emax + 1) * (1 - arb(2) ** (2 - form.bits)):
                return np.inf, np.inf
            met = lower >= arb(2) ** (form.emax + 1) * (1 - arb(2) ** (-form.bits - 1))
            return (0.0, 0.0) if met and (ball > 0) == (y > 0) else (0.0, np.inf)
        d = abs(arb(y) - ball)
        widest, narrowest = (
            arb(2) ** (min(max(exponent(x), form.emin), form.emax) - form.bits + 1) for x in (upper, lower)
        )
        lo, hi = float((d.abs_lower() / widest).lower()), float((d.abs_upper() / narrowest).upper())
    return max(0.0, lo * (1 - 1e-15)), hi * (1 + 1e-15)


def is_overflow(ball: arb, y: float, dtype: str = "float64") -> bool:
    """Whether a float is infinite where the value, of the same sign, is within 16 bits of the largest number."""
    near = ball.is_finite() and ball.abs_lower() > arb(2) ** (FORMATS[dtype].emax - 16)
    return bool(y in (np.inf, -np.inf) and near and (ball > 0) == (y > 0))


def is_beyond(ball: arb, dtype: str = "float64") -> bool:
    """Whether a value is certainly larger than the largest number of a format."""
    return bool(ball.is_finite() and ball.abs_lower() >= arb(2) ** (FORMATS[dtype].emax + 1))


def is_subnormal(ball: arb, dtype: str = "float64") -> bool:
    """Whether a value lies below the smallest normal number of a format for certain."""
    return bool(ball.abs_upper() < arb(2) ** FORMATS[dtype].emin)


def exponent(x: arb) -> int:
    """``floor(log2 |x|)`` of an exact number, very small for zero."""
    if x.is_zero():
        return -(2**62)
    m, e = x.man_exp()
    return abs(int(m)).bit_length() - 1 + int(e)


def decimal(ball: Any, digits: int = 30) -> str:
    """An element of the reference as text."""
    if isinstance(ball, Outcome):
        return ball.value
    if is_infinite(ball):
        return "inf" if ball > 0 else "-inf"
    with precision(max(160, 4 * digits)):
        return str(ball.str(digits, radius=False))


def gap(left: Any, right: Any) -> tuple[int, int]:
    """The sign of ``left - right``, 0 where the two overlap, and to how many bits they then agree.

    Balls and rationals at the working precision; infinities of one sign agree to every bit, and so
    do equal rationals.  Beside zero the bits are those after the point.
    """
    if isinstance(left, fmpq) and isinstance(right, fmpq):
        return (left > right) - (left < right), EVERY_BIT
    left, right = arb(left), arb(right)
    if is_infinite(left) or is_infinite(right):
        return (0, EVERY_BIT) if left == right else (1 if left > right else -1, 0)
    d = left - right
    if d.is_zero():
        return 0, EVERY_BIT
    if not d.contains(0):
        return (1 if d > 0 else -1), 0
    scale = max(exponent(left.abs_lower()), exponent(right.abs_lower()))
    known = 0 if scale < -(2**61) else scale
    return 0, known - exponent(d.abs_upper()) - 1


def is_within(ball: arb, y: float) -> bool:
    """Whether a float lies in a ball; infinities by equality, NaN never."""
    if y != y:
        return False
    if is_infinite(ball) or y in (np.inf, -np.inf):
        return is_infinite(ball) and bool(arb(y) == ball)
    return bool(ball.contains(arb(y)))


def difference(ball: arb, y: float, weight: arb) -> float:
    """Upper bound of ``|y - v| / weight``."""
    with precision(160):
        d = abs(arb(y) - ball)
        if weight.is_zero():
            return 0.0 if d.is_zero() else np.inf
        if weight.contains(0):
            return np.inf
        return 0.0 if is_infinite(weight) else float((d / weight).upper())
