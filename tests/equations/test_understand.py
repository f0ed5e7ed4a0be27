r"""Never silently wrong: what is ambiguous or wrong ends in a diagnostic."""

from __future__ import annotations

from unittest import mock

import pytest

from texjit.equations import understand as room
from texjit.equations.context import Refusal
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, declarations, understand

SQUARE, TALL = "A in R^{n x n}", "A in R^{n x m}"

#: A formula (or a whole document), its declarations, and the code of the diagnostic.
REFUSED = (
    # shapes
    (r"f(x, y) = x y", "x, y in R^d", "E202"),
    (r"f(A, B) = A B", "A in R^{n x m}; B in R^{k x p}", "E202"),
    (r"f(A, x) = A x", f"{TALL}; x in R^n", "E202"),
    (r"f(x) = A + x", f"{TALL}; x in R^n", "E202"),
    (r"f(x, y) = x^T y", "x in R^n; y in R^m", "E202"),
    (r"f(x) = x + x^T", "x in R^n", "E202"),
    (r"f = x \odot y", "x in R^n; y in R^m", "E202"),
    (r"f(A) = A^{-1}", TALL, "E202"),
    (r"f = \det x", "x in R^n", "E202"),
    (r"f = \operatorname{tr} x", "x in R^n", "E202"),
    (r"f = \sum_{i=1}^n x_i + \sum_{i=1}^n y_i", "x in R^n; y in R^m", "E202"),
    (r"f(x) = x \times y", "x, y in R^n", "E120"),
    (r"f(A) = A^2", SQUARE, "E115"),
    (r"f(A) = A^{1/2}", SQUARE, "E115"),
    (r"f(A) = \exp(A)", SQUARE, "E124"),
    (r"f(x) = \frac{1}{A}", SQUARE, "E122"),
    (r"f(x) = x^A", SQUARE, "E116"),
    (r"f(x) = |x|", "x in R^n", "E125"),
    (r"f(A) = \|A\|", SQUARE, "E125"),
    (r"A(x, y) = x y^T", "", "E137"),
    # two readings
    (r"f = a/bc", "", "E139"),
    (r"f = \log x (1 - y)", "", "E139"),
    (r"f = 1/2 x", "", "E139"),
    (r"f = e^{-x^2/2\sigma^2}", "", "E139"),
    (r"f = g^{-1}(x)", "", "E138"),
    (r"$$h(x) = x + 1$$ $$f(x) = h^2(x)$$", "", "E138"),
    (r"f = e^{i \theta}", "", "E135"),
    (r"f = A^\dagger x", "", "E115"),
    (r"f = \sigma(w^T x + b)", "", "E132"),
    (r"g = f^{(n)}(x)", "", "E190"),
    (r"f = \sum_i x^{(i)} x_i", "", "E114"),
    (r"f = 2.5e-3 x", "", "E154"),
    (r"f = 2.5e3", "", "E154"),
    (r"T = 25^\circ\text{C}", "", "E153"),
    (r"s = 4.9 t^2 \text{ m}", "", "E153"),
    (r"f = a + b + \cdots + z", "", "E155"),
    (r"f = a_1 - a_2 + \cdots + a_n", "", "E155"),
    (r"f = 2 + 4 + \cdots + 2n", "", "E155"),
    (r"f = n (n-1) \cdots 1", "", "E155"),
    (r"f = \|x\|_0", "", "E129"),
    (r"f = \|A\|_2", SQUARE, "E126"),
    (r"f = \|A\|_{2,1}", SQUARE, "E126"),
    (r"f = \|x\|_A", SQUARE + "; x in R^n", "E126"),
    (r"f = \|x\|_{\Sigma^{-1}}^2", "", "E126"),
    (r"f = \|x\|_*", "x in R^n", "E126"),
    (r"f = A \otimes B", SQUARE + "; B in R^{p x q}", "E121"),
    (r"f = \operatorname{vec} A", SQUARE, "E123"),
    (r"v = \operatorname{Var}(x)", "x in R^n", "E123"),
    (r"f = 1,000 x", "", "E117"),
    (r"m = \mathbb{E}[X^2]", "", "E151"),
    # functions
    (r"f(x) = g(x + 1)", "", "E132"),
    ("$$f(x) = g(x + 1)$$ with $g : \\mathbb{R} \\to \\mathbb{R}$", "", "E133"),
    (r"f = \log", "", "E134"),
    (r"f = \nabla \cdot F", "", "E134"),
    (r"f(x) = \frac{dy}{dx}", "", "E190"),
    (r"f(x) = \frac{\partial L}{\partial x}", "", "E190"),
    (r"f(x) = \int_0^x x \, dx", "", "E260"),
    (r"F(x) = \int 2 x \, dx", "", "E261"),
    (r"f = \int_D x^2 \, dx", "", "E262"),
    (r"f = \int_0^1 x \, dF(x)", "", "E263"),
    (r"f = \int_0^1 x^2", "", "E264"),
    (r"f = \sum_{n=1}^N \int_0^1 x^n \, dx", "", "E265"),
    (r"f(x) = \frac{d}{dx} \int_0^x e^{-t^2} \, dt", "", "E266"),
    (r"f(x) = \lim_{n \to \infty} x^n", "", "E192"),
    (r"f = a \oplus b", "", "E121"),
    (r"f = a \pm b", "", "E118"),
    (r"f = (a, b)", "", "E117"),
    (r"f(x) = \begin{pmatrix} 1 & \cdots & x \\ 0 & \cdots & 1 \end{pmatrix}", "", "E156"),
    (r"f(x) = \begin{pmatrix} 1 & x \\ 0 \end{pmatrix}", "", "E157"),
    (r"f = \begin{pmatrix} 1 & v \\ 0 & 1 \end{pmatrix}", "v in R^n", "E158"),
    (r"f = \operatorname{rank} A", "A in R^{n x n}", "E123"),
    (r"f = \sin^{-2} x", "", "E138"),
    (r"f = x_4", "x in R^3", "E209"),
    (r"f = \sum_{i=1}^4 x_i", "x in R^3", "E209"),
    (r"f(x) = \begin{cases} x & y \end{cases}", "", "E127"),
    # circles
    (r"x = x + 1", "", "E136"),
    (r"$$f(x) = g(x)$$ $$g(x) = f(x)$$", "", "E136"),
    ("# H\n\n$$a = b + 1$$ $$b = a + 1$$", "", "E136"),
    # indices
    (r"f(x) = \sum x_i", "", "E141"),
    (r"f(x) = \sum_{i=1} x_i", "", "E144"),
    (r"f(x) = \sum^{N} x_i", "", "E141"),
    (r"f(x) = \sum_{i=1}^{N} x_{ia}", "", "E112"),
    (r"f = \sum_{i=1}^N A_{ij} x_i", "", "E112"),
    (r"f = \sum_{i=1}^{N} x_{i^2}", "", "E112"),
    (r"f = \sum_{i=1}^{N} x_{i^2}", "", "E112"),
    (r"f = \sum_{i=1}^N \sum_{i=1}^M x_i", "", "E148"),
    (r"f = \sum_i \sum_i x_i", "", "E148"),
    (r"f = \prod_{i=1}^N x_i \prod_{i=1}^N y_i", "", "E148"),
    (r"f = \max_i \min_i x_i", "", "E148"),
    (r"f = x_i + \sum_{i=1}^N x_i", "", "E149"),
    (r"f = x_i \sum_{i=1}^N y_i", "", "E149"),
    (r"f = \sum_{i=1}^N \frac{x_i}{\sum_{j=1}^N x_j} y_j", "", "E149"),
    (r"f(i) = \sum_{i=1}^N x_i", "", "E149"),
    (r"f(i, x) = i \sum_{i=1}^N x_i", "", "E149"),
    (r"f(x_i) = \sum_{i=1}^N x_i", "", "E149"),
    (r"y_i = x_i + \sum_i z_i", "", "E149"),
    (r"x_{t+1} = \sum_{t=1}^N x_t", "", "E149"),
    (r"f = \sum_{i<j} x_i", "", "E146"),
    (r"f = \sum_{i \ne j} x_i x_k", "", "E146"),
    (r"f = \sum_{k=0}^\infty x^k", "", "E147"),
    (r"f = \sum_{i \in \{1, 3, 5\}} x_i", "", "E143"),
    (r"f = \sum_{i=1}^{x} y_i", "x in R^n", "E145"),
    # ranges
    (r"f = \sum_{i=1}^{N-1} w_i (x_{i+1} - x_i)", "", "E212"),
    (r"f = \sum_{i=1}^{N-1} x_i y_{i+1}", "", "E212"),
    (r"f = \sum_{i=0}^{N} x_i", "x in R^N", "E202"),
    (r"f = \sum_{i=1}^{N} x_{i+1}", "x in R^N", "E202"),
    (r"f = \sum_i x_{i+1}", "", "E209"),
    (r"f = x_0 + \sum_{i=1}^N x_i", "x in R^N", "E202"),
    (r"f = \prod_{i=1}^{N} \sum_{j=1}^{i} x_{i+j}", "", "E209"),
    (r"y_t = \sum_{k=1}^{K} w_k x_{t-k}", "", "E209"),
    (r"f(x) = \max_i x", "", "E210"),
    (r"f = \sum_{x} x p(x)", "", "E213"),
    # expectations, declarations, steps
    (r"f = \mathbb{E}[x]", "", "E151"),
    (r"f = \mathbb{E}_p[x]", "", "E197"),
    (r"x \in \mathbb{H}^d", "", "E161"),
    (r"x_{t+1} = x_t + x_{t-1}", "", "E172"),
    ("```texjit\nx inn R^d\n```\n\n$$y = 2 x$$", "", "E163"),
    (r"f(n) = (2n - 1)!!", "", "E123"),
    (r"f = e^A", SQUARE, "E124"),
    (r"f = \sqrt{A}", SQUARE, "E124"),
    (r"f(x) = \Phi^{-1}(x)", "", "E138"),
    (r"h = (f \circ g)(x)", "", "E132"),
    (r"f(p) = \operatorname{logit} p", "", "E132"),
    (r"f(x) = \operatorname{sinc}(x)", "", "E123"),
    (r"f = \operatorname{median}(x)", "x in R^n", "E123"),
    (r"c = \operatorname{Cov}(u, v)", "", "E123"),
    (r"r = \operatorname{corr}(u, v)", "", "E123"),
    (r"f = a + b \bmod m", "", "E139"),
    (r"f = a \bmod m \cdot b", "", "E139"),
    (r"f(x, y) = \operatorname{atan2}(y)", "", "E123"),
    (r"M = \begin{pmatrix} A & B \\ C & D \end{pmatrix}", "", "E166"),
    (r"M = \begin{pmatrix} A & b \\ 0 & 1 \end{pmatrix}", SQUARE, "E158"),
    (r"f(x) = \frac{1}{n h} \sum_{i=1}^n K\left(\frac{x - x_i}{h}\right)", "", "E132"),
    (r"s = \sum_{i \in \{1, 3, \dots, n\}} x_i", "", "E143"),
    (r"h = \left. \frac{\partial f}{\partial x} \right|_{x=0}", "", "E190"),
    (r"f = \left[ x^2 \right]_a^b", "", "E113"),
    (r"f(n, k) = C_n^k", "", "E114"),
    (r"f = C_5^2 + x", "", "E114"),
    (r"f = \Sigma_{i=1}^n x_i", "", "E142"),
    (r"f = \frac{1}{n} \sum_i^n x_i", "", "E144"),
    (r"f = \sum_{i \in \mathbb{N}} x_i", "", "E147"),
    # scripts
    (r"f(x) = x^+ - x^-", "", "E164"),
    (r"f(x) = (x - K)_-", "", "E164"),
    (r"f = A^+ b", TALL + "; b in R^n", "E115"),
    (r"f = (a + b)^* c", "", "E114"),
    (r"f = \sum_i y_{i\cdot}^2 / n", "", "E112"),
    (r"f = \|x_{:k}\|", "", "E112"),
    (r"f = \left. c \right|_{x=0}", "", "E165"),
)


