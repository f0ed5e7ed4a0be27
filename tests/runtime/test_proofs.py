"""Proofs of claims: every way of proving shows what it should, and refuses what nearly looks like it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

import texjit as tj
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand
from texjit.runtime import polynomials as ps
from texjit.runtime.lemmas import is_semidefinite
from texjit.runtime.proofs import proof

from .claims import FALSE, TRUE

SIMPLEX = r"p, q, r \in \Delta^{n}"

#: A way of proving: a claim that it shows, and one that differs little and is false.
WAYS: dict[str, tuple[str, str, str]] = {
    "polynomials": (r"(a + b)^3 = a^3 + 3 a^2 b + 3 a b^2 + b^3", r"(a + b)^3 = a^3 + 3 a^2 b + 2 a b^2 + b^3", ""),
    "fractions": (r"\frac{1}{x (x + 1)} = \frac{1}{x} - \frac{1}{x + 1}",
                  r"\frac{1}{x (x + 1)} = \frac{1}{x} + \frac{1}{x + 1}", ""),
    "roots": (r"\sqrt{8 x^2} = 2 \sqrt{2} |x|", r"\sqrt{8 x^2} = 2 \sqrt{2} x", ""),
    "exponentials": (r"\frac{e^x}{e^x + e^y} = \frac{1}{1 + e^{y - x}}",
                     r"\frac{e^x}{e^x + e^y} = \frac{1}{1 + e^{x - y}}",
                     ""),
    "logarithms": (r"\log \frac{a^2}{b} = 2 \log a - \log b", r"\log \frac{a^2}{b} = 2 \log a + \log b", "a, b > 0"),
    "addition": (r"\cos(a - b) = \cos a \cos b + \sin a \sin b", r"\cos(a - b) = \cos a \cos b - \sin a \sin b", ""),
    "sums": (r"\sum_{i=1}^{n} (x_i - \frac{1}{n} \sum_{j=1}^{n} x_j) = 0",
             r"\sum_{i=1}^{n} (x_i - \sum_{j=1}^{n} x_j) = 0",
             ""),
    "indices": (r"\sum_i \sum_j x_i A_{ij} y_j = \sum_j y_j \sum_i A_{ij} x_i",
                r"\sum_i \sum_j x_i A_{ij} y_j = \sum_j x_j \sum_i A_{ij} y_i", "A in R^{n x n}; x, y in R^n"),
    "triangles": (r"\sum_{i=1}^{n} \sum_{j=1}^{i} a_{ij} = \sum_{k=1}^{n} \sum_{l=1}^{k} a_{kl}",
                  r"\sum_{i=1}^{n} \sum_{j=1}^{i} a_{ij} = \sum_{k=1}^{n} \sum_{l=1}^{k} a_{lk}", "a in R^{n x n}"),
    "traces": (r"\operatorname{tr}(A B C) = \operatorname{tr}(C A B)",
               r"\operatorname{tr}(A B C) = \operatorname{tr}(B A C)",
               "A, B, C in R^{n x n}"),
    "products": (r"\log \prod_{i=1}^{n} a_i = \sum_{i=1}^{n} \log a_i",
                 r"\log \prod_{i=1}^{n} a_i = \prod_{i=1}^{n} \log a_i",
                 "a in R+^n"),
    "powers of indices": (r"\sum_{k=1}^{n} k^3 = \left(\sum_{k=1}^{n} k\right)^2",
                          r"\sum_{k=1}^{n} k^2 = \left(\sum_{k=1}^{n} k\right)^2", "n in N"),
    "gamma": (r"\Gamma(x + 2) = x (x + 1) \Gamma(x)", r"\Gamma(x + 2) = x (x + 2) \Gamma(x)", "x > 0"),
    "signs": (r"e^{x} + y^2 \ge 0", r"e^{x} - y^2 \ge 0", ""),
    "positive": (r"e^{x} + y^2 > 0", r"x^2 + y^2 > 0", ""),
    "squares": (r"a^2 + b^2 + c^2 \ge a b + b c + c a", r"a^2 + b^2 + c^2 \ge a b + b c + 2 c a", ""),
    "squares of roots": (r"\sqrt{a b} \le \frac{a + b}{2}", r"\sqrt{a b} \le \frac{a + b}{2.001}", "a, b > 0"),
    "Cauchy and Schwarz": (r"\left(\sum_{i=1}^{n} x_i\right)^2 \le n \sum_{i=1}^{n} x_i^2",
                           r"\left(\sum_{i=1}^{n} x_i\right)^2 \le \sum_{i=1}^{n} x_i^2", ""),
    "tangents": (r"1 - \frac{1}{x} \le \log x", r"1 - \frac{2}{x} \ge \log x", "x > 0"),
    "log-sum": (r"\sum_i p_i \log p_i \ge \sum_i p_i \log q_i",
                r"\sum_i p_i \log p_i \ge \sum_i q_i \log p_i", SIMPLEX),
    "mixtures": (r"\sum_i p_i \log \frac{p_i}{\frac{1}{4} p_i + \frac{3}{4} q_i} \le \log 4",
                 r"\sum_i p_i \log \frac{p_i}{\frac{1}{4} p_i + \frac{3}{4} q_i} \le \log 3", SIMPLEX),
    "monotone logarithms": (r"\sum_i p_i \log(p_i + q_i) \ge \sum_i p_i \log p_i",
                            r"2 \sum_i p_i \log(p_i + q_i) \ge \sum_i p_i \log p_i", SIMPLEX),
    "entropy": (r"-\sum_{i=1}^{n} p_i \log p_i \le \log n", r"-\sum_{i=1}^{n} p_i \log p_i \le \log n - \frac{1}{100}",
                SIMPLEX),
    "convexity": (r"\sum_i p_i \log \frac{p_i}{q_i} = 0 \iff p = q",
                  r"\sum_i p_i \log \frac{p_i}{q_i} = 0 \iff p = r",
                  SIMPLEX),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_of_proving(way: str) -> None:
    good, bad, where = WAYS[way]
    verdict = tj.check(good, where)
    assert verdict.status == "proved", verdict
    assert tj.check(bad, where).status == "refuted", bad


def test_nothing_false_is_proved() -> None:
    """The proofs alone, without the points that usually come before them."""
    for text, where in FALSE:
        for reading in understand(read_source(Source("claim", text)), declarations(where), judging=True):
            if reading.claim is None or reading.claim.connectives:
                continue
            shown = [bool(proof(reading.claim.sides, step)) for step in reading.claim.steps]
            assert not all(shown), text


@pytest.mark.slow
@pytest.mark.parametrize(("text", "where"), TRUE, ids=[t for t, _ in TRUE])
def test_a_mutant_of_a_true_claim_is_refuted(text: str, where: str) -> None:
    """A tiny term more makes an equality false; turned round, an inequality is."""
    if re.search(r"\\iff|\\implies|\\ne |\^T = |\^\{-1\} = ", text):
        return
    mutant = text + r" + 10^{-20}"
    if r"\le " in text or r"\ge " in text:
        mutant = text.replace(r"\le ", r"\more ").replace(r"\ge ", r"\le ").replace(r"\more ", r"\ge ")
    assert tj.check(mutant, where).status == "refuted", mutant


LETTERS = {"x": "u", "a": "g", "b": "h", "p": "s", "q": "w", "A": "F", "B": "G", "n": "m"}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "where"), [r for r in (*TRUE, *FALSE) if " m" not in r[1] and "r " not in r[1]])
def test_letters_do_not_matter(text: str, where: str) -> None:
    def other(formula: str) -> str:
        lone = r"(?<![A-Za-z\\])([a-zA-Z])(?![A-Za-z])"
        formula = formula.replace(" x n}", r" \times n}").replace(" x m}", r" \times m}")
        return re.sub(lone, lambda m: LETTERS.get(m[1], m[1]), formula)

    assert tj.check(other(text), other(where).replace(r"\times", "x")).status == tj.check(text, where).status


def test_semidefinite_matrices_are_told_exactly() -> None:
    one = Fraction(1)
    assert is_semidefinite([[one, -one], [-one, one]])
    assert not is_semidefinite([[one, -one], [-one, one - Fraction(1, 10**30)]])
    assert not is_semidefinite([[0 * one, one], [one, one]])


def test_polynomials_are_in_order() -> None:
    x, y = ps.atom(("p", "x")), ps.atom(("p", "y"))
    assert ps.multiply(x, y) == ps.multiply(y, x)
    assert ps.subtract(ps.power(ps.add(x, y), 2), ps.add(ps.power(x, 2), ps.power(y, 2))) == ps.scale(
        ps.multiply(x, y), 2)
    with pytest.raises(ps.TooLarge):
        ps.power(ps.add(*(ps.atom(("p", str(k))) for k in range(40))), 12)
