"""Normal forms have the values of what they are forms of: evaluated here, atom by atom, in floats."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import product as every
from typing import Any

import numpy as np
import pytest

from texjit.equations.claim import Claim
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand
from texjit.runtime import polynomials as ps
from texjit.runtime.claim_points import ClaimPoints
from texjit.runtime.normal_form import Forms
from texjit.runtime.reference import Outcome, Reference

from .claims import FALSE, TRUE

FUNCTIONS = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "asinh": math.asinh, "acosh": math.acosh, "atanh": math.atanh, "erf": math.erf, "erfc": math.erfc,
    "gamma": math.gamma, "floor": math.floor, "ceiling": math.ceil, "sign": lambda x: float(np.sign(x)),
}


class Values:
    """The value of polynomials at one point; indices count from 1."""

    def __init__(self, inputs: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
        self.inputs, self.sizes = inputs, sizes

    def poly(self, p: ps.Poly, at: Mapping[Any, int]) -> float:
        return sum(float(c) * self.monomial(m, at) for m, c in p.items())

    def monomial(self, m: ps.Monomial, at: Mapping[Any, int]) -> float:
        out = 1.0
        for a, e in m:
            out *= self.atom(a, at) ** (int(e) if e.denominator == 1 else float(e))
        return out

    def atom(self, a: ps.Atom, at: Mapping[Any, int]) -> float:
        if a in at:
            return at[a]
        match a[0]:
            case "p":
                return float(self.inputs[a[1]])
            case "e":
                where = tuple(round(self.poly(ps.poly(k), at)) - 1 for k in a[2])
                return float(np.asarray(self.inputs[a[1]])[where])
            case "n":
                return self.sizes[a[1]]
            case "pi":
                return math.pi
            case "exp":
                return math.exp(self.poly(ps.poly(a[1]), at))
            case "log":
                return math.log(self.poly(ps.poly(a[1]), at))
            case "abs":
                return abs(self.poly(ps.poly(a[1]), at))
            case "inv":
                return 1 / self.poly(ps.poly(a[1]), at)
            case "root":
                return self.poly(ps.poly(a[1]), at) ** (1 / a[2])
            case "power":
                return self.poly(ps.poly(a[1]), at) ** self.poly(ps.poly(a[2]), at)
            case "inverse":
                where = tuple(round(self.poly(ps.poly(k), at)) - 1 for k in a[2])
                return float(np.linalg.inv(self.inputs[a[1]])[where])
            case "det":
                return float(np.linalg.det(self.inputs[a[1]]))
            case "sum":
                names = [("b", a[3], k) for k in range(len(a[1]))]
                return sum(self.monomial(a[2], here) for here in self.ranges(names, a[1], at))
            case "prod" | "ReduceMax" | "ReduceMin":
                values = [self.poly(ps.poly(a[2]), here) for here in self.ranges([("b", a[3], 0)], (a[1],), at)]
                return {"prod": math.prod, "ReduceMax": max, "ReduceMin": min}[a[0]](values)
        return FUNCTIONS[a[0]](self.poly(ps.poly(a[1]), at))

    def ranges(self, names: list[Any], limits: Any, at: Mapping[Any, int]) -> Any:
        """Every choice of the indices, whose bounds may read each other."""
        for choice in every(range(0, 12), repeat=len(names)):
            here = {**at, **dict(zip(names, choice, strict=True))}
            ends = [(self.poly(ps.poly(lo), here), self.poly(ps.poly(hi), here)) for lo, hi in limits]
            if all(lo - 0.5 < i < hi + 0.5 for i, (lo, hi) in zip(choice, ends, strict=True)):
                yield here


def claims_of(text: str, where: str) -> list[Claim]:
    readings = understand(read_source(Source("claim", text)), declarations(where), judging=True)
    return [r.claim for r in readings if r.claim is not None]


def compare(claim: Claim, seed: int = 0) -> int:
    """Compare the forms of all sides with their exact values at a few points; how many were compared."""
    equation, reference = claim.sides, Reference(claim.sides)
    source, compared = ClaimPoints(equation, seed), 0
    for n in range(12):
        inputs, _ = source.point(n)
        sizes = {a.name: s for p in equation.parameters for a, s in zip(p.axes, np.shape(inputs[p.name]), strict=True)}
        if max([*sizes.values(), *(int(inputs[p.name]) for p in equation.parameters if p.integer)], default=0) > 9:
            continue
        exact = reference.evaluate(inputs, 200)
        for output in equation.outputs:
            try:
                form = Forms(equation).output(output.name, len(output.bounds))
            except ps.TooLarge:
                continue
            for at in np.ndindex(exact[output.name].shape):
                ball: Any = exact[output.name][at]
                if isinstance(ball, Outcome) or not ball.is_finite():
                    continue
                try:
                    free = {("f", k): i + 1 for k, i in enumerate(at)}
                    value = Values(inputs, sizes).poly(form, free)
                except (KeyError, ValueError, ZeroDivisionError, OverflowError):
                    continue  # inverses of formulas; what is infinite or undefined on the way
                if isinstance(value, complex) or not math.isfinite(value):
                    continue
                # Forms are expanded, and may cancel: six digits of the largest term.
                largest = max((abs(float(c)) for c in form.values()), default=0.0)
                near = abs(value - float(ball.mid())) <= 1e-6 * max(1.0, abs(float(ball.mid())), largest)
                assert near, (equation.latex, output.name, inputs, value, float(ball.mid()))
                compared += 1
    return compared


#: Plain formulas: the connectives of claims are of no interest here.
SIDES = [row for row in (*TRUE, *FALSE) if r"\iff" not in row[0] and r"\implies" not in row[0]]


@pytest.mark.parametrize("part", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 6))])
def test_forms_have_the_values_of_their_expressions(part: int) -> None:
    compared = 0
    for text, where in SIDES[part::6]:
        for claim in claims_of(text, where):
            compared += compare(claim)
    assert compared > 100


@pytest.mark.parametrize("text", [
    r"\sum_{i=1}^{n} u_i \log \sum_{j=1}^{n} e^{u_j v_i}",
    r"\sum_{i=1}^{n} v_i \left(\sum_{j=1}^{n} u_j^2 v_i + u_i\right)^3",
    r"\sum_{i=1}^{n} \sqrt{\sum_{j=1}^{n} (u_i - v_j)^2}",
    r"\sum_{i=1}^{n} \frac{e^{u_i}}{\sum_{j=1}^{n} e^{u_j + v_i}} \log \sum_{k=1}^{n} e^{v_k u_i}",
    r"\max_i \sum_{j=1}^{n} u_j v_i",
])
def test_indices_inside_of_functions_are_not_captured(text: str) -> None:
    (claim,) = claims_of(f"{text} + 1 = 2 + {text}", "u, v in R^n")
    assert compare(claim) > 5


def expression(rng: random.Random, depth: int) -> str:
    r"""A random formula of a, b > 0, of real x, y and of vectors u, v."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["a", "b", "x", "y", "2", "3", r"\frac{1}{2}"])
    one, two = (expression(rng, depth - 1) for _ in range(2))
    body = rng.choice(["u_i v_i", "u_i^2", "(u_i - a) v_i", "e^{u_i}", r"x u_i + \frac{1}{b}", r"\log(1 + v_i^2)"])
    double = rng.choice([r"u_i v_j", r"(u_i - v_j)^2", r"e^{u_i - u_j}", r"u_i \sum_{k=1}^{n} u_k v_j"])
    return rng.choice([
        f"({one} + {two})", f"({one} - {two})", rf"({one}) \cdot ({two})", rf"\frac{{{one}}}{{{two}}}", f"({one})^2",
        f"({one})^3", rf"\sqrt{{a ({one})^2}}", f"e^{{{rng.choice(['a', 'x - y', '2 x'])}}}", r"\log(a b^2)",
        rf"\log(({one})^2 + 1)", rf"|{one}|", rf"\sin(x + {rng.choice('ab')})", r"\cos(2 x)", r"\sinh(y)",
        rf"\max(x, {rng.choice('ya')})", rf"\sum_{{i=1}}^{{n}} {body}",
        rf"\sum_{{i=1}}^{{n}} \sum_{{j=1}}^{{n}} {double}",
        rf"\sum_{{i=1}}^{{n}} \sum_{{j=1}}^{{i}} {double}", r"\log \prod_{i=1}^{n} e^{u_i}", r"a^{x} b^{-y}",
        rf"\frac{{({one})^2 - ({two})^2}}{{{one}}}", r"\sqrt{a} \sqrt{b}",
    ])


@pytest.mark.parametrize("seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 12))])
def test_random_forms_have_the_values_of_their_expressions(seed: int) -> None:
    rng, compared = random.Random(seed), 0
    for _ in range(25):
        text = f"{expression(rng, 3)} - 1 = {expression(rng, 3)} + 1"
        for claim in claims_of(text, "a, b > 0; x, y in R; u, v in R^n"):
            compared += compare(claim, seed)
    assert compared > 100


def test_fractions_of_exponents_are_kept() -> None:
    half = ps.atom(("p", "x"), Fraction(1, 2))
    assert ps.multiply(half, half) == ps.atom(("p", "x"))
