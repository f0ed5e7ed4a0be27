"""Claims about integrals: true ones are never refuted, false ones never accepted."""

from __future__ import annotations

import pytest

import texjit as tj

TRUE = [
    (r"\int_0^1 x^2 dx = 1/3", ""),
    (r"\int_{-\infty}^{\infty} e^{-x^2} dx = \sqrt{\pi}", ""),
    (r"\int_0^\infty e^{-a x} dx = 1/a", "a > 0"),
    (r"\int_0^\infty \frac{x^3}{e^x - 1} dx = \frac{\pi^4}{15}", ""),
    (r"\int_a^b \cos x \, dx = \sin b - \sin a", ""),
    (r"\int_0^1 e^{-x^2} dx \le 1", ""),
    (r"\int_0^{2 \pi} \sin(n x) \sin(n x) \, dx = \pi - \frac{\sin(4 \pi n)}{4 n}", "n > 0"),
    (r"2 \int_0^c t \, dt + \int_0^c e^{t} dt = c^2 + e^c - 1", ""),
    (r"\int_0^1 \int_0^y x \, dx \, dy = 1/6", ""),
]
FALSE = [
    (r"\int_0^1 x^2 dx = 0.33333333333333", ""),
    (r"\int_0^\infty e^{-a x} dx = \frac{1}{a^2}", "a > 0"),
    (r"\int_a^b \cos x \, dx = \sin b + \sin a", ""),
    (r"\int_0^1 e^{-x^2} dx > 0.75", ""),
    (r"\int_0^1 |x - a| dx = a^2 - a + 1/2", ""),
    (r"\int_0^c t^2 \, dt = c^3", ""),
]
#: What has no value, or none that is enclosed: nothing is said of it, whatever it is said to be.
OPEN = [
    (r"\int_{-1}^1 (\sqrt{x})^2 \, dx = 0", ""),
    (r"\int_0^\infty (e^{-x} + 10^{-40}) dx = 1", ""),
    (r"\int_1^\infty \frac{1}{x} dx = 700", ""),
    (r"\int_0^\infty \frac{\sin x}{x} dx = 1", ""),
    (r"\int_0^1 p(x) \, dx = 1", ""),
    (r"\int_{-\infty}^\infty |\psi|^2 dx = 1", ""),
    (r"\int_0^\infty f \, dx = \frac{1}{2}", ""),
    (r"\int_0^1 u \, dv = u v - \int_0^1 v \, du", ""),
]


@pytest.mark.parametrize(("text", "where"), TRUE)
def test_true_claims_hold(text: str, where: str) -> None:
    v = tj.check(text, where)
    assert v.status == "holds", v
    assert v.digits >= 16 or r"\le" in text


@pytest.mark.parametrize(("text", "where"), FALSE)
def test_false_claims_are_refuted(text: str, where: str) -> None:
    v = tj.check(text, where)
    assert v.status == "refuted", v
    assert v.witness or not any(x in text for x in "ac" if f"{x} " in where)


@pytest.mark.parametrize(("text", "where"), OPEN)
def test_what_is_not_enclosed_stays_open(text: str, where: str) -> None:
    v = tj.check(text, where, seconds=0.3)
    assert v.status == "undecided" and v.why


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "where", "status"),
    [
        (r"\int \frac{dx}{1 + x^2} = \pi", "", "holds"),
        (r"\int \frac{dx}{1 + x^2} = 3.14159265358979", "", "refuted"),
        (r"\int_{-1}^1 \log x \, dx = -2", "", "undecided"),
        (r"\int_0^1 |x - a| dx = a^2 - a + 1/2", "a in (0, 1)", "holds"),
        (r"\int_0^\infty e^{-a x} dx = 1/a", "", "holds"),
    ],
)
def test_further_claims(text: str, where: str, status: str) -> None:
    assert tj.check(text, where).status == status


def test_definitions_are_claimed_about() -> None:
    text = r"""
$$Z(\beta) = \int_0^\infty e^{-\beta x} dx$$

$$\log Z(\beta) = -\log \beta$$

$$Z(2 \beta) = Z(\beta) / 3$$
"""
    v = tj.check(text, where=r"\beta > 0")
    assert [s.status for s in v.steps] == ["holds", "refuted"], v
