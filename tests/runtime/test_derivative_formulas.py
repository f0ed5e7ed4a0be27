r"""Formulas of derivatives are what textbooks print, and read back as what the kernel computes."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.equations.equation import Equation, Recurrence
from texjit.equations.library import shipped
from texjit.equations.read import read, read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand

sys.path.insert(0, str(Path(__file__).parent))
import readback as rb

TEXT = r"""
Let $x, y, \mu \in \mathbb{R}^n$, $\Sigma \in \mathbb{S}_{++}^{n}$, $z \in \mathbb{R}^K$, $\hat y \in \mathbb{R}^n$,
$X \in \mathbb{R}^{n \times d}$, $w, v \in \mathbb{R}^d$, $G \in \mathbb{R}^{d \times d}$.

$$KL(P, Q) = \sum_x P(x) \log \frac{P(x)}{Q(x)}$$
$$D_M(x, y, \Sigma) = \sqrt{(x-y)^\top \Sigma^{-1} (x-y)}$$
$$s_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}$$
$$LSE(z) = \log \sum_{j=1}^{K} e^{z_j}$$
$$MSE(y, \hat y) = \frac1n \sum_{i=1}^n (y_i - \hat y_i)^2$$
$$B(t, u) = -(u \log \sigma(t) + (1-u) \log(1-\sigma(t)))$$
where $\sigma(t) = 1/(1+e^{-t})$.
$$L(w) = \frac{1}{n} \|X w - y\|^2$$
$$q(w) = w^\top G w$$
$$c(w, v) = \frac{w^\top v}{\|w\| \|v\|}$$
$$k(w, v) = \exp\left(-\frac{\|w - v\|^2}{2 \ell^2}\right)$$
$$p(w) = \frac{1}{1 + e^{-w^\top v}}$$
$$H(\Sigma) = \log \det \Sigma$$
$$N(x) = -\frac12 (x - \mu)^\top \Sigma^{-1} (x - \mu) - \frac12 \log \det \Sigma - \frac{n}{2} \log (2 \pi)$$
$$T(G) = \operatorname{tr}(G^\top G)$$
$$r(w) = \frac{w^\top G w}{w^\top w}$$
$$F(w) = \|X w - y\|_2^2 + \lambda \|w\|_1$$
$$u(w) = \|w\|$$
$$\hat\beta = \left( X^\top X \right)^{-1} X^\top y$$
$$E(a, b) = a^b \log b$$
$$g(a) = \max(a, 0)$$
$$\gamma_0 = \frac{1}{n} \sum_{t=1}^{n} (x_t - \bar x)^2$$
$$S(f) = \sum_{t=0}^{J} \frac{f_t}{(1 + r)^t}$$
$$W(a) = \sum_{i=1}^{n} \log(1 + a x_i^2)$$
"""

ATTENTION = r"""
Let $Q \in \mathbb{R}^{n \times m}$, $K \in \mathbb{R}^{l \times m}$, $V \in \mathbb{R}^{l \times d}$.

