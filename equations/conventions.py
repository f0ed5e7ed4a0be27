"""Conventions of meaning that judge and compiler both read.

In a product with logarithms among its factors, an exact zero among the other
factors makes the product zero, whatever the logarithm is: ``0·log 0 = 0`` and
``0·log(0/0) = 0``, as information theory has it; ``p·log(p/0) = +inf`` follows
from IEEE arithmetic.  An empty sum is 0, an empty product 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr

#: SymPy heads whose infinite or undefined value an exact zero factor absorbs.
ABSORBED = frozenset({"log"})


def split_absorbed(factors: tuple[Expr, ...]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """Split a product's factors into (coefficient, absorbed logarithms).

    The second part is empty where the convention does not apply: no logarithm, or
    no coefficient but a nonzero number.
    """
    absorbed = tuple(f for f in factors if type(f).__name__ in ABSORBED)
    rest = tuple(f for f in factors if type(f).__name__ not in ABSORBED)
    if not absorbed or all(f.is_Number and not f.is_zero for f in rest):
        return factors, ()
    return rest, absorbed
