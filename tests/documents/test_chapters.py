"""Every equation of every chapter but the foundations, against SciPy or NumPy written by hand."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import exp, log, pi, sqrt
from scipy import special, stats
from scipy.spatial import distance
from scipy.special import erfc

import texjit as tj
from texjit.compiler.interpret import interpret
from texjit.equations.domain import Domain
from texjit.equations.library import chapters, names, shipped
from texjit.runtime.report import report

Array = np.ndarray[Any, Any]
Judge = Callable[..., Any]

DOCUMENTS = tuple(n for n in names() if n != "foundations")
SIZES = (3, 4, 2, 5, 7)


def huber(e: Any, delta: Any) -> Any:
    return special.huber(delta, e)


def softmax(z: Array) -> Array:
    return special.softmax(z, axis=-1)


def rms(x: Array) -> Any:
    return sqrt(np.mean(x**2))


def pareto(x: float, a: float, x_0: float) -> float:
    return a / x * (x_0 / x) ** a


def welch(v_A: float, n_A: float, v_B: float, n_B: float) -> float:
    a, b = v_A / n_A, v_B / n_B
    return (a + b) ** 2 / (a**2 / (n_A - 1) + b**2 / (n_B - 1))


def cohen(x_bar_A: float, x_bar_B: float, n_A: float, v_A: float, n_B: float, v_B: float) -> float:
    return (x_bar_A - x_bar_B) / sqrt(((n_A - 1) * v_A + (n_B - 1) * v_B) / (n_A + n_B - 2))


def masked_attention(Q: Array, K: Array, V: Array, M: Array) -> Array:
    return softmax(Q @ K.T / sqrt(Q.shape[-1]) + M) @ V


def boltzmann(E: Array, k_B: float, T: float) -> Array:
    return softmax(-E / (k_B * T))


def tukey(e: float, c: float) -> float:
    return c**2 / 6 * (1 - (1 - min(abs(e) / c, 1.0) ** 2) ** 3)


STATISTICS: dict[str, Judge] = {
    "X_bar": lambda X: X.mean(),
    "S_squared": lambda X: X.var(ddof=1),
    "se": lambda X: stats.sem(X),
    "gap": lambda X, mu_0: X.mean() - mu_0,
    "x_bar_w": lambda w, x: np.average(x, weights=w),
    "GM": lambda z: stats.gmean(z),
    "HM": lambda z: stats.hmean(z),
    "m": lambda x: x.mean(),
    "mu_hat_2": lambda x: stats.moment(x, 2),
    "CV": lambda x: x.std() / abs(x).mean(),
    "s_xy": lambda x, y: np.cov(x, y)[0, 1],
    "x_bar": lambda x: x.mean(),
    "y_bar": lambda y: y.mean(),
    "b_hat": lambda x, y: stats.linregress(x, y).slope,
    "zeta": lambda rho: np.arctanh(rho),
    "chi_squared": lambda O, E: np.sum((O - E) ** 2 / E),  # noqa: E741
    "G": lambda O, E: 2 * special.xlogy(O, O / E).sum(),  # noqa: E741
    "t_W": lambda x_bar_A, x_bar_B, v_A, n_A, v_B, n_B: (x_bar_A - x_bar_B) / sqrt(v_A / n_A + v_B / n_B),
    "nu": welch,
    "delta_C": cohen,
    "phi": lambda x, mu, sigma: stats.norm.pdf(x, mu, sigma),
    "Phi": lambda z: stats.norm.cdf(z),
    "f_Laplace": lambda x, mu, b: stats.laplace.pdf(x, mu, b),
    "f_Cauchy": lambda x, mu, b: stats.cauchy.pdf(x, mu, b),
    "f_Pareto": pareto,
    "S_Weibull": lambda x, a, lambda_: stats.weibull_min.sf(x, a, scale=1 / lambda_),
    "f_LN": lambda x, mu, sigma: stats.lognorm.pdf(x, sigma, scale=exp(mu)),
    "ell_Bernoulli": lambda k, pi_0: stats.bernoulli.logpmf(k, pi_0),
    "ell_geometric": lambda j, pi_0: (j - 1) * np.log1p(-pi_0) + log(pi_0),
    "H": lambda p: stats.entropy(p),
    "GS": lambda p: 1 - p @ p,
    "BC": lambda p, q: sqrt(p) @ sqrt(q),
    "ell": lambda mu, sigma, x: stats.norm.logpdf(x, mu, sigma).sum(),
    "AIC": lambda k, ell_hat: 2 * (k - ell_hat),
    "BIC": lambda k, N, ell_hat: k * log(N) - 2 * ell_hat,
    "ell_MVN": lambda x, m, Sigma: stats.multivariate_normal.logpdf(x, m, Sigma),
    "M": lambda x_bar, m, Sigma: distance.mahalanobis(x_bar, m, np.linalg.inv(Sigma)) ** 2,
    "RSS": lambda beta, y, X, lambda_: np.sum((y - X @ beta) ** 2) + lambda_ * beta @ beta,
    "y_hat": lambda X, beta: X @ beta,
    "rho_tau": lambda u, tau: u * (tau - (u < 0)),
    "DW": lambda e: np.sum(np.diff(e) ** 2) / (e @ e),
    "f_hat": lambda u, h, X: stats.norm.pdf(u, X, h).mean(),
    "BS": lambda p_hat, y: np.mean((p_hat - y) ** 2),
    "MAE": lambda y_hat, y: abs(y_hat - y).mean(),
    "ME_infty": lambda y_hat, y: abs(y_hat - y).max(),
}  # fmt: skip

PHYSICS: dict[str, Judge] = {
    "E_kin": lambda m, v_vec: m * v_vec @ v_vec / 2,
    "L_vec": lambda r_vec, p_vec: np.cross(r_vec, p_vec),
    "W": lambda F_vec, s_vec: F_vec @ s_vec,
    "F_vec_L": lambda q, E_vec, v_vec, B_vec: q * (E_vec + np.cross(v_vec, B_vec)),
    "R_vec": lambda m, x_vec: np.average(x_vec, axis=0, weights=m),
    "I_0": lambda m, x_vec: m @ (x_vec**2).sum(1),
    "mu": lambda m_1, m_2: 1 / (1 / m_1 + 1 / m_2),
    "x": lambda t, A, gamma_0, omega, varphi: A * np.real(exp(1j * (omega * t + varphi) - gamma_0 * t)),
    "A_res": lambda omega, F_0, m, omega_0, gamma_0: F_0 / m / abs(omega_0**2 - omega**2 + 2j * gamma_0 * omega),
    "Z_abs": lambda R, omega, L, C: abs(R + 1j * omega * L + 1 / (1j * omega * C)),
    "U_C": lambda t, U_0, R, C: -U_0 * np.expm1(-t / (R * C)),
    "gamma": lambda v: (1 - v**2) ** -0.5,
    "E": lambda p, m, c: np.hypot(p * c, m * c**2),
    "add": lambda u, w: np.tanh(np.arctanh(u) + np.arctanh(w)),
    "V_LJ": lambda r, varepsilon, sigma: 4 * varepsilon * ((sigma / r) ** 12 - (sigma / r) ** 6),
    "V_M": lambda r, D_e, a, r_e: D_e * np.expm1(-a * (r - r_e)) ** 2,
    "V_Y": lambda r, g, mu_0: -(g**2) * exp(-mu_0 * r) / r,
    "Phi_0": lambda k_e, q, d: k_e * np.sum(q / d),
    "Z": lambda E, k_B, T: exp(-E / (k_B * T)).sum(),
    "p": boltzmann,
    "F": lambda k_B, T, E: -k_B * T * special.logsumexp(-E / (k_B * T)),
    "f_FD": lambda epsilon, mu, k_B, T: special.expit((mu - epsilon) / (k_B * T)),
    "f_MB": lambda v, m, k_B, T: stats.maxwell.pdf(v, scale=sqrt(k_B * T / m)),
    "B_nu": lambda nu, T, h, c, k_B: 2 * h * nu**3 / c**2 / np.expm1(h * nu / (k_B * T)),
    "M": lambda T, sigma_SB: sigma_SB * T**4,
    "P_id": lambda n, R, T, V: n * R * T / V,
    "P_vdW": lambda n, R, T, V, b, a: n * R * T / (V - n * b) - a * (n / V) ** 2,
    "k": lambda T, A, E_a, R: A * exp(-E_a / (R * T)),
    "Delta_lambda": lambda h, m_e, c, theta: h / (m_e * c) * (1 - np.cos(theta)),
    "nu_tilde": lambda R_infty, n_1, n_2: R_infty * (n_1**-2.0 - n_2**-2.0),
    "sigma": lambda E, Gamma_0, E_0: stats.cauchy.pdf(E, E_0, Gamma_0 / 2),
    "f_obs": lambda f_0, beta: f_0 * exp(-np.arctanh(beta)),
    "H": lambda s, J, h: -J * s[1:] @ s[:-1] - h * s.sum(),
    "g": lambda m, z, J, h, k_B, T: np.tanh((z * J * m + h) / (k_B * T)),
}  # fmt: skip

LAYERS: dict[str, Judge] = {
    "ReLU": lambda x: max(x, 0),
    "LeakyReLU": lambda x, alpha: x if x > 0 else alpha * x,
    "SiLU": lambda x: x * special.expit(x),
    "GELU": lambda x: x * stats.norm.cdf(x),
    "Softplus": lambda x: np.logaddexp(0, x),
    "ELU": lambda x: x if x > 0 else np.expm1(x),
    "HardSigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "SoftCap": lambda x, c: c * np.tanh(x / c),
    "RMSNorm": lambda x, g, epsilon: g * x / sqrt(rms(x) ** 2 + epsilon),
    "BatchNorm": lambda u, gamma, mu_hat, v_hat, epsilon, beta: gamma * (u - mu_hat) / sqrt(v_hat + epsilon) + beta,
    "GroupMean": lambda h: h.mean(),
    "GroupScale": lambda h, epsilon: 1 / sqrt(h.var() + epsilon),
    "Linear": lambda x, W, b: W @ x + b,
    "LoRA": lambda x, W, s, B, A: (W + s * B @ A) @ x,
    "GLU": lambda x, V, W: V @ x * special.expit(W @ x),
    "Residual": lambda x, f, lambda_: x + lambda_ * f,
    "softmax": softmax,
    "score": lambda x, u, W_q, W_k: (W_q @ x) @ (W_k @ u) / sqrt(len(W_q)),
    "MaskedAttention": masked_attention,
    "alibi": lambda i, j, kappa: -kappa * abs(i - j),
    "rot_1": lambda a, b, p, theta: np.real((a + 1j * b) * exp(1j * p * theta)),
    "rot_2": lambda a, b, p, theta: np.imag((a + 1j * b) * exp(1j * p * theta)),
    "Dropout": lambda x, r, q: x * r / (1 - q),
    "L2": lambda w, lambda_: lambda_ * w @ w / 2,
    "ElasticNet": lambda w, lambda_1, lambda_2: lambda_1 * abs(w).sum() + lambda_2 * w @ w,
    "CosSim": lambda u, v: 1 - distance.cosine(u, v),
    "SqDist": lambda u, v: distance.sqeuclidean(u, v),
    "L_NCE": lambda s, s_pos, tau: special.logsumexp(np.append(s, s_pos) / tau) - s_pos / tau,
    "L_pair": lambda t, r, delta: r**2 if t else max(0, delta - r) ** 2,
    "Huber": huber,
    "Hinge": lambda y, f: max(0, 1 - y * f),
    "Logistic": lambda y, f: np.logaddexp(0, -y * f),
    "Smooth": lambda y, varepsilon: (1 - varepsilon) * y + varepsilon / len(y),
    "L_soft": lambda y, p: -special.xlogy(y, p).sum(),
    "Bonus": lambda p: stats.entropy(p),
    "soften": lambda z, T: softmax(z / T),
    "L_KD": lambda p, q, T: T**2 * stats.entropy(p, q),
    "L_z": lambda z: special.logsumexp(z) ** 2,
    "L_rec": lambda x, mu, ell: -stats.norm.logpdf(x, mu, exp(ell / 2)).sum() - len(x) * log(2 * pi) / 2,
    "Dice": lambda y, p: (2 * y @ p + 1) / (y.sum() + p.sum() + 1),
}  # fmt: skip

DISTANCES: dict[str, Judge] = {
    "total_variation": lambda P, Q: distance.cityblock(P, Q) / 2,
    "squared_hellinger": lambda P, Q: np.sum((sqrt(P) - sqrt(Q)) ** 2) / 2,
    "overlap": lambda P, Q: np.minimum(P, Q).sum(),
    "triangular": lambda P, Q: np.sum((P - Q) ** 2 / (P + Q)),
    "chi_square": lambda P, Q: np.sum((P - Q) ** 2 / Q),
    "bhattacharyya": lambda P, Q: -log(sqrt(P) @ sqrt(Q)),
    "manhattan": lambda x, y: distance.cityblock(x, y),
    "squared_euclidean": lambda x, y: distance.sqeuclidean(x, y),
    "canberra": lambda x, y: distance.canberra(x, y),
    "jaccard": lambda x, y: np.minimum(x, y).sum() / np.maximum(x, y).sum(),
    "half_tsallis": lambda P: (sqrt(P).sum() - 1) / 0.5,
}

GENERATIVE: dict[str, Judge] = {
    "gaussian_nll": lambda x, mu, ell: -stats.norm.logpdf(x, mu, exp(ell / 2)).sum(),
    "least_squares_discriminator": lambda D, F: (np.mean((D - 1) ** 2) + np.mean(F**2)) / 2,
    "hinge_discriminator": lambda D, F: np.maximum(0, 1 - D).mean() + np.maximum(0, 1 + F).mean(),
    "critic_gap": lambda D, F: D.mean() - F.mean(),
    "softplus_generator": lambda F: np.logaddexp(0, -F).mean(),
    "flow_velocity": lambda a, b: b - a,
    "flow_point": lambda a, b, t: (1 - t) * a + t * b,
    "guided_score": lambda a, b, w: (1 - w) * a + w * b,
    "variance_exploding": lambda x, s, eps: x + s * eps,
    "snr_weight": lambda t, s: 1 / np.hypot(t, s),
}

LOSSES: dict[str, Judge] = {
    "huber": huber,
    "log_cosh": lambda e: log(np.cosh(e)),
    "charbonnier": lambda e, c: np.hypot(e, c),
    "cauchy": lambda e, c: c**2 / 2 * np.log1p((e / c) ** 2),
    "tukey": tukey,
    "pinball": lambda e, tau: e * (tau - (e < 0)),
    "insensitive": lambda e, delta: max(0, abs(e) - delta),
    "hinge": lambda t, f: max(0, 1 - t * f),
    "squared_hinge": lambda t, f: max(0, 1 - t * f) ** 2,
    "logistic": lambda t, f: np.logaddexp(0, -t * f),
    "exponential": lambda t, f: exp(-t * f),
    "crammer_singer": lambda z, f, c: np.maximum(0, c + z - f).sum(),
    "pairwise_rank": lambda x, y: np.maximum(0, 1 - x[:, None] + y).mean(),
    "poisson_nll": lambda f, t: exp(f) - t * f,
    "smooth_l1_mean": lambda x, y: special.huber(1, x - y).mean(),
}

OPTIMIZERS: dict[str, Judge] = {
    "momentum_velocity": lambda v, g, beta: beta * v + g,
    "momentum_step": lambda theta, v, eta: theta - eta * v,
    "nesterov_step": lambda theta, v, g, eta, beta: theta - eta * (g + beta * v),
    "rmsprop_average": lambda s, g, beta: beta * s + (1 - beta) * g**2,
    "rmsprop_step": lambda theta, g, s, eta, epsilon: theta - eta * g / (sqrt(s) + epsilon),
    "adagrad_step": lambda theta, g, s, eta, epsilon: theta - eta * g / sqrt(s + g**2 + epsilon),
    "lion_step": lambda theta, m, g, eta, beta: theta - eta * np.sign(beta * m + (1 - beta) * g),
    "decayed": lambda theta, eta, lam: theta * (1 - eta * lam),
    "cosine_rate": lambda t, T, eta: eta / 2 * (1 + np.cos(pi * t / T)),
    "warmup_rate": lambda t, T, eta: eta * min(1, t / T),
    "clipped_gradient": lambda g, c: g * min(1, c / np.linalg.norm(g)),
}

COMPONENTS: dict[str, Judge] = {
    "gelu": lambda t: t * erfc(-t / sqrt(2)) / 2,
    "silu": lambda t: t * special.expit(t),
    "relu": lambda t: max(0, t),
    "relu6": lambda t: np.clip(t, 0, 6),
    "elu": lambda t, a: t if t > 0 else a * np.expm1(t),
    "hard_swish": lambda t: t * np.clip(t + 3, 0, 6) / 6,
    "softsign": lambda t: t / (1 + abs(t)),
    "tanh_shrink": lambda t, a: a * np.tanh(t / a),
    "rms_norm": lambda x, g, epsilon: g * x / sqrt(rms(x) ** 2 + epsilon),
    "affine": lambda W, x, b: W @ x + b,
    "relu_layer": lambda W, x, b: np.maximum(0, W @ x + b),
    "log_partition": lambda x: special.logsumexp(x),
    "tempered_softmax": lambda x, T: softmax(x / T),
    "bilinear": lambda x, A, g: x @ A @ g,
    "load_balance": lambda p, g: len(p) * p @ g,
    "smoothed": lambda p, epsilon: (1 - epsilon) * p + epsilon / len(p),
    "mean_pool": lambda x: x.mean(0),
    "half_square": lambda x: x @ x / 2,
}

JUDGES: dict[str, dict[str, Judge]] = {
    "statistics": STATISTICS, "physics": PHYSICS, "layers": LAYERS, "distances": DISTANCES, "generative": GENERATIVE,
    "losses": LOSSES, "optimizers": OPTIMIZERS, "components": COMPONENTS,
}  # fmt: skip
ALL = [(chapter, name) for chapter, judges in JUDGES.items() for name in judges]
every = pytest.mark.parametrize(("chapter", "name"), ALL, ids=[f"{c}-{n}" for c, n in ALL])


@pytest.fixture(scope="session")
def libraries(session_cache: object) -> dict[str, tj.Library]:
    return {name: tj.library(name) for name in JUDGES}


def draw(rng: np.random.Generator, domain: Domain, shape: tuple[int, ...]) -> Array:
    """Moderate members of a domain."""
    if domain.kind == "simplex":
        return rng.dirichlet(np.ones(shape[-1]), shape[:-1])
    if domain.kind == "spd":
        a = rng.normal(size=shape)
        return a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])
    if domain.kind == "finite":
        return rng.choice([float(x) for x in domain.members], shape)
    lo = float(domain.lo) if domain.lo is not None else -2.0
    hi = float(domain.hi) if domain.hi is not None else max(lo, 0.0) + 3.0
    lo = max(lo, -20.0)
    hi = min(hi, lo + 30.0)
    inset = 0.01 * (hi - lo)
    return rng.uniform(lo + inset, hi - inset, shape)


def arguments(kernel: Any, rng: np.random.Generator, leads: tuple[tuple[int, ...], ...]) -> list[Array]:
    """Arguments with all extents different; leading axes take turns."""
    sizes: dict[str, int] = {}
    out = []
    for k, p in enumerate(kernel.equation.parameters):
        shape = []
        for axis in p.axes:
            size = int(axis.name) if axis.name.isdigit() else SIZES[len(sizes) % len(SIZES)]
            shape.append(sizes.setdefault(axis.name, size))
        out.append(draw(rng, p.domain, (*leads[k % len(leads)], *shape)))
    return out


def judged(judge: Judge, kernel: Any, given: list[Array], lead: tuple[int, ...]) -> Array:
    """The judge at every leading position."""
    ranks = [len(p.axes) for p in kernel.equation.parameters]
    spread = [
        np.broadcast_to(a, lead + a.shape[a.ndim - r :]).astype(np.float64) for a, r in zip(given, ranks, strict=True)
    ]
    results = [judge(*(a[at] for a in spread)) for at in np.ndindex(lead)]
    return np.stack(results).reshape(lead + np.shape(results[0]))


def agree(found: Any, expected: Array, dtype: str) -> None:
    """Both sides round, and the judges are not written for float32: 1e-4 tells formulas apart."""
    assert np.asarray(found).dtype == dtype
    tolerance = {"float64": 1e-10, "float32": 1e-4}[dtype]
    np.testing.assert_allclose(np.asarray(found, np.float64), expected, tolerance, tolerance)


def test_there_is_a_judge_for_each_equation(libraries: dict[str, tj.Library]) -> None:
    assert set(JUDGES) == {*DOCUMENTS, *chapters()}
    for chapter, library in libraries.items():
        assert set(library) == set(JUDGES[chapter]), chapter
        assert not library.failures, library.failures[0].rendered


@pytest.mark.parametrize("chapter", DOCUMENTS)
def test_a_document_has_25_formulas_and_all_give_kernels(chapter: str) -> None:
    text = shipped(chapter)
    assert text is not None
    found = json.loads(json.dumps(report(tj.read(text), certify=False).as_json(), allow_nan=False))
    wrong = [s for s in found["statements"] if s["status"] != "noted"]
    assert not wrong, wrong[0]
    assert len(JUDGES[chapter]) >= 25


@every
def test_the_judge_agrees(libraries: dict[str, tj.Library], chapter: str, name: str) -> None:
    """With the optimised program as it is interpreted; one in eight is compiled here, all in the slow tests."""
    kernel, judge = libraries[chapter][name], JUDGES[chapter][name]
    if judge not in (softmax, huber):
        assert tuple(inspect.signature(judge).parameters) == kernel.parameters
    given = arguments(kernel, np.random.default_rng(1), ((),))
    expected = judged(judge, kernel, given, ())
    if ALL.index((chapter, name)) % 8:
        (found,) = interpret(kernel.program, dict(zip(kernel.parameters, given, strict=True))).values()
        agree(np.asarray(found, np.float64), expected, "float64")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error", tj.AccuracyWarning)
        agree(kernel(*given), expected, "float64")


@pytest.mark.slow
@every
def test_the_judge_agrees_over_leading_axes(libraries: dict[str, tj.Library], chapter: str, name: str) -> None:
    kernel, judge = libraries[chapter][name], JUDGES[chapter][name]
    for dtype in ("float64", "float32"):
        given = [a.astype(dtype) for a in arguments(kernel, np.random.default_rng(2), ((6, 1), (8,)))]
        lead = (6, 8) if len(given) > 1 else (6, 1)
        agree(kernel(*given), judged(judge, kernel, given, lead), dtype)


@pytest.mark.slow
@every
def test_every_equation_is_verified(libraries: dict[str, tj.Library], chapter: str, name: str) -> None:
    for dtype, points in (("float64", 400), ("float32", 100)):
        certificate = libraries[chapter][name].certificate(dtype, points)
        assert certificate.verdict == "verified", certificate
