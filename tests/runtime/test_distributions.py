"""Densities of named laws, their logarithms and draws, against SciPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

import texjit as tj
from texjit.compiler.expr import ArrayOp, Call, walk
from texjit.runtime.call import DomainError

Array = np.ndarray[Any, Any]

STEP = r"q(x_t|x_{t-1}) = \mathcal{N}(x_t; \sqrt{1-\beta_t} x_{t-1}, \beta_t I)"
BACK = (
    r"p_\theta(\mathbf{x}_{t-1}|\mathbf{x}_t) = \mathcal{N}(\mathbf{x}_{t-1}; "
    r"\boldsymbol{\mu}_\theta(\mathbf{x}_t, t), \boldsymbol{\Sigma}_\theta(\mathbf{x}_t, t))"
)
FULL = r"p(y) = \mathcal{N}(y; m, S)"

#: Both sides round; logarithms of a few hundred terms differ in their last digits.
RTOL = {"float64": 1e-11, "float32": 2e-4}


def spd(rng: np.random.Generator, n: int) -> Array:
    a = rng.normal(size=(n, n))
    return a @ a.T + np.eye(n)


def close(found: Any, expected: Any, dtype: str = "float64") -> None:
    np.testing.assert_allclose(np.asarray(found, np.float64), expected, RTOL[dtype], RTOL[dtype])


@dataclass(frozen=True)
class Case:
    """A law as written, who judges, and where: values outside of the support come last."""

    text: str
    judge: Callable[..., Any]
    arguments: dict[str, Any]
    inside: tuple[Any, ...]
    outside: tuple[Any, ...] = ()
    discrete: bool = False


SIMPLEX = np.array([0.2, 0.5, 0.3])
CASES = {
    "normal": Case(r"f(x) = \mathcal{N}(x; m, s^2)", lambda m, s: stats.norm(m, s), {"m": 0.4, "s": 1.7}, (-3.0, 0.4)),
    "normal bar": Case(r"f(u) = \mathcal N(u \mid m, v)", lambda m, v: stats.norm(m, v**0.5), {"m": 1.0, "v": 2.0},
                       (0.1, 9.0)),
    "bernoulli": Case(r"f(x) = \operatorname{Bern}(x; r)", stats.bernoulli, {"r": 0.3}, (0.0, 1.0), (0.5, 2.0, -1.0),
                      True),
    "uniform": Case(r"f(x) = \mathcal{U}(x; [a, b])", lambda a, b: stats.uniform(a, b - a), {"a": -1.0, "b": 2.5},
                    (-1.0, 0.0, 2.5), (-1.5, 3.0)),
    "laplace": Case(r"f(x) = \operatorname{Laplace}(x; m, b)", stats.laplace, {"m": 0.2, "b": 1.5}, (-2.0, 0.2, 3.0)),
    "gamma": Case(r"f(x) = \mathrm{Gamma}(x | a, b)", lambda a, b: stats.gamma(a, scale=1 / b), {"a": 2.5, "b": 1.5},
                  (0.1, 2.0), (-0.5,)),
    "beta": Case(r"f(x) = \text{Beta}(x; a, b)", stats.beta, {"a": 2.5, "b": 1.5}, (0.1, 0.9), (-0.5, 1.5)),
    "poisson": Case(r"f(k) = \operatorname{Poisson}(k; \lambda)", stats.poisson, {"lambda_": 2.5}, (0.0, 3.0),
                    (-1.0, 1.5), True),
    "student": Case(r"f(x) = \operatorname{St}(x; \nu)", stats.t, {"nu": 4.5}, (-2.0, 0.0, 9.0)),
    "exponential": Case(r"f(x) = \operatorname{Exp}(x; r)", lambda r: stats.expon(scale=1 / r), {"r": 1.5}, (0.0, 2.0),
                        (-0.1,)),
    "binomial": Case(r"f(k) = \operatorname{Bin}(k; n, r)", stats.binom, {"n": 7.0, "r": 0.3}, (0.0, 3.0, 7.0),
                     (-1.0, 8.0, 2.5), True),
    "dirichlet": Case(r"f(x) = \operatorname{Dir}(x; \alpha)", stats.dirichlet, {"alpha": np.array([0.7, 2.0, 3.5])},
                      (SIMPLEX,), (np.array([-0.2, 0.9, 0.3]),)),
    "located student": Case(r"f(x) = \mathrm{St}_\nu(x; m, s^2)", stats.t, {"nu": 7.5, "m": 0.4, "s": 1.7},
                            (-2.0, 0.4, 9.0)),
    "steps": Case(r"f(j) = \mathcal{U}(j; \{a, \dots, b\})", lambda a, b: stats.randint(a, b + 1),
                  {"a": -1.0, "b": 6.0}, (-1.0, 0.0, 6.0), (-2.0, 7.0, 2.5), True),
    "log-normal": Case(r"f(x) = \text{log-normal}(x; m, s^2)", lambda m, s: stats.lognorm(s, scale=np.exp(m)),
                       {"m": 0.4, "s": 0.3}, (0.1, 1.0, 4.0), (0.0, -1.0)),
    "half-normal": Case(r"f(x) = \operatorname{HalfNormal}(x; s^2)", lambda s: stats.halfnorm(scale=s), {"s": 1.7},
                        (0.0, 0.4, 9.0), (-0.1,)),
    "one-hot": Case(r"f(x) = \operatorname{Cat}(x; \pi)", lambda pi: stats.multinomial(1, pi), {"pi": SIMPLEX},
                    (np.eye(3)[1],), (), True),
}  # fmt: skip


def kernel(name: str) -> Any:
    where = "x in R^d" if name == "one-hot" else ""
    return tj.compile(CASES[name].text, where=where)


#: Logarithms of gamma functions cancel at large parameters, as the kernels say themselves.
told = pytest.mark.filterwarnings("ignore::texjit.runtime.kernel.AccuracyWarning")


#: Two of a kind are enough every time.
SLOW = {"half-normal", "located student", "log-normal", "normal bar", "laplace", "beta", "student", "binomial",
        "exponential", "uniform", "one-hot"}
each = pytest.mark.parametrize("name", [pytest.param(c, marks=pytest.mark.slow) if c in SLOW else c for c in CASES])


@told
@each
def test_a_law_has_the_density_that_scipy_gives(name: str) -> None:
    case = CASES[name]
    f, frozen = kernel(name), case.judge(*case.arguments.values())
    for x in case.inside:
        log = frozen.logpmf(x) if case.discrete else frozen.logpdf(x)
        close(f.logpdf(x, **case.arguments), log)
        close(f(x, **case.arguments), np.exp(log))
        assert f.pdf(x, **case.arguments) == f(x, **case.arguments)
    for x in case.outside:
        assert f.logpdf(x, **case.arguments) == -np.inf
        assert f(x, **case.arguments) == 0.0


@told
@each
def test_draws_have_the_mean_and_covariance_of_the_law(name: str) -> None:
    f, given, n = kernel(name), CASES[name].arguments, 100_000
    drawn = f.sample(**given, rng=11, size=n)
    np.testing.assert_array_equal(drawn, f.sample(**given, rng=np.random.default_rng(11), size=n))
    mean, cov = f.mean(**given), f.cov(**given)
    # Five standard errors of the mean; the spread of a squared deviation is at most six variances here.
    error = np.sqrt(np.diag(cov) if np.ndim(cov) else cov) / np.sqrt(n)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) <= 5 * error)
    np.testing.assert_allclose(np.cov(drawn.T), cov, atol=5 * 6 * np.max(np.abs(cov)) / np.sqrt(n))
    assert np.all(np.isfinite(f.logpdf(drawn[:50], **given)))


def test_classes_may_be_counted_from_one() -> None:
    f = tj.compile(r"f(c) = \operatorname{Cat}(c; \pi)")
    close([f.logpdf(c, SIMPLEX) for c in (1, 2, 3)], np.log(SIMPLEX))
    assert [f.logpdf(c, SIMPLEX) for c in (0, 4, 1.5)] == [-np.inf] * 3
    drawn = f.sample(SIMPLEX, rng=0, size=50_000)
    np.testing.assert_allclose([(drawn == c).mean() for c in (1, 2, 3)], SIMPLEX, atol=5 * 0.5 / np.sqrt(50_000))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_step_of_a_chain(dtype: str) -> None:
    q = tj.compile(STEP)
    assert q.parameters == ("x_t", "x_t_minus_1", "beta_t")
    assert q.signature == "(d),(d),()->()"
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 1, 5)).astype(dtype), rng.normal(size=(4, 5)).astype(dtype)
    b = rng.uniform(0.1, 0.5, (3, 1)).astype(dtype)
    judged = np.array([[stats.multivariate_normal(np.sqrt(1 - b[i, 0]) * y[k], b[i, 0] * np.eye(5)).logpdf(x[i, 0])
                        for k in range(4)] for i in range(3)])  # fmt: skip
    close(q.logpdf(x, y, b), judged, dtype)
    close(q(x, y, b), np.exp(judged), dtype)
    assert q.sample(y, b, rng=1, size=(2,)).shape == (2, 3, 4, 5)
    assert q.sample(y, b, rng=1).dtype == np.dtype(dtype)
    np.testing.assert_array_equal(q.mean(y, b), np.broadcast_to(np.sqrt(1 - b)[..., None] * y, (3, 4, 5)).astype(dtype))
    assert q.cov(y, b).shape == (3, 4, 5, 5)


def test_far_out_the_logarithm_is_finite_and_nothing_is_exponentiated() -> None:
    q = tj.compile(STEP)
    x = np.full(6, 300.0)
    expected = -6 / 2 * np.log(2 * np.pi * 0.5) - 6 * 300.0**2 / 1.0
    close(q.logpdf(x, np.zeros(6), 0.5), expected)
    assert q(x, np.zeros(6), 0.5) == 0.0
    program = q.logpdf.program
    bodies = [c.body for c in (*program.lets, *program.outputs)]
    assert not any(isinstance(b, ArrayOp) for b in bodies), "c I is a number, no matrix"
    assert not any(isinstance(e, Call) and e.prim == "exp" for b in bodies for e in walk(b))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_full_covariance_is_factored_once() -> None:
    p = tj.compile(FULL)
    rng = np.random.default_rng(1)
    y, m, s = rng.normal(size=(7, 4)), rng.normal(size=4), spd(rng, 4)
    frozen = stats.multivariate_normal(m, s)
    close(p.logpdf(y, m, s), frozen.logpdf(y))
    close(p(y, m, s), frozen.pdf(y))
    ops = [let.body.op for let in p.logpdf.program.lets if isinstance(let.body, ArrayOp)]
    assert ops == ["cholesky", "solve_lower"]
    drawn = p.sample(m, s, rng=5, size=200_000)
    np.testing.assert_allclose(drawn.mean(axis=0), m, atol=5 * np.sqrt(s.max() / 200_000))
    np.testing.assert_allclose(np.cov(drawn.T), s, atol=5 * 2 * s.max() / np.sqrt(200_000))
    bad = s - 2 * np.linalg.eigvalsh(s)[0] * np.eye(4)
    with pytest.raises((DomainError, ValueError), match="positive definite"):
        p.logpdf(y[0], m, bad)
    with pytest.raises(DomainError, match="positive definite"):
        p.sample(m, bad, rng=0)
    with pytest.raises(DomainError, match="not symmetric"):
        p.sample(m, s + np.triu(np.ones((4, 4))), rng=0)


@pytest.mark.slow
def test_other_spellings_of_covariances() -> None:
    rng = np.random.default_rng(2)
    y, m, v = rng.normal(size=(3, 5))
    v = np.exp(v)
    judged = stats.multivariate_normal(m, np.diag(v)).logpdf(y)
    for text, given in (
        (r"p(y) = \mathcal{N}(y; m, \operatorname{diag}(v))", v),
        (r"p(y) = \mathcal{N}(y; m, \operatorname{diag}(s^2))", np.sqrt(v)),
        (r"p(y) = \mathcal{N}(y; m, L^{-1})", np.diag(1 / v)),
        (r"p(y) = \mathcal{N}(y; m, S)", np.diag(v)),
    ):
        p = tj.compile(text)
        close(p.logpdf(y, m, given), judged)
        close(p.cov(m, given), np.diag(v))
        assert p.sample(m, given, rng=0, size=4).shape == (4, 5)
    p = tj.compile(r"p(z) = \mathcal{N}(z; 0, I)")
    close(p.logpdf(y), stats.multivariate_normal(np.zeros(5), np.eye(5)).logpdf(y))
    assert p.sample(d=5, rng=0, size=3).shape == (3, 5)
    with pytest.raises(TypeError, match="d="):
        p.sample(rng=0)


@pytest.mark.parametrize("spread", ["matrix", "vector", "number"])
def test_the_law_of_a_step_back_is_given_by_functions(spread: str) -> None:
    p = tj.compile(BACK)
    assert p.parameters == ("x_t_minus_1", "x_t", "mu_theta", "t", "Sigma_theta")
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 3))
    s = {"matrix": spd(rng, 3), "vector": np.array([0.3, 0.5, 0.9]), "number": np.float64(0.4)}[spread]
    given = {"x_t": y, "t": 4, "mu_theta": lambda x, t: 0.9 * x + t, "Sigma_theta": lambda x, t: s}
    frozen = stats.multivariate_normal(0.9 * y + 4, s * np.eye(3) if s.ndim < 2 else s)
    close(p.logpdf(x, **given), frozen.logpdf(x))
    close(p(x, **given), frozen.pdf(x))
    close(p.mean(**given), frozen.mean)
    close(p.cov(**given), frozen.cov)
    assert p.sample(**given, rng=0, size=6).shape == (6, 3)
    close(p.logpdf(x_t_minus_1=x, mu_theta_x_t_t=0.9 * y + 4, Sigma_theta_x_t_t=frozen.cov), frozen.logpdf(x))


def test_a_chain_runs_back_to_its_start() -> None:
    p, steps = tj.compile(BACK), 6
    seen = []

    def mean(x: Array, t: int) -> Array:
        seen.append(t)
        return 0.5 * x

    end = p.sample_chain(np.full((20_000, 2), 8.0), steps, mu_theta=mean, Sigma_theta=lambda x, t: 0.1 * t, rng=0)
    assert seen == [6, 5, 4, 3, 2, 1]
    variance = 0.0
    for t in seen:
        variance = 0.25 * variance + 0.1 * t
    np.testing.assert_allclose(end.mean(axis=0), 8.0 / 2**steps, atol=5 * np.sqrt(variance / 20_000))
    np.testing.assert_allclose(np.cov(end.T), variance * np.eye(2), atol=5 * 2 * variance / np.sqrt(20_000))


def test_a_chain_runs_forward_with_a_parameter_for_each_step() -> None:
    q = tj.compile(STEP)
    beta = np.array([0.1, 0.4, 0.2])
    states = q.sample_chain(np.full((40_000, 2), 3.0), 3, beta=beta, rng=1, keep=True)
    assert states.shape == (4, 40_000, 2)
    left = np.cumprod(1 - beta)
    np.testing.assert_allclose(states[1:].mean(axis=(1, 2)), 3 * np.sqrt(left), atol=5 / np.sqrt(80_000))
    np.testing.assert_allclose(states[1:].var(axis=(1, 2)), 1 - left, atol=5 * 2 / np.sqrt(80_000))
    with pytest.raises(ValueError, match="3 steps"):
        q.sample_chain(np.zeros(2), 3, beta=beta[:2])


@pytest.mark.slow
def test_derivatives_of_the_logarithm_are_those_of_the_law() -> None:
    p = tj.compile(FULL)
    rng = np.random.default_rng(4)
    y, m, s = rng.normal(size=3), rng.normal(size=3), spd(rng, 3)
    w = np.linalg.solve(s, y - m)
    for wrt, expected in (("y", -w), ("m", w), ("S", (np.outer(w, w) - np.linalg.inv(s)) / 2)):
        g = tj.grad(p.logpdf, wrt=wrt)
        close(g(y, m, s), expected)
        assert g.certificate("float64", 60).verdict == "verified"


def test_likelihoods_are_sums_of_logarithms() -> None:
    rng = np.random.default_rng(5)
    y, w, x = rng.normal(size=7), rng.normal(size=3), rng.normal(size=(7, 3))
    judged = stats.norm(x @ w, 0.7).logpdf(y).sum()
    close(tj.compile(r"L = \sum_{i=1}^n \log \mathcal{N}(y_i; w^T x_i, \sigma^2)")(y=y, w=w, x=x, sigma=0.7), judged)
    f = tj.compile(r"f(w) = \prod_{i=1}^n \mathcal{N}(y_i; w^T x_i, \sigma^2)")
    close(f.logpdf(w=w, y=y, x=x, sigma=0.7), judged)
    assert np.isfinite(f.logpdf(w=w, y=1e5 + y, x=x, sigma=0.7))


def test_a_density_is_linked_by_its_logarithm() -> None:
    lib = tj.compile("$$p(y | w) = \\mathcal{N}(y; w^2, s^2)$$\n\n$$\\ell = \\sum_{i=1}^n \\log p(y_i | w)$$")
    assert not lib.failures
    y = np.array([900.0, -3.0, 0.5])
    close(lib.ell(y=y, w=0.7, s=0.1), stats.norm(0.49, 0.1).logpdf(y).sum())


def test_what_the_text_draws_can_be_drawn() -> None:
    lib = tj.compile(r"$$z = \mu + \sigma \odot \epsilon, \quad \epsilon \sim \mathcal{N}(0, I)$$")
    z = lib if isinstance(lib, tj.Kernel) else lib.z
    mu, sigma = np.arange(12.0).reshape(3, 4), np.array([0.5, 1.0, 2.0, 3.0])
    close(z(mu, sigma, np.ones(4)), mu + sigma)
    drawn = z.sample(mu, sigma, rng=7, size=50_000)
    assert drawn.shape == (50_000, 3, 4)
    flat = drawn.reshape(50_000, 12)
    np.testing.assert_allclose(flat.mean(axis=0), mu.ravel(), atol=5 * 3 / np.sqrt(50_000))
    spread = np.diag(np.tile(sigma**2, 3))  # one draw for each element: none depends on another
    np.testing.assert_allclose(np.cov(flat.T), spread, atol=5 * 2 * 9 / np.sqrt(50_000))
    np.testing.assert_array_equal(drawn, z.sample(mu, sigma, rng=7, size=50_000))
    close(z.sample(mu, sigma, epsilon=np.zeros(4)), mu)
    close(tj.grad(z, wrt="sigma")(1.0, 2.0, 0.3), 0.3)
    assert z.sample(np.float32(0), np.float32(1), rng=0).dtype == np.float32
    with pytest.raises(TypeError, match="nu is none of them"):
        z.sample(mu, sigma, nu=1.0)


@pytest.mark.parametrize(
    ("text", "given", "shape", "mean", "variance"),
    [
        ("$$y = w^T x + h$$ where $h \\sim N(0, s^2)$", {"w": [1.0, 2], "x": np.ones((5, 2)), "s": 0.1},
         (5,), 3.0, 0.01),
        ("$$m = \\frac{1}{n} \\sum_{i=1}^n x_i$$ with $x_i \\sim \\operatorname{Gamma}(a, b)$",
         {"a": 2.0, "b": 4.0, "n": 5}, (), 0.5, 0.025),
        ("$$y = A u + v$$ with $A \\in \\mathbb{R}^{n \\times m}$, $v \\sim \\mathcal{N}(0, S)$",
         {"A": np.ones((2, 3)), "u": np.ones(3), "S": np.eye(2) * 0.04}, (2,), 3.0, 0.04),
        ("$$p(x) = \\mathcal{N}(x; m, v)$$\n\n$$y = 2 x$$ with $x \\sim p$", {"m": 1.5, "v": 0.25}, (), 3.0, 1.0),
    ],
)
def test_laws_of_what_is_drawn(
    text: str, given: dict[str, Any], shape: tuple[int, ...], mean: float, variance: float
) -> None:
    lib, n = tj.compile(text), 20_000
    k = lib if isinstance(lib, tj.Kernel) else list(lib.values())[-1]
    drawn = k.sample(**given, rng=3, size=n)
    assert drawn.shape == (n, *shape)
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=5 * np.sqrt(variance / n))
    np.testing.assert_allclose(drawn.var(axis=0), variance, atol=5 * 3 * variance / np.sqrt(n))


def test_sampling_statements_are_noted_where_the_law_is_known() -> None:
    from texjit.equations.read import read_source
    from texjit.equations.span import Source
    from texjit.runtime.report import report

    text = "$$p(u) = \\mathcal{N}(u; 0, 1)$$\n\n$x \\sim \\text{Beta}(a, b)$, $u \\sim p$, $v \\sim F$"
    found = report(read_source(Source("n.md", text)), certify=False)
    assert [(e.kind, e.status) for e in found.entries] == [
        ("definition", "noted"), ("sampling", "noted"), ("sampling", "noted"), ("sampling", "unsupported")]  # fmt: skip


def test_a_function_that_the_document_defines_is_no_law() -> None:
    text = "$$\\mathcal{N}(x; a) = a x$$\n\n$$f(x) = \\mathcal{N}(x; 3)$$"
    lib = tj.compile(text)
    assert lib.f(2.0) == 6.0
    assert not hasattr(lib.f, "logpdf")


def test_kernels_that_are_no_densities_have_no_draws() -> None:
    f = tj.compile("f(x) = x^2")
    assert not any(hasattr(f, name) for name in ("logpdf", "pdf", "sample", "mean", "cov", "sample_chain"))


CHAIN = f"$${STEP}$$\n\n$$q(x_{{1:T}}|x_0) = \\prod_{{t=1}}^{{T}} q(x_t|x_{{t-1}})$$"


def test_the_joint_law_of_a_chain_adds_the_logarithms_of_its_steps() -> None:
    lib = tj.compile(CHAIN)
    joint = lib.q_joint
    assert (joint.parameters, joint.signature) == (("x", "x_0", "beta"), "(T,d),(d),(T)->()")
    rng = np.random.default_rng(6)
    for lead, steps in (((), 5), ((2,), 4), ((), 1)):
        x, first = rng.normal(size=(*lead, steps, 3)), rng.normal(size=3)
        beta = rng.uniform(0.1, 0.5, steps)
        states = np.concatenate([np.broadcast_to(first, (*lead, 1, 3)), x], axis=-2)
        parts = [lib.q.logpdf(states[..., k + 1, :], states[..., k, :], beta[k]) for k in range(steps)]
        close(joint.logpdf(x, first, beta), np.sum(parts, axis=0))
    assert joint.logpdf(np.full((2, 3), 1e3), np.zeros(3), np.array([0.1, 0.2])) < -1e5
    with pytest.raises(ValueError, match="axis T"):
        joint.logpdf(np.zeros((4, 3)), np.zeros(3), np.full(3, 0.1))
    g = tj.grad(joint.logpdf, wrt="beta")
    assert g.certificate("float64", 40).verdict == "verified"


def test_a_chain_in_other_letters_is_the_same() -> None:
    text = (
        "$$r(u_k \\mid u_{k-1}) = \\mathcal N(u_k \\mid \\sqrt{1-\\lambda_k}\\, u_{k-1}, \\lambda_k \\mathbf{I})$$\n\n"
        "$$r(u_{1:K} \\mid u_0) = \\prod_{s=1}^{K} r(u_s \\mid u_{s-1})$$"
    )
    lib, q = tj.compile(text), tj.compile(CHAIN)
    rng = np.random.default_rng(7)
    x, first, beta = rng.normal(size=(4, 2)), rng.normal(size=2), rng.uniform(0.1, 0.5, 4)
    assert lib.r_joint.parameters == ("u", "u_0", "lambda_")
    assert lib.r_joint.logpdf(x, first, beta) == q.q_joint.logpdf(x, first, beta)


@pytest.mark.slow
def test_mixtures_of_full_covariances() -> None:
    f = tj.compile(r"L = \sum_{i=1}^n \log \sum_{k=1}^K w_k \mathcal{N}(x_i; \mu_k, \Sigma_k)")
    rng = np.random.default_rng(8)
    s = np.stack([spd(rng, 3) for _ in range(4)])
    given = {"w": rng.dirichlet(np.ones(4)), "mu": rng.normal(size=(4, 3)), "Sigma": s}
    x = rng.normal(size=(5, 3))
    parts = sum(given["w"][k] * stats.multivariate_normal(given["mu"][k], s[k]).pdf(x) for k in range(4))
    close(f(x=x, **given), np.log(parts).sum())
    assert -1e8 < f(x=x + 1e3, **given) < -1e5, "every density underflows, their logarithms do not"
    assert tj.grad(f, wrt="mu").certificate("float64", 30).verdict == "verified"


def test_a_negative_multiple_of_a_density_is_linked_by_its_value() -> None:
    lib = tj.compile("$$g(x) = -2 \\mathcal{N}(x; 0, 1)$$\n\n$$h(y) = g(y) + 1$$")
    close(lib.h(0.3), 1 - 2 * stats.norm.pdf(0.3))

BACKWARDS = (f"$${BACK}$$\n\n$$p_\\theta(\\mathbf{{x}}_{{0:T}}) = p(\\mathbf{{x}}_T) "
             "\\prod_{t=1}^{T} p_\\theta(\\mathbf{x}_{t-1}|\\mathbf{x}_t)$$")  # fmt: skip


@pytest.mark.slow
def test_the_joint_law_of_a_chain_of_functions() -> None:
    lib = tj.compile(BACKWARDS)
    joint, step = lib.p_theta_joint, lib.p_theta
    assert joint.parameters == ("x", "p", "mu_theta", "Sigma_theta")
    rng = np.random.default_rng(9)
    s = spd(rng, 3)

    def mean(x: Array, t: int) -> Array:
        return 0.9 * x + 0.1 * t

    def covariance(x: Array, t: int) -> Array:
        return s * t

    prior = stats.multivariate_normal(np.zeros(3), 2 * np.eye(3))
    for lead in ((), (2,)):
        x = rng.normal(size=(*lead, 6, 3))
        expected = prior.logpdf(x[..., -1, :])
        for t in range(1, 6):
            given = {"x_t": x[..., t, :], "t": t, "mu_theta": mean, "Sigma_theta": covariance}
            expected = expected + step.logpdf(x[..., t - 1, :], **given)
        close(joint.logpdf(x, prior, mean, covariance), expected)
        close(joint(x, prior, mean, covariance), np.exp(expected))
    x = rng.normal(size=(4, 2))
    close(joint.logpdf(x, prior := stats.multivariate_normal(np.zeros(2)), mean, lambda x, t: 0.5),
          prior.logpdf(x[-1]) + sum(stats.multivariate_normal(mean(x[t], t), 0.5 * np.eye(2)).logpdf(x[t - 1])
                                    for t in (1, 2, 3)))  # fmt: skip
    with pytest.raises(ValueError, match="two states"):
        joint.logpdf(np.zeros((1, 2)), prior, mean, covariance)


def test_letters_that_are_no_identity_matrix_stay_numbers() -> None:
    p = tj.compile(r"p(y) = \mathcal{N}(y; R I, v I)")
    close(p.logpdf(y=0.3, R=2.0, I=0.5, v=0.7), stats.norm(1.0, np.sqrt(0.35)).logpdf(0.3))
    assert any("identity" in x for x in tj.compile(r"p(y) = \mathcal{N}(y; m, v I)").assumptions)


def test_a_density_at_an_expression_draws_nothing() -> None:
    p = tj.compile(r"p(y) = \mathcal{N}(y - m; 0, v)")
    close(p.logpdf(0.3, 0.1, 2.0), stats.norm(0.1, np.sqrt(2)).logpdf(0.3))
    assert not hasattr(p, "sample")


def test_black_box_densities_are_taken_by_their_logarithms() -> None:
    d = tj.compile(r"D^*(x) = \frac{p_{data}(x)}{p_{data}(x) + p_g(x)}")
    p, g = stats.norm(0, 1), stats.norm(1, 1)
    x = np.array([-40.0, 0.3, 40.0])
    close(d(x, p, g), 1 / (1 + np.exp(g.logpdf(x) - p.logpdf(x))))
    close(d(0.3, p_data=p.pdf, p_g=g.pdf), p.pdf(0.3) / (p.pdf(0.3) + g.pdf(0.3)))
    close(d(log_p_data_x=-800.0, log_p_g_x=-801.0), 1 / (1 + np.exp(-1.0)))
    ours = tj.compile(r"q(u) = \mathcal{N}(u; 1, 1)")
    close(d(x, p, ours), d(x, p, g))
    f = tj.compile(r"L = \mathbb{E}_{x \sim p}[\log(p(x)) - \log(q(x))]")
    x = 30 * p.rvs(50, random_state=0)
    close(f(x=x, p=p, q=g), (p.logpdf(x) - g.logpdf(x)).mean())
    counts = tj.compile(r"f(k) = \log(p(k))")
    assert counts(500.0, stats.poisson(0.5)) == stats.poisson(0.5).logpmf(500.0) < -745
