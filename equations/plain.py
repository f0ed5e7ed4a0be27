"""Index form as plain text, for people: ``Σ_x P[x]·log(P[x]/Q[x])``."""

from __future__ import annotations

from fractions import Fraction

import sympy
from sympy import Expr

from . import heads
from .digits import written

ADD, MUL, UNARY, POWER, ATOM = 1, 2, 3, 4, 5

NAMES = {"Abs": "abs", "ReduceMax": "max", "ReduceMin": "min", "ArgMax": "argmax", "ArgMin": "argmin",
         "ceiling": "ceil", "Max": "max", "Min": "min"}


def plain(e: Expr) -> str:
    """The expression on one line."""
    return _show(e)[0]


def _at(e: Expr, level: int) -> str:
    text, mine = _show(e)
    return text if mine >= level else f"({text})"


def _show(e: Expr) -> tuple[str, int]:
    if isinstance(e, sympy.Indexed):
        return f"{e.base.label}[{', '.join(plain(i) for i in e.indices)}]", ATOM
    if e.is_Rational:
        text = written(Fraction(int(e.p), int(e.q)))
        return text, MUL if "/" in text else ATOM if e.p >= 0 else UNARY
    if isinstance(e, sympy.Symbol):
        return e.name, ATOM
    if isinstance(e, sympy.Add):
        out = ""
        for k, term in enumerate(e.args):
            negative, positive = _sign(term)
            text = _at(positive, MUL)
            out += ("-" if k == 0 else " - ") + text if negative else ("" if k == 0 else " + ") + text
        return out, ADD
    if isinstance(e, sympy.Mul):
        negative, positive = _sign(e)
        if negative:
            return f"-{_at(positive, MUL)}", UNARY
        return _product(e), MUL
    if isinstance(e, sympy.Pow):
        return _power(e)
    if isinstance(e, sympy.Sum | sympy.Product):
        mark = "Σ" if isinstance(e, sympy.Sum) else "Π"
        ranges = " ".join(f"{mark}_{_range(*limit)}" for limit in reversed(e.limits))
        return f"{ranges} {_at(e.function, MUL)}", MUL
    if isinstance(e, heads.ReduceMax | heads.ReduceMin | heads.ArgMax | heads.ArgMin):
        body, i, lo, hi = e.args
        return f"{NAMES[type(e).__name__]}_{_range(i, lo, hi)} {_at(body, MUL)}", MUL
    if isinstance(e, heads.InverseElement):
        matrix = _matrix(e.args[0], e.args[3:])
        return f"inverse({matrix})[{plain(e.args[1])}, {plain(e.args[2])}]", ATOM
    if isinstance(e, heads.Partial):
        of, by, *at = e.args
        below = f"{by}[{', '.join(map(plain, at))}]" if at else str(by)
        return f"∂{plain(of)}/∂{below}", MUL
    if isinstance(e, heads.Determinant):
        return f"det({_matrix(e.args[0], e.args[1:])})", ATOM
    if isinstance(e, sympy.Piecewise):
        parts = [f"{plain(v)} if {c}" if c is not sympy.true else f"{plain(v)} otherwise" for v, c in e.args]
        return "{" + "; ".join(parts) + "}", ATOM
    if isinstance(e, sympy.Function | sympy.Max | sympy.Min):
        name = NAMES.get(type(e).__name__, type(e).__name__)
        return f"{name}({', '.join(plain(a) for a in e.args)})", ATOM
    return str(e), ATOM


def _sign(e: Expr) -> tuple[bool, Expr]:
    """Whether a term is written with a minus, and the term without it."""
    if e.is_Rational and e < 0:
        return True, -e
    if isinstance(e, sympy.Mul) and e.args[0].is_Rational and e.args[0] < 0:
        first = -e.args[0]
        rest = e.args[1:] if first == 1 else (first, *e.args[1:])
        return True, rest[0] if len(rest) == 1 else sympy.Mul(*rest, evaluate=False)
    return False, e


def _product(e: Expr) -> str:
    above, below = [], []
    for f in e.args:
        if isinstance(f, sympy.Pow) and f.exp.is_Rational and f.exp < 0:
            below.append(_at(f.base if f.exp == -1 else sympy.Pow(f.base, -f.exp, evaluate=False), POWER))
        elif f.is_Rational and f.p == 1 and f.q != 1 and "/" in _show(f)[0]:
            below.append(str(f.q))
        else:
            above.append(_at(f, MUL if not below and not isinstance(f, sympy.Sum | sympy.Product) else POWER))
    top = "·".join(above) or "1"
    if not below:
        return top
    bottom = below[0] if len(below) == 1 else "(" + "·".join(below) + ")"
    return f"{top}/{bottom}"


def _power(e: Expr) -> tuple[str, int]:
    if e.exp == sympy.S.Half:
        return f"sqrt({plain(e.base)})", ATOM
    if e.exp == -1:
        return f"1/{_at(e.base, POWER)}", MUL
    if e.exp.is_Rational and e.exp < 0:
        return f"1/{_at(sympy.Pow(e.base, -e.exp, evaluate=False), POWER)}", MUL
    return f"{_at(e.base, ATOM)}^{_at(e.exp, ATOM)}", POWER


def _range(i: Expr, lo: Expr, hi: Expr) -> str:
    if heads.is_extent(hi) and lo == 1 and i.name == hi.name:
        return str(i)  # a bare Σ_x: the axis bears the index' name
    return f"{{{i}={plain(lo)}..{plain(hi)}}}"


def _matrix(array: Expr, lead: tuple[Expr, ...]) -> str:
    """A matrix, or one of an array of matrices."""
    return f"{array}[{', '.join(map(plain, lead))}]" if lead else str(array)
