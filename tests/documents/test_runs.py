"""The document at work: models trained on points of a plane with no loss, schedule, sampler or optimizer but its own.

Networks are NumPy; what the document says of them is compiled from it.  Quality is the document's own
discrepancy (row 12) between 500 drawn points and 500 of the data.  Two such samples of one law are 0.002 to
0.006 apart, so a bound of 0.02 leaves room for a model that is a little off, and none for one that has
learnt nothing: untrained ones are beyond 0.05.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import texjit as tj

from .networks import Array, Network, Optimizer

POINTS, BATCH, CLOSE, FAR = 500, 128, 0.02, 0.05


def near(x: Array, y: Array) -> Array:
    """A Gaussian kernel of width one."""
    return np.asarray(np.exp(-0.5 * ((x - y) ** 2).sum(-1)))


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def falling(i: int, steps: int) -> float:
    """The learning rate: constant, then down to zero over the second half."""
    return min(1.0, 2 * (1 - i / steps))


def discrepancy(library: tj.Library, drawn: Array, data: Callable[[int], Array]) -> float:
    return float(library.MMD_squared(near, drawn, data(POINTS)))


def test_a_generator_learns_from_a_discriminator(shipped_library: tj.Library) -> None:
    lib, rng, steps = shipped_library, np.random.default_rng(1), 4000

    def data(n: int) -> Array:
        return rng.normal(size=(n, 2)) @ np.array([[1.0, -0.3], [0.5, 0.6]]) + [2.0, -1.0]

    def noise(n: int) -> Array:
        return rng.normal(size=(n, 2))

    assert lib.V.roles == {"G": "minimises", "D": "maximises"}
    by_real, by_fake, by_made = tj.grad(lib.V, "D_x"), tj.grad(lib.V, "D_G_z"), tj.grad(lib.L_G, "D_G_z")
    G, D = Network((2, 16, 2), rng), Network((2, 24, 1), rng)
    maker = Optimizer(lib.Adam, G.theta.size, 2e-3, beta_1=0.5, beta_2=0.99)
    judge = Optimizer(lib.Adam, D.theta.size, 4e-3, beta_1=0.5, beta_2=0.99)
    assert discrepancy(lib, G(noise(POINTS)), data) > FAR
    mean = G.theta
    for i in range(steps):
        rate, x, made = falling(i, steps), data(BATCH), G(noise(BATCH))
        real, fake = sigmoid(D(x)[:, 0]), sigmoid(D(made)[:, 0])
        up, _ = D.pull((by_fake(D_x=real, D_G_z=fake) * fake * (1 - fake))[:, None])
        D(x)
        more, _ = D.pull((by_real(D_x=real, D_G_z=fake) * real * (1 - real))[:, None])
        D.theta = judge.step(D.theta, -(up + more), rate)
        fake = sigmoid(D(made)[:, 0])
        _, back = D.pull((by_made(D_G_z=fake) * fake * (1 - fake))[:, None])
        G.theta = maker.step(G.theta, G.pull(back)[0], rate)
        mean = 0.995 * mean + 0.005 * G.theta
    G.theta = mean
    assert discrepancy(lib, G(noise(POINTS)), data) < CLOSE


@pytest.mark.slow
def test_an_autoencoder_learns_by_its_bound(shipped_library: tj.Library) -> None:
    lib, rng, steps, batch = shipped_library, np.random.default_rng(1), 2000, 64
    noise = 0.15

    def data(n: int) -> Array:
        u = rng.normal(size=n)
        return np.stack([1.5 * u, 0.6 * u**2 - 0.6], -1) + noise * rng.normal(size=(n, 2))

    # The normal law of the reverse process is the document's own, for whatever mean and covariance.
    log = lib.p_theta.logpdf
    by_x, by_mean, by_covariance = (tj.grad(log, w) for w in ("x_t_minus_1", "mu_theta_x_t_t", "Sigma_theta_x_t_t"))

    def law(x: Array, mean: Array, covariance: Array) -> dict[str, Array]:
        return {"x_t_minus_1": x, "mu_theta_x_t_t": mean, "Sigma_theta_x_t_t": covariance}

    bound = tj.value_and_grad(lib.L_theta_phi, ("log_p_theta_x_z", "log_q_phi_z_x"))
    encoder, decoder = Network((2, 32, 2), rng), Network((1, 32, 2), rng)
    inwards, outwards = (Optimizer(lib.Adam, net.theta.size, 4e-3) for net in (encoder, decoder))
    values = []
    for i in range(steps):
        x, epsilon = data(batch), rng.normal(size=(batch, 1))
        hidden = encoder(x)
        mu, sigma = hidden[:, :1], np.exp(hidden[:, 1:])
        z = lib.z(mu=mu, sigma=sigma, epsilon=epsilon)
        given = law(x, decoder(z), noise**2 * np.eye(2))
        prior, posterior = law(z, np.zeros(1), np.eye(1)), law(z, mu, sigma[..., None] ** 2)
        value, up, down = bound(log_p_theta_x_z=(log(**given) + log(**prior))[:, None],
                                log_q_phi_z_x=log(**posterior)[:, None])
        values.append(value.mean())
        by_theta, by_z = decoder.pull(up * by_mean(**given))
        by_z = by_z + up * by_x(**prior) + down * by_x(**posterior)
        by_mu = by_z + down * by_mean(**posterior)
        by_sigma = by_z * epsilon + down * by_covariance(**posterior)[..., 0] * 2 * sigma
        by_phi, _ = encoder.pull(np.concatenate([by_mu, by_sigma * sigma], 1))
        rate = falling(i, steps)
        encoder.theta = inwards.step(encoder.theta, -by_phi / batch, rate)
        decoder.theta = outwards.step(decoder.theta, -by_theta / batch, rate)
    assert np.mean(values[-300:]) > -2.0 > np.mean(values[:50])
    assert discrepancy(lib, rng.normal(size=(POINTS, 2)), data) > FAR
    made = lib.p_theta.sample(mu_theta_x_t_t=decoder(rng.normal(size=(POINTS, 1))),
                              Sigma_theta_x_t_t=noise**2 * np.eye(2), rng=rng)
    assert discrepancy(lib, made, data) < CLOSE


def test_a_diffusion_learns_to_denoise(shipped_library: tj.Library) -> None:
    lib, rng, steps, T = shipped_library, np.random.default_rng(0), 4000, 40
    beta = np.linspace(1e-3, 0.2, T)
    alpha, alpha_bar = lib.alpha(beta), lib.alpha_bar(beta)

    def data(n: int) -> Array:
        angle, radius = rng.uniform(0, 2 * np.pi, n), 2 + 0.2 * rng.normal(size=n)
        return np.stack([radius * np.cos(angle), 0.6 * radius * np.sin(angle)], -1)

    network = Network((6, 48, 48, 2), rng)

    def epsilon_theta(x: Array, t: Any) -> Array:
        u = np.broadcast_to(np.asarray(t)[..., None] / T, (*x.shape[:-1], 1))
        return network(np.concatenate([x, u, np.cos(3 * u), x * u], -1))

    slope = tj.grad(lib.L_simple, "epsilon_theta_x_t_t")
    optimizer = Optimizer(lib.Adam, network.theta.size, 4e-3)
    losses = []
    for i in range(steps):
        x_0, epsilon, t = data(BATCH), rng.normal(size=(BATCH, 2)), rng.integers(1, T + 1, BATCH)
        x_t = lib.x_t(beta=beta, t=t[:, None], x_0=x_0, epsilon=epsilon)
        found = epsilon_theta(x_t, t)
        losses.append(lib.L_simple(epsilon=epsilon, epsilon_theta_x_t_t=found))
        gradient, _ = network.pull(slope(epsilon=epsilon, epsilon_theta_x_t_t=found))
        network.theta = optimizer.step(network.theta, gradient, falling(i, steps))
    whole = lib.L_simple(epsilon=epsilon, epsilon_theta=epsilon_theta, x_0=x_0, t=t, beta=beta)
    assert np.isclose(whole, np.mean(np.sum((epsilon - epsilon_theta(x_t, t)) ** 2, -1)), rtol=1e-12)
    assert np.mean(losses[-200:]) < 1.0  # who knows nothing of the noise pays its mean square, 2

    def mu_theta(x: Array, t: Any) -> Array:
        k = np.asarray(t) - 1
        return (x - beta[k] / np.sqrt(1 - alpha_bar[k]) * epsilon_theta(x, t)) / np.sqrt(alpha[k])

    def Sigma_theta(x: Array, t: Any) -> Array:
        return beta[np.asarray(t) - 1] * np.eye(2)

    start = rng.normal(size=(POINTS, 2))
    assert discrepancy(lib, start, data) > FAR
    drawn = lib.p_theta.sample_chain(start, T, rng=rng, mu_theta=mu_theta, Sigma_theta=Sigma_theta)
    assert discrepancy(lib, drawn, data) < CLOSE
