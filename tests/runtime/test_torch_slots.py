"""Modules of PyTorch in slots: values and derivatives, beside autograd on the whole formula in PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime.slots import SlotError

torch = pytest.importorskip("torch")

GAN = r"V(D, G) = \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_{z \sim q}[\log(1 - D(G(z)))]"


@pytest.fixture(scope="module")
def gan(session_cache: object) -> Any:
    return tj.compile(GAN)


class Net(torch.nn.Module):  # type: ignore[misc,name-defined]
    """Dense layers with a logistic end; a number for each row where there is one output."""

    def __init__(self, *sizes: int, dtype: Any = torch.float64) -> None:
        super().__init__()
        torch.manual_seed(sum(sizes))
        layers = [torch.nn.Linear(a, b, dtype=dtype) for a, b in pairwise(sizes)]
        self.layers = torch.nn.ModuleList(layers)
        self.single = sizes[-1] == 1

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return x[..., 0] if self.single else x


@pytest.mark.parametrize(("dtype", "kind", "slack"), [
    (torch.float64, np.float64, 1e-12),
    (torch.float32, np.float32, 2e-5),  # sums of some twenty products rounded to float32, in two orders
])
def test_values_and_derivatives_are_those_of_autograd(gan: Any, dtype: Any, kind: Any, slack: float) -> None:
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(7, 3)).astype(kind), rng.normal(size=(5, 2)).astype(kind)
    D, G = Net(3, 4, 1, dtype=dtype), Net(2, 4, 3, dtype=dtype)
    tx, tz = (torch.tensor(a, requires_grad=True) for a in (x, z))
    V = torch.log(D(tx)).mean() + torch.log(1 - D(G(tz))).mean()
    V.backward()
    assert gan(D, G, x, z) == pytest.approx(V.item(), rel=slack)
    assert gan(D, G, x, z).dtype == kind
    dx, dz = tj.grad(gan, ("x", "z"))(D, G, x, z)
    assert dx.dtype == dz.dtype == kind
    np.testing.assert_allclose(dx, tx.grad.numpy(), rtol=slack)
    np.testing.assert_allclose(dz, tz.grad.numpy(), rtol=slack)
    before = [p.grad.clone() for p in G.parameters()]  # of the judge's backward; ours leaves them as they are
    tj.grad(gan, "z")(D, G, x, z)
    assert all(torch.equal(p.grad, b) for p, b in zip(G.parameters(), before, strict=True))


def test_a_module_is_trained_by_the_values_of_its_slot(gan: Any) -> None:
    rng = np.random.default_rng(4)
    x, z, D = rng.normal(size=(6, 3)), rng.normal(size=(5, 3)), Net(3, 1)
    y, y_g = D(torch.tensor(x)), D(torch.tensor(z))
    by_x, by_z = tj.grad(gan, ("D_x", "D_G_z"))(D_x=y.detach().numpy(), D_G_z=y_g.detach().numpy())
    ours = torch.autograd.grad((y, y_g), list(D.parameters()), (torch.tensor(by_x), torch.tensor(by_z)))
    V = torch.log(D(torch.tensor(x))).mean() + torch.log(1 - D(torch.tensor(z))).mean()
    for a, b in zip(ours, torch.autograd.grad(V, list(D.parameters())), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_memory_is_shared_where_it_may_be() -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")
    seen: list[Any] = []

    class Look(torch.nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, u: Any) -> Any:
            seen.append((u.data_ptr(), u.requires_grad, torch.is_grad_enabled()))
            return u.sum(-1)

    u = np.arange(12.0).reshape(4, 3)
    assert k(Look(), u) == (u.sum(-1) ** 2).mean()
    assert seen == [(u.ctypes.data, False, False)]
    frozen = u.copy()
    frozen.flags.writeable = False
    for other in (u[::-1], u[:, ::-1], np.asfortranarray(u), np.broadcast_to(u[0], (4, 3)), frozen, u.astype(">f8")):
        seen.clear()
        assert k(Look(), other) == (other.sum(-1) ** 2).mean()
        assert seen[0][0] != other.ctypes.data


def test_what_a_module_overwrites_is_a_copy() -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")

    class Sums(torch.nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self, first: Any) -> None:
            super().__init__()
            self.first = first

        def forward(self, u: Any) -> Any:
            return self.first(u).sum(-1)

    u = np.linspace(-1, 1, 12).reshape(4, 3)
    kept = u.copy()
    relu = np.maximum(u, 0)
    assert k(Sums(torch.nn.ReLU(inplace=True)), u) == pytest.approx((relu.sum(-1) ** 2).mean(), rel=1e-15)
    found = tj.grad(k, "u")(Sums(torch.nn.ReLU(inplace=True)), u)
    np.testing.assert_allclose(found, relu.sum(-1)[:, None] / 2 * (u > 0), rtol=1e-15)
    assert np.array_equal(u, kept)
    with pytest.raises(SlotError, match=r"R\(\): h wrote over its argument"):
        k(Sums(lambda u: u.mul_(2)), u)


class Cast(torch.nn.Module):  # type: ignore[misc,name-defined]
    """Gives what a function makes of the sums of rows."""

    def __init__(self, f: Any) -> None:
        super().__init__()
        self.f = f

    def forward(self, u: Any) -> Any:
        return self.f(u.sum(-1))


@pytest.mark.parametrize(("module", "kind", "said"), [
    (Net(3, 1, dtype=torch.float32), np.float64, "h has parameters of torch.float32, and its argument 1 has dtype fl"),
    (Net(3, 1), np.float32, "h has parameters of torch.float64, and its argument 1 has dtype float32"),
    (Net(3, 1, dtype=torch.bfloat16), np.float64, "h has parameters of torch.bfloat16, expected torch.float32 or"),
    (Net(3, 2), np.float64, r"h gave shape \(4, 2\), expected \(4,\)"),
    (torch.nn.Linear(3, 1, dtype=torch.float64), np.float64, r"h gave shape \(4, 1\), expected \(4,\): drop its last"),
    (Cast(lambda s: (s, s)), np.float64, "h gave a tuple, expected one tensor"),
    (Cast(lambda s: s.to(torch.bfloat16)), np.float64, "h gave an array that NumPy cannot take"),
    (Cast(lambda s: s.to(torch.complex128)), np.float64, "h gave dtype complex128, expected real numbers"),
    (Cast(lambda s: s.to_sparse()), np.float64, "h gave an array that NumPy cannot take"),
    (Cast(lambda s: s.to("meta")), np.float64, "h gave a tensor on meta"),
])  # fmt: skip
def test_what_does_not_fit_is_named(module: Any, kind: Any, said: str) -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")
    with pytest.raises(SlotError, match=rf"R\(\): {said}"):
        k(module, np.ones((4, 3), kind))


def test_a_module_without_a_graph_has_no_derivative() -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")
    with pytest.raises(SlotError, match=r"R\(\): h gave a value without a graph"):
        tj.grad(k, "u")(Cast(lambda s: s.detach()), np.ones((4, 3)))


def test_a_function_may_give_a_tensor() -> None:
    k = tj.compile(r"R(h) = \mathbb{E}_{u \sim p}[h(u)^2]")
    u = np.arange(12.0).reshape(4, 3)
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    assert k(lambda u: torch.from_numpy(u) @ w, u) == (u.sum(-1) ** 2).mean()


def test_whole_numbers_stay_whole() -> None:
    k = tj.compile(r"f = \sum_{j=1}^m c_j w(z_j, n)")
    table = torch.nn.Embedding(4, 1, dtype=torch.float64)

    class Pick(torch.nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.table = table

        def forward(self, z: Any, n: Any) -> Any:
            return self.table(n)[..., 0] * z

    c, z = np.array([0.5, 1.5, -1.0]), np.array([1.0, 2.0, 4.0])
    weight = table.weight[2].item()
    assert k(c=c, w=Pick(), z=z, n=2) == pytest.approx(weight * (c @ z), rel=1e-14)
    np.testing.assert_allclose(tj.grad(k, "z")(c=c, w=Pick(), z=z, n=2), weight * c, rtol=1e-14)
