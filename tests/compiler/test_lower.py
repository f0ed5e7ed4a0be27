"""Loop nests: how deep, what is stored, and that they compute what the program says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from texjit.compiler.expr import Extent, Program, Var
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.interpret_loops import Failure, interpret_proc
from texjit.compiler.loopfacts import allocs, cost, depth, loops
from texjit.compiler.loops import Alloc, Assign, Fold, For, If, Invoke
from texjit.compiler.lower import lower
from texjit.compiler.pipeline import optimize
from texjit.equations.diagnostic import CompilerBug, Unsupported

from . import equations, programs

EXTENTS = {"batch": 3, "K": 5, "n": 4, "m": 6, "d": 3, "d_k": 2, "d_v": 5, "T": 7, "w": 2, "p": 6, "q": 5}

CASES: dict[str, Callable[[], Program]] = {
    "softmax": programs.softmax,
    "softmax, batched": lambda: programs.softmax(True),
    "KL": programs.kl,
    "JS": programs.jensen_shannon,
    "LayerNorm": lambda: programs.layer_norm(False),
    "LayerNorm, batched": programs.layer_norm,
    "attention": programs.attention,
    "mean kernel": programs.mean_kernel,
    "MMD": programs.mmd,
    "matmul": programs.matmul,
    "column scaler": programs.scaler,
    "triangle": programs.triangle,
    "gather": programs.gather,
    "gather, batched": programs.batched_gather,
    "hoisted": programs.hoisted,
    "Adam": programs.adam,
    "increments": programs.recurrence_step,
    "argmax": programs.argmax,
    "argmin, batched": lambda: programs.argmax("argmin", True),
    **{
        f"running {monoid}, gap {gap}{', reverse' * reverse}{', rows' * width}": (
            lambda monoid=monoid, gap=gap, reverse=reverse, width=width: programs.running(
                monoid, gap, reverse, width
            )
        )
        for monoid, gap, reverse, width in [
            ("product", 0, False, False),
            ("sum", 0, False, True),
            ("sum", -1, False, False),
            ("max", 0, True, False),
            ("sum", 1, True, True),
        ]
    },
}


def sample(p: Program, extents: dict[str, int] = EXTENTS, seed: int = 3) -> dict[str, Any]:
    """Inputs between 0 and 1 over axes whose extents all differ; symmetric matrices are well-conditioned."""
    rng = np.random.default_rng(seed)
    inputs: dict[str, Any] = {}
    for q in p.params:
        shape = tuple(extents[a] for a in q.axes)
        x = rng.uniform(0.2, 0.9, shape)
        if len(shape) > 1 and q.axes[-1] == q.axes[-2]:
            x = x + np.swapaxes(x, -1, -2) + 5 * np.eye(shape[-1])
        inputs[q.name] = rng.integers(1, 5, shape)[()] if q.integer else x
    return inputs


@pytest.mark.parametrize("case", CASES)
def test_the_nest_computes_what_the_program_says(case: str) -> None:
    p = CASES[case]()
    inputs = sample(p)
    want = interpret(p, inputs)
    got = interpret_proc(lower(p), inputs)
    for a, b in zip(got.values(), want.values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize("case", ["softmax", "KL", "MMD", "matmul", "LayerNorm, batched", "attention"])
def test_empty_axes_give_empty_sums(case: str) -> None:
    p = CASES[case]()
    for axis in {a for q in p.params for a in q.axes}:
        inputs = sample(p, EXTENTS | {axis: 0})
        want, got = interpret(p, inputs), interpret_proc(lower(p), inputs)
        for a, b in zip(got.values(), want.values(), strict=True):
            np.testing.assert_array_equal(a, np.reshape(b, a.shape))


def test_softmax_is_three_loops_and_stores_each_exponential_once() -> None:
    proc = lower(programs.softmax())
    assert depth(proc) == 1
    assert len(loops(proc)) == 3
    assert allocs(proc) == {"e": ("K",)}
    batched = lower(programs.softmax(True))
    assert cost(batched) == {("K", "batch"): 3}
    assert allocs(batched) == {"e": ("K",)}


@pytest.mark.parametrize("case", ["KL", "JS"])
def test_divergences_are_one_loop_without_storage(case: str) -> None:
    proc = lower(CASES[case]())
    assert cost(proc) == {("K",): 1}
    assert allocs(proc) == {}


def test_layer_norm_reads_a_row_three_times() -> None:
    proc = lower(programs.layer_norm())
    assert cost(proc) == {("batch", "d"): 3}
    assert allocs(proc) == {}
    assert len(outer(proc)) == 1


def test_attention_keeps_one_row_of_scores() -> None:
    proc = lower(programs.attention())
    assert allocs(proc) == {"S": ("m",), "A": ("d_v",)}
    assert depth(proc) == 3
    assert cost(proc) == {("d_k", "m", "n"): 1, ("d_v", "m", "n"): 1, ("d_v", "n"): 2}
    (over_queries,) = outer(proc)
    assert over_queries.hi == Extent("n")


def test_pairwise_means_store_nothing() -> None:
    assert allocs(lower(programs.mean_kernel())) == {}
    assert cost(lower(programs.mean_kernel())) == {("d", "m", "n"): 1}
    assert allocs(lower(programs.mmd())) == {}
    assert cost(lower(programs.mmd())) == {("d", "m", "n"): 1, ("d", "n", "n"): 1, ("d", "m", "m"): 1}


def test_a_prefix_reduction_is_one_running_fold() -> None:
    proc = lower(programs.running())
    assert cost(proc) == {("T",): 1}
    assert allocs(proc) == {}
    (loop,) = loops(proc)
    assert [type(s) for s in loop.body] == [Fold, Assign, Assign]
    assert cost(lower(programs.running("sum", 0, True))) == {("T",): 1}
    rows = lower(programs.running("sum", 0, False, True))
    assert allocs(rows) == {"c.acc": ("w",)}
    assert cost(rows) == {("w",): 1, ("T", "w"): 1}


def test_the_innermost_loop_runs_along_last_axes() -> None:
    product = [tuple(loop.hi for loop in path) for path in nests(lower(programs.matmul()))]
    assert (Extent("n"), Extent("m"), Extent("q")) in product
    columns = [tuple(loop.hi for loop in path) for path in nests(lower(programs.scaler()))]
    assert columns.count((Extent("n"), Extent("d"))) == 3


def test_what_has_no_batch_is_computed_once() -> None:
    weights, rows = outer(lower(programs.hoisted()))
    assert weights.hi == Extent("K")
    assert rows.hi == Extent("batch")


def test_an_optimiser_step_is_one_loop() -> None:
    proc = lower(programs.adam())
    assert cost(proc) == {("p",): 1}
    assert allocs(proc) == {}
    assert [o.name for o in proc.outputs] == ["m_out", "v_out", "theta_out"]


def test_a_triangle_keeps_its_bounds() -> None:
    proc = lower(programs.triangle())
    assert allocs(proc) == {}
    assert depth(proc) == 2


@pytest.mark.parametrize("t", [[1, 0, 2], [1, 8, 2]])
def test_a_batched_integer_does_not_lead_out_of_an_array(t: list[int]) -> None:
    p = programs.batched_gather()
    with pytest.raises(Failure, match="status 3"):
        interpret_proc(lower(p), sample(p) | {"t": np.array(t)})


@pytest.mark.parametrize("t", [0, 8])
def test_an_integer_parameter_does_not_lead_out_of_an_array(t: int) -> None:
    p = programs.gather()
    with pytest.raises(Failure, match="status 3"):
        interpret_proc(lower(p), sample(p) | {"t": t})


def test_a_fold_over_a_scalar_bound_is_a_plain_loop() -> None:
    proc = lower(programs.gather())
    assert any(loop.hi == Var("t") for loop in loops(proc))
    assert sum(isinstance(s, If) for s in proc.body) == 2


def test_lets_that_nothing_reads_are_dropped() -> None:
    p = programs.kl()
    unread = programs.softmax().lets[0]
    widened = Program(p.name, (*p.params, programs.array("z", "K")), (*p.lets, unread), p.outputs)
    assert lower(widened).body == lower(p).body


def test_refusals() -> None:
    p = programs.kl()
    (sum_,) = p.lets
    nested = programs.let("t", (), programs.call("log", sum_.body))
    with pytest.raises(CompilerBug, match="E306"):
        lower(Program(p.name, p.params, (nested,), p.outputs))
    unknown = programs.let("t", (), programs.fold("logsumexp", sum_.body.range, sum_.body.body))
    with pytest.raises(Unsupported, match="E304"):
        lower(Program(p.name, p.params, (unknown,), p.outputs))


def outer(proc: Any) -> list[For]:
    return [s for s in proc.body if isinstance(s, For)]


def nests(proc: Any, around: tuple[For, ...] = ()) -> list[tuple[For, ...]]:
    """Paths down to the innermost loops."""
    found = []
    for s in proc.body:
        if isinstance(s, For):
            found += nests(s, (*around, s)) or [(*around, s)]
    return found


def test_allocations_stand_first() -> None:
    kinds = [type(s) for s in lower(programs.attention()).body]
    assert kinds == sorted(kinds, key=lambda kind: kind is not Alloc)


@pytest.mark.parametrize("make", equations.ALL, ids=lambda f: f.__name__)
def test_optimized_equations_keep_their_values(make: Callable[[], Any]) -> None:
    eq = make()
    given = equations.inputs(eq)
    proc = lower(optimize(freeze(eq)))
    if any(isinstance(s, Invoke) for s in proc.body):
        pytest.skip("routines need numba: test_emit runs them")
    want = interpret(freeze(eq), given)
    for name, got in zip(want, interpret_proc(proc, given).values(), strict=True):
        np.testing.assert_allclose(got, want[name], rtol=1e-11)
