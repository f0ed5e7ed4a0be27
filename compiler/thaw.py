"""Typed expressions back to SymPy, unevaluated, for printing: the inverse of `freeze`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ..equations import heads
from ..equations.diagnostic import CompilerBug, Diagnostic
from ..equations.equation import Bound, Comprehension
from ..equations.span import Span
from .expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Output,
    Program,
    Reduce,
    Select,
    Var,
)  # fmt: skip
from .freeze import FUNCTIONS, REDUCTIONS
from .positions import const, plus


def thaw_program(
    program: Program, lows: Mapping[str, Sequence[int]]
) -> tuple[list[Comprehension], list[Comprehension]]:
    """Lets and outputs as comprehensions; ``lows`` as in `thaw`, of parameters.

    Inverses and determinants are heads of their own there, and no lets; outputs have no axes yet.
    """
    first: dict[str, Sequence[int | Expr]] = dict(lows)
    whole: dict[str, ArrayOp] = {}
    lets = []

    def comprehension(part: Let | Output, body: Expr) -> Comprehension:
        bounds = (Bound(heads.index(r.name), *(thaw(x, first, whole) for x in (r.lo, r.hi))) for r in part.ranges)
        return Comprehension(part.name, tuple(bounds), thaw(body, first, whole))

    for let in program.lets:
        if isinstance(let.body, ArrayOp):
            whole[let.name] = let.body
            continue
        first[let.name] = tuple(r.lo for r in let.ranges)
        lets.append(comprehension(let, let.body))
    return lets, [comprehension(o, o.body) for o in program.outputs]


def thaw(
    e: Expr, lows: Mapping[str, Sequence[int | Expr]] | None = None, whole: Mapping[str, ArrayOp] | None = None
) -> Any:
    """The SymPy reading of an expression, unevaluated, for printing.

    ``lows`` gives the index of the first element along the axes of arrays that do not
    start at 1; ``whole`` the operations behind lets.
    """

    def of(x: Expr) -> Any:
        return thaw(x, lows, whole)

    match e:
        case Var(name) if whole and name in whole:
            return heads.Determinant(_matrix(whole[name]))
        case Element(name, at) if whole and name in whole:
            counted = [of(plus(p, const(1))) for p in at]
            if whole[name].op == "determinant":
                return heads.Determinant(_matrix(whole[name]), *counted)
            return heads.InverseElement(_matrix(whole[name]), *counted[-2:], *counted[:-2])
        case Const(Fraction() as v):
            return sympy.Rational(v.numerator, v.denominator)
        case Const(v):
            return sympy.nan if v != v else sympy.oo if v > 0 else -sympy.oo
        case Var(name):
            return heads.parameter(name)
        case Index(name):
            return heads.index(name)
        case Extent(axis):
            return heads.extent(axis)
        case Element(array, at):
            first = (lows or {}).get(array, (1,) * len(at))
            places = (plus(p, lo if isinstance(lo, Expr) else const(lo)) for p, lo in zip(at, first, strict=True))
            return heads.element(array, *map(of, places))
        case Call(prim, args):
            return _THAWED[prim](*map(of, args))
        case Compare(op, left, right):
            return _RELATION[op](of(left), of(right), evaluate=False)
        case Select(cond, then, other):
            return sympy.Piecewise((of(then), of(cond)), (of(other), True), evaluate=False)
        case Reduce("sum" | "product" as monoid, r, body):
            head = sympy.Sum if monoid == "sum" else sympy.Product
            return head(of(body), (heads.index(r.name), of(r.lo), of(r.hi)))
        case Reduce("noisy_or", r, body):
            rest = sympy.Product(_add(1, _mul(-1, of(body))), (heads.index(r.name), of(r.lo), of(r.hi)))
            return _add(1, _mul(-1, rest))
        case Reduce(monoid, r, body):
            head = getattr(heads, next(h for h, m in REDUCTIONS.items() if m == monoid))
            return head(of(body), heads.index(r.name), of(r.lo), of(r.hi))
    raise CompilerBug(Diagnostic("E391", f"no SymPy reading of {type(e).__name__}", Span(0, 0)))


def _matrix(op: ArrayOp) -> Any:
    return sympy.IndexedBase(op.operands[0].array)


def _plain(head: Any) -> Callable[..., Any]:
    return lambda *args: head(*args, evaluate=False)


def _inverted(x: Any) -> Any:
    return sympy.Pow(x, -1, evaluate=False)


_add, _mul, _raised = _plain(sympy.Add), _plain(sympy.Mul), _plain(sympy.Pow)


def _normal(a: Any) -> Any:
    argument = _mul(-1, a, _raised(2, sympy.Rational(-1, 2)))
    return _mul(sympy.Rational(1, 2), _plain(sympy.erfc)(argument))


def _entropy_beside_one(a: Any) -> Any:
    return _mul(_add(1, a), _plain(sympy.log)(_add(1, a)))


def _to_middle(a: Any, b: Any) -> Any:
    return _mul(a, _plain(sympy.log)(_mul(2, a, _inverted(_add(a, b)))))


_RELATION = {"<": sympy.Lt, "<=": sympy.Le, "==": sympy.Eq, "!=": sympy.Ne}
_THAWED: dict[str, Callable[..., Any]] = {
    **{ours: _plain(getattr(sympy, theirs)) for theirs, ours in FUNCTIONS.items()},
    "pi": lambda: sympy.pi,
    "euler": lambda: sympy.E,
    "add": _add,
    "sub": lambda a, b: _add(a, _mul(-1, b)),
    "neg": lambda a: _mul(-1, a),
    "mul": _mul,
    "div": lambda a, b: _mul(a, _inverted(b)),
    "pow": _raised,
    "powi": _raised,
    "pow1p": lambda a, b: _raised(_add(1, a), b),
    "square": lambda a: _raised(a, 2),
    "sqrt": lambda a: _raised(a, sympy.Rational(1, 2)),
    "cbrt": lambda a: _mul(sympy.sign(a, evaluate=False), _raised(_plain(sympy.Abs)(a), sympy.Rational(1, 3))),
    "max": _plain(sympy.Max),
    "min": _plain(sympy.Min),
    "log1p": lambda a: _plain(sympy.log)(_add(1, a)),
    "expm1": lambda a: _add(_plain(sympy.exp)(a), -1),
    "log2": lambda a: _mul(_plain(sympy.log)(a), _inverted(_plain(sympy.log)(2))),
    "log10": lambda a: _mul(_plain(sympy.log)(a), _inverted(_plain(sympy.log)(10))),
    "sigmoid": lambda a: _inverted(_add(1, _plain(sympy.exp)(_mul(-1, a)))),
    "softplus": lambda a: _plain(sympy.log)(_add(1, _plain(sympy.exp)(a))),
    "sigmoid_diff": lambda a, b: _inverted(_add(1, _plain(sympy.exp)(_add(b, _mul(-1, a))))),
    "softplus_diff": lambda a, b: _plain(sympy.log)(_add(1, _plain(sympy.exp)(_add(a, _mul(-1, b))))),
    "hypot": lambda a, b: _raised(_add(_raised(a, 2), _raised(b, 2)), sympy.Rational(1, 2)),
    "absorb": _mul,
    "absorb_div": lambda a, b: _mul(a, _inverted(b)),
    "middle_entr": _to_middle,
    "js_entr": lambda a, b: _add(_to_middle(a, b), _to_middle(b, a)),
    "scaled_exp": lambda a, x: _mul(a, _plain(sympy.exp)(x)),
    "exp_sum": lambda a, b: _plain(sympy.exp)(_add(a, b)),
    "exp_diff": lambda a, b: _plain(sympy.exp)(_add(a, _mul(-1, b))),
    "expm1x": lambda a: _add(_plain(sympy.exp)(a), -1, _mul(-1, a)),
    "log1mexp": lambda a: _plain(sympy.log)(_add(1, _mul(-1, _plain(sympy.exp)(a)))),
    "logaddexp": lambda a, b: _plain(sympy.log)(_add(_plain(sympy.exp)(a), _plain(sympy.exp)(b))),
    "log1pmx": lambda a: _add(_entropy_beside_one(a), _mul(-1, a)),
    "js_psi": lambda a: _mul(sympy.Rational(1, 2), _add(_entropy_beside_one(a), _entropy_beside_one(_mul(-1, a)))),
    "erfcx": lambda a: _mul(_plain(sympy.exp)(_raised(a, 2)), _plain(sympy.erfc)(a)),
    "norm_cdf": _normal,
    "log_norm_cdf": lambda a: _plain(sympy.log)(_normal(a)),
    "log1p_gap": lambda a: _add(a, _mul(-1, _plain(sympy.log)(_add(1, a)))),
    "log_gap": lambda a: _add(a, -1, _mul(-1, _plain(sympy.log)(a))),
    "log_ratio": lambda a, b: _plain(sympy.log)(_mul(a, _inverted(b))),
    "products_difference": lambda a, b, c, d: _add(_mul(a, b), _mul(-1, c, d)),
    "sum_error": lambda a, b: sympy.S.Zero,
    "square_up": lambda a: _raised(_mul(2**600, a), 2),
    "square_down": lambda a: _raised(_mul(sympy.Rational(1, 2**600), a), 2),
    "xlogy": lambda a, b: _mul(a, _plain(sympy.log)(b)),
    "rel_entr": lambda a, b: _mul(a, _plain(sympy.log)(_mul(a, _inverted(b)))),
    "detach": lambda a: a,
    "and": lambda a, b: sympy.And(a, b, evaluate=False),
    "or": lambda a, b: sympy.Or(a, b, evaluate=False),
    "not": lambda a: sympy.Not(a, evaluate=False),
}
