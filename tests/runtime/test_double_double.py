"""Kernels that go over to double-double arithmetic: what they were certified as is what runs, and what is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.runtime import pairs
from texjit.runtime.kernel import Kernel

CANCELS = r"f(x) = \frac{x - \sin x}{x^3}"


def cancelling() -> Kernel:
    return tj.compile(CANCELS, where=r"x in [0.01, 1]")


def series(x: float) -> float:
    """``(x - sin x)/x³`` from its Taylor series, to a rounding."""
    total, term = 0.0, 1 / 6
    for n in range(1, 12):
        total += term
        term *= -x * x / ((2 * n + 2) * (2 * n + 3))
    return total


def test_a_certificate_from_the_cache_brings_its_arithmetic(tmp_path: Path) -> None:
    for _ in range(2):  # the second time from the cache
        k = cancelling()
        assert tj.verify(k).verdict == "verified"
        assert k.double_double
    for n in range(2):
        tj.export(cancelling(), tmp_path / str(n))
        text = (tmp_path / str(n) / "kernels_kernels.py").read_text()
        assert "dd_sin" in text
    for x in (0.0123, 0.5):
        assert abs(k(x) - series(x)) <= 2 * np.spacing(series(x))  # the series rounds too


def test_an_arithmetic_that_changes_changes_for_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    k = tj.compile(r"h(x) = e^x \sin x + \sqrt{x} \cos x + x^{1/3}", where="x in [1, 2]")
    x = np.linspace(1, 2, 40)
    before = np.array([k(v) for v in x])
    judged = pairs.judged

    def in_pairs(k: Kernel, dtype: str, count: int) -> tuple[str, str, str]:
        verdict, text, _ = judged(k, dtype, count)
        return verdict, text, "all"

    monkeypatch.setattr(pairs, "judged", in_pairs)
    k(np.float32(1.5))
    monkeypatch.undo()
    assert k.double_double and k._certified.keys() == {"float32"}
    one_by_one = np.array([k(v) for v in x])
    assert (one_by_one == k(x)).all()
    assert (one_by_one != before).any()
