"""Numbers as people write them: decimals and powers of ten instead of long fractions."""

from __future__ import annotations

from fractions import Fraction

#: Fractions up to this denominator stay fractions: 1/2, 2/3, 3/8.
SMALL = 12
#: Powers of ten beyond which a number is written with one.
LOW, HIGH = -4, 7


def written(x: Fraction) -> str:
    """A rational number in short: ``1/3``, ``9.81``, ``6.674e-11``; exact in every case."""
    x = Fraction(x)
    places = _places(x.denominator)
    if x.denominator != 1 and (x.denominator <= SMALL or places is None):
        return f"{x.numerator}/{x.denominator}"
    digits = str(abs(x.numerator) * 10 ** (places or 0) // x.denominator)
    power = len(digits) - 1 - (places or 0)
    short = digits.rstrip("0") or "0"
    sign = "-" if x < 0 else ""
    if not LOW <= power < HIGH and len(short) <= len(digits) - (3 if not places else 0):
        return f"{sign}{short[0]}{'.' if short[1:] else ''}{short[1:]}e{power}"
    if not places:
        return f"{sign}{digits}"
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _places(denominator: int) -> int | None:
    """How many decimal places a fraction of this denominator has, if they end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
