"""Expectations by seeded Monte Carlo: samples that the caller does not give are drawn.

A variable of an expectation is drawn from what stands for it in the call (a SciPy distribution, a texjit density,
or anything else with ``rvs`` or ``sample``), from the law that is written under the expectation where the caller
binds one that can draw, from the law that the text states for it, and evenly from the places of an axis where it is
a position there.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .call import ShapeError
from .sampling import generator

if TYPE_CHECKING:
    from .kernel import Kernel

Array = np.ndarray[Any, Any]

#: Samples that are drawn where nothing says how many, and parts whose means tell the standard error.
SIZE, BLOCKS = 10_000, 25


class Estimate(NamedTuple):
    """A mean over drawn samples, its standard error, and how many samples there were.

    The standard error is that of the means of 25 parts: exact in the limit for a mean, and for what is smooth in one.
    """

    value: Any
    standard_error: Any
    size: int


def estimate(kernel: Kernel, given: Mapping[str, Any], size: int | None, rng: Any) -> Estimate:
    """The value of a kernel with expectations at drawn samples; see `Kernel.estimate`."""
    averaged = kernel.card.averaged
    if not averaged:
        raise TypeError(f"{kernel.name} has no expectation to estimate")
    rng = generator(rng)
    values = dict(given)
    fixed = {name: np.asarray(values[name]) for name, *_ in averaged if name in values and not can_draw(values[name])}
    counts = {len(a) for a in fixed.values() if a.ndim}
    if size is None:
        size = counts.pop() if len(counts) == 1 else SIZE
    if size < 2 * BLOCKS:
        raise ValueError(f"{kernel.name}: an estimate takes {2 * BLOCKS} samples at least, {size} were asked for")
    picks: dict[tuple[str, int], Array] = {}  # variables that are drawn together go together
    for name, axis, *_ in averaged:
        if (a := fixed.get(name)) is None:
            continue
        if not a.ndim or not len(a):
            raise ShapeError(f"{kernel.name}: {name} has shape {a.shape}, expected samples along the first axis")
        if len(a) != size:
            chosen = picks.setdefault((axis, len(a)), rng.integers(0, len(a), size))
            values[name] = a[chosen]
    for name, _, law, args in averaged:
        if name not in fixed:
            values[name] = _drawn(kernel, name, law, args, values, size, rng)
    bound = {law for _, _, law, _ in averaged if law and law not in kernel.parameters}
    if kernel.card.draws:
        from .distributions import Draws

        takes = {*kernel.parameters, *(p.name for p in kernel.card.inputs)}
        bound |= {n for n in Draws(kernel).parameters if n not in takes}  # parameters of laws alone
    passed = {n: v for n, v in values.items() if n not in bound}
    whole = kernel(**passed)
    names = [name for name, *_ in averaged]
    ends = np.linspace(0, size, BLOCKS + 1).astype(int)
    means = [
        kernel(**{n: v[a:b] if n in names else v for n, v in passed.items()})
        for a, b in pairwise(ends)
    ]
    error = np.std(np.asarray(means), axis=0, ddof=1) / np.sqrt(BLOCKS)
    return Estimate(whole, error[()], size)


def can_draw(x: Any) -> bool:
    """Whether something stands for a law and not for samples of it."""
    return callable(getattr(x, "rvs", None)) or (not isinstance(x, np.ndarray) and callable(getattr(x, "sample", None)))


def _drawn(
    kernel: Kernel, name: str, law: str, args: tuple[str, ...], values: Mapping[str, Any], size: int,
    rng: np.random.Generator,
) -> Array:
    """Samples of one variable."""
    source = values.get(name, values.get(law))
    if source is not None and can_draw(source):
        shape = _event(kernel, name, values)
        if callable(getattr(source, "rvs", None)):
            numbers = np.ndim(source.rvs(random_state=np.random.default_rng(0))) == 0
            return np.asarray(source.rvs(size=(size, *shape) if numbers else size, random_state=rng))
        if missing := [x for x in args if x not in values]:
            raise TypeError(f"{kernel.name}: {law} is drawn from with {', '.join(missing)}, which is not given")
        return np.asarray(source.sample(*(values[x] for x in args), size=size, rng=rng))
    if source is None and name in dict(kernel.card.draws):
        from .distributions import Draws

        return Draws(kernel).samples(name, values, size, _event(kernel, name, values), rng)
    if (count := _places(kernel, name, values)) is not None:
        return rng.integers(1, count + 1, size)
    wanted = f"samples of {name}, or what draws them: {name}=scipy.stats.norm()"
    raise TypeError(f"{kernel.name}() needs {wanted}" + (f", or a {law} that can draw" if law else ""))


def _event(kernel: Kernel, name: str, values: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of one sample: of the parameter's further axes, or of samples that go with it."""
    inputs = {p.name: p for p in kernel.card.inputs}
    sizes: dict[str, int] = {}
    for n, p in inputs.items():
        if n in values and not callable(values[n]) and not can_draw(values[n]):
            shape = np.shape(values[n])
            if len(shape) >= len(p.axes):
                sizes |= dict(zip(p.axes, shape[len(shape) - len(p.axes) :], strict=True))
    if name in inputs and all(a in sizes for a in inputs[name].axes[1:]):
        return tuple(sizes[a] for a in inputs[name].axes[1:])
    beside = [values[n] for n, *_ in kernel.card.averaged if n != name and n in values and not can_draw(values[n])]
    others: set[tuple[int, ...]] = {np.shape(v)[1:] for v in beside if np.ndim(v) > 1}
    if len(others) == 1:
        return others.pop()
    if name in inputs and len(inputs[name].axes) > 1:
        raise TypeError(f"{kernel.name}: nothing that is given shows the shape of {name}; give its samples")
    return ()


def _places(kernel: Kernel, name: str, values: Mapping[str, Any]) -> int | None:
    """How many places there are where a variable is a position on an axis of what is given."""
    e = kernel.equation
    equations = [e, *(h.equation for h in e.handed), *(c.inner for c in e.computed if c.kind == "formula")]
    for e in equations:
        for at, axis in e.reads:
            if getattr(at, "name", "") != name:
                continue
            for p in e.parameters:
                if axis in p.axes and p.name in values:
                    return int(np.shape(values[p.name])[p.axes.index(axis) - len(p.axes)])
    return None
