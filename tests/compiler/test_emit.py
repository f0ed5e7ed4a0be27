"""Emitted text: what it looks like, that it compiles, and that it computes the same."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from texjit.compiler.emit.python import emit
from texjit.compiler.emit.values import nearest_float32
from texjit.compiler.expr import Call, Const, Element, Expr, Extent, Index, Output, Program, Select
from texjit.compiler.interpret import interpret
from texjit.compiler.interpret_loops import interpret_proc
from texjit.compiler.loopfacts import axis
from texjit.compiler.lower import lower

from . import programs
from . import test_lower as nests

MATH, LINALG = "texjit.runtime.vecmath", "texjit.runtime.linalg"

WHOLE: dict[str, Callable[[], Program]] = {
    "D_M": programs.mahalanobis,
    "D_M, batched": lambda: programs.mahalanobis("solve_spd", True),
    "D_M by LU, batched": lambda: programs.mahalanobis("solve", True),
    "forward substitution": lambda: programs.mahalanobis("solve_lower"),
    "inverse": lambda: programs.matrix_op("inverse"),
    "inverse, batched": lambda: programs.matrix_op("inverse", True),
    "determinant": lambda: programs.matrix_op("determinant"),
    "determinant, batched": lambda: programs.matrix_op("determinant", True),
    "cholesky": lambda: programs.matrix_op("cholesky"),
}
EVERY = nests.CASES | WHOLE
#: Compiled by numba, as are the whole-array operations; the others run as plain Python.
COMPILED = ["softmax, batched", "attention", "gather"]


def text(p: Program, *dtypes: str, doc: str = "") -> str:
    return emit([(lower(p), d) for d in dtypes or ("float64",)], MATH, LINALG, {p.name: doc})


def run(
    p: Program, inputs: dict[str, Any], dtype: str = "float64", jit: bool = False
) -> tuple[int, list[Any]]:
    """Status and outputs of the emitted function."""
    source = text(p, dtype).replace("cache=True, ", "")
    if not jit:
        source = source.replace("from numba import njit", "njit = lambda **options: lambda f: f")
    proc = lower(p)
    space: dict[str, Any] = {}
    exec(compile(source, "<emitted>", "exec"), space)
    if not jit:
        space |= PLAIN
    kind = np.dtype(dtype).type
    arguments = [inputs[q.name] if q.integer else np.array(inputs[q.name], kind)[()] for q in proc.params]
    extents = {a: n for q in proc.params for a, n in zip(q.axes, np.shape(inputs[q.name]), strict=True)}
    shapes = [tuple(extents[axis(e)] for e in o.shape) or (1,) for o in proc.outputs]
    outputs = [np.full(shape, np.nan, kind) for shape in shapes]
    status = space[f"{p.name}_{'f32' if dtype == 'float32' else 'f64'}"](*arguments, *outputs)
    return status, outputs


#: The steps have no plain Python body: numba compiles them.
PLAIN: dict[str, Callable[..., float]] = {
    "fold_add": lambda a, x: a + x,
    "fold_mul": lambda a, x: a * x,
    "fold_fma": lambda a, x, y: a + x * y,
    "fold_max": lambda a, x: a if a >= x else x,
    "fold_min": lambda a, x: a if a <= x else x,
    "rel_entr": lambda p, q: p * math.log(p / q),
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "power": lambda x, y: x**y,
}


@pytest.mark.parametrize("case", EVERY)
def test_the_text_computes_what_the_program_says(case: str) -> None:
    p = EVERY[case]()
    inputs = nests.sample(p)
    status, got = run(p, inputs, jit=case in COMPILED or case in WHOLE)
    assert status == 0
    for a, b in zip(got, interpret(p, inputs).values(), strict=True):
        np.testing.assert_allclose(a, np.reshape(b, a.shape), rtol=1e-12)


@pytest.mark.parametrize("case", ["softmax", "attention"])
def test_float32_in_and_out(case: str) -> None:
    p = EVERY[case]()
    inputs = {k: np.float32(v) for k, v in nests.sample(p).items()}
    status, got = run(p, inputs, "float32", jit=True)
    assert status == 0
    for a, b in zip(got, interpret(p, inputs).values(), strict=True):
        assert a.dtype == np.float32
        # One rounding of each of a handful of float32 operations.
        np.testing.assert_allclose(a, b, rtol=8 * 2.0**-24)


def test_one_array_may_be_several_parameters() -> None:
    p = programs.kl()
    x = np.array([0.25, 0.75])
    status, (got,) = run(p, {"P": x, "Q": x})
    assert status == 0
    assert got == 0.0


def test_statuses() -> None:
    p = programs.mahalanobis()
    inputs = nests.sample(p)
    assert run(p, inputs | {"Sigma": -inputs["Sigma"]}, jit=True)[0] == 1
    singular = programs.matrix_op("inverse")
    assert run(singular, {"M": np.ones((3, 3))}, jit=True)[0] == 2
    status, (determinant,) = run(programs.matrix_op("determinant"), {"M": np.ones((3, 3))}, jit=True)
    assert (status, determinant) == (0, 0.0)
    outside = programs.gather()
    assert run(outside, nests.sample(outside) | {"t": 8})[0] == 3


GOLDEN = ["softmax, batched", "KL", "LayerNorm, batched", "attention", "MMD", "Adam", "triangle", "gather"]


@pytest.mark.parametrize("case", [*GOLDEN, "running product, gap 0", "D_M, batched"])
def test_golden_kernels(case: str, golden: Callable[[str, str], None]) -> None:
    name = case.replace(", ", "_").replace(" ", "_")
    golden(f"kernels/{name}.py", text(EVERY[case](), "float64", "float32"))


def elementwise(body: Callable[[Any], Expr]) -> Program:
    i = programs.rng("K")
    return programs.program("f", [programs.array("x", "K")], [], Output("f", (i,), body(programs.el("x", i))))


def test_float32_constants_do_not_promote() -> None:
    source = text(elementwise(lambda x: programs.mul(programs.k("1/10"), x)), "float32")
    assert "c0 = np.float32(0.1)" in source
    assert "r0[i0] = c0 * p0[i0]" in source


def test_constants_beside_float64_values_keep_their_digits() -> None:
    p = programs.kl()
    scaled = Output("KL", (), programs.mul(programs.k("1/10"), p.outputs[0].body))
    assert "r0[0] = 0.1 * v0" in text(Program(p.name, p.params, p.lets, (scaled,)), "float32")


@pytest.mark.parametrize(
    "q",
    [
        "1/10",
        "1/3",
        "16777217",
        "1e-46",
        "7e-46",
        "1e39",
        "340282356779733642748073463979561713664",
        "-5/7",
        "0",
    ],
)
def test_constants_are_rounded_once(q: str) -> None:
    """Against the two neighbours of NumPy's rounding, compared exactly."""
    exact = Fraction(q)
    got = nearest_float32(exact)
    if abs(exact) > Fraction(2) ** 128:
        assert math.isinf(got)
        return
    with np.errstate(over="ignore"):
        neighbours = [float(np.nextafter(np.float32(got), np.float32(s))) for s in (-np.inf, np.inf)]
    if math.isfinite(got):
        assert all(
            abs(Fraction(got) - exact) <= abs(Fraction(n) - exact) for n in neighbours if math.isfinite(n)
        )


