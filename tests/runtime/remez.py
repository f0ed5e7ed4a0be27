"""Minimax polynomials behind texjit.runtime.vecmath, made by Remez exchange in 200-bit arithmetic.

Run as a script it prints every coefficient tuple of that file and the error that was reached.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp

Function = Callable[[mp.mpf], mp.mpf]


@dataclass(frozen=True, slots=True)
class Fit:
    """A function to approximate on [low, high] by a polynomial, with the error weighted."""

    name: str
    function: Function
    low: mp.mpf
    high: mp.mpf
    degree: int
    weight: Function
    single: bool = False


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


def fits() -> list[Fit]:
    """Every polynomial of vecmath by the name that it has there."""
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

    return [
        Fit("_EXP", _exp_remainder, -half_ln2, half_ln2, 10, square),
        Fit("_EXPM1", _expm1_remainder, -half_ln2, half_ln2, 9, shifted_square),
        Fit("_LOG", _atanh_remainder, zero, z_log, 7, shifted),
        Fit("_LOG_RATIO", _atanh_remainder, zero, mp.mpf("0.0401"), 7, shifted),
        Fit("_EXP32", _exp_remainder, -half_ln2, half_ln2, 4, square, single=True),
        Fit("_LOG32", _atanh_remainder, zero, z_log, 2, shifted, single=True),
    ]


if __name__ == "__main__":
    for fit in fits():
        coefficients, reached = minimax(fit)
        print(f"{fit.name}: error 2^{float(mp.log(reached, 2)):.1f}")
        print(" ".join(float.hex(c) for c in coefficients))
