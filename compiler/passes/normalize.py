"""Keep quotients of exponential sums in range: softmax, log-sum-exp, log-softmax.

    exp(u) / Σ_j exp(a_j)   =  exp(u − s) / Σ_j exp(a_j − s)
    log (exp(a) + exp(b) + …)  =  logaddexp(a, b, …), and quotients by such sums like the others
    log Σ_j exp(a_j)        =  s + log Σ_j exp(a_j − s)
    log (exp(u) / Σ …)      =  (u − s) − log Σ_j exp(a_j − s)

with ``s = max_j a_j``, 0 where that is infinite.  Before: the stage ``frozen``.  After: every
sum of exponentials under a quotient or a logarithm (seen through lets) is shifted, and
logarithms of exponentials, products of them and their roots are sums.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from ..context import Context, rewrite
from ..exponents import is_shifted, largest, listed, logarithm, shift, sum_of_exponentials, summed
from ..expr import Call, Element, Expr, Program, Reduce, Var


def normalize(program: Program) -> Program:
    """Every body with its exponential sums in range."""
    return rewrite(program, _rule)


def _rule(context: Context, e: Expr) -> Expr | None:
    match e:
        case Call("div", (above, below)):
            return _quotient(context, above, below)
        case Call("log", (x,)):
            made = logarithm(context, x)
            return None if made == e else made
    return None


def _quotient(context: Context, above: Expr, below: Expr) -> Expr | None:
    if _scaled(context, above, lambda a: a) is None:
        return None
    if (found := sum_of_exponentials(context, below)) is not None:
        ranges, a = found
        if is_shifted(context, a):
            return None
        s = shift(context, largest(ranges, a))
        under = summed(ranges, Call("sub", (a, s)))
    elif (exponents := listed(context, below)) is not None and not any(is_shifted(context, a) for a in exponents):
        s = shift(context, reduce(lambda a, b: Call("max", (a, b)), exponents))
        under = reduce(lambda a, b: Call("add", (a, b)), [Call("exp", (Call("sub", (a, s)),)) for a in exponents])
    else:
        return None
    scaled = _scaled(context, above, lambda u: Call("sub", (u, s)))
    assert scaled is not None
    return Call("div", (scaled, under))


def _scaled(context: Context, e: Expr, move: Callable[[Expr], Expr]) -> Expr | None:
    """``e`` with one exponential factor of each term moved; ``None`` where a term has none."""
    match e:
        case Call("exp", (a,)):
            return Call("exp", (move(a),))
        case Call("neg", (x,)):
            made = _scaled(context, x, move)
            return None if made is None else Call("neg", (made,))
        case Call("mul" | "div" as op, (x, y)):
            if (made := _scaled(context, x, move)) is not None:
                return Call(op, (made, y))
            if op == "mul" and (made := _scaled(context, y, move)) is not None:
                return Call(op, (x, made))
        case Call("add" | "sub" as op, (x, y)):
            left, right = _scaled(context, x, move), _scaled(context, y, move)
            if left is not None and right is not None:
                return Call(op, (left, right))
        case Reduce("sum", r, body):
            made = _scaled(context, body, move)
            return None if made is None else Reduce("sum", r, made)
        case Var() | Element():
            shown = context.look(e)
            return None if shown is e else _scaled(context, shown, move)
    return None
