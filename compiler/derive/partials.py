"""Partial derivatives of the scalar functions, one row each, and of bodies made of them.

A row gives ``∂f/∂x_k`` for each argument from the arguments and the value ``v = f(x)``, or
``None`` where it is zero.  Rows keep the digits of what they derive (``tanh' = 1/cosh²``, not
``1 − tanh²``).  Conventions where there is no derivative:

    max(a, b)        that of a where a ≥ b
    |x|, sign, ⌊x⌋   sign(x), 0, 0
    ‖x‖ at 0         0, as for every root of a sum of squares
    c·log 0, c = 0   nothing: what an exact zero absorbs it absorbs in derivatives too
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from ..expr import Call, Compare, Const, Element, Expr, Reduce, Select, Var
from ..matching import terms
from ..positions import ONE, ZERO, const

Args = tuple[Expr, ...]
Row = Callable[[Args, Expr], tuple[Expr | None, ...]]

TWO, THREE, HALF = const(2), const(3), const(Fraction(1, 2))


# -- arithmetic that leaves nothing trivial behind -----------------------------------


def call(prim: str, *args: Expr) -> Expr:
    return Call(prim, args)


def times(a: Expr, b: Expr) -> Expr:
    """``a·b``; a product by one, minus one or zero is done."""
    match a, b:
        case (Const(Fraction() as p), Const(Fraction() as q)):
            return Const(p * q)
        case (Call("neg", (x,)), Call("neg", (y,))):
            return times(x, y)
        case (Call("neg", (x,)), y) | (y, Call("neg", (x,))):
            return minus(times(x, y))
        case (Const(Fraction(numerator=0)), _) | (_, Const(Fraction(numerator=0))):
            return ZERO
        case (x, y) if ONE in (x, y):
            return y if x == ONE else x
        case (Select(cond, x, none), y) | (y, Select(cond, x, none)) if none == ZERO:
            # What is zero stays so, whatever it is multiplied by: a read outside of its array, say.
            return Select(cond, times(x, y), ZERO)
        case (x, Call("div", (y, z))) if y == ONE:
            return call("div", x, z)
        case (Call("div", (y, z)), x) if y == ONE:
            return call("div", x, z)
        case (x, Const(Fraction())):
            return times(b, a)
    return call("mul", a, b)


def plus(a: Expr, b: Expr) -> Expr:
    match a, b:
        case (Const(Fraction(numerator=0)), x) | (x, Const(Fraction(numerator=0))):
            return x
        case (x, Call("neg", (y,))):
            return call("sub", x, y)
        case (Call("neg", (y,)), x):
            return call("sub", x, y)
    return call("add", a, b)


def minus(a: Expr) -> Expr:
    match a:
        case Call("neg", (x,)):
            return x
        case Const(Fraction() as q):
            return Const(-q)
        case Call("sub", (x, y)):
            return call("sub", y, x)
    return call("neg", a)


def over(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Call) and a.prim == "neg":
        return minus(over(a.args[0], b))
    return a if b == ONE else call("div", a, b)


def absorbed(c: Expr, d: Expr) -> Expr:
    """``c·d``, 0 where c is, whatever d is there."""
    if isinstance(c, Const) or isinstance(d, Const):
        return times(c, d)
    match d:
        case Call("neg", (x,)):
            return minus(absorbed(c, x))
        case Call("div", (Const(Fraction()) as q, y)):
            return times(q, call("absorb_div", c, y))
    return call("absorb", c, d)


def raised(x: Expr, q: Expr) -> Expr:
    """``x^q`` by the function that is best for q."""
    if not (isinstance(q, Const) and isinstance(q.value, Fraction)):
        return call("pow", x, q)
    n = q.value
    if n < 0:
        return over(ONE, raised(x, Const(-n)))
    if n.denominator == 1:
        return ONE if n == 0 else x if n == 1 else call("square", x) if n == 2 else call("powi", x, q)
    return call("sqrt", x) if n == Fraction(1, 2) else call("pow", x, q)


# -- the table -----------------------------------------------------------------------


def _less_one(q: Expr) -> Expr:
    return Const(q.value - 1) if isinstance(q, Const) and isinstance(q.value, Fraction) else call("sub", q, ONE)


def _power(a: Args, v: Expr) -> tuple[Expr | None, ...]:
    x, y = a
    if isinstance(y, Const):
        return times(y, raised(x, _less_one(y))), None
    return absorbed(y, call("pow", x, _less_one(y))), call("absorb", v, call("log", x))


def _power_beside_one(a: Args, v: Expr) -> tuple[Expr | None, ...]:
    x, y = a
    return times(y, call("pow1p", x, _less_one(y))), call("absorb", v, call("log1p", x))


def _gaussian(x: Expr, factor: int) -> Expr:
    bell = call("exp", call("neg", call("square", x)))
    return times(over(const(factor), call("sqrt", call("pi"))), bell)


def _normal(x: Expr) -> Expr:
    bell = call("exp", call("neg", over(call("square", x), TWO)))
    return over(bell, call("sqrt", times(TWO, call("pi"))))


def _mills(x: Expr) -> Expr:
    """``φ(x)/Φ(x)``, no factor of which leaves the floats alone."""
    tail = call("erfcx", minus(over(x, call("sqrt", TWO))))
    return over(call("sqrt", over(TWO, call("pi"))), tail)


def _conjugate(x: Expr) -> Expr:
    """``1 − x²``, without taking near numbers from each other."""
    return times(call("sub", ONE, x), call("add", ONE, x))


def _hypot(a: Args, v: Expr) -> tuple[Expr | None, ...]:
    none = Compare("==", v, ZERO)
    return tuple(Select(none, ZERO, over(x, v)) for x in a)


def _atan2(a: Args, v: Expr) -> tuple[Expr | None, ...]:
    y, x = a
    h = call("hypot", y, x)
    return over(over(x, h), h), minus(over(over(y, h), h))


def _chosen(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """1 for the first unless it is less than the second, and what is left for the other."""
    less = Compare("<", a, b)
    return Select(less, ZERO, ONE), Select(less, ONE, ZERO)


def _above_middle(x: Expr, y: Expr) -> Expr:
    return call("log", over(times(TWO, x), call("add", x, y)))


PARTIALS: dict[str, Row] = {
    "add": lambda a, v: (ONE, ONE),
    "sub": lambda a, v: (ONE, const(-1)),
    "mul": lambda a, v: (a[1], a[0]),
    "div": lambda a, v: (over(ONE, a[1]), None if a[0] == ZERO else minus(over(v, a[1]))),
    "neg": lambda a, v: (const(-1),),
    "pow": _power,
    "pow1p": _power_beside_one,
    "powi": lambda a, v: (times(a[1], raised(a[0], _less_one(a[1]))), None),
    "square": lambda a, v: (times(TWO, a[0]),),
    "sqrt": lambda a, v: (over(ONE, times(TWO, v)),),
    "cbrt": lambda a, v: (over(ONE, times(THREE, call("square", v))),),
    "exp": lambda a, v: (v,),
    "log": lambda a, v: (over(ONE, a[0]),),
    "log1p": lambda a, v: (over(ONE, call("add", ONE, a[0])),),
    "expm1": lambda a, v: (call("exp", a[0]),),
    "log2": lambda a, v: (over(ONE, times(a[0], call("log", TWO))),),
    "log10": lambda a, v: (over(ONE, times(a[0], call("log", const(10)))),),
    "tanh": lambda a, v: (call("square", over(ONE, call("cosh", a[0]))),),
    "sigmoid": lambda a, v: (times(v, call("sigmoid", minus(a[0]))),),
    "softplus": lambda a, v: (call("sigmoid", a[0]),),
    "sin": lambda a, v: (call("cos", a[0]),),
    "cos": lambda a, v: (minus(call("sin", a[0])),),
    "tan": lambda a, v: (call("square", over(ONE, call("cos", a[0]))),),
    "asin": lambda a, v: (over(ONE, call("sqrt", _conjugate(a[0]))),),
    "acos": lambda a, v: (minus(over(ONE, call("sqrt", _conjugate(a[0])))),),
    "atan": lambda a, v: (over(ONE, call("add", ONE, call("square", a[0]))),),
    "atan2": _atan2,
    "sinh": lambda a, v: (call("cosh", a[0]),),
    "cosh": lambda a, v: (call("sinh", a[0]),),
    "asinh": lambda a, v: (over(ONE, call("hypot", ONE, a[0])),),
    "acosh": lambda a, v: (
        over(over(ONE, call("sqrt", call("sub", a[0], ONE))), call("sqrt", call("add", a[0], ONE))),
    ),
    "atanh": lambda a, v: (over(ONE, _conjugate(a[0])),),
    "erf": lambda a, v: (_gaussian(a[0], 2),),
    "erfc": lambda a, v: (_gaussian(a[0], -2),),
    "erfcx": lambda a, v: (
        call("sub", times(TWO, times(a[0], v)), over(TWO, call("sqrt", call("pi")))),
    ),
    "norm_cdf": lambda a, v: (_normal(a[0]),),
    "log_norm_cdf": lambda a, v: (_mills(a[0]),),
    "gamma": lambda a, v: (times(v, call("digamma", a[0])),),
    "lgamma": lambda a, v: (call("digamma", a[0]),),
    "digamma": lambda a, v: (call("trigamma", a[0]),),
    "floor": lambda a, v: (None,),
    "ceil": lambda a, v: (None,),
    "sign": lambda a, v: (None,),
    "abs": lambda a, v: (call("sign", a[0]),),
    "max": lambda a, v: _chosen(a[0], a[1]),
    "min": lambda a, v: _chosen(a[1], a[0]),
    "hypot": _hypot,
    "log_ratio": lambda a, v: (over(ONE, a[0]), minus(over(ONE, a[1]))),
    "products_difference": lambda a, v: (a[1], a[0], minus(a[3]), minus(a[2])),
    "absorb_div": lambda a, v: (over(ONE, a[1]), minus(call("absorb_div", v, a[1]))),
    "sum_error": lambda a, v: (None, None),
    "scaled_exp": lambda a, v: (call("exp", a[1]), v),
    "middle_entr": lambda a, v: (
        plus(_above_middle(*a), over(a[1], call("add", *a))),
        minus(over(a[0], call("add", *a))),
    ),
    "exp_sum": lambda a, v: (v, v),
    "exp_diff": lambda a, v: (v, minus(v)),
    "sigmoid_diff": lambda a, v: _both(times(v, call("sigmoid_diff", a[1], a[0]))),
    "softplus_diff": lambda a, v: _both(call("sigmoid_diff", a[0], a[1])),
    "expm1x": lambda a, v: (call("expm1", a[0]),),
    "log1mexp": lambda a, v: (minus(over(ONE, call("expm1", minus(a[0])))),),
    "logaddexp": lambda a, v: (call("sigmoid", call("sub", *a)), call("sigmoid", call("sub", a[1], a[0]))),
    "log1pmx": lambda a, v: (call("log1p", a[0]),),
    "log1p_gap": lambda a, v: (over(a[0], call("add", ONE, a[0])),),
    "log_gap": lambda a, v: (over(call("sub", a[0], ONE), a[0]),),
    "js_psi": lambda a, v: (call("atanh", a[0]),),
    "js_entr": lambda a, v: (_above_middle(a[0], a[1]), _above_middle(a[1], a[0])),
    "xlogy": lambda a, v: (call("log", a[1]), absorbed(a[0], over(ONE, a[1]))),
    "rel_entr": lambda a, v: (
        call("add", call("log", over(a[0], a[1])), ONE),
        minus(absorbed(a[0], over(ONE, a[1]))),
    ),
    "detach": lambda a, v: (None,),
    "pi": lambda a, v: (),
    "euler": lambda a, v: (),
}


def _both(d: Expr) -> tuple[Expr, Expr]:
    return d, minus(d)


#: No derivative: truth values, what only later passes make, and functions whose derivative is not there yet.
WITHOUT = frozenset({"and", "or", "not", "square_up", "square_down", "trigamma"})


def place(leaf: Expr) -> tuple[str, tuple[Expr, ...]]:
    """The array that a read is of, and its positions."""
    match leaf:
        case Element(array, at):
            return array, at
        case Var(name):
            return name, ()
    raise TypeError(leaf)


class Missing(NamedTuple):
    """A function without a derivative, in the way of one that was asked for."""

    prim: str


def partials(
    e: Expr,
    active: Callable[[Expr], bool],
    look: Callable[[Expr], Expr],
    finite: Callable[[Expr], bool] = lambda e: False,
) -> Mapping[Expr, Expr] | Missing:
    """``∂e/∂leaf`` for every active read in a body without reductions; zeros are left out.

    ``look`` shows the body behind the name of a let; ``finite`` proves that a factor needs no
    zero absorbed beside it.
    """
    done: dict[Expr, dict[Expr, Expr]] = {}

    def of(x: Expr) -> dict[Expr, Expr]:
        if x not in done:
            done[x] = made(x)
        return done[x]

    def made(x: Expr) -> dict[Expr, Expr]:
        match x:
            case Var() | Element():
                return {x: ONE} if active(x) else {}
            case Select(cond, then, other):
                left, right = of(then), of(other)
                leaves = {**left, **right}
                return {leaf: Select(cond, left.get(leaf, ZERO), right.get(leaf, ZERO)) for leaf in leaves}
            case Call("absorb", (c, inner)):
                out = {
                    leaf: times(d, inner) if isinstance(d, Const) else call("absorb", d, inner)
                    for leaf, d in of(c).items()
                }
                for leaf, d in of(inner).items():
                    # Where c is zero, so is this, whatever the derivative of a logarithm is.
                    term = times(c, d) if finite(d) else absorbed(c, d)
                    out[leaf] = plus(out[leaf], term) if leaf in out else term
                return out
            case Call(prim, args):
                inner_partials = [of(a) for a in args]
                if not any(inner_partials):
                    return {}
                if prim in WITHOUT:
                    raise _NoDerivative(prim)
                row = PARTIALS[prim](args, x)
                if prim == "sqrt" and is_sum_of_squares(args[0], look):
                    row = (Select(Compare("==", x, ZERO), ZERO, over(ONE, times(TWO, x))),)
                total: dict[Expr, Expr] = {}
                for p, inside in zip(row, inner_partials, strict=True):
                    if p is None or p == ZERO:
                        continue
                    for leaf, d in inside.items():
                        term = times(p, d)
                        total[leaf] = plus(total[leaf], term) if leaf in total else term
                return total
        return {}

    try:
        return {leaf: d for leaf, d in of(e).items() if d != ZERO}
    except _NoDerivative as no:
        return Missing(no.args[0])


class _NoDerivative(Exception):
    """A function without a derivative was met."""


def is_sum_of_squares(e: Expr, look: Callable[[Expr], Expr]) -> bool:
    """Is an expression zero only where all its terms are, each a square?"""
    match e:
        case Call("square", _):
            return True
        case Call("add", _):
            return all(not negative and is_sum_of_squares(x, look) for negative, x in terms(e))
        case Call("mul", (x, y)):
            sides = [is_sum_of_squares(s, look) or (isinstance(s, Const) and _is_positive(s)) for s in (x, y)]
            return all(sides)
        case Call("div", (x, y)):
            return is_sum_of_squares(x, look) and not isinstance(y, Var | Element)
        case Reduce("sum", _, body):
            return is_sum_of_squares(body, look)
        case Var() | Element():
            shown = look(e)
            return shown is not e and is_sum_of_squares(shown, look)
    return False


def _is_positive(e: Const) -> bool:
    return isinstance(e.value, Fraction) and e.value > 0
