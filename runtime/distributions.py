"""What a kernel that is a density has beside its value: logarithm, draws, mean and covariance.

The logarithm and the parameters of the law are kernels of their own, certified as all are; NumPy draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .call import ShapeError
from .card import Card, DensityCard
from .sampling import SAMPLERS, Array, Sampler, generator, leading
from .slots import as_matrices, evaluate_slots

if TYPE_CHECKING:
    from .kernel import Kernel

Size = int | tuple[int, ...] | None


def attribute(kernel: Kernel, name: str) -> Any:
    """An attribute that kernels of densities have; ``None`` where this one has it not."""
    if kernel.card.density is None:
        return None
    if name == "pdf":
        return kernel
    if name == "logpdf":
        return logpdf(kernel)
    distribution = Distribution(kernel, kernel.card.density)
    if not distribution.card.law or (name == "sample_chain" and distribution.card.chain is None):
        return None
    return getattr(distribution, name)


def logpdf(kernel: Kernel) -> Kernel:
    """The kernel of the logarithm of a density, made once."""
    return _part(kernel, None)


def _part(kernel: Kernel, k: int | None) -> Kernel:
    """The kernel of the logarithm, or of the k-th parameter of the law."""
    parts: dict[int | None, Kernel] = kernel.__dict__.setdefault("_parts", {})
    if k not in parts:
        from .kernel import Kernel

        density = kernel.card.density
        assert density is not None
        card: Card = density.log if k is None else density.parameters[k]

        def equation() -> Any:
            d = kernel.equation.density
            assert d is not None
            return d.log if k is None else d.parameters[k][1]

        parts[k] = Kernel(card, equation)
    return parts[k]


class Distribution:
    """The law of a kernel; its methods take what the kernel takes, but for the variable itself."""

    def __init__(self, kernel: Kernel, card: DensityCard) -> None:
        self.kernel = kernel
        self.card = card

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(n for n in self.kernel.parameters if n != self.card.variate)

    def sample(self, *args: Any, rng: np.random.Generator | int | None = None, size: Size = None, **named: Any) -> Any:
        """Draws; the shape is ``size``, then that of the parameters' leading axes, then that of one draw.

        ``rng`` is a NumPy generator or a seed.  An axis that no parameter shows is given by its name: ``d=3``.
        """
        sampler, values = self._values(args, named)
        lead = leading(values, sampler.events)
        count = () if size is None else (size,) if isinstance(size, int | np.integer) else tuple(size)
        drawn = sampler.draw(generator(rng), (*count, *lead), *values)
        narrow = all(v.dtype == np.float32 for v in values)
        return np.asarray(drawn, np.float32 if narrow else np.float64)[()]

    def mean(self, *args: Any, **named: Any) -> Any:
        """The mean, over the leading axes of the parameters."""
        sampler, values = self._values(args, named)
        return self._whole(sampler.mean(*values), values, sampler, len(self.card.axes))

    def cov(self, *args: Any, **named: Any) -> Any:
        """The covariance matrix of a vector, the variance of a number."""
        sampler, values = self._values(args, named)
        return self._whole(sampler.cov(*values), values, sampler, 2 * len(self.card.axes))

    def sample_chain(
        self, start: Any, steps: int, *, rng: np.random.Generator | int | None = None, keep: bool = False, **named: Any
    ) -> Any:
        """A chain of draws from ``start``: each step draws from the law at the one before.

        A law of ``x_{t-1}`` given ``x_t`` counts t down from ``steps`` to 1, one of ``x_t`` given
        ``x_{t-1}`` up.  What is named with the step (``beta_t``) is handed over without it (``beta=``), with
        the steps along its first axis.  ``keep`` gives all states, from ``start`` on, along a first axis.
        """
        assert self.card.chain is not None
        before, direction, letter = self.card.chain
        rng = generator(rng)
        by_step = {n: n.removesuffix(f"_{letter}") for n in self.parameters if n.endswith(f"_{letter}") and n != before}
        rows = {n: np.asarray(named.pop(base)) for n, base in by_step.items() if base in named and n not in named}
        for n, a in rows.items():
            if a.ndim == 0 or a.shape[0] != steps:
                raise ShapeError(f"{self.kernel.name}: {by_step[n]} has shape {a.shape}, its first axis has the "
                                 f"{steps} steps")
        x = np.asarray(start)
        states = [x]
        for step in range(1, steps + 1) if direction > 0 else range(steps, 0, -1):
            here = {n: a[step - 1] for n, a in rows.items()}
            counted = {letter: step} if letter in self.parameters and letter not in named else {}
            given: dict[str, Any] = {before: x, **here, **counted, **named}
            x = self.sample(rng=rng, **given)
            if keep:
                states.append(x)
        return np.stack(np.broadcast_arrays(*states)) if keep else x

    def _whole(self, found: Any, values: tuple[Array, ...], sampler: Sampler, event: int) -> Any:
        """A mean or covariance over the leading axes of all parameters."""
        found = np.asarray(found)
        own = found.shape[found.ndim - event :]
        return np.array(np.broadcast_to(found, (*leading(values, sampler.events), *own)))[()]

    def _values(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Sampler, tuple[Array, ...]]:
        """The sampler and the parameters of the law, evaluated."""
        names = self.parameters
        if len(args) > len(names):
            raise TypeError(f"{self.kernel.name}: draws take {', '.join(names) or 'no arguments'}; "
                            f"{len(args)} were given")
        given = dict(zip(names, args, strict=False))
        known = {*names, *(p.name for p in self.kernel.card.inputs), *self.card.axes}
        for n, value in named.items():
            if n in given or n not in known:
                raise TypeError(f"{self.kernel.name}: draws take {', '.join(names)}; "
                                f"{n} {'is given twice' if n in given else 'is none of them'}")
            given[n] = value
        sizes = {a: int(given.pop(a)) for a in self.card.axes if a in given and a not in names}
        uses = tuple(u for u in self.kernel.card.uses if self.card.variate not in u.arguments)
        if uses:
            evaluate_slots(self.kernel.name, uses, given)
        values: list[Array] = []
        for k in range(len(self.card.parameters)):
            if values and values[0].ndim and uses:
                d = values[0].shape[-1]
                as_matrices(self.kernel.name, uses, given, {u.value: d for u in uses})
            part = _part(self.kernel, k)
            takes = {*part.parameters, *(p.name for p in part.card.inputs)}
            values.append(np.asarray(part(**{n: v for n, v in given.items() if n in takes})))
        return self._ready(values, sizes)

    def _ready(self, values: list[Array], sizes: dict[str, int]) -> tuple[Sampler, tuple[Array, ...]]:
        """Numbers that stand for whole vectors are repeated over the axis of one draw."""
        form = "vector" if self.card.law == "categorical" and self.card.axes else self.card.form
        if self.card.law == "categorical" and not self.card.axes:
            form = "number"
        if self.card.law != "normal" or form == "number":
            return SAMPLERS[self.card.law, form], tuple(values)
        mean, spread = values
        ranks = [len(c.outputs[0].axes) for c in self.card.parameters]
        axis = self.card.axes[0]
        size = mean.shape[-1] if ranks[0] else spread.shape[-1] if ranks[1] else sizes.get(axis)
        if size is None:
            raise TypeError(f"{self.kernel.name}: nothing shows how long the vector is: give the length as {axis}=")
        if not ranks[0]:
            mean = np.broadcast_to(mean[..., None], (*mean.shape, size))
        if not ranks[1]:
            spread = np.broadcast_to(spread[..., None], (*spread.shape, size))
        return SAMPLERS["normal", "diagonal" if form == "isotropic" else form], (mean, spread)


__all__ = ["Distribution", "attribute", "logpdf"]
