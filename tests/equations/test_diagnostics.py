"""Every diagnostic of meaning, as its author sees it: one golden file per code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import texjit.equations
from texjit.equations.context import Refusal
from texjit.equations.diagnostic import Diagnostic
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import declarations, understand

from .test_understand import REFUSED

ROOM = Path(texjit.equations.__file__).parent
#: SymPy expressions have no text to point into.
FILES = [path for path in ROOM.glob("*.py") if path.name not in ("from_sympy.py", "codes.py")]
RAISED = sorted({code for path in FILES for code in re.findall(r'"(E[12]\d\d)"', path.read_text("utf-8"))})

#: Formulas for codes that the table of refused formulas does not show: text and declarations.
MORE = {
    "E113": (r"f = (a + b)_2", ""),
    "E130": (r"f = a \text{ times the height } b", ""),
    "E131": (r"$$g(x) = \lim_{t \to x} t$$ $$f(x) = g(x)$$", ""),
    "E267": (r"$$m(p) = \int x \, p(x) \, dx$$ $$d(p, q) = m(p) - m(q)$$", ""),
    "E268": (r"$$h(x) = 2 p(x)$$ $$f = \int_0^1 h(x) \, dx$$", ""),
    "E270": (r"f = \int_0^1 \int_0^1 \int_0^1 \int_0^1 x y z w \, dx \, dy \, dz \, dw", ""),
    "E128": (r"f = \begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}", "x in R^n"),
    "E140": (r"f = \max_i A_i", "A in R^{n x m}"),
    "E142": (r"f = \sum_{2=1}^{N} x", ""),
    "E150": (r"f = \mathbb{E}_{x \sim p}[x]", "x in R^n"),
    "E152": (r"f = \mathbb{E}_{x + y \sim p}[x]", ""),
    "E194": (r"p = \mathcal{W}(x; \mu, \Sigma)", ""),
    "E195": (r"p(x_{2:T}) = \prod_{t=1}^T q_t", ""),
    "E196": (r"q(x | y) = x \, r(y | x)", ""),
    "E240": (r"p = \operatorname{St}(x; \mu, s, \nu)", ""),
    "E241": (r"p = \mathcal{N}(x; m, s^2 I)", "x in R^d; m in R"),
    "E242": (r"p = \operatorname{Poisson}(x; r)", "x in R^n"),
    "E243": (r"f = \sum_{k=1}^K w_k \mathcal{N}(x; \mu_k, s_k A)", "A in S++^d"),
    "E245": (r"d = D_{KL}(\operatorname{Gamma}(a, b) \| \operatorname{Poisson}(c))", ""),
    "E214": ("$$A = \\sum_{i=1}^{n} x_i y_{i+1}$$ with $y_{n+1} = y_1$.", ""),
    "E216": (r"f = \mathbb{E}_{t, x}[\lambda_t (x - g(x, t))^2]", ""),
    "E246": (r"p = \operatorname{Weibull}(x; a, b)", ""),
    "E247": (r"p = \mathcal{U}(x; \{-1, 1\})", ""),
    "E244": (r"p = \mathcal{N}(x; \mu, \sigma)", ""),
    "E159": (r"f = \mathbb{E}_{i \sim p}[x_i]", ""),
    "E160": ("Let $x + 1 \\in \\mathbb{R}$.", ""),
    "E203": (r"$$h(x, y) = x + y$$ $$f = h(a) + 1$$", ""),
    "E204": (r"$$h(x) = \|x\|_2$$ $$f(a) = h(a + 1) + h(2)$$", ""),
    "E171": (r"x_{t+1} = x_t + u_{t+1}", ""),
    "E173": (r"$$f(x) = x^2$$ $$g = \frac{df}{dt}$$", ""),
    "E174": (r"g(x) = \frac{d}{dx} x^2 \sin x", ""),
    "E162": ("Let $x \\in [a + b, 1]$.", ""),
    "E182": (r"x \leftarrow x - \eta g", ""),
    "E183": (r"$$p(x | \theta) = \theta e^{-\theta x}$$ $$m(y, x) = 2 p(y | x)$$", ""),
    "E191": (r"f(x) = \frac{1}{x} (x \ne 0)", ""),
    "E180": (r"$$f(x) = x^2 + 1$$ $$g(x) = f(f(f(f(x))))$$ $$h(x) = g(g(g(g(x))))$$ $$k(x) = h(h(h(h(x))))$$ "
             r"$$l(x) = k(k(k(k(x)))) + k(k(k(k(x + 1))))$$", ""),
    "E188": (r"with $x \in \mathbb{R}^d$ and $d = |u - w|$: $$E = \frac{d}{2} + x^T x$$", ""),
    "E189": (r"x_{t+1} = x_t + a (x - x_t)", ""),
    "E167": (r"f = x \quad y", ""),
    "E184": (r"f = \frac{AB}{AB + CB}", ""),
    "E220": (r"\sin x \approx x", ""),
    "E221": (r"\mathbb{E}_{z \sim q(z | x)}[z] \ge 0", ""),
    "E222": (r"z q(z | x) \ge 0", ""),
    "E280": (r"W = \sup_{\|f\|_L \le 1} \frac{1}{n} \sum_{i=1}^n f(x_i)", ""),
    "E281": (r"W = \sup_{f \in \mathcal{F}} (f(x) - f)", ""),
    "E284": (r"W = \inf_{\pi \in \Pi(\mu, \nu)} \int |x - y| \, d\pi", ""),
    "E285": (r"W = \inf_{\pi \in \Pi(\mu, \nu)} \int (x - y) \, d\pi(x, y)", "x, y in R^d"),
    "E286": (r"W = \inf_{g \in G(P, Q)} \int |x - y| \, dg(x, y) + \sum_i P_i Q_i", ""),
    "E287": (r"f = \int_0^1 \max_{x \in [0, 1]} (x^2) \, dx", ""),
    "E288": (r"f(a) = \min_{x \in [0, 1]} \max_{y \in [0, 1]} (x y - a)^2", ""),
    "E289": (r"f = \min_{x \in \mathbb{R}^n, A x = b} \|x\|^2", "A in R^{m x n}; b in R^m"),
    "E290": (r"x = \arg\min_{u \in [0, 1]} (u - a)^2 + b", ""),
    "E291": (r"x = \arg\min_{u \in [0, 1], v \in [0, 1]} (u - v - a)^2", ""),
    "E292": (r"f = \max_{p \in \Delta^{n-1}} \sum_i \sqrt{p_i}", ""),
    "E293": (r"f(a) = \min_{x \in \mathbb{R}^n} (h(x) - a^T x)^2", "a in R^n; h : R^n -> R"),
    "E294": (r"S = \min_{\pi \in \Pi(a, b)} \sum_{i,j} \pi_{ij}^2 C_{ij}", ""),
    "E181": (r"f = \sum_{i=1}^{10^9} x_i", ""),
}

#: Codes that need more than a formula: of declarations handed over, and of faults of our own.
ELSEWHERE = frozenset("E119 E134 E170 E185 E186 E187 E198 E199 E201 E205 E206 E207 E208 E211 E132 E202".split()) - {
    row[2] for row in REFUSED
}


def found(text: str, where: str) -> Diagnostic | None:
    document = read_source(Source("notes.md", text if "$" in text else f"$${text}$$"))
    readings = understand(document, declarations(where))
    return next((r.diagnostic for r in reversed(readings) if r.diagnostic is not None), None)


def example(code: str) -> tuple[str, str] | None:
    row = next(((text, where) for text, where, c in REFUSED if c == code), None)
    return row or MORE.get(code)


@pytest.mark.parametrize("code", RAISED)
def test_a_diagnostic_teaches(code: str, golden: Callable[[str, str], None]) -> None:
    row = example(code)
    if row is None:
        assert code in ELSEWHERE, f"{code} has no example"
        return
    text, where = row
    d = found(text, where)
    assert d is not None
    assert d.code == code, d.message
    assert d.message[0].lower() == d.message[0] or not d.message[0].isalpha() or d.message.split()[0] in text
    assert d.help or code in ("E202", "E204"), "nothing is said about what to write instead"
    source = Source("notes.md", text if "$" in text else f"$${text}$$")
    assert source.text[d.span.start : d.span.stop].strip()
    shown = d.render(source) + (f"\n\nwhere: {where}" if where else "")
    golden(f"diagnostics/{code}.txt", shown + "\n")


@pytest.mark.parametrize("where", ["x in Q", "A in R^{", "x inn R"])
def test_declarations_point_into_their_text(where: str) -> None:
    with pytest.raises(Refusal) as no:
        declarations(where)
    assert 0 <= no.value.span.start < no.value.span.stop <= len(where) + 2
    assert no.value.help


def test_every_bad_formula_is_told() -> None:
    text = "$$f = a \\oplus b$$\n\n$$g = a/bc$$\n\n$$h = x + 1$$"
    readings = understand(read_source(Source("notes.md", text)))
    assert [r.diagnostic.code if r.diagnostic else "" for r in readings] == ["E121", "E139", ""]