$$A(Q, K, V) = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{m}}\right) V$$
"""

#: What textbooks print.
KNOWN = {
    "KL:grad:P": r"\frac{\partial \mathrm{KL}}{\partial P_{x}} = \log \frac{P_{x}}{Q_{x}} + 1",
    "KL:grad:Q": r"\frac{\partial \mathrm{KL}}{\partial Q_{x}} = -\frac{P_{x}}{Q_{x}}",
    "D_M:grad:x": r"\nabla_{x} D_{M} = \frac{\Sigma^{-1} \left( x - y \right)}{D_{M}}",
    "D_M:grad:Sigma": r"\nabla_{\Sigma} D_{M} = -\frac{\Sigma^{-1} \left( x - y \right) \left( x - y \right)^{\top} "
                      r"\Sigma^{-1}}{2 D_{M}}",
    "s:jacobian:z": r"\frac{\partial s_{i}}{\partial z_{j}} = s_{i} \left( \delta_{i j} - s_{j} \right)",
    "s:vjp:z": r"\bar{z}_{j} = s_{j} \left( \bar{s}_{j} - \sum_{i=1}^{K} s_{i} \bar{s}_{i} \right)",
    "LSE:grad:z": r"\frac{\partial \mathrm{LSE}}{\partial z_{j}} = \frac{e^{z_{j}}}{\sum_{i=1}^{K} e^{z_{i}}}",
    "MSE:grad:y_hat": r"\frac{\partial \mathrm{MSE}}{\partial \hat{y}_{i}} = "
                      r"\frac{2}{n} \left( \hat{y}_{i} - y_{i} \right)",
    "B:grad:t": r"\frac{\partial B}{\partial t} = \sigma\left( t \right) - u",
    "L:grad:w": r"\nabla_{w} L = \frac{2}{n} X^{\top} \left( X w - y \right)",
    "q:grad:w": r"\nabla_{w} q = G^{\top} w + G w",
    "k:grad:w": r"\nabla_{w} k = \frac{k \left( v - w \right)}{\ell^{2}}",
    "H:grad:Sigma": r"\nabla_{\Sigma} H = \Sigma^{-1}",
    "N:grad:x": r"\nabla_{x} N = \Sigma^{-1} \left( \mu - x \right)",
    "u:grad:w": r"\nabla_{w} u = \frac{w}{u}",
    "A:vjp:V": r"\bar{V} = P^{\top} \bar{A}",
    "S:grad:f": r"\frac{\partial S}{\partial f_{t}} = \frac{1}{\left( r + 1 \right)^{t}}",
}  # fmt: skip

#: Derivatives of derivatives, and further ones.
MORE = (
    "D_M:grad:y", "MSE:grad:y", "B:grad:u", "L:grad:X", "L:grad:y", "q:grad:G", "c:grad:w", "c:grad:v", "k:grad:ell",
    "p:grad:w", "N:grad:Sigma", "T:grad:G", "r:grad:w", "r:grad:G", "F:grad:w", "F:grad:lambda_", "beta_hat:vjp:X",
    "beta_hat:vjp:y", "A:vjp:Q", "A:vjp:K", "E:grad:a", "E:grad:b", "g:grad:a", "gamma_0:grad:x", "S:grad:r",
    "W:grad:a", "W:grad:x", "KL:jvp:P", "s:jvp:z", "LSE:grad:z:jvp:z", "LSE:grad:z:jacobian:z",
    "D_M:grad:x:jacobian:x", "MSE:grad:y:jacobian:y", "B:grad:t:jacobian:t", "q:grad:w:jacobian:w", "q:jvp:w",
)  # fmt: skip

#: Equations of the chapters that ship with texjit: chapter, name.
CHAPTERS = (
    ("foundations", "LayerNorm"), ("foundations", "Adam"), ("foundations", "Attention"), ("statistics", "ell_MVN"),
    ("layers", "GLU"), ("physics", "P_vdW"),
)  # fmt: skip

#: Floats on both sides, sums in other orders.
CLOSE = 1e-8


@cache
def equations() -> dict[str, Equation]:
    found = {r.name: r.meaning for text in (TEXT, ATTENTION) for r in understand(read(text))}
    return {name: e for name, e in found.items() if isinstance(e, Equation)}


def derivative(case: str) -> tuple[rb.Plain, list[rb.Formula]]:
    name, *steps = case.split(":")
    of = rb.plain(equations()[name])
    for mode, wrt in zip(steps[::2], steps[1::2], strict=True):
        of = rb.differentiated(of, mode, wrt)
    return of, rb.printed(of)


@pytest.mark.parametrize("case", KNOWN)
def test_a_formula_is_the_one_of_textbooks(case: str) -> None:
    _, (formula,) = derivative(case)
    assert formula.latex == KNOWN[case]


#: No array in it tells how far its index runs: what is printed is right, and cannot stand alone.
ALONE = {"S:grad:f"}


@pytest.mark.parametrize("case", [c for c in (*KNOWN, *MORE) if c not in ALONE])
def test_a_formula_reads_back(case: str) -> None:
    of, formulas = derivative(case)
    for f in formulas:
        assert f.right, f.left
        assert rb.difference(of, f) < CLOSE, f.latex


@pytest.mark.parametrize(("chapter", "name"), CHAPTERS)
def test_formulas_of_a_chapter_read_back(chapter: str, name: str) -> None:
    text = shipped(chapter)
    assert text is not None
    found = [r.meaning for r in understand(read_source(Source(f"{chapter}.md", text))) if r.name == name]
    meaning = next(m for m in found if m is not None)
    of = rb.differentiated(rb.plain(meaning.step if isinstance(meaning, Recurrence) else meaning), "vjp")
    for f in rb.printed(of):
        assert f.right, f.left
        assert rb.difference(of, f) < CLOSE, f.latex


def test_what_is_read_back_is_judged() -> None:
    of, (formula,) = derivative("L:grad:w")
    wrong = rb.Formula(formula.name, formula.left, formula.right.replace("2", "3", 1), formula.indices)
    assert rb.difference(of, wrong) > 0.1


def test_a_formula_that_differs_is_not_confirmed() -> None:
    from texjit.compiler.readable import terms as t
    from texjit.compiler.readable.gather import Gatherer
    from texjit.runtime.confirmed import agrees
    from texjit.runtime.formulas import _plain

    of, _ = derivative("L:grad:w")
    assert of.derived is not None
    plain = _plain(of.derived)
    right = Gatherer(plain).output(plain.outputs[0])
    assert agrees(of.derived, of.frozen, plain, plain.outputs, [right], [])
    assert not agrees(of.derived, of.frozen, plain, plain.outputs, [t.scaled(right, -1)], [])
    assert not agrees(of.derived, of.frozen, plain, plain.outputs, [t.add(right, t.number(1))], [])


def test_a_kernel_shows_its_formula() -> None:
    f = tj.compile("$$f(a, b) = a^2 b$$")
    k = tj.grad(f, wrt="a")
    assert k.latex == r"\frac{\partial f}{\partial a} = 2 a b"
    assert k.latex in k.explain()
    assert k(3.0, 2.0) == np.float64(12.0)
    both = tj.value_and_grad(f, wrt="b")
    assert both.latex.endswith(r"a^{2} b, \quad \frac{\partial f}{\partial b} = a^{2}")
    assert tj.hessian(f, wrt="a").latex == r"\frac{\partial^{2} f}{\partial a^{2}} = 2 b"


def test_what_has_no_notation_has_a_left_side() -> None:
    of = rb.differentiated(rb.plain(equations()["q"]), "grad", "w")
    (formula,) = rb.printed(of)
    assert rb.Formula("x", formula.left, "").latex == r"\nabla_{w} q"
