"""The second reader itself, run as a program of its own: LaTeX in, numbers out.

latex2sympy2 keeps state between formulas, may hang, and may take all memory, so it lives in
a process that its parent may kill.  A request is one line of JSON:

    {"text": …, "points": [{symbol: number, or {"2": number, "2,1": number}}, …]}

The answer has ``values``, one for each point (text, or ``null`` where there is none), and
``text``, how the formula was read; or ``reason`` alone.  What was read is never executed:
it is walked, and only heads of a fixed list have a value.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

#: Memory (bytes) and processor time (seconds a formula) of this process.
MEMORY = 1 << 30
SECONDS = 10
#: Most terms of a sum, most nodes of a formula.
TERMS = 10_000
NODES = 10_000
DIGITS = 30

#: Read once at the start: the parser learns its grammar on the way, for up to a second.
WARM = (
    r"- \frac{1}{a} \sum_{b=1}^{a} \left( c_{b} \ln\left( g_{b} \right) + \left( 1 - c_{b} \right)^{2} \right)"
    r" + \frac{e^{b_{a}}}{\sqrt{h + k}} \cdot \ln a b_{g}"
)

Values = Mapping[str, Any]


class Unknown(Exception):
    """What was read holds something that has no value here."""


def main() -> None:
    """Answer requests until there are no more."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    limit_memory()
    try:
        import latex2sympy2 as package
    except Exception as wrong:
        answer(pipe, {"absent": f"{type(wrong).__name__}: {wrong}"[:200]})
        return
    fill()
    with contextlib.suppress(Exception):
        read(package, WARM, [])
    answer(pipe, {"ready": True})
    for line in sys.stdin:
        limit_time()
        request = json.loads(line)
        try:
            answer(pipe, read(package, request["text"], request["points"]))
        except MemoryError:
            os._exit(3)
        except Unknown as no:
            answer(pipe, {"reason": str(no)})
        except Exception as no:
            first = (str(no).splitlines() or [""])[0]
            answer(pipe, {"reason": f"it cannot read the formula: {first or type(no).__name__}"[:200]})


def answer(pipe: Any, message: Mapping[str, Any]) -> None:
    pipe.write(json.dumps(message) + "\n")
    pipe.flush()


def limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if most < 0 else min(MEMORY, most), most))


def limit_time() -> None:
    """Processor time for the next formula, should the parent be gone."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if most < 0 else min(wanted, most), most))


def reset(package: Any) -> None:
    """Undo what earlier formulas left: a bare differential breaks every later one."""
    package.set_variances({})
    package.set_real(None)
    package.frac_type = r"\frac"
    package.VARIABLE_VALUES = {}


def read(package: Any, text: str, points: list[Values]) -> dict[str, Any]:
    """The values of a formula at points."""
    import mpmath

    reset(package)
    found = package.latex2sympy(text)
    import sympy

    if not isinstance(found, sympy.Expr):
        raise Unknown(f"it reads {type(found).__name__}, no number")
    if sum(1 for _ in sympy.preorder_traversal(found)) > NODES:
        raise Unknown("what it reads is too large")
    values: list[str | None] = []
    with mpmath.workdps(DIGITS + 10):
        for point in points:
            try:
                values.append(show(evaluate(found, point, {})))
            except (ValueError, ZeroDivisionError, OverflowError):
                values.append(None)
    return {"values": values, "text": str(found)[:1000]}


def show(x: Any) -> str | None:
    """A number as text: ``complex`` for one off the real line, ``None`` for one that is not finite."""
    import mpmath

    if not mpmath.isfinite(x):
        return None
    if isinstance(x, mpmath.mpc):
        if abs(x.imag) > abs(x) * mpmath.mpf(10) ** -DIGITS:
            return "complex"
        x = x.real
    return str(mpmath.nstr(x, DIGITS))


def evaluate(e: Any, point: Values, indices: Mapping[str, int]) -> Any:
    """The value of a SymPy expression, in mpmath numbers."""
    import mpmath

    kind = type(e).__name__
    if e.is_Rational:
        return mpmath.mpf(int(e.p)) / int(e.q)
    if kind == "Symbol":
        return lookup(e.name, point, indices)
    if kind in ("Sum", "Product"):
        return reduce(e, point, indices)
    if kind in CONSTANTS:
        return +getattr(mpmath, CONSTANTS[kind])
    args = [evaluate(a, point, indices) for a in e.args]
    if kind == "Add":
        return mpmath.fsum(args)
    if kind == "Mul":
        return mpmath.fprod(args)
    if kind == "log" and len(args) == 2:
        return mpmath.log(args[0]) / mpmath.log(args[1])
    if kind in ("Max", "Min") and any(isinstance(a, mpmath.mpc) for a in args):
        raise Unknown("it compares complex numbers")
    if kind not in FUNCTIONS:
        raise Unknown(f"it reads {kind}, which has no value here")
    return FUNCTIONS[kind](*args)


CONSTANTS = {"Exp1": "e", "Pi": "pi"}
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def fill() -> None:
    """Functions of mpmath by SymPy's names."""
    import mpmath

    FUNCTIONS.update({"Pow": mpmath.power, "Abs": abs, "Max": max, "Min": min, "ceiling": mpmath.ceil})
    for name in ("exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "sinh", "cosh",
                 "tanh", "asinh", "acosh", "atanh", "floor", "factorial", "binomial"):
        FUNCTIONS[name] = getattr(mpmath, name)


def lookup(name: str, point: Values, indices: Mapping[str, int]) -> Any:
    """A symbol: an index, a number, or an element at the indices in its subscript."""
    import mpmath

    if name in indices:
        return mpmath.mpf(indices[name])
    found = point.get(name)
    if isinstance(found, dict):
        letters = name.partition("_")[2].strip("{}")
        outside = {x: point[x] for x in letters if x not in indices and x in point}
        at = ",".join(str(int(indices.get(x, outside.get(x, 0)))) for x in letters)
        found = found.get(at)
        if found is None:
            raise Unknown(f"it reads {name} at {at}, where there is nothing")
    if found is None:
        raise Unknown(f"it reads a symbol {name} that nobody wrote")
    return mpmath.mpf(found)


def reduce(e: Any, point: Values, indices: Mapping[str, int]) -> Any:
    """A finite sum or product, term by term."""
    import mpmath

    if len(e.limits) != 1:
        # Inner limits come first.
        inner = type(e)(e.function, *e.limits[:-1])
        body, limits = inner, e.limits[-1]
    else:
        body, limits = e.function, e.limits[0]
    symbol, lo, hi = limits
    first, last = (evaluate(x, point, indices) for x in (lo, hi))
    if first != int(first) or last != int(last) or last - first > TERMS:
        raise Unknown("it reads bounds that are no small integers")
    terms = [evaluate(body, point, {**indices, symbol.name: k}) for k in range(int(first), int(last) + 1)]
    return mpmath.fsum(terms) if type(e).__name__ == "Sum" else mpmath.fprod(terms)


if __name__ == "__main__":
    main()
