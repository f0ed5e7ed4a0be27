"""Many steps of a recurrence in one compiled loop around its step."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import jit
from .call import STATUS, WARNINGS, ConditionWarning, DomainError, common_dtype, convert, measure, prepare

if TYPE_CHECKING:
    from .kernel import Kernel

Array = np.ndarray[Any, Any]


def drive(
    kernel: Kernel, states: tuple[str, ...], given: Mapping[str, Any], steps: int, counter: str,
    rows: tuple[str, ...], trajectory: bool,
) -> tuple[Any, ...]:
    """The states after ``steps`` steps, or with ``trajectory`` after each one, in the order of ``states``.

    ``rows`` are inputs with an entry for each step along their first axis.  Every step has
    the same leading axes: those of the states and inputs, broadcast.
    """
    inputs = kernel.card.inputs
    whole = {p.name: convert(given[p.name], p) for p in inputs}
    arrays = [whole[p.name] for p in inputs]
    dtype = common_dtype(tuple(given[p.name] for p in inputs), arrays, inputs)
    sizes, lead = measure(kernel.spec, [a[0] if p.name in rows else a for a, p in zip(arrays, inputs, strict=True)])
    count = int(np.prod(lead, dtype=np.int64)) if lead else 1
    mask = tuple(
        bool(lead) and (p.name in states or a.ndim - (p.name in rows) > len(p.axes))
        for a, p in zip(arrays, inputs, strict=True)
    )
    ready = []
    for a, p, batched in zip(arrays, inputs, mask, strict=True):
        if p.name in rows:
            outer = replace(p, axes=("#steps", *p.axes), elastic=False)
            spread = np.broadcast_to(a, (steps, *(lead if batched else ()), *a.shape[a.ndim - len(p.axes) :]))
            core = tuple(sizes[x] for x in p.axes)
            kind = np.int64 if outer.integer else np.dtype(dtype)
            ready.append(np.ascontiguousarray(spread, kind).reshape(steps, *((count,) if batched else ()), *core))
        else:
            made = prepare(a, p, batched, lead, count, sizes, dtype)
            # The steps write to these arrays in turn.
            ready.append(made.copy() if p.name in states and isinstance(made, np.ndarray) else made)
    shapes = [(count,) * bool(lead) + tuple(sizes[x] for x in r.axes) for r in kernel.card.outputs]
    spare = [np.empty(shape or (1,), dtype) for shape in shapes]
    out = [np.empty(((steps,) if trajectory else ()) + (shape or (1,)), dtype) for shape in shapes]
    function = compiled(kernel, dtype, mask, states, counter, rows, trajectory)
    status = function(steps, *ready, *spare, *out)
    if status < 0:
        warnings.warn(f"{kernel.name}: {WARNINGS[status]}", ConditionWarning, stacklevel=5)
    elif status:
        raise DomainError(f"{kernel.name}: {STATUS.get(status, f'status {status}')}")
    before = (steps,) if trajectory else ()
    shaped = [a.reshape(before + lead + tuple(sizes[x] for x in r.axes)) for a, r in
              zip(out, kernel.card.outputs, strict=True)]
    return tuple(a if a.ndim else a[()] for a in shaped)


def compiled(
    kernel: Kernel, dtype: str, mask: tuple[bool, ...], states: tuple[str, ...], counter: str,
    rows: tuple[str, ...], trajectory: bool,
) -> Any:
    """The compiled loop around the certified step."""
    step = f"{kernel.name}_{'f32' if dtype == 'float32' else 'f64'}"
    kernel.ensure_certified(dtype)
    around = loop(kernel, step, dtype, mask, states, counter, rows, trajectory)
    text = "\n\n".join((kernel.text(dtype, mask), "import numpy as np\n", around))
    return jit.build(text, ("walk",))["walk"]


def loop(
    kernel: Kernel, step: str, dtype: str, mask: tuple[bool, ...], states: tuple[str, ...], counter: str,
    rows: tuple[str, ...], trajectory: bool,
) -> str:
    """The text of the loop: states and their successors swap places after each step."""
    inputs, outputs = kernel.card.inputs, kernel.card.outputs
    place = {p.name: i for i, p in enumerate(inputs)}
    numbers = {i for i, (p, m) in enumerate(zip(inputs, mask, strict=True)) if not (m or p.axes)}
    args = []
    for i, p in enumerate(inputs):
        if p.name in rows:
            args.append(f"q{i}[k]")
        elif p.name == counter:
            args.append(f"q{i} + k" if p.integer else f"np.{dtype}(q{i} + k)")
        else:
            args.append(f"q{i}")
    n = range(len(outputs))
    parameters = ["steps", *(f"q{i}" for i in range(len(inputs))), *(f"r{j}" for j in n), *(f"w{j}" for j in n)]
    lines = [
        '@njit(cache=True, error_model="numpy", nogil=True)',
        f"def walk({', '.join(parameters)}):",
        "    worst = 0",
        "    for k in range(steps):",
        f"        status = {step}({', '.join([*args, *(f'r{j}' for j in n)])})",
        "        if status > 0:",
        "            return status",
        "        worst = min(worst, status)",
    ]
    for j, s in enumerate(states):
        i = place[s]
        lines.append(f"        q{i} = r{j}[0]" if i in numbers else f"        q{i}, r{j} = r{j}, q{i}")
        if trajectory:
            lines.append(f"        w{j}[k, 0] = q{i}" if i in numbers else f"        w{j}[k] = q{i}")
    if not trajectory:
        lines += [f"    w{j}[{'0' if place[s] in numbers else '...'}] = q{place[s]}" for j, s in enumerate(states)]
    return "\n".join([*lines, "    return worst", ""])
