"""Small networks in NumPy with gradients by hand: what the training runs hand to a document's functions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Network:
    """Dense layers with tanh between them; all parameters lie in one vector ``theta``."""

    def __init__(self, sizes: tuple[int, ...], rng: np.random.Generator) -> None:
        self.sizes = sizes
        parts = [(rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b)) for a, b in pairwise(sizes)]
        self.theta = np.concatenate([x.ravel() for part in parts for x in part])
        self._seen: list[Array] = []

    def layers(self) -> Iterator[tuple[Array, Array]]:
        at = 0
        for a, b in pairwise(self.sizes):
            yield self.theta[at : at + a * b].reshape(a, b), self.theta[at + a * b : at + (a + 1) * b]
            at += (a + 1) * b

    def __call__(self, x: Array) -> Array:
        """Outputs of a batch; what `pull` needs of it is kept."""
        self._seen = [x]
        last = len(self.sizes) - 2
        for i, (weight, bias) in enumerate(self.layers()):
            x = x @ weight + bias
            x = x if i == last else np.tanh(x)
            self._seen.append(x)
        return x

    def pull(self, cotangent: Array) -> tuple[Array, Array]:
        """Gradients by ``theta`` and by the inputs of the last call, from one by its outputs."""
        grads: list[Array] = []
        last = len(self.sizes) - 2
        for i, (weight, _) in reversed(list(enumerate(self.layers()))):
            if i != last:
                cotangent = cotangent * (1 - self._seen[i + 1] ** 2)
            grads += [cotangent.sum(0), (self._seen[i].T @ cotangent).ravel()]
            cotangent = cotangent @ weight.T
        return np.concatenate(grads[::-1]), cotangent


class Optimizer:
    """The state of the document's optimizer for one vector of parameters."""

    def __init__(self, rule: Any, size: int, eta: float, beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        self.rule, self.t = rule, 0
        self.m, self.v = np.zeros(size), np.zeros(size)
        self.constants = {"eta": eta, "beta_1": beta_1, "beta_2": beta_2, "epsilon": 1e-8}

    def step(self, theta: Array, gradient: Array, rate: float = 1.0) -> Array:
        """The parameters after one step at ``rate`` times the learning rate."""
        self.t += 1
        constants = {**self.constants, "eta": rate * self.constants["eta"]}
        new = self.rule.step(m=self.m, v=self.v, theta=theta, g=gradient, t=self.t, **constants)
        self.m, self.v = new.m, new.v
        return np.asarray(new.theta)
