"""Every row of the table of partials against differences of 300 bits of the function itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from flint import arb, ctx

from texjit.compiler.derive.partials import PARTIALS, WITHOUT, Missing, partials, place
from texjit.compiler.expr import Call, Compare, Const, Element, Expr, Select, Var
from texjit.compiler.positions import ONE, ZERO, const
from texjit.compiler.primitives import PRIMITIVES

from ..exact import FUNCTIONS, evaluate

x, y, z, w = (Var(n) for n in "xyzw")

#: Where functions are drawn that are not defined, or not smooth, everywhere.
DOMAINS: dict[str, tuple[float, float]] = {
    **dict.fromkeys("pow pow1p sqrt cbrt log log2 log10 gamma lgamma digamma log_ratio js_entr middle_entr xlogy "
                    "rel_entr log_gap absorb_div hypot".split(), (0.2, 4.0)),
    **dict.fromkeys("asin acos atanh js_psi".split(), (-0.9, 0.9)),
    "log1p": (-0.8, 4.0), "log1p_gap": (-0.8, 4.0), "log1pmx": (-0.8, 4.0), "log1mexp": (-4.0, -0.2),
    "acosh": (1.1, 4.0), "tan": (-1.4, 1.4),
}  # fmt: skip

MORE: dict[str, Callable[..., arb]] = {
    "tan": lambda a: a.tan(),
    "asin": lambda a: a.asin(),
    "acos": lambda a: a.acos(),
    "atanh": lambda a: a.atanh(),
    "hypot": lambda a, b: (a * a + b * b).sqrt(),
    "min": lambda a, b: a.min(b),
    "gamma": lambda a: a.gamma(),
    "lgamma": lambda a: a.lgamma(),
    "digamma": lambda a: a.digamma(),
    "trigamma": lambda a: arb(2).zeta(a),
    "erfcx": lambda a: (a * a).exp() * a.erfc(),
    "js_psi": lambda a: ((1 + a) * (1 + a).log() + (1 - a) * (1 - a).log()) / 2,
    "js_entr": lambda a, b: a * (2 * a / (a + b)).log() + b * (2 * b / (a + b)).log(),
    "xlogy": lambda a, b: a * b.log(),
    "scaled_exp": lambda a, b: a * b.exp(),
    "exp_sum": lambda a, b: (a + b).exp(),
    "sign": lambda a: arb(1) if a > 0 else arb(-1),
    "floor": lambda a: a.floor(),
    "ceil": lambda a: a.ceil(),
    "detach": lambda a: a,
    "pi": lambda: arb.pi(),
    "euler": lambda: arb(1).exp(),
}


@pytest.fixture(autouse=True)
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = ctx.prec
    ctx.prec = 300
    for name, f in MORE.items():
        monkeypatch.setitem(FUNCTIONS, name, f)
    yield
    ctx.prec = before


def test_every_function_has_a_row_or_is_named_as_having_none() -> None:
    assert set(PARTIALS) | WITHOUT | {"absorb"} == set(PRIMITIVES)
    assert not set(PARTIALS) & WITHOUT


def gradient(e: Expr, at: dict[str, float]) -> dict[str, arb]:
    found = partials(e, lambda leaf: isinstance(leaf, Var), lambda leaf: leaf)
    assert not isinstance(found, Missing)
    return {place(leaf)[0]: evaluate(d, at) for leaf, d in found.items()}


def difference(e: Expr, at: dict[str, float], name: str) -> arb:
    """A central difference whose step, and so whose error, is far below that of floats."""
    h = arb(2) ** -60

    def moved(sign: int) -> arb:
        return evaluate(e, {**at, name: arb(at[name]) + sign * h})  # type: ignore[dict-item]

    return (moved(1) - moved(-1)) / (2 * h)


@pytest.mark.parametrize("prim", sorted(set(PARTIALS) - {"powi", "sum_error", "detach"}))
def test_a_row_is_the_derivative(prim: str) -> None:
    rng = random.Random(prim)
    arity = PRIMITIVES[prim].arity
    e = Call(prim, (x, y, z, w)[:arity])
    lo, hi = DOMAINS.get(prim, (-3.0, 3.0))
    for _ in range(20):
        at = {n: rng.uniform(lo, hi) for n in "xyzw"}
        found = gradient(e, at)
        for name in "xyzw"[:arity]:
            exact = difference(e, at, name)
            assert abs(found.get(name, arb(0)) - exact) < 1e-20 * (1 + abs(exact)), (prim, at, name)


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 3, 7])
def test_whole_powers(n: int) -> None:
    e = Call("powi", (x, const(n))) if n >= 0 else Call("div", (ONE, Call("powi", (x, const(-n)))))
    for value in (-1.5, 0.3, 2.0):
        assert abs(gradient(e, {"x": value}).get("x", arb(0)) - difference(e, {"x": value}, "x")) < 1e-20


def test_what_is_rounded_away_has_no_derivative() -> None:
    for e in (Call("sum_error", (x, y)), Call("detach", (x,)), Call("floor", (x,))):
        assert gradient(e, {"x": 1.5, "y": 2.5}) == {}


def test_conventions_where_there_is_no_derivative() -> None:
    ties = {"x": 2.0, "y": 2.0}
    assert {k: float(v) for k, v in gradient(Call("max", (x, y)), ties).items()} == {"x": 1.0, "y": 0.0}
    assert {k: float(v) for k, v in gradient(Call("min", (x, y)), ties).items()} == {"x": 1.0, "y": 0.0}
    norm = Call("sqrt", (Call("add", (Call("square", (x,)), Call("square", (y,)))),))
    assert all(v.is_zero() for v in gradient(norm, {"x": 0.0, "y": 0.0}).values())


def test_a_root_is_no_norm() -> None:
    found = gradient(Call("sqrt", (x,)), {"x": 0.0})
    assert not found["x"].is_finite()


def test_an_absorbed_logarithm_stays_absorbed() -> None:
    e = Call("absorb", (x, Call("log", (y,))))
    assert gradient(e, {"x": 0.0, "y": 0.0})["y"].is_zero()
    at = {"x": 2.0, "y": 0.5}
    assert abs(gradient(e, at)["y"] - 4) < 1e-50 and abs(gradient(e, at)["x"] - arb(0.5).log()) < 1e-50


def test_a_mixed_derivative_does_not_vanish_with_its_factor() -> None:
    """∂²(x log y)/∂x∂y = 1/y, at x = 0 too."""
    first = partials(Call("absorb", (x, Call("log", (y,)))), lambda leaf: isinstance(leaf, Var), lambda leaf: leaf)
    assert not isinstance(first, Missing)
    second = gradient(first[y], {"x": 0.0, "y": 0.25})
    assert second["x"] == 4


def test_the_branch_that_is_not_taken_sends_nothing() -> None:
    e = Select(Compare("<", ZERO, x), Call("log", (x,)), ZERO)
    assert gradient(e, {"x": -1.0})["x"].is_zero() and gradient(e, {"x": 2.0})["x"] == 0.5
    outside = Select(Compare("<", ZERO, x), Call("mul", (x, Element("a", (ZERO,)))), ZERO)
    found = partials(outside, lambda leaf: isinstance(leaf, Element), lambda leaf: leaf)
    assert not isinstance(found, Missing)
    assert isinstance(found[Element("a", (ZERO,))], Select)


def test_a_function_without_a_derivative_is_named() -> None:
    assert partials(Call("trigamma", (x,)), lambda leaf: True, lambda leaf: leaf) == Missing("trigamma")
    assert partials(Call("trigamma", (x,)), lambda leaf: False, lambda leaf: leaf) == {}
    assert isinstance(Const(0.5), Expr)
