"""Programs as the passes leave them, built by hand for the tests of loops."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

from texjit.compiler.expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Extent,
    Index,
    Let,
    Operand,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from texjit.equations.domain import REAL

_fresh: Iterator[int] = count()


def k(n: int | str) -> Const:
    return Const(Fraction(n))


def rng(axis: str) -> Range:
    """A range with a name of its own over a whole axis."""
    return Range(f"{axis}#{next(_fresh)}", k(1), Extent(axis))


def ix(r: Range, shift: int = 0) -> Expr:
    """The position of an index: ``x_i`` is element i - 1."""
    return Call("sub", (Index(r.name), k(1 - shift)))


def el(array: str, *at: Range | Expr) -> Element:
    return Element(array, tuple(ix(a) if isinstance(a, Range) else a for a in at))


def add(a: Expr, b: Expr) -> Expr:
    return Call("add", (a, b))


def sub(a: Expr, b: Expr) -> Expr:
    return Call("sub", (a, b))


def mul(a: Expr, b: Expr) -> Expr:
    return Call("mul", (a, b))


def div(a: Expr, b: Expr) -> Expr:
    return Call("div", (a, b))


def call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


def sq(a: Expr) -> Expr:
    return Call("square", (a,))


def let(name: str, ranges: tuple[Range, ...], body: Expr | ArrayOp) -> Let:
    return Let(name, ranges, body)


def fold(monoid: str, r: Range, body: Expr) -> Reduce:
    return Reduce(monoid, r, body)


def total(r: Range, body: Expr) -> Reduce:
    return Reduce("sum", r, body)


def array(name: str, *axes: str) -> Param:
    return Param(name, axes, REAL)


def integer(name: str) -> Param:
    return Param(name, (), REAL, integer=True)


def program(name: str, params: list[Param], lets: list[Let], *outputs: Output) -> Program:
    return Program(name, tuple(params), tuple(lets), outputs)


def softmax(batch: bool = False) -> Program:
    b = ("batch",) if batch else ()
    lead = [tuple(rng(a) for a in b) for _ in range(4)]
    j1, j2, j3, j4 = (rng("K") for _ in range(4))
    return program(
        "softmax",
        [array("z", *b, "K")],
        [
            let("m", lead[0], fold("max", j1, el("z", *lead[0], j1))),
            let(
                "e",
                (*lead[1], j2),
                call("exp", sub(el("z", *lead[1], j2), el("m", *lead[1]) if b else Var("m"))),
            ),
            let("s", lead[2], total(j3, el("e", *lead[2], j3))),
        ],
        Output(
            "softmax",
            (*lead[3], j4),
            div(el("e", *lead[3], j4), el("s", *lead[3]) if b else Var("s")),
        ),
    )


def kl() -> Program:
    x = rng("K")
    return program(
        "KL",
        [array("P", "K"), array("Q", "K")],
        [let("t", (), total(x, call("rel_entr", el("P", x), el("Q", x))))],
        Output("KL", (), Var("t")),
    )


def jensen_shannon() -> Program:
    x, y, w = rng("K"), rng("K"), rng("K")
    mid = let("M", (w,), div(add(el("P", w), el("Q", w)), k(2)))
    return program(
        "JS",
        [array("P", "K"), array("Q", "K")],
        [
            mid,
            let("a", (), total(x, call("rel_entr", el("P", x), el("M", x)))),
            let("b", (), total(y, call("rel_entr", el("Q", y), el("M", y)))),
        ],
        Output("JS", (), div(add(Var("a"), Var("b")), k(2))),
    )


def layer_norm(batch: bool = True) -> Program:
    b = ("batch",) if batch else ()
    lead = [tuple(rng(a) for a in b) for _ in range(4)]
    j1, j2, j3 = rng("d"), rng("d"), rng("d")

    def mean(name: str, r: tuple[Range, ...]) -> Expr:
        return div(el(name, *r) if r else Var(name), Extent("d"))

    centred = sub(el("x", *lead[1], j2), mean("mu", lead[1]))
    scale = call("sqrt", add(mean("var", lead[2]), Var("eps")))
    out = div(sub(el("x", *lead[2], j3), mean("mu", lead[2])), scale)
    return program(
        "LN",
        [array("x", *b, "d"), array("gamma", "d"), array("beta", "d"), array("eps")],
        [
            let("mu", lead[0], total(j1, el("x", *lead[0], j1))),
            let("var", lead[1], total(j2, sq(centred))),
        ],
        Output("LN", (*lead[2], j3), add(mul(el("gamma", j3), out), el("beta", j3))),
    )


def attention() -> Program:
    i, j, a = rng("n"), rng("m"), rng("d_k")
    i2, j2, i3, j3, i4, j4 = rng("n"), rng("m"), rng("n"), rng("m"), rng("n"), rng("m")
    i5, v5, j5, i6, v6 = rng("n"), rng("d_v"), rng("m"), rng("n"), rng("d_v")
    scaled = div(el("S", i2, j2), call("sqrt", Extent("d_k")))
    e = call("exp", sub(div(el("S", i3, j3), call("sqrt", Extent("d_k"))), el("mx", i3)))
    return program(
        "Attention",
        [array("Q", "n", "d_k"), array("K", "m", "d_k"), array("V", "m", "d_v")],
        [
            let("S", (i, j), total(a, mul(el("Q", i, a), el("K", j, a)))),
            let("mx", (i2,), fold("max", j2, scaled)),
            let("e", (i3, j3), e),
            let("Z", (i4,), total(j4, el("e", i4, j4))),
            let("A", (i5, v5), total(j5, mul(el("e", i5, j5), el("V", j5, v5)))),
        ],
        Output("Attention", (i6, v6), div(el("A", i6, v6), el("Z", i6))),
    )


def _pairs(tag: str, x: str, n: str, y: str, m: str) -> list[Let]:
    i, j, a, i2, j2, i3 = rng(n), rng(m), rng("d"), rng(n), rng(m), rng(n)
    return [
        let(f"d_{tag}", (i, j), total(a, sq(sub(el(x, i, a), el(y, j, a))))),
        let(f"r_{tag}", (i2,), total(j2, call("exp", call("neg", el(f"d_{tag}", i2, j2))))),
        let(f"t_{tag}", (), total(i3, el(f"r_{tag}", i3))),
    ]


def mean_kernel() -> Program:
    n = mul(Extent("n"), Extent("m"))
    return program(
        "mean_kernel",
        [array("x", "n", "d"), array("y", "m", "d")],
        _pairs("xy", "x", "n", "y", "m"),
        Output("mean_kernel", (), div(Var("t_xy"), n)),
    )


def mmd() -> Program:
    def mean(name: str, n: str, m: str) -> Expr:
        return div(Var(name), mul(Extent(n), Extent(m)))

    lets = [
        *_pairs("xx", "x", "n", "x", "n"),
        *_pairs("yy", "y", "m", "y", "m"),
        *_pairs("xy", "x", "n", "y", "m"),
    ]
    both = add(mean("t_xx", "n", "n"), mean("t_yy", "m", "m"))
    return program(
        "MMD",
        [array("x", "n", "d"), array("y", "m", "d")],
        lets,
        Output("MMD", (), sub(both, mul(k(2), mean("t_xy", "n", "m")))),
    )


def running(monoid: str = "product", gap: int = 0, reverse: bool = False, width: bool = False) -> Program:
    """c_t = fold of a_s for s up to t + gap (or from t + gap on)."""
    t, v, t2, v2 = rng("T"), rng("w"), rng("T"), rng("w")
    edge = add(Index(t.name), k(gap))
    s = Range("s", edge, Extent("T")) if reverse else Range("s", k(1), edge)
    w = (v,) if width else ()
    w2 = (v2,) if width else ()
    return program(
        "running",
        [array("a", "T", *(r.name.split("#")[0] for r in w))],
        [let("c", (t, *w), fold(monoid, s, el("a", s, *w)))],
        Output("running", (t2, *w2), call("sqrt", el("c", t2, *w2))),
    )


def adam() -> Program:
    i, j, o1, o2, o3 = (rng("p") for _ in range(5))

    def mix(rate: str, state: str, new: Expr, r: Range) -> Expr:
        return add(mul(Var(rate), el(state, r)), mul(sub(k(1), Var(rate)), new))

    m_hat = div(el("m1", o3), sub(k(1), call("pow", Var("beta_1"), Var("t"))))
    v_hat = div(el("v1", o3), sub(k(1), call("pow", Var("beta_2"), Var("t"))))
    step = div(mul(Var("eta"), m_hat), add(call("sqrt", v_hat), Var("eps")))
    states = [array(n, "p") for n in ("g", "m", "v", "theta")]
    scalars = [array(n) for n in ("beta_1", "beta_2", "eta", "eps")]
    return program(
        "Adam",
        [*states, *scalars, integer("t")],
        [
            let("m1", (i,), mix("beta_1", "m", el("g", i), i)),
            let("v1", (j,), mix("beta_2", "v", sq(el("g", j)), j)),
        ],
        Output("m", (o1,), el("m1", o1)),
        Output("v", (o2,), el("v1", o2)),
        Output("theta", (o3,), sub(el("theta", o3), step)),
    )


def matmul() -> Program:
    i, c, j, i2, c2 = rng("n"), rng("q"), rng("m"), rng("n"), rng("q")
    return program(
        "matmul",
        [array("A", "n", "m"), array("B", "m", "q")],
        [let("C", (i, c), total(j, mul(el("A", i, j), el("B", j, c))))],
        Output("matmul", (i2, c2), el("C", i2, c2)),
    )


def scaler() -> Program:
    """Columns shifted to mean zero and divided by their deviation."""
    i, v, i2, v2, i3, v3 = rng("n"), rng("d"), rng("n"), rng("d"), rng("n"), rng("d")

    def mean(name: str, r: Range) -> Expr:
        return div(el(name, r), Extent("n"))

    return program(
        "scaler",
        [array("X", "n", "d")],
        [
            let("mu", (v,), total(i, el("X", i, v))),
            let("var", (v2,), total(i2, sq(sub(el("X", i2, v2), mean("mu", v2))))),
        ],
        Output("scaler", (i3, v3), div(sub(el("X", i3, v3), mean("mu", v3)), call("sqrt", mean("var", v3)))),
    )


def triangle() -> Program:
    """Sum over i < j of (x_i - x_j)^2."""
    j, j2 = Range("j", k(2), Extent("n")), Range("j2", k(2), Extent("n"))
    i = Range("i", k(1), sub(Index("j"), k(1)))
    return program(
        "triangle",
        [array("x", "n")],
        [
            let("r", (j,), total(i, sq(sub(el("x", i), el("x", j))))),
            let("t", (), total(j2, el("r", sub(Index("j2"), k(2))))),
        ],
        Output("triangle", (), Var("t")),
    )


def gather() -> Program:
    """A coefficient at step t, and the sum of those up to it."""
    s, i = Range("s", k(1), Var("t")), rng("d")
    return program(
        "gather",
        [array("a", "T"), array("x", "d"), integer("t")],
        [let("c", (), total(s, el("a", s)))],
        Output("gather", (i,), add(mul(el("a", sub(Var("t"), k(1))), el("x", i)), Var("c"))),
    )


def batched_gather() -> Program:
    """``gather`` with a step of its own for each row."""
    b, b2, i = rng("batch"), rng("batch"), rng("d")
    s = Range("s", k(1), el("t", b))
    return program(
        "gather",
        [array("a", "T"), array("x", "d"), Param("t", ("batch",), REAL, integer=True)],
        [let("c", (b,), total(s, el("a", s)))],
        Output(
            "gather",
            (b2, i),
            add(mul(el("a", sub(el("t", b2), k(1))), el("x", i)), mul(el("c", b2), el("t", b2))),
        ),
    )


def hoisted() -> Program:
    """Weights without a batch beside data with one."""
    b, j, j2, b2 = rng("batch"), rng("K"), rng("K"), rng("batch")
    return program(
        "hoisted",
        [array("x", "batch", "K"), array("c", "K")],
        [
            let("w", (j,), call("exp", el("c", j))),
            let("y", (b,), total(j2, mul(el("w", j2), el("x", b, j2)))),
        ],
        Output("hoisted", (b2,), call("log", el("y", b2))),
    )


def recurrence_step() -> Program:
    """x_0 before the first step, the step before otherwise."""
    t, a = Range("t", k(1), Extent("T")), rng("d")
    before = Select(Compare("==", Index("t"), k(1)), el("x0", a), el("x", sub(Index("t"), k(2)), ix(a)))
    return program(
        "increments",
        [array("x", "T", "d"), array("x0", "d")],
        [],
        Output("increments", (t, a), sub(el("x", t, a), before)),
    )


def mahalanobis(op: str = "solve_spd", batch: bool = False) -> Program:
    b = ("batch",) if batch else ()
    lead = [tuple(rng(x) for x in b) for _ in range(4)]
    a, a2, a3 = rng("d"), rng("d"), rng("d")
    at = tuple(ix(r) for r in lead[1])
    return program(
        "D_M",
        [array("x", *b, "d"), array("y", "d"), array("Sigma", *b, "d", "d")],
        [
            let("u", (*lead[0], a), sub(el("x", *lead[0], a), el("y", a))),
            let("w", (*lead[1], a2), ArrayOp(op, (Operand("Sigma", at), Operand("u", at)))),
            let("q", lead[2], total(a3, mul(el("u", *lead[2], a3), el("w", *lead[2], a3)))),
        ],
        Output("D_M", lead[3], call("sqrt", el("q", *lead[3]) if batch else Var("q"))),
    )


def matrix_op(op: str, batch: bool = False) -> Program:
    """The result of an operation on one matrix."""
    b = ("batch",) if batch else ()
    lead, lead2 = tuple(rng(x) for x in b), tuple(rng(x) for x in b)
    i, j, i2, j2 = rng("d"), rng("d"), rng("d"), rng("d")
    core, core2 = ((), ()) if op == "determinant" else ((i, j), (i2, j2))
    body = el("R", *lead2, *core2) if b or core else Var("R")
    return program(
        op,
        [array("M", *b, "d", "d")],
        [let("R", (*lead, *core), ArrayOp(op, (Operand("M", tuple(ix(r) for r in lead)),)))],
        Output("out", (*lead2, *core2), body),
    )


def argmax(monoid: str = "argmax", batch: bool = False) -> Program:
    b, j, b2 = rng("batch"), rng("K"), rng("batch")
    lead, lead2 = ((b,), (b2,)) if batch else ((), ())
    return program(
        "arg",
        [array("x", *(("batch",) if batch else ()), "K")],
        [let("k", lead, fold(monoid, j, el("x", *lead, j)))],
        Output("arg", lead2, el("k", *lead2) if batch else Var("k")),
    )
