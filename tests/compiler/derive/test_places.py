"""Reads turned round: what reaches each element, counted one by one."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from texjit.compiler.derive.places import is_nonnegative, solve
from texjit.compiler.expr import Call, Compare, Const, Expr, Extent, Index, Range
from texjit.compiler.positions import ONE, const, minus, plus

i, j, k = (Index(n) for n in "ijk")
n, m = Extent("n"), Extent("m")


def value(e: Expr, at: dict[str, int]) -> int:
    match e:
        case Const(q):
            return int(q)
        case Index(name) | Extent(name):
            return at[name]
        case Call("add", (a, b)):
            return value(a, at) + value(b, at)
        case Call("sub", (a, b)):
            return value(a, at) - value(b, at)
        case Call("mul", (a, b)):
            return value(a, at) * value(b, at)
        case Call("neg", (a,)):
            return -value(a, at)
    raise TypeError(e)


def holds(e: Expr, at: dict[str, int]) -> bool:
    assert isinstance(e, Compare)
    left, right = value(e.left, at), value(e.right, at)
    return {"<=": left <= right, "==": left == right}[e.op]


def over(ranges: list[Range], at: dict[str, int]) -> list[dict[str, int]]:
    if not ranges:
        return [at]
    r, *rest = ranges
    return [
        found
        for v in range(value(r.lo, at), value(r.hi, at) + 1)
        for found in over(rest, {**at, r.name: v})
    ]


#: Ranges of a body, its read (0-based), ranges of the array that is read.
READS = {
    "elementwise": ([Range("i", ONE, n)], (minus(i, ONE),), ["n"]),
    "a row summed": ([Range("i", ONE, n), Range("j", ONE, m)], (minus(i, ONE),), ["n"]),
    "both of a matrix": ([Range("i", ONE, n), Range("j", ONE, m)], (minus(j, ONE), minus(i, ONE)), ["m", "n"]),
    "the diagonal": ([Range("i", ONE, n)], (minus(i, ONE), minus(i, ONE)), ["n", "n"]),
    "one element": ([Range("i", ONE, n)], (const(2),), ["n"]),
    "the element before": ([Range("i", const(2), n)], (minus(i, const(2)),), ["n"]),
    "a pair, the smaller": ([Range("i", ONE, n), Range("j", plus(i, ONE), n)], (minus(i, ONE),), ["n"]),
    "a pair, the larger": ([Range("i", ONE, n), Range("j", plus(i, ONE), n)], (minus(j, ONE),), ["n"]),
    "all before": ([Range("i", ONE, n), Range("j", ONE, i)], (minus(j, ONE),), ["n"]),
    "all behind": ([Range("i", ONE, n), Range("j", i, n)], (minus(j, ONE),), ["n"]),
    "a triangle": ([Range("i", ONE, n), Range("j", i, n), Range("k", j, n)], (minus(j, ONE),), ["n"]),
    "a convolution": ([Range("i", ONE, const(3)), Range("j", ONE, const(2))], (minus(plus(i, j), const(2)),), ["n"]),
    "backwards": ([Range("i", ONE, n)], (minus(n, i),), ["n"]),
    "every second": ([Range("i", ONE, const(2))], (minus(Call("mul", (const(2), i)), ONE),), ["n"]),
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_each_pair_of_indices_arrives_once(name: str) -> None:
    unknown, at, axes = READS[name]
    target = [Range(f"q{d}", ONE, Extent(axis)) for d, axis in enumerate(axes)]
    sizes = {"n": 5, "m": 3}
    direct = Counter(tuple(value(p, v) + 1 for p in at) for v in over(unknown, sizes))
    s = solve(at, unknown, target, ())
    found: Counter[tuple[int, ...]] = Counter()
    for q in itertools.product(*(range(1, sizes[axis] + 1) for axis in axes)):
        here = {**sizes, **{f"q{d}": v for d, v in enumerate(q)}}
        if any(value(e, here) != q[d] for d, e in s.ties.items()):
            continue
        outside = [g for g in s.guards if not {r.name for r in s.ranges} & {x.name for x in _indices(g)}]
        if not all(holds(g, here) for g in outside):
            continue
        inside = [g for g in s.guards if g not in outside]
        for v in over(s.ranges, here):
            if all(holds(g, v) for g in inside):
                found[q] += 1
                for solved, e in s.values.items():
                    assert value(e, v) == value(e, {**v, solved: 10**6})
    assert found == direct


def _indices(e: Expr) -> list[Index]:
    out, stack = [], [e]
    while stack:
        x = stack.pop()
        if isinstance(x, Index):
            out.append(x)
        stack.extend(x.children())
    return out


def test_plain_reads_need_no_condition() -> None:
    for name in ("elementwise", "a row summed", "both of a matrix", "a pair, the smaller", "a pair, the larger",
                 "all before", "all behind", "a triangle", "backwards"):
        unknown, at, axes = READS[name]
        s = solve(at, unknown, [Range(f"q{d}", ONE, Extent(axis)) for d, axis in enumerate(axes)], ())
        assert not s.guards, name


def test_what_is_proved_not_negative() -> None:
    r = Range("i", ONE, n)
    assert is_nonnegative(minus(i, ONE), [r]) and is_nonnegative(minus(n, i), [r])
    assert not is_nonnegative(minus(i, const(2)), [r]) and not is_nonnegative(minus(m, i), [r])
