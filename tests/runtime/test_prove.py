"""Verdicts on claims: nothing false is accepted, nothing true is refuted, witnesses are real."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.equations.library import shipped
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand
from texjit.runtime.check import verdict_of
from texjit.runtime.claim_points import dyadic, reflections

from .claims import FALSE, TRUE
from .paper_claims import RIGHT, WRONG

PASSED = ("holds", "proved")
DIVERGENCE = r"$$KL(P\|Q) = \sum_x P(x) \log\frac{P(x)}{Q(x)}$$"
MIXED = r"$$JS(P\|Q) = \frac12 KL\left(P\|\frac{P+Q}{2}\right) + \frac12 KL\left(Q\|\frac{P+Q}{2}\right)$$"

#: A part of every field for the fast run; the rest is swept on demand.
QUICK = 5


def marked(rows: tuple[tuple[str, str], ...]) -> list[Any]:
    return [pytest.param(*row, marks=[] if k % QUICK == 0 else [pytest.mark.slow], id=row[0])
            for k, row in enumerate(rows)]


@pytest.mark.parametrize(("text", "where"), marked(FALSE))
def test_a_wrong_claim_is_refuted(text: str, where: str) -> None:
    verdict = tj.check(text, where)
    assert verdict.status == "refuted", verdict
    assert any(s.status == "refuted" for s in verdict.steps)


@pytest.mark.parametrize(("text", "where"), marked(TRUE))
def test_a_true_claim_is_not_refuted(text: str, where: str) -> None:
    verdict = tj.check(text, where)
    assert verdict.status in PASSED, verdict
    assert not verdict.witness or "\\ne" in text


@pytest.mark.slow
@pytest.mark.parametrize(("text", "where"), WRONG)
def test_what_is_remembered_wrongly_is_refuted(text: str, where: str) -> None:
    verdict = tj.check(text, where)
    assert verdict.status == "refuted", verdict


@pytest.mark.slow
@pytest.mark.parametrize(("text", "where"), RIGHT)
def test_what_papers_say_is_not_refuted(text: str, where: str) -> None:
    verdict = tj.check(text, where)
    assert verdict.status in PASSED, verdict


def test_there_are_enough_claims() -> None:
    assert len(FALSE) >= 60 and len(TRUE) >= 60


def test_domains_decide() -> None:
    """The same formula is false for all numbers and true for those that are declared."""
    open_ = tj.check(r"\log x^2 = 2 \log x")
    assert open_.status == "refuted" and open_.witness["x"] < 0 and "without a value" in open_.why
    assert tj.check(r"\log x^2 = 2 \log x", where="x > 0").status in PASSED


def test_a_witness_is_a_counterexample() -> None:
    """The inputs of a verdict contradict the claim when NumPy evaluates it."""
    verdict = tj.check(r"(A + B)^2 = A^2 + 2 A B + B^2", where="A, B in R^{n x n}")
    a, b = (np.array(verdict.witness[n]) for n in "AB")
    assert a.shape == b.shape and not np.allclose((a + b) @ (a + b), a @ a + 2 * a @ b + b @ b)
    p, q = (np.array(tj.check(DIVERGENCE + r" $KL(P\|Q) \ge 0.01$").witness[n]) for n in "PQ")
    assert p.sum() == q.sum() == 1
    assert np.sum(p * np.log(np.where(p > 0, p, 1) / np.where(p > 0, q, 1))) < 0.01


@pytest.mark.parametrize(("claim", "status"), [
    (r"KL(P\|Q) \ge 0", PASSED),
    (r"KL(P\|Q) \ge 0.01", ("refuted",)),
    (r"KL(P\|Q) \ne KL(Q\|P)", ("holds",)),
    (r"KL(P\|Q) = KL(Q\|P)", ("refuted",)),
    (r"KL(P\|Q) = 0 \iff P = Q", PASSED),
    (r"KL(P\|R) \le KL(P\|Q) + KL(Q\|R)", ("refuted",)),
    (r"0 \le JS(P\|Q) \le \log 2", PASSED),
    (r"0 \le JS(P\|Q) \le 0.69", ("refuted",)),
    (r"JS(P\|Q) = JS(Q\|P)", PASSED),
    (r"JS(P\|R) \le JS(P\|Q) + JS(Q\|R)", ("refuted",)),
    (r"JS(P\|Q) = \frac12 KL(P\|Q) + \frac12 KL(Q\|P)", ("refuted",)),
])  # fmt: skip
def test_divergences(claim: str, status: tuple[str, ...]) -> None:
    verdict = tj.check(f"{DIVERGENCE} {MIXED} We have ${claim}$.")
    assert verdict.status in status, verdict


def test_renamed_claims_have_the_same_verdict() -> None:
    other = r"$$V(f\|g) = \sum_k f(k) \log\left(\frac{f(k)}{g(k)}\right)$$ $V(f\|g) \geqslant "
    assert tj.check(other + "0$").status in PASSED
    assert tj.check(other + r"\frac{1}{100}$").status == "refuted"


CHAIN = r"""$$\begin{align}
f(x) &= (x+1)^2 \\
     &= x^2 + 2x + 1 \\
     &= x^2 + 3x + 1 \\
     &\ge 0
