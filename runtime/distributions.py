"""What a kernel that is a density has beside its value: logarithm, draws, mean and covariance.

The logarithm and the parameters of the law are kernels of their own, certified as all are; NumPy draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .applied import apply
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
        return Draws(kernel).sample if kernel.card.draws and name == "sample" else None
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
            evaluate_slots(self.kernel.name, uses, given, apply)
        values: list[Array] = []
        for k in range(len(self.card.parameters)):
            if values and values[0].ndim and uses:
                d = values[0].shape[-1]
                as_matrices(self.kernel.name, uses, given, {u.value: d for u in uses})
            values.append(self._parameter(k, given))
        return self._ready(values, sizes)

    def evaluated(
        self, given: dict[str, Any], shape: tuple[int, ...], sizes: dict[str, int]
    ) -> tuple[Sampler, tuple[Array, ...]]:
        """The sampler and parameters for a variable that may be one element or all of a vector.

        Elements that are alike and independent need no vector: each is a number of its own.
        """
        values = [self._parameter(k, given) for k in range(len(self.card.parameters))]
        alike = self.card.form == "isotropic" and not any(c.outputs[0].axes for c in self.card.parameters)
        if alike:
            return SAMPLERS["normal", "number"], tuple(values)
        return self._ready(values, {a: shape[-1] for a in self.card.axes if shape} | sizes)

    def _parameter(self, k: int, given: dict[str, Any]) -> Array:
        part = _part(self.kernel, k)
        takes = {*part.parameters, *(p.name for p in part.card.inputs)}
        return np.asarray(part(**{n: v for n, v in given.items() if n in takes}))

    def _ready(self, values: list[Array], sizes: dict[str, int]) -> tuple[Sampler, tuple[Array, ...]]:
        """Numbers that stand for whole vectors are repeated over the axis of one draw."""
        form = self.card.form
        if self.card.law == "categorical":
            form = "vector" if self.card.axes else "number"
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


class Draws:
    """A kernel some of whose parameters the text draws: ``z = μ + σ ⊙ ε`` with ``ε ∼ N(0, I)``."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @property
    def parameters(self) -> tuple[str, ...]:
        """What is not drawn, then parameters that only the laws have."""
        drawn = {name for name, _ in self.kernel.card.draws}
        own = [n for n in self.kernel.parameters if n not in drawn]
        laws = [n for _, law in self.kernel.card.draws for n in law.call_order if n != _variate(law)]
        return tuple(dict.fromkeys((*own, *(n for n in laws if n not in drawn))))

    def sample(self, *args: Any, rng: np.random.Generator | int | None = None, size: Size = None, **named: Any) -> Any:
        """The kernel at draws of what the text draws, one for each element of what is given.

        The shape is ``size``, then what the kernel gives for the rest; ``rng`` is a NumPy generator or a seed.
        A parameter that is drawn may be given; an axis that nothing shows is given by its name: ``n=7``.
        """
        names = self.parameters
        if len(args) > len(names):
            raise TypeError(f"{self.kernel.name}: draws take {', '.join(names) or 'no arguments'}; "
                            f"{len(args)} were given")
        given = dict(zip(names, args, strict=False))
        if twice := given.keys() & named.keys():
            raise TypeError(f"{self.kernel.name}: {', '.join(sorted(twice))} is given twice")
        given |= named
        known = {*names, *(p.name for p in self.kernel.card.inputs)}
        axes = {a for p in self.kernel.card.inputs for a in p.axes} | {
            a for _, law in self.kernel.card.draws if law.density is not None for a in law.density.axes}  # fmt: skip
        sizes = {n: int(given.pop(n)) for n in tuple(given) if n in axes and n not in known}
        if strange := given.keys() - known:
            raise TypeError(f"{self.kernel.name}: draws take {', '.join(names)}; {strange.pop()} is none of them")
        rng = generator(rng)
        count = () if size is None else (size,) if isinstance(size, int | np.integer) else tuple(size)
        values = {n: np.asarray(v) for n, v in given.items() if not callable(v)}
        for name, card in self.kernel.card.draws:
            if name not in given:
                given[name] = values[name] = self._drawn(name, card, values, sizes, count, rng)
        takes = {*self.kernel.parameters, *(p.name for p in self.kernel.card.inputs)}
        return self.kernel(**{n: v for n, v in given.items() if n in takes})

    def samples(
        self, name: str, values: Mapping[str, Any], size: int, shape: tuple[int, ...], rng: np.random.Generator
    ) -> Array:
        """Draws of one parameter, each of a given shape, along a first axis."""
        card = dict(self.kernel.card.draws)[name]
        law = _laws(self.kernel, name, card)
        assert law.card.density is not None
        distribution = Distribution(law, law.card.density)
        if missing := [n for n in distribution.parameters if n not in values]:
            raise TypeError(f"{self.kernel.name}: the law of {name} needs {', '.join(missing)}; give them, or samples")
        given = {n: np.asarray(values[n]) for n in distribution.parameters}
        sampler, parameters = distribution.evaluated(given, shape[-1:], {})
        event = len(law.card.density.axes) if any(sampler.events) else 0
        drawn = sampler.draw(rng, (size, *shape[: len(shape) - event]), *parameters)
        if drawn.shape != (size, *shape):
            raise ShapeError(f"{self.kernel.name}: draws of {name} have shape {drawn.shape[1:]}, {shape} is needed")
        return drawn

    def _drawn(
        self, name: str, card: Card, values: dict[str, Array], sizes: dict[str, int], count: tuple[int, ...],
        rng: np.random.Generator,
    ) -> Array:
        """Draws for one parameter: as many as the others' leading axes and its own axes need."""
        drawn = {n for n, _ in self.kernel.card.draws}
        cores = {p.name: p.axes for p in self.kernel.card.inputs}
        others = {n: v for n, v in values.items() if n in cores and n not in drawn}
        shown = dict(sizes)
        for n, v in others.items():
            shown |= dict(zip(cores[n][::-1], v.shape[::-1], strict=False))
        lead = np.broadcast_shapes(*(v.shape[: max(v.ndim - len(cores[n]), 0)] for n, v in others.items()))
        if missing := [a for a in cores[name] if a not in shown]:
            raise TypeError(f"{self.kernel.name}: nothing shows how many {name} there are: give {missing[0]}=")
        own = tuple(shown[a] for a in cores[name])
        law = _laws(self.kernel, name, card)
        takes = {*law.parameters, *(p.name for p in law.card.inputs)}
        assert law.card.density is not None
        distribution = Distribution(law, law.card.density)
        given = {n: v for n, v in values.items() if n in takes and n != _variate(card)}
        shape = (*lead, *own)
        sampler, parameters = distribution.evaluated(given, shape[-1:], sizes)
        event = len(law.card.density.axes) if any(sampler.events) else 0
        if event and shape:
            most = max(range(len(parameters)), key=lambda k: sampler.events[k])
            long = parameters[most].shape[-1]
            if shape[-1] not in (1, long):
                raise ShapeError(f"{self.kernel.name}: {name} has {long} elements, and {shape[-1]} are needed")
        elif event:
            shape = parameters[0].shape[-1:]
        draws = sampler.draw(rng, (*count, *shape[: len(shape) - event]), *parameters)
        narrow = bool(others) and all(v.dtype == np.float32 for v in others.values())
        return np.asarray(draws, np.float32 if narrow else np.float64)


def _variate(law: Card) -> str:
    return law.density.variate if law.density is not None else ""


def _laws(kernel: Kernel, name: str, card: Card) -> Kernel:
    """The kernel of the law of a parameter, made once."""
    made: dict[str, Kernel] = kernel.__dict__.setdefault("_laws", {})
    if name not in made:
        from .kernel import Kernel

        made[name] = Kernel(card, lambda: dict(kernel.equation.draws)[name])
    return made[name]


__all__ = ["Distribution", "attribute", "logpdf"]
