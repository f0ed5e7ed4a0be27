"""Passes reach the intended forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from sympy import exp, log

from texjit.compiler.expr import ArrayOp, Call, Expr, Program, Reduce, walk
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.pipeline import fuse, optimize
from texjit.equations.domain import REAL, SPD
from texjit.equations.heads import InverseElement, element, extent, parameter

from .. import equations as eqs
from ..equations import a, add, b, equation, i, inputs, inv, j, k, let, mul, over, param, sub, total


def prims(p: Program) -> set[str]:
    """Names of calls, reductions and array operations in lets and outputs."""
    found: set[str] = set()
    for part in (*p.lets, *p.outputs):
        if isinstance(part.body, ArrayOp):
            found.add(part.body.op)
            continue
        for n in walk(part.body):
            if isinstance(n, Call):
                found.add(n.prim)
            elif isinstance(n, Reduce):
                found.add(f"Σ{n.monoid}")
    return found


def let_named(p: Program, name: str):
    return next(x for x in p.lets if x.name == name)


def optimized(eq) -> Program:
    program = optimize(freeze(eq))
    given = inputs(eq)
    want, got = interpret(freeze(eq), given), interpret(program, given)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-11)
    return program


def test_softmax_is_shifted_by_its_largest_logit():
    p = optimize(freeze(eqs.softmax()))
    assert {"Σmax", "detach", "Σsum"} <= prims(p)
    got = interpret(p, {"z": [1000.0, 1000.0]})["softmax"]
    assert got.tolist() == [0.5, 0.5]
    masked = interpret(p, {"z": [-math.inf, 0.0]})["softmax"]
    assert masked.tolist() == [0.0, 1.0]


def test_log_sum_exp_of_extremes():
    p = optimize(freeze(eqs.logsumexp()))
    assert interpret(p, {"z": [1000.0, 1000.0]})["lse"] == 1000.0 + math.log(2.0)
    assert interpret(p, {"z": [-math.inf, -math.inf]})["lse"] == -math.inf
    assert interpret(p, {"z": [math.inf, 0.0]})["lse"] == math.inf
    assert math.isnan(interpret(p, {"z": [math.nan, 0.0]})["lse"])


def test_cross_entropy_sees_the_softmax_through_its_let():
    p = optimize(freeze(eqs.cross_entropy()))
    assert "div" not in prims(p)
    assert interpret(p, {"y": [1.0, 0.0], "z": [-800.0, 800.0]})["CE"] == 1600.0
    assert interpret(p, {"y": [0.0, 1.0], "z": [-math.inf, 800.0]})["CE"] == 0.0


def test_bce_is_softplus_of_logits():
    p = optimize(freeze(eqs.bce()))
    assert "softplus" in prims(p) and not {"log", "exp", "sigmoid"} & prims(p)
    assert interpret(p, {"y": [1.0, 0.0], "z": [-800.0, 800.0]})["BCE"] == 800.0


def test_js_is_one_sum_of_terms_that_are_not_negative():
    p = optimized(eqs.js())
    assert "js_entr" in prims(p) and not {"rel_entr", "middle_entr", "absorb"} & prims(p)
    (only,) = (x for x in p.lets if isinstance(x.body, Reduce))
    assert not only.ranges


def test_rel_entr_needs_nonnegative_arguments():
    q = eqs.kl()
    real = equation("KL", [param("P", "K", domain=REAL), param("Q", "K", domain=REAL)], q.outputs[0].body)
    assert "rel_entr" not in prims(fuse(freeze(real)))


def test_attention_is_three_passes_over_scores():
    p = optimized(eqs.attention())
    assert [x for x in p.lets if isinstance(x.body, Reduce) and x.body.monoid == "max"]
    bodies = [x.body for x in p.lets if isinstance(x.body, Expr)]
    calls = [n.prim for body in bodies for n in walk(body) if isinstance(n, Call)]
    assert calls.count("exp_diff") == 1
    roots = [x for x in p.lets if x.body == Call("sqrt", (freeze(eqs.attention()).lets[0].body.args[1].args[0],))]
    assert len(roots) == 1 and not roots[0].ranges


def test_variance_takes_two_passes():
    p = optimized(eqs.variance())
    assert interpret(p, {"x": [1e8, 1e8 + 1, 1e8 + 2]})["var"] == pytest.approx(2 / 3, rel=1e-15)


def test_a_variance_with_another_count_stays():
    N = extent("N")
    e = sub(
        mul(inv(sub(N, 1)), total(element("x", i) ** 2, i, "N")),
        sympy.Pow(mul(inv(sub(N, 1)), total(element("x", j), j, "N")), 2, evaluate=False),
    )
    p = optimized(equation("v", [param("x", "N")], e))
    assert not any(x.name.startswith("mean") for x in p.lets)


def test_layer_norm_hoists_its_scale():
    p = optimized(eqs.layer_norm())
    (scale,) = [x for x in p.lets if isinstance(x.body, Call) and x.body.prim == "sqrt"]
    assert not scale.ranges


def test_mahalanobis_is_a_triangular_solve():
    p = optimized(eqs.mahalanobis())
    assert {"cholesky", "solve_lower"} <= prims(p) and "inverse" not in prims(p)


def diff(m):
    return sub(element("x", m), element("y", m))


S_INV = InverseElement(parameter("S"), a, b)


def form(domain, body, lets=()):
    params = [param("x", "d"), param("y", "d"), param("S", "d", "d", domain=domain)]
    return equation("f", params, body, lets=lets)


@pytest.mark.parametrize(
    "body",
    [
        total(total(mul(diff(b), diff(a), S_INV), a, "d"), b, "d"),
        total(mul(diff(a), total(mul(S_INV, diff(b)), b, "d")), a, "d"),
        total(mul(total(mul(diff(b), S_INV), b, "d"), diff(a)), a, "d"),
        mul(-1, total(total(mul(diff(a), S_INV, diff(b), inv(parameter("c"))), b, "d"), a, "d")),
    ],
)
def test_quadratic_forms_in_any_order(body):
    eq = form(SPD, body)
    from dataclasses import replace

    from texjit.equations.domain import POSITIVE

    eq = replace(eq, parameters=(*eq.parameters, param("c", domain=POSITIVE)))
    p = optimized(eq)
    assert {"cholesky", "solve_lower"} <= prims(p) and "inverse" not in prims(p)


def test_a_quadratic_form_through_a_let():
    v = let("v", total(mul(InverseElement(parameter("S"), k, b), diff(b)), b, "d"), over(k, "d"))
    p = optimized(form(SPD, total(mul(diff(a), element("v", a)), a, "d"), [v]))
    assert {"cholesky", "solve_lower"} <= prims(p) and "inverse" not in prims(p)


def test_bilinear_forms_are_solves():
    body = total(total(mul(element("x", a), S_INV, element("y", b)), b, "d"), a, "d")
    assert "solve_spd" in prims(optimized(form(SPD, body)))
    general = prims(optimized(form(REAL, body)))
    assert "solve" in general and not {"inverse", "cholesky"} & general


def test_a_row_of_a_general_inverse_stays_an_inverse():
    body = total(mul(element("x", a), InverseElement(parameter("S"), a, 1)), a, "d")
    assert "inverse" in prims(optimized(form(REAL, body)))


def test_forms_under_an_outer_index_solve_once_per_index():
    d = lambda m: sub(element("X", i, m), element("y", m))  # noqa: E731
    body = total(total(mul(d(a), S_INV, d(b)), b, "d"), a, "d")
    params = [param("X", "n", "d"), param("y", "d"), param("S", "d", "d", domain=SPD)]
    p = optimized(equation("f", params, body, [over(i, "n")]))
    ranks = {x.body.op: len(x.ranges) for x in p.lets if isinstance(x.body, ArrayOp)}
    assert ranks == {"cholesky": 2, "solve_lower": 2}


def test_log_determinant_is_a_sum_of_logarithms():
    from texjit.equations.heads import Determinant

    eq = equation("f", [param("S", "d", "d", domain=SPD)], log(Determinant(parameter("S"))))
    assert {"cholesky", "Σsum"} <= prims(optimized(eq))


def test_gaussian_log_density_needs_no_exponential():
    x, mu, sigma = parameter("x"), parameter("mu"), parameter("sigma")
    from texjit.equations.domain import POSITIVE

    density = mul(exp(mul(-1, (x - mu) ** 2, inv(mul(2, sigma**2)))), inv(sympy.sqrt(mul(2, sympy.pi, sigma**2))))
    eq = equation("f", [param("x"), param("mu"), param("sigma", domain=POSITIVE)], log(density))
    p = optimized(eq)
    assert "exp" not in prims(p)
    assert interpret(p, {"x": 100.0, "mu": 0.0, "sigma": 1.0})["f"] == pytest.approx(-5000.918938533205)


def test_equal_sums_are_computed_once():
    e = mul(total(exp(element("x", i)), i, "n"), total(exp(element("x", j)), j, "n"))
    p = optimized(equation("f", [param("x", "n")], e))
    assert len([x for x in p.lets if isinstance(x.body, Reduce)]) == 1


def test_log_of_one_plus():
    e = log(add(1, parameter("x")))
    assert prims(optimize(freeze(equation("f", [param("x")], e)))) == {"log1p"}
    assert prims(optimize(freeze(equation("f", [param("x")], log(add(1, mul(-1, parameter("x")))))))) == {
        "log1p",
        "neg",
    }
    assert prims(optimize(freeze(equation("f", [param("x")], add(exp(parameter("x")), -1))))) == {"expm1"}


def test_logarithms_of_products_split_only_where_positive():
    factor = let("u", mul(exp(element("a", i)), element("x", i)), over(i, "n"))
    params = [param("a", "n"), param("x", "n"), param("y", "n")]
    bodies = [
        log(mul(element("u", k), element("y", k))),
        log(sympy.Pow(element("u", k), 2)),
        log(sympy.Product(element("u", j), (j, 1, extent("n")))),
    ]
    for body in bodies:
        p = optimize(freeze(equation("f", params, body, [over(k, "n")], [factor])))
        got = interpret(p, {"a": [0.0, 1.0], "x": [-1.0, -2.0], "y": [-3.0, -1.0]})["f"]
        assert np.all(np.isfinite(got))
