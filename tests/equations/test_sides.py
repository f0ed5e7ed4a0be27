r"""What is defined in other words than ``f(x) = …``, and what only looks like a definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand
from texjit.runtime.reference import Reference

RNG = np.random.default_rng(7)
X, Y, A = RNG.normal(size=5), RNG.normal(size=5), RNG.normal(size=(4, 5))


def readings(text: str) -> tuple[Reading, ...]:
    return understand(read_source(Source("notes.md", text if "$" in text else f"$${text}$$")))


@pytest.mark.parametrize(
    ("text", "name", "inputs", "right"),
    [
        (r"\text{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", "softmax", {"x": X}, special.softmax(X)),
        (r"\operatorname{share}(x)_i = \frac{x_i}{\sum_j x_j}", "share", {"x": X}, X / X.sum()),
        (r"[f(x)]_i = x_i^2 + 1", "f", {"x": X}, X**2 + 1),
        (r"(f(x))_i = \sum_j A_{ij} x_j", "f", {"x": X, "A": A}, A @ X),
        (r"g(x, y)_{ij} = x_i y_j", "g", {"x": X, "y": Y[:3]}, np.outer(X, Y[:3])),
        (r"f : x \mapsto x^2 + 1", "f", {"x": 0.7}, 1.49),
        (r"f : (x, y) \mapsto x^2 - y", "f", {"x": 0.7, "y": 0.2}, 0.29),
        (r"f: \mathbb{R}^n \to \mathbb{R}, \; f(x) = x^T x", "f", {"x": X}, X @ X),
        (r"f: \mathbb{R}^n \to \mathbb{R}, \quad x \mapsto \sum_i x_i^3", "f", {"x": X}, (X**3).sum()),
        (r"f: \mathbb{R}^n \times \mathbb{R}^n \to \mathbb{R}, \; (x, y) \mapsto x^T y", "f", {"x": X, "y": Y}, X @ Y),
        (r"f(x) \equiv x^2 + 1", "f", {"x": 0.7}, 1.49),
        (r"x^2 + 1 =: y", "y", {"x": 0.7}, 1.49),
        (r"y \leftarrow a x + b", "y", {"a": 2.0, "x": 0.7, "b": 0.1}, 1.5),
        (r"f_\theta(x) = \theta x", "f_theta", {"x": 0.7, "theta": 3.0}, 2.1),
        (r"\cos(a, b) = \frac{a \cdot b}{\|a\| \|b\|}", "cos", {"a": X, "b": Y},
         X @ Y / np.linalg.norm(X) / np.linalg.norm(Y)),
        (r"\operatorname{cov}(x, y) = \frac1n \sum_{i=1}^n (x_i - a)(y_i - b)", "cov",
         {"x": X, "y": Y, "a": X.mean(), "b": Y.mean()}, np.cov(X, Y, bias=True)[0, 1]),
        (r"f(x \mid \mu, \sigma) = \frac{1}{\sigma\sqrt{2\pi}} e^{-\frac{(x-\mu)^2}{2\sigma^2}}", "f",
         {"x": 0.7, "mu": 0.1, "sigma": 1.3}, stats.norm(0.1, 1.3).pdf(0.7)),
        (r"$$p(x | \theta) = \theta e^{-\theta x}$$ $$L(\theta) = \prod_{i=1}^n p(x_i | \theta)$$", "L",
         {"theta": 0.7, "x": abs(X)}, stats.expon(scale=1 / 0.7).pdf(abs(X)).prod()),
    ],
)  # fmt: skip
def test_a_definition_in_other_words(text: str, name: str, inputs: dict[str, object], right: object) -> None:
    reading = next(r for r in readings(text) if r.name == name and r.kind == "definition")
    assert isinstance(reading.meaning, Equation), reading.message
    assert set(reading.meaning.call_order) == set(inputs)
    given = {k: np.asarray(v) for k, v in inputs.items()}
    (found,) = Reference(reading.meaning).evaluate(given, 80).values()
    np.testing.assert_allclose(np.vectorize(float)(found), right, rtol=1e-13)


@pytest.mark.parametrize(
    "text",
    [r"(A x)_i = \sum_j A_{ij} x_j", r"f(x)_1 = x_1", r"\sin(x) = x - x^3 / 6", r"\max(a, b) = a + b",
     r"\operatorname{Var}(\bar X) = \sigma^2 / n", r"f(x) \equiv 0", r"X \leftarrow Z",
     r"$$f(x) \equiv x^2$$ $$f(x) = x \cdot x$$"],
)  # fmt: skip
def test_what_defines_nothing_stays_a_claim(text: str) -> None:
    assert readings(text)[0].kind == "claim"


def test_a_function_of_the_document_is_found_by_others() -> None:
    text = r"$$\cos(a, b) = a^T b$$ $$d(a, b) = 1 - \cos(a, b) + \cos(0)$$"
    reading = readings(text)[1]
    assert isinstance(reading.meaning, Equation), reading.message
    (found,) = Reference(reading.meaning).evaluate({"a": X, "b": Y}, 80).values()
    np.testing.assert_allclose(float(found), 2 - X @ Y, rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "cure", "cured"),
    [
        (r"x \leftarrow x - \eta g", r"x' = x - \eta g", "x_prime"),
        (r"x \leftarrow x - \eta g", r"x_{t+1} = x_{t} - \eta g", "Recurrence"),
        (r"x_{ij} \leftarrow \frac{x_{ij} - \mu_j}{\sigma_j}", r"x_{i j}' =", "x_prime_ij"),
        (r"$$q \leftarrow p^2$$ $$p \leftarrow a + b$$", "p' = a + b", "p_prime"),
    ],
)
def test_an_assignment_that_reads_the_old_value_is_refused(text: str, cure: str, cured: str) -> None:
    d = readings(text)[-1].diagnostic
    assert d is not None and d.code == "E182" and cure in d.help
    pasted = cure if not cure.endswith("=") else d.help.rpartition(": ")[2]
    assert any(r.name == cured and r.meaning is not None for r in readings(pasted))


@pytest.mark.parametrize(
    "text",
    [
        r"$$p(x | \theta) = \theta e^{-\theta x}$$ $$m(y, x) = 2 p(y | x)$$",
        r"$$p(x | \theta) = \theta e^{-\theta x}$$ $$p(\theta) = b e^{-b \theta}$$ $$m = 2 p(x)$$",
        r"$$q(z | a) = a e^{-a z}$$ $$q(w | b) = b w$$ $$m = 2 q(z | b)$$",
    ],
)
def test_densities_of_one_letter_are_told_by_their_arguments(text: str) -> None:
    d = readings(text)[-1].diagnostic
    assert d is not None and d.code == "E183" and d.message and d.help


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        (r"$$p(x | \theta) = \theta e^{-\theta x}$$ $$p(y | x) = x - y$$ $$m(y, x) = 2 p(y | x)$$", {"x", "y"}),
        (r"$$p(x | \theta) = c e^{-\theta x}$$ $$p(\theta) = b e^{-b \theta}$$ $$m = p(x | \theta) p(\theta)$$",
         {"c", "x", "theta", "b"}),
        (r"$$q(a) = u a$$ $$q(z | a) = v e^{-a z}$$ $$m = \log q(a)$$", {"a", "u"}),
        (r"$$q(a) = u a$$ $$q(z | a) = v e^{-a z}$$ $$m = \sum_{j=1}^J \log q(z_j | a)$$", {"a", "v", "z"}),
        (r"$$h(x) = a x$$ $$h(x, y) = b x y$$ $$m = h(u, v)$$", {"b", "u", "v"}),
        (r"$$h(x, y) = b x y$$ $$h(x) = a x$$ $$m = h(u, v) + h(w)$$", {"a", "b", "u", "v", "w"}),
    ],
)
def test_functions_of_one_name_are_told_by_the_form_of_their_arguments(text: str, takes: set[str]) -> None:
    meaning = readings(text)[-1].meaning
    assert isinstance(meaning, Equation) and {p.name for p in meaning.parameters} == takes


def test_a_constant_of_a_sentence_is_a_kernel_that_nothing_is_linked_to() -> None:
    found = readings(r"With $c = 299792458$ and $\alpha = 0.05$ at $t = 0$: $$E = m c^2 \alpha + t$$")
    assert [r.kind for r in found] == ["definition", "definition", "fragment", "definition"]
    c, alpha, _, energy = (r.meaning for r in found)
    assert isinstance(c, Equation) and isinstance(alpha, Equation) and isinstance(energy, Equation)
    values = [float(next(iter(Reference(e).evaluate({}, 80).values()))) for e in (c, alpha)]
    assert values == [299792458.0, 0.05]
    assert energy.call_order == ("m", "c", "alpha", "t")


def test_a_function_without_a_name_says_how_to_name_it() -> None:
    (reading,) = readings(r"$x \mapsto x^2 + 1$")
    assert reading.kind == "fragment" and "f(x) = x^{2} + 1" in reading.message
