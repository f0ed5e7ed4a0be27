"""The sine and cosine of every float.

Straight-line code under the rules of `vecmath`, and like it copied beside exported kernels.  Arguments up to
10^9 lose a multiple of π/2 in three parts (Cody and Waite).  Beyond, x = M 2^E with an integer M, and what
2^E 2/π leaves after division by 4 is read from a table (Payne and Hanek); both are evaluated, one is taken.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

import numpy as np

from .vecmath_explog import _ROUND, _ZERO32, _coefficients
from .vecmath_instructions import (
    HAS_FMA,
    _bits,
    _copysign,
    _elementary,
    _fma,
    _from_bits,
    _iadd,
    _iand,
    _interpreted,
    _ior,
    _isub,
    _lshr,
    _polynomial,
    inlined,
    rint,
    select,
    table,
    two_sum,
)

# (sin r - r)/r³ and (cos r - 1 + r²/2)/r⁴ in r², |r| <= π/4; shorter ones for float32.
_SIN = _coefficients("""
    -0x1.5555555555549p-3 0x1.111111110f8cep-7 -0x1.a01a019c1a3d3p-13 0x1.71de357e2b02bp-19
    -0x1.ae5e6ab663d71p-26 0x1.5d942e4fcb7c4p-33""")
_COS = _coefficients("""
    0x1.555555555554ep-5 -0x1.6c16c16c15520p-10 0x1.a01a019d00f06p-16 -0x1.27e4f83d073e7p-22
    0x1.1eea0b72b9813p-29 -0x1.8fbda17bd5cc3p-37""")
_SIN_SHORT = _coefficients("-0x1.5555554cce40cp-3 0x1.111108a0fa62ap-7 -0x1.a00fa46ba4a6cp-13 0x1.6cd9ae2a68626p-19")
_COS_SHORT = _coefficients("0x1.5555554f80902p-5 -0x1.6c16b8c4d5c6dp-10 0x1.a01138b019decp-16 -0x1.242f3aedd14dep-22")
_TWO_OVER_PI = float.fromhex("0x1.45f306dc9c883p-1")
# π/2 in three floats.
_HALF_PI = float.fromhex("0x1.921fb54442d18p+0")
_HALF_PI_2 = float.fromhex("0x1.1a62633145c07p-54")
_HALF_PI_3 = float.fromhex("-0x1.f1976b7ed8fbcp-110")
_LARGE = 1e9
_FIRST = 1050  # exponent field of the first row of the table
_SIGNIFICAND = (1 << 52) - 1
_INTEGER = 1075 << 52  # exponent field of a float whose last bit weighs 1


def _pi(bits: int) -> int:
    """π 2^bits, rounded down to all but the last few bits (Machin 1706)."""

    def inverse_tangent(k: int) -> int:
        total = term = (1 << bits + 32) // k
        for j in range(3, 2 * bits, 2):
            term //= -k * k
            total += term // j
        return total

    return 4 * (4 * inverse_tangent(5) - inverse_tangent(239)) >> 32


def _turns() -> list[list[float]]:
    """Four columns, their sum in row i being 2^(i - 25) 2/π reduced to [-2, 2), to 210 bits.

    Those of the first column are multiples of 2^-51, so that the part after the point of an integer multiple is.
    """
    columns: list[list[float]] = [[], [], [], []]
    two_over_pi = (1 << 2801) // _pi(1400)
    for exponent in range(_FIRST - 1075, 2046 - 1075 + 1):
        rest = (two_over_pi >> 1400 - 280 - exponent) % (1 << 282)
        rest -= rest >> 281 << 282
        for column, last in zip(columns, (51, 104, 157, 210), strict=True):
            digits = (rest >> 279 - last) + 1 >> 1
            column.append(math.ldexp(float(digits), -last))
            rest -= digits << 280 - last
    return columns


_turns_1, _turns_2, _turns_3, _turns_4 = (table(column) for column in _turns())


@inlined
def _integer_part(x, shift):
    """(M, i) with x = M 2^(E + shift), M an integer with the last bits zero, i the row of 2^(E + shift)."""
    bits = _bits(x)
    row = _isub(_iand(_lshr(bits, 52), 2047), _FIRST - shift)
    significand = _copysign(_from_bits(_ior(_iand(bits, _SIGNIFICAND), _INTEGER - (shift << 52))), x)
    return significand, min(max(row, 0), 2046 - _FIRST)


@inlined
def _quadrant(whole, nearest):
    """A float whose low bits are those of the sum of two whole numbers."""
    return (_fma(-4.0, rint(0.25 * whole), whole) + nearest) + _ROUND


@inlined
def _quarter_turns(x):
    """(q, r, r_tail) with x = q π/2 + r + r_tail, |r| <= π/4 and a little, q in the low bits of an integer."""
    shifted = _fma(x, _TWO_OVER_PI, _ROUND)
    n = shifted - _ROUND
    # The first step is exact, for what it leaves has no bits below those of x and n π/2.
    first = _fma(-n, _HALF_PI, x)
    product = n * _HALF_PI_2
    r, lost = two_sum(first, -product)
    tail = lost - _fma(n, _HALF_PI_3, _fma(n, _HALF_PI_2, -product))
    # The same from the table: products and sums without error until the last, for near a multiple of π/2
    # 61 leading bits cancel.
    m, row = _integer_part(x, 0)
    t, u, v = _turns_1(row), _turns_2(row), _turns_3(row)
    p1, p2, p3 = m * t, m * u, m * v
    whole = rint(p1)
    total, lost1 = two_sum((p1 - whole) + _fma(m, t, -p1), p2)
    nearest = rint(total)
    turn, lost2 = two_sum(total - nearest, lost1)
    turn, lost3 = two_sum(turn, _fma(m, u, -p2))
    turn, lost4 = two_sum(turn, p3)
    turn_tail = (lost2 + lost3) + (lost4 + _fma(m, _turns_4(row), _fma(m, v, -p3)))
    # The last difference is NaN of infinities.
    far_r = turn * _HALF_PI + (x - x)
    far_tail = _fma(turn, _HALF_PI, -far_r) + _fma(turn, _HALF_PI_2, turn_tail * _HALF_PI)
    near = abs(x) <= _LARGE
    q = _bits(select(near, shifted, _quadrant(whole, nearest)))
    return q, select(near, r, far_r), select(near, tail, far_tail)


@inlined
def _quarter_turns_of_single(x):
    """(q, r) with x = q π/2 + r for a float32 in a float64."""
    shifted = _fma(x, _TWO_OVER_PI, _ROUND)
    n = shifted - _ROUND
    r = _fma(-n, _HALF_PI_2, _fma(-n, _HALF_PI, x))
    m, row = _integer_part(x, 29)
    t = _turns_1(row)
    p = m * t
    whole = rint(p)
    turn = _fma(m, _turns_2(row), (p - whole) + _fma(m, t, -p))
    near = abs(x) <= _LARGE
    q = _bits(select(near, shifted, _quadrant(whole, 0.0)))
    return q, select(near, r, turn * _HALF_PI + (x - x))


@inlined
def _wave(q, r, tail):
    """sin(q π/2 + r + tail)."""
    z = r * r
    sine = r + _fma(z * r, _polynomial(z, _SIN), _fma(-0.5 * z, tail, tail))
    half = 0.5 * z
    one = 1.0 - half
    cosine = one + (((1.0 - one) - half) + _fma(z * z, _polynomial(z, _COS), -r * tail))
    y = select(_iand(q, 1) == 0, sine, cosine)
    return select(_iand(q, 2) == 0, y, -y)


@inlined
def _wave_of_single(q, r):
    """sin(q π/2 + r) to the digits of a float32."""
    z = r * r
    sine = _fma(z * r, _polynomial(z, _SIN_SHORT), r)
    cosine = _fma(z * z, _polynomial(z, _COS_SHORT), _fma(-0.5, z, 1.0))
    y = select(_iand(q, 1) == 0, sine, cosine)
    return np.float32(select(_iand(q, 2) == 0, y, -y))


def _sin64(x):
    q, r, tail = _quarter_turns(x)
    return select(abs(x) < 1e-8, x, _wave(q, r, tail))


def _cos64(x):
    q, r, tail = _quarter_turns(x)
    return _wave(_iadd(q, 1), r, tail)


def _sin32(x):
    q, r = _quarter_turns_of_single(np.float64(x))
    return select(x == _ZERO32, x, _wave_of_single(q, r))


def _cos32(x):
    q, r = _quarter_turns_of_single(np.float64(x))
    return _wave_of_single(_iadd(q, 1), r)


if not HAS_FMA:  # libm's own are faster than these on emulated instructions

    def _sin64(x):
        return math.sin(x)

    def _cos64(x):
        return math.cos(x)

    _sin32, _cos32 = _sin64, _cos64


@_elementary(_sin64, _sin32)
def sin(x: float) -> float:
    """The sine; NaN of infinities.

    Error:   ≤ 0.8 ulp float64, ≤ 0.5001 ulp float32
    """
    return _interpreted(sin, x)


@_elementary(_cos64, _cos32)
def cos(x: float) -> float:
    """The cosine; NaN of infinities.

    Error:   ≤ 0.8 ulp float64, ≤ 0.5001 ulp float32
    """
    return _interpreted(cos, x)