\end{align}$$"""


def test_the_wrong_row_of_a_chain_is_blamed() -> None:
    verdict = tj.check(CHAIN)
    assert [s.status for s in verdict.steps][1] == "refuted" and verdict.status == "refuted"
    assert [s.line for s in verdict.steps] == [3, 4, 5]
    assert verdict.steps[0].status in PASSED
    mended = tj.check(CHAIN.replace("3x", "2x"))
    assert mended.status in PASSED and len(mended.steps) == 3


def test_several_claims_are_judged_in_order() -> None:
    verdict = tj.check(r"Let $$f(x) = x^2 + 1$$ Then $f(x) \ge 1$, $f(-x) = f(x)$, and $f(2 x) = 2 f(x)$.")
    assert [s.status in PASSED for s in verdict.steps] == [True, True, False]
    assert verdict.status == "refuted"


def test_what_is_open_is_not_accepted() -> None:
    for text in (r"g(a, b) = g(b, a)", r"2 g(x) = g(x) + 1", r"\sin x \approx x", "f(x) = x^2"):
        assert tj.check(text).status == "undecided", text


def test_a_number_beside_a_vector_is_told() -> None:
    verdict = tj.check(r"\mathrm{softmax}(z + c) = \mathrm{softmax}(z)")
    assert verdict.status == "conditional" and "declare c" in verdict.why
    assert tj.check(r"\mathrm{softmax}(z + c) = \mathrm{softmax}(z)", where="c in R; z in R^n").status in PASSED


def test_elements_are_compared_one_by_one() -> None:
    assert tj.check(r"\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", where="z in R^n").status in PASSED
    assert tj.check(r"\mathrm{softmax}(z)_i = \frac{e^{-z_i}}{\sum_j e^{-z_j}}", where="z in R^n").status == "refuted"


def test_a_verdict_is_data() -> None:
    verdict = tj.check(r"x^2 \ge x")
    found = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert found["status"] == "refuted" and found["steps"][0]["witness"] == found["witness"]
    assert str(verdict).startswith("refuted: at x = ")


def test_long_arrays_and_long_sums_are_tried() -> None:
    """What is true of five elements, or of nine terms, may be false of more."""
    assert tj.check(r"-\sum_i p_i \log p_i \le 2", where=r"p \in \Delta^n").status == "refuted"
    assert tj.check(r"\|x\|_1 \le 3 \|x\|_2", where="x in R^n").status == "refuted"
    assert tj.check(r"\sum_{k=1}^{n} \frac{1}{k} \le 5", where="n in N").status == "refuted"


def test_a_condition_behind_a_claim_is_its_own() -> None:
    assert tj.check(r"$$x^2 \ge x, \quad x \ge 1$$").status in PASSED
    assert tj.check(r"For $x > 0$ we have $\log x \le x - 1$.").status == "proved"


def test_a_constant_side_has_a_value_everywhere() -> None:
    assert tj.check(r"\arcsin x + \arccos x = \frac{\pi}{2}").status in PASSED
    assert tj.check(r"\pi = \frac{22}{7}").status == "refuted"


def judged(text: str) -> list[str]:
    """The statuses of the claims of a document, as ``check`` gives them."""
    document = read_source(Source("notes.md", text))
    found = [verdict_of(r, document, asked=False) for r in understand(document)]
    return [v.status for v in found if v is not None]


def test_a_law_is_no_identity() -> None:
    """A document states laws, conditions and equations to solve; only what is false of all values is refuted."""
    assert judged(r"$$p V = n R T$$") == ["undecided"]
    assert judged(r"Let $p, V, n, R, T > 0$. Then $$p V = n R T$$") == ["undecided"]
    assert judged(r"$$a x + b y = c$$ $$|u| < 1$$") == ["undecided", "undecided"]
    assert judged(r"With $x \in \mathbb{R}$, find the roots of $x^2 - 5 x + 6 = 0$.") == ["conditional"]
    assert judged(r"Let $p \in \mathbb{R}^K$ with $\sum_i p_i = 1$.") == ["conditional"]
    assert judged(r"$$\sin^2 x + \cos^2 x = 2$$ $$x^2 + 1 \le 0$$ $$(a + b)^2 = a^2 + b^2$$") == ["refuted"] * 3


def test_a_derivative_is_compared_with_its_formula() -> None:
    sigmoid = r"$$\sigma(x) = \frac{1}{1 + e^{-x}}$$ "
    assert judged(sigmoid + r"$$\sigma'(x) = \sigma(x) (1 - \sigma(x))$$")[0] in PASSED
    assert judged(sigmoid + r"$$\sigma'(x) = \sigma(x) (1 + \sigma(x))$$") == ["refuted"]


def test_the_claims_of_the_shipped_document() -> None:
    text = shipped("foundations")
    assert text is not None
    document = read_source(Source("foundations.md", text))
    rows = {r.statement.row: verdict_of(r, document, asked=False) for r in understand(document) if r.claim is not None}
    found = {row: v.status for row, v in rows.items() if v is not None}
    assert {row: found[row] for row in (3, 4, 7)} == {3: "proved", 4: "holds", 7: "proved"}
    assert "refuted" not in found.values()
    assert rows[4] is not None and rows[4].witness


def test_points_lie_in_their_domains_exactly() -> None:
    rng = np.random.default_rng(0)
    for p in (rng.dirichlet(np.ones(7), 3), np.array([1e-300, 1.0, 3.0]), np.zeros(4)):
        exact = dyadic(p, 50)
        total = [sum(map(Fraction, row)) for row in exact.reshape(-1, exact.shape[-1])]
        assert all(t == 1 for t in total) and np.allclose(exact.sum(-1), 1) and (exact >= 0).all()
    q = reflections((5, 5), rng)
    exact_q = [[Fraction(x) for x in row] for row in q]
    assert all(sum(a * b for a, b in zip(r, s, strict=True)) == (i == j)
               for i, r in enumerate(exact_q) for j, s in enumerate(exact_q))


def test_functions_of_a_library_keep_their_domains() -> None:
    """Their arguments are declared there; here they are letters."""
    lib = tj.compile(r"The entropy $$H(p) = -\sum_{i=1}^n p_i \log p_i$$ $$G(p) = 1 - \sum_{i=1}^n p_i^2$$",
                     where="p in Delta^n")
    assert tj.check(r"H(w) \ge G(w)", using=lib).status in PASSED
    assert tj.check(r"H(w) \le G(w)", using=lib).status == "refuted"


def test_a_restricted_sentence_is_conditional() -> None:
    text = r"If $x$ is large we have $x^2 \ge 10 x$."
    assert tj.check(text).status == "conditional"
