"""The second reader: its traps, what it finds, and that it can be missing."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sympy
from typer.testing import CliRunner

from texjit.equations.equation import Equation
from texjit.equations.latex import second_worker
from texjit.equations.read import read
from texjit.equations.understand import Reading, understand
from texjit.runtime import second_process
from texjit.runtime.cli import app
from texjit.runtime.report import report
from texjit.runtime.second_process import SecondReader, absence
from texjit.runtime.second_reading import _same, second_reading

reading_second = pytest.mark.skipif(bool(absence()), reason=f"no second reader: {absence()}")
POINT = {"a": 2.0, "b": 3.0}


@pytest.fixture(scope="module")
def reader() -> Iterator[SecondReader]:
    """One process for the module, with patience for a busy machine."""
    with SecondReader(patience=30) as r:
        yield r


def definitions(text: str) -> list[Reading]:
    return [r for r in understand(read(text)) if r.meaning is not None]


def first(formula: str) -> Reading:
    return definitions(f"$$\n{formula}\n$$")[0]


# What it does to its process


@reading_second
def test_a_process_that_breaks_its_limits_is_replaced() -> None:
    with SecondReader(patience=30) as r:
        for text in (r"\gcd(9^{9^{9}},3)", r"\operatorname{ones}(60000, 60000)"):  # endless time, endless memory
            assert float(r.ask("a + b", [POINT])["values"][0]) == 5
            process, r.patience = r._process, 1
            found = r.ask(text, [POINT])
            assert set(found) == {"reason"} and re.search("took more than|process ended", found["reason"])
            assert process is not None and process.poll() is not None
            r.patience = 30
        assert r._process is None
        r.ask("a", [POINT])
        assert r._process is not None
        os.kill(r._process.pid, signal.SIGTERM)
        r._process.wait()
        assert "process ended" in r.ask("a", [POINT])["reason"]
        assert "values" in r.ask("a", [POINT])


def test_memory_is_limited() -> None:
    pytest.importorskip("resource")
    program = (
        f"import runpy; limits = runpy.run_path({second_worker.__file__!r}); limits['limit_memory']()\n"
        "try: bytearray(2 * limits['MEMORY'])\nexcept MemoryError: print('refused')"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert found.stdout == "refused\n"


@reading_second
def test_it_gives_up_after_many_restarts() -> None:
    with SecondReader() as r:
        r._starts = 1 + second_process.RESTARTS
        r.close()
        r.ask("a", [POINT])
        assert "too often" in r.absent and r.ask("a", [POINT]) == {"reason": r.absent}


@reading_second
@pytest.mark.parametrize("text", [r"\frac{dx}{2}", "x = 3", r"\begin{matrix} a", "i=5", r"a \in \mathbb{R}", "a(b", ""])
def test_no_formula_spoils_the_next(reader: SecondReader, text: str) -> None:
    """A bare differential once made every later formula raise; an assignment is remembered."""
    reader.ask(text, [POINT])
    assert float(reader.ask(r"\frac{a}{b} \cdot b^{a}", [POINT])["values"][0]) == 6
    assert float(reader.ask("x i", [{"x": 2.0, "i": 4.0}])["values"][0]) == 8


@reading_second
@pytest.mark.parametrize("text", [r"\begin{bmatrix} a & b \end{bmatrix}", r"\int a \, da", r"\lim_{a \to 0} a", "a_{b}",
                                  r"\sum_{k=1}^{\infty} a", "c", r"\frac{d}{da} a", "a < b"])  # fmt: skip
def test_what_is_no_plain_number_has_no_value(reader: SecondReader, text: str) -> None:
    found = reader.ask(text, [POINT])
    assert "reason" in found or found["values"] == [None]


@reading_second
def test_threads_get_their_own_answers(reader: SecondReader) -> None:
    def ask(k: int) -> float:
        return float(reader.ask(f"a + {k}", [POINT])["values"][0])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(24))) == [2.0 + k for k in range(24)]


@reading_second
def test_values_are_not_rounded_to_floats(reader: SecondReader) -> None:
    (value,) = reader.ask(r"\left( a + 10^{-25} \right) - a", [POINT])["values"]
    assert abs(float(value) / 1e-25 - 1) < 1e-9
    assert reader.ask(r"\sqrt{1 - a}", [POINT])["values"] == ["complex"]
    assert reader.ask(r"\ln 0", [POINT])["values"] == [None]


# What it finds

FORMULAS = [
    r"f = a / (b c)", r"f = a b / c", r"f = \ln a b", r"f = \ln a^2 + \ln(a)^2 + \ln^2 a", r"f = -a^2 + a^{-2}",
    r"f = a^{b^c}", r"f = \sin 2 a + \sin a \cos b", r"f = \exp(a) b", r"f = \log_2 a b", r"f = a \cdot -b",
    r"f = \ln a \sqrt{b}", r"f = \sin a \cdot b", r"f = \frac{1}{\sqrt{2\pi}s} e^{-\frac{(x-\mu)^2}{2s^2}}",
    r"f = \sum_{i=1}^N x_i b + c", r"f = \sum_{i=1}^N (x_i - b)(x_i + b)", r"f = \sum_i x_i \sum_j y_j",
    r"f = \frac{1}{N} \sum_{i=2}^{N} x_{i-1} x_i", r"f = \frac{1}{N} \sum_{i=0}^{N} x_i", r"f = \prod_{i=1}^N x_i y",
    r"f = \sum_{i=1}^N \sum_{j=1}^{i} A_{ij} x_j", r"f = \sum_{i=1}^{N} i x_i^i", r"f = x_1 + \sum_{i=1}^N x_i",
    r"f = \sum_{k=0}^n \binom{n}{k} p^k", r"f = \max(0, 1 - a b) + \min(a, b)", r"f = |a - b|^2 + \sqrt[3]{a}",
    r"f(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}", r"f(a) = \frac{1}{1 + e^{-a}}", r"f = \lfloor a \rfloor + a!",
    r"f = \frac{3 / 0.5}{a} + 2 3 b 4",
]  # fmt: skip


@reading_second
@pytest.mark.parametrize("formula", FORMULAS)
def test_both_read_the_same(reader: SecondReader, formula: str) -> None:
    found = second_reading(first(formula), reader)
    assert found.verdict == "agree", found.line
    assert found.points >= 5


#: Shipped documents, and how many of their formulas agree, less two; the others are matrices, norms, cases …
AGREED = {"foundations": 16, "statistics": 36, "physics": 26, "layers": 25}


def compared(name: str, reader: SecondReader, every: int = 1) -> Counter[str]:
    """Verdicts on the formulas of a shipped document, or one in so many, none of them a disagreement."""
    verdicts: Counter[str] = Counter()
    file = resources.files("texjit.equations.library").joinpath(f"{name}.md")
    for r in definitions(file.read_text(encoding="utf-8"))[::every]:
        found = second_reading(r, reader)
        assert found.verdict != "disagree", f"{name}: {r.latex}: {found.line}"
        assert "fault" not in found.reason, f"{name}: {r.latex}: {found.line}"
        verdicts[found.verdict] += 1
    return verdicts


@reading_second
@pytest.mark.parametrize(("name", "every"), [("foundations", 1), ("statistics", 4), ("physics", 4), ("layers", 4)])
def test_formulas_of_a_chapter(reader: SecondReader, name: str, every: int) -> None:
    """A differential test of both readers."""
    assert compared(name, reader, every)["agree"] >= AGREED[name] // every - 2


@reading_second
@pytest.mark.slow
@pytest.mark.parametrize("name", AGREED)
def test_every_formula_of_a_chapter(reader: SecondReader, name: str) -> None:
    assert compared(name, reader)["agree"] >= AGREED[name]


def test_values_of_any_size_are_compared() -> None:
    """An exponent that no memory could write out once stopped everything, and tiny values agreed with any others."""
    tiny, tinier = "1.5e-30", "2.5e-30"
    assert _same("1e-999999999", "1e-999999999") is True and _same("0", "0.0") is True
    assert _same("1e-999999999", "2e-999999999") is None and _same("1e999999999", "2e999999999") is False
    assert _same("1e-99999999999999999999999", "1") is None and _same("1e99999999999999999999999", "1") is None
    assert _same(tiny, tiny) is True and _same(tiny, tinier) is None and _same(tiny, "1") is False
    assert _same("1", "1.0000000001") is True and _same("1", "1.00000001") is False and _same("1", "-1") is False


@reading_second
def test_a_value_beyond_every_number_tells_nothing(reader: SecondReader) -> None:
    found = second_reading(first(r"f = \exp\left(-(\exp(a^2 + 100))^2\right) + b"), reader)
    assert found.verdict == "agree", found.line
    assert second_reading(first(r"f = \exp(-\exp(a^2 + 50))"), reader).verdict == "none"


def random_formula(rng: random.Random, depth: int, bound: str = "") -> str:
    """A scalar formula whose grouping is left to precedence as often as not."""
    def inner(less: int = 1) -> str:
        return random_formula(rng, depth - less, bound)

    atoms = ["a", "b", "x", "y_1", r"\alpha", r"\hat{u}", "2", "0.5", r"\pi", *(f"z_{i}" for i in bound * 3)]
    if depth <= 0:
        return rng.choice(atoms)
    index = next((i for i in "ij" if i not in bound), None)
    head = rng.choice((r"\sin", r"\log", r"\exp", r"\tanh"))
    forms = [
        lambda: f"{inner()} + {inner()}", lambda: f"{inner()} - {inner()}", lambda: f"{inner()} {inner()}",
        lambda: rf"{inner()} \cdot {inner()}", lambda: f"{inner()} / {inner()}", lambda: rf"{head} {inner()}",
        lambda: rf"\frac{{{inner()}}}{{{inner()}}}", lambda: rf"({inner()})^{{{inner(2)}}}", lambda: f"-{inner()}",
        lambda: rf"{head}({inner()})", lambda: rf"\sqrt{{{inner()}}}", lambda: rf"e^{{{inner()}}} {inner(2)}",
    ]  # fmt: skip
    if index is not None:
        forms.append(lambda: rf"\sum_{{{index}=1}}^{{N}} {random_formula(rng, depth - 1, bound + index)}")
    return rng.choice(forms)()


@reading_second
def test_random_formulas(reader: SecondReader) -> None:
    rng, verdicts = random.Random(11), Counter[str]()
    for _ in range(45):
        formula = random_formula(rng, rng.choice((2, 3)))
        for r in definitions(f"$$f = {formula}$$"):
            found = second_reading(r, reader)
            assert found.verdict != "disagree", f"{formula}: {found.line}"
            verdicts[found.verdict] += 1
    assert verdicts["agree"] >= 30, verdicts


def mutants(body: sympy.Expr) -> Iterator[sympy.Expr]:
    """An expression misread in one place: a sign swapped, a term or a factor dropped."""
    for k, arg in enumerate(body.args):
        others = (*body.args[:k], *body.args[k + 1 :])
        if isinstance(body, sympy.Add):
            yield body.func(*body.args[:k], sympy.Mul(-1, arg, evaluate=False), *body.args[k + 1 :], evaluate=False)
        if isinstance(body, sympy.Add | sympy.Mul) and arg not in (1, -1):
            yield others[0] if len(others) == 1 else body.func(*others, evaluate=False)
        if isinstance(body, sympy.Sum | sympy.Product):
            yield from (body.func(m, *body.args[1:]) for m in mutants(arg))
            return
        for m in mutants(arg) if isinstance(body, sympy.Add | sympy.Mul | sympy.Pow | sympy.Function) else ():
            yield body.func(*body.args[:k], m, *body.args[k + 1 :], evaluate=False)


@reading_second
def test_planted_misreadings_are_found(reader: SecondReader) -> None:
    text = "".join(f"# H{k}\n\n$$\n{f}\n$$\n\n" for k, f in enumerate((
        r"L = -\frac{1}{N}\sum_{i=1}^{N}[y_i \log(\hat{y}_i) + (1-y_i)\log(1-\hat{y}_i)]",
        r"g = \frac{a - b}{\sqrt{c + 2}} + \exp(a) b",
    )))
    planted = 0
    for r in definitions(text):
        assert isinstance(r.meaning, Equation)
        assert second_reading(r, reader).verdict == "agree"
        (output,) = r.meaning.outputs
        for body in mutants(output.body):
            wrong = replace(r, meaning=replace(r.meaning, outputs=(replace(output, body=body),)))
            found = second_reading(wrong, reader)
            # A mutant that is nowhere real has no points to compare.
            assert found.verdict == "disagree" or found.reason == "too few points have a value", (body, found)
            planted += found.verdict == "disagree"
    assert planted >= 12


# How it is told


@reading_second
def test_a_disagreement_is_a_warning(monkeypatch: pytest.MonkeyPatch, reader: SecondReader) -> None:
    """It carries both readings, and changes neither the status nor the keys."""
    document = read("$$\nf = a - b\n$$\n")
    (fine,) = report(document, certify=False, second=reader).entries
    assert (fine.message, fine.warning) == ("", "") and "agrees at 6 points" in fine.explanation
    monkeypatch.setattr(SecondReader, "ask", lambda *_: {"values": ["0.25"] * 6, "text": "a + b"})
    (other,) = report(document, certify=False, second=reader).entries
    assert other.status == fine.status and other.as_json().keys() == fine.as_json().keys()
    assert "second reading: disagrees" in other.message and "0.25" in other.message
    assert "ours: a - b; theirs: a + b" in other.message and other.warning in other.explanation


def test_without_the_package_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "two.md"
    file.write_text("$$\nf = a - b\n$$\n\n$$\ng = a + b\n$$\n")
    monkeypatch.setenv("TEXJIT_CACHE_DIR", str(tmp_path))

    def run(*more: str) -> tuple[Any, str]:
        result = CliRunner().invoke(app, ["explain", str(file), "--json", *more])
        assert result.exit_code == 0
        return json.loads(result.stdout), result.stderr

    plain, silent = run("--no-second-reader")
    assert silent == ""
    monkeypatch.setattr(second_process, "_shared", None)
    monkeypatch.setattr(second_process.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    found, said = run()
    assert found == plain
    assert said.count("\n") == 1 and "latex2sympy2 is not installed" in said


def test_it_is_absent_from_python_3_13_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    assert "3.13" in absence()
    with SecondReader() as r:
        assert r._process is None and r.ask("a", [POINT]) == {"reason": absence()}
    assert second_reading(first("f = a - b"), r).verdict == "none"
