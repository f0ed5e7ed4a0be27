"""Minimax polynomials behind texjit.runtime.vecmath and its family, made by Remez exchange in 200-bit arithmetic.

Run as a script it prints every coefficient tuple of those files and the error that was reached.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp

Function = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True, slots=True)
class Fit:
    """A function to approximate on [low, high] by a polynomial, with the error weighted; `home` is its file."""

    name: str
    function: Function
    low: mp.mpf
    high: mp.mpf
    degree: int
    weight: Function
    single: bool = False
    home: str = "vecmath_explog"


def _extrema(error: Function, low: mp.mpf, high: mp.mpf, wanted: int) -> list[tuple[mp.mpf, mp.mpf]]:
    """The abscissae and values of `wanted` alternating extrema of the error, found on a grid."""
    count = 60 * wanted
    grid = [low + (high - low) * mp.mpf(i) / count for i in range(count + 1)]
    values = [error(x) for x in grid]
    found: list[int] = []
    for i in range(count + 1):
        beside = [values[j] for j in (i - 1, i + 1) if 0 <= j <= count]
        if all(abs(values[i]) >= abs(v) or values[i] * v < 0 for v in beside):
            if found and values[found[-1]] * values[i] > 0:
                if abs(values[i]) > abs(values[found[-1]]):
                    found[-1] = i
            else:
                found.append(i)
    while len(found) > wanted:
        found.pop(0 if abs(values[found[0]]) < abs(values[found[-1]]) else -1)
    return [(grid[i], values[i]) for i in found]


def minimax(fit: Fit) -> tuple[tuple[float, ...], mp.mpf]:
    """The coefficients, rounded to the working type, and the weighted error before rounding."""
    wanted = fit.degree + 2
    middle, radius = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    points = [middle + radius * mp.cos(mp.pi * (wanted - 1 - i) / (wanted - 1)) for i in range(wanted)]
    coefficients: list[mp.mpf] = []
    reached = mp.inf
    for _ in range(12):
        rows, right = mp.matrix(wanted, wanted), mp.matrix(wanted, 1)
        for i, x in enumerate(points):
            for j in range(fit.degree + 1):
                rows[i, j] = x**j
            rows[i, fit.degree + 1] = (-1) ** i / fit.weight(x)
            right[i] = fit.function(x)
        solution = mp.lu_solve(rows, right)
        coefficients = [solution[j] for j in range(fit.degree + 1)]

        def error(x: mp.mpf, c: list[mp.mpf] = coefficients) -> mp.mpf:
            return fit.weight(x) * (fit.function(x) - mp.polyval(c[::-1], x))

        extrema = _extrema(error, fit.low, fit.high, wanted)
        sizes = [abs(v) for _, v in extrema]
        reached = max(sizes)
        if len(extrema) < wanted or reached / min(sizes) < 1.001:
            break
        points = [x for x, _ in extrema]
    return tuple(_round(c, fit.single) for c in coefficients), reached


def _round(x: mp.mpf, single: bool) -> float:
    return float(struct.unpack("f", struct.pack("f", float(x)))[0]) if single else float(x)


def _exp_remainder(r: mp.mpf) -> mp.mpf:
    if abs(r) < mp.mpf(2) ** -30:
        return mp.mpf(1) / 2 + r / 6 + r * r / 24 + r**3 / 120
    return (mp.expm1(r) - r) / r**2


def _expm1_remainder(r: mp.mpf) -> mp.mpf:
    if abs(r) < mp.mpf(2) ** -30:
        return mp.mpf(1) / 6 + r / 24 + r * r / 120
    return (mp.expm1(r) - r - r * r / 2) / r**3


def _atanh_remainder(z: mp.mpf) -> mp.mpf:
    if z < mp.mpf(2) ** -40:
        return mp.mpf(2) / 3 + mp.mpf(2) * z / 5 + 2 * z * z / 7
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def _series(coefficient: Callable[[int], mp.mpf], z: mp.mpf, terms: int) -> mp.mpf:
    return mp.fsum(coefficient(k) * z**k for k in range(terms))


def _entropy_remainder(w: mp.mpf) -> mp.mpf:
    if w < mp.mpf("0.01"):
        return _series(lambda k: mp.mpf(1) / ((2 * k + 4) * (2 * k + 3)), w, 60)
    t = mp.sqrt(w)
    return (((1 + t) * mp.log1p(t) + (1 - t) * mp.log1p(-t)) / 2 / w - mp.mpf(1) / 2) / w


def _atanh_second_remainder(z: mp.mpf) -> mp.mpf:
    if z < mp.mpf("1e-4"):
        return _series(lambda k: mp.mpf(2) / (2 * k + 5), z, 40)
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s - 2 * s * z / 3) / (s * z * z)


def _sine_remainder(w: mp.mpf) -> mp.mpf:
    if w < mp.mpf("1e-6"):
        return _series(lambda k: (-1) ** (k + 1) / mp.factorial(2 * k + 3), w, 20)
    r = mp.sqrt(w)
    return (mp.sin(r) - r) / (r * w)


def _cosine_remainder(w: mp.mpf) -> mp.mpf:
    if w < mp.mpf("1e-6"):
        return _series(lambda k: (-1) ** k / mp.factorial(2 * k + 4), w, 20)
    return (mp.cos(mp.sqrt(w)) - 1 + w / 2) / (w * w)


def _erf_remainder(w: mp.mpf) -> mp.mpf:
    if w < mp.mpf("1e-6"):
        return 2 / mp.sqrt(mp.pi) * _series(lambda k: (-1) ** k / mp.factorial(k) / (2 * k + 1), w, 20) - 1
    r = mp.sqrt(w)
    return mp.erf(r) / r - 1


def _erfcx(a: mp.mpf) -> mp.mpf:
    if a < 12:
        return mp.erfc(a) * mp.exp(a * a)
    if a > mp.mpf("1e12"):
        return 1 / (a * mp.sqrt(mp.pi))
    f = mp.mpf(0)
    for k in range(400, 0, -1):
        f = mp.mpf(k) / 2 / (a + f)
    return 1 / (a + f) / mp.sqrt(mp.pi)


def _erfcx_remainder(q: mp.mpf) -> mp.mpf:
    centre = mp.mpf("3.5")
    if q >= 1:
        return (2 / mp.sqrt(mp.pi) - 1) / 2
    if q < -1 + mp.mpf("1e-12"):
        return (2 - 2 / mp.sqrt(mp.pi)) * centre / (1 - q)
    a = centre * (1 + q) / (1 - q)
    return ((1 + 2 * a) * _erfcx(a) - 1) / (1 + q)


@functools.cache
def _digamma_root() -> mp.mpf:
    return mp.findroot(mp.digamma, mp.mpf("1.4616"))


def _digamma_quotient(t: mp.mpf) -> mp.mpf:
    root, x = _digamma_root(), t + mp.mpf("1.75")
    return mp.psi(1, root) if abs(x - root) < mp.mpf("1e-25") else mp.digamma(x) / (x - root)


def _digamma_remainder(z: mp.mpf) -> mp.mpf:
    if z < mp.mpf("1e-3"):
        return mp.fsum(mp.bernoulli(2 * k) / (2 * k) * z ** (k - 1) for k in range(1, 9))
    x = 1 / mp.sqrt(z)
    return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) / z


def fits() -> list[Fit]:
    """Every polynomial of vecmath and its family by the name that it has there."""
    mp.mp.prec = 200
    half_ln2 = mp.log(2) / 2 * mp.mpf("1.0001")
    z_log = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0005")
    zero = mp.mpf(0)

    def square(r: mp.mpf) -> mp.mpf:
        return r * r if abs(r) > 0.01 else mp.mpf("1e-4")

    def shifted(z: mp.mpf) -> mp.mpf:
        return z + mp.mpf("1e-5")

    def shifted_square(r: mp.mpf) -> mp.mpf:
        return r * r + mp.mpf("1e-5")

    def one(_: mp.mpf) -> mp.mpf:
        return mp.mpf(1)

    def above_thousandth(w: mp.mpf) -> mp.mpf:
        return w + mp.mpf("1e-3")

    def square_above_thousandth(w: mp.mpf) -> mp.mpf:
        return w * w + mp.mpf("1e-3")

    def from_left(q: mp.mpf) -> mp.mpf:
        return 1 + q + mp.mpf("0.02")

    def inverse(t: mp.mpf) -> mp.mpf:
        return 1 / _digamma_quotient(t)

    quarter = (mp.pi / 4) ** 2 * mp.mpf("1.0001")
    return [
        Fit("_EXP", _exp_remainder, -half_ln2, half_ln2, 10, square),
        Fit("_EXPM1", _expm1_remainder, -half_ln2, half_ln2, 9, shifted_square),
        Fit("_LOG", _atanh_remainder, zero, z_log, 7, shifted),
        Fit("_LOG_RATIO", _atanh_remainder, zero, mp.mpf("0.0401"), 7, shifted),
        Fit("_EXP32", _exp_remainder, -half_ln2, half_ln2, 4, square, single=True),
        Fit("_LOG32", _atanh_remainder, zero, z_log, 2, shifted, single=True),
        Fit("_PSI", _entropy_remainder, zero, mp.mpf("0.2501"), 11, above_thousandth, home="vecmath_stable"),
        Fit("_POWER", _atanh_second_remainder, zero, z_log, 7, one, home="vecmath_power"),
        Fit("_SIN", _sine_remainder, zero, quarter, 5, above_thousandth, home="vecmath_trig"),
        Fit("_COS", _cosine_remainder, zero, quarter, 5, square_above_thousandth, home="vecmath_trig"),
        Fit("_SIN_SHORT", _sine_remainder, zero, quarter, 3, above_thousandth, home="vecmath_trig"),
        Fit("_COS_SHORT", _cosine_remainder, zero, quarter, 3, square_above_thousandth, home="vecmath_trig"),
        Fit("_ERF", _erf_remainder, zero, mp.mpf("0.7501") ** 2, 10, one, home="vecmath_erf"),
        Fit("_ERFCX", _erfcx_remainder, mp.mpf(-1), mp.mpf(1), 24, from_left, home="vecmath_erf"),
        Fit("_DIGAMMA", _digamma_quotient, -mp.mpf("0.75"), mp.mpf("0.75"), 25, inverse, home="vecmath_gamma"),
        Fit("_DIGAMMA_TAIL", _digamma_remainder, zero, mp.mpf("0.0101"), 5, one, home="vecmath_gamma"),
    ]


if __name__ == "__main__":
    for fit in fits():
        coefficients, reached = minimax(fit)
        print(f"{fit.name}: error 2^{float(mp.log(reached, 2)):.1f}")
        print(" ".join(float.hex(c) for c in coefficients))
