"""Exact evaluation of equations in ball arithmetic, and the ulp error of a float.

The judge: it reads the `Equation` itself and never the compiler's work.  Inputs are
floats taken as exact; every number carries a rigorous radius, and precision is
doubled until each output element is known well beyond the last place of a float.

Extended values: a number is a finite ball or exactly +inf or -inf.  ``log 0 = -inf``,
sums of infinities of one sign are infinite, ``inf - inf``, ``0·inf`` and ``x/0`` are
undefined (see `closures` for the logarithm of a quotient and for absorbed factors).

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
from flint import arb, arb_mat, ctx

from ..equations.equation import Equation
from .closures import Closures, Hopeless, Number, Thunk, Undecided, Undefined, is_less, positions
from .jets import Jet, Jets
from .running_error import RunningErrors

_lock = threading.RLock()
_inf = arb("inf")


class Outcome(Enum):
    """What stands in the place of a ball that is not to be had."""

    UNDEFINED = "undefined"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format: bits of the significand, exponents of normal numbers."""

    bits: int
    emin: int
    emax: int

    @property
    def eps(self) -> float:
        return 2.0 ** (1 - self.bits)


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


def is_infinite(x: arb) -> bool:
    """Exactly +inf or -inf; other balls that are not finite never leave an operation."""
    return not x.is_finite() and x.is_exact() and not x.is_nan()


#: Limits at -inf and +inf; None is undefined.
_at_infinity: dict[str, tuple[Callable[[], arb] | None, Callable[[], arb] | None]] = {
    "exp": (lambda: arb(0), lambda: _inf),
    "log": (None, lambda: _inf),
    "sinh": (lambda: -_inf, lambda: _inf),
    "cosh": (lambda: _inf, lambda: _inf),
    "tanh": (lambda: arb(-1), lambda: arb(1)),
    "atan": (lambda: -arb.pi() / 2, lambda: arb.pi() / 2),
    "asinh": (lambda: -_inf, lambda: _inf),
    "acosh": (None, lambda: _inf),
    "erf": (lambda: arb(-1), lambda: arb(1)),
    "erfc": (lambda: arb(2), lambda: arb(0)),
    "gamma": (None, lambda: _inf),
    "loggamma": (None, lambda: _inf),
    "digamma": (None, lambda: _inf),
    "Abs": (lambda: _inf, lambda: _inf),
    "sign": (lambda: arb(-1), lambda: arb(1)),
    "floor": (lambda: -_inf, lambda: _inf),
    "ceiling": (lambda: -_inf, lambda: _inf),
}

_methods: dict[str, Callable[[arb], arb]] = {
    "loggamma": lambda x: x.lgamma(),
    "Abs": abs,
    "sign": lambda x: x.sgn(),
    "ceiling": lambda x: x.ceil(),
    **{
        n: getattr(arb, n)
        for n in "exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh erf erfc gamma digamma "
        "floor".split()
    },
}

#: Closed real domains and the values at their ends (None: undefined there).
_ends: dict[str, tuple[int, int | None, arb | None, arb | None]] = {
    "log": (0, None, -_inf, None),
    "asin": (-1, 1, None, None),
    "acos": (-1, 1, None, None),
    "acosh": (1, None, None, None),
    "atanh": (-1, 1, -_inf, _inf),
    "loggamma": (0, None, _inf, None),
}


