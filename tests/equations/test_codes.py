"""Every code of a diagnostic has one meaning, an entry in the table, and a test that meets it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import texjit as tj
import texjit.compiler
import texjit.equations
import texjit.runtime
from texjit.equations.codes import CODES
from texjit.equations.equation import Equation
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import understand
from texjit.runtime.reference import Reference

TESTS = Path(__file__).parent.parent
ROOMS = {m.__name__.rpartition(".")[2]: Path(m.__file__).parent for m in (texjit.equations, texjit.compiler,
                                                                          texjit.runtime)}  # fmt: skip
CODE = re.compile(r"E\d{3}")

#: Raised where a formula is read and where its meaning is asked for.
BOTH = {"E192"}
#: Guards that no formula reaches: faults of our own, and limits that another refusal meets first.
UNMET = frozenset("E119 E170 E199 E201 E205 E206 E207 E208 E211 E303 E305 E307 E332 E333 E334 E391 E399".split())


def raised() -> dict[str, set[str]]:
    """Codes that stand alone in a string of the source, with the parts of the source that raise them."""
    out: dict[str, set[str]] = defaultdict(set)
    for room, folder in ROOMS.items():
        for path in folder.rglob("*.py"):
            if path.name == "codes.py":
                continue
            part = "sympy" if path.name == "from_sympy.py" else "latex" if path.parent.name == "latex" else room
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                    out[node.value].add(part)
    return dict(out)


RAISED = raised()


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert set(RAISED) == set(CODES)


def test_entries_are_in_order_and_unlike() -> None:
    assert list(CODES) == sorted(CODES)
    assert len(set(CODES.values())) == len(CODES)
    assert all(text and text[-1] != "." and len(text) < 100 for text in CODES.values())


@pytest.mark.parametrize("code", RAISED)
def test_a_code_belongs_to_one_part(code: str) -> None:
    """A code raised in two parts would have two meanings; E0xx is read, E3xx compiled or run."""
    parts = RAISED[code]
    assert len(parts) == 1 or code in BOTH or (parts == {"latex", "equations"} and code[1] == "0"), parts
    assert (code[1] == "3") == bool(parts & {"compiler", "runtime"}) or code in ("E033", "E185", "E186", "E187", "E223")


def test_every_code_is_met_by_a_test() -> None:
    met = {path.stem for path in (TESTS / "golden" / "diagnostics").glob("E*.txt")}
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text("utf-8")
        text = text.partition("\nRAISED = ")[2] if path == Path(__file__) else text
        met |= set(CODE.findall(re.sub(r"ELSEWHERE = .*?\n\}", "", text, flags=re.S)))
    assert set(RAISED) - met <= UNMET, sorted(set(RAISED) - met - UNMET)


@pytest.mark.parametrize(
    ("text", "code", "kind", "help"),
    [
        ("x + 1", "E185", "unsupported", "y = x + 1"),
        (r"x^2 \ge 0", "E186", "unsupported", "f(x) = …"),
        (r"\sin^2 x + \cos^2 x = 1 + a - a", "E186", "unsupported", "y = 1 + a - a"),
        (r"x \sim F", "E187", "unsupported", "f(x) = …"),
        ("   ", "E033", "invalid", "f(x) = x^2"),
    ],
)
def test_what_has_no_kernel_says_why(text: str, code: str, kind: str, help: str) -> None:
    with pytest.raises(tj.TexjitError) as no:
        tj.compile(text if code == "E033" else f"$${text}$$")
    assert no.value.diagnostic.code == code and help in no.value.diagnostic.help


def test_arrays_that_do_not_fit_the_exact_evaluation() -> None:
    (reading,) = understand(read_source(Source("a.md", "$$f = x^T y$$")))
    assert isinstance(reading.meaning, Equation)
    for code, y in (("E330", np.ones((2, 2))), ("E331", np.ones(4))):
        with pytest.raises(tj.TexjitError, match=code):
            Reference(reading.meaning).evaluate({"x": np.ones(3), "y": y}, 80)