def readings(text: str, where: str = "") -> tuple[Reading, ...]:
    document = read_source(Source("document.md", text if "$" in text else f"$${text}$$"))
    assert not document.diagnostics, document.diagnostics[0].render(document.source)
    return understand(document, declarations(where))


@pytest.mark.parametrize(("text", "where", "code"), REFUSED, ids=[row[0][:50] for row in REFUSED])
def test_what_is_ambiguous_or_wrong_is_refused(text: str, where: str, code: str) -> None:
    found = readings(text, where)
    last = next((r for r in reversed(found) if r.diagnostic is not None), found[-1])
    assert last.meaning is None
    assert last.diagnostic is not None
    assert last.diagnostic.code == code, last.message
    assert last.message and last.message[0] == last.message[0] and not last.message.endswith(".")


def test_there_are_many() -> None:
    assert len(REFUSED) >= 40


@pytest.mark.parametrize("where", ["x in", "x in Q", "x >", "f : R ->", "x \\in", "1 in R", "A in R^{", "\\frac{1}{2}"])
def test_wrong_declarations_are_refused(where: str) -> None:
    with pytest.raises(Refusal):
        declarations(where)


def test_a_fault_of_ours_harms_one_statement_only() -> None:
    text = "$$f(x) = x + 1$$ $$g(x) = x - 1$$"
    real, calls = room.define, iter([True, False])

    def faulty(*args: object, **more: object) -> Equation:
        if next(calls):
            raise KeyError("planted")
        return real(*args, **more)  # type: ignore[arg-type]

    with mock.patch.object(room, "define", faulty):
        first, second = readings(text)
    assert first.meaning is None and first.diagnostic is not None and first.diagnostic.code == "E198"
    assert "KeyError" in first.message
    assert isinstance(second.meaning, Equation)


def test_a_free_letter_that_no_operator_binds_stays_free() -> None:
    (reading,) = readings(r"f = x_i + \sum_{j=1}^N y_j")
    assert isinstance(reading.meaning, Equation)
    assert reading.meaning.call_order == ("x_i", "y")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (r"F = G \frac{m_1 m_2}{r^2}", ""),
        (r"f = \sum_i i x_i", "i counts 1, 2, … as a number"),
        (r"f(x) = a^T x", ""),
        (r"f = \alpha(x) + \alpha", "alpha(…) is a product"),
    ],
)
def test_assumptions_are_said(text: str, sentence: str) -> None:
    (reading,) = readings(text)
    assert not sentence or sentence in reading.assumptions