class Balls:
    """The algebra of extended balls at the working precision."""

    def rational(self, p: int, q: int) -> arb:
        return arb(p) if q == 1 else arb(p) / q

    def constant(self, name: str) -> arb:
        return {"pi": arb.pi, "e": arb.const_e, "euler": arb.const_euler}[name]()

    def leaf(self, value: float | int, key: tuple[str, int] | None) -> arb:
        if value != value:
            raise Undefined("NaN among the inputs")
        return arb(value)

    def add(self, a: arb, b: arb) -> arb:
        r = a + b
        if r.is_finite():
            return r
        if is_infinite(a):
            if is_infinite(b) and (a > 0) != (b > 0):
                raise Undefined("inf - inf")
            return a
        return b if is_infinite(b) else self._infinite(r)

    def sum(self, terms: Sequence[arb]) -> arb:
        r = arb(0)
        for t in terms:
            r += t
        if r.is_finite():
            return r
        r = arb(0)
        for t in terms:
            r = self.add(r, t)
        return r

    def mul(self, a: arb, b: arb) -> arb:
        r = a * b
        if r.is_finite():
            return r
        if is_infinite(a) or is_infinite(b):
            if a.is_zero() or b.is_zero():
                raise Undefined("0·inf")
            if a.contains(0) and not is_infinite(a) or b.contains(0) and not is_infinite(b):
                raise Undecided("the sign of an infinite product")
            return _inf if (a > 0) == (b > 0) else -_inf
        return self._infinite(r)

    def power(self, a: arb, n: int) -> arb:
        if n == 0:
            return arb(1)
        if n < 0 and a.is_zero():
            raise Undefined("division by zero")
        if is_infinite(a):
            return arb(0) if n < 0 else _inf if a > 0 or n % 2 == 0 else -_inf
        r = 1 / a if n == -1 else a**n
        if r.is_finite():
            return r
        if n < 0 and a.contains(0):
            raise Undecided("division by what may be zero")
        raise Hopeless("a power beyond every exponent")

    def root(self, a: arb, p: int, q: int, nonnegative: bool) -> arb:
        if a > 0:
            if is_infinite(a):
                return _inf if p > 0 else arb(0)
            if q == 2:
                return a.sqrt() ** p if p > 0 else a.rsqrt() ** -p
            return a ** (arb(p) / q)
        if a < 0:
            raise Undefined("a root of a negative number")
        if a.is_zero():
            if p < 0:
                raise Undefined("division by zero")
            return arb(0)
        if p < 0 or not nonnegative:
            raise Undecided("the sign under a root")
        half = arb((a.abs_upper() ** (arb(p) / q)).upper()) / 2
        return arb(half, half)

    def pow(self, a: arb, b: arb) -> arb:
        if b.is_zero():
            return arb(1)
        if b.is_exact() and b.is_integer() and abs(b) < 2**31:
            return self.power(a, int(b.unique_fmpz()))
        if a == 1:
            return a
        if a.is_zero():
            if b > 0:
                return arb(0)
            raise Undefined("division by zero") if b < 0 else Undecided("the sign of an exponent")
        if a < 0:
            if b.contains_integer():
                raise Undecided("whether an exponent is an integer")
            raise Undefined("a real power of a negative number")
        if not a > 0:
            raise Undecided("the sign of a base")
        return self.call("exp", self.mul(b, self.call("log", a)))

    def call(self, name: str, x: arb) -> arb:
        if x.is_finite():
            r = _methods[name](x)
            if r.is_finite():
                return r
            return self._outside(name, x)
        limits = _at_infinity.get(name, (None, None))
        limit = limits[1] if x > 0 else limits[0]
        if limit is None:
            raise Undefined(f"{name} of an infinite value")
        return limit()

    def _outside(self, name: str, x: arb) -> arb:
        """Why a function of a finite ball has no finite value, or its infinite one."""
        if name in _ends:
            lo, hi, at_lo, at_hi = _ends[name]
            if x < lo or (hi is not None and x > hi):
                raise Undefined(f"{name} outside its domain")
            for end, value in ((lo, at_lo), (hi, at_hi)):
                if end is not None and x == end and value is not None:
                    return value
        if name in ("gamma", "digamma") and x.is_exact() and x.is_integer() and x <= 0:
            raise Undefined(f"{name} at a pole")
        if abs(x) > 2**40:
            raise Hopeless(f"{name} beyond every exponent")
        raise Undecided(f"{name} near the end of its domain")

    def maximum(self, a: arb, b: arb) -> arb:
        if a.is_finite() and b.is_finite():
            return a.max(b)
        return b if is_less(a, b) else a

    def minimum(self, a: arb, b: arb) -> arb:
        if a.is_finite() and b.is_finite():
            return a.min(b)
        return a if is_less(a, b) else b

    def absorb(self, coefficient: arb, logarithms: Thunk) -> arb:
        return arb(0)

    def lead(self, a: arb) -> arb:
        return a

    def inverse(self, rows: list[list[arb]]) -> list[list[arb]]:
        try:
            found = arb_mat(rows).inv().tolist()
        except ZeroDivisionError:
            raise Undecided("whether a matrix is singular") from None
        if not all(x.is_finite() for r in found for x in r):
            raise Undecided("whether a matrix is singular")
        return found

    def determinant(self, rows: list[list[arb]]) -> arb:
        return self._infinite(arb_mat(rows).det())

    def _infinite(self, r: arb) -> arb:
        """A result that must be finite or exactly infinite."""
        if r.is_finite() or is_infinite(r):
            return r
        raise Undecided("an unbounded ball")


