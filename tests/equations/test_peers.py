"""What other readers of LaTeX are known to get wrong, one test for each misreading."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special

import texjit
from texjit.equations.equation import Equation
from texjit.equations.read import read
from texjit.equations.understand import Reading, understand

VECTORS = r" where $x, y \in \mathbb{R}^d$, $A, B \in \mathbb{R}^{n \times n}$."


def readings(text: str) -> list[Reading]:
    return [r for r in understand(read(text)) if r.kind != "declaration"]


def meant(formula: str, rest: str = "") -> Equation:
    found = readings(f"$${formula}$$\n{rest}")[0]
    assert isinstance(found.meaning, Equation), found.message
    return found.meaning


#: Formula, signature, parameters and the text of the last output; the misreading is beside each.
READ = [
    # silently K*L, the rest of the line dropped
    (r"KL(P||Q) = \sum_x P(x) \log \frac{P(x)}{Q(x)}", "(x),(x)->()", ("P", "Q"),
     "Sum(log(P[x]/Q[x])*P[x], (x, 1, x))"),
    # = means "solve"
    (r"y = 3 x", "()->()", ("x",), "3*x"),
    (r"x = 3", "->()", (), "3"),
    # \log to the base 10
    (r"u = \log x", "()->()", ("x",), "log(x)"),
    (r"u = \ln x - \log_2 x", "()->()", ("x",), "-log(x)/log(2) + log(x)"),
    # x*y to the power T
    (r"s = x^T y", "(d),(d)->()", ("x", "y"), "Sum(x[k]*y[k], (k, 1, d))"),
    (r"s = x^\top y", "(d),(d)->()", ("x", "y"), "Sum(x[k]*y[k], (k, 1, d))"),
    # f*x
    (r"p = f'(x_0)", "()->()", ("f_prime", "x_0"), "f_prime_x_0"),
    # imaginary units, Euler's number for every E, an integral for every d
    (r"q = i + I + E + d", "(),(),(),()->()", ("i", "I", "E", "d"), "E + I + d + i"),
    # letters of a word multiplied
    (r"\text{loss} = \text{scale} \cdot \text{err}", "(),()->()", ("scale", "err"), "err*scale"),
    (r"\mathcal{L}_{BCE} = L_{\text{max}} + \mathrm{Re}", "(),()->()", ("L_max", "Re"), "L_max + Re"),
    # subscripts taken apart, or off
    (r"h = \alpha_t + x_1 + \hat{y}_{\text{out}}", "(),(),()->()", ("alpha_t", "x_1", "y_hat_out"),
     "alpha_t + x_1 + y_hat_out"),
    (r"m = \frac{1}{n} \sum_{i=1}^n z_{i}", "(n)->()", ("z",), "Sum(z[i], (i, 1, n))/n"),
    # 1/2 x for 1 over 2x, and powers
    (r"g = -a^2 + a^{-2} + 2^{a b}", "(),()->()", ("a", "b"), "2**(a*b) - a**2 + a**(-2)"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "signature", "parameters", "body"), READ, ids=lambda x: str(x)[:30])
def test_it_is_read_as_written(formula: str, signature: str, parameters: tuple[str, ...], body: str) -> None:
    e = meant(formula, VECTORS if "(d)" in signature else "")
    assert (e.signature, e.call_order, str(e.outputs[-1].body)) == (signature, parameters, body)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        # a valid beginning, and the rest dropped
        (r"f = a + b) c", "E013"), (r"f = a + b \unknown c", "E020"), ("f = a b ]", "E013"),
        (r"f = a + \frac{b}", "E022"),
        ("f = a + b @ c", "E008"), ("f = a +", "E011"), (r"f = a b \right)", "E013"),
        # a power of the letters that follow
        (r"f = x^10", "E017"), (r"f = x_ij^-1", "E017"),
    ],
)  # fmt: skip
def test_nothing_is_dropped_after_a_good_beginning(formula: str, code: str) -> None:
    document = read(f"$${formula}$$")
    assert not document.statements
    assert [d.code for d in document.diagnostics] == [code]


def test_an_application_is_no_product() -> None:
    *_, g, h = readings("# A\n$$u(x) = x^2$$\n$$g = u(a + 1)$$\n# B\n$$h = f(a + b)$$\n")
    assert isinstance(g.meaning, Equation)
    assert g.meaning.call_order == ("a",)
    (u,) = g.meaning.lets
    assert str(u.body) == "(a + 1)**2"
    # Nobody said what f is: both readings are shown, none is taken.
    assert h.meaning is None and h.diagnostic is not None and len(h.diagnostic.notes) == 2, h


def test_matrices_do_not_commute() -> None:
    """``AB = BA`` is accepted by checkers that multiply symbols."""
    (claim,) = readings("$$A B = B A$$\n" + VECTORS)
    assert claim.kind == "claim" and claim.meaning is None
    e = meant("C = A B - B A", VECTORS)
    assert e.signature == "(n,n),(n,n)->(n,n)" and e.outputs[-1].body != 0


def test_one_formula_does_not_spoil_the_next() -> None:
    r"""A bare differential (``\frac{dx}{2}``) made a reader refuse everything after it."""
    alone = meant("f = a b")
    for formula in (r"r = \frac{dx}{2}", "r = dx", "i = 5", r"r = \int x dx", r"r = \begin{matrix} a", "r = ("):
        readings(f"$${formula}$$")
        assert meant("f = a b") == alone


def test_huge_powers_end() -> None:
    r"""``\gcd(9^{9^{9}}, 3)`` hung a reader that computed it; here a power is kept as it is written."""
    (divisor,) = readings(r"$$r = \gcd(9^{9^{9}}, 3)$$")
    assert divisor.unsupported and "gcd" in divisor.message
    assert str(meant(r"r = 9^{9^{9}}").outputs[0].body) == "9**387420489"
    (unbounded,) = readings(r"$$r = \sum_{i=1}^{9^{9^9}} x_i$$")
    assert unbounded.meaning is None and unbounded.diagnostic is not None


def test_threads_read_the_same() -> None:
    texts = [f"$${formula}$$\n{VECTORS}" for formula, *_ in READ] * 4

    def told(text: str) -> list[str]:
        return [f"{r.name} {r.message} {r.meaning}" for r in readings(text)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(told, texts)) == [told(text) for text in texts[: len(READ)]] * 4


NUMERIC = r"""
$$\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$
$$\operatorname{LSE}(z) = \log \sum_{j=1}^{K} e^{z_j}$$
$$\operatorname{CE}(y, z) = -\sum_{i=1}^{K} y_i \log \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$
$$\operatorname{SP}(x) = \log(1 + e^x)$$
"""


def test_values_at_extreme_inputs() -> None:
    """Computed as written, softmax and cross entropy of logits of a thousand are NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lib = texjit.compile(texjit.read(NUMERIC))
        for z in ([1000.0, 0.0, -1000.0], [1000.0, 1000.0, 999.0], [-1000.0, -1001.0, -1002.0], [0.1, 0.2, 0.3]):
            y = np.array([0.25, 0.75, 0.0])
            np.testing.assert_allclose(lib["softmax"](z), special.softmax(z), rtol=1e-14)
            np.testing.assert_allclose(lib["LSE"](z), special.logsumexp(z), rtol=1e-14)
            np.testing.assert_allclose(lib["CE"](y, z), -(y * special.log_softmax(z)).sum(), rtol=1e-14)
        for x in (-800.0, -40.0, -1e-20, 0.0, 40.0, 800.0):
            np.testing.assert_allclose(lib["SP"](x), np.logaddexp(0, x), rtol=1e-15)
