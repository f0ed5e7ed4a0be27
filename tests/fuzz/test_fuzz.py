"""A short run of the fuzzer, and what longer ones found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from grammar import Grammar
from invariants import check
from run import describe, fuzz, shrunk

from texjit.equations.latex.printer import to_latex
from texjit.equations.read import read


def test_a_short_run_finds_nothing() -> None:
    tally = fuzz(3000, seed=20, understood=30, seconds=8)
    assert not tally.failures, describe(tally, 8)
    assert tally.inputs > 300 and tally.accepted > tally.inputs / 5 and tally.refused > tally.inputs / 5


@pytest.mark.slow
def test_a_longer_run_finds_nothing() -> None:
    tally = fuzz(200_000, seed=21, seconds=300)
    assert not tally.failures, describe(tally, 300)


def test_the_generator_is_seeded() -> None:
    a, b, c = (Grammar(seed) for seed in (1, 1, 2))
    texts = [a.source() for _ in range(50)]
    assert texts == [b.source() for _ in range(50)] != [c.source() for _ in range(50)]


def test_failures_are_made_small() -> None:
    assert shrunk("a long text with a { in it", lambda text: "{" in text) == "{"


#: What the fuzzer found once: crashes, pieces that were dropped, trees that printed as others.
FOUND = (
    r"\mathbb{E}_", r"{\mathbb Et}", r"\begin{bmatrix}\mathbb{E}'&{T}\end{bmatrix}",
    r"(x)({{}{1}}{\overset{!}{y}^(a)})", "f{*}", r"\underbrace{S}_{1}^({}{n}){p}", r"\int\nabla df(\{0\}){{p}}+w",
    "b={-1}+Q", "{\\nabla}{j}\\\\", r"\mathbb∇{}{d}", r"\left({\operatorname{diag}}_\lfloor\gamma\rfloor{A}\right)",
    r"{}\operatorname\mathbb E{}i", r"\mathrm{१}", r"\int{}d{{X}}", r"{}\tan{g;C}", r"\int_{S}dbadx\lfloor{e}\rfloor",
    r"(y)\ln\operatorname(E){h}", r"\max{(s]}", r"{}\int_udx\nabla", r"\hat{𝟙i}", r"(x){{}{1}}{{}A}(\mathcal{n:T};N]",
    r"{}\nabla\mathit{0S}", r"\sum'_{i} x_i", r"\nabla' f", r"\binom{a}{b} + \binom12", r"\int dx", "x_i'^2'",
    r"\underset{x}{\max}_y z", "{*}+{r}", r"\hat{eq}{}", r"\mathit{in} + 1", r"\tan{}(C)", r"\int a + {\mathbb E} d{h}",
    r"{}\bigcup{j}\cup\int{}{A}dx\cup\cos(a)", "{}\\text{\\\x85}", r"\det{\mathbb{(e)}}_k\div t", r"{*}\le\lim(S)",
    r"{}{{a}^\label{}'(2){}}", r"\log{\lfloor s\rfloor}", r"\mathrm{⁻g}", r"\mathrm{tr}\left.m\right|",
    r"\mathrm{tr}\langle s\rangle", r"\inf{[t]y}", r"\max{(t)^2}", r"\sup\mathrm{(o)}", r"\int{S}d\mathrm{x}",
    r"\min{(t) \cdot y}",
)  # fmt: skip


#: What it found to be read otherwise than it is printed.
REFUSED = (
    (r"c - \underbrace{a + b}_x", "E018"), (r"\overset{!}{a + b} c", "E018"),
    (r"c - \left. a + b \right.", "E018"), (r"c \begin{split} a + b \end{split}", "E018"),
    (r"t \substack{-1}", "E018"), (r"{\substack{+{Z}}{s}}", "E018"), ("√{ag}_{0}", "E018"), ("√{a+b}c", "E018"),
    (r"\frac.5", "E017"), (r"\sqrt\log x", "E017"), (r"\mathrm\int d{t}", "E017"), (r"\mathbf\sum_i x_i", "E017"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "printed"), [
    (r"\log{\lfloor s \rfloor}", r"\log \left\lfloor s \right\rfloor"),
    (r"√\lceil s \rceil", r"\sqrt{\left\lceil s \right\rceil}"),
])  # fmt: skip
def test_brackets_with_a_meaning_are_kept(text: str, printed: str) -> None:
    (statement,) = read(f"${text}$").statements
    assert to_latex(statement.tree) == printed


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_shows_as_another_formula_is_refused(text: str, code: str) -> None:
    (finding,) = read(f"${text}$").diagnostics
    assert finding.code == code


@pytest.mark.parametrize("text", FOUND)
def test_what_was_found_is_mended(text: str) -> None:
    check("<string>", text, meaning=True)