class Reference:
    """An equation compiled for exact evaluation; one per thread.

    >>> Reference(equation).value_certified({"p": np.array([0.5, 0.5])})  # doctest: +SKIP
    """

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self._balls = Balls()
        self._exact = Closures(equation, self._balls)
        self._others: dict[Any, Closures] = {}

    def evaluate(self, inputs: Mapping[str, Any], prec: int) -> dict[str, np.ndarray]:
        """Every output element at one precision: a ball or an `Outcome`."""
        with precision(prec):
            self._exact.bind(inputs)
            return self._all(self._exact, lambda x: x)

    def value_certified(
        self, inputs: Mapping[str, Any], dtype: str = "float64", cap: int = 8192
    ) -> dict[str, np.ndarray]:
        """Every output element to 20 bits beyond the format, in precisions up to ``cap`` bits."""
        form, bits = FORMATS[dtype], 2 * FORMATS[dtype].bits + 20
        results: dict[str, np.ndarray] = {}
        pending: list[tuple[int, tuple[int, ...]]] = []
        with precision(bits):
            tiny = arb(2) ** (form.emin - form.bits - 20)
            self._exact.bind(inputs)
            for k, c in enumerate(self.equation.outputs):
                shape = self._exact.shape(k)
                results[c.name] = np.full(shape, Outcome.UNDECIDED, dtype=object)
                pending += [(k, at) for at in positions(shape)]
            while pending:
                again = []
                for k, at in pending:
                    value, hopeless = self._element(self._exact, k, at)
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
        return results

    def jets(
        self, inputs: Mapping[str, Any], prec: int, order: int = 1, seeds: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Every output element as a `Jet` in the elements of the real inputs.

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
        """
        found: dict[tuple[str, tuple[int, ...]], arb | None] = {}
        integer = {p.name for p in self.equation.parameters if p.integer}
        flat = {name: np.asarray(a).ravel() for name, a in inputs.items()}
        names = [c.name for c in self.equation.outputs]
        for bits in (prec, 4 * prec):
            with precision(bits):
                closures = self._jet_closures(1)
                closures.bind(inputs, lambda name, k: name not in integer and flat[name][k] != 0)
                for name, places in wanted.items():
                    for at in places:
                        if found.get((name, at)) is not None:
                            continue
                        jet, _ = self._element(closures, names.index(name), at)
                        found[name, at] = None if isinstance(jet, Outcome) else self._weigh(jet, flat)
            if all(v is not None for v in found.values()):
                break
        return found

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
                self._others[dtype] = Closures(self.equation, algebra)
            closures = self._others[dtype]
            closures.bind(inputs)
            return self._all(closures, closures.algebra.widen)  # type: ignore[attr-defined]

    def _jet_closures(self, order: int) -> Closures:
        if order not in self._others:
            algebra: Any = self._balls
            for _ in range(order):
                algebra = Jets(algebra)
            self._others[order] = Closures(self.equation, algebra)
        return self._others[order]

    def _weigh(self, jet: Any, flat: Mapping[str, np.ndarray]) -> arb | None:
        total = arb(0)
        if isinstance(jet, Jet):
            for (name, k), d in jet.partials.items():
                total += abs(arb(float(flat[name][k])) * d)
        return total if total.is_finite() or is_infinite(total) else None

    def _all(self, closures: Closures, finish: Callable[[Number], Any]) -> dict[str, np.ndarray]:
        results = {}
        for k, c in enumerate(self.equation.outputs):
            shape = closures.shape(k)
            out = results[c.name] = np.empty(shape, dtype=object)
            for at in positions(shape):
                value, _ = self._element(closures, k, at)
                out[at] = value if isinstance(value, Outcome) else finish(value)
        return results

    @staticmethod
    def _element(closures: Closures, k: int, at: tuple[int, ...]) -> tuple[Any, bool]:
        """An element or its `Outcome`, and whether precision cannot help."""
        try:
            return closures.element(k, at), False
        except Undefined:
            return Outcome.UNDEFINED, True
        except Undecided as reason:
            return Outcome.UNDECIDED, isinstance(reason, Hopeless)


def is_narrow(x: arb, bits: int, tiny: arb) -> bool:
    """Whether a ball is known to ``bits`` bits, or to less than ``tiny``."""
    return x.is_exact() or x.rel_accuracy_bits() >= bits or x.rad() < tiny


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
        return 0.0 if is_infinite(weight) else float((d / weight).upper())
