r"""What stands where a law has its variance: ``\sigma^2(x)``, a bare ``\sigma``, and what the prose calls it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import texjit as tj
from texjit.equations.called import words
from texjit.equations.diagnostic import Diagnostic, InvalidEquation
from texjit.equations.understand import understand

RNG = np.random.default_rng(8)
X, Z, A, B = RNG.normal(size=2), RNG.normal(size=3), RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2))


def mean(x: Any) -> Any:
    return x @ A.T


def root(x: Any) -> Any:
    return np.exp(x @ B.T)


@pytest.mark.parametrize("where", ["", "declared"])
@pytest.mark.parametrize(("m", "s", "z", "x"), [("\\mu", "\\sigma", "z", "x"), ("m_\\theta", "\\sigma_\\phi", "u", "h"),
                                                ("g", "f", "y", "v")])
@pytest.mark.parametrize("form", [r"\operatorname{diag}(S^2(X))", r"\mathrm{diag}\left( S(X)^2 \right)",
                                  r"\operatorname{diag}\left((S^2(X))\right)"])
def test_the_square_of_a_function_is_a_variance(form: str, m: str, s: str, z: str, x: str, where: str) -> None:
    spread = form.replace("S", s).replace("X", x)
    names = [n.replace("\\", "") for n in (m, s)]
    declared = "; ".join(f"{n} : R^d -> R^k" for n in names) if where else ""
    q = tj.compile(rf"q({z} | {x}) = \mathcal{{N}}({z}; {m}({x}), {spread})", where=declared)
    judge = stats.multivariate_normal(mean(X), np.diag(root(X) ** 2))
    np.testing.assert_allclose(q.logpdf(Z, X, mean, root), judge.logpdf(Z), 1e-12)


@pytest.mark.parametrize(("spread", "judge"), [
    (r"\sigma^2(x) I", lambda z, s: stats.norm(mean(X), s).logpdf(z).sum()),
    (r"\tau \varphi^2(x) I", lambda z, s: stats.norm(mean(X), 0.7**0.5 * s).logpdf(z).sum()),
])
def test_a_square_of_a_number_stands_before_the_identity(spread: str, judge: Any) -> None:
    q = tj.compile(rf"q(z | x) = \mathcal{{N}}(z; \mu(x), {spread})")
    every = {"sigma": lambda x: 1.3, "varphi": lambda x: 1.3, "tau": 0.7}
    given = {n: v for n, v in every.items() if n in q.parameters}
    np.testing.assert_allclose(q.logpdf(z=Z, x=X, mu=mean, **given), judge(Z, 1.3), 1e-12)


def test_powers_of_functions_elsewhere_are_still_asked_about() -> None:
    for text in (r"g(x) = \sigma^2(x + 1)", r"q(z | x) = \mathcal{N}(z; \sigma^2(x), 1)",
                 r"q(z | x) = \mathcal{N}(z; 0, f^{-1}(x))", r"q(z | x) = \mathcal{N}(z; 0, f^3(x))"):
        with pytest.raises(InvalidEquation, match="E138"):
            tj.compile(text)


def test_a_declared_number_before_a_bracket_is_a_factor() -> None:
    q = tj.compile(r"q(z) = \mathcal{N}(z; 0, \sigma^2(a + 1))", where="sigma in R; a > 0")
    np.testing.assert_allclose(q.logpdf(z=0.3, sigma=1.7, a=0.5), stats.norm(0, 1.7 * 1.5**0.5).logpdf(0.3), 1e-13)


def compiled(text: str, name: str) -> Any:
    return tj.compile(tj.read(text))[name]


def refusal(text: str) -> Diagnostic:
    found = [r.diagnostic for r in understand(tj.read(text)) if r.kind == "definition"]
    assert len(found) == 1 and found[0] is not None
    return found[0]


BARE = r"$$f(x) = \mathcal{N}(x; m, S)$$"


@pytest.mark.parametrize("letter", [r"\sigma", "s", r"\sigma_0", "w"])
@pytest.mark.parametrize(("text", "square"), [
    ("A normal law with standard deviation $S$.\n\n" + BARE, True),
    ("A normal law with mean $m$ and standard deviation $S > 0$:\n\n" + BARE, True),
    (BARE + " where $S$ is the standard deviation.", True),
    (BARE + " where $m$ is the mean, and $S$ denotes the noise standard deviation.", True),
    ("Its variance $S^2$ is known.\n\n" + BARE, True),
    ("A normal law with variance $S$.\n\n" + BARE, False),
    (BARE + " where $S$ is the variance.", False),
    ("# A\n\nThe standard deviation $S$ is given.\n\n## B\n\n" + BARE, True),
])
def test_the_prose_decides(text: str, square: bool, letter: str) -> None:
    f = compiled(text.replace("S", letter), "f")
    expected = stats.norm(0.2, 1.7 if square else 1.7**0.5).logpdf(0.9)
    np.testing.assert_allclose(f.logpdf(0.9, 0.2, 1.7), expected, 1e-13)
    said = [a for a in f.equation.assumptions if "standard deviation" in a]
    assert len(said) == square


@pytest.mark.parametrize("text", [
    BARE, "With standard deviation $S$ or variance $S$.\n\n" + BARE, "The mean and variance $m$ and $S$.\n\n" + BARE,
    "# A\n\nThe variance $S$ is given.\n\n# B\n\n" + BARE, BARE + " where $S$ is not the variance.",
])
def test_what_the_prose_leaves_open_is_asked_and_both_cures_work(text: str) -> None:
    no = refusal(text.replace("S", r"\sigma"))
    assert no.code == "E244"
    first, second = no.help.removeprefix("write ").split(" where \\sigma is the standard deviation, ")
    for cure, scale in ((first, 1.7), (second.split(" where ")[0], 1.7**0.5)):
        f = compiled(BARE.replace("S", cure), "f")
        np.testing.assert_allclose(f.logpdf(0.9, 0.2, 1.7), stats.norm(0.2, scale).logpdf(0.9), 1e-13)


@pytest.mark.parametrize(("before", "after", "kind"), [
    ("with standard deviation", "", "standard deviation"), ("of variance", "", "variance"),
    ("the", "is the variance of the noise", "variance"), ("", ", the standard deviation.", "standard deviation"),
    ("", "is the square root of the variance", ""), ("covariance", "", ""), ("", "is the variance reduction", ""),
    ("", "is the asymptotic variance", "variance"), ("mean and variance", "", ""),
])
def test_words_beside_a_symbol(before: str, after: str, kind: str) -> None:
    assert words(before, after) == kind