def test_deep_expressions_are_cut() -> None:
    def deep(x: Expr) -> Expr:
        for _ in range(200):
            x = Call("sqrt", (programs.add(x, Const(Fraction(1))),))
        return x

    source = text(elementwise(deep))
    nesting = max(line.count("(") for line in source.splitlines())
    assert nesting < 60
    want = np.array([0.5, 2.0])
    status, (got,) = run(elementwise(deep), {"x": want})
    for _ in range(200):
        want = np.sqrt(want + 1)
    assert status == 0
    np.testing.assert_allclose(got, want, rtol=1e-14)


def test_a_deep_branch_stays_in_its_branch() -> None:
    p = programs.recurrence_step()
    (o,) = p.outputs
    assert isinstance(o.body, Call)
    first, choice = o.body.args
    assert isinstance(choice, Select)
    other: Expr = choice.other
    for _ in range(60):
        other = Call("sqrt", (programs.add(other, Const(Fraction(1))),))
    body = Call("sub", (first, Select(choice.cond, choice.then, other)))
    deep = Program(p.name, p.params, (), (Output(o.name, o.ranges, body),))
    inputs = nests.sample(deep)
    source = text(deep)
    assert "else:" in source
    np.testing.assert_allclose(run(deep, inputs)[1][0], interpret(deep, inputs)[o.name], rtol=1e-14)


def test_no_text_of_the_author_can_run() -> None:
    evil = 'x\n    import os  # """ \\" \u2028 \u202e'
    i = programs.rng("K")
    p = programs.program(
        "safe",
        [programs.array(evil, "K")],
        [],
        Output("r\r\nimport sys", (i,), Call("exp", (Element(evil, (programs.ix(i),)),))),
    )
    source = text(p, "float64", doc=f'say """{evil}""" \\')
    tree = ast.parse(source)
    (function,) = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert not [n for n in ast.walk(function) if isinstance(n, ast.Import)]
    assert {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} <= {
        "p0", "r0", "i0", "n0", "exp", "range", "njit", "True", "use_wide_vectors", "promise_no_overlap",
    }  # fmt: skip
    assert ast.get_docstring(function)


def test_indices_and_extents_are_floats_in_arithmetic() -> None:
    i = programs.rng("K")
    body = programs.div(programs.mul(Index(i.name), programs.el("x", i)), Extent("K"))
    p = programs.program("f", [programs.array("x", "K")], [], Output("f", (i,), body))
    assert "r0[i0] = (float(i0 + 1) * p0[i0]) / float(n0)" in text(p)
    np.testing.assert_allclose(
        interpret_proc(lower(p), {"x": np.ones(4)})["f"], np.arange(1, 5) / 4, rtol=1e-15
    )
