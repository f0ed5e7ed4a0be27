"""The derivatives of every kernel of the shipped documents, by each real parameter, against exact ones."""

from __future__ import annotations

from functools import cache

import pytest

import texjit as tj
from texjit.equations.library import shipped
from texjit.runtime.derivative_checks import derivative_certificate
from texjit.runtime.derive import jacobian, partial_derivative, real_parameters
from texjit.runtime.kernel import Kernel
from texjit.runtime.recurrence import Recurrence

DOCUMENTS = ("foundations", "statistics", "physics", "layers")


@cache
def kernels(document: str) -> dict[str, Kernel]:
    text = shipped(document)
    assert text is not None
    found: dict[str, Kernel] = {}
    for name, k in tj.compile(tj.read(text)).items():
        parts = (k.kernel,) if isinstance(k, Recurrence) else (k,) if isinstance(k, Kernel) else k.kernels
        found |= {name if len(parts) == 1 else f"{name}[{i}]": part for i, part in enumerate(parts)}
    return found


def first(k: Kernel, w: str) -> Kernel:
    number = len(k.card.outputs) == 1 and not k.card.outputs[0].axes
    return partial_derivative(k, "grad" if number else "jacobian", (w,))  # what a function gives is held


def judge(document: str, every: int = 1) -> None:
    """Each derivative of a document, or one of so many."""
    number = 0
    for name, k in kernels(document).items():
        for w in real_parameters(k):
            number += 1
            if number % every:
                continue
            c = derivative_certificate(first(k, w), 30)
            expected = ("verified",) if document == "foundations" else ("inaccurate", "undecided", "verified")
            assert c.verdict in expected, f"{name} by {w}: {c}"


def test_first_derivatives_of_the_document_are_verified() -> None:
    judge("foundations", every=4)


@pytest.mark.slow
def test_every_first_derivative_of_the_document_is_verified() -> None:
    judge("foundations")


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS[1:])
def test_no_first_derivative_of_a_chapter_is_another_function(document: str) -> None:
    judge(document)


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS)
def test_second_derivatives_are_those_of_the_formulas(document: str) -> None:
    for name, k in kernels(document).items():
        for w in real_parameters(k):
            c = derivative_certificate(jacobian(first(k, w), w), 30)
            expected = ("verified",) if document == "foundations" else ("inaccurate", "undecided", "verified")
            assert c.verdict in expected, f"{name} twice by {w}: {c}"


@pytest.mark.parametrize(
    ("name", "wrt"),
    [("Attention", "Q"), *(pytest.param(*k, marks=pytest.mark.slow) for k in (("softmax", "z"), ("LayerNorm", "x")))],
)
def test_second_derivatives_that_cancel_are_taken_in_pairs_of_floats(name: str, wrt: str) -> None:
    k = kernels("foundations")[name]
    second = jacobian(first(k, wrt), wrt)
    assert second.settle("float64")
    assert second.certificate(count=60).verdict == "verified"
